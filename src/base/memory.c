/* Reads the machine's memory and the limits of the process's control groups. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GROUP_PATH_MAX 4096

/* Where a version of control groups is mounted, and what it calls the limit. */
typedef struct cgroup_tree {
    const char *mount, *limit;
} cgroup_tree;

static const cgroup_tree version_2 = {"/sys/fs/cgroup", "memory.max"};
static const cgroup_tree version_1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return b && (!a || b < a) ? b : a;
}

/* The limit in a file of one number; 0 where there is no such file, or the word "max". */
static uint64_t read_limit(ca_disk *disk, const char *path)
{
    ca_buf text;
    int64_t limit = 0;
    ca_buf_init(&text);
    if (ca_disk_read_all(disk, path, 64, &text, NULL) == 0) {
        ca_text line = ca_buf_text(&text);
        while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == ' ')) {
            line.len--;
        }
        if (!ca_text_to_int(line, &limit) || limit < 0) {
            limit = 0;
        }
    }
    ca_buf_done(&text);
    return (uint64_t)limit;
}

/* From the process's own group up to the mount. A path with .. leads out of what the process can see. */
static uint64_t limit_on_path(ca_disk *disk, const cgroup_tree *tree, ca_text group)
{
    char path[GROUP_PATH_MAX + 64];
    char folder[GROUP_PATH_MAX];
    uint64_t limit = 0;
    int mount = (int)strlen(tree->mount);
    int length = snprintf(folder, sizeof folder, "%s%.*s", tree->mount, (int)group.len, group.ptr);
    if (group.len >= sizeof folder || length >= (int)sizeof folder || strstr(folder, "/..")) {
        length = mount;
    }
    while (length >= mount) {
        snprintf(path, sizeof path, "%.*s/%s", length, folder, tree->limit);
        limit = smaller(limit, read_limit(disk, path));
        do {
            length--;
        } while (length > mount && folder[length] != '/');
    }
    return limit;
}

static bool names_memory(ca_text controllers)
{
    ca_text name;
    while (ca_text_next(&controllers, ',', &name)) {
        if (ca_text_is(name, "memory")) {
            return true;
        }
    }
    return false;
}

/* A line of /proc/self/cgroup: number:controllers:path. Version 2 has the number 0 and no controllers. */
static uint64_t limit_of_line(ca_disk *disk, ca_text line)
{
    ca_text number, controllers;
    if (!ca_text_next(&line, ':', &number) || !ca_text_next(&line, ':', &controllers) || !line.ptr) {
        return 0;
    }
    if (ca_text_is(number, "0") && controllers.len == 0) {
        return limit_on_path(disk, &version_2, line);
    }
    return names_memory(controllers) ? limit_on_path(disk, &version_1, line) : 0;
}

uint64_t ca_memory_limit(ca_disk *disk)
{
    ca_buf text;
    ca_text line;
    uint64_t limit = smaller(limit_on_path(disk, &version_2, CA_TEXT("")),
                             limit_on_path(disk, &version_1, CA_TEXT("")));
    ca_buf_init(&text);
    if (ca_disk_read_all(disk, "/proc/self/cgroup", 1 << 16, &text, NULL) == 0) {
        ca_text rest = ca_buf_text(&text);
        while (ca_text_next(&rest, '\n', &line)) {
            limit = smaller(limit, limit_of_line(disk, line));
        }
    }
    ca_buf_done(&text);
    return limit;
}

uint64_t ca_memory_default(ca_disk *disk)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    uint64_t total = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_C(4) << 30;
    uint64_t quarter = smaller(total, ca_memory_limit(disk)) / 4;
    return quarter < (UINT64_C(64) << 20) ? UINT64_C(64) << 20 : quarter;
}

ca_memory_words ca_memory_compare(uint64_t held, uint64_t room)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    ca_memory_words words;
    unsigned unit = 0;
    while (unit < 3 && room >> (10 * unit) >= 10240) {
        unit++;
    }
    uint64_t up = held >> (10 * unit);
    up += up << (10 * unit) != held;
    snprintf(words.held, sizeof words.held, "%llu %s", (unsigned long long)up, units[unit]);
    snprintf(words.room, sizeof words.room, "%llu %s", (unsigned long long)(room >> (10 * unit)), units[unit]);
    return words;
}
