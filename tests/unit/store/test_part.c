/* A part file gives back what was put in, whatever the dictionary of the run that reads it, and
 * refuses anything else by name. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "store/part_inside.h"
#include "support/memdisk.h"
#include "unit/store/random_rows.h"

#define PATH      "x1/7.part"
#define TEMPORARY PATH CA_DISK_TEMPORARY

static const ca_digest manifest = {17, 42};

static void list_columns(const ca_schema *schema, ca_part_column *ret_columns)
{
    for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
        const ca_column_def *def = &schema->columns[random_columns[i]];
        ret_columns[i] = (ca_part_column){def->name, def->type};
    }
}

static const void *pool_of(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? (const void *)batch->list_codes
           : type == CA_TYPE_INTERVALS ? (const void *)batch->intervals
                                       : batch->bytes;
}

static int add_batch(ca_part_writer *writer, uint32_t bucket, uint32_t tag, const ca_batch *batch,
                     ca_error *err)
{
    ca_part_values values[RANDOM_COLUMNS];
    for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
        const ca_column *column = &batch->columns[random_columns[i]];
        values[i] =
            (ca_part_values){i, column->present, column->as.any,
                             pool_of(batch, batch->schema->columns[random_columns[i]].type)};
    }
    return ca_part_add(writer, bucket, tag, batch->rows, values, RANDOM_COLUMNS, err);
}

static ca_part_options options_of(ca_codes *codes, int level)
{
    return (ca_part_options){.codes = codes, .manifest = manifest, .zstd_level = level};
}

/* Sections of these batches, one bucket each, the last batch first. */
static int write_part(ca_disk *disk, random_world *world, int level, ca_batch *const *batches,
                      unsigned count, ca_digest *ret_digest, ca_error *err)
{
    ca_part_column columns[RANDOM_COLUMNS];
    ca_part_writer *writer;
    ca_part_options options = options_of(&world->codes, level);
    list_columns(&world->schema, columns);
    int rc = ca_part_create(disk, PATH, columns, RANDOM_COLUMNS, &options, &writer, err);
    if (rc) {
        return rc;
    }
    for (unsigned i = count; rc == 0 && i-- > 0;) {
        rc = add_batch(writer, i, 100 + i, batches[i], err);
    }
    rc = rc ? rc : ca_part_finish(writer, ret_digest, err);
    ca_part_writer_free(writer);
    return rc;
}

/* Appends a section to the batch, except provenance. */
static int read_section(const ca_part *part, size_t section, ca_batch *batch,
                        ca_part_reader *reader, ca_error *err)
{
    ca_part_target targets[RANDOM_COLUMNS];
    unsigned count = 0;
    unsigned rows = ca_part_section_at(part, section)->rows;
    for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
        unsigned column = random_columns[i];
        if (ca_batch_use(batch, column)) {
            return ca_error_nomem(err);
        }
        if (ca_part_find(part, ca_text_of(batch->schema->columns[column].name),
                         &targets[count].column)) {
            targets[count].present = batch->columns[column].present;
            targets[count].values = batch->columns[column].as.any;
            targets[count].at = batch->rows;
            targets[count++].pools = batch;
        }
    }
    int rc = ca_part_read(part, section, targets, count, reader, err);
    batch->rows += rc ? 0 : rows;
    return rc;
}

/* All sections one after another. */
static int read_part(ca_disk *disk, ca_codes *codes, ca_batch *batch, ca_error *err)
{
    ca_part *part;
    ca_part_options options = options_of(codes, 0);
    ca_part_reader *reader = ca_part_reader_new();
    if (!reader) {
        return ca_error_nomem(err);
    }
    int rc = ca_part_open(disk, PATH, &options, &part, err);
    if (rc == 0) {
        for (size_t i = 0; rc == 0 && i < ca_part_sections(part); i++) {
            rc = read_section(part, i, batch, reader, err);
        }
        ca_part_close(part);
    }
    ca_part_reader_free(reader);
    return rc;
}

static void check_values(const ca_batch *a, const ca_codes *codes_a, const ca_batch *b,
                         const ca_codes *codes_b, unsigned b_from)
{
    for (unsigned row = 0; row < a->rows; row++) {
        for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
            ck_assert_msg(same_value(a, codes_a, row, b, codes_b, b_from + row, random_columns[i]),
                          "row %u of %u, %s", row, a->rows,
                          a->schema->columns[random_columns[i]].name);
        }
    }
}

static size_t size_of(memdisk *mem, const char *path)
{
    ca_text bytes;
    return memdisk_get(mem, path, &bytes) ? bytes.len : 0;
}

static void make_disk(memdisk **ret_mem)
{
    *ret_mem = memdisk_new();
    ca_disk *disk = memdisk_disk(*ret_mem);
    ck_assert_int_eq(disk->make_directory(disk, "x1", NULL), 0);
}

/* --- Round trips ---------------------------------------------------------------------------- */

static const struct shape {
    unsigned rows, missing;
    int level;
} shapes[] = {{1, 0, 0},  {1, 1, 0},   {2, 2, 3},    {63, 3, 0},  {64, 0, 3},
              {65, 2, 0}, {200, 5, 3}, {1000, 9, 0}, {500, 1, 3}, {4096, 4, 0}};

START_TEST(test_round_trip)
{
    const struct shape *shape = &shapes[_i];
    random_world world, other;
    memdisk *mem;
    ca_digest digest;
    ca_error err = {0};
    random_world_init(&world, 1000 + (unsigned)_i, 0);
    random_world_init(&other, 1, 3);
    make_disk(&mem);
    ca_batch *batches[2] = {ca_batch_new(&world.schema, 4096), ca_batch_new(&world.schema, 4096)};
    random_rows(&world, batches[0], shape->rows, shape->missing);
    random_rows(&world, batches[1], shape->rows / 2 + 1, shape->missing);
    ck_assert_msg(write_part(memdisk_disk(mem), &world, shape->level, batches, 2, &digest, &err) ==
                      0,
                  "%s", err.text);
    ca_batch *back = ca_batch_new(&other.schema, 8192);
    ck_assert_msg(read_part(memdisk_disk(mem), &other.codes, back, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(back->rows, batches[0]->rows + batches[1]->rows);
    check_values(batches[0], &world.codes, back, &other.codes, 0);
    check_values(batches[1], &world.codes, back, &other.codes, batches[0]->rows);
    ca_batch_free(back);
    ca_batch_free(batches[0]);
    ca_batch_free(batches[1]);
    memdisk_free(mem);
    random_world_done(&world);
    random_world_done(&other);
}
END_TEST

/* Reads the numbers of one column again. */
static void check_numbers(const int64_t *numbers, size_t count)
{
    ca_buf bytes;
    int64_t back[300];
    ca_buf_init(&bytes);
    ca_buf_add_cstr(&bytes, "x"); /* they need not be aligned */
    ca_part_put_numbers(&bytes, numbers, count);
    size_t len = bytes.len - 1;
    ck_assert(ca_buf_reserve(&bytes, CA_PART_SLACK));
    ca_part_bytes from = {(const uint8_t *)bytes.ptr + 1, len};
    ck_assert(ca_part_get_numbers(&from, count, back));
    ck_assert_uint_eq(from.left, 0);
    ck_assert(count == 0 || memcmp(back, numbers, count * sizeof *numbers) == 0);
    for (size_t cut = 0; cut < len; cut++) {
        from = (ca_part_bytes){(const uint8_t *)bytes.ptr + 1, cut};
        ck_assert(!ca_part_get_numbers(&from, count, back));
    }
    ca_buf_done(&bytes);
}

START_TEST(test_numbers_of_every_width)
{
    uint64_t state = 5;
    int64_t numbers[300];
    for (unsigned width = 0; width <= 64; width++) {
        for (size_t i = 0; i < 300; i++) {
            uint64_t bits = width ? random_next(&state) >> (64 - width) : 0;
            numbers[i] = (int64_t)(bits + (uint64_t)INT64_MIN + width);
        }
        check_numbers(numbers, 300);
        check_numbers(numbers, width);
    }
    const int64_t ends[] = {INT64_MAX, INT64_MIN, 0, -1};
    check_numbers(ends, 4);
    check_numbers(NULL, 0);
}
END_TEST

START_TEST(test_width_that_does_not_exist)
{
    uint8_t bytes[64] = {57};
    int64_t back[1];
    ca_part_bytes from = {bytes, 40};
    ck_assert(!ca_part_get_numbers(&from, 1, back));
    bytes[0] = 65;
    from = (ca_part_bytes){bytes, 40};
    ck_assert(!ca_part_get_numbers(&from, 1, back));
}
END_TEST

START_TEST(test_repeated_texts_are_written_once)
{
    random_world world;
    memdisk *mem;
    ca_part_writer *writer;
    random_world_init(&world, 1, 0);
    make_disk(&mem);
    ca_batch *batch = ca_batch_new(&world.schema, 4096);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_CARE_MODE), 0);
    static char text[1000];
    memset(text, 'a', sizeof text);
    for (unsigned row = 0; row < 4000; row++) {
        text[0] = (char)('a' + row % 2);
        ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){text, sizeof text},
                                            &batch->columns[CA_F_CARE_MODE].as.slice[row]),
                         0);
    }
    ca_part_options options = options_of(&world.codes, 0);
    const ca_part_column column = {"care_mode", CA_TYPE_TEXT};
    ca_part_values values = {0, NULL, batch->columns[CA_F_CARE_MODE].as.any, batch->bytes};
    ca_digest digest;
    ck_assert_int_eq(ca_part_create(memdisk_disk(mem), PATH, &column, 1, &options, &writer, NULL),
                     0);
    ck_assert_int_eq(ca_part_add(writer, 0, 0, 4000, &values, 1, NULL), 0);
    ck_assert_int_eq(ca_part_finish(writer, &digest, NULL), 0);
    ca_part_writer_free(writer);
    ck_assert_uint_lt(size_of(mem, PATH), 3000 + 4000); /* a byte a row tells which */
    ca_batch_free(batch);
    memdisk_free(mem);
    random_world_done(&world);
}
END_TEST

/* An empty list is not a missing one, nor is an empty text. */
START_TEST(test_empty_is_not_missing)
{
    random_world world;
    memdisk *mem;
    ca_digest digest;
    random_world_init(&world, 1, 0);
    make_disk(&mem);
    ca_batch *batch = ca_batch_new(&world.schema, 64);
    random_rows(&world, batch, 4, 1); /* all missing */
    const unsigned lists[] = {CA_F_DIAGNOSES, CA_F_CARE_MODE, CA_F_ELIGIBILITY};
    for (unsigned i = 0; i < 3; i++) {
        batch->columns[lists[i]].as.slice[2] = (ca_slice){0, 0};
        ca_bit_set(batch->columns[lists[i]].present, 2);
    }
    ck_assert_int_eq(write_part(memdisk_disk(mem), &world, 0, &batch, 1, &digest, NULL), 0);
    ca_batch *back = ca_batch_new(&world.schema, 64);
    ck_assert_int_eq(read_part(memdisk_disk(mem), &world.codes, back, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned row = 0; row < 4; row++) {
            ck_assert_int_eq(ca_batch_has(back, lists[i], row), row == 2);
        }
        ck_assert_uint_eq(back->columns[lists[i]].as.slice[2].len, 0);
    }
    ca_batch_free(back);
    ca_batch_free(batch);
    memdisk_free(mem);
    random_world_done(&world);
}
END_TEST

/* --- Directory ------------------------------------------------------------------------------ */

START_TEST(test_buckets_in_order)
{
    random_world world;
    memdisk *mem;
    ca_part *part;
    ca_digest digest;
    size_t from;
    random_world_init(&world, 9, 0);
    make_disk(&mem);
    ca_batch *batch = ca_batch_new(&world.schema, 64);
    random_rows(&world, batch, 5, 3);
    ca_batch *batches[] = {batch, batch, batch};
    ck_assert_int_eq(write_part(memdisk_disk(mem), &world, 0, batches, 3, &digest, NULL), 0);
    ca_part_options options = options_of(&world.codes, 0);
    ck_assert_int_eq(ca_part_open(memdisk_disk(mem), PATH, &options, &part, NULL), 0);
    ck_assert_uint_eq(ca_part_sections(part), 3);
    for (uint32_t bucket = 0; bucket < 3; bucket++) {
        ck_assert_uint_eq(ca_part_bucket(part, bucket, &from), bucket + 1);
        ck_assert_uint_eq(from, bucket);
        ck_assert_uint_eq(ca_part_section_at(part, from)->tag, 100 + bucket);
        ck_assert_uint_eq(ca_part_section_at(part, from)->rows, 5);
    }
    ck_assert_uint_eq(ca_part_bucket(part, UINT32_MAX, &from), 3);
    ck_assert_uint_eq(from, 3);
    ck_assert_uint_eq(ca_part_columns(part), RANDOM_COLUMNS);
    ck_assert_str_eq(ca_part_column_at(part, 0)->name, "claim_id");
    ck_assert(ca_digest_cmp(ca_part_digest(part), digest) == 0);
    ck_assert_int_eq(ca_part_verify(part, NULL), 0);
    unsigned column;
    ck_assert(!ca_part_find(part, CA_TEXT("allowed"), &column));
    ca_part_close(part);
    ca_batch_free(batch);
    memdisk_free(mem);
    random_world_done(&world);
}
END_TEST

/* --- What is refused ------------------------------------------------------------------------ */

typedef struct small {
    random_world world;
    memdisk *mem;
    uint8_t bytes[8192];
    size_t len;
} small;

static void small_init(small *made, int level)
{
    ca_digest digest;
    ca_text bytes;
    random_world_init(&made->world, 77, 0);
    make_disk(&made->mem);
    ca_batch *batch = ca_batch_new(&made->world.schema, 64);
    random_rows(&made->world, batch, level ? 60 : 9, 4);
    ck_assert_int_eq(
        write_part(memdisk_disk(made->mem), &made->world, level, &batch, 1, &digest, NULL), 0);
    ca_batch_free(batch);
    ck_assert(memdisk_get(made->mem, PATH, &bytes));
    made->len = bytes.len;
    ck_assert_uint_lt(made->len, sizeof made->bytes);
    memcpy(made->bytes, bytes.ptr, made->len);
}

static void small_done(small *made)
{
    memdisk_free(made->mem);
    random_world_done(&made->world);
}

static int read_small(small *made, const uint8_t *bytes, size_t len, ca_error *err)
{
    random_world world;
    random_world_init(&world, 1, 1);
    memdisk_put(made->mem, PATH, bytes, len);
    ca_batch *batch = ca_batch_new(&world.schema, 128);
    int rc = read_part(memdisk_disk(made->mem), &world.codes, batch, err);
    ca_batch_free(batch);
    random_world_done(&world);
    return rc;
}

static void check_refused(small *made, const uint8_t *bytes, size_t len)
{
    ca_error err = {0};
    ck_assert_int_eq(read_small(made, bytes, len, &err), CA_FAIL);
    ck_assert_msg(strstr(err.text, PATH) != NULL, "%s", err.text);
}

START_TEST(test_cut_anywhere_is_refused)
{
    static small made;
    small_init(&made, 0);
    ck_assert_int_eq(read_small(&made, made.bytes, made.len, NULL), 0);
    for (size_t len = 0; len < made.len; len++) {
        check_refused(&made, made.bytes, len);
    }
    made.bytes[made.len] = 0; /* and one byte too many */
    check_refused(&made, made.bytes, made.len + 1);
    small_done(&made);
}
END_TEST

START_TEST(test_flipped_bits_are_refused)
{
    static small made;
    small_init(&made, _i ? 3 : 0);
    for (size_t at = 0; at < made.len; at++) {
        uint8_t bit = (uint8_t)(1u << at % 8);
        made.bytes[at] ^= bit;
        check_refused(&made, made.bytes, made.len);
        made.bytes[at] ^= bit;
    }
    small_done(&made);
}
END_TEST

START_TEST(test_other_files_are_refused)
{
    static small made;
    ca_error err = {0};
    ca_part *part;
    small_init(&made, 0);
    static const char text[] = "claim_id,paid\r\n1,2\r\n";
    check_refused(&made, (const uint8_t *)text, sizeof text);
    memset(made.bytes + 8, 'x', 200);
    ca_part_options options = options_of(&made.world.codes, 0);
    options.manifest.low++;
    memdisk_put(made.mem, PATH, made.bytes, made.len);
    ck_assert_int_eq(ca_part_open(memdisk_disk(made.mem), PATH, &options, &part, &err), CA_FAIL);
    ck_assert(strstr(err.text, "another run") && strstr(err.text, PATH));
    uint8_t *trailer = made.bytes + made.len - CA_PART_TRAILER_BYTES;
    ca_put32(trailer + 8, CA_PART_VERSION + 1);
    ca_put64(trailer + 88, ca_hash64(trailer, 88));
    ck_assert_int_eq(read_small(&made, made.bytes, made.len, &err), CA_FAIL);
    ck_assert(strstr(err.text, "format 2") && strstr(err.text, PATH));
    small_done(&made);
}
END_TEST

START_TEST(test_unknown_system_is_refused)
{
    static small made;
    ca_error err = {0};
    ca_part *part;
    ca_arena arena;
    ca_codes codes;
    small_init(&made, 0);
    ca_arena_init(&arena);
    ca_codes_init(&codes, &arena);
    ca_part_options options = options_of(&codes, 0);
    ck_assert_int_eq(ca_part_open(memdisk_disk(made.mem), PATH, &options, &part, &err), CA_FAIL);
    ck_assert(strstr(err.text, "does not declare") && strstr(err.text, PATH));
    ca_codes_done(&codes);
    ca_arena_done(&arena);
    small_done(&made);
}
END_TEST

/* Damage in one column is no matter to who reads another; the whole file knows. */
START_TEST(test_only_what_is_asked_for_is_read)
{
    static small made;
    ca_part *part;
    ca_part_reader *reader = ca_part_reader_new();
    uint64_t present[1] = {0};
    ca_date dates[64];
    unsigned column;
    small_init(&made, 0);
    ca_part_options options = options_of(&made.world.codes, 0);
    made.bytes[CA_PART_MAGIC_BYTES + RANDOM_COLUMNS * CA_PART_ENTRY_BYTES + 3] ^= 1; /* claim_id */
    memdisk_put(made.mem, PATH, made.bytes, made.len);
    ck_assert_int_eq(ca_part_open(memdisk_disk(made.mem), PATH, &options, &part, NULL), 0);
    ck_assert(ca_part_find(part, CA_TEXT("service_date"), &column));
    ca_part_target target = {.column = column, .present = present, .values = dates};
    ck_assert_int_eq(ca_part_read(part, 0, &target, 1, reader, NULL), 0);
    ck_assert(present[0] != 0);
    ca_error err = {0};
    ck_assert_int_eq(ca_part_verify(part, &err), CA_FAIL);
    ck_assert(strstr(err.text, PATH));
    ca_part_close(part);
    ca_part_reader_free(reader);
    small_done(&made);
}
END_TEST

/* A section with more than the format allows is refused when it is written. */
START_TEST(test_column_above_the_limit)
{
    random_world world;
    memdisk *mem;
    ca_part_writer *writer;
    ca_error err = {0};
    random_world_init(&world, 1, 0);
    make_disk(&mem);
    ca_slice slices[3] = {{0, 30u << 20}, {1, 30u << 20}, {2, 30u << 20}};
    char *pool = ca_alloc_zero(1, (30u << 20) + 2);
    pool[0] = 1;
    pool[1] = 2;
    const ca_part_column column = {"x.note", CA_TYPE_TEXT};
    ca_part_options options = options_of(&world.codes, 0);
    ca_part_values values = {0, NULL, slices, pool};
    ck_assert_int_eq(ca_part_create(memdisk_disk(mem), PATH, &column, 1, &options, &writer, NULL),
                     0);
    ck_assert_int_eq(ca_part_add(writer, 0, 0, 3, &values, 1, &err), CA_LIMIT);
    ca_digest digest;
    ck_assert_int_eq(ca_part_finish(writer, &digest, NULL), CA_LIMIT);
    ca_part_writer_free(writer);
    ck_assert(size_of(mem, TEMPORARY) == 0 && size_of(mem, PATH) == 0);
    ca_free(pool);
    memdisk_free(mem);
    random_world_done(&world);
}
END_TEST

/* --- Faults --------------------------------------------------------------------------------- */

START_TEST(test_every_allocation_may_fail)
{
    random_world world, other;
    memdisk *mem;
    ca_digest digest;
    random_world_init(&world, 3, 0);
    random_world_init(&other, 3, 2);
    make_disk(&mem);
    ca_batch *batch = ca_batch_new(&world.schema, 128);
    random_rows(&world, batch, 100, 5);
    int rc = CA_NOMEM;
    for (uint64_t n = 1; rc != 0; n++) {
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        rc = write_part(memdisk_disk(mem), &world, 3, &batch, 1, &digest, &err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || (rc == CA_NOMEM && err.code == CA_NOMEM));
        ck_assert_uint_eq(size_of(mem, TEMPORARY), 0);
        ck_assert_int_eq(size_of(mem, PATH) > 0, rc == 0);
        ck_assert_uint_lt(n, 1000);
    }
    rc = CA_NOMEM;
    for (uint64_t n = 1; rc != 0; n++) {
        ca_error err = {0};
        ca_batch *back = ca_batch_new(&other.schema, 128);
        ca_alloc_fail(n, 0);
        rc = read_part(memdisk_disk(mem), &other.codes, back, &err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || (rc == CA_NOMEM && err.code == CA_NOMEM));
        ca_batch_free(back);
        ck_assert_uint_lt(n, 1000);
    }
    ca_batch_free(batch);
    memdisk_free(mem);
    random_world_done(&world);
    random_world_done(&other);
}
END_TEST

START_TEST(test_every_disk_call_may_fail)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_SYNC, MEMDISK_RENAME};
    random_world world;
    ca_digest digest;
    random_world_init(&world, 3, 0);
    ca_batch *batch = ca_batch_new(&world.schema, 128);
    random_rows(&world, batch, 10, 5);
    int rc = CA_FAIL;
    for (uint64_t n = 1; rc != 0; n++) {
        memdisk *mem;
        ca_error err = {0};
        make_disk(&mem);
        memdisk_fail(mem, calls[_i], n, false);
        rc = write_part(memdisk_disk(mem), &world, 0, &batch, 1, &digest, &err);
        memdisk_fail(mem, calls[_i], 0, false);
        ck_assert(rc == 0 || (rc == CA_FAIL && err.code == CA_FAIL && n < 20));
        ck_assert_uint_eq(size_of(mem, TEMPORARY), 0);
        ck_assert_int_eq(size_of(mem, PATH) > 0, rc == 0);
        if (rc == 0) {
            memdisk_crash(mem, 0); /* it was synced */
            ca_batch *back = ca_batch_new(&world.schema, 128);
            ck_assert_int_eq(read_part(memdisk_disk(mem), &world.codes, back, &err), 0);
            ca_batch_free(back);
        }
        memdisk_free(mem);
    }
    ca_batch_free(batch);
    random_world_done(&world);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_round_trip, 0, sizeof shapes / sizeof *shapes);
    tcase_add_test(tcase, test_numbers_of_every_width);
    tcase_add_test(tcase, test_width_that_does_not_exist);
    tcase_add_test(tcase, test_repeated_texts_are_written_once);
    tcase_add_test(tcase, test_empty_is_not_missing);
    tcase_add_test(tcase, test_buckets_in_order);
    tcase_add_test(tcase, test_cut_anywhere_is_refused);
    tcase_add_loop_test(tcase, test_flipped_bits_are_refused, 0, 2);
    tcase_add_test(tcase, test_other_files_are_refused);
    tcase_add_test(tcase, test_unknown_system_is_refused);
    tcase_add_test(tcase, test_only_what_is_asked_for_is_read);
    tcase_add_test(tcase, test_column_above_the_limit);
    tcase_add_test(tcase, test_every_allocation_may_fail);
    tcase_add_loop_test(tcase, test_every_disk_call_may_fail, 0, 4);
}

CA_CHECK_MAIN("store/part", add_tests)
