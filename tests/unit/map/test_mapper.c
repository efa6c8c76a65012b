/* Rows to lines: what rejects and skips a row, what is counted, keys and provenance. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

#define KEYS                                                                                       \
    "    columns: [ID]\n    fields:\n      claim_id: ID\n"                                         \
    "      claim_type: {column: T, values: {P: professional, I: inpatient}}\n"

static void start(fixture *f, const char *keys, const char *header)
{
    fixture_init(f);
    ck_assert_str_eq(fixture_parse(f, ca_arena_printf(&f->arena, FIXTURE_TOP "%s", keys)), "");
    ck_assert_msg(fixture_header(f, header) == 0, "%s", f->err.text);
}

/* "column: reason", "skip: name", or the number of lines. */
static const char *outcome(fixture *f, const char *row)
{
    unsigned rows = f->batch->rows;
    ck_assert_int_eq(fixture_row(f, row), 0);
    ck_assert_uint_eq(f->batch->rows, rows + f->mapped.lines);
    if (f->mapped.reject) {
        ck_assert_uint_eq(f->mapped.lines, 0);
        ck_assert_ptr_null(f->mapped.skip);
        return ca_arena_printf(&f->arena, "%s: %s",
                               f->mapped.reject_column ? f->mapped.reject_column : "-",
                               f->mapped.reject);
    }
    if (f->mapped.skip) {
        return ca_arena_printf(&f->arena, "skip: %s", f->mapped.skip);
    }
    return ca_arena_printf(&f->arena, "%u", f->mapped.lines);
}

START_TEST(only_identity_rejects)
{
    fixture f;
    start(&f, KEYS "      claim_part: S\n      line_no: N\n      paid: P\n      from_date: D\n",
          "ID,T,S,N,P,D");
    ck_assert_str_eq(outcome(&f, "1,P,1,1,12,2024-01-01"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,1,1,x,y"), "1");
    ck_assert_str_eq(outcome(&f, ",P,1,1,12,2024-01-01"), "ID: claim_id is missing");
    ck_assert_str_eq(outcome(&f, "1,,1,1,12,2024-01-01"), "T: claim_type is missing");
    ck_assert_str_eq(outcome(&f, "1,Q,1,1,12,2024-01-01"), "T: claim_type cannot be read");
    ck_assert_str_eq(outcome(&f, "1,P,,1,12,2024-01-01"), "S: claim_part is missing");
    ck_assert_str_eq(outcome(&f, "1,P,-1,1,12,2024-01-01"), "S: claim_part cannot be read");
    ck_assert_str_eq(outcome(&f, "1,P,one,1,12,2024-01-01"), "S: claim_part cannot be read");
    ck_assert_str_eq(outcome(&f, "1,P,1,,12,2024-01-01"), "N: line_no is missing");
    ck_assert_str_eq(outcome(&f, "1,P,1,a,12,2024-01-01"), "N: line_no cannot be read");
    ck_assert_uint_eq(f.batch->rows, 2);
    ck_assert_str_eq(fixture_value(&f, "paid", 1), "-");
    ck_assert_str_eq(fixture_counted(&f, "P", "paid"), "0/1");
    ck_assert_str_eq(fixture_counted(&f, "D", "from_date"), "0/1");
    ck_assert_str_eq(fixture_counted(&f, "ID", "claim_id"), "0/0");
    fixture_done(&f);
}
END_TEST

START_TEST(rows_of_another_length)
{
    fixture f;
    start(&f, KEYS, "ID,T,A,B");
    ck_assert_str_eq(outcome(&f, "1"), "-: 4 columns expected, 1 found");
    ck_assert_str_eq(outcome(&f, "1,P,a,b,c"), "-: 4 columns expected, 5 found");
    ck_assert_str_eq(outcome(&f, "1,P,a,b"), "1");
    fixture_done(&f);
    start(&f, "    csv: {ragged: pad}\n" KEYS "      region: B\n", "ID,T,A,B");
    ck_assert_str_eq(outcome(&f, "1,P"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,a,b,c"), "-: 4 columns expected, 5 found");
    ck_assert_str_eq(outcome(&f, "1"), "T: claim_type is missing");
    ck_assert_str_eq(outcome(&f, "1,P,a,b"), "1");
    ck_assert_str_eq(fixture_value(&f, "region", 0), "-");
    ck_assert_str_eq(fixture_value(&f, "region", 1), "b");
    fixture_done(&f);
    start(&f, "    columns: [ID]\n    fields: {claim_id: ID, claim_type: {value: other}}\n", "ID");
    ck_assert_str_eq(outcome(&f, "1,2"), "-: 1 column expected, 2 found");
    fixture_done(&f);
}
END_TEST

START_TEST(a_rejected_line_of_the_reader)
{
    fixture f;
    ca_row row = {.reject = "a quote is not closed", .raw = CA_TEXT("\"x")};
    start(&f, KEYS, "ID,T");
    ck_assert_int_eq(ca_mapper_row(f.mapper, &row, 0, f.batch, &f.mapped, &f.err), 0);
    ck_assert_str_eq(f.mapped.reject, "a quote is not closed");
    ck_assert_uint_eq(f.batch->rows, 0);
    fixture_done(&f);
}
END_TEST

#define SPREADSHEET ": the file went through a spreadsheet, export it again as text"

START_TEST(spreadsheet_identifiers)
{
    static const char *const bad[] = {"9E+10", "1.2E+11", "1,23E+123", "8.09537996386E+15",
                                      "0.0E+00"};
    static const char *const good[] = {"00809537996386E1", "1.2E11",    "1.2e+11",  "12E+10",
                                       "1.2E+1",           "1.2E+1234", "1.E+11",   "E+11",
                                       "1.2E+1x",          "x.2E+11",   "1.2.3E+11"};
    fixture f;
    start(&f, KEYS "      patient_id: PAT\n      region: R\n", "ID,T,PAT,R");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ca_text cells[] = {CA_TEXT("1"), CA_TEXT("P"), ca_text_of(bad[i]), CA_TEXT("r")};
        ca_row row = {.cells = cells, .cell_count = 4, .raw = ca_text_of(ca_arena_printf(&f.arena, "1,P,\"%s\",r", bad[i]))};
        ck_assert_int_eq(ca_mapper_row(f.mapper, &row, 0, f.batch, &f.mapped, &f.err), 0);
        ck_assert_msg(f.mapped.reject && strcmp(f.mapped.reject, &SPREADSHEET[2]) == 0, "%s",
                      bad[i]);
        ck_assert_str_eq(f.mapped.reject_column, "PAT");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_str_eq(outcome(&f, ca_arena_printf(&f.arena, "1,P,%s,1.2E+11", good[i])), "1");
    }
    ck_assert_str_eq(outcome(&f, "1.2E+11,P,p,r"), "ID" SPREADSHEET);
    ck_assert_str_eq(fixture_value(&f, "patient_id", 0), "00809537996386E1");
    fixture_done(&f);
}
END_TEST

START_TEST(filters_in_order)
{
    fixture f;
    start(&f,
          KEYS "    filters:\n"
               "      - {name: deleted record, skip: {column: [DML, OLD], in: [DELETE, \"\"]}}\n"
               "      - {name: another payer, keep: {column: PAYER, in: [A, B]}}\n",
          "ID,T,DML,PAYER");
    ck_assert_str_eq(outcome(&f, "1,P,INSERT,A"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,DELETE,C"), "skip: deleted record");
    ck_assert_str_eq(outcome(&f, "1,P,,A"), "skip: deleted record");
    ck_assert_str_eq(outcome(&f, "1,P,INSERT,C"), "skip: another payer");
    ck_assert_str_eq(outcome(&f, ",,INSERT,"), "skip: another payer");
    ck_assert_str_eq(outcome(&f, ",,INSERT,B"), "ID: claim_id is missing");
    fixture_done(&f);
}
END_TEST

START_TEST(one_currency)
{
    fixture f;
    start(&f, KEYS "      currency: C\n", "ID,T,C");
    ck_assert_str_eq(outcome(&f, "1,P,USD"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,EUR"), "C: another currency than the profile's");
    ck_assert_str_eq(fixture_value(&f, "currency", 0), "USD");
    ck_assert_str_eq(fixture_counted(&f, "C", "currency"), "1/0");
    fixture_done(&f);
}
END_TEST

START_TEST(defaults_and_provenance)
{
    fixture f;
    start(&f, KEYS, "ID,T");
    ck_assert_str_eq(outcome(&f, "c1,I"), "1");
    ck_assert_str_eq(fixture_value(&f, "claim_part", 0), "1");
    ck_assert_str_eq(fixture_value(&f, "claim_status", 0), "original");
    ck_assert_str_eq(fixture_value(&f, "claim_type", 0), "inpatient");
    ck_assert_str_eq(fixture_value(&f, "line_no", 0), "1");
    ck_assert(ca_bit(f.batch->live, 0));
    const ca_origin *origin = &f.batch->origin[0];
    ck_assert(origin->file == 7 && origin->row == 2 && origin->offset == 200 &&
              origin->length == 4);
    ck_assert(ca_mapper_supplies(f.mapper, CA_F_CLAIM_PART) &&
              !ca_mapper_supplies(f.mapper, CA_F_PAID));
    ck_assert(!ca_mapper_supplies(f.mapper, CA_F_DIAGNOSES));
    fixture_done(&f);
}
END_TEST

START_TEST(optional_columns_of_this_file)
{
    fixture f;
    start(&f,
          "    optional: yes\n" KEYS
          "      paid: P\n      other_diagnoses: {columns: \"D1..4\", system: icd10cm}\n",
          "ID,T,D2,D4");
    ck_assert(!ca_mapper_supplies(f.mapper, CA_F_PAID) &&
              ca_mapper_supplies(f.mapper, CA_F_DIAGNOSES));
    ck_assert_str_eq(outcome(&f, "1,P,b,d"), "1");
    ck_assert_str_eq(fixture_value(&f, "other_diagnoses", 0), "B;D");
    ck_assert_str_eq(fixture_value(&f, "paid", 0), "-");
    fixture_done(&f);
    start(&f,
          "    optional: yes\n" KEYS
          "      other_diagnoses: {columns: \"D1..4\", system: icd10cm}\n",
          "ID,T");
    ck_assert(!ca_mapper_supplies(f.mapper, CA_F_OTHER_DIAGNOSES));
    ck_assert_str_eq(outcome(&f, "1,P"), "1");
    ck_assert(!ca_batch_has(f.batch, CA_F_OTHER_DIAGNOSES, 0));
    fixture_done(&f);
}
END_TEST

START_TEST(totals_and_their_end)
{
    fixture f;
    ca_totals totals;
    start(&f, KEYS "      paid: P\n      charge: C\n", "ID,T,P,C");
    ck_assert_str_eq(outcome(&f, "1,P,10.5,1"), "1");
    ck_assert_str_eq(outcome(&f, ",P,10.5,1"), "ID: claim_id is missing");
    ck_assert_str_eq(outcome(&f, "1,P,-3,"), "1");
    ca_mapper_totals(f.mapper, &totals);
    ck_assert(totals.paid == 75000 && totals.charge == 10000 && totals.allowed == 0 &&
              !totals.overflow);
    ck_assert_str_eq(outcome(&f, "1,P,922337203685477,1"), "1");
    ck_assert_str_eq(outcome(&f, "1,P,922337203685477,1"), "1");
    ca_mapper_totals(f.mapper, &totals);
    ck_assert(totals.paid == INT64_MAX && totals.overflow);
    fixture_done(&f);
}
END_TEST

START_TEST(a_full_batch)
{
    fixture f;
    start(&f, KEYS, "ID,T");
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(fixture_row(&f, "1,P"), 0);
    }
    f.mapped.lines = 99;
    ck_assert_int_eq(fixture_row(&f, "1,P"), CA_END);
    ck_assert_uint_eq(f.batch->rows, 1000);
    ca_batch_clear(f.batch);
    ck_assert_int_eq(fixture_row(&f, "1,P"), 0);
    ck_assert_uint_eq(f.mapped.lines, 1);
    fixture_done(&f);
}
END_TEST

/* A rejected row between two of one claim leaves nothing behind. */
START_TEST(a_rejected_row_between)
{
    fixture f;
    start(&f, KEYS "      claim_part: S\n      patient_id: PAT\n", "ID,T,S,PAT");
    ck_assert_str_eq(outcome(&f, "1,P,3,a"), "1");
    ck_assert_str_eq(outcome(&f, "1,X,9,b"), "T: claim_type cannot be read");
    ck_assert_str_eq(outcome(&f, "1,P,3,a"), "1");
    ck_assert_str_eq(fixture_value(&f, "line_no", 1), "3001");
    ck_assert_str_eq(fixture_value(&f, "claim_part", 1), "3");
    ck_assert_str_eq(fixture_value(&f, "patient_id", 1), "a");
    ck_assert(ca_digest_cmp(f.batch->digest[0], f.batch->digest[1]) == 0);
    fixture_done(&f);
}
END_TEST

/* "claim_id type patient" of a rejected row, "-" for what is not known. */
static const char *left_of(fixture *f, const char *row)
{
    ck_assert_int_eq(fixture_row(f, row), 0);
    ck_assert_msg(f->mapped.reject != NULL, "%s", row);
    ck_assert_ptr_nonnull(f->mapped.whose);
    const ca_whose *of = f->mapped.whose;
    return ca_arena_printf(&f->arena, "%.*s %s %.*s", of->claim_id.ptr ? (int)of->claim_id.len : 1,
                           of->claim_id.ptr ? of->claim_id.ptr : "-",
                           of->claim_id.ptr ? ca_enum_name(CA_F_CLAIM_TYPE, of->claim_type) : "-",
                           of->patient_id.ptr ? (int)of->patient_id.len : 1,
                           of->patient_id.ptr ? of->patient_id.ptr : "-");
}

START_TEST(what_is_left_of_a_rejected_row)
{
    static const struct {
        const char *row, *left;
    } cases[] = {
        {"7,I,1,,pat", "7 inpatient pat"},         /* no line_no */
        {"7,P,x,1,pat", "7 professional pat"},     /* claim_part cannot be read */
        {",P,1,1,pat", "- - pat"},
        {"7,Q,1,1,pat", "- - pat"},                /* of what type? */
        {"7,P,x,1,", "7 professional -"},
        {"7,P,x,1,0000", "7 professional -"},      /* nobody */
        {"7,P,x,1,1.2E+11", "7 professional -"},
        {"1.2E+11,P,1,1,pat", "- - pat"},
        {"7,P,1", "7 professional -"},             /* short: what is there is where it belongs */
        {"7,P,1,1,pat,more", "7 professional pat"},
        {"7", "- - -"},
    };
    fixture f;
    start(&f, KEYS "      claim_part: S\n      line_no: N\n      patient_id: PAT\n", "ID,T,S,N,PAT");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_str_eq(left_of(&f, cases[i].row), cases[i].left);
    }
    ck_assert_str_eq(outcome(&f, "7,P,1,1,pat"), "1");
    ck_assert_ptr_null(f.mapped.whose);
    fixture_done(&f);
    start(&f, "    columns: [ID]\n    fields: {claim_id: ID, claim_type: {value: dental}, line_no: N}\n", "ID,N");
    ck_assert_str_eq(left_of(&f, "7,x"), "7 dental -");
    fixture_done(&f);
}
END_TEST

/* What a short row said stands in no later one that repeats the header of the row before it. */
START_TEST(a_short_row_between)
{
    fixture f;
    start(&f, KEYS "      patient_id: PAT\n      line_no: N\n", "ID,T,PAT,N");
    ck_assert_str_eq(outcome(&f, "1,P,a,1"), "1");
    ck_assert_str_eq(left_of(&f, "2,I"), "2 inpatient -");
    ck_assert_str_eq(outcome(&f, "1,P,a,2"), "1");
    ck_assert_str_eq(fixture_value(&f, "claim_type", 1), "professional");
    ck_assert_str_eq(fixture_value(&f, "patient_id", 1), "a");
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, what_is_left_of_a_rejected_row);
    tcase_add_test(tcase, a_short_row_between);
    tcase_add_test(tcase, only_identity_rejects);
    tcase_add_test(tcase, rows_of_another_length);
    tcase_add_test(tcase, a_rejected_line_of_the_reader);
    tcase_add_test(tcase, spreadsheet_identifiers);
    tcase_add_test(tcase, filters_in_order);
    tcase_add_test(tcase, one_currency);
    tcase_add_test(tcase, defaults_and_provenance);
    tcase_add_test(tcase, optional_columns_of_this_file);
    tcase_add_test(tcase, totals_and_their_end);
    tcase_add_test(tcase, a_full_batch);
    tcase_add_test(tcase, a_rejected_row_between);
}

CA_CHECK_MAIN("map/mapper", add_tests)
