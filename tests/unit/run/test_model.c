/* The model beside the report: kept, found again, refused when it is not what the report names. */
#include <stdio.h>
#include <string.h>

#include "run/model_fit.h"
#include "run/model.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_scan_state scan;
static ca_model_section section = {{"provider", 8}, {"peers", 5}};

static void start(void)
{
    night_init(&n);
    scan = (ca_scan_state){.options = &n.options, .arena = &n.arena};
}

static void stop(void)
{
    night_done(&n);
}

static ca_model_file fitted(uint64_t lines)
{
    return (ca_model_file){.period_from = 19000, .period_through = 19364, .lines = lines, .sections = &section,
                           .section_count = 1};
}

static void name(const ca_run_model *model)
{
    ca_report *report;
    ck_assert_int_eq(ca_report_open(n.options.db, true, 1000, &report, &n.err), 0);
    ck_assert_int_eq(ca_report_add_model(report, &model->record, &n.err), 0);
    ca_report_close(report);
}

static ca_run_model keep(uint64_t lines)
{
    ca_run_model model;
    ca_model_file file = fitted(lines);
    ck_assert_int_eq(ca_model_find(&scan, &model, &n.err), 0);
    ck_assert_int_eq(ca_model_keep(&scan, (ca_digest){3, lines}, &file, &model, &n.err), 0);
    return model;
}

static const char *path_of(const ca_run_model *model)
{
    return ca_model_path(n.options.db, model->record.file, &n.arena);
}

START_TEST(first_one)
{
    ca_run_model model, found;
    ck_assert_int_eq(ca_model_find(&scan, &model, &n.err), 0);
    ck_assert(!model.known);
    model = keep(5);
    ck_assert(!model.known);
    ck_assert_int_eq(model.record.number, 1);
    ck_assert_int_eq(ca_model_find(&scan, &found, &n.err), 0);    /* no transaction named it yet */
    ck_assert(!found.known);
    name(&model);
    ck_assert_int_eq(ca_model_find(&scan, &found, &n.err), 0);
    ck_assert(found.known);
    ck_assert_int_eq(found.record.number, 1);
    ck_assert_uint_eq(found.file.number, 1);
    ck_assert_uint_eq(found.file.lines, 5);
    ck_assert_uint_eq(found.record.run.low, 5);
    ck_assert_uint_eq(found.file.section_count, 0);    /* they are read when they are needed */
    ck_assert_int_eq(ca_model_load(&scan, &n.arena, &found, &n.err), 0);
    ck_assert_uint_eq(found.file.section_count, 1);
    ck_assert(ca_text_is(found.file.sections[0].bytes, "peers"));
    model = keep(6);
    ck_assert_int_eq(model.record.number, 2);
}
END_TEST

START_TEST(what_nobody_names_goes)
{
    ca_run_model one = keep(5);
    name(&one);
    ca_run_model two = keep(6);
    ca_text bytes;
    ca_model_discard(&scan, &one);    /* it is named */
    ca_model_discard(&scan, &two);
    ck_assert(memdisk_get(n.memory, path_of(&one), &bytes));
    ck_assert(!memdisk_get(n.memory, path_of(&two), &bytes));
}
END_TEST

/* An older model may say the same as the one that was not named. */
START_TEST(what_an_older_one_is_stays)
{
    ca_run_model one = keep(5);
    name(&one);
    ca_run_model two = keep(6);
    name(&two);
    ca_run_model three = keep(5);
    ca_text bytes;
    ck_assert_str_eq(three.record.file, one.record.file);
    ca_model_discard(&scan, &three);
    ck_assert(memdisk_get(n.memory, path_of(&one), &bytes));
}
END_TEST

static void refused(const char *words)
{
    ca_run_model found;
    ck_assert_int_eq(ca_model_find(&scan, &found, &n.err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(n.err.text, words));
    ck_assert_ptr_nonnull(strstr(n.err.text, "claimaudit model fit"));
    ck_assert_ptr_nonnull(strstr(n.err.text, "--no-score"));
}

START_TEST(another_file_is_refused)
{
    ca_run_model one = keep(5);
    ca_text bytes;
    name(&one);
    ca_run_model two = keep(6);
    ck_assert(memdisk_get(n.memory, path_of(&two), &bytes));
    char *copy = ca_arena_cstr(&n.arena, bytes);
    memdisk_put(n.memory, path_of(&one), copy, bytes.len);
    refused("not the model that the report names");
    memdisk_put(n.memory, path_of(&one), "nothing", 7);
    refused("no model of claimaudit");
    ck_assert_int_eq(memdisk_disk(n.memory)->remove(memdisk_disk(n.memory), path_of(&one), &n.err), 0);
    refused("model 1 is needed");
}
END_TEST

/* --- What a killed run leaves ------------------------------------------------------------------------------------ */

static bool is_there(const ca_run_model *model)
{
    ca_text bytes;
    return memdisk_get(n.memory, path_of(model), &bytes);
}

START_TEST(models_of_nobody_are_swept)
{
    ca_text bytes;
    const char *others[] = {"other.0123456789abcdef.model", "report.db.0123456789abcdef.models", "report.db.012.model"};
    ca_run_model one = keep(5);
    ck_assert_int_eq(ca_model_sweep(&scan, &n.err), 0);
    ck_assert(is_there(&one));    /* there is no report that could name it */
    name(&one);
    ca_run_model two = keep(6);
    for (size_t i = 0; i < 3; i++) {
        night_put(&n, ca_arena_printf(&n.arena, "%s/%s", n.folder, others[i]), "x");
    }
    ck_assert_int_eq(ca_model_sweep(&scan, &n.err), 0);
    ck_assert(is_there(&one));
    ck_assert(!is_there(&two));
    for (size_t i = 0; i < 3; i++) {
        ck_assert(memdisk_get(n.memory, ca_arena_printf(&n.arena, "%s/%s", n.folder, others[i]), &bytes));
    }
}
END_TEST

/* The next scan does it, before it reads. */
START_TEST(the_next_scan_sweeps)
{
    ca_run_model one = keep(5);
    name(&one);
    ca_run_model two = keep(6);
    night_put(&n, "a.csv", "claim_id,claim_type,line_no,units,paid\nA,professional,1,1,5\n");
    ck_assert_int_eq(night_scan(&n, "a.csv"), 0);
    ck_assert(is_there(&one));
    ck_assert(!is_there(&two));
}
END_TEST

/* --- Freezing ---------------------------------------------------------------------------------------------------- */

START_TEST(freezing_waits_for_its_turn)
{
    ca_text bytes;
    ca_model_record record;
    ca_scan_state other = {.options = &n.options, .arena = &n.arena};
    ck_assert_int_eq(ca_model_freeze(&n.options, false, &n.arena, &record, &n.err), CA_END);
    ck_assert(!memdisk_get(n.memory, ca_arena_printf(&n.arena, "%s.lock", n.db), &bytes));
    ca_run_model one = keep(5);
    name(&one);
    ck_assert_int_eq(ca_lock_take(&other, &n.err), 0);
    ck_assert_int_eq(ca_model_freeze(&n.options, false, &n.arena, &record, &n.err), CA_BUSY);
    ck_assert_str_eq(night_ask(&n, "SELECT frozen IS NULL FROM v_models"), "1\n");
    ca_lock_release(&other);
    ck_assert_int_eq(ca_model_freeze(&n.options, false, &n.arena, &record, &n.err), 0);
    ck_assert_int_eq(record.number, 1);
    ck_assert_str_eq(night_ask(&n, "SELECT frozen IS NULL FROM v_models"), "0\n");
    ck_assert_int_eq(ca_model_freeze(&n.options, true, &n.arena, &record, &n.err), 0);
    ck_assert_str_eq(night_ask(&n, "SELECT frozen IS NULL FROM v_models"), "1\n");
    ck_assert_int_eq(ca_lock_take(&other, &n.err), 0);    /* it was given back */
    ca_lock_release(&other);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, first_one);
    tcase_add_test(tcase, what_nobody_names_goes);
    tcase_add_test(tcase, what_an_older_one_is_stays);
    tcase_add_test(tcase, another_file_is_refused);
    tcase_add_test(tcase, models_of_nobody_are_swept);
    tcase_add_test(tcase, the_next_scan_sweeps);
    tcase_add_test(tcase, freezing_waits_for_its_turn);
}

CA_CHECK_MAIN("run/model", add_tests)
