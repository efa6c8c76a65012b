/* What the files of this room share. */
#ifndef CA_REPORT_INNER_H
#define CA_REPORT_INNER_H

#include <sqlite3.h>

#include "report/report.h"

enum {
    CA_SQL_RUN, CA_SQL_FILE, CA_SQL_COLUMN, CA_SQL_JOIN, CA_SQL_RULE_VERSION, CA_SQL_RUN_RULE, CA_SQL_FINDING,
    CA_SQL_REPLACE, CA_SQL_LINE, CA_SQL_EXPOSURE, CA_SQL_SCORE, CA_SQL_REASON, CA_SQL_FEATURE, CA_SQL_REJECT,
    CA_SQL_COUNT
};

struct ca_report {
    sqlite3 *db;
    const char *path;
    int64_t version;                       /* user_version: as it was found, or as migrated */
    sqlite3_stmt *insert[CA_SQL_COUNT];    /* prepared when first used */
    int64_t run;                           /* being stored */
    int64_t first_finding;                 /* of this run, 0 = none yet */
    int64_t last_finding;                  /* that was added, 0 = none yet */
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
void ca_sql_date(ca_sql *sql, bool present, ca_date date);
void ca_sql_money(ca_sql *sql, int64_t amount, int minor_digits);    /* 1/10,000 to minor units */
int ca_sql_finish(ca_report *report, ca_sql *sql, ca_error *err);
/* store_finding.c. Minor units as text with the currency's own number of decimals: 123450 is "1234.50". */
void ca_minor_text(int64_t minor, int digits, ca_buf *text);

/* open.c: to look into a report that need not be there (CA_END), may be empty, or of an older claimaudit. Nothing is written. */
int ca_report_peek(const char *path, ca_report **ret_report, ca_error *err);
/* Words and code for an error of SQLite's. */
int ca_report_error(ca_report *report, int code, const char *doing, ca_error *err);
int ca_report_execute(ca_report *report, const char *sql, ca_error *err);
/* exposure.c: what the findings of this run come to. */
int ca_report_store_exposure(ca_report *report, ca_error *err);
/* Runs a query with up to 8 bound texts (NULL = SQL NULL) and hands its rows to the visitor. */
int ca_report_query(ca_report *report, const char *sql, const char *const *values, size_t count,
                    ca_report_visit visit, void *context, ca_error *err);
/* The same of a list, which visits once with the names of its columns when it has no rows. */
int ca_report_query_list(ca_report *report, const char *sql, const char *const *values, size_t count,
                         ca_report_visit visit, void *context, ca_error *err);
/* The same with one number. */
int ca_report_query_number(ca_report *report, const char *sql, int64_t number, ca_report_visit visit, void *context,
                           ca_error *err);

/* A value of a feature as people read it: money with the currency's decimals, shares as percent. printf takes NULL for 0. */
#define CA_SQL_IF_KNOWN(value, words) "CASE WHEN " value " IS NOT NULL THEN " words " END"
#define CA_SQL_SHOWN(unit, digits, value)                                                                               \
    "CASE WHEN " unit " = 'money' THEN printf('%.' || " digits " || 'f', " value ")"                                   \
    " WHEN " unit " = 'share' THEN printf('%.1f %%', 100 * " value ")"                                                 \
    " WHEN " unit " = 'count' OR abs(" value ") >= 100 THEN printf('%.0f', " value ") ELSE printf('%.3g', " value ") END"

/* Findings as `v`, with severity_rank, under a filter; its values are bound to ?1 to ?7. v.exposure is the number; the
 * exposure that is shown is its text, and '9.00' sorts above '100.00'. */
#define CA_FINDING_WHERE \
    " WHERE (?1 IS NULL OR rule_id = ?1) AND (?2 IS NULL OR claim_id = ?2 OR" \
    "   v.finding_id IN (SELECT finding_id FROM finding_line WHERE claim_id = ?2))" \
    " AND (?3 IS NULL OR patient_id = ?3)" \
    " AND (?4 IS NULL OR billing_provider_id = ?4 OR rendering_provider_id = ?4" \
    "   OR (subject_id = ?4 AND subject_kind NOT IN ('line', 'claim', 'patient_id'))" \
    "   OR (subject_kind IN ('pair', 'ring') AND EXISTS(SELECT 1 FROM finding n, json_each(n.evidence, '$.members') m" \
    "     WHERE n.finding_id = v.finding_id AND m.value ->> '$.id' = ?4)))" \
    " AND (?5 IS NULL OR severity = ?5) AND (?6 IS NULL OR run_id = CAST(?6 AS INTEGER))"
#define CA_FINDING_FILTER \
    CA_FINDING_WHERE " ORDER BY v.exposure IS NULL, v.exposure DESC, severity_rank DESC, finding_id" \
    " LIMIT coalesce(CAST(?7 AS INTEGER), -1)"
enum { CA_FINDING_RUN = 5, CA_FINDING_VALUES = 7 };
typedef struct ca_finding_values {
    const char *list[CA_FINDING_VALUES];    /* NULL = any; borrowed from the filter and from here */
    char run[24];
    char limit[24];
} ca_finding_values;
void ca_finding_values_set(ca_finding_values *values, const ca_finding_filter *filter);

#endif
