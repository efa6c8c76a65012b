/* The explaining twin's aggregates: line by line through one unit, remembering what was skipped
 * and why. */
#include "rules/explain_parts.h"

#include <stdlib.h>

/* Does the line take part? Lines that cannot be decided are skipped, with blame. */
static bool takes_part(ca_twin *twin, const ca_node *node, uint32_t line, ca_told *told)
{
    const char *blame = NULL;
    const ca_frame *frame = twin->frame;
    ca_truth taken = twin->where ? twin->where[line - twin->first] : CA_TRUE;
    if (frame->line_taken && !ca_bit(frame->line_taken, line))
        taken = frame->line_undecided && ca_bit(frame->line_undecided, line) ? CA_UNKNOWN_TRUTH : CA_FALSE;
    if (taken == CA_UNKNOWN_TRUTH)
        told->skipped = true;
    if (taken != CA_TRUE)
        return false;
    ca_truth chosen = node->where ? ca_tell_condition(twin, node->where, line, &blame) : CA_TRUE;
    if (chosen == CA_UNKNOWN_TRUTH) {
        told->skipped = true;
        told->blame = told->blame ? told->blame : blame;
    }
    return chosen == CA_TRUE;
}

/* Where no line that takes part is to blame, those that may take part are. */
static void settle_blame(const ca_twin *twin, ca_told *told)
{
    if (told->skipped && told->blame == NULL)
        told->blame = twin->where_blame;
    told->skip_blame = told->blame;
}

/* Values of the lines that take part and have one. */
static ca_value *gather(ca_twin *twin, const ca_node *node, ca_told *told, size_t *ret_count)
{
    uint32_t from, past;
    ca_frame_lines(twin->frame, node->side, twin->unit, &from, &past);
    ca_value *values = ca_arena_array(twin->arena, past - from + 1, sizeof(*values));
    *ret_count = 0;
    if (values == NULL) {
        twin->nomem = true;
        return NULL;
    }
    for (uint32_t line = from; line < past; line++) {
        if (!takes_part(twin, node, line, told))
            continue;
        if (node->arg_count == 0) {
            ++*ret_count;
            continue;
        }
        ca_told one = ca_tell_value(twin, node->args[0], line);
        if (one.value.present) {
            values[(*ret_count)++] = one.value;
        } else {
            told->skipped = true;
            told->blame = told->blame ? told->blame : one.blame;
        }
    }
    return values;
}

static int in_order(const void *a, const void *b)
{
    return ca_tell_order(a, b);
}

/* How many different values there are, and how often the most frequent one occurs. */
static size_t different(ca_value *values, size_t count, size_t *ret_most)
{
    size_t distinct = 0;
    *ret_most = 0;
    if (count > 0)
        qsort(values, count, sizeof(*values), in_order);
    for (size_t from = 0; from < count;) {
        size_t past = from + 1;
        while (past < count && ca_tell_order(&values[from], &values[past]) == 0)
            past++;
        distinct++;
        *ret_most = past - from > *ret_most ? past - from : *ret_most;
        from = past;
    }
    return distinct;
}

static ca_value of_ratio(ca_ratio ratio)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ratio};
}

static ca_value sum_of(const ca_value *values, size_t count)
{
    ca_value sum = of_ratio(ca_ratio_of(0, 1));
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            sum.as.ratio = values[0].as.ratio;
        else if (!ca_ratio_add(sum.as.ratio, values[i].as.ratio, &sum.as.ratio))
            return (ca_value){.present = false};
    }
    return sum;
}

static ca_value best_of(const ca_value *values, size_t count, int direction)
{
    ca_value best = {.present = false};
    for (size_t i = 0; i < count; i++) {
        if (!best.present || ca_tell_order(&values[i], &best) * direction > 0)
            best = values[i];
    }
    return best;
}

static ca_value reduce(ca_aggregate aggregate, ca_value *values, size_t count)
{
    size_t most = 0;
    switch (aggregate) {
    case CA_AGG_COUNT:
        return of_ratio(ca_ratio_of((int64_t)count, 1));
    case CA_AGG_SUM:
        return sum_of(values, count);
    case CA_AGG_MIN:
        return best_of(values, count, -1);
    case CA_AGG_MAX:
        return best_of(values, count, 1);
    case CA_AGG_DISTINCT:
        return of_ratio(ca_ratio_of((int64_t)different(values, count, &most), 1));
    case CA_AGG_TOP_SHARE:
        (void)different(values, count, &most);
        return count == 0 ? (ca_value){.present = false}
                          : of_ratio(ca_ratio_of((int64_t)most, (int64_t)count));
    case CA_AGG_ANY:
    case CA_AGG_ALL:
    case CA_AGG_KINDS:
        break;
    }
    return (ca_value){.present = false};
}

ca_told ca_tell_aggregate(ca_twin *twin, const ca_node *node)
{
    ca_told told = {0};
    size_t count;
    ca_leaf_trace *trace = twin->trace;
    if (twin->whole_claim && node->aggregate == CA_AGG_SUM && node->where == NULL &&
        node->args[0]->kind == CA_NODE_COLUMN && node->args[0]->column == CA_F_PAID) {
        told.value = ca_value_of(twin->frame->units, CA_F_CLAIM_PAID, twin->unit);
        return told;
    }
    twin->trace = NULL;
    ca_value *values = gather(twin, node, &told, &count);
    twin->trace = trace;
    if (values == NULL)
        return told;
    told.value = reduce(node->aggregate, values, count);
    settle_blame(twin, &told);
    return told;
}

/* any: TRUE as soon as one line is. all: TRUE only when every line was judged and none is FALSE. */
ca_truth ca_tell_quantifier(ca_twin *twin, const ca_node *node, ca_told *ret_told)
{
    ca_told told = {0};
    ca_truth decides = node->aggregate == CA_AGG_ANY ? CA_TRUE : CA_FALSE;
    bool decided = false;
    uint32_t decided_by = CA_AT_UNIT;
    uint32_t from, past;
    ca_frame_lines(twin->frame, node->side, twin->unit, &from, &past);
    for (uint32_t line = from; line < past; line++) {
        const char *blame = NULL;
        ca_leaf_trace before = twin->trace ? *twin->trace : (ca_leaf_trace){0};
        ca_truth truth = CA_UNKNOWN_TRUTH;
        bool taken = takes_part(twin, node, line, &told);
        if (taken)
            truth = ca_tell_condition(twin, node->args[0], line, &blame);
        if (taken && truth == CA_UNKNOWN_TRUTH) {
            told.skipped = true;
            told.blame = told.blame ? told.blame : blame;
        }
        bool first = taken && truth == decides && !decided;
        decided |= first;
        decided_by = first ? line : decided_by;
        if (twin->trace == NULL)
            continue;
        if (!first) {
            *twin->trace = before;
            continue;
        }
        ca_value line_no = ca_value_of(twin->frame->lines, CA_F_LINE_NO, line);
        twin->trace->has_line = line_no.present;
        twin->trace->line_no = line_no.present ? (int64_t)line_no.as.ratio.n : 0;
    }
    settle_blame(twin, &told);
    *ret_told = told;
    twin->decided_by = decided_by;
    if (node->aggregate == CA_AGG_ANY)
        return decided ? CA_TRUE : CA_FALSE;
    return decided || told.skipped ? CA_FALSE : CA_TRUE;
}
