/* Errors: what is stored, how it is cut, and the exit status of each code. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "support/check_main.h"

START_TEST(set_fills_all_and_returns_the_code)
{
    ca_error err = {.code = 7, .file = "old", .line = 3, .column = 4, .text = "old"};
    ck_assert_int_eq(ca_error_set(&err, CA_LIMIT, "%d rows", 12), CA_LIMIT);
    ck_assert_int_eq(err.code, CA_LIMIT);
    ck_assert_str_eq(err.text, "12 rows");
    ck_assert_str_eq(err.file, "");
    ck_assert_uint_eq(err.line, 0);
    ck_assert_uint_eq(err.column, 0);
}
END_TEST

START_TEST(at_keeps_the_position)
{
    ca_error err;
    ck_assert_int_eq(ca_error_at(&err, CA_CONFIG, "a.yaml", 3, 9, "unknown key '%s'", "x"),
                     CA_CONFIG);
    ck_assert_str_eq(err.file, "a.yaml");
    ck_assert_uint_eq(err.line, 3);
    ck_assert_uint_eq(err.column, 9);
    ck_assert_str_eq(err.text, "unknown key 'x'");
    ca_error_at(&err, CA_CONFIG, NULL, 0, 0, "no file");
    ck_assert_str_eq(err.file, "");
}
END_TEST

START_TEST(no_storage_is_fine)
{
    ck_assert_int_eq(ca_error_set(NULL, CA_BUSY, "x"), CA_BUSY);
    ck_assert_int_eq(ca_error_at(NULL, CA_FAIL, "f", 1, 1, "x"), CA_FAIL);
    ck_assert_int_eq(ca_error_nomem(NULL), CA_NOMEM);
    ck_assert_int_eq(ca_error_errno(NULL, "cannot open", "f", ENOENT), CA_FAIL);
}
END_TEST

START_TEST(words_of_the_system)
{
    ca_error err;
    ck_assert_int_eq(ca_error_errno(&err, "cannot open", "in.csv", ENOENT), CA_FAIL);
    ck_assert_str_eq(err.file, "in.csv");
    ck_assert_str_eq(err.text, "cannot open: No such file or directory");
    ck_assert_int_eq(ca_error_errno(&err, "cannot read", NULL, ENOMEM), CA_NOMEM);
    ck_assert_int_eq(err.code, CA_NOMEM);
    ck_assert_str_eq(err.file, "");
    ca_error_errno(&err, "cannot open", "in.csv", EACCES);
    ck_assert_str_eq(err.text, "cannot open: Permission denied; the user of this run needs access to it and to its folder");
    ca_error_errno(&err, "cannot read", NULL, 999999);
    ck_assert(strncmp(err.text, "cannot read: ", 13) == 0 && strlen(err.text) > 13);
    ca_error_nomem(&err);
    ck_assert_int_eq(err.code, CA_NOMEM);
    ck_assert_ptr_nonnull(strstr(err.text, "memory ran out"));
}
END_TEST

START_TEST(always_one_line)
{
    ca_error err;
    ca_error_at(&err, CA_FAIL, "a\nb", 0, 0, "one\ntwo\r\tthree\x7F");
    ck_assert_str_eq(err.text, "one two  three ");
    ck_assert_str_eq(err.file, "a b");
}
END_TEST

START_TEST(a_message_may_quote_the_one_before)
{
    ca_error err;
    ca_error_set(&err, CA_FAIL, "inner");
    ca_error_set(&err, CA_FAIL, "outer: %s", err.text);
    ck_assert_str_eq(err.text, "outer: inner");
}
END_TEST

/* A character of _i bytes that ends 0 to 3 bytes beyond what fits must vanish whole. */
START_TEST(cut_between_characters)
{
    static const char *const characters[] = {"x", "é", "男", "\xF0\x9F\x8F\xA5"};
    size_t width = strlen(characters[_i]);
    for (size_t over = 0; over <= width; over++) {
        char text[600] = {0};
        size_t fill = sizeof((ca_error){0}.text) - 1 - width + over;
        memset(text, 'a', fill);
        strcat(text, characters[_i]);
        ca_error err;
        ca_error_set(&err, CA_FAIL, "%s", text);
        ck_assert_uint_eq(strlen(err.text), over == 0 ? fill + width : fill < 511 ? fill : 511);
    }
}
END_TEST

START_TEST(exit_statuses)
{
    static const int table[][2] = {
        {CA_OK, 0},    {CA_END, 0},    {CA_FAIL, 1},    {CA_NOMEM, 1},
        {CA_USAGE, 2}, {CA_CONFIG, 3}, {CA_REJECTS, 4}, {CA_TOTALS, 6},
        {CA_BUSY, 75}, {CA_LIMIT, 1},  {-1000, 1},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        ck_assert_int_eq(ca_error_exit_status(table[i][0]), table[i][1]);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, set_fills_all_and_returns_the_code);
    tcase_add_test(tcase, at_keeps_the_position);
    tcase_add_test(tcase, no_storage_is_fine);
    tcase_add_test(tcase, words_of_the_system);
    tcase_add_test(tcase, always_one_line);
    tcase_add_test(tcase, a_message_may_quote_the_one_before);
    tcase_add_loop_test(tcase, cut_between_characters, 0, 4);
    tcase_add_test(tcase, exit_statuses);
}

CA_CHECK_MAIN("base/error", add_tests)
