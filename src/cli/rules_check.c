/* claimaudit rules lint | test: what is wrong with rules, and what their own tests say. */
#include "cli/rules_verbs.h"

#include "rules/cost.h"
#include "rules/eval.h"
#include "rules/kind.h"
#include "rules/print.h"
#include "rules/testrun.h"

/* Where the lines of each rule come together; and whether each line has to be looked at for it. */
static int tell_exchanges(const ca_rules_job *job, ca_error *err)
{
    ca_buf text;
    const ca_ruleset *rules = job->setup->rules;
    ca_buf_init(&text);
    for (size_t i = 0; i < rules->count; i++) {
        const ca_rule *rule = rules->rules[i];
        ca_rule_cost cost;
        text.len = 0;
        ca_rule_cost_of(rules->schema, rule, &cost);
        ca_exchange_print(rules->schema, cost.exchange, cost.key, cost.key_count, &text);
        fprintf(job->cli->out, "%s: exchange %s, looks at %s\n", rule->id, ca_buf_cstr(&text),
                cost.by_codes ? "lines with its codes" : "every line");
    }
    int rc = text.failed ? ca_error_nomem(err) : 0;
    ca_buf_done(&text);
    return rc;
}

int ca_rules_lint(ca_rules_job *job, ca_error *err)
{
    const ca_ruleset *rules = job->setup->rules;
    for (size_t i = 0; i < rules->count; i++) {
        const ca_rule *rule = rules->rules[i];
        if (!rule->tests && (rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW)) {
            ca_diag_add(job->diags, CA_DIAG_ERROR, rule->file->path, 1, 1, "%s is %s and has no tests", rule->id,
                        ca_rule_status_name(rule->status));
        }
    }
    if (job->diags->errors) {
        return ca_rules_refuse(job, err);
    }
    if (ca_switch(job->arguments, "verbose")) {
        int rc = tell_exchanges(job, err);
        if (rc) {
            return rc;
        }
    }
    fprintf(job->cli->out, "%s, no errors.\n",
            ca_rules_and_features(job->cli, rules->count, job->setup->features->count));
    return 0;
}

/* What the tests of all rules came to. */
typedef struct totals {
    size_t cases, failed;
    size_t leaves, one_sided;     /* looked at by tests; of these, not seen both ways */
} totals;

/* Tells each leaf that the cases saw only one way, at its place. */
static int tell_leaves(ca_rules_job *job, const ca_rule *rule, const uint8_t *seen, totals *total, ca_error *err)
{
    ca_buf text;
    ca_buf_init(&text);
    for (size_t i = 0; i < rule->leaf_count; i++) {
        uint32_t line, column;
        bool was_true = seen[i] & 1u << CA_TRUE;
        bool was_false = seen[i] & 1u << CA_FALSE;
        total->leaves++;
        if (was_true && was_false) {
            continue;
        }
        total->one_sided++;
        text.len = 0;
        ca_print_source(rule, rule->leaves[i], &text);
        ca_yaml_position(rule->file, rule->leaves[i]->start, &line, &column);
        fprintf(job->cli->out, "%s:%u:%u: never %s: %s\n", rule->file->path, (unsigned)line, (unsigned)column,
                was_true ? "false" : was_false ? "true" : "true nor false", ca_buf_cstr(&text));
    }
    int rc = text.failed ? ca_error_nomem(err) : 0;
    ca_buf_done(&text);
    return rc;
}

static int test_one(ca_rules_job *job, const ca_rule *rule, totals *total, ca_error *err)
{
    ca_testrun result = {0};
    bool leaves = ca_switch(job->arguments, "leaves");
    if (leaves) {
        result.seen = ca_arena_array(&job->cli->arena, rule->leaf_count + 1, 1);
        if (!result.seen) {
            return ca_error_nomem(err);
        }
    }
    int rc = ca_testrun_rule(job->setup->rules, rule, job->diags, &result, err);
    if (rc) {
        return rc;
    }
    if (leaves && result.cases && !result.failed) {
        rc = tell_leaves(job, rule, result.seen, total, err);
    }
    total->cases += result.cases;
    total->failed += result.failed;
    return rc;
}

int ca_rules_test(ca_rules_job *job, ca_error *err)
{
    totals total = {0};
    size_t rules = 0;
    size_t features = 0;
    const ca_ruleset *set = job->setup->rules;
    int rc = ca_rules_count(job, &rules, err);
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        rc = ca_rules_asked(job, set->rules[i]) ? test_one(job, set->rules[i], &total, err) : 0;
    }
    rc = rc ? rc : ca_features_test(job, &features, &total.cases, &total.failed, err);
    if (rc) {
        return rc;
    }
    FILE *out = job->cli->out;
    fprintf(out, "%s, %zu test%s: %zu passed, %zu failed\n", ca_rules_and_features(job->cli, rules, features), total.cases,
            total.cases == 1 ? "" : "s", total.cases - total.failed, total.failed);
    if (ca_switch(job->arguments, "leaves")) {
        fprintf(out, "%zu of %zu conditions were seen both true and false\n", total.leaves - total.one_sided, total.leaves);
    }
    if (job->diags->errors) {
        return ca_error_set(err, CA_CONFIG, "the tests of the rules fail");
    }
    return total.one_sided ? ca_error_set(err, CA_CONFIG, "the tests do not show every condition both true and false") : 0;
}
