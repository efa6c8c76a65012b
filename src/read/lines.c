/* Holds the bytes from the current record on in one buffer that moves and grows as needed. */
#include "read/lines.h"

#include <string.h>

#include "base/alloc.h"

enum { SPARE = 64 * 1024 }; /* room beyond one read, so that most records fit without growing */

static size_t present(const ca_lines *lines)
{
    return (size_t)(lines->end - lines->at);
}

/* The line feed stands for the one that the last line may lack. */
static void set_end(ca_lines *lines, char *end)
{
    lines->end = end;
    if (lines->ended)
        *end = '\n';
    lines->generation++;
}

static int grow(ca_lines *lines, size_t room, ca_error *err)
{
    char *memory = ca_alloc_zero(1, room + 3 * CA_LINES_MARGIN);
    if (memory == NULL)
        return ca_error_nomem(err);
    char *first = memory + CA_LINES_MARGIN;
    first += (CA_LINES_MARGIN - (uintptr_t)first % CA_LINES_MARGIN) % CA_LINES_MARGIN;
    size_t len = lines->memory != NULL ? present(lines) : 0;
    if (len > 0)
        memcpy(first, lines->at, len);
    ca_free(lines->memory);
    lines->memory = memory;
    lines->room = room;
    lines->first = first;
    lines->at = first;
    set_end(lines, first + len);
    return 0;
}

int ca_lines_init(ca_lines *lines, ca_source *source, size_t read_size, ca_error *err)
{
    *lines = (ca_lines){.source = source, .read_size = read_size, .ended = source == NULL};
    return grow(lines, read_size + SPARE, err);
}

void ca_lines_done(ca_lines *lines)
{
    ca_free(lines->memory);
    *lines = (ca_lines){0};
}

int ca_lines_set(ca_lines *lines, ca_text bytes, ca_error *err)
{
    lines->at = lines->end = lines->first;
    if (bytes.len > lines->room) {
        int result = grow(lines, bytes.len, err);
        if (result < 0)
            return result;
    }
    if (bytes.len > 0)
        memcpy(lines->at, bytes.ptr, bytes.len);
    lines->offset = 0;
    lines->ended = true;
    set_end(lines, lines->at + bytes.len);
    return 0;
}

/* Room for one read behind `end`. */
static int make_room(ca_lines *lines, ca_error *err)
{
    const char *limit = lines->first + lines->room;
    if ((size_t)(limit - lines->end) >= lines->read_size)
        return 0;
    size_t len = present(lines);
    size_t needed = len + lines->read_size;
    if (needed > lines->room)
        return grow(lines, needed > 2 * lines->room ? needed : 2 * lines->room, err);
    memmove(lines->first, lines->at, len);
    lines->at = lines->first;
    set_end(lines, lines->first + len);
    return 0;
}

int ca_lines_more(ca_lines *lines, ca_error *err)
{
    if (lines->ended)
        return CA_END;
    int result = make_room(lines, err);
    if (result < 0)
        return result;
    int64_t got = ca_source_read(lines->source, lines->end, lines->read_size, err);
    if (got < 0)
        return (int)got;
    lines->ended = got == 0;
    set_end(lines, lines->end + got);
    return got == 0 ? CA_END : 0;
}

/* Looks for a line's end among the bytes present from *pos on, and moves *pos there or to where to
 * look when more bytes have come: a CR at the very end may be half of a CRLF. */
static bool find_end(const ca_lines *lines, size_t *pos, size_t *ret_end_len)
{
    const char *from = lines->at + *pos;
    size_t len = (size_t)(lines->end - from);
    const char *lf = memchr(from, '\n', len);
    const char *cr = memchr(from, '\r', lf != NULL ? (size_t)(lf - from) : len);
    if (cr == NULL) {
        *pos = (size_t)((lf != NULL ? lf : lines->end) - lines->at);
        *ret_end_len = lf != NULL ? 1 : 0;
        return lf != NULL || lines->ended;
    }
    *pos = (size_t)(cr - lines->at);
    *ret_end_len = lf == cr + 1 ? 2 : 1;
    return cr + 1 < lines->end || lines->ended;
}

int ca_lines_find(ca_lines *lines, size_t from, size_t len_max, ca_line *ret_line, ca_error *err)
{
    size_t pos = from;
    size_t end_len = 0;
    while (!find_end(lines, &pos, &end_len)) {
        if (pos - from > len_max)
            return CA_LINES_TOO_LONG;
        int result = ca_lines_more(lines, err);
        if (result < 0)
            return result;
    }
    if (pos == from && end_len == 0)
        return CA_END;
    if (pos - from > len_max)
        return CA_LINES_TOO_LONG;
    *ret_line = (ca_line){from, pos - from, end_len};
    return 0;
}

int ca_lines_drop(ca_lines *lines, size_t keep, uint64_t *ret_dropped, ca_line *ret_line,
                  ca_error *err)
{
    uint64_t dropped = 0;
    for (;;) {
        size_t pos = keep;
        size_t end_len = 0;
        bool found = find_end(lines, &pos, &end_len);
        char *kept = lines->at + keep;
        size_t rest = present(lines) - pos;
        memmove(kept, lines->at + pos, rest);
        dropped += pos - keep;
        set_end(lines, kept + rest);
        if (found) {
            *ret_dropped = dropped;
            *ret_line = (ca_line){0, keep, end_len};
            return 0;
        }
        int result = ca_lines_more(lines, err);
        if (result < 0)
            return result;
    }
}

void ca_lines_consume(ca_lines *lines, size_t bytes, uint64_t length)
{
    lines->at += bytes;
    lines->offset += length;
}
