/* What the command line asks, and the columns of the views, which are an interface: a column may be added at the end,
 * never changed or removed. */
#include "sample.h"

static ca_error err;

/* --- The stable views ------------------------------------------------------------------------- */

static const struct {
    const char *view;
    const char *columns;
} views[] = {
    {"v_runs", "run_id started finished profile jurisdiction currency version rows_read rows_accepted rows_rejected "
               "rows_skipped lines lines_dropped claims patients providers findings evidence_file alarms "
               "lines_undone findings_undone line_exposure entity_exposure exposure_missing "
               "model model_version model_digest period_from period_to"},
    {"v_files", "run_id file layout rows_read rows_accepted rows_rejected rows_skipped lines lines_dropped claims "
                "total_charge total_allowed total_paid encoding"},
    {"v_findings", "finding_id finding_key run_id rule_id rule_version title category severity grade subject_kind "
                   "subject_id claim_type claim_id line_no counterpart_claim_id patient_id billing_provider_id "
                   "rendering_provider_id service_date exposure exposure_text exposure_scope currency message "
                   "window_from window_to lines"},
    {"v_findings_all", "finding_id finding_key run_id rule_id rule_version title category severity grade subject_kind "
                       "subject_id claim_type claim_id line_no counterpart_claim_id patient_id billing_provider_id "
                       "rendering_provider_id service_date exposure exposure_text exposure_scope currency message "
                       "outcome reason window_from window_to lines"},
    {"v_finding_lines", "finding_id role claim_id line_no exposure file row byte_offset claim_type claim_part "
                        "service_date paid lines"},
    {"v_line_exposure", "currency claim_type claim_id claim_part line_no exposure findings without_amount lines"},
    {"v_entity_exposure", "currency rule_id subject_kind subject_id window_from window_to exposure finding_id"},
    {"v_rule_stats", "run_id rule_id rule_version title kind status offered hit excused unknown not_applicable pass "
                     "findings stored unknown_field"},
    {"v_entity_scores", "run_id entity_kind entity_id cell cell_size volume score p_value q_value rank lead small "
                        "insufficient excess excess_text currency model_version period_from period_to finding_id"},
    {"v_entity_reasons", "run_id entity_kind entity_id reason_no feature_id title unit direction value peer_median ratio "
                         "percentile exposure exposure_of z p_value cell cell_size share expected deviation sentence "
                         "finding_id"},
    {"v_entity_features", "run_id entity_kind entity_id feature_id title unit direction value peer_median ratio "
                          "percentile exposure exposure_of z p_value cell cell_size finding_id"},
    {"v_models", "model digest file made period_from period_through lines frozen"},
    {"v_rejects", "run_id file row byte_offset column reason"},
};

START_TEST(view_has_its_columns)
{
    char sql[128];
    ca_report_close(sample_open(true));
    snprintf(sql, sizeof sql, "SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", views[_i].view);
    ck_answer(sql, views[_i].columns);
}
END_TEST

START_TEST(all_views_are_known)
{
    char count[8];
    ca_report_close(sample_open(true));
    snprintf(count, sizeof count, "%zu", sizeof views / sizeof *views);
    ck_answer("SELECT count(*) FROM sqlite_schema WHERE type = 'view'", count);
}
END_TEST

/* --- Answers as text -------------------------------------------------------------------------- */

typedef struct answer {
    char names[512];
    char rows[4096];
    size_t count;
    int stop_at;      /* row at which the visitor says no */
} answer;

static int collect(void *context, const ca_report_row *row)
{
    answer *to = context;
    to->names[0] = 0;
    for (size_t i = 0; i < row->count; i++) {
        strcat(to->names, i ? " " : "");
        strcat(to->names, row->names[i]);
        if (!row->cells) {
            continue;
        }
        strcat(to->rows, i ? "|" : to->count ? "\n" : "");
        strcat(to->rows, row->cells[i].ptr ? row->cells[i].ptr : "NULL");
    }
    to->count += row->cells != NULL;
    return to->stop_at && (int)to->count == to->stop_at ? -99 : 0;
}

static void add_hit(ca_report *report, uint32_t rule, uint64_t key, const char *claim, int64_t exposure)
{
    ca_finding_line line = sample_line(2, exposure);
    ca_finding finding = sample_finding(rule, key, &line, 1);
    finding.claim_id = ca_text_of(claim);
    line.claim_id = finding.claim_id;
    finding.exposure = exposure;
    finding.patient_id = ca_text_of(key % 2 ? "P1" : "P2");
    finding.billing_provider_id = ca_text_of(key % 3 ? "B1" : "B2");
    ck_assert_int_eq(ca_report_add_finding(report, &finding, &err), 0);
}

/* Run 1: rules CORE-0101 (critical, 4) and SITE-0001 (low, 1), and hits with ids 1 to 6. Run 2: one more of each
 * outcome. */
static ca_report *two_runs(void)
{
    int64_t run;
    if (access(sample_path, F_OK) == 0) {
        return sample_open(false);
    }
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    ca_file_record files[] = {sample_file(0, "b.csv"), sample_file(1, "a.csv")};
    ca_rule_record rules[] = {sample_rule("SITE-0001", "low", 1), sample_rule("CORE-0101", "critical", 4)};
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_int_eq(ca_report_add_file(report, &files[i], &err), 0);
        ck_assert_int_eq(ca_report_add_rule(report, i, &rules[i], &err), 0);
    }
    add_hit(report, 0, 11, "C1", 900);
    add_hit(report, 0, 12, "C2", 10000);
    add_hit(report, 0, 13, "C3", CA_EXPOSURE_MISSING);
    add_hit(report, 1, 14, "C1", 900);
    add_hit(report, 1, 15, "C4", 0);
    add_hit(report, 1, 16, "C5", 900);
    ca_reject_record rejects[] = {{0, 9, 90, "", "malformed"}, {1, 3, 30, "PAID", "no amount"}, {0, 4, 40, "", "long"}};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(ca_report_add_reject(report, &rejects[i], &err), 0);
    }
    ck_assert_int_eq(ca_report_commit(report, &err), 0);
    ca_report_close(report);
    sample_store(2);
    return sample_open(false);
}

static answer findings(ca_finding_filter filter)
{
    answer to = {0};
    ca_report *report = two_runs();
    int rc = ca_report_findings(report, &filter, collect, &to, &err);
    ck_assert_msg(rc == 0, "%d %s", rc, err.text);
    ca_report_close(report);
    return to;
}

/* The ids of the findings, in order. */
static const char *ids(ca_finding_filter filter)
{
    static char text[256];
    answer all = findings(filter);
    text[0] = 0;
    for (const char *row = all.rows; row; row = strchr(row, '\n') ? strchr(row, '\n') + 1 : NULL) {
        strcat(text, *text ? " " : "");
        strncat(text, row, strcspn(row, "|"));
    }
    return text;
}

START_TEST(findings_by_exposure_then_severity_then_age)
{
    ck_assert_str_eq(ids((ca_finding_filter){.run = 1}), "2 4 6 1 5 3");
    ck_assert_str_eq(ids((ca_finding_filter){0}), "7 2 4 6 1 5 3");
    ck_assert_str_eq(ids((ca_finding_filter){.run = 1, .limit = 2}), "2 4");
}
END_TEST

static const struct {
    ca_finding_filter filter;
    const char *expected;
} filters[] = {
    {{.rule = "CORE-0101"}, "4 6 5"},
    {{.rule = "core-0101"}, ""},
    {{.rule = ""}, "7 2 4 6 1 5 3"},
    {{.claim = "C1"}, "7 4 1"},
    {{.claim = "C1", .run = 1}, "4 1"},
    {{.patient = "P2"}, "2 4 6"},
    {{.provider = "B2"}, "2 5"},
    {{.provider = "R1"}, "7 2 4 6 1 5 3"},
    {{.provider = "B1", .patient = "P1"}, "7 1 3"},
    {{.severity = "critical"}, "4 6 5"},
    {{.severity = "low", .claim = "C1"}, "1"},
    {{.run = 3}, ""},
    {{.claim = "' OR 1 = 1 --"}, ""},
    {{.run = 2, .all = true}, "7 8 9"},
};

START_TEST(filters_select)
{
    ck_assert_str_eq(ids(filters[_i].filter), filters[_i].expected);
}
END_TEST

START_TEST(findings_have_their_columns)
{
    answer live = findings((ca_finding_filter){.run = 1, .limit = 1});
    ck_assert_str_eq(live.names, "finding_id rule_id severity exposure currency subject_id patient_id service_date "
                                 "message");
    ck_assert_str_eq(live.rows, "2|SITE-0001|low|100.00|USD|outpatient/C2/2|P2|2022-01-08|paid 223.45, charged 100.00");
}
END_TEST

START_TEST(all_findings_have_an_outcome)
{
    answer all = findings((ca_finding_filter){.run = 2, .all = true});
    ck_assert_str_eq(all.names, "finding_id rule_id outcome reason severity exposure currency subject_id patient_id "
                                "service_date message");
    ck_assert_uint_eq(all.count, 3);
}
END_TEST

static answer ask(int (*query)(ca_report *, int64_t, ca_report_visit, void *, ca_error *), int64_t number)
{
    answer to = {0};
    ca_report *report = two_runs();
    int rc = query(report, number, collect, &to, &err);
    ck_assert_msg(rc == 0, "%d %s", rc, err.text);
    ca_report_close(report);
    return to;
}

START_TEST(rejects)
{
    answer to = {0};
    ca_report *report = two_runs();
    ck_assert_int_eq(ca_report_rejects(report, 1, 0, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "run_id file row byte_offset column reason");
    ck_assert_str_eq(to.rows, "1|a.csv|3|30|PAID|no amount\n1|b.csv|4|40||long\n1|b.csv|9|90||malformed");
    to = (answer){0};
    ck_assert_int_eq(ca_report_rejects(report, 0, 0, collect, &to, &err), 0);
    ck_assert_uint_eq(to.count, 4);
    to = (answer){0};
    ck_assert_int_eq(ca_report_rejects(report, 0, 2, collect, &to, &err), 0);
    ck_assert_uint_eq(to.count, 2);
    ca_report_close(report);
}
END_TEST

START_TEST(files_and_rules_of_a_run)
{
    answer files = ask(ca_report_files, 1);
    ck_assert_str_eq(files.names, "file layout rows_read rows_accepted rows_rejected rows_skipped lines lines_dropped "
                                  "claims total_paid currency");
    ck_assert_str_eq(files.rows, "a.csv|claims|10|7|2|1|8|1|5|0.02|USD\nb.csv|claims|10|7|2|1|8|1|5|0.02|USD");
    answer rules = ask(ca_report_rule_stats, 1);
    ck_assert_str_eq(rules.names, "rule_id rule_version kind status offered hit excused unknown not_applicable pass "
                                  "unknown_field");
    ck_assert_str_eq(rules.rows, "CORE-0101|3|line|active|15|1|2|3|4|5|paid\nSITE-0001|3|line|active|15|1|2|3|4|5|paid");
    ck_assert_uint_eq(ask(ca_report_files, 9).count, 0);
}
END_TEST

static const struct {
    int digits;
    int64_t total;    /* 1/10,000 */
    const char *text;
} totals[] = {
    {2, 0, "0.00"},         {2, 100, "0.01"},      {2, 123450000, "12345.00"}, {2, -50000, "-5.00"}, {2, -100, "-0.01"},
    {0, 0, "0"},            {0, 12340000, "1234"}, {0, -10000, "-1"},          {3, 10, "0.001"},     {3, 12345670, "1234.567"},
};

START_TEST(totals_have_the_decimals_of_the_currency)
{
    int64_t run;
    answer to = {0};
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    ca_file_record file = sample_file(0, "a.csv");
    record.minor_digits = totals[_i].digits;
    file.total_paid = totals[_i].total;
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    ck_assert_int_eq(ca_report_add_file(report, &file, &err), 0);
    ck_assert_int_eq(ca_report_commit(report, &err), 0);
    ck_assert_int_eq(ca_report_files(report, 1, collect, &to, &err), 0);
    ca_report_close(report);
    const char *cell = strstr(to.rows, "|1|5|");
    char expected[64];
    snprintf(expected, sizeof expected, "|1|5|%s|USD", totals[_i].text);
    ck_assert_str_eq(cell, expected);
}
END_TEST

START_TEST(runs)
{
    answer to = {0};
    ca_report *report = two_runs();
    ck_assert_int_eq(ca_report_runs(report, false, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "run_id started profile rows_read rows_rejected lines lines_undone claims findings"
                               " line_exposure entity_exposure currency alarms");
    ck_assert_str_eq(to.rows, "1|2024-05-06T01:02:03Z|generic|10|2|8|3|5|2|118.00|0.00|USD|\n"
                              "2|2024-05-06T01:02:03Z|generic|10|2|8|3|5|1|123.45|0.00|USD|");
    ca_report_close(report);
}
END_TEST

/* A column of nothing but zeros is for programs, which want the same columns every night. */
START_TEST(runs_without_reversals)
{
    int64_t run;
    answer to = {0};
    ca_report *report = sample_open(true);
    ca_run_record record = sample_run(1);
    record.lines_undone = 0;
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    ck_assert_int_eq(ca_report_commit(report, &err), 0);
    ck_assert_int_eq(ca_report_runs(report, false, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "run_id started profile rows_read rows_rejected lines claims findings"
                               " line_exposure entity_exposure currency alarms");
    ck_assert_str_eq(to.rows, "1|2024-05-06T01:02:03Z|generic|10|2|8|5|0|0.00|0.00|USD|");
    to = (answer){0};
    ck_assert_int_eq(ca_report_runs(report, true, collect, &to, &err), 0);
    ck_assert_str_eq(to.rows, "1|2024-05-06T01:02:03Z|generic|10|2|8|0|5|0|0.00|0.00|USD|");
    ca_report_close(report);
}
END_TEST

/* A list without rows has names all the same; other questions have none. */
START_TEST(names_without_rows)
{
    answer to = {0};
    ca_report *report = two_runs();
    ca_finding_filter filter = {.claim = "nowhere"};
    ck_assert_int_eq(ca_report_findings(report, &filter, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "finding_id rule_id severity exposure currency subject_id patient_id service_date message");
    ck_assert_uint_eq(to.count, 0);
    to = (answer){0};
    ck_assert_int_eq(ca_report_rejects(report, 99, 0, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "run_id file row byte_offset column reason");
    to = (answer){0};
    ck_assert_int_eq(ca_report_files(report, 99, collect, &to, &err), 0);
    ck_assert_ptr_nonnull(strstr(to.names, "file layout rows_read"));
    to = (answer){0};
    ck_assert_int_eq(ca_report_finding_lines(report, 99, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "");
    to = (answer){0};
    ck_assert_int_eq(ca_report_reject_places(report, 99, 0, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "");
    ca_report_close(report);
}
END_TEST

static const struct {
    const char *rule, *severity;
    const char *said; /* behind the path; NULL = good */
} misspelt[] = {
    {NULL, NULL, NULL},
    {"", "", NULL},
    {"CORE-0101", NULL, NULL},
    {"CORE-101", NULL, "; did you mean 'CORE-0101'?"},
    {"core-0101", NULL, "; did you mean 'CORE-0101'?"},
    {"ABCDEFGHIJKLMNOP", NULL, "; it has "},
    {NULL, "nonsense", "; it has "},
};

START_TEST(names_in_a_filter)
{
    ca_report *report = two_runs();
    ca_finding_filter filter = {.rule = misspelt[_i].rule, .severity = misspelt[_i].severity};
    ca_error why = {0};
    int rc = ca_report_check_filter(report, &filter, &why);
    ck_assert_int_eq(rc, misspelt[_i].said ? CA_USAGE : 0);
    ck_assert_msg(!misspelt[_i].said || strstr(why.text, misspelt[_i].said), "%s", why.text);
    ca_report_close(report);
}
END_TEST

/* What a kind does not have gives no rows; values stand in the order of the evidence. */
START_TEST(values_of_a_finding)
{
    static const char said[] =
        "UPDATE finding SET evidence = '{\"leaves\":[],\"parameters\":{\"most\":\"5\",\"days\":\"30\"},"
        "\"window\":{\"from\":\"2024-01-01\",\"to\":\"2024-01-31\",\"values\":[{\"of\":\"patient_id\",\"value\":\"P1\"}]},"
        "\"row\":{\"of\":\"limits\",\"file\":\"limits.csv\",\"line\":3,\"from\":null,\"to\":null,\"values\":[{\"of\":\"max\",\"value\":\"2\"}]},"
        "\"sides\":{\"b\":{\"claim\":\"other/C2/1\",\"values\":[]},\"a\":{\"claim\":\"other/C1/1\",\"values\":"
        "[{\"of\":\"units\",\"value\":null},{\"of\":\"paid\",\"value\":\"1.00\"}]}},"
        "\"lines\":[{\"claim\":\"other/C3/1\",\"values\":[{\"of\":\"units\",\"value\":\"4\"}]}]}' WHERE finding_id = 4";
    answer to = {0};
    ca_report *report = two_runs();
    ck_assert_int_eq(ca_report_finding_values(report, 4, collect, &to, &err), 0);
    ck_assert_uint_eq(to.count, 0);
    ck_assert_str_eq(sample_ask(said), "");
    ck_assert_int_eq(ca_report_finding_values(report, 4, collect, &to, &err), 0);
    ck_assert_uint_eq(to.count, 6);
    ck_assert_ptr_nonnull(strstr(to.rows, "parameters|NULL|most = 5, days = 30|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "\nwindow|NULL|patient_id = P1|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "\ntable row|limits, limits.csv line 3|max = 2|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "\nb|other/C2/1|NULL|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "\na|other/C1/1|units = missing, paid = 1.00|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "\nline|other/C3/1|units = 4|"));
    ck_assert(strstr(to.rows, "\nb|") < strstr(to.rows, "\na|"));
    ca_report_close(report);
}
END_TEST

START_TEST(one_finding)
{
    answer to = {0};
    ca_buf evidence;
    ca_report *report = two_runs();
    ck_assert_int_eq(ca_report_finding(report, 4, collect, &to, &err), 0);
    ck_assert_ptr_nonnull(strstr(to.names, " outcome reason window_from window_to lines rule_source logic_hash claim_part kind"
                                       " minor_digits"));
    ck_assert_ptr_nonnull(strstr(to.rows, "4|0000000000000000000000000000000e|1|CORE-0101|3|"));
    ck_assert_ptr_nonnull(strstr(to.rows, "|rule: X\nwhen: paid > charge\n|abcd00"));
    to = (answer){0};
    ck_assert_int_eq(ca_report_finding_lines(report, 4, collect, &to, &err), 0);
    ck_assert_str_eq(to.names, "role claim_id line_no exposure file row byte_offset file_no run_id encoding"
                               " claim_type claim_part service_date paid lines line_order");
    ck_assert_str_eq(to.rows, "line|C1|2|900|b.csv|5|400|0|1|windows-1252|outpatient|1|2022-01-08|22345|1|4");
    ca_buf_init(&evidence);
    ck_assert_int_eq(ca_report_finding_evidence(report, 4, &evidence, &err), 0);
    ck_assert_str_eq(ca_buf_cstr(&evidence), "{\"leaves\":[]}");
    ca_buf_done(&evidence);
    to = (answer){0};
    ck_assert_int_eq(ca_report_finding(report, 99, collect, &to, &err), CA_END);
    ck_assert_int_eq(ca_report_finding(report, -1, collect, &to, &err), CA_END);
    ck_assert_uint_eq(to.count, 0);
    ca_report_close(report);
}
END_TEST

START_TEST(evidence_file)
{
    ca_buf name;
    ca_digest checksum;
    ca_report *report = two_runs();
    ca_buf_init(&name);
    ck_assert_int_eq(ca_report_evidence(report, 2, &name, &checksum, &err), 0);
    ck_assert_str_eq(ca_buf_cstr(&name), "a report.db.0123.evidence");
    ck_assert_uint_eq(checksum.high, 0xFEDCBA9876543210);
    ck_assert_uint_eq(checksum.low, 0xFF);
    ck_assert_int_eq(ca_report_evidence(report, 3, &name, &checksum, &err), CA_USAGE);
    ck_assert_str_eq(err.text, "there is no run 3");
    ca_buf_done(&name);
    ca_report_close(report);
}
END_TEST

START_TEST(a_visitor_may_stop)
{
    answer to = {.stop_at = 2};
    ca_finding_filter filter = {0};
    ca_report *report = two_runs();
    ck_assert_int_eq(ca_report_findings(report, &filter, collect, &to, &err), -99);
    ck_assert_uint_eq(to.count, 2);
    ca_report_close(report);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_loop_test(tcase, view_has_its_columns, 0, sizeof views / sizeof *views);
    tcase_add_test(tcase, all_views_are_known);
    tcase_add_test(tcase, findings_by_exposure_then_severity_then_age);
    tcase_add_loop_test(tcase, filters_select, 0, sizeof filters / sizeof *filters);
    tcase_add_test(tcase, findings_have_their_columns);
    tcase_add_test(tcase, all_findings_have_an_outcome);
    tcase_add_test(tcase, rejects);
    tcase_add_test(tcase, files_and_rules_of_a_run);
    tcase_add_loop_test(tcase, totals_have_the_decimals_of_the_currency, 0, sizeof totals / sizeof *totals);
    tcase_add_test(tcase, runs);
    tcase_add_test(tcase, names_without_rows);
    tcase_add_loop_test(tcase, names_in_a_filter, 0, (int)(sizeof misspelt / sizeof misspelt[0]));
    tcase_add_test(tcase, runs_without_reversals);
    tcase_add_test(tcase, values_of_a_finding);
    tcase_add_test(tcase, one_finding);
    tcase_add_test(tcase, evidence_file);
    tcase_add_test(tcase, a_visitor_may_stop);
}

CA_CHECK_MAIN("report/query", add_tests)
