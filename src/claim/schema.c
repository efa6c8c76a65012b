/* The columns of one run: the dictionary, the provider facts by role, and the site's own. */
#include "claim/field.h"

#include <assert.h>
#include <string.h>

static const unsigned facts[CA_PROVIDER_FACTS] = {CA_F_SPECIALTY, CA_F_PROVIDER_REGION,
                                                  CA_F_PROVIDER_LEVEL, CA_F_ORGANISATION_ID};

/* Role and field name, in the order of ca_role and of `facts`. */
static const char *const role_columns[CA_ROLE_COUNT][CA_PROVIDER_FACTS] = {
    {"billing.specialty", "billing.provider_region", "billing.provider_level",
     "billing.organisation_id"},
    {"facility.specialty", "facility.provider_region", "facility.provider_level",
     "facility.organisation_id"},
    {"attending.specialty", "attending.provider_region", "attending.provider_level",
     "attending.organisation_id"},
    {"rendering.specialty", "rendering.provider_region", "rendering.provider_level",
     "rendering.organisation_id"},
    {"referring.specialty", "referring.provider_region", "referring.provider_level",
     "referring.organisation_id"},
    {"prescriber.specialty", "prescriber.provider_region", "prescriber.provider_level",
     "prescriber.organisation_id"},
    {"pharmacy.specialty", "pharmacy.provider_region", "pharmacy.provider_level",
     "pharmacy.organisation_id"},
};

static ca_column_def column_of(unsigned field, const char *name)
{
    const ca_field *from = &ca_fields[field];
    return (ca_column_def){
        .name = name,
        .type = from->type,
        .family = from->family,
        .level = from->level,
        .field = field,
        .joined = from->level == CA_LEVEL_PATIENT || from->level == CA_LEVEL_PROVIDER,
    };
}

void ca_schema_init(ca_schema *schema)
{
    memset(schema, 0, sizeof *schema);
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++)
        schema->columns[field] = column_of(field, ca_fields[field].name);
    schema->count = CA_COLUMN_ROLES;
    for (unsigned role = 0; role < CA_ROLE_COUNT; role++) {
        for (unsigned fact = 0; fact < CA_PROVIDER_FACTS; fact++)
            schema->columns[schema->count++] = column_of(facts[fact], role_columns[role][fact]);
    }
}

bool ca_schema_add_site(ca_schema *schema, const char *full_name, ca_type type, const char *family,
                        ca_level level, unsigned *ret_column)
{
    ca_text name = ca_text_of(full_name);
    unsigned taken;
    if (schema->count >= CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX || name.len < 3 ||
        !ca_text_starts(name, CA_TEXT("x.")) || ca_schema_find(schema, name, &taken) ||
        (level != CA_LEVEL_CLAIM && level != CA_LEVEL_LINE))
        return false;
    schema->columns[schema->count] = (ca_column_def){
        .name = full_name,
        .type = type,
        .family = family ? family : "",
        .level = level,
        .field = CA_FIELD_COUNT,
    };
    *ret_column = schema->count++;
    return true;
}

bool ca_schema_find(const ca_schema *schema, ca_text name, unsigned *ret_column)
{
    for (unsigned column = 0; column < schema->count; column++) {
        if (ca_text_is(name, schema->columns[column].name)) {
            *ret_column = column;
            return true;
        }
    }
    return false;
}

unsigned ca_schema_provider(ca_role role, unsigned provider_field)
{
    unsigned fact = 0;
    while (fact < CA_PROVIDER_FACTS && facts[fact] != provider_field)
        fact++;
    assert(fact < CA_PROVIDER_FACTS);
    return CA_COLUMN_ROLES + (unsigned)role * CA_PROVIDER_FACTS + fact;
}

const char *ca_schema_closest(const ca_schema *schema, ca_text name)
{
    const char *names[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    for (unsigned column = 0; column < schema->count; column++)
        names[column] = schema->columns[column].name;
    return ca_text_closest(name, names, schema->count);
}
