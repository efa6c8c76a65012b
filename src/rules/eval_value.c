/* Values of one row: columns, exact arithmetic, functions, lookups. Serves every leaf that has
 * no columnar loop. */
#include "rules/eval_parts.h"

static const ca_value MISSING = {.present = false};

static ca_value number(ca_ratio ratio)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ratio};
}

static ca_value whole(int64_t n)
{
    return number(ca_ratio_of(n, 1));
}

static ca_value day(ca_date date)
{
    return (ca_value){.type = CA_TYPE_DATE, .present = true, .as.date = date};
}

/* --- Columns ---------------------------------------------------------------------------------- */

static unsigned claim_column(unsigned column)
{
    if (column == CA_F_CHARGE)
        return CA_F_CLAIM_CHARGE;
    return column == CA_F_ALLOWED ? CA_F_CLAIM_ALLOWED : CA_F_CLAIM_PAID;
}

/* The claim's own amount, else the sum over all its lines; a line that lacks it taints the sum,
 * none that has it leaves it missing. */
static ca_value claim_amount(ca_row_at *at, const ca_node *node)
{
    const ca_frame *frame = at->view->frame;
    unsigned unit = at->view->unit_of ? at->view->unit_of[at->row] : ca_frame_row(frame, node->side, at->row);
    unsigned column = node->column;
    unsigned own = claim_column(column);
    if (ca_batch_has(frame->units, own, unit))
        return number(ca_ratio_of(frame->units->columns[own].as.number[unit], CA_DECIMAL_ONE));
    ca_ratio sum = ca_ratio_of(0, CA_DECIMAL_ONE);
    bool some = false;
    uint32_t past = frame->past_line ? frame->past_line[unit] : frame->first_line[unit + 1];
    for (uint32_t line = frame->first_line[unit]; line < past; line++) {
        if (frame->line_taken && !ca_bit(frame->line_taken, line))
            continue;
        if (!ca_batch_has(frame->lines, column, line)) {
            at->tainted = true;
            continue;
        }
        some = true;
        sum.n += frame->lines->columns[column].as.number[line];
    }
    return some ? number(sum) : MISSING;
}

static ca_value column_value(ca_row_at *at, const ca_node *node)
{
    const ca_view *view = at->view;
    if (node->claim_amount)
        return claim_amount(at, node);
    if (view->units == NULL)
        return view->frame->made ? ca_frame_column(view->frame, node->side, node->column, at->row)
                                 : ca_value_of(view->batch, node->column, at->row);
    if (!node->of_lines)
        return ca_value_of(view->frame->units, node->column, view->unit_of[at->row]);
    return ca_value_of(view->batch, node->column, at->row);
}

static ca_value literal(const ca_view *view, const ca_node *node)
{
    ca_value value = {.type = node->type.type, .present = true, .field = node->type.field};
    switch (node->type.type) {
    case CA_TYPE_CODE:
        value.as.code = ca_codes_find(view->frame->codes, node->system, node->text);
        break;
    case CA_TYPE_ENUM:
        value.as.choice = node->choice;
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        value.as.text = node->text;
        break;
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_DATE:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        return MISSING;
    }
    return value;
}

static ca_value answered(const ca_row_at *at, const ca_node *node)
{
    for (const ca_answer *answer = at->view->answers; answer != NULL; answer = answer->next) {
        if (answer->node != node)
            continue;
        if (!ca_bit(answer->present, at->row))
            return MISSING;
        return answer->date ? day(answer->date[at->row]) : number(answer->ratio[at->row]);
    }
    return MISSING;
}

/* --- Arithmetic ------------------------------------------------------------------------------- */

static bool is_small(ca_ratio ratio)
{
    return (int64_t)ratio.n == ratio.n && (int64_t)ratio.d == ratio.d;
}

/* Products of what fits into 64 bits cannot overflow: as base/decimal.h, without its checks. */
static bool combine_small(ca_node_kind kind, ca_ratio a, ca_ratio b, ca_ratio *ret_result)
{
    if (kind == CA_NODE_MUL) {
        *ret_result = (ca_ratio){.n = a.n * b.n, .d = a.d * b.d};
        return true;
    }
    if (b.n == 0)
        return false;
    *ret_result = (ca_ratio){.n = a.n * b.d, .d = a.d * b.n};
    if (b.n < 0)
        *ret_result = (ca_ratio){.n = -ret_result->n, .d = -ret_result->d};
    return true;
}

static bool combine(ca_node_kind kind, ca_ratio a, ca_ratio b, ca_ratio *ret_result)
{
    if ((kind == CA_NODE_MUL || kind == CA_NODE_DIV) && is_small(a) && is_small(b))
        return combine_small(kind, a, b, ret_result);
    if (kind == CA_NODE_ADD)
        return ca_ratio_add(a, b, ret_result);
    if (kind == CA_NODE_SUB)
        return ca_ratio_sub(a, b, ret_result);
    if (kind == CA_NODE_MUL)
        return ca_ratio_mul(a, b, ret_result);
    return ca_ratio_div(a, b, ret_result);
}

static bool negate(ca_ratio *number)
{
    return !__builtin_sub_overflow(0, number->n, &number->n);
}

static ca_value arithmetic(ca_row_at *at, const ca_node *node)
{
    ca_value a = ca_row_value(at, node->args[0]);
    if (node->kind == CA_NODE_NEGATE)
        return a.present && negate(&a.as.ratio) ? number(a.as.ratio) : MISSING;
    ca_value b = ca_row_value(at, node->args[1]);
    ca_ratio result;
    if (!a.present || !b.present || !combine(node->kind, a.as.ratio, b.as.ratio, &result))
        return MISSING;
    return number(result);
}

/* --- Functions -------------------------------------------------------------------------------- */

static bool whole_number(const ca_value *value, int64_t *ret_n)
{
    ca_ratio ratio = value->as.ratio;
    if (ratio.n % ratio.d != 0 || ratio.n / ratio.d > INT64_MAX || ratio.n / ratio.d < INT64_MIN)
        return false;
    *ret_n = (int64_t)(ratio.n / ratio.d);
    return true;
}

static ca_value shifted(const ca_value *from, const ca_value *by, bool months)
{
    int64_t n;
    ca_date date;
    if (!whole_number(by, &n))
        return MISSING;
    bool fits = months ? ca_date_add_months(from->as.date, n, &date)
                       : ca_date_add_days(from->as.date, n, &date);
    return fits ? day(date) : MISSING;
}

static ca_value calendar(ca_function function, ca_date date)
{
    int year, month, of_month;
    ca_date_split(date, &year, &month, &of_month);
    if (function == CA_FN_YEAR)
        return whole(year);
    if (function == CA_FN_MONTH)
        return whole(month);
    int weekday = ca_date_weekday(date);
    return function == CA_FN_WEEKDAY ? whole(weekday) : whole(weekday >= 6);
}

static ca_value rounded(const ca_value *value, const ca_value *places)
{
    int64_t n = 0;
    int64_t result;
    if (places != NULL && (!whole_number(places, &n) || n < 0 || n > 4))
        return MISSING;
    int64_t scale = 1;
    for (; n > 0; n--)
        scale *= 10;
    return ca_ratio_round(value->as.ratio, scale, &result) ? number(ca_ratio_of(result, scale))
                                                           : MISSING;
}

static ca_value absolute(const ca_value *value)
{
    ca_ratio ratio = value->as.ratio;
    return ratio.n >= 0 || negate(&ratio) ? number(ratio) : MISSING;
}

/* A function all of whose arguments are there. */
static ca_value strict_call(const ca_node *node, const ca_value *args)
{
    switch (node->function) {
    case CA_FN_DAYS_BETWEEN:
    case CA_FN_AGE_DAYS:
        return whole((int64_t)args[1].as.date - args[0].as.date);
    case CA_FN_ADD_DAYS:
        return shifted(&args[0], &args[1], false);
    case CA_FN_ADD_MONTHS:
        return shifted(&args[0], &args[1], true);
    case CA_FN_AGE_AT:
        return whole(ca_date_age_years(args[0].as.date, args[1].as.date));
    case CA_FN_YEAR:
    case CA_FN_MONTH:
    case CA_FN_WEEKDAY:
    case CA_FN_IS_WEEKEND:
        return calendar(node->function, args[0].as.date);
    case CA_FN_LEAST:
        return ca_row_order(&args[0], &args[1]) <= 0 ? args[0] : args[1];
    case CA_FN_GREATEST:
        return ca_row_order(&args[0], &args[1]) >= 0 ? args[0] : args[1];
    case CA_FN_ABS:
        return absolute(&args[0]);
    case CA_FN_ROUND:
        return rounded(&args[0], node->arg_count > 1 ? &args[1] : NULL);
    case CA_FN_SIZE:
        return whole((int64_t)args[0].as.codes.count);
    case CA_FN_COALESCE:
    case CA_FN_COUNT:
        break;
    }
    return MISSING;
}

/* All arguments are read, so that a sum in any of them can taint. */
ca_value ca_row_call(ca_row_at *at, const ca_node *node)
{
    ca_value args[2] = {0};
    bool all = true;
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_value value = ca_row_value(at, node->args[i]);
        all &= value.present;
        if (i < 2) {
            args[i] = value;
        } else if (node->function == CA_FN_COALESCE) {
            args[1] = args[1].present ? args[1] : value;
        } else if (all) { /* least and greatest of many */
            args[0] = strict_call(node, args);
            args[1] = value;
        }
    }
    if (node->function == CA_FN_COALESCE)
        return args[0].present ? args[0] : args[1];
    return all ? strict_call(node, args) : MISSING;
}

/* --- Lookups ---------------------------------------------------------------------------------- */

ca_value ca_row_date(const ca_row_at *at)
{
    const ca_view *view = at->view;
    if (view->unit_of == NULL)
        return ca_frame_date(view->frame, at->row);
    return ca_value_of(view->frame->units, view->frame->date_column, view->unit_of[at->row]);
}

/* The date of a lookup; a table without dates needs none. */
static bool lookup_date(ca_row_at *at, const ca_node *node, ca_date *ret_date)
{
    ca_value on;
    on = node->on != NULL ? ca_row_value(at, node->on) : ca_row_date(at);
    *ret_date = on.present ? on.as.date : CA_NO_DATE;
    return on.present || !ca_reftable_dated(node->table);
}

ca_value ca_row_lookup(ca_row_at *at, const ca_node *node, ca_truth *ret_found)
{
    ca_value keys[CA_REFTABLE_KEYS_MAX];
    bool all = node->arg_count <= CA_REFTABLE_KEYS_MAX;
    for (size_t i = 0; i < node->arg_count && i < CA_REFTABLE_KEYS_MAX; i++) {
        keys[i] = ca_row_value(at, node->args[i]);
        all &= keys[i].present;
    }
    ca_date on;
    uint32_t row;
    *ret_found = CA_UNKNOWN_TRUTH;
    if (!lookup_date(at, node, &on) || !all || !ca_reftable_bound(node->table))
        return MISSING;
    bool found = ca_reftable_find(node->table, at->view->frame->codes, keys, on, &row);
    *ret_found = found ? CA_TRUE : CA_FALSE;
    return found && node->table_column != SIZE_MAX
               ? ca_reftable_value(node->table, row, node->table_column)
               : MISSING;
}

/* --- The row of `each` ------------------------------------------------------------------------ */

/* All lines of a window are about its row; lines of a claim are never asked. */
static ca_value cell_value(const ca_row_at *at, const ca_node *node)
{
    const ca_frame *frame = at->view->frame;
    const uint32_t *rows = at->view->units == NULL ? frame->table_row : frame->line_table_row;
    if (rows == NULL || rows[at->row] == CA_NO_TABLE_ROW)
        return MISSING;
    return ca_reftable_cell_of(node->table, rows[at->row], node->table_column);
}

/* --- Any value -------------------------------------------------------------------------------- */

ca_value ca_row_value(ca_row_at *at, const ca_node *node)
{
    ca_truth found;
    switch (node->kind) {
    case CA_NODE_NUMBER:
        return number(node->number);
    case CA_NODE_DATE:
        return day(node->date);
    case CA_NODE_STRING:
        return literal(at->view, node);
    case CA_NODE_COLUMN:
        return column_value(at, node);
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
        return arithmetic(at, node);
    case CA_NODE_CALL:
        return ca_row_call(at, node);
    case CA_NODE_AGGREGATE:
        return answered(at, node);
    case CA_NODE_LOOKUP:
        return ca_row_lookup(at, node, &found);
    case CA_NODE_GIVEN:
        return ca_frame_given(at->view->frame, node, at->row);
    case CA_NODE_ROW:
        return cell_value(at, node);
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
    return MISSING;
}
