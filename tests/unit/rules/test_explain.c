/* The evidence of a finding: each leaf with its values, the code and row that decided, its
 * place. */
#include "support/check_main.h"
#include "support/judge.h"

#include <string.h>

#include "rules/kind.h"

static judge_world world;

static void set_up(void)
{
    judge_init(&world);
}

static void tear_down(void)
{
    judge_done(&world);
}

static void explain(const char *kind, const char *when, const char *keys, const char *table)
{
    judge_rule(&world, kind, when, keys, table);
}

static const char *evidence(unsigned unit)
{
    static ca_buf json;
    ca_buf_done(&json);
    ca_buf_init(&json);
    ck_assert_int_eq(
        ca_explain_json(world.rule, world.lines.frame.codes, &world.said[unit], &json, NULL), 0);
    return ca_buf_cstr(&json);
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in '%s'", part, text);
}

START_TEST(evidence_of_a_line)
{
    explain("line", "principal_diagnosis in set female_dx\n  and units >\n  cap",
            "parameters: {cap: 1.5}\n",
            "id units principal_diagnosis service_date paid\n1 2 icd10cm:O80 2020-01-01 5\n");
    ck_assert_int_eq(world.said[0].outcome, CA_HIT);
    const char *json = evidence(0);
    has(json, "{\"rule\":\"US-0101\",\"version\":1,\"logic\":\"");
    has(json,
        "{\"text\":\"principal_diagnosis in set female_dx\",\"at\":\"US-0101.yaml:9:7\","
        "\"is\":\"true\","
        "\"values\":[{\"of\":\"principal_diagnosis\",\"value\":\"O80\"}],\"code\":\"O80\","
        "\"row\":{\"of\":\"female_dx\",\"file\":\"female.csv\",\"line\":2,\"code\":\"O80\","
        "\"prefix\":false,"
        "\"from\":\"2015-10-01\",\"to\":\"2024-09-30\"}}");
    has(json,
        "{\"text\":\"units > cap\",\"at\":\"US-0101.yaml:10:7\",\"is\":\"true\","
        "\"values\":[{\"of\":\"units\",\"value\":\"2\"}]}");
    has(json, "\"parameters\":{\"cap\":\"1.5\"}}");
}
END_TEST

START_TEST(evidence_of_what_was_not_reached_or_unknown)
{
    explain("line", "units > 0 and sex = 'M'",
            "unless:\n  - name: kx\n    when: modifiers has 'KX'\n    reason: A reason\n",
            "id units\n1 2\n");
    const char *json = evidence(0);
    has(json, "\"is\":\"unknown\",\"values\":[{\"of\":\"sex\",\"value\":null}],\"blame\":\"sex\"}");
    has(json,
        "{\"text\":\"modifiers has 'KX'\",\"at\":\"US-0101.yaml:12:11\",\"is\":\"not reached\","
        "\"values\":[]}");
}
END_TEST

START_TEST(evidence_shows_columns_of_a_calculation)
{
    explain("line", "days_between(service_date, service_end_date) > 0.75 * days_supply", "",
            "id service_date service_end_date days_supply\n1 2020-01-01 2020-01-20 20\n");
    has(evidence(0),
        "\"values\":[{\"of\":\"days_between(service_date, service_end_date)\",\"value\":\"19\"},"
        "{\"of\":\"service_date\",\"value\":\"2020-01-01\"},{\"of\":\"service_end_date\","
        "\"value\":\"2020-01-20\"},"
        "{\"of\":\"0.75 * days_supply\",\"value\":\"15\"},{\"of\":\"days_supply\","
        "\"value\":\"20\"}]");
}
END_TEST

START_TEST(evidence_names_the_code_of_a_list)
{
    explain("line", "diagnoses overlaps set female_dx", "",
            "id service_date diagnoses\n1 2020-01-01 icd10cm:I10;icd10cm:Z34;icd10cm:O80\n");
    const char *json = evidence(0);
    has(json,
        "\"value\":\"I10;Z34;O80\"}],\"code\":\"Z34\",\"row\":{\"of\":\"female_dx\","
        "\"file\":\"female.csv\",\"line\":3,");
    has(json, "\"from\":\"2015-10-01\",\"to\":null}");
    explain("line", "not (modifiers within set allowed_modifiers)", "",
            "id modifiers\n1 KX;77;59\n");
    has(evidence(0), "\"value\":\"KX;77;59\"}],\"code\":\"77\"}");
}
END_TEST

START_TEST(evidence_names_the_line_of_a_claim)
{
    const char *table = "id claim_id line_no from_date units line_diagnoses procedure\n"
                        "1 C1 1 2020-01-01 1 icd10cm:I10 V1\n"
                        "2 C1 2 2020-01-01 2 icd10cm:O80 V2\n3 C1 3 2020-01-01 2 icd10cm:O80 V1\n";
    explain("claim", "any(units > 1 and line_diagnoses overlaps set female_dx) and sum(units) = 5",
            "", table);
    ck_assert_int_eq(world.said[0].outcome, CA_HIT);
    const char *json = evidence(0);
    has(json,
        "\"values\":[{\"of\":\"units\",\"value\":\"2\"},{\"of\":\"line_diagnoses\","
        "\"value\":\"O80\"}],\"code\":\"O80\",\"line_no\":2,"
        "\"row\":{\"of\":\"female_dx\"");
    has(json, "{\"of\":\"sum(units)\",\"value\":\"5\"}");
    explain("claim", "count() = 1", "where: procedure = 'V2'\n", table);
    has(evidence(0), "\"values\":[{\"of\":\"procedure\",\"value\":\"V2\"}],\"line_no\":2}");
}
END_TEST

START_TEST(evidence_of_a_table)
{
    explain("line", "units > mue(procedure).max_units", "",
            "id units procedure service_date\n1 4 V0103 2024-01-01\n");
    has(evidence(0),
        "{\"of\":\"mue(procedure).max_units\",\"value\":\"3\"},{\"of\":\"procedure\","
        "\"value\":\"V0103\"}],"
        "\"row\":{\"of\":\"mue\",\"file\":\"mue.csv\",\"line\":2,\"from\":\"2020-01-01\","
        "\"to\":null}}");
}
END_TEST

START_TEST(evidence_is_escaped)
{
    explain("line", "x.tooth = 'a\\b' or x.tooth starts with '\"'", "",
            "id x.tooth\n1 '\"\\\x01\xff'\n");
    const char *json = evidence(0);
    has(json, "\"text\":\"x.tooth = 'a\\\\b'\"");
    has(json, "\"text\":\"x.tooth starts with '\\\"'\"");
    has(json, "\"value\":\"\\\"\\\\\\u0001\xef\xbf\xbd\"");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, evidence_of_a_line);
    tcase_add_test(tcase, evidence_of_what_was_not_reached_or_unknown);
    tcase_add_test(tcase, evidence_shows_columns_of_a_calculation);
    tcase_add_test(tcase, evidence_names_the_code_of_a_list);
    tcase_add_test(tcase, evidence_names_the_line_of_a_claim);
    tcase_add_test(tcase, evidence_of_a_table);
    tcase_add_test(tcase, evidence_is_escaped);
}

CA_CHECK_MAIN("rules/explain", add_tests)
