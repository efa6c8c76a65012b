/* Absence: which lines a rule has to see: events, and lines that may be the one that should be there. */
#include "rules/absence.h"

#include <string.h>

#include "rules/kind_keys.h"

bool ca_absence_is_of_b(const ca_node *part)
{
    return !ca_reads_side(part, CA_SIDE_A) && !ca_reads_given(part, UINT32_MAX) && !ca_reads_row(part);
}

int ca_absence_may_be_b(const ca_view *view, const ca_rule *rule, const uint64_t *mask, uint64_t *ret_may)
{
    const ca_node *without = rule->keys.without;
    size_t count = without->kind == CA_NODE_AND ? without->arg_count : 1;
    ca_bits is = {ca_scratch_bits(&view->eval->scratch, view->words), ca_scratch_bits(&view->eval->scratch, view->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(view->err);
    memcpy(ret_may, mask, view->words * sizeof *ret_may);
    for (size_t i = 0; i < count; i++) {
        const ca_node *part = without->kind == CA_NODE_AND ? without->args[i] : without;
        if (!ca_absence_is_of_b(part))
            continue;
        int code = ca_view_condition(view, part, ret_may, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < view->words; w++)
            ret_may[w] &= ~is.no[w];
    }
    return 0;
}

int ca_absence_travels(const ca_view *lines, const ca_rule *rule, uint64_t *travels, uint64_t *turned_away)
{
    ca_scratch *scratch = &lines->eval->scratch;
    uint64_t *may = ca_scratch_bits(scratch, lines->words);
    ca_bits event = {ca_scratch_bits(scratch, lines->words), ca_scratch_bits(scratch, lines->words)};
    if (may == NULL || event.yes == NULL || event.no == NULL)
        return ca_error_nomem(lines->err);
    int code = ca_absence_may_be_b(lines, rule, travels, may);
    code = code ? code : ca_view_gated(lines, rule->keys.event, travels, event);
    for (unsigned w = 0; code == 0 && w < lines->words; w++) {
        turned_away[w] |= event.no[w];
        travels[w] &= may[w] | ~event.no[w];
    }
    return code;
}

bool ca_absence_is_unit(const ca_groups *groups, const ca_frame *rows, unsigned row)
{
    ca_view view;
    ca_view_units(&view, groups->eval, rows, NULL, NULL, groups->err);
    ca_row_at at = {.view = &view, .row = row};
    return ca_row_condition(&at, groups->rule->keys.event) != CA_FALSE;
}

/* --- Blame ------------------------------------------------------------------------------------------ */

/* Leaves of one condition stand together among those of the rule. */
static void find_leaves(const ca_node *node, size_t *from, size_t *to)
{
    if (node->leaf >= 0) {
        *from = (size_t)node->leaf < *from ? (size_t)node->leaf : *from;
        *to = (size_t)node->leaf + 1 > *to ? (size_t)node->leaf + 1 : *to;
        return;
    }
    for (size_t i = 0; i < node->arg_count; i++)
        find_leaves(node->args[i], from, to);
}

int ca_absence_blame(const ca_view *view, const ca_rule *rule, const ca_node *condition, const uint64_t *rows,
                     uint32_t *slots)
{
    size_t from = SIZE_MAX;
    size_t to = 0;
    find_leaves(condition, &from, &to);
    return ca_blame_each(view, rule, from, to, rows, slots);
}
