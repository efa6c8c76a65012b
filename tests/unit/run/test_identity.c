/* Tests of run/identity.c: what makes a run another run. Seen from outside: the same run again is nothing to do. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/ruleset.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

static night n;

#define CLAIMS "claim_id,claim_type,line_no,units,paid\nA,professional,1,0,5\nB,professional,1,1,5\n"

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "a.csv", CLAIMS);
    night_put(&n, "b.csv", "claim_id,claim_type,line_no\nC,professional,1\n");
    night_put(&n, "p_2020.csv", "patient_id,birth_date\nP1,1980-01-01\n");
    night_put(&n, "notes.csv", "note\nx\n");
    ck_assert_msg(night_scan(&n, "a.csv b.csv p_2020.csv notes.csv") == 0, "%s", night_said(&n));
}

static void teardown(void)
{
    night_done(&n);
}

static bool same(const char *inputs)
{
    int rc = night_scan(&n, inputs);
    ck_assert_msg(rc == 0, "%s", night_said(&n));
    return n.summary.already_done;
}

START_TEST(order_and_names_do_not_matter)
{
    ck_assert(same("notes.csv p_2020.csv b.csv a.csv"));
    night_put(&n, "c.csv", CLAIMS);
    ck_assert(same("c.csv b.csv p_2020.csv"));
    night_put(&n, "dir/p_2020.csv", "patient_id,birth_date\nP1,1980-01-01\n");
    ck_assert(same("c.csv b.csv dir"));
}
END_TEST

START_TEST(packing_does_not_matter)
{
    static const ca_packing packings[] = {CA_PACKING_GZIP, CA_PACKING_ZSTD};
    ca_buf bytes;
    ca_buf_init(&bytes);
    pack_add(&bytes, packings[_i], CLAIMS, strlen(CLAIMS));
    memdisk_put(n.memory, "packed", bytes.ptr, bytes.len);
    ca_buf_done(&bytes);
    ck_assert(same("packed b.csv p_2020.csv"));
}
END_TEST

START_TEST(standard_input_does_not_matter)
{
    night_put(&n, CA_DISK_STDIN, CLAIMS);
    ck_assert(same("- b.csv p_2020.csv"));
    ck_assert(strstr(night_left(&n), "stream") == NULL);
}
END_TEST

START_TEST(memory_work_and_limits_of_rejects_do_not_matter)
{
    night_put(&n, "elsewhere/x", "");
    n.options.memory *= 3;
    n.options.max_rejects = 77;
    n.options.work = "elsewhere";
    n.options.read_size = 3;
    n.options.batch_rows = 1;
    n.options.version = "another build";
    ck_assert(same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(content_matters)
{
    ck_assert(!same("a.csv p_2020.csv"));
    ck_assert(!same("a.csv b.csv"));
    night_put(&n, "a.csv", CLAIMS "\n");
    ck_assert(!same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(the_date_in_the_name_of_a_fact_file_matters)
{
    night_put(&n, "p_2021.csv", "patient_id,birth_date\nP1,1980-01-01\n");
    ck_assert(!same("a.csv b.csv p_2021.csv"));
}
END_TEST

START_TEST(the_same_file_twice_matters)
{
    night_put(&n, "c.csv", CLAIMS);
    ck_assert(!same("a.csv b.csv c.csv p_2020.csv"));
}
END_TEST

START_TEST(a_rule_matters)
{
    night_rule(&n, "CORE-0001", "line", "units < 0", "");
    ck_assert(!same("a.csv b.csv p_2020.csv"));
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    ck_assert(same("a.csv b.csv p_2020.csv"));
    night_rule(&n, "CORE-0002", "line", "units = 7", "");
    ck_assert(!same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(the_profile_matters)
{
    ca_text text;
    ck_assert(memdisk_get(n.memory, "night.yaml", &text));
    char *more = ca_arena_printf(&n.arena, "%.*s# a remark\n", (int)text.len, text.ptr);
    night_put(&n, "night.yaml", more);
    ck_assert(!same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(max_findings_matters)
{
    n.options.max_findings = 7;
    ck_assert(!same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(what_is_scored_matters)
{
    switch (_i) {
    case 0:
        n.options.no_score = true;
        break;
    case 1:
        n.options.has_budget = true;
        break;
    case 2:
        n.options.budget = 7;
        break;
    case 3:
        n.options.budget_share = true;
        break;
    default:
        n.options.max_scores = 7;
        break;
    }
    ck_assert(!same("a.csv b.csv p_2020.csv"));
}
END_TEST

START_TEST(the_days_that_the_files_cover_matter_when_given)
{
    n.options.has_data_from = true;
    n.options.data_from = 18262;
    ck_assert(!same("a.csv b.csv p_2020.csv"));
    ck_assert(same("a.csv b.csv p_2020.csv"));
    n.options.has_data_from = false;
    n.options.has_data_through = true;
    n.options.data_through = 18262;
    ck_assert(!same("a.csv b.csv p_2020.csv"));
    n.options.data_through++;
    ck_assert(!same("a.csv b.csv p_2020.csv"));
    n.options.has_data_through = false;
    ck_assert(same("a.csv b.csv p_2020.csv"));
}
END_TEST

static bool same_with(const ca_override *changes, size_t count)
{
    n.options.changes = changes;
    n.options.change_count = count;
    return same("a.csv b.csv p_2020.csv");
}

START_TEST(what_the_site_says_of_rules_matters)
{
    ca_override off = {.rule = CA_TEXT("CORE-0002"), .file = "site.yaml", .line = 2};
    ca_override said[] = {
        {.rule = CA_TEXT("CORE-0001"), .parameter = CA_TEXT("most"), .value = CA_TEXT("2"), .file = "site.yaml"},
        {.rule = CA_TEXT("CORE-0001"), .parameter = CA_TEXT("said"), .value = CA_TEXT("two"), .file = "site.yaml"}};
    ca_override turned[] = {said[1], said[0]};
    night_rule(&n, "CORE-0002", "line", "units = 7", "");
    night_rule(&n, "CORE-0001", "line", "units <= most", "parameters: {most: 0, said: 'none'}\n");
    ck_assert(!same_with(NULL, 0));
    ck_assert(!same_with(&off, 1));
    off.line = 99;
    ck_assert(same_with(&off, 1));
    ck_assert(!same_with(said, 1));
    ck_assert(!same_with(said, 2));    /* of a message, not of a condition */
    ck_assert(same_with(turned, 2));
    said[1].value = CA_TEXT("both");
    ck_assert(!same_with(said, 2));
}
END_TEST

/* --- The manifest of the exchanges ----------------------------------------------------------------------------------- */

typedef struct parts_fixture {
    ca_scan_state scan;
    ca_setup setup;
    ca_profile profile;
    ca_ruleset rules;
    ca_scan_options options;
    ca_run_file files[2];
} parts_fixture;

static parts_fixture *parts_new(void)
{
    parts_fixture *made = ca_alloc_zero(1, sizeof *made);
    ck_assert(made != NULL);
    made->scan.setup = &made->setup;
    made->scan.options = &made->options;
    made->scan.files = made->files;
    made->scan.file_count = 2;
    made->setup.profile = &made->profile;
    made->setup.rules = &made->rules;
    made->files[0].info.size = 100;
    made->files[1].info.size = 200;
    ca_schema_init(&made->setup.schema);
    return made;
}

static ca_manifest manifest_of(const parts_fixture *made)
{
    ca_manifest manifest;
    ck_assert_int_eq(ca_run_manifest(&made->scan, &manifest, NULL), 0);
    return manifest;
}

START_TEST(parts_of_another_run_have_another_manifest)
{
    unsigned column;
    parts_fixture *made = parts_new();
    ca_manifest first = manifest_of(made);
    ca_manifest again = manifest_of(made);
    ck_assert_int_eq(ca_digest_cmp(ca_manifest_digest(&first), ca_manifest_digest(&again)), 0);
    ck_assert_uint_ne(first.seed, 0);
    ck_assert_uint_eq(first.buckets, CA_KEYED_BUCKETS);
    made->options.buckets = 16;
    again = manifest_of(made);
    ck_assert_uint_eq(again.seed, first.seed);
    ck_assert_uint_eq(again.buckets, 16);
    ck_assert_int_ne(ca_digest_cmp(ca_manifest_digest(&first), ca_manifest_digest(&again)), 0);
    made->options.buckets = 0;
    switch (_i) {
    case 0:
        made->files[1].info.size++;
        break;
    case 1: /* rows name files by number */
        made->files[0].info.size = 200;
        made->files[1].info.size = 100;
        break;
    case 2:
        made->scan.file_count = 1;
        break;
    case 3:
        ((uint8_t *)&made->profile.digest)[0]++;
        break;
    case 4:
        ck_assert(ca_schema_add_site(&made->setup.schema, "x.tooth", CA_TYPE_INT, NULL, CA_LEVEL_LINE, &column));
        break;
    default:
        made->options.max_findings++;
        break;
    }
    again = manifest_of(made);
    ck_assert_uint_ne(again.seed, first.seed);
    ck_assert_int_ne(ca_digest_cmp(again.run, first.run), 0);
    ca_free(made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, order_and_names_do_not_matter);
    tcase_add_loop_test(tcase, packing_does_not_matter, 0, 2);
    tcase_add_test(tcase, standard_input_does_not_matter);
    tcase_add_test(tcase, memory_work_and_limits_of_rejects_do_not_matter);
    tcase_add_test(tcase, content_matters);
    tcase_add_test(tcase, the_date_in_the_name_of_a_fact_file_matters);
    tcase_add_test(tcase, the_same_file_twice_matters);
    tcase_add_test(tcase, a_rule_matters);
    tcase_add_test(tcase, the_profile_matters);
    tcase_add_test(tcase, max_findings_matters);
    tcase_add_loop_test(tcase, what_is_scored_matters, 0, 5);
    tcase_add_test(tcase, the_days_that_the_files_cover_matter_when_given);
    tcase_add_test(tcase, what_the_site_says_of_rules_matters);
    tcase_add_loop_test(tcase, parts_of_another_run_have_another_manifest, 0, 6);
}

CA_CHECK_MAIN("run/identity", add_tests)
