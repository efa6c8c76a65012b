/* The buffer: growing, failing once for all, JSON. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "support/check_main.h"

START_TEST(grows_and_ends_with_nul)
{
    ca_buf buf;
    ca_buf_init(&buf);
    ck_assert_str_eq(ca_buf_cstr(&buf), "");
    ck_assert(ca_text_is(ca_buf_text(&buf), ""));
    for (int i = 0; i < 1000; i++) {
        ca_buf_printf(&buf, "%d", i % 10);
        ca_buf_add_char(&buf, ',');
        ca_buf_add_cstr(&buf, "ab");
        ca_buf_add_text(&buf, CA_TEXT("c"));
        ca_buf_add(&buf, NULL, 0);
    }
    ck_assert(!buf.failed);
    ck_assert_uint_eq(buf.len, 5000);
    ck_assert_uint_eq(strlen(ca_buf_cstr(&buf)), 5000);
    ck_assert(ca_text_starts(ca_buf_text(&buf), CA_TEXT("0,abc1,abc2,abc")));
    size_t cap = buf.cap;
    ca_buf_clear(&buf);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_uint_eq(buf.cap, cap);
    ck_assert_str_eq(ca_buf_cstr(&buf), "");
    ca_buf_done(&buf);
    ca_buf_done(&buf);
}
END_TEST

/* Filling it to the last byte must leave room for the NUL. */
START_TEST(exact_fits)
{
    for (size_t len = 60; len < 70; len++) {
        ca_buf buf;
        ca_buf_init(&buf);
        char bytes[80];
        memset(bytes, 'x', sizeof(bytes));
        ca_buf_add(&buf, bytes, len);
        ck_assert_uint_eq(strlen(ca_buf_cstr(&buf)), len);
        ca_buf_done(&buf);
    }
}
END_TEST

START_TEST(one_failure_is_remembered)
{
    ca_buf buf;
    ca_buf_init(&buf);
    ca_buf_add_cstr(&buf, "before");
    ca_alloc_fail(1, 0);
    ca_buf_printf(&buf, "%1000d", 1);
    ck_assert(buf.failed);
    ca_buf_add_cstr(&buf, "x");
    ck_assert_uint_eq(buf.len, 6);
    ck_assert_str_eq(ca_buf_cstr(&buf), "");
    ck_assert(!ca_buf_reserve(&buf, 0));
    ca_buf_clear(&buf);
    ca_buf_add_cstr(&buf, "again");
    ck_assert_str_eq(ca_buf_cstr(&buf), "again");
    ck_assert(!ca_buf_reserve(&buf, SIZE_MAX - 3));
    ck_assert(buf.failed);
    ca_buf_done(&buf);
}
END_TEST

static void check_json(ca_text text, const char *expected)
{
    ca_buf buf;
    ca_buf_init(&buf);
    ca_buf_add_json(&buf, text);
    ck_assert_str_eq(ca_buf_cstr(&buf), expected);
    ca_buf_done(&buf);
}

START_TEST(json)
{
    check_json(CA_TEXT(""), "\"\"");
    check_json(CA_TEXT("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    check_json(CA_TEXT("\b\f\n\r\t\x01\x1F\x7F"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
    check_json(CA_TEXT("a\0b"), "\"a\\u0000b\"");
    check_json(CA_TEXT("男é"), "\"男é\"");
    check_json(CA_TEXT("a\xFFz\xE7\x94"), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
}
END_TEST

/* Memory of the caller's is used while it lasts, and never given back. */
START_TEST(begins_in_memory_of_the_caller)
{
    char memory[16];
    ca_buf buf;
    ca_buf_init_in(&buf, memory, sizeof memory);
    uint64_t calls = ca_alloc_calls();
    ca_buf_add_cstr(&buf, "fifteen letters");
    ck_assert_uint_eq(ca_alloc_calls(), calls);
    ck_assert_ptr_eq(buf.ptr, memory);
    ck_assert_str_eq(ca_buf_cstr(&buf), "fifteen letters");
    ca_buf_done(&buf);
    ca_buf_init_in(&buf, memory, sizeof memory);
    for (int i = 0; i < 100; i++) {
        ca_buf_add_cstr(&buf, "abc");
    }
    ck_assert_uint_eq(buf.len, 300);
    ck_assert(buf.ptr != memory && ca_text_starts(ca_buf_text(&buf), CA_TEXT("abcabcabcabcabcabc")));
    ca_buf_done(&buf);
    ck_assert_ptr_null(buf.ptr);
    ca_buf_init_in(&buf, memory, sizeof memory);
    ca_alloc_fail(1, 0);
    ca_buf_add_cstr(&buf, "more than sixteen letters");
    ca_alloc_fail(0, 0);
    ck_assert(buf.failed);
    ca_buf_done(&buf);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, begins_in_memory_of_the_caller);
    tcase_add_test(tcase, grows_and_ends_with_nul);
    tcase_add_test(tcase, exact_fits);
    tcase_add_test(tcase, one_failure_is_remembered);
    tcase_add_test(tcase, json);
}

CA_CHECK_MAIN("base/buf", add_tests)
