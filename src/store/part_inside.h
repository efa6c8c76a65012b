/* What the files of the part format share; nobody else includes this. The bytes are described in
 * docs/part-format.md. */
#ifndef CA_STORE_PART_INSIDE_H
#define CA_STORE_PART_INSIDE_H

#include <stdbool.h>

#include "store/part.h"

typedef struct ZSTD_CCtx_s ca_zstd_packer;
typedef struct ZSTD_DCtx_s ca_zstd_unpacker;

#define CA_PART_MAGIC          "CAPART\r\n" /* a transfer that changes line ends shows here */
#define CA_PART_MAGIC_BYTES    8u
#define CA_PART_VERSION        1u
#define CA_PART_TRAILER_BYTES  96u
#define CA_PART_SECTION_BYTES  48u /* of an entry in the directory */
#define CA_PART_ENTRY_BYTES    24u /* of a column in the head of a section */
#define CA_PART_SLACK          8u  /* readable bytes behind encoded numbers */
#define CA_PART_DICTIONARY_MAX (256u << 20)
#define CA_PART_DIRECTORY_MAX  (1u << 30)

enum { CA_PART_STORED, CA_PART_ZSTD };           /* how a column is packed */
enum { CA_PART_ALL, CA_PART_NONE, CA_PART_SOME }; /* which rows have a value */

typedef struct ca_part_trailer {
    uint64_t payload; /* bytes before the trailer */
    ca_digest digest; /* of them */
    ca_digest manifest;
    uint64_t dictionary; /* offset; ends where the directory begins */
    uint64_t directory;  /* offset; ends where the payload ends */
    uint64_t dictionary_checksum;
    uint64_t directory_checksum;
} ca_part_trailer;

typedef struct ca_part_place { /* a section in the file */
    ca_part_section section;
    uint64_t offset;
    uint64_t length;
    uint32_t head; /* bytes of its head */
    uint64_t head_checksum;
} ca_part_place;

typedef struct ca_part_entry { /* a column in the head of a section */
    uint32_t column;
    uint8_t packing;
    uint32_t stored; /* bytes in the file */
    uint32_t plain;  /* bytes unpacked */
    uint64_t checksum;
} ca_part_entry;

/* --- part_format.c: fixed-size parts to bytes and back, and what is wrong with them --- */

static inline uint32_t ca_get32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static inline uint64_t ca_get64(const uint8_t *from)
{
    return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 |
           (uint64_t)from[3] << 24 | (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40 |
           (uint64_t)from[6] << 48 | (uint64_t)from[7] << 56;
}

static inline void ca_put32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
    to[2] = (uint8_t)(value >> 16);
    to[3] = (uint8_t)(value >> 24);
}

static inline void ca_put64(uint8_t *to, uint64_t value)
{
    ca_put32(to, (uint32_t)value);
    ca_put32(to + 4, (uint32_t)(value >> 32));
}

void ca_part_put_trailer(uint8_t *to, const ca_part_trailer *trailer);
int ca_part_get_trailer(const char *path, const uint8_t *from, uint64_t file_bytes,
                        ca_part_trailer *ret_trailer, ca_error *err);
void ca_part_put_place(uint8_t *to, const ca_part_place *place);
ca_part_place ca_part_get_place(const uint8_t *from);
void ca_part_put_entry(uint8_t *to, const ca_part_entry *entry);
ca_part_entry ca_part_get_entry(const uint8_t *from);
/* Numbers of types in the file never change; false: there is no such type. */
uint8_t ca_part_type_number(ca_type type);
bool ca_part_type_of(uint8_t number, ca_type *ret_type);
int ca_part_damaged(const char *path, ca_error *err);
int ca_part_cut_short(const char *path, ca_error *err);

/* --- part_numbers.c: a list of numbers as the smallest, and differences from it in few bits --- */

/* The bytes that have not been read yet; CA_PART_SLACK more may be read behind them. */
typedef struct ca_part_bytes {
    const uint8_t *at;
    size_t left;
} ca_part_bytes;

void ca_part_put_numbers(ca_buf *to, const int64_t *numbers, size_t count);
/* False: too few bytes, or nonsense. */
bool ca_part_get_numbers(ca_part_bytes *from, size_t count, int64_t *ret_numbers);
bool ca_part_take(ca_part_bytes *from, size_t len, const uint8_t **ret_bytes);
/* Room for numbers in a buffer that keeps its content only if it is large enough. */
bool ca_part_room(int64_t **numbers, size_t *cap, size_t count);

/* --- part_encode.c, part_decode.c: one column of a section --- */

/* Codes of a part in order of their first use: its own ids. */
typedef struct ca_part_codes {
    const ca_codes *codes;
    uint32_t *own; /* by id of the run: own id + 1, 0 = none yet */
    size_t own_cap;
    uint32_t *runs; /* by own id: id of the run */
    size_t count, cap;
} ca_part_codes;

typedef struct ca_part_encoder {
    ca_part_codes codes;
    ca_buf plain;     /* the encoded column */
    int64_t *numbers; /* values being encoded */
    size_t number_cap;
    int64_t *indices; /* of the values of a column of texts or lists among the distinct ones */
    size_t index_cap;
    ca_slice *distinct;
    size_t distinct_count, distinct_cap;
    uint32_t *slots; /* hash table of them: number + 1, 0 = free */
    size_t slot_count;
} ca_part_encoder;

void ca_part_encoder_done(ca_part_encoder *encoder);
/* Encodes into encoder->plain; *ret_contents: bytes that its texts or lists take. 0, CA_NOMEM, or CA_LIMIT. */
int ca_part_encode(ca_part_encoder *encoder, ca_type type, unsigned rows, const ca_part_values *values,
                   uint64_t *ret_contents);
int ca_part_own_code(ca_part_codes *codes, uint32_t id, int64_t *ret_own);

struct ca_part_reader {
    ca_buf stored; /* from the file */
    ca_buf plain;  /* unpacked */
    ca_part_entry *entries; /* of the section being read */
    size_t entry_cap;
    int64_t *numbers;
    size_t number_cap;
    int64_t *indices; /* of the values among the distinct ones */
    size_t index_cap;
    int64_t *more; /* elements of lists */
    size_t more_cap;
    void *elements; /* of lists */
    size_t element_cap;
    ca_zstd_unpacker *zstd;
};

/* 0, CA_NOMEM, or CA_FAIL without words: the bytes are damaged. Behind `plain` CA_PART_SLACK bytes may be read. */
int ca_part_decode(ca_part_reader *reader, ca_type type, unsigned rows, ca_part_bytes plain,
                   const uint32_t *run_ids, size_t code_count, const ca_part_target *target);

/* --- part_read.c: an open part --- */

struct ca_part {
    ca_disk *disk;
    char *path;
    ca_file *file;
    ca_part_trailer trailer;
    ca_part_column *columns;
    bool *unknown; /* by column: of a type that this program does not know */
    unsigned column_count;
    char *names; /* what columns[].name points into */
    ca_part_place *places;
    size_t place_count;
    uint32_t *run_ids; /* by own id of a code */
    size_t code_count;
};

/* Exactly so many bytes, or an error. */
int ca_part_read_at(const ca_part *part, uint64_t offset, void *bytes, size_t len, ca_error *err);

/* --- part_codes.c: the dictionary of a part --- */

void ca_part_codes_done(ca_part_codes *codes);
int ca_part_put_dictionary(const ca_part_codes *codes, ca_buf *to);
/* *ret_run_ids (by own id) is then the caller's to free. */
int ca_part_get_dictionary(const char *path, ca_part_bytes from, ca_codes *codes, uint32_t **ret_run_ids,
                           size_t *ret_count, ca_error *err);

#endif
