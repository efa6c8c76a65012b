/* Claim rules: where over lines, aggregates with what they skip, amounts, dates of the claim. */
#include "support/check_main.h"
#include "support/judge.h"

#include <string.h>

#include "base/alloc.h"

static judge_world world;

static void set_up(void)
{
    judge_init(&world);
}

static void tear_down(void)
{
    judge_done(&world);
}

#define JUDGE(kind, when, keys, table, expected)                                                   \
    ck_assert_str_eq(judge_rule(&world, kind, when, keys, table), expected)
#define CLAIM(when, table, expected) JUDGE("claim", when, "", table, expected)

START_TEST(aggregates_of_nothing)
{
    const char *table = "id claim_id units service_date\n1 C1 1 2020-01-01\n2 C1 2 2020-01-02\n";
    CLAIM("count(where units > 5) = 0", table, "1 hit");
    CLAIM("sum(units where units > 5) = 0", table, "1 hit");
    CLAIM("distinct(units where units > 5) = 0", table, "1 hit");
    CLAIM("min(units where units > 5) > 0", table, "1 unknown other");
    CLAIM("max(service_date where units > 5) is missing", table, "1 hit");
    CLAIM("top_share(units where units > 5) > 0", table, "1 unknown other");
    CLAIM("any(units > 0 where units > 5)", table, "1 pass");
}
END_TEST

START_TEST(aggregates_over_lines)
{
    const char *table = "id claim_id units procedure service_date\n"
                        "1 C1 1 V1 2020-01-01\n"
                        "2 C2 5 V1 2020-01-03\n"
                        "3 C1 2 V1 2020-01-02\n"
                        "4 C1 0.5 V2 2020-01-05\n5 C2 1 V2 2020-01-01\n";
    CLAIM("count() = 3", table, "1 hit; 2 pass");
    CLAIM("sum(units) = 3.5", table, "1 hit; 2 pass");
    CLAIM("sum(units * 2) = 7", table, "1 hit; 2 pass");
    CLAIM("min(units) = 0.5 and max(units) = 2", table, "1 hit; 2 pass");
    CLAIM("days_between(min(service_date), max(service_date)) = 4", table, "1 hit; 2 pass");
    CLAIM("distinct(procedure) = 2 and distinct(procedure where units >= 1) = 1", table,
          "1 hit; 2 pass");
    CLAIM("top_share(procedure) > 0.66", table, "1 hit; 2 pass");
    CLAIM("any(procedure = 'V2' and units < 1)", table, "1 hit; 2 pass");
    CLAIM("all(units >= 1)", table, "1 pass; 2 hit");
    CLAIM("count(where procedure in codes('V1')) >= 2", table, "1 hit; 2 pass");
}
END_TEST

START_TEST(a_leaf_over_skipped_values_is_true_or_unknown)
{
    const char *table =
        "id claim_id units sex\n1 C1 20 M\n2 C1 - M\n3 C2 1 M\n4 C2 - M\n5 C3 1 F\n6 C4 - F\n";
    CLAIM("sum(units) > 10", table, "1 hit; 3 unknown units; 5 pass; 6 unknown units");
    CLAIM("not (sum(units) > 10)", table, "1 pass; 3 unknown units; 5 hit; 6 unknown units");
    CLAIM("sum(units) < 10", table, "1 unknown units; 3 hit; 5 hit; 6 hit");
    CLAIM("sum(units) > 10 and sex = 'M'", table, "1 hit; 3 unknown units; 5 pass; 6 pass");
    CLAIM("sum(units) > 10 or sex = 'M'", table, "1 hit; 3 hit; 5 pass; 6 unknown units");
    CLAIM("max(units) is missing", table, "1 unknown units; 3 unknown units; 5 pass; 6 hit");
    CLAIM("count(where units > 0) >= 1", table, "1 hit; 3 hit; 5 hit; 6 unknown units");
    CLAIM("count(where units > 5) = 0", table, "1 unknown units; 3 hit; 5 hit; 6 hit");
    CLAIM("any(units > 10)", table, "1 hit; 3 unknown units; 5 pass; 6 unknown units");
    CLAIM("not any(units > 10)", table, "1 pass; 3 unknown units; 5 hit; 6 unknown units");
    CLAIM("all(units > 10)", table, "1 unknown units; 3 unknown units; 5 pass; 6 unknown units");
    CLAIM("not all(units > 10)", table, "1 unknown units; 3 unknown units; 5 hit; 6 unknown units");
    CLAIM("coalesce(max(units), 7) = 7", table, "1 unknown units; 3 unknown units; 5 pass; 6 hit");
}
END_TEST

START_TEST(where_of_a_claim_rule)
{
    const char *keys = "where: claim_type = 'professional'\n";
    const char *table = "id claim_id claim_type procedure\n"
                        "1 C1 professional V1\n"
                        "2 C1 professional V2\n"
                        "3 C2 inpatient V1\n"
                        "4 C3 professional -\n"
                        "5 C3 professional V1\n"
                        "6 C4 professional V2\n"
                        "7 C5 professional -\n"
                        "8 C5 professional V2\n";
    JUDGE("claim", "any(procedure = 'V1')", keys, table,
          "1 hit; 3 not_applicable; 4 hit; 6 pass; 7 unknown procedure");
    ck_assert_uint_eq(world.said[0].carrying_count, 2);
    /* Only some lines are taken: those carry the finding. */
    JUDGE("claim", "count() = 1", "where: procedure = 'V2'\n",
          "id claim_id procedure\n1 C1 V1\n2 C1 V2\n3 C2 V1\n4 C3 V2\n5 C3 V2\n",
          "1 hit; 3 not_applicable; 4 pass");
    ck_assert_uint_eq(world.said[0].carrying_count, 1);
    ck_assert_uint_eq(world.said[0].carrying[0], 1);
}
END_TEST

START_TEST(lines_that_where_cannot_decide)
{
    const char *keys = "where: procedure = 'V2'\n";
    const char *table = "id claim_id procedure units sex\n"
                        "1 C1 V2 9 M\n"
                        "2 C1 - 9 M\n"
                        "3 C2 V2 1 M\n"
                        "4 C2 - 9 M\n"
                        "5 C3 - 9 M\n"
                        "6 C4 - 1 M\n"
                        "7 C4 V1 1 M\n"
                        "8 C5 V2 9 F\n9 C5 - 9 F\n";
    /* C1 hits without line 2; C2 is open; C3 and C4 have no line that is known to take part; C5
     * is not TRUE. */
    JUDGE(
        "claim", "any(units > 5) and sex = 'M'", keys, table,
        "1 hit; 3 unknown procedure; 5 unknown procedure; 6 unknown procedure; "
        "8 unknown procedure");
    ck_assert_uint_eq(world.said[0].carrying_count, 1);
    /* A condition on the header alone does not make a claim hit that may have no part in the
     * rule. */
    JUDGE("claim", "sex = 'M'", keys, table,
          "1 hit; 3 hit; 5 unknown procedure; 6 unknown procedure; 8 unknown procedure");
    /* In an exception too the lines left out count as skipped. */
    JUDGE("claim", "sex = 'M'",
          "where: procedure = 'V2'\n"
          "unless:\n"
          "  - name: small\n"
          "    when: all(units < 5)\n"
          "    reason: A reason\n",
          "id claim_id procedure units sex\n1 C1 V2 1 M\n2 C1 - 1 M\n3 C2 V2 1 M\n",
          "1 hit, small? procedure; 3 excused small");
}
END_TEST

START_TEST(where_on_the_header_works_line_by_line)
{
    JUDGE("claim", "count() >= 2", "where: sex = 'M'\n",
          "id claim_id sex\n1 C1 M\n2 C1 M\n3 C2 F\n4 C2 F\n5 C3 -\n",
          "1 hit; 3 not_applicable; 5 unknown sex");
}
END_TEST

START_TEST(amounts_of_a_claim)
{
    const char *table = "id claim_id claim_paid paid\n"
                        "1 C1 100 1\n"
                        "2 C1 100 2\n"
                        "3 C2 - 60\n"
                        "4 C2 - 50\n"
                        "5 C3 - 60\n"
                        "6 C3 - -\n"
                        "7 C4 - -\n"
                        "8 C5 - 160\n"
                        "9 C5 - -\n";
    CLAIM("paid >= 100", table, "1 hit; 3 hit; 5 unknown paid; 7 unknown paid; 8 hit");
    CLAIM("paid < 100", table, "1 pass; 3 pass; 5 hit; 7 unknown paid; 8 unknown paid");
    CLAIM("paid is missing", table, "1 pass; 3 pass; 5 unknown paid; 7 hit; 8 unknown paid");
    CLAIM("charge > 1", "id claim_id claim_charge charge\n1 C1 2 -\n2 C2 - 2\n", "1 hit; 2 hit");
    CLAIM("allowed > 1", "id claim_id claim_allowed allowed\n1 C1 2 -\n2 C2 - 1\n",
          "1 hit; 2 pass");
}
END_TEST

START_TEST(dated_sets_use_the_claims_date_in_lines_too)
{
    CLAIM("any(line_diagnoses overlaps set female_dx)",
          "id claim_id from_date service_date line_diagnoses\n"
          "1 C1 2024-09-30 2024-10-05 icd10cm:O80\n"
          "2 C2 2024-10-01 2024-09-05 icd10cm:O80\n"
          "3 C3 - 2024-09-05 icd10cm:O80\n",
          "1 hit; 2 pass; 3 unknown from_date");
}
END_TEST

START_TEST(header_columns_beside_lines)
{
    CLAIM("any(units > 0 and sex = 'M' and days_between(from_date, service_date) > 3)",
          "id claim_id sex units from_date service_date\n"
          "1 C1 M 1 2020-01-01 2020-01-01\n"
          "2 C1 M 1 2020-01-01 2020-01-05\n"
          "3 C2 F 1 2020-01-01 2020-01-05\n"
          "4 C3 - 1 2020-01-01 2020-01-05\n"
          "5 C4 - 0 2020-01-01 2020-01-05\n",
          "1 hit; 3 pass; 4 unknown sex; 5 pass");
}
END_TEST

START_TEST(lists_of_a_claim)
{
    CLAIM("size(other_diagnoses) = 0 and principal_diagnosis in set female_dx",
          "id from_date principal_diagnosis other_diagnoses\n"
          "1 2020-01-01 icd10cm:O80 ''\n"
          "2 2020-01-01 icd10cm:O80 icd10cm:I10\n"
          "3 2020-01-01 icd10cm:I10 ''\n",
          "1 hit; 2 pass; 3 pass");
    CLAIM("diagnoses overlaps set female_dx",
          "id from_date principal_diagnosis other_diagnoses\n"
          "1 2020-01-01 icd10cm:O80 ''\n"
          "2 2020-01-01 - icd10cm:I10;icd10cm:Z34\n"
          "3 2020-01-01 - ''\n",
          "1 hit; 2 hit; 3 pass");
}
END_TEST

/* A claim with more lines than a word has bits, between small ones. */
START_TEST(long_claims)
{
    ca_buf table;
    ca_buf_init(&table);
    ca_buf_add_cstr(&table, "id claim_id units\n1 C1 1\n");
    for (int i = 2; i < 200; i++)
        ca_buf_printf(&table, "%d C2 %d\n", i, i == 150 ? 7 : 1);
    ca_buf_add_cstr(&table, "200 C3 1\n");
    CLAIM("any(units = 7) and count() = 198 and sum(units) = 204", ca_buf_cstr(&table),
          "1 pass; 2 hit; 200 pass");
    CLAIM("all(units = 1)", ca_buf_cstr(&table), "1 hit; 2 pass; 200 hit");
    ca_buf_done(&table);
}
END_TEST

START_TEST(claims_without_lines)
{
    CLAIM("sex = 'M' and count() = 0", "id claim_id sex\n1 C1 M\n2 C2 M\n", "1 pass; 2 pass");
    uint32_t first_line[3] = {0, 0, 1}; /* the first claim now has none */
    ca_frame frame = world.lines.frame;
    frame.first_line = first_line;
    uint64_t offered[1] = {3};
    ck_assert_ptr_null(
        judge_compare(world.eval, &frame, world.rule, offered, &world.arena, world.said));
    ck_assert_int_eq(world.said[0].outcome, CA_HIT);
    ck_assert_int_eq(world.said[1].outcome, CA_PASS);
}
END_TEST

START_TEST(memory_runs_out_at_every_allocation)
{
    const char *keys = "where: units > 0\n"
                       "unless:\n"
                       "  - name: kx\n"
                       "    when: any(modifiers has 'KX')\n"
                       "    reason: A reason\n";
    JUDGE("claim", "sum(units) > 1 and distinct(procedure) >= 1", keys,
          "id claim_id units procedure modifiers\n1 C1 2 V1 KX\n2 C2 2 V1 ''\n3 C3 1 - ''\n",
          "1 excused kx; 2 hit; 3 pass");
    for (uint64_t n = 1; n < 200; n++) {
        uint64_t bits[4] = {0};
        ca_verdict verdict = {&bits[0], &bits[1], &bits[2], &bits[3]};
        ca_error err = {0};
        ca_alloc_fail(n, 1);
        ca_eval *eval = ca_eval_new();
        int code = eval ? ca_eval_rule(eval, &world.lines.frame, world.rule,
                                       world.lines.claims->live, &verdict, &err)
                        : CA_NOMEM;
        ca_eval_free(eval);
        ca_alloc_fail(0, 0);
        if (code == 0) {
            ck_assert_uint_eq(bits[0], 2);
            ck_assert_uint_gt(n, 1);
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
    tcase_add_test(tcase, aggregates_of_nothing);
    tcase_add_test(tcase, aggregates_over_lines);
    tcase_add_test(tcase, a_leaf_over_skipped_values_is_true_or_unknown);
    tcase_add_test(tcase, where_of_a_claim_rule);
    tcase_add_test(tcase, lines_that_where_cannot_decide);
    tcase_add_test(tcase, where_on_the_header_works_line_by_line);
    tcase_add_test(tcase, amounts_of_a_claim);
    tcase_add_test(tcase, dated_sets_use_the_claims_date_in_lines_too);
    tcase_add_test(tcase, header_columns_beside_lines);
    tcase_add_test(tcase, lists_of_a_claim);
    tcase_add_test(tcase, long_claims);
    tcase_add_test(tcase, claims_without_lines);
    tcase_add_test(tcase, memory_runs_out_at_every_allocation);
}

CA_CHECK_MAIN("rules/kind_claim", add_tests)
