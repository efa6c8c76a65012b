/* Values of features by the slow evaluator, by hand; and numbers of lines, compiled and as written, on random columns. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/explain_parts.h"
#include "support/feature_front.h"

static feature_front front;
static ca_batch *lines;
static ca_frame frame;

enum { ROWS = 12 };

static void use(unsigned column)
{
    ck_assert_int_eq(ca_batch_use(lines, column), 0);
}

static void set_up(void)
{
    feature_front_begin(&front);
    const ca_ruleset *rules = rule_front_set(front.world);
    lines = ca_batch_new(rules->schema, ROWS);
    ck_assert_ptr_nonnull(lines);
    lines->rows = ROWS;
    static const unsigned columns[] = {CA_F_PAID, CA_F_CHARGE, CA_F_UNITS, CA_F_FILL_NUMBER, CA_F_DAYS_SUPPLY, CA_F_SERVICE_DATE,
                                       CA_F_PAID_DATE, CA_F_LINE_NO};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        use(columns[i]);
    frame = (ca_frame){.units = lines, .date_column = CA_F_SERVICE_DATE, .codes = rules->codes};
}

static void tear_down(void)
{
    ca_batch_free(lines);
    feature_front_end(&front);
}

static void put(unsigned column, unsigned row, int64_t value)
{
    lines->columns[column].as.number[row] = value;
    ca_bit_set(lines->columns[column].present, row);
}

/* The feature over the first `count` rows. */
static ca_feature_value value_of(const char *keys, size_t count)
{
    uint32_t rows[ROWS];
    ca_feature_value value;
    for (uint32_t row = 0; row < ROWS; row++)
        rows[row] = row;
    ck_assert_str_eq(feature_front_with(&front, keys), "");
    ck_assert_int_eq(ca_feature_compute(front.set, feature_front_only(&front), &frame, rows, count, &value, NULL), 0);
    return value;
}

static void expect(const char *keys, size_t count, int64_t n, int64_t d)
{
    int order = 1;
    ca_feature_value value = value_of(keys, count);
    ck_assert_msg(!value.missing, "%s is missing", keys);
    ck_assert(ca_ratio_cmp(value.value, ca_ratio_of(n, d), &order));
    ck_assert_msg(order == 0, "%s: %lld/%lld", keys, (long long)value.value.n, (long long)value.value.d);
}

static void expect_missing(const char *keys, size_t count)
{
    ck_assert_msg(value_of(keys, count).missing, "%s", keys);
}

/* Groups 1, 1, 1, 2, 2, 3; paid 1 to 6. */
static void fill(void)
{
    static const int64_t groups[] = {1, 1, 1, 2, 2, 3};
    for (unsigned row = 0; row < 6; row++) {
        put(CA_F_FILL_NUMBER, row, groups[row]);
        put(CA_F_PAID, row, (row + 1) * 10000);
    }
}

START_TEST(aggregates)
{
    fill();
    expect("value: count()\n", 6, 6, 1);
    expect("value: count(where fill_number = 1)\n", 6, 3, 1);
    expect("value: sum(paid)\n", 6, 21, 1);
    expect("value: min(paid where fill_number > 1)\n", 6, 4, 1);
    expect("value: max(paid where fill_number < 3)\n", 6, 5, 1);
    expect("value: distinct(fill_number)\n", 6, 3, 1);
    expect("value: distinct(fill_number, paid)\n", 6, 6, 1);
    expect("value: top_share(fill_number)\n", 6, 1, 2);
    expect("value: top_share(2, fill_number)\n", 6, 5, 6);
    expect("value: top_share(9, fill_number)\n", 6, 1, 1);
    expect("value: top_share(sum(paid), fill_number)\n", 6, 9, 21);
    expect("value: concentration(fill_number)\n", 6, 8, 30);        /* (9 + 4 + 1 - 6) / (6 * 5) */
    expect("value: effective(fill_number)\n", 6, 36, 14);
    expect("value: busiest(count(), fill_number)\n", 6, 3, 1);
    expect("value: busiest(sum(paid), fill_number)\n", 6, 9, 1);
    expect("value: busiest(2, sum(paid), fill_number)\n", 6, 15, 1);
    expect("value: busiest(distinct(paid), fill_number)\n", 6, 3, 1);
    expect("value: groups(count() >= 2, fill_number)\n", 6, 2, 1);
    expect("value: groups(sum(paid) > 6, fill_number)\n", 6, 1, 1);
    expect("value: groups(sum(paid) = 6, fill_number)\n", 6, 2, 1);
    expect("value: groups(sum(paid) != 6, fill_number)\n", 6, 1, 1);
    expect("value: groups(count() < 2, fill_number)\n", 6, 1, 1);
    expect("value: groups(count() <= 2, fill_number)\n", 6, 2, 1);
    expect("ratio: sum(paid) / (2 * distinct(fill_number))\n", 6, 21, 6);
    expect("ratio: 3 * count() / count()\n", 6, 3, 1);
}
END_TEST

START_TEST(nothing_is_missing_and_no_zero)
{
    fill();
    expect_missing("value: count()\n", 0);
    expect_missing("value: count()\nwhere: fill_number > 9\n", 6);
    expect("value: count(where fill_number > 9)\n", 6, 0, 1);
    expect_missing("value: min(paid where fill_number > 9)\n", 6);
    expect("value: sum(paid where fill_number > 9)\n", 6, 0, 1);
    expect_missing("value: top_share(fill_number where fill_number > 9)\n", 6);
    expect_missing("value: concentration(fill_number where fill_number = 3)\n", 6);
    expect_missing("value: effective(fill_number where fill_number > 9)\n", 6);
    expect("value: busiest(count(), fill_number where fill_number > 9)\n", 6, 0, 1);
    expect_missing("ratio: count() / count(where fill_number > 9)\n", 6);
    expect_missing("ratio: count() / sum(-1 * paid)\n", 6);
    expect_missing("value: top_share(sum(-1 * paid), fill_number)\n", 6);
}
END_TEST

START_TEST(what_is_not_known_takes_no_part)
{
    fill();
    put(CA_F_FILL_NUMBER, 6, 1);    /* line 7 has no paid, line 8 neither */
    ca_feature_value value = value_of("share: count(where paid > 2) / count()\n", 8);
    ck_assert_uint_eq(value.lines, 6);
    expect("share: count(where paid > 2) / count()\n", 8, 4, 6);
    expect("share: count(where paid > 2 or fill_number = 1) / count()\n", 8, 1, 1);    /* line 7 is decided */
    expect("share: count(where paid > 2 and fill_number != 1) / count()\n", 8, 3, 7);
    expect("ratio: sum(paid) / distinct(fill_number)\n", 7, 21, 3);
    expect("value: count()\n", 8, 8, 1);
    expect("value: distinct(fill_number)\n", 8, 3, 1);
    /* Only where the condition is true is its number asked for. */
    expect("ratio: sum(paid where fill_number > 1) / count()\n", 7, 15, 7);
    expect("value: count()\nexposure: count(where paid > 2)\n", 8, 6, 1);
}
END_TEST

START_TEST(exposure_may_be_too_little)
{
    int order;
    fill();
    ca_feature_value value = value_of("value: top_share(fill_number where paid > 2)\n", 6);
    ck_assert(!value.missing);
    ck_assert(value.thin);
    ck_assert(ca_ratio_cmp(value.exposure, ca_ratio_of(4, 1), &order) && order == 0);
    value = value_of("value: top_share(fill_number where paid > 2)\nminimum: 4\n", 6);
    ck_assert(!value.thin);
    value = value_of("value: sum(paid)\nexposure: distinct(fill_number)\nminimum: 3\n", 6);
    ck_assert(!value.thin);
    ck_assert(ca_ratio_cmp(value.exposure, ca_ratio_of(3, 1), &order) && order == 0);
}
END_TEST

START_TEST(hits_are_known_or_not)
{
    uint64_t bits[1] = {5};
    const uint64_t *hits[1] = {bits};
    fill();
    frame.hits = hits;
    expect("share: count(where hit('US-0101')) / count()\n", 6, 2, 6);
    expect("share: count(where not hit('US-0101') and paid > 3) / count()\n", 6, 3, 6);
    hits[0] = NULL;
    expect_missing("share: count(where hit('US-0101')) / count()\n", 6);
    frame.hits = NULL;
    expect_missing("share: count(where hit('US-0101')) / count()\n", 6);
}
END_TEST

START_TEST(the_fast_evaluator_knows_hits_too)
{
    uint64_t bits[1] = {5};
    const uint64_t *hits[1] = {bits};
    uint64_t mask[1] = {0x3f}, yes[1], no[1];
    ca_eval *eval = ca_eval_new();
    fill();
    frame.hits = hits;
    ck_assert_str_eq(feature_front_with(&front, "value: count(where hit('US-0101') and paid > 1)\n"), "");
    ck_assert_int_eq(ca_eval_condition(eval, &frame, front.set->conditions[0], mask, NULL, NULL, yes, no, NULL), 0);
    ck_assert_uint_eq(yes[0], 4);
    ck_assert_uint_eq(no[0], 0x3b);
    hits[0] = NULL;
    ck_assert_int_eq(ca_eval_condition(eval, &frame, front.set->conditions[0], mask, NULL, NULL, yes, no, NULL), 0);
    ck_assert_uint_eq(yes[0], 0);
    ck_assert_uint_eq(no[0], 1);    /* paid = 1 */
    ca_eval_free(eval);
}
END_TEST

START_TEST(sums_that_do_not_fit_are_missing)
{
    fill();
    put(CA_F_PAID, 0, INT64_MAX);
    put(CA_F_CHARGE, 0, INT64_MAX);
    ca_feature_value value = value_of("value: sum(paid + charge)\n", 1);
    ck_assert_uint_eq(value.lines, 0);
    ck_assert(value.missing);
    expect("value: sum(paid)\n", 1, INT64_MAX, 10000);
}
END_TEST

/* --- Twins ------------------------------------------------------------------------------------ */

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void fill_randomly(uint64_t *seed)
{
    static const unsigned columns[] = {CA_F_PAID, CA_F_CHARGE, CA_F_UNITS, CA_F_DAYS_SUPPLY, CA_F_FILL_NUMBER, CA_F_LINE_NO};
    for (unsigned row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
            if (next(seed) % 4 > 0)
                put(columns[i], row, (int64_t)(next(seed) % 2000000) - 1000000);
        for (unsigned column = CA_F_SERVICE_DATE; column <= CA_F_SERVICE_DATE; column++) {
            lines->columns[column].as.date[row] = (ca_date)(next(seed) % 40000) - 20000;
            lines->columns[CA_F_PAID_DATE].as.date[row] = (ca_date)(next(seed) % 40000) - 20000;
            if (next(seed) % 4 > 0)
                ca_bit_set(lines->columns[column].present, row);
            if (next(seed) % 4 > 0)
                ca_bit_set(lines->columns[CA_F_PAID_DATE].present, row);
        }
    }
}

static void compare_numbers(const ca_feature_number *number)
{
    ca_arena arena;
    ca_arena_init(&arena);
    for (unsigned row = 0; row < ROWS; row++) {
        ca_twin twin = {.frame = &frame, .arena = &arena, .unit = row, .decided_by = CA_AT_UNIT};
        ca_value written = ca_tell_value(&twin, number->node, CA_AT_UNIT).value;
        int64_t compiled = 0;
        bool known = ca_feature_number_at(number, lines, row, &compiled);
        int order = 1;
        ck_assert_int_eq(known, written.present);
        ck_assert(!known || (ca_ratio_cmp(written.as.ratio, ca_ratio_of(compiled, CA_DECIMAL_ONE), &order) && order == 0));
    }
    ca_arena_done(&arena);
}

static const char *const numbers[] = {
    "paid", "paid + charge", "charge - 2 * paid", "-paid", "3 * (units - 1.25) + days_supply", "days_between(service_date, paid_date)",
    "2 * days_between(paid_date, service_date) - fill_number", "units - (paid - (charge - 7))", "line_no * 4 - line_no",
    "paid - paid",
};

START_TEST(compiled_numbers_are_as_written)
{
    char keys_text[200];
    uint64_t seed = 7 + (uint64_t)_i;
    fill_randomly(&seed);
    snprintf(keys_text, sizeof(keys_text), "value: \"sum(%s)\"\n", numbers[_i]);
    ck_assert_str_eq(feature_front_with(&front, keys_text), "");
    ck_assert_uint_eq(front.set->number_count, 1);
    compare_numbers(&front.set->numbers[0]);
}
END_TEST

START_TEST(memory_may_run_out)
{
    uint32_t rows[6] = {0, 1, 2, 3, 4, 5};
    int code = CA_NOMEM;
    fill();
    ck_assert_str_eq(feature_front_with(&front, "ratio: sum(paid where fill_number > 1) / distinct(fill_number)\n"), "");
    for (uint64_t n = 1; code == CA_NOMEM && n < 100; n++) {
        ca_feature_value value = {.lines = 99};
        ca_alloc_fail(n, 1);
        code = ca_feature_compute(front.set, feature_front_only(&front), &frame, rows, 6, &value, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == 0 || (code == CA_NOMEM && value.lines == 99));
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, aggregates);
    tcase_add_test(tcase, nothing_is_missing_and_no_zero);
    tcase_add_test(tcase, what_is_not_known_takes_no_part);
    tcase_add_test(tcase, exposure_may_be_too_little);
    tcase_add_test(tcase, hits_are_known_or_not);
    tcase_add_test(tcase, the_fast_evaluator_knows_hits_too);
    tcase_add_test(tcase, sums_that_do_not_fit_are_missing);
    tcase_add_loop_test(tcase, compiled_numbers_are_as_written, 0, (int)(sizeof(numbers) / sizeof(numbers[0])));
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/feature_value", add_tests)
