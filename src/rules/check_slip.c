/* Slips whose correction depends on what a column is, so that only the checker can say it. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"
#include "rules/slips.h"

ca_node *ca_check_slip(ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_expr_type number = ca_type_plain(CA_TYPE_DECIMAL);
    for (size_t i = 0; i < phrase->arg_count; i++) {
        const ca_phrase *arg = phrase->args[i];
        if (arg->kind < CA_PHRASE_NUMBER)
            ca_check_condition_of(check, arg);
        else if (!ca_check_is_text(check, arg))
            ca_check_value_of(check, arg, &number);
    }
    return NULL;
}

/* The source of a phrase, for "%.*s". */
static ca_text source_of(const ca_kind_check *check, const ca_phrase *phrase)
{
    return (ca_text){check->conf.file->source.ptr + phrase->start, phrase->end - phrase->start};
}

void ca_check_contains(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left)
{
    if (left == NULL)
        return;
    ca_text column = source_of(check, phrase->args[0]);
    ca_text value = source_of(check, phrase->args[1]);
    if (!left->type.condition && left->type.type == CA_TYPE_CODES)
        ca_check_error(check, phrase->start, "write %.*s has %.*s instead of %.*s",
                       ca_say_len(column), column.ptr, ca_say_len(value), value.ptr,
                       ca_say_len(source_of(check, phrase)), source_of(check, phrase).ptr);
    else
        ca_check_error(check, phrase->start,
                       "there is no search inside a text: write %.*s starts with 'V4', or in "
                       "codes('V40'..'V49')",
                       ca_say_len(column), column.ptr);
}

void ca_check_bare_list(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_text column = source_of(check, phrase->args[0]);
    const ca_phrase_member *first = &phrase->members[0];
    const ca_phrase_member *second = &phrase->members[phrase->member_count > 1 ? 1 : 0];
    if (!ca_type_is_number(&left->type) && !ca_type_is_date(&left->type))
        ca_check_error(check, phrase->start, "%s is not compared with a list",
                       ca_type_describe(&left->type, description));
    else if (first->range)
        ca_check_error(check, phrase->start, "write %.*s between %.*s and %.*s instead of a list",
                       ca_say_len(column), column.ptr, ca_say_len(first->low), first->low.ptr,
                       ca_say_len(first->high), first->high.ptr);
    else if (phrase->member_count == 1)
        ca_check_error(check, phrase->start, "write %.*s = %.*s instead of a list",
                       ca_say_len(column), column.ptr, ca_say_len(first->low), first->low.ptr);
    else
        ca_check_error(check, phrase->start,
                       "write %.*s = %.*s or %.*s = %.*s%s instead of a list: lists are for codes "
                       "and texts",
                       ca_say_len(column), column.ptr, ca_say_len(first->low), first->low.ptr,
                       ca_say_len(column), column.ptr, ca_say_len(second->low), second->low.ptr,
                       phrase->member_count > 2 ? " or \xE2\x80\xA6" : "");
}

void ca_check_bare_set(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_text name = phrase->name;
    if (ca_refs_set(check->refs, name) != NULL)
        ca_check_error(check, phrase->name_at, "write set %.*s instead of %.*s", ca_say_len(name),
                       name.ptr, ca_say_len(name), name.ptr);
    else
        ca_check_error(
            check, phrase->name_at,
            "write ('%.*s'), codes('A'..'B') or set NAME instead of %.*s: a list or a set follows",
            ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
}

bool ca_check_foreign_call(ca_kind_check *check, const ca_phrase *phrase)
{
    const char *instead = ca_slip_function(phrase->name);
    if (instead == NULL)
        return false;
    ca_check_error(check, phrase->start, "there is no '%.*s': %s", ca_say_len(phrase->name),
                   phrase->name.ptr, instead);
    return true;
}

bool ca_check_table_column(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_text name = phrase->name;
    unsigned column;
    size_t from = name.len;
    while (from > 0 && name.ptr[from - 1] != '.')
        from--;
    ca_text last = ca_text_sub(name, from, name.len);
    if (from == 0 || ca_text_starts(name, CA_TEXT("x.")) ||
        !ca_schema_find(check->schema, last, &column))
        return false;
    if (column < CA_FIELD_COUNT && ca_fields[column].level == CA_LEVEL_PROVIDER)
        ca_check_error(check, phrase->start,
                       "say whose: billing.%.*s, facility.%.*s, attending.%.*s, rendering.%.*s, "
                       "\xE2\x80\xA6 instead of %.*s",
                       ca_say_len(last), last.ptr, ca_say_len(last), last.ptr, ca_say_len(last),
                       last.ptr, ca_say_len(last), last.ptr, ca_say_len(name), name.ptr);
    else
        ca_check_error(check, phrase->start, "write %.*s instead of %.*s", ca_say_len(last),
                       last.ptr, ca_say_len(name), name.ptr);
    return true;
}
