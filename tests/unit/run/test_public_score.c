/* Scores through include/claimaudit.h: findings and scores without a report, with one, and by the model of another. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claimaudit.h"
#include "base/alloc.h"
#include "base/text.h"
#include "support/check_main.h"

static char folder[] = "/tmp/ca-public-XXXXXX";
static char profile[64], rules[64], db[64];
static claimaudit_engine *engine;
static claimaudit_error error;
static ca_buf found, scored;

static const char features[] =
    "features:\n"
    "  - {feature: per-claim, version: 1, title: Paid for each claim, entity: provider, ratio: 'sum(paid) / distinct(claim_id)',\n"
    "     direction: more, money: yes, say: \"{value} a claim; {peer} is usual\", tests: []}\n"
    "  - {feature: per-patient, version: 1, title: Claims of each patient, entity: provider,\n"
    "     ratio: 'distinct(claim_id) / distinct(patient_id)', direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: per-day, version: 1, title: Units a day, entity: provider, ratio: 'sum(units) / distinct(service_date)',\n"
    "     direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: line-units, version: 1, title: Units, entity: line, surprise: units, given: [procedure], direction: more,\n"
    "     minimum: 20, say: \"{value} units; {peer} is usual\", tests: []}\n";

static void put(const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void setup(void)
{
    char command[320];
    strcpy(folder, "/tmp/ca-public-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(rules, sizeof rules, "%s/rules", folder);
    snprintf(profile, sizeof profile, "%s/profile.yaml", folder);
    snprintf(db, sizeof db, "%s/report.db", folder);
    snprintf(command, sizeof command, "mkdir -p %s/core/features && cp %s/rules/vocabulary.yaml %s", rules, getenv("CA_SOURCE_ROOT"), rules);
    ck_assert_int_eq(system(command), 0);
    put("profile.yaml", "profile: p\ntitle: P\njurisdiction: core\ncurrency: USD\ndates: [yyyy-mm-dd]\nlayouts:\n"
                        "  - layout: claims\n    records: claims\n    columns: [claim_id, units]\n"
                        "    fields: {claim_id: claim_id, claim_type: {value: professional}, line_no: {value: 1}, units: units, paid: paid,\n"
                        "      service_date: service_date, patient_id: patient_id, rendering_provider_id: provider_id,\n"
                        "      procedure: {column: procedure, system: hcpcs}}\n");
    put("rules/core/features/some.yaml", features);
    put("rules/core/CORE-0001.yaml", "rule: CORE-0001\nversion: 1\ntitle: Many\nstatus: active\nseverity: low\ncategory: coding\n"
                                     "kind: line\nwhen: units > 10\nmessage: 'Many units.'\n");
    const claimaudit_config config = {.profile = profile, .rules = rules};
    engine = NULL;
    ck_assert_msg(claimaudit_open(&config, &engine, &error) == 0, "%s", error.message);
    ca_buf_init(&found);
    ca_buf_init(&scored);
}

static void teardown(void)
{
    char command[64];
    claimaudit_close(engine);
    ca_buf_done(&found);
    ca_buf_done(&scored);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* --- A night ----------------------------------------------------------------------------------------------------- */

/* Eighty providers with a dozen claims each; the first is unlike the others. */
static void push_claims(claimaudit_scan *scan, unsigned seed)
{
    ca_buf text;
    uint64_t state = seed;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "claim_id,patient_id,provider_id,service_date,units,paid,procedure\n");
    for (unsigned i = 0; i < 80 * 12; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned draw = (unsigned)(state >> 40), provider = i / 12;
        ca_buf_printf(&text, "C%u-%u,P%u,D%u,2022-%02u-%02u,%u,%u.%02u,V0103\n", seed, i, provider * 50 + draw % (provider ? 40 : 6), provider,
                      i % 12 + 1, draw % 28 + 1, provider ? 1 + draw % 4 : 9 + draw % 3, provider ? 20 + draw % 30 : 900, draw % 100);
    }
    ck_assert_int_eq(claimaudit_scan_push(scan, "claims.csv", text.ptr, text.len, &error), 0);
    ca_buf_done(&text);
}

static int collect(void *context, const claimaudit_finding *finding)
{
    ck_assert_ptr_eq(context, engine);
    ca_buf_printf(&found, "%s %s\n", finding->rule, finding->entity_id ? finding->entity_id : finding->claim_id);
    if (strcmp(finding->rule, "SCORE-PROVIDER") == 0) {
        ck_assert_str_eq(finding->entity_kind, "rendering_provider_id");
        ck_assert_str_eq(finding->title, "Provider unlike its peers");
        ck_assert(finding->exposure_of_entity && finding->window_from && strlen(finding->message) > 10);
        ck_assert_ptr_nonnull(strstr(finding->evidence, "\"reasons\""));
    }
    return 0;
}

static int take_score(void *context, const claimaudit_score *score)
{
    int *most = context;
    ca_buf_printf(&scored, "%s %s %llu %.6f %.6f%s\n", score->kind, score->id, (unsigned long long)score->rank, score->score, score->q,
                  score->lead ? " lead" : "");
    ck_assert_uint_gt(score->rank, 0);
    if (strcmp(score->id, "D0") == 0) {
        ck_assert(score->lead && score->claims == 12 && score->excess > 900000 && score->reason_count > 0);
        ck_assert_uint_eq(score->feature_count, 3);
        ck_assert_str_eq(score->reasons[0].feature.direction, "more");
        ck_assert_ptr_nonnull(strstr(score->reasons[0].sentence, "usual"));
        ck_assert(score->reasons[0].feature.value > score->reasons[0].feature.peer && score->reasons[0].share > 0);
        ck_assert_str_eq(score->cell, "all providers");
        ck_assert_uint_eq(score->cell_size, 80);
    }
    return most && --*most == 0 ? 99 : 0;
}

static const char *leads_of_scores(void)
{
    const char *at = strstr(ca_buf_cstr(&found), "SCORE-PROVIDER");
    return at ? at : "";
}

static void run_as(claimaudit_options options, unsigned seed, int expected)
{
    claimaudit_scan *scan = NULL;
    claimaudit_result result;
    ca_buf_clear(&found);
    ca_buf_clear(&scored);
    options.work = folder;
    ck_assert_msg(claimaudit_scan_open(engine, &options, &scan, &error) == 0, "%s", error.message);
    push_claims(scan, seed);
    ck_assert_int_eq(claimaudit_scan_scores(scan, take_score, NULL, &error), CLAIMAUDIT_USAGE);
    int status = claimaudit_scan_finish(scan, collect, engine, &result, &error);
    ck_assert_msg(status == expected, "%d %s", status, error.message);
    size_t lines = 0;
    for (size_t i = 0; i < found.len; i++) {
        lines += found.ptr[i] == '\n';
    }
    ck_assert_uint_eq(result.already_done ? 0 : result.findings, lines);
    ck_assert_int_eq(claimaudit_scan_scores(scan, take_score, NULL, &error), CLAIMAUDIT_DONE);
    claimaudit_scan_close(scan);
}

static size_t count(const char *words)
{
    size_t many = 0;
    for (const char *at = ca_buf_cstr(&scored); (at = strstr(at, words)) != NULL; at += strlen(words)) {
        many++;
    }
    return many;
}

/* --- What is told ------------------------------------------------------------------------------------------------ */

START_TEST(without_a_report_they_are_compared_with_each_other)
{
    run_as((claimaudit_options){.scores = 1}, 1, CLAIMAUDIT_DONE);
    ck_assert_str_eq(leads_of_scores(), "SCORE-PROVIDER D0\n");
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&found), "CORE-0001 C1-"));
    ck_assert_uint_eq(count("provider "), 80);
    ck_assert_uint_eq(count("line "), 0);
    ck_assert_int_eq(strncmp(ca_buf_cstr(&scored), "provider D0 1 ", 14), 0);
    ck_assert_int_ne(access(db, F_OK), 0);
}
END_TEST

/* As it was before there were scores. */
START_TEST(only_when_asked)
{
    run_as((claimaudit_options){0}, 1, CLAIMAUDIT_DONE);
    ck_assert_str_eq(leads_of_scores(), "");
    ck_assert_uint_eq(scored.len, 0);
    ck_assert_uint_gt(found.len, 0);
}
END_TEST

START_TEST(a_report_keeps_a_model)
{
    run_as((claimaudit_options){.db = db, .scores = 1}, 1, CLAIMAUDIT_DONE);
    ck_assert_str_eq(leads_of_scores(), "SCORE-PROVIDER D0\n");
    ck_assert_uint_eq(count("line "), 0);
    run_as((claimaudit_options){.db = db, .scores = 1}, 1, CLAIMAUDIT_DONE);
    ck_assert_uint_eq(found.len + scored.len, 0);    /* done already */
    run_as((claimaudit_options){.db = db, .scores = 1}, 2, CLAIMAUDIT_DONE);
    ck_assert_uint_gt(count("line "), 0);
}
END_TEST

/* The same with the report and beside it. */
START_TEST(the_model_of_a_report_for_scans_without)
{
    run_as((claimaudit_options){.db = db, .scores = 1}, 1, CLAIMAUDIT_DONE);
    run_as((claimaudit_options){.model = db, .scores = 1}, 2, CLAIMAUDIT_DONE);
    ca_buf leads, all;
    ca_buf_init(&leads);
    ca_buf_init(&all);
    ca_buf_add_cstr(&leads, leads_of_scores());
    ca_buf_add_text(&all, ca_buf_text(&scored));
    run_as((claimaudit_options){.db = db, .scores = 1}, 2, CLAIMAUDIT_DONE);
    ck_assert_str_eq(ca_buf_cstr(&leads), leads_of_scores());
    ck_assert_str_eq(ca_buf_cstr(&all), ca_buf_cstr(&scored));
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&leads), "SCORE-LINE C2-"));
    ca_buf_done(&leads);
    ca_buf_done(&all);
}
END_TEST

START_TEST(as_many_as_are_kept)
{
    run_as((claimaudit_options){.db = db, .scores = 1}, 1, CLAIMAUDIT_DONE);
    run_as((claimaudit_options){.model = db, .scores = 1, .max_scores = 5}, 2, CLAIMAUDIT_DONE);
    ck_assert_uint_eq(count("provider "), 5);
    ck_assert_uint_ge(count("line "), 5);
    ck_assert_uint_le(count("line "), 5 + count(" lead"));
}
END_TEST

/* A model of twelve months says nothing of two. */
START_TEST(a_model_for_other_files_is_an_alarm)
{
    run_as((claimaudit_options){.db = db, .scores = 1}, 1, CLAIMAUDIT_DONE);
    run_as((claimaudit_options){.model = db, .scores = 1, .score_months = 2}, 2, CLAIMAUDIT_ALARM);
    ck_assert_str_eq(leads_of_scores(), "");
    ck_assert_uint_eq(scored.len, 0);
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&found), "CORE-0001"));
}
END_TEST

START_TEST(the_callback_can_stop)
{
    claimaudit_scan *scan = NULL;
    int most = 3;
    const claimaudit_options options = {.work = folder, .scores = 1};
    ck_assert_int_eq(claimaudit_scan_open(engine, &options, &scan, &error), 0);
    push_claims(scan, 1);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, &error), CLAIMAUDIT_DONE);
    ck_assert_int_eq(claimaudit_scan_scores(scan, take_score, &most, &error), 99);
    ck_assert_uint_eq(count("provider "), 3);
    ca_buf_clear(&scored);
    ck_assert_int_eq(claimaudit_scan_scores(scan, take_score, NULL, &error), CLAIMAUDIT_DONE);
    ck_assert_uint_eq(count("provider "), 80);
    ck_assert_int_eq(claimaudit_scan_scores(scan, NULL, NULL, &error), CLAIMAUDIT_USAGE);
    claimaudit_scan_close(scan);
    ck_assert_int_eq(claimaudit_scan_scores(NULL, take_score, NULL, &error), CLAIMAUDIT_USAGE);
}
END_TEST

static void refused(claimaudit_options options, const char *words)
{
    claimaudit_scan *scan = NULL;
    options.work = folder;
    ck_assert_int_eq(claimaudit_scan_open(engine, &options, &scan, &error), CLAIMAUDIT_USAGE);
    ck_assert_ptr_null(scan);
    ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

START_TEST(options_that_cannot_be_meant)
{
    refused((claimaudit_options){.model = db, .scores = 1}, "has no model");
    refused((claimaudit_options){.model = db}, "scores is 0");
    refused((claimaudit_options){.model = db, .db = db, .scores = 1}, "the report of a scan has its own");
    refused((claimaudit_options){.score_months = 121}, "at most 120");
}
END_TEST

START_TEST(memory_runs_out)
{
    int done = -1;
    for (uint64_t after = 1; done != CLAIMAUDIT_DONE && after < 2000000; after += 1 + after / 6) {
        claimaudit_scan *scan = NULL;
        const claimaudit_options options = {.work = folder, .scores = 1};
        ca_buf_clear(&scored);
        ck_assert_int_eq(claimaudit_scan_open(engine, &options, &scan, &error), 0);
        push_claims(scan, 1);
        ca_alloc_fail(after, 1);
        done = claimaudit_scan_finish(scan, NULL, NULL, NULL, &error);
        int told = done ? 0 : claimaudit_scan_scores(scan, take_score, NULL, &error);
        ca_alloc_fail(0, 0);
        ck_assert_msg(!told || error.status == CLAIMAUDIT_FAILED, "%d %s", told, error.message);
        done = done ? done : told;
        ck_assert_msg(done == CLAIMAUDIT_DONE || error.status == CLAIMAUDIT_FAILED, "%d %s", done, error.message);
        claimaudit_scan_close(scan);
    }
    ck_assert_int_eq(done, CLAIMAUDIT_DONE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_a_report_they_are_compared_with_each_other);
    tcase_add_test(tcase, only_when_asked);
    tcase_add_test(tcase, a_report_keeps_a_model);
    tcase_add_test(tcase, the_model_of_a_report_for_scans_without);
    tcase_add_test(tcase, as_many_as_are_kept);
    tcase_add_test(tcase, a_model_for_other_files_is_an_alarm);
    tcase_add_test(tcase, the_callback_can_stop);
    tcase_add_test(tcase, options_that_cannot_be_meant);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("run/public_score", add_tests)
