/* A batch of random lines, with all that the claim exchange wants to know of them. */
#ifndef LINES_FIXTURE_H
#define LINES_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "claim/value.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

#define ROWS 150u

static night n;
static ca_scan_state scan;
static ca_run_file file = {.from_supplied = true};
static uint64_t claim_hash[ROWS];
static uint16_t row_lines[ROWS];
static ca_batch *other;
static uint64_t state;

/* One column of every type; the first half is the claim's. */
static const unsigned columns[] = {CA_F_CLAIM_PAID, CA_F_FROM_DATE, CA_F_PRINCIPAL_DIAGNOSIS, CA_F_OTHER_DIAGNOSES,
                                   CA_F_SEX,        CA_F_PATIENT_ID, CA_F_ELIGIBILITY,        CA_F_UNITS,
                                   CA_F_SERVICE_DATE, CA_F_PROCEDURE, CA_F_MODIFIERS,         CA_F_RENDERING_PROVIDER_ID};
#define COUNT (sizeof columns / sizeof *columns)

/* What all lines of a record share besides the columns, with their sizes. */
static const struct {
    unsigned column;
    size_t size;
} shared[] = {{CA_F_CLAIM_ID, sizeof(ca_slice)}, {CA_F_CLAIM_TYPE, 1},           {CA_F_CLAIM_PART, 8}, {CA_F_PAID_DATE, 4},
              {CA_F_RECEIVED_DATE, 4},           {CA_F_CLAIM_VERSION, 8}, {CA_F_CLAIM_STATUS, 1}};

static inline unsigned upto(unsigned most)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 40) % (most + 1);
}

static inline void setup(void)
{
    static const unsigned keys[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PAID_DATE,
                                    CA_F_RECEIVED_DATE, CA_F_CLAIM_VERSION, CA_F_CLAIM_STATUS};
    night_init(&n);
    memset(&scan, 0, sizeof scan);
    scan.setup = &scan.own_setup;
    night_setup(&n, scan.setup);
    const ca_schema *schema = &scan.setup->schema;
    scan.options = &n.options;
    scan.arena = &n.arena;
    scan.files = &file;
    scan.claim_hash = claim_hash;
    scan.row_lines = row_lines;
    scan.of_unit = ca_arena_array(&n.arena, schema->count, 1);
    scan.of_lines = ca_arena_array(&n.arena, schema->count, 1);
    scan.batch = ca_batch_new(schema, ROWS);
    other = ca_batch_new(schema, 2 * CA_BUNDLE_LINES);
    for (size_t i = 0; i < COUNT; i++) {
        (schema->columns[columns[i]].level == CA_LEVEL_LINE ? scan.of_lines : scan.of_unit)[columns[i]] = 1;
        ck_assert_int_eq(ca_batch_use(scan.batch, columns[i]), 0);
        ck_assert_int_eq(ca_batch_use(other, columns[i]), 0);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        ck_assert_int_eq(ca_batch_use(scan.batch, keys[i]), 0);
    }
    ck_assert_int_eq(ca_exchange_new(n.options.disk, "exchange", &scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_projections_new(&scan, NULL), 0);
    ca_buf_init(&scan.bytes);
    ca_buf_init(&scan.more_bytes);
}

static inline void teardown(void)
{
    ca_exchange_free(scan.exchange);
    ca_batch_free(scan.batch);
    ca_batch_free(other);
    ca_buf_done(&scan.bytes);
    ca_buf_done(&scan.more_bytes);
    ca_setup_done(scan.setup);
    night_done(&n);
}

static inline void fill_slice(ca_batch *batch, ca_type type, ca_slice *slice)
{
    uint32_t codes[300];
    ca_interval spans[300];
    char text[300];
    unsigned count = upto(50) ? upto(5) : 250 + upto(50);    /* around what has a place in a byte */
    memset(text, 'a' + (int)upto(20), sizeof text);
    for (unsigned i = 0; i < count; i++) {
        codes[i] = upto(1000);
        spans[i] = (ca_interval){(ca_date)upto(100), (ca_date)upto(200)};
    }
    int rc = type == CA_TYPE_CODES       ? ca_batch_add_codes(batch, codes, count, slice)
             : type == CA_TYPE_INTERVALS ? ca_batch_add_intervals(batch, spans, count, slice)
                                         : ca_batch_add_bytes(batch, (ca_text){text, count}, slice);
    ck_assert_int_eq(rc, 0);
}

static inline void fill(ca_batch *batch, unsigned column, unsigned row)
{
    ca_column *to = &batch->columns[column];
    if (upto(3) == 0) {
        return;
    }
    ca_bit_set(to->present, row);
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        to->as.number[row] = (int64_t)upto(1000000) * 1000003 - 500000;
        break;
    case CA_TYPE_DATE:
        to->as.date[row] = (ca_date)upto(20000);
        break;
    case CA_TYPE_CODE:
        to->as.code[row] = upto(1000);
        break;
    case CA_TYPE_ENUM:
        to->as.choice[row] = (uint8_t)upto(2);
        break;
    case CA_TYPE_CODES:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        fill_slice(batch, batch->schema->columns[column].type, &to->as.slice[row]);
        break;
    }
}

/* Offsets on both sides of what the short form of a head can hold. */
static const uint64_t places[] = {0, UINT32_MAX, (UINT64_C(1) << 48) - 1, UINT64_C(1) << 48};

static inline void set_number(unsigned column, unsigned row, int64_t value)
{
    scan.batch->columns[column].as.number[row] = value;
    ca_bit_set(scan.batch->columns[column].present, row);
}

static inline void set_date(unsigned column, unsigned row)
{
    if (upto(1)) {
        scan.batch->columns[column].as.date[row] = (ca_date)upto(20000) - 10000;
        ca_bit_set(scan.batch->columns[column].present, row);
    }
}

/* What settles versions: mostly small and absent, as records like it, sometimes not. */
static inline void fill_head(unsigned row)
{
    bool odd = upto(3) == 0;
    scan.batch->origin[row] = (ca_origin){.file = 0, .row = row + 2, .offset = row * 10, .length = 9};
    set_number(CA_F_LINE_NO, row, row + 1);
    set_number(CA_F_CLAIM_PART, row, 1);
    set_date(CA_F_PAID_DATE, row);
    scan.batch->columns[CA_F_CLAIM_STATUS].as.choice[row] = (uint8_t)upto(4);
    ca_bit_set(scan.batch->columns[CA_F_CLAIM_STATUS].present, row);
    if (!odd) {
        return;
    }
    switch (upto(6)) {
    case 0:
        set_number(CA_F_LINE_NO, row, (int64_t)upto(3) * 65535 - 65535);
        break;
    case 1:
        set_number(CA_F_CLAIM_PART, row, upto(3));
        break;
    case 2:
        set_number(CA_F_CLAIM_VERSION, row, upto(3));
        break;
    case 3:
        set_date(CA_F_RECEIVED_DATE, row);
        break;
    case 4:
        scan.batch->origin[row].offset = UINT64_C(0x0123456789ABCDEF) >> upto(32);
        break;
    case 5:
        scan.batch->origin[row].length = 65000 + upto(2000);
        break;
    default:
        row_lines[row] = (uint16_t)(200 + upto(100));
        break;
    }
}

/* Some rows repeat the claim's values of the row before, in the same places. */
static inline void fill_row(unsigned row)
{
    ca_batch *batch = scan.batch;
    row_lines[row] = (uint16_t)(1 + upto(9));
    bool repeated = row > 0 && upto(1);
    claim_hash[row] = repeated || (row > 0 && upto(3) == 0) ? claim_hash[row - 1] : upto(3) * UINT64_C(0x4000000000000001);
    for (size_t i = 0; i < COUNT; i++) {
        bool of_unit = scan.of_unit[columns[i]] != 0;
        if (!repeated || !of_unit) {
            fill(batch, columns[i], row);
            continue;
        }
        ca_column *column = &batch->columns[columns[i]];
        for (unsigned p = 0; p < scan.unit_columns.count; p++) {
            const ca_projected *projected = &scan.unit_columns.columns[p];
            size_t size = projected->size ? projected->size : sizeof(ca_slice);
            if (projected->column == columns[i] && ca_batch_has(batch, columns[i], row - 1)) {
                memcpy((char *)column->as.any + row * size, (char *)column->as.any + (row - 1) * size, size);
                ca_bit_set(column->present, row);
            }
        }
    }
    fill_head(row);
    ck_assert_int_eq(ca_batch_add_bytes(batch, CA_TEXT("K1"), &batch->columns[CA_F_CLAIM_ID].as.slice[row]), 0);
    ca_bit_set(batch->columns[CA_F_CLAIM_ID].present, row);
    batch->digest[row] = (ca_digest){upto(1000), upto(1000)};
    batch->origin[row] = (ca_origin){.file = 0, .row = row + 2, .offset = places[row % 4], .length = 9};
    row_lines[row] = (uint16_t)upto(9);
    if (upto(3)) {
        ca_bit_set(batch->live, row);
    }
    batch->rows = row + 1;
}

static inline bool equal_at(unsigned column, unsigned row, unsigned at)
{
    ca_value a = ca_value_of(scan.batch, column, row);
    ca_value b = ca_value_of(other, column, at);
    if (a.present != b.present || !a.present) {
        return a.present == b.present;
    }
    switch (a.type) {
    case CA_TYPE_CODES:
        return a.as.codes.count == b.as.codes.count &&
               (a.as.codes.count == 0 || memcmp(a.as.codes.ids, b.as.codes.ids, a.as.codes.count * sizeof(uint32_t)) == 0);
    case CA_TYPE_INTERVALS:
        return a.as.intervals.count == b.as.intervals.count &&
               (a.as.intervals.count == 0 || memcmp(a.as.intervals.items, b.as.intervals.items,
                                                    a.as.intervals.count * sizeof(ca_interval)) == 0);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_text_eq(a.as.text, b.as.text);
    case CA_TYPE_DATE:
        return a.as.date == b.as.date;
    case CA_TYPE_CODE:
        return a.as.code == b.as.code;
    case CA_TYPE_ENUM:
        return a.as.choice == b.as.choice;
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return scan.batch->columns[column].as.number[row] == other->columns[column].as.number[at];
    }
    return false;
}

static inline bool equal(unsigned column, unsigned row)
{
    return equal_at(column, row, 0);
}

static inline bool same_number(unsigned column, unsigned row, int64_t value, int64_t missing)
{
    bool present = ca_batch_has(scan.batch, column, row);
    return value == (present ? scan.batch->columns[column].as.number[row] : missing);
}

static inline bool same_date(unsigned column, unsigned row, ca_date value)
{
    bool present = ca_batch_has(scan.batch, column, row);
    return value == (present ? scan.batch->columns[column].as.date[row] : CA_DATE_MIN - 1);
}

static inline void check_head(const ca_line_head *head, unsigned row)
{
    const ca_origin *origin = &scan.batch->origin[row];
    ck_assert_int_eq(head->record, CA_RECORD_LINE);
    ck_assert_int_eq(head->row_lines, row_lines[row]);
    ck_assert(ca_digest_cmp(head->digest, scan.batch->digest[row]) == 0);
    ck_assert(head->origin.file == origin->file && head->origin.row == origin->row &&
              head->origin.offset == origin->offset && head->origin.length == origin->length);
    ck_assert(same_number(CA_F_LINE_NO, row, head->line_no, 1));
    ck_assert(same_number(CA_F_CLAIM_PART, row, head->claim_part, 1));
    ck_assert(same_number(CA_F_CLAIM_VERSION, row, head->version, INT64_MIN));
    ck_assert(same_date(CA_F_PAID_DATE, row, head->paid) && same_date(CA_F_RECEIVED_DATE, row, head->received));
    ck_assert_int_eq(head->status, scan.batch->columns[CA_F_CLAIM_STATUS].as.choice[row]);
    ck_assert_int_eq(head->live, ca_bit(scan.batch->live, row));
    ck_assert(head->from_supplied);
}

#endif
