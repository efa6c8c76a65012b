/* Formats that the reader takes and refuses. */
#include <string.h>

#include "read/format.h"
#include "support/check_main.h"

START_TEST(refused_formats)
{
    static const struct {
        const char *word;
        char delimiter, quote;
        uint32_t bytes, lines, columns;
    } cases[] = {
        {"delimiter", '\n', '"', 1, 1, 1},  {"delimiter", '\r', '"', 1, 1, 1},
        {"delimiter", '"', '"', 1, 1, 1},   {"delimiter", '\0', '"', 1, 1, 1},
        {"delimiter", '\0', '\0', 1, 1, 1}, {"delimiter", '\xA7', '"', 1, 1, 1},
        {"quote", ',', ' ', 1, 1, 1},       {"quote", ',', '\t', 1, 1, 1},
        {"quote", ',', '\n', 1, 1, 1},      {"quote", ',', '\xAB', 1, 1, 1},
        {"bytes", ',', '"', 0, 1, 1},       {"bytes", ',', '"', 1048577, 1, 1},
        {"lines", ',', '"', 1, 0, 1},       {"lines", ',', '"', 1, 10001, 1},
        {"columns", ',', '"', 1, 1, 0},     {"columns", ',', '"', 1, 1, 65537},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ca_csv_format format = {cases[i].delimiter, cases[i].quote, CA_ENC_UTF8,
                                cases[i].bytes,     cases[i].lines, cases[i].columns};
        ca_rows *rows = NULL;
        ca_error err = {0};
        ck_assert_int_eq(ca_rows_open(NULL, &format, 0, CA_LANE_BOTH, &rows, &err), CA_CONFIG);
        ck_assert_ptr_null(rows);
        ck_assert_ptr_nonnull(strstr(err.text, cases[i].word));
    }
    ca_csv_format largest = {',', '"', CA_ENC_UTF8, 1048576, 10000, 65536};
    ca_rows *rows = NULL;
    ck_assert_int_eq(ca_rows_open(NULL, &largest, 0, CA_LANE_BOTH, &rows, NULL), 0);
    ca_rows_close(rows);
    ca_rows_close(NULL);
}
END_TEST

START_TEST(names_of_encodings)
{
    ck_assert_str_eq(ca_encoding_name(CA_ENC_UTF8), "utf-8");
    ck_assert_str_eq(ca_encoding_name(CA_ENC_WINDOWS_1252), "windows-1252");
    ck_assert_str_eq(ca_encoding_name(CA_ENC_LATIN_1), "latin-1");
    ck_assert_str_eq(ca_encoding_name(CA_ENC_GB18030), "gb18030");
    ck_assert_str_eq(ca_encoding_name(CA_ENC_UTF16), "utf-16");
}
END_TEST

START_TEST(formats_differ_in_anything)
{
    const ca_csv_format same = ca_csv_format_default();
    ck_assert_int_eq(ca_csv_format_check(&same, NULL), 0);
    for (int i = 0; i < 7; i++) {
        ca_csv_format other = same;
        if (i == 1)
            other.delimiter = ';';
        else if (i == 2)
            other.quote = '\0';
        else if (i == 3)
            other.encoding = CA_ENC_LATIN_1;
        else if (i == 4)
            other.max_record_bytes--;
        else if (i == 5)
            other.max_record_lines--;
        else if (i == 6)
            other.max_columns--;
        ck_assert_int_eq(ca_csv_format_same(&same, &other), i == 0);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, refused_formats);
    tcase_add_test(tcase, names_of_encodings);
    tcase_add_test(tcase, formats_differ_in_anything);
}

CA_CHECK_MAIN("read/format", add_tests)
