/* Ties the bindings of a layout to the columns of one file. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "map/inner.h"
#include "map/pattern.h"

/* --- Slots ---------------------------------------------------------------------------------- */

static int add_slot(ca_mapper *mapper, const ca_header *header, uint32_t cell, uint32_t system_cell,
                    const char *field)
{
    const char *name = "";
    if (cell != CA_NO_CELL && !(name = ca_arena_cstr(&mapper->arena, header->cells[cell]))) {
        return CA_NOMEM;
    }
    if (mapper->slot_count == mapper->slot_cap) {
        return CA_LIMIT; /* cannot be: see slots_needed */
    }
    mapper->cells[mapper->slot_count] = cell;
    mapper->system_cells[mapper->slot_count] = system_cell;
    mapper->counts[mapper->slot_count] = (ca_column_count){.column = name, .field = field};
    mapper->slot_count++;
    return 0;
}

static size_t slots_needed(const ca_layout *layout)
{
    size_t needed = 3; /* status and as_of */
    for (size_t i = 0; i < layout->binding_count; i++) {
        const ca_binding *binding = &layout->bindings[i];
        size_t width = binding->kind == CA_BIND_COLUMNS ? binding->name_count : 1;
        needed += binding->in_group ? width * ca_group_members(&layout->group) : width;
    }
    return needed;
}

static int make_slots(ca_mapper *mapper)
{
    size_t cap = slots_needed(mapper->layout);
    mapper->slot_cap = cap;
    mapper->cells = ca_arena_array(&mapper->arena, cap, sizeof *mapper->cells);
    mapper->system_cells = ca_arena_array(&mapper->arena, cap, sizeof *mapper->system_cells);
    mapper->counts = ca_arena_array(&mapper->arena, cap, sizeof *mapper->counts);
    mapper->id_slots = ca_arena_array(&mapper->arena, cap, sizeof *mapper->id_slots);
    mapper->line_id_slots = ca_arena_array(&mapper->arena, cap, sizeof *mapper->line_id_slots);
    bool all = mapper->cells && mapper->system_cells && mapper->counts && mapper->id_slots &&
               mapper->line_id_slots;
    return all ? 0 : CA_NOMEM;
}

/* --- Names to cells ------------------------------------------------------------------------- */

typedef struct binder {
    ca_mapper *mapper;
    const ca_header *header;
    const ca_binding *binding;
    uint32_t member; /* number of the member, as in {n} */
    ca_wanted wanted;
    ca_error *err;
} binder;

/* The column that one of the names stands for, with {n} replaced. */
static int bind_names(binder *bind, const ca_text *names, size_t count, uint32_t *ret_cell)
{
    ca_mapper *mapper = bind->mapper;
    ca_text *made = ca_arena_array(&mapper->arena, count + 1, sizeof *made);
    if (!made) {
        return ca_error_nomem(bind->err);
    }
    for (size_t i = 0; i < count; i++) {
        if (ca_name_with_n(names[i], bind->member, mapper->layout->group.digits, &mapper->arena,
                           &made[i])) {
            return ca_error_nomem(bind->err);
        }
    }
    return ca_header_bind(bind->header, &bind->wanted, made, count, ret_cell, bind->err);
}

/* The column that says the code system of the k-th element. */
static int bind_system(binder *bind, size_t k, uint32_t *ret_cell)
{
    const ca_binding *binding = bind->binding;
    *ret_cell = CA_NO_CELL;
    if (binding->system_name_count == 0) {
        return 0;
    }
    bool each = binding->kind == CA_BIND_COLUMNS && binding->system_name_count > 1;
    return each ? bind_names(bind, binding->system_names + k, 1, ret_cell)
                : bind_names(bind, binding->system_names,
                             binding->kind == CA_BIND_COLUMNS ? 1 : binding->system_name_count,
                             ret_cell);
}

/* The cells of one value; *found counts those that are in the header. */
static int bind_value(binder *bind, size_t *found)
{
    const ca_binding *binding = bind->binding;
    bool list = binding->kind == CA_BIND_COLUMNS;
    size_t width = list ? binding->name_count : 1;
    for (size_t k = 0; k < width; k++) {
        uint32_t cell, system = CA_NO_CELL;
        int rc = list ? bind_names(bind, binding->names + k, 1, &cell)
                      : bind_names(bind, binding->names, binding->name_count, &cell);
        if (rc == 0 && cell != CA_NO_CELL) {
            (*found)++;
            rc = bind_system(bind, k, &system);
        }
        if (rc == 0 && add_slot(bind->mapper, bind->header, cell, system, binding->name)) {
            rc = ca_error_nomem(bind->err);
        }
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* --- Ops ------------------------------------------------------------------------------------ */

static ca_how how_of(const ca_binding *binding)
{
    switch (binding->type) {
    case CA_TYPE_INT:
        return binding->column == CA_F_SERVICE_MINUTE ? CA_HOW_MINUTE : CA_HOW_INTEGER;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return CA_HOW_DECIMAL;
    case CA_TYPE_DATE:
        return CA_HOW_DATE;
    case CA_TYPE_CODE:
        return CA_HOW_CODE;
    case CA_TYPE_CODES:
        return binding->kind == CA_BIND_COLUMNS ? CA_HOW_CODES : CA_HOW_CODE_LIST;
    case CA_TYPE_ENUM:
        return CA_HOW_ENUM;
    case CA_TYPE_ID:
        return CA_HOW_ID;
    case CA_TYPE_TEXT:
        return CA_HOW_TEXT;
    case CA_TYPE_INTERVALS:
        return CA_HOW_INTERVALS;
    }
    return CA_HOW_TEXT;
}

static void set_numbers(ca_op *op)
{
    const ca_number_format *numbers = &op->binding->numbers;
    op->plain_numbers = numbers->point != ',' && numbers->group != '.';
    op->only_plain = op->plain_numbers && !numbers->group && !numbers->trailing_minus &&
                     !numbers->parentheses && numbers->currency[0] == '\0';
}

/* Aligned, so that an entry is in one line of the processor's cache. */
static int make_cache(ca_mapper *mapper, ca_op *op)
{
    ca_code_entry *cache = ca_arena_array(&mapper->arena, CA_CODE_CACHE + 1, sizeof *cache);
    size_t over = (uintptr_t)cache % sizeof *cache;
    op->cache = over ? (ca_code_entry *)(void *)((char *)cache + sizeof *cache - over) : cache;
    return cache ? 0 : CA_NOMEM;
}

static int start_op(ca_mapper *mapper, unsigned column, const ca_binding *binding, ca_op *op)
{
    const ca_schema *schema = &mapper->profile->schema;
    *op = (ca_op){.binding = binding,
                  .column = column,
                  .type = schema->columns[column].type,
                  .how = CA_HOW_SET,
                  .stored = true,
                  .tag = ca_record_tag_of(schema, column),
                  .slot = (uint32_t)mapper->slot_count,
                  .width = 1};
    if (!binding) {
        return 0;
    }
    op->how = how_of(binding);
    op->width = binding->kind == CA_BIND_COLUMNS ? (uint32_t)binding->name_count : 1;
    op->group = binding->in_group && binding->kind != CA_BIND_CONSTANT;
    set_numbers(op);
    if (binding->pad > 0) {
        op->padded = ca_arena_array(&mapper->arena, binding->pad, 1);
        return op->padded ? 0 : CA_NOMEM;
    }
    if (op->type == CA_TYPE_CODE || op->type == CA_TYPE_CODES) {
        return make_cache(mapper, op);
    }
    return 0;
}

/* A constant takes one slot without a cell, so that every op has one. */
static int set_constant(ca_mapper *mapper, const ca_header *header, ca_op *op)
{
    const ca_binding *binding = op->binding;
    ca_reading reading;
    int rc = add_slot(mapper, header, CA_NO_CELL, CA_NO_CELL, binding->name);
    if (rc) {
        return rc;
    }
    if (op->how == CA_HOW_CODE) {
        rc = ca_decode_code(mapper, op, binding->constant, op->slot, &op->value.as.code, &reading);
        op->value.present = rc == 0 && reading == CA_READ_GOOD;
    } else if (op->how == CA_HOW_CODE_LIST) {
        rc = ca_decode_code_list(mapper, op, binding->constant, op->slot, &reading);
    } else {
        (void)ca_canonical_read(op->column, op->type, binding->constant, &op->value);
    }
    op->how = CA_HOW_SET;
    return rc;
}

/* Without these a row has no identity, whatever `optional` says. */
static bool is_vital(const ca_layout *layout, unsigned column)
{
    switch (layout->records) {
    case CA_RECORDS_CLAIMS:
        return column == CA_F_CLAIM_ID || column == CA_F_CLAIM_TYPE;
    case CA_RECORDS_PATIENTS:
        return column == CA_F_PATIENT_ID;
    case CA_RECORDS_PROVIDERS:
        return column == CA_F_PROVIDER_ID;
    case CA_RECORDS_IGNORE:
        break;
    }
    return false;
}

static int bind_cells(ca_mapper *mapper, const ca_header *header, ca_op *op, size_t *found,
                      ca_error *err)
{
    const ca_binding *binding = op->binding;
    char what[80];
    (void)snprintf(what, sizeof what, "field %s", binding->name);
    binder bind = {.mapper = mapper,
                   .header = header,
                   .binding = binding,
                   .err = err,
                   .wanted = {.what = what,
                              .line = binding->line,
                              .at = binding->at,
                              .vital = is_vital(mapper->layout, binding->column)}};
    bind.wanted.optional = binding->optional && !bind.wanted.vital;
    size_t members = op->group ? ca_group_members(&mapper->layout->group) : 1;
    *found = 0;
    for (size_t i = 0; i < members; i++) {
        bind.member = mapper->layout->group.from + (uint32_t)i;
        int rc = bind_value(&bind, found);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int add_op(ca_mapper *mapper, const ca_header *header, const ca_binding *binding,
                  ca_error *err)
{
    ca_op *op = &mapper->ops[mapper->op_count++];
    size_t found = 1;
    int rc = start_op(mapper, binding->column, binding, op);
    if (rc == 0 && binding->kind == CA_BIND_CONSTANT) {
        rc = set_constant(mapper, header, op);
    } else if (rc == 0) {
        rc = bind_cells(mapper, header, op, &found, err);
    }
    if (rc == CA_CONFIG) {
        return rc;
    }
    if (rc) {
        return rc == CA_NOMEM ? ca_error_nomem(err)
                              : ca_error_set(err, rc, "too many codes or columns");
    }
    if (found == 0) {
        mapper->slot_count = op->slot; /* optional and absent: as if it were not mapped */
        mapper->op_count--;
        return 0;
    }
    for (size_t slot = op->slot; op->how == CA_HOW_ID && slot < mapper->slot_count; slot++) {
        mapper->id_slots[mapper->id_count++] = (uint32_t)slot;
        if (op->column >= CA_F_LINE_NO) {
            mapper->line_id_slots[mapper->line_id_count++] = (uint32_t)slot;
        }
    }
    return 0;
}

/* Columns of claims that are there whether mapped or not. */
static int add_default(ca_mapper *mapper, unsigned column, int64_t number, uint8_t choice)
{
    for (size_t i = 0; i < mapper->op_count; i++) {
        if (mapper->ops[i].column == column) {
            return 0;
        }
    }
    ca_op *op = &mapper->ops[mapper->op_count++];
    int rc = start_op(mapper, column, NULL, op);
    op->value.present = true;
    if (op->type == CA_TYPE_ENUM) {
        op->value.as.choice = choice;
    } else {
        op->value.as.number = number;
    }
    return rc;
}

static int add_defaults(ca_mapper *mapper)
{
    bool diagnoses = false;
    if (mapper->layout->records != CA_RECORDS_CLAIMS) {
        return 0;
    }
    for (size_t i = 0; i < mapper->op_count; i++) {
        unsigned column = mapper->ops[i].column;
        diagnoses =
            diagnoses || column == CA_F_PRINCIPAL_DIAGNOSIS || column == CA_F_OTHER_DIAGNOSES;
    }
    int rc = add_default(mapper, CA_F_CLAIM_PART, 1, 0);
    rc = rc ? rc : add_default(mapper, CA_F_CLAIM_STATUS, 0, CA_ORIGINAL);
    rc = rc ? rc : add_default(mapper, CA_F_LINE_NO, 1, 0);
    if (rc == 0 && diagnoses) {
        ca_op *op = &mapper->ops[mapper->op_count++];
        rc = start_op(mapper, CA_F_DIAGNOSES, NULL, op);
        op->how = CA_HOW_DIAGNOSES;
    }
    return rc;
}

/* Dictionary order; x. fields by the hash of their names, which does not depend on the profile. */
static int by_column(const void *a, const void *b)
{
    const ca_op *left = a;
    const ca_op *right = b;
    if (left->column >= CA_COLUMN_SITE && right->column >= CA_COLUMN_SITE) {
        return (left->tag.name > right->tag.name) - (left->tag.name < right->tag.name);
    }
    return (left->column > right->column) - (left->column < right->column);
}

int ca_bind_ops(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_layout *layout = mapper->layout;
    mapper->ops = ca_arena_array(&mapper->arena, layout->binding_count + 4, sizeof *mapper->ops);
    if (!mapper->ops || make_slots(mapper)) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < layout->binding_count; i++) {
        int rc = add_op(mapper, header, &layout->bindings[i], err);
        if (rc) {
            return rc;
        }
    }
    if (add_defaults(mapper)) {
        return ca_error_nomem(err);
    }
    qsort(mapper->ops, mapper->op_count, sizeof *mapper->ops, by_column);
    for (size_t i = 0; i < mapper->op_count; i++) {
        mapper->by_column[mapper->ops[i].column] = &mapper->ops[i];
        mapper->claim_ops += mapper->ops[i].column < CA_F_LINE_NO ? 1 : 0;
        mapper->ops[i].cell =
            mapper->ops[i].binding ? mapper->cells[mapper->ops[i].slot] : CA_NO_CELL;
    }
    return 0;
}
