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
    uint16_t offset[2]; /* of its value or length in a record, by form */
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
    unsigned *sequence;  /* numbers of the columns, as their contents lie in a record */
    unsigned deciding;   /* the first ones of these: the order goes by them */
    size_t record[2];    /* what a record takes without its contents, by form */
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

/* --- keyed_record.c, keyed_unpack.c: rows of a batch as records in memory, and back --- */

#define CA_KEYED_TILE 128u /* rows that become records together: they stay in the nearest cache meanwhile */

/* Nearly all numbers fit four bytes, and lengths one: then a record is narrow. */
enum { CA_KEYED_NARROW, CA_KEYED_WIDE };

/* Behind it which columns have a value (a bit each in words of 32, behind the last whether the line counts); the values,
 * where lists and texts have their length; then the lists, one after another, and the texts. Never written to disk as it
 * is. */
typedef struct ca_keyed_record {
    uint64_t hash, uses;
    ca_digest digest;
    ca_origin origin;
    uint32_t lists;        /* bytes of these */
    uint32_t texts : 31;
    uint32_t form : 1;
} ca_keyed_record;

/* Records of one bucket, behind it; where each of them begins stands at its end, the first one last: so they can be fetched
 * before one of them is looked at. */
typedef struct ca_keyed_chunk {
    struct ca_keyed_chunk *next;
    uint64_t contents; /* bytes of texts and lists */
    uint32_t rows;
    uint32_t used, cap; /* bytes, with this head */
} ca_keyed_chunk;

static inline const ca_keyed_record *ca_keyed_record_at(const ca_keyed_chunk *chunk, uint32_t i)
{
    const uint8_t *bytes = (const uint8_t *)chunk;
    const uint32_t *end = (const uint32_t *)(const void *)(bytes + chunk->cap);
    return (const ca_keyed_record *)(const void *)(bytes + end[-1 - (ptrdiff_t)i]);
}

/* Rows of a batch, ascending; what goes with them by row of the batch. */
typedef struct ca_keyed_tile {
    const ca_batch *batch;
    const uint64_t *hash;
    const uint64_t *uses; /* NULL: all bits set */
    unsigned count;
    unsigned form; /* of all of them */
    uint32_t rows[CA_KEYED_TILE];
    uint32_t lists[CA_KEYED_TILE], texts[CA_KEYED_TILE];         /* bytes of these */
    uint8_t presence[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];      /* by column of the exchange: CA_PART_ALL ... */
    ca_keyed_record *records[CA_KEYED_TILE];
} ca_keyed_tile;

/* Fills lists, texts, presence and form. */
void ca_keyed_measure(const ca_keyed *keyed, ca_keyed_tile *tile);
/* Writes the records of rows `from` to `end`, of which each has its place. */
void ca_keyed_write_records(const ca_keyed *keyed, const ca_keyed_tile *tile, unsigned from, unsigned end);
/* Uses the projected columns and makes room for so many rows. */
int ca_keyed_prepare(const ca_keyed *keyed, ca_batch *batch, size_t rows, ca_error *err);
size_t ca_keyed_contents(const ca_batch *batch); /* bytes in its pools */

typedef struct ca_keyed_line { /* being read */
    const ca_keyed_record *record;
    uint32_t texts; /* where its texts begin in the pool of the batch */
    uint32_t at;    /* of what is read next: in its lists, then in the pool */
} ca_keyed_line;

typedef struct ca_keyed_lines {
    void *memory; /* of both lists */
    ca_keyed_line *items;
    ca_keyed_line *other; /* as many, to put them in order */
    uint32_t *present;    /* a word of each; and what all of them, and any of them, have */
    uint32_t in_all, in_any;
    bool wide;            /* some are */
    size_t count, cap;
} ca_keyed_lines;

void ca_keyed_lines_done(ca_keyed_lines *lines);
/* Appends the records of a chunk. 0 or CA_NOMEM. */
int ca_keyed_open_chunk(ca_keyed_lines *lines, const ca_keyed_chunk *chunk);
/* To an empty batch that is prepared for the rows, and does not count them yet: the texts, and what decides the order, with
 * the hashes; all in the order of the chunks. 0 or CA_NOMEM. */
int ca_keyed_unpack_deciding(ca_keyed_lines *lines, const ca_keyed *keyed, ca_batch *batch, uint64_t *hash);
/* After it: everything but the hashes, in this order. */
int ca_keyed_unpack_ordered(ca_keyed_lines *lines, const ca_keyed *keyed, const uint32_t *order, ca_batch *batch,
                            uint64_t *uses);
/* Appends the lines of a chunk to a batch that is prepared for them, and what goes with them by row; `lines` is scratch.
 * 0 or CA_NOMEM. */
int ca_keyed_unpack(ca_keyed_lines *lines, const ca_keyed *keyed, const ca_keyed_chunk *chunk, ca_batch *batch,
                    uint64_t *hash, uint64_t *uses);

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
    ca_keyed_chunk *first, *last;
} ca_keyed_bucket;

typedef struct ca_keyed_slab { /* memory of several chunks */
    struct ca_keyed_slab *next;
    size_t used, cap; /* of it, with this head */
} ca_keyed_slab;

struct ca_keyed_writer {
    ca_keyed *keyed;
    uint32_t task;
    size_t budget;
    size_t held;         /* bytes of all slabs and marks */
    size_t slab_bytes;   /* 0: each chunk has one of its own */
    size_t chunk_bytes;
    ca_keyed_slab *slabs;
    ca_keyed_bucket *buckets;
    ca_keyed_mark *marks;
    size_t mark_count, mark_cap;
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
    ca_keyed_lines lines;
    ca_keyed_numbers numbers;
};

void ca_keyed_writer_free(ca_keyed_writer *writer);
/* keyed_spill.c: writes all that is staged to the part file, and empties it. */
int ca_keyed_spill(ca_keyed_writer *writer, ca_error *err);
void ca_keyed_drop_staged(ca_keyed_writer *writer); /* lines and marks */
/* keyed_marks.c: by bucket; 0 or CA_NOMEM */
int ca_keyed_order_marks(ca_keyed_writer *writer);

/* --- keyed_read.c and the files beside it --- */

typedef struct ca_keyed_cursor { /* how far the lines of a bucket have been read */
    size_t writer;
    bool begun; /* with this writer */
    size_t section, end;
    const ca_keyed_chunk *chunk;
} ca_keyed_cursor;

typedef struct ca_keyed_merge ca_keyed_merge;

struct ca_keyed_reader {
    ca_keyed *keyed;
    ca_keyed_limits limits;
    uint32_t next, end; /* buckets */
    ca_part_reader *parts;
    ca_keyed_numbers numbers;
    ca_keyed_lines lines;
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
/* All lines of a bucket, sorted, if all of it lies in memory; else CA_END. */
int ca_keyed_load_sorted(ca_keyed_reader *reader, uint32_t bucket, ca_batch *batch, ca_error *err);
int ca_keyed_load_marks(ca_keyed_reader *reader, uint32_t bucket, ca_error *err);
/* The hash bits in which the lines of a bucket differ. */
int ca_keyed_differences(ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_bits, ca_error *err);

/* keyed_order.c: negative, 0, positive; columns of the order from number `from` on. */
int ca_keyed_compare(const ca_keyed *keyed, const ca_batch *a, unsigned row_a, const ca_batch *b, unsigned row_b,
                     unsigned from);
/* Sorts reader->hash, and tells by place which row of the batch comes there; the list is the reader's. */
int ca_keyed_find_order(ca_keyed_reader *reader, const ca_batch *batch, unsigned rows, const uint32_t **ret_order,
                        ca_error *err);
/* keyed_order_hashes.c: sorts the hashes, which agree in their first bits, and tells which row comes at each place. False:
 * nothing was done, they need another way. The scratch has room for twice as many. */
bool ca_keyed_order_hashes(uint64_t *hashes, uint32_t rows, unsigned used_bits, uint64_t *scratch, uint32_t *order);
/* keyed_place.c */
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
