/* Reads values in the notation of the canonical CSV. */
#include "map/canonical.h"

#include <string.h>

#include "base/decimal.h"
#include "claim/codes.h"

/* A part is multiplied by 1,000 to compose line numbers. */
#define PART_MAX INT64_C(1000000000000)

bool ca_integer_allowed(unsigned column, int64_t value)
{
    if (column == CA_F_SERVICE_MINUTE) {
        return value >= 0 && value < 24 * 60;
    }
    if (column == CA_F_CLAIM_PART) {
        return value >= 0 && value <= PART_MAX;
    }
    return true;
}

static bool read_integer(unsigned column, ca_text text, ca_cell *cell)
{
    return ca_text_to_int(text, &cell->as.number) && ca_integer_allowed(column, cell->as.number);
}

bool ca_canonical_read(unsigned column, ca_type type, ca_text text, ca_cell *ret_cell)
{
    ca_cell cell = {.present = true};
    bool good = false;
    switch (type) {
    case CA_TYPE_INT:
        good = read_integer(column, text, &cell);
        break;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        good = ca_decimal_parse_plain(text, &cell.as.number);
        break;
    case CA_TYPE_DATE:
        good = ca_date_parse_iso(text, &cell.as.date);
        break;
    case CA_TYPE_ENUM:
        good = ca_enum_find(column, text, &cell.as.choice);
        break;
    case CA_TYPE_ID:
        cell.as.text = text;
        good = text.len > 0 && text.len <= CA_ID_MAX;
        break;
    case CA_TYPE_TEXT:
        cell.as.text = text;
        good = text.len > 0;
        break;
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
        good = text.len > 0 && text.len <= CA_CODE_MAX;
        break;
    case CA_TYPE_INTERVALS:
        break;
    }
    if (good) {
        *ret_cell = cell;
    }
    return good;
}

const char *ca_canonical_form(unsigned column, ca_type type)
{
    switch (type) {
    case CA_TYPE_INT:
        return column == CA_F_SERVICE_MINUTE ? "a minute of the day, 0 to 1439" : "a whole number";
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return "a number as 12.50";
    case CA_TYPE_DATE:
        return "a date as 2024-12-31";
    case CA_TYPE_ENUM:
        return "one of a few words";
    case CA_TYPE_ID:
        return "an identifier of 1 to 256 bytes";
    case CA_TYPE_TEXT:
        return "a text that is not empty";
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
        return "a code of 1 to 64 bytes";
    case CA_TYPE_INTERVALS:
        return "a list of intervals, which cannot be a constant";
    }
    return "";
}

void ca_canonical_choices(unsigned field, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (unsigned value = 0; value < ca_enum_count(field); value++) {
        const char *name = ca_enum_name(field, value);
        size_t len = strlen(name);
        if (used + len + 3 > size) {
            return;
        }
        memcpy(ret_text + used, ", ", 2);
        used += used > 0 ? 2 : 0;
        memcpy(ret_text + used, name, len + 1);
        used += len;
    }
}
