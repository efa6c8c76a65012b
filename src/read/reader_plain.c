/* The reader's fast way: a line that is one plain record is split where it lies in the buffer. */
#include "read/reader.h"

/* More room for cells. Which lane says that a row is too wide must not matter, so libcsv says it.
 */
static int grow_cells(ca_rows *rows, ca_error *err)
{
    int result = ca_cells_grow(&rows->cells);
    if (result == CA_NOMEM)
        return ca_error_nomem(err);
    return result == CA_LIMIT ? CA_STEP_CSV : 0;
}

/* The fast lane on a line that had to be transcoded. */
static int split_transcoded(ca_rows *rows, ca_text line, ca_error *err)
{
    ca_text text;
    int result = ca_encoder_line(rows->encoder, line, &text, err);
    if (result != 0)
        return result < 0 ? result : CA_STEP_CSV;
    ca_split split = {0};
    ca_split_line found;
    const char *limit = text.ptr + text.len + 1; /* with the line feed behind it */
    ca_split_result kind =
        ca_split_row(&split, &rows->split_format, text.ptr, limit, &rows->cells, &found);
    return kind == CA_SPLIT_ROW ? CA_STEP_ROW : CA_STEP_CSV;
}

/* A line that the fast lane took: CA_STEP_CSV when it has to be looked at more closely. */
static int take_split(ca_rows *rows, const ca_split_line *line, bool blank, ca_row *ret_row,
                      ca_error *err)
{
    ca_lines *lines = &rows->lines;
    size_t len = (size_t)(line->end - lines->at);
    size_t used = (size_t)((line->next < lines->end ? line->next : lines->end) - lines->at);
    if (len > rows->format.max_record_bytes)
        return CA_STEP_CSV;
    if (blank) {
        ca_lines_consume(lines, used, used);
        return CA_STEP_BLANK;
    }
    bool transcoded = line->high && rows->format.encoding != CA_ENC_UTF8;
    if (line->high) {
        ca_text text = {lines->at, len};
        int result = transcoded                    ? split_transcoded(rows, text, err)
                     : ca_encoder_utf8_valid(text) ? CA_STEP_ROW
                                                   : CA_STEP_CSV;
        if (result != CA_STEP_ROW)
            return result;
    }
    ca_reader_row(rows, len, used, ret_row);
    ret_row->plain = line->plain && !transcoded;
    return CA_STEP_ROW;
}

int ca_reader_plain(ca_rows *rows, ca_row *ret_row, ca_error *err)
{
    ca_lines *lines = &rows->lines;
    if (lines->ended && lines->at == lines->end)
        return CA_STEP_MORE; /* the line feed behind the input is no blank line */
    if (rows->split_generation != lines->generation) {
        rows->split = (ca_split){0};
        rows->split_generation = lines->generation;
    }
    for (;;) {
        ca_split_line line;
        ca_split_result kind =
            ca_split_row(&rows->split, &rows->split_format, lines->at,
                         lines->ended ? lines->end + 1 : lines->end, &rows->cells, &line);
        switch (kind) {
        case CA_SPLIT_ROW:
            return take_split(rows, &line, false, ret_row, err);
        case CA_SPLIT_BLANK:
            return take_split(rows, &line, true, ret_row, err);
        case CA_SPLIT_ODD:
            return CA_STEP_CSV;
        case CA_SPLIT_MORE:
            return CA_STEP_MORE;
        case CA_SPLIT_FULL:
            break;
        }
        int result = grow_cells(rows, err);
        if (result != 0)
            return result;
    }
}
