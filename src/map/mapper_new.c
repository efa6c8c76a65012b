/* Makes and frees mappers. */
#include "base/alloc.h"
#include "map/inner.h"
#include "map/pattern.h"

/* --- Filters, status, source dates ---------------------------------------------------------- */

static int bind_filters(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_layout *layout = mapper->layout;
    mapper->filter_cells =
        ca_arena_array(&mapper->arena, layout->filter_count + 1, sizeof *mapper->filter_cells);
    if (!mapper->filter_cells) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < layout->filter_count; i++) {
        const ca_filter *filter = &layout->filters[i];
        char *what = ca_arena_printf(&mapper->arena, "filter '%s'", filter->name);
        ca_wanted wanted = {.what = what, .line = filter->line, .at = filter->at, .vital = true};
        if (!what) {
            return ca_error_nomem(err);
        }
        int rc = ca_header_bind(header, &wanted, filter->columns, filter->column_count,
                                &mapper->filter_cells[i], err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* A slot only for counting the cells of a column that no field is bound to. */
static int count_slot(ca_mapper *mapper, const ca_header *header, uint32_t cell, const char *field,
                      uint32_t *ret_slot)
{
    const char *name = cell == CA_NO_CELL ? "" : ca_arena_cstr(&mapper->arena, header->cells[cell]);
    if (!name) {
        return CA_NOMEM;
    }
    *ret_slot = (uint32_t)mapper->slot_count;
    mapper->cells[mapper->slot_count] = cell;
    mapper->system_cells[mapper->slot_count] = CA_NO_CELL;
    mapper->counts[mapper->slot_count++] = (ca_column_count){.column = name, .field = field};
    return 0;
}

static int bind_status(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_status_rule *rule = &mapper->layout->status;
    ca_wanted wanted = {.what = "'status'", .line = rule->line, .at = rule->at, .vital = true};
    size_t count = rule->kind == CA_STATUS_FLAGS ? rule->flag_count : 1;
    mapper->status_slot = CA_NO_CELL;
    if (rule->kind == CA_STATUS_NONE) {
        return 0;
    }
    mapper->status_cells = ca_arena_array(&mapper->arena, count, sizeof *mapper->status_cells);
    mapper->status_texts = ca_arena_array(&mapper->arena, count, sizeof *mapper->status_texts);
    if (!mapper->status_cells || !mapper->status_texts) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        bool flags = rule->kind == CA_STATUS_FLAGS;
        const ca_text *columns = flags ? rule->flags[i].test.columns : rule->columns;
        size_t names = flags ? rule->flags[i].test.column_count : rule->column_count;
        int rc = ca_header_bind(header, &wanted, columns, names, &mapper->status_cells[i], err);
        if (rc) {
            return rc;
        }
    }
    if (rule->kind != CA_STATUS_FLAGS &&
        count_slot(mapper, header, mapper->status_cells[0], "claim_status", &mapper->status_slot)) {
        return ca_error_nomem(err);
    }
    return 0;
}

static int bind_as_of(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_asof *as_of = &mapper->layout->as_of;
    ca_wanted wanted = {
        .what = "'as_of'", .line = as_of->line, .at = as_of->at, .optional = as_of->optional};
    mapper->as_of_cell = CA_NO_CELL;
    mapper->as_of_slot = CA_NO_CELL;
    mapper->file_as_of = CA_DATE_MIN;
    if (as_of->kind != CA_ASOF_COLUMN) {
        return 0;
    }
    int rc = ca_header_bind(header, &wanted, as_of->columns, as_of->column_count,
                            &mapper->as_of_cell, err);
    if (rc || mapper->as_of_cell == CA_NO_CELL) {
        return rc;
    }
    return count_slot(mapper, header, mapper->as_of_cell, "as_of", &mapper->as_of_slot)
               ? ca_error_nomem(err)
               : 0;
}

/* --- Members of a wide row ------------------------------------------------------------------ */

/* The columns that `present:` names, for every member. */
static int bind_present(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_group *group = &mapper->layout->group;
    size_t members = ca_group_members(group);
    ca_wanted wanted = {.what = "'lines'", .line = group->line, .at = group->at, .vital = true};
    mapper->present_width = group->present_count;
    for (size_t i = 0; i < members * group->present_count; i++) {
        ca_text name;
        uint32_t n = group->from + (uint32_t)(i / group->present_count);
        if (ca_name_with_n(group->present[i % group->present_count], n, group->digits,
                           &mapper->arena, &name)) {
            return ca_error_nomem(err);
        }
        int rc = ca_header_bind(header, &wanted, &name, 1, &mapper->present_cells[i], err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* Without `present:` all cells of the member count. */
static void take_group_cells(ca_mapper *mapper)
{
    size_t members = ca_group_members(&mapper->layout->group);
    size_t used = 0;
    for (size_t member = 0; member < members; member++) {
        for (size_t i = 0; i < mapper->op_count; i++) {
            const ca_op *op = &mapper->ops[i];
            for (size_t k = 0; op->group && k < op->width; k++) {
                mapper->present_cells[used++] = mapper->cells[op->slot + member * op->width + k];
            }
        }
    }
    mapper->present_width = used / members;
}

static int bind_members(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_group *group = &mapper->layout->group;
    size_t members = ca_group_members(group);
    size_t cells = members * group->present_count;
    mapper->members = ca_arena_array(&mapper->arena, members, sizeof *mapper->members);
    mapper->line_numbers = ca_arena_array(&mapper->arena, members, sizeof *mapper->line_numbers);
    cells = cells > mapper->slot_count ? cells : mapper->slot_count;
    mapper->present_cells =
        ca_arena_array(&mapper->arena, cells + 1, sizeof *mapper->present_cells);
    if (!mapper->members || !mapper->line_numbers || !mapper->present_cells) {
        return ca_error_nomem(err);
    }
    if (group->present_count > 0) {
        return bind_present(mapper, header, err);
    }
    take_group_cells(mapper);
    return 0;
}

/* --- Identity and totals -------------------------------------------------------------------- */

static int add_identity(ca_mapper *mapper, unsigned column)
{
    ca_op *op = ca_mapper_op(mapper, column);
    if (!op || !op->binding || op->how == CA_HOW_SET) {
        return 0;
    }
    const char *name = op->binding->name;
    ca_identity identity = {.op = op,
                            .missing = ca_arena_printf(&mapper->arena, "%s is missing", name),
                            .unreadable =
                                ca_arena_printf(&mapper->arena, "%s cannot be read", name)};
    if (!identity.missing || !identity.unreadable) {
        return CA_NOMEM;
    }
    op->early = true;
    mapper->identities[mapper->identity_count++] = identity;
    return 0;
}

static int add_identities(ca_mapper *mapper)
{
    switch (mapper->layout->records) {
    case CA_RECORDS_CLAIMS:
        ca_mapper_op(mapper, CA_F_CLAIM_STATUS)->early = true;
        return add_identity(mapper, CA_F_CLAIM_ID) || add_identity(mapper, CA_F_CLAIM_PART) ||
               add_identity(mapper, CA_F_CLAIM_TYPE) || add_identity(mapper, CA_F_CURRENCY);
    case CA_RECORDS_PATIENTS:
        return add_identity(mapper, CA_F_PATIENT_ID);
    case CA_RECORDS_PROVIDERS:
        return add_identity(mapper, CA_F_PROVIDER_ID);
    case CA_RECORDS_IGNORE:
        break;
    }
    return 0;
}

static void set_totals(ca_mapper *mapper)
{
    const unsigned columns[] = {CA_F_CHARGE, CA_F_ALLOWED, CA_F_PAID};
    int64_t *const totals[] = {&mapper->totals.charge, &mapper->totals.allowed,
                               &mapper->totals.paid};
    for (size_t i = 0; i < 3; i++) {
        ca_op *op = ca_mapper_op(mapper, columns[i]);
        if (op) {
            op->total = totals[i];
        }
    }
}

static void set_line_numbers(ca_mapper *mapper)
{
    const ca_op *op = ca_mapper_op(mapper, CA_F_LINE_NO);
    mapper->max_lines = ca_layout_max_lines(mapper->layout);
    mapper->short_numbers = !mapper->layout->group.exists && op && op->how == CA_HOW_INTEGER &&
                            ca_reads_as_it_stands(op->binding);
}

/* --- The whole ------------------------------------------------------------------------------ */

static int bind(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    int rc = ca_bind_ops(mapper, header, err);
    rc = rc ? rc : bind_filters(mapper, header, err);
    rc = rc ? rc : bind_status(mapper, header, err);
    rc = rc ? rc : ca_piece_bind(mapper, header, err);
    rc = rc ? rc : bind_as_of(mapper, header, err);
    rc = rc ? rc : bind_members(mapper, header, err);
    rc = rc ? rc : ca_totals_bind(mapper, header, err);
    if (rc) {
        return rc;
    }
    mapper->padded = ca_arena_array(&mapper->arena, header->count + 1, sizeof *mapper->padded);
    mapper->missed = ca_arena_array(&mapper->arena, mapper->slot_count + 1, sizeof *mapper->missed);
    if (!mapper->padded || !mapper->missed || add_identities(mapper) || ca_repeat_init(mapper) ||
        ca_record_init(&mapper->record, mapper->codes)) {
        return ca_error_nomem(err);
    }
    set_totals(mapper);
    set_line_numbers(mapper);
    for (size_t i = 0; i < mapper->op_count; i++) {
        ca_choose_way(mapper, &mapper->ops[i]);
    }
    return 0;
}

int ca_mapper_new(const ca_profile *profile, const ca_layout *layout, const ca_text *header_cells,
                  size_t header_count, ca_codes *codes, ca_mapper **ret_mapper, ca_error *err)
{
    ca_header header = {.cells = header_cells, .count = header_count, .profile = profile};
    ca_mapper *mapper = ca_alloc_zero(1, sizeof *mapper);
    if (!mapper) {
        return ca_error_nomem(err);
    }
    ca_arena_init(&mapper->arena);
    ca_buf_init(&mapper->record.bytes);
    mapper->profile = profile;
    mapper->layout = layout;
    mapper->codes = codes;
    mapper->header_count = header_count;
    int rc = bind(mapper, &header, err);
    if (rc) {
        ca_mapper_free(mapper);
        return rc;
    }
    *ret_mapper = mapper;
    return 0;
}

void ca_mapper_free(ca_mapper *mapper)
{
    if (!mapper) {
        return;
    }
    for (size_t i = 0; i < mapper->op_count; i++) {
        ca_free(mapper->ops[i].ids);
        ca_free(mapper->ops[i].intervals);
    }
    ca_record_done(&mapper->record);
    ca_arena_done(&mapper->arena);
    ca_free(mapper);
}

/* Lists of diagnoses are made once the pieces of a claim are together, each from all of them. */
static bool makes_diagnoses(const ca_mapper *mapper, unsigned column, const uint8_t *needed)
{
    bool one = column == CA_F_PRINCIPAL_DIAGNOSIS || column == CA_F_OTHER_DIAGNOSES;
    bool any = needed[CA_F_PRINCIPAL_DIAGNOSIS] || needed[CA_F_OTHER_DIAGNOSES] || needed[CA_F_DIAGNOSES];
    return mapper->layout->piece != CA_PIECE_NONE && one && any;
}

void ca_mapper_need(ca_mapper *mapper, const uint8_t *needed)
{
    for (size_t i = 0; i < mapper->op_count; i++) {
        ca_op *op = &mapper->ops[i];
        bool key = op->column == CA_F_CLAIM_PART || op->column == CA_F_CLAIM_TYPE ||
                   op->column == CA_F_CLAIM_STATUS || op->column == CA_F_LINE_NO;
        op->stored = key || op->type == CA_TYPE_ID || needed[op->column] != 0 ||
                     makes_diagnoses(mapper, op->column, needed);
    }
}

void ca_mapper_file_as_of(ca_mapper *mapper, ca_date as_of)
{
    mapper->file_as_of = as_of;
}
