/* Counts the cores the process may run on. */
#include "base/cores.h"

#include <unistd.h>

#define CORES_MAX 1024

static unsigned bits_of(char digit)
{
    unsigned value = digit >= '0' && digit <= '9'   ? (unsigned)(digit - '0')
                     : digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a') + 10
                                                    : 0;
    return (value & 1) + (value >> 1 & 1) + (value >> 2 & 1) + (value >> 3 & 1);
}

/* "Cpus_allowed:	ff,ffffffff" of /proc/self/status: one bit a core. */
static unsigned cores_of_mask(ca_text status)
{
    static const ca_text name = {"Cpus_allowed:", sizeof "Cpus_allowed:" - 1};
    ca_text line;
    unsigned cores = 0;
    while (ca_text_next(&status, '\n', &line)) {
        for (size_t i = name.len; ca_text_starts(line, name) && i < line.len; i++) {
            cores += bits_of(line.ptr[i]);
        }
    }
    return cores;
}

unsigned ca_cores_allowed(ca_disk *disk)
{
    ca_buf text;
    unsigned cores = 0;
    ca_buf_init(&text);
    if (ca_disk_read_all(disk, "/proc/self/status", 1 << 16, &text, NULL) == 0) {
        cores = cores_of_mask(ca_buf_text(&text));
    }
    ca_buf_done(&text);
    if (cores == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        cores = online > 0 && online < CORES_MAX ? (unsigned)online : 1;
    }
    return cores < CORES_MAX ? cores : CORES_MAX;
}
