/* The reader's insides, shared by its loop, the fast lane and the lane of libcsv. */
#ifndef CA_READ_READER_H
#define CA_READ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "read/cells.h"
#include "read/encode.h"
#include "read/lane_libcsv.h"
#include "read/lines.h"
#include "read/rows.h"
#include "read/split.h"

#define CA_REASON_SIZE 128

struct ca_rows {
    ca_lines lines;
    ca_csv_format format; /* as it is read: of UTF-16 its UTF-8 */
    ca_encoding declared;
    ca_lane lane;
    ca_split_format split_format;
    ca_split split;
    uint64_t split_generation; /* of the lines, that the marks in `split` belong to */
    ca_cells cells;
    ca_encoder *encoder;
    ca_csv_lane *csv;
    uint64_t row;
    bool begun;
    size_t used;          /* by the last row: bytes present … */
    uint64_t used_length; /* … and of the stream */
    char too_long[CA_REASON_SIZE];
    char cut[CA_REASON_SIZE];
    char too_many_lines[CA_REASON_SIZE];
    char too_wide[CA_REASON_SIZE];
    char not_valid[CA_REASON_SIZE];
};

/* What became of the line at hand; negative codes are errors. */
enum { CA_STEP_ROW = 0, CA_STEP_BLANK = 10, CA_STEP_CSV, CA_STEP_MORE };

/* A row whose cells are in place: `len` raw bytes, of which with the line end `used`. */
void ca_reader_row(ca_rows *rows, size_t len, size_t used, ca_row *ret_row);
/* Rejects the first physical line of the record. */
void ca_reader_reject(ca_rows *rows, const ca_line *line, const char *reason, size_t column,
                      ca_row *ret_row);

/* The line at hand by the fast lane: CA_STEP_CSV when libcsv has to decide, CA_STEP_MORE when the
 * line has not been read to its end. */
int ca_reader_plain(ca_rows *rows, ca_row *ret_row, ca_error *err);
/* The record that begins with this physical line, by libcsv: CA_STEP_ROW or CA_STEP_BLANK. */
int ca_reader_record(ca_rows *rows, const ca_line *first, ca_row *ret_row, ca_error *err);

#endif
