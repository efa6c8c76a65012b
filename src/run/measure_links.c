/* Whom a patient sees, told to the network. */
#include "run/measure_entity_inside.h"

static bool has(const ca_measure_entity *entity, unsigned member, unsigned row)
{
    return entity->bits[member / 64 * CA_MEASURE_ROWS + row] >> member % 64 & 1;
}

static bool is_of_laboratory(const ca_measure_entity *entity, unsigned row)
{
    const ca_measure_links *links = &entity->kind->links;
    uint32_t place = (uint32_t)entity->keys[links->place * CA_MEASURE_ROWS + row];
    return has(entity, links->placed, row) && ca_network_is_laboratory_place(ca_codes_text(entity->codes, place));
}

int ca_measure_links_add(const ca_measure_entity *entity, unsigned rows, ca_error *err)
{
    static const ca_edge_kind kinds[CA_LINKS] = {CA_EDGE_PROVIDER, CA_EDGE_PRESCRIBER, CA_EDGE_PHARMACY};
    const ca_measure_links *links = &entity->kind->links;
    const int64_t *paid = entity->numbers + entity->kind->sums[entity->kind->paid].number * CA_MEASURE_ROWS;
    int rc = 0;
    for (unsigned row = 0; rc == 0 && row < rows; row++) {
        uint32_t region = (uint32_t)entity->keys[links->region * CA_MEASURE_ROWS + row];
        for (unsigned i = 0; i < CA_LINKS; i++) {
            if (has(entity, links->member[i], row)) {
                bool laboratory = kinds[i] == CA_EDGE_PROVIDER && is_of_laboratory(entity, row);
                ca_network_see(entity->network, kinds[i], entity->keys[links->key[i] * CA_MEASURE_ROWS + row], paid[row], laboratory);
            }
        }
        if (region != CA_NO_REGION) {
            rc = region < ca_measure_peers_count(entity->peers) ? 0 : ca_measure_damaged(err);
            rc = rc ? rc : ca_network_place(entity->network, ca_measure_peers_region(entity->peers, region), false, 1, err);
        }
    }
    return rc;
}
