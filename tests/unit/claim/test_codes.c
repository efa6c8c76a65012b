/* Code systems, their normalisation, and the dictionary of one run. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "claim/codes.h"
#include "support/check_main.h"

static ca_codes codes;
static ca_arena arena;
static ca_error err;

static void setup(void)
{
    ca_arena_init(&arena);
    ca_codes_init(&codes, &arena);
}

static void teardown(void)
{
    ca_codes_done(&codes);
    ca_arena_done(&arena);
}

static uint8_t add(const char *name, const char *family)
{
    ca_system system = {.name = name, .family = family, .upper = true, .strip = "."};
    uint8_t id = 77;
    ck_assert_int_eq(ca_codes_add_system(&codes, &system, &id, &err), 0);
    return id;
}

START_TEST(systems)
{
    uint8_t id = 77;
    char name[] = "icd10cm"; /* texts are copied */
    ca_system system = {.name = name, .family = "diagnosis", .upper = true, .strip = "."};
    ck_assert_int_eq(ca_codes_add_system(&codes, &system, &id, &err), 0);
    ck_assert_uint_eq(id, 0);
    name[0] = 'X';
    system.name = "icd10cm";
    ck_assert_uint_eq(add("icd9cm", "diagnosis"), 1);
    ck_assert_uint_eq(add("hcpcs", "procedure"), 2);
    ck_assert_int_eq(ca_codes_add_system(&codes, &system, &id, &err), 0);
    ck_assert_uint_eq(id, 0);
    ck_assert(ca_codes_find_system(&codes, CA_TEXT("icd9cm"), &id) && id == 1);
    ck_assert(!ca_codes_find_system(&codes, CA_TEXT("Icd10cm"), &id) && id == 1);
    ck_assert_uint_eq(ca_codes_only_system(&codes, "procedure"), 2);
    ck_assert_uint_eq(ca_codes_only_system(&codes, "diagnosis"), CA_SYSTEM_NONE);
    ck_assert_uint_eq(ca_codes_only_system(&codes, "drug"), CA_SYSTEM_NONE);
    ck_assert(ca_codes_has_family(&codes, "diagnosis") && !ca_codes_has_family(&codes, "drug"));
}
END_TEST

START_TEST(another_declaration_is_refused)
{
    const ca_system first = {.name = "s", .family = "f", .upper = true, .strip = ".", .pad_to = 3};
    ca_system changed[4] = {first, first, first, first};
    uint8_t id = 77;
    ck_assert_int_eq(ca_codes_add_system(&codes, &first, &id, &err), 0);
    changed[0].family = "g";
    changed[1].upper = false;
    changed[2].strip[1] = '-';
    changed[3].pad_to = 4;
    id = 77;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(ca_codes_add_system(&codes, &changed[i], &id, &err), CA_CONFIG);
        ck_assert_ptr_nonnull(strstr(err.text, "'s'"));
    }
    ca_system wide = {.name = "w", .family = "f", .pad_to = CA_CODE_MAX + 1};
    ck_assert_int_eq(ca_codes_add_system(&codes, &wide, &id, &err), CA_CONFIG);
    ck_assert_uint_eq(id, 77);
    ck_assert_uint_eq(codes.system_count, 1);
}
END_TEST

START_TEST(there_is_room_for_250_systems)
{
    for (int i = 0; i <= CA_SYSTEMS_MAX; i++) {
        char name[16];
        uint8_t id;
        snprintf(name, sizeof name, "s%d", i);
        ca_system system = {.name = name, .family = "f"};
        int result = ca_codes_add_system(&codes, &system, &id, &err);
        ck_assert_int_eq(result, i < CA_SYSTEMS_MAX ? 0 : CA_CONFIG);
    }
}
END_TEST

START_TEST(normalisation)
{
    static const ca_system as_is = {.name = "a"};
    static const ca_system dotless = {.name = "d", .upper = true, .strip = ".- "};
    static const ca_system padded = {.name = "p", .pad_to = 4};
    static const struct {
        const ca_system *system;
        const char *raw;
        const char *code; /* NULL: no code */
    } cases[] = {
        {&as_is, "e11.9", "e11.9"},
        {&as_is, " E11.9\t", "E11.9"},
        {&as_is, "", NULL},
        {&as_is, "  ", NULL},
        {&as_is, "a b", "a b"},
        {&dotless, "e11.9", "E119"},
        {&dotless, " e-1.1 9", "E119"},
        {&dotless, "...", NULL},
        {&dotless, "ä1", "ä1"},
        {&padded, "450", "0450"},
        {&padded, "0450", "0450"},
        {&padded, "10450", "10450"},
        {&padded, "", NULL},
        {&padded, "x", "000x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char code[CA_CODE_MAX] = "untouched";
        size_t len = 9;
        bool made = ca_codes_normalise(cases[i].system, ca_text_of(cases[i].raw), code, &len);
        ck_assert_msg(made == (cases[i].code != NULL), "'%s'", cases[i].raw);
        ck_assert(ca_text_is((ca_text){code, len}, made ? cases[i].code : "untouched"));
    }
}
END_TEST

START_TEST(a_code_of_65_bytes_is_none)
{
    static const ca_system dotless = {.name = "d", .strip = "."};
    static const ca_system widest = {.name = "w", .pad_to = CA_CODE_MAX};
    char raw[2 * CA_CODE_MAX + 2], code[CA_CODE_MAX];
    size_t len = 0;
    memset(raw, 'A', sizeof raw);
    ck_assert(ca_codes_normalise(&dotless, (ca_text){raw, CA_CODE_MAX}, code, &len));
    ck_assert_uint_eq(len, CA_CODE_MAX);
    ck_assert(!ca_codes_normalise(&dotless, (ca_text){raw, CA_CODE_MAX + 1}, code, &len));
    for (size_t i = 0; i < sizeof raw; i += 2)
        raw[i] = '.';
    ck_assert(ca_codes_normalise(&dotless, (ca_text){raw, 2 * CA_CODE_MAX}, code, &len));
    ck_assert_uint_eq(len, CA_CODE_MAX);
    ck_assert(!ca_codes_normalise(&dotless, (ca_text){raw, sizeof raw}, code, &len));
    ck_assert(ca_codes_normalise(&widest, CA_TEXT("1"), code, &len));
    ck_assert(len == CA_CODE_MAX && code[0] == '0' && code[CA_CODE_MAX - 1] == '1');
    static const ca_system wider = {.name = "w", .pad_to = CA_CODE_MAX + 1};
    ck_assert(!ca_codes_normalise(&wider, CA_TEXT("1"), code, &len));
}
END_TEST

START_TEST(ids)
{
    uint8_t nine = add("icd9cm", "diagnosis"), ten = add("icd10cm", "diagnosis");
    uint32_t a, b, c, again;
    ck_assert_uint_eq(ca_codes_find(&codes, nine, CA_TEXT("V700")), CA_TABLE_NONE);
    ck_assert_int_eq(ca_codes_put(&codes, nine, CA_TEXT("V700"), &a), 0);
    ck_assert_int_eq(ca_codes_put(&codes, ten, CA_TEXT("V700"), &b), 0);
    ck_assert_int_eq(ca_codes_put(&codes, ten, CA_TEXT("E119"), &c), 0);
    ck_assert_int_eq(ca_codes_put(&codes, nine, CA_TEXT("V700"), &again), 0);
    ck_assert(a != b && b != c && a != c && again == a);
    ck_assert_uint_eq(ca_codes_count(&codes), 3);
    ck_assert_uint_eq(ca_codes_find(&codes, ten, CA_TEXT("V700")), b);
    ck_assert_uint_eq(ca_codes_find(&codes, ten, CA_TEXT("V70")), CA_TABLE_NONE);
    ck_assert_uint_eq(ca_codes_system_of(&codes, a), nine);
    ck_assert_uint_eq(ca_codes_system_of(&codes, c), ten);
    ck_assert(ca_text_is(ca_codes_text(&codes, c), "E119"));
}
END_TEST

START_TEST(the_dictionary_has_limits)
{
    char code[CA_CODE_MAX + 1];
    uint32_t id, other = 77;
    uint8_t system = add("s", "f");
    memset(code, 'A', sizeof code);
    ck_assert_int_eq(ca_codes_put(&codes, system, (ca_text){code, CA_CODE_MAX}, &id), 0);
    ck_assert_uint_eq(ca_codes_text(&codes, id).len, CA_CODE_MAX);
    ck_assert_int_eq(ca_codes_put(&codes, system, (ca_text){code, CA_CODE_MAX + 1}, &other),
                     CA_LIMIT);
    ck_assert_uint_eq(ca_codes_find(&codes, system, (ca_text){code, CA_CODE_MAX + 1}),
                      CA_TABLE_NONE);
    size_t count = codes.table.count;
    codes.table.count = CA_CODES_LIMIT; /* as if so many had been seen */
    ck_assert_int_eq(ca_codes_put(&codes, system, CA_TEXT("new"), &other), CA_LIMIT);
    ck_assert_uint_eq(other, 77);
    ck_assert_int_eq(ca_codes_put(&codes, system, (ca_text){code, CA_CODE_MAX}, &other), 0);
    ck_assert_uint_eq(other, id);
    codes.table.count = count;
}
END_TEST

START_TEST(memory_runs_out)
{
    for (uint64_t n = 1; n <= 2; n++) {
        ca_system system = {.name = "s", .family = "f"};
        uint8_t id = 77;
        uint32_t code = 77;
        teardown();
        setup();
        ca_alloc_fail(n, 1);
        int result = ca_codes_add_system(&codes, &system, &id, &err);
        if (result == 0)
            result = ca_codes_put(&codes, 0, CA_TEXT("x"), &code);
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(result, CA_NOMEM);
        ck_assert_uint_eq(code, 77);
        ck_assert_int_eq(ca_codes_add_system(&codes, &system, &id, &err), 0);
        ck_assert_int_eq(ca_codes_put(&codes, id, CA_TEXT("x"), &code), 0);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, systems);
    tcase_add_test(tcase, another_declaration_is_refused);
    tcase_add_test(tcase, there_is_room_for_250_systems);
    tcase_add_test(tcase, normalisation);
    tcase_add_test(tcase, a_code_of_65_bytes_is_none);
    tcase_add_test(tcase, ids);
    tcase_add_test(tcase, the_dictionary_has_limits);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("claim/codes", add_tests)
