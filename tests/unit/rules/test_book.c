/* The rule book: what a page holds, and that no text of a rule becomes anything but text. */
#include "rules/book.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/book_page.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_buf out;

static void set_up(void)
{
    front = rule_front_new();
    ca_buf_init(&out);
}

static void tear_down(void)
{
    ca_buf_done(&out);
    rule_front_free(front);
}

static const char page_rule[] =
    "rule: US-0101\nversion: 3\ntitle: A title\nstatus: draft\nseverity: high\ncategory: eligibility\nkind: line\n"
    "description: >\n  Why it\n  matters.\nbasis: The law\nreferences: [one, two]\neffective: 2020-01-01 .. open\n"
    "parameters: {cap: 7}\n"
    "where: sex = 'M'\n"
    "when: >\n  units > cap\n  and diagnoses overlaps set female_dx\n"
    "unless: [{name: kx, when: modifiers has 'KX', reason: Agreed}]\nexposure: paid / 2\nmessage: \"{units} units\"\n"
    "tests:\n  - name: an example\n    parameters: {cap: 9}\n    tables:\n      female_dx: |\n        code\n        icd10cm:O80\n"
    "    lines: |\n      id  sex  units  modifiers\n      a   M    10     -\n      b   M    1      ''\n      c   M    -      -\n"
    "    hits: [a]\n    unknown: [c]\n";

static const char *page(const char *source, ca_book_format format)
{
    ck_assert_ptr_nonnull(rule_front_load(front, source));
    ck_assert_ptr_nonnull(rule_front_rule(front));
    ck_assert_int_eq(ca_book_rule(rule_front_set(front), rule_front_rule(front), format, &out, NULL), 0);
    return ca_buf_cstr(&out);
}

static const char *const html_holds[] = {
    "<title>US-0101: A title</title>", "<h1>US-0101: A title</h1>", "<tr><td>Version</td><td>3</td></tr>",
    "<tr><td>Applies</td><td>2020-01-01 .. open</td></tr>", "<p>Why it matters.</p>", "<p>The law</p>", "<li>two</li>",
    "<pre>sex = 'M'</pre>", "<pre>units &gt; cap\nand diagnoses overlaps set female_dx</pre>", "<h3>kx</h3>\n<p>Agreed</p>",
    "<pre>modifiers has 'KX'</pre>", "<pre>paid / 2</pre>", "<pre>{units} units</pre>",
    "<tr><td>cap</td><td>7</td><td>the rule</td></tr>", "<td>female_dx</td><td>diagnosis</td><td>2</td><td>yes</td>",
    "<h3>an example</h3>", "<p>With cap = 9</p>", "<pre>code\nicd10cm:O80</pre>",
    "<tr><td>a</td><td>M</td><td>10</td><td></td><td>hit</td></tr>",
    "<tr><td>b</td><td>M</td><td>1</td><td>(empty)</td><td></td></tr>",
    "<tr><td>c</td><td>M</td><td></td><td></td><td>unknown</td></tr>", "<a href=\"index.html\">All rules</a>", "</html>\n",
    "Content-Security-Policy\" content=\"default-src 'none'"};

START_TEST(html)
{
    const char *text = page(page_rule, CA_BOOK_HTML);
    ck_assert_msg(strstr(text, html_holds[_i]) != NULL, "%s is not in %s", html_holds[_i], text);
}
END_TEST

static const char *const markdown_holds[] = {
    "# US-0101: A title\n", "| Version | 3 |\n", "\n## Why\n\nWhy it matters.\n", "\n```\nunits > cap\nand diagnoses overlaps set female_dx\n```\n",
    "- one\n- two\n", "| cap | 7 | the rule |\n", "| id | sex | units | modifiers | outcome |\n|---|---|---|---|---|\n| a | M | 10 |  | hit |\n",
    "[All rules](index.md)\n"};

START_TEST(markdown)
{
    const char *text = page(page_rule, CA_BOOK_MARKDOWN);
    ck_assert_msg(strstr(text, markdown_holds[_i]) != NULL, "%s is not in %s", markdown_holds[_i], text);
}
END_TEST

START_TEST(hostile_texts_stay_texts)
{
    static const char source[] =
        "rule: US-0101\nversion: 1\ntitle: \"<script>alert('1')</script> & [a](b) | `c` *d* _e_\"\nstatus: draft\nseverity: high\n"
        "category: eligibility\nkind: line\nwhen: units > 1\nmessage: \"``` </pre><b>\"\n"
        "description: |\n  - no list\n  1. no list\n  # no heading\n  <img src=x onerror=y>\n"
        "tests: [{name: \"<i>\", lines: \"id x.tooth\\n1 '</td><script>|'\", hits: []}]\n";
    const char *text = page(source, CA_BOOK_HTML);
    static const char *const never[] = {"<script", "<img", "<b>", "<i>", "</pre><"};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        ck_assert_msg(strstr(text, never[i]) == NULL, "%s", never[i]);
    ck_assert_ptr_nonnull(strstr(text, "&lt;script&gt;alert('1')&lt;/script&gt; &amp; [a](b) | `c`"));
    ck_assert_ptr_nonnull(strstr(text, "<td>&lt;/td&gt;&lt;script&gt;|</td>"));
    text = page(source, CA_BOOK_MARKDOWN);
    ck_assert_ptr_nonnull(strstr(text, "&lt;script&gt;alert('1')&lt;/script&gt; &amp; \\[a\\](b) \\| \\`c\\` \\*d\\* \\_e\\_"));
    ck_assert_ptr_nonnull(strstr(text, "\n\\- no list\n1\\. no list\n\\# no heading\n&lt;img src=x onerror=y&gt;\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n````\n``` </pre><b>\n````\n"));
    ck_assert_ptr_nonnull(strstr(text, "| &lt;/td&gt;&lt;script&gt;\\| |"));
}
END_TEST

START_TEST(other_kinds)
{
    const char *text = page("rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: high\ncategory: eligibility\nkind: overlap\n"
                            "level: claim\nper: [patient_id]\ninterval: admission_date to discharge_date\ntouching: allowed\nmessage: m\n"
                            "tests:\n  - name: n\n    lines: \"id claim_id\\n1 A\\n2 B\\n3 C\\n4 D\"\n    hits: [[1, 2], [1, 3]]\n    excused: [[4, 1]]\n",
                            CA_BOOK_HTML);
    static const char *const keys[] = {"level: claim", "per: [patient_id]\n", "interval: admission_date to discharge_date\n", "touching: allowed\n"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        ck_assert_msg(strstr(text, keys[i]) != NULL, "%s", keys[i]);
    ck_assert_ptr_null(strstr(text, "max_group")); /* the file does not say it */
    ck_assert_ptr_nonnull(strstr(text, "<td>1</td><td>A</td><td>hit 1, hit 2, excused</td>"));
    ck_assert_ptr_nonnull(strstr(text, "<td>3</td><td>C</td><td>hit 2</td>"));
    ck_assert_ptr_nonnull(strstr(text, "The rule does not say."));
    ck_assert_ptr_null(strstr(text, "It is a finding when"));
    ck_assert_ptr_nonnull(strstr(text, "a.paid + b.paid"));
}
END_TEST

START_TEST(the_list_of_all)
{
    page(page_rule, CA_BOOK_HTML);
    ck_assert_int_eq(ca_book_index(rule_front_set(front), NULL, CA_BOOK_HTML, &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&out), "<p>1 rule, by category.</p>\n<h2>eligibility</h2>\n"));
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&out), "<td><a href=\"US-0101.html\">US-0101</a></td><td>A title</td><td>high</td><td>draft</td>"));
    ck_assert_ptr_null(strstr(ca_buf_cstr(&out), "demographic-conflict")); /* nothing is in it */
    ck_assert_int_eq(ca_book_index(rule_front_set(front), NULL, CA_BOOK_MARKDOWN, &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&out), "## eligibility\n\n| rule | title |"));
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&out), "| [US-0101](US-0101.md) | A title | high |"));
}
END_TEST

START_TEST(memory_may_run_out)
{
    page(page_rule, CA_BOOK_HTML);
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 500; n++) {
        ca_buf to;
        ca_buf_init(&to);
        ca_alloc_fail(n, 1);
        code = ca_book_rule(rule_front_set(front), rule_front_rule(front), CA_BOOK_MARKDOWN, &to, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || code == 0);
        if (code == 0)
            ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&to), "All rules"));
        ca_buf_done(&to);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, html, 0, (int)(sizeof(html_holds) / sizeof(html_holds[0])));
    tcase_add_loop_test(tcase, markdown, 0, (int)(sizeof(markdown_holds) / sizeof(markdown_holds[0])));
    tcase_add_test(tcase, hostile_texts_stay_texts);
    tcase_add_test(tcase, other_kinds);
    tcase_add_test(tcase, the_list_of_all);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/book", add_tests)
