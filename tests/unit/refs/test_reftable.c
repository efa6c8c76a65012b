/* Reference tables: types of keys and values, dates, prefixes, mistakes, collisions, digest. */
#include "unit/refs/fixture.h"

#include "base/alloc.h"
#include "unit/store/random.h"

static ca_value code_value(fixture *fix, const char *system, const char *code)
{
    return (ca_value){.type = CA_TYPE_CODE, .present = true, .as.code = code_id(fix, system, code)};
}

static ca_value number_value(int64_t n, int64_t d)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(n, d)};
}

static ca_value text_value(const char *text)
{
    return (ca_value){.type = CA_TYPE_TEXT, .present = true, .as.text = ca_text_of(text)};
}

static ca_value date_value(const char *iso)
{
    return (ca_value){.type = CA_TYPE_DATE, .present = true, .as.date = day(iso)};
}

/* Line of the row that answers, 0 = none. */
static unsigned line_of(fixture *fix, const ca_reftable *table, const ca_value *keys, ca_date on)
{
    uint32_t row;
    if (!ca_reftable_find(table, &fix->codes, keys, on, &row)) {
        return 0;
    }
    return ca_reftable_row(table, row).line;
}

static unsigned line_of_code(fixture *fix, const char *system, const char *code, const char *on)
{
    ca_value key = code_value(fix, system, code);
    return line_of(fix, need_table(fix, "t"), &key, on ? day(on) : CA_NO_DATE);
}

#define MUE                                                                                        \
    "tables: {t: {file: t.csv, keys: [code hcpcs], columns: {max: int}, valid: [from, to]}}\n"

START_TEST(the_row_of_a_code_on_a_date)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv",
        "code,max,from,to\nG0101,3,20200101,20201231\nG0101,4,20210101,\nG0102,1,,20200630\n");
    ck_assert_str_eq(load(&fix, MUE), "");
    const ca_reftable *table = need_table(&fix, "t");
    ck_assert(ca_reftable_bound(table) && ca_reftable_dated(table));
    ck_assert_uint_eq(ca_reftable_rows(table), 3);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0101", "2019-12-31"), 0);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0101", "2020-01-01"), 2);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0101", "2020-12-31"), 2);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0101", "2021-01-01"), 3);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0102", "2020-06-30"), 4);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0102", "2020-07-01"), 0);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G010", "2020-06-01"), 0);
    ck_assert_uint_eq(line_of_code(&fix, "icd10cm", "G0101", "2020-06-01"), 0);
    ca_value key = code_value(&fix, "hcpcs", "G0101");
    uint32_t row;
    ck_assert(ca_reftable_find(table, &fix.codes, &key, day("2022-01-01"), &row));
    ca_value value = ca_reftable_value(table, row, 0);
    ck_assert(value.present && value.type == CA_TYPE_INT);
    ck_assert(value.as.ratio.n == 4 && value.as.ratio.d == 1);
    ca_ref_row where = ca_reftable_row(table, row);
    ck_assert_str_eq(where.file, "t.csv");
    ck_assert_int_eq(where.from, day("2021-01-01"));
    ck_assert_int_eq(where.to, CA_DATE_MAX);
    ck_assert(!where.prefix && where.code.len == 0);
    ca_date newest;
    ck_assert(ca_reftable_newest(table, &newest));
    ck_assert_int_eq(newest, day("2021-01-01"));
    ck_assert_int_eq(ca_reftable_max_age(table), 0);
    fixture_done(&fix);
}
END_TEST

START_TEST(undated_tables_ignore_the_date)
{
    fixture fix;
    ca_date newest;
    fixture_init(&fix);
    put(&fix, "us/t.csv", "code,max\nG0101,3\n");
    ck_assert_str_eq(
        load(
            &fix,
            "tables: {t: {file: t.csv, keys: [code hcpcs], columns: {max: int}, max_age: 100 days}}\n"),
        "");
    ck_assert(!ca_reftable_dated(need_table(&fix, "t")));
    ck_assert_int_eq(ca_reftable_max_age(need_table(&fix, "t")), 100);
    ck_assert(!ca_reftable_newest(need_table(&fix, "t"), &newest));
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G0101", NULL), 2);
    fixture_done(&fix);
}
END_TEST

START_TEST(prefixes_only_where_no_exact_key_is_valid)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv",
        "code,max,from,to\nG,1,,\nG0,2,20200101,20201231\n=G01,3,20200601,20200630\nG01,4,20200901,20200930\n");
    ck_assert_str_eq(load(&fix,
                          "tables: {t: {file: t.csv, keys: [code hcpcs], columns: {max: int}, "
                          "valid: [from, to], prefix: yes}}\n"),
                     "");
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G01", "2020-06-15"), 4);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G01", "2020-07-15"), 3);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G011", "2020-06-15"), 3);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G011", "2020-09-15"), 5);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G01", "2020-09-15"), 5);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "G01", "2021-09-15"), 2);
    ck_assert_uint_eq(line_of_code(&fix, "hcpcs", "H01", "2021-09-15"), 0);
    fixture_done(&fix);
}
END_TEST

START_TEST(several_keys_of_every_type)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv",
        "a,b,c,d,e\nG1,7,2020-01-02,ab,X\nG1,7,2020-01-02,a,bX\nG1,8,2020-01-02,ab,X\n"
        "G1,-7,20200103,ab,X\nG,17,2020-01-02,ab,X\n");
    ck_assert_str_eq(
        load(&fix, "tables: {t: {file: t.csv, keys: [a hcpcs, b int, c date, d text, e id]}}\n"),
        "");
    const ca_reftable *table = need_table(&fix, "t");
    const ca_reftable_column *keys;
    ck_assert_uint_eq(ca_reftable_keys(table, &keys), 5);
    ck_assert_str_eq(keys[0].name, "a");
    ck_assert_str_eq(keys[0].family, "procedure");
    ck_assert_int_eq(keys[0].type, CA_TYPE_CODE);
    ck_assert_int_eq(keys[1].type, CA_TYPE_INT);
    ck_assert_int_eq(keys[2].type, CA_TYPE_DATE);
    ck_assert_int_eq(keys[3].type, CA_TYPE_TEXT);
    ck_assert_int_eq(keys[4].type, CA_TYPE_ID);
    ca_value key[] = {code_value(&fix, "hcpcs", "G1"), number_value(7, 1), date_value("2020-01-02"),
                      text_value("ab"), text_value("X")};
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 2);
    key[1] = number_value(80000, 10000);
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 4);
    key[1] = number_value(80001, 10000);
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 0);
    key[1] = number_value(7, 1);
    key[3] = text_value("a");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 0);
    key[4] = text_value("bX");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 3);
    key[1] = number_value(-7, 1);
    key[2] = date_value("2020-01-03");
    key[3] = text_value("ab");
    key[4] = text_value("X");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 5);
    char longer[300];
    memset(longer, 'x', 299);
    longer[299] = '\0';
    key[3] = text_value(longer);
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 0);
    fixture_done(&fix);
}
END_TEST

START_TEST(a_prefix_on_the_last_of_two_keys)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv", "a,b\nG1,A\nG1,AB\nG12,=A\n");
    ck_assert_str_eq(
        load(&fix, "tables: {t: {file: t.csv, keys: [a hcpcs, b icd10cm], prefix: yes}}\n"), "");
    const ca_reftable *table = need_table(&fix, "t");
    ca_value key[] = {code_value(&fix, "hcpcs", "G1"), code_value(&fix, "icd10cm", "ABC")};
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 3);
    key[1] = code_value(&fix, "icd10cm", "AC");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 2);
    key[1] = code_value(&fix, "icd10cm", "BA");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 0);
    key[0] = code_value(&fix, "hcpcs", "G12");
    key[1] = code_value(&fix, "icd10cm", "A");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 4);
    key[1] = code_value(&fix, "icd10cm", "AB");
    ck_assert_uint_eq(line_of(&fix, table, key, CA_NO_DATE), 0);
    fixture_done(&fix);
}
END_TEST

START_TEST(values_of_every_type)
{
    fixture fix;
    ca_buf text;
    size_t column;
    fixture_init(&fix);
    ca_buf_init(&text);
    put(&fix, "us/t.csv", "k,i,n,m,d,s,x,c\n1,-5,2.5,1200.50,20200229,a b,00700,45\n2,,,,,,,\n");
    ck_assert_str_eq(
        load(&fix,
             "tables: {t: {file: t.csv, keys: [k int], columns: {i: int, n: decimal, m: money, "
             "d: date, s: text, x: id, c: code:revenue}}}\n"),
        "");
    const ca_reftable *table = need_table(&fix, "t");
    const ca_reftable_column *columns;
    const char *const printed[] = {"-5", "2.5", "1200.50", "2020-02-29", "a b", "00700", "0045"};
    const ca_type types[] = {CA_TYPE_INT,  CA_TYPE_DECIMAL, CA_TYPE_MONEY, CA_TYPE_DATE,
                             CA_TYPE_TEXT, CA_TYPE_ID,      CA_TYPE_CODE};
    ck_assert_uint_eq(ca_reftable_columns(table, &columns), 7);
    ck_assert_str_eq(columns[6].family, "revenue");
    for (int64_t k = 1; k <= 2; k++) {
        uint32_t row;
        ca_value key = number_value(k, 1);
        ck_assert(ca_reftable_find(table, &fix.codes, &key, CA_NO_DATE, &row));
        for (size_t i = 0; i < 7; i++) {
            ca_value value = ca_reftable_value(table, row, i);
            ca_buf_clear(&text);
            ca_value_print(&value, &fix.codes, &text);
            ck_assert_int_eq(value.type, types[i]);
            ck_assert_int_eq(value.present, k == 1);
            ck_assert_str_eq(ca_buf_cstr(&text), k == 1 ? printed[i] : "-");
        }
    }
    ck_assert(ca_reftable_find_column(table, CA_TEXT("m"), &column) && column == 2);
    ck_assert(!ca_reftable_find_column(table, CA_TEXT("k"), &column));
    ca_buf_done(&text);
    fixture_done(&fix);
}
END_TEST

/* --- Mistakes --------------------------------------------------------------------------- */

#define TYPED                                                                                      \
    "tables:\n  t: {file: t.csv, keys: [k hcpcs, n int], columns: {i: int, m: money, d: date, c: code:icd9cm}, valid: [from, to]}\n"
#define HEADER "k,n,i,m,d,c,from,to\n"

static const struct {
    const char *csv;
    const char *said;
} mistakes[] = {
    {"", "us/sets.yaml:2:6: t.csv is empty\n"},
    {HEADER, "us/sets.yaml:2:6: t.csv has a header but no rows\n"},
    {"k,nn,i,mm,d,c,from,to\nG1,1,,,,,,\n", "us/sets.yaml:2:36: t.csv has no column 'n'\n"
                                            "us/sets.yaml:2:62: t.csv has no column 'm'\n"},
    {HEADER "G1,x,,,,,,\nG1,1.0,,,,,,\n",
     "us/t.csv:2:0: column 'n': 'x' is not a whole number\n"
     "us/t.csv:3:0: column 'n': '1.0' is not a whole number\n"},
    {HEADER "..,1,,,,,,\n", "us/t.csv:2:0: column 'k': the code is empty\n"},
    {HEADER "G1,1,1.5,,,,,\n", "us/t.csv:2:0: column 'i': '1.5' is not a whole number\n"},
    {HEADER "G1,1,,1.23456,,,,\n",
     "us/t.csv:2:0: column 'm': '1.23456' is not a number with at most four decimals\n"},
    {HEADER "G1,1,,,2020,,,\n",
     "us/t.csv:2:0: column 'd': '2020' is not a date of the form yyyymmdd or yyyy-mm-dd\n"},
    {HEADER "G1,1,,,,.,,\n", "us/t.csv:2:0: column 'c': the code is empty\n"},
    {HEADER "G1,1,,,,,20200102,20200101\n",
     "us/t.csv:2:0: the row is valid from 2020-01-02 to 2020-01-01: it ends before it begins\n"},
    {HEADER "G1,1,,,,,20200101,20200131\nG2,1,,,,,,\nG1,1,,,,,20200131,20200201\n",
     "us/t.csv:4:0: table 't': the same key and overlapping dates as line 2\n"},
    {HEADER "G1,1,,,,,20200201,20200231\nG1,1,,,,,20200101,\nG1,1,,,,,20210101,\n",
     "us/t.csv:2:0: column 'to': '20200231' is not a date of the form yyyymmdd or yyyy-mm-dd\n"
     "us/t.csv:4:0: table 't': the same key and overlapping dates as line 3\n"},
    {HEADER "G1,1,,,,,20200201,20200203\nG1,1,,,,,20200101,20201231\nG1,1,,,,,20200701,20200702\n",
     "us/t.csv:3:0: table 't': the same key and overlapping dates as line 2\n"
     "us/t.csv:4:0: table 't': the same key and overlapping dates as line 3\n"},
    {HEADER "G1,1,,,,,20200101,20200131\nG1,1,,,,,20200201,20200231x\n",
     "us/t.csv:3:0: column 'to': '20200231x' is not a date of the form yyyymmdd or yyyy-mm-dd\n"},
};

START_TEST(mistakes_in_a_file_are_told_with_their_line)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv", mistakes[_i].csv);
    ck_assert_str_eq(load(&fix, TYPED), mistakes[_i].said);
    fixture_done(&fix);
}
END_TEST

START_TEST(collisions_between_files_and_without_dates)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/a.csv", "k,v\nG1,1\nG2,2\nG1,1\n");
    put(&fix, "us/b.csv", "v,k\n5,G2\n6,G3\n");
    ck_assert_str_eq(
        load(
            &fix,
            "tables: {t: {keys: [k hcpcs], columns: {v: int}, sources: [{file: a.csv}, {file: b.csv}]}}\n"),
        "us/a.csv:4:0: table 't': the same key as line 2\n"
        "us/b.csv:2:0: table 't': the same key as line 3 of a.csv\n");
    put(&fix, "us/a.csv", "k,v\nG1,1\n=G1,2\nG12,3\n");
    ck_assert_str_eq(
        load_as(&fix, "us/x.yaml",
                "tables: {u: {keys: [k hcpcs], columns: {v: int}, file: a.csv, prefix: yes}}\n",
                false),
        ""); /* an exact key and a prefix do not collide */
    put(&fix, "us/a.csv", "k\nabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde\n");
    ck_assert_str_eq(load_as(&fix, "us/y.yaml",
                             "tables: {w: {keys: [k text], file: a.csv, prefix: yes}}\n", false),
                     "us/a.csv:2:0: column 'k': the key is longer than 64 bytes\n");
    ck_assert_str_eq(
        load_as(&fix, "us/z.yaml", "tables: {z: {keys: [k text], file: a.csv}}\n", false), "");
    fixture_done(&fix);
}
END_TEST

/* --- Digest ----------------------------------------------------------------------------- */

static ca_digest digest_of(const char *yaml, const char *csv)
{
    fixture fix;
    fixture_init(&fix);
    code_id(&fix, "icd9cm", "Z9"); /* moves the ids of codes */
    put(&fix, "us/t.csv", csv);
    ck_assert_str_eq(load(&fix, yaml), "");
    ca_digest digest = ca_reftable_digest(ca_refs_table_at(fix.refs, 0));
    fixture_done(&fix);
    return digest;
}

START_TEST(the_digest_is_of_the_content)
{
    const char *yaml =
        "tables: {t: {file: t.csv, keys: [k hcpcs], columns: {v: int, c: code:icd9cm}, valid: [from, to]}}\n";
    ca_digest one = digest_of(yaml, "k,v,c,from,to\nG1,1,A1,20200101,\nG2,,B1,,\n");
    ck_assert_int_eq(
        ca_digest_cmp(one,
                      digest_of("tables: {other: {file: t.csv, keys: [k hcpcs], columns: {v: int, "
                                "c: code:icd9cm}, valid: [from, to], max_age: 3 days}}\n",
                                "c,k,v,from,to\nb.1,G2,,,\na1,g1,01,2020-01-01,\n")),
        0);
    const char *const other[] = {
        "k,v,c,from,to\nG1,2,A1,20200101,\nG2,,B1,,\n",
        "k,v,c,from,to\nG1,1,A2,20200101,\nG2,,B1,,\n",
        "k,v,c,from,to\nG1,1,A1,20200102,\nG2,,B1,,\n",
        "k,v,c,from,to\nG1,1,A1,20200101,\nG2,0,B1,,\n",
        "k,v,c,from,to\nG1,1,A1,20200101,\n",
        "k,v,c,from,to\nG1,1,A1,20200101,\nG3,,B1,,\n",
    };
    for (size_t i = 0; i < 6; i++) {
        ck_assert_msg(ca_digest_cmp(one, digest_of(yaml, other[i])) != 0, "%zu", i);
    }
    const char *csv = "k,v,c,from,to\nG1,1,A1,20200101,\nG2,,B1,,\n";
    ck_assert_int_ne(
        ca_digest_cmp(one,
                      digest_of("tables: {t: {file: t.csv, keys: [k hcpcs], columns: {v: decimal, "
                                "c: code:icd9cm}, valid: [from, to]}}\n",
                                csv)),
        0);
    ck_assert_int_ne(
        ca_digest_cmp(one, digest_of("tables: {t: {bind: site, keys: [k hcpcs], columns: {v: int, "
                                     "c: code:icd9cm}}}\n",
                                     csv)),
        0);
}
END_TEST

/* --- Random tables against a walk over their rows ----------------------------------------- */

typedef struct raw_row {
    char code[8];
    int number;
    bool prefix;
    ca_date from, to;
} raw_row;

static bool same_key(const raw_row *a, const raw_row *b)
{
    return strcmp(a->code, b->code) == 0 && a->number == b->number && a->prefix == b->prefix &&
           a->from <= b->to && b->from <= a->to;
}

static size_t random_rows(uint64_t *seed, raw_row *rows, size_t want, ca_buf *csv)
{
    size_t count = 0;
    ca_buf_add_cstr(csv, "n,k,from,to\n");
    for (size_t i = 0; i < want; i++) {
        raw_row *row = &rows[count];
        size_t len = 1 + random_below(seed, 4);
        bool collides = false;
        memset(row, 0, sizeof *row);
        for (size_t k = 0; k < len; k++) {
            row->code[k] = (char)('A' + random_below(seed, 2));
        }
        row->number = (int)random_below(seed, 2);
        row->prefix = random_below(seed, 2) == 0;
        row->from = (ca_date)random_below(seed, 60);
        row->to = row->from + (ca_date)random_below(seed, 15);
        for (size_t k = 0; k < count; k++) {
            collides = collides || same_key(&rows[k], row);
        }
        if (!collides) {
            char from[CA_DATE_SIZE];
            char to[CA_DATE_SIZE];
            ca_date_print(row->from, from);
            ca_date_print(row->to, to);
            ca_buf_printf(csv, "%d,%s%s,%s,%s\n", row->number, row->prefix ? "" : "=", row->code,
                          from, to);
            count++;
        }
    }
    return count;
}

static unsigned expected_line(const raw_row *rows, size_t count, const char *code, int number,
                              ca_date on)
{
    size_t best = 0;
    unsigned line = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(rows[i].code);
        bool match = rows[i].prefix ? strncmp(code, rows[i].code, len) == 0
                                    : strcmp(code, rows[i].code) == 0;
        size_t worth = rows[i].prefix ? len : 100;
        if (match && rows[i].number == number && rows[i].from <= on && on <= rows[i].to &&
            worth > best) {
            best = worth;
            line = (unsigned)i + 2;
        }
    }
    return line;
}

START_TEST(random_tables_agree_with_a_walk)
{
    raw_row rows[60];
    uint64_t seed = 500 + (uint64_t)_i;
    fixture fix;
    ca_buf csv;
    fixture_init(&fix);
    ca_buf_init(&csv);
    size_t count = random_rows(&seed, rows, 60, &csv);
    put(&fix, "us/t.csv", ca_buf_cstr(&csv));
    ck_assert_str_eq(
        load(
            &fix,
            "tables: {t: {file: t.csv, keys: [n int, k icd10cm], valid: [from, to], prefix: yes}}\n"),
        "");
    const ca_reftable *table = need_table(&fix, "t");
    for (int i = 0; i < 30; i++) { /* codes of one to four letters */
        char code[8] = "";
        int len = i < 2 ? 1 : i < 6 ? 2 : i < 14 ? 3 : 4;
        for (int k = 0; k < len; k++) {
            code[k] = (i + 2) >> k & 1 ? 'A' : 'B';
        }
        for (int number = 0; number < 3; number++) {
            ca_value keys[] = {number_value(number, 1), code_value(&fix, "icd10cm", code)};
            for (ca_date on = -1; on < 77; on++) {
                ck_assert_uint_eq(line_of(&fix, table, keys, on),
                                  expected_line(rows, count, code, number, on));
            }
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
        put(&fix, "us/t.csv", HEADER "G1,1,5,2.5,20200101,A1,,\nG2,1,5,2.5,20200101,A1,,\n");
        put(&fix, "us/sets.yaml", TYPED);
        ca_alloc_fail(n, 0);
        int rc = ca_refs_load(fix.refs, "us/sets.yaml", false, &fix.diags, NULL);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(fix.diags.count, 0);
        if (rc == 0) {
            ck_assert_uint_eq(ca_reftable_rows(need_table(&fix, "t")), 2);
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

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_row_of_a_code_on_a_date);
    tcase_add_test(tcase, undated_tables_ignore_the_date);
    tcase_add_test(tcase, prefixes_only_where_no_exact_key_is_valid);
    tcase_add_test(tcase, several_keys_of_every_type);
    tcase_add_test(tcase, a_prefix_on_the_last_of_two_keys);
    tcase_add_test(tcase, values_of_every_type);
    tcase_add_loop_test(tcase, mistakes_in_a_file_are_told_with_their_line, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tcase, collisions_between_files_and_without_dates);
    tcase_add_test(tcase, the_digest_is_of_the_content);
    tcase_add_loop_test(tcase, random_tables_agree_with_a_walk, 0, 15);
    tcase_add_test(tcase, every_failing_allocation_is_an_error);
}

CA_CHECK_MAIN("refs/reftable", add_tests)
