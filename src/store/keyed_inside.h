/* What the files of the exchange by key share; nobody else includes this. */
#ifndef CA_STORE_KEYED_INSIDE_H
#define CA_STORE_KEYED_INSIDE_H

#include "store/keyed.h"

#define CA_KEYED_RECORD_MAX   (1u << 20)
#define CA_KEYED_SECTION_ROWS 4096u      /* at most, and a multiple of 64 */
#define CA_KEYED_SECTION_BYTES (1u << 20) /* of texts and lists, after which a section is closed */
#define CA_KEYED_ORDER 4u                /* columns of the total order behind those of the key */

/* Columns of a part before those of the projection, and tags of its sections. */
enum {
    CA_KEYED_HASH,
    CA_KEYED_FILE,
    CA_KEYED_ROW,
    CA_KEYED_OFFSET,
    CA_KEYED_LENGTH,
    CA_KEYED_DIGEST_HIGH,
    CA_KEYED_DIGEST_LOW,
    CA_KEYED_LIVE,
    CA_KEYED_USES,
    CA_KEYED_LINE_COLUMNS, /* what follows is of marks only */
    CA_KEYED_KIND = CA_KEYED_LINE_COLUMNS,
    CA_KEYED_LINE_NO,
    CA_KEYED_OWN_COLUMNS
};
enum { CA_KEYED_LINES, CA_KEYED_MARK_TAG };

typedef struct ca_keyed_column {
    unsigned column; /* of the schema */
    ca_type type;
    uint8_t size;    /* of a value in a record; 0 = length and contents */
    uint8_t element; /* of the contents */
} ca_keyed_column;

struct ca_keyed {
    ca_keyed_plan plan; /* its lists are not kept: `columns` and `order` have them */
    const ca_keyed *parent; /* of which this splits a bucket, or NULL */
    unsigned shared_bits;   /* leading hash bits in which all records agree */
    unsigned bits;          /* of the hash that choose the bucket */
    char *folder;
    ca_digest digest; /* of the manifest */
    ca_keyed_column *columns;
    unsigned count;
    unsigned fixed;      /* the first ones: their values have a size, the others contents */
    unsigned *sequence;  /* numbers of the columns as they lie in a block */
    unsigned deciding;   /* the first ones of these: the order goes by them */
    size_t packed_row;   /* what a row without its contents takes in a block, at most */
    size_t row_memory;   /* what reading takes for a row without its contents */
    ca_keyed_column order[CA_KEYED_KEY_MAX + CA_KEYED_ORDER]; /* first those of the key */
    unsigned key_count;
    ca_part_column *part_columns; /* CA_KEYED_OWN_COLUMNS, then `columns` */
    ca_keyed_writer **writers;
    size_t writer_count, writer_cap;
};

static inline unsigned ca_keyed_bucket_of(const ca_keyed *keyed, uint64_t hash)
{
    return keyed->bits ? (unsigned)(hash << keyed->shared_bits >> (64 - keyed->bits)) : 0;
}

/* --- keyed.c --- */

int ca_keyed_new_part(const ca_keyed_plan *plan, const ca_keyed *parent, unsigned shared_bits,
                      ca_keyed **ret_keyed, ca_error *err);
int ca_keyed_make_folder(const ca_keyed *keyed, ca_error *err);
/* FOLDER/NUMBER.SUFFIX, the caller's to free; NULL when memory ran out. */
char *ca_keyed_path(const ca_keyed *keyed, uint32_t number, const char *suffix);
ca_part_options ca_keyed_options(const ca_keyed *keyed);

/* --- keyed_stage.c: rows that wait until there are enough for a block --- */

/* Rows of a batch, ascending; what goes with them by row of the batch. */
typedef struct ca_keyed_rows_in {
    const ca_batch *batch;
    const uint32_t *rows;
    unsigned count;
    const uint64_t *hash;
    const uint64_t *uses; /* NULL: all bits set */
} ca_keyed_rows_in;

typedef struct ca_keyed_stage {
    ca_batch *batch; /* NULL until it is needed */
    uint64_t *hash, *uses;
    uint32_t *rows;          /* 0, 1, 2 ... */
    uint32_t *narrow, *wide; /* bytes that its texts, and its lists, would take in a block if none repeated */
    uint32_t *longest;       /* by projected column: the longest text or list */
    unsigned cap;    /* rows, at most */
    uint64_t contents; /* bytes that its texts and lists would take if none repeated */
} ca_keyed_stage;

void ca_keyed_stage_done(ca_keyed_stage *stage);
/* Whether all rows between the first and the last one have a value, none has, or some have. */
uint8_t ca_keyed_presence_of(const uint64_t *present, const ca_keyed_rows_in *in);
void ca_keyed_set_range(uint64_t *bits, unsigned from, unsigned end);
/* Appends the rows, for which there is room in a block, and whose texts and lists take `contents` at most. 0, or
 * CA_NOMEM, which leaves the stage undefined. */
int ca_keyed_stage_add(const ca_keyed *keyed, ca_keyed_stage *stage, const ca_keyed_rows_in *in, size_t contents);
void ca_keyed_stage_clear(const ca_keyed *keyed, ca_keyed_stage *stage); /* one that has a batch */
/* Uses the projected columns and makes room for so many rows. */
int ca_keyed_prepare(const ca_keyed *keyed, ca_batch *batch, size_t rows, ca_error *err);
size_t ca_keyed_contents(const ca_batch *batch); /* bytes in its pools */
/* Bytes that texts and lists of a row take. */
size_t ca_keyed_measure(const ca_keyed *keyed, const ca_batch *batch, unsigned row);
/* Of all the rows; *ret_most: no row has more than this. */
size_t ca_keyed_measure_rows(const ca_keyed *keyed, const ca_keyed_rows_in *in, size_t *ret_most);

/* --- keyed_pack.c, keyed_unpack.c: rows of a batch as a block in memory, and back --- */

#define CA_KEYED_BLOCK_ROWS 8192u /* at most */
#define CA_KEYED_LEN_LONG   254u /* in place of a length of so much or more */
#define CA_KEYED_LEN_SAME   255u /* the text or list of the row before */

enum {
    CA_KEYED_OWN_FILE,
    CA_KEYED_OWN_LENGTH,
    CA_KEYED_OWN_ROW,
    CA_KEYED_OWN_OFFSET,
    CA_KEYED_OWN_USES,
    CA_KEYED_OWN_NUMBERS
};

typedef struct ca_keyed_coding { /* of a column of a block */
    int64_t least;
    uint8_t width;    /* bytes of the difference from it: 0, 1, 2, 4 or 8; of texts and lists: 1 when any is long */
    uint8_t presence; /* CA_PART_ALL ... */
} ca_keyed_coding;

typedef enum ca_keyed_shape { /* of numbers, as they lie in a batch */
    CA_KEYED_WIDE,           /* int64_t */
    CA_KEYED_SIGNED,         /* int32_t */
    CA_KEYED_UNSIGNED,       /* uint32_t */
    CA_KEYED_BYTE,
    CA_KEYED_FILES,          /* in an origin */
    CA_KEYED_LENGTHS,
    CA_KEYED_ROWS,
    CA_KEYED_OFFSETS
} ca_keyed_shape;

/* keyed_numbers.c: the coding of the numbers of the first rows; those of some in any order to bytes; and back, to
 * `place` of each one (NULL: side by side). They return where the next bytes are. */
void ca_keyed_choose(const void *values, ca_keyed_shape shape, uint32_t count, ca_keyed_coding *coding);
uint8_t *ca_keyed_narrow(const void *values, ca_keyed_shape shape, const uint32_t *rows, uint32_t count,
                         const ca_keyed_coding *coding, uint8_t *to);
const uint8_t *ca_keyed_widen(const uint8_t *from, uint32_t rows, const ca_keyed_coding *coding, ca_keyed_shape shape,
                              const uint32_t *place, void *to);

/* Bytes of a length that its own byte cannot tell: they go before the contents. */
static inline size_t ca_keyed_escape(uint32_t len, size_t element)
{
    return len < CA_KEYED_LEN_LONG ? 0 : element < sizeof len ? sizeof len : element;
}

typedef struct ca_keyed_piece { /* the rows of a bucket in a block */
    uint32_t rows;
    uint32_t at;       /* where its bytes begin: first contents of codes and intervals */
    uint32_t wide;     /* bytes of these; behind them lie hash, digest, own numbers, live, then column after column */
    uint32_t contents; /* bytes of texts and lists */
} ca_keyed_piece;

/* Never written to disk as it is. */
typedef struct ca_keyed_block {
    struct ca_keyed_block *next;
    ca_keyed_coding own[CA_KEYED_OWN_NUMBERS];
    uint8_t live;             /* presence */
    ca_keyed_coding *codings; /* by projected column */
    ca_keyed_piece *pieces;   /* by bucket */
    uint8_t *bytes;
} ca_keyed_block;

typedef struct ca_keyed_span { /* of one bucket, while a block is made */
    uint32_t bucket, from, end; /* places in the order */
    uint32_t contents;
    size_t room, wide_room;
    uint8_t *start, *at; /* what is written of it */
    uint8_t *wide_start, *wide_at;
} ca_keyed_span;

typedef struct ca_keyed_packer { /* scratch of a writer */
    uint32_t *order;  /* rows of the stage by bucket */
    uint16_t *bucket; /* of each row */
    size_t cap;       /* of these lists */
    uint32_t *ends;          /* by bucket */
    ca_keyed_span *spans;
    unsigned span_count;
    uint8_t *scratch;
    size_t scratch_bytes;
    ca_keyed_block block; /* what goes into the next one */
    ca_keyed_coding *codings; /* of its columns */
} ca_keyed_packer;

void ca_keyed_packer_done(ca_keyed_packer *packer);
/* What is staged, to bytes in the scratch; *ret_size: what the block takes. 0 or CA_NOMEM. */
int ca_keyed_pack(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_stage *stage, size_t *ret_size);
/* Makes the block of what was packed, in memory of that size. */
ca_keyed_block *ca_keyed_take_block(const ca_keyed *keyed, const ca_keyed_packer *packer, void *memory);

typedef struct ca_keyed_pieces { /* of one bucket, being read */
    const ca_keyed *keyed;
    struct ca_keyed_open_piece *pieces;
    size_t count, cap;
    unsigned rows;
    ca_batch *batch; /* prepared for the rows */
    uint64_t *hash, *uses;
    const uint32_t *place; /* of each row in the batch; NULL: in the order of the pieces */
    const uint32_t *order; /* and the row at each place */
    uint64_t *bits;        /* scratch */
    size_t bits_cap;
} ca_keyed_pieces;

void ca_keyed_pieces_done(ca_keyed_pieces *pieces);
/* Appends a piece that has rows. 0 or CA_NOMEM. */
int ca_keyed_open_piece(ca_keyed_pieces *pieces, const ca_keyed_block *block, uint32_t bucket);
/* Hash, digest and the columns that decide the order; in the order of the pieces, behind the rows of the batch, which
 * does not count the new ones yet. 0 or CA_NOMEM. */
int ca_keyed_unpack_deciding(ca_keyed_pieces *pieces);
/* The rest, after the deciding ones, each row where `place` tells. */
int ca_keyed_unpack_rest(ca_keyed_pieces *pieces);
/* Appends the rows of a bucket to a batch that is prepared for them, and what goes with them by row; `pieces` is
 * scratch. 0 or CA_NOMEM. */
int ca_keyed_unpack(ca_keyed_pieces *pieces, const ca_keyed_block *block, uint32_t bucket);
uint64_t ca_keyed_hash_of(const ca_keyed_block *block, uint32_t bucket, uint32_t row);

/* --- keyed_section.c: rows of a batch as sections of a part, and back --- */

typedef struct ca_keyed_numbers { /* a list for each of the part's own columns */
    int64_t *lists;
    size_t cap; /* rows of each */
} ca_keyed_numbers;

/* Rows `from` (a multiple of 64) to `end`, at most CA_KEYED_SECTION_ROWS; `hash` and `uses` by row of the batch. */
int ca_keyed_add_lines(const ca_keyed *keyed, ca_part_writer *part, uint32_t bucket, const ca_batch *batch,
                       const uint64_t *hash, const uint64_t *uses, unsigned from, unsigned end,
                       ca_keyed_numbers *numbers, ca_error *err);
int ca_keyed_add_marks(ca_part_writer *part, uint32_t bucket, const ca_keyed_mark *marks, unsigned count,
                       ca_keyed_numbers *numbers, ca_error *err);
/* Appends the rows of a section to the batch, which is prepared for them, and what goes with them by row. */
int ca_keyed_get_lines(const ca_keyed *keyed, const ca_part *part, size_t section, ca_batch *batch, uint64_t *hash,
                       uint64_t *uses, ca_keyed_numbers *numbers, ca_part_reader *reader, ca_error *err);
int ca_keyed_get_marks(const ca_part *part, size_t section, ca_keyed_mark *ret_marks, ca_keyed_numbers *numbers,
                       ca_part_reader *reader, ca_error *err);
int ca_keyed_get_hashes(const ca_part *part, size_t section, ca_keyed_numbers *numbers, ca_part_reader *reader,
                        const int64_t **ret_hashes, ca_error *err);
/* A part that was written by this exchange. */
int ca_keyed_open_part(const ca_keyed *keyed, const char *path, ca_part **ret_part, ca_error *err);

/* --- keyed_write.c --- */

typedef struct ca_keyed_bucket { /* what is staged of it */
    uint64_t rows, contents;
    size_t marks, first_mark; /* in the list of the writer, once it is in order */
} ca_keyed_bucket;

typedef struct ca_keyed_slab { /* memory of several blocks */
    struct ca_keyed_slab *next;
    size_t used, cap; /* of it, with this head */
} ca_keyed_slab;

struct ca_keyed_writer {
    ca_keyed *keyed;
    uint32_t task;
    size_t budget;
    size_t held;         /* bytes of all slabs and marks */
    size_t slab_bytes;   /* 0: each block has one of its own */
    ca_keyed_slab *slabs;
    unsigned block_rows; /* so many make a block */
    size_t block_contents; /* or so many bytes of texts and lists */
    ca_keyed_bucket *buckets;
    ca_keyed_block *first, *last;
    ca_keyed_stage stage;
    ca_keyed_packer packer;
    uint32_t *chosen; /* rows being put */
    ca_keyed_mark *marks;
    size_t mark_count, mark_cap;
    uint64_t rows;
    uint64_t disk_bytes;
    char *path;
    ca_part_writer *part; /* NULL until something is written, and once it is finished */
    bool on_disk;         /* it is */
    ca_part *opened;      /* once it is read */
    bool finished;
    ca_error failure; /* code 0 = none; after one nothing works any more */
    ca_batch *batch;  /* rows on their way to sections, and what goes with them */
    uint64_t *hash, *uses;
    size_t hash_cap;
    ca_keyed_pieces pieces;
    ca_keyed_numbers numbers;
};

void ca_keyed_writer_free(ca_keyed_writer *writer);
/* keyed_spill.c: writes all that is staged to the part file, and empties it. */
int ca_keyed_spill(ca_keyed_writer *writer, ca_error *err);
void ca_keyed_drop_blocks(ca_keyed_writer *writer); /* and marks */
/* keyed_marks.c: by bucket; 0 or CA_NOMEM */
int ca_keyed_order_marks(ca_keyed_writer *writer);

/* --- keyed_read.c and the files beside it --- */

typedef struct ca_keyed_cursor { /* how far the lines of a bucket have been read */
    size_t writer;
    bool begun; /* with this writer */
    size_t section, end;
    const ca_keyed_block *block;
} ca_keyed_cursor;

typedef struct ca_keyed_merge ca_keyed_merge;

struct ca_keyed_reader {
    ca_keyed *keyed;
    ca_keyed_limits limits;
    uint32_t next, end; /* buckets */
    ca_part_reader *parts;
    ca_keyed_numbers numbers;
    ca_keyed_pieces pieces;
    uint64_t *hash, *uses; /* by row, in one piece of memory */
    size_t hash_cap;
    ca_keyed_mark *marks;
    size_t mark_count, mark_cap;
    void *sorting; /* scratch of keyed_order.c */
    size_t sorting_cap;
    ca_keyed *split; /* of a bucket that was too large, and who reads it */
    ca_keyed_reader *split_reader;
    ca_keyed_merge *merge; /* of a key that was too large */
    ca_error failure;
};

/* keyed_load.c */
void ca_keyed_size(const ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_rows, uint64_t *ret_marks,
                   uint64_t *ret_contents);
/* Room for so many rows in the batch and for what goes with them. */
int ca_keyed_make_room(ca_keyed_reader *reader, ca_batch *batch, size_t rows, ca_error *err);
/* Appends lines until one more piece would take more than `bytes` (0 = no limit); CA_END when there are none left and
 * none were appended. */
int ca_keyed_load(ca_keyed_reader *reader, uint32_t bucket, ca_keyed_cursor *cursor, size_t bytes, ca_batch *batch,
                  ca_error *err);
/* All lines of a bucket, sorted, if all of it lies in blocks; else CA_END. */
int ca_keyed_load_sorted(ca_keyed_reader *reader, uint32_t bucket, ca_batch *batch, ca_error *err);
int ca_keyed_load_marks(ca_keyed_reader *reader, uint32_t bucket, ca_error *err);
/* The hash bits in which the lines of a bucket differ. */
int ca_keyed_differences(ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_bits, ca_error *err);

/* keyed_order.c: negative, 0, positive; columns of the order from number `from` on. */
int ca_keyed_compare(const ca_keyed *keyed, const ca_batch *a, unsigned row_a, const ca_batch *b, unsigned row_b,
                     unsigned from);
/* Sorts reader->hash, and tells by place which row of the batch comes there, and by row its place; the lists are the
 * reader's. */
int ca_keyed_find_order(ca_keyed_reader *reader, const ca_batch *batch, unsigned rows, const uint32_t **ret_order,
                        const uint32_t **ret_place, ca_error *err);
/* keyed_order_hashes.c: sorts the hashes, which agree in their first bits, and tells which row comes at each place. False:
 * nothing was done, they need another way. The scratch has room for twice as many. */
bool ca_keyed_order_hashes(uint64_t *hashes, uint32_t rows, unsigned used_bits, uint64_t *scratch, uint32_t *order);
/* keyed_place.c: puts the values of the first columns of the sequence in this order, and digests. */
void ca_keyed_place_deciding(ca_keyed_reader *reader, ca_batch *batch, unsigned rows, const uint32_t *order);
/* Sorts the batch, reader->hash and reader->uses. */
int ca_keyed_sort(ca_keyed_reader *reader, ca_batch *batch, ca_error *err);

/* keyed_marks.c */
void ca_keyed_sort_marks(ca_keyed_mark *marks, size_t count);

/* keyed_split.c */
int ca_keyed_split(ca_keyed_reader *reader, uint32_t bucket, uint64_t differences, uint64_t bytes, ca_batch *batch,
                   ca_error *err);
void ca_keyed_split_free(ca_keyed_reader *reader);

/* keyed_merge.c */
int ca_keyed_merge_new(ca_keyed_reader *reader, uint32_t bucket, uint64_t bytes, ca_batch *batch, ca_error *err);
/* CA_END after the last row. */
int ca_keyed_merge_next(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group, ca_error *err);
void ca_keyed_merge_free(ca_keyed_merge *merge);

#endif
