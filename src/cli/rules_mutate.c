/* claimaudit rules mutate: small changes of each rule and feature that its own tests ought to notice, and those that they do not. */
#include "cli/rules_verbs.h"

#include "rules/kind.h"
#include "rules/mutate.h"

/* A rule or a feature. */
typedef struct subject {
    const char *id, *path;
    bool has_tests;
    bool runs;        /* then it must have tests that pass */
} subject;

typedef struct tally {
    size_t rules, features, untested, below;
    size_t caught, survive, equivalent;
} tally;

static const char *number(ca_cli *cli, size_t value)
{
    return ca_arena_printf(&cli->arena, "%zu", value);
}

/* All mutants as rows. */
static int print_rows(ca_rules_job *job, const subject *rule, const ca_mutation *mutation, ca_output *output)
{
    static const char *const names[] = {"rule", "fate", "file", "line", "column", "change", "reason"};
    for (size_t i = 0; i < mutation->count; i++) {
        const ca_mutant *mutant = &mutation->items[i];
        const char *line = number(job->cli, mutant->line);
        const char *column = number(job->cli, mutant->column);
        if (!line || !column) {
            return CA_NOMEM;
        }
        ca_text cells[] = {ca_text_of(rule->id),
                           ca_text_of(ca_mutant_fate_name(mutant->fate)),
                           ca_text_of(rule->path),
                           ca_text_of(line),
                           ca_text_of(column),
                           ca_text_of(mutant->change),
                           mutant->fate == CA_MUTANT_EQUIVALENT ? ca_text_of(mutant->reason) : (ca_text){0}};
        int rc = ca_output_row(output, names, cells, 7);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static void print_mutants(FILE *out, const subject *rule, const ca_mutation *mutation, ca_mutant_fate fate)
{
    for (size_t i = 0; i < mutation->count; i++) {
        const ca_mutant *mutant = &mutation->items[i];
        if (mutant->fate == fate) {
            fprintf(out, "  %s:%u:%u: %s: %s", rule->path, (unsigned)mutant->line, (unsigned)mutant->column,
                    ca_mutant_fate_name(fate), mutant->change);
            if (fate == CA_MUTANT_EQUIVALENT) {
                fprintf(out, " (%s)", mutant->reason);
            }
            fputc('\n', out);
        }
    }
}

static void print_rule(FILE *out, const subject *rule, const ca_mutation *mutation)
{
    if (mutation->untested) {
        fprintf(out, "%s  not tried: %s\n", rule->id, rule->has_tests ? "its tests fail" : "it has no tests");
        return;
    }
    fprintf(out, "%s  %zu mutant%s: %zu caught", rule->id, mutation->count, mutation->count == 1 ? "" : "s",
            mutation->caught);
    if (mutation->survive) {
        fprintf(out, ", %zu survive%s", mutation->survive, mutation->survive == 1 ? "s" : "");
    }
    if (mutation->equivalent) {
        fprintf(out, ", %zu declared equivalent", mutation->equivalent);
    }
    fputs(ca_mutation_passes(mutation) ? "\n" : ", below the bar\n", out);
    print_mutants(out, rule, mutation, CA_MUTANT_SURVIVES);
    print_mutants(out, rule, mutation, CA_MUTANT_EQUIVALENT);
}

/* What must have tests and has none, or tests that fail, is below the bar; a draft is not. */
static bool passes(const subject *rule, const ca_mutation *mutation)
{
    return mutation->untested ? !rule->runs : ca_mutation_passes(mutation);
}

static int tell(ca_rules_job *job, const subject *rule, const ca_mutation *mutation, ca_output *output, tally *total, ca_error *err)
{
    total->untested += mutation->untested;
    total->below += !passes(rule, mutation);
    total->caught += mutation->caught;
    total->survive += mutation->survive;
    total->equivalent += mutation->equivalent;
    if (output) {
        return print_rows(job, rule, mutation, output) ? ca_error_nomem(err) : 0;
    }
    print_rule(job->cli->out, rule, mutation);
    return 0;
}

static int mutate_rule(ca_rules_job *job, const ca_rule *rule, ca_output *output, tally *total, ca_error *err)
{
    ca_mutation mutation;
    const subject of = {rule->id, rule->file->path, rule->tests != NULL,
                        rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW};
    total->rules++;
    int rc = ca_mutate_rule(job->setup->rules, rule, &job->cli->arena, job->diags, &mutation, err);
    return rc ? rc : tell(job, &of, &mutation, output, total, err);
}

static int mutate_feature(ca_rules_job *job, const ca_feature *feature, ca_output *output, tally *total, ca_error *err)
{
    ca_mutation mutation;
    const subject of = {feature->id, feature->file->path, feature->tests != NULL, !feature->draft};
    total->features++;
    int rc = ca_mutate_feature(job->setup->features, feature, &job->cli->arena, job->diags, &mutation, err);
    return rc ? rc : tell(job, &of, &mutation, output, total, err);
}

static int mutate_all(ca_rules_job *job, ca_output *output, tally *total, ca_error *err)
{
    const ca_ruleset *rules = job->setup->rules;
    const ca_featureset *features = job->setup->features;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rules->count; i++) {
        rc = ca_rules_asked(job, rules->rules[i]) ? mutate_rule(job, rules->rules[i], output, total, err) : 0;
    }
    for (size_t i = 0; rc == 0 && i < features->count; i++) {
        rc = ca_features_asked(job, features->features[i]) ? mutate_feature(job, features->features[i], output, total, err) : 0;
    }
    return rc;
}

static int judge(const ca_rules_job *job, const tally *total, ca_error *err)
{
    size_t all = total->caught + total->survive + total->equivalent;
    bool one = total->below == 1;
    const char *what = total->features == 0 ? (one ? "rule is" : "rules are")
                       : total->rules == 0  ? (one ? "feature is" : "features are")
                                            : (one ? "rule or feature is" : "rules or features are");
    if (job->diags->errors) {
        return ca_rules_refuse(job, err);
    }
    if (total->equivalent > 1 && total->equivalent * 100 > all * CA_MUTANT_DECLARED) {
        return ca_error_set(err, CA_CONFIG, "%zu of %zu mutants are declared equivalent; at most %d %% may be",
                            total->equivalent, all, CA_MUTANT_DECLARED);
    }
    return total->below ? ca_error_set(err, CA_CONFIG,
                                       "%zu %s below the bar: tests catch %d %% of the mutants of a %s, or all but one "
                                       "of fewer than %d",
                                       total->below, what, CA_MUTANT_BAR, total->rules ? "rule" : "feature", CA_MUTANTS_MANY)
                        : 0;
}

static void print_total(ca_cli *cli, const tally *total)
{
    FILE *out = cli->out;
    fprintf(out, "%s, %zu mutants: %zu caught, %zu survive", ca_rules_and_features(cli, total->rules, total->features),
            total->caught + total->survive + total->equivalent, total->caught, total->survive);
    if (total->equivalent) {
        fprintf(out, ", %zu declared equivalent", total->equivalent);
    }
    if (total->untested) {
        fprintf(out, "; %zu not tried", total->untested);
    }
    fputc('\n', out);
}

int ca_rules_mutate(ca_rules_job *job, ca_error *err)
{
    ca_format format;
    tally total = {0};
    size_t asked;
    int rc = ca_argument_format(job->arguments, &format, err);
    rc = rc ? rc : ca_rules_count(job, &asked, err);
    if (rc) {
        return rc;
    }
    ca_output *output = format == CA_FORMAT_TABLE ? NULL : ca_output_new(job->cli, format);
    if (format != CA_FORMAT_TABLE && !output) {
        return ca_error_nomem(err);
    }
    rc = mutate_all(job, output, &total, err);
    if (output) {
        ca_output_end(output);
    } else if (rc == 0) {
        print_total(job->cli, &total);
    }
    return rc ? rc : judge(job, &total, err);
}
