/* Mutants of what is no expression: parameters, numbers of days, periods, columns that group lines, choices. */
#include "rules/mutate_parts.h"

#include <string.h>

const ca_yaml *ca_rule_key(const ca_rule *rule, const char *key)
{
    for (const ca_yaml *item = rule->file->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, key))
            return item;
    return NULL;
}

/* Names the key for the descriptions that follow. */
static void name_part(ca_mutator *mutator, const char *key, const char *name)
{
    mutator->part = *name == '\0' ? key : ca_arena_printf(mutator->arena, "%s %s", key, name);
    mutator->nomem |= mutator->part == NULL;
}

void ca_mutate_parameters(ca_mutator *mutator)
{
    const ca_rule *rule = mutator->rule;
    for (size_t i = 0; i < rule->parameter_count && !mutator->nomem; i++) {
        const ca_node *value = rule->parameters[i].value;
        name_part(mutator, "parameter", rule->parameters[i].name);
        if (value->kind != CA_NODE_STRING && !mutator->nomem)
            ca_mutate_number(mutator, value->start, value->end, value->start, value->end);
    }
}

/* --- Numbers among the keys ---------------------------------------------------------------------- */

/* The number `ordinal` of a scalar such as "180 days before to 3 days after". */
static void mutate_count(ca_mutator *mutator, const char *key, const ca_node *number, size_t ordinal)
{
    const ca_yaml *item = ca_rule_key(mutator->rule, key);
    bool literal = number != NULL && number->kind == CA_NODE_NUMBER && number->parameter == NULL;
    if (item == NULL || !literal || item->kind != CA_YAML_SCALAR)
        return;
    const char *bytes = mutator->file->source.ptr;
    for (size_t at = item->start; at < item->end; at++) {
        size_t end = at;
        while (end < item->end && bytes[end] >= '0' && bytes[end] <= '9')
            end++;
        if (end == at)
            continue;
        if (ordinal-- == 0) {
            mutator->part = key;
            ca_mutate_number(mutator, at, end, item->start, item->end);
            return;
        }
        at = end;
    }
}

static void mutate_counts(ca_mutator *mutator)
{
    const ca_rule_keys *keys = &mutator->rule->keys;
    mutate_count(mutator, "within", keys->days, 0);
    mutate_count(mutator, "look", keys->look_before, 0);
    mutate_count(mutator, "look", keys->look_after, 1);
    mutate_count(mutator, "history", keys->history, 0);
    mutate_count(mutator, "settle", keys->settle, 0);
    mutate_count(mutator, "min_peers", keys->min_peers, 0);
}

/* --- Choices ------------------------------------------------------------------------------------- */

static void replace_scalar(ca_mutator *mutator, const char *key, const char *text)
{
    const ca_yaml *item = ca_rule_key(mutator->rule, key);
    if (item == NULL || item->kind != CA_YAML_SCALAR)
        return;
    const ca_edit edit = {item->start, item->end, ca_text_of(text)};
    mutator->part = key;
    ca_mutator_add(mutator, item->start, item->end, &edit, 1);
}

/* A calendar period becomes the next larger one. */
static void mutate_period(ca_mutator *mutator)
{
    static const ca_period larger[CA_PERIODS] = {
        [CA_PERIOD_DAY] = CA_PERIOD_WEEK,     [CA_PERIOD_WEEK] = CA_PERIOD_MONTH, [CA_PERIOD_MONTH] = CA_PERIOD_QUARTER,
        [CA_PERIOD_QUARTER] = CA_PERIOD_YEAR, [CA_PERIOD_YEAR] = CA_PERIOD_LIFE,  [CA_PERIOD_BENEFIT_YEAR] = CA_PERIOD_LIFE,
    };
    ca_period other = larger[mutator->rule->keys.period];
    if (other != CA_PERIOD_NONE)
        replace_scalar(mutator, "within", ca_period_name(other));
}

/* `touching` is there or not; both ways of saying it must be told apart by a test. */
static void mutate_touching(ca_mutator *mutator)
{
    const ca_yaml *interval = ca_rule_key(mutator->rule, "interval");
    if (interval == NULL)
        return;
    if (ca_rule_key(mutator->rule, "touching") != NULL) {
        replace_scalar(mutator, "touching", mutator->rule->keys.touching_allowed ? "overlap" : "allowed");
        return;
    }
    size_t line = mutator->file->line_starts[interval->key_line - 1];
    const char *text = ca_arena_printf(mutator->arena, "%*stouching: allowed\n", (int)interval->key_column - 1, "");
    if (text == NULL) {
        mutator->nomem = true;
        return;
    }
    const ca_edit edit = {line, line, ca_text_of(text)};
    mutator->part = "touching";
    ca_mutator_add_said(mutator, line, "overlap -> allowed", edit);
}

static void mutate_adjacent(ca_mutator *mutator)
{
    if (ca_rule_key(mutator->rule, "adjacent") != NULL)
        replace_scalar(mutator, "adjacent", mutator->rule->keys.adjacent ? "no" : "yes");
}

/* --- Columns ------------------------------------------------------------------------------------- */

static void drop(ca_mutator *mutator, const char *key, size_t at, ca_text column, size_t from, size_t to)
{
    const ca_edit edit = {from, to, CA_TEXT("")};
    const char *words = ca_arena_printf(mutator->arena, "without %.*s", (int)column.len, column.ptr);
    mutator->part = key;
    if (words == NULL)
        mutator->nomem = true;
    else
        ca_mutator_add_said(mutator, at, words, edit);
}

/* [a, b, c] without each of them, also as a list of lines. */
static void mutate_columns(ca_mutator *mutator, const char *key)
{
    const ca_yaml *list = ca_rule_key(mutator->rule, key);
    if (list == NULL || list->kind != CA_YAML_SEQUENCE || list->count < 2)
        return;
    const ca_yaml *before = NULL;
    for (const ca_yaml *item = list->child; item != NULL; before = item, item = item->next) {
        if (item->next != NULL)
            drop(mutator, key, item->start, item->text, item->start, item->next->start);
        else
            drop(mutator, key, item->start, item->text, before->end, item->end);
    }
}

/* first by a, b, claim_id, line_no: the line's own key at the end must stay. */
static void mutate_original(ca_mutator *mutator)
{
    const ca_yaml *item = ca_rule_key(mutator->rule, "original");
    const ca_rule_keys *keys = &mutator->rule->keys;
    size_t own = keys->of_claims ? 1 : 2;
    if (item == NULL || item->kind != CA_YAML_SCALAR || item->style != CA_YAML_PLAIN)
        return;
    const char *bytes = mutator->file->source.ptr;
    size_t at = item->start + strlen("first by ");
    for (size_t i = 0; i + own < keys->first_by.count; i++) {
        size_t comma = at;
        while (comma < item->end && bytes[comma] != ',')
            comma++;
        if (comma == item->end)
            return;
        ca_text name = ca_text_trim((ca_text){bytes + at, comma - at});
        drop(mutator, "original", (size_t)(name.ptr - bytes), name, at, comma + 1);
        at = comma + 1;
    }
}

void ca_mutate_keys(ca_mutator *mutator)
{
    const ca_rule_keys *keys = &mutator->rule->keys;
    const struct {
        const char *key;
        const ca_node *node;
    } expressions[] = {{"each", keys->each},             {"event", keys->event},           {"without", keys->without}, {"minimum", keys->minimum},
                       {"lines", keys->lines},           {"interval", keys->interval_from},
                       {"interval", keys->interval_to},  {"order", keys->order},     {"metric", keys->metric}};
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
        mutator->part = expressions[i].key;
        ca_mutate_expression(mutator, expressions[i].node);
    }
    mutate_counts(mutator);
    mutate_period(mutator);
    mutate_touching(mutator);
    mutate_adjacent(mutator);
    mutate_columns(mutator, "per");
    mutate_columns(mutator, "same");
    mutate_columns(mutator, "peers");
    mutate_original(mutator);
}
