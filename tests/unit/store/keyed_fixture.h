/* A whole exchange by key, from random lines to the sequence that comes out, for its tests. */
#ifndef CA_TESTS_STORE_KEYED_FIXTURE_H
#define CA_TESTS_STORE_KEYED_FIXTURE_H

#include "store/keyed.h"
#include "store/keyed_inside.h"
#include "support/memdisk.h"
#include "unit/store/random_rows.h"

#define FOLDER "work/x1"

/* How an exchange is made and read. */
typedef struct setting {
    uint32_t buckets;
    unsigned writers;
    size_t budget;
    ca_keyed_limits limits;
    bool on_disk;
    int zstd_level;
} setting;

typedef struct fixture {
    random_world world;
    ca_batch *source; /* all lines */
    uint64_t *hash;   /* of their keys */
    uint64_t *uses;   /* NULL: all bits set */
    unsigned key[3];
    unsigned key_count;
    ca_keyed_mark *marks;
    size_t mark_count;
    uint64_t hash_bits; /* of each hash that are kept: fewer make keys collide */
} fixture;

static inline ca_keyed_plan plan_of(fixture *made, const setting *how, ca_disk *disk)
{
    return (ca_keyed_plan){
        .disk = disk,
        .folder = FOLDER,
        .schema = &made->world.schema,
        .codes = &made->world.codes,
        .columns = random_columns,
        .column_count = RANDOM_COLUMNS,
        .key = made->key,
        .key_count = made->key_count,
        .manifest = {.seed = 12345, .buckets = how->buckets, .run = {3, 4}},
        .zstd_level = how->zstd_level,
        .on_disk = how->on_disk,
    };
}

static inline void fixture_init(fixture *made, uint64_t seed, unsigned rows, unsigned missing)
{
    memset(made, 0, sizeof *made);
    random_world_init(&made->world, seed, (unsigned)seed % 5);
    made->source = ca_batch_new(&made->world.schema, rows < CA_BATCH_ROWS_MAX ? rows + 1 : rows);
    random_rows(&made->world, made->source, rows, missing);
    made->hash = calloc(rows + 1, sizeof *made->hash);
    made->uses = calloc(rows + 1, sizeof *made->uses);
    made->marks = calloc(rows + 1, sizeof *made->marks);
    ck_assert(made->source && made->hash && made->uses && made->marks);
    for (unsigned row = 0; row < rows; row++) {
        made->uses[row] = row % 4 ? row % 4 : ca_hash64(&row, sizeof row);
    }
    made->key[0] = CA_F_PATIENT_ID;
    made->key_count = 1;
    made->hash_bits = UINT64_MAX;
}

static inline void fixture_done(fixture *made)
{
    ca_batch_free(made->source);
    free(made->hash);
    free(made->uses);
    free(made->marks);
    random_world_done(&made->world);
}

/* Marks on every third line, of two kinds; and some of keys that have no line. */
static inline void mark_lines(fixture *made)
{
    for (unsigned row = 0; row < made->source->rows; row += 3) {
        bool has = ca_batch_has(made->source, CA_F_LINE_NO, row);
        made->marks[made->mark_count++] = (ca_keyed_mark){
            .hash = row % 5 ? made->hash[row] : made->hash[row] + 1,
            .file = made->source->origin[row].file,
            .row = made->source->origin[row].row,
            .line_no = has ? made->source->columns[CA_F_LINE_NO].as.number[row] : 1,
            .kind = (uint8_t)(1 + row % 2),
        };
    }
}

static inline int put_all(const fixture *made, const setting *how, ca_keyed *keyed, ca_error *err)
{
    ca_keyed_writer *writers[4];
    uint64_t *chosen = calloc(made->source->words, sizeof *chosen);
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < how->writers; i++) {
        rc = ca_keyed_writer_new(keyed, 10 + i, how->budget, &writers[i], err);
    }
    for (unsigned i = 0; rc == 0 && i < how->writers; i++) {
        memset(chosen, 0, made->source->words * sizeof *chosen);
        for (unsigned row = i; row < made->source->rows; row += how->writers) {
            ca_bit_set(chosen, row);
        }
        rc = ca_keyed_put(writers[i], made->source, chosen, made->hash, made->uses, err);
        for (size_t j = i; rc == 0 && j < made->mark_count; j += how->writers) {
            rc = ca_keyed_put_mark(writers[i], &made->marks[j], err);
        }
        rc = rc ? rc : ca_keyed_finish(writers[i], err);
    }
    free(chosen);
    return rc;
}

/* The whole sequence that came out. */
typedef struct output {
    ca_batch *rows;
    uint64_t *hash;
    uint64_t *uses;
    uint64_t marks; /* digest of them */
    size_t mark_count;
    size_t groups;
    unsigned largest; /* rows of a group */
    unsigned pieces;  /* groups that continue a key */
} output;

static inline void output_init(output *out, const fixture *made)
{
    memset(out, 0, sizeof *out);
    out->rows = ca_batch_new(&made->world.schema, 64);
    out->hash = calloc(made->source->rows + 1, sizeof *out->hash);
    out->uses = calloc(made->source->rows + 1, sizeof *out->uses);
}

static inline void output_done(output *out)
{
    ca_batch_free(out->rows);
    free(out->hash);
    free(out->uses);
}

/* Copies lines, with what goes with them. */
static inline void append(const ca_keyed *keyed, output *out, const ca_batch *batch, const ca_keyed_group *group)
{
    ca_batch *to = out->rows;
    ck_assert_int_eq(ca_keyed_prepare(keyed, to, (size_t)to->rows + batch->rows, NULL), 0);
    for (unsigned row = 0; row < batch->rows; row++, to->rows++) {
        for (unsigned i = 0; i < keyed->count; i++) {
            ck_assert_int_eq(ca_batch_copy(batch, row, keyed->columns[i].column, to, to->rows), 0);
        }
        to->origin[to->rows] = batch->origin[row];
        to->digest[to->rows] = batch->digest[row];
        if (ca_bit(batch->live, row)) {
            ca_bit_set(to->live, to->rows);
        }
        out->hash[to->rows] = group->hash[row];
        out->uses[to->rows] = group->uses[row];
    }
}

static inline void check_group(output *out, const ca_batch *batch, const ca_keyed_group *group)
{
    ck_assert_uint_gt(batch->rows, 0);
    unsigned before = out->rows->rows;
    if (before > 0) {
        ck_assert_int_eq(out->hash[before - 1] == group->hash[0], group->continued);
    }
    if (!group->continued) {
        out->mark_count += group->mark_count;
        for (size_t i = 0; i < group->mark_count; i++) {
            ca_keyed_mark mark = group->marks[i];
            uint64_t parts[] = {mark.hash, mark.row, (uint64_t)mark.line_no, mark.file, mark.kind};
            out->marks = out->marks * 31 + ca_hash64(parts, sizeof parts);
        }
    }
    out->pieces += group->continued;
    out->groups++;
    out->largest = batch->rows > out->largest ? batch->rows : out->largest;
}

static inline int read_all(ca_keyed *keyed, const ca_keyed_limits *limits, output *out,
                           ca_error *err)
{
    ca_keyed_reader *reader;
    ca_keyed_group group;
    bool more = false;
    int rc = ca_keyed_reader_new(keyed, limits, &reader, err);
    if (rc) {
        return rc;
    }
    ca_batch *batch = ca_batch_new(out->rows->schema, 16);
    if (!batch) {
        ca_keyed_reader_free(reader);
        return ca_error_nomem(err);
    }
    while ((rc = ca_keyed_next(reader, batch, &group, err)) == 0) {
        ck_assert_int_eq(group.continued, more);
        more = group.more;
        check_group(out, batch, &group);
        append(keyed, out, batch, &group);
    }
    ck_assert(rc != CA_END || !more);
    ca_batch_free(batch);
    ca_keyed_reader_free(reader);
    return rc;
}

static inline size_t count_files(ca_disk *disk, const char *folder)
{
    ca_arena arena;
    ca_file_info info;
    char **names;
    size_t count = 0;
    ca_arena_init(&arena);
    if (disk->info(disk, folder, &info, NULL) == 0) {
        ck_assert_int_eq(disk->list(disk, folder, &arena, &names, &count, NULL), 0);
    }
    ca_arena_done(&arena);
    return count;
}

static inline memdisk *make_disk(void)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ck_assert_int_eq(disk->make_directory(disk, "work", NULL), 0);
    return mem;
}

/* Everything, from a plan to no files; *ret_written tells whether the disk was used. */
static inline void exchange(fixture *made, const setting *how, output *out, bool *ret_written)
{
    memdisk *mem = make_disk();
    ca_disk *disk = memdisk_disk(mem);
    ca_keyed *keyed;
    ca_error err = {0};
    ca_keyed_plan plan = plan_of(made, how, disk);
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, &err), 0);
    ca_keyed_hash(keyed, made->source, NULL, made->hash, NULL);
    for (unsigned row = 0; row < made->source->rows; row++) {
        made->hash[row] &= made->hash_bits;
    }
    if (made->mark_count == 0) {
        mark_lines(made);
    }
    ck_assert_msg(put_all(made, how, keyed, &err) == 0, "%s", err.text);
    output_init(out, made);
    ck_assert_msg(read_all(keyed, &how->limits, out, &err) == CA_END, "%s", err.text);
    *ret_written = memdisk_calls(mem, MEMDISK_WRITE) > 0;
    ca_keyed_free(keyed);
    ck_assert_uint_eq(count_files(disk, "work"), 0);
    memdisk_free(mem);
}

#define K 1024u

#endif
