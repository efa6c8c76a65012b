/* The table of worlds. */
#include "generator/worlds.h"

#include <stddef.h>
#include <string.h>

#include "generator/harbin.h"

static const gen_kind kinds[] = {
    {"claims", true, true, 8, 160, gen_write_claims},
    {"rings", true, false, 6, 150, gen_write_rings},
    {"harbin", false, false, 0, 0, gen_harbin},
};

const gen_kind *gen_kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

const gen_kind *gen_kind_usual(void)
{
    return &kinds[0];
}
