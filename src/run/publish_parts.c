/* What a run read and what its rules said of all units: the rows of the report besides findings. */
#include "run/publish_parts.h"

/* The source decodes UTF-16 before anything is kept. */
static const char *kept_encoding(const ca_run_file *file)
{
    ca_encoding encoding = file->format.encoding;
    return ca_encoding_name(encoding == CA_ENC_UTF16 ? CA_ENC_UTF8 : encoding);
}

static int add_files(const ca_scan_state *scan, ca_report *report, ca_error *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        ca_file_record record = {.file = i,
                                 .path = file->path,
                                 .layout = ca_layout_name(file->layout),
                                 .encoding = kept_encoding(file),
                                 .digest = file->digest,
                                 .bytes = file->bytes,
                                 .rows_read = file->rows_read,
                                 .rows_accepted = file->rows_accepted,
                                 .rows_rejected = file->rows_rejected,
                                 .rows_skipped = file->rows_skipped,
                                 .lines = file->lines,
                                 .lines_dropped = file->lines_dropped,
                                 .claims = file->claims,
                                 .total_charge = file->totals.charge,
                                 .total_allowed = file->totals.allowed,
                                 .total_paid = file->totals.paid};
        rc = ca_report_add_file(report, &record, err);
        for (size_t c = 0; rc == 0 && c < file->column_count; c++) {
            ca_column_record column = {i, file->columns[c].column, file->columns[c].field,
                                       file->columns[c].empty, file->columns[c].undecoded};
            rc = ca_report_add_column(report, &column, err);
        }
    }
    return rc;
}

static int add_joins(const ca_scan_state *scan, ca_report *report, ca_error *err)
{
    const ca_joins *joins = &scan->joins;
    ca_join_record patient = {"patient", "", joins->patient.usable, joins->patient.found};
    int rc = ca_report_add_join(report, &patient, err);
    for (unsigned role = 0; rc == 0 && role < CA_ROLE_COUNT; role++) {
        ca_join_record record = {"provider", ca_role_name(role), joins->provider[role].usable,
                                 joins->provider[role].found};
        rc = ca_report_add_join(report, &record, err);
    }
    return rc;
}

static int add_rules(const ca_scan_state *scan, ca_report *report, ca_error *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        const ca_scan_rule *stats = &scan->summary->rules[i];
        ca_rule_record record = {.id = rule->id,
                                 .title = rule->title,
                                 .category = rule->category,
                                 .severity = rule->severity,
                                 .grade = ca_grade_name(rule->grade),
                                 .status = ca_rule_status_name(rule->status),
                                 .kind = rule->kind->name,
                                 .jurisdiction = rule->jurisdiction,
                                 .version = rule->version,
                                 .severity_rank = (int64_t)rule->severity_rank,
                                 .logic_hash = rule->logic_hash,
                                 .text_hash = rule->text_hash,
                                 .source = rule->file->source,
                                 .offered = stats->offered,
                                 .hit = stats->hit,
                                 .excused = stats->excused,
                                 .unknown = stats->unknown,
                                 .not_applicable = stats->not_applicable,
                                 .pass = stats->pass,
                                 .findings = stats->findings,
                                 .stored = stats->stored,
                                 .unknown_field = stats->unknown_field};
        rc = ca_report_add_rule(report, i, &record, err);
    }
    return rc;
}

int ca_publish_parts(const ca_scan_state *scan, ca_report *report, ca_error *err)
{
    int rc = add_files(scan, report, err);
    rc = rc ? rc : add_joins(scan, report, err);
    return rc ? rc : add_rules(scan, report, err);
}
