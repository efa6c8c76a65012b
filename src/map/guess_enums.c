/* What short values stand for: sex, kind of claim, yes and no. */
#include <string.h>

#include "map/guess_inner.h"

typedef struct meaning {
    const char *word;
    const char *value;
    bool sure;
} meaning;

static const meaning sexes[] = {
    {"m", "M", true},         {"male", "M", true},  {"mann", "M", true},   {"männlich", "M", true},
    {"maennlich", "M", true}, {"man", "M", true},   {"男", "M", true},     {"男性", "M", true},
    {"w", "F", true},         {"f", "F", true},     {"female", "F", true}, {"frau", "F", true},
    {"weiblich", "F", true},  {"woman", "F", true}, {"女", "F", true},     {"女性", "F", true},
    {"d", "X", true},         {"x", "X", true},     {"divers", "X", true}, {"other", "X", true},
    {"1", "M", false},        {"2", "F", false}};

/* Parts of values and of file names; the first that is found counts, so the longer ones come first. */
static const meaning types[] = {{"zahn", "dental", true},
                                {"dental", "dental", true},
                                {"牙", "dental", true},
                                {"口腔", "dental", true},
                                {"pharm", "pharmacy", true},
                                {"apothek", "pharmacy", true},
                                {"arznei", "pharmacy", true},
                                {"rezept", "pharmacy", true},
                                {"drug", "pharmacy", true},
                                {"prescription", "pharmacy", true},
                                {"药店", "pharmacy", true},
                                {"购药", "pharmacy", true},
                                {"药房", "pharmacy", true},
                                {"pde", "pharmacy", true},
                                {"inpatient", "inpatient", true},
                                {"stationär", "inpatient", true},
                                {"stationaer", "inpatient", true},
                                {"krankenhaus", "inpatient", true},
                                {"klinik", "inpatient", true},
                                {"住院", "inpatient", true},
                                {"outpatient", "outpatient", true},
                                {"门诊", "outpatient", true},
                                {"急诊", "outpatient", true},
                                {"ambulanz", "outpatient", true},
                                {"carrier", "professional", true},
                                {"professional", "professional", true},
                                {"physician", "professional", true},
                                {"arzt", "professional", true},
                                {"ärzt", "professional", true},
                                {"ambulant", "professional", true},
                                {"other", "other", true},
                                {"sonstig", "other", true},
                                {"其他", "other", true}};

static const meaning flags[] = {
    {"j", "1", true},  {"ja", "1", true},     {"y", "1", true},     {"yes", "1", true},
    {"1", "1", true},  {"true", "1", true},   {"x", "1", true},     {"是", "1", true},
    {"s", "1", true},  {"storno", "1", true}, {"n", "0", true},     {"nein", "0", true},
    {"no", "0", true}, {"0", "0", true},      {"false", "0", true}, {"否", "0", true}};

#define ROOM 64u

static size_t lower(ca_text text, char *ret_text)
{
    size_t len = text.len < ROOM ? text.len : ROOM;
    for (size_t i = 0; i < len; i++) {
        char c = text.ptr[i];
        ret_text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return len;
}

static const meaning *whole(ca_text cell, const meaning *table, size_t count)
{
    char small[ROOM];
    ca_text text = {small, lower(cell, small)};
    for (size_t i = 0; i < count; i++) {
        if (ca_text_is(text, table[i].word)) {
            return &table[i];
        }
    }
    return NULL;
}

static const meaning *part(ca_text cell, const meaning *table, size_t count)
{
    char small[ROOM];
    size_t len = lower(cell, small);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(table[i].word);
        for (size_t at = 0; at + size <= len; at++) {
            if (memcmp(small + at, table[i].word, size) == 0) {
                return &table[i];
            }
        }
    }
    return NULL;
}

bool ca_guess_sex(ca_text cell, const char **ret_sex, bool *ret_sure)
{
    const meaning *found = whole(cell, sexes, sizeof sexes / sizeof *sexes);
    if (found) {
        *ret_sex = found->value;
        *ret_sure = found->sure;
    }
    return found != NULL;
}

bool ca_guess_claim_type(ca_text cell, const char **ret_type)
{
    const meaning *found = part(cell, types, sizeof types / sizeof *types);
    if (found) {
        *ret_type = found->value;
    }
    return found != NULL;
}

bool ca_guess_flag(ca_text cell, bool *ret_set)
{
    const meaning *found = whole(cell, flags, sizeof flags / sizeof *flags);
    if (found) {
        *ret_set = *found->value == '1';
    }
    return found != NULL;
}

const char *ca_guess_type_of_name(ca_text name)
{
    const meaning *found = part(name, types, sizeof types / sizeof *types);
    return found ? found->value : NULL;
}
