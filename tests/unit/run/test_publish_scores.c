/* Scores in a report: their rules beside those of the set, leads as findings, and who is stored. */
#include "../report/sample.h"

#include "base/alloc.h"
#include "run/publish_scores.h"
#include "support/made_scores.h"

static ca_error err;
static made_scores made;

static ca_scores_told scores_of(uint64_t most_findings, uint64_t most_scores)
{
    return (ca_scores_told){&made.scored, 1, most_findings, most_scores};
}

static int publish(uint64_t identity, const ca_scores_told *scores)
{
    ca_report *report = NULL;
    int64_t run;
    ca_run_record record = sample_run(identity);
    ca_file_record file = sample_file(0, "in/claims.csv");
    ca_rule_record rule = sample_rule("CORE-0105", "high", 3);
    ca_finding_line line = sample_line(2, 12345);
    ca_finding hit = sample_finding(0, 7, &line, 1);
    record.model = scores->scored ? scores->scored->model : NULL;
    int rc = ca_report_open(sample_path, true, 0, &report, &err);
    rc = rc ? rc : ca_report_begin(report, &record, &run, &err);
    rc = rc ? rc : ca_report_add_file(report, &file, &err);
    rc = rc ? rc : ca_report_add_rule(report, 0, &rule, &err);
    rc = rc ? rc : ca_publish_score_rules(scores, report, &err);
    rc = rc ? rc : ca_report_add_finding(report, &hit, &err);
    rc = rc ? rc : ca_publish_scores(scores, report, &err);
    rc = rc ? rc : ca_report_commit(report, &err);
    ca_report_close(report);
    return rc;
}

static void put(uint64_t identity, const char *provider)
{
    ca_scores_told scores = scores_of(100, 100);
    made_scores_set(&made, provider);
    ck_assert_msg(publish(identity, &scores) == 0, "%s", err.text);
}

START_TEST(leads_stand_among_the_findings)
{
    put(1, "R7");
    ck_answer("SELECT finding_id, rule_id, rule_version, grade, severity, subject_kind, subject_id, exposure, exposure_scope,"
              " window_from, lines FROM v_findings ORDER BY 1",
              "1|CORE-0105|3|definite|high|line|outpatient/C1/2|12345|lines|NULL|1\n"
              "2|SCORE-PROVIDER|1|statistical|medium|rendering_provider_id|R7|123456|entity|2022-01-01|2\n"
              "3|SCORE-PATIENT|1|statistical|low|patient_id|P1|NULL|entity|2022-01-01|0\n"
              "4|SCORE-LINE|1|statistical|low|line|outpatient/C1/2|123456|entity|2022-01-01|1\n"
              "5|PAIR-PHARMACY|1|statistical|medium|pair|F1 + R9|99900|entity|2022-01-01|0\n"
              "6|PAIR-PHARMACY|1|statistical|medium|pair|F2 + R9|NULL|entity|2022-01-01|0\n"
              "7|PAIR-PROVIDER|1|statistical|medium|pair|R1 + R2|99900|entity|2022-01-01|0\n"
              "8|RING|1|statistical|medium|ring|R0 + R1 + R2 + R3 + R4 + R5 + R6 + R7 + 2 more|500000|entity|2022-01-01|0");
    ck_answer("SELECT rule_id, kind, status, offered, hit, excused, unknown, not_applicable, pass, findings, stored"
              " FROM v_rule_stats WHERE rule_id <> 'CORE-0105'",
              "SCORE-PROVIDER|score|active|20|1|0|1|0|18|1|1\n"
              "SCORE-PATIENT|score|active|300|1|0|0|0|299|1|1\n"
              "SCORE-LINE|score|active|4000|1|0|0|0|3999|1|1\n"
              "PAIR-PHARMACY|pair|active|7|2|0|0|0|5|2|2\n"
              "PAIR-PROVIDER|pair|active|5|1|0|0|0|4|1|1\n"
              "RING|ring|active|1|1|0|0|0|0|1|1");
    ck_answer("SELECT line_exposure, entity_exposure, exposure_missing, findings, model_version FROM v_runs",
              "12345|946712|2|8|2024-05-06.1");
    ck_answer("SELECT count(*) FROM v_line_exposure", "1");
}
END_TEST

START_TEST(scores_know_their_findings)
{
    put(1, "R7");
    ck_answer("SELECT entity_kind, entity_id, s.rank, s.lead, insufficient, s.excess, s.finding_id FROM entity_score JOIN v_entity_scores s USING(run_id, entity_kind, entity_id) ORDER BY entity_score_id",
              "provider|R7|1|1|0|123456|2\nprovider|R8|2|0|0|NULL|NULL\nprovider|R9|NULL|0|1|NULL|NULL\n"
              "patient|P1|1|1|0|NULL|3\npatient|P2|2|0|0|NULL|NULL\nline|outpatient/C1/2|1|1|0|123456|4");
    ck_answer("SELECT count(*), count(DISTINCT entity_id), sum(sentence = 'said by who made it'), min(length(sentence)) > 10"
              " FROM v_entity_reasons",
              "10|5|5|1");
    ck_answer("SELECT entity_id, count(*) FROM v_entity_features GROUP BY 1 ORDER BY 1", "P1|3\nR7|3\noutpatient/C1/2|3");
    ck_answer("SELECT count(*) FROM v_findings JOIN finding USING(finding_id)"
              " WHERE grade = 'statistical' AND json_array_length(evidence, '$.leaves') = 0 AND json_valid(evidence)",
              "7");
}
END_TEST

START_TEST(the_next_night_replaces_the_same_leads)
{
    put(1, "R7");
    put(2, "R70");
    ck_answer("SELECT run_id, rule_id, outcome, subject_id FROM v_findings_all WHERE rule_id LIKE 'SCORE-%' ORDER BY finding_id",
              "1|SCORE-PROVIDER|hit|R7\n1|SCORE-PATIENT|replaced|P1\n1|SCORE-LINE|replaced|outpatient/C1/2\n"
              "2|SCORE-PROVIDER|hit|R70\n2|SCORE-PATIENT|hit|P1\n2|SCORE-LINE|hit|outpatient/C1/2");
    ck_answer("SELECT count(*) FROM v_findings WHERE rule_id IN ('RING', 'PAIR-PHARMACY')", "3");
    ck_answer("SELECT count(*) FROM rule_version WHERE rule_id = 'RING'", "1");
}
END_TEST

START_TEST(as_many_as_shall_be_stored)
{
    made_scores_set(&made, "R7");
    made.kinds[0].leads = 1;
    ca_scores_told scores = scores_of(1, 1);
    ck_assert_int_eq(publish(1, &scores), 0);
    ck_answer("SELECT s.entity_kind, s.entity_id FROM entity_score s ORDER BY 1 DESC", "provider|R7\npatient|P1\nline|outpatient/C1/2");
    ck_answer("SELECT rule_id, findings, stored FROM v_rule_stats WHERE kind = 'pair'", "PAIR-PHARMACY|2|1\nPAIR-PROVIDER|1|1");
    ck_answer("SELECT subject_id FROM v_findings WHERE rule_id = 'PAIR-PHARMACY'", "F1 + R9");
    scores = scores_of(100, 0);
    ck_assert_int_eq(publish(2, &scores), 0);
    ck_answer("SELECT count(*) FROM v_entity_scores WHERE run_id = 2 AND lead", "3");
    ck_answer("SELECT count(*) FROM v_entity_scores WHERE run_id = 2", "3");
    scores = scores_of(100, 2);
    ck_assert_int_eq(publish(3, &scores), 0);
    ck_answer("SELECT entity_id FROM entity_score WHERE run_id = 3 ORDER BY entity_score_id", "R7\nR8\nP1\nP2\noutpatient/C1/2");
}
END_TEST

/* Rules of those of whom there is nobody would look as if they had found nothing; the others keep their numbers. */
START_TEST(kinds_without_anybody_have_no_rule)
{
    ca_arena arena;
    ca_scan_summary summary = {0};
    ca_scores_told scores = scores_of(100, 100);
    ca_arena_init(&arena);
    made_scores_set(&made, "R7");
    made.kinds[1] = (ca_scored_kind){.of = "pharmacy"};
    made.kinds[4] = (ca_scored_kind){.of = "laboratory+provider"};
    made.scores[3] = made.scores[5];
    made.count = 4;
    made.scored.pair_count = 2;
    ck_assert_int_eq(publish(1, &scores), 0);
    ck_assert_int_eq(ca_scores_summarise(&scores, &arena, &summary, &err), 0);
    ck_assert_uint_eq(summary.rule_count, 4);
    ck_assert_str_eq(summary.rules[1].id, "SCORE-LINE");
    ck_answer("SELECT rule_id, subject_id FROM v_findings WHERE grade = 'statistical' ORDER BY finding_id",
              "SCORE-PROVIDER|R7\nSCORE-LINE|outpatient/C1/2\nPAIR-PHARMACY|F1 + R9\nPAIR-PHARMACY|F2 + R9\n"
              "RING|R0 + R1 + R2 + R3 + R4 + R5 + R6 + R7 + 2 more");
    ck_answer("SELECT group_concat(rule_id, ' ') FROM v_rule_stats", "CORE-0105 SCORE-PROVIDER SCORE-LINE PAIR-PHARMACY RING");
    ca_arena_done(&arena);
}
END_TEST

START_TEST(a_run_without_scores)
{
    ca_scores_told none = {.first_rule = 1};
    ca_scan_summary summary = {0};
    ck_assert_int_eq(publish(1, &none), 0);
    ck_answer("SELECT (SELECT count(*) FROM v_findings), (SELECT count(*) FROM v_entity_scores), (SELECT count(*) FROM v_rule_stats)",
              "1|0|1");
    ck_answer("SELECT model FROM v_runs", "NULL");
    ck_assert_int_eq(ca_scores_summarise(&none, NULL, &summary, &err), 0);
    ck_assert_int_eq(ca_scores_findings(&none, NULL, NULL, &err), 0);
    ck_assert_uint_eq(summary.rule_count, 0);
}
END_TEST

START_TEST(the_summary_counts_leads)
{
    ca_arena arena;
    ca_scan_rule rules[] = {{.id = "CORE-0105", .findings = 5}};
    ca_scan_summary summary = {.rules = rules, .rule_count = 1, .findings = 5, .stored = 5};
    ca_scores_told scores = scores_of(1, 100);
    ca_arena_init(&arena);
    made_scores_set(&made, "R7");
    ck_assert_int_eq(ca_scores_summarise(&scores, &arena, &summary, &err), 0);
    ck_assert_uint_eq(summary.rule_count, 7);
    ck_assert_str_eq(summary.rules[0].id, "CORE-0105");
    ck_assert_str_eq(summary.rules[1].id, "SCORE-PROVIDER");
    ck_assert_uint_eq(summary.rules[1].unknown, 1);
    ck_assert_uint_eq(summary.rules[1].pass, 18);
    ck_assert_str_eq(summary.rules[4].id, "PAIR-PHARMACY");
    ck_assert_uint_eq(summary.rules[4].findings, 2);
    ck_assert_uint_eq(summary.rules[4].stored, 1);
    ck_assert_uint_eq(summary.findings, 5 + 7);
    ck_assert_uint_eq(summary.stored, 5 + 6);
    made.kinds[1].of = "patients";
    ck_assert_int_eq(ca_scores_summarise(&scores, &arena, &summary, &err), CA_FAIL);
    ck_assert_int_eq(publish(1, &scores), CA_FAIL);
    ck_answer("SELECT count(*) FROM run", "0");
    ca_arena_done(&arena);
}
END_TEST

static int count_lines(void *to, const ca_finding *finding, ca_error *error)
{
    (void)error;
    *(size_t *)to += 100 + finding->line_count;
    return 0;
}

START_TEST(places_are_those_of_findings)
{
    size_t counted = 0;
    ca_scores_told scores = scores_of(100, 100);
    made_scores_set(&made, "R7");
    ck_assert_int_eq(ca_scores_findings(&scores, count_lines, &counted, &err), 0);
    ck_assert_uint_eq(counted, 703);
}
END_TEST

#define ROWS "SELECT (SELECT count(*) FROM v_runs), (SELECT count(*) FROM v_entity_scores), (SELECT count(*) FROM v_findings)"

START_TEST(memory_runs_out)
{
    ca_scores_told scores = scores_of(100, 100);
    unsigned failures = 0;
    put(1, "R7");
    uint64_t start = ca_alloc_calls();
    put(2, "R7");
    uint64_t calls = ca_alloc_calls() - start;
    bool fresh = false;
    for (uint64_t n = 1; n <= calls; n += 1 + calls / 20) {
        if (!fresh) {    /* what failed left nothing behind */
            sample_stop();
            sample_start();
            put(1, "R7");
        }
        ca_alloc_fail(n, _i);
        int rc = publish(2, &scores);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "call %llu: %d %s", (unsigned long long)n, rc, err.text);
        ck_answer(ROWS, rc ? "1|6|8" : "2|12|8");
        failures += rc != 0;
        fresh = rc != 0;
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

static void use_our_memory(void)
{
    ck_assert_int_eq(ca_report_use_allocator(&err), 0);
    sample_start();
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, use_our_memory, sample_stop);
    tcase_add_test(tcase, leads_stand_among_the_findings);
    tcase_add_test(tcase, scores_know_their_findings);
    tcase_add_test(tcase, the_next_night_replaces_the_same_leads);
    tcase_add_test(tcase, as_many_as_shall_be_stored);
    tcase_add_test(tcase, kinds_without_anybody_have_no_rule);
    tcase_add_test(tcase, a_run_without_scores);
    tcase_add_test(tcase, the_summary_counts_leads);
    tcase_add_test(tcase, places_are_those_of_findings);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
}

CA_CHECK_MAIN("run/publish_scores", add_tests)
