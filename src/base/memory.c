/* Reads the machine's memory and the cgroup's limit (version 2, then 1). */
#include "base/memory.h"

#include <unistd.h>

static uint64_t cgroup_limit(ca_disk *disk, const char *path)
{
    ca_buf text;
    int64_t limit = 0;
    ca_buf_init(&text);
    if (ca_disk_read_all(disk, path, 64, &text, NULL) == 0) {
        ca_text line = ca_buf_text(&text);
        while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == ' ')) {
            line.len--;
        }
        if (!ca_text_to_int(line, &limit) || limit < 0) {    /* "max" */
            limit = 0;
        }
    }
    ca_buf_done(&text);
    return (uint64_t)limit;
}

uint64_t ca_memory_default(ca_disk *disk)
{
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    uint64_t total = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_C(4) << 30;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t limit = cgroup_limit(disk, limits[i]);
        total = limit && limit < total ? limit : total;
    }
    uint64_t quarter = total / 4;
    return quarter < (UINT64_C(64) << 20) ? UINT64_C(64) << 20 : quarter;
}
