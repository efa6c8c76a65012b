/* Findings of several lines, of windows and of entities as the report has them, and what findings come to: a line counts
 * once, and what lies on entities is never added to lines. */
#include "report/export.h"
#include "sample.h"

static ca_error err;

static ca_finding_line line_of(const char *role, const char *claim, int64_t line_no, int64_t exposure)
{
    ca_finding_line line = sample_line(line_no, exposure);
    line.role = role;
    line.claim_id = ca_text_of(claim);
    return line;
}

/* A run of the rule CORE-0201, and of SITE-0002, a shadow rule. */
static ca_report *begin(uint64_t identity, const char *currency)
{
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(identity);
    ca_file_record file = sample_file(0, "in/claims.csv");
    ca_rule_record rule = sample_rule("CORE-0201", "high", 3);
    ca_rule_record shadow = sample_rule("SITE-0002", "low", 1);
    shadow.status = "shadow";
    record.currency = currency;
    record.minor_digits = strcmp(currency, "JPY") == 0 ? 0 : 2;
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    ck_assert_int_eq(ca_report_add_file(report, &file, &err), 0);
    ck_assert_int_eq(ca_report_add_rule(report, 0, &rule, &err), 0);
    ck_assert_int_eq(ca_report_add_rule(report, 1, &shadow, &err), 0);
    return report;
}

static void add(ca_report *report, const ca_finding *finding)
{
    ck_assert_msg(ca_report_add_finding(report, finding, &err) == 0, "%s", err.text);
}

static void add_lines(ca_report *report, uint32_t rule, uint64_t key, ca_finding_line *lines, size_t count)
{
    ca_finding finding = sample_finding(rule, key, lines, count);
    finding.exposure = 0;
    for (size_t i = 0; i < count; i++) {
        finding.exposure = lines[i].exposure == CA_EXPOSURE_MISSING || finding.exposure == CA_EXPOSURE_MISSING
                               ? CA_EXPOSURE_MISSING
                               : finding.exposure + lines[i].exposure;
    }
    add(report, &finding);
}

static void add_entity(ca_report *report, uint64_t key, const char *id, int64_t exposure)
{
    ca_finding_line line = line_of("line", "C9", 1, CA_EXPOSURE_MISSING);
    ca_finding finding = sample_finding(0, key, &line, 1);
    finding.claim_id = (ca_text){0};
    finding.claim_part = 0;
    finding.line_no = 0;
    finding.patient_id = (ca_text){0};
    finding.entity_kind = "pharmacy_id";
    finding.entity_id = ca_text_of(id);
    finding.of_entity = true;
    finding.has_window = true;
    finding.window_from = 18993;
    finding.window_to = 19357;
    finding.exposure = exposure;
    add(report, &finding);
}

static void end(ca_report *report)
{
    ck_assert_int_eq(ca_report_commit(report, &err), 0);
    ca_report_close(report);
}

typedef struct totals {
    char text[512];
} totals;

static int take(void *context, const ca_exposure *total)
{
    char *text = ((totals *)context)->text;
    size_t len = strlen(text);
    snprintf(text + len, sizeof(totals) - len, "%s%s %d: %llu of which %llu missing, %lld and %lld", len ? "\n" : "",
             total->currency, total->minor_digits, (unsigned long long)total->findings,
             (unsigned long long)total->missing, (long long)total->lines, (long long)total->entities);
    return 0;
}

static const char *total_of(ca_finding_filter filter)
{
    static totals to;
    to = (totals){0};
    ca_report *report = sample_open(false);
    ck_assert_msg(ca_report_exposure(report, &filter, take, &to, &err) == 0, "%s", err.text);
    ca_report_close(report);
    return to.text;
}

START_TEST(a_pair_names_both_claims)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line lines[] = {line_of("a", "C1", 2, 100), line_of("b", "C2", 7, 0)};
    lines[1].claim_type = CA_PHARMACY;
    lines[1].claim_part = 3;
    lines[1].has_date = false;
    lines[1].has_paid = false;
    add_lines(report, 0, 1, lines, 2);
    end(report);
    ck_answer("SELECT subject_kind, subject_id, claim_id, counterpart_claim_id, exposure, exposure_scope, lines"
              " FROM v_findings",
              "line|outpatient/C1/2|C1|C2|100|lines|2");
    ck_answer("SELECT role, claim_type, claim_id, claim_part, line_no, service_date, paid, exposure, file, lines"
              " FROM v_finding_lines",
              "a|outpatient|C1|1|2|2022-01-08|22345|100|in/claims.csv|1\n"
              "b|pharmacy|C2|3|7|NULL|NULL|0|in/claims.csv|1");
}
END_TEST

/* Pairs of whole claims (level: claim) where no line has money. */
START_TEST(a_claim_may_be_a_side)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line lines[] = {line_of("a", "C1", 0, 100), line_of("b", "C2", 0, 30)};
    lines[0].of_claim = lines[1].of_claim = true;
    ca_finding finding = sample_finding(0, 1, lines, 2);
    finding.of_claim = true;
    add(report, &finding);
    end(report);
    ck_answer("SELECT subject_id, counterpart_claim_id FROM v_findings", "outpatient/C1|C2");
    ck_answer("SELECT role, claim_id, line_no FROM v_finding_lines", "a|C1|NULL\nb|C2|NULL");
    ck_answer("SELECT claim_id, line_no, exposure FROM v_line_exposure ORDER BY 1", "C1|NULL|100\nC2|NULL|30");
}
END_TEST

START_TEST(a_counterpart_is_another_claim)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line same[] = {line_of("a", "C1", 2, 1), line_of("b", "C1", 3, 1)};
    ca_finding_line copy[] = {line_of("copy", "C1", 2, 1), line_of("original", "C0", 1, 0)};
    ca_finding_line window[] = {line_of("line", "C1", 2, 1), line_of("line", "C4", 1, 0)};
    add_lines(report, 0, 1, same, 2);
    add_lines(report, 0, 2, copy, 2);
    add_lines(report, 0, 3, window, 2);
    end(report);
    ck_answer("SELECT counterpart_claim_id FROM v_findings ORDER BY finding_id", "NULL\nC0\nNULL");
}
END_TEST

START_TEST(what_was_cut_off_is_a_line_of_its_own)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line lines[] = {line_of("line", "C1", 2, 100), {.role = "others", .has_paid = true, .paid = 7000000,
                                                                .exposure = 40, .count = 1003}};
    add_lines(report, 0, 1, lines, 2);
    lines[1].has_paid = false;
    lines[1].exposure = CA_EXPOSURE_MISSING;
    add_lines(report, 0, 2, lines, 2);
    end(report);
    ck_answer("SELECT finding_id, lines FROM v_findings ORDER BY 1", "1|1004\n2|1004");
    ck_answer("SELECT finding_id, role, claim_id, line_no, exposure, file, row, paid, lines FROM v_finding_lines"
              " WHERE role = 'others' ORDER BY 1",
              "1|others|NULL|NULL|40|NULL|NULL|70000|1003\n2|others|NULL|NULL|NULL|NULL|NULL|NULL|1003");
    ck_answer("SELECT claim_id, exposure, findings, without_amount, lines FROM v_line_exposure ORDER BY 1, 2",
              "NULL|NULL|1|1|1003\nNULL|40|1|0|1003\nC1|100|2|0|1");
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "USD 2: 2 of which 1 missing, 140 and 0");
    ck_answer("SELECT line_exposure, entity_exposure, exposure_missing FROM v_runs", "140|0|1");
}
END_TEST

START_TEST(a_line_counts_once_with_its_largest_share)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line first[] = {line_of("a", "C1", 1, 100), line_of("b", "C2", 1, 30)};
    ca_finding_line second[] = {line_of("line", "C1", 1, 70), line_of("line", "C2", 1, 50),
                                line_of("line", "C2", 2, CA_EXPOSURE_MISSING)};
    ca_finding_line shadow[] = {line_of("line", "C1", 1, 999)};
    ca_finding_line part[] = {line_of("line", "C1", 1, 8)};
    part[0].claim_part = 2;
    ca_finding excused = sample_finding(0, 9, shadow, 1);
    excused.outcome = CA_EXCUSED;
    add_lines(report, 0, 1, first, 2);
    add_lines(report, 0, 2, second, 3);
    add_lines(report, 1, 3, shadow, 1);
    add_lines(report, 0, 4, part, 1);
    add(report, &excused);
    end(report);
    ck_answer("SELECT claim_id, claim_part, line_no, exposure, findings, without_amount FROM v_line_exposure ORDER BY 1, 2, 3",
              "C1|1|1|100|2|0\nC1|2|1|8|1|0\nC2|1|1|50|2|0\nC2|1|2|NULL|1|1");
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "USD 2: 3 of which 1 missing, 158 and 0");
    ck_answer("SELECT line_exposure, entity_exposure, exposure_missing FROM v_runs", "158|0|1");
}
END_TEST

START_TEST(entities_stand_beside_lines)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line line[] = {line_of("line", "C1", 1, 100)};
    add_lines(report, 0, 1, line, 1);
    add_entity(report, 2, "PH1", 5000);
    add_entity(report, 3, "PH2", CA_EXPOSURE_MISSING);
    end(report);
    ck_answer("SELECT subject_kind, subject_id, claim_type, claim_id, line_no, exposure, exposure_scope, window_from, window_to"
              " FROM v_findings WHERE finding_id = 2",
              "pharmacy_id|PH1|NULL|NULL|NULL|5000|entity|2022-01-01|2022-12-31");
    ck_answer("SELECT * FROM v_entity_exposure ORDER BY finding_id",
              "USD|CORE-0201|pharmacy_id|PH1|2022-01-01|2022-12-31|5000|2\n"
              "USD|CORE-0201|pharmacy_id|PH2|2022-01-01|2022-12-31|NULL|3");
    ck_answer("SELECT claim_id, exposure FROM v_line_exposure", "C1|100");
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "USD 2: 3 of which 1 missing, 100 and 5000");
    ck_answer("SELECT line_exposure, entity_exposure, exposure_missing FROM v_runs", "100|5000|1");
    ck_assert_str_eq(total_of((ca_finding_filter){.provider = "PH1"}), "USD 2: 1 of which 0 missing, 0 and 5000");
    ck_assert_str_eq(total_of((ca_finding_filter){.patient = "PH1"}), "");
}
END_TEST

/* What a later run finds again counts once; the runs keep what they had. */
START_TEST(only_live_findings_count)
{
    ca_finding_line line[] = {line_of("line", "C1", 1, 100)};
    ca_report *report = begin(1, "USD");
    add_lines(report, 0, 1, line, 1);
    add_lines(report, 0, 2, line, 1);
    end(report);
    line[0].exposure = 60;
    report = begin(2, "USD");
    add_lines(report, 0, 1, line, 1);
    add_lines(report, 0, 2, line, 1);
    end(report);
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "USD 2: 2 of which 0 missing, 60 and 0");
    ck_assert_str_eq(total_of((ca_finding_filter){.run = 1}), "");
    ck_answer("SELECT run_id, line_exposure FROM v_runs", "1|100\n2|60");
}
END_TEST

START_TEST(currencies_are_not_added)
{
    ca_finding_line line[] = {line_of("line", "C1", 1, 100)};
    ca_report *report = begin(1, "USD");
    add_lines(report, 0, 1, line, 1);
    end(report);
    report = begin(2, "JPY");
    add_lines(report, 0, 2, line, 1);
    add_entity(report, 3, "PH1", 7);
    end(report);
    ck_assert_str_eq(total_of((ca_finding_filter){0}),
                     "JPY 0: 2 of which 0 missing, 100 and 7\nUSD 2: 1 of which 0 missing, 100 and 0");
    ck_assert_str_eq(total_of((ca_finding_filter){.run = 1, .limit = 1}), "USD 2: 1 of which 0 missing, 100 and 0");
}
END_TEST

START_TEST(sums_stop_at_the_largest_number)
{
    ca_finding_line lines[] = {line_of("line", "C1", 1, INT64_MAX), line_of("line", "C1", 2, 0), line_of("line", "C3", 2, 0)};
    ca_report *report = begin(1, "USD");
    add_lines(report, 0, 1, lines, 1);
    lines[1].exposure = INT64_MAX;
    add_lines(report, 0, 2, &lines[1], 1);
    end(report);
    ck_answer("SELECT line_exposure FROM v_runs", "9223372036854775807");
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "USD 2: 2 of which 0 missing, 9223372036854775807 and 0");
}
END_TEST

START_TEST(a_run_without_findings_has_none)
{
    end(begin(1, "USD"));
    ck_answer("SELECT line_exposure, entity_exposure, exposure_missing FROM v_runs", "0|0|0");
    ck_assert_str_eq(total_of((ca_finding_filter){0}), "");
}
END_TEST

/* A finding is found by any of its claims. */
START_TEST(filters_look_at_every_line)
{
    ca_report *report = begin(1, "USD");
    ca_finding_line pair[] = {line_of("a", "C1", 2, 100), line_of("b", "C2", 7, 0)};
    ca_finding_line other[] = {line_of("line", "C1", 3, 1)};
    add_lines(report, 0, 1, pair, 2);
    add_lines(report, 0, 2, other, 1);
    end(report);
    ck_assert_str_eq(total_of((ca_finding_filter){.claim = "C2"}), "USD 2: 1 of which 0 missing, 100 and 0");
    ck_assert_str_eq(total_of((ca_finding_filter){.claim = "C1"}), "USD 2: 2 of which 0 missing, 101 and 0");
    ck_assert_str_eq(total_of((ca_finding_filter){.claim = "C3"}), "");
}
END_TEST

/* --- The ordered export ------------------------------------------------------------------------- */

static const char *ordered(const char *name)
{
    static char bytes[2][16384];
    static int at;
    char path[256];
    ca_export_counts counts;
    at = !at;
    snprintf(path, sizeof path, "%s/%s.csv", sample_folder, name);
    ca_export_options options = {.disk = ca_disk_real(), .path = path, .ordered = true, .about = {"about"}};
    ca_report *report = sample_open(false);
    ck_assert_msg(ca_report_export(report, &options, &counts, &err) == 0, "%s", err.text);
    ca_report_close(report);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t len = fread(bytes[at], 1, sizeof bytes[at] - 1, file);
    bytes[at][len] = 0;
    fclose(file);
    return bytes[at];
}

/* The same findings, found in another order, in other files, in a later run. */
START_TEST(an_ordered_export_tells_what_and_not_how)
{
    ca_finding_line pair[] = {line_of("a", "C1", 2, 100), line_of("b", "C2", 7, 0)};
    ca_finding_line copy[] = {line_of("copy", "C1", 2, 5), line_of("original", "C0", 1, 0)};
    ca_finding_line rest[] = {line_of("line", "C1", 2, 1), {.role = "others", .exposure = 40, .count = 1003}};
    ca_report *report = begin(1, "USD");
    add_lines(report, 0, 1, pair, 2);
    add_lines(report, 0, 2, copy, 2);
    add_entity(report, 3, "PH1", 5000);
    add_lines(report, 0, 4, rest, 2);
    end(report);
    const char *before = ordered("before");
    ck_assert_ptr_nonnull(strstr(before, "\nCORE-0201,3,hit,line,outpatient/C1/2,,,"));
    ck_assert_ptr_nonnull(strstr(before, "[\"\"b\"\",\"\"outpatient\"\",\"\"C2\"\",1,7,\"\"2022-01-08\"\",22345,0]"));
    ck_assert_ptr_nonnull(strstr(before, "\"[1003,null,40]\""));
    ck_assert_ptr_nonnull(strstr(before, ",pharmacy_id,PH1,2022-01-01,2022-12-31,"));
    ck_assert_ptr_null(strstr(before, "claims.csv"));
    ck_assert_ptr_null(strstr(before, "run_id"));
    ca_finding_line swapped[] = {pair[1], pair[0]};
    swapped[0].origin = (ca_origin){0, 9, 99, 999};
    report = begin(2, "USD");
    add_entity(report, 3, "PH1", 5000);
    add_lines(report, 0, 4, rest, 2);
    add_lines(report, 0, 2, copy, 2);
    add_lines(report, 0, 1, swapped, 2);
    end(report);
    ck_assert_str_eq(ordered("after"), before);
}
END_TEST

START_TEST(an_ordered_export_is_csv)
{
    end(begin(1, "USD"));
    ca_export_options options = {.disk = ca_disk_real(), .path = "x.xlsx", .ordered = true};
    ck_assert_int_eq(ca_export_check(&options, &err), CA_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "x.xlsx: an ordered export is CSV; give a name that ends with .csv"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_test(tcase, a_pair_names_both_claims);
    tcase_add_test(tcase, a_claim_may_be_a_side);
    tcase_add_test(tcase, a_counterpart_is_another_claim);
    tcase_add_test(tcase, what_was_cut_off_is_a_line_of_its_own);
    tcase_add_test(tcase, a_line_counts_once_with_its_largest_share);
    tcase_add_test(tcase, entities_stand_beside_lines);
    tcase_add_test(tcase, only_live_findings_count);
    tcase_add_test(tcase, currencies_are_not_added);
    tcase_add_test(tcase, sums_stop_at_the_largest_number);
    tcase_add_test(tcase, a_run_without_findings_has_none);
    tcase_add_test(tcase, filters_look_at_every_line);
    tcase_add_test(tcase, an_ordered_export_tells_what_and_not_how);
    tcase_add_test(tcase, an_ordered_export_is_csv);
}

CA_CHECK_MAIN("report/exposure", add_tests)
