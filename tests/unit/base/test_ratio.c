/* Fractions against brute force on small numbers, and at the limits of 128 bits. */
#include "base/decimal.h"
#include "support/check_main.h"

__extension__ typedef __int128 wide;

#define MAX ((((wide)1 << 126) - 1) * 2 + 1)
#define MIN (-MAX - 1)

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static int64_t small_random(uint64_t *seed, int64_t limit)
{
    return (int64_t)(next_random(seed) % (uint64_t)(2 * limit + 1)) - limit;
}

/* Is a / b = c / d, for numbers small enough? */
static bool equal(wide a, wide b, wide c, wide d)
{
    return b > 0 && d > 0 && a * d == c * b;
}

START_TEST(against_brute_force)
{
    uint64_t seed = 3;
    for (int i = 0; i < 15000; i++) {
        int64_t an = small_random(&seed, 100000), bn = small_random(&seed, 100000);
        int64_t ad = 1 + (int64_t)(next_random(&seed) % 10000);
        int64_t bd = i % 3 == 0 ? ad : 1 + (int64_t)(next_random(&seed) % 10000);
        ca_ratio a = ca_ratio_of(an, ad), b = ca_ratio_of(bn, bd), c;
        int order;
        ck_assert(ca_ratio_add(a, b, &c) &&
                  equal(c.n, c.d, (wide)an * bd + (wide)bn * ad, (wide)ad * bd));
        ck_assert(ca_ratio_sub(a, b, &c) &&
                  equal(c.n, c.d, (wide)an * bd - (wide)bn * ad, (wide)ad * bd));
        ck_assert(ca_ratio_mul(a, b, &c) && equal(c.n, c.d, (wide)an * bn, (wide)ad * bd));
        ck_assert(ca_ratio_div(a, b, &c) == (bn != 0));
        ck_assert(bn == 0 || equal(c.n, c.d, (bn < 0 ? -1 : 1) * (wide)an * bd,
                                   (wide)ad * (bn < 0 ? -bn : bn)));
        wide difference = (wide)an * bd - (wide)bn * ad;
        ck_assert(ca_ratio_cmp(a, b, &order) && order == (difference > 0) - (difference < 0));
    }
}
END_TEST

/* The whole number next to n * scale / d by trying; of two equally near ones the even one. */
static int64_t nearest(int64_t n, int64_t d, int64_t scale)
{
    wide product = (wide)n * scale;
    wide guess = product / d - 2;
    while ((guess + 1) * d <= product)
        guess++;
    wide below = product - guess * d, above = (guess + 1) * d - product;
    if (below < above || (below == above && guess % 2 == 0))
        return (int64_t)guess;
    return (int64_t)guess + 1;
}

START_TEST(rounding_against_brute_force)
{
    static const int64_t scales[] = {1, 2, 100, 10000, 1000000007};
    uint64_t seed = 5;
    for (int i = 0; i < 15000; i++) {
        int64_t scale = scales[i % 5];
        int64_t n = small_random(&seed, i % 2 ? 50 : 1000000);
        int64_t d = 1 + (int64_t)(next_random(&seed) % (i % 2 ? 8 : 100000));
        int64_t value;
        ck_assert(ca_ratio_round(ca_ratio_of(n, d), scale, &value));
        ck_assert_msg(value == nearest(n, d, scale), "%lld/%lld", (long long)n, (long long)d);
    }
}
END_TEST

START_TEST(rounding_half_to_even)
{
    static const struct {
        int64_t n, d, scale, value;
    } halves[] = {{1, 2, 1, 0},
                  {3, 2, 1, 2},
                  {5, 2, 1, 2},
                  {7, 2, 1, 4},
                  {-1, 2, 1, 0},
                  {-3, 2, 1, -2},
                  {-5, 2, 1, -2},
                  {-7, 2, 1, -4},
                  {25, 1000, 100, 2},
                  {35, 1000, 100, 4},
                  {-25, 1000, 100, -2},
                  {-35, 1000, 100, -4},
                  {26, 1000, 100, 3},
                  {-26, 1000, 100, -3},
                  {24, 1000, 100, 2},
                  {1, 3, 1, 0},
                  {2, 3, 1, 1},
                  {INT64_MAX, 1, 1, INT64_MAX},
                  {INT64_MIN, 1, 1, INT64_MIN}};
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        int64_t value = 4711;
        ck_assert(ca_ratio_round(ca_ratio_of(halves[i].n, halves[i].d), halves[i].scale, &value));
        ck_assert_int_eq(value, halves[i].value);
    }
}
END_TEST

START_TEST(rounding_at_the_limits)
{
    int64_t value = 4711;
    ck_assert(!ca_ratio_round(ca_ratio_of(INT64_MAX, 1), 2, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = (wide)INT64_MAX + 1, .d = 1}, 1, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = (wide)INT64_MIN - 1, .d = 1}, 1, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = 2 * (wide)INT64_MAX + 1, .d = 2}, 1, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = MAX, .d = 1}, 1, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = MIN, .d = 1}, 1, &value));
    ck_assert(!ca_ratio_round((ca_ratio){.n = (wide)1 << 126, .d = 1}, 4, &value)); /* 2^128 */
    ck_assert(!ca_ratio_round(ca_ratio_of(1, 1), 0, &value));
    ck_assert(!ca_ratio_round(ca_ratio_of(1, 1), -1, &value));
    ck_assert(!ca_ratio_round(ca_ratio_of(1, 0), 1, &value));
    ck_assert_int_eq(value, 4711);
    ck_assert(ca_ratio_round((ca_ratio){.n = 2 * (wide)INT64_MAX - 1, .d = 2}, 1, &value));
    ck_assert(value == INT64_MAX - 1);
    ck_assert(ca_ratio_round((ca_ratio){.n = 2 * (wide)INT64_MIN - 1, .d = 2}, 1, &value));
    ck_assert(value == INT64_MIN);
    /* Products that are never formed. */
    ck_assert(ca_ratio_round((ca_ratio){.n = MAX - 1, .d = MAX}, INT64_MAX, &value));
    ck_assert(value == INT64_MAX);
    ck_assert(ca_ratio_round((ca_ratio){.n = MAX / 2 + 1, .d = MAX}, 10000, &value));
    ck_assert_int_eq(value, 5000);
    ck_assert(ca_ratio_round((ca_ratio){.n = -(MAX / 3), .d = MAX}, 10000, &value));
    ck_assert_int_eq(value, -3333);
    ck_assert(ca_ratio_round((ca_ratio){.n = MIN, .d = MAX}, 1, &value));
    ck_assert_int_eq(value, -1);
    ck_assert(ca_ratio_round((ca_ratio){.n = MAX / 16 * 5, .d = MAX / 16 * 8}, 4, &value));
    ck_assert_int_eq(value, 2); /* 2.5 */
    ck_assert(ca_ratio_round((ca_ratio){.n = MAX / 16 * 7, .d = MAX / 16 * 8}, 4, &value));
    ck_assert_int_eq(value, 4); /* 3.5 */
}
END_TEST

START_TEST(what_does_not_fit_is_missing)
{
    ca_ratio one = ca_ratio_of(1, 1), third = ca_ratio_of(1, 3), most = {.n = MAX, .d = 1};
    ca_ratio least = {.n = MIN, .d = 1}, tiny = {.n = 1, .d = MAX}, kept = {.n = 4711, .d = 1};
    ca_ratio none = ca_ratio_of(1, 0), r = kept;
    int order = 4711;
    ck_assert(!ca_ratio_add(most, one, &r) && !ca_ratio_sub(least, one, &r));
    ck_assert(!ca_ratio_add(most, third, &r) && !ca_ratio_sub(third, least, &r));
    ck_assert(!ca_ratio_add(tiny, third, &r) && !ca_ratio_mul(tiny, third, &r));
    ck_assert(!ca_ratio_mul(most, ca_ratio_of(2, 1), &r));
    ck_assert(!ca_ratio_div(one, ca_ratio_of(0, 1), &r));
    ck_assert(!ca_ratio_div(most, third, &r));
    ck_assert(!ca_ratio_div(least, ca_ratio_of(-1, 1), &r));
    ck_assert(!ca_ratio_div(one, least, &r));
    ck_assert(!ca_ratio_add(none, one, &r) && !ca_ratio_sub(one, none, &r));
    ck_assert(!ca_ratio_mul(none, one, &r) && !ca_ratio_div(one, none, &r));
    ck_assert(!ca_ratio_cmp(none, one, &order) && !ca_ratio_cmp(one, none, &order));
    ck_assert(r.n == 4711 && r.d == 1 && order == 4711);
    ck_assert(ca_ratio_add(most, ca_ratio_of(-1, 1), &r) && r.n == MAX - 1);
    ck_assert(ca_ratio_of(3, -4).n == -3 && ca_ratio_of(3, -4).d == 4);
    ck_assert(ca_ratio_of(INT64_MIN, -1).n == -(wide)INT64_MIN);
    ck_assert(ca_ratio_of(1, INT64_MIN).d == -(wide)INT64_MIN);
}
END_TEST

START_TEST(a_million_amounts_can_be_added)
{
    ca_ratio sum = ca_ratio_of(0, CA_DECIMAL_ONE);
    for (int i = 0; i < 100000; i++)
        ck_assert(ca_ratio_add(sum, ca_ratio_of(INT64_MAX, CA_DECIMAL_ONE), &sum));
    ck_assert(sum.n == (wide)INT64_MAX * 100000 && sum.d == CA_DECIMAL_ONE);
}
END_TEST

START_TEST(comparing_never_overflows)
{
    static const int expected[3][3] = {{0, -1, -1}, {1, 0, -1}, {1, 1, 0}};
    ca_ratio near[3] = {
        {.n = MAX - 2, .d = MAX - 1}, {.n = MAX - 1, .d = MAX}, {.n = MAX, .d = MAX}};
    int order;
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            ck_assert(ca_ratio_cmp(near[a], near[b], &order));
            ck_assert_int_eq(order, expected[a][b]);
            ca_ratio x = {.n = -near[a].n, .d = near[a].d}, y = {.n = -near[b].n, .d = near[b].d};
            ck_assert(ca_ratio_cmp(x, y, &order));
            ck_assert_int_eq(order, -expected[a][b]);
            ck_assert(ca_ratio_cmp(x, near[b], &order));
            ck_assert_int_eq(order, -1);
            ck_assert(ca_ratio_cmp(near[a], y, &order));
            ck_assert_int_eq(order, 1);
        }
    }
    ca_ratio least = {.n = MIN, .d = MAX}, most = {.n = MAX, .d = MAX - 1};
    ck_assert(ca_ratio_cmp(least, most, &order) && order == -1);
    ck_assert(ca_ratio_cmp(most, least, &order) && order == 1);
    ca_ratio half = {.n = MAX / 2, .d = MAX - 1}, same = ca_ratio_of(1, 2);
    ck_assert(ca_ratio_cmp(half, same, &order) && order == 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, against_brute_force);
    tcase_add_test(tcase, rounding_against_brute_force);
    tcase_add_test(tcase, rounding_half_to_even);
    tcase_add_test(tcase, rounding_at_the_limits);
    tcase_add_test(tcase, what_does_not_fit_is_missing);
    tcase_add_test(tcase, a_million_amounts_can_be_added);
    tcase_add_test(tcase, comparing_never_overflows);
}

CA_CHECK_MAIN("base/ratio", add_tests)
