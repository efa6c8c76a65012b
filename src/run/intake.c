/* Inputs to files with layouts: folders are expanded, standard input is spooled, and each file's header chooses
 * its layout. */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "read/inputs.h"
#include "store/pack.h"

#define TELL_EVERY (UINT64_C(8) << 20)

/* How much will come is unknown: the disk must not be full when it has. */
static int copy_stream(ca_scan_state *scan, ca_run_file *file, ca_source *source, ca_pack *pack, ca_error *err)
{
    uint64_t told = 0;
    size_t size = 1 << 18;
    void *bytes = ca_alloc(size);
    int64_t got = 0;
    int rc = bytes ? 0 : ca_error_nomem(err);
    while (rc == 0 && (got = ca_source_read(source, bytes, size, err)) > 0) {
        rc = ca_pack_add(pack, bytes, (size_t)got, err);
        file->streamed += (uint64_t)got;
        rc = rc ? rc : ca_room_watch(scan, file->streamed, err);
        if (file->streamed - told >= TELL_EVERY) {
            told = file->streamed;
            ca_progress(scan, file->streamed, 0);
        }
    }
    ca_free(bytes);
    return rc ? rc : (int)got;
}

/* Standard input and pipes cannot be read twice, and rows of findings are: they become compressed files first. */
static int spool_stream(ca_scan_state *scan, size_t index, ca_run_file *file, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_source *source = NULL;
    ca_pack *pack = NULL;
    if (!scan->work) {
        return ca_error_set(err, CA_USAGE, "%s cannot be read twice: save a piece of it to a file", file->path);
    }
    const char *path = ca_arena_printf(scan->arena, "%s/stream%zu", scan->work, index);
    if (!path) {
        return ca_error_nomem(err);
    }
    int rc = ca_source_open(disk, file->read_path, &source, err);
    if (rc == 0) {
        file->read_path = path;    /* so that it is removed, whatever happens */
        file->spooled = true;
        rc = ca_pack_create(disk, path, &pack, err);
    }
    rc = rc ? rc : copy_stream(scan, file, source, pack, err);
    rc = rc ? rc : ca_pack_finish(pack, err);
    rc = rc ? rc : disk->info(disk, path, &file->info, err);
    file->opened = rc == 0;
    ca_pack_free(pack);
    ca_source_close(source);
    return rc;
}

static int copy_row(ca_arena *arena, const ca_row *row, ca_first_row *ret_row)
{
    ca_text *cells = ca_arena_array(arena, row->cell_count + 1, sizeof *cells);
    size_t count = row->reject ? 0 : row->cell_count;
    for (size_t i = 0; cells && i < count; i++) {
        if (ca_arena_text(arena, row->cells[i], &cells[i])) {
            return CA_NOMEM;
        }
    }
    *ret_row = (ca_first_row){.cells = cells, .count = count};
    return cells ? 0 : CA_NOMEM;
}

/* Why the very first record cannot be a header, or NULL. */
static const char *refusal_of(const ca_row *row, bool only, ca_arena *arena)
{
    bool marked = row->raw.len >= 2 && (memcmp(row->raw.ptr, "\xFF\xFE", 2) == 0 ||
                                        memcmp(row->raw.ptr, "\xFE\xFF", 2) == 0);
    if (marked) {
        return "the file is UTF-16: say 'encoding: utf-16' under 'csv'";
    }
    bool packed = row->raw.len >= 4 && (memcmp(row->raw.ptr, "\x1F\x8B", 2) == 0 ||
                                        memcmp(row->raw.ptr, "\x28\xB5\x2F\xFD", 4) == 0);
    if (packed) {    /* one packing was taken off already */
        return "the file is packed twice, or was pushed packed: unpack it first";
    }
    return row->reject && only ? ca_arena_printf(arena, "the header cannot be read: %s", row->reject) : NULL;
}

/* Reads the first records of a file under one format. */
static int read_first_rows(ca_rows *rows, size_t wanted, ca_arena *arena, ca_first_row *ret_rows, size_t *ret_count,
                           const char **ret_refused, ca_error *err)
{
    ca_row row;
    int rc = 0;
    while (*ret_count < wanted && (rc = ca_rows_next(rows, &row, err)) == 0) {
        if (*ret_count == 0) {
            *ret_refused = refusal_of(&row, wanted == 1, arena);
        }
        if (copy_row(arena, &row, &ret_rows[(*ret_count)++])) {
            return ca_error_nomem(err);
        }
    }
    return rc == CA_END ? 0 : rc;
}

/* Looks for a layout under one format; *ret_columns are those of the widest record read. */
static int try_format(ca_scan_state *scan, ca_run_file *file, const ca_csv_format *format, ca_arena *arena,
                      size_t *ret_columns, ca_error *err)
{
    const ca_profile *profile = scan->setup->profile;
    size_t wanted = ca_profile_first_rows(profile, format);
    ca_first_row *first = ca_arena_array(arena, wanted, sizeof *first);
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    const char *refused = NULL;
    size_t count = 0;
    int rc = first ? ca_source_open(scan->options->disk, file->read_path, &source, err) : ca_error_nomem(err);
    file->packed = rc == 0 && ca_source_packing(source) != CA_PACKING_NONE;
    rc = rc ? rc : ca_rows_open(source, format, 0, CA_LANE_BOTH, &rows, err);
    rc = rc ? rc : read_first_rows(rows, wanted, arena, first, &count, &refused, err);
    for (size_t i = 0; i < count; i++) {
        *ret_columns = first[i].count > *ret_columns ? first[i].count : *ret_columns;
    }
    rc = rc ? rc : ca_profile_match_rows(profile, format, first, count, file->path, &file->layout, err);
    ca_rows_close(rows);
    ca_source_close(source);
    if (rc == CA_CONFIG && refused) {
        return ca_error_set(err, CA_CONFIG, "%s", refused);
    }
    return rc;
}

/* Profiles may mix formats: the first one under which the file fits a layout is the file's. When none does, the one
 * that splits its beginning into the most columns was meant, and its reason is told. */
static int match_layout(ca_scan_state *scan, ca_run_file *file, ca_error *err)
{
    const ca_csv_format *formats;
    size_t count = ca_profile_formats(scan->setup->profile, &formats);
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        size_t columns = 0;
        ca_error reason = {0};
        ca_arena arena;
        ca_arena_init(&arena);
        int rc = try_format(scan, file, &formats[i], &arena, &columns, &reason);
        ca_arena_done(&arena);
        if (rc == 0) {
            file->format = ca_layout_format(file->layout);
            return 0;
        }
        if (rc != CA_CONFIG || i == 0 || columns > most) {
            *err = reason;
            most = columns;
        }
        if (rc != CA_CONFIG) {
            return rc;
        }
    }
    return CA_CONFIG;
}

static int take_in(ca_scan_state *scan, size_t index, const char *path, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    ca_disk *disk = scan->options->disk;
    bool is_stdin = strcmp(path, "-") == 0;
    ca_file_info info = {0};
    file->path = is_stdin ? "(standard input)" : path;
    file->read_path = path;
    int rc = is_stdin ? 0 : disk->info(disk, path, &info, err);
    if (rc == CA_END) {
        rc = ca_error_set(err, CA_FAIL, "%s: is gone", path);
    }
    if (rc || !info.is_regular) {
        return rc ? rc : spool_stream(scan, index, file, err);
    }
    file->info = info;
    file->opened = true;
    return 0;
}

static bool named_by_hand(const ca_scan_options *options, const char *path)
{
    for (size_t i = 0; i < options->input_count; i++) {
        if (strcmp(options->inputs[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* DB.work/… */
static bool in_work_folder(const char *path, const char *db)
{
    size_t len = strlen(db);
    return strncmp(path, db, len) == 0 && strncmp(path + len, ".work/", 6) == 0;
}

static bool named_like_ours(const char *path, const char *db)
{
    static const char *const ends[] = {".lock", "-wal", "-shm", "-journal", ".rejects.csv", ".evidence"};
    const char *name = last_name(path);
    const char *report = last_name(db);
    size_t len = strlen(name);
    size_t stem = strlen(report);
    if (strncmp(name, report, stem) != 0) {
        return in_work_folder(path, db);
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (len >= stem + end && strcmp(name + len - end, ends[i]) == 0) {
            return true;
        }
    }
    return strncmp(name + stem, ".work.", 6) == 0 || in_work_folder(path, db);
}

/* The report, the copy of it, or the counts of the last run. */
static int is_report(const ca_scan_options *options, const char *name, const char *path, bool *ret_is, ca_error *err)
{
    ca_file_info report, input;
    ca_disk *disk = options->disk;
    int rc = disk->info(disk, name, &report, err);
    rc = rc ? rc : disk->info(disk, path, &input, err);
    *ret_is = rc == 0 && report.inode && report.inode == input.inode && report.size == input.size &&
              report.changed_ns == input.changed_ns;
    return rc == CA_END ? 0 : rc;
}

/* What a scan itself puts beside the report is no input when it lies in the folder that is scanned. */
static int is_own_file(const ca_scan_options *options, const char *path, bool *ret_own, ca_error *err)
{
    *ret_own = false;
    if (!options->db || named_by_hand(options, path)) {
        return 0;
    }
    *ret_own = named_like_ours(path, options->db);
    int rc = *ret_own ? 0 : is_report(options, options->db, path, ret_own, err);
    rc = rc || *ret_own || !options->publish ? rc : is_report(options, options->publish, path, ret_own, err);
    return rc || *ret_own || !options->metrics ? rc : is_report(options, options->metrics, path, ret_own, err);
}

static int choose_layout(ca_scan_state *scan, ca_run_file *file, ca_diags *diags, ca_error *err)
{
    ca_error reason = {0};
    int rc = match_layout(scan, file, &reason);
    if (rc == CA_CONFIG) {
        ca_diag_add(diags, CA_DIAG_ERROR, file->path, 0, 0, "%s", reason.text);
        return 0;
    }
    if (rc) {
        *err = reason;
    }
    return rc;
}

static int add_input(ca_scan_state *scan, const char *path, ca_diags *diags, ca_error *err)
{
    bool own;
    int rc = is_own_file(scan->options, path, &own, err);
    if (rc || own) {
        return rc;
    }
    ca_run_file *file = &scan->files[scan->file_count++];
    rc = take_in(scan, scan->file_count - 1, path, err);
    if (rc) {
        return rc;
    }
    rc = choose_layout(scan, file, diags, err);
    return rc ? ca_source_still(scan, file, rc, err) : 0;
}

static int add_pushed(ca_scan_state *scan, const ca_pushed *pushed, ca_diags *diags, ca_error *err)
{
    ca_run_file *file = &scan->files[scan->file_count++];
    file->path = pushed->name;
    file->read_path = pushed->path;
    int rc = scan->options->disk->info(scan->options->disk, pushed->path, &file->info, err);
    file->opened = rc == 0;
    return rc ? rc : choose_layout(scan, file, diags, err);
}

int ca_intake(ca_scan_state *scan, ca_diags *diags, ca_error *err)
{
    ca_inputs inputs = {0};
    int rc = scan->pushed_count && !scan->options->input_count
                 ? 0
                 : ca_inputs_expand(scan->options->disk, scan->options->inputs, scan->options->input_count,
                                    scan->arena, &inputs, err);
    if (rc) {
        return rc;
    }
    scan->files = ca_arena_array(scan->arena, inputs.count + scan->pushed_count + 1, sizeof *scan->files);
    if (!scan->files) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < inputs.count; i++) {
        rc = add_input(scan, inputs.paths[i], diags, err);
    }
    for (size_t i = 0; rc == 0 && i < scan->pushed_count; i++) {
        rc = add_pushed(scan, &scan->pushed[i], diags, err);
    }
    return rc ? rc : ca_diags_result(diags, err);
}

void ca_intake_done(ca_scan_state *scan)
{
    ca_disk *disk = scan->options->disk;
    for (size_t i = 0; i < scan->file_count; i++) {
        if (scan->files[i].spooled) {
            disk->remove(disk, scan->files[i].read_path, NULL);
        }
    }
}
