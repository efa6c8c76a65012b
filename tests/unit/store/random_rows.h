/* Random claim lines with columns of every type for the tests of this room, and when two lines are
 * the same, whatever batch and dictionary they lie in. */
#ifndef CA_TESTS_STORE_RANDOM_ROWS_H
#define CA_TESTS_STORE_RANDOM_ROWS_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "claim/batch.h"
#include "claim/codes.h"
#include "claim/value.h"
#include "unit/store/random.h"

/* Every type is among them. */
static const unsigned random_columns[] = {
    CA_F_CLAIM_ID,
    CA_F_CLAIM_PART,
    CA_F_CLAIM_TYPE,
    CA_F_PATIENT_ID,
    CA_F_DIAGNOSES,
    CA_F_CARE_MODE,
    CA_F_LINE_NO,
    CA_F_SERVICE_DATE,
    CA_F_PROCEDURE,
    CA_F_MODIFIERS,
    CA_F_UNITS,
    CA_F_PAID,
    CA_F_RENDERING_PROVIDER_ID,
    CA_F_ELIGIBILITY,
};

enum { RANDOM_COLUMNS = sizeof random_columns / sizeof *random_columns };

typedef struct random_world {
    ca_schema schema;
    ca_codes codes;
    ca_arena arena;
    uint64_t state;
} random_world;

/* Two systems per family, declared in another order for another `turn`: ids differ. */
static inline void random_world_init(random_world *world, uint64_t seed, unsigned turn)
{
    static const ca_system systems[] = {
        {.name = "icd10", .family = "diagnosis"}, {.name = "icd9", .family = "diagnosis"},
        {.name = "hcpcs", .family = "procedure"}, {.name = "house", .family = "procedure"},
        {.name = "mod", .family = "modifier"},
    };
    uint8_t system;
    memset(world, 0, sizeof *world);
    ca_schema_init(&world->schema);
    ca_arena_init(&world->arena);
    ca_codes_init(&world->codes, &world->arena);
    world->state = seed;
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_int_eq(
            ca_codes_add_system(&world->codes, &systems[(i + turn) % 5], &system, NULL), 0);
    }
}

static inline void random_world_done(random_world *world)
{
    ca_codes_done(&world->codes);
    ca_arena_done(&world->arena);
}

static inline uint32_t random_code(random_world *world, const char *const *systems)
{
    uint8_t system;
    char text[16];
    uint32_t id;
    const char *name = systems[random_below(&world->state, 2)];
    int len = snprintf(text, sizeof text, "V%04u", (unsigned)random_below(&world->state, 40));
    ck_assert(ca_codes_find_system(&world->codes, ca_text_of(name), &system));
    ck_assert_int_eq(ca_codes_put(&world->codes, system, (ca_text){text, (size_t)len}, &id), 0);
    return id;
}

static inline ca_slice random_codes(random_world *world, ca_batch *batch,
                                    const char *const *systems)
{
    uint32_t ids[5];
    ca_slice slice;
    size_t count = random_below(&world->state, 5); /* also none */
    for (size_t i = 0; i < count; i++) {
        ids[i] = random_code(world, systems);
    }
    ck_assert_int_eq(ca_batch_add_codes(batch, ids, count, &slice), 0);
    return slice;
}

static inline ca_slice random_text(random_world *world, ca_batch *batch, const char *stem,
                                   unsigned choices)
{
    char text[64];
    ca_slice slice;
    int len =
        snprintf(text, sizeof text, "%s%u", stem, (unsigned)random_below(&world->state, choices));
    if (random_below(&world->state, 30) == 0) {
        len = 0; /* empty, but not missing */
    }
    ck_assert_int_eq(ca_batch_add_bytes(batch, (ca_text){text, (size_t)len}, &slice), 0);
    return slice;
}

static inline ca_slice random_intervals(random_world *world, ca_batch *batch)
{
    ca_interval items[3];
    ca_slice slice;
    size_t count = random_below(&world->state, 4);
    for (size_t i = 0; i < count; i++) {
        items[i].from = (ca_date)random_below(&world->state, 20000);
        items[i].to = random_below(&world->state, 2) ? CA_DATE_MAX : items[i].from + 30;
    }
    ck_assert_int_eq(ca_batch_add_intervals(batch, items, count, &slice), 0);
    return slice;
}

static inline int64_t random_number(random_world *world)
{
    switch (random_below(&world->state, 6)) {
    case 0:
        return INT64_MIN;
    case 1:
        return INT64_MAX;
    case 2:
        return (int64_t)random_next(&world->state);
    default:
        return (int64_t)random_below(&world->state, 5000000);
    }
}

static inline void random_value(random_world *world, ca_batch *batch, unsigned column, unsigned row)
{
    static const char *const diagnosis[] = {"icd10", "icd9"};
    static const char *const procedure[] = {"hcpcs", "house"};
    static const char *const modifier[] = {"mod", "mod"};
    ca_column *to = &batch->columns[column];
    switch (column) {
    case CA_F_CLAIM_TYPE:
        to->as.choice[row] = (uint8_t)random_below(&world->state, CA_CLAIM_TYPES);
        break;
    case CA_F_CLAIM_PART:
    case CA_F_LINE_NO:
        to->as.number[row] = (int64_t)random_below(&world->state, 4);
        break;
    case CA_F_UNITS:
    case CA_F_PAID:
        to->as.number[row] = random_number(world);
        break;
    case CA_F_SERVICE_DATE:
        to->as.date[row] = (ca_date)(19000 + random_below(&world->state, 20));
        break;
    case CA_F_PROCEDURE:
        to->as.code[row] = random_code(world, procedure);
        break;
    case CA_F_DIAGNOSES:
        to->as.slice[row] = random_codes(world, batch, diagnosis);
        break;
    case CA_F_MODIFIERS:
        to->as.slice[row] = random_codes(world, batch, modifier);
        break;
    case CA_F_ELIGIBILITY:
        to->as.slice[row] = random_intervals(world, batch);
        break;
    default:
        to->as.slice[row] =
            random_text(world, batch, ca_fields[column].name, column == CA_F_PATIENT_ID ? 50 : 9);
        break;
    }
    ca_bit_set(to->present, row);
}

/* Appends so many rows; each value is missing once in `missing` times (0 = never). */
static inline void random_rows(random_world *world, ca_batch *batch, unsigned rows,
                               unsigned missing)
{
    for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
        ck_assert_int_eq(ca_batch_use(batch, random_columns[i]), 0);
    }
    for (unsigned i = 0; i < rows; i++) {
        unsigned row = batch->rows++;
        for (unsigned j = 0; j < RANDOM_COLUMNS; j++) {
            if (missing == 0 || random_below(&world->state, missing) != 0) {
                random_value(world, batch, random_columns[j], row);
            }
        }
        batch->origin[row] = (ca_origin){(uint32_t)random_below(&world->state, 3), 100 + row % 7,
                                         row + 2, (uint64_t)row << 33};
        batch->digest[row] =
            (ca_digest){random_below(&world->state, 3), random_below(&world->state, 3)};
        if (random_below(&world->state, 4) != 0) {
            ca_bit_set(batch->live, row);
        }
    }
}

static inline bool same_value(const ca_batch *a, const ca_codes *codes_a, unsigned row_a,
                              const ca_batch *b, const ca_codes *codes_b, unsigned row_b,
                              unsigned column)
{
    bool present = ca_batch_has(a, column, row_a);
    if (present != ca_batch_has(b, column, row_b)) {
        return false;
    }
    if (!present) {
        return true;
    }
    ca_buf text_a, text_b;
    ca_buf_init(&text_a);
    ca_buf_init(&text_b);
    ca_value value_a = ca_value_of(a, column, row_a);
    ca_value value_b = ca_value_of(b, column, row_b);
    ca_value_print(&value_a, codes_a, &text_a);
    ca_value_print(&value_b, codes_b, &text_b);
    bool same = ca_text_eq(ca_buf_text(&text_a), ca_buf_text(&text_b));
    if (value_a.type == CA_TYPE_CODE) { /* the system is not printed */
        same = same &&
               strcmp(codes_a->systems[ca_codes_system_of(codes_a, value_a.as.code)].name,
                      codes_b->systems[ca_codes_system_of(codes_b, value_b.as.code)].name) == 0;
    }
    ca_buf_done(&text_a);
    ca_buf_done(&text_b);
    return same;
}

static inline bool same_origin(ca_origin a, ca_origin b)
{
    return a.file == b.file && a.length == b.length && a.row == b.row && a.offset == b.offset;
}

/* All random columns, provenance, digest and live bit. */
static inline bool same_row(const ca_batch *a, const ca_codes *codes_a, unsigned row_a,
                            const ca_batch *b, const ca_codes *codes_b, unsigned row_b)
{
    if (!same_origin(a->origin[row_a], b->origin[row_b]) ||
        ca_digest_cmp(a->digest[row_a], b->digest[row_b]) != 0 ||
        ca_bit(a->live, row_a) != ca_bit(b->live, row_b)) {
        return false;
    }
    for (unsigned i = 0; i < RANDOM_COLUMNS; i++) {
        if (!same_value(a, codes_a, row_a, b, codes_b, row_b, random_columns[i])) {
            return false;
        }
    }
    return true;
}

#endif
