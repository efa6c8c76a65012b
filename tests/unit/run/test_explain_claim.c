/* Tests of run/explain_claim*.c: outcomes with their reasons, lines that do not count, and questions without an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/explain_claim.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_claim_question question;
static ca_claim_told told;

#define HEADER "claim_id,claim_type,line_no,claim_status,claim_version,patient_id,from_date,service_date,units,charge,paid\n"

static void setup(void)
{
    night_init(&n);
    n.options.db = NULL;
    n.options.work = n.folder;
    question = (ca_claim_question){.claim_id = CA_TEXT("K1")};
    night_put(&n, "claims.csv", HEADER "K1,professional,1,original,1,77,2024-03-01,2024-03-01,9,100,80.00\n"
                                       "K1,professional,2,original,1,77,2024-03-01,2024-03-02,2,50,60.50\n"
                                       "K2,professional,1,original,1,78,2024-04-01,2024-04-01,,100,80\n");
}

static void teardown(void)
{
    ck_assert_str_eq(night_left(&n), "");
    night_done(&n);
}

static int ask(const char *inputs)
{
    static const char *paths[8];
    char *rest = ca_arena_cstr(&n.arena, ca_text_of(inputs));
    n.options.input_count = 0;
    for (char *path = strtok(rest, " "); path; path = strtok(NULL, " ")) {
        paths[n.options.input_count++] = path;
    }
    n.options.inputs = paths;
    n.err = (ca_error){0};
    ca_diags_done(&n.diags);
    ca_diags_init(&n.diags, &n.arena);
    return ca_explain_claim(&n.options, &question, &n.arena, &n.diags, &told, &n.err);
}

/* "RULE LINE OUTCOME because", one a line; * for the claim. */
static const char *answer(const char *inputs)
{
    const char *all = "";
    int rc = ask(inputs);
    ck_assert_msg(rc == 0, "%s", night_said(&n));
    for (size_t i = 0; i < told.outcome_count; i++) {
        const ca_told_outcome *outcome = &told.outcomes[i];
        const char *line = ca_arena_printf(&n.arena, "%lld", (long long)outcome->line_no);
        all = ca_arena_printf(&n.arena, "%s%s %s %s %s\n", all, outcome->rule->id, outcome->of_claim ? "*" : line,
                              ca_outcome_name(outcome->outcome), outcome->because.ptr);
    }
    return all;
}

static const char *because(const char *kind, const char *when, const char *more)
{
    night_rule(&n, "CORE-0001", kind, when, more);
    const char *all = answer("claims.csv");
    char *end = strchr(all, '\n');
    ck_assert_ptr_nonnull(end);
    return ca_arena_printf(&n.arena, "%.*s", (int)(end - all), all) + strlen("CORE-0001 ");
}

/* --- Reasons ------------------------------------------------------------------------------------------------ */

START_TEST(a_hit_says_its_message)
{
    ck_assert_str_eq(because("line", "units > 8", ""), "1 hit K1 is wrong");
    ck_assert_str_eq(because("line", "units > 8", "unless:\n  - {name: why, reason: so, when: sex = 'M'}\n"),
                     "1 hit K1 is wrong (exception why could not be checked: sex is missing)");
    ck_assert_str_eq(because("line", "units > 8", "unless:\n  - {name: why, reason: so, when: paid = 80}\n"),
                     "1 excused excused by why: so");
    ck_assert_str_eq(because("claim", "count() = 2", ""), "* hit K1 is wrong");
}
END_TEST

START_TEST(a_pass_says_the_condition_that_decided)
{
    ck_assert_str_eq(because("line", "units > 8 and paid > charge and units < 1", ""),
                     "1 pass false: paid > charge (paid = 80.00, charge = 100.00)");
    ck_assert_str_eq(because("line", "units < 8 or paid > charge", ""), "1 pass false: units < 8 (units = 9); and 1 more");
    ck_assert_str_eq(because("line", "not (units > 8 or paid > charge)", ""), "1 pass true: units > 8 (units = 9)");
    ck_assert_str_eq(because("line", "sex = 'M' and units < 8", ""), "1 pass false: units < 8 (units = 9)");
    ck_assert_str_eq(because("claim", "any(units > 10) or not any(units > 1)", ""),
                     "* pass false: any(units > 10); and 1 more");
}
END_TEST

START_TEST(unknown_says_what_is_missing)
{
    night_put(&n, "rules/core/sets.yaml", "sets:\n  unbound: {family: diagnosis, bind: site}\n"
                                          "tables:\n  fee: {file: fee.csv, keys: [procedure hcpcs], columns: {price: money}}\n"
                                          "  none: {bind: site, keys: [procedure hcpcs], columns: {price: money}}\n");
    night_put(&n, "rules/core/fee.csv", "procedure,price\nV1,2\n");
    night_put(&n, "claims.csv", "claim_id,claim_type,line_no,procedure,units,principal_diagnosis\nK1,professional,1,V0103,0,I10\n");
    ck_assert_str_eq(because("line", "paid > 8", ""), "1 unknown paid is missing");
    ck_assert_str_eq(because("line", "principal_diagnosis in set unbound", ""),
                     "1 unknown the set unbound is bound to no file");
    ck_assert_str_eq(because("line", "fee(procedure).price > 1", ""), "1 unknown the table fee has no such row or value");
    ck_assert_str_eq(because("line", "none(procedure).price > 1", ""), "1 unknown the table none is bound to no file");
    ck_assert_str_eq(because("line", "1 / units > 1", ""), "1 unknown a value cannot be calculated");
}
END_TEST

START_TEST(not_applicable_says_date_or_where)
{
    ck_assert_str_eq(because("line", "units > 8", "effective: 2024-03-02 .. open\n"),
                     "1 not_applicable service_date 2024-03-01 is outside of effective 2024-03-02 .. open");
    ck_assert_str_eq(because("claim", "count() > 8", "effective: 2020-01-01 .. 2024-02-29\n"),
                     "* not_applicable from_date 2024-03-01 is outside of effective 2020-01-01 .. 2024-02-29");
    ck_assert_str_eq(because("line", "units > 8", "where: claim_type = 'dental'\n"),
                     "1 not_applicable where is false: claim_type = 'dental' (claim_type = professional)");
    ck_assert_str_eq(because("claim", "count() > 8", "where: units > 10\n"),
                     "* not_applicable where takes no line; false: units > 10 (units = 2)");
}
END_TEST

START_TEST(leaves_are_told_when_asked_for)
{
    night_put(&n, "rules/core/sets.yaml", "sets:\n  long: {family: diagnosis, codes: [I10]}\n");
    night_rule(&n, "CORE-0001", "line", "units > 8 and\n  paid >  charge",
               "where: claim_id = 'K1'\nunless:\n  - {name: why, reason: so, when: sex = 'M'}\n");
    ck_assert_str_eq(answer("claims.csv"), "CORE-0001 1 pass false: paid > charge (paid = 80.00, charge = 100.00)\n"
                                           "CORE-0001 2 pass false: units > 8 (units = 2)\n");
    ck_assert_uint_eq(told.outcomes[0].leaf_count, 0);
    question.leaves = true;
    (void)answer("claims.csv");
    const ca_told_outcome *outcome = &told.outcomes[0];
    ck_assert_uint_eq(outcome->leaf_count, 4);
    ck_assert_str_eq(outcome->leaves[0].part, "where");
    ck_assert_str_eq(outcome->leaves[0].is, "true");
    ck_assert_str_eq(outcome->leaves[2].part, "when");
    ck_assert_str_eq(outcome->leaves[2].text.ptr, "paid > charge");
    ck_assert_str_eq(outcome->leaves[2].values.ptr, "paid = 80.00, charge = 100.00");
    ck_assert_str_eq(outcome->leaves[3].part, "unless why");
    ck_assert_str_eq(outcome->leaves[3].is, "not reached");
}
END_TEST

START_TEST(leaves_name_the_line_and_the_row_that_decided)
{
    night_put(&n, "rules/core/sets.yaml",
              "sets:\n  old: {family: procedure, file: old.csv, column: c, system: hcpcs, valid: [f, t], prefix: yes}\n");
    night_put(&n, "rules/core/old.csv", "c,f,t\nV01,2024-03-02,\n");
    night_put(&n, "claims.csv", "claim_id,claim_type,line_no,service_date,procedure,paid\nK1,dental,1,2024-03-01,V2,1\n"
                                "K1,dental,2,2024-03-02,V0103,3\n");
    night_rule(&n, "CORE-0001", "claim", "any(paid > 2)", "");
    night_rule(&n, "CORE-0002", "line", "procedure in set old", "");
    question.leaves = true;
    ck_assert_str_eq(answer("claims.csv"), "CORE-0002 1 pass false: procedure in set old (procedure = V2)\n"
                                           "CORE-0002 2 hit K1 is wrong\n"
                                           "CORE-0001 * hit K1 is wrong\n");
    ck_assert_str_eq(told.outcomes[1].leaves[0].decided_by.ptr, "old, old.csv line 2: prefix V01, valid 2024-03-02 to today");
    ck_assert_str_eq(told.outcomes[2].leaves[0].values.ptr, "line 2: paid = 3.00");
}
END_TEST

/* --- Rules and units ---------------------------------------------------------------------------------------- */

START_TEST(active_and_shadow_rules_are_told_others_when_named)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    night_put(&n, "rules/core/CORE-0002.yaml",
              "rule: CORE-0002\nversion: 1\ntitle: T\nstatus: draft\nseverity: low\ncategory: coding\ngrade: tip\n"
              "kind: line\nwhen: paid > charge\nmessage: m\n");
    question.has_line = true;
    question.line_no = 2;
    ck_assert_str_eq(answer("claims.csv"), "CORE-0001 2 pass false: units > 8 (units = 2)\n");
    ck_assert_str_eq(told.outcomes[0].rule->status, "active");
    question.rule = "CORE-0002";
    ck_assert_str_eq(answer("claims.csv"), "CORE-0002 2 hit m\n");
    ck_assert_str_eq(told.outcomes[0].rule->status, "draft");
    question.rule = "CORE-0003";
    ck_assert_int_eq(ask("claims.csv"), CA_USAGE);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "there is no rule CORE-0003"));
}
END_TEST

START_TEST(lines_that_do_not_count_are_told_with_those_that_do)
{
    night_rule(&n, "CORE-0001", "line", "units > 0", "");
    night_rule(&n, "CORE-0002", "line", "units > 0", "rows: all\n");
    night_rule(&n, "CORE-0003", "claim", "count() > 1", "");
    night_put(&n, "a.csv", HEADER "K1,professional,1,original,1,77,2024-03-01,2024-03-01,1,100,80.00\n"
                                  "K1,professional,2,original,1,77,2024-03-01,2024-03-02,2,50,60.50\n");
    night_put(&n, "b.csv", HEADER "K1,professional,1,replacement,2,77,2024-03-01,2024-03-01,3,100,80.00\n"
                                  "K1,professional,2,original,1,77,2024-03-01,2024-03-02,2,50,60.50\n"
                                  "K1,professional,3,void,1,77,2024-03-01,2024-03-02,2,50,60.50\n");
    ck_assert_str_eq(answer("a.csv b.csv"), "CORE-0001 1 hit K1 is wrong\n"
                                            "CORE-0002 1 hit K1 is wrong\n"
                                            "CORE-0001 2 hit K1 is wrong\n"
                                            "CORE-0002 2 hit K1 is wrong\n"
                                            "CORE-0002 3 hit K1 is wrong\n"
                                            "CORE-0003 * hit K1 is wrong\n");
    ck_assert_uint_eq(told.line_count, 5);
    const ca_told_line *lines = told.lines;
    ck_assert(lines[0].dropped && !lines[0].repeated);
    ck_assert_str_eq(lines[0].file, "a.csv");
    ck_assert_str_eq(lines[0].other_file, "b.csv");
    ck_assert_uint_eq(lines[0].other_row, 2);
    ck_assert(!lines[1].dropped);
    ck_assert(lines[2].dropped != lines[3].dropped);
    const ca_told_line *fallen = lines[2].dropped ? &lines[2] : &lines[3];
    ck_assert(fallen->repeated);
    ck_assert_uint_eq(fallen->other_row, 3);
    ck_assert_str_ne(fallen->other_file, fallen->file);
    ck_assert(!lines[4].live && !lines[4].dropped);
    ck_assert_uint_eq(told.outcomes[0].row, 2);
    ck_assert_str_eq(told.outcomes[0].file, "b.csv");
}
END_TEST

START_TEST(a_file_given_twice_repeats_its_lines)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    night_put(&n, "copy.csv", HEADER "K1,professional,1,original,1,77,2024-03-01,2024-03-01,9,100,80.00\n"
                                     "K1,professional,2,original,1,77,2024-03-01,2024-03-02,2,50,60.50\n");
    ck_assert_str_eq(answer("claims.csv copy.csv"), "CORE-0001 1 hit K1 is wrong\n"
                                                    "CORE-0001 2 pass false: units > 8 (units = 2)\n");
    ck_assert_uint_eq(told.line_count, 4);
}
END_TEST

START_TEST(one_claim_id_may_be_of_several_types)
{
    night_rule(&n, "CORE-0001", "claim", "count() > 0", "");
    night_put(&n, "b.csv", HEADER "K1,pharmacy,1,original,1,77,2024-03-01,2024-03-01,1,100,80.00\n");
    (void)answer("claims.csv b.csv");
    ck_assert_uint_eq(told.outcome_count, 2);
    ck_assert_uint_eq(told.outcomes[0].claim_type, CA_PROFESSIONAL);
    ck_assert_uint_eq(told.outcomes[1].claim_type, CA_PHARMACY);
    question.has_type = true;
    question.claim_type = CA_PHARMACY;
    (void)answer("claims.csv b.csv");
    ck_assert_uint_eq(told.outcome_count, 1);
    ck_assert_uint_eq(told.line_count, 1);
    question.claim_type = CA_DENTAL;
    ck_assert_int_eq(ask("claims.csv b.csv"), CA_USAGE);
    ck_assert_str_eq(night_said(&n), "the claim is there, but not with --type dental; leave --type out to see it\n");
}
END_TEST

static const char bills[] =
    "  - layout: bills\n    records: claims\n    columns: [bill, pos, kind]\n    not_columns: [undoes]\n    optional: yes\n"
    "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: pos, service_date: day, paid: amount}\n"
    "    status: {column: kind, values: {S: reversal}}\n"
    "    reversal: {keys: [claim_id, service_date], opposite: [paid]}\n"
    "  - layout: named\n    records: claims\n    columns: [bill, pos, kind, undoes]\n    optional: yes\n"
    "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: pos, original_claim_id: undoes, paid: amount}\n"
    "    status: {column: kind, values: {S: reversal}}\n"
    "    reversal: {of: claim}\n";

START_TEST(lines_that_a_reversal_undoes_are_told_with_it)
{
    ca_text profile;
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%.*s%s", (int)profile.len, profile.ptr, bills));
    night_rule(&n, "CORE-0001", "line", "paid > 50", "");
    night_rule(&n, "CORE-0002", "line", "paid > 50", "rows: all\n");
    night_rule(&n, "CORE-0003", "claim", "count() > 0", "");
    night_put(&n, "bills.csv", "bill,pos,kind,day,amount\nK1,1,,2024-01-01,60\nK1,2,,2024-01-02,70\n"
                               "K1,3,S,2024-01-01,-60\nK2,1,,2024-01-01,60\n");
    static const char keys[] = "CORE-0002 1 hit K1 is wrong\n"
                               "CORE-0001 2 hit K1 is wrong\n"
                               "CORE-0002 2 hit K1 is wrong\n"
                               "CORE-0002 3 pass false: paid > 50 (paid = -60.00)\n"
                               "CORE-0003 * hit K1 is wrong\n";
    ck_assert_str_eq(answer("bills.csv"), keys);
    ck_assert_uint_eq(told.line_count, 3);
    ck_assert(told.lines[0].undone && !told.lines[0].dropped && !told.lines[1].undone);
    ck_assert_uint_eq(told.lines[0].other_row, 4);
    night_put(&n, "named.csv", "bill,pos,kind,undoes,amount\nR7,1,S,K1,-1\nR8,1,S,K2,-1\n");
    ck_assert_str_eq(answer("bills.csv named.csv"), "CORE-0002 1 hit K1 is wrong\n"
                                                    "CORE-0002 2 hit K1 is wrong\n"
                                                    "CORE-0002 3 pass false: paid > 50 (paid = -60.00)\n");
    ck_assert_uint_eq(told.line_count, 3);    /* the reversal is another claim */
    ck_assert(told.lines[1].undone);
    ck_assert_str_eq(told.lines[1].other_file, "named.csv");
    ck_assert_uint_eq(told.lines[1].other_row, 2);
    question.claim_id = CA_TEXT("R8");
    ck_assert_str_eq(answer("named.csv bills.csv"), "CORE-0002 1 pass false: paid > 50 (paid = -1.00)\n");
}
END_TEST

START_TEST(wide_rows_and_joined_facts_are_as_in_a_scan)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    night_rule(&n, "CORE-0002", "claim", "sex = 'F'", "");
    night_put(&n, "wide.csv", "claim_id,claim_type,service_date,paid_1,units_1,paid_2,units_2,paid_3,units_3\n"
                              "K0,dental,2024-01-01,1,1,2,2,3,3\nK1,dental,2024-01-01,1,9,2,2,3,10\n");
    night_put(&n, "patients.csv", "patient_id,sex,birth_date\n77,F,1950-01-01\n");
    ck_assert_str_eq(answer("wide.csv claims.csv patients.csv"), "CORE-0001 1 hit K1 is wrong\n"
                                                                 "CORE-0001 2 pass false: units > 8 (units = 2)\n"
                                                                 "CORE-0002 * hit K1 is wrong\n"
                                                                 "CORE-0001 1 hit K1 is wrong\n"
                                                                 "CORE-0001 2 pass false: units > 8 (units = 2)\n"
                                                                 "CORE-0001 3 hit K1 is wrong\n"
                                                                 "CORE-0002 * unknown sex is missing\n");
}
END_TEST

/* --- No answer ---------------------------------------------------------------------------------------------- */

START_TEST(a_claim_that_is_not_there_is_not_guessed_at)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    night_put(&n, "bad.csv", "claim_id,claim_type,line_no\nK3,professional,1\nK9,nonsense,1\n");
    question.claim_id = CA_TEXT("K9");
    ck_assert_int_eq(ask("claims.csv bad.csv"), CA_USAGE);
    ck_assert_str_eq(night_said(&n),
                     "none of the 5 rows has this claim id, letter by letter and after what the profile does to ids; 1 rejected "
                     "and 0 skipped rows cannot be known\n");
    question.claim_id = CA_TEXT("K1");
    question.has_line = true;
    question.line_no = 3;
    ck_assert_int_eq(ask("claims.csv"), CA_USAGE);
    ck_assert_str_eq(night_said(&n), "the claim has no line 3; leave --line out to see its lines\n");
}
END_TEST

static void put_long(int lines)
{
    ca_buf csv;
    ca_buf_init(&csv);
    ca_buf_add_cstr(&csv, "claim_id,claim_type,line_no,units\n");
    for (int line = 1; line <= lines; line++) {
        ca_buf_printf(&csv, "K1,professional,%d,9\n", line);
    }
    night_put(&n, "long.csv", ca_buf_cstr(&csv));
    ca_buf_done(&csv);
}

START_TEST(a_claim_of_a_whole_file_is_refused_but_for_one_line)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    put_long(10001);
    ck_assert_int_eq(ask("long.csv"), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "more than 10000 lines have this claim id"));
    question.has_line = true;
    question.line_no = 10001;
    ck_assert_str_eq(answer("long.csv"), "CORE-0001 10001 hit K1 is wrong\n");
    question.has_line = false;
    put_long(10000);
    ck_assert_int_eq(ask("long.csv"), 0);
    ck_assert_uint_eq(told.outcome_count, 10000);
}
END_TEST

START_TEST(standard_input_leaves_nothing_behind)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
    night_put(&n, CA_DISK_STDIN, HEADER "K1,professional,1,original,1,77,2024-03-01,2024-03-01,9,100,80.00\n");
    ck_assert_str_eq(answer("-"), "CORE-0001 1 hit K1 is wrong\n");
    question.claim_id = CA_TEXT("K7");
    ck_assert_int_eq(ask("-"), CA_USAGE);
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
    night_rule(&n, "CORE-0001", "line", "units > 8", "unless:\n  - {name: why, reason: so, when: sex = 'M'}\n");
    night_rule(&n, "CORE-0002", "claim", "any(units > 8)", "");
    question.leaves = true;
    int rc = ask("claims.csv");
    ck_assert_int_eq(rc, 0);
    rc = CA_NOMEM;
    for (uint64_t at = 1; rc == CA_NOMEM; at += 1 + at / 16) {
        ca_diags_done(&n.diags);
        ca_diags_init(&n.diags, &n.arena);
        ca_alloc_fail(at, 1);
        rc = ca_explain_claim(&n.options, &question, &n.arena, &n.diags, &told, &n.err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%d: %s", (int)at, night_said(&n));
    }
    ck_assert_int_eq(rc, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_hit_says_its_message);
    tcase_add_test(tcase, a_pass_says_the_condition_that_decided);
    tcase_add_test(tcase, unknown_says_what_is_missing);
    tcase_add_test(tcase, not_applicable_says_date_or_where);
    tcase_add_test(tcase, leaves_are_told_when_asked_for);
    tcase_add_test(tcase, leaves_name_the_line_and_the_row_that_decided);
    tcase_add_test(tcase, active_and_shadow_rules_are_told_others_when_named);
    tcase_add_test(tcase, lines_that_do_not_count_are_told_with_those_that_do);
    tcase_add_test(tcase, a_file_given_twice_repeats_its_lines);
    tcase_add_test(tcase, one_claim_id_may_be_of_several_types);
    tcase_add_test(tcase, lines_that_a_reversal_undoes_are_told_with_it);
    tcase_add_test(tcase, wide_rows_and_joined_facts_are_as_in_a_scan);
    tcase_add_test(tcase, a_claim_that_is_not_there_is_not_guessed_at);
    tcase_add_test(tcase, a_claim_of_a_whole_file_is_refused_but_for_one_line);
    tcase_add_test(tcase, standard_input_leaves_nothing_behind);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
}

CA_CHECK_MAIN("run/explain_claim", add_tests)
