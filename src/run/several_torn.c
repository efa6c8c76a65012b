/* Torn claims: their lines disagree in the header, and may name several keys. By which key a rule about claims has to look at such a
 * claim is known only when all lines that are for the rule are together: so these travel by claim first, then by the key on which
 * they agree. Otherwise it would depend on the number of buckets whether they meet. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/group_claims.h"
#include "run/budget.h"

/* What a row carries on its way: its route, and the bit of the rule. */
#define ROUTE_SHIFT 8u

static uint64_t fate_of(unsigned route, unsigned bit)
{
    return (uint64_t)route << ROUTE_SHIFT | bit;
}

static bool has_claims(const ca_several *several, unsigned route)
{
    return several->routes[route].uses & several->of_claims;
}

int ca_torn_plan(ca_scan_state *scan, ca_error *err)
{
    ca_route *torn = &scan->several->torn;
    torn->columns = ca_arena_array(scan->arena, scan->setup->schema.count, 1);
    if (!torn->columns) {
        return ca_error_nomem(err);
    }
    torn->key[0] = CA_F_CLAIM_TYPE;
    torn->key[1] = CA_F_CLAIM_ID;
    torn->key_count = 2;
    for (unsigned i = 0; i < scan->several->route_count; i++) {
        for (unsigned c = 0; has_claims(scan->several, i) && c < scan->setup->schema.count; c++) {
            torn->columns[c] |= scan->several->routes[i].columns[c];
        }
    }
    return 0;
}

/* --- By claim --------------------------------------------------------------------------------------------------- */

static int64_t part_of(const ca_batch *batch, unsigned row)
{
    return ca_batch_has(batch, CA_F_CLAIM_PART, row) ? batch->columns[CA_F_CLAIM_PART].as.number[row] : 1;
}

/* Lines of one claim that are for one rule. */
static uint64_t hash_of(const ca_batch *batch, unsigned row, uint64_t fate)
{
    uint64_t claim = ca_claim_hash(batch->columns[CA_F_CLAIM_TYPE].as.choice[row], ca_batch_text(batch, CA_F_CLAIM_ID, row));
    return ca_hash_mix(ca_hash_mix(claim, (uint64_t)part_of(batch, row)), fate);
}

/* The rows of a route that are torn and for this rule. */
static uint32_t choose_rows(ca_several *several, const uint64_t *travels, const _Atomic uint64_t *torn, unsigned words, unsigned bit)
{
    uint32_t count = 0;
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = travels[w] & atomic_load_explicit(&torn[w], memory_order_relaxed); rest; rest &= rest - 1) {
            uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(rest);
            if (several->uses_of_row[row] >> bit & 1) {
                several->rows_sent[count++] = row;
            }
        }
    }
    return count;
}

static int put_rule(ca_scan_state *scan, ca_waiting *waiting, uint32_t count, uint64_t fate, ca_error *err)
{
    ca_several *several = scan->several;
    const ca_batch *batch;
    int rc = ca_batches_take(waiting, several->torn.columns, several->rows_sent, count, &batch, err);
    for (uint32_t i = 0; rc == 0 && i < count; i++) {
        several->hash[i] = hash_of(batch, i, fate);
        several->uses_sent[i] = fate;
    }
    return rc ? rc : ca_keyed_put(several->torn.writer, batch, NULL, several->hash, several->uses_sent, err);
}

int ca_torn_put(ca_scan_state *scan, ca_waiting *waiting, ca_error *err)
{
    ca_several *several = scan->several;
    unsigned words = (waiting->rows + 63) / 64;
    const _Atomic uint64_t *torn = several->torn_lines + waiting->number / 64;
    int rc = 0;
    for (unsigned i = 0; several->torn.writer && i < several->route_count; i++) {
        const uint64_t *travels = several->by_route + i * words;
        for (uint64_t bits = several->routes[i].uses & several->of_claims; rc == 0 && bits; bits &= bits - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(bits);
            uint32_t count = choose_rows(several, travels, torn, words, bit);
            rc = count ? put_rule(scan, waiting, count, fate_of(i, bit), err) : 0;
        }
    }
    for (unsigned row = 0; several->torn.writer && row < waiting->rows; row++) {
        bool is_torn = atomic_load_explicit(&torn[row / 64], memory_order_relaxed) >> row % 64 & 1;
        several->uses_of_row[row] &= is_torn ? ~several->of_claims : UINT64_MAX;
    }
    return rc;
}

/* --- By the key on which they agree ----------------------------------------------------------------------------- */

typedef struct agreeing {
    ca_scan_state *scan;
    ca_batch *lines, *claims;
    uint32_t *first;              /* rows with which claims begin; behind them, all rows */
    bool *dated;                  /* by claim: nothing is made of its services */
    uint64_t *by_row;             /* memory of the following */
    uint64_t *of_claim, *hash, *uses;
    uint64_t *whole, *rows;       /* bitmaps: of claims, of rows */
    size_t cap;
} agreeing;

static int make_room(agreeing *of, ca_error *err)
{
    size_t rows = of->lines->words * 64;
    if (rows <= of->cap) {
        return 0;
    }
    uint32_t *first = ca_realloc_array(of->first, rows + 1, sizeof *first);
    of->first = first ? first : of->first;
    bool *dated = ca_realloc_array(of->dated, rows, sizeof *dated);
    of->dated = dated ? dated : of->dated;
    uint64_t *by_row = ca_realloc_array(of->by_row, 5 * rows, sizeof *by_row);
    of->by_row = by_row ? by_row : of->by_row;
    if (!first || !dated || !by_row) {
        return ca_error_nomem(err);
    }
    memset(dated, 0, rows * sizeof *dated);
    of->of_claim = by_row;
    of->hash = by_row + rows;
    of->uses = by_row + 2 * rows;
    of->whole = by_row + 3 * rows;
    of->rows = by_row + 4 * rows;
    of->cap = rows;
    return 0;
}

static uint32_t find_claims(agreeing *of, const ca_keyed_group *group)
{
    uint32_t claims = 0;
    for (uint32_t row = 0; row < of->lines->rows; row++) {
        if (row == 0 || group->hash[row] != group->hash[row - 1]) {
            of->first[claims++] = row;
        }
    }
    of->first[claims] = of->lines->rows;
    return claims;
}

/* Claims of one route: the hash of the key, or where they have none that of the claim. */
static void hash_claims(agreeing *of, const ca_keyed_group *group, unsigned number, uint32_t claims)
{
    const ca_route *route = &of->scan->several->routes[number];
    unsigned words = (of->lines->rows + 63) / 64;
    memset(of->rows, 0, words * sizeof *of->rows);
    ca_keyed_hash(route->exchange, of->claims, NULL, of->of_claim, of->whole);
    for (uint32_t claim = 0; claim < claims; claim++) {
        uint32_t row = of->first[claim];
        bool ours = group->uses[row] >> ROUTE_SHIFT == number;
        bool joins = ca_route_joins(route, of->claims, of->whole, claim);
        uint64_t own = ca_claim_hash(of->lines->columns[CA_F_CLAIM_TYPE].as.choice[row],
                                     ca_batch_text(of->lines, CA_F_CLAIM_ID, row));
        for (; ours && row < of->first[claim + 1]; row++) {
            ca_bit_set(of->rows, row);
            of->hash[row] = joins ? of->of_claim[claim] : own;
            of->uses[row] = UINT64_C(1) << (group->uses[row] & ((1u << ROUTE_SHIFT) - 1));
        }
    }
}

static int send_group(agreeing *of, const ca_keyed_group *group, ca_error *err)
{
    const ca_several *several = of->scan->several;
    int rc = make_room(of, err);
    uint32_t claims = rc ? 0 : find_claims(of, group);
    if (rc == 0 && ca_lines_to_claims(of->lines, of->first, claims, of->dated, &of->claims) != 0) {
        rc = ca_error_nomem(err);
    }
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        if (has_claims(several, i)) {
            hash_claims(of, group, i, claims);
            rc = ca_keyed_put(several->routes[i].writer, of->lines, of->rows, of->hash, of->uses, err);
        }
    }
    return rc;
}

int ca_torn_send(ca_scan_state *scan, ca_error *err)
{
    ca_keyed *torn = scan->several->torn.exchange;
    const ca_keyed_limits limits = {.bytes = ca_budget_group_bytes(scan), .rows = CA_BATCH_ROWS_MAX};
    agreeing of = {.scan = scan};
    ca_keyed_reader *reader = NULL;
    ca_keyed_group group;
    if (!torn) {
        return 0;
    }
    int rc = ca_keyed_reader_new(torn, &limits, &reader, err);
    of.lines = rc ? NULL : ca_batch_new(&scan->setup->schema, 1024);
    rc = rc || of.lines ? rc : ca_error_nomem(err);
    while (rc == 0 && (rc = ca_keyed_next(reader, of.lines, &group, err)) == 0) {
        rc = send_group(&of, &group, err);
    }
    ca_keyed_reader_free(reader);
    ca_batch_free(of.claims);
    ca_batch_free(of.lines);
    ca_free(of.first);
    ca_free(of.dated);
    ca_free(of.by_row);
    ca_keyed_free(torn);
    scan->several->torn.exchange = NULL;
    return rc == CA_END ? 0 : rc;
}
