/* Reading profiles: every key once, and one error of every kind with its message and place. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "map/layout.h"
#include "map/pattern.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

static const char *folder_of_broken(fixture *f)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    return ca_arena_printf(&f->arena, "%s/tests/support/broken_profiles", root ? root : ".");
}

static const char *read_file(fixture *f, const char *path)
{
    ca_buf bytes;
    ck_assert_msg(ca_disk_read_all(ca_disk_real(), path, 1 << 20, &bytes, &f->err) == 0, "%s",
                  f->err.text);
    const char *text = ca_arena_cstr(&f->arena, ca_buf_text(&bytes));
    ca_buf_done(&bytes);
    return text;
}

/* Each X.yaml says exactly what X.expected has. */
START_TEST(broken_profiles_say_why)
{
    fixture list;
    char **names;
    size_t count;
    size_t compared = 0;
    fixture_init(&list);
    const char *folder = folder_of_broken(&list);
    ck_assert_int_eq(
        ca_disk_real()->list(ca_disk_real(), folder, &list.arena, &names, &count, &list.err), 0);
    for (size_t i = 0; i < count; i++) {
        const char *ending = strstr(names[i], ".yaml");
        fixture f;
        if (!ending) {
            continue;
        }
        fixture_init(&f);
        const char *yaml = read_file(&f, ca_arena_printf(&f.arena, "%s/%s", folder, names[i]));
        const char *expected = read_file(&f, ca_arena_printf(&f.arena, "%s/%.*s.expected", folder,
                                                             (int)(ending - names[i]), names[i]));
        const char *found = fixture_parse(&f, yaml);
        ck_assert_msg(strcmp(found, expected) == 0, "%s says:\n%s", names[i], found);
        ck_assert_ptr_null(f.profile);
        ck_assert_uint_gt(strlen(expected), 0);
        compared++;
        fixture_done(&f);
    }
    ck_assert_uint_ge(compared, 31);
    fixture_done(&list);
}
END_TEST

static const char whole[] =
    "profile: whole-2\n"
    "title: Everything once\n"
    "jurisdiction: de\n"
    "currency: JPY\n"
    "data_from: 2020-02-29\n"
    "benefit_year_start: 02-29\n"
    "min_match: 75%\n"
    "csv: {delimiter: tab, quote: \"'\", encoding: latin-1, max_record_bytes: 1000, "
    "max_record_lines: 3, max_columns: 9,\n"
    "      ragged: pad}\n"
    "dates: [yyyymmdd, dd.mm.yyyy]\n"
    "numbers: {point: \",\", group: \".\", currency: \"€\",\n"
    "          trailing_minus: yes, parentheses: no}\n"
    "missing: [\"\", \"~\", n/a]\n"
    "systems: {fdi: {family: tooth}}\n"
    "layouts:\n"
    "  - layout: wide\n"
    "    records: claims\n"
    "    columns: [ID, \"P1..3\"]\n"
    "    not_columns: [NEVER]\n"
    "    name: \"*Claims*\"\n"
    "    csv: {delimiter: \";\", ragged: reject}\n"
    "    dates: yyyy-mm-dd\n"
    "    title_rows: 4\n"
    "    filters:\n"
    "      - {name: tests, skip: {column: [KIND, ART], in: [T]}}\n"
    "    status: {flags: [{column: V, in: [Y], status: reversal}]}\n"
    "    reversal: {keys: [claim_id, procedure], opposite: [claim_paid]}\n"
    "    fields:\n"
    "      claim_id: [ID, NR]\n"
    "      claim_type: {column: T, values: {\"1\": inpatient}}\n"
    "      other_diagnoses: {columns: \"DX{01..03}_CD\", system: icd10cm, drop_principal: yes}\n"
    "      principal_diagnosis: {column: PDX, system_column: V, system_values: {\"0\": "
    "icd10cm, \"9\": icd9cm}, suffix: {G: keep, V: drop}}\n"
    "      patient_id: {column: M, pad: 9}\n"
    "      claim_paid: C\n"
    "    totals:\n"
    "      - {name: all, row: {column: ID, in: [Sum]}, rows: N, sums: {claim_paid: C}}\n"
    "    lines:\n"
    "      index: 08..11\n"
    "      present: [\"P{n}\"]\n"
    "      fields:\n"
    "        procedure: {column: \"P{n}\", system: hcpcs}\n"
    "    extra:\n"
    "      tooth: {column: \"Z{n}\", type: code, system: fdi}\n"
    "      ward: {column: W, type: text, level: claim}\n"
    "  - layout: people\n"
    "    records: patients\n"
    "    columns: [NR]\n"
    "    optional: yes\n"
    "    as_of: {file_name: \"*{yyyymm}.csv\"}\n"
    "    fields: {patient_id: NR, eligibility: {column: E, list: \"|\"}}\n"
    "  - {layout: other, use: ignore, columns: [A]}\n"
    "  - {layout: bare, use: ignore, header: none, name: \"*.log\"}\n";

static void check_top(const ca_profile *profile)
{
    ck_assert_str_eq(profile->name, "whole-2");
    ck_assert_str_eq(profile->title, "Everything once");
    ck_assert_str_eq(profile->jurisdiction, "de");
    ck_assert_str_eq(profile->currency, "JPY");
    ck_assert_int_eq(profile->minor_digits, 0);
    ck_assert(profile->has_data_from);
    char date[CA_DATE_SIZE];
    ca_date_print(profile->data_from, date);
    ck_assert_str_eq(date, "2020-02-29");
    ck_assert_uint_eq(profile->benefit_month, 2);
    ck_assert_uint_eq(profile->benefit_day, 29);
    ck_assert_uint_eq(profile->min_match, 75);
    ck_assert_uint_eq(profile->layout_count, 4);
}

START_TEST(every_key_is_read)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, whole), "");
    check_top(f.profile);
    const ca_layout *wide = f.profile->layouts[0];
    const ca_layout *people = f.profile->layouts[1];
    ck_assert_uint_eq(wide->column_count, 4);
    ck_assert_int_eq(wide->settings.csv.delimiter, ';');
    ck_assert_int_eq(wide->settings.csv.quote, '\'');
    ck_assert(!wide->settings.pad && people->settings.pad);
    ck_assert_uint_eq(wide->settings.date_count, 1);
    ck_assert_uint_eq(people->settings.date_count, 2);
    ck_assert_uint_eq(wide->settings.missing_count, 2);
    ck_assert_int_eq(ca_layout_records(wide), CA_RECORDS_CLAIMS);
    ck_assert_int_eq(ca_layout_records(f.profile->layouts[2]), CA_RECORDS_IGNORE);
    ck_assert_uint_eq(ca_layout_max_lines(wide), 4);
    ck_assert_uint_eq(ca_layout_max_lines(people), 1);
    ca_csv_format format = ca_layout_format(people);
    ck_assert(format.delimiter == '\t' && format.encoding == CA_ENC_LATIN_1 &&
              format.max_record_bytes == 1000);
    ck_assert(format.max_record_lines == 3 && format.max_columns == 9);
    const ca_binding *others = ca_layout_binding(wide, CA_F_OTHER_DIAGNOSES);
    ck_assert_uint_eq(others->name_count, 3);
    ck_assert(ca_text_is(others->names[2], "DX03_CD") && others->drop_principal);
    ck_assert_uint_eq(wide->title_rows, 4);
    ck_assert_uint_eq(wide->total_count, 1);
    ck_assert_str_eq(wide->totals[0].name, "all");
    ck_assert_uint_eq(wide->totals[0].sums[0].column, CA_F_CLAIM_PAID);
    ck_assert_uint_eq(ca_layout_binding(wide, CA_F_PATIENT_ID)->pad, 9);
    ck_assert_uint_eq(ca_layout_binding(wide, CA_F_PRINCIPAL_DIAGNOSIS)->suffix_count, 2);
    ck_assert(f.profile->layouts[3]->headerless && !wide->headerless);
    fixture_done(&f);
}
END_TEST

START_TEST(what_a_layout_supplies)
{
    fixture f;
    unsigned tooth, ward;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, whole), "");
    const ca_layout *wide = f.profile->layouts[0];
    const ca_layout *people = f.profile->layouts[1];
    ck_assert(ca_schema_find(&f.profile->schema, CA_TEXT("x.tooth"), &tooth));
    ck_assert(ca_schema_find(&f.profile->schema, CA_TEXT("x.ward"), &ward));
    ck_assert_str_eq(f.profile->schema.columns[tooth].family, "tooth");
    ck_assert_int_eq(f.profile->schema.columns[tooth].level, CA_LEVEL_LINE);
    ck_assert_int_eq(f.profile->schema.columns[ward].level, CA_LEVEL_CLAIM);
    ck_assert(ca_layout_supplies(wide, tooth) && ca_layout_supplies(wide, CA_F_PROCEDURE));
    ck_assert(ca_layout_supplies(wide, CA_F_LINE_NO) &&
              ca_layout_supplies(wide, CA_F_CLAIM_STATUS));
    ck_assert(ca_layout_supplies(wide, CA_F_CLAIM_PART) &&
              ca_layout_supplies(wide, CA_F_DIAGNOSES));
    ck_assert(!ca_layout_supplies(wide, CA_F_PAID) && !ca_layout_supplies(people, CA_F_LINE_NO));
    ck_assert(ca_layout_supplies(people, CA_F_ELIGIBILITY) && !ca_layout_supplies(people, tooth));
    fixture_done(&f);
}
END_TEST

/* One format a distinct delimiter, quote and encoding, with the largest limits. */
START_TEST(formats_to_try)
{
    fixture f;
    const ca_csv_format *formats;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(
            &f, "profile: a\ntitle: A\njurisdiction: us\ncurrency: KWD\nlayouts:\n"
                "  - {layout: a, use: ignore, columns: [A]}\n"
                "  - {layout: b, use: ignore, columns: [B], csv: {delimiter: \"|\"}}\n"
                "  - {layout: c, use: ignore, columns: [C], csv: {max_record_bytes: 100000}}\n"
                "  - {layout: d, use: ignore, columns: [D], csv: {encoding: gb18030}}\n"),
        "");
    ck_assert_int_eq(f.profile->minor_digits, 3);
    ck_assert_uint_eq(ca_profile_formats(f.profile, &formats), 3);
    ck_assert(formats[0].delimiter == ',' && formats[0].max_record_bytes == 100000);
    ck_assert(formats[1].delimiter == '|' && formats[1].max_record_bytes == 65536);
    ck_assert(formats[2].encoding == CA_ENC_GB18030);
    ck_assert_uint_eq(f.profile->min_match, 90);
    ck_assert(!f.profile->has_data_from);
    fixture_done(&f);
}
END_TEST

START_TEST(digest_is_of_the_bytes)
{
    fixture f;
    uint8_t first[32];
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, whole), "");
    memcpy(first, f.profile->digest, sizeof first);
    ck_assert_str_eq(fixture_parse(&f, ca_arena_printf(&f.arena, "%s# more\n", whole)), "");
    ck_assert(memcmp(first, f.profile->digest, sizeof first) != 0);
    fixture_done(&f);
}
END_TEST

START_TEST(ranges_of_names)
{
    ca_name_range range;
    ca_arena arena;
    ca_text name;
    ca_arena_init(&arena);
    ck_assert(ca_name_range_parse(CA_TEXT("PLAIN"), &range) && ca_name_range_count(&range) == 1);
    ck_assert(ca_name_range_parse(CA_TEXT("DX_1..25"), &range) &&
              ca_name_range_count(&range) == 25);
    ck_assert_int_eq(ca_name_range_at(&range, 24, &arena, &name), 0);
    ck_assert(ca_text_is(name, "DX_25"));
    ck_assert(ca_name_range_parse(CA_TEXT("DX{008..010}CD"), &range) &&
              ca_name_range_count(&range) == 3);
    ck_assert_int_eq(ca_name_range_at(&range, 2, &arena, &name), 0);
    ck_assert(ca_text_is(name, "DX010CD"));
    ck_assert(ca_name_range_parse(CA_TEXT("{7..7}"), &range) && ca_name_range_count(&range) == 1);
    ck_assert(!ca_name_range_parse(CA_TEXT("A..3"), &range));
    ck_assert(!ca_name_range_parse(CA_TEXT("A1.."), &range));
    ck_assert(!ca_name_range_parse(CA_TEXT(".."), &range));
    ck_assert(!ca_name_range_parse(CA_TEXT("A{1..2}_{1..2}"), &range));
    ck_assert(!ca_name_range_parse(CA_TEXT("A1..1001"), &range));
    ck_assert(ca_name_range_parse(CA_TEXT("A1..1000"), &range));
    ck_assert(!ca_name_range_parse(CA_TEXT("A1..9999999999"), &range));
    ck_assert_int_eq(ca_name_with_n(CA_TEXT("M{n}_{n}"), 3, 2, &arena, &name), 0);
    ck_assert(ca_text_is(name, "M03_03"));
    ca_arena_done(&arena);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    fixture f;
    fixture_init(&f);
    int rc = ca_profile_load(ca_disk_real(), "/nowhere/at/all.yaml", &f.codes, &f.arena, &f.diags,
                             &f.profile, &f.err);
    ck_assert_int_lt(rc, 0);
    ck_assert_ptr_null(f.profile);
    fixture_done(&f);
}
END_TEST

/* Every allocation in turn fails: the answer is "no memory", never a profile of half its fields. */
START_TEST(memory_runs_out_anywhere)
{
    for (uint64_t n = 1;; n++) {
        fixture f;
        fixture_init(&f);
        ca_alloc_fail(n, 1);
        int rc = ca_profile_parse("test.yaml", ca_text_of(whole), &f.codes, &f.arena, &f.diags,
                                  &f.profile, &f.err);
        ca_alloc_fail(0, 0);
        bool good = rc == 0 && f.profile && f.diags.errors == 0;
        ck_assert_msg(good || (rc == CA_NOMEM && !f.profile), "allocation %u: %d", (unsigned)n, rc);
        fixture_done(&f);
        if (good) {
            ck_assert_uint_gt(n, 5);
            break;
        }
    }
}
END_TEST

/* Every key that the reader knows has its place in the documentation. */
START_TEST(every_key_is_documented)
{
    ca_text keys =
        CA_TEXT("profile title jurisdiction currency data_from benefit_year_start min_match csv dates numbers "
                "missing systems layouts delimiter quote encoding ragged point max_record_bytes "
                "max_record_lines max_columns group trailing_minus parentheses layout records use "
                "columns not_columns name optional fields lines extra status filters as_of column "
                "value values others list system system_column system_values prefixed "
                "drop_principal time present type level suffix pad title_rows header totals row rows "
                "sums reversal of keys same opposite");
    ca_text key;
    const char *root = getenv("CA_SOURCE_ROOT");
    fixture f;
    fixture_init(&f);
    const char *path = ca_arena_printf(&f.arena, "%s/docs/profiles.md", root ? root : ".");
    const char *text = read_file(&f, path);
    while (ca_text_next(&keys, ' ', &key)) {
        const char *quoted = ca_arena_printf(&f.arena, "`%.*s`", (int)key.len, key.ptr);
        ck_assert_msg(strstr(text, quoted) != NULL, "%s", quoted);
    }
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, broken_profiles_say_why);
    tcase_add_test(tcase, every_key_is_read);
    tcase_add_test(tcase, what_a_layout_supplies);
    tcase_add_test(tcase, formats_to_try);
    tcase_add_test(tcase, digest_is_of_the_bytes);
    tcase_add_test(tcase, ranges_of_names);
    tcase_add_test(tcase, a_file_that_is_not_there);
    tcase_add_test(tcase, every_key_is_documented);
    tcase_add_test(tcase, memory_runs_out_anywhere);
}

CA_CHECK_MAIN("map/profile", add_tests)
