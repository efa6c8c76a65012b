/* The aligned text tables of inline tests: blanks between cells, `-` for missing, '' for empty,
 * 'two words' or "two words" in quotes, where a doubled quote stands for one. */
#ifndef CA_RULES_TEST_TABLE_H
#define CA_RULES_TEST_TABLE_H

#include "conf/yaml.h"

#define CA_TEST_ROWS_MAX    1000
#define CA_TEST_COLUMNS_MAX 100

typedef struct ca_test_cell {
    ca_text text;
    bool missing;
    uint32_t column; /* 1-based position in its line of the file */
} ca_test_cell;

typedef struct ca_test_table {
    ca_test_cell *names; /* of the columns */
    size_t columns;
    ca_test_cell *cells; /* rows × columns */
    size_t rows;
    uint32_t header_line; /* in the rule file */
    uint32_t *row_lines;
} ca_test_table;

/* 0, also when mistakes went to conf->diags (then *ret_good is false); CA_NOMEM. Texts borrow
 * from the node or lie in `arena`. */
int ca_test_table_parse(const ca_conf *conf, const ca_yaml *node, ca_arena *arena,
                        ca_test_table *ret_table, bool *ret_good, ca_error *err);

#endif
