/* Row filters: which source rows are left out, by the text of a cell. */
#ifndef CA_MAP_FILTER_H
#define CA_MAP_FILTER_H

#include "map/reader.h"

#define CA_FILTERS_MAX 32

typedef struct ca_filter {
    const char *name;
    bool keep;              /* rows that match stay; else rows that match go */
    const ca_text *columns; /* aliases */
    size_t column_count;
    const ca_text *values; /* '' matches the empty cell */
    size_t value_count;
    uint32_t line, at;
} ca_filter;

int ca_filters_read(ca_map_reader *reader, ca_yaml *node, const ca_filter **ret_filters,
                    size_t *ret_count);
bool ca_filter_drops(const ca_filter *filter, ca_text cell);

/* A condition {column, in}, also used by the flags of a status. */
typedef struct ca_cell_test {
    const ca_text *columns;
    size_t column_count;
    const ca_text *values;
    size_t value_count;
} ca_cell_test;
int ca_cell_test_read(ca_map_reader *reader, ca_yaml *node, ca_cell_test *ret_test);
bool ca_cell_in(ca_text cell, const ca_text *values, size_t count);

#endif
