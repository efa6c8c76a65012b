/* The statements that store a run, and binding values to them one after another. */
#include "report/inner.h"

#include "base/date.h"
#include "base/decimal.h"

static const char *const statements[CA_SQL_COUNT] = {
    [CA_SQL_RUN] = ("INSERT INTO run VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL,NULL,NULL,"
                    "?,?,?,?,?)"),
    [CA_SQL_FILE] = "INSERT INTO file VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_COLUMN] = "INSERT INTO file_column VALUES(?,?,?,?,?,?)",
    [CA_SQL_JOIN] = "INSERT INTO join_rate VALUES(?,?,?,?,?)",
    [CA_SQL_RULE_VERSION] = ("INSERT INTO rule_version VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?)"
                            " ON CONFLICT(rule_id, logic_hash, text_hash) DO UPDATE SET rule_id = rule_id"
                            " RETURNING rule_version_id"),
    [CA_SQL_RUN_RULE] = "INSERT INTO run_rule VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_FINDING] = ("INSERT INTO finding VALUES(NULL,?,?,?,?,1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
                        "?,?,?,?,?,?,?,?,?)"),
    [CA_SQL_REPLACE] = ("UPDATE finding SET live = 0, reason = 'found again by run ' || ?2"
                        " WHERE finding_key = ?1 AND live AND outcome = 'hit' AND run_id <> ?2"
                        " AND ((SELECT status FROM run_rule n WHERE n.run_id = ?2 AND n.rule_no = ?3) <> 'shadow'"
                        "  OR (SELECT status FROM run_rule o WHERE o.run_id = finding.run_id"
                        "      AND o.rule_no = finding.rule_no) = 'shadow')"),
    [CA_SQL_LINE] = "INSERT INTO finding_line VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_EXPOSURE] = "UPDATE run SET line_exposure = ?2, entity_exposure = ?3, exposure_missing = ?4 WHERE run_id = ?1",
    [CA_SQL_SCORE] = "INSERT INTO entity_score VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_REASON] = "INSERT INTO entity_reason VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_FEATURE] = "INSERT INTO entity_feature VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CA_SQL_REJECT] = "INSERT INTO reject VALUES(?,?,?,?,?,?)",
};

int ca_sql_start(ca_report *report, int which, ca_sql *ret_sql, ca_error *err)
{
    int code = report->insert[which] ? SQLITE_OK
                                     : sqlite3_prepare_v3(report->db, statements[which], -1,
                                                          SQLITE_PREPARE_PERSISTENT, &report->insert[which], NULL);
    if (code != SQLITE_OK) {
        return ca_report_error(report, code, "cannot prepare", err);
    }
    *ret_sql = (ca_sql){report->insert[which], 0, SQLITE_OK};
    return 0;
}

static void note(ca_sql *sql, int code)
{
    sql->code = sql->code ? sql->code : code;
}

void ca_sql_number(ca_sql *sql, int64_t value)
{
    note(sql, sqlite3_bind_int64(sql->statement, ++sql->at, value));
}

/* Counters are far below 2^63; a larger one would be stored as negative and refused by the sum checks. */
void ca_sql_count(ca_sql *sql, uint64_t value)
{
    ca_sql_number(sql, (int64_t)value);
}

void ca_sql_null(ca_sql *sql)
{
    note(sql, sqlite3_bind_null(sql->statement, ++sql->at));
}

void ca_sql_text(ca_sql *sql, ca_text text)
{
    note(sql, sqlite3_bind_text64(sql->statement, ++sql->at, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC,
                                  SQLITE_UTF8));
}

void ca_sql_cstr(ca_sql *sql, const char *text)
{
    if (text) {
        ca_sql_text(sql, ca_text_of(text));
    } else {
        ca_sql_null(sql);
    }
}

void ca_sql_blob(ca_sql *sql, const void *bytes, size_t len)
{
    note(sql, sqlite3_bind_blob64(sql->statement, ++sql->at, bytes, len, SQLITE_TRANSIENT));
}

/* High part first, so that the hex text reads like ca_digest_hex. */
void ca_sql_digest(ca_sql *sql, ca_digest digest)
{
    uint8_t bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(digest.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(digest.low >> (56 - 8 * i));
    }
    ca_sql_blob(sql, bytes, sizeof bytes);
}

int ca_sql_finish(ca_report *report, ca_sql *sql, ca_error *err)
{
    int code = sql->code ? sql->code : sqlite3_step(sql->statement);
    int rc = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : ca_report_error(report, code, "cannot store", err);
    sqlite3_reset(sql->statement);
    return rc;
}

void ca_sql_optional(ca_sql *sql, ca_text text)
{
    if (text.ptr) {
        ca_sql_text(sql, text);
    } else {
        ca_sql_null(sql);
    }
}

void ca_sql_date(ca_sql *sql, bool present, ca_date date)
{
    char text[CA_DATE_SIZE];
    if (!present) {
        ca_sql_null(sql);
        return;
    }
    ca_date_print(date, text);
    note(sql, sqlite3_bind_text(sql->statement, ++sql->at, text, -1, SQLITE_TRANSIENT));
}

/* Saturated totals stay what they are. */
void ca_sql_money(ca_sql *sql, int64_t amount, int minor_digits)
{
    int64_t minor = amount;
    int64_t scale = 1;
    for (int digit = 0; digit < minor_digits; digit++) {
        scale *= 10;
    }
    ca_ratio_round(ca_ratio_of(amount, CA_DECIMAL_ONE), scale, &minor);
    ca_sql_number(sql, minor);
}

void ca_sql_exposure(ca_sql *sql, int64_t exposure)
{
    if (exposure == CA_EXPOSURE_MISSING) {
        ca_sql_null(sql);
    } else {
        ca_sql_number(sql, exposure);
    }
}
