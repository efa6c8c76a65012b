/* What the files of the export share. */
#ifndef CA_REPORT_EXPORT_INNER_H
#define CA_REPORT_EXPORT_INNER_H

#include "report/export.h"

#define CA_EXPORT_COLUMNS 40

typedef enum ca_export_kind {
    CA_EXPORT_TEXT,      /* whatever it looks like */
    CA_EXPORT_NUMBER,
    CA_EXPORT_DATE,
    CA_EXPORT_MONEY      /* minor units; minor_digits of the row says how many decimals */
} ca_export_kind;

typedef struct ca_export_column {
    const char *name;    /* borrowed while rows come */
    ca_export_kind kind;
    int width;           /* in characters */
} ca_export_column;

/* One row: cells as the report has them (NULL ptr = no value). */
typedef struct ca_export_row {
    const ca_text *cells;
    size_t count;
    unsigned minor_digits;
} ca_export_row;

/* Where sheets go. A sink owns what it opened. */
typedef struct ca_sink ca_sink;
struct ca_sink {
    bool only_findings;     /* it has room for one sheet */
    int (*sheet)(ca_sink *sink, const char *name, const ca_export_column *columns, size_t count, ca_error *err);
    int (*row)(ca_sink *sink, const ca_export_row *row, ca_error *err);
    int (*finish)(ca_sink *sink, ca_error *err);    /* all of it is in the file, though not synced */
    unsigned (*parts)(const ca_sink *sink);         /* sheets that the last sheet() took */
    void (*free)(ca_sink *sink);
};

int ca_export_csv_new(ca_disk *disk, const char *path, ca_sink **ret_sink, ca_error *err);
/* `path` is there, empty and of the right mode: it is written over in place. */
int ca_export_xlsx_new(ca_disk *disk, const char *path, uint64_t sheet_rows, ca_sink **ret_sink, ca_error *err);

/* export_column.c: kind and width of a column of the report; false for one that only serves others. */
bool ca_export_column_of(const char *name, ca_export_column *ret_column);
/* Minor units with the currency's decimals: 123450 and 2 give 1234.50. */
void ca_export_money(ca_buf *text, int64_t minor, unsigned digits);

/* export_target.c: the temporary file. */
typedef struct ca_export_target {
    ca_disk *disk;
    const char *path;       /* where it shall be */
    char *temporary;
    ca_file *lock;
} ca_export_target;
/* `like`: the report, whose group may read and write the export too if it may the report; NULL = the owner only. */
int ca_export_target_init(ca_export_target *target, ca_disk *disk, const char *path, const char *like, ca_error *err);
int ca_export_target_publish(ca_export_target *target, ca_error *err);    /* sync, rename */
void ca_export_target_done(ca_export_target *target);                     /* removes what was not published */

/* export_rows.c: a query as a sheet. `values` are bound as texts (NULL = SQL NULL). */
int ca_export_rows(ca_report *report, const char *sheet, const char *sql, const char *const *values, size_t count,
                   ca_sink *sink, uint64_t *ret_rows, ca_error *err);

/* export_ordered.c: the whole of an ordered export. */
int ca_export_ordered(ca_report *report, const char *const *values, ca_sink *sink, uint64_t *ret_rows, ca_error *err);

/* export_check.c: the workbook as it lies there. Reads sheet by sheet and counts rows; CA_FAIL when a sheet is cut off or
 * lacks rows. */
int ca_export_check_sheets(ca_disk *disk, const char *path, const uint64_t *rows, size_t sheets, ca_error *err);

#endif
