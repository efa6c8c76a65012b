/* Dropped and undone lines were judged before anyone could know: they are read again and judged again, and what the
 * line rules counted for them is taken back. Lines of claims that came in several files are joined again. */
#include "run/pieces.h"
#include "run/several.h"
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

struct undo {
    ca_scan_state *scan;
    ca_mapper *mapper;            /* of the current file */
    ca_rows *parser;
    uint32_t file;
    bool any;
    ca_place last;                /* row whose lines are in the batch */
    unsigned last_from;
    uint64_t dropped[CA_BATCH_ROWS / 64];
    uint64_t undone[CA_BATCH_ROWS / 64];
    bool any_undone;
    const ca_place *joined;       /* of lines of several files, by file, row and number */
    size_t joined_count;
    const ca_place *found;        /* the place of the line that comes next */
};

static int flush(struct undo *undo, ca_error *err)
{
    ca_scan_state *scan = undo->scan;
    ca_joins ignored;
    memset(&ignored, 0, sizeof ignored);
    ca_frame frame = {.units = scan->batch,
                      .date_column = CA_F_SERVICE_DATE,
                      .codes = &scan->setup->codes};
    if (scan->batch->rows == 0) {
        return 0;
    }
    int rc = ca_facts_join(scan->facts, scan->batch, 0, scan->joined, &ignored, err);
    if (rc == 0) {
        ca_gate_change(scan->setup->codes.gate);    /* others settle claims meanwhile */
        rc = ca_refs_sync(scan->setup->refs, err);
        ca_gate_leave(scan->setup->codes.gate);
    }
    if (rc == 0) {
        rc = ca_judge(scan, &frame, &scan->line_rules, undo->dropped, -1, NULL, err);
    }
    if (rc == 0 && undo->any_undone) {
        rc = ca_judge(scan, &frame, &scan->live_rules, undo->undone, -1, NULL, err);
    }
    for (unsigned w = 0; w < sizeof undo->dropped / sizeof *undo->dropped; w++) {
        undo->dropped[w] = w < scan->batch->words ? (undo->dropped[w] | undo->undone[w]) & scan->batch->live[w] : 0;
    }
    rc = rc ? rc : ca_several_take_back(scan, &frame, undo->dropped, err);
    ca_batch_clear(scan->batch);
    memset(undo->dropped, 0, sizeof undo->dropped);
    memset(undo->undone, 0, sizeof undo->undone);
    return rc;
}

static int switch_file(struct undo *undo, const ca_place *place, ca_error *err)
{
    int rc = flush(undo, err);
    ca_mapper_free(undo->mapper);
    ca_rows_close(undo->parser);
    undo->mapper = NULL;
    undo->parser = NULL;
    undo->file = place->file;
    undo->any = true;
    return rc ? rc : ca_open_mapper(undo->scan, place->file, &undo->mapper, err);
}

static int map_row(struct undo *undo, const ca_place *place, ca_text raw, ca_error *err)
{
    ca_scan_state *scan = undo->scan;
    ca_row row;
    ca_mapped mapped = {0};
    int rc = ca_rows_parse_one(&scan->files[place->file].format, raw, &undo->parser, &row, err);
    if (rc) {
        return rc;
    }
    row.row = place->row;
    row.offset = place->offset;
    rc = ca_mapper_row(undo->mapper, &row, place->file, scan->batch, &mapped, err);
    if (rc == CA_END) {
        rc = flush(undo, err);
        rc = rc ? rc : ca_mapper_row(undo->mapper, &row, place->file, scan->batch, &mapped, err);
    }
    if (rc == 0 && (mapped.reject || mapped.skip)) {
        rc = ca_error_set(err, CA_FAIL, "%s: changed while it was read",
                          scan->files[place->file].path);
    }
    undo->last_from = scan->batch->rows - mapped.lines;
    return rc;
}

static int visit(void *context, const ca_place *place, ca_text raw, ca_error *err)
{
    struct undo *undo = context;
    const ca_batch *batch = undo->scan->batch;
    int rc = 0;
    bool same_file = undo->any && undo->file == place->file;
    if (!same_file) {
        rc = switch_file(undo, place, err);
    }
    if (rc == 0 && !(same_file && undo->last.row == place->row && batch->rows)) {
        rc = map_row(undo, place, raw, err);
        undo->last = *place;
    }
    for (unsigned row = undo->last_from; rc == 0 && row < batch->rows; row++) {
        if (batch->columns[CA_F_LINE_NO].as.number[row] == place->line_no) {
            ca_bit_set(place->undone ? undo->undone : undo->dropped, row);
            undo->any_undone |= place->undone;
        }
    }
    return rc;
}

/* --- Lines of claims of several files ------------------------------------------------------------ */

static int by_row(const void *left, const void *right)
{
    const ca_place *a = left;
    const ca_place *b = right;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->row != b->row) {
        return a->row < b->row ? -1 : 1;
    }
    return (a->line_no > b->line_no) - (a->line_no < b->line_no);
}

static bool takes(void *context, const ca_origin *origin, int64_t line_no)
{
    struct undo *undo = context;
    const ca_place key = {.file = origin->file, .row = origin->row, .line_no = line_no};
    undo->found = bsearch(&key, undo->joined, undo->joined_count, sizeof key, by_row);
    return undo->found != NULL;
}

static int added(void *context, unsigned row, ca_error *err)
{
    struct undo *undo = context;
    (void)err;
    ca_bit_set(undo->found->undone ? undo->undone : undo->dropped, row);
    undo->any_undone |= undo->found->undone;
    return 0;
}

static int full(void *context, ca_error *err)
{
    return flush(context, err);
}

static int undo_joined(struct undo *undo, ca_place *places, size_t count, ca_error *err)
{
    const ca_pieces_sink sink = {.context = undo, .takes = takes, .added = added, .full = full};
    if (count == 0) {
        return 0;
    }
    qsort(places, count, sizeof *places, by_row);
    undo->joined = places;
    undo->joined_count = count;
    return ca_pieces_join(undo->scan, &sink, err);
}

/* Puts places whose row is a whole line in front; returns how many they are. */
static size_t split_places(const ca_scan_state *scan, ca_places *places)
{
    size_t whole = 0;
    for (size_t i = 0; scan->pieces && i < places->count; i++) {
        if (!ca_is_piece(scan, places->items[i].file)) {
            ca_place place = places->items[i];
            places->items[i] = places->items[whole];
            places->items[whole++] = place;
        }
    }
    return scan->pieces ? whole : places->count;
}

int ca_undo_dropped(ca_scan_state *scan, ca_places *places, ca_error *err)
{
    struct undo undo = {.scan = scan};
    size_t count = places->count;
    bool judged = scan->line_rules.count || scan->several;
    int rc = 0;
    if (count == 0) {
        return 0;
    }
    ca_batch_clear(scan->batch);
    places->count = split_places(scan, places);
    rc = judged ? ca_reread(scan, places, visit, &undo, err) : 0;
    rc = rc ? rc : flush(&undo, err);
    if (rc == 0 && judged) {
        rc = undo_joined(&undo, places->items + places->count, count - places->count, err);
    }
    ca_mapper_free(undo.mapper);
    ca_rows_close(undo.parser);
    places->count = 0;
    return rc;
}
