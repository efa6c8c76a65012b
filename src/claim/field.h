/* The field dictionary: the only names of things in profiles, rules, test tables, messages and views;
 * and the schema of one run: dictionary fields, provider facts by role, and the site's own x. fields. */
#ifndef CA_CLAIM_FIELD_H
#define CA_CLAIM_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Storage of a column (see claim/batch.h) and type in expressions. */
typedef enum ca_type {
    CA_TYPE_INT,        /* int64 */
    CA_TYPE_DECIMAL,    /* int64, 1/10,000 */
    CA_TYPE_MONEY,      /* int64, 1/10,000 of the currency */
    CA_TYPE_DATE,       /* int32 day number */
    CA_TYPE_CODE,       /* uint32, id in the run's ca_codes */
    CA_TYPE_CODES,      /* slice of such ids */
    CA_TYPE_ENUM,       /* uint8, see ca_enum_name */
    CA_TYPE_ID,         /* slice of bytes: an identifier, only compared and joined */
    CA_TYPE_TEXT,       /* slice of bytes */
    CA_TYPE_INTERVALS   /* slice of pairs of day numbers; CA_DATE_MAX = open */
} ca_type;

typedef enum ca_level { CA_LEVEL_CLAIM, CA_LEVEL_LINE, CA_LEVEL_PATIENT, CA_LEVEL_PROVIDER, CA_LEVEL_SITE } ca_level;

/* CA_F_CLAIM_ID …: index of a field in ca_fields and of its column in every schema. */
enum {
#define CA_FIELD(NAME, name, TYPE, family, LEVEL, unit, meaning) CA_F_##NAME,
#include "claim/fields.def"
#undef CA_FIELD
    CA_FIELD_COUNT
};

typedef struct ca_field {
    const char *name;
    ca_type type;
    const char *family;     /* code family, "" for others */
    ca_level level;
    const char *unit;
    const char *meaning;
} ca_field;

extern const ca_field ca_fields[CA_FIELD_COUNT];

const char *ca_type_name(ca_type type);      /* "int", "money" … as `claimaudit fields` prints them */
const char *ca_level_name(ca_level level);
bool ca_field_find(ca_text name, unsigned *ret_field);

/* Enumerations: claim_type, claim_status, sex. */
enum { CA_PROFESSIONAL, CA_INPATIENT, CA_OUTPATIENT, CA_PHARMACY, CA_DENTAL, CA_OTHER, CA_CLAIM_TYPES };
enum { CA_ORIGINAL, CA_REPLACEMENT, CA_VOID, CA_REVERSAL, CA_DENIED, CA_STATUSES };
enum { CA_SEX_M, CA_SEX_F, CA_SEX_X, CA_SEXES };
size_t ca_enum_count(unsigned field);                         /* 0 when the field is no enumeration */
const char *ca_enum_name(unsigned field, unsigned value);
bool ca_enum_find(unsigned field, ca_text name, uint8_t *ret_value);

/* The roles under which a claim names a provider; each gives the provider facts a prefix. */
typedef enum ca_role {
    CA_ROLE_BILLING, CA_ROLE_FACILITY, CA_ROLE_ATTENDING, CA_ROLE_RENDERING, CA_ROLE_REFERRING,
    CA_ROLE_PRESCRIBER, CA_ROLE_PHARMACY, CA_ROLE_COUNT
} ca_role;
const char *ca_role_name(ca_role role);        /* "billing" … */
unsigned ca_role_field(ca_role role);          /* CA_F_BILLING_PROVIDER_ID … */

/* A column of a run's schema. The first CA_FIELD_COUNT columns are the dictionary in order; then come
 * CA_ROLE_COUNT × 4 provider facts (specialty, provider_region, provider_level, organisation_id by
 * role: "billing.specialty"); then the profile's "x.name" columns. */
#define CA_PROVIDER_FACTS 4
#define CA_COLUMN_ROLES CA_FIELD_COUNT
#define CA_COLUMN_SITE (CA_FIELD_COUNT + CA_ROLE_COUNT * CA_PROVIDER_FACTS)
#define CA_SITE_COLUMNS_MAX 64

typedef struct ca_column_def {
    const char *name;        /* as written in expressions: "paid", "billing.specialty", "x.tooth" */
    ca_type type;
    const char *family;
    ca_level level;          /* CA_LEVEL_CLAIM or _LINE for x. columns, as the profile says */
    unsigned field;          /* dictionary field it comes from; CA_FIELD_COUNT for x. columns */
    bool joined;             /* a patient or provider fact */
} ca_column_def;

typedef struct ca_schema {
    ca_column_def columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    unsigned count;
} ca_schema;

void ca_schema_init(ca_schema *schema);        /* dictionary and provider columns */
/* full_name is "x.tooth"; false when there is no room, the name is taken or lacks "x.", or the level is not
 * CLAIM or LINE. The texts are borrowed. */
bool ca_schema_add_site(ca_schema *schema, const char *full_name, ca_type type, const char *family,
                        ca_level level, unsigned *ret_column);
bool ca_schema_find(const ca_schema *schema, ca_text name, unsigned *ret_column);
unsigned ca_schema_provider(ca_role role, unsigned provider_field);   /* column of e.g. billing.specialty */
/* Closest column name for "did you mean", or NULL. */
const char *ca_schema_closest(const ca_schema *schema, ca_text name);

/* Identifiers that stand for nobody: empty, all zeros, all nines, UNKNOWN, NA, N/A, NONE, NULL (any case). */
bool ca_is_placeholder(ca_text identifier);

#endif
