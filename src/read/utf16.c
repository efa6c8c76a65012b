/* Decodes UTF-16 of either byte order as it comes. */
#include "read/utf16.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

enum { IN_SIZE = 64 * 1024, LONGEST = 4 };

struct ca_utf16 {
    ca_utf16_read read;
    void *context;
    bool little;
    bool ended;
    size_t from, to; /* bytes of `in` not yet used */
    size_t given;    /* of `out` */
    size_t made;
    unsigned char out[LONGEST]; /* the character at hand */
    unsigned char in[IN_SIZE];
};

/* Reads until `wanted` bytes are there or the input ends. */
static int fill(ca_utf16 *utf16, size_t wanted, ca_error *err)
{
    if (utf16->to - utf16->from >= wanted || utf16->ended)
        return 0;
    memmove(utf16->in, utf16->in + utf16->from, utf16->to - utf16->from);
    utf16->to -= utf16->from;
    utf16->from = 0;
    while (utf16->to < wanted && !utf16->ended) {
        int64_t got =
            utf16->read(utf16->context, utf16->in + utf16->to, IN_SIZE - utf16->to, err);
        if (got < 0)
            return (int)got;
        utf16->ended = got == 0;
        utf16->to += (size_t)got;
    }
    return 0;
}

static uint32_t unit_at(const ca_utf16 *utf16, size_t at)
{
    const unsigned char *bytes = utf16->in + utf16->from + at;
    return utf16->little ? (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8
                         : (uint32_t)bytes[1] | (uint32_t)bytes[0] << 8;
}

static int read_mark(ca_utf16 *utf16, ca_error *err)
{
    int result = fill(utf16, 2, err);
    if (result < 0 || utf16->to == 0)
        return result;
    bool little = utf16->to >= 2 && utf16->in[0] == 0xFF && utf16->in[1] == 0xFE;
    bool big = utf16->to >= 2 && utf16->in[0] == 0xFE && utf16->in[1] == 0xFF;
    if (!little && !big)
        return ca_error_set(err, CA_CONFIG,
                            "the file has no byte order mark of UTF-16: declare its encoding in "
                            "the profile, or have it exported with one");
    utf16->little = little;
    utf16->from = 2;
    return 0;
}

int ca_utf16_new(ca_utf16_read read, void *context, ca_utf16 **ret_utf16, ca_error *err)
{
    ca_utf16 *utf16 = ca_alloc(sizeof(*utf16));
    if (utf16 == NULL)
        return ca_error_nomem(err);
    utf16->read = read;
    utf16->context = context;
    utf16->little = false;
    utf16->ended = false;
    utf16->from = utf16->to = 0;
    utf16->given = utf16->made = 0;
    int result = read_mark(utf16, err);
    if (result < 0) {
        ca_free(utf16);
        return result;
    }
    *ret_utf16 = utf16;
    return 0;
}

void ca_utf16_free(ca_utf16 *utf16)
{
    ca_free(utf16);
}

static size_t encode(uint32_t c, unsigned char *to)
{
    if (c < 0x80) {
        to[0] = (unsigned char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        to[i] = (unsigned char)(0x80 | (c & 0x3F));
    to[0] = (unsigned char)(leads[size] | c);
    return size;
}

/* The next character into `out`; CA_END when there is none. */
static int make(ca_utf16 *utf16, ca_error *err)
{
    int result = fill(utf16, 2, err);
    if (result < 0)
        return result;
    utf16->given = 0;
    if (utf16->to - utf16->from < 2) {
        utf16->made = utf16->to - utf16->from;
        utf16->out[0] = 0xFF;
        utf16->from = utf16->to;
        return utf16->made == 0 ? CA_END : 0;
    }
    uint32_t c = unit_at(utf16, 0);
    size_t used = 2;
    if (c >= 0xD800 && c < 0xDC00) {
        result = fill(utf16, 4, err);
        if (result < 0)
            return result;
        uint32_t low = utf16->to - utf16->from >= 4 ? unit_at(utf16, 2) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            used = 4;
        }
    }
    utf16->made = encode(c, utf16->out);
    utf16->from += used;
    return 0;
}

/* Characters of ASCII, which most are, as far as they lie ready. */
static size_t give_ascii(ca_utf16 *utf16, unsigned char *bytes, size_t len)
{
    size_t given = 0;
    while (given < len && utf16->to - utf16->from >= 2) {
        uint32_t c = unit_at(utf16, 0);
        if (c >= 0x80)
            break;
        bytes[given++] = (unsigned char)c;
        utf16->from += 2;
    }
    return given;
}

int64_t ca_utf16_give(ca_utf16 *utf16, unsigned char *bytes, size_t len, ca_error *err)
{
    size_t given = 0;
    while (given < len) {
        if (utf16->given < utf16->made) {
            bytes[given++] = utf16->out[utf16->given++];
            continue;
        }
        given += give_ascii(utf16, bytes + given, len - given);
        int result = given < len ? make(utf16, err) : 0;
        if (result < 0)
            return result;
        if (result == CA_END)
            break;
    }
    return (int64_t)given;
}
