/* Tests of run/profile_check.c and profile_feeds.c: what a person who writes a profile is shown. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "run/profile_check.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_profile_report report;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "c.csv", "claim_id,claim_type,line_no,patient_id,billing_provider_id,units,paid\n"
                           "A,professional,1,P1,D1,1,60.5\nB,professional,1,P2,D1,,x\nC,professional\n"
                           "D,professional,1,P1,D9,x,\nE,professional,1,,D1,2,5\nF,professional,1,2\n");
    night_put(&n, "p_2020.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\n0,1980-01-01,F\nP3,,M\n");
    night_put(&n, "d.csv", "provider_id,specialty\nD1,10\n");
}

static void teardown(void)
{
    night_done(&n);
}

static int check(const char *const *inputs)
{
    size_t count = 0;
    while (inputs && inputs[count]) {
        count++;
    }
    ca_check_options options = {.disk = n.options.disk, .profile = n.options.profile, .shipped_rules = "rules",
                                .inputs = inputs, .input_count = count, .memory = 1 << 30};
    n.err = (ca_error){0};
    return ca_profile_check(&options, &n.arena, &n.diags, &report, &n.err);
}

static const char *shown(const ca_check_line *line)
{
    const char *text = "";
    for (size_t i = 0; i < line->count; i++) {
        text = ca_arena_printf(&n.arena, "%s%s=%s ", text, line->fields[i], line->values[i]);
    }
    return text;
}

static const ca_check_rule *rule(const char *id)
{
    for (size_t i = 0; i < report.rule_count; i++) {
        if (strcmp(report.rules[i].id, id) == 0) {
            return &report.rules[i];
        }
    }
    ck_abort_msg("no rule %s", id);
    return NULL;
}

static void fed(const char *id, ca_feeding feeding, const char *layouts, const char *missing, bool nowhere)
{
    const ca_check_rule *of = rule(id);
    ck_assert_msg(of->feeding == feeding, "%s: %d", id, (int)of->feeding);
    ck_assert_str_eq(of->layouts, layouts);
    ck_assert_str_eq(of->missing, missing);
    ck_assert(!*missing || of->nowhere == nowhere);
}

static const char *const files[] = {"c.csv", "d.csv", "p_2020.csv", NULL};

START_TEST(rows_are_read_as_by_a_scan)
{
    ck_assert_msg(check(files) == 0, "%s", night_said(&n));
    const ca_check_file *claims = &report.files[0];
    ck_assert_uint_eq(report.file_count, 3);
    ck_assert_str_eq(ca_layout_name(claims->layout), "claims");
    ck_assert_uint_eq(claims->rows_read, 6);
    ck_assert_uint_eq(claims->rows_accepted, 4);
    ck_assert_uint_eq(claims->rows_rejected, 2);
    ck_assert_uint_eq(claims->lines, 4);
    ck_assert(!claims->cut);
    ck_assert_uint_eq(claims->reject_count, 2);
    ck_assert_str_eq(claims->rejects[0].reason, "7 columns expected, 2 found");
    ck_assert_uint_eq(claims->rejects[0].row, 4);
    const ca_check_file *people = &report.files[2];
    ck_assert_str_eq(people->path, "p_2020.csv");
    ck_assert_uint_eq(people->rows_accepted, 2);
    ck_assert_uint_eq(people->rows_skipped, 1);
    ck_assert_str_eq(people->skips[0], "placeholder patient_id");
    ck_assert_uint_eq(report.patients, 2);
    ck_assert_uint_eq(report.providers, 1);
    ck_assert_uint_eq(report.joins.patient.usable, 3);
    ck_assert_uint_eq(report.joins.patient.found, 2);
    ck_assert_uint_eq(report.joins.provider[CA_ROLE_BILLING].found, 3);
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

START_TEST(layouts_are_added_up)
{
    static const char *const more[] = {"c.csv", "d.csv", "e.csv", "p_2020.csv", "w.csv", NULL};
    night_put(&n, "e.csv", "claim_id,claim_type,line_no,patient_id,paid\nG,professional,1,P3,2.25\nH,professional,1,P9,-1\n");
    night_put(&n, "w.csv", "claim_id,claim_type,paid_1,units_1\nA,professional,10,1\n");
    ck_assert_msg(check(more) == 0, "%s", night_said(&n));
    ck_assert_uint_eq(report.layout_count, 4);
    const ca_check_layout *claims = &report.layouts[0];
    ck_assert_str_eq(ca_layout_name(claims->layout), "claims");
    ck_assert_uint_eq(claims->files, 2);
    ck_assert_uint_eq(claims->rows_read, 8);
    ck_assert_uint_eq(claims->rows_accepted, 6);
    ck_assert_uint_eq(claims->rows_rejected, 2);
    ck_assert_uint_eq(claims->lines, 6);
    ck_assert(claims->has_paid && !claims->has_charge && !claims->has_allowed);
    ck_assert_int_eq(claims->totals.paid, 605000 + 50000 + 22500 - 10000);
    ck_assert_uint_eq(claims->joins.patient.usable, 5);
    ck_assert_uint_eq(claims->joins.patient.found, 3);
    ck_assert_uint_eq(claims->totals_checked, 0);
    for (size_t i = 0; i < report.layout_count; i++) {
        const ca_check_layout *layout = &report.layouts[i];
        if (strcmp(ca_layout_name(layout->layout), "wide") == 0) {
            ck_assert_int_eq(layout->totals.paid, 100000);
            ck_assert_uint_eq(layout->joins.patient.usable, 0);
        }
    }
    ck_assert_uint_eq(report.joins.patient.usable, 5);
    ck_assert_uint_eq(report.joins.patient.found, 3);
}
END_TEST

START_TEST(sums_that_do_not_fit_say_so)
{
    static const char *const many[] = {"a.csv", "b.csv", NULL};
    night_put(&n, "a.csv", "claim_id,claim_type,paid\nA,other,900000000000000\n");
    night_put(&n, "b.csv", "claim_id,claim_type,paid\nB,other,900000000000000\n");
    ck_assert_msg(check(many) == 0, "%s", night_said(&n));
    ck_assert(report.layouts[0].totals.overflow);
    ck_assert_int_eq(report.layouts[0].totals.paid, INT64_MAX);
}
END_TEST

START_TEST(lines_are_shown_with_their_facts)
{
    ck_assert_int_eq(check(files), 0);
    const ca_check_file *claims = &report.files[0];
    ck_assert_uint_eq(claims->shown_count, CA_CHECK_SHOWN);
    ck_assert_uint_eq(claims->shown[0].row, 2);
    ck_assert_str_eq(shown(&claims->shown[0]),
                     "claim_id=A claim_part=1 claim_type=professional claim_status=original patient_id=P1 "
                     "billing_provider_id=D1 line_no=1 units=1 paid=60.50 sex=F birth_date=1980-01-01 "
                     "billing.specialty=10 ");
    ck_assert_uint_eq(claims->shown[2].row, 5);
    ck_assert_str_eq(shown(&report.files[2].shown[0]), "patient_id=P1 sex=F birth_date=1980-01-01 ");
    ck_assert_str_eq(shown(&report.files[2].shown[1]), "patient_id=P3 sex=M ");
    ck_assert_uint_eq(report.files[2].shown_count, 2);
    ck_assert_str_eq(shown(&report.files[1].shown[0]), "provider_id=D1 specialty=10 ");
}
END_TEST

START_TEST(columns_are_counted)
{
    ck_assert_int_eq(check(files), 0);
    const ca_check_file *claims = &report.files[0];
    bool units = false, paid = false;
    for (size_t i = 0; i < claims->column_count; i++) {
        const ca_column_count *count = &claims->columns[i];
        units |= strcmp(count->column, "units") == 0 && count->empty == 1 && count->undecoded == 1;
        paid |= strcmp(count->field, "paid") == 0 && count->empty == 1 && count->undecoded == 1;
    }
    ck_assert(units && paid);
}
END_TEST

START_TEST(of_one_layout_three_lines_are_shown_in_all)
{
    static const char *const more[] = {"a.csv", "c.csv", NULL};
    night_put(&n, "a.csv", "claim_id,claim_type,line_no\nA,professional,1\nB,professional,1\n");
    ck_assert_int_eq(check(more), 0);
    ck_assert_uint_eq(report.files[0].shown_count, 2);
    ck_assert_uint_eq(report.files[1].shown_count, 1);
}
END_TEST

START_TEST(large_files_are_cut)
{
    static const char *const large[] = {"l.csv", NULL};
    size_t rows = CA_CHECK_ROWS + 1;
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "claim_id,claim_type\n");
    for (size_t i = 0; i < rows; i++) {
        ca_buf_add_cstr(&text, "A,other\n");
    }
    memdisk_put(n.memory, "l.csv", text.ptr, text.len - 8);
    ck_assert_int_eq(check(large), 0);
    ck_assert_uint_eq(report.files[0].rows_read, CA_CHECK_ROWS);
    ck_assert(!report.files[0].cut);
    memdisk_put(n.memory, "l.csv", text.ptr, text.len);
    ck_assert_int_eq(check(large), 0);
    ck_assert_uint_eq(report.files[0].rows_read, CA_CHECK_ROWS);
    ck_assert(report.files[0].cut);
    ca_buf_done(&text);
}
END_TEST

static void more_rules(void)
{
    night_put(&n, "rules/core/sets.yaml",
              "sets:\n  wrong_dx: {family: diagnosis, bind: site}\n  old_dx: {family: diagnosis, file: old.csv, column: code,"
              " system: icd10cm, valid: [from, to]}\n");
    night_put(&n, "rules/core/old.csv", "code,from,to\nI10,2020-01-01,\n");
    night_rule(&n, "CORE-0002", "line", "sex = 'F' and paid > 5", "");
    night_rule(&n, "CORE-0003", "line", "billing.specialty = '10' or charge > 3", "");
    night_rule(&n, "CORE-0004", "claim", "sum(paid) > 5", "");
    night_rule(&n, "CORE-0005", "claim", "diagnoses overlaps set wrong_dx", "");
    night_rule(&n, "CORE-0006", "claim", "diagnoses overlaps set old_dx", "");
    night_rule(&n, "CORE-0007", "line", "service_date is missing", "");
    night_rule(&n, "CORE-0008", "line", "not (charge > 1 and units > 1)", "");
    night_rule(&n, "CORE-0009", "line", "units > 1", "unless:\n  - {name: cheap, reason: cheap, when: charge < 5}\n");
    night_rule(&n, "CORE-0010", "line", "units > 1", "effective: 2020-01-01 .. open\n");
}

START_TEST(a_profile_alone_says_what_it_can_feed)
{
    more_rules();
    ck_assert_msg(check(NULL) == 0, "%s", night_said(&n));
    ck_assert_uint_eq(report.rule_count, 10);
    fed("CORE-0001", CA_FED, "claims, wide", "", false);
    fed("CORE-0002", CA_FED, "claims", "", false);
    fed("CORE-0003", CA_FED, "claims", "", false);
    fed("CORE-0004", CA_FED, "claims, wide", "", false);
    fed("CORE-0005", CA_NOT_FED, "claims", "", false);
    ck_assert_str_eq(rule("CORE-0005")->unbound, "wrong_dx");
    ck_assert_str_eq(rule("CORE-0006")->unbound, "");
    fed("CORE-0006", CA_FED, "claims", "", false);
}
END_TEST

START_TEST(files_feed_less)
{
    static const char *const bare[] = {"c.csv", NULL};
    more_rules();
    ck_assert_msg(check(bare) == 0, "%s", night_said(&n));
    fed("CORE-0001", CA_FED, "claims", "", false);
    fed("CORE-0002", CA_NOT_FED, "claims", "sex", true);
    fed("CORE-0003", CA_NOT_FED, "claims", "charge, billing.specialty", true);
    fed("CORE-0004", CA_FED, "claims", "", false);
    fed("CORE-0006", CA_NOT_FED, "claims", "from_date, diagnoses", true);
    fed("CORE-0007", CA_FED_IN_PART, "claims", "service_date", true);
    fed("CORE-0008", CA_FED_IN_PART, "claims", "charge", true);
    fed("CORE-0009", CA_FED_IN_PART, "claims", "charge", true);
    fed("CORE-0010", CA_NOT_FED, "claims", "service_date", true);
}
END_TEST

START_TEST(fact_files_feed_their_fields)
{
    more_rules();
    ck_assert_int_eq(check(files), 0);
    fed("CORE-0002", CA_FED, "claims", "", false);
    fed("CORE-0003", CA_FED_IN_PART, "claims", "charge", true);
}
END_TEST

/* Two layouts that each lack the other's field: neither feeds the rule, though somebody supplies everything. */
START_TEST(what_another_layout_supplies_does_not_help)
{
    static const char *const two[] = {"u.csv", "v.csv", NULL};
    night_rule(&n, "CORE-0002", "line", "units > 1 and sex = 'F'", "");
    night_put(&n, "u.csv", "claim_id,claim_type,paid_1,units_1\nA,professional,1,1\n");
    night_put(&n, "v.csv", "claim_id,claim_type,line_no,sex\nB,professional,1,F\n");
    ck_assert_msg(check(two) == 0, "%s", night_said(&n));
    fed("CORE-0002", CA_NOT_FED, "wide", "sex", false);
}
END_TEST

START_TEST(errors_are_reported_with_their_places)
{
    night_rule(&n, "CORE-0009", "line", "unitz > 1", "");
    ck_assert_int_eq(check(files), CA_CONFIG);
    ck_assert(strstr(night_said(&n), "rules/core/CORE-0009.yaml:11:7: ") != NULL);
}
END_TEST

START_TEST(a_pipe_is_refused)
{
    static const char *const input[] = {"-", NULL};
    night_put(&n, CA_DISK_STDIN, "claim_id,claim_type\n");
    ck_assert_int_eq(check(input), CA_USAGE);
    ck_assert_str_eq(n.err.text, "(standard input) cannot be read twice: save a piece of it to a file");
}
END_TEST

START_TEST(memory_may_run_out)
{
    more_rules();
    uint64_t before = ca_alloc_calls();
    ck_assert_int_eq(check(files), 0);
    uint64_t calls = ca_alloc_calls() - before;
    ca_diags_done(&n.diags);
    ca_arena_done(&n.arena);
    unsigned refused = 0;
    for (uint64_t at = 1 + (uint64_t)_i; at <= calls; at += 17) {
        ca_diags_init(&n.diags, &n.arena);
        ca_alloc_fail(at, 0);
        int rc = check(files);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == CA_NOMEM || rc == 0, "%llu: %d %s", (unsigned long long)at, rc, n.err.text);
        refused += rc != 0;
        ca_diags_done(&n.diags);
        ca_arena_done(&n.arena);
    }
    ck_assert_uint_gt(refused, 10);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, rows_are_read_as_by_a_scan);
    tcase_add_test(tcase, layouts_are_added_up);
    tcase_add_test(tcase, sums_that_do_not_fit_say_so);
    tcase_add_test(tcase, lines_are_shown_with_their_facts);
    tcase_add_test(tcase, columns_are_counted);
    tcase_add_test(tcase, of_one_layout_three_lines_are_shown_in_all);
    tcase_add_test(tcase, large_files_are_cut);
    tcase_add_test(tcase, a_profile_alone_says_what_it_can_feed);
    tcase_add_test(tcase, files_feed_less);
    tcase_add_test(tcase, fact_files_feed_their_fields);
    tcase_add_test(tcase, what_another_layout_supplies_does_not_help);
    tcase_add_test(tcase, errors_are_reported_with_their_places);
    tcase_add_test(tcase, a_pipe_is_refused);
    tcase_add_loop_test(tcase, memory_may_run_out, 0, 4);
}

CA_CHECK_MAIN("run/profile_check", add_tests)
