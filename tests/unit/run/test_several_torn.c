/* Claims whose lines name several keys, or some none: rules about claims see them whole, in any number of buckets. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static night n;

#define RULE(id)                                                                                                          \
    "rule: " id "\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: overlap\nlevel: claim\n" \
    "per: [patient_id]\ninterval: from_date to paid_date\nmessage: \"{b.claim_id}\"\n"
#define PATIENTS 40u

static void set_up(void)
{
    night_init(&n);
}

static void tear_down(void)
{
    night_done(&n);
}

/* A names its patient in one line of two, B overlaps it, D names two patients. */
static void put_claims(void)
{
    char *text = malloc(PATIENTS * 400 + 200);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, "claim_id,claim_type,line_no,patient_id,from_date,paid_date,service_date,units,paid\n");
    for (unsigned i = 0; i < PATIENTS; i++)
        len += (size_t)sprintf(text + len,
                               "A%u,inpatient,1,P%u,2024-01-01,2024-01-10,2024-01-01,2,1\n"
                               "A%u,inpatient,2,,2024-01-01,2024-01-10,2024-01-02,2,1\n"
                               "D%u,inpatient,1,P%u,2024-02-01,2024-02-02,2024-02-01,2,1\n"
                               "D%u,inpatient,2,Q%u,2024-02-01,2024-02-02,2024-02-01,1,1\n"
                               "B%u,inpatient,1,P%u,2024-01-05,2024-01-08,2024-01-05,2,1\n",
                               i, i, i, i, i, i, i, i, i);
    night_put(&n, "a.csv", text);
    free(text);
}

static const struct {
    unsigned buckets, jobs;
    uint64_t memory;
} runs[] = {{0, 1, 0}, {1, 1, 0}, {16, 3, 0}, {512, 1, 0}, {1024, 3, UINT64_C(64) << 20}};

START_TEST(every_claim_is_seen_whole)
{
    put_claims();
    night_put(&n, "rules/core/CORE-0001.yaml", RULE("CORE-0001"));
    night_put(&n, "rules/core/CORE-0002.yaml", RULE("CORE-0002") "where: units > 1\n");    /* then D names one */
    n.options.buckets = runs[_i].buckets;
    n.options.jobs = runs[_i].jobs;
    n.options.memory = runs[_i].memory ? runs[_i].memory : n.options.memory;
    ck_assert_msg(night_scan(&n, "a.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, offered, hit, unknown, pass FROM v_rule_stats ORDER BY 1"),
                     "CORE-0001|120|80|40|0\nCORE-0002|120|80|0|40\n");
}
END_TEST

/* Parts of a claim are claims: what one says of its patient is nothing that the other says. */
START_TEST(parts_stand_alone)
{
    night_put(&n, "a.csv", "claim_id,claim_type,claim_part,line_no,patient_id,from_date,paid_date,service_date,paid\n"
                           "A,inpatient,1,1,P1,2024-01-01,2024-01-10,2024-01-01,1\n"
                           "A,inpatient,1,2,,2024-01-01,2024-01-10,2024-01-02,1\n"
                           "A,inpatient,2,3,P2,2024-01-01,2024-01-10,2024-01-03,1\n"
                           "A,inpatient,2,4,,2024-01-01,2024-01-10,2024-01-03,1\n"
                           "B,inpatient,1,1,P2,2024-01-05,2024-01-08,2024-01-05,1\n");
    night_put(&n, "rules/core/CORE-0001.yaml", RULE("CORE-0001"));
    n.options.buckets = runs[_i].buckets;
    n.options.jobs = runs[_i].jobs;
    ck_assert_msg(night_scan(&n, "a.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, unknown, pass FROM v_rule_stats"), "3|2|0|1\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_claim_is_seen_whole, 0, sizeof runs / sizeof *runs);
    tcase_add_loop_test(tcase, parts_stand_alone, 0, sizeof runs / sizeof *runs);
}

CA_CHECK_MAIN("run/several_torn", add_tests)
