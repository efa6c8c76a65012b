/* Table-driven rules: `each: TABLE(column, …)` and what row.NAME means among the keys of kinds. */
#ifndef CA_RULES_EACH_H
#define CA_RULES_EACH_H

#include "rules/check.h"

/* The table of `each`, before the keys of the kind are read: these may speak of row.NAME. */
void ca_each_table(ca_kind_check *check, ca_yaml *root);
/* The columns of `each`, after them: they say which lines and columns there are. */
void ca_each_columns(ca_kind_check *check);

/* Is the text row.NAME? */
bool ca_each_is_row(ca_text text);
/* row.NAME where a key of the kind takes a whole number: every row must have one from min to max. NULL with a message. */
ca_node *ca_each_number(ca_kind_check *check, const ca_yaml *node, ca_text text, int64_t min, int64_t max);
/* row.NAME as `within`: every row must name a period of `allowed` (bits 1 << ca_period). NULL with a message. */
ca_node *ca_each_period(ca_kind_check *check, const ca_yaml *node, ca_text text, unsigned allowed);

#endif
