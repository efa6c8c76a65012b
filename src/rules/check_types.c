/* Types of expressions: which go together, and how a message calls them. */
#include <stdio.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"

ca_expr_type ca_type_plain(ca_type type)
{
    return (ca_expr_type){.type = type, .family = "", .field = CA_FIELD_COUNT};
}

ca_expr_type ca_type_of_column(const ca_column_def *column)
{
    return (ca_expr_type){.type = column->type, .family = column->family, .field = column->field};
}

bool ca_type_is_number(const ca_expr_type *type)
{
    return !type->condition && (type->type == CA_TYPE_INT || type->type == CA_TYPE_DECIMAL ||
                                type->type == CA_TYPE_MONEY);
}

bool ca_type_is_date(const ca_expr_type *type)
{
    return !type->condition && type->type == CA_TYPE_DATE;
}

bool ca_type_is_code(const ca_expr_type *type)
{
    return !type->condition && (type->type == CA_TYPE_CODE || type->type == CA_TYPE_CODES);
}

bool ca_type_same(const ca_expr_type *a, const ca_expr_type *b)
{
    if (a->condition || b->condition)
        return false;
    if (ca_type_is_number(a) || ca_type_is_number(b))
        return ca_type_is_number(a) && ca_type_is_number(b);
    if (a->type != b->type)
        return false;
    if (a->type == CA_TYPE_CODE || a->type == CA_TYPE_CODES)
        return strcmp(a->family, b->family) == 0;
    return a->type != CA_TYPE_ENUM || a->field == b->field;
}

const char *ca_type_describe(const ca_expr_type *type, char text[CA_DESCRIPTION_SIZE])
{
    static const char *const plain[] = {
        [CA_TYPE_INT] = "a whole number",
        [CA_TYPE_DECIMAL] = "a number",
        [CA_TYPE_MONEY] = "an amount of money",
        [CA_TYPE_DATE] = "a date",
        [CA_TYPE_ID] = "an identifier",
        [CA_TYPE_TEXT] = "a text",
        [CA_TYPE_INTERVALS] = "a list of intervals",
    };
    if (type->condition)
        snprintf(text, CA_DESCRIPTION_SIZE, "a condition");
    else if (type->type == CA_TYPE_CODE)
        snprintf(text, CA_DESCRIPTION_SIZE, "a code of the family '%.*s'",
                 ca_say_len(ca_text_of(type->family)), type->family);
    else if (type->type == CA_TYPE_CODES)
        snprintf(text, CA_DESCRIPTION_SIZE, "a list of codes of the family '%.*s'",
                 ca_say_len(ca_text_of(type->family)), type->family);
    else if (type->type == CA_TYPE_ENUM)
        snprintf(text, CA_DESCRIPTION_SIZE, "a value of '%s'",
                 type->field < CA_FIELD_COUNT ? ca_fields[type->field].name : "");
    else
        snprintf(text, CA_DESCRIPTION_SIZE, "%s", plain[type->type]);
    return text;
}

void ca_list_add(char *text, size_t size, const char *name)
{
    size_t len = strlen(text);
    const char *comma = len == 0 ? "" : ", ";
    if (len + strlen(comma) + strlen(name) + sizeof(" …") <= size)
        snprintf(text + len, size - len, "%s%s", comma, name);
    else if (len + sizeof(" …") <= size && (len < 3 || strcmp(text + len - 3, "…") != 0))
        snprintf(text + len, size - len, " …");
}
