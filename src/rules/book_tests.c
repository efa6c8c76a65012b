/* The tests of a rule as examples: each line with what becomes of it. */
#include <string.h>

#include "rules/book_parts.h"
#include "rules/test_table.h"

static const ca_yaml *item_of(const ca_yaml *mapping, const char *key)
{
    const ca_yaml *item = mapping->child;
    while (item != NULL && !ca_text_is(item->key, key))
        item = item->next;
    return item;
}

static bool names_line(const ca_yaml *item, ca_text id)
{
    if (item->kind == CA_YAML_SCALAR)
        return ca_text_eq(item->text, id);
    for (const ca_yaml *part = item->child; part != NULL; part = part->next)
        if (ca_text_eq(part->text, id))
            return true;
    return false;
}

/* "hit", "hit 1, hit 2" where a list has several findings of several lines. */
static void add_outcome(const ca_yaml *test, const char *list, const char *word, ca_text id, ca_buf *out)
{
    const ca_yaml *node = item_of(test, list);
    size_t number = 0;
    for (const ca_yaml *item = node == NULL ? NULL : node->child; item != NULL; item = item->next) {
        number++;
        if (!names_line(item, id))
            continue;
        ca_buf_printf(out, "%s%s", out->len > 0 ? ", " : "", word);
        if (item->kind == CA_YAML_SEQUENCE && item->count > 1 && node->count > 1)
            ca_buf_printf(out, " %zu", number);
    }
}

static ca_text shown(const ca_test_cell *cell)
{
    return cell->missing ? CA_TEXT("") : cell->text.len == 0 ? CA_TEXT("(empty)") : cell->text;
}

static bool print_lines(ca_page *page, const ca_test_table *table, const ca_yaml *test, ca_arena *arena)
{
    const char *names[CA_TEST_COLUMNS_MAX + 1];
    ca_text cells[CA_TEST_COLUMNS_MAX + 1];
    ca_buf outcome;
    bool good = true;
    for (size_t i = 0; i < table->columns && good; i++) {
        names[i] = ca_arena_cstr(arena, table->names[i].text);
        good = names[i] != NULL;
    }
    if (!good)
        return false;
    names[table->columns] = "outcome";
    ca_buf_init(&outcome);
    ca_page_table(page, names, table->columns + 1);
    for (size_t row = 0; row < table->rows; row++) {
        const ca_test_cell *first = &table->cells[row * table->columns];
        for (size_t i = 0; i < table->columns; i++)
            cells[i] = shown(&first[i]);
        outcome.len = 0;
        add_outcome(test, "hits", "hit", first->text, &outcome);
        add_outcome(test, "excused", "excused", first->text, &outcome);
        add_outcome(test, "unknown", "unknown", first->text, &outcome);
        cells[table->columns] = ca_buf_text(&outcome);
        ca_page_row(page, cells, table->columns + 1);
    }
    ca_page_table_end(page);
    good = !outcome.failed;
    ca_buf_done(&outcome);
    return good;
}

/* What a case sets for itself: parameters, rows of tables, how far the data goes. */
static bool print_setting(ca_page *page, const ca_yaml *test, ca_arena *arena)
{
    static const char *const keys[] = {"parameters", "tables"};
    bool good = true;
    const ca_yaml *horizon = item_of(test, "horizon");
    const char *text = horizon == NULL ? "" : ca_arena_printf(arena, "Data from %.*s", (int)horizon->text.len, horizon->text.ptr);
    good = text != NULL;
    if (horizon != NULL && good)
        ca_page_text(page, ca_text_of(text));
    for (size_t i = 0; i < 2 && good; i++) {
        const ca_yaml *node = item_of(test, keys[i]);
        for (const ca_yaml *item = node == NULL ? NULL : node->child; item != NULL && good; item = item->next) {
            text = i == 0 ? ca_arena_printf(arena, "With %.*s = %.*s", (int)item->key.len, item->key.ptr, (int)item->text.len, item->text.ptr)
                          : ca_arena_printf(arena, "With these rows of %.*s:", (int)item->key.len, item->key.ptr);
            good = text != NULL;
            if (good)
                ca_page_text(page, ca_text_of(text));
            if (good && i == 1)
                ca_page_code(page, item->text);
        }
    }
    return good;
}

static int print_case(ca_page *page, const ca_rule *rule, const ca_yaml *test, ca_arena *arena, ca_error *err)
{
    ca_diags quiet;
    ca_test_table table;
    bool good = false;
    const ca_yaml *name = item_of(test, "name");
    const ca_yaml *lines = item_of(test, "lines");
    if (lines == NULL || lines->kind != CA_YAML_SCALAR)
        return 0;
    ca_diags_init(&quiet, arena);
    const ca_conf conf = {rule->file, &quiet};
    int code = ca_test_table_parse(&conf, lines, arena, &table, &good, err);
    ca_diags_done(&quiet);
    if (code != 0 || !good)
        return code;
    if (name != NULL)
        ca_page_heading(page, 3, name->text);
    good = print_setting(page, test, arena) && print_lines(page, &table, test, arena);
    return good ? 0 : ca_error_nomem(err);
}

int ca_book_tests(ca_page *page, const ca_rule *rule, ca_error *err)
{
    int code = 0;
    if (rule->tests == NULL || rule->tests->count == 0)
        return 0;
    ca_page_heading(page, 2, CA_TEXT("Examples"));
    for (const ca_yaml *test = rule->tests->child; test != NULL && code == 0; test = test->next) {
        ca_arena arena;
        ca_arena_init(&arena);
        code = print_case(page, rule, test, &arena, err);
        ca_arena_done(&arena);
    }
    return code;
}
