/* Columns that no field of ours takes: a name and a type for `extra`. */
#include <stdio.h>
#include <string.h>

#include "map/guess_inner.h"

#define NAME_ROOM 41u

bool ca_guess_left_over(const guess_column *column)
{
    return column->target == GUESS_NOTHING && !column->extra && column->usable;
}

static const char *type_of(const guess_column *column, const char *name)
{
    size_t decimals = column->numbers.point_decimal + column->numbers.comma_decimal;
    if (strcmp(name, "tooth") == 0 && !column->numbers.money && decimals == 0) {
        return "code";
    }
    if (column->dates.best >= 0) {
        return "date";
    }
    if (column->numbers.count == column->filled && column->filled > 0) {
        if (column->numbers.money) {
            return "money";
        }
        return decimals ? "decimal" : column->leading_zero || column->longest > 9 ? "text" : "int";
    }
    return "text";
}

/* Small letters, digits and underscores of the column's name; false when nothing is left. */
static bool plain_name(ca_text from, char ret_name[NAME_ROOM])
{
    size_t len = 0;
    for (size_t i = 0; i < from.len && len + 1 < NAME_ROOM; i++) {
        char c = from.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        bool letter = c >= 'a' && c <= 'z';
        bool digit = c >= '0' && c <= '9';
        if (letter || (digit && len > 0)) {
            ret_name[len++] = c;
        } else if (len > 0 && ret_name[len - 1] != '_') {
            ret_name[len++] = '_';
        }
    }
    while (len > 0 && ret_name[len - 1] == '_') {
        len--;
    }
    ret_name[len] = '\0';
    return len > 1;
}

/* Layouts that share a name must agree on its type. */
static bool is_free(const ca_guess *guess, const guess_file *in, const char *name, const char *type)
{
    for (size_t f = 0; f < guess->file_count; f++) {
        const guess_file *file = guess->files[f];
        for (size_t i = 0; i < file->column_count; i++) {
            const guess_column *column = &file->columns[i];
            if (column->extra && strcmp(column->extra, name) == 0 &&
                (file == in || strcmp(column->extra_type, type) != 0)) {
                return false;
            }
        }
    }
    return true;
}

static int name_one(ca_guess *guess, guess_file *file, guess_column *column, size_t number,
                    ca_error *err)
{
    char name[NAME_ROOM];
    const char *known = ca_guess_extra_name(column->name);
    if (known) {
        (void)snprintf(name, sizeof name, "%s", known);
    } else if (!plain_name(column->name, name)) {
        (void)snprintf(name, sizeof name, "column_%zu", number);
    }
    const char *type = type_of(column, name);
    if (!is_free(guess, file, name, type)) {
        return 0;
    }
    column->extra = ca_arena_cstr(&guess->arena, ca_text_of(name));
    column->extra_type = type;
    return column->extra ? 0 : ca_error_nomem(err);
}

static bool is_candidate(const guess_column *column)
{
    return ca_guess_left_over(column) && column->filled > 0 && column->cell_count == 1 &&
           column->longest <= 64;
}

int ca_guess_extras(ca_guess *guess, ca_error *err)
{
    size_t all = 0;
    for (size_t f = 0; f < guess->file_count; f++) {
        guess_file *file = guess->files[f];
        size_t left = 0;
        for (size_t i = 0; i < file->column_count; i++) {
            left += is_candidate(&file->columns[i]);
        }
        for (size_t i = 0; file->records == CA_RECORDS_CLAIMS && i < file->column_count; i++) {
            guess_column *column = &file->columns[i];
            bool wanted = left <= GUESS_EXTRAS || ca_guess_extra_name(column->name);
            if (wanted && is_candidate(column) && all < CA_SITE_COLUMNS_MAX) {
                int rc = name_one(guess, file, column, column->cells[0] + 1, err);
                if (rc) {
                    return rc;
                }
                all += column->extra != NULL;
            }
        }
    }
    return 0;
}

void ca_guess_put_extras(guess_writer *writer, const guess_file *file)
{
    bool first = true;
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (!column->extra) {
            continue;
        }
        if (first) {
            ca_guess_ask(
                writer, 4,
                "No field of ours takes these columns: which of them may rules need, and as what?",
                (ca_text){0});
            ca_guess_put(writer, "    extra:\n");
            first = false;
        }
        ca_guess_put(writer, "      %s: {column: ", column->extra);
        ca_guess_put_scalar(writer, column->name);
        ca_guess_put(writer, ", type: %s%s}\n", column->extra_type,
                     strcmp(column->extra_type, "code") == 0 ? ", system: fdi" : "");
    }
}
