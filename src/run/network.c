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

void ca_network_sink_free(ca_network_sink *sink)
{
    while (sink != NULL) {
        ca_network_sink *next = sink->next;
        ca_edges_free(sink->edges);
        ca_table_done(&sink->regions);
        if (sink->current != NULL)
            ca_free(sink->current->votes);
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

int ca_network_place(ca_network_sink *sink, ca_text region, bool own, uint32_t lines, ca_error *err)
{
    struct ca_network_collected *now = sink->current;
    uint32_t id;
    if (region.len == 0)
        return 0;
    if (ca_table_put(&sink->regions, region, &id, NULL) != 0)
        return ca_error_nomem(err);
    for (size_t i = 0; i < now->vote_count; i++) {
        if (now->votes[i].region == id && now->votes[i].own == own) {
            now->votes[i].lines += lines;
            return 0;
        }
    }
    vote *grown = ca_grown_array(now->votes, now->vote_count, &now->vote_cap, sizeof *grown);
    if (grown == NULL)
        return ca_error_nomem(err);
    now->votes = grown;
    now->votes[now->vote_count++] = (vote){id, own, lines};
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
