/* Stores findings with their lines. */
#include <string.h>

#include "report/inner.h"

void ca_minor_text(int64_t minor, int digits, ca_buf *text)
{
    uint64_t size = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++) {
        scale *= 10;
    }
    ca_buf_clear(text);
    ca_buf_printf(text, "%s%llu", minor < 0 ? "-" : "", (unsigned long long)(size / scale));
    if (digits) {
        ca_buf_printf(text, ".%0*llu", digits, (unsigned long long)(size % scale));
    }
}

static void bind_subject(ca_sql *to, const ca_finding *finding)
{
    bool of_claims = finding->claim_id.ptr != NULL;
    bool of_line = of_claims && !finding->of_claim && !finding->entity_kind;
    ca_sql_cstr(to, finding->entity_kind ? finding->entity_kind : finding->of_claim ? "claim" : "line");
    ca_sql_cstr(to, of_claims ? ca_enum_name(CA_F_CLAIM_TYPE, finding->claim_type) : "");
    ca_sql_text(to, finding->claim_id);
    ca_sql_number(to, finding->claim_part);
    if (of_line) {
        ca_sql_number(to, finding->line_no);
    } else {
        ca_sql_null(to);
    }
    ca_sql_optional(to, finding->patient_id);
    ca_sql_optional(to, finding->billing_provider_id);
    ca_sql_optional(to, finding->rendering_provider_id);
    ca_sql_date(to, finding->has_date, finding->service_date);
}

/* Of a pair, or of a copy and its original: the claim that is not the subject's. */
static ca_text counterpart(const ca_finding *finding)
{
    for (size_t i = 0; i < finding->line_count; i++) {
        const ca_finding_line *line = &finding->lines[i];
        bool paired = strcmp(line->role, "a") == 0 || strcmp(line->role, "b") == 0 ||
                      strcmp(line->role, "original") == 0;
        if (paired && !(line->claim_type == finding->claim_type && ca_text_eq(line->claim_id, finding->claim_id))) {
            return line->claim_id;
        }
    }
    return (ca_text){0};
}

static bool is_others(const ca_finding_line *line)
{
    return strcmp(line->role, "others") == 0;
}

static void bind_lines(ca_sql *to, const ca_finding *finding, int minor_digits)
{
    ca_finding_line others = {.exposure = CA_EXPOSURE_MISSING};
    uint64_t lines = 0;
    for (size_t i = 0; i < finding->line_count; i++) {
        lines += finding->lines[i].count;
        if (is_others(&finding->lines[i])) {
            others = finding->lines[i];
        }
    }
    ca_sql_count(to, lines);
    ca_sql_count(to, others.count);
    if (others.has_paid) {
        ca_sql_money(to, others.paid, minor_digits);
    } else {
        ca_sql_null(to);
    }
    ca_sql_exposure(to, others.exposure);
}

static int add_finding_row(ca_report *report, const ca_finding *finding, ca_error *err)
{
    ca_sql to;
    ca_buf exposure;
    int rc = ca_sql_start(report, CA_SQL_FINDING, &to, err);
    if (rc) {
        return rc;
    }
    ca_buf_init(&exposure);
    ca_sql_digest(&to, finding->key);
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, finding->rule);
    ca_sql_cstr(&to, ca_outcome_name(finding->outcome));
    bind_subject(&to, finding);
    ca_sql_exposure(&to, finding->exposure);
    bool missing = finding->exposure == CA_EXPOSURE_MISSING;
    ca_minor_text(missing ? 0 : finding->exposure, report->minor_digits, &exposure);
    ca_sql_cstr(&to, missing ? NULL : ca_buf_cstr(&exposure));
    ca_sql_text(&to, finding->message);
    ca_sql_text(&to, finding->reason);
    ca_sql_text(&to, finding->evidence);
    ca_sql_date(&to, finding->has_window, finding->window_from);
    ca_sql_date(&to, finding->has_window, finding->window_to);
    ca_sql_optional(&to, finding->entity_kind ? finding->entity_id : (ca_text){0});
    ca_sql_cstr(&to, finding->of_entity ? "entity" : "lines");
    ca_sql_optional(&to, counterpart(finding));
    bind_lines(&to, finding, report->minor_digits);
    rc = exposure.failed ? ca_error_nomem(err) : ca_sql_finish(report, &to, err);
    ca_buf_done(&exposure);
    return rc;
}

/* A finding that an earlier run had made is not counted twice: the newest one is live. One of a shadow rule takes the place
 * of another such one only: it must not take away what an active rule had found. */
static int replace_earlier(ca_report *report, const ca_finding *finding, ca_error *err)
{
    ca_sql to;
    int rc = finding->outcome == CA_HIT ? ca_sql_start(report, CA_SQL_REPLACE, &to, err) : CA_END;
    if (rc) {
        return rc == CA_END ? 0 : rc;
    }
    ca_sql_digest(&to, finding->key);
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, finding->rule);
    return ca_sql_finish(report, &to, err);
}

static int add_line(ca_report *report, int64_t finding_id, const ca_finding_line *line, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_LINE, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, finding_id);
    ca_sql_cstr(&to, line->role);
    ca_sql_text(&to, line->claim_id);
    if (!line->of_claim) {
        ca_sql_number(&to, line->line_no);
    } else {
        ca_sql_null(&to);
    }
    ca_sql_exposure(&to, line->exposure);
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, line->origin.file);
    ca_sql_count(&to, line->origin.row);
    ca_sql_count(&to, line->origin.offset);
    ca_sql_cstr(&to, ca_enum_name(CA_F_CLAIM_TYPE, line->claim_type));
    ca_sql_number(&to, line->claim_part);
    ca_sql_date(&to, line->has_date, line->service_date);
    if (line->has_paid) {
        ca_sql_money(&to, line->paid, report->minor_digits);
    } else {
        ca_sql_null(&to);
    }
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_finding(ca_report *report, const ca_finding *finding, ca_error *err)
{
    int rc = replace_earlier(report, finding, err);
    rc = rc ? rc : add_finding_row(report, finding, err);
    int64_t id = sqlite3_last_insert_rowid(report->db);
    if (rc == 0) {
        report->first_finding = report->first_finding ? report->first_finding : id;
        report->last_finding = id;
    }
    for (size_t i = 0; rc == 0 && i < finding->line_count; i++) {
        rc = is_others(&finding->lines[i]) ? 0 : add_line(report, id, &finding->lines[i], err);
    }
    return rc;
}
