/* What a sink of a network holds. */
#ifndef CA_RUN_NETWORK_INSIDE_H
#define CA_RUN_NETWORK_INSIDE_H

#include "base/hash.h"
#include "run/network.h"

struct ca_network_sink {
    ca_edges *edges;            /* regions are numbers of the table + 1, 0 for none; NULL when another sink has them */
    ca_table regions;
    uint32_t *numbers;          /* of the regions among those of all sinks */
    struct ca_network_collected *current;   /* the patient between _begin and _end */
    ca_network_sink *next;      /* joined */
};

#endif
