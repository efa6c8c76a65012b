/* Code systems, how they write a code, and the dictionary from (system, code) to a small integer.
 */
#include "claim/codes.h"

#include <string.h>

void ca_codes_init(ca_codes *codes, ca_arena *arena)
{
    memset(codes->systems, 0, sizeof codes->systems);
    codes->system_count = 0;
    codes->arena = arena;
    codes->gate = NULL;
    ca_table_init(&codes->table);
}

void ca_codes_done(ca_codes *codes)
{
    ca_table_done(&codes->table);
    codes->system_count = 0;
}

bool ca_codes_find_system(const ca_codes *codes, ca_text name, uint8_t *ret_system)
{
    for (unsigned i = 0; i < codes->system_count; i++) {
        if (ca_text_is(name, codes->systems[i].name)) {
            *ret_system = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static bool same_system(const ca_system *a, const ca_system *b)
{
    return strcmp(a->family, b->family) == 0 && a->upper == b->upper &&
           strcmp(a->strip, b->strip) == 0 && a->pad_to == b->pad_to;
}

int ca_codes_add_system(ca_codes *codes, const ca_system *system, uint8_t *ret_system,
                        ca_error *err)
{
    uint8_t known;
    if (ca_codes_find_system(codes, ca_text_of(system->name), &known)) {
        if (!same_system(&codes->systems[known], system))
            return ca_error_set(err, CA_CONFIG,
                                "code system '%s' is declared twice, with different family, case, "
                                "strip or pad: make the declarations equal",
                                system->name);
        *ret_system = known;
        return 0;
    }
    if (codes->system_count >= CA_SYSTEMS_MAX)
        return ca_error_set(err, CA_CONFIG, "more than %d code systems are declared",
                            CA_SYSTEMS_MAX);
    if (system->pad_to > CA_CODE_MAX)
        return ca_error_set(err, CA_CONFIG, "code system '%s' is padded to more than %d characters",
                            system->name, CA_CODE_MAX);
    ca_system made = *system;
    made.name = ca_arena_cstr(codes->arena, ca_text_of(system->name));
    made.family = ca_arena_cstr(codes->arena, ca_text_of(system->family));
    if (!made.name || !made.family)
        return ca_error_nomem(err);
    codes->systems[codes->system_count] = made;
    *ret_system = (uint8_t)codes->system_count++;
    return 0;
}

uint8_t ca_codes_only_system(const ca_codes *codes, const char *family)
{
    uint8_t only = CA_SYSTEM_NONE;
    for (unsigned i = 0; i < codes->system_count; i++) {
        if (strcmp(codes->systems[i].family, family) != 0)
            continue;
        if (only != CA_SYSTEM_NONE)
            return CA_SYSTEM_NONE;
        only = (uint8_t)i;
    }
    return only;
}

bool ca_codes_has_family(const ca_codes *codes, const char *family)
{
    for (unsigned i = 0; i < codes->system_count; i++) {
        if (strcmp(codes->systems[i].family, family) == 0)
            return true;
    }
    return false;
}

static bool is_stripped(const ca_system *system, char c)
{
    for (const char *strip = system->strip; *strip; strip++) {
        if (*strip == c)
            return true;
    }
    return false;
}

bool ca_codes_normalise(const ca_system *system, ca_text raw, char *ret_code, size_t *ret_len)
{
    char code[CA_CODE_MAX];
    size_t len = 0;
    raw = ca_text_trim(raw);
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (is_stripped(system, c))
            continue;
        if (len == CA_CODE_MAX)
            return false;
        code[len++] = system->upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    size_t zeros = len < system->pad_to ? system->pad_to - len : 0;
    if (len == 0 || len + zeros > CA_CODE_MAX)
        return false;
    memset(ret_code, '0', zeros);
    memcpy(ret_code + zeros, code, len);
    *ret_len = len + zeros;
    return true;
}

/* --- The dictionary ------------------------------------------------------------------------- */

static ca_text key_of(uint8_t system, ca_text code, char key[1 + CA_CODE_MAX])
{
    key[0] = (char)system;
    if (code.len > 0)
        memcpy(key + 1, code.ptr, code.len);
    return (ca_text){key, 1 + code.len};
}

/* Nobody reads meanwhile. */
static int put_new(ca_codes *codes, ca_text key, uint32_t *ret_id)
{
    ca_gate_change(codes->gate);
    int rc = ca_table_put(&codes->table, key, ret_id, NULL);
    ca_gate_leave(codes->gate);
    return rc;
}

int ca_codes_put(ca_codes *codes, uint8_t system, ca_text code, uint32_t *ret_id)
{
    char space[1 + CA_CODE_MAX];
    if (code.len > CA_CODE_MAX)
        return CA_LIMIT;
    ca_text key = key_of(system, code, space);
    bool room = codes->table.count < CA_CODES_LIMIT;
    if (room && codes->gate == NULL)
        return ca_table_put(&codes->table, key, ret_id, NULL);
    uint32_t id = ca_table_find(&codes->table, key);
    if (id == CA_TABLE_NONE)
        return room ? put_new(codes, key, ret_id) : CA_LIMIT;
    *ret_id = id;
    return 0;
}

uint32_t ca_codes_find(const ca_codes *codes, uint8_t system, ca_text code)
{
    char space[1 + CA_CODE_MAX];
    if (code.len > CA_CODE_MAX)
        return CA_TABLE_NONE;
    return ca_table_find(&codes->table, key_of(system, code, space));
}

uint8_t ca_codes_system_of(const ca_codes *codes, uint32_t id)
{
    return (uint8_t)ca_table_key(&codes->table, id).ptr[0];
}

ca_text ca_codes_text(const ca_codes *codes, uint32_t id)
{
    ca_text key = ca_table_key(&codes->table, id);
    return (ca_text){key.ptr + 1, key.len - 1};
}

size_t ca_codes_count(const ca_codes *codes)
{
    return codes->table.count;
}
