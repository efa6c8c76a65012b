/* Pairs and rings as they are told: whom, how many patients, how much money. */
#include "run/network_tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

typedef struct ca_telling {
    const ca_network_found *found;
    const ca_network_result *result;
    ca_arena *arena;
    int64_t scale;               /* minor units of a unit */
    uint64_t *patients;          /* by entity: the most of a region in which one of its pairs was found */
    uint64_t *shared;            /* the most with one other */
} ca_telling;

static const char *kind_name(ca_edge_kind kind)
{
    switch (kind) {
    case CA_EDGE_PROVIDER:
        return "provider";
    case CA_EDGE_LABORATORY:
        return "laboratory";
    case CA_EDGE_PRESCRIBER:
        return "prescriber";
    case CA_EDGE_PHARMACY:
        return "pharmacy";
    case CA_EDGE_KINDS:
        break;
    }
    return "";
}

static int64_t minor_units(const ca_telling *telling, int64_t amount)
{
    int64_t minor = amount;    /* a sum that is too large stays what it is */
    ca_ratio_round(ca_ratio_of(amount, CA_DECIMAL_ONE), telling->scale, &minor);
    return minor;
}

static int name_member(const ca_telling *telling, uint32_t place, ca_told_member *ret_member, ca_error *err)
{
    const ca_network_entity *entity = &telling->result->entities[place];
    const ca_network_named *named = &telling->found->named[place];
    ca_told_member member = {.kind = kind_name(entity->kind), .id = named->id, .group = named->specialty};
    if (member.id.len == 0) {
        const char *hash = ca_arena_printf(telling->arena, "#%016llx", (unsigned long long)entity->hash);
        if (!hash) {
            return ca_error_nomem(err);
        }
        member.id = ca_text_of(hash);
    }
    member.group = member.group.ptr ? member.group : CA_TEXT("");
    *ret_member = member;
    return 0;
}

static int order_of_members(const void *left, const void *right)
{
    const ca_told_member *a = left;
    const ca_told_member *b = right;
    int order = strcmp(a->kind, b->kind);
    return order ? order : ca_text_cmp(a->id, b->id);
}

/* --- Pairs ------------------------------------------------------------------------------------ */

static void add_money(int64_t *sum, int64_t amount)
{
    if (__builtin_add_overflow(*sum, amount, sum)) {
        *sum = INT64_MAX;
    }
}

/* What a pharmacy is paid its prescribers have caused, and is not paid twice. */
static int64_t money_of(const ca_told_pair *pair)
{
    int64_t sum = 0;
    const ca_told_member *const members[] = {&pair->a, &pair->b};
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(members[i]->kind, "prescriber") != 0) {
            add_money(&sum, members[i]->paid);
        }
    }
    return sum;
}

static int tell_pair(const ca_telling *telling, const ca_network_pair *found, uint64_t rank, ca_told_pair *ret_pair,
                     ca_error *err)
{
    ca_told_member first, second;
    int rc = name_member(telling, found->first, &first, err);
    rc = rc ? rc : name_member(telling, found->second, &second, err);
    if (rc) {
        return rc;
    }
    first.patients = found->of_first;
    second.patients = found->of_second;
    first.shared = second.shared = found->shared;
    first.has_paid = second.has_paid = true;
    first.paid = minor_units(telling, found->paid.first);
    second.paid = minor_units(telling, found->paid.second);
    bool in_order = order_of_members(&first, &second) <= 0;
    uint64_t peers = found->peers ? found->peers : found->population;
    *ret_pair = (ca_told_pair){
        .a = in_order ? first : second,
        .b = in_order ? second : first,
        .region = found->region < telling->found->region_count ? telling->found->regions[found->region] : CA_TEXT(""),
        .population = found->population,
        .shared = found->shared,
        .expected = (double)found->of_first * (double)found->of_second / (double)(peers ? peers : 1),
        .lift = found->lift,
        .jaccard = found->jaccard,
        .log_p = found->log_p,
        .q = exp(found->log_q),
        .rank = rank,
        .has_money = true};
    ret_pair->money = money_of(ret_pair);
    return 0;
}

/* Of each entity the most that its pairs say: members of rings have it, too. */
static void note_pair(ca_telling *telling, const ca_network_pair *pair)
{
    const uint32_t places[] = {pair->first, pair->second};
    const uint32_t of[] = {pair->of_first, pair->of_second};
    for (size_t i = 0; i < 2; i++) {
        uint64_t *patients = &telling->patients[places[i]];
        uint64_t *shared = &telling->shared[places[i]];
        *patients = *patients > of[i] ? *patients : of[i];
        *shared = *shared > pair->shared ? *shared : pair->shared;
    }
}

static int tell_pairs(ca_telling *telling, ca_network_told *told, ca_error *err)
{
    const ca_network_result *result = telling->result;
    int rc = 0;
    told->pair_count = result->pair_count;
    told->pairs = ca_arena_array(telling->arena, result->pair_count + 1, sizeof *told->pairs);
    if (!told->pairs) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < result->pair_count; i++) {
        note_pair(telling, &result->pairs[i]);
        rc = tell_pair(telling, &result->pairs[i], i + 1, &told->pairs[i], err);
    }
    return rc;
}

/* --- Rings ------------------------------------------------------------------------------------ */

typedef struct ca_sought {
    ca_edge_kind kind;
    uint64_t hash;
} ca_sought;

static int order_of_entities(const void *key, const void *item)
{
    const ca_sought *sought = key;
    const ca_network_entity *entity = item;
    if (sought->kind != entity->kind) {
        return sought->kind < entity->kind ? -1 : 1;
    }
    return sought->hash < entity->hash ? -1 : sought->hash > entity->hash;
}

/* A ring has a doctor once, who performs and prescribes. */
static void note_member(const ca_telling *telling, uint32_t place, ca_told_member *member)
{
    const ca_network_result *result = telling->result;
    const ca_network_entity *entity = &result->entities[place];
    bool pharmacy = entity->kind == CA_EDGE_PHARMACY;
    for (ca_edge_kind kind = CA_EDGE_PROVIDER; kind < CA_EDGE_KINDS; kind++) {
        ca_sought sought = {kind, entity->hash};
        const ca_network_entity *same = bsearch(&sought, result->entities, result->entity_count, sizeof *same, order_of_entities);
        if (same && (kind == CA_EDGE_PHARMACY) == pharmacy) {
            size_t at = (size_t)(same - result->entities);
            member->patients = member->patients > telling->patients[at] ? member->patients : telling->patients[at];
            member->shared = member->shared > telling->shared[at] ? member->shared : telling->shared[at];
        }
    }
}

static int tell_ring(const ca_telling *telling, const ca_network_ring *found, ca_told_ring *ret_ring, ca_error *err)
{
    ca_told_member *members = ca_arena_array(telling->arena, found->members + 1u, sizeof *members);
    int rc = members ? 0 : ca_error_nomem(err);
    for (uint32_t i = 0; rc == 0 && i < found->members; i++) {
        uint32_t place = telling->result->ring_members[found->first_member + i];
        rc = name_member(telling, place, &members[i], err);
        if (rc == 0) {
            note_member(telling, place, &members[i]);
        }
    }
    if (rc) {
        return rc;
    }
    qsort(members, found->members, sizeof *members, order_of_members);
    *ret_ring = (ca_told_ring){.members = members,
                               .member_count = found->members,
                               .patients = found->shared,
                               .pairs = found->pairs,
                               .density = found->density,
                               .has_money = true,
                               .money = minor_units(telling, found->paid)};
    return 0;
}

static int order_of_rings(const void *left, const void *right)
{
    const ca_told_ring *a = left;
    const ca_told_ring *b = right;
    if (a->patients != b->patients) {
        return a->patients > b->patients ? -1 : 1;
    }
    return a->member_count && b->member_count ? order_of_members(&a->members[0], &b->members[0]) : 0;
}

static int tell_rings(const ca_telling *telling, ca_network_told *told, ca_error *err)
{
    const ca_network_result *result = telling->result;
    int rc = 0;
    told->ring_count = result->ring_count;
    told->rings = ca_arena_array(telling->arena, result->ring_count + 1, sizeof *told->rings);
    if (!told->rings) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < result->ring_count; i++) {
        rc = tell_ring(telling, &result->rings[i], &told->rings[i], err);
    }
    if (rc) {
        return rc;
    }
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        ca_told_ring *ring = pair->ring < result->ring_count ? &told->rings[pair->ring] : NULL;
        if (ring) {
            ring->q = fmax(ring->q, told->pairs[i].q);
        }
    }
    qsort(told->rings, told->ring_count, sizeof *told->rings, order_of_rings);
    for (size_t i = 0; i < told->ring_count; i++) {
        told->rings[i].rank = i + 1;
    }
    return 0;
}

/* --- Together --------------------------------------------------------------------------------- */

static void count_kinds(ca_network_told *told)
{
    static const char *const of[CA_NETWORK_KINDS] = {"provider+provider", "pharmacy+prescriber", "laboratory+provider", "ring"};
    for (size_t k = 0; k < CA_NETWORK_KINDS; k++) {
        told->kinds[k] = (ca_scored_kind){.of = of[k]};
    }
    for (size_t i = 0; i < told->pair_count; i++) {
        const char *a = told->pairs[i].a.kind;
        size_t kind = strcmp(a, "pharmacy") == 0 ? 1 : strcmp(a, "laboratory") == 0 ? 2 : 0;
        told->kinds[kind].offered++;
        told->kinds[kind].leads++;
    }
    told->kinds[3].offered = told->kinds[3].leads = told->ring_count;
}

int ca_network_tell(const ca_network_found *found, int minor_digits, ca_arena *arena, ca_network_told *ret_told, ca_error *err)
{
    size_t entities = found->result->entity_count;
    ca_network_told told = {0};
    ca_telling telling = {.found = found, .result = found->result, .arena = arena, .scale = 1};
    telling.patients = ca_arena_array(arena, entities + 1, sizeof *telling.patients);
    telling.shared = ca_arena_array(arena, entities + 1, sizeof *telling.shared);
    if (!telling.patients || !telling.shared) {
        return ca_error_nomem(err);
    }
    for (int digit = 0; digit < minor_digits; digit++) {
        telling.scale *= 10;
    }
    int rc = tell_pairs(&telling, &told, err);
    rc = rc ? rc : tell_rings(&telling, &told, err);
    if (rc == 0) {
        count_kinds(&told);
        *ret_told = told;
    }
    return rc;
}
