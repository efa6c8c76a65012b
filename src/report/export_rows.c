/* A query of the report as a sheet: its columns, then its rows. */
#include "report/export_inner.h"
#include "report/inner.h"

#include <string.h>

typedef struct query_columns {
    ca_export_column columns[CA_EXPORT_COLUMNS];
    int from[CA_EXPORT_COLUMNS];    /* column of the query */
    size_t count;
    int minor_digits;               /* its column, or -1 */
} query_columns;

static int look(sqlite3_stmt *statement, query_columns *to)
{
    *to = (query_columns){.minor_digits = -1};
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        if (!name) {
            return CA_NOMEM;
        }
        if (strcmp(name, "minor_digits") == 0) {
            to->minor_digits = i;
        }
        if (to->count < CA_EXPORT_COLUMNS && ca_export_column_of(name, &to->columns[to->count])) {
            to->from[to->count++] = i;
        }
    }
    return 0;
}

/* SQLite gives no pointer both for NULL and when it has no memory for the text of a number. */
static int hand_over(sqlite3_stmt *statement, const query_columns *columns, ca_sink *sink, ca_error *err)
{
    ca_text cells[CA_EXPORT_COLUMNS];
    ca_export_row row = {cells, columns->count, 2};
    for (size_t i = 0; i < columns->count; i++) {
        int at = columns->from[i];
        bool is_null = sqlite3_column_type(statement, at) == SQLITE_NULL;
        cells[i].ptr = (const char *)sqlite3_column_text(statement, at);
        cells[i].len = cells[i].ptr ? (size_t)sqlite3_column_bytes(statement, at) : 0;
        if (!cells[i].ptr && !is_null) {
            return ca_error_nomem(err);
        }
    }
    if (columns->minor_digits >= 0) {
        int digits = sqlite3_column_int(statement, columns->minor_digits);
        row.minor_digits = digits < 0 ? 0 : digits > 4 ? 4 : (unsigned)digits;
    }
    return sink->row(sink, &row, err);
}

static int step_all(ca_report *report, sqlite3_stmt *statement, const query_columns *columns, ca_sink *sink, uint64_t *ret_rows,
                    ca_error *err)
{
    int rc = 0;
    int code = SQLITE_ROW;
    while (rc == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = hand_over(statement, columns, sink, err);
        ++*ret_rows;
    }
    return rc || code == SQLITE_DONE ? rc : ca_report_error(report, code, "cannot read the report", err);
}

int ca_export_rows(ca_report *report, const char *sheet, const char *sql, const char *const *values, size_t count,
                   ca_sink *sink, uint64_t *ret_rows, ca_error *err)
{
    sqlite3_stmt *statement = NULL;
    query_columns columns;
    uint64_t rows = 0;
    int code = sqlite3_prepare_v2(report->db, sql, -1, &statement, NULL);
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        code = values[i] ? sqlite3_bind_text(statement, (int)i + 1, values[i], -1, SQLITE_STATIC)
                         : sqlite3_bind_null(statement, (int)i + 1);
    }
    int rc = code == SQLITE_OK ? 0 : ca_report_error(report, code, "cannot read the report", err);
    if (rc == 0 && look(statement, &columns)) {
        rc = ca_error_nomem(err);
    }
    rc = rc ? rc : sink->sheet(sink, sheet, columns.columns, columns.count, err);
    rc = rc ? rc : step_all(report, statement, &columns, sink, &rows, err);
    sqlite3_finalize(statement);
    if (rc == 0) {
        *ret_rows = rows;
    }
    return rc;
}
