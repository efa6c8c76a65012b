/* Tests of run/pieces*.c: claims that come as headers, lines, diagnoses and operations. tests/prop/pieces_twin.py holds
 * them against claims in one file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/pieces.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;

#define TOP                                                                                                            \
    "profile: night\ntitle: Night\njurisdiction: us\ncurrency: USD\ndates: [yyyy-mm-dd]\n"                             \
    "systems: {ops: {family: procedure}}\nlayouts:\n"
#define HEADER_FIELDS                                                                                                  \
    "claim_id: claim, patient_id: person, sex: sex, original_claim_id: of, claim_version: version, paid_date: paid_on, " \
    "claim_paid: total, admission_date: day"
#define HEADS "claim,kind,state,of,version,paid_on,person,sex,total,day\n"
#define LINES "claim,pos,code,units,amount\n"
#define CODES "claim,seq,code,main\n"
#define OPERATIONS "claim,seq,operation\n"

/* Only the header says the type. */
static const char profile[] = TOP
    "  - layout: heads\n    records: claims\n    part_of_claim: header\n    columns: [claim, kind, state]\n"
    "    status: {column: state, values: {V: void, S: reversal, R: replacement}}\n    reversal: {of: claim}\n"
    "    fields: {" HEADER_FIELDS ", claim_type: {column: kind, values: {I: inpatient, O: outpatient}}}\n"
    "  - layout: lines\n    records: claims\n    part_of_claim: lines\n    columns: [claim, pos, code]\n"
    "    fields: {claim_id: claim, line_no: pos, procedure: {column: code, system: hcpcs}, units: units, paid: amount}\n"
    "  - layout: diagnoses\n    records: claims\n    part_of_claim: diagnoses\n    columns: [claim, seq, code, main]\n"
    "    principal: {column: main, in: [\"1\"]}\n"
    "    fields: {claim_id: claim, line_no: seq, other_diagnoses: {column: code, system: icd10cm}}\n"
    "  - layout: operations\n    records: claims\n    part_of_claim: operations\n    columns: [claim, seq, operation]\n"
    "    fields: {claim_id: claim, line_no: seq, claim_procedures: {column: operation, system: ops}}\n";

static void setup(void)
{
    night_init(&n);
    night_put(&n, "night.yaml", profile);
    night_rule(&n, "CORE-0001", "line", "sex = 'M' and units > 1", "");
    night_rule(&n, "CORE-0002", "claim", "sum(units) > 3", "");
    night_rule(&n, "CORE-0003", "line", "principal_diagnosis = 'E11' and other_diagnoses overlaps ('I10')", "");
    night_rule(&n, "CORE-0004", "line", "not claim_procedures overlaps ('ops:X1')", "");
    night_put(&n, "heads.csv", HEADS "A,I,,,1,2024-01-05,P1,M,9.00,2024-01-01\nB,O,,,1,2024-01-05,P2,F,9.00,2024-01-02\n");
    night_put(&n, "lines.csv", LINES "A,1,V0001,2,5.00\nA,2,V0002,2,4.00\nB,1,V0001,5,9.00\n");
    night_put(&n, "codes.csv", CODES "A,2,I10,0\nA,1,E11,1\nB,1,I10,1\nB,2,E11,0\n");
    night_put(&n, "operations.csv", OPERATIONS "A,1,X1\n");
}

static void teardown(void)
{
    night_done(&n);
}

static const char *subjects(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT subject_id FROM v_findings WHERE rule_id = '%s' ORDER BY 1", rule));
}

static const char *counts(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT offered, hit, unknown, pass FROM v_rule_stats WHERE rule_id = '%s'",
                                         rule));
}

static const char *rows(const char *file)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT rows_read, rows_accepted, rows_rejected, rows_skipped, lines "
                                                   "FROM v_files WHERE file = '%s'", file));
}

static bool noted(const char *words)
{
    for (size_t i = 0; i < n.summary.note_count; i++) {
        if (strstr(n.summary.notes[i], words)) {
            return true;
        }
    }
    return false;
}

static void scan(const char *inputs)
{
    night_forget(&n);
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
}

#define ALL "heads.csv lines.csv codes.csv operations.csv"

START_TEST(rows_of_four_files_become_lines)
{
    static const char *const orders[] = {ALL, "operations.csv codes.csv lines.csv heads.csv",
                                         "lines.csv operations.csv heads.csv codes.csv"};
    const char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        scan(orders[i]);
        ck_assert_str_eq(subjects("CORE-0001"), "inpatient/A/1\ninpatient/A/2\n");
        ck_assert_str_eq(subjects("CORE-0002"), "inpatient/A\noutpatient/B\n");
        ck_assert_str_eq(subjects("CORE-0003"), "inpatient/A/1\ninpatient/A/2\n");
        ck_assert_str_eq(subjects("CORE-0004"), "outpatient/B/1\n");
        ck_assert_str_eq(counts("CORE-0004"), "3|1|0|2\n");
        ck_assert_str_eq(rows("lines.csv"), "3|3|0|0|3\n");
        ck_assert_str_eq(rows("heads.csv"), "2|2|0|0|0\n");
        ck_assert_uint_eq(n.summary.claims, 2);
        ck_assert_uint_eq(n.summary.lines, 3);
        const char *report = night_report(&n);
        first = first ? first : report;
        ck_assert_str_eq(report, first);
    }
}
END_TEST

/* However small the batch, however few the buckets. */
START_TEST(sizes_do_not_matter)
{
    scan(ALL);
    const char *first = night_report(&n);
    for (unsigned rows_at_once = 1; rows_at_once < 4; rows_at_once++) {
        n.options.batch_rows = rows_at_once;
        n.options.buckets = 1u << (2 * rows_at_once);
        scan(ALL);
        ck_assert_str_eq(night_report(&n), first);
    }
}
END_TEST

START_TEST(what_comes_twice_counts_once)
{
    night_put(&n, "b/lines.csv", LINES "A,2,V0002,2,4.00\nB,1,V0001,5,9.00\n");
    night_put(&n, "b/heads.csv", HEADS "B,O,,,1,2024-01-05,P2,F,9.00,2024-01-02\n");
    night_put(&n, "b/codes.csv", CODES "A,2,I10,0\nB,2,E11,0\n");
    scan(ALL);
    const char *found = subjects("CORE-0003");
    const char *counted = counts("CORE-0001");
    scan(ALL " b/lines.csv b/heads.csv b/codes.csv");
    ck_assert_str_eq(subjects("CORE-0003"), found);
    ck_assert_str_eq(counts("CORE-0001"), counted);
    ck_assert_uint_eq(n.summary.lines_dropped, 2);
    ck_assert_uint_eq(n.summary.rows_skipped, 5);
    ck_assert_uint_eq(n.summary.rows_read, n.summary.rows_accepted + n.summary.rows_skipped);
}
END_TEST

START_TEST(the_newest_header_counts)
{
    night_put(&n, "heads.csv", HEADS "A,I,,,1,2024-01-05,P1,M,9.00,2024-01-01\nA,I,,,2,2024-01-05,P1,F,9.00,2024-01-01\n"
                                     "A,I,,,9,2024-01-04,P1,M,9.00,2024-01-01\n");
    night_put(&n, "lines.csv", LINES "A,1,V0001,2,5.00\n");
    scan(ALL);
    ck_assert_str_eq(subjects("CORE-0001"), "");
    ck_assert_str_eq(counts("CORE-0001"), "1|0|0|1\n");
    ck_assert_str_eq(rows("heads.csv"), "3|1|0|2|0\n");
    ck_assert(noted("2 headers are older versions of others"));
}
END_TEST

/* A void of the claim itself, of another, and a replacement. */
START_TEST(headers_undo_whole_claims)
{
    static const struct {
        const char *row, *left;
        uint64_t dropped;
    } cases[] = {{"A,I,V,,2,2024-01-06,P1,M,,\n", "", 0},
                 {"C,I,V,A,1,2024-01-06,P1,M,,\n", "", 0},
                 {"C,I,S,A,1,2024-01-06,P1,M,,\n", "", 0},
                 {"C,I,R,A,1,2024-01-06,P1,M,,\n", "", 2},
                 {"C,I,V,A,1,2024-01-01,P1,M,,\n", "inpatient/A/1\ninpatient/A/2\n", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        night_put(&n, "more.csv", ca_arena_printf(&n.arena, HEADS "%s", cases[i].row));
        scan(i % 2 ? ALL " more.csv" : "more.csv " ALL);
        ck_assert_msg(strcmp(subjects("CORE-0001"), cases[i].left) == 0, "%s", cases[i].row);
        ck_assert_uint_eq(n.summary.lines_dropped, cases[i].dropped);
        ck_assert_uint_eq(n.summary.lines_undone, cases[i].left[0] || cases[i].dropped ? 0 : 2);
        ck_assert_str_eq(rows("more.csv"), "1|1|0|0|1\n");
        bool taken = !cases[i].left[0];
        ck_assert_str_eq(counts("CORE-0001"), taken ? i == 3 ? "2|0|1|1\n" : "1|0|0|1\n" : "3|2|0|1\n");
        ck_assert(!noted("headers have no lines") || i == 3);
    }
}
END_TEST

START_TEST(lines_without_header_are_kept)
{
    night_put(&n, "heads.csv", HEADS "B,O,,,1,2024-01-05,P2,F,9.00,2024-01-02\n");
    scan(ALL);
    ck_assert_str_eq(counts("CORE-0001"), "3|0|2|1\n");
    ck_assert_str_eq(counts("CORE-0002"), "2|1|1|0\n");
    ck_assert_str_eq(counts("CORE-0003"), "3|2|0|1\n");    /* diagnoses find the lines */
    ck_assert_str_eq(subjects("CORE-0003"), "other/A/1\nother/A/2\n");
    ck_assert(noted("2 lines have no header"));
    ck_assert(noted("3 rows of diagnoses and operations have no header"));
    ck_assert(noted("1 claims are incomplete"));
    ck_assert_uint_eq(n.summary.rows_accepted, 9);
}
END_TEST

START_TEST(headers_without_lines_are_claims)
{
    night_put(&n, "lines.csv", LINES "B,1,V0001,5,9.00\n");
    scan(ALL);
    ck_assert_str_eq(subjects("CORE-0003"), "inpatient/A/1\n");    /* diagnoses find the header */
    ck_assert_str_eq(counts("CORE-0001"), "2|0|1|1\n");
    ck_assert_str_eq(counts("CORE-0002"), "2|1|1|0\n");
    ck_assert_str_eq(rows("heads.csv"), "2|2|0|0|1\n");
    ck_assert_uint_eq(n.summary.claims, 2);
    ck_assert(noted("1 headers have no lines"));
    ck_assert(noted("1 claims are incomplete"));
}
END_TEST

START_TEST(lists_alone_are_skipped)
{
    night_put(&n, "codes.csv", CODES "A,1,E11,1\nZ,1,E11,1\nZ,1,E11,1\nZ,2,I10,0\n");
    scan(ALL);
    ck_assert_str_eq(rows("codes.csv"), "4|1|0|3|0\n");
    ck_assert(noted("2 rows of diagnoses and operations have no header"));
    ck_assert(!noted("incomplete"));
    ck_assert_uint_eq(n.summary.claims, 2);
}
END_TEST

/* What was rejected, or not delivered, is not known. */
START_TEST(lists_that_lack_a_row_are_unknown)
{
    n.options.max_rejects = 10;
    night_put(&n, "operations.csv", OPERATIONS "A,1,X1\nB,,X1\n");
    scan(ALL);
    ck_assert_str_eq(counts("CORE-0004"), "3|0|1|2\n");
    ck_assert_str_eq(counts("CORE-0002"), "2|1|1|0\n");
    ck_assert(noted("1 claims are incomplete, because rows of them were rejected or are missing"));
    scan("heads.csv lines.csv codes.csv");
    ck_assert_str_eq(counts("CORE-0004"), "3|0|3|0\n");
    night_put(&n, "codes.csv", CODES "B,1,I10,1\n");    /* none of A: not known either */
    scan(ALL);
    ck_assert_str_eq(counts("CORE-0003"), "3|0|2|1\n");
}
END_TEST

/* The principal diagnosis stands once: first in order, or in the header. */
START_TEST(diagnoses_stand_in_order)
{
    night_put(&n, "codes.csv", CODES "A,3,I10,0\nA,2,E11,1\nA,1,J44,1\nA,4,J44,0\n");
    night_rule(&n, "CORE-0005", "line", "principal_diagnosis = 'J44' and not other_diagnoses overlaps ('J44') and "
                                        "other_diagnoses overlaps ('E11') and diagnoses overlaps ('J44')", "");
    scan("heads.csv lines.csv codes.csv");
    ck_assert_str_eq(subjects("CORE-0005"), "inpatient/A/1\ninpatient/A/2\n");
}
END_TEST

/* --- With the type in every file ------------------------------------------------------------------ */

static void type_everywhere(void)
{
    night_put(&n, "night.yaml", TOP
        "  - layout: heads\n    records: claims\n    part_of_claim: header\n    columns: [claim, kind, sex]\n"
        "    fields: {claim_id: claim, claim_part: part, claim_type: kind, patient_id: person, sex: sex, "
        "principal_diagnosis: {column: dx, system: icd10cm}}\n"
        "  - layout: lines\n    records: claims\n    part_of_claim: lines\n    columns: [claim, pos, kind]\n"
        "    fields: {claim_id: claim, claim_part: part, claim_type: kind, line_no: pos, units: units, patient_id: person}\n");
    night_rule(&n, "CORE-0003", "line", "patient_id = 'P9' and sex = 'M'", "");
    night_rule(&n, "CORE-0004", "line", "principal_diagnosis = 'E11'", "");
}

START_TEST(types_and_parts_tell_claims_apart)
{
    type_everywhere();
    night_put(&n, "heads.csv", "claim,part,kind,person,sex,dx\nA,1,inpatient,P1,M,E11\nA,2,inpatient,P1,F,I10\nA,1,outpatient,P1,F,\n");
    night_put(&n, "lines.csv", "claim,part,kind,pos,units,person\nA,1,inpatient,1,2,P9\nA,2,inpatient,2,2,\nA,1,outpatient,1,2,\n"
                               "A,1,pharmacy,1,2,P9\n");
    scan("lines.csv heads.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "inpatient/A/1\n");
    ck_assert_str_eq(subjects("CORE-0003"), "inpatient/A/1\n");    /* what a line says itself stays */
    ck_assert_str_eq(subjects("CORE-0004"), "inpatient/A/1\n");
    ck_assert_str_eq(counts("CORE-0001"), "4|1|1|2\n");
    ck_assert(noted("1 lines have no header"));
}
END_TEST

/* What a killed run left is gone before the next one reads. */
START_TEST(leftovers_are_swept)
{
    ca_disk *disk = n.options.disk;
    ca_file_info info;
    const char *work = ca_arena_printf(&n.arena, "%s.work", n.db);
    const char *folder = ca_arena_printf(&n.arena, "%s/x0", work);
    ck_assert_int_eq(disk->make_directory(disk, work, &n.err), 0);
    ck_assert_int_eq(disk->make_directory(disk, folder, &n.err), 0);
    const char *left = ca_arena_printf(&n.arena, "%s/0.part", folder);
    night_put(&n, left, "of a killed run");
    ck_assert_int_eq(disk->info(disk, left, &info, &n.err), 0);
    ck_assert_msg(night_scan(&n, ALL) == 0, "%s", night_said(&n));
    ck_assert_int_eq(disk->info(disk, left, &info, &n.err), CA_END);
    ck_assert_int_eq(disk->info(disk, work, &info, &n.err), CA_END);
}
END_TEST

/* --- Memory --------------------------------------------------------------------------------------- */

static int read_all(uint64_t at)
{
    ca_arena arena;
    ca_scan_summary summary = {0};
    ca_arena_init(&arena);
    ca_scan_state scan = {.options = &n.options, .summary = &summary, .arena = &arena};
    int rc = ca_engine_begin(&scan, &n.diags, &n.err);
    ck_assert_int_eq(rc, 0);
    ca_alloc_fail(at, 0);
    rc = ca_read_claims(&scan, &n.err);
    rc = rc ? rc : ca_settle(&scan, &n.err);
    ca_alloc_fail(0, 0);
    ca_engine_end(&scan);
    ca_arena_done(&arena);
    return rc;
}

START_TEST(no_allocation_may_be_missed)
{
    static const char *const inputs[] = {"heads.csv", "lines.csv", "codes.csv", "operations.csv", "again.csv"};
    uint64_t at = 1;
    int rc;
    night_put(&n, "again.csv", LINES "A,1,V0001,2,5.00\n");
    n.options.inputs = inputs;
    n.options.input_count = 5;
    n.options.db = NULL;
    n.options.work = n.folder;
    while ((rc = read_all(at)) != 0) {
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_str_eq(night_left(&n), "");
        at += at < 60 ? 1 : 7;
    }
    ck_assert_uint_gt(at, 60);
}
END_TEST

/* Such a column is mapped wrongly: all its rows would have to be held at once. */
START_TEST(very_many_rows_of_one_claim_are_refused)
{
    char *text = malloc(120000 * 32 + 64);
    ck_assert_ptr_nonnull(text);
    size_t len = (size_t)sprintf(text, LINES);
    for (unsigned i = 0; i < 120000; i++) {
        len += (size_t)sprintf(text + len, "%s,%u,V0001,2,5.00\n", i % 100 ? "A" : "B", i + 1);
    }
    night_put(&n, "many.csv", text);
    free(text);
    night_put(&n, "heads.csv", HEADS "A,I,,,,,P1,M,10.00,2024-01-01\n");
    ck_assert_int_eq(night_scan(&n, "heads.csv many.csv"), CA_LIMIT);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "take more than 16 MiB: is claim_id mapped to the right column?"));
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, rows_of_four_files_become_lines);
    tcase_add_test(tcase, sizes_do_not_matter);
    tcase_add_test(tcase, what_comes_twice_counts_once);
    tcase_add_test(tcase, the_newest_header_counts);
    tcase_add_test(tcase, headers_undo_whole_claims);
    tcase_add_test(tcase, lines_without_header_are_kept);
    tcase_add_test(tcase, headers_without_lines_are_claims);
    tcase_add_test(tcase, lists_alone_are_skipped);
    tcase_add_test(tcase, lists_that_lack_a_row_are_unknown);
    tcase_add_test(tcase, diagnoses_stand_in_order);
    tcase_add_test(tcase, types_and_parts_tell_claims_apart);
    tcase_add_test(tcase, leftovers_are_swept);
    tcase_add_test(tcase, very_many_rows_of_one_claim_are_refused);
    tcase_add_test(tcase, no_allocation_may_be_missed);
}

CA_CHECK_MAIN("run/pieces", add_tests)
