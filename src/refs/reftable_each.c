/* All rows of a table that hold for some keys: exact rows, prefixes, and rows whose empty cells stand for any value. Each
 * form that rows have costs one probe of the index, however many rows there are. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "refs/inside.h"

typedef struct matching {
    const ca_reftable *table;
    ca_date on;
    uint32_t *rows;
    size_t count, most;
} matching;

static void add_rows(matching *match, ca_text key, unsigned form)
{
    const ca_reftable *table = match->table;
    size_t from, to;
    if (!ca_reftable_rows_of(table, key, form, &from, &to)) {
        return;
    }
    for (size_t i = from; i < to && match->count <= match->most; i++) {
        if (table->dated && (match->on < table->rows[i].from || match->on > table->rows[i].to)) {
            continue;
        }
        if (match->count < match->most) {
            match->rows[match->count] = (uint32_t)i;
        }
        match->count++;
    }
}

/* Rows with empty cells where `wild` has bits. */
static void add_form(matching *match, const ca_codes *codes, const ca_value *keys, unsigned wild)
{
    const ca_reftable *table = match->table;
    ca_reftable_key key;
    key.len = key.last = 0;
    for (size_t i = 0; i < table->key_count; i++) {
        if ((wild >> i & 1) != 0) {
            ca_reftable_key_any(&key, table->keys[i].type, i + 1 == table->key_count);
        } else if (!ca_reftable_key_add(table, codes, i, &keys[i], &key)) {
            return;
        }
    }
    add_rows(match, (ca_text){key.bytes, key.len}, wild << 1);
    if ((wild >> (table->key_count - 1) & 1) != 0) {
        return;
    }
    size_t longest = key.len - key.last < 64 ? key.len - key.last : 64;
    for (uint64_t lens = table->prefix_lens; lens != 0; lens &= lens - 1) {
        size_t len = (size_t)__builtin_ctzll(lens) + 1;
        if (len > longest) {
            return;
        }
        add_rows(match, (ca_text){key.bytes, key.last + len}, wild << 1 | 1);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

size_t ca_reftable_match(const ca_reftable *table, const ca_codes *codes, const ca_value *keys, ca_date on, size_t most,
                         uint32_t *ret_rows)
{
    matching match = {.table = table, .on = on, .rows = ret_rows, .most = most};
    for (size_t i = 0; i < table->wild_count && match.count <= most; i++) {
        add_form(&match, codes, keys, table->wilds[i]);
    }
    if (match.count > 1 && match.count <= most) {
        qsort(ret_rows, match.count, sizeof *ret_rows, by_number);
    }
    return match.count;
}

bool ca_reftable_any_row(const ca_reftable *table, uint32_t *ret_row)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].wild != 0) {
            *ret_row = (uint32_t)i;
            return true;
        }
    }
    return false;
}

/* --- Names of rows ---------------------------------------------------------------------- */

static int64_t number_at(const char *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++) {
        number |= (uint64_t)(uint8_t)bytes[i] << (8 * i);
    }
    return (int64_t)number;
}

/* Where the part begins, and how long it is. */
static ca_text part_of(const ca_reftable *table, const ca_reftable_entry *row, size_t number)
{
    size_t at = 0;
    for (size_t i = 0;; i++) {
        bool is_number = table->keys[i].type == CA_TYPE_INT || table->keys[i].type == CA_TYPE_DATE;
        bool is_last = i + 1 == table->key_count;
        size_t len = is_number ? 8 : is_last ? row->key_len - at : (size_t)(uint8_t)row->key[at];
        at += !is_number && !is_last;
        if (i == number) {
            return (ca_text){row->key + at, len};
        }
        at += len;
    }
}

bool ca_reftable_key_cell(const ca_reftable *table, uint32_t row, size_t number, ca_buf *out)
{
    const ca_reftable_entry *entry = &table->rows[row];
    ca_text part = part_of(table, entry, number);
    char date[CA_DATE_SIZE];
    if ((entry->wild >> number & 1) != 0) {
        return false;
    }
    if (table->keys[number].type == CA_TYPE_INT) {
        ca_buf_printf(out, "%lld", (long long)number_at(part.ptr));
    } else if (table->keys[number].type == CA_TYPE_DATE) {
        ca_date_print((ca_date)number_at(part.ptr), date);
        ca_buf_add_cstr(out, date);
    } else {
        ca_buf_add_text(out, part);
    }
    return true;
}

void ca_reftable_row_name(const ca_reftable *table, uint32_t row, ca_buf *out)
{
    const ca_reftable_entry *entry = &table->rows[row];
    char date[CA_DATE_SIZE];
    for (size_t i = 0; i < table->key_count; i++) {
        ca_text part = part_of(table, entry, i);
        bool any = (entry->wild >> i & 1) != 0;
        ca_buf_printf(out, "%s%zu:", i > 0 ? " " : "", any ? (size_t)0 : part.len); /* no two rows look alike */
        if (!ca_reftable_key_cell(table, row, i, out)) {
            ca_buf_add_char(out, '*');
        }
    }
    if (entry->prefix) {
        ca_buf_add_char(out, '~');
    }
    if (table->dated && entry->from > CA_DATE_MIN) {
        ca_date_print(entry->from, date);
        ca_buf_printf(out, " %s", date);
    }
}

/* --- Cells ------------------------------------------------------------------------------ */

bool ca_reftable_find_cell(const ca_reftable *table, ca_text name, size_t *ret_cell, ca_reftable_column *ret_column)
{
    if (ca_reftable_find_column(table, name, ret_cell)) {
        *ret_column = table->columns[*ret_cell];
        return true;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        if (ca_text_is(name, table->keys[i].name)) {
            *ret_cell = table->column_count + i;
            *ret_column = table->keys[i];
            if (ret_column->type == CA_TYPE_CODE) {
                *ret_column = (ca_reftable_column){table->keys[i].name, CA_TYPE_TEXT, ""};
            }
            return true;
        }
    }
    return false;
}

const char *ca_reftable_cell_name(const ca_reftable *table, size_t cell)
{
    return cell < table->column_count ? table->columns[cell].name : table->keys[cell - table->column_count].name;
}

ca_value ca_reftable_cell_of(const ca_reftable *table, uint32_t row, size_t cell)
{
    if (cell < table->column_count) {
        return ca_reftable_value(table, row, cell);
    }
    size_t number = cell - table->column_count;
    const ca_reftable_entry *entry = &table->rows[row];
    ca_text part = part_of(table, entry, number);
    ca_type type = table->keys[number].type;
    ca_value value = {.type = type, .field = CA_FIELD_COUNT, .present = (entry->wild >> number & 1) == 0};
    if (!value.present) {
        return value;
    }
    if (type == CA_TYPE_INT) {
        value.as.ratio = ca_ratio_of(number_at(part.ptr), 1);
    } else if (type == CA_TYPE_DATE) {
        value.as.date = (ca_date)number_at(part.ptr);
    } else {
        value.type = type == CA_TYPE_CODE ? CA_TYPE_TEXT : type;
        value.as.text = part;
    }
    return value;
}
