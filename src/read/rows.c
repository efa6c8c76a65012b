/* The reader's loop: each line first tries the fast lane, the others go to libcsv. */
#include "read/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "read/format.h"
#include "read/reader.h"

enum { READ_SIZE = 256 * 1024, READ_SIZE_MAX = 16 * 1024 * 1024 };

static void write_reasons(ca_rows *rows)
{
    const ca_csv_format *format = &rows->format;
    snprintf(rows->too_long, CA_REASON_SIZE, "record longer than max_record_bytes (%u)",
             (unsigned)format->max_record_bytes);
    snprintf(rows->cut, CA_REASON_SIZE,
             "record longer than max_record_bytes (%u); only its first %d bytes are kept",
             (unsigned)format->max_record_bytes, CA_ROW_RAW_MAX);
    snprintf(rows->too_many_lines, CA_REASON_SIZE,
             "record of more than max_record_lines (%u) lines", (unsigned)format->max_record_lines);
    snprintf(rows->too_wide, CA_REASON_SIZE, "more cells than max_columns (%u)",
             (unsigned)format->max_columns);
    snprintf(rows->not_valid, CA_REASON_SIZE, "not valid %s (declare the encoding in the profile)",
             ca_encoding_name(rows->declared));
}

static int set_up(ca_rows *rows, ca_source *source, size_t read_size, ca_error *err)
{
    write_reasons(rows);
    rows->split_format = (ca_split_format){rows->format.delimiter, rows->format.quote,
                                           rows->lane != CA_LANE_PLAIN_C};
    if (ca_cells_init(&rows->cells, rows->format.max_columns) < 0)
        return ca_error_nomem(err);
    int result = ca_lines_init(&rows->lines, source, read_size, err);
    if (result == 0)
        result = ca_encoder_new(rows->format.encoding, &rows->encoder, err);
    if (result == 0)
        result = ca_csv_lane_new(&rows->format, &rows->cells, &rows->csv, err);
    return result;
}

/* The source decodes UTF-16, so that what comes from it, and what is stored of it, is UTF-8. */
static ca_csv_format as_read(const ca_csv_format *format)
{
    ca_csv_format read = *format;
    read.encoding = format->encoding == CA_ENC_UTF16 ? CA_ENC_UTF8 : format->encoding;
    return read;
}

int ca_rows_open(ca_source *source, const ca_csv_format *format, size_t read_size, ca_lane lane,
                 ca_rows **ret_rows, ca_error *err)
{
    int result = ca_csv_format_check(format, err);
    if (result == 0 && source != NULL && format->encoding == CA_ENC_UTF16)
        result = ca_source_utf16(source, err);
    if (result < 0)
        return result;
    ca_rows *rows = ca_alloc_zero(1, sizeof(*rows));
    if (rows == NULL)
        return ca_error_nomem(err);
    rows->format = as_read(format);
    rows->declared = format->encoding;
    rows->lane = lane;
    size_t size = read_size == 0 ? READ_SIZE : read_size;
    result = set_up(rows, source, size < READ_SIZE_MAX ? size : READ_SIZE_MAX, err);
    if (result < 0) {
        ca_rows_close(rows);
        return result;
    }
    *ret_rows = rows;
    return 0;
}

void ca_rows_close(ca_rows *rows)
{
    if (rows == NULL)
        return;
    ca_csv_lane_free(rows->csv);
    ca_encoder_free(rows->encoder);
    ca_lines_done(&rows->lines);
    ca_cells_done(&rows->cells);
    ca_free(rows);
}

/* A byte order mark tells nothing that the profile does not; only the one of the declared encoding
 * is one. */
static int skip_mark(ca_rows *rows, ca_error *err)
{
    static const char utf8[] = "\xEF\xBB\xBF";
    static const char gb18030[] = "\x84\x31\x95\x33";
    ca_lines *lines = &rows->lines;
    const char *mark = rows->format.encoding == CA_ENC_UTF8      ? utf8
                       : rows->format.encoding == CA_ENC_GB18030 ? gb18030
                                                                 : "";
    size_t len = strlen(mark);
    while ((size_t)(lines->end - lines->at) < len) {
        int result = ca_lines_more(lines, err);
        if (result < 0)
            return result;
        if (result == CA_END)
            break;
    }
    if ((size_t)(lines->end - lines->at) >= len && memcmp(lines->at, mark, len) == 0)
        ca_lines_consume(lines, len, len);
    rows->begun = true;
    return 0;
}

void ca_reader_row(ca_rows *rows, size_t len, size_t used, ca_row *ret_row)
{
    rows->used = used;
    rows->used_length = used;
    *ret_row = (ca_row){
        .cells = rows->cells.items,
        .cell_count = rows->cells.count,
        .row = ++rows->row,
        .offset = rows->lines.offset,
        .raw = {rows->lines.at, len},
    };
}

void ca_reader_reject(ca_rows *rows, const ca_line *line, const char *reason, size_t column,
                      ca_row *ret_row)
{
    rows->used = line->len + line->end_len;
    rows->used_length = rows->used;
    *ret_row = (ca_row){
        .row = ++rows->row,
        .offset = rows->lines.offset,
        .raw = {rows->lines.at, line->len},
        .reject = reason,
        .reject_column = (uint32_t)column,
    };
}

/* A single line above max_record_bytes is rejected whole; what is too much to hold is dropped. */
static int reject_long_line(ca_rows *rows, ca_row *ret_row, ca_error *err)
{
    ca_line line;
    uint64_t dropped = 0;
    const char *reason = rows->too_long;
    int result = ca_lines_find(&rows->lines, 0, CA_ROW_RAW_MAX, &line, err);
    if (result == CA_LINES_TOO_LONG) {
        reason = rows->cut;
        result = ca_lines_drop(&rows->lines, CA_ROW_RAW_MAX, &dropped, &line, err);
    }
    if (result < 0)
        return result;
    ca_reader_reject(rows, &line, reason, 0, ret_row);
    rows->used_length += dropped;
    return 0;
}

int ca_rows_next(ca_rows *rows, ca_row *ret_row, ca_error *err)
{
    ca_lines_consume(&rows->lines, rows->used, rows->used_length);
    rows->used = 0;
    rows->used_length = 0;
    int result = rows->begun ? 0 : skip_mark(rows, err);
    if (result < 0)
        return result;
    for (bool searched = false;; searched = result == CA_STEP_MORE) {
        result = rows->lane == CA_LANE_LIBCSV ? CA_STEP_CSV : ca_reader_plain(rows, ret_row, err);
        if (result <= 0)
            return result;
        if (result == CA_STEP_BLANK)
            continue;
        ca_line line;
        int found = ca_lines_find(&rows->lines, 0, rows->format.max_record_bytes, &line, err);
        if (found == CA_LINES_TOO_LONG)
            return reject_long_line(rows, ret_row, err);
        if (found != 0)
            return found;
        if (result == CA_STEP_MORE && !searched)
            continue; /* the whole line is there now: split again */
        result = ca_reader_record(rows, &line, ret_row, err);
        if (result <= 0)
            return result;
    }
}

int ca_rows_parse_one(const ca_csv_format *format, ca_text raw, ca_rows **scratch, ca_row *ret_row,
                      ca_error *err)
{
    int result = 0;
    const ca_csv_format read = as_read(format);
    if (*scratch != NULL && !ca_csv_format_same(&(*scratch)->format, &read)) {
        ca_rows_close(*scratch);
        *scratch = NULL;
    }
    if (*scratch == NULL)
        result = ca_rows_open(NULL, &read, 1, CA_LANE_BOTH, scratch, err);
    ca_rows *rows = *scratch;
    if (result == 0)
        result = ca_lines_set(&rows->lines, raw, err);
    if (result < 0)
        return result;
    rows->begun = true; /* a byte order mark is not part of a row */
    rows->row = 0;
    rows->used = 0;
    rows->used_length = 0;
    ca_row row;
    result = ca_rows_next(rows, &row, err);
    if (result < 0)
        return result;
    if (result == CA_END || row.offset != 0 || rows->used != raw.len)
        return ca_error_set(err, CA_FAIL, "the stored bytes are not one record");
    if (row.reject != NULL)
        return ca_error_set(err, CA_FAIL, "the stored bytes are no record: %s", row.reject);
    *ret_row = row;
    return 0;
}
