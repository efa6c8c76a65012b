/* Threads of a run. The first works on the run's own state, each of the others on one of its own: what it writes is its own,
 * or behind a lock. */
#ifndef CA_RUN_WORKER_H
#define CA_RUN_WORKER_H

#include "base/threads.h"
#include "run/state.h"

#define CA_WORKERS_MAX CA_SCAN_THREADS_MAX

typedef struct ca_worker {
    ca_scan_state *scan;
    ca_scan_state own;            /* where it is not the run's: a copy, with its own evaluator, scratch and counts */
    unsigned number;
    ca_arena arena;
    int rc;
    ca_error err;
} ca_worker;

typedef struct ca_crew {
    ca_scan_state *run;
    ca_worker *workers;
    unsigned count;
} ca_crew;

/* As many workers as --jobs wants and --memory feeds. */
unsigned ca_crew_size(const ca_scan_state *scan);
int ca_crew_new(ca_scan_state *scan, ca_crew **ret_crew, ca_error *err);
int ca_crew_new_of(ca_scan_state *scan, unsigned count, ca_crew **ret_crew, ca_error *err);    /* so many, at least one */
void ca_crew_free(ca_crew *crew);
/* The task in every worker at once; it takes one piece of work after another until none is left, so that any number of
 * workers does all of it. Returns the failure of the first worker that failed. */
typedef int (*ca_task)(void *context, ca_worker *worker, ca_error *err);
int ca_crew_run(ca_crew *crew, ca_task task, void *context, ca_error *err);
/* What the other workers counted, added to the run's; they begin again at nought. The sums do not depend on who counted
 * what. */
void ca_crew_merge(ca_crew *crew);

/* stream_crew.c: batch, trigger index and exchanges for those who read claim files; then what they have becomes the run's. */
int ca_crew_begin_stream(ca_crew *crew, ca_error *err);
void ca_crew_end_stream(ca_crew *crew);

#endif
