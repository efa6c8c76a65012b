/* The days by which members are ordered: what `interval` and `order` say of each, or its service date. */
#include "rules/group_parts.h"

#include <stdlib.h>

size_t ca_group_date_nodes(const ca_rule *rule, const ca_node *ret_nodes[2])
{
    const ca_rule_keys *keys = &rule->keys;
    bool by_service = (keys->period != CA_PERIOD_NONE && keys->period != CA_PERIOD_CLAIM) || keys->event != NULL;
    ret_nodes[0] = keys->interval_from ? keys->interval_from : keys->order;
    ret_nodes[1] = keys->interval_to;
    if (ret_nodes[0] == NULL && ret_nodes[1] == NULL)
        return by_service ? 1 : 0;
    return ret_nodes[1] ? 2 : 1;
}

static int calculate(const ca_groups *groups, const ca_frame *rows, const uint64_t *mask, const ca_node *node,
                     ca_date *ret_dates)
{
    ca_view view;
    ca_view_units(&view, groups->eval, rows, NULL, NULL, groups->err);
    uint64_t *skipped = ca_scratch_bits(&groups->eval->scratch, view.words);
    if (skipped == NULL)
        return ca_error_nomem(groups->err);
    int code = ca_node_has_aggregate(node) ? ca_answer_leaf(&view, node, mask, &view.answers, skipped) : 0;
    for (unsigned w = 0; code == 0 && w < view.words; w++) {
        for (uint64_t rest = mask[w]; rest != 0;) {
            ca_row_at at = {.view = &view, .row = w * 64 + ca_bits_next(&rest)};
            ca_value value = ca_row_value(&at, node);
            bool known = value.present && !at.tainted && !ca_bit(skipped, at.row);
            ret_dates[at.row] = known ? value.as.date : CA_NO_DATE;
        }
    }
    return code;
}

static void copy_dates(const ca_batch *batch, unsigned column, const uint64_t *mask, ca_date *ret_dates)
{
    const ca_column *of = &batch->columns[column];
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        uint64_t present = of->present ? of->present[w] : 0;
        for (uint64_t rest = mask[w]; rest != 0;) {
            unsigned bit = ca_bits_next(&rest);
            ret_dates[w * 64 + bit] = present >> bit & 1 ? of->as.date[w * 64 + bit] : CA_NO_DATE;
        }
    }
}

int ca_group_dates(const ca_groups *groups, const ca_frame *rows, const uint64_t *mask, ca_date *ret_dates[2])
{
    const ca_node *nodes[2];
    size_t count = ca_group_date_nodes(groups->rule, nodes);
    for (size_t i = 0; i < count; i++) {
        ret_dates[i] = ca_scratch_take(&groups->eval->scratch, rows->units->rows, sizeof **ret_dates);
        if (ret_dates[i] == NULL)
            return ca_error_nomem(groups->err);
        bool is_column = nodes[i] != NULL && nodes[i]->kind == CA_NODE_COLUMN && nodes[i]->type.type == CA_TYPE_DATE;
        int code = 0;
        if (nodes[i] != NULL && !is_column)
            code = calculate(groups, rows, mask, nodes[i], ret_dates[i]);
        else
            copy_dates(rows->units, nodes[i] != NULL ? nodes[i]->column : CA_F_SERVICE_DATE, mask, ret_dates[i]);
        if (code != 0)
            return code;
    }
    return 0;
}

/* The first column that an expression reads; with a batch, the first that is missing there. */
static uint32_t first_column(const ca_node *node, const ca_batch *batch, unsigned row)
{
    if (node == NULL)
        return CA_NO_ROW;
    if (node->kind == CA_NODE_COLUMN)
        return batch != NULL && ca_batch_has(batch, node->column, row) ? CA_NO_ROW : node->column;
    uint32_t column = CA_NO_ROW;
    for (size_t i = 0; i < node->arg_count && column == CA_NO_ROW; i++)
        column = first_column(node->args[i], batch, row);
    return column;
}

uint32_t ca_group_date_lacks(const ca_groups *groups, const ca_batch *batch, ca_date *const dates[2], unsigned row)
{
    const ca_node *nodes[2];
    size_t count = ca_group_date_nodes(groups->rule, nodes);
    for (size_t i = 0; i < count; i++) {
        bool reversed = i == 1 && dates[1][row] < dates[0][row];
        if (dates[i][row] != CA_NO_DATE && !reversed)
            continue;
        uint32_t column = dates[i][row] == CA_NO_DATE ? first_column(nodes[i], batch, row) : CA_NO_ROW;
        column = column == CA_NO_ROW ? first_column(nodes[i], NULL, row) : column;
        return column == CA_NO_ROW ? CA_F_SERVICE_DATE : column;
    }
    return CA_NO_ROW;
}

typedef struct dated {
    ca_date date;
    uint32_t row;
} dated;

static int by_date(const void *left, const void *right)
{
    const dated *a = left;
    const dated *b = right;
    if (a->date != b->date)
        return a->date < b->date ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* Mostly in order already: the total order begins with the service date. */
int ca_group_by_date(const ca_groups *groups, uint32_t from, uint32_t to, uint32_t *ret)
{
    const ca_date *dates = groups->dates[0];
    bool sorted = true;
    for (uint32_t member = from; member < to; member++) {
        sorted &= member == from || dates[member - 1] <= dates[member];
        ret[member - from] = member;
    }
    if (sorted)
        return 0;
    ca_scratch_mark mark = ca_scratch_here(&groups->eval->scratch);
    dated *items = ca_scratch_take(&groups->eval->scratch, to - from, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < to - from; i++)
        items[i] = (dated){dates[from + i], from + i};
    if (items != NULL)
        qsort(items, to - from, sizeof *items, by_date);
    for (uint32_t i = 0; items != NULL && i < to - from; i++)
        ret[i] = items[i].row;
    ca_scratch_rewind(&groups->eval->scratch, mark);
    return items == NULL ? ca_error_nomem(groups->err) : 0;
}
