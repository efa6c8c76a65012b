/* Stores a run: everything in one transaction, so that a report never holds half a night. */
#include "report/inner.h"

int ca_report_find_run(ca_report *report, ca_digest identity, int64_t *ret_run, ca_error *err)
{
    ca_sql sql = {0};
    int code = sqlite3_prepare_v2(report->db, "SELECT run_id FROM run WHERE identity = ?", -1, &sql.statement, NULL);
    if (code != SQLITE_OK) {
        return ca_report_error(report, code, "cannot look for the run", err);
    }
    ca_sql_digest(&sql, identity);
    code = sql.code ? sql.code : sqlite3_step(sql.statement);
    int64_t run = code == SQLITE_ROW ? sqlite3_column_int64(sql.statement, 0) : 0;
    int rc = code == SQLITE_ROW    ? CA_END
             : code == SQLITE_DONE ? 0
                                   : ca_report_error(report, code, "cannot look for the run", err);
    sqlite3_finalize(sql.statement);
    if (rc == CA_END) {
        *ret_run = run;
    }
    return rc;
}

static void bind_model(ca_sql *to, const ca_told_model *model)
{
    ca_sql_cstr(to, model ? model->name : NULL);
    ca_sql_cstr(to, model ? model->version : NULL);
    if (model) {
        ca_sql_digest(to, model->digest);
    } else {
        ca_sql_null(to);
    }
    ca_sql_date(to, model && model->has_period, model ? model->from : 0);
    ca_sql_date(to, model && model->has_period, model ? model->to : 0);
}

int ca_report_begin(ca_report *report, const ca_run_record *run, int64_t *ret_run, ca_error *err)
{
    ca_sql to;
    int rc = ca_report_execute(report, "BEGIN IMMEDIATE", err);
    if (rc) {
        return rc;
    }
    report->in_transaction = true;
    report->minor_digits = run->minor_digits;
    rc = ca_sql_start(report, CA_SQL_RUN, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_digest(&to, run->identity);
    ca_sql_cstr(&to, run->started);
    ca_sql_cstr(&to, run->finished);
    ca_sql_cstr(&to, run->profile);
    ca_sql_cstr(&to, run->jurisdiction);
    ca_sql_cstr(&to, run->currency);
    ca_sql_number(&to, run->minor_digits);
    ca_sql_cstr(&to, run->version);
    ca_sql_cstr(&to, run->settings);
    ca_sql_cstr(&to, run->evidence_file);
    ca_sql_digest(&to, run->evidence_checksum);
    const uint64_t counts[] = {run->rows_read,     run->rows_accepted, run->rows_rejected,
                               run->rows_skipped,  run->lines,         run->lines_dropped,
                               run->claims,        run->patients,      run->providers};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ca_sql_count(&to, counts[i]);
    }
    ca_sql_cstr(&to, run->alarms);
    ca_sql_count(&to, run->lines_undone);
    ca_sql_count(&to, run->findings_undone);
    bind_model(&to, run->model);
    rc = ca_sql_finish(report, &to, err);
    if (rc == 0) {
        report->run = sqlite3_last_insert_rowid(report->db);
        report->first_finding = 0;
        report->last_finding = 0;
        *ret_run = report->run;
    }
    return rc;
}

int ca_report_add_file(ca_report *report, const ca_file_record *file, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_FILE, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, file->file);
    ca_sql_cstr(&to, file->path);
    ca_sql_cstr(&to, file->layout);
    ca_sql_digest(&to, file->digest);
    const uint64_t counts[] = {file->bytes,        file->rows_read, file->rows_accepted,
                               file->rows_rejected, file->rows_skipped, file->lines,
                               file->lines_dropped, file->claims};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ca_sql_count(&to, counts[i]);
    }
    const int64_t totals[] = {file->total_charge, file->total_allowed, file->total_paid};
    for (size_t i = 0; i < 3; i++) {
        ca_sql_money(&to, totals[i], report->minor_digits);
    }
    ca_sql_cstr(&to, file->encoding);
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_column(ca_report *report, const ca_column_record *column, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_COLUMN, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, column->file);
    ca_sql_cstr(&to, column->column);
    ca_sql_cstr(&to, column->field);
    ca_sql_count(&to, column->empty);
    ca_sql_count(&to, column->undecoded);
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_join(ca_report *report, const ca_join_record *join, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_JOIN, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_cstr(&to, join->fact);
    ca_sql_cstr(&to, join->role);
    ca_sql_count(&to, join->usable);
    ca_sql_count(&to, join->found);
    return ca_sql_finish(report, &to, err);
}

/* The texts of a rule are stored once, however many runs it takes part in. */
static int add_rule_version(ca_report *report, const ca_rule_record *rule, int64_t *ret_id, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_RULE_VERSION, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_cstr(&to, rule->id);
    ca_sql_number(&to, rule->version);
    ca_sql_blob(&to, rule->logic_hash, 32);
    ca_sql_blob(&to, rule->text_hash, 32);
    ca_sql_cstr(&to, rule->title);
    ca_sql_cstr(&to, rule->category);
    ca_sql_cstr(&to, rule->severity);
    ca_sql_number(&to, rule->severity_rank);
    ca_sql_cstr(&to, rule->grade);
    ca_sql_cstr(&to, rule->kind);
    ca_sql_cstr(&to, rule->jurisdiction);
    ca_sql_text(&to, rule->source);
    int code = to.code ? to.code : sqlite3_step(to.statement);
    int64_t id = code == SQLITE_ROW ? sqlite3_column_int64(to.statement, 0) : 0;
    rc = code == SQLITE_ROW ? 0 : ca_report_error(report, code, "cannot store", err);
    sqlite3_reset(to.statement);
    if (rc == 0) {
        *ret_id = id;
    }
    return rc;
}

int ca_report_add_rule(ca_report *report, uint32_t number, const ca_rule_record *rule, ca_error *err)
{
    ca_sql to;
    int64_t version;
    int rc = add_rule_version(report, rule, &version, err);
    rc = rc ? rc : ca_sql_start(report, CA_SQL_RUN_RULE, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, number);
    ca_sql_number(&to, version);
    ca_sql_cstr(&to, rule->status);
    const uint64_t counts[] = {rule->offered, rule->hit,      rule->excused, rule->unknown,
                               rule->not_applicable, rule->pass, rule->findings, rule->stored};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ca_sql_count(&to, counts[i]);
    }
    ca_sql_cstr(&to, rule->unknown_field);
    return ca_sql_finish(report, &to, err);
}

int ca_report_add_reject(ca_report *report, const ca_reject_record *reject, ca_error *err)
{
    ca_sql to;
    int rc = ca_sql_start(report, CA_SQL_REJECT, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, reject->file);
    ca_sql_count(&to, reject->row);
    ca_sql_count(&to, reject->offset);
    ca_sql_cstr(&to, reject->column);
    ca_sql_cstr(&to, reject->reason);
    return ca_sql_finish(report, &to, err);
}

int ca_report_commit(ca_report *report, ca_error *err)
{
    int rc = ca_report_store_exposure(report, err);
    rc = rc ? rc : ca_report_execute(report, "COMMIT", err);
    if (rc == 0) {
        report->in_transaction = false;
    }
    return rc;
}

void ca_report_rollback(ca_report *report)
{
    if (report && report->in_transaction) {
        sqlite3_exec(report->db, "ROLLBACK", NULL, NULL, NULL);
        report->in_transaction = false;
    }
}
