/* The reader's sure way: a record is put together from physical lines until libcsv calls it
 * complete; one that fails gives up its first line only. */
#include "read/reader.h"

#include <string.h>

static bool is_blank(const ca_rows *rows, ca_text line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] != ' ' && line.ptr[i] != '\t') || line.ptr[i] == rows->format.delimiter)
            return false;
    return true;
}

/* Gives a physical line of a record to libcsv. *ret_reason is set when the record is none. */
static int feed_line(ca_rows *rows, const ca_line *line, ca_csv_state *ret_state,
                     const char **ret_reason, size_t *ret_column, ca_error *err)
{
    ca_text raw = {rows->lines.at + line->from, line->len};
    ca_text end = {raw.ptr + raw.len, line->end_len};
    *ret_column = 0;
    if (memchr(raw.ptr, '\0', raw.len) != NULL) {
        *ret_reason = "NUL byte";
        return 0;
    }
    ca_text text;
    int result = ca_encoder_line(rows->encoder, raw, &text, err);
    if (result == CA_END)
        *ret_reason = rows->not_valid;
    if (result != 0)
        return result < 0 ? result : 0;
    result = ca_csv_lane_feed(rows->csv, text, end, ret_state, err);
    if (result < 0)
        return result;
    *ret_column = rows->cells.count + 1;
    switch (*ret_state) {
    case CA_CSV_STRAY_QUOTE:
        *ret_reason = "a quote inside an unquoted field";
        break;
    case CA_CSV_STRAY_TEXT:
        *ret_reason = "text behind a closing quote";
        break;
    case CA_CSV_WIDE:
        *ret_reason = rows->too_wide;
        break;
    case CA_CSV_ROW:
    case CA_CSV_OPEN:
        break;
    }
    return 0;
}

/* Finds the line in which the quoted field goes on, or the reason why it cannot. */
static int continue_record(ca_rows *rows, size_t lines_so_far, ca_line *line,
                           const char **ret_reason, ca_error *err)
{
    size_t from = line->from + line->len + line->end_len;
    size_t max = rows->format.max_record_bytes;
    if (lines_so_far == rows->format.max_record_lines) {
        *ret_reason = rows->too_many_lines;
        return 0;
    }
    int result =
        from <= max ? ca_lines_find(&rows->lines, from, max - from, line, err) : CA_LINES_TOO_LONG;
    if (result == CA_LINES_TOO_LONG)
        *ret_reason = rows->too_long;
    if (result == CA_END)
        *ret_reason = "a quoted field is not closed before the end of the file";
    return result < 0 ? result : 0;
}

int ca_reader_record(ca_rows *rows, const ca_line *first, ca_row *ret_row, ca_error *err)
{
    if (is_blank(rows, (ca_text){rows->lines.at, first->len})) {
        ca_lines_consume(&rows->lines, first->len + first->end_len, first->len + first->end_len);
        return CA_STEP_BLANK;
    }
    ca_csv_lane_begin(rows->csv);
    ca_line line = *first;
    for (size_t count = 1;; count++) {
        ca_csv_state state = CA_CSV_OPEN;
        const char *reason = NULL;
        size_t column = 0;
        int result = feed_line(rows, &line, &state, &reason, &column, err);
        if (result == 0 && reason == NULL && state == CA_CSV_ROW) {
            size_t len = line.from + line.len;
            ca_reader_row(rows, len, len + line.end_len, ret_row);
            return CA_STEP_ROW;
        }
        if (result == 0 && reason == NULL)
            result = continue_record(rows, count, &line, &reason, err);
        if (result < 0)
            return result;
        if (reason != NULL) {
            ca_reader_reject(rows, first, reason, column, ret_row);
            return CA_STEP_ROW;
        }
    }
}
