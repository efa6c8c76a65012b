/* Reads from a condition the comparisons between columns of its two members, and the values of those columns. */
#include "rules/group_sieve.h"

#include <string.h>

#include "rules/group_chosen.h"

/* --- What is compared ------------------------------------------------------------------------------- */

/* The two columns, and how. */
typedef struct comparison {
    const ca_node *of[2];    /* of a, of b */
    ca_compare compare;
    bool days;
    int64_t low, high;
} comparison;

static bool is_number(ca_type type)
{
    return type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
}

static bool is_plain_column(const ca_node *node)
{
    return node->kind == CA_NODE_COLUMN && !node->claim_amount && !node->of_lines &&
           (node->side == CA_SIDE_A || node->side == CA_SIDE_B);
}

/* One column of a, one of b; *ret_swapped: b's is the first. */
static bool two_sides(const ca_node *first, const ca_node *second, comparison *ret, bool *ret_swapped)
{
    if (!is_plain_column(first) || !is_plain_column(second) || first->side == second->side)
        return false;
    *ret_swapped = first->side == CA_SIDE_B;
    ret->of[0] = *ret_swapped ? second : first;
    ret->of[1] = *ret_swapped ? first : second;
    return true;
}

static bool of_columns(const ca_node *leaf, comparison *ret)
{
    bool swapped;
    if (leaf->kind != CA_NODE_COMPARE || !two_sides(leaf->args[0], leaf->args[1], ret, &swapped))
        return false;
    ca_type a = ret->of[0]->type.type;
    ca_type b = ret->of[1]->type.type;
    bool equality = leaf->compare == CA_EQ || leaf->compare == CA_NE;
    bool numbers = is_number(a) && is_number(b) && (a == CA_TYPE_INT) == (b == CA_TYPE_INT);
    bool words = (a == CA_TYPE_ID || a == CA_TYPE_TEXT) && (b == CA_TYPE_ID || b == CA_TYPE_TEXT);
    bool same = a == b && (a == CA_TYPE_CODE || a == CA_TYPE_ENUM);
    ret->compare = swapped ? ca_compare_mirrored(leaf->compare) : leaf->compare;
    return (a == CA_TYPE_DATE && b == CA_TYPE_DATE) || numbers || (equality && (words || same));
}

/* --- Days between two dates ---------------------------------------------------------------------------- */

#define DAYS_MAX INT64_C(10000000)    /* more than lie between any two dates */

/* Whole days at most, or at least, so many; false when that is no number that can be read off. */
static bool whole_days(const ca_node *node, bool down, int64_t *ret_days)
{
    if (node->kind == CA_NODE_NEGATE && node->arg_count == 1) {
        if (!whole_days(node->args[0], !down, ret_days))
            return false;
        *ret_days = -*ret_days;
        return true;
    }
    if (node->kind != CA_NODE_NUMBER || node->number.d <= 0 || node->number.n > DAYS_MAX * node->number.d ||
        node->number.n < -DAYS_MAX * node->number.d)
        return false;
    int64_t days = (int64_t)(node->number.n / node->number.d);
    bool exact = node->number.n % node->number.d == 0;
    bool negative = node->number.n < 0;
    *ret_days = exact ? days : down ? days - negative : days + !negative;
    return true;
}

/* From low to high days, as `days compare number` has it. */
static bool range_of(ca_compare compare, const ca_node *number, int64_t *ret_low, int64_t *ret_high)
{
    int64_t floor, ceiling;
    if (!whole_days(number, true, &floor) || !whole_days(number, false, &ceiling))
        return false;
    *ret_low = -DAYS_MAX;
    *ret_high = DAYS_MAX;
    switch (compare) {
    case CA_EQ:
        *ret_low = ceiling;
        *ret_high = floor;
        return true;
    case CA_LT:
        *ret_high = ceiling - 1;
        return true;
    case CA_LE:
        *ret_high = floor;
        return true;
    case CA_GT:
        *ret_low = floor + 1;
        return true;
    case CA_GE:
        *ret_low = ceiling;
        return true;
    case CA_NE:
        break;
    }
    return false;
}

/* days_between(x, y) or its abs(): the days from a to b are low to high, too, or turned around. */
static bool of_days(const ca_node *call, int64_t low, int64_t high, comparison *ret)
{
    bool swapped;
    bool absolute = call->kind == CA_NODE_CALL && call->function == CA_FN_ABS;
    const ca_node *days = absolute ? call->args[0] : call;
    if (days->kind != CA_NODE_CALL || days->function != CA_FN_DAYS_BETWEEN || days->arg_count != 2 ||
        !two_sides(days->args[0], days->args[1], ret, &swapped) || ret->of[0]->type.type != CA_TYPE_DATE ||
        ret->of[1]->type.type != CA_TYPE_DATE)
        return false;
    if (absolute)    /* what lies nearer than low is let through */
        low = -high;
    ret->days = true;
    ret->low = swapped ? -high : low;
    ret->high = swapped ? -low : high;
    return true;
}

static bool of_dates(const ca_node *leaf, comparison *ret)
{
    int64_t low, high;
    if (leaf->kind == CA_NODE_BETWEEN)
        return !leaf->negated && whole_days(leaf->args[1], false, &low) && whole_days(leaf->args[2], true, &high) &&
               of_days(leaf->args[0], low, high, ret);
    if (leaf->kind != CA_NODE_COMPARE)
        return false;
    if (range_of(leaf->compare, leaf->args[1], &low, &high))
        return of_days(leaf->args[0], low, high, ret);
    return range_of(ca_compare_mirrored(leaf->compare), leaf->args[0], &low, &high) && of_days(leaf->args[1], low, high, ret);
}

/* --- Values --------------------------------------------------------------------------------------------- */

/* Texts of a and of b: of an item the half is a member, the rest the side. */
typedef struct words {
    const ca_batch *batch;
    unsigned columns[2];
    uint32_t *items;
    uint32_t count;
} words;

static ca_text word_at(const words *of, uint32_t at)
{
    return ca_batch_text(of->batch, of->columns[of->items[at] & 1], of->items[at] / 2);
}

static bool alike(const void *context, uint32_t a, uint32_t b)
{
    return ca_text_eq(word_at(context, a), word_at(context, b));
}

/* Texts become numbers that are equal where they are. */
static int number_words(const ca_groups *groups, const comparison *of, ca_sieve_test *test)
{
    ca_scratch *scratch = &groups->eval->scratch;
    size_t room = 2 * (size_t)groups->member_count;
    uint32_t *order, *first, classes;
    words all = {.batch = groups->members.units, .columns = {of->of[0]->column, of->of[1]->column}};
    ca_scratch_mark mark = ca_scratch_here(scratch);
    uint64_t *hashes = ca_scratch_take(scratch, room, sizeof *hashes);
    all.items = ca_scratch_take(scratch, room, sizeof *all.items);
    if (hashes == NULL || all.items == NULL || room > UINT32_MAX)
        return ca_error_nomem(groups->err);
    for (uint32_t item = 0; item < room; item++) {
        if (!ca_bit(test->has[item & 1], item / 2))
            continue;
        all.items[all.count] = item;
        ca_text text = word_at(&all, all.count);
        hashes[all.count++] = ca_hash64(text.ptr, text.len);
    }
    const ca_likes likes = {hashes, all.count, alike, &all};
    if (ca_likes_sort(scratch, &likes, &order, &first, &classes) != 0)
        return ca_error_nomem(groups->err);
    for (uint32_t class = 0; class < classes; class++) {
        for (uint32_t i = first[class]; i < first[class + 1]; i++)
            test->values[all.items[order[i]] & 1][all.items[order[i]] / 2] = class;
    }
    ca_scratch_rewind(scratch, mark);
    return 0;
}

static int64_t value_at(const ca_column *column, ca_type type, uint32_t member)
{
    if (is_number(type))
        return column->as.number[member];
    if (type == CA_TYPE_DATE)
        return column->as.date[member];
    return type == CA_TYPE_CODE ? (int64_t)column->as.code[member] : column->as.choice[member];
}

static int take_values(const ca_groups *groups, const comparison *of, ca_sieve_test *ret)
{
    ca_scratch *scratch = &groups->eval->scratch;
    const ca_batch *batch = groups->members.units;
    bool texts = of->of[0]->type.type == CA_TYPE_ID || of->of[0]->type.type == CA_TYPE_TEXT;
    *ret = (ca_sieve_test){.compare = of->compare, .days = of->days, .low = of->low, .high = of->high};
    for (size_t side = 0; side < 2; side++) {
        const ca_column *column = &batch->columns[of->of[side]->column];
        ret->values[side] = ca_scratch_take(scratch, groups->member_count, sizeof *ret->values[side]);
        ret->has[side] = ca_scratch_bits(scratch, (groups->member_count + 63) / 64);
        if (ret->values[side] == NULL || ret->has[side] == NULL)
            return ca_error_nomem(groups->err);
        for (uint32_t member = 0; column->present != NULL && member < groups->member_count; member++) {
            if (!ca_bit(column->present, member))
                continue;
            ca_bit_set(ret->has[side], member);
            ret->values[side][member] = texts ? 0 : value_at(column, of->of[side]->type.type, member);
        }
    }
    return texts ? number_words(groups, of, ret) : 0;
}

/* A part of the condition, or one side of its `or`. */
static bool is_comparison(const ca_node *leaf, comparison *ret)
{
    *ret = (comparison){0};
    if (of_columns(leaf, ret))
        return true;
    *ret = (comparison){0};
    return of_dates(leaf, ret);
}

/* One part: a comparison, or an `or` of nothing else. */
static int take_part(const ca_groups *groups, const ca_node *part, ca_sieve *sieve)
{
    const ca_node *const *leaves = part->kind == CA_NODE_OR ? (const ca_node *const *)part->args : &part;
    size_t count = part->kind == CA_NODE_OR ? part->arg_count : 1;
    comparison of;
    if (count > CA_SIEVE_TESTS_MAX - sieve->count)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_comparison(leaves[i], &of))
            return 0;
    }
    for (size_t i = 0; i < count; i++) {
        ca_sieve_test *test = &sieve->tests[sieve->count];
        (void)is_comparison(leaves[i], &of);
        int code = take_values(groups, &of, test);
        if (code != 0)
            return code;
        test->more = i + 1 < count;
        sieve->count++;
    }
    return 0;
}

int ca_sieve_make(const ca_groups *groups, const ca_node *condition, bool always, ca_sieve *ret_sieve)
{
    bool large = always;
    int code = 0;
    *ret_sieve = (ca_sieve){.groups = groups};
    for (uint32_t group = 0; group < groups->group_count && !large; group++)
        large = groups->first[group + 1] - groups->first[group] > CA_SIEVE_MEMBERS;
    if (condition == NULL || !large)
        return 0;
    size_t parts = condition->kind == CA_NODE_AND ? condition->arg_count : 1;
    for (size_t i = 0; code == 0 && i < parts; i++)
        code = take_part(groups, condition->kind == CA_NODE_AND ? condition->args[i] : condition, ret_sieve);
    return code;
}
