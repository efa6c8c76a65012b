/* Tests of run/place_pass.c: passes of any size give all rows, each once, in their order. */
#include "run/place_pass.h"

#include "base/alloc.h"
#include "support/check_main.h"

#define ADDED 900
#define FILES 3
#define ROWS  200

/* Some of 600 rows, several times and in no order. */
static ca_place place_of(unsigned i)
{
    uint64_t mixed = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 32;
    return (ca_place){.file = (uint32_t)(mixed % FILES), .offset = mixed / FILES % ROWS * 100, .length = 99, .row = mixed / FILES % ROWS,
                      .line_no = i % 4};
}

static void expect_all(size_t most, const bool (*expected)[ROWS])
{
    ca_place_pass pass = {.most = most};
    bool found[FILES][ROWS] = {{false}};
    ca_error err;
    int64_t last = -1;
    do {
        for (unsigned i = 0; i < ADDED; i++) {
            ca_place place = place_of(i);
            ck_assert_int_eq(ca_place_pass_add(&pass, &place, &err), 0);
            ck_assert_uint_lt(pass.places.count, 2 * most);
        }
        ca_place_pass_end(&pass);
        ck_assert_uint_le(pass.places.count, most);
        for (size_t i = 0; i < pass.places.count; i++) {
            const ca_place *place = &pass.places.items[i];
            int64_t number = (int64_t)(place->file * UINT64_C(1000000) + place->offset);
            ck_assert_int_gt(number, last);
            last = number;
            found[place->file][place->row] = true;
        }
    } while (ca_place_pass_next(&pass));
    ck_assert_mem_eq(found, expected, sizeof found);
    ca_place_pass_done(&pass);
}

START_TEST(passes_of_any_size_give_all)
{
    static const size_t sizes[] = {1, 2, 7, 50, 599, 600, 10000};
    bool expected[FILES][ROWS] = {{false}};
    for (unsigned i = 0; i < ADDED; i++) {
        ca_place place = place_of(i);
        expected[place.file][place.row] = true;
    }
    expect_all(sizes[_i], (const bool (*)[ROWS])expected);
}
END_TEST

START_TEST(nothing_is_one_pass)
{
    ca_place_pass pass = {.most = 5};
    ca_place_pass_end(&pass);
    ck_assert_uint_eq(pass.places.count, 0);
    ck_assert(!ca_place_pass_next(&pass));
    ca_place_pass_done(&pass);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_place_pass pass = {.most = 5};
    ca_place place = place_of(1);
    ca_error err;
    ca_alloc_fail(1, 0);
    ck_assert_int_eq(ca_place_pass_add(&pass, &place, &err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(ca_place_pass_add(&pass, &place, &err), 0);
    ca_place_pass_end(&pass);
    ck_assert_uint_eq(pass.places.count, 1);
    ca_place_pass_done(&pass);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, passes_of_any_size_give_all, 0, 7);
    tcase_add_test(tcase, nothing_is_one_pass);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/place_pass", add_tests)
