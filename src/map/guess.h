/* Drafts a profile from some files: their headers and first rows, and the last rows where they can be had. A draft is for a
 * person to correct: every doubt stands in it as a comment that is a question ("# ? …"). It holds no content of the files but
 * the few short values that a mapping must name. */
#ifndef CA_MAP_GUESS_H
#define CA_MAP_GUESS_H

#include "map/profile.h"

#define CA_GUESS_HEAD  (1u << 20)  /* bytes looked at from the front of a file */
#define CA_GUESS_TAIL  (16u << 10) /* and from its end */
#define CA_GUESS_FILES 1000

typedef struct ca_guess ca_guess;

ca_guess *ca_guess_new(void); /* NULL when memory ran out */
void ca_guess_free(ca_guess *guess);

/* Looks at a file. CA_CONFIG when it is none that a profile could read: empty, no text, a workbook; the message does not
 * name the file. CA_LIMIT beyond CA_GUESS_FILES. */
int ca_guess_file(ca_guess *guess, ca_disk *disk, const char *path, ca_error *err);
/* The same from bytes. `tail` are the last ones of the file (they may overlap), empty when `head` is all of it. */
int ca_guess_bytes(ca_guess *guess, const char *path, ca_text head, ca_text tail, ca_error *err);

typedef struct ca_guess_draft {
    size_t layouts;
    size_t questions;
    bool complete; /* every file of claims has a column for claim_id: the draft loads */
} ca_guess_draft;

/* Writes the profile as YAML. */
int ca_guess_write(ca_guess *guess, ca_buf *ret_yaml, ca_guess_draft *ret_draft, ca_error *err);

#endif
