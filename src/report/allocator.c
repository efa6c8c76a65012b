/* SQLite on the program's allocator, so that tests can fail its allocations too. */
#include "base/alloc.h"
#include "report/inner.h"

static void *allocate(int size)
{
    return ca_alloc((size_t)size);
}

static void *reallocate(void *ptr, int size)
{
    return ca_realloc(ptr, (size_t)size);
}

static int size_of(void *ptr)
{
    return (int)ca_alloc_size(ptr);
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int start(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void stop(void *unused)
{
    (void)unused;
}

int ca_report_use_allocator(ca_error *err)
{
    static const sqlite3_mem_methods methods = {allocate, ca_free, reallocate, size_of,
                                                round_up, start,   stop,       NULL};
    /* It need not count what the allocator counts already. */
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK) {
        return ca_error_set(err, CA_FAIL, "cannot set up SQLite");
    }
    return 0;
}
