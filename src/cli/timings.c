/* Prints where the time of a scan went, and the most memory that it held. */
#include "cli/timings.h"

#include "base/process.h"

static const char *const names[CA_PHASES] = {[CA_PHASE_SETUP] = "setup",   [CA_PHASE_FACTS] = "facts",
                                             [CA_PHASE_STREAM] = "stream", [CA_PHASE_SETTLE] = "settle",
                                             [CA_PHASE_JUDGE] = "judge",   [CA_PHASE_SCORE] = "score",
                                             [CA_PHASE_PUBLISH] = "publish"};

static void print_row(FILE *out, const char *name, int64_t cpu_ns, int64_t wall_ns)
{
    long long cpu = cpu_ns / 1000000, wall = wall_ns / 1000000;
    fprintf(out, "%-14s %6lld.%03lld %6lld.%03lld\n", name, cpu / 1000, cpu % 1000, wall / 1000, wall % 1000);
}

/* Of the threads that worked the one that worked most bounds how fast the scan can be. */
static void print_threads(FILE *out, const ca_scan_timings *timings)
{
    int64_t largest = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < CA_SCAN_THREADS_MAX; i++) {
        count += timings->threads_ns[i] > 0;
        largest = timings->threads_ns[i] > largest ? timings->threads_ns[i] : largest;
    }
    long long thousandths = largest / 1000000;
    fprintf(out, "%-14s %6lld.%03lld   of %u\n", "largest thread", thousandths / 1000, thousandths % 1000, count);
}

void ca_timings_print(ca_cli *cli, const ca_scan_timings *timings)
{
    int64_t cpu = 0, wall = 0;
    uint64_t tenths = ca_process_peak() * 10 >> 20;
    fprintf(cli->err, "%-14s %10s %10s\n", "phase", "CPU s", "wall s");
    for (unsigned i = 0; i < CA_PHASES; i++) {
        if (i != CA_PHASE_SCORE || timings->scored) {
            print_row(cli->err, names[i], timings->phases[i].cpu_ns, timings->phases[i].wall_ns);
        }
        cpu += timings->phases[i].cpu_ns;
        wall += timings->phases[i].wall_ns;
    }
    print_row(cli->err, "total", cpu, wall);
    print_threads(cli->err, timings);
    fprintf(cli->err, "%-14s %8llu.%llu MiB\n", "peak memory", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10));
}
