/* The exchange while it is read, by any number of readers: a bucket at a time by the positions of its blocks; a large one
 * goes through an exchange of its own, by the hash bits in which its records differ. */
#include "store/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/exchange_inside.h"
#include "store/record_sort.h"

#define STRETCHES 8u /* read at once: where a record is, only the one before it can tell, and memory is far away */

int ca_exchange_reader_new(const ca_exchange *exchange, unsigned number, ca_exchange_reader **ret_reader, ca_error *err)
{
    assert(exchange->finished);
    int rc = ca_exchange_failed(exchange, err);
    ca_exchange_reader *reader = rc ? NULL : ca_alloc_zero(1, sizeof *reader);
    if (!reader) {
        return rc ? rc : ca_error_nomem(err);
    }
    reader->exchange = exchange;
    reader->number = number;
    reader->end_bucket = CA_BUCKETS;
    reader->bucket_bytes = CA_BUCKET_BYTES;
    *ret_reader = reader;
    return 0;
}

void ca_exchange_bound(ca_exchange_reader *reader, size_t bytes)
{
    reader->bucket_bytes = bytes;
}

void ca_exchange_part_hashes(ca_exchange_reader *reader, ca_exchange_weigh *weigh, uint64_t most)
{
    reader->weigh = weigh;
    reader->most = most;
}

static void close_part(ca_exchange_reader *reader)
{
    ca_exchange_reader_free(reader->of_part);
    ca_exchange_free(reader->part);
    reader->of_part = NULL;
    reader->part = NULL;
}

void ca_exchange_reader_free(ca_exchange_reader *reader)
{
    if (reader) {
        close_part(reader);
        ca_free(reader->bytes);
        ca_free(reader->records);
        ca_free(reader);
    }
}

void ca_exchange_select(ca_exchange_reader *reader, unsigned from, unsigned end)
{
    assert(from <= end && end <= CA_BUCKETS);
    close_part(reader);
    reader->left = 0;
    reader->next_bucket = from;
    reader->end_bucket = end;
}

static uint64_t frame_hash(const uint8_t *frame)
{
    uint64_t hash;
    memcpy(&hash, frame + sizeof(uint32_t), sizeof hash);
    return hash;
}

int ca_exchange_damaged(const ca_exchange *exchange, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again",
                        exchange->path);
}

int ca_exchange_read_block(const ca_exchange *exchange, const ca_exchange_block *block, uint8_t *to,
                      ca_error *err)
{
    int64_t got = exchange->disk->read_at(exchange->file, block->offset, to, block->len, err);
    if (got < 0) {
        return (int)got;
    }
    return (uint64_t)got == block->len ? 0 : ca_exchange_damaged(exchange, err);
}

int ca_exchange_want_bytes(ca_exchange_reader *reader, size_t bytes, ca_error *err)
{
    if (bytes > reader->byte_cap) {
        ca_free(reader->bytes);
        reader->byte_cap = 0;
        reader->bytes = ca_alloc(bytes);
        if (!reader->bytes) {
            return ca_error_nomem(err);
        }
        reader->byte_cap = bytes;
    }
    return 0;
}

int ca_exchange_want_records(ca_exchange_reader *reader, size_t count, ca_error *err)
{
    if (count > reader->record_cap) {
        ca_free(reader->records);
        reader->record_cap = 0;
        reader->records = ca_realloc_array(NULL, count, CA_RECORD_MEMORY);
        if (!reader->records) {
            return ca_error_nomem(err);
        }
        reader->record_cap = count;
    }
    return 0;
}

static void drop_bucket(ca_exchange_reader *reader)
{
    ca_free(reader->bytes);
    ca_free(reader->records);
    reader->bytes = NULL;
    reader->records = NULL;
    reader->byte_cap = reader->record_cap = 0;
}

/* The frame at `*at` of `len` bytes; false when it is not whole. */
bool ca_exchange_next_frame(const uint8_t *bytes, size_t len, size_t *at, ca_exchange_record *ret_record)
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
        sum.stored += bucket->stored;
    }
    return sum;
}

/* Records behind one another, and where to list them. */
struct stretch {
    const ca_exchange *exchange;
    const uint8_t *bytes;
    size_t len, at;
    ca_exchange_record *to, *end;
};

struct loading {
    uint8_t *bytes;           /* for the next block of a file */
    ca_exchange_record *to;   /* for the records of the next stretch */
    struct stretch stretches[STRETCHES];
    unsigned count;
};

/* The next record of each stretch in turn, until all have come to their ends. */
static int list_records(struct loading *load, ca_error *err)
{
    bool any = true;
    while (any) {
        any = false;
        for (unsigned i = 0; i < load->count; i++) {
            struct stretch *stretch = &load->stretches[i];
            if (stretch->to == stretch->end) {
                continue;
            }
            if (!ca_exchange_next_frame(stretch->bytes, stretch->len, &stretch->at, stretch->to++)) {
                return ca_exchange_damaged(stretch->exchange, err);
            }
            any = true;
        }
    }
    for (unsigned i = 0; i < load->count; i++) {
        if (load->stretches[i].at != load->stretches[i].len) {
            return ca_exchange_damaged(load->stretches[i].exchange, err);
        }
    }
    load->count = 0;
    return 0;
}

static int add_stretch(struct loading *load, const ca_exchange *one, const uint8_t *bytes, size_t len, uint64_t records,
                       ca_error *err)
{
    int rc = load->count == STRETCHES ? list_records(load, err) : 0;
    if (rc == 0) {
        load->stretches[load->count++] = (struct stretch){one, bytes, len, 0, load->to, load->to + records};
        load->to += records;
    }
    return rc;
}

/* The records of a bucket of one exchange, behind those of the others; those in memory stay where they are. */
static int load_bucket(struct loading *load, const ca_exchange *one, unsigned number, ca_error *err)
{
    const ca_exchange_bucket *bucket = &one->buckets[number];
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < bucket->block_count; i++) {
        const ca_exchange_block *block = &bucket->blocks[i];
        const uint8_t *bytes = block->held;
        if (!block->held) {
            rc = ca_exchange_read_block(one, block, load->bytes, err);
            bytes = load->bytes;
            load->bytes += block->len;
        }
        rc = rc ? rc : add_stretch(load, one, bytes, block->len, block->records, err);
    }
    uint64_t rest = bucket->records - bucket->blocked;
    return rc || rest == 0 ? rc : add_stretch(load, one, bucket->buffer, bucket->used, rest, err);
}

/* Reads a whole bucket and sorts it. */
static int load(ca_exchange_reader *reader, unsigned number, const ca_exchange_bucket *sum,
                ca_exchange_group *ret_group, ca_error *err)
{
    size_t count = (size_t)sum->records;
    int rc = ca_exchange_want_records(reader, count, err);
    rc = rc ? rc : ca_exchange_want_bytes(reader, (size_t)sum->stored, err);
    struct loading load = {.bytes = reader->bytes, .to = reader->records};
    const ca_exchange *one = reader->exchange;
    do {
        rc = rc ? rc : load_bucket(&load, one, number, err);
        one = one->joined;
    } while (rc == 0 && one);
    rc = rc ? rc : list_records(&load, err);
    if (rc) {
        return rc;
    }
    ca_record_sort(reader->records, reader->records + count, count, reader->exchange->shared_bits + 8);
    *ret_group = (ca_exchange_group){.records = reader->records, .count = count};
    return 0;
}

/* Where records go: their hash differences into `bits`, or (part not NULL) they themselves. */
struct walk {
    ca_exchange *part;
    ca_exchange_weigh *weigh; /* or NULL */
    bool any;
    uint64_t first, bits, weight;
};

static int walk_bytes(const ca_exchange *one, struct walk *walk, const uint8_t *bytes, size_t len, ca_error *err)
{
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < len;) {
        ca_exchange_record record;
        if (!ca_exchange_next_frame(bytes, len, &at, &record)) {
            return ca_exchange_damaged(one, err);
        }
        walk->first = walk->any ? walk->first : record.hash;
        walk->any = true;
        walk->bits |= record.hash ^ walk->first;
        walk->weight += walk->weigh ? walk->weigh(&record) : 0;
        if (walk->part) {
            rc = ca_exchange_put(walk->part, record.hash, record.bytes, record.len, err);
        }
    }
    return rc;
}

/* Every record of a bucket of one exchange, a block at a time. */
static int walk_bucket(ca_exchange_reader *reader, const ca_exchange *one, unsigned number, struct walk *walk,
                       ca_error *err)
{
    const ca_exchange_bucket *bucket = &one->buckets[number];
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < bucket->block_count; i++) {
        const ca_exchange_block *block = &bucket->blocks[i];
        rc = block->held ? 0 : ca_exchange_want_bytes(reader, block->len, err);
        rc = rc || block->held ? rc : ca_exchange_read_block(one, block, reader->bytes, err);
        rc = rc ? rc : walk_bytes(one, walk, block->held ? block->held : reader->bytes, block->len, err);
    }
    return rc ? rc : walk_bytes(one, walk, bucket->buffer, bucket->used, err);
}

static int walk_all(ca_exchange_reader *reader, unsigned number, struct walk *walk, ca_error *err)
{
    int rc = 0;
    for (const ca_exchange *one = reader->exchange; rc == 0 && one; one = one->joined) {
        rc = walk_bucket(reader, one, number, walk, err);
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

/* Opens reader->part for a large bucket, unless it is all of one hash: that comes in parts, if it weighs too much. */
static int split(ca_exchange_reader *reader, unsigned number, ca_error *err)
{
    const ca_exchange *exchange = reader->exchange;
    struct walk look = {.weigh = reader->weigh};
    char suffix[12];
    drop_bucket(reader);
    int rc = walk_all(reader, number, &look, err);
    if (rc == 0 && look.bits == 0 && reader->weigh && look.weight > reader->most) {
        ca_exchange_begin_hash(reader, number);
    }
    if (rc || look.bits == 0) {
        return rc;
    }
    struct walk move = {0};
    snprintf(suffix, sizeof suffix, ".%u", reader->number + 1);
    rc = ca_exchange_new_part(exchange->disk, exchange->path, suffix, leading_zeros(look.bits), &move.part, err);
    if (rc) {
        return rc;
    }
    reader->part = move.part;
    rc = walk_all(reader, number, &move, err);
    rc = rc ? rc : ca_exchange_finish(move.part, err);
    rc = rc ? rc : ca_exchange_reader_new(move.part, reader->number, &reader->of_part, err);
    if (rc == 0) {
        ca_exchange_bound(reader->of_part, reader->bucket_bytes);
        ca_exchange_part_hashes(reader->of_part, reader->weigh, reader->most);
    }
    return rc;
}

static bool is_large(const ca_exchange_reader *reader, const ca_exchange_bucket *sum)
{
    return sum->stored && sum->stored + sum->records * CA_RECORD_MEMORY > reader->bucket_bytes;
}

static int next_group(ca_exchange_reader *reader, ca_exchange_group *ret_group, ca_error *err)
{
    for (;;) {
        if (reader->part) {
            int rc = ca_exchange_next(reader->of_part, ret_group, err);
            if (rc != CA_END) {
                return rc;
            }
            close_part(reader);
        }
        if (reader->left) {
            return ca_exchange_next_of_hash(reader, ret_group, err);
        }
        if (reader->next_bucket == reader->end_bucket) {
            return CA_END;
        }
        unsigned number = reader->next_bucket++;
        const ca_exchange_bucket sum = total(reader->exchange, number);
        if (sum.records == 0) {
            continue;
        }
        int rc = is_large(reader, &sum) ? split(reader, number, err) : 0;
        if (rc) {
            return rc;
        }
        if (!reader->part && !reader->left) {
            return load(reader, number, &sum, ret_group, err);
        }
    }
}

int ca_exchange_next(ca_exchange_reader *reader, ca_exchange_group *ret_group, ca_error *err)
{
    if (reader->failure.code) {
        if (err) {
            *err = reader->failure;
        }
        return reader->failure.code;
    }
    int rc = next_group(reader, ret_group, &reader->failure);
    if (rc < 0 && err) {
        *err = reader->failure;
    }
    return rc;
}
