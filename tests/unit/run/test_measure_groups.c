/* Tables of groups, emptied and filled again with other numbers of words, against the obvious way. */
#include <stdlib.h>

#include "base/alloc.h"
#include "run/measure_groups.h"
#include "support/check_main.h"
#include "support/random_expr.h"

#define KEYS 3000u

typedef struct known {
    uint32_t group[KEYS];
    int64_t weight[KEYS];
    uint32_t count;
} known;

static void clear(ca_group_table *table, known *of, unsigned words, size_t groups)
{
    ca_group_table_clear(table, words, groups);
    for (unsigned i = 0; i < KEYS; i++) {
        of->group[i] = CA_NO_GROUP;
        of->weight[i] = 0;
    }
    of->count = 0;
}

static uint64_t key_of(unsigned i)
{
    return i % 3 == 0 ? i : i * UINT64_C(0x123456789ABCDEF1);    /* 0, small ones and large ones */
}

static void add(ca_group_table *table, known *of, unsigned i, unsigned words)
{
    uint32_t group = ca_group_table_put(table, key_of(i));
    if (of->group[i] == CA_NO_GROUP) {
        of->group[i] = of->count++;
    }
    ck_assert_uint_eq(group, of->group[i]);
    ck_assert_uint_eq(table->count, of->count);
    ck_assert_uint_eq(table->keys[group], key_of(i));
    for (unsigned k = 0; k < words; k++) {
        ck_assert_int_eq(ca_group_weights(table, group)[k], of->weight[i]);
        ca_group_weights(table, group)[k]++;
    }
    of->weight[i]++;
}

START_TEST(groups_are_those_of_their_keys)
{
    random_source random = random_from(7);
    ca_group_table table = {0};
    known *of = malloc(sizeof *of);
    for (unsigned round = 0; round < 100; round++) {
        unsigned words = random_below(&random, 6);
        unsigned keys = random_chance(&random, 10) ? KEYS : 1 + random_below(&random, 40);
        unsigned adds = random_chance(&random, 10) ? 4000 : random_below(&random, 100);
        clear(&table, of, words, random_below(&random, 500));
        for (unsigned i = 0; i < adds; i++) {
            add(&table, of, random_below(&random, keys), words);
        }
        for (unsigned i = 0; i < KEYS; i++) {
            ck_assert_uint_eq(ca_group_table_find(&table, key_of(i)), of->group[i]);
        }
    }
    ca_group_table_done(&table);
    free(of);
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
    for (uint64_t n = 1, rc = 1; rc; n++) {
        ca_group_table table = {0};
        ca_alloc_fail(n, false);
        ca_group_table_clear(&table, 2, 1000);
        rc = 0;
        for (uint64_t key = 0; rc == 0 && key < 1000; key++) {
            rc = ca_group_table_put(&table, key) == CA_NO_GROUP;
        }
        ca_alloc_fail(0, 0);
        ck_assert(rc || n > 10);
        ca_group_table_clear(&table, 3, 0);    /* it is still a table */
        for (uint64_t key = 0; key < 100; key++) {
            ck_assert_uint_eq(ca_group_table_put(&table, key), key);
            ck_assert_int_eq(ca_group_weights(&table, (uint32_t)key)[2], 0);
        }
        ca_group_table_done(&table);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, groups_are_those_of_their_keys);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
}

CA_CHECK_MAIN("run/measure_groups", add_tests)
