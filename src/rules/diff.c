/* Compares two versions of a rule part by part. */
#include "rules/diff.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/explain.h"
#include "rules/kind.h"
#include "rules/mutate_parts.h"
#include "rules/print.h"

typedef struct side {
    const ca_ruleset *set;
    const ca_rule *rule;
} side;

typedef struct comparison {
    side old, new;
    ca_arena *arena;
    ca_rule_change *items;    /* heap */
    size_t count, cap;
    bool nomem;
} comparison;

static void add(comparison *c, bool logic, const char *what, const char *before, const char *after)
{
    ca_rule_change *items = c->nomem ? NULL : ca_grown_array(c->items, c->count, &c->cap, sizeof(*items));
    if (items == NULL || what == NULL) {
        c->nomem = true;
        c->items = items == NULL ? c->items : items;
        return;
    }
    c->items = items;
    items[c->count++] = (ca_rule_change){what, before, after, logic};
}

/* Texts that may be NULL: nothing there. */
static void add_if_other(comparison *c, bool logic, const char *what, const char *before, const char *after)
{
    bool same = before == NULL || after == NULL ? before == after : strcmp(before, after) == 0;
    if (!same)
        add(c, logic, what, before, after);
}

static const char *keep(comparison *c, ca_buf *text)
{
    const char *copy = text->failed ? NULL : ca_arena_cstr(c->arena, ca_buf_text(text));
    c->nomem |= copy == NULL;
    ca_buf_done(text);
    return copy == NULL ? "" : copy;
}

static const char *named(comparison *c, const char *what, const char *name)
{
    const char *text = ca_arena_printf(c->arena, "%s %s", what, name);
    c->nomem |= text == NULL;
    return text;
}

/* --- Conditions -------------------------------------------------------------------------------- */

static const char *source_of(comparison *c, const side *s, const ca_node *node)
{
    ca_buf text;
    ca_buf_init(&text);
    if (node->end > node->start)
        ca_print_source(s->rule, node, &text);
    else
        ca_print_expression(s->set, node, &text);
    return keep(c, &text);
}

static const char *logic_of(comparison *c, const side *s, const ca_node *node)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_print_logic(s->set, node, &text);
    return keep(c, &text);
}

static size_t list_leaves(comparison *c, const side *s, const ca_node *node, const char **into, size_t count)
{
    if (node->kind > CA_NODE_NOT) {
        if (count < CA_RULE_LEAVES_MAX)
            into[count++] = source_of(c, s, node);
        return count;
    }
    for (size_t i = 0; i < node->arg_count; i++)
        count = list_leaves(c, s, node->args[i], into, count);
    return count;
}

/* Takes the text off the list; false when it is not there. */
static bool take(const char **list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] != NULL && strcmp(list[i], text) == 0) {
            list[i] = NULL;
            return true;
        }
    }
    return false;
}

/* The conditions that are gone and those that are new; where they are the same, how they are joined. */
static void compare_leaves(comparison *c, const char *what, const ca_node *before, const ca_node *after)
{
    const char *old[CA_RULE_LEAVES_MAX];
    const char *new[CA_RULE_LEAVES_MAX];
    size_t old_count = list_leaves(c, &c->old, before, old, 0);
    size_t new_count = list_leaves(c, &c->new, after, new, 0);
    bool some = false;
    for (size_t i = 0; i < old_count; i++)
        if (take(new, new_count, old[i]))
            old[i] = NULL;
    for (size_t i = 0; i < old_count; i++)
        if (old[i] != NULL) {
            add(c, true, what, old[i], NULL);
            some = true;
        }
    for (size_t i = 0; i < new_count; i++)
        if (new[i] != NULL) {
            add(c, true, what, NULL, new[i]);
            some = true;
        }
    if (!some)
        add_if_other(c, true, what, source_of(c, &c->old, before), source_of(c, &c->new, after));
}

static void compare_node(comparison *c, const char *what, const ca_node *before, const ca_node *after, bool leaves)
{
    if (before == NULL && after == NULL)
        return;
    if (before == NULL || after == NULL) {
        add(c, true, what, before == NULL ? NULL : source_of(c, &c->old, before),
            after == NULL ? NULL : source_of(c, &c->new, after));
        return;
    }
    if (strcmp(logic_of(c, &c->old, before), logic_of(c, &c->new, after)) == 0)
        return;
    if (leaves)
        compare_leaves(c, what, before, after);
    else
        add_if_other(c, true, what, source_of(c, &c->old, before), source_of(c, &c->new, after));
}

/* --- Parameters, exceptions, keys --------------------------------------------------------------- */

static const char *parameter_value(comparison *c, const ca_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->parameter_count; i++) {
        if (strcmp(rule->parameters[i].name, name) != 0)
            continue;
        ca_buf text;
        ca_buf_init(&text);
        ca_parameter_print(&rule->parameters[i], &text);
        return keep(c, &text);
    }
    return NULL;
}

static void compare_parameters(comparison *c)
{
    const ca_rule *old = c->old.rule;
    const ca_rule *new = c->new.rule;
    for (size_t i = 0; i < old->parameter_count; i++) {
        const char *name = old->parameters[i].name;
        add_if_other(c, true, named(c, "parameter", name), parameter_value(c, old, name), parameter_value(c, new, name));
    }
    for (size_t i = 0; i < new->parameter_count; i++)
        if (parameter_value(c, old, new->parameters[i].name) == NULL)
            add(c, true, named(c, "parameter", new->parameters[i].name), NULL, parameter_value(c, new, new->parameters[i].name));
}

static const ca_unless *exception(const ca_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->unless_count; i++)
        if (strcmp(rule->unless[i].name, name) == 0)
            return &rule->unless[i];
    return NULL;
}

static void compare_exceptions(comparison *c)
{
    const ca_rule *old = c->old.rule;
    const ca_rule *new = c->new.rule;
    for (size_t i = 0; i < old->unless_count; i++) {
        const ca_unless *other = exception(new, old->unless[i].name);
        compare_node(c, named(c, "unless", old->unless[i].name), old->unless[i].when, other == NULL ? NULL : other->when, true);
    }
    for (size_t i = 0; i < new->unless_count; i++)
        if (exception(old, new->unless[i].name) == NULL)
            compare_node(c, named(c, "unless", new->unless[i].name), NULL, new->unless[i].when, true);
}

static const char *key_text(comparison *c, const side *s, const char *key)
{
    ca_buf text;
    ca_buf_init(&text);
    bool has = ca_kind_has_key(s->rule->kind, ca_text_of(key)) && ca_print_key(s->set, s->rule, key, false, &text);
    const char *kept = keep(c, &text);
    return has ? kept : NULL;
}

static void compare_keys(comparison *c)
{
    const ca_kind *kinds[] = {c->old.rule->kind, c->new.rule->kind};
    add_if_other(c, true, "kind", kinds[0]->name, kinds[1]->name);
    for (size_t k = 0; k < (kinds[0] == kinds[1] ? 1u : 2u); k++) {
        for (const char *const *key = kinds[k]->keys; *key != NULL; key++) {
            bool seen = k == 1 && ca_kind_has_key(kinds[0], ca_text_of(*key));
            if (!seen)
                add_if_other(c, true, *key, key_text(c, &c->old, *key), key_text(c, &c->new, *key));
        }
    }
}

static const char *effective(comparison *c, const side *s)
{
    char from[CA_DATE_SIZE];
    char to[CA_DATE_SIZE];
    const ca_rule *rule = s->rule;
    if (!rule->has_effective)
        return NULL;
    ca_date_print(rule->effective_from, from);
    ca_date_print(rule->effective_to, to);
    const char *text = ca_arena_printf(c->arena, "%s .. %s on %s", from, rule->effective_to == CA_DATE_MAX ? "open" : to,
                                       s->set->schema->columns[rule->effective_on].name);
    c->nomem |= text == NULL;
    return text;
}

/* --- Sets and tables ----------------------------------------------------------------------------- */

static const char *rows(comparison *c, size_t count, bool bound)
{
    const char *text = bound ? ca_arena_printf(c->arena, "%zu rows", count) : "without rows: left to the site";
    c->nomem |= text == NULL;
    return text;
}

static void add_content(comparison *c, const char *what, const char *before, const char *after)
{
    add(c, true, what, before, strcmp(before, after) == 0 ? "as many, of which some are others" : after);
}

static void compare_sets(comparison *c)
{
    for (size_t i = 0; i < c->old.rule->set_count; i++) {
        const ca_codeset *old = c->old.rule->sets[i];
        for (size_t k = 0; k < c->new.rule->set_count; k++) {
            const ca_codeset *new = c->new.rule->sets[k];
            if (strcmp(ca_codeset_name(old), ca_codeset_name(new)) == 0 &&
                ca_digest_cmp(ca_codeset_digest(old), ca_codeset_digest(new)) != 0)
                add_content(c, named(c, "set", ca_codeset_name(old)), rows(c, ca_codeset_rows(old), ca_codeset_bound(old)),
                            rows(c, ca_codeset_rows(new), ca_codeset_bound(new)));
        }
    }
    for (size_t i = 0; i < c->old.rule->table_count; i++) {
        const ca_reftable *old = c->old.rule->tables[i];
        for (size_t k = 0; k < c->new.rule->table_count; k++) {
            const ca_reftable *new = c->new.rule->tables[k];
            if (strcmp(ca_reftable_name(old), ca_reftable_name(new)) == 0 &&
                ca_digest_cmp(ca_reftable_digest(old), ca_reftable_digest(new)) != 0)
                add_content(c, named(c, "table", ca_reftable_name(old)),
                            rows(c, ca_reftable_rows(old), ca_reftable_bound(old)),
                            rows(c, ca_reftable_rows(new), ca_reftable_bound(new)));
        }
    }
}

/* --- Texts --------------------------------------------------------------------------------------- */

static bool same_tree(const ca_yaml *a, const ca_yaml *b)
{
    if (a->kind != b->kind || a->count != b->count || !ca_text_eq(a->key, b->key) || !ca_text_eq(a->text, b->text))
        return false;
    const ca_yaml *other = b->child;
    for (const ca_yaml *item = a->child; item != NULL; item = item->next, other = other->next)
        if (!same_tree(item, other))
            return false;
    return true;
}

static bool is_text_key(ca_text key)
{
    static const char *const keys[] = {"title", "description", "status", "severity", "category", "grade", "phase",
                                       "owner", "review_by", "basis", "message", "references", "tags", "tests", "mutants"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (ca_text_is(key, keys[i]))
            return true;
    return memchr(key.ptr, '@', key.len) != NULL;
}

static const char *shown_text(comparison *c, const ca_yaml *item)
{
    if (item == NULL)
        return NULL;
    const char *text = item->kind == CA_YAML_SCALAR ? ca_arena_cstr(c->arena, item->text)
                                                    : ca_arena_printf(c->arena, "%zu", item->count);
    c->nomem |= text == NULL;
    return text;
}

static void compare_texts(comparison *c)
{
    for (const ca_yaml *item = c->old.rule->file->root->child; item != NULL; item = item->next) {
        const char *key = ca_arena_cstr(c->arena, item->key);
        const ca_yaml *other = key == NULL ? NULL : ca_rule_key(c->new.rule, key);
        if (is_text_key(item->key) && (other == NULL || !same_tree(item, other)))
            add(c, false, key, shown_text(c, item), shown_text(c, other));
    }
    for (const ca_yaml *item = c->new.rule->file->root->child; item != NULL; item = item->next) {
        const char *key = ca_arena_cstr(c->arena, item->key);
        if (is_text_key(item->key) && key != NULL && ca_rule_key(c->old.rule, key) == NULL)
            add(c, false, key, NULL, shown_text(c, item));
    }
    for (size_t i = 0; i < c->old.rule->unless_count; i++) {
        const ca_unless *old = &c->old.rule->unless[i];
        const ca_unless *new = exception(c->new.rule, old->name);
        if (new != NULL)
            add_if_other(c, false, named(c, "reason of", old->name), old->reason, new->reason);
    }
}

int ca_rule_compare(const ca_ruleset *old_set, const ca_rule *old_rule, const ca_ruleset *new_set, const ca_rule *new_rule,
                    ca_arena *arena, ca_rule_diff *ret_diff, ca_error *err)
{
    comparison c = {.old = {old_set, old_rule}, .new = {new_set, new_rule}, .arena = arena};
    ca_rule_diff diff = {.logic = memcmp(old_rule->logic_hash, new_rule->logic_hash, sizeof(old_rule->logic_hash)) != 0};
    compare_parameters(&c);
    compare_keys(&c);
    add_if_other(&c, true, "effective", effective(&c, &c.old), effective(&c, &c.new));
    add_if_other(&c, true, "jurisdiction", old_rule->jurisdiction, new_rule->jurisdiction);
    add_if_other(&c, true, "rows", old_rule->rows_all ? "all" : "live", new_rule->rows_all ? "all" : "live");
    compare_node(&c, "where", old_rule->where, new_rule->where, true);
    compare_node(&c, "when", old_rule->when, new_rule->when, true);
    compare_exceptions(&c);
    compare_node(&c, "exposure", old_rule->exposure, new_rule->exposure, false);
    compare_sets(&c);
    compare_texts(&c);
    diff.items = c.nomem ? NULL : ca_arena_array(arena, c.count + 1, sizeof(*diff.items));
    if (diff.items != NULL && c.count > 0)
        memcpy(diff.items, c.items, c.count * sizeof(*diff.items));
    diff.count = c.count;
    ca_free(c.items);
    if (diff.items == NULL)
        return ca_error_nomem(err);
    *ret_diff = diff;
    return 0;
}
