/* How cells write numbers: what stands for the decimal point, what groups thousands, signs and currencies. */
#include <string.h>

#include "map/guess_inner.h"

static const char *const currencies[] = {"€",   "$",   "£",   "¥",   "￥",  "元",
                                         "EUR", "USD", "CHF", "GBP", "CNY", "RMB"};

typedef struct number_shape {
    ca_text digits; /* with separators, without sign and currency */
    bool negative, trailing_minus, parentheses;
    const char *currency;
    size_t points, commas, others;
    char other;    /* blank or apostrophe between digits */
    size_t behind; /* digits behind the last point or comma */
    char last;     /* that point or comma, 0 = none */
} number_shape;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool cut_end(ca_text *text, const char *what)
{
    size_t len = strlen(what);
    if (text->len < len || memcmp(text->ptr + text->len - len, what, len) != 0) {
        return false;
    }
    text->len -= len;
    return true;
}

static bool cut_front(ca_text *text, const char *what)
{
    if (!ca_text_starts(*text, ca_text_of(what))) {
        return false;
    }
    *text = ca_text_sub(*text, strlen(what), text->len);
    return true;
}

/* Blanks that are not in ASCII also stand between number and sign. */
static void trim(ca_text *text)
{
    do {
        *text = ca_text_trim(*text);
    } while (cut_front(text, "\xC2\xA0") || cut_end(text, "\xC2\xA0") ||
             cut_front(text, "\xE2\x80\xAF") || cut_end(text, "\xE2\x80\xAF"));
}

static void take_sign(ca_text *text, number_shape *shape)
{
    trim(text);
    if (cut_front(text, "-") || cut_front(text, "−")) {
        shape->negative = true;
    } else {
        (void)cut_front(text, "+");
    }
    if (!shape->negative && text->len > 1 && cut_end(text, "-")) {
        shape->negative = shape->trailing_minus = true;
    }
    if (text->len > 2 && text->ptr[0] == '(' && text->ptr[text->len - 1] == ')') {
        *text = ca_text_sub(*text, 1, text->len - 2);
        shape->negative = shape->parentheses = true;
    }
    trim(text);
}

static void take_currency(ca_text *text, number_shape *shape)
{
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies && !shape->currency; i++) {
        if (cut_front(text, currencies[i]) || cut_end(text, currencies[i])) {
            shape->currency = currencies[i];
        }
    }
}

/* Digits in groups of three behind the first separator. */
static bool grouped(ca_text digits, char separator)
{
    size_t run = 0;
    bool seen = false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == separator) {
            if (run == 0 || run > 3 || (seen && run != 3)) {
                return false;
            }
            seen = true;
            run = 0;
        } else if (is_digit(digits.ptr[i])) {
            run++;
        } else {
            return !seen || run == 3;
        }
    }
    return !seen || run == 3;
}

static bool take_digits(number_shape *shape)
{
    size_t digits = 0;
    for (size_t i = 0; i < shape->digits.len; i++) {
        char c = shape->digits.ptr[i];
        if (is_digit(c)) {
            digits++;
            shape->behind += shape->last != 0;
        } else if (c == '.' || c == ',') {
            shape->last = c;
            shape->behind = 0;
            shape->points += c == '.';
            shape->commas += c == ',';
        } else if ((c == ' ' || c == '\'') && !shape->last && i > 0) {
            shape->others++;
            shape->other = c;
        } else {
            return false;
        }
    }
    return digits > 0 && digits <= 18;
}

/* A cell that is a number in some notation. */
static bool read_shape(ca_text cell, number_shape *ret_shape)
{
    number_shape shape = {0};
    if (cell.len == 0 || cell.len > 40) {
        return false;
    }
    take_sign(&cell, &shape);
    take_currency(&cell, &shape);
    take_sign(&cell, &shape);
    shape.digits = cell;
    if (!take_digits(&shape) || (shape.others && !grouped(cell, shape.other))) {
        return false;
    }
    if (shape.points > 1 && shape.commas > 1) {
        return false;
    }
    if (shape.points + shape.commas > 1) {
        char group = shape.last == '.' && shape.points == 1 ? ',' : '.';
        group = shape.last == ',' && shape.commas > 1   ? ','
                : shape.last == '.' && shape.points > 1 ? '.'
                                                        : group;
        if (!grouped(cell, group)) {
            return false;
        }
    }
    *ret_shape = shape;
    return true;
}

bool ca_guess_is_number(ca_text cell)
{
    number_shape shape;
    return read_shape(cell, &shape);
}

static void count_separators(const number_shape *shape, guess_numbers *numbers)
{
    if (shape->points && shape->commas) {
        bool point = shape->last == '.';
        numbers->point_decimal += point;
        numbers->comma_decimal += !point;
        numbers->group = point ? ',' : '.';
    } else if (shape->points + shape->commas > 1) {
        numbers->group = shape->points ? '.' : ',';
        numbers->comma_decimal += shape->points != 0;
        numbers->point_decimal += shape->commas != 0;
    } else if (shape->last && shape->behind == 3 && !shape->others && shape->digits.ptr[0] != '0') {
        numbers->open++;
    } else if (shape->last) {
        numbers->point_decimal += shape->last == '.';
        numbers->comma_decimal += shape->last == ',';
    } else if (!shape->others) {
        numbers->whole++;
    }
    if (shape->others) {
        numbers->group = shape->other;
    }
}

void ca_guess_number(ca_text cell, guess_numbers *numbers)
{
    number_shape shape;
    if (!read_shape(cell, &shape)) {
        return;
    }
    numbers->count++;
    numbers->negative += shape.negative;
    numbers->trailing_minus |= shape.trailing_minus;
    numbers->parentheses |= shape.parentheses;
    count_separators(&shape, numbers);
    if (shape.currency) {
        numbers->money++;
        numbers->more_currencies |=
            numbers->currency[0] && strcmp(numbers->currency, shape.currency) != 0;
        memcpy(numbers->currency, shape.currency, strlen(shape.currency) + 1);
    }
}
