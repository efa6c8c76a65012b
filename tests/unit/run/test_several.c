/* Scans with rules of several lines: what is said of one does not depend on which others run. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static night n;

#define HEADER "claim_id,claim_type,line_no,patient_id,service_date,procedure,units,paid\n"
#define RULE(id)                                                                                           \
    "rule: " id "\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: pair\n" \
    "same: [patient_id]\nmessage: m\n"

static void set_up(void)
{
    night_init(&n);
}

static void tear_down(void)
{
    night_done(&n);
}

static const char *evidence(const char *id)
{
    char sql[240];
    snprintf(sql, sizeof sql,
             "SELECT f.evidence FROM finding f JOIN v_findings v USING(finding_id) WHERE v.rule_id = '%s' ORDER BY 1", id);
    return night_ask(&n, sql);
}

static void scan(void)
{
    int rc = night_scan(&n, "a.csv");
    ck_assert_msg(rc == 0, "%s", night_said(&n));
}

/* A claim has no paid of its own: what a rule about lines had put in the same place is not shown for it. */
START_TEST(claims_show_columns_of_claims)
{
    night_put(&n, "a.csv", HEADER "A,professional,1,P1,2024-01-01,V0103,1,10\n"
                                  "A,professional,2,P1,2024-01-01,V0104,1,20\n"
                                  "B,professional,1,P1,2024-01-02,V0103,1,10\n"
                                  "B,professional,2,P1,2024-01-02,V0104,1,20\n");
    night_put(&n, "rules/core/CORE-0002.yaml",
              RULE("CORE-0002") "level: claim\nwhen: a.paid = b.paid and a.from_date < b.from_date\n");
    scan();
    char *alone = strdup(evidence("CORE-0002"));
    ck_assert(strstr(alone, "\"sides\"") && !strstr(alone, "{\"of\":\"paid\""));
    night_forget(&n);
    night_put(&n, "rules/core/CORE-0001.yaml",
              RULE("CORE-0001") "when: a.paid < b.paid and a.units = b.units\n");
    scan();
    ck_assert_str_ne(evidence("CORE-0001"), "");
    ck_assert_str_eq(evidence("CORE-0002"), alone);
    free(alone);
}
END_TEST

#define CROWD 10050u    /* above the limit of a group */

/* Lines of a crowd that stand on neither side stay behind when they are few; but how many they are decides. */
START_TEST(large_groups_come_whole)
{
    char *text = malloc(CROWD * 64 + 200);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, HEADER);
    for (unsigned i = 0; i < CROWD; i++)
        len += (size_t)sprintf(text + len, "A%u,professional,1,P1,2024-01-%02u,V0103,3,10\n", i, 1 + i % 28);
    len += (size_t)sprintf(text + len, "B,professional,1,P2,2024-01-01,V0103,3,10\nB,professional,2,P2,2024-01-01,V0103,3,10\n");
    for (unsigned i = 1; i <= 2; i++)
        len += (size_t)sprintf(text + len, "C%u,professional,1,P%u,2024-01-01,V0103,9,10\nD%u,professional,1,P%u,2024-01-02,V0103,1,10\n",
                               i, i, i, i);
    night_put(&n, "a.csv", text);
    free(text);
    night_put(&n, "rules/core/CORE-0001.yaml", RULE("CORE-0001") "when: a.units > 5 and b.units < 2\n");
    n.options.jobs = 1 + (unsigned)_i;
    scan();
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, unknown, unknown_field FROM v_rule_stats"), "10056|2|10052|group too large\n");
}
END_TEST

/* A claim that begins with a line of a file without from_date, which lacks the provider, too: the other claim is not alone. */
START_TEST(a_claim_may_begin_with_another_file)
{
    night_put(&n, "a.csv", "claim_id,claim_type,line_no,billing_provider_id,principal_diagnosis,service_date,from_date,paid_date,paid\n"
                           "C,professional,2,B1,I10,2024-09-01,2024-09-01,2024-09-05,1\n"
                           "D,professional,1,B1,I10,2024-02-10,2024-02-10,2024-02-20,1\n"
                           "E,professional,1,B2,I10,2024-02-10,2024-02-10,2024-02-20,1\n");
    night_put(&n, "b.csv", "claim_id,claim_type,line_no,principal_diagnosis,service_date,paid\nC,professional,1,I10,2024-01-02,1\n");
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: overlap\nlevel: claim\n"
              "per: [billing_provider_id, principal_diagnosis]\ninterval: from_date to paid_date\nmessage: \"{b.claim_id}\"\n");
    night_put(&n, "rules/core/CORE-0002.yaml",    /* lines meet by the diagnosis */
              "rule: CORE-0002\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: window\n"
              "per: [principal_diagnosis]\nwithin: life\nwhen: count() > 9\nmessage: m\n");
    static const char *const orders[] = {"a.csv b.csv", "b.csv a.csv"};
    n.options.jobs = 1 + (unsigned)_i / 2;
    ck_assert_msg(night_scan(&n, orders[_i % 2]) == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, pass FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "3|2|1\n");
}
END_TEST

/* The days of a claim may be those of no line of it: A lasts from the 1st to the 20th. */
START_TEST(claims_whose_lines_disagree_are_found)
{
    static const char header[] = "claim_id,claim_type,line_no,patient_id,from_date,received_date,service_date,paid\n";
    static const char begins[] = "A,inpatient,1,P1,2024-01-01,,2024-01-01,1\n";
    static const char ends[] = "A,inpatient,2,P1,,2024-01-20,2024-01-20,1\n";
    static const char other[] = "B,inpatient,1,P1,2024-01-05,2024-01-08,2024-01-05,1\n";
    static const char alone[] = "C,inpatient,1,P2,2024-01-05,2024-01-08,2024-01-05,1\n";
    char text[1000];
    snprintf(text, sizeof text, "%s%s%s%s%s", header, begins, _i % 2 ? other : ends, _i % 2 ? ends : other, alone);
    night_put(&n, "a.csv", text);
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: overlap\nlevel: claim\n"
              "per: [patient_id]\ntouching: allowed\nmessage: m\n"
              "interval: coalesce(from_date, received_date) to coalesce(received_date, from_date)\n");
    n.options.jobs = 1 + (unsigned)_i / 2;
    scan();
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, unknown, pass FROM v_rule_stats"), "3|2|0|1\n");
}
END_TEST

#define KEYED(id, when) \
    "rule: " id "\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: pair\n" \
    "same: [patient_id]\nmessage: m\nwhen: " when "\n"

/* Rules that read other columns have routes of their own where there is memory; what they say does not depend on it. */
START_TEST(little_memory_says_the_same)
{
    static const char columns[] = "claim_id,claim_type,line_no,patient_id,service_date,procedure,units,paid,charge,place_of_service,"
                                  "revenue_code,drug,days_supply\n";
    char text[4096];
    size_t len = (size_t)sprintf(text, "%s", columns);
    for (unsigned i = 0; i < 24; i++)
        len += (size_t)sprintf(text + len, "A%u,professional,1,P%u,2024-01-%02u,V0103,%u,10,%u,11,0450,ndc:00000000001,%u\n", i, i % 5,
                               1 + i % 7, 1 + i % 3, 10 + i % 4, i % 2);
    night_put(&n, "a.csv", text);
    night_put(&n, "rules/core/CORE-0001.yaml", KEYED("CORE-0001", "a.units < b.units and a.charge = b.charge"));
    night_put(&n, "rules/core/CORE-0002.yaml",
              KEYED("CORE-0002", "a.days_supply < b.days_supply and a.revenue_code = b.revenue_code and a.drug = b.drug"));
    night_put(&n, "rules/core/CORE-0003.yaml", KEYED("CORE-0003", "a.service_date < b.service_date"));
    n.options.memory = UINT64_C(1) << 30;
    scan();
    char *ample = strdup(night_ask(&n, "SELECT rule_id, offered, hit, unknown FROM v_rule_stats ORDER BY 1"));
    ck_assert(strstr(ample, "CORE-0001|") && strstr(ample, "CORE-0003|"));
    night_forget(&n);
    n.options.memory = UINT64_C(48) << 20;
    scan();
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, offered, hit, unknown FROM v_rule_stats ORDER BY 1"), ample);
    free(ample);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, claims_show_columns_of_claims);
    tcase_add_loop_test(tcase, a_claim_may_begin_with_another_file, 0, 4);
    tcase_add_loop_test(tcase, claims_whose_lines_disagree_are_found, 0, 4);
    tcase_add_test(tcase, little_memory_says_the_same);
    tcase_add_loop_test(tcase, large_groups_come_whole, 0, 2);
}

CA_CHECK_MAIN("run/several", add_tests)
