/* Rules of several lines to routes: a line goes, with the columns that are read, wherever a rule has to see it, by the hash
 * of a key. */
#include "run/several.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "rules/kind_keys.h"
#include "rules/peers.h"
#include "rules/route.h"

static_assert(CA_KEYED_KEY_MAX == CA_ROUTE_KEY_MAX, "a route's key is that of its exchange");

/* --- Planning --------------------------------------------------------------------------------------- */

#define FOREIGN_FEW      4u                   /* columns: with so many two rules share a route */
#define ROUTES_MORE      8u                   /* than there must be, at most */
#define MEMORY_OF_ROUTES ((uint64_t)64 << 20) /* of each thread, for one more */

static const unsigned in_every_line[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PATIENT_ID,
                                         CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_SERVICE_DATE, CA_F_PAID};

static bool always(unsigned column)
{
    bool found = false;
    for (size_t i = 0; i < sizeof in_every_line / sizeof *in_every_line; i++) {
        found |= in_every_line[i] == column;
    }
    return found;
}

/* Columns that only one of the two reads. */
static unsigned foreign_columns(const ca_scan_state *scan, const ca_route *route, const ca_rule *rule)
{
    unsigned foreign = 0;
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        bool reads = rule->unit_columns[c] || rule->line_columns[c] || always(c);
        foreign += reads != (route->columns[c] != 0);
    }
    return foreign;
}

/* The one whose lines carry nearly what the rule reads; without such a one, the nearest where there are enough routes. */
static ca_route *route_for(ca_scan_state *scan, const ca_rule *rule, const unsigned *key, unsigned count, unsigned enough)
{
    ca_several *several = scan->several;
    ca_route *nearest = NULL;
    unsigned least = UINT_MAX;
    for (unsigned i = 0; i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        unsigned foreign = foreign_columns(scan, route, rule);
        if (ca_route_serves(route->key, route->key_count, key, count) && foreign < least) {
            nearest = route;
            least = foreign;
        }
    }
    if ((nearest && (least <= FOREIGN_FEW || several->route_count >= enough)) || several->route_count == CA_ROUTES_MAX) {
        return nearest;
    }
    ca_route *route = &several->routes[several->route_count++];
    memcpy(route->key, key, count * sizeof *key);
    route->key_count = count;
    return route;
}

static int make_route(ca_scan_state *scan, ca_route *route, ca_error *err)
{
    size_t count = scan->setup->rules->count + 1;
    route->rules.rules = ca_arena_array(scan->arena, count, sizeof(ca_rule *));
    route->rules.index = ca_arena_array(scan->arena, count, sizeof(uint32_t));
    route->columns = ca_arena_array(scan->arena, scan->setup->schema.count, 1);
    return route->rules.rules && route->rules.index && route->columns ? 0 : ca_error_nomem(err);
}

static void take_columns(ca_scan_state *scan, ca_route *route, const ca_rule *rule)
{
    static const unsigned of_claims[] = {CA_F_FROM_DATE, CA_F_CLAIM_PAID};
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        uint8_t reads = rule->unit_columns[c] | rule->line_columns[c];
        route->columns[c] |= reads;
        scan->needed[c] |= reads;
    }
    for (size_t i = 0; i < sizeof in_every_line / sizeof *in_every_line; i++) {
        route->columns[in_every_line[i]] = 1;
        scan->stored[in_every_line[i]] = 1;
    }
    for (size_t i = 0; rule->keys.of_claims && i < sizeof of_claims / sizeof *of_claims; i++) {
        route->columns[of_claims[i]] = 1;
        scan->stored[of_claims[i]] = 1;
    }
}

/* The next bit of masks; rules beyond the last one share it, and tell no lines apart. */
static void number_rule(ca_several *several, const ca_rule *rule, uint32_t index, unsigned number)
{
    ca_use *use = &several->uses[index];
    bool shares = number >= CA_USES_MAX - 1;
    *use = (ca_use){.runs = true,
                    .bit = (uint8_t)(shares ? CA_USES_MAX - 1 : number),
                    .mating = shares ? (ca_mating){.by = CA_MATES_NONE} : ca_mating_of(rule),
                    .of_claims = rule->keys.of_claims,
                    .counts_lines = rule->kind->hit_lines > 0 && !rule->keys.of_claims};
    several->rule_of[use->bit] = index;
    several->of_claims |= use->of_claims && !shares ? UINT64_C(1) << use->bit : 0;
}

static int plan_rule(ca_scan_state *scan, uint32_t index, unsigned number, unsigned enough, ca_error *err)
{
    ca_rule *rule = scan->setup->rules->rules[index];
    unsigned key[CA_KEYED_KEY_MAX];
    unsigned count = ca_route_key(rule, key);
    ca_route *route = route_for(scan, rule, key, count, enough);
    if (!route) {
        return ca_error_set(err, CA_LIMIT, "%s: more than %u different groups of columns join lines; rules can share one",
                            rule->id, CA_ROUTES_MAX);
    }
    if (!route->columns && make_route(scan, route, err)) {
        return CA_NOMEM;
    }
    route->rules.rules[route->rules.count] = rule;
    route->rules.index[route->rules.count++] = index;
    route->has_peers |= rule->keys.metric != NULL;
    number_rule(scan->several, rule, index, number);
    scan->several->uses[index].route = (uint8_t)(route - scan->several->routes);
    route->uses |= UINT64_C(1) << scan->several->uses[index].bit;
    take_columns(scan, route, rule);
    if (rule->keys.metric && !(scan->several->peers[index] = ca_peers_new())) {
        return ca_error_nomem(err);
    }
    return 0;
}

/* A rule whose lines another one recognises anyway needs no marks. */
static void find_wider(const ca_scan_state *scan, uint32_t index)
{
    ca_use *uses = scan->several->uses;
    ca_use *use = &uses[index];
    ca_rule *const *rules = scan->setup->rules->rules;
    for (uint32_t i = 0; !use->lends && !use->mating.wider && i < scan->setup->rules->count; i++) {
        if (i != index && uses[i].runs && !uses[i].mating.wider &&
            ca_mating_serves(rules[i], &uses[i].mating, rules[index], &use->mating)) {
            use->mating.wider = rules[i];
            use->wider = i;
            uses[i].lends = true;
        }
    }
}

static int order_rules(const ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    uint32_t count = (uint32_t)scan->setup->rules->count;
    several->order = ca_arena_array(scan->arena, count + 1, sizeof *several->order);
    if (!several->order) {
        return ca_error_nomem(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        find_wider(scan, i);
    }
    for (uint32_t i = 0; i < 2 * count; i++) {
        const ca_use *use = &several->uses[i % count];
        if (use->runs && (use->mating.wider != NULL) == (i >= count)) {
            several->order[several->order_count++] = i % count;
        }
    }
    return 0;
}

/* Rules with few columns first: what serves them serves others. */
typedef struct planned {
    unsigned columns;
    uint32_t index;
} planned;

static int by_columns(const void *left, const void *right)
{
    const planned *a = left;
    const planned *b = right;
    if (a->columns != b->columns) {
        return a->columns < b->columns ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

bool ca_several_runs(const ca_scan_state *scan, const ca_rule *rule)
{
    return ca_kind_of_several(rule->kind) &&
           (scan->every_status || rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW);
}

static size_t list_rules(const ca_scan_state *scan, planned *ret)
{
    size_t count = 0;
    for (uint32_t i = 0; i < scan->setup->rules->count; i++) {
        unsigned key[CA_KEYED_KEY_MAX];
        unsigned columns = ca_route_key(scan->setup->rules->rules[i], key);
        if (ca_several_runs(scan, scan->setup->rules->rules[i])) {
            ret[count++] = (planned){columns, i};
        }
    }
    if (count > 1) {
        qsort(ret, count, sizeof *ret, by_columns);
    }
    return count;
}

/* Lines could not come together on fewer routes. */
static unsigned routes_needed(const ca_scan_state *scan, const planned *order, size_t count)
{
    unsigned keys[CA_ROUTES_MAX][CA_KEYED_KEY_MAX];
    unsigned counts[CA_ROUTES_MAX];
    unsigned needed = 0;
    for (size_t i = 0; i < count && needed < CA_ROUTES_MAX; i++) {
        bool served = false;
        counts[needed] = ca_route_key(scan->setup->rules->rules[order[i].index], keys[needed]);
        for (unsigned k = 0; k < needed; k++) {
            served |= ca_route_serves(keys[k], counts[k], keys[needed], counts[needed]);
        }
        needed += !served;
    }
    return needed;
}

/* Where there is memory, rules that read other columns have a route of their own: lines then carry little, and few of them
 * travel twice. */
static unsigned routes_enough(const ca_scan_state *scan, const planned *order, size_t count)
{
    unsigned needed = routes_needed(scan, order, count);
    uint64_t more = scan->options->memory / MEMORY_OF_ROUTES / (scan->options->jobs ? scan->options->jobs : 1);
    unsigned enough = needed + (unsigned)(more < ROUTES_MORE ? more : ROUTES_MORE);
    return enough < CA_ROUTES_MAX ? enough : CA_ROUTES_MAX;
}

int ca_several_plan(ca_scan_state *scan, ca_error *err)
{
    size_t rules = scan->setup->rules->count;
    planned *order = ca_arena_array(scan->arena, rules + 1, sizeof *order);
    ca_several *several = ca_arena_array(scan->arena, 1, sizeof *several);
    if (!order || !several) {
        return ca_error_nomem(err);
    }
    size_t count = list_rules(scan, order);
    if (count == 0 && !scan->measuring) {
        return 0;    /* nothing waits */
    }
    several->peers = ca_arena_array(scan->arena, rules + 1, sizeof *several->peers);
    several->uses = ca_arena_array(scan->arena, rules + 1, sizeof *several->uses);
    if (!several->peers || !several->uses) {
        return ca_error_nomem(err);
    }
    scan->several = several;
    unsigned enough = routes_enough(scan, order, count);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = plan_rule(scan, order[i].index, (unsigned)i, enough, err);
    }
    rc = rc ? rc : ca_torn_plan(scan, err);
    return rc ? rc : order_rules(scan, err);
}
