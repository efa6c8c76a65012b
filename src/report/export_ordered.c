/* The findings without a trace of how they were found: two reports of the same lines give the same bytes, whatever the order
 * and the cut of the files, the memory and the threads. */
#include "report/export_inner.h"
#include "report/inner.h"

/* A line as an array: role, claim_type, claim_id, claim_part, line_no, service_date, paid, share. */
#define LINES                                                                                                       \
    "(SELECT json_group_array(json(line)) FROM (SELECT json_array(role, claim_type, claim_id, claim_part, line_no," \
    " service_date, paid, exposure) AS line FROM finding_line l WHERE l.finding_id = v.finding_id"                  \
    " ORDER BY service_date, claim_type, claim_id, claim_part, line_no, role, line))"

static const char ordered[] =
    "SELECT v.rule_id, v.rule_version, v.outcome, v.subject_kind, v.subject_id, v.window_from, v.window_to,"
    " " LINES " AS finding_lines,"
    " (SELECT json_array(others, others_paid, others_exposure) FROM finding f"
    "  WHERE f.finding_id = v.finding_id AND others > 0) AS other_lines,"
    " v.finding_key, v.severity, v.grade, v.claim_type, v.claim_id, v.counterpart_claim_id, v.patient_id,"
    " v.billing_provider_id, v.rendering_provider_id, v.service_date, v.exposure, v.exposure_scope, v.currency, v.message,"
    " v.reason, (SELECT evidence FROM finding f WHERE f.finding_id = v.finding_id) AS evidence,"
    " (SELECT minor_digits FROM run WHERE run.run_id = v.run_id) AS minor_digits"
    " FROM v_findings_all v" CA_FINDING_WHERE " AND v.outcome <> 'replaced'"
    " ORDER BY v.rule_id, v.rule_version, v.outcome, v.subject_kind, v.subject_id, v.window_from, v.window_to,"
    " finding_lines, other_lines, v.finding_key, v.message, evidence"
    " LIMIT coalesce(CAST(?7 AS INTEGER), -1)";

int ca_export_ordered(ca_report *report, const char *const *values, ca_sink *sink, uint64_t *ret_rows, ca_error *err)
{
    int rc = ca_export_rows(report, "ordered", ordered, values, CA_FINDING_VALUES, sink, ret_rows, err);
    return rc ? rc : sink->finish(sink, err);
}
