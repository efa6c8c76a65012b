/* A claim of more rows than are settled at once (run/settle.c): nothing of it falls, nothing of it is lost, rules of claims do not
 * know, and the run says so; whatever --memory is. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/state.h"

static night n;

/* Claim C1 of so many lines, the last two of them a replacement of the first and the first again, and a claim that is whole. */
static void put_claims(unsigned lines)
{
    char *text = malloc((size_t)lines * 80 + 1024);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, "claim_id,claim_type,line_no,patient_id,service_date,paid,claim_status,claim_version\n");
    for (unsigned i = 0; i < lines - 2; i++) {
        len += (size_t)sprintf(text + len, "C1,professional,%u,P%u,2024-01-%02u,%u,original,1\n", i + 1, i % 1000, i % 28 + 1, i % 11);
    }
    len += (size_t)sprintf(text + len, "C1,professional,1,P0,2024-01-01,9,replacement,2\nC1,professional,1,P0,2024-01-01,0,original,1\n");
    len += (size_t)sprintf(text + len, "C2,professional,1,P1,2024-01-01,10,original,1\nC2,professional,1,P1,2024-01-01,10,original,1\n");
    night_put(&n, "a.csv", text);
    free(text);
}

static void set_up(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "paid > 9", "");
    night_rule(&n, "CORE-0002", "claim", "count() > 0", "");
    night_put(&n, "rules/core/CORE-0003.yaml",
              "rule: CORE-0003\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: window\n"
              "per: [patient_id]\nwithin: life\njudge: open\nwhen: count() > 51\nmessage: m\n");
}

static void tear_down(void)
{
    night_done(&n);
}

static void scan(uint64_t memory)
{
    night_forget(&n);
    n.options.memory = memory;
    int rc = night_scan(&n, "a.csv");
    ck_assert_msg(rc == 0, "%s", night_said(&n));
}

#define STATS "SELECT rule_id, offered, hit, unknown FROM v_rule_stats ORDER BY 1"
#define MIB (UINT64_C(1) << 20)

START_TEST(one_row_less_is_settled)
{
    static const uint64_t memory[] = {64 * MIB, 4096 * MIB};
    put_claims(45455);    /* and 4,545 findings: of the first and of the claim that is whole none of them falls */
    scan(memory[_i % 2]);
    ck_assert_uint_eq(n.summary.alarm_count, 0);
    ck_assert_str_eq(night_ask(&n, STATS), "CORE-0001|45454|4133|0\nCORE-0002|2|1|1\nCORE-0003|1000|0|0\n");
}
END_TEST

START_TEST(a_larger_claim_is_not_settled)
{
    static const uint64_t memory[] = {64 * MIB, 4096 * MIB};
    put_claims(52002);
    n.options.jobs = 1 + (unsigned)_i / 2;
    scan(memory[_i % 2]);
    ck_assert_uint_eq(n.summary.alarm_count, 1);
    ck_assert_ptr_nonnull(strstr(n.summary.alarms[0], "claims of more than 50000 rows: 1;"));
    /* The replaced and the repeated row count: of C1 all 52,002 lines, of C2 one. P0 and P1 have one more than 52. */
    ck_assert_str_eq(night_ask(&n, STATS), "CORE-0001|52003|4728|0\nCORE-0002|2|1|1\nCORE-0003|1000|1000|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_findings_all WHERE rule_id = 'CORE-0001'"), "4728\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    put_claims(52002);
    uint64_t before = ca_alloc_calls();
    scan(64 * MIB);
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t i = calls / 2; i <= calls; i += 1 + calls / 3) {
        night_forget(&n);
        ca_alloc_fail(i, 0);
        int rc = night_scan(&n, "a.csv");
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM || rc == CA_FAIL, "call %llu: %d %s", (unsigned long long)i, rc, night_said(&n));
        ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, one_row_less_is_settled, 0, 1);
    tcase_add_loop_test(tcase, a_larger_claim_is_not_settled, 1, 3);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/settle_large", add_tests)
