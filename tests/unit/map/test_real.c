/* The shipped profiles on real files. Skipped, saying so, where the folder beside the repository is
 * absent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "read/inputs.h"
#include "read/rows.h"
#include "refs/refs.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

typedef struct tally {
    const char *layout;
    uint64_t read, accepted, rejected, skipped, lines, undecoded;
} tally;

typedef struct load {
    fixture f;
    ca_facts *facts;
    ca_joins joins;
    tally tallies[32];
    size_t count;
    uint64_t second_segments;
    uint64_t dateless; /* outpatient lines without a from date */
    ca_totals totals;  /* of the carrier files */
} load;

/* Path below the repository, in the run's memory. */
static const char *path_of(load *l, const char *below)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    return ca_arena_printf(&l->f.arena, "%s/%s", root ? root : ".", below);
}

static tally *tally_of(load *l, const char *layout)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->tallies[i].layout, layout) == 0) {
            return &l->tallies[i];
        }
    }
    l->tallies[l->count].layout = layout;
    return &l->tallies[l->count++];
}

static ca_rows *open_rows(const char *path, const ca_csv_format *format, ca_source **source,
                          ca_row *header)
{
    ca_rows *rows = NULL;
    ca_error err;
    ck_assert_int_eq(ca_source_open(ca_disk_real(), path, source, &err), 0);
    ck_assert_int_eq(ca_rows_open(*source, format, 0, CA_LANE_BOTH, &rows, &err), 0);
    ck_assert_int_eq(ca_rows_next(rows, header, &err), 0);
    return rows;
}

/* RIF repeats the principal among the others; the profile drops it there. */
static void check_others(const load *l)
{
    const ca_batch *batch = l->f.batch;
    for (unsigned row = 0; row < batch->rows; row++) {
        if (!ca_batch_has(batch, CA_F_OTHER_DIAGNOSES, row) ||
            !ca_batch_has(batch, CA_F_PRINCIPAL_DIAGNOSIS, row)) {
            continue;
        }
        uint32_t principal = batch->columns[CA_F_PRINCIPAL_DIAGNOSIS].as.code[row];
        ca_slice others = batch->columns[CA_F_OTHER_DIAGNOSES].as.slice[row];
        ca_slice all = batch->columns[CA_F_DIAGNOSES].as.slice[row];
        for (uint32_t i = 0; i < others.len; i++) {
            ck_assert_uint_ne(batch->list_codes[others.from + i], principal);
        }
        ck_assert_uint_eq(all.len, others.len + 1);
        ck_assert_uint_eq(batch->list_codes[all.from], principal);
    }
}

/* Second segments of outpatient claims have line numbers from 2001 on. */
static void count_segments(load *l)
{
    const ca_batch *batch = l->f.batch;
    for (unsigned row = 0; row < batch->rows; row++) {
        int64_t part = batch->columns[CA_F_CLAIM_PART].as.number[row];
        int64_t number = batch->columns[CA_F_LINE_NO].as.number[row];
        ck_assert_int_eq(number / 1000, part);
        ck_assert_int_ge(number % 1000, 1);
        ck_assert_int_le(number % 1000, 45);
        l->second_segments += number > 2000 ? 1 : 0;
    }
}

static void judge_batch(load *l, const tally *kept)
{
    ca_error err;
    if (strcmp(l->f.profile->name, "cms-rif") == 0) {
        check_others(l);
    } else if (strcmp(kept->layout, "outpatient") == 0) {
        count_segments(l);
    }
    ck_assert_int_eq(ca_facts_join(l->facts, l->f.batch, 0, NULL, &l->joins, &err), 0);
    for (unsigned row = 0; strcmp(kept->layout, "outpatient") == 0 && row < l->f.batch->rows;
         row++) {
        l->dateless += ca_batch_has(l->f.batch, CA_F_FROM_DATE, row) ? 0 : 1;
    }
    ca_batch_clear(l->f.batch);
}

static void map_rows(load *l, ca_rows *rows, tally *kept)
{
    fixture *f = &l->f;
    bool claims = ca_layout_records(f->layout) == CA_RECORDS_CLAIMS;
    ca_row row;
    int rc;
    while ((rc = ca_rows_next(rows, &row, &f->err)) == 0) {
        ca_mapped mapped = {.reject = row.reject};
        kept->read++;
        if (!row.reject && claims) {
            rc = ca_mapper_row(f->mapper, &row, 0, f->batch, &mapped, &f->err);
            if (rc == CA_END) {
                judge_batch(l, kept);
                rc = ca_mapper_row(f->mapper, &row, 0, f->batch, &mapped, &f->err);
            }
        } else if (!row.reject) {
            rc = ca_mapper_fact(f->mapper, &row, l->facts, &mapped, &f->err);
        }
        ck_assert_int_eq(rc, 0);
        kept->rejected += mapped.reject ? 1 : 0;
        kept->skipped += mapped.skip ? 1 : 0;
        kept->accepted += mapped.reject || mapped.skip ? 0 : 1;
        kept->lines += mapped.lines;
    }
    ck_assert_int_eq(rc, CA_END);
    if (claims) {
        judge_batch(l, kept);
    }
}

static void count_undecoded(load *l, tally *kept)
{
    const ca_column_count *counts;
    size_t count = ca_mapper_counts(l->f.mapper, &counts);
    for (size_t i = 0; i < count; i++) {
        kept->undecoded += counts[i].undecoded;
    }
    if (strcmp(kept->layout, "carrier") == 0) {
        ca_totals totals;
        ca_mapper_totals(l->f.mapper, &totals);
        l->totals.paid += totals.paid;
        l->totals.allowed += totals.allowed;
    }
}

/* Only files of the wanted kind: facts come before claims. */
static void load_file(load *l, const char *path, bool facts)
{
    fixture *f = &l->f;
    const ca_csv_format *formats;
    ca_source *source;
    ca_row header;
    ck_assert_uint_eq(ca_profile_formats(f->profile, &formats), 1);
    ca_rows *rows = open_rows(path, &formats[0], &source, &header);
    int rc = ca_profile_match(f->profile, &formats[0], header.cells, header.cell_count, path,
                              &f->layout, &f->err);
    ck_assert_msg(rc == 0, "%s: %s", path, f->err.text);
    ca_records records = ca_layout_records(f->layout);
    if (records != CA_RECORDS_IGNORE && facts == (records != CA_RECORDS_CLAIMS)) {
        tally *kept = tally_of(l, ca_layout_name(f->layout));
        rc = ca_mapper_new(f->profile, f->layout, header.cells, header.cell_count, &f->codes,
                           &f->mapper, &f->err);
        ck_assert_msg(rc == 0, "%s: %s", path, f->err.text);
        ca_mapper_file_as_of(f->mapper, ca_layout_file_as_of(f->layout, path));
        map_rows(l, rows, kept);
        count_undecoded(l, kept);
        ca_mapper_free(f->mapper);
        f->mapper = NULL;
    }
    ca_rows_close(rows);
    ca_source_close(source);
}

/* The vocabulary of the repository when it is there, else that of the fixture. */
static void load_profile(load *l, const char *name)
{
    fixture *f = &l->f;
    ca_vocabulary vocabulary;
    ca_file_info info;
    const char *path = path_of(l, "rules/vocabulary.yaml");
    if (ca_disk_real()->info(ca_disk_real(), path, &info, &f->err) == 0) {
        ca_codes_done(&f->codes);
        ca_codes_init(&f->codes, &f->arena);
        ck_assert_int_eq(ca_vocabulary_load(ca_disk_real(), path, &f->codes, &f->arena, &f->diags,
                                            &vocabulary, &f->err),
                         0);
    }
    path = path_of(l, ca_arena_printf(&f->arena, "data/profiles/%s.yaml", name));
    ck_assert_int_eq(ca_profile_load(ca_disk_real(), path, &f->codes, &f->arena, &f->diags,
                                     &f->profile, &f->err),
                     0);
    for (size_t i = 0; i < f->diags.count; i++) {
        ck_abort_msg("%s:%u:%u: %s", f->diags.items[i].file, f->diags.items[i].line,
                     f->diags.items[i].column, f->diags.items[i].text);
    }
    ck_assert_ptr_nonnull(f->profile);
    ck_assert_str_eq(f->profile->name, name);
}

/* False when the folder is absent. */
static bool load_folder(load *l, const char *profile, const char *folder)
{
    ca_inputs inputs;
    ca_file_info info;
    memset(l, 0, sizeof *l);
    fixture_init(&l->f);
    const char *path = path_of(l, folder);
    if (ca_disk_real()->info(ca_disk_real(), path, &info, &l->f.err)) {
        printf("# skipped: %s is absent\n", folder);
        fixture_done(&l->f);
        return false;
    }
    load_profile(l, profile);
    l->facts = ca_facts_new();
    l->f.batch = ca_batch_new(&l->f.profile->schema, CA_BATCH_ROWS);
    ck_assert_int_eq(ca_inputs_expand(ca_disk_real(), &path, 1, &l->f.arena, &inputs, &l->f.err),
                     0);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < inputs.count; i++) {
            load_file(l, inputs.paths[i], pass == 0);
        }
    }
    return true;
}

static void free_load(load *l)
{
    ca_facts_free(l->facts);
    fixture_done(&l->f);
}

static void expect(load *l, const char *layout, uint64_t rows, uint64_t lines, uint64_t undecoded)
{
    const tally *found = tally_of(l, layout);
    ck_assert_msg(found->read == rows && found->accepted == rows && found->rejected == 0 &&
                      found->lines == lines && found->undecoded == undecoded,
                  "%s: read %llu accepted %llu rejected %llu lines %llu undecoded %llu", layout,
                  (unsigned long long)found->read, (unsigned long long)found->accepted,
                  (unsigned long long)found->rejected, (unsigned long long)found->lines,
                  (unsigned long long)found->undecoded);
}

/* The sample is loaded once for all that is asked of it. */
START_TEST(desynpuf_loads_whole)
{
    load l;
    if (!load_folder(&l, "desynpuf", "../shared/data/desynpuf-500")) {
        return;
    }
    expect(&l, "inpatient", 264, 264, 0);
    expect(&l, "outpatient", 3454, 18868, 0);
    expect(&l, "carrier", 21187, 42440, 0);
    expect(&l, "drug_events", 22474, 22474, 0);
    expect(&l, "beneficiary", 500 + 492 + 485, 0, 0);
    ck_assert_uint_eq(ca_facts_patients(l.facts), 500);
    ck_assert_uint_eq(l.joins.patient.usable, 264 + 18868 + 42440 + 22474);
    ck_assert_uint_eq(l.joins.patient.found, l.joins.patient.usable);
    ck_assert_uint_eq(l.dateless, 71);
    ck_assert_uint_eq(l.second_segments, 71);
    ck_assert_int_eq(l.totals.paid, INT64_C(1908390) * 10000);
    ck_assert_int_eq(l.totals.allowed, INT64_C(2465140) * 10000);
    free_load(&l);
}
END_TEST

START_TEST(rif_loads_whole)
{
    load l;
    if (!load_folder(&l, "cms-rif", "../shared/data/cms-rif-20")) {
        return;
    }
    expect(&l, "inpatient", 41, 41, 0);
    expect(&l, "outpatient", 1305, 1305, 0);
    expect(&l, "carrier", 1997, 1997, 0);
    expect(&l, "snf", 638, 638, 0);
    expect(&l, "hha", 11, 11, 0);
    expect(&l, "hospice", 284, 284, 0);
    expect(&l, "dme", 4, 4, 0);
    expect(&l, "pde", 984, 984, 0);
    ck_assert_uint_eq(ca_facts_patients(l.facts), 20);
    ck_assert_uint_eq(l.joins.patient.found, l.joins.patient.usable);
    free_load(&l);
}
END_TEST

/* The sample of the repository, which is canonical CSV. */
START_TEST(sample_loads_whole)
{
    static const char *const names[] = {"patients", "providers", "claims"};
    load l;
    memset(&l, 0, sizeof l);
    fixture_init(&l.f);
    load_profile(&l, "generic");
    ck_assert_uint_eq(l.f.profile->layout_count, 3);
    l.facts = ca_facts_new();
    l.f.batch = ca_batch_new(&l.f.profile->schema, CA_BATCH_ROWS);
    for (size_t i = 0; i < 3; i++) {
        const char *below = ca_arena_printf(&l.f.arena, "data/sample/%s.csv", names[i]);
        load_file(&l, path_of(&l, below), i < 2);
    }
    expect(&l, "claims", 3500, 3500, 0);
    expect(&l, "patients", 1022, 0, 0);
    expect(&l, "providers", 142, 0, 0);
    ck_assert_uint_ge(l.joins.patient.found * 100, l.joins.patient.usable * 99);
    ck_assert_uint_ge(l.joins.provider[CA_ROLE_BILLING].found * 100,
                      l.joins.provider[CA_ROLE_BILLING].usable * 99);
    free_load(&l);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, desynpuf_loads_whole);
    tcase_add_test(tcase, rif_loads_whole);
    tcase_add_test(tcase, sample_loads_whole);
}

CA_CHECK_MAIN("map/real", add_tests)
