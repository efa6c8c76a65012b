/* One rule file: keys of YAML to a checked rule. */
#ifndef CA_RULES_RULEFILE_H
#define CA_RULES_RULEFILE_H

#include "rules/ruleset.h"

/* ^[A-Z]{2,8}-[0-9]{4}$ */
bool ca_rule_id_valid(ca_text id);

/* Reads the file's tree into a rule of `set` (which it does not join yet). Mistakes go to diags;
 * when there are more than `errors_before`, those of the YAML included, *ret_rule is NULL and the
 * result still 0. Negative only when memory ran out. */
int ca_rulefile_read(ca_ruleset *set, const ca_yaml_file *file, const char *pack,
                     size_t errors_before, ca_diags *diags, ca_rule **ret_rule, ca_error *err);

#endif
