/* What a unit met of sets and tables, so that its test case stands alone: for each set the days on which each of the
 * unit's codes is in it, for each table the rows that were looked up. */
#include <string.h>

#include "run/try_inside.h"

typedef struct ca_met_row {
    const ca_reftable *table;
    ca_value keys[CA_REFTABLE_KEYS_MAX];
    ca_date on;
    uint32_t row;
} ca_met_row;

struct ca_met {
    const ca_rule *rule;
    const ca_schema *schema;
    const ca_codes *codes;
    ca_arena *arena;
    uint32_t *unit_codes;        /* each once, in order of what they say */
    size_t code_count, code_cap;
    ca_met_row *rows;            /* in order of looking up */
    size_t row_count, row_cap;
    bool failed;
};

/* Room for one more in the arena; NULL when memory ran out. */
static void *grown(ca_met *met, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return items;
    }
    size_t wanted = *cap ? 2 * *cap : 32;
    void *more = ca_arena_array(met->arena, wanted, size);
    if (more && count) {
        memcpy(more, items, count * size);
    }
    *cap = more ? wanted : *cap;
    met->failed |= !more;
    return more;
}

/* --- Codes ------------------------------------------------------------------------------------ */

static int order_of(const ca_codes *codes, uint32_t a, uint32_t b)
{
    uint8_t of_a = ca_codes_system_of(codes, a);
    uint8_t of_b = ca_codes_system_of(codes, b);
    return of_a != of_b ? of_a - of_b : ca_text_cmp(ca_codes_text(codes, a), ca_codes_text(codes, b));
}

static void add_code(ca_met *met, uint32_t code)
{
    size_t at = 0;
    while (at < met->code_count && order_of(met->codes, met->unit_codes[at], code) < 0) {
        at++;
    }
    if (at < met->code_count && met->unit_codes[at] == code) {
        return;
    }
    uint32_t *more = grown(met, met->unit_codes, met->code_count, &met->code_cap, sizeof *more);
    if (more) {
        memmove(more + at + 1, more + at, (met->code_count - at) * sizeof *more);
        more[at] = code;
        met->unit_codes = more;
        met->code_count++;
    }
}

static void add_codes_of(ca_met *met, const ca_batch *batch, unsigned row, const uint8_t *columns)
{
    for (unsigned c = 0; c < batch->schema->count; c++) {
        ca_type type = batch->schema->columns[c].type;
        if (!columns[c] || (type != CA_TYPE_CODE && type != CA_TYPE_CODES)) {
            continue;
        }
        ca_value value = ca_value_of(batch, c, row);
        if (value.present && type == CA_TYPE_CODE) {
            add_code(met, value.as.code);
        }
        for (size_t i = 0; value.present && type == CA_TYPE_CODES && i < value.as.codes.count; i++) {
            add_code(met, value.as.codes.ids[i]);
        }
    }
}

int ca_met_new(const ca_frame *frame, const ca_rule *rule, unsigned unit, ca_arena *arena, ca_met **ret_met, ca_error *err)
{
    ca_met *met = ca_arena_alloc(arena, sizeof *met);
    if (!met) {
        return ca_error_nomem(err);
    }
    *met = (ca_met){.rule = rule, .schema = frame->units->schema, .codes = frame->codes, .arena = arena};
    add_codes_of(met, frame->units, unit, rule->unit_columns);
    for (uint32_t line = frame->lines ? frame->first_line[unit] : 0;
         frame->lines && line < frame->first_line[unit + 1]; line++) {
        add_codes_of(met, frame->lines, line, rule->line_columns);
    }
    *ret_met = met;
    return met->failed ? ca_error_nomem(err) : 0;
}

/* --- Sets ------------------------------------------------------------------------------------- */

static void add_date(ca_case_table *table, ca_date date)
{
    char text[CA_DATE_SIZE];
    if (date <= CA_DATE_MIN || date >= CA_DATE_MAX) {
        ca_case_cell(table, CA_TEXT("-"));
        return;
    }
    ca_date_print(date, text);
    ca_case_cell(table, ca_text_of(text));
}

static void add_spans(const ca_met *met, const ca_codeset *set, uint32_t code, ca_case_table *table)
{
    const ca_codeset_index *index = ca_codeset_indexed(set);
    ca_value value = {.type = CA_TYPE_CODE, .present = true, .as.code = code};
    for (uint32_t i = code < index->codes ? index->first[code] : 0;
         code < index->codes && i < index->first[code + 1]; i++) {
        ca_case_value(table, met->codes, &value);
        if (ca_codeset_dated(set)) {
            add_date(table, index->spans[i].from);
            add_date(table, index->spans[i].to);
        }
    }
}

static void print_set(const ca_met *met, const ca_codeset *set, ca_case_table *table)
{
    const char *family = ca_codeset_family(set);
    table->columns = ca_codeset_dated(set) ? 3 : 1;
    ca_case_cell(table, CA_TEXT("code"));
    if (ca_codeset_dated(set)) {
        ca_case_cell(table, CA_TEXT("valid_from"));
        ca_case_cell(table, CA_TEXT("valid_to"));
    }
    for (size_t i = 0; i < met->code_count; i++) {
        uint8_t system = ca_codes_system_of(met->codes, met->unit_codes[i]);
        if (strcmp(met->codes->systems[system].family, family) == 0) {
            add_spans(met, set, met->unit_codes[i], table);
        }
    }
}

/* --- Tables ----------------------------------------------------------------------------------- */

static bool same_key(const ca_codes *codes, const ca_value *a, const ca_value *b)
{
    ca_buf texts[2];
    for (size_t i = 0; i < 2; i++) {
        ca_buf_init(&texts[i]);
        ca_value_print(i ? b : a, codes, &texts[i]);
    }
    bool same = ca_text_eq(ca_buf_text(&texts[0]), ca_buf_text(&texts[1]));
    ca_buf_done(&texts[0]);
    ca_buf_done(&texts[1]);
    return same;
}

static bool is_known(const ca_met *met, const ca_met_row *row, size_t keys)
{
    for (size_t i = 0; i < met->row_count; i++) {
        const ca_met_row *known = &met->rows[i];
        bool same = known->table == row->table && known->row == row->row && known->on == row->on;
        for (size_t k = 0; same && k < keys; k++) {
            same = same_key(met->codes, &known->keys[k], &row->keys[k]);
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* A set may be asked for a code that a table gave. */
static void add_codes_of_row(ca_met *met, const ca_reftable *table, uint32_t row)
{
    const ca_reftable_column *columns;
    size_t count = ca_reftable_columns(table, &columns);
    for (size_t i = 0; i < count; i++) {
        ca_value value = ca_reftable_value(table, row, i);
        if (value.present && value.type == CA_TYPE_CODE) {
            add_code(met, value.as.code);
        }
    }
}

/* A row for a prefix becomes a row for this key on this day, because an exact row may hold for the key on other days. */
void ca_met_lookup(void *context, const ca_reftable *table, const ca_value *keys, ca_date on, uint32_t row)
{
    ca_met *met = context;
    const ca_reftable_column *columns;
    size_t count = ca_reftable_keys(table, &columns);
    bool one_day = ca_reftable_dated(table) && ca_reftable_row(table, row).prefix;
    ca_met_row seen = {.table = table, .on = one_day ? on : CA_NO_DATE, .row = row};
    memcpy(seen.keys, keys, count * sizeof *keys);
    if (is_known(met, &seen, count)) {
        return;
    }
    add_codes_of_row(met, table, row);
    for (size_t i = 0; i < count; i++) {    /* texts go with the frame */
        bool text = keys[i].type == CA_TYPE_ID || keys[i].type == CA_TYPE_TEXT;
        met->failed |= text && ca_arena_text(met->arena, keys[i].as.text, &seen.keys[i].as.text) != 0;
    }
    ca_met_row *rows = grown(met, met->rows, met->row_count, &met->row_cap, sizeof *rows);
    if (rows) {
        met->rows = rows;
        rows[met->row_count++] = seen;
    }
}

/* Keys and columns of a table have their system from the table, and identifiers their stand-ins. */
static void add_cell(const ca_met *met, ca_stand_ins *names, const ca_reftable_column *column, ca_value value,
                     ca_case_table *table)
{
    if (!value.present) {
        ca_case_cell(table, CA_TEXT("-"));
    } else if (value.type == CA_TYPE_CODE) {
        ca_case_text(table, ca_codes_text(met->codes, value.as.code));
    } else if (value.type == CA_TYPE_ID) {
        ca_case_text(table, ca_stand_in_for(names, met->schema, CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX, value.as.text));
    } else {
        value.type = column->type == CA_TYPE_INT ? CA_TYPE_INT : value.type;
        ca_case_value(table, met->codes, &value);
    }
}

static void add_row(const ca_met *met, ca_stand_ins *names, const ca_met_row *row, ca_case_table *table)
{
    const ca_reftable_column *columns;
    size_t count = ca_reftable_keys(row->table, &columns);
    for (size_t i = 0; i < count; i++) {
        add_cell(met, names, &columns[i], row->keys[i], table);
    }
    count = ca_reftable_columns(row->table, &columns);
    for (size_t i = 0; i < count; i++) {
        add_cell(met, names, &columns[i], ca_reftable_value(row->table, row->row, i), table);
    }
    if (ca_reftable_dated(row->table)) {
        ca_ref_row at = ca_reftable_row(row->table, row->row);
        add_date(table, row->on == CA_NO_DATE ? at.from : row->on);
        add_date(table, row->on == CA_NO_DATE ? at.to : row->on);
    }
}

static void print_reftable(const ca_met *met, ca_stand_ins *names, const ca_reftable *of, ca_case_table *table)
{
    const ca_reftable_column *keys;
    const ca_reftable_column *columns;
    size_t key_count = ca_reftable_keys(of, &keys);
    size_t column_count = ca_reftable_columns(of, &columns);
    table->columns = key_count + column_count + (ca_reftable_dated(of) ? 2 : 0);
    for (size_t i = 0; i < key_count; i++) {
        ca_case_cell(table, ca_text_of(keys[i].name));
    }
    for (size_t i = 0; i < column_count; i++) {
        ca_case_cell(table, ca_text_of(columns[i].name));
    }
    if (ca_reftable_dated(of)) {
        ca_case_cell(table, CA_TEXT("valid_from"));
        ca_case_cell(table, CA_TEXT("valid_to"));
    }
    for (size_t i = 0; i < met->row_count; i++) {
        if (met->rows[i].table == of) {
            add_row(met, names, &met->rows[i], table);
        }
    }
}

/* --- All -------------------------------------------------------------------------------------- */

static void print_named(const char *name, const ca_case_table *table, bool *first, ca_buf *out)
{
    if (*first) {
        ca_buf_add_cstr(out, "    tables:\n");
    }
    *first = false;
    ca_buf_printf(out, "      %s: |\n", name);
    ca_case_print(table, 8, out);
}

/* A set or table that the site has not bound stays so in the test, too. */
int ca_met_print(ca_met *met, ca_stand_ins *names, bool *ret_changed, ca_buf *out, ca_error *err)
{
    bool first = true;
    bool failed = met->failed;
    for (size_t i = 0; i < met->rule->set_count; i++) {
        ca_case_table table = {.arena = met->arena};
        if (ca_codeset_bound(met->rule->sets[i])) {
            print_set(met, met->rule->sets[i], &table);
            print_named(ca_codeset_name(met->rule->sets[i]), &table, &first, out);
        }
        failed |= table.failed;
        *ret_changed |= table.changed;
    }
    for (size_t i = 0; i < met->rule->table_count; i++) {
        ca_case_table table = {.arena = met->arena};
        if (ca_reftable_bound(met->rule->tables[i])) {
            print_reftable(met, names, met->rule->tables[i], &table);
            print_named(ca_reftable_name(met->rule->tables[i]), &table, &first, out);
        }
        failed |= table.failed;
        *ret_changed |= table.changed;
    }
    return failed || names->failed ? ca_error_nomem(err) : 0;
}
