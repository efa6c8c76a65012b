/* Stores what the scorer says of entities: a row for the score, one for each reason, and of leads one for each feature. */
#include "report/inner.h"

/* What is missing is NULL: SQLite takes NaN for it. */
static void add_real(ca_sql *to, double value)
{
    int code = sqlite3_bind_double(to->statement, ++to->at, value);
    to->code = to->code ? to->code : code;
}

static void add_real_if(ca_sql *to, bool present, double value)
{
    if (present) {
        add_real(to, value);
    } else {
        ca_sql_null(to);
    }
}

static void bind_excess(ca_sql *to, const ca_entity_score *score, const char *text)
{
    if (score->has_excess) {
        ca_sql_number(to, score->excess);
        ca_sql_cstr(to, text);
    } else {
        ca_sql_null(to);
        ca_sql_null(to);
    }
}

static int add_score_row(ca_report *report, const ca_entity_score *score, int64_t finding, ca_error *err)
{
    ca_sql to;
    ca_buf excess;
    int rc = ca_sql_start(report, CA_SQL_SCORE, &to, err);
    if (rc) {
        return rc;
    }
    ca_buf_init(&excess);
    ca_minor_text(score->excess, report->minor_digits, &excess);
    ca_sql_number(&to, report->run);
    ca_sql_cstr(&to, score->kind);
    ca_sql_text(&to, score->id);
    ca_sql_text(&to, score->cell);
    ca_sql_count(&to, score->cell_size);
    ca_sql_count(&to, score->volume);
    add_real_if(&to, !score->insufficient, score->score);
    add_real_if(&to, !score->insufficient, score->p);
    add_real_if(&to, !score->insufficient, score->q);
    if (score->insufficient) {
        ca_sql_null(&to);
    } else {
        ca_sql_count(&to, score->rank);
    }
    ca_sql_number(&to, score->lead);
    ca_sql_number(&to, score->small);
    bind_excess(&to, score, ca_buf_cstr(&excess));
    if (finding) {
        ca_sql_number(&to, finding);
    } else {
        ca_sql_null(&to);
    }
    rc = excess.failed ? ca_error_nomem(err) : ca_sql_finish(report, &to, err);
    ca_buf_done(&excess);
    return rc;
}

static void bind_feature(ca_sql *to, int64_t id, size_t number, const ca_entity_feature *feature)
{
    ca_sql_number(to, id);
    ca_sql_count(to, number);
    ca_sql_cstr(to, feature->id);
    ca_sql_cstr(to, feature->title);
    ca_sql_cstr(to, ca_told_format_name(feature->format));
    ca_sql_cstr(to, ca_told_direction_name(feature->direction));
    add_real(to, feature->value);
    add_real(to, feature->peer);
    add_real(to, feature->ratio);
    add_real(to, feature->percentile);
    add_real(to, feature->exposure);
    ca_sql_cstr(to, feature->exposure_of ? feature->exposure_of : "cases");
    add_real(to, feature->z);
    add_real(to, feature->p);
    ca_sql_text(to, feature->cell);
    ca_sql_count(to, feature->cell_size);
}

static int add_reason(ca_report *report, int64_t id, size_t number, const ca_entity_reason *reason, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_REASON, &to, err);
    if (rc) {
        return rc;
    }
    bind_feature(&to, id, number, &reason->feature);
    add_real(&to, reason->share);
    add_real_if(&to, reason->has_expected, reason->expected);
    add_real_if(&to, reason->has_expected, reason->deviation);
    ca_sql_text(&to, reason->sentence);
    return ca_sql_finish(report, &to, err);
}

static int add_feature(ca_report *report, int64_t id, size_t number, const ca_entity_feature *feature, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_FEATURE, &to, err);
    if (rc) {
        return rc;
    }
    bind_feature(&to, id, number, feature);
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_entity_score(ca_report *report, const ca_entity_score *score, int64_t finding, ca_error *err)
{
    int rc = add_score_row(report, score, finding, err);
    int64_t id = sqlite3_last_insert_rowid(report->db);
    for (size_t i = 0; rc == 0 && i < score->reason_count; i++) {
        rc = add_reason(report, id, i + 1, &score->reasons[i], err);
    }
    for (size_t i = 0; rc == 0 && score->lead && i < score->feature_count; i++) {
        rc = add_feature(report, id, i + 1, &score->features[i], err);
    }
    return rc;
}

int64_t ca_report_last_finding(const ca_report *report)
{
    return report->last_finding;
}
