/* Drafts a profile from some files and tries whether it loads. */
#ifndef CA_RUN_PROFILE_GUESS_H
#define CA_RUN_PROFILE_GUESS_H

#include "base/diag.h"
#include "map/guess.h"

typedef struct ca_guess_options {
    ca_disk *disk;
    const char *shipped_rules; /* its vocabulary says which code systems there are */
    const char *const *inputs; /* files and folders */
    size_t input_count;
} ca_guess_options;

/* Errors of single files go to diags, and none of the others is then written: CA_CONFIG. A draft that is complete and does not
 * load is a fault of ours: CA_FAIL. */
int ca_profile_guess(const ca_guess_options *options, ca_arena *arena, ca_diags *diags,
                     ca_buf *ret_yaml, ca_guess_draft *ret_draft, ca_error *err);

#endif
