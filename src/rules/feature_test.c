/* Runs the inline tests of a feature with the slow evaluator. */
#include "rules/feature_test.h"

#include "rules/feature_parts.h"
#include "rules/feature_test_parts.h"
#include "rules/rulefile.h"
#include "rules/say.h"

static const char *const case_keys[] = {"name", "lines", "tables", "hits", "values", "exposure", NULL};

/* --- Tables ------------------------------------------------------------------------------------- */

static bool reads(const ca_featureset *set, ca_text name)
{
    for (size_t i = 0; i < set->set_count; i++)
        if (ca_text_is(name, ca_codeset_name(set->sets[i])))
            return true;
    for (size_t i = 0; i < set->table_count; i++)
        if (ca_text_is(name, ca_reftable_name(set->tables[i])))
            return true;
    return false;
}

static int define_tables(ca_feature_case *run, ca_yaml *tables, const ca_featureset *under, ca_error *err)
{
    for (ca_yaml *item = tables->child; item != NULL; item = item->next) {
        ca_text text;
        if (!reads(under, item->key)) {
            ca_conf_error_key(&run->conf, item, "no feature reads a set or table '%.*s'", ca_say_len(item->key),
                              item->key.ptr);
            continue;
        }
        if (!ca_conf_text(&run->conf, item, &text))
            continue;
        uint32_t line = item->line + (item->style == CA_YAML_LITERAL ? 1 : 0);
        int code = ca_refs_define_test(run->refs, run->conf.file->path, line, item->key, text, run->conf.diags, err);
        if (code != 0)
            return code;
    }
    return 0;
}

/* Compiles the file anew against the tables of the case: conditions hold pointers to sets. */
static int compile(ca_feature_case *run, ca_yaml *tables, const ca_featureset *under, ca_error *err)
{
    ca_diags quiet;
    const ca_ruleset *base = under->base;
    run->refs = ca_refs_overlay(base->refs);
    if (run->refs == NULL)
        return ca_error_nomem(err);
    int code = define_tables(run, tables, under, err);
    if (code == 0)
        code = ca_featureset_new(base->schema, base->codes, run->refs, base->vocabulary, &run->own, err);
    if (code != 0)
        return code;
    ca_diags_init(&quiet, run->arena);
    code = ca_featureset_add_source(run->own, run->conf.file->path, run->conf.file->source, false, &quiet, err);
    if (code == 0)
        code = ca_featureset_finish(run->own, NULL, &quiet, err);
    run->set = run->own;
    run->feature = code == 0 ? ca_featureset_find(run->own, ca_text_of(run->feature->id)) : NULL;
    ca_diags_done(&quiet);
    return code;
}

static int prepare(ca_feature_case *run, const ca_featureset *under, ca_error *err)
{
    ca_yaml *tables = ca_conf_get(&run->conf, run->test, "tables");
    run->set = under;
    run->refs = NULL;
    if (tables == NULL || !ca_conf_is(&run->conf, tables, CA_YAML_MAPPING, "'tables'"))
        return ca_refs_sync(under->base->refs, err);
    return compile(run, tables, under, err);
}

/* --- What rules hit ----------------------------------------------------------------------------- */

static void mark_hits(ca_feature_case *run, uint64_t *bits, const ca_yaml *list)
{
    if (!ca_conf_is(&run->conf, list, CA_YAML_SEQUENCE, NULL))
        return;
    for (const ca_yaml *item = list->child; item != NULL; item = item->next) {
        uint32_t row;
        if (ca_feature_case_line(run, item, &row))
            ca_bit_set(bits, row);
    }
}

static bool names_rule(const ca_feature_case *run, ca_text id)
{
    for (size_t i = 0; i < run->set->hit_count; i++)
        if (ca_text_is(id, run->set->hits[i]))
            return true;
    return false;
}

static int read_hits(ca_feature_case *run, ca_error *err)
{
    const ca_featureset *set = run->set;
    ca_yaml *hits = ca_conf_get(&run->conf, run->test, "hits");
    const uint64_t **all = ca_arena_array(run->arena, set->hit_count + 1, sizeof(*all));
    bool given = hits != NULL && ca_conf_is(&run->conf, hits, CA_YAML_MAPPING, "'hits'");
    for (size_t i = 0; all != NULL && i < set->hit_count; i++) {
        uint64_t *bits = ca_arena_array(run->arena, run->lines.lines->words, sizeof(uint64_t));
        all[i] = bits;
        if (bits == NULL)
            return ca_error_nomem(err);
        for (ca_yaml *item = given ? hits->child : NULL; item != NULL; item = item->next)
            if (ca_text_is(item->key, set->hits[i]))
                mark_hits(run, bits, item);
    }
    if (all == NULL)
        return ca_error_nomem(err);
    for (ca_yaml *item = given ? hits->child : NULL; item != NULL; item = item->next)
        if (!names_rule(run, item->key))
            ca_conf_error_key(&run->conf, item, "no feature asks what %.*s hit", ca_say_len(item->key), item->key.ptr);
    run->lines.frame.hits = all;
    return 0;
}

/* --- One case ----------------------------------------------------------------------------------- */

static int judge_case(ca_feature_case *run, ca_error *err)
{
    ca_test_table table;
    bool good;
    const ca_rule rule = ca_feature_rule();
    ca_yaml *lines = ca_conf_need(&run->conf, run->test, "lines");
    if (lines == NULL)
        return 0;
    int code = ca_test_table_parse(&run->conf, lines, run->arena, &table, &good, err);
    if (code != 0 || !good || run->feature == NULL)
        return code;
    code = ca_test_frame_build(&run->conf, run->set->base, &rule, &table, run->arena, &run->lines, &good, err);
    if (code == 0 && good)
        code = ca_refs_sync(run->set->base->refs, err);
    if (code == 0 && good)
        code = read_hits(run, err);
    return code == 0 && good ? ca_feature_case_compare(run, err) : code;
}

static int run_case(ca_feature_case *run, const ca_featureset *under, ca_error *err)
{
    ca_text name;
    if (!ca_conf_is(&run->conf, run->test, CA_YAML_MAPPING, "a test case"))
        return 0;
    (void)ca_conf_text(&run->conf, ca_conf_need(&run->conf, run->test, "name"), &name);
    int code = prepare(run, under, err);
    if (code == 0)
        code = judge_case(run, err);
    for (size_t i = 0; case_keys[i] != NULL; i++)
        (void)ca_conf_get(&run->conf, run->test, case_keys[i]); /* known, even where a mistake kept it from being read */
    if (code == 0)
        ca_conf_no_others(&run->conf, run->test, case_keys);
    return code;
}

int ca_testrun_feature(const ca_featureset *set, const ca_feature *feature, ca_diags *diags, ca_testrun *result, ca_error *err)
{
    const ca_conf conf = {.file = feature->file, .diags = diags};
    bool valued = false;
    int code = 0;
    for (ca_yaml *test = feature->tests ? feature->tests->child : NULL; test != NULL && code == 0; test = test->next) {
        ca_arena arena;
        size_t errors = diags->errors;
        ca_arena_init(&arena);
        ca_feature_case run = {.conf = conf, .test = test, .feature = feature, .arena = &arena};
        code = run_case(&run, set, err);
        valued |= run.valued;
        result->cases++;
        result->failed += diags->errors > errors;
        ca_test_frame_done(&run.lines);
        ca_featureset_free(run.own);
        ca_refs_free(run.refs);
        ca_arena_done(&arena);
    }
    if (code == 0 && !feature->draft && !valued)
        ca_conf_error(&conf, feature->tests ? feature->tests : feature->root, "no test case in which %s has a value",
                      feature->id);
    return code == 0 && diags->failed ? ca_error_nomem(err) : code;
}
