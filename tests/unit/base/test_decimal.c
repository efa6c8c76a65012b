/* Decimals: the limits of int64, every notation right and wrong, and random values through all of
 * them. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "support/check_main.h"

static const ca_number_format plain = {0};
static const ca_number_format us = {.group = ',', .currency = "$", .parentheses = true};
static const ca_number_format de = {
    .point = ',', .group = '.', .trailing_minus = true, .currency = "€"};
static const ca_number_format cn = {.group = ',', .currency = "¥"};
static const ca_number_format fr = {.point = ',', .group = ' ', .currency = "EUR"};
static const ca_number_format all = {
    .group = ',', .trailing_minus = true, .parentheses = true, .currency = "€"};

#define WRONG INT64_C(-4711)

static const struct {
    const ca_number_format *format;
    const char *text;
    int64_t value;
} cases[] = {
    {&plain, "0", 0},
    {&plain, "-0", 0},
    {&plain, "1", 10000},
    {&plain, "-12.5", -125000},
    {&plain, "+7", 70000},
    {&plain, ".5", 5000},
    {&plain, "7.", 70000},
    {&plain, "-.0001", -1},
    {&plain, "0.1234", 1234},
    {&plain, "0.12340", 1234},
    {&plain, "0.123400000000000000000000", 1234},
    {&plain, "0.12345", WRONG},
    {&plain, "0.12340001", WRONG},
    {&plain, "1.000000000000000000000000001", WRONG},
    {&plain, "000000000000000000000000012.50", 125000},
    {&plain, "922337203685477.5807", INT64_MAX},
    {&plain, "922337203685477.5808", WRONG},
    {&plain, "-922337203685477.5808", INT64_MIN},
    {&plain, "-922337203685477.5809", WRONG},
    {&plain, "922337203685478", WRONG},
    {&plain, "1844674407370955.1616", WRONG},
    {&plain, "18446744073709551616", WRONG},
    {&plain, "99999999999999", INT64_C(999999999999990000)},
    {&plain, "999999999999999", WRONG},
    {&plain, "99999999999999999999999999999999999", WRONG},
    {&plain, "", WRONG},
    {&plain, "-", WRONG},
    {&plain, ".", WRONG},
    {&plain, "-.", WRONG},
    {&plain, "--1", WRONG},
    {&plain, "+-1", WRONG},
    {&plain, "1-", WRONG},
    {&plain, "(1)", WRONG},
    {&plain, "1.2.3", WRONG},
    {&plain, "1,5", WRONG},
    {&plain, "1 000", WRONG},
    {&plain, " 1", WRONG},
    {&plain, "1 ", WRONG},
    {&plain, "- 1", WRONG},
    {&plain, "1e3", WRONG},
    {&plain, "0x10", WRONG},
    {&plain, "NaN", WRONG},
    {&plain, "１", WRONG},
    {&us, "1,234.50", 12345000},
    {&us, "1234.50", 12345000},
    {&us, "$1,234,567.89", INT64_C(12345678900)},
    {&us, "123,456", INT64_C(1234560000)},
    {&us, "-$12", -120000},
    {&us, "$-12", -120000},
    {&us, "($12.50)", -125000},
    {&us, "$(12.50)", -125000},
    {&us, "(12.50)", -125000},
    {&us, "12 $", 120000},
    {&us, "1,23.50", WRONG},
    {&us, "1234,567.00", WRONG},
    {&us, "12,34,567", WRONG},
    {&us, ",123", WRONG},
    {&us, "1,", WRONG},
    {&us, "1,,234", WRONG},
    {&us, "1.234,5", WRONG},
    {&us, "1,234567", WRONG},
    {&us, "(-12)", WRONG},
    {&us, "-(12)", WRONG},
    {&us, "(12", WRONG},
    {&us, "12)", WRONG},
    {&us, "()", WRONG},
    {&us, "$", WRONG},
    {&us, "$$1", WRONG},
    {&us, "$1$", WRONG},
    {&us, "12-", WRONG},
    {&us, "€1", WRONG},
    {&de, "1.234,50", 12345000},
    {&de, "1234,50-", -12345000},
    {&de, "12,50 €", 125000},
    {&de, "12,50€", 125000},
    {&de, "€ 12,50", 125000},
    {&de, "€12,50-", -125000},
    {&de, "12,50-€", -125000},
    {&de, "12,50- €", -125000},
    {&de, "-12,50\xc2\xa0€", -125000},
    {&de, "12,50\xe2\x80\xaf€", 125000},
    {&de, "1.234.567,8901", INT64_C(12345678901)},
    {&de, "1.50", WRONG},
    {&de, "-12,50-", WRONG},
    {&de, "(12,50)", WRONG},
    {&de, "12,50 \xe2\x82", WRONG},
    {&de, "922.337.203.685.477,5807", INT64_MAX},
    {&de, "922.337.203.685.477,5808-", INT64_MIN},
    {&de, "922.337.203.685.477,5808", WRONG},
    {&cn, "¥1,234.5", 12345000},
    {&cn, "1,234.5¥", 12345000},
    {&cn, "¥ -3", -30000},
    {&cn,
     "\xef\xbf\xa5"
     "3",
     WRONG}, /* the wide sign is another one */
    {&fr, "1 234,50 EUR", 12345000},
    {&fr, "EUR 1 234,50", 12345000},
    {&fr, "12 34,50", WRONG},
    {&fr, "1 234,50 eur", WRONG},
    {&all, "(€1,234.50)", -12345000},
    {&all, "€ (1,234.50)", -12345000},
    {&all, "1,234.50-", -12345000},
    {&all, "(1-)", WRONG},
};

START_TEST(each_notation)
{
    int64_t value = WRONG;
    bool read = ca_decimal_parse(ca_text_of(cases[_i].text), cases[_i].format, &value);
    ck_assert_msg(read == (cases[_i].value != WRONG) && value == cases[_i].value, "%s: %lld",
                  cases[_i].text, (long long)value);
    if (cases[_i].format != &plain)
        return;
    value = WRONG;
    read = ca_decimal_parse_plain(ca_text_of(cases[_i].text), &value);
    ck_assert_msg(read == (cases[_i].value != WRONG) && value == cases[_i].value, "plain %s: %lld",
                  cases[_i].text, (long long)value);
}
END_TEST

START_TEST(no_memory_behind_the_text_is_read)
{
    int64_t value = 0;
    ck_assert(ca_decimal_parse_plain((ca_text){"12.55", 4}, &value) && value == 125000);
    ck_assert(!ca_decimal_parse_plain((ca_text){0}, &value));
    ck_assert(!ca_decimal_parse((ca_text){0}, &all, &value));
    ck_assert(!ca_decimal_parse((ca_text){"1\0002", 3}, &plain, &value));
    ck_assert(!ca_decimal_parse_plain((ca_text){"1\0002", 3}, &value));
    ck_assert_int_eq(value, 125000);
}
END_TEST

START_TEST(one_sign_for_two_things_reads_nothing)
{
    ca_number_format odd = {.point = ',', .group = ','};
    ca_number_format point_by_default = {.group = '.'};
    int64_t value = WRONG;
    ck_assert(!ca_decimal_parse(CA_TEXT("1"), &odd, &value));
    ck_assert(!ca_decimal_parse(CA_TEXT("1"), &point_by_default, &value));
    ck_assert_int_eq(value, WRONG);
}
END_TEST

START_TEST(printing)
{
    static const struct {
        int64_t value;
        int places;
        const char *text;
    } prints[] = {{0, 0, "0"},
                  {0, 2, "0.00"},
                  {125000, 2, "12.50"},
                  {125000, 0, "12.5"},
                  {120000, 0, "12"},
                  {-1, 0, "-0.0001"},
                  {-1, 2, "-0.0001"},
                  {-5000, 1, "-0.5"},
                  {123400, 4, "12.3400"},
                  {123450, 2, "12.345"},
                  {INT64_MAX, 2, "922337203685477.5807"},
                  {INT64_MIN, 2, "-922337203685477.5808"},
                  {INT64_MIN, 4, "-922337203685477.5808"},
                  {INT64_C(-9223372036854770000), 4, "-922337203685477.0000"},
                  {10000, 9, "1.0000"},
                  {10000, -1, "1"}};
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        char text[CA_DECIMAL_SIZE];
        int len = ca_decimal_print(prints[i].value, prints[i].places, text);
        ck_assert_str_eq(text, prints[i].text);
        ck_assert_int_eq(len, (int)strlen(text));
    }
}
END_TEST

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 11 ^ *seed << 40;
}

/* Puts separators, another point, parentheses and a currency around a printed value. */
static void dress(const char *printed, const ca_number_format *format, char *ret_text)
{
    bool negative = *printed == '-';
    printed += negative;
    size_t whole = strcspn(printed, ".");
    if (negative)
        *ret_text++ = format->parentheses ? '(' : '-';
    ret_text += sprintf(ret_text, "%s", format->currency);
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            *ret_text++ = format->group;
        *ret_text++ = printed[i];
    }
    if (printed[whole])
        ret_text +=
            sprintf(ret_text, "%c%s", format->point ? format->point : '.', printed + whole + 1);
    sprintf(ret_text, "%s", negative && format->parentheses ? ")" : "");
}

START_TEST(random_values_in_all_notations)
{
    static const ca_number_format *const formats[] = {&us, &de, &cn, &fr, &all};
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&seed) >> (next_random(&seed) % 64);
        int64_t value = (int64_t)(next_random(&seed) % 2 ? 0 - bits : bits);
        int64_t read = WRONG, dressed = WRONG;
        char text[CA_DECIMAL_SIZE], long_text[64];
        ca_decimal_print(value, (int)(next_random(&seed) % 5), text);
        ck_assert_msg(ca_decimal_parse_plain(ca_text_of(text), &read) && read == value, "%s", text);
        const ca_number_format *format = formats[i % 5];
        dress(text, format, long_text);
        ck_assert_msg(ca_decimal_parse(ca_text_of(long_text), format, &dressed) && dressed == value,
                      "%s", long_text);
    }
}
END_TEST

START_TEST(both_lanes_refuse_and_accept_alike)
{
    static const char letters[] = "0123456789.-+,00";
    uint64_t seed = 11;
    for (int i = 0; i < 50000; i++) {
        char text[32];
        size_t len = next_random(&seed) % 24;
        for (size_t at = 0; at < len; at++)
            text[at] = letters[next_random(&seed) % (at == 0 ? 16 : at % 5 == 0 ? 13 : 11)];
        int64_t fast = WRONG, slow = WRONG;
        bool fast_read = ca_decimal_parse_plain((ca_text){text, len}, &fast);
        bool slow_read = ca_decimal_parse((ca_text){text, len}, &plain, &slow);
        ck_assert_msg(fast_read == slow_read && fast == slow, "%.*s", (int)len, text);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, each_notation, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tcase, no_memory_behind_the_text_is_read);
    tcase_add_test(tcase, one_sign_for_two_things_reads_nothing);
    tcase_add_test(tcase, printing);
    tcase_add_test(tcase, random_values_in_all_notations);
    tcase_add_test(tcase, both_lanes_refuse_and_accept_alike);
}

CA_CHECK_MAIN("base/decimal", add_tests)
