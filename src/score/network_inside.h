/* The parts of the search for pairs, in the order in which they work. A seat is an entity among the patients of one region. */
#ifndef CA_SCORE_NETWORK_INSIDE_H
#define CA_SCORE_NETWORK_INSIDE_H

#include "score/blocks.h"
#include "score/network.h"

typedef struct net_seat {
    uint64_t entity;
    uint32_t region;
    uint32_t patients;
    uint32_t laboratory;        /* of them, patients with a line that looks like a laboratory's */
    uint32_t owner;             /* place of the entity */
    ca_edge_kind kind;          /* as in the edges */
} net_seat;

typedef struct net_owner {
    ca_network_entity entity;
    uint32_t first, seats;      /* its seats lie together */
    uint32_t home;              /* the region of most of its patients, of equals the smaller number */
} net_owner;

/* Which kinds may be a pair. */
typedef enum pair_kind { PROVIDERS, PROVIDER_LABORATORY, PRESCRIBER_PHARMACY, PAIR_KINDS } pair_kind;

/* All pairs of a kind in one region together. */
typedef struct stratum {
    uint64_t met;               /* how often two of them are on a patient's list */
    uint64_t peers;             /* patients among whom so much would be met by chance: no more than the region has */
} stratum;

/* A pair that may be reported: its p is small enough by itself. */
typedef struct candidate {
    uint32_t first, second;     /* seats of one region */
    uint32_t shared;
    double log_p;
} candidate;

typedef struct network {
    ca_edges *edges;
    const ca_network_settings *settings;
    ca_disk *disk;
    const char *path;
    uint32_t region_count;
    uint32_t *population;       /* patients, by region */
    net_seat *seats;            /* with enough patients to be paired */
    size_t seat_count, seat_cap;
    net_owner *owners;
    size_t owner_count;
    uint32_t *index;            /* open addressing: seat + 1 by entity, kind and region */
    size_t index_mask;
    stratum (*strata)[PAIR_KINDS];  /* by region */
    ca_blocks *lists;           /* the patients' seats */
    uint64_t *firsts;           /* by seat: in how many pairs of patients' lists it stands first */
    candidate *candidates;
    size_t candidate_count, candidate_cap;
    ca_network_counts counts;
} network;

#define SEAT_NONE UINT32_MAX

/* Mixes what makes a seat into bits that may be taken from the top. */
static inline uint64_t seat_hash(uint64_t entity, ca_edge_kind kind, uint32_t region)
{
    uint64_t hash = entity ^ ((uint64_t)region * CA_EDGE_KINDS + (uint64_t)kind + 1) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ (hash >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    hash = (hash ^ (hash >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ (hash >> 32);
}

/* Each of these returns 0 or a negative error; what they made is freed with the network. */
int ca_network_count_seats(network *net, ca_error *err);
int ca_network_know_owners(network *net, ca_network_describe *describe, void *context, ca_error *err);
/* The seats of a patient's edges, SEAT_NONE for those without. */
void ca_network_seats(const network *net, const ca_edge_patient *patient, uint32_t seats[CA_EDGES_MAX]);
int ca_network_write_lists(network *net, ca_error *err);
int ca_network_find_peers(network *net, ca_error *err);
/* The patients among whom a pair is tested; it may be fewer than saw the two, who then share less than is expected. */
uint64_t ca_network_peers(const network *net, const candidate *pair);
int ca_network_count_pairs(network *net, ca_error *err);
/* Pairs of one entity with others: `pairs` may hold several regions for one of them, and change places. */
int ca_network_test_pairs(network *net, candidate *pairs, size_t count, ca_error *err);
int ca_network_report(network *net, ca_network_result *result, ca_error *err);
int ca_network_find_rings(network *net, ca_network_result *result, ca_error *err);

#endif
