/* Where the time of a run goes: processor and wall time by phase, processor time by thread. */
#ifndef CA_RUN_TIMING_H
#define CA_RUN_TIMING_H

#include "run/state.h"

/* Of the process and of the calling thread; 0 where the clock given does not know. */
int64_t ca_timing_process(const ca_scan_state *scan);
int64_t ca_timing_thread(const ca_scan_state *scan);

/* What follows is counted to the phase that ends next. */
void ca_timing_begin(ca_scan_state *scan);
void ca_timing_end(ca_scan_state *scan, ca_phase phase);
/* That a worker worked since `start`, a reading of its thread's clock. The first works in the thread of the run, whose time is
 * taken as a whole. */
void ca_timing_worked(ca_scan_state *scan, unsigned worker, int64_t start);

#endif
