/* A part file: rows as columns, in sections that belong to buckets. Each column of a section is
 * encoded and checked on its own, so that a reader fetches only what it needs; a dictionary of the
 * part stands for the codes, because the ids of a run never go to disk. docs/part-format.md
 * describes the bytes. */
#ifndef CA_STORE_PART_H
#define CA_STORE_PART_H

#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/hash.h"
#include "claim/batch.h"
#include "claim/codes.h"

#define CA_PART_ROWS_MAX    65536u       /* of a section */
#define CA_PART_COLUMNS_MAX 1024u        /* of a part */
#define CA_PART_NAME_MAX    255u         /* bytes of a column's name */
#define CA_PART_BYTES_MAX   (16u << 20)  /* of one column of a section, before compression and after decoding */
#define CA_PART_SECTIONS_MAX (16u << 20)

/* A column of a part. Names of columns are those of the schema ("paid", "billing.specialty", "x.tooth"), and
 * "@..." for what is no field: provenance, digest. */
typedef struct ca_part_column {
    const char *name;
    ca_type type;
} ca_part_column;

typedef struct ca_part_options {
    ca_codes *codes;        /* of the run, borrowed: the writer looks codes up, opening a part to read adds them */
    ca_digest manifest;     /* of the run that the part belongs to: a reader refuses any other */
    int zstd_level;         /* 0: columns are not compressed */
    bool unsynced;          /* for a part that dies with the process that writes it */
} ca_part_options;

/* --- Writing -------------------------------------------------------------------------------- */

typedef struct ca_part_writer ca_part_writer;

/* What a section holds of one column, in the arrays of a ca_batch (or any others of that shape). */
typedef struct ca_part_values {
    unsigned column;            /* of the part */
    const uint64_t *present;    /* bit per row; NULL: every row has a value */
    const void *values;         /* int64_t, ca_date, uint32_t, uint8_t or ca_slice, by the type */
    const void *pool;           /* what slices lie in; else unused */
} ca_part_values;

/* Written to a temporary name beside `path`; _finish writes dictionary, directory and trailer, syncs and renames.
 * The columns are copied. After an error only _free is left. */
int ca_part_create(ca_disk *disk, const char *path, const ca_part_column *columns, unsigned count,
                   const ca_part_options *options, ca_part_writer **ret_writer, ca_error *err);
/* A section of 1 to CA_PART_ROWS_MAX rows; `values` ascend by column, and rows miss a column that is not among
 * them. `tag` is the caller's. CA_LIMIT when a column has more than CA_PART_BYTES_MAX. */
int ca_part_add(ca_part_writer *writer, uint32_t bucket, uint32_t tag, unsigned rows, const ca_part_values *values,
                unsigned count, ca_error *err);
uint64_t ca_part_written(const ca_part_writer *writer);      /* bytes so far */
/* The digest is that of the whole file but its trailer. */
int ca_part_finish(ca_part_writer *writer, ca_digest *ret_digest, ca_error *err);
void ca_part_writer_free(ca_part_writer *writer);   /* removes the temporary file when not finished */

/* --- Reading -------------------------------------------------------------------------------- */

typedef struct ca_part ca_part;             /* does not change once it is open: threads may share it */
typedef struct ca_part_reader ca_part_reader;   /* what one thread needs to read any parts */

typedef struct ca_part_section {
    uint32_t bucket;
    uint32_t tag;
    uint32_t rows;
    uint64_t contents;      /* bytes that texts and lists take once decoded, all columns together */
} ca_part_section;

/* Where a column goes: rows of the section become rows `at`, `at` + 1 ... of the arrays. Bits of rows with a value
 * are set, those of others left alone; texts and lists are added to the pools of the batch. */
typedef struct ca_part_target {
    unsigned column;        /* of the part */
    uint64_t *present;      /* NULL: a missing value is an error of the file */
    void *values;
    unsigned at;
    ca_batch *pools;        /* for ID, TEXT, CODES, INTERVALS */
} ca_part_target;

/* Checks length, version, manifest, dictionary and directory; a part that is cut short, damaged, of another run or
 * no part at all is CA_FAIL with its name. Codes of systems that the run does not know are refused. */
int ca_part_open(ca_disk *disk, const char *path, const ca_part_options *options, ca_part **ret_part, ca_error *err);
void ca_part_close(ca_part *part);
unsigned ca_part_columns(const ca_part *part);
const ca_part_column *ca_part_column_at(const ca_part *part, unsigned column);
bool ca_part_find(const ca_part *part, ca_text name, unsigned *ret_column);
/* Sections in order of bucket, within one as they were added. */
size_t ca_part_sections(const ca_part *part);
const ca_part_section *ca_part_section_at(const ca_part *part, size_t section);
/* Sections from *ret_from up to, not including, the returned number belong to `bucket`. */
size_t ca_part_bucket(const ca_part *part, uint32_t bucket, size_t *ret_from);

ca_part_reader *ca_part_reader_new(void);           /* NULL when memory ran out */
void ca_part_reader_free(ca_part_reader *reader);
/* Fetches these columns and no others, and checks what it fetched. The type of a target is that of its column. After
 * an error the targets are undefined. */
int ca_part_read(const ca_part *part, size_t section, const ca_part_target *targets, unsigned count,
                 ca_part_reader *reader, ca_error *err);
/* Reads the whole file against the checksum in its trailer. */
int ca_part_verify(const ca_part *part, ca_error *err);
ca_digest ca_part_digest(const ca_part *part);      /* as _finish gave it */

#endif
