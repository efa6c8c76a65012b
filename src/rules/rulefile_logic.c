/* Reads what decides: parameters, where, when, unless, exposure, and the message. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/message.h"
#include "rules/rulefile_parts.h"
#include "rules/say.h"
#include "rules/slips.h"

#define PARAMETERS_MAX 64
#define UNLESS_MAX     32

/* --- Parameters ------------------------------------------------------------------------------ */

static bool is_name(ca_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || (c != '_' && (c < '0' || c > '9'))))
            return false;
    }
    static const char *const others[] = {"null", "true", "false", "case"}; /* read as slips of SQL */
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (ca_slip_same(text, others[i]))
            return false;
    return text.len > 0 && !ca_is_keyword(text);
}

/* A number (perhaps negative) or a date as written in YAML without quotes. */
static bool plain_value(ca_text text, ca_node *value)
{
    bool minus = text.len > 1 && text.ptr[0] == '-';
    ca_text rest = minus ? ca_text_sub(text, 1, text.len) : text;
    size_t points = 0;
    if (ca_date_parse_iso(text, &value->date)) {
        value->kind = CA_NODE_DATE;
        value->type = ca_type_plain(CA_TYPE_DATE);
        return true;
    }
    for (size_t i = 0; i < rest.len; i++) {
        bool point = rest.ptr[i] == '.' && i > 0 && i + 1 < rest.len;
        points += point;
        if (!point && (rest.ptr[i] < '0' || rest.ptr[i] > '9'))
            return false;
    }
    if (rest.len == 0 || points > 1 || !ca_parse_number(rest, &value->number))
        return false;
    value->kind = CA_NODE_NUMBER;
    value->type = ca_type_plain(value->number.d == 1 ? CA_TYPE_INT : CA_TYPE_DECIMAL);
    if (minus)
        value->number.n = -value->number.n;
    return true;
}

static bool text_value(ca_rule_reader *reader, ca_text text, ca_node *value)
{
    value->kind = CA_NODE_STRING;
    value->type = ca_type_plain(CA_TYPE_TEXT);
    if (ca_arena_text(reader->check.arena, text, &value->text) == 0)
        return true;
    reader->nomem = true;
    return false;
}

/* The site's value in place of the rule's. One of another type is left out: ruleset_site.c says so. */
static void override(ca_rule_reader *reader, ca_parameter *parameter)
{
    for (size_t i = 0; i < reader->set->override_count; i++) {
        const ca_override *other = &reader->set->overrides[i];
        if (!ca_text_is(other->rule, reader->check.rule->id) ||
            !ca_text_is(other->parameter, parameter->name))
            continue;
        ca_node value = *parameter->value;
        bool fits = value.kind == CA_NODE_STRING ? text_value(reader, other->value, &value)
                                                 : plain_value(other->value, &value);
        if (fits && value.kind == parameter->value->kind) {
            *parameter->value = value;
            parameter->overridden = true;
        }
    }
}

/* 12,50 or 01.03.2024: said, and read as what it means. */
static bool foreign_value(ca_rule_reader *reader, size_t at, ca_text text, ca_node *value)
{
    char meant[CA_SLIP_NUMBER_SIZE + 1] = "0";
    char other[CA_SLIP_NUMBER_SIZE] = "";
    ca_date days[2];
    size_t digits = 0;
    while (digits < text.len && strchr("0123456789,.", text.ptr[digits]) != NULL)
        digits++;
    if (ca_slip_date(text, days) > 0)
        ca_date_print(days[0], meant);
    else if (digits == 0 || digits < text.len ||
             !ca_slip_number(text, text.ptr[0] == '.' ? meant + 1 : meant, other))
        return false;
    if (!plain_value(ca_text_of(meant), value))
        return false;
    ca_say(&reader->check.conf, CA_DIAG_ERROR, at, "write %s%s%s instead of %.*s", meant,
                  other[0] == '\0' ? "" : " or ", other, ca_say_len(text), text.ptr);
    return true;
}

/* {limit: 12,50}: YAML reads 50 as another key. */
static bool is_decimal_comma(ca_rule_reader *reader, const ca_yaml *node)
{
    ca_node nothing = {0};
    const ca_yaml_file *file = reader->check.conf.file;
    size_t at = file->line_starts[node->key_line - 1] + node->key_column - 1;
    size_t from = at;
    if (node->start != node->end || at < 2 || file->source.ptr[at - 1] != ',')
        return false;
    while (from > 1 && strchr(" :{", file->source.ptr[from - 1]) == NULL)
        from--;
    ca_text text = {file->source.ptr + from, at + node->key.len - from};
    return foreign_value(reader, from, text, &nothing);
}

static void read_parameter(ca_rule_reader *reader, const ca_yaml *node, ca_parameter *parameter)
{
    const ca_conf *conf = &reader->check.conf;
    unsigned column;
    ca_aggregate aggregate;
    ca_given given;
    parameter->name = ca_reader_copy(reader, node->key);
    if (is_decimal_comma(reader, node))
        return;
    if (!is_name(node->key))
        ca_conf_error_key(conf, node,
                          "'%.*s' is no name for a parameter; use letters, digits and _",
                          ca_say_len(node->key), node->key.ptr);
    else if (ca_schema_find(reader->check.schema, node->key, &column))
        ca_conf_error_key(conf, node, "'%s' is a column; give the parameter another name",
                          parameter->name);
    else if (ca_is_function(node->key) || ca_aggregate_find(node->key, &aggregate) ||
             ca_given_find(node->key, true, &given))
        ca_conf_error_key(conf, node, "'%s' is a function; give the parameter another name",
                          parameter->name);
    else if (ca_given_find(node->key, false, &given))
        ca_conf_error_key(conf, node, "'%s' is a word of some kinds of rules; give the parameter another name",
                          parameter->name);
    parameter->value->start = node->start;
    parameter->value->end = node->end;
    parameter->value->leaf = -1;
    parameter->value->table_column = SIZE_MAX;
    parameter->bad = !ca_conf_is(conf, node, CA_YAML_SCALAR, NULL);
    if (parameter->bad)
        return;
    if (node->style != CA_YAML_PLAIN)
        text_value(reader, node->text, parameter->value);
    else if (!plain_value(node->text, parameter->value) && !foreign_value(reader, node->start, node->text, parameter->value)) {
        ca_conf_error(conf, node,
                      "a parameter is a number, a date, or a text between quotes: '%.*s'",
                      ca_say_len(node->text), node->text.ptr);
        parameter->bad = true;
    }
    override(reader, parameter);
}

void ca_reader_parameters(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_yaml *node = ca_conf_get(conf, reader->root, "parameters");
    reader->check.names_lost = node == NULL ? reader->root->partial : node->bad || node->partial;
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, NULL))
        return;
    if (node->count > PARAMETERS_MAX) {
        ca_conf_error(conf, node, "more than %d parameters", PARAMETERS_MAX);
        return;
    }
    ca_parameter *parameters =
        ca_arena_array(reader->check.arena, node->count, sizeof(*parameters));
    ca_node *values = ca_arena_array(reader->check.arena, node->count, sizeof(*values));
    if (parameters == NULL || values == NULL) {
        reader->nomem = true;
        return;
    }
    size_t count = 0;
    for (ca_yaml *item = node->child; item != NULL; item = item->next) {
        parameters[count].value = &values[count];
        read_parameter(reader, item, &parameters[count++]);
    }
    rule->parameters = parameters;
    rule->parameter_count = count;
}

/* --- unless ---------------------------------------------------------------------------------- */

static void read_exception(ca_rule_reader *reader, ca_yaml *node, ca_unless *unless)
{
    static const char *const keys[] = {"name", "when", "reason", NULL};
    const ca_conf *conf = &reader->check.conf;
    const ca_rule *rule = reader->check.rule;
    ca_text text;
    unless->name = unless->reason = "";
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, "an exception"))
        return;
    ca_yaml *name = ca_conf_need(conf, node, "name");
    if (ca_conf_text(conf, name, &text)) {
        unless->name = ca_reader_copy(reader, text);
        for (size_t i = 0; i < rule->unless_count; i++)
            if (strcmp(rule->unless[i].name, unless->name) == 0)
                ca_conf_error(conf, name, "two exceptions are called '%s'", unless->name);
    }
    if (ca_conf_text(conf, ca_conf_need(conf, node, "reason"), &text))
        unless->reason = ca_reader_copy(reader, text);
    unless->when = ca_check_condition(&reader->check, ca_conf_need(conf, node, "when"),
                                      ca_scope_when(rule));
    ca_conf_no_others(conf, node, keys);
}

static void read_unless(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_yaml *node = ca_conf_get(conf, reader->root, "unless");
    if (!ca_conf_is(conf, node, CA_YAML_SEQUENCE, NULL))
        return;
    if (node->count > UNLESS_MAX) {
        ca_conf_error(conf, node, "more than %d exceptions", UNLESS_MAX);
        return;
    }
    rule->unless = ca_arena_array(reader->check.arena, node->count, sizeof(*rule->unless));
    if (rule->unless == NULL) {
        reader->nomem = true;
        return;
    }
    for (ca_yaml *item = node->child; item != NULL; item = item->next) {
        read_exception(reader, item, &rule->unless[rule->unless_count]);
        rule->unless_count++;
    }
}

/* --- exposure -------------------------------------------------------------------------------- */

static ca_node *paid_of(ca_kind_check *check, ca_side side)
{
    static const ca_phrase nowhere = {0};
    ca_node *paid = ca_check_node(check, CA_NODE_COLUMN, &nowhere);
    if (paid == NULL)
        return NULL;
    paid->column = CA_F_PAID;
    paid->type = ca_type_of_column(&check->schema->columns[CA_F_PAID]);
    paid->side = side;
    paid->claim_amount = check->rule->keys.of_claims;
    return paid;
}

/* sum(paid), or the sum of two amounts. */
static ca_node *paid_together(ca_kind_check *check, ca_node_kind kind, ca_node *one, ca_node *other)
{
    static const ca_phrase nowhere = {0};
    ca_node *node = ca_check_node(check, kind, &nowhere);
    if (one == NULL || node == NULL || !ca_check_args(check, node, other == NULL ? 1 : 2))
        return NULL;
    node->aggregate = CA_AGG_SUM;
    node->type = one->type;
    node->args[0] = one;
    if (other != NULL)
        node->args[1] = other;
    return node;
}

/* What was paid for the lines that carry the finding. */
static ca_node *default_exposure(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    const ca_scope *scope = &rule->kind->scope;
    if (scope->aggregates) {
        ca_node *paid = paid_of(check, CA_SIDE_UNIT);
        if (paid != NULL)
            paid->of_lines = true;
        return paid_together(check, CA_NODE_AGGREGATE, paid, NULL);
    }
    if ((scope->sides & 1u << CA_SIDE_A) == 0)
        return paid_of(check, CA_SIDE_UNIT);
    if ((scope->sides & 1u << CA_SIDE_B) == 0 || rule->keys.carrier == CA_CARRIER_A)
        return paid_of(check, CA_SIDE_A);
    if (rule->keys.carrier == CA_CARRIER_B)
        return paid_of(check, CA_SIDE_B);
    ca_node *b = paid_of(check, CA_SIDE_B);
    return b == NULL ? NULL : paid_together(check, CA_NODE_ADD, paid_of(check, CA_SIDE_A), b);
}

static void read_exposure(ca_rule_reader *reader)
{
    char description[CA_DESCRIPTION_SIZE];
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_yaml *node = ca_conf_get(conf, reader->root, "exposure");
    if (node == NULL) {
        rule->exposure = default_exposure(&reader->check);
        return;
    }
    rule->exposure = ca_check_value(&reader->check, node, ca_scope_when(rule));
    if (rule->exposure == NULL)
        return;
    const ca_expr_type *type = &rule->exposure->type;
    if (!ca_type_is_number(type))
        ca_check_error(&reader->check, rule->exposure->start,
                       "the exposure is an amount of money, but this is %s",
                       ca_type_describe(type, description));
    else if (type->type != CA_TYPE_MONEY)
        ca_say(conf, CA_DIAG_WARNING, rule->exposure->start,
               "the exposure is an amount of money, but this is %s; it is read as an amount",
               ca_type_describe(type, description));
}

static void read_when(ca_rule_reader *reader, ca_scope scope)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    const ca_kind *kind = rule->kind;
    ca_yaml *node = kind->when == CA_WHEN_NEEDED ? ca_conf_need(conf, reader->root, "when")
                                                 : ca_conf_get(conf, reader->root, "when");
    if (kind->when == CA_WHEN_NONE && node != NULL)
        ca_conf_error_key(conf, node, "%s %s rule has no 'when': %s", ca_say_article(kind->name), kind->name,
                          kind->instead_of_when);
    else
        rule->when = ca_check_condition(&reader->check, node, scope);
}

void ca_reader_conditions(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_scope scope = ca_scope_when(rule);
    rule->where = ca_check_condition(&reader->check, ca_conf_get(conf, reader->root, "where"),
                                     ca_scope_where(rule));
    read_when(reader, scope);
    read_unless(reader);
    read_exposure(reader);
    ca_yaml *message = ca_conf_need(conf, reader->root, "message");
    if (message != NULL)
        ca_message_compile(&reader->check, message, scope, &rule->message, &rule->message_count);
}
