/* The stream: rows of claim files to batches, batches through the joins, the line rules and into the claim exchange; a batch
 * for each thread at a time. */
#include "run/pieces.h"
#include "run/several.h"
#include "run/worker.h"

#include <string.h>

#define PROGRESS_ROWS 4096u     /* a hundred times a second or so */
#define WATCH_ROWS 1024u        /* findings travel with their lines: where a rule hits every line, each takes a KiB */

/* Neighbouring lines are mostly of one claim: its hash is computed once. */
static void hash_claims(ca_scan_state *scan)
{
    const ca_batch *batch = scan->batch;
    const uint8_t *types = batch->columns[CA_F_CLAIM_TYPE].as.choice;
    ca_text before = {NULL, 0};
    for (unsigned row = 0; row < batch->rows; row++) {
        ca_text id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
        bool same = row && (id.ptr == before.ptr ? id.len == before.len : ca_text_eq(id, before));
        before = id;
        if (same && types[row] == types[row - 1]) {
            scan->claim_hash[row] = scan->claim_hash[row - 1];
        } else {
            scan->claim_hash[row] = ca_claim_hash(types[row], id);
        }
    }
}

static int emit_line_finding(ca_scan_state *scan, unsigned unit, const ca_finding *finding,
                             ca_error *err)
{
    return ca_put_finding(scan, unit, finding, err);
}

static int judge_batch(ca_scan_state *scan, ca_error *err)
{
    ca_frame frame = {.units = scan->batch,
                      .date_column = CA_F_SERVICE_DATE,
                      .codes = &scan->setup->codes};
    if (scan->batch->rows == 0) {
        return 0;
    }
    int rc = ca_facts_join(scan->facts, scan->batch, 0, scan->joined, &scan->joins, err);
    rc = rc ? rc : ca_trigger_look(scan->trigger, &frame, err);
    hash_claims(scan);
    rc = rc ? rc : ca_several_look(scan, &frame, err);
    rc = rc ? rc : ca_put_lines(scan, err);
    if (rc == 0) {
        rc = ca_judge(scan, &frame, &scan->line_rules, NULL, 1, emit_line_finding, err);
    }
    ca_batch_clear(scan->batch);
    return rc;
}

int ca_judge_batch(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_refs_sync(scan->setup->refs, err);
    return rc ? rc : judge_batch(scan, err);
}

/* Ends of a batch and its pools: rows that are read past must leave nothing behind. */
struct batch_end {
    unsigned rows;
    size_t bytes, codes, intervals;
};

static struct batch_end end_of(const ca_batch *batch)
{
    return (struct batch_end){batch->rows, batch->byte_count, batch->list_count, batch->interval_count};
}

/* Of the only claim that is asked for, or a reversal that names it. */
static bool is_asked_for(const ca_scan_state *scan, unsigned row)
{
    return ca_text_eq(ca_batch_text(scan->batch, CA_F_CLAIM_ID, row), scan->only_claim) ||
           (ca_names_claim(scan, row) &&
            ca_text_eq(ca_batch_text(scan->batch, CA_F_ORIGINAL_CLAIM_ID, row), scan->only_claim));
}

/* Takes the lines of a row out again that nobody asks for. */
static void read_past(const ca_scan_state *scan, const struct batch_end *before)
{
    ca_batch *batch = scan->batch;
    bool any = !scan->only_claim.ptr || scan->reversed;    /* lines of other claims may be undone in place of its own */
    if (any || batch->rows == before->rows || is_asked_for(scan, before->rows)) {
        return;
    }
    ca_batch_cut(batch, before->rows);
    batch->byte_count = before->bytes;
    batch->list_count = before->codes;
    batch->interval_count = before->intervals;
}

/* CA_END when the batch has no room for the row. */
static int map_claim_row(ca_scan_state *scan, uint32_t index, ca_mapper *mapper, const ca_row *row, ca_error *err)
{
    ca_mapped mapped = {0};
    struct batch_end before = end_of(scan->batch);
    int rc = ca_mapper_row(mapper, row, index, scan->batch, &mapped, err);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < mapped.lines; i++) {
        scan->row_lines[scan->batch->rows - 1 - i] = (uint16_t)mapped.lines;
    }
    read_past(scan, &before);
    return ca_count_mapped(scan, index, row, &mapped, err);
}

/* --- Batches, one after another ------------------------------------------------------------------------------ */

/* Claim files being read: who holds the lock reads and maps rows until its batch is full, and judges it while the next one
 * reads. So rows are rejected and counted in their order, whatever the number of threads. */
typedef struct reading {
    ca_scan_state *run;
    ca_mutex *lock;
    ca_gate *gate;                /* those who judge read the dictionary and the code sets */
    size_t codes;                 /* that the code sets know */
    uint32_t file;                /* being read, or to be read next */
    bool open;
    bool waits;                   /* `row` had no room in the last batch */
    bool failed;
    ca_input input;
    ca_row row;
    uint64_t written[CA_WORKERS_MAX];    /* into each one's exchange, and what waits of it */
} reading;

static int watch(reading *of, const ca_worker *worker, ca_error *err)
{
    uint64_t sum = 0;
    const ca_several *several = worker->scan->several;
    of->written[worker->number] = ca_exchange_bytes(worker->scan->exchange) + (several ? ca_batches_bytes(several->waits) : 0);
    for (unsigned i = 0; i < CA_WORKERS_MAX; i++) {
        sum += of->written[i];
    }
    return ca_room_watch(of->run, sum, err);
}

static int take_row(reading *of, const ca_worker *worker, ca_error *err)
{
    const ca_run_file *file = &of->run->files[of->file];
    int rc = of->row.reject ? ca_reject_row(worker->scan, of->file, &of->row, NULL, of->row.reject, err)
                            : map_claim_row(worker->scan, of->file, of->input.mapper, &of->row, err);
    of->waits = rc == CA_END;
    if (rc == 0 && file->rows_read % PROGRESS_ROWS == 0) {
        ca_progress(of->run, ca_source_packed_bytes(of->input.source), file->rows_read);
    }
    return rc || file->rows_read % WATCH_ROWS ? rc : watch(of, worker, err);
}

/* Rows of the open file until the batch has no room for the next one; CA_END at the end of the file. */
static int fill(reading *of, const ca_worker *worker, ca_error *err)
{
    int rc = 0;
    while (rc == 0) {
        if (!of->waits) {
            rc = ca_rows_next(of->input.rows, &of->row, err);
            if (rc) {
                return rc;
            }
            of->run->files[of->file].rows_read++;
        }
        rc = take_row(of, worker, err);
    }
    return of->waits ? 0 : rc;
}

/* CA_END when there are no more. */
static int open_next(reading *of, ca_error *err)
{
    ca_scan_state *run = of->run;
    for (; of->file < run->file_count; of->file++) {
        const ca_layout *layout = run->files[of->file].layout;
        if (layout && ca_layout_records(layout) == CA_RECORDS_CLAIMS && ca_layout_piece(layout) == CA_PIECE_NONE) {
            int rc = ca_input_open(run, &run->files[of->file], &of->input, err);
            of->open = rc == 0;
            return rc;
        }
    }
    return CA_END;
}

static int close_file(reading *of, int rc, ca_error *err)
{
    ca_run_file *file = &of->run->files[of->file++];
    of->open = false;
    if (rc == CA_END) {
        return ca_input_finish(of->run, file, &of->input, err);
    }
    rc = ca_source_still(of->run, file, rc, err);
    ca_input_close(&of->input);
    return rc;
}

/* Code sets are made ready for codes that are new; nobody judges meanwhile. */
static int sync_codes(reading *of, ca_error *err)
{
    const ca_setup *setup = of->run->setup;
    if (of->codes == ca_codes_count(&setup->codes) && of->codes) {
        return 0;
    }
    ca_gate_change(of->gate);
    int rc = ca_refs_sync(setup->refs, err);
    ca_gate_leave(of->gate);
    of->codes = ca_codes_count(&setup->codes);
    return rc;
}

/* The worker's next batch, which is not empty; CA_END when all files are read. */
static int next_batch(reading *of, const ca_worker *worker, ca_error *err)
{
    int rc = 0;
    while (rc == 0) {
        rc = of->open ? 0 : open_next(of, err);
        if (rc) {
            return rc;
        }
        rc = fill(of, worker, err);
        rc = rc ? close_file(of, rc, err) : 0;
        if (rc == 0 && worker->scan->batch->rows) {
            return sync_codes(of, err);
        }
    }
    return rc;
}

static int read_share(void *context, ca_worker *worker, ca_error *err)
{
    reading *of = context;
    int rc = 0;
    while (rc == 0) {
        ca_mutex_lock(of->lock);
        rc = of->failed ? CA_END : next_batch(of, worker, err);
        of->failed |= rc < 0;
        ca_mutex_unlock(of->lock);
        if (rc == 0) {
            ca_gate_read(of->gate);
            rc = judge_batch(worker->scan, err);
            ca_gate_leave(of->gate);
            if (rc) {
                ca_mutex_lock(of->lock);
                of->failed = true;
                ca_mutex_unlock(of->lock);
            }
        }
    }
    return rc == CA_END ? 0 : rc;
}

static int read_all(reading *of, ca_crew *crew, ca_error *err)
{
    ca_codes *codes = &of->run->setup->codes;
    if (crew->count > 1) {
        of->lock = ca_mutex_new();
        of->gate = ca_gate_new();
        if (!of->lock || !of->gate) {
            return ca_error_nomem(err);
        }
    }
    int rc = ca_crew_begin_stream(crew, err);
    if (rc) {
        return rc;
    }
    codes->gate = of->gate;
    rc = ca_crew_run(crew, read_share, of, err);
    codes->gate = NULL;
    if (rc == 0) {
        ca_crew_end_stream(crew);
        ca_crew_merge(crew);
    }
    return rc;
}

int ca_read_claims(ca_scan_state *scan, ca_error *err)
{
    reading of = {.run = scan};
    ca_crew *crew = NULL;
    int rc = ca_crew_new(scan, &crew, err);
    rc = rc ? rc : read_all(&of, crew, err);
    if (of.open) {
        ca_input_close(&of.input);
    }
    ca_crew_free(crew);
    ca_mutex_free(of.lock);
    ca_gate_free(of.gate);
    return rc ? rc : ca_pieces_read(scan, err);
}
