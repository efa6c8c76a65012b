/* The field dictionary as a table, and the names of its types, levels, enumerations and roles. */
#include "claim/field.h"

const ca_field ca_fields[CA_FIELD_COUNT] = {
#define CA_FIELD(NAME, name, TYPE, family, LEVEL, unit, meaning)                                   \
    {#name, CA_TYPE_##TYPE, family, CA_LEVEL_##LEVEL, unit, meaning},
#include "claim/fields.def"
#undef CA_FIELD
};

const char *ca_type_name(ca_type type)
{
    static const char *const names[] = {
        [CA_TYPE_INT] = "int",     [CA_TYPE_DECIMAL] = "decimal",
        [CA_TYPE_MONEY] = "money", [CA_TYPE_DATE] = "date",
        [CA_TYPE_CODE] = "code",   [CA_TYPE_CODES] = "codes",
        [CA_TYPE_ENUM] = "enum",   [CA_TYPE_ID] = "id",
        [CA_TYPE_TEXT] = "text",   [CA_TYPE_INTERVALS] = "intervals",
    };
    return names[type];
}

const char *ca_level_name(ca_level level)
{
    static const char *const names[] = {
        [CA_LEVEL_CLAIM] = "claim",       [CA_LEVEL_LINE] = "line", [CA_LEVEL_PATIENT] = "patient",
        [CA_LEVEL_PROVIDER] = "provider", [CA_LEVEL_SITE] = "site",
    };
    return names[level];
}

bool ca_field_find(ca_text name, unsigned *ret_field)
{
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        if (ca_text_is(name, ca_fields[field].name)) {
            *ret_field = field;
            return true;
        }
    }
    return false;
}

/* --- Enumerations --------------------------------------------------------------------------- */

static const char *const claim_types[CA_CLAIM_TYPES] = {
    [CA_PROFESSIONAL] = "professional",
    [CA_INPATIENT] = "inpatient",
    [CA_OUTPATIENT] = "outpatient",
    [CA_PHARMACY] = "pharmacy",
    [CA_DENTAL] = "dental",
    [CA_OTHER] = "other",
};

static const char *const statuses[CA_STATUSES] = {
    [CA_ORIGINAL] = "original", [CA_REPLACEMENT] = "replacement", [CA_VOID] = "void",
    [CA_REVERSAL] = "reversal", [CA_DENIED] = "denied",
};

static const char *const sexes[CA_SEXES] = {
    [CA_SEX_M] = "M",
    [CA_SEX_F] = "F",
    [CA_SEX_X] = "X",
};

static const char *const *enum_names(unsigned field, size_t *ret_count)
{
    if (field == CA_F_CLAIM_TYPE) {
        *ret_count = CA_CLAIM_TYPES;
        return claim_types;
    }
    if (field == CA_F_CLAIM_STATUS) {
        *ret_count = CA_STATUSES;
        return statuses;
    }
    *ret_count = field == CA_F_SEX ? CA_SEXES : 0;
    return sexes;
}

size_t ca_enum_count(unsigned field)
{
    size_t count;
    enum_names(field, &count);
    return count;
}

const char *ca_enum_name(unsigned field, unsigned value)
{
    size_t count;
    const char *const *names = enum_names(field, &count);
    return value < count ? names[value] : "";
}

bool ca_enum_find(unsigned field, ca_text name, uint8_t *ret_value)
{
    size_t count;
    const char *const *names = enum_names(field, &count);
    for (size_t value = 0; value < count; value++) {
        if (ca_text_is(name, names[value])) {
            *ret_value = (uint8_t)value;
            return true;
        }
    }
    return false;
}

/* --- Roles ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned field;
} roles[CA_ROLE_COUNT] = {
    [CA_ROLE_BILLING] = {"billing", CA_F_BILLING_PROVIDER_ID},
    [CA_ROLE_FACILITY] = {"facility", CA_F_FACILITY_ID},
    [CA_ROLE_ATTENDING] = {"attending", CA_F_ATTENDING_PROVIDER_ID},
    [CA_ROLE_RENDERING] = {"rendering", CA_F_RENDERING_PROVIDER_ID},
    [CA_ROLE_REFERRING] = {"referring", CA_F_REFERRING_PROVIDER_ID},
    [CA_ROLE_PRESCRIBER] = {"prescriber", CA_F_PRESCRIBER_ID},
    [CA_ROLE_PHARMACY] = {"pharmacy", CA_F_PHARMACY_ID},
};

const char *ca_role_name(ca_role role)
{
    return roles[role].name;
}

unsigned ca_role_field(ca_role role)
{
    return roles[role].field;
}

/* --- Identifiers ---------------------------------------------------------------------------- */

static bool is_all(ca_text text, char c)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != c)
            return false;
    }
    return true;
}

static bool is_word(ca_text text, const char *upper)
{
    ca_text word = ca_text_of(upper);
    if (text.len != word.len)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = text.ptr[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != word.ptr[i])
            return false;
    }
    return true;
}

bool ca_is_placeholder(ca_text identifier)
{
    char first = identifier.len > 0 ? identifier.ptr[0] : '0';
    if (first > ' ' && first != '0' && first != '9' && first != 'U' && first != 'u' && first != 'N' && first != 'n')
        return false;    /* nearly all: this is asked of every line's keys */
    ca_text text = ca_text_trim(identifier);
    return is_all(text, '0') || is_all(text, '9') || is_word(text, "UNKNOWN") ||
           is_word(text, "NA") || is_word(text, "N/A") || is_word(text, "NONE") ||
           is_word(text, "NULL");
}
