/* The columns of a file. Names that differ in one number only (DX1 … DX10) become one column of several members. */
#include <string.h>

#include "map/guess_inner.h"

typedef struct numbered {
    ca_text before, after;
    uint32_t number;
    unsigned digits;
    bool exists;
} numbered;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The last run of digits in a name. */
static numbered number_of(ca_text name)
{
    numbered found = {0};
    size_t end = name.len;
    while (end > 0 && !is_digit(name.ptr[end - 1])) {
        end--;
    }
    size_t from = end;
    while (from > 0 && is_digit(name.ptr[from - 1])) {
        from--;
    }
    int64_t value;
    if (from == end || from == 0 || end - from > 3 ||
        !ca_text_to_int(ca_text_sub(name, from, end - from), &value)) {
        return found;
    }
    found.before = ca_text_sub(name, 0, from);
    found.after = ca_text_sub(name, end, name.len);
    found.number = (uint32_t)value;
    found.digits = name.ptr[from] == '0' && end - from > 1 ? (unsigned)(end - from) : 0;
    found.exists = true;
    return found;
}

static bool continues(const numbered *first, const numbered *other, uint32_t number)
{
    return other->exists && other->number == number && ca_text_eq(first->before, other->before) &&
           ca_text_eq(first->after, other->after) && (first->digits != 0) == (other->digits != 0);
}

/* What a profile can name without being misread. */
static bool is_usable(ca_text name)
{
    if (name.len == 0 || name.len > GUESS_NAME || !ca_guess_clean(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        bool dots = name.ptr[i] == '.' && i + 1 < name.len && name.ptr[i + 1] == '.';
        if (dots || name.ptr[i] == '{' || name.ptr[i] == '}') {
            return false;
        }
    }
    return true;
}

static bool is_twice(const guess_file *file, size_t at)
{
    for (size_t i = 0; file->head && i < file->width; i++) {
        if (i != at && ca_text_eq(file->head[i], file->head[at])) {
            return true;
        }
    }
    return false;
}

/* Cells of the columns from `at` on that go on counting. */
static size_t take_members(const guess_file *file, size_t at, const numbered *names, bool *taken,
                           uint32_t *cells)
{
    size_t count = 1;
    cells[0] = (uint32_t)at;
    for (bool found = names[at].exists; found && count < GUESS_MEMBERS;) {
        found = false;
        for (size_t i = at + 1; i < file->width && i < GUESS_COLUMNS && !found; i++) {
            found =
                !taken[i] && continues(&names[at], &names[i], names[at].number + (uint32_t)count);
            if (found) {
                cells[count] = (uint32_t)i;
            }
        }
        count += found;
    }
    for (size_t i = 0; i < count; i++) {
        taken[cells[i]] = true;
    }
    return count;
}

static int name_column(ca_guess *guess, const guess_file *file, size_t at, guess_column *column)
{
    if (file->head) {
        column->name = file->head[at];
        column->usable = is_usable(column->name) && !is_twice(file, at);
        return 0;
    }
    const char *name = ca_arena_printf(&guess->arena, "c%zu", at + 1);
    column->name = ca_text_of(name);
    column->usable = true;
    return name ? 0 : CA_NOMEM;
}

static int make_column(ca_guess *guess, guess_file *file, size_t at, const numbered *names,
                       bool *taken, ca_error *err)
{
    uint32_t cells[GUESS_MEMBERS];
    guess_column *column = &file->columns[file->column_count];
    if (name_column(guess, file, at, column)) {
        return ca_error_nomem(err);
    }
    column->cell_count = take_members(file, at, names, taken, cells);
    column->cells = ca_arena_copy(&guess->arena, cells, column->cell_count * sizeof *cells);
    if (!column->cells) {
        return ca_error_nomem(err);
    }
    if (column->cell_count > 1) {
        column->before = names[at].before;
        column->after = names[at].after;
        column->from = names[at].number;
        column->to = names[at].number + (uint32_t)column->cell_count - 1;
        column->digits = names[at].digits;
        for (size_t i = 0; i < column->cell_count; i++) {
            column->usable &= is_usable(file->head[cells[i]]) && !is_twice(file, cells[i]);
        }
    }
    file->column_count++;
    column->target = column->rival = GUESS_NOTHING;
    return ca_guess_values(guess, file, column, err);
}

int ca_guess_columns(ca_guess *guess, guess_file *file, ca_error *err)
{
    size_t width = file->width < GUESS_COLUMNS ? file->width : GUESS_COLUMNS;
    bool *taken = ca_arena_array(&guess->arena, width + 1, sizeof *taken);
    numbered *names = ca_arena_array(&guess->arena, width + 1, sizeof *names);
    file->columns = ca_arena_array(&guess->arena, width + 1, sizeof *file->columns);
    file->column_count = 0;
    if (!taken || !names || !file->columns) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; file->head && i < width; i++) {
        names[i] = number_of(file->head[i]);
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < width; i++) {
        rc = taken[i] ? 0 : make_column(guess, file, i, names, taken, err);
    }
    return rc;
}
