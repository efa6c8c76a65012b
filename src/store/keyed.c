/* An exchange by key: what it was made for, and the files it leaves behind when it is freed or the
 * run is killed. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

#define SORTING_MEMORY 96u /* of a row, while a group is put in order */

static const ca_part_column own_columns[CA_KEYED_OWN_COLUMNS] = {
    [CA_KEYED_HASH] = {"@hash", CA_TYPE_INT},
    [CA_KEYED_FILE] = {"@file", CA_TYPE_INT},
    [CA_KEYED_ROW] = {"@row", CA_TYPE_INT},
    [CA_KEYED_OFFSET] = {"@offset", CA_TYPE_INT},
    [CA_KEYED_LENGTH] = {"@length", CA_TYPE_INT},
    [CA_KEYED_DIGEST_HIGH] = {"@digest_high", CA_TYPE_INT},
    [CA_KEYED_DIGEST_LOW] = {"@digest_low", CA_TYPE_INT},
    [CA_KEYED_LIVE] = {"@live", CA_TYPE_INT},
    [CA_KEYED_USES] = {"@uses", CA_TYPE_INT},
    [CA_KEYED_KIND] = {"@kind", CA_TYPE_INT},
    [CA_KEYED_LINE_NO] = {"@line_no", CA_TYPE_INT},
};

static const unsigned total_order[CA_KEYED_ORDER] = {CA_F_SERVICE_DATE, CA_F_CLAIM_TYPE,
                                                     CA_F_CLAIM_ID, CA_F_LINE_NO};

ca_digest ca_manifest_digest(const ca_manifest *manifest)
{
    uint8_t bytes[32];
    ca_put32(bytes, CA_PART_VERSION);
    ca_put32(bytes + 4, manifest->buckets);
    ca_put64(bytes + 8, manifest->seed);
    ca_put64(bytes + 16, manifest->run.high);
    ca_put64(bytes + 24, manifest->run.low);
    return ca_hash128(bytes, sizeof bytes);
}

static ca_keyed_column column_of(const ca_schema *schema, unsigned column)
{
    ca_type type = schema->columns[column].type;
    bool list = ca_type_is_sliced(type);
    return (ca_keyed_column){
        .column = column,
        .type = type,
        .size = (uint8_t)(list ? 0 : ca_type_size(type)),
        .element = (uint8_t)(list ? ca_type_element(type) : 0),
    };
}

/* --- The projection ------------------------------------------------------------------------- */

static void want(bool *wanted, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        wanted[columns[i]] = true;
    }
}

/* Columns of a fixed size first, each sort in the order of the schema. */
static void add_columns(ca_keyed *keyed, const bool *wanted, bool fixed)
{
    const ca_schema *schema = keyed->plan.schema;
    for (unsigned column = 0; column < schema->count; column++) {
        ca_keyed_column made = column_of(schema, column);
        if (wanted[column] && fixed == (made.size > 0)) {
            keyed->columns[keyed->count++] = made;
        }
    }
}

static int project(ca_keyed *keyed, const ca_keyed_plan *plan)
{
    bool wanted[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {false};
    unsigned columns = plan->schema->count;
    want(wanted, plan->columns, plan->column_count);
    want(wanted, plan->key, plan->key_count);
    want(wanted, total_order, CA_KEYED_ORDER);
    keyed->columns = ca_realloc_array(NULL, columns, sizeof *keyed->columns);
    keyed->sequence = ca_realloc_array(NULL, columns, sizeof *keyed->sequence);
    keyed->part_columns =
        ca_realloc_array(NULL, CA_KEYED_OWN_COLUMNS + columns, sizeof *keyed->part_columns);
    if (!keyed->columns || !keyed->sequence || !keyed->part_columns) {
        return CA_NOMEM;
    }
    add_columns(keyed, wanted, true);
    keyed->fixed = keyed->count;
    add_columns(keyed, wanted, false);
    memcpy(keyed->part_columns, own_columns, sizeof own_columns);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column_def *def = &plan->schema->columns[keyed->columns[i].column];
        keyed->part_columns[CA_KEYED_OWN_COLUMNS + i] = (ca_part_column){def->name, def->type};
    }
    return 0;
}

static size_t size_in(const ca_keyed_column *column, unsigned form)
{
    bool wide = form == CA_KEYED_WIDE;
    return column->size == 0 ? (wide ? sizeof(uint32_t) : 1)
           : column->size == sizeof(int64_t) ? (wide ? sizeof(int64_t) : sizeof(int32_t))
                                             : column->size;
}

static void lay_out(ca_keyed *keyed, unsigned form)
{
    size_t at = sizeof(ca_keyed_record) + (keyed->count + 1 + 31) / 32 * sizeof(uint32_t);
    for (size_t size = sizeof(int64_t); size > 0; size /= 2) {    /* so that each lies where its size wants it, mostly */
        for (unsigned i = 0; i < keyed->count; i++) {
            if (size_in(&keyed->columns[i], form) == size) {
                keyed->columns[i].offset[form] = (uint16_t)at;
                at += size;
            }
        }
    }
    keyed->record[form] = (at + 3) / 4 * 4;    /* lists follow */
}

static void add_up(ca_keyed *keyed)
{
    keyed->row_memory = sizeof(ca_origin) + sizeof(ca_digest) + 2 * sizeof(uint64_t) + SORTING_MEMORY;
    for (unsigned i = 0; i < keyed->count; i++) {
        keyed->row_memory += 1 + ca_type_size(keyed->columns[i].type);
    }
    lay_out(keyed, CA_KEYED_NARROW);
    lay_out(keyed, CA_KEYED_WIDE);
}

/* In a record the contents that decide the order come first: reading looks at no others before the rest is read. */
static void set_sequence(ca_keyed *keyed)
{
    unsigned count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < keyed->count; i++) {
            bool decides = false;
            for (unsigned j = 0; j < keyed->key_count + CA_KEYED_ORDER; j++) {
                decides = decides || keyed->order[j].column == keyed->columns[i].column;
            }
            if (decides == (pass == 0)) {
                keyed->sequence[count++] = i;
            }
        }
        keyed->deciding = pass == 0 ? count : keyed->deciding;
    }
}

static void set_order(ca_keyed *keyed, const ca_keyed_plan *plan)
{
    keyed->key_count = plan->key_count;
    for (unsigned i = 0; i < plan->key_count + CA_KEYED_ORDER; i++) {
        unsigned column = i < plan->key_count ? plan->key[i] : total_order[i - plan->key_count];
        keyed->order[i] = column_of(plan->schema, column);
    }
    set_sequence(keyed);
}

/* --- The exchange --------------------------------------------------------------------------- */

static unsigned bits_of(uint32_t buckets)
{
    unsigned bits = 0;
    while (UINT32_C(1) << bits < buckets) {
        bits++;
    }
    return bits;
}

int ca_keyed_new_part(const ca_keyed_plan *plan, const ca_keyed *parent, unsigned shared_bits,
                      ca_keyed **ret_keyed, ca_error *err)
{
    assert(plan->key_count <= CA_KEYED_KEY_MAX);
    ca_keyed *keyed = ca_alloc_zero(1, sizeof *keyed);
    if (!keyed) {
        return ca_error_nomem(err);
    }
    keyed->plan = *plan;
    keyed->parent = parent;
    keyed->shared_bits = shared_bits;
    keyed->bits = bits_of(plan->manifest.buckets);
    keyed->digest = ca_manifest_digest(&plan->manifest);
    keyed->folder = ca_alloc(strlen(plan->folder) + 1);
    if (!keyed->folder || project(keyed, plan)) {
        ca_free(keyed->folder);
        ca_free(keyed->columns);
        ca_free(keyed->sequence);
        ca_free(keyed->part_columns);
        ca_free(keyed);
        return ca_error_nomem(err);
    }
    memcpy(keyed->folder, plan->folder, strlen(plan->folder) + 1);
    keyed->plan.folder = keyed->folder;
    keyed->plan.columns = keyed->plan.key = NULL;
    add_up(keyed);
    set_order(keyed, plan);
    *ret_keyed = keyed;
    return 0;
}

int ca_keyed_new(const ca_keyed_plan *plan, ca_keyed **ret_keyed, ca_error *err)
{
    uint32_t buckets = plan->manifest.buckets;
    if (buckets == 0 || buckets > CA_KEYED_BUCKETS_MAX || (buckets & (buckets - 1))) {
        return ca_error_set(err, CA_CONFIG,
                            "%u buckets are not possible: use a power of two from 1 to %u", buckets,
                            CA_KEYED_BUCKETS_MAX);
    }
    return ca_keyed_new_part(plan, NULL, 0, ret_keyed, err);
}

void ca_keyed_free(ca_keyed *keyed)
{
    if (!keyed) {
        return;
    }
    for (size_t i = 0; i < keyed->writer_count; i++) {
        ca_keyed_writer_free(keyed->writers[i]);
    }
    /* Not there is fine, and with anything else in it, it stays. */
    keyed->plan.disk->remove(keyed->plan.disk, keyed->folder, NULL);
    ca_free(keyed->writers);
    ca_free(keyed->part_columns);
    ca_free(keyed->columns);
    ca_free(keyed->sequence);
    ca_free(keyed->folder);
    ca_free(keyed);
}

uint32_t ca_keyed_buckets(const ca_keyed *keyed)
{
    return keyed->plan.manifest.buckets;
}

/* --- Files ---------------------------------------------------------------------------------- */

int ca_keyed_make_folder(const ca_keyed *keyed, ca_error *err)
{
    int rc = keyed->parent ? ca_keyed_make_folder(keyed->parent, err) : 0;
    return rc ? rc : keyed->plan.disk->make_directory(keyed->plan.disk, keyed->folder, err);
}

char *ca_keyed_path(const ca_keyed *keyed, uint32_t number, const char *suffix)
{
    size_t size = strlen(keyed->folder) + strlen(suffix) + 13;
    char *path = ca_alloc(size);
    if (path) {
        snprintf(path, size, "%s/%u.%s", keyed->folder, number, suffix);
    }
    return path;
}

ca_part_options ca_keyed_options(const ca_keyed *keyed)
{
    return (ca_part_options){
        .codes = keyed->plan.codes,
        .manifest = keyed->digest,
        .zstd_level = keyed->plan.zstd_level,
        .unsynced = keyed->plan.unsynced || keyed->parent,
    };
}

/* "7.part", "7.part.tmp", "12.runs", "12.runs.tmp"; "12.split" is a folder of such. */
static bool is_ours(const char *name, bool *ret_folder)
{
    static const char *const endings[] = {".part", ".part" CA_DISK_TEMPORARY, ".runs",
                                          ".runs" CA_DISK_TEMPORARY};
    size_t digits = strspn(name, "0123456789");
    *ret_folder = strcmp(name + digits, ".split") == 0;
    bool ours = *ret_folder;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        ours = ours || strcmp(name + digits, endings[i]) == 0;
    }
    return digits > 0 && ours;
}

#define SPLITS_MAX 64u /* a split shares more bits of 64 than the one above */

static int sweep(ca_disk *disk, const char *folder, ca_arena *arena, unsigned depth, ca_error *err)
{
    ca_file_info info;
    char **names;
    size_t count = 0;
    int rc = disk->info(disk, folder, &info, err);
    if (rc || !info.is_directory || info.is_link || depth > SPLITS_MAX) {
        return rc == CA_END ? 0 : rc;
    }
    rc = disk->list(disk, folder, arena, &names, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        bool is_folder;
        if (!is_ours(names[i], &is_folder)) {
            continue;
        }
        const char *path = ca_arena_printf(arena, "%s/%s", folder, names[i]);
        if (!path) {
            return ca_error_nomem(err);
        }
        rc = is_folder ? sweep(disk, path, arena, depth + 1, err) : disk->remove(disk, path, err);
    }
    if (rc == 0) {
        disk->remove(disk, folder, NULL); /* with anything of others in it, it stays */
    }
    return rc;
}

int ca_keyed_sweep(ca_disk *disk, const char *folder, ca_error *err)
{
    ca_arena arena;
    ca_arena_init(&arena);
    int rc = sweep(disk, folder, &arena, 0, err);
    ca_arena_done(&arena);
    return rc;
}
