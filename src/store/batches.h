/* Batches that wait: some columns of their rows, compact, in memory while there is room, else in a temporary file. They come
 * back in any order, to any number of threads, which take the rows that they need. */
#ifndef CA_STORE_BATCHES_H
#define CA_STORE_BATCHES_H

#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "claim/batch.h"
#include "store/compact.h"

typedef struct ca_batches ca_batches;

/* `columns`: by schema column who takes it (CA_COMPACT_FIRST, CA_COMPACT_SECOND); 0: it is not kept. At most `budget` bytes stay in memory; `path` is created when they are more, and
 * removed by ca_batches_free. Schema and disk are borrowed. */
int ca_batches_new(ca_disk *disk, const char *path, const ca_schema *schema, const uint8_t *columns, size_t budget,
                   ca_batches **ret_batches, ca_error *err);
void ca_batches_free(ca_batches *batches);
/* Each is read so many times, and not once. Before the first is added. */
void ca_batches_read_times(ca_batches *batches, unsigned times);

/* Copies the rows, of which something may be known (or NULL), and `more` bytes that belong to them. `number` is the caller's. */
int ca_batches_add(ca_batches *batches, const ca_batch *batch, const ca_compact_known *known, uint64_t number, const void *more,
                   size_t more_len, ca_error *err);
size_t ca_batches_count(const ca_batches *batches);
uint64_t ca_batches_bytes(const ca_batches *batches);    /* added so far */

/* One of them, read back. It lives until the next read of this thread's. */
typedef struct ca_waiting {
    uint64_t number;
    uint32_t rows;
    const uint8_t *more;          /* aligned to 8 bytes; only the first reader's */
    size_t more_len;
    ca_compact compact;           /* private, like all that follows */
    ca_compact_taker taker;
    struct slab *slab;            /* where it lies in memory */
    uint8_t *buffer;              /* of one from the file */
    size_t buffer_cap;
} ca_waiting;

/* `waiting` is zeroed before the first read, and may be used again. A batch is read once, unless ca_batches_read_times says otherwise: its
 * memory is given back then. `reader` is CA_COMPACT_FIRST or _SECOND: what only the other takes is not read from the file. */
int ca_batches_read(ca_batches *batches, size_t i, unsigned reader, ca_waiting *waiting, ca_error *err);
/* Some of its rows, ascending (NULL: the first ones), as a batch of their own, with the columns that have a 1 in `columns` (by
 * schema column). It must not be changed or freed, and lives until rows are taken again. _columns: without where they came from,
 * digests, and which are live. */
int ca_batches_take_columns(ca_waiting *waiting, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                            const ca_batch **ret_batch, ca_error *err);
int ca_batches_take(ca_waiting *waiting, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                    const ca_batch **ret_batch, ca_error *err);
/* The rows that were taken last, to be changed and added to: their texts and lists are copied. They live as long. NULL when memory
 * ran out. */
ca_batch *ca_waiting_own(ca_waiting *waiting, ca_error *err);
void ca_waiting_done(ca_waiting *waiting);

#endif
