/* Findings of several lines and of entities as those who embed the engine see them. */
#include <string.h>

#include "base/alloc.h"
#include "run/public.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_scan_state scan;
static ca_run_file file;
static unsigned seen;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    memset(&scan, 0, sizeof scan);
    scan.setup = &scan.own_setup;
    night_setup(&n, scan.setup);
    scan.options = &n.options;
    scan.tallies = ca_arena_array(&n.arena, 1, sizeof *scan.tallies);
    scan.kept = ca_arena_array(&n.arena, 3, sizeof *scan.kept);
    scan.kept[0].limit = 10;
    file.path = "claims.csv";
    scan.files = &file;
    ck_assert_int_eq(ca_spool_new(n.options.disk, "spool", &scan.findings, NULL), 0);
    ca_buf_init(&scan.bytes);
    ca_arena_init(&scan.scratch);
    seen = 0;
}

static void teardown(void)
{
    ca_free(scan.kept[0].items);
    ca_spool_free(scan.findings);
    ca_buf_done(&scan.bytes);
    ca_arena_done(&scan.scratch);
    ca_setup_done(scan.setup);
    night_done(&n);
}

static void keep_pair(void)
{
    ca_finding_line lines[] = {
        {.role = "a", .claim_type = CA_PROFESSIONAL, .claim_id = CA_TEXT("C1"), .claim_part = 1, .line_no = 2,
         .has_date = true, .service_date = 19000, .origin = {0, 9, 5, 400}, .has_paid = true, .paid = 223450,
         .exposure = 1000, .count = 1},
        {.role = "b", .claim_type = CA_PHARMACY, .claim_id = CA_TEXT("C2"), .claim_part = 3, .of_claim = true,
         .origin = {0, 9, 6, 500}, .exposure = CA_EXPOSURE_MISSING, .count = 1},
        {.role = "others", .has_paid = true, .paid = 50000000, .exposure = 7, .count = 1003}};
    ca_finding finding = {.outcome = CA_HIT, .claim_type = CA_PROFESSIONAL, .claim_id = CA_TEXT("C1"), .claim_part = 1,
                          .line_no = 2, .exposure = 1000, .message = CA_TEXT("m"), .evidence = CA_TEXT("{}"),
                          .lines = lines, .line_count = 3};
    ck_assert_int_eq(ca_keep(&scan, &finding, NULL), 0);
}

static int look_at_pair(void *context, const claimaudit_finding *finding)
{
    const claimaudit_line *lines = finding->lines;
    (void)context;
    seen++;
    ck_assert_uint_eq(finding->line_count, 3);
    ck_assert_str_eq(lines[0].role, "a");
    ck_assert_str_eq(lines[0].claim_id, "C1");
    ck_assert_str_eq(lines[0].claim_type, "professional");
    ck_assert_str_eq(lines[0].service_date, "2022-01-08");
    ck_assert(lines[0].line_no == 2 && lines[0].paid == 2234 && !lines[0].whole_claim && lines[0].count == 1);
    ck_assert_str_eq(lines[1].role, "b");
    ck_assert_str_eq(lines[1].claim_id, "C2");
    ck_assert_str_eq(lines[1].claim_type, "pharmacy");
    ck_assert_str_eq(lines[1].file, "claims.csv");
    ck_assert_ptr_null(lines[1].service_date);
    ck_assert(lines[1].claim_part == 3 && lines[1].whole_claim && lines[1].paid == CLAIMAUDIT_NO_AMOUNT);
    ck_assert_str_eq(lines[2].role, "others");
    ck_assert_ptr_null(lines[2].file);
    ck_assert_ptr_null(lines[2].claim_id);
    ck_assert_ptr_null(lines[2].claim_type);
    ck_assert(lines[2].count == 1003 && lines[2].paid == 500000 && lines[2].exposure == 7 && lines[2].row == 0);
    ck_assert_ptr_null(finding->entity_id);
    ck_assert_ptr_null(finding->window_from);
    return 0;
}

START_TEST(lines_say_whose_they_are)
{
    int stopped = 1;
    keep_pair();
    ck_assert_int_eq(ca_deliver(&scan, look_at_pair, NULL, &stopped, NULL), 0);
    ck_assert_uint_eq(seen, 1);
    ck_assert_int_eq(stopped, 0);
}
END_TEST

static int look_at_entity(void *context, const claimaudit_finding *finding)
{
    (void)context;
    seen++;
    ck_assert_ptr_null(finding->claim_id);
    ck_assert_ptr_null(finding->claim_type);
    ck_assert_str_eq(finding->entity_kind, "pharmacy_id");
    ck_assert_str_eq(finding->entity_id, "PH1");
    ck_assert_str_eq(finding->window_from, "2022-01-01");
    ck_assert_str_eq(finding->window_to, "2022-12-31");
    ck_assert(finding->exposure_of_entity && finding->exposure == CLAIMAUDIT_NO_AMOUNT && finding->line_count == 0);
    return 0;
}

START_TEST(an_entity_has_a_name_and_a_period)
{
    int stopped;
    ca_finding finding = {.outcome = CA_HIT, .entity_kind = "pharmacy_id", .entity_id = CA_TEXT("PH1"), .of_entity = true,
                          .has_window = true, .window_from = 18993, .window_to = 19357,
                          .exposure = CA_EXPOSURE_MISSING, .message = CA_TEXT("m"), .evidence = CA_TEXT("{}")};
    ck_assert_int_eq(ca_keep(&scan, &finding, NULL), 0);
    ck_assert_int_eq(ca_deliver(&scan, look_at_entity, NULL, &stopped, NULL), 0);
    ck_assert_uint_eq(seen, 1);
}
END_TEST

START_TEST(memory_may_run_out)
{
    int stopped;
    unsigned failures = 0;
    keep_pair();
    for (uint64_t fail = 1; fail < 100; fail++) {
        ca_arena_done(&scan.scratch);    /* it keeps its memory: the next round would need none */
        ca_arena_init(&scan.scratch);
        ca_alloc_fail(fail, 0);
        int rc = ca_deliver(&scan, look_at_pair, NULL, &stopped, NULL);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        failures++;
    }
    ck_assert_uint_gt(failures, 1);
    ck_assert_uint_eq(seen, 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, lines_say_whose_they_are);
    tcase_add_test(tcase, an_entity_has_a_name_and_a_period);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/public_finding", add_tests)
