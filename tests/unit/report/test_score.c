/* Scores of entities in the report: what is stored of whom, how it is listed, and what a statistical finding says. */
#include <math.h>

#include "base/alloc.h"
#include "sample.h"

static ca_error err;
static const ca_told_model model = {"us", "2024-05-06.1", {UINT64_C(0xFEED000000000000), 0}, true, 18993, 19357};

static ca_entity_feature feature_of(const char *id, ca_told_format format, double value, double peer)
{
    return (ca_entity_feature){.id = id,
                               .title = "paid per patient",
                               .format = format,
                               .direction = 1,
                               .value = value,
                               .exposure = 1204,
                               .exposure_of = "claims",
                               .peer = peer,
                               .ratio = value / peer,
                               .percentile = 0.9991,
                               .z = 6.25,
                               .p = 0.0009,
                               .cell = CA_TEXT("cardiology, north, large"),
                               .cell_size = 312};
}

static ca_entity_reason reason_of(ca_entity_feature feature, double share, const char *sentence)
{
    return (ca_entity_reason){.feature = feature, .share = share, .sentence = ca_text_of(sentence)};
}

static ca_entity_score score_of(const char *kind, const char *id, uint64_t rank)
{
    return (ca_entity_score){.kind = kind,
                             .id = ca_text_of(id),
                             .cell = CA_TEXT("cardiology, north, large"),
                             .cell_size = 312,
                             .volume = 1204,
                             .score = 20.0 / (double)rank,
                             .p = 0.000125,
                             .q = 0.03125,
                             .rank = rank};
}

/* Run 1: leads of two kinds, one that is none, one of which too little is known. */
static int add_scores(ca_report *report)
{
    ca_entity_feature features[] = {feature_of("paid-per-patient", CA_TOLD_MONEY, 142, 10),
                                    feature_of("weekend-share", CA_TOLD_PERCENT, 0.125, NAN),
                                    feature_of("patients-per-day", CA_TOLD_NUMBER, 1234.5, 0.034),
                                    feature_of("busiest-day", CA_TOLD_COUNT, NAN, 25)};
    features[1].direction = -1;
    features[2].direction = 0;
    features[3].direction = 2;
    features[3].exposure_of = NULL;
    ca_entity_reason reasons[] = {reason_of(features[0], 0.625, "paid per patient 142.00"),
                                  reason_of(features[1], 0.375, "share of weekend 12.5 %")};
    reasons[1].has_expected = true;
    reasons[1].expected = 0.0625;
    reasons[1].deviation = 6.3;
    ca_entity_score lead = score_of("provider", "R7", 1);
    lead.lead = lead.has_excess = true;
    lead.excess = 123456;
    lead.reasons = reasons;
    lead.reason_count = 2;
    lead.features = features;
    lead.feature_count = 4;
    ca_entity_score other = score_of("provider", "R8", 2);
    other.small = true;
    other.reasons = reasons;
    other.reason_count = 1;
    other.features = features;
    other.feature_count = 4;
    ca_entity_score unknown = score_of("provider", "R9", 1);
    unknown.rank = 0;
    unknown.insufficient = true;
    ca_entity_score patient = score_of("patient", "P1", 1);
    patient.lead = true;
    int rc = ca_report_add_entity_score(report, &lead, ca_report_last_finding(report), &err);
    rc = rc ? rc : ca_report_add_entity_score(report, &other, 0, &err);
    rc = rc ? rc : ca_report_add_entity_score(report, &unknown, 0, &err);
    return rc ? rc : ca_report_add_entity_score(report, &patient, 0, &err);
}

static int store_scores(uint64_t identity)
{
    int64_t run;
    ca_report *report = NULL;
    ca_run_record record = sample_run(identity);
    ca_file_record file = sample_file(0, "in/claims.csv");
    ca_rule_record rule = sample_rule("SCORE-PROVIDER", "medium", 2);
    ca_finding finding = sample_finding(0, identity, NULL, 0);
    finding.claim_id = (ca_text){0};
    finding.entity_kind = "rendering_provider_id";
    finding.entity_id = CA_TEXT("R7");
    finding.of_entity = true;
    finding.evidence = CA_TEXT("{\"leaves\":[],\"reasons\":[{\"sentence\":\"paid per patient 142.00\",\"share\":0.625},"
                               "{\"sentence\":\"a second\",\"share\":0.375}],"
                               "\"members\":[{\"kind\":\"provider\",\"id\":\"R7\",\"group\":\"cardiology\","
                               "\"patients\":120,\"shared\":14}]}");
    record.model = &model;
    int rc = ca_report_open(sample_path, true, 0, &report, &err);
    rc = rc ? rc : ca_report_begin(report, &record, &run, &err);
    rc = rc ? rc : ca_report_add_file(report, &file, &err);
    rc = rc ? rc : ca_report_add_rule(report, 0, &rule, &err);
    ck_assert(rc || ca_report_last_finding(report) == 0);
    rc = rc ? rc : ca_report_add_finding(report, &finding, &err);
    rc = rc ? rc : add_scores(report);
    rc = rc ? rc : ca_report_commit(report, &err);
    ca_report_close(report);
    return rc;
}

static void put_scores(uint64_t identity)
{
    ck_assert_msg(store_scores(identity) == 0, "%s", err.text);
}

/* --- What is stored --------------------------------------------------------------------------- */

START_TEST(scores_stand_in_their_view)
{
    put_scores(1);
    ck_answer("SELECT * FROM v_entity_scores ORDER BY entity_kind, rank IS NULL, rank",
              "1|patient|P1|cardiology, north, large|312|1204|20.0|0.000125|0.03125|1|1|0|0|NULL|NULL|USD|2024-05-06.1|"
              "2022-01-01|2022-12-31|NULL\n"
              "1|provider|R7|cardiology, north, large|312|1204|20.0|0.000125|0.03125|1|1|0|0|123456|1234.56|USD|2024-05-06.1|"
              "2022-01-01|2022-12-31|1\n"
              "1|provider|R8|cardiology, north, large|312|1204|10.0|0.000125|0.03125|2|0|1|0|NULL|NULL|USD|2024-05-06.1|"
              "2022-01-01|2022-12-31|NULL\n"
              "1|provider|R9|cardiology, north, large|312|1204|NULL|NULL|NULL|NULL|0|0|1|NULL|NULL|USD|2024-05-06.1|"
              "2022-01-01|2022-12-31|NULL");
    ck_answer("SELECT model, model_version, substr(model_digest, 1, 8), length(model_digest), period_from, period_to FROM v_runs",
              "us|2024-05-06.1|feed0000|32|2022-01-01|2022-12-31");
}
END_TEST

START_TEST(reasons_keep_their_order_and_what_is_missing)
{
    put_scores(1);
    ck_answer("SELECT entity_id, reason_no, feature_id, unit, direction, value, peer_median, ratio, share, expected, deviation,"
              " sentence, finding_id FROM v_entity_reasons ORDER BY entity_id, reason_no",
              "R7|1|paid-per-patient|money|more|142.0|10.0|14.2|0.625|NULL|NULL|paid per patient 142.00|1\n"
              "R7|2|weekend-share|share|less|0.125|NULL|NULL|0.375|0.0625|6.3|share of weekend 12.5 %|1\n"
              "R8|1|paid-per-patient|money|more|142.0|10.0|14.2|0.625|NULL|NULL|paid per patient 142.00|NULL");
}
END_TEST

START_TEST(features_are_kept_of_leads_only)
{
    put_scores(1);
    ck_answer("SELECT entity_id, feature_id, unit, direction, value, peer_median, exposure, exposure_of, z, p_value, cell_size"
              " FROM v_entity_features",
              "R7|paid-per-patient|money|more|142.0|10.0|1204.0|claims|6.25|0.0009|312\n"
              "R7|weekend-share|share|less|0.125|NULL|1204.0|claims|6.25|0.0009|312\n"
              "R7|patients-per-day|number|context|1234.5|0.034|1204.0|claims|6.25|0.0009|312\n"
              "R7|busiest-day|count|both|NULL|25.0|1204.0|cases|6.25|0.0009|312");
}
END_TEST

START_TEST(an_entity_is_scored_once_a_run)
{
    put_scores(1);
    put_scores(2);
    ck_answer("SELECT run_id, count(*) FROM v_entity_scores GROUP BY 1", "1|4\n2|4");
    ca_report *report = sample_open(true);
    int64_t run;
    ca_run_record record = sample_run(3);
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    ck_assert_int_eq(add_scores(report), 0);
    ck_assert_int_eq(add_scores(report), CA_FAIL);
    ca_report_close(report);
    ck_answer("SELECT count(*) FROM v_entity_scores", "8");
    ck_answer("SELECT model FROM v_runs", "us\nus");
}
END_TEST

#define ROWS "SELECT (SELECT count(*) FROM v_runs), (SELECT count(*) FROM v_entity_scores), (SELECT count(*) FROM v_findings)"

START_TEST(memory_runs_out)
{
    unsigned failures = 0;
    put_scores(1);
    uint64_t start = ca_alloc_calls();
    put_scores(2);
    uint64_t calls = ca_alloc_calls() - start;
    bool fresh = false;
    for (uint64_t n = 1; n <= calls; n += 1 + calls / 24) {
        if (!fresh) {    /* what failed left nothing behind */
            sample_stop();
            sample_start();
            put_scores(1);
        }
        ca_alloc_fail(n, _i);
        int rc = store_scores(2);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "call %llu: %d %s", (unsigned long long)n, rc, err.text);
        ck_answer(ROWS, rc ? "1|4|1" : "2|8|2");
        failures += rc != 0;
        fresh = rc != 0;
    }
    ck_assert_uint_gt(failures, 12);
}
END_TEST

/* --- Asking ----------------------------------------------------------------------------------- */

static char told[8192];

static int tell(void *context, const ca_report_row *row)
{
    size_t len = strlen(told);
    (void)context;
    if (!row->cells) {
        snprintf(told + len, sizeof told - len, "%zu names, %s first", row->count, row->names[0]);
        return 0;
    }
    for (size_t i = 0; i < row->count; i++) {
        len = strlen(told);
        snprintf(told + len, sizeof told - len, "%s%.*s", i ? "|" : len ? "\n" : "",
                 row->cells[i].ptr ? (int)row->cells[i].len : 1, row->cells[i].ptr ? row->cells[i].ptr : "-");
    }
    return 0;
}

typedef int (*answering)(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context, ca_error *err);

static int ask(answering question, ca_score_filter filter)
{
    ca_report *report = sample_open(false);
    told[0] = 0;
    int rc = question(report, &filter, tell, NULL, &err);
    ca_report_close(report);
    return rc;
}

#define ck_told(question, filter, expected)                                                                            \
    do {                                                                                                               \
        ck_assert_int_eq(ask(question, (ca_score_filter)filter), 0);                                                  \
        ck_assert_str_eq(told, expected);                                                                             \
    } while (0)
#define FILTER(...) {__VA_ARGS__}

#define OF_R7 "provider|1|R7|20.000000|0.031250|1|cardiology, north, large|312|1204|0|1234.56|USD|paid per patient 142.00"
#define OF_R8 "provider|2|R8|10.000000|0.031250|-|cardiology, north, large|312|1204|1|-|USD|paid per patient 142.00"
#define OF_R9 "provider|-|R9|-|-|-|cardiology, north, large|312|1204|0|-|USD|insufficient data"
#define OF_P1 "patient|1|P1|20.000000|0.031250|-|cardiology, north, large|312|1204|0|-|USD|-"

START_TEST(scores_are_listed_by_rank)
{
    put_scores(1);
    ck_told(ca_report_scores, FILTER(0), OF_P1 "\n" OF_R7 "\n" OF_R8 "\n" OF_R9);
    ck_told(ca_report_scores, FILTER(.kind = "provider"), OF_R7 "\n" OF_R8 "\n" OF_R9);
    ck_told(ca_report_scores, FILTER(.kind = "provider", .limit = 2), OF_R7 "\n" OF_R8);
    ck_told(ca_report_scores, FILTER(.leads = true), OF_P1 "\n" OF_R7);
    ck_told(ca_report_scores, FILTER(.entity = "R8"), OF_R8);
    ck_told(ca_report_scores, FILTER(.run = 1, .kind = "patient", .entity = ""), OF_P1);
    ck_told(ca_report_scores, FILTER(.kind = "pharmacy"), "13 names, kind first");
    ck_told(ca_report_scores, FILTER(.run = 7), "13 names, kind first");
}
END_TEST

/* A night without scores does not hide those of the night before. */
START_TEST(the_last_run_with_scores_is_meant)
{
    put_scores(1);
    put_scores(2);
    sample_store(3);
    ck_told(ca_report_scores, FILTER(.entity = "R7", .limit = 5),
            "provider|1|R7|20.000000|0.031250|2|cardiology, north, large|312|1204|0|1234.56|USD|paid per patient 142.00");
    ck_told(ca_report_scores, FILTER(.run = 3), "13 names, kind first");
}
END_TEST

START_TEST(one_entity_is_told_whole)
{
    put_scores(1);
    ck_told(ca_report_entity, FILTER(.entity = "R7"),
            "1|provider|R7|cardiology, north, large|312|1204|20.000000|0.000125|0.031250|1|0|0|1234.56|USD|2|1|us|2024-05-06.1|"
            "feed0000000000000000000000000000|2022-01-01|2022-12-31");
    ck_told(ca_report_entity_reasons, FILTER(.entity = "R7"), "paid per patient 142.00|63\nshare of weekend 12.5 %|38");
    ck_told(ca_report_entity_features, FILTER(.entity = "R7"),
            "provider|paid-per-patient|paid per patient|more|142.00|10.00|14.20|99.9|1204 claims|6.25|0.000900|cardiology, north, large|312\n"
            "provider|weekend-share|paid per patient|less|12.5 %|-|-|99.9|1204 claims|6.25|0.000900|cardiology, north, large|312\n"
            "provider|patients-per-day|paid per patient|context|1235|0.034|36308.82|99.9|1204 claims|6.25|0.000900|"
            "cardiology, north, large|312\n"
            "provider|busiest-day|paid per patient|both|-|25|-|99.9|1204 cases|6.25|0.000900|cardiology, north, large|312");
    ck_told(ca_report_entity_features, FILTER(.entity = "R8"), "13 names, kind first");
    ck_assert_int_eq(ask(ca_report_entity, (ca_score_filter){.entity = "R70"}), CA_END);
    ck_assert_int_eq(ask(ca_report_entity, (ca_score_filter){.entity = "R7", .kind = "patient"}), CA_END);
}
END_TEST

START_TEST(a_finding_tells_its_reasons_and_members)
{
    put_scores(1);
    sample_store(2);
    ca_report *report = sample_open(false);
    told[0] = 0;
    ck_assert_int_eq(ca_report_finding_reasons(report, 1, tell, NULL, &err), 0);
    ck_assert_str_eq(told, "paid per patient 142.00|63\na second|38");
    told[0] = 0;
    ck_assert_int_eq(ca_report_finding_members(report, 1, tell, NULL, &err), 0);
    ck_assert_str_eq(told, "provider|R7|cardiology|120|14");
    told[0] = 0;
    ck_assert_int_eq(ca_report_finding_reasons(report, 2, tell, NULL, &err), 0);
    ck_assert_int_eq(ca_report_finding_members(report, 2, tell, NULL, &err), 0);
    ck_assert_str_eq(told, "");
    ca_report_close(report);
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
    tcase_add_test(tcase, scores_stand_in_their_view);
    tcase_add_test(tcase, reasons_keep_their_order_and_what_is_missing);
    tcase_add_test(tcase, features_are_kept_of_leads_only);
    tcase_add_test(tcase, an_entity_is_scored_once_a_run);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
    tcase_add_test(tcase, scores_are_listed_by_rank);
    tcase_add_test(tcase, the_last_run_with_scores_is_meant);
    tcase_add_test(tcase, one_entity_is_told_whole);
    tcase_add_test(tcase, a_finding_tells_its_reasons_and_members);
}

CA_CHECK_MAIN("report/score", add_tests)
