/* Rules that look for a line beside an event: which lines travel decides nothing, however many events there are. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>

static night n;

#define HEADER "claim_id,claim_type,line_no,patient_id,service_date,billing_provider_id,rendering_provider_id,units,paid\n"
#define CROWD  300u    /* lines of one patient that all answer */

static void set_up(void)
{
    night_init(&n);
    n.options.has_data_from = n.options.has_data_through = true;
    ck_assert(ca_date_make(2024, 1, 1, &n.options.data_from) && ca_date_make(2024, 12, 31, &n.options.data_through));
}

static void tear_down(void)
{
    night_done(&n);
}

/* A line of patient KIND and number: an event has three units. "-": it does not say who. */
static size_t add(char *to, char kind, unsigned number, unsigned line, unsigned day, const char *billing, const char *rendering,
                  unsigned units)
{
    return (size_t)sprintf(to, "%c%u-%u,professional,1,%c%u,2024-06-%02u,%s,%s,%u,1\n", kind, number, line, kind, number, day, billing,
                           rendering, units);
}

/* The rule looks three days back for a line of the event's provider. */
static size_t add_patients(char *to, unsigned i)
{
    size_t len = add(to, 'A', i, 1, 10, "D1", "", 3);             /* found: pass */
    len += add(to + len, 'A', i, 2, 7, "", "D1", 1);
    len += add(to + len, 'B', i, 1, 10, "D1", "", 3);             /* a day too early: hit */
    len += add(to + len, 'B', i, 2, 6, "", "D1", 1);
    len += add(to + len, 'C', i, 1, 10, "D1", "", 3);             /* of another one: hit */
    len += add(to + len, 'C', i, 2, 9, "", "D2", 1);
    len += add(to + len, 'D', i, 1, 10, "D1", "", 3);             /* nobody knows of whom: unknown */
    len += add(to + len, 'D', i, 2, 9, "", "", 1);
    len += add(to + len, 'E', i, 1, 10, "", "", 3);               /* nor whom to look for: unknown */
    len += add(to + len, 'E', i, 2, 9, "", "D1", 1);
    len += add(to + len, 'F', i, 1, 10, "D1", "", 3);             /* there is no other: hit */
    len += add(to + len, 'G', i, 1, 10, "D1", "", 3);             /* of two events the second finds it: hit, pass */
    len += add(to + len, 'G', i, 2, 12, "D1", "", 3);
    return len + add(to + len, 'G', i, 3, 11, "", "D1", 1);
}

static const struct {
    unsigned times, jobs;
} runs[] = {{1, 1}, {1, 3}, {20, 1}, {20, 3}, {600, 1}, {600, 3}};    /* in the end more than are remembered */

START_TEST(events_find_their_lines)
{
    unsigned times = runs[_i].times;
    char expected[64];
    char *text = malloc(times * 14 * 80 + CROWD * 80 + 200);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, HEADER);
    for (unsigned i = 0; i < times; i++)
        len += add_patients(text + len, i);
    len += add(text + len, 'H', 0, 0, 10, "D1", "", 3);           /* many would do: pass */
    for (unsigned i = 1; i <= CROWD; i++)
        len += add(text + len, 'H', 0, i, 8 + i % 3, "", "D1", 1);
    night_put(&n, "a.csv", text);
    free(text);
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: absence\n"
              "per: [patient_id]\nevent: units > 2\nwithout: rendering_provider_id = a.billing_provider_id\n"
              "look: 3 days before to 0 days after\nmessage: \"{a.claim_id}\"\n");
    n.options.jobs = runs[_i].jobs;
    ck_assert_msg(night_scan(&n, "a.csv") == 0, "%s", night_said(&n));
    snprintf(expected, sizeof expected, "%u|%u|%u\n", 4 * times, 2 * times, 2 * times + 1);
    ck_assert_str_eq(night_ask(&n, "SELECT hit, unknown, pass FROM v_rule_stats"), expected);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, events_find_their_lines, 0, sizeof runs / sizeof *runs);
}

CA_CHECK_MAIN("run/several_events", add_tests)
