/* Cells of test tables: blanks, missing and empty cells, quotes of both kinds, and where they are. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/test_table.h"

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

/* The rows as "[text@column]…", then what was said; the table begins on line 2. */
static const char *cells_of(world *w, const char *rows)
{
    ca_buf source;
    ca_test_table table;
    bool good = false;
    ca_buf_init(&source);
    ca_buf_printf(&source, "lines: |\n  %s\n", rows);
    ck_assert_int_eq(
        ca_yaml_parse("t.yaml", ca_buf_text(&source), &w->arena, &w->diags, &w->file, NULL), 0);
    ck_assert_uint_eq(w->diags.errors, 0);
    ca_conf conf = {&w->file, &w->diags};
    ck_assert_int_eq(
        ca_test_table_parse(&conf, w->file.root->child, &w->arena, &table, &good, NULL), 0);
    ck_assert_int_eq(good, w->diags.errors == 0);
    for (size_t i = 0; good && i < table.rows * table.columns; i++) {
        const ca_test_cell *cell = &table.cells[i];
        ca_buf_printf(&w->out, "[%.*s@%u]", (int)cell->text.len, cell->text.ptr,
                      (unsigned)cell->column);
    }
    for (size_t i = 0; i < w->diags.count; i++)
        ca_buf_printf(&w->out, "%u:%u: %s\n", (unsigned)w->diags.items[i].line,
                      (unsigned)w->diags.items[i].column, w->diags.items[i].text);
    ca_buf_done(&source);
    return ca_buf_cstr(&w->out);
}

static const struct {
    const char *rows;
    const char *cells;
} cases[] = {
    {"a b\n  1 2", "[1@3][2@5]"},
    {"a b\n    1    -  ", "[1@5][-@10]"},
    /* between quotes: spaces, nothing, what would mean something else */
    {"a b\n  'x y' \"x  y\"", "[x y@3][x  y@9]"},
    {"a b\n  '' \"\"", "[@3][@6]"},
    {"a b\n  '-' \"-\"", "[-@3][-@7]"},
    {"a b\n  'x; y;z' x;y", "[x; y;z@3][x;y@12]"},
    {"a b\n  ' ' 'x '", "[ @3][x @7]"},
    {"a b\n  '# x' \"a: b\"", "[# x@3][a: b@9]"},
    {"a b\n  '\xE4\xBD\x8F \xE9\x99\xA2' x", "[\xE4\xBD\x8F \xE9\x99\xA2@3][x@13]"},
    /* a quote inside: of the other kind, doubled, or with a letter behind it */
    {"a b\n  \"it's so\" 'say \"x\"'", "[it's so@3][say \"x\"@13]"},
    {"a b\n  'it''s so' \"say \"\"x\"\"\"", "[it's so@3][say \"x\"@14]"},
    {"a b\n  'O'Brien x' O'Brien", "[O'Brien x@3][O'Brien@15]"},
    {"a b\n  '''' ''''''", "['@3][''@8]"},
    {"a b\n  x'y' 5\"", "[x'y'@3][5\"@8]"},
    /* not closed: one message, where the quote is */
    {"a b\n  x 'y z", "3:5: this quote (') is not closed on its line\n"},
    {"a b\n  \"x y\n  1 2", "3:3: this quote (\") is not closed on its line\n"},
    {"a b\n  'x' 'y'' z", "3:7: this quote (') is not closed on its line\n"},
    {"a b\n  'x\" y", "3:3: this quote (') is not closed on its line\n"},
    {"a 'b\n  1 2", "2:5: this quote (') is not closed on its line\n"},
    /* too many and too few */
    {"a b\n  x y z",
     "3:3: a row has as many cells as the header (cells with spaces stand between quotes): "
     "2 expected, 3 found\n"},
    {"a b\n  x",
     "3:3: a row has as many cells as the header (an empty one is written -): 2 expected, 1 "
     "found\n"},
};

START_TEST(cells)
{
    world w;
    open_world(&w);
    ck_assert_str_eq(cells_of(&w, cases[_i].rows), cases[_i].cells);
    close_world(&w);
}
END_TEST

/* '-' is the text of one dash, - is nothing. */
START_TEST(a_quoted_dash_is_a_text)
{
    world w;
    ca_test_table table;
    bool good = false;
    open_world(&w);
    ck_assert_int_eq(ca_yaml_parse("t.yaml", CA_TEXT("lines: |\n  a b c\n  - '-' \"-\"\n"),
                                   &w.arena, &w.diags, &w.file, NULL),
                     0);
    ca_conf conf = {&w.file, &w.diags};
    ck_assert_int_eq(ca_test_table_parse(&conf, w.file.root->child, &w.arena, &table, &good, NULL),
                     0);
    ck_assert(good);
    ck_assert(table.cells[0].missing);
    for (size_t i = 1; i < 3; i++) {
        ck_assert(!table.cells[i].missing);
        ck_assert(ca_text_is(table.cells[i].text, "-"));
    }
    close_world(&w);
}
END_TEST

START_TEST(memory_may_run_out)
{
    bool finished = false;
    for (uint64_t n = 1; !finished; n++) {
        world w;
        ca_arena own;
        ca_test_table table;
        ca_error err = {0};
        bool good = false;
        open_world(&w);
        ca_arena_init(&own);
        ck_assert_int_eq(ca_yaml_parse("t.yaml", CA_TEXT("lines: |\n  a b\n  'it''s' \"x y\"\n"),
                                       &w.arena, &w.diags, &w.file, NULL),
                         0);
        ca_conf conf = {&w.file, &w.diags};
        ca_alloc_fail(n, 1);
        int code = ca_test_table_parse(&conf, w.file.root->child, &own, &table, &good, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        ck_assert_int_eq(good, finished);
        ck_assert(finished || err.code == CA_NOMEM);
        ck_assert_uint_lt(n, 20);
        ca_arena_done(&own);
        close_world(&w);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, cells, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, a_quoted_dash_is_a_text);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/test_table", add_tests)
