/* Compares two versions of a feature key by key. */
#include <string.h>

#include "base/alloc.h"
#include "rules/diff.h"
#include "rules/feature_parts.h"

typedef struct side {
    const ca_featureset *set;
    const ca_feature *feature;
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
    c->nomem |= items == NULL || what == NULL;
    c->items = items == NULL ? c->items : items;
    if (!c->nomem)
        c->items[c->count++] = (ca_rule_change){what, before, after, logic};
}

/* Texts that may be NULL: nothing there. */
static void add_if_other(comparison *c, bool logic, const char *what, const char *before, const char *after)
{
    bool same = before == NULL || after == NULL ? before == after : strcmp(before, after) == 0;
    if (!same)
        add(c, logic, what, before, after);
}

/* --- Keys --------------------------------------------------------------------------------------- */

static const ca_yaml *key_of(const ca_feature *feature, const char *key)
{
    const ca_yaml *item = feature->root->child;
    while (item != NULL && !ca_text_is(item->key, key))
        item = item->next;
    return item;
}

static void flatten(const ca_yaml *node, ca_buf *out)
{
    bool blank = false;
    for (size_t i = 0; i < node->text.len; i++) {
        char c = node->text.ptr[i];
        bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!space && blank && out->len > 0)
            ca_buf_add_char(out, ' ');
        if (!space)
            ca_buf_add_char(out, c);
        blank = space;
    }
    for (const ca_yaml *item = node->child; item != NULL; item = item->next) {
        ca_buf_add_cstr(out, item == node->child ? "[" : ", ");
        flatten(item, out);
        if (item->next == NULL)
            ca_buf_add_char(out, ']');
    }
}

/* As it is written, on one line; NULL when it is not there. */
static const char *written(comparison *c, const ca_feature *feature, const char *key)
{
    const ca_yaml *node = key_of(feature, key);
    ca_buf text;
    if (node == NULL)
        return NULL;
    ca_buf_init(&text);
    flatten(node, &text);
    const char *kept = text.failed ? NULL : ca_arena_cstr(c->arena, ca_buf_text(&text));
    c->nomem |= kept == NULL;
    ca_buf_done(&text);
    return kept == NULL ? "" : kept;
}

static const char *number(comparison *c, int64_t value)
{
    const char *text = ca_arena_printf(c->arena, "%lld", (long long)value);
    c->nomem |= text == NULL;
    return text;
}

/* What holds, said or not; expressions as they are written. */
static void compare_logic(comparison *c)
{
    static const char *const keys[] = {"where", "share", "ratio", "value", "surprise", "given", "exposure"};
    const ca_feature *old = c->old.feature;
    const ca_feature *new = c->new.feature;
    add_if_other(c, true, "entity", ca_entity_kinds[old->entity].name, ca_entity_kinds[new->entity].name);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        add_if_other(c, true, keys[i], written(c, old, keys[i]), written(c, new, keys[i]));
    add_if_other(c, true, "direction", ca_direction_name(old->direction), ca_direction_name(new->direction));
    add_if_other(c, true, "transform", ca_transform_name(old->transform), ca_transform_name(new->transform));
    add_if_other(c, true, "money", old->money ? "yes" : "no", new->money ? "yes" : "no");
    add_if_other(c, true, "minimum", number(c, old->minimum), number(c, new->minimum));
}

/* --- Sets and tables ---------------------------------------------------------------------------- */

typedef struct search {
    const char *name;
    const ca_codeset *set;
    const ca_reftable *table;
} search;

static void find_in(search *of, const ca_node *node)
{
    if (node == NULL)
        return;
    if (node->set != NULL && strcmp(ca_codeset_name(node->set), of->name) == 0)
        of->set = node->set;
    if (node->table != NULL && strcmp(ca_reftable_name(node->table), of->name) == 0)
        of->table = node->table;
    for (size_t i = 0; i < node->arg_count; i++)
        find_in(of, node->args[i]);
    find_in(of, node->on);
}

static void find_visit(void *context, ca_node *condition, const ca_feature_number *part, const ca_feature_key *key)
{
    (void)part;
    (void)key;
    find_in(context, condition);
}

static search find(const side *s, const char *name)
{
    search of = {.name = name};
    ca_feature_walk(s->set, s->feature, find_visit, &of);
    return of;
}

static void add_rows(comparison *c, const char *what, const char *name, size_t before, size_t after)
{
    const char *named = ca_arena_printf(c->arena, "%s %s", what, name);
    const char *rows = before == after ? "as many, of which some are others" : ca_arena_printf(c->arena, "%zu rows", after);
    const char *were = ca_arena_printf(c->arena, "%zu rows", before);
    c->nomem |= named == NULL || rows == NULL || were == NULL;
    add(c, true, named, were, rows);
}

static void compare_content(comparison *c)
{
    const ca_featureset *set = c->new.set;
    for (size_t i = 0; i < set->set_count; i++) {
        const char *name = ca_codeset_name(set->sets[i]);
        const search old = find(&c->old, name), new = find(&c->new, name);
        if (old.set != NULL && new.set != NULL && ca_digest_cmp(ca_codeset_digest(old.set), ca_codeset_digest(new.set)) != 0)
            add_rows(c, "set", name, ca_codeset_rows(old.set), ca_codeset_rows(new.set));
    }
    for (size_t i = 0; i < set->table_count; i++) {
        const char *name = ca_reftable_name(set->tables[i]);
        const search old = find(&c->old, name), new = find(&c->new, name);
        if (old.table != NULL && new.table != NULL &&
            ca_digest_cmp(ca_reftable_digest(old.table), ca_reftable_digest(new.table)) != 0)
            add_rows(c, "table", name, ca_reftable_rows(old.table), ca_reftable_rows(new.table));
    }
}

/* --- Texts -------------------------------------------------------------------------------------- */

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

static const char *shown(comparison *c, const ca_yaml *item)
{
    if (item == NULL)
        return NULL;
    const char *text = item->kind == CA_YAML_SCALAR ? ca_arena_cstr(c->arena, item->text) : number(c, (int64_t)item->count);
    c->nomem |= text == NULL;
    return text;
}

static void compare_texts(comparison *c)
{
    static const char *const keys[] = {"title", "description", "exposes", "status", "say", "references", "tests", "mutants"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const ca_yaml *old = key_of(c->old.feature, keys[i]);
        const ca_yaml *new = key_of(c->new.feature, keys[i]);
        bool same = old == NULL || new == NULL ? old == new : same_tree(old, new);
        if (!same)
            add(c, false, keys[i], shown(c, old), shown(c, new));
    }
}

int ca_feature_compare(const ca_featureset *old_set, const ca_feature *old_feature, const ca_featureset *new_set,
                       const ca_feature *new_feature, ca_arena *arena, ca_rule_diff *ret_diff, ca_error *err)
{
    comparison c = {.old = {old_set, old_feature}, .new = {new_set, new_feature}, .arena = arena};
    ca_rule_diff diff = {.logic = memcmp(old_feature->logic_hash, new_feature->logic_hash, sizeof(old_feature->logic_hash)) != 0};
    if (diff.logic) {
        compare_logic(&c);
        compare_content(&c);
    }
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
