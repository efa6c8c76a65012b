/* By what the lines of rules of several lines come together: the columns whose hash brings them to one place. */
#ifndef CA_RULES_ROUTE_H
#define CA_RULES_ROUTE_H

#include "rules/rule.h"

#define CA_ROUTE_KEY_MAX CA_KEY_COLUMNS_MAX

/* Columns that all lines of one group of the rule have in common, each once; the patient alone where it is among them, for a
 * patient's lines serve all such rules. Returns how many there are: none for rules of single lines and of claims. */
unsigned ca_route_key(const ca_rule *rule, unsigned ret_key[CA_ROUTE_KEY_MAX]);
/* Are lines of one key always together where lines of equal `route` columns are? */
bool ca_route_serves(const unsigned *route, unsigned route_count, const unsigned *key, unsigned count);

#endif
