/* Reads files that have only a part of each claim, and brings the parts together. */
#include "run/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"

#define CLAIM_BYTES_MOST ((size_t)16 << 20)    /* of all rows with one claim id: they are joined at once */
#define ROWS_AT_A_TIME 16384u
#define PROGRESS_ROWS 4096u
#define WATCH_ROWS 1024u

bool ca_is_piece(const ca_scan_state *scan, uint32_t file)
{
    const ca_layout *layout = scan->files[file].layout;
    return layout && ca_layout_piece(layout) != CA_PIECE_NONE;
}

/* --- Opening -------------------------------------------------------------------------------- */

static bool is_list_of_claim(unsigned column)
{
    return column == CA_F_PRINCIPAL_DIAGNOSIS || column == CA_F_OTHER_DIAGNOSES || column == CA_F_DIAGNOSES;
}

/* What something reads, and what every line has. */
static bool travels(const ca_scan_state *scan, unsigned column)
{
    static const unsigned always[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_CLAIM_STATUS, CA_F_LINE_NO};
    bool diagnoses = scan->stored[CA_F_PRINCIPAL_DIAGNOSIS] || scan->stored[CA_F_OTHER_DIAGNOSES] ||
                     scan->stored[CA_F_DIAGNOSES];
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        if (always[i] == column) {
            return true;
        }
    }
    return scan->stored[column] || scan->setup->schema.columns[column].type == CA_TYPE_ID ||
           (diagnoses && is_list_of_claim(column));
}

static int plan_columns(ca_scan_state *scan, ca_pieces *pieces, ca_error *err)
{
    const ca_layout *layout = NULL;
    pieces->columns = ca_arena_array(scan->arena, scan->setup->schema.count, sizeof *pieces->columns);
    if (!pieces->columns) {
        return ca_error_nomem(err);
    }
    for (uint32_t i = 0; i < scan->file_count; i++) {
        if (ca_is_piece(scan, i)) {
            layout = scan->files[i].layout;
            pieces->given[ca_layout_piece(layout)] = true;
        }
    }
    for (unsigned c = 0; layout && c < scan->setup->schema.count; c++) {    /* any layout of a piece knows what all supply */
        if (travels(scan, c) && (ca_layout_supplies(layout, c) || is_list_of_claim(c))) {
            pieces->columns[pieces->column_count++] = c;
        }
    }
    return 0;
}

static int open_pieces(ca_scan_state *scan, ca_error *err)
{
    static const unsigned key[] = {CA_F_CLAIM_ID};
    ca_pieces *pieces = ca_arena_array(scan->arena, 1, sizeof *pieces);
    const char *folder = ca_arena_printf(scan->arena, "%s/x0", scan->work);
    if (!pieces || !folder) {
        return ca_error_nomem(err);
    }
    scan->pieces = pieces;
    pieces->hash = ca_arena_array(scan->arena, scan->batch->capacity, sizeof *pieces->hash);
    int rc = pieces->hash ? plan_columns(scan, pieces, err) : ca_error_nomem(err);
    if (rc) {
        return rc;
    }
    ca_keyed_plan plan = {.disk = scan->options->disk,
                          .folder = folder,
                          .schema = &scan->setup->schema,
                          .codes = &scan->setup->codes,
                          .columns = pieces->columns,
                          .column_count = pieces->column_count,
                          .key = key,
                          .key_count = 1,
                          .unsynced = true};
    rc = ca_run_manifest(scan, &plan.manifest, err);
    size_t bytes = ca_budget_of(scan).pieces_writer;
    plan.manifest.buckets = ca_budget_buckets(scan, bytes);
    rc = rc ? rc : ca_keyed_new(&plan, &pieces->exchange, err);
    return rc ? rc : ca_keyed_writer_new(pieces->exchange, 0, bytes, &pieces->writer, err);
}

void ca_pieces_close(ca_scan_state *scan)
{
    if (scan->pieces) {
        ca_keyed_free(scan->pieces->exchange);
        scan->pieces = NULL;
    }
}

/* --- Reading -------------------------------------------------------------------------------- */

static uint64_t hash_of(const ca_scan_state *scan, unsigned claim_type, ca_text claim_id)
{
    return ca_claim_hash(scan->setup->profile->pieces_by_type ? claim_type : 0, claim_id);
}

static int put_rows(ca_scan_state *scan, ca_error *err)
{
    const ca_batch *batch = scan->batch;
    ca_pieces *pieces = scan->pieces;
    for (unsigned row = 0; row < batch->rows; row++) {
        bool typed = ca_batch_has(batch, CA_F_CLAIM_TYPE, row);
        pieces->hash[row] = hash_of(scan, typed ? batch->columns[CA_F_CLAIM_TYPE].as.choice[row] : 0,
                                    ca_batch_text(batch, CA_F_CLAIM_ID, row));
    }
    int rc = batch->rows ? ca_keyed_put(pieces->writer, batch, NULL, pieces->hash, NULL, err) : 0;
    ca_batch_clear(scan->batch);
    return rc;
}

/* The claim of a rejected row learns of it when its other rows are there. */
static int mark_rejected(ca_scan_state *scan, ca_piece piece, const ca_whose *whose, ca_error *err)
{
    int rc = 0;
    if (whose && whose->claim_id.ptr) {
        ca_keyed_mark mark = {.hash = hash_of(scan, whose->claim_type, whose->claim_id), .kind = (uint8_t)piece};
        rc = ca_keyed_put_mark(scan->pieces->writer, &mark, err);
    }
    if (rc == 0 && whose && whose->patient_id.ptr) {
        ca_whose patient = {.patient_id = whose->patient_id};
        rc = ca_mark_incomplete(scan, &patient, err);
    }
    return rc;
}

static int map_row(ca_scan_state *scan, uint32_t index, ca_mapper *mapper, const ca_row *row, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    ca_piece piece = ca_layout_piece(file->layout);
    ca_mapped mapped = {0};
    int rc = ca_mapper_row(mapper, row, index, scan->batch, &mapped, err);
    if (rc == CA_END) {
        rc = put_rows(scan, err);
        rc = rc ? rc : ca_mapper_row(mapper, row, index, scan->batch, &mapped, err);
    }
    if (rc) {
        return rc;
    }
    if (mapped.reject) {
        rc = mark_rejected(scan, piece, mapped.whose, err);
        return rc ? rc : ca_reject_row(scan, index, row, mapped.reject_column, mapped.reject, err);
    }
    file->rows_skipped += mapped.skip != NULL;
    file->rows_accepted += mapped.skip == NULL;
    file->lines += piece == CA_PIECE_LINES ? mapped.lines : 0;
    return 0;
}

static int read_rows(ca_scan_state *scan, uint32_t index, ca_input *input, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    ca_row row;
    int rc;
    while ((rc = ca_rows_next(input->rows, &row, err)) == 0) {
        file->rows_read++;
        rc = row.reject ? ca_reject_row(scan, index, &row, NULL, row.reject, err)
                        : map_row(scan, index, input->mapper, &row, err);
        if (rc == 0 && file->rows_read % WATCH_ROWS == 0) {
            rc = ca_room_watch(scan, ca_exchange_bytes(scan->exchange) + ca_keyed_disk_bytes(scan->pieces->writer), err);
        }
        if (rc) {
            return rc;
        }
        if (file->rows_read % PROGRESS_ROWS == 0) {
            ca_progress(scan, ca_source_packed_bytes(input->source), file->rows_read);
        }
    }
    return rc == CA_END ? put_rows(scan, err) : rc;
}

static int read_file(ca_scan_state *scan, uint32_t index, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    ca_input input;
    int rc = ca_input_open(scan, file, &input, err);
    if (rc) {
        return rc;
    }
    rc = read_rows(scan, index, &input, err);
    if (rc) {
        rc = ca_source_still(scan, file, rc, err);
        ca_input_close(&input);
        return rc;
    }
    return ca_input_finish(scan, file, &input, err);
}

/* A header's from_date is that of the claim's lines. */
static void share_from_dates(ca_scan_state *scan)
{
    bool any = false;
    for (uint32_t i = 0; i < scan->file_count; i++) {
        any |= ca_is_piece(scan, i) && scan->files[i].from_supplied;
    }
    for (uint32_t i = 0; i < scan->file_count; i++) {
        scan->files[i].from_supplied |= any && ca_is_piece(scan, i);
    }
}

static int judge(void *context, ca_error *err)
{
    ca_scan_state *scan = context;
    return ca_judge_batch(scan, err);
}

int ca_pieces_read(ca_scan_state *scan, ca_error *err)
{
    const ca_pieces_sink sink = {.context = scan, .counts = true, .full = judge};
    int rc = 0;
    ca_pieces_close(scan);    /* of a reading before */
    for (uint32_t i = 0; rc == 0 && i < scan->file_count; i++) {
        if (ca_is_piece(scan, i)) {
            rc = scan->pieces ? 0 : open_pieces(scan, err);
            rc = rc ? rc : read_file(scan, i, err);
        }
    }
    if (rc || !scan->pieces) {
        return rc;
    }
    share_from_dates(scan);
    rc = ca_keyed_finish(scan->pieces->writer, err);
    rc = rc ? rc : ca_rank_files(scan, err);
    return rc ? rc : ca_pieces_join(scan, &sink, err);
}

/* --- Joining -------------------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_claim(const void *left, const void *right)
{
    const ca_piece_row *a = left;
    const ca_piece_row *b = right;
    int order = compare(a->claim_type, b->claim_type);
    order = order ? order : compare(a->part, b->part);
    order = order ? order : compare(a->piece, b->piece);
    order = order ? order : compare(a->line_no, b->line_no);
    order = order ? order : ca_digest_cmp(a->digest, b->digest);
    order = order ? order : compare(a->rank, b->rank);
    return order ? order : compare((int64_t)a->source_row, (int64_t)b->source_row);
}

static ca_piece_row row_of(const ca_piece_joiner *joiner, unsigned row)
{
    const ca_batch *rows = joiner->rows;
    const ca_origin *origin = &rows->origin[row];
    const ca_run_file *file = &joiner->scan->files[origin->file];
    bool typed = joiner->scan->setup->profile->pieces_by_type && ca_batch_has(rows, CA_F_CLAIM_TYPE, row);
    return (ca_piece_row){.row = row,
                          .claim_type = typed ? rows->columns[CA_F_CLAIM_TYPE].as.choice[row] : 0,
                          .piece = (uint8_t)ca_layout_piece(file->layout),
                          .part = rows->columns[CA_F_CLAIM_PART].as.number[row],
                          .line_no = rows->columns[CA_F_LINE_NO].as.number[row],
                          .digest = rows->digest[row],
                          .rank = file->rank,
                          .source_row = origin->row};
}

/* Rows of one claim id: a claim of each type, and each part of it. */
static int join_id(ca_piece_joiner *joiner, unsigned from, unsigned end, ca_error *err)
{
    ca_piece_row *items = joiner->items;
    size_t count = end - from;
    if (count > joiner->item_cap) {
        items = ca_realloc_array(joiner->items, count, sizeof *items);
        if (!items) {
            return ca_error_nomem(err);
        }
        joiner->items = items;
        joiner->item_cap = count;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = row_of(joiner, from + (unsigned)i);
    }
    qsort(items, count, sizeof *items, by_claim);
    int rc = 0;
    for (size_t first = 0, last; rc == 0 && first < count; first = last) {
        last = first;
        while (last < count && items[last].claim_type == items[first].claim_type && items[last].part == items[first].part) {
            last++;
        }
        rc = ca_piece_claim_join(joiner, first, last, err);
    }
    return rc;
}

static bool same_id(const ca_piece_joiner *joiner, unsigned a, unsigned b)
{
    return joiner->group.hash[a] == joiner->group.hash[b] &&
           ca_text_eq(ca_batch_text(joiner->rows, CA_F_CLAIM_ID, a), ca_batch_text(joiner->rows, CA_F_CLAIM_ID, b));
}

static int join_group(ca_piece_joiner *joiner, ca_error *err)
{
    int rc = 0;
    for (unsigned from = 0, end; rc == 0 && from < joiner->rows->rows; from = end) {
        end = from + 1;
        while (end < joiner->rows->rows && same_id(joiner, from, end)) {
            end++;
        }
        rc = join_id(joiner, from, end, err);
    }
    return rc;
}

static int too_large(ca_error *err)
{
    return ca_error_set(err, CA_LIMIT, "the rows that have one claim_id in common, in all files of claims in parts, take more than %zu "
                                       "MiB: is claim_id mapped to the right column?",
                        CLAIM_BYTES_MOST >> 20);
}

int ca_pieces_join(ca_scan_state *scan, const ca_pieces_sink *sink, ca_error *err)
{
    const ca_keyed_limits limits = {
        .bytes = ca_budget_of(scan).pieces, .rows = ROWS_AT_A_TIME, .chunks = true, .whole = CLAIM_BYTES_MOST};
    ca_piece_joiner joiner = {.scan = scan, .sink = sink};
    ca_keyed_reader *reader = NULL;
    ca_buf_init(&joiner.codes);
    ca_batch_clear(scan->batch);
    joiner.rows = ca_batch_new(&scan->setup->schema, ROWS_AT_A_TIME);
    joiner.shared = ca_realloc_array(NULL, scan->setup->schema.count, sizeof *joiner.shared);
    int rc = joiner.rows && joiner.shared ? ca_keyed_reader_new(scan->pieces->exchange, &limits, &reader, err)
                                          : ca_error_nomem(err);
    while (rc == 0 && (rc = ca_keyed_next(reader, joiner.rows, &joiner.group, err)) == 0) {
        rc = joiner.group.more ? too_large(err) : join_group(&joiner, err);
    }
    rc = rc == CA_END ? sink->full(sink->context, err) : rc;
    ca_keyed_reader_free(reader);
    ca_batch_free(joiner.rows);
    ca_free(joiner.shared);
    ca_free(joiner.items);
    ca_buf_done(&joiner.codes);
    return rc;
}
