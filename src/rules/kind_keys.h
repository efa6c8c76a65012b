/* Readers of keys that several kinds share. Each reads its key of `root`, says every mistake, and leaves what it
 * cannot read empty. */
#ifndef CA_RULES_KIND_KEYS_H
#define CA_RULES_KIND_KEYS_H

#include "rules/check.h"

#define CA_SETTLE_DAYS 60        /* unless the rule says otherwise */
#define CA_MAX_GROUP 10000

/* level: claim. Before everything that reads columns. */
void ca_key_level(ca_kind_check *check, ca_yaml *root);
/* per, same, entity: what groups lines. `needed`: a missing key is a mistake. */
void ca_key_group(ca_kind_check *check, ca_yaml *root, const char *key, bool needed);
/* Columns of any list. False with a message. */
bool ca_key_columns_read(ca_kind_check *check, ca_yaml *node, ca_key_columns *ret_columns);
/* within: day, week, … or rolling N days; `allowed` has bits 1 << ca_period. */
void ca_key_period(ca_kind_check *check, ca_yaml *root, unsigned allowed);
/* N days, as a whole scalar; NULL without the key or with a mistake. */
ca_node *ca_key_days(ca_kind_check *check, const ca_yaml *node, int64_t min);
/* A whole number or a parameter that is one. */
ca_node *ca_key_number(ca_kind_check *check, const ca_yaml *node, ca_text text, int64_t min, int64_t max);
void ca_key_settle(ca_kind_check *check, ca_yaml *root);    /* settle: N days; 60 without it */
void ca_key_judge(ca_kind_check *check, ca_yaml *root);     /* judge: open */
void ca_key_report(ca_kind_check *check, ca_yaml *root);    /* report: a, b or both */
void ca_key_max_group(ca_kind_check *check, ca_yaml *root);
/* A date of a line, or of a claim with `level: claim`: all of the scalar, or bytes [from, to) of the file. */
ca_node *ca_key_date(ca_kind_check *check, const ca_yaml *node, size_t from, size_t to);

/* Do the condition's two lines change places without changing it? */
bool ca_is_symmetric(const ca_node *condition);
/* Does it read a column of that side? */
bool ca_reads_side(const ca_node *node, ca_side side);
bool ca_reads_given(const ca_node *node, unsigned given);    /* bits 1 << ca_given */
bool ca_has_aggregate(const ca_node *node);
bool ca_reads_row(const ca_node *node);    /* row.NAME */

#endif
