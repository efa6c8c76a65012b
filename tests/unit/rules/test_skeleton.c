/* Every kind has a rule to begin with: it is read without a word, its tests pass or wait, and it names every key. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/skeleton.h"
#include "rules/testrun.h"

typedef struct world {
    ca_arena arena;
    ca_codes codes;
    ca_schema schema;
    ca_vocabulary vocabulary;
    ca_refs *refs;
    ca_ruleset *set;
    ca_diags diags;
    ca_error err;
} world;

static world w;

static void succeed(int code)
{
    for (size_t i = 0; i < w.diags.count; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", w.diags.items[i].file, (unsigned)w.diags.items[i].line,
                (unsigned)w.diags.items[i].column, w.diags.items[i].text);
    ck_assert_msg(code == 0, "%s", w.err.text);
    ck_assert_uint_eq(w.diags.count, 0);
}

static void set_up(void)
{
    char path[512];
    const char *root = getenv("CA_SOURCE_ROOT");
    w = (world){0};
    snprintf(path, sizeof(path), "%s/rules/vocabulary.yaml", root == NULL ? "." : root);
    ca_arena_init(&w.arena);
    ca_diags_init(&w.diags, &w.arena);
    ca_codes_init(&w.codes, &w.arena);
    ca_schema_init(&w.schema);
    succeed(ca_vocabulary_load(ca_disk_real(), path, &w.codes, &w.arena, &w.diags, &w.vocabulary, &w.err));
    w.refs = ca_refs_new(&w.codes, ca_disk_real());
    succeed(ca_ruleset_new(&w.schema, &w.codes, w.refs, &w.vocabulary, &w.set, &w.err));
}

static void tear_down(void)
{
    ca_ruleset_free(w.set);
    ca_refs_free(w.refs);
    ca_codes_done(&w.codes);
    ca_diags_done(&w.diags);
    ca_arena_done(&w.arena);
}

/* As a key or in a comment that shows it. */
static bool names_key(const char *text, const char *key)
{
    char shown[60];
    snprintf(shown, sizeof(shown), "%s:", key);
    for (const char *at = strstr(text, shown); at != NULL; at = strstr(at + 1, shown))
        if (at == text || at[-1] == '\n' || (at - text >= 2 && strncmp(at - 2, "# ", 2) == 0))
            return true;
    return false;
}

START_TEST(a_skeleton_is_a_good_draft)
{
    static const char *const common[] = {
        "rule", "version", "title", "status", "severity", "category", "grade", "effective", "rows", "description",
        "basis", "references", "owner", "review_by", "tags", "kind", "parameters", "where", "message", "exposure",
        "unless", "tests"};
    const ca_kind *kind = ca_kinds[_i];
    ca_testrun result = {0};
    ca_buf text;
    ca_buf_init(&text);
    ca_rule_skeleton(kind, "SITE-0042", &text);
    succeed(ca_ruleset_add_source(w.set, "SITE-0042.yaml", ca_buf_text(&text), false, &w.diags, &w.err));
    succeed(ca_ruleset_finish(w.set, &w.diags, &w.err));
    ck_assert_uint_eq(w.set->count, 1);
    const ca_rule *rule = w.set->rules[0];
    ck_assert_ptr_eq(rule->kind, kind);
    ck_assert_int_eq(rule->status, CA_RULE_DRAFT);
    succeed(ca_testrun_rule(w.set, rule, &w.diags, &result, &w.err));
    ck_assert_uint_eq(result.cases, 1);
    ck_assert_uint_eq(result.failed, 0);
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        ck_assert_msg(names_key(ca_buf_cstr(&text), common[i]), "%s: no key %s", kind->name, common[i]);
    for (const char *const *key = kind->keys; *key != NULL; key++)
        ck_assert_msg(names_key(ca_buf_cstr(&text), *key), "%s: no key %s", kind->name, *key);
    ca_buf_done(&text);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_alloc_fail(1, 1);
    ca_rule_skeleton(ca_kinds[0], "SITE-0042", &text);
    ca_alloc_fail(0, 0);
    ck_assert(text.failed);
    ca_buf_done(&text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    int kinds = 0;
    while (ca_kinds[kinds] != NULL)
        kinds++;
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_skeleton_is_a_good_draft, 0, kinds);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/skeleton", add_tests)
