/* Text as pointer and length (never assumes a NUL), and a growable buffer. */
#ifndef CA_BASE_TEXT_H
#define CA_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ca_text {
    const char *ptr;
    size_t len;
} ca_text;

#define CA_TEXT(literal) ((ca_text){"" literal, sizeof(literal) - 1})

/* Copies bytes that are mostly few, without a call for up to 16. */
static inline void ca_copy_few(char *to, const char *from, size_t len)
{
    uint64_t first, last;
    uint32_t low, high;
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        memcpy(&low, from, 4);
        memcpy(&high, from + len - 4, 4);
        memcpy(to, &low, 4);
        memcpy(to + len - 4, &high, 4);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    }
}

/* Whether bytes that are mostly few are the same, without a call for up to 16. */
static inline bool ca_same_few(const char *a, const char *b, size_t len)
{
    uint64_t first_a, first_b, last_a, last_b;
    uint32_t low_a, low_b, high_a, high_b;
    if (len > 16)
        return memcmp(a, b, len) == 0;
    if (len >= 8) {
        memcpy(&first_a, a, 8);
        memcpy(&first_b, b, 8);
        memcpy(&last_a, a + len - 8, 8);
        memcpy(&last_b, b + len - 8, 8);
        return ((first_a ^ first_b) | (last_a ^ last_b)) == 0;
    }
    if (len >= 4) {
        memcpy(&low_a, a, 4);
        memcpy(&low_b, b, 4);
        memcpy(&high_a, a + len - 4, 4);
        memcpy(&high_b, b + len - 4, 4);
        return ((low_a ^ low_b) | (high_a ^ high_b)) == 0;
    }
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

ca_text ca_text_of(const char *cstr);                     /* NULL gives the empty text */
ca_text ca_text_sub(ca_text text, size_t from, size_t len);   /* clamps to the text */
bool ca_text_eq(ca_text a, ca_text b);
bool ca_text_is(ca_text a, const char *cstr);
int ca_text_cmp(ca_text a, ca_text b);                    /* bytewise, shorter first */
bool ca_text_starts(ca_text text, ca_text prefix);
ca_text ca_text_trim(ca_text text);                       /* spaces and tabs at both ends */
/* Takes the part before the next `separator` off *rest; false when *rest is used up (ptr == NULL). An empty
 * text yields one empty part. */
bool ca_text_next(ca_text *rest, char separator, ca_text *ret_part);
/* Glob with * and ? over bytes; no classes. */
bool ca_text_glob(ca_text pattern, ca_text text);
bool ca_text_to_int(ca_text text, int64_t *ret_value);    /* optional sign, digits only, overflow is false */
bool ca_text_utf8_valid(ca_text text);
/* Bytes of the well-formed UTF-8 character at the front, 0 when there is none; *ret_char (which may be
 * NULL) is its code point. */
size_t ca_text_utf8_char(ca_text text, uint32_t *ret_char);
/* Closest of `count` names within edit distance 1 + len/4 (neighbours swapped count once, capitals not at all; one letter at
 * least must be right), the first of equals, or NULL: for "did you mean …?". */
const char *ca_text_closest(ca_text text, const char *const *names, size_t count);

/* Growable bytes on the heap. A failed allocation sets `failed` and makes later calls no-ops, so it is
 * checked once, at the end. */
typedef struct ca_buf {
    char *ptr;
    size_t len;
    size_t cap;
    bool failed;
    bool borrows;    /* the memory is somebody else's, until there is more than fits */
} ca_buf;

void ca_buf_init(ca_buf *buf);
/* With the caller's memory (an array on the stack) to begin with: what is short then takes no other. */
void ca_buf_init_in(ca_buf *buf, char *memory, size_t size);
void ca_buf_done(ca_buf *buf);
void ca_buf_clear(ca_buf *buf);                                   /* keeps the memory and clears `failed` */
bool ca_buf_reserve(ca_buf *buf, size_t more);
void ca_buf_add(ca_buf *buf, const void *bytes, size_t len);
void ca_buf_add_text(ca_buf *buf, ca_text text);
void ca_buf_add_cstr(ca_buf *buf, const char *cstr);
void ca_buf_add_char(ca_buf *buf, char c);
void ca_buf_printf(ca_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void ca_buf_add_json(ca_buf *buf, ca_text text);
ca_text ca_buf_text(const ca_buf *buf);
const char *ca_buf_cstr(ca_buf *buf);                             /* NUL-terminated; "" when failed */

#endif
