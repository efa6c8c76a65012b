/* Whether the cells of a column can be what its header says, and what they suggest where it says nothing. */
#include <string.h>

#include "map/guess_inner.h"

static bool most(size_t part, const guess_column *column, unsigned percent)
{
    return part * 100 >= column->filled * percent;
}

static bool is_date(const guess_column *column)
{
    return column->dates.best >= 0;
}

static bool has_decimals(const guess_column *column)
{
    return column->numbers.point_decimal + column->numbers.comma_decimal + column->numbers.money >
           0;
}

static bool are_numbers(const guess_column *column)
{
    return most(column->numbers.count, column, 90);
}

/* At least half of a few words are kinds of claims; the rest is then "other". */
static bool are_types(const guess_column *column)
{
    const char *type;
    size_t known = 0;
    for (size_t i = 0; i < column->few_count; i++) {
        known += ca_guess_claim_type(column->few[i], &type);
    }
    return known > 0 && known * 2 >= column->few_count;
}

/* A few words without a digit, each many times: no identifiers. */
static bool are_words(const guess_column *column)
{
    for (size_t i = 0; i < column->few_count; i++) {
        for (size_t k = 0; k < column->few[i].len; k++) {
            if (column->few[i].ptr[k] >= '0' && column->few[i].ptr[k] <= '9') {
                return false;
            }
        }
    }
    return column->few_count > 0 && column->distinct * 3 <= column->filled;
}

static bool all_sexes(const guess_column *column, bool *ret_sure)
{
    const char *sex;
    size_t known = 0;
    bool sure;
    *ret_sure = true;
    for (size_t i = 0; i < column->few_count; i++) {
        if (ca_guess_sex(column->few[i], &sex, &sure)) {
            known++;
            *ret_sure &= sure;
        }
    }
    *ret_sure &= known > 1 && known == column->few_count;
    return known > 0 && known + 2 >= column->few_count;
}

static bool all_flags(const guess_column *column)
{
    bool set;
    for (size_t i = 0; i < column->few_count; i++) {
        if (!ca_guess_flag(column->few[i], &set)) {
            return false;
        }
    }
    return column->few_count > 0 && column->few_count <= 3;
}

static bool are_statuses(const guess_column *column)
{
    uint8_t value;
    for (size_t i = 0; i < column->few_count; i++) {
        if (!ca_enum_find(CA_F_CLAIM_STATUS, column->few[i], &value)) {
            return false;
        }
    }
    return column->few_count > 0;
}

/* --- Whether cells can be what the header says ---------------------------------------------- */

static bool code_fits(const guess_column *column, const ca_field *field)
{
    if (strcmp(field->family, "diagnosis") == 0) {
        return most(column->icd10 + column->icd9, column, 60);
    }
    bool date = is_date(column) && column->digit_cells == 0;
    return !date && column->numbers.money == 0 && column->longest <= 64;
}

static bool enum_fits(const guess_column *column, unsigned target)
{
    bool sure;
    switch (target) {
    case CA_F_SEX:
        return all_sexes(column, &sure);
    case CA_F_CLAIM_TYPE:
        return are_types(column);
    default:
        return are_statuses(column);
    }
}

static bool field_fits(const guess_column *column, unsigned target)
{
    const ca_field *field = &ca_fields[target];
    switch (field->type) {
    case CA_TYPE_DATE:
        return is_date(column);
    case CA_TYPE_MONEY:
    case CA_TYPE_DECIMAL:
        return are_numbers(column) && (!is_date(column) || has_decimals(column));
    case CA_TYPE_INT:
        return target == CA_F_SERVICE_MINUTE
                   ? most(column->clock, column, 90)
                   : are_numbers(column) && !has_decimals(column) && column->longest <= 12;
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
        return code_fits(column, field);
    case CA_TYPE_ENUM:
        return enum_fits(column, target);
    case CA_TYPE_ID:
        return !(is_date(column) && column->digit_cells == 0) && !has_decimals(column) &&
               !are_words(column);
    case CA_TYPE_INTERVALS:
    case CA_TYPE_TEXT:
        return true;
    }
    return true;
}

bool ca_guess_fits(const guess_column *column, unsigned target)
{
    if (column->filled == 0) {
        return true;
    }
    if (target == GUESS_FLAG) {
        return all_flags(column);
    }
    return target >= CA_FIELD_COUNT || field_fits(column, target);
}

/* --- Without words -------------------------------------------------------------------------- */

unsigned ca_guess_value_target(const guess_file *file, const guess_column *column)
{
    bool claims = file->records == CA_RECORDS_CLAIMS;
    bool sure;
    if (column->filled == 0 || column->cell_count > 1) {
        return GUESS_NOTHING;
    }
    if (claims && are_types(column)) {
        return CA_F_CLAIM_TYPE;
    }
    if (file->records != CA_RECORDS_PROVIDERS && all_sexes(column, &sure) && sure) {
        return CA_F_SEX;
    }
    if (claims && !file->header && is_date(column)) {
        return CA_F_SERVICE_DATE;
    }
    if (claims && !file->header && are_numbers(column) && has_decimals(column)) {
        return CA_F_PAID;
    }
    bool codes = most(column->icd10, column, 90) && most(column->pointed, column, 50) &&
                 column->longest > 3 && column->distinct > 1 && column->digit_cells == 0;
    return claims && codes && (!file->header || column->list) ? CA_F_PRINCIPAL_DIAGNOSIS
                                                              : GUESS_NOTHING;
}

bool ca_guess_like_id(const guess_file *file, const guess_column *column)
{
    return column->filled * 10 >= file->row_count * 9 && column->distinct > 1 &&
           column->shortest >= 4 && !is_date(column) && !has_decimals(column) &&
           !most(column->pointed, column, 50);
}
