/* Source rows for people: readable whatever the encoding of their file, and no command for a terminal. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/source_rows.h"
#include "read/encode.h"

static ca_error err;


static const struct {
    const char *encoding, *raw, *shown;
} rows[] = {
    {"utf-8", "", "    \n"},
    {"utf-8", "a,b\tc,\"d\"", "    a,b\tc,\"d\"\n"},
    {"utf-8", "Müller,10,72 €,门诊,\xF0\x9F\xA6\xB7", "    Müller,10,72 €,门诊,\xF0\x9F\xA6\xB7\n"},
    {"utf-8", "x\xFFy", "    x\\xFFy\n"},
    {"utf-8", "M\xFCller", "    M\\xFCller\n"},
    {"utf-8", "cut \xE2\x82", "    cut \\xE2\\x82\n"},
    {"utf-8", "half \xED\xA0\x80 pair", "    half \\xED\\xA0\\x80 pair\n"},
    {"utf-8", "long \xC0\xAF", "    long \\xC0\\xAF\n"},
    {"utf-8", "\x1B[31m\x7F\x01", "    \\x1B[31m\\x7F\\x01\n"},
    {"utf-8", "\xC2\x9B" "31m\xC2\x80\xC2\x9F\xC2\xA0", "    \\xC2\\x9B31m\\xC2\\x80\\xC2\\x9F\xC2\xA0\n"},
    {"utf-8", "\"two\r\nlines\",x", "    \"two\\x0D\n    lines\",x\n"},
    {"windows-1252", "10,72 \x80;M\xFCller;\x84quoted\x93", "    10,72 €;Müller;„quoted“\n"},
    {"windows-1252", "\x81\x8D\x8F\x90\x9D;\xE4", "    \\x81\\x8D\\x8F\\x90\\x9D;ä\n"},
    {"windows-1252", "a\x1B\r\nb\xDF", "    a\\x1B\\x0D\n    bß\n"},
    {"latin-1", "M\xFCller \xA4", "    Müller ¤\n"},
    {"latin-1", "\x9B" "31m;\x80;\x85", "    \\x9B31m;\\x80;\\x85\n"},
    {"gb18030", "\xC3\xC5\xD5\xEF,1,\x81\x30\x84\x36" "15.00", "    门诊,1,¥15.00\n"},
    {"gb18030", "\xC3\xC5\xFF\xD5\xEF,\x80,\xC3", "    门\\xFF诊,\\x80,\\xC3\n"},
    {"gb18030", "\xC3,\x81\x30\x84", "    \\xC3,\\x810\\x84\n"},
    {"gb18030", "\xC3\xC5\n\xD5\xEF\x1B", "    门\n    诊\\x1B\n"},
    {"gb18030", "\x90\x30\x81\x30", "    \xF0\x90\x80\x80\n"},
    /* Kept rows of UTF-16 files are UTF-8; what a later version may name is shown as far as it is. */
    {"utf-16", "10 €\xED\xA0\x80", "    10 €\\xED\\xA0\\x80\n"},
    {"koi8-r", "10 €\xC1", "    10 €\\xC1\n"},
    {"", "10 €\xC1", "    10 €\\xC1\n"},
};

START_TEST(rows_are_readable)
{
    ca_buf text;
    ca_buf_init(&text);
    ck_assert_int_eq(ca_source_row_text(ca_text_of(rows[_i].encoding), ca_text_of(rows[_i].raw), &text, &err), 0);
    ck_assert_str_eq(ca_buf_cstr(&text), rows[_i].shown);
    ca_buf_done(&text);
}
END_TEST

START_TEST(a_zero_byte_is_shown)
{
    ca_buf text;
    ca_buf_init(&text);
    ck_assert_int_eq(ca_source_row_text(CA_TEXT("gb18030"), CA_TEXT("a\0b\xC3\0"), &text, &err), 0);
    ck_assert_str_eq(ca_buf_cstr(&text), "    a\\x00b\\xC3\\x00\n");
    ca_buf_done(&text);
}
END_TEST

static uint32_t roll(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Character by character gives what the whole line gives, where that is valid. */
START_TEST(like_whole_lines)
{
    static const char *const names[] = {"utf-8", "windows-1252", "latin-1", "gb18030"};
    static const ca_encoding encodings[] = {CA_ENC_UTF8, CA_ENC_WINDOWS_1252, CA_ENC_LATIN_1, CA_ENC_GB18030};
    ca_encoder *encoder;
    ca_buf text;
    uint64_t state = 7 + (uint64_t)_i;
    unsigned valid = 0;
    ca_buf_init(&text);
    ck_assert_int_eq(ca_encoder_new(encodings[_i], &encoder, &err), 0);
    for (unsigned n = 0; n < 20000; n++) {
        char bytes[8];
        size_t len = 1 + roll(&state) % sizeof bytes;
        ca_text whole;
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (char)(roll(&state) % 3 ? 0xA0 + roll(&state) % 0x60 : '0' + roll(&state) % 10);
        }
        if (_i == 0 && len > 1) {
            bytes[0] = (char)(0xC3 + roll(&state) % 28);
            bytes[1] = (char)(0xA0 + roll(&state) % 32);
        }
        ck_assert_int_eq(ca_source_row_text(ca_text_of(names[_i]), (ca_text){bytes, len}, &text, &err), 0);
        bool has_escape = memchr(text.ptr, '\\', text.len) != NULL;
        int rc = ca_encoder_line(encoder, (ca_text){bytes, len}, &whole, &err);
        ck_assert_int_eq(rc, has_escape ? CA_END : 0);
        if (rc == 0) {
            ck_assert_uint_eq(text.len, whole.len + 5);
            ck_assert_mem_eq(text.ptr + 4, whole.ptr, whole.len);
            valid++;
        }
    }
    ck_assert_uint_gt(valid, 2000);
    ca_encoder_free(encoder);
    ca_buf_done(&text);
}
END_TEST

START_TEST(memory_runs_out)
{
    static const char raw[] = "\xC3\xC5\xD5\xEF,1,\x81\x30\x84\x36" "15.00";
    ca_buf text;
    unsigned failures = 0;
    for (uint64_t n = 1; n < 10; n++) {
        ca_buf_init(&text);
        ca_alloc_fail(n, _i);
        int rc = ca_source_row_text(CA_TEXT("gb18030"), ca_text_of(raw), &text, &err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        ck_assert(rc != 0 || strcmp(ca_buf_cstr(&text), "    门诊,1,¥15.00\n") == 0);
        failures += rc != 0;
        ca_buf_done(&text);
    }
    ck_assert_uint_gt(failures, 2);
}
END_TEST

static const struct {
    const char *bytes;
    size_t control;
} controls[] = {
    {"", 0},         {" ", 0},        {"\t", 0},           {"a\x1B", 0},     {"\x1B", 1},    {"\n", 1},
    {"\x7F", 1},     {"\xC2\x80", 2}, {"\xC2\x9Bx", 2},    {"\xC2\x9F", 2},  {"\xC2\xA0", 0}, {"\xC2", 0},
    {"\xC3\x9B", 0}, {"\x9B", 0},     {"\xE2\x82\xAC", 0},
};

START_TEST(what_is_a_control_character)
{
    ck_assert_uint_eq(ca_control_length(ca_text_of(controls[_i].bytes)), controls[_i].control);
}
END_TEST

START_TEST(data_is_no_command)
{
    char text[64] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    ck_assert_ptr_nonnull(out);
    ca_print_data(out, CA_TEXT("ä\x1B[1m\xC2\x9B" "1m\t\xC2"));
    fclose(out);
    ck_assert_str_eq(text, "ä\\x1B[1m\\xC2\\x9B1m\t\xC2");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, rows_are_readable, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tcase, a_zero_byte_is_shown);
    tcase_add_loop_test(tcase, like_whole_lines, 0, 4);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
    tcase_add_loop_test(tcase, what_is_a_control_character, 0, (int)(sizeof controls / sizeof *controls));
    tcase_add_test(tcase, data_is_no_command);
}

CA_CHECK_MAIN("cli/source_rows", add_tests)
