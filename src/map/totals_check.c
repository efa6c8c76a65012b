/* What total rows say against what the rows of the file add up to. */
#include "map/inner.h"

/* --- Binding -------------------------------------------------------------------------------- */

static int bind_sums(ca_mapper *mapper, const ca_header *header, const ca_wanted *wanted,
                     ca_total_state *state, ca_error *err)
{
    const ca_total *total = state->total;
    state->sums = ca_arena_array(&mapper->arena, total->sum_count + 1, sizeof *state->sums);
    if (!state->sums) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < total->sum_count; i++) {
        const ca_total_sum *sum = &total->sums[i];
        ca_sum_state *to = &state->sums[i];
        to->op = ca_mapper_op(mapper, sum->column); /* NULL: optional, and this file lacks it */
        int rc = ca_header_bind(header, wanted, sum->says, sum->says_count, &to->cell, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int ca_totals_bind(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_layout *layout = mapper->layout;
    if (layout->total_count == 0) {
        return 0;
    }
    mapper->total_states =
        ca_arena_array(&mapper->arena, layout->total_count, sizeof *mapper->total_states);
    if (!mapper->total_states) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < layout->total_count; i++) {
        const ca_total *total = &layout->totals[i];
        ca_total_state *state = &mapper->total_states[i];
        char *what = ca_arena_printf(&mapper->arena, "total '%s'", total->name);
        ca_wanted wanted = {.what = what, .line = total->line, .at = total->at, .vital = true};
        if (!what) {
            return ca_error_nomem(err);
        }
        state->total = total;
        state->rows.cell = CA_NO_CELL;
        int rc = ca_header_bind(header, &wanted, total->row.columns, total->row.column_count,
                                &state->cell, err);
        if (rc == 0 && total->rows_count > 0) {
            rc = ca_header_bind(header, &wanted, total->rows, total->rows_count, &state->rows.cell,
                                err);
        }
        rc = rc ? rc : bind_sums(mapper, header, &wanted, state, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* --- What a total row says ------------------------------------------------------------------ */

/* A total row may be shorter than the header. */
static ca_text cell_of(const ca_row *row, uint32_t cell)
{
    return cell < row->cell_count ? row->cells[cell] : (ca_text){"", 0};
}

/* A second row of the same total must say the same. */
static void take_figure(ca_sum_state *figure, const ca_row *row, const ca_number_format *numbers)
{
    int64_t value;
    if (!ca_decimal_parse(cell_of(row, figure->cell), numbers, &value)) {
        figure->unreadable = true;
    } else if (figure->said && figure->says != value) {
        figure->differs = true;
    } else {
        figure->said = true;
        figure->says = value;
    }
}

bool ca_totals_take(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped)
{
    for (size_t i = 0; i < mapper->layout->total_count && !row->reject; i++) {
        ca_total_state *state = &mapper->total_states[i];
        const ca_total *total = state->total;
        if (!ca_cell_in(cell_of(row, state->cell), total->row.values, total->row.value_count)) {
            continue;
        }
        if (total->rows_count > 0) {
            take_figure(&state->rows, row, &total->numbers);
        }
        for (size_t k = 0; k < total->sum_count; k++) {
            const ca_binding *binding = ca_layout_binding(mapper->layout, total->sums[k].column);
            take_figure(&state->sums[k], row, &binding->numbers);
        }
        state->found = true;
        mapped->skip = total->name;
        return true;
    }
    return false;
}

/* --- What the rows add up to ---------------------------------------------------------------- */

static void add(ca_sum_state *sum, int64_t value)
{
    sum->overflow |= __builtin_add_overflow(sum->adds, value, &sum->adds);
}

/* The value that an op already has is left as it is: rows that repeat it do not read it again. */
static int add_cells(ca_mapper *mapper, ca_sum_state *sum, size_t lines)
{
    ca_op *op = sum->op;
    const ca_cell kept = op->value;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < (op->group ? lines : 1); i++) {
        ca_reading reading;
        rc = ca_decode(mapper, op, op->group ? mapper->members[i] : 0, &reading);
        if (rc == 0 && reading == CA_READ_GOOD) {
            add(sum, op->value.as.number);
        }
        sum->unread += rc == 0 && reading == CA_READ_BAD ? 1 : 0;
    }
    op->value = kept;
    return rc;
}

int ca_totals_add(ca_mapper *mapper)
{
    size_t lines = mapper->layout->group.exists ? ca_expand(mapper) : 1;
    for (size_t i = 0; i < mapper->layout->total_count; i++) {
        ca_total_state *state = &mapper->total_states[i];
        state->rows.adds += CA_DECIMAL_ONE;
        for (size_t k = 0; k < state->total->sum_count; k++) {
            int rc = state->sums[k].op ? add_cells(mapper, &state->sums[k], lines) : 0;
            if (rc) {
                return rc;
            }
        }
    }
    return 0;
}

/* --- Comparing ------------------------------------------------------------------------------ */

/* What is wrong with one figure, appended to the sentence; nothing when it is right. */
static void compare(const ca_sum_state *figure, const char *name, int places, ca_buf *to)
{
    char says[CA_DECIMAL_SIZE], adds[CA_DECIMAL_SIZE];
    (void)ca_decimal_print(figure->says, places, says);
    (void)ca_decimal_print(figure->adds, places, adds);
    if (figure->unreadable) {
        ca_buf_printf(to, "; %s of the total row cannot be read", name);
    } else if (figure->differs) {
        ca_buf_printf(to, "; %s differs between total rows", name);
    } else if (figure->overflow) {
        ca_buf_printf(to, "; %s adds up to more than can be counted", name);
    } else if (figure->says != figure->adds) {
        ca_buf_printf(to, "; %s %s there, %s read", name, says, adds);
        if (figure->unread > 0) {
            ca_buf_printf(to, " (without %llu that cannot be read)",
                          (unsigned long long)figure->unread);
        }
    }
}

static void compare_total(const ca_mapper *mapper, const ca_total_state *state, ca_buf *to)
{
    const ca_total *total = state->total;
    if (!state->found) {
        if (!total->optional) {
            ca_buf_printf(to, "; the file has no such row");
        }
        return;
    }
    if (total->rows_count > 0) {
        compare(&state->rows, "rows", 0, to);
    }
    for (size_t i = 0; i < total->sum_count; i++) {
        bool money = mapper->profile->schema.columns[total->sums[i].column].type == CA_TYPE_MONEY;
        compare(&state->sums[i], total->sums[i].field, money ? mapper->profile->minor_digits : 0,
                to);
    }
}

int ca_mapper_check_totals(const ca_mapper *mapper, uint64_t rejected, ca_arena *arena,
                           const char **ret_wrong)
{
    ca_buf wrong;
    const char *found = NULL;
    int rc = 0;
    ca_buf_init(&wrong);
    for (size_t i = 0; rc == 0 && !found && i < mapper->layout->total_count; i++) {
        ca_buf_clear(&wrong);
        compare_total(mapper, &mapper->total_states[i], &wrong);
        if (wrong.len == 0 && !wrong.failed) {
            continue;
        }
        if (rejected > 0) {
            ca_buf_printf(&wrong, "; %llu rejected row%s missing", (unsigned long long)rejected,
                          rejected == 1 ? " is" : "s are");
        }
        found = ca_arena_printf(arena, "total '%s' of layout '%s' does not fit%.*s",
                                mapper->total_states[i].total->name, mapper->layout->name,
                                (int)wrong.len, wrong.ptr);
        rc = found && !wrong.failed ? 0 : CA_NOMEM;
    }
    ca_buf_done(&wrong);
    if (rc == 0) {
        *ret_wrong = found;
    }
    return rc;
}
