/* claimaudit rules lint | test | list | show | new; `try` is in cmd_try.c. */
#include "cli/commands.h"
#include "cli/rules_new.h"

#include <string.h>

#include "base/text.h"
#include "cli/rule_options.h"
#include "rules/kind.h"
#include "rules/rulefile.h"
#include "rules/testrun.h"

/* A subcommand of rules. */
typedef struct ca_rules_verb {
    const char *name;
    int (*run)(ca_cli *cli, const ca_arguments *arguments, ca_setup *setup, ca_diags *diags, ca_error *err);
} ca_rules_verb;

static int refuse(ca_diags *diags, ca_error *err)
{
    return ca_error_set(err, CA_CONFIG, "%zu error%s in the rules", diags->errors, diags->errors == 1 ? "" : "s");
}

static int lint(ca_cli *cli, const ca_arguments *arguments, ca_setup *setup, ca_diags *diags, ca_error *err)
{
    (void)arguments;
    for (size_t i = 0; i < setup->rules->count; i++) {
        const ca_rule *rule = setup->rules->rules[i];
        if (!rule->tests && (rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW)) {
            ca_diag_add(diags, CA_DIAG_ERROR, rule->file->path, 1, 1, "%s is %s and has no tests", rule->id,
                        ca_rule_status_name(rule->status));
        }
    }
    if (diags->errors) {
        return refuse(diags, err);
    }
    fprintf(cli->out, "%zu rule%s, no errors.\n", setup->rules->count, setup->rules->count == 1 ? "" : "s");
    return 0;
}

/* The rule that a word names; NULL where it is a file or folder, or not there. */
static const char *only_rule(const ca_arguments *arguments)
{
    const char *word = arguments->word_count > 1 ? arguments->words[1] : NULL;
    return word && ca_rule_id_valid(ca_text_of(word)) ? word : NULL;
}

static int test(ca_cli *cli, const ca_arguments *arguments, ca_setup *setup, ca_diags *diags, ca_error *err)
{
    ca_testrun total = {0};
    size_t rules = 0;
    const char *only = only_rule(arguments);
    for (size_t i = 0; i < setup->rules->count; i++) {
        const ca_rule *rule = setup->rules->rules[i];
        ca_testrun result = {0};
        if (only && strcmp(only, rule->id) != 0) {
            continue;
        }
        int rc = ca_testrun_rule(setup->rules, rule, diags, &result, err);
        if (rc) {
            return rc;
        }
        if (result.waiting) {
            fprintf(cli->out, "%s waits: kind %s is not judged yet\n", rule->id, rule->kind->name);
        }
        rules++;
        total.waiting += result.waiting;
        total.cases += result.cases;
        total.failed += result.failed;
    }
    if (only && rules == 0) {
        return ca_error_set(err, CA_USAGE, "there is no rule %s among those that are loaded; name its file, or its folder with --rules",
                            only);
    }
    fprintf(cli->out, "%zu rule%s, %zu test%s: %zu passed, %zu failed", rules, rules == 1 ? "" : "s", total.cases,
            total.cases == 1 ? "" : "s", total.cases - total.failed - total.waiting, total.failed);
    if (total.waiting) {
        fprintf(cli->out, ", %zu waiting", total.waiting);
    }
    fputc('\n', cli->out);
    return diags->errors ? ca_error_set(err, CA_CONFIG, "the tests of the rules fail") : 0;
}

static const char *judged(ca_gathering gathering)
{
    switch (gathering) {
    case CA_GATHER_LINE:
        return "in the stream";
    case CA_GATHER_CLAIM:
        return "by claim";
    case CA_GATHER_GROUP:
        return "when all lines of a key have come together";
    case CA_GATHER_NONE:
        break;
    }
    return "not yet";
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
        const char *status = ca_arena_printf(&cli->arena, "%s%s", ca_rule_status_name(rule->status),
                                             ca_rule_waits(rule) ? " (waits)" : "");
        if (!version || !status) {
            return CA_NOMEM;
        }
        ca_text cells[] = {ca_text_of(rule->id), ca_text_of(version), ca_text_of(status), ca_text_of(rule->kind->name),
                           ca_text_of(rule->severity), ca_text_of(ca_grade_name(rule->grade)),
                           ca_text_of(rule->title)};
        rc = ca_output_row(output, names, cells, 7);
    }
    return rc;
}

static int list(ca_cli *cli, const ca_arguments *arguments, ca_setup *setup, ca_diags *diags, ca_error *err)
{
    ca_format format;
    int rc = diags->errors ? refuse(diags, err) : ca_argument_format(arguments, &format, err);
    if (rc) {
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    rc = ca_switch(arguments, "kinds") ? print_kinds(output) : print_rules(cli, output, setup);
    ca_output_end(output);
    for (size_t i = 0; rc == 0 && format == CA_FORMAT_TABLE && !ca_switch(arguments, "kinds") && i < setup->note_count; i++) {
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

static int show(ca_cli *cli, const ca_arguments *arguments, ca_setup *setup, ca_diags *diags, ca_error *err)
{
    char hash[2 * CA_SHA256_SIZE + 1];
    if (diags->errors) {
        return refuse(diags, err);
    }
    if (arguments->word_count != 2) {
        return ca_error_set(err, CA_USAGE, "which rule? for example: claimaudit rules show US-0101");
    }
    const ca_rule *rule = ca_ruleset_find(setup->rules, ca_text_of(arguments->words[1]));
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

/* lint and test take a file or folder as try does: the rules in it and no others. A word that nobody reads is refused:
 * what it names would count as checked. */
static int take_word(const ca_rules_verb *verb, const ca_arguments *arguments, ca_setup_options *options, ca_error *err)
{
    bool takes_files = verb->run == lint || verb->run == test;
    if (takes_files && arguments->word_count > 2) {
        return ca_error_set(err, CA_USAGE, "rules %s takes one file or folder; --rules adds further ones", verb->name);
    }
    if (verb->run == list && arguments->word_count > 1) {
        return ca_error_set(err, CA_USAGE, "rules list takes no file; --rules adds those of a file or folder");
    }
    if (takes_files && arguments->word_count == 2 && !(verb->run == test && only_rule(arguments))) {
        options->only_from = arguments->words[1];
    }
    return 0;
}

static int load(const ca_setup_options *options, ca_cli *cli, ca_diags *diags, ca_setup *setup, ca_error *err)
{
    int rc = ca_setup_load(options, &cli->arena, diags, setup, err);
    if (rc == CA_CONFIG && diags->errors) {
        return refuse(diags, err);
    }
    if (rc == 0 && options->only_from && setup->rules->count == 0) {
        return ca_error_set(err, CA_CONFIG, "%s: there is no rule in this folder; rules are files named ID.yaml",
                            options->only_from);
    }
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    static const ca_rules_verb verbs[] = {{"lint", lint}, {"list", list}, {"show", show}, {"test", test}};
    const ca_rules_verb *verb = NULL;
    ca_diags diags;
    ca_setup setup;
    if (arguments->word_count && strcmp(arguments->words[0], "new") == 0) {
        return ca_rules_new(cli, arguments, err);
    }
    if (arguments->word_count && strcmp(arguments->words[0], "try") == 0) {
        return ca_rules_try(cli, arguments, err);
    }
    for (size_t i = 0; arguments->word_count && i < sizeof verbs / sizeof *verbs; i++) {
        verb = strcmp(verbs[i].name, arguments->words[0]) == 0 ? &verbs[i] : verb;
    }
    if (!verb) {
        return ca_error_set(err, CA_USAGE, "rules lint, test, list, show, new or try? see claimaudit help rules");
    }
    const char *profile = ca_argument(arguments, "profile");
    const char *path = NULL;
    ca_setup_options options;
    int rc = profile ? ca_share_profile(cli, profile, &path, err) : 0;
    rc = rc ? rc : ca_rule_options(cli, arguments, path, &options, err);
    rc = rc ? rc : take_word(verb, arguments, &options, err);
    if (rc) {
        return rc;
    }
    ca_diags_init(&diags, &cli->arena);
    rc = load(&options, cli, &diags, &setup, err);
    rc = rc ? rc : verb->run(cli, arguments, &setup, &diags, err);
    ca_print_diags(cli, &diags, verb->run == lint ? CA_DIAG_HINT : CA_DIAG_ERROR);
    ca_setup_done(&setup);
    ca_diags_done(&diags);
    return rc;
}

static const ca_option options[] = {
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    {"profile", "NAME|FILE", "only the packs that run with this profile, and its x. fields", false},
    {"kinds", NULL, "list: the kinds of rules instead", false},
    {"kind", "KIND", "new: the kind of the rule", false},
    {"output", "FILE|DIR", "new: where to write it (default the file ID.yaml here)", false},
    {"limit", "N", "try: findings listed of each rule (default 20)", false},
    {"as-test", "N", "try: print finding N as a test case for the rule's file", false},
    {"memory", "SIZE", "try: memory to plan with, such as 2G (default a quarter of what there is)", false},
    {"work", "DIR", "try: folder for temporary files (default the current one)", false},
    {"format", "FORMAT", "list, try: table, csv or json", false},
    {0}};

const ca_command ca_cmd_rules = {
    .name = "rules",
    .summary = "check, test, list, write and try rules",
    .synopsis = "lint [FILE|DIR] | test [ID|FILE|DIR] | list | show ID | new ID --kind KIND | try FILE|DIR INPUT… [options]",
    .description = "lint    reads all rules, sets and tables, or the rules of a file or folder with the sets they\n"
                   "        see, and reports every error with file:line:column\n"
                   "test    runs the tests inside the rule files: of all rules, one, or those of a file or folder\n"
                   "list    lists the rules\n"
                   "show    prints a rule as it is in its file, with the hash of its logic\n"
                   "new     writes a draft of a rule that explains its keys; your own ids are SITE-0001, SITE-0002, …\n"
                   "try     runs the rules of a file or folder, whatever their status, over claim files: what they\n"
                   "        find and how much money is in it, and the fields for want of which they cannot judge.\n"
                   "        It needs --profile, shows content of the files, and stores nothing",
    .options = options,
    .run = run};
