/* The fast lane alone: what it takes for plain, at every place in a block, with and without
 * vectors. */
#include <stdlib.h>
#include <string.h>

#include "read/split.h"
#include "support/check_main.h"

enum { ROOM = 8 };

/* The text at a distance from a block's start, with margins of a byte that must not matter and
 * memory that ends right behind them, so that a sanitizer sees every step too far. */
typedef struct place {
    char *memory;
    char *at;
} place;

static place put(ca_text text, size_t distance, char around)
{
    size_t size = CA_SPLIT_MARGIN + distance + text.len + CA_SPLIT_MARGIN;
    place made = {aligned_alloc(64, (size + 63) / 64 * 64), NULL};
    ck_assert_ptr_nonnull(made.memory);
    memset(made.memory, around, (size + 63) / 64 * 64);
    made.at = made.memory + CA_SPLIT_MARGIN + distance;
    memcpy(made.at, text.ptr, text.len);
    return made;
}

typedef struct outcome {
    ca_split_result result;
    ca_split_line line;
    ca_text cells[ROOM];
    size_t count;
} outcome;

static outcome split(const ca_split_format *format, const char *at, size_t len)
{
    outcome out = {0};
    ca_cells cells = {.items = out.cells, .cap = ROOM, .max = ROOM};
    ca_split marks = {0};
    out.result = ca_split_row(&marks, format, at, at + len, &cells, &out.line);
    out.count = cells.count;
    return out;
}

static const struct {
    const char *text;
    ca_split_result result;
    const char *cells; /* joined by '/' */
    size_t used;
    size_t content;
} cases[] = {
    {"a,b\n", CA_SPLIT_ROW, "a/b", 4, 3},
    {"a,b\r\nx", CA_SPLIT_ROW, "a/b", 5, 3},
    {"a,b\rx", CA_SPLIT_ROW, "a/b", 4, 3},
    {",\n", CA_SPLIT_ROW, "/", 2, 1},
    {" a , b\t\n", CA_SPLIT_ROW, "a/b", 8, 7},
    {"a b\n", CA_SPLIT_ROW, "a b", 4, 3},
    {"a \t b, \n", CA_SPLIT_ROW, "a \t b/", 8, 7},
    {"a ,b\n", CA_SPLIT_ROW, "a/b", 5, 4},
    {"a, b c\n", CA_SPLIT_ROW, "a/b c", 7, 6},
    {"a\t\r\nb", CA_SPLIT_ROW, "a", 4, 2},
    {"  ,\t\n", CA_SPLIT_ROW, "/", 5, 4},
    {"\n", CA_SPLIT_BLANK, NULL, 1, 0},
    {" \t \r\n", CA_SPLIT_BLANK, NULL, 5, 3},
    {"\"a\",\"b\"\n", CA_SPLIT_ROW, "a/b", 8, 7},
    {"\" a,b\t\",c\r\n", CA_SPLIT_ROW, " a,b\t/c", 11, 9},
    {"\"\"\n", CA_SPLIT_ROW, "", 3, 2},
    {"x,\"\"\r\n", CA_SPLIT_ROW, "x/", 6, 4},
    {"a\x01\x0b,b\n", CA_SPLIT_ROW, "a\x01\x0b/b", 6, 5},
    {"\xC3\xA9,b\n", CA_SPLIT_ROW, "\xC3\xA9/b", 5, 4},
    {" \"a\"\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"\"a\" \n", CA_SPLIT_ODD, NULL, 0, 0},
    {"\"a\"\"b\"\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"\"a\"b\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"a\"b\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"a,\"b\nc\"\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"a,\"b\rc\"\n", CA_SPLIT_ODD, NULL, 0, 0},
    {"1,2,3,4,5,6,7,8\n", CA_SPLIT_ROW, "1/2/3/4/5/6/7/8", 16, 15},
    {"1,2,3,4,5,6,7,8,9\n", CA_SPLIT_FULL, NULL, 0, 0},
    {"a,b", CA_SPLIT_MORE, NULL, 0, 0},
    {"a,b\r", CA_SPLIT_MORE, NULL, 0, 0},
    {"\"a", CA_SPLIT_MORE, NULL, 0, 0},
    {"\"a\"", CA_SPLIT_MORE, NULL, 0, 0},
    {"", CA_SPLIT_MORE, NULL, 0, 0},
    {"0123456789,0123456789,0123456789,0123456789,0123456789,0123456789,0123456789\n", CA_SPLIT_ROW,
     "0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789", 77, 76},
    {"\"0123456789012345678901234567890123456789,123456789,123456789,12345678901234567890\",a\n",
     CA_SPLIT_ROW,
     "0123456789012345678901234567890123456789,123456789,123456789,12345678901234567890/a", 86, 85},
};

static void expect_cells(const outcome *out, const char *joined)
{
    ca_text rest = ca_text_of(joined);
    ca_text part;
    for (size_t i = 0; i < out->count; i++) {
        ck_assert(ca_text_next(&rest, '/', &part));
        ck_assert_uint_eq(out->cells[i].len, part.len);
        ck_assert(ca_text_eq(out->cells[i], part));
    }
    ck_assert(!ca_text_next(&rest, '/', &part));
}

/* The line is its cells and single delimiters. */
static bool side_by_side(const outcome *out, const char *at)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->cells[i].ptr != at)
            return false;
        at += out->cells[i].len + 1;
    }
    return at == out->line.end + 1;
}

START_TEST(cases_at_every_place)
{
    static const char arounds[] = {'\n', '"', ',', ' ', '\xFF', '\0'};
    ca_split_format format = {',', '"', _i % 2 == 0};
    ca_text text = ca_text_of(cases[_i / 2].text);
    for (size_t distance = 0; distance < 64; distance++) {
        place made = put(text, distance, arounds[distance % sizeof(arounds)]);
        outcome out = split(&format, made.at, text.len);
        ck_assert_int_eq(out.result, cases[_i / 2].result);
        if (out.result == CA_SPLIT_ROW)
            expect_cells(&out, cases[_i / 2].cells);
        bool plain = side_by_side(&out, made.at) && !strpbrk(text.ptr, "\"\x01");
        ck_assert(out.result != CA_SPLIT_ROW || out.line.plain == plain);
        if (out.result == CA_SPLIT_ROW || out.result == CA_SPLIT_BLANK) {
            ck_assert_uint_eq((size_t)(out.line.next - made.at), cases[_i / 2].used);
            ck_assert_uint_eq((size_t)(out.line.end - made.at), cases[_i / 2].content);
            ck_assert_int_eq(out.line.high, strchr(text.ptr, '\xC3') != NULL);
        }
        free(made.memory);
    }
}
END_TEST

/* A row cut anywhere is not known to be complete; nothing behind the limit is looked at. */
START_TEST(every_cut_asks_for_more)
{
    static const char text[] = "ab,\"c,d\",,\"e\", f \r\n";
    ca_split_format format = {',', '"', _i % 2 == 0};
    for (size_t len = 0; len < sizeof(text) - 2; len++) {
        place made = put((ca_text){text, sizeof(text) - 1}, len * 5 % 64, ',');
        ck_assert_int_eq(split(&format, made.at, len).result, CA_SPLIT_MORE);
        free(made.memory);
    }
}
END_TEST

START_TEST(nul_is_odd)
{
    ca_split_format format = {',', _i % 2 == 0 ? '"' : '\0', true};
    static const ca_text texts[] = {{"a\0b\n", 4}, {"\0\n", 2}, {"\"a\0\"\n", 5}, {"a,\0b\0\n", 6}};
    for (size_t i = 0; i < 4; i++) {
        place made = put(texts[i], i * 20, 'x');
        ck_assert_int_eq(split(&format, made.at, texts[i].len).result, CA_SPLIT_ODD);
        free(made.memory);
    }
}
END_TEST

START_TEST(tab_and_space_as_delimiters)
{
    ca_split_format tab = {'\t', '"', _i % 2 == 0};
    ca_split_format space = {' ', '"', _i % 2 == 0};
    ca_text text = CA_TEXT("\t a b \t\n");
    place made = put(text, 60, '\n');
    outcome out = split(&tab, made.at, text.len);
    ck_assert_int_eq(out.result, CA_SPLIT_ROW);
    expect_cells(&out, "/a b/");
    out = split(&space, made.at, text.len);
    ck_assert_int_eq(out.result, CA_SPLIT_ROW);
    expect_cells(&out, "/a/b/");
    free(made.memory);
}
END_TEST

/* Marks carried from line to line give what a fresh start gives, also where lines end at a block's
 * end. */
START_TEST(lines_one_after_another)
{
    static const char *const lines[] = {
        "a,b\n",  "\r\n", "\xC3\xA9,\"x,y\"\r\n",           "c\r", "  \n",
        "d,,e\n", "\r",   "longer than the others, yes\r\n"};
    ca_split_format format = {',', '"', _i % 2 == 0};
    char text[4000];
    size_t len = 0;
    for (size_t i = 0; i < 300; i++) {
        const char *line = lines[(i * i + i / 7) % 8];
        if (len > 0 && text[len - 1] == '\r' && line[0] == '\n')
            continue;
        memcpy(text + len, line, strlen(line));
        len += strlen(line);
    }
    place made = put((ca_text){text, len}, 0, ',');
    const char *limit = made.at + len;
    ca_split marks = {0};
    size_t count = 0;
    for (const char *at = made.at; at < limit; count++) {
        outcome fresh = split(&format, at, (size_t)(limit - at));
        ca_text items[ROOM];
        ca_cells cells = {.items = items, .cap = ROOM, .max = ROOM};
        ca_split_line line;
        ca_split_result result = ca_split_row(&marks, &format, at, limit, &cells, &line);
        ck_assert_int_eq(result, fresh.result);
        if (result == CA_SPLIT_MORE) /* a CR at the very end */
            break;
        ck_assert_ptr_eq(line.next, fresh.line.next);
        ck_assert_ptr_eq(line.end, fresh.line.end);
        ck_assert_int_eq(line.high, fresh.line.high);
        ck_assert(result != CA_SPLIT_ROW || line.plain == fresh.line.plain);
        for (size_t i = 0; result == CA_SPLIT_ROW && i < cells.count; i++)
            ck_assert(ca_text_eq(items[i], fresh.cells[i]));
        at = line.next;
    }
    ck_assert_uint_gt(count, 200);
    free(made.memory);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, cases_at_every_place, 0, 2 * sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(tcase, every_cut_asks_for_more, 0, 2);
    tcase_add_loop_test(tcase, nul_is_odd, 0, 2);
    tcase_add_loop_test(tcase, tab_and_space_as_delimiters, 0, 2);
    tcase_add_loop_test(tcase, lines_one_after_another, 0, 2);
}

CA_CHECK_MAIN("read/split", add_tests)
