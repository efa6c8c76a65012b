/* Looking things up in a reference table: the row of a key on a date, and the values in it. */
#include <string.h>

#include "base/alloc.h"
#include "refs/inside.h"

void ca_reftable_key_text(ca_reftable_key *key, ca_text text, bool is_last)
{
    if (!is_last) {
        key->bytes[key->len++] = (char)text.len;
    }
    key->last = key->len;
    if (text.len > 0) {
        memcpy(key->bytes + key->len, text.ptr, text.len);
    }
    key->len += text.len;
}

void ca_reftable_key_number(ca_reftable_key *key, int64_t number)
{
    key->last = key->len;
    for (unsigned i = 0; i < 8; i++) {
        key->bytes[key->len++] = (char)(uint8_t)((uint64_t)number >> (8 * i));
    }
}

void ca_reftable_key_any(ca_reftable_key *key, ca_type type, bool is_last)
{
    if (type == CA_TYPE_INT || type == CA_TYPE_DATE) {
        ca_reftable_key_number(key, 0);
    } else {
        ca_reftable_key_text(key, CA_TEXT(""), is_last);
    }
}

/* --- The index -------------------------------------------------------------------------- */

static size_t slot_of(const ca_reftable *table, ca_text key, unsigned form)
{
    size_t slot = (size_t)(ca_hash64(key.ptr, key.len) + form) & (table->slot_count - 1);
    while (table->slots[slot] != 0 &&
           ca_reftable_cmp_key(&table->rows[table->slots[slot] - 1], key, form) != 0) {
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return slot;
}

/* Length of the last part of a row's key: what precedes it has lengths and numbers in it. */
static size_t last_len(const ca_reftable *table, const ca_reftable_entry *row)
{
    size_t at = 0;
    for (size_t i = 0; i + 1 < table->key_count; i++) {
        bool number = table->keys[i].type == CA_TYPE_INT || table->keys[i].type == CA_TYPE_DATE;
        at += number ? 8 : 1 + (size_t)(uint8_t)row->key[at];
    }
    return row->key_len - at;
}

int ca_reftable_index_build(ca_reftable *table)
{
    table->slot_count = 4;
    while (table->slot_count < table->count * 2) {
        table->slot_count *= 2;
    }
    table->slots = ca_alloc_zero(table->slot_count, sizeof *table->slots);
    if (!table->slots) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < table->count; i++) {
        const ca_reftable_entry *row = &table->rows[i];
        size_t slot = slot_of(table, (ca_text){row->key, row->key_len}, ca_reftable_form(row));
        if (memchr(table->wilds, row->wild, table->wild_count) == NULL) {
            table->wilds[table->wild_count++] = row->wild;
        }
        if (table->slots[slot] == 0) {
            table->slots[slot] = (uint32_t)(i + 1);
        }
        if (row->prefix) {
            table->prefix_lens |= UINT64_C(1) << (last_len(table, row) - 1);
        }
    }
    return 0;
}

bool ca_reftable_rows_of(const ca_reftable *table, ca_text key, unsigned form, size_t *ret_from, size_t *ret_to)
{
    size_t slot = slot_of(table, key, form);
    if (table->slots[slot] == 0) {
        return false;
    }
    size_t to = table->slots[slot];
    *ret_from = to - 1;
    while (to < table->count && ca_reftable_cmp_key(&table->rows[to], key, form) == 0) {
        to++;
    }
    *ret_to = to;
    return true;
}

#define ANY_DATE CA_DATE_MAX    /* on which no service is */

static bool find_key(const ca_reftable *table, ca_text key, bool prefix, ca_date on,
                     uint32_t *ret_row)
{
    size_t from, to;
    if (!ca_reftable_rows_of(table, key, prefix, &from, &to)) {
        return false;
    }
    for (size_t i = from; i < to; i++) {
        if (!table->dated || on == ANY_DATE || (table->rows[i].from <= on && on <= table->rows[i].to)) {
            *ret_row = (uint32_t)i;
            return true;
        }
    }
    return false;
}

bool ca_reftable_key_add(const ca_reftable *table, const ca_codes *codes, size_t number,
                         const ca_value *value, ca_reftable_key *key)
{
    bool is_last = number + 1 == table->key_count;
    switch (table->keys[number].type) {
    case CA_TYPE_CODE:
        if (ca_codes_system_of(codes, value->as.code) != table->key_systems[number]) {
            return false;
        }
        ca_reftable_key_text(key, ca_codes_text(codes, value->as.code), is_last);
        return true;
    case CA_TYPE_INT:
        if (value->as.ratio.n % value->as.ratio.d != 0) {
            return false;
        }
        __extension__ __int128 whole = value->as.ratio.n / value->as.ratio.d;
        ca_reftable_key_number(key, (int64_t)whole);
        return whole >= INT64_MIN && whole <= INT64_MAX;
    case CA_TYPE_DATE:
        ca_reftable_key_number(key, value->as.date);
        return true;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        if (value->type == CA_TYPE_ENUM) {
            ca_reftable_key_text(key, ca_text_of(ca_enum_name(value->field, value->as.choice)), is_last);
            return true;
        }
        if (value->as.text.len > CA_REF_KEY_TEXT_MAX) {
            return false;
        }
        ca_reftable_key_text(key, value->as.text, is_last);
        return true;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_CODES:
    case CA_TYPE_ENUM:
    case CA_TYPE_INTERVALS:
        break;
    }
    return false;
}

bool ca_reftable_find(const ca_reftable *table, const ca_codes *codes, const ca_value *keys,
                      ca_date on, uint32_t *ret_row)
{
    ca_reftable_key key;
    key.len = key.last = 0;
    for (size_t i = 0; i < table->key_count; i++) {
        if (!ca_reftable_key_add(table, codes, i, &keys[i], &key)) {
            return false;
        }
    }
    if (find_key(table, (ca_text){key.bytes, key.len}, false, on, ret_row)) {
        return true;
    }
    for (size_t len = key.len - key.last; table->prefix_lens && len > 0; len--) {
        if (len <= 64 && table->prefix_lens >> (len - 1) & 1 &&
            find_key(table, (ca_text){key.bytes, key.last + len}, true, on, ret_row)) {
            return true;
        }
    }
    return false;
}

bool ca_reftable_knows(const ca_reftable *table, const ca_codes *codes, uint32_t code)
{
    uint32_t row;
    const ca_value key = {.type = CA_TYPE_CODE, .present = true, .as.code = code};
    return ca_reftable_find(table, codes, &key, ANY_DATE, &row);
}

/* --- Reading ---------------------------------------------------------------------------- */

const char *ca_reftable_name(const ca_reftable *table)
{
    return table->name;
}

bool ca_reftable_bound(const ca_reftable *table)
{
    return table->bound;
}

bool ca_reftable_dated(const ca_reftable *table)
{
    return table->dated;
}

ca_digest ca_reftable_digest(const ca_reftable *table)
{
    return table->digest;
}

size_t ca_reftable_rows(const ca_reftable *table)
{
    return table->count;
}

int64_t ca_reftable_max_age(const ca_reftable *table)
{
    return table->max_age;
}

bool ca_reftable_newest(const ca_reftable *table, ca_date *ret_date)
{
    ca_date newest = CA_DATE_MIN;
    for (size_t i = 0; i < table->count; i++) {
        newest = table->rows[i].from > newest ? table->rows[i].from : newest;
    }
    if (newest == CA_DATE_MIN) {
        return false;
    }
    *ret_date = newest;
    return true;
}

size_t ca_reftable_keys(const ca_reftable *table, const ca_reftable_column **ret_keys)
{
    *ret_keys = table->keys;
    return table->key_count;
}

size_t ca_reftable_columns(const ca_reftable *table, const ca_reftable_column **ret_columns)
{
    *ret_columns = table->columns;
    return table->column_count;
}

bool ca_reftable_find_column(const ca_reftable *table, ca_text name, size_t *ret_column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (ca_text_is(name, table->columns[i].name)) {
            *ret_column = i;
            return true;
        }
    }
    return false;
}

ca_value ca_reftable_value(const ca_reftable *table, uint32_t row, size_t column)
{
    const ca_reftable_cell *cell =
        &table->cells[table->rows[row].cells * table->column_count + column];
    ca_value value = {.type = table->columns[column].type, .field = CA_FIELD_COUNT};
    if (!cell->ptr) {
        return value;
    }
    value.present = true;
    switch (value.type) {
    case CA_TYPE_INT:
        value.as.ratio = ca_ratio_of(cell->number, 1);
        break;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        value.as.ratio = ca_ratio_of(cell->number, CA_DECIMAL_ONE);
        break;
    case CA_TYPE_DATE:
        value.as.date = (ca_date)cell->number;
        break;
    case CA_TYPE_CODE:
        value.as.code = (uint32_t)cell->number;
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        value.as.text = (ca_text){cell->ptr, (size_t)cell->number};
        break;
    case CA_TYPE_CODES:
    case CA_TYPE_ENUM:
    case CA_TYPE_INTERVALS:
        value.present = false; /* no column has such a type */
        break;
    }
    return value;
}

ca_ref_row ca_reftable_row(const ca_reftable *table, uint32_t row)
{
    const ca_reftable_entry *it = &table->rows[row];
    return (ca_ref_row){
        .file = table->files.names[it->file],
        .line = it->line,
        .code = CA_TEXT(""),
        .prefix = it->prefix,
        .from = it->from,
        .to = it->to,
    };
}
