/* Tests of run/scan.c and what it calls: whole nights in memory. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0003", "line", "sex = 'F' and procedure = 'V0101'", "");
    night_put(&n, "claims.csv",
              "claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,procedure,units,charge,paid\n"
              "A,professional,1,P1,D1,2024-01-01,V0101,1,80.00,60.00\n"
              "A,professional,2,P1,D1,2024-01-02,V0102,0,80.00,60.00\n"
              "B,professional,1,P2,D1,2024-01-03,V0101,1,20.00,10.00\n"
              "C,outpatient,1,P9,D2,2024-01-04,V0101,,20.00,10.00\n");
    night_put(&n, "people_2023.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\nP2,1990-01-01,M\n");
    night_put(&n, "doctors.csv", "provider_id,specialty\nD1,10\nD2,20\n");
    n.options.max_rejects = 1;
    n.options.max_rejects_share = false;
}

static void teardown(void)
{
    night_done(&n);
}

/* P9 has no patient: two of four lines would be too few. */
static void allow_unmatched(void)
{
    night_put(&n, "people_2023.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\nP2,1990-01-01,M\nP9,,\n");
}

START_TEST(a_night_is_reported)
{
    allow_unmatched();
    ck_assert_msg(night_scan(&n, "claims.csv people_2023.csv doctors.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, subject_id, exposure, message FROM v_findings ORDER BY 1"),
                     "CORE-0001|professional/A/2|6000|A is wrong\n"
                     "CORE-0002|professional/A|12000|A is wrong\n"
                     "CORE-0003|professional/A/1|6000|A is wrong\n");
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, offered, hit, excused, unknown, not_applicable, pass,"
                                   " unknown_field FROM v_rule_stats ORDER BY 1"),
                     "CORE-0001|4|1|0|1|0|2|units\n"
                     "CORE-0002|3|1|0|0|0|2|-\n"
                     "CORE-0003|4|1|0|1|0|2|sex\n");
    ck_assert_str_eq(night_ask(&n, "SELECT file, layout, rows_read, rows_accepted, lines, claims FROM v_files"),
                     "claims.csv|claims|4|4|4|3\npeople_2023.csv|patients|3|3|0|0\ndoctors.csv|providers|2|2|0|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT l.line_no, l.file, l.row, l.byte_offset FROM v_finding_lines l"
                                   " JOIN v_findings USING(finding_id) WHERE rule_id = 'CORE-0001'"),
                     "2|claims.csv|3|154\n");
    ck_assert_int_eq((int)n.summary.findings, 3);
    ck_assert_int_eq((int)n.summary.claims, 3);
    ck_assert_int_eq((int)n.summary.joins.patient.found, 4);
    ck_assert_int_eq((int)n.summary.alarm_count, 0);
}
END_TEST

START_TEST(the_same_again_is_nothing_to_do)
{
    allow_unmatched();
    ck_assert_int_eq(night_scan(&n, "claims.csv people_2023.csv doctors.csv"), 0);
    ck_assert(!n.summary.already_done);
    const char *before = night_report(&n);
    memdisk_put(n.memory, "copy.csv", "", 0);
    n.options.memory *= 2;
    n.options.read_size = 7;
    n.options.batch_rows = 2;
    ck_assert_int_eq(night_scan(&n, "doctors.csv people_2023.csv claims.csv"), 0);
    ck_assert(n.summary.already_done);
    ck_assert_int_eq((int)n.summary.run, 1);
    ck_assert_str_eq(night_report(&n), before);
    n.options.max_findings--;
    ck_assert_int_eq(night_scan(&n, "doctors.csv people_2023.csv claims.csv"), 0);
    ck_assert(!n.summary.already_done);
    ck_assert_int_eq((int)n.summary.run, 2);
}
END_TEST

START_TEST(a_stale_patient_file_stops_the_run)
{
    ck_assert_int_eq(night_scan(&n, "claims.csv people_2023.csv doctors.csv"), CA_TOTALS);
    ck_assert_str_eq(night_said(&n), "only 3 of 4 lines found their patient, fewer than min_match: 90%; is the file of "
                                     "patients current and complete?\n");
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

START_TEST(without_facts_the_rules_they_feed_are_named)
{
    ck_assert_int_eq(night_scan(&n, "claims.csv"), 0);
    ck_assert_int_eq((int)n.summary.note_count, 2);
    ck_assert_str_eq(n.summary.notes[1], "no patient file was given: rules that read patient facts stay unknown where "
                                         "claims lack them (CORE-0003)");
    ck_assert_str_eq(night_ask(&n, "SELECT unknown FROM v_rule_stats WHERE rule_id = 'CORE-0003'"), "3\n");
}
END_TEST

START_TEST(no_lines_is_an_alarm)
{
    night_put(&n, "none.csv", "claim_id,claim_type\n");
    ck_assert_int_eq(night_scan(&n, "none.csv"), 0);
    ck_assert_int_eq((int)n.summary.alarm_count, 1);
    ck_assert_str_eq(night_ask(&n, "SELECT alarms FROM v_runs"), "no claim line was read\n");
}
END_TEST

START_TEST(an_empty_or_strange_file_refuses_the_run)
{
    night_put(&n, "empty.csv", "");
    night_put(&n, "strange.csv", "a;b\n1;2\n");
    ck_assert_int_eq(night_scan(&n, "claims.csv empty.csv strange.csv"), CA_CONFIG);
    ck_assert(strstr(night_said(&n), "empty.csv:0:0: the file is empty") != NULL);
    ck_assert(strstr(night_said(&n), "strange.csv:0:0: no layout of profile 'night' fits") != NULL);
    ck_assert_int_eq((int)n.diags.errors, 2);
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
}
END_TEST

START_TEST(an_ignored_file_is_listed_and_nothing_else)
{
    night_put(&n, "notes.csv", "note\nx\n");
    ck_assert_int_eq(night_scan(&n, "claims.csv notes.csv"), 0);
    ck_assert_str_eq(night_ask(&n, "SELECT file, layout, rows_read, claims FROM v_files"),
                     "claims.csv|claims|4|3\nnotes.csv|notes|0|0\n");
}
END_TEST

START_TEST(a_broken_rule_refuses_the_run)
{
    night_rule(&n, "CORE-0009", "line", "unitz > 1", "");
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_CONFIG);
    ck_assert(strstr(night_said(&n), "rules/core/CORE-0009.yaml:11:7: ") != NULL);
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
}
END_TEST

START_TEST(another_run_is_in_the_way)
{
    char path[128];
    ca_file *lock;
    snprintf(path, sizeof path, "%s.lock", n.db);
    ck_assert_int_eq(n.options.disk->lock(n.options.disk, path, &lock, NULL), 0);
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_BUSY);
    n.options.disk->close(lock, NULL);
    ck_assert_int_eq(night_scan(&n, "claims.csv"), 0);
}
END_TEST

START_TEST(little_memory_refuses_the_run)
{
    n.options.memory = 4096;
    ck_assert_int_eq(night_scan(&n, "claims.csv people_2023.csv"), CA_USAGE);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "--memory 4096 bytes is too little for these rules: give --memory "));
}
END_TEST

START_TEST(a_flood_is_cut_and_alarmed)
{
    char rows[4096] = "claim_id,claim_type,line_no,units,paid\n";
    for (int i = 0; i < 50; i++) {
        char row[64];
        snprintf(row, sizeof row, "F%d,professional,1,0,%d\n", i, i);
        strcat(rows, row);
    }
    night_put(&n, "flood.csv", rows);
    n.options.max_findings = 3;
    ck_assert_int_eq(night_scan(&n, "flood.csv"), 0);
    ck_assert_str_eq(night_ask(&n, "SELECT claim_id, exposure FROM v_findings ORDER BY 2 DESC"),
                     "F49|4900\nF48|4800\nF47|4700\n");
    ck_assert_str_eq(night_ask(&n, "SELECT findings, stored FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "50|3\n");
    ck_assert_int_eq((int)n.summary.findings, 50);
    ck_assert_int_eq((int)n.summary.alarm_count, 1);
    ck_assert(strncmp(n.summary.alarms[0], "rule CORE-0001 found 50, more than --max-findings: the 3", 56) == 0);
}
END_TEST

START_TEST(shadow_and_draft_rules_do_not_count)
{
    night_put(&n, "rules/core/CORE-0005.yaml",
              "rule: CORE-0005\nversion: 1\ntitle: Shadow\nstatus: shadow\nseverity: high\ncategory: coding\n"
              "jurisdiction: core\nowner: test\ngrade: definite\nkind: line\nwhen: units = 1\nmessage: \"x {claim_id}\"\n");
    night_put(&n, "rules/core/CORE-0006.yaml",
              "rule: CORE-0006\nversion: 1\ntitle: Draft\nstatus: draft\nseverity: high\ncategory: coding\n"
              "jurisdiction: core\nowner: test\ngrade: definite\nkind: line\nwhen: units = 1\nmessage: \"x {claim_id}\"\n");
    ck_assert_msg(night_scan(&n, "claims.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_findings"), "2\n");
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, outcome, count(*) FROM v_findings_all"
                                   " WHERE rule_id IN ('CORE-0005', 'CORE-0006') GROUP BY 1, 2"),
                     "CORE-0005|shadow|2\nCORE-0005|unknown|1\n");
    ck_assert_int_eq((int)n.summary.findings, 2);
}
END_TEST

START_TEST(other_packs_are_named)
{
    night_put(&n, "rules/de/sets.yaml", "sets: {}\n");
    ck_assert_msg(night_scan(&n, "claims.csv doctors.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(n.summary.notes[0], "rule pack 'de' did not run: the profile's jurisdiction is 'us'");
}
END_TEST

static void put_beside(const char *name)
{
    night_put(&n, ca_arena_printf(&n.arena, "%s/%s", n.folder, name), "old");
}

/* They hold claims. Other reports in the folder keep theirs. */
START_TEST(what_a_killed_run_left_is_removed)
{
    put_beside("report.db.work.exchange");
    put_beside("report.db.work.exchange.1.1");
    put_beside("report.db.work.stream3");
    put_beside("report.db.rejects.csv.tmp");
    put_beside("report.db.0123456789abcdef.evidence.tmp");
    put_beside("report.db.0123456789abcdef.evidence");
    put_beside("report.db.0123456789abcdef.model.tmp");
    put_beside("report.db.0123456789abcdef.model");
    put_beside("report.db.work.exchange.md");
    put_beside("report.db.work.values");
    put_beside("report.db2.work.findings");
    ck_assert_int_eq(night_scan(&n, "nowhere.csv"), CA_FAIL);
    ck_assert_str_eq(night_left(&n), "report.db.0123456789abcdef.evidence\nreport.db.0123456789abcdef.model\n"
                                     "report.db.work.exchange.md\nreport.db.work.values\nreport.db2.work.findings\n");
}
END_TEST

/* Of a run with rules of several lines and several threads. */
START_TEST(what_is_in_the_folder_of_a_killed_run_is_removed)
{
    static const char *const names[] = {"exchange.1", "exchange01", "findings", "rejects", "incomplete", "reversals", "late.2",
                                        "waiting0", "waiting1", "measures0", "measures1.1", "network0", "links", "values",
                                        "score-patient-0", "score-institution-12", "scratch0", "scratch12"};
    ca_disk *disk = n.options.disk;
    ck_assert_int_eq(disk->make_directory(disk, ca_arena_printf(&n.arena, "%s.work", n.db), &n.err), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_beside(ca_arena_printf(&n.arena, "report.db.work/%s", names[i]));
    }
    ck_assert_int_eq(night_scan(&n, "nowhere.csv"), CA_FAIL);
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

/* Facts: the newest file wins, by the year in its name, wherever it stands. */
START_TEST(the_newest_fact_file_wins_in_any_order)
{
    allow_unmatched();
    night_put(&n, "people_2022.csv", "patient_id,birth_date,sex\nP1,1980-01-01,M\nP2,1990-01-01,F\nP9,,F\n");
    ck_assert_int_eq(night_scan(&n, "people_2022.csv claims.csv people_2023.csv"), 0);
    const char *one = night_report(&n);
    ck_assert(strstr(one, "CORE-0003|4|1|0|1|0|2|1|1|sex\n") != NULL);
    night_forget(&n);
    ck_assert_int_eq(night_scan(&n, "people_2023.csv people_2022.csv claims.csv"), 0);
    ck_assert_str_eq(night_report(&n), one);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_night_is_reported);
    tcase_add_test(tcase, the_same_again_is_nothing_to_do);
    tcase_add_test(tcase, a_stale_patient_file_stops_the_run);
    tcase_add_test(tcase, without_facts_the_rules_they_feed_are_named);
    tcase_add_test(tcase, no_lines_is_an_alarm);
    tcase_add_test(tcase, an_empty_or_strange_file_refuses_the_run);
    tcase_add_test(tcase, an_ignored_file_is_listed_and_nothing_else);
    tcase_add_test(tcase, a_broken_rule_refuses_the_run);
    tcase_add_test(tcase, another_run_is_in_the_way);
    tcase_add_test(tcase, little_memory_refuses_the_run);
    tcase_add_test(tcase, a_flood_is_cut_and_alarmed);
    tcase_add_test(tcase, shadow_and_draft_rules_do_not_count);
    tcase_add_test(tcase, other_packs_are_named);
    tcase_add_test(tcase, what_a_killed_run_left_is_removed);
    tcase_add_test(tcase, what_is_in_the_folder_of_a_killed_run_is_removed);
    tcase_add_test(tcase, the_newest_fact_file_wins_in_any_order);
}

CA_CHECK_MAIN("run/scan", add_tests)
