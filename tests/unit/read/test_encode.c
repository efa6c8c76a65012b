/* Lines to UTF-8, one at a time. */
#include <string.h>

#include "base/alloc.h"
#include "read/encode.h"
#include "support/check_main.h"

static ca_encoder *open_encoder(ca_encoding encoding)
{
    ca_encoder *encoder = NULL;
    ck_assert_int_eq(ca_encoder_new(encoding, &encoder, NULL), 0);
    return encoder;
}

START_TEST(ascii_stays_where_it_is)
{
    for (int encoding = 0; encoding < CA_ENC_COUNT; encoding++) {
        ca_encoder *encoder = open_encoder((ca_encoding)encoding);
        ca_text line = CA_TEXT("plain, 'ASCII' ~|@ text\t");
        ca_text out;
        ck_assert_int_eq(ca_encoder_line(encoder, line, &out, NULL), 0);
        ck_assert_ptr_eq(out.ptr, line.ptr);
        ck_assert_uint_eq(out.len, line.len);
        ca_encoder_free(encoder);
    }
    ca_encoder_free(NULL);
}
END_TEST

/* A line that failed leaves no trace in the next one. */
START_TEST(after_a_bad_line)
{
    ca_encoder *encoder = open_encoder(CA_ENC_GB18030);
    ca_text out;
    ck_assert_int_eq(ca_encoder_line(encoder, CA_TEXT("\xC4"), &out, NULL), CA_END);
    ck_assert_int_eq(ca_encoder_line(encoder, CA_TEXT("\xC4\xD0"), &out, NULL), 0);
    ck_assert(ca_text_is(out, "\xE7\x94\xB7"));
    ck_assert_int_eq(out.ptr[out.len], '\n');
    ck_assert_int_eq(ca_encoder_line(encoder, CA_TEXT("\xFF\xFF"), &out, NULL), CA_END);
    ck_assert_int_eq(ca_encoder_line(encoder, CA_TEXT("\x81\x30\x81\x30"), &out, NULL), 0);
    ck_assert(ca_text_is(out, "\xC2\x80"));
    ca_encoder_free(encoder);
}
END_TEST

/* Every byte of the one-byte encodings, against the tables of their standards. */
START_TEST(one_byte_encodings)
{
    static const unsigned windows[32] = {
        0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    for (int i = 0; i < 2; i++) {
        ca_encoder *encoder = open_encoder(i == 0 ? CA_ENC_WINDOWS_1252 : CA_ENC_LATIN_1);
        for (unsigned byte = 0x80; byte <= 0xFF; byte++) {
            unsigned code = i == 0 && byte < 0xA0 ? windows[byte - 0x80] : byte;
            char in = (char)byte;
            ca_text out;
            int result = ca_encoder_line(encoder, (ca_text){&in, 1}, &out, NULL);
            ck_assert_int_eq(result, code == 0 ? CA_END : 0);
            char utf8[3] = {(char)(0xC0 | code >> 6), (char)(0x80 | (code & 0x3F)), 0};
            if (code >= 0x800) {
                utf8[0] = (char)(0xE0 | code >> 12);
                utf8[1] = (char)(0x80 | (code >> 6 & 0x3F));
                utf8[2] = (char)(0x80 | (code & 0x3F));
            }
            if (code != 0) {
                ck_assert_uint_eq(out.len, code >= 0x800 ? 3 : 2);
                ck_assert(memcmp(out.ptr, utf8, out.len) == 0);
            }
        }
        ca_encoder_free(encoder);
    }
}
END_TEST

/* The line ends and the double quote are no part of any character, so lines can be cut before this.
 */
START_TEST(line_ends_are_never_trail_bytes)
{
    ca_encoder *encoder = open_encoder(CA_ENC_GB18030);
    for (unsigned lead = 0x80; lead <= 0xFF; lead++) {
        for (size_t i = 0; i < 4; i++) {
            char bytes[4] = {(char)lead, "\n\r\"\0"[i], '0', '0'};
            ca_text out;
            int result = ca_encoder_line(encoder, (ca_text){bytes, 2}, &out, NULL);
            if (result == 0) /* 0x80 and 0xFF may stand alone in some tables */
                ck_assert_int_eq(out.ptr[out.len - 1], bytes[1]);
        }
    }
    ca_encoder_free(encoder);
}
END_TEST

/* The quick check against the one of base, on all pairs and on edges of every form. */
START_TEST(utf8_checks_agree)
{
    unsigned char bytes[16];
    size_t differences = 0;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            static const unsigned char tails[][2] = {
                {0x80, 0x80}, {0xBF, 0xBF}, {0x7F, 0x80}, {0x80, 0xC0}, {'x', 'y'}};
            for (size_t i = 0; i < 5; i++) {
                memcpy(bytes, "abcdefgh", 8);
                bytes[8] = (unsigned char)a;
                bytes[9] = (unsigned char)b;
                memcpy(bytes + 10, tails[i], 2);
                for (size_t len = 9; len <= 12; len++) {
                    ca_text text = {(const char *)bytes + len % 3, len - len % 3};
                    differences += ca_encoder_utf8_valid(text) != ca_text_utf8_valid(text);
                }
            }
        }
    }
    ck_assert_uint_eq(differences, 0);
    ck_assert(ca_encoder_utf8_valid((ca_text){NULL, 0}));
}
END_TEST

START_TEST(memory_runs_out)
{
    int result = CA_NOMEM;
    for (uint64_t n = 1; result != 0; n++) {
        ca_encoder *encoder = NULL;
        ca_text out;
        ca_alloc_fail(n, 0);
        result = ca_encoder_new(CA_ENC_LATIN_1, &encoder, NULL);
        if (result == 0)
            result = ca_encoder_line(encoder, CA_TEXT("\xE9"), &out, NULL);
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(result, n <= 2 ? CA_NOMEM : 0);
        ca_encoder_free(encoder);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, ascii_stays_where_it_is);
    tcase_add_test(tcase, after_a_bad_line);
    tcase_add_test(tcase, one_byte_encodings);
    tcase_add_test(tcase, line_ends_are_never_trail_bytes);
    tcase_add_test(tcase, utf8_checks_agree);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("read/encode", add_tests)
