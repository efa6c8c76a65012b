/* Claim rules mostly choose the same lines: where: claim_type != 'pharmacy' is judged once for all of them. */
#include "rules/trigger_parts.h"

#include "base/alloc.h"

static bool add_node(ca_shared_where *shared, const ca_node *where)
{
    for (size_t i = 0; i < shared->count; i++) {
        if (shared->nodes[i] == where)
            return true;
    }
    const ca_node **nodes = ca_grown_array(shared->nodes, shared->count, &shared->cap, sizeof(*nodes));
    if (nodes == NULL)
        return false;
    shared->nodes = nodes;
    nodes[shared->count++] = where;
    return true;
}

bool ca_watch_where(ca_trigger *trigger, const ca_node *where)
{
    for (size_t i = 0; i < trigger->where_count; i++) {
        if (ca_conditions_same(trigger->wheres[i].nodes[0], where))
            return add_node(&trigger->wheres[i], where);
    }
    ca_shared_where *wheres = ca_grown_array(trigger->wheres, trigger->where_count, &trigger->where_cap, sizeof(*wheres));
    if (wheres == NULL)
        return false;
    trigger->wheres = wheres;
    wheres[trigger->where_count] = (ca_shared_where){0};
    return add_node(&wheres[trigger->where_count++], where);    /* one without nodes is the last thing there is */
}

void ca_forget_wheres(ca_trigger *trigger)
{
    for (size_t i = 0; i < trigger->where_count; i++)
        trigger->wheres[i].known = false;
}

void ca_wheres_done(ca_trigger *trigger)
{
    for (size_t i = 0; i < trigger->where_count; i++) {
        ca_free(trigger->wheres[i].nodes);
        ca_free(trigger->wheres[i].bits);
    }
    ca_free(trigger->wheres);
}

/* Who watches which leaves have been true must see each rule judged by itself. */
ca_shared_where *ca_trigger_where(const ca_view *units, const ca_node *where)
{
    const ca_trigger *trigger = units->eval->seen == NULL ? units->frame->trigger : NULL;
    for (size_t i = 0; where != NULL && trigger != NULL && i < trigger->where_count; i++) {
        ca_shared_where *shared = &trigger->wheres[i];
        for (size_t k = 0; shared->count > 1 && k < shared->count; k++) {
            if (shared->nodes[k] == where)
                return shared;
        }
    }
    return NULL;
}

bool ca_shared_selection(const ca_shared_where *shared, ca_selection *ret_selection)
{
    if (shared->known)
        *ret_selection = shared->selection;
    return shared->known;
}

bool ca_share_selection(ca_shared_where *shared, const ca_view *units, const ca_selection *selection)
{
    size_t of_lines = (units->frame->lines->rows + 63) / 64;
    size_t words = 2 * (of_lines + units->words);
    if (words > shared->words) {
        uint64_t *bits = ca_realloc_array(shared->bits, words, sizeof(*bits));
        if (bits == NULL)
            return false;
        shared->bits = bits;
        shared->words = words;
    }
    const uint64_t *parts[] = {selection->lines, selection->lines_unknown, selection->taking, selection->doubtful};
    uint64_t **to[] = {&shared->selection.lines, &shared->selection.lines_unknown, &shared->selection.taking,
                       &shared->selection.doubtful};
    uint64_t *at = shared->bits;
    for (size_t i = 0; i < 4; i++) {
        size_t count = i < 2 ? of_lines : units->words;
        *to[i] = at;
        for (size_t w = 0; w < count; w++)
            *at++ = parts[i][w];
    }
    shared->known = true;
    return true;
}
