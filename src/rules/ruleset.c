/* A set of rules: adds files one by one, lets a later pack replace an earlier one's rules, and ends
 * sorted by id. */
#include "rules/ruleset.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/rulefile.h"
#include "rules/ruleset_parts.h"

int ca_ruleset_new(const ca_schema *schema, ca_codes *codes, ca_refs *refs,
                   const ca_vocabulary *vocabulary, ca_ruleset **ret_set, ca_error *err)
{
    ca_ruleset *set = ca_alloc_zero(1, sizeof(*set));
    if (set == NULL)
        return ca_error_nomem(err);
    ca_arena_init(&set->arena);
    set->schema = schema;
    set->codes = codes;
    set->refs = refs;
    set->vocabulary = vocabulary;
    *ret_set = set;
    return 0;
}

void ca_ruleset_free(ca_ruleset *set)
{
    if (set == NULL)
        return;
    ca_free(set->rules);
    ca_free(set->replaced);
    ca_free(set->overrides);
    ca_arena_done(&set->arena);
    ca_free(set);
}

void *ca_ruleset_room(void *array, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    return ca_realloc_array(array, count == 0 ? 1 : count * 2, size);
}

/* --- Adding ---------------------------------------------------------------------------------- */

static int remember_replaced(ca_ruleset *set, const ca_rule *rule, ca_error *err)
{
    ca_text *replaced = ca_ruleset_room(set->replaced, set->replaced_count, sizeof(*replaced));
    if (replaced == NULL)
        return ca_error_nomem(err);
    set->replaced = replaced;
    set->replaced[set->replaced_count++] = ca_text_of(rule->id);
    return 0;
}

static void say_twice(const ca_rule *rule, const ca_rule *earlier, ca_diags *diags)
{
    const ca_yaml *at = rule->file->root;
    for (const ca_yaml *item = at->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "rule"))
            at = item;
    ca_diag_add(diags, CA_DIAG_ERROR, rule->file->path, at->line, at->column,
                "the rule %s is already defined in %s", rule->id, earlier->file->path);
}

static int join(ca_ruleset *set, ca_rule *rule, bool replace, ca_diags *diags, ca_error *err)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->rules[i]->id, rule->id) != 0)
            continue;
        if (!replace || set->rules[i]->pack == rule->pack) {
            say_twice(rule, set->rules[i], diags);
            return diags->failed ? ca_error_nomem(err) : 0;
        }
        int code = remember_replaced(set, rule, err);
        if (code == 0)
            set->rules[i] = rule;
        return code;
    }
    if (set->count >= CA_RULES_MAX)
        return ca_error_set(err, CA_LIMIT, "more than %d rules are loaded; use fewer packs",
                            CA_RULES_MAX);
    ca_rule **rules = ca_ruleset_room(set->rules, set->count, sizeof(ca_rule *));
    if (rules == NULL)
        return ca_error_nomem(err);
    set->rules = rules;
    set->rules[set->count++] = rule;
    return 0;
}

int ca_ruleset_add_pack_source(ca_ruleset *set, const char *pack, const char *path, ca_text source,
                               bool replace, ca_diags *diags, ca_error *err)
{
    ca_rule *rule = NULL;
    ca_yaml_file *file = ca_arena_alloc(&set->arena, sizeof(*file));
    size_t errors_before = diags->errors;
    if (file == NULL)
        return ca_error_nomem(err);
    int code = ca_yaml_parse(path, source, &set->arena, diags, file, err);
    if (code != 0)
        return code;
    code = ca_rulefile_read(set, file, pack, errors_before, diags, &rule, err);
    if (code == 0 && rule != NULL)
        code = join(set, rule, replace, diags, err);
    return code;
}

/* The folder of a path, "." for a bare name. Each call is a pack of its own. */
static const char *folder_of(ca_ruleset *set, const char *path)
{
    const char *slash = strrchr(path, '/');
    ca_text folder = slash == NULL ? CA_TEXT(".") : (ca_text){path, (size_t)(slash - path)};
    return ca_arena_cstr(&set->arena, folder);
}

int ca_ruleset_add_source(ca_ruleset *set, const char *path, ca_text source, bool replace,
                          ca_diags *diags, ca_error *err)
{
    const char *pack = folder_of(set, path);
    if (pack == NULL)
        return ca_error_nomem(err);
    return ca_ruleset_add_pack_source(set, pack, path, source, replace, diags, err);
}

int ca_ruleset_add_file(ca_ruleset *set, ca_disk *disk, const char *path, bool replace,
                        ca_diags *diags, ca_error *err)
{
    const char *pack = folder_of(set, path);
    if (pack == NULL)
        return ca_error_nomem(err);
    return ca_ruleset_add_pack_file(set, disk, pack, path, replace, diags, err);
}

/* --- Finishing ------------------------------------------------------------------------------- */

static void sort(ca_rule **rules, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) { /* Shell's sort: no memory, ids are unique */
        for (size_t i = gap; i < count; i++) {
            ca_rule *rule = rules[i];
            size_t k = i;
            for (; k >= gap && strcmp(rules[k - gap]->id, rule->id) > 0; k -= gap)
                rules[k] = rules[k - gap];
            rules[k] = rule;
        }
    }
}

static bool is_over(const ca_rule *rule)
{
    return rule->status == CA_RULE_RETIRED || rule->status == CA_RULE_OFF;
}

/* Two live rules that decide alike: each finding would appear twice. */
static void check_twins(const ca_ruleset *set, ca_diags *diags)
{
    for (size_t i = 0; i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        for (size_t k = 0; k < i && !is_over(rule); k++) {
            const ca_rule *other = set->rules[k];
            if (is_over(other) ||
                memcmp(rule->logic_hash, other->logic_hash, sizeof(rule->logic_hash)) != 0)
                continue;
            ca_diag_add(diags, CA_DIAG_WARNING, rule->file->path, 1, 1,
                        "%s decides exactly as %s; retire one of them", rule->id, other->id);
            break;
        }
    }
}

int ca_ruleset_finish(ca_ruleset *set, ca_diags *diags, ca_error *err)
{
    sort(set->rules, set->count);
    int code = ca_ruleset_settle_site(set, diags, err);
    check_twins(set, diags);
    return code == 0 && diags->failed ? ca_error_nomem(err) : code;
}

ca_rule *ca_ruleset_find(const ca_ruleset *set, ca_text id)
{
    for (size_t i = 0; i < set->count; i++)
        if (ca_text_is(id, set->rules[i]->id))
            return set->rules[i];
    return NULL;
}
