/* The dictionary of a part: the names of its code systems, and system and text of each of its codes,
 * in the order in which the part first used them. */
#include "store/part_inside.h"

#include <string.h>

#include "base/alloc.h"

void ca_part_codes_done(ca_part_codes *codes)
{
    ca_free(codes->own);
    ca_free(codes->runs);
    codes->own = codes->runs = NULL;
    codes->count = codes->cap = codes->own_cap = 0;
}

/* Room for the id in codes->own. */
static int grow_own(ca_part_codes *codes, uint32_t id)
{
    size_t cap = codes->own_cap ? codes->own_cap : 1024;
    while (cap <= id) {
        cap *= 2;
    }
    uint32_t *own = ca_realloc_array(codes->own, cap, sizeof *own);
    if (!own) {
        return CA_NOMEM;
    }
    memset(own + codes->own_cap, 0, (cap - codes->own_cap) * sizeof *own);
    codes->own = own;
    codes->own_cap = cap;
    return 0;
}

int ca_part_own_code(ca_part_codes *codes, uint32_t id, int64_t *ret_own)
{
    int rc = id < codes->own_cap ? 0 : grow_own(codes, id);
    if (rc) {
        return rc;
    }
    if (codes->own[id] == 0) {
        uint32_t *runs = ca_grown_array(codes->runs, codes->count, &codes->cap, sizeof *runs);
        if (!runs) {
            return CA_NOMEM;
        }
        codes->runs = runs;
        runs[codes->count++] = id;
        codes->own[id] = (uint32_t)codes->count;
    }
    *ret_own = codes->own[id] - 1;
    return 0;
}

/* --- Writing -------------------------------------------------------------------------------- */

static int put_systems(const ca_codes *codes, ca_buf *to)
{
    ca_buf_add_char(to, (char)(uint8_t)codes->system_count);
    for (unsigned i = 0; i < codes->system_count; i++) {
        ca_text name = ca_text_of(codes->systems[i].name);
        if (name.len > UINT8_MAX) {
            return CA_LIMIT;
        }
        ca_buf_add_char(to, (char)(uint8_t)name.len);
        ca_buf_add_text(to, name);
    }
    return 0;
}

int ca_part_put_dictionary(const ca_part_codes *codes, ca_buf *to)
{
    uint8_t count[4];
    int rc = put_systems(codes->codes, to);
    int64_t *numbers = rc ? NULL : ca_realloc_array(NULL, codes->count + 1, sizeof *numbers);
    if (!numbers) {
        return rc ? rc : CA_NOMEM;
    }
    ca_put32(count, (uint32_t)codes->count);
    ca_buf_add(to, count, sizeof count);
    for (size_t i = 0; i < codes->count; i++) {
        numbers[i] = ca_codes_system_of(codes->codes, codes->runs[i]);
    }
    ca_part_put_numbers(to, numbers, codes->count);
    for (size_t i = 0; i < codes->count; i++) {
        numbers[i] = (int64_t)ca_codes_text(codes->codes, codes->runs[i]).len;
    }
    ca_part_put_numbers(to, numbers, codes->count);
    for (size_t i = 0; i < codes->count; i++) {
        ca_buf_add_text(to, ca_codes_text(codes->codes, codes->runs[i]));
    }
    ca_free(numbers);
    return to->failed ? CA_NOMEM : to->len > CA_PART_DICTIONARY_MAX ? CA_LIMIT : 0;
}

/* --- Reading -------------------------------------------------------------------------------- */

/* The systems of the part as those of the run; CA_SYSTEM_NONE where the run has none of that name. */
static int get_systems(ca_part_bytes *from, const ca_codes *codes, uint8_t *ret_systems,
                       unsigned *ret_count)
{
    const uint8_t *count, *len, *name;
    if (!ca_part_take(from, 1, &count)) {
        return CA_FAIL;
    }
    for (unsigned i = 0; i < *count; i++) {
        if (!ca_part_take(from, 1, &len) || !ca_part_take(from, *len, &name)) {
            return CA_FAIL;
        }
        if (!ca_codes_find_system(codes, (ca_text){(const char *)name, *len}, &ret_systems[i])) {
            ret_systems[i] = CA_SYSTEM_NONE;
        }
    }
    *ret_count = *count;
    return 0;
}

struct listing {
    const char *path;
    ca_codes *codes;
    uint8_t systems[256];
    unsigned system_count;
    size_t count;
    int64_t *system, *len; /* by own id */
    uint32_t *ids;
};

/* The ids of the run, adding what it has not seen. */
static int find_ids(struct listing *list, ca_part_bytes *from, ca_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint8_t *text;
        if (list->system[i] < 0 || list->system[i] >= list->system_count || list->len[i] < 0 ||
            list->len[i] > CA_CODE_MAX || !ca_part_take(from, (size_t)list->len[i], &text)) {
            return ca_part_damaged(list->path, err);
        }
        uint8_t system = list->systems[list->system[i]];
        if (system == CA_SYSTEM_NONE) {
            return ca_error_set(err, CA_FAIL,
                                "the part file %s has codes of a system that this run does not "
                                "declare: use the profile and rules that it was written with",
                                list->path);
        }
        ca_text code = {(const char *)text, (size_t)list->len[i]};
        int rc = ca_codes_put(list->codes, system, code, &list->ids[i]);
        if (rc) {
            return rc == CA_NOMEM
                       ? ca_error_nomem(err)
                       : ca_error_set(err, rc, "more than %u different codes: split the input",
                                      CA_CODES_LIMIT);
        }
    }
    return from->left == 0 ? 0 : ca_part_damaged(list->path, err);
}

static int get_lists(struct listing *list, ca_part_bytes *from, ca_error *err)
{
    list->system = ca_realloc_array(NULL, list->count, sizeof *list->system);
    list->len = ca_realloc_array(NULL, list->count, sizeof *list->len);
    list->ids = ca_realloc_array(NULL, list->count, sizeof *list->ids);
    if (!list->system || !list->len || !list->ids) {
        return ca_error_nomem(err);
    }
    if (!ca_part_get_numbers(from, list->count, list->system) ||
        !ca_part_get_numbers(from, list->count, list->len)) {
        return ca_part_damaged(list->path, err);
    }
    return find_ids(list, from, err);
}

int ca_part_get_dictionary(const char *path, ca_part_bytes from, ca_codes *codes,
                           uint32_t **ret_run_ids, size_t *ret_count, ca_error *err)
{
    struct listing list = {.path = path, .codes = codes};
    const uint8_t *count;
    if (get_systems(&from, codes, list.systems, &list.system_count) ||
        !ca_part_take(&from, 4, &count) || ca_get32(count) > CA_CODES_LIMIT) {
        return ca_part_damaged(path, err);
    }
    list.count = ca_get32(count);
    int rc = get_lists(&list, &from, err);
    ca_free(list.system);
    ca_free(list.len);
    if (rc) {
        ca_free(list.ids);
        return rc;
    }
    *ret_run_ids = list.ids;
    *ret_count = list.count;
    return 0;
}
