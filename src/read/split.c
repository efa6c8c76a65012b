/* The hottest loop of the program. A block of 64 bytes becomes a bit for each byte that matters,
 * and only those bytes are looked at: delimiters, quotes, and control characters up to CR, of which
 * LF, CR and NUL mean something. */
#include "read/split.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

/* Helpers are forced inline so that the state of a line stays in registers. */
#define INLINE static inline __attribute__((always_inline))

typedef struct cursor {
    const char *block;
    const char *limit;
    uint64_t marks;
    uint64_t high;
    uint64_t high_before; /* of the line's earlier blocks */
    char delimiter;
    char quote;
} cursor;

/* Eight bytes at a time, each in its own part of a word; results are in the highest bit of each
 * part. */
INLINE uint64_t each(unsigned byte)
{
    return UINT64_C(0x0101010101010101) * byte;
}

INLINE uint64_t load_word(const char *from)
{
    const unsigned char *bytes = (const unsigned char *)from;
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

/* Which bytes are at most `limit`, which is below 0x80. */
INLINE uint64_t at_most(uint64_t word, unsigned char limit)
{
    uint64_t above = (word & each(0x7F)) + each(0x7Fu - limit);
    return ~(above | word) & each(0x80);
}

/* The highest bits of the eight parts, side by side. */
INLINE uint64_t gather(uint64_t high_bits)
{
    return ((high_bits >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

INLINE void mark_bytes_plain(cursor *cur)
{
    const uint64_t delimiter = each((unsigned char)cur->delimiter);
    const uint64_t quote = each((unsigned char)cur->quote);
    uint64_t marks = 0;
    uint64_t high = 0;
    for (unsigned i = 0; i < BLOCK; i += 8) {
        uint64_t word = load_word(cur->block + i);
        uint64_t found = at_most(word ^ delimiter, 0) | at_most(word ^ quote, 0);
        marks |= gather(found | at_most(word, '\r')) << i;
        high |= gather(word & each(0x80)) << i;
    }
    cur->marks = marks;
    cur->high = high;
}

#if defined(__SSE2__)
INLINE void mark_bytes_sse2(cursor *cur)
{
    const __m128i delimiter = _mm_set1_epi8(cur->delimiter);
    const __m128i quote = _mm_set1_epi8(cur->quote);
    const __m128i control = _mm_set1_epi8('\r');
    uint64_t marks = 0;
    uint64_t high = 0;
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i bytes = _mm_load_si128((const __m128i *)(const void *)(cur->block + i));
        __m128i found =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, quote));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << i;
        high |= (uint64_t)(uint32_t)_mm_movemask_epi8(bytes) << i;
    }
    cur->marks = marks;
    cur->high = high;
}
#endif

INLINE void load_block(cursor *cur, bool vectors)
{
#if defined(__SSE2__)
    if (vectors)
        mark_bytes_sse2(cur);
    else
        mark_bytes_plain(cur);
#else
    (void)vectors;
    mark_bytes_plain(cur);
#endif
    size_t known = (size_t)(cur->limit - cur->block);
    if (known < BLOCK) {
        uint64_t keep = (UINT64_C(1) << known) - 1;
        cur->marks &= keep;
        cur->high &= keep;
    }
}

/* The next byte that matters, NULL when there is none before the limit. */
INLINE const char *next_mark(cursor *cur, bool vectors)
{
    while (cur->marks == 0) {
        cur->high_before |= cur->high;
        if (cur->limit - cur->block <= BLOCK) {
            cur->high = 0;
            return NULL;
        }
        cur->block += BLOCK;
        load_block(cur, vectors);
    }
    const char *mark = cur->block + __builtin_ctzll(cur->marks);
    cur->marks &= cur->marks - 1;
    return mark;
}

INLINE cursor start_line(const ca_split *split, const ca_split_format *format, const char *at,
                         const char *limit, bool vectors)
{
    cursor cur = {.limit = limit, .delimiter = format->delimiter, .quote = format->quote};
    if (split->next == at) {
        cur.block = split->block;
        cur.marks = split->marks;
        cur.high = split->high;
        return cur;
    }
    size_t before = (uintptr_t)at % BLOCK;
    cur.block = at - before;
    load_block(&cur, vectors);
    cur.marks &= UINT64_MAX << before;
    cur.high &= UINT64_MAX << before;
    return cur;
}

INLINE bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* An unquoted cell, without spaces and tabs at both ends, as libcsv has it. The margin lets the
 * byte before an empty cell be read. */
INLINE ca_text unquoted_cell(const char *from, const char *to)
{
    if (((unsigned char)*from <= ' ') | ((unsigned char)to[-1] <= ' ')) {
        while (from < to && is_blank(*from))
            from++;
        while (from < to && is_blank(to[-1]))
            to--;
    }
    return (ca_text){from, (size_t)(to - from)};
}

/* From the opening quote's mark to the closing quote: NULL when the line or the bytes end before
 * it. */
INLINE const char *closing_quote(cursor *cur, bool vectors, ca_split_result *ret_why)
{
    for (;;) {
        const char *mark = next_mark(cur, vectors);
        bool line_ends = mark != NULL && (*mark == '\n' || *mark == '\r' || *mark == '\0');
        bool closes = mark != NULL && *mark == cur->quote;
        if (mark == NULL || line_ends || (closes && mark + 1 == cur->limit)) {
            *ret_why = line_ends ? CA_SPLIT_ODD : CA_SPLIT_MORE;
            return NULL;
        }
        if (closes)
            return mark;
    }
}

/* The line end at `mark`: remembers where the next line begins. False for a CR that may be half of
 * a CRLF. */
INLINE bool end_line(cursor *cur, ca_split *split, const char *mark, ca_split_line *ret_line)
{
    uint64_t below = (UINT64_C(1) << (mark - cur->block)) - 1;
    ret_line->end = mark;
    ret_line->high = (cur->high_before | (cur->high & below)) != 0;
    split->block = cur->block;
    split->high = cur->high & ~below;
    split->marks = cur->marks;
    split->next = mark + 1;
    if (*mark == '\r') {
        if (mark + 1 == cur->limit)
            return false;
        if (mark[1] == '\n') {
            split->next = mark + 2;
            if (mark + 1 - cur->block < BLOCK)
                split->marks &= split->marks - 1;
            else
                split->next = NULL;
            ret_line->next = mark + 2;
            return true;
        }
    }
    ret_line->next = mark + 1;
    return true;
}

INLINE ca_split_result split_row(ca_split *split, const ca_split_format *format, const char *at,
                                 const char *limit, ca_cells *cells, bool vectors,
                                 ca_split_line *ret_line)
{
    cursor cur = start_line(split, format, at, limit, vectors);
    const char *cell = at;
    ca_text *to = cells->items;
    const ca_text *full = to + cells->cap;
    for (;;) {
        const char *mark = next_mark(&cur, vectors);
        if (mark == NULL)
            return CA_SPLIT_MORE;
        if (to == full)
            return CA_SPLIT_FULL;
        char c = *mark;
        if (c == cur.delimiter) {
            *to++ = unquoted_cell(cell, mark);
            cell = mark + 1;
            continue;
        }
        if (c == '\n' || c == '\r') {
            *to = unquoted_cell(cell, mark);
        } else if (c == '\0' || (c == cur.quote && mark != cell)) {
            return CA_SPLIT_ODD;
        } else if (c != cur.quote) {
            continue;
        } else {
            ca_split_result why;
            const char *close = closing_quote(&cur, vectors, &why);
            if (close == NULL)
                return why;
            c = close[1];
            if (c != cur.delimiter && c != '\n' && c != '\r')
                return CA_SPLIT_ODD;
            *to = (ca_text){cell + 1, (size_t)(close - cell - 1)};
            mark = next_mark(&cur, vectors);
            cell = mark + 1;
            if (c == cur.delimiter) {
                to++;
                continue;
            }
        }
        if (!end_line(&cur, split, mark, ret_line))
            return CA_SPLIT_MORE;
        if (to == cells->items && cell == at && to->len == 0)
            return CA_SPLIT_BLANK;
        cells->count = (size_t)(to + 1 - cells->items);
        return CA_SPLIT_ROW;
    }
}

ca_split_result ca_split_row(ca_split *split, const ca_split_format *format, const char *at,
                             const char *limit, ca_cells *cells, ca_split_line *ret_line)
{
    return format->vectors ? split_row(split, format, at, limit, cells, true, ret_line)
                           : split_row(split, format, at, limit, cells, false, ret_line);
}
