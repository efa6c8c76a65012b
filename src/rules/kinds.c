/* The table of rule kinds: add a row here for a new one. */
#include "rules/kinds.h"

#include <stddef.h>

const ca_kind *const ca_kinds[] = {
    &ca_kind_absence, &ca_kind_claim, &ca_kind_duplicate, &ca_kind_line,   &ca_kind_overlap,
    &ca_kind_pair,    &ca_kind_peer,  &ca_kind_sequence,  &ca_kind_window, NULL,
};

const ca_kind *ca_kind_find(ca_text name)
{
    for (const ca_kind *const *kind = ca_kinds; *kind != NULL; kind++)
        if (ca_text_is(name, (*kind)->name))
            return *kind;
    return NULL;
}

bool ca_kind_has_key(const ca_kind *kind, ca_text key)
{
    for (const char *const *own = kind->keys; *own != NULL; own++)
        if (ca_text_is(key, *own))
            return true;
    return false;
}

unsigned ca_rule_unit_date(const ca_rule *rule)
{
    return rule->keys.of_claims ? CA_F_FROM_DATE : rule->kind->unit_date;
}
