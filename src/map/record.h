/* The canonical bytes of a line, for its record digest: all mapped fields in dictionary order,
 * missing ones marked by their absence (every value carries its tag), codes as text with their
 * system. Nothing of it depends on dictionary ids, notation or order of columns. */
#ifndef CA_MAP_RECORD_H
#define CA_MAP_RECORD_H

#include <string.h>

#include "base/hash.h"
#include "claim/codes.h"
#include "map/canonical.h"

typedef struct ca_record_tag {
    uint8_t column; /* of the dictionary; CA_RECORD_SITE for x. fields */
    uint64_t name;  /* x. fields: hash of name and type */
} ca_record_tag;

typedef struct ca_record {
    ca_buf bytes;
    const ca_codes *codes;
    unsigned system_count;
    uint64_t systems[CA_SYSTEMS_MAX]; /* hash of the name, by system */
} ca_record;

int ca_record_init(ca_record *record, const ca_codes *codes); /* 0 or CA_NOMEM */
void ca_record_done(ca_record *record);
ca_record_tag ca_record_tag_of(const ca_schema *schema, unsigned column);
/* Appends one value; a missing one appends nothing. */
void ca_record_add(ca_record *record, ca_record_tag tag, ca_type type, const ca_cell *cell);

/* Little-endian on every machine: digests are stored and compared elsewhere. */
static inline char *ca_record_put64(char *to, uint64_t value)
{
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        value = __builtin_bswap64(value);
    }
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

static inline char *ca_record_put32(char *to, uint32_t value)
{
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        value = __builtin_bswap32(value);
    }
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

#define CA_RECORD_SITE 255u /* column of the tag of x. fields */
#define CA_RECORD_ROOM 32u  /* tag, name, and the largest value of fixed size */

static inline char *ca_record_put_tag(char *to, ca_record_tag tag)
{
    *to++ = (char)tag.column;
    return tag.column == CA_RECORD_SITE ? ca_record_put64(to, tag.name) : to;
}

/* Where the next value goes, with room for `size` bytes; NULL when memory ran out (and bytes.failed
 * is set). */
static inline char *ca_record_room(ca_record *record, size_t size)
{
    ca_buf *bytes = &record->bytes;
    if (bytes->cap - bytes->len < size && !ca_buf_reserve(bytes, size)) {
        return NULL;
    }
    return bytes->ptr + bytes->len;
}

static inline void ca_record_end(ca_record *record, const char *end)
{
    record->bytes.len = (size_t)(end - record->bytes.ptr);
}

static inline char *ca_record_put_text(char *to, ca_text text)
{
    to = ca_record_put32(to, (uint32_t)text.len);
    ca_copy_few(to, text.ptr, text.len);
    return to + text.len;
}

#define CA_CODE_RECORD_MAX (9 + CA_CODE_MAX)
/* At most CA_CODE_RECORD_MAX bytes. */
static inline char *ca_record_put_code(char *to, const ca_record *record, uint32_t id)
{
    ca_text key = ca_table_key(&record->codes->table, id); /* one byte system, then the code */
    uint8_t system = (uint8_t)key.ptr[0];
    to = ca_record_put64(to, system < record->system_count ? record->systems[system] : 0);
    *to++ = (char)(key.len - 1);
    ca_copy_few(to, key.ptr + 1, key.len - 1);
    return to + key.len - 1;
}

static inline ca_digest ca_record_digest(const ca_record *record)
{
    return ca_hash128(record->bytes.ptr, record->bytes.len);
}

#endif
