/* The status of a row (original, replacement, void, reversal, denied): from a code, the sign of an
 * amount, or flags. */
#ifndef CA_MAP_STATUS_H
#define CA_MAP_STATUS_H

#include "map/filter.h"
#include "map/settings.h"

#define CA_STATUS_FLAGS_MAX  16
#define CA_STATUS_VALUES_MAX 200

typedef enum ca_status_kind {
    CA_STATUS_NONE,
    CA_STATUS_VALUES,
    CA_STATUS_SIGN,
    CA_STATUS_FLAGS
} ca_status_kind;

typedef struct ca_status_flag {
    ca_cell_test test;
    uint8_t status;
} ca_status_flag;

typedef struct ca_status_rule {
    ca_status_kind kind;
    const ca_text *columns; /* VALUES, SIGN: aliases */
    size_t column_count;
    const ca_text *from; /* VALUES: a cell, and the status it stands for */
    const uint8_t *to;
    size_t value_count;
    uint8_t negative;            /* SIGN: what an amount below zero means */
    const ca_status_flag *flags; /* FLAGS: the first that matches decides */
    size_t flag_count;
    ca_number_format numbers;
    uint32_t line, at;
} ca_status_rule;

int ca_status_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                   ca_status_rule *ret_rule);
/* The status of a row whose cells are given in the order of the rule's columns (one for VALUES and
 * SIGN, one a flag for FLAGS). *ret_known is false when a cell is there but says nothing: the row
 * then counts as original. */
uint8_t ca_status_of(const ca_status_rule *rule, const ca_text *cells, bool *ret_known);

#endif
