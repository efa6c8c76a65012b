/* Workers: what each thread of a run has of its own, and how their counts become the run's. */
#include "run/worker.h"

#include "run/several.h"

#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"
#include "run/timing.h"

unsigned ca_crew_size(const ca_scan_state *scan)
{
    return ca_budget_of(scan).workers;
}

int ca_tallies_new(const ca_scan_state *scan, ca_arena *arena, ca_tally **ret_tallies, ca_error *err)
{
    size_t count = scan->setup->rules->count;
    ca_tally *tallies = ca_arena_array(arena, count + 1, sizeof *tallies);
    bool made = tallies != NULL;
    for (size_t i = 0; made && i < count; i++) {
        size_t slots = ca_blame_slots(scan->setup->rules->rules[i], &scan->setup->schema);
        tallies[i].blame = ca_arena_array(arena, slots + 1, sizeof(uint64_t));
        made = tallies[i].blame != NULL;
    }
    if (!made) {
        return ca_error_nomem(err);
    }
    *ret_tallies = tallies;
    return 0;
}

static int equip(ca_worker *worker, ca_scan_state *run, ca_error *err)
{
    ca_scan_state *scan = &worker->own;
    *scan = *run;
    worker->scan = scan;
    scan->run = run;
    scan->arena = &worker->arena;
    scan->batch = NULL;
    scan->trigger = NULL;
    scan->claim_trigger = NULL;
    scan->exchange = NULL;
    ca_arena_init(&worker->arena);
    ca_arena_init(&scan->scratch);
    ca_buf_init(&scan->bytes);
    ca_buf_init(&scan->more_bytes);
    scan->eval = ca_eval_new();
    scan->verdict_words = ca_arena_array(&worker->arena, CA_VERDICT_WORDS, sizeof(uint64_t));
    int rc = ca_tallies_new(scan, &worker->arena, &scan->tallies, err);
    return rc || (scan->eval && scan->verdict_words) ? rc : ca_error_nomem(err);
}

static void dismiss(ca_worker *worker)
{
    ca_scan_state *scan = &worker->own;
    ca_several_unshare(scan);
    ca_eval_free(scan->eval);
    ca_batch_free(scan->batch);
    ca_trigger_free(scan->trigger);
    ca_trigger_free(scan->claim_trigger);
    ca_exchange_free(scan->exchange);
    ca_buf_done(&scan->bytes);
    ca_buf_done(&scan->more_bytes);
    ca_arena_done(&scan->scratch);
    ca_arena_done(&worker->arena);
}

int ca_crew_new_of(ca_scan_state *scan, unsigned count, ca_crew **ret_crew, ca_error *err)
{
    ca_crew *crew = ca_alloc_zero(1, sizeof *crew);
    ca_worker *workers = ca_alloc_zero(count, sizeof *workers);
    if (!crew || !workers) {
        ca_free(crew);
        ca_free(workers);
        return ca_error_nomem(err);
    }
    *crew = (ca_crew){.run = scan, .workers = workers, .count = 1};
    workers->scan = scan;
    int rc = 0;
    while (rc == 0 && crew->count < count) {
        ca_worker *worker = &workers[crew->count];
        worker->number = crew->count++;
        rc = equip(worker, scan, err);
    }
    if (rc) {
        ca_crew_free(crew);
        return rc;
    }
    *ret_crew = crew;
    return 0;
}

int ca_crew_new(ca_scan_state *scan, ca_crew **ret_crew, ca_error *err)
{
    return ca_crew_new_of(scan, ca_crew_size(scan), ret_crew, err);
}

void ca_crew_free(ca_crew *crew)
{
    if (!crew) {
        return;
    }
    for (unsigned i = 1; i < crew->count; i++) {
        dismiss(&crew->workers[i]);
    }
    ca_free(crew->workers);
    ca_free(crew);
}

/* --- Work ------------------------------------------------------------------------------------------------ */

struct errand {
    ca_crew *crew;
    ca_task task;
    void *context;
};

static void work(void *context, unsigned number)
{
    const struct errand *errand = context;
    ca_worker *worker = &errand->crew->workers[number];
    int64_t start = ca_timing_thread(errand->crew->run);
    worker->rc = errand->task(errand->context, worker, &worker->err);
    ca_timing_worked(errand->crew->run, number, start);
}

int ca_crew_run(ca_crew *crew, ca_task task, void *context, ca_error *err)
{
    struct errand errand = {crew, task, context};
    for (unsigned i = 0; i < crew->count; i++) {
        crew->workers[i].rc = 0;
    }
    ca_threads_run(crew->count, work, &errand);
    for (unsigned i = 0; i < crew->count; i++) {
        if (crew->workers[i].rc) {
            if (err) {
                *err = crew->workers[i].err;
            }
            return crew->workers[i].rc;
        }
    }
    return 0;
}

/* --- Counts ---------------------------------------------------------------------------------------------- */

static void add_sample(ca_sample *to, const ca_sample *from)
{
    for (size_t i = 0; i < from->count; i++) {
        ca_sample_admits(to, from->heap[i]);
    }
}

static void add_tally(ca_tally *to, const ca_tally *from, size_t slots)
{
    to->offered += from->offered;
    to->hit += from->hit;
    to->excused += from->excused;
    to->unknown += from->unknown;
    to->not_applicable += from->not_applicable;
    for (size_t i = 0; i < slots; i++) {
        to->blame[i] += from->blame[i];
    }
    add_sample(&to->excused_sample, &from->excused_sample);
    add_sample(&to->unknown_sample, &from->unknown_sample);
}

void ca_crew_merge(ca_crew *crew)
{
    ca_scan_state *run = crew->run;
    for (unsigned w = 1; w < crew->count; w++) {
        for (size_t i = 0; i < run->setup->rules->count; i++) {
            ca_tally *from = &crew->workers[w].own.tallies[i];
            uint64_t *blame = from->blame;
            size_t slots = ca_blame_slots(run->setup->rules->rules[i], &run->setup->schema);
            add_tally(&run->tallies[i], from, slots);
            memset(blame, 0, slots * sizeof *blame);
            *from = (ca_tally){.blame = blame};
        }
    }
}
