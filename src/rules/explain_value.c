/* The explaining twin's values: one at a time, each with what is missing below it. */
#include "rules/explain_parts.h"

#include <stdlib.h>

static ca_told known(ca_value value)
{
    return (ca_told){.value = value};
}

static ca_told missing(const char *blame)
{
    return (ca_told){.blame = blame};
}

static ca_value of_number(ca_ratio ratio)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ratio};
}

/* --- Columns and literals --------------------------------------------------------------------- */

static const char *column_name(const ca_twin *twin, unsigned column)
{
    return twin->frame->units->schema->columns[column].name;
}

/* paid, charge, allowed of a claim: its own amount, else what its lines add up to. */
static ca_told tell_claim_amount(const ca_twin *twin, unsigned column, ca_side side)
{
    unsigned row = ca_frame_row(twin->frame, side, twin->unit);
    uint32_t from, past;
    ca_frame_lines(twin->frame, side, twin->unit, &from, &past);
    unsigned header = column == CA_F_PAID     ? CA_F_CLAIM_PAID
                      : column == CA_F_CHARGE ? CA_F_CLAIM_CHARGE
                                              : CA_F_CLAIM_ALLOWED;
    ca_told told = known(ca_value_of(twin->frame->units, header, row));
    if (told.value.present)
        return told;
    ca_ratio sum = ca_ratio_of(0, CA_DECIMAL_ONE);
    bool any = false;
    for (uint32_t line = from; line < past; line++) {
        if (twin->frame->line_taken && !ca_bit(twin->frame->line_taken, line))
            continue;
        ca_value amount = ca_value_of(twin->frame->lines, column, line);
        told.skipped |= !amount.present;
        any |= amount.present;
        if (amount.present && !ca_ratio_add(sum, amount.as.ratio, &sum))
            return missing(NULL);
    }
    if (any)
        told.value = of_number(sum);
    if (told.skipped)
        told.skip_blame = column_name(twin, column);
    if (told.skipped || !any)
        told.blame = column_name(twin, column);
    return told;
}

static ca_told tell_column(const ca_twin *twin, const ca_node *node, uint32_t line)
{
    if (node->claim_amount)
        return tell_claim_amount(twin, node->column, node->side);
    ca_value value = node->of_lines && line != CA_AT_UNIT
                         ? ca_value_of(twin->frame->lines, node->column, line)
                         : ca_frame_column(twin->frame, node->side, node->column, twin->unit);
    return value.present ? known(value) : missing(column_name(twin, node->column));
}

static ca_told tell_string(const ca_twin *twin, const ca_node *node)
{
    ca_value value = {.type = node->type.type, .present = true, .field = node->type.field};
    if (node->type.type == CA_TYPE_CODE)
        value.as.code = ca_codes_find(twin->frame->codes, node->system, node->text);
    else if (node->type.type == CA_TYPE_ENUM)
        value.as.choice = node->choice;
    else
        value.as.text = node->text;
    return known(value);
}

ca_told ca_tell_date(ca_twin *twin, const ca_node *on, uint32_t line)
{
    if (on != NULL)
        return ca_tell_value(twin, on, line);
    bool of_line = line != CA_AT_UNIT && twin->frame->stretch != NULL;    /* a window's lines have dates of their own */
    ca_value date = of_line ? ca_value_of(twin->frame->lines, twin->frame->date_column, line)
                            : ca_frame_date(twin->frame, twin->unit);
    return date.present ? known(date) : missing(column_name(twin, twin->frame->date_column));
}

/* --- Arithmetic ------------------------------------------------------------------------------- */

/* Adds what is missing below an argument to what is known of the whole. */
static void inherit(ca_told *told, const ca_told *argument)
{
    told->skipped |= argument->skipped;
    if (told->blame == NULL)
        told->blame = argument->blame;
    if (told->skip_blame == NULL)
        told->skip_blame = argument->skip_blame;
}

static bool calculate(ca_node_kind kind, ca_ratio a, ca_ratio b, ca_ratio *ret)
{
    if (kind == CA_NODE_ADD)
        return ca_ratio_add(a, b, ret);
    if (kind == CA_NODE_SUB)
        return ca_ratio_sub(a, b, ret);
    if (kind == CA_NODE_MUL)
        return ca_ratio_mul(a, b, ret);
    return ca_ratio_div(a, b, ret);
}

static ca_told tell_arithmetic(ca_twin *twin, const ca_node *node, uint32_t line)
{
    ca_told told = {0};
    ca_told left = ca_tell_value(twin, node->args[0], line);
    ca_told right = ca_tell_value(twin, node->args[1], line);
    ca_ratio result;
    inherit(&told, &left);
    inherit(&told, &right);
    if (left.value.present && right.value.present &&
        calculate(node->kind, left.value.as.ratio, right.value.as.ratio, &result))
        told.value = of_number(result);
    return told;
}

static ca_told tell_negative(ca_twin *twin, const ca_node *node, uint32_t line)
{
    ca_told told = ca_tell_value(twin, node->args[0], line);
    ca_ratio result;
    if (told.value.present &&
        ca_ratio_sub((ca_ratio){.n = 0, .d = told.value.as.ratio.d}, told.value.as.ratio, &result))
        told.value = of_number(result);
    else
        told.value.present = false;
    return told;
}

/* --- Lookups ---------------------------------------------------------------------------------- */

ca_told ca_tell_lookup(ca_twin *twin, const ca_node *node, uint32_t line, ca_truth *ret_found)
{
    ca_told told = {0};
    ca_value keys[CA_REFTABLE_KEYS_MAX];
    bool all = true;
    *ret_found = CA_UNKNOWN_TRUTH;
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_told key = ca_tell_value(twin, node->args[i], line);
        inherit(&told, &key);
        keys[i] = key.value;
        all = all && key.value.present;
    }
    ca_told date = ca_tell_date(twin, node->on, line);
    told.skipped |= node->on != NULL && date.skipped;
    bool dated = ca_reftable_dated(node->table);
    if (dated && told.blame == NULL)
        told.blame = date.blame;
    if (!ca_reftable_bound(node->table)) {
        told.blame = ca_reftable_name(node->table);
        return told;
    }
    if (!all || (dated && !date.value.present))
        return told;
    uint32_t row;
    ca_date on = date.value.present ? date.value.as.date : CA_NO_DATE;
    bool found = ca_reftable_find(node->table, twin->frame->codes, keys, on, &row);
    *ret_found = found ? CA_TRUE : CA_FALSE;
    if (found && twin->seen != NULL)
        twin->seen(twin->seen_context, node->table, keys, on, row);
    if (found && twin->trace != NULL) {
        twin->trace->has_row = true;
        twin->trace->row = ca_reftable_row(node->table, row);
        twin->trace->row_of = ca_reftable_name(node->table);
    }
    if (found && node->table_column != SIZE_MAX)
        told.value = ca_reftable_value(node->table, row, node->table_column);
    if (!told.value.present && told.blame == NULL && node->table_column != SIZE_MAX)
        told.blame = ca_reftable_name(node->table);
    return told;
}

static ca_told tell_given(const ca_twin *twin, const ca_node *node)
{
    ca_value value = ca_frame_given(twin->frame, node, twin->unit);
    return value.present ? known(value) : missing(NULL);
}

static ca_told tell_cell(const ca_twin *twin, const ca_node *node)
{
    uint32_t row = twin->frame->table_row ? twin->frame->table_row[twin->unit] : CA_NO_TABLE_ROW;
    ca_value value = {.present = false};
    if (row != CA_NO_TABLE_ROW)
        value = ca_reftable_cell_of(node->table, row, node->table_column);
    return value.present ? known(value) : missing(ca_reftable_name(node->table));
}

/* --- Any value -------------------------------------------------------------------------------- */

ca_told ca_tell_value(ca_twin *twin, const ca_node *node, uint32_t line)
{
    ca_truth found;
    switch (node->kind) {
    case CA_NODE_NUMBER:
        return known(of_number(node->number));
    case CA_NODE_DATE:
        return known((ca_value){.type = CA_TYPE_DATE, .present = true, .as.date = node->date});
    case CA_NODE_STRING:
        return tell_string(twin, node);
    case CA_NODE_COLUMN:
        return tell_column(twin, node, line);
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
        return tell_arithmetic(twin, node, line);
    case CA_NODE_NEGATE:
        return tell_negative(twin, node, line);
    case CA_NODE_CALL:
        return ca_tell_call(twin, node, line);
    case CA_NODE_AGGREGATE:
        return ca_tell_aggregate(twin, node);
    case CA_NODE_LOOKUP:
        return ca_tell_lookup(twin, node, line, &found);
    case CA_NODE_GIVEN:
        return tell_given(twin, node);
    case CA_NODE_ROW:
        return tell_cell(twin, node);
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_COMPARE:
    case CA_NODE_BETWEEN:
    case CA_NODE_IN:
    case CA_NODE_HAS:
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
    case CA_NODE_STARTS:
    case CA_NODE_MISSING:
    case CA_NODE_FOUND:
    case CA_NODE_HIT:
    case CA_NODE_TRUTH:
        break;
    }
    return missing(NULL);
}
