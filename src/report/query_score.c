/* Scores of entities with their reasons and features, and what a statistical finding says beside its sentence. */
#include <stdio.h>

#include "report/inner.h"

enum { SCORE_VALUES = 5 };

typedef struct ca_score_values {
    const char *list[SCORE_VALUES];    /* kind, entity, run, leads, limit; NULL = any */
    char run[24];
    char limit[24];
} ca_score_values;

#define REAL(column) CA_SQL_IF_KNOWN(column, "printf('%.6f', " column ")")

/* The run that is meant, and which of its scores. */
#define CHOSEN                                                                                                         \
    " WHERE s.run_id = coalesce(CAST(?3 AS INTEGER), (SELECT max(run_id) FROM entity_score))"                         \
    " AND (?1 IS NULL OR s.entity_kind = ?1) AND (?2 IS NULL OR s.entity_id = ?2) AND (?4 IS NULL OR s.lead)"

static void set_values(ca_score_values *values, const ca_score_filter *filter)
{
    snprintf(values->run, sizeof values->run, "%lld", (long long)filter->run);
    snprintf(values->limit, sizeof values->limit, "%lld", (long long)filter->limit);
    values->list[0] = filter->kind && *filter->kind ? filter->kind : NULL;
    values->list[1] = filter->entity && *filter->entity ? filter->entity : NULL;
    values->list[2] = filter->run ? values->run : NULL;
    values->list[3] = filter->leads ? "1" : NULL;
    values->list[4] = filter->limit ? values->limit : NULL;
}

int ca_report_scores(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context, ca_error *err)
{
    ca_score_values values;
    set_values(&values, filter);
    return ca_report_query_list(
        report,
        "SELECT s.entity_kind AS kind, s.rank, s.entity_id, " REAL("s.score") " AS score,"
        " " REAL("s.q_value") " AS q_value, s.finding_id, s.cell, s.cell_size, s.volume, s.small,"
        " s.excess_text AS excess, r.currency,"
        " CASE WHEN s.score IS NULL THEN 'insufficient data' ELSE e.sentence END AS reason"
        " FROM entity_score s JOIN run r USING(run_id)"
        " LEFT JOIN entity_reason e ON e.entity_score_id = s.entity_score_id AND e.reason_no = 1" CHOSEN
        " ORDER BY s.entity_kind, s.rank IS NULL, s.rank, s.entity_id LIMIT coalesce(CAST(?5 AS INTEGER), -1)",
        values.list, SCORE_VALUES, visit, context, err);
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

int ca_report_entity(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context, ca_error *err)
{
    ca_score_values values;
    ca_counting counting = {visit, context, 0};
    set_values(&values, filter);
    int rc = ca_report_query(
        report,
        "SELECT s.run_id, s.entity_kind, s.entity_id, s.cell, s.cell_size, s.volume, " REAL("s.score") " AS score,"
        " " REAL("s.p_value") " AS p_value, " REAL("s.q_value") " AS q_value, s.rank, s.small,"
        " s.score IS NULL AS insufficient, s.excess_text, r.currency, r.minor_digits, s.finding_id, r.model,"
        " r.model_version, lower(hex(r.model_digest)) AS model_digest, r.period_from, r.period_to"
        " FROM entity_score s JOIN run r USING(run_id)" CHOSEN
        " ORDER BY s.entity_kind, s.entity_id LIMIT coalesce(CAST(?5 AS INTEGER), -1)",
        values.list, SCORE_VALUES, count_row, &counting, err);
    return rc == 0 && counting.rows == 0 ? CA_END : rc;
}

int ca_report_entity_reasons(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context,
                             ca_error *err)
{
    ca_score_values values;
    set_values(&values, filter);
    return ca_report_query(report,
                           "SELECT e.sentence, printf('%.0f', 100 * e.share) AS percent"
                           " FROM entity_reason e JOIN entity_score s USING(entity_score_id)" CHOSEN
                           " ORDER BY s.entity_kind, s.entity_id, e.reason_no LIMIT coalesce(CAST(?5 AS INTEGER), -1)",
                           values.list, SCORE_VALUES, visit, context, err);
}

#define SHOWN(column) CA_SQL_IF_KNOWN(column, CA_SQL_SHOWN("e.unit", "r.minor_digits", column))

int ca_report_entity_features(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context,
                              ca_error *err)
{
    ca_score_values values;
    set_values(&values, filter);
    return ca_report_query_list(
        report,
        "SELECT s.entity_kind AS kind, e.feature_id, e.title, e.direction, " SHOWN("e.value") " AS value, "
        SHOWN("e.peer_median") " AS peer_median, "
        CA_SQL_IF_KNOWN("e.ratio", "printf('%.2f', e.ratio)") " AS ratio, "
        CA_SQL_IF_KNOWN("e.percentile", "printf('%.1f', 100 * e.percentile)") " AS percentile, "
        CA_SQL_IF_KNOWN("e.exposure", "printf('%.0f', e.exposure) || ' ' || e.exposure_of") " AS exposure, "
        CA_SQL_IF_KNOWN("e.z", "printf('%.2f', e.z)") " AS z, " REAL("e.p_value") " AS p_value,"
        " e.cell, e.cell_size FROM entity_feature e JOIN entity_score s USING(entity_score_id)"
        " JOIN run r USING(run_id)" CHOSEN
        " ORDER BY s.entity_kind, s.entity_id, e.feature_no LIMIT coalesce(CAST(?5 AS INTEGER), -1)",
        values.list, SCORE_VALUES, visit, context, err);
}

/* --- What a finding says ---------------------------------------------------------------------- */

int ca_report_finding_reasons(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err)
{
    return ca_report_query_number(report,
                                  "SELECT r.value ->> '$.sentence' AS sentence,"
                                  " printf('%.0f', 100 * (r.value ->> '$.share')) AS percent"
                                  " FROM finding f, json_each(f.evidence, '$.reasons') r"
                                  " WHERE f.finding_id = CAST(?1 AS INTEGER) ORDER BY r.id",
                                  finding, visit, context, err);
}

int ca_report_finding_members(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err)
{
    return ca_report_query_number(report,
                                  "SELECT m.value ->> '$.kind' AS kind, m.value ->> '$.id' AS id,"
                                  " m.value ->> '$.group' AS \"group\", m.value ->> '$.patients' AS patients,"
                                  " m.value ->> '$.shared' AS shared"
                                  " FROM finding f, json_each(f.evidence, '$.members') m"
                                  " WHERE f.finding_id = CAST(?1 AS INTEGER) ORDER BY m.id",
                                  finding, visit, context, err);
}
