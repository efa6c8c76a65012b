/* Tests of run/exchange_line.c, bundle_put.c and bundle_take.c: what goes into a record comes out again. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "claim/value.h"
#include "run/several.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

#define ROWS 150u

static night n;
static ca_scan_state scan;
static ca_several several = {.first_number = 6400};
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

static unsigned upto(unsigned most)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 40) % (most + 1);
}

static void setup(void)
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

static void teardown(void)
{
    ca_exchange_free(scan.exchange);
    ca_batch_free(scan.batch);
    ca_batch_free(other);
    ca_buf_done(&scan.bytes);
    ca_buf_done(&scan.more_bytes);
    ca_setup_done(scan.setup);
    night_done(&n);
}

static void fill_slice(ca_batch *batch, ca_type type, ca_slice *slice)
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

static void fill(ca_batch *batch, unsigned column, unsigned row)
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

static void set_number(unsigned column, unsigned row, int64_t value)
{
    scan.batch->columns[column].as.number[row] = value;
    ca_bit_set(scan.batch->columns[column].present, row);
}

static void set_date(unsigned column, unsigned row)
{
    if (upto(1)) {
        scan.batch->columns[column].as.date[row] = (ca_date)upto(20000) - 10000;
        ca_bit_set(scan.batch->columns[column].present, row);
    }
}

/* What settles versions: mostly small and absent, as records like it, sometimes not. */
static void fill_head(unsigned row)
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
static void fill_row(unsigned row)
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

static bool equal_at(unsigned column, unsigned row, unsigned at)
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

static bool equal(unsigned column, unsigned row)
{
    return equal_at(column, row, 0);
}

static bool same_number(unsigned column, unsigned row, int64_t value, int64_t missing)
{
    bool present = ca_batch_has(scan.batch, column, row);
    return value == (present ? scan.batch->columns[column].as.number[row] : missing);
}

static bool same_date(unsigned column, unsigned row, ca_date value)
{
    bool present = ca_batch_has(scan.batch, column, row);
    return value == (present ? scan.batch->columns[column].as.date[row] : CA_DATE_MIN - 1);
}

static void check_head(const ca_line_head *head, unsigned row)
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

/* One record, with the claim's id and columns of this or of an earlier one. */
static void check_record(const ca_exchange_record *record, ca_text *unit, unsigned *repeats)
{
    ca_line_head head;
    const uint8_t *at = ca_take_head(record->bytes, &head);
    unsigned row = (unsigned)head.origin.row - 2;
    ck_assert_uint_lt(row, ROWS);
    check_head(&head, row);
    if (head.unit_repeats) {
        ck_assert(head.id_length == 0 && head.unit_length == 0 && unit->ptr != NULL);
        (*repeats)++;
    } else {
        ck_assert(head.id_length == 2 && memcmp(at, "K1", 2) == 0);
        *unit = (ca_text){(const char *)at + 2, head.unit_length};
    }
    const uint8_t *of_line = at + head.id_length + head.unit_length;
    ca_batch_clear(other);
    other->rows = 1;
    ck_assert_int_eq(ca_take_columns(&scan.unit_columns, (const uint8_t *)unit->ptr, unit->len, other, 0, NULL), 0);
    ck_assert_int_eq(ca_take_columns(&scan.line_columns, of_line,
                                     (size_t)(record->bytes + record->len - of_line), other, 0, NULL), 0);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_msg(equal(columns[i], row), "%s of row %u", scan.setup->schema.columns[columns[i]].name, row);
    }
}

START_TEST(lines_come_back_as_they_were)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    unsigned records = 0, repeats = 0;
    state = (uint64_t)_i;
    for (unsigned row = 0; row < ROWS; row++) {
        fill_row(row);
    }
    for (unsigned row = 0; row < ROWS; row++) {
        ck_assert_int_eq(ca_put_line(&scan, row, NULL), 0);
    }
    ck_assert_int_eq(ca_exchange_finish(scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(scan.exchange, 0, &reader, NULL), 0);
    while (ca_exchange_next(reader, &group, NULL) == 0) {
        ca_text unit = {0};
        for (size_t i = 0; i < group.count; i++, records++) {
            check_record(&group.records[i], &unit, &repeats);
        }
    }
    ca_exchange_reader_free(reader);
    ck_assert_uint_eq(records, ROWS);
    ck_assert_uint_gt(repeats, 5);
}
END_TEST

START_TEST(a_record_that_is_cut_is_refused)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ca_error err = {0};
    ca_line_head head;
    state = 5;
    fill_row(0);
    ck_assert_int_eq(ca_put_line(&scan, 0, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(scan.exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), 0);
    const uint8_t *unit = ca_take_head(group.records[0].bytes, &head) + 2;
    for (size_t len = 0; len < head.unit_length; len++) {
        ca_batch_clear(other);
        other->rows = 1;
        ck_assert_int_eq(ca_take_columns(&scan.unit_columns, unit, len, other, 0, &err), CA_FAIL);
        ck_assert_str_eq(err.text, "damaged record in a temporary file");
    }
    ca_exchange_reader_free(reader);
}
END_TEST

/* --- Lines that lie together ------------------------------------------------------------------------------ */

static void repeat_value(unsigned column, unsigned row)
{
    ca_column *of = &scan.batch->columns[column];
    size_t size = 0;
    for (unsigned p = 0; p < scan.unit_columns.count + scan.line_columns.count; p++) {
        const ca_projected *projected = p < scan.unit_columns.count ? &scan.unit_columns.columns[p]
                                                                    : &scan.line_columns.columns[p - scan.unit_columns.count];
        size = projected->column == column ? projected->size ? projected->size : sizeof(ca_slice) : size;
    }
    if (ca_batch_has(scan.batch, column, row - 1)) {
        memcpy((char *)of->as.any + row * size, (char *)of->as.any + (row - 1) * size, size);
        ca_bit_set(of->present, row);
    }
}

/* The next line of a claim, of which nothing but its line columns differs; some of these repeat, and some are small. */
static void follow_row(unsigned row)
{
    ca_batch *batch = scan.batch;
    const ca_origin *before = &batch->origin[row - 1];
    claim_hash[row] = claim_hash[row - 1];
    row_lines[row] = 1;
    for (size_t i = 0; i < COUNT; i++) {
        if (scan.of_unit[columns[i]] || upto(1)) {
            repeat_value(columns[i], row);
        } else {
            fill(batch, columns[i], row);
        }
        if (columns[i] == CA_F_UNITS && upto(1)) {
            set_number(CA_F_UNITS, row, upto(100000));
        }
    }
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        ca_column *of = &batch->columns[shared[i].column];
        if (ca_batch_has(batch, shared[i].column, row - 1)) {
            memcpy((char *)of->as.any + row * shared[i].size, (char *)of->as.any + (row - 1) * shared[i].size, shared[i].size);
            ca_bit_set(of->present, row);
        }
    }
    int64_t line_no = batch->columns[CA_F_LINE_NO].as.number[row - 1];
    set_number(CA_F_LINE_NO, row, line_no > UINT16_MAX ? 1 : line_no + 1 + upto(3));
    batch->digest[row] = (ca_digest){upto(1000), upto(1000)};
    batch->origin[row] = (ca_origin){.row = before->row + 1, .offset = before->offset + before->length + 2, .length = upto(65535)};
    if (ca_bit(batch->live, row - 1)) {
        ca_bit_set(batch->live, row);
    }
    batch->rows = row + 1;
}

/* Breaks what makes the last row a neighbour of the one before it, in one way of many. */
static bool break_off(unsigned row)
{
    ca_batch *batch = scan.batch;
    switch (upto(11)) {
    case 0:
        batch->origin[row].offset += 300;
        return true;
    case 1:
        batch->origin[row].length = UINT16_MAX + 1;
        return true;
    case 2:
        row_lines[row] = 2;
        return true;
    case 3:
        set_number(CA_F_LINE_NO, row, batch->columns[CA_F_LINE_NO].as.number[row - 1]);
        return true;
    case 4:
        batch->live[row / 64] ^= UINT64_C(1) << row % 64;
        return true;
    case 5:
        set_number(CA_F_CLAIM_VERSION, row, 7);
        return true;
    case 6:
        batch->columns[CA_F_PAID_DATE].present[row / 64] ^= UINT64_C(1) << row % 64;
        return true;
    case 7:
        set_number(CA_F_LINE_NO, row, UINT16_MAX + INT64_C(1));
        return true;
    case 8:
        batch->columns[CA_F_PATIENT_ID].present[row / 64] ^= UINT64_C(1) << row % 64;
        return true;
    default:
        return false;
    }
}

static unsigned check_columns(const ca_bundle *bundle, unsigned row, uint64_t wanted, unsigned to)
{
    unsigned count = 0;
    other->rows = other->capacity;
    ca_batch_clear(other);
    ck_assert_int_eq(ca_take_lines(&scan.line_columns, bundle->columns, bundle->columns_length, bundle->lines, wanted, other,
                                   to, NULL), 0);
    for (unsigned line = 0; line < bundle->lines; line++) {
        for (size_t i = 0; wanted >> line & 1 && i < COUNT; i++) {
            ck_assert_msg(scan.of_unit[columns[i]] || equal_at(columns[i], row + line, to + count), "%s of row %u, %u of %u lines",
                          scan.setup->schema.columns[columns[i]].name, row + line, line, bundle->lines);
        }
        count += (unsigned)(wanted >> line & 1);
    }
    return count;
}

static void check_bundle(const ca_exchange_record *record)
{
    ca_line_head heads[CA_BUNDLE_LINES];
    ca_bundle bundle;
    ck_assert_int_eq(ca_open_bundle(record, &bundle, NULL), 0);
    ck_assert_uint_le(bundle.lines, CA_BUNDLE_LINES);
    ck_assert(ca_text_eq(bundle.claim_id, CA_TEXT("K1")));
    unsigned row = (unsigned)(bundle.number - several.first_number);
    ca_bundle_heads(&bundle, heads);
    for (unsigned i = 0; i < bundle.lines; i++) {
        check_head(&heads[i], row + i);
        ca_batch_clear(other);
        other->rows = 1;
        ck_assert_int_eq(ca_take_columns(&scan.unit_columns, bundle.unit, bundle.unit_length, other, 0, NULL), 0);
        for (size_t c = 0; c < COUNT; c++) {
            ck_assert(!scan.of_unit[columns[c]] || equal_at(columns[c], row + i, 0));
        }
        (void)check_columns(&bundle, row, UINT64_C(1) << i, upto(CA_BUNDLE_LINES));
    }
    uint64_t all = UINT64_MAX >> (64 - bundle.lines);
    (void)check_columns(&bundle, row, all, upto(CA_BUNDLE_LINES));
    uint64_t some = all & (UINT64_C(0x9E3779B97F4A7C15) << upto(30));
    ck_assert(some == 0 || check_columns(&bundle, row, some, upto(CA_BUNDLE_LINES)) > 0);
}

/* Returns in how many places, at most, lines cannot be put together. */
static unsigned make_rows(unsigned rows)
{
    unsigned broken = 1;
    fill_row(0);
    set_number(CA_F_LINE_NO, 0, 1);
    row_lines[0] = 1;
    for (unsigned row = 1; row < rows; row++) {
        follow_row(row);
        broken += upto(9) == 0 && break_off(row);
    }
    return broken;
}

START_TEST(lines_together_come_back_as_they_were)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    unsigned lines = 0, records = 0;
    state = (uint64_t)_i;
    scan.several = &several;
    unsigned broken = make_rows(ROWS);
    ck_assert_int_eq(ca_put_lines(&scan, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(scan.exchange, 0, &reader, NULL), 0);
    while (ca_exchange_next(reader, &group, NULL) == 0) {
        for (size_t i = 0; i < group.count; i++, records++) {
            ca_bundle bundle;
            if (ca_is_bundle(&group.records[i])) {
                ck_assert_int_eq(ca_open_bundle(&group.records[i], &bundle, NULL), 0);
                lines += bundle.lines;
                check_bundle(&group.records[i]);
            } else {
                lines++;
            }
        }
    }
    ca_exchange_reader_free(reader);
    scan.several = NULL;
    ck_assert_uint_eq(lines, ROWS);
    ck_assert_uint_le(records, 2 * broken + ROWS / CA_BUNDLE_LINES);
    ck_assert_uint_ge(records, (ROWS + CA_BUNDLE_LINES - 1) / CA_BUNDLE_LINES);
}
END_TEST

/* What has no place in a write buffer goes line by line. */
START_TEST(long_lines_go_one_by_one)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    uint32_t codes[300] = {0};
    unsigned lines = 0;
    state = 1;
    fill_row(0);
    set_number(CA_F_LINE_NO, 0, 1);
    row_lines[0] = 1;
    for (unsigned row = 1; row < 40; row++) {
        follow_row(row);
    }
    for (unsigned row = 0; row < 40; row++) {
        ca_slice *slice = &scan.batch->columns[CA_F_MODIFIERS].as.slice[row];
        ck_assert_int_eq(ca_batch_add_codes(scan.batch, codes, 300, slice), 0);
        ca_bit_set(scan.batch->columns[CA_F_MODIFIERS].present, row);
    }
    ck_assert_int_eq(ca_put_lines(&scan, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(scan.exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), 0);
    for (size_t i = 0; i < group.count; i++) {
        lines += !ca_is_bundle(&group.records[i]);
    }
    ck_assert_uint_eq(lines, 40);
    ca_exchange_reader_free(reader);
}
END_TEST

START_TEST(without_memory_nothing_is_put)
{
    ca_error err = {0};
    state = 2;
    fill_row(0);
    row_lines[0] = 1;
    set_number(CA_F_LINE_NO, 0, 1);
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(ca_put_lines(&scan, &err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert_uint_eq(ca_exchange_bytes(scan.exchange), 0);
    ck_assert_int_eq(ca_put_lines(&scan, &err), 0);
    ck_assert_uint_gt(ca_exchange_bytes(scan.exchange), 0);
}
END_TEST

START_TEST(a_bundle_that_is_cut_is_refused)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ca_error err = {0};
    ca_bundle bundle;
    state = (uint64_t)_i;
    fill_row(0);
    set_number(CA_F_LINE_NO, 0, 1);
    row_lines[0] = 1;
    for (unsigned row = 1; row < 5; row++) {
        follow_row(row);
    }
    ck_assert_int_eq(ca_put_lines(&scan, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(scan.exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(scan.exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), 0);
    ca_exchange_record record = group.records[0];
    ck_assert(group.count == 1 && ca_is_bundle(&record));
    uint32_t whole = record.len;
    for (record.len = 1; record.len < whole; record.len++) {
        int rc = ca_open_bundle(&record, &bundle, &err);
        ca_batch_clear(other);
        other->rows = 5;
        rc = rc ? rc : ca_take_lines(&scan.line_columns, bundle.columns, bundle.columns_length, bundle.lines, 31, other, 0, &err);
        ck_assert_int_eq(rc, CA_FAIL);
        ck_assert_str_eq(err.text, "damaged record in a temporary file");
    }
    ca_exchange_reader_free(reader);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, lines_come_back_as_they_were, 1, 20);
    tcase_add_test(tcase, a_record_that_is_cut_is_refused);
    tcase_add_loop_test(tcase, lines_together_come_back_as_they_were, 1, 40);
    tcase_add_test(tcase, long_lines_go_one_by_one);
    tcase_add_test(tcase, without_memory_nothing_is_put);
    tcase_add_loop_test(tcase, a_bundle_that_is_cut_is_refused, 1, 10);
}

CA_CHECK_MAIN("run/exchange_line", add_tests)
