/* The reader against its slow twin, whatever the read size and lane, and with memory running out.
 */
#include <string.h>

#include "base/alloc.h"
#include "read/rows.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/naive_rows.h"
#include "support/row_dump.h"

static const ca_lane lanes[] = {CA_LANE_BOTH, CA_LANE_LIBCSV, CA_LANE_PLAIN_C};

/* splitmix64 */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static size_t below(uint64_t *seed, size_t count)
{
    return (size_t)(next_random(seed) % count);
}

static void expect_twin(ca_text bytes, const ca_csv_format *format, size_t read_size, ca_lane lane,
                        const char *expected)
{
    ca_buf dump;
    ca_buf_init(&dump);
    row_dump_file(&dump, bytes, format, read_size, lane);
    ck_assert_str_eq(ca_buf_cstr(&dump), expected);
    ca_buf_done(&dump);
}

/* One of everything that can stand in a file. */
static const char nasty[] =
    "\xEF\xBB\xBFid,name,note\r\n1,\"Ann\",x\n2,\"B, C\",\"say \"\"no\"\"\"\r3, d ,\t e\t\n\n \t "
    "\r\n"
    "4,\"two\nlines\",\"three\r\nmore\rlines\"\n5,br\"oken,x\n6,\"broken\"x,y\n7,\"open\nbut not\n"
    "8,\"closed\",z\n9,n\0l,x\n10,\xC3\xA9,\xE9\n11,\xE7\x94\xB7,\"\xE5\xA5\xB3\"\n"
    "12,a,b,c,d,e,f,g,h\n13,a line longer than the limit on bytes,that is set for this test\n"
    "\"14\nmany\nlines\nin\none\nrecord\",a\n15,\"\",\"\"\n16,,\n,,\n\"17\" ,\t\"x\"\t,y\n"
    "18,\"a\rb\",\"\r\"\r\n19,'x',\\\n\r\r\n20,\"never closed\nlast,line";

START_TEST(nasty_document_with_every_read_size)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_record_bytes = 45;
    format.max_record_lines = 4;
    format.max_columns = 6;
    ca_text bytes = {nasty, sizeof(nasty) - 1};
    for (int encoding = 0; encoding < CA_ENC_UTF16; encoding++) {
        format.encoding = (ca_encoding)encoding;
        ca_buf expected;
        ca_buf_init(&expected);
        naive_rows_dump(&expected, bytes, &format);
        for (size_t read_size = 1; read_size <= bytes.len + 1; read_size++)
            for (size_t lane = 0; lane < 3; lane++)
                expect_twin(bytes, &format, read_size, lanes[lane], ca_buf_cstr(&expected));
        ca_buf_done(&expected);
    }
}
END_TEST

/* Documents of a few characters that mean something, so that every neighbourhood occurs. */
static size_t random_document(uint64_t *seed, char *bytes, size_t size)
{
    static const ca_text pieces[] = {
        {",", 1},        {"\"", 1},
        {" ", 1},        {"\t", 1},
        {"\r", 1},       {"\n", 1},
        {"a", 1},        {";", 1},
        {"\n", 1},       {"\xC3\xA9", 2},
        {"\xE9", 1},     {"\0", 1},
        {"|", 1},        {",", 1},
        {"b", 1},        {"\"", 1},
        {"\r\n", 2},     {"\"\"", 2},
        {"\",", 2},      {",\"", 2},
        {"\x81\x40", 2}, {"long text without anything in it ", 33},
    };
    const size_t kinds = sizeof(pieces) / sizeof(pieces[0]);
    size_t rare = 5 + below(seed, kinds - 4); /* some documents keep to the first pieces */
    size_t len = 0;
    size_t wanted = below(seed, 60);
    for (size_t i = 0; i < wanted; i++) {
        ca_text piece = pieces[below(seed, rare)];
        if (len + piece.len > size)
            break;
        memcpy(bytes + len, piece.ptr, piece.len);
        len += piece.len;
    }
    return len;
}

static ca_csv_format random_format(uint64_t *seed)
{
    static const char delimiters[] = {',', ',', ',', ';', '\t', ' ', '|', 'a'};
    static const char quotes[] = {'"', '"', '"', '\0', 'b', '@'};
    ca_csv_format format = ca_csv_format_default();
    format.delimiter = delimiters[below(seed, sizeof(delimiters))];
    format.quote = quotes[below(seed, sizeof(quotes))];
    format.encoding = (ca_encoding)below(seed, CA_ENC_UTF16);
    if (below(seed, 2) == 0) {
        format.max_record_bytes = (uint32_t)below(seed, 40) + 1;
        format.max_record_lines = (uint32_t)below(seed, 4) + 1;
        format.max_columns = (uint32_t)below(seed, 6) + 1;
    }
    return format;
}

START_TEST(random_documents)
{
    enum { DOCUMENTS = 1500, SIZE = 400 };
    uint64_t seed = 20261122 + (uint64_t)_i;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        char bytes[SIZE];
        ca_csv_format format = random_format(&seed);
        ca_text text = {bytes, random_document(&seed, bytes, SIZE)};
        ca_buf expected;
        ca_buf_init(&expected);
        naive_rows_dump(&expected, text, &format);
        for (size_t lane = 0; lane < 3; lane++) {
            size_t read_size = below(&seed, 3) == 0 ? 0 : 1 + below(&seed, 70);
            expect_twin(text, &format, read_size, lanes[lane], ca_buf_cstr(&expected));
        }
        ca_buf_done(&expected);
    }
}
END_TEST

/* A quote opened every 1,000 lines costs that line and no other, whatever the read size. */
START_TEST(quote_opened_every_thousand_lines)
{
    static const size_t read_sizes[] = {1, 7, 64, 4096, 262144};
    enum { LINES = 10000 };
    ca_buf text;
    ca_buf_init(&text);
    for (int i = 1; i <= LINES; i++)
        ca_buf_printf(&text, "%d,%scell,\"quoted\",,1.00\n", i, i % 1000 == 0 ? "\"" : "");
    ca_csv_format format = ca_csv_format_default();
    ca_buf first;
    ca_buf_init(&first);
    row_dump_file(&first, ca_buf_text(&text), &format, 0, CA_LANE_LIBCSV);
    for (size_t i = 0; i < sizeof(read_sizes) / sizeof(read_sizes[0]); i++)
        expect_twin(ca_buf_text(&text), &format, read_sizes[i], CA_LANE_BOTH, ca_buf_cstr(&first));
    size_t rejects = 0;
    size_t rows = 0;
    for (const char *at = ca_buf_cstr(&first); *at != '\0'; at++) {
        rows += *at == '\n';
        rejects += strncmp(at, "closing quote", 13) == 0;
    }
    ck_assert_uint_eq(rows, LINES);
    ck_assert_uint_eq(rejects, LINES / 1000);
    ca_buf_done(&first);
    ca_buf_done(&text);
}
END_TEST

/* Lines around one MiB: kept whole up to there, then cut, and the next line is found again. */
START_TEST(very_long_lines)
{
    static const size_t over[] = {0, 1, 63, 1000000};
    static const char *const ends[] = {"\n", "\r\n", "\r", ""};
    static const size_t read_sizes[] = {997, 65536, 0};
    ca_csv_format format = ca_csv_format_default();
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        const char *end = ends[(i + (size_t)_i) % 4];
        ca_buf text;
        ca_buf expected;
        ca_buf_init(&text);
        ca_buf_init(&expected);
        ca_buf_add_cstr(&text, "h,i\n");
        for (size_t k = 0; k < CA_ROW_RAW_MAX + over[i]; k++)
            ca_buf_add_char(&text, k % 7 == 0 ? ',' : k % 11 == 0 ? '"' : 'x');
        ca_buf_add_cstr(&text, end);
        ca_buf_add_cstr(&text, *end == '\0' ? "" : "a,b\n");
        naive_rows_dump(&expected, ca_buf_text(&text), &format);
        ck_assert_int_eq(strstr(ca_buf_cstr(&expected), "1048576") != NULL, over[i] > 0);
        expect_twin(ca_buf_text(&text), &format, read_sizes[i % 3], lanes[(i + (size_t)_i) % 3],
                    ca_buf_cstr(&expected));
        ca_buf_done(&expected);
        ca_buf_done(&text);
    }
}
END_TEST

/* The largest record a profile may ask for. */
START_TEST(largest_record)
{
    ca_csv_format format = ca_csv_format_default();
    format.max_record_bytes = CA_ROW_RAW_MAX;
    format.encoding = CA_ENC_WINDOWS_1252;
    ca_buf text;
    ca_buf expected;
    ca_buf_init(&text);
    ca_buf_init(&expected);
    ca_buf_add_char(&text, '"');
    for (size_t k = 0; k < CA_ROW_RAW_MAX - 3; k++)
        ca_buf_add_cstr(&text, k % 200000 == 99999 ? "\n" : k < 90000 ? "\x80" : "x");
    ca_buf_add_cstr(&text, "\"x\n\"");
    text.ptr[text.len - 3] = ',';
    naive_rows_dump(&expected, ca_buf_text(&text), &format);
    expect_twin(ca_buf_text(&text), &format, 100000, CA_LANE_BOTH, ca_buf_cstr(&expected));
    ca_buf_done(&expected);
    ca_buf_done(&text);
}
END_TEST

/* Reads the nasty document; 0 when it was read to its end. */
static int read_all(memdisk *mem, const ca_csv_format *format, size_t *ret_rows)
{
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    ca_error err = {0};
    size_t count = 0;
    int result = ca_source_open(memdisk_disk(mem), "file", &source, &err);
    if (result == 0)
        result = ca_rows_open(source, format, 16, CA_LANE_BOTH, &rows, &err);
    while (result == 0) {
        ca_row row;
        result = ca_rows_next(rows, &row, &err);
        count += result == 0;
    }
    if (result < 0)
        ck_assert_int_eq(err.code, result);
    ca_rows_close(rows);
    ca_source_close(source);
    *ret_rows = count;
    return result == CA_END ? 0 : result;
}

/* A file with rows wider than the first room for cells, and cells longer than libcsv's first block.
 */
static void put_large_rows(memdisk *mem)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add(&text, nasty, sizeof(nasty) - 1);
    ca_buf_add_cstr(&text, "\n");
    for (int i = 0; i < 200; i++)
        ca_buf_add_cstr(&text, "\xE9,");
    ca_buf_add_cstr(&text, "\n\"");
    for (int i = 0; i < 20000; i++)
        ca_buf_add_cstr(&text, "\xE9\"\"x");
    ca_buf_add_cstr(&text, "\"\n\"\n\"");
    for (int i = 0; i < 200; i++)
        ca_buf_add_cstr(&text, ",\xE9");
    memdisk_put(mem, "file", text.ptr, text.len);
    ca_buf_done(&text);
}

START_TEST(memory_runs_out_anywhere)
{
    ca_csv_format format = ca_csv_format_default();
    format.encoding = _i % 2 == 0 ? CA_ENC_WINDOWS_1252 : CA_ENC_GB18030;
    format.max_record_bytes = 100000;
    bool sticky = _i >= 2;
    memdisk *mem = memdisk_new();
    put_large_rows(mem);
    size_t expected;
    ck_assert_int_eq(read_all(mem, &format, &expected), 0);
    size_t failures = 0;
    for (uint64_t n = 1;; n++) {
        size_t rows;
        uint64_t before = ca_alloc_calls();
        ca_alloc_fail(n, sticky);
        int result = read_all(mem, &format, &rows);
        ca_alloc_fail(0, 0);
        if (result == 0) /* libcsv tries again with less, which may succeed */
            ck_assert_uint_eq(rows, expected);
        else
            ck_assert_int_eq(result, CA_NOMEM);
        failures += result != 0;
        if (result == 0 && ca_alloc_calls() - before < n)
            break;
    }
    ck_assert_uint_ge(failures, 10);
    memdisk_free(mem);
}
END_TEST

/* After the first rows, reading allocates nothing. */
START_TEST(no_allocation_per_row)
{
    ca_buf text;
    ca_buf_init(&text);
    for (int i = 0; i < 3000; i++)
        ca_buf_add_cstr(&text, i % 3 == 0   ? "a,b,\"c\",d\n"
                               : i % 3 == 1 ? "a,\"b\nc\"\"d\",\xC3\xA9,d\n"
                                            : "a,\"broken\"x,c,d\n");
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "file", text.ptr, text.len);
    ca_csv_format format = ca_csv_format_default();
    ca_source *source;
    ca_rows *rows;
    ca_row row;
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, NULL), 0);
    ck_assert_int_eq(ca_rows_open(source, &format, 100, CA_LANE_BOTH, &rows, NULL), 0);
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(ca_rows_next(rows, &row, NULL), 0);
    uint64_t before = ca_alloc_calls();
    while (ca_rows_next(rows, &row, NULL) == 0)
        continue;
    ck_assert_uint_eq(row.row, 3000);
    ck_assert_uint_eq(ca_alloc_calls(), before);
    ca_rows_close(rows);
    ca_source_close(source);
    memdisk_free(mem);
    ca_buf_done(&text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, nasty_document_with_every_read_size);
    tcase_add_loop_test(tcase, random_documents, 0, 2);
    tcase_add_test(tcase, quote_opened_every_thousand_lines);
    tcase_add_loop_test(tcase, very_long_lines, 0, 4);
    tcase_add_test(tcase, largest_record);
    tcase_add_loop_test(tcase, memory_runs_out_anywhere, 0, 4);
    tcase_add_test(tcase, no_allocation_per_row);
}

CA_CHECK_MAIN("read/rows_twin", add_tests)
