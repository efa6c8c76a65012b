/* The exchange while it is written: records into buckets, full write buffers to a temporary file.
 */
#include "store/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/exchange_inside.h"

static_assert(CA_EXCHANGE_IN_PLACE + CA_EXCHANGE_FRAME <= CA_EXCHANGE_BUFFER,
              "fits a write buffer");

static ca_exchange_bucket *bucket_of(ca_exchange *exchange, uint64_t hash)
{
    return &exchange->buckets[(hash << exchange->shared_bits) >> 56];
}

static void write_frame(uint8_t *to, uint64_t hash, size_t len)
{
    uint32_t len32 = (uint32_t)len;
    memcpy(to, &len32, sizeof len32);
    memcpy(to + sizeof len32, &hash, sizeof hash);
}

int ca_exchange_new_part(ca_disk *disk, const char *path, const char *suffix, unsigned shared_bits,
                         ca_exchange **ret_exchange, ca_error *err)
{
    size_t path_size = strlen(path) + strlen(suffix) + 1;
    ca_exchange *exchange = ca_alloc_zero(1, sizeof *exchange);
    if (!exchange) {
        return ca_error_nomem(err);
    }
    exchange->disk = disk;
    exchange->shared_bits = shared_bits;
    exchange->path = ca_alloc(path_size);
    exchange->buffers = ca_alloc((size_t)CA_BUCKETS * CA_EXCHANGE_BUFFER);
    if (!exchange->path || !exchange->buffers) {
        ca_exchange_free(exchange);
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < CA_BUCKETS; i++) {
        exchange->buckets[i].buffer = exchange->buffers + i * CA_EXCHANGE_BUFFER;
    }
    snprintf(exchange->path, path_size, "%s%s", path, suffix);
    *ret_exchange = exchange;
    return 0;
}

int ca_exchange_new(ca_disk *disk, const char *path, ca_exchange **ret_exchange, ca_error *err)
{
    return ca_exchange_new_part(disk, path, "", 0, ret_exchange, err);
}

void ca_exchange_hold(ca_exchange *exchange, size_t bytes)
{
    exchange->room = bytes;
}

void ca_exchange_free(ca_exchange *exchange)
{
    if (!exchange) {
        return;
    }
    ca_exchange_free(exchange->joined);
    if (exchange->file) {
        exchange->disk->close(exchange->file, NULL);
        exchange->disk->remove(exchange->disk, exchange->path, NULL);
    }
    for (unsigned i = 0; i < CA_BUCKETS; i++) {
        ca_free(exchange->buckets[i].blocks);
    }
    for (size_t i = 0; i < exchange->slab_count; i++) {
        ca_free(exchange->slabs[i]);
    }
    ca_free(exchange->slabs);
    ca_free(exchange->large);
    ca_free(exchange->buffers);
    ca_free(exchange->path);
    ca_free(exchange);
}

/* Makes a failure last: every later call returns it. */
static int fail(ca_exchange *exchange, const ca_error *failure, ca_error *err)
{
    exchange->failure = *failure;
    if (err) {
        *err = *failure;
    }
    return failure->code;
}

int ca_exchange_failed(const ca_exchange *exchange, ca_error *err)
{
    if (exchange->failure.code && err) {
        *err = exchange->failure;
    }
    return exchange->failure.code;
}

/* Of the records in the write buffer or, when that is empty, of a large one. */
static int add_block(ca_exchange_bucket *bucket, ca_exchange_block block, ca_error *err)
{
    block.records = bucket->used ? (uint32_t)(bucket->records - bucket->blocked) : 1;
    if (bucket->block_count == bucket->block_cap) {
        size_t cap = bucket->block_cap ? bucket->block_cap * 2 : 4;
        ca_exchange_block *blocks = ca_realloc_array(bucket->blocks, cap, sizeof *blocks);
        if (!blocks) {
            return ca_error_nomem(err);
        }
        bucket->blocks = blocks;
        bucket->block_cap = cap;
    }
    bucket->blocks[bucket->block_count++] = block;
    bucket->blocked += block.records;
    return 0;
}

static int open_file(ca_exchange *exchange, ca_error *err)
{
    if (exchange->file) {
        return 0;
    }
    return ca_disk_open_new(exchange->disk, exchange->path, &exchange->file, err);
}

/* Appends `head` and `tail` as one block. */
static int write_block(ca_exchange *exchange, ca_exchange_bucket *bucket, const void *head,
                       uint32_t head_len, const void *tail, uint32_t tail_len, ca_error *err)
{
    ca_error failure;
    int rc = open_file(exchange, &failure);
    if (rc == 0) {
        rc = exchange->disk->write(exchange->file, head, head_len, &failure);
    }
    if (rc == 0 && tail_len > 0) {
        rc = exchange->disk->write(exchange->file, tail, tail_len, &failure);
    }
    if (rc == 0) {
        const ca_exchange_block block = {.offset = exchange->file_bytes, .len = head_len + tail_len};
        rc = add_block(bucket, block, &failure);
        bucket->stored += block.len;
        exchange->file_bytes += block.len;
    }
    return rc == 0 ? 0 : fail(exchange, &failure, err);
}

/* Buffers lie many together, so that they have large pages. NULL: there is no memory. */
static uint8_t *take_buffer(ca_exchange *exchange)
{
    if (exchange->slab_left == 0) {
        uint8_t **slabs = ca_grown_array(exchange->slabs, exchange->slab_count, &exchange->slab_cap, sizeof *slabs);
        uint8_t *slab = slabs ? ca_alloc_large(CA_EXCHANGE_SLAB) : NULL;
        exchange->slabs = slabs ? slabs : exchange->slabs;
        if (!slab) {
            return NULL;
        }
        slabs[exchange->slab_count++] = slab;
        exchange->slab_left = CA_EXCHANGE_SLAB;
        exchange->room -= CA_EXCHANGE_SLAB;
    }
    exchange->slab_left -= CA_EXCHANGE_BUFFER;
    return exchange->slabs[exchange->slab_count - 1] + exchange->slab_left;
}

/* The buffer becomes a block as it is, and the bucket goes on with a new one. */
static int hold_block(ca_exchange *exchange, ca_exchange_bucket *bucket, ca_error *err)
{
    ca_error failure;
    uint8_t *buffer = take_buffer(exchange);
    const ca_exchange_block block = {.held = bucket->buffer, .len = bucket->used};
    int rc = buffer ? add_block(bucket, block, &failure) : ca_error_nomem(&failure);
    if (rc) {
        return fail(exchange, &failure, err);
    }
    bucket->buffer = buffer;
    exchange->held_bytes += block.len;
    return 0;
}

static int flush(ca_exchange *exchange, ca_exchange_bucket *bucket, ca_error *err)
{
    if (bucket->used == 0) {
        return 0;
    }
    int rc = exchange->slab_left || exchange->room >= CA_EXCHANGE_SLAB
                 ? hold_block(exchange, bucket, err)
                 : write_block(exchange, bucket, bucket->buffer, bucket->used, NULL, 0, err);
    if (rc == 0) {
        bucket->used = 0;
    }
    return rc;
}

/* A record for which the write buffer has no room, or may never have. */
static int put_slowly(ca_exchange *exchange, ca_exchange_bucket *bucket, uint64_t hash,
                      const void *record, size_t len, ca_error *err)
{
    if (len > CA_RECORD_MAX) {
        return ca_error_set(err, CA_LIMIT, "a record of %zu bytes is above the limit of %u", len,
                            CA_RECORD_MAX);
    }
    int rc = flush(exchange, bucket, err);
    if (rc) {
        return rc;
    }
    uint8_t *to = bucket->buffer;
    write_frame(to, hash, len);
    if (CA_EXCHANGE_FRAME + len > CA_EXCHANGE_BUFFER) {
        rc = write_block(exchange, bucket, to, CA_EXCHANGE_FRAME, record, (uint32_t)len, err);
    } else {
        memcpy(to + CA_EXCHANGE_FRAME, record, len);
        bucket->used = (uint32_t)(CA_EXCHANGE_FRAME + len);
    }
    bucket->records += rc == 0;
    return rc;
}

int ca_exchange_put(ca_exchange *exchange, uint64_t hash, const void *record, size_t len,
                    ca_error *err)
{
    assert(!exchange->finished && !exchange->open_bucket);
    if (exchange->failure.code) {
        return ca_exchange_failed(exchange, err);
    }
    ca_exchange_bucket *bucket = bucket_of(exchange, hash);
    if (len > CA_EXCHANGE_BUFFER - CA_EXCHANGE_FRAME ||
        CA_EXCHANGE_FRAME + len > CA_EXCHANGE_BUFFER - bucket->used) {
        return put_slowly(exchange, bucket, hash, record, len, err);
    }
    uint8_t *to = bucket->buffer + bucket->used;
    write_frame(to, hash, len);
    if (len > 0) {
        memcpy(to + CA_EXCHANGE_FRAME, record, len);
    }
    bucket->used += (uint32_t)(CA_EXCHANGE_FRAME + len);
    bucket->records++;
    return 0;
}

/* Room outside the write buffers. */
static int reserve_large(ca_exchange *exchange, size_t max, ca_error *err)
{
    if (max > CA_RECORD_MAX) {
        return ca_error_set(err, CA_LIMIT, "a record of %zu bytes is above the limit of %u", max,
                            CA_RECORD_MAX);
    }
    if (max > exchange->large_cap) {
        uint8_t *large = ca_realloc(exchange->large, max);
        if (!large) {
            ca_error failure;
            ca_error_nomem(&failure);
            return fail(exchange, &failure, err);
        }
        exchange->large = large;
        exchange->large_cap = max;
    }
    return 0;
}

int ca_exchange_reserve(ca_exchange *exchange, uint64_t hash, size_t max, uint8_t **ret_bytes,
                        ca_error *err)
{
    assert(!exchange->finished && !exchange->open_bucket);
    if (exchange->failure.code) {
        return ca_exchange_failed(exchange, err);
    }
    ca_exchange_bucket *bucket = bucket_of(exchange, hash);
    uint8_t *bytes;
    if (max > CA_EXCHANGE_IN_PLACE) {
        int rc = reserve_large(exchange, max, err);
        if (rc) {
            return rc;
        }
        bytes = exchange->large;
    } else {
        if (CA_EXCHANGE_FRAME + max > CA_EXCHANGE_BUFFER - bucket->used) {
            int rc = flush(exchange, bucket, err);
            if (rc) {
                return rc;
            }
        }
        bytes = bucket->buffer + bucket->used + CA_EXCHANGE_FRAME;
    }
    exchange->open_bucket = bucket;
    exchange->open_bytes = bytes;
    exchange->open_hash = hash;
    *ret_bytes = bytes;
    return 0;
}

void ca_exchange_commit(ca_exchange *exchange, size_t used)
{
    ca_exchange_bucket *bucket = exchange->open_bucket;
    assert(bucket);
    exchange->open_bucket = NULL;
    if (exchange->open_bytes == exchange->large) {
        ca_exchange_put(exchange, exchange->open_hash, exchange->large, used, NULL);
        return;
    }
    write_frame(exchange->open_bytes - CA_EXCHANGE_FRAME, exchange->open_hash, used);
    bucket->used += (uint32_t)(CA_EXCHANGE_FRAME + used);
    bucket->records++;
}

void ca_exchange_expect(const ca_exchange *exchange, uint64_t hash)
{
    const ca_exchange_bucket *bucket = &exchange->buckets[(hash << exchange->shared_bits) >> 56];
    if (exchange->buffers && bucket->used < CA_EXCHANGE_BUFFER) {
        const uint8_t *to = bucket->buffer + bucket->used;
        __builtin_prefetch(to, 1);
        if (CA_EXCHANGE_BUFFER - bucket->used > 64) {
            __builtin_prefetch(to + 64, 1);
        }
    }
}

void ca_exchange_join(ca_exchange *exchange, ca_exchange *other)
{
    assert(!exchange->finished && !other->finished && exchange->shared_bits == other->shared_bits);
    while (exchange->joined) {
        exchange = exchange->joined;
    }
    exchange->joined = other;
}

static void drop_buffers(ca_exchange *exchange)
{
    for (unsigned i = 0; i < CA_BUCKETS; i++) {
        exchange->buckets[i].buffer = NULL;
    }
    ca_free(exchange->buffers);
    exchange->buffers = NULL;
}

static int finish_one(ca_exchange *exchange, ca_error *err)
{
    assert(!exchange->open_bucket);
    int rc = ca_exchange_failed(exchange, err);
    exchange->room = exchange->slab_left = 0;
    if (exchange->file && exchange->held_bytes == 0) {    /* else buffers are held all the same */
        for (unsigned i = 0; rc == 0 && i < CA_BUCKETS; i++) {
            rc = flush(exchange, &exchange->buckets[i], err);
        }
        if (rc == 0) {
            drop_buffers(exchange);
        }
    }
    exchange->finished = rc == 0;
    return rc;
}

int ca_exchange_finish(ca_exchange *exchange, ca_error *err)
{
    int rc = 0;
    for (ca_exchange *one = exchange; rc == 0 && one; one = one->joined) {
        rc = finish_one(one, err);
    }
    return rc;
}

uint64_t ca_exchange_bytes(const ca_exchange *exchange)
{
    uint64_t bytes = exchange->file_bytes + exchange->held_bytes;
    for (unsigned i = 0; i < CA_BUCKETS; i++) {
        bytes += exchange->buckets[i].used;
    }
    return bytes;
}
