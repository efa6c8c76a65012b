/* From CSV to a temporary file of doubles: cells are parsed once, whatever the number of passes. */
#include "table/store.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/disk.h"
#include "read/rows.h"
#include "read/source.h"
#include "table/number.h"

#define NO_LABEL SIZE_MAX

FILE *table_temporary(const char *folder)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/score-table-XXXXXX", folder) >= sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    int number = mkstemp(path);
    if (number < 0)
        return NULL;
    unlink(path);
    FILE *file = fdopen(number, "w+b");
    if (file == NULL)
        close(number);
    return file;
}

static bool is_named(ca_text name, const char *wanted)
{
    static const char *const usual[] = {"label", "y", "target", "class", "outlier", "anomaly", "is_anomaly"};
    if (wanted != NULL)
        return name.len == strlen(wanted) && memcmp(name.ptr, wanted, name.len) == 0;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (name.len == strlen(usual[i]) && strncasecmp(name.ptr, usual[i], name.len) == 0)
            return true;
    return false;
}

static size_t label_column(const ca_row *header, const char *wanted)
{
    size_t first = wanted == NULL && header->cell_count > 0 ? header->cell_count - 1 : 0;
    for (size_t i = first; i < header->cell_count; i++)
        if (is_named(header->cells[i], wanted) && (wanted == NULL || wanted[0] != '\0'))
            return i;
    return NO_LABEL;
}

static int keep_row(table_store *store, const ca_row *row, size_t label, ca_error *err)
{
    size_t all = store->columns + store->labelled, column = 0;
    store->row[store->columns] = (double)NAN;
    for (size_t i = 0; i < all; i++) {
        ca_text cell = i < row->cell_count ? row->cells[i] : CA_TEXT("");
        if (i == label)
            store->row[store->columns] = table_label(cell);
        else
            store->row[column++] = table_number(cell);
    }
    store->at = ++store->rows;
    if (fwrite(store->row, sizeof *store->row, store->columns + 1, store->file) != store->columns + 1)
        return ca_error_set(err, CA_FAIL, "cannot write a temporary file: %s", strerror(errno));
    return 0;
}

static int read_rows(table_store *store, ca_rows *rows, size_t label, ca_error *err)
{
    ca_row row;
    int result;
    while ((result = ca_rows_next(rows, &row, err)) == 0) {
        if (row.reject != NULL)
            store->rejected++;
        else if ((result = keep_row(store, &row, label, err)) < 0)
            break;
    }
    return result == CA_END ? 0 : result;
}

static int read_header(table_store *store, ca_rows *rows, const char *wanted, size_t *ret_label, ca_error *err)
{
    ca_row header = {0};
    int result = ca_rows_next(rows, &header, err);
    if (result < 0)
        return result;
    if (result == CA_END || header.reject != NULL)
        header.cell_count = 0;
    *ret_label = label_column(&header, wanted);
    store->labelled = *ret_label != NO_LABEL;
    if (wanted != NULL && wanted[0] != '\0' && !store->labelled)
        return ca_error_set(err, CA_USAGE, "there is no column named %s", wanted);
    store->columns = header.cell_count - store->labelled;
    store->row = calloc(store->columns + 1, sizeof *store->row);
    return store->row != NULL ? 0 : ca_error_nomem(err);
}

int table_store_read(const char *path, const char *label, const char *folder, table_store *ret_store, ca_error *err)
{
    table_store store = {.file = table_temporary(folder)};
    if (store.file == NULL)
        return ca_error_set(err, CA_FAIL, "cannot make a temporary file in %s: %s", folder, strerror(errno));
    ca_csv_format format = ca_csv_format_default();
    format.max_record_bytes = 1024 * 1024;
    format.max_record_lines = 1;
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    size_t column = NO_LABEL;
    int result = ca_source_open(ca_disk_real(), path, &source, err);
    if (result == 0)
        result = ca_rows_open(source, &format, 0, CA_LANE_BOTH, &rows, err);
    if (result == 0)
        result = read_header(&store, rows, label, &column, err);
    if (result == 0)
        result = read_rows(&store, rows, column, err);
    ca_rows_close(rows);
    ca_source_close(source);
    if (result == 0)
        *ret_store = store;
    else
        table_store_done(&store);
    return result;
}

void table_store_done(table_store *store)
{
    fclose(store->file);
    free(store->row);
}

int table_store_get(table_store *store, uint64_t first, size_t count, double *ret_rows, double *ret_labels, ca_error *err)
{
    size_t width = store->columns + 1;
    if (first != store->at && fseeko(store->file, (off_t)(first * width * sizeof *store->row), SEEK_SET) != 0)
        return ca_error_set(err, CA_FAIL, "cannot read a temporary file: %s", strerror(errno));
    for (size_t i = 0; i < count; i++) {
        if (fread(store->row, sizeof *store->row, width, store->file) != width)
            return ca_error_set(err, CA_FAIL, "cannot read a temporary file");
        memcpy(ret_rows + i * store->columns, store->row, store->columns * sizeof *ret_rows);
        if (ret_labels != NULL)
            ret_labels[i] = store->row[store->columns];
    }
    store->at = first + count;
    return 0;
}

int table_store_rows(void *store, uint64_t first, size_t count, double *to, ca_error *err)
{
    return table_store_get(store, first, count, to, NULL, err);
}
