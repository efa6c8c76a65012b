/* Places of source rows, a bounded number at a time: each pass over all of them keeps the smallest that were not kept before.
 * For this room only. */
#ifndef CA_RUN_PLACE_PASS_H
#define CA_RUN_PLACE_PASS_H

#include "run/state.h"

typedef struct ca_place_pass {
    size_t most;                  /* places that a pass keeps; twice as many are held */
    ca_places places;             /* after ca_place_pass_end sorted, a row once */
    bool later, cut;              /* not the first pass; some are left for the next one */
    ca_place after, bound;        /* the last of the passes before; the first that is left */
} ca_place_pass;

int ca_place_pass_add(ca_place_pass *pass, const ca_place *place, ca_error *err);
void ca_place_pass_end(ca_place_pass *pass);
/* False: there is no next one. */
bool ca_place_pass_next(ca_place_pass *pass);
void ca_place_pass_done(ca_place_pass *pass);

#endif
