/* Names: parameters first, then columns, with what the kind of the rule lets them mean. */
#include <stdio.h>
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

static const char *const side_prefixes[CA_SIDES] = {"", "a", "b", "original"};

const char *ca_side_prefix(ca_side side)
{
    return side_prefixes[side];
}

/* The side that a prefix names; CA_SIDE_UNIT for none. */
static ca_side side_named(ca_text prefix)
{
    for (ca_side side = CA_SIDE_A; side < CA_SIDES; side++)
        if (ca_text_is(prefix, side_prefixes[side]))
            return side;
    return CA_SIDE_UNIT;
}

/* A prefix of lines that this expression does not have. */
static bool other_line(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_text prefix = prefix_of(phrase->name);
    ca_side side = side_named(prefix);
    const ca_kind *kind = check->rule->kind;
    const char *kinds = NULL;
    if (side == CA_SIDE_A || side == CA_SIDE_B)
        kinds = "pair, overlap, sequence and absence rules";
    else if (side == CA_SIDE_ORIGINAL)
        kinds = "duplicate rules";
    else if (ca_text_is(prefix, "row"))
        kinds = "rules with 'each'";
    if (kinds == NULL)
        return false;
    if (ca_text_is(prefix, "row") && ca_conf_get(&check->conf, check->conf.file->root, "each") != NULL)
        return true; /* what is wrong with it is said there */
    ca_text column = ca_text_sub(phrase->name, prefix.len + 1, phrase->name.len);
    if (side != CA_SIDE_UNIT && (kind->scope.sides & 1u << side) != 0)
        ca_check_error(check, phrase->start, "this looks at one line at a time: write %.*s, without %s.",
                       ca_say_len(column), column.ptr, side_prefixes[side]);
    else if (side == CA_SIDE_B && (kind->scope.sides & 1u << CA_SIDE_A) != 0)
        ca_check_error(check, phrase->start, "b is the line that is not there: only 'without' speaks of it");
    else
        ca_check_error(check, phrase->start, "%.*s.%.*s is only known in %s, not in %s %s rule", ca_say_len(prefix),
                       prefix.ptr, ca_say_len(column), column.ptr, kinds, ca_say_article(kind->name), kind->name);
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

/* `name` is the phrase's without the prefix of a side; `prefix` is "a." or "". */
static void unknown_name(ca_kind_check *check, const ca_phrase *phrase, ca_text name, const char *prefix,
                         const ca_expr_type *want)
{
    ca_aggregate aggregate;
    ca_given given;
    const char *closest = closest_parameter(check, name);
    if (check->names_lost || ca_check_table_column(check, phrase))
        return;
    if (closest == NULL)
        closest = ca_schema_closest(check->schema, name);
    if (ca_is_function(name) || ca_aggregate_find(name, &aggregate) || ca_given_find(name, true, &given))
        ca_check_error(check, phrase->start, "'%.*s' is a function; write %.*s(…)",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else if (ca_refs_set(check->refs, name) != NULL)
        ca_check_error(check, phrase->start, "'%.*s' is a code set; write 'in set %.*s'",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else if (closest != NULL)
        ca_check_error(check, phrase->start, "unknown column '%s%.*s'; did you mean '%s%s'?", prefix,
                       ca_say_len(name), name.ptr, prefix, closest);
    else if (ca_text_starts(name, CA_TEXT("x.")))
        ca_check_error(
            check, phrase->start,
            "unknown column '%s%.*s'; x. columns are declared in the profile under 'extra'",
            prefix, ca_say_len(name), name.ptr);
    else if (want != NULL && !ca_type_is_number(want) && !ca_type_is_date(want))
        ca_check_error(check, phrase->start,
                       "unknown column '%s%.*s'; codes and texts stand between quotes: '%.*s'", prefix,
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr);
    else
        ca_check_error(check, phrase->start, "unknown column '%s%.*s'", prefix, ca_say_len(name), name.ptr);
}

/* Provider facts come with a role: whose specialty? */
bool ca_check_roleless(ca_kind_check *check, size_t at, unsigned column)
{
    if (column >= CA_FIELD_COUNT || ca_fields[column].level != CA_LEVEL_PROVIDER)
        return false;
    if (column == CA_F_PROVIDER_ID)
        ca_check_error(
            check, at,
            "say which provider: billing_provider_id, facility_id, attending_provider_id, "
            "rendering_provider_id, referring_provider_id, prescriber_id or pharmacy_id");
    else
        ca_check_error(check, at,
                       "say whose: billing.%s, facility.%s, attending.%s, rendering.%s, …",
                       ca_fields[column].name, ca_fields[column].name, ca_fields[column].name,
                       ca_fields[column].name);
    return true;
}

/* Level at which a claim knows the column: provider facts follow the column that names the
 * provider. */
ca_level ca_column_level(const ca_schema *schema, unsigned column)
{
    if (column < CA_COLUMN_ROLES || column >= CA_COLUMN_SITE)
        return schema->columns[column].level;
    ca_role role = (ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS);
    return ca_fields[ca_role_field(role)].level;
}

/* A column outside of aggregates, where rows are claims, is one of the claim; amounts of lines are added up. */
static bool of_claim(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    if (ca_column_level(check->schema, node->column) != CA_LEVEL_LINE)
        return true;
    if (node->column == CA_F_PAID || node->column == CA_F_CHARGE || node->column == CA_F_ALLOWED) {
        node->claim_amount = true;
        return true;
    }
    const char *where = check->rule->keys.of_claims ? "with 'level: claim'" : "in a claim rule";
    ca_text name = phrase->name;
    if (node->column == CA_F_SERVICE_DATE)
        ca_check_error(check, phrase->start, "%.*s belongs to lines; %s write %s%sfrom_date or min(%.*s)",
                       ca_say_len(name), name.ptr, where, ca_side_prefix(node->side), node->side ? "." : "",
                       ca_say_len(name), name.ptr);
    else
        ca_check_error(
            check, phrase->start,
            "%.*s belongs to lines; %s it stands inside an aggregate: any(%.*s …), sum(…), count(where …)",
            ca_say_len(name), name.ptr, where, ca_say_len(name), name.ptr);
    return false;
}

/* --- Columns that stand alone ---------------------------------------------------------------- */

/* What all lines of a group have in common: its columns, and what these say about a patient or a provider. */
static bool in_common(const ca_kind_check *check, unsigned column)
{
    const ca_rule_keys *keys = &check->rule->keys;
    const ca_column_def *def = &check->schema->columns[column];
    if (ca_key_columns_has(&keys->same, column) || ca_key_columns_has(&keys->peers, column))
        return true;
    if (column == CA_F_SERVICE_DATE && (check->scope.given & 1u << CA_GIVEN_WINDOW_START) != 0)
        return true; /* the day of the window */
    if (column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE)
        return ca_key_columns_has(&keys->same,
                                  ca_role_field((ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS)));
    return def->level == CA_LEVEL_PATIENT && ca_key_columns_has(&keys->same, CA_F_PATIENT_ID);
}

static void not_in_common(ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_kind *kind = check->rule->kind;
    ca_text name = phrase->name;
    if (check->keys_lost)
        return;
    if ((check->scope.sides & 1u << CA_SIDE_B) != 0)
        ca_check_error(check, phrase->start, "say of which line: a.%.*s or b.%.*s; alone stand only columns of '%s'",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr, kind->group_key);
    else if (check->scope.sides != 0)
        ca_check_error(check, phrase->start, "write a.%.*s; alone stand only columns of '%s'", ca_say_len(name),
                       name.ptr, kind->group_key);
    else
        ca_check_error(check, phrase->start,
                       "%.*s belongs to lines; it stands inside an aggregate, any(%.*s …), sum(…), count(where …), "
                       "or among the columns of '%s'",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr, kind->group_key);
}

/* An aggregate counts over the lines of one side: of a, of b, or of the unit. */
static bool joins_aggregate(ca_kind_check *check, const ca_phrase *phrase, ca_side side)
{
    ca_text name = phrase->name;
    if (side == CA_SIDE_UNIT && check->scope.keys_only && check->scope.sides != 0) {
        ca_check_error(check, phrase->start, "say of which claim: a.%.*s or b.%.*s", ca_say_len(name), name.ptr,
                       ca_say_len(name), name.ptr);
        return false;
    }
    if (check->aggregate_side != CA_SIDES && check->aggregate_side != side) {
        ca_check_error(check, phrase->start, "an aggregate counts over the lines of one claim, not of two");
        return false;
    }
    check->aggregate_side = side;
    return true;
}

/* --- Names ------------------------------------------------------------------------------------ */

static ca_node *column_node(ca_kind_check *check, const ca_phrase *phrase, unsigned column, ca_side side, bool prefixed)
{
    if (check->in_aggregate && !joins_aggregate(check, phrase, side))
        return NULL;
    if (check->scope.keys_only && !prefixed && !check->in_aggregate && !in_common(check, column)) {
        not_in_common(check, phrase);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_COLUMN, phrase);
    if (node == NULL)
        return NULL;
    node->column = column;
    node->side = side;
    node->type = ca_type_of_column(&check->schema->columns[column]);
    node->of_lines = check->in_aggregate || check->scope.of_lines;
    if (check->scope.claim && !check->in_aggregate && !of_claim(check, phrase, node))
        return NULL;
    return node;
}

ca_node *ca_check_name(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want)
{
    const ca_parameter *parameter = ca_check_parameter(check, phrase);
    ca_given given;
    if (parameter != NULL)
        return ca_check_parameter_node(check, phrase, parameter, want);
    if (ca_given_find(phrase->name, false, &given))
        return ca_check_given(check, phrase, given);
    ca_text prefix = prefix_of(phrase->name);
    if (ca_text_is(prefix, "row") && check->rule->keys.each != NULL)
        return ca_check_row(check, phrase, ca_text_sub(phrase->name, prefix.len + 1, phrase->name.len));
    ca_side side = side_named(prefix);
    bool prefixed = side != CA_SIDE_UNIT && (check->scope.sides & 1u << side) != 0;
    ca_text name = prefixed ? ca_text_sub(phrase->name, prefix.len + 1, phrase->name.len) : phrase->name;
    unsigned column = 0;
    if (!ca_schema_find(check->schema, name, &column)) {
        char before[12] = "";
        if (prefixed)
            snprintf(before, sizeof(before), "%s.", side_prefixes[side]);
        if (prefixed || !other_line(check, phrase))
            unknown_name(check, phrase, name, before, want);
        return NULL;
    }
    if (ca_check_roleless(check, phrase->start, column))
        return NULL;
    return column_node(check, phrase, column, prefixed ? side : check->scope.bare, prefixed);
}
