/* The nightly scan: the engine between a lock and a report. */
#include <string.h>

#include "run/publish_scores.h"
#include "run/state.h"
#include "run/timing.h"

ca_scan_options ca_scan_defaults(void)
{
    return (ca_scan_options){.max_rejects = 10000,    /* millionths: 1 % */
                             .max_rejects_share = true,
                             .max_findings = 100000,
                             .max_scores = CA_SCORES_STORED,
                             .memory = UINT64_C(1) << 30};
}

int ca_scan_run(ca_scan_state *scan, ca_diags *diags, ca_error *err)
{
    ca_clock *clock = scan->options->clock;
    int64_t start = clock->steady_ns(clock);
    ca_timing_begin(scan);
    int rc = scan->lock ? 0 : ca_lock_take(scan, err);
    rc = rc ? rc : ca_publish_check(scan, err);
    rc = rc ? rc : ca_share_kept(scan, err);
    rc = rc ? rc : ca_engine_begin(scan, diags, err);
    rc = rc ? rc : ca_engine_judge(scan, err);
    rc = rc ? rc : ca_publish(scan, err);
    ca_timing_end(scan, CA_PHASE_PUBLISH);
    scan->summary->already_done = rc == CA_END;
    scan->summary->elapsed_ms = (clock->steady_ns(clock) - start) / 1000000;
    return rc == CA_END ? 0 : rc;
}

int ca_scan(const ca_scan_options *options, ca_arena *arena, ca_diags *diags, ca_scan_summary *ret_summary,
            ca_error *err)
{
    ca_scan_state scan = {.options = options, .summary = ret_summary, .arena = arena};
    memset(ret_summary, 0, sizeof *ret_summary);
    int rc = ca_scan_run(&scan, diags, err);
    ca_engine_end(&scan);
    return rc;
}
