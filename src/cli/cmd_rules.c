/* claimaudit rules: finds the subcommand, loads the rules that it works on, and says what was wrong with them. */
#include "cli/commands.h"

#include <string.h>

#include "base/text.h"
#include "cli/rule_options.h"
#include "cli/rules_verbs.h"
#include "rules/rulefile.h"

/* What may follow the name of a subcommand. */
typedef enum ca_rules_word {
    CA_WORD_NONE,
    CA_WORD_RULE,      /* an id; the subcommand says when it is missing */
    CA_WORD_PLACE,     /* one file or folder: the rules in it and no others; without it all */
    CA_WORD_FOLDER,    /* the same, and needed */
    CA_WORD_ANY        /* an id, a file or a folder */
} ca_rules_word;

typedef struct ca_rules_verb {
    const char *name;
    ca_rules_word word;
    int (*run)(ca_rules_job *job, ca_error *err);
    int (*alone)(ca_cli *cli, const ca_arguments *arguments, ca_error *err);    /* instead: it loads what it needs */
    bool tells;        /* prints warnings and hints besides errors */
    bool unlocked;     /* a rules.lock that does not agree is no error */
    bool as_written;   /* whatever the site says of parameters */
} ca_rules_verb;

static const ca_rules_verb verbs[] = {
    {.name = "lint", .word = CA_WORD_PLACE, .run = ca_rules_lint, .tells = true},
    {.name = "test", .word = CA_WORD_ANY, .run = ca_rules_test},
    {.name = "mutate", .word = CA_WORD_ANY, .run = ca_rules_mutate},
    {.name = "list", .word = CA_WORD_NONE, .run = ca_rules_list, .unlocked = true},
    {.name = "show", .word = CA_WORD_RULE, .run = ca_rules_show, .unlocked = true},
    {.name = "cost", .word = CA_WORD_ANY, .run = ca_rules_cost, .unlocked = true},
    {.name = "doc", .word = CA_WORD_ANY, .run = ca_rules_doc, .unlocked = true},
    {.name = "lock", .word = CA_WORD_FOLDER, .run = ca_rules_lock, .unlocked = true, .as_written = true},
    {.name = "diff", .alone = ca_rules_diff},
    {.name = "fmt", .alone = ca_rules_fmt},
    {.name = "new", .alone = ca_rules_new},
    {.name = "try", .alone = ca_rules_try},
};

#define VERBS (sizeof verbs / sizeof *verbs)

int ca_rules_refuse(const ca_rules_job *job, ca_error *err)
{
    size_t errors = job->diags->errors;
    return ca_error_set(err, CA_CONFIG, "%zu error%s in the rules", errors, errors == 1 ? "" : "s");
}

bool ca_rules_asked(const ca_rules_job *job, const ca_rule *rule)
{
    return !job->only || strcmp(job->only, rule->id) == 0;
}

bool ca_features_asked(const ca_rules_job *job, const ca_feature *feature)
{
    return !job->only || strcmp(job->only, feature->id) == 0;
}

int ca_rules_count(const ca_rules_job *job, size_t *ret_count, ca_error *err)
{
    size_t count = 0;
    bool feature = job->only && ca_featureset_find(job->setup->features, ca_text_of(job->only));
    for (size_t i = 0; i < job->setup->rules->count; i++) {
        count += ca_rules_asked(job, job->setup->rules->rules[i]);
    }
    if (job->only && count == 0 && !feature) {
        return ca_error_set(err, CA_USAGE,
                            "there is no rule %s among those that are loaded; name its file, or its folder with --rules",
                            job->only);
    }
    *ret_count = count;
    return 0;
}

/* A rule or a feature; a feature may be called as a folder is, and then the folder is meant. */
static bool is_id(const ca_rules_job *job, const char *word)
{
    ca_file_info info;
    ca_disk *disk = job->cli->disk;
    return ca_rule_id_valid(ca_text_of(word)) ||
           (ca_feature_id_valid(ca_text_of(word)) && disk->info(disk, word, &info, NULL) == CA_END);
}

/* A word that nobody reads is refused: what it names would count as checked. */
static int take_word(const ca_rules_verb *verb, const ca_arguments *arguments, ca_setup_options *options,
                     ca_rules_job *job, ca_error *err)
{
    const char *word = arguments->word_count > 1 ? arguments->words[1] : NULL;
    switch (verb->word) {
    case CA_WORD_RULE:
        return 0;
    case CA_WORD_NONE:
        return word ? ca_error_set(err, CA_USAGE, "rules %s takes no file; --rules adds those of a file or folder", verb->name)
                    : 0;
    case CA_WORD_FOLDER:
        if (!word) {
            return ca_error_set(err, CA_USAGE, "which folder? for example: claimaudit rules %s my-rules", verb->name);
        }
        break;
    case CA_WORD_PLACE:
    case CA_WORD_ANY:
        break;
    }
    if (arguments->word_count > 2) {
        return ca_error_set(err, CA_USAGE, "rules %s takes one file or folder; --rules adds further ones", verb->name);
    }
    if (word && verb->word == CA_WORD_ANY && is_id(job, word)) {
        job->only = word;
    } else {
        options->only_from = word;
    }
    return 0;
}

static int load(const ca_setup_options *options, ca_rules_job *job, ca_error *err)
{
    int rc = ca_setup_load(options, &job->cli->arena, job->diags, job->setup, err);
    if (rc == CA_CONFIG && job->diags->errors) {
        return ca_rules_refuse(job, err);
    }
    if (rc == 0 && options->only_from && job->setup->rules->count + job->setup->features->count == 0) {
        return ca_error_set(err, CA_CONFIG, "%s: there is no rule in this folder; rules are files named ID.yaml",
                            options->only_from);
    }
    return rc;
}

static const ca_rules_verb *find_verb(const ca_arguments *arguments)
{
    for (size_t i = 0; arguments->word_count && i < VERBS; i++) {
        if (strcmp(verbs[i].name, arguments->words[0]) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int which_verb(ca_cli *cli, ca_error *err)
{
    const char *names = "";
    for (size_t i = 0; names && i < VERBS; i++) {
        names = ca_arena_printf(&cli->arena, "%s%s%s", names, i == 0 ? "" : i + 1 < VERBS ? ", " : " or ", verbs[i].name);
    }
    return ca_error_set(err, CA_USAGE, "rules %s? see claimaudit help rules", names ? names : "");
}

static int run_loaded(const ca_rules_verb *verb, ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_diags diags;
    ca_setup setup;
    ca_rules_job job = {cli, arguments, &setup, &diags, NULL};
    const char *profile = ca_argument(arguments, "profile");
    const char *path = NULL;
    ca_setup_options options;
    int rc = profile ? ca_share_profile(cli, profile, &path, err) : 0;
    rc = rc ? rc : ca_rule_options(cli, arguments, path, &options, err);
    rc = rc ? rc : take_word(verb, arguments, &options, &job, err);
    if (rc) {
        return rc;
    }
    options.unlocked = verb->unlocked;
    options.change_count = verb->as_written ? 0 : options.change_count;
    ca_diags_init(&diags, &cli->arena);
    rc = load(&options, &job, err);
    rc = rc ? rc : verb->run(&job, err);
    ca_print_diags(cli, &diags, verb->tells ? CA_DIAG_HINT : CA_DIAG_ERROR);
    ca_setup_done(&setup);
    ca_diags_done(&diags);
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    const ca_rules_verb *verb = find_verb(arguments);
    if (!verb) {
        return which_verb(cli, err);
    }
    return verb->alone ? verb->alone(cli, arguments, err) : run_loaded(verb, cli, arguments, err);
}

static const ca_option options[] = {
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    {"profile", "NAME|FILE", "only the packs that run with this profile, and its x. fields", false},
    {"verbose", NULL, "lint: also the exchange that each rule needs", false},
    {"leaves", NULL, "test: also list conditions that the tests did not see both true and false", false},
    {"check", NULL, "fmt: only tell which files are not as it would write them", false},
    {"kinds", NULL, "list: the kinds of rules instead", false},
    {"features", NULL, "list: the features of entities and lines instead", false},
    {"kind", "KIND", "new: the kind of the rule", false},
    {"output", "FILE|DIR", "new: where to write it (default the file ID.yaml here); doc: the folder of the book", false},
    {"lines", "N", "cost: lines of the run to estimate (default 1000000)", false},
    {"limit", "N", "try: findings listed of each rule (default 20)", false},
    {"as-test", "N", "try: print finding N as a test case for the rule's file", false},
    {"data-from", "DATE", "try: first day that the files cover (default what the profile says)", false},
    {"data-through", "DATE", "try: last day that the files cover (default the day of the run)", false},
    {"memory", "SIZE", "try: memory to plan with, such as 2G (default a quarter of what there is)", false},
    {"work", "DIR", "try: folder for temporary files (default the current one)", false},
    {"format", "FORMAT", "list, mutate, diff, cost, try: table, csv or json", false},
    {0}};

const ca_command ca_cmd_rules = {
    .name = "rules",
    .summary = "check, test, compare, document, write and try rules",
    .synopsis = "lint [FILE|DIR] | list | show ID | test [ID|FILE|DIR] | mutate [ID|FILE|DIR] [options]\n"
                "       claimaudit rules new ID --kind KIND | fmt FILE|DIR… | diff OLD NEW | lock DIR\n"
                "       claimaudit rules cost [ID|FILE|DIR] | doc [ID|FILE|DIR] --output DIR | try FILE|DIR INPUT… [options]",
    .description = "lint    reads all rules, sets and tables, or the rules of a file or folder with the sets they\n"
                   "        see, and reports every error with file:line:column\n"
                   "test    runs the tests inside the files of rules and features: all, of one, or those of a file or\n"
                   "        folder\n"
                   "mutate  changes each rule or feature in small ways, as a slip of the hand would, and tells which\n"
                   "        its tests do not notice; 3 where they notice less than 90 % of those of a rule\n"
                   "list    lists the rules; --features what is measured of entities and lines\n"
                   "show    prints a rule or feature as it is in its file, with the hash of its logic\n"
                   "fmt     writes rules and features in their canonical layout: order of keys, aligned tables, quotes\n"
                   "        around codes that other programs would take for numbers; comments stay\n"
                   "diff    tells what two files or folders of rules and features say differently: conditions, sets, …\n"
                   "cost    tells which exchange each rule needs, and estimates bytes, memory and time of a run\n"
                   "doc     writes the rule book for auditors into a folder: a page for each rule, with its reasons,\n"
                   "        conditions, tables and examples, as HTML and as Markdown\n"
                   "lock    writes rules.lock into a folder: from then on the logic of a rule or feature in it changes\n"
                   "        only with its version\n"
                   "new     writes a draft of a rule that explains its keys; your own ids are SITE-0001, SITE-0002, …\n"
                   "try     runs the rules of a file or folder, whatever their status, over claim files: what they\n"
                   "        find and how much money is in it, and the fields for want of which they cannot judge.\n"
                   "        It needs --profile, shows content of the files, and stores nothing",
    .options = options,
    .run = run};
