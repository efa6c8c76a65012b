/* Reading an exchange: the records of one hash that are too many to be held, a block at a time. */
#include "store/exchange_inside.h"

void ca_exchange_begin_hash(ca_exchange_reader *reader, unsigned number)
{
    reader->left = 0;
    for (const ca_exchange *one = reader->exchange; one; one = one->joined) {
        reader->left += one->buckets[number].records;
    }
    reader->at = reader->exchange;
    reader->at_block = 0;
    reader->begun = false;
}

/* The bytes of the block at which the reader is, and how many records they are; then it is at the next one. */
static int next_block(ca_exchange_reader *reader, const uint8_t **ret_bytes, size_t *ret_len, size_t *ret_records, ca_error *err)
{
    const ca_exchange *one = reader->at;
    const ca_exchange_bucket *bucket = &one->buckets[reader->next_bucket - 1];
    if (reader->at_block == bucket->block_count) {
        reader->at = one->joined;
        reader->at_block = 0;
        *ret_bytes = bucket->buffer;
        *ret_len = bucket->used;
        *ret_records = (size_t)(bucket->records - bucket->blocked);
        return 0;
    }
    const ca_exchange_block *block = &bucket->blocks[reader->at_block++];
    int rc = block->held ? 0 : ca_exchange_want_bytes(reader, block->len, err);
    rc = rc || block->held ? rc : ca_exchange_read_block(one, block, reader->bytes, err);
    if (rc == 0) {
        *ret_bytes = block->held ? block->held : reader->bytes;
        *ret_len = block->len;
        *ret_records = block->records;
    }
    return rc;
}

int ca_exchange_next_of_hash(ca_exchange_reader *reader, ca_exchange_group *ret_group, ca_error *err)
{
    const ca_exchange *one = reader->at;
    const uint8_t *bytes = NULL;
    size_t len = 0, records = 0, at = 0;
    int rc = 0;
    while (rc == 0 && records == 0 && reader->at) {
        one = reader->at;
        rc = next_block(reader, &bytes, &len, &records, err);
    }
    rc = rc ? rc : ca_exchange_want_records(reader, records, err);
    for (size_t i = 0; rc == 0 && i < records; i++) {
        rc = ca_exchange_next_frame(bytes, len, &at, &reader->records[i]) ? 0 : ca_exchange_damaged(one, err);
    }
    if (rc || records == 0 || records > reader->left) {
        return rc ? rc : ca_exchange_damaged(one, err);
    }
    reader->left -= records;
    *ret_group = (ca_exchange_group){
        .records = reader->records, .count = records, .more = reader->left > 0, .continued = reader->begun};
    reader->begun = true;
    return 0;
}
