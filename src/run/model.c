/* Finds and keeps the model of the population beside the report. */
#include "run/model.h"

#include <string.h>

const char *ca_model_path(const char *db, const char *file, ca_arena *arena)
{
    const char *folder = ca_disk_folder(arena, db);
    return folder ? ca_arena_printf(arena, "%s/%s", folder, file) : NULL;
}

/* The report that names it. */
static const char *report_of(const ca_scan_state *scan)
{
    return scan->model_db ? scan->model_db : scan->options->db;
}

/* A night without scores would go unnoticed: so it does not begin. */
int ca_model_load(const ca_scan_state *scan, ca_arena *arena, ca_run_model *model, ca_error *err)
{
    const char *path = ca_model_path(report_of(scan), model->record.file, scan->arena);
    ca_error reason = {0};
    if (!path) {
        return ca_error_nomem(err);
    }
    int rc = ca_model_read(scan->options->disk, path, arena, &model->file, &reason);
    if (rc == 0 && ca_digest_cmp(model->file.digest, model->record.digest) != 0) {
        rc = ca_error_set(&reason, CA_FAIL, "it is not the model that the report names");
    }
    if (rc == 0 || rc == CA_NOMEM) {
        return rc ? ca_error_nomem(err) : 0;
    }
    return ca_error_at(err, CA_CONFIG, path, 0, 0,
                       "%s; model %lld is needed for scores: fetch this file from a backup, fit another with claimaudit model fit, "
                       "or scan with --no-score",
                       reason.text, (long long)model->record.number);
}

int ca_model_look(const ca_scan_state *scan, ca_run_model *ret_model, ca_error *err)
{
    ca_run_model model = {0};
    const char *db = report_of(scan);
    int rc = db ? ca_report_current_model(db, scan->arena, &model.record, err) : CA_END;
    if (rc == 0 || rc == CA_END) {
        model.known = rc == 0;
        *ret_model = model;
    }
    return rc == CA_END ? 0 : rc;
}

int ca_model_find(const ca_scan_state *scan, ca_run_model *ret_model, ca_error *err)
{
    ca_run_model model = {0};
    ca_arena arena;
    ca_arena_init(&arena);
    int rc = ca_model_look(scan, &model, err);
    rc = rc || !model.known ? rc : ca_model_load(scan, &arena, &model, err);
    ca_arena_done(&arena);
    model.file.sections = NULL;
    model.file.section_count = 0;
    if (rc == 0) {
        *ret_model = model;
    }
    return rc;
}

/* The name says what is in it, so that a rerun writes the same file again. */
static int write_model(const ca_scan_state *scan, ca_model_file *file, const char **ret_path, ca_error *err)
{
    ca_buf bytes;
    char hex[33];
    ca_disk *disk = scan->options->disk;
    ca_buf_init(&bytes);
    int rc = ca_model_pack(file, &bytes, err);
    ca_digest_hex(file->digest, hex);
    const char *path = rc ? NULL : ca_arena_printf(scan->arena, "%s.%.16s.model", scan->options->db, hex);
    rc = rc || path ? rc : ca_error_nomem(err);
    rc = rc ? rc : ca_disk_write_atomic(disk, path, bytes.ptr, bytes.len, err);
    rc = rc ? rc : ca_share(scan, path, err);
    ca_buf_done(&bytes);
    if (rc == 0) {
        *ret_path = path;
    }
    return rc;
}

int ca_model_keep(const ca_scan_state *scan, ca_digest run, const ca_model_file *file, ca_run_model *model, ca_error *err)
{
    char made[CA_TIME_SIZE];
    const char *path = NULL;
    ca_model_file kept = *file;
    kept.run = run;
    kept.number = (uint32_t)model->record.number + 1;
    ca_time_print(scan->options->clock->now_ms(scan->options->clock), made);
    int rc = write_model(scan, &kept, &path, err);
    const char *when = rc ? NULL : ca_arena_printf(scan->arena, "%s", made);
    if (rc || !when) {
        return rc ? rc : ca_error_nomem(err);
    }
    const char *slash = strrchr(path, '/');
    model->file = kept;
    model->record = (ca_model_record){.number = kept.number,
                                      .digest = kept.digest,
                                      .file = slash ? slash + 1 : path,
                                      .made = when,
                                      .run = run,
                                      .period_from = kept.period_from,
                                      .period_through = kept.period_through,
                                      .lines = kept.lines};
    return 0;
}

/* Another model, an older one too, may say the same, and then the file is its. */
void ca_model_discard(const ca_scan_state *scan, const ca_run_model *model)
{
    const char *path = model->record.file ? ca_model_path(scan->options->db, model->record.file, scan->arena) : NULL;
    bool named = true;
    if (path && ca_report_names_model(scan->options->db, model->record.file, &named, NULL) == 0 && !named) {
        scan->options->disk->remove(scan->options->disk, path, NULL);
    }
}

/* "DB.0123456789abcdef.model" */
static bool is_model_of(const char *name, const char *report)
{
    size_t len = strlen(report);
    return strncmp(name, report, len) == 0 && name[len] == '.' && strspn(name + len + 1, "0123456789abcdef") == 16 &&
           strcmp(name + len + 17, ".model") == 0;
}

static int sweep_one(const ca_scan_state *scan, const char *folder, const char *name, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    bool named = true;
    const char *path = ca_arena_printf(scan->arena, "%s/%s", folder, name);
    if (!path) {
        return ca_error_nomem(err);
    }
    bool asked = ca_report_names_model(scan->options->db, name, &named, NULL) == 0;
    return asked && !named ? disk->remove(disk, path, err) : 0;
}

int ca_model_sweep(const ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_model_record current;
    const char *slash = strrchr(scan->options->db, '/');
    const char *base = slash ? slash + 1 : scan->options->db;
    const char *folder = ca_disk_folder(scan->arena, scan->options->db);
    char **names;
    size_t count = 0;
    int rc = folder ? disk->list(disk, folder, scan->arena, &names, &count, err) : ca_error_nomem(err);
    bool any = false;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        any |= is_model_of(names[i], base);
    }
    if (rc || !any || ca_report_current_model(scan->options->db, scan->arena, &current, NULL) != 0) {
        return rc;    /* a report that cannot be asked says so itself when it is needed */
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = is_model_of(names[i], base) ? sweep_one(scan, folder, names[i], err) : 0;
    }
    return rc;
}
