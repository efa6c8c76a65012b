/* What the operating system says of this process. */
#ifndef CA_BASE_PROCESS_H
#define CA_BASE_PROCESS_H

#include <stdint.h>

uint64_t ca_process_number(void);
/* Bytes of memory that it ever held at one time; 0 = not known. */
uint64_t ca_process_peak(void);

#endif
