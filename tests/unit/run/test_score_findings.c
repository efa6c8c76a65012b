/* Findings of scores: who they are about, what they say, and that the next night finds the same ones. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/made_scores.h"

static ca_error err;
static made_scores made;

#define MOST 16

/* What was visited, as text. */
typedef struct taken {
    char text[8192];
    char evidence[MOST][4096];
    ca_digest keys[MOST];
    size_t findings, scores;
    size_t stop_at;    /* finding at which the visitor fails; 0 = never */
} taken;

static taken seen;

static void say(const char *text, size_t len)
{
    size_t used = strlen(seen.text);
    snprintf(seen.text + used, sizeof seen.text - used, "%.*s", (int)len, text);
}

static void say_subject(const ca_finding *finding)
{
    char part[128];
    if (finding->entity_kind) {
        say(finding->entity_id.ptr, finding->entity_id.len);
    } else {
        snprintf(part, sizeof part, "%.*s/%lld", (int)finding->claim_id.len, finding->claim_id.ptr, (long long)finding->line_no);
        say(part, strlen(part));
    }
}

static void say_finding(const ca_finding *finding)
{
    char part[256];
    snprintf(part, sizeof part, "%u %s ", finding->rule, finding->entity_kind ? finding->entity_kind : "line");
    say(part, strlen(part));
    say_subject(finding);
    snprintf(part, sizeof part, " %lld in %d..%d, %zu lines: ",
             finding->exposure == CA_EXPOSURE_MISSING ? -1 : (long long)finding->exposure,
             finding->has_window ? finding->window_from : 0, finding->has_window ? finding->window_to : 0, finding->line_count);
    say(part, strlen(part));
    say(finding->message.ptr, finding->message.len);
    say("\n", 1);
}

static int take(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *error)
{
    ck_assert_ptr_eq(to, &seen);
    seen.scores += score != NULL;
    if (!finding) {
        ck_assert(!score->lead);
        return 0;
    }
    if (seen.findings + 1 == seen.stop_at) {
        return ca_error_set(error, CA_FAIL, "no more");
    }
    ck_assert_uint_lt(seen.findings, MOST);
    ck_assert_int_eq(finding->outcome, CA_HIT);
    ck_assert(finding->of_entity);
    ck_assert_uint_eq(finding->reason.len, 0);
    for (size_t i = 0; i < finding->line_count; i++) {
        ck_assert(finding->lines[i].exposure == CA_EXPOSURE_MISSING);
    }
    seen.keys[seen.findings] = finding->key;
    snprintf(seen.evidence[seen.findings], sizeof *seen.evidence, "%.*s", (int)finding->evidence.len, finding->evidence.ptr);
    seen.findings++;
    say_finding(finding);
    return 0;
}

static int make(uint64_t most)
{
    memset(&seen, 0, sizeof seen);
    return ca_scored_findings(&made.scored, 40, most, false, take, &seen, &err);
}

static void make_all(void)
{
    made_scores_set(&made, "R7");
    ck_assert_msg(make(100) == 0, "%s", err.text);
}

#define SENTENCE(peers)                                                                                                      \
    "paid per patient 142.00, 14.2 times the peer median of 10.00 (higher than 99.9 % of " peers ": cardiology, north,"            \
    " large; from 1,204 claims)\n"
#define PAIR(pharmacy)                                                                                               \
    "pharmacy " pharmacy " and prescriber R9 share 24 patients of north, 9.4 times the 2.55 to be expected"           \
    " (of 40,000 patients there the one saw 1,200, the other 85; Jaccard 0.02)\n"

#define ck_same(text, expected) ck_assert_msg(strcmp(text, expected) == 0, "%s", text)    /* too long for Check itself */

START_TEST(leads_become_findings)
{
    make_all();
    ck_same(seen.text,
                     "40 rendering_provider_id R7 123456 in 18993..19357, 2 lines: " SENTENCE("the like; 312 peers")
                     "41 patient_id P1 -1 in 18993..19357, 0 lines: " SENTENCE("the like; 312 peers")
                     "42 line C1/2 123456 in 18993..19357, 1 lines: " SENTENCE("312 lines")
                     "43 pair F1 + R9 99900 in 18993..19357, 0 lines: " PAIR("F1")
                     "43 pair F2 + R9 -1 in 18993..19357, 0 lines: " PAIR("F2")
                     "44 pair R1 + R2 99900 in 18993..19357, 0 lines: provider R1 and provider R2 share 24 patients of north, 9.4 "
                     "times the 2.55 to be expected (of 40,000 patients there the one saw 121, the other 122; Jaccard 0.02)\n"
                     "45 ring R0 + R1 + R2 + R3 + R4 + R5 + R6 + R7 + 2 more 500000 in 18993..19357, 0 lines: 10 entities hang "
                     "together by 18 of 45 possible pairs that share more patients than is to be expected; patients seen by at "
                     "least half of them: 48\n");
    ck_assert_uint_eq(seen.scores, CA_MADE_SCORES);
}
END_TEST

START_TEST(each_has_a_key_of_its_own)
{
    make_all();
    for (size_t a = 0; a < seen.findings; a++) {
        for (size_t b = 0; b < a; b++) {
            ck_assert(ca_digest_cmp(seen.keys[a], seen.keys[b]) != 0);
        }
    }
}
END_TEST

/* Another night: other days, other values, another model. */
START_TEST(keys_name_rule_and_subject_only)
{
    make_all();
    taken first = seen;
    made_scores_set(&made, "R7");
    made.model.from += 31;
    made.model.to += 31;
    made.model.version = "2024-06-06.1";
    made.reasons[0].feature.value = 1420;
    made.scores[0].line_count = 1;
    made.scores[0].excess = 1;
    made.pairs[0].shared = 30;
    made.rings[0].patients = 50;
    ck_assert_int_eq(make(100), 0);
    ck_assert_uint_eq(seen.findings, first.findings);
    ck_assert_mem_eq(seen.keys, first.keys, sizeof seen.keys);
    ck_assert_str_ne(seen.text, first.text);
    made_scores_set(&made, "R70");
    made.members[9].id = CA_TEXT("R10");    /* not among those that are named */
    ck_assert_int_eq(make(100), 0);
    ck_assert(ca_digest_cmp(seen.keys[0], first.keys[0]) != 0);
    ck_assert(ca_digest_cmp(seen.keys[6], first.keys[6]) != 0);
    ck_assert_mem_eq(seen.keys + 1, first.keys + 1, 5 * sizeof *seen.keys);
}
END_TEST

START_TEST(evidence_has_all_reasons)
{
    make_all();
    static const char *const parts[] = {
        "{\"rule\":\"SCORE-PROVIDER\",\"version\":1,\"logic\":\"ccdd00", "\"leaves\":[],\"model\":{\"name\":\"us\",\"version\":\"2024-05-06.1\","
        "\"digest\":\"aabb00", "\"from\":\"2022-01-01\",\"to\":\"2022-12-31\"}",
        "\"score\":{\"kind\":\"provider\",\"id\":\"R7\",\"score\":20.5,\"p_value\":0.000125,\"q_value\":0.03125,\"rank\":1,\"small\":false,"
        "\"cell\":\"cardiology, north, large\",\"cell_size\":312,\"volume\":1204,\"excess\":123456}",
        "\"reasons\":[{\"feature\":\"provider-paid-per-patient\",\"title\":\"paid per patient\",\"sentence\":\"paid per patient 142.00, 14.2",
        "\"unit\":\"money\",\"direction\":\"more\",\"value\":142,\"peer_median\":10,\"ratio\":14.2,\"percentile\":0.9991,\"exposure\":1204,"
        "\"exposure_of\":\"claims\",\"z\":6.25,\"p_value\":0.0009,\"cell\":\"cardiology, north, large\",\"cell_size\":312,\"share\":0.75}",
        "{\"feature\":\"provider-weekend-share\",\"title\":\"share of services on weekends\",\"sentence\":\"said by who made it\"",
        "\"ratio\":null", "\"share\":0.25,\"expected\":0.125,\"deviation\":6.3}]}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        ck_assert_msg(strstr(seen.evidence[0], parts[i]) != NULL, "%s is not in %s", parts[i], seen.evidence[0]);
    }
    ck_assert_ptr_nonnull(strstr(seen.evidence[1], "\"excess\":null"));
}
END_TEST

START_TEST(evidence_has_the_members)
{
    make_all();
    ck_assert_ptr_nonnull(strstr(seen.evidence[3], "\"pair\":{\"region\":\"north\",\"population\":40000,\"shared\":24,\"expected\":2.55,"
                                                   "\"lift\":9.41,\"jaccard\":0.019,\"log_p\":-40.25,\"q_value\":1e-09,\"rank\":1,"
                                                   "\"paid\":99900},\"members\":[{\"kind\":\"pharmacy\",\"id\":\"F1\",\"group\":\"\","
                                                   "\"patients\":1200,\"shared\":24,\"paid\":null},{\"kind\":\"prescriber\",\"id\":\"R9\","
                                                   "\"group\":\"cardiology\",\"patients\":85,\"shared\":24,\"paid\":4400}]}"));
    ck_assert_ptr_nonnull(strstr(seen.evidence[6], "\"ring\":{\"patients\":48,\"pairs\":18,\"density\":0.4,\"q_value\":0.0025,\"rank\":1,"
                                                   "\"paid\":500000},\"members\":[{\"kind\":\"provider\",\"id\":\"R0\""));
    ck_assert_ptr_nonnull(strstr(seen.evidence[6], "\"id\":\"R9\",\"group\":\"cardiology\",\"patients\":129"));
}
END_TEST

START_TEST(pairs_and_rings_are_limited)
{
    made_scores_set(&made, "R7");
    ck_assert_int_eq(make(1), 0);
    ck_assert_uint_eq(seen.findings, 6);
    ck_assert_ptr_null(strstr(seen.text, "F2 + R9"));
    ck_assert_ptr_nonnull(strstr(seen.text, "R1 + R2"));
    ck_assert_int_eq(make(0), 0);
    ck_assert_uint_eq(seen.findings, 3);    /* entities have a budget */
}
END_TEST

START_TEST(a_lead_without_a_reason_is_refused)
{
    made_scores_set(&made, "R7");
    made.scores[0].reason_count = 0;
    ck_assert_int_eq(make(100), CA_FAIL);
    made_scores_set(&made, "R7");
    made.scores[5].line_count = 0;
    ck_assert_int_eq(make(100), CA_FAIL);
    made_scores_set(&made, "R7");
    made.scores[0].kind = "provicer";
    ck_assert_int_eq(make(100), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "provicer"));
    made_scores_set(&made, "R7");
    made.kinds[0].of = "patients";
    ck_assert_int_eq(make(100), CA_FAIL);
    made_scores_set(&made, "R7");
    made.pairs[0].a.kind = "patient";
    ck_assert_int_eq(make(100), CA_FAIL);
}
END_TEST

START_TEST(lines_are_a_sample)
{
    static ca_finding_line many[CA_ENTITY_LINES + 5];
    made_scores_set(&made, "R7");
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        many[i] = made.lines[0];
    }
    made.scores[0].lines = many;
    made.scores[0].line_count = sizeof many / sizeof *many;
    ck_assert_int_eq(make(100), 0);
    ck_assert_ptr_nonnull(strstr(seen.text, "18993..19357, 50 lines"));
}
END_TEST

START_TEST(without_a_period)
{
    made_scores_set(&made, "R7");
    made.model.has_period = false;
    ck_assert_int_eq(make(100), 0);
    ck_assert_ptr_nonnull(strstr(seen.text, "R7 123456 in 0..0"));
    ck_assert_ptr_null(strstr(seen.evidence[0], "\"from\""));
}
END_TEST

START_TEST(nothing_was_scored)
{
    made_scores_set(&made, "R7");
    made.scored.each = NULL;
    made.scored.pair_count = made.scored.ring_count = made.scored.kind_count = 0;
    ck_assert_int_eq(make(100), 0);
    ck_assert_str_eq(seen.text, "");
}
END_TEST

START_TEST(a_visitor_may_fail)
{
    made_scores_set(&made, "R7");
    for (size_t stop = 1; stop <= 7; stop++) {
        memset(&seen, 0, sizeof seen);
        seen.stop_at = stop;
        ck_assert_int_eq(ca_scored_findings(&made.scored, 40, 100, false, take, &seen, &err), CA_FAIL);
        ck_assert_str_eq(err.text, "no more");
        ck_assert_uint_eq(seen.findings, stop - 1);
    }
}
END_TEST

START_TEST(memory_runs_out)
{
    made_scores_set(&made, "R7");
    uint64_t start = ca_alloc_calls();
    ck_assert_int_eq(make(100), 0);
    uint64_t calls = ca_alloc_calls() - start;
    taken whole = seen;
    for (uint64_t n = 1; n <= calls; n++) {
        ca_alloc_fail(n, _i);
        int rc = make(100);
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ck_assert_int_eq(make(100), 0);
    ck_assert_str_eq(seen.text, whole.text);
    ck_assert_uint_gt(calls, 5);
}
END_TEST

/* Each kind once, in words of the vocabulary. */
START_TEST(rules_are_a_table)
{
    for (size_t i = 0; i < ca_score_rule_count; i++) {
        const ca_score_rule *rule = &ca_score_rules[i];
        ck_assert_ptr_eq(ca_score_rule_of(rule->of), rule);
        ck_assert_str_eq(rule->category, "peer");
        ck_assert_str_eq(rule->severity, rule->severity_rank ? "medium" : "low");
        ck_assert_int_eq(ca_score_kind_known(rule->of), strcmp(rule->kind, "score") == 0);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(ca_score_rules[k].id, rule->id);
        }
    }
    ck_assert_ptr_null(ca_score_rule_of("prescriber+pharmacy"));
    ck_assert(!ca_score_kind_known("providers"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, leads_become_findings);
    tcase_add_test(tcase, each_has_a_key_of_its_own);
    tcase_add_test(tcase, keys_name_rule_and_subject_only);
    tcase_add_test(tcase, evidence_has_all_reasons);
    tcase_add_test(tcase, evidence_has_the_members);
    tcase_add_test(tcase, pairs_and_rings_are_limited);
    tcase_add_test(tcase, a_lead_without_a_reason_is_refused);
    tcase_add_test(tcase, lines_are_a_sample);
    tcase_add_test(tcase, without_a_period);
    tcase_add_test(tcase, nothing_was_scored);
    tcase_add_test(tcase, a_visitor_may_fail);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
    tcase_add_test(tcase, rules_are_a_table);
}

CA_CHECK_MAIN("run/score_findings", add_tests)
