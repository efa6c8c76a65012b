/* Words of expressions, their positions in every style of scalar, and what is said about foreign
 * spellings. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "rules/lex.h"

typedef struct world {
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_buf out;
} world;

static void open_source(world *w, const char *source)
{
    ca_arena_init(&w->arena);
    ca_diags_init(&w->diags, &w->arena);
    ca_buf_init(&w->out);
    ck_assert_int_eq(
        ca_yaml_parse("t.yaml", ca_text_of(source), &w->arena, &w->diags, &w->file, NULL), 0);
    ck_assert_uint_eq(w->diags.errors, 0);
}

static void close_source(world *w)
{
    ca_buf_done(&w->out);
    ca_diags_done(&w->diags);
    ca_arena_done(&w->arena);
}

/* Tokens as "word:text@line:column", then what was said as "! line:column text". */
static const char *tokens_of(world *w)
{
    static const char *const kinds[] = {"end",  "name",   "key",    "number",
                                        "date", "string", "symbol", "bad"};
    ca_conf conf = {&w->file, &w->diags};
    ca_lexer lexer;
    size_t from;
    size_t to;
    ca_lex_span(&w->file, w->file.root->child, &from, &to);
    ca_lexer_init(&lexer, &conf, from, to, w->file.root->child->style);
    for (ca_token token = ca_lex(&lexer); token.kind != CA_TOKEN_END; token = ca_lex(&lexer)) {
        uint32_t line;
        uint32_t column;
        ca_yaml_position(&w->file, token.start, &line, &column);
        ca_buf_printf(&w->out, "%s:%.*s@%u:%u ", kinds[token.kind], (int)token.text.len,
                      token.text.ptr == NULL ? "" : token.text.ptr, (unsigned)line,
                      (unsigned)column);
    }
    for (size_t i = 0; i < w->diags.count; i++)
        ca_buf_printf(&w->out, "! %u:%u %s ", (unsigned)w->diags.items[i].line,
                      (unsigned)w->diags.items[i].column, w->diags.items[i].text);
    ck_assert_uint_eq(lexer.errors, w->diags.count);
    return ca_buf_cstr(&w->out);
}

static const struct {
    const char *source;
    const char *tokens;
} cases[] = {
    /* kinds of words */
    {"k: sex = 'M'", "name:sex@1:4 symbol:=@1:8 string:M@1:10 "},
    {"k: a_1 and b", "name:a_1@1:4 key:and@1:8 name:b@1:12 "},
    {"k: 12 0.75 007", "number:12@1:4 number:0.75@1:7 number:007@1:12 "},
    {"k: 2024-02-29", "date:2024-02-29@1:4 "},
    {"k: 20240-02-29",
     "number:20240@1:4 symbol:-@1:9 number:02@1:10 symbol:-@1:12 number:29@1:13 "},
    {"k: 2024-2-29", "number:2024@1:4 symbol:-@1:8 number:2@1:9 symbol:-@1:10 number:29@1:11 "},
    {"k: a.b x.set", "name:a@1:4 symbol:.@1:5 name:b@1:6 name:x@1:8 symbol:.@1:9 key:set@1:10 "},
    {"k: (x)'A'..'B'",
     "symbol:(@1:4 name:x@1:5 symbol:)@1:6 string:A@1:7 symbol:..@1:10 string:B@1:12 "},
    {"k: a<=b>=c!=d<e>f",
     "name:a@1:4 symbol:<=@1:5 name:b@1:7 symbol:>=@1:8 name:c@1:10 symbol:!=@1:11 "
     "name:d@1:13 symbol:<@1:14 name:e@1:15 symbol:>@1:16 name:f@1:17 "},
    {"k: a+b*c/d-1",
     "name:a@1:4 symbol:+@1:5 name:b@1:6 symbol:*@1:7 name:c@1:8 symbol:/@1:9 name:d@1:10 "
     "symbol:-@1:11 number:1@1:12 "},
    {"k: not in set codes between is missing present found has overlaps within starts with on where or",
     "key:not@1:4 key:in@1:8 key:set@1:11 key:codes@1:15 key:between@1:21 key:is@1:29 key:missing@1:32 "
     "key:present@1:40 key:found@1:48 key:has@1:54 key:overlaps@1:58 key:within@1:67 key:starts@1:74 "
     "key:with@1:81 key:on@1:86 key:where@1:89 key:or@1:95 "},
    {"k: android inset", "name:android@1:4 name:inset@1:12 "},
    /* positions: styles, lines, UTF-8 */
    {"k: \"sex = 'M'\"", "name:sex@1:5 symbol:=@1:9 string:M@1:11 "},
    {"k: 'a = 1'", "name:a@1:5 symbol:=@1:7 number:1@1:9 "},
    {"k: >\n  a = 1\n  and b", "name:a@2:3 symbol:=@2:5 number:1@2:7 key:and@3:3 name:b@3:7 "},
    {"k: |\n  a = 1\n\n    and b\n",
     "name:a@2:3 symbol:=@2:5 number:1@2:7 key:and@4:5 name:b@4:9 "},
    {"k: >-   # why\n  a\n", "name:a@2:3 "},
    {"k: a = 1\n  and b = 2",
     "name:a@1:4 symbol:=@1:6 number:1@1:8 key:and@2:3 name:b@2:7 symbol:=@2:9 "
     "number:2@2:11 "},
    {"k: x = '\xE4\xBD\x8F' and y",
     "name:x@1:4 symbol:=@1:6 string:\xE4\xBD\x8F@1:8 key:and@1:14 name:y@1:18 "},
    {"k: a = 1 # a comment", "name:a@1:4 symbol:=@1:6 number:1@1:8 "},
    /* corrected spellings */
    {"k: a AND b", "name:a@1:4 key:and@1:6 name:b@1:10 ! 1:6 write 'and' in small letters "},
    {"k: a Between b",
     "name:a@1:4 key:between@1:6 name:b@1:14 ! 1:6 write 'between' in small letters "},
    {"k: a == b", "name:a@1:4 symbol:=@1:6 name:b@1:9 ! 1:6 write '=' for '==' "},
    {"k: a <> b", "name:a@1:4 symbol:!=@1:6 name:b@1:9 ! 1:6 write '!=' for '<>' "},
    {"k: a => b", "name:a@1:4 symbol:>=@1:6 name:b@1:9 ! 1:6 write '>=' for '=>' "},
    {"k: a =< b", "name:a@1:4 symbol:<=@1:6 name:b@1:9 ! 1:6 write '<=' for '=<' "},
    {"k: a && b || c",
     "name:a@1:4 key:and@1:6 name:b@1:9 key:or@1:11 name:c@1:14 ! 1:6 write 'and' for '&&' "
     "! 1:11 write 'or' for '||' "},
    {"k: (!a)", "symbol:(@1:4 key:not@1:5 name:a@1:6 symbol:)@1:7 ! 1:5 write 'not' for '!' "},
    {"k: a = \"b\"",
     "name:a@1:4 symbol:=@1:6 string:b@1:8 ! 1:8 texts stand between single quotes: 'b' "},
    {"k: a = 0UT90ZZ",
     "name:a@1:4 symbol:=@1:6 string:0UT90ZZ@1:8 ! 1:8 '0UT90ZZ' is neither a number nor a name; "
     "codes and texts stand between quotes: '0UT90ZZ' "},
    {"k: 1.2.3",
     "string:1.2.3@1:4 ! 1:4 '1.2.3' is neither a number nor a name; codes and texts stand between "
     "quotes: '1.2.3' "},
    {"k: 2024-02-291",
     "string:2024-02-291@1:4 ! 1:4 '2024-02-291' is neither a number nor a name; codes and texts "
     "stand between quotes: '2024-02-291' "},
    /* nothing sensible follows */
    {"k: a = 'b",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 the text that begins here has no closing quote "},
    {"k: a = 'b\n  c'",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 the text that begins here has no closing quote "},
    {"k: a like 'b'",
     "name:a@1:4 bad:@1:6 ! 1:6 there is no 'like': write \"procedure starts with 'V01'\", or "
     "codes('V01'..'V05') for a range "},
    {"k: a is NULL",
     "name:a@1:4 key:is@1:6 bad:@1:9 ! 1:9 there is no 'NULL': write 'is missing' or 'is present' "},
    {"k: a = TRUE",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 there is no 'TRUE': a condition stands alone, without "
     "'= true' "},
    {"k: a ; b", "name:a@1:4 bad:@1:6 ! 1:6 unexpected character ';' "},
    {"k: a = \xC3\xA9", "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 unexpected character '\xC3\xA9' "},
    {"k: a = \xE2\x80\x98x\xE2\x80\x99",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 '\xE2\x80\x98' has no meaning "
     "here: texts stand between straight quotes: 'abc' "},
    {"k: a \xE2\x89\xA5 1",
     "name:a@1:4 bad:@1:6 ! 1:6 '\xE2\x89\xA5' has no meaning here: write '>=' "},
    {"k: a \\ b",
     "name:a@1:4 bad:@1:6 ! 1:6 a backslash cannot stand in an expression; leave out the double "
     "quotes around it "},
    {"k: 'sex = ''M'''",
     "name:sex@1:5 symbol:=@1:9 bad:@1:11 ! 1:11 a quote cannot stand inside single quotes; "
     "leave out the quotes around the expression "},
    {"k: \"sex = \\\"M\\\"\"",
     "name:sex@1:5 symbol:=@1:9 bad:@1:11 ! 1:11 a backslash cannot stand in an "
     "expression; leave out the double quotes around it "},
    {"k: \"sex = 'M\\x41'\"",
     "name:sex@1:5 symbol:=@1:9 bad:@1:13 ! 1:13 a backslash cannot stand in an "
     "expression; leave out the double quotes around it "},
};

START_TEST(tokens)
{
    world w;
    open_source(&w, cases[_i].source);
    ck_assert_str_eq(tokens_of(&w), cases[_i].tokens);
    close_source(&w);
}
END_TEST

START_TEST(every_byte_is_in_a_token_or_space)
{
    world w;
    const char *source = "k: (a.b + 12.50)*-c >= 2024-01-01 and x in codes('A'..'B')";
    open_source(&w, source);
    ca_conf conf = {&w.file, &w.diags};
    ca_lexer lexer;
    size_t from;
    size_t to;
    ca_lex_span(&w.file, w.file.root->child, &from, &to);
    ca_lexer_init(&lexer, &conf, from, to, CA_YAML_PLAIN);
    size_t at = from;
    for (ca_token token = ca_lex(&lexer); token.kind != CA_TOKEN_END; token = ca_lex(&lexer)) {
        for (; at < token.start; at++)
            ck_assert_int_eq(source[at], ' ');
        at = token.end;
    }
    ck_assert_uint_eq(at, strlen(source));
    close_source(&w);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, tokens, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, every_byte_is_in_a_token_or_space);
}

CA_CHECK_MAIN("rules/lex", add_tests)
