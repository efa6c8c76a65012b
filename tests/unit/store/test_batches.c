/* Batches that wait come back as they were, from memory and from the disk, and leave no file. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "claim/value.h"
#include "store/batches.h"
#include "support/memdisk.h"
#include "unit/store/random.h"

#define PATH    "waiting.tmp"
#define BATCHES 40u

static ca_schema schema;
static uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];

static void set_up(void)
{
    static const unsigned kept[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_PATIENT_ID, CA_F_SERVICE_DATE, CA_F_PAID,
                                    CA_F_PROCEDURE, CA_F_MODIFIERS, CA_F_ELIGIBILITY};
    ca_schema_init(&schema);
    memset(columns, 0, sizeof columns);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        columns[kept[i]] = 1;
}

/* The same number, the same batch. Some columns are not used in some of them, and one is not kept. */
static ca_batch *make(unsigned number)
{
    uint64_t seed = number + 1;
    unsigned rows = (unsigned)random_below(&seed, 200);
    ca_batch *batch = ca_batch_new(&schema, 200);
    ck_assert_ptr_nonnull(batch);
    batch->rows = rows;
    for (unsigned c = 0; c < schema.count; c++) {
        if ((!columns[c] && c != CA_F_CHARGE) || random_below(&seed, 5) == 0)
            continue;
        ck_assert_int_eq(ca_batch_use(batch, c), 0);
        for (unsigned row = 0; row < rows; row++) {
            char text[20] = "abcdefghijklmnop";
            uint32_t ids[3] = {row, number, c};
            ca_interval interval = {(ca_date)row, (ca_date)number};
            ca_column *of = &batch->columns[c];
            if (random_below(&seed, 4) == 0)
                continue;
            ca_bit_set(of->present, row);
            switch (schema.columns[c].type) {
            case CA_TYPE_INT:
            case CA_TYPE_DECIMAL:
            case CA_TYPE_MONEY:
                of->as.number[row] = (int64_t)random_next(&seed);
                break;
            case CA_TYPE_DATE:
            case CA_TYPE_CODE:
                of->as.code[row] = (uint32_t)random_next(&seed);
                break;
            case CA_TYPE_ENUM:
                of->as.choice[row] = (uint8_t)random_next(&seed);
                break;
            case CA_TYPE_ID:
            case CA_TYPE_TEXT:
                ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){text, random_below(&seed, 17)}, &of->as.slice[row]), 0);
                break;
            case CA_TYPE_CODES:
                ck_assert_int_eq(ca_batch_add_codes(batch, ids, random_below(&seed, 4), &of->as.slice[row]), 0);
                break;
            case CA_TYPE_INTERVALS:
                ck_assert_int_eq(ca_batch_add_intervals(batch, &interval, 1, &of->as.slice[row]), 0);
                break;
            }
        }
    }
    for (unsigned row = 0; row < rows; row++) {
        batch->origin[row] = (ca_origin){number, row, 3, row * 100};
        batch->digest[row] = (ca_digest){random_next(&seed), row};
        if (random_below(&seed, 2))
            ca_bit_set(batch->live, row);
    }
    return batch;
}

static void check_values(const ca_batch *is, const ca_batch *was, unsigned c, unsigned row)
{
    ca_value left = ca_value_of(is, c, row);
    ca_value right = ca_value_of(was, c, row);
    ck_assert_int_eq(left.present, right.present);
    if (!left.present)
        return;
    bool is_list = schema.columns[c].type == CA_TYPE_CODES || schema.columns[c].type == CA_TYPE_INTERVALS;
    ca_slice a = is_list ? is->columns[c].as.slice[row] : (ca_slice){0, 0};
    ca_slice b = is_list ? was->columns[c].as.slice[row] : (ca_slice){0, 0};
    switch (schema.columns[c].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        ck_assert_int_eq(is->columns[c].as.number[row], was->columns[c].as.number[row]);
        break;
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        ck_assert_uint_eq(is->columns[c].as.code[row], was->columns[c].as.code[row]);
        break;
    case CA_TYPE_ENUM:
        ck_assert_uint_eq(is->columns[c].as.choice[row], was->columns[c].as.choice[row]);
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        ck_assert(ca_text_eq(ca_batch_text(is, c, row), ca_batch_text(was, c, row)));
        break;
    case CA_TYPE_CODES:
        ck_assert_uint_eq(a.len, b.len);
        ck_assert(a.len == 0 || memcmp(is->list_codes + a.from, was->list_codes + b.from, a.len * sizeof(uint32_t)) == 0);
        break;
    case CA_TYPE_INTERVALS:
        ck_assert_uint_eq(a.len, b.len);
        ck_assert_int_eq(is->intervals[a.from].from, was->intervals[b.from].from);
        ck_assert_int_eq(is->intervals[a.from].to, was->intervals[b.from].to);
        break;
    }
}

/* Single rows, and a column of them alone. */
static void check_some(ca_waiting *waiting, const ca_batch *was)
{
    uint8_t only[sizeof columns] = {0};
    const ca_batch *is = NULL;
    ca_error err;
    uint32_t rows[2] = {was->rows / 3, was->rows / 2};
    uint32_t count = was->rows < 10 ? 0 : 2;
    only[CA_F_PATIENT_ID] = 1;
    ck_assert_int_eq(ca_batches_take_columns(waiting, only, rows, count, &is, &err), 0);
    ck_assert_uint_eq(is->rows, count);
    for (uint32_t i = 0; i < count; i++) {
        ck_assert(!ca_batch_has(is, CA_F_PAID, i));
        ck_assert_int_eq(ca_batch_has(is, CA_F_PATIENT_ID, i), ca_batch_has(was, CA_F_PATIENT_ID, rows[i]));
        if (ca_batch_has(is, CA_F_PATIENT_ID, i))
            ck_assert(ca_text_eq(ca_batch_text(is, CA_F_PATIENT_ID, i), ca_batch_text(was, CA_F_PATIENT_ID, rows[i])));
    }
}

/* Rows that are owned can be added to, and nothing else sees it: they are taken again as they were. */
static void check_own(ca_waiting *waiting, const ca_batch *was)
{
    char more[5000];
    const uint32_t codes[] = {7, 8};
    const ca_interval interval = {1, 2};
    ca_slice slice, listed, spanned;
    ca_error err;
    memset(more, 'm', sizeof more);
    ca_batch *own = ca_waiting_own(waiting, &err);
    ck_assert_ptr_nonnull(own);
    ck_assert_ptr_eq(ca_waiting_own(waiting, &err), own);
    ck_assert_int_eq(ca_batch_add_bytes(own, (ca_text){more, sizeof more}, &slice), 0);
    ck_assert_int_eq(ca_batch_add_codes(own, codes, 2, &listed), 0);
    ck_assert_int_eq(ca_batch_add_intervals(own, &interval, 1, &spanned), 0);
    ck_assert_uint_eq(slice.from, was->byte_count);
    ck_assert(memcmp(own->bytes + slice.from, more, sizeof more) == 0);
    ck_assert(memcmp(own->list_codes + listed.from, codes, sizeof codes) == 0);
    ck_assert(memcmp(own->intervals + spanned.from, &interval, sizeof interval) == 0);
    for (unsigned row = 0; row < was->rows; row++) {
        for (unsigned c = 0; c < schema.count; c++) {
            if (columns[c])
                check_values(own, was, c, row);
        }
    }
}

static void check_batch(ca_waiting *waiting, unsigned number)
{
    ca_batch *was = make(number);
    const ca_batch *is = NULL;
    ca_error err;
    ck_assert_uint_eq(waiting->rows, was->rows);
    ck_assert_int_eq(ca_batches_take(waiting, columns, NULL, waiting->rows, &is, &err), 0);
    ck_assert_uint_eq(waiting->number, number * 1000u);
    ck_assert_uint_eq(waiting->more_len, number % 7);
    ck_assert_uint_eq((uintptr_t)waiting->more % 8, 0);
    ck_assert(number % 7 == 0 || memcmp(waiting->more, "further", number % 7) == 0);
    ck_assert_uint_eq(is->rows, was->rows);
    for (unsigned row = 0; row < was->rows; row++) {
        ck_assert(memcmp(&is->origin[row], &was->origin[row], sizeof *is->origin) == 0);
        ck_assert_int_eq(ca_digest_cmp(is->digest[row], was->digest[row]), 0);
        ck_assert_int_eq(ca_bit(is->live, row), ca_bit(was->live, row));
        for (unsigned c = 0; c < schema.count; c++) {
            if (columns[c])
                check_values(is, was, c, row);
        }
    }
    ck_assert(!ca_batch_has(is, CA_F_CHARGE, 0));
    check_own(waiting, was);
    check_some(waiting, was);
    ca_batch_free(was);
}

static bool has_file(memdisk *disk)
{
    ca_text bytes;
    return memdisk_get(disk, PATH, &bytes);
}

static int fill(ca_batches *batches, ca_error *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < BATCHES; i++) {
        ca_batch *batch = make(i);
        rc = ca_batches_add(batches, batch, NULL, i * 1000u, "further", i % 7, err);
        ca_batch_free(batch);
    }
    return rc;
}

/* Without memory, with memory for all, and with memory for the first ones. */
START_TEST(come_back)
{
    static const size_t budgets[] = {0, (size_t)8 << 20, (size_t)1 << 30};
    memdisk *disk = memdisk_new();
    ca_batches *batches = NULL;
    ca_waiting waiting = {0};
    ca_error err;
    ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, columns, budgets[_i], &batches, &err), 0);
    ck_assert_int_eq(fill(batches, &err), 0);
    ck_assert_uint_eq(ca_batches_count(batches), BATCHES);
    ck_assert_uint_gt(ca_batches_bytes(batches), BATCHES * 48u);
    ck_assert_int_eq(has_file(disk), budgets[_i] == 0);
    for (unsigned i = 0; i < BATCHES; i++) {
        unsigned number = i * 7 % BATCHES;    /* in any order: 7 and 40 have no factor in common */
        ck_assert_int_eq(ca_batches_read(batches, number, CA_COMPACT_FIRST, &waiting, &err), 0);
        check_batch(&waiting, number);
    }
    ca_waiting_done(&waiting);
    ca_batches_free(batches);
    ck_assert(!has_file(disk));
    memdisk_free(disk);
}
END_TEST

/* Each of two readers gets what it takes, and nothing of what only the other takes; of the file it reads less than all. */
START_TEST(readers_share)
{
    static const unsigned readers[] = {CA_COMPACT_FIRST, CA_COMPACT_SECOND};
    uint8_t takers[sizeof columns], all[sizeof columns];
    memdisk *disk = memdisk_new();
    ca_batches *batches = NULL;
    ca_waiting waiting = {0};
    ca_error err;
    memset(all, 1, sizeof all);
    for (size_t c = 0; c < sizeof takers; c++)
        takers[c] = columns[c] ? (uint8_t)(1 + c % 3) : 0;
    ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, takers, _i ? (size_t)8 << 20 : 0, &batches, &err), 0);
    ca_batches_read_times(batches, 2);
    ck_assert_int_eq(fill(batches, &err), 0);
    for (unsigned i = 0; i < 2 * BATCHES; i++) {
        unsigned number = i * 7 % BATCHES, reader = readers[i / BATCHES];
        ca_batch *was = make(number);
        const ca_batch *is = NULL;
        ck_assert_int_eq(ca_batches_read(batches, number, reader, &waiting, &err), 0);
        ck_assert_uint_eq(waiting.number, number * 1000u);
        ck_assert_uint_eq(waiting.more_len, reader == CA_COMPACT_FIRST ? number % 7 : 0);
        ck_assert_int_eq(ca_batches_take(&waiting, all, NULL, waiting.rows, &is, &err), 0);
        ck_assert_uint_eq(is->rows, was->rows);
        for (unsigned row = 0; row < was->rows; row++) {
            ck_assert_int_eq(ca_digest_cmp(is->digest[row], was->digest[row]), 0);
            for (unsigned c = 0; c < schema.count; c++) {
                if (takers[c] & reader)
                    check_values(is, was, c, row);
                else
                    ck_assert(!ca_batch_has(is, c, row));
            }
        }
        ca_batch_free(was);
    }
    ca_waiting_done(&waiting);
    ca_batches_free(batches);
    memdisk_free(disk);
}
END_TEST

/* Every allocation that fails is told, and nothing is lost or left. */
START_TEST(memory_runs_out)
{
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        memdisk *disk = memdisk_new();
        ca_batches *batches = NULL;
        ca_error err;
        ca_batch *batch = make(3);
        ca_alloc_fail(n, 1);
        int rc = ca_batches_new(memdisk_disk(disk), PATH, &schema, columns, _i ? (size_t)8 << 20 : 0, &batches, &err);
        rc = rc ? rc : ca_batches_add(batches, batch, NULL, 0, "m", 1, &err);
        ca_alloc_fail(0, 0);
        done = rc == 0;
        ck_assert(done || rc == CA_NOMEM);
        ca_batch_free(batch);
        ca_batches_free(batches);
        memdisk_free(disk);
    }
}
END_TEST

/* A write that fails is told, now and by every later call. */
START_TEST(the_disk_fails)
{
    for (uint64_t n = 1; n <= 5; n++) {
        memdisk *disk = memdisk_new();
        ca_batches *batches = NULL;
        ca_batch *batch = make(3);
        ca_error err;
        ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, columns, 0, &batches, &err), 0);
        memdisk_fail(disk, MEMDISK_WRITE, n, false);
        ck_assert_int_lt(fill(batches, &err), 0);
        ck_assert_uint_eq(ca_batches_count(batches), n - 1);
        ck_assert_int_lt(ca_batches_add(batches, batch, NULL, 0, "", 0, &err), 0);
        ca_batch_free(batch);
        ca_batches_free(batches);
        ck_assert(!has_file(disk));
        memdisk_free(disk);
    }
}
END_TEST

/* --- Many bytes ----------------------------------------------------------------------------------------- */

#define LARGE_ROWS 4096u

/* Digests alone take 64 KiB. */
static ca_batch *make_large(uint64_t seed)
{
    ca_batch *batch = ca_batch_new(&schema, LARGE_ROWS);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    batch->rows = LARGE_ROWS;
    for (unsigned row = 0; row < LARGE_ROWS; row++) {
        batch->digest[row] = (ca_digest){random_next(&seed), row};
        batch->columns[CA_F_PAID].as.number[row] = (int64_t)random_next(&seed);
        ca_bit_set(batch->columns[CA_F_PAID].present, row);
    }
    return batch;
}

static void check_large(ca_waiting *waiting, uint64_t seed)
{
    ca_batch *was = make_large(seed);
    const ca_batch *is = NULL;
    ca_error err;
    ck_assert_int_eq(ca_batches_take(waiting, columns, NULL, waiting->rows, &is, &err), 0);
    ck_assert(memcmp(is->digest, was->digest, LARGE_ROWS * sizeof *is->digest) == 0);
    ck_assert(memcmp(is->columns[CA_F_PAID].as.number, was->columns[CA_F_PAID].as.number, LARGE_ROWS * sizeof(int64_t)) == 0);
    ca_batch_free(was);
}

/* Several pieces of memory, of which the last is full at any place: then the file, or memory for all. */
START_TEST(memory_is_full)
{
    enum { LARGE = 160 };
    static const size_t budgets[] = {(size_t)8 << 20, (size_t)17 << 20, (size_t)1 << 30, 1};
    memdisk *disk = memdisk_new();
    ca_batches *batches = NULL;
    ca_waiting waiting = {0};
    ca_error err;
    ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, columns, budgets[_i], &batches, &err), 0);
    for (unsigned i = 0; i < LARGE; i++) {
        ca_batch *batch = make_large(i);
        ck_assert_int_eq(ca_batches_add(batches, batch, NULL, i, batch->digest, i * 8, &err), 0);
        ca_batch_free(batch);
    }
    ca_text file = {0};
    ck_assert_int_eq(memdisk_get(disk, PATH, &file), budgets[_i] < (size_t)1 << 30);
    if (budgets[_i] > 1 && file.len)
        ck_assert_uint_le(ca_batches_bytes(batches) - file.len, budgets[_i]);
    if (file.len)
        ck_assert_uint_ge(file.len + budgets[_i], ca_batches_bytes(batches));
    for (unsigned i = 0; i < LARGE; i++) {
        ck_assert_int_eq(ca_batches_read(batches, i, CA_COMPACT_FIRST, &waiting, &err), 0);
        ck_assert_uint_eq(waiting.more_len, i * 8);
        check_large(&waiting, i);
    }
    ca_waiting_done(&waiting);
    ca_batches_free(batches);
    memdisk_free(disk);
}
END_TEST

/* --- Damage --------------------------------------------------------------------------------------------------- */

/* How many of all batches cannot be read. */
static unsigned count_wrong(ca_batches *batches, unsigned reader, ca_waiting *waiting)
{
    unsigned failed = 0;
    ca_error err;
    for (unsigned i = 0; i < BATCHES; i++) {
        int rc = ca_batches_read(batches, i, reader, waiting, &err);
        ck_assert(rc == 0 || (rc == CA_FAIL && strstr(err.text, "was changed while in use")));
        failed += rc != 0;
    }
    return failed;
}

/* A bit of the file is another one when it is read back: who reads it is told. */
START_TEST(the_file_is_changed)
{
    uint8_t takers[sizeof columns];
    memdisk *disk = memdisk_new();
    ca_batches *batches = NULL;
    ca_waiting waiting = {0};
    ca_error err;
    ca_text file;
    unsigned wrong = 0, of_one = 0;
    for (size_t c = 0; c < sizeof takers; c++)
        takers[c] = columns[c] ? (uint8_t)(1 + c % 3) : 0;
    ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, takers, 0, &batches, &err), 0);
    ck_assert_int_eq(fill(batches, &err), 0);
    ck_assert(memdisk_get(disk, PATH, &file));
    for (size_t at = 0; at < file.len; at += file.len / 50 + 1) {
        char *byte = (char *)(uintptr_t)file.ptr + at;
        *byte ^= 4;
        unsigned first = count_wrong(batches, CA_COMPACT_FIRST, &waiting);
        unsigned second = count_wrong(batches, CA_COMPACT_SECOND, &waiting);
        ck_assert(first <= 1 && second <= 1 && first + second > 0);
        *byte ^= 4;
        of_one += first != second;
        wrong++;
    }
    ck_assert_uint_gt(wrong, 20);
    ck_assert(of_one > 0 && of_one < wrong);
    memdisk_fail(disk, MEMDISK_READ, 1, false);
    ck_assert_int_lt(ca_batches_read(batches, 0, CA_COMPACT_FIRST, &waiting, &err), 0);
    ck_assert_int_eq(ca_batches_read(batches, 0, CA_COMPACT_FIRST, &waiting, &err), 0);
    ca_waiting_done(&waiting);
    ca_batches_free(batches);
    memdisk_free(disk);
}
END_TEST

/* Reading and taking ask for memory, too. */
START_TEST(memory_runs_out_while_reading)
{
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        memdisk *disk = memdisk_new();
        ca_batches *batches = NULL;
        ca_waiting waiting = {0};
        ca_error err;
        ca_batch *batch = make(3);
        const ca_batch *taken = NULL;
        ck_assert_int_eq(ca_batches_new(memdisk_disk(disk), PATH, &schema, columns, 0, &batches, &err), 0);
        ck_assert_int_eq(ca_batches_add(batches, batch, NULL, 0, "m", 1, &err), 0);
        ca_alloc_fail(n, 1);
        int rc = ca_batches_read(batches, 0, CA_COMPACT_FIRST, &waiting, &err);
        rc = rc ? rc : ca_batches_take(&waiting, columns, NULL, waiting.rows, &taken, &err);
        rc = rc || ca_waiting_own(&waiting, &err) ? rc : err.code;
        ca_alloc_fail(0, 0);
        done = rc == 0;
        ck_assert(done || rc == CA_NOMEM);
        ca_waiting_done(&waiting);
        ca_batch_free(batch);
        ca_batches_free(batches);
        memdisk_free(disk);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, come_back, 0, 3);
    tcase_add_loop_test(tcase, readers_share, 0, 2);
    tcase_add_test(tcase, the_disk_fails);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
    tcase_add_loop_test(tcase, memory_is_full, 0, 4);
    tcase_add_test(tcase, the_file_is_changed);
    tcase_add_test(tcase, memory_runs_out_while_reading);
}

CA_CHECK_MAIN("store/batches", add_tests)
