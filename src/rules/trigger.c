/* The trigger index: takes conditions up, and judges them where a gate lets rows through. */
#include "rules/trigger_parts.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"

ca_trigger *ca_trigger_new(void)
{
    return ca_alloc_zero(1, sizeof(ca_trigger));
}

void ca_trigger_free(ca_trigger *trigger)
{
    if (trigger == NULL)
        return;
    for (size_t i = 0; i < trigger->gate_count; i++)
        ca_free(trigger->gates[i].columns);
    for (size_t i = 0; i < trigger->watch_count; i++)
        ca_watch_done(&trigger->watches[i]);
    ca_wheres_done(trigger);
    ca_free(trigger->gates);
    ca_free(trigger->watches);
    ca_free(trigger->shared);
    ca_free(trigger->slots);
    ca_free(trigger->dates);
    ca_free(trigger->spans);
    ca_free(trigger->bits);
    ca_free(trigger);
}

/* --- What is known of a node ------------------------------------------------------------------ */

static ca_trigger_slot *slot_of(const ca_trigger *trigger, const ca_node *node)
{
    size_t last = trigger->slot_count - 1;
    size_t at = (size_t)(((uintptr_t)node >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & last;
    while (trigger->slots[at].node != NULL && trigger->slots[at].node != node)
        at = (at + 1) & last;
    return &trigger->slots[at];
}

const ca_trigger_slot *ca_trigger_find(const ca_trigger *trigger, const ca_node *node)
{
    if (trigger->slot_count == 0)
        return NULL;
    const ca_trigger_slot *slot = slot_of(trigger, node);
    return slot->node != NULL ? slot : NULL;
}

/* The node's slot, made where there is none; NULL when memory ran out. */
static ca_trigger_slot *take_slot(ca_trigger *trigger, const ca_node *node)
{
    if (2 * trigger->slots_used >= trigger->slot_count) {
        ca_trigger larger = {.slot_count = trigger->slot_count ? 2 * trigger->slot_count : 64};
        larger.slots = ca_alloc_zero(larger.slot_count, sizeof(*larger.slots));
        if (larger.slots == NULL)
            return NULL;
        for (size_t i = 0; i < trigger->slot_count; i++) {
            if (trigger->slots[i].node != NULL)
                *slot_of(&larger, trigger->slots[i].node) = trigger->slots[i];
        }
        ca_free(trigger->slots);
        trigger->slots = larger.slots;
        trigger->slot_count = larger.slot_count;
    }
    ca_trigger_slot *slot = slot_of(trigger, node);
    trigger->slots_used += slot->node == NULL;
    slot->node = node;
    return slot;
}

/* --- Taking conditions up --------------------------------------------------------------------- */

static ca_watch *watch_of(ca_trigger *trigger, const ca_node *column)
{
    for (size_t i = 0; i < trigger->watch_count; i++) {
        if (trigger->watches[i].column == column->column)
            return &trigger->watches[i];
    }
    ca_watch *watches =
        ca_grown_array(trigger->watches, trigger->watch_count, &trigger->watch_cap, sizeof(*watches));
    if (watches == NULL)
        return NULL;
    trigger->watches = watches;
    ca_watch *watch = &watches[trigger->watch_count++];
    *watch = (ca_watch){.column = column->column, .list = column->type.type == CA_TYPE_CODES};
    return watch;
}

/* Adds a column to a list that has each once; false when memory ran out. */
static bool add_column(unsigned **columns, size_t *count, size_t *cap, unsigned column)
{
    for (size_t i = 0; i < *count; i++) {
        if ((*columns)[i] == column)
            return true;
    }
    unsigned *larger = ca_grown_array(*columns, *count, cap, sizeof(*larger));
    if (larger == NULL)
        return false;
    *columns = larger;
    larger[(*count)++] = column;
    return true;
}

static bool ask_for(ca_gate *gate, unsigned column)
{
    return add_column(&gate->columns, &gate->column_count, &gate->column_cap, column);
}

static bool watch_leaf(ca_trigger *trigger, size_t gate, const ca_node *leaf)
{
    unsigned date;
    const ca_node *column = ca_gate_column(leaf);
    ca_watch *watch = watch_of(trigger, column);
    if (watch == NULL)
        return false;
    ca_watched *leaves = ca_grown_array(watch->leaves, watch->leaf_count, &watch->leaf_cap, sizeof(*leaves));
    if (leaves == NULL)
        return false;
    watch->leaves = leaves;
    watch->leaves[watch->leaf_count++] = (ca_watched){.leaf = leaf, .gate = (uint32_t)gate};
    ca_watch_forget(watch);
    return ask_for(&trigger->gates[gate], column->column) &&
           (!ca_gate_date(leaf, &date) || ask_for(&trigger->gates[gate], date));
}

static bool add_gate(ca_trigger *trigger, const ca_node *condition)
{
    ca_gate_leaves chosen;
    ca_gate *gates = ca_grown_array(trigger->gates, trigger->gate_count, &trigger->gate_cap, sizeof(*gates));
    if (gates == NULL)
        return false;
    trigger->gates = gates;
    size_t gate = trigger->gate_count++;
    gates[gate] = (ca_gate){.condition = condition};
    bool closes = ca_gate_choose(condition, &chosen);
    for (size_t i = 0; closes && i < chosen.count; i++) {
        if (!watch_leaf(trigger, gate, chosen.leaves[i]))
            return false;
    }
    gates[gate].closes = closes;
    return true;
}

static bool share_leaf(ca_trigger *trigger, const ca_node *leaf)
{
    size_t at = 0;
    while (at < trigger->shared_count && !ca_leaves_same(trigger->shared[at].leaf, leaf))
        at++;
    if (at == trigger->shared_count) {
        ca_shared_leaf *shared =
            ca_grown_array(trigger->shared, trigger->shared_count, &trigger->shared_cap, sizeof(*shared));
        if (shared == NULL)
            return false;
        trigger->shared = shared;
        shared[trigger->shared_count++] = (ca_shared_leaf){.leaf = leaf};
    }
    trigger->shared[at].uses++;
    ca_trigger_slot *slot = take_slot(trigger, leaf);
    if (slot == NULL)
        return false;
    slot->shared = (uint32_t)at + 1;
    return true;
}

static bool share_leaves(ca_trigger *trigger, const ca_node *node)
{
    if (node->kind != CA_NODE_AND && node->kind != CA_NODE_OR && node->kind != CA_NODE_NOT)
        return ca_node_has_aggregate(node) || share_leaf(trigger, node);
    for (size_t i = 0; i < node->arg_count; i++) {
        if (!share_leaves(trigger, node->args[i]))
            return false;
    }
    return true;
}

int ca_trigger_add(ca_trigger *trigger, const ca_node *condition, ca_error *err)
{
    const ca_trigger_slot *known = condition ? ca_trigger_find(trigger, condition) : NULL;
    if (condition == NULL || (known != NULL && known->gate > 0))
        return 0;
    ca_trigger_slot *slot = take_slot(trigger, condition);
    if (slot == NULL || !add_gate(trigger, condition))
        return ca_error_nomem(err);
    slot->gate = (uint32_t)trigger->gate_count;
    trigger->words = 0;    /* the bitmaps are laid out anew */
    return share_leaves(trigger, condition) ? 0 : ca_error_nomem(err);
}

int ca_trigger_add_rule(ca_trigger *trigger, const ca_rule *rule, ca_error *err)
{
    ca_gathering gathering = rule->kind->gathering;
    bool of_units = gathering == CA_GATHER_LINE || gathering == CA_GATHER_CLAIM;
    trigger->words = 0;
    if (of_units && rule->has_effective &&
        !add_column(&trigger->dates, &trigger->date_count, &trigger->date_cap, rule->effective_on))
        return ca_error_nomem(err);
    if (gathering == CA_GATHER_CLAIM && rule->where != NULL && !ca_watch_where(trigger, rule->where))
        return ca_error_nomem(err);
    int code = gathering != CA_GATHER_CLAIM ? ca_trigger_add(trigger, rule->where, err) : 0;
    code = code == 0 ? ca_trigger_add(trigger, rule->keys.each_found, err) : code;
    code = code == 0 ? ca_trigger_add(trigger, rule->keys.event, err) : code;
    bool of_rows = rule->keys.each != NULL;    /* judged of lines with a row, on a frame of their own */
    return code == 0 && of_units && !of_rows ? ca_trigger_add(trigger, rule->when, err) : code;
}

/* --- Judging ---------------------------------------------------------------------------------- */

uint64_t *ca_trigger_gate_rows(const ca_trigger *trigger, size_t gate)
{
    return trigger->bits + gate * trigger->words;
}

ca_bits ca_trigger_shared_rows(const ca_trigger *trigger, size_t shared)
{
    uint64_t *yes = trigger->bits + (trigger->gate_count + 2 * shared) * trigger->words;
    return (ca_bits){yes, yes + trigger->words};
}

int ca_view_gated(const ca_view *view, const ca_node *condition, const uint64_t *mask, ca_bits out)
{
    const ca_trigger *trigger = view->frame->trigger;
    const ca_trigger_slot *slot = trigger && view->units == NULL ? ca_trigger_find(trigger, condition) : NULL;
    const ca_gate *gate = slot != NULL && slot->gate > 0 ? &trigger->gates[slot->gate - 1] : NULL;
    if (gate == NULL || !gate->closes)
        return ca_view_condition(view, condition, mask, out);
    size_t bytes = view->words * sizeof(uint64_t);
    if (!gate->any) {
        memset(out.yes, 0, bytes);
        memcpy(out.no, mask, bytes);
        return 0;
    }
    const uint64_t *let_through = ca_trigger_gate_rows(trigger, slot->gate - 1);
    ca_scratch_mark mark = ca_scratch_here(&view->eval->scratch);
    uint64_t *rows = ca_scratch_take(&view->eval->scratch, view->words, sizeof(*rows));
    if (rows == NULL)
        return ca_error_nomem(view->err);
    for (unsigned w = 0; w < view->words; w++)
        rows[w] = mask[w] & let_through[w];
    int code = ca_view_condition(view, condition, rows, out);
    for (unsigned w = 0; code == 0 && w < view->words; w++)
        out.no[w] |= mask[w] & ~let_through[w];
    ca_scratch_rewind(&view->eval->scratch, mark);
    return code;
}

/* A leaf is judged on all rows for everybody only where this one asks for many: else that would be dearer. */
static bool asks_for_many(const ca_view *view, const uint64_t *mask)
{
    unsigned rows = 0;
    for (unsigned w = 0; w < view->words && 4 * rows < view->rows; w++)
        rows += (unsigned)__builtin_popcountll(mask[w]);
    return 4 * rows >= view->rows;
}

int ca_view_shared(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    ca_trigger *trigger = view->frame->trigger;
    const ca_trigger_slot *slot = trigger && view->units == NULL ? ca_trigger_find(trigger, leaf) : NULL;
    ca_shared_leaf *shared = slot != NULL && slot->shared > 0 ? &trigger->shared[slot->shared - 1] : NULL;
    if (shared == NULL || shared->uses < 2 || (!shared->known && !asks_for_many(view, mask)))
        return ca_view_leaf(view, leaf, mask, out);
    ca_bits all = ca_trigger_shared_rows(trigger, slot->shared - 1);
    if (!shared->known) {
        uint64_t *rows = ca_scratch_bits(&view->eval->scratch, view->words);
        if (rows == NULL)
            return ca_error_nomem(view->err);
        ca_bits_set_range(rows, 0, view->rows);
        int code = ca_view_leaf(view, leaf, rows, all);
        if (code != 0)
            return code;
        shared->known = true;
    }
    for (unsigned w = 0; w < view->words; w++) {
        out.yes[w] = all.yes[w] & mask[w];
        out.no[w] = all.no[w] & mask[w];
    }
    return 0;
}

static bool tell(const ca_view *view, const uint64_t *rows, ca_bits is, uint64_t *ret_true, uint64_t *ret_unknown)
{
    uint64_t any = 0;
    memset(ret_true, 0, view->batch->words * sizeof(uint64_t));
    memset(ret_unknown, 0, view->batch->words * sizeof(uint64_t));
    for (unsigned w = 0; w < view->words; w++) {
        ret_true[w] = is.yes[w];
        ret_unknown[w] = rows[w] & ~is.yes[w] & ~is.no[w];
        any |= ret_true[w] | ret_unknown[w];
    }
    return any != 0;
}

int ca_trigger_condition(ca_eval *eval, const ca_frame *frame, const ca_node *condition, const uint64_t *mask,
                         uint64_t *ret_true, uint64_t *ret_unknown, bool *ret_any, ca_error *err)
{
    ca_view view;
    ca_view_units(&view, eval, frame, NULL, NULL, err);
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    uint64_t *rows = ca_scratch_bits(&eval->scratch, view.words);
    ca_bits is = {ca_scratch_bits(&eval->scratch, view.words), ca_scratch_bits(&eval->scratch, view.words)};
    int code = rows == NULL || is.yes == NULL || is.no == NULL ? ca_error_nomem(err) : 0;
    if (code == 0) {
        ca_bits_set_range(rows, 0, view.rows);
        for (unsigned w = 0; w < view.words; w++)
            rows[w] &= mask[w];
        if (condition != NULL)
            code = ca_view_gated(&view, condition, rows, is);
        else
            memcpy(is.yes, rows, view.words * sizeof(uint64_t));
    }
    if (code == 0)
        *ret_any = tell(&view, rows, is, ret_true, ret_unknown);
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}
