/* Mutants: which there are of every part of a rule, which ones tests catch, and what may be declared. */
#include "rules/mutate.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_arena arena;
static ca_buf words;
static ca_buf source;
static ca_diags diags;

static void set_up(void)
{
    front = rule_front_new();
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&words);
    ca_buf_init(&source);
}

static void tear_down(void)
{
    ca_buf_done(&source);
    ca_buf_done(&words);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    rule_front_free(front);
}

/* Lines 1 to 7. */
static const char head[] = "rule: US-0101\nversion: 1\ntitle: A title\nstatus: active\nseverity: high\n"
                           "category: eligibility\nmessage: \"Claim\"\n";

static const ca_rule *load(const char *rest)
{
    ca_buf_clear(&source);
    ca_buf_printf(&source, "%s%s", head, rest);
    const char *said = rule_front_load(front, ca_buf_cstr(&source));
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_msg(rule != NULL && strstr(said, "error") == NULL, "%s", said);
    return rule;
}

/* Each mutant of the rule that loads and has another hash; "refused" ones are told apart. */
static const char *mutants_of(const char *rest)
{
    ca_mutant *items;
    size_t count;
    ca_buf text;
    const ca_rule *rule = load(rest);
    ca_buf_init(&text);
    ck_assert_int_eq(ca_mutants_list(rule, &arena, &items, &count, NULL), 0);
    ca_buf_clear(&words);
    for (size_t i = 0; i < count; i++) {
        ca_ruleset *set;
        const ca_ruleset *under = rule_front_set(front);
        ca_diags said;
        ca_diags_init(&said, &arena);
        ca_mutant_source(rule->file->source, &items[i], &text);
        ck_assert_int_eq(ca_ruleset_new(under->schema, under->codes, under->refs, under->vocabulary, &set, NULL), 0);
        ck_assert_int_eq(ca_ruleset_add_source(set, "US-0101.yaml", ca_buf_text(&text), false, &said, NULL), 0);
        bool same = set->count == 1 && memcmp(set->rules[0]->logic_hash, rule->logic_hash, 32) == 0;
        ca_buf_printf(&words, "%u:%u %s%s\n", (unsigned)items[i].line, (unsigned)items[i].column, items[i].change,
                      set->count == 0 ? " (refused)" : same ? " (same)" : "");
        ca_diags_done(&said);
        ca_ruleset_free(set);
    }
    ca_buf_done(&text);
    return ca_buf_cstr(&words);
}

START_TEST(conditions)
{
    ck_assert_str_eq(mutants_of("kind: line\nwhen: units > 4\n"),
                     "9:13 when: units > 4 -> units >= 4\n"
                     "9:15 when: units > 4 -> units > 3\n"
                     "9:15 when: units > 4 -> units > 5\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: 0.50 <= paid\n") /* the other way round */,
                     "9:12 when: 0.50 <= paid -> 0.50 < paid\n"
                     "9:7 when: 0.50 <= paid -> 0.49 <= paid\n"
                     "9:7 when: 0.50 <= paid -> 0.51 <= paid\n");
}
END_TEST

START_TEST(every_sign)
{
    static const char *const signs[][2] = {{"=", "!="}, {"!=", "="}, {"<", "<="}, {"<=", "<"}, {">", ">="}, {">=", ">"}};
    char rest[100];
    char expected[100];
    snprintf(rest, sizeof(rest), "kind: line\nwhen: (paid)%s(charge)\n", signs[_i][0]);
    snprintf(expected, sizeof(expected), "9:13 when: paid)%s(charge -> paid)%s(charge\n", signs[_i][0], signs[_i][1]);
    const char *said = mutants_of(rest);
    ck_assert_ptr_nonnull(strstr(said, signs[_i][1]));
    ck_assert_ptr_null(strstr(said, "refused"));
    ck_assert_ptr_null(strstr(said, "same"));
    ck_assert_int_eq(said[strlen(said) - 1], '\n');
    ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1); /* one only */
}
END_TEST

START_TEST(joints)
{
    ck_assert_str_eq(mutants_of("kind: line\nwhen: sex = 'M' and (units is missing or paid is missing)\n"),
                     "9:17 when: sex = 'M' and (units is missing or paid is missing) -> "
                     "sex = 'M' or (units is missing or paid is missing)\n"
                     "9:11 when: sex = 'M' -> sex != 'M'\n"
                     "9:39 when: units is missing or paid is missing -> units is missing and paid is missing\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: >\n  units is missing\n  and paid is missing\n  and charge is missing\n"),
                     "11:3 when: units is missing and paid is missing and charge is missing -> "
                     "units is missing or (paid is missing and charge is missing)\n"
                     "12:3 when: units is missing and paid is missing and charge is missing -> "
                     "(units is missing and paid is missing) or charge is missing\n");
}
END_TEST

START_TEST(denials)
{
    ck_assert_str_eq(mutants_of("kind: line\nwhen: not (units is missing)\n"),
                     "9:7 when: not (units is missing) -> (units is missing)\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: not units is missing\n"),
                     "9:7 when: not units is missing -> units is missing\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: sex not in ('M', 'F')\n"),
                     "9:11 when: sex not in ('M', 'F') -> sex in ('M', 'F')\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: units is present\n"),
                     "9:16 when: units is present -> units is missing\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: mue(procedure) is not found\n"),
                     "9:25 when: mue(procedure) is not found -> mue(procedure) is found\n");
}
END_TEST

START_TEST(numbers_and_dates)
{
    ck_assert_str_eq(mutants_of("kind: line\nwhen: service_date between 2024-02-29 and 2024-12-31\n"),
                     "9:28 when: service_date between 2024-02-29 and 2024-12-31 -> service_date between 2024-02-28 and 2024-12-31\n"
                     "9:28 when: service_date between 2024-02-29 and 2024-12-31 -> service_date between 2024-03-01 and 2024-12-31\n"
                     "9:43 when: service_date between 2024-02-29 and 2024-12-31 -> service_date between 2024-02-29 and 2024-12-30\n"
                     "9:43 when: service_date between 2024-02-29 and 2024-12-31 -> service_date between 2024-02-29 and 2025-01-01\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: units is missing and paid > 0\n"),
                     "9:24 when: units is missing and paid > 0 -> units is missing or paid > 0\n"
                     "9:33 when: paid > 0 -> paid >= 0\n"
                     "9:35 when: paid > 0 -> paid > -1\n"
                     "9:35 when: paid > 0 -> paid > 1\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhen: paid >= 0.001\n"), /* its own last place */
                     "9:12 when: paid >= 0.001 -> paid > 0.001\n"
                     "9:15 when: paid >= 0.001 -> paid >= 0.000\n"
                     "9:15 when: paid >= 0.001 -> paid >= 0.002\n");
}
END_TEST

START_TEST(parameters)
{
    ck_assert_str_eq(mutants_of("kind: line\nparameters:\n  cap: 1\n  share: -0.5\n  since: 2024-01-01\n  other: 'X'\n"
                                "when: units > cap and paid > share and service_date > since\n"),
                     "10:8 parameter cap: 1 -> 0\n"
                     "10:8 parameter cap: 1 -> 2\n"
                     "11:10 parameter share: -0.5 -> -0.6\n"
                     "11:10 parameter share: -0.5 -> -0.4\n"
                     "12:10 parameter since: 2024-01-01 -> 2023-12-31\n"
                     "12:10 parameter since: 2024-01-01 -> 2024-01-02\n"
                     "14:19 when: units > cap and paid > share and service_date > since -> "
                     "units > cap or (paid > share and service_date > since)\n"
                     "14:36 when: units > cap and paid > share and service_date > since -> "
                     "(units > cap and paid > share) or service_date > since\n"
                     "14:13 when: units > cap -> units >= cap\n"
                     "14:28 when: paid > share -> paid >= share\n"
                     "14:53 when: service_date > since -> service_date >= since\n");
}
END_TEST

START_TEST(where_and_exceptions)
{
    ck_assert_str_eq(mutants_of("kind: line\nwhere: units is missing and (paid is missing or charge is missing)\nwhen: sex is missing\n"
                                "unless: [{name: kx, when: modifiers has 'KX', reason: A reason}]\n"),
                     "9:8 where: without units is missing\n"
                     "9:30 where: without paid is missing or charge is missing\n"
                     "9:25 where: units is missing and (paid is missing or charge is missing) -> "
                     "units is missing or (paid is missing or charge is missing)\n"
                     "9:46 where: paid is missing or charge is missing -> paid is missing and charge is missing\n"
                     "11:27 unless kx: dropped\n");
    ck_assert_str_eq(mutants_of("kind: line\nwhere: units is missing\nwhen: sex is missing\n"),
                     "9:8 where: without units is missing\n");
}
END_TEST

START_TEST(aggregates)
{
    ck_assert_str_eq(mutants_of("kind: claim\nwhen: distinct(procedure) = size(other_diagnoses) and distinct(procedure where paid > charge) = count()\n"),
                     "9:51 when: distinct(procedure) = size(other_diagnoses) and distinct(procedure where paid > charge) = count() -> "
                     "distinct(procedure) = size(other_diagnoses) or distinct(procedure where paid > charge) = count()\n"
                     "9:27 when: distinct(procedure) = size(other_diagnoses) -> distinct(procedure) != size(other_diagnoses)\n"
                     "9:7 when: distinct(procedure) = size(other_diagnoses) -> count() = size(other_diagnoses)\n"
                     "9:95 when: distinct(procedure where paid > charge) = count() -> distinct(procedure where paid > charge) != count()\n"
                     "9:55 when: distinct(procedure where paid > charge) = count() -> count(where paid > charge) = count()\n"
                     "9:85 when: distinct(procedure where paid > charge) = count() -> distinct(procedure where paid >= charge) = count()\n");
}
END_TEST

/* --- Kinds of several lines ---------------------------------------------------------------------- */

START_TEST(windows)
{
    ck_assert_str_eq(mutants_of("kind: window\nper: [patient_id, procedure]\nwithin: rolling 30 days\nsettle: 10 days\n"
                                "when: distinct(units) = count()\nlines: paid is missing\n"),
                     "10:17 within: rolling 30 days -> rolling 29 days\n"
                     "10:17 within: rolling 30 days -> rolling 31 days\n"
                     "11:9 settle: 10 days -> 9 days\n"
                     "11:9 settle: 10 days -> 11 days\n"
                     "9:7 per: without patient_id\n"
                     "9:19 per: without procedure\n"
                     "12:23 when: distinct(units) = count() -> distinct(units) != count()\n"
                     "12:7 when: distinct(units) = count() -> count() = count()\n");
    ck_assert_str_eq(mutants_of("kind: window\nper:\n  - patient_id\n  - procedure\nwithin: day\nwhen: any(units is missing)\n"),
                     "12:9 within: day -> week\n"
                     "10:5 per: without patient_id\n"
                     "11:5 per: without procedure\n");
    ck_assert_str_eq(mutants_of("kind: window\nwithin: claim\nwhen: any(units is missing)\n"), "");
    ck_assert_str_eq(mutants_of("kind: window\nparameters: {days: 7}\nper: [patient_id]\nwithin: rolling days days\n"
                                "when: any(units is missing)\n"),
                     "9:20 parameter days: 7 -> 6\n"
                     "9:20 parameter days: 7 -> 8\n");
}
END_TEST

START_TEST(rows_of_tables)
{
    ck_assert_str_eq(mutants_of("kind: window\neach: mue(procedure)\nper: [patient_id, procedure]\nwithin: rolling row.max_units days\n"
                                "when: sum(units) > row.max_units + 1\n"),
                     "10:7 per: without patient_id\n"
                     "10:19 per: without procedure\n"
                     "12:18 when: sum(units) > row.max_units + 1 -> sum(units) >= row.max_units + 1\n"
                     "12:36 when: sum(units) > row.max_units + 1 -> sum(units) > row.max_units + 0\n"
                     "12:36 when: sum(units) > row.max_units + 1 -> sum(units) > row.max_units + 2\n");
}
END_TEST

START_TEST(overlaps)
{
    ck_assert_str_eq(mutants_of("kind: overlap\nlevel: claim\nper: [patient_id]\ninterval: admission_date to discharge_date\n"
                                "touching: allowed\nreport: a\n"),
                     "12:11 touching: allowed -> overlap\n");
    ck_assert_str_eq(mutants_of("kind: overlap\nlevel: claim\nper: [patient_id]\n"
                                "interval: admission_date to add_days(discharge_date, 3)\nwhen: a.facility_id != b.facility_id\n"),
                     "11:54 interval: add_days(discharge_date, 3) -> add_days(discharge_date, 2)\n"
                     "11:54 interval: add_days(discharge_date, 3) -> add_days(discharge_date, 4)\n"
                     "11:1 touching: overlap -> allowed\n"
                     "12:21 when: a.facility_id != b.facility_id -> a.facility_id = b.facility_id\n");
}
END_TEST

START_TEST(sequences_absences_and_peers)
{
    ck_assert_str_eq(mutants_of("kind: sequence\nper: [patient_id]\norder: service_date\nadjacent: yes\nwithin: 1 day\n"
                                "when: a.paid = b.paid\n"),
                     "12:9 within: 1 day -> 0 day\n"
                     "12:9 within: 1 day -> 2 day\n"
                     "11:11 adjacent: yes -> no\n"
                     "13:14 when: a.paid = b.paid -> a.paid != b.paid\n");
    ck_assert_str_eq(mutants_of("kind: absence\nper: [patient_id]\nevent: units is missing\nwithout: paid = a.paid\n"
                                "look: 0 days before to 10 days after\nhistory: 5 days\n"),
                     "11:15 without: paid = a.paid -> paid != a.paid\n"
                     "12:7 look: 0 days before to 10 days after -> -1 days before to 10 days after (refused)\n"
                     "12:7 look: 0 days before to 10 days after -> 1 days before to 10 days after\n"
                     "12:24 look: 0 days before to 10 days after -> 0 days before to 9 days after\n"
                     "12:24 look: 0 days before to 10 days after -> 0 days before to 11 days after\n"
                     "13:10 history: 5 days -> 4 days\n"
                     "13:10 history: 5 days -> 6 days\n");
    ck_assert_str_eq(mutants_of("kind: peer\nentity: pharmacy_id\npeers: [pharmacy.specialty, pharmacy.provider_region]\n"
                                "within: year\nmin_peers: 2\nmetric: distinct(patient_id)\nminimum: count() >= 2\nwhen: metric > median()\n"),
                     "14:18 minimum: count() >= 2 -> count() > 2\n"
                     "14:21 minimum: count() >= 2 -> count() >= 1\n"
                     "14:21 minimum: count() >= 2 -> count() >= 3\n"
                     "13:9 metric: distinct(patient_id) -> count()\n"
                     "12:12 min_peers: 2 -> 1 (refused)\n"
                     "12:12 min_peers: 2 -> 3\n"
                     "11:9 within: year -> life\n"
                     "10:9 peers: without pharmacy.specialty\n"
                     "10:29 peers: without pharmacy.provider_region\n"
                     "15:14 when: metric > median() -> metric >= median()\n");
}
END_TEST

START_TEST(duplicates_and_pairs)
{
    ck_assert_str_eq(mutants_of("kind: duplicate\nsame: [patient_id]\noriginal: first by received_date,  paid , claim_id, line_no\n"),
                     "10:20 original: without received_date\n"
                     "10:36 original: without paid\n");
    ck_assert_str_eq(mutants_of("kind: duplicate\nlevel: claim\nsame: [patient_id]\noriginal: first by claim_id\n"), "");
    ck_assert_str_eq(mutants_of("kind: pair\nsame: [patient_id, service_date]\nwhen: a.paid = b.charge\nreport: b\nmax_group: 9\n"),
                     "9:8 same: without patient_id\n"
                     "9:20 same: without service_date\n"
                     "10:14 when: a.paid = b.charge -> a.paid != b.charge\n");
}
END_TEST

/* --- Running them -------------------------------------------------------------------------------- */

#define RULE                                                                                       \
    "kind: line\nwhen: units > cap\nparameters: {cap: 1}\n"                                         \
    "unless: [{name: kx, when: modifiers has 'KX', reason: A reason}]\n"

#define TESTS(more)                                                                                \
    "tests:\n  - name: a case\n    lines: |\n      id  units  modifiers\n      1   2      ''\n      2   0      ''\n" more \
    "    hits: [1]\n"

static const char *fates(const char *rest)
{
    ca_mutation mutation;
    const ca_rule *rule = load(rest);
    ck_assert_int_eq(ca_mutate_rule(rule_front_set(front), rule, &arena, &diags, &mutation, NULL), 0);
    ca_buf_clear(&words);
    ca_buf_printf(&words, "%zu %zu %zu %s%s\n", mutation.caught, mutation.survive, mutation.equivalent,
                  ca_mutation_passes(&mutation) ? "passes" : "below",
                  mutation.untested ? ", untested" : "");
    for (size_t i = 0; i < mutation.count; i++)
        if (mutation.items[i].fate != CA_MUTANT_CAUGHT)
            ca_buf_printf(&words, "%s: %s%s\n", ca_mutant_fate_name(mutation.items[i].fate), mutation.items[i].change,
                          mutation.items[i].reason ? mutation.items[i].reason : "");
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%u:%u: %.50s\n", (unsigned)diags.items[i].line, (unsigned)diags.items[i].column, diags.items[i].text);
    return ca_buf_cstr(&words);
}

START_TEST(survivors)
{
    ck_assert_str_eq(fates(RULE TESTS("")),
                     "1 3 0 below\n"
                     "survives: parameter cap: 1 -> 0\n"
                     "survives: when: units > cap -> units >= cap\n"
                     "survives: unless kx: dropped\n");
    ck_assert_str_eq(fates(RULE TESTS("      3   1      ''\n      4   9      KX\n")), "4 0 0 passes\n");
}
END_TEST

START_TEST(one_may_be_left)
{
    ck_assert_str_eq(fates(RULE TESTS("      3   1      ''\n")), "3 1 0 passes\nsurvives: unless kx: dropped\n");
}
END_TEST

START_TEST(declared)
{
    ck_assert_str_eq(fates(RULE TESTS("      4   9      KX\n")
                           "mutants:\n"
                           "  - change: \"parameter cap: 1 -> 0\"\n    equivalent: ' because'\n"
                           "  - {change: \"when: units > cap -> units >= cap\", equivalent: ' so'}\n"),
                     "2 0 2 passes\n"
                     "equivalent: parameter cap: 1 -> 0 because\n"
                     "equivalent: when: units > cap -> units >= cap so\n");
}
END_TEST

START_TEST(declared_wrongly)
{
    ck_assert_str_eq(fates(RULE TESTS("      3   1      ''\n      4   9      KX\n")
                           "mutants:\n"
                           "  - change: \"parameter cap: 1 -> 0\"\n    equivalent: because\n"
                           "  - change: \"parameter cap: 1 -> 7\"\n    equivalent: because\n"),
                     "4 0 0 passes\n"
                     "22:13: this mutant is declared equivalent, but a test cat\n"
                     "24:13: there is no such mutant; copy the change from what\n");
}
END_TEST

START_TEST(the_shape_of_declarations)
{
    ca_buf_clear(&source);
    ca_buf_printf(&source, "%s%s", head, "kind: line\nwhen: units > 1\nmutants:\n  - change: x\n    equal: y\n  - z\n");
    ck_assert_str_eq(rule_front_load(front, ca_buf_cstr(&source)),
                     "11:5: error: key 'equivalent' is missing\n"
                     "12:5: error: unknown key 'equal'\n"
                     "13:5: error: an entry of 'mutants' must be a mapping of 'key: value', not text\n");
}
END_TEST

START_TEST(nothing_to_try)
{
    ck_assert_str_eq(fates(RULE), "0 0 0 passes, untested\n");
    ck_assert_str_eq(fates(RULE "tests:\n  - name: a case\n    lines: |\n      id  units\n      1   2\n      2   0\n    hits: [2]\n"),
                     "0 0 0 passes, untested\n");
}
END_TEST

START_TEST(a_site_changes_no_mutant)
{
    const ca_rule *rule = load(RULE TESTS(""));
    ca_mutation mutation;
    rule->parameters[0].value->number = ca_ratio_of(100, 1); /* as a site would say */
    ck_assert_int_eq(ca_mutate_rule(rule_front_set(front), rule, &arena, &diags, &mutation, NULL), 0);
    ck_assert(!mutation.untested);
    ck_assert_uint_eq(mutation.survive, 3);
}
END_TEST

START_TEST(the_bar)
{
    static const struct {
        size_t caught, survive;
        bool passes;
    } bars[] = {{0, 0, true}, {0, 1, true},  {8, 1, true},   {7, 2, false},   {9, 1, true},
                {8, 2, false}, {89, 11, false}, {90, 10, true}, {180, 20, true}, {179, 21, false}};
    ca_mutation mutation = {.caught = bars[_i].caught, .survive = bars[_i].survive, .equivalent = 50};
    ck_assert(ca_mutation_passes(&mutation) == bars[_i].passes);
}
END_TEST

START_TEST(memory_may_run_out)
{
    const ca_rule *rule = load(RULE TESTS("      3   1      ''\n"));
    ca_mutation mutation;
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM; n += 1 + n / 8) {
        ca_arena room;
        ca_diags quiet;
        ca_arena_init(&room);
        ca_diags_init(&quiet, &room);
        ca_alloc_fail(n, 1);
        code = ca_mutate_rule(rule_front_set(front), rule, &room, &quiet, &mutation, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && mutation.caught == 3));
        ca_diags_done(&quiet);
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, conditions);
    tcase_add_loop_test(tcase, every_sign, 0, 6);
    tcase_add_test(tcase, joints);
    tcase_add_test(tcase, denials);
    tcase_add_test(tcase, numbers_and_dates);
    tcase_add_test(tcase, parameters);
    tcase_add_test(tcase, where_and_exceptions);
    tcase_add_test(tcase, aggregates);
    tcase_add_test(tcase, windows);
    tcase_add_test(tcase, rows_of_tables);
    tcase_add_test(tcase, overlaps);
    tcase_add_test(tcase, sequences_absences_and_peers);
    tcase_add_test(tcase, duplicates_and_pairs);
    tcase_add_test(tcase, survivors);
    tcase_add_test(tcase, one_may_be_left);
    tcase_add_test(tcase, declared);
    tcase_add_test(tcase, declared_wrongly);
    tcase_add_test(tcase, the_shape_of_declarations);
    tcase_add_test(tcase, nothing_to_try);
    tcase_add_test(tcase, a_site_changes_no_mutant);
    tcase_add_loop_test(tcase, the_bar, 0, 10);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/mutate", add_tests)
