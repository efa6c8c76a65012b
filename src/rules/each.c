/* Reads `each: TABLE(column, …)`, and row.NAME in conditions, texts and keys of rules that have it. */
#include "rules/each.h"

#include <stdio.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/say.h"

static const char shape[] = "write 'each: TABLE(column, …)', with a column for each key of the table";

/* --- The table ----------------------------------------------------------------------------------- */

static ca_reftable *table_named(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_reftable *table = ca_refs_table(check->refs, phrase->name);
    if (table != NULL)
        return table;
    const char *closest = ca_refs_closest_table(check->refs, phrase->name);
    if (ca_refs_set(check->refs, phrase->name) != NULL)
        ca_check_error(check, phrase->start, "'%.*s' is a code set; 'each' goes through the rows of a table",
                       ca_say_len(phrase->name), phrase->name.ptr);
    else if (closest != NULL)
        ca_check_error(check, phrase->start, "there is no table '%.*s'; did you mean '%s'?", ca_say_len(phrase->name),
                       phrase->name.ptr, closest);
    else
        ca_check_error(check, phrase->start, "there is no table '%.*s'; tables are declared in sets.yaml",
                       ca_say_len(phrase->name), phrase->name.ptr);
    return NULL;
}

void ca_each_table(ca_kind_check *check, ca_yaml *root)
{
    ca_rule *rule = check->rule;
    ca_phrase *phrase = NULL;
    ca_text text;
    ca_yaml *node = ca_conf_get(&check->conf, root, "each");
    if (node == NULL)
        return;
    if (rule->kind->each == CA_EACH_NONE) {
        ca_conf_error_key(&check->conf, node, "%s %s rule has no 'each': %s", ca_say_article(rule->kind->name),
                          rule->kind->name, rule->kind->instead_of_each);
        return;
    }
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    if (ca_parse(&check->conf, node, check->scratch, &phrase, NULL) != 0) {
        check->nomem = true;
        return;
    }
    if (phrase == NULL)
        return;
    if (phrase->kind != CA_PHRASE_CALL || phrase->suffix.len > 0) {
        ca_check_error(check, phrase->start, "%s", shape);
        return;
    }
    ca_reftable *table = table_named(check, phrase);
    rule->keys.each = table == NULL ? NULL : ca_check_node(check, CA_NODE_LOOKUP, phrase);
    if (rule->keys.each == NULL)
        return;
    rule->keys.each->table = table;
    check->each = phrase;
}

static ca_scope scope_of(const ca_rule *rule)
{
    ca_scope scope = {.instead = "'each' looks at one line at a time"};
    if (rule->kind->each == CA_EACH_EVENT) {
        scope.bare = CA_SIDE_A;
        scope.sides = 1u << CA_SIDE_A;
    } else if (rule->kind->each == CA_EACH_PAIR) {
        scope = ca_scope_when(rule);
        scope.aggregates = false;
        scope.table_row = false;
        scope.given = 0;
        scope.instead = "'each' looks at two lines or claims, not at what they add up to";
    }
    return scope;
}

/* `TABLE(code) is found`, where that says whether a row matches: no row stands for any value. */
static ca_node *found_node(ca_kind_check *check, ca_node *each)
{
    uint32_t row;
    const ca_node *code = each->arg_count == 1 ? each->args[0] : NULL;
    if (code == NULL || code->kind != CA_NODE_COLUMN || code->type.type != CA_TYPE_CODE || code->of_lines ||
        ca_reftable_any_row(each->table, &row))
        return NULL;
    ca_node *found = ca_check_node(check, CA_NODE_FOUND, check->each);
    if (found == NULL || !ca_check_args(check, found, 1))
        return NULL;
    found->args[0] = each;
    return found;
}

void ca_each_columns(ca_kind_check *check)
{
    ca_rule *rule = check->rule;
    if (rule->keys.each == NULL)
        return;
    check->scope = scope_of(rule);
    check->in_aggregate = false;
    ca_node *node = ca_check_each(check, check->each, rule->keys.each->table);
    if (node == NULL)
        return;
    rule->keys.each = node;
    if (rule->kind->each == CA_EACH_LINE)
        rule->keys.each_found = found_node(check, node);
}

/* --- row.NAME ------------------------------------------------------------------------------------ */

bool ca_each_is_row(ca_text text)
{
    return ca_text_starts(text, CA_TEXT("row."));
}

static void list_cells(const ca_reftable *table, char *text, size_t size)
{
    const ca_reftable_column *columns = NULL;
    const ca_reftable_column *keys = NULL;
    size_t count = ca_reftable_columns(table, &columns);
    size_t key_count = ca_reftable_keys(table, &keys);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        ca_list_add(text, size, columns[i].name);
    for (size_t i = 0; i < key_count; i++)
        ca_list_add(text, size, keys[i].name);
}

static ca_node *row_node(ca_kind_check *check, const ca_phrase *phrase, ca_text name)
{
    char list[160];
    size_t cell = 0;
    ca_reftable_column column;
    ca_reftable *table = check->rule->keys.each->table;
    if (!ca_reftable_find_cell(table, name, &cell, &column)) {
        list_cells(table, list, sizeof(list));
        ca_check_error(check, phrase->start, "the table %s has no column '%.*s'; it has %s", ca_reftable_name(table),
                       ca_say_len(name), name.ptr, list);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_ROW, phrase);
    if (node == NULL)
        return NULL;
    node->table = table;
    node->table_column = cell;
    node->type = ca_type_of_cell(&column);
    return node;
}

ca_node *ca_check_row(ca_kind_check *check, const ca_phrase *phrase, ca_text name)
{
    const ca_kind *kind = check->rule->kind;
    if (!check->scope.table_row) {
        ca_check_error(check, phrase->start,
                       "row.%.*s is not known here: lines are chosen before the rows of the table; put it into '%s'",
                       ca_say_len(name), name.ptr, kind->when == CA_WHEN_NONE ? "without" : "when");
        return NULL;
    }
    if (check->in_aggregate && kind->each != CA_EACH_LINE) {
        ca_check_error(check, phrase->start, "row.%.*s belongs to the pair, not to its lines: it stands outside of aggregates",
                       ca_say_len(name), name.ptr);
        return NULL;
    }
    return row_node(check, phrase, name);
}

/* --- Among the keys ------------------------------------------------------------------------------ */

static ca_node *key_row(ca_kind_check *check, const ca_yaml *node, ca_text text)
{
    const ca_phrase phrase = {.start = node->start, .end = node->end};
    if (check->rule->keys.each != NULL)
        return row_node(check, &phrase, ca_text_sub(text, 4, text.len));
    if (ca_conf_get(&check->conf, check->conf.file->root, "each") == NULL)
        ca_conf_error(&check->conf, node, "'%.*s' is only known in rules with 'each'", ca_say_len(text), text.ptr);
    return NULL;
}

/* Says of the first row that has no such value, where it is. */
static void bad_row(ca_kind_check *check, const ca_yaml *node, const ca_node *cell, uint32_t row, const char *what)
{
    ca_ref_row place = ca_reftable_row(cell->table, row);
    ca_conf_error(&check->conf, node, "the table %s has no %s in the column %s at %s line %u", ca_reftable_name(cell->table),
                  what, ca_reftable_cell_name(cell->table, cell->table_column), place.file, place.line);
}

static bool is_whole(const ca_value *value, int64_t min, int64_t max)
{
    ca_ratio ratio = value->as.ratio;
    return value->present && ratio.n % ratio.d == 0 && ratio.n / ratio.d >= min && ratio.n / ratio.d <= max;
}

ca_node *ca_each_number(ca_kind_check *check, const ca_yaml *node, ca_text text, int64_t min, int64_t max)
{
    ca_node *cell = key_row(check, node, text);
    char what[80];
    if (cell == NULL)
        return NULL;
    cell->number = ca_ratio_of(min, 1);    /* will be the largest of all rows */
    if (cell->type.type != CA_TYPE_INT) {
        ca_conf_error(&check->conf, node, "the column %s of the table %s must be declared as int: whole numbers are needed here",
                      ca_reftable_cell_name(cell->table, cell->table_column), ca_reftable_name(cell->table));
        return NULL;
    }
    for (uint32_t row = 0; row < ca_reftable_rows(cell->table); row++) {
        ca_value value = ca_reftable_cell_of(cell->table, row, cell->table_column);
        if (is_whole(&value, min, max)) {
            if (value.as.ratio.n > cell->number.n * value.as.ratio.d)
                cell->number = value.as.ratio;
            continue;
        }
        snprintf(what, sizeof what, "whole number from %lld to %lld", (long long)min, (long long)max);
        bad_row(check, node, cell, row, what);
        return NULL;
    }
    return cell;
}

ca_node *ca_each_period(ca_kind_check *check, const ca_yaml *node, ca_text text, unsigned allowed)
{
    ca_node *cell = key_row(check, node, text);
    if (cell == NULL)
        return NULL;
    if (cell->type.type != CA_TYPE_TEXT) {
        ca_conf_error(&check->conf, node, "the column %s of the table %s must be declared as text: it names periods",
                      ca_reftable_cell_name(cell->table, cell->table_column), ca_reftable_name(cell->table));
        return NULL;
    }
    for (uint32_t row = 0; row < ca_reftable_rows(cell->table); row++) {
        ca_value value = ca_reftable_cell_of(cell->table, row, cell->table_column);
        ca_period period = value.present ? ca_period_named(value.as.text) : CA_PERIOD_NONE;
        if (period != CA_PERIOD_NONE && (allowed & 1u << period) != 0)
            continue;
        bad_row(check, node, cell, row, "period (day, week, month, quarter, year, benefit_year, life)");
        return NULL;
    }
    return cell;
}
