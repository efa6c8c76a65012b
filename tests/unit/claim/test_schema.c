/* Columns: each name leads to its column, provider facts stand where the formula says, site columns
 * are added until there is no room. */
#include <stdio.h>
#include <string.h>

#include "claim/field.h"
#include "support/check_main.h"

static ca_schema schema;

static void setup(void)
{
    ca_schema_init(&schema);
}

START_TEST(every_column_is_found_by_its_name)
{
    ck_assert_uint_eq(schema.count, CA_COLUMN_SITE);
    for (unsigned column = 0; column < schema.count; column++) {
        const ca_column_def *def = &schema.columns[column];
        unsigned found = 4711;
        ck_assert(ca_schema_find(&schema, ca_text_of(def->name), &found));
        ck_assert_uint_eq(found, column);
        ck_assert_int_eq(def->type, ca_fields[def->field].type);
        ck_assert_int_eq(def->level, ca_fields[def->field].level);
        ck_assert_str_eq(def->family, ca_fields[def->field].family);
        ck_assert(def->joined ==
                  (def->level == CA_LEVEL_PATIENT || def->level == CA_LEVEL_PROVIDER));
        ck_assert(column >= CA_FIELD_COUNT || def->field == column);
    }
}
END_TEST

START_TEST(provider_facts_by_role)
{
    static const unsigned facts[] = {CA_F_SPECIALTY, CA_F_PROVIDER_REGION, CA_F_PROVIDER_LEVEL,
                                     CA_F_ORGANISATION_ID};
    static const char *const roles[] = {"billing",   "facility",   "attending", "rendering",
                                        "referring", "prescriber", "pharmacy"};
    unsigned expected = CA_COLUMN_ROLES;
    for (int role = 0; role < CA_ROLE_COUNT; role++) {
        ck_assert_str_eq(ca_role_name((ca_role)role), roles[role]);
        const char *field = ca_fields[ca_role_field((ca_role)role)].name;
        ck_assert(strncmp(field, roles[role], strlen(roles[role])) == 0 && strstr(field, "_id"));
        for (int fact = 0; fact < CA_PROVIDER_FACTS; fact++) {
            char name[64];
            unsigned column = ca_schema_provider((ca_role)role, facts[fact]);
            ck_assert_uint_eq(column, expected++);
            snprintf(name, sizeof name, "%s.%s", roles[role], ca_fields[facts[fact]].name);
            ck_assert_str_eq(schema.columns[column].name, name);
            ck_assert_uint_eq(schema.columns[column].field, facts[fact]);
        }
    }
    ck_assert_uint_eq(expected, CA_COLUMN_SITE);
}
END_TEST

START_TEST(site_columns)
{
    unsigned column = 4711;
    ck_assert(ca_schema_add_site(&schema, "x.tooth", CA_TYPE_TEXT, "", CA_LEVEL_LINE, &column));
    ck_assert_uint_eq(column, CA_COLUMN_SITE);
    ck_assert(ca_schema_add_site(&schema, "x.ward", CA_TYPE_CODE, "ward", CA_LEVEL_CLAIM, &column));
    ck_assert_uint_eq(column, CA_COLUMN_SITE + 1);
    ck_assert_uint_eq(schema.columns[column].field, CA_FIELD_COUNT);
    ck_assert_str_eq(schema.columns[column].family, "ward");
    ck_assert(!schema.columns[column].joined);
    column = 4711;
    ck_assert(!ca_schema_add_site(&schema, "x.tooth", CA_TYPE_INT, "", CA_LEVEL_LINE, &column));
    ck_assert(!ca_schema_add_site(&schema, "tooth", CA_TYPE_INT, "", CA_LEVEL_LINE, &column));
    ck_assert(!ca_schema_add_site(&schema, "x.", CA_TYPE_INT, "", CA_LEVEL_LINE, &column));
    ck_assert(!ca_schema_add_site(&schema, "paid", CA_TYPE_INT, "", CA_LEVEL_LINE, &column));
    ck_assert(!ca_schema_add_site(&schema, "x.y", CA_TYPE_INT, "", CA_LEVEL_PATIENT, &column));
    ck_assert_uint_eq(column, 4711);
    ck_assert(ca_schema_find(&schema, CA_TEXT("x.tooth"), &column) && column == CA_COLUMN_SITE);
}
END_TEST

START_TEST(there_is_room_for_64_site_columns)
{
    static char names[CA_SITE_COLUMNS_MAX + 1][8];
    unsigned column = 0;
    for (int i = 0; i <= CA_SITE_COLUMNS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "x.n%d", i);
        bool added = ca_schema_add_site(&schema, names[i], CA_TYPE_INT, "", CA_LEVEL_LINE, &column);
        ck_assert(added == (i < CA_SITE_COLUMNS_MAX));
    }
    ck_assert_uint_eq(schema.count, CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX);
}
END_TEST

START_TEST(suggestions)
{
    unsigned column;
    ck_assert(ca_schema_add_site(&schema, "x.tooth", CA_TYPE_TEXT, "", CA_LEVEL_LINE, &column));
    ck_assert_str_eq(ca_schema_closest(&schema, CA_TEXT("servicedate")), "service_date");
    ck_assert_str_eq(ca_schema_closest(&schema, CA_TEXT("x.toth")), "x.tooth");
    ck_assert_str_eq(ca_schema_closest(&schema, CA_TEXT("biling.specialty")), "billing.specialty");
    ck_assert_ptr_null(ca_schema_closest(&schema, CA_TEXT("quite_another_thing")));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, every_column_is_found_by_its_name);
    tcase_add_test(tcase, provider_facts_by_role);
    tcase_add_test(tcase, site_columns);
    tcase_add_test(tcase, there_is_room_for_64_site_columns);
    tcase_add_test(tcase, suggestions);
}

CA_CHECK_MAIN("claim/schema", add_tests)
