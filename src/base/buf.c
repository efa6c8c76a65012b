/* A growable buffer, and text as JSON in it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void ca_buf_init(ca_buf *buf)
{
    *buf = (ca_buf){0};
}

void ca_buf_init_in(ca_buf *buf, char *memory, size_t size)
{
    *buf = (ca_buf){.ptr = memory, .cap = size, .borrows = true};
}

void ca_buf_done(ca_buf *buf)
{
    if (!buf->borrows)
        ca_free(buf->ptr);
    ca_buf_init(buf);
}

void ca_buf_clear(ca_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

bool ca_buf_reserve(ca_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (more < buf->cap - buf->len) /* one byte stays free for the NUL of ca_buf_cstr */
        return true;
    size_t need = buf->len + more + 1;
    size_t cap = buf->cap < SIZE_MAX / 2 ? buf->cap * 2 : SIZE_MAX;
    if (cap < 64)
        cap = 64;
    if (cap < need)
        cap = need;
    char *ptr = need <= more ? NULL : ca_realloc(buf->borrows ? NULL : buf->ptr, cap);
    if (ptr == NULL) {
        buf->failed = true;
        return false;
    }
    if (buf->borrows)
        memcpy(ptr, buf->ptr, buf->len);
    buf->borrows = false;
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

void ca_buf_add(ca_buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !ca_buf_reserve(buf, len))
        return;
    memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
}

void ca_buf_add_text(ca_buf *buf, ca_text text)
{
    ca_buf_add(buf, text.ptr, text.len);
}

void ca_buf_add_cstr(ca_buf *buf, const char *cstr)
{
    ca_buf_add_text(buf, ca_text_of(cstr));
}

void ca_buf_add_char(ca_buf *buf, char c)
{
    ca_buf_add(buf, &c, 1);
}

void ca_buf_printf(ca_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        buf->failed = true;
    if (len < 0 || !ca_buf_reserve(buf, (size_t)len))
        return;
    va_start(args, format);
    vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

static void add_json_control(ca_buf *buf, unsigned char c)
{
    static const char names[] = "\b\f\n\r\t";
    static const char letters[] = "bfnrt";
    const char *name = c == 0 ? NULL : strchr(names, c);
    if (name != NULL) {
        ca_buf_add_char(buf, '\\');
        ca_buf_add_char(buf, letters[name - names]);
    } else {
        ca_buf_printf(buf, "\\u%04x", (unsigned)c);
    }
}

/* How many bytes from here on stand for themselves: nearly all do. */
static size_t plain_run(const unsigned char *bytes, size_t len)
{
    size_t count = 0;
    while (count < len && bytes[count] >= 0x20 && bytes[count] < 0x80 && bytes[count] != '"' && bytes[count] != '\\')
        count++;
    return count;
}

void ca_buf_add_json(ca_buf *buf, ca_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    ca_buf_add_char(buf, '"');
    for (size_t i = 0; i < text.len;) {
        size_t plain = plain_run(bytes + i, text.len - i);
        size_t len = plain ? plain : ca_text_utf8_char(ca_text_sub(text, i, SIZE_MAX), NULL);
        if (plain > 0) {
            ca_buf_add(buf, bytes + i, len);
        } else if (len == 0) {
            ca_buf_add_cstr(buf, "\xEF\xBF\xBD");
            len = 1;
        } else if (bytes[i] < 0x20) {
            add_json_control(buf, bytes[i]);
        } else {
            if (bytes[i] == '"' || bytes[i] == '\\')
                ca_buf_add_char(buf, '\\');
            ca_buf_add(buf, bytes + i, len);
        }
        i += len;
    }
    ca_buf_add_char(buf, '"');
}

ca_text ca_buf_text(const ca_buf *buf)
{
    return buf->ptr == NULL ? CA_TEXT("") : (ca_text){buf->ptr, buf->len};
}

const char *ca_buf_cstr(ca_buf *buf)
{
    if (!ca_buf_reserve(buf, 0))
        return "";
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}
