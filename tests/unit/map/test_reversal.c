/* The key reversal: what settling is told. Its mistakes are in tests/support/broken_profiles. */
#include "map/layout.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

#define FIELDS                                                                                     \
    "    columns: [ID]\n"                                                                          \
    "    fields:\n"                                                                                \
    "      claim_id: ID\n"                                                                         \
    "      claim_type: {value: dental}\n"                                                          \
    "      original_claim_id: OLD\n"                                                               \
    "      service_date: D\n"                                                                      \
    "      procedure: {column: C, system: hcpcs}\n"                                                \
    "      units: U\n"                                                                             \
    "      paid: P\n"

static const ca_reversal *reversal_of(fixture *f, const char *yaml)
{
    ck_assert_str_eq(fixture_parse(f, yaml), "");
    return ca_layout_reversal(f->profile->layouts[0]);
}

START_TEST(without_the_key_there_is_none)
{
    fixture f;
    fixture_init(&f);
    ck_assert_ptr_null(
        reversal_of(&f, FIXTURE_TOP FIELDS "    status: {sign_of: P, negative: reversal}\n"));
    fixture_done(&f);
}
END_TEST

START_TEST(of_the_claim_that_is_named)
{
    fixture f;
    fixture_init(&f);
    const ca_reversal *reversal = reversal_of(
        &f, FIXTURE_TOP FIELDS
        "    status: {flags: [{column: R, in: [Y], status: reversal}]}\n"
        "    reversal: {of: claim}\n");
    ck_assert_ptr_nonnull(reversal);
    ck_assert_int_eq(reversal->mode, CA_REVERSAL_OF_CLAIM);
    ck_assert_uint_eq(reversal->key_count + reversal->opposite_count, 0);
    ck_assert_uint_eq(reversal->line, 18);
    ck_assert_uint_eq(reversal->at, 5);
    fixture_done(&f);
}
END_TEST

/* In the order of columns, whatever the profile's; fields of the site's own and made ones too. */
START_TEST(by_keys_in_the_order_of_columns)
{
    fixture f;
    unsigned tooth;
    fixture_init(&f);
    const ca_reversal *reversal = reversal_of(
        &f, FIXTURE_TOP FIELDS
        "    status: {column: R, values: {N: original, Y: reversal}}\n"
        "    extra: {tooth: {column: T, type: text}}\n"
        "    reversal: {keys: [procedure, claim_part, service_date, claim_id], "
        "same: [x.tooth, original_claim_id], opposite: [paid, units]}\n");
    ck_assert_ptr_nonnull(reversal);
    ck_assert(ca_schema_find(&f.profile->schema, CA_TEXT("x.tooth"), &tooth));
    const unsigned keys[] = {CA_F_CLAIM_ID, CA_F_CLAIM_PART, CA_F_SERVICE_DATE, CA_F_PROCEDURE};
    ck_assert_int_eq(reversal->mode, CA_REVERSAL_BY_KEYS);
    ck_assert_uint_eq(reversal->key_count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(reversal->keys[i], keys[i]);
    }
    ck_assert_uint_eq(reversal->same_count, 2);
    ck_assert_uint_eq(reversal->same[0], CA_F_ORIGINAL_CLAIM_ID);
    ck_assert_uint_eq(reversal->same[1], tooth);
    ck_assert_uint_eq(reversal->opposite_count, 2);
    ck_assert_uint_eq(reversal->opposite[0], CA_F_UNITS);
    ck_assert_uint_eq(reversal->opposite[1], CA_F_PAID);
    fixture_done(&f);
}
END_TEST

/* A mapped status as it stands, or with a map that has reversal, is enough too. */
START_TEST(the_status_may_be_a_field)
{
    static const char *const statuses[] = {
        "      claim_status: S\n", "      claim_status: {column: S, values: {R: reversal}}\n",
        "      claim_status: {column: S, values: {V: void}, others: keep}\n"};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        fixture f;
        fixture_init(&f);
        ck_assert_ptr_nonnull(reversal_of(
            &f, ca_arena_printf(&f.arena, "%s%s    reversal: {keys: claim_id, opposite: paid}\n",
                                FIXTURE_TOP FIELDS, statuses[i])));
        fixture_done(&f);
    }
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, FIXTURE_TOP FIELDS "      claim_status: {column: S, values: {V: void}}\n"
                                             "    reversal: {keys: claim_id, opposite: paid}\n"),
        "18:5: no row of layout 'lines' is a reversal, and no layout of reversals has the same "
        "lists: say with 'status' which rows are\n");
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, without_the_key_there_is_none);
    tcase_add_test(tcase, of_the_claim_that_is_named);
    tcase_add_test(tcase, by_keys_in_the_order_of_columns);
    tcase_add_test(tcase, the_status_may_be_a_field);
}

CA_CHECK_MAIN("map/reversal", add_tests)
