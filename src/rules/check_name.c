/* Names: parameters first, then columns, with what the kind of the rule lets them mean. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/say.h"

/* The prefix before the first point, "" without one. */
static ca_text prefix_of(ca_text name)
{
    const char *point = memchr(name.ptr, '.', name.len);
    return (ca_text){name.ptr, point == NULL ? 0 : (size_t)(point - name.ptr)};
}

/* a. and b. name lines of a pair; no kind built so far has them. */
static bool other_line(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_text prefix = prefix_of(phrase->name);
    const char *kinds = NULL;
    if (ca_text_is(prefix, "a") || ca_text_is(prefix, "b"))
        kinds = "pair, overlap, sequence and absence rules";
    else if (ca_text_is(prefix, "original"))
        kinds = "duplicate rules";
    else if (ca_text_is(prefix, "row"))
        kinds = "rules with 'each'";
    if (kinds == NULL)
        return false;
    ca_text column = ca_text_sub(phrase->name, prefix.len + 1, phrase->name.len);
    ca_check_error(check, phrase->start, "%.*s.%.*s is only known in %s, not in a %s rule",
                   ca_say_len(prefix), prefix.ptr, ca_say_len(column), column.ptr, kinds,
                   check->rule->kind->name);
    return true;
}

static const char *closest_parameter(const ca_kind_check *check, ca_text name)
{
    const char *names[64];
    size_t count = 0;
    for (; count < check->rule->parameter_count && count < 64; count++)
        names[count] = check->rule->parameters[count].name;
    return ca_text_closest(name, names, count);
}

static void unknown_name(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want)
{
    ca_text name = phrase->name;
    ca_aggregate aggregate;
    const char *closest = closest_parameter(check, name);
    if (check->names_lost)
        return;
    if (closest == NULL)
        closest = ca_schema_closest(check->schema, name);
    if (ca_is_function(name) || ca_aggregate_find(name, &aggregate))
        ca_check_error(check, phrase->start, "'%.*s' is a function; write %.*s(…)",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else if (ca_refs_set(check->refs, name) != NULL)
        ca_check_error(check, phrase->start, "'%.*s' is a code set; write 'in set %.*s'",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else if (closest != NULL)
        ca_check_error(check, phrase->start, "unknown column '%.*s'; did you mean '%s'?",
                       ca_say_len(name), name.ptr, closest);
    else if (ca_text_starts(name, CA_TEXT("x.")))
        ca_check_error(
            check, phrase->start,
            "unknown column '%.*s'; x. columns are declared in the profile under 'extra'",
            ca_say_len(name), name.ptr);
    else if (want != NULL && !ca_type_is_number(want) && !ca_type_is_date(want))
        ca_check_error(check, phrase->start,
                       "unknown column '%.*s'; codes and texts stand between quotes: '%.*s'",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else
        ca_check_error(check, phrase->start, "unknown column '%.*s'", ca_say_len(name), name.ptr);
}

/* Provider facts come with a role: whose specialty? */
static bool bare_provider_fact(ca_kind_check *check, const ca_phrase *phrase, unsigned column)
{
    if (column >= CA_FIELD_COUNT || ca_fields[column].level != CA_LEVEL_PROVIDER)
        return false;
    if (column == CA_F_PROVIDER_ID)
        ca_check_error(
            check, phrase->start,
            "say which provider: billing_provider_id, facility_id, attending_provider_id, "
            "rendering_provider_id, referring_provider_id, prescriber_id or pharmacy_id");
    else
        ca_check_error(check, phrase->start,
                       "say whose: billing.%s, facility.%s, attending.%s, rendering.%s, …",
                       ca_fields[column].name, ca_fields[column].name, ca_fields[column].name,
                       ca_fields[column].name);
    return true;
}

/* Level at which a claim knows the column: provider facts follow the column that names the
 * provider. */
static ca_level level_of(const ca_schema *schema, unsigned column)
{
    if (column < CA_COLUMN_ROLES || column >= CA_COLUMN_SITE)
        return schema->columns[column].level;
    ca_role role = (ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS);
    return ca_fields[ca_role_field(role)].level;
}

/* A bare column in a claim rule is one of the claim; amounts of lines are added up. */
static bool of_claim(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    if (level_of(check->schema, node->column) != CA_LEVEL_LINE)
        return true;
    if (node->column == CA_F_PAID || node->column == CA_F_CHARGE || node->column == CA_F_ALLOWED) {
        node->claim_amount = true;
        return true;
    }
    const char *name = check->schema->columns[node->column].name;
    if (node->column == CA_F_SERVICE_DATE)
        ca_check_error(
            check, phrase->start,
            "service_date belongs to lines; in a claim rule write from_date or min(service_date)");
    else
        ca_check_error(
            check, phrase->start,
            "%s belongs to lines; in a claim rule it stands inside an aggregate: any(%s …), sum(…), count(where …)",
            name, name);
    return false;
}

ca_node *ca_check_name(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want)
{
    const ca_parameter *parameter = ca_check_parameter(check, phrase);
    if (parameter != NULL)
        return ca_check_parameter_node(check, phrase, parameter, want);
    unsigned column = 0;
    if (!ca_schema_find(check->schema, phrase->name, &column)) {
        if (!other_line(check, phrase))
            unknown_name(check, phrase, want);
        return NULL;
    }
    if (bare_provider_fact(check, phrase, column))
        return NULL;
    ca_node *node = ca_check_node(check, CA_NODE_COLUMN, phrase);
    if (node == NULL)
        return NULL;
    node->column = column;
    node->type = ca_type_of_column(&check->schema->columns[column]);
    node->of_lines = check->in_aggregate || check->scope.of_lines;
    if (check->scope.claim && !check->in_aggregate && !of_claim(check, phrase, node))
        return NULL;
    return node;
}
