/* Finds what ships with the program from the place of the binary, so that an installation can be moved. */
#include "cli/place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/build_info.h"

#define SOURCE_NAME "claimaudit.source"    /* beside a binary in its build folder; never installed */

/* The folder of the binary, without a slash at the end. The link leads to the file itself, also when the program was
 * started through a symbolic link. */
static int own_folder(ca_cli *cli, const char **ret_folder, ca_error *err)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    if (len <= 0 || (size_t)len == sizeof path) {
        return ca_error_set(err, CA_FAIL, "cannot see where the program lies (/proc/self/exe); name the folder of its "
                            "rules and profiles in CLAIMAUDIT_SHARE");
    }
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    *ret_folder = ca_arena_printf(&cli->arena, "%.*s", len ? (int)len - 1 : 0, path);
    return *ret_folder ? 0 : ca_error_nomem(err);
}

/* /opt/x/bin and ../share/claimaudit are /opt/x/share/claimaudit. */
static const char *join(ca_cli *cli, const char *folder, const char *relative)
{
    size_t len = strlen(folder);
    if (relative[0] == '/') {
        return relative;
    }
    while (strncmp(relative, "../", 3) == 0) {
        relative += 3;
        while (len > 0 && folder[--len] != '/') {
        }
    }
    return ca_arena_printf(&cli->arena, "%.*s/%s", (int)len, folder, relative);
}

static bool is_folder(ca_cli *cli, const char *path)
{
    ca_file_info info;
    return cli->disk->info(cli->disk, path, &info, NULL) == 0 && info.is_directory;
}

/* A build writes the path of its source tree into a file beside the binary. CA_END: there is none. */
static int source_tree(ca_cli *cli, const char *folder, const char **ret_path, ca_error *err)
{
    ca_file_info info;
    ca_buf bytes;
    const char *file = ca_arena_printf(&cli->arena, "%s/" SOURCE_NAME, folder);
    int rc = file ? cli->disk->info(cli->disk, file, &info, err) : ca_error_nomem(err);
    rc = rc ? rc : ca_disk_read_all(cli->disk, file, 4096, &bytes, err);
    if (rc) {
        return rc;
    }
    ca_text path = ca_buf_text(&bytes);
    path.len -= path.len && path.ptr[path.len - 1] == '\n' ? 1 : 0;
    const char *copy = ca_arena_cstr(&cli->arena, path);
    ca_buf_done(&bytes);
    if (!copy) {
        return ca_error_nomem(err);
    }
    *ret_path = copy;
    return 0;
}

int ca_place_share(ca_cli *cli, const char **ret_path, bool *ret_found, ca_error *err)
{
    const char *given = getenv("CLAIMAUDIT_SHARE");
    const char *folder;
    if (given && *given) {
        *ret_path = given;
        *ret_found = is_folder(cli, given);
        return 0;
    }
    int rc = own_folder(cli, &folder, err);
    if (rc) {
        return rc;
    }
    const char *share = join(cli, folder, CA_SHARE_FROM_BIN);
    if (!share) {
        return ca_error_nomem(err);
    }
    rc = is_folder(cli, share) ? CA_END : source_tree(cli, folder, &share, err);    /* an installation comes first */
    if (rc < 0) {
        return rc;
    }
    *ret_found = is_folder(cli, share);
    *ret_path = share;
    return 0;
}

int ca_place_refuse(const ca_cli *cli, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "%s: the rules and profiles that ship with claimaudit are not there; install it "
                        "whole (meson install), or name their folder in CLAIMAUDIT_SHARE", cli->share);
}
