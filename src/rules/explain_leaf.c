/* The explaining twin's conditions: every part is looked at, every leaf of the rule leaves a
 * trace. */
#include "rules/explain_parts.h"

ca_truth ca_tell_not(ca_truth truth)
{
    if (truth == CA_UNKNOWN_TRUTH)
        return CA_UNKNOWN_TRUTH;
    return truth == CA_TRUE ? CA_FALSE : CA_TRUE;
}

static ca_truth truth_of(bool is)
{
    return is ? CA_TRUE : CA_FALSE;
}

static ca_told operand(ca_twin *twin, const ca_node *leaf, size_t index, uint32_t line,
                       ca_told *all)
{
    ca_told told = ca_tell_value(twin, leaf->args[index], line);
    all->skipped |= told.skipped;
    all->blame = all->blame ? all->blame : told.blame;
    all->skip_blame = all->skip_blame ? all->skip_blame : told.skip_blame;
    return told;
}

/* --- Comparisons ------------------------------------------------------------------------------ */

static ca_truth tell_compare(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_value left = operand(twin, leaf, 0, line, all).value;
    ca_value right = operand(twin, leaf, 1, line, all).value;
    if (!left.present || !right.present)
        return CA_UNKNOWN_TRUTH;
    int order = ca_tell_order(&left, &right);
    switch (leaf->compare) {
    case CA_EQ:
        return truth_of(order == 0);
    case CA_NE:
        return truth_of(order != 0);
    case CA_LT:
        return truth_of(order < 0);
    case CA_LE:
        return truth_of(order <= 0);
    case CA_GT:
        return truth_of(order > 0);
    case CA_GE:
        return truth_of(order >= 0);
    }
    return CA_UNKNOWN_TRUTH;
}

static ca_truth tell_between(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_value value = operand(twin, leaf, 0, line, all).value;
    ca_value low = operand(twin, leaf, 1, line, all).value;
    ca_value high = operand(twin, leaf, 2, line, all).value;
    if (!value.present || !low.present || !high.present)
        return CA_UNKNOWN_TRUTH;
    return truth_of(ca_tell_order(&value, &low) >= 0 && ca_tell_order(&value, &high) <= 0);
}

/* --- Members ---------------------------------------------------------------------------------- */

static bool member_is(const ca_member *member, const ca_codes *codes, const ca_value *value)
{
    if (value->type == CA_TYPE_ENUM)
        return value->as.choice == member->choice;
    ca_text text = value->as.text;
    if (value->type == CA_TYPE_CODE) {
        if (ca_codes_system_of(codes, value->as.code) != member->system)
            return false;
        text = ca_codes_text(codes, value->as.code);
    }
    if (!member->range)
        return ca_text_eq(text, member->low);
    return ca_text_cmp(text, member->low) >= 0 &&
           (ca_text_cmp(text, member->high) <= 0 || ca_text_starts(text, member->high));
}

/* Is one value among literals or in the set? The row that says so goes into the trace. */
static bool is_member(ca_twin *twin, const ca_node *leaf, const ca_value *value, ca_date on)
{
    for (size_t i = 0; i < leaf->member_count; i++) {
        if (member_is(&leaf->members[i], twin->frame->codes, value))
            return true;
    }
    ca_ref_row row;
    if (leaf->set == NULL ||
        !ca_codeset_explain(leaf->set, twin->frame->codes, value->as.code, on, &row))
        return false;
    if (twin->trace != NULL) {
        twin->trace->has_row = true;
        twin->trace->row = row;
        twin->trace->row_of = ca_codeset_name(leaf->set);
    }
    return true;
}

static void note_code(ca_twin *twin, uint32_t code)
{
    if (twin->trace == NULL)
        return;
    twin->trace->has_code = true;
    twin->trace->code = code;
}

/* The date for the leaf's set; false when the set cannot be asked. */
static bool askable(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all,
                    ca_date *ret_on)
{
    *ret_on = CA_NO_DATE;
    if (leaf->set == NULL)
        return true;
    ca_told date = ca_tell_date(twin, leaf->on, line);
    all->skipped |= leaf->on != NULL && date.skipped;
    if (!ca_codeset_bound(leaf->set)) {
        all->blame = ca_codeset_name(leaf->set);
        return false;
    }
    if (!ca_codeset_dated(leaf->set))
        return true;
    all->blame = all->blame ? all->blame : date.blame;
    if (date.value.present)
        *ret_on = date.value.as.date;
    return date.value.present;
}

static ca_truth tell_in(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_date on;
    ca_value value = operand(twin, leaf, 0, line, all).value;
    bool can = askable(twin, leaf, line, all, &on);
    if (!value.present || !can)
        return CA_UNKNOWN_TRUTH;
    if (value.type == CA_TYPE_CODE)
        note_code(twin, value.as.code);
    return truth_of(is_member(twin, leaf, &value, on) != leaf->negated);
}

/* overlaps looks for the first code inside, within for the first outside. */
static ca_truth tell_list(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_date on;
    bool within = leaf->kind == CA_NODE_WITHIN;
    ca_value list = operand(twin, leaf, 0, line, all).value;
    bool can = askable(twin, leaf, line, all, &on);
    if (!list.present)
        return CA_UNKNOWN_TRUTH;
    if (list.as.codes.count == 0)
        return truth_of(within);
    if (!can)
        return CA_UNKNOWN_TRUTH;
    for (size_t i = 0; i < list.as.codes.count; i++) {
        ca_value code = {.type = CA_TYPE_CODE, .present = true, .as.code = list.as.codes.ids[i]};
        if (is_member(twin, leaf, &code, on) == within)
            continue;
        note_code(twin, code.as.code);
        if (within && twin->trace != NULL)
            twin->trace->has_row = false;
        return truth_of(!within);
    }
    return truth_of(within);
}

static ca_truth tell_has(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_value list = operand(twin, leaf, 0, line, all).value;
    ca_value code = operand(twin, leaf, 1, line, all).value;
    if (list.present && list.as.codes.count == 0)
        return CA_FALSE;
    if (!list.present || !code.present)
        return CA_UNKNOWN_TRUTH;
    bool found = false;
    for (size_t i = 0; i < list.as.codes.count; i++)
        found |= list.as.codes.ids[i] == code.as.code;
    return truth_of(found);
}

static ca_truth tell_starts(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    const ca_node *prefix = leaf->args[1];
    ca_value value = operand(twin, leaf, 0, line, all).value;
    if (!value.present)
        return CA_UNKNOWN_TRUTH;
    if (value.type != CA_TYPE_CODE)
        return truth_of(ca_text_starts(value.as.text, prefix->text));
    uint8_t system = ca_codes_system_of(twin->frame->codes, value.as.code);
    ca_text text = ca_codes_text(twin->frame->codes, value.as.code);
    bool same_system = prefix->system == CA_SYSTEM_NONE || prefix->system == system;
    return truth_of(same_system && ca_text_starts(text, prefix->text));
}

/* --- Other leaves ----------------------------------------------------------------------------- */

static ca_truth tell_missing(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_value value = operand(twin, leaf, 0, line, all).value;
    all->blame = all->skip_blame;
    return truth_of(value.present == leaf->negated);
}

static ca_truth tell_found(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    ca_truth found;
    *all = ca_tell_lookup(twin, leaf->args[0], line, &found);
    return leaf->negated ? ca_tell_not(found) : found;
}

static ca_truth tell_truth(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    if (leaf->args[0]->kind == CA_NODE_AGGREGATE)
        return ca_tell_quantifier(twin, leaf->args[0], all);
    ca_value value = operand(twin, leaf, 0, line, all).value;
    return value.present ? truth_of(value.as.ratio.n != 0) : CA_UNKNOWN_TRUTH;
}

/* hit('RULE'): of the unit itself, as features ask it of single lines. */
static ca_truth tell_hit(const ca_twin *twin, const ca_node *leaf)
{
    const uint64_t *of_rule = twin->frame->hits ? twin->frame->hits[leaf->hit] : NULL;
    if (!of_rule)
        return CA_UNKNOWN_TRUTH;
    return truth_of((of_rule[twin->unit / 64] >> (twin->unit % 64) & 1) != 0);
}

static ca_truth tell_leaf(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_told *all)
{
    switch (leaf->kind) {
    case CA_NODE_COMPARE:
        return tell_compare(twin, leaf, line, all);
    case CA_NODE_BETWEEN:
        return tell_between(twin, leaf, line, all);
    case CA_NODE_IN:
        return tell_in(twin, leaf, line, all);
    case CA_NODE_HAS:
        return tell_has(twin, leaf, line, all);
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
        return tell_list(twin, leaf, line, all);
    case CA_NODE_STARTS:
        return tell_starts(twin, leaf, line, all);
    case CA_NODE_MISSING:
        return tell_missing(twin, leaf, line, all);
    case CA_NODE_FOUND:
        return tell_found(twin, leaf, line, all);
    case CA_NODE_HIT:
        return tell_hit(twin, leaf);
    case CA_NODE_TRUTH:
        return tell_truth(twin, leaf, line, all);
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_NUMBER:
    case CA_NODE_STRING:
    case CA_NODE_DATE:
    case CA_NODE_COLUMN:
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
    case CA_NODE_CALL:
    case CA_NODE_AGGREGATE:
    case CA_NODE_LOOKUP:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        break;
    }
    return CA_UNKNOWN_TRUTH;
}

/* --- Traces ----------------------------------------------------------------------------------- */

static bool is_literal(const ca_node *node)
{
    return node->kind == CA_NODE_NUMBER || node->kind == CA_NODE_STRING ||
           node->kind == CA_NODE_DATE;
}

/* The columns in the condition of any(…) or all(…), at the line that decided. */
static size_t list_columns(ca_twin *twin, const ca_node *node, uint32_t line, ca_operand *into)
{
    size_t count = 0;
    if (node == NULL)
        return 0;
    if (node->kind == CA_NODE_COLUMN) {
        if (into != NULL)
            into[0] = (ca_operand){node, ca_tell_value(twin, node, line).value};
        return 1;
    }
    for (size_t i = 0; i < node->arg_count; i++)
        count += list_columns(twin, node->args[i], line, into ? into + count : NULL);
    return count + list_columns(twin, node->on, line, into ? into + count : NULL);
}

/* Counts, or with `into` records, what stands in a leaf: each operand, then the columns it is
 * made of. */
static size_t list_operands(ca_twin *twin, const ca_node *node, uint32_t line, bool top,
                            ca_operand *into)
{
    size_t count = 0;
    if (node == NULL || is_literal(node) || node->type.condition)
        return 0;
    if (top || node->kind == CA_NODE_COLUMN) {
        if (into != NULL)
            into[0] = (ca_operand){node, ca_tell_value(twin, node, line).value};
        count = 1;
    }
    if (node->kind == CA_NODE_AGGREGATE)
        return count;
    for (size_t i = 0; i < node->arg_count; i++)
        count += list_operands(twin, node->args[i], line, false, into ? into + count : NULL);
    return count + list_operands(twin, node->on, line, false, into ? into + count : NULL);
}

static size_t list_all(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_operand *into)
{
    const ca_node *first = leaf->args[0];
    if (leaf->kind == CA_NODE_TRUTH && first->kind == CA_NODE_AGGREGATE)
        return twin->decided_by == CA_AT_UNIT
                   ? 0
                   : list_columns(twin, first->args[0], twin->decided_by, into);
    bool call = leaf->kind == CA_NODE_TRUTH && first->kind == CA_NODE_CALL;
    bool row = leaf->kind == CA_NODE_FOUND;
    const ca_node *holder = call || row ? first : leaf;
    size_t count = 0;
    for (size_t i = 0; i < holder->arg_count; i++)
        count += list_operands(twin, holder->args[i], line, true, into ? into + count : NULL);
    return count + list_operands(twin, holder->on, line, true, into ? into + count : NULL);
}

static void record(ca_twin *twin, const ca_node *leaf, uint32_t line, ca_truth truth,
                   const char *blame)
{
    ca_leaf_trace *trace = twin->trace;
    twin->trace = NULL; /* reading the operands again must not look like a second test */
    trace->reached = true;
    trace->truth = truth;
    trace->blame = truth == CA_UNKNOWN_TRUTH ? blame : NULL;
    trace->operand_count = list_all(twin, leaf, line, NULL);
    trace->operands = ca_arena_array(twin->arena, trace->operand_count, sizeof(*trace->operands));
    if (trace->operands == NULL) {
        trace->operand_count = 0;
        twin->nomem = true;
        return;
    }
    (void)list_all(twin, leaf, line, trace->operands);
}

static ca_truth tell_one(ca_twin *twin, const ca_node *leaf, uint32_t line, const char **ret_blame)
{
    ca_told all = {0};
    ca_leaf_trace *outer = twin->trace;
    bool own = leaf->leaf >= 0 && twin->leaves != NULL;
    if (own) {
        twin->leaves[leaf->leaf] = (ca_leaf_trace){0};
        twin->trace = &twin->leaves[leaf->leaf];
    }
    ca_truth truth = tell_leaf(twin, leaf, line, &all);
    if (all.skipped && truth != CA_TRUE)
        truth = CA_UNKNOWN_TRUTH;
    const char *blame = all.blame ? all.blame : "other";
    if (own)
        record(twin, leaf, line, truth, blame);
    if (truth == CA_UNKNOWN_TRUTH && *ret_blame == NULL)
        *ret_blame = blame;
    twin->trace = outer;
    return truth;
}

ca_truth ca_tell_condition(ca_twin *twin, const ca_node *node, uint32_t line,
                           const char **ret_blame)
{
    if (node->kind == CA_NODE_NOT)
        return ca_tell_not(ca_tell_condition(twin, node->args[0], line, ret_blame));
    if (node->kind != CA_NODE_AND && node->kind != CA_NODE_OR)
        return tell_one(twin, node, line, ret_blame);
    bool some_true = false;
    bool some_false = false;
    bool some_unknown = false;
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_truth part = ca_tell_condition(twin, node->args[i], line, ret_blame);
        some_true |= part == CA_TRUE;
        some_false |= part == CA_FALSE;
        some_unknown |= part == CA_UNKNOWN_TRUTH;
    }
    if (node->kind == CA_NODE_AND && some_false)
        return CA_FALSE;
    if (node->kind == CA_NODE_OR && some_true)
        return CA_TRUE;
    if (some_unknown)
        return CA_UNKNOWN_TRUTH;
    return truth_of(node->kind == CA_NODE_AND);
}
