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

/* Reads a whole bucket and sorts it. */
static int load(ca_exchange *exchange, const ca_exchange_bucket *bucket,
                ca_exchange_group *ret_group, ca_error *err)
{
    size_t len = bucket->used ? bucket->used : (size_t)bucket->stored;
    int rc = want_records(exchange, (size_t)bucket->records, err);
    if (rc == 0 && !bucket->used) {
        rc = want_bytes(exchange, len, err);
        size_t at = 0;
        for (uint32_t i = 0; rc == 0 && i < bucket->block_count; i++) {
            rc = read_block(exchange, &bucket->blocks[i], exchange->bytes + at, err);
            at += bucket->blocks[i].len;
        }
    }
    if (rc) {
        return rc;
    }
    const uint8_t *bytes = bucket->used ? ca_exchange_buffer(exchange, bucket) : exchange->bytes;
    size_t count = 0;
    for (size_t at = 0; at < len; count++) {
        if (count == bucket->records || !next_frame(bytes, len, &at, &exchange->records[count])) {
            return damaged(exchange, err);
        }
    }
    if (count != bucket->records) {
        return damaged(exchange, err);
    }
    ca_record_sort(exchange->records, exchange->records + count, count, exchange->shared_bits + 8);
    *ret_group = (ca_exchange_group){exchange->records, count};
    return 0;
}

/* Every record of a bucket, a block at a time: its hash differences into *diff, or (diff NULL) into
 * `part`. */
static int walk(ca_exchange *exchange, const ca_exchange_bucket *bucket, ca_exchange *part,
                uint64_t *diff, ca_error *err)
{
    bool first = true;
    uint64_t first_hash = 0;
    for (uint32_t i = 0; i < bucket->block_count; i++) {
        size_t len = bucket->blocks[i].len;
        int rc = want_bytes(exchange, len, err);
        if (rc == 0) {
            rc = read_block(exchange, &bucket->blocks[i], exchange->bytes, err);
        }
        for (size_t at = 0; rc == 0 && at < len;) {
            ca_exchange_record record;
            if (!next_frame(exchange->bytes, len, &at, &record)) {
                return damaged(exchange, err);
            }
            first_hash = first ? record.hash : first_hash;
            first = false;
            if (diff) {
                *diff |= record.hash ^ first_hash;
            } else {
                rc = ca_exchange_put(part, record.hash, record.bytes, record.len, err);
            }
        }
        if (rc) {
            return rc;
        }
    }
    return 0;
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
static int split(ca_exchange *exchange, const ca_exchange_bucket *bucket, ca_error *err)
{
    uint64_t diff = 0;
    drop_bucket(exchange);
    int rc = walk(exchange, bucket, NULL, &diff, err);
    if (rc || diff == 0) {
        return rc;
    }
    ca_exchange *part;
    rc =
        ca_exchange_new_part(exchange->disk, exchange->path, ".1", leading_zeros(diff), &part, err);
    if (rc) {
        return rc;
    }
    exchange->part = part;
    rc = walk(exchange, bucket, part, NULL, err);
    return rc ? rc : ca_exchange_finish(part, err);
}

static bool is_large(const ca_exchange_bucket *bucket)
{
    return !bucket->used && bucket->stored + bucket->records * RECORD_MEMORY > CA_BUCKET_BYTES;
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
        const ca_exchange_bucket *bucket = &exchange->buckets[exchange->next_bucket++];
        if (bucket->records == 0) {
            continue;
        }
        int rc = is_large(bucket) ? split(exchange, bucket, err) : 0;
        if (rc) {
            return rc;
        }
        if (!exchange->part) {
            return load(exchange, bucket, ret_group, err);
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
