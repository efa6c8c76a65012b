/* libcsv, which decides what a record is. It is fed one physical line at a time, already in UTF-8.
 */
#ifndef CA_READ_LANE_LIBCSV_H
#define CA_READ_LANE_LIBCSV_H

#include "base/error.h"
#include "base/text.h"
#include "read/cells.h"
#include "read/rows.h"

typedef struct ca_csv_lane ca_csv_lane;

typedef enum ca_csv_state {
    CA_CSV_ROW,  /* the record is complete: its cells are set, borrowed until the next begin */
    CA_CSV_OPEN, /* a quoted field goes on in the next line */
    CA_CSV_STRAY_QUOTE, /* a quote inside an unquoted field */
    CA_CSV_STRAY_TEXT,  /* text behind a closing quote */
    CA_CSV_WIDE         /* more cells than allowed */
} ca_csv_state;

/* Borrows the cells. */
int ca_csv_lane_new(const ca_csv_format *format, ca_cells *cells, ca_csv_lane **ret_lane,
                    ca_error *err);
void ca_csv_lane_free(ca_csv_lane *lane);
void ca_csv_lane_begin(ca_csv_lane *lane); /* a new record, whatever became of the last one */
/* `end` is the line's end, "" at the end of the input. The line is not blank when it is a record's
 * first. */
int ca_csv_lane_feed(ca_csv_lane *lane, ca_text line, ca_text end, ca_csv_state *ret_state,
                     ca_error *err);

#endif
