/* What a site says of rules: values of their parameters, and which do not run. Applied to a set, and
 * checked: what nothing takes must not be lost in silence. */
#include "rules/ruleset.h"

#include <string.h>

#include "base/alloc.h"
#include "conf/shown.h"
#include "rules/ruleset_parts.h"

int ca_ruleset_change(ca_ruleset *set, const ca_override *said, ca_error *err)
{
    ca_override made = *said;
    ca_override *overrides =
        ca_ruleset_room(set->overrides, set->override_count, sizeof(*overrides));
    if (overrides == NULL)
        return ca_error_nomem(err);
    set->overrides = overrides;
    made.file = ca_arena_cstr(&set->arena, ca_text_of(said->file));
    if (made.file == NULL || ca_arena_text(&set->arena, said->rule, &made.rule) != 0 ||
        ca_arena_text(&set->arena, said->parameter, &made.parameter) != 0 ||
        ca_arena_text(&set->arena, said->value, &made.value) != 0)
        return ca_error_nomem(err);
    set->overrides[set->override_count++] = made;
    return 0;
}

int ca_ruleset_override(ca_ruleset *set, ca_text rule, ca_text parameter, ca_text value,
                        ca_error *err)
{
    const ca_override said = {.rule = rule, .parameter = parameter, .value = value};
    return ca_ruleset_change(set, &said, err);
}

/* A rule whose file has errors is not in the set, but it is there: that it is refused is said. */
static bool is_broken(const ca_diags *diags, ca_text id)
{
    for (size_t i = 0; i < diags->count; i++) {
        const char *file = diags->items[i].file;
        const char *slash = strrchr(file, '/');
        ca_text name = ca_text_of(slash == NULL ? file : slash + 1);
        if (diags->items[i].severity == CA_DIAG_ERROR && name.len == id.len + 5 &&
            ca_text_starts(name, id) && strcmp(name.ptr + id.len, ".yaml") == 0)
            return true;
    }
    return false;
}

static bool said_before(const ca_ruleset *set, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ca_text_eq(set->overrides[i].rule, set->overrides[index].rule))
            return true;
    return false;
}

/* Once for each rule, whatever is said of it. */
static int say_no_rule(const ca_ruleset *set, size_t index, ca_diags *diags, ca_error *err)
{
    const ca_override *said = &set->overrides[index];
    if (said_before(set, index) || is_broken(diags, said->rule))
        return 0;
    const char **ids = ca_realloc_array(NULL, set->count + 1, sizeof(*ids));
    if (ids == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < set->count; i++)
        ids[i] = set->rules[i]->id;
    const char *closest = ca_text_closest(said->rule, ids, set->count);
    ca_diag_add(diags, said->optional ? CA_DIAG_WARNING : CA_DIAG_ERROR, said->file, said->line,
                said->column, "there is no rule '%s' among those that are loaded%s%s%s",
                ca_shown_of(said->rule).text, closest ? "; did you mean '" : "",
                closest ? closest : "", closest ? "'?" : "");
    ca_free(ids);
    return 0;
}

static int say_no_parameter(const ca_rule *rule, const ca_override *said, ca_diags *diags,
                            ca_error *err)
{
    const char **names = ca_realloc_array(NULL, rule->parameter_count + 1, sizeof(*names));
    if (names == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < rule->parameter_count; i++)
        names[i] = rule->parameters[i].name;
    const char *closest = ca_text_closest(said->parameter, names, rule->parameter_count);
    if (rule->parameter_count == 0)
        ca_diag_add(diags, CA_DIAG_ERROR, said->file, said->line, said->column,
                    "the rule %s has no parameters", rule->id);
    else
        ca_diag_add(diags, CA_DIAG_ERROR, said->file, said->line, said->column,
                    "the rule %s has no parameter '%s'; %s '%s'%s", rule->id,
                    ca_shown_of(said->parameter).text,
                    closest ? "did you mean" : "its first one is", closest ? closest : names[0],
                    closest ? "?" : "");
    ca_free(names);
    return 0;
}

static const char *type_words(const ca_parameter *parameter)
{
    if (parameter->value->kind == CA_NODE_DATE)
        return "a date such as 2020-12-31";
    return parameter->value->kind == CA_NODE_NUMBER ? "a number" : "a text";
}

static int check_parameter(const ca_rule *rule, const ca_override *said, ca_diags *diags,
                           ca_error *err)
{
    for (size_t i = 0; i < rule->parameter_count; i++) {
        const ca_parameter *parameter = &rule->parameters[i];
        if (!ca_text_is(said->parameter, parameter->name))
            continue;
        if (!parameter->overridden)
            ca_diag_add(diags, CA_DIAG_ERROR, said->file, said->line, said->column,
                        "the parameter '%s' of the rule %s is %s, not '%s'", parameter->name,
                        rule->id, type_words(parameter), ca_shown_of(said->value).text);
        return 0;
    }
    return say_no_parameter(rule, said, diags, err);
}

int ca_ruleset_settle_site(ca_ruleset *set, ca_diags *diags, ca_error *err)
{
    int code = 0;
    for (size_t i = 0; i < set->override_count && code == 0; i++) {
        ca_override *said = &set->overrides[i];
        ca_rule *rule = ca_ruleset_find(set, said->rule);
        said->used = rule != NULL;
        if (rule == NULL)
            code = say_no_rule(set, i, diags, err);
        else if (said->parameter.len == 0)
            rule->status = CA_RULE_OFF;
        else
            code = check_parameter(rule, said, diags, err);
    }
    return code;
}
