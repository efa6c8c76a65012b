/* Puts a run where auditors find it: the evidence file first, then everything else in one transaction that names it. */
#include "run/budget.h"
#include "run/place_pass.h"
#include "run/publish_parts.h"
#include "run/publish_scores.h"
#include "run/scoring.h"
#include "run/several.h"

#include <stdio.h>
#include <string.h>

#include "report/report.h"
#include "store/evidence.h"

struct publishing {
    ca_scan_state *scan;
    ca_report *report;
    ca_evidence_writer *evidence;
    ca_scores_told scores;
    ca_place_pass rows;            /* of stored findings */
    ca_digest identity;
    ca_digest plain;               /* the same but for the model of scores */
    ca_digest checksum;
    const char *evidence_name;
    const char *evidence_path;
};

static int add_raw(void *context, const ca_place *place, ca_text raw, ca_error *err)
{
    struct publishing *publishing = context;
    return ca_evidence_add(publishing->evidence, place->file, place->row, raw, err);
}

static int collect_places(void *context, const ca_finding *finding, ca_error *err)
{
    struct publishing *publishing = context;
    for (size_t i = 0; i < finding->line_count; i++) {
        const ca_finding_line *line = &finding->lines[i];
        ca_place place = {line->origin.file, line->origin.length, line->origin.offset,
                          line->origin.row, line->line_no, false};
        int rc = line->origin.row ? ca_place_pass_add(&publishing->rows, &place, err) : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* All that is stored: what rules found, then what scores did. */
static int visit_findings(struct publishing *publishing, ca_finding_visit visit, ca_error *err)
{
    int rc = ca_engine_findings(publishing->scan, visit, publishing, err);
    return rc ? rc : ca_scores_findings(&publishing->scores, visit, publishing, err);
}

/* Rows of the files in their order, as many at a time as memory has places for. */
static int add_rows(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    int rc;
    publishing->rows.most = ca_budget_places(scan);
    do {
        rc = visit_findings(publishing, collect_places, err);
        ca_place_pass_end(&publishing->rows);
        rc = rc ? rc : ca_reread(scan, &publishing->rows.places, add_raw, publishing, err);
    } while (rc == 0 && ca_place_pass_next(&publishing->rows));
    return rc;
}

static int add_reject_evidence(struct publishing *publishing, ca_error *err)
{
    ca_reject reject;
    ca_buf bytes;
    uint64_t cursor = 0;
    int rc;
    ca_buf_init(&bytes);
    while ((rc = ca_reject_next(publishing->scan, &cursor, &bytes, &reject, err)) == 0) {
        rc = ca_evidence_add(publishing->evidence, reject.file, reject.row, reject.raw, err);
        if (rc) {
            break;
        }
    }
    ca_buf_done(&bytes);
    return rc == CA_END ? 0 : rc;
}

/* The file is complete, synced and named before the database names it; a crash in between leaves a file that the rerun
 * writes again. */
static int write_evidence(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    const char *db = scan->options->db;
    char hex[33];
    ca_digest_hex(publishing->identity, hex);
    const char *path = ca_arena_printf(scan->arena, "%s.%.16s.evidence", db, hex);
    if (!path) {
        return ca_error_nomem(err);
    }
    const char *slash = strrchr(path, '/');
    publishing->evidence_name = slash ? slash + 1 : path;
    publishing->evidence_path = path;
    int rc = ca_evidence_create(scan->options->disk, path, &publishing->evidence, err);
    rc = rc ? rc : add_rows(publishing, err);
    rc = rc ? rc : add_reject_evidence(publishing, err);
    rc = rc ? rc : ca_evidence_finish(publishing->evidence, &publishing->checksum, err);
    return rc ? rc : ca_share(scan, path, err);
}

static int add_finding(void *context, const ca_finding *finding, ca_error *err)
{
    struct publishing *publishing = context;
    return ca_report_add_finding(publishing->report, finding, err);
}

static int add_rejects(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    ca_reject reject;
    uint64_t cursor = 0;
    int rc;
    while ((rc = ca_reject_next(scan, &cursor, &scan->bytes, &reject, err)) == 0) {
        ca_arena_reset(&scan->scratch);
        ca_reject_record record = {reject.file, reject.row, reject.offset,
                                   ca_arena_cstr(&scan->scratch, reject.column),
                                   ca_arena_cstr(&scan->scratch, reject.reason)};
        rc = record.column && record.reason ? ca_report_add_reject(publishing->report, &record, err)
                                            : ca_error_nomem(err);
        if (rc) {
            return rc;
        }
    }
    return rc == CA_END ? 0 : rc;
}

static const char *alarms(const ca_scan_state *scan)
{
    const char *text = "";
    for (size_t i = 0; text && i < scan->summary->alarm_count; i++) {
        text = ca_arena_printf(scan->arena, "%s%s%s", text, i ? "\n" : "", scan->summary->alarms[i]);
    }
    return text;
}

static int begin(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    const ca_scan_summary *summary = scan->summary;
    const char *span = ca_horizon_json(scan->options, scan->arena);
    char started[CA_TIME_SIZE];
    char finished[CA_TIME_SIZE];
    ca_time_print(scan->started_ms, started);
    ca_time_print(scan->options->clock->now_ms(scan->options->clock), finished);
    ca_run_record run = {
        .identity = publishing->identity,
        .started = started,
        .finished = finished,
        .profile = scan->setup->profile->name,
        .jurisdiction = scan->setup->profile->jurisdiction,
        .currency = scan->setup->profile->currency,
        .minor_digits = scan->setup->profile->minor_digits,
        .version = scan->options->version,
        .settings = ca_arena_printf(scan->arena, "{\"max_findings\":%llu%s%s}",
                                    (unsigned long long)scan->options->max_findings, span ? span : "",
                                    scan->setup->settings_json),
        .evidence_file = publishing->evidence_name,
        .evidence_checksum = publishing->checksum,
        .rows_read = summary->rows_read,
        .rows_accepted = summary->rows_accepted,
        .rows_rejected = summary->rows_rejected,
        .rows_skipped = summary->rows_skipped,
        .lines = summary->lines,
        .lines_dropped = summary->lines_dropped,
        .claims = summary->claims,
        .patients = summary->patients,
        .providers = summary->providers,
        .alarms = alarms(scan),
        .lines_undone = scan->lines_undone,
        .findings_undone = scan->findings_undone,
        .model = scan->scored ? scan->scored->model : NULL};
    if (!span || !run.settings || !run.alarms) {
        return ca_error_nomem(err);
    }
    return ca_report_begin(publishing->report, &run, &scan->summary->run, err);
}

/* That this run fitted. */
static bool has_new_model(const ca_scan_state *scan)
{
    return scan->scoring && scan->scoring->fits && scan->scored;
}

static int add_model(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    return has_new_model(scan) ? ca_report_add_model(publishing->report, &scan->scoring->model.record, err) : 0;
}

static int keep_model(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    ca_model_file file = has_new_model(scan) ? scan->scoring->model.file : (ca_model_file){0};
    return has_new_model(scan) ? ca_model_keep(scan, publishing->plain, &file, &scan->scoring->model, err) : 0;
}

static int store(struct publishing *publishing, ca_error *err)
{
    int rc = begin(publishing, err);
    rc = rc ? rc : add_model(publishing, err);
    rc = rc ? rc : ca_publish_parts(publishing->scan, publishing->report, err);
    rc = rc ? rc : ca_publish_score_rules(&publishing->scores, publishing->report, err);
    rc = rc ? rc : ca_engine_findings(publishing->scan, add_finding, publishing, err);
    rc = rc ? rc : ca_publish_scores(&publishing->scores, publishing->report, err);
    rc = rc ? rc : add_rejects(publishing, err);
    rc = rc ? rc : ca_report_commit(publishing->report, err);
    if (rc) {
        ca_report_rollback(publishing->report);
    }
    return rc;
}

/* Looks first without writing, so that a repeated night does not even touch the database file; unless that is of an older
 * claimaudit: readers were told that the next scan would bring it up to date. */
static int find_earlier(struct publishing *publishing, ca_error *err)
{
    ca_scan_state *scan = publishing->scan;
    const char *db = scan->options->db;
    int64_t run;
    int rc = ca_report_known(db, publishing->identity, &run, err);
    if (rc != CA_END) {
        return rc;
    }
    rc = ca_report_migrate(db, 30000, err);
    if (rc) {
        return rc;
    }
    scan->summary->run = run;
    return CA_END;
}

/* What was not stored needs no evidence. Whether it was is asked again: a commit may fail after it was done. */
static void remove_evidence(struct publishing *publishing)
{
    const ca_scan_options *options = publishing->scan->options;
    int64_t run;
    if (publishing->evidence_path && ca_report_known(options->db, publishing->identity, &run, NULL) == 0) {
        options->disk->remove(options->disk, publishing->evidence_path, NULL);
    }
}

/* Rejects that an earlier run was refused for say nothing of what is in the report now. */
static void remove_old_rejects(ca_scan_state *scan)
{
    ca_disk *disk = scan->options->disk;
    const char *path = ca_arena_printf(scan->arena, "%s.rejects.csv", scan->options->db);
    if (path) {
        disk->remove(disk, path, NULL);
    }
}

/* The run is stored: whatever goes wrong now is an alarm, and the next run tries again. */
static int publish_copy(ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_error reason = {0};
    if (!options->publish) {
        return 0;
    }
    int rc = ca_report_publish(options->disk, options->db, options->publish, options->group ? 0640 : 0600,
                               options->group ? options->group_number : CA_GROUP_KEEP, &reason);
    if (rc == 0) {
        return 0;
    }
    return ca_add_alarm(scan,
                        ca_arena_printf(scan->arena, "the run is stored, but %s could not be published: %s%s%s; the next "
                                        "run tries again", options->publish, reason.file, reason.file[0] ? ": " : "",
                                        reason.text),
                        err);
}

int ca_publish_check(const ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    return options->publish ? ca_report_check_copy(options->disk, options->db, options->publish, err) : 0;
}

static int store_run(ca_scan_state *scan, struct publishing *publishing, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    int rc = ca_scores_summarise(&publishing->scores, scan->arena, scan->summary, err);
    rc = rc ? rc : ca_room_check_findings(scan, err);
    rc = rc ? rc : write_evidence(publishing, err);
    rc = rc ? rc : keep_model(publishing, err);
    rc = rc || !options->group ? rc : ca_report_share(options->db, options->group_number, err);
    rc = rc ? rc : ca_report_open(options->db, true, 30000, &publishing->report, err);
    rc = rc ? rc : store(publishing, err);
    ca_report_close(publishing->report);
    if (rc) {
        remove_evidence(publishing);
        if (has_new_model(scan)) {
            ca_model_discard(scan, &scan->scoring->model);
        }
    } else {
        remove_old_rejects(scan);
    }
    return rc;
}

/* Scored against another model it is another run. */
static ca_digest mixed(ca_digest run, ca_digest model)
{
    const ca_digest both[] = {run, model};
    return ca_hash128(both, sizeof both);
}

int ca_publish(ca_scan_state *scan, ca_error *err)
{
    struct publishing publishing = {
        .scan = scan,
        .scores = {scan->scored, (uint32_t)scan->setup->rules->count, scan->options->max_findings, scan->options->max_scores}};
    int rc = ca_run_identity(scan, &publishing.plain, err);
    publishing.identity = rc || ca_scoring_is_own(scan, publishing.plain) ? publishing.plain
                                                                       : mixed(publishing.plain, scan->scoring->model.record.digest);
    if (scan->scoring && scan->scoring->gave_up) {
        publishing.identity = mixed(publishing.plain, (ca_digest){0, 0});
    }
    rc = rc ? rc : find_earlier(&publishing, err);
    rc = rc ? rc : store_run(scan, &publishing, err);
    if (rc == 0 || rc == CA_END) {
        int published = publish_copy(scan, err);
        rc = published ? published : rc;
    }
    ca_evidence_writer_free(publishing.evidence);
    ca_place_pass_done(&publishing.rows);
    return rc;
}
