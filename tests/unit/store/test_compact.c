/* Rows of compact batches are those of the batch that was made compact, whatever was asked for, and every coding is met. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "store/compact_inside.h"
#include "store/part.h"
#include "store/part_inside.h"
#include "unit/store/random.h"

#define GUARD   64u
#define READERS (CA_COMPACT_FIRST | CA_COMPACT_SECOND)

static ca_schema schema;
static uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
static uint8_t all_columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
static ca_compact_parts parts;    /* of what was made last */

/* One of every type, of claims and of lines. */
static const unsigned kept[] = {CA_F_CLAIM_ID,     CA_F_CLAIM_TYPE,  CA_F_PATIENT_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_FROM_DATE,
                                CA_F_SERVICE_DATE, CA_F_PAID,        CA_F_UNITS,      CA_F_LINE_NO,               CA_F_PROCEDURE,
                                CA_F_DIAGNOSES,    CA_F_MODIFIERS,   CA_F_ELIGIBILITY};
#define KEPT (sizeof kept / sizeof *kept)

static void set_up(void)
{
    ca_schema_init(&schema);
    memset(columns, 0, sizeof columns);
    memset(all_columns, 1, sizeof all_columns);
    for (size_t i = 0; i < KEPT; i++)
        columns[kept[i]] = (uint8_t)(1 + i % 3);    /* who takes them */
}

/* --- Batches ----------------------------------------------------------------------------------------------- */

static int64_t any_number(uint64_t *seed)
{
    static const unsigned bits[] = {0, 1, 8, 9, 16, 17, 31, 32, 33, 63, 64};
    unsigned wide = bits[random_below(seed, sizeof bits / sizeof *bits)];
    uint64_t number = wide == 64 ? random_next(seed) : random_next(seed) & ((UINT64_C(1) << wide) - 1);
    return (int64_t)(random_below(seed, 4) ? number : 0 - number);
}

static void set_value(ca_batch *batch, unsigned c, unsigned row, int64_t number)
{
    ca_column *of = &batch->columns[c];
    uint64_t bits = (uint64_t)number;
    uint32_t codes[3] = {(uint32_t)bits, 7, (uint32_t)(bits >> 32)};
    ca_interval interval = {(ca_date)bits, (ca_date)(bits >> 32)};
    switch (schema.columns[c].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        of->as.number[row] = number;
        break;
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        of->as.code[row] = (uint32_t)bits;
        break;
    case CA_TYPE_ENUM:
        of->as.choice[row] = (uint8_t)bits;
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){(char *)&bits, bits % 9}, &of->as.slice[row]), 0);
        break;
    case CA_TYPE_CODES:
        ck_assert_int_eq(ca_batch_add_codes(batch, codes, bits % 4, &of->as.slice[row]), 0);
        break;
    case CA_TYPE_INTERVALS:
        ck_assert_int_eq(ca_batch_add_intervals(batch, &interval, bits % 2, &of->as.slice[row]), 0);
        break;
    }
}

typedef enum filling { MISSING, SAME, SMALL, ANY, BY_RUN, BY_RUN_SOME, NEARLY_BY_RUN, NEARLY_BY_RUN_SOME, FILLINGS } filling;

static bool of_runs(filling how)
{
    return how >= BY_RUN;
}

/* Runs are those of the claim id. Rows without a value have another one in its place, or that of the row above. */
static void fill_column(ca_batch *batch, unsigned c, filling how, const bool *begins, uint64_t *seed)
{
    int64_t base = any_number(seed);
    ck_assert_int_eq(ca_batch_use(batch, c), 0);
    ca_column *of = &batch->columns[c];
    for (unsigned row = 0; row < batch->rows; row++) {
        bool some = how == BY_RUN_SOME || how == NEARLY_BY_RUN_SOME || (how < BY_RUN && base & 1);
        bool repeats = row > 0 && of_runs(how) && !begins[row];
        if (repeats) {
            ca_batch_repeat(batch, row - 1, c, row);
            if (ca_bit(of->present, row))
                continue;
            if (random_below(seed, 2))
                set_value(batch, c, row, any_number(seed));
            continue;
        }
        set_value(batch, c, row, how == SAME ? base : how == SMALL ? base + (int64_t)random_below(seed, 200) : any_number(seed));
        if (!some || random_below(seed, 3))
            ca_bit_set(of->present, row);
    }
    unsigned odd = batch->rows ? (unsigned)random_below(seed, batch->rows) : 0;
    if (batch->rows && how == NEARLY_BY_RUN)
        set_value(batch, c, odd, any_number(seed));
    if (batch->rows && how == NEARLY_BY_RUN_SOME)
        of->present[odd / 64] ^= UINT64_C(1) << odd % 64;
}

static void fill_own(ca_batch *batch, uint64_t *seed)
{
    ca_origin at = {(uint32_t)random_below(seed, 3), 0, random_next(seed) >> 20, random_next(seed) >> 10};
    bool odd = random_below(seed, 4) == 0;
    for (unsigned row = 0; row < batch->rows; row++) {
        at.length = odd ? (uint32_t)random_next(seed) : 200 + (uint32_t)random_below(seed, 60);
        at.row += odd ? random_below(seed, 1000) : 1;
        batch->origin[row] = at;
        at.offset += (uint64_t)at.length + 1;
        at.file = odd ? (uint32_t)random_next(seed) : at.file;
        batch->digest[row] = (ca_digest){random_next(seed), random_next(seed)};
        if (random_below(seed, 3))
            ca_bit_set(batch->live, row);
    }
}

/* The same seed, the same batch. */
static ca_batch *make_batch(uint64_t seed, unsigned rows)
{
    ca_batch *batch = ca_batch_new(&schema, rows ? rows : 1);
    bool *begins = calloc(rows + 1, sizeof *begins);
    ck_assert(batch && begins);
    batch->rows = rows;
    unsigned long_runs = (unsigned)random_below(&seed, 4);
    for (unsigned row = 0; row < rows; row++)
        begins[row] = row == 0 || long_runs == 0 || random_below(&seed, long_runs * 3) == 0;
    if (random_below(&seed, 8)) {
        fill_column(batch, CA_F_CLAIM_ID, BY_RUN, begins, &seed);
        for (unsigned row = 0; row < rows; row++) {    /* no two claims are alike, not even where a claim id is empty */
            if (begins[row])
                set_value(batch, CA_F_CLAIM_ID, row, 8 + (int64_t)row * 9);
            else
                ca_batch_repeat(batch, row - 1, CA_F_CLAIM_ID, row);
        }
    }
    for (size_t i = 1; i < KEPT; i++)
        if (random_below(&seed, 8))
            fill_column(batch, kept[i], (filling)random_below(&seed, FILLINGS), begins, &seed);
    fill_column(batch, CA_F_CHARGE, ANY, begins, &seed);    /* is not kept */
    fill_own(batch, &seed);
    free(begins);
    return batch;
}

/* --- What was taken ----------------------------------------------------------------------------------------- */

static const void *contents(const ca_batch *batch, ca_type type, ca_slice slice)
{
    return type == CA_TYPE_CODES       ? (const void *)(batch->list_codes + slice.from)
           : type == CA_TYPE_INTERVALS ? (const void *)(batch->intervals + slice.from)
                                       : (const void *)(batch->bytes + slice.from);
}

static bool same_value(const ca_batch *is, unsigned row, const ca_batch *was, unsigned from, unsigned c)
{
    ca_type type = schema.columns[c].type;
    size_t size = ca_type_size(type);
    if (!ca_batch_has(was, c, from) || !ca_batch_has(is, c, row))
        return ca_batch_has(is, c, row) == ca_batch_has(was, c, from);
    const uint8_t *left = (const uint8_t *)is->columns[c].as.any + row * size;
    const uint8_t *right = (const uint8_t *)was->columns[c].as.any + from * size;
    ca_slice slice = ca_type_is_sliced(type) ? was->columns[c].as.slice[from] : (ca_slice){0, 0};
    size_t bytes = slice.len * ca_type_element(type);
    return memcmp(left, right, size) == 0 && (!bytes || memcmp(contents(is, type, slice), contents(was, type, slice), bytes) == 0);
}

static bool same_own(const ca_batch *is, unsigned row, const ca_batch *was, unsigned from)
{
    return memcmp(&is->origin[row], &was->origin[from], sizeof *is->origin) == 0 &&
           ca_digest_cmp(is->digest[row], was->digest[from]) == 0 && ca_bit(is->live, row) == ca_bit(was->live, from);
}

static void check_rows(const ca_batch *is, const ca_batch *was, const uint8_t *asked, const uint32_t *rows, uint32_t count,
                       bool own)
{
    ck_assert_uint_eq(is->rows, count);
    for (unsigned c = 0; c < schema.count; c++) {
        for (uint32_t i = 0; i < count; i++) {
            if (asked[c] && columns[c] ? !same_value(is, i, was, rows ? rows[i] : i, c) : ca_batch_has(is, c, i))
                ck_abort_msg("column %u, row %u", c, i);
        }
    }
    for (uint32_t i = 0; own && i < count; i++) {
        if (!same_own(is, i, was, rows ? rows[i] : i))
            ck_abort_msg("row %u", i);
    }
}

/* How often each coding was met. */
typedef struct codings {
    unsigned presence[3], by_run[2], widths[9], lengths[9], without_runs;
} codings;

static void count_codings(const uint8_t *bytes, codings *met)
{
    const ca_compact_head *head = (const ca_compact_head *)(const void *)(bytes + parts.both);
    const ca_compact_column *column = (const ca_compact_column *)(const void *)(head + 1);
    met->without_runs += head->begins == 0;
    for (uint32_t i = 0; i < head->columns; i++, column++) {
        met->presence[column->presence]++;
        met->by_run[column->by_run]++;
        met->widths[column->values.width] += column->presence != CA_PART_NONE;
        met->lengths[column->lengths.width] += ca_type_is_sliced(schema.columns[column->column].type);
    }
}

static uint32_t some_rows(uint64_t *seed, unsigned rows, uint32_t *ret)
{
    uint64_t one_in = 1 + random_below(seed, 200);
    uint32_t count = 0;
    for (unsigned row = 0; row < rows; row++)
        if (random_below(seed, one_in) == 0)
            ret[count++] = row;
    return count;
}

static uint8_t *make_compact(ca_compact_maker *maker, const ca_batch *batch, const ca_compact_known *known, uint8_t **ret_memory)
{
    size_t most = ca_compact_most(maker, batch);
    size_t size = 0;
    uint8_t *bytes = malloc(most + GUARD);
    ck_assert(bytes && most % 8 == 0);
    memset(bytes, 0xA5, most + GUARD);
    ck_assert_int_eq(ca_compact_make(maker, batch, known, bytes, &parts), 0);
    size = parts.end;
    ck_assert_uint_le(size, most);
    ck_assert_uint_eq(size % 8, 0);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_uint_eq(bytes[most + i], 0xA5);
    *ret_memory = malloc(size);    /* of just that size: nothing behind it is read */
    ck_assert_ptr_nonnull(*ret_memory);
    memcpy(*ret_memory, bytes, size);
    free(bytes);
    return *ret_memory;
}

/* What a caller finds out: rows that repeat the row above in two columns. The others are asked as ever. */
static void find_repeats(const ca_batch *batch, uint64_t *repeats)
{
    static const unsigned known[] = {CA_F_FROM_DATE, CA_F_PATIENT_ID};
    memset(repeats, 0, (batch->rows + 63) / 64 * sizeof *repeats);
    for (unsigned row = 1; row < batch->rows; row++) {
        bool same = true;
        for (size_t i = 0; i < 2; i++) {
            const ca_column *of = &batch->columns[known[i]];
            bool has = ca_batch_has(batch, known[i], row);
            size_t size = ca_type_size(schema.columns[known[i]].type);
            same &= has == ca_batch_has(batch, known[i], row - 1);
            same &= !has || memcmp((char *)of->as.any + row * size, (char *)of->as.any + (row - 1) * size, size) == 0;
        }
        if (same)
            ca_bit_set(repeats, row);
    }
}

static void check_taking(ca_compact_taker *taker, const ca_batch *batch, uint8_t *bytes, uint64_t *seed)
{
    uint32_t *rows = malloc((batch->rows + 1) * sizeof *rows);
    uint8_t asked[sizeof columns];
    ca_compact compact;
    ca_compact_open(&compact, &schema, bytes, parts.both, READERS);
    ck_assert_uint_eq(compact.rows, batch->rows);
    ck_assert_int_eq(ca_compact_take(&compact, all_columns, NULL, batch->rows, taker), 0);
    check_rows(taker->batch, batch, all_columns, NULL, batch->rows, true);
    uint32_t count = some_rows(seed, batch->rows, rows);
    ck_assert_int_eq(ca_compact_take(&compact, all_columns, rows, count, taker), 0);
    check_rows(taker->batch, batch, all_columns, rows, count, true);
    for (size_t c = 0; c < sizeof asked; c++)
        asked[c] = (uint8_t)random_below(seed, 2);
    count = (uint32_t)random_below(seed, batch->rows + 1);
    ck_assert_int_eq(ca_compact_take_columns(&compact, asked, NULL, count, taker), 0);
    check_rows(taker->batch, batch, asked, NULL, count, false);
    free(rows);
}

/* One maker and one taker for all, so that what they remember serves batches that are unlike, too. */
START_TEST(rows_come_back)
{
    static const unsigned edges[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 258, 512, 513, 700};
    ca_compact_maker maker;
    ca_compact_taker taker = {0};
    codings met = {0};
    uint64_t seed = 41;
    ck_assert_int_eq(ca_compact_maker_init(&maker, &schema, columns), 0);
    for (unsigned i = 0; i < 400; i++) {
        unsigned rows = edges[i % (sizeof edges / sizeof *edges)];
        uint8_t *memory = NULL;
        ca_batch *batch = make_batch(i, rows);
        uint64_t repeats[700 / 64 + 1];
        uint8_t sure[sizeof columns] = {[CA_F_FROM_DATE] = 1, [CA_F_PATIENT_ID] = 1};
        ca_compact_known known = {repeats, sure};
        find_repeats(batch, repeats);
        uint8_t *bytes = make_compact(&maker, batch, i % 3 ? NULL : &known, &memory);
        count_codings(bytes, &met);
        check_taking(&taker, batch, bytes, &seed);
        ca_batch_free(batch);
        free(memory);
    }
    ca_compact_maker_done(&maker);
    ca_compact_taker_done(&taker);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_gt(met.presence[i], 100);
    ck_assert(met.by_run[0] > 100 && met.by_run[1] > 100 && met.without_runs > 20);
    ck_assert(met.widths[0] > 10 && met.widths[1] > 10 && met.widths[2] > 10 && met.widths[4] > 10 && met.widths[8] > 10);
    ck_assert(met.lengths[0] > 10 && met.lengths[1] > 10);
}
END_TEST

/* Lines of claims take a value for each claim, and nothing for what is the same in all. */
START_TEST(claims_take_few_bytes)
{
    enum { ROWS = 4096 };
    ca_compact_maker maker;
    ca_batch *batch = ca_batch_new(&schema, ROWS);
    size_t size = 0;
    ck_assert_int_eq(ca_compact_maker_init(&maker, &schema, columns), 0);
    batch->rows = ROWS;
    for (size_t i = 0; i < KEPT; i++) {
        bool same = kept[i] == CA_F_CLAIM_TYPE || kept[i] == CA_F_LINE_NO || kept[i] == CA_F_PROCEDURE;
        ck_assert_int_eq(ca_batch_use(batch, kept[i]), 0);
        for (unsigned row = 0; row < ROWS; row++) {
            if (row % 8)
                ca_batch_repeat(batch, row - 1, kept[i], row);
            else
                set_value(batch, kept[i], row, same ? 5 : 9 * (int64_t)row + 8);
            ca_bit_set(batch->columns[kept[i]].present, row);
        }
    }
    for (unsigned row = 0; row < ROWS; row++)
        batch->origin[row] = (ca_origin){1, 100, row + 5, row * 101};
    uint8_t *bytes = malloc(ca_compact_most(&maker, batch));
    ck_assert_int_eq(ca_compact_make(&maker, batch, NULL, bytes, &parts), 0);
    size = parts.end;
    size_t pools = batch->byte_count + batch->list_count * 4 + batch->interval_count * 8;
    size_t rows = ROWS * (sizeof(ca_digest) + 4 /* offset */ + 1 /* claim type */) + 2 * ROWS / 8;
    ck_assert_uint_lt(size, pools + rows + ROWS / 8 * (KEPT * 5) + 2000);
    ck_assert_uint_lt(size * 3, ca_compact_most(&maker, batch));
    ca_compact_maker_done(&maker);
    ca_batch_free(batch);
    free(bytes);
}
END_TEST

/* --- Numbers ------------------------------------------------------------------------------------------------- */

static void check_numbers(const int64_t *values, uint32_t count, unsigned width, ca_compact_numbers *guess)
{
    static const uint32_t places[] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint64_t bytes[8];
    int64_t taken[8];
    guess->at = 0;
    uint8_t *end = ca_compact_put64(values, count, guess, (uint8_t *)bytes);
    ck_assert_uint_eq(guess->width, width);
    ck_assert_uint_eq((size_t)(end - (uint8_t *)bytes), (count * width + 7) / 8 * 8);
    ca_compact_take64((uint8_t *)bytes, guess, places, count, taken);
    ck_assert(memcmp(taken, values, count * sizeof *values) == 0);
}

static void check_narrow(const uint32_t *values, uint32_t count, unsigned width, ca_compact_numbers *guess)
{
    static const uint32_t places[] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint64_t bytes[4];
    uint32_t taken[8];
    guess->at = 0;
    ca_compact_put32(values, count, guess, (uint8_t *)bytes);
    ck_assert_uint_eq(guess->width, width);
    ca_compact_take32((uint8_t *)bytes, guess, places, count, taken);
    ck_assert(memcmp(taken, values, count * sizeof *values) == 0);
}

START_TEST(numbers_take_what_they_need)
{
    static const int64_t spreads[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX, INT64_C(1) << 32, INT64_MAX};
    static const unsigned widths[] = {0, 1, 1, 2, 2, 4, 4, 8, 8};
    static const int64_t bases[] = {0, -5, INT64_MIN, 1000000, INT64_MIN + 1};
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
        for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
            ca_compact_numbers guess = {0};
            int64_t most = bases[b] <= INT64_MAX - spreads[i] ? bases[b] + spreads[i] : INT64_MAX;
            int64_t values[] = {bases[b], most, bases[b]};
            unsigned width = most == INT64_MAX ? 8 : widths[i];
            check_numbers(values, 3, width, &guess);
            check_numbers(values, 3, width, &guess);    /* as guessed */
            values[1] = bases[b];
            check_numbers(values, 3, 0, &(ca_compact_numbers){0});
        }
    }
    ca_compact_numbers guess = {0};
    check_numbers((const int64_t[]){INT64_MIN, INT64_MAX}, 2, 8, &guess);
    check_numbers((const int64_t[]){5}, 0, 0, &guess);
}
END_TEST

START_TEST(narrow_numbers_take_what_they_need)
{
    check_narrow((const uint32_t[]){7, 7, 7}, 3, 0, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){7, 262, 7}, 3, 1, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){7, 263, 7}, 3, 2, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){0, 65535}, 2, 2, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){0, 65536}, 2, 4, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){0x7fffffff, 0x80000000, 0, UINT32_MAX}, 4, 4, &(ca_compact_numbers){0});
    check_narrow((const uint32_t[]){UINT32_MAX, 1}, 2, 1, &(ca_compact_numbers){0});    /* -1 and 1 */
    check_narrow((const uint32_t[]){0x80000000, 0x80000001}, 2, 1, &(ca_compact_numbers){0});
}
END_TEST

/* What was least before stays where that takes no more bytes, and no width outlives what needed it. */
START_TEST(guesses_last_while_they_fit)
{
    ca_compact_numbers guess = {0};
    check_numbers((const int64_t[]){100, 150}, 2, 1, &guess);
    int64_t least = guess.least;
    check_numbers((const int64_t[]){120, 160}, 2, 1, &guess);
    ck_assert_int_eq(guess.least, least);
    check_numbers((const int64_t[]){90, 160}, 2, 1, &guess);
    ck_assert_int_le(guess.least, 90);
    check_numbers((const int64_t[]){-1000000, 160}, 2, 4, &guess);
    check_numbers((const int64_t[]){120, 130}, 2, 4, &guess);    /* from what is far below they are far away */
    check_numbers((const int64_t[]){INT64_MAX - 1, INT64_MAX}, 2, 1, &guess);
}
END_TEST

/* --- Memory -------------------------------------------------------------------------------------------------- */

START_TEST(memory_runs_out)
{
    ca_batch *batch = make_batch(5, 300);
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        ca_compact_maker maker = {0};
        ca_compact_taker taker = {0};
        ca_compact compact;
        uint8_t *memory = NULL;
        ca_alloc_fail(n, 1);
        int rc = ca_compact_maker_init(&maker, &schema, columns);
        if (rc == 0) {
            memory = malloc(ca_compact_most(&maker, batch));
            rc = ca_compact_make(&maker, batch, NULL, memory, &parts);
        }
        if (rc == 0) {
            ca_compact_open(&compact, &schema, memory, parts.both, READERS);
            rc = ca_compact_take(&compact, all_columns, NULL, batch->rows, &taker);
        }
        ca_alloc_fail(0, 0);
        done = rc == 0;
        ck_assert(done || rc == CA_NOMEM);
        ca_compact_maker_done(&maker);
        ca_compact_taker_done(&taker);
        free(memory);
    }
    ca_batch_free(batch);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, rows_come_back);
    tcase_add_test(tcase, claims_take_few_bytes);
    tcase_add_test(tcase, numbers_take_what_they_need);
    tcase_add_test(tcase, narrow_numbers_take_what_they_need);
    tcase_add_test(tcase, guesses_last_while_they_fit);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("store/compact", add_tests)
