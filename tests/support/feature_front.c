/* The world of feature_front.h. */
#include "support/feature_front.h"

#include <check.h>

void feature_front_begin(feature_front *front)
{
    *front = (feature_front){.world = rule_front_new()};
    ca_buf_init(&front->said);
    ca_buf_init(&front->source);
}

void feature_front_end(feature_front *front)
{
    ca_featureset_free(front->set);
    rule_front_free(front->world);
    ca_buf_done(&front->said);
    ca_buf_done(&front->source);
}

static void make_set(feature_front *front)
{
    const ca_ruleset *rules = rule_front_set(front->world);
    ca_featureset_free(front->set);
    front->set = NULL;
    ck_assert_int_eq(ca_featureset_new(rules->schema, rules->codes, rules->refs, rules->vocabulary, &front->set, NULL), 0);
}

const char *feature_front_load(feature_front *front, const char *source)
{
    static const char *const severity[] = {"error", "warning", "hint"};
    ca_diags diags;
    ca_arena texts;
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    make_set(front);
    front->code = ca_featureset_add_source(front->set, "features/some.yaml", ca_text_of(source), false, &diags, NULL);
    if (front->code == 0 && diags.errors == 0)
        front->code = ca_featureset_finish(front->set, NULL, &diags, NULL);
    ca_buf_clear(&front->said);
    ca_diags_sort(&diags);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&front->said, "%u:%u: %s: %s\n", (unsigned)diags.items[i].line, (unsigned)diags.items[i].column,
                      severity[diags.items[i].severity], diags.items[i].text);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    return ca_buf_cstr(&front->said);
}

const char *feature_front_with(feature_front *front, const char *keys)
{
    ca_buf_clear(&front->source);
    ca_buf_add_cstr(&front->source, "feature: a-feature\nversion: 1\ntitle: A title\nstatus: draft\nentity: pharmacy\n"
                                    "direction: more\nsay: \"{value}\"\n");
    ca_buf_add_cstr(&front->source, keys);
    return feature_front_load(front, ca_buf_cstr(&front->source));
}

const ca_feature *feature_front_only(const feature_front *front)
{
    ck_assert_uint_eq(front->set->count, 1);
    return front->set->features[0];
}
