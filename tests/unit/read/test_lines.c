/* Physical lines, and that memory does not grow with them. */
#include <string.h>

#include "base/alloc.h"
#include "read/lines.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static memdisk *mem;
static ca_source *source;

static void open_bytes(const void *bytes, size_t len)
{
    mem = memdisk_new();
    memdisk_put(mem, "file", bytes, len);
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, NULL), 0);
}

static void close_bytes(void)
{
    ca_source_close(source);
    memdisk_free(mem);
}

START_TEST(ends_of_lines)
{
    static const char text[] = "a\nbc\r\n\r\rd\r\n";
    static const struct {
        size_t len, end_len;
    } expected[] = {{1, 1}, {2, 2}, {0, 1}, {0, 1}, {1, 2}};
    open_bytes(text, sizeof(text) - 1);
    ca_lines lines;
    ck_assert_int_eq(ca_lines_init(&lines, source, (size_t)_i, NULL), 0);
    ca_line line;
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(ca_lines_find(&lines, 0, 100, &line, NULL), 0);
        ck_assert_uint_eq(line.len, expected[i].len);
        ck_assert_uint_eq(line.end_len, expected[i].end_len);
        ca_lines_consume(&lines, line.len + line.end_len, line.len + line.end_len);
    }
    ck_assert_int_eq(ca_lines_find(&lines, 0, 100, &line, NULL), CA_END);
    ck_assert_uint_eq(lines.offset, sizeof(text) - 1);
    ck_assert_int_eq(ca_lines_more(&lines, NULL), CA_END);
    ca_lines_done(&lines);
    close_bytes();
}
END_TEST

START_TEST(longest_line)
{
    open_bytes("abcd\nabcde\n", 11);
    ca_lines lines;
    ck_assert_int_eq(ca_lines_init(&lines, source, (size_t)_i, NULL), 0);
    ca_line line;
    ck_assert_int_eq(ca_lines_find(&lines, 0, 3, &line, NULL), CA_LINES_TOO_LONG);
    ck_assert_int_eq(ca_lines_find(&lines, 0, 4, &line, NULL), 0);
    ck_assert_int_eq(ca_lines_find(&lines, 5, 4, &line, NULL), CA_LINES_TOO_LONG);
    ck_assert_int_eq(ca_lines_find(&lines, 5, 5, &line, NULL), 0);
    ck_assert_int_eq(ca_lines_find(&lines, 11, 0, &line, NULL), CA_END);
    ca_lines_done(&lines);
    close_bytes();
}
END_TEST

/* A file without any line end is looked at only as far as allowed, and passed with the same memory.
 */
START_TEST(memory_stays_the_same)
{
    enum { SIZE = 4000000, LIMIT = 50000 };
    char *bytes = ca_alloc(SIZE);
    memset(bytes, 'x', SIZE);
    memcpy(bytes + SIZE - 4, "\r\nab", 4);
    open_bytes(bytes, SIZE);
    ca_lines lines;
    ck_assert_int_eq(ca_lines_init(&lines, source, 1000, NULL), 0);
    size_t room = lines.room;
    ca_line line;
    uint64_t dropped;
    ck_assert_int_eq(ca_lines_find(&lines, 0, LIMIT, &line, NULL), CA_LINES_TOO_LONG);
    ck_assert_uint_le(ca_source_bytes(source), LIMIT + 1000);
    ck_assert_int_eq(ca_lines_drop(&lines, LIMIT, &dropped, &line, NULL), 0);
    ck_assert_uint_eq(line.len, LIMIT);
    ck_assert_uint_eq(line.end_len, 2);
    ck_assert_uint_eq(dropped, SIZE - 4 - LIMIT);
    ca_lines_consume(&lines, LIMIT + 2, LIMIT + 2 + dropped);
    ck_assert_int_eq(ca_lines_find(&lines, 0, LIMIT, &line, NULL), 0);
    ck_assert_uint_eq(line.len, 2);
    ck_assert_uint_eq(line.end_len, 0);
    ck_assert_uint_eq(lines.offset, SIZE - 2);
    ck_assert_uint_eq(lines.room, room);
    ca_lines_done(&lines);
    close_bytes();
    ca_free(bytes);
}
END_TEST

START_TEST(grows_for_a_long_record)
{
    enum { SIZE = 300000 };
    char *bytes = ca_alloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)('a' + i % 23);
    open_bytes(bytes, SIZE);
    ca_lines lines;
    ck_assert_int_eq(ca_lines_init(&lines, source, 777, NULL), 0);
    ca_line line;
    ck_assert_int_eq(ca_lines_find(&lines, 0, SIZE, &line, NULL), 0);
    ck_assert_uint_eq(line.len, SIZE);
    ck_assert(memcmp(lines.at, bytes, SIZE) == 0);
    ck_assert_uint_eq((uintptr_t)lines.first % 64, 0);
    ca_lines_done(&lines);
    close_bytes();
    ca_free(bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, ends_of_lines, 1, 14);
    tcase_add_loop_test(tcase, longest_line, 1, 14);
    tcase_add_test(tcase, memory_stays_the_same);
    tcase_add_test(tcase, grows_for_a_long_record);
}

CA_CHECK_MAIN("read/lines", add_tests)
