/* Tests of run/try*.c: rules of any status over files, what they cannot judge, and findings as test cases that pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/testrun.h"
#include "run/try.h"
#include "support/check_main.h"
#include "support/night.h"

#define RULE "mine/SITE-0001.yaml"

static night n;
static ca_try_options options;
static ca_try_result result;

static const char claims[] =
    "claim_id,claim_type,line_no,patient_id,billing_provider_id,rendering_provider_id,from_date,service_date,procedure,"
    "units,charge,paid,principal_diagnosis,other_diagnoses\n"
    "K1,professional,1,77,B7,B7,2024-03-01,2024-03-01,V0103,9,100,80.00,I10,\n"
    "K1,professional,2,77,B7,B8,2024-03-01,2024-03-02,V0104,2,50,60.50,I10,E11.9;O24\n"
    "K2,professional,1,78,B8,B8,2024-04-01,2024-04-01,V0103,9,100,,I10,E78\n"
    "K3,outpatient,1,77,B8,,2024-05-01,2024-05-01,V0105,12,10,300.00,O24.4,E11\n"
    "K4,professional,1,79,B7,B7,2024-06-01,,V0103,,10,5.00,I10,\n";

static void setup(void)
{
    night_init(&n);
    n.options.db = NULL;
    n.options.work = n.folder;
    options = (ca_try_options){.scan = &n.options, .rules = RULE, .limit = 20};
    night_put(&n, "claims.csv", claims);
    night_put(&n, "patients.csv", "patient_id,sex,birth_date\n77,M,1950-06-30\n78,F,1990-01-01\n");
    night_put(&n, "providers.csv", "provider_id,specialty\nB7,08\nB8,22\n");
}

static void teardown(void)
{
    ck_assert_str_eq(night_left(&n), "");    /* no temporary file is left */
    night_done(&n);
}

static const char *rule_text(const char *status, const char *kind, const char *logic)
{
    return ca_arena_printf(&n.arena,
                           "rule: SITE-0001\nversion: 1\ntitle: Tried\nstatus: %s\nseverity: low\ncategory: coding\n"
                           "jurisdiction: core\ngrade: tip\nkind: %s\n%smessage: \"{claim_id} is wrong\"\n",
                           status, kind, logic);
}

static int try_on(const char *inputs)
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
    return ca_try(&options, &n.arena, &n.diags, &result, &n.err);
}

static void must_try(const char *inputs)
{
    int rc = try_on(inputs);
    ck_assert_msg(rc == 0, "%s", night_said(&n));
}

/* --- What is told ------------------------------------------------------------------------------------------- */

START_TEST(a_draft_runs_and_is_counted)
{
    night_put(&n, RULE, rule_text("draft", "line",
                                  "where: procedure != 'V0104'\nwhen: units > 8\n"
                                  "unless:\n  - {name: cheap, reason: it is, when: charge = 10}\n"));
    must_try("claims.csv patients.csv");
    const ca_try_rule *rule = &result.rules[0];
    ck_assert_uint_eq(result.rule_count, 1);
    ck_assert_str_eq(rule->status, "draft");
    ck_assert_uint_eq(rule->offered, 5);
    ck_assert_uint_eq(rule->hit, 2);
    ck_assert_uint_eq(rule->excused, 1);
    ck_assert_uint_eq(rule->unknown, 1);
    ck_assert_uint_eq(rule->not_applicable, 1);
    ck_assert_uint_eq(rule->pass, 0);
    ck_assert_int_eq(rule->exposure, 8000);
    ck_assert_uint_eq(rule->exposure_missing, 1);
    ck_assert_uint_eq(rule->blame_count, 1);
    ck_assert_str_eq(rule->blames[0].field, "units");
    ck_assert_uint_eq(result.finding_count, 2);
    ck_assert_int_eq(result.findings[0].exposure, 8000);    /* largest first, missing last */
    ck_assert_int_eq(result.findings[1].exposure, CA_EXPOSURE_MISSING);
    ck_assert_str_eq(result.findings[0].claim_id.ptr, "K1");
    ck_assert_str_eq(result.findings[0].message.ptr, "K1 is wrong");
    ck_assert_str_eq(result.findings[0].file, "claims.csv");
    ck_assert_uint_eq(result.findings[0].row, 2);
    ck_assert_uint_eq(result.rows_read, 7);
    ck_assert_uint_eq(result.lines, 5);
    ck_assert_uint_eq(result.claims, 4);
}
END_TEST

START_TEST(all_fields_to_blame_are_told_most_often_first)
{
    night_put(&n, RULE, rule_text("retired", "line", "when: paid > 1 and units > 1 and sex = 'X'\n"));
    must_try("claims.csv");
    const ca_try_rule *rule = &result.rules[0];
    ck_assert_uint_eq(rule->unknown, 5);
    ck_assert_uint_eq(rule->blame_count, 3);
    ck_assert_str_eq(rule->blames[0].field, "sex");
    ck_assert_uint_eq(rule->blames[0].count, 3);
    ck_assert_str_eq(rule->blames[1].field, "paid");
    ck_assert_str_eq(rule->blames[2].field, "units");
}
END_TEST

START_TEST(the_limit_is_of_the_list_alone)
{
    night_put(&n, RULE, rule_text("active", "line", "when: charge > 0\n"));
    options.limit = 2;
    must_try("claims.csv");
    ck_assert_uint_eq(result.rules[0].hit, 5);
    ck_assert_int_eq(result.rules[0].exposure, 30000 + 8000 + 6050 + 500);
    ck_assert_uint_eq(result.finding_count, 2);
    ck_assert_int_eq(result.findings[0].exposure, 30000);
    ck_assert_int_eq(result.findings[1].exposure, 8000);
    options.limit = 0;
    must_try("claims.csv");
    ck_assert_uint_eq(result.finding_count, 0);
    ck_assert_int_eq(result.rules[0].exposure, 30000 + 8000 + 6050 + 500);
}
END_TEST

static bool has_note(const char *part)
{
    for (size_t i = 0; i < result.note_count; i++) {
        if (strstr(result.notes[i], part)) {
            return true;
        }
    }
    return false;
}

START_TEST(a_bad_file_is_noted_not_refused)
{
    night_put(&n, RULE, rule_text("draft", "line", "when: sex = 'M' and units > 1\n"));
    night_put(&n, "bad.csv", "claim_id,claim_type,line_no,patient_id,units\nK9,professional,1,901,5\n,professional,1,902,5\n"
                             "K9,nonsense,1,902,5\n");
    must_try("bad.csv patients.csv");
    ck_assert_uint_eq(result.rows_rejected, 2);
    ck_assert(has_note("bad.csv: 2 of 3 rows rejected"));
    ck_assert(has_note("a scan would refuse these files: only 0 of 1 lines found their patient"));
    night_put(&n, "none.csv", "claim_id,claim_type,line_no,patient_id,units\n");
    must_try("none.csv");
    ck_assert(has_note("no claim line was read"));
}
END_TEST

START_TEST(only_the_rules_asked_for_run_with_the_sets_of_all)
{
    night_rule(&n, "CORE-0001", "line", "units > 1", "");
    night_put(&n, "rules/core/sets.yaml", "sets:\n  shipped: {family: procedure, codes: [V0103]}\n"
                                          "  mine: {family: procedure, codes: [V0104]}\n");
    night_put(&n, "site/sets.yaml", "sets:\n  site: {family: procedure, codes: [V0104]}\n");
    night_put(&n, "site/SITE-0009.yaml", "broken: [");
    night_put(&n, "mine/sets.yaml", "sets:\n  mine: {family: procedure, codes: [V0105]}\n");
    night_put(&n, RULE,
              rule_text("draft", "line",
                        "when: procedure in set shipped or procedure in set site or procedure in set mine\n"));
    const char *folders[] = {"site"};
    n.options.rule_folders = folders;
    n.options.rule_folder_count = 1;
    must_try("claims.csv");
    ck_assert_uint_eq(result.rule_count, 1);
    ck_assert_uint_eq(result.rules[0].hit, 5);    /* the set beside the file goes before the shipped one */
    options.rules = "mine";
    must_try("claims.csv");
    ck_assert_uint_eq(result.rule_count, 1);
    night_put(&n, "site/sets.yaml", "sets:\n  site: {family: procedure, codes: [V0104]}\n"
                                    "  mine: {family: procedure, codes: [V0999]}\n");
    must_try("claims.csv");
    ck_assert_uint_eq(result.rules[0].hit, 4);    /* --rules goes before both */
}
END_TEST

START_TEST(what_cannot_be_tried_is_refused)
{
    ck_assert_int_eq(try_on("claims.csv"), CA_CONFIG);
    ck_assert_str_eq(night_said(&n), "there is no rule file or folder 'mine/SITE-0001.yaml'\n");
    night_put(&n, "mine/sets.yaml", "sets:\n  a: {family: procedure, codes: [V1]}\n");
    options.rules = "mine";
    ck_assert_int_eq(try_on("claims.csv"), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "there is no rule in this folder"));
    night_put(&n, RULE, rule_text("draft", "line", "when: unitz > 1\n"));
    ck_assert_int_eq(try_on("claims.csv"), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "mine/SITE-0001.yaml:10:7: "));
    night_put(&n, RULE, rule_text("draft", "line", "when: units > 8\n"));
    options.as_test = 4;
    ck_assert_int_eq(try_on("claims.csv"), CA_USAGE);
    ck_assert_str_eq(night_said(&n), "there is no finding 4: 3 are listed; --limit lists more of each rule\n");
}
END_TEST

/* --- Test cases --------------------------------------------------------------------------------------------- */

/* Puts the case into the rule's file and runs it. */
static size_t failures_of(const char *text, const char *test)
{
    ca_setup loaded;
    ca_testrun ran = {0};
    ca_setup_options load = {
        .disk = n.options.disk, .profile = "night.yaml", .shipped_rules = "rules", .only_from = RULE};
    night_put(&n, RULE, ca_arena_printf(&n.arena, "%stests:\n%s", text, test));
    ca_diags_done(&n.diags);
    ca_diags_init(&n.diags, &n.arena);
    int rc = ca_setup_load(&load, &n.arena, &n.diags, &loaded, &n.err);
    ck_assert_msg(rc == 0, "%s\n%s", night_said(&n), test);
    ck_assert_int_eq(ca_testrun_rule(loaded.rules, loaded.rules->rules[0], &n.diags, &ran, &n.err), 0);
    ck_assert_uint_eq(ran.cases, 1);
    ca_setup_done(&loaded);
    return ran.failed;
}

/* The case of finding 1, which passes; and would fail if it expected nothing. */
static const char *case_of(const char *text, const char *inputs)
{
    night_put(&n, RULE, text);
    options.as_test = 1;
    must_try(inputs);
    const char *test = ca_arena_cstr(&n.arena, result.test);
    ck_assert_msg(failures_of(text, test) == 0, "%s\n%s", night_said(&n), test);
    const char *hits = strstr(test, "hits:");
    const char *wrong = ca_arena_printf(&n.arena, "%.*shits: []\n", (int)(hits - test), test);
    ck_assert_uint_eq(failures_of(text, wrong), 1);
    return test;
}

static const char *lines_of(const char *test)
{
    const char *lines = strstr(test, "    lines: |\n");
    ck_assert_ptr_nonnull(lines);
    return lines;
}

START_TEST(a_line_is_a_case)
{
    const char *test = case_of(rule_text("draft", "line", "when: units > 8 and charge > 20\n"), "claims.csv");
    ck_assert_str_eq(lines_of(test), "    lines: |\n"
                                     "      id  claim_id  units  charge  paid\n"
                                     "      1   C1        9      100.00  80.00\n"
                                     "    hits: [1]\n");
    ck_assert_ptr_nonnull(strstr(test, "  # From real data."));
    ck_assert_ptr_null(strstr(test, "K1"));
}
END_TEST

START_TEST(a_claim_is_a_case_with_all_its_lines)
{
    const char *test = case_of(rule_text("draft", "claim",
                                         "where: units < 5\nwhen: any(rendering_provider_id != billing_provider_id) and "
                                         "patient_id is present\n"),
                               "claims.csv");
    ck_assert_str_eq(lines_of(test),
                     "    lines: |\n"
                     "      id  claim_id  patient_id  billing_provider_id  claim_paid  units  paid   rendering_provider_id\n"
                     "      1   C1        P1          N1                   -           9      80.00  N1\n"
                     "      2   C1        P1          N1                   -           2      60.50  N2\n"
                     "    hits: [[2]]\n");
}
END_TEST

START_TEST(facts_of_patients_and_providers_go_with_a_case)
{
    const char *test = case_of(rule_text("draft", "claim",
                                         "when: age_at(birth_date, from_date) >= 73 and sex = 'M' and "
                                         "billing.specialty = '08'\n"),
                               "claims.csv patients.csv providers.csv");
    ck_assert_ptr_nonnull(strstr(test, "1950-06-30"));
    ck_assert_ptr_nonnull(strstr(test, "specialty:08"));
    ck_assert_ptr_nonnull(strstr(test, "hits: [[1, 2]]"));
}
END_TEST

START_TEST(a_list_and_a_set_are_a_case_that_stands_alone)
{
    const char *text = rule_text("draft", "line", "when: other_diagnoses overlaps set bad and procedure in set when_bad\n");
    const char *sets = "sets:\n  bad: {family: diagnosis, codes: [E11.9, I10, X99]}\n"
                       "  when_bad: {family: procedure, file: when.csv, column: c, system: hcpcs, valid: [f, t]}\n";
    night_put(&n, "mine/sets.yaml", sets);
    night_put(&n, "mine/when.csv", "c,f,t\nV0104,2020-01-01,2024-03-02\nV0104,2024-07-01,\nV0999,,\n");
    const char *test = case_of(text, "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "icd10cm:E119;icd10cm:O24"));
    ck_assert_ptr_nonnull(strstr(test, "    tables:\n"
                                       "      bad: |\n"
                                       "        code\n"
                                       "        icd10cm:E119\n"
                                       "      when_bad: |\n"
                                       "        code         valid_from  valid_to\n"
                                       "        hcpcs:V0104  2020-01-01  2024-03-02\n"
                                       "        hcpcs:V0104  2024-07-01  -\n"));
    night_put(&n, "mine/when.csv", "c,f,t\nV0999,,\n");    /* it does not need the set's own rows */
    ck_assert_uint_eq(failures_of(text, test), 0);
}
END_TEST

START_TEST(a_code_outside_of_a_set_is_so_in_the_case)
{
    night_put(&n, "mine/sets.yaml", "sets:\n  good: {family: procedure, codes: [V0104]}\n");
    const char *test = case_of(rule_text("draft", "line", "when: procedure not in set good\n"), "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "      good: |\n        code\n    hits"));
}
END_TEST

START_TEST(a_set_without_a_file_stays_so_in_the_case)
{
    night_put(&n, "mine/sets.yaml", "sets:\n  site_only: {family: procedure, bind: site}\n");
    const char *test = case_of(rule_text("draft", "line",
                                         "when: units > 8\nunless:\n  - {name: known, reason: it is, when: procedure not in "
                                         "set site_only}\n"),
                               "claims.csv");
    ck_assert_ptr_null(strstr(test, "tables:"));
}
END_TEST

START_TEST(rows_of_tables_are_a_case_that_stands_alone)
{
    const char *text = rule_text("draft", "line",
                                 "when: paid > units * fee(procedure on service_date).price and "
                                 "contract(billing_provider_id, procedure) is not found\n");
    const char *sets =
        "tables:\n"
        "  fee: {file: fee.csv, keys: [procedure hcpcs], valid: [from, to], columns: {price: money, note: text}}\n"
        "  contract: {file: contract.csv, keys: [provider id, procedure hcpcs], columns: {price: money}}\n";
    night_put(&n, "mine/sets.yaml", sets);
    night_put(&n, "mine/fee.csv", "procedure,price,note,from,to\nV0105,99,old,,2024-04-30\nV0105,20,it's new,2024-05-01,\n"
                                  "V0103,500,,,\n");
    night_put(&n, "mine/contract.csv", "provider,procedure,price\nB7,V0105,1\nB8,V0103,1\n");
    const char *test = case_of(text, "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "      fee: |\n"
                                       "        procedure  price  note        valid_from  valid_to\n"
                                       "        V0105      20.00  'it`s new'  2024-05-01  -\n"
                                       "      contract: |\n"
                                       "        provider  procedure  price\n"
                                       "    hits"));
    ck_assert_ptr_nonnull(strstr(test, "a table cannot"));
    night_put(&n, "mine/fee.csv", "procedure,price,note,from,to\nV0105,9000,,,\n");
    ck_assert_uint_eq(failures_of(text, test), 0);
}
END_TEST

START_TEST(a_row_for_a_prefix_is_one_of_its_day_in_the_case)
{
    night_put(&n, "mine/sets.yaml", "tables:\n  fee: {file: fee.csv, keys: [procedure hcpcs], prefix: yes, valid: [from, to], "
                                    "columns: {price: money}}\n");
    night_put(&n, "mine/fee.csv", "procedure,price,from,to\nV01,7,,\n=V0104,8,2020-01-01,2024-03-01\n");
    const char *test = case_of(rule_text("draft", "claim",
                                         "when: any(fee(procedure on service_date).price = 7) and "
                                         "any(fee(procedure on from_date).price = 8)\n"),
                               "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "V0104      7.00   2024-03-02  2024-03-02\n"));
    ck_assert_ptr_nonnull(strstr(test, "V0104      8.00   2020-01-01  2024-03-01\n"));
}
END_TEST

START_TEST(a_key_of_a_table_has_the_stand_in_of_its_column)
{
    night_put(&n, "mine/sets.yaml", "tables:\n  contract: {file: contract.csv, keys: [provider id], columns: {boss: id}}\n");
    night_put(&n, "mine/contract.csv", "provider,boss\nB7,B8\n");
    const char *test = case_of(rule_text("draft", "line",
                                         "when: contract(billing_provider_id).boss = rendering_provider_id\n"),
                               "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "        provider  boss\n        N1        N2\n"));
}
END_TEST

START_TEST(identifiers_that_the_rule_names_keep_what_it_says_of_them)
{
    const char *test = case_of(rule_text("draft", "line",
                                         "when: billing_provider_id in ('B7', 'N1') and patient_id starts with '7' and "
                                         "rendering_provider_id != 'N2' and not rendering_provider_id starts with 'N'\n"),
                               "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, " 7P1 "));
    ck_assert_ptr_nonnull(strstr(test, " B7 "));
    test = case_of(rule_text("draft", "line", "when: billing_provider_id starts with 'B7' and patient_id is present\n"), "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, " B7N1 "));    /* the whole of it is a beginning, too */
}
END_TEST

/* One line with a text of this cell. */
static void put_mode(const char *cell)
{
    static const char layout[] = "  - layout: modes\n    records: claims\n    columns: [bill, mode]\n"
                                 "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: {value: 1},\n"
                                 "      care_mode: mode}\n";
    ca_text profile;
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    const char *before = ca_arena_cstr(&n.arena, profile);
    if (!strstr(before, layout)) {
        night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%s%s", before, layout));
    }
    night_put(&n, "modes.csv", ca_arena_printf(&n.arena, "bill,mode\nK1,%s\n", cell));
}

START_TEST(texts_are_written_as_a_table_can_hold_them)
{
    static const struct {
        const char *cell, *text, *written;
    } texts[] = {{"plain", "plain", "plain"},
                 {"O'Brien", NULL, "O'Brien"},
                 {"it's two words", NULL, "'it''s two words'"},
                 {"'", NULL, "''''"},
                 {"a' b'", NULL, "'a'' b'''"},
                 {"-", "-", "'-'"},
                 {"\"\"\"q\"\" x\"", "\"q\" x", "'\"q\" x'"},
                 {"\"\"\"q\"", "\"q", "'\"q'"},
                 {"#;:{}|", "#;:{}|", "#;:{}|"},
                 {"\xC3\xA4rztlich", "\xC3\xA4rztlich", "\xC3\xA4rztlich"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_mode(texts[i].cell);
        const char *when = texts[i].text ? ca_arena_printf(&n.arena, "when: care_mode = '%s'\n", texts[i].text)
                                         : "when: care_mode is present\n";    /* no literal holds a quote */
        const char *test = case_of(rule_text("draft", "line", when), "modes.csv");
        ck_assert_msg(strstr(test, ca_arena_printf(&n.arena, " %s ", texts[i].written)) != NULL, "%s", test);
        ck_assert_ptr_null(strstr(test, "a table cannot"));
    }
}
END_TEST

/* Invisible characters are refused in a rule file: a case that holds one would not be read. */
START_TEST(characters_that_a_rule_file_cannot_hold_are_replaced)
{
    static const char *const cells[] = {"a\xE2\x80\xA8z", "a\xEF\xBB\xBFz", "a\xE2\x80\x8Bz", "a\xE2\x80\xAEz",
                                        "a\xC2\x85z", "a\x7Fz", "a\tz"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        put_mode(cells[i]);
        const char *test = case_of(rule_text("draft", "line", "when: care_mode is present\n"), "modes.csv");
        ck_assert_msg(strstr(test, " a?z ") || strstr(test, " 'a?z' "), "%zu: %s", i, test);
        ck_assert_ptr_nonnull(strstr(test, "a table cannot"));
    }
}
END_TEST

START_TEST(dates_of_validity_hold_in_the_case)
{
    const char *test = case_of(rule_text("draft", "claim",
                                         "effective: 2024-05-01 .. 2024-05-31\nwhen: count() > 0\n"), "claims.csv");
    ck_assert_ptr_nonnull(strstr(test, "2024-05-01"));
}
END_TEST

START_TEST(standard_input_is_read_again)
{
    night_put(&n, CA_DISK_STDIN, claims);
    const char *test = case_of(rule_text("draft", "line", "when: units > 8 and charge > 20\n"), "-");
    ck_assert_ptr_nonnull(strstr(test, "hits: [1]"));
}
END_TEST

START_TEST(a_case_has_at_most_as_many_lines_as_a_test_may_have)
{
    ca_buf csv;
    ca_buf_init(&csv);
    ca_buf_add_cstr(&csv, "claim_id,claim_type,line_no,paid\n");
    for (int line = 1; line <= 1000; line++) {
        ca_buf_printf(&csv, "K,professional,%d,1\n", line);
    }
    night_put(&n, "long.csv", ca_buf_cstr(&csv));
    ca_buf_done(&csv);
    night_put(&n, RULE, rule_text("draft", "claim", "when: count() > 5\n"));
    options.as_test = 1;
    ck_assert_int_eq(try_on("long.csv"), CA_LIMIT);
    ck_assert_str_eq(night_said(&n), "the claim has 1000 lines, a test case at most 999; choose another finding\n");
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
    night_put(&n, "mine/sets.yaml", "sets:\n  bad: {family: diagnosis, codes: [E11.9]}\n"
                                    "tables:\n  fee: {file: fee.csv, keys: [procedure hcpcs], columns: {price: money}}\n");
    night_put(&n, "mine/fee.csv", "procedure,price\nV0104,1\n");
    night_put(&n, RULE, rule_text("draft", "line", "when: other_diagnoses overlaps set bad and fee(procedure).price < 5\n"));
    options.as_test = 1;
    must_try("claims.csv patients.csv");
    int rc = CA_NOMEM;
    for (uint64_t at = 1; rc == CA_NOMEM; at += 1 + at / 16) {
        ca_diags_done(&n.diags);
        ca_diags_init(&n.diags, &n.arena);
        ca_alloc_fail(at, 1);
        rc = ca_try(&options, &n.arena, &n.diags, &result, &n.err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%d: %s", (int)at, night_said(&n));
    }
    ck_assert_int_eq(rc, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_draft_runs_and_is_counted);
    tcase_add_test(tcase, all_fields_to_blame_are_told_most_often_first);
    tcase_add_test(tcase, the_limit_is_of_the_list_alone);
    tcase_add_test(tcase, a_bad_file_is_noted_not_refused);
    tcase_add_test(tcase, only_the_rules_asked_for_run_with_the_sets_of_all);
    tcase_add_test(tcase, what_cannot_be_tried_is_refused);
    tcase_add_test(tcase, a_line_is_a_case);
    tcase_add_test(tcase, a_claim_is_a_case_with_all_its_lines);
    tcase_add_test(tcase, facts_of_patients_and_providers_go_with_a_case);
    tcase_add_test(tcase, a_list_and_a_set_are_a_case_that_stands_alone);
    tcase_add_test(tcase, a_code_outside_of_a_set_is_so_in_the_case);
    tcase_add_test(tcase, a_set_without_a_file_stays_so_in_the_case);
    tcase_add_test(tcase, rows_of_tables_are_a_case_that_stands_alone);
    tcase_add_test(tcase, a_row_for_a_prefix_is_one_of_its_day_in_the_case);
    tcase_add_test(tcase, a_key_of_a_table_has_the_stand_in_of_its_column);
    tcase_add_test(tcase, identifiers_that_the_rule_names_keep_what_it_says_of_them);
    tcase_add_test(tcase, texts_are_written_as_a_table_can_hold_them);
    tcase_add_test(tcase, characters_that_a_rule_file_cannot_hold_are_replaced);
    tcase_add_test(tcase, dates_of_validity_hold_in_the_case);
    tcase_add_test(tcase, standard_input_is_read_again);
    tcase_add_test(tcase, a_case_has_at_most_as_many_lines_as_a_test_may_have);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
}

CA_CHECK_MAIN("run/try", add_tests)
