/* Literals and parameters: a text between quotes becomes a code, a value of an enumeration, an
 * identifier or a text by what it is compared with. */
#include <stdio.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"
#include "rules/slips.h"

const ca_parameter *ca_check_parameter(const ca_kind_check *check, const ca_phrase *phrase)
{
    if (phrase->kind != CA_PHRASE_NAME)
        return NULL;
    for (size_t i = 0; i < check->rule->parameter_count; i++)
        if (ca_text_is(phrase->name, check->rule->parameters[i].name))
            return &check->rule->parameters[i];
    return NULL;
}

bool ca_check_is_text(const ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_parameter *parameter = ca_check_parameter(check, phrase);
    return phrase->kind == CA_PHRASE_STRING ||
           (parameter != NULL && parameter->value->kind == CA_NODE_STRING);
}

/* Names of the systems of a family, for a message. */
static void list_systems(const ca_codes *codes, const char *family, char *text, size_t size)
{
    text[0] = '\0';
    for (unsigned i = 0; i < codes->system_count; i++)
        if (strcmp(codes->systems[i].family, family) == 0)
            ca_list_add(text, size, codes->systems[i].name);
}

/* The system that the literal names, or the family's only one. Takes "system:" off *text. */
static bool system_of(ca_kind_check *check, size_t at, ca_text *text, const char *family,
                      uint8_t *ret_system)
{
    const ca_codes *codes = check->codes;
    const char *colon = memchr(text->ptr, ':', text->len);
    ca_text name = {text->ptr, colon == NULL ? 0 : (size_t)(colon - text->ptr)};
    uint8_t system = CA_SYSTEM_NONE;
    if (colon != NULL && ca_codes_find_system(codes, name, &system)) {
        if (strcmp(codes->systems[system].family, family) != 0) {
            ca_check_error(
                check, at,
                "'%s' is a system of the family '%s'; here a code of the family '%s' stands",
                codes->systems[system].name, codes->systems[system].family, family);
            return false;
        }
        *text = ca_text_sub(*text, name.len + 1, text->len);
        *ret_system = system;
        return true;
    }
    *ret_system = ca_codes_only_system(codes, family);
    if (*ret_system != CA_SYSTEM_NONE)
        return true;
    char systems[160];
    list_systems(codes, family, systems, sizeof(systems));
    if (systems[0] == '\0')
        ca_check_error(check, at,
                       "no code system of the family '%s' is declared; add one to the vocabulary",
                       family);
    else if (colon != NULL)
        ca_check_error(check, at, "there is no code system '%.*s'; the family '%s' has %s",
                       ca_say_len(name), name.ptr, family, systems);
    else
        ca_check_error(check, at, "codes of the family '%s' name their system (%s): '%.*s:%.*s'",
                       family, systems, (int)strcspn(systems, ","), systems, ca_say_len(*text),
                       text->ptr);
    return false;
}

bool ca_check_code(ca_kind_check *check, size_t at, ca_text text, const char *family, bool prefix,
                   uint8_t *ret_system, ca_text *ret_code)
{
    char code[CA_CODE_MAX];
    size_t len = 0;
    if (!system_of(check, at, &text, family, ret_system))
        return false;
    ca_system system = check->codes->systems[*ret_system];
    if (prefix)
        system.pad_to = 0;
    if (!ca_codes_normalise(&system, text, code, &len)) {
        ca_check_error(check, at, "'%.*s' cannot be a code of the system '%s'", ca_say_len(text),
                       text.ptr, system.name);
        return false;
    }
    if (ca_arena_text(check->arena, (ca_text){code, len}, ret_code) != 0) {
        check->nomem = true;
        return false;
    }
    return true;
}

bool ca_check_choice(ca_kind_check *check, size_t at, ca_text text, unsigned field,
                     uint8_t *ret_choice)
{
    if (ca_enum_find(field, text, ret_choice))
        return true;
    for (unsigned i = 0; i < ca_enum_count(field); i++) {
        if (!ca_slip_same(text, ca_enum_name(field, i)))
            continue;
        ca_check_error(check, at, "write '%s' instead of '%.*s'", ca_enum_name(field, i),
                       ca_say_len(text), text.ptr);
        *ret_choice = (uint8_t)i;
        return true;
    }
    char choices[200] = "";
    char choice[40];
    for (unsigned i = 0; i < ca_enum_count(field); i++) {
        snprintf(choice, sizeof(choice), "'%s'", ca_enum_name(field, i));
        ca_list_add(choices, sizeof(choices), choice);
    }
    ca_check_error(check, at, "%s is never '%.*s'; it is one of %s", ca_fields[field].name,
                   ca_say_len(text), text.ptr, choices);
    return false;
}

/* '01.03.2024' where a date belongs. */
static void quoted_date(ca_kind_check *check, size_t at, ca_text text)
{
    ca_date days[2];
    char one[CA_DATE_SIZE];
    char other[CA_DATE_SIZE] = "";
    size_t count = ca_date_parse_iso(text, &days[0]) ? 1 : ca_slip_date(text, days);
    if (count == 0) {
        ca_check_error(check, at, "a date is written 2024-12-31, without quotes");
        return;
    }
    ca_date_print(days[0], one);
    if (count > 1)
        ca_date_print(days[1], other);
    ca_check_error(check, at, "write %s%s%s instead of '%.*s'", one, count > 1 ? " or " : "", other,
                   ca_say_len(text), text.ptr);
}

static bool is_amount(ca_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("0123456789.,", text.ptr[i]) == NULL)
            return false;
    return text.len > 0 && text.ptr[0] != '.' && text.ptr[0] != ',';
}

/* '12,50' where a number belongs. */
static void quoted_number(ca_kind_check *check, size_t at, ca_text text)
{
    char number[CA_SLIP_NUMBER_SIZE];
    char other[CA_SLIP_NUMBER_SIZE];
    if (is_amount(text) && ca_slip_number(text, number, other))
        ca_check_error(check, at, "write %s%s%s instead of '%.*s'", number,
                       other[0] == '\0' ? "" : " or ", other, ca_say_len(text), text.ptr);
    else
        ca_check_error(check, at, "numbers are written without quotes: 12.5");
}

/* A text where a number or date belongs: most likely one between quotes. */
static void wrong_literal(ca_kind_check *check, size_t at, ca_text text, const ca_expr_type *want)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_type_describe(want, description);
    if (ca_type_is_date(want))
        quoted_date(check, at, text);
    else if (ca_type_is_number(want))
        quoted_number(check, at, text);
    else
        ca_check_error(check, at, "%s cannot be compared with a text", description);
}

static bool fill_literal(ca_kind_check *check, const ca_phrase *phrase, size_t at, ca_text text,
                         const ca_expr_type *want, ca_node *node)
{
    if (text.len == 0) {
        ca_check_error(check, at, "an empty cell is missing: write x is missing instead of x = '', "
                                  "x is present instead of x != ''");
        return false;
    }
    node->type = *want;
    if (ca_type_is_code(want)) {
        node->type.type = CA_TYPE_CODE;
        return ca_check_code(check, at, text, want->family, false, &node->system, &node->text);
    }
    if (!want->condition && want->type == CA_TYPE_ENUM) {
        node->text = ca_text_of(NULL);
        if (!ca_check_choice(check, at, text, want->field, &node->choice))
            return false;
        node->text = ca_text_of(ca_enum_name(want->field, node->choice));
        return true;
    }
    if (want->condition || (want->type != CA_TYPE_ID && want->type != CA_TYPE_TEXT)) {
        if (!phrase->slip || is_amount(text)) /* else its spelling is said, and that it may be a column */
            wrong_literal(check, at, text, want);
        return false;
    }
    if (ca_arena_text(check->arena, text, &node->text) == 0)
        return true;
    check->nomem = true;
    return false;
}

/* A text that is written at `at`: a parameter's is not where it is read. */
static ca_node *literal(ca_kind_check *check, const ca_phrase *phrase, size_t at, ca_text text,
                        const ca_expr_type *want)
{
    if (want == NULL) {
        if (!phrase->slip)
            ca_check_error(check, phrase->start,
                           "a text between quotes needs a column to be compared with");
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_STRING, phrase);
    if (node == NULL || !fill_literal(check, phrase, at, text, want, node))
        return NULL;
    return node;
}

ca_node *ca_check_literal(ca_kind_check *check, const ca_phrase *phrase, ca_text text,
                          const ca_expr_type *want)
{
    return literal(check, phrase, phrase->start, text, want);
}

ca_node *ca_check_parameter_node(ca_kind_check *check, const ca_phrase *phrase,
                                 const ca_parameter *parameter, const ca_expr_type *want)
{
    const ca_node *value = parameter->value;
    if (parameter->bad)
        return NULL;
    if (value->kind == CA_NODE_STRING) {
        size_t at = parameter->overridden ? phrase->start : value->start;
        ca_node *node = literal(check, phrase, at, value->text, want);
        if (node != NULL)
            node->parameter = parameter->name;
        return node;
    }
    ca_node *node = ca_check_node(check, value->kind, phrase);
    if (node == NULL)
        return NULL;
    node->type = value->type;
    node->number = value->number;
    node->date = value->date;
    node->parameter = parameter->name;
    return node;
}
