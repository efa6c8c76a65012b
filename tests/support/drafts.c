/* See drafts.h. */
#include "support/drafts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "refs/refs.h"

const char *draft_path(draft *d, const char *below)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    return ca_arena_printf(&d->arena, "%s/%s", root ? root : ".", below);
}

void draft_init(draft *d)
{
    ca_vocabulary vocabulary;
    memset(d, 0, sizeof *d);
    ca_arena_init(&d->arena);
    ca_diags_init(&d->diags, &d->arena);
    ca_codes_init(&d->codes, &d->arena);
    ca_buf_init(&d->yaml);
    const char *path = draft_path(d, "rules/vocabulary.yaml");
    ck_assert_int_eq(ca_vocabulary_load(ca_disk_real(), path, &d->codes, &d->arena, &d->diags,
                                        &vocabulary, &d->err),
                     0);
    d->guess = ca_guess_new();
    ck_assert_ptr_nonnull(d->guess);
}

void draft_done(draft *d)
{
    ca_guess_free(d->guess);
    ca_buf_done(&d->yaml);
    ca_codes_done(&d->codes);
    ca_diags_done(&d->diags);
    ca_arena_done(&d->arena);
}

int draft_add_bytes(draft *d, const char *name, const void *bytes, size_t len)
{
    return ca_guess_bytes(d->guess, name, (ca_text){bytes, len}, (ca_text){0}, &d->err);
}

int draft_add(draft *d, const char *name, const char *text)
{
    return draft_add_bytes(d, name, text, strlen(text));
}

const char *draft_write(draft *d)
{
    if (ca_guess_write(d->guess, &d->yaml, &d->result, &d->err)) {
        return "";
    }
    int rc = ca_profile_parse("draft", ca_buf_text(&d->yaml), &d->codes, &d->arena, &d->diags,
                              &d->profile, &d->err);
    ck_assert_int_eq(rc, 0);
    if (d->result.complete && !d->profile) {
        ck_abort_msg("line %u: %s\n%s", d->diags.items[0].line, d->diags.items[0].text,
                     ca_buf_cstr(&d->yaml));
    }
    return ca_buf_cstr(&d->yaml);
}

const char *draft_of(draft *d, const char *text)
{
    ck_assert_int_eq(draft_add(d, "file.csv", text), 0);
    return draft_write(d);
}

/* --- Lines ---------------------------------------------------------------------------------- */

static ca_text trimmed(ca_text line)
{
    return ca_text_trim(line);
}

/* Whether the line opens the layout that is looked for, or another one. */
static void follow(ca_text line, const char *layout, bool *inside)
{
    ca_text opens = CA_TEXT("- layout: ");
    ca_text text = trimmed(line);
    if (ca_text_starts(text, opens)) {
        *inside = !layout || ca_text_is(ca_text_sub(text, opens.len, text.len), layout);
    }
}

static const char *find(draft *d, const char *layout, const char *key, const char **ret_asked)
{
    ca_text rest = ca_text_of(ca_buf_cstr(&d->yaml));
    ca_text line;
    bool inside = layout == NULL;
    const char *asked = "";
    while (ca_text_next(&rest, '\n', &line)) {
        ca_text text = trimmed(line);
        follow(line, layout, &inside);
        if (ca_text_starts(text, CA_TEXT("# ?"))) {
            asked = ca_arena_printf(&d->arena, "%s%.*s\n", asked, (int)text.len, text.ptr);
        } else if (inside && ca_text_starts(text, ca_text_of(key))) {
            *ret_asked = asked;
            return ca_arena_cstr(&d->arena, text);
        } else {
            asked = "";
        }
    }
    *ret_asked = "";
    return NULL;
}

const char *draft_line(draft *d, const char *layout, const char *key)
{
    const char *asked;
    return find(d, layout, key, &asked);
}

const char *draft_asked(draft *d, const char *layout, const char *key)
{
    const char *asked;
    (void)find(d, layout, key, &asked);
    return asked;
}
