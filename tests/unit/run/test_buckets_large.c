/* Tests of run/buckets_large.c: a key that is judged in parts says what it says in one; what no memory holds is unknown, and
 * counted once. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/several.h"

#define LINES 600
#define DAYS  20

static night n;

static void put_rule(const char *id, const char *kind, const char *rest)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "rules/core/%s.yaml", id);
    snprintf(text, sizeof text,
             "rule: %s\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: %s\nmessage: m\n%s", id, kind,
             rest);
    night_put(&n, path, text);
}

/* One provider with all lines, of many patients, on few days; and one with a handful. */
static void put_claims(void)
{
    char *text = malloc(LINES * 128 + 256);
    size_t len = (size_t)sprintf(text, "claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,procedure,units,paid\n");
    for (unsigned i = 0; i < LINES; i++) {
        len += (size_t)sprintf(text + len, "C%u,%s,%u,P%u,%s,2024-%02u-%02u,V010%u,%u,%u\n", i / 3,
                               i / 3 % 20 ? "professional" : "inpatient", i % 3 + 1, i % 37, i % 101 ? "LAB" : "B2", 1 + i % DAYS / 10,
                               1 + i % 10 * 2, i % 4, i % 5, i % 11);
    }
    night_put(&n, "a.csv", text);
    free(text);
}

static void set_up(void)
{
    night_init(&n);
    put_claims();
    put_rule("CORE-0001", "window", "per: [billing_provider_id]\nwithin: day\njudge: open\nwhen: sum(units) > 60\n");
    put_rule("CORE-0002", "window", "per: [billing_provider_id]\nwithin: month\njudge: open\nwhen: sum(units) > 500\n");
    put_rule("CORE-0003", "window", "per: [billing_provider_id]\nwithin: rolling 5 days\njudge: open\nwhen: sum(units) > 200\n");
    put_rule("CORE-0004", "window", "per: [billing_provider_id]\nwithin: life\njudge: open\nwhen: count() > 100\n");
    put_rule("CORE-0005", "pair", "same: [billing_provider_id, procedure, patient_id]\nwhen: a.paid > b.paid + 9\n");
    put_rule("CORE-0006", "peer",
             "entity: billing_provider_id\npeers: [claim_type]\nwithin: month\njudge: open\nmin_peers: 2\n"
             "metric: sum(paid) / count()\nwhen: metric >= percentile(90)\n");
    put_rule("CORE-0007", "absence",
             "per: [billing_provider_id]\nevent: paid > 8\nwithout: paid < 1 and patient_id = a.patient_id\n"
             "look: 0 days before to 1 days after\n");
    put_rule("CORE-0008", "pair", "level: claim\nsame: [billing_provider_id]\nwhere: units > 0\n"
                                  "when: a.claim_type = 'inpatient' and sum(b.paid) > 12\n");
}

static void tear_down(void)
{
    night_done(&n);
}

static char *report(void)
{
    night_forget(&n);
    int rc = night_scan(&n, "a.csv");
    ck_assert_msg(rc == 0, "%s", night_said(&n));
    return strdup(night_report(&n));
}

START_TEST(parts_say_what_the_whole_says)
{
    static const size_t sizes[] = {1, 700, 3000, 30000};
    n.options.jobs = 1 + (unsigned)_i % 2;
    char *whole = report();
    ck_assert_ptr_nonnull(strstr(whole, "CORE-0001"));
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_rule_stats WHERE hit > 0 OR unknown > 0"), "8\n");
    n.options.group_bytes = sizes[_i / 2];
    char *parts = report();
    ck_assert_str_eq(parts, whole);
    ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    free(whole);
    free(parts);
}
END_TEST

static const char *stats(const char *id)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT offered, hit, unknown FROM v_rule_stats WHERE rule_id = '%s'", id);
    return night_ask(&n, sql);
}

static const char *members_of(const char *id)
{
    char *free_later = strdup(stats(id));
    char *offered = strtok(free_later, "|");
    static char text[64];
    snprintf(text, sizeof text, "%s", offered);
    free(free_later);
    return text;
}

/* A part is never more than two lines: every day and month of the laboratory comes in many. */
START_TEST(what_no_memory_holds_is_unknown_once)
{
    free(report());
    char *absences = strdup(members_of("CORE-0007"));
    char *claims = strdup(members_of("CORE-0008"));
    n.options.group_bytes = n.options.large_bytes = 1;
    free(report());
    ck_assert_str_eq(stats("CORE-0001"), "26|0|20\n");    /* 20 days of the one; 6 of the other, each of one line */
    ck_assert_str_eq(stats("CORE-0002"), "3|0|3\n");
    ck_assert_str_eq(stats("CORE-0003"), "26|0|26\n");
    ck_assert_str_eq(stats("CORE-0004"), "2|0|2\n");
    ck_assert_str_eq(members_of("CORE-0007"), absences);
    ck_assert_str_eq(members_of("CORE-0008"), claims);    /* lines of a claim lie days apart */
    ck_assert_str_eq(night_ask(&n, "SELECT unknown = offered FROM v_rule_stats WHERE rule_id = 'CORE-0008'"), "1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT DISTINCT reason FROM v_findings_all WHERE rule_id = 'CORE-0004'"), "group too large\n");
    free(absences);
    free(claims);
}
END_TEST

START_TEST(large_groups_are_judged_where_they_fit)
{
    n.options.group_bytes = 3000;
    n.options.large_bytes = 12000;    /* a day of the laboratory has 30 lines, a month 300 */
    free(report());
    ck_assert_str_eq(night_ask(&n, "SELECT unknown FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "0\n");
    ck_assert_str_eq(stats("CORE-0004"), "2|0|1\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    n.options.group_bytes = 2000;
    uint64_t before = ca_alloc_calls();
    free(report());
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t i = 1; i <= calls; i += 1 + calls / 30) {
        night_forget(&n);
        ca_alloc_fail(i, 0);
        int rc = night_scan(&n, "a.csv");
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM || rc == CA_FAIL, "call %llu: %d %s", (unsigned long long)i, rc, night_said(&n));
        ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    }
}
END_TEST

/* What a killed run left of such keys is gone before the next one reads. */
START_TEST(leftovers_are_swept)
{
    ca_disk *disk = n.options.disk;
    ca_file_info info;
    const char *work = ca_arena_printf(&n.arena, "%s.work", n.db);
    ck_assert_int_eq(disk->make_directory(disk, work, &n.err), 0);
    for (unsigned i = 1; i <= CA_LARGE_FOLDERS; i++) {
        const char *folder = ca_arena_printf(&n.arena, "%s/x%u", work, CA_ROUTES_MAX + i);
        ck_assert_int_eq(disk->make_directory(disk, folder, &n.err), 0);
        night_put(&n, ca_arena_printf(&n.arena, "%s/0.part", folder), "of a killed run");
    }
    free(report());
    ck_assert_int_eq(disk->info(disk, work, &info, &n.err), CA_END);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, parts_say_what_the_whole_says, 0, 8);
    tcase_add_test(tcase, what_no_memory_holds_is_unknown_once);
    tcase_add_test(tcase, large_groups_are_judged_where_they_fit);
    tcase_add_test(tcase, leftovers_are_swept);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/buckets_large", add_tests)
