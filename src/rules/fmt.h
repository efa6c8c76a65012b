/* The canonical layout of a file of a rule or of features: the order of its keys, indents, quotes around what other programs would take for
 * numbers or truth values, aligned test tables. Comments stay where they belong; what the file says does not change. */
#ifndef CA_RULES_FMT_H
#define CA_RULES_FMT_H

#include "conf/yaml.h"

/* `out` is cleared first. Mistakes of the file go to diags, and `out` is then empty; 0 all the same. CA_NOMEM. */
int ca_rule_format(const char *path, ca_text source, ca_arena *arena, ca_diags *diags, ca_buf *out, ca_error *err);

#endif
