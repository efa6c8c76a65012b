/* The canonical layout: what moves, what is quoted, what stays; and that nothing is lost. */
#include "rules/fmt.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/fmt_parts.h"
#include "rules/kind.h"
#include "rules/skeleton.h"
#include "support/check_main.h"

static ca_arena arena;
static ca_buf out;
static ca_buf twice;
static ca_buf words;

static void set_up(void)
{
    ca_arena_init(&arena);
    ca_buf_init(&out);
    ca_buf_init(&twice);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_buf_done(&twice);
    ca_buf_done(&out);
    ca_arena_done(&arena);
}

static const char *format_into(const char *source, ca_buf *to)
{
    ca_diags diags;
    ca_diags_init(&diags, &arena);
    ck_assert_int_eq(ca_rule_format("r.yaml", ca_text_of(source), &arena, &diags, to, NULL), 0);
    ca_buf_clear(&words);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%u:%u: %.60s\n", (unsigned)diags.items[i].line, (unsigned)diags.items[i].column, diags.items[i].text);
    ca_diags_done(&diags);
    return words.len ? ca_buf_cstr(&words) : ca_buf_cstr(to);
}

/* Formatted; once more changes nothing. */
static const char *format(const char *source)
{
    const char *said = format_into(source, &out);
    if (out.len > 0)
        ck_assert_str_eq(format_into(ca_buf_cstr(&out), &twice), ca_buf_cstr(&out));
    return said;
}

START_TEST(keys_in_order_with_their_comments)
{
    ck_assert_str_eq(format("# About this file.\n"
                            "\n"
                            "# why so grave\n"
                            "severity:   high   # very\n"
                            "\n"
                            "when: units > 1\n"
                            "# the name\n"
                            "# of the rule\n"
                            "rule: US-0101\n"
                            "title@de: Deutsch\n"
                            "wombat: 1\n"
                            "title: English\n"
                            "# the end\n"),
                     "# About this file.\n"
                     "# the name\n"
                     "# of the rule\n"
                     "rule: US-0101\n"
                     "title: English\n"
                     "title@de: Deutsch\n"
                     "# why so grave\n"
                     "severity: high   # very\n"
                     "when: units > 1\n"
                     "wombat: 1\n"
                     "# the end\n");
}
END_TEST

START_TEST(nested_keys_keep_their_order_and_their_comments)
{
    ck_assert_str_eq(format("parameters:   # named\n"
                            "      # most\n"
                            "      most: 12   # a year\n"
                            "\n"
                            "      share: 0.50\n"
                            "      # nothing else\n"
                            "# of the rule\n"
                            "rule: US-0101\n"
                            "unless:\n"
                            "- reason: first\n"
                            "  # then\n"
                            "  name: b\n"
                            "# the other\n"
                            "-   name: c   # why\n"
                            "    reason: second\n"),
                     "# of the rule\n"
                     "rule: US-0101\n"
                     "parameters:   # named\n"
                     "  # most\n"
                     "  most: 12   # a year\n"
                     "  share: 0.50\n"
                     "  # nothing else\n"
                     "unless:\n"
                     "  - reason: first\n"
                     "    # then\n"
                     "    name: b\n"
                     "  # the other\n"
                     "  - name: c   # why\n"
                     "    reason: second\n");
}
END_TEST

START_TEST(quotes_for_what_others_read_otherwise)
{
    ck_assert_str_eq(format("version: 1\nparameters: {a: 0450, b: yes}\ntitle: No\ntags: [0450, 59, 76, 1e5, on, 'x', 12:30]\n"
                            "owner: 007\nreview_by: 2024-12-31\nadjacent: yes\n"),
                     "version: 1\ntitle: 'No'\ntags: ['0450', 59, 76, '1e5', 'on', 'x', '12:30']\n"
                     "owner: '007'\nreview_by: 2024-12-31\nparameters: {a: 0450, b: yes}\nadjacent: yes\n");
}
END_TEST

static const struct {
    const char *text;
    bool wants;
} scalars[] = {{"0450", true},  {"0", false},    {"45", false},    {"-7", false},   {"+7", true},  {"1.50", true},
               {".5", true},    {"0x1F", true},  {"0o17", true},   {"1_000", true}, {"1e5", true}, {"12:30", true},
               {"No", true},    {"nO", true},    {"y", true},      {"null", true},  {"~", true},   {"TRUE", true},
               {".inf", true},  {"none", false}, {"yesterday", false}, {"E11.9", false}, {"2024-01-01", false},
               {"2024-13-01", true}, {"V0103", false}, {"a", false}, {"-", false},  {"", false},   {"59a", true},
               {"12 or more", false}};

START_TEST(which_scalars_want_quotes)
{
    ck_assert_msg(ca_fmt_wants_quotes(ca_text_of(scalars[_i].text)) == scalars[_i].wants, "%s", scalars[_i].text);
}
END_TEST

START_TEST(blocks_of_text)
{
    ck_assert_str_eq(format("when: >   # long\n"
                            "        units > 1\n"
                            "\n"
                            "          and paid > 1   \n"
                            "\n\n"
                            "title: one\n"
                            "     two\n"
                            "\n"
                            "     three\n"
                            "message: \"four\n"
                            "   five\"\n"
                            "description: |-\n"
                            "    kept\n"
                            "      as it is\n"),
                     "title: one\n"
                     "  two\n"
                     "\n"
                     "  three\n"
                     "description: |-\n"
                     "  kept\n"
                     "    as it is\n"
                     "when: >   # long\n"
                     "  units > 1\n"
                     "\n"
                     "    and paid > 1   \n"
                     "message: \"four\n"
                     "  five\"\n");
}
END_TEST

START_TEST(tables_of_tests)
{
    ck_assert_str_eq(format("tests:\n"
                            "- name: a   # case\n"
                            "  tables:\n"
                            "      mue: |\n"
                            "           procedure   max_units\n"
                            "           V1 3\n"
                            "  lines: |\n"
                            "     id name  paid\n"
                            "\n"
                            "     1  'two words' 10\n"
                            "     22 'O''Brien'   -   \n"
                            "     3  \xc3\xa4\xc3\xb6\xc3\xbc       ''\n"
                            "  hits: [1]\n"
                            "- {name: b, lines: \"id paid\\n1 2\", hits: []}\n"),
                     "tests:\n"
                     "  - name: a   # case\n"
                     "    tables:\n"
                     "      mue: |\n"
                     "        procedure  max_units\n"
                     "        V1         3\n"
                     "    lines: |\n"
                     "      id  name         paid\n"
                     "      1   'two words'  10\n"
                     "      22  'O''Brien'   -\n"
                     "      3   \xc3\xa4\xc3\xb6\xc3\xbc          ''\n"
                     "    hits: [1]\n"
                     "  - {name: b, lines: \"id paid\\n1 2\", hits: []}\n");
    ck_assert_str_eq(format("tests:\n  - lines: |\n      id  name\n      1   'open\n"), /* left for the test run to tell */
                     "tests:\n  - lines: |\n      id  name\n      1   'open\n");
}
END_TEST

START_TEST(flow_over_several_lines)
{
    ck_assert_str_eq(format("references: [a,   # first\n"
                            "   b,\n"
                            "   0450]   # last\n"
                            "unless: [{name: x, when: units > 1,\n"
                            "          reason: why}]\n"),
                     "unless: [{name: x, when: units > 1,\n"
                     "  reason: why}]\n"
                     "references: [a,   # first\n"
                     "  b,\n"
                     "  '0450']   # last\n");
}
END_TEST

START_TEST(line_ends_and_marks)
{
    ck_assert_str_eq(format("title: a   \r\nrule: b # c\r\nwhen: |\r\n  x\r\n  y\r\n"), "rule: b # c\ntitle: a\nwhen: |\n  x\n  y\n");
    ck_assert_str_eq(format("\xef\xbb\xbfrule: b\n"), "rule: b\n");
    ck_assert_str_eq(format("rule: b"), "rule: b\n");
    ck_assert_str_eq(format("'rule': b\n\"title\": c\n"), "'rule': b\n\"title\": c\n");
}
END_TEST

START_TEST(files_with_mistakes_are_left_alone)
{
    ck_assert_str_eq(format("rule: a\nrule: b\n"), "2:1: key 'rule' appears twice, first on line 1\n");
    ck_assert_uint_eq(out.len, 0);
    ck_assert_ptr_nonnull(strstr(format("- a\n- b\n"), "1:1: "));
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Every skeleton as it is; and with its keys in any order. */
START_TEST(skeletons_are_canonical)
{
    ca_buf source;
    ca_buf_init(&source);
    ca_rule_skeleton(ca_kinds[_i], "SITE-0001", &source);
    ck_assert_str_eq(format(ca_buf_cstr(&source)), ca_buf_cstr(&source));
    ca_buf_done(&source);
}
END_TEST

/* Lines of chunks that begin with a key at the margin, without what stands before the first. */
static size_t cut_chunks(ca_text source, ca_text *chunks)
{
    size_t count = 0;
    for (size_t at = 0; at < source.len; at++) {
        bool begins = (at == 0 || source.ptr[at - 1] == '\n') && source.ptr[at] >= 'a' && source.ptr[at] <= 'z';
        if (begins)
            chunks[count++] = (ca_text){source.ptr + at, 0};
        if (count > 0)
            chunks[count - 1].len++;
    }
    return count;
}

START_TEST(any_order_comes_out_the_same)
{
    ca_text chunks[64];
    ca_buf source, without, mixed;
    unsigned seed = 7u + (unsigned)_i;
    ca_buf_init(&source);
    ca_buf_init(&without);
    ca_buf_init(&mixed);
    ca_rule_skeleton(ca_kinds[_i], "SITE-0001", &source);
    ca_text rest = ca_buf_text(&source);
    ca_text line;
    while (ca_text_next(&rest, '\n', &line)) /* comments go with their keys: other tests */
        if (line.len > 0 && line.ptr[0] != '#')
            ca_buf_printf(&without, "%.*s\n", (int)line.len, line.ptr);
    size_t count = cut_chunks(ca_buf_text(&without), chunks);
    ck_assert_uint_gt(count, 8);
    for (unsigned round = 0; round < 10; round++) {
        ca_buf_clear(&mixed);
        for (size_t left = count; left > 0; left--) {
            seed = seed * 1103515245u + 12345u;
            size_t pick = (seed >> 16) % left;
            ca_buf_add_text(&mixed, chunks[pick]);
            ca_text used = chunks[pick];
            memmove(chunks + pick, chunks + pick + 1, (left - pick - 1) * sizeof(*chunks));
            chunks[left - 1] = used;
        }
        ck_assert_str_eq(format(ca_buf_cstr(&mixed)), ca_buf_cstr(&without));
    }
    ca_buf_done(&mixed);
    ca_buf_done(&without);
    ca_buf_done(&source);
}
END_TEST

START_TEST(equal_tables)
{
    ck_assert(ca_fmt_table_same(CA_TEXT("a b\n1 2\n"), CA_TEXT("\n a   b\n\n1  2")));
    ck_assert(!ca_fmt_table_same(CA_TEXT("a b\n1 2\n"), CA_TEXT("a b\n1 3\n")));
    ck_assert(!ca_fmt_table_same(CA_TEXT("a b\n1 2\n"), CA_TEXT("a b\n")));
    ck_assert(!ca_fmt_table_same(CA_TEXT("a b\n"), CA_TEXT("a b c\n")));
    ck_assert(!ca_fmt_table_same(CA_TEXT("a 'b c'\n"), CA_TEXT("a 'b  c'\n")));
}
END_TEST

START_TEST(memory_may_run_out)
{
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 500; n++) {
        ca_arena room;
        ca_diags diags;
        ca_buf to;
        ca_arena_init(&room);
        ca_diags_init(&diags, &room);
        ca_buf_init(&to);
        ca_alloc_fail(n, 1);
        code = ca_rule_format("r.yaml", CA_TEXT("title: a\nrule: b\ntests:\n  - lines: |\n      id a\n      1 2\n"), &room, &diags, &to, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && to.len > 0));
        ca_buf_done(&to);
        ca_diags_done(&diags);
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

/* A list of features: each in its own order, apart from the next; what is a number or a truth value stays one. */
START_TEST(features)
{
    ck_assert_str_eq(format("# About these.\n"
                            "features:\n"
                            "- version: 1\n"
                            "  # its name\n"
                            "  feature: site-one    # one\n"
                            "  money: yes\n"
                            "  minimum:   5\n"
                            "  title: no\n"
                            "  # about the tests\n"
                            "  tests:\n"
                            "  - values: {R1: 0.50, R2: missing}\n"
                            "    name: 07\n"
                            "    lines: |\n"
                            "      id rendering_provider_id paid\n"
                            "      1 R1 2\n"
                            "    exposure: {R1: 1.0}\n"
                            "    # of the case\n"
                            "  value: sum(paid)\n"
                            "# of the second\n"
                            "- {feature: site-two, version: 1, title: off}\n"
                            "\n\n"
                            "- feature: site-three\n"
                            "  tests: []\n"
                            "  mutants:\n"
                            "  - {change: a, equivalent: b}\n"
                            "  say: no\n"
                            "# the end\n"),
                     "# About these.\n"
                     "features:\n"
                     "  # its name\n"
                     "  - feature: site-one    # one\n"
                     "    version: 1\n"
                     "    title: 'no'\n"
                     "    value: sum(paid)\n"
                     "    money: yes\n"
                     "    minimum: 5\n"
                     "    # about the tests\n"
                     "    tests:\n"
                     "      - values: {R1: 0.50, R2: missing}\n"
                     "        name: '07'\n"
                     "        lines: |\n"
                     "          id  rendering_provider_id  paid\n"
                     "          1   R1                     2\n"
                     "        exposure: {R1: 1.0}\n"
                     "      # of the case\n"
                     "\n"
                     "  # of the second\n"
                     "  - {feature: site-two, version: 1, title: 'off'}\n"
                     "\n"
                     "  - feature: site-three\n"
                     "    say: 'no'\n"
                     "    tests: []\n"
                     "    mutants:\n"
                     "      - {change: a, equivalent: b}\n"
                     "# the end\n");
}
END_TEST

START_TEST(a_feature_by_itself)
{
    ck_assert_str_eq(format("# Why.\nmoney: no\nentity: line\nsurprise: units\ngiven:\n- [procedure]\n# which\nfeature: site-one\n"),
                     "# Why.\n# which\nfeature: site-one\nentity: line\nsurprise: units\ngiven:\n  - [procedure]\nmoney: no\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    int kinds = 0;
    while (ca_kinds[kinds] != NULL)
        kinds++;
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, keys_in_order_with_their_comments);
    tcase_add_test(tcase, features);
    tcase_add_test(tcase, a_feature_by_itself);
    tcase_add_test(tcase, nested_keys_keep_their_order_and_their_comments);
    tcase_add_test(tcase, quotes_for_what_others_read_otherwise);
    tcase_add_loop_test(tcase, which_scalars_want_quotes, 0, (int)(sizeof(scalars) / sizeof(scalars[0])));
    tcase_add_test(tcase, blocks_of_text);
    tcase_add_test(tcase, tables_of_tests);
    tcase_add_test(tcase, flow_over_several_lines);
    tcase_add_test(tcase, line_ends_and_marks);
    tcase_add_test(tcase, files_with_mistakes_are_left_alone);
    tcase_add_loop_test(tcase, skeletons_are_canonical, 0, kinds);
    tcase_add_loop_test(tcase, any_order_comes_out_the_same, 0, kinds);
    tcase_add_test(tcase, equal_tables);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/fmt", add_tests)
