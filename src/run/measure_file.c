/* Measured entities to a CSV file, in order. */
#include "run/measure_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/decimal.h"

#define PLACES 1000000    /* of values and exposures: six */

typedef struct place {
    ca_entity entity;
    ca_text id;
    uint64_t position;        /* of its rows in the spool */
} place;

struct ca_measure_file {
    const ca_scan_state *scan;
    ca_spool *spool;
    ca_arena texts;
    place *places;
    size_t count, cap;
    ca_buf rows;
};

int ca_measure_file_new(const ca_scan_state *scan, ca_measure_file **ret_file, ca_error *err)
{
    ca_measure_file *file = ca_alloc_zero(1, sizeof *file);
    if (!file) {
        return ca_error_nomem(err);
    }
    file->scan = scan;
    ca_arena_init(&file->texts);
    ca_buf_init(&file->rows);
    int rc = ca_spool_new(scan->temporary, "values", &file->spool, err);
    if (rc) {
        ca_measure_file_free(file);
        return rc;
    }
    *ret_file = file;
    return 0;
}

void ca_measure_file_free(ca_measure_file *file)
{
    if (file) {
        ca_spool_free(file->spool);
        ca_arena_done(&file->texts);
        ca_buf_done(&file->rows);
        ca_free(file->places);
        ca_free(file);
    }
}

/* --- Rows ---------------------------------------------------------------------------------------------------- */

static void add_cell(ca_buf *rows, ca_text text)
{
    ca_buf_add_char(rows, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            ca_buf_add_char(rows, '"');
        }
        ca_buf_add_char(rows, text.ptr[i]);
    }
    ca_buf_add_cstr(rows, "\",");
}

/* Nothing where it does not fit. */
static void add_number(ca_buf *rows, ca_ratio value)
{
    int64_t rounded;
    if (ca_ratio_round(value, PLACES, &rounded)) {
        uint64_t size = rounded < 0 ? 0 - (uint64_t)rounded : (uint64_t)rounded;
        ca_buf_printf(rows, "%s%llu.%06llu", rounded < 0 ? "-" : "", (unsigned long long)(size / PLACES),
                      (unsigned long long)(size % PLACES));
    }
}

static void add_row(ca_buf *rows, const ca_measured *of, const ca_feature *feature, const ca_feature_value *value)
{
    char paid[CA_DECIMAL_SIZE];
    (void)ca_decimal_print(of->paid, 2, paid);
    ca_buf_printf(rows, "%s,", ca_entity_kinds[of->entity].name);
    add_cell(rows, of->id);
    add_cell(rows, of->specialty.ptr ? of->specialty : CA_TEXT(""));
    add_cell(rows, of->region.ptr ? of->region : CA_TEXT(""));
    ca_buf_printf(rows, "%llu,%llu,%s,%s,", (unsigned long long)of->lines, (unsigned long long)of->claims, paid, feature->id);
    if (!value->missing) {
        add_number(rows, value->value);
    }
    ca_buf_add_char(rows, ',');
    add_number(rows, value->exposure);
    ca_buf_printf(rows, ",%d\n", value->thin);
}

int ca_measure_file_take(void *context, const ca_measured *measured, ca_error *err)
{
    ca_measure_file *file = context;
    const ca_featureset *set = file->scan->measuring->set;
    place *places = ca_grown_array(file->places, file->count, &file->cap, sizeof *places);
    file->places = places ? places : file->places;
    place made = {.entity = measured->entity};
    if (!places || ca_arena_text(&file->texts, measured->id, &made.id)) {
        return ca_error_nomem(err);
    }
    ca_buf_clear(&file->rows);
    for (size_t i = 0; i < measured->count; i++) {
        add_row(&file->rows, measured, set->features[set->first[measured->entity] + i], &measured->values[i]);
    }
    if (file->rows.failed) {
        return ca_error_nomem(err);
    }
    int rc = ca_spool_add(file->spool, file->rows.ptr ? file->rows.ptr : "", file->rows.len, &made.position, err);
    if (rc == 0) {
        file->places[file->count++] = made;
    }
    return rc;
}

/* --- In order ------------------------------------------------------------------------------------------------ */

static int by_entity(const void *left, const void *right)
{
    const place *a = left;
    const place *b = right;
    return a->entity != b->entity ? (a->entity < b->entity ? -1 : 1) : ca_text_cmp(a->id, b->id);
}

static int write_all(ca_measure_file *file, ca_file *to, ca_error *err)
{
    static const char header[] = "entity,id,specialty,region,lines,claims,paid,feature,value,exposure,thin\n";
    ca_disk *disk = file->scan->options->disk;
    int rc = disk->write(to, header, sizeof header - 1, err);
    for (size_t i = 0; rc == 0 && i < file->count; i++) {
        rc = ca_spool_read(file->spool, file->places[i].position, &file->rows, err);
        rc = rc ? rc : disk->write(to, file->rows.ptr, file->rows.len, err);
    }
    return rc;
}

int ca_measure_file_write(ca_measure_file *file, const char *path, ca_error *err)
{
    ca_disk *disk = file->scan->options->disk;
    ca_file *to;
    if (file->count) {
        qsort(file->places, file->count, sizeof *file->places, by_entity);
    }
    int rc = ca_disk_open_new(disk, path, &to, err);
    if (rc) {
        return rc;
    }
    rc = write_all(file, to, err);
    int closed = disk->close(to, rc ? NULL : err);
    return rc ? rc : closed;
}
