/* Keeps the smallest places above those of the passes before. */
#include "run/place_pass.h"

#include <stdlib.h>

#include "base/alloc.h"

static int by_row(const void *left, const void *right)
{
    const ca_place *a = left;
    const ca_place *b = right;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Sorted, each row once, and no more than a pass keeps. */
static void shrink(ca_place_pass *pass)
{
    ca_place *items = pass->places.items;
    size_t kept = 0;
    if (pass->places.count == 0) {
        return;
    }
    qsort(items, pass->places.count, sizeof *items, by_row);
    for (size_t i = 0; i < pass->places.count; i++) {
        if (kept == 0 || by_row(&items[kept - 1], &items[i]) != 0) {
            items[kept++] = items[i];
        }
    }
    if (kept > pass->most) {
        pass->cut = true;
        pass->bound = items[pass->most];
        kept = pass->most;
    }
    pass->places.count = kept;
}

int ca_place_pass_add(ca_place_pass *pass, const ca_place *place, ca_error *err)
{
    if ((pass->later && by_row(place, &pass->after) <= 0) || (pass->cut && by_row(place, &pass->bound) >= 0)) {
        return 0;
    }
    int rc = ca_places_add(&pass->places, place, err);
    if (rc == 0 && pass->places.count >= 2 * pass->most) {
        shrink(pass);
    }
    return rc;
}

void ca_place_pass_end(ca_place_pass *pass)
{
    shrink(pass);
}

bool ca_place_pass_next(ca_place_pass *pass)
{
    if (!pass->cut) {
        return false;
    }
    pass->after = pass->places.items[pass->places.count - 1];
    pass->later = true;
    pass->cut = false;
    pass->places.count = 0;
    return true;
}

void ca_place_pass_done(ca_place_pass *pass)
{
    ca_free(pass->places.items);
    pass->places = (ca_places){0};
}
