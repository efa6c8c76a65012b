/* Shares out the claims that are to be settled among threads, a bucket of the exchange at a time, and adds up what each
 * counted. */
#include "run/settle_inside.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"
#include "run/several.h"
#include "run/worker.h"

#define DROPPED_AT_A_TIME 250000   /* places held before they are read again: 10 MB */

typedef struct sharing {
    ca_scan_state *run;
    ca_crew *crew;
    ca_settling *settlings;       /* by worker */
    const ca_exchange *exchange;
    _Atomic unsigned next;        /* the first bucket that nobody has taken */
    bool last;                    /* no other exchange follows */
    ca_gate *gate;                /* those who settle read the dictionary and the code sets */
    ca_mutex *undoing;            /* who holds it may use the rest */
    ca_places dropped;
} sharing;

/* --- What one thread does --------------------------------------------------------------------------------- */

static int add_places(ca_places *to, ca_places *from, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < from->count; i++) {
        rc = ca_places_add(to, &from->items[i], err);
    }
    from->count = 0;
    return rc;
}

/* Lines that turned out not to count are read again many at a time, whoever found them: where input is packed, all of it
 * is read each time. */
static int hand_over(sharing *of, ca_settling *settling, ca_error *err)
{
    if (settling->dropped.count == 0) {
        return 0;
    }
    ca_mutex_lock(of->undoing);
    int rc = add_places(&of->dropped, &settling->dropped, err);
    if (rc == 0 && of->dropped.count >= DROPPED_AT_A_TIME) {
        rc = ca_undo_dropped(settling->scan, &of->dropped, err);
    }
    ca_mutex_unlock(of->undoing);
    return rc;
}

static int settle_bucket(sharing *of, ca_settling *settling, ca_error *err)
{
    ca_exchange_group group;
    int rc = 0;
    while (rc == 0 && (rc = ca_exchange_next(settling->reader, &group, err)) == 0) {
        ca_gate_read(of->gate);
        rc = ca_settle_group(settling, &group, err);
        ca_gate_leave(of->gate);
        rc = rc ? rc : hand_over(of, settling, err);
    }
    return rc == CA_END ? 0 : rc;
}

static int finish_share(const sharing *of, const ca_settling *settling, ca_error *err)
{
    int rc = 0;
    if (settling->claims) {
        ca_gate_read(of->gate);
        rc = ca_claims_flush(settling->claims, err);
        ca_gate_leave(of->gate);
    }
    return rc;
}

static int take_buckets(void *context, ca_worker *worker, ca_error *err)
{
    sharing *of = context;
    ca_settling *settling = &of->settlings[worker->number];
    unsigned number;
    int rc = 0;
    while (rc == 0 && (number = atomic_fetch_add(&of->next, 1)) < CA_BUCKETS) {
        ca_exchange_select(settling->reader, number, number + 1);
        rc = settle_bucket(of, settling, err);
    }
    rc = rc || !of->last ? rc : finish_share(of, settling, err);
    if (rc) {
        atomic_store(&of->next, CA_BUCKETS);    /* the others need not go on */
    }
    return rc;
}

/* --- What each thread has of its own, and how it becomes the run's ---------------------------------------- */

static int equip(const ca_worker *worker, ca_error *err)
{
    ca_scan_state *scan = worker->scan;
    scan->batch = ca_batch_new(&scan->setup->schema, scan->run->batch->capacity);
    scan->files = ca_arena_copy(scan->arena, scan->files, scan->file_count * sizeof *scan->files);
    scan->header_conflicts = ca_arena_array(scan->arena, scan->setup->schema.count, sizeof *scan->header_conflicts);
    if (!scan->batch || !scan->files || !scan->header_conflicts) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < scan->file_count; i++) {
        scan->files[i].lines_dropped = scan->files[i].rows_dropped = scan->files[i].claims = 0;
    }
    scan->claims = scan->claims_incomplete = scan->claims_too_large = 0;
    scan->lines_undone = scan->lines_voided = scan->findings_undone = 0;
    scan->net = (ca_net_counts){0};
    return ca_trigger_of(&scan->claim_rules, &scan->claim_trigger, err);
}

static void add_counts(ca_scan_state *to, const ca_scan_state *from)
{
    to->claims += from->claims;
    to->claims_incomplete += from->claims_incomplete;
    to->claims_too_large += from->claims_too_large;
    to->lines_undone += from->lines_undone;
    to->lines_voided += from->lines_voided;
    to->findings_undone += from->findings_undone;
    to->net.reversals += from->net.reversals;
    to->net.reversals_answered += from->net.reversals_answered;
    to->net.voids += from->net.voids;
    to->net.voids_answered += from->net.voids_answered;
    for (size_t i = 0; i < to->file_count; i++) {
        to->files[i].lines_dropped += from->files[i].lines_dropped;
        to->files[i].rows_dropped += from->files[i].rows_dropped;
        to->files[i].claims += from->files[i].claims;
    }
    for (unsigned c = 0; c < to->setup->schema.count; c++) {
        to->header_conflicts[c] += from->header_conflicts[c];
    }
}

static void merge(const sharing *of)
{
    for (unsigned w = 1; w < of->crew->count; w++) {
        add_counts(of->run, of->crew->workers[w].scan);
    }
    ca_crew_merge(of->crew);
}

static int begin(sharing *of, ca_error *err)
{
    int rc = ca_crew_new(of->run, &of->crew, err);
    unsigned count = rc ? 0 : of->crew->count;
    of->settlings = rc ? NULL : ca_alloc_zero(count, sizeof *of->settlings);
    if (count > 1) {
        of->undoing = ca_mutex_new();
        of->gate = ca_gate_new();
    }
    if (rc || !of->settlings || (count > 1 && (!of->undoing || !of->gate))) {
        return rc ? rc : ca_error_nomem(err);
    }
    for (unsigned w = 0; rc == 0 && w < count; w++) {
        ca_settling *settling = &of->settlings[w];
        rc = w ? equip(&of->crew->workers[w], err) : 0;
        settling->scan = of->crew->workers[w].scan;
        rc = rc || of->run->claim_rules.count == 0 ? rc : ca_claims_new(settling->scan, &settling->claims, err);
    }
    return rc;
}

static void end(sharing *of)
{
    for (unsigned w = 0; of->settlings && w < of->crew->count; w++) {
        ca_claims_free(of->settlings[w].claims);
        ca_exchange_reader_free(of->settlings[w].reader);
        ca_gather_done(&of->settlings[w]);
    }
    ca_free(of->settlings);
    ca_free(of->dropped.items);
    ca_crew_free(of->crew);
    ca_mutex_free(of->undoing);
    ca_gate_free(of->gate);
}

/* --- All claims ------------------------------------------------------------------------------------------- */

static int settle_exchange(sharing *of, const ca_exchange *exchange, bool last, ca_error *err)
{
    int rc = 0;
    for (unsigned w = 0; rc == 0 && w < of->crew->count; w++) {
        ca_exchange_reader_free(of->settlings[w].reader);
        of->settlings[w].reader = NULL;
        rc = ca_exchange_reader_new(exchange, w, &of->settlings[w].reader, err);
        if (rc == 0) {
            ca_exchange_bound(of->settlings[w].reader, ca_budget_bucket_bytes(of->run));
            ca_exchange_part_hashes(of->settlings[w].reader, ca_record_lines, CA_CLAIM_LINES);
        }
    }
    of->last = last;
    atomic_store(&of->next, 0);
    return rc ? rc : ca_crew_run(of->crew, take_buckets, of, err);
}

/* Claims with lines that a reversal of another claim may undo are settled last. */
static int settle_late(sharing *of, ca_error *err)
{
    int rc = ca_across_net(of->run, err);
    for (unsigned w = 0; w < of->crew->count; w++) {
        of->settlings[w].decided = true;
    }
    return rc ? rc : settle_exchange(of, ca_across_late(of->run), true, err);
}

/* A source row none of whose lines counts is skipped, with that reason, and no longer accepted. */
static void move_dropped_rows(ca_scan_state *scan)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        ca_run_file *file = &scan->files[i];
        file->rows_accepted -= file->rows_dropped;
        file->rows_skipped += file->rows_dropped;
    }
}

static int settle_all(sharing *of, ca_error *err)
{
    ca_scan_state *scan = of->run;
    scan->setup->codes.gate = of->gate;
    int rc = settle_exchange(of, scan->exchange, !scan->across, err);
    rc = rc || !scan->across ? rc : settle_late(of, err);
    scan->setup->codes.gate = NULL;
    if (rc == 0) {
        merge(of);
    }
    return rc ? rc : ca_undo_dropped(scan, &of->dropped, err);
}

int ca_settle(ca_scan_state *scan, ca_error *err)
{
    sharing of = {.run = scan};
    int rc = ca_rank_files(scan, err);
    rc = rc ? rc : ca_exchange_finish(scan->exchange, err);
    rc = rc ? rc : ca_across_begin(scan, err);
    rc = rc ? rc : ca_several_begin_settling(scan, err);
    rc = rc ? rc : begin(&of, err);
    rc = rc ? rc : settle_all(&of, err);
    if (rc == 0) {
        move_dropped_rows(scan);
    }
    end(&of);
    ca_across_end(scan);
    ca_exchange_free(scan->exchange);    /* its memory is wanted for what follows */
    scan->exchange = NULL;
    return rc;
}
