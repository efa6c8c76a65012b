/* claimaudit rules diff OLD NEW: what two folders or files of rules and features say differently. */
#include "cli/rules_verbs.h"

#include <string.h>

#include "cli/rule_options.h"
#include "rules/diff.h"

/* One of the two. */
typedef struct side {
    const char *path;
    ca_setup setup;
    ca_diags diags;
} side;

typedef struct differing {
    ca_cli *cli;
    side old, new;
    ca_output *output;      /* NULL: in words */
    size_t same, changed, added, removed;
} differing;

static int load_side(ca_cli *cli, const ca_arguments *arguments, const char *path, side *ret, ca_error *err)
{
    ca_setup_options options;
    const char *profile = ca_argument(arguments, "profile");
    const char *profile_path = NULL;
    ret->path = path;
    int rc = profile ? ca_share_profile(cli, profile, &profile_path, err) : 0;
    rc = rc ? rc : ca_rule_options(cli, arguments, profile_path, &options, err);
    if (rc) {
        return rc;
    }
    options.only_from = path;
    options.unlocked = true;
    options.change_count = 0;
    return ca_setup_load(&options, &cli->arena, &ret->diags, &ret->setup, err);
}

/* A rule or a feature. */
typedef struct subject {
    const char *what, *id, *title;
    int64_t version;
} subject;

static subject of_rule(const ca_rule *rule)
{
    return (subject){"rule", rule->id, rule->title, rule->version};
}

static subject of_feature(const ca_feature *feature)
{
    return (subject){"feature", feature->id, feature->title, feature->version};
}

static int print_row(differing *d, const subject *rule, const char *kind, const ca_rule_change *change)
{
    static const char *const names[] = {"rule", "change", "what", "before", "after"};
    ca_text cells[] = {ca_text_of(rule->id), ca_text_of(kind), ca_text_of(change->what),
                       change->before ? ca_text_of(change->before) : (ca_text){0},
                       change->after ? ca_text_of(change->after) : (ca_text){0}};
    return ca_output_row(d->output, names, cells, 5);
}

/* A text of several lines, or a long one, only shows that it is another. */
static void print_change(FILE *out, const ca_rule_change *change)
{
    bool is_long = (change->before && (strlen(change->before) > 200 || strchr(change->before, '\n'))) ||
                   (change->after && (strlen(change->after) > 200 || strchr(change->after, '\n')));
    if (!change->logic && change->before && change->after && (is_long || strcmp(change->before, change->after) == 0)) {
        fprintf(out, "  %s: another text\n", change->what);
    } else if (!change->before) {
        fprintf(out, "  %s: + %s\n", change->what, change->after);
    } else if (!change->after) {
        fprintf(out, "  %s: - %s\n", change->what, change->before);
    } else {
        fprintf(out, "  %s: %s -> %s\n", change->what, change->before, change->after);
    }
}

static void print_head(FILE *out, const subject *old, const subject *new, const ca_rule_diff *diff)
{
    fprintf(out, "%s  version %lld", new->id, (long long)old->version);
    if (new->version != old->version) {
        fprintf(out, " -> %lld", (long long)new->version);
    }
    fprintf(out, ": %s", diff->logic ? "its logic changed" : "no change of logic");
    fputs(diff->logic && new->version <= old->version ? "; the version must rise\n" : "\n", out);
}

static int tell(differing *d, subject old, subject new, const ca_rule_diff *diff, ca_error *err)
{
    int rc = 0;
    if (!diff->logic && diff->count == 0 && old.version == new.version) {
        d->same++;
        return 0;
    }
    d->changed++;
    if (!d->output) {
        print_head(d->cli->out, &old, &new, diff);
    }
    for (size_t i = 0; rc == 0 && i < diff->count; i++) {
        if (d->output) {
            rc = print_row(d, &new, diff->items[i].logic ? "logic" : "text", &diff->items[i]);
        } else {
            print_change(d->cli->out, &diff->items[i]);
        }
    }
    return rc ? ca_error_nomem(err) : 0;
}

static int compare_rules(differing *d, const ca_rule *old, const ca_rule *new, ca_error *err)
{
    ca_rule_diff diff;
    int rc = ca_rule_compare(d->old.setup.rules, old, d->new.setup.rules, new, &d->cli->arena, &diff, err);
    return rc ? rc : tell(d, of_rule(old), of_rule(new), &diff, err);
}

static int compare_features(differing *d, const ca_feature *old, const ca_feature *new, ca_error *err)
{
    ca_rule_diff diff;
    int rc = ca_feature_compare(d->old.setup.features, old, d->new.setup.features, new, &d->cli->arena, &diff, err);
    return rc ? rc : tell(d, of_feature(old), of_feature(new), &diff, err);
}

static int one_sided(differing *d, subject rule, bool is_new, ca_error *err)
{
    d->added += is_new;
    d->removed += !is_new;
    if (!d->output) {
        fprintf(d->cli->out, "%s  only in %s: %s\n", rule.id, is_new ? d->new.path : d->old.path, rule.title);
        return 0;
    }
    const ca_rule_change change = {rule.what, is_new ? NULL : rule.title, is_new ? rule.title : NULL, true};
    return print_row(d, &rule, is_new ? "added" : "removed", &change) ? ca_error_nomem(err) : 0;
}

/* Both are sorted by id. */
static int walk_rules(differing *d, ca_error *err)
{
    const ca_ruleset *old = d->old.setup.rules;
    const ca_ruleset *new = d->new.setup.rules;
    size_t i = 0, k = 0;
    int rc = 0;
    while (rc == 0 && (i < old->count || k < new->count)) {
        int order = i == old->count ? 1 : k == new->count ? -1 : strcmp(old->rules[i]->id, new->rules[k]->id);
        if (order == 0) {
            rc = compare_rules(d, old->rules[i++], new->rules[k++], err);
        } else if (order < 0) {
            rc = one_sided(d, of_rule(old->rules[i++]), false, err);
        } else {
            rc = one_sided(d, of_rule(new->rules[k++]), true, err);
        }
    }
    return rc;
}

/* These go by entity: one that was moved to another is still the same. */
static int walk_features(differing *d, ca_error *err)
{
    const ca_featureset *old = d->old.setup.features;
    const ca_featureset *new = d->new.setup.features;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < old->count; i++) {
        const ca_feature *other = ca_featureset_find(new, ca_text_of(old->features[i]->id));
        rc = other ? compare_features(d, old->features[i], other, err) : one_sided(d, of_feature(old->features[i]), false, err);
    }
    for (size_t i = 0; rc == 0 && i < new->count; i++) {
        bool known = ca_featureset_find(old, ca_text_of(new->features[i]->id)) != NULL;
        rc = known ? 0 : one_sided(d, of_feature(new->features[i]), true, err);
    }
    return rc;
}

static int show(differing *d, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    int rc = ca_argument_format(arguments, &format, err);
    if (rc == 0 && format != CA_FORMAT_TABLE && !(d->output = ca_output_new(d->cli, format))) {
        rc = ca_error_nomem(err);
    }
    rc = rc ? rc : walk_rules(d, err);
    rc = rc ? rc : walk_features(d, err);
    if (d->output) {
        ca_output_end(d->output);
    } else if (rc == 0) {
        fprintf(d->cli->out, "%zu changed, %zu added, %zu removed, %zu the same\n", d->changed, d->added, d->removed, d->same);
    }
    return rc;
}

int ca_rules_diff(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    differing d = {.cli = cli};
    if (arguments->word_count != 3) {
        return ca_error_set(err, CA_USAGE, "which two? for example: claimaudit rules diff old-rules new-rules");
    }
    ca_diags_init(&d.old.diags, &cli->arena);
    ca_diags_init(&d.new.diags, &cli->arena);
    int rc = load_side(cli, arguments, arguments->words[1], &d.old, err);
    int first = rc;
    rc = rc && rc != CA_CONFIG ? rc : load_side(cli, arguments, arguments->words[2], &d.new, err);
    rc = first ? first : rc;
    rc = rc ? rc : show(&d, arguments, err);
    ca_print_diags(cli, &d.old.diags, CA_DIAG_ERROR);
    ca_print_diags(cli, &d.new.diags, CA_DIAG_ERROR);
    size_t errors = d.old.diags.errors + d.new.diags.errors;
    if (rc == CA_CONFIG && errors) {
        rc = ca_error_set(err, CA_CONFIG, "%zu error%s in the rules", errors, errors == 1 ? "" : "s");
    }
    ca_setup_done(&d.old.setup);
    ca_setup_done(&d.new.setup);
    ca_diags_done(&d.old.diags);
    ca_diags_done(&d.new.diags);
    return rc;
}
