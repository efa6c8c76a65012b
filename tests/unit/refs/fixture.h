/* A disk in memory with files, a few code systems, and a registry: what every test of this room
 * begins with. */
#ifndef CA_TESTS_REFS_FIXTURE_H
#define CA_TESTS_REFS_FIXTURE_H

#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "refs/refs.h"
#include "support/memdisk.h"

typedef struct fixture {
    memdisk *mem;
    ca_arena arena;
    ca_codes codes;
    ca_diags diags;
    ca_refs *refs;
    ca_buf said; /* all messages, "file:line:column: text" a line */
} fixture;

static inline void add_system(fixture *fix, const char *name, const char *family, unsigned pad)
{
    ca_system system = {.name = name, .family = family, .upper = true, .strip = ".", .pad_to = pad};
    uint8_t number;
    ck_assert_int_eq(ca_codes_add_system(&fix->codes, &system, &number, NULL), 0);
}

static inline void fixture_init(fixture *fix)
{
    fix->mem = memdisk_new();
    ca_arena_init(&fix->arena);
    ca_codes_init(&fix->codes, &fix->arena);
    ca_diags_init(&fix->diags, &fix->arena);
    ca_buf_init(&fix->said);
    add_system(fix, "icd10cm", "diagnosis", 0);
    add_system(fix, "icd9cm", "diagnosis", 0);
    add_system(fix, "hcpcs", "procedure", 0);
    add_system(fix, "revenue", "revenue", 4);
    fix->refs = ca_refs_new(&fix->codes, memdisk_disk(fix->mem));
    ck_assert_ptr_nonnull(fix->refs);
}

static inline void fixture_done(fixture *fix)
{
    ca_refs_free(fix->refs);
    ca_buf_done(&fix->said);
    ca_diags_done(&fix->diags);
    ca_codes_done(&fix->codes);
    ca_arena_done(&fix->arena);
    memdisk_free(fix->mem);
}

static inline void put(fixture *fix, const char *path, const char *text)
{
    memdisk_put(fix->mem, path, text, strlen(text));
}

/* All messages since the last call. */
static inline const char *said(fixture *fix)
{
    ca_buf_clear(&fix->said);
    ca_diags_sort(&fix->diags);
    for (size_t i = 0; i < fix->diags.count; i++) {
        const ca_diag *diag = &fix->diags.items[i];
        ca_buf_printf(&fix->said, "%s:%u:%u: %s\n", diag->file, diag->line, diag->column,
                      diag->text);
    }
    ca_diags_done(&fix->diags);
    return ca_buf_cstr(&fix->said);
}

static inline const char *load_as(fixture *fix, const char *path, const char *yaml, bool replace)
{
    ca_error err = {0};
    put(fix, path, yaml);
    ck_assert_msg(ca_refs_load(fix->refs, path, replace, &fix->diags, &err) == 0, "%s", err.text);
    return said(fix);
}

/* What is said of a sets file. */
static inline const char *load(fixture *fix, const char *yaml)
{
    return load_as(fix, "us/sets.yaml", yaml, false);
}

static inline uint32_t code_id(fixture *fix, const char *system, const char *code)
{
    uint8_t number;
    uint32_t id;
    ck_assert(ca_codes_find_system(&fix->codes, ca_text_of(system), &number));
    ck_assert_int_eq(ca_codes_put(&fix->codes, number, ca_text_of(code), &id), 0);
    return id;
}

static inline ca_date day(const char *iso)
{
    ca_date date;
    ck_assert_msg(ca_date_parse_iso(ca_text_of(iso), &date), "%s", iso);
    return date;
}

static inline const ca_codeset *need_set(const fixture *fix, const char *name)
{
    const ca_codeset *set = ca_refs_set(fix->refs, ca_text_of(name));
    ck_assert_msg(set != NULL, "no set %s", name);
    return set;
}

static inline const ca_reftable *need_table(const fixture *fix, const char *name)
{
    const ca_reftable *table = ca_refs_table(fix->refs, ca_text_of(name));
    ck_assert_msg(table != NULL, "no table %s", name);
    return table;
}

/* Membership by the index; the explaining walk must agree. */
static inline bool is_in(fixture *fix, const char *set_name, const char *system, const char *code,
                         ca_date on)
{
    const ca_codeset *set = need_set(fix, set_name);
    ca_ref_row row;
    uint32_t id = code_id(fix, system, code);
    ck_assert_int_eq(ca_refs_sync(fix->refs, NULL), 0);
    const ca_codeset_index *index = ca_codeset_indexed(set);
    ck_assert_uint_eq(index->codes, ca_codes_count(&fix->codes));
    bool found = ca_codeset_has(index, id, on);
    ck_assert_int_eq(found, ca_codeset_explain(set, &fix->codes, id, on, &row));
    return found;
}

#endif
