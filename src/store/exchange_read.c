/* The exchange while it is read: a bucket at a time by the positions of its blocks; a large one
 * goes through an exchange of its own, by the hash bits in which its records differ. */
#include "store/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/exchange_inside.h"
#include "store/record_sort.h"

#define RECORD_MEMORY (2 * sizeof(ca_exchange_record)) /* with room to sort */

static uint64_t frame_hash(const uint8_t *frame)
{
    uint64_t hash;
    memcpy(&hash, frame + sizeof(uint32_t), sizeof hash);
    return hash;
}

static int damaged(const ca_exchange *exchange, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again",
                        exchange->path);
}

static int read_block(const ca_exchange *exchange, const ca_exchange_block *block, uint8_t *to,
                      ca_error *err)
{
    int64_t got = exchange->disk->read_at(exchange->file, block->offset, to, block->len, err);
    if (got < 0) {
        return (int)got;
    }
    return (uint64_t)got == block->len ? 0 : damaged(exchange, err);
}

static int want_bytes(ca_exchange *exchange, size_t bytes, ca_error *err)
{
    if (bytes > exchange->byte_cap) {
        ca_free(exchange->bytes);
        exchange->byte_cap = 0;
        exchange->bytes = ca_alloc(bytes);
        if (!exchange->bytes) {
            return ca_error_nomem(err);
        }
        exchange->byte_cap = bytes;
    }
    return 0;
}

static int want_records(ca_exchange *exchange, size_t count, ca_error *err)
{
    if (count > exchange->record_cap) {
        ca_free(exchange->records);
        exchange->record_cap = 0;
        exchange->records = ca_realloc_array(NULL, count, RECORD_MEMORY);
        if (!exchange->records) {
            return ca_error_nomem(err);
        }
        exchange->record_cap = count;
    }
    return 0;
}

static void drop_bucket(ca_exchange *exchange)
{
    ca_free(exchange->bytes);
    ca_free(exchange->records);
    exchange->bytes = NULL;
    exchange->records = NULL;
    exchange->byte_cap = exchange->record_cap = 0;
}

/* The frame at `*at` of `len` bytes; false when it is not whole. */
static bool next_frame(const uint8_t *bytes, size_t len, size_t *at, ca_exchange_record *ret_record)
{
    uint32_t record_len;
    if (len - *at < CA_EXCHANGE_FRAME) {
        return false;
    }
    memcpy(&record_len, bytes + *at, sizeof record_len);
    if (record_len > len - *at - CA_EXCHANGE_FRAME) {
        return false;
    }
    *ret_record =
        (ca_exchange_record){frame_hash(bytes + *at), bytes + *at + CA_EXCHANGE_FRAME, record_len};
    *at += CA_EXCHANGE_FRAME + record_len;
    return true;
}

/* What all joined exchanges have of a bucket. */
static ca_exchange_bucket total(const ca_exchange *exchange, unsigned number)
{
    ca_exchange_bucket sum = {0};
    for (; exchange; exchange = exchange->joined) {
        const ca_exchange_bucket *bucket = &exchange->buckets[number];
        sum.records += bucket->records;
        sum.used += bucket->used;
        sum.stored += bucket->stored;
    }
    return sum;
}

/* The bytes of a bucket of one exchange, behind those of the others. */
static int copy_bucket(const ca_exchange *one, const ca_exchange_bucket *bucket, uint8_t *to, ca_error *err)
{
    int rc = 0;
    if (bucket->used) {
        memcpy(to, ca_exchange_buffer(one, bucket), bucket->used);
        to += bucket->used;
    }
    for (uint32_t i = 0; rc == 0 && i < bucket->block_count; i++) {
        rc = read_block(one, &bucket->blocks[i], to, err);
        to += bucket->blocks[i].len;
    }
    return rc;
}

/* All bytes of a bucket: where they are, when one buffer has them, else a copy. */
static int gather(ca_exchange *exchange, unsigned number, size_t len, const uint8_t **ret_bytes, ca_error *err)
{
    const ca_exchange_bucket *bucket = &exchange->buckets[number];
    if (bucket->used == len) {
        *ret_bytes = ca_exchange_buffer(exchange, bucket);
        return 0;
    }
    int rc = want_bytes(exchange, len, err);
    size_t at = 0;
    for (const ca_exchange *one = exchange; rc == 0 && one; one = one->joined) {
        bucket = &one->buckets[number];
        rc = copy_bucket(one, bucket, exchange->bytes + at, err);
        at += bucket->used + (size_t)bucket->stored;
    }
    *ret_bytes = exchange->bytes;
    return rc;
}

/* Reads a whole bucket and sorts it. */
static int load(ca_exchange *exchange, unsigned number, const ca_exchange_bucket *sum,
                ca_exchange_group *ret_group, ca_error *err)
{
    size_t len = sum->used + (size_t)sum->stored;
    const uint8_t *bytes = NULL;
    int rc = want_records(exchange, (size_t)sum->records, err);
    rc = rc ? rc : gather(exchange, number, len, &bytes, err);
    if (rc) {
        return rc;
    }
    size_t count = 0;
    for (size_t at = 0; at < len; count++) {
        if (count == sum->records || !next_frame(bytes, len, &at, &exchange->records[count])) {
            return damaged(exchange, err);
        }
    }
    if (count != sum->records) {
        return damaged(exchange, err);
    }
    ca_record_sort(exchange->records, exchange->records + count, count, exchange->shared_bits + 8);
    *ret_group = (ca_exchange_group){exchange->records, count};
    return 0;
}

/* Where records go: their hash differences into `bits`, or (part not NULL) they themselves. */
struct walk {
    ca_exchange *part;
    bool any;
    uint64_t first, bits;
};

static int walk_bytes(ca_exchange *exchange, struct walk *walk, const uint8_t *bytes, size_t len, ca_error *err)
{
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < len;) {
        ca_exchange_record record;
        if (!next_frame(bytes, len, &at, &record)) {
            return damaged(exchange, err);
        }
        walk->first = walk->any ? walk->first : record.hash;
        walk->any = true;
        walk->bits |= record.hash ^ walk->first;
        if (walk->part) {
            rc = ca_exchange_put(walk->part, record.hash, record.bytes, record.len, err);
        }
    }
    return rc;
}

/* Every record of a bucket of one exchange, a block at a time. */
static int walk_bucket(ca_exchange *one, unsigned number, struct walk *walk, ca_error *err)
{
    const ca_exchange_bucket *bucket = &one->buckets[number];
    int rc = 0;
    if (bucket->used) {
        rc = walk_bytes(one, walk, ca_exchange_buffer(one, bucket), bucket->used, err);
    }
    for (uint32_t i = 0; rc == 0 && i < bucket->block_count; i++) {
        rc = want_bytes(one, bucket->blocks[i].len, err);
        rc = rc ? rc : read_block(one, &bucket->blocks[i], one->bytes, err);
        rc = rc ? rc : walk_bytes(one, walk, one->bytes, bucket->blocks[i].len, err);
    }
    return rc;
}

static int walk_all(ca_exchange *exchange, unsigned number, struct walk *walk, ca_error *err)
{
    int rc = 0;
    for (ca_exchange *one = exchange; rc == 0 && one; one = one->joined) {
        rc = walk_bucket(one, number, walk, err);
    }
    return rc;
}

static unsigned leading_zeros(uint64_t bits)
{
    unsigned count = 0;
    for (; !(bits >> 63); bits <<= 1) {
        count++;
    }
    return count;
}

/* Opens exchange->part for a large bucket, unless it is all of one hash. */
static int split(ca_exchange *exchange, unsigned number, ca_error *err)
{
    struct walk look = {0};
    drop_bucket(exchange);
    int rc = walk_all(exchange, number, &look, err);
    if (rc || look.bits == 0) {
        return rc;
    }
    struct walk move = {0};
    rc = ca_exchange_new_part(exchange->disk, exchange->path, ".1", leading_zeros(look.bits), &move.part, err);
    if (rc) {
        return rc;
    }
    exchange->part = move.part;
    rc = walk_all(exchange, number, &move, err);
    return rc ? rc : ca_exchange_finish(move.part, err);
}

static bool is_large(const ca_exchange_bucket *sum)
{
    return sum->stored && sum->stored + sum->records * RECORD_MEMORY > CA_BUCKET_BYTES;
}

static int next_group(ca_exchange *exchange, ca_exchange_group *ret_group, ca_error *err)
{
    for (;;) {
        if (exchange->part) {
            int rc = ca_exchange_next(exchange->part, ret_group, err);
            if (rc != CA_END) {
                return rc;
            }
            ca_exchange_free(exchange->part);
            exchange->part = NULL;
        }
        if (exchange->next_bucket == CA_BUCKETS) {
            return CA_END;
        }
        unsigned number = exchange->next_bucket++;
        const ca_exchange_bucket sum = total(exchange, number);
        if (sum.records == 0) {
            continue;
        }
        int rc = is_large(&sum) ? split(exchange, number, err) : 0;
        if (rc) {
            return rc;
        }
        if (!exchange->part) {
            return load(exchange, number, &sum, ret_group, err);
        }
    }
}

int ca_exchange_next(ca_exchange *exchange, ca_exchange_group *ret_group, ca_error *err)
{
    assert(exchange->finished);
    ca_error failure;
    int rc = ca_exchange_failed(exchange, err);
    if (rc == 0) {
        rc = next_group(exchange, ret_group, &failure);
        if (rc < 0) {
            return ca_exchange_fail(exchange, &failure, err);
        }
    }
    return rc;
}
