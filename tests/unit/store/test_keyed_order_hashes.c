/* Rows are put in the order of their hashes, or nothing is done where these are not spread. */
#include "support/check_main.h"

#include "base/hash.h"
#include "store/keyed_inside.h"
#include "unit/store/random.h"

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Hashes that are spread, repeat, are all the same; that bunch, or differ in their last bits only, which is refused. */
START_TEST(test_order_of_hashes)
{
    enum { HASHES = 3000, SPREAD = 3 };
    static uint64_t hashes[HASHES], sorted[HASHES], scratch[2 * HASHES];
    static uint32_t order[HASHES];
    bool done = true;
    for (unsigned rows = 1; rows <= HASHES; rows = rows * 3 + 1) {
        uint64_t state = rows;
        for (unsigned i = 0; i < rows; i++) {
            uint64_t chance = random_next(&state);
            hashes[i] = _i == 0   ? chance
                        : _i == 1 ? (chance % 97) * UINT64_C(0x9E3779B97F4A7C15)
                        : _i == 2 ? 77
                        : _i == 3 ? (uint64_t)(rows - i) << 20
                                  : rows - i;
            hashes[i] = hashes[i] << 8 >> 8 | UINT64_C(0xAB) << 56;
            sorted[i] = hashes[i];
        }
        qsort(sorted, rows, sizeof *sorted, compare_hashes);
        uint64_t before = ca_hash64(hashes, rows * sizeof *hashes);
        bool ordered = ca_keyed_order_hashes(hashes, rows, 8, scratch, order);
        done = done && ordered;
        ck_assert(ordered || before == ca_hash64(hashes, rows * sizeof *hashes));
        for (unsigned i = 0; ordered && i < rows; i++) {
            ck_assert_uint_eq(hashes[i], sorted[i]);
            ck_assert_uint_lt(order[i], rows);
        }
    }
    ck_assert_int_eq(done, _i < SPREAD);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_order_of_hashes, 0, 5);
}

CA_CHECK_MAIN("store/keyed_order_hashes", add_tests)
