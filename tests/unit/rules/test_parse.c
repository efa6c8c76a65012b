/* Every production of the grammar, precedence, limits, and what is said when something else was
 * expected. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/parse.h"

typedef struct world {
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_buf out;
} world;

static void open_world(world *w)
{
    ca_arena_init(&w->arena);
    ca_diags_init(&w->diags, &w->arena);
    ca_buf_init(&w->out);
}

static void close_world(world *w)
{
    ca_buf_done(&w->out);
    ca_diags_done(&w->diags);
    ca_arena_done(&w->arena);
}

static void dump(ca_buf *out, const ca_phrase *phrase)
{
    static const char *const names[] = {"or",  "and",      "not",    NULL,     "between", "in",
                                        "has", "overlaps", "within", "starts", "missing", "found",
                                        NULL,  NULL,       NULL,     NULL,     "+",       "-",
                                        "*",   "/",        "neg",    "call"};
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    char date[CA_DATE_SIZE];
    switch ((int)phrase->kind) {
    case CA_PHRASE_NUMBER:
        ca_buf_printf(out, "%lld", (long long)phrase->number.n);
        if (phrase->number.d != 1)
            ca_buf_printf(out, "/%lld", (long long)phrase->number.d);
        return;
    case CA_PHRASE_STRING:
        ca_buf_printf(out, "'%.*s'", (int)phrase->name.len, phrase->name.ptr);
        return;
    case CA_PHRASE_DATE:
        ca_date_print(phrase->date, date);
        ca_buf_add_cstr(out, date);
        return;
    case CA_PHRASE_NAME:
        ca_buf_add_text(out, phrase->name);
        return;
    default:
        break;
    }
    ca_buf_printf(out, "(%s%s", phrase->negated ? "not-" : "",
                  phrase->kind == CA_PHRASE_COMPARE ? signs[phrase->compare] : names[phrase->kind]);
    if (phrase->kind == CA_PHRASE_CALL || phrase->is_set)
        ca_buf_printf(out, " %.*s", (int)phrase->name.len, phrase->name.ptr);
    for (size_t i = 0; i < phrase->arg_count; i++) {
        ca_buf_add_char(out, ' ');
        dump(out, phrase->args[i]);
    }
    if (phrase->member_count > 0)
        ca_buf_add_cstr(out, phrase->codes ? " codes" : " list");
    for (size_t i = 0; i < phrase->member_count; i++) {
        const ca_phrase_member *member = &phrase->members[i];
        ca_buf_printf(out, " '%.*s'", (int)member->low.len, member->low.ptr);
        if (member->range)
            ca_buf_printf(out, "..'%.*s'", (int)member->high.len, member->high.ptr);
    }
    if (phrase->where != NULL) {
        ca_buf_add_cstr(out, " where ");
        dump(out, phrase->where);
    }
    if (phrase->on != NULL) {
        ca_buf_add_cstr(out, " on ");
        dump(out, phrase->on);
    }
    if (phrase->suffix.len > 0)
        ca_buf_printf(out, " .%.*s", (int)phrase->suffix.len, phrase->suffix.ptr);
    ca_buf_add_char(out, ')');
}

/* The tree, or what was said as "column: text". */
static const char *parse(world *w, const char *expression)
{
    ca_phrase *phrase = NULL;
    ca_buf source;
    ca_buf_init(&source);
    ca_buf_add_cstr(&source, "k: >\n"); /* a folded scalar takes any characters */
    ca_buf_add_cstr(&source, expression);
    ca_buf_add_cstr(&source, "\n");
    ck_assert_int_eq(
        ca_yaml_parse("t.yaml", ca_buf_text(&source), &w->arena, &w->diags, &w->file, NULL), 0);
    ck_assert_uint_eq(w->diags.errors, 0);
    ca_conf conf = {&w->file, &w->diags};
    ck_assert_int_eq(ca_parse(&conf, w->file.root->child, &w->arena, &phrase, NULL), 0);
    ca_buf_clear(&w->out);
    for (size_t i = 0; i < w->diags.count; i++)
        ca_buf_printf(&w->out, "%u: %s\n", (unsigned)w->diags.items[i].column - 1,
                      w->diags.items[i].text);
    ck_assert_int_eq(phrase == NULL, w->diags.count > 0);
    if (phrase != NULL)
        dump(&w->out, phrase);
    ca_buf_done(&source);
    return ca_buf_cstr(&w->out);
}

static const struct {
    const char
        *expression; /* begins with one space: column 1 of the messages is its first character */
    const char *tree;
} good[] = {
    {" a = 1", "(= a 1)"},
    {" a != 1.50", "(!= a 15/10)"},
    {" a < 0.001", "(< a 1/1000)"},
    {" a <= 10", "(<= a 10)"},
    {" a > b", "(> a b)"},
    {" a >= 2024-02-29", "(>= a 2024-02-29)"},
    {" a between 1 and 2", "(between a 1 2)"},
    {" a between 1 and 2 and b = 1", "(and (between a 1 2) (= b 1))"},
    {" a in set s", "(in s a)"},
    {" a not in set s on d", "(not-in s a on d)"},
    {" a in set s on add_days(d, 1)", "(in s a on (call add_days d 1))"},
    {" a in set where", "(in where a)"},
    {" a in codes('A'..'B', 'C')", "(in a codes 'A'..'B' 'C')"},
    {" a in ('A', 'B', 'C', 'D', 'E', 'F')", "(in a list 'A' 'B' 'C' 'D' 'E' 'F')"},
    {" a is missing", "(missing a)"},
    {" a is not missing", "(not-missing a)"},
    {" a is present", "(not-missing a)"},
    {" a is not present", "(missing a)"},
    {" t(a) is found", "(found (call t a))"},
    {" t(a) is not found", "(not-found (call t a))"},
    {" a has 'X'", "(has a 'X')"},
    {" a overlaps set s", "(overlaps s a)"},
    {" a overlaps ('A')", "(overlaps a list 'A')"},
    {" a within codes('A')", "(within a codes 'A')"},
    {" a starts with 'X'", "(starts a 'X')"},
    {" a starts with p", "(starts a p)"},
    {" any(p)", "(call any p)"},
    {" count() > 1", "(> (call count) 1)"},
    {" count(where a = 1) > 1", "(> (call count where (= a 1)) 1)"},
    {" sum(x where a = 1 and b = 2) > 1", "(> (call sum x where (and (= a 1) (= b 2))) 1)"},
    {" t(a, b on d).c = 1", "(= (call t a b on d .c) 1)"},
    {" t(a).set = 1", "(= (call t a .set) 1)"},
    {" a.b = x.y", "(= a.b x.y)"},
    {" b.x.tooth = a.billing.specialty", "(= b.x.tooth a.billing.specialty)"},
    /* precedence and association */
    {" a + b * c = 1", "(= (+ a (* b c)) 1)"},
    {" (a + b) * c = 1", "(= (* (+ a b) c) 1)"},
    {" a - b - c = 1", "(= (- (- a b) c) 1)"},
    {" a / b / c = 1", "(= (/ (/ a b) c) 1)"},
    {" a - (b - c) = 1", "(= (- a (- b c)) 1)"},
    {" -a * b = -1", "(= (* (neg a) b) (neg 1))"},
    {" a = b - 1", "(= a (- b 1))"},
    {" not a = 1 and b = 2", "(and (not (= a 1)) (= b 2))"},
    {" not (a = 1 and b = 2)", "(not (and (= a 1) (= b 2)))"},
    {" a = 1 or b = 2 or c = 3", "(or (= a 1) (= b 2) (= c 3))"},
    {" (a = 1 and b = 2) or c = 3", "(or (and (= a 1) (= b 2)) (= c 3))"},
    {" a = 1 and (b = 2 or c = 3)", "(and (= a 1) (or (= b 2) (= c 3)))"},
    {" a = 1 or not b = 2", "(or (= a 1) (not (= b 2)))"},
    {" a = 1 and b = 2 and c = 3 and d = 4 and e = 5 and f = 6",
     "(and (= a 1) (= b 2) (= c 3) (= d 4) (= e 5) (= f 6))"},
    {" ((a)) = ((1))", "(= a 1)"},
    {" a\n = 1\n and\n b = 2", "(and (= a 1) (= b 2))"},
    {" a = 000123456789012345678", "(= a 123456789012345678)"},
    {" a = 1.000000000000000000000000", "(= a 1)"},
};

START_TEST(trees)
{
    world w;
    open_world(&w);
    ck_assert_str_eq(parse(&w, good[_i].expression), good[_i].tree);
    close_world(&w);
}
END_TEST

static const struct {
    const char *expression;
    const char *said;
} bad[] = {
    {" a = 1 or b = 2 and c = 3",
     "10: 'and' and 'or' are mixed: add parentheses to say which belongs together\n"},
    {" a = 1 and b = 2 or c = 3",
     "1: 'and' and 'or' are mixed: add parentheses to say which belongs together\n"},
    {" a =", "4: expected a value but the expression ends here\n"},
    {" a = )", "5: expected a value but found ')'\n"},
    {" a = 1 b", "7: expected 'and', 'or' or the end but found 'b'\n"},
    {" a = 1 and", "10: expected a value but the expression ends here\n"},
    {" and a = 1", "1: expected a value but found 'and'\n"},
    {" (a = 1", "7: expected ')' but the expression ends here\n"},
    {" a = 1)", "6: expected 'and', 'or' or the end but found ')'\n"},
    {" a < b < c",
     "7: comparisons cannot be chained; write 'x between 1 and 5' or join two with 'and'\n"},
    {" a between 1 or 2", "13: expected 'and' but found 'or'\n"},
    {" a between 1", "12: expected 'and' but the expression ends here\n"},
    {" a is 1", "6: expected 'missing', 'present' or 'found' but found '1'\n"},
    {" a is", "5: expected 'missing', 'present' or 'found' but the expression ends here\n"},
    {" a in x", "6: expected set NAME, codes('A'..'B') or ('A', 'B') but found 'x'\n"},
    {" a in set 'x'", "10: expected the name of a code set but found 'x'\n"},
    {" a in codes 'x'", "12: expected '(' but found 'x'\n"},
    {" a in ('A'..'B')", "10: a range is written codes('A'..'B')\n"},
    {" a in (A)", "7: codes stand between quotes: 'A'\n"},
    {" a in codes(12)", "12: codes stand between quotes: '12'\n"},
    {" a in ()", "7: expected a code between quotes but found ')'\n"},
    {" a in ('A' 'B')", "11: expected ')' but found 'B'\n"},
    {" a not starts with 'x'",
     "3: write 'not' before the whole test: not (\xE2\x80\xA6 starts \xE2\x80\xA6)\n"},
    {" a starts 'x'", "10: expected 'with' but found 'x'\n"},
    {" a starts with 1", "15: expected a text between quotes but found '1'\n"},
    {" not not a = 1", "5: two 'not' cancel out: leave out both\n"},
    {" not a", "5: 'not' stands before a condition, not a value\n"},
    {" --a = 1", "2: two signs cancel out: leave out both\n"},
    {" a. b = 1", "1: no spaces around the point of a name\n"},
    {" a.= 1", "3: expected a column after the point but found '='\n"},
    {" t(a).1 = 1", "6: expected a column of the table after the point but found '1'\n"},
    {" t(a b) = 1", "5: expected ')' but found 'b'\n"},
    {" count(*) > 1", "7: there is no '*': count() takes all lines by itself\n"},
    {" a = 12,5", "7: numbers are written with a point: 12.5, not 12,5\n"},
    {" a = 2023-02-29", "5: there is no day 2023-02-29\n"},
    {" a = 1234567890123456789", "5: the number has more than 18 digits\n"},
    {" a = 0.1234567890123456789", "5: the number has more than 18 digits\n"},
    {" a AND b = 1 OR c",
     "3: write 'and' in small letters\n13: write 'or' in small letters\n"
     "1: 'and' and 'or' are mixed: add parentheses to say which belongs together\n"},
    {" a == 1 and b <> \"x\"", "3: write '=' for '=='\n14: write '!=' for '<>'\n"
                               "17: texts stand between single quotes: 'x'\n"},
    {" a = 1 ; b", "7: unexpected character ';'\n"},
};

START_TEST(mistakes)
{
    world w;
    open_world(&w);
    ck_assert_str_eq(parse(&w, bad[_i].expression), bad[_i].said);
    close_world(&w);
}
END_TEST

/* `count` times `open`, then `inside`, then `count` times `close`. */
static const char *nested(ca_buf *buf, const char *open, size_t count, const char *inside,
                          const char *close)
{
    ca_buf_clear(buf);
    ca_buf_add_char(buf, ' ');
    for (size_t i = 0; i < count; i++)
        ca_buf_add_cstr(buf, open);
    ca_buf_add_cstr(buf, inside);
    for (size_t i = 0; i < count; i++)
        ca_buf_add_cstr(buf, close);
    return ca_buf_cstr(buf);
}

static bool parses(const char *expression, const char *said)
{
    world w;
    open_world(&w);
    const char *result = parse(&w, expression);
    bool good_one = w.diags.count == 0;
    if (!good_one)
        ck_assert_msg(strstr(result, said) != NULL, "%s", result);
    close_world(&w);
    return good_one;
}

START_TEST(depth_has_a_limit)
{
    const char *said = "nested more than 64 deep";
    ca_buf buf;
    ca_buf_init(&buf);
    ck_assert(parses(nested(&buf, "(", 63, "a = 1", ")"), said));
    ck_assert(!parses(nested(&buf, "(", 64, "a = 1", ")"), said));
    ck_assert(!parses(nested(&buf, "(", 3000, "a = 1", ")"), said));
    ck_assert(parses(nested(&buf, "abs(", 62, "a", ")"),
                     said)); /* 62 calls on a column; the whole is a call */
    ck_assert(!parses(nested(&buf, "abs(", 64, "a", ")"), said));
    ck_assert(parses(nested(&buf, "not (", 31, "a = 1", ")"), said));
    ck_assert(!parses(nested(&buf, "not (", 64, "a = 1", ")"), said));
    ck_assert(parses(nested(&buf, "a + ", 62, "1", ""), said)); /* left-deep: 63 levels */
    ck_assert(parses(nested(&buf, "a + ", 63, "1", ""), said));
    ck_assert(!parses(nested(&buf, "a + ", 64, "1", ""), said));
    ck_assert(!parses(nested(&buf, "a * ", 2000, "1", ""), said));
    ck_assert(
        parses(nested(&buf, "a = 1 and ", 700, "b = 1", ""), said)); /* a chain is one level */
    ca_buf_done(&buf);
}
END_TEST

START_TEST(length_has_a_limit)
{
    const char *said = "longer than 8192 bytes";
    ca_buf buf;
    ca_buf_init(&buf);
    /* the span of a folded scalar takes the line ends around the expression in */
    const char *fits = nested(&buf, " ", CA_EXPR_BYTES_MAX - 8, "a = 1", "");
    ck_assert(parses(fits, said));
    ck_assert(!parses(nested(&buf, " ", CA_EXPR_BYTES_MAX - 4, "a = 1", ""), said));
    ca_buf_done(&buf);
}
END_TEST

START_TEST(spans_are_true)
{
    world w;
    open_world(&w);
    ca_phrase *phrase = NULL;
    const char *source = "k: (a + b) * 2 > t(c on d).e and not x in ('A', 'B')";
    ck_assert_int_eq(ca_yaml_parse("t.yaml", ca_text_of(source), &w.arena, &w.diags, &w.file, NULL),
                     0);
    ca_conf conf = {&w.file, &w.diags};
    ck_assert_int_eq(ca_parse(&conf, w.file.root->child, &w.arena, &phrase, NULL), 0);
    static const char *const expected[] = {
        "(a + b) * 2 > t(c on d).e", "(a + b) * 2",     "t(c on d).e",
        "not x in ('A', 'B')",       "x in ('A', 'B')", "a + b"};
    const ca_phrase *found[] = {phrase->args[0],          phrase->args[0]->args[0],
                                phrase->args[0]->args[1], phrase->args[1],
                                phrase->args[1]->args[0], phrase->args[0]->args[0]->args[0]};
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(found[i]->end - found[i]->start, strlen(expected[i]));
        ck_assert_int_eq(memcmp(source + found[i]->start, expected[i], strlen(expected[i])), 0);
    }
    close_world(&w);
}
END_TEST

START_TEST(memory_may_run_out)
{
    static const char *const source =
        "k: a in ('A','B','C','D','E','F') and sum(x where y = 1) > t(1,2,3,4,5,6 on z).w";
    bool finished = false;
    for (uint64_t n = 1; !finished; n++) {
        world w;
        ca_phrase *phrase = NULL;
        ca_error err = {0};
        open_world(&w);
        ck_assert_int_eq(
            ca_yaml_parse("t.yaml", ca_text_of(source), &w.arena, &w.diags, &w.file, NULL), 0);
        ca_conf conf = {&w.file, &w.diags};
        ca_arena own;
        ca_arena_init(&own);
        ca_alloc_fail(n, 1);
        int code = ca_parse(&conf, w.file.root->child, &own, &phrase, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        ck_assert_int_eq(phrase != NULL, finished);
        if (!finished)
            ck_assert_int_eq(err.code, CA_NOMEM);
        ck_assert_uint_lt(n, 100);
        ca_arena_done(&own);
        close_world(&w);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, trees, 0, (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, mistakes, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, depth_has_a_limit);
    tcase_add_test(tcase, length_has_a_limit);
    tcase_add_test(tcase, spans_are_true);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/parse", add_tests)
