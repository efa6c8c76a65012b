/* A batch of claim lines (or of claims) as columns, with where each row came from. */
#ifndef CA_CLAIM_BATCH_H
#define CA_CLAIM_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/hash.h"
#include "claim/field.h"

#define CA_BATCH_ROWS 4096          /* usual capacity while streaming */
#define CA_BATCH_ROWS_MAX 65536     /* capacity of a batch that must hold whole claims */
#define CA_BATCH_ROWS_GROWN (64u << 20)  /* capacity to which a batch may grow */

typedef struct ca_slice {   /* of batch->bytes (ID, TEXT), ->list_codes (CODES) or ->intervals (INTERVALS) */
    uint32_t from;
    uint32_t len;
} ca_slice;

typedef struct ca_interval {
    ca_date from;
    ca_date to;
} ca_interval;

/* Whether values of a type are slices, bytes of a value in its column, and of an element that a slice points at. */
static inline bool ca_type_is_sliced(ca_type type)
{
    return type == CA_TYPE_ID || type == CA_TYPE_TEXT || type == CA_TYPE_CODES || type == CA_TYPE_INTERVALS;
}

static inline size_t ca_type_size(ca_type type)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return sizeof(int64_t);
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        return sizeof(uint32_t);
    case CA_TYPE_ENUM:
        return sizeof(uint8_t);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    return sizeof(ca_slice);
}

static inline size_t ca_type_element(ca_type type)
{
    return type == CA_TYPE_CODES ? sizeof(uint32_t) : type == CA_TYPE_INTERVALS ? sizeof(ca_interval) : 1;
}

/* One column. `supplied` false: the layout has no such column; every row is missing and the arrays may be NULL
 * (row bits are then all 0). A CODES column that is supplied has its bit set on every row, empty list or not. */
typedef struct ca_column {
    uint64_t *present;      /* bit per row; NULL while never used */
    union {
        int64_t *number;    /* INT, DECIMAL, MONEY */
        ca_date *date;
        uint32_t *code;
        uint8_t *choice;    /* ENUM */
        ca_slice *slice;    /* ID, TEXT, CODES, INTERVALS */
        void *any;
    } as;
    void *memory;           /* private: the allocation that both lie in */
} ca_column;

typedef struct ca_origin {  /* where a line came from */
    uint32_t file;          /* index of the run's files */
    uint32_t length;        /* bytes of the raw record, without its line end */
    uint64_t row;           /* records and rejected lines, the header is 1 */
    uint64_t offset;        /* of the record, in the decompressed stream */
} ca_origin;

typedef struct ca_batch {
    const ca_schema *schema;                /* borrowed */
    ca_column columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    unsigned rows;                          /* used */
    unsigned capacity;                      /* 1 … CA_BATCH_ROWS_MAX, more once grown; arrays and bitmaps have this size */
    unsigned words;                         /* of a bitmap: (capacity + 63) / 64 */
    ca_origin *origin;                      /* by row */
    ca_digest *digest;                      /* by row: record digest */
    uint64_t *live;                         /* bit per row: original, replacement, denied */
    char *bytes;                            /* pool of ID and TEXT */
    size_t byte_count, byte_cap;
    uint32_t *list_codes;                   /* pool of CODES */
    size_t list_count, list_cap;
    ca_interval *intervals;                 /* pool of INTERVALS */
    size_t interval_count, interval_cap;
    bool borrows;                           /* the pools belong to another batch; nothing can be added */
} ca_batch;

/* `schema` may still grow by site columns; it must outlive the batch. NULL when memory ran out. */
ca_batch *ca_batch_new(const ca_schema *schema, unsigned capacity);
void ca_batch_free(ca_batch *batch);
void ca_batch_clear(ca_batch *batch);                  /* rows = 0, all bits 0; keeps memory */
/* Back to `rows` rows: for a source row that is rejected when some of its cells are in the batch. Bits of
 * the rows up to and including the one after the last (that is being filled) become 0. */
void ca_batch_cut(ca_batch *batch, unsigned rows);
/* Allocates the column's arrays (64-byte aligned, zeroed, `words` * 64 rows) unless it has them. 0 or
 * CA_NOMEM. */
int ca_batch_use(ca_batch *batch, unsigned column);
/* Room for at least `capacity` rows (up to CA_BATCH_ROWS_GROWN); rows, columns and pools keep their content, but
 * arrays may move. 0 or CA_NOMEM, which leaves all as it was. */
int ca_batch_grow(ca_batch *batch, unsigned capacity);
/* Pools: append and get the slice; CA_NOMEM when memory ran out or at 2^32 entries. Pools keep their memory
 * over clear. */
int ca_batch_add_bytes(ca_batch *batch, ca_text text, ca_slice *ret_slice);
/* Room for so many more bytes in each pool. */
int ca_batch_reserve(ca_batch *batch, size_t bytes);
int ca_batch_add_codes(ca_batch *batch, const uint32_t *ids, size_t count, ca_slice *ret_slice);
int ca_batch_add_intervals(ca_batch *batch, const ca_interval *items, size_t count, ca_slice *ret_slice);

/* Elements of a CODES, INTERVALS, ID or TEXT column that lie anywhere, aligned or not; so many bytes may be read from there on, which
 * makes short ones quicker. */
int ca_batch_add_elements(ca_batch *batch, ca_type type, const void *from, size_t count, size_t readable, ca_slice *ret_slice);

/* From now on the pools of `to` are those of `from`, which must outlive it. */
void ca_batch_borrow(ca_batch *to, const ca_batch *from);
void ca_batch_borrow_pools(ca_batch *to, char *bytes, uint32_t *list_codes, ca_interval *intervals);
/* Copies the pools that it borrows, as much of them as its counts say: it may be added to from now on. 0 or CA_NOMEM, which leaves it
 * as it was. */
int ca_batch_own(ca_batch *batch);
/* Copies a value, if there is one, to a row of another batch of the same schema that has none yet. Lists and texts go into
 * its pools, codes keep their ids. 0 or CA_NOMEM. */
int ca_batch_copy(const ca_batch *from, unsigned row, unsigned column, ca_batch *to, unsigned to_row);

/* The same within a batch: texts and lists then stand once for both rows. */
void ca_batch_repeat(ca_batch *batch, unsigned row, unsigned column, unsigned to_row);

/* Rows of a batch, in this order, as a batch of its own: columns with a 1 in `columns` (by schema column), all of them live.
 * Its pools are borrowed from `from`, which must outlive it. *batch is made, or made larger, as needed (NULL at first;
 * capacity may exceed CA_BATCH_ROWS_MAX). 0 or CA_NOMEM. */
int ca_batch_select(const ca_batch *from, const uint32_t *rows, uint32_t count, const uint8_t *columns, ca_batch **batch);
/* The same without where the rows came from and their digests. Those, and further columns, of single rows: later. */
int ca_batch_select_columns(const ca_batch *from, const uint32_t *rows, uint32_t count, const uint8_t *columns,
                            ca_batch **batch);
int ca_batch_select_rest(const ca_batch *from, uint32_t row, const unsigned *columns, size_t count, ca_batch *to,
                         uint32_t to_row);
/* Gives *batch room for so many rows, and empties it; what it held is lost. 0 or CA_NOMEM. */
int ca_batch_fit(const ca_schema *schema, uint32_t rows, ca_batch **batch);

static inline bool ca_bit(const uint64_t *bits, unsigned row)
{
    return (bits[row >> 6] >> (row & 63)) & 1;
}

static inline void ca_bit_set(uint64_t *bits, unsigned row)
{
    bits[row >> 6] |= UINT64_C(1) << (row & 63);
}

/* The bits of these rows, and in the last word zeros behind them. */
static inline void ca_bits_select(const uint64_t *bits, const uint32_t *rows, uint32_t count, uint64_t *to)
{
    for (uint32_t base = 0; base < count; base += 64) {
        uint32_t some = count - base < 64 ? count - base : 64;
        uint64_t word = 0;
        for (uint32_t i = 0; i < some; i++)
            word |= (uint64_t)ca_bit(bits, rows[base + i]) << i;
        to[base / 64] = word;
    }
}

/* As many ones, likewise. */
static inline void ca_bits_fill(uint64_t *to, uint32_t count)
{
    for (uint32_t base = 0; base < count; base += 64)
        to[base / 64] = count - base < 64 ? (UINT64_C(1) << (count - base)) - 1 : UINT64_MAX;
}

static inline bool ca_batch_has(const ca_batch *batch, unsigned column, unsigned row)
{
    return batch->columns[column].present && ca_bit(batch->columns[column].present, row);
}

/* The pool that slices of a type point into. */
static inline const uint8_t *ca_batch_pool(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? (const uint8_t *)batch->list_codes
           : type == CA_TYPE_INTERVALS ? (const uint8_t *)batch->intervals
                                       : (const uint8_t *)batch->bytes;
}

static inline ca_text ca_batch_text(const ca_batch *batch, unsigned column, unsigned row)   /* ID, TEXT */
{
    ca_slice slice = batch->columns[column].as.slice[row];
    return (ca_text){batch->bytes + slice.from, slice.len};
}

#endif
