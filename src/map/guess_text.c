/* The bytes of a file as UTF-8: refuses what is no text and finds the encoding. */
#include <string.h>

#include "map/guess_inner.h"
#include "read/encode.h"

/* How bytes above 0x7F stand together. */
typedef struct high_bytes {
    size_t pairs; /* two of A1 to FE: nearly every Chinese character */
    size_t fours; /* a character of four bytes, as GB18030 has */
    size_t weak;  /* one before an ASCII letter: Chinese, or an umlaut inside a word */
    size_t alone; /* possible in Western text only */
} high_bytes;

static unsigned char byte_at(ca_text text, size_t at)
{
    return at < text.len ? (unsigned char)text.ptr[at] : 0;
}

static bool starts(ca_text bytes, const char *mark, size_t len)
{
    return ca_text_starts(bytes, (ca_text){mark, len});
}

static bool is_four(ca_text text, size_t at)
{
    unsigned char second = byte_at(text, at + 1);
    unsigned char third = byte_at(text, at + 2);
    unsigned char fourth = byte_at(text, at + 3);
    return second >= '0' && second <= '9' && third >= 0x81 && third <= 0xFE && fourth >= '0' &&
           fourth <= '9';
}

static high_bytes count_high(ca_text text)
{
    high_bytes found = {0};
    for (size_t i = 0; i < text.len;) {
        unsigned char first = byte_at(text, i);
        unsigned char second = byte_at(text, i + 1);
        if (first < 0x80) {
            i++;
        } else if (first >= 0xA1 && first <= 0xFE && second >= 0xA1 && second <= 0xFE) {
            found.pairs++;
            i += 2;
        } else if (first >= 0x81 && first <= 0xFE && is_four(text, i)) {
            found.fours++;
            i += 4;
        } else if (first >= 0x81 && first <= 0xFE && second >= 0x40 && second != 0x7F &&
                   second != 0xFF) {
            found.weak++;
            i += 2;
        } else {
            found.alone++;
            i++;
        }
    }
    return found;
}

static void choose(ca_text bytes, guess_file *file)
{
    file->encoding = CA_ENC_UTF8;
    if (ca_text_utf8_valid(bytes)) {
        return;
    }
    high_bytes found = count_high(bytes);
    size_t chinese = found.pairs + found.fours;
    bool gb = chinese > found.weak && found.alone * 20 < chinese;
    file->encoding = gb ? CA_ENC_GB18030 : CA_ENC_WINDOWS_1252;
    file->encoding_doubt = gb ? found.alone > 0 : chinese * 4 > found.weak + found.alone;
}

size_t ca_guess_encoding(ca_text bytes, guess_file *file)
{
    file->encoding = CA_ENC_UTF8;
    file->big_endian = starts(bytes, "\xFE\xFF", 2);
    file->utf16 = file->big_endian || starts(bytes, "\xFF\xFE", 2);
    if (file->utf16) {
        return 2;
    }
    if (starts(bytes, "\x84\x31\x95\x33", 4)) {
        file->encoding = CA_ENC_GB18030;
        return 4;
    }
    choose(bytes, file);
    return file->encoding == CA_ENC_UTF8 && starts(bytes, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

/* --- What is no text ------------------------------------------------------------------------ */

int ca_guess_refuse(ca_text bytes, ca_error *err)
{
    bool wide = starts(bytes, "\xFE\xFF", 2) || starts(bytes, "\xFF\xFE", 2);
    size_t controls = 0;
    size_t zeros = 0;
    if (starts(bytes, "PK\x03\x04", 4) || starts(bytes, "\xD0\xCF\x11\xE0", 4)) {
        return ca_error_set(
            err, CA_CONFIG,
            "this is a workbook or an archive, not text; save it as CSV and give that");
    }
    if (starts(bytes, "%PDF", 4)) {
        return ca_error_set(err, CA_CONFIG, "this is a PDF, not text; ask for the data as CSV");
    }
    for (size_t i = 0; i < bytes.len && !wide; i++) {
        unsigned char byte = byte_at(bytes, i);
        zeros += byte == 0;
        controls += byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f';
    }
    if (zeros > 0 || controls * 20 > bytes.len) {
        return ca_error_set(err, CA_CONFIG,
                            "this is no text: a profile reads delimited text (CSV)");
    }
    return 0;
}

/* --- To UTF-8 ------------------------------------------------------------------------------- */

static void put_char(ca_buf *out, uint32_t c)
{
    if (c < 0x80) {
        ca_buf_add_char(out, (char)c);
    } else if (c < 0x800) {
        ca_buf_add_char(out, (char)(0xC0 | (c >> 6)));
        ca_buf_add_char(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        ca_buf_add_char(out, (char)(0xE0 | (c >> 12)));
        ca_buf_add_char(out, (char)(0x80 | ((c >> 6) & 0x3F)));
        ca_buf_add_char(out, (char)(0x80 | (c & 0x3F)));
    } else {
        ca_buf_add_char(out, (char)(0xF0 | (c >> 18)));
        ca_buf_add_char(out, (char)(0x80 | ((c >> 12) & 0x3F)));
        ca_buf_add_char(out, (char)(0x80 | ((c >> 6) & 0x3F)));
        ca_buf_add_char(out, (char)(0x80 | (c & 0x3F)));
    }
}

static uint32_t unit_at(ca_text bytes, size_t at, bool big)
{
    uint32_t first = byte_at(bytes, at);
    uint32_t second = byte_at(bytes, at + 1);
    return big ? first << 8 | second : second << 8 | first;
}

static void from_utf16(ca_text bytes, bool big, ca_buf *out)
{
    for (size_t i = 0; i + 1 < bytes.len; i += 2) {
        uint32_t unit = unit_at(bytes, i, big);
        uint32_t low = i + 3 < bytes.len ? unit_at(bytes, i + 2, big) : 0;
        if (unit >= 0xD800 && unit < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            put_char(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            i += 2;
        } else {
            put_char(out, unit == 0 || (unit >= 0xD800 && unit < 0xE000) ? '?' : unit);
        }
    }
}

/* Cells of a line that is not valid are not worth an error here: its high bytes become question marks. */
static int add_line(ca_encoder *encoder, ca_text line, ca_buf *out, ca_error *err)
{
    ca_text utf8 = {0};
    int rc = ca_encoder_line(encoder, line, &utf8, err);
    if (rc == CA_END) {
        for (size_t i = 0; i < line.len; i++) {
            ca_buf_add_char(out, byte_at(line, i) < 0x80 ? line.ptr[i] : '?');
        }
        rc = 0;
    } else if (rc == 0) {
        ca_buf_add_text(out, utf8);
    }
    ca_buf_add_char(out, '\n');
    return rc;
}

static int from_encoding(ca_text bytes, ca_encoding encoding, ca_buf *out, ca_error *err)
{
    ca_encoder *encoder = NULL;
    int rc = ca_encoder_new(encoding, &encoder, err);
    size_t at = 0;
    while (rc == 0 && at < bytes.len) {
        size_t end = at;
        while (end < bytes.len && bytes.ptr[end] != '\n' && bytes.ptr[end] != '\r') {
            end++;
        }
        rc = add_line(encoder, ca_text_sub(bytes, at, end - at), out, err);
        at = end + (byte_at(bytes, end) == '\r' && byte_at(bytes, end + 1) == '\n' ? 2 : 1);
    }
    ca_encoder_free(encoder);
    return rc;
}

int ca_guess_text(ca_arena *arena, ca_text bytes, const guess_file *file, ca_text *ret_text,
                  ca_error *err)
{
    ca_buf out;
    int rc = 0;
    ca_buf_init(&out);
    if (file->utf16) {
        from_utf16(bytes, file->big_endian, &out);
    } else {
        rc = from_encoding(bytes, file->encoding, &out, err);
    }
    if (rc == 0 && (out.failed || ca_arena_text(arena, ca_buf_text(&out), ret_text))) {
        rc = ca_error_nomem(err);
    }
    ca_buf_done(&out);
    return rc;
}
