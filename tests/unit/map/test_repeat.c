/* The ways of a row through the mapper that are quick, against the one that is not; and memory
 * running out on any. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

#define KEYS                                                                                       \
    "    columns: [ID]\n    fields:\n      claim_id: ID\n"                                         \
    "      claim_type: {column: T, values: {P: professional}}\n"

static bool same(ca_digest a, ca_digest b)
{
    return ca_digest_cmp(a, b) == 0;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

#define CLAIMS                                                                                     \
    "profile: test\ntitle: T\njurisdiction: us\ncurrency: USD\n%slayouts:\n"                           \
    "  - layout: lines\n"                                                                          \
    "    records: claims\n    columns: [ID]\n"                                                     \
    "%s    status: {column: ST, values: {V: void, R: replacement}}\n    fields:\n"                 \
    "      claim_id: ID\n      claim_type: {column: T, values: {P: professional, I: inpatient}}\n" \
    "      claim_part: PART\n      patient_id: PAT\n      from_date: D1\n"                         \
    "      through_date: D2\n      claim_paid: M\n"                                                \
    "      principal_diagnosis: {column: DX, system_column: V, system_values: {\"0\": "            \
    "icd10cm, \"9\": icd9cm}}\n"                                                                   \
    "      other_diagnoses: {column: DXS, system: icd10cm}\n      bill_type: B\n"                  \
    "      care_mode: CM\n"                                                                        \
    "      service_date: D1\n      procedure: {column: PR, system: hcpcs}\n      paid: LP\n"       \
    "      units: U\n"                                                                             \
    "      modifiers: MO\n      rendering_provider_id: RP\n      sex: S\n"                         \
    "    extra: {ward: {column: W, type: text, level: claim}, seat: {column: SEAT, type: id}}\n"
#define CLAIMS_HEADER "ID,T,PART,PAT,D1,D2,M,DX,V,DXS,B,CM,PR,LP,U,MO,RP,S,ST,W,SEAT"

#define MISSING "missing: [\"?\"]\n" /* then no cell is taken as it stands */

/* A row whose header changes now and then, and whose cells are of every kind. */
static void random_row(uint32_t *state, char header[200], char *ret_row, size_t size)
{
    static const char *const ids[] = {"1", "22", "a-claim-id-of-20-bytes", ""};
    static const char *const dates[] = {"2024-01-01", "2024-02-30", "", "?"};
    static const char *const codes[] = {"I10", "E11.9", "", "?", "e119"};
    static const char *const status[] = {"", "V", "R", "Z"};
    static const char *const lists[] = {"", "I10;E119;;J44", "I10;E119", "I10;J44;E119", "I10; E119",
                                        "A01;A02;A03;A04;A05;A06;A07;A08;A09;A10", "?", "J44;"};
    static const char *const amounts[] = {"1.5", "12.34", "-3.00", "1234567.89", "x", "", "7", "00012345"};
    uint32_t change = next_random(state) % 3;
    if (header[0] == '\0' || change == 0) {
        uint32_t r = next_random(state);
        (void)snprintf(header, 200, "%s,%s,%s,P%u,%s,%s,%s,%s,%s,%s,%s,%s",
                       ids[r % 12 == 0 ? 3 : r % 3],
                       r % 31 == 0 ? "X"
                       : r % 2     ? "P"
                                   : "I",
                       r % 29 == 0 ? "" : "2", r % 5, dates[r / 3 % 4], dates[r / 5 % 4],
                       r % 3 ? "12.5" : "", codes[r / 7 % 5], r % 7 ? "0" : "9",
                       lists[r / 11 % 8], r % 2 ? "131" : "?", r % 5 ? "ward" : "");
    }
    uint32_t r = next_random(state);
    (void)snprintf(ret_row, size, "%s,%s,%s,%u,%s,%s,%s,%s,%s,S%u", header, codes[r % 5],
                   amounts[r / 3 % 8],
                   r % 9, r % 2 ? "RT;LT" : "", r % 2 ? "N1" : "?", r % 4 ? "F" : "",
                   status[change ? 0 : r % 4], r % 3 ? "w" : "", r % 3);
}

static void compare_rows(fixture *a, fixture *b, unsigned row)
{
    for (unsigned column = 0; column < a->profile->schema.count; column++) {
        const char *name = a->profile->schema.columns[column].name;
        ck_assert_msg(strcmp(fixture_value(a, name, row), fixture_value(b, name, row)) == 0,
                      "%s of row %u: %s, %s", name, row, fixture_value(a, name, row),
                      fixture_value(b, name, row));
        ck_assert_int_eq(ca_batch_has(a->batch, column, row), ca_batch_has(b->batch, column, row));
    }
    ck_assert(same(a->batch->digest[row], b->batch->digest[row]));
    ck_assert_int_eq(ca_bit(a->batch->live, row), ca_bit(b->batch->live, row));
}

static void compare_counts(fixture *a, fixture *b)
{
    const ca_column_count *left, *right;
    ca_totals here, there;
    size_t count = ca_mapper_counts(a->mapper, &left);
    ck_assert_uint_eq(count, ca_mapper_counts(b->mapper, &right));
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(left[i].empty == right[i].empty && left[i].undecoded == right[i].undecoded,
                      "%s: %llu/%llu, %llu/%llu", left[i].field, (unsigned long long)left[i].empty,
                      (unsigned long long)left[i].undecoded, (unsigned long long)right[i].empty,
                      (unsigned long long)right[i].undecoded);
    }
    ca_mapper_totals(a->mapper, &here);
    ca_mapper_totals(b->mapper, &there);
    ck_assert(here.paid == there.paid && here.overflow == there.overflow);
}

/* A wide layout of one member takes the slow way for everything: decode, record, fill. The rows of
 * one claim after another, which repeat its header, must give the same as the slow way, in values,
 * digests, counts and totals. */
START_TEST(fast_and_slow_ways_agree)
{
    fixture fast, slow;
    const char *missing = _i % 2 ? MISSING : "";
    uint32_t state = (uint32_t)_i + 1;
    char header[200] = "";
    char row[320];
    fixture_init(&fast);
    fixture_init(&slow);
    ck_assert_str_eq(fixture_parse(&fast, ca_arena_printf(&fast.arena, CLAIMS, missing, "")), "");
    ck_assert_str_eq(
        fixture_parse(&slow,
                      ca_arena_printf(&slow.arena, CLAIMS, missing,
                                      "    lines: {index: 1..1, fields: {trace_code: \"N{n}\"}}\n"
                                      "    optional: yes\n")),
        "");
    ck_assert_int_eq(fixture_header(&fast, CLAIMS_HEADER), 0);
    ck_assert_int_eq(fixture_header(&slow, CLAIMS_HEADER), 0);
    unsigned cleared = 0;
    for (int i = 0; i < 400; i++) {
        random_row(&state, header, row, sizeof row);
        if (i % 97 == 96) {
            ca_batch_clear(fast.batch);
            ca_batch_clear(slow.batch);
            cleared++;
        }
        ck_assert_int_eq(fixture_row(&fast, row), 0);
        ck_assert_int_eq(fixture_row(&slow, row), 0);
        ck_assert_uint_eq(fast.mapped.lines, slow.mapped.lines);
        ck_assert_int_eq(fast.mapped.reject != NULL, slow.mapped.reject != NULL);
        if (fast.mapped.lines) {
            compare_rows(&fast, &slow, fast.batch->rows - 1);
        }
    }
    ck_assert_uint_eq(cleared, 4);
    compare_counts(&fast, &slow);
    fixture_done(&fast);
    fixture_done(&slow);
}
END_TEST

/* Two mappers that take turns in one batch: a header counts as repeated only right behind its own
 * row. */
START_TEST(repeats_only_behind_their_own_row)
{
    fixture a, b;
    fixture_init(&a);
    fixture_init(&b);
    const char *keys = FIXTURE_TOP KEYS "      patient_id: PAT\n";
    ck_assert_str_eq(fixture_parse(&a, keys), "");
    ck_assert_str_eq(fixture_parse(&b, keys), "");
    ck_assert_int_eq(fixture_header(&a, "ID,T,PAT"), 0);
    ck_assert_int_eq(fixture_header(&b, "ID,T,PAT"), 0);
    ca_text cells[] = {CA_TEXT("1"), CA_TEXT("P"), CA_TEXT("mine")};
    ca_text others[] = {CA_TEXT("1"), CA_TEXT("P"), CA_TEXT("yours")};
    ca_row mine = {.cells = cells, .cell_count = 3, .row = 2, .offset = 10};
    ca_row yours = {.cells = others, .cell_count = 3, .row = 2, .offset = 500};
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(i % 2 ? ca_mapper_row(b.mapper, &yours, 1, a.batch, &b.mapped, &b.err)
                               : ca_mapper_row(a.mapper, &mine, 1, a.batch, &a.mapped, &a.err),
                         0);
        ck_assert_str_eq(fixture_value(&a, "patient_id", (unsigned)i), i % 2 ? "yours" : "mine");
        mine.row++;
        yours.row++;
    }
    fixture_done(&a);
    fixture_done(&b);
}
END_TEST

/* What stood behind a header that was saved before must not make a longer one the same. */
START_TEST(longer_headers_are_others)
{
    static const char *const patients[] = {"P12", "P1", "P12", "P", "P1", "P12"};
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, FIXTURE_TOP KEYS "      patient_id: PAT\n"), "");
    ck_assert_int_eq(fixture_header(&f, "ID,T,PAT"), 0);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_int_eq(fixture_row(&f, ca_arena_printf(&f.arena, "1,P,%s", patients[i])), 0);
        ck_assert_str_eq(fixture_value(&f, "patient_id", i), patients[i]);
    }
    fixture_done(&f);
}
END_TEST

/* Rows that repeat a header are looked at for what a spreadsheet left in identifiers of the line. */
START_TEST(spreadsheets_spoil_lines_too)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, FIXTURE_TOP KEYS "      patient_id: PAT\n"
                                                        "      rendering_provider_id: REND\n"),
                     "");
    ck_assert_int_eq(fixture_header(&f, "ID,T,PAT,REND"), 0);
    ck_assert_int_eq(fixture_row(&f, "1,P,P1,N1"), 0);
    ck_assert_ptr_null(f.mapped.reject);
    ck_assert_int_eq(fixture_row(&f, "1,P,P1,1.2E+10"), 0);
    ck_assert_str_eq(f.mapped.reject, "the file went through a spreadsheet, export it again as text");
    ck_assert_str_eq(f.mapped.reject_column, "REND");
    ck_assert_int_eq(fixture_row(&f, "1,P,P1,1.2E+1"), 0); /* one digit: a spreadsheet writes two */
    ck_assert_ptr_null(f.mapped.reject);
    ck_assert_int_eq(fixture_row(&f, "1,P,1E+10,N1"), 0);
    ck_assert_str_eq(f.mapped.reject_column, "PAT");
    ck_assert_uint_eq(f.batch->rows, 2);
    fixture_done(&f);
}
END_TEST

/* A value behind a missing one must not point to where an earlier use of the batch had it. */
START_TEST(nothing_of_an_earlier_batch)
{
    static const char long_id[] = "an-identifier-that-takes-much-room-in-the-pool-of-the-batch-"
                                  "so-that-what-follows-lies-far-behind";
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, FIXTURE_TOP KEYS "      trace_code: TC\n"
                                                        "      modifiers: MO\n"),
                     "");
    ck_assert_int_eq(fixture_header(&f, "ID,T,TC,MO"), 0);
    ck_assert_int_eq(fixture_row(&f, ca_arena_printf(&f.arena, "%s,P,trace-1,", long_id)), 0);
    ca_batch_clear(f.batch);
    ck_assert_int_eq(fixture_row(&f, "1,P,,"), 0);
    ck_assert_int_eq(fixture_row(&f, "1,P,trace-1,"), 0);
    ck_assert_int_eq(fixture_row(&f, ca_arena_printf(&f.arena, "%s,P,x,", long_id)), 0);
    ck_assert_int_eq(fixture_row(&f, ca_arena_printf(&f.arena, "%sx,P,y,", long_id)), 0);
    ck_assert_str_eq(fixture_value(&f, "trace_code", 0), "-");
    ck_assert_str_eq(fixture_value(&f, "trace_code", 1), "trace-1");
    ck_assert_str_eq(fixture_value(&f, "claim_id", 2), long_id);
    fixture_done(&f);
}
END_TEST

/* Columns that nobody needs stay out of the batch; digests, counts and keys stay as they are. */
START_TEST(needed_columns)
{
    fixture all, few;
    uint8_t needed[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    uint32_t state = 5;
    char header[200] = "";
    char row[320];
    needed[CA_F_PAID] = 1;
    fixture_init(&all);
    fixture_init(&few);
    ck_assert_str_eq(fixture_parse(&all, ca_arena_printf(&all.arena, CLAIMS, "", "")), "");
    ck_assert_str_eq(fixture_parse(&few, ca_arena_printf(&few.arena, CLAIMS, "", "")), "");
    ck_assert_int_eq(fixture_header(&all, CLAIMS_HEADER), 0);
    ck_assert_int_eq(fixture_header(&few, CLAIMS_HEADER), 0);
    ca_mapper_need(few.mapper, needed);
    for (int i = 0; i < 100; i++) {
        random_row(&state, header, row, sizeof row);
        ck_assert_int_eq(fixture_row(&all, row), 0);
        ck_assert_int_eq(fixture_row(&few, row), 0);
    }
    for (unsigned line = 0; line < all.batch->rows; line++) {
        ck_assert(same(all.batch->digest[line], few.batch->digest[line]));
        ck_assert_str_eq(fixture_value(&all, "paid", line), fixture_value(&few, "paid", line));
        ck_assert_str_eq(fixture_value(&all, "claim_id", line),
                         fixture_value(&few, "claim_id", line));
        ck_assert_str_eq(fixture_value(&all, "claim_status", line),
                         fixture_value(&few, "claim_status", line));
        ck_assert_str_eq(fixture_value(&all, "line_no", line),
                         fixture_value(&few, "line_no", line));
        ck_assert_str_eq(fixture_value(&few, "diagnoses", line), "-");
        ck_assert_str_eq(fixture_value(&few, "units", line), "-");
    }
    compare_counts(&all, &few);
    fixture_done(&all);
    fixture_done(&few);
}
END_TEST

/* Every allocation of binding and of the first rows fails in turn; nothing is left behind, and the
 * batch stays whole. */
START_TEST(memory_runs_out_anywhere)
{
    const char *row =
        "1,P,2,P1,2024-01-01,,1,I10,0,I10;E119;J44,131,ward,A0425,1,2,RT;LT,N1,F,,w,S";
    for (uint64_t n = 1;; n++) {
        fixture f;
        fixture_init(&f);
        ck_assert_str_eq(fixture_parse(&f, ca_arena_printf(&f.arena, CLAIMS, "", "")), "");
        ca_text cells[FIXTURE_CELLS], header[FIXTURE_CELLS];
        size_t header_count = fixture_split(&f, CLAIMS_HEADER, header);
        ca_row made = {.cells = cells, .cell_count = fixture_split(&f, row, cells), .row = 2};
        f.batch = ca_batch_new(&f.profile->schema, 10);
        ca_alloc_fail(n, 1);
        int rc = ca_mapper_new(f.profile, f.profile->layouts[0], header, header_count, &f.codes,
                               &f.mapper, &f.err);
        rc = rc ? rc : ca_mapper_row(f.mapper, &made, 0, f.batch, &f.mapped, &f.err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        ck_assert_uint_eq(f.batch->rows, rc == 0 ? 1 : 0);
        for (unsigned column = 0; rc && column < f.profile->schema.count; column++) {
            ck_assert(!ca_batch_has(f.batch, column, 0));
        }
        fixture_done(&f);
        if (rc == 0) {
            ck_assert_uint_gt(n, 20);
            break;
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, fast_and_slow_ways_agree, 0, 8);
    tcase_add_test(tcase, longer_headers_are_others);
    tcase_add_test(tcase, spreadsheets_spoil_lines_too);
    tcase_add_test(tcase, repeats_only_behind_their_own_row);
    tcase_add_test(tcase, nothing_of_an_earlier_batch);
    tcase_add_test(tcase, needed_columns);
    tcase_add_test(tcase, memory_runs_out_anywhere);
}

CA_CHECK_MAIN("map/repeat", add_tests)
