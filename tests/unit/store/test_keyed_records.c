/* Records of the exchange by key: narrow and wide ones, many columns, in memory and on their way to the disk. */
#include "support/check_main.h"

#include <string.h>

#include "unit/store/keyed_twin.h"

static const setting settings[] = {
    {.buckets = 256, .writers = 1, .budget = 8192 * K},
    {.buckets = 1, .writers = 2, .budget = 8192 * K},
    {.buckets = 8, .writers = 1, .budget = 16 * K},
    {.buckets = 1, .writers = 1, .budget = 8192 * K, .limits = {.bytes = 64 * K}},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

/* Numbers that fit four bytes, the ends of these included, but for some rows in the middle. */
static void make_small(fixture *made, unsigned from, unsigned end)
{
    static const unsigned columns[] = {CA_F_UNITS, CA_F_PAID};
    static const int64_t numbers[] = {INT32_MIN, INT32_MAX, 0, -1, 77777};
    for (unsigned i = 0; i < 2 * made->source->rows; i++) {
        unsigned row = i / 2;
        if (row < from || row >= end) {
            made->source->columns[columns[i % 2]].as.number[row] = numbers[i % 5];
        }
    }
}

/* Records are narrow or wide, those of a bucket perhaps both. */
START_TEST(test_small_numbers)
{
    static const unsigned large[][2] = {{0, 0}, {0, 1}, {130, 200}, {299, 300}};
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 61, 300, 9);
    make_small(&made, large[_i / SETTINGS][0], large[_i / SETTINGS][1]);
    exchange(&made, &settings[_i % SETTINGS], &out, &written);
    check_against_twin(&made, &out);
    output_done(&out);
    fixture_done(&made);
}
END_TEST

/* More columns than a word has bits; most of them are missing. */
START_TEST(test_many_columns)
{
    const setting how = {.buckets = 4, .writers = 1, .budget = _i == 0 ? 8192 * K : 64 * K};
    unsigned columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    fixture made;
    output out;
    ca_keyed *keyed;
    ca_keyed_writer *writer;
    memdisk *mem = make_disk();
    fixture_init(&made, 67, 500, 9);
    ca_keyed_plan plan = plan_of(&made, &how, memdisk_disk(mem));
    plan.columns = columns;
    plan.column_count = made.world.schema.count;
    ck_assert_uint_gt(plan.column_count, 64);
    for (unsigned i = 0; i < plan.column_count; i++) {
        columns[i] = i;
    }
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    ck_assert_int_eq(ca_keyed_writer_new(keyed, 0, how.budget, &writer, NULL), 0);
    ck_assert_int_eq(ca_keyed_put(writer, made.source, NULL, made.hash, made.uses, NULL), 0);
    ck_assert_int_eq(ca_keyed_finish(writer, NULL), 0);
    output_init(&out, &made);
    ck_assert_int_eq(read_all(keyed, &how.limits, &out, NULL), CA_END);
    check_against_twin(&made, &out);
    output_done(&out);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_small_numbers, 0, 4 * SETTINGS);
    tcase_add_loop_test(tcase, test_many_columns, 0, 2);
}

CA_CHECK_MAIN("store/keyed_records", add_tests)
