/* Rows read a second time from their stored bytes. */
#include <string.h>

#include "base/alloc.h"
#include "read/rows.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static ca_rows *scratch;

static void close_scratch(void)
{
    ca_rows_close(scratch);
    scratch = NULL;
}

START_TEST(one_record)
{
    ca_csv_format format = ca_csv_format_default();
    ca_row row;
    ca_text raw = CA_TEXT("a,\"b\nc\", d ");
    ck_assert_int_eq(ca_rows_parse_one(&format, raw, &scratch, &row, NULL), 0);
    ck_assert_uint_eq(row.cell_count, 3);
    ck_assert(ca_text_is(row.cells[1], "b\nc"));
    ck_assert(ca_text_is(row.cells[2], "d"));
    ck_assert_uint_eq(row.row, 1);
    ck_assert_uint_eq(row.offset, 0);
    ck_assert(ca_text_eq(row.raw, raw));
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("x"), &scratch, &row, NULL), 0);
    ck_assert_uint_eq(row.cell_count, 1);
    ck_assert_uint_eq(row.row, 1);
    close_scratch();
}
END_TEST

START_TEST(not_one_record)
{
    static const ca_text cases[] = {
        {"", 0},    {"\n", 1},   {"   ", 3}, {"\na", 2},  {"a\nb", 3},     {"a\n\n", 3},
        {"\"a", 2}, {"a\"b", 3}, {"a\0", 2}, {"\xE9", 1}, {"\"a\"\rb", 5},
    };
    ca_csv_format format = ca_csv_format_default();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ca_row row = {.row = 77};
        ca_error err = {0};
        ck_assert_int_eq(ca_rows_parse_one(&format, cases[i], &scratch, &row, &err), CA_FAIL);
        ck_assert_int_eq(err.code, CA_FAIL);
        ck_assert_uint_eq(row.row, 77);
    }
    close_scratch();
}
END_TEST

/* A byte order mark inside a file belongs to its row, and so it does here. */
START_TEST(byte_order_mark_is_content)
{
    ca_csv_format format = ca_csv_format_default();
    ca_row row;
    ca_text raw = CA_TEXT("\xEF\xBB\xBFx");
    ck_assert_int_eq(ca_rows_parse_one(&format, raw, &scratch, &row, NULL), 0);
    ck_assert_uint_eq(row.cells[0].len, 4);
    close_scratch();
}
END_TEST

START_TEST(another_format_with_the_same_scratch)
{
    ca_csv_format format = ca_csv_format_default();
    ca_row row;
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("a;b\xC3\xA9"), &scratch, &row, NULL), 0);
    ck_assert_uint_eq(row.cell_count, 1);
    format.delimiter = ';';
    format.encoding = CA_ENC_LATIN_1;
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("a;b\xE9"), &scratch, &row, NULL), 0);
    ck_assert_uint_eq(row.cell_count, 2);
    ck_assert(ca_text_is(row.cells[1], "b\xC3\xA9"));
    format.quote = '"';
    format.max_columns = 1;
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("a;b"), &scratch, &row, NULL), CA_FAIL);
    format.delimiter = '\n';
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("a"), &scratch, &row, NULL), CA_CONFIG);
    close_scratch();
}
END_TEST

/* Large and small rows in turn, with memory running out at every place. */
START_TEST(memory_runs_out)
{
    enum { SIZE = 200000 };
    static char large[SIZE];
    memset(large, 'x', SIZE);
    ca_csv_format format = ca_csv_format_default();
    format.max_record_bytes = SIZE;
    int result = CA_NOMEM;
    for (uint64_t n = 1; result != 0; n++) {
        ca_row row;
        ca_error err = {0};
        ca_alloc_fail(n, 1);
        result = ca_rows_parse_one(&format, CA_TEXT("a"), &scratch, &row, &err);
        if (result == 0)
            result = ca_rows_parse_one(&format, (ca_text){large, SIZE}, &scratch, &row, &err);
        ca_alloc_fail(0, 0);
        if (result != 0)
            ck_assert_int_eq(result, CA_NOMEM);
        else
            ck_assert_uint_eq(row.cells[0].len, SIZE);
        if (n % 2 == 0)
            close_scratch();
    }
    close_scratch();
}
END_TEST

/* Whatever a file gives as a row can be read again from its raw bytes. */
START_TEST(agrees_with_the_file)
{
    static const char text[] = "a,b\r\n\"x\ny\",\"z\"\"\"\n , \n\"\"\n\tq\t\r,\n\"last\"";
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "file", text, sizeof(text) - 1);
    ca_csv_format format = ca_csv_format_default();
    ca_source *source;
    ca_rows *rows;
    ca_row row;
    size_t count = 0;
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, NULL), 0);
    ck_assert_int_eq(ca_rows_open(source, &format, 5, CA_LANE_BOTH, &rows, NULL), 0);
    while (ca_rows_next(rows, &row, NULL) == 0) {
        ca_row again;
        ck_assert_ptr_null(row.reject);
        ck_assert_int_eq(ca_rows_parse_one(&format, row.raw, &scratch, &again, NULL), 0);
        ck_assert_uint_eq(row.cell_count, again.cell_count);
        for (size_t i = 0; i < row.cell_count; i++)
            ck_assert(ca_text_eq(row.cells[i], again.cells[i]));
        count++;
    }
    ck_assert_uint_eq(count, 7);
    close_scratch();
    ca_rows_close(rows);
    ca_source_close(source);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, one_record);
    tcase_add_test(tcase, not_one_record);
    tcase_add_test(tcase, byte_order_mark_is_content);
    tcase_add_test(tcase, another_format_with_the_same_scratch);
    tcase_add_test(tcase, memory_runs_out);
    tcase_add_test(tcase, agrees_with_the_file);
}

CA_CHECK_MAIN("read/rows_one", add_tests)
