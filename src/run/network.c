/* Collects patients for a network: lines of a patient add up to one entry for each entity, regions become numbers. */
#include "run/network.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "run/network_inside.h"

#define SLOTS 128u      /* a power of two, well above CA_EDGES_MAX */

/* Lines of the patient in a region. */
typedef struct vote {
    uint32_t region;
    bool own;
    uint64_t lines;
} vote;

struct ca_network_collected {
    ca_edge_patient patient;
    bool crowded;
    uint8_t slots[SLOTS];       /* edge + 1 by entity */
    vote *votes;
    size_t vote_count, vote_cap;
    uint32_t *places;           /* by region, own or not: which vote it is, if that says so */
    size_t place_count;
};

int ca_network_sink_new(ca_disk *disk, const char *path, size_t hold, ca_network_sink **ret_sink, ca_error *err)
{
    ca_network_sink *sink = ca_alloc_zero(1, sizeof *sink);
    if (sink == NULL)
        return ca_error_nomem(err);
    ca_table_init(&sink->regions);
    sink->current = ca_alloc_zero(1, sizeof *sink->current);
    int rc = sink->current == NULL ? ca_error_nomem(err) : ca_edges_new(disk, path, hold, &sink->edges, err);
    if (rc != 0) {
        ca_network_sink_free(sink);
        return rc;
    }
    *ret_sink = sink;
    return 0;
}

static void free_current(struct ca_network_collected *current)
{
    ca_free(current->votes);
    ca_free(current->places);
}

void ca_network_sink_free(ca_network_sink *sink)
{
    while (sink != NULL) {
        ca_network_sink *next = sink->next;
        ca_edges_free(sink->edges);
        ca_table_done(&sink->regions);
        if (sink->current != NULL)
            free_current(sink->current);
        ca_free(sink->current);
        ca_free(sink->numbers);
        ca_free(sink);
        sink = next;
    }
}

void ca_network_begin(ca_network_sink *sink, uint64_t patient)
{
    struct ca_network_collected *now = sink->current;
    now->patient.patient = patient;
    now->patient.count = 0;
    now->crowded = false;
    memset(now->slots, 0, sizeof now->slots);
    now->vote_count = 0;
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

void ca_network_see(ca_network_sink *sink, ca_edge_kind kind, uint64_t entity, int64_t paid, bool laboratory)
{
    struct ca_network_collected *now = sink->current;
    uint32_t at = (uint32_t)((entity + (uint64_t)kind) * UINT64_C(0x9e3779b97f4a7c15) >> 57) & (SLOTS - 1);
    for (; now->slots[at] != 0; at = (at + 1) & (SLOTS - 1)) {
        ca_edge *edge = &now->patient.edges[now->slots[at] - 1];
        if (edge->entity != entity || edge->kind != kind)
            continue;
        edge->paid = add(edge->paid, paid);
        edge->laboratory = edge->laboratory || laboratory;
        return;
    }
    if (now->patient.count == CA_EDGES_MAX) {
        now->crowded = true;
        return;
    }
    now->patient.edges[now->patient.count++] =
        (ca_edge){.entity = entity, .paid = paid, .kind = kind, .laboratory = laboratory};
    now->slots[at] = (uint8_t)now->patient.count;
}

/* The vote for a region, or where it is to be; NULL when memory ran out. A place that was left by another patient names a vote of
 * this one that is for another region, or none. */
static vote *vote_for(struct ca_network_collected *now, uint32_t region, bool own)
{
    size_t at = 2 * (size_t)region + own;
    if (at >= now->place_count) {
        size_t count = 2 * (at + 1);
        uint32_t *places = ca_realloc_array(now->places, count, sizeof *places);
        if (places == NULL)
            return NULL;
        memset(places + now->place_count, 0, (count - now->place_count) * sizeof *places);
        now->places = places;
        now->place_count = count;
    }
    vote *votes = now->votes;
    uint32_t place = now->places[at];
    if (place < now->vote_count && votes[place].region == region && votes[place].own == own)
        return &votes[place];
    votes = ca_grown_array(votes, now->vote_count, &now->vote_cap, sizeof *votes);
    if (votes == NULL)
        return NULL;
    now->votes = votes;
    now->places[at] = (uint32_t)now->vote_count;
    votes[now->vote_count] = (vote){region, own, 0};
    return &votes[now->vote_count++];
}

int ca_network_place(ca_network_sink *sink, ca_text region, bool own, uint32_t lines, ca_error *err)
{
    uint32_t id;
    if (region.len == 0)
        return 0;
    if (ca_table_put(&sink->regions, region, &id, NULL) != 0)
        return ca_error_nomem(err);
    vote *found = vote_for(sink->current, id, own);
    if (found == NULL)
        return ca_error_nomem(err);
    found->lines += lines;
    return 0;
}

static bool is_better(const ca_network_sink *sink, const vote *a, const vote *b)
{
    if (a->own != b->own)
        return a->own;
    if (a->lines != b->lines)
        return a->lines > b->lines;
    return ca_text_cmp(ca_table_key(&sink->regions, a->region), ca_table_key(&sink->regions, b->region)) < 0;
}

/* The number of the region that was voted for, 0 for none. */
static uint32_t voted(const ca_network_sink *sink)
{
    const struct ca_network_collected *now = sink->current;
    const vote *best = NULL;
    for (size_t i = 0; i < now->vote_count; i++) {
        if (best == NULL || is_better(sink, &now->votes[i], best))
            best = &now->votes[i];
    }
    return best == NULL ? 0 : best->region + 1;
}

int ca_network_end(ca_network_sink *sink, ca_error *err)
{
    struct ca_network_collected *now = sink->current;
    if (now->crowded) {
        ca_edges_crowded(sink->edges);
        return 0;
    }
    now->patient.region = voted(sink);
    return ca_edges_add(sink->edges, &now->patient, err);
}

void ca_network_join(ca_network_sink *sink, ca_network_sink *other)
{
    while (sink->next != NULL)
        sink = sink->next;
    sink->next = other;
}
