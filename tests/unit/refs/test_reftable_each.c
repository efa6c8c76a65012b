/* All rows of a table that hold for some keys: empty cells, prefixes, dates; names and cells of rows. */
#include "unit/refs/fixture.h"

#include "unit/store/random.h"

#define ROWS 60
#define TABLE                                                                                      \
    "tables: {t: {file: t.csv, keys: [n int, s text, k icd10cm], columns: {v: int}, valid: [from, to], prefix: yes}}\n"

static ca_value number(int64_t n)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(n, 1)};
}

static ca_value text(const char *of)
{
    return (ca_value){.type = CA_TYPE_TEXT, .present = true, .as.text = ca_text_of(of)};
}

static ca_value code(fixture *fix, const char *system, const char *of)
{
    return (ca_value){.type = CA_TYPE_CODE, .present = true, .as.code = code_id(fix, system, of)};
}

/* Lines of the rows, in the order of the answer. */
static const char *lines_of(fixture *fix, const ca_value *keys, ca_date on, size_t most, char *text_of)
{
    uint32_t rows[ROWS];
    const ca_reftable *table = need_table(fix, "t");
    size_t count = ca_reftable_match(table, &fix->codes, keys, on, most, rows);
    text_of[0] = '\0';
    if (count > most) {
        return "too many";
    }
    for (size_t i = 0; i < count; i++) {
        char one[16];
        snprintf(one, sizeof one, "%s%u", i ? " " : "", ca_reftable_row(table, rows[i]).line);
        strcat(text_of, one);
    }
    return text_of;
}

START_TEST(every_row_that_matches_is_found)
{
    char found[400];
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv",
        "n,s,k,v,from,to\n"
        "1,x,=A00,1,,\n"                    /* 2 */
        "1,x,A,2,,\n"                       /* 3: all that begin with A */
        "1,x,A0,3,2020-01-01,2020-12-31\n"  /* 4 */
        ",x,=A00,4,,\n"                     /* 5: any n */
        "1,,A0,5,,\n"                       /* 6: any s */
        "1,x,,6,,\n"                        /* 7: any k */
        ",,,7,,\n"                          /* 8: everything */
        "2,x,=A00,8,,\n");
    ck_assert_str_eq(load(&fix, TABLE), "");
    ca_value keys[] = {number(1), text("x"), code(&fix, "icd10cm", "A00")};
    const ca_reftable *table = need_table(&fix, "t");
    uint32_t row;
    ck_assert(ca_reftable_any_row(table, &row));
    const char *all = lines_of(&fix, keys, day("2020-06-01"), ROWS, found);
    ck_assert_uint_eq(strlen(all), strlen("2 3 4 5 6 7 8"));
    for (const char *line = "2345678"; *line != '\0'; line++) {
        ck_assert_ptr_nonnull(strchr(all, *line));
    }
    all = lines_of(&fix, keys, day("2021-01-01"), ROWS, found);
    ck_assert_ptr_null(strchr(all, '4'));
    ck_assert_str_eq(lines_of(&fix, keys, day("2020-06-01"), 6, found), "too many");
    ck_assert_uint_eq(strlen(lines_of(&fix, keys, day("2020-06-01"), 7, found)), strlen("2 3 4 5 6 7 8"));
    keys[0] = number(3);
    ck_assert_uint_eq(strlen(lines_of(&fix, keys, day("2020-06-01"), ROWS, found)), strlen("5 8"));
    keys[0] = number(1);
    keys[1] = text("y");
    ck_assert_uint_eq(strlen(lines_of(&fix, keys, day("2020-06-01"), ROWS, found)), strlen("6 8"));
    keys[1] = text("x");
    keys[2] = code(&fix, "icd9cm", "A00"); /* of another system: only rows for any code */
    ck_assert_uint_eq(strlen(lines_of(&fix, keys, day("2020-06-01"), ROWS, found)), strlen("7 8"));
    fixture_done(&fix);
}
END_TEST

START_TEST(a_look_up_leaves_rows_with_empty_keys_out)
{
    fixture fix;
    uint32_t row;
    fixture_init(&fix);
    put(&fix, "us/t.csv", "n,s,k,v,from,to\n,x,=A00,1,,\n1,x,,2,,\n");
    ck_assert_str_eq(load(&fix, TABLE), "");
    ca_value keys[] = {number(1), text("x"), code(&fix, "icd10cm", "A00")};
    ck_assert(!ca_reftable_find(need_table(&fix, "t"), &fix.codes, keys, day("2020-06-01"), &row));
    fixture_done(&fix);
}
END_TEST

START_TEST(rows_with_other_empty_cells_do_not_collide)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv", "n,s,k,v,from,to\n0,x,=A00,1,,\n,x,=A00,2,,\n,x,=A00,3,,\n");
    ck_assert_str_eq(load(&fix, TABLE), "us/t.csv:4:0: table 't': the same key and overlapping dates as line 3\n");
    fixture_done(&fix);
}
END_TEST

START_TEST(an_empty_cell_is_part_of_the_digest)
{
    fixture fix;
    ca_digest digests[2];
    static const char *const files[] = {"n,s,k,v,from,to\n0,x,=A00,1,,\n", "n,s,k,v,from,to\n,x,=A00,1,,\n"};
    for (size_t i = 0; i < 2; i++) {
        fixture_init(&fix);
        put(&fix, "us/t.csv", files[i]);
        ck_assert_str_eq(load(&fix, TABLE), "");
        digests[i] = ca_reftable_digest(need_table(&fix, "t"));
        fixture_done(&fix);
    }
    ck_assert_int_ne(ca_digest_cmp(digests[0], digests[1]), 0);
}
END_TEST

START_TEST(a_row_has_a_name_and_cells)
{
    fixture fix;
    ca_buf name;
    size_t cell;
    ca_reftable_column column;
    fixture_init(&fix);
    ca_buf_init(&name);
    put(&fix, "us/t.csv", "n,s,k,v,from,to\n-7,x y,A0,1,2020-01-01,\n");
    ck_assert_str_eq(load(&fix, TABLE), "");
    const ca_reftable *table = need_table(&fix, "t");
    ca_reftable_row_name(table, 0, &name);
    ck_assert_str_eq(ca_buf_cstr(&name), "8:-7 3:x y 2:A0~ 2020-01-01");
    ck_assert(ca_reftable_find_cell(table, CA_TEXT("v"), &cell, &column) && column.type == CA_TYPE_INT);
    ck_assert_int_eq((int64_t)ca_reftable_cell_of(table, 0, cell).as.ratio.n, 1);
    ck_assert(ca_reftable_find_cell(table, CA_TEXT("n"), &cell, &column) && column.type == CA_TYPE_INT);
    ck_assert_int_eq((int64_t)ca_reftable_cell_of(table, 0, cell).as.ratio.n, -7);
    ck_assert(ca_reftable_find_cell(table, CA_TEXT("k"), &cell, &column) && column.type == CA_TYPE_TEXT);
    ca_value value = ca_reftable_cell_of(table, 0, cell);
    ck_assert(value.present && value.type == CA_TYPE_TEXT && ca_text_is(value.as.text, "A0"));
    ck_assert_str_eq(ca_reftable_cell_name(table, cell), "k");
    ck_assert(!ca_reftable_find_cell(table, CA_TEXT("from"), &cell, &column));
    ca_buf_done(&name);
    fixture_done(&fix);
}
END_TEST

START_TEST(cells_that_stand_for_any_value_are_missing)
{
    fixture fix;
    ca_buf name;
    fixture_init(&fix);
    ca_buf_init(&name);
    put(&fix, "us/t.csv", "n,s,k,v,from,to\n,,,,,\n");
    ck_assert_str_eq(load(&fix, TABLE), "");
    const ca_reftable *table = need_table(&fix, "t");
    ca_reftable_row_name(table, 0, &name);
    ck_assert_str_eq(ca_buf_cstr(&name), "0:* 0:* 0:*");
    for (size_t cell = 0; cell < 4; cell++) {
        ck_assert(!ca_reftable_cell_of(table, 0, cell).present);
    }
    ca_buf_done(&name);
    fixture_done(&fix);
}
END_TEST

/* --- Against a walk over all rows --------------------------------------------------------- */

typedef struct raw_row {
    int n; /* -1 = any */
    char s[4], k[8]; /* "" = any */
    bool prefix;
    ca_date from, to;
} raw_row;

static bool is_taken(const raw_row *rows, size_t count, const raw_row *row)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].n == row->n && strcmp(rows[i].s, row->s) == 0 && strcmp(rows[i].k, row->k) == 0 &&
            rows[i].prefix == row->prefix && rows[i].from <= row->to && row->from <= rows[i].to) {
            return true;
        }
    }
    return false;
}

static size_t random_rows(uint64_t *seed, raw_row *rows, ca_buf *csv)
{
    size_t count = 0;
    ca_buf_add_cstr(csv, "n,s,k,v,from,to\n");
    for (size_t i = 0; i < ROWS; i++) {
        raw_row *row = &rows[count];
        char from[CA_DATE_SIZE];
        char to[CA_DATE_SIZE];
        memset(row, 0, sizeof *row);
        row->n = (int)random_below(seed, 4) - 1;
        size_t len = random_below(seed, 3);
        for (size_t k = 0; k < len; k++) {
            row->s[k] = (char)('x' + random_below(seed, 2));
        }
        len = random_below(seed, 5);
        for (size_t k = 0; k < len; k++) {
            row->k[k] = (char)('A' + random_below(seed, 2));
        }
        row->prefix = len > 0 && random_below(seed, 2) == 0;
        row->from = (ca_date)random_below(seed, 60);
        row->to = row->from + (ca_date)random_below(seed, 30);
        if (is_taken(rows, count, row)) {
            continue;
        }
        ca_date_print(row->from, from);
        ca_date_print(row->to, to);
        if (row->n >= 0) {
            ca_buf_printf(csv, "%d", row->n);
        }
        ca_buf_printf(csv, ",%s,%s%s,%zu,%s,%s\n", row->s, row->prefix || len == 0 ? "" : "=", row->k, count, from, to);
        count++;
    }
    return count;
}

static bool holds(const raw_row *row, int n, const char *s, const char *k, ca_date on)
{
    bool of_k = row->k[0] == '\0' || (row->prefix ? strncmp(k, row->k, strlen(row->k)) == 0 : strcmp(k, row->k) == 0);
    return (row->n < 0 || row->n == n) && (row->s[0] == '\0' || strcmp(row->s, s) == 0) && of_k && row->from <= on &&
           on <= row->to;
}

static void compare(fixture *fix, const raw_row *rows, size_t count, int n, const char *s, const char *k, ca_date on)
{
    uint32_t found[ROWS];
    const ca_reftable *table = need_table(fix, "t");
    ca_value keys[] = {number(n), text(s), code(fix, "icd10cm", k)};
    size_t got = ca_reftable_match(table, &fix->codes, keys, on, ROWS, found);
    size_t want = 0;
    for (size_t i = 0; i < count; i++) {
        want += holds(&rows[i], n, s, k, on);
    }
    ck_assert_uint_eq(got, want);
    for (size_t i = 0; i < got; i++) {
        ck_assert(holds(&rows[ca_reftable_row(table, found[i]).line - 2], n, s, k, on));
        ck_assert(i == 0 || found[i - 1] < found[i]);
    }
}

START_TEST(random_tables_agree_with_a_walk)
{
    static const char *const texts[] = {"x", "y", "xy", "yy", "z"};
    raw_row rows[ROWS];
    uint64_t seed = 900 + (uint64_t)_i;
    fixture fix;
    ca_buf csv;
    fixture_init(&fix);
    ca_buf_init(&csv);
    size_t count = random_rows(&seed, rows, &csv);
    put(&fix, "us/t.csv", ca_buf_cstr(&csv));
    ck_assert_str_eq(load(&fix, TABLE), "");
    for (int i = 0; i < 400; i++) {
        char k[8] = "";
        size_t len = 1 + random_below(&seed, 5);
        for (size_t at = 0; at < len; at++) {
            k[at] = (char)('A' + random_below(&seed, 2));
        }
        compare(&fix, rows, count, (int)random_below(&seed, 4), texts[random_below(&seed, 5)], k,
                (ca_date)random_below(&seed, 95));
    }
    ca_buf_done(&csv);
    fixture_done(&fix);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_row_that_matches_is_found);
    tcase_add_test(tcase, a_look_up_leaves_rows_with_empty_keys_out);
    tcase_add_test(tcase, rows_with_other_empty_cells_do_not_collide);
    tcase_add_test(tcase, an_empty_cell_is_part_of_the_digest);
    tcase_add_test(tcase, a_row_has_a_name_and_cells);
    tcase_add_test(tcase, cells_that_stand_for_any_value_are_missing);
    tcase_add_loop_test(tcase, random_tables_agree_with_a_walk, 0, 12);
}

CA_CHECK_MAIN("refs/reftable_each", add_tests)
