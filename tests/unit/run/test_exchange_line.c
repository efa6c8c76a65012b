/* Tests of run/exchange_line.c: what goes into a record comes out again. */
#include "unit/run/lines_fixture.h"

/* One record, with the claim's id and columns of this or of an earlier one. */
static void check_record(const ca_exchange_record *record, ca_text *unit, unsigned *repeats)
{
    ca_line_head head;
    const uint8_t *at = ca_take_head(record->bytes, record->bytes + record->len, &head);
    ck_assert_ptr_nonnull(at);
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
    const uint8_t *unit = ca_take_head(group.records[0].bytes, group.records[0].bytes + group.records[0].len, &head) + 2;
    for (size_t len = 0; len < head.unit_length; len++) {
        ca_batch_clear(other);
        other->rows = 1;
        ck_assert_int_eq(ca_take_columns(&scan.unit_columns, unit, len, other, 0, &err), CA_FAIL);
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
}

CA_CHECK_MAIN("run/exchange_line", add_tests)
