/* What the files of this room share. */
#ifndef CA_REPORT_INNER_H
#define CA_REPORT_INNER_H

#include <sqlite3.h>

#include "report/report.h"

enum {
    CA_SQL_RUN, CA_SQL_FILE, CA_SQL_COLUMN, CA_SQL_JOIN, CA_SQL_RULE_VERSION, CA_SQL_RUN_RULE, CA_SQL_FINDING,
    CA_SQL_REPLACE, CA_SQL_LINE, CA_SQL_REJECT, CA_SQL_COUNT
};

struct ca_report {
    sqlite3 *db;
    const char *path;
    int64_t version;                       /* user_version as it was found */
    sqlite3_stmt *insert[CA_SQL_COUNT];    /* prepared when first used */
    int64_t run;                           /* being stored */
    int minor_digits;
    bool in_transaction;
};

/* A statement being given its values, one after another; the first failure sticks and shows at the step. */
typedef struct ca_sql {
    sqlite3_stmt *statement;
    int at;
    int code;
} ca_sql;

/* bind.c. Texts are borrowed until the step. */
int ca_sql_start(ca_report *report, int which, ca_sql *ret_sql, ca_error *err);
void ca_sql_number(ca_sql *sql, int64_t value);
void ca_sql_count(ca_sql *sql, uint64_t value);
void ca_sql_null(ca_sql *sql);
void ca_sql_text(ca_sql *sql, ca_text text);          /* without a pointer: "" */
void ca_sql_optional(ca_sql *sql, ca_text text);      /* without a pointer: NULL */
void ca_sql_cstr(ca_sql *sql, const char *text);      /* NULL: NULL */
void ca_sql_blob(ca_sql *sql, const void *bytes, size_t len);
void ca_sql_digest(ca_sql *sql, ca_digest digest);
void ca_sql_exposure(ca_sql *sql, int64_t exposure);
int ca_sql_finish(ca_report *report, ca_sql *sql, ca_error *err);

/* Words and code for an error of SQLite's. */
int ca_report_error(ca_report *report, int code, const char *doing, ca_error *err);
int ca_report_execute(ca_report *report, const char *sql, ca_error *err);
/* Runs a query with up to 8 bound texts (NULL = SQL NULL) and hands its rows to the visitor. */
int ca_report_query(ca_report *report, const char *sql, const char *const *values, size_t count,
                    ca_report_visit visit, void *context, ca_error *err);

#endif
