/* Raw bytes: what may not stand in a file, and true positions whatever comes before them. */
#include "unit/conf/parsed.h"
#include "support/check_main.h"

static const mistake mistakes[] = {
    {"a:\n\tb: 1\n\tc: 2\n",
     "2:1: tab in the indentation: use spaces\n"
     "3:1: tab in the indentation: use spaces\n",
     ""},
    {"a:\tx\ty\nb: 1\tz\n",
     "1:3: tab character: use spaces (or \\t inside \"...\")\n"
     "2:5: tab character: use spaces (or \\t inside \"...\")\n",
     "{a: <x y>, b: <1 z>}"},
    {"a: é\nb: é\xFF\nc: \xFF\n", "2:6: this byte is not UTF-8: save the file as UTF-8\n", ""},
    {"\xFF\xFE"
     "a",
     "1:1: the file is UTF-16: save it as UTF-8\n", ""},
    {"a: x\x01\nb: é\xE2\x80\xAE\nc: \xC2\x85\nd: \xE2\x80\x8B\n",
     "1:5: invisible character U+0001: delete it\n2:6: invisible character U+202E: delete it\n"
     "3:4: invisible character U+0085: delete it\n4:4: invisible character U+200B: delete it\n",
     "{a: <xx>, b: <éxxx>, c: <xx>, d: <xxx>}"},
};

START_TEST(all_mistakes)
{
    check_mistake(&mistakes[_i]);
}
END_TEST

static const ca_yaml *item(const ca_yaml *parent, size_t index)
{
    const ca_yaml *node = parent->child;
    while (index-- > 0)
        node = node->next;
    return node;
}

static void check_place(const parsed *p, const ca_yaml *node, unsigned line, unsigned column,
                        const char *raw)
{
    ck_assert_uint_eq(node->line, line);
    ck_assert_uint_eq(node->column, column);
    ck_assert_msg(
        ca_text_is(ca_text_sub(p->file.source, node->start, node->end - node->start), raw),
        "%.*s instead of %s", (int)(node->end - node->start), p->file.source.ptr + node->start,
        raw);
}

/* Characters of one to four bytes, a byte order mark and CRLF come before what is measured. */
START_TEST(positions_are_bytes)
{
    parsed p;
    parse_cstr(&p, "\xEF\xBB\xBF"
                   "男: {é: ü, \xF0\x9F\x8F\xA5: 'x y'}\r\n"
                   "l:\r\n  - \"ä\" # ö\r\n  - plain text\r\n    goes on\r\n"
                   "b: |\r\n  ß\r\n  x\r\n\r\n\r\n# end\r\n"
                   "f: >-\r\n  ß x\r\n"
                   "e:\r\nz: last");
    ck_assert_str_eq(messages(&p), "");
    const ca_yaml *root = p.file.root;
    const ca_yaml *first = item(root, 0);
    ck_assert_uint_eq(root->line, 1);
    ck_assert_uint_eq(root->column, 1);
    ck_assert_uint_eq(first->key_column, 1);
    ck_assert_uint_eq(first->column, 6);
    check_place(&p, item(first, 0), 1, 11, "ü");
    ck_assert_uint_eq(item(first, 0)->key_column, 7);
    check_place(&p, item(first, 1), 1, 21, "'x y'");
    ck_assert_uint_eq(item(first, 1)->key_column, 15);
    check_place(&p, item(item(root, 1), 0), 3, 5, "\"ä\"");
    check_place(&p, item(item(root, 1), 1), 4, 5, "plain text\r\n    goes on");
    check_place(&p, item(root, 2), 6, 4, "|\r\n  ß\r\n  x");
    ck_assert_uint_eq(item(root, 2)->key_line, 6);
    check_place(&p, item(root, 3), 12, 4, ">-\r\n  ß x");
    check_place(&p, item(root, 4), 14, 3, "");
    check_place(&p, item(root, 5), 15, 4, "last");
    ck_assert_int_eq(item(item(root, 1), 0)->style, CA_YAML_DOUBLE);
    ck_assert_int_eq(item(item(root, 1), 1)->style, CA_YAML_PLAIN);
    ck_assert_int_eq(item(first, 1)->style, CA_YAML_SINGLE);
    ck_assert_int_eq(item(root, 2)->style, CA_YAML_LITERAL);
    ck_assert_int_eq(item(root, 3)->style, CA_YAML_FOLDED);
    done(&p);
}
END_TEST

START_TEST(position_of_any_offset)
{
    parsed p;
    parse_cstr(&p, "\xEF\xBB\xBF"
                   "ab\n\r\nc: 1\rd");
    static const unsigned expected[][3] = {
        {0, 1, 1}, {3, 1, 1},  {4, 1, 2},  {5, 1, 3},  {6, 2, 1},  {7, 2, 2},
        {8, 3, 1}, {12, 3, 5}, {13, 4, 1}, {14, 4, 2}, {99, 4, 2},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint32_t line;
        uint32_t column;
        ca_yaml_position(&p.file, expected[i][0], &line, &column);
        ck_assert_uint_eq(line, expected[i][1]);
        ck_assert_uint_eq(column, expected[i][2]);
    }
    done(&p);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, all_mistakes, 0, (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tcase, positions_are_bytes);
    tcase_add_test(tcase, position_of_any_offset);
}

CA_CHECK_MAIN("conf/source", add_tests)
