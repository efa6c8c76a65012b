/* claimaudit rules lint | test: what is wrong with rules, and what their own tests say. */
#include "cli/rules_verbs.h"

#include "rules/kind.h"
#include "rules/testrun.h"

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
    fprintf(job->cli->out, "%zu rule%s, no errors.\n", rules->count, rules->count == 1 ? "" : "s");
    return 0;
}

static int test_one(ca_rules_job *job, const ca_rule *rule, ca_testrun *total, ca_error *err)
{
    ca_testrun result = {0};
    int rc = ca_testrun_rule(job->setup->rules, rule, job->diags, &result, err);
    if (rc) {
        return rc;
    }
    if (result.waiting) {
        fprintf(job->cli->out, "%s waits: kind %s is not judged yet\n", rule->id, rule->kind->name);
    }
    total->waiting += result.waiting;
    total->cases += result.cases;
    total->failed += result.failed;
    return 0;
}

int ca_rules_test(ca_rules_job *job, ca_error *err)
{
    ca_testrun total = {0};
    size_t rules = 0;
    const ca_ruleset *set = job->setup->rules;
    int rc = ca_rules_count(job, &rules, err);
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        rc = ca_rules_asked(job, set->rules[i]) ? test_one(job, set->rules[i], &total, err) : 0;
    }
    if (rc) {
        return rc;
    }
    FILE *out = job->cli->out;
    fprintf(out, "%zu rule%s, %zu test%s: %zu passed, %zu failed", rules, rules == 1 ? "" : "s", total.cases,
            total.cases == 1 ? "" : "s", total.cases - total.failed - total.waiting, total.failed);
    if (total.waiting) {
        fprintf(out, ", %zu waiting", total.waiting);
    }
    fputc('\n', out);
    return job->diags->errors ? ca_error_set(err, CA_CONFIG, "the tests of the rules fail") : 0;
}
