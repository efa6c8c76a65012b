/* Any bytes as a part file, as they are or with checksums that are made to fit; or as one encoded
 * column: nothing is read outside, what is given back lies in its pools, and is the same after
 * another round. */
#include <string.h>

#include "base/disk.h"
#include "claim/value.h"
#include "fuzz/fuzz.h"
#include "store/part.h"
#include "store/part_inside.h"
#include "support/memdisk.h"

enum { RAW, MENDED, COLUMN, WAYS, ROWS = 300 };

/* --- Checksums that fit --------------------------------------------------------------------- */

/* Those of the columns of a section, then that of its head. */
static void mend_section(uint8_t *bytes, size_t size, uint8_t *place_bytes)
{
    ca_part_place place = ca_part_get_place(place_bytes);
    if (place.offset > size || place.length > size - place.offset || place.head > place.length)
        return;
    uint64_t at = place.offset + place.head;
    uint64_t end = place.offset + place.length;
    for (uint32_t i = 0; i + CA_PART_ENTRY_BYTES <= place.head; i += CA_PART_ENTRY_BYTES) {
        uint8_t *entry_bytes = bytes + place.offset + i;
        ca_part_entry entry = ca_part_get_entry(entry_bytes);
        if (entry.stored > end - at)
            break;
        entry.checksum = ca_hash64(bytes + at, entry.stored);
        ca_put64(entry_bytes + 16, entry.checksum);
        at += entry.stored;
    }
    ca_put64(place_bytes + 40, ca_hash64(bytes + place.offset, place.head));
}

/* Those of the sections, as far as the directory makes sense. */
static void mend_directory(uint8_t *bytes, size_t size, size_t from, size_t end)
{
    if (end - from < 4)
        return;
    uint32_t columns = ca_get32(bytes + from);
    size_t at = from + 4;
    for (uint32_t i = 0; i < columns && at + 2 <= end; i++)
        at += 2u + bytes[at + 1];
    if (at + 4 > end)
        return;
    for (at += 4; at + CA_PART_SECTION_BYTES <= end; at += CA_PART_SECTION_BYTES)
        mend_section(bytes, size, bytes + at);
}

static void mend(uint8_t *bytes, size_t size)
{
    if (size < CA_PART_TRAILER_BYTES + CA_PART_MAGIC_BYTES)
        return;
    size_t payload = size - CA_PART_TRAILER_BYTES;
    uint8_t *trailer = bytes + payload;
    uint64_t dictionary = ca_get64(trailer + 56);
    uint64_t directory = ca_get64(trailer + 64);
    if (dictionary <= directory && directory <= payload) {
        mend_directory(bytes, payload, (size_t)directory, payload);
        ca_put64(trailer + 72, ca_hash64(bytes + dictionary, (size_t)(directory - dictionary)));
        ca_put64(trailer + 80, ca_hash64(bytes + directory, (size_t)(payload - directory)));
    }
    ca_put64(trailer + 16, payload);
    ca_put64(trailer + 88, ca_hash64(trailer, 88));
}

/* --- A world to read it in ------------------------------------------------------------------ */

typedef struct world {
    ca_schema schema;
    ca_arena arena;
    ca_codes codes;
} world;

static void world_init(world *made)
{
    static const ca_system systems[] = {{.name = "icd10", .family = "diagnosis"},
                                        {.name = "hcpcs", .family = "procedure"}};
    uint8_t system;
    ca_schema_init(&made->schema);
    ca_arena_init(&made->arena);
    ca_codes_init(&made->codes, &made->arena);
    for (unsigned i = 0; i < 2; i++)
        fuzz_require(ca_codes_add_system(&made->codes, &systems[i], &system, NULL) == 0);
}

static void world_done(world *made)
{
    ca_codes_done(&made->codes);
    ca_arena_done(&made->arena);
}

/* A column of this type, in which rows are read. */
static unsigned column_for(ca_type type)
{
    static const unsigned columns[] = {
        [CA_TYPE_INT] = CA_F_LINE_NO,     [CA_TYPE_DECIMAL] = CA_F_UNITS,
        [CA_TYPE_MONEY] = CA_F_PAID,      [CA_TYPE_DATE] = CA_F_SERVICE_DATE,
        [CA_TYPE_CODE] = CA_F_PROCEDURE,  [CA_TYPE_CODES] = CA_F_DIAGNOSES,
        [CA_TYPE_ENUM] = CA_F_CLAIM_TYPE, [CA_TYPE_ID] = CA_F_CLAIM_ID,
        [CA_TYPE_TEXT] = CA_F_CARE_MODE,  [CA_TYPE_INTERVALS] = CA_F_ELIGIBILITY,
    };
    return columns[type];
}

static const void *pool_of(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? (const void *)batch->list_codes
           : type == CA_TYPE_INTERVALS ? (const void *)batch->intervals
                                       : batch->bytes;
}

/* A few bytes may stand for millions of codes: these are decoded, but not printed. */
#define PRINTED_MOST 1000000u

/* All values of a column as text; reading them shows whether they lie where they should. */
static void print_column(const world *in, const ca_batch *batch, unsigned column, unsigned rows,
                         ca_buf *text)
{
    ca_buf_clear(text);
    for (unsigned row = 0; row < rows; row++) {
        ca_value value = ca_value_of(batch, column, row);
        if (value.present && value.type == CA_TYPE_ENUM)
            ca_buf_printf(text, "%u", value.as.choice); /* names are the caller's to check */
        else
            ca_value_print(&value, &in->codes, text);
        ca_buf_add_char(text, '\n');
    }
}

/* --- One column ----------------------------------------------------------------------------- */

static uint32_t first_code(world *in)
{
    uint32_t id;
    fuzz_require(ca_codes_put(&in->codes, 1, CA_TEXT("V0103"), &id) == 0);
    return id;
}

static int decode(ca_part_reader *reader, ca_type type, unsigned rows, const ca_buf *bytes,
                  const uint32_t *ids, ca_batch *batch)
{
    unsigned column = column_for(type);
    fuzz_require(ca_batch_use(batch, column) == 0);
    ca_part_target target = {.present = batch->columns[column].present,
                             .values = batch->columns[column].as.any,
                             .at = 7, /* not at the start of a byte */
                             .pools = batch};
    ca_part_bytes plain = {(const uint8_t *)bytes->ptr, bytes->len};
    return ca_part_decode(reader, type, rows, plain, ids, 1, &target);
}

/* Written again and read again: the same. */
static void check_again(world *in, ca_part_reader *reader, ca_type type, unsigned rows,
                        const uint32_t *ids, ca_batch *batch, ca_buf *text)
{
    unsigned column = column_for(type);
    ca_part_encoder encoder = {.codes = {.codes = &in->codes}};
    uint64_t contents;
    ca_part_values values = {0, batch->columns[column].present, batch->columns[column].as.any,
                             pool_of(batch, type)};
    print_column(in, batch, column, rows + 7, text);
    int rc = ca_part_encode(&encoder, type, rows + 7, &values, &contents);
    if (rc == 0) {
        ca_buf again;
        ca_batch *other = ca_batch_new(&in->schema, ROWS + 64);
        ca_buf_init(&again);
        fuzz_require(other && ca_buf_reserve(&encoder.plain, CA_PART_SLACK));
        fuzz_require(decode(reader, type, rows + 7, &encoder.plain, ids, other) == 0);
        print_column(in, other, column, rows + 14, &again);
        fuzz_require(again.len == text->len + 14); /* seven rows more: "-" and a line end each */
        fuzz_require(memcmp(again.ptr + 14, text->ptr, text->len) == 0);
        ca_batch_free(other);
        ca_buf_done(&again);
    } else {
        fuzz_require(rc == CA_LIMIT);
    }
    ca_part_encoder_done(&encoder);
}

static void try_column(const uint8_t *data, size_t size)
{
    world in;
    ca_buf bytes, text;
    if (size < 3)
        return;
    ca_type type = (ca_type)(data[0] % (CA_TYPE_INTERVALS + 1));
    unsigned rows = (data[1] | (unsigned)data[2] << 8) % ROWS + 1;
    world_init(&in);
    uint32_t id = first_code(&in);
    ca_buf_init(&bytes);
    ca_buf_init(&text);
    ca_buf_add(&bytes, data + 3, size - 3);
    fuzz_require(ca_buf_reserve(&bytes, CA_PART_SLACK));
    ca_part_reader *reader = ca_part_reader_new();
    ca_batch *batch = ca_batch_new(&in.schema, ROWS + 64);
    fuzz_require(reader && batch);
    int rc = decode(reader, type, rows, &bytes, &id, batch);
    fuzz_require(rc == 0 || rc == CA_FAIL || rc == CA_NOMEM);
    bool few = batch->list_count + batch->interval_count + batch->byte_count <= PRINTED_MOST;
    if (rc == 0 && few)
        check_again(&in, reader, type, rows, &id, batch, &text);
    ca_batch_free(batch);
    ca_part_reader_free(reader);
    ca_buf_done(&text);
    ca_buf_done(&bytes);
    world_done(&in);
}

/* --- A whole file --------------------------------------------------------------------------- */

static void read_sections(const world *in, const ca_part *part)
{
    ca_part_reader *reader = ca_part_reader_new();
    ca_buf text;
    ca_buf_init(&text);
    for (size_t i = 0; i < ca_part_sections(part); i++) {
        unsigned rows = ca_part_section_at(part, i)->rows;
        for (unsigned column = 0; column < ca_part_columns(part) && column < 64; column++) {
            unsigned found;
            const ca_part_column *of = ca_part_column_at(part, column);
            if (!ca_part_find(part, ca_text_of(of->name), &found) || found != column)
                continue;
            unsigned to = column_for(of->type);
            ca_batch *batch = ca_batch_new(&in->schema, rows);
            fuzz_require(batch && ca_batch_use(batch, to) == 0);
            ca_part_target target = {column, batch->columns[to].present, batch->columns[to].as.any,
                                     0, batch};
            ca_error err = {0};
            int rc = ca_part_read(part, i, &target, 1, reader, &err);
            fuzz_require(rc == 0 || (rc < 0 && err.code == rc && err.text[0]));
            if (rc == 0)
                print_column(in, batch, to, rows, &text);
            ca_batch_free(batch);
        }
    }
    ca_buf_done(&text);
    ca_part_reader_free(reader);
}

static void try_file(const uint8_t *data, size_t size, bool mended)
{
    world in;
    ca_part *part;
    ca_error err = {0};
    ca_buf bytes;
    memdisk *mem = memdisk_new();
    world_init(&in);
    ca_buf_init(&bytes);
    ca_buf_add(&bytes, data, size);
    if (mended && size > 0)
        mend((uint8_t *)bytes.ptr, size);
    memdisk_put(mem, "part", bytes.ptr, bytes.len);
    ca_part_options options = {.codes = &in.codes, .manifest = {17, 42}};
    int rc = ca_part_open(memdisk_disk(mem), "part", &options, &part, &err);
    fuzz_require(rc == 0 || (rc < 0 && strstr(err.text, "part") != NULL));
    if (rc == 0) {
        read_sections(&in, part);
        rc = ca_part_verify(part, &err);
        fuzz_require(rc == 0 || rc == CA_FAIL);
        ca_part_close(part);
    }
    ca_buf_done(&bytes);
    world_done(&in);
    memdisk_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % WAYS == COLUMN)
        try_column(data + 1, size - 1);
    else
        try_file(data + 1, size - 1, data[0] % WAYS == MENDED);
    return 0;
}
