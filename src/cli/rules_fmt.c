/* claimaudit rules fmt FILE|DIR…: writes files of rules and features in their canonical layout, or tells which are not. */
#include "cli/rules_verbs.h"

#include <string.h>

#include "rules/feature.h"
#include "rules/fmt.h"
#include "rules/rulefile.h"

#define FILE_MAX_BYTES (4u << 20)
#define DEPTH_MAX      8

typedef struct formatting {
    ca_cli *cli;
    ca_diags *diags;
    bool check;
    size_t files, changed;
} formatting;

static int write_new(const formatting *f, const char *path, const ca_buf *bytes, ca_error *err)
{
    ca_file_info info;
    int rc = f->cli->disk->info(f->cli->disk, path, &info, err);
    return rc ? (rc < 0 ? rc : ca_error_set(err, CA_FAIL, "%s is no longer there", path))
              : ca_disk_write_shared(f->cli->disk, path, bytes->ptr, bytes->len, info.mode, info.group, err);
}

static int format_file(formatting *f, const char *path, ca_error *err)
{
    ca_buf bytes, out;
    ca_buf_init(&out);
    ca_buf_init(&bytes);
    size_t errors = f->diags->errors;
    int rc = ca_disk_read_all(f->cli->disk, path, FILE_MAX_BYTES, &bytes, err);
    rc = rc ? rc : ca_rule_format(path, ca_buf_text(&bytes), &f->cli->arena, f->diags, &out, err);
    f->files++;
    if (rc == 0 && f->diags->errors == errors && !ca_text_eq(ca_buf_text(&bytes), ca_buf_text(&out))) {
        f->changed++;
        rc = f->check ? 0 : write_new(f, path, &out, err);
        if (rc == 0) {
            fprintf(f->cli->out, "%s%s\n", path, f->check ? ": not in canonical layout" : "");
        }
    }
    ca_buf_done(&out);
    ca_buf_done(&bytes);
    return rc;
}

/* `features`: it lies in, or below, a folder of features, where whatever is not called as something else is one. */
static bool is_ours(const char *name, bool features)
{
    size_t len = strlen(name);
    if (len <= 5 || strcmp(name + len - 5, ".yaml") != 0) {
        return false;
    }
    ca_text stem = {name, len - 5};
    return ca_rule_id_valid(stem) || (features && !ca_text_is(stem, "sets") && !ca_text_is(stem, "vocabulary"));
}

/* A file, whatever it is called; of a folder the rules and features in it and below. */
static int format_path(formatting *f, const char *path, bool features, unsigned depth, ca_error *err)
{
    ca_file_info info;
    char **names = NULL;
    size_t count = 0;
    int rc = f->cli->disk->info(f->cli->disk, path, &info, err);
    if (rc) {
        return rc < 0 ? rc : ca_error_set(err, CA_USAGE, "there is no rule file or folder '%s'", path);
    }
    if (!info.is_directory) {
        return format_file(f, path, err);
    }
    if (depth > DEPTH_MAX) {
        return ca_error_at(err, CA_LIMIT, path, 0, 0, "folders are nested more than %d deep", DEPTH_MAX);
    }
    features = features || ca_is_feature_folder(path);
    rc = f->cli->disk->list(f->cli->disk, path, &f->cli->arena, &names, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const char *below = ca_arena_printf(&f->cli->arena, "%s/%s", path, names[i]);
        rc = below ? f->cli->disk->info(f->cli->disk, below, &info, err) : ca_error_nomem(err);
        bool enter = rc == 0 && names[i][0] != '.' && (info.is_directory || is_ours(names[i], features));
        rc = enter ? format_path(f, below, features, depth + 1, err) : rc == CA_END ? 0 : rc;
    }
    return rc;
}

int ca_rules_fmt(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_diags diags;
    formatting f = {.cli = cli, .diags = &diags, .check = ca_switch(arguments, "check")};
    int rc = 0;
    if (arguments->word_count < 2) {
        return ca_error_set(err, CA_USAGE, "which file or folder? for example: claimaudit rules fmt my-rules");
    }
    ca_diags_init(&diags, &cli->arena);
    for (size_t i = 1; rc == 0 && i < arguments->word_count; i++) {
        rc = format_path(&f, arguments->words[i], false, 0, err);
    }
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    if (rc == 0) {
        fprintf(cli->out, "%zu file%s, %zu %s\n", f.files, f.files == 1 ? "" : "s", f.changed,
                f.check ? "not in canonical layout" : "changed");
    }
    if (rc == 0 && diags.errors) {
        rc = ca_error_set(err, CA_CONFIG, "%zu error%s in the rules", diags.errors, diags.errors == 1 ? "" : "s");
    } else if (rc == 0 && f.check && f.changed) {
        rc = ca_error_set(err, CA_CONFIG, "%zu file%s to be formatted: claimaudit rules fmt", f.changed,
                          f.changed == 1 ? " has" : "s have");
    }
    ca_diags_done(&diags);
    return rc;
}
