/* Rules that do not wait for the end of a period say of each finding whether that end had come. */
#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "claim_id,claim_type,line_no,patient_id,service_date,procedure,units,paid\n"
#define RULE                                                                                       \
    "version: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\njudge: open\nmessage: \"m\"\n"

static void set_up(void)
{
    night_init(&n);
    n.options.has_data_through = true;
    ck_assert(ca_date_make(2024, 3, 31, &n.options.data_through));
}

static void tear_down(void)
{
    night_done(&n);
}

/* 60 days after the last of January is the last day of the data; a life never ends. */
START_TEST(what_was_judged_open_is_said)
{
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nkind: window\nper: [patient_id]\nwithin: month\nwhen: count() = 1\n" RULE);
    night_put(&n, "rules/core/CORE-0002.yaml",
              "rule: CORE-0002\nkind: window\nper: [patient_id]\nwithin: life\nwhen: count() = 1\n" RULE);
    night_put(&n, "rules/core/CORE-0003.yaml",
              "rule: CORE-0003\nkind: peer\nentity: patient_id\npeers: [claim_type]\nwithin: life\nmin_peers: 2\n"
              "metric: count()\nwhen: metric = median()\n" RULE);
    night_put(&n, "a.csv", HEADER "A,professional,1,P1,2024-01-31,V0103,1,10\n"
                                  "B,professional,1,P2,2024-02-01,V0103,1,10\n");
    int rc = night_scan(&n, "a.csv");
    ck_assert_msg(rc == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT v.rule_id, v.patient_id, json_extract(f.evidence, '$.window.open')"
                                   " FROM v_findings v JOIN finding f USING(finding_id) ORDER BY 1, 2"),
                     "CORE-0001|P1|-\nCORE-0001|P2|1\nCORE-0002|P1|1\nCORE-0002|P2|1\nCORE-0003|P1|1\nCORE-0003|P2|1\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_was_judged_open_is_said);
}

CA_CHECK_MAIN("run/open_period", add_tests)
