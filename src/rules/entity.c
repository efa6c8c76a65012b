/* The table of entity kinds. */
#include "rules/entity.h"

#define FACT(role, field) (CA_COLUMN_ROLES + (role) * CA_PROVIDER_FACTS + ((field) - CA_F_SPECIALTY))

const ca_entity_kind ca_entity_kinds[CA_ENTITIES] = {
    [CA_ENTITY_PROVIDER] = {"provider", "Provider who performs the service", "providers", CA_F_RENDERING_PROVIDER_ID,
                            FACT(CA_ROLE_RENDERING, CA_F_SPECIALTY), FACT(CA_ROLE_RENDERING, CA_F_PROVIDER_REGION), false},
    [CA_ENTITY_INSTITUTION] = {"institution", "Institution that bills and is paid", "institutions",
                               CA_F_BILLING_PROVIDER_ID, FACT(CA_ROLE_BILLING, CA_F_SPECIALTY),
                               FACT(CA_ROLE_BILLING, CA_F_PROVIDER_REGION), false},
    [CA_ENTITY_PRESCRIBER] = {"prescriber", "Provider who prescribes drugs", "prescribers", CA_F_PRESCRIBER_ID,
                              FACT(CA_ROLE_PRESCRIBER, CA_F_SPECIALTY), FACT(CA_ROLE_PRESCRIBER, CA_F_PROVIDER_REGION),
                              false},
    [CA_ENTITY_PHARMACY] = {"pharmacy", "Pharmacy that dispenses drugs", "pharmacies", CA_F_PHARMACY_ID,
                            FACT(CA_ROLE_PHARMACY, CA_F_SPECIALTY), FACT(CA_ROLE_PHARMACY, CA_F_PROVIDER_REGION), false},
    [CA_ENTITY_PATIENT] = {"patient", "Insured person", "patients", CA_F_PATIENT_ID, CA_NO_COLUMN, CA_F_REGION, true},
    [CA_ENTITY_LINE] = {"line", "Claim line", "lines", CA_NO_COLUMN, CA_NO_COLUMN, CA_NO_COLUMN, false},
};

bool ca_entity_find(ca_text name, ca_entity *ret_entity)
{
    for (unsigned entity = 0; entity < CA_ENTITIES; entity++) {
        if (ca_text_is(name, ca_entity_kinds[entity].name)) {
            *ret_entity = (ca_entity)entity;
            return true;
        }
    }
    return false;
}
