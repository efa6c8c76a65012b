/* Fits a model beside the nights: what a first scan does, for claims of a time that was chosen for it. And keeps one. */
#include "run/model_fit.h"

#include <string.h>

#include "run/scoring.h"

static int check_frozen(const ca_scan_state *scan, ca_error *err)
{
    ca_model_record current;
    int rc = ca_report_current_model(scan->options->db, scan->arena, &current, err);
    if (rc == 0 && current.frozen) {
        return ca_error_set(err, CA_USAGE, "model %lld is frozen since %.10s: no other takes its place until claimaudit model freeze --thaw",
                            (long long)current.number, current.frozen);
    }
    return rc == CA_END ? 0 : rc;
}

static int name_model(ca_scan_state *scan, const ca_run_model *model, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_report *report = NULL;
    int rc = ca_report_open(options->db, true, 30000, &report, err);
    rc = rc ? rc : ca_report_add_model(report, &model->record, err);
    ca_report_close(report);
    return rc || !options->group ? rc : ca_report_share(options->db, options->group_number, err);
}

static int keep(ca_scan_state *scan, ca_model_record *ret_model, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    ca_digest run;
    if (!scoring || scoring->model.file.section_count == 0 || scan->measuring->lines == 0) {
        return ca_error_set(err, CA_FAIL, "there is nobody to learn from: no line of these files counts");
    }
    bool same = scoring->model.known && ca_digest_cmp(scoring->model.record.digest, scoring->model.file.digest) == 0;
    ca_model_file file = scoring->model.file;
    int rc = same ? CA_END : ca_run_identity(scan, &run, err);
    rc = rc ? rc : ca_model_keep(scan, run, &file, &scoring->model, err);
    if (rc == 0) {
        rc = name_model(scan, &scoring->model, err);
        if (rc) {
            ca_model_discard(scan, &scoring->model);
        }
    }
    if (rc == 0 || rc == CA_END) {
        *ret_model = scoring->model.record;
    }
    return rc;
}

int ca_model_fit(const ca_scan_options *options, ca_arena *arena, ca_diags *diags, ca_scan_summary *ret_summary,
                 ca_model_record *ret_model, ca_error *err)
{
    ca_scan_state scan = {.options = options, .summary = ret_summary, .arena = arena, .fits_model = true};
    memset(ret_summary, 0, sizeof *ret_summary);
    int rc = ca_lock_take(&scan, err);
    rc = rc ? rc : ca_share_kept(&scan, err);
    rc = rc ? rc : check_frozen(&scan, err);
    rc = rc ? rc : ca_engine_begin(&scan, diags, err);
    rc = rc ? rc : ca_engine_judge(&scan, err);
    rc = rc ? rc : keep(&scan, ret_model, err);
    ca_engine_end(&scan);
    return rc;
}

static int freeze(const ca_scan_state *scan, bool thaw, ca_model_record *ret_model, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    char now[CA_TIME_SIZE];
    ca_report *report = NULL;
    int rc = ca_report_current_model(options->db, scan->arena, ret_model, err);
    rc = rc ? rc : ca_report_open(options->db, true, 30000, &report, err);
    ca_time_print(options->clock->now_ms(options->clock), now);
    rc = rc ? rc : ca_report_freeze_model(report, thaw ? NULL : now, err);
    ca_report_close(report);
    return rc;
}

int ca_model_freeze(const ca_scan_options *options, bool thaw, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    ca_scan_state scan = {.options = options, .arena = arena};
    int rc = ca_report_current_model(options->db, arena, ret_model, err);    /* where there is none no lock is made either */
    rc = rc ? rc : ca_lock_take(&scan, err);
    rc = rc ? rc : freeze(&scan, thaw, ret_model, err);
    ca_lock_release(&scan);
    return rc;
}
