/* Reads the clocks where a phase or a worker ends. */
#include "run/timing.h"

int64_t ca_timing_process(const ca_scan_state *scan)
{
    ca_clock *clock = scan->options->clock;
    return clock->process_ns ? clock->process_ns(clock) : 0;
}

int64_t ca_timing_thread(const ca_scan_state *scan)
{
    ca_clock *clock = scan->options->clock;
    return clock->thread_ns ? clock->thread_ns(clock) : 0;
}

void ca_timing_begin(ca_scan_state *scan)
{
    ca_clock *clock = scan->options->clock;
    scan->phase_cpu = ca_timing_process(scan);
    scan->phase_wall = clock->steady_ns(clock);
    scan->thread_start = ca_timing_thread(scan);
}

void ca_timing_end(ca_scan_state *scan, ca_phase phase)
{
    ca_clock *clock = scan->options->clock;
    ca_scan_timings *timings = &scan->summary->timings;
    int64_t cpu = ca_timing_process(scan);
    int64_t wall = clock->steady_ns(clock);
    timings->phases[phase].cpu_ns += cpu - scan->phase_cpu;
    timings->phases[phase].wall_ns += wall - scan->phase_wall;
    timings->threads_ns[0] = ca_timing_thread(scan) - scan->thread_start;
    scan->phase_cpu = cpu;
    scan->phase_wall = wall;
}

void ca_timing_worked(ca_scan_state *scan, unsigned worker, int64_t start)
{
    if (worker > 0) {
        scan->summary->timings.threads_ns[worker] += ca_timing_thread(scan) - start;
    }
}
