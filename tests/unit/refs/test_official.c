/* The official code tables, where they are at hand, loaded as dated sets: memberships are counted
 * and held against a reading of the file that shares nothing with ours. */
#include "unit/refs/fixture.h"

#include <unistd.h>

#define FOLDER   "/../shared/data/mce-v43.1"
#define FLAG_MAX 300

static bool folder_of(char *ret_folder, size_t size)
{
    char path[600];
    ca_file_info info;
    const char *root = getenv("CA_SOURCE_ROOT");
    snprintf(ret_folder, size, "%s" FOLDER, root ? root : ".");
    snprintf(path, sizeof path, "%s/mce_i9_dx.csv", ret_folder);
    if (ca_disk_real()->info(ca_disk_real(), path, &info, NULL) == 0) {
        return true;
    }
    fprintf(stderr, "# skipped: no official tables in ../shared/data/mce-v43.1\n");
    return false;
}

typedef struct official_row {
    char code[8], from[9], to[9]; /* dates as yyyymmdd, "" = open */
    char flags[FLAG_MAX];         /* each between semicolons */
} official_row;

/* code,from,to,flags: nothing is quoted in these files. */
static bool parse_row(ca_text line, official_row *row)
{
    ca_text cells[4];
    for (size_t i = 0; i < 4; i++) {
        if (!ca_text_next(&line, ',', &cells[i])) {
            return false;
        }
    }
    snprintf(row->code, sizeof row->code, "%.*s", (int)cells[0].len, cells[0].ptr);
    snprintf(row->from, sizeof row->from, "%.*s", (int)cells[1].len, cells[1].ptr);
    snprintf(row->to, sizeof row->to, "%.*s", (int)cells[2].len, cells[2].ptr);
    snprintf(row->flags, sizeof row->flags, ";%.*s;", (int)cells[3].len, cells[3].ptr);
    return true;
}

/* Codes of a file that carry the flag (";" = any) on a day, into the dictionary; how many. */
static size_t count_codes(fixture *fix, const char *folder, const char *name, const char *system,
                          const char *flag, const char *on)
{
    char path[600];
    ca_buf bytes;
    ca_text line;
    official_row row;
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ca_disk_read_all(ca_disk_real(), path, 64u << 20, &bytes, NULL), 0);
    ca_text rest = ca_buf_text(&bytes);
    ca_text_next(&rest, '\n', &line);
    while (ca_text_next(&rest, '\n', &line)) {
        if (parse_row(line, &row) && strstr(row.flags, flag) && strcmp(row.from, on) <= 0 &&
            (row.to[0] == '\0' || strcmp(on, row.to) <= 0)) {
            code_id(fix, system, row.code);
            count++;
        }
    }
    ca_buf_done(&bytes);
    return count;
}

static void add_set(ca_buf *yaml, const char *name, const char *folder, const char *where)
{
    static const char *const tables[][2] = {{"mce_i9_dx", "icd9cm"}, {"mce_i10_dx", "icd10cm"}};
    ca_buf_printf(yaml, "  %s:\n    family: diagnosis\n    bind: site\n    sources:\n", name);
    for (size_t i = 0; i < 2; i++) {
        ca_buf_printf(yaml,
                      "      - {file: %s/%s.csv, system: %s, column: code, valid: [from, to]%s}\n",
                      folder, tables[i][0], tables[i][1], where);
    }
}

static ca_refs *load_official(fixture *fix, const char *folder)
{
    char path[64];
    ca_buf yaml;
    ca_error err = {0};
    snprintf(path, sizeof path, "/tmp/test_official.%ld.yaml", (long)getpid());
    ca_buf_init(&yaml);
    ca_buf_add_cstr(&yaml, "sets:\n");
    add_set(&yaml, "female", folder, ", where: {flags: {contains: female, separator: \";\"}}");
    add_set(&yaml, "valid", folder, "");
    ca_refs *refs = ca_refs_new(&fix->codes, ca_disk_real());
    ck_assert_int_eq(ca_disk_write_atomic(ca_disk_real(), path, yaml.ptr, yaml.len, &err), 0);
    ck_assert_msg(ca_refs_load(refs, path, false, &fix->diags, &err) == 0, "%s", err.text);
    ca_disk_real()->remove(ca_disk_real(), path, NULL);
    ck_assert_str_eq(said(fix), "");
    ca_buf_done(&yaml);
    return refs;
}

/* Codes of a system that are in the set on the day. */
static size_t count_members(const fixture *fix, const ca_codeset *set, const char *system,
                            ca_date on)
{
    uint8_t number;
    size_t count = 0;
    const ca_codeset_index *index = ca_codeset_indexed(set);
    ck_assert(ca_codes_find_system(&fix->codes, ca_text_of(system), &number));
    for (uint32_t id = 0; id < ca_codes_count(&fix->codes); id++) {
        count += ca_codes_system_of(&fix->codes, id) == number && ca_codeset_has(index, id, on);
    }
    return count;
}

static const struct {
    const char *set, *flag, *table, *system, *on; /* yyyymmdd */
} cases[] = {
    {"female", ";female;", "mce_i9_dx.csv", "icd9cm", "20081115"},
    {"female", ";female;", "mce_i10_dx.csv", "icd10cm", "20240930"},
    {"female", ";female;", "mce_i10_dx.csv", "icd10cm", "20241001"},
    {"valid", ";", "mce_i9_dx.csv", "icd9cm", "20081115"},
    {"valid", ";", "mce_i9_dx.csv", "icd9cm", "20150930"},
    {"valid", ";", "mce_i10_dx.csv", "icd10cm", "20150930"},
    {"valid", ";", "mce_i10_dx.csv", "icd10cm", "20200615"},
};

START_TEST(members_are_those_of_the_file)
{
    char folder[500];
    fixture fix;
    ca_date_format format;
    if (!folder_of(folder, sizeof folder)) {
        return;
    }
    fixture_init(&fix);
    ca_refs *refs = load_official(&fix, folder);
    ck_assert(ca_date_format_valid(CA_TEXT("yyyymmdd"), &format));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ca_date on;
        size_t expected =
            count_codes(&fix, folder, cases[i].table, cases[i].system, cases[i].flag, cases[i].on);
        ck_assert(ca_date_parse(ca_text_of(cases[i].on), &format, &on));
        ck_assert_int_eq(ca_refs_sync(refs, NULL), 0);
        const ca_codeset *set = ca_refs_set(refs, ca_text_of(cases[i].set));
        ck_assert_uint_eq(count_members(&fix, set, cases[i].system, on), expected);
    }
    /* No ICD-10 code was valid before its first day; CMS ended its sex edits on 2024-09-30. */
    const ca_codeset *female = ca_refs_set(refs, CA_TEXT("female"));
    ck_assert_uint_eq(count_members(&fix, female, "icd10cm", day("2024-10-01")), 0);
    ck_assert_uint_gt(count_members(&fix, female, "icd10cm", day("2024-09-30")), 3000);
    ck_assert_uint_eq(ca_codeset_rows(ca_refs_set(refs, CA_TEXT("valid"))), 23012 + 84932);
    ck_assert_uint_eq(ca_codeset_rows(female), 2254 + 3597);
    ca_refs_free(refs);
    fixture_done(&fix);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, members_are_those_of_the_file);
}

CA_CHECK_MAIN("refs/official", add_tests)
