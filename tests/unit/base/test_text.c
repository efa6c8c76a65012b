/* Text: comparing, cutting, matching, numbers, suggestions. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "support/check_main.h"

START_TEST(making_and_cutting)
{
    ck_assert_uint_eq(ca_text_of(NULL).len, 0);
    ck_assert_ptr_nonnull(ca_text_of(NULL).ptr);
    ca_text text = CA_TEXT("claims");
    ck_assert(ca_text_is(ca_text_sub(text, 2, 2), "ai"));
    ck_assert(ca_text_is(ca_text_sub(text, 4, 100), "ms"));
    ck_assert(ca_text_is(ca_text_sub(text, 6, 1), ""));
    ck_assert(ca_text_is(ca_text_sub(text, 99, SIZE_MAX), ""));
    ck_assert(ca_text_is(ca_text_sub((ca_text){NULL, 0}, 0, 1), ""));
    ck_assert(ca_text_is(ca_text_trim(CA_TEXT(" \t a b \t")), "a b"));
    ck_assert(ca_text_is(ca_text_trim(CA_TEXT(" \t ")), ""));
    ck_assert(ca_text_is(ca_text_trim(CA_TEXT("\n")), "\n"));
}
END_TEST

START_TEST(comparing)
{
    ck_assert(ca_text_eq(CA_TEXT(""), (ca_text){NULL, 0}));
    ck_assert(!ca_text_eq(CA_TEXT("a"), CA_TEXT("ab")));
    ck_assert(!ca_text_is(CA_TEXT("a\0b"), "a"));
    ck_assert_int_eq(ca_text_cmp(CA_TEXT("a"), CA_TEXT("ab")), -1);
    ck_assert_int_eq(ca_text_cmp(CA_TEXT("b"), CA_TEXT("ab")), 1);
    ck_assert_int_eq(ca_text_cmp(CA_TEXT("\xFF"), CA_TEXT("a")), 1);
    ck_assert_int_eq(ca_text_cmp(CA_TEXT("x"), CA_TEXT("x")), 0);
    ck_assert_int_eq(ca_text_cmp((ca_text){NULL, 0}, CA_TEXT("")), 0);
    ck_assert(ca_text_starts(CA_TEXT("E11.9"), CA_TEXT("E11")));
    ck_assert(ca_text_starts(CA_TEXT("E11"), CA_TEXT("")));
    ck_assert(!ca_text_starts(CA_TEXT("E1"), CA_TEXT("E11")));
}
END_TEST

static size_t parts(const char *text, char *ret_joined)
{
    ca_text rest = ca_text_of(text);
    ca_text part;
    size_t count = 0;
    *ret_joined = '\0';
    for (; ca_text_next(&rest, ';', &part); count++) {
        strncat(ret_joined, part.ptr, part.len);
        strcat(ret_joined, "|");
    }
    return count;
}

/* Of every length around those that are compared in another way, with a difference in every place. */
START_TEST(comparing_few)
{
    for (size_t len = 0; len <= 40; len++) {
        char *a = malloc(len + 1);    /* so that a sanitizer sees a byte too many */
        char *b = malloc(len + 1);
        char *end_a = a + 1, *end_b = b + 1;
        for (size_t i = 0; i < len; i++)
            end_a[i] = end_b[i] = (char)('a' + i);
        ck_assert(ca_same_few(end_a, end_b, len));
        for (size_t i = 0; i < len; i++) {
            end_b[i] ^= 0x20;
            ck_assert(!ca_same_few(end_a, end_b, len));
            end_b[i] ^= 0x20;
        }
        free(a);
        free(b);
    }
}
END_TEST

START_TEST(parts_between_separators)
{
    static const struct {
        const char *text;
        size_t count;
        const char *joined;
    } cases[] = {
        {"", 1, "|"},     {"a", 1, "a|"}, {"a;b", 2, "a|b|"},
        {"a;", 2, "a||"}, {";", 2, "||"}, {";;x", 3, "||x|"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char joined[32];
        ck_assert_uint_eq(parts(cases[i].text, joined), cases[i].count);
        ck_assert_str_eq(joined, cases[i].joined);
    }
    ca_text part;
    ca_text none = {NULL, 0};
    ck_assert(!ca_text_next(&none, ';', &part));
}
END_TEST

/* The obvious twin of the glob. */
static bool glob_twin(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return glob_twin(pattern + 1, text) || (*text != '\0' && glob_twin(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) &&
           glob_twin(pattern + 1, text + 1);
}

START_TEST(glob_agrees_with_its_twin)
{
    srand(1);
    for (int n = 0; n < 50000; n++) {
        char pattern[8];
        char text[9];
        size_t p = (size_t)rand() % sizeof(pattern);
        size_t t = (size_t)rand() % sizeof(text);
        for (size_t i = 0; i < p; i++)
            pattern[i] = "ab*?"[rand() % 4];
        for (size_t i = 0; i < t; i++)
            text[i] = "ab"[rand() % 2];
        pattern[p] = text[t] = '\0';
        ck_assert_msg(ca_text_glob(ca_text_of(pattern), ca_text_of(text)) ==
                          glob_twin(pattern, text),
                      "pattern %s, text %s", pattern, text);
    }
}
END_TEST

START_TEST(glob_is_not_exponential)
{
    char text[5000];
    memset(text, 'a', sizeof(text));
    ck_assert(!ca_text_glob(CA_TEXT("*a*a*a*a*a*a*a*a*b"), (ca_text){text, sizeof(text)}));
    ck_assert(ca_text_glob(CA_TEXT("*.csv"), CA_TEXT("a.csv.csv")));
    ck_assert(!ca_text_glob(CA_TEXT("*.csv"), CA_TEXT("a.csv.gz")));
}
END_TEST

START_TEST(integers)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"007", 7},
        {"-12", -12},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {
        "",
        "-",
        "+",
        "1.0",
        " 1",
        "1 ",
        "--1",
        "1e3",
        "0x1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "٣",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t value = 55;
        ck_assert(ca_text_to_int(ca_text_of(good[i].text), &value));
        ck_assert_int_eq(value, good[i].value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t value = 55;
        ck_assert_msg(!ca_text_to_int(ca_text_of(bad[i]), &value), "%s", bad[i]);
        ck_assert_int_eq(value, 55);
    }
}
END_TEST

static const char *closest(const char *text)
{
    static const char *const names[] = {"message",      "paid", "paid_date",
                                        "service_date", "sex",  "male"};
    const char *found = ca_text_closest(ca_text_of(text), names, sizeof(names) / sizeof(names[0]));
    return found == NULL ? "-" : found;
}

START_TEST(suggestions)
{
    ck_assert_str_eq(closest("mesage"), "message");
    ck_assert_str_eq(closest("paied"), "paid");
    ck_assert_str_eq(closest("piad"), "paid"); /* two neighbours swapped count once */
    ck_assert_str_eq(closest("sexx"), "sex");
    ck_assert_str_eq(closest("servicedate"), "service_date");
    ck_assert_str_eq(closest("paid"), "paid");
    ck_assert_str_eq(closest("paid_dat"), "paid_date");
    ck_assert_str_eq(closest("provider"), "-");
    ck_assert_str_eq(closest("x"), "-");
    ck_assert_str_eq(closest(""), "-");
    char long_name[100];
    memset(long_name, 'm', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    const char *names[] = {long_name};
    ck_assert_str_eq(closest(long_name), "-");
    ck_assert_ptr_null(ca_text_closest(CA_TEXT("mmmm"), names, 1));
    ck_assert_ptr_null(ca_text_closest(CA_TEXT("mmmm"), NULL, 0));
}
END_TEST

START_TEST(first_of_equals_is_suggested)
{
    static const char *const names[] = {"units", "unit_a", "unit_b"};
    ck_assert_str_eq(ca_text_closest(CA_TEXT("unit_c"), names, 3), "unit_a");
}
END_TEST

/* Each byte decides, whatever the length. */
START_TEST(few_bytes_are_compared)
{
    char a[40], b[40];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    for (size_t len = 0; len <= sizeof a; len++) {
        ck_assert(ca_same_few(a, b, len));
        for (size_t i = 0; i < sizeof a; i++) {
            b[i] = 'y';
            ck_assert_int_eq(ca_same_few(a, b, len), i >= len);
            b[i] = 'x';
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, few_bytes_are_compared);
    tcase_add_test(tcase, making_and_cutting);
    tcase_add_test(tcase, comparing);
    tcase_add_test(tcase, comparing_few);
    tcase_add_test(tcase, parts_between_separators);
    tcase_add_test(tcase, glob_agrees_with_its_twin);
    tcase_add_test(tcase, glob_is_not_exponential);
    tcase_add_test(tcase, integers);
    tcase_add_test(tcase, suggestions);
    tcase_add_test(tcase, first_of_equals_is_suggested);
}

CA_CHECK_MAIN("base/text", add_tests)
