/* Exposure: the clamp, the one rounding, and the split that sums exactly. */
#include "support/check_main.h"
#include "support/random_rules.h"

#include "rules/exposure.h"

__extension__ typedef __int128 wide;

#define MONEY(text_cents) ((int64_t)(text_cents)*100) /* cents to 1/10,000 */

static int64_t shares[8];
static int64_t total;

static bool split(ca_ratio wanted, const int64_t *paid, size_t count, int digits)
{
    size_t scratch[8];
    for (size_t i = 0; i < 8; i++)
        shares[i] = -77;
    total = -77;
    return ca_exposure_split(wanted, paid, count, digits, scratch, &total, shares);
}

START_TEST(clamped_to_what_was_paid)
{
    const int64_t paid[] = {MONEY(10000), MONEY(5000)};
    ck_assert(split(ca_ratio_of(120, 1), paid, 2, 2));
    ck_assert_int_eq(total, 12000);
    ck_assert(split(ca_ratio_of(151, 1), paid, 2, 2));
    ck_assert_int_eq(total, 15000);
    ck_assert_int_eq(shares[0], 10000);
    ck_assert_int_eq(shares[1], 5000);
    ck_assert(split(ca_ratio_of(-5, 1), paid, 2, 2));
    ck_assert_int_eq(total, 0);
    ck_assert_int_eq(shares[0], 0);
    ck_assert_int_eq(shares[1], 0);
}
END_TEST

START_TEST(negative_payments_count_as_zero)
{
    const int64_t paid[] = {MONEY(10000), MONEY(-4000), 0};
    ck_assert(split(ca_ratio_of(1000, 1), paid, 3, 2));
    ck_assert_int_eq(total, 10000);
    ck_assert_int_eq(shares[0], 10000);
    ck_assert_int_eq(shares[1], 0);
    ck_assert_int_eq(shares[2], 0);
    const int64_t none[] = {MONEY(-1), 0};
    ck_assert(split(ca_ratio_of(5, 1), none, 2, 2));
    ck_assert_int_eq(total, 0);
    ck_assert_int_eq(shares[0], 0);
}
END_TEST

START_TEST(rounded_half_to_even_once)
{
    const int64_t paid[] = {MONEY(100000)};
    const struct {
        int64_t n, d, cents;
    } cases[] = {{1, 200, 0}, {3, 200, 2}, {5, 200, 2},   {7, 200, 4},
                 {1, 3, 33},  {2, 3, 67},  {10, 1, 1000}, {15001, 1000000, 2}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert(split(ca_ratio_of(cases[i].n, cases[i].d), paid, 1, 2));
        ck_assert_int_eq(total, cases[i].cents);
        ck_assert_int_eq(shares[0], cases[i].cents);
    }
    ck_assert(split(ca_ratio_of(5, 2), paid, 1, 0)); /* a currency without minor unit */
    ck_assert_int_eq(total, 2);
    ck_assert(split(ca_ratio_of(12345, 10000), paid, 1, 3));
    ck_assert_int_eq(total, 1234);
}
END_TEST

START_TEST(rounded_down_where_it_would_exceed_the_clamp)
{
    const int64_t paid[] = {99}; /* 0.0099 */
    ck_assert(split(ca_ratio_of(1, 1), paid, 1, 2));
    ck_assert_int_eq(total, 0);
    const int64_t more[] = {10099, 0}; /* 1.0099 would round to 1.01 */
    ck_assert(split(ca_ratio_of(2, 1), more, 2, 2));
    ck_assert_int_eq(total, 100);
    const int64_t two[] = {10060, 10060}; /* 1.006 each, 2.012 together */
    ck_assert(split(ca_ratio_of(9, 1), two, 2, 2));
    ck_assert_int_eq(total, 201);
    ck_assert_int_eq(shares[0], 101); /* equal remainders: line order */
    ck_assert_int_eq(shares[1], 100);
}
END_TEST

START_TEST(largest_remainder_then_line_order)
{
    const int64_t equal[] = {MONEY(100), MONEY(100), MONEY(100)};
    ck_assert(split(ca_ratio_of(1, 1), equal, 3, 2));
    ck_assert_int_eq(shares[0], 34);
    ck_assert_int_eq(shares[1], 33);
    ck_assert_int_eq(shares[2], 33);
    ck_assert(split(ca_ratio_of(101, 100), equal, 3, 2));
    ck_assert_int_eq(shares[0], 34);
    ck_assert_int_eq(shares[1], 34);
    ck_assert_int_eq(shares[2], 33);
    const int64_t unequal[] = {MONEY(100), MONEY(200),
                               MONEY(400)}; /* 14.28…, 28.57…, 57.14… of 100 */
    ck_assert(split(ca_ratio_of(1, 1), unequal, 3, 2));
    ck_assert_int_eq(shares[0], 14);
    ck_assert_int_eq(shares[1], 29);
    ck_assert_int_eq(shares[2], 57);
}
END_TEST

START_TEST(what_does_not_fit_has_no_exposure)
{
    const int64_t huge[] = {INT64_MAX, INT64_MAX};
    ck_assert(!split(ca_ratio_of(1, 1), huge, 2, 4));
    ck_assert_int_eq(total, -77);
    ck_assert(split(ca_ratio_of(1, 1), huge, 2, 2));
    ck_assert_int_eq(total, 100);
    ck_assert_int_eq(shares[0] + shares[1], 100);
}
END_TEST

START_TEST(no_lines)
{
    ck_assert(split(ca_ratio_of(1, 1), NULL, 0, 2));
    ck_assert_int_eq(total, 0);
}
END_TEST

/* The parts always sum to the whole, in order of size, and no part strays a unit from its exact
 * share. */
START_TEST(random_splits)
{
    random_source random = random_from((uint64_t)_i + 1);
    for (int round = 0; round < 200; round++) {
        int64_t paid[8];
        size_t count = 1 + random_below(&random, 8);
        wide sum = 0;
        for (size_t i = 0; i < count; i++) {
            paid[i] = (int64_t)random_below(&random, 5000000) - 200000;
            sum += paid[i] > 0 ? paid[i] : 0;
        }
        ca_ratio wanted =
            ca_ratio_of((int64_t)random_below(&random, 40000), 1 + random_below(&random, 70));
        ck_assert(split(wanted, paid, count, 2));
        int64_t parts = 0;
        for (size_t i = 0; i < count; i++) {
            int64_t positive = paid[i] > 0 ? paid[i] : 0;
            ck_assert_int_ge(shares[i], 0);
            if (sum > 0) {
                wide off = (wide)shares[i] * sum - (wide)total * positive;
                ck_assert(off < sum && off > -sum);
            }
            parts += shares[i];
        }
        ck_assert_int_eq(parts, total);
        ck_assert_int_le(total, (int64_t)(sum / 100));
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, clamped_to_what_was_paid);
    tcase_add_test(tcase, negative_payments_count_as_zero);
    tcase_add_test(tcase, rounded_half_to_even_once);
    tcase_add_test(tcase, rounded_down_where_it_would_exceed_the_clamp);
    tcase_add_test(tcase, largest_remainder_then_line_order);
    tcase_add_test(tcase, what_does_not_fit_has_no_exposure);
    tcase_add_test(tcase, no_lines);
    tcase_add_loop_test(tcase, random_splits, 0, 5);
}

CA_CHECK_MAIN("rules/exposure", add_tests)
