/* The stream's side of rules of several lines: each line goes, with the columns that are read, wherever a rule has to see
 * it, by the hash of a key. */
#include "run/several.h"

#include <stdlib.h>
#include <string.h>

#include "rules/kind_keys.h"
#include "rules/peers.h"
#include "rules/trigger.h"

/* --- Planning --------------------------------------------------------------------------------------- */

/* The columns that all lines of one group of a rule have in common. */
static unsigned key_of(const ca_rule *rule, unsigned *ret_key)
{
    const ca_rule_keys *keys = &rule->keys;
    unsigned count = 0;
    for (size_t i = 0; i < keys->same.count && count < CA_KEYED_KEY_MAX; i++) {
        ret_key[count++] = keys->same.items[i];
    }
    if (keys->period == CA_PERIOD_CLAIM && count + 2 <= CA_KEYED_KEY_MAX) {
        ret_key[count++] = CA_F_CLAIM_TYPE;
        ret_key[count++] = CA_F_CLAIM_ID;
    }
    if (keys->period == CA_PERIOD_STAY && count < CA_KEYED_KEY_MAX) {
        ret_key[count++] = CA_F_PATIENT_ID;
    }
    return count;
}

static bool is_in(unsigned column, const unsigned *key, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (key[i] == column) {
            return true;
        }
    }
    return false;
}

/* A patient's lines serve all rules whose key has the patient. */
static void shorten(unsigned *key, unsigned *count)
{
    if (is_in(CA_F_PATIENT_ID, key, *count)) {
        key[0] = CA_F_PATIENT_ID;
        *count = 1;
    }
}

static bool serves(const ca_route *route, const unsigned *key, unsigned count)
{
    for (unsigned i = 0; i < route->key_count; i++) {
        if (!is_in(route->key[i], key, count)) {
            return false;
        }
    }
    return true;
}

static ca_route *route_for(ca_several *several, const unsigned *key, unsigned count)
{
    for (unsigned i = 0; i < several->route_count; i++) {
        if (serves(&several->routes[i], key, count)) {
            return &several->routes[i];
        }
    }
    if (several->route_count == CA_ROUTES_MAX) {
        return NULL;
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
    static const unsigned always[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PATIENT_ID,
                                      CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_SERVICE_DATE, CA_F_PAID};
    static const unsigned of_claims[] = {CA_F_FROM_DATE, CA_F_CLAIM_PAID};
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        uint8_t reads = rule->unit_columns[c] | rule->line_columns[c];
        route->columns[c] |= reads;
        scan->needed[c] |= reads;
    }
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        route->columns[always[i]] = 1;
        scan->stored[always[i]] = 1;
    }
    for (size_t i = 0; rule->keys.of_claims && i < sizeof of_claims / sizeof *of_claims; i++) {
        route->columns[of_claims[i]] = 1;
        scan->stored[of_claims[i]] = 1;
    }
}

static int plan_rule(ca_scan_state *scan, uint32_t index, ca_error *err)
{
    ca_rule *rule = scan->setup->rules->rules[index];
    unsigned key[CA_KEYED_KEY_MAX];
    unsigned count = key_of(rule, key);
    shorten(key, &count);
    ca_route *route = route_for(scan->several, key, count);
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
    take_columns(scan, route, rule);
    if (rule->keys.metric && !(scan->several->peers[index] = ca_peers_new())) {
        return ca_error_nomem(err);
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
        unsigned columns = key_of(scan->setup->rules->rules[i], key);
        shorten(key, &columns);
        if (ca_several_runs(scan, scan->setup->rules->rules[i])) {
            ret[count++] = (planned){columns, i};
        }
    }
    if (count > 1) {
        qsort(ret, count, sizeof *ret, by_columns);
    }
    return count;
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
    if (count == 0) {
        return 0;
    }
    several->peers = ca_arena_array(scan->arena, rules + 1, sizeof *several->peers);
    if (!several->peers) {
        return ca_error_nomem(err);
    }
    scan->several = several;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = plan_rule(scan, order[i].index, err);
    }
    return rc;
}

/* --- The stream --------------------------------------------------------------------------------------- */

static uint64_t count_bits(const uint64_t *bits, unsigned words)
{
    uint64_t count = 0;
    for (unsigned w = 0; w < words; w++) {
        count += (uint64_t)__builtin_popcountll(bits[w]);
    }
    return count;
}

/* Units of these kinds are single lines: those that a rule turns away are counted where they are seen. */
static bool counts_lines(const ca_rule *rule)
{
    return rule->kind->hit_lines > 0 && !rule->keys.of_claims;
}

/* Rows of `mask` that one of the route's rules has to see; what each turns away is counted, times sign. */
static int choose(ca_scan_state *scan, const ca_route *route, const ca_frame *frame, const uint64_t *mask, int sign,
                  ca_error *err)
{
    ca_several *several = scan->several;
    unsigned words = (frame->units->rows + 63) / 64;
    int rc = 0;
    memset(several->chosen, 0, words * sizeof *several->chosen);
    for (size_t i = 0; rc == 0 && i < route->rules.count; i++) {
        const ca_rule *rule = route->rules.rules[i];
        rc = ca_group_travels(scan->eval, frame, rule, mask, several->travels, several->turned, err);
        for (unsigned w = 0; rc == 0 && w < words; w++) {
            several->chosen[w] |= several->travels[w];
        }
        if (rc || !counts_lines(rule)) {
            continue;
        }
        ca_tally *tally = &scan->tallies[route->rules.index[i]];
        uint64_t turned = count_bits(several->turned, words);
        tally->offered += sign < 0 ? 0 - turned : turned;
        tally->not_applicable += sign < 0 ? 0 - turned : turned;
    }
    return rc;
}

/* Rows that can join no other are spread by their claims, so that no bucket has all of them. */
static void hash_rows(const ca_scan_state *scan, const ca_route *route, const ca_batch *batch)
{
    ca_several *several = scan->several;
    unsigned words = (batch->rows + 63) / 64;
    ca_keyed_hash(route->exchange, batch, several->chosen, several->hash, several->whole);
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = several->chosen[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            bool nobody = false;
            for (unsigned i = 0; i < route->key_count && ca_bit(several->whole, row) && !nobody; i++) {
                nobody = batch->schema->columns[route->key[i]].type == CA_TYPE_ID &&
                         ca_is_placeholder(ca_batch_text(batch, route->key[i], row));
            }
            if (nobody || !ca_bit(several->whole, row)) {
                several->hash[row] = ca_claim_hash(batch->columns[CA_F_CLAIM_TYPE].as.choice[row],
                                                   ca_batch_text(batch, CA_F_CLAIM_ID, row));
            }
        }
    }
}

int ca_several_send(ca_scan_state *scan, const ca_frame *frame, ca_error *err)
{
    ca_several *several = scan->several;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && several && i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        rc = choose(scan, route, frame, frame->units->live, 1, err);
        if (rc == 0) {
            hash_rows(scan, route, frame->units);
            rc = ca_keyed_put(route->writer, frame->units, several->chosen, several->hash, NULL, err);
        }
    }
    return rc;
}

static int mark_rows(ca_scan_state *scan, const ca_route *route, const ca_batch *batch, ca_error *err)
{
    const ca_several *several = scan->several;
    int rc = 0;
    for (unsigned row = 0; rc == 0 && row < batch->rows; row++) {
        if (!ca_bit(several->chosen, row)) {
            continue;
        }
        ca_keyed_mark mark = {.hash = several->hash[row],
                              .row = batch->origin[row].row,
                              .line_no = batch->columns[CA_F_LINE_NO].as.number[row],
                              .file = batch->origin[row].file,
                              .kind = CA_MARK_FALLEN};
        rc = ca_keyed_put_mark(route->writer, &mark, err);
    }
    return rc;
}

int ca_several_fall(ca_scan_state *scan, const ca_frame *frame, const uint64_t *fallen, ca_error *err)
{
    ca_several *several = scan->several;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && several && i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        rc = choose(scan, route, frame, fallen, -1, err);
        if (rc == 0) {
            hash_rows(scan, route, frame->units);
            rc = mark_rows(scan, route, frame->units, err);
        }
    }
    return rc;
}
