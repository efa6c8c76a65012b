/* From the rows of a bucket in a block to rows of a batch. */
#include <string.h>

#include "store/keyed_inside.h"
#include "store/part_inside.h"

/* What is being read of one piece. */
typedef struct unpacking {
    const uint8_t *at;
    const uint8_t *wide;
    uint32_t rows;
    ca_batch *batch; /* its rows begin behind those that it has */
    int64_t numbers[CA_KEYED_BLOCK_ROWS];
} unpacking;

static void get_bits(unpacking *now, uint8_t presence, uint64_t *bits)
{
    unsigned at = now->batch->rows;
    for (uint32_t i = 0; presence != CA_PART_NONE && i < now->rows; i += 8, at += 8) {
        uint32_t left = now->rows - i;
        uint64_t byte = presence == CA_PART_SOME ? *now->at++ : left < 8 ? (1u << left) - 1 : 0xff;
        bits[at / 64] |= byte << at % 64;
        if (at % 64 > 56 && byte >> (64 - at % 64)) {
            bits[at / 64 + 1] |= byte >> (64 - at % 64);
        }
    }
}

static void widen(unpacking *now, const ca_keyed_coding *coding, int64_t *to)
{
    const uint8_t *from = now->at;
    uint64_t least = (uint64_t)coding->least;
    uint32_t rows = now->rows;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (coding->width) {
    case 0:
        for (uint32_t i = 0; i < rows; i++) {
            to[i] = coding->least;
        }
        break;
    case 1:
        for (uint32_t i = 0; i < rows; i++) {
            to[i] = (int64_t)(from[i] + least);
        }
        break;
    case 2:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&two, from + i * sizeof two, sizeof two);
            to[i] = (int64_t)(two + least);
        }
        break;
    case 4:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&four, from + i * sizeof four, sizeof four);
            to[i] = (int64_t)(four + least);
        }
        break;
    default:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&eight, from + i * sizeof eight, sizeof eight);
            to[i] = (int64_t)(eight + least);
        }
        break;
    }
    now->at += (size_t)rows * coding->width;
}

static void get_values(unpacking *now, const ca_keyed_coding *coding, ca_type type, void *values)
{
    unsigned row = now->batch->rows;
    if (ca_part_value_size(type) == sizeof(int64_t)) {
        widen(now, coding, (int64_t *)values + row);
        return;
    }
    widen(now, coding, now->numbers);
    const int64_t *from = now->numbers;
    if (ca_part_value_size(type) == sizeof(uint32_t)) {
        uint32_t *to = (uint32_t *)values + row; /* dates, too: any sort of integer may be read as its unsigned one */
        for (uint32_t i = 0; i < now->rows; i++) {
            to[i] = (uint32_t)from[i];
        }
    } else {
        uint8_t *to = (uint8_t *)values + row;
        for (uint32_t i = 0; i < now->rows; i++) {
            to[i] = (uint8_t)from[i];
        }
    }
}

/* Where contents begin in their pool. */
static size_t pool_used(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? batch->list_count
           : type == CA_TYPE_INTERVALS ? batch->interval_count
                                       : batch->byte_count;
}

static int add_contents(ca_batch *batch, ca_type type, const uint8_t *from, size_t count)
{
    ca_slice all;
    if (type == CA_TYPE_CODES) {
        return ca_batch_add_codes(batch, (const uint32_t *)(const void *)from, count, &all);
    }
    if (type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(batch, (const ca_interval *)(const void *)from, count, &all);
    }
    return ca_batch_add_bytes(batch, (ca_text){(const char *)from, count}, &all);
}

/* Lengths that follow their own contents stay in the pool with these. */
static int get_lists(unpacking *now, const ca_keyed_column *column, ca_slice *to)
{
    const uint8_t *lengths = now->at;
    now->at += now->rows;
    const uint8_t **from = column->element > 1 ? &now->wide : &now->at;
    size_t escape = column->element < sizeof to->len ? sizeof to->len / column->element : 1;
    size_t base = pool_used(now->batch, column->type);
    size_t used = 0;
    ca_slice last = {0};
    for (uint32_t i = 0; i < now->rows; i++) {
        if (lengths[i] != CA_KEYED_LEN_SAME) {
            uint32_t len = lengths[i];
            if (len == CA_KEYED_LEN_LONG) {
                memcpy(&len, *from + used * column->element, sizeof len);
                used += escape;
            }
            last = (ca_slice){(uint32_t)(base + used), len};
            used += len;
        }
        to[i] = last;
    }
    int rc = used ? add_contents(now->batch, column->type, *from, used) : 0;
    *from += used * column->element;
    return rc;
}

static void get_own(unpacking *now, const ca_keyed_block *block, uint64_t *hash, uint64_t *uses)
{
    unsigned row = now->batch->rows;
    ca_origin *origin = now->batch->origin + row;
    memcpy(hash + row, now->at, now->rows * sizeof *hash);
    now->at += now->rows * sizeof *hash;
    memcpy(now->batch->digest + row, now->at, now->rows * sizeof(ca_digest));
    now->at += now->rows * sizeof(ca_digest);
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        widen(now, &block->own[number], now->numbers);
        for (uint32_t i = 0; i < now->rows; i++) {
            switch (number) {
            case CA_KEYED_OWN_FILE:
                origin[i].file = (uint32_t)now->numbers[i];
                break;
            case CA_KEYED_OWN_LENGTH:
                origin[i].length = (uint32_t)now->numbers[i];
                break;
            case CA_KEYED_OWN_ROW:
                origin[i].row = (uint64_t)now->numbers[i];
                break;
            default:
                origin[i].offset = (uint64_t)now->numbers[i];
                break;
            }
        }
    }
    widen(now, &block->own[CA_KEYED_OWN_USES], now->numbers);
    memcpy(uses + row, now->numbers, now->rows * sizeof *uses);
    get_bits(now, block->live, now->batch->live);
}

int ca_keyed_unpack(const ca_keyed *keyed, const ca_keyed_block *block, uint32_t bucket, ca_batch *batch,
                    uint64_t *hash, uint64_t *uses)
{
    const ca_keyed_piece *piece = &block->pieces[bucket];
    unpacking now;
    now.wide = block->bytes + piece->at;
    now.at = now.wide + piece->wide;
    now.rows = piece->rows;
    now.batch = batch;
    get_own(&now, block, hash, uses);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_coding *coding = &block->codings[i];
        const ca_keyed_column *from = &keyed->columns[i];
        const ca_column *column = &batch->columns[from->column];
        if (coding->presence == CA_PART_NONE) {
            continue;
        }
        get_bits(&now, coding->presence, column->present);
        if (i < keyed->fixed) {
            get_values(&now, coding, from->type, column->as.any);
        } else if (get_lists(&now, from, column->as.slice + batch->rows)) {
            ca_batch_cut(batch, batch->rows);
            return CA_NOMEM;
        }
    }
    batch->rows += piece->rows;
    return 0;
}

void ca_keyed_unpack_hashes(const ca_keyed_block *block, uint32_t bucket, uint64_t *ret_hashes)
{
    const ca_keyed_piece *piece = &block->pieces[bucket];
    memcpy(ret_hashes, block->bytes + piece->at + piece->wide, piece->rows * sizeof *ret_hashes);
}
