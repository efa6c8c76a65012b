/* Shares as people read them, and lists without rows. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const struct {
    uint64_t part, whole, permille;
} shares[] = {
    {0, 0, 0},       {0, 5, 0},        {5, 0, 0},        {5, 5, 1000},     {6, 5, 1000},
    {1, 6, 167},     {2, 3, 667},      {1, 3, 333},      {1, 2, 500},      {1, 8, 125},
    {1, 2000, 1},    {1, 1999, 1},     {1, 1000000, 1},  {999, 1000, 999}, {1999, 2000, 999},
    {49, 100000, 1}, {149, 100000, 1}, {150, 100000, 2}, {1, 16, 63},      {999999, 1000000, 999},
};

/* Rounded; but nothing is none, and everything all. */
START_TEST(rounded_shares)
{
    ck_assert_uint_eq(ca_permille(shares[_i].part, shares[_i].whole), shares[_i].permille);
}
END_TEST

static const char *const names[] = {"one", "two"};

static const char *without_rows(ca_format format, char text[64])
{
    FILE *out = fmemopen(text, 64, "w");
    ca_cli cli = {.out = out};
    ck_assert_ptr_nonnull(out);
    memset(text, 0, 64);
    ca_output *output = ca_output_new(&cli, format);
    ck_assert_int_eq(ca_output_row(output, names, NULL, 2), 0);
    ck_assert_uint_eq(ca_output_end(output), 0);
    fclose(out);
    return text;
}

START_TEST(lists_without_rows)
{
    char text[64];
    ck_assert_str_eq(without_rows(CA_FORMAT_TABLE, text), "");
    ck_assert_str_eq(without_rows(CA_FORMAT_CSV, text), "one,two\n");
    ck_assert_str_eq(without_rows(CA_FORMAT_JSON, text), "[]\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, rounded_shares, 0, (int)(sizeof shares / sizeof shares[0]));
    tcase_add_test(tcase, lists_without_rows);
}

CA_CHECK_MAIN("cli/output", add_tests)
