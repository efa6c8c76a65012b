/* Asks the operating system about this process. */
#include "base/process.h"

#include <unistd.h>

uint64_t ca_process_number(void)
{
    return (uint64_t)getpid();
}
