/* What a run keeps may belong to a group of auditors: report, evidence, rejects and lock. */
#include "run/state.h"

#include <string.h>

#include "report/report.h"

#define MODE_SHARED 0660

int ca_share(const ca_scan_state *scan, const char *path, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_error reason = {0};
    if (!options->group) {
        return 0;
    }
    int rc = options->disk->share(options->disk, path, MODE_SHARED, options->group_number, &reason);
    if (rc == CA_FAIL && !strstr(reason.text, "is a link")) {
        return ca_error_at(err, rc, reason.file, 0, 0, "%s; have its owner or an administrator run chgrp %s and chmod 660 on it",
                           reason.text, options->group);
    }
    if (rc && err) {
        *err = reason;
    }
    return rc;
}

/* What follows the name of the report; -wal and -shm are seen to where SQLite is. */
static bool is_kept(const char *rest)
{
    size_t hex = rest[0] == '.' ? strspn(rest + 1, "0123456789abcdef") : 0;
    const char *end = hex ? rest + 1 + hex : "";
    return strcmp(rest, "") == 0 || strcmp(rest, ".rejects.csv") == 0 || strcmp(end, ".evidence") == 0 ||
           strcmp(end, ".model") == 0;
}

int ca_share_kept(ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    const char *slash = strrchr(options->db, '/');
    const char *name = slash ? slash + 1 : options->db;
    const char *folder = ca_disk_folder(scan->arena, options->db);
    size_t len = strlen(name);
    char **names;
    size_t count = 0;
    if (!options->group) {
        return 0;
    }
    int rc = folder ? options->disk->list(options->disk, folder, scan->arena, &names, &count, err) : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (strncmp(names[i], name, len) == 0 && is_kept(names[i] + len)) {
            const char *path = ca_arena_printf(scan->arena, "%s/%s", folder, names[i]);
            rc = path ? ca_share(scan, path, err) : ca_error_nomem(err);
        }
    }
    return rc;
}
