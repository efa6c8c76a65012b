/* Rules of which one recognises all lines that another would, and more: lines that are alone to it are alone to the other, which
 * then needs no marks of its own. Exact duplicates are near ones, too. */
#include "rules/group_mates.h"
#include "rules/mating.h"
#include "rules/trigger_parts.h"

static bool same_condition(const ca_node *a, const ca_node *b)
{
    bool joins = a->kind == CA_NODE_AND || a->kind == CA_NODE_OR || a->kind == CA_NODE_NOT;
    if (!joins || a->kind != b->kind)
        return !joins && ca_leaves_same(a, b);
    bool same = a->arg_count == b->arg_count;
    for (size_t i = 0; same && i < a->arg_count; i++)
        same = same_condition(a->args[i], b->args[i]);
    return same;
}

/* Every part of the one is a part of the other: where that is TRUE, so is this. */
static bool follows(const ca_node *where, const ca_node *from)
{
    const ca_node *const *parts, *const *given;
    size_t count = ca_mating_parts(&where, &parts);
    size_t given_count = ca_mating_parts(&from, &given);
    bool follows = true;
    for (size_t i = 0; follows && i < count; i++) {
        follows = false;
        for (size_t k = 0; !follows && k < given_count; k++)
            follows = same_condition(parts[i], given[k]);
    }
    return follows;
}

/* Lines with the same key of the narrow rule are near enough for the wide one. */
static bool days_follow(const ca_mating *of_wide, const ca_rule *narrow, const ca_mating *of_narrow)
{
    return of_wide->by == CA_MATES_ANY || ca_key_columns_has(&narrow->keys.same, CA_F_SERVICE_DATE) ||
           (of_narrow->by == CA_MATES_NEAR && of_narrow->after <= of_wide->after);
}

bool ca_mating_serves(const ca_rule *wide, const ca_mating *of_wide, const ca_rule *narrow, const ca_mating *of_narrow)
{
    bool by_key = of_wide->by == CA_MATES_ANY || of_wide->by == CA_MATES_NEAR;
    bool of_lines = !wide->keys.of_claims && !narrow->keys.of_claims;
    if (!by_key || !of_lines || of_wide->sided || (of_narrow->by != CA_MATES_ANY && of_narrow->by != CA_MATES_NEAR))
        return false;
    for (size_t i = 0; i < wide->keys.same.count; i++) {
        if (!ca_key_columns_has(&narrow->keys.same, wide->keys.same.items[i]))
            return false;
    }
    return days_follow(of_wide, narrow, of_narrow) && follows(wide->where, narrow->where);
}
