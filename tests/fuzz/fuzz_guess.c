/* Any bytes as files to draft a profile from: refused, or a draft that loads and takes the first file. Byte 1E parts files,
 * 1D the front of a file from its end. */
#include <stdio.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "map/guess.h"

static void add_systems(ca_codes *codes)
{
    static const char *const names[][2] = {
        {"icd10cm", "diagnosis"},     {"icd9cm", "diagnosis"},
        {"icd10gm", "diagnosis"},     {"cn_icd10", "diagnosis"},
        {"icd10pcs", "procedure"},    {"icd9pcs", "procedure"},
        {"ops", "procedure"},         {"cn_icd9cm3", "procedure"},
        {"hcpcs", "procedure"},       {"local", "procedure"},
        {"cn_item", "procedure"},     {"ndc", "drug"},
        {"cn_drug", "drug"},          {"revenue", "revenue"},
        {"modifier", "modifier"},     {"condition", "condition"},
        {"pos", "place_of_service"},  {"drg", "drg"},
        {"bill_type", "bill_type"},   {"discharge_status", "discharge_status"},
        {"drug_class", "drug_class"}, {"specialty", "specialty"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ca_system system = {.name = names[i][0], .family = names[i][1], .upper = true};
        uint8_t ignored;
        fuzz_require(ca_codes_add_system(codes, &system, &ignored, NULL) == 0);
    }
}

static void add_files(ca_guess *guess, ca_text rest)
{
    ca_text file, head, tail = {0};
    char name[32];
    ca_error err;
    for (int i = 0; ca_text_next(&rest, '\x1E', &file); i++) {
        ca_text parts = file;
        (void)ca_text_next(&parts, '\x1D', &head);
        tail = parts.ptr ? parts : (ca_text){0};
        snprintf(name, sizeof name, "file_%d_20%02d.csv", i, i % 30);
        int rc = ca_guess_bytes(guess, name, head, tail, &err);
        fuzz_require(rc == 0 || rc == CA_CONFIG || rc == CA_LIMIT);
        fuzz_require(rc == 0 || strchr(err.text, '\n') == NULL);
    }
}

static void load(ca_text yaml, const ca_guess_draft *result)
{
    ca_arena arena;
    ca_diags diags;
    ca_codes codes;
    ca_profile *profile = NULL;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_codes_init(&codes, &arena);
    add_systems(&codes);
    fuzz_require(ca_profile_parse("draft", yaml, &codes, &arena, &diags, &profile, NULL) == 0);
    if (result->complete && !profile) {
        fprintf(stderr, "%u: %s\n%.*s\n", (unsigned)diags.items[0].line, diags.items[0].text,
                (int)yaml.len, yaml.ptr);
    }
    fuzz_require(!result->complete || (profile && profile->layout_count == result->layouts));
    ca_diags_done(&diags);
    ca_codes_done(&codes);
    ca_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_guess *guess = ca_guess_new();
    ca_guess_draft result;
    ca_buf yaml;
    ca_error err;
    fuzz_require(guess != NULL);
    ca_buf_init(&yaml);
    add_files(guess, (ca_text){(const char *)data, size});
    int rc = ca_guess_write(guess, &yaml, &result, &err);
    fuzz_require(rc == 0 || rc == CA_CONFIG);
    if (rc == 0) {
        load(ca_buf_text(&yaml), &result);
    }
    ca_buf_done(&yaml);
    ca_guess_free(guess);
    return 0;
}
