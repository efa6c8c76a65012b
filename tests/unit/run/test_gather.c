/* Tests of run/gather.c and run/line_head.c: a record of the claim exchange that ends before what it says it has is refused,
 * and nothing behind its end is read. */
#include "run/settle_inside.h"

#include <stdlib.h>
#include <string.h>

#include "support/check_main.h"

#define MOST 500u

static ca_scan_state scan;

/* What the head says that there is, without columns of the line. */
static size_t put_record(const ca_line_head *head, bool usual, uint8_t to[MOST])
{
    size_t at = ca_head_size(usual);
    memset(to, 'x', MOST);
    ca_put_head(to, head, usual);
    if (head->record == CA_RECORD_UNDONE) {
        ca_put_head(to + at, head, usual);
        return at + ca_head_size(usual);
    }
    if (head->record == CA_RECORD_FINDING) {
        return at;
    }
    at += head->id_length;
    if (head->record != CA_RECORD_LINE) {
        return at;
    }
    return at + head->unit_length + (scan.several ? sizeof(uint64_t) : 0) + (head->marked ? sizeof(ca_mark) : 0);
}

/* The first bytes of a record, in memory that ends there. */
static int gather(const uint8_t *bytes, size_t len, uint32_t *ret_columns_length, ca_error *err)
{
    ca_settling settling = {.scan = &scan};
    uint8_t *copy = malloc(len);
    if (len) {
        memcpy(copy, bytes, len);
    }
    ca_exchange_record record = {.bytes = copy, .len = (uint32_t)len};
    ck_assert_int_eq(ca_gather_room(&settling, &record, 1, err), 0);
    int rc = ca_gather(&settling, &record, 1, err);
    if (rc == 0 && settling.lines.count) {
        *ret_columns_length = settling.lines.items[0].columns_length;
    }
    ca_gather_done(&settling);
    free(copy);
    return rc;
}

static void check_refused(const uint8_t *bytes, size_t len)
{
    ca_error err = {0};
    uint32_t columns_length;
    ck_assert_int_eq(gather(bytes, len, &columns_length, &err), CA_FAIL);
    ck_assert_str_eq(err.text, "damaged record in a temporary file");
}

static ca_line_head head_of(ca_record_kind kind)
{
    return (ca_line_head){
        .claim_part = 1, .version = INT64_MIN, .received = CA_DATE_MIN - 1, .id_length = 3, .unit_length = 7, .record = (uint8_t)kind};
}

START_TEST(a_record_that_is_cut_is_refused)
{
    ca_line_head head = head_of((ca_record_kind)(_i / 8));
    uint8_t bytes[MOST];
    uint32_t columns_length = 0;
    bool usual = _i & 1;
    head.marked = _i & 2 ? CA_MARK_ACROSS : CA_MARK_NONE;
    memset(&scan, 0, sizeof scan);
    scan.several = _i & 4 ? (ca_several *)&scan : NULL;    /* that there is one is all that is asked */
    ck_assert(ca_head_is_usual(&head));
    size_t whole = put_record(&head, usual, bytes);
    for (size_t len = 0; len < whole; len++) {
        check_refused(bytes, len);
    }
    for (uint32_t more = 0; more < 3; more++) {
        ck_assert_int_eq(gather(bytes, whole + more, &columns_length, NULL), 0);
        ck_assert_uint_eq(columns_length, head.record == CA_RECORD_LINE ? more : 0);
    }
}
END_TEST

START_TEST(lengths_without_end_are_refused)
{
    static const ca_record_kind kinds[] = {CA_RECORD_LINE, CA_RECORD_NAMED, CA_RECORD_INCOMPLETE};
    uint8_t bytes[MOST];
    memset(&scan, 0, sizeof scan);
    ca_line_head head = head_of(kinds[_i]);
    size_t whole = put_record(&head, false, bytes);
    head.id_length = head.unit_length = UINT32_MAX;
    ca_put_head(bytes, &head, false);
    check_refused(bytes, whole);
}
END_TEST

START_TEST(records_of_no_kind_are_refused)
{
    uint8_t bytes[MOST];
    memset(&scan, 0, sizeof scan);
    ca_line_head head = head_of(CA_RECORD_LINE);
    size_t whole = put_record(&head, true, bytes);
    bytes[0] = CA_FORM_BUNDLE + 1;
    check_refused(bytes, whole);
    head.record = CA_RECORD_UNDONE + 1;
    ca_put_head(bytes, &head, true);
    check_refused(bytes, whole);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_record_that_is_cut_is_refused, 0, 8 * (CA_RECORD_UNDONE + 1));
    tcase_add_loop_test(tcase, lengths_without_end_are_refused, 0, 3);
    tcase_add_test(tcase, records_of_no_kind_are_refused);
}

CA_CHECK_MAIN("run/gather", add_tests)
