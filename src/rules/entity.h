/* The kinds of entities that are compared with their peers, and claim lines, which are compared with all lines. */
#ifndef CA_RULES_ENTITY_H
#define CA_RULES_ENTITY_H

#include "claim/field.h"

#define CA_NO_COLUMN UINT32_MAX

typedef enum ca_entity {
    CA_ENTITY_PROVIDER, CA_ENTITY_INSTITUTION, CA_ENTITY_PRESCRIBER, CA_ENTITY_PHARMACY, CA_ENTITY_PATIENT,
    CA_ENTITY_LINE,        /* claim lines: no id, no peers of their own; see `given` */
    CA_ENTITIES
} ca_entity;

typedef struct ca_entity_kind {
    const char *name;       /* as files and reports say it: "provider" */
    const char *title;      /* "Provider who performs the service" */
    const char *plural;     /* "providers" */
    unsigned id;            /* column that names the entity; CA_NO_COLUMN for lines */
    /* Peers are those who agree in both, then those who agree in the first. CA_NO_COLUMN: there is none. */
    unsigned specialty;     /* provider's specialty in its role */
    unsigned region;        /* provider_region in its role, or the patient's region */
    bool person;            /* in place of a specialty: sex and age band (10 years, at the end of the period) */
} ca_entity_kind;

extern const ca_entity_kind ca_entity_kinds[CA_ENTITIES];    /* by ca_entity */
bool ca_entity_find(ca_text name, ca_entity *ret_entity);

#endif
