/* The table of entities: the same however they came, and the same from memory and from disk; failures end cleanly. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "score/table.h"
#include "score/table_inside.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/score_table.h"

#define ENTITIES 2500u

static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b;
}

/* The same entities, each with the same numbers, wherever it stands. */
static void check_same(ca_score_table *a, ca_score_table *b)
{
    static double x[2][ENTITIES], y[2][ENTITIES];
    static size_t places[ENTITIES];
    ca_error err = {0};
    ck_assert_uint_eq(ca_score_table_count(a), ca_score_table_count(b));
    size_t count = ca_score_table_count(a);
    for (size_t i = 0; i < count; i++) {
        size_t j;
        ck_assert_int_eq(ca_score_table_find(b, ca_score_table_id(a, i), &j), 0);
        places[i] = j;
        ck_assert(ca_text_eq(ca_score_table_specialty(a, i), ca_score_table_specialty(b, j)));
        ck_assert(ca_text_eq(ca_score_table_region(a, i), ca_score_table_region(b, j)));
        ck_assert_uint_eq(ca_score_table_claims(a, i), ca_score_table_claims(b, j));
        ck_assert_int_eq(ca_score_table_paid(a, i), ca_score_table_paid(b, j));
        ck_assert(ca_text_eq(ca_score_table_id(a, a->drawn[i]), ca_score_table_id(b, b->drawn[i])));
    }
    for (size_t feature = 0; feature < SCORE_FEATURES; feature++) {
        ck_assert_int_eq(ca_score_table_read(a, feature, 0, count, x[0], x[1], &err), 0);
        ck_assert_int_eq(ca_score_table_read(b, feature, 0, count, y[0], y[1], &err), 0);
        for (size_t i = 0; i < count; i++)
            ck_assert(same(x[0][i], y[0][places[i]]) && same(x[1][i], y[1][places[i]]));
    }
}

START_TEST(order_and_memory_do_not_matter)
{
    static const size_t memories[] = {1, 60000, 200000, 400000, 1u << 30};
    memdisk *mem = memdisk_new();
    ca_score_table *first = score_table_make(&(score_shape){.entities = ENTITIES, .seed = 3});
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        ca_score_table *other = score_table_make(&(score_shape){
            .entities = ENTITIES, .seed = 3, .stride = 7 + 2 * (unsigned)(i % 2), .memory = memories[i], .disk = memdisk_disk(mem), .folder = "."});
        ck_assert(i > 1 || memdisk_calls(mem, MEMDISK_WRITE) > 0);
        check_same(first, other);
        ca_score_table_free(other);
    }
    ca_text bytes;
    ck_assert(!memdisk_get(mem, "./score-provider-0", &bytes));
    ca_score_table_free(first);
    memdisk_free(mem);
}
END_TEST

START_TEST(reads_in_any_pieces)
{
    ca_score_table *table = score_table_make(&(score_shape){.entities = ENTITIES, .seed = 3});
    double all[2][ENTITIES], piece[2][1100];
    ca_error err;
    ck_assert_int_eq(ca_score_table_read(table, 1, 0, ENTITIES, all[0], all[1], &err), 0);
    for (size_t first = 0; first + 1100 <= ENTITIES; first += 173) {
        ck_assert_int_eq(ca_score_table_read(table, 1, first, 1100, piece[0], piece[1], &err), 0);
        for (size_t i = 0; i < 1100; i++)
            ck_assert(same(piece[0][i], all[0][first + i]) && same(piece[1][i], all[1][first + i]));
    }
    ca_score_table_free(table);
}
END_TEST

/* Some of them, in an order of their own: as they are in the whole table, whether that lies in memory or on disk. */
START_TEST(picks_some)
{
    static const size_t memories[] = {1, 200000, 1u << 30};
    memdisk *mem = memdisk_new();
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        uint32_t rows[CA_SCORE_BLOCK];
        ca_score_table *picked, *table = score_table_make(&(score_shape){
            .entities = ENTITIES, .seed = 3, .memory = memories[i], .disk = memdisk_disk(mem), .folder = "."});
        size_t left = table->memory;
        for (size_t count = 0; count <= CA_SCORE_BLOCK; count += CA_SCORE_BLOCK / 2) {
            for (size_t k = 0; k < count; k++)
                rows[k] = (uint32_t)((1 + k) * 1201 % ENTITIES);
            ck_assert_int_eq(ca_score_table_pick(table, rows, count, &picked, NULL), 0);
            ck_assert_uint_eq(ca_score_table_count(picked), count);
            for (size_t k = 0; k < count; k++) {
                ck_assert(ca_text_eq(ca_score_table_id(picked, k), ca_score_table_id(table, rows[k])));
                ck_assert(ca_text_eq(ca_score_table_region(picked, k), ca_score_table_region(table, rows[k])));
                ck_assert_uint_eq(ca_score_table_claims(picked, k), ca_score_table_claims(table, rows[k]));
                ck_assert_uint_eq(picked->entities[k].missing, table->entities[rows[k]].missing);
                for (size_t feature = 0; feature < SCORE_FEATURES; feature++) {
                    double a[2], b[2];
                    ck_assert_int_eq(ca_score_table_read(picked, feature, k, 1, &a[0], &a[1], NULL), 0);
                    ck_assert_int_eq(ca_score_table_read(table, feature, rows[k], 1, &b[0], &b[1], NULL), 0);
                    ck_assert(same(a[0], b[0]) && same(a[1], b[1]));
                }
            }
            ca_score_table_free(picked);
            ck_assert_uint_eq(table->memory, left);
        }
        ca_score_table_free(table);
    }
    memdisk_free(mem);
}
END_TEST

/* Of a spilled table each block is read once a column, however many of it are wanted. */
START_TEST(picks_with_few_reads)
{
    memdisk *mem = memdisk_new();
    uint32_t rows[CA_SCORE_BLOCK];
    ca_score_table *picked, *table = score_table_make(&(score_shape){
        .entities = ENTITIES, .seed = 3, .memory = 1, .disk = memdisk_disk(mem), .folder = "."});
    for (size_t k = 0; k < CA_SCORE_BLOCK; k++)
        rows[k] = (uint32_t)(k * 1201 % ENTITIES);
    uint64_t before = memdisk_calls(mem, MEMDISK_READ);
    ck_assert_int_eq(ca_score_table_pick(table, rows, CA_SCORE_BLOCK, &picked, NULL), 0);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_READ) - before, 3 * 2 * SCORE_FEATURES);
    ca_score_table_free(picked);
    ca_score_table_free(table);
    memdisk_free(mem);
}
END_TEST

/* Columns of what is calculated lie in a file, unless there is memory for them by then. */
START_TEST(lent_memory_is_used)
{
    static const double numbers[ENTITIES] = {1, 2, 3};
    const ca_matrix_shape shape = {.columns = 1, .rows = ENTITIES};
    for (size_t lent = 0; lent <= 4 * sizeof numbers; lent += 4 * sizeof numbers) {
        memdisk *mem = memdisk_new();
        ca_score_table *table = score_table_make(&(score_shape){
            .entities = ENTITIES, .seed = 3, .memory = 1, .disk = memdisk_disk(mem), .folder = "."});
        ca_matrix *matrix;
        uint64_t before = memdisk_calls(mem, MEMDISK_OPEN);
        ca_score_table_lend(table, lent);
        ck_assert_int_eq(ca_score_table_scratch(table, &shape, &matrix, NULL), 0);
        ck_assert_int_eq(ca_matrix_add(matrix, numbers, NULL), 0);
        ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_OPEN) - before, lent == 0);
        ca_matrix_free(matrix);
        ca_score_table_free(table);
        memdisk_free(mem);
    }
}
END_TEST

START_TEST(picking_that_fails)
{
    for (int what = 0; what < 2; what++) {
        int rc = -1;
        for (uint64_t n = 1; rc != 0; n++) {
            static const uint32_t rows[] = {2400, 3, 1100, 4};
            memdisk *mem = memdisk_new();
            ca_score_table *picked = NULL, *table = score_table_make(&(score_shape){
                .entities = ENTITIES, .seed = 3, .memory = 1, .disk = memdisk_disk(mem), .folder = "."});
            ca_error err = {0};
            size_t left = table->memory;
            if (what == 0)
                memdisk_fail(mem, MEMDISK_READ, n, true);
            else
                ca_alloc_fail(n, 0);
            rc = ca_score_table_pick(table, rows, 4, &picked, &err);
            ca_alloc_fail(0, 0);
            memdisk_fail(mem, MEMDISK_ANY, 0, false);
            ck_assert(n > 1 || rc < 0);
            ck_assert(rc == 0 ? picked != NULL : (picked == NULL && err.text[0]));
            ca_score_table_free(picked);
            ck_assert_uint_eq(table->memory, left);
            ca_score_table_free(table);
            memdisk_free(mem);
        }
    }
}
END_TEST

static ca_score_table *small_table(void)
{
    ca_score_table *table;
    ca_score_table_options options = {.kind = "pharmacy", .features = score_features, .feature_count = SCORE_FEATURES, .memory = 1 << 20};
    ck_assert_int_eq(ca_score_table_new(&options, &table, NULL), 0);
    return table;
}

static int add(ca_score_table *table, const char *id, double value, double exposure)
{
    ca_score_value values[SCORE_FEATURES];
    for (size_t i = 0; i < SCORE_FEATURES; i++)
        values[i] = (ca_score_value){value, exposure};
    return ca_score_table_add(table, &(ca_score_row){.id = ca_text_of(id), .values = values}, NULL);
}

START_TEST(what_is_no_number_is_missing)
{
    static const struct { double value, exposure; bool share, plain, least; } cases[] = {
        {.5, 10, true, true, true},      {NAN, 10, false, false, false},      {INFINITY, 10, false, false, false},
        {-INFINITY, 10, false, false, false}, {.5, 0, false, false, false},   {.5, -1, false, false, false},
        {.5, NAN, false, true, false},   {.5, INFINITY, false, false, false}, {1.5, 10, false, true, true},
        {-.5, 10, false, true, true},    {.5, 4.9, true, true, false},        {1e300, 10, false, true, true},
    };
    ca_score_table *table = small_table();
    size_t count = sizeof cases / sizeof *cases;
    for (size_t i = 0; i < count; i++) {
        char id[8];
        snprintf(id, sizeof id, "%02zu", i);
        ck_assert_int_eq(add(table, id, cases[i].value, cases[i].exposure), 0);
    }
    ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        double value, exposure;
        const bool known[] = {cases[i].share, cases[i].plain, cases[i].least};
        const size_t features[] = {0, 3, 4};
        for (size_t f = 0; f < 3; f++) {
            ck_assert_int_eq(ca_score_table_read(table, features[f], i, 1, &value, &exposure, NULL), 0);
            ck_assert_msg(isnan(value) == !known[f], "case %zu, feature %zu", i, features[f]);
            ck_assert(isnan(value) || fabs(value) <= 1e30);
        }
    }
    ca_score_table_free(table);
}
END_TEST

START_TEST(long_names_end_with_a_whole_character)
{
    char name[1 + 3 * 100];
    ca_error err;
    name[0] = 'x';
    for (size_t i = 1; i < sizeof name; i++)
        name[i] = "\xE5\x8C\x97"[(i - 1) % 3];
    for (size_t from = 0; from < 2; from++) {
        const ca_score_table_options options = {.kind = "provider", .memory = 1u << 20};
        const ca_score_row row = {.id = CA_TEXT("D1"), .specialty = {name, 255}, .region = {name + from, sizeof name - from}};
        ca_score_table *table;
        ck_assert_int_eq(ca_score_table_new(&options, &table, &err), 0);
        ck_assert_int_eq(ca_score_table_add(table, &row, &err), 0);
        ck_assert_int_eq(ca_score_table_finish(table, &err), 0);
        ck_assert_uint_eq(ca_score_table_specialty(table, 0).len, 255);    /* not cut: what it is, is not ours */
        ck_assert_uint_eq(ca_score_table_region(table, 0).len, from ? 255 : 253);
        ck_assert(ca_text_utf8_valid(ca_score_table_region(table, 0)));
        ca_score_table_free(table);
    }
}
END_TEST

START_TEST(an_id_comes_once)
{
    memdisk *mem = memdisk_new();
    for (int spilled = 0; spilled < 2; spilled++) {
        ca_score_table *table;
        ca_score_table_options options = {.kind = "pharmacy", .features = score_features, .feature_count = SCORE_FEATURES, .memory = 1,
                                          .disk = memdisk_disk(mem), .folder = spilled ? "." : NULL};
        ck_assert_int_eq(ca_score_table_new(&options, &table, NULL), 0);
        for (int i = 0; i < 150; i++) {
            char id[8];
            snprintf(id, sizeof id, "%03d", i % 149);
            ck_assert_int_eq(add(table, id, 1, 1), 0);
        }
        ca_error err;
        ck_assert_int_eq(ca_score_table_finish(table, &err), CA_CONFIG);
        ck_assert_ptr_nonnull(strstr(err.text, "pharmacy"));
        ca_score_table_free(table);
    }
    memdisk_free(mem);
}
END_TEST

START_TEST(finds_and_refuses)
{
    ca_score_table *table = small_table();
    size_t entity;
    ck_assert_int_eq(add(table, "", 1, 1), CA_CONFIG);
    ck_assert_int_eq(add(table, "b", 1, 1), 0);
    ck_assert_int_eq(add(table, "a", 1, 1), 0);
    ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
    ck_assert_int_eq(ca_score_table_find(table, CA_TEXT("b"), &entity), 0);
    ck_assert_uint_eq(entity, 0);
    ck_assert_int_eq(ca_score_table_find(table, CA_TEXT("aa"), &entity), CA_END);
    ck_assert_int_eq(ca_score_table_find(table, CA_TEXT("c"), &entity), CA_END);
    ck_assert_str_eq(ca_score_table_kind(table), "pharmacy");
    ca_score_table_free(table);
    ca_error err;
    ca_score_table_options many = {.kind = "x", .features = score_features, .feature_count = CA_SCORE_FEATURES + 1};
    ck_assert_int_eq(ca_score_table_new(&many, &table, &err), CA_LIMIT);
}
END_TEST

/* Ids that begin alike, that end where others go on, and that differ far behind. */
START_TEST(rows_come_in_order_of_id)
{
    static const char *const starts[] = {"", "P", "P000000", "P000000000000000", "Q"};
    for (size_t from = 0; from < 2; from++) {      /* with and without an id that begins like no other */
        ca_score_table *table = small_table();
        uint64_t state = 9;
        uint32_t rows[600];
        size_t count = 0;
        for (; count < 600; count++) {
            char id[64];
            const char *start = starts[from ? 2 + (count & 1) : (size_t)(score_random(&state) * 5)];
            snprintf(id, sizeof id, count % 5 ? "%s%03zu" : "%s%03zu\xff", start, count * 7 % 600);
            ck_assert_int_eq(add(table, id, 1, 1), 0);
            rows[count] = (uint32_t)count;
        }
        ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
        ck_assert_int_eq(ca_score_order_by_id(table, rows, count, NULL), 0);
        for (size_t i = 1; i < count; i++)
            ck_assert_int_lt(ca_text_cmp(ca_score_table_id(table, rows[i - 1]), ca_score_table_id(table, rows[i])), 0);
        ca_score_table_free(table);
    }
}
END_TEST

START_TEST(nobody_is_a_table_too)
{
    memdisk *mem = memdisk_new();
    ca_score_table *table = score_table_make(&(score_shape){.entities = 0, .memory = 1, .disk = memdisk_disk(mem), .folder = "."});
    ck_assert_uint_eq(ca_score_table_count(table), 0);
    ca_score_table_free(table);
    memdisk_free(mem);
}
END_TEST

START_TEST(disks_and_memory_that_fail)
{
    for (int what = 0; what < 2; what++) {
        int rc = -1;
        for (uint64_t n = 1; rc != 0; n++) {
            memdisk *mem = memdisk_new();
            ca_score_table *table = NULL;
            ca_error err = {0};
            if (what == 0)
                memdisk_fail(mem, MEMDISK_ANY, n, true);
            else
                ca_alloc_fail(n, 0);
            rc = score_table_try(&(score_shape){.entities = 200, .seed = 1, .memory = 9000, .disk = memdisk_disk(mem), .folder = "."}, &table, &err);
            ca_alloc_fail(0, 0);
            memdisk_fail(mem, MEMDISK_ANY, 0, false);
            ck_assert(rc == 0 ? table != NULL : (table == NULL && err.text[0]));
            ck_assert(rc == 0 || rc == (what == 0 ? CA_FAIL : CA_NOMEM));
            ca_score_table_free(table);
            memdisk_free(mem);
            if (what == 0 && rc != 0)
                n += 20;
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, order_and_memory_do_not_matter);
    tcase_add_test(tcase, reads_in_any_pieces);
    tcase_add_test(tcase, picks_some);
    tcase_add_test(tcase, picks_with_few_reads);
    tcase_add_test(tcase, picking_that_fails);
    tcase_add_test(tcase, lent_memory_is_used);
    tcase_add_test(tcase, what_is_no_number_is_missing);
    tcase_add_test(tcase, long_names_end_with_a_whole_character);
    tcase_add_test(tcase, an_id_comes_once);
    tcase_add_test(tcase, finds_and_refuses);
    tcase_add_test(tcase, rows_come_in_order_of_id);
    tcase_add_test(tcase, nobody_is_a_table_too);
    tcase_add_test(tcase, disks_and_memory_that_fail);
}

CA_CHECK_MAIN("score/table", add_tests)
