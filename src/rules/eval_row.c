/* Leaves row by row: the general way, for everything that has no columnar loop. */
#include "rules/eval_parts.h"

static bool is_number(ca_type type)
{
    return type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Most numbers fit into 64 bits, where no product can overflow. */
static bool small_order(ca_ratio a, ca_ratio b, int *ret_order)
{
    if ((int64_t)a.n != a.n || (int64_t)a.d != a.d || (int64_t)b.n != b.n || (int64_t)b.d != b.d)
        return false;
    *ret_order = (a.n * b.d > b.n * a.d) - (a.n * b.d < b.n * a.d);
    return true;
}

int ca_row_order(const ca_value *a, const ca_value *b)
{
    int order = 0;
    if (is_number(a->type)) {
        if (small_order(a->as.ratio, b->as.ratio, &order))
            return order;
        (void)ca_ratio_cmp(a->as.ratio, b->as.ratio, &order);
        return order;
    }
    switch (a->type) {
    case CA_TYPE_DATE:
        return order_of(a->as.date, b->as.date);
    case CA_TYPE_CODE:
        return order_of(a->as.code, b->as.code);
    case CA_TYPE_ENUM:
        return order_of(a->as.choice, b->as.choice);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_text_cmp(a->as.text, b->as.text);
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    return 0;
}

static ca_truth truth_of(bool is)
{
    return is ? CA_TRUE : CA_FALSE;
}

static ca_truth opposite(ca_truth truth)
{
    if (truth == CA_UNKNOWN_TRUTH)
        return truth;
    return truth == CA_TRUE ? CA_FALSE : CA_TRUE;
}

static ca_truth compare(ca_row_at *at, const ca_node *leaf)
{
    ca_value a = ca_row_value(at, leaf->args[0]);
    ca_value b = ca_row_value(at, leaf->args[1]);
    if (!a.present || !b.present)
        return CA_UNKNOWN_TRUTH;
    int order = ca_row_order(&a, &b);
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

static ca_truth between(ca_row_at *at, const ca_node *leaf)
{
    ca_value value = ca_row_value(at, leaf->args[0]);
    ca_value low = ca_row_value(at, leaf->args[1]);
    ca_value high = ca_row_value(at, leaf->args[2]);
    if (!value.present || !low.present || !high.present)
        return CA_UNKNOWN_TRUTH;
    return truth_of(ca_row_order(&low, &value) <= 0 && ca_row_order(&value, &high) <= 0);
}

/* --- Members ---------------------------------------------------------------------------------- */

static bool member_matches(const ca_node *leaf, const ca_codes *codes, const ca_value *value,
                           uint32_t code)
{
    for (size_t i = 0; i < leaf->member_count; i++) {
        const ca_member *member = &leaf->members[i];
        if (value->type == CA_TYPE_ENUM) {
            if (value->as.choice == member->choice)
                return true;
            continue;
        }
        bool coded = value->type == CA_TYPE_CODE || value->type == CA_TYPE_CODES;
        if (coded && ca_codes_system_of(codes, code) != member->system)
            continue;
        ca_text text = coded ? ca_codes_text(codes, code) : value->as.text;
        if (!member->range
                ? ca_text_eq(text, member->low)
                : ca_text_cmp(member->low, text) <= 0 &&
                      (ca_text_cmp(text, member->high) <= 0 || ca_text_starts(text, member->high)))
            return true;
    }
    return false;
}

/* The date for a set; false when the set needs one and there is none. */
static bool set_date(ca_row_at *at, const ca_node *leaf, ca_date *ret_date)
{
    ca_value on;
    if (leaf->on != NULL)
        on = ca_row_value(at, leaf->on);
    else
        on = ca_row_date(at);
    *ret_date = on.present ? on.as.date : CA_NO_DATE;
    return on.present || !ca_codeset_dated(leaf->set);
}

static bool in_set(const ca_node *leaf, const ca_codes *codes, uint32_t code, ca_date on)
{
    const ca_codeset_index *index = ca_codeset_indexed(leaf->set);
    ca_ref_row row;
    if (index != NULL && code < index->codes)
        return ca_codeset_has(index, code, on);
    return ca_codeset_explain(leaf->set, codes, code, on, &row);
}

static ca_truth single_member(ca_row_at *at, const ca_node *leaf)
{
    const ca_codes *codes = at->view->frame->codes;
    ca_value value = ca_row_value(at, leaf->args[0]);
    ca_date on = CA_NO_DATE;
    bool dated = leaf->set == NULL || set_date(at, leaf, &on);
    if (!value.present || !dated || (leaf->set != NULL && !ca_codeset_bound(leaf->set)))
        return CA_UNKNOWN_TRUTH;
    bool is = leaf->set != NULL ? in_set(leaf, codes, value.as.code, on)
                                : member_matches(leaf, codes, &value,
                                                 value.type == CA_TYPE_CODE ? value.as.code : 0);
    return truth_of(is != leaf->negated);
}

static ca_truth list_members(ca_row_at *at, const ca_node *leaf)
{
    const ca_codes *codes = at->view->frame->codes;
    bool within = leaf->kind == CA_NODE_WITHIN;
    ca_value list = ca_row_value(at, leaf->args[0]);
    ca_date on = CA_NO_DATE;
    bool dated = leaf->set == NULL || set_date(at, leaf, &on);
    if (!list.present)
        return CA_UNKNOWN_TRUTH;
    if (list.as.codes.count == 0)
        return truth_of(within);
    if (!dated || (leaf->set != NULL && !ca_codeset_bound(leaf->set)))
        return CA_UNKNOWN_TRUTH;
    for (size_t i = 0; i < list.as.codes.count; i++) {
        uint32_t code = list.as.codes.ids[i];
        bool is = leaf->set != NULL ? in_set(leaf, codes, code, on)
                                    : member_matches(leaf, codes, &list, code);
        if (is != within)
            return truth_of(!within);
    }
    return truth_of(within);
}

static ca_truth has(ca_row_at *at, const ca_node *leaf)
{
    ca_value list = ca_row_value(at, leaf->args[0]);
    ca_value code = ca_row_value(at, leaf->args[1]);
    if (!list.present)
        return CA_UNKNOWN_TRUTH;
    if (list.as.codes.count == 0)
        return CA_FALSE;
    if (!code.present)
        return CA_UNKNOWN_TRUTH;
    for (size_t i = 0; i < list.as.codes.count; i++) {
        if (list.as.codes.ids[i] == code.as.code)
            return CA_TRUE;
    }
    return CA_FALSE;
}

static ca_truth starts(ca_row_at *at, const ca_node *leaf)
{
    const ca_codes *codes = at->view->frame->codes;
    const ca_node *prefix = leaf->args[1];
    ca_value value = ca_row_value(at, leaf->args[0]);
    if (!value.present)
        return CA_UNKNOWN_TRUTH;
    if (value.type != CA_TYPE_CODE)
        return truth_of(ca_text_starts(value.as.text, prefix->text));
    return truth_of((prefix->system == CA_SYSTEM_NONE ||
                     prefix->system == ca_codes_system_of(codes, value.as.code)) &&
                    ca_text_starts(ca_codes_text(codes, value.as.code), prefix->text));
}

/* --- Any leaf --------------------------------------------------------------------------------- */

static ca_truth found(ca_row_at *at, const ca_node *leaf)
{
    ca_truth is;
    (void)ca_row_lookup(at, leaf->args[0], &is);
    return leaf->negated ? opposite(is) : is;
}

static ca_truth boolean(ca_row_at *at, const ca_node *leaf)
{
    ca_value value = ca_row_value(at, leaf->args[0]);
    return value.present ? truth_of(value.as.ratio.n != 0) : CA_UNKNOWN_TRUTH;
}

static ca_truth hit(const ca_row_at *at, const ca_node *leaf)
{
    const ca_frame *frame = at->view->frame;
    if (frame->hits == NULL || frame->hits[leaf->hit] == NULL)
        return CA_UNKNOWN_TRUTH;
    return truth_of(ca_bit(frame->hits[leaf->hit], at->row));
}

ca_truth ca_row_leaf(ca_row_at *at, const ca_node *leaf)
{
    switch (leaf->kind) {
    case CA_NODE_COMPARE:
        return compare(at, leaf);
    case CA_NODE_BETWEEN:
        return between(at, leaf);
    case CA_NODE_IN:
        return single_member(at, leaf);
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
        return list_members(at, leaf);
    case CA_NODE_HAS:
        return has(at, leaf);
    case CA_NODE_STARTS:
        return starts(at, leaf);
    case CA_NODE_MISSING:
        return truth_of(ca_row_value(at, leaf->args[0]).present == leaf->negated);
    case CA_NODE_FOUND:
        return found(at, leaf);
    case CA_NODE_HIT:
        return hit(at, leaf);
    case CA_NODE_TRUTH:
        return boolean(at, leaf);
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

/* --- A whole condition, for blaming ----------------------------------------------------------- */

static ca_truth noted_leaf(ca_row_at *at, const ca_node *leaf)
{
    ca_truth truth = ca_row_leaf(at, leaf);
    if (at->view->eval->seen != NULL && leaf->leaf >= 0)
        at->view->eval->seen[leaf->leaf] |= (uint8_t)(1u << truth);
    return truth;
}

ca_truth ca_row_condition(ca_row_at *at, const ca_node *node)
{
    if (node->kind == CA_NODE_NOT)
        return opposite(ca_row_condition(at, node->args[0]));
    if (node->kind != CA_NODE_AND && node->kind != CA_NODE_OR)
        return noted_leaf(at, node);
    ca_truth decides = node->kind == CA_NODE_AND ? CA_FALSE : CA_TRUE;
    ca_truth result = opposite(decides);
    bool decided = false;
    for (size_t i = 0; i < node->arg_count && (!decided || at->view->eval->seen != NULL); i++) {
        ca_truth part = ca_row_condition(at, node->args[i]);
        decided |= part == decides;
        if (part == CA_UNKNOWN_TRUTH)
            result = part;
    }
    return decided ? decides : result;
}
