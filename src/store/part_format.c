/* The fixed-size pieces of a part file to bytes and back, and the words for what is wrong with one.
 */
#include "store/part_inside.h"

#include <string.h>

static void put_digest(uint8_t *to, ca_digest digest)
{
    ca_put64(to, digest.high);
    ca_put64(to + 8, digest.low);
}

static ca_digest get_digest(const uint8_t *from)
{
    return (ca_digest){ca_get64(from), ca_get64(from + 8)};
}

int ca_part_damaged(const char *path, ca_error *err)
{
    return ca_error_set(err, CA_FAIL,
                        "the part file %s is damaged: remove it and run again what wrote it", path);
}

int ca_part_cut_short(const char *path, ca_error *err)
{
    return ca_error_set(err, CA_FAIL,
                        "the part file %s is cut short, or no part file at all: remove it and run "
                        "again what wrote it",
                        path);
}

/* Magic 8, version 4, zero 4, payload 8, digest 16, manifest 16, dictionary 8, directory 8, their
 * checksums 8 each, checksum of the trailer 8. */
void ca_part_put_trailer(uint8_t *to, const ca_part_trailer *trailer)
{
    memcpy(to, CA_PART_MAGIC, CA_PART_MAGIC_BYTES);
    ca_put32(to + 8, CA_PART_VERSION);
    ca_put32(to + 12, 0);
    ca_put64(to + 16, trailer->payload);
    put_digest(to + 24, trailer->digest);
    put_digest(to + 40, trailer->manifest);
    ca_put64(to + 56, trailer->dictionary);
    ca_put64(to + 64, trailer->directory);
    ca_put64(to + 72, trailer->dictionary_checksum);
    ca_put64(to + 80, trailer->directory_checksum);
    ca_put64(to + 88, ca_hash64(to, 88));
}

static bool in_order(const ca_part_trailer *trailer)
{
    return trailer->dictionary >= CA_PART_MAGIC_BYTES &&
           trailer->dictionary <= trailer->directory && trailer->directory <= trailer->payload &&
           trailer->directory - trailer->dictionary <= CA_PART_DICTIONARY_MAX &&
           trailer->payload - trailer->directory <= CA_PART_DIRECTORY_MAX;
}

int ca_part_get_trailer(const char *path, const uint8_t *from, uint64_t file_bytes,
                        ca_part_trailer *ret_trailer, ca_error *err)
{
    if (memcmp(from, CA_PART_MAGIC, CA_PART_MAGIC_BYTES) != 0) {
        return ca_part_cut_short(path, err);
    }
    if (ca_get64(from + 88) != ca_hash64(from, 88)) {
        return ca_part_damaged(path, err);
    }
    if (ca_get32(from + 8) != CA_PART_VERSION) {
        return ca_error_set(err, CA_FAIL,
                            "the part file %s has format %u, this program reads %u: use the "
                            "program that wrote it",
                            path, ca_get32(from + 8), CA_PART_VERSION);
    }
    ca_part_trailer trailer = {
        .payload = ca_get64(from + 16),
        .digest = get_digest(from + 24),
        .manifest = get_digest(from + 40),
        .dictionary = ca_get64(from + 56),
        .directory = ca_get64(from + 64),
        .dictionary_checksum = ca_get64(from + 72),
        .directory_checksum = ca_get64(from + 80),
    };
    if (trailer.payload != file_bytes - CA_PART_TRAILER_BYTES) {
        return ca_part_cut_short(path, err);
    }
    if (!in_order(&trailer) || ca_get32(from + 12) != 0) {
        return ca_part_damaged(path, err);
    }
    *ret_trailer = trailer;
    return 0;
}

void ca_part_put_place(uint8_t *to, const ca_part_place *place)
{
    ca_put32(to, place->section.bucket);
    ca_put32(to + 4, place->section.tag);
    ca_put32(to + 8, place->section.rows);
    ca_put32(to + 12, place->head);
    ca_put64(to + 16, place->offset);
    ca_put64(to + 24, place->length);
    ca_put64(to + 32, place->section.contents);
    ca_put64(to + 40, place->head_checksum);
}

ca_part_place ca_part_get_place(const uint8_t *from)
{
    return (ca_part_place){
        .section = {.bucket = ca_get32(from),
                    .tag = ca_get32(from + 4),
                    .rows = ca_get32(from + 8),
                    .contents = ca_get64(from + 32)},
        .head = ca_get32(from + 12),
        .offset = ca_get64(from + 16),
        .length = ca_get64(from + 24),
        .head_checksum = ca_get64(from + 40),
    };
}

/* Column 2, packing 1, zero 5, stored 4, plain 4, checksum 8. */
void ca_part_put_entry(uint8_t *to, const ca_part_entry *entry)
{
    memset(to, 0, 8);
    to[0] = (uint8_t)entry->column;
    to[1] = (uint8_t)(entry->column >> 8);
    to[2] = entry->packing;
    ca_put32(to + 8, entry->stored);
    ca_put32(to + 12, entry->plain);
    ca_put64(to + 16, entry->checksum);
}

ca_part_entry ca_part_get_entry(const uint8_t *from)
{
    return (ca_part_entry){
        .column = from[0] | (uint32_t)from[1] << 8,
        .packing = from[2],
        .stored = ca_get32(from + 8),
        .plain = ca_get32(from + 12),
        .checksum = ca_get64(from + 16),
    };
}

static const uint8_t type_numbers[] = {
    [CA_TYPE_INT] = 1,  [CA_TYPE_DECIMAL] = 2,    [CA_TYPE_MONEY] = 3, [CA_TYPE_DATE] = 4,
    [CA_TYPE_CODE] = 5, [CA_TYPE_CODES] = 6,      [CA_TYPE_ENUM] = 7,  [CA_TYPE_ID] = 8,
    [CA_TYPE_TEXT] = 9, [CA_TYPE_INTERVALS] = 10,
};

uint8_t ca_part_type_number(ca_type type)
{
    return type_numbers[type];
}

bool ca_part_type_of(uint8_t number, ca_type *ret_type)
{
    for (unsigned type = 0; type < sizeof type_numbers; type++) {
        if (type_numbers[type] == number) {
            *ret_type = (ca_type)type;
            return true;
        }
    }
    return false;
}
