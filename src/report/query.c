/* What the command line asks of the report. */
#include "report/inner.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 40

/* SQLite gives no pointer both for NULL and when it has no memory for the text of a number. */
static int hand_over(sqlite3_stmt *statement, ca_report_visit visit, void *context)
{
    const char *names[COLUMNS_MAX];
    ca_text cells[COLUMNS_MAX];
    int count = sqlite3_column_count(statement);
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    for (int i = 0; i < count; i++) {
        bool is_null = sqlite3_column_type(statement, i) == SQLITE_NULL;
        names[i] = sqlite3_column_name(statement, i);
        cells[i].ptr = (const char *)sqlite3_column_text(statement, i);
        cells[i].len = cells[i].ptr ? (size_t)sqlite3_column_bytes(statement, i) : 0;
        if (!names[i] || (!cells[i].ptr && !is_null)) {
            return CA_NOMEM;
        }
    }
    ca_report_row row = {names, cells, (size_t)count};
    return visit(context, &row);
}

/* A list without rows still has columns. */
static int hand_over_names(sqlite3_stmt *statement, ca_report_visit visit, void *context)
{
    const char *names[COLUMNS_MAX];
    int count = sqlite3_column_count(statement);
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    for (int i = 0; i < count; i++) {
        names[i] = sqlite3_column_name(statement, i);
        if (!names[i]) {
            return CA_NOMEM;
        }
    }
    ca_report_row row = {names, NULL, (size_t)count};
    return visit(context, &row);
}

static int query(ca_report *report, const char *sql, const char *const *values, size_t count, bool list,
                 ca_report_visit visit, void *context, ca_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(report->db, sql, -1, &statement, NULL);
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        code = values[i] ? sqlite3_bind_text(statement, (int)i + 1, values[i], -1, SQLITE_STATIC)
                         : sqlite3_bind_null(statement, (int)i + 1);
    }
    int rc = 0;
    size_t rows = 0;
    while (code == SQLITE_OK && rc == 0) {
        int step = sqlite3_step(statement);
        if (step != SQLITE_ROW) {
            code = step;
            break;
        }
        rc = hand_over(statement, visit, context);
        rows++;
    }
    if (rc == 0 && code == SQLITE_DONE && rows == 0 && list) {
        rc = hand_over_names(statement, visit, context);
    }
    if (rc == 0 && code != SQLITE_DONE) {
        rc = ca_report_error(report, code, "cannot read the report", err);
    } else if (rc == CA_NOMEM) {
        rc = ca_error_nomem(err);
    }
    sqlite3_finalize(statement);
    return rc;
}

int ca_report_query(ca_report *report, const char *sql, const char *const *values, size_t count,
                    ca_report_visit visit, void *context, ca_error *err)
{
    return query(report, sql, values, count, false, visit, context, err);
}

int ca_report_query_list(ca_report *report, const char *sql, const char *const *values, size_t count,
                         ca_report_visit visit, void *context, ca_error *err)
{
    return query(report, sql, values, count, true, visit, context, err);
}

static int take_truth(void *context, const ca_report_row *row)
{
    *(bool *)context = ca_text_is(row->cells[0], "1");
    return 0;
}

/* Minor units as people read them, with the currency's own decimals. */
#define MONEY(column)                                                                                                  \
    "CASE WHEN " column " < 0 THEN '-' ELSE '' END ||"                                                                \
    " substr(printf('%0*d', minor_digits + 1, abs(" column ")), 1,"                                                   \
    "  length(printf('%0*d', minor_digits + 1, abs(" column "))) - minor_digits) ||"                                  \
    " CASE WHEN minor_digits > 0 THEN '.' || substr(printf('%0*d', minor_digits + 1, abs(" column ")), -minor_digits)" \
    "  ELSE '' END"
#define RUNS(undone)                                                                                                   \
    "SELECT run_id, started, profile, rows_read, rows_rejected, lines" undone ", claims, findings,"                   \
    " CASE WHEN line_exposure IS NOT NULL THEN " MONEY("line_exposure") " END AS line_exposure,"                      \
    " CASE WHEN entity_exposure IS NOT NULL THEN " MONEY("entity_exposure") " END AS entity_exposure, currency,"      \
    " alarms FROM v_runs JOIN (SELECT run_id, minor_digits FROM run) USING(run_id) ORDER BY run_id"

int ca_report_runs(ca_report *report, bool undone, ca_report_visit visit, void *context, ca_error *err)
{
    int rc = undone ? 0
                    : ca_report_query(report, "SELECT EXISTS(SELECT 1 FROM v_runs WHERE lines_undone > 0)", NULL, 0,
                                      take_truth, &undone, err);
    return rc ? rc
              : query(report,
                      undone ? RUNS(", lines_undone") : RUNS(""),
                      NULL, 0, true, visit, context, err);
}

static const char *number_or_null(int64_t number, char text[24])
{
    if (number == 0) {
        return NULL;
    }
    snprintf(text, 24, "%lld", (long long)number);
    return text;
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

void ca_finding_values_set(ca_finding_values *values, const ca_finding_filter *filter)
{
    const char *list[CA_FINDING_VALUES] = {or_null(filter->rule),
                                           or_null(filter->claim),
                                           or_null(filter->patient),
                                           or_null(filter->provider),
                                           or_null(filter->severity),
                                           number_or_null(filter->run, values->run),
                                           number_or_null(filter->limit, values->limit)};
    memcpy(values->list, list, sizeof list);
}

int ca_report_findings(ca_report *report, const ca_finding_filter *filter, ca_report_visit visit,
                       void *context, ca_error *err)
{
    /* severity_rank belongs to the rule version, not to the interface of the view. */
    static const char live[] =
        "SELECT finding_id, rule_id, severity, exposure_text AS exposure, currency, subject_id,"
        " patient_id, service_date, message FROM v_findings v JOIN (SELECT finding_id, severity_rank"
        " FROM finding JOIN run_rule USING(run_id, rule_no) JOIN rule_version USING(rule_version_id))"
        " USING(finding_id)" CA_FINDING_FILTER;
    static const char all[] =
        "SELECT finding_id, rule_id, outcome, reason, severity, exposure_text AS exposure, currency,"
        " subject_id, patient_id, service_date, message FROM v_findings_all v JOIN (SELECT finding_id,"
        " severity_rank FROM finding JOIN run_rule USING(run_id, rule_no)"
        " JOIN rule_version USING(rule_version_id)) USING(finding_id)" CA_FINDING_FILTER;
    ca_finding_values values;
    ca_finding_values_set(&values, filter);
    return query(report, filter->all ? all : live, values.list, CA_FINDING_VALUES, true, visit, context, err);
}

int ca_report_rejects(ca_report *report, int64_t run, int64_t limit, ca_report_visit visit,
                      void *context, ca_error *err)
{
    char run_text[24];
    char limit_text[24];
    const char *values[] = {number_or_null(run, run_text), number_or_null(limit, limit_text)};
    return query(report,
                 "SELECT run_id, file, \"row\", byte_offset, \"column\", reason FROM v_rejects"
                 " WHERE ?1 IS NULL OR run_id = CAST(?1 AS INTEGER)"
                 " ORDER BY run_id, file, \"row\" LIMIT coalesce(CAST(?2 AS INTEGER), -1)",
                 values, 2, true, visit, context, err);
}

int ca_report_reject_places(ca_report *report, int64_t run, int64_t limit, ca_report_visit visit, void *context,
                            ca_error *err)
{
    char run_text[24];
    char limit_text[24];
    const char *values[] = {number_or_null(run, run_text), number_or_null(limit, limit_text)};
    return ca_report_query(report,
                           "SELECT r.run_id, f.path AS file, r.source_row AS \"row\", r.byte_offset,"
                           " r.column_name AS \"column\", r.reason, r.file_no, f.encoding FROM reject r"
                           " JOIN file f USING(run_id, file_no)"
                           " WHERE ?1 IS NULL OR r.run_id = CAST(?1 AS INTEGER)"
                           " ORDER BY r.run_id, f.path, r.source_row LIMIT coalesce(CAST(?2 AS INTEGER), -1)",
                           values, 2, visit, context, err);
}

static int of_number(ca_report *report, const char *sql, int64_t number, bool list, ca_report_visit visit,
                     void *context, ca_error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    const char *values[] = {text};
    return query(report, sql, values, 1, list, visit, context, err);
}

static int of_run(ca_report *report, const char *sql, int64_t run, ca_report_visit visit, void *context,
                  ca_error *err)
{
    return of_number(report, sql, run, false, visit, context, err);
}

int ca_report_query_number(ca_report *report, const char *sql, int64_t number, ca_report_visit visit, void *context,
                           ca_error *err)
{
    return of_number(report, sql, number, false, visit, context, err);
}

int ca_report_rule_stats(ca_report *report, int64_t run, ca_report_visit visit, void *context, ca_error *err)
{
    return of_number(report,
                  "SELECT rule_id, rule_version, kind, status, offered, hit, excused, unknown,"
                  " not_applicable, pass, unknown_field FROM v_rule_stats"
                  " WHERE run_id = CAST(?1 AS INTEGER) ORDER BY rule_id",
                  run, true, visit, context, err);
}

int ca_report_files(ca_report *report, int64_t run, ca_report_visit visit, void *context, ca_error *err)
{
    return of_number(report,
                  "SELECT file, layout, rows_read, rows_accepted, rows_rejected, rows_skipped, lines,"
                  " lines_dropped, claims, " MONEY("total_paid") " AS total_paid, currency FROM v_files"
                  " JOIN (SELECT run_id, currency, minor_digits FROM run) USING(run_id) WHERE run_id = CAST(?1 AS INTEGER) ORDER BY file",
                  run, true, visit, context, err);
}

typedef struct ca_counting {
    ca_report_visit visit;
    void *context;
    size_t rows;
} ca_counting;

static int count_row(void *context, const ca_report_row *row)
{
    ca_counting *counting = context;
    counting->rows++;
    return counting->visit(counting->context, row);
}

static int copy_cell(void *context, const ca_report_row *row)
{
    ca_buf *text = context;
    ca_buf_clear(text);
    ca_buf_add_text(text, row->cells[0]);
    return text->failed ? CA_NOMEM : 0;
}

typedef struct ca_evidence_name {
    ca_buf *name;
    ca_digest *checksum;
} ca_evidence_name;

static int copy_evidence(void *context, const ca_report_row *row)
{
    ca_evidence_name *to = context;
    unsigned long long high, low;
    char hex[33];
    if (row->cells[1].len != 32) {
        return CA_FAIL;
    }
    memcpy(hex, row->cells[1].ptr, 32);
    hex[32] = 0;
    if (sscanf(hex, "%16llx%16llx", &high, &low) != 2) {
        return CA_FAIL;
    }
    *to->checksum = (ca_digest){high, low};
    return copy_cell(to->name, row);
}

int ca_report_evidence(ca_report *report, int64_t run, ca_buf *ret_name, ca_digest *ret_checksum,
                       ca_error *err)
{
    ca_evidence_name to = {ret_name, ret_checksum};
    ca_counting counting = {copy_evidence, &to, 0};
    int rc = of_run(report,
                    "SELECT evidence_file, hex(evidence_checksum) FROM run WHERE run_id = CAST(?1 AS INTEGER)",
                    run, count_row, &counting, err);
    if (rc == 0 && counting.rows == 0) {
        return ca_error_set(err, CA_USAGE, "there is no run %lld", (long long)run);
    }
    return rc == CA_FAIL ? ca_error_set(err, CA_FAIL, "%s: is damaged", report->path) : rc;
}

static int ignore_row(void *context, const ca_report_row *row)
{
    (void)context;
    (void)row;
    return 0;
}

int ca_report_check_run(ca_report *report, int64_t run, ca_error *err)
{
    ca_counting counting = {ignore_row, NULL, 0};
    int rc = run ? of_run(report, "SELECT 1 FROM run WHERE run_id = CAST(?1 AS INTEGER)", run, count_row,
                          &counting, err)
                 : 0;
    if (rc == 0 && run && counting.rows == 0) {
        return ca_error_set(err, CA_USAGE, "there is no run %lld in %s; see claimaudit runs", (long long)run,
                            report->path);
    }
    return rc;
}
