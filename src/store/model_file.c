/* Models of a population to bytes and back. What is read is trusted in nothing: lengths are checked before they are used, and the
 * checksum before anything is unpacked. */
#include "store/model_file.h"

#include <string.h>
#include <zstd.h>

#define MAGIC          "CAMODL\r\n"    /* a transfer that changes line ends shows here */
#define MAGIC_BYTES    8u
#define FORMAT_VERSION 1u
#define HEAD_BYTES     (MAGIC_BYTES + 4 * 4 + 8 + CA_SHA256_SIZE + 16)
#define TAIL_BYTES     (16u + 8u)
#define ZSTD_LEVEL     1

/* --- Little-endian integers ----------------------------------------------------------------------------------------------- */

static void put(ca_buf *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        char byte = (char)(value >> 8 * i);
        ca_buf_add(bytes, &byte, 1);
    }
}

typedef struct taking {
    const uint8_t *at;
    size_t left;
    bool short_of;    /* more was asked for than there is */
} taking;

static const uint8_t *take_bytes(taking *from, uint64_t len)
{
    const uint8_t *bytes = from->at;
    if (from->short_of || len > from->left) {
        from->short_of = true;
        return NULL;
    }
    from->at += len;
    from->left -= (size_t)len;
    return bytes;
}

static uint64_t take(taking *from, unsigned size)
{
    const uint8_t *bytes = take_bytes(from, size);
    uint64_t value = 0;
    for (unsigned i = 0; bytes && i < size; i++) {
        value |= (uint64_t)bytes[i] << 8 * i;
    }
    return value;
}

/* --- What the model says ---------------------------------------------------------------------------------------------------- */

static int digest_of(const ca_model_file *model, ca_digest *ret_digest, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return ca_error_nomem(err);
    }
    ca_buf head;
    ca_buf_init(&head);
    put(&head, (uint32_t)model->period_from, 4);
    put(&head, (uint32_t)model->period_through, 4);
    put(&head, model->lines, 8);
    ca_buf_add(&head, model->features, sizeof model->features);
    for (size_t i = 0; i < model->section_count; i++) {
        put(&head, model->sections[i].name.len, 2);
        ca_buf_add(&head, model->sections[i].name.ptr, model->sections[i].name.len);
        put(&head, model->sections[i].bytes.len, 8);
    }
    int rc = head.failed ? ca_error_nomem(err) : 0;
    ca_hasher_add(hasher, head.ptr, rc ? 0 : head.len);
    for (size_t i = 0; rc == 0 && i < model->section_count; i++) {
        ca_hasher_add(hasher, model->sections[i].bytes.ptr, model->sections[i].bytes.len);
    }
    if (rc == 0) {
        *ret_digest = ca_hasher_digest(hasher);
    }
    ca_buf_done(&head);
    ca_hasher_free(hasher);
    return rc;
}

int ca_model_digest(ca_model_file *model, ca_error *err)
{
    return digest_of(model, &model->digest, err);
}

/* --- Writing ---------------------------------------------------------------------------------------------------------------- */

static int check_sizes(const ca_model_file *model, ca_error *err)
{
    uint64_t total = 0;
    bool fits = model->section_count <= CA_MODEL_SECTIONS_MAX;
    for (size_t i = 0; fits && i < model->section_count; i++) {
        total += model->sections[i].bytes.len;
        fits = model->sections[i].name.len <= CA_MODEL_NAME_MAX && total <= CA_MODEL_BYTES_MAX;
    }
    return fits ? 0 : ca_error_set(err, CA_LIMIT, "the model is larger than a file of it may be");
}

static void put_head(const ca_model_file *model, ca_buf *bytes)
{
    ca_buf_add(bytes, MAGIC, MAGIC_BYTES);
    put(bytes, FORMAT_VERSION, 4);
    put(bytes, model->number, 4);
    put(bytes, (uint32_t)model->period_from, 4);
    put(bytes, (uint32_t)model->period_through, 4);
    put(bytes, model->lines, 8);
    ca_buf_add(bytes, model->features, sizeof model->features);
    put(bytes, model->run.high, 8);
    put(bytes, model->run.low, 8);
    put(bytes, model->section_count, 4);
}

static int pack_section(const ca_model_section *section, ca_buf *packed, uint64_t *ret_len, ca_error *err)
{
    size_t bound = ZSTD_compressBound(section->bytes.len);
    if (!ca_buf_reserve(packed, bound)) {
        return ca_error_nomem(err);
    }
    size_t len = ZSTD_compress(packed->ptr + packed->len, bound, section->bytes.ptr, section->bytes.len, ZSTD_LEVEL);
    if (ZSTD_isError(len)) {    /* the output has room: only memory can be short */
        return ca_error_nomem(err);
    }
    packed->len += len;
    *ret_len = len;
    return 0;
}

static void put_tail(const ca_model_file *model, size_t start, ca_buf *bytes)
{
    put(bytes, model->digest.high, 8);
    put(bytes, model->digest.low, 8);
    uint64_t checksum = bytes->failed ? 0 : ca_hash64(bytes->ptr + start, bytes->len - start);
    put(bytes, checksum, 8);
}

int ca_model_pack(ca_model_file *model, ca_buf *bytes, ca_error *err)
{
    ca_buf packed;
    size_t start = bytes->len;
    ca_buf_init(&packed);
    int rc = check_sizes(model, err);
    rc = rc ? rc : ca_model_digest(model, err);
    put_head(model, bytes);
    for (size_t i = 0; rc == 0 && i < model->section_count; i++) {
        const ca_model_section *section = &model->sections[i];
        uint64_t len = 0;
        rc = pack_section(section, &packed, &len, err);
        put(bytes, section->name.len, 2);
        ca_buf_add(bytes, section->name.ptr, section->name.len);
        put(bytes, section->bytes.len, 8);
        put(bytes, len, 8);
    }
    ca_buf_add(bytes, packed.ptr, rc ? 0 : packed.len);
    put_tail(model, start, bytes);
    ca_buf_done(&packed);
    return rc == 0 && bytes->failed ? ca_error_nomem(err) : rc;
}

/* --- Reading ---------------------------------------------------------------------------------------------------------------- */

static int damaged(const char *path, ca_error *err)
{
    return ca_error_at(err, CA_FAIL, path, 0, 0,
                       "the model is damaged: fetch it from a backup, or fit it anew with claimaudit model fit");
}

static int check_frame(const char *path, ca_text bytes, ca_error *err)
{
    if (bytes.len < MAGIC_BYTES || memcmp(bytes.ptr, MAGIC, MAGIC_BYTES) != 0) {
        return ca_error_at(err, CA_FAIL, path, 0, 0, "this is no model of claimaudit");
    }
    taking from = {(const uint8_t *)bytes.ptr + MAGIC_BYTES, bytes.len - MAGIC_BYTES, false};
    uint64_t version = take(&from, 4);
    if (!from.short_of && version > FORMAT_VERSION) {
        return ca_error_at(err, CA_FAIL, path, 0, 0, "the model is of a newer claimaudit (format %u, this one reads %u)",
                           (unsigned)version, FORMAT_VERSION);
    }
    if (version != FORMAT_VERSION || bytes.len < HEAD_BYTES + 4 + TAIL_BYTES) {
        return damaged(path, err);
    }
    taking tail = {(const uint8_t *)bytes.ptr + bytes.len - 8, 8, false};
    return take(&tail, 8) == ca_hash64(bytes.ptr, bytes.len - 8) ? 0 : damaged(path, err);
}

static void take_head(taking *from, ca_model_file *model)
{
    take_bytes(from, MAGIC_BYTES + 4);
    model->number = (uint32_t)take(from, 4);
    model->period_from = (ca_date)(uint32_t)take(from, 4);
    model->period_through = (ca_date)(uint32_t)take(from, 4);
    model->lines = take(from, 8);
    const uint8_t *features = take_bytes(from, CA_SHA256_SIZE);
    if (features) {
        memcpy(model->features, features, CA_SHA256_SIZE);
    }
    model->run.high = take(from, 8);
    model->run.low = take(from, 8);
}

/* Names and lengths; the packed bytes follow all of them. */
static bool take_directory(taking *from, ca_model_file *model, uint64_t *ret_packed)
{
    uint64_t total = 0;
    for (size_t i = 0; i < model->section_count; i++) {
        uint64_t len = take(from, 2);
        const uint8_t *name = len <= CA_MODEL_NAME_MAX ? take_bytes(from, len) : NULL;
        uint64_t plain = take(from, 8);
        ret_packed[i] = take(from, 8);
        if (!name || from->short_of || plain > CA_MODEL_BYTES_MAX - total) {
            return false;
        }
        total += plain;
        model->sections[i] = (ca_model_section){{(const char *)name, (size_t)len}, {NULL, (size_t)plain}};
    }
    return true;
}

static int unpack_sections(const char *path, taking *from, const uint64_t *packed, ca_arena *arena, ca_model_file *model,
                           ca_error *err)
{
    for (size_t i = 0; i < model->section_count; i++) {
        ca_model_section *section = &model->sections[i];
        const uint8_t *bytes = take_bytes(from, packed[i]);
        /* The frame says how much comes out: what does not agree is not worth the memory. */
        if (!bytes || ZSTD_getFrameContentSize(bytes, (size_t)packed[i]) != section->bytes.len) {
            return damaged(path, err);
        }
        char *plain = ca_arena_alloc(arena, section->bytes.len + 1);
        if (!plain || ca_arena_text(arena, section->name, &section->name)) {
            return ca_error_nomem(err);
        }
        size_t got = ZSTD_decompress(plain, section->bytes.len, bytes, (size_t)packed[i]);
        if (ZSTD_isError(got) || got != section->bytes.len) {
            return damaged(path, err);
        }
        section->bytes.ptr = plain;
    }
    return 0;
}

int ca_model_unpack(const char *path, ca_text bytes, ca_arena *arena, ca_model_file *ret_model, ca_error *err)
{
    ca_model_file model = {0};
    uint64_t packed[CA_MODEL_SECTIONS_MAX];
    ca_digest digest;
    int rc = check_frame(path, bytes, err);
    if (rc) {
        return rc;
    }
    taking from = {(const uint8_t *)bytes.ptr, bytes.len, false};
    take_head(&from, &model);
    model.section_count = (size_t)take(&from, 4);
    if (model.section_count > CA_MODEL_SECTIONS_MAX) {
        return damaged(path, err);
    }
    model.sections = ca_arena_array(arena, model.section_count + 1, sizeof *model.sections);
    if (!model.sections) {
        return ca_error_nomem(err);
    }
    rc = take_directory(&from, &model, packed) ? 0 : damaged(path, err);
    rc = rc ? rc : unpack_sections(path, &from, packed, arena, &model, err);
    model.digest.high = take(&from, 8);
    model.digest.low = take(&from, 8);
    rc = rc ? rc : digest_of(&model, &digest, err);
    if (rc == 0 && (from.short_of || from.left != 8 || ca_digest_cmp(digest, model.digest) != 0)) {
        rc = damaged(path, err);
    }
    if (rc == 0) {
        *ret_model = model;
    }
    return rc;
}

int ca_model_read(ca_disk *disk, const char *path, ca_arena *arena, ca_model_file *ret_model, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int rc = ca_disk_read_all(disk, path, CA_MODEL_BYTES_MAX, &bytes, err);
    rc = rc ? rc : ca_model_unpack(path, ca_buf_text(&bytes), arena, ret_model, err);
    ca_buf_done(&bytes);
    return rc;
}

int ca_model_write(ca_disk *disk, const char *path, ca_model_file *model, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int rc = ca_model_pack(model, &bytes, err);
    rc = rc ? rc : ca_disk_write_atomic(disk, path, bytes.ptr, bytes.len, err);
    ca_buf_done(&bytes);
    return rc;
}

const ca_model_section *ca_model_section_of(const ca_model_file *model, const char *name)
{
    for (size_t i = 0; i < model->section_count; i++) {
        if (ca_text_is(model->sections[i].name, name)) {
            return &model->sections[i];
        }
    }
    return NULL;
}
