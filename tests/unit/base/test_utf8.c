/* UTF-8: the borders of every form, and every code point there and back. */
#include "base/text.h"
#include "support/check_main.h"

START_TEST(well_formed)
{
    static const char *const good[] = {
        "",
        "abc",
        "é",
        "男",
        "\xF0\x9F\x8F\xA5",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "\x01",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2x",
        "\xE0\x9F\xBF",
        "\xE0\xA0",
        "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "ab\xE7\x94",
        "\xE7\x94x",
        "\xF0\x9F\x8F",
        "\xF0\x9F\x8Fx",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ck_assert_msg(ca_text_utf8_valid(ca_text_of(good[i])), "good %zu", i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!ca_text_utf8_valid(ca_text_of(bad[i])), "bad %zu", i);
    ck_assert(ca_text_utf8_valid(CA_TEXT("a\0b")));
    ck_assert(ca_text_utf8_valid((ca_text){NULL, 0}));
}
END_TEST

/* The bytes of a code point; surrogates too, which must then be refused. */
static size_t encode(uint32_t c, char ret_bytes[4])
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = len; i-- > 0; c >>= 6)
        ret_bytes[i] = (char)(i == 0 ? lead[len] | c : 0x80 | (c & 0x3F));
    return len;
}

START_TEST(every_code_point)
{
    for (uint32_t c = 0; c <= 0x1FFFFF; c++) {
        char bytes[5] = "";
        size_t len = encode(c, bytes);
        bool valid = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        uint32_t got = 0xFFFFFFFF;
        size_t got_len = ca_text_utf8_char((ca_text){bytes, len + 1}, &got);
        if (got_len != (valid ? len : 0) || got != (valid ? c : 0xFFFFFFFF))
            ck_abort_msg("U+%04X", (unsigned)c);
        if (len > 1 && ca_text_utf8_char((ca_text){bytes, len - 1}, NULL) != 0)
            ck_abort_msg("half of U+%04X", (unsigned)c);
    }
    ck_assert_uint_eq(ca_text_utf8_char((ca_text){NULL, 0}, NULL), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, well_formed);
    tcase_add_test(tcase, every_code_point);
}

CA_CHECK_MAIN("base/utf8", add_tests)
