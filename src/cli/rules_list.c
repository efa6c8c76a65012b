/* claimaudit rules list | show: what rules there are, and one as it stands in its file. */
#include "cli/rules_verbs.h"

#include <string.h>

#include "base/hash.h"
#include "rules/kind.h"

static const char *judged(ca_gathering gathering)
{
    switch (gathering) {
    case CA_GATHER_LINE:
        return "in the stream";
    case CA_GATHER_CLAIM:
        return "by claim";
    case CA_GATHER_GROUP:
        return "when all lines of a key have come together";
    }
    return "";
}

static int print_kinds(ca_output *output)
{
    static const char *const names[] = {"kind", "judged", "summary"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && ca_kinds[i]; i++) {
        ca_text cells[] = {ca_text_of(ca_kinds[i]->name),
                           ca_text_of(judged(ca_kinds[i]->gathering)),
                           ca_text_of(ca_kinds[i]->summary)};
        rc = ca_output_row(output, names, cells, 3);
    }
    return rc;
}

static int print_rules(ca_cli *cli, ca_output *output, const ca_setup *setup)
{
    static const char *const names[] = {"rule", "version", "status", "kind", "severity", "grade", "title"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < setup->rules->count; i++) {
        const ca_rule *rule = setup->rules->rules[i];
        const char *version = ca_arena_printf(&cli->arena, "%lld", (long long)rule->version);
        if (!version) {
            return CA_NOMEM;
        }
        ca_text cells[] = {ca_text_of(rule->id), ca_text_of(version), ca_text_of(ca_rule_status_name(rule->status)),
                           ca_text_of(rule->kind->name), ca_text_of(rule->severity), ca_text_of(ca_grade_name(rule->grade)), ca_text_of(rule->title)};
        rc = ca_output_row(output, names, cells, 7);
    }
    return rc;
}

int ca_rules_list(ca_rules_job *job, ca_error *err)
{
    ca_cli *cli = job->cli;
    const ca_arguments *arguments = job->arguments;
    const ca_setup *setup = job->setup;
    ca_format format;
    int rc = job->diags->errors ? ca_rules_refuse(job, err) : ca_argument_format(arguments, &format, err);
    if (rc) {
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    bool kinds = ca_switch(arguments, "kinds");
    bool features = ca_switch(arguments, "features");
    rc = kinds      ? print_kinds(output)
         : features ? ca_features_list(cli, output, setup->features)
                    : print_rules(cli, output, setup);
    ca_output_end(output);
    for (size_t i = 0; rc == 0 && format == CA_FORMAT_TABLE && !kinds && !features && i < setup->note_count; i++) {
        fprintf(cli->out, "%sNote: %s\n", i ? "" : "\n", setup->notes[i]);
    }
    return rc ? ca_error_nomem(err) : 0;
}

/* What the site says of this rule. */
static void print_changes(ca_cli *cli, const ca_setup *setup, const ca_rule *rule)
{
    for (size_t i = 0; i < setup->rules->override_count; i++) {
        const ca_override *said = &setup->rules->overrides[i];
        if (!ca_text_is(said->rule, rule->id)) {
            continue;
        }
        fprintf(cli->out, "# %s", said->file);
        if (said->line) {
            fprintf(cli->out, ":%u", (unsigned)said->line);
        }
        if (said->parameter.len) {
            fprintf(cli->out, ": %s = %s\n", said->parameter.ptr, said->value.ptr);
        } else {
            fputs(": switched off\n", cli->out);
        }
    }
}

int ca_rules_show(ca_rules_job *job, ca_error *err)
{
    ca_cli *cli = job->cli;
    const ca_arguments *arguments = job->arguments;
    const ca_setup *setup = job->setup;
    char hash[2 * CA_SHA256_SIZE + 1];
    if (job->diags->errors) {
        return ca_rules_refuse(job, err);
    }
    if (arguments->word_count != 2) {
        return ca_error_set(err, CA_USAGE, "which rule? for example: claimaudit rules show US-0101");
    }
    const ca_rule *rule = ca_ruleset_find(setup->rules, ca_text_of(arguments->words[1]));
    const ca_feature *feature = ca_featureset_find(setup->features, ca_text_of(arguments->words[1]));
    if (!rule && feature) {
        ca_features_show(cli, feature);
        return 0;
    }
    if (!rule) {
        return ca_error_set(err, CA_USAGE, "there is no rule %s; see claimaudit rules list",
                            arguments->words[1]);
    }
    ca_hex(rule->logic_hash, CA_SHA256_SIZE, hash);
    fprintf(cli->out, "# %s\n# logic %s\n", rule->file->path, hash);
    print_changes(cli, setup, rule);
    fwrite(rule->file->source.ptr, 1, rule->file->source.len, cli->out);
    return 0;
}
