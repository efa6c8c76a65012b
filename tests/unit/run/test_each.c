/* Scans with table-driven rules: a finding for every row, under a key of its own and with the row in its evidence, the same
 * whatever the order of files; lines without a row do not count. */
#include "support/check_main.h"
#include "support/night.h"

#include <string.h>

static night n;

#define HEADER "claim_id,claim_type,line_no,patient_id,service_date,procedure,units,paid\n"
#define TABLE                                                                                      \
    "tables: {limits: {file: limits.csv, keys: [item hcpcs], columns: {period: text, most: int}, prefix: yes}}\n"

static void set_up(void)
{
    night_init(&n);
    night_put(&n, "rules/core/sets.yaml", TABLE);
    night_put(&n, "rules/core/limits.csv", "item,period,most\n=V0103,day,1\nV01,month,2\n");
}

static void tear_down(void)
{
    night_done(&n);
}

static void scan(const char *inputs)
{
    int rc = night_scan(&n, inputs);
    ck_assert_msg(rc == 0, "%s", night_said(&n));
}

#define FOUND "SELECT v.subject_id, v.exposure, json_extract(f.evidence, '$.row.line'), json_extract(f.evidence, '$.row.values[0].value')" \
    " FROM v_findings v JOIN finding f USING(finding_id) ORDER BY 1, 3"

START_TEST(a_finding_for_every_row)
{
    night_rule(&n, "CORE-0001", "line", "units > row.most", "each: limits(procedure)\nexposure: paid\n");
    night_put(&n, "a.csv", HEADER "A,professional,1,P1,2024-01-01,V0103,3,10\n"
                                  "B,professional,1,P1,2024-01-01,V0103,2,10\n"
                                  "C,professional,1,P1,2024-01-01,V0109,3,10\n"
                                  "D,professional,1,P1,2024-01-01,V0209,3,10\n"
                                  "E,professional,1,P1,2024-01-01,,3,10\n");
    scan("a.csv");
    ck_assert_str_eq(night_ask(&n, FOUND), "professional/A/1|1000|2|V0103\nprofessional/A/1|1000|3|V01\n"
                                           "professional/B/1|1000|2|V0103\nprofessional/C/1|1000|3|V01\n");
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, unknown, not_applicable, pass FROM v_rule_stats"), "5|3|1|1|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(DISTINCT finding_key) FROM v_findings"), "4\n");
    ck_assert_str_eq(night_ask(&n, "SELECT sum(exposure) FROM v_line_exposure"), "3000\n");
}
END_TEST

START_TEST(windows_of_every_row)
{
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\n"
              "kind: window\neach: limits(procedure)\nper: [patient_id]\nwithin: row.period\nwhere: units > 0\n"
              "when: sum(units) > row.most\njudge: open\nmessage: \"{row.item} {sum(units)}\"\n");
    night_put(&n, "a.csv", HEADER "A,professional,1,P1,2024-01-01,V0103,1,10\n"
                                  "D,professional,1,P1,2024-01-01,V0209,9,10\n");
    night_put(&n, "b.csv", HEADER "B,professional,1,P1,2024-01-01,V0103,1,10\n"
                                  "C,professional,1,P1,2024-01-31,V0109,1,10\n"
                                  "E,professional,1,P1,2024-02-01,V0109,2,10\n");
    scan("a.csv b.csv");
    const char *found = night_ask(&n, "SELECT window_from, window_to, lines, exposure FROM v_findings ORDER BY 1, 2");
    ck_assert_str_eq(found, "2024-01-01|2024-01-01|2|2000\n2024-01-01|2024-01-31|3|3000\n");
    ck_assert_str_eq(night_ask(&n, "SELECT hit, unknown, not_applicable, pass FROM v_rule_stats"), "2|0|0|1\n");
    char *first = strdup(night_report(&n));
    night_forget(&n);
    scan("b.csv a.csv");
    ck_assert_str_eq(night_report(&n), first);
    free(first);
}
END_TEST

START_TEST(a_changed_table_is_another_logic)
{
    night_rule(&n, "CORE-0001", "line", "units > row.most", "each: limits(procedure)\n");
    night_put(&n, "a.csv", HEADER "A,professional,1,P1,2024-01-01,V0103,3,10\n");
    scan("a.csv");
    char *logic = strdup(night_ask(&n, "SELECT json_extract(evidence, '$.logic') FROM finding LIMIT 1"));
    night_forget(&n);
    night_put(&n, "rules/core/limits.csv", "item,period,most\n,day,1\n");
    scan("a.csv");
    ck_assert_str_ne(night_ask(&n, "SELECT json_extract(evidence, '$.logic') FROM finding LIMIT 1"), logic);
    ck_assert_str_eq(night_ask(&n, FOUND), "professional/A/1|1000|2|-\n");
    free(logic);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_finding_for_every_row);
    tcase_add_test(tcase, windows_of_every_row);
    tcase_add_test(tcase, a_changed_table_is_another_logic);
}

CA_CHECK_MAIN("run/each", add_tests)
