/* Two numbers at a time, which compilers turn into one instruction where the processor has it; comparing gives all bits or none. */
#ifndef CA_SCORE_LANES_H
#define CA_SCORE_LANES_H

#include <stdint.h>
#include <string.h>

#define CA_LANES 2u
typedef double ca_lanes __attribute__((vector_size(16)));
typedef int64_t ca_lane_bits __attribute__((vector_size(16)));

static inline ca_lanes ca_lanes_at(const double *from)
{
    ca_lanes made;
    memcpy(&made, from, sizeof made);
    return made;
}

static inline void ca_lanes_put(ca_lanes numbers, double *to)
{
    memcpy(to, &numbers, sizeof numbers);
}

/* The one where the bits of `which` are set. */
static inline ca_lanes ca_lanes_where(ca_lane_bits which, ca_lanes one, ca_lanes other)
{
    return (ca_lanes)(((ca_lane_bits)one & which) | ((ca_lane_bits)other & ~which));
}

#endif
