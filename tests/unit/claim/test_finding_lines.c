/* Findings of several lines: what their key holds and what not, and which lines are kept. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "claim/finding.h"
#include "support/check_main.h"

static ca_error err;
static char names[3000][12];

static ca_finding_line line_of(const char *role, const char *claim, int64_t line_no)
{
    return (ca_finding_line){.role = role,
                             .claim_type = CA_PROFESSIONAL,
                             .claim_id = ca_text_of(claim),
                             .claim_part = 1,
                             .line_no = line_no,
                             .has_date = true,
                             .service_date = 19000,
                             .origin = {0, 80, 5, 400},
                             .has_paid = true,
                             .paid = 10000,
                             .exposure = 50,
                             .count = 1};
}

static ca_finding pair_of(ca_finding_line lines[2])
{
    lines[0] = line_of("a", "C1", 1);
    lines[1] = line_of("b", "C2", 3);
    return (ca_finding){.outcome = CA_HIT,
                        .claim_type = CA_PROFESSIONAL,
                        .claim_id = CA_TEXT("C1"),
                        .line_no = 1,
                        .claim_part = 1,
                        .exposure = 100,
                        .message = CA_TEXT("m"),
                        .lines = lines,
                        .line_count = 2};
}

static const char *key_of(const ca_finding *finding, const char *rule, const char *kind, ca_text row)
{
    static char hex[32][33];
    static int at;
    ca_digest key;
    at = (at + 1) % 32;
    ck_assert_int_eq(ca_finding_key(finding, ca_text_of(rule), ca_text_of(kind), row, &key, &err), 0);
    ca_digest_hex(key, hex[at]);
    return hex[at];
}

static const char *key(const ca_finding *finding)
{
    return key_of(finding, "CORE-0201", "pair", (ca_text){0});
}

/* Reports remember findings by their key: it must stay what it is. */
START_TEST(the_key_stays_what_it_is)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    ck_assert_str_eq(key(&finding), "88e55fc6e27455580494c719f1c437d2");
    finding.entity_kind = "pharmacy_id";
    finding.entity_id = CA_TEXT("PH1");
    finding.has_window = true;
    finding.window_from = 19000;
    finding.window_to = 19030;
    ck_assert_str_eq(key(&finding), "6866ff4931a23ee8abebfdf810c4b6ef");
    finding.of_entity = true;
    ck_assert_str_eq(key(&finding), "849c1431fe81488ed0c36a6ca46b9200");
}
END_TEST

START_TEST(the_order_of_lines_does_not_matter)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    const char *before = key(&finding);
    ca_finding_line swap = lines[0];
    lines[0] = lines[1];
    lines[1] = swap;
    ck_assert_str_eq(key(&finding), before);
}
END_TEST

/* A later night finds the same in another file, at another price, with another sentence. */
START_TEST(what_may_change_is_not_in_the_key)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    const char *before = key(&finding);
    finding.rule = 7;
    finding.exposure = 5;
    finding.message = CA_TEXT("other words");
    finding.patient_id = CA_TEXT("P");
    finding.has_window = true;
    lines[0].origin.row = 9;
    lines[0].paid = 1;
    lines[0].exposure = 1;
    ck_assert_str_eq(key(&finding), before);
}
END_TEST

START_TEST(everything_else_is_in_the_key)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    const char *before = key(&finding);
    ck_assert_str_ne(key_of(&finding, "CORE-0202", "pair", (ca_text){0}), before);
    ck_assert_str_ne(key_of(&finding, "CORE-0201", "overlap", (ca_text){0}), before);
    ck_assert_str_ne(key_of(&finding, "CORE-0201", "pair", CA_TEXT("")), before);
    finding.line_no = 2;
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    lines[0].role = "b";
    lines[1].role = "a";
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    lines[1].claim_type = CA_PHARMACY;
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    lines[1].claim_id = CA_TEXT("C3");
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    lines[1].claim_part = 2;
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    lines[1].line_no = 4;
    ck_assert_str_ne(key(&finding), before);
    finding = pair_of(lines);
    finding.line_count = 1;
    ck_assert_str_ne(key(&finding), before);
}
END_TEST

/* `lines` of a window rule may choose none: two windows that begin in one claim are two findings all the same. */
START_TEST(without_lines_the_unit_is_in_the_key)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    finding.unit_hash = 1;
    const char *with_lines = key(&finding);
    finding.unit_hash = 2;
    ck_assert_str_eq(key(&finding), with_lines);
    finding.line_count = 0;
    const char *before = key(&finding);
    finding.unit_hash = 1;
    ck_assert_str_ne(key(&finding), before);
}
END_TEST

START_TEST(an_entity_is_known_by_its_period)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    finding.entity_kind = "pharmacy_id";
    finding.entity_id = CA_TEXT("PH1");
    finding.of_entity = true;
    finding.has_window = true;
    finding.window_from = 19000;
    finding.window_to = 19030;
    const char *before = key(&finding);
    finding.line_count = 0; /* which lines it had tonight is nobody's business */
    ck_assert_str_eq(key(&finding), before);
    finding.window_to = 19031;
    ck_assert_str_ne(key(&finding), before);
    finding.window_to = 19030;
    finding.entity_id = CA_TEXT("PH2");
    ck_assert_str_ne(key(&finding), before);
    finding.entity_id = CA_TEXT("PH1");
    finding.entity_kind = "prescriber_id";
    ck_assert_str_ne(key(&finding), before);
}
END_TEST

START_TEST(no_memory_for_the_key)
{
    ca_finding_line lines[2];
    ca_finding finding = pair_of(lines);
    for (uint64_t n = 1; n < 3; n++) {
        ca_digest digest = {1, 2};
        ca_alloc_fail(n, 1);
        int rc = ca_finding_key(&finding, CA_TEXT("R"), CA_TEXT("pair"), (ca_text){0}, &digest, &err);
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert(digest.high == 1 && digest.low == 2);
    }
}
END_TEST

/* --- Cutting ---------------------------------------------------------------------------------- */

/* Line i was paid i + 1, in an order that is neither that of time nor that of money. */
static ca_finding many(ca_finding_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t number = i * 17 % count;
        snprintf(names[number], sizeof names[number], "C%05zu", number);
        lines[i] = line_of("line", names[number], 1);
        lines[i].paid = (int64_t)(number + 1) * 10000;
        lines[i].exposure = (int64_t)number;
        lines[i].origin.row = i + 2;
    }
    return (ca_finding){.outcome = CA_HIT, .lines = lines, .line_count = count};
}

START_TEST(up_to_the_limit_nothing_changes)
{
    static ca_finding_line lines[CA_FINDING_LINES], before[CA_FINDING_LINES];
    ca_finding finding = many(lines, CA_FINDING_LINES);
    memcpy(before, lines, sizeof lines);
    ca_finding_cut(&finding);
    ck_assert_uint_eq(finding.line_count, CA_FINDING_LINES);
    ck_assert_mem_eq(before, lines, sizeof lines);
}
END_TEST

START_TEST(the_largest_payments_stay)
{
    static ca_finding_line lines[2003];
    ca_finding finding = many(lines, 2003);
    ca_finding_cut(&finding);
    ck_assert_uint_eq(finding.line_count, CA_FINDING_LINES + 1);
    for (size_t i = 0; i < CA_FINDING_LINES; i++) {
        ck_assert_int_eq(lines[i].paid, (int64_t)(1003 + i + 1) * 10000);
        ck_assert_uint_eq(lines[i].count, 1);
    }
    const ca_finding_line *others = &lines[CA_FINDING_LINES];
    ck_assert_str_eq(others->role, "others");
    ck_assert_ptr_null(others->claim_id.ptr);
    ck_assert_uint_eq(others->origin.row, 0);
    ck_assert_uint_eq(others->count, 1003);
    ck_assert_int_eq(others->exposure, 1003 * 1002 / 2);
    ck_assert(others->has_paid);
    ck_assert_int_eq(others->paid, (int64_t)1003 * 1004 / 2 * 10000);
}
END_TEST

/* Two lines of equal pay, of which one can stay: that of the earlier day, then of the smaller claim. */
START_TEST(ties_fall_by_the_order_of_lines)
{
    static ca_finding_line lines[CA_FINDING_LINES + 1];
    for (int later = 0; later < 2; later++) {
        ca_finding finding = many(lines, CA_FINDING_LINES + 1);
        for (size_t i = 0; i < finding.line_count; i++) {
            lines[i].paid = 10000;
        }
        lines[7].service_date += later;
        ca_text gone = later ? lines[7].claim_id : CA_TEXT("C01000");
        ca_finding_cut(&finding);
        for (size_t i = 0; i < CA_FINDING_LINES; i++) {
            ck_assert(!ca_text_eq(lines[i].claim_id, gone));
        }
    }
}
END_TEST

START_TEST(what_lacks_its_payment_goes_first)
{
    static ca_finding_line lines[CA_FINDING_LINES + 2];
    ca_finding finding = many(lines, CA_FINDING_LINES + 2);
    lines[3].has_paid = false;
    lines[3].paid = 0;
    lines[3].exposure = CA_EXPOSURE_MISSING;
    ca_text gone = lines[3].claim_id;
    lines[5].paid = -10000;
    ca_finding_cut(&finding);
    for (size_t i = 0; i < CA_FINDING_LINES; i++) {
        ck_assert(lines[i].has_paid && lines[i].paid > 0 && !ca_text_eq(lines[i].claim_id, gone));
    }
    ck_assert(!lines[CA_FINDING_LINES].has_paid);
    ck_assert_int_eq(lines[CA_FINDING_LINES].paid, 0);
    ck_assert_int_eq(lines[CA_FINDING_LINES].exposure, CA_EXPOSURE_MISSING);
    ck_assert_uint_eq(lines[CA_FINDING_LINES].count, 2);
}
END_TEST

START_TEST(sums_of_the_rest_do_not_overflow)
{
    static ca_finding_line lines[CA_FINDING_LINES + 2];
    ca_finding finding = many(lines, CA_FINDING_LINES + 2);
    for (size_t i = 0; i < finding.line_count; i++) {
        lines[i].paid = INT64_MAX;
        lines[i].exposure = INT64_MAX;
    }
    ca_finding_cut(&finding);
    ck_assert(!lines[CA_FINDING_LINES].has_paid);
    ck_assert_int_eq(lines[CA_FINDING_LINES].exposure, INT64_MAX);
}
END_TEST

START_TEST(an_entity_keeps_a_sample_without_shares)
{
    static ca_finding_line lines[70];
    ca_finding finding = many(lines, 70);
    finding.of_entity = true;
    ca_finding_cut(&finding);
    ck_assert_uint_eq(finding.line_count, CA_ENTITY_LINES + 1);
    for (size_t i = 0; i < finding.line_count; i++) {
        ck_assert_int_eq(lines[i].exposure, CA_EXPOSURE_MISSING);
    }
    ck_assert_uint_eq(lines[CA_ENTITY_LINES].count, 20);
    finding = many(lines, CA_ENTITY_LINES);
    finding.of_entity = true;
    ca_finding_cut(&finding);
    ck_assert_uint_eq(finding.line_count, CA_ENTITY_LINES);
    ck_assert_int_eq(lines[0].exposure, CA_EXPOSURE_MISSING);
}
END_TEST

/* The same lines in another order are cut to the same. */
START_TEST(the_order_of_arrival_does_not_decide)
{
    static ca_finding_line lines[1500], again[1500];
    ca_finding one = many(lines, 1500);
    for (size_t i = 0; i < 1500; i++) {
        lines[i].paid = (int64_t)(i % 13);
        again[1499 - i] = lines[i];
    }
    ca_finding other = {.outcome = CA_HIT, .lines = again, .line_count = 1500};
    ca_finding_cut(&one);
    ca_finding_cut(&other);
    for (size_t i = 0; i <= CA_FINDING_LINES; i++) {
        ck_assert(ca_text_eq(lines[i].claim_id, again[i].claim_id));
        ck_assert_int_eq(lines[i].paid, again[i].paid);
        ck_assert_int_eq(lines[i].exposure, again[i].exposure);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_key_stays_what_it_is);
    tcase_add_test(tcase, the_order_of_lines_does_not_matter);
    tcase_add_test(tcase, what_may_change_is_not_in_the_key);
    tcase_add_test(tcase, everything_else_is_in_the_key);
    tcase_add_test(tcase, without_lines_the_unit_is_in_the_key);
    tcase_add_test(tcase, an_entity_is_known_by_its_period);
    tcase_add_test(tcase, no_memory_for_the_key);
    tcase_add_test(tcase, up_to_the_limit_nothing_changes);
    tcase_add_test(tcase, the_largest_payments_stay);
    tcase_add_test(tcase, ties_fall_by_the_order_of_lines);
    tcase_add_test(tcase, what_lacks_its_payment_goes_first);
    tcase_add_test(tcase, sums_of_the_rest_do_not_overflow);
    tcase_add_test(tcase, an_entity_keeps_a_sample_without_shares);
    tcase_add_test(tcase, the_order_of_arrival_does_not_decide);
}

CA_CHECK_MAIN("claim/finding_lines", add_tests)
