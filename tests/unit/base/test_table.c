/* The table: ids in order of arrival, any bytes as keys, whole after a failed allocation. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "support/check_main.h"

START_TEST(empty)
{
    ca_table table;
    ca_table_init(&table);
    ck_assert_uint_eq(ca_table_find(&table, CA_TEXT("x")), CA_TABLE_NONE);
    ck_assert_uint_eq(ca_table_bytes(&table), 0);
    ck_assert(ca_text_is(ca_table_key(&table, 0), ""));
    ca_table_done(&table);
    ca_table_done(&table);
}
END_TEST

START_TEST(ids_in_order_of_arrival)
{
    ca_table table;
    ca_table_init(&table);
    char key[16];
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 20000; i++) {
            snprintf(key, sizeof(key), "K%u", i);
            uint32_t id = 77;
            bool is_new = round == 1;
            ck_assert_int_eq(ca_table_put(&table, ca_text_of(key), &id, &is_new), 0);
            ck_assert_uint_eq(id, i);
            ck_assert_int_eq(is_new, round == 0);
        }
    }
    ck_assert_uint_eq(table.count, 20000);
    ck_assert_uint_ge(table.slot_count, 2 * table.count);
    for (uint32_t i = 0; i < 20000; i++) {
        snprintf(key, sizeof(key), "K%u", i);
        ck_assert_uint_eq(ca_table_find(&table, ca_text_of(key)), i);
        ck_assert(ca_text_is(ca_table_key(&table, i), key));
    }
    ck_assert_uint_eq(ca_table_find(&table, CA_TEXT("K20000")), CA_TABLE_NONE);
    ck_assert_uint_ge(ca_table_bytes(&table), 20000 * (2 * 8 + sizeof(ca_text)));
    ca_table_done(&table);
}
END_TEST

START_TEST(any_bytes_are_keys)
{
    ca_table table;
    ca_table_init(&table);
    static const ca_text keys[] = {{"", 0},  {"\0", 1},  {"\0\0", 2},
                                   {"a", 1}, {"a\0", 2}, {"\xFF", 1}};
    uint32_t id;
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(ca_table_put(&table, keys[i], &id, NULL), 0);
        ck_assert_uint_eq(id, i);
    }
    ck_assert_int_eq(ca_table_put(&table, (ca_text){NULL, 0}, &id, NULL), 0);
    ck_assert_uint_eq(id, 0);
    ca_table_done(&table);
}
END_TEST

START_TEST(keys_are_copies)
{
    ca_table table;
    ca_table_init(&table);
    char key[] = "one";
    uint32_t id;
    ca_table_put(&table, ca_text_of(key), &id, NULL);
    memset(key, 'x', 3);
    ck_assert(ca_text_is(ca_table_key(&table, 0), "one"));
    ck_assert_uint_eq(ca_table_find(&table, CA_TEXT("xxx")), CA_TABLE_NONE);
    ca_table_done(&table);
}
END_TEST

/* Whichever allocation fails, the put that needed it says so, changes nothing, and works when
 * repeated. */
START_TEST(memory_runs_out)
{
    for (uint64_t n = 1; n < 16; n++) {
        ca_table table;
        ca_table_init(&table);
        ca_alloc_fail(n, 0);
        int failures = 0;
        for (uint32_t i = 0; i < 600; i++) {
            char key[32];
            snprintf(key, sizeof(key), "some longer key %u", i);
            uint32_t id = 4711;
            bool is_new = true;
            int code = ca_table_put(&table, ca_text_of(key), &id, &is_new);
            if (code != 0) {
                ck_assert_int_eq(code, CA_NOMEM);
                ck_assert_uint_eq(id, 4711);
                ck_assert_uint_eq(table.count, i);
                ck_assert_uint_eq(ca_table_find(&table, ca_text_of(key)), CA_TABLE_NONE);
                failures++;
                ck_assert_int_eq(ca_table_put(&table, ca_text_of(key), &id, &is_new), 0);
            }
            ck_assert_uint_eq(id, i);
            ck_assert(is_new);
        }
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(failures, 1);
        ca_table_done(&table);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, empty);
    tcase_add_test(tcase, ids_in_order_of_arrival);
    tcase_add_test(tcase, any_bytes_are_keys);
    tcase_add_test(tcase, keys_are_copies);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("base/table", add_tests)
