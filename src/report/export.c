/* The worklist as a file: which rows go to which sheet. */
#include "report/export_inner.h"
#include "report/inner.h"

#include <string.h>

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path);
    size_t end_len = strlen(end);
    return len > end_len && strcmp(path + len - end_len, end) == 0;
}

static int refuse_existing(const ca_export_options *options, const ca_file_info *there, ca_error *err)
{
    ca_file_info report;
    if (there->is_directory) {
        return ca_error_set(err, CA_USAGE, "%s: is a folder; name a file in it", options->path);
    }
    if (options->report_path && options->disk->info(options->disk, options->report_path, &report, NULL) == 0 &&
        report.inode == there->inode && report.device == there->device) {
        return ca_error_set(err, CA_USAGE, "%s: is the report itself", options->path);
    }
    return options->overwrite ? 0
                              : ca_error_set(err, CA_USAGE, "%s: is there already; --force writes over it",
                                             options->path);
}

int ca_export_check(const ca_export_options *options, ca_error *err)
{
    ca_file_info there;
    if (!ends_with(options->path, ".xlsx") && !ends_with(options->path, ".csv")) {
        return ca_error_set(err, CA_USAGE, "%s: the name must end with .xlsx (a workbook) or .csv", options->path);
    }
    if (options->ordered && !ends_with(options->path, ".csv")) {
        return ca_error_set(err, CA_USAGE, "%s: an ordered export is CSV; give a name that ends with .csv", options->path);
    }
    int rc = options->disk->info(options->disk, options->path, &there, err);
    return rc == CA_END ? 0 : rc ? rc : refuse_existing(options, &there, err);
}

/* severity_rank belongs to the rule version, not to the interface of the view. */
#define FROM_FINDINGS(view) \
    " FROM " view " v JOIN (SELECT finding_id, severity_rank FROM finding JOIN run_rule USING(run_id, rule_no)" \
    " JOIN rule_version USING(rule_version_id)) USING(finding_id)" CA_FINDING_FILTER
#define MINOR_DIGITS ", (SELECT minor_digits FROM run WHERE run.run_id = v.run_id) AS minor_digits"
#define LINES_OF(view) \
    "WITH chosen AS MATERIALIZED (SELECT finding_id, rule_id, currency" MINOR_DIGITS FROM_FINDINGS(view) ")" \
    " SELECT l.finding_id, v.rule_id, l.role, l.claim_id, l.line_no, l.exposure, v.currency, f.path AS file," \
    " l.source_row AS \"row\", l.byte_offset, l.claim_type, l.claim_part, l.service_date, l.paid, 1 AS lines," \
    " v.minor_digits, l.rowid AS line_order" \
    " FROM chosen v JOIN finding_line l USING(finding_id) JOIN file f ON f.run_id = l.run_id AND f.file_no = l.file_no" \
    " UNION ALL SELECT v.finding_id, v.rule_id, 'others', NULL, NULL, o.others_exposure, v.currency, NULL, NULL, NULL," \
    " NULL, NULL, NULL, o.others_paid, o.others, v.minor_digits, 9223372036854775807" \
    " FROM chosen v JOIN finding o USING(finding_id) WHERE o.others > 0 ORDER BY 1, 17"

/* Of statistical findings, in words and numbers as for reading: `m` is one reason in the evidence. */
#define REASONS_OF(view) \
    "WITH chosen AS MATERIALIZED (SELECT finding_id, rule_id, subject_id, grade" MINOR_DIGITS FROM_FINDINGS(view) ")" \
    " SELECT v.finding_id, v.rule_id, v.subject_id, m.key + 1 AS reason_no, m.value ->> '$.sentence' AS sentence," \
    " m.value ->> '$.title' AS feature, " REASON_VALUE("value") " AS value, " REASON_VALUE("peer_median") " AS peer_median," \
    " " CA_SQL_IF_KNOWN("m.value ->> '$.ratio'", "printf('%.2f', m.value ->> '$.ratio')") " AS ratio," \
    " " CA_SQL_IF_KNOWN("m.value ->> '$.percentile'", "printf('%.1f', 100 * (m.value ->> '$.percentile'))") " AS percentile," \
    " " REASON_VALUE("expected") " AS expected, m.value ->> '$.cell' AS cell, m.value ->> '$.cell_size' AS cell_size," \
    " printf('%.0f %%', 100 * (m.value ->> '$.share')) AS share" \
    " FROM chosen v JOIN finding f USING(finding_id), json_each(f.evidence, '$.reasons') m" \
    " WHERE v.grade = 'statistical' ORDER BY 1, 4"
#define REASON_VALUE(name) \
    CA_SQL_IF_KNOWN("m.value ->> '$." name "'", CA_SQL_SHOWN("(m.value ->> '$.unit')", "v.minor_digits", "(m.value ->> '$." name "')"))

static int export_findings(ca_report *report, const ca_export_options *options, const char *const *values, ca_sink *sink,
                           ca_export_counts *counts, ca_error *err)
{
    bool all = options->filter.all;
    int rc = ca_export_rows(report, "findings",
                            all ? "SELECT v.*" MINOR_DIGITS FROM_FINDINGS("v_findings_all")
                                : "SELECT v.*" MINOR_DIGITS FROM_FINDINGS("v_findings"),
                            values, CA_FINDING_VALUES, sink, &counts->findings, err);
    counts->finding_sheets = rc ? 0 : sink->parts(sink);
    if (rc || sink->only_findings) {
        return rc;
    }
    uint64_t reasons;
    rc = ca_export_rows(report, "lines", all ? LINES_OF("v_findings_all") : LINES_OF("v_findings"), values,
                        CA_FINDING_VALUES, sink, &counts->lines, err);
    return rc ? rc
              : ca_export_rows(report, "reasons", all ? REASONS_OF("v_findings_all") : REASONS_OF("v_findings"), values,
                               CA_FINDING_VALUES, sink, &reasons, err);
}

/* Every total says both, and never their sum. */
static int tell_total(void *context, const ca_exposure *total)
{
    ca_buf *text = context;
    ca_buf_printf(text, "%sMoney at stake: ", text->len ? "; " : "");
    ca_export_money(text, total->lines, (unsigned)total->minor_digits);
    ca_buf_printf(text, " %s on lines (every line once, with the largest of its shares) and, beside it, ", total->currency);
    ca_export_money(text, total->entities, (unsigned)total->minor_digits);
    ca_buf_printf(text, " %s on subjects as a whole; of %llu findings %llu are without an amount", total->currency,
                  (unsigned long long)total->findings, (unsigned long long)total->missing);
    return text->failed ? CA_NOMEM : 0;
}

static int export_total(ca_report *report, const ca_export_options *options, ca_sink *sink, ca_error *err)
{
    ca_buf text;
    ca_buf_init(&text);
    int rc = ca_report_exposure(report, &options->filter, tell_total, &text, err);
    ca_text cell = ca_buf_text(&text);
    rc = rc == CA_NOMEM ? ca_error_nomem(err) : rc;
    rc = rc || cell.len == 0 ? rc : sink->row(sink, &(ca_export_row){&cell, 1, 0}, err);
    ca_buf_done(&text);
    return rc;
}

static int export_about(ca_report *report, const ca_export_options *options, ca_sink *sink, ca_error *err)
{
    ca_export_column column;
    ca_export_column_of("about", &column);
    int rc = sink->sheet(sink, "about", &column, 1, err);
    for (size_t i = 0; rc == 0 && options->about[i]; i++) {
        ca_text cell = ca_text_of(options->about[i]);
        rc = sink->row(sink, &(ca_export_row){&cell, 1, 0}, err);
    }
    return rc ? rc : export_total(report, options, sink, err);
}

static int export_all(ca_report *report, const ca_export_options *options, ca_sink *sink, ca_export_counts *counts,
                      ca_error *err)
{
    ca_finding_values values;
    uint64_t ignored;
    ca_finding_values_set(&values, &options->filter);
    const char *const *run = &values.list[CA_FINDING_RUN];
    if (options->ordered) {
        return ca_export_ordered(report, values.list, sink, &counts->findings, err);
    }
    int rc = export_findings(report, options, values.list, sink, counts, err);
    if (rc || sink->only_findings) {
        return rc ? rc : sink->finish(sink, err);
    }
    rc = ca_export_rows(report, "rules", "SELECT * FROM v_rule_stats WHERE ?1 IS NULL OR run_id = CAST(?1 AS INTEGER)"
                        " ORDER BY run_id, rule_id", run, 1, sink, &ignored, err);
    rc = rc ? rc : ca_export_rows(report, "runs", "SELECT v.*" MINOR_DIGITS " FROM v_runs v"
                                  " WHERE ?1 IS NULL OR run_id = CAST(?1 AS INTEGER) ORDER BY run_id", run, 1, sink, &ignored, err);
    rc = rc ? rc : export_about(report, options, sink, err);
    return rc ? rc : sink->finish(sink, err);
}

/* One read transaction: a scan that ends meanwhile shows up in all sheets or in none. */
static int export_snapshot(ca_report *report, const ca_export_options *options, ca_sink *sink, ca_export_counts *counts,
                           ca_error *err)
{
    int rc = ca_report_execute(report, "BEGIN", err);
    if (rc) {
        return rc;
    }
    rc = export_all(report, options, sink, counts, err);
    sqlite3_exec(report->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int ca_report_export(ca_report *report, const ca_export_options *options, ca_export_counts *ret_counts, ca_error *err)
{
    ca_export_target target;
    ca_export_counts counts = {0};
    ca_sink *sink = NULL;
    int rc = ca_export_check(options, err);
    rc = rc ? rc : ca_export_target_init(&target, options->disk, options->path, options->report_path, err);
    if (rc) {
        return rc;
    }
    rc = ends_with(options->path, ".csv")
             ? ca_export_csv_new(options->disk, target.temporary, &sink, err)
             : ca_export_xlsx_new(options->disk, target.temporary, options->sheet_rows, &sink, err);
    rc = rc ? rc : export_snapshot(report, options, sink, &counts, err);
    if (sink) {
        sink->free(sink);
    }
    rc = rc ? rc : ca_export_target_publish(&target, err);
    ca_export_target_done(&target);
    if (rc == 0) {
        *ret_counts = counts;
    }
    return rc;
}
