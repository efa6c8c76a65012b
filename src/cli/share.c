/* Finds what ships with the program: rules and profiles, beside the installed binary or in the source tree. */
#include "cli/command.h"

#include <string.h>

#include "cli/value.h"

/* The names of the shipped profiles, for the message about one that is not there. */
static int refuse_profile(ca_cli *cli, const char *name, ca_error *err)
{
    char **files = NULL;
    size_t count = 0;
    const char *all = "";
    const char *folder = ca_arena_printf(&cli->arena, "%s/data/profiles", cli->share);
    int rc = folder ? cli->disk->list(cli->disk, folder, &cli->arena, &files, &count, err) : ca_error_nomem(err);
    if (rc) {
        return rc;
    }
    for (size_t i = 0; all && i < count; i++) {
        size_t len = strlen(files[i]);
        if (len > 5 && strcmp(files[i] + len - 5, ".yaml") == 0) {
            files[i][len - 5] = 0;
        }
        all = ca_arena_printf(&cli->arena, "%s%s%s", all, i ? ", " : "", files[i]);
    }
    const char *closest = ca_text_closest(ca_text_of(name), (const char *const *)files, count);
    return ca_error_set(err, CA_USAGE, "there is no profile '%s'%s%s%s; shipped are %s", name,
                        closest ? ", did you mean '" : "", closest ? closest : "", closest ? "'" : "",
                        all ? all : "");
}

int ca_share_profile(ca_cli *cli, const char *name, const char **ret_path, ca_error *err)
{
    ca_file_info info;
    if (ca_value_is_path(name)) {
        *ret_path = name;
        return 0;
    }
    const char *path = ca_arena_printf(&cli->arena, "%s/data/profiles/%s.yaml", cli->share, name);
    int rc = path ? cli->disk->info(cli->disk, path, &info, err) : ca_error_nomem(err);
    if (rc == 0) {
        *ret_path = path;
    }
    return rc == CA_END ? refuse_profile(cli, name, err) : rc;
}

const char *ca_share_rules(ca_cli *cli)
{
    return ca_arena_printf(&cli->arena, "%s/rules", cli->share);
}
