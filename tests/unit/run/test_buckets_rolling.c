/* Tests of run/buckets_rolling.c and rules/group_rolling.c: rolling windows of a key that comes in parts say what they say of the
 * whole, episodes over the borders included; what no memory holds is unknown, and nothing else changes. */
#include "support/check_main.h"
#include "support/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define LINES 540

static night n;

static void put_rule(const char *id, const char *rest)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "rules/core/%s.yaml", id);
    snprintf(text, sizeof text,
             "rule: %s\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: window\n"
             "message: \"{window_start} {service_date} {count()}\"\n%s",
             id, rest);
    night_put(&n, path, text);
}

/* One provider's lines come in bursts of some days, with quiet weeks between; some lack a day, some the units that `where` asks. */
static void put_claims(void)
{
    char *text = malloc(LINES * 128 + 256);
    ck_assert_ptr_nonnull(text);
    uint64_t state = 88172645463325252u;
    size_t len = (size_t)sprintf(text, "claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,procedure,units,paid\n");
    for (unsigned i = 0; i < LINES; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        unsigned month = 1 + (unsigned)(state % 6);
        unsigned day = 1 + (unsigned)(state / 8 % (month % 2 ? 9 : 27));
        len += (size_t)sprintf(text + len, "C%u,professional,%u,P%u,%s,", i / 3, i % 3 + 1, i % 37, i % 97 ? "LAB" : "B2");
        if (i % 31) {
            len += (size_t)sprintf(text + len, "2024-%02u-%02u", month, day);
        }
        len += (size_t)sprintf(text + len, ",V010%u,", (unsigned)(state / 64 % 4));
        if (i % 29) {
            len += (size_t)sprintf(text + len, "%u", (unsigned)(state / 256 % 5));
        }
        len += (size_t)sprintf(text + len, ",%u\n", (unsigned)(state / 2048 % 90));
    }
    night_put(&n, "a.csv", text);
    free(text);
}

#define PER "per: [billing_provider_id]\n"

static void set_up(void)
{
    night_init(&n);
    put_claims();
    put_rule("CORE-0001", PER "within: rolling 3 days\njudge: open\nwhen: sum(paid) > 1000\n");
    put_rule("CORE-0002", PER "within: rolling 10 days\njudge: open\nwhen: count() > 40\nunless:\n"
                              "  - {name: many, when: distinct(patient_id) > 36, reason: r}\n");
    put_rule("CORE-0003", PER "within: rolling 60 days\njudge: open\nwhen: count() > 20\n");
    put_rule("CORE-0004", PER "within: rolling 1 days\njudge: open\nwhen: count() > 9\n");
    put_rule("CORE-0005", PER "within: rolling 5 days\njudge: open\nwhere: units > 1\nwhen: count() < 9\nexposure: max(paid)\n");
    put_rule("CORE-0006", "per: [billing_provider_id, procedure]\nwithin: rolling 7 days\njudge: open\nwhen: sum(units) > 30\nlines: units > 1\n");
    put_rule("CORE-0007", "each: spans(procedure)\n" PER "within: rolling row.span days\njudge: open\nwhen: count() > 6\n");
    night_put(&n, "rules/core/sets.yaml", "tables:\n  spans: {file: spans.csv, keys: [procedure hcpcs], columns: {span: int}}\n");
    night_put(&n, "rules/core/spans.csv", "procedure,span\nV0100,2\nV0101,40\nV0103,9\n");
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
    static const size_t sizes[] = {1, 1000, 6000};
    n.options.jobs = 1 + (unsigned)_i % 2;
    char *whole = report();
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_rule_stats WHERE hit > 0"), "7\n");
    n.options.group_bytes = sizes[_i / 2];
    char *parts = report();
    ck_assert_str_eq(parts, whole);
    ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    free(whole);
    free(parts);
}
END_TEST

static char *asked(const char *sql)
{
    return strdup(night_ask(&n, sql));
}

#define OFFERED "SELECT rule_id, offered FROM v_rule_stats ORDER BY 1"
#define HITS    "SELECT hex(finding_key), exposure, message FROM v_findings_all WHERE outcome = 'hit' ORDER BY 1"
#define COUNTS  "SELECT hit, pass, excused, not_applicable FROM v_rule_stats ORDER BY rule_id"

/* Every line of `some` is one of `all`. */
static bool are_among(const char *some, const char *all)
{
    for (const char *line = some; *line;) {
        const char *end = strchr(line, '\n') + 1;
        char one[400];
        snprintf(one, sizeof one, "%.*s", (int)(end - line), line);
        if (!strstr(all, one)) {
            return false;
        }
        line = end;
    }
    return true;
}

static void check_no_count_grew(const char *less, const char *more)
{
    while (*less && *more) {
        char *end_less, *end_more;
        ck_assert_int_le(strtol(less, &end_less, 10), strtol(more, &end_more, 10));
        less = end_less + (*end_less != 0);
        more = end_more + (*end_more != 0);
    }
    ck_assert_int_eq(*less, *more);
}

/* What is said of fewer windows is said of the same ones; all others are unknown, once. */
START_TEST(what_no_memory_holds_is_unknown_once)
{
    static const size_t sizes[] = {1, 3000, 12000, 24000, 96000};
    free(report());
    char *offered = asked(OFFERED), *hits = asked(HITS), *counts = asked(COUNTS);
    n.options.group_bytes = 1000;
    n.options.large_bytes = sizes[_i];
    n.options.jobs = 1;
    free(report());
    char *offered_less = asked(OFFERED), *hits_less = asked(HITS), *counts_less = asked(COUNTS);
    ck_assert_str_eq(offered_less, offered);
    ck_assert(are_among(hits_less, hits));
    check_no_count_grew(counts_less, counts);
    bool all = sizes[_i] == 96000;
    ck_assert_int_eq(strcmp(hits_less, hits) == 0, all);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) > 0 FROM v_findings_all WHERE reason = 'group too large'"), all ? "0\n" : "1\n");
    free(offered), free(hits), free(counts), free(offered_less), free(hits_less), free(counts_less);
}
END_TEST

/* A window that fits is judged, whatever the key: only episodes that grow too large, and wider windows, are not. */
START_TEST(windows_that_fit_are_judged)
{
    free(report());
    char *days = asked("SELECT hit, unknown FROM v_rule_stats WHERE rule_id = 'CORE-0004'");
    n.options.group_bytes = 1000;
    n.options.large_bytes = 12000;
    free(report());
    ck_assert_str_eq(night_ask(&n, "SELECT hit, unknown FROM v_rule_stats WHERE rule_id = 'CORE-0004'"), days);
    ck_assert_str_eq(night_ask(&n, "SELECT hit, unknown > 50 FROM v_rule_stats WHERE rule_id = 'CORE-0003'"), "0|1\n");
    free(days);
}
END_TEST

START_TEST(memory_may_run_out)
{
    n.options.group_bytes = 1000;
    n.options.large_bytes = 12000;
    uint64_t before = ca_alloc_calls();
    free(report());
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t i = 1 + calls / 2; i <= calls; i += 1 + calls / 25) {
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
    tcase_add_loop_test(tcase, parts_say_what_the_whole_says, 0, 6);
    tcase_add_loop_test(tcase, what_no_memory_holds_is_unknown_once, 0, 5);
    tcase_add_test(tcase, windows_that_fit_are_judged);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/buckets_rolling", add_tests)
