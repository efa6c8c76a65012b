/* The keys that tell drafted layouts apart: columns, not_columns and name. */
#include <string.h>

#include "map/asof.h"
#include "map/guess_inner.h"

#define REQUIRED 8u

static bool in_header(const guess_file *file, ca_text name)
{
    for (size_t i = 0; file->head && i < file->width; i++) {
        if (ca_text_eq(file->head[i], name)) {
            return true;
        }
    }
    return false;
}

static bool same_format(const guess_file *a, const guess_file *b)
{
    return a->delimiter == b->delimiter && a->encoding == b->encoding && a->utf16 == b->utf16;
}

static bool is_mapped(const guess_column *column)
{
    return column->usable && (column->target < CA_FIELD_COUNT || column->target == GUESS_FLAG);
}

/* The first mapped columns, or simply the first ones when nothing is mapped. */
static size_t choose(const guess_file *file, const guess_column **ret_columns)
{
    size_t count = 0;
    for (int mapped = 1; mapped >= 0 && count == 0; mapped--) {
        for (size_t i = 0; i < file->column_count && count < REQUIRED; i++) {
            if (mapped ? is_mapped(&file->columns[i]) : file->columns[i].usable) {
                ret_columns[count++] = &file->columns[i];
            }
        }
    }
    return count;
}

static ca_text first_name(const guess_file *file, const guess_column *column)
{
    return file->head ? file->head[column->cells[0]] : column->name;
}

/* Whether the other file would fit what this layout requires. */
static bool would_fit(const guess_file *file, const guess_column **columns, size_t count,
                      const guess_file *other)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t m = 0; m < columns[i]->cell_count; m++) {
            if (!in_header(other, file->head[columns[i]->cells[m]])) {
                return false;
            }
        }
    }
    return true;
}

typedef struct refused {
    ca_text names[CA_LAYOUTS_MAX];
    size_t count;
} refused;

static void refuse(refused *all, ca_text name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (ca_text_eq(all->names[i], name)) {
            return;
        }
    }
    if (all->count < CA_LAYOUTS_MAX) {
        all->names[all->count++] = name;
    }
}

/* A column that the other does not have is required besides; else one of the other's must not be there. */
static void part(const guess_file *file, const guess_column **columns, size_t *count,
                 const guess_file *other, refused *not_columns)
{
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (column->usable && column->cell_count == 1 &&
            !in_header(other, first_name(file, column))) {
            columns[(*count)++] = column;
            return;
        }
    }
    for (size_t i = 0; i < other->column_count; i++) {
        const guess_column *column = &other->columns[i];
        if (column->usable && !in_header(file, first_name(other, column))) {
            refuse(not_columns, first_name(other, column));
            return;
        }
    }
}

static void put_glob(guess_writer *writer, const guess_file *file)
{
    ca_text name = ca_file_base(ca_text_of(file->path));
    ca_buf glob;
    ca_buf_init(&glob);
    for (size_t i = 0; i < name.len; i++) {
        bool plain = (unsigned char)name.ptr[i] > ' ' && (unsigned char)name.ptr[i] < 0x7F;
        bool digit = name.ptr[i] >= '0' && name.ptr[i] <= '9';
        bool star = glob.len > 0 && glob.ptr[glob.len - 1] == '*';
        if ((!digit && plain) || !star) {
            ca_buf_add_char(&glob, digit || !plain ? '*' : name.ptr[i]);
        }
    }
    ca_guess_ask(writer, 4,
                 "Without a header the layout goes by the file's name: is this the right pattern?",
                 (ca_text){0});
    ca_guess_put(writer, "    name: ");
    ca_buf_add_json(writer->out, ca_buf_text(&glob));
    ca_guess_put(writer, "\n");
    writer->out->failed |= glob.failed;
    ca_buf_done(&glob);
}

static void put_positions(guess_writer *writer, const guess_file *file)
{
    ca_guess_ask(writer, 4,
                 "The first row looks like data, so columns go by position: what are their names?",
                 (ca_text){0});
    ca_guess_put(writer, "    header: none\n    columns: [");
    for (size_t i = 0; i < file->column_count; i++) {
        ca_guess_put(writer, "%s%.*s", i ? ", " : "", (int)file->columns[i].name.len,
                     file->columns[i].name.ptr);
    }
    ca_guess_put(writer, "]\n");
    put_glob(writer, file);
}

void ca_guess_put_match(guess_writer *writer, size_t index)
{
    const ca_guess *guess = writer->guess;
    const guess_file *file = guess->files[index];
    const guess_column *columns[REQUIRED + CA_LAYOUTS_MAX];
    refused not_columns = {.count = 0};
    if (!file->header) {
        put_positions(writer, file);
        return;
    }
    size_t count = choose(file, columns);
    for (size_t f = 0; f < guess->file_count; f++) {
        const guess_file *other = guess->files[f];
        if (f != index && same_format(file, other) && would_fit(file, columns, count, other)) {
            part(file, columns, &count, other, &not_columns);
        }
    }
    ca_guess_put(writer, "    columns: [");
    for (size_t i = 0; i < count; i++) {
        ca_guess_put(writer, i ? ", " : "");
        ca_guess_put_columns(writer, columns[i]);
    }
    ca_guess_put(writer, "]\n");
    for (size_t i = 0; i < not_columns.count; i++) {
        ca_guess_put(writer, i ? ", " : "    not_columns: [");
        ca_guess_put_scalar(writer, not_columns.names[i]);
    }
    ca_guess_put(writer, not_columns.count ? "]\n" : "");
}
