/* What is a row, what is a reject, and where they stand in the file. */
#include <stdio.h>
#include <string.h>

#include "read/rows.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/row_dump.h"

static const ca_lane lanes[] = {CA_LANE_BOTH, CA_LANE_LIBCSV, CA_LANE_PLAIN_C};

/* Every lane with every read size gives this dump. */
static void expect_bytes(const ca_csv_format *format, ca_text bytes, const char *expected)
{
    for (size_t lane = 0; lane < 3; lane++) {
        for (size_t read_size = 1; read_size <= bytes.len + 1; read_size++) {
            ca_buf dump;
            ca_buf_init(&dump);
            row_dump_file(&dump, bytes, format, read_size, lanes[lane]);
            ck_assert_str_eq(ca_buf_cstr(&dump), expected);
            ca_buf_done(&dump);
        }
    }
}

static void expect(const char *text, const char *expected)
{
    ca_csv_format format = ca_csv_format_default();
    expect_bytes(&format, ca_text_of(text), expected);
}

START_TEST(plain_lines)
{
    expect("a,b\nc,d\n", "1 @0 [a,b] [a] [b]\n2 @4 [c,d] [c] [d]\n");
    expect(",\n", "1 @0 [,] [] []\n");
    expect("a", "1 @0 [a] [a]\n");
    expect("", "");
}
END_TEST

START_TEST(line_ends)
{
    expect("a\nb\r\nc\rd\n\re\r\r\nf", "1 @0 [a] [a]\n2 @2 [b] [b]\n3 @5 [c] [c]\n4 @7 [d] [d]\n"
                                       "5 @10 [e] [e]\n6 @14 [f] [f]\n");
    expect("a\r", "1 @0 [a] [a]\n");
    expect("a,\r\nb\r", "1 @0 [a,] [a] []\n2 @4 [b] [b]\n");
}
END_TEST

START_TEST(last_line_without_an_end)
{
    expect("a\nb,\"c\"", "1 @0 [a] [a]\n2 @2 [b,\"c\"] [b] [c]\n");
    expect("a\n\"b\"\"c\"", "1 @0 [a] [a]\n2 @2 [\"b\"\"c\"] [b\"c]\n");
    expect("a\nb,", "1 @0 [a] [a]\n2 @2 [b,] [b] []\n");
}
END_TEST

START_TEST(blank_lines_are_no_rows)
{
    expect("\n\r\n \t\r\r\na\n\n  \n\t\nb\n   ", "1 @8 [a] [a]\n2 @16 [b] [b]\n");
    expect("\n\n", "");
    expect("\"\"\n", "1 @0 [\"\"] []\n");
}
END_TEST

START_TEST(blank_under_other_delimiters)
{
    ca_csv_format format = ca_csv_format_default();
    format.delimiter = '\t';
    expect_bytes(&format, CA_TEXT("a\tb\n\t\n \n \t \n"),
                 "1 @0 [a\\09b] [a] [b]\n2 @4 [\\09] [] []\n3 @8 [ \\09 ] [] []\n");
    format.delimiter = ' ';
    expect_bytes(&format, CA_TEXT("a  b\n \n\t\n\ta\t \n"),
                 "1 @0 [a  b] [a] [] [b]\n2 @5 [ ] [] []\n3 @9 [\\09a\\09 ] [a] []\n");
    format.delimiter = '|';
    expect_bytes(&format, CA_TEXT("a,b|c\n"), "1 @0 [a,b|c] [a,b] [c]\n");
}
END_TEST

START_TEST(spaces_are_trimmed_outside_quotes)
{
    expect(" a b\t,\t c ,  ,d \n", "1 @0 [ a b\\09,\\09 c ,  ,d ] [a b] [c] [] [d]\n");
    expect("\" a \", \"b\" ,\" \"\n", "1 @0 [\" a \", \"b\" ,\" \"] [ a ] [b] [ ]\n");
    expect("a\x01,\x0b\x62\n", "1 @0 [a\\01,\\0bb] [a\\01] [\\0bb]\n");
}
END_TEST

START_TEST(quoted_fields)
{
    expect("\"a,b\",\"c\"\"d\",\"\"\n", "1 @0 [\"a,b\",\"c\"\"d\",\"\"] [a,b] [c\"d] []\n");
    expect("\"a\tb\",c\n", "1 @0 [\"a\\09b\",c] [a\\09b] [c]\n");
}
END_TEST

START_TEST(line_ends_inside_quotes)
{
    expect("x,\"a\nb\r\nc\rd\n\",y\nz\n",
           "1 @0 [x,\"a\\0ab\\0d\\0ac\\0dd\\0a\",y] [x] [a\\0ab\\0d\\0ac\\0dd\\0a] [y]\n"
           "2 @16 [z] [z]\n");
    expect("\"\r\"\r\na\n", "1 @0 [\"\\0d\"] [\\0d]\n2 @5 [a] [a]\n");
    expect("\"\n\n\"", "1 @0 [\"\\0a\\0a\"] [\\0a\\0a]\n");
}
END_TEST

START_TEST(broken_quoting_loses_the_first_line_only)
{
    expect("a,b\"c\nd\n", "1 @0 [a,b\"c] a quote inside an unquoted field (2)\n2 @6 [d] [d]\n");
    expect("\"a\"b,c\nd\n", "1 @0 [\"a\"b,c] text behind a closing quote (1)\n2 @7 [d] [d]\n");
    expect("\"a\" \"b\nd\n", "1 @0 [\"a\" \"b] text behind a closing quote (1)\n2 @7 [d] [d]\n");
    expect("x,\"a\nb\nc,\"d\"\n", "1 @0 [x,\"a] text behind a closing quote (2)\n2 @5 [b] [b]\n"
                                  "3 @7 [c,\"d\"] [c] [d]\n");
    expect("x,\"a\nb\n",
           "1 @0 [x,\"a] a quoted field is not closed before the end of the file (2)\n"
           "2 @5 [b] [b]\n");
    expect("\"", "1 @0 [\"] a quoted field is not closed before the end of the file (1)\n");
    expect("\"a\n\n\n", "1 @0 [\"a] a quoted field is not closed before the end of the file (1)\n");
}
END_TEST

START_TEST(other_quotes)
{
    ca_csv_format format = ca_csv_format_default();
    format.quote = '\'';
    expect_bytes(&format, CA_TEXT("'a,b',\"c\n"), "1 @0 ['a,b',\"c] [a,b] [\"c]\n");
    format.quote = '\0';
    expect_bytes(&format, CA_TEXT("\"a,b\n\0\n"),
                 "1 @0 [\"a,b] [\"a] [b]\n2 @5 [\\00] NUL byte (0)\n");
}
END_TEST

START_TEST(limit_of_bytes)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_record_bytes = 4;
    expect_bytes(&format, CA_TEXT("abcd\r\nabcde\n\"a\nb\"\n     \n\"\nbc\"\n    \n"),
                 "1 @0 [abcd] [abcd]\n"
                 "2 @6 [abcde] record longer than max_record_bytes (4) (0)\n"
                 "3 @12 [\"a] record longer than max_record_bytes (4) (1)\n"
                 "4 @15 [b\"] a quote inside an unquoted field (1)\n"
                 "5 @18 [     ] record longer than max_record_bytes (4) (0)\n"
                 "6 @24 [\"] record longer than max_record_bytes (4) (1)\n"
                 "7 @26 [bc\"] a quote inside an unquoted field (1)\n");
    format.max_record_bytes = 5;
    expect_bytes(&format, CA_TEXT("\"a\nb\"\n\"ab\r\nc\n"),
                 "1 @0 [\"a\\0ab\"] [a\\0ab]\n"
                 "2 @6 [\"ab] record longer than max_record_bytes (5) (1)\n3 @11 [c] [c]\n");
}
END_TEST

START_TEST(limit_of_lines)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_record_lines = 3;
    expect_bytes(
        &format, CA_TEXT("\"a\nb\nc\"\n\"a\nb\nc\nd\"\n"),
        "1 @0 [\"a\\0ab\\0ac\"] [a\\0ab\\0ac]\n"
        "2 @8 [\"a] record of more than max_record_lines (3) lines (1)\n"
        "3 @11 [b] [b]\n4 @13 [c] [c]\n5 @15 [d\"] a quote inside an unquoted field (1)\n");
    format.max_record_lines = 1;
    expect_bytes(&format, CA_TEXT("\"a\nb\"\n\"c\"\n"),
                 "1 @0 [\"a] record of more than max_record_lines (1) lines (1)\n"
                 "2 @3 [b\"] a quote inside an unquoted field (1)\n3 @6 [\"c\"] [c]\n");
}
END_TEST

START_TEST(limit_of_columns)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_columns = 2;
    expect_bytes(&format, CA_TEXT("a,b\na,b,c\n\"a\",,\n\"a\n\",b,c\n"),
                 "1 @0 [a,b] [a] [b]\n2 @4 [a,b,c] more cells than max_columns (2) (3)\n"
                 "3 @10 [\"a\",,] more cells than max_columns (2) (3)\n"
                 "4 @16 [\"a] more cells than max_columns (2) (3)\n"
                 "5 @19 [\",b,c] a quoted field is not closed before the end of the file (1)\n");
    format.max_columns = 1;
    expect_bytes(&format, CA_TEXT("a\nb,\n"),
                 "1 @0 [a] [a]\n2 @2 [b,] more cells than max_columns (1) (2)\n");
}
END_TEST

/* More cells than the room a reader begins with, up to the limit. */
START_TEST(wide_rows)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_columns = 300;
    for (size_t columns = 60; columns <= 302; columns++) {
        ca_buf text;
        ca_buf_init(&text);
        ca_buf_add_cstr(&text, "h\n");
        for (size_t i = 0; i < columns; i++)
            ca_buf_add_cstr(&text, i ? ",\"x\"" : "x");
        ca_buf dumps[3];
        for (size_t lane = 0; lane < 3; lane++) {
            ca_buf_init(&dumps[lane]);
            row_dump_file(&dumps[lane], ca_buf_text(&text), &format, 64, lanes[lane]);
        }
        ck_assert_str_eq(ca_buf_cstr(&dumps[0]), ca_buf_cstr(&dumps[1]));
        ck_assert_str_eq(ca_buf_cstr(&dumps[0]), ca_buf_cstr(&dumps[2]));
        bool refused = strstr(ca_buf_cstr(&dumps[0]), "max_columns (300)") != NULL;
        ck_assert_int_eq(refused, columns > 300);
        for (size_t lane = 0; lane < 3; lane++)
            ca_buf_done(&dumps[lane]);
        ca_buf_done(&text);
    }
}
END_TEST

START_TEST(nul_bytes)
{
    ca_csv_format format = ca_csv_format_default();
    expect_bytes(&format, CA_TEXT("a\0,b\nc\n\0\n\"x\ny\0\"\n"),
                 "1 @0 [a\\00,b] NUL byte (0)\n2 @5 [c] [c]\n3 @7 [\\00] NUL byte (0)\n"
                 "4 @9 [\"x] NUL byte (0)\n5 @12 [y\\00\"] NUL byte (0)\n");
}
END_TEST

START_TEST(byte_order_marks)
{
    ca_csv_format format = ca_csv_format_default();
    expect_bytes(&format, CA_TEXT("\xEF\xBB\xBF\x61\n\xEF\xBB\xBF\x62\n"),
                 "1 @3 [a] [a]\n2 @5 [\\ef\\bb\\bfb] [\\ef\\bb\\bfb]\n");
    expect_bytes(&format, CA_TEXT("\xEF\xBB\xBF"), "");
    expect_bytes(&format, CA_TEXT("\xEF\xBB"),
                 "1 @0 [\\ef\\bb] not valid utf-8 (declare the encoding in the profile) (0)\n");
    format.encoding = CA_ENC_GB18030;
    expect_bytes(&format, CA_TEXT("\x84\x31\x95\x33\x61\n"), "1 @4 [a] [a]\n");
    format.encoding = CA_ENC_WINDOWS_1252; /* here it shows that the profile is wrong */
    expect_bytes(&format, CA_TEXT("\xEF\xBB\xBF\x61\n"),
                 "1 @0 [\\ef\\bb\\bfa] [\\c3\\af\\c2\\bb\\c2\\bfa]\n");
}
END_TEST

START_TEST(utf8)
{
    expect("\xC3\xA9,\xE7\x94\xB7\n\"\xF0\x9F\x98\x80\"\n",
           "1 @0 [\\c3\\a9,\\e7\\94\\b7] [\\c3\\a9] [\\e7\\94\\b7]\n"
           "2 @7 [\"\\f0\\9f\\98\\80\"] [\\f0\\9f\\98\\80]\n");
    expect("a\n\xE9\nb\n", "1 @0 [a] [a]\n"
                           "2 @2 [\\e9] not valid utf-8 (declare the encoding in the profile) (0)\n"
                           "3 @4 [b] [b]\n");
    /* The first line of the record goes, although the second one is at fault. */
    expect("\"a\n\xE9\"\nb\n",
           "1 @0 [\"a] not valid utf-8 (declare the encoding in the profile) (0)\n"
           "2 @3 [\\e9\"] not valid utf-8 (declare the encoding in the profile) (0)\n"
           "3 @6 [b] [b]\n");
}
END_TEST

START_TEST(windows_1252)
{
    ca_csv_format format = ca_csv_format_default();
    format.encoding = CA_ENC_WINDOWS_1252;
    expect_bytes(&format, CA_TEXT("\x80,\"\xFC\"\n\"\xE4\n\xF6\"\na\n"),
                 "1 @0 [\\80,\"\\fc\"] [\\e2\\82\\ac] [\\c3\\bc]\n"
                 "2 @6 [\"\\e4\\0a\\f6\"] [\\c3\\a4\\0a\\c3\\b6]\n3 @12 [a] [a]\n");
    static const char undefined[] = "\x81\x8D\x8F\x90\x9D";
    for (size_t i = 0; i < 5; i++) {
        char bytes[] = "x,?\ny\n";
        bytes[2] = undefined[i];
        char expected[128];
        snprintf(
            expected, sizeof(expected),
            "1 @0 [x,\\%02x] not valid windows-1252 (declare the encoding in the profile) (0)\n"
            "2 @4 [y] [y]\n",
            (unsigned char)undefined[i]);
        expect_bytes(&format, ca_text_of(bytes), expected);
    }
}
END_TEST

START_TEST(latin_1)
{
    ca_csv_format format = ca_csv_format_default();
    format.encoding = CA_ENC_LATIN_1;
    expect_bytes(&format, CA_TEXT("\xE9, \xFF \n"), "1 @0 [\\e9, \\ff ] [\\c3\\a9] [\\c3\\bf]\n");
}
END_TEST

/* Trail bytes may look like letters, a pipe or a digit, and must not split a cell. */
START_TEST(gb18030)
{
    ca_csv_format format = ca_csv_format_default();
    format.encoding = CA_ENC_GB18030;
    format.delimiter = '|';
    expect_bytes(&format, CA_TEXT("\xC4\xD0|\x81\x7C|\x81\x30\x81\x30\n\"\x81\x7C\n\"|b\n"),
                 "1 @0 [\\c4\\d0|\\81||\\810\\810] [\\e7\\94\\b7] [\\e4\\ba\\85] [\\c2\\80]\n"
                 "2 @11 [\"\\81|\\0a\"|b] [\\e4\\ba\\85\\0a] [b]\n");
    expect_bytes(&format, CA_TEXT("\x81\na\n"),
                 "1 @0 [\\81] not valid gb18030 (declare the encoding in the profile) (0)\n"
                 "2 @2 [a] [a]\n");
    format.quote = '@'; /* a trail byte, too */
    expect_bytes(&format, CA_TEXT("@\x81\x40@|\x81\x40\n"),
                 "1 @0 [@\\81@@|\\81@] [\\e4\\b8\\82] [\\e4\\b8\\82]\n");
}
END_TEST

/* Reads the file to its end with one read that fails; false when none did. */
static bool fails_at_read(memdisk *mem, uint64_t n)
{
    ca_source *source;
    ca_rows *rows;
    ca_row row;
    ca_error err = {0};
    ca_csv_format format = ca_csv_format_default();
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, NULL), 0);
    ck_assert_int_eq(ca_rows_open(source, &format, 100000, CA_LANE_BOTH, &rows, NULL), 0);
    memdisk_fail(mem, MEMDISK_READ, n, false);
    int result;
    while ((result = ca_rows_next(rows, &row, &err)) == 0)
        continue;
    memdisk_fail(mem, MEMDISK_READ, 0, false);
    ck_assert_int_eq(result, err.code != 0 ? CA_FAIL : CA_END);
    if (result < 0)
        ck_assert_str_eq(err.file, "file");
    ca_rows_close(rows);
    ca_source_close(source);
    return result < 0;
}

/* A disk that fails anywhere ends the reading with its error: at the start, inside a record, inside
 * a line of which only the beginning is kept. */
START_TEST(read_errors)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "a\n\"b\n");
    while (text.len < 60000)
        ca_buf_add_cstr(&text, "more of the record\r");
    ca_buf_add_cstr(&text, "\"\n");
    while (text.len < 1500000)
        ca_buf_add_cstr(&text, "a very long line ");
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "file", text.ptr, text.len);
    uint64_t n = 1;
    while (fails_at_read(mem, n))
        n++;
    ck_assert_uint_ge(n, 15);
    memdisk_free(mem);
    ca_buf_done(&text);
}
END_TEST

/* Whether the first row of the text is told to be plain. */
static bool first_is_plain(const char *text, ca_encoding encoding, ca_lane lane)
{
    ca_csv_format format = ca_csv_format_default();
    memdisk *mem = memdisk_new();
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    ca_row row;
    format.encoding = encoding;
    memdisk_put(mem, "file", text, strlen(text));
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, NULL), 0);
    ck_assert_int_eq(ca_rows_open(source, &format, 0, lane, &rows, NULL), 0);
    ck_assert_int_eq(ca_rows_next(rows, &row, NULL), 0);
    ck_assert_ptr_null(row.reject);
    for (size_t i = 1; row.plain && i < row.cell_count; i++)
        ck_assert_ptr_eq(row.cells[i].ptr, row.cells[i - 1].ptr + row.cells[i - 1].len + 1);
    ca_rows_close(rows);
    ca_source_close(source);
    memdisk_free(mem);
    return row.plain;
}

START_TEST(plain_rows_are_their_bytes)
{
    ck_assert(first_is_plain("a,,b c\n", CA_ENC_UTF8, CA_LANE_BOTH));
    ck_assert(first_is_plain("a,\xC3\xA9\n", CA_ENC_UTF8, CA_LANE_BOTH));
    ck_assert(first_is_plain("a,b\r\n", CA_ENC_WINDOWS_1252, CA_LANE_PLAIN_C));
    ck_assert(!first_is_plain("a,\xE9\n", CA_ENC_WINDOWS_1252, CA_LANE_BOTH));
    ck_assert(!first_is_plain("a,\"b\"\n", CA_ENC_UTF8, CA_LANE_BOTH));
    ck_assert(!first_is_plain("a, b\n", CA_ENC_UTF8, CA_LANE_BOTH));
    ck_assert(!first_is_plain("a,b\n", CA_ENC_UTF8, CA_LANE_LIBCSV));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, plain_lines);
    tcase_add_test(tcase, line_ends);
    tcase_add_test(tcase, last_line_without_an_end);
    tcase_add_test(tcase, blank_lines_are_no_rows);
    tcase_add_test(tcase, blank_under_other_delimiters);
    tcase_add_test(tcase, spaces_are_trimmed_outside_quotes);
    tcase_add_test(tcase, quoted_fields);
    tcase_add_test(tcase, line_ends_inside_quotes);
    tcase_add_test(tcase, broken_quoting_loses_the_first_line_only);
    tcase_add_test(tcase, other_quotes);
    tcase_add_test(tcase, limit_of_bytes);
    tcase_add_test(tcase, limit_of_lines);
    tcase_add_test(tcase, limit_of_columns);
    tcase_add_test(tcase, wide_rows);
    tcase_add_test(tcase, nul_bytes);
    tcase_add_test(tcase, byte_order_marks);
    tcase_add_test(tcase, utf8);
    tcase_add_test(tcase, windows_1252);
    tcase_add_test(tcase, latin_1);
    tcase_add_test(tcase, gb18030);
    tcase_add_test(tcase, read_errors);
    tcase_add_test(tcase, plain_rows_are_their_bytes);
}

CA_CHECK_MAIN("read/rows", add_tests)
