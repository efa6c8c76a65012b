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
    uint8_t readers;
    bool by_run;                  /* a value for each run, else for each row */
    uint64_t bits;                /* where those of CA_PART_SOME are */
    ca_compact_numbers values;    /* where slices begin, of these */
    ca_compact_numbers lengths;   /* of slices */
} ca_compact_column;

enum { CA_COMPACT_FILE, CA_COMPACT_LENGTH, CA_COMPACT_ROW, CA_COMPACT_OFFSET, CA_COMPACT_ORIGINS };

/* Where what both take begins; columns follow. */
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


/* --- compact_bits.c ------------------------------------------------------------------------------- */

#define CA_MOVES 6u

/* How many there are, side by side: without an instruction for it the compiler's own way is a call. */
static inline uint32_t ca_bits_count(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (uint32_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* How some bits of a word move: to its lower end, or from there. */
typedef struct ca_moves {
    uint64_t bits;
    uint64_t steps[CA_MOVES];     /* of each power of two: what moves so far */
    uint32_t count;               /* of the bits */
    bool known;                   /* the steps are */
} ca_moves;

void ca_moves_set(ca_moves *moves, uint64_t bits);
/* What `bits` has where the bits are that move, side by side; and back. */
uint64_t ca_moves_together(ca_moves *moves, uint64_t bits);
uint64_t ca_moves_apart(ca_moves *moves, uint64_t bits);

/* 64 rows of a batch: those that are wanted, and those at which runs begin. */
typedef struct ca_compact_word {
    ca_moves wanted, begins;
    uint32_t begun;               /* runs, before these rows */
} ca_compact_word;

/* The bits of the rows that are wanted, and in the last word zeros behind them. `bits`: by row, or by run. */
void ca_compact_words_select(ca_compact_word *words, size_t count, bool by_run, const uint64_t *bits, uint64_t *to);

#endif
