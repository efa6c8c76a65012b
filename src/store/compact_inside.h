/* What the files of compact batches share; nobody else includes this. */
#ifndef CA_STORE_COMPACT_INSIDE_H
#define CA_STORE_COMPACT_INSIDE_H

#include "store/compact.h"

/* Numbers: differences from the least one, in 0, 1, 2, 4 or 8 bytes each. */
typedef struct ca_compact_numbers {
    int64_t least;
    uint64_t at;                  /* where they begin, in the bytes */
    uint64_t width;
} ca_compact_numbers;

typedef struct ca_compact_column {
    uint32_t column;              /* of the schema */
    uint8_t presence;             /* CA_PART_ALL ... */
    bool by_run;                  /* a value for each run, else for each row */
    uint64_t bits;                /* where those of CA_PART_SOME are */
    ca_compact_numbers values;    /* where slices begin, of these */
    ca_compact_numbers lengths;   /* of slices */
} ca_compact_column;

enum { CA_COMPACT_FILE, CA_COMPACT_LENGTH, CA_COMPACT_ROW, CA_COMPACT_OFFSET, CA_COMPACT_ORIGINS };

/* Where the bytes begin; its columns follow. */
typedef struct ca_compact_head {
    uint32_t rows;
    uint32_t columns;
    uint64_t begins;              /* where the bits of the rows are at which a run begins; 0: nothing is by run */
    uint64_t live, digests;
    ca_compact_numbers origin[CA_COMPACT_ORIGINS];
    uint64_t text, codes, intervals;
    uint64_t text_count, code_count, interval_count;
} ca_compact_head;

static inline size_t ca_compact_aligned(size_t len)
{
    return (len + 7) / 8 * 8;
}

/* compact_numbers.c: the numbers of a list, to memory aligned to 8 bytes, where there is room for them as they are. `numbers` has
 * a guess (zeroed, or what a list like this took) and gets what was taken. They return where the next bytes are, likewise. */
uint8_t *ca_compact_put32(const uint32_t *values, uint32_t count, ca_compact_numbers *numbers, uint8_t *to);
uint8_t *ca_compact_put64(const int64_t *values, uint32_t count, ca_compact_numbers *numbers, uint8_t *to);
/* The numbers at these places. */
void ca_compact_take8(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                      uint8_t *to);
void ca_compact_take32(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                       uint32_t *to);
void ca_compact_take64(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                       int64_t *to);
void ca_compact_take_slices(const uint8_t *bytes, const ca_compact_column *column, const uint32_t *places, uint32_t count,
                            ca_slice *to);
/* `numbers`: of an origin. */
void ca_compact_take_origins(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *rows, uint32_t count,
                             ca_origin *to);

#endif
