/* Looks at files one after another, drafts a profile, and loads the draft as a scan would: what does not load is not given out. */
#include "run/profile_guess.h"

#include "read/inputs.h"
#include "refs/refs.h"

static int look_at(const ca_guess_options *options, const ca_inputs *inputs, ca_guess *guess,
                   ca_diags *diags, ca_error *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        ca_error reason = {0};
        int rc = ca_guess_file(guess, options->disk, inputs->paths[i], &reason);
        if (rc == CA_CONFIG) {
            ca_diag_add(diags, CA_DIAG_ERROR, inputs->paths[i], 0, 0, "%s", reason.text);
        } else if (rc) {
            *err = reason;
            return rc;
        }
    }
    if (diags->failed) {
        return ca_error_nomem(err);
    }
    return diags->errors == 0
               ? 0
               : ca_error_set(err, CA_CONFIG, "nothing was drafted: %zu file%s cannot be read",
                              diags->errors, diags->errors == 1 ? "" : "s");
}

/* The draft as a profile. Its messages name no content, so they may be shown; there should be none. */
static int try_draft(const ca_guess_options *options, ca_text yaml, ca_arena *arena,
                     ca_diags *diags, ca_error *err)
{
    ca_codes codes;
    ca_vocabulary vocabulary;
    ca_profile *profile = NULL;
    const char *path = ca_arena_printf(arena, "%s/vocabulary.yaml", options->shipped_rules);
    ca_codes_init(&codes, arena);
    int rc = path ? ca_vocabulary_load(options->disk, path, &codes, arena, diags, &vocabulary, err)
                  : ca_error_nomem(err);
    rc = rc ? rc : ca_profile_parse("draft", yaml, &codes, arena, diags, &profile, err);
    if (rc == 0 && !profile) {
        rc = ca_error_set(err, CA_FAIL,
                          "the draft does not load; please report this with the messages above");
    }
    ca_codes_done(&codes);
    return rc;
}

int ca_profile_guess(const ca_guess_options *options, ca_arena *arena, ca_diags *diags,
                     ca_buf *ret_yaml, ca_guess_draft *ret_draft, ca_error *err)
{
    ca_inputs inputs;
    ca_guess *guess = ca_guess_new();
    int rc = guess ? ca_inputs_expand(options->disk, options->inputs, options->input_count, arena,
                                      &inputs, err)
                   : ca_error_nomem(err);
    rc = rc ? rc : look_at(options, &inputs, guess, diags, err);
    rc = rc ? rc : ca_guess_write(guess, ret_yaml, ret_draft, err);
    if (rc == 0 && ret_draft->complete) {
        rc = try_draft(options, ca_buf_text(ret_yaml), arena, diags, err);
    }
    ca_guess_free(guess);
    return rc;
}
