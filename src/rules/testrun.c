/* Runs the inline tests of a rule: reads each case, compiles the rule against the case's own
 * tables, and compares what both evaluators say with what the author expects. */
#include "rules/testrun.h"

#include "rules/testrun_parts.h"

static const char *const case_keys[] = {"name", "lines",   "tables",  "parameters", "horizon",
                                        "hits", "excused", "unknown", NULL};

/* --- The rule as the case wants it ------------------------------------------------------------ */

/* Tables of a case that the rule does not read would test nothing. */
static bool reads(const ca_rule *rule, ca_text name)
{
    for (size_t i = 0; i < rule->set_count; i++) {
        if (ca_text_is(name, ca_codeset_name(rule->sets[i])))
            return true;
    }
    for (size_t i = 0; i < rule->table_count; i++) {
        if (ca_text_is(name, ca_reftable_name(rule->tables[i])))
            return true;
    }
    return false;
}

static int define_tables(ca_case_run *run, ca_error *err)
{
    ca_yaml *tables = ca_conf_get(&run->conf, run->test, "tables");
    if (tables == NULL || !ca_conf_is(&run->conf, tables, CA_YAML_MAPPING, "'tables'"))
        return 0;
    for (ca_yaml *item = tables->child; item != NULL; item = item->next) {
        ca_text text;
        if (!reads(run->rule, item->key)) {
            ca_conf_error_key(&run->conf, item, "the rule does not read a set or table '%.*s'",
                              ca_say_len(item->key), item->key.ptr);
            continue;
        }
        if (!ca_conf_text(&run->conf, item, &text))
            continue;
        uint32_t line = item->line + (item->style == CA_YAML_LITERAL ? 1 : 0);
        int code = ca_refs_define_test(run->refs, run->conf.file->path, line, item->key, text,
                                       run->conf.diags, err);
        if (code != 0)
            return code;
    }
    return 0;
}

static int set_parameters(ca_case_run *run, ca_error *err)
{
    ca_yaml *parameters = ca_conf_get(&run->conf, run->test, "parameters");
    if (parameters == NULL || !ca_conf_is(&run->conf, parameters, CA_YAML_MAPPING, "'parameters'"))
        return 0;
    for (ca_yaml *item = parameters->child; item != NULL; item = item->next) {
        ca_text value;
        bool known = false;
        for (size_t i = 0; i < run->rule->parameter_count; i++)
            known |= ca_text_is(item->key, run->rule->parameters[i].name);
        if (!known)
            ca_conf_error_key(&run->conf, item, "the rule has no parameter '%.*s'",
                              ca_say_len(item->key), item->key.ptr);
        if (!known || !ca_conf_text(&run->conf, item, &value))
            continue;
        int code = ca_ruleset_override(run->set, ca_text_of(run->rule->id), item->key, value, err);
        if (code != 0)
            return code;
    }
    return 0;
}

/* Compiles the rule anew: it holds pointers to its sets, and a site may have set its parameters.
 * Mistakes in the file were said when it was loaded, so only errors that the case makes appear. */
static int compile(ca_case_run *run, const ca_ruleset *under, ca_error *err)
{
    ca_diags quiet;
    run->refs = ca_refs_overlay(under->refs);
    if (run->refs == NULL)
        return ca_error_nomem(err);
    int code = define_tables(run, err);
    if (code == 0)
        code = ca_ruleset_new(under->schema, under->codes, run->refs, under->vocabulary, &run->set,
                              err);
    if (code == 0)
        code = set_parameters(run, err);
    if (code != 0)
        return code;
    ca_diags_init(&quiet, run->arena);
    code = ca_ruleset_add_source(run->set, run->conf.file->path, run->conf.file->source, false,
                                 &quiet, err);
    if (code == 0)
        code = ca_ruleset_finish(run->set, &quiet, err);
    for (size_t i = 0; i < quiet.count; i++) {
        if (quiet.items[i].severity == CA_DIAG_ERROR)
            ca_conf_error(&run->conf, run->test, "the rule cannot be read with this case: %s",
                          quiet.items[i].text);
    }
    if (code == 0 && quiet.errors == 0)
        run->rule = ca_ruleset_find(run->set, ca_text_of(run->rule->id));
    ca_diags_done(&quiet);
    return code;
}

/* --- One case --------------------------------------------------------------------------------- */

static int judge_case(ca_case_run *run, ca_error *err)
{
    ca_test_table table;
    bool good;
    ca_yaml *lines = ca_conf_need(&run->conf, run->test, "lines");
    if (lines == NULL)
        return 0;
    int code = ca_test_table_parse(&run->conf, lines, run->arena, &table, &good, err);
    if (code != 0 || !good || run->rule == NULL)
        return code;
    code = ca_test_frame_build(&run->conf, run->set, run->rule, &table, run->arena, &run->lines,
                               &good, err);
    if (code == 0 && good)
        code = ca_refs_sync(run->refs, err);
    if (code != 0 || !good)
        return code;
    if (ca_kind_of_several(run->rule->kind))
        return ca_case_groups(run, err);
    code = ca_case_judge(run, err);
    return code == 0 ? ca_case_compare(run, err) : code;
}

static int run_case(ca_case_run *run, const ca_ruleset *under, ca_error *err)
{
    ca_text name;
    if (!ca_conf_is(&run->conf, run->test, CA_YAML_MAPPING, "a test case"))
        return 0;
    ca_yaml *named = ca_conf_need(&run->conf, run->test, "name");
    if (named != NULL)
        (void)ca_conf_text(&run->conf, named, &name);
    ca_case_horizon(run);
    int code = compile(run, under, err);
    if (code == 0)
        code = judge_case(run, err);
    for (size_t i = 0; case_keys[i] != NULL; i++)
        (void)ca_conf_get(&run->conf, run->test,
                          case_keys[i]); /* known, even where a mistake kept it from being read */
    if (code == 0)
        ca_conf_no_others(&run->conf, run->test, case_keys);
    return code;
}

static void finish_case(ca_case_run *run)
{
    ca_test_frame_done(&run->lines);
    ca_ruleset_free(run->set);
    ca_refs_free(run->refs);
}

/* --- All cases -------------------------------------------------------------------------------- */

static void check_balance(const ca_rule *rule, const ca_conf *conf, bool positive, bool negative)
{
    if (rule->status != CA_RULE_ACTIVE && rule->status != CA_RULE_SHADOW)
        return;
    const ca_yaml *at = rule->tests;
    const char *status = ca_rule_status_name(rule->status);
    if (at == NULL || at->count == 0)
        ca_conf_error(conf, at ? at : conf->file->root, "%s is %s and has no tests", rule->id,
                      status);
    else if (!positive)
        ca_conf_error(conf, at, "no test case that must match");
    else if (!negative)
        ca_conf_error(conf, at, "no test case that must not match");
}

int ca_testrun_rule(const ca_ruleset *set, const ca_rule *rule, ca_diags *diags, ca_testrun *result,
                    ca_error *err)
{
    ca_conf conf = {.file = rule->file, .diags = diags};
    bool positive = false;
    bool negative = false;
    int code = 0;
    for (ca_yaml *test = rule->tests ? rule->tests->child : NULL; test != NULL && code == 0;
         test = test->next) {
        ca_arena arena;
        size_t errors = diags->errors;
        ca_arena_init(&arena);
        ca_case_run run = {.conf = conf, .test = test, .rule = rule, .arena = &arena, .horizon = {.through = CA_DATE_MAX},
                           .seen = result->seen};
        code = run_case(&run, set, err);
        positive |= run.positive;
        negative |= run.negative;
        result->cases++;
        result->failed += diags->errors > errors;
        finish_case(&run);
        ca_arena_done(&arena);
    }
    if (code == 0)
        check_balance(rule, &conf, positive, negative);
    return code;
}
