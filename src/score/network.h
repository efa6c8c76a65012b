/* Who shares more patients with whom than chance explains. A pair of entities is tested in one region against the
 * hypergeometric law: of N patients of the region, a saw the one and b the other; how likely is it that k or more saw both?
 * Pairs that stand out at a false discovery rate (Benjamini, Hochberg 1995) become rings where they hang together.
 *
 * Knows no claims: entities are hashes with a kind, patients are lists of them, regions are numbers. All that is counted is
 * counted in integers, so nothing depends on the order of patients, on threads or on memory. */
#ifndef CA_SCORE_NETWORK_H
#define CA_SCORE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "score/edges.h"

#define CA_NETWORK_SAMPLES 20u          /* patients named as evidence of a pair or ring */
#define CA_NETWORK_MEMORY_LEAST (1u << 20)

/* What an entity is by its own record, when all edges are known. A person is paired; laboratories and facilities are skipped
 * where they are hubs. */
typedef enum ca_network_role { CA_NETWORK_PERSON, CA_NETWORK_LABORATORY, CA_NETWORK_FACILITY, CA_NETWORK_UNKNOWN } ca_network_role;

typedef struct ca_network_entity {
    uint64_t hash;                      /* of the identifier; the same for a provider, laboratory and prescriber of one id */
    ca_edge_kind kind;
    ca_network_role role;               /* the rest is filled by who knows: */
    uint64_t specialty;                 /* hash, 0 when unknown */
    uint64_t organisation;              /* hash, 0 when unknown: pairs of one organisation are counted, not reported */
} ca_network_entity;

/* Fills role, specialty and organisation of all entities that may be paired; called at most once. */
typedef int ca_network_describe(void *context, ca_network_entity *entities, size_t count, ca_error *err);

typedef struct ca_network_settings {
    unsigned shared_least;              /* patients that a pair shares at least, >= 2 */
    unsigned lift_least;                /* times as many as expected */
    unsigned hub_percent;               /* of the region's patients */
    unsigned ring_least;                /* members */
    unsigned discoveries_per_mille;     /* false share among what is reported */
    bool alike;                         /* test among all patients of the region as though they were alike; false: see `peers` */
    size_t memory;                      /* bytes for tables and lists; what is larger takes more passes, or goes to disk */
} ca_network_settings;

ca_network_settings ca_network_defaults(void);      /* 5, 3, 5 %, 3, 1 %, 64 MiB */

typedef struct ca_network_money {       /* 1/10,000; of the shared patients, paid to each; unknown amounts add nothing */
    int64_t first, second;
} ca_network_money;

typedef struct ca_network_pair {
    uint32_t first, second;             /* places in `entities`, first < second */
    uint32_t region;                    /* number, as in the edges */
    uint32_t ring;                      /* place in `rings`, UINT32_MAX for none */
    uint32_t population, of_first, of_second, shared;   /* patients of the region: N, a, b, k */
    uint32_t peers;                     /* N as the test has it: so many that all pairs of this kind in the region together share
                                           as many as chance lets them; at most N */
    double log_p;                       /* ln P(X >= k) among the peers, rounded to 1e-6 */
    double log_q;                       /* ln of the q-value over all pairs that could have been found */
    double lift;                        /* k N / (a b) */
    double jaccard;                     /* k / (a + b - k) */
    ca_network_money paid;
    uint32_t sample_count;
    uint64_t samples[CA_NETWORK_SAMPLES];   /* of the shared patients those with the smallest hashes, ascending */
} ca_network_pair;

typedef struct ca_network_ring {
    uint32_t first_member, members;     /* in `ring_members` */
    uint32_t pairs;                     /* reported ones among them */
    double density;                     /* pairs / (members (members - 1) / 2) */
    uint32_t shared;                    /* patients, of any region, seen by at least half of the members, and by two */
    int64_t paid;                       /* to members for these patients */
    uint32_t sample_count;
    uint64_t samples[CA_NETWORK_SAMPLES];
} ca_network_ring;

typedef struct ca_network_counts {
    uint64_t patients;                  /* told */
    uint64_t crowded;                   /* left out: more than CA_EDGES_MAX entities */
    uint64_t homeless;                  /* left out: without a region, while others have one */
    uint64_t edges;                     /* of patients that were not left out */
    uint64_t entities;                  /* with enough patients in some region to be paired */
    uint64_t hubs;                      /* laboratories and facilities skipped, each once a region */
    uint64_t regions;                   /* with patients */
    uint64_t possible;                  /* M: pairs of entities that could have been found, in all strata */
    uint64_t tested;                    /* that shared enough patients, each in one region */
    uint64_t one_organisation;          /* significant, but of one organisation: not reported */
    unsigned passes;                    /* over the lists, for the memory at hand; no result */
} ca_network_counts;

typedef struct ca_network_result {
    ca_network_entity *entities;        /* of the pairs, by (kind, hash) */
    size_t entity_count;
    ca_network_pair *pairs;             /* by (log_p, entities) */
    size_t pair_count;
    ca_network_ring *rings;             /* by their first member */
    size_t ring_count;
    uint32_t *ring_members;             /* places in `entities`, ascending in each ring; of one id the first place */
    size_t ring_member_count;
    ca_network_counts counts;
} ca_network_result;

/* `path` is for a temporary file, made when the lists do not fit. CA_NOMEM, CA_FAIL from the disk, CA_LIMIT, or what
 * `describe` returns. `region_count` is more than any region of the edges. */
int ca_network_find(ca_edges *edges, uint32_t region_count, const ca_network_settings *settings, ca_network_describe *describe,
                    void *context, ca_disk *disk, const char *path, ca_network_result **ret_result, ca_error *err);
void ca_network_result_free(ca_network_result *result);     /* NULL is fine */

#endif
