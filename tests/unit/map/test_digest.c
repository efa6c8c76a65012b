/* Record digests: of what is said, not of how, where or in which order it is said. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

static ca_digest digest_of(const char *yaml, const char *header, const char *row)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, yaml), "");
    ck_assert_msg(fixture_header(&f, header) == 0, "%s", f.err.text);
    uint32_t id;
    (void)ca_codes_put(&f.codes, (uint8_t)(header[0] % 2), CA_TEXT("SHIFT"),
                       &id); /* other dictionary ids */
    ck_assert_int_eq(fixture_row(&f, row), 0);
    ck_assert_msg(f.mapped.lines > 0, "%s", f.mapped.reject);
    ca_digest digest = f.batch->digest[0];
    fixture_done(&f);
    return digest;
}

#define CANON                                                                                      \
    FIXTURE_TOP                                                                                    \
    "    columns: [claim_id]\n    optional: yes\n    fields:\n      claim_id: claim_id\n"          \
    "      claim_type: claim_type\n      from_date: from_date\n      paid: paid\n      sex: sex\n" \
    "      principal_diagnosis: {column: dx, system: icd10cm, prefixed: yes}\n"                    \
    "      modifiers: modifiers\n      patient_id: pat\n      claim_status: status\n"              \
    "      claim_part: part\n"                                                                     \
    "      line_no: line\n"                                                                        \
    "    extra: {ward: {column: ward, type: text}, bed: {column: bed, type: int}}\n"

/* The same claim, told in another notation. */
#define OTHER                                                                                      \
    "profile: b\ntitle: B\njurisdiction: de\ncurrency: EUR\ndates: [dd.mm.yyyy]\n"                 \
    "numbers: {point: \",\"}\nmissing: [none]\nlayouts:\n  - layout: x\n"                          \
    "    records: claims\n    columns: [NR]\n"                                                     \
    "    fields:\n      modifiers: {columns: [M1, M2]}\n      paid: BETRAG\n      claim_id: NR\n"  \
    "      claim_type: {value: inpatient}\n      from_date: VON\n      patient_id: VERS\n"         \
    "      sex: {column: G, values: {w: F}}\n"                                                     \
    "      principal_diagnosis: {column: DX, system_column: KAT, system_values: {x: "              \
    "icd10cm, y: icd9cm}}\n"                                                                       \
    "    extra: {bed: {column: BETT, type: int}, ward: {column: STATION, type: text}}\n"

static bool same(ca_digest a, ca_digest b)
{
    return ca_digest_cmp(a, b) == 0;
}

static ca_digest canonical(const char *row)
{
    return digest_of(CANON, "claim_id,claim_type,from_date,paid,sex,dx,modifiers,pat,ward,bed",
                     row);
}

/* A row of the other notation with semicolons as its separators here, because its numbers have
 * commas. */
static ca_digest other(const char *semicolons)
{
    fixture f;
    ca_text cells[FIXTURE_CELLS];
    size_t count = 0;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, OTHER), "");
    ck_assert_msg(fixture_header(&f, "M1,M2,BETRAG,NR,VON,VERS,G,DX,KAT,STATION,BETT") == 0, "%s",
                  f.err.text);
    ca_text rest = ca_text_of(semicolons);
    while (ca_text_next(&rest, ';', &cells[count])) {
        count++;
    }
    ca_row row = {.cells = cells, .cell_count = count};
    ck_assert_int_eq(ca_mapper_row(f.mapper, &row, 0, f.batch, &f.mapped, &f.err), 0);
    ck_assert_msg(f.mapped.lines == 1, "%s", f.mapped.reject);
    ca_digest digest = f.batch->digest[0];
    fixture_done(&f);
    return digest;
}

START_TEST(digests_do_not_depend_on_notation)
{
    ca_digest here = canonical("c1,inpatient,2024-02-29,1234.50,F,I10,RT;LT,p9,W3,7");
    ck_assert(same(here, other("RT;lt;1234,5;c1;29.02.2024;p9;w;i10;x;W3;07")));
    ck_assert(!same(here, other("LT;RT;1234,5;c1;29.02.2024;p9;w;i10;x;W3;7")));
    ck_assert(!same(here, other("RT;LT;1234,5;c1;29.02.2024;p9;w;i10;y;W3;7")));
    ck_assert(!same(here, other("RT;LT;1234,5;c1;29.02.2024;p9;none;i10;x;W3;7")));
    ck_assert(!same(here, other("RT;LT;1234,5;c1;29.02.2024;p9;w;i10;x;7;3")));
    ck_assert(!same(here, other("RT;LT;1234,5;c1;28.02.2024;p9;w;i10;x;W3;7")));
    ck_assert(same(canonical("c1,inpatient,,,,,,,,"), other(";;;c1;;;;;;;")));
    ck_assert(
        same(canonical("c1,inpatient,,,,icd9cm:4280,RT,,,"), other("RT;;;c1;;;none;428.0;y;;")));
}
END_TEST

START_TEST(digests_know_missing_from_default)
{
    const char *row = "c1,inpatient";
    ca_digest plain = digest_of(CANON, "claim_id,claim_type", row);
    ck_assert(same(plain, digest_of(CANON, "claim_id,claim_type,status,part",
                                    "c1,inpatient,original,1")) == false);
    ck_assert(same(digest_of(CANON, "claim_id,claim_type,line", "c1,inpatient,1"), plain));
    ck_assert(same(digest_of(CANON, "claim_id,claim_type,status", "c1,inpatient,"), plain));
    ck_assert(same(digest_of(CANON, "claim_id,claim_type,paid", "c1,inpatient,"), plain));
    ck_assert(!same(digest_of(CANON, "claim_id,claim_type,paid", "c1,inpatient,0"), plain));
    ck_assert(!same(digest_of(CANON, "claim_id,claim_type,modifiers", "c1,inpatient,"), plain));
    ck_assert(!same(digest_of(CANON, "claim_id,claim_type,pat", "c1,inpatient,0"), plain));
    ck_assert(!same(digest_of(CANON, "claim_id,claim_type,ward", "c1,inpatient,x"),
                    digest_of(CANON, "claim_id,claim_type,pat", "c1,inpatient,x")));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, digests_do_not_depend_on_notation);
    tcase_add_test(tcase, digests_know_missing_from_default);
}

CA_CHECK_MAIN("map/digest", add_tests)
