/* How much of a profile made by hand is guessed: field by field, from the same files. What differs must stand below a question. */
#include <stdio.h>
#include <string.h>

#include "map/layout.h"
#include "read/inputs.h"
#include "support/check_main.h"
#include "support/drafts.h"

typedef struct export_case {
    const char *profile;  /* made by hand */
    const char *files[6]; /* what both are for */
    unsigned least;       /* percent of the fields that must be equal */
    bool optional;        /* files that are not part of the repository */
} export_case;

static const export_case exports[] = {
    {"data/exports/de/profile.yaml",
     {"data/exports/de/Rechnungspositionen.csv", "data/exports/de/Versicherte.csv"},
     80,
     false},
    {"data/exports/cn/profile.yaml", {"data/exports/cn/结算明细.csv"}, 80, false},
    {"data/profiles/generic.yaml",
     {"data/sample/claims.csv", "data/sample/patients.csv", "data/sample/providers.csv"},
     90,
     false},
    {"data/profiles/desynpuf.yaml",
     {"../shared/data/desynpuf-10/DE1_0_2008_to_2010_Carrier_Claims_Sample_TestAA.csv",
      "../shared/data/desynpuf-10/DE1_0_2008_to_2010_Inpatient_Claims_Sample_TestA.csv",
      "../shared/data/desynpuf-10/DE1_0_2008_to_2010_Prescription_Drug_Events_Sample_TestA.csv",
      "../shared/data/desynpuf-10/DE1_0_2008_Beneficiary_Summary_File_Sample_TestA.csv"},
     80,
     true}};

typedef struct tally {
    unsigned fields, equal, open; /* open: not equal and below a question */
} tally;

/* --- Comparing bindings --------------------------------------------------------------------- */

static bool same_names(const ca_binding *a, const ca_binding *b)
{
    size_t count_a = a->kind == CA_BIND_CONSTANT ? 0 : a->name_count;
    size_t count_b = b->kind == CA_BIND_CONSTANT ? 0 : b->name_count;
    if (count_a != count_b || (count_a == 0 && !ca_text_eq(a->constant, b->constant))) {
        return false;
    }
    for (size_t i = 0; i < count_a; i++) {
        if (!ca_text_eq(a->names[i], b->names[i])) {
            return false;
        }
    }
    return true;
}

static bool same_values(const ca_binding *a, const ca_binding *b)
{
    if (a->values.count != b->values.count) {
        return false;
    }
    for (size_t i = 0; i < a->values.count; i++) {
        if (!ca_text_eq(a->values.from[i], b->values.from[i]) ||
            !ca_text_eq(a->values.to[i], b->values.to[i])) {
            return false;
        }
    }
    return true;
}

static bool same_numbers(const ca_number_format *a, const ca_number_format *b)
{
    char point_a = a->point ? a->point : '.';
    char point_b = b->point ? b->point : '.';
    return point_a == point_b && a->group == b->group && strcmp(a->currency, b->currency) == 0;
}

static bool same_binding(const ca_binding *a, const ca_binding *b)
{
    bool number = a->type == CA_TYPE_MONEY || a->type == CA_TYPE_DECIMAL;
    bool listed = a->type == CA_TYPE_CODES && a->kind == CA_BIND_COLUMN;
    return same_names(a, b) && same_values(a, b) && a->system == b->system && a->pad == b->pad &&
           a->suffix_count == b->suffix_count &&
           (!number || same_numbers(&a->numbers, &b->numbers)) &&
           (!listed || a->separator == b->separator);
}

/* --- Files ---------------------------------------------------------------------------------- */

/* The layout that a profile gives a file, by its own formats. */
static const ca_layout *layout_of(draft *d, const ca_profile *profile, const char *path,
                                  ca_first_row *ret_first)
{
    const ca_csv_format *formats;
    size_t count = ca_profile_formats(profile, &formats);
    for (size_t i = 0; i < count; i++) {
        ca_source *source = NULL;
        ca_rows *rows = NULL;
        ca_first_row first[CA_TITLE_ROWS_MAX + 1] = {{0}};
        size_t wanted = ca_profile_first_rows(profile, &formats[i]);
        size_t read = 0;
        ca_row row;
        const ca_layout *layout = NULL;
        ck_assert_int_eq(ca_source_open(ca_disk_real(), path, &source, &d->err), 0);
        ck_assert_int_eq(ca_rows_open(source, &formats[i], 0, CA_LANE_BOTH, &rows, &d->err), 0);
        while (read < wanted && ca_rows_next(rows, &row, &d->err) == 0) {
            ca_text *cells = ca_arena_array(&d->arena, row.cell_count + 1, sizeof *cells);
            for (size_t c = 0; c < row.cell_count; c++) {
                ck_assert_int_eq(ca_arena_text(&d->arena, row.cells[c], &cells[c]), 0);
            }
            first[read++] = (ca_first_row){cells, row.reject ? 0 : row.cell_count};
        }
        ca_rows_close(rows);
        ca_source_close(source);
        if (ca_profile_match_rows(profile, &formats[i], first, read, path, &layout, &d->err) == 0) {
            *ret_first = first[0];
            return layout;
        }
    }
    ck_abort_msg("%s: %s", path, d->err.text);
    return NULL;
}

/* A question above the field's line, or one that names its column. */
static bool is_asked(draft *d, const ca_layout *layout, const ca_binding *wanted, const char *field)
{
    char key[80];
    snprintf(key, sizeof key, "%s:", strncmp(field, "x.", 2) == 0 ? field + 2 : field);
    if (*draft_asked(d, ca_layout_name(layout), key)) {
        return true;
    }
    ca_text rest = ca_text_of(ca_buf_cstr(&d->yaml));
    ca_text line;
    while (wanted->name_count && ca_text_next(&rest, '\n', &line)) {
        ca_text text = ca_text_trim(line);
        const char *copy = ca_arena_cstr(&d->arena, text);
        const char *name = ca_arena_cstr(&d->arena, wanted->names[0]);
        if (ca_text_starts(text, CA_TEXT("#")) && strstr(copy, name)) {
            return true;
        }
    }
    return false;
}

/* Optional columns that this file does not have cannot be guessed. */
static bool is_absent(const ca_layout *layout, const ca_binding *binding,
                      const ca_first_row *header)
{
    for (size_t i = 0; layout->optional && i < header->count; i++) {
        if (ca_text_eq(header->cells[i], binding->names[0])) {
            return false;
        }
    }
    return layout->optional;
}

static void compare_layouts(draft *d, const ca_profile *made, const ca_layout *wanted,
                            const ca_layout *guessed, const ca_first_row *header, tally *count)
{
    ck_assert_int_eq(ca_layout_records(wanted), ca_layout_records(guessed));
    for (size_t i = 0; i < wanted->binding_count; i++) {
        const ca_binding *binding = &wanted->bindings[i];
        const char *name = made->schema.columns[binding->column].name;
        unsigned column;
        const ca_binding *found = NULL;
        if (is_absent(wanted, binding, header)) {
            continue;
        }
        if (ca_schema_find(&d->profile->schema, ca_text_of(name), &column)) {
            found = ca_layout_binding(guessed, column);
        }
        count->fields++;
        if (found && same_binding(binding, found)) {
            count->equal++;
        } else if (is_asked(d, guessed, binding, name)) {
            count->open++;
        } else {
            fprintf(stderr, "%s\n", ca_buf_cstr(&d->yaml));
            ck_abort_msg("%s: wrong, and nothing asks", name);
        }
    }
}

/* What is guessed beyond the profile made by hand must be asked too. */
static void look_for_more(draft *d, const ca_profile *made, const ca_layout *wanted,
                          const ca_layout *guessed)
{
    for (size_t i = 0; i < guessed->binding_count; i++) {
        const char *name = d->profile->schema.columns[guessed->bindings[i].column].name;
        unsigned column;
        bool known = ca_schema_find(&made->schema, ca_text_of(name), &column) &&
                     ca_layout_binding(wanted, column);
        if (!known && strncmp(name, "x.", 2) != 0 &&
            !is_asked(d, guessed, &guessed->bindings[i], name)) {
            fprintf(stderr, "%s\n", ca_buf_cstr(&d->yaml));
            ck_abort_msg("%s: nobody asked for it", name);
        }
    }
}

static bool is_there(const char *path)
{
    ca_file_info info;
    ca_error err;
    return ca_disk_real()->info(ca_disk_real(), path, &info, &err) == 0;
}

START_TEST(most_of_it_is_guessed)
{
    const export_case *at = &exports[_i];
    draft d;
    ca_profile *made = NULL;
    tally count = {0};
    draft_init(&d);
    if (at->optional && !is_there(draft_path(&d, at->files[0]))) {
        printf("# skipped: there is no %s\n", at->files[0]);
        draft_done(&d);
        return;
    }
    for (size_t i = 0; at->files[i]; i++) {
        ck_assert_int_eq(
            ca_guess_file(d.guess, ca_disk_real(), draft_path(&d, at->files[i]), &d.err), 0);
    }
    (void)draft_write(&d);
    ck_assert(d.result.complete);
    ck_assert_int_eq(ca_profile_load(ca_disk_real(), draft_path(&d, at->profile), &d.codes,
                                     &d.arena, &d.diags, &made, &d.err),
                     0);
    ck_assert_ptr_nonnull(made);
    ck_assert_str_eq(d.profile->currency, made->currency);
    ck_assert_str_eq(d.profile->jurisdiction, made->jurisdiction);
    for (size_t i = 0; at->files[i]; i++) {
        const char *path = draft_path(&d, at->files[i]);
        ca_first_row header;
        const ca_layout *wanted = layout_of(&d, made, path, &header);
        const ca_layout *guessed = layout_of(&d, d.profile, path, &header);
        compare_layouts(&d, made, wanted, guessed, &header, &count);
        look_for_more(&d, made, wanted, guessed);
        ck_assert(wanted->status.kind == guessed->status.kind ||
                  *draft_asked(&d, ca_layout_name(guessed), "status:"));
        ck_assert_uint_eq(wanted->total_count, guessed->total_count);
        ck_assert(!wanted->reversal || guessed->reversal);
    }
    printf("# %s: %u fields, %u equal, %u asked\n", at->profile, count.fields, count.equal,
           count.open);
    ck_assert_uint_ge(count.equal * 100, count.fields * at->least);
    draft_done(&d);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, most_of_it_is_guessed, 0, sizeof exports / sizeof *exports);
}

CA_CHECK_MAIN("map/guess_exports", add_tests)
