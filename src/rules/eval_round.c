/* Amounts that are round: `x = k * round(x / k, 0)` asks whether anything is left when x is divided by k. */
#include "rules/eval_parts.h"

typedef struct round_test {
    const int64_t *values;
    int64_t step;
    bool negate;
} round_test;

static uint64_t are_round(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const round_test *test = what;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)(test->values[base + i] % test->step == 0) << i;
    return test->negate ? ~yes : yes;
}

static bool same_number(const ca_node *a, const ca_node *b)
{
    return a->kind == CA_NODE_NUMBER && b->kind == CA_NODE_NUMBER && a->number.n == b->number.n && a->number.d == b->number.d;
}

static bool same_column(const ca_node *a, const ca_node *b)
{
    return b->kind == CA_NODE_COLUMN && a->column == b->column && a->side == b->side && a->of_lines == b->of_lines &&
           a->claim_amount == b->claim_amount;
}

/* round(x / k, 0) */
static bool is_rounded(const ca_node *call, const ca_node *column, const ca_node *number)
{
    if (call->kind != CA_NODE_CALL || call->function != CA_FN_ROUND || call->args[0]->kind != CA_NODE_DIV)
        return false;
    const ca_node *quotient = call->args[0];
    bool whole = call->args[1]->kind == CA_NODE_NUMBER && call->args[1]->number.n == 0;
    return whole && same_column(column, quotient->args[0]) && same_number(number, quotient->args[1]);
}

/* k in units of the column, from 1 on: then no quotient is too large to be rounded. */
static bool step_of(const ca_node *column, const ca_ratio *number, int64_t *ret_step)
{
    int64_t scale = column->type.type == CA_TYPE_INT ? 1 : CA_DECIMAL_ONE;
    if (number->d <= 0 || number->n < number->d || number->n > INT64_MAX / CA_DECIMAL_ONE || number->n * scale % number->d != 0)
        return false;
    *ret_step = (int64_t)(number->n * scale / number->d);
    return true;
}

static bool test_round(const ca_view *view, const ca_node *column, const ca_node *product, bool negate, const uint64_t *mask, ca_bits out)
{
    ca_type type = column->type.type;
    int64_t step;
    if (!ca_view_owns(view, column) || (type != CA_TYPE_INT && type != CA_TYPE_DECIMAL && type != CA_TYPE_MONEY) ||
        product->kind != CA_NODE_MUL)
        return false;
    bool first = product->args[0]->kind == CA_NODE_NUMBER;
    const ca_node *number = product->args[first ? 0 : 1], *call = product->args[first ? 1 : 0];
    if (!is_rounded(call, column, number) || !step_of(column, &number->number, &step))
        return false;
    const ca_column *values = &view->batch->columns[column->column];
    const round_test test = {values->as.number, step, negate};
    if (values->present != NULL)
        ca_each_word(view, mask, values->present, mask, are_round, &test, out);
    return true;
}

bool ca_leaf_round(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    bool negate = leaf->compare == CA_NE;
    if (leaf->compare != CA_EQ && !negate)
        return false;
    return test_round(view, leaf->args[0], leaf->args[1], negate, mask, out) ||
           test_round(view, leaf->args[1], leaf->args[0], negate, mask, out);
}
