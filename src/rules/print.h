/* Expressions back to text: in canonical form, or as the author wrote them. */
#ifndef CA_RULES_PRINT_H
#define CA_RULES_PRINT_H

#include "rules/ruleset.h"

/* Canonical text: one line, parameters replaced by their values, no needless parentheses. */
void ca_print_expression(const ca_ruleset *set, const ca_node *node, ca_buf *out);

/* As canonical text, but fully parenthesised, with the type of every column, the system of every
 * code, and the digest of a set or table in place of its name: equal exactly when both decide
 * alike. */
void ca_print_logic(const ca_ruleset *set, const ca_node *node, ca_buf *out);

/* The value of one of the kind's own keys, canonical or as logic; false when the rule does not have it. What a key means
 * where the file leaves it out is a value. */
bool ca_print_key(const ca_ruleset *set, const ca_rule *rule, const char *key, bool logic, ca_buf *out);

/* The author's own words, white space made single: for evidence. Empty for a node that stands in no
 * file. */
void ca_print_source(const ca_rule *rule, const ca_node *node, ca_buf *out);

#endif
