/* How a draft says numbers are written, gathered over the mapped columns of a file. */
#include <stdio.h>
#include <string.h>

#include "map/guess_inner.h"

bool ca_guess_is_amount(const guess_column *column)
{
    if (column->extra) {
        return strcmp(column->extra_type, "money") == 0 ||
               strcmp(column->extra_type, "decimal") == 0;
    }
    ca_type type = column->target < CA_FIELD_COUNT ? ca_fields[column->target].type : CA_TYPE_TEXT;
    return type == CA_TYPE_MONEY || type == CA_TYPE_DECIMAL;
}

static bool is_money(const guess_column *column)
{
    return column->target < CA_FIELD_COUNT && ca_fields[column->target].type == CA_TYPE_MONEY;
}

/* Amounts of money speak before counts and quantities. */
static guess_numbers sum_numbers(const guess_file *file)
{
    guess_numbers sum = {0};
    bool money = false;
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_numbers *one = &file->columns[i].numbers;
        money |= is_money(&file->columns[i]) && one->point_decimal + one->comma_decimal > 0;
    }
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_numbers *one = &file->columns[i].numbers;
        if (!ca_guess_is_amount(&file->columns[i]) || (money && !is_money(&file->columns[i]))) {
            continue;
        }
        sum.count += one->count;
        sum.point_decimal += one->point_decimal;
        sum.comma_decimal += one->comma_decimal;
        sum.open += one->open;
        sum.group = one->group ? one->group : sum.group;
        sum.trailing_minus |= one->trailing_minus;
        sum.parentheses |= one->parentheses;
        sum.money += one->money;
        sum.more_currencies |= one->more_currencies || (one->money && sum.currency[0] &&
                                                        strcmp(one->currency, sum.currency) != 0);
        if (one->money) {
            memcpy(sum.currency, one->currency, sizeof sum.currency);
        }
    }
    return sum;
}

char ca_guess_point(const guess_file *file, bool *ret_open)
{
    guess_numbers sum = sum_numbers(file);
    *ret_open = sum.point_decimal == 0 && sum.comma_decimal == 0 && sum.open > 0;
    return sum.comma_decimal > sum.point_decimal ? ',' : '.';
}

bool ca_guess_other_numbers(const guess_file *file, const guess_column *column)
{
    bool open;
    const guess_numbers *one = &column->numbers;
    if (!ca_guess_is_amount(column) || one->count == 0) {
        return false;
    }
    return ca_guess_point(file, &open) == ',' ? one->point_decimal > one->comma_decimal
                                              : one->comma_decimal > one->point_decimal;
}

ca_number_format ca_guess_number_format(const guess_file *file, const guess_column *column)
{
    bool open;
    guess_numbers sum = sum_numbers(file);
    char point = ca_guess_point(file, &open);
    ca_number_format format = {
        .point = point, .trailing_minus = sum.trailing_minus, .parentheses = sum.parentheses};
    format.group = sum.group && sum.group != point ? sum.group : point == ',' ? '.' : '\0';
    memcpy(format.currency, sum.currency, sizeof sum.currency);
    if (column && ca_guess_other_numbers(file, column)) {
        return point == ',' ? (ca_number_format){.point = '.'}
                            : (ca_number_format){.point = ',', .group = '.'};
    }
    return format;
}

static void put_part(guess_writer *writer, const char **comma, const char *part)
{
    ca_guess_put(writer, "%s%s", *comma, part);
    *comma = ", ";
}

static void put_format(guess_writer *writer, const ca_number_format *format, unsigned indent)
{
    char text[40];
    const char *comma = "";
    ca_guess_put(writer, "%*snumbers: {", (int)indent, "");
    if (format->point == ',') {
        put_part(writer, &comma, "point: \",\"");
    }
    if (format->group) {
        (void)snprintf(text, sizeof text, "group: \"%c\"", format->group);
        put_part(writer, &comma, text);
    }
    if (*format->currency) {
        (void)snprintf(text, sizeof text, "currency: \"%s\"", format->currency);
        put_part(writer, &comma, text);
    }
    if (format->trailing_minus) {
        put_part(writer, &comma, "trailing_minus: yes");
    }
    if (format->parentheses) {
        put_part(writer, &comma, "parentheses: yes");
    }
    ca_guess_put(writer, "}\n");
}

void ca_guess_put_numbers(guess_writer *writer, const guess_file *file, unsigned indent)
{
    bool open;
    ca_number_format format = ca_guess_number_format(file, NULL);
    (void)ca_guess_point(file, &open);
    if (open) {
        ca_guess_ask(
            writer, indent,
            "Do points or commas stand before three decimals, or between thousands? No number tells.",
            (ca_text){0});
    }
    if (sum_numbers(file).more_currencies) {
        ca_guess_ask(
            writer, indent,
            "Amounts have several currency signs: are they one currency? Only one sign can be read.",
            (ca_text){0});
    }
    bool plain = format.point == '.' && !format.group && !*format.currency &&
                 !format.trailing_minus && !format.parentheses;
    if (!plain) {
        put_format(writer, &format, indent);
    }
}
