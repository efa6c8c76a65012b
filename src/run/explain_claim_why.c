/* Why a rule says what it says of a unit, in one line: the condition that decided, the field that is missing, the date
 * outside of the rule's validity, or its message. */
#include <string.h>

#include "run/explain_claim_inside.h"

/* --- The condition that decided --------------------------------------------------------------- */

static ca_truth truth_of(const ca_node *node, const ca_leaf_trace *traces)
{
    bool some_false = false;
    bool some_true = false;
    bool some_unknown = false;
    if (node->kind != CA_NODE_AND && node->kind != CA_NODE_OR && node->kind != CA_NODE_NOT) {
        return node->leaf >= 0 ? traces[node->leaf].truth : CA_UNKNOWN_TRUTH;
    }
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_truth truth = truth_of(node->args[i], traces);
        some_false |= truth == CA_FALSE;
        some_true |= truth == CA_TRUE;
        some_unknown |= truth == CA_UNKNOWN_TRUTH;
    }
    if (node->kind == CA_NODE_NOT) {
        return some_unknown ? CA_UNKNOWN_TRUTH : some_true ? CA_FALSE : CA_TRUE;
    }
    if (node->kind == CA_NODE_AND ? some_false : some_true) {
        return node->kind == CA_NODE_AND ? CA_FALSE : CA_TRUE;
    }
    return some_unknown ? CA_UNKNOWN_TRUTH : node->kind == CA_NODE_AND ? CA_TRUE : CA_FALSE;
}

/* Leaves without which the condition would not have the truth it has: the first of them, and how many. One false part
 * decides `and`; all parts together decide a false `or`. */
static void find_deciding(const ca_node *node, ca_truth is, const ca_leaf_trace *traces, const ca_node **first,
                          size_t *count)
{
    bool any_part = node->kind == CA_NODE_AND ? is == CA_FALSE : is == CA_TRUE;
    if (node->kind == CA_NODE_NOT) {
        find_deciding(node->args[0], is == CA_TRUE ? CA_FALSE : CA_TRUE, traces, first, count);
        return;
    }
    if (node->kind != CA_NODE_AND && node->kind != CA_NODE_OR) {
        *first = *first ? *first : node;
        ++*count;
        return;
    }
    for (size_t i = 0; i < node->arg_count; i++) {
        bool decides = truth_of(node->args[i], traces) == is;
        if (decides) {
            find_deciding(node->args[i], is, traces, first, count);
        }
        if (decides && any_part) {
            return;
        }
    }
}

static void add_deciding(const ca_rule *rule, const ca_codes *codes, const ca_node *condition,
                         const ca_leaf_trace *traces, ca_buf *out)
{
    const ca_node *leaf = NULL;
    size_t count = 0;
    find_deciding(condition, CA_FALSE, traces, &leaf, &count);
    if (!leaf || leaf->leaf < 0) {
        return;
    }
    const ca_leaf_trace *trace = &traces[leaf->leaf];
    ca_buf_add_cstr(out, trace->truth == CA_TRUE ? "true: " : "false: ");
    ca_leaf_source(rule, leaf, out);
    if (trace->operand_count) {
        ca_buf_add_cstr(out, " (");
        ca_leaf_values(rule, codes, trace, out);
        ca_buf_add_char(out, ')');
    }
    if (count > 1) {
        ca_buf_printf(out, "; and %zu more", count - 1);
    }
}

/* --- Not applicable, unknown ------------------------------------------------------------------ */

static void add_date(ca_date date, ca_buf *out)
{
    char text[CA_DATE_SIZE];
    if (date <= CA_DATE_MIN || date >= CA_DATE_MAX) {
        ca_buf_add_cstr(out, "open");
        return;
    }
    ca_date_print(date, text);
    ca_buf_add_cstr(out, text);
}

static bool is_outside(const ca_frame *frame, const ca_rule *rule, unsigned unit)
{
    if (!rule->has_effective || !ca_batch_has(frame->units, rule->effective_on, unit)) {
        return false;
    }
    ca_date date = frame->units->columns[rule->effective_on].as.date[unit];
    return date < rule->effective_from || date > rule->effective_to;
}

static void add_not_applicable(const ca_frame *frame, const ca_rule *rule, unsigned unit,
                               const ca_explanation *explanation, ca_buf *out)
{
    if (is_outside(frame, rule, unit)) {
        ca_buf_printf(out, "%s ", frame->units->schema->columns[rule->effective_on].name);
        add_date(frame->units->columns[rule->effective_on].as.date[unit], out);
        ca_buf_add_cstr(out, " is outside of effective ");
        add_date(rule->effective_from, out);
        ca_buf_add_cstr(out, " .. ");
        add_date(rule->effective_to, out);
        return;
    }
    if (!rule->where) {
        return;
    }
    ca_buf_add_cstr(out, frame->lines ? "where takes no line; " : "where is ");
    add_deciding(rule, frame->codes, rule->where, explanation->leaves, out);
}

static void add_unknown(const ca_rule *rule, const char *blame, ca_buf *out)
{
    for (size_t i = 0; i < rule->set_count; i++) {
        if (strcmp(blame, ca_codeset_name(rule->sets[i])) == 0) {
            ca_buf_printf(out, "the set %s is bound to no file", blame);
            return;
        }
    }
    for (size_t i = 0; i < rule->table_count; i++) {
        if (strcmp(blame, ca_reftable_name(rule->tables[i])) == 0) {
            ca_buf_printf(out, ca_reftable_bound(rule->tables[i]) ? "the table %s has no such row or value"
                                                                  : "the table %s is bound to no file",
                          blame);
            return;
        }
    }
    if (strcmp(blame, "other") == 0) {
        ca_buf_add_cstr(out, "a value cannot be calculated");
    } else {
        ca_buf_printf(out, "%s is missing", blame);
    }
}

/* --- All -------------------------------------------------------------------------------------- */

static void add_excuse(const ca_rule *rule, const char *name, ca_buf *out)
{
    ca_buf_printf(out, "excused by %s", name);
    for (size_t i = 0; i < rule->unless_count; i++) {
        if (strcmp(rule->unless[i].name, name) == 0 && rule->unless[i].reason) {
            ca_buf_printf(out, ": %s", rule->unless[i].reason);
        }
    }
}

void ca_tell_because(const ca_frame *frame, const ca_rule *rule, unsigned unit, const ca_explanation *explanation,
                     ca_buf *out)
{
    switch (explanation->outcome) {
    case CA_PASS:
        if (rule->when) {
            add_deciding(rule, frame->codes, rule->when, explanation->leaves, out);
        }
        break;
    case CA_HIT:
        ca_buf_add_text(out, explanation->message);
        if (explanation->unchecked) {
            ca_buf_printf(out, " (exception %s could not be checked: %s is missing)", explanation->unchecked,
                          explanation->unchecked_field);
        }
        break;
    case CA_EXCUSED:
        add_excuse(rule, explanation->excuse, out);
        break;
    case CA_UNKNOWN:
        add_unknown(rule, explanation->blame, out);
        break;
    case CA_NOT_APPLICABLE:
        add_not_applicable(frame, rule, unit, explanation, out);
        break;
    case CA_OUTCOMES:
        break;
    }
}
