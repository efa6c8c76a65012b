/* Tests of run/horizon.c: from where to where the claims of a run go, and who says so. */
#include "run/several.h"

#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

static ca_scan_options options;
static ca_profile profile;
static ca_setup loaded;
static ca_scan_state scan;
static ca_arena arena;

static ca_date day_of(const char *text)
{
    ca_date date;
    ck_assert(ca_date_parse_iso(ca_text_of(text), &date));
    return date;
}

/* A run that begins on 2025-06-15, in the last millisecond of the day. */
static void setup(void)
{
    memset(&options, 0, sizeof options);
    memset(&profile, 0, sizeof profile);
    ca_arena_init(&arena);
    loaded = (ca_setup){.profile = &profile};
    scan = (ca_scan_state){.options = &options, .setup = &loaded,
                           .started_ms = (day_of("2025-06-15") + INT64_C(1)) * DAY_MS - 1};
}

static void teardown(void)
{
    ca_arena_done(&arena);
}

static ca_horizon horizon(void)
{
    ca_horizon made = {0};
    ca_error err = {0};
    ck_assert_msg(ca_horizon_of(&scan, &made, &err) == 0, "%s", err.text);
    ck_assert_str_eq(err.text, "");
    return made;
}

START_TEST(nobody_says_anything)
{
    ca_horizon is = horizon();
    ck_assert(!is.has_from);
    ck_assert_int_eq(is.through, day_of("2025-06-15"));
    ck_assert_uint_eq(is.benefit_month, 0);
    ck_assert_uint_eq(is.benefit_day, 0);
}
END_TEST

START_TEST(the_profile_says_where_the_data_begin)
{
    profile.has_data_from = true;
    profile.data_from = day_of("2023-01-01");
    profile.benefit_month = 7;
    profile.benefit_day = 1;
    ca_horizon is = horizon();
    ck_assert(is.has_from);
    ck_assert_int_eq(is.from, day_of("2023-01-01"));
    ck_assert_int_eq(is.through, day_of("2025-06-15"));
    ck_assert_uint_eq(is.benefit_month, 7);
    ck_assert_uint_eq(is.benefit_day, 1);
}
END_TEST

START_TEST(options_go_before_the_profile_and_the_day)
{
    profile.has_data_from = true;
    profile.data_from = day_of("2023-01-01");
    options.has_data_from = options.has_data_through = true;
    options.data_from = day_of("2022-07-01");
    options.data_through = day_of("2026-12-31");    /* behind the day of the run: it is theirs to know */
    ca_horizon is = horizon();
    ck_assert(is.has_from);
    ck_assert_int_eq(is.from, day_of("2022-07-01"));
    ck_assert_int_eq(is.through, day_of("2026-12-31"));
}
END_TEST

/* The first day may be the last; before 1970 a day is a day, too. */
START_TEST(one_day_is_enough)
{
    options.has_data_from = options.has_data_through = true;
    options.data_from = options.data_through = day_of("1969-12-31");
    ca_horizon is = horizon();
    ck_assert_int_eq(is.from, -1);
    ck_assert_int_eq(is.through, -1);
    options.has_data_through = false;
    options.data_from = day_of("2025-06-15");
    is = horizon();
    ck_assert_int_eq(is.from, is.through);
}
END_TEST

START_TEST(the_last_day_before_the_first_is_refused)
{
    static const struct {
        const char *from, *through, *profile_from, *said;    /* NULL = not given */
    } cases[] = {
        {"2025-01-02", "2025-01-01", NULL,
         "the files cannot cover 2025-01-02 to 2025-01-01: --data-from gives the first day, or --data-through gives the last"},
        {"2025-06-16", NULL, NULL,
         "the files cannot cover 2025-06-16 to 2025-06-15: --data-from gives the first day, or the day of the run is the last"},
        {NULL, "2022-12-31", "2023-01-01",
         "the files cannot cover 2023-01-01 to 2022-12-31: data_from of the profile gives the first day, or --data-through gives "
         "the last"},
        {NULL, NULL, "2025-06-16",
         "the files cannot cover 2025-06-16 to 2025-06-15: data_from of the profile gives the first day, or the day of the run is "
         "the last"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        options.has_data_from = cases[i].from != NULL;
        options.data_from = cases[i].from ? day_of(cases[i].from) : 0;
        options.has_data_through = cases[i].through != NULL;
        options.data_through = cases[i].through ? day_of(cases[i].through) : 0;
        profile.has_data_from = cases[i].profile_from != NULL;
        profile.data_from = cases[i].profile_from ? day_of(cases[i].profile_from) : 0;
        ca_horizon untouched = {.from = 7, .through = 8};
        ca_error err = {0};
        ck_assert_int_eq(ca_horizon_of(&scan, &untouched, &err), CA_USAGE);
        ck_assert_str_eq(err.text, cases[i].said);
        ck_assert_int_eq(untouched.from, 7);
        ck_assert_int_eq(untouched.through, 8);
    }
}
END_TEST

START_TEST(what_a_run_remembers)
{
    ck_assert_str_eq(ca_horizon_json(&options, &arena), "");
    options.has_data_through = true;
    options.data_through = day_of("2024-12-31");
    ck_assert_str_eq(ca_horizon_json(&options, &arena), ",\"data_through\":\"2024-12-31\"");
    options.has_data_from = true;
    options.data_from = day_of("2023-01-01");
    ck_assert_str_eq(ca_horizon_json(&options, &arena), ",\"data_from\":\"2023-01-01\",\"data_through\":\"2024-12-31\"");
    ca_arena_done(&arena);
    ca_arena_init(&arena);
    ca_alloc_fail(1, 0);
    const char *text = ca_horizon_json(&options, &arena);
    ca_alloc_fail(0, 0);
    ck_assert_ptr_null(text);
}
END_TEST

static ca_digest identity(const char *from, const char *through)
{
    ca_hasher *hasher = ca_hasher_new();
    ck_assert_ptr_nonnull(hasher);
    options.has_data_from = from != NULL;
    options.data_from = from ? day_of(from) : 0;
    options.has_data_through = through != NULL;
    options.data_through = through ? day_of(through) : 0;
    ca_horizon_identify(&options, hasher);
    ca_digest digest = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    return digest;
}

/* Another horizon is another run; the day of the run is none of it. */
START_TEST(options_make_another_run)
{
    const ca_digest all[] = {identity(NULL, NULL), identity("2023-01-01", NULL), identity(NULL, "2023-01-01"),
                             identity("2023-01-01", "2023-01-01"), identity("2023-01-01", "2023-01-02"),
                             identity("1970-01-01", NULL)};
    size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            ck_assert_int_ne(ca_digest_cmp(all[i], all[k]), 0);
        }
    }
    scan.started_ms += DAY_MS;
    ck_assert_int_eq(ca_digest_cmp(identity(NULL, NULL), all[0]), 0);
    ck_assert_int_eq(ca_digest_cmp(identity("2023-01-01", NULL), all[1]), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nobody_says_anything);
    tcase_add_test(tcase, the_profile_says_where_the_data_begin);
    tcase_add_test(tcase, options_go_before_the_profile_and_the_day);
    tcase_add_test(tcase, one_day_is_enough);
    tcase_add_test(tcase, the_last_day_before_the_first_is_refused);
    tcase_add_test(tcase, what_a_run_remembers);
    tcase_add_test(tcase, options_make_another_run);
}

CA_CHECK_MAIN("run/horizon", add_tests)
