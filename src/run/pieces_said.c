/* What the summary says of claims that came in several files, and not whole. */
#include "run/pieces.h"

static int say(ca_scan_state *scan, uint64_t count, const char *what, const char *then, ca_error *err)
{
    return count ? ca_add_note(scan, ca_arena_printf(scan->arena, "%llu %s: %s", (unsigned long long)count, what, then), err)
                 : 0;
}

int ca_pieces_say(ca_scan_state *scan, ca_error *err)
{
    const ca_pieces *pieces = scan->pieces;
    if (!pieces) {
        return 0;
    }
    int rc = say(scan, pieces->lines_alone, "lines have no header", "what it says of their claims is missing there", err);
    rc = rc ? rc
            : say(scan, pieces->headers_alone, "headers have no lines",
                  "each is kept as a claim with one line that has nothing of its own", err);
    rc = rc ? rc
            : say(scan, pieces->lists_alone, "rows of diagnoses and operations have no header",
                  "they count where their claim has lines", err);
    return rc ? rc
              : say(scan, pieces->headers_superseded, "headers are older versions of others",
                    "the newest one counts for all lines of its claim", err);
}
