/* Cuts the text into physical lines, then tries for each line whether the record that begins there
 * is complete after one line, two lines, three … each time from the start. */
#include "support/naive_rows.h"

#include <csv.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/row_dump.h"

typedef struct naive_line {
    size_t from;
    size_t len;
    size_t end_len;
} naive_line;

typedef struct naive {
    ca_text bytes;
    const ca_csv_format *format;
    ca_encoding declared;
    naive_line *lines;
    size_t line_count;
    char reason[200];
    size_t reason_column;
    /* the record being tried */
    ca_text *cells;
    size_t cell_count;
    bool complete;
} naive;

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void cut_lines(naive *all, size_t from)
{
    all->lines = must(calloc(all->bytes.len + 1, sizeof(naive_line)));
    while (from < all->bytes.len) {
        size_t to = from;
        while (to < all->bytes.len && all->bytes.ptr[to] != '\n' && all->bytes.ptr[to] != '\r')
            to++;
        size_t end_len = to < all->bytes.len ? 1 : 0;
        if (to + 1 < all->bytes.len && all->bytes.ptr[to] == '\r' && all->bytes.ptr[to + 1] == '\n')
            end_len = 2;
        all->lines[all->line_count++] = (naive_line){from, to - from, end_len};
        from = to + end_len;
    }
}

/* The text in UTF-8, on the heap; NULL when it is not valid. */
static char *transcode(const naive *all, ca_text text, size_t *ret_len)
{
    /* iconv lets characters beyond U+10FFFF pass. */
    if (all->format->encoding == CA_ENC_UTF8 && !ca_text_utf8_valid(text))
        return NULL;
    static const char *const names[] = {"UTF-8", "CP1252", "ISO-8859-1", "GB18030"};
    iconv_t how = iconv_open("UTF-8", names[all->format->encoding]);
    size_t room = text.len * 4 + 4;
    char *memory = must(malloc(room));
    char *copy = must(malloc(text.len + 1));
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    char *in = copy;
    char *out = memory;
    size_t in_len = text.len;
    size_t out_len = room;
    size_t result = iconv(how, &in, &in_len, &out, &out_len);
    iconv_close(how);
    free(copy);
    *ret_len = room - out_len;
    if (result != (size_t)-1 && in_len == 0)
        return memory;
    free(memory);
    return NULL;
}

static void forget_cells(naive *all)
{
    for (size_t i = 0; i < all->cell_count; i++)
        free((void *)(uintptr_t)all->cells[i].ptr);
    free(all->cells);
    all->cells = NULL;
    all->cell_count = 0;
    all->complete = false;
}

static void take_cell(void *bytes, size_t len, void *data)
{
    naive *all = data;
    char *copy = must(malloc(len + 1));
    memcpy(copy, bytes, len);
    all->cells = must(realloc(all->cells, (all->cell_count + 1) * sizeof(ca_text)));
    all->cells[all->cell_count++] = (ca_text){copy, len};
}

static void take_row(int end, void *data)
{
    (void)end;
    naive *all = data;
    all->complete = true;
}

static bool fail(naive *all, size_t column, const char *reason)
{
    snprintf(all->reason, sizeof(all->reason), "%s", reason);
    all->reason_column = column;
    return false;
}

/* libcsv on the whole record as far as it goes. */
static bool try_libcsv(naive *all, ca_text text, bool at_end)
{
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
    csv_set_blk_size(&parser, text.len + 128);
    csv_set_delim(&parser, (unsigned char)all->format->delimiter);
    csv_set_quote(&parser, (unsigned char)all->format->quote);
    forget_cells(all);
    size_t done = csv_parse(&parser, text.ptr, text.len, take_cell, take_row, all);
    bool quoted = parser.quoted;
    if (done == text.len && at_end)
        (void)csv_fini(&parser, take_cell, take_row, all);
    csv_free(&parser);
    if (done != text.len) {
        size_t max = all->format->max_columns;
        return fail(all, (all->cell_count < max ? all->cell_count : max) + 1,
                    quoted ? "text behind a closing quote" : "a quote inside an unquoted field");
    }
    if (all->cell_count > all->format->max_columns) {
        char reason[100];
        snprintf(reason, sizeof(reason), "more cells than max_columns (%u)",
                 (unsigned)all->format->max_columns);
        return fail(all, all->format->max_columns + 1, reason);
    }
    return true;
}

/* The record of lines first … last, which was incomplete without the last. */
static bool try_lines(naive *all, size_t first, size_t last)
{
    char reason[100];
    const naive_line *a = &all->lines[first];
    const naive_line *z = &all->lines[last];
    ca_text record = {all->bytes.ptr + a->from, z->from + z->len + z->end_len - a->from};
    if (record.len - z->end_len > all->format->max_record_bytes) {
        bool cut = first == last && record.len - z->end_len > CA_ROW_RAW_MAX;
        snprintf(reason, sizeof(reason), "record longer than max_record_bytes (%u)%s",
                 (unsigned)all->format->max_record_bytes,
                 cut ? "; only its first 1048576 bytes are kept" : "");
        return fail(all, first == last ? 0 : all->cell_count + 1, reason);
    }
    if (memchr(record.ptr, '\0', record.len) != NULL)
        return fail(all, 0, "NUL byte");
    size_t len;
    char *text = transcode(all, record, &len);
    if (text == NULL) {
        snprintf(reason, sizeof(reason), "not valid %s (declare the encoding in the profile)",
                 ca_encoding_name(all->declared));
        return fail(all, 0, reason);
    }
    bool fine = try_libcsv(all, (ca_text){text, len}, z->end_len == 0);
    free(text);
    if (!fine || all->complete)
        return fine;
    if (last + 1 - first == all->format->max_record_lines) {
        snprintf(reason, sizeof(reason), "record of more than max_record_lines (%u) lines",
                 (unsigned)all->format->max_record_lines);
        return fail(all, all->cell_count + 1, reason);
    }
    if (record.len > all->format->max_record_bytes) {
        snprintf(reason, sizeof(reason), "record longer than max_record_bytes (%u)",
                 (unsigned)all->format->max_record_bytes);
        return fail(all, all->cell_count + 1, reason);
    }
    if (last + 1 == all->line_count)
        return fail(all, all->cell_count + 1,
                    "a quoted field is not closed before the end of the file");
    return true;
}

static bool is_blank(const naive *all, const naive_line *line)
{
    for (size_t i = 0; i < line->len; i++) {
        char c = all->bytes.ptr[line->from + i];
        if ((c != ' ' && c != '\t') || c == all->format->delimiter)
            return false;
    }
    return line->len <= all->format->max_record_bytes;
}

static void add_character(ca_buf *out, uint32_t c)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    ca_buf_add_char(out, (char)(leads[size] | c >> 6 * (size - 1)));
    for (int i = size - 2; i >= 0; i--)
        ca_buf_add_char(out, (char)(0x80 | (c >> 6 * i & 0x3F)));
}

bool naive_utf16(ca_buf *out, ca_text bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    bool big = bytes.len >= 2 && in[0] == 0xFE && in[1] == 0xFF;
    if (bytes.len > 0 && !big && !(bytes.len >= 2 && in[0] == 0xFF && in[1] == 0xFE))
        return false;
    for (size_t i = 2; i + 1 < bytes.len; i += 2) {
        uint32_t c = (uint32_t)in[big ? i : i + 1] << 8 | in[big ? i + 1 : i];
        if (c >> 10 == 0x36 && i + 3 < bytes.len) {
            uint32_t low = (uint32_t)in[big ? i + 2 : i + 3] << 8 | in[big ? i + 3 : i + 2];
            if (low >> 10 == 0x37) {
                c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF));
                i += 2;
            }
        }
        add_character(out, c);
    }
    if (bytes.len % 2 == 1)
        ca_buf_add_char(out, '\xFF');
    return true;
}

static void dump_as(ca_buf *out, ca_text bytes, const ca_csv_format *format, ca_encoding declared);

void naive_rows_dump(ca_buf *out, ca_text bytes, const ca_csv_format *format)
{
    ca_buf decoded;
    ca_csv_format read = *format;
    if (format->encoding != CA_ENC_UTF16) {
        dump_as(out, bytes, format, format->encoding);
        return;
    }
    ca_buf_init(&decoded);
    read.encoding = CA_ENC_UTF8;
    if (naive_utf16(&decoded, bytes))
        dump_as(out, ca_buf_text(&decoded), &read, CA_ENC_UTF16);
    else
        ca_buf_add_cstr(out, "error: the file has no byte order mark of UTF-16: declare its "
                             "encoding in the profile, or have it exported with one\n");
    ca_buf_done(&decoded);
}

static void dump_as(ca_buf *out, ca_text bytes, const ca_csv_format *format, ca_encoding declared)
{
    naive all = {.bytes = bytes, .format = format, .declared = declared};
    const char *mark = format->encoding == CA_ENC_UTF8      ? "\xEF\xBB\xBF"
                       : format->encoding == CA_ENC_GB18030 ? "\x84\x31\x95\x33"
                                                            : "";
    size_t mark_len = strlen(mark);
    bool marked = bytes.len >= mark_len && memcmp(bytes.ptr, mark, mark_len) == 0;
    cut_lines(&all, marked ? mark_len : 0);
    uint64_t number = 0;
    for (size_t first = 0; first < all.line_count;) {
        naive_line *line = &all.lines[first];
        if (is_blank(&all, line)) {
            first++;
            continue;
        }
        size_t last = first;
        forget_cells(&all);
        while (try_lines(&all, first, last) && !all.complete)
            last++;
        ca_row row = {.row = ++number, .offset = line->from};
        if (all.complete && all.reason[0] == '\0') {
            row.cells = all.cells;
            row.cell_count = all.cell_count;
            row.raw = (ca_text){bytes.ptr + line->from,
                                all.lines[last].from + all.lines[last].len - line->from};
            first = last + 1;
        } else {
            row.reject = all.reason;
            row.reject_column = (uint32_t)all.reason_column;
            row.raw = (ca_text){bytes.ptr + line->from,
                                line->len < CA_ROW_RAW_MAX ? line->len : CA_ROW_RAW_MAX};
            first++;
        }
        row_dump(out, &row);
        forget_cells(&all);
        all.reason[0] = '\0';
    }
    free(all.lines);
}
