/* A set of codes with dates: rows gathered from its sources, sorted, digested, and walked when
 * somebody asks which row decided. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "refs/inside.h"

int ca_codeset_init(ca_codeset *set, const char *name, const char *family, const char *defined_in)
{
    memset(set, 0, sizeof *set);
    ca_ref_texts_init(&set->texts);
    set->name = ca_arena_cstr(&set->texts.arena, ca_text_of(name));
    set->family = ca_arena_cstr(&set->texts.arena, ca_text_of(family));
    set->defined_in = ca_arena_cstr(&set->texts.arena, ca_text_of(defined_in));
    return set->name && set->family && set->defined_in ? 0 : CA_NOMEM;
}

void ca_codeset_done(ca_codeset *set)
{
    ca_free(set->rows);
    ca_free(set->slots);
    ca_free(set->first);
    ca_free(set->spans);
    ca_ref_texts_done(&set->texts);
}

int ca_codeset_add_file(ca_codeset *set, const char *name, uint8_t *ret_file)
{
    if (set->files.count == CA_REF_FILES_MAX) {
        return CA_LIMIT;
    }
    const char *copy = ca_arena_cstr(&set->texts.arena, ca_text_of(name));
    if (!copy) {
        return CA_NOMEM;
    }
    *ret_file = (uint8_t)set->files.count;
    set->files.names[set->files.count++] = copy;
    return 0;
}

static ca_text code_of(const ca_codeset_row *row)
{
    return (ca_text){row->code, row->len};
}

/* Tables repeat a code once for every time its flags changed: such rows share its text. */
static const char *keep_code(ca_codeset *set, ca_text code)
{
    if (set->count > 0 && ca_text_eq(code_of(&set->rows[set->count - 1]), code)) {
        return set->rows[set->count - 1].code;
    }
    return ca_ref_texts_keep(&set->texts, code.ptr, code.len);
}

int ca_codeset_add(ca_codeset *set, const ca_codeset_row *row)
{
    if (set->count == CA_REFS_ROWS_MAX) {
        return CA_LIMIT;
    }
    if (set->count == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 64;
        ca_codeset_row *rows = ca_realloc_array(set->rows, cap, sizeof *rows);
        if (!rows) {
            return CA_NOMEM;
        }
        set->rows = rows;
        set->cap = cap;
    }
    ca_codeset_row kept = *row;
    kept.code = keep_code(set, code_of(row));
    if (!kept.code) {
        return CA_NOMEM;
    }
    set->rows[set->count++] = kept;
    return 0;
}

/* --- Order ------------------------------------------------------------------------------ */

int ca_codeset_cmp_key(const ca_codeset_row *row, uint8_t system, ca_text code, bool prefix)
{
    if (row->system != system) {
        return row->system < system ? -1 : 1;
    }
    int order = ca_text_cmp(code_of(row), code);
    return order != 0 ? order : (row->prefix > prefix) - (row->prefix < prefix);
}

static int compare_rows(const void *a, const void *b)
{
    const ca_codeset_row *one = a;
    const ca_codeset_row *other = b;
    int order = ca_codeset_cmp_key(one, other->system, code_of(other), other->prefix);
    if (order != 0) {
        return order;
    }
    if (one->from != other->from) {
        return one->from < other->from ? -1 : 1;
    }
    if (one->to != other->to) {
        return one->to < other->to ? -1 : 1;
    }
    if (one->file != other->file) {
        return one->file < other->file ? -1 : 1;
    }
    return (one->line > other->line) - (one->line < other->line);
}

static bool is_sorted(const ca_codeset *set)
{
    for (size_t i = 1; i < set->count; i++) {
        if (compare_rows(&set->rows[i - 1], &set->rows[i]) > 0) {
            return false;
        }
    }
    return true;
}

static void sort_rows(ca_codeset *set)
{
    if (!is_sorted(set)) {
        qsort(set->rows, set->count, sizeof *set->rows, compare_rows);
    }
}

/* --- Digest ----------------------------------------------------------------------------- */

static void digest_text(ca_hasher *hasher, const char *text)
{
    ca_hasher_add(hasher, text, strlen(text) + 1);
}

static void digest_row(ca_hasher *hasher, const ca_codeset_row *row)
{
    uint8_t bytes[10 + CA_CODE_MAX];
    bytes[0] = row->prefix;
    bytes[1] = row->len;
    for (unsigned i = 0; i < 4; i++) {
        bytes[2 + i] = (uint8_t)((uint32_t)row->from >> (8 * i));
        bytes[6 + i] = (uint8_t)((uint32_t)row->to >> (8 * i));
    }
    memcpy(bytes + 10, row->code, row->len);
    ca_hasher_add(hasher, bytes, 10u + row->len);
}

/* The same row twice is no more than once. */
static bool same_row(const ca_codeset_row *a, const ca_codeset_row *b)
{
    return ca_codeset_cmp_key(a, b->system, code_of(b), b->prefix) == 0 && a->from == b->from &&
           a->to == b->to;
}

/* The system whose name follows `after` (NULL = the first name), or CA_SYSTEM_NONE: their numbers
 * depend on the order of declaration. */
static uint8_t next_system(const ca_codes *codes, const char *after)
{
    uint8_t next = CA_SYSTEM_NONE;
    for (unsigned i = 0; i < codes->system_count; i++) {
        const char *name = codes->systems[i].name;
        if ((!after || strcmp(name, after) > 0) &&
            (next == CA_SYSTEM_NONE || strcmp(name, codes->systems[next].name) < 0)) {
            next = (uint8_t)i;
        }
    }
    return next;
}

static size_t system_start(const ca_codeset *set, uint8_t system)
{
    size_t from = 0;
    size_t end = set->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (set->rows[middle].system < system) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

static int digest_rows(ca_codeset *set, const ca_codes *codes)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return CA_NOMEM;
    }
    digest_text(hasher, "code set");
    digest_text(hasher, set->family);
    ca_hasher_add(hasher, (const char[]){(char)set->bound, (char)set->dated}, 2);
    uint8_t system = next_system(codes, NULL);
    while (system != CA_SYSTEM_NONE) {
        size_t from = system_start(set, system);
        if (from < set->count && set->rows[from].system == system) {
            ca_hasher_add(hasher, "\xFF", 1); /* no row begins so */
            digest_text(hasher, codes->systems[system].name);
        }
        for (size_t i = from; i < set->count && set->rows[i].system == system; i++) {
            if (i == from || !same_row(&set->rows[i - 1], &set->rows[i])) {
                digest_row(hasher, &set->rows[i]);
            }
        }
        system = next_system(codes, codes->systems[system].name);
    }
    set->digest = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    return 0;
}

int ca_codeset_finish(ca_codeset *set, const ca_codes *codes)
{
    if (set->count > 0 && set->count < set->cap) {
        ca_codeset_row *rows = ca_realloc_array(set->rows, set->count, sizeof *rows);
        if (!rows) {
            return CA_NOMEM;
        }
        set->rows = rows;
        set->cap = set->count;
    }
    sort_rows(set);
    int rc = digest_rows(set, codes);
    return rc ? rc : ca_codeset_index_build(set);
}

/* --- Reading ---------------------------------------------------------------------------- */

const char *ca_codeset_name(const ca_codeset *set)
{
    return set->name;
}

const char *ca_codeset_family(const ca_codeset *set)
{
    return set->family;
}

bool ca_codeset_bound(const ca_codeset *set)
{
    return set->bound;
}

bool ca_codeset_dated(const ca_codeset *set)
{
    return set->dated;
}

ca_digest ca_codeset_digest(const ca_codeset *set)
{
    return set->digest;
}

size_t ca_codeset_rows(const ca_codeset *set)
{
    return set->count;
}

/* Number of the first row that is not before the key. */
static size_t lower_bound(const ca_codeset *set, uint8_t system, ca_text code, bool prefix)
{
    size_t from = 0;
    size_t end = set->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (ca_codeset_cmp_key(&set->rows[middle], system, code, prefix) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

static bool explain_key(const ca_codeset *set, uint8_t system, ca_text code, bool prefix,
                        ca_date on, ca_ref_row *ret_row)
{
    for (size_t i = lower_bound(set, system, code, prefix);
         i < set->count && ca_codeset_cmp_key(&set->rows[i], system, code, prefix) == 0; i++) {
        const ca_codeset_row *row = &set->rows[i];
        if (!set->dated || (row->from <= on && on <= row->to)) {
            *ret_row = (ca_ref_row){
                set->files.names[row->file], row->line, code_of(row), prefix, row->from, row->to};
            return true;
        }
    }
    return false;
}

bool ca_codeset_explain(const ca_codeset *set, const ca_codes *codes, uint32_t code, ca_date on,
                        ca_ref_row *ret_row)
{
    uint8_t system = ca_codes_system_of(codes, code);
    ca_text text = ca_codes_text(codes, code);
    if (explain_key(set, system, text, false, on, ret_row)) {
        return true;
    }
    for (size_t len = text.len; len > 0; len--) {
        if (explain_key(set, system, ca_text_sub(text, 0, len), true, on, ret_row)) {
            return true;
        }
    }
    return false;
}
