/* Findings to bytes and back, and bytes that are damaged in every way: refused, never a crash. */
#include <string.h>

#include "base/alloc.h"
#include "claim/finding.h"
#include "support/check_main.h"

static ca_arena arena;
static ca_buf bytes;
static ca_error err;

/* One of the finding's own claim, one of another, and what stands for many. */
static ca_finding_line lines[3] = {
    {.role = "line",
     .claim_type = CA_OUTPATIENT,
     .claim_id = {"C-1", 3},
     .claim_part = 2,
     .line_no = 2003,
     .origin = {1, 165, 77, 12345},
     .exposure = 1250,
     .count = 1},
    {.role = "original",
     .claim_type = CA_PHARMACY,
     .claim_id = {"C-1", 3},
     .claim_part = -1,
     .of_claim = true,
     .line_no = -1,
     .has_date = true,
     .service_date = -4711,
     .origin = {UINT32_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX},
     .has_paid = true,
     .paid = -1,
     .exposure = CA_EXPOSURE_MISSING,
     .count = 1},
    {.role = "others", .line_no = INT64_MAX, .exposure = -5, .count = 4711},
};

static const ca_finding full = {
    .rule = 7,
    .outcome = CA_HIT,
    .key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)},
    .claim_type = CA_OUTPATIENT,
    .claim_id = {"C-1", 3},
    .of_claim = true,
    .line_no = 2003,
    .claim_part = 2,
    .patient_id = {"", 0},
    .billing_provider_id = {"P\0Q", 3},
    .rendering_provider_id = {NULL, 0},
    .has_date = true,
    .service_date = -4711,
    .has_window = true,
    .window_from = -4800,
    .window_to = -4711,
    .entity_kind = "pharmacy_id",
    .entity_id = {"PH 1", 4},
    .of_entity = true,
    .exposure = 1250,
    .message = {"Geschlecht widerspricht Diagnose ä", 35},
    .reason = {"", 0},
    .evidence = {"{\"sex\":\"M\"}", 11},
    .lines = lines,
    .line_count = 3,
};

static void setup(void)
{
    ca_arena_init(&arena);
    ca_buf_init(&bytes);
}

static void teardown(void)
{
    ca_buf_done(&bytes);
    ca_arena_done(&arena);
}

static bool same_text(ca_text a, ca_text b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && ca_text_eq(a, b);
}

static bool same_line(const ca_finding_line *a, const ca_finding_line *b)
{
    return strcmp(a->role, b->role) == 0 && a->line_no == b->line_no &&
           a->claim_type == b->claim_type && same_text(a->claim_id, b->claim_id) &&
           a->claim_part == b->claim_part && a->of_claim == b->of_claim && a->has_date == b->has_date &&
           a->service_date == b->service_date && a->has_paid == b->has_paid && a->paid == b->paid &&
           a->count == b->count &&
           a->origin.file == b->origin.file && a->origin.length == b->origin.length &&
           a->origin.row == b->origin.row && a->origin.offset == b->origin.offset &&
           a->exposure == b->exposure;
}

static bool same_subject(const ca_finding *a, const ca_finding *b)
{
    return (a->entity_kind == NULL) == (b->entity_kind == NULL) &&
           (a->entity_kind == NULL || strcmp(a->entity_kind, b->entity_kind) == 0) &&
           same_text(a->entity_id, b->entity_id) && a->of_entity == b->of_entity &&
           a->has_window == b->has_window && a->window_from == b->window_from &&
           a->window_to == b->window_to;
}

static bool same(const ca_finding *a, const ca_finding *b)
{
    for (size_t i = 0; i < a->line_count && i < b->line_count; i++) {
        if (!same_line(&a->lines[i], &b->lines[i]))
            return false;
    }
    return a->rule == b->rule && a->outcome == b->outcome && ca_digest_cmp(a->key, b->key) == 0 &&
           a->claim_type == b->claim_type && same_text(a->claim_id, b->claim_id) &&
           a->of_claim == b->of_claim && a->line_no == b->line_no && a->claim_part == b->claim_part &&
           same_text(a->patient_id, b->patient_id) &&
           same_text(a->billing_provider_id, b->billing_provider_id) &&
           same_text(a->rendering_provider_id, b->rendering_provider_id) &&
           a->has_date == b->has_date && a->service_date == b->service_date &&
           same_subject(a, b) && a->exposure == b->exposure && same_text(a->message, b->message) &&
           same_text(a->reason, b->reason) && same_text(a->evidence, b->evidence) &&
           a->line_count == b->line_count;
}

START_TEST(outcomes)
{
    static const char *const names[] = {"pass", "hit", "excused", "unknown", "not_applicable"};
    for (int i = 0; i < CA_OUTCOMES; i++)
        ck_assert_str_eq(ca_outcome_name((ca_outcome)i), names[i]);
}
END_TEST

START_TEST(there_and_back)
{
    ca_finding empty = {.outcome = CA_UNKNOWN, .exposure = CA_EXPOSURE_MISSING};
    ca_finding dated[2] = {full, full};
    dated[0].service_date = CA_DATE_MIN;
    dated[1].service_date = CA_DATE_MAX;
    const ca_finding *all[] = {&full, &empty, &dated[0], &dated[1]};
    for (size_t i = 0; i < 4; i++) {
        ca_finding read;
        ca_buf_clear(&bytes);
        ca_finding_write(all[i], &bytes);
        ck_assert(!bytes.failed);
        ck_assert_int_eq(ca_finding_read(ca_buf_text(&bytes), &arena, &read, &err), 0);
        ck_assert(same(all[i], &read));
    }
}
END_TEST

START_TEST(writing_appends)
{
    ca_finding read;
    ca_buf_add_cstr(&bytes, "before");
    ca_finding_write(&full, &bytes);
    ca_text text = ca_text_sub(ca_buf_text(&bytes), 6, bytes.len);
    ck_assert_int_eq(ca_finding_read(text, &arena, &read, &err), 0);
    ck_assert(same(&full, &read));
}
END_TEST

START_TEST(no_date_is_written_as_none)
{
    ca_finding finding = full, read;
    finding.has_date = false; /* what stands in service_date then is nobody's business */
    ca_finding_write(&finding, &bytes);
    ck_assert_int_eq(ca_finding_read(ca_buf_text(&bytes), &arena, &read, &err), 0);
    ck_assert(!read.has_date && read.service_date == 0);
}
END_TEST

static void refuses(ca_text text)
{
    ca_finding read = {.rule = 4711};
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(ca_finding_read(text, &arena, &read, &err), CA_FAIL);
    ck_assert_uint_eq(read.rule, 4711);
    ck_assert_ptr_nonnull(strstr(err.text, "damaged record"));
}

START_TEST(every_shorter_and_longer_record_is_damaged)
{
    ca_finding_write(&full, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        char *copy = ca_alloc(len); /* of its own, so that the sanitizer sees a byte too many */
        memcpy(copy, bytes.ptr, len);
        refuses((ca_text){copy, len});
        ca_free(copy);
    }
    ca_buf_add_char(&bytes, 'x');
    refuses(ca_buf_text(&bytes));
    refuses((ca_text){0});
}
END_TEST

START_TEST(impossible_values_are_damaged)
{
    /* Where in the record, and what must not stand there. */
    enum { VERSION = 0, OUTCOME = 5, CLAIM_TYPE = 22, CLAIM_ID_LENGTH = 23 };
    static const struct {
        size_t at;
        unsigned char value;
    } wrong[] = {{VERSION, 0},
                 {VERSION, 1},
                 {VERSION, 3},
                 {OUTCOME, CA_OUTCOMES},
                 {CLAIM_TYPE, CA_CLAIM_TYPES},
                 {OUTCOME, 255},
                 {CLAIM_ID_LENGTH, 0xfe},
                 {CLAIM_ID_LENGTH + 3, 0x80}};
    ca_finding_write(&full, &bytes);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char kept = bytes.ptr[wrong[i].at];
        bytes.ptr[wrong[i].at] = (char)wrong[i].value;
        refuses(ca_buf_text(&bytes));
        bytes.ptr[wrong[i].at] = kept;
    }
    ca_finding early = full;
    early.service_date = CA_DATE_MIN - 1;
    ca_buf_clear(&bytes);
    ca_finding_write(&early, &bytes);
    refuses(ca_buf_text(&bytes));
}
END_TEST

/* What the flags of a line say can be written in one way only. */
START_TEST(a_line_says_nothing_twice)
{
    enum { OWN_CLAIM = 1, OF_MANY = 8 };
    ca_finding finding = full;
    ca_finding_line line = lines[1];
    finding.lines = &line;
    finding.line_count = 1;
    ca_finding_write(&finding, &bytes);
    size_t flags = bytes.len - 40 - 8 - 4 - 16 - 1;
    ck_assert_int_eq(bytes.ptr[flags], 22);
    bytes.ptr[flags + 1] = CA_OUTPATIENT; /* of another type it was, and of another part */
    memset(bytes.ptr + flags + 9, 0, 8);
    bytes.ptr[flags + 9] = 2;
    refuses(ca_buf_text(&bytes));
    line = lines[0];
    line.count = 2;
    ca_buf_clear(&bytes);
    ca_finding_write(&finding, &bytes);
    flags = bytes.len - 40 - 8 - 1;
    ck_assert_int_eq(bytes.ptr[flags], OWN_CLAIM | OF_MANY);
    bytes.ptr[flags + 1] = 1;
    refuses(ca_buf_text(&bytes));
}
END_TEST

START_TEST(a_huge_count_of_lines_takes_no_memory)
{
    ca_finding none = {.outcome = CA_HIT};
    ca_finding_write(&none, &bytes);
    memset(bytes.ptr + bytes.len - 4, 0xff, 4);
    refuses(ca_buf_text(&bytes));
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* Refused, or a record that writes itself again to the same bytes. */
static bool reads_true(ca_text text)
{
    ca_finding read;
    ca_buf again;
    char *copy = ca_alloc(text.len);
    memcpy(copy, text.ptr, text.len);
    ca_arena_reset(&arena);
    bool readable = ca_finding_read((ca_text){copy, text.len}, &arena, &read, &err) == 0;
    if (readable) {
        ca_buf_init(&again);
        ca_finding_write(&read, &again);
        ck_assert(ca_text_eq(ca_buf_text(&again), text));
        ca_buf_done(&again);
    } else {
        ck_assert_int_eq(err.code, CA_FAIL);
    }
    ca_free(copy);
    return readable;
}

START_TEST(random_damage)
{
    uint64_t seed = 17;
    int accepted = 0;
    for (int i = 0; i < 20000; i++) {
        ca_buf_clear(&bytes);
        ca_finding_write(&full, &bytes);
        for (uint64_t hits = 1 + next_random(&seed) % 3; hits > 0; hits--)
            bytes.ptr[next_random(&seed) % bytes.len] = (char)next_random(&seed);
        accepted += reads_true(ca_buf_text(&bytes));
    }
    ck_assert(accepted > 1000 && accepted < 19000); /* damage within a number stays a finding */
}
END_TEST

START_TEST(random_bytes)
{
    uint64_t seed = 19;
    for (int i = 0; i < 20000; i++) {
        size_t len = next_random(&seed) % 300;
        ca_buf_clear(&bytes);
        for (size_t at = 0; at < len;
             at++) /* mostly small numbers, so that lengths are often right */
            ca_buf_add_char(&bytes, (char)(next_random(&seed) % 4 ? 0 : next_random(&seed) % 8));
        if (len > 5) {
            bytes.ptr[0] = 2;
            bytes.ptr[5] = CA_HIT;
            reads_true(ca_buf_text(&bytes));
        }
    }
}
END_TEST

START_TEST(memory_runs_out)
{
    ca_finding read = {.rule = 4711};
    ca_finding_write(&full, &bytes);
    ca_alloc_fail(1, 1);
    int result = ca_finding_read(ca_buf_text(&bytes), &arena, &read, &err);
    ca_buf small;
    ca_buf_init(&small);
    ca_finding_write(&full, &small);
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(result, CA_NOMEM);
    ck_assert_uint_eq(read.rule, 4711);
    ck_assert(small.failed);
    ca_buf_done(&small);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, outcomes);
    tcase_add_test(tcase, there_and_back);
    tcase_add_test(tcase, writing_appends);
    tcase_add_test(tcase, no_date_is_written_as_none);
    tcase_add_test(tcase, every_shorter_and_longer_record_is_damaged);
    tcase_add_test(tcase, impossible_values_are_damaged);
    tcase_add_test(tcase, a_line_says_nothing_twice);
    tcase_add_test(tcase, a_huge_count_of_lines_takes_no_memory);
    tcase_add_test(tcase, random_damage);
    tcase_add_test(tcase, random_bytes);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("claim/finding", add_tests)
