/* Temporary files of a run that was killed: a later run writes over some of them only when it grows large enough, and
 * they hold claims, so they are removed at once. The caller holds the lock of the report, so nobody else uses them. */
#include "run/state.h"

#include <string.h>

static bool only_from(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == 0;
}

/* What follows "DB.work."; exact, because a folder may hold other reports whose names begin alike. */
static bool is_work(const char *rest)
{
    static const char *const names[] = {"exchange", "findings", "rejects", "stream"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(rest, names[i], len) == 0 && only_from(rest + len, ".0123456789")) {
            return true;
        }
    }
    return false;
}

/* What follows "DB.". */
static bool is_unfinished(const char *rest)
{
    size_t hex = strspn(rest, "0123456789abcdef");
    return strcmp(rest, "rejects.csv" CA_DISK_TEMPORARY) == 0 ||
           (hex == 16 && strcmp(rest + hex, ".evidence" CA_DISK_TEMPORARY) == 0);
}

static int remove_matching(ca_scan_state *scan, const char *prefix, bool (*matches)(const char *rest), ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    const char *slash = strrchr(prefix, '/');
    int folder_len = slash ? (int)(slash - prefix) : 0;
    const char *base = slash ? slash + 1 : prefix;
    const char *folder = slash ? ca_arena_printf(scan->arena, "%.*s", folder_len ? folder_len : 1, prefix) : ".";
    size_t len = strlen(base);
    char **names;
    size_t count = 0;
    int rc = folder ? disk->list(disk, folder, scan->arena, &names, &count, err) : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (strncmp(names[i], base, len) == 0 && names[i][len] == '.' && matches(names[i] + len + 1)) {
            const char *path = ca_arena_printf(scan->arena, "%.*s%s", slash ? folder_len + 1 : 0, prefix, names[i]);
            rc = path ? disk->remove(disk, path, err) : ca_error_nomem(err);
        }
    }
    return rc;
}

int ca_remove_leftovers(ca_scan_state *scan, ca_error *err)
{
    int rc = remove_matching(scan, scan->work, is_work, err);
    return rc ? rc : remove_matching(scan, scan->options->db, is_unfinished, err);
}
