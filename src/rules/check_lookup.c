/* Checks lookups in reference tables: TABLE(key, … on DATE).column, and TABLE(key) is found. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"

ca_expr_type ca_type_of_cell(const ca_reftable_column *column)
{
    return (ca_expr_type){.type = column->type,
                          .family = column->family == NULL ? "" : column->family,
                          .field = CA_FIELD_COUNT};
}

static void list_names(const ca_reftable_column *columns, size_t count, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        ca_list_add(text, size, columns[i].name);
}

/* A text of the table may name the values of an enumeration, such as sex; each must be one. */
static bool names_values(ca_kind_check *check, const ca_phrase *phrase, const ca_reftable *table, size_t number,
                         const ca_expr_type *type)
{
    ca_buf cell;
    uint8_t choice;
    bool good = true;
    ca_buf_init(&cell);
    for (uint32_t row = 0; good && row < ca_reftable_rows(table); row++) {
        cell.len = 0;
        if (!ca_reftable_key_cell(table, row, number, &cell) || ca_enum_find(type->field, ca_buf_text(&cell), &choice))
            continue;
        ca_ref_row place = ca_reftable_row(table, row);
        ca_text text = ca_buf_text(&cell);
        ca_check_error(check, phrase->start, "%s is never '%.*s', which stands in the table %s at %s line %u",
                       ca_fields[type->field].name, ca_say_len(text), text.ptr, ca_reftable_name(table), place.file,
                       place.line);
        good = false;
    }
    check->nomem |= cell.failed;
    ca_buf_done(&cell);
    return good;
}

static bool keys(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table, ca_node *node)
{
    char list[160];
    char description[CA_DESCRIPTION_SIZE];
    const ca_reftable_column *columns = NULL;
    size_t count = ca_reftable_keys(table, &columns);
    if (phrase->arg_count != count) {
        list_names(columns, count, list, sizeof(list));
        ca_check_error(check, phrase->start, "the table %s has %zu key%s (%s), here are %zu",
                       ca_reftable_name(table), count, count == 1 ? "" : "s", list,
                       phrase->arg_count);
        return false;
    }
    if (!ca_check_args(check, node, count))
        return false;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        ca_expr_type want = ca_type_of_cell(&columns[i]);
        node->args[i] = ca_check_value_of(check, phrase->args[i], &want);
        const ca_expr_type *type = node->args[i] == NULL ? NULL : &node->args[i]->type;
        if (type != NULL && !type->condition && type->type == CA_TYPE_ENUM && want.type == CA_TYPE_TEXT) {
            whole = names_values(check, phrase->args[i], table, i, type) && whole;
            continue;
        }
        if (node->args[i] != NULL && !ca_type_same(&want, &node->args[i]->type)) {
            ca_check_error(check, phrase->args[i]->start, "the key %s of the table %s is not %s",
                           columns[i].name, ca_reftable_name(table),
                           ca_type_describe(&node->args[i]->type, description));
            whole = false;
        }
        whole = whole && node->args[i] != NULL;
    }
    return whole;
}

static bool column(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table, bool found,
                   ca_node *node)
{
    char list[160];
    const ca_reftable_column *columns = NULL;
    size_t count = ca_reftable_columns(table, &columns);
    list_names(columns, count, list, sizeof(list));
    if (found) {
        if (phrase->suffix.len > 0)
            ca_check_error(check, phrase->suffix_at, "'is found' asks for the row; leave out .%.*s",
                           ca_say_len(phrase->suffix), phrase->suffix.ptr);
        return phrase->suffix.len == 0;
    }
    if (phrase->suffix.len == 0) {
        ca_check_error(check, phrase->start,
                       "say which column of the table %s (%s): %s(…).%s, or ask 'is found'",
                       ca_reftable_name(table), list, ca_reftable_name(table),
                       count == 0 ? "column" : columns[0].name);
        return false;
    }
    if (!ca_reftable_find_column(table, phrase->suffix, &node->table_column)) {
        ca_check_error(check, phrase->suffix_at, "the table %s has no column '%.*s'; it has %s",
                       ca_reftable_name(table), ca_say_len(phrase->suffix), phrase->suffix.ptr,
                       list);
        return false;
    }
    node->type = ca_type_of_cell(&columns[node->table_column]);
    return true;
}

static ca_node *lookup(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table, bool found)
{
    ca_node *node = ca_check_node(check, CA_NODE_LOOKUP, phrase);
    if (node == NULL)
        return NULL;
    bool wrong = false;
    node->table = table;
    node->on = ca_check_on(check, phrase->on, &wrong);
    if (phrase->where != NULL) {
        ca_check_error(check, phrase->where->start, "a table takes 'on DATE', not 'where'");
        return NULL;
    }
    bool good = keys(check, phrase, table, node);
    good = column(check, phrase, table, found, node) && good;
    return good && !wrong ? node : NULL;
}

/* A look-up wants one row, and cannot say which of those that stand for any value. */
ca_node *ca_check_lookup(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table,
                         bool found)
{
    uint32_t row;
    if (ca_reftable_any_row(table, &row)) {
        ca_ref_row place = ca_reftable_row(table, row);
        ca_check_error(check, phrase->start,
                       "the table %s has rows with empty keys (%s line %u), which stand for any value: only 'each' reads them",
                       ca_reftable_name(table), place.file, place.line);
    }
    return lookup(check, phrase, table, found);
}

ca_node *ca_check_each(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table)
{
    return lookup(check, phrase, table, true);
}
