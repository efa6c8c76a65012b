/* One finding: itself, its lines, and what its evidence says. Members of the evidence that a finding does not have give no
 * rows: docs/report-db.md says which kinds have which. */
#include "report/inner.h"

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

int ca_report_finding(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err)
{
    ca_counting counting = {visit, context, 0};
    int rc = ca_report_query_number(report,
                                    "SELECT a.*, v.source AS rule_source, lower(hex(v.logic_hash)) AS logic_hash,"
                                    " f.claim_part, v.kind, r.minor_digits, f.evidence ->> '$.window.open' AS judged_open,"
                                    " coalesce(f.evidence ->> '$.score.rank', f.evidence ->> '$.pair.rank',"
                                    "  f.evidence ->> '$.ring.rank') AS score_rank,"
                                    " printf('%.3g', coalesce(f.evidence ->> '$.score.q_value',"
                                    "  f.evidence ->> '$.pair.q_value', f.evidence ->> '$.ring.q_value')) AS score_q,"
                                    " (f.evidence ->> '$.model.name') || ' ' || (f.evidence ->> '$.model.version') AS model"
                                    " FROM v_findings_all a JOIN finding f USING(finding_id)"
                                    " JOIN run r ON r.run_id = f.run_id"
                                    " JOIN run_rule rr ON rr.run_id = f.run_id AND rr.rule_no = f.rule_no"
                                    " JOIN rule_version v USING(rule_version_id)"
                                    " WHERE a.finding_id = CAST(?1 AS INTEGER)",
                                    finding, count_row, &counting, err);
    return rc == 0 && counting.rows == 0 ? CA_END : rc;
}

int ca_report_finding_lines(ca_report *report, int64_t finding, ca_report_visit visit, void *context,
                            ca_error *err)
{
    return ca_report_query_number(
        report,
        "SELECT l.role, l.claim_id, l.line_no, l.exposure, f.path AS file, l.source_row AS \"row\","
        " l.byte_offset, l.file_no, l.run_id, f.encoding, l.claim_type, l.claim_part, l.service_date, l.paid, 1 AS lines,"
        " l.rowid AS line_order FROM finding_line l JOIN file f USING(run_id, file_no)"
        " WHERE l.finding_id = CAST(?1 AS INTEGER)"
        " UNION ALL SELECT 'others', NULL, NULL, others_exposure, NULL, NULL, NULL, NULL, run_id, NULL, NULL, NULL, NULL,"
        " others_paid, others, 9223372036854775807 FROM finding WHERE finding_id = CAST(?1 AS INTEGER) AND others > 0"
        " ORDER BY 16",
        finding, visit, context, err);
}

/* The row of a code set or table, and what a list of values says: in the JSON `of`. */
#define ROW_TEXT(of)                                                                                    \
    "(" of " ->> '$.row.of') || ', ' || (" of " ->> '$.row.file') || ' line ' ||"                      \
    "   (" of " ->> '$.row.line') ||"                                                                  \
    "   coalesce(': ' || CASE WHEN " of " ->> '$.row.prefix' THEN 'prefix ' ELSE '' END ||"            \
    "     (" of " ->> '$.row.code'), '') ||"                                                           \
    "   CASE WHEN coalesce(" of " ->> '$.row.from', " of " ->> '$.row.to') IS NULL THEN ''"            \
    "     ELSE ', valid ' || coalesce(" of " ->> '$.row.from', '') || ' to ' ||"                       \
    "     coalesce(" of " ->> '$.row.to', 'today') END"
#define VALUES_TEXT(of, path)                                                                           \
    "(SELECT group_concat((value ->> '$.of') || ' = ' || coalesce(value ->> '$.value', 'missing'), ', ')" \
    "  FROM json_each(" of ", '" path "'))"

int ca_report_finding_leaves(ca_report *report, int64_t finding, ca_report_visit visit, void *context,
                             ca_error *err)
{
    return ca_report_query_number(report,
                                  "SELECT l.value ->> '$.text' AS text, l.value ->> '$.is' AS \"is\","
                                  " " VALUES_TEXT("l.value", "$.values") " AS \"values\","
                                  " " ROW_TEXT("l.value") " AS decided_by"
                                  " FROM finding f, json_each(f.evidence, '$.leaves') l"
                                  " WHERE f.finding_id = CAST(?1 AS INTEGER) ORDER BY l.key",
                                  finding, visit, context, err);
}

int ca_report_finding_values(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err)
{
    return ca_report_query_number(
        report,
        "WITH e AS (SELECT evidence AS said FROM finding WHERE finding_id = CAST(?1 AS INTEGER))"
        " SELECT 'parameters' AS what, NULL AS whose,"
        "  (SELECT group_concat(key || ' = ' || value, ', ') FROM json_each(said, '$.parameters')) AS \"values\", 0 AS part,"
        "  0 AS at FROM e WHERE EXISTS(SELECT 1 FROM json_each(said, '$.parameters'))"
        " UNION ALL SELECT 'window', NULL, " VALUES_TEXT("said", "$.window.values") ", 1, 0"
        "  FROM e WHERE said -> '$.window.values' IS NOT NULL"
        " UNION ALL SELECT 'table row', " ROW_TEXT("said") ", " VALUES_TEXT("said", "$.row.values") ", 2, 0"
        "  FROM e WHERE said -> '$.row' IS NOT NULL"
        " UNION ALL SELECT s.key, s.value ->> '$.claim', " VALUES_TEXT("s.value", "$.values") ", 3, s.id"
        "  FROM e, json_each(e.said, '$.sides') s"
        " UNION ALL SELECT 'line', l.value ->> '$.claim', " VALUES_TEXT("l.value", "$.values") ", 4, l.id"
        "  FROM e, json_each(e.said, '$.lines') l ORDER BY part, at",
        finding, visit, context, err);
}

static int copy_cell(void *context, const ca_report_row *row)
{
    ca_buf *text = context;
    ca_buf_clear(text);
    ca_buf_add_text(text, row->cells[0]);
    return text->failed ? CA_NOMEM : 0;
}

int ca_report_finding_evidence(ca_report *report, int64_t finding, ca_buf *ret_json, ca_error *err)
{
    return ca_report_query_number(report, "SELECT evidence FROM finding WHERE finding_id = CAST(?1 AS INTEGER)", finding,
                                  copy_cell, ret_json, err);
}
