/* Numbers of a model as bytes, least byte first. */
#ifndef CA_SCORE_MODEL_BYTES_H
#define CA_SCORE_MODEL_BYTES_H

#include <math.h>
#include <string.h>

#include "base/text.h"

#define CA_MODEL_MAGIC    "claimaudit model"
#define CA_MODEL_CHECK    8u         /* bytes of the checksum behind everything: XXH3-64 of all before */
#define CA_MODEL_NUMBER   1e100      /* larger numbers have no business in a model */

static inline void ca_model_put(ca_buf *to, uint64_t value, unsigned bytes)
{
    char out[8];
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (char)(value >> 8 * i & 0xff);
    ca_buf_add(to, out, bytes);
}

static inline void ca_model_put_number(ca_buf *to, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    ca_model_put(to, bits, 8);
}

static inline void ca_model_put_text(ca_buf *to, ca_text text)
{
    ca_model_put(to, text.len, 2);
    ca_buf_add_text(to, text);
}

/* Bytes that are left. After the first mistake `bad` is set, and all else is 0. */
typedef struct ca_model_in {
    const char *ptr;
    size_t left;
    bool bad;
} ca_model_in;

static inline uint64_t ca_model_get(ca_model_in *in, unsigned bytes)
{
    uint64_t value = 0;
    in->bad = in->bad || in->left < bytes;
    if (in->bad)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)in->ptr[i] << 8 * i;
    in->ptr += bytes;
    in->left -= bytes;
    return value;
}

/* A finite number from `low` to `high`. */
static inline double ca_model_get_number(ca_model_in *in, double low, double high)
{
    uint64_t bits = ca_model_get(in, 8);
    double number;
    memcpy(&number, &bits, sizeof number);
    in->bad = in->bad || !(number >= low && number <= high);
    return in->bad ? 0 : number;
}

static inline ca_text ca_model_get_text(ca_model_in *in)
{
    size_t len = (size_t)ca_model_get(in, 2);
    in->bad = in->bad || in->left < len;
    if (in->bad)
        return CA_TEXT("");
    ca_text text = {in->ptr, len};
    in->ptr += len;
    in->left -= len;
    return text;
}

/* How many things follow that take at least `bytes` each: no more than the bytes that are left allow. */
static inline size_t ca_model_get_count(ca_model_in *in, size_t bytes)
{
    uint64_t count = ca_model_get(in, 4);
    in->bad = in->bad || count > in->left / bytes;
    return in->bad ? 0 : (size_t)count;
}

#endif
