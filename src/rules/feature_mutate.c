/* Runs the inline tests of a feature on each of its mutants. */
#include <string.h>

#include "rules/feature_test.h"
#include "rules/mutate_parts.h"

/* A file of features by itself: no other packs, no rules. */
typedef struct trial {
    ca_featureset *set;
    const ca_feature *feature;    /* NULL when it does not load */
    ca_arena texts;
    ca_diags diags;
} trial;

static int trial_load(trial *t, const ca_featureset *under, const ca_feature *feature, ca_text source, ca_error *err)
{
    const ca_ruleset *base = under->base;
    *t = (trial){0};
    ca_arena_init(&t->texts);
    ca_diags_init(&t->diags, &t->texts);
    int code = ca_featureset_new(base->schema, base->codes, base->refs, base->vocabulary, &t->set, err);
    if (code == 0)
        code = ca_featureset_add_source(t->set, feature->file->path, source, false, &t->diags, err);
    if (code == 0 && t->diags.errors == 0)
        code = ca_featureset_finish(t->set, NULL, &t->diags, err);
    if (code == 0 && t->diags.errors == 0)
        t->feature = ca_featureset_find(t->set, ca_text_of(feature->id));
    return code;
}

static void trial_done(trial *t)
{
    ca_diags_done(&t->diags);
    ca_arena_done(&t->texts);
    ca_featureset_free(t->set);
}

/* Do all its tests pass, of which there must be some? */
static int trial_test(trial *t, bool *ret_pass, ca_error *err)
{
    ca_testrun result = {0};
    int code = ca_testrun_feature(t->set, t->feature, &t->diags, &result, err);
    *ret_pass = t->diags.errors == 0 && result.cases > 0;
    return code;
}

/* *ret_is: it loads, and is another feature. */
static int try_mutant(const trial *of, const ca_featureset *under, ca_mutant *mutant, ca_buf *source, bool *ret_is, ca_error *err)
{
    trial t;
    bool pass = false;
    *ret_is = false;
    ca_mutant_source(of->feature->file->source, mutant, source);
    if (source->failed)
        return ca_error_nomem(err);
    int code = trial_load(&t, under, of->feature, ca_buf_text(source), err);
    if (code == 0 && t.feature != NULL &&
        memcmp(t.feature->logic_hash, of->feature->logic_hash, sizeof(t.feature->logic_hash)) != 0) {
        *ret_is = true;
        code = trial_test(&t, &pass, err);
        mutant->fate = pass ? CA_MUTANT_SURVIVES : CA_MUTANT_CAUGHT;
    }
    trial_done(&t);
    return code;
}

static int try_all(const trial *of, const ca_featureset *under, ca_arena *arena, ca_mutation *mutation, ca_error *err)
{
    ca_mutant *items = NULL;
    size_t count = 0;
    ca_buf source;
    ca_buf_init(&source);
    int code = ca_feature_mutants(of->set, of->feature, arena, &items, &count, err);
    for (size_t i = 0; i < count && code == 0; i++) {
        bool is = false;
        code = try_mutant(of, under, &items[i], &source, &is, err);
        if (is)
            items[mutation->count++] = items[i];
    }
    ca_buf_done(&source);
    mutation->items = items;
    return code;
}

static const ca_yaml *declarations(const ca_feature *feature)
{
    const ca_yaml *item = feature->root->child;
    while (item != NULL && !ca_text_is(item->key, "mutants"))
        item = item->next;
    return item;
}

int ca_mutate_feature(const ca_featureset *under, const ca_feature *feature, ca_arena *arena, ca_diags *diags,
                      ca_mutation *ret_mutation, ca_error *err)
{
    trial t;
    ca_mutation mutation = {0};
    bool pass = false;
    int code = trial_load(&t, under, feature, feature->file->source, err);
    if (code == 0 && t.feature != NULL)
        code = trial_test(&t, &pass, err);
    mutation.untested = !pass;
    if (code == 0 && pass)
        code = try_all(&t, under, arena, &mutation, err);
    if (code == 0 && pass) {
        const ca_conf conf = {feature->file, diags};
        ca_mutants_declare(&conf, declarations(feature), &mutation, arena);
    }
    trial_done(&t);
    if (code != 0)
        return code;
    ca_mutation_count(&mutation);
    *ret_mutation = mutation;
    return diags->failed ? ca_error_nomem(err) : 0;
}
