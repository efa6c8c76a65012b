/* The beginning of a file: title rows before the header, and files without one. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"
#include "support/memdisk.h"

#define TO_DO "; add a layout for it, or one with 'use: ignore'"

#define TOP "profile: test\ntitle: Test\njurisdiction: us\ncurrency: USD\nlayouts:\n"

typedef struct file {
    fixture f;
    memdisk *mem;
    ca_source *source;
    ca_rows *rows;
    const ca_csv_format *formats;
} file;

static void open_rows(file *t, const char *bytes, size_t read_size)
{
    memdisk_put(t->mem, "f", bytes, strlen(bytes));
    ck_assert_int_eq(ca_source_open(memdisk_disk(t->mem), "f", &t->source, &t->f.err), 0);
    ck_assert_int_eq(
        ca_rows_open(t->source, &t->formats[0], read_size, CA_LANE_BOTH, &t->rows, &t->f.err), 0);
}

static void close_rows(file *t)
{
    ca_rows_close(t->rows);
    ca_source_close(t->source);
}

static void start(file *t, const char *layouts)
{
    memset(t, 0, sizeof *t);
    fixture_init(&t->f);
    t->mem = memdisk_new();
    ck_assert_str_eq(fixture_parse(&t->f, ca_arena_printf(&t->f.arena, "%s%s", TOP, layouts)), "");
    (void)ca_profile_formats(t->f.profile, &t->formats);
}

static void stop(file *t)
{
    memdisk_free(t->mem);
    fixture_done(&t->f);
}

/* The layout of a file, and then "titles/cells of the header"; else why there is none. */
static const char *open_file(file *t, const char *name, const char *bytes)
{
    enum { MOST = CA_TITLE_ROWS_MAX + 1 };
    ca_first_row first[MOST];
    ca_text cells[FIXTURE_CELLS];
    size_t count = 0, used = 0;
    size_t wanted = ca_profile_first_rows(t->f.profile, &t->formats[0]);
    ca_row row;
    open_rows(t, bytes, 0);
    while (count < wanted && ca_rows_next(t->rows, &row, &t->f.err) == 0) {
        first[count].cells = cells + used;
        first[count].count = row.reject ? 0 : row.cell_count;
        for (size_t i = 0; i < first[count].count; i++) {
            ck_assert_int_eq(ca_arena_text(&t->f.arena, row.cells[i], &cells[used++]), 0);
        }
        count++;
    }
    close_rows(t);
    t->f.layout = NULL;
    if (ca_profile_match_rows(t->f.profile, &t->formats[0], first, count, name, &t->f.layout,
                              &t->f.err)) {
        return t->f.err.text;
    }
    const char *text = NULL;
    for (size_t read_size = 1; read_size < 40; read_size += 13) {
        ca_opening opening;
        open_rows(t, bytes, read_size);
        ck_assert_int_eq(ca_layout_open(t->f.layout, t->rows, &opening, &t->f.err), 0);
        const char *said = ca_arena_printf(&t->f.arena, "%s %u/%zu", ca_layout_name(t->f.layout),
                                           (unsigned)opening.title_rows, opening.header_count);
        ck_assert(!text || strcmp(said, text) == 0);
        text = said;
        close_rows(t);
    }
    return text;
}

#define TITLED                                                                                     \
    "  - {layout: titled, use: ignore, columns: [A, B], title_rows: 3}\n"                          \
    "  - {layout: plain, use: ignore, columns: [A, C]}\n"

START_TEST(rows_before_the_header)
{
    file t;
    start(&t, TITLED);
    ck_assert_uint_eq(ca_profile_first_rows(t.f.profile, &t.formats[0]), 4);
    ck_assert_str_eq(open_file(&t, "f", "A,B\n1,2\n"), "titled 0/2");
    ck_assert_str_eq(open_file(&t, "f", "Title\nA,B,X\n1,2\n"), "titled 1/3");
    ck_assert_str_eq(open_file(&t, "f", "Title\nof,three,cells\n\n,,,\nA,B\n"), "titled 3/2");
    ck_assert_str_eq(open_file(&t, "f", "a \"broken\" title\n\"open\nA,B\nA,B,C\n"), "titled 2/2");
    ck_assert_str_eq(open_file(&t, "f", "Title\nA,B\nA,B,A\n"), "titled 1/2");
    ck_assert_str_eq(open_file(&t, "f", "A,C\n1,2\n"), "plain 0/2");
    stop(&t);
}
END_TEST

START_TEST(no_more_title_rows_than_said)
{
    file t;
    start(&t, TITLED);
    ck_assert_str_eq(open_file(&t, "f", "1\n2\n3\n4\nA,B\n"),
                     "no layout of profile 'test' fits the header; for the closest, 'titled', it "
                     "misses A, B (looked for behind its title rows too)" TO_DO);
    ck_assert_str_eq(open_file(&t, "f", "Title\nA,C\n"),
                     "no layout of profile 'test' fits the header; for the closest, 'titled', it "
                     "misses B (looked for behind its title rows too)" TO_DO);
    ck_assert_str_eq(open_file(&t, "f", ""), "the file is empty: a header is expected");
    ck_assert_str_eq(open_file(&t, "f", "\n\n"), "the file is empty: a header is expected");
    stop(&t);
}
END_TEST

/* A hundred is the most; each layout finds its own header. */
START_TEST(each_layout_looks_as_far_as_it_says)
{
    file t;
    ca_buf bytes;
    start(&t, "  - {layout: far, use: ignore, columns: [A, B], title_rows: 100}\n"
              "  - {layout: near, use: ignore, columns: [T1], title_rows: 1}\n");
    ca_buf_init(&bytes);
    for (int i = 1; i <= 100; i++) {
        ca_buf_printf(&bytes, "t%d\n", i);
    }
    ca_buf_add_cstr(&bytes, "A,B\n");
    ck_assert_str_eq(open_file(&t, "f", ca_buf_cstr(&bytes)), "far 100/2");
    ck_assert_str_eq(open_file(&t, "f", "x\nT1\nA,C\n"), "near 1/1");
    ck_assert_str_eq(open_file(&t, "f", "x\nT1\nA,B\n"), "far 2/2");
    ca_buf_done(&bytes);
    stop(&t);
}
END_TEST

#define BARE                                                                                       \
    "  - {layout: bare, use: ignore, header: none, name: \"bare*\", columns: [A, B]}\n"            \
    "  - {layout: log, use: ignore, header: none, name: \"*.log\"}\n"                              \
    "  - {layout: headed, use: ignore, columns: [A, C]}\n"

START_TEST(a_file_without_a_header_is_known_by_its_name)
{
    file t;
    start(&t, BARE);
    ck_assert_str_eq(open_file(&t, "bare1.csv", "1,2\n"), "bare 0/2");
    ck_assert_str_eq(open_file(&t, "folder/bare1.csv.gz", "1,2,3\n"), "bare 0/2");
    ck_assert_str_eq(open_file(&t, "bare1.csv", "\"broken\"x,2\n"), "bare 0/2");
    ck_assert_str_eq(open_file(&t, "bare1.csv", ""), "bare 0/2");
    ck_assert_str_eq(open_file(&t, "x.log", "anything\n"), "log 0/0");
    ck_assert_str_eq(open_file(&t, "claims.csv", "A,C\n"), "headed 0/2");
    ck_assert_str_eq(open_file(&t, "claims.csv", "1,2\n"),
                     "no layout of profile 'test' fits the header; for the closest, 'headed', it "
                     "misses A, C" TO_DO);
    stop(&t);
}
END_TEST

START_TEST(a_name_that_says_too_little)
{
    file t;
    start(&t, BARE);
    ck_assert_str_eq(open_file(&t, "bare.csv", "A,C\n"),
                     "layouts 'bare' and 'headed' both fit the file, 'bare' by its name alone; tell "
                     "them apart by 'name'");
    ck_assert_str_eq(open_file(&t, "bare.log", "1,2\n"),
                     "layouts 'bare' and 'log' both fit the file, 'bare' by its name alone; tell "
                     "them apart by 'name'");
    ck_assert_str_eq(open_file(&t, "bare.csv", "A,B\n1,2\n"),
                     "layout 'bare' says 'header: none', but the first row is a header; take "
                     "'header: none' out");
    ck_assert_str_eq(open_file(&t, "bare.csv", "A,B,X\n"), "bare 0/2");
    stop(&t);
}
END_TEST

/* Rows map by position; one of another length is a reject. */
START_TEST(columns_by_position)
{
    fixture f;
    ca_mapper *mapper;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - layout: bare\n    records: claims\n    header: none\n"
                      "    name: \"*\"\n    columns: [ID, \"X1..2\", PAID]\n"
                      "    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"
                      "      paid: PAID\n      service_date: {column: DAY, optional: yes}\n"),
        "");
    const ca_layout *layout = f.profile->layouts[0];
    ca_opening opening;
    ck_assert_int_eq(ca_layout_open(layout, NULL, &opening, &f.err), 0);
    ck_assert_uint_eq(opening.header_count, 4);
    ck_assert_int_eq(ca_mapper_new(f.profile, layout, opening.header, opening.header_count,
                                   &f.codes, &mapper, &f.err),
                     0);
    f.layout = layout;
    f.mapper = mapper;
    f.batch = ca_batch_new(&f.profile->schema, 10);
    ck_assert_int_eq(fixture_row(&f, "ID,,,7.5"), 0);
    ck_assert_str_eq(fixture_value(&f, "claim_id", 0), "ID");
    ck_assert_str_eq(fixture_value(&f, "paid", 0), "7.50");
    ck_assert_int_eq(fixture_row(&f, "1,,7.5"), 0);
    ck_assert_str_eq(f.mapped.reject, "4 columns expected, 3 found");
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, rows_before_the_header);
    tcase_add_test(tcase, no_more_title_rows_than_said);
    tcase_add_test(tcase, each_layout_looks_as_far_as_it_says);
    tcase_add_test(tcase, a_file_without_a_header_is_known_by_its_name);
    tcase_add_test(tcase, a_name_that_says_too_little);
    tcase_add_test(tcase, columns_by_position);
}

CA_CHECK_MAIN("map/opening", add_tests)
