/* Total rows: rows of a file that say how many rows it has and what they add up to. */
#ifndef CA_MAP_TOTALS_H
#define CA_MAP_TOTALS_H

#include "base/decimal.h"
#include "map/filter.h"
#include "map/settings.h"

#define CA_TOTALS_MAX     8
#define CA_TOTAL_SUMS_MAX 16

typedef struct ca_total_sum {
    unsigned column;     /* of the schema: money or decimal, read from a column of the file */
    const char *field;   /* its name */
    const ca_text *says; /* the column of the total row that has the sum: aliases */
    size_t says_count;
} ca_total_sum;

typedef struct ca_total {
    const char *name;
    ca_cell_test row;    /* which rows are this total */
    const ca_text *rows; /* the column that has the number of rows: aliases; none = it does not say */
    size_t rows_count;
    const ca_total_sum *sums;
    size_t sum_count;
    ca_number_format numbers; /* of the number of rows */
    bool optional;            /* a file may lack it */
    uint32_t line, at;
} ca_total;

/* The key totals of a layout whose fields are read. 0 or CA_NOMEM. */
int ca_totals_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout);

#endif
