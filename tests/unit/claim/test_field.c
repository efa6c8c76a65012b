/* The dictionary as a whole: names, types and levels are what the design says, and lookups find all
 * of them. */
#include <string.h>

#include "claim/field.h"
#include "support/check_main.h"

START_TEST(every_field_is_found_by_its_name)
{
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        unsigned found = 4711;
        ck_assert(ca_field_find(ca_text_of(ca_fields[field].name), &found));
        ck_assert_uint_eq(found, field); /* so no name stands twice */
        ck_assert(ca_fields[field].meaning[0] != '\0');
    }
    unsigned found = 4711;
    ck_assert(!ca_field_find(CA_TEXT(""), &found) && !ca_field_find(CA_TEXT("Paid"), &found));
    ck_assert(!ca_field_find(CA_TEXT("claim_idx"), &found));
    ck_assert(!ca_field_find(CA_TEXT("claim_i"), &found));
    ck_assert_uint_eq(found, 4711);
}
END_TEST

/* Names in the order of the record digest: a change here changes every digest and needs
 * CA_SEMANTICS. */
START_TEST(the_order_of_the_dictionary)
{
    static const char expected[] =
        "claim_id claim_part claim_type claim_status original_claim_id claim_version from_date "
        "through_date patient_id billing_provider_id facility_id attending_provider_id bill_type "
        "admission_date discharge_date discharge_status drg received_date paid_date claim_charge "
        "claim_allowed claim_paid admitting_diagnosis principal_diagnosis other_diagnoses "
        "diagnoses "
        "claim_procedures condition_codes care_mode benefit_type currency "
        "line_no service_date service_end_date service_minute procedure modifiers revenue_code "
        "drug "
        "drug_class units minutes unit_price price_cap charge allowed paid place_of_service "
        "rendering_provider_id referring_provider_id prescriber_id pharmacy_id prescription_number "
        "fill_number days_supply quantity trace_code line_diagnoses "
        "sex birth_date death_date eligibility region "
        "provider_id specialty provider_region provider_level organisation_id";
    ca_text rest = ca_text_of(expected), name;
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        ck_assert(ca_text_next(&rest, ' ', &name));
        ck_assert_msg(ca_text_is(name, ca_fields[field].name), "%s", ca_fields[field].name);
    }
    ck_assert(!ca_text_next(&rest, ' ', &name));
}
END_TEST

START_TEST(types_and_families_agree)
{
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        const ca_field *f = &ca_fields[field];
        bool coded = f->type == CA_TYPE_CODE || f->type == CA_TYPE_CODES;
        ck_assert_msg(coded == (f->family[0] != '\0'), "%s", f->name);
        ck_assert_msg((f->type == CA_TYPE_MONEY) == (strcmp(f->unit, "currency") == 0), "%s",
                      f->name);
        ck_assert_msg((f->type == CA_TYPE_ENUM) == (ca_enum_count(field) > 0), "%s", f->name);
        ck_assert_msg((f->type == CA_TYPE_DATE) == (strstr(f->name, "_date") != NULL), "%s",
                      f->name);
        ck_assert(f->level != CA_LEVEL_SITE);
    }
    ck_assert_str_eq(ca_fields[CA_F_PAID].name, "paid");
    ck_assert_int_eq(ca_fields[CA_F_PAID].level, CA_LEVEL_LINE);
    ck_assert_int_eq(ca_fields[CA_F_DIAGNOSES].type, CA_TYPE_CODES);
    ck_assert_str_eq(ca_fields[CA_F_LINE_DIAGNOSES].family, "diagnosis");
}
END_TEST

START_TEST(names_of_types_and_levels)
{
    static const char *const types[] = {"int",   "decimal", "money", "date", "code",
                                        "codes", "enum",    "id",    "text", "intervals"};
    static const char *const levels[] = {"claim", "line", "patient", "provider", "site"};
    for (int type = CA_TYPE_INT; type <= CA_TYPE_INTERVALS; type++)
        ck_assert_str_eq(ca_type_name((ca_type)type), types[type]);
    for (int level = CA_LEVEL_CLAIM; level <= CA_LEVEL_SITE; level++)
        ck_assert_str_eq(ca_level_name((ca_level)level), levels[level]);
}
END_TEST

START_TEST(enumerations)
{
    static const unsigned fields[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_STATUS, CA_F_SEX};
    static const size_t counts[] = {CA_CLAIM_TYPES, CA_STATUSES, CA_SEXES};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(ca_enum_count(fields[i]), counts[i]);
        for (unsigned value = 0; value < counts[i]; value++) {
            uint8_t found = 77;
            ck_assert(ca_enum_find(fields[i], ca_text_of(ca_enum_name(fields[i], value)), &found));
            ck_assert_uint_eq(found, value);
        }
        ck_assert_str_eq(ca_enum_name(fields[i], (unsigned)counts[i]), "");
    }
    uint8_t found = 77;
    ck_assert_str_eq(ca_enum_name(CA_F_CLAIM_TYPE, CA_PHARMACY), "pharmacy");
    ck_assert_str_eq(ca_enum_name(CA_F_CLAIM_STATUS, CA_DENIED), "denied");
    ck_assert_str_eq(ca_enum_name(CA_F_SEX, CA_SEX_F), "F");
    ck_assert(!ca_enum_find(CA_F_SEX, CA_TEXT("f"), &found));
    ck_assert(!ca_enum_find(CA_F_SEX, CA_TEXT(""), &found));
    ck_assert(!ca_enum_find(CA_F_PAID, CA_TEXT("M"), &found));
    ck_assert_uint_eq(ca_enum_count(CA_F_PAID), 0);
    ck_assert_uint_eq(found, 77);
}
END_TEST

START_TEST(placeholders)
{
    static const char *const nobody[] = {
        "",    " ",   "\t",   "0",    "0000000000", "9",       "999999999", "NA",
        "n/a", "N/A", "None", "NULL", "null",       "Unknown", "UNKNOWN",   " unknown "};
    static const char *const somebody[] = {"1",          "10",     "90", "09",
                                           "0009",       "NAN",    "A0", "N",
                                           "UNKNOWNS",   "UNKNOW", "-",  "00000000000000A",
                                           "9999999990", "0 0"};
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++)
        ck_assert_msg(ca_is_placeholder(ca_text_of(nobody[i])), "'%s'", nobody[i]);
    for (size_t i = 0; i < sizeof somebody / sizeof somebody[0]; i++)
        ck_assert_msg(!ca_is_placeholder(ca_text_of(somebody[i])), "'%s'", somebody[i]);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_field_is_found_by_its_name);
    tcase_add_test(tcase, the_order_of_the_dictionary);
    tcase_add_test(tcase, types_and_families_agree);
    tcase_add_test(tcase, names_of_types_and_levels);
    tcase_add_test(tcase, enumerations);
    tcase_add_test(tcase, placeholders);
}

CA_CHECK_MAIN("claim/field", add_tests)
