/* For tests of the room map. */
#include "support/map_fixture.h"

#include <stdio.h>
#include <string.h>

static void add_system(fixture *f, const char *name, const char *family, bool upper,
                       const char *strip, unsigned pad)
{
    ca_system system = {.name = name, .family = family, .upper = upper, .pad_to = pad};
    uint8_t ignored;
    strncpy(system.strip, strip, sizeof system.strip - 1);
    (void)ca_codes_add_system(&f->codes, &system, &ignored, NULL);
}

void fixture_init(fixture *f)
{
    static const char *const single[][2] = {{"bill_type", "bill_type"},
                                            {"discharge_status", "discharge_status"},
                                            {"drg", "drg"},
                                            {"condition", "condition"},
                                            {"modifier", "modifier"},
                                            {"revenue", "revenue"},
                                            {"ndc", "drug"},
                                            {"drug_class", "drug_class"},
                                            {"pos", "place_of_service"},
                                            {"specialty", "specialty"}};
    memset(f, 0, sizeof *f);
    ca_arena_init(&f->arena);
    ca_codes_init(&f->codes, &f->arena);
    ca_diags_init(&f->diags, &f->arena);
    add_system(f, "icd9cm", "diagnosis", true, ".", 0);
    add_system(f, "icd10cm", "diagnosis", true, ".", 0);
    add_system(f, "hcpcs", "procedure", true, "", 0);
    add_system(f, "icd10pcs", "procedure", true, "", 0);
    add_system(f, "icd9pcs", "procedure", true, ".", 0);
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        add_system(f, single[i][0], single[i][1], true, "",
                   strcmp(single[i][0], "revenue") == 0 ? 4 : 0);
    }
}

static void drop_mapper(fixture *f)
{
    ca_mapper_free(f->mapper);
    ca_batch_free(f->batch);
    f->mapper = NULL;
    f->batch = NULL;
}

void fixture_done(fixture *f)
{
    drop_mapper(f);
    ca_diags_done(&f->diags);
    ca_codes_done(&f->codes);
    ca_arena_done(&f->arena);
}

const char *fixture_parse(fixture *f, const char *yaml)
{
    const char *text = "";
    f->profile = NULL;
    ca_diags_done(&f->diags);
    ca_diags_init(&f->diags, &f->arena);
    int rc = ca_profile_parse("test.yaml", ca_text_of(yaml), &f->codes, &f->arena, &f->diags,
                              &f->profile, &f->err);
    if (rc) {
        return "failed";
    }
    ca_diags_sort(&f->diags);
    for (size_t i = 0; i < f->diags.count; i++) {
        const ca_diag *diag = &f->diags.items[i];
        text =
            ca_arena_printf(&f->arena, "%s%u:%u: %s\n", text, diag->line, diag->column, diag->text);
    }
    return text;
}

size_t fixture_split(fixture *f, const char *text, ca_text *cells)
{
    char *copy = ca_arena_cstr(&f->arena, ca_text_of(text));
    ca_text rest = ca_text_of(copy);
    size_t count = 0;
    while (count < FIXTURE_CELLS && ca_text_next(&rest, ',', &cells[count])) {
        count++;
    }
    return count;
}

int fixture_header_in(fixture *f, const char *header, const char *file_name)
{
    ca_text cells[FIXTURE_CELLS];
    const ca_csv_format *formats;
    drop_mapper(f);
    f->layout = NULL;
    f->row = 1;
    size_t count = fixture_split(f, header, cells);
    (void)ca_profile_formats(f->profile, &formats);
    int rc =
        ca_profile_match(f->profile, &formats[0], cells, count, file_name, &f->layout, &f->err);
    rc = rc ? rc
            : ca_mapper_new(f->profile, f->layout, cells, count, &f->codes, &f->mapper, &f->err);
    if (rc == 0) {
        f->batch = ca_batch_new(&f->profile->schema, 1000);
        ca_mapper_file_as_of(f->mapper, ca_layout_file_as_of(f->layout, file_name));
        memset(cells, 0, sizeof cells); /* the mapper must not need the header any more */
    }
    return rc;
}

int fixture_header(fixture *f, const char *header)
{
    return fixture_header_in(f, header, "claims.csv");
}

static ca_row make_row(fixture *f, const char *text, ca_text *cells)
{
    ca_row row = {.cells = cells,
                  .cell_count = fixture_split(f, text, cells),
                  .row = ++f->row,
                  .offset = f->row * 100};
    row.raw = ca_text_of(text);
    row.plain = f->row % 7 != 0; /* as they are; any row may be told not to be */
    memset(&f->mapped, 0, sizeof f->mapped);
    return row;
}

int fixture_row(fixture *f, const char *text)
{
    ca_text cells[FIXTURE_CELLS];
    ca_row row = make_row(f, text, cells);
    return ca_mapper_row(f->mapper, &row, 7, f->batch, &f->mapped, &f->err);
}

int fixture_fact(fixture *f, const char *text, ca_facts *facts)
{
    ca_text cells[FIXTURE_CELLS];
    ca_row row = make_row(f, text, cells);
    return ca_mapper_fact(f->mapper, &row, facts, &f->mapped, &f->err);
}

const char *fixture_value(fixture *f, const char *column, unsigned row)
{
    unsigned index;
    ca_buf text;
    if (!ca_schema_find(&f->profile->schema, ca_text_of(column), &index)) {
        return "no such column";
    }
    ca_value value = ca_value_of(f->batch, index, row);
    ca_buf_init(&text);
    ca_value_print(&value, &f->codes, &text);
    const char *copy = ca_arena_cstr(&f->arena, ca_buf_text(&text));
    ca_buf_done(&text);
    return copy;
}

const char *fixture_counted(fixture *f, const char *column, const char *field)
{
    const ca_column_count *counts;
    size_t count = ca_mapper_counts(f->mapper, &counts);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counts[i].column, column) == 0 && strcmp(counts[i].field, field) == 0) {
            return ca_arena_printf(&f->arena, "%llu/%llu", (unsigned long long)counts[i].empty,
                                   (unsigned long long)counts[i].undecoded);
        }
    }
    return "";
}
