/* Names of what the keys of kinds can be, and a walk over their expressions. */
#include "rules/keys.h"

static const char *const periods[CA_PERIODS] = {
    [CA_PERIOD_NONE] = "",           [CA_PERIOD_DAY] = "day",
    [CA_PERIOD_WEEK] = "week",       [CA_PERIOD_MONTH] = "month",
    [CA_PERIOD_QUARTER] = "quarter", [CA_PERIOD_YEAR] = "year",
    [CA_PERIOD_LIFE] = "life",       [CA_PERIOD_BENEFIT_YEAR] = "benefit_year",
    [CA_PERIOD_CLAIM] = "claim",     [CA_PERIOD_STAY] = "stay",
    [CA_PERIOD_ROLLING] = "rolling", [CA_PERIOD_OF_ROW] = "",
};

static const char *const carriers[CA_CARRIERS] = {
    [CA_CARRIER_BOTH] = "both", [CA_CARRIER_A] = "a", [CA_CARRIER_B] = "b"};

const char *ca_period_name(ca_period period)
{
    return periods[period];
}

const char *ca_carrier_name(ca_carrier carrier)
{
    return carriers[carrier];
}

size_t ca_keys_nodes(const ca_rule_keys *keys, ca_node *ret_nodes[CA_KEY_NODES_MAX])
{
    ca_node *const all[] = {
        keys->event,         keys->without,     keys->minimum,     keys->lines,
        keys->interval_from, keys->interval_to, keys->order,       keys->metric,
        keys->days,          keys->look_before, keys->look_after,  keys->history,
        keys->min_peers,     keys->settle,      keys->max_group,   keys->each,
    };
    size_t count = 0;
    _Static_assert(sizeof(all) / sizeof(all[0]) <= CA_KEY_NODES_MAX, "room for all");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] != NULL)
            ret_nodes[count++] = all[i];
    return count;
}

int64_t ca_keys_number(const ca_node *node, uint32_t table_row)
{
    if (node != NULL && node->kind == CA_NODE_ROW && table_row != CA_NO_TABLE_ROW)
        return (int64_t)ca_reftable_cell_of(node->table, table_row, node->table_column).as.ratio.n;
    return node == NULL ? 0 : (int64_t)node->number.n;
}

ca_period ca_period_named(ca_text name)
{
    for (ca_period period = CA_PERIOD_DAY; period <= CA_PERIOD_LIFE; period++)
        if (ca_text_is(name, periods[period]))
            return period;
    return CA_PERIOD_NONE;
}

ca_period ca_keys_period(const ca_rule_keys *keys, uint32_t table_row)
{
    if (keys->period != CA_PERIOD_OF_ROW)
        return keys->period;
    const ca_node *node = keys->row_period;
    return ca_period_named(ca_reftable_cell_of(node->table, table_row, node->table_column).as.text);
}

bool ca_key_columns_has(const ca_key_columns *columns, unsigned column)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i] == column)
            return true;
    return false;
}
