/* Columnar loops over numbers, dates and ages compared with literals: every such comparison is a
 * range of values. */
#include "rules/eval_parts.h"

__extension__ typedef __int128 wide;

/* --- Words ------------------------------------------------------------------------------------ */

/* A word is tested as a whole, which is quickest, unless only a few of its rows are asked for. */
static bool is_sparse(uint64_t rows)
{
    for (unsigned i = 0; i < 4; i++)
        rows &= rows - 1;
    return rows == 0;
}

void ca_each_word(const ca_view *view, const uint64_t *mask, const uint64_t *first,
                  const uint64_t *second, ca_word_test *test, const void *what, ca_bits out)
{
    for (unsigned w = 0; w < view->words; w++) {
        uint64_t rows = mask[w] & first[w] & second[w];
        if (rows == 0)
            continue;
        unsigned base = w * 64;
        unsigned count = view->rows - base < 64 ? view->rows - base : 64;
        uint64_t yes = 0;
        if (is_sparse(rows)) {
            for (uint64_t rest = rows; rest != 0;) {
                unsigned i = ca_bits_next(&rest);
                yes |= (test(what, base + i, 1, 1) & 1) << i;
            }
        } else {
            yes = test(what, base, count, rows);
        }
        out.yes[w] |= yes & rows;
        out.no[w] |= ~yes & rows;
    }
}

/* --- Ranges ----------------------------------------------------------------------------------- */

/* floor(number * scale), and whether that is exact; false when it does not fit. */
static bool floor_of(ca_ratio number, int64_t scale, wide *ret_floor, bool *ret_exact)
{
    wide product;
    if (number.d <= 0 || __builtin_mul_overflow(number.n, (wide)scale, &product))
        return false;
    wide whole = product / number.d;
    wide rest = product % number.d;
    *ret_floor = rest < 0 ? whole - 1 : whole;
    *ret_exact = rest == 0;
    return true;
}

static int64_t clamp(wide value)
{
    if (value > INT64_MAX)
        return INT64_MAX;
    return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static ca_range range_between(wide low, wide high)
{
    if (low > high || low > INT64_MAX || high < INT64_MIN)
        return (ca_range){.low = 1, .high = 0};
    return (ca_range){.low = clamp(low), .high = clamp(high)};
}

static bool range_of(ca_compare compare, ca_ratio number, int64_t scale, ca_range *ret_range)
{
    wide whole;
    bool exact;
    if (!floor_of(number, scale, &whole, &exact))
        return false;
    wide lowest = INT64_MIN;
    wide highest = INT64_MAX;
    switch (compare) {
    case CA_EQ:
    case CA_NE:
        *ret_range = exact ? range_between(whole, whole) : range_between(1, 0);
        ret_range->negate = compare == CA_NE;
        return true;
    case CA_LT:
        *ret_range = range_between(lowest, exact ? whole - 1 : whole);
        return true;
    case CA_LE:
        *ret_range = range_between(lowest, whole);
        return true;
    case CA_GT:
        *ret_range = range_between(whole + 1, highest);
        return true;
    case CA_GE:
        *ret_range = range_between(exact ? whole : whole + 1, highest);
        return true;
    }
    return false;
}

/* --- Operands of a range: a number column, a date column, an age ------------------------------ */

typedef struct range_test {
    const int64_t *numbers;
    const ca_date *dates;
    const ca_date *births; /* an age: births and dates */
    const ca_slice *lists;
    ca_range range;
} range_test;

static uint64_t numbers_in_range(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const range_test *test = what;
    const int64_t *values = test->numbers + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)((values[i] >= test->range.low) & (values[i] <= test->range.high)) << i;
    return test->range.negate ? ~yes : yes;
}

static uint64_t dates_in_range(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const range_test *test = what;
    const ca_date *values = test->dates + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)((values[i] >= test->range.low) & (values[i] <= test->range.high)) << i;
    return test->range.negate ? ~yes : yes;
}

static uint64_t sizes_in_range(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const range_test *test = what;
    const ca_slice *lists = test->lists + base;
    uint64_t yes = 0;
    (void)rows;
    for (unsigned i = 0; i < count; i++)
        yes |= (uint64_t)((lists[i].len >= test->range.low) & (lists[i].len <= test->range.high)) << i;
    return test->range.negate ? ~yes : yes;
}

static uint64_t ages_one_by_one(const range_test *test, unsigned base, uint64_t rows)
{
    uint64_t yes = 0;
    while (rows != 0) {
        unsigned i = ca_bits_next(&rows);
        int64_t age = ca_date_age_years(test->births[base + i], test->dates[base + i]);
        yes |= (uint64_t)(age >= test->range.low && age <= test->range.high) << i;
    }
    return yes;
}

/* Days that make n completed years certain, or impossible: n years have 365 n to 366 n days. */
static int64_t days_of(int64_t years, int64_t length)
{
    return years > CA_DATE_MAX ? INT64_MAX : years * length;
}

/* Ages are decided by the number of days, and by the calendar only near a birthday that matters. */
static uint64_t ages_in_range(const void *what, unsigned base, unsigned count, uint64_t rows)
{
    const range_test *test = what;
    ca_range range = test->range;
    bool from_birth = range.low == INT64_MIN;
    bool for_ever = range.high == INT64_MAX;
    if ((!from_birth && range.low < 0) || range.high < -1 || range.low > range.high) {
        uint64_t yes = ages_one_by_one(test, base, rows);
        return range.negate ? ~yes : yes;
    }
    int64_t low_sure = from_birth ? INT64_MIN : days_of(range.low, 366);
    int64_t low_never = from_birth ? INT64_MIN : days_of(range.low, 365);
    int64_t high_sure = for_ever ? INT64_MAX : days_of(range.high + 1, 365);
    int64_t high_never = for_ever ? INT64_MAX : days_of(range.high + 1, 366);
    uint64_t yes = 0;
    uint64_t no = 0;
    for (unsigned i = 0; i < count; i++) {
        int64_t days = (int64_t)test->dates[base + i] - test->births[base + i];
        yes |= (uint64_t)((days >= low_sure) & (days < high_sure)) << i;
        no |= (uint64_t)((days < low_never) | (days >= high_never)) << i;
    }
    yes |= ages_one_by_one(test, base, rows & ~yes & ~no);
    return range.negate ? ~yes : yes;
}

static bool is_number(ca_type type)
{
    return type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
}

static const ca_column *column_of(const ca_view *view, const ca_node *node)
{
    return &view->batch->columns[node->column];
}

static bool owns_date(const ca_view *view, const ca_node *node)
{
    return ca_view_owns(view, node) && node->type.type == CA_TYPE_DATE;
}

/* Scale of a literal compared with this operand, 0 when there is no loop for it. */
static int64_t range_scale(const ca_view *view, const ca_node *operand)
{
    if (ca_view_owns(view, operand) && is_number(operand->type.type))
        return operand->type.type == CA_TYPE_INT ? 1 : CA_DECIMAL_ONE;
    if (operand->kind == CA_NODE_CALL && operand->function == CA_FN_AGE_AT &&
        operand->arg_count == 2 && owns_date(view, operand->args[0]) &&
        owns_date(view, operand->args[1]))
        return 1;
    if (operand->kind == CA_NODE_CALL && operand->function == CA_FN_SIZE && ca_view_owns(view, operand->args[0]) &&
        operand->args[0]->type.type == CA_TYPE_CODES)
        return 1;
    return 0;
}

void ca_range_test(const ca_view *view, const ca_node *operand, ca_range range,
                   const uint64_t *mask, ca_bits out)
{
    range_test test = {.range = range};
    if (operand->kind == CA_NODE_CALL && operand->function == CA_FN_SIZE) {
        const ca_column *list = column_of(view, operand->args[0]);
        test.lists = list->as.slice;
        if (list->present != NULL)
            ca_each_word(view, mask, list->present, mask, sizes_in_range, &test, out);
        return;
    }
    if (operand->kind == CA_NODE_CALL) {
        const ca_column *birth = column_of(view, operand->args[0]);
        const ca_column *date = column_of(view, operand->args[1]);
        test.births = birth->as.date;
        test.dates = date->as.date;
        if (birth->present != NULL && date->present != NULL)
            ca_each_word(view, mask, birth->present, date->present, ages_in_range, &test, out);
        return;
    }
    const ca_column *column = column_of(view, operand);
    if (column->present == NULL)
        return;
    test.numbers = column->as.number;
    test.dates = column->as.date;
    ca_each_word(view, mask, column->present, mask,
                 is_number(operand->type.type) ? numbers_in_range : dates_in_range, &test, out);
}

static bool number_literal(const ca_node *node, ca_ratio *ret_number)
{
    if (node->kind == CA_NODE_NEGATE && node->args[0]->kind == CA_NODE_NUMBER)
        return ca_ratio_sub(ca_ratio_of(0, 1), node->args[0]->number, ret_number);
    if (node->kind != CA_NODE_NUMBER)
        return false;
    *ret_number = node->number;
    return true;
}

bool ca_range_literal(const ca_view *view, const ca_node *operand, ca_compare compare,
                      const ca_node *literal, ca_range *ret_range)
{
    ca_ratio number;
    if (owns_date(view, operand) && literal->kind == CA_NODE_DATE)
        return range_of(compare, ca_ratio_of(literal->date, 1), 1, ret_range);
    int64_t scale = range_scale(view, operand);
    return scale != 0 && number_literal(literal, &number) &&
           range_of(compare, number, scale, ret_range);
}
