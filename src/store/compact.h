/* A batch in few bytes, from which any of its rows can be taken: a coding for each column, numbers as small differences, and
 * one value for all lines of a claim that agree. For the process that made it only. */
#ifndef CA_STORE_COMPACT_H
#define CA_STORE_COMPACT_H

#include <stddef.h>
#include <stdint.h>

#include "claim/batch.h"

/* --- Making ---------------------------------------------------------------------------------- */

/* Who takes columns: each reads one part, in which there is nothing that only the other takes. */
enum { CA_COMPACT_FIRST = 1, CA_COMPACT_SECOND = 2 };

/* Where parts begin: columns that only the first takes, then what both take, then columns that only the second takes. Multiples of 8. */
typedef struct ca_compact_parts {
    size_t both, second, end;
} ca_compact_parts;

/* Which columns are kept, and scratch. */
typedef struct ca_compact_maker {
    const ca_schema *schema;      /* borrowed */
    unsigned *columns;            /* in the order of the parts */
    uint8_t *readers;             /* bits: who takes each */
    struct ca_compact_column *made;
    unsigned count;
    struct ca_compact_numbers *guesses;    /* for the next batch: two by column kept, then those of origins */
    size_t cap;                   /* rows, of what follows */
    uint64_t *wide;               /* scratch */
    uint32_t *starts;             /* of the runs */
    uint64_t *begins;             /* bit per row: a run begins there */
} ca_compact_maker;

/* `columns`: by schema column who takes it, bits; 0: it is not kept. 0 or CA_NOMEM. */
int ca_compact_maker_init(ca_compact_maker *maker, const ca_schema *schema, const uint8_t *columns);
void ca_compact_maker_done(ca_compact_maker *maker);
/* Bytes that the batch takes at most; a multiple of 8. */
size_t ca_compact_most(const ca_compact_maker *maker, const ca_batch *batch);
/* What is known of a batch: rows in `repeats` have, in columns with a 1 in `columns` (by schema column), the very value of the row
 * before, or none like that one. */
typedef struct ca_compact_known {
    const uint64_t *repeats;
    const uint8_t *columns;
} ca_compact_known;

/* Writes it to memory that is aligned to 8 bytes and has room for the most. `known` may be NULL. 0 or CA_NOMEM. */
int ca_compact_make(ca_compact_maker *maker, const ca_batch *batch, const ca_compact_known *known, uint8_t *to,
                    ca_compact_parts *ret_parts);

/* --- Taking ---------------------------------------------------------------------------------- */

typedef struct ca_compact {
    const ca_schema *schema;
    uint8_t *bytes;
    const struct ca_compact_head *head;
    unsigned readers;
    uint32_t rows;
} ca_compact;

/* Scratch of one who takes rows, zeroed before the first time. */
typedef struct ca_compact_taker {
    ca_batch *batch;              /* what was taken: its pools are those of the bytes */
    uint32_t *runs;               /* by row taken; then the numbers 0, 1, 2 … */
    size_t cap;
    struct ca_compact_word *words;
    size_t word_cap;
} ca_compact_taker;

/* `readers`: whose parts are there, of bytes that begin with the first part; `both`: where they begin that both take. */
void ca_compact_open(ca_compact *compact, const ca_schema *schema, uint8_t *bytes, size_t both, unsigned readers);
/* Columns with a 1 in `columns` (by schema column; those that were not kept, or that other readers take, are missing) of some rows, ascending, as a batch that
 * lives until the next time. `rows` NULL: of the first ones. 0 or CA_NOMEM. */
int ca_compact_take_columns(const ca_compact *compact, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                            ca_compact_taker *taker);
/* And where the rows came from, their digests, and which are live. */
int ca_compact_take(const ca_compact *compact, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                    ca_compact_taker *taker);
void ca_compact_taker_done(ca_compact_taker *taker);

#endif
