/* Prints the keys of kinds: as a rule file has them, and, for the hash, with the types of columns and what a key means
 * where it is left out. */
#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/print.h"

typedef struct key_printer {
    const ca_ruleset *set;
    const ca_rule *rule;
    const ca_rule_keys *keys;
    bool logic;
    ca_buf *out;
} key_printer;

static void expression(const key_printer *p, const ca_node *node)
{
    if (p->logic)
        ca_print_logic(p->set, node, p->out);
    else
        ca_print_expression(p->set, node, p->out);
}

static void columns(const key_printer *p, const ca_key_columns *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const ca_column_def *def = &p->set->schema->columns[list->items[i]];
        ca_buf_printf(p->out, "%s%s", i == 0 ? "" : ", ", def->name);
        if (p->logic)
            ca_buf_printf(p->out, "<%s %s>", ca_type_name(def->type), def->family);
    }
}

static void bracketed(const key_printer *p, const ca_key_columns *list)
{
    ca_buf_add_char(p->out, '[');
    columns(p, list);
    ca_buf_add_char(p->out, ']');
}

static void number(const key_printer *p, const ca_node *node, const char *unit)
{
    if (node->kind == CA_NODE_ROW) {
        expression(p, node);
        ca_buf_add_cstr(p->out, unit);
        return;
    }
    ca_buf_printf(p->out, "%lld%s", (long long)ca_keys_number(node, CA_NO_TABLE_ROW), unit);
}

static bool print_group(const key_printer *p, const ca_key_columns *list)
{
    if (list->count == 0)
        return false;
    bracketed(p, list);
    return true;
}

static bool print_level(const key_printer *p)
{
    ca_buf_add_cstr(p->out, p->keys->of_claims ? "claim" : "line");
    return true;
}

static bool print_original(const key_printer *p)
{
    ca_buf_add_cstr(p->out, "first by ");
    columns(p, &p->keys->first_by);
    return true;
}

static bool print_within(const key_printer *p)
{
    if (p->keys->period == CA_PERIOD_NONE && p->keys->days == NULL)
        return false;
    ca_buf_add_cstr(p->out, ca_period_name(p->keys->period));
    if (p->keys->row_period != NULL)
        expression(p, p->keys->row_period);
    if (p->keys->period == CA_PERIOD_ROLLING)
        ca_buf_add_char(p->out, ' ');
    if (p->keys->days != NULL)
        number(p, p->keys->days, " days");
    return true;
}

static bool print_interval(const key_printer *p)
{
    expression(p, p->keys->interval_from);
    ca_buf_add_cstr(p->out, " to ");
    expression(p, p->keys->interval_to);
    return true;
}

static bool print_look(const key_printer *p)
{
    number(p, p->keys->look_before, " days before to ");
    number(p, p->keys->look_after, " days after");
    return true;
}

static bool print_node(const key_printer *p, const ca_node *node)
{
    if (node == NULL)
        return false;
    expression(p, node);
    return true;
}

static bool print_days(const key_printer *p, const ca_node *node, const char *unit)
{
    if (node == NULL)
        return false;
    number(p, node, unit);
    return true;
}

static bool print_word(const key_printer *p, const char *word)
{
    ca_buf_add_cstr(p->out, word);
    return true;
}

/* A claim or a stay is there as a whole: it waits for no later lines. */
static bool has_end(const ca_rule_keys *keys)
{
    return keys->period != CA_PERIOD_CLAIM && keys->period != CA_PERIOD_STAY;
}

bool ca_print_key(const ca_ruleset *set, const ca_rule *rule, const char *key, bool logic, ca_buf *out)
{
    const ca_rule_keys *keys = &rule->keys;
    const key_printer p = {set, rule, keys, logic, out};
    ca_text name = ca_text_of(key);
    if (ca_text_is(name, "each"))
        return print_node(&p, keys->each);
    if (ca_text_is(name, "per") || ca_text_is(name, "same"))
        return print_group(&p, &keys->same);
    if (ca_text_is(name, "entity"))
        return columns(&p, &keys->same), true;
    if (ca_text_is(name, "peers"))
        return print_group(&p, &keys->peers);
    if (ca_text_is(name, "level"))
        return print_level(&p);
    if (ca_text_is(name, "original"))
        return print_original(&p);
    if (ca_text_is(name, "within"))
        return print_within(&p);
    if (ca_text_is(name, "interval"))
        return print_interval(&p);
    if (ca_text_is(name, "look"))
        return print_look(&p);
    if (ca_text_is(name, "touching"))
        return print_word(&p, keys->touching_allowed ? "allowed" : "overlap");
    if (ca_text_is(name, "adjacent"))
        return print_word(&p, keys->adjacent ? "yes" : "no");
    if (ca_text_is(name, "judge"))
        return has_end(keys) && print_word(&p, keys->judge_open ? "open" : "closed");
    if (ca_text_is(name, "report"))
        return print_word(&p, ca_carrier_name(keys->carrier));
    if (ca_text_is(name, "order"))
        return print_node(&p, keys->order);
    if (ca_text_is(name, "event"))
        return print_node(&p, keys->event);
    if (ca_text_is(name, "without"))
        return print_node(&p, keys->without);
    if (ca_text_is(name, "minimum"))
        return print_node(&p, keys->minimum);
    if (ca_text_is(name, "metric"))
        return print_node(&p, keys->metric);
    if (ca_text_is(name, "lines"))
        return print_node(&p, keys->lines);
    if (ca_text_is(name, "history"))
        return print_days(&p, keys->history, " days");
    if (ca_text_is(name, "settle"))
        return has_end(keys) && print_days(&p, keys->settle, " days");
    if (ca_text_is(name, "min_peers"))
        return print_days(&p, keys->min_peers, "");
    return ca_text_is(name, "max_group") && print_days(&p, keys->max_group, "");
}
