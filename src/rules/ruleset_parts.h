/* What the files of the rule set share: adding one file of a pack. */
#ifndef CA_RULES_RULESET_PARTS_H
#define CA_RULES_RULESET_PARTS_H

#include "rules/ruleset.h"

#define CA_RULE_FILE_MAX (4u << 20)    /* bytes */

/* `pack` names the folder; rules with the same pointer came in one go and must differ in their ids.
 */
int ca_ruleset_add_pack_source(ca_ruleset *set, const char *pack, const char *path, ca_text source,
                               bool replace, ca_diags *diags, ca_error *err);
int ca_ruleset_add_pack_file(ca_ruleset *set, ca_disk *disk, const char *pack, const char *path,
                             bool replace, ca_diags *diags, ca_error *err);

/* An array with room for one more than `count`; NULL when memory ran out. Grows at powers of two. */
void *ca_ruleset_room(void *array, size_t count, size_t size);
/* ruleset_site.c: switches rules off and reports what the site says of rules and parameters that are not there. */
int ca_ruleset_settle_site(ca_ruleset *set, ca_diags *diags, ca_error *err);

#endif
