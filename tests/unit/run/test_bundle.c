/* Tests of run/bundle_put.c and bundle_take.c: lines that lie together come out again, however they are broken off. */
#include "base/alloc.h"
#include "run/columns.h"
#include "run/several.h"
#include "unit/run/lines_fixture.h"

static ca_several several = {.first_number = 6400};

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

/* Half a number is a way of numbers alone: a date of four bytes would be written as eight. */
START_TEST(a_way_that_is_no_columns_is_refused)
{
    ca_error err = {0};
    uint8_t bytes[CA_BUNDLE_LINES * sizeof(uint64_t)];
    for (unsigned i = 0; i < scan.line_columns.fixed; i++) {
        ca_projection one = {.columns = &scan.line_columns.columns[i], .count = 1, .fixed = 1};
        memset(bytes, 0, sizeof bytes);
        bytes[0] = CA_VALUES_SHORT;
        ca_batch_clear(other);
        other->rows = 2 * CA_BUNDLE_LINES;
        int rc = ca_take_lines(&one, bytes, sizeof bytes, CA_BUNDLE_LINES, UINT64_MAX, other, CA_BUNDLE_LINES, &err);
        ck_assert_int_eq(rc, one.columns->size == sizeof(int64_t) ? 0 : CA_FAIL);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, lines_together_come_back_as_they_were, 1, 40);
    tcase_add_test(tcase, long_lines_go_one_by_one);
    tcase_add_test(tcase, without_memory_nothing_is_put);
    tcase_add_loop_test(tcase, a_bundle_that_is_cut_is_refused, 1, 10);
    tcase_add_test(tcase, a_way_that_is_no_columns_is_refused);
}

CA_CHECK_MAIN("run/bundle", add_tests)
