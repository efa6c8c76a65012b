/* Cells that hold codes: their system, their place in the run's dictionary, and lists of them. */
#include <string.h>

#include "base/alloc.h"
#include "map/inner.h"

/* --- One code ------------------------------------------------------------------------------- */

/* The system of a cell's code: from the column that says it, else the field's own. False when it
 * cannot be told. */
static bool system_of(const ca_mapper *mapper, const ca_op *op, uint32_t slot, uint8_t *ret_system)
{
    const ca_binding *binding = op->binding;
    ca_text said = ca_mapper_cell(mapper, mapper->system_cells[slot]);
    *ret_system = binding->system;
    if (said.len == 0) {
        return binding->system != CA_SYSTEM_NONE || binding->prefixed;
    }
    for (size_t i = 0; i < binding->system_value_count; i++) {
        if (ca_text_eq(said, binding->system_values[i].from)) {
            *ret_system = binding->system_values[i].system;
            return true;
        }
    }
    return false;
}

/* "icd9cm:4280": takes the system off when there is one of that name and family. */
static void take_prefix(const ca_mapper *mapper, const ca_op *op, ca_text *cell, uint8_t *system)
{
    const char *colon = memchr(cell->ptr, ':', cell->len);
    uint8_t named;
    if (!colon) {
        return;
    }
    size_t at = (size_t)(colon - cell->ptr);
    if (ca_codes_find_system(mapper->codes, ca_text_sub(*cell, 0, at), &named) &&
        named < mapper->record.system_count &&
        strcmp(mapper->codes->systems[named].family, op->binding->family) == 0) {
        *system = named;
        *cell = ca_text_sub(*cell, at + 1, cell->len);
    }
}

static int look_up(ca_mapper *mapper, const ca_op *op, ca_text cell, uint8_t system,
                   uint32_t *ret_id, ca_reading *ret_reading)
{
    char code[CA_CODE_MAX];
    size_t len;
    if (op->binding->suffix_count > 0 && !ca_take_suffix(op->binding, &cell)) {
        *ret_reading = CA_READ_EMPTY;
        return 0;
    }
    if (op->binding->prefixed) {
        take_prefix(mapper, op, &cell, &system);
    }
    if (system == CA_SYSTEM_NONE ||
        !ca_codes_normalise(&mapper->codes->systems[system], cell, code, &len)) {
        *ret_reading = CA_READ_BAD;
        return 0;
    }
    *ret_reading = CA_READ_GOOD;
    return ca_codes_put(mapper->codes, system, (ca_text){code, len}, ret_id);
}

static void remember(const ca_mapper *mapper, ca_code_entry *entry, const ca_short_cell *cell,
                     uint8_t system, uint32_t id)
{
    char record[CA_CODE_RECORD_MAX];
    size_t len = 0;
    if (mapper->record.codes) { /* not yet when columns are bound */
        len = (size_t)(ca_record_put_code(record, &mapper->record, id) - record);
    }
    *entry = (ca_code_entry){.first = cell->first,
                             .last = cell->last,
                             .len = cell->len | (uint32_t)system << 16,
                             .id = id,
                             .record_len = len <= CA_CODE_RECORD ? (uint8_t)len : 0};
    memcpy(entry->record, record, entry->record_len);
}

int ca_decode_code(ca_mapper *mapper, ca_op *op, ca_text cell, uint32_t slot, uint32_t *ret_id,
                   ca_reading *ret_reading)
{
    uint8_t system;
    if (!system_of(mapper, op, slot, &system)) {
        *ret_reading = CA_READ_BAD;
        return 0;
    }
    if (cell.len > CA_SHORT_CELL) {
        return look_up(mapper, op, cell, system, ret_id, ret_reading);
    }
    const ca_short_cell key = ca_short_cell_of(cell);
    ca_code_entry *entry = ca_code_place(op, &key, system);
    *ret_reading = CA_READ_GOOD;
    if (ca_code_is(entry, &key, system)) {
        *ret_id = entry->id;
        return 0;
    }
    int rc = look_up(mapper, op, cell, system, ret_id, ret_reading);
    if (rc == 0 && *ret_reading == CA_READ_GOOD) {
        remember(mapper, entry, &key, system, *ret_id);
    }
    return rc;
}

/* --- Lists ---------------------------------------------------------------------------------- */

static bool more_ids(ca_op *op)
{
    size_t cap = op->id_cap ? op->id_cap * 2 : 16;
    uint32_t *ids = ca_realloc_array(op->ids, cap, sizeof *ids);
    if (!ids) {
        return false;
    }
    op->ids = ids;
    op->id_cap = cap;
    return true;
}

static int add_id(const ca_mapper *mapper, ca_op *op, uint32_t id, size_t *count)
{
    const ca_op *principal = ca_mapper_op(mapper, CA_F_PRINCIPAL_DIAGNOSIS);
    if (op->binding && op->binding->drop_principal && principal && principal->value.present &&
        principal->value.as.code == id) {
        return 0;
    }
    if (*count == op->id_cap && !more_ids(op)) {
        return CA_NOMEM;
    }
    op->ids[(*count)++] = id;
    return 0;
}

static void set_list(ca_op *op, size_t count)
{
    op->value.present = true; /* a list that the layout has is never missing, only empty */
    op->value.as.codes.ids = op->ids;
    op->value.as.codes.count = count;
}

int ca_decode_codes(ca_mapper *mapper, ca_op *op, uint32_t member)
{
    uint32_t first = op->slot + (op->group ? member * op->width : 0);
    size_t count = 0;
    for (uint32_t slot = first; slot < first + op->width; slot++) {
        ca_text cell = ca_mapper_cell(mapper, mapper->cells[slot]);
        bool canonical;
        uint32_t id;
        ca_reading reading = ca_decode_text(op->binding, &cell, &canonical);
        int rc =
            reading == CA_READ_GOOD ? ca_decode_code(mapper, op, cell, slot, &id, &reading) : 0;
        if (rc == 0 && reading == CA_READ_GOOD) {
            rc = add_id(mapper, op, id, &count);
        } else if (rc == 0) {
            ca_count_cell(mapper, slot, reading == CA_READ_EMPTY);
        }
        if (rc) {
            return rc;
        }
    }
    set_list(op, count);
    return 0;
}

/* The end of the element that begins at `from`. */
static size_t element_end(ca_text cell, size_t from, char separator)
{
    while (from < cell.len && cell.ptr[from] != separator) {
        from++;
    }
    return from;
}

static int add_element(ca_mapper *mapper, ca_op *op, ca_text element, uint32_t slot, size_t *count,
                       ca_reading *ret_reading)
{
    bool canonical;
    uint32_t id;
    *ret_reading = ca_decode_text(op->binding, &element, &canonical);
    if (*ret_reading != CA_READ_GOOD) {
        return 0;
    }
    int rc = ca_decode_code(mapper, op, element, slot, &id, ret_reading);
    return rc == 0 && *ret_reading == CA_READ_GOOD ? add_id(mapper, op, id, count) : rc;
}

int ca_decode_code_list(ca_mapper *mapper, ca_op *op, ca_text cell, uint32_t slot,
                        ca_reading *ret_reading)
{
    size_t count = 0;
    bool bad = false;
    bool good = false;
    for (size_t from = 0, end; from < cell.len; from = end + 1) {
        ca_reading reading;
        end = element_end(cell, from, op->binding->separator);
        ca_text element = ca_text_trim((ca_text){cell.ptr + from, end - from});
        int rc = add_element(mapper, op, element, slot, &count, &reading);
        if (rc) {
            return rc;
        }
        bad = bad || reading == CA_READ_BAD;
        good = good || reading == CA_READ_GOOD;
    }
    set_list(op, count);
    *ret_reading = bad ? CA_READ_BAD : good ? CA_READ_GOOD : CA_READ_EMPTY;
    return 0;
}

int ca_decode_diagnoses(ca_mapper *mapper, ca_op *op)
{
    const ca_op *principal = ca_mapper_op(mapper, CA_F_PRINCIPAL_DIAGNOSIS);
    const ca_op *others = ca_mapper_op(mapper, CA_F_OTHER_DIAGNOSES);
    size_t count = 0;
    int rc = 0;
    if (principal && principal->value.present) {
        rc = add_id(mapper, op, principal->value.as.code, &count);
    }
    for (size_t i = 0; rc == 0 && others && i < others->value.as.codes.count; i++) {
        rc = add_id(mapper, op, others->value.as.codes.ids[i], &count);
    }
    set_list(op, count);
    return rc;
}
