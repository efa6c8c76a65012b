/* The table of rule kinds: add a row here for a new one. */
#include "rules/kinds.h"

#include <stddef.h>

const ca_kind *const ca_kinds[] = {&ca_kind_claim, &ca_kind_line, NULL};

const ca_kind *ca_kind_find(ca_text name)
{
    for (const ca_kind *const *kind = ca_kinds; *kind != NULL; kind++)
        if (ca_text_is(name, (*kind)->name))
            return *kind;
    return NULL;
}
