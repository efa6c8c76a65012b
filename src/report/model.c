/* Models of the population, as the report names them. */
#include "report/model.h"

#include "report/inner.h"
#include "report/schema.h"

static int finish(ca_report *report, ca_sql *sql, const char *doing, ca_error *err)
{
    int code = sql->code ? sql->code : sqlite3_step(sql->statement);
    sqlite3_finalize(sql->statement);
    return code == SQLITE_DONE ? 0 : ca_report_error(report, code, doing, err);
}

static int prepare(ca_report *report, const char *words, ca_sql *ret_sql, ca_error *err)
{
    *ret_sql = (ca_sql){0};
    int code = sqlite3_prepare_v2(report->db, words, -1, &ret_sql->statement, NULL);
    return code == SQLITE_OK ? 0 : ca_report_error(report, code, "cannot ask for models", err);
}

/* --- One of them ------------------------------------------------------------------------------------------------------- */

static uint64_t big_endian(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static ca_digest digest_of(sqlite3_stmt *row, int column)
{
    const uint8_t *bytes = sqlite3_column_blob(row, column);
    ca_digest digest = {0};
    if (bytes && sqlite3_column_bytes(row, column) == 16) {
        digest = (ca_digest){big_endian(bytes), big_endian(bytes + 8)};
    }
    return digest;
}

static ca_date date_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    ca_date date = CA_DATE_MIN;
    return text && ca_date_parse_iso(ca_text_of(text), &date) ? date : CA_DATE_MIN;
}

static const char *text_of(sqlite3_stmt *row, int column, ca_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? ca_arena_cstr(arena, ca_text_of(text)) : NULL;
}

static int take(ca_report *report, sqlite3_stmt *row, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    const char *file = text_of(row, 2, arena);
    const char *made = text_of(row, 3, arena);
    bool frozen = sqlite3_column_type(row, 8) != SQLITE_NULL;
    const char *since = frozen ? text_of(row, 8, arena) : NULL;
    if (!file || !made || (frozen && !since)) {
        return ca_report_error(report, SQLITE_NOMEM, "", err);
    }
    *ret_model = (ca_model_record){.number = sqlite3_column_int64(row, 0),
                                   .digest = digest_of(row, 1),
                                   .file = file,
                                   .made = made,
                                   .run = digest_of(row, 4),
                                   .period_from = date_of(row, 5),
                                   .period_through = date_of(row, 6),
                                   .lines = (uint64_t)sqlite3_column_int64(row, 7),
                                   .frozen = since};
    return 0;
}

#define COLUMNS "number, digest, file, made, run_identity, period_from, period_through, lines, frozen"

static int find(ca_report *report, int64_t number, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    ca_sql sql;
    int rc = prepare(report, "SELECT " COLUMNS " FROM model WHERE ?1 IS NULL OR number = ?1 ORDER BY number DESC LIMIT 1", &sql,
                     err);
    if (rc) {
        return rc;
    }
    if (number) {
        ca_sql_number(&sql, number);
    } else {
        ca_sql_null(&sql);
    }
    int code = sql.code ? sql.code : sqlite3_step(sql.statement);
    rc = code == SQLITE_ROW    ? take(report, sql.statement, arena, ret_model, err)
         : code == SQLITE_DONE ? CA_END
                               : ca_report_error(report, code, "cannot ask for models", err);
    sqlite3_finalize(sql.statement);
    return rc;
}

/* A report of an older claimaudit has none, and one that is not there either. */
static int look(const char *path, int64_t number, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    ca_report *report = NULL;
    int rc = ca_report_peek(path, &report, err);
    if (rc) {
        return rc;
    }
    rc = report->version >= CA_REPORT_WITH_MODELS ? find(report, number, arena, ret_model, err) : CA_END;
    ca_report_close(report);
    return rc;
}

int ca_report_current_model(const char *path, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    return look(path, 0, arena, ret_model, err);
}

int ca_report_find_model(const char *path, int64_t number, ca_arena *arena, ca_model_record *ret_model, ca_error *err)
{
    return number > 0 ? look(path, number, arena, ret_model, err) : CA_END;
}

static int ask_name(ca_report *report, const char *file, bool *ret_named, ca_error *err)
{
    ca_sql sql;
    int rc = prepare(report, "SELECT 1 FROM model WHERE file = ?1 LIMIT 1", &sql, err);
    if (rc) {
        return rc;
    }
    ca_sql_cstr(&sql, file);
    int code = sql.code ? sql.code : sqlite3_step(sql.statement);
    rc = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : ca_report_error(report, code, "cannot ask for models", err);
    sqlite3_finalize(sql.statement);
    if (rc == 0) {
        *ret_named = code == SQLITE_ROW;
    }
    return rc;
}

int ca_report_names_model(const char *path, const char *file, bool *ret_named, ca_error *err)
{
    ca_report *report = NULL;
    int rc = ca_report_peek(path, &report, err);
    if (rc == CA_END) {
        *ret_named = false;
        return 0;
    }
    if (rc) {
        return rc;
    }
    if (report->version >= CA_REPORT_WITH_MODELS) {
        rc = ask_name(report, file, ret_named, err);
    } else {
        *ret_named = false;
    }
    ca_report_close(report);
    return rc;
}

/* --- Writing -------------------------------------------------------------------------------------------------------------- */

int ca_report_add_model(ca_report *report, const ca_model_record *model, ca_error *err)
{
    ca_sql sql;
    int rc = prepare(report, "INSERT INTO model(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?)", &sql, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&sql, model->number);
    ca_sql_digest(&sql, model->digest);
    ca_sql_cstr(&sql, model->file);
    ca_sql_cstr(&sql, model->made);
    ca_sql_digest(&sql, model->run);
    ca_sql_date(&sql, true, model->period_from);
    ca_sql_date(&sql, true, model->period_through);
    ca_sql_count(&sql, model->lines);
    ca_sql_cstr(&sql, model->frozen);
    return finish(report, &sql, "cannot store the model", err);
}

int ca_report_freeze_model(ca_report *report, const char *when, ca_error *err)
{
    ca_sql sql;
    int rc = prepare(report, "UPDATE model SET frozen = ?1 WHERE number = (SELECT max(number) FROM model)", &sql, err);
    if (rc) {
        return rc;
    }
    ca_sql_cstr(&sql, when);
    rc = finish(report, &sql, "cannot freeze the model", err);
    return rc == 0 && sqlite3_changes(report->db) == 0 ? CA_END : rc;
}

int ca_report_models(ca_report *report, ca_report_visit visit, void *context, ca_error *err)
{
    return ca_report_query(report,
                           "SELECT model, digest, file, made, period_from, period_through, lines, frozen FROM v_models"
                           " ORDER BY model DESC",
                           NULL, 0, visit, context, err);
}
