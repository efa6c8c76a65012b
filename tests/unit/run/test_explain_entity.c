/* Tests of run/explain_entity.c: what is computed anew is what a scan of the same files stores, and questions without an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/explain_entity.h"
#include "support/check_main.h"
#include "support/night.h"

#define HEAD "claim_id,claim_type,line_no,patient_id,billing_provider_id,rendering_provider_id,service_date,units,paid,procedure\n"

static night n;
static ca_entity_told told;

static const char features[] =
    "features:\n"
    "  - {feature: per-claim, version: 1, title: Paid for each claim, entity: provider, ratio: 'sum(paid) / distinct(claim_id)',\n"
    "     direction: more, money: yes, say: \"{value} a claim; {peer} is usual\", tests: []}\n"
    "  - {feature: per-patient, version: 1, title: Claims of each patient, entity: provider,\n"
    "     ratio: 'distinct(claim_id) / distinct(patient_id)', direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: hit-share, version: 1, title: Lines of many units, entity: provider,\n"
    "     share: \"count(where hit('CORE-0001')) / count()\", direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: per-day, version: 1, title: Units a day, entity: provider, ratio: 'sum(units) / distinct(service_date)',\n"
    "     direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: payers, version: 1, title: Paid in all, entity: institution, ratio: sum(paid) / count(), direction: more, money: yes,\n"
    "     say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: line-units, version: 1, title: Units, entity: line, surprise: units, given: [procedure], direction: more,\n"
    "     minimum: 20, say: \"{value} units; {peer} is usual\", tests: []}\n";

/* Eighty providers with a dozen claims each over `months`; the first is unlike the others, the last has one claim. */
static void put_claims(const char *path, unsigned seed, unsigned months)
{
    ca_buf text;
    uint64_t state = seed;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, HEAD);
    for (unsigned provider = 0; provider < 80; provider++) {
        for (unsigned claim = 0; claim < (provider == 79 ? 1 : 12); claim++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
            unsigned draw = (unsigned)(state >> 40);
            ca_buf_printf(&text, "C%u-%u-%u,professional,1,P%u,G%u,D%u,2022-%02u-%02u,%u,%u.%02u,V0103\n", seed, provider, claim,
                          provider * 50 + draw % (provider ? 40 : 6), provider % 3, provider, claim % months + 1, draw % 28 + 1,
                          provider ? 1 + draw % 4 : 9 + draw % 3, provider ? 20 + draw % 30 : 900, draw % 100);
        }
    }
    memdisk_put(n.memory, path, text.ptr, text.len);
    ca_buf_done(&text);
}

static void must_scan(const char *inputs)
{
    int rc = night_scan(&n, inputs);
    ck_assert_msg(rc == 0, "%d: %s", rc, night_said(&n));
}

static void start(void)
{
    night_init(&n);
    n.options.scores = true;
    night_put(&n, "rules/core/features/some.yaml", features);
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    put_claims("a.csv", 1, 12);
    put_claims("b.csv", 2, 12);
    put_claims("short.csv", 3, 2);
}

static void stop(void)
{
    night_done(&n);
}

/* --- Asking ------------------------------------------------------------------------------------------------------ */

static int ask(const char *inputs, const char *kind, const char *id)
{
    static const char *paths[4];
    ca_scan_options options = n.options;
    const ca_entity_question question = {n.db, kind, id};
    char *rest = ca_arena_cstr(&n.arena, ca_text_of(inputs));
    options.input_count = 0;
    for (char *path = strtok(rest, " "); path; path = strtok(NULL, " ")) {
        paths[options.input_count++] = path;
    }
    options.inputs = paths;
    options.db = NULL;
    options.work = n.folder;
    n.err = (ca_error){0};
    ca_diags_done(&n.diags);
    ca_diags_init(&n.diags, &n.arena);
    return ca_explain_scored(&options, &question, &n.arena, &n.diags, &told, &n.err);
}

static int add_row(void *to, const ca_report_row *row)
{
    if (!row->cells) {
        return 0;
    }
    for (size_t i = 0; i < row->count; i++) {
        bool of_run = strcmp(row->names[i], "run_id") == 0 || strcmp(row->names[i], "finding_id") == 0;
        if (!of_run) {
            ca_buf_add_char(to, '|');
            ca_buf_add_text(to, row->cells[i]);
        }
    }
    ca_buf_add_char(to, '\n');
    return 0;
}

/* Score, reasons and features. */
static const char *written(ca_report *report, const char *kind, const char *id)
{
    ca_buf text;
    const ca_score_filter filter = {.kind = kind, .entity = id};
    ca_buf_init(&text);
    ck_assert_int_eq(ca_report_entity(report, &filter, add_row, &text, &n.err), 0);
    ck_assert_int_eq(ca_report_entity_reasons(report, &filter, add_row, &text, &n.err), 0);
    ck_assert_int_eq(ca_report_entity_features(report, &filter, add_row, &text, &n.err), 0);
    const char *all = ca_arena_cstr(&n.arena, ca_buf_text(&text));
    ca_buf_done(&text);
    return all;
}

static const char *stored(const char *kind, const char *id)
{
    ca_report *report;
    ck_assert_int_eq(ca_report_open(n.db, false, 1000, &report, &n.err), 0);
    const char *all = written(report, kind, id);
    ca_report_close(report);
    return all;
}

static const char *computed(const char *inputs, const char *kind, const char *id)
{
    int rc = ask(inputs, kind, id);
    ck_assert_msg(rc == 0, "%d: %s", rc, night_said(&n));
    const char *all = written(told.report, kind, id);
    ca_report_close(told.report);
    return all;
}

static void refuses(const char *inputs, const char *kind, const char *id, int code, const char *words)
{
    ck_assert_int_eq(ask(inputs, kind, id), code);
    ck_assert_msg(strstr(night_said(&n), words) != NULL, "'%s' is not in: %s", words, night_said(&n));
}

/* --- What is told ------------------------------------------------------------------------------------------------ */

/* Everybody of the night: what was stored of them, and of findings their features, too. */
START_TEST(it_is_what_a_scan_stores)
{
    must_scan("a.csv");
    must_scan("b.csv");
    char *names = ca_arena_cstr(&n.arena, ca_text_of(night_ask(&n, "SELECT entity_kind, entity_id, lead FROM v_entity_scores WHERE run_id = 2")));
    char *rest;
    unsigned leads = 0, lines = 0, others = 0;
    for (char *line = strtok_r(names, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char kind[32], id[64];
        int lead;
        ck_assert_int_eq(sscanf(line, "%31[^|]|%63[^|]|%d", kind, id, &lead), 3);
        unsigned *seen = strcmp(kind, "line") == 0 ? &lines : lead ? &leads : &others;
        if ((*seen)++ > 6) {
            continue;    /* a few of each say it */
        }
        const char *was = stored(kind, id);
        const char *is = computed("b.csv", kind, id);
        ck_assert_msg(strncmp(is, was, lead ? strlen(is) + 1 : strlen(was)) == 0, "%s %s:\n%s\n%s", kind, id, was, is);
        ck_assert_uint_ge(strlen(is), strlen(was));
    }
    ck_assert_uint_gt(leads, 0);
    ck_assert_uint_gt(lines, 0);
    ck_assert_uint_gt(others, 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_runs"), "2\n");
}
END_TEST

START_TEST(also_who_is_not_stored)
{
    must_scan("a.csv");
    n.options.max_scores = 0;
    must_scan("b.csv");
    n.options.max_scores = 1000;
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE run_id = 2 AND entity_id = 'D7'"), "0\n");
    const char *is = computed("b.csv", NULL, "D7");
    ck_assert_ptr_nonnull(strstr(is, "per-patient"));
    ck_assert_ptr_nonnull(strstr(is, "hit-share"));
}
END_TEST

/* Who has no score has values all the same. */
START_TEST(of_whom_too_little_is_known)
{
    must_scan("a.csv");
    const char *is = computed("b.csv", "provider", "D79");
    ck_assert_ptr_nonnull(strstr(is, "|per-claim|"));
    ck_assert_ptr_nonnull(strstr(is, "1 claims"));
}
END_TEST

START_TEST(a_name_with_a_stroke_is_found)
{
    ca_text text;
    must_scan("a.csv");
    ck_assert(memdisk_get(n.memory, "b.csv", &text));
    char *changed = ca_arena_cstr(&n.arena, text);
    for (char *at = changed; (at = strstr(at, ",D11,")) != NULL;) {
        memcpy(at, ",D/1,", 5);
    }
    night_put(&n, "b.csv", changed);
    ck_assert_ptr_nonnull(strstr(computed("b.csv", NULL, "D/1"), "per-claim"));
}
END_TEST

/* --- Questions without an answer --------------------------------------------------------------------------------- */

START_TEST(nobody_of_this_name)
{
    must_scan("a.csv");
    refuses("b.csv", NULL, "D80", CA_USAGE, "none of the 949 lines that count from 2022-01-0");
    refuses("b.csv", "institution", "D7", CA_USAGE, "has 'D7' as institution");
    refuses("b.csv", "line", "professional/C2-99-1/1", CA_USAGE, "is not among the 10000 lines");
    refuses("b.csv", NULL, "no/body", CA_USAGE, "is not among the 10000 lines");
}
END_TEST

/* A model says nothing of the lines it was made of. */
START_TEST(lines_of_the_model_itself)
{
    must_scan("a.csv");
    refuses("a.csv", "line", "professional/C1-0-7/1", CA_USAGE, "model 1 was made of these very lines");
    ck_assert_str_eq(computed("a.csv", "provider", "D0"), stored("provider", "D0"));
}
END_TEST

START_TEST(a_night_of_nobody)
{
    must_scan("a.csv");
    night_put(&n, "none.csv", HEAD);
    refuses("none.csv", NULL, "D0", CA_USAGE, "no line of these files counts");
}
END_TEST

START_TEST(there_is_no_model)
{
    refuses("b.csv", NULL, "D7", CA_USAGE, "has no model");
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
    n.options.scores = false;
    must_scan("a.csv");
    refuses("b.csv", NULL, "D7", CA_USAGE, "claimaudit model fit makes one");
}
END_TEST

START_TEST(a_model_for_other_files)
{
    must_scan("a.csv");
    refuses("short.csv", NULL, "D7", CA_CONFIG, "days of claims, and these are");
    char *changed = ca_arena_cstr(&n.arena, ca_text_of(features));
    memcpy(strstr(changed, "distinct(service_date)"), "distinct(claim_id)    ", 22);
    night_put(&n, "rules/core/features/some.yaml", changed);
    refuses("b.csv", NULL, "D7", CA_CONFIG, "features are not those that model 1 was fitted with");
    night_put(&n, "rules/core/features/some.yaml", "features: []\n");
    ck_assert_int_eq(ask("b.csv", NULL, "D7"), CA_CONFIG);
}
END_TEST

START_TEST(memory_fails)
{
    must_scan("a.csv");
    int rc = CA_NOMEM;
    for (uint64_t at = 1; rc != 0; at += 1 + at / 12) {
        ca_alloc_fail(at, 1);
        rc = ask("b.csv", "provider", "D7");
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%llu: %d: %s", (unsigned long long)at, rc, night_said(&n));
    }
    ca_report_close(told.report);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, it_is_what_a_scan_stores);
    tcase_add_test(tcase, also_who_is_not_stored);
    tcase_add_test(tcase, of_whom_too_little_is_known);
    tcase_add_test(tcase, a_name_with_a_stroke_is_found);
    tcase_add_test(tcase, nobody_of_this_name);
    tcase_add_test(tcase, lines_of_the_model_itself);
    tcase_add_test(tcase, a_night_of_nobody);
    tcase_add_test(tcase, there_is_no_model);
    tcase_add_test(tcase, a_model_for_other_files);
    tcase_add_test(tcase, memory_fails);
}

CA_CHECK_MAIN("run/explain_entity", add_tests)
