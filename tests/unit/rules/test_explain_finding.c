/* What a finding says: money, message, lines, reason, and the key by which it is known again. */
#include "support/check_main.h"
#include "support/judge.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"

static judge_world world;

static void set_up(void)
{
    judge_init(&world);
}

static void tear_down(void)
{
    judge_done(&world);
}

static const ca_explanation *explain(const char *kind, const char *when, const char *keys,
                                     const char *table)
{
    judge_rule(&world, kind, when, keys, table);
    return &world.said[0];
}

static ca_finding finding(unsigned unit)
{
    ca_finding result;
    ck_assert_int_eq(ca_explain_finding(&world.lines.frame, world.rule, unit, &world.said[unit],
                                        &world.arena, &result, NULL),
                     0);
    return result;
}

#define TEXT_IS(text, expected)                                                                    \
    ck_assert_msg(ca_text_is(text, expected), "'%.*s'", (int)(text).len, (text).ptr)

START_TEST(exposure_of_a_line)
{
    const char *table = "id units paid charge\n1 1 12.3450 20\n2 1 - 20\n3 1 -5 20\n4 0 9 9\n";
    const ca_explanation *said = explain("line", "units > 0", "", table);
    ck_assert_int_eq(said[0].exposure, 1234); /* half to even, once */
    ck_assert_uint_eq(said[0].carrying_count, 1);
    ck_assert_uint_eq(said[0].carrying[0], 0);
    ck_assert_int_eq(said[0].shares[0], 1234);
    ck_assert_int_eq(said[1].exposure, CA_EXPOSURE_MISSING);
    ck_assert_int_eq(said[1].shares[0], CA_EXPOSURE_MISSING);
    ck_assert_int_eq(said[2].exposure, 0);
    ck_assert_int_eq(said[3].exposure, CA_EXPOSURE_MISSING);
    said = explain("line", "units > 0", "exposure: paid / 3\n", "id units paid\n1 1 10\n");
    ck_assert_int_eq(said->exposure, 333);
    said = explain("line", "units > 0", "exposure: paid - allowed\n", "id units paid\n1 1 10\n");
    ck_assert_int_eq(said->exposure, CA_EXPOSURE_MISSING);
    said = explain("line", "units > 0", "exposure: 0\n", "id units paid\n1 1 10\n2 1 -\n");
    ck_assert_int_eq(said[0].exposure, 0);
    ck_assert_int_eq(said[1].exposure, CA_EXPOSURE_MISSING);
}
END_TEST

START_TEST(exposure_of_a_claim)
{
    const char *table =
        "id claim_id procedure paid\n1 C1 V1 10\n2 C1 V2 20\n3 C1 V1 -3\n4 C2 V1 5\n5 C2 V1 -\n";
    const ca_explanation *said = explain("claim", "count() > 1", "", table);
    ck_assert_int_eq(said[0].exposure, 2700);
    ck_assert_uint_eq(said[0].carrying_count, 3);
    ck_assert_int_eq(said[0].shares[0], 900);
    ck_assert_int_eq(said[0].shares[1], 1800);
    ck_assert_int_eq(said[0].shares[2], 0);
    ck_assert_int_eq(said[1].exposure, CA_EXPOSURE_MISSING);
    said = explain("claim", "count() > 0", "where: procedure = 'V2'\nexposure: 1000\n", table);
    ck_assert_int_eq(said[0].exposure, 2000);
    ck_assert_uint_eq(said[0].carrying_count, 1);
    ck_assert_uint_eq(said[0].carrying[0], 1);
    said = explain("claim", "count() > 1", "exposure: sum(paid where procedure = 'V1')\n", table);
    ck_assert_int_eq(said[0].exposure, 700);
}
END_TEST

START_TEST(a_claim_without_line_money_carries_itself)
{
    const char *table = "id claim_id claim_paid paid\n"
                        "1 C1 50 -\n"
                        "2 C1 50 -\n"
                        "3 C2 - -\n"
                        "4 C2 - -\n"
                        "5 C3 50 20\n"
                        "6 C3 50 10\n";
    const ca_explanation *said = explain("claim", "count() > 1", "", table);
    ck_assert(said[0].whole_claim && said[1].whole_claim && !said[2].whole_claim);
    ck_assert_int_eq(said[0].exposure,
                     5000); /* the default, sum(paid), is what was paid for the claim */
    ck_assert_uint_eq(said[0].carrying_count, 2);
    ck_assert_int_eq(said[0].shares[0], CA_EXPOSURE_MISSING);
    ck_assert_int_eq(said[1].exposure, CA_EXPOSURE_MISSING);
    ck_assert_int_eq(said[2].exposure, 3000);
    said = explain("claim", "count() > 1", "exposure: paid\n", table);
    ck_assert_int_eq(said[0].exposure, 5000);
    ck_assert_int_eq(said[2].exposure, 3000); /* clamped to its lines */
    said = explain("claim", "count() > 1", "exposure: sum(paid where units > 1)\n", table);
    ck_assert_int_eq(said[0].exposure, CA_EXPOSURE_MISSING);
    said = explain("claim", "count() > 1", "exposure: 70\n", table);
    ck_assert_int_eq(said[0].exposure, 5000);
}
END_TEST

START_TEST(excused_units_have_money_and_words_too)
{
    const ca_explanation *said =
        explain("line", "units > 0",
                "unless:\n  - name: kx\n    when: modifiers has 'KX'\n    reason: A reason\n",
                "id claim_id units modifiers paid\n1 C1 1 KX 10\n");
    ck_assert_int_eq(said->outcome, CA_EXCUSED);
    ck_assert_int_eq(said->exposure, 1000);
    TEXT_IS(said->message, "Claim C1");
}
END_TEST

static const char message_rule[] =
    "rule: US-0101\n"
    "version: 1\n"
    "title: A title\n"
    "status: draft\n"
    "severity: high\n"
    "category: eligibility\n"
    "kind: line\n"
    "when: units > 0\n"
    "message: \"{procedure} for {sex} of {age_at(birth_date, "
    "service_date)} on {service_date}: {paid}, {units}, {paid / 3|money}, "
    "{diagnoses}; {modifiers}; {charge}\"\n";

START_TEST(messages_name_values)
{
    explain(
        "line", "units > 0", "",
        "id units procedure sex birth_date service_date paid principal_diagnosis other_diagnoses\n"
        "1 1.5 v0103 F 2000-02-29 2020-02-28 12.5 icd10cm:O80 icd10cm:I10;icd9cm:2500\n");
    ck_assert_str_eq(rule_front_load(world.front, message_rule), "");
    const ca_rule *rule = rule_front_rule(world.front);
    ca_explanation said;
    ck_assert_int_eq(ca_explain(&world.lines.frame, rule, 0, 2, &world.arena, &said, NULL), 0);
    TEXT_IS(said.message,
            "V0103 for F of 19 on 2020-02-28: 12.50, 1.5, 4.1667, O80;I10;2500; -; -");
}
END_TEST

static const char lines_table[] =
    "id claim_id claim_type line_no patient_id billing_provider_id rendering_provider_id service_date units paid\n"
    "1 C1 outpatient 7 P1 B1 R1 2020-01-01 1 10\n"
    "2 C1 outpatient 8 P1 B1 - 2020-01-01 1 10\n"
    "3 C1 inpatient 7 P1 B1 R1 2020-01-01 1 10\n"
    "4 C2 outpatient 7 P1 B1 R1 2020-01-01 1 10\n5 C1 outpatient 9 P1 B1 R1 - - -\n";

START_TEST(finding_of_a_line)
{
    explain("line", "units > 0", "", lines_table);
    world.lines.lines->origin[0] = (ca_origin){.file = 3, .row = 5, .offset = 99, .length = 7};
    ca_finding one = finding(0);
    ck_assert_int_eq(one.outcome, CA_HIT);
    ck_assert_uint_eq(one.claim_type, CA_OUTPATIENT);
    TEXT_IS(one.claim_id, "C1");
    ck_assert_int_eq(one.line_no, 7);
    ck_assert_int_eq(one.claim_part, 1);
    TEXT_IS(one.patient_id, "P1");
    TEXT_IS(one.billing_provider_id, "B1");
    TEXT_IS(one.rendering_provider_id, "R1");
    ck_assert(one.has_date && one.service_date == 18262);
    ck_assert_int_eq(one.exposure, 1000);
    TEXT_IS(one.message, "Claim C1");
    TEXT_IS(one.reason, "");
    ck_assert_uint_eq(one.line_count, 1);
    ck_assert_str_eq(one.lines[0].role, "line");
    ck_assert_int_eq(one.lines[0].line_no, 7);
    ck_assert_int_eq(one.lines[0].exposure, 1000);
    ck_assert_uint_eq(one.lines[0].origin.offset, 99);
    ck_assert(one.evidence.len > 20 && one.evidence.ptr[0] == '{');
    ck_assert_ptr_null(finding(1).rendering_provider_id.ptr);
    ca_finding unknown = finding(4);
    ck_assert_int_eq(unknown.outcome, CA_UNKNOWN);
    TEXT_IS(unknown.reason, "units");
    TEXT_IS(unknown.message, "");
    ck_assert(!unknown.has_date);
    ck_assert_int_eq(unknown.exposure, CA_EXPOSURE_MISSING);
}
END_TEST

START_TEST(the_key_is_of_rule_subject_and_lines)
{
    explain("line", "units > 0", "", lines_table);
    ca_finding one = finding(0);
    for (unsigned unit = 1; unit < 5; unit++)
        ck_assert_int_ne(ca_digest_cmp(one.key, finding(unit).key), 0);
    ca_digest key = one.key;
    explain("line", "units > 0.5", "exposure: 1\n",
            lines_table); /* another condition and exposure: the same finding */
    ck_assert_int_eq(ca_digest_cmp(key, finding(0).key), 0);
    explain("claim", "sum(units) > 0", "", lines_table);
    ck_assert_int_ne(ca_digest_cmp(key, finding(0).key), 0);
    key = finding(0).key;
    explain("claim", "sum(units) > 0", "where: line_no < 8\n", lines_table); /* other lines */
    ck_assert_int_ne(ca_digest_cmp(key, finding(0).key), 0);
}
END_TEST

START_TEST(finding_of_a_claim)
{
    explain("claim", "sum(units) > 0", "", lines_table);
    ca_finding one = finding(0);
    ck_assert_int_eq(one.line_no, 0);
    ck_assert_uint_eq(one.line_count, 3);
    ck_assert_int_eq(one.lines[1].line_no, 8);
    ck_assert_int_eq(one.exposure, CA_EXPOSURE_MISSING);
    explain("claim", "count() > 1", "", "id claim_id claim_paid\n1 C1 50\n2 C1 50\n");
    one = finding(0);
    ck_assert_uint_eq(one.line_count, 1);
    ck_assert_str_eq(one.lines[0].role, "claim");
    ck_assert_int_eq(one.lines[0].exposure, 5000);
    ck_assert_int_eq(one.lines[0].line_no, 0);
}
END_TEST

START_TEST(reasons)
{
    const char *keys =
        "unless:\n  - name: kx\n    when: modifiers has 'KX'\n    reason: A reason\n"
        "  - name: young\n    when: age_at(birth_date, service_date) < 1\n    reason: A reason\n";
    explain(
        "line", "units > 0", keys,
        "id units modifiers birth_date service_date\n1 1 '' - 2020-01-01\n2 1 KX - 2020-01-01\n");
    TEXT_IS(finding(0).reason, "exception young could not be checked: birth_date missing");
    TEXT_IS(finding(1).reason, "kx");
}
END_TEST

START_TEST(memory_runs_out_at_every_allocation)
{
    explain("claim", "any(units > 0) and sum(paid) > 0", "where: units >= 0\n", lines_table);
    for (uint64_t n = 1; n < 100; n++) {
        ca_explanation said;
        ca_finding one;
        ca_arena arena;
        ca_arena_init(&arena);
        ca_alloc_fail(n, 1);
        int code = ca_explain(&world.lines.frame, world.rule, 1, 2, &arena, &said, NULL);
        if (code == 0)
            code = ca_explain_finding(&world.lines.frame, world.rule, 1, &said, &arena, &one, NULL);
        ca_alloc_fail(0, 0);
        ca_arena_done(&arena);
        if (code == 0) {
            ck_assert_uint_gt(n, 2);
            return;
        }
        ck_assert_int_eq(code, CA_NOMEM);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, exposure_of_a_line);
    tcase_add_test(tcase, exposure_of_a_claim);
    tcase_add_test(tcase, a_claim_without_line_money_carries_itself);
    tcase_add_test(tcase, excused_units_have_money_and_words_too);
    tcase_add_test(tcase, messages_name_values);
    tcase_add_test(tcase, finding_of_a_line);
    tcase_add_test(tcase, the_key_is_of_rule_subject_and_lines);
    tcase_add_test(tcase, finding_of_a_claim);
    tcase_add_test(tcase, reasons);
    tcase_add_test(tcase, memory_runs_out_at_every_allocation);
}

CA_CHECK_MAIN("rules/explain_finding", add_tests)
