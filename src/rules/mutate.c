/* Runs the inline tests of a rule on each of its mutants, and reads which of them the author declares equivalent. */
#include "rules/mutate.h"

#include <string.h>

#include "rules/kind.h"
#include "rules/mutate_parts.h"
#include "rules/say.h"
#include "rules/testrun.h"

const char *ca_mutant_fate_name(ca_mutant_fate fate)
{
    static const char *const names[] = {"caught", "survives", "equivalent"};
    return names[fate];
}

/* --- One text ----------------------------------------------------------------------------------- */

/* A rule by itself: no site, no other rules. */
typedef struct trial {
    ca_ruleset *set;
    const ca_rule *rule;      /* NULL when it does not load */
    ca_arena texts;
    ca_diags diags;
} trial;

static int trial_load(trial *t, const ca_ruleset *under, const ca_rule *rule, ca_text source, ca_error *err)
{
    *t = (trial){0};
    ca_arena_init(&t->texts);
    ca_diags_init(&t->diags, &t->texts);
    int code = ca_ruleset_new(under->schema, under->codes, under->refs, under->vocabulary, &t->set, err);
    if (code == 0)
        code = ca_ruleset_add_source(t->set, rule->file->path, source, false, &t->diags, err);
    if (code == 0 && t->diags.errors == 0 && t->set->count == 1)
        t->rule = t->set->rules[0];
    return code;
}

static void trial_done(trial *t)
{
    ca_diags_done(&t->diags);
    ca_arena_done(&t->texts);
    ca_ruleset_free(t->set);
}

/* Do all its tests pass, of which there must be some? */
static int trial_test(trial *t, bool *ret_pass, ca_error *err)
{
    ca_testrun result = {0};
    int code = ca_testrun_rule(t->set, t->rule, &t->diags, &result, err);
    *ret_pass = t->diags.errors == 0 && result.cases > 0;
    return code;
}

/* --- One mutant --------------------------------------------------------------------------------- */

typedef struct mutating {
    const ca_ruleset *under;
    const ca_rule *rule;      /* as its file says */
    ca_buf source;
} mutating;

/* *ret_is: it loads and decides otherwise than the rule. */
static int try_mutant(mutating *m, ca_mutant *mutant, bool *ret_is, ca_error *err)
{
    trial t;
    bool pass = false;
    *ret_is = false;
    ca_mutant_source(m->rule->file->source, mutant, &m->source);
    if (m->source.failed)
        return ca_error_nomem(err);
    int code = trial_load(&t, m->under, m->rule, ca_buf_text(&m->source), err);
    if (code == 0 && t.rule != NULL &&
        memcmp(t.rule->logic_hash, m->rule->logic_hash, sizeof(t.rule->logic_hash)) != 0) {
        *ret_is = true;
        code = trial_test(&t, &pass, err);
        mutant->fate = pass ? CA_MUTANT_SURVIVES : CA_MUTANT_CAUGHT;
    }
    trial_done(&t);
    return code;
}

/* --- Declarations ------------------------------------------------------------------------------- */

static const ca_yaml *field(const ca_yaml *item, const char *key)
{
    const ca_yaml *found = item->child;
    while (found != NULL && !ca_text_is(found->key, key))
        found = found->next;
    return found;
}

static void declare_one(const ca_conf *conf, const ca_yaml *item, ca_mutation *mutation, ca_arena *arena)
{
    const ca_yaml *change = field(item, "change");
    const ca_yaml *reason = field(item, "equivalent");
    bool found = false;
    for (size_t i = 0; i < mutation->count; i++) {
        ca_mutant *mutant = &mutation->items[i];
        if (!ca_text_is(change->text, mutant->change))
            continue;
        found = true;
        if (mutant->fate == CA_MUTANT_CAUGHT)
            ca_conf_error(conf, change, "this mutant is declared equivalent, but a test catches it; remove the declaration");
        mutant->reason = ca_arena_cstr(arena, reason->text);
        if (mutant->fate == CA_MUTANT_SURVIVES)
            mutant->fate = CA_MUTANT_EQUIVALENT;
    }
    if (!found)
        ca_conf_error(conf, change, "there is no such mutant; copy the change from what 'rules mutate' lists, or remove it");
}

void ca_mutants_declare(const ca_conf *conf, const ca_yaml *list, ca_mutation *mutation, ca_arena *arena)
{
    for (const ca_yaml *item = list == NULL ? NULL : list->child; item != NULL; item = item->next)
        declare_one(conf, item, mutation, arena);
}

void ca_mutants_check(const ca_conf *conf, ca_yaml *node)
{
    static const char *const keys[] = {"change", "equivalent", NULL};
    ca_text text;
    if (!ca_conf_is(conf, node, CA_YAML_SEQUENCE, NULL))
        return;
    for (ca_yaml *item = node->child; item != NULL; item = item->next) {
        if (!ca_conf_is(conf, item, CA_YAML_MAPPING, "an entry of 'mutants'"))
            continue;
        (void)ca_conf_text(conf, ca_conf_need(conf, item, "change"), &text);
        (void)ca_conf_text(conf, ca_conf_need(conf, item, "equivalent"), &text);
        ca_conf_no_others(conf, item, keys);
    }
}

/* --- All of a rule ------------------------------------------------------------------------------ */

void ca_mutation_count(ca_mutation *mutation)
{
    for (size_t i = 0; i < mutation->count; i++) {
        mutation->caught += mutation->items[i].fate == CA_MUTANT_CAUGHT;
        mutation->survive += mutation->items[i].fate == CA_MUTANT_SURVIVES;
        mutation->equivalent += mutation->items[i].fate == CA_MUTANT_EQUIVALENT;
    }
}

static int try_all(mutating *m, ca_arena *arena, ca_mutation *mutation, ca_error *err)
{
    ca_mutant *items = NULL;
    size_t count = 0;
    int code = ca_mutants_list(m->rule, arena, &items, &count, err);
    for (size_t i = 0; i < count && code == 0; i++) {
        bool is = false;
        code = try_mutant(m, &items[i], &is, err);
        if (is)
            items[mutation->count++] = items[i];
    }
    mutation->items = items;
    return code;
}

int ca_mutate_rule(const ca_ruleset *under, const ca_rule *rule, ca_arena *arena, ca_diags *diags,
                   ca_mutation *ret_mutation, ca_error *err)
{
    trial t;
    ca_mutation mutation = {0};
    bool pass = false;
    int code = trial_load(&t, under, rule, rule->file->source, err);
    if (code == 0 && t.rule != NULL)
        code = trial_test(&t, &pass, err);
    mutation.untested = !pass;
    if (code == 0 && !mutation.untested) {
        mutating m = {.under = under, .rule = t.rule};
        ca_buf_init(&m.source);
        code = try_all(&m, arena, &mutation, err);
        ca_buf_done(&m.source);
    }
    if (code == 0 && !mutation.untested) {
        const ca_conf conf = {t.rule->file, diags};
        ca_mutants_declare(&conf, ca_rule_key(t.rule, "mutants"), &mutation, arena);
    }
    trial_done(&t);
    if (code != 0)
        return code;
    ca_mutation_count(&mutation);
    *ret_mutation = mutation;
    return diags->failed ? ca_error_nomem(err) : 0;
}

bool ca_mutation_passes(const ca_mutation *mutation)
{
    size_t counted = mutation->caught + mutation->survive;
    if (counted < CA_MUTANTS_MANY)
        return mutation->survive <= 1;
    return mutation->caught * 100 >= counted * CA_MUTANT_BAR;
}
