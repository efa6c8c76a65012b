/* The vocabulary: what is accepted, what is said of mistakes, and that the shipped one is whole. */
#include "unit/refs/fixture.h"

#include "base/alloc.h"

#define GOOD_LISTS "severities: [low, high]\ncategories: [coding]\njurisdictions: [core]\n"

static const char *load_vocabulary(fixture *fix, const char *text, ca_vocabulary *vocabulary)
{
    ca_error err = {0};
    put(fix, "vocabulary.yaml", text);
    int rc = ca_vocabulary_load(memdisk_disk(fix->mem), "vocabulary.yaml", &fix->codes, &fix->arena,
                                &fix->diags, vocabulary, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return said(fix);
}

START_TEST(everything_is_read)
{
    fixture fix;
    ca_vocabulary vocabulary;
    uint8_t number;
    fixture_init(&fix);
    ck_assert_str_eq(load_vocabulary(&fix,
                                     "systems:\n"
                                     "  ops: {family: procedure, case: upper, strip: \".-\"}\n"
                                     "  pos: {family: place_of_service, case: keep, pad: 2}\n"
                                     "severities: [low, high]\n"
                                     "categories: [coding, date-conflict]\n"
                                     "jurisdictions: [core, us, de]\n",
                                     &vocabulary),
                     "");
    ck_assert_uint_eq(vocabulary.severity_count, 2);
    ck_assert(ca_text_is(vocabulary.severities[0], "low"));
    ck_assert_uint_eq(vocabulary.category_count, 2);
    ck_assert(ca_text_is(vocabulary.categories[1], "date-conflict"));
    ck_assert_uint_eq(vocabulary.jurisdiction_count, 3);
    ck_assert(ca_codes_find_system(&fix.codes, CA_TEXT("ops"), &number));
    ck_assert(fix.codes.systems[number].upper);
    ck_assert_str_eq(fix.codes.systems[number].strip, ".-");
    ck_assert_str_eq(fix.codes.systems[number].family, "procedure");
    ck_assert(ca_codes_find_system(&fix.codes, CA_TEXT("pos"), &number));
    ck_assert(!fix.codes.systems[number].upper);
    ck_assert_uint_eq(fix.codes.systems[number].pad_to, 2);
    fixture_done(&fix);
}
END_TEST

static const struct {
    const char *text;
    const char *said;
} mistakes[] = {
    {"", "vocabulary.yaml:0:0: the file is empty; it should hold the vocabulary of rules\n"},
    {"systems: {}\n" GOOD_LISTS "systms: {}\n",
     "vocabulary.yaml:5:1: unknown key 'systms'; did you mean 'systems'?\n"},
    {GOOD_LISTS, "vocabulary.yaml:1:1: key 'systems' is missing\n"},
    {"systems: {a: {family: x}}\ncategories: [a]\njurisdictions: [a]\n",
     "vocabulary.yaml:1:1: key 'severities' is missing\n"},
    {"systems: {a: {case: upper}}\n" GOOD_LISTS, "vocabulary.yaml:1:14: key 'family' is missing\n"},
    {"systems: {A1: {family: x}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:11: 'A1' is no name: a small letter, then small letters, digits, _ and -\n"},
    {"systems: {a: {family: Big}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:23: 'Big' is no name: a small letter, then small letters, digits, _ and -\n"},
    {"systems: {a: {family: x, case: lower}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:32: 'case' cannot be 'lower'; it is one of keep, upper\n"},
    {"systems: {a: {family: x, strip: \".-/+*#:!\"}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:33: 'strip' takes at most 7 characters\n"},
    {"systems: {a: {family: x, strip: \"ä\"}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:33: 'strip' takes only printable ASCII characters\n"},
    {"systems: {a: {family: x, pad: 65}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:31: 'pad' must be a whole number from 1 to 64, not '65'\n"},
    {"systems: {a: {family: x, suffix: y}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:26: unknown key 'suffix'\n"},
    {"systems: {icd10cm: {family: other}}\n" GOOD_LISTS,
     "vocabulary.yaml:1:11: code system 'icd10cm' is declared twice, with different family, case, strip "
     "or pad: make the declarations equal\n"},
    {"systems: [a]\n" GOOD_LISTS,
     "vocabulary.yaml:1:10: 'systems' must be a mapping of 'key: value', not a list\n"},
    {"systems: {a: b}\n" GOOD_LISTS,
     "vocabulary.yaml:1:14: 'a' must be a mapping of 'key: value', not text\n"},
    {"systems: {a: {family: x}}\nseverities: low\ncategories: [a]\njurisdictions: [a]\n",
     "vocabulary.yaml:2:13: 'severities' must be a list, not text\n"},
    {"systems: {a: {family: x}}\nseverities: [low, high, low]\ncategories: [a]\njurisdictions: [a]\n",
     "vocabulary.yaml:2:25: 'low' is listed twice\n"},
    {"systems: {a: {family: x}}\nseverities: [low]\ncategories: []\njurisdictions: [a]\n",
     "vocabulary.yaml:3:13: 'categories' needs at least one name\n"},
    {"systems: {a: {family: x}}\nseverities: [low]\ncategories: [a b]\njurisdictions: [a]\n",
     "vocabulary.yaml:3:14: 'a b' is no name: a small letter, then small letters, digits, _ and -\n"},
};

START_TEST(mistakes_are_told_with_their_place)
{
    fixture fix;
    ca_vocabulary vocabulary;
    fixture_init(&fix);
    ck_assert_str_eq(load_vocabulary(&fix, mistakes[_i].text, &vocabulary), mistakes[_i].said);
    fixture_done(&fix);
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
    fixture fix;
    ca_vocabulary vocabulary;
    ca_error err = {0};
    fixture_init(&fix);
    ck_assert_int_lt(ca_vocabulary_load(memdisk_disk(fix.mem), "absent.yaml", &fix.codes,
                                        &fix.arena, &fix.diags, &vocabulary, &err),
                     0);
    ck_assert_str_ne(err.text, "");
    fixture_done(&fix);
}
END_TEST

START_TEST(every_failing_allocation_is_an_error)
{
    uint64_t n = 1;
    for (;; n++) {
        fixture fix;
        ca_vocabulary vocabulary;
        fixture_init(&fix);
        put(&fix, "v.yaml", "systems: {a: {family: x, strip: \".\"}}\n" GOOD_LISTS);
        ca_alloc_fail(n, 0);
        int rc = ca_vocabulary_load(memdisk_disk(fix.mem), "v.yaml", &fix.codes, &fix.arena,
                                    &fix.diags, &vocabulary, NULL);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(fix.diags.count, 0);
        fixture_done(&fix);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 2);
}
END_TEST

/* Every family of the field dictionary has a system, or nothing could be mapped to its fields. */
START_TEST(the_shipped_vocabulary_serves_every_field)
{
    fixture fix;
    ca_vocabulary vocabulary;
    ca_error err = {0};
    char path[512];
    const char *root = getenv("CA_SOURCE_ROOT");
    ck_assert_ptr_nonnull(root);
    snprintf(path, sizeof path, "%s/rules/vocabulary.yaml", root);
    fixture_init(&fix);
    ca_codes_done(&fix.codes);
    ca_codes_init(&fix.codes, &fix.arena);
    ck_assert_msg(ca_vocabulary_load(ca_disk_real(), path, &fix.codes, &fix.arena, &fix.diags,
                                     &vocabulary, &err) == 0,
                  "%s", err.text);
    ck_assert_str_eq(said(&fix), "");
    for (unsigned i = 0; i < CA_FIELD_COUNT; i++) {
        ck_assert_msg(ca_fields[i].family[0] == '\0' ||
                          ca_codes_has_family(&fix.codes, ca_fields[i].family),
                      "no code system for %s", ca_fields[i].name);
    }
    ck_assert_uint_eq(vocabulary.severity_count, 4);
    fixture_done(&fix);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, everything_is_read);
    tcase_add_loop_test(tcase, mistakes_are_told_with_their_place, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tcase, a_missing_file_is_an_error);
    tcase_add_test(tcase, every_failing_allocation_is_an_error);
    tcase_add_test(tcase, the_shipped_vocabulary_serves_every_field);
}

CA_CHECK_MAIN("refs/vocabulary", add_tests)
