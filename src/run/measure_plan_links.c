/* Keys of networks: whom a line names, and where it was given. */
#include "run/measure_asks.h"

/* Columns that features may have as keys already. */
static uint32_t single_key(ca_measure_plan *plan, unsigned column)
{
    uint32_t i = 0;
    while (i < plan->key_count && (plan->keys[i].count != 1 || plan->keys[i].column[0] != column)) {
        i++;
    }
    if (i == plan->key_count) {
        plan->keys[plan->key_count++] = (ca_feature_key){.column = {column}, .count = 1};
    }
    plan->columns[column] = 1;
    return i;
}

void ca_measure_plan_links(ca_measure_plan *plan, bool networks)
{
    static const unsigned columns[] = {CA_F_RENDERING_PROVIDER_ID, CA_F_PRESCRIBER_ID, CA_F_PHARMACY_ID, CA_F_PLACE_OF_SERVICE};
    for (unsigned i = 0; i < CA_LINKS + 1; i++) {
        plan->links[i] = networks ? single_key(plan, columns[i]) : CA_NO_INDEX;
    }
    plan->links[CA_LINKS + 1] = networks ? (uint32_t)plan->key_count++ : CA_NO_INDEX;
    plan->columns[ca_schema_provider(CA_ROLE_RENDERING, CA_F_PROVIDER_REGION)] |= networks;
}
