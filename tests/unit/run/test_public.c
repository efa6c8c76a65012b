/* Tests of include/claimaudit.h: what a program that embeds the engine relies on. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claimaudit.h"
#include "base/alloc.h"
#include "support/check_main.h"

static char folder[] = "/tmp/ca-public-XXXXXX";
static char profile[64], rules[64], vocabulary[64], core[64], rule[64], broken[64], db[64];
static claimaudit_config config;
static claimaudit_error error;
static char problems[4096];
static char found[4096];

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void remember(void *context, const char *file, unsigned line, unsigned column, const char *text)
{
    size_t used = strlen(problems);
    const char *slash = strrchr(file, '/');
    ck_assert_ptr_eq(context, &config);
    snprintf(problems + used, sizeof problems - used, "%s:%u:%u: %s\n", slash ? slash + 1 : file, line, column, text);
}

static int collect(void *context, const claimaudit_finding *finding)
{
    size_t used = strlen(found);
    int *most = context;
    const claimaudit_line *line = &finding->lines[0];
    ck_assert_uint_eq(finding->line_count, 1);
    ck_assert_str_eq(line->role, "line");
    ck_assert_str_eq(line->claim_type, "professional");
    ck_assert_str_eq(line->claim_id, finding->claim_id);
    ck_assert(line->claim_part == 1 && line->count == 1 && !line->whole_claim && line->paid == finding->exposure);
    ck_assert(!finding->entity_kind && !finding->entity_id && !finding->exposure_of_entity && !finding->window_from);
    snprintf(found + used, sizeof found - used, "%s %s %lld %s %lld %s row %llu at %llu\n", finding->rule,
             finding->claim_id, (long long)finding->line_no, finding->service_date ? finding->service_date : "-",
             (long long)(finding->exposure == CLAIMAUDIT_NO_AMOUNT ? -1 : finding->exposure), finding->lines[0].file,
             (unsigned long long)finding->lines[0].row, (unsigned long long)finding->lines[0].offset);
    return most && --*most == 0 ? 99 : 0;
}

static void name(char *to, const char *rest)
{
    snprintf(to, 64, "%s/%s", folder, rest);
}

static void setup(void)
{
    strcpy(folder, "/tmp/ca-public-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char command[160];
    name(rules, "rules");
    name(core, "rules/core");
    snprintf(command, sizeof command, "mkdir -p %s", core);
    ck_assert_int_eq(system(command), 0);
    name(profile, "profile.yaml");
    name(vocabulary, "rules/vocabulary.yaml");
    name(rule, "rules/core/CORE-0001.yaml");
    name(broken, "broken.yaml");
    name(db, "report.db");
    snprintf(command, sizeof command, "cp %s/rules/vocabulary.yaml %s", getenv("CA_SOURCE_ROOT"), vocabulary);
    ck_assert_int_eq(system(command), 0);
    put(profile, "profile: p\ntitle: P\njurisdiction: core\ncurrency: USD\ndates: [yyyy-mm-dd]\nlayouts:\n"
                 "  - layout: claims\n    records: claims\n    columns: [claim_id, units]\n    optional: yes\n"
                 "    fields: {claim_id: claim_id, claim_type: {value: professional}, line_no: line_no, units: units,\n"
                 "      paid: paid, service_date: service_date, paid_date: paid_date}\n");
    put(rule, "rule: CORE-0001\nversion: 1\ntitle: No units\nstatus: active\nseverity: low\ncategory: coding\n"
              "kind: line\nwhen: units <= 0\nmessage: 'Paid {paid} for {units} units.'\ntests:\n"
              "  - name: none hits, one does not\n    lines: |\n      id  units\n      1   0\n      2   1\n    hits: [1]\n");
    config = (claimaudit_config){.profile = profile, .rules = rules, .on_problem = remember, .context = &config};
    error = (claimaudit_error){0};
    problems[0] = found[0] = 0;
}

static void teardown(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static claimaudit_engine *open_engine(void)
{
    claimaudit_engine *engine = NULL;
    int status = claimaudit_open(&config, &engine, &error);
    ck_assert_msg(status == 0, "%s %s", error.message, problems);
    return engine;
}

static claimaudit_scan *open_scan(claimaudit_engine *engine, const char *report)
{
    claimaudit_scan *scan = NULL;
    claimaudit_options options = {.db = report, .work = folder};
    ck_assert_msg(claimaudit_scan_open(engine, &options, &scan, &error) == 0, "%s", error.message);
    return scan;
}

static void push(claimaudit_scan *scan, const char *file, const char *text)
{
    ck_assert_msg(claimaudit_scan_push(scan, file, text, strlen(text), &error) == 0, "%s", error.message);
}

#define NIGHT "claim_id,line_no,units,paid,service_date\nA,1,0,5,2024-03-01\nA,2,1,5,2024-03-01\nB,1,0,7.5,2024-03-02\n"
#define LEADS "CORE-0001 B 1 2024-03-02 750 a.csv row 4 at 79\nCORE-0001 A 1 2024-03-01 500 a.csv row 2 at 41\n"

static void no_files_left(const char *besides)
{
    char command[256];
    snprintf(command, sizeof command, "test -z \"$(ls %s | grep -v -E '^(rules|profile.yaml%s)$')\"", folder, besides);
    ck_assert_msg(system(command) == 0, "files are left");
}

START_TEST(buffers_in_findings_out)
{
    for (size_t piece = 1; piece < sizeof NIGHT; piece += 13) {
        claimaudit_engine *engine = open_engine();
        claimaudit_scan *scan = open_scan(engine, NULL);
        claimaudit_result result;
        found[0] = 0;
        for (size_t at = 0; at < strlen(NIGHT); at += piece) {
            size_t rest = strlen(NIGHT) - at;
            ck_assert_int_eq(claimaudit_scan_push(scan, "a.csv", &NIGHT[at], piece < rest ? piece : rest, &error), 0);
        }
        ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, &result, &error), CLAIMAUDIT_DONE);
        ck_assert_str_eq(found, LEADS);
        ck_assert_uint_eq(result.rows_read, 3);
        ck_assert_uint_eq(result.findings, 2);
        ck_assert_int_eq(result.run, 0);
        claimaudit_scan_close(scan);
        claimaudit_close(engine);
        no_files_left("");
    }
}
END_TEST

START_TEST(an_engine_serves_one_scan_after_another)
{
    claimaudit_engine *engine = open_engine();
    for (int i = 0; i < 3; i++) {
        claimaudit_scan *scan = open_scan(engine, NULL);
        claimaudit_scan *second = NULL;
        found[0] = 0;
        push(scan, "a.csv", NIGHT);
        ck_assert_int_eq(claimaudit_scan_open(engine, &(claimaudit_options){0}, &second, &error), CLAIMAUDIT_USAGE);
        ck_assert_ptr_null(second);
        ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, NULL, NULL), CLAIMAUDIT_DONE);
        ck_assert_str_eq(found, LEADS);
        claimaudit_scan_close(scan);
    }
    claimaudit_close(engine);
}
END_TEST

/* A later file may replace a line: that is why nothing is delivered before the end. */
START_TEST(a_lead_on_a_superseded_line_is_not_delivered)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    push(scan, "a.csv", "claim_id,line_no,units,paid_date\nA,1,0,2024-03-01\n");
    push(scan, "b.csv", "claim_id,line_no,units,paid_date\nA,1,2,2024-03-09\n");
    ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, NULL, &error), CLAIMAUDIT_DONE);
    ck_assert_str_eq(found, "");
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
}
END_TEST

START_TEST(a_report_is_written_and_recognised)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_result result;
    for (int i = 0; i < 2; i++) {
        claimaudit_scan *scan = open_scan(engine, db);
        push(scan, "a.csv", NIGHT);
        ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, &result, &error), CLAIMAUDIT_DONE);
        ck_assert_int_eq(result.run, 1);
        ck_assert_int_eq(result.already_done, i);
        claimaudit_scan_close(scan);
    }
    ck_assert_str_eq(found, LEADS);
    claimaudit_close(engine);
    no_files_left("|report.db.*");
}
END_TEST

START_TEST(a_report_in_use_is_refused_before_anything_is_pushed)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_engine *other = open_engine();
    claimaudit_scan *scan = open_scan(engine, db);
    claimaudit_scan *late = NULL;
    ck_assert_int_eq(claimaudit_scan_open(other, &(claimaudit_options){.db = db}, &late, &error), CLAIMAUDIT_BUSY);
    ck_assert_ptr_null(late);
    ck_assert_ptr_nonnull(strstr(error.message, "another run, process "));
    claimaudit_scan_close(scan);
    late = open_scan(other, db);
    claimaudit_scan_close(late);
    claimaudit_close(engine);
    claimaudit_close(other);
}
END_TEST

START_TEST(the_callback_can_stop)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    int most = 1;
    push(scan, "a.csv", NIGHT);
    ck_assert_int_eq(claimaudit_scan_finish(scan, collect, &most, NULL, &error), 99);
    ck_assert_str_eq(found, "CORE-0001 B 1 2024-03-02 750 a.csv row 4 at 79\n");
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
}
END_TEST

START_TEST(every_mistake_is_told)
{
    claimaudit_engine *engine = NULL;
    const char *own[] = {broken};
    put(broken, "rule: BROKEN-0001\nversion: x\nkind: line\nwhen: unitz <= 0\nmessage: m\n");
    config.own_rules = own;
    config.own_rule_count = 1;
    ck_assert_int_eq(claimaudit_open(&config, &engine, &error), CLAIMAUDIT_CONFIG);
    ck_assert_ptr_null(engine);
    ck_assert_ptr_nonnull(strstr(problems, "broken.yaml:2:10: "));
    ck_assert_ptr_nonnull(strstr(problems, "broken.yaml:4:7: unknown column 'unitz'; did you mean 'units'?"));
    ck_assert_ptr_nonnull(strstr(error.message, "errors in the configuration"));
}
END_TEST

START_TEST(a_header_that_fits_nothing_is_told)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    push(scan, "odd.csv", "a,b\n1,2\n");
    ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, NULL, &error), CLAIMAUDIT_CONFIG);
    ck_assert_ptr_nonnull(strstr(problems, "odd.csv:0:0: "));
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
    no_files_left("");
}
END_TEST

START_TEST(packed_bytes_are_refused)
{
    static const unsigned char packed[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0, 0};
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    ck_assert_int_eq(claimaudit_scan_push(scan, "a.csv.gz", packed, sizeof packed, &error), CLAIMAUDIT_DONE);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, &error), CLAIMAUDIT_CONFIG);
    ck_assert_ptr_nonnull(strstr(problems, "pushed packed: unpack it first"));
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
}
END_TEST

START_TEST(calls_that_cannot_be_meant)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, &error), CLAIMAUDIT_USAGE);
    ck_assert_ptr_nonnull(strstr(error.message, "no file"));
    push(scan, "a.csv", NIGHT);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, &error), CLAIMAUDIT_DONE);
    ck_assert_int_eq(claimaudit_scan_push(scan, "b.csv", "x", 1, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_file(scan, "b.csv", &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, NULL), CLAIMAUDIT_USAGE);
    claimaudit_scan_close(scan);
    claimaudit_scan_close(NULL);
    claimaudit_close(engine);
    claimaudit_close(NULL);
    ck_assert_int_eq(claimaudit_open(&(claimaudit_config){0}, &engine, NULL), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_open(NULL, &engine, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_open(NULL, &(claimaudit_options){0}, &scan, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_push(NULL, "a.csv", "x", 1, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_finish(NULL, NULL, NULL, NULL, &error), CLAIMAUDIT_USAGE);
}
END_TEST

START_TEST(arguments_that_are_missing)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, NULL);
    ck_assert_int_eq(claimaudit_scan_push(scan, NULL, "x", 1, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_push(scan, "a.csv", NULL, 1, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_file(scan, NULL, &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_push(scan, "a.csv", NULL, 0, &error), CLAIMAUDIT_DONE);
    push(scan, "a.csv", NIGHT);
    ck_assert_int_eq(claimaudit_scan_finish(scan, NULL, NULL, NULL, &error), CLAIMAUDIT_DONE);
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
}
END_TEST

/* A caller that goes on regardless must not get the findings of half a file. */
START_TEST(after_a_push_that_failed_nothing_is_judged)
{
    claimaudit_engine *engine = open_engine();
    claimaudit_scan *scan = open_scan(engine, db);
    push(scan, "a.csv", NIGHT);
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(claimaudit_scan_push(scan, "b.csv", NIGHT, strlen(NIGHT), &error), CLAIMAUDIT_FAILED);
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(claimaudit_scan_push(scan, "b.csv", NIGHT, strlen(NIGHT), &error), CLAIMAUDIT_USAGE);
    ck_assert_int_eq(claimaudit_scan_finish(scan, collect, NULL, NULL, &error), CLAIMAUDIT_USAGE);
    ck_assert_ptr_nonnull(strstr(error.message, "a push failed before"));
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
    no_files_left("|report.db.lock");
}
END_TEST

/* The folders of scans without a report lie side by side, and each scan looks for those of killed ones. */
static void *open_and_close(void *context)
{
    claimaudit_engine *engine = NULL;
    int *failed = context;
    claimaudit_options options = {.work = folder};
    *failed = claimaudit_open(&config, &engine, NULL);
    for (int i = 0; *failed == 0 && i < 100; i++) {
        claimaudit_scan *scan = NULL;
        *failed = claimaudit_scan_open(engine, &options, &scan, NULL);
        *failed = *failed ? *failed : claimaudit_scan_push(scan, "a.csv", NIGHT, strlen(NIGHT), NULL);
        claimaudit_scan_close(scan);
    }
    claimaudit_close(engine);
    return NULL;
}

START_TEST(scans_at_once_leave_each_other_alone)
{
    pthread_t threads[4];
    int failed[4];
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_close, &failed[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(failed[i], 0);
    }
    no_files_left("");
}
END_TEST

/* A program that was killed could not clean up; the next one does. What a living one uses stays. */
START_TEST(what_a_killed_program_left_is_removed)
{
    char command[256];
    claimaudit_engine *engine = open_engine();
    claimaudit_engine *other = open_engine();
    claimaudit_scan *living = open_scan(engine, NULL);
    push(living, "a.csv", NIGHT);
    snprintf(command, sizeof command,
             "cd %s && mkdir claimaudit.00000000000000ff.work && cd claimaudit.00000000000000ff.work"
             " && touch lock exchange stream.0 && mkdir ../claimaudit.abc.work", folder);
    ck_assert_int_eq(system(command), 0);
    claimaudit_scan *next = open_scan(other, NULL);
    snprintf(command, sizeof command, "cd %s && test ! -e claimaudit.00000000000000ff.work && rmdir claimaudit.abc.work",
             folder);
    ck_assert_int_eq(system(command), 0);
    claimaudit_scan_close(next);
    ck_assert_int_eq(claimaudit_scan_finish(living, collect, NULL, NULL, &error), CLAIMAUDIT_DONE);
    ck_assert_str_eq(found, LEADS);
    claimaudit_scan_close(living);
    claimaudit_close(engine);
    claimaudit_close(other);
    no_files_left("");
}
END_TEST

/* Whatever allocation fails, nothing leaks, nothing is left, and the next try works. */
START_TEST(memory_runs_out)
{
    int done = -1;
    for (uint64_t after = 1; done != CLAIMAUDIT_DONE && after < 20000; after += after < 50 ? 1 : 37) {
        claimaudit_engine *engine = NULL;
        claimaudit_scan *scan = NULL;
        claimaudit_options options = {.work = folder};
        ca_alloc_fail(after, 1);
        done = claimaudit_open(&config, &engine, &error);
        done = done ? done : claimaudit_scan_open(engine, &options, &scan, &error);
        done = done ? done : claimaudit_scan_push(scan, "a.csv", NIGHT, strlen(NIGHT), &error);
        done = done ? done : claimaudit_scan_finish(scan, collect, NULL, NULL, &error);
        ca_alloc_fail(0, 0);
        claimaudit_scan_close(scan);
        claimaudit_close(engine);
        ck_assert_msg(done == CLAIMAUDIT_DONE || error.status == CLAIMAUDIT_FAILED, "%d %s", done, error.message);
        no_files_left("");
    }
    ck_assert_int_eq(done, CLAIMAUDIT_DONE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, buffers_in_findings_out);
    tcase_add_test(tcase, an_engine_serves_one_scan_after_another);
    tcase_add_test(tcase, a_lead_on_a_superseded_line_is_not_delivered);
    tcase_add_test(tcase, a_report_is_written_and_recognised);
    tcase_add_test(tcase, a_report_in_use_is_refused_before_anything_is_pushed);
    tcase_add_test(tcase, the_callback_can_stop);
    tcase_add_test(tcase, every_mistake_is_told);
    tcase_add_test(tcase, a_header_that_fits_nothing_is_told);
    tcase_add_test(tcase, packed_bytes_are_refused);
    tcase_add_test(tcase, calls_that_cannot_be_meant);
    tcase_add_test(tcase, arguments_that_are_missing);
    tcase_add_test(tcase, after_a_push_that_failed_nothing_is_judged);
    tcase_add_test(tcase, scans_at_once_leave_each_other_alone);
    tcase_add_test(tcase, what_a_killed_program_left_is_removed);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("run/public", add_tests)
