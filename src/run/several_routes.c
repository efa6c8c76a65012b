/* Rows that travel go to the exchanges of their routes, each with the columns of that route and the hash of its key. */
#include "run/several.h"

bool ca_route_joins(const ca_route *route, const ca_batch *batch, const uint64_t *whole, unsigned row)
{
    bool joins = ca_bit(whole, row);
    for (unsigned i = 0; i < route->key_count && joins; i++) {
        joins = batch->schema->columns[route->key[i]].type != CA_TYPE_ID ||
                !ca_is_placeholder(ca_batch_text(batch, route->key[i], row));
    }
    return joins;
}

/* Rows that can join no other are spread by their claims, so that no bucket has all of them. */
static void hash_rows(const ca_scan_state *scan, const ca_route *route, const ca_batch *batch)
{
    ca_several *several = scan->several;
    ca_keyed_hash(route->exchange, batch, NULL, several->hash, several->whole);
    for (unsigned row = 0; row < batch->rows; row++) {
        if (!ca_route_joins(route, batch, several->whole, row)) {
            several->hash[row] = ca_claim_hash(batch->columns[CA_F_CLAIM_TYPE].as.choice[row],
                                               ca_batch_text(batch, CA_F_CLAIM_ID, row));
        }
    }
}

/* The rows that travel on a route, and what each is for. */
static uint32_t choose_rows(ca_several *several, const uint64_t *travels, unsigned words)
{
    uint32_t count = 0;
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = travels[w]; rest; rest &= rest - 1, count++) {
            several->rows_sent[count] = w * 64 + (uint32_t)__builtin_ctzll(rest);
            several->uses_sent[count] = several->uses_of_row[several->rows_sent[count]];
        }
    }
    return count;
}

int ca_routes_send(ca_scan_state *scan, ca_waiting *waiting, ca_error *err)
{
    ca_several *several = scan->several;
    const ca_batch *batch;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        unsigned words = (waiting->rows + 63) / 64;
        uint32_t count = choose_rows(several, several->by_route + i * words, words);
        rc = count ? ca_batches_take(waiting, route->columns, several->rows_sent, count, &batch, err) : 0;
        if (rc == 0 && count) {
            hash_rows(scan, route, batch);
            rc = ca_keyed_put(route->writer, batch, NULL, several->hash, several->uses_sent, err);
        }
    }
    return rc;
}
