/* Rules with `each`: which rows of the table a unit is about, and lines judged once for each of them. For the kinds only. */
#ifndef CA_RULES_EACH_ROWS_H
#define CA_RULES_EACH_ROWS_H

#include "rules/eval_parts.h"

typedef struct ca_each_found {
    uint32_t rows[CA_EACH_ROWS_MAX];    /* in the order of the table */
    size_t count;
    bool unknown;              /* a key is missing, the table has no rows yet, or more rows match than are judged */
    size_t blame;              /* unknown: slot */
} ca_each_found;

/* The rows that match the unit at hand. */
void ca_each_find(ca_row_at *at, const ca_rule *rule, ca_each_found *ret_found);

/* Rows of mask that no row of the table matches; the others match some, or cannot be decided. */
int ca_each_none(const ca_view *view, const ca_rule *rule, const uint64_t *mask, uint64_t *ret_none);

/* Judges `when` and the exceptions of the lines in `open`, each with every row that matches it, and adds to the verdict what
 * is the strongest of them. */
int ca_each_judge_lines(const ca_view *view, const ca_rule *rule, const uint64_t *open, ca_verdict *verdict);
/* Counts what is to blame for the unknown lines in `rows`: a key, else a leaf of their first unknown row. */
int ca_each_blame_lines(const ca_view *view, const ca_rule *rule, const uint64_t *rows, uint64_t *counts);

#endif
