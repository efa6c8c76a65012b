/* A workbook by libxlsxwriter: header that stays, filter, widths, money and dates as numbers, all else as text; never a
 * formula. The only place with binary floating point: a spreadsheet knows no other numbers. */
#include <string.h>
#include <xlsxwriter.h>

#include "base/alloc.h"
#include "base/date.h"
#include "report/export_inner.h"

#define SHEETS_MAX 255
#define CELL_BYTES 32000             /* a cell holds 32,767 characters */
#define EXACT 9007199254740992       /* 2^53: whole numbers above it are not exact */

typedef struct xlsx_sink {
    ca_sink sink;
    ca_disk *disk;
    char *path;
    char *folder;                    /* for the library's temporary files: claims do not go to /tmp */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *header, *date, *money[5];
    const char *name;
    ca_export_column columns[CA_EXPORT_COLUMNS];
    size_t column_count;
    lxw_row_t row;                   /* written to this sheet, with its header */
    uint64_t sheet_rows;
    unsigned parts;
    uint64_t rows[SHEETS_MAX];       /* of each sheet, with its header */
    size_t sheets;
    ca_buf text;
} xlsx_sink;

static xlsx_sink *xlsx_of(ca_sink *sink)
{
    return (xlsx_sink *)(void *)sink;
}

static int failed(const xlsx_sink *xlsx, lxw_error code, ca_error *err)
{
    switch ((int)code) {
    case LXW_NO_ERROR:
        return 0;
    case LXW_ERROR_MEMORY_MALLOC_FAILED:
        return ca_error_nomem(err);
    default:
        return ca_error_set(err, CA_FAIL, "%s: cannot be written: %s", xlsx->path, lxw_strerror(code));
    }
}

/* XML has no place for some characters; a spreadsheet reads _xHHHH_ as the character of that number. */
static void clean(ca_buf *text, ca_text cell)
{
    size_t at = 0;
    ca_buf_clear(text);
    while (at < cell.len && text->len < CELL_BYTES) {
        uint32_t code = 0;
        ca_text rest = ca_text_sub(cell, at, cell.len - at);
        size_t len = ca_text_utf8_char(rest, &code);
        if (len == 0 || code == 0xFFFE || code == 0xFFFF) {
            ca_buf_add_cstr(text, "\xEF\xBF\xBD");
        } else if (code < ' ' && code != '\n' && code != '\t') {
            ca_buf_printf(text, "_x%04X_", (unsigned)code);
        } else if (code == '_' && rest.len > 1 && rest.ptr[1] == 'x') {
            ca_buf_add_cstr(text, "_x005F_");
        } else {
            ca_buf_add(text, rest.ptr, len);
        }
        at += len ? len : 1;
    }
    ca_buf_add_cstr(text, at < cell.len ? "… (cut off)" : "");
}

static lxw_error write_text(xlsx_sink *xlsx, lxw_col_t column, ca_text cell)
{
    clean(&xlsx->text, cell);
    const char *text = ca_buf_cstr(&xlsx->text);
    return xlsx->text.failed ? LXW_ERROR_MEMORY_MALLOC_FAILED
                             : worksheet_write_string(xlsx->sheet, xlsx->row, column, text, NULL);
}

static lxw_error write_money(xlsx_sink *xlsx, lxw_col_t column, int64_t minor, unsigned digits)
{
    double scale = 1;
    if (minor > EXACT || minor < -EXACT) {
        ca_buf text;
        ca_buf_init(&text);
        ca_export_money(&text, minor, digits);
        lxw_error code = text.failed ? LXW_ERROR_MEMORY_MALLOC_FAILED : write_text(xlsx, column, ca_buf_text(&text));
        ca_buf_done(&text);
        return code;
    }
    for (unsigned i = 0; i < digits; i++) {
        scale *= 10;
    }
    return worksheet_write_number(xlsx->sheet, xlsx->row, column, (double)minor / scale, xlsx->money[digits]);
}

/* Spreadsheets count days from 1900, with a leap day that never was. */
static lxw_error write_date(xlsx_sink *xlsx, lxw_col_t column, ca_text cell)
{
    ca_date date;
    lxw_datetime day = {0};
    if (!ca_date_parse_iso(cell, &date)) {
        return write_text(xlsx, column, cell);
    }
    ca_date_split(date, &day.year, &day.month, &day.day);
    return day.year <= 1900 ? write_text(xlsx, column, cell)
                            : worksheet_write_datetime(xlsx->sheet, xlsx->row, column, &day, xlsx->date);
}

static lxw_error write_cell(xlsx_sink *xlsx, lxw_col_t column, ca_text cell, unsigned digits)
{
    int64_t number;
    bool whole = ca_text_to_int(cell, &number);
    if (cell.len == 0) {
        return LXW_NO_ERROR;
    }
    switch (xlsx->columns[column].kind) {
    case CA_EXPORT_NUMBER:
        return whole && number <= EXACT && number >= -EXACT
                   ? worksheet_write_number(xlsx->sheet, xlsx->row, column, (double)number, NULL)
                   : write_text(xlsx, column, cell);
    case CA_EXPORT_MONEY:
        return whole ? write_money(xlsx, column, number, digits) : write_text(xlsx, column, cell);
    case CA_EXPORT_DATE:
        return write_date(xlsx, column, cell);
    case CA_EXPORT_TEXT:
        break;
    }
    return write_text(xlsx, column, cell);
}

static lxw_error end_sheet(xlsx_sink *xlsx)
{
    if (!xlsx->sheet) {
        return LXW_NO_ERROR;
    }
    xlsx->rows[xlsx->sheets++] = xlsx->row;
    lxw_error code = worksheet_autofilter(xlsx->sheet, 0, 0, xlsx->row - 1, (lxw_col_t)(xlsx->column_count - 1));
    xlsx->sheet = NULL;
    return code;
}

static lxw_error write_header(xlsx_sink *xlsx)
{
    lxw_error code = LXW_NO_ERROR;
    worksheet_freeze_panes(xlsx->sheet, 1, 0);
    for (size_t i = 0; code == LXW_NO_ERROR && i < xlsx->column_count; i++) {
        lxw_col_t column = (lxw_col_t)i;
        const char *name = xlsx->columns[i].name;
        int least = (int)strlen(name) + 4;    /* the mark of the filter takes room */
        code = worksheet_set_column(xlsx->sheet, column, column,
                                    xlsx->columns[i].width > least ? xlsx->columns[i].width : least, NULL);
        code = code ? code : worksheet_write_string(xlsx->sheet, 0, column, name, xlsx->header);
    }
    xlsx->row = 1;
    return code;
}

/* The first sheet of a name has it alone; "lines 2" continues "lines". */
static int add_sheet(xlsx_sink *xlsx, ca_error *err)
{
    char name[32];
    lxw_error code = end_sheet(xlsx);
    if (code == LXW_NO_ERROR && xlsx->sheets == SHEETS_MAX) {
        return ca_error_set(err, CA_FAIL, "more rows than %d sheets hold; narrow the export by filters, or write CSV",
                            SHEETS_MAX);
    }
    xlsx->parts++;
    ca_buf_clear(&xlsx->text);
    ca_buf_printf(&xlsx->text, xlsx->parts > 1 ? "%s %u" : "%s", xlsx->name, xlsx->parts);
    if (code == LXW_NO_ERROR && xlsx->text.len < sizeof name) {
        memcpy(name, ca_buf_cstr(&xlsx->text), xlsx->text.len + 1);
        xlsx->sheet = workbook_add_worksheet(xlsx->book, name);
        code = xlsx->sheet ? write_header(xlsx) : LXW_ERROR_CREATING_TMPFILE;
    }
    return failed(xlsx, code, err);
}

static int xlsx_sheet(ca_sink *sink, const char *name, const ca_export_column *columns, size_t count, ca_error *err)
{
    xlsx_sink *xlsx = xlsx_of(sink);
    lxw_error code = end_sheet(xlsx);
    xlsx->name = name;
    xlsx->parts = 0;
    xlsx->column_count = count;
    memcpy(xlsx->columns, columns, count * sizeof *columns);
    return code ? failed(xlsx, code, err) : add_sheet(xlsx, err);
}

static int xlsx_row(ca_sink *sink, const ca_export_row *row, ca_error *err)
{
    xlsx_sink *xlsx = xlsx_of(sink);
    int rc = xlsx->row > xlsx->sheet_rows ? add_sheet(xlsx, err) : 0;
    if (rc) {
        return rc;
    }
    for (size_t i = 0; i < row->count; i++) {
        lxw_error code = write_cell(xlsx, (lxw_col_t)i, row->cells[i], row->minor_digits);
        if (code) {
            return failed(xlsx, code, err);
        }
    }
    xlsx->row++;
    return 0;
}

/* The library does not look whether its temporary files could be written: a full disk would go unseen. */
static int xlsx_finish(ca_sink *sink, ca_error *err)
{
    xlsx_sink *xlsx = xlsx_of(sink);
    int rc = failed(xlsx, end_sheet(xlsx), err);
    lxw_workbook *book = xlsx->book;
    if (rc) {
        return rc;
    }
    xlsx->book = NULL;
    rc = failed(xlsx, workbook_close(book), err);
    return rc ? rc : ca_export_check_sheets(xlsx->disk, xlsx->path, xlsx->rows, xlsx->sheets, err);
}

static unsigned xlsx_parts(const ca_sink *sink)
{
    return ((const xlsx_sink *)(const void *)sink)->parts;
}

static void xlsx_free(ca_sink *sink)
{
    xlsx_sink *xlsx = xlsx_of(sink);
    lxw_workbook_free(xlsx->book);
    ca_buf_done(&xlsx->text);
    ca_free(xlsx->path);
    ca_free(xlsx->folder);
    ca_free(xlsx);
}

static bool make_formats(xlsx_sink *xlsx)
{
    static const char *const money[] = {"#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000"};
    bool good = true;
    xlsx->header = workbook_add_format(xlsx->book);
    xlsx->date = workbook_add_format(xlsx->book);
    for (size_t i = 0; i < 5; i++) {
        xlsx->money[i] = workbook_add_format(xlsx->book);
        good = good && xlsx->money[i];
    }
    if (!good || !xlsx->header || !xlsx->date) {
        return false;
    }
    format_set_bold(xlsx->header);
    format_set_num_format(xlsx->date, "yyyy-mm-dd");
    for (size_t i = 0; i < 5; i++) {
        format_set_num_format(xlsx->money[i], money[i]);
    }
    return true;
}

/* The part of the path before the last slash, or the current folder. */
static bool copy_names(xlsx_sink *xlsx, const char *path)
{
    size_t size = strlen(path) + 1;
    xlsx->path = ca_alloc(size);
    xlsx->folder = ca_alloc(size + 2);
    if (!xlsx->path || !xlsx->folder) {
        return false;
    }
    memcpy(xlsx->path, path, size);
    memcpy(xlsx->folder, path, size);
    char *slash = strrchr(xlsx->folder, '/');
    memcpy(slash ? slash + 1 : xlsx->folder, ".", 2);
    return true;
}

int ca_export_xlsx_new(ca_disk *disk, const char *path, uint64_t sheet_rows, ca_sink **ret_sink, ca_error *err)
{
    xlsx_sink *xlsx = ca_alloc_zero(1, sizeof *xlsx);
    if (!xlsx) {
        return ca_error_nomem(err);
    }
    xlsx->sink = (ca_sink){.sheet = xlsx_sheet, .row = xlsx_row, .finish = xlsx_finish, .parts = xlsx_parts,
                           .free = xlsx_free};
    xlsx->disk = disk;
    xlsx->sheet_rows = sheet_rows && sheet_rows < CA_EXPORT_SHEET_ROWS ? sheet_rows : CA_EXPORT_SHEET_ROWS;
    ca_buf_init(&xlsx->text);
    if (copy_names(xlsx, path)) {
        lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = xlsx->folder};
        xlsx->book = workbook_new_opt(xlsx->path, &options);
    }
    if (!xlsx->book || !make_formats(xlsx)) {
        xlsx_free(&xlsx->sink);
        return ca_error_nomem(err);
    }
    *ret_sink = &xlsx->sink;
    return 0;
}
