/* Transcodes lines with iconv, opened once. Lines of plain ASCII, which most are, never get here.
 */
#include "read/encode.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "read/split.h"

enum { GROWTH_MAX = 3 }; /* bytes of UTF-8 for one byte: the euro sign of Windows-1252 */

struct ca_encoder {
    ca_encoding encoding;
    iconv_t iconv;
    bool opened;
    char *memory;
    size_t room;
};

const char *ca_encoding_name(ca_encoding encoding)
{
    switch (encoding) {
    case CA_ENC_UTF8:
        return "utf-8";
    case CA_ENC_WINDOWS_1252:
        return "windows-1252";
    case CA_ENC_LATIN_1:
        return "latin-1";
    case CA_ENC_GB18030:
        return "gb18030";
    case CA_ENC_UTF16:
        return "utf-16";
    case CA_ENC_COUNT:
        break;
    }
    return "unknown";
}

static const char *iconv_name(ca_encoding encoding)
{
    return encoding == CA_ENC_LATIN_1 ? "ISO-8859-1" : ca_encoding_name(encoding);
}

int ca_encoder_new(ca_encoding encoding, ca_encoder **ret_encoder, ca_error *err)
{
    ca_encoder *encoder = ca_alloc_zero(1, sizeof(*encoder));
    if (encoder == NULL)
        return ca_error_nomem(err);
    encoder->encoding = encoding;
    if (encoding != CA_ENC_UTF8) {
        encoder->iconv = iconv_open("UTF-8", iconv_name(encoding));
        encoder->opened = encoder->iconv != (iconv_t)-1;
        if (!encoder->opened) {
            int errnum = errno;
            ca_encoder_free(encoder);
            return errnum == ENOMEM
                       ? ca_error_nomem(err)
                       : ca_error_set(
                             err, CA_FAIL,
                             "this system cannot convert from %s: install its character sets",
                             ca_encoding_name(encoding));
        }
    }
    *ret_encoder = encoder;
    return 0;
}

void ca_encoder_free(ca_encoder *encoder)
{
    if (encoder == NULL)
        return;
    if (encoder->opened)
        iconv_close(encoder->iconv);
    ca_free(encoder->memory);
    ca_free(encoder);
}

/* Eight bytes at a time. */
static size_t ascii_length(const char *bytes, size_t len)
{
    size_t i = 0;
    for (; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (i < len && (unsigned char)bytes[i] < 0x80)
        i++;
    return i;
}

bool ca_encoder_has_high(ca_text line)
{
    return ascii_length(line.ptr, line.len) < line.len;
}

/* Length of the character of several bytes at the front, 0 when it is none. */
static size_t long_character(const unsigned char *bytes, size_t len)
{
    unsigned char lead = bytes[0];
    size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || size > len)
        return 0;
    /* The second byte rules out overlong forms, surrogates, and what lies beyond U+10FFFF. */
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

bool ca_encoder_utf8_valid(ca_text text)
{
    size_t i = 0;
    while (i < text.len) {
        if ((unsigned char)text.ptr[i] < 0x80) {
            i += ascii_length(text.ptr + i, text.len - i);
            continue;
        }
        size_t size = long_character((const unsigned char *)text.ptr + i, text.len - i);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}

static int make_room(ca_encoder *encoder, size_t room, ca_error *err)
{
    if (room <= encoder->room)
        return 0;
    room += room / 2;
    char *memory = ca_alloc_zero(1, room + 2 * CA_SPLIT_MARGIN + 1);
    if (memory == NULL)
        return ca_error_nomem(err);
    ca_free(encoder->memory);
    encoder->memory = memory;
    encoder->room = room;
    return 0;
}

int ca_encoder_line(ca_encoder *encoder, ca_text line, ca_text *ret_utf8, ca_error *err)
{
    if (!ca_encoder_has_high(line)) {
        *ret_utf8 = line;
        return 0;
    }
    if (encoder->encoding == CA_ENC_UTF8) {
        if (!ca_encoder_utf8_valid(line))
            return CA_END;
        *ret_utf8 = line;
        return 0;
    }
    int result = make_room(encoder, line.len * GROWTH_MAX, err);
    if (result < 0)
        return result;
    /* iconv's prototype lacks the const that its behaviour has. */
    char *in;
    memcpy(&in, &line.ptr, sizeof(in));
    size_t in_left = line.len;
    char *start = encoder->memory + CA_SPLIT_MARGIN;
    char *out = start;
    size_t out_left = encoder->room;
    (void)iconv(encoder->iconv, NULL, NULL, NULL, NULL); /* forgets a line that failed */
    if (iconv(encoder->iconv, &in, &in_left, &out, &out_left) == (size_t)-1 || in_left > 0)
        return CA_END;
    *out = '\n';
    *ret_utf8 = (ca_text){start, (size_t)(out - start)};
    return 0;
}
