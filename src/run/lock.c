/* One run at a time: the lock on DB.lock counts. What stands in the file is for people only: who holds it, since when, and
 * where that run keeps its temporary files, so that they are found again after it was killed. */
#include "run/state.h"

#include <string.h>

#define TEXT_MAX 8192

static bool is_plain(ca_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || (unsigned char)text.ptr[i] > 0x7E) {
            return false;
        }
    }
    return text.len > 0;
}

/* The rest of the line that begins with `key`; without a pointer where there is none. */
static ca_text line_of(ca_text text, const char *key)
{
    size_t len = strlen(key);
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t line = end ? (size_t)(end - text.ptr) : text.len;
        if (end && line > len && memcmp(text.ptr, key, len) == 0) {    /* a line without its end is half written */
            return ca_text_sub(text, len, line - len);
        }
        line += end ? 1 : 0;
        text = ca_text_sub(text, line, text.len - line);
    }
    return (ca_text){NULL, 0};
}

/* What the file says, copied; "" when it cannot be read: it is information only. */
static ca_text read_text(ca_scan_state *scan, const char *path)
{
    ca_buf bytes;
    ca_text text = {"", 0};
    ca_buf_init(&bytes);
    if (ca_disk_read_all(scan->options->disk, path, TEXT_MAX, &bytes, NULL) == 0 &&
        ca_arena_text(scan->arena, ca_buf_text(&bytes), &text)) {
        text = (ca_text){"", 0};
    }
    ca_buf_done(&bytes);
    return text;
}

/* A process that no longer runs wrote a stale text: the one that holds the lock is just about to write its own. */
static bool still_runs(ca_scan_state *scan, ca_text holder)
{
    char path[64];
    ca_file_info info;
    ca_disk *disk = scan->options->disk;
    size_t digits = 0;
    while (digits < holder.len && holder.ptr[digits] >= '0' && holder.ptr[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits > 18) {
        return false;
    }
    memcpy(path, "/proc/", 6);
    memcpy(path + 6, holder.ptr, digits);
    path[6 + digits] = 0;
    return disk->info(disk, path, &info, NULL) == 0;
}

static int say_who(ca_scan_state *scan, const char *path, ca_error *err)
{
    ca_text holder = line_of(read_text(scan, path), "process ");
    if (!holder.ptr || !is_plain(holder) || holder.len > 200 || !still_runs(scan, holder)) {
        return ca_error_at(err, CA_BUSY, path, 0, 0, "locked by another run: try again when it has ended");
    }
    return ca_error_at(err, CA_BUSY, path, 0, 0, "locked by another run, process %.*s: try again when it has ended",
                       (int)holder.len, holder.ptr);
}

/* DIR/NAME.<id>.work of a run that was killed with another --work than this one has. */
static bool is_left_by_ours(const ca_scan_state *scan, const char *folder)
{
    const char *slash = strrchr(scan->options->db, '/');
    const char *name = slash ? slash + 1 : scan->options->db;
    const char *last = strrchr(folder, '/');
    size_t len = strlen(folder);
    last = last ? last + 1 : folder;
    return len > 5 && strcmp(folder + len - 5, ".work") == 0 && strncmp(last, name, strlen(name)) == 0;
}

static int sweep(ca_scan_state *scan, ca_error *err)
{
    char *old = ca_arena_alloc(scan->arena, TEXT_MAX);
    int64_t len = old ? scan->lock->disk->read_at(scan->lock, 0, old, TEXT_MAX, err) : ca_error_nomem(err);
    if (len <= 0) {
        return (int)len;
    }
    ca_text left = line_of((ca_text){old, (size_t)len}, "work ");
    const char *folder = left.ptr ? ca_arena_cstr(scan->arena, left) : "";
    if (!folder) {
        return ca_error_nomem(err);
    }
    if (is_left_by_ours(scan, folder)) {
        ca_work_sweep(scan, folder);
    }
    return 0;
}

int ca_lock_take(ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    const char *path = ca_arena_printf(scan->arena, "%s.lock", options->db);
    if (!path) {
        return ca_error_nomem(err);
    }
    int rc = options->disk->lock(options->disk, path, &scan->lock, err);
    if (rc == CA_BUSY) {
        return say_who(scan, path, err);
    }
    rc = rc ? rc : ca_share(scan, path, err);
    rc = rc ? rc : sweep(scan, err);
    if (rc) {
        ca_lock_release(scan);
    }
    return rc;
}

int ca_lock_sign(ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    char since[CA_TIME_SIZE];
    if (!scan->lock) {
        return 0;
    }
    ca_time_print(scan->started_ms, since);
    const char *inputs = options->input_count    /* buffers are yet to come */
                             ? ca_arena_printf(scan->arena, " of %zu input%s", options->input_count,
                                               options->input_count == 1 ? "" : "s")
                             : "";
    const char *text = inputs ? ca_arena_printf(scan->arena, "process %llu, a scan%s, since %s\nwork %s\n",
                                                (unsigned long long)options->process, inputs, since, scan->work)
                              : NULL;
    if (!text) {
        return ca_error_nomem(err);
    }
    int rc = options->disk->clear(scan->lock, err);
    return rc ? rc : options->disk->write(scan->lock, text, strlen(text), err);
}

void ca_lock_release(ca_scan_state *scan)
{
    ca_disk *disk = scan->options->disk;
    if (scan->lock) {
        disk->clear(scan->lock, NULL);
        disk->close(scan->lock, NULL);
    }
    scan->lock = NULL;
}
