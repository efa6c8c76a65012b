/* Small random networks: patients of three regions who see entities at random, and circles of entities that stand together. */
#ifndef CA_TESTS_RANDOM_NETWORK_H
#define CA_TESTS_RANDOM_NETWORK_H

#include "score/network.h"
#include "support/memdisk.h"

#define PATIENTS 500u
#define ENTITIES 30u
#define REGIONS  3u
#define PATH     "network.tmp"
#define LOG_PATH "edges.tmp"

typedef struct random_network {
    ca_edge_patient patients[PATIENTS];
    uint64_t entities[ENTITIES];        /* hashes */
    ca_network_role roles[ENTITIES];
    uint64_t organisations[ENTITIES];
} random_network;

/* The same for a seed; ca_free. */
random_network *random_network_new(uint64_t seed);
/* Some differ by seed. */
ca_network_settings random_network_settings(uint64_t seed);
/* A ca_network_describe: the context is the network. */
int random_network_describe(void *context, ca_network_entity *entities, size_t count, ca_error *err);
/* All patients, each once, every `step`-th first: no divisor of their number. */
ca_edges *random_network_log(const random_network *network, memdisk *mem, size_t hold, uint32_t step);
/* Finds pairs and rings; no file is left. */
ca_network_result *random_network_find(const random_network *network, const ca_network_settings *settings, size_t hold,
                                       uint32_t step);

#endif
