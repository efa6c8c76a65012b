/* What YAML allows but we do not, and the limits of a tree. */
#include <stdio.h>

#include "unit/conf/parsed.h"
#include "support/check_main.h"

static const mistake mistakes[] = {
    {"a: &x 1\nb: 2\n",
     "1:4: anchors (&name) are not allowed: remove it, or write a: \"&x 1\"\n",
     "{a: !<1>, b: <2>}"},
    {"a: &x [1]\nb: &y {c: 1}\n",
     "1:4: anchors (&name) are not allowed: remove it, or write a: \"&x [1]\"\n"
     "2:4: anchors (&name) are not allowed: remove it, or write b: \"&y {c: 1}\"\n",
     "{a: [<1>], b: {c: <1>}}"},
    {"a: *x\nb: 2\n", "1:4: aliases (*name) are not allowed: write it out, or write a: \"*x\"\n",
     "{a: !<>, b: <2>}"},
    {"*x : 2\n", "1:1: aliases (*name) are not allowed: write it out, or put the value in quotes\n", ""},
    {"a: !!int 1\nb: !x [1]\n",
     "1:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write a: \"!!int 1\"\n"
     "2:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write b: \"!x [1]\"\n",
     "{a: !<1>, b: [<1>]}"},
    {"a: !e!x 1\nb: !<x\nc: !%zz x\nd: 1\n",
     "1:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write a: \"!e!x 1\"\n"
     "2:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write b: \"!<x\"\n"
     "3:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write c: \"!%zz x\"\n",
     "{a: !<>, b: !<>, c: !<>, d: <1>}"},
    {"<<: {a: 1}\nb: 2\n", "1:1: merge keys (<<) are not allowed: write the keys out\n",
     "{<<: {a: <1>}, b: <2>}"},
    {"a: 1\n---\nb: 2\n", "2:1: a second document begins here: a file holds one\n", "{a: <1>}"},
    {"%YAML 1.1\n---\na: 1\n", "1:1: lines that begin with '%' are not allowed\n", "{a: <1>}"},
    {"%TAG ! x\n---\na: 1\n", "1:1: lines that begin with '%' are not allowed\n", "{a: <1>}"},
    {"%FOO\n---\na: 1\n", "1:1: lines that begin with '%' are not allowed\n", "{a: <1>}"},
    {"%YAML 3.0\n---\na: 1\n", "1:1: lines that begin with '%' are not allowed\n", "{a: <1>}"},
    {"a: 1\nb: 2\n\"a\": 3\n", "3:1: key 'a' appears twice, first on line 1\n",
     "{a: <1>, b: <2>, a: <3>}"},
    {"a: {b: 1, c: 1, b: 2}\nb: 1\n", "1:17: key 'b' appears twice, first on line 1\n",
     "{a: {b: <1>, c: <1>, b: <2>}, b: <1>}"},
    {"? [x]\n: y\n", "1:3: a key must be text, not a list: put what begins with '[' in quotes\n",
     ""},
    {"{x: 1}: y\n", "1:1: a key must be text, not a mapping: put what begins with '{' in quotes\n",
     ""},
    {": x\na: 1\n", "1:1: a key is missing before ':'\n", "{a: <1>}"},
    {"a: {: x}\n", "1:5: a key is missing before ':'\n", "{a: !{}}"},
    {"a: [\"x\\0y\", z]\nb: 1\n", "1:5: \\0 is not allowed in a text\n",
     "{a: [!<x>, <z>], b: <1>}"},
};

START_TEST(all_mistakes)
{
    check_mistake(&mistakes[_i]);
}
END_TEST

static void check_depth(size_t depth, const char *expected)
{
    char source[64] = "";
    parsed p;
    memset(source, '[', depth);
    memset(source + depth, ']', depth);
    parse_cstr(&p, source);
    ck_assert_str_eq(messages(&p), expected);
    ck_assert_int_eq(p.file.root != NULL, *expected == '\0');
    done(&p);
}

START_TEST(limit_of_depth)
{
    check_depth(16, "");
    check_depth(17, "1:17: nested deeper than 16 levels\n");
}
END_TEST

static void check_nodes(size_t items, const char *expected)
{
    ca_buf source;
    parsed p;
    ca_buf_init(&source);
    for (size_t i = 0; i < items; i++)
        ca_buf_add_cstr(&source, "- 1\n");
    parse_text(&p, ca_buf_text(&source));
    ck_assert_str_eq(messages(&p), expected);
    ck_assert_int_eq(p.file.root != NULL, *expected == '\0');
    done(&p);
    ca_buf_done(&source);
}

START_TEST(limit_of_nodes)
{
    check_nodes(99999, "");
    check_nodes(100000, "100000:3: more than 100000 values in one file: split it\n");
}
END_TEST

/* Duplicates are found behind a syntax error too, and only inside their own mapping. */
START_TEST(duplicates_across_an_error)
{
    parsed p;
    parse_cstr(&p, "a: 1\nb: x: y\nc: {a: 1}\na: 2\nb: 3\n");
    ck_assert_str_eq(messages(&p), "2:5: a second ': ' on this line: write b: \"x: y\"\n"
                                   "4:1: key 'a' appears twice, first on line 1\n"
                                   "5:1: key 'b' appears twice, first on line 2\n");
    done(&p);
}
END_TEST

START_TEST(long_keys_are_cut_in_messages)
{
    char key[201] = "";
    for (int i = 0; i < 100; i++)
        strcat(key, "é");
    char source[500];
    parsed p;
    snprintf(source, sizeof(source), "%s: 1\n%s: 2\n", key, key);
    parse_cstr(&p, source);
    ck_assert_uint_eq(p.diags.count, 1);
    ck_assert(ca_text_utf8_valid(ca_text_of(p.diags.items[0].text)));
    ck_assert_ptr_nonnull(strstr(p.diags.items[0].text, "é...' appears twice"));
    ck_assert_uint_lt(strlen(p.diags.items[0].text), 120);
    done(&p);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, all_mistakes, 0, (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tcase, limit_of_depth);
    tcase_add_test(tcase, limit_of_nodes);
    tcase_add_test(tcase, duplicates_across_an_error);
    tcase_add_test(tcase, long_keys_are_cut_in_messages);
}

CA_CHECK_MAIN("conf/tree", add_tests)
