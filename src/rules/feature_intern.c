/* Parts of features that mean the same are one: a condition, number, key or tally that two features share is worked out
 * once. */
#include <string.h>

#include "rules/feature_parts.h"
#include "rules/ruleset_parts.h"
#include "rules/trigger_parts.h"

/* Room for one more; false (and nomem) when there is none. Grows at powers of two, which keeps what is there. */
static bool make_room(ca_feature_reader *reader, void **array, size_t count, size_t size)
{
    void *room = ca_ruleset_room(*array, count, size);
    if (room == NULL) {
        reader->check.nomem = true;
        return false;
    }
    *array = room;
    return true;
}

uint32_t ca_feature_put_condition(ca_feature_reader *reader, ca_node *condition)
{
    ca_featureset *set = reader->set;
    void *array = set->conditions;
    for (size_t i = 0; i < set->condition_count; i++)
        if (ca_conditions_same(set->conditions[i], condition))
            return (uint32_t)i;
    if (!make_room(reader, &array, set->condition_count, sizeof(ca_node *)))
        return CA_NO_INDEX;
    set->conditions = array;
    set->conditions[set->condition_count] = condition;
    return (uint32_t)set->condition_count++;
}

static bool same_number(const ca_feature_number *a, const ca_feature_number *b)
{
    return a->count == b->count && a->constant == b->constant && a->money == b->money &&
           memcmp(a->column, b->column, a->count * sizeof(a->column[0])) == 0 &&
           memcmp(a->factor, b->factor, a->count * sizeof(a->factor[0])) == 0;
}

uint32_t ca_feature_put_number(ca_feature_reader *reader, const ca_feature_number *number)
{
    ca_featureset *set = reader->set;
    void *array = set->numbers;
    for (size_t i = 0; i < set->number_count; i++)
        if (same_number(&set->numbers[i], number))
            return (uint32_t)i;
    if (!make_room(reader, &array, set->number_count, sizeof(*set->numbers)))
        return CA_NO_INDEX;
    set->numbers = array;
    set->numbers[set->number_count] = *number;
    return (uint32_t)set->number_count++;
}

uint32_t ca_feature_put_key(ca_feature_reader *reader, const ca_feature_key *key)
{
    ca_featureset *set = reader->set;
    void *array = set->keys;
    for (size_t i = 0; i < set->key_count; i++)
        if (set->keys[i].count == key->count &&
            memcmp(set->keys[i].column, key->column, key->count * sizeof(key->column[0])) == 0)
            return (uint32_t)i;
    if (!make_room(reader, &array, set->key_count, sizeof(*set->keys)))
        return CA_NO_INDEX;
    set->keys = array;
    set->keys[set->key_count] = *key;
    return (uint32_t)set->key_count++;
}

uint32_t ca_feature_put_tally(ca_feature_reader *reader, const ca_feature_tally *tally)
{
    ca_featureset *set = reader->set;
    void *array = set->tallies;
    for (size_t i = 0; i < set->tally_count; i++) {
        const ca_feature_tally *known = &set->tallies[i];
        if (known->where == tally->where && known->number == tally->number && known->key == tally->key &&
            known->once == tally->once)
            return (uint32_t)i;
    }
    if (!make_room(reader, &array, set->tally_count, sizeof(*set->tallies)))
        return CA_NO_INDEX;
    set->tallies = array;
    set->tallies[set->tally_count] = *tally;
    return (uint32_t)set->tally_count++;
}
