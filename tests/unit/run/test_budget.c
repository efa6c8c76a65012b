/* Tests of run/budget.c: what --memory is too little for is refused, and the figure that the refusal names is enough. */
#include "run/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/measuring.h"
#include "run/several.h"
#include "support/check_main.h"
#include "support/night.h"

#define MIB (UINT64_C(1) << 20)
#define PEOPLE 60000

static night n;

static void set_up(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units > 5", "");
    night_put(&n, "claims.csv", "claim_id,claim_type,line_no,patient_id,service_date,units,paid\n"
                                "A,professional,1,P1,2024-01-01,9,10\n");
}

static void tear_down(void)
{
    night_done(&n);
}

/* The figure that was named last, in bytes. */
static uint64_t named(void)
{
    const char *give = strstr(night_said(&n), "give --memory ");
    ck_assert_msg(give != NULL, "%s", night_said(&n));
    return strtoull(give + strlen("give --memory "), NULL, 10) * MIB;
}

static void people(unsigned count)
{
    char *text = malloc((size_t)count * 40 + 64);
    size_t len = (size_t)sprintf(text, "patient_id,birth_date,sex\n");
    for (unsigned i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "P%u,1980-01-01,F\n", i);
    night_put(&n, "patients.csv", text);
    free(text);
}

START_TEST(the_named_figure_is_enough_for_rules)
{
    n.options.memory = 1;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "--memory 1 bytes is too little for these rules"));
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
    n.options.memory = named();
    ck_assert_msg(night_scan(&n, "claims.csv") == 0, "%llu %s", (unsigned long long)n.options.memory, night_said(&n));
    n.options.memory -= 2 * MIB;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
}
END_TEST

START_TEST(exchanges_raise_the_figure)
{
    n.options.memory = 1;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
    uint64_t before = named();
    night_rule(&n, "CORE-0002", "pair", "a.paid > b.paid", "same: [patient_id, claim_id]\n");
    ck_assert_msg(night_scan(&n, "claims.csv") == CA_USAGE, "%s", night_said(&n));
    ck_assert_uint_ge(named(), before + 3 * MIB);
    ck_assert_uint_le(named(), before + 6 * MIB);
}
END_TEST

START_TEST(the_named_figure_is_enough_for_tables)
{
    n.options.memory = 1;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
    n.options.memory = named();
    people(PEOPLE);
    ck_assert_int_eq(night_scan(&n, "claims.csv patients.csv"), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "--memory leaves "));
    uint64_t figure = named();
    ck_assert_uint_gt(figure, n.options.memory);
    ck_assert_uint_lt(figure, n.options.memory + 16 * MIB);
    n.options.memory = figure;
    ck_assert_int_eq(night_scan(&n, "claims.csv patients.csv"), 0);
}
END_TEST

static ca_scan_state with_lists(ca_kept_list *lists, ca_setup *setup)
{
    return (ca_scan_state){.options = &n.options, .setup = setup, .kept = lists};
}

START_TEST(places_of_findings_have_a_share)
{
    ca_kept_list lists[3] = {{.cap = 1000}, {.cap = 24}, {0}};
    ca_setup setup;
    ca_error err;
    night_setup(&n, &setup);
    ca_scan_state scan = with_lists(lists, &setup);
    n.options.memory = 4 * (1024 * sizeof(ca_kept) + 5);
    ck_assert_int_eq(ca_budget_check_kept(&scan, 0, &err), 0);
    ck_assert_int_eq(ca_budget_check_kept(&scan, 5, &err), 0);
    ck_assert_int_eq(ca_budget_check_kept(&scan, 6, &err), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "the places of findings take"));
    ck_assert_ptr_nonnull(strstr(err.text, "give --memory 1M or more, or a smaller --max-findings"));
    ca_setup_done(&setup);
}
END_TEST

START_TEST(groups_are_as_large_as_is_asked_and_fits)
{
    ca_scan_state scan = {.options = &n.options, .held = MIB, .tables_held = true};
    n.options.memory = UINT64_C(1) << 30;
    size_t most = ca_budget_group_bytes(&scan);
    ck_assert_uint_gt(most, MIB);
    n.options.group_bytes = 1000;
    ck_assert_uint_eq(ca_budget_group_bytes(&scan), 1000);
    n.options.group_bytes = SIZE_MAX;
    ck_assert_uint_eq(ca_budget_group_bytes(&scan), most);
}
END_TEST

START_TEST(little_memory_makes_few_buckets)
{
    ca_several several = {.route_count = 1};
    ca_scan_state scan = {.options = &n.options, .held = MIB, .tables_held = true, .several = &several};
    ca_run_file file = {.info.size = 200 * MIB};
    n.options.memory = UINT64_C(1) << 32;
    ck_assert_uint_eq(ca_budget_buckets(&scan, ca_budget_writer_bytes(&scan)), 16);
    scan.files = &file;
    scan.file_count = 1;
    ck_assert_uint_eq(ca_budget_buckets(&scan, ca_budget_writer_bytes(&scan)), 64);
    file.info.size = UINT64_MAX;
    ck_assert_uint_eq(ca_budget_buckets(&scan, ca_budget_writer_bytes(&scan)), 1024);
    n.options.memory = 1;
    ck_assert_uint_eq(ca_budget_buckets(&scan, ca_budget_writer_bytes(&scan)), 32);
    n.options.buckets = 1024;
    ck_assert_uint_eq(ca_budget_buckets(&scan, ca_budget_writer_bytes(&scan)), 1024);
}
END_TEST

/* Each patient has a metric for each day. */
static void put_visits(unsigned count)
{
    char *text = malloc((size_t)count * 64 + 128);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, "claim_id,claim_type,line_no,patient_id,service_date,units,paid\n");
    for (unsigned i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "C%u,professional,1,P%u,2024-01-%02u,1,10\n", i, i / 20, i % 20 + 1);
    night_put(&n, "visits.csv", text);
    free(text);
}

/* 96 bytes a metric, at the floor 4.5 MiB: 49,152 of them. */
START_TEST(metrics_of_peers_have_a_share)
{
    night_put(&n, "rules/core/CORE-0002.yaml",
              "rule: CORE-0002\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: peer\nmessage: m\n"
              "entity: patient_id\npeers: [claim_type]\nwithin: day\njudge: open\nmin_peers: 2\n"
              "metric: count()\nwhen: metric > percentile(90)\n");
    n.options.memory = 1;
    put_visits(60000);
    ck_assert_int_eq(night_scan(&n, "visits.csv"), CA_USAGE);
    n.options.memory = named();
    ck_assert_int_eq(night_scan(&n, "visits.csv"), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "the metrics of entities and their peers take "));
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
    ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    n.options.memory = named();
    ck_assert_msg(night_scan(&n, "visits.csv") == 0, "%llu %s", (unsigned long long)n.options.memory, night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT offered, pass FROM v_rule_stats WHERE rule_id = 'CORE-0002'"), "60000|60000\n");
}
END_TEST

/* --- Scores --------------------------------------------------------------------------------------- */

static void put_features(unsigned lines)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "features:\n"
                           "  - {feature: per-claim, version: 1, title: T, entity: provider, ratio: 'sum(paid) / distinct(claim_id)',\n"
                           "     direction: more, say: \"{value}\", tests: []}\n");
    for (unsigned i = 0; i < lines; i++) {
        ca_buf_printf(&text, "  - {feature: line-%u, version: 1, title: T, entity: line, surprise: units, given: [claim_type],\n", i);
        ca_buf_add_cstr(&text, "     direction: more, say: \"{value}\", tests: []}\n");
    }
    memdisk_put(n.memory, "rules/core/features/some.yaml", text.ptr, text.len);
    ca_buf_done(&text);
}

START_TEST(scores_raise_the_figure)
{
    put_features(40);
    n.options.memory = 1;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
    uint64_t before = named();
    ck_assert_ptr_null(strstr(night_said(&n), "and scores"));
    n.options.scores = true;
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_USAGE);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "too little for these rules and scores: give --memory "));
    ck_assert_ptr_nonnull(strstr(night_said(&n), " or more, or --no-score"));
    ck_assert_uint_gt(named(), before);
    n.options.memory = named();
    ck_assert_msg(night_scan(&n, "claims.csv") == 0, "%s", night_said(&n));
}
END_TEST

/* Of all lines a rule hits it is noted which ones: 70,000 take more than an eighth of what is little. The night is not lost. */
START_TEST(too_many_lines_are_hit_for_scores)
{
    put_features(1);
    night_put(&n, "rules/core/features/hit.yaml",
              "feature: hit-share\nversion: 1\ntitle: T\nentity: patient\nshare: \"count(where hit('CORE-0001')) / count()\"\n"
              "direction: more\nsay: \"{value}\"\ntests: []\n");
    night_rule(&n, "CORE-0001", "line", "units > 0", "");
    n.options.scores = true;
    n.options.max_findings = 5;
    put_visits(70000);
    n.options.memory = 1;
    ck_assert_int_eq(night_scan(&n, "visits.csv"), CA_USAGE);
    n.options.memory = named();
    ck_assert_msg(night_scan(&n, "visits.csv") == 0, "%s", night_said(&n));
    const char *alarm = night_ask(&n, "SELECT alarms FROM v_runs");
    ck_assert_ptr_nonnull(strstr(alarm, "no scores were made: the lines that rules hit and features ask for take "));
    ck_assert_str_eq(night_ask(&n, "SELECT hit FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "70000\n");
    alarm = night_ask(&n, "SELECT alarms FROM v_runs");
    n.options.memory = strtoull(strstr(alarm, "give --memory ") + strlen("give --memory "), NULL, 10) * MIB;
    ck_assert_msg(night_scan(&n, "visits.csv") == 0, "%s", night_said(&n));
    alarm = night_ask(&n, "SELECT alarms FROM v_runs ORDER BY run_id DESC LIMIT 1");
    ck_assert_msg(strstr(alarm, "no scores") == NULL, "%s", alarm);
}
END_TEST

static uint64_t figure(const ca_error *err)
{
    const char *give = strstr(err->text, "give --memory ");
    ck_assert_msg(give != NULL, "%s", err->text);
    return strtoull(give + strlen("give --memory "), NULL, 10) * MIB;
}

START_TEST(scores_have_what_nothing_holds)
{
    ca_measuring measuring = {0};
    ca_scan_state scan = {.options = &n.options, .measuring = &measuring, .tables_held = true, .held_before = ca_alloc_held()};
    ca_error err;
    n.options.memory = 64 * MIB;
    ck_assert_uint_eq(ca_budget_room(&scan), 64 * MIB);
    void *rules = ca_alloc(24 * MIB);
    ck_assert_uint_le(ca_budget_room(&scan), 40 * MIB);
    ck_assert_uint_ge(ca_budget_room(&scan), 39 * MIB);
    ck_assert_uint_le(ca_budget_table_bytes(&scan), 8 * MIB);
    for (unsigned workers = 1; workers <= 4; workers++) {
        size_t buckets = ca_budget_entity_bucket(&scan, workers) + ca_budget_network_bytes(&scan, workers);
        ck_assert_uint_le(workers * ca_budget_sent_bytes(&scan, workers), 10 * MIB);
        ck_assert_uint_le(workers * (buckets + ca_budget_entity_bytes(&scan, workers)) + ca_budget_table_bytes(&scan), 40 * MIB);
    }
    ca_budget_begin_scores(&scan);
    ck_assert_int_eq(ca_budget_check_scores(&scan, 38 * MIB, 1, 1, &err), 0);
    ck_assert_int_eq(ca_budget_check_scores(&scan, 41 * MIB, 1, 1, &err), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "they take 41 MiB, --memory leaves "));
    ck_assert_uint_ge(figure(&err), 65 * MIB);
    ck_assert_uint_le(figure(&err), 96 * MIB);
    ca_free(rules);
}
END_TEST

/* A tenth was measured, and has 10 MiB: a hundred will be needed, besides what does not grow. */
START_TEST(what_grows_is_expected_to_go_on)
{
    ca_measuring measuring = {0};
    ca_scan_state scan = {.options = &n.options, .measuring = &measuring, .tables_held = true, .held_before = ca_alloc_held()};
    ca_error err;
    n.options.memory = 40 * MIB;
    ca_budget_begin_scores(&scan);
    void *steady = ca_alloc(32 * MIB);
    ca_budget_begin_growing(&scan);
    ck_assert_int_eq(ca_budget_check_scores(&scan, 0, 1, 10, &err), 0);
    void *grown = ca_alloc(10 * MIB);
    ck_assert_int_eq(ca_budget_check_scores(&scan, 0, 1, 10, &err), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, " so far, --memory leaves 40 MiB for them; give"));
    ck_assert_uint_ge(figure(&err), 132 * MIB);
    ck_assert_uint_le(figure(&err), 200 * MIB);
    ca_free(steady);
    ca_free(grown);
}
END_TEST

START_TEST(threads_that_measure_fit)
{
    ca_several several = {.route_count = 1};
    ca_measuring measuring = {0};
    ca_scan_state scan = {.options = &n.options, .measuring = &measuring, .several = &several, .tables_held = true,
                          .held_before = ca_alloc_held()};
    n.options.jobs = 4;
    n.options.memory = 512 * MIB;
    ck_assert_uint_eq(ca_budget_measurers(&scan), 4);
    void *rules = ca_alloc(512 * MIB - 40 * MIB);
    ck_assert_ptr_nonnull(rules);
    ck_assert_uint_eq(ca_budget_measurers(&scan), 2);
    n.options.memory -= 40 * MIB;
    ck_assert_uint_eq(ca_budget_measurers(&scan), 1);
    ca_free(rules);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_named_figure_is_enough_for_rules);
    tcase_add_test(tcase, metrics_of_peers_have_a_share);
    tcase_add_test(tcase, exchanges_raise_the_figure);
    tcase_add_test(tcase, the_named_figure_is_enough_for_tables);
    tcase_add_test(tcase, places_of_findings_have_a_share);
    tcase_add_test(tcase, groups_are_as_large_as_is_asked_and_fits);
    tcase_add_test(tcase, little_memory_makes_few_buckets);
    tcase_add_test(tcase, scores_raise_the_figure);
    tcase_add_test(tcase, too_many_lines_are_hit_for_scores);
    tcase_add_test(tcase, scores_have_what_nothing_holds);
    tcase_add_test(tcase, what_grows_is_expected_to_go_on);
    tcase_add_test(tcase, threads_that_measure_fit);
}

CA_CHECK_MAIN("run/budget", add_tests)
