/* Asks the operating system about this process. */
#include "base/process.h"

#include <sys/resource.h>
#include <unistd.h>

uint64_t ca_process_number(void)
{
    return (uint64_t)getpid();
}

uint64_t ca_process_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}
