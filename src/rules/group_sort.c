/* Things that are alike side by side, without sorting: a table of hashes gives each a class, counting puts them in place. */
#include "rules/group_chosen.h"

#include <string.h>

/* Numbers of classes + 1 by bits of a hash, at most half full. */
typedef struct class_slots {
    uint32_t *items;
    unsigned shift;
    uint32_t mask;
} class_slots;

static bool make_slots(ca_scratch *scratch, uint32_t count, class_slots *ret)
{
    unsigned bits = 4;
    while (bits < 31 && (UINT32_C(1) << bits) < 2 * (uint64_t)count)
        bits++;
    ret->items = ca_scratch_take(scratch, (size_t)1 << bits, sizeof *ret->items);
    ret->shift = 64 - bits;
    ret->mask = (UINT32_C(1) << bits) - 1;
    if (ret->items != NULL)
        memset(ret->items, 0, ((size_t)1 << bits) * sizeof *ret->items);
    return ret->items != NULL;
}

/* The class of an item, which a neighbour often has. */
static uint32_t class_of(const ca_likes *likes, const class_slots *slots, uint32_t *heads, uint32_t *classes, uint32_t item)
{
    uint64_t hash = likes->hashes[item];
    uint32_t at = (uint32_t)(hash >> slots->shift);
    for (; slots->items[at] != 0; at = (at + 1) & slots->mask) {
        uint32_t found = slots->items[at] - 1;
        if (likes->hashes[heads[found]] == hash && likes->alike(likes->context, heads[found], item))
            return found;
    }
    heads[*classes] = item;
    slots->items[at] = ++*classes;
    return *classes - 1;
}

static void place(const uint32_t *class_of_item, uint32_t count, uint32_t classes, uint32_t *first, uint32_t *order)
{
    memset(first, 0, ((size_t)classes + 1) * sizeof *first);
    for (uint32_t i = 0; i < count; i++)
        first[class_of_item[i]]++;
    uint32_t past = 0;
    for (uint32_t i = 0; i <= classes; i++) {    /* where each class ends; below it is counted down to where it begins */
        past += first[i];
        first[i] = past;
    }
    for (uint32_t i = count; i > 0; i--)
        order[--first[class_of_item[i - 1]]] = i - 1;
}

int ca_likes_sort(ca_scratch *scratch, const ca_likes *likes, uint32_t **ret_order, uint32_t **ret_first,
                  uint32_t *ret_classes)
{
    uint32_t count = likes->count;
    uint32_t classes = 0;
    class_slots slots;
    uint32_t *order = ca_scratch_take(scratch, count, sizeof *order);
    uint32_t *first = ca_scratch_take(scratch, (size_t)count + 1, sizeof *first);
    ca_scratch_mark mark = ca_scratch_here(scratch);
    uint32_t *heads = ca_scratch_take(scratch, count, sizeof *heads);
    uint32_t *found = ca_scratch_take(scratch, count, sizeof *found);
    if (order == NULL || first == NULL || heads == NULL || found == NULL || !make_slots(scratch, count, &slots))
        return CA_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        bool beside = i > 0 && likes->hashes[i] == likes->hashes[i - 1] && likes->alike(likes->context, i - 1, i);
        found[i] = beside ? found[i - 1] : class_of(likes, &slots, heads, &classes, i);
    }
    place(found, count, classes, first, order);
    ca_scratch_rewind(scratch, mark);
    *ret_order = order;
    *ret_first = first;
    *ret_classes = classes;
    return 0;
}
