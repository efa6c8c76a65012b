/* Syntax errors: the words, the place that has to be changed, and what is read behind them. */
#include "unit/conf/parsed.h"
#include "support/check_main.h"

static const mistake mistakes[] = {
    {"a: b: c\nd: 1\n", "1:5: a second ': ' on this line: write a: \"b: c\"\n",
     "{a: !<b>, d: <1>}"},
    {"a: b\n c: d\ne: 1\n",
     "2:3: this key stands deeper than the line above, which has a value already: "
     "check the spaces before it\n",
     "{a: !<b c>, e: <1>}"},
    {"when x\na: 1\n",
     "1:1: this line is neither 'key: value' nor '- item'; is the space after ':' "
     "missing?\n",
     "{a: <1>}"},
    {"a: 1\nb:2\nc\nd: 3\n",
     "2:1: write b: 2 (a key, ':' and a space come first)\n"
     "3:1: this line is neither 'key: value' nor '- item'; is the space after ':' missing?\n",
     "{a: <1>, d: <3>}"},
    {"a: 1\nb:2\n\"c\"\n",
     "2:1: write b: 2 (a key, ':' and a space come first)\n"
     "3:1: this line is neither 'key: value' nor '- item'; is the space after ':' missing?\n",
     "{a: <1>}"},
    {"a: - x\nb: 1\n",
     "1:4: a list cannot begin here: put '- ' at the beginning of a line of its own\n",
     "{a: !<>, b: <1>}"},
    {"a: ? x\nb: 1\n", "1:4: a value cannot begin with '? ': write a: \"? x\"\n",
     "{a: !<>, b: <1>}"},
    {"a: @x\nb: `x`\nc: %x\nd: 1\n",
     "1:4: a value cannot begin with '@': write a: \"@x\"\n"
     "2:4: a value cannot begin with '`': write b: \"`x`\"\n"
     "3:4: a value cannot begin with '%': write c: \"%x\"\n",
     "{a: !<>, b: !<>, c: !<>, d: <1>}"},
    {"a: *.csv\nb: &\nc: 1\n",
     "1:4: a value cannot begin with '*': write a: \"*.csv\"\n"
     "2:4: a value cannot begin with '&': write b: \"&\"\n",
     "{a: !<>, b: !<>, c: <1>}"},
    {"a: 'x\nb: 1\n", "1:4: this quote (') is never closed\n", "{a: !<>, b: <1>}"},
    {"a: \"x\nb:\n  - \"CMS\"\nc: 1\n", "1:4: this quote (\") is not closed before the next one\n",
     "{a: !<x b: - >, b: [<CMS>], c: <1>}"},
    {"a: 'x\n---\nb: 1\n",
     "1:4: this quote (') is not closed before a line that begins with '---' or "
     "'...'\n",
     "{a: !<>, b: <1>}"},
    {"a: \"\\d\"\nb: \"\\xZZ\"\nc: \"\\ud800\"\nd: 1\n",
     "1:5: unknown escape after '\\': write \\\\ for a backslash, or use single quotes\n"
     "2:7: hexadecimal digits are missing after \\x, \\u or \\U\n3:7: this escape is not a "
     "character\n",
     "{a: !<>, b: !<>, c: !<>, d: <1>}"},
    {"a: | x\nb: >0\n  y\nc: 1\n",
     "1:4: the text after '|' must begin on the next line\n"
     "2:4: no digit 0 may follow '>'\n",
     "{a: !<>, b: !<>, c: <1>}"},
    {"a: 'M' = sex\nb: {x} y\nc: [1] 2\nd: 1\n",
     "1:8: text after the closing ': write a: \"'M' = sex\"\n"
     "2:8: text after the closing }: write b: \"{x} y\"\n"
     "3:8: text after the closing ]: write c: \"[1] 2\"\n",
     "{a: !<M>, b: !{}, c: ![], d: <1>}"},
    {"a: [1, , 2]\nb: 1\n",
     "1:8: a value is missing before this (a comma as a value is written \",\")\n",
     "{a: ![], b: <1>}"},
    {"a: [x, y\nb: first\nc: 1\n", "1:4: this '[' is not closed, or a ',' is missing after it\n",
     "{a: ![], b: <first>, c: <1>}"},
    {"a: {x: 1\nb: 2\n", "1:4: this '{' is not closed, or a ',' is missing after it\n",
     "{a: !{}, b: <2>}"},
    {"a: {b:}\nc: [d:]\ne: 1\n",
     "1:6: a space is missing after ':'\n2:6: a space is missing after ':'\n",
     "{a: !{}, c: ![], e: <1>}"},
    {"a:\n  - x\n  y\nb: 1\n",
     "3:3: this line is neither 'key: value' nor '- item'; is the space after ':' "
     "missing?\n",
     "{a: ![], b: <1>}"},
    {"a:\n  - x\n  y: 1\nb: 1\n",
     "3:3: this line does not fit the list above: begin it with '- ' in the "
     "same column, or indent it less\n",
     "{a: ![], b: <1>}"},
    {"a:\n  - x\n - y\nb: 1\n",
     "3:2: this list item does not fit the lines above: items of a list begin "
     "in one column, below a 'key:' without a value\n",
     "{a: ![], b: <1>}"},
    {"a:\n  b: 1\n c: 2\nd: 1\n",
     "3:2: this line does not fit those above: keys of one mapping begin in "
     "the same column\n",
     "{a: !{}, d: <1>}"},
    {"- a\nb: 1\n",
     "2:1: this line does not fit the list above: begin it with '- ' in the same column, "
     "or indent it less\n",
     ""},
    {"  a: 1\nb: 2\n",
     "2:1: this does not fit what stands above: all keys of the file begin in the same "
     "column\n",
     "{a: <1>, b: <2>}"},
    /* what a line should have been is shown as far as it fits */
    {"a: 'it isn't'\nb: \"x\" > 1\nc: \"say \"x\" isn't\"\nd: 1\n",
     "1:12: text after the closing ': write a: \"it isn't\"\n"
     "2:8: text after the closing \": write b: '\"x\" > 1'\n"
     "3:10: text after the closing \": write c: > and the value on the next line, indented\n",
     "{a: !<it isn>, b: !<x>, c: !<say >, d: <1>}"},
    {"- 'a' b\n- c: 'd' e\n", "1:7: text after the closing ': write - \"'a' b\"\n", ""},
    {"a: {b: 'c' d}\ne: 1\n", "1:12: text after the closing ': write \"'c' d\"\n",
     "{a: !{}, e: <1>}"},
    {"a: &b > 1\nc: *d > 1\ne: !f\ng: 1\n",
     "1:4: a value cannot begin with '&': write a: \"&b > 1\"\n"
     "2:4: aliases (*name) are not allowed: write it out, or write c: \"*d > 1\"\n"
     "3:4: tags ('!...') are not allowed ('not' is written for '!' in a condition): write e: \"!f\"\n",
     "{a: !<>, c: !<>, e: !<>, g: <1>}"},
    {"a: 1\nwhen = x\nwhen:y\nwhen\xEF\xBC\x9Az\nwhen:\xC2\xA0w\nb: 1\n",
     "2:1: write when: x (a key, ':' and a space come first)\n"
     "3:1: write when: y (a key, ':' and a space come first)\n"
     "4:1: write when: z (a key, ':' and a space come first)\n"
     "5:1: write when: w (a key, ':' and a space come first)\n",
     "{a: <1>, b: <1>}"},
    {"a: x # y\n  z\nb: 1\n",
     "1:6: ' #' ends the text and begins a comment: put all of the text behind '>' on the next lines, or in quotes\n",
     "{a: !<x>, b: <1>}"},
    {"a: >\nx\nb: 1\n", "2:1: this line belongs to the '>' above: indent it by two spaces\n",
     "{a: !<>, b: <1>}"},
    {"a: |-\nx\n  y\nb: 1\n", "2:1: this line belongs to the '|' above: indent it by two spaces\n",
     "{a: !<>, b: <1>}"},
    {"a: >\n\xC2\xA0 x\nb: 1\n",
     "2:1: no-break spaces at the beginning of this line: use plain ones\n", "{a: !<>, b: <1>}"},
    {"a: >\n    x\n  y\nb: 1\n",
     "3:3: this line stands less deep than the first line of its text: indent all of its lines alike\n",
     "{a: !<x\n>, b: <1>}"},
    {"a:\n  - b: |\n        x\n      y\nc: 1\n",
     "4:7: this line stands less deep than the first line of its text: indent all of its lines alike\n",
     "{a: ![], c: <1>}"},
    {"a: 'x' 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n",
     "1:8: text after the closing ': write a: \"'x' 012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345 \xE2\x80\xA6\"\n",
     "{a: !<x>}"},
    /* inside of brackets only the item is shown */
    {"a: [x #1, y]\nb: 1\n",
     "1:7: '#' begins a comment, and the bracket stays open: write \"x #1\"\n", "{a: ![], b: <1>}"},
    {"a: {b: [#],\n  c: d}\ne: 1\n",
     "1:9: '#' begins a comment, and the bracket stays open: write \"#\"\n", "{a: !{}, e: <1>}"},
    {"a: ['#', \"b #\", c#d] # e\nf: [\n  1, # one\n  2]\ng: h: i\n",
     "5:5: a second ': ' on this line: write g: \"h: i\"\n",
     "{a: [<#>, <b #>, <c#d>], f: [<1>, <2>], g: !<h>}"},
    {"a: {b: *c, d: &e f}\n",
     "1:8: aliases (*name) are not allowed: write it out, or write \"*c\"\n"
     "1:15: anchors (&name) are not allowed: remove it, or write \"&e f\"\n",
     "{a: {b: !<>, d: !<f>}}"},
    {"a: {b: ',' , c: |}\nd: ,\ne: 1\n",
     "1:17: a value cannot begin with '|': write \"|\"\n"
     "2:4: a value cannot begin with ',': write d: \",\"\n",
     "{a: !{}, d: !<>, e: <1>}"},
    {"a: {b: \"}\nc: 1\n", "1:8: this quote (\") is never closed; as a value it is written '\"'\n",
     "{a: !{}, c: <1>}"},
    {"a: [?, b]\n", "1:7: a value cannot begin with '?': put it in quotes\n", "{a: ![]}"},
    {"a:{b: \"c\"}\nd: 1\n", "1:10: write a: {b: \"c\"} (a key, ':' and a space come first)\n",
     "{a:{b: !<c>, d: <1>}"},
    {"a: 1\n]\nb: 2\n", "2:1: ']' without a bracket that it closes\n", "{a: <1>, b: <2>}"},
};

START_TEST(all_mistakes)
{
    check_mistake(&mistakes[_i]);
}
END_TEST

/* Syntax errors without end are reported up to a limit. */
START_TEST(limit_of_syntax_errors)
{
    ca_buf source;
    parsed p;
    ca_buf_init(&source);
    for (int i = 0; i < 1000; i++)
        ca_buf_printf(&source, "k%d: a: b\n", i);
    parse_text(&p, ca_buf_text(&source));
    ck_assert_uint_eq(p.diags.errors, 20);
    ck_assert(p.file.root->partial);
    done(&p);
    ca_buf_done(&source);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, all_mistakes, 0, (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tcase, limit_of_syntax_errors);
}

CA_CHECK_MAIN("conf/syntax", add_tests)
