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
    size_t record_bytes; /* of a line without its contents */
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

/* --- keyed_record.c: a line as bytes in memory --- */

/* A record: its bytes (4), kind (1); then a mark, or a line: its head, presence bits (the last of them: it counts),
 * values of a fixed size, and of the others length and contents. Never written to disk as it is. */
typedef struct ca_keyed_head {
    uint64_t hash;
    uint64_t uses;
    ca_digest digest;
    ca_origin origin;
} ca_keyed_head;

#define CA_KEYED_FRAME 5u

typedef struct ca_keyed_source { /* a projected column of the batch being put */
    const uint64_t *present;
    const uint8_t *values;
    const uint8_t *pool;
} ca_keyed_source;

size_t ca_keyed_presence(const ca_keyed *keyed); /* bytes */
void ca_keyed_sources(const ca_keyed *keyed, const ca_batch *batch, ca_keyed_source *ret_sources);
/* Bytes of the record of a row, and how many of them are contents. */
size_t ca_keyed_measure(const ca_keyed *keyed, const ca_keyed_source *sources, unsigned row,
                        size_t *ret_contents);
void ca_keyed_write_line(const ca_keyed *keyed, const ca_keyed_source *sources, const ca_batch *batch,
                         unsigned row, uint64_t hash, uint64_t uses, size_t size, uint8_t *to);
void ca_keyed_write_mark(const ca_keyed_mark *mark, uint8_t *to);
#define CA_KEYED_MARK_BYTES (CA_KEYED_FRAME + sizeof(ca_keyed_mark))
uint32_t ca_keyed_record_size(const uint8_t *record);
uint8_t ca_keyed_record_kind(const uint8_t *record);
uint64_t ca_keyed_record_hash(const uint8_t *record);
uint64_t ca_keyed_record_uses(const uint8_t *record); /* of a line */
ca_keyed_mark ca_keyed_read_mark(const uint8_t *record);
/* Appends the line as the next row of a batch that uses all projected columns and has room. 0 or CA_NOMEM. */
int ca_keyed_read_line(const ca_keyed *keyed, const uint8_t *record, ca_batch *batch);
/* Uses the projected columns and makes room for so many rows. */
int ca_keyed_prepare(const ca_keyed *keyed, ca_batch *batch, size_t rows, ca_error *err);
size_t ca_keyed_contents(const ca_batch *batch); /* bytes in its pools */

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

typedef struct ca_keyed_chunk {
    struct ca_keyed_chunk *next;
    size_t used, cap;
    uint8_t bytes[];
} ca_keyed_chunk;

typedef struct ca_keyed_bucket { /* what is staged of it */
    uint8_t *at; /* where the next record goes in the last chunk, which learns how much is used when it is left */
    size_t left; /* bytes there */
    ca_keyed_chunk *first, *last;
    uint64_t rows, marks;
    uint64_t contents;
} ca_keyed_bucket;

struct ca_keyed_writer {
    ca_keyed *keyed;
    uint32_t task;
    size_t budget;
    size_t held; /* bytes of all chunks */
    size_t chunk_bytes;
    ca_keyed_bucket *buckets;
    ca_keyed_chunk *spare; /* chunks of chunk_bytes that are empty */
    ca_keyed_source *sources;
    uint64_t rows;
    uint64_t disk_bytes;
    char *path;
    ca_part_writer *part; /* NULL until something is written, and once it is finished */
    bool on_disk;         /* it is */
    ca_part *opened;      /* once it is read */
    bool finished;
    ca_error failure; /* code 0 = none; after one nothing works any more */
    ca_batch *batch;  /* rows on their way to a section, and what goes with them */
    uint64_t *hash, *uses;
    ca_keyed_mark *marks;
    ca_keyed_numbers numbers;
};

void ca_keyed_writer_free(ca_keyed_writer *writer);
/* keyed_spill.c: writes all that is staged to the part file, and empties it. */
int ca_keyed_spill(ca_keyed_writer *writer, ca_error *err);
void ca_keyed_drop_chunks(ca_keyed_writer *writer);  /* frees all of them */
void ca_keyed_leave_chunks(ca_keyed_writer *writer); /* each knows how much of it is used */

/* --- keyed_read.c and the files beside it --- */

typedef struct ca_keyed_cursor { /* how far the lines of a bucket have been read */
    size_t writer;
    bool begun; /* with this writer */
    size_t section, end;
    const ca_keyed_chunk *chunk;
    size_t at;
} ca_keyed_cursor;

typedef struct ca_keyed_merge ca_keyed_merge;

struct ca_keyed_reader {
    ca_keyed *keyed;
    ca_keyed_limits limits;
    uint32_t next, end; /* buckets */
    ca_part_reader *parts;
    ca_keyed_numbers numbers;
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
int ca_keyed_load_marks(ca_keyed_reader *reader, uint32_t bucket, ca_error *err);
/* The hash bits in which the lines of a bucket differ. */
int ca_keyed_differences(ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_bits, ca_error *err);

/* keyed_order.c: negative, 0, positive; columns of the order from number `from` on. */
int ca_keyed_compare(const ca_keyed *keyed, const ca_batch *a, unsigned row_a, const ca_batch *b, unsigned row_b,
                     unsigned from);
/* Sorts the batch, reader->hash and reader->uses; and the marks. */
int ca_keyed_sort(ca_keyed_reader *reader, ca_batch *batch, ca_error *err);
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
