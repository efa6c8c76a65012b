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
    ca_lexer_init(&lexer, &conf, &w->arena, from, to, w->file.root->child->style);
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
};

/* Slips: read as what they mean, and said; then what nobody can read. */
static const struct {
    const char *source;
    const char *tokens;
} slips[] = {
    {"k: a AND b Between", "name:a@1:4 key:and@1:6 name:b@1:10 key:between@1:12 "},
    {"k: a == b === c <> d !== e => f =< g := h",
     "name:a@1:4 symbol:=@1:6 name:b@1:9 symbol:=@1:11 name:c@1:15 symbol:!=@1:17 name:d@1:20 symbol:!=@1:22 name:e@1:26 symbol:>=@1:28 name:f@1:31 symbol:<=@1:33 name:g@1:36 symbol:=@1:38 name:h@1:41 ! 1:6 write '=' instead of '==' ! 1:11 write '=' instead of '===' ! 1:17 write '!=' instead of '<>' ! 1:22 write '!=' instead of '!==' ! 1:28 write '>=' instead of '=>' ! 1:33 write '<=' instead of '=<' ! 1:38 write '=' instead of ':=' "},
    {"k: a && b || c & d | e",
     "name:a@1:4 key:and@1:6 name:b@1:9 key:or@1:11 name:c@1:14 key:and@1:16 name:d@1:18 key:or@1:20 name:e@1:22 ! 1:6 write 'and' instead of '&&' ! 1:11 write 'or' instead of '||' ! 1:16 write 'and' instead of '&' ! 1:20 write 'or' instead of '|' "},
    {"k: (!a) != !b",
     "symbol:(@1:4 key:not@1:5 name:a@1:6 symbol:)@1:7 symbol:!=@1:9 key:not@1:12 name:b@1:13 ! 1:5 write 'not' instead of '!' ! 1:12 write 'not' instead of '!' "},
    {"k: a = \"b\" or \"C\" or \"d e\"",
     "name:a@1:4 symbol:=@1:6 string:b@1:8 key:or@1:12 string:C@1:15 key:or@1:19 string:d e@1:22 ! 1:8 write 'b' instead of \"b\" (a column stands without quotes) ! 1:15 write 'C' instead of \"C\" ! 1:22 write 'd e' instead of \"d e\" "},
    {"k: a = 0UT90ZZ",
     "name:a@1:4 symbol:=@1:6 string:0UT90ZZ@1:8 ! 1:8 write '0UT90ZZ' instead of 0UT90ZZ: codes and texts stand between quotes "},
    {"k: 1.2.3",
     "string:1.2.3@1:4 ! 1:4 write '1.2.3' instead of 1.2.3: codes and texts stand between quotes "},
    {"k: 250.00.1 5.",
     "string:250.00.1@1:4 string:5.@1:13 ! 1:4 write '250.00.1' instead of 250.00.1: codes and texts stand between quotes ! 1:13 write '5.' instead of 5.: codes and texts stand between quotes "},
    {"k: 2024-02-291 2024-02-29x",
     "string:2024-02-291@1:4 string:2024-02-29x@1:16 ! 1:4 write '2024-02-291' instead of 2024-02-291: codes and texts stand between quotes ! 1:16 write '2024-02-29x' instead of 2024-02-29x: codes and texts stand between quotes "},
    {"k: 2024-2-29 2024/03/01 01.03.2024 1.3.2024 01.03.24",
     "date:2024-02-29@1:4 date:2024-03-01@1:14 date:2024-03-01@1:25 date:2024-03-01@1:36 date:2024-03-01@1:45 ! 1:4 write 2024-02-29 instead of 2024-2-29 ! 1:14 write 2024-03-01 instead of 2024/03/01 ! 1:25 write 2024-03-01 instead of 01.03.2024 ! 1:36 write 2024-03-01 instead of 1.3.2024 ! 1:45 write 2024-03-01 instead of 01.03.24 "},
    {"k: 03/01/2024 3/1/2024 13/01/2024 01/13/2024 3-1-2024 02/02/2024", "date:2024-03-01@1:4 date:2024-03-01@1:15 date:2024-01-13@1:24 date:2024-01-13@1:35 date:2024-03-01@1:46 date:2024-02-02@1:55 ! 1:4 write 2024-03-01 or 2024-01-03 instead of 03/01/2024 ! 1:15 write 2024-03-01 or 2024-01-03 instead of 3/1/2024 ! 1:24 write 2024-01-13 instead of 13/01/2024 ! 1:35 write 2024-01-13 instead of 01/13/2024 ! 1:46 write 2024-03-01 or 2024-01-03 instead of 3-1-2024 ! 1:55 write 2024-02-02 instead of 02/02/2024 "},
    {"k: 31.02.2024",
     "string:31.02.2024@1:4 ! 1:4 write '31.02.2024' instead of 31.02.2024: codes and texts stand between quotes "},
    {"k: 31/31/2024 1/2/3 10-5-2 2024-13-01",
     "number:31@1:4 symbol:/@1:6 number:31@1:7 symbol:/@1:9 number:2024@1:10 number:1@1:15 symbol:/@1:16 number:2@1:17 symbol:/@1:18 number:3@1:19 number:10@1:21 symbol:-@1:23 number:5@1:24 symbol:-@1:25 number:2@1:26 date:2024-13-01@1:28 "},
    {"k: 2024-03-01T10:30:00Z 2024-03-01 10:30 2024-03-01 or",
     "date:2024-03-01@1:4 date:2024-03-01@1:25 date:2024-03-01@1:42 key:or@1:53 ! 1:4 write 2024-03-01 instead of 2024-03-01T10:30:00Z: dates have no time ! 1:25 write 2024-03-01 instead of 2024-03-01 10:30: dates have no time "},
    {"k: 20% 5% 12.5% 100 % 0% 1234567%",
     "number:0.2@1:4 number:0.05@1:8 number:0.125@1:11 number:1@1:17 number:0@1:23 number:12345.67@1:26 ! 1:4 write 0.2 instead of 20% ! 1:8 write 0.05 instead of 5% ! 1:11 write 0.125 instead of 12.5% ! 1:17 write 1 instead of 100 % ! 1:23 write 0 instead of 0% ! 1:26 write 12345.67 instead of 1234567% "},
    {"k: .5 a.5 (.25",
     "number:0.5@1:4 name:a@1:7 symbol:.@1:8 number:5@1:9 symbol:(@1:11 number:0.25@1:12 ! 1:4 write 0.5 instead of .5 ! 1:12 write 0.25 instead of .25 "},
    {"k: 1.234.567 1.234.567,89 1_000 1'000 1'000.50 12'34'",
     "number:1234567@1:4 number:1234567.89@1:14 number:1000@1:27 number:1000@1:33 number:1000.50@1:39 number:12@1:48 string:34@1:50 ! 1:4 write 1234567 instead of 1.234.567 ! 1:14 write 1234567.89 instead of 1.234.567,89 ! 1:27 write 1000 instead of 1_000 ! 1:33 write 1000 instead of 1'000 ! 1:39 write 1000.50 instead of 1'000.50 "},
    {"k: 1.234,56 1,000",
     "number:1.234@1:4 symbol:,@1:9 number:56@1:10 number:1@1:13 symbol:,@1:14 number:000@1:15 "},
    {"k: $100 100 \xE2\x82\xAC \xC2\xA3"
     "5.00 $limit 100\xE5\x85\x83",
     "number:100@1:5 number:100@1:9 number:5.00@1:19 name:limit@1:25 number:100@1:31 ! 1:4 leave out '$': an amount is a plain number, as 12.50 ! 1:13 leave out '\xE2\x82\xAC': an amount is a plain number, as 12.50 ! 1:17 leave out '\xC2\xA3': an amount is a plain number, as 12.50 ! 1:24 write limit instead of $limit ! 1:34 leave out '\xE5\x85\x83': an amount is a plain number, as 12.50 "},
    {"k: >\n  @limit :limit a : b",
     "name:limit@2:4 name:limit@2:11 name:a@2:17 symbol::@2:19 name:b@2:21 ! 2:3 write limit instead of @limit ! 2:10 write limit instead of :limit "},
    {"k: >\n  #2024-03-01# #x",
     "date:2024-03-01@2:4 ! 2:3 leave out '#': a date stands bare, as 2024-03-01 ! 2:16 a condition has no comments: write them behind # on a line above the key "},
    {"k: a = 'b",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 the text that begins here has no closing quote (') "},
    {"k: a = 'b\n  c'",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 the text that begins here has no closing quote (') "},
    {"k: a like 'b'", "name:a@1:4 name:like@1:6 string:b@1:11 "},
    {"k: a ; [b] {c}",
     "name:a@1:4 symbol:;@1:6 symbol:[@1:8 name:b@1:9 symbol:]@1:10 symbol:{@1:12 name:c@1:13 symbol:}@1:14 "},
    {"k: a = \xC3\xA9", "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 unexpected character '\xC3\xA9' "},
    {"k: a = \xE2\x80\x98x\xE2\x80\x99 or \xE2\x80\x9CY\xE2\x80\x9D or \xE2\x80\x9EZ\xE2\x80\x9C or \xC2\xB4x\xC2\xB4 or \xC2\xABy\xC2\xBB or \xE3\x80\x8Cz\xE3\x80\x8D",
     "name:a@1:4 symbol:=@1:6 string:x@1:8 key:or@1:16 string:Y@1:19 key:or@1:27 string:Z@1:30 key:or@1:38 string:x@1:41 key:or@1:47 string:y@1:50 key:or@1:56 string:z@1:59 ! 1:8 write 'x' instead of \xE2\x80\x98x\xE2\x80\x99 (a column stands without quotes) ! 1:19 write 'Y' instead of \xE2\x80\x9CY\xE2\x80\x9D ! 1:30 write 'Z' instead of \xE2\x80\x9EZ\xE2\x80\x9C ! 1:41 write 'x' instead of \xC2\xB4x\xC2\xB4 (a column stands without quotes) ! 1:50 write 'y' instead of \xC2\xABy\xC2\xBB (a column stands without quotes) ! 1:59 write 'z' instead of \xE3\x80\x8Cz\xE3\x80\x8D (a column stands without quotes) "},
    {"k: a = 'x\xE2\x80\x99 or \xE2\x80\x98y'",
     "name:a@1:4 symbol:=@1:6 string:x\xE2\x80\x99 or \xE2\x80\x98y@1:8 "},
    {"k: a = \xE2\x80\x98x",
     "name:a@1:4 symbol:=@1:6 bad:@1:8 ! 1:8 the text that begins here has no closing quote (') "},
    {"k: >\n  `a` `M` `x y` `z\xC2\xB4",
     "name:a@2:3 string:M@2:7 string:x y@2:11 name:z@2:17 ! 2:3 write a instead of `a` ! 2:7 write 'M' instead of `M` ! 2:11 write 'x y' instead of `x y` ! 2:17 write z instead of `z\xC2\xB4 "},
    {"k: >\n  `a",
     "bad:@2:3 ! 2:3 a backtick has no meaning here: texts stand between straight quotes, 'abc' "},
    {"k: a \xE2\x89\xA5 1 \xE2\x80\x93 2 \xE2\x89\xA0 3 \xE2\x88\x92 4 \xC3\x97 5 \xC3\xB7 6 \xE2\x89\xA4 7 \xE2\x80\xA6 8 \xC2\xAC a",
     "name:a@1:4 symbol:>=@1:6 number:1@1:10 symbol:-@1:12 number:2@1:16 symbol:!=@1:18 number:3@1:22 symbol:-@1:24 number:4@1:28 symbol:*@1:30 number:5@1:33 symbol:/@1:35 number:6@1:38 symbol:<=@1:40 number:7@1:44 symbol:..@1:46 number:8@1:50 key:not@1:52 name:a@1:55 ! 1:6 write '>=' instead of '\xE2\x89\xA5' ! 1:12 write '-' instead of '\xE2\x80\x93' ! 1:18 write '!=' instead of '\xE2\x89\xA0' ! 1:24 write '-' instead of '\xE2\x88\x92' ! 1:30 write '*' instead of '\xC3\x97' ! 1:35 write '/' instead of '\xC3\xB7' ! 1:40 write '<=' instead of '\xE2\x89\xA4' ! 1:46 write '..' instead of '\xE2\x80\xA6' ! 1:52 write 'not' instead of '\xC2\xAC' "},
    {"k: a \xEF\xBC\x9D \xEF\xBC\x88"
     "b\xEF\xBC\x89 \xEF\xBC\x8C c \xEF\xBC\x9E\xEF\xBC\x9D d \xEF\xBC\x81\xEF\xBC\x9D e",
     "name:a@1:4 symbol:=@1:6 symbol:(@1:10 name:b@1:13 symbol:)@1:14 symbol:,@1:18 name:c@1:22 symbol:>=@1:24 name:d@1:31 symbol:!=@1:33 name:e@1:40 ! 1:6 write '=' instead of '\xEF\xBC\x9D' ! 1:10 write '(' instead of '\xEF\xBC\x88' ! 1:14 write ')' instead of '\xEF\xBC\x89' ! 1:18 write ',' instead of '\xEF\xBC\x8C' ! 1:24 write '>=' instead of '\xEF\xBC\x9E\xEF\xBC\x9D' ! 1:33 write '!=' instead of '\xEF\xBC\x81\xEF\xBC\x9D' "},
    {"k: a\xC2\xA0"
     "b\xE2\x80\xAF"
     "c\xC2\xA0"
     "d",
     "name:a@1:4 name:b@1:7 name:c@1:11 name:d@1:14 ! 1:5 write plain spaces instead of no-break or wide ones (here and behind) "},
    {"k: a\xE3\x80\x80"
     "b c",
     "name:a@1:4 name:b@1:8 name:c@1:10 ! 1:5 write plain spaces instead of no-break or wide ones (here and behind) "},
    {"k: a \\ b", "name:a@1:4 bad:@1:6 ! 1:6 a backslash means nothing here: write texts as 'M' "},
    {"k: 'sex = ''M'' or ''F'''",
     "name:sex@1:5 symbol:=@1:9 string:M@1:11 key:or@1:17 string:F@1:20 ! 1:11 put double quotes around the whole, not single ones: texts in it are written 'M' "},
    {"k: 'sex = ''M'",
     "name:sex@1:5 symbol:=@1:9 bad:@1:11 ! 1:11 put double quotes around the whole, not single ones: texts in it are written 'M' "},
    {"k: \"sex = \\\"M\\\" or \\\"F\\\"\"",
     "name:sex@1:5 symbol:=@1:9 string:M@1:11 key:or@1:17 string:F@1:20 ! 1:11 write 'M' instead of \\\"M\\\" ! 1:20 write 'F' instead of \\\"F\\\" "},
    {"k: \"sex = \\\"M\"",
     "name:sex@1:5 symbol:=@1:9 bad:@1:11 ! 1:11 a backslash means nothing here: write texts as 'M' "},
    {"k: \"sex = 'M\\x41'\"",
     "name:sex@1:5 symbol:=@1:9 bad:@1:13 ! 1:13 a backslash means nothing here: write texts as 'M' "},
    {"k: 'a = 1 and \"x\" = 2'",
     "name:a@1:5 symbol:=@1:7 number:1@1:9 key:and@1:11 string:x@1:15 symbol:=@1:19 number:2@1:21 ! 1:15 write 'x' instead of \"x\" (a column stands without quotes) "},
    {"k: a -- b",
     "name:a@1:4 ! 1:6 a condition has no comments: write them behind # on a line above the key "},
    {"k: a --b - -c",
     "name:a@1:4 symbol:-@1:6 symbol:-@1:7 name:b@1:8 symbol:-@1:10 symbol:-@1:12 name:c@1:13 "},
    {"k: a /* b */ c // d",
     "name:a@1:4 name:c@1:14 ! 1:6 a condition has no comments: write them behind # on a line above the key ! 1:16 a condition has no comments: write them behind # on a line above the key "},
    {"k: >\n  a # b\n  c",
     "name:a@2:3 name:c@3:3 ! 2:5 a condition has no comments: write them behind # on a line above the key "},
    {"k: x = 'O''Brien' y",
     "name:x@1:4 symbol:=@1:6 string:O@1:8 name:y@1:19 ! 1:8 a text cannot hold a quote: compare its beginning with starts with 'O' "},
    {"k: x = '' ''", "name:x@1:4 symbol:=@1:6 string:@1:8 string:@1:11 "},
};

START_TEST(tokens)
{
    world w;
    open_source(&w, cases[_i].source);
    ck_assert_str_eq(tokens_of(&w), cases[_i].tokens);
    close_source(&w);
}
END_TEST

START_TEST(slip)
{
    world w;
    open_source(&w, slips[_i].source);
    ck_assert_str_eq(tokens_of(&w), slips[_i].tokens);
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
    ca_lexer_init(&lexer, &conf, &w.arena, from, to, CA_YAML_PLAIN);
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
    tcase_add_loop_test(tcase, slip, 0, (int)(sizeof(slips) / sizeof(slips[0])));
    tcase_add_test(tcase, every_byte_is_in_a_token_or_space);
}

CA_CHECK_MAIN("rules/lex", add_tests)
