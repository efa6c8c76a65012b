/* Code sets: what a file's rows become, every mistake in a file, the index against the explaining
 * walk, and the digest. */
#include "unit/refs/fixture.h"

#include "base/alloc.h"
#include "unit/store/random.h"

#define ONE_SOURCE(source) "sets:\n  s:\n    family: diagnosis\n    sources:\n      - " source "\n"
#define PLAIN              ONE_SOURCE("{file: c.csv, system: icd10cm, column: code, valid: [from, to]}")

START_TEST(dates_are_inclusive_and_may_be_open)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv",
        "code,from,to\nA00,20200101,20201231\nb.01,2021-02-03,\nC02,,20191231\nD03,,\n");
    ck_assert_str_eq(load(&fix, PLAIN), "");
    const ca_codeset *set = need_set(&fix, "s");
    ck_assert(ca_codeset_bound(set));
    ck_assert(ca_codeset_dated(set));
    ck_assert_uint_eq(ca_codeset_rows(set), 4);
    ck_assert_str_eq(ca_codeset_family(set), "diagnosis");
    ck_assert(!is_in(&fix, "s", "icd10cm", "A00", day("2019-12-31")));
    ck_assert(is_in(&fix, "s", "icd10cm", "A00", day("2020-01-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "A00", day("2020-12-31")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A00", day("2021-01-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "B01", day("2021-02-02")));
    ck_assert(is_in(&fix, "s", "icd10cm", "B01", day("2021-02-03")));
    ck_assert(is_in(&fix, "s", "icd10cm", "B01", CA_DATE_MAX));
    ck_assert(is_in(&fix, "s", "icd10cm", "C02", CA_DATE_MIN));
    ck_assert(!is_in(&fix, "s", "icd10cm", "C02", day("2020-01-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "D03", day("2020-01-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "D03", CA_NO_DATE));
    ck_assert(!is_in(&fix, "s", "icd9cm", "D03", day("2020-01-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A001", day("2020-01-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A0", day("2020-01-01")));
    fixture_done(&fix);
}
END_TEST

START_TEST(undated_sets_ignore_the_date)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "code\nA00\n");
    ck_assert_str_eq(load(&fix, ONE_SOURCE("{file: c.csv, system: icd10cm, column: code}")), "");
    ck_assert(!ca_codeset_dated(need_set(&fix, "s")));
    ck_assert(is_in(&fix, "s", "icd10cm", "A00", CA_NO_DATE));
    ck_assert(is_in(&fix, "s", "icd10cm", "A00", CA_DATE_MAX));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A01", CA_NO_DATE));
    fixture_done(&fix);
}
END_TEST

START_TEST(prefix_rows_cover_what_begins_with_them)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv",
        "code,from,to\nO0,20200101,20201231\n=O0,20210101,\nO00.1,20220101,\nZ,,\n");
    ck_assert_str_eq(
        load(&fix,
             ONE_SOURCE(
                 "{file: c.csv, system: icd10cm, column: code, valid: [from, to], prefix: yes}")),
        "");
    ck_assert(is_in(&fix, "s", "icd10cm", "O001", day("2020-06-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "O0", day("2020-06-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "O001", day("2021-06-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "O0", day("2021-06-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "O001", day("2022-06-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "O0019", day("2022-06-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "O002", day("2022-06-01")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "O", day("2020-06-01")));
    ck_assert(is_in(&fix, "s", "icd10cm", "Z", day("2020-06-01")));
    fixture_done(&fix);
}
END_TEST

START_TEST(the_deciding_row_is_the_exact_one_then_the_longest_prefix)
{
    fixture fix;
    ca_ref_row row;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "code,from,to\nA,,\nA0,,20201231\n=A00,20200101,20200131\n");
    ck_assert_str_eq(
        load(&fix,
             ONE_SOURCE(
                 "{file: c.csv, system: icd10cm, column: code, valid: [from, to], prefix: yes}")),
        "");
    const ca_codeset *set = need_set(&fix, "s");
    uint32_t id = code_id(&fix, "icd10cm", "A00");
    ck_assert(ca_codeset_explain(set, &fix.codes, id, day("2020-01-15"), &row));
    ck_assert_str_eq(row.file, "c.csv");
    ck_assert_uint_eq(row.line, 4);
    ck_assert(!row.prefix && ca_text_is(row.code, "A00"));
    ck_assert_int_eq(row.from, day("2020-01-01"));
    ck_assert_int_eq(row.to, day("2020-01-31"));
    ck_assert(ca_codeset_explain(set, &fix.codes, id, day("2020-02-15"), &row));
    ck_assert_uint_eq(row.line, 3);
    ck_assert(row.prefix && ca_text_is(row.code, "A0"));
    ck_assert_int_eq(row.from, CA_DATE_MIN);
    ck_assert(ca_codeset_explain(set, &fix.codes, id, day("2021-02-15"), &row));
    ck_assert_uint_eq(row.line, 2);
    ck_assert_int_eq(row.to, CA_DATE_MAX);
    ck_assert(!ca_codeset_explain(set, &fix.codes, code_id(&fix, "icd10cm", "B00"),
                                  day("2020-01-15"), &row));
    fixture_done(&fix);
}
END_TEST

START_TEST(a_prefix_is_not_padded)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "code\n45\n=36\n");
    ck_assert_str_eq(
        load(&fix, "sets: {s: {family: revenue, file: c.csv, column: code, prefix: yes}}\n"), "");
    ck_assert(is_in(&fix, "s", "revenue", "4500", CA_NO_DATE));
    ck_assert(!is_in(&fix, "s", "revenue", "0045", CA_NO_DATE));
    ck_assert(is_in(&fix, "s", "revenue", "0036", CA_NO_DATE));
    fixture_done(&fix);
}
END_TEST

START_TEST(filters_choose_rows)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv",
        "code,kind,flags\nA1,x,female;cc\nA2,y, cc ; female \nA3,x,females\nA4,x,\nA5,z,female;reqsdx\n");
    ck_assert_str_eq(
        load(
            &fix,
            "sets:\n"
            "  contains: {family: diagnosis, file: c.csv, system: icd10cm, column: code, where: {flags: {contains: female}}}\n"
            "  both: {family: diagnosis, file: c.csv, system: icd10cm, column: code, where: {flags: {contains: female, separator: \";\"}, kind: x}}\n"
            "  without: {family: diagnosis, file: c.csv, system: icd10cm, column: code, where: {flags: {not_contains: [reqsdx, cc]}}}\n"
            "  one_of: {family: diagnosis, file: c.csv, system: icd10cm, column: code, where: {kind: {in: [y, z]}}}\n"
            "  empty: {family: diagnosis, file: c.csv, system: icd10cm, column: code, where: {flags: ''}}\n"),
        "");
    const char *const sets[] = {"contains", "both", "without", "one_of", "empty"};
    const char *const expected[] = {"11001", "10000", "00110", "01001", "00010"};
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 5; k++) {
            char code[3] = {'A', (char)('1' + k), 0};
            ck_assert_msg(is_in(&fix, sets[i], "icd10cm", code, CA_NO_DATE) ==
                              (expected[i][k] == '1'),
                          "%s %s", sets[i], code);
        }
    }
    fixture_done(&fix);
}
END_TEST

START_TEST(rows_of_another_family_are_left_out)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "system,code\nicd10cm,A1\nhcpcs,G0101\nicd9cm,001\nicd10cm,A2\n");
    ck_assert_str_eq(
        load(&fix, "sets:\n"
                   "  dx: {family: diagnosis, file: c.csv, system_column: system, column: code}\n"
                   "  px: {family: procedure, file: c.csv, system_column: system, column: code}\n"),
        "");
    ck_assert_uint_eq(ca_codeset_rows(need_set(&fix, "dx")), 3);
    ck_assert_uint_eq(ca_codeset_rows(need_set(&fix, "px")), 1);
    ck_assert(is_in(&fix, "dx", "icd9cm", "001", CA_NO_DATE));
    ck_assert(!is_in(&fix, "dx", "icd10cm", "001", CA_NO_DATE));
    ck_assert(is_in(&fix, "px", "hcpcs", "G0101", CA_NO_DATE));
    fixture_done(&fix);
}
END_TEST

START_TEST(several_sources_delimiters_encodings_and_forms_of_dates)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/a.csv", "code;ab\nA1;03.04.2020\n");
    put(&fix, "us/b.csv", "code\tflag\nB1\t\xE4\nB2\tx\n");
    put(&fix, "/abs/c.csv", "code\nC1\n");
    ck_assert_str_eq(
        load(
            &fix,
            "sets:\n  s:\n    family: diagnosis\n    sources:\n"
            "      - {file: a.csv, system: icd10cm, column: code, delimiter: \";\", valid: [ab, ab], dates: dd.mm.yyyy}\n"
            "      - {file: b.csv, system: icd10cm, column: code, delimiter: tab, encoding: latin-1, where: {flag: ä}}\n"
            "      - {file: /abs/c.csv, system: icd9cm, column: code}\n"
            "    codes: [icd10cm:D.1, icd9cm:d2]\n"),
        "");
    const ca_codeset *set = need_set(&fix, "s");
    ca_ref_row row;
    ck_assert(ca_codeset_dated(set));
    ck_assert(is_in(&fix, "s", "icd10cm", "A1", day("2020-04-03")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A1", day("2020-04-04")));
    ck_assert(is_in(&fix, "s", "icd10cm", "B1", day("2020-04-04")));
    ck_assert(!is_in(&fix, "s", "icd10cm", "B2", day("2020-04-04")));
    ck_assert(is_in(&fix, "s", "icd9cm", "C1", day("2020-04-04")));
    ck_assert(is_in(&fix, "s", "icd10cm", "D1", day("2020-04-04")));
    ck_assert(is_in(&fix, "s", "icd9cm", "D2", day("2020-04-04")));
    ck_assert(ca_codeset_explain(set, &fix.codes, code_id(&fix, "icd9cm", "D2"), 0, &row));
    ck_assert_str_eq(row.file, "us/sets.yaml");
    ck_assert_uint_eq(row.line, 8);
    ck_assert(ca_codeset_explain(set, &fix.codes, code_id(&fix, "icd9cm", "C1"), 0, &row));
    ck_assert_str_eq(row.file, "/abs/c.csv");
    fixture_done(&fix);
}
END_TEST

/* --- Mistakes in files ------------------------------------------------------------------ */

static const struct {
    const char *csv;
    const char *said;
} mistakes[] = {
    {"", "us/sets.yaml:5:9: c.csv is empty\n"},
    {"code,from,to\n", "us/sets.yaml:5:9: c.csv has a header but no rows\n"},
    {"cod,from,to\nA,,\n", "us/sets.yaml:5:48: c.csv has no column 'code'; did you mean 'cod'?\n"},
    {"code,x,y\nA,,\n",
     "us/sets.yaml:5:61: c.csv has no column 'from'\nus/sets.yaml:5:61: c.csv has no column 'to'\n"},
    {"code,from,from,to\nA,,,\n", "us/sets.yaml:5:61: c.csv has two columns 'from'\n"},
    {"code,from,to\nA1,,\n,,\n", "us/c.csv:3:0: column 'code': the code is empty\n"},
    {"code,from,to\n...,,\n", "us/c.csv:2:0: column 'code': the code is empty\n"},
    {"code,from,to\n0123456789012345678901234567890123456789012345678901234567890123X,,\n",
     "us/c.csv:2:0: column 'code': the code is longer than 64 bytes\n"},
    {"code,from,to\nA1,20150229,\nA2,,2015-13-01\nA3,1.1.2015,1\n",
     "us/c.csv:2:0: column 'from': '20150229' is not a date of the form yyyymmdd or yyyy-mm-dd\n"
     "us/c.csv:3:0: column 'to': '2015-13-01' is not a date of the form yyyymmdd or yyyy-mm-dd\n"
     "us/c.csv:4:0: column 'from': '1.1.2015' is not a date of the form yyyymmdd or yyyy-mm-dd\n"
     "us/c.csv:4:0: column 'to': '1' is not a date of the form yyyymmdd or yyyy-mm-dd\n"},
    {"code,from,to\nA1,20150102,20150101\n",
     "us/c.csv:2:0: the row is valid from 2015-01-02 to 2015-01-01: it ends before it begins\n"},
    {"code,from,to\nA1,,,x\nA2,\n", "us/c.csv:2:0: 3 columns expected, 4 found\n"
                                    "us/c.csv:3:0: 3 columns expected, 2 found\n"},
};

START_TEST(mistakes_in_a_file_are_told_with_their_line)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", mistakes[_i].csv);
    ck_assert_str_eq(load(&fix, PLAIN), mistakes[_i].said);
    ck_assert(ca_codeset_bound(need_set(&fix, "s"))); /* so that rules find it */
    fixture_done(&fix);
}
END_TEST

START_TEST(other_mistakes_in_files)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(load_as(&fix, "us/1.yaml", PLAIN, true),
                     "us/1.yaml:5:9: us/c.csv: cannot open: No such file or directory\n");
    put(&fix, "us/c.csv", "code,sys,from\nA1,icd10xm,03/04/2015\n");
    ck_assert_str_eq(load_as(&fix, "us/2.yaml",
                             ONE_SOURCE("{file: c.csv, system_column: sys, column: code}"), true),
                     "us/c.csv:2:0: unknown code system 'icd10xm'; did you mean 'icd10cm'?\n");
    ck_assert_str_eq(
        load_as(&fix, "us/3.yaml",
                ONE_SOURCE("{file: c.csv, system: icd9cm, column: code, where: {sys: x}}"), true),
        "us/3.yaml:5:9: no row of c.csv passes 'where'\n");
    ck_assert_str_eq(
        load_as(&fix, "us/4.yaml",
                ONE_SOURCE("{file: c.csv, system: icd9cm, column: code, where: {syst: x}}"), true),
        "us/4.yaml:5:61: c.csv has no column 'syst'; did you mean 'sys'?\n");
    ck_assert_str_eq(
        load_as(
            &fix, "us/5.yaml",
            ONE_SOURCE(
                "{file: c.csv, system: icd9cm, column: code, valid: [from, from], dates: mm-dd-yyyy}"),
            true),
        "us/c.csv:2:0: column 'from': '03/04/2015' is not a date of the form mm-dd-yyyy\n"
        "us/c.csv:2:0: column 'from': '03/04/2015' is not a date of the form mm-dd-yyyy\n");
    put(&fix, "us/c.csv", "code,sys\nG1,hcpcs\n");
    ck_assert_str_eq(load_as(&fix, "us/6.yaml",
                             ONE_SOURCE("{file: c.csv, system_column: sys, column: code}"), true),
                     "us/6.yaml:5:9: no row of c.csv has a code of the family 'diagnosis'\n");
    put(&fix, "us/c.csv", "code,sys\nA1,\"x\ny\n");
    const char *words =
        load_as(&fix, "us/7.yaml", ONE_SOURCE("{file: c.csv, system: icd9cm, column: code}"), true);
    ck_assert_msg(strncmp(words, "us/c.csv:2:0: ", 14) == 0, "%s", words);
    fixture_done(&fix);
}
END_TEST

START_TEST(a_file_full_of_mistakes_is_given_up)
{
    fixture fix;
    ca_buf csv;
    ca_buf_init(&csv);
    ca_buf_add_cstr(&csv, "code,from,to\n");
    for (int i = 0; i < 50; i++) {
        ca_buf_add_cstr(&csv, "A1,x,\n");
    }
    fixture_init(&fix);
    put(&fix, "us/c.csv", ca_buf_cstr(&csv));
    const char *words = load(&fix, PLAIN);
    size_t lines = 0;
    for (const char *at = words; *at; at++) {
        lines += *at == '\n';
    }
    ck_assert_uint_eq(lines, 21);
    ck_assert_ptr_nonnull(strstr(words,
                                 "us/c.csv:21:0: too many problems: the rest of the file was not "
                                 "checked for set 's'\n"));
    ca_buf_done(&csv);
    fixture_done(&fix);
}
END_TEST

/* --- Digest ----------------------------------------------------------------------------- */

static ca_digest digest_of(const char *yaml, const char *csv)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", csv);
    ck_assert_str_eq(load(&fix, yaml), "");
    ca_digest digest = ca_codeset_digest(ca_refs_set_at(fix.refs, 0));
    fixture_done(&fix);
    return digest;
}

START_TEST(the_digest_is_of_the_content)
{
    ca_digest one = digest_of(PLAIN, "code,from,to\nA1,20200101,\nB1,,\n");
    const char *const same[] = {
        "code,from,to\nB.1,,\na1,2020-01-01,\n",
        "x,to,code,from\n,,B1,\n,,A1,20200101\n",
        "code,from,to\nA1,20200101,99991231\nB1,00010101,\nB1,,\n",
    };
    const char *const other[] = {
        "code,from,to\nA1,20200102,\nB1,,\n",       "code,from,to\nA1,20200101,20210101\nB1,,\n",
        "code,from,to\nA1,20200101,\nB2,,\n",       "code,from,to\nA1,20200101,\n",
        "code,from,to\nA1,20200101,\nB1,,\nC1,,\n",
    };
    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(ca_digest_cmp(one, digest_of(PLAIN, same[i])) == 0, "%zu", i);
    }
    for (size_t i = 0; i < 5; i++) {
        ck_assert_msg(ca_digest_cmp(one, digest_of(PLAIN, other[i])) != 0, "%zu", i);
    }
    const char *csv = "code,from,to\nA1,20200101,\nB1,,\n";
    ck_assert_int_ne(
        ca_digest_cmp(one, digest_of(ONE_SOURCE("{file: c.csv, system: icd9cm, column: code, "
                                                "valid: [from, to]}"),
                                     csv)),
        0);
    ck_assert_int_ne(
        ca_digest_cmp(one, digest_of(ONE_SOURCE("{file: c.csv, system: icd10cm, column: code, "
                                                "valid: [from, to], prefix: yes}"),
                                     csv)),
        0);
    ck_assert_int_ne(
        ca_digest_cmp(one, digest_of("sets: {s: {family: diagnosis, bind: site}}", csv)), 0);
}
END_TEST

/* The numbers of systems follow the order of their declaration, the digest does not. */
START_TEST(the_digest_does_not_depend_on_the_order_of_systems)
{
    ca_digest digests[2];
    for (int i = 0; i < 2; i++) {
        fixture fix;
        fixture_init(&fix);
        ca_codes_done(&fix.codes);
        ca_codes_init(&fix.codes, &fix.arena);
        add_system(&fix, i ? "zz" : "aa", "diagnosis", 0);
        add_system(&fix, i ? "aa" : "zz", "diagnosis", 0);
        ck_assert_str_eq(load(&fix, "sets: {s: {family: diagnosis, codes: [zz:1, aa:1, aa:2]}}"),
                         "");
        digests[i] = ca_codeset_digest(need_set(&fix, "s"));
        fixture_done(&fix);
    }
    ck_assert_int_eq(ca_digest_cmp(digests[0], digests[1]), 0);
}
END_TEST

/* --- The index against the walk, and against the file itself ------------------------------ */

typedef struct raw_row {
    char code[8];
    bool prefix;
    ca_date from, to;
} raw_row;

static void random_code(uint64_t *seed, char *ret_code)
{
    size_t len = 1 + random_below(seed, 5);
    for (size_t i = 0; i < len; i++) {
        ret_code[i] = (char)('A' + random_below(seed, 3));
    }
    ret_code[len] = '\0';
}

static void random_rows(uint64_t *seed, raw_row *rows, size_t count, ca_buf *csv)
{
    ca_buf_add_cstr(csv, "code,from,to\n");
    for (size_t i = 0; i < count; i++) {
        char from[CA_DATE_SIZE];
        char to[CA_DATE_SIZE];
        random_code(seed, rows[i].code);
        rows[i].prefix = random_below(seed, 3) == 0;
        rows[i].from = (ca_date)random_below(seed, 60);
        rows[i].to = rows[i].from + (ca_date)random_below(seed, 20);
        ca_date_print(rows[i].from, from);
        ca_date_print(rows[i].to, to);
        ca_buf_printf(csv, "%s%s,%s,%s\n", rows[i].prefix ? "" : "=", rows[i].code, from, to);
    }
}

static bool expected(const raw_row *rows, size_t count, const char *code, ca_date on)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(rows[i].code);
        bool match = rows[i].prefix ? strncmp(code, rows[i].code, len) == 0
                                    : strcmp(code, rows[i].code) == 0;
        if (match && rows[i].from <= on && on <= rows[i].to) {
            return true;
        }
    }
    return false;
}

START_TEST(random_sets_agree_three_ways)
{
    raw_row rows[80];
    uint64_t seed = 1000 + (uint64_t)_i;
    size_t count = 1 + random_below(&seed, 80);
    fixture fix;
    ca_buf csv;
    fixture_init(&fix);
    ca_buf_init(&csv);
    random_rows(&seed, rows, count, &csv);
    put(&fix, "us/c.csv", ca_buf_cstr(&csv));
    ck_assert_str_eq(
        load(&fix,
             ONE_SOURCE(
                 "{file: c.csv, system: icd10cm, column: code, valid: [from, to], prefix: yes}")),
        "");
    const ca_codeset *set = need_set(&fix, "s");
    const ca_codeset_index *index = ca_codeset_indexed(set);
    for (size_t round = 0; round < 40; round++) {
        char code[8];
        random_code(&seed, code);
        uint32_t id = code_id(&fix, "icd10cm", code);
        ck_assert_int_eq(ca_refs_sync(fix.refs, NULL), 0); /* the dictionary grows bit by bit */
        for (ca_date on = -1; on < 82; on++) {
            ca_ref_row row;
            bool in = expected(rows, count, code, on);
            ck_assert_msg(ca_codeset_has(index, id, on) == in, "%s %d", code, on);
            ck_assert_msg(ca_codeset_explain(set, &fix.codes, id, on, &row) == in, "%s %d", code,
                          on);
            ck_assert(!in || (row.from <= on && on <= row.to));
        }
        for (uint32_t i = index->first[id] + 1; i < index->first[id + 1]; i++) {
            ck_assert_int_lt(index->spans[i - 1].to + 1, index->spans[i].from); /* merged */
        }
    }
    ca_buf_done(&csv);
    fixture_done(&fix);
}
END_TEST

START_TEST(every_failing_allocation_is_an_error)
{
    uint64_t n = 1;
    for (;; n++) {
        fixture fix;
        fixture_init(&fix);
        put(&fix, "us/c.csv", "code,from,to,f\nA1,,20200101,x\nA2,,,x\nB1,,,y\n");
        put(&fix, "us/sets.yaml",
            "sets: {s: {family: diagnosis, file: c.csv, system: icd10cm, column: code, valid: [from, to], "
            "where: {f: x}, prefix: yes}, i: {family: diagnosis, codes: [icd9cm:1, icd9cm:2]}}\n");
        code_id(&fix, "icd10cm", "A11");
        ca_alloc_fail(n, 0);
        int rc = ca_refs_load(fix.refs, "us/sets.yaml", false, &fix.diags, NULL);
        if (rc == 0) {
            rc = ca_refs_sync(fix.refs, NULL);
        }
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(fix.diags.count, 0);
        if (rc == 0) {
            ck_assert(is_in(&fix, "s", "icd10cm", "A11", day("2020-01-01")));
        }
        fixture_done(&fix);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 30);
}
END_TEST

/* After memory ran out in the middle of it, a second sync makes the index whole. */
START_TEST(a_failed_sync_can_be_repeated)
{
    for (uint64_t n = 1; n < 6; n++) {
        fixture fix;
        char code[16];
        fixture_init(&fix);
        ck_assert_str_eq(
            load(&fix, "sets: {s: {family: diagnosis, prefix: yes, codes: [icd10cm:A]}}\n"), "");
        for (int i = 0; i < 400; i++) {
            snprintf(code, sizeof code, "%c%d", i % 2 ? 'A' : 'B', i);
            code_id(&fix, "icd10cm", code);
        }
        ca_alloc_fail(n, 0);
        int rc = ca_refs_sync(fix.refs, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        for (int i = 0; i < 400; i++) {
            snprintf(code, sizeof code, "%c%d", i % 2 ? 'A' : 'B', i);
            ck_assert_int_eq(is_in(&fix, "s", "icd10cm", code, CA_NO_DATE), i % 2);
        }
        fixture_done(&fix);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, dates_are_inclusive_and_may_be_open);
    tcase_add_test(tcase, undated_sets_ignore_the_date);
    tcase_add_test(tcase, prefix_rows_cover_what_begins_with_them);
    tcase_add_test(tcase, the_deciding_row_is_the_exact_one_then_the_longest_prefix);
    tcase_add_test(tcase, a_prefix_is_not_padded);
    tcase_add_test(tcase, filters_choose_rows);
    tcase_add_test(tcase, rows_of_another_family_are_left_out);
    tcase_add_test(tcase, several_sources_delimiters_encodings_and_forms_of_dates);
    tcase_add_loop_test(tcase, mistakes_in_a_file_are_told_with_their_line, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tcase, other_mistakes_in_files);
    tcase_add_test(tcase, a_file_full_of_mistakes_is_given_up);
    tcase_add_test(tcase, the_digest_is_of_the_content);
    tcase_add_test(tcase, the_digest_does_not_depend_on_the_order_of_systems);
    tcase_add_loop_test(tcase, random_sets_agree_three_ways, 0, 25);
    tcase_add_test(tcase, every_failing_allocation_is_an_error);
    tcase_add_test(tcase, a_failed_sync_can_be_repeated);
}

CA_CHECK_MAIN("refs/codeset", add_tests)
