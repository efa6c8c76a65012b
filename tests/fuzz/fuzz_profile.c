/* Any bytes as a profile: refused with messages, or accepted and then able to take any header and
 * any row. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "map/mapper.h"

#define CELLS 64

static void add_systems(ca_codes *codes)
{
    static const char *const names[][2] = {{"icd10cm", "diagnosis"}, {"icd9cm", "diagnosis"},
                                           {"hcpcs", "procedure"},   {"revenue", "revenue"},
                                           {"ndc", "drug"},          {"modifier", "modifier"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ca_system system = {.name = names[i][0], .family = names[i][1], .upper = true};
        uint8_t ignored;
        fuzz_require(ca_codes_add_system(codes, &system, &ignored, NULL) == 0);
    }
}

/* A header that has what the layout requires, and then what its text happens to name. */
static size_t make_header(const uint8_t *data, size_t size, ca_text *cells)
{
    ca_text rest = {(const char *)data, size};
    ca_text part;
    size_t count = 0;
    while (count < CELLS && ca_text_next(&rest, ' ', &part)) {
        while (part.len > 0 && strchr(",[]{}\"\n", part.ptr[part.len - 1])) {
            part.len--;
        }
        while (part.len > 0 && strchr("[{\"\n", part.ptr[0])) {
            part = ca_text_sub(part, 1, part.len);
        }
        if (part.len > 0) {
            cells[count++] = part;
        }
    }
    return count;
}

static void map_rows(ca_mapper *mapper, const ca_profile *profile, const ca_layout *layout,
                     const ca_text *cells, size_t count)
{
    ca_error err;
    ca_mapped mapped = {0};
    ca_row row = {.cells = cells, .cell_count = count, .row = 2};
    ca_batch *batch = ca_batch_new(&profile->schema, CA_GROUP_MAX * 2);
    ca_facts *facts = ca_facts_new();
    fuzz_require(batch && facts);
    if (ca_layout_records(layout) == CA_RECORDS_CLAIMS) {
        fuzz_require(ca_mapper_row(mapper, &row, 0, batch, &mapped, &err) == 0);
        fuzz_require((mapped.lines > 0) != (mapped.reject || mapped.skip));
        fuzz_require(mapped.lines == batch->rows && mapped.lines <= ca_layout_max_lines(layout));
        unsigned first = batch->rows;
        row.row++;
        fuzz_require(ca_mapper_row(mapper, &row, 0, batch, &mapped, &err) == 0);
        fuzz_require(batch->rows == 2 * first);
        for (unsigned line = 0; line < first; line++) {
            fuzz_require(ca_digest_cmp(batch->digest[line], batch->digest[first + line]) == 0);
        }
    } else {
        fuzz_require(ca_mapper_fact(mapper, &row, facts, &mapped, &err) == 0);
    }
    ca_facts_free(facts);
    ca_batch_free(batch);
}

static void use(const ca_profile *profile, ca_codes *codes, const uint8_t *data, size_t size)
{
    ca_text cells[CELLS];
    ca_error err;
    size_t count = make_header(data, size, cells);
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_layout *layout = profile->layouts[i];
        ca_mapper *mapper;
        if (ca_layout_records(layout) == CA_RECORDS_IGNORE) {
            continue;
        }
        int rc = ca_mapper_new(profile, layout, cells, count, codes, &mapper, &err);
        fuzz_require(rc == 0 || rc == CA_CONFIG);
        if (rc == 0) {
            map_rows(mapper, profile, layout, cells, count);
            ca_mapper_free(mapper);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_arena arena;
    ca_diags diags;
    ca_codes codes;
    ca_profile *profile = NULL;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_codes_init(&codes, &arena);
    add_systems(&codes);
    ca_text source = {(const char *)data, size};
    fuzz_require(ca_profile_parse("fuzz.yaml", source, &codes, &arena, &diags, &profile, NULL) ==
                 0);
    fuzz_require((profile != NULL) == (diags.errors == 0));
    for (size_t i = 0; i < diags.count; i++) {
        fuzz_require(strchr(diags.items[i].text, '\n') == NULL);
    }
    if (profile) {
        use(profile, &codes, data, size);
    }
    ca_diags_done(&diags);
    ca_codes_done(&codes);
    ca_arena_done(&arena);
    return 0;
}
