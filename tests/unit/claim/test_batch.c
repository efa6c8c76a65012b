/* Columns, rows and pools of a batch: what was set is there, what was not is missing, and emptying
 * a batch leaves no trace. */
#include <string.h>

#include "base/alloc.h"
#include "claim/batch.h"
#include "support/check_main.h"

static ca_schema schema;

static void setup(void)
{
    ca_schema_init(&schema);
}

static ca_batch *new_batch(unsigned capacity)
{
    ca_batch *batch = ca_batch_new(&schema, capacity);
    ck_assert_ptr_nonnull(batch);
    return batch;
}

START_TEST(an_unused_column_is_missing)
{
    ca_batch *batch = new_batch(CA_BATCH_ROWS);
    batch->rows = CA_BATCH_ROWS;
    ck_assert(!ca_batch_has(batch, CA_F_PAID, 0));
    ck_assert(!ca_batch_has(batch, CA_F_PAID, CA_BATCH_ROWS - 1));
    ca_batch_clear(batch);
    ca_batch_free(batch);
    ca_batch_free(NULL);
}
END_TEST

START_TEST(every_column_at_every_capacity)
{
    static const unsigned capacities[] = {1, 63, 64, 65, 500, 4095, 4096, CA_BATCH_ROWS_MAX};
    unsigned capacity = capacities[_i];
    ca_batch *batch = new_batch(capacity);
    ck_assert_uint_eq(batch->words, (capacity + 63) / 64);
    for (unsigned column = 0; column<schema.count; column += capacity> 4096 ? 7 : 1) {
        ck_assert_int_eq(ca_batch_use(batch, column), 0);
        ca_column *c = &batch->columns[column];
        void *values = c->as.any;
        ck_assert_int_eq(ca_batch_use(batch, column), 0);
        ck_assert_ptr_eq(c->as.any, values);
        ck_assert_uint_eq((uintptr_t)c->present % 64, 0);
        ck_assert_uint_eq((uintptr_t)values % 64, 0);
        ck_assert(!ca_batch_has(batch, column, capacity - 1));
        /* The whole of the last word's rows may be touched: the sanitizer looks on. */
        size_t rows = (size_t)batch->words * 64;
        ca_type type = schema.columns[column].type;
        size_t size = type == CA_TYPE_ENUM                           ? 1
                      : type == CA_TYPE_DATE || type == CA_TYPE_CODE ? 4
                                                                     : 8;
        for (size_t i = 0; i < rows * size; i += 97)
            ck_assert(((char *)values)[i] == 0);
        memset(values, 0xff, rows * size);
        memset(c->present, 0xff, batch->words * sizeof *c->present);
        ck_assert(ca_batch_has(batch, column, capacity - 1));
    }
    ca_batch_free(batch);
}
END_TEST

static unsigned bits_set(const uint64_t *bits, unsigned words)
{
    unsigned count = 0;
    for (unsigned i = 0; i < words; i++)
        count += (unsigned)__builtin_popcountll(bits[i]);
    return count;
}

START_TEST(clearing_leaves_no_bit)
{
    ca_batch *batch = new_batch(300);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    uint64_t *present = batch->columns[CA_F_PAID].present;
    for (unsigned rows = 0; rows <= 300; rows++) {
        /* All full rows, and the one that was begun but not finished. */
        for (unsigned row = 0; row <= rows && row < 300; row++) {
            ca_bit_set(present, row);
            ca_bit_set(batch->live, row);
        }
        batch->rows = rows;
        uint64_t calls = ca_alloc_calls();
        ca_batch_clear(batch);
        ck_assert_uint_eq(ca_alloc_calls(), calls);
        ck_assert_uint_eq(batch->rows, 0);
        ck_assert_uint_eq(bits_set(present, batch->words) + bits_set(batch->live, batch->words), 0);
        ck_assert_ptr_eq(batch->columns[CA_F_PAID].present, present);
    }
    ca_batch_free(batch);
}
END_TEST

START_TEST(cutting_keeps_the_rows_before)
{
    ca_batch *batch = new_batch(300);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    uint64_t *present = batch->columns[CA_F_PAID].present;
    for (unsigned rows = 0; rows <= 300; rows += 13) {
        for (unsigned cut = 0; cut <= rows; cut += 1 + rows / 50) {
            for (unsigned row = 0; row <= rows && row < 300; row++) {
                ca_bit_set(present, row);
                ca_bit_set(batch->live, row);
            }
            batch->rows = rows;
            ca_batch_cut(batch, cut);
            ck_assert_uint_eq(batch->rows, cut);
            ck_assert_uint_eq(bits_set(present, batch->words), cut);
            ck_assert_uint_eq(bits_set(batch->live, batch->words), cut);
            ck_assert(cut == 0 || ca_bit(present, cut - 1));
            ca_batch_clear(batch);
        }
    }
    ca_batch_free(batch);
}
END_TEST

START_TEST(texts)
{
    ca_batch *batch = new_batch(CA_BATCH_ROWS);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_CLAIM_ID), 0);
    ca_slice *slices = batch->columns[CA_F_CLAIM_ID].as.slice;
    for (int round = 0; round < 2; round++) {
        for (unsigned row = 0; row < 3000; row++) {
            char text[32];
            memset(text, 'a' + (int)(row % 26), sizeof text);
            ca_text id = {text, row % 32};
            ck_assert_int_eq(ca_batch_add_bytes(batch, id, &slices[row]), 0);
            ca_bit_set(batch->columns[CA_F_CLAIM_ID].present, row);
            batch->rows++;
        }
        for (unsigned row = 0; row < 3000; row++) {
            ca_text id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
            ck_assert_uint_eq(id.len, row % 32);
            for (size_t i = 0; i < id.len; i++)
                ck_assert(id.ptr[i] == 'a' + (int)(row % 26));
        }
        size_t cap = batch->byte_cap;
        ca_batch_clear(batch);
        ck_assert(batch->byte_count == 0 && batch->byte_cap == cap);
    }
    ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){0}, &slices[0]), 0);
    ck_assert_ptr_nonnull(ca_batch_text(batch, CA_F_CLAIM_ID, 0).ptr);
    ca_batch_free(batch);
}
END_TEST

START_TEST(lists)
{
    ca_batch *batch = new_batch(1);
    uint32_t ids[100];
    ca_interval intervals[100];
    ca_slice codes[200], periods[200];
    for (uint32_t i = 0; i < 100; i++) {
        ids[i] = i * 3;
        intervals[i] = (ca_interval){(ca_date)i, CA_DATE_MAX};
    }
    for (size_t i = 0; i < 200; i++) {
        ck_assert_int_eq(ca_batch_add_codes(batch, i % 100 ? ids : NULL, i % 100, &codes[i]), 0);
        ck_assert_int_eq(ca_batch_add_intervals(batch, intervals, i % 100, &periods[i]), 0);
    }
    for (size_t i = 0; i < 200; i++) {
        ck_assert_uint_eq(codes[i].len, i % 100);
        ck_assert_uint_eq(periods[i].len, i % 100);
        for (uint32_t at = 0; at < codes[i].len; at++) {
            ck_assert_uint_eq(batch->list_codes[codes[i].from + at], at * 3);
            ck_assert_int_eq(batch->intervals[periods[i].from + at].from, (ca_date)at);
        }
    }
    ca_batch_clear(batch);
    ck_assert(batch->list_count == 0 && batch->interval_count == 0 && batch->list_cap > 0);
    ca_batch_free(batch);
}
END_TEST

/* From places that are not aligned, with more bytes behind them or not. */
START_TEST(elements_from_anywhere)
{
    ca_batch *batch = new_batch(1);
    static const struct {
        ca_type type;
        size_t size;
    } of[] = {{CA_TYPE_CODES, sizeof(uint32_t)}, {CA_TYPE_INTERVALS, sizeof(ca_interval)}, {CA_TYPE_TEXT, 1}, {CA_TYPE_ID, 1}};
    char bytes[500];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7);
    }
    for (size_t round = 0; round < 1500; round++) {
        size_t which = round % 4;
        size_t count = round % 50;
        size_t from = 1 + round % 17;
        size_t size = of[which].size;
        size_t readable = round % 3 ? sizeof bytes - from : count * size;
        ca_slice slice;
        ck_assert_int_eq(ca_batch_add_elements(batch, of[which].type, bytes + from, count, readable, &slice), 0);
        const char *pool = which == 0   ? (const char *)(batch->list_codes + slice.from)
                           : which == 1 ? (const char *)(batch->intervals + slice.from)
                                        : batch->bytes + slice.from;
        ck_assert_uint_eq(slice.len, count);
        ck_assert(count == 0 || memcmp(pool, bytes + from, count * size) == 0);
        ca_slice next;
        ck_assert_int_eq(ca_batch_add_elements(batch, of[which].type, bytes, 1, size, &next), 0);
        ck_assert_uint_eq(next.from, slice.from + count);    /* what was copied too much is gone */
    }
    ca_batch_free(batch);
}
END_TEST

START_TEST(a_pool_ends_at_four_billion)
{
    ca_batch *batch = new_batch(1);
    ca_slice slice = {4711, 4711};
    batch->byte_count = batch->byte_cap = UINT32_MAX - 1; /* as if so many had been added */
    ck_assert_int_eq(ca_batch_add_bytes(batch, CA_TEXT("ab"), &slice), CA_NOMEM);
    ck_assert(slice.from == 4711 && slice.len == 4711);
    batch->byte_count = 0;
    batch->byte_cap = 1;
    ca_batch_free(batch);
}
END_TEST

START_TEST(memory_runs_out)
{
    for (uint64_t n = 1; n <= 5; n++) {
        ca_alloc_fail(n, 0);
        ck_assert_ptr_null(ca_batch_new(&schema, 10));
        ca_alloc_fail(0, 0);
    }
    ca_batch *batch = new_batch(10);
    char large[5000] = "";
    uint32_t id = 1;
    ca_interval interval = {0, 1};
    ca_slice slice = {4711, 4711};
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){large, sizeof large}, &slice), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_codes(batch, &id, 1, &slice), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_intervals(batch, &interval, 1, &slice), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_elements(batch, CA_TYPE_CODES, &id, 1, sizeof id, &slice), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_elements(batch, CA_TYPE_INTERVALS, &interval, 1, sizeof interval, &slice), CA_NOMEM);
    ck_assert_int_eq(ca_batch_add_elements(batch, CA_TYPE_ID, large, sizeof large, sizeof large, &slice), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert(slice.from == 4711 && slice.len == 4711);
    ck_assert(!ca_batch_has(batch, CA_F_PAID, 0));
    ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){large, sizeof large}, &slice), 0);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    ca_batch_free(batch);
}
END_TEST

/* Rows, columns and pools are as they were, and what is new is missing and zero. */
START_TEST(growing_keeps_what_is_there)
{
    ca_batch *batch = new_batch(65);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_CLAIM_ID), 0);
    for (unsigned row = 0; row < 65; row++) {
        batch->columns[CA_F_PAID].as.number[row] = row * 7;
        ck_assert_int_eq(
            ca_batch_add_bytes(batch, CA_TEXT("C1"), &batch->columns[CA_F_CLAIM_ID].as.slice[row]), 0);
        if (row % 2)
            ca_bit_set(batch->columns[CA_F_PAID].present, row);
        ca_bit_set(batch->live, row);
        batch->origin[row].row = row + 1;
        batch->digest[row].low = row;
    }
    batch->rows = 65;
    ck_assert_int_eq(ca_batch_grow(batch, 10), 0);
    ck_assert_uint_eq(batch->capacity, 65);
    ck_assert_int_eq(ca_batch_grow(batch, CA_BATCH_ROWS_MAX + 1), 0);
    ck_assert_uint_eq(batch->capacity, CA_BATCH_ROWS_MAX + 1);
    ck_assert_uint_eq(batch->words, CA_BATCH_ROWS_MAX / 64 + 1);
    for (unsigned row = 0; row < batch->capacity; row++) {
        bool old = row < 65;
        ck_assert_int_eq(ca_batch_has(batch, CA_F_PAID, row), old && row % 2);
        ck_assert_int_eq(batch->columns[CA_F_PAID].as.number[row], old ? row * 7 : 0);
        ck_assert_int_eq(ca_bit(batch->live, row), old);
        ck_assert_uint_eq(batch->origin[row].row, old ? row + 1 : 0);
        ck_assert_uint_eq(batch->digest[row].low, old ? row : 0);
    }
    ck_assert(ca_text_is(ca_batch_text(batch, CA_F_CLAIM_ID, 64), "C1"));
    ck_assert_int_eq(ca_batch_use(batch, CA_F_UNITS), 0);
    ca_bit_set(batch->columns[CA_F_UNITS].present, CA_BATCH_ROWS_MAX);
    batch->rows = batch->capacity;
    ca_batch_clear(batch);
    ck_assert(!ca_bit(batch->columns[CA_F_UNITS].present, CA_BATCH_ROWS_MAX));
    ca_batch_free(batch);
}
END_TEST

START_TEST(growing_without_memory_changes_nothing)
{
    ca_batch *batch = new_batch(64);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PAID), 0);
    ca_bit_set(batch->columns[CA_F_PAID].present, 63);
    batch->rows = 64;
    int result = CA_NOMEM;
    for (uint64_t n = 1; result != 0; n++) {
        ca_alloc_fail(n, 0);
        result = ca_batch_grow(batch, 200);
        ca_alloc_fail(0, 0);
        ck_assert(result == 0 || result == CA_NOMEM);
        ck_assert_uint_eq(batch->capacity, result == 0 ? 200 : 64);
        ck_assert(ca_batch_has(batch, CA_F_PAID, 63));
        ck_assert_uint_lt(n, 10);
    }
    ca_batch_free(batch);
}
END_TEST

/* Whatever the type, with a copy of its own; what is missing stays missing. */
START_TEST(values_are_copied)
{
    static const ca_interval interval = {1, 9};
    static const uint32_t ids[] = {7, 8};
    ca_batch *from = new_batch(2);
    ca_batch *to = new_batch(3);
    static const unsigned columns[] = {CA_F_PAID,        CA_F_PAID_DATE,  CA_F_PROCEDURE, CA_F_SEX,
                                       CA_F_DIAGNOSES, CA_F_PATIENT_ID, CA_F_ELIGIBILITY, CA_F_UNITS};
    from->rows = 2;
    to->rows = 3;
    for (size_t i = 0; i + 1 < sizeof columns / sizeof *columns; i++) {
        ck_assert_int_eq(ca_batch_use(from, columns[i]), 0);
        ca_bit_set(from->columns[columns[i]].present, 1);
    }
    from->columns[CA_F_PAID].as.number[1] = 5;
    from->columns[CA_F_PAID_DATE].as.date[1] = 6;
    from->columns[CA_F_PROCEDURE].as.code[1] = 7;
    from->columns[CA_F_SEX].as.choice[1] = CA_SEX_F;
    ck_assert_int_eq(ca_batch_add_bytes(from, CA_TEXT("before"), &(ca_slice){0}), 0);
    ck_assert_int_eq(ca_batch_add_bytes(from, CA_TEXT("P1"), &from->columns[CA_F_PATIENT_ID].as.slice[1]), 0);
    ck_assert_int_eq(ca_batch_add_codes(from, ids, 2, &from->columns[CA_F_DIAGNOSES].as.slice[1]), 0);
    ck_assert_int_eq(ca_batch_add_intervals(from, &interval, 1, &from->columns[CA_F_ELIGIBILITY].as.slice[1]), 0);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ck_assert_int_eq(ca_batch_copy(from, 1, columns[i], to, 2), 0);
        ck_assert_int_eq(ca_batch_copy(from, 0, columns[i], to, 1), 0);
        ca_batch_repeat(to, 2, columns[i], 0);
    }
    size_t bytes = to->byte_count;
    ca_batch_free(from);
    for (unsigned row = 0; row < 3; row += 2) {
        ck_assert_int_eq(to->columns[CA_F_PAID].as.number[row], 5);
        ck_assert_int_eq(to->columns[CA_F_PAID_DATE].as.date[row], 6);
        ck_assert_uint_eq(to->columns[CA_F_PROCEDURE].as.code[row], 7);
        ck_assert_uint_eq(to->columns[CA_F_SEX].as.choice[row], CA_SEX_F);
        ck_assert(ca_text_is(ca_batch_text(to, CA_F_PATIENT_ID, row), "P1"));
        ck_assert_uint_eq(to->list_codes[to->columns[CA_F_DIAGNOSES].as.slice[row].from + 1], 8);
        ck_assert_int_eq(to->intervals[to->columns[CA_F_ELIGIBILITY].as.slice[row].from].to, 9);
    }
    ck_assert_uint_eq(bytes, 2);    /* repeated texts stand once */
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ck_assert(!ca_batch_has(to, columns[i], 1));
        ck_assert(ca_batch_has(to, columns[i], 0) == (columns[i] != CA_F_UNITS));
    }
    ca_batch_free(to);
}
END_TEST

#define MANY (CA_BATCH_ROWS_MAX + 1000u)

static const unsigned used[] = {CA_F_PAID, CA_F_SERVICE_DATE, CA_F_CLAIM_TYPE, CA_F_PATIENT_ID, CA_F_LINE_NO, CA_F_CLAIM_ID};

/* Each column lacks its value in every fifth row. */
static ca_batch *make_many(void)
{
    ca_batch *from = ca_batch_new(&schema, 2 * MANY);
    ck_assert_ptr_nonnull(from);
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        ck_assert_int_eq(ca_batch_use(from, used[i]), 0);
    from->rows = 2 * MANY;
    for (uint32_t row = 0; row < from->rows; row++) {
        for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
            if ((row + i) % 5 != 0)
                ca_bit_set(from->columns[used[i]].present, row);
        }
        from->columns[CA_F_PAID].as.number[row] = row;
        from->columns[CA_F_LINE_NO].as.number[row] = row + 1;
        from->columns[CA_F_SERVICE_DATE].as.date[row] = (ca_date)row;
        from->columns[CA_F_CLAIM_TYPE].as.choice[row] = (uint8_t)(row % 3);
        from->columns[CA_F_PATIENT_ID].as.slice[row] = from->columns[CA_F_CLAIM_ID].as.slice[row] = (ca_slice){row % 7, 3};
        from->origin[row].row = row;
        from->digest[row].low = row;
    }
    memcpy(from->bytes, "abcdefghijklm", 13);
    from->byte_count = 13;
    return from;
}

static void check_selected(const ca_batch *to, uint32_t i, const ca_batch *from, uint32_t row, bool whole)
{
    ck_assert(ca_bit(to->live, i));
    for (size_t c = 0; c < 4; c++)
        ck_assert_int_eq(ca_batch_has(to, used[c], i), ca_batch_has(from, used[c], row));
    ck_assert_int_eq(to->columns[CA_F_PAID].as.number[i], row);
    ck_assert_int_eq(to->columns[CA_F_SERVICE_DATE].as.date[i], (ca_date)row);
    ck_assert_uint_eq(to->columns[CA_F_CLAIM_TYPE].as.choice[i], row % 3);
    ck_assert(!whole || (to->origin[i].row == row && to->digest[i].low == row));
    ck_assert(!ca_batch_has(to, CA_F_PATIENT_ID, i) ||
              ca_text_eq(ca_batch_text(to, CA_F_PATIENT_ID, i), ca_batch_text(from, CA_F_PATIENT_ID, row)));
}

static void check_rest(ca_batch *to, uint32_t i, const ca_batch *from, uint32_t row)
{
    static const unsigned rest[] = {CA_F_LINE_NO, CA_F_CLAIM_ID};
    ck_assert_int_eq(ca_batch_select_rest(from, row, rest, 2, to, i), 0);
    ck_assert_int_eq(ca_batch_has(to, CA_F_LINE_NO, i), ca_batch_has(from, CA_F_LINE_NO, row));
    ck_assert_int_eq(ca_batch_has(to, CA_F_CLAIM_ID, i), ca_batch_has(from, CA_F_CLAIM_ID, row));
    ck_assert(!ca_batch_has(to, CA_F_LINE_NO, i) || to->columns[CA_F_LINE_NO].as.number[i] == row + 1);
    ck_assert(to->origin[i].row == row && to->digest[i].low == row);
}

/* Every other row, backwards, with some values missing; then fewer, whose bits must not be those of before. */
START_TEST(rows_are_selected)
{
    static const uint32_t counts[] = {MANY, 130, 64, 1, 0};
    ca_batch *from = make_many();
    ca_batch *to = NULL;
    uint32_t *rows = ca_alloc(MANY * sizeof *rows);
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    ck_assert_ptr_nonnull(rows);
    columns[CA_F_PAID] = columns[CA_F_SERVICE_DATE] = columns[CA_F_CLAIM_TYPE] = columns[CA_F_PATIENT_ID] = 1;
    columns[CA_F_CHARGE] = 1;    /* not used in `from` */
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        for (uint32_t i = 0; i < counts[k]; i++)
            rows[i] = from->rows - 1 - 2 * i;
        ck_assert_int_eq(k % 2 ? ca_batch_select_columns(from, rows, counts[k], columns, &to)
                               : ca_batch_select(from, rows, counts[k], columns, &to), 0);
        ck_assert_uint_eq(to->rows, counts[k]);
        ck_assert_uint_eq(to->capacity, MANY);
        for (uint32_t i = 0; i < MANY; i += i < 200 ? 1 : 61) {
            ck_assert(!ca_batch_has(to, CA_F_LINE_NO, i) && !ca_batch_has(to, CA_F_CHARGE, i));
            if (i < counts[k])
                check_selected(to, i, from, rows[i], k % 2 == 0);
            else
                ck_assert(!ca_bit(to->live, i) && !ca_batch_has(to, CA_F_PAID, i) && !ca_batch_has(to, CA_F_PATIENT_ID, i));
        }
        for (uint32_t i = 0; i < counts[k]; i += i < 200 ? 7 : 211)
            check_rest(to, i, from, rows[i]);
    }
    ca_batch_free(to);
    ca_batch_free(from);
    ca_free(rows);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, an_unused_column_is_missing);
    tcase_add_loop_test(tcase, every_column_at_every_capacity, 0, 8);
    tcase_add_test(tcase, clearing_leaves_no_bit);
    tcase_add_test(tcase, cutting_keeps_the_rows_before);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, elements_from_anywhere);
    tcase_add_test(tcase, a_pool_ends_at_four_billion);
    tcase_add_test(tcase, memory_runs_out);
    tcase_add_test(tcase, values_are_copied);
    tcase_add_test(tcase, rows_are_selected);
    tcase_add_test(tcase, growing_keeps_what_is_there);
    tcase_add_test(tcase, growing_without_memory_changes_nothing);
}

CA_CHECK_MAIN("claim/batch", add_tests)
