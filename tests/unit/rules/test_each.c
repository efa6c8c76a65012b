/* Rules with `each`, of every kind that has it: their inline tests pass in both evaluators; outcome and blame of lines agree;
 * what is said of wrong ones. */
#include "support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"
#include "rules/testrun.h"
#include "support/judge.h"

static judge_world judges;

static void set_up(void)
{
    judge_init(&judges);
}

static void tear_down(void)
{
    judge_done(&judges);
}

#define EACH "each: mue(procedure)\n"

START_TEST(a_line_with_its_row)
{
    const char *table = "id procedure units service_date paid\n"
                        "1 V0103 4 2020-01-01 1\n"    /* one more than max_units */
                        "2 V0103 3 2020-01-01 1\n"
                        "3 V0103 4 2019-12-31 1\n"    /* before the row */
                        "4 V0104 4 2020-01-01 1\n"    /* no row */
                        "5 - 4 2020-01-01 1\n"
                        "6 V0103 4 - 1\n"
                        "7 V0103 - 2020-01-01 1\n"
                        "8 V0103 4 2020-01-01 -\n";
    ck_assert_str_eq(judge_rule(&judges, "line", "units > row.max_units", EACH, table),
                     "1 hit; 2 pass; 3 not_applicable; 4 not_applicable; 5 unknown procedure; 6 unknown service_date; "
                     "7 unknown units; 8 hit");
    ck_assert_str_eq(judge_rule(&judges, "line", "units > row.max_units", EACH "where: paid > 0\n", table),
                     "1 hit; 2 pass; 3 not_applicable; 4 not_applicable; 5 unknown procedure; 6 unknown service_date; "
                     "7 unknown units; 8 unknown paid");
    ck_assert_str_eq(judge_rule(&judges, "line", "units > row.max_units",
                                EACH "effective: 2020-01-01 .. 2020-12-31\n"
                                     "unless: [{name: cheap, when: row.price > 12 and paid < 2, reason: A reason}]\n",
                                table),
                     "1 excused cheap; 2 pass; 3 not_applicable; 4 not_applicable; 5 unknown procedure; "
                     "6 unknown service_date; 7 unknown units; 8 hit, cheap? paid");
}
END_TEST

START_TEST(a_row_of_another_date)
{
    ck_assert_str_eq(judge_rule(&judges, "line", "units > row.max_units", "each: mue(procedure on admission_date)\n",
                                "id procedure units service_date admission_date\n"
                                "1 V0103 4 2019-01-01 2020-01-01\n"
                                "2 V0103 4 2020-01-01 2019-01-01\n"
                                "3 V0103 4 2020-01-01 -\n"),
                     "1 hit; 2 not_applicable; 3 unknown admission_date");
}
END_TEST

START_TEST(keys_and_several_of_them)
{
    ck_assert_str_eq(judge_rule(&judges, "line", "row.grade = 'A' and row.since <= service_date and row.provider is present",
                                "each: contract(billing_provider_id, procedure)\n",
                                "id procedure billing_provider_id service_date\n"
                                "1 V0103 P1 2020-01-01\n"
                                "2 V0103 P1 2019-12-31\n"
                                "3 V0103 P2 2020-01-01\n"
                                "4 V0103 - 2020-01-01\n"
                                "5 - P1 2020-01-01\n"
                                "6 V0103 P1 -\n"),
                     "1 hit; 2 pass; 3 not_applicable; 4 unknown billing_provider_id; 5 unknown procedure; "
                     "6 unknown service_date");
}
END_TEST

/* More lines than are judged at a time, in more words than one. */
START_TEST(many_lines)
{
    ca_buf table;
    ca_buf words;
    ca_buf_init(&table);
    ca_buf_init(&words);
    ca_buf_add_cstr(&table, "id procedure units service_date\n");
    for (unsigned i = 1; i <= 900; i++) {
        unsigned units = i % 7;
        ca_buf_printf(&table, "%u %s %u 2020-01-01\n", i, i % 3 == 0 ? "V0104" : "V0103", units);
        ca_buf_printf(&words, "%s%u %s", i > 1 ? "; " : "", i, i % 3 == 0 ? "not_applicable" : units > 3 ? "hit" : "pass");
    }
    ck_assert_str_eq(judge_rule(&judges, "line", "units > row.max_units", EACH, ca_buf_cstr(&table)), ca_buf_cstr(&words));
    ca_buf_done(&table);
    ca_buf_done(&words);
}
END_TEST

/* --- Rules in files ------------------------------------------------------------------------------- */

typedef struct files {
    ca_arena arena;
    ca_codes codes;
    ca_schema schema;
    ca_vocabulary vocabulary;
    ca_refs *refs;
    ca_ruleset *set;
    ca_diags diags;
    ca_error err;
} files;

static void succeed(const files *of, int code)
{
    for (size_t i = 0; i < of->diags.count; i++)
        fprintf(stderr, "%s:%u: %s\n", of->diags.items[i].file, (unsigned)of->diags.items[i].line, of->diags.items[i].text);
    ck_assert_msg(code == 0, "%s", of->err.text);
    ck_assert_uint_eq(of->diags.errors, 0);
}

static void open_files(files *of)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    char path[512];
    memset(of, 0, sizeof *of);
    ca_arena_init(&of->arena);
    ca_diags_init(&of->diags, &of->arena);
    ca_codes_init(&of->codes, &of->arena);
    ca_schema_init(&of->schema);
    snprintf(path, sizeof path, "%s/rules/vocabulary.yaml", root ? root : ".");
    succeed(of, ca_vocabulary_load(ca_disk_real(), path, &of->codes, &of->arena, &of->diags, &of->vocabulary, &of->err));
    of->refs = ca_refs_new(&of->codes, ca_disk_real());
    snprintf(path, sizeof path, "%s/tests/support/each_rules/sets.yaml", root ? root : ".");
    succeed(of, ca_refs_load(of->refs, path, false, &of->diags, &of->err));
    succeed(of, ca_ruleset_new(&of->schema, &of->codes, of->refs, &of->vocabulary, &of->set, &of->err));
    snprintf(path, sizeof path, "%s/tests/support/each_rules", root ? root : ".");
    succeed(of, ca_ruleset_add_folder(of->set, ca_disk_real(), path, false, &of->diags, &of->err));
    succeed(of, ca_ruleset_finish(of->set, &of->diags, &of->err));
}

static void close_files(files *of)
{
    ca_ruleset_free(of->set);
    ca_refs_free(of->refs);
    ca_codes_done(&of->codes);
    ca_diags_done(&of->diags);
    ca_arena_done(&of->arena);
}

START_TEST(every_kind_passes_its_tests)
{
    files of;
    unsigned kinds = 0;
    open_files(&of);
    for (const ca_kind *const *kind = ca_kinds; *kind != NULL; kind++) {
        bool has = false;
        for (size_t i = 0; i < of.set->count; i++)
            has = has || (of.set->rules[i]->kind == *kind && of.set->rules[i]->keys.each != NULL);
        ck_assert_msg(has == ((*kind)->each != CA_EACH_NONE), "%s: a rule with each?", (*kind)->name);
        kinds += has;
    }
    ck_assert_uint_eq(kinds, 8);
    for (size_t i = 0; i < of.set->count; i++) {
        ca_testrun result = {0};
        succeed(&of, ca_testrun_rule(of.set, of.set->rules[i], &of.diags, &result, &of.err));
        ck_assert_uint_gt(result.cases, 0);
        ck_assert_uint_eq(result.failed, 0);
    }
    close_files(&of);
}
END_TEST

/* Every third failing allocation is told, none is lost. */
START_TEST(memory_may_run_out)
{
    files of;
    open_files(&of);
    const ca_rule *rule = of.set->rules[_i];
    int code = CA_NOMEM;
    uint64_t n = 1;
    for (; code == CA_NOMEM && n < 3000; n += 3) {
        ca_testrun result = {0};
        ca_diags diags;
        ca_diags_init(&diags, &of.arena);
        ca_alloc_fail(n, 1);
        code = ca_testrun_rule(of.set, rule, &diags, &result, &of.err);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && result.failed == 0));
        ca_diags_done(&diags);
    }
    ck_assert_int_eq(code, 0);
    ck_assert_uint_gt(n, 30);
    close_files(&of);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_with_its_row);
    tcase_add_test(tcase, a_row_of_another_date);
    tcase_add_test(tcase, keys_and_several_of_them);
    tcase_add_test(tcase, many_lines);
    tcase_add_test(tcase, every_kind_passes_its_tests);
    tcase_add_loop_test(tcase, memory_may_run_out, 0, 8);
}

CA_CHECK_MAIN("rules/each", add_tests)
