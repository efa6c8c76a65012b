/* Stores findings with their lines. */
#include <string.h>

#include "report/inner.h"

#include "base/date.h"

/* Minor units as text with the currency's own number of decimals: 123450 is "1234.50". */
static void minor_text(int64_t minor, int digits, ca_buf *text)
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

static int add_finding_row(ca_report *report, const ca_finding *finding, ca_error *err)
{
    ca_sql to;
    ca_buf exposure;
    char date[CA_DATE_SIZE];
    int rc = ca_sql_start(report, CA_SQL_FINDING, &to, err);
    if (rc) {
        return rc;
    }
    ca_buf_init(&exposure);
    ca_sql_digest(&to, finding->key);
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, finding->rule);
    ca_sql_cstr(&to, ca_outcome_name(finding->outcome));
    ca_sql_cstr(&to, finding->of_claim ? "claim" : "line");
    ca_sql_cstr(&to, ca_enum_name(CA_F_CLAIM_TYPE, finding->claim_type));
    ca_sql_text(&to, finding->claim_id);
    ca_sql_number(&to, finding->claim_part);
    if (!finding->of_claim) {
        ca_sql_number(&to, finding->line_no);
    } else {
        ca_sql_null(&to);
    }
    ca_sql_optional(&to, finding->patient_id);
    ca_sql_optional(&to, finding->billing_provider_id);
    ca_sql_optional(&to, finding->rendering_provider_id);
    ca_date_print(finding->has_date ? finding->service_date : 0, date);
    ca_sql_cstr(&to, finding->has_date ? date : NULL);
    ca_sql_exposure(&to, finding->exposure);
    bool missing = finding->exposure == CA_EXPOSURE_MISSING;
    minor_text(missing ? 0 : finding->exposure, report->minor_digits, &exposure);
    ca_sql_cstr(&to, missing ? NULL : ca_buf_cstr(&exposure));
    ca_sql_text(&to, finding->message);
    ca_sql_text(&to, finding->reason);
    ca_sql_text(&to, finding->evidence);
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

static int add_line(ca_report *report, int64_t finding_id, const ca_finding *finding,
                    const ca_finding_line *line, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_LINE, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, finding_id);
    ca_sql_cstr(&to, line->role);
    ca_sql_text(&to, finding->claim_id);
    if (strcmp(line->role, "claim") != 0 && strcmp(line->role, "others") != 0) {
        ca_sql_number(&to, line->line_no);
    } else {
        ca_sql_null(&to);
    }
    ca_sql_exposure(&to, line->exposure);
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, line->origin.file);
    ca_sql_count(&to, line->origin.row);
    ca_sql_count(&to, line->origin.offset);
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_finding(ca_report *report, const ca_finding *finding, ca_error *err)
{
    int rc = replace_earlier(report, finding, err);
    rc = rc ? rc : add_finding_row(report, finding, err);
    int64_t id = sqlite3_last_insert_rowid(report->db);
    for (size_t i = 0; rc == 0 && i < finding->line_count; i++) {
        rc = add_line(report, id, finding, &finding->lines[i], err);
    }
    return rc;
}
