/* Storing runs: every value arrives where it belongs, wrong data is refused, and a later run replaces what it found
 * again. */
#include "sample.h"

static ca_error err;

#define ck_ok(call)                                                          \
    do {                                                                     \
        int ok_rc = (call);                                                  \
        ck_assert_msg(ok_rc == 0, "%s: %d %s", #call, ok_rc, err.text);      \
    } while (0)

START_TEST(run_and_its_parts)
{
    sample_store(0xA1);
    ck_answer("SELECT * FROM v_runs",
              "1|2024-05-06T01:02:03Z|2024-05-06T01:02:04Z|generic|us|USD|0.1.0|10|7|2|1|8|1|5|3|4|1|"
              "a report.db.0123.evidence||3|2|12345|0|0|NULL|NULL|NULL|NULL|NULL");
    ck_answer("SELECT lower(hex(identity)), lower(hex(evidence_checksum)), settings, minor_digits FROM run",
              "00000000000000a10123456789abcdef|fedcba987654321000000000000000ff|{}|2");
    ck_answer("SELECT * FROM v_files", "1|in/claims.csv|claims|10|7|2|1|8|1|5|123457|0|2|windows-1252");
    ck_answer("SELECT lower(hex(digest)), bytes FROM file", "00000000000000010000000000000002|1000");
    ck_answer("SELECT * FROM v_rule_stats",
              "1|CORE-0105|3|Paid above charge|line|active|15|1|2|3|4|5|1|1|paid");
    ck_answer("SELECT category, severity, severity_rank, grade, jurisdiction, source, substr(hex(logic_hash), 1, 4)"
              " FROM rule_version",
              "amount|high|3|definite|core|rule: X\nwhen: paid > charge\n|ABCD");
    ck_answer("SELECT * FROM v_rejects", "1|in/claims.csv|6|500|PAID|this is no amount");
    ck_answer("SELECT column_name, field, empty, undecoded FROM file_column", "PAID|paid|4|5");
    ck_answer("SELECT fact, role, usable, found FROM join_rate", "provider|billing|9|8");
}
END_TEST

START_TEST(hit_excused_and_unknown)
{
    sample_store(1);
    ck_answer("SELECT * FROM v_findings",
              "1|00000000000000000000000000000007|1|CORE-0105|3|Paid above charge|amount|high|definite|line|"
              "outpatient/C1/2|outpatient|C1|2|NULL|P1|B1|R1|2022-01-08|12345|123.45|lines|USD|"
              "paid 223.45, charged 100.00|NULL|NULL|1");
    ck_answer("SELECT finding_id, outcome, reason, exposure, exposure_text FROM v_findings_all ORDER BY 1",
              "1|hit||12345|123.45\n2|excused|small amount|12345|123.45\n3|unknown|paid|NULL|NULL");
    ck_answer("SELECT * FROM v_finding_lines WHERE finding_id = 1", "1|line|C1|2|12345|in/claims.csv|5|400|outpatient|1|2022-01-08|22345|1");
}
END_TEST

/* A begun run with its file and rule, for tests of single findings. */
static ca_report *begin(uint64_t identity, int minor_digits)
{
    int64_t run;
    ca_run_record record = sample_run(identity);
    ca_file_record file = sample_file(0, "claims.csv");
    ca_rule_record rule = sample_rule("CORE-0105", "high", 3);
    ca_report *report = sample_open(true);
    record.minor_digits = minor_digits;
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ck_ok(ca_report_add_file(report, &file, &err));
    ck_ok(ca_report_add_rule(report, 0, &rule, &err));
    return report;
}

static void end(ca_report *report)
{
    ck_ok(ca_report_commit(report, &err));
    ca_report_close(report);
}

START_TEST(subjects)
{
    ca_report *report = begin(1, 2);
    ca_finding line = sample_finding(0, 1, NULL, 0);
    ca_finding part = sample_finding(0, 2, NULL, 0);
    ca_finding claim = sample_finding(0, 3, NULL, 0);
    part.of_claim = claim.of_claim = true;
    part.claim_part = 2;
    claim.claim_type = CA_PHARMACY;
    line.line_no = 2003;
    line.claim_part = 2;
    ck_ok(ca_report_add_finding(report, &line, &err));
    ck_ok(ca_report_add_finding(report, &part, &err));
    ck_ok(ca_report_add_finding(report, &claim, &err));
    end(report);
    ck_answer("SELECT subject_kind, subject_id, line_no FROM v_findings ORDER BY finding_id",
              "line|outpatient/C1/2003|2003\nclaim|outpatient/C1#2|NULL\nclaim|pharmacy/C1|NULL");
}
END_TEST

START_TEST(missing_is_null_and_empty_is_empty)
{
    ca_report *report = begin(1, 2);
    ca_finding finding = sample_finding(0, 1, NULL, 0);
    ca_text none = {NULL, 0};
    finding.patient_id = finding.billing_provider_id = finding.rendering_provider_id = none;
    finding.message = finding.reason = none;
    finding.has_date = false;
    ck_ok(ca_report_add_finding(report, &finding, &err));
    finding.patient_id = CA_TEXT("");
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    ck_answer("SELECT patient_id, billing_provider_id, rendering_provider_id, service_date, message, reason"
              " FROM v_findings_all ORDER BY finding_id",
              "NULL|NULL|NULL|NULL||\n|NULL|NULL|NULL||");
}
END_TEST

START_TEST(texts_are_kept_as_they_are)
{
    ca_report *report = begin(1, 2);
    ca_finding finding = sample_finding(0, 1, NULL, 0);
    finding.claim_id = CA_TEXT("'; DROP TABLE run; -- \xE5\xA5\xB3");
    finding.message = CA_TEXT("a\nb|\"c\"");
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    ck_answer("SELECT claim_id, message FROM v_findings", "'; DROP TABLE run; -- \xE5\xA5\xB3|a\nb|\"c\"");
}
END_TEST

static const struct {
    int digits;
    int64_t minor;
    const char *text;
} exposures[] = {
    {2, 0, "0.00"},          {2, 5, "0.05"},           {2, 100, "1.00"},
    {2, 123456789, "1234567.89"}, {0, 0, "0"},         {0, 1500, "1500"},
    {3, 1, "0.001"},         {3, 1234567, "1234.567"}, {2, -5, "-0.05"},
    {2, INT64_MAX, "92233720368547758.07"},
};

START_TEST(exposure_has_the_decimals_of_its_currency)
{
    ca_report *report = begin(1, exposures[_i].digits);
    ca_finding finding = sample_finding(0, 1, NULL, 0);
    char expected[64];
    finding.exposure = exposures[_i].minor;
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    snprintf(expected, sizeof expected, "%lld|%s|integer", (long long)exposures[_i].minor, exposures[_i].text);
    ck_answer("SELECT exposure, exposure_text, typeof(exposure) FROM v_findings", expected);
}
END_TEST

static const struct {
    int digits;
    int64_t total;         /* 1/10,000 */
    const char *minor;
} totals[] = {
    {2, 0, "0"},        {2, 10000, "100"},   {2, 10050, "100"},        /* half to even, down */
    {2, 10150, "102"},  /* and up */         {2, 10051, "101"},
    {2, -10150, "-102"}, {0, 15000, "2"},    {0, 25000, "2"},
    {0, 24999, "2"},    {3, 15, "2"},        {3, 10000, "1000"},
    {2, INT64_MAX, "92233720368547758"},
};

START_TEST(totals_are_rounded_half_to_even)
{
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    ca_file_record file = sample_file(0, "claims.csv");
    record.minor_digits = totals[_i].digits;
    file.total_paid = totals[_i].total;
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ck_ok(ca_report_add_file(report, &file, &err));
    end(report);
    ck_answer("SELECT total_paid FROM v_files", totals[_i].minor);
}
END_TEST

START_TEST(ignored_file_has_no_layout)
{
    ca_report *report = begin(1, 2);
    ca_file_record file = sample_file(1, "ignored.csv");
    file.layout = NULL;
    ck_ok(ca_report_add_file(report, &file, &err));
    end(report);
    ck_answer("SELECT file, layout FROM v_files ORDER BY file", "claims.csv|claims\nignored.csv|NULL");
}
END_TEST

START_TEST(lines_of_a_finding_keep_their_order)
{
    ca_report *report = begin(1, 2);
    ca_finding_line lines[] = {sample_line(3, 100), sample_line(1, CA_EXPOSURE_MISSING), sample_line(0, 5)};
    lines[2].role = "claim";
    lines[2].of_claim = true;
    ca_finding finding = sample_finding(0, 1, lines, 3);
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    ck_answer("SELECT role, line_no, exposure FROM finding_line ORDER BY rowid", "line|3|100\nline|1|NULL\nclaim|NULL|5");
}
END_TEST

/* --- What the database itself refuses ------------------------------------------------------- */

START_TEST(tables_are_strict)
{
    sample_store(1);
    ck_answer("SELECT group_concat(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
              " AND name NOT LIKE 'sqlite%' AND NOT strict",
              "NULL");
    ck_answer("SELECT count(*) >= 9 FROM pragma_table_list WHERE schema = 'main' AND strict", "1");
    ck_answer("UPDATE finding SET exposure = 'much'", "error: cannot store TEXT value in INTEGER column "
                                                        "finding.exposure");
    ck_answer("UPDATE finding SET message = NULL", "error: NOT NULL constraint failed: finding.message");
}
END_TEST

START_TEST(finding_of_an_unknown_rule_is_refused)
{
    ca_report *report = begin(1, 2);
    ca_finding finding = sample_finding(1, 1, NULL, 0);
    ck_assert_int_eq(ca_report_add_finding(report, &finding, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "FOREIGN KEY"));
    ca_report_close(report);
    ck_answer("SELECT count(*) FROM v_runs", "0");
}
END_TEST

START_TEST(line_of_an_unknown_file_is_refused)
{
    ca_report *report = begin(1, 2);
    ca_finding_line line = sample_line(1, 1);
    ca_finding finding = sample_finding(0, 1, &line, 1);
    line.origin.file = 9;
    ck_assert_int_eq(ca_report_add_finding(report, &finding, &err), CA_FAIL);
    ca_report_close(report);
}
END_TEST

START_TEST(totals_that_do_not_add_up_are_refused)
{
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    record.rows_skipped++;
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), CA_FAIL);
    ca_report_rollback(report);
    record.rows_skipped--;
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ca_file_record file = sample_file(0, "claims.csv");
    file.rows_accepted--;
    ck_assert_int_eq(ca_report_add_file(report, &file, &err), CA_FAIL);
    ca_rule_record rule = sample_rule("CORE-0105", "high", 3);
    rule.pass++;
    ck_assert_int_eq(ca_report_add_rule(report, 0, &rule, &err), CA_FAIL);
    ca_report_close(report);
    ck_answer("SELECT count(*) FROM v_runs", "0");
}
END_TEST

START_TEST(two_rejects_of_one_row_are_refused)
{
    ca_report *report = begin(1, 2);
    ca_reject_record reject = {0, 6, 500, "", "malformed"};
    ck_ok(ca_report_add_reject(report, &reject, &err));
    ck_assert_int_eq(ca_report_add_reject(report, &reject, &err), CA_FAIL);
    ca_report_close(report);
}
END_TEST

START_TEST(same_run_twice_is_refused)
{
    int64_t run = 77;
    sample_store(1);
    ca_report *report = sample_open(true);
    ck_assert_int_eq(ca_report_find_run(report, (ca_digest){1, 0x0123456789ABCDEF}, &run, &err), CA_END);
    ck_assert_int_eq(run, 1);
    run = 77;
    ck_assert_int_eq(ca_report_find_run(report, (ca_digest){1, 0}, &run, &err), 0);
    ck_assert_int_eq(run, 77);
    ca_run_record record = sample_run(1);
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), CA_FAIL);
    ca_report_close(report);
}
END_TEST

START_TEST(everything_or_nothing)
{
    ca_report *report = sample_open(true);
    ck_ok(sample_add(report, 1, &err));
    ca_report_rollback(report);
    ck_answer("SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM finding) + (SELECT count(*) FROM rule_version)",
              "0");
    ck_ok(sample_add(report, 2, &err));
    ca_report_close(report);    /* without a commit */
    ck_answer("SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM finding) + (SELECT count(*) FROM rule_version)",
              "0");
    sample_store(3);
    ck_answer("SELECT run_id, (SELECT min(finding_id) FROM finding) FROM run", "1|1");
}
END_TEST

/* --- More than one run ------------------------------------------------------------------------ */

START_TEST(found_again_counts_once)
{
    sample_store(1);
    sample_store(2);
    sample_store(3);
    ck_answer("SELECT count(*), min(run_id), min(finding_key) FROM v_findings", "1|3|00000000000000000000000000000007");
    ck_answer("SELECT run_id, outcome, reason FROM v_findings_all WHERE finding_key LIKE '%7' ORDER BY finding_id",
              "1|replaced|found again by run 2\n2|replaced|found again by run 3\n3|hit|");
    ck_answer("SELECT count(*) FROM v_findings_all WHERE outcome IN ('excused', 'unknown')", "6");
    ck_answer("SELECT run_id, findings FROM v_runs ORDER BY 1", "1|1\n2|1\n3|1");
}
END_TEST

START_TEST(excused_does_not_replace)
{
    sample_store(1);
    ca_report *report = begin(2, 2);
    ca_finding excused = sample_finding(0, 7, NULL, 0);
    excused.outcome = CA_EXCUSED;
    ck_ok(ca_report_add_finding(report, &excused, &err));
    end(report);
    ck_answer("SELECT run_id FROM v_findings", "1");
}
END_TEST

START_TEST(other_key_does_not_replace)
{
    sample_store(1);
    ca_report *report = begin(2, 2);
    ca_finding finding = sample_finding(0, 70, NULL, 0);
    ck_ok(ca_report_add_finding(report, &finding, &err));
    finding.key = (ca_digest){7, 0};
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    ck_answer("SELECT count(*) FROM v_findings", "3");
}
END_TEST

START_TEST(shadow_is_not_live)
{
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    ca_rule_record rule = sample_rule("SITE-0001", "low", 1);
    ca_finding finding = sample_finding(0, 1, NULL, 0);
    rule.status = "shadow";
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ck_ok(ca_report_add_rule(report, 0, &rule, &err));
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
    ck_answer("SELECT count(*) FROM v_findings", "0");
    ck_answer("SELECT outcome FROM v_findings_all", "shadow");
    ck_answer("SELECT findings FROM v_runs", "0");
}
END_TEST

/* A run of one rule with that status that makes the same finding as every other such run. */
static void store_with_status(uint64_t number, const char *status)
{
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(number);
    ca_rule_record rule = sample_rule("SITE-0001", "low", 1);
    ca_finding finding = sample_finding(0, 1, NULL, 0);
    rule.status = status;
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ck_ok(ca_report_add_rule(report, 0, &rule, &err));
    ck_ok(ca_report_add_finding(report, &finding, &err));
    end(report);
}

START_TEST(a_shadow_finding_replaces_only_shadows)
{
    store_with_status(1, "shadow");
    store_with_status(2, "active");
    ck_answer("SELECT group_concat(run_id || outcome, ' ') FROM v_findings_all", "1replaced 2hit");
    store_with_status(3, "shadow");
    ck_answer("SELECT group_concat(run_id || outcome, ' ') FROM v_findings_all", "1replaced 2hit 3shadow");
    store_with_status(4, "shadow");
    ck_answer("SELECT group_concat(run_id || outcome, ' ') FROM v_findings_all", "1replaced 2hit 3replaced 4shadow");
    ck_answer("SELECT group_concat(run_id, ' ') FROM v_findings", "2");
    store_with_status(5, "active");
    ck_answer("SELECT group_concat(run_id || outcome, ' ') FROM v_findings_all",
              "1replaced 2replaced 3replaced 4replaced 5hit");
    ck_answer("SELECT group_concat(findings, ' ') FROM v_runs", "0 1 0 0 1");
}
END_TEST

START_TEST(rule_texts_are_stored_once)
{
    sample_store(1);
    sample_store(2);
    ck_answer("SELECT count(*) FROM rule_version", "1");
    int64_t run;
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(3);
    ca_rule_record rule = sample_rule("CORE-0105", "high", 3);
    ck_ok(ca_report_begin(report, &record, &run, &err));
    ck_ok(ca_report_add_rule(report, 0, &rule, &err));
    rule.logic_hash = sample_other_hash;
    rule.version = 4;
    ck_ok(ca_report_add_rule(report, 1, &rule, &err));
    rule.text_hash = sample_other_hash;
    rule.title = "Another title";
    ck_ok(ca_report_add_rule(report, 2, &rule, &err));
    end(report);
    ck_answer("SELECT count(*) FROM rule_version", "3");
    ck_answer("SELECT rule_version, title FROM v_rule_stats WHERE run_id = 3 ORDER BY 1, 2",
              "3|Paid above charge\n4|Another title\n4|Paid above charge");
    ck_answer("SELECT rule_version, title FROM v_rule_stats WHERE run_id = 1", "3|Paid above charge");
}
END_TEST

START_TEST(nothing_dangles)
{
    sample_store(1);
    sample_store(2);
    ck_answer("SELECT count(*) FROM pragma_foreign_key_check", "0");
    ck_answer("PRAGMA integrity_check", "ok");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_test(tcase, run_and_its_parts);
    tcase_add_test(tcase, hit_excused_and_unknown);
    tcase_add_test(tcase, subjects);
    tcase_add_test(tcase, missing_is_null_and_empty_is_empty);
    tcase_add_test(tcase, texts_are_kept_as_they_are);
    tcase_add_loop_test(tcase, exposure_has_the_decimals_of_its_currency, 0, sizeof exposures / sizeof *exposures);
    tcase_add_loop_test(tcase, totals_are_rounded_half_to_even, 0, sizeof totals / sizeof *totals);
    tcase_add_test(tcase, ignored_file_has_no_layout);
    tcase_add_test(tcase, lines_of_a_finding_keep_their_order);
    tcase_add_test(tcase, tables_are_strict);
    tcase_add_test(tcase, finding_of_an_unknown_rule_is_refused);
    tcase_add_test(tcase, line_of_an_unknown_file_is_refused);
    tcase_add_test(tcase, totals_that_do_not_add_up_are_refused);
    tcase_add_test(tcase, two_rejects_of_one_row_are_refused);
    tcase_add_test(tcase, same_run_twice_is_refused);
    tcase_add_test(tcase, everything_or_nothing);
    tcase_add_test(tcase, found_again_counts_once);
    tcase_add_test(tcase, excused_does_not_replace);
    tcase_add_test(tcase, other_key_does_not_replace);
    tcase_add_test(tcase, shadow_is_not_live);
    tcase_add_test(tcase, a_shadow_finding_replaces_only_shadows);
    tcase_add_test(tcase, rule_texts_are_stored_once);
    tcase_add_test(tcase, nothing_dangles);
}

CA_CHECK_MAIN("report/store", add_tests)
