/* What each thread has of its own while claim files are read, and how it becomes the run's. */
#include "run/budget.h"
#include "run/several.h"
#include "run/worker.h"

#define FILTER_WORDS ((size_t)1 << (CA_FILTER_BITS - 6))

static int make_batch(ca_scan_state *scan, ca_error *err)
{
    unsigned capacity = scan->run->batch->capacity;
    scan->batch = ca_batch_new(&scan->setup->schema, capacity);
    scan->claim_hash = ca_arena_array(scan->arena, capacity, sizeof *scan->claim_hash);
    scan->row_lines = ca_arena_array(scan->arena, capacity, sizeof *scan->row_lines);
    return scan->batch && scan->claim_hash && scan->row_lines ? 0 : ca_error_nomem(err);
}

static int make_exchange(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_exchange_new(scan->temporary, "exchange", &scan->exchange, err);
    if (rc == 0) {
        ca_exchange_hold(scan->exchange, ca_budget_record_bytes(scan));
    }
    return rc;
}

static int equip(ca_worker *worker, ca_error *err)
{
    ca_scan_state *scan = worker->scan;
    int rc = make_batch(scan, err);
    rc = rc ? rc : make_exchange(scan, err);
    rc = rc ? rc : ca_trigger_of(&scan->line_rules, &scan->trigger, err);
    rc = rc ? rc : ca_several_watch(scan, err);
    rc = rc ? rc : ca_several_share_looking(scan, err);
    scan->joins = (ca_joins){0};
    if (rc == 0 && scan->reversed) {
        scan->reversed = ca_arena_array(scan->arena, FILTER_WORDS, sizeof *scan->reversed);
        rc = scan->reversed ? 0 : ca_error_nomem(err);
    }
    return rc;
}

int ca_crew_begin_stream(ca_crew *crew, ca_error *err)
{
    int rc = 0;
    for (unsigned w = 1; rc == 0 && w < crew->count; w++) {
        rc = equip(&crew->workers[w], err);
    }
    return rc;
}

void ca_crew_end_stream(ca_crew *crew)
{
    ca_scan_state *run = crew->run;
    for (unsigned w = 1; w < crew->count; w++) {
        ca_scan_state *scan = crew->workers[w].scan;
        ca_several_add(run, scan);
        ca_joins_add(&run->joins, &scan->joins);
        for (size_t i = 0; scan->any_reversed && i < FILTER_WORDS; i++) {
            run->reversed[i] |= scan->reversed[i];
        }
        run->any_reversed |= scan->any_reversed;
        ca_exchange_join(run->exchange, scan->exchange);
        scan->exchange = NULL;
    }
}
