/* claimaudit rules new ID --kind KIND: writes a draft, never over a file that is there. */
#include "cli/rules_verbs.h"

#include <string.h>

#include "base/text.h"
#include "rules/rulefile.h"
#include "rules/skeleton.h"

/* Prefixes of shipped rules: a site that takes one would meet them at the next release. */
static bool is_shipped_prefix(ca_text id)
{
    static const char *const prefixes[] = {"CORE-", "US-", "CN-", "DE-"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (ca_text_starts(id, ca_text_of(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

static int check_id(const ca_arguments *arguments, const char **ret_id, ca_error *err)
{
    if (arguments->word_count != 2) {
        return ca_error_set(err, CA_USAGE, "which id? for example: claimaudit rules new SITE-0001 --kind line");
    }
    const char *id = arguments->words[1];
    if (!ca_rule_id_valid(ca_text_of(id))) {
        return ca_error_set(err, CA_USAGE,
                            "'%s' is no rule id; it has 2 to 8 capital letters, '-' and four digits: SITE-0001", id);
    }
    if (is_shipped_prefix(ca_text_of(id))) {
        return ca_error_set(err, CA_USAGE, "%s: ids that begin so are those of shipped rules; your own begin with SITE-: SITE%s",
                            id, strchr(id, '-'));
    }
    *ret_id = id;
    return 0;
}

static int find_kind(ca_cli *cli, const ca_arguments *arguments, const ca_kind **ret_kind, ca_error *err)
{
    const char *name = ca_argument(arguments, "kind");
    const char *names[32];
    const char *all = "";
    size_t count = 0;
    for (; ca_kinds[count] && count < 32 && all; count++) {
        names[count] = ca_kinds[count]->name;
        all = ca_arena_printf(&cli->arena, "%s%s%s", all, count ? ", " : "", names[count]);
    }
    if (!all) {
        return ca_error_nomem(err);
    }
    if (!name) {
        return ca_error_set(err, CA_USAGE, "--kind is missing; it is one of %s", all);
    }
    *ret_kind = ca_kind_find(ca_text_of(name));
    const char *closest = *ret_kind ? NULL : ca_text_closest(ca_text_of(name), names, count);
    return *ret_kind ? 0
                     : ca_error_set(err, CA_USAGE, "there is no kind '%s'%s%s%s; it is one of %s", name,
                                    closest ? ", did you mean '" : "", closest ? closest : "", closest ? "'" : "", all);
}

/* The file, which must be called as the rule; a folder gets a file of that name. */
static int find_path(ca_cli *cli, const ca_arguments *arguments, const char *id, const char **ret_path, ca_error *err)
{
    const char *output = ca_argument(arguments, "output");
    const char *name = ca_arena_printf(&cli->arena, "%s.yaml", id);
    ca_file_info info = {0};
    if (!name) {
        return ca_error_nomem(err);
    }
    int rc = output ? cli->disk->info(cli->disk, output, &info, err) : CA_END;
    if (rc < 0) {
        return rc;
    }
    if (rc == 0 && info.is_directory) {
        name = ca_arena_printf(&cli->arena, "%s/%s", output, name);
        output = NULL;
    }
    const char *slash = output ? strrchr(output, '/') : NULL;
    if (output && strcmp(slash ? slash + 1 : output, name) != 0) {
        return ca_error_set(err, CA_USAGE, "%s: a rule file is called as its rule: --output %.*s%s", output,
                            slash ? (int)(slash + 1 - output) : 0, output, name);
    }
    *ret_path = output ? output : name;
    return *ret_path ? 0 : ca_error_nomem(err);
}

static int write_new(ca_cli *cli, const char *path, const ca_buf *bytes, ca_error *err)
{
    ca_file *file = NULL;
    ca_file_info info;
    int rc = cli->disk->info(cli->disk, path, &info, err);
    if (rc == 0) {
        return ca_error_set(err, CA_USAGE, "%s is there already; choose another id, or remove the file first", path);
    }
    rc = rc < 0 ? rc : cli->disk->open(cli->disk, path, CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE, &file, err);
    if (rc) {
        return rc;
    }
    rc = cli->disk->write(file, bytes->ptr, bytes->len, err);
    rc = rc ? rc : cli->disk->sync(file, err);
    int closed = cli->disk->close(file, rc ? NULL : err);
    rc = rc ? rc : closed;
    if (rc) {
        cli->disk->remove(cli->disk, path, NULL);
    }
    return rc;
}

int ca_rules_new(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    const char *id = NULL;
    const char *path = NULL;
    const ca_kind *kind = NULL;
    ca_buf bytes;
    int rc = check_id(arguments, &id, err);
    rc = rc ? rc : find_kind(cli, arguments, &kind, err);
    rc = rc ? rc : find_path(cli, arguments, id, &path, err);
    if (rc) {
        return rc;
    }
    ca_buf_init(&bytes);
    ca_rule_skeleton(kind, id, &bytes);
    rc = bytes.failed ? ca_error_nomem(err) : write_new(cli, path, &bytes, err);
    ca_buf_done(&bytes);
    if (rc == 0) {
        fprintf(cli->out, "%s: a draft of kind %s\n", path, kind->name);
        fprintf(cli->out, "Next: claimaudit rules test %s\n", path);
    }
    return rc;
}
