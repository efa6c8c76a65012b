/* docs/rule-language.md: its rules load without a word and their tests pass; its sets and CSV files are the ones they read.
 * docs/scoring.md: the same of its features. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/feature_test.h"
#include "support/memdisk.h"

typedef struct world {
    ca_arena arena;
    ca_codes codes;
    ca_schema schema;
    ca_vocabulary vocabulary;
    ca_refs *refs;
    ca_ruleset *set;
    ca_diags diags;
    ca_error err;
    memdisk *memory;
    ca_buf page;
} world;

static void succeed(world *w, int code)
{
    for (size_t i = 0; i < w->diags.count; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", w->diags.items[i].file, (unsigned)w->diags.items[i].line,
                (unsigned)w->diags.items[i].column, w->diags.items[i].text);
    ck_assert_msg(code == 0, "%s", w->err.text);
    ck_assert_uint_eq(w->diags.count, 0);
}

static void read_file(const char *name, char path[512])
{
    const char *root = getenv("CA_SOURCE_ROOT");
    snprintf(path, 512, "%s/%s", root == NULL ? "." : root, name);
}

static void open_world_of(world *w, const char *page)
{
    char path[512];
    *w = (world){0};
    ca_arena_init(&w->arena);
    ca_diags_init(&w->diags, &w->arena);
    ca_codes_init(&w->codes, &w->arena);
    ca_schema_init(&w->schema);
    w->memory = memdisk_new();
    read_file("rules/vocabulary.yaml", path);
    succeed(w, ca_vocabulary_load(ca_disk_real(), path, &w->codes, &w->arena, &w->diags,
                                  &w->vocabulary, &w->err));
    read_file(page, path);
    succeed(w, ca_disk_read_all(ca_disk_real(), path, 1 << 20, &w->page, &w->err));
    w->refs = ca_refs_new(&w->codes, memdisk_disk(w->memory));
    succeed(w, ca_ruleset_new(&w->schema, &w->codes, w->refs, &w->vocabulary, &w->set, &w->err));
}

static void open_world(world *w)
{
    open_world_of(w, "docs/rule-language.md");
}

static void close_world(world *w)
{
    ca_ruleset_free(w->set);
    ca_refs_free(w->refs);
    memdisk_free(w->memory);
    ca_buf_done(&w->page);
    ca_codes_done(&w->codes);
    ca_diags_done(&w->diags);
    ca_arena_done(&w->arena);
}

/* The next fenced block: its words after the fence and its lines. */
static bool next_block(ca_text *rest, ca_text *ret_info, ca_text *ret_body)
{
    ca_text line;
    while (ca_text_next(rest, '\n', &line)) {
        if (!ca_text_starts(line, CA_TEXT("```")))
            continue;
        *ret_info = ca_text_sub(line, 3, line.len);
        *ret_body = (ca_text){rest->ptr, 0};
        while (ca_text_next(rest, '\n', &line) && !ca_text_is(line, "```"))
            ret_body->len = (size_t)(line.ptr + line.len + 1 - ret_body->ptr);
        return true;
    }
    return false;
}

START_TEST(every_example)
{
    world w;
    ca_text info;
    ca_text body;
    size_t files = 0;
    size_t sets = 0;
    open_world(&w);
    ca_text rest = ca_buf_text(&w.page);
    while (next_block(&rest, &info, &body)) {
        char path[100];
        if (ca_text_starts(info, CA_TEXT("csv "))) {
            snprintf(path, sizeof(path), "pack/%.*s", (int)info.len - 4, info.ptr + 4);
            memdisk_put(w.memory, path, body.ptr, body.len);
            files++;
        } else if (ca_text_starts(body, CA_TEXT("sets:"))) {
            snprintf(path, sizeof(path), "pack/sets-%zu.yaml", ++sets);
            memdisk_put(w.memory, path, body.ptr, body.len);
        }
    }
    ck_assert_uint_eq(files, 5);
    ck_assert_uint_eq(sets, 3);
    for (size_t i = 1; i <= sets; i++) {
        char path[40];
        snprintf(path, sizeof(path), "pack/sets-%zu.yaml", i);
        succeed(&w, ca_refs_load(w.refs, path, false, &w.diags, &w.err));
    }

    rest = ca_buf_text(&w.page);
    while (next_block(&rest, &info, &body)) {
        char path[40];
        if (!ca_text_starts(body, CA_TEXT("rule: ")))
            continue;
        snprintf(path, sizeof(path), "%.9s.yaml", body.ptr + 6);
        succeed(&w, ca_ruleset_add_source(w.set, path, body, false, &w.diags, &w.err));
    }
    succeed(&w, ca_ruleset_finish(w.set, &w.diags, &w.err));
    ck_assert_uint_eq(w.set->count, 12);
    for (size_t i = 0; i < w.set->count; i++) {
        ca_testrun result = {0};
        succeed(&w, ca_testrun_rule(w.set, w.set->rules[i], &w.diags, &result, &w.err));
        ck_assert_uint_gt(result.cases, 0);
        ck_assert_uint_eq(result.failed, 0);
    }
    close_world(&w);
}
END_TEST

/* From "### `NAME`" to the next heading, "" without it. */
static ca_text section_of(ca_text page, const char *name)
{
    char heading[60];
    ca_text line;
    bool inside = false;
    ca_text section = {"", 0};
    snprintf(heading, sizeof(heading), "### `%s`", name);
    while (ca_text_next(&page, '\n', &line)) {
        if (inside && (ca_text_starts(line, CA_TEXT("## ")) || ca_text_starts(line, CA_TEXT("### "))))
            break;
        if (ca_text_is(line, heading)) {
            inside = true;
            section.ptr = line.ptr;
        }
        if (inside)
            section.len = (size_t)(line.ptr + line.len - section.ptr);
    }
    return section;
}

static bool contains(ca_text text, const char *words)
{
    size_t len = strlen(words);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, words, len) == 0)
            return true;
    return false;
}

/* Every kind has a section that names its keys, and shows a rule. */
START_TEST(every_kind)
{
    world w;
    const ca_kind *kind = ca_kinds[_i];
    open_world(&w);
    ca_text section = section_of(ca_buf_text(&w.page), kind->name);
    char words[60];
    ck_assert_msg(section.len > 0, "docs/rule-language.md has no section on %s", kind->name);
    for (const char *const *key = kind->keys; *key != NULL; key++) {
        snprintf(words, sizeof(words), "`%s`", *key);
        if (strcmp(*key, "each") == 0) { /* it is of many kinds: its section says what it is in each */
            ck_assert(contains(ca_buf_text(&w.page), "\n## Rules by table\n"));
            snprintf(words, sizeof(words), "`%s`", kind->name);
            ck_assert(contains(ca_buf_text(&w.page), words));
            continue;
        }
        ck_assert_msg(contains(section, words), "the section on %s does not name %s", kind->name, words);
    }
    snprintf(words, sizeof(words), "\nkind: %s\n", kind->name);
    ck_assert_msg(contains(ca_buf_text(&w.page), words), "no example of kind %s", kind->name);
    ck_assert_msg(kind->hit_lines == 0 || kind->judge != NULL ||
                      contains(section, kind->hit_lines == 2 ? "pair of ids" : "the id of"),
                  "%s: what is a hit in a test?", kind->name);
    close_world(&w);
}
END_TEST

/* A function has a row of the table that says how it is written. */
START_TEST(every_function)
{
    world w;
    open_world(&w);
    for (unsigned i = 0; i < CA_FN_COUNT; i++) {
        char call[40];
        snprintf(call, sizeof(call), "`%s(", ca_function_name((ca_function)i));
        ck_assert_msg(contains(ca_buf_text(&w.page), call), "docs/rule-language.md does not show %s", call);
    }
    close_world(&w);
}
END_TEST

START_TEST(every_feature)
{
    world w;
    ca_text info;
    ca_text body;
    ca_testrun result = {0};
    ca_featureset *set = NULL;
    open_world_of(&w, "docs/scoring.md");
    succeed(&w, ca_featureset_new(&w.schema, &w.codes, w.refs, &w.vocabulary, &set, &w.err));
    ca_text rest = ca_buf_text(&w.page);
    while (next_block(&rest, &info, &body))
        if (ca_text_starts(body, CA_TEXT("feature: ")))
            succeed(&w, ca_featureset_add_source(set, "scoring.md", body, false, &w.diags, &w.err));
    succeed(&w, ca_featureset_finish(set, NULL, &w.diags, &w.err));
    ck_assert_uint_ge(set->count, 1);
    for (size_t i = 0; i < set->count; i++)
        succeed(&w, ca_testrun_feature(set, set->features[i], &w.diags, &result, &w.err));
    ck_assert_uint_ge(result.cases, set->count);
    ca_featureset_free(set);
    close_world(&w);
}
END_TEST

/* Every key, kind of entity and aggregate stands in a table. */
START_TEST(every_word_of_features)
{
    world w;
    char words[60];
    open_world_of(&w, "docs/scoring.md");
    ca_text page = ca_buf_text(&w.page);
    for (size_t i = 0; ca_feature_keys[i] != NULL; i++) {
        snprintf(words, sizeof(words), "`%s`", ca_feature_keys[i]);
        ck_assert_msg(contains(page, words), "docs/scoring.md does not name %s", words);
    }
    for (unsigned entity = 0; entity < CA_ENTITIES; entity++) {
        snprintf(words, sizeof(words), "\n| `%s` |", ca_entity_kinds[entity].name);
        ck_assert_msg(contains(page, words), "docs/scoring.md has no row %s", words);
    }
    for (size_t i = 0; ca_feature_aggregate_name(i) != NULL; i++) {
        snprintf(words, sizeof(words), "`%s(", ca_feature_aggregate_name(i));
        ck_assert_msg(contains(page, words), "docs/scoring.md does not show %s", words);
    }
    close_world(&w);
}
END_TEST

static void add_tests(TCase *tcase)
{
    int kinds = 0;
    while (ca_kinds[kinds] != NULL)
        kinds++;
    tcase_add_test(tcase, every_example);
    tcase_add_test(tcase, every_function);
    tcase_add_test(tcase, every_feature);
    tcase_add_test(tcase, every_word_of_features);
    tcase_add_loop_test(tcase, every_kind, 0, kinds);
}

CA_CHECK_MAIN("rules/docs", add_tests)
