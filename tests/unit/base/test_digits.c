/* Numbers read eight digits at a time, against the readers that look at each byte. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/digits.h"
#include "support/check_main.h"

/* Of exactly this size, so that a sanitizer sees every byte too far. */
static ca_text copy_of(const char *cstr, char room[16])
{
    size_t len = strlen(cstr);
    memcpy(room + 16 - len, cstr, len);
    return (ca_text){room + 16 - len, len};
}

/* What is read must be right; *ret_read says whether it was. */
static bool agrees(const char *cstr, bool *ret_digits, bool *ret_decimal)
{
    char room[16];
    ca_text text = copy_of(cstr, room);
    uint32_t digits = 0;
    int64_t whole, decimal = 0, exact;
    *ret_digits = ca_digits_read(text, &digits);
    *ret_decimal = ca_decimal_parse_short(text, &decimal);
    return (!*ret_digits || (ca_text_to_int(text, &whole) && whole == digits)) &&
           (!*ret_decimal || (ca_decimal_parse_plain(text, &exact) && exact == decimal));
}

START_TEST(every_length)
{
    static const char *const numbers[] = {"0",    "7",     "10",     "999",     "1234",    "00000",
                                          "654321", "9999999", "12345678", "99999999", "00000001"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bool digits, decimal;
        ck_assert_msg(agrees(numbers[i], &digits, &decimal), "%s", numbers[i]);
        ck_assert_msg(digits && decimal, "%s", numbers[i]);
    }
}
END_TEST

START_TEST(two_places)
{
    static const char *const amounts[] = {"0.00", "1.25", "12.34", "999.99", "1000.01", "12345.67"};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        bool digits, decimal;
        ck_assert_msg(agrees(amounts[i], &digits, &decimal), "%s", amounts[i]);
        ck_assert_msg(!digits && decimal, "%s", amounts[i]);
    }
}
END_TEST

START_TEST(left_to_others)
{
    static const char *const others[] = {"",     "-",    ".",     ".5",     "5.",     "1.5",       ".25",
                                         "-1.25", "+3",  "1..2",  "1.2.34", "1,234",  "123456789", "123456.78",
                                         "12 3", "12x4", "x",     "1.234",  "/123",   ":123",      "1\xB2",
                                         "..12", "1.2x", "\20012", "12.3\xFF", "\x30\x3A"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bool digits, decimal;
        ck_assert_msg(agrees(others[i], &digits, &decimal), "%zu", i);
        ck_assert_msg(!digits && !decimal, "%zu", i);
    }
}
END_TEST

/* Every byte in every place of every length. */
START_TEST(no_byte_is_taken_for_a_digit)
{
    for (size_t len = 1; len <= 8; len++) {
        for (size_t at = 0; at < len; at++) {
            for (int byte = 1; byte < 256; byte++) {
                char number[9] = "18273645";
                bool digits, decimal;
                number[len] = '\0';
                number[at] = (char)byte;
                ck_assert_msg(agrees(number, &digits, &decimal), "%zu %zu %d", len, at, byte);
                ck_assert_int_eq(digits, byte >= '0' && byte <= '9');
                ck_assert_int_eq(decimal, digits || (byte == '.' && len > 3 && at == len - 3));
            }
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_length);
    tcase_add_test(tcase, two_places);
    tcase_add_test(tcase, left_to_others);
    tcase_add_test(tcase, no_byte_is_taken_for_a_digit);
}

CA_CHECK_MAIN("base/digits", add_tests)
