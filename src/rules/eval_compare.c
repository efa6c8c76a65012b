/* The leaves that compare: with a literal, with another column, and whether a value is there at
 * all. */
#include "rules/eval_parts.h"

#include <string.h>

static const ca_column *column_of(const ca_view *view, const ca_node *node)
{
    return &view->batch->columns[node->column];
}

static bool is_number(ca_type type)
{
    return type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
}

/* --- Two columns ------------------------------------------------------------------------------ */

typedef struct pair_test {
    const void *left;
    const void *right;
    uint64_t less, equal, greater; /* 1 = this order makes the comparison TRUE */
} pair_test;

static uint64_t number_pairs(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const pair_test *test = what;
    const int64_t *left = (const int64_t *)test->left + base;
    const int64_t *right = (const int64_t *)test->right + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++) {
        uint64_t good = ((left[i] < right[i]) & test->less) |
                        ((left[i] == right[i]) & test->equal) |
                        ((left[i] > right[i]) & test->greater);
        yes |= good << i;
    }
    return yes;
}

static uint64_t date_pairs(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const pair_test *test = what;
    const ca_date *left = (const ca_date *)test->left + base;
    const ca_date *right = (const ca_date *)test->right + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++) {
        uint64_t good = ((left[i] < right[i]) & test->less) |
                        ((left[i] == right[i]) & test->equal) |
                        ((left[i] > right[i]) & test->greater);
        yes |= good << i;
    }
    return yes;
}

typedef struct text_test {
    const ca_batch *batch;
    const ca_slice *left, *right;
    bool negate;
} text_test;

/* Neighbours are mostly of one claim, whose texts lie in one place. */
static uint64_t texts_equal(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const text_test *test = what;
    const char *bytes = test->batch->bytes;
    ca_slice a = {0, 0}, b = {0, 0};
    bool equal = true;
    uint64_t yes = 0;
    (void)count;
    while (rows != 0) {
        unsigned i = ca_bits_next(&rows);
        ca_slice left = test->left[base + i];
        ca_slice right = test->right[base + i];
        if (left.from != a.from || left.len != a.len || right.from != b.from || right.len != b.len) {
            a = left;
            b = right;
            equal = a.len == b.len && memcmp(bytes + a.from, bytes + b.from, a.len) == 0;
        }
        yes |= (uint64_t)(equal != test->negate) << i;
    }
    return yes;
}

static bool compare_texts(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_column *left = column_of(view, leaf->args[0]);
    const ca_column *right = column_of(view, leaf->args[1]);
    ca_type a = leaf->args[0]->type.type;
    ca_type b = leaf->args[1]->type.type;
    if ((a != CA_TYPE_TEXT && a != CA_TYPE_ID) || (b != CA_TYPE_TEXT && b != CA_TYPE_ID) ||
        (leaf->compare != CA_EQ && leaf->compare != CA_NE))
        return false;
    const text_test test = {view->batch, left->as.slice, right->as.slice, leaf->compare == CA_NE};
    if (left->present != NULL && right->present != NULL)
        ca_each_word(view, mask, left->present, right->present, texts_equal, &test, out);
    return true;
}

static bool compare_columns(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                            ca_bits out)
{
    const ca_node *left = leaf->args[0];
    const ca_node *right = leaf->args[1];
    if (!ca_view_owns(view, left) || !ca_view_owns(view, right))
        return false;
    if (compare_texts(view, leaf, mask, out))
        return true;
    ca_type a = left->type.type;
    ca_type b = right->type.type;
    bool dates = a == CA_TYPE_DATE && b == CA_TYPE_DATE;
    bool numbers = is_number(a) && is_number(b) && (a == CA_TYPE_INT) == (b == CA_TYPE_INT);
    if (!dates && !numbers)
        return false;
    const ca_column *of_left = column_of(view, left);
    const ca_column *of_right = column_of(view, right);
    if (of_left->present == NULL || of_right->present == NULL)
        return true;
    ca_compare wish = leaf->compare;
    pair_test test = {.left = of_left->as.any,
                      .right = of_right->as.any,
                      .less = wish == CA_LT || wish == CA_LE || wish == CA_NE,
                      .equal = wish == CA_EQ || wish == CA_LE || wish == CA_GE,
                      .greater = wish == CA_GT || wish == CA_GE || wish == CA_NE};
    ca_each_word(view, mask, of_left->present, of_right->present, dates ? date_pairs : number_pairs,
                 &test, out);
    return true;
}

/* --- Codes and enumerations ------------------------------------------------------------------- */

typedef struct equal_test {
    const uint32_t *codes;
    const uint8_t *choices;
    uint32_t wanted;
    bool negate;
} equal_test;

static uint64_t codes_equal(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const equal_test *test = what;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)(test->codes[base + i] == test->wanted) << i;
    return test->negate ? ~yes : yes;
}

static uint64_t choices_equal(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const equal_test *test = what;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)(test->choices[base + i] == test->wanted) << i;
    return test->negate ? ~yes : yes;
}

static bool compare_literal(const ca_view *view, const ca_node *operand, const ca_node *literal,
                            bool negate, const uint64_t *mask, ca_bits out)
{
    if (!ca_view_owns(view, operand) || literal->kind != CA_NODE_STRING)
        return false;
    const ca_column *column = column_of(view, operand);
    equal_test test = {.codes = column->as.code, .choices = column->as.choice, .negate = negate};
    ca_word_test *loop;
    if (operand->type.type == CA_TYPE_CODE) {
        test.wanted = ca_codes_find(view->frame->codes, literal->system, literal->text);
        loop = codes_equal;
    } else if (operand->type.type == CA_TYPE_ENUM) {
        test.wanted = literal->choice;
        loop = choices_equal;
    } else {
        return false;
    }
    if (column->present != NULL)
        ca_each_word(view, mask, column->present, mask, loop, &test, out);
    return true;
}

ca_compare ca_compare_mirrored(ca_compare compare)
{
    switch (compare) {
    case CA_LT:
        return CA_GT;
    case CA_LE:
        return CA_GE;
    case CA_GT:
        return CA_LT;
    case CA_GE:
        return CA_LE;
    case CA_EQ:
    case CA_NE:
        break;
    }
    return compare;
}

/* --- Days of the week ------------------------------------------------------------------------- */

static uint64_t weekends(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const ca_date *days = (const ca_date *)what + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++) {
        uint32_t since = (uint32_t)days[i] + 719164; /* since a Saturday before all dates; 1970-01-03 was one */
        yes |= (uint64_t)(since % 7 < 2) << i;
    }
    return yes;
}

bool ca_leaf_weekend(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_node *call = leaf->args[0];
    if (call->kind != CA_NODE_CALL || call->function != CA_FN_IS_WEEKEND || !ca_view_owns(view, call->args[0]) ||
        call->args[0]->type.type != CA_TYPE_DATE)
        return false;
    const ca_column *dates = column_of(view, call->args[0]);
    if (dates->present != NULL)
        ca_each_word(view, mask, dates->present, mask, weekends, dates->as.date, out);
    return true;
}

/* --- The leaves ------------------------------------------------------------------------------- */

bool ca_leaf_compare(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_node *left = leaf->args[0];
    const ca_node *right = leaf->args[1];
    ca_range range;
    if (ca_range_literal(view, left, leaf->compare, right, &range)) {
        ca_range_test(view, left, range, mask, out);
        return true;
    }
    if (ca_range_literal(view, right, ca_compare_mirrored(leaf->compare), left, &range)) {
        ca_range_test(view, right, range, mask, out);
        return true;
    }
    if (leaf->compare == CA_EQ || leaf->compare == CA_NE) {
        bool negate = leaf->compare == CA_NE;
        if (compare_literal(view, left, right, negate, mask, out) ||
            compare_literal(view, right, left, negate, mask, out))
            return true;
    }
    return compare_columns(view, leaf, mask, out) || ca_leaf_round(view, leaf, mask, out);
}

bool ca_leaf_between(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    ca_range low, high;
    if (!ca_range_literal(view, leaf->args[0], CA_GE, leaf->args[1], &low) ||
        !ca_range_literal(view, leaf->args[0], CA_LE, leaf->args[2], &high))
        return false;
    ca_range both = {.low = low.low > high.low ? low.low : high.low,
                     .high = low.high < high.high ? low.high : high.high};
    ca_range_test(view, leaf->args[0], both, mask, out);
    return true;
}

bool ca_leaf_missing(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_node *operand = leaf->args[0];
    if (!ca_view_owns(view, operand))
        return false;
    const uint64_t *present = column_of(view, operand)->present;
    for (unsigned w = 0; w < view->words; w++) {
        uint64_t missing = present == NULL ? mask[w] : mask[w] & ~present[w];
        out.yes[w] = leaf->negated ? mask[w] & ~missing : missing;
        out.no[w] = mask[w] & ~out.yes[w];
    }
    return true;
}
