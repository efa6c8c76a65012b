/* CSV: the findings only, one row each. */
#include <string.h>

#include "base/alloc.h"
#include "report/export_inner.h"

#define FLUSH_AT 65536

typedef struct csv_sink {
    ca_sink sink;
    ca_disk *disk;
    ca_file *file;
    ca_buf text;
    ca_export_kind kinds[CA_EXPORT_COLUMNS];
} csv_sink;

static csv_sink *csv_of(ca_sink *sink)
{
    return (csv_sink *)(void *)sink;
}

static int flush(csv_sink *csv, size_t least, ca_error *err)
{
    if (csv->text.failed) {
        return ca_error_nomem(err);
    }
    int rc = csv->text.len > least ? csv->disk->write(csv->file, csv->text.ptr, csv->text.len, err) : 0;
    if (csv->text.len > least) {
        ca_buf_clear(&csv->text);
    }
    return rc;
}

/* Programs that read CSV must not take a text that begins with = + - @ for a formula. */
static void add_text(ca_buf *text, ca_text cell)
{
    bool formula = cell.len && memchr("=+-@\t\r", cell.ptr[0], 6);
    bool quote = formula;
    for (size_t i = 0; i < cell.len && !quote; i++) {
        quote = memchr(",\"\r\n", cell.ptr[i], 4) != NULL;
    }
    ca_buf_add_cstr(text, formula ? "\"'" : quote ? "\"" : "");
    for (size_t i = 0; i < cell.len; i++) {
        ca_buf_add_cstr(text, cell.ptr[i] == '"' ? "\"" : "");
        ca_buf_add_char(text, cell.ptr[i]);
    }
    ca_buf_add_cstr(text, quote ? "\"" : "");
}

static int csv_sheet(ca_sink *sink, const char *name, const ca_export_column *columns, size_t count, ca_error *err)
{
    csv_sink *csv = csv_of(sink);
    (void)name;
    for (size_t i = 0; i < count; i++) {
        ca_buf_add_cstr(&csv->text, i ? "," : "");
        ca_buf_add_cstr(&csv->text, columns[i].name);
        csv->kinds[i] = columns[i].kind;
    }
    ca_buf_add_char(&csv->text, '\n');
    return flush(csv, FLUSH_AT, err);
}

static int csv_row(ca_sink *sink, const ca_export_row *row, ca_error *err)
{
    csv_sink *csv = csv_of(sink);
    for (size_t i = 0; i < row->count; i++) {
        int64_t minor;
        ca_buf_add_cstr(&csv->text, i ? "," : "");
        if (csv->kinds[i] == CA_EXPORT_MONEY && ca_text_to_int(row->cells[i], &minor)) {
            ca_export_money(&csv->text, minor, row->minor_digits);
        } else if (csv->kinds[i] == CA_EXPORT_NUMBER) {
            ca_buf_add_text(&csv->text, row->cells[i]);
        } else {
            add_text(&csv->text, row->cells[i]);
        }
    }
    ca_buf_add_char(&csv->text, '\n');
    return flush(csv, FLUSH_AT, err);
}

static int csv_finish(ca_sink *sink, ca_error *err)
{
    csv_sink *csv = csv_of(sink);
    int rc = flush(csv, 0, err);
    ca_file *file = csv->file;
    csv->file = NULL;
    if (rc) {
        csv->disk->close(file, NULL);
        return rc;
    }
    return csv->disk->close(file, err);
}

static unsigned csv_parts(const ca_sink *sink)
{
    (void)sink;
    return 1;
}

static void csv_free(ca_sink *sink)
{
    csv_sink *csv = csv_of(sink);
    if (csv->file) {
        csv->disk->close(csv->file, NULL);
    }
    ca_buf_done(&csv->text);
    ca_free(csv);
}

int ca_export_csv_new(ca_disk *disk, const char *path, ca_sink **ret_sink, ca_error *err)
{
    csv_sink *csv = ca_alloc_zero(1, sizeof *csv);
    if (!csv) {
        return ca_error_nomem(err);
    }
    csv->sink = (ca_sink){.only_findings = true, .sheet = csv_sheet, .row = csv_row, .finish = csv_finish,
                          .parts = csv_parts, .free = csv_free};
    csv->disk = disk;
    ca_buf_init(&csv->text);
    int rc = disk->open(disk, path, CA_DISK_WRITE | CA_DISK_TRUNCATE, &csv->file, err);
    if (rc) {
        csv_free(&csv->sink);
        return rc;
    }
    *ret_sink = &csv->sink;
    return 0;
}
