/* The hottest loop of the program. A block of 64 bytes becomes two bits for each byte: delimiters, and
 * others that matter: quotes, spaces, and control characters, of which LF, CR and NUL mean something.
 * Most lines are plain: delimiters up to the line end, which one pass over the bits cuts; any other
 * line is looked at mark by mark. */
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
    uint64_t delimiters;
    uint64_t others;
    uint64_t high;
    uint64_t high_before; /* of the line's earlier blocks */
    char delimiter;
    char quote;
    uint64_t each_delimiter, each_quote; /* eight of them: a single byte would reach a vector slowly, by memory */
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
    cur->delimiters = 0;
    cur->others = 0;
    cur->high = 0;
    for (unsigned i = 0; i < BLOCK; i += 8) {
        uint64_t word = load_word(cur->block + i);
        uint64_t other = at_most(word ^ cur->each_quote, 0) | at_most(word, ' ');
        cur->delimiters |= gather(at_most(word ^ cur->each_delimiter, 0)) << i;
        cur->others |= gather(other) << i;
        cur->high |= gather(word & each(0x80)) << i;
    }
}

#if defined(__SSE2__)
INLINE uint64_t bits_of(__m128i a, __m128i b, __m128i c, __m128i d)
{
    uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

INLINE __m128i other_bytes(__m128i bytes, __m128i quote)
{
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ')), bytes);
    return _mm_or_si128(low, _mm_cmpeq_epi8(bytes, quote));
}

INLINE void mark_bytes_sse2(cursor *cur)
{
    const __m128i delimiter = _mm_set1_epi64x((long long)cur->each_delimiter);
    const __m128i quote = _mm_set1_epi64x((long long)cur->each_quote);
    const __m128i *from = (const __m128i *)(const void *)cur->block;
    __m128i a = _mm_load_si128(from);
    __m128i b = _mm_load_si128(from + 1);
    __m128i c = _mm_load_si128(from + 2);
    __m128i d = _mm_load_si128(from + 3);
    cur->delimiters = bits_of(_mm_cmpeq_epi8(a, delimiter), _mm_cmpeq_epi8(b, delimiter),
                              _mm_cmpeq_epi8(c, delimiter), _mm_cmpeq_epi8(d, delimiter));
    cur->others = bits_of(other_bytes(a, quote), other_bytes(b, quote), other_bytes(c, quote),
                          other_bytes(d, quote));
    __m128i any = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
    cur->high = _mm_movemask_epi8(any) ? bits_of(a, b, c, d) : 0;
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
    cur->others &= ~cur->delimiters;
    size_t known = (size_t)(cur->limit - cur->block);
    if (known < BLOCK) {
        uint64_t keep = (UINT64_C(1) << known) - 1;
        cur->delimiters &= keep;
        cur->others &= keep;
        cur->high &= keep;
    }
}

/* False when there is none. */
INLINE bool next_block(cursor *cur, bool vectors)
{
    cur->high_before |= cur->high;
    if (cur->limit - cur->block <= BLOCK) {
        cur->high = 0;
        return false;
    }
    cur->block += BLOCK;
    load_block(cur, vectors);
    return true;
}

/* The next byte that matters, NULL when there is none before the limit. */
INLINE const char *next_mark(cursor *cur, bool vectors)
{
    while ((cur->delimiters | cur->others) == 0) {
        if (!next_block(cur, vectors))
            return NULL;
    }
    uint64_t marks = cur->delimiters | cur->others;
    uint64_t behind = marks & (marks - 1);
    cur->delimiters &= behind;
    cur->others &= behind;
    return cur->block + __builtin_ctzll(marks);
}

INLINE cursor start_line(const ca_split *split, const ca_split_format *format, const char *at,
                         const char *limit, bool vectors)
{
    cursor cur = {.limit = limit,
                  .delimiter = format->delimiter,
                  .quote = format->quote,
                  .each_delimiter = each((unsigned char)format->delimiter),
                  .each_quote = each((unsigned char)format->quote)};
    if (split->next == at) {
        cur.block = split->block;
        cur.delimiters = split->delimiters;
        cur.others = split->others;
        cur.high = split->high;
        return cur;
    }
    size_t before = (uintptr_t)at % BLOCK;
    cur.block = at - before;
    load_block(&cur, vectors);
    cur.delimiters &= UINT64_MAX << before;
    cur.others &= UINT64_MAX << before;
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
    split->delimiters = cur->delimiters;
    split->others = cur->others;
    split->next = mark + 1;
    if (*mark == '\r') {
        if (mark + 1 == cur->limit)
            return false;
        if (mark[1] == '\n') {
            split->next = mark + 2;
            if (mark + 1 - cur->block < BLOCK)
                split->others &= split->others - 1; /* the line feed comes first */
            else
                split->next = NULL;
            ret_line->next = mark + 2;
            return true;
        }
    }
    ret_line->next = mark + 1;
    return true;
}

/* A space or tab between other characters of an unquoted cell. */
INLINE bool is_inside(const cursor *cur, const char *at, const char *mark)
{
    return is_blank(*mark) && mark > at && mark[-1] != cur->delimiter && mark[1] != cur->delimiter &&
           mark[1] != '\n' && mark[1] != '\r';
}

/* Others of the block from its first line end on, 0 when there is none; false for a line that is not plain. */
INLINE bool find_line_end(const cursor *cur, const char *at, uint64_t *ret_others)
{
    for (uint64_t others = cur->others; others; others &= others - 1) {
        const char *mark = cur->block + __builtin_ctzll(others);
        if (*mark == '\n' || *mark == '\r') {
            *ret_others = others;
            return true;
        }
        if (!is_inside(cur, at, mark))
            return false;
    }
    *ret_others = 0;
    return true;
}

/* A line without quotes, and without blanks at the ends of cells. ODD: anything else, which is up to
 * split_marks. */
INLINE ca_split_result split_plain(ca_split *split, const ca_split_format *format, const char *at,
                                   const char *limit, ca_cells *cells, bool vectors,
                                   ca_split_line *ret_line)
{
    cursor cur = start_line(split, format, at, limit, vectors);
    const char *cell = at;
    ca_text *to = cells->items;
    const ca_text *last = to + cells->cap - 1;
    uint64_t others;
    for (;;) {
        if (!find_line_end(&cur, at, &others))
            return CA_SPLIT_ODD;
        uint64_t ends = cur.delimiters & ((others & -others) - 1); /* all of them without a line end */
        if (last - to < BLOCK && last - to < __builtin_popcountll(ends))
            return CA_SPLIT_ODD;
        cur.delimiters ^= ends;
        for (; ends; ends &= ends - 1) {
            const char *mark = cur.block + __builtin_ctzll(ends);
            to->ptr = cell;
            to->len = (size_t)(mark - cell);
            to++;
            cell = mark + 1;
        }
        if (others)
            break;
        if (!next_block(&cur, vectors))
            return CA_SPLIT_ODD;
    }
    const char *mark = cur.block + __builtin_ctzll(others);
    cur.others = others & (others - 1);
    *to = (ca_text){cell, (size_t)(mark - cell)};
    if (mark == at || !end_line(&cur, split, mark, ret_line))
        return CA_SPLIT_ODD;
    ret_line->plain = true;
    cells->count = (size_t)(to + 1 - cells->items);
    return CA_SPLIT_ROW;
}

/* Any line, mark by mark. */
INLINE ca_split_result split_marks(ca_split *split, const ca_split_format *format, const char *at,
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

INLINE ca_split_result split_row(ca_split *split, const ca_split_format *format, const char *at,
                                 const char *limit, ca_cells *cells, bool vectors,
                                 ca_split_line *ret_line)
{
    ca_split_result kind = split_plain(split, format, at, limit, cells, vectors, ret_line);
    if (kind == CA_SPLIT_ODD) {
        ret_line->plain = false;
        kind = split_marks(split, format, at, limit, cells, vectors, ret_line);
    }
    return kind;
}

ca_split_result ca_split_row(ca_split *split, const ca_split_format *format, const char *at,
                             const char *limit, ca_cells *cells, ca_split_line *ret_line)
{
    return format->vectors ? split_row(split, format, at, limit, cells, true, ret_line)
                           : split_row(split, format, at, limit, cells, false, ret_line);
}
