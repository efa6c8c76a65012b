/* Numbers of a line as sums of columns, and columns as keys. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/say.h"

#define FACTOR_MAX INT64_C(1000000000)

/* --- Sums of columns -------------------------------------------------------------------------- */

typedef enum trouble { FINE, NOT_LINEAR, TOO_MANY, TOO_LARGE } trouble;

typedef struct adding {
    const ca_schema *schema;
    ca_feature_number *number;
} adding;

static trouble add_column(const adding *to, unsigned column, int64_t factor)
{
    ca_feature_number *number = to->number;
    const ca_column_def *def = &to->schema->columns[column];
    size_t i = 0;
    if (def->type == CA_TYPE_INT || def->type == CA_TYPE_DATE)
        factor *= CA_DECIMAL_ONE;
    number->money |= def->type == CA_TYPE_MONEY;
    while (i < number->count && number->column[i] != column)
        i++;
    if (i == CA_FEATURE_ADDENDS_MAX)
        return TOO_MANY;
    if (i == number->count) {
        number->column[i] = column;
        number->factor[i] = 0;
        number->count++;
    }
    number->factor[i] += factor;
    return number->factor[i] > FACTOR_MAX * CA_DECIMAL_ONE || number->factor[i] < -FACTOR_MAX * CA_DECIMAL_ONE ? TOO_LARGE
                                                                                                             : FINE;
}

/* A literal in 1/10,000; false when it has more places or is large. */
static bool fixed(const ca_node *node, int64_t scale, int64_t *ret_value)
{
    if (node->kind != CA_NODE_NUMBER || node->number.d > CA_DECIMAL_ONE || scale % (int64_t)node->number.d != 0)
        return false;
    if (node->number.n > FACTOR_MAX || node->number.n < -FACTOR_MAX)
        return false;
    *ret_value = (int64_t)node->number.n * (scale / (int64_t)node->number.d);
    return true;
}

static trouble add(const adding *to, const ca_node *node, int64_t times);

static trouble add_both(const adding *to, const ca_node *node, int64_t first, int64_t second)
{
    trouble one = add(to, node->args[0], first);
    return one != FINE ? one : add(to, node->args[1], second);
}

static trouble add_product(const adding *to, const ca_node *node, int64_t times)
{
    int64_t by = 0;
    bool left = fixed(node->args[0], 1, &by);
    if (!left && !fixed(node->args[1], 1, &by))
        return NOT_LINEAR;
    if (__builtin_mul_overflow(times, by, &times) || times > FACTOR_MAX || times < -FACTOR_MAX)
        return TOO_LARGE;
    return add(to, node->args[left ? 1 : 0], times);
}

static trouble add(const adding *to, const ca_node *node, int64_t times)
{
    int64_t constant = 0;
    if (node->kind == CA_NODE_COLUMN)
        return add_column(to, node->column, times);
    if (node->kind == CA_NODE_ADD || node->kind == CA_NODE_SUB)
        return add_both(to, node, times, node->kind == CA_NODE_ADD ? times : -times);
    if (node->kind == CA_NODE_NEGATE)
        return add(to, node->args[0], -times);
    if (node->kind == CA_NODE_MUL)
        return add_product(to, node, times);
    if (node->kind == CA_NODE_CALL && node->function == CA_FN_DAYS_BETWEEN)
        return add_both(to, node, -times, times);
    if (!fixed(node, CA_DECIMAL_ONE, &constant))
        return NOT_LINEAR;
    if (__builtin_mul_overflow(constant, times, &constant) ||
        __builtin_add_overflow(to->number->constant, constant, &to->number->constant))
        return TOO_LARGE;
    return FINE;
}

/* Columns in their order, so that paid + charge is charge + paid. */
static void sort(ca_feature_number *number)
{
    for (size_t i = 1; i < number->count; i++) {
        for (size_t k = i; k > 0 && number->column[k - 1] > number->column[k]; k--) {
            unsigned column = number->column[k];
            int64_t factor = number->factor[k];
            number->column[k] = number->column[k - 1];
            number->factor[k] = number->factor[k - 1];
            number->column[k - 1] = column;
            number->factor[k - 1] = factor;
        }
    }
}

uint32_t ca_feature_number_of(ca_feature_reader *reader, ca_node *node)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_feature_number number = {.node = node};
    const adding to = {reader->check.schema, &number};
    if (!ca_type_is_number(&node->type)) {
        ca_check_error(&reader->check, node->start, "a number is expected here, but this is %s",
                       ca_type_describe(&node->type, description));
        return CA_NO_INDEX;
    }
    switch (add(&to, node, 1)) {
    case FINE:
        break;
    case NOT_LINEAR:
        ca_check_error(&reader->check, node->start,
                       "a feature adds up columns: sums and differences of them, whole multiples, and days_between(from, "
                       "to); conditions belong into 'where'");
        return CA_NO_INDEX;
    case TOO_MANY:
        ca_check_error(&reader->check, node->start, "this adds up more than %d columns", CA_FEATURE_ADDENDS_MAX);
        return CA_NO_INDEX;
    case TOO_LARGE:
        ca_check_error(&reader->check, node->start, "a factor is at most 1,000,000,000 here");
        return CA_NO_INDEX;
    }
    if (number.count == 0) {
        ca_check_error(&reader->check, node->start, "this is the same number on every line; name a column");
        return CA_NO_INDEX;
    }
    sort(&number);
    return ca_feature_put_number(reader, &number);
}

__extension__ typedef __int128 wide;

bool ca_feature_number_at(const ca_feature_number *number, const ca_batch *lines, unsigned row, int64_t *ret_value)
{
    wide sum = number->constant;
    for (size_t i = 0; i < number->count; i++) {
        const ca_column *column = &lines->columns[number->column[i]];
        if (!ca_batch_has(lines, number->column[i], row))
            return false;
        bool date = lines->schema->columns[number->column[i]].type == CA_TYPE_DATE;
        sum += (wide)number->factor[i] * (date ? column->as.date[row] : column->as.number[row]);
    }
    if (sum > INT64_MAX || sum < INT64_MIN)
        return false;
    *ret_value = (int64_t)sum;
    return true;
}

/* --- Keys --------------------------------------------------------------------------------------- */

static bool key_type(ca_feature_reader *reader, size_t at, unsigned column)
{
    char description[CA_DESCRIPTION_SIZE];
    const ca_column_def *def = &reader->check.schema->columns[column];
    if (def->type != CA_TYPE_CODES && def->type != CA_TYPE_INTERVALS)
        return true;
    const ca_expr_type type = ca_type_of_column(def);
    ca_check_error(&reader->check, at, "lines are grouped by single values, and %s is %s", def->name,
                   ca_type_describe(&type, description));
    return false;
}

/* In the order of columns: (a, b) groups as (b, a) does. */
static bool key_add(ca_feature_reader *reader, size_t at, unsigned column, ca_feature_key *key)
{
    size_t i = key->count;
    if (key->count == CA_FEATURE_KEYS_MAX) {
        ca_check_error(&reader->check, at, "lines are grouped by at most %d columns", CA_FEATURE_KEYS_MAX);
        return false;
    }
    for (; i > 0 && key->column[i - 1] >= column; i--) {
        if (key->column[i - 1] == column) {
            ca_check_error(&reader->check, at, "%s stands twice", reader->check.schema->columns[column].name);
            return false;
        }
    }
    memmove(key->column + i + 1, key->column + i, (key->count - i) * sizeof(key->column[0]));
    key->column[i] = column;
    key->count++;
    return true;
}

uint32_t ca_feature_key_of(ca_feature_reader *reader, ca_phrase *const *phrases, size_t count, size_t at,
                           const char *what)
{
    ca_feature_key key = {.count = 0};
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        if (phrases[i]->kind != CA_PHRASE_NAME && phrases[i]->kind != CA_PHRASE_SLIP) {
            ca_check_error(&reader->check, phrases[i]->start, "%s(…) groups lines by columns; name a column here", what);
            good = false;
            continue;
        }
        const ca_node *node = ca_check_value_of(&reader->check, phrases[i], NULL);
        good = node != NULL && node->kind == CA_NODE_COLUMN && key_type(reader, phrases[i]->start, node->column) &&
               key_add(reader, phrases[i]->start, node->column, &key) && good;
    }
    if (count == 0)
        ca_check_error(&reader->check, at, "%s(…) groups lines by columns; name one, as in %s(patient_id)", what, what);
    return good && count > 0 ? ca_feature_put_key(reader, &key) : CA_NO_INDEX;
}

static bool named(ca_feature_reader *reader, const ca_yaml *item, ca_feature_key *key)
{
    ca_text name;
    unsigned column = 0;
    if (!ca_conf_text(&reader->check.conf, item, &name))
        return false;
    if (!ca_schema_find(reader->check.schema, name, &column)) {
        const char *closest = ca_schema_closest(reader->check.schema, name);
        ca_conf_error(&reader->check.conf, item, "unknown column '%.*s'%s%s%s", ca_say_len(name), name.ptr,
                      closest == NULL ? "" : "; did you mean '", closest == NULL ? "" : closest,
                      closest == NULL ? "" : "'?");
        return false;
    }
    return !ca_check_roleless(&reader->check, item->start, column) && key_type(reader, item->start, column) &&
           key_add(reader, item->start, column, key);
}

uint32_t ca_feature_key_named(ca_feature_reader *reader, const ca_yaml *list)
{
    ca_feature_key key = {.count = 0};
    bool good = true;
    for (const ca_yaml *item = list->child; item != NULL; item = item->next)
        good = named(reader, item, &key) && good;
    return good && key.count > 0 ? ca_feature_put_key(reader, &key) : CA_NO_INDEX;
}
