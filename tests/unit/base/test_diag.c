/* Collected messages: order, counts, the verdict, and memory that runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "support/check_main.h"

START_TEST(messages_are_kept)
{
    ca_arena arena;
    ca_diags diags;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    char file[] = "a.yaml";
    ca_diag_add(&diags, CA_DIAG_ERROR, file, 3, 4, "unknown key '%s'", "x\ny");
    memset(file, 'z', 2); /* the name is copied */
    ca_diag_add(&diags, CA_DIAG_WARNING, NULL, 0, 0, "w");
    ca_diag_add(&diags, CA_DIAG_HINT, "", 0, 0, "h");
    ck_assert_uint_eq(diags.count, 3);
    ck_assert_uint_eq(diags.errors, 1);
    ck_assert_str_eq(diags.items[0].file, "a.yaml");
    ck_assert_str_eq(diags.items[0].text, "unknown key 'x y'");
    ck_assert_uint_eq(diags.items[0].line, 3);
    ck_assert_uint_eq(diags.items[0].column, 4);
    ck_assert_int_eq(diags.items[0].severity, CA_DIAG_ERROR);
    ck_assert_str_eq(diags.items[1].file, "");
    ck_assert_int_eq(diags.items[2].severity, CA_DIAG_HINT);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(verdict)
{
    ca_arena arena;
    ca_diags diags;
    ca_error err = {.code = 5};
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ck_assert_int_eq(ca_diags_result(&diags, &err), 0);
    ca_diag_add(&diags, CA_DIAG_WARNING, "a", 1, 1, "w");
    ck_assert_int_eq(ca_diags_result(&diags, &err), 0);
    ck_assert_int_eq(err.code, 5);
    ca_diag_add(&diags, CA_DIAG_ERROR, "a", 1, 1, "e");
    ck_assert_int_eq(ca_diags_result(&diags, &err), CA_CONFIG);
    ck_assert_str_eq(err.text, "1 error in the configuration");
    ca_diag_add(&diags, CA_DIAG_ERROR, "a", 1, 1, "e");
    ck_assert_int_eq(ca_diags_result(&diags, &err), CA_CONFIG);
    ck_assert_str_eq(err.text, "2 errors in the configuration");
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}
END_TEST

/* _i messages in random order come out sorted, those of one position in order of arrival. */
START_TEST(sorted_and_stable)
{
    ca_arena arena;
    ca_diags diags;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    srand((unsigned)_i);
    for (int i = 0; i < _i; i++) {
        const char *file = rand() % 2 ? "b" : "a";
        ca_diag_add(&diags, CA_DIAG_ERROR, file, (uint32_t)rand() % 3, (uint32_t)rand() % 3, "%05d",
                    i);
    }
    ca_diags_sort(&diags);
    ck_assert_uint_eq(diags.count, (size_t)_i);
    char before[64] = "";
    for (int i = 0; i < _i; i++) {
        const ca_diag *diag = &diags.items[i];
        char key[64];
        snprintf(key, sizeof(key), "%s %u %u %s", diag->file, diag->line, diag->column, diag->text);
        ck_assert_str_lt(before, key);
        strcpy(before, key);
    }
    ca_diag_add(&diags, CA_DIAG_ERROR, "c", 0, 0,
                "one more"); /* the array still grows after a sort */
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}
END_TEST

/* A hopeless file must not fill the memory with messages; every error still counts. */
START_TEST(limit_of_messages)
{
    ca_arena arena;
    ca_diags diags;
    ca_error err;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    for (uint32_t i = 1; i <= CA_DIAGS_MOST + 1; i++)
        ca_diag_add(&diags, CA_DIAG_ERROR, "a", i, 1, "e");
    ca_diag_add(&diags, CA_DIAG_WARNING, "a", 1, 1, "w");
    ck_assert_uint_eq(diags.count, CA_DIAGS_MOST);
    ck_assert_uint_eq(diags.errors, CA_DIAGS_MOST + 1);
    ck_assert_int_eq(ca_diags_result(&diags, &err), CA_CONFIG);
    ck_assert_str_eq(err.text, "10001 errors in the configuration");
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(memory_runs_out)
{
    int failures = 0;
    for (uint64_t n = 1; n < 12; n++) {
        ca_arena arena;
        ca_diags diags;
        ca_error err;
        ca_arena_init(&arena);
        ca_diags_init(&diags, &arena);
        ca_alloc_fail(n, 0);
        for (uint32_t i = 0; i < 100; i++)
            ca_diag_add(&diags, CA_DIAG_ERROR, i % 2 ? "a" : "b", i, 0, "%100u", i);
        ca_diags_sort(&diags);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(diags.errors, 100);
        ck_assert_int_eq(ca_diags_result(&diags, &err), diags.failed ? CA_NOMEM : CA_CONFIG);
        failures += diags.failed;
        ca_diags_done(&diags);
        ca_arena_done(&arena);
    }
    ck_assert_int_ge(failures, 6);
    ck_assert_int_lt(failures, 11);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, messages_are_kept);
    tcase_add_test(tcase, verdict);
    tcase_add_loop_test(tcase, sorted_and_stable, 0, 40);
    tcase_add_test(tcase, limit_of_messages);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("base/diag", add_tests)
