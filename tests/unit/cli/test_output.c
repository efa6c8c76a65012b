/* Lists without rows. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

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
    tcase_add_test(tcase, lists_without_rows);
}

CA_CHECK_MAIN("cli/output", add_tests)
