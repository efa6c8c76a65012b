/* The quick way to a set: for every code of the run's dictionary the merged intervals in which it
 * belongs to the set, so that membership is one or two loads. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "refs/inside.h"

static size_t slot_of(const ca_codeset *set, uint8_t system, ca_text code, bool prefix)
{
    char key[2 + CA_CODE_MAX];
    key[0] = (char)system;
    key[1] = (char)prefix;
    memcpy(key + 2, code.ptr, code.len);
    size_t slot = (size_t)ca_hash64(key, 2 + code.len) & (set->slot_count - 1);
    while (set->slots[slot] != 0 &&
           ca_codeset_cmp_key(&set->rows[set->slots[slot] - 1], system, code, prefix) != 0) {
        slot = (slot + 1) & (set->slot_count - 1);
    }
    return slot;
}

static bool begins_key(const ca_codeset *set, size_t row)
{
    const ca_codeset_row *it = &set->rows[row];
    return row == 0 || ca_codeset_cmp_key(&set->rows[row - 1], it->system,
                                          (ca_text){it->code, it->len}, it->prefix) != 0;
}

static size_t count_keys(const ca_codeset *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        count += begins_key(set, i);
    }
    return count;
}

static int want_codes(ca_codeset *set, size_t codes)
{
    if (codes + 1 > set->first_cap) {
        size_t cap = set->first_cap * 2 > codes + 1 ? set->first_cap * 2 : codes + 1;
        uint32_t *first = ca_realloc_array(set->first, cap, sizeof *first);
        if (!first) {
            return CA_NOMEM;
        }
        set->first = first;
        set->first_cap = cap;
        set->index.first = first;
    }
    return 0;
}

int ca_codeset_index_build(ca_codeset *set)
{
    size_t keys = count_keys(set);
    set->slot_count = 4;
    while (set->slot_count * 2 < keys * 3) {
        set->slot_count *= 2;
    }
    set->slots = ca_alloc_zero(set->slot_count, sizeof *set->slots);
    if (!set->slots || want_codes(set, 0) != 0) {
        return CA_NOMEM;
    }
    set->first[0] = 0;
    for (size_t i = 0; i < set->count; i++) {
        const ca_codeset_row *row = &set->rows[i];
        if (!begins_key(set, i)) {
            continue;
        }
        size_t slot = slot_of(set, row->system, (ca_text){row->code, row->len}, row->prefix);
        set->slots[slot] = (uint32_t)(i + 1);
        set->systems[row->system / 64] |= UINT64_C(1) << row->system % 64;
        if (row->prefix) {
            set->prefix_lens |= UINT64_C(1) << (row->len - 1);
        }
    }
    return 0;
}

static int add_span(ca_codeset *set, ca_span span)
{
    if (set->span_count == set->span_cap) {
        size_t cap = set->span_cap ? set->span_cap * 2 : 64;
        ca_span *spans = cap < UINT32_MAX ? ca_realloc_array(set->spans, cap, sizeof *spans) : NULL;
        if (!spans) {
            return CA_NOMEM;
        }
        set->spans = spans;
        set->span_cap = cap;
        set->index.spans = spans;
    }
    set->spans[set->span_count++] = span;
    return 0;
}

static int add_key(ca_codeset *set, uint8_t system, ca_text code, bool prefix)
{
    size_t slot = slot_of(set, system, code, prefix);
    if (set->slots[slot] == 0) {
        return 0;
    }
    int rc = 0;
    for (size_t i = set->slots[slot] - 1;
         rc == 0 && i < set->count && (i == set->slots[slot] - 1 || !begins_key(set, i)); i++) {
        rc = add_span(set, (ca_span){set->rows[i].from, set->rows[i].to});
    }
    return rc;
}

static int compare_spans(const void *a, const void *b)
{
    const ca_span *one = a;
    const ca_span *other = b;
    return (one->from > other->from) - (one->from < other->from);
}

/* Sorts the spans from `from` on and joins those that meet. */
static void merge_spans(ca_codeset *set, size_t from)
{
    size_t count = set->span_count - from;
    if (count < 2) {
        return;
    }
    ca_span *spans = set->spans + from;
    qsort(spans, count, sizeof *spans, compare_spans);
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (spans[i].from <= spans[kept].to || spans[i].from - 1 == spans[kept].to) {
            spans[kept].to = spans[i].to > spans[kept].to ? spans[i].to : spans[kept].to;
        } else {
            spans[++kept] = spans[i];
        }
    }
    set->span_count = from + kept + 1;
}

static int add_code(ca_codeset *set, uint8_t system, ca_text code)
{
    size_t from = set->span_count;
    int rc = add_key(set, system, code, false);
    for (size_t len = 1; rc == 0 && len <= code.len; len++) {
        if (set->prefix_lens >> (len - 1) & 1) {
            rc = add_key(set, system, ca_text_sub(code, 0, len), true);
        }
    }
    if (rc) {
        set->span_count = from;
        return rc;
    }
    if (!set->dated && set->span_count > from) {
        /* Any date will do, also CA_NO_DATE. */
        set->spans[from] = (ca_span){INT32_MIN, INT32_MAX};
        set->span_count = from + 1;
    }
    merge_spans(set, from);
    return 0;
}

int ca_codeset_index_extend(ca_codeset *set, const ca_codes *codes)
{
    size_t count = ca_codes_count(codes);
    int rc = want_codes(set, count);
    for (size_t id = set->index.codes; rc == 0 && id < count; id++) {
        uint8_t system = ca_codes_system_of(codes, (uint32_t)id);
        if (set->systems[system / 64] >> system % 64 & 1) {
            rc = add_code(set, system, ca_codes_text(codes, (uint32_t)id));
        }
        if (rc == 0) {
            set->first[id + 1] = (uint32_t)set->span_count;
            set->index.codes = id + 1;
        }
    }
    return rc;
}

const ca_codeset_index *ca_codeset_indexed(const ca_codeset *set)
{
    return &set->index;
}
