/* UTF-16 of both byte orders gives the rows that the same text in UTF-8 gives, whatever the read size;
 * what is no character is refused with its line. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "read/rows.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/naive_rows.h"
#include "support/pack.h"
#include "support/row_dump.h"

static ca_csv_format utf16(void)
{
    ca_csv_format format = ca_csv_format_default();
    format.encoding = CA_ENC_UTF16;
    return format;
}

static void add_unit(ca_buf *out, uint32_t unit, bool little)
{
    ca_buf_add_char(out, (char)(little ? unit & 0xFF : unit >> 8));
    ca_buf_add_char(out, (char)(little ? unit >> 8 : unit & 0xFF));
}

/* The mark and these units. */
static void encode(ca_buf *out, const uint16_t *units, size_t count, bool little)
{
    add_unit(out, 0xFEFF, little);
    for (size_t i = 0; i < count; i++)
        add_unit(out, units[i], little);
}

static void expect_bytes(ca_text bytes, const char *expected)
{
    static const ca_lane lanes[] = {CA_LANE_BOTH, CA_LANE_LIBCSV, CA_LANE_PLAIN_C};
    ca_csv_format format = utf16();
    for (size_t lane = 0; lane < 3; lane++) {
        for (size_t read_size = 1; read_size <= bytes.len + 1; read_size++) {
            ca_buf dump;
            ca_buf_init(&dump);
            row_dump_file(&dump, bytes, &format, read_size, lanes[lane]);
            ck_assert_str_eq(ca_buf_cstr(&dump), expected);
            ca_buf_done(&dump);
        }
    }
}

static void expect(const uint16_t *units, size_t count, const char *expected)
{
    for (int little = 0; little < 2; little++) {
        ca_buf bytes;
        ca_buf_init(&bytes);
        encode(&bytes, units, count, little == 1);
        expect_bytes(ca_buf_text(&bytes), expected);
        ca_buf_done(&bytes);
    }
}

#define EXPECT(expected, ...)                                                                      \
    expect((const uint16_t[]){__VA_ARGS__}, sizeof((uint16_t[]){__VA_ARGS__}) / 2, expected)

/* Places are those of the UTF-8 without the mark. */
START_TEST(characters_of_every_length)
{
    EXPECT("1 @0 [a,b] [a] [b]\n2 @5 [\\c3\\a9] [\\c3\\a9]\n", 'a', ',', 'b', '\r', '\n', 0xE9, '\n');
    EXPECT("1 @0 [\\7f\\c2\\80\\df\\bf\\e0\\a0\\80] [\\7f\\c2\\80\\df\\bf\\e0\\a0\\80]\n"
           "2 @9 [\\ed\\9f\\bf\\ee\\80\\80\\ef\\bf\\bd] [\\ed\\9f\\bf\\ee\\80\\80\\ef\\bf\\bd]\n",
           0x7F, 0x80, 0x7FF, 0x800, '\n', 0xD7FF, 0xE000, 0xFFFD);
    EXPECT("1 @0 [\\f0\\90\\80\\80,\\f4\\8f\\bf\\bf] [\\f0\\90\\80\\80] [\\f4\\8f\\bf\\bf]\n"
           "2 @10 [\"\\f0\\a0\\ae\\b7\\0a\"] [\\f0\\a0\\ae\\b7\\0a]\n",
           0xD800, 0xDC00, ',', 0xDBFF, 0xDFFF, '\n', '"', 0xD842, 0xDFB7, '\n', '"');
    /* bytes of characters that look like separators are none */
    EXPECT("1 @0 [\\e2\\b0\\ac,\\e0\\a8\\8d] [\\e2\\b0\\ac] [\\e0\\a8\\8d]\n", 0x2C2C, ',', 0x0A0D);
}
END_TEST

START_TEST(what_is_no_character_loses_its_line)
{
#define WRONG " not valid utf-16 (declare the encoding in the profile) (0)\n"
    EXPECT("1 @0 [a] [a]\n2 @2 [\\ed\\a0\\80x]" WRONG "3 @7 [b] [b]\n", 'a', '\n', 0xD800, 'x', '\n', 'b');
    EXPECT("1 @0 [\\ed\\bf\\bf]" WRONG, 0xDFFF);
    EXPECT("1 @0 [\\ed\\af\\bf]" WRONG "2 @4 [\\ed\\b0\\80\\ed\\a0\\80]" WRONG, 0xDBFF, '\n', 0xDC00, 0xD800);
    EXPECT("1 @0 [\\ed\\a0\\80\\f0\\90\\80\\80]" WRONG, 0xD800, 0xD800, 0xDC00);
    /* a byte left over at the end */
    expect_bytes((ca_text){"\xFF\xFE" "a\0\n\0b\0c", 9}, "1 @0 [a] [a]\n2 @2 [b\\ff]" WRONG);
    expect_bytes((ca_text){"\xFE\xFF\0a\0\n\xD8\0\xDC", 9}, "1 @0 [a] [a]\n2 @2 [\\ed\\a0\\80\\ff]" WRONG);
}
END_TEST

START_TEST(the_mark)
{
    static const char refused[] = "error: the file has no byte order mark of UTF-16: declare its "
                                  "encoding in the profile, or have it exported with one\n";
    expect_bytes(CA_TEXT(""), "");
    expect_bytes(CA_TEXT("\xFF\xFE"), "");
    expect_bytes(CA_TEXT("\xFE\xFF"), "");
    expect_bytes(CA_TEXT("\xFF"), refused);
    expect_bytes(CA_TEXT("a,b\n"), refused);
    expect_bytes(CA_TEXT("\xFF\xFF" "ab"), refused);
    expect_bytes(CA_TEXT("\xEF\xBB\xBF" "ab"), refused);
}
END_TEST

/* Fills 64 KiB and more, so that pairs lie across the edges of the buffers. */
START_TEST(long_files_packed_or_not)
{
    enum { LINES = 9000 };
    ca_csv_format format = utf16();
    ca_buf units[2], expected, packed, dump;
    ca_buf_init(&expected);
    for (int little = 0; little < 2; little++) {
        ca_buf *out = &units[little];
        ca_buf_init(out);
        add_unit(out, 0xFEFF, little == 1);
        for (unsigned i = 0; i < LINES; i++) {
            for (unsigned k = 0; k < i % 5; k++)
                add_unit(out, 'a' + k, little == 1);
            add_unit(out, 0xD842, little == 1);
            add_unit(out, 0xDC00 + i % 1024, little == 1);
            add_unit(out, '\n', little == 1);
        }
    }
    naive_rows_dump(&expected, ca_buf_text(&units[0]), &format);
    for (int i = 0; i < 6; i++) {
        ca_buf_init(&packed);
        ca_buf_init(&dump);
        pack_add(&packed, (ca_packing)(i / 2), units[i % 2].ptr, units[i % 2].len);
        row_dump_file(&dump, ca_buf_text(&packed), &format, i < 3 ? 0 : 1000, CA_LANE_BOTH);
        ck_assert(ca_text_eq(ca_buf_text(&dump), ca_buf_text(&expected)));
        ca_buf_done(&packed);
        ca_buf_done(&dump);
    }
    ca_buf_done(&expected);
    ca_buf_done(&units[0]);
    ca_buf_done(&units[1]);
}
END_TEST

static uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % limit;
}

START_TEST(random_units_as_the_twin)
{
    static const uint16_t likely[] = {'a', ',', '"', '\n', '\r', ' ',    0xE9,   0x20AC,
                                      0xD83D, 0xDE00, 0xD800, 0xDC00, 0xFEFF, 0x0A0A, 0x2C22};
    ca_csv_format format = utf16();
    uint64_t seed = 20261123;
    for (int i = 0; i < 400; i++) {
        ca_buf bytes, expected;
        ca_buf_init(&bytes);
        ca_buf_init(&expected);
        bool little = random_below(&seed, 2) == 1;
        add_unit(&bytes, 0xFEFF, little);
        for (uint64_t n = random_below(&seed, 60); n > 0; n--) {
            uint64_t pick = random_below(&seed, 18);
            add_unit(&bytes, pick < 15 ? likely[pick] : (uint32_t)random_below(&seed, 65536), little);
        }
        if (random_below(&seed, 4) == 0)
            ca_buf_add_char(&bytes, 'x');
        naive_rows_dump(&expected, ca_buf_text(&bytes), &format);
        for (size_t size = 1; size < 8; size += 1 + random_below(&seed, 3)) {
            ca_buf dump;
            ca_buf_init(&dump);
            row_dump_file(&dump, ca_buf_text(&bytes), &format, size, CA_LANE_BOTH);
            ck_assert_str_eq(ca_buf_cstr(&dump), ca_buf_cstr(&expected));
            ca_buf_done(&dump);
        }
        ca_buf_done(&bytes);
        ca_buf_done(&expected);
    }
}
END_TEST

/* What a source says of itself; and a row read again from the bytes that were kept of it. */
START_TEST(the_source_counts_utf8)
{
    ca_csv_format format = utf16();
    memdisk *mem = memdisk_new();
    ca_source *source, *plain;
    ca_rows *scratch = NULL;
    ca_error err = {0};
    char bytes[16];
    ca_row row;
    memdisk_put(mem, "file", "\xFF\xFE\xE9\0,\0b\0\n\0", 10);
    memdisk_put(mem, "plain", "\xC3\xA9,b\n", 5);
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, &err), 0);
    ck_assert(ca_source_seekable(source));
    ck_assert_int_eq(ca_source_utf16(source, &err), 0);
    ck_assert_int_eq(ca_source_utf16(source, &err), 0);
    ck_assert(!ca_source_seekable(source));
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(ca_source_read(source, bytes + i, 1, &err), 1);
    ck_assert_int_eq(ca_source_read(source, bytes, 16, &err), 0);
    ck_assert_uint_eq(ca_source_bytes(source), 5);
    ck_assert_uint_eq(ca_source_packed_bytes(source), 10);
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "plain", &plain, &err), 0);
    ck_assert_int_eq(ca_source_read(plain, bytes, 16, &err), 5);
    ck_assert_int_eq(ca_digest_cmp(ca_source_digest(source), ca_source_digest(plain)), 0);
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("\xC3\xA9,b"), &scratch, &row, &err), 0);
    ck_assert_uint_eq(row.cell_count, 2);
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("c"), &scratch, &row, &err), 0);
    ck_assert_int_eq(ca_rows_parse_one(&format, CA_TEXT("\xED\xA0\x80"), &scratch, &row, &err), CA_FAIL);
    ca_rows_close(scratch);
    ca_source_close(source);
    ca_source_close(plain);
    memdisk_free(mem);
}
END_TEST

static int read_all(memdisk *mem, size_t *ret_rows, ca_error *err)
{
    ca_csv_format format = utf16();
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    ca_row row;
    *ret_rows = 0;
    int result = ca_source_open(memdisk_disk(mem), "file", &source, err);
    if (result == 0)
        result = ca_rows_open(source, &format, 3, CA_LANE_BOTH, &rows, err);
    while (result == 0 && (result = ca_rows_next(rows, &row, err)) == 0)
        (*ret_rows)++;
    ca_rows_close(rows);
    ca_source_close(source);
    return result == CA_END ? 0 : result;
}

START_TEST(the_disk_or_memory_fails)
{
    memdisk *mem = memdisk_new();
    ca_error err = {0};
    size_t rows;
    memdisk_put(mem, "file", "\xFF\xFE" "a\0\n\0b\0\n\0", 10);
    for (uint64_t n = 1;; n++) {
        memdisk_fail(mem, MEMDISK_READ, n, false);
        int result = read_all(mem, &rows, &err);
        memdisk_fail(mem, MEMDISK_READ, 0, false);
        ck_assert(result == 0 ? rows == 2 : result == CA_FAIL);
        if (result == 0)
            break;
        ck_assert_uint_lt(n, 20);
    }
    for (uint64_t n = 1;; n++) {
        uint64_t before = ca_alloc_calls();
        ca_alloc_fail(n, true);
        int result = read_all(mem, &rows, &err);
        ca_alloc_fail(0, 0);
        ck_assert(result == 0 ? rows == 2 : result == CA_NOMEM);
        if (result == 0 && ca_alloc_calls() - before < n)
            break;
    }
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, characters_of_every_length);
    tcase_add_test(tcase, what_is_no_character_loses_its_line);
    tcase_add_test(tcase, the_mark);
    tcase_add_test(tcase, long_files_packed_or_not);
    tcase_add_test(tcase, random_units_as_the_twin);
    tcase_add_test(tcase, the_source_counts_utf8);
    tcase_add_test(tcase, the_disk_or_memory_fails);
}

CA_CHECK_MAIN("read/utf16", add_tests)
