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
                                        "*",   "/",        "neg",    "call",   "slip"};
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

/* The tree, or what was said as "column: text"; after slips that have a meaning both. */
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
    ck_assert(phrase != NULL || w->diags.count > 0);
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
    {" a =", "4: expected a value but the expression ends here\n"},
    {" a = )", "5: expected a value but found ')'\n"},
    {" a = 1 b", "7: expected 'and', 'or' or the end but found 'b'\n"},
    {" a = 1 and", "10: expected a value but the expression ends here\n"},
    {" and a = 1", "1: expected a value but found 'and'\n"},
    {" (a = 1", "7: expected ')' but the expression ends here\n"},
    {" a between 1 or 2", "13: expected 'and' but found 'or'\n"},
    {" a between 1", "12: expected 'and' but the expression ends here\n"},
    {" a is", "5: expected 'missing', 'present' or 'found' but the expression ends here\n"},
    {" a in ()", "7: expected a code between quotes but found ')'\n"},
    {" a not 5", "3: write 'not' before the whole test: not (x starts with 'V4')\n"},
    {" a starts 'x'", "10: expected 'with' but found 'x'\n"},
    {" a starts with 1", "15: expected a text between quotes but found '1'\n"},
    {" not not a = 1", "5: two 'not' cancel out: leave out both\n"},
    {" not a", "5: 'not' stands before a condition, not a value\n"},
    {" --a = 1", "2: two signs cancel out: leave out both\n"},
    {" a. b = 1", "1: no spaces around the point of a name\n"},
    {" a.= 1", "3: expected a column after the point but found '='\n"},
    {" t(a).1 = 1", "6: expected a column of the table after the point but found '1'\n"},
    {" t(a b) = 1", "5: expected ')' but found 'b'\n"},
    {" sum(*) > 1", "5: write a column instead of '*'\n"},
    {" a = 2023-02-29", "5: there is no day 2023-02-29\n"},
    {" a = 1234567890123456789", "5: the number has more than 18 digits\n"},
    {" a = 0.1234567890123456789", "5: the number has more than 18 digits\n"},
    {" a = 1 ; b", "7: write 'and' or 'or' instead of ';'\n"},
    {" a = 1, b = 2", "6: write 'and' or 'or' instead of ','\n"},
    {" a = 1 ? b", "7: unexpected character '?'\n"},
    {" a = 'x", "5: the text that begins here has no closing quote (')\n"},
    {" [a b = 1", "9: expected a column or value but the expression ends here\n"},
    {" a = 1 c AND d == \"x\" ? 'y",
     "7: expected 'and', 'or' or the end but found 'c'\n9: write 'and' instead of 'AND'\n15: write '=' instead of '=='\n18: write 'x' instead of \"x\" (a column stands without quotes)\n"},
    {" and(a = 1", "10: expected ')' but the expression ends here\n"},
    {" a in set 5", "10: expected the name of a code set but found '5'\n"},
    {" a in codes 5", "12: expected '(' but found '5'\n"},
    {" a = 1 or b = 2 and c = 3",
     "10: 'and' and 'or' are mixed: add parentheses to say which belongs together\n(or (= a 1) (and (= b 2) (= c 3)))"},
    {" a = 1 and b = 2 or c = 3",
     "1: 'and' and 'or' are mixed: add parentheses to say which belongs together\n(or (and (= a 1) (= b 2)) (= c 3))"},
    {" a AND b = 1 OR NOT c = 2",
     "3: write 'and' instead of 'AND'\n13: write 'or' instead of 'OR'\n16: write 'not' instead of 'NOT'\n1: 'and' and 'or' are mixed: add parentheses to say which belongs together\n(or (and a (= b 1)) (not (= c 2)))"},
    {" a == 1 and b <> \"x\" && c =< 2 || !d(e)",
     "3: write '=' instead of '=='\n14: write '!=' instead of '<>'\n17: write 'x' instead of \"x\" (a column stands without quotes)\n21: write 'and' instead of '&&'\n26: write '<=' instead of '=<'\n31: write 'or' instead of '||'\n34: write 'not' instead of '!'\n1: 'and' and 'or' are mixed: add parentheses to say which belongs together\n(or (and (= a 1) (!= b 'x') (<= c 2)) (not (call d e)))"},
    {" a < b < c",
     "7: comparisons cannot be chained; write 'x between 1 and 5' or join two with 'and'\n(slip a b c)"},
    {" 1 < a <= 5 and b = 1",
     "7: comparisons cannot be chained; write 'x between 1 and 5' or join two with 'and'\n(and (slip 1 a 5) (= b 1))"},
    {" a = NULL", "1: write a is missing instead of a = NULL\n(missing a)"},
    {" a != null and b = 2",
     "1: write a is present instead of a != null\n(and (not-missing a) (= b 2))"},
    {" a IS NULL", "1: write a is missing instead of a IS NULL\n(missing a)"},
    {" a is not null", "1: write a is present instead of a is not null\n(not-missing a)"},
    {" a is blank", "1: write a is missing instead of a is blank\n(missing a)"},
    {" a Is True", "1: no column holds true or false: compare a with one of its values\n(slip a)"},
    {" d(e) is not false", "1: write d(e) instead of d(e) is not false\n(call d e)"},
    {" d(e) = TRUE", "1: write d(e) instead of d(e) = TRUE\n(call d e)"},
    {" d(e) != TRUE", "1: write not d(e) instead of d(e) != TRUE\n(not (call d e))"},
    {" (a = 1) = false", "1: write not a = 1 instead of (a = 1) = false\n(not (= a 1))"},
    {" a = true", "1: no column holds true or false: compare a with one of its values\n(slip a)"},
    {" a is 'x'", "3: write '=' instead of 'is'\n(= a 'x')"},
    {" a IS NOT 5", "3: write '!=' instead of 'IS NOT'\n(!= a 5)"},
    {" TRUE", "1: there is no 'TRUE': write a condition that compares columns\n(slip)"},
    {" a = 1 and null",
     "11: there is no 'null': write 'x is missing' or 'x is present'\n(and (= a 1) (slip))"},
    {" a LIKE 'x%'", "3: write a starts with 'x' instead of a LIKE 'x%'\n(starts a 'x')"},
    {" a like 'x*' and b = 1",
     "3: write a starts with 'x' instead of a like 'x*'\n(and (starts a 'x') (= b 1))"},
    {" a like 'x'", "3: write a = 'x' instead of a like 'x'\n(= a 'x')"},
    {" a LIKE '%x%'",
     "3: there is no search inside a text: write a starts with 'V4', or in codes('V40'..'V49')\n(slip a)"},
    {" a LIKE 'x_'",
     "3: there is no search inside a text: write a starts with 'V4', or in codes('V40'..'V49')\n(slip a)"},
    {" a like b",
     "3: there is no search inside a text: write a starts with 'V4', or in codes('V40'..'V49')\n(slip a)"},
    {" a not like 'x%'",
     "7: write a starts with 'x' instead of a like 'x%'\n3: write 'not' before the whole test: not (x starts with 'V4')\n(not (starts a 'x'))"},
    {" a contains 'x'", "(has a 'x')"},
    {" a startswith 'x'", "3: write a starts with 'x' instead of a startswith 'x'\n(starts a 'x')"},
    {" a begins with 'x'",
     "3: write a starts with 'x' instead of a begins with 'x'\n(starts a 'x')"},
    {" a matches 'x'",
     "3: there are no patterns: write a starts with 'V4', or in codes('V40'..'V49')\n(slip a)"},
    {" a ends with 'x'",
     "3: there are no patterns: write a starts with 'V4', or in codes('V40'..'V49')\n(slip a)"},
    {" a equals 5", "3: write '=' instead of 'equals'\n(= a 5)"},
    {" a not starts with 'x'",
     "3: write not a starts with 'x' instead of a not starts with 'x'\n(not (starts a 'x'))"},
    {" a not between 1 and 2",
     "3: write not a between 1 and 2 instead of a not between 1 and 2\n(not (between a 1 2))"},
    {" a not is missing",
     "3: write not a is missing instead of a not is missing\n(not (missing a))"},
    {" a NOT IN ('x')",
     "3: write 'not' instead of 'NOT'\n7: write 'in' instead of 'IN'\n(not-in a list 'x')"},
    {" a between 1 .. 5", "3: write between 1 and 5 instead of between 1 .. 5\n(between a 1 5)"},
    {" a between 1, 5 and b = 1",
     "3: write between 1 and 5 instead of between 1, 5\n(and (between a 1 5) (= b 1))"},
    {" a between 1 to 5", "3: write between 1 and 5 instead of between 1 to 5\n(between a 1 5)"},
    {" a between 1 - 5", "3: write between 1 and 5 instead of between 1 - 5\n(between a 1 5)"},
    {" a BETWEEN 1 AND 5",
     "3: write 'between' instead of 'BETWEEN'\n13: write 'and' instead of 'AND'\n(between a 1 5)"},
    {" a in ['x', 'y']", "6: write ('A', 'B') instead of ['A', 'B']\n(in a list 'x' 'y')"},
    {" a in {'x'}", "6: write ('A', 'B') instead of {'A', 'B'}\n(in a list 'x')"},
    {" a in 'x', 'y'", "6: write ('x', 'y') instead of 'x', 'y'\n(in a list 'x' 'y')"},
    {" a in codes 'x'", "12: write codes('x') instead of 'x'\n(in a codes 'x')"},
    {" a in x", "(in x a)"},
    {" a in set 'x'", "10: write set x instead of set 'x'\n(in x a)"},
    {" a in ('x'..'y')", "7: write codes('x'..'y') instead of ('x'..'y')\n(in a codes 'x'..'y')"},
    {" a in codes('x'-'y', 'p':'q', 'r' to 's')",
     "15: write '..' instead of '-'\n24: write '..' instead of ':'\n34: write '..' instead of 'to'\n(in a codes 'x'..'y' 'p'..'q' 'r'..'s')"},
    {" a in (x, E11.9, 250.00)", "(in a list 'x' 'E11.9' '250.00')"},
    {" a in (1, 2)", "(in a list '1' '2')"},
    {" a in (1..5)", "(in a list '1'..'5')"},
    {" a in ('x' 'y')", "11: write a comma between two values of a list\n(in a list 'x' 'y')"},
    {" a in ('x'; 'y')", "10: write ',' instead of ';'\n(in a list 'x' 'y')"},
    {" a = 1 or 2",
     "10: write a = 2 instead of 2: each test names its column\n(or (= a 1) (= a 2))"},
    {" a = 'x' or 'y' or 'z'",
     "12: write a = 'y' instead of 'y': each test names its column\n19: write a = 'z' instead of 'z': each test names its column\n(or (= a 'x') (= a 'y') (= a 'z'))"},
    {" a > 1 and < 5",
     "11: write a < 5 instead of < 5: each test names its column\n(and (> a 1) (< a 5))"},
    {" a > 1 and in ('x')",
     "11: write a in ('x') instead of in ('x'): each test names its column\n(and (> a 1) (in a list 'x'))"},
    {" AND(a = 1, b = 2, c = 3)",
     "1: write (x and y) instead of AND(x, y)\n(and (= a 1) (= b 2) (= c 3))"},
    {" or(a = 1; b = 2) and c = 3",
     "9: write ',' instead of ';'\n1: write (x or y) instead of or(x, y)\n(and (or (= a 1) (= b 2)) (= c 3))"},
    {" a = 1 and OR(b = 2)", "11: leave out 'OR': nothing stands before it\n(and (= a 1) (= b 2))"},
    {" = a > 1", "1: leave out '=' before the condition\n(> a 1)"},
    {" a = 1;", "6: leave out ';': nothing ends a condition\n(= a 1)"},
    {" a = 1 ;", "7: leave out ';': nothing ends a condition\n(= a 1)"},
    {" if a = 1 then 5 else 6",
     "1: leave out 'if': a condition stands alone\n10: leave out 'then' and what follows: a condition stands alone\n(= a 1)"},
    {" WHEN a = 1", "1: leave out 'WHEN': a condition stands alone\n(= a 1)"},
    {" case when a = 1 then 2 else 3 end = 5 and b = 1",
     "1: there is no 'case': write one rule per case, or join conditions with 'and' and 'or'\n(and (= (slip) 5) (= b 1))"},
    {" count(*) > 1", "1: write count() instead of count(*)\n(> (call count) 1)"},
    {" COUNT(*) > 1", "1: write count() instead of COUNT(*)\n(> (call count) 1)"},
    {" COUNT(DISTINCT a) > 1",
     "1: write distinct(a) instead of COUNT(DISTINCT a)\n(> (call distinct a) 1)"},
    {" count(distinct(a)) > 1",
     "1: write distinct(a) instead of count(distinct a)\n(> (call distinct a) 1)"},
    {" DISTINCT a > 1", "1: write distinct(a) instead of DISTINCT a\n(> (call distinct a) 1)"},
    {" SUM(a) > 1 and Days_Between(b, c) > 2",
     "1: write 'sum' instead of 'SUM'\n16: write 'days_between' instead of 'Days_Between'\n(and (> (call sum a) 1) (> (call days_between b c) 2))"},
    {" [a] = 1", "1: write a instead of [a]\n(= a 1)"},
    {" [b].[a] = 1 and c = 2", "5: write a instead of [a]\n(and (= a 1) (= c 2))"},
    {" [a b] = 1 and c = 2",
     "1: write the name of a column instead of [a b] ('claimaudit fields' lists them)\n(and (= (slip) 1) (= c 2))"},
    {" {a} = 1", "1: write a instead of {a}\n(= a 1)"},
    {" a = DATE '2024-03-01'",
     "5: write 2024-03-01 instead of DATE '2024-03-01'\n(= a 2024-03-01)"},
    {" a = date '01.03.2024'",
     "5: write 2024-03-01 instead of date '01.03.2024'\n(= a 2024-03-01)"},
    {" a = date 'x'", "5: write a date as 2024-03-01, without quotes\n(= a (slip))"},
    {" a = 12,50", "5: write 12.50 instead of 12,50\n(= a 125/10)"},
    {" a = 1,000", "5: write 1000 or 1.000 instead of 1,000\n(= a 1000)"},
    {" a = 1,234,567.89", "5: write 1234567.89 instead of 1,234,567.89\n(= a 123456789/100)"},
    {" a = 1.234,56", "5: write 1234.56 instead of 1.234,56\n(= a 123456/100)"},
    {" a = 1 000 000", "5: write 1000000 instead of 1 000 000\n(= a 1000000)"},
    {" least(12,50) = 1 and f((12,50)) = 2",
     "25: write 12.50 instead of 12,50\n(and (= (call least 12 50) 1) (= (call f 125/10) 2))"},
    {" a = 100 EUR and b = USD 5",
     "9: leave out 'EUR': an amount is a plain number, as 12.50\n21: leave out 'USD': an amount is a plain number, as 12.50\n(and (= a 100) (= b 5))"},
    {" a = 30 days",
     "8: leave out 'days': time is counted by days_between(from, to), add_days(date, 30) and add_months(date, 1)\n(= a 30)"},
    {" a = 1 and null(b) and distinct = 1 and case.b = 2",
     "(and (= a 1) (call null b) (= distinct 1) (= case.b 2))"},
    {" a = 1 -- a comment\n and b = 2 /* another */ and c --3 = 1 // more",
     "7: a condition has no comments: write them behind # on a line above the key\n11: a condition has no comments: write them behind # on a line above the key\n39: a condition has no comments: write them behind # on a line above the key\n(and (= a 1) (= b 2) (= (- c (neg 3)) 1))"},
    {" a = 1 # why\n and b = 2",
     "7: a condition has no comments: write them behind # on a line above the key\n(and (= a 1) (= b 2))"},
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

START_TEST(memory_may_run_out_over_slips)
{
    static const char *const source =
        "k: >\n  a == 12,50 AND b LIKE 'x%' and SUM(c) > 1.234.567 AND (d in ['x', 'y'] or e = 01.03.2024) "
        "and AND(f = 20%, g IS NULL) and COUNT(DISTINCT h) > 1 and i > 1 and < 2 and j = DATE '2024-01-01'";
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
        finished = code == 0 && !w.diags.failed;
        ck_assert_int_eq(phrase != NULL, code == 0);
        ck_assert(code == 0 || err.code == CA_NOMEM);
        ck_assert_uint_lt(n, 200);
        ck_assert(!finished || w.diags.errors > 12);
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
    tcase_add_test(tcase, memory_may_run_out_over_slips);
}

CA_CHECK_MAIN("rules/parse", add_tests)
