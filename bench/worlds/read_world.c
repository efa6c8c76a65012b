/* See read_world.h. */
#include "worlds/read_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MOST   ((size_t)1 << 30)
#define NUMBER_MOST 40

/* A file, cut into cells. */
typedef struct cell_file {
    ca_buf bytes;
    ca_text rest, row;
    char path[256];
    uint32_t line, column;
} cell_file;

static int wrong(const cell_file *at, const char *what, ca_error *err)
{
    return ca_error_at(err, CA_CONFIG, at->path, at->line, at->column, "%s", what);
}

static int cells_open(cell_file *cells, ca_disk *disk, const char *folder, const char *name, ca_error *err)
{
    int len = snprintf(cells->path, sizeof cells->path, "%s/%s", folder, name);

    cells->line = cells->column = 0;
    ca_buf_init(&cells->bytes);
    if (len < 0 || (size_t)len >= sizeof cells->path)
        return ca_error_set(err, CA_USAGE, "the name of the folder is too long");
    int code = ca_disk_read_all(disk, cells->path, FILE_MOST, &cells->bytes, err);
    cells->rest = ca_buf_text(&cells->bytes);
    if (code == 0 && (cells->rest.len == 0 || cells->rest.ptr[cells->rest.len - 1] != '\n'))
        code = wrong(cells, "the file does not end with a line", err);
    if (code == 0 && memchr(cells->rest.ptr, '"', cells->rest.len) != NULL)
        code = wrong(cells, "cells with quotes are not read", err);
    if (code == 0)
        cells->rest.len--;
    return code;
}

static bool next_row(cell_file *cells)
{
    cells->line++;
    cells->column = 0;
    return ca_text_next(&cells->rest, '\n', &cells->row);
}

static int next_cell(cell_file *cells, ca_text *ret_cell, ca_error *err)
{
    cells->column++;
    return ca_text_next(&cells->row, ',', ret_cell) ? 0 : wrong(cells, "a cell is missing", err);
}

static int end_row(cell_file *cells, ca_error *err)
{
    return cells->row.ptr == NULL ? 0 : wrong(cells, "the row has more cells than columns", err);
}

static int expect(cell_file *cells, const char *name, const char *suffix, ca_error *err)
{
    ca_text cell, end = ca_text_of(suffix);
    size_t len = strlen(name);
    int code = next_cell(cells, &cell, err);

    if (code != 0)
        return code;
    bool same = cell.len == len + end.len && memcmp(cell.ptr, name, len) == 0 && ca_text_eq(ca_text_sub(cell, len, end.len), end);
    return same ? 0 : wrong(cells, "another column is expected here", err);
}

/* Empty is not a number where that may be. */
static int next_number(cell_file *cells, bool may_lack, double *ret_number, ca_error *err)
{
    char digits[NUMBER_MOST], *end = NULL;
    ca_text cell;
    int code = next_cell(cells, &cell, err);

    if (code != 0)
        return code;
    if (cell.len == 0 && may_lack) {
        *ret_number = (double)NAN;
        return 0;
    }
    if (cell.len == 0 || cell.len >= sizeof digits)
        return wrong(cells, "a number is expected", err);
    memcpy(digits, cell.ptr, cell.len);
    digits[cell.len] = '\0';
    if (strspn(digits, "0123456789.eE+-") != cell.len)
        return wrong(cells, "a number is expected", err);
    double number = strtod(digits, &end);
    if (*end != '\0' || !isfinite(number))
        return wrong(cells, "a number is expected", err);
    *ret_number = number;
    return 0;
}

static int next_whole(cell_file *cells, double most, double *ret_number, ca_error *err)
{
    double number;
    int code = next_number(cells, false, &number, err);

    if (code == 0 && (number < 0 || number > most || number != floor(number)))
        code = wrong(cells, "a whole number is expected", err);
    if (code == 0)
        *ret_number = number;
    return code;
}

static int next_transform(cell_file *cells, ca_score_transform *ret_transform, ca_error *err)
{
    static const char *const names[] = {
        [CA_SCORE_SHARE] = "share", [CA_SCORE_LOG] = "log", [CA_SCORE_ASINH] = "asinh", [CA_SCORE_PLAIN] = "plain"};
    ca_text cell;
    int code = next_cell(cells, &cell, err);

    for (size_t i = 0; code == 0 && i < sizeof names / sizeof *names; i++) {
        if (ca_text_is(cell, names[i])) {
            *ret_transform = (ca_score_transform)i;
            return 0;
        }
    }
    return code != 0 ? code : wrong(cells, "the transform is share, log, asinh or plain", err);
}

static int next_direction(cell_file *cells, int *ret_direction, ca_error *err)
{
    double direction;
    int code = next_number(cells, false, &direction, err);

    if (code != 0)
        return code;
    if (direction != -1 && direction != 0 && direction != 1 && direction != 2)
        return wrong(cells, "the direction is 1, -1, 2 or 0", err);
    *ret_direction = (int)direction;
    return 0;
}

static int read_feature(cell_file *cells, ca_arena *arena, ca_score_feature *feature, ca_error *err)
{
    ca_text name, money, words;
    int code = next_cell(cells, &name, err);

    if (code == 0 && (name.len == 0 || name.len > CA_SCORE_NAME))
        code = wrong(cells, "a name is expected", err);
    if (code == 0 && (feature->name = ca_arena_cstr(arena, name)) == NULL)
        code = ca_error_nomem(err);
    if (code == 0)
        code = next_transform(cells, &feature->transform, err);
    if (code == 0)
        code = next_direction(cells, &feature->direction, err);
    if (code == 0)
        code = next_whole(cells, 1e9, &feature->minimum_exposure, err);
    if (code == 0)
        code = next_cell(cells, &money, err);
    if (code == 0 && !ca_text_is(money, "yes") && !ca_text_is(money, "no"))
        code = wrong(cells, "money is yes or no", err);
    if (code == 0)
        code = next_cell(cells, &words, err);
    if (code == 0)
        feature->money = ca_text_is(money, "yes");
    return code != 0 ? code : end_row(cells, err);
}

static int check_header(cell_file *cells, const char *const *names, size_t count, ca_error *err)
{
    int code = next_row(cells) ? 0 : wrong(cells, "the file is empty", err);

    for (size_t i = 0; code == 0 && i < count; i++)
        code = expect(cells, names[i], "", err);
    return code;
}

int world_read_features(ca_disk *disk, const char *folder, ca_arena *arena, world_features_file *ret_features, ca_error *err)
{
    static const char *const names[] = {"name", "transform", "direction", "min_exposure", "money", "words"};
    world_features_file found = {.features = ca_arena_array(arena, CA_SCORE_FEATURES, sizeof *found.features)};
    cell_file cells;
    int code = cells_open(&cells, disk, folder, "features.csv", err);

    if (code == 0 && found.features == NULL)
        code = ca_error_nomem(err);
    if (code == 0)
        code = check_header(&cells, names, sizeof names / sizeof *names, err);
    if (code == 0)
        code = end_row(&cells, err);
    while (code == 0 && next_row(&cells)) {
        if (found.count == CA_SCORE_FEATURES)
            code = wrong(&cells, "too many features", err);
        else
            code = read_feature(&cells, arena, &found.features[found.count++], err);
    }
    ca_buf_done(&cells.bytes);
    if (code == 0)
        *ret_features = found;
    return code;
}

static int read_entity(cell_file *cells, const world_features_file *features, ca_score_value *values, ca_score_table *table,
                       ca_error *err)
{
    ca_score_row row = {.values = values};
    double claims, paid;
    int code = next_cell(cells, &row.id, err);

    if (code == 0)
        code = next_cell(cells, &row.specialty, err);
    if (code == 0)
        code = next_cell(cells, &row.region, err);
    if (code == 0)
        code = next_whole(cells, 1e15, &claims, err);
    if (code == 0)
        code = next_number(cells, false, &paid, err);
    if (code == 0 && (paid < 0 || paid > 1e14))
        code = wrong(cells, "an amount is expected", err);
    for (size_t i = 0; code == 0 && i < features->count; i++) {
        code = next_number(cells, true, &values[i].value, err);
        if (code == 0)
            code = next_number(cells, true, &values[i].exposure, err);
        if (features->features[i].money)
            values[i].value *= 10000;   /* money is counted in 1/10,000 */
    }
    if (code == 0)
        code = end_row(cells, err);
    if (code != 0)
        return code;
    row.claims = (uint64_t)claims;
    row.paid = (int64_t)llround(paid * 10000);
    return ca_score_table_add(table, &row, err);
}

static int read_entities(cell_file *cells, const world_features_file *features, ca_score_table *table, ca_error *err)
{
    static const char *const names[] = {"id", "specialty", "region", "claims", "paid"};
    ca_score_value values[CA_SCORE_FEATURES];
    int code = check_header(cells, names, sizeof names / sizeof *names, err);

    for (size_t i = 0; code == 0 && i < features->count; i++) {
        code = expect(cells, features->features[i].name, "", err);
        if (code == 0)
            code = expect(cells, features->features[i].name, ".n", err);
    }
    if (code == 0)
        code = end_row(cells, err);
    while (code == 0 && next_row(cells))
        code = read_entity(cells, features, values, table, err);
    return code != 0 ? code : ca_score_table_finish(table, err);
}

int world_read_table(ca_disk *disk, const char *folder, const world_features_file *features, size_t memory,
                     ca_score_table **ret_table, ca_error *err)
{
    ca_score_table_options options = {.kind = "provider", .features = features->features, .feature_count = features->count,
                                      .memory = memory, .disk = disk};
    ca_score_table *table = NULL;
    cell_file cells;
    int code = cells_open(&cells, disk, folder, "entities.csv", err);

    if (code == 0)
        code = ca_score_table_new(&options, &table, err);
    if (code == 0)
        code = read_entities(&cells, features, table, err);
    ca_buf_done(&cells.bytes);
    if (code != 0) {
        ca_score_table_free(table);
        return code;
    }
    *ret_table = table;
    return 0;
}
