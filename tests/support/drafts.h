/* For tests of the guesser: files from strings, the draft, and the draft loaded with the shipped vocabulary. */
#ifndef CA_TESTS_DRAFTS_H
#define CA_TESTS_DRAFTS_H

#include "map/guess.h"

typedef struct draft {
    ca_arena arena;
    ca_codes codes;
    ca_diags diags;
    ca_guess *guess;
    ca_buf yaml;
    ca_guess_draft result;
    ca_profile *profile; /* the draft loaded, NULL when it does not load */
    ca_error err;
} draft;

void draft_init(draft *d);
void draft_done(draft *d);
const char *draft_path(draft *d, const char *below); /* below the repository */
int draft_add(draft *d, const char *name, const char *text);
int draft_add_bytes(draft *d, const char *name, const void *bytes, size_t len);
/* Writes and loads; the text, or "" when it could not be written. A draft that says it is complete must load. */
const char *draft_write(draft *d);
/* One file from a string. */
const char *draft_of(draft *d, const char *text);
/* The line that begins with `key` behind blanks, in the layout (NULL: anywhere); NULL when there is none. */
const char *draft_line(draft *d, const char *layout, const char *key);
/* The questions above such a line, joined; "" when there are none. */
const char *draft_asked(draft *d, const char *layout, const char *key);

#endif
