/* Every form of the sentences about scores. */
#include "run/score_words.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "support/check_main.h"

#define PEERS "312 peers: cardiology, north, large"

static ca_entity_reason reason_of(ca_told_format format, double value, double peer)
{
    return (ca_entity_reason){.feature = {.id = "paid-per-patient",
                                          .title = "paid per patient",
                                          .format = format,
                                          .direction = 1,
                                          .value = value,
                                          .exposure = 1204,
                                          .exposure_of = "claims",
                                          .peer = peer,
                                          .ratio = value / peer,
                                          .percentile = 0.9991,
                                          .z = 6,
                                          .p = 0.0009,
                                          .cell = CA_TEXT("cardiology, north, large"),
                                          .cell_size = 312}};
}

static const char *said(const ca_entity_reason *reason, int minor_digits)
{
    static char text[1024];
    ca_buf words;
    ca_buf_init(&words);
    ca_score_sentence(reason, false, minor_digits, &words);
    snprintf(text, sizeof text, "%s", ca_buf_cstr(&words));
    ck_assert(!words.failed);
    ca_buf_done(&words);
    return text;
}

#define ck_said(reason, expected) ck_assert_str_eq(said(&(reason), 2), expected)

/* --- Values beside peers ---------------------------------------------------------------------- */

START_TEST(much_of_something)
{
    ca_entity_reason reason = reason_of(CA_TOLD_MONEY, 142, 10);
    ck_said(reason, "paid per patient 142.00, 14.2 times the peer median of 10.00 (higher than 99.9 % of the like; " PEERS
                    "; from 1,204 claims)");
    ck_assert_str_eq(said(&reason, 0), "paid per patient 142, 14.2 times the peer median of 10 (higher than 99.9 % of the like; " PEERS
                                       "; from 1,204 claims)");
    reason.feature.direction = 2;
    ck_said(reason, "paid per patient 142.00, 14.2 times the peer median of 10.00 (higher than 99.9 % of the like; " PEERS
                    "; from 1,204 claims)");
}
END_TEST

START_TEST(little_of_something)
{
    ca_entity_reason reason = reason_of(CA_TOLD_NUMBER, 0.8, 4);
    reason.feature.title = "diagnoses per patient";
    reason.feature.direction = -1;
    reason.feature.percentile = 0.004;
    ck_said(reason, "diagnoses per patient 0.8, only 0.2 times the peer median of 4 (lower than 99.6 % of the like; " PEERS
                    "; from 1,204 claims)");
    reason.feature.direction = 2;
    reason.feature.z = -4;
    ck_said(reason, "diagnoses per patient 0.8, only 0.2 times the peer median of 4 (lower than 99.6 % of the like; " PEERS
                    "; from 1,204 claims)");
    reason = reason_of(CA_TOLD_NUMBER, 5, 4);    /* less than its other features let expect, but no less than peers */
    reason.feature.direction = -1;
    reason.feature.percentile = 0.6;
    ck_said(reason, "paid per patient 5, 1.2 times the peer median of 4 (lower than 40.0 % of the like; " PEERS "; from 1,204 claims)");
}
END_TEST

START_TEST(shares_are_percent)
{
    ca_entity_reason reason = reason_of(CA_TOLD_PERCENT, 0.84, 0.118);
    reason.feature.title = "lines with modifier 59";
    ck_said(reason, "lines with modifier 59 84.0 %, 7.1 times the peer median of 11.8 % (higher than 99.9 % of the like; " PEERS
                    "; from 1,204 claims)");
    reason = reason_of(CA_TOLD_PERCENT, 0.12, 0);
    reason.feature.ratio = NAN;
    ck_said(reason, "paid per patient 12.0 %, where the peer median is 0.0 % (higher than 99.9 % of the like; " PEERS
                    "; from 1,204 claims)");
    reason.feature.ratio = INFINITY;
    ck_said(reason, "paid per patient 12.0 %, where the peer median is 0.0 % (higher than 99.9 % of the like; " PEERS
                    "; from 1,204 claims)");
}
END_TEST

static const struct {
    ca_told_format format;
    double value;
    const char *said;
} values[] = {
    {CA_TOLD_NUMBER, 0, "0"},
    {CA_TOLD_NUMBER, 0.0004, "less than 0.001"},
    {CA_TOLD_NUMBER, 0.001, "0.001"},
    {CA_TOLD_NUMBER, 3.14159, "3.14"},
    {CA_TOLD_NUMBER, 99.94, "99.9"},
    {CA_TOLD_NUMBER, 99.96, "100"},
    {CA_TOLD_NUMBER, 1234.5, "1,235"},
    {CA_TOLD_NUMBER, -2.5, "-2.5"},
    {CA_TOLD_NUMBER, -1234.5, "-1234"},
    {CA_TOLD_NUMBER, 3e20, "3e+20"},
    {CA_TOLD_COUNT, 0, "0"},
    {CA_TOLD_COUNT, 999, "999"},
    {CA_TOLD_COUNT, 1000, "1,000"},
    {CA_TOLD_COUNT, 1234567, "1,234,567"},
    {CA_TOLD_COUNT, 1e300, "1e+300"},
    {CA_TOLD_PERCENT, 1, "100.0 %"},
    {CA_TOLD_PERCENT, 0, "0.0 %"},
    {CA_TOLD_PERCENT, 0.0004, "less than 0.1 %"},
    {CA_TOLD_PERCENT, 0.0006, "0.1 %"},
    {CA_TOLD_PERCENT, 0.9994, "99.9 %"},
    {CA_TOLD_PERCENT, 0.9996, "more than 99.9 %"},
    {CA_TOLD_PERCENT, 1.25, "125.0 %"},
    {CA_TOLD_PERCENT, 1e300, NULL},
    {CA_TOLD_MONEY, 1234567.891, "1234567.89"},
    {CA_TOLD_MONEY, -0.5, "-0.50"},
    {CA_TOLD_MONEY, 1e300, "1.00e+300"},
};

START_TEST(values_are_written_for_readers)
{
    char expected[128];
    ca_entity_reason reason = reason_of(values[_i].format, values[_i].value, NAN);
    reason.feature.cell_size = 0;
    reason.feature.exposure = 0;
    if (values[_i].said) {
        snprintf(expected, sizeof expected, "paid per patient %s", values[_i].said);
        ck_said(reason, expected);
    } else {
        ck_assert_uint_lt(strlen(said(&reason, 2)), 100);    /* cut off, but nothing breaks */
    }
}
END_TEST

static const struct {
    double ratio;
    const char *said;
} ratios[] = {
    {0, "only less than 0.001"},
    {0.00004, "only less than 0.001"},
    {0.042, "only 0.042"},
    {0.25, "only 0.25"},
    {0.996, "only 1.0"},
    {1, "1.0"},
    {1.26, "1.3"},
    {99.9, "99.9"},
    {99.97, "100"},
    {4321, "4,321"},
};

START_TEST(ratios_are_written_for_readers)
{
    char expected[128];
    ca_entity_reason reason = reason_of(CA_TOLD_NUMBER, 7, 2);
    reason.feature.direction = -1;
    reason.feature.ratio = ratios[_i].ratio;
    reason.feature.cell_size = 0;
    reason.feature.exposure = NAN;
    snprintf(expected, sizeof expected, "paid per patient 7, %s times the peer median of 2", ratios[_i].said);
    ck_said(reason, expected);
}
END_TEST

/* --- Peers ------------------------------------------------------------------------------------ */

static const struct {
    double percentile;
    bool low;
    const char *said;
} percentiles[] = {
    {1, false, "higher than 99.9 % of the like; "},        {0.99996, false, "higher than 99.9 % of the like; "}, {0.999, false, "higher than 99.9 % of the like; "},
    {0.45, false, "higher than 45.0 % of the like; "}, {0, false, "higher than 0.0 % of the like; "},        {0, true, "lower than 99.9 % of the like; "},
    {0.00004, true, "lower than 99.9 % of the like; "}, {1, true, "lower than 0.0 % of the like; "},          {NAN, false, ""},
    {1.5, true, "lower than 0.0 % of the like; "},
};

START_TEST(nobody_above_is_rounded_away)
{
    char expected[256];
    ca_entity_reason reason = reason_of(CA_TOLD_NUMBER, 7, NAN);
    reason.feature.direction = percentiles[_i].low ? -1 : 1;
    reason.feature.percentile = percentiles[_i].percentile;
    snprintf(expected, sizeof expected, "paid per patient 7 (%s" PEERS "; from 1,204 claims)", percentiles[_i].said);
    ck_said(reason, expected);
}
END_TEST

START_TEST(peers_that_nobody_knows)
{
    ca_buf words;
    ca_entity_reason reason = reason_of(CA_TOLD_NUMBER, 7, NAN);
    reason.feature.cell = CA_TEXT("");
    reason.feature.exposure_of = NULL;
    reason.feature.exposure = 3;
    ck_said(reason, "paid per patient 7 (higher than 99.9 % of the like; 312 peers; from 3 cases)");
    reason.feature.cell_size = 1;
    ck_said(reason, "paid per patient 7 (higher than 99.9 % of the like; 1 peer; from 3 cases)");
    reason.feature.direction = -1;
    reason.feature.percentile = 0.02;
    reason.feature.cell_size = 99;
    reason.feature.cell = CA_TEXT("M 20-29");
    ck_said(reason, "paid per patient 7 (lower than 98.0 % of the like; 99 peers: M 20-29; from 3 cases)");
    reason.feature.cell_size = 1204;
    reason.feature.exposure_of = "days";
    reason.feature.exposure = 1;
    ck_said(reason, "paid per patient 7 (lower than 98.0 % of the like; 1,204 peers: M 20-29; from 1 day)");
    reason.feature.direction = 1;
    reason.feature.cell = CA_TEXT("");
    reason.feature.cell_size = 0;
    reason.feature.exposure_of = NULL;
    ck_said(reason, "paid per patient 7 (from 1 case)");
    reason.feature.exposure = NAN;
    ck_said(reason, "paid per patient 7");
    reason.feature.value = NAN;
    ck_said(reason, "paid per patient");
    reason = reason_of(CA_TOLD_NUMBER, 70, 3);
    reason.feature.cell = CA_TEXT("V0103");
    ca_buf_init(&words);
    ca_score_sentence(&reason, true, 2, &words);
    ck_assert_str_eq(ca_buf_cstr(&words), "paid per patient 70, 23.3 times the peer median of 3"
                                          " (higher than 99.9 % of 312 lines: V0103; from 1,204 claims)");
    reason.feature.percentile = 1;
    ca_buf_done(&words);
    ca_buf_init(&words);
    ca_score_sentence(&reason, true, 2, &words);
    ck_assert_str_eq(ca_buf_cstr(&words), "paid per patient 70, 23.3 times the peer median of 3"
                                          " (higher than all 312 lines: V0103; from 1,204 claims)");
    ca_buf_done(&words);
}
END_TEST

/* --- What others let expect ------------------------------------------------------------------- */

START_TEST(what_was_expected)
{
    ca_entity_reason reason = reason_of(CA_TOLD_MONEY, 17, 10);
    reason.feature.percentile = 0.8;
    reason.has_expected = true;
    reason.expected = 11;
    reason.deviation = 6.34;
#define HEAD "paid per patient 17.00, 1.7 times the peer median of 10.00 (higher than 80.0 % of the like; " PEERS "; from 1,204 claims)"
    ck_said(reason, HEAD "; given its other features one would expect 1.1 times, or 11.00: off by 6.3 times the usual deviation");
    reason.deviation = -6.36;
    reason.uncorrected = true;
    ck_said(reason, HEAD "; given its other features one would expect 1.1 times, or 11.00: off by 6.4 times the usual deviation"
                         "; too few entities to allow for small volumes");
    reason.expected = 0.0004;    /* next to nothing */
    ck_said(reason, HEAD "; given its other features one would expect 0.00: off by 6.4 times the usual deviation"
                         "; too few entities to allow for small volumes");
    reason.deviation = 0.9;    /* that is usual */
    ck_said(reason, HEAD "; too few entities to allow for small volumes");
    reason.deviation = 6;
    reason.expected = NAN;
    ck_said(reason, HEAD "; too few entities to allow for small volumes");
    reason = reason_of(CA_TOLD_PERCENT, 0.5, 0);
    reason.feature.ratio = NAN;
    reason.has_expected = true;
    reason.expected = 0.25;
    reason.deviation = 4;
    ck_said(reason, "paid per patient 50.0 %, where the peer median is 0.0 % (higher than 99.9 % of the like; " PEERS "; from 1,204 claims)"
                    "; given its other features one would expect 25.0 %: off by 4.0 times the usual deviation");
}
END_TEST

/* --- A feature's own words -------------------------------------------------------------------- */

static const ca_told_say own[] = {
    {CA_TOLD_TEXT, CA_TOLD_NUMBER, {"wrote ", 6}},   {CA_TOLD_VALUE, CA_TOLD_PERCENT, {0}},
    {CA_TOLD_TEXT, CA_TOLD_NUMBER, {" for one, ", 10}}, {CA_TOLD_RATIO, CA_TOLD_NUMBER, {0}},
    {CA_TOLD_TEXT, CA_TOLD_NUMBER, {" times ", 7}},  {CA_TOLD_PEER, CA_TOLD_PERCENT, {0}},
    {CA_TOLD_TEXT, CA_TOLD_NUMBER, {" of ", 4}},     {CA_TOLD_EXPOSURE, CA_TOLD_COUNT, {0}},
    {CA_TOLD_TEXT, CA_TOLD_NUMBER, {", above ", 8}}, {CA_TOLD_PERCENTILE, CA_TOLD_PERCENT, {0}},
};

START_TEST(own_words_come_first)
{
    ca_entity_reason reason = reason_of(CA_TOLD_PERCENT, 0.75, 0.05);
    reason.say = own;
    reason.say_count = 8;
    ck_said(reason, "wrote 75.0 % for one, 15.0 times 5.0 % of 1,204 (higher than 99.9 % of the like; " PEERS ")");
    reason.say_count = 10;
    ck_said(reason, "wrote 75.0 % for one, 15.0 times 5.0 % of 1,204, above 99.9 % (" PEERS ")");
    reason.say_count = 2;
    ck_said(reason, "wrote 75.0 % (15.0 times, higher than 99.9 % of the like; " PEERS "; from 1,204 claims)");
    reason.feature.direction = -1;
    reason.feature.ratio = 0.2;
    reason.feature.percentile = 0;
    ck_said(reason, "wrote 75.0 % (only 0.2 times, lower than 99.9 % of the like; " PEERS "; from 1,204 claims)");
    reason.feature.ratio = 0;    /* of which "0 times" would say nothing */
    ck_said(reason, "wrote 75.0 % (lower than 99.9 % of the like; " PEERS "; from 1,204 claims)");
    reason.feature.peer = 0;
    reason.feature.ratio = INFINITY;
    ck_said(reason, "wrote 75.0 % (lower than 99.9 % of the like; " PEERS "; from 1,204 claims)");
}
END_TEST

/* A sentence with a hole in it is none. */
START_TEST(own_words_need_their_values)
{
    ca_entity_reason reason = reason_of(CA_TOLD_PERCENT, 0.75, NAN);
    reason.say = own;
    reason.say_count = 8;
    ck_said(reason, "paid per patient 75.0 % (higher than 99.9 % of the like; " PEERS "; from 1,204 claims)");
}
END_TEST

/* --- Networks --------------------------------------------------------------------------------- */

START_TEST(pairs_and_rings)
{
    ca_buf words;
    ca_told_pair pair = {.a = {.kind = "pharmacy", .id = CA_TEXT("F1"), .patients = 1200},
                         .b = {.kind = "prescriber", .id = CA_TEXT("R9"), .patients = 85},
                         .region = CA_TEXT("north"),
                         .population = 40000,
                         .shared = 24,
                         .expected = 2.55,
                         .lift = 9.41,
                         .jaccard = 0.019};
    ca_told_ring ring = {.member_count = 5, .patients = 48, .pairs = 8};
    ca_buf_init(&words);
    ca_pair_sentence(&pair, &words);
    ck_assert_str_eq(ca_buf_cstr(&words),
                     "pharmacy F1 and prescriber R9 share 24 patients of north, 9.4 times the 2.55 to be expected"
                     " (of 40,000 patients there the one saw 1,200, the other 85; Jaccard 0.02)");
    pair.region = CA_TEXT("");
    ca_buf_clear(&words);
    ca_pair_sentence(&pair, &words);
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&words), "share 24 patients, 9.4 times"));
    ca_buf_clear(&words);
    ca_ring_sentence(&ring, &words);
    ck_assert_str_eq(ca_buf_cstr(&words), "5 entities hang together by 8 of 10 possible pairs that share more patients than is to be"
                                          " expected; patients seen by at least half of them: 48");
    ca_buf_done(&words);
}
END_TEST

START_TEST(memory_runs_out)
{
    ca_entity_reason reason = reason_of(CA_TOLD_MONEY, 142, 10);
    ca_told_pair pair = {.a = {.kind = "pharmacy"}, .b = {.kind = "pharmacy"}, .region = CA_TEXT("north")};
    for (uint64_t n = 1; n <= 2; n++) {
        ca_buf words;
        ca_buf_init(&words);
        ca_alloc_fail(n, 1);
        if (_i) {
            ca_pair_sentence(&pair, &words);
        } else {
            ca_score_sentence(&reason, false, 2, &words);
        }
        ca_alloc_fail(0, 0);
        ck_assert(words.failed);
        ca_buf_done(&words);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, much_of_something);
    tcase_add_test(tcase, little_of_something);
    tcase_add_test(tcase, shares_are_percent);
    tcase_add_loop_test(tcase, values_are_written_for_readers, 0, sizeof values / sizeof *values);
    tcase_add_loop_test(tcase, ratios_are_written_for_readers, 0, sizeof ratios / sizeof *ratios);
    tcase_add_loop_test(tcase, nobody_above_is_rounded_away, 0, sizeof percentiles / sizeof *percentiles);
    tcase_add_test(tcase, peers_that_nobody_knows);
    tcase_add_test(tcase, what_was_expected);
    tcase_add_test(tcase, own_words_come_first);
    tcase_add_test(tcase, own_words_need_their_values);
    tcase_add_test(tcase, pairs_and_rings);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
}

CA_CHECK_MAIN("run/score_words", add_tests)
