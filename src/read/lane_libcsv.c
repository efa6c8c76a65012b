/* Adapts libcsv: its callbacks cannot fail and its strict mode sticks after an error, so failures
 * are kept in the lane and every record starts afresh. */
#include "read/lane_libcsv.h"

#include <csv.h>

#include "base/alloc.h"

enum { OPTIONS = CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL, BLOCK = 16 * 1024 };

struct ca_csv_lane {
    struct csv_parser parser;
    ca_cells *cells; /* borrowed; pointers are set when the record is complete */
    ca_buf text;     /* the cells' bytes, one behind the other */
    bool complete;
    bool wide;
    bool no_memory;
};

int ca_csv_lane_new(const ca_csv_format *format, ca_cells *cells, ca_csv_lane **ret_lane,
                    ca_error *err)
{
    ca_csv_lane *lane = ca_alloc_zero(1, sizeof(*lane));
    if (lane == NULL)
        return ca_error_nomem(err);
    if (csv_init(&lane->parser, OPTIONS) != 0) {
        ca_free(lane);
        return ca_error_set(err, CA_FAIL, "libcsv could not be started");
    }
    csv_set_realloc_func(&lane->parser, ca_realloc);
    csv_set_free_func(&lane->parser, ca_free);
    csv_set_blk_size(&lane->parser, BLOCK);
    csv_set_delim(&lane->parser, (unsigned char)format->delimiter);
    csv_set_quote(&lane->parser, (unsigned char)format->quote);
    lane->cells = cells;
    ca_buf_init(&lane->text);
    *ret_lane = lane;
    return 0;
}

void ca_csv_lane_free(ca_csv_lane *lane)
{
    if (lane == NULL)
        return;
    csv_free(&lane->parser);
    ca_buf_done(&lane->text);
    ca_free(lane);
}

void ca_csv_lane_begin(ca_csv_lane *lane)
{
    /* Without the strict options csv_fini resets the parser from any state and keeps its memory;
     * without callbacks the half row goes nowhere. */
    (void)csv_set_opts(&lane->parser, 0);
    (void)csv_fini(&lane->parser, NULL, NULL, NULL);
    (void)csv_set_opts(&lane->parser, OPTIONS);
    ca_buf_clear(&lane->text);
    lane->cells->count = 0;
    lane->complete = lane->wide = lane->no_memory = false;
}

/* The text was given room for every byte fed, so that only the cells can want memory. */
static void take_cell(void *bytes, size_t len, void *data)
{
    ca_csv_lane *lane = data;
    ca_cells *cells = lane->cells;
    if (lane->wide || lane->no_memory)
        return;
    if (cells->count == cells->cap) {
        int result = ca_cells_grow(cells);
        lane->wide = result == CA_LIMIT;
        lane->no_memory = result == CA_NOMEM;
        if (result < 0)
            return;
    }
    ca_buf_add(&lane->text, bytes, len);
    cells->items[cells->count++] = (ca_text){NULL, len};
}

static void take_row(int end, void *data)
{
    (void)end;
    ca_csv_lane *lane = data;
    lane->complete = true;
}

/* libcsv stops at the byte it does not like. */
static bool parse(ca_csv_lane *lane, ca_text bytes)
{
    return csv_parse(&lane->parser, bytes.ptr, bytes.len, take_cell, take_row, lane) == bytes.len;
}

static void set_pointers(ca_csv_lane *lane)
{
    const char *from = lane->text.ptr;
    for (size_t i = 0; i < lane->cells->count; i++) {
        lane->cells->items[i].ptr = from;
        from += lane->cells->items[i].len;
    }
}

int ca_csv_lane_feed(ca_csv_lane *lane, ca_text line, ca_text end, ca_csv_state *ret_state,
                     ca_error *err)
{
    if (!ca_buf_reserve(&lane->text, line.len + end.len))
        return ca_error_nomem(err);
    bool fine = parse(lane, line) && parse(lane, end);
    if (lane->no_memory || (!fine && csv_error(&lane->parser) != CSV_EPARSE))
        return ca_error_nomem(err);
    if (!fine) {
        *ret_state = lane->parser.quoted ? CA_CSV_STRAY_TEXT : CA_CSV_STRAY_QUOTE;
        return 0;
    }
    if (end.len == 0) /* fails inside a quoted field, which is then still open */
        (void)csv_fini(&lane->parser, take_cell, take_row, lane);
    if (lane->no_memory)
        return ca_error_nomem(err);
    if (lane->wide) {
        *ret_state = CA_CSV_WIDE;
        return 0;
    }
    if (lane->complete)
        set_pointers(lane);
    *ret_state = lane->complete ? CA_CSV_ROW : CA_CSV_OPEN;
    return 0;
}
