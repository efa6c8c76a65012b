/* Reads the keys that several kinds share: columns that group lines, numbers of days, choices. */
#include "rules/kind_keys.h"

#include <stdio.h>

#include "rules/check_parts.h"
#include "rules/each.h"
#include "rules/say.h"

void ca_key_level(ca_kind_check *check, ca_yaml *root)
{
    static const char *const levels[] = {"line", "claim"};
    size_t index = 0;
    if (ca_conf_choice(&check->conf, ca_conf_get(&check->conf, root, "level"), levels, 2, &index))
        check->rule->keys.of_claims = index == 1;
}

/* --- Columns --------------------------------------------------------------------------------- */

static bool fits_as_key(ca_kind_check *check, const ca_yaml *node, unsigned column)
{
    const ca_column_def *def = &check->schema->columns[column];
    if (def->type == CA_TYPE_INTERVALS) {
        ca_conf_error(&check->conf, node, "%s is a list of intervals: lines cannot be grouped or ordered by it",
                      def->name);
        return false;
    }
    if (check->rule->keys.of_claims && ca_column_level(check->schema, column) == CA_LEVEL_LINE) {
        ca_conf_error(&check->conf, node, "%s belongs to lines; with 'level: claim' a column of the claim is needed",
                      def->name);
        return false;
    }
    return true;
}

static bool one_column(ca_kind_check *check, const ca_yaml *node, unsigned *ret_column)
{
    ca_text name;
    unsigned column = 0;
    if (!ca_conf_text(&check->conf, node, &name))
        return false;
    if (!ca_schema_find(check->schema, name, &column)) {
        const char *closest = ca_schema_closest(check->schema, name);
        const char *advice = ca_text_starts(name, CA_TEXT("x."))
                                 ? "; x. columns are declared in the profile under 'extra'"
                                 : "; a column is needed here, such as patient_id";
        if (closest == NULL)
            ca_conf_error(&check->conf, node, "unknown column '%.*s'%s", ca_say_len(name), name.ptr, advice);
        else
            ca_conf_error(&check->conf, node, "unknown column '%.*s'; did you mean '%s'?", ca_say_len(name), name.ptr,
                          closest);
        return false;
    }
    if (ca_check_roleless(check, node->start, column) || !fits_as_key(check, node, column))
        return false;
    *ret_column = column;
    return true;
}

bool ca_key_columns_read(ca_kind_check *check, ca_yaml *node, ca_key_columns *ret_columns)
{
    if (node == NULL)
        return false;
    bool list = node->kind == CA_YAML_SEQUENCE;
    size_t count = list ? node->count : 1;
    if (node->bad || count == 0 || count > CA_KEY_COLUMNS_MAX) {
        if (!node->bad)
            ca_conf_error(&check->conf, node, "name 1 to %d columns, such as [patient_id]", CA_KEY_COLUMNS_MAX);
        return false;
    }
    ca_key_columns columns = {ca_arena_array(check->arena, count, sizeof(unsigned)), 0};
    if (columns.items == NULL) {
        check->nomem = true;
        return false;
    }
    bool good = true;
    for (const ca_yaml *item = list ? node->child : node; item != NULL; item = list ? item->next : NULL) {
        unsigned column = 0;
        if (!one_column(check, item, &column)) {
            good = false;
            continue;
        }
        if (ca_key_columns_has(&columns, column)) {
            ca_conf_error(&check->conf, item, "%s stands twice", check->schema->columns[column].name);
            good = false;
        }
        columns.items[columns.count++] = column;
    }
    if (good)
        *ret_columns = columns;
    return good;
}

void ca_key_group(ca_kind_check *check, ca_yaml *root, const char *key, bool needed)
{
    const ca_conf *conf = &check->conf;
    ca_yaml *node = needed ? ca_conf_need(conf, root, key) : ca_conf_get(conf, root, key);
    bool good = ca_key_columns_read(check, node, &check->rule->keys.same);
    check->keys_lost |= !good && (needed || node != NULL);
}

/* --- Numbers --------------------------------------------------------------------------------- */

static const ca_parameter *parameter_named(const ca_kind_check *check, ca_text name)
{
    for (size_t i = 0; i < check->rule->parameter_count; i++)
        if (ca_text_is(name, check->rule->parameters[i].name))
            return &check->rule->parameters[i];
    return NULL;
}

static ca_node *number_node(ca_kind_check *check, size_t start, size_t end, int64_t value)
{
    const ca_phrase phrase = {.start = start, .end = end};
    ca_node *node = ca_check_node(check, CA_NODE_NUMBER, &phrase);
    if (node != NULL)
        node->number = ca_ratio_of(value, 1);
    return node;
}

ca_node *ca_key_number(ca_kind_check *check, const ca_yaml *node, ca_text text, int64_t min, int64_t max)
{
    if (ca_each_is_row(text))
        return ca_each_number(check, node, text, min, max);
    const ca_parameter *parameter = parameter_named(check, text);
    int64_t value = 0;
    bool whole = ca_text_to_int(text, &value);
    if (parameter != NULL && parameter->value->kind == CA_NODE_NUMBER && parameter->value->number.d == 1) {
        whole = parameter->value->number.n >= INT32_MIN && parameter->value->number.n <= INT32_MAX;
        value = whole ? (int64_t)parameter->value->number.n : 0;
    }
    if (!whole || value < min || value > max) {
        if (parameter != NULL ? !parameter->bad : whole || !check->names_lost)
            ca_conf_error(&check->conf, node, "'%.*s': a whole number from %lld to %lld is needed, or a parameter that is one",
                          ca_say_len(text), text.ptr, (long long)min, (long long)max);
        return NULL;
    }
    ca_node *number = number_node(check, node->start, node->end, value);
    if (number != NULL && parameter != NULL)
        number->parameter = parameter->name;
    return number;
}

/* "N days" or "1 day". */
static bool cut_days(ca_text text, ca_text *ret_number)
{
    ca_text trimmed = ca_text_trim(text);
    size_t blank = 0;
    while (blank < trimmed.len && trimmed.ptr[blank] != ' ')
        blank++;
    ca_text unit = ca_text_trim(ca_text_sub(trimmed, blank, trimmed.len));
    *ret_number = ca_text_sub(trimmed, 0, blank);
    return blank > 0 && (ca_text_is(unit, "days") || ca_text_is(unit, "day"));
}

ca_node *ca_key_days(ca_kind_check *check, const ca_yaml *node, int64_t min)
{
    ca_text text;
    ca_text number;
    if (!ca_conf_text(&check->conf, node, &text))
        return NULL;
    if (cut_days(text, &number))
        return ca_key_number(check, node, number, min, CA_KEY_DAYS_MAX);
    ca_conf_error(&check->conf, node, "write a number of days: '%.*s: 30 days'", ca_say_len(node->key),
                  node->key.ptr);
    return NULL;
}

/* --- within ---------------------------------------------------------------------------------- */

static void unknown_period(ca_kind_check *check, const ca_yaml *node, unsigned allowed)
{
    char periods[200] = "";
    for (ca_period period = CA_PERIOD_DAY; period < CA_PERIODS; period++)
        if ((allowed & 1u << period) != 0 && period != CA_PERIOD_OF_ROW)
            ca_list_add(periods, sizeof(periods), period == CA_PERIOD_ROLLING ? "rolling N days" : ca_period_name(period));
    ca_conf_error(&check->conf, node, "'%.*s' is no period here; it is one of %s", ca_say_len(node->text), node->text.ptr,
                  periods);
}

void ca_key_period(ca_kind_check *check, ca_yaml *root, unsigned allowed)
{
    ca_text text;
    ca_text number;
    ca_rule_keys *keys = &check->rule->keys;
    ca_yaml *node = ca_conf_need(&check->conf, root, "within");
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    if (ca_each_is_row(text)) {
        keys->row_period = ca_each_period(check, node, text, allowed);
        keys->period = CA_PERIOD_OF_ROW;
        return;
    }
    for (ca_period period = CA_PERIOD_DAY; period < CA_PERIOD_ROLLING; period++)
        if (ca_text_is(text, ca_period_name(period)) && (allowed & 1u << period) != 0)
            keys->period = period;
    if (keys->period != CA_PERIOD_NONE)
        return;
    bool rolling = ca_text_starts(text, CA_TEXT("rolling ")) && (allowed & 1u << CA_PERIOD_ROLLING) != 0;
    if (!rolling || !cut_days(ca_text_sub(text, 8, text.len), &number)) {
        unknown_period(check, node, allowed);
        return;
    }
    keys->period = CA_PERIOD_ROLLING;
    keys->days = ca_key_number(check, node, number, 1, CA_KEY_DAYS_MAX);
}

/* --- Choices and limits ---------------------------------------------------------------------- */

void ca_key_settle(ca_kind_check *check, ca_yaml *root)
{
    ca_yaml *node = ca_conf_get(&check->conf, root, "settle");
    check->rule->keys.settle = node == NULL ? number_node(check, 0, 0, CA_SETTLE_DAYS) : ca_key_days(check, node, 0);
}

void ca_key_judge(ca_kind_check *check, ca_yaml *root)
{
    static const char *const choices[] = {"closed", "open"};
    size_t index = 0;
    if (ca_conf_choice(&check->conf, ca_conf_get(&check->conf, root, "judge"), choices, 2, &index))
        check->rule->keys.judge_open = index == 1;
}

void ca_key_report(ca_kind_check *check, ca_yaml *root)
{
    const char *const choices[] = {ca_carrier_name(CA_CARRIER_BOTH), ca_carrier_name(CA_CARRIER_A),
                                   ca_carrier_name(CA_CARRIER_B)};
    size_t index = 0;
    if (ca_conf_choice(&check->conf, ca_conf_get(&check->conf, root, "report"), choices, CA_CARRIERS, &index))
        check->rule->keys.carrier = (ca_carrier)index;
}

void ca_key_max_group(ca_kind_check *check, ca_yaml *root)
{
    ca_text text;
    ca_yaml *node = ca_conf_get(&check->conf, root, "max_group");
    if (node == NULL)
        check->rule->keys.max_group = number_node(check, 0, 0, CA_MAX_GROUP);
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    if (ca_each_is_row(text))
        ca_conf_error(&check->conf, node, "'max_group' is asked of a group before the rows of the table: write a number");
    else
        check->rule->keys.max_group = ca_key_number(check, node, text, 2, 1000000);
}

ca_node *ca_key_date(ca_kind_check *check, const ca_yaml *node, size_t from, size_t to)
{
    char description[CA_DESCRIPTION_SIZE];
    bool claims = check->rule->keys.of_claims;
    ca_scope scope = {.claim = claims, .aggregates = claims, .instead = "it is a date of one line"};
    ca_node *date = ca_check_value_span(check, node, from, to, scope);
    if (date == NULL || ca_type_is_date(&date->type))
        return date;
    ca_check_error(check, date->start, "'%.*s' needs a date here, but this is %s", ca_say_len(node->key), node->key.ptr,
                   ca_type_describe(&date->type, description));
    return NULL;
}
