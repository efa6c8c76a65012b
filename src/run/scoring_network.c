/* Pairs and rings of a scan: who the hashes of a network are, and what is told of those that stand out. */
#include "run/scoring.h"

#include "base/hash.h"
#include "run/budget.h"

static const struct {
    ca_entity entity;
    ca_edge_kind kind;
} seen[] = {{CA_ENTITY_PROVIDER, CA_EDGE_PROVIDER}, {CA_ENTITY_PRESCRIBER, CA_EDGE_PRESCRIBER}, {CA_ENTITY_PHARMACY, CA_EDGE_PHARMACY}};

static int tell_kind(const ca_scan_state *scan, size_t which, ca_network_hear *hear, void *to, ca_error *err)
{
    const ca_score_table *table = scan->entities->kinds[seen[which].entity].table;
    size_t count = table ? ca_score_table_count(table) : 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        ca_text id = ca_score_table_id(table, i);
        const ca_network_known known = {.kind = seen[which].kind,
                                        .entity = ca_hash64(id.ptr, id.len),
                                        .id = id,
                                        .specialty = ca_score_table_specialty(table, i),
                                        .organisation = ca_facts_organisation(scan->facts, id)};
        rc = hear(to, &known, err);
    }
    return rc;
}

static int tell_entities(void *context, ca_network_hear *hear, void *to, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof seen / sizeof *seen; i++) {
        rc = tell_kind(context, i, hear, to, err);
    }
    return rc;
}

int ca_scoring_networks(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    ca_network_settings settings = ca_network_defaults();
    if (!scan->entities->network) {
        return 0;
    }
    settings.memory = ca_budget_entity_bytes(scan, 1);    /* no entity is measured any more */
    settings.memory = settings.memory < CA_NETWORK_MEMORY_LEAST ? CA_NETWORK_MEMORY_LEAST : settings.memory;
    int rc = ca_network_run(scan->entities->network, scan->temporary, "links", &settings, tell_entities, scan, &scoring->found, err);
    return rc ? rc : ca_network_tell(scoring->found, scan->setup->profile->minor_digits, scan->arena, &scoring->networks, err);
}
