/* Tests of run/read_claims.c, run/stream_crew.c and run/buckets.c: whole nights with several threads say what one says. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/night.h"

#define FILES 3
#define LINES 900

static night n;

static const char layout[] =
    "  - layout: scripts\n    records: claims\n    columns: [script, pos, kind, rx]\n    optional: yes\n"
    "    fields: {claim_id: script, claim_type: {value: pharmacy}, line_no: pos, prescription_number: rx, pharmacy_id: pharmacy,\n"
    "      service_date: day, paid: amount, paid_date: paid_on}\n"
    "    status: {column: kind, values: {S: reversal, V: void}}\n"
    "    reversal: {keys: [pharmacy_id, prescription_number], opposite: [paid]}\n";

static const char duplicate[] =
    "rule: CORE-0004\nversion: 1\ntitle: Rule CORE-0004\nstatus: active\nseverity: high\ncategory: coding\n"
    "jurisdiction: core\nowner: test\ngrade: definite\nkind: duplicate\nsame: [patient_id, service_date, procedure]\n"
    "original: first by paid_date, claim_id, line_no\nwhere: paid > 0\nexposure: paid\n"
    "unless:\n  - {name: small, reason: small, when: paid < 20}\n"
    "message: \"{claim_id} again\"\n";

static uint64_t state;

static unsigned below(unsigned limit)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % limit;
}

/* Claims with repeated lines, later versions, many codes, missing cells and broken rows. */
static void put_claims(const char *path, unsigned lines)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,paid_date,claim_version,"
                           "procedure,units,charge,paid\n");
    for (unsigned i = 0; i < lines; i++) {
        unsigned claim = below(lines / 2);
        if (below(40) == 0) {
            ca_buf_printf(&text, "C%u,professional,1,P%u,D1,not \"a row\n", claim, below(30));
            continue;
        }
        ca_buf_printf(&text, "C%u,professional,%u,%s%u,D%u,2024-01-%02u,2024-02-%02u,%u,V%04u,", claim, 1 + below(3),
                      below(20) ? "P" : "", below(30), below(5), 1 + below(9), 1 + below(28), 1 + below(2), below(300));
        ca_buf_printf(&text, below(10) ? "%u,80.00,%u.00\n" : ",80.00,%u.00\n", below(4), below(90));
    }
    ca_buf_add_char(&text, '\0');
    night_put(&n, path, text.ptr);
    ca_buf_done(&text);
}

/* Prescriptions, some of them reversed under another claim id. */
static void put_scripts(const char *path, unsigned lines)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "script,pos,kind,rx,pharmacy,day,amount,paid_on\n");
    for (unsigned i = 0; i < lines; i++) {
        unsigned amount = 40 + below(3) * 10;
        ca_buf_printf(&text, "S%u,1,%s,R%u,Q%u,2024-01-0%u,%s%u.00,2024-02-01\n", i, i % 5 ? "" : "S", below(lines / 4),
                      below(3), 1 + below(9), i % 5 ? "" : "-", amount);
    }
    ca_buf_add_char(&text, '\0');
    night_put(&n, path, text.ptr);
    ca_buf_done(&text);
}

static void setup(void)
{
    ca_text profile;
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "unless:\n  - {name: dear, reason: dear, when: paid > 70}\n");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0003", "line", "procedure = 'V0007' and paid > 5", "rows: all\n");
    night_put(&n, "rules/core/CORE-0004.yaml", duplicate);
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%.*s%s", (int)profile.len, profile.ptr, layout));
    n.options.max_rejects = 1000;
    n.options.max_rejects_share = false;
    n.options.memory = UINT64_C(1) << 40;
}

static void teardown(void)
{
    night_done(&n);
}

static const char *report_of(unsigned jobs, unsigned batch_rows, const char *inputs)
{
    night_forget(&n);
    n.options.jobs = jobs;
    n.options.batch_rows = batch_rows;
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
    return night_report(&n);
}

START_TEST(any_number_of_threads_says_the_same)
{
    static const char inputs[] = "a.csv b.csv s.csv c.csv t.csv";
    state = (uint64_t)_i;
    put_claims("a.csv", LINES);
    put_claims("b.csv", 10);
    put_scripts("s.csv", 200);
    put_claims("c.csv", LINES);
    put_scripts("t.csv", 200);
    char *alone = strdup(report_of(1, 64, inputs));
    ck_assert_ptr_nonnull(strstr(alone, "CORE-0004"));
    ck_assert_uint_gt(n.summary.lines_dropped, 0);
    ck_assert_uint_gt(n.summary.lines_undone, 0);
    ck_assert_uint_gt(n.summary.rows_rejected, 0);
    for (unsigned jobs = 2; jobs <= 5; jobs++) {
        ck_assert_str_eq(report_of(jobs, 1 + below(64), inputs), alone);
    }
    free(alone);
}
END_TEST

START_TEST(rejects_stand_in_their_order)
{
    ca_text alone, together;
    put_claims("a.csv", LINES);
    n.options.max_rejects = 3;
    n.options.batch_rows = 7;
    ck_assert_int_eq(night_scan(&n, "a.csv"), CA_REJECTS);
    ck_assert(memdisk_get(n.memory, n.summary.rejects_file, &alone));
    char *first = strndup(alone.ptr, alone.len);
    night_forget(&n);
    n.options.jobs = 4;
    ck_assert_int_eq(night_scan(&n, "a.csv"), CA_REJECTS);
    ck_assert(memdisk_get(n.memory, n.summary.rejects_file, &together));
    ck_assert_uint_eq(together.len, strlen(first));
    ck_assert(memcmp(together.ptr, first, together.len) == 0);
    free(first);
}
END_TEST

START_TEST(every_allocation_may_fail_in_any_thread)
{
    put_claims("a.csv", 60);
    n.options.jobs = 3;
    n.options.batch_rows = 16;
    unsigned failed = 0;
    uint64_t before = ca_alloc_calls();
    ck_assert_int_eq(night_scan(&n, "a.csv"), 0);
    uint64_t all = ca_alloc_calls() - before;
    for (uint64_t call = 1 + (uint64_t)_i; call <= all; call += 7 + call / 6) {
        night_forget(&n);
        ca_alloc_fail(call, 0);
        int rc = night_scan(&n, "a.csv");
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM || rc == CA_FAIL || rc == CA_CONFIG);
        failed += rc != 0;
    }
    ck_assert_uint_gt(failed, 3);
}
END_TEST

START_TEST(a_disk_that_fails_ends_all_threads)
{
    put_claims("a.csv", LINES);
    n.options.jobs = 4;
    n.options.read_size = 4096;
    n.options.batch_rows = 16;
    for (unsigned call = 1; call < 12; call++) {
        night_forget(&n);
        memdisk_fail(n.memory, MEMDISK_READ, call, false);
        int rc = night_scan(&n, "a.csv");
        ck_assert(rc == 0 || rc == CA_FAIL || rc == CA_CONFIG);
        memdisk_fail(n.memory, MEMDISK_ANY, 0, false);
        ck_assert_str_eq(night_left(&n), "");
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, any_number_of_threads_says_the_same, 1, 5);
    tcase_add_test(tcase, rejects_stand_in_their_order);
    tcase_add_loop_test(tcase, every_allocation_may_fail_in_any_thread, 0, 3);
    tcase_add_test(tcase, a_disk_that_fails_ends_all_threads);
}

CA_CHECK_MAIN("run/threads", add_tests)
