/* The key of a rule's lines. A scan and what tells its cost both ask here. */
#include "rules/route.h"

static bool is_in(unsigned column, const unsigned *key, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (key[i] == column)
            return true;
    return false;
}

/* Without a column that finds no room more lines come together than must, which does no harm. */
static void add(unsigned column, unsigned *key, unsigned *count)
{
    if (*count < CA_ROUTE_KEY_MAX && !is_in(column, key, *count))
        key[(*count)++] = column;
}

unsigned ca_route_key(const ca_rule *rule, unsigned ret_key[CA_ROUTE_KEY_MAX])
{
    const ca_rule_keys *keys = &rule->keys;
    unsigned count = 0;
    for (size_t i = 0; i < keys->same.count; i++)
        add(keys->same.items[i], ret_key, &count);
    if (keys->period == CA_PERIOD_CLAIM) {
        add(CA_F_CLAIM_TYPE, ret_key, &count);
        add(CA_F_CLAIM_ID, ret_key, &count);
    }
    if (keys->period == CA_PERIOD_STAY || is_in(CA_F_PATIENT_ID, ret_key, count)) {
        ret_key[0] = CA_F_PATIENT_ID;
        count = 1;
    }
    return count;
}

bool ca_route_serves(const unsigned *route, unsigned route_count, const unsigned *key, unsigned count)
{
    for (unsigned i = 0; i < route_count; i++)
        if (!is_in(route[i], key, count))
            return false;
    return true;
}
