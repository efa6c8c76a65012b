/* claimaudit rules list --features | show | test: what the subcommands say of features. */
#include "base/hash.h"
#include "cli/rules_verbs.h"
#include "rules/feature_test.h"

const char *ca_rules_and_features(ca_cli *cli, size_t rules, size_t features)
{
    const char *of_rules = ca_arena_printf(&cli->arena, "%zu rule%s", rules, rules == 1 ? "" : "s");
    const char *of_features = ca_arena_printf(&cli->arena, "%zu feature%s", features, features == 1 ? "" : "s");
    const char *both = of_rules && of_features ? ca_arena_printf(&cli->arena, "%s and %s", of_rules, of_features) : NULL;
    const char *text = features == 0 ? of_rules : rules == 0 ? of_features : both;
    return text ? text : "";
}

static const char *form_of(const ca_feature *feature)
{
    static const char *const lines[] = {
        [CA_LINE_NUMBER] = "number", [CA_LINE_CODE] = "code", [CA_LINE_CONDITION] = "condition"};
    return feature->entity == CA_ENTITY_LINE ? lines[feature->line.form] : ca_feature_form_name(feature->form);
}

int ca_features_list(ca_cli *cli, ca_output *output, const ca_featureset *set)
{
    static const char *const names[] = {"feature", "version", "status", "entity", "form", "direction", "title"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        const ca_feature *feature = set->features[i];
        const char *version = ca_arena_printf(&cli->arena, "%lld", (long long)feature->version);
        if (!version) {
            return CA_NOMEM;
        }
        ca_text cells[] = {ca_text_of(feature->id), ca_text_of(version), ca_text_of(feature->draft ? "draft" : "active"),
                           ca_text_of(ca_entity_kinds[feature->entity].name), ca_text_of(form_of(feature)),
                           ca_text_of(ca_direction_name(feature->direction)), ca_text_of(feature->title)};
        rc = ca_output_row(output, names, cells, 7);
    }
    return rc;
}

/* A list of several features prints whole: what stands above one may be meant for it. */
void ca_features_show(ca_cli *cli, const ca_feature *feature)
{
    char hash[2 * CA_SHA256_SIZE + 1];
    ca_text source = feature->file->source;
    bool of_list = feature->root != feature->file->root;
    size_t from = of_list ? feature->root->start : 0;
    size_t to = of_list ? feature->root->end : source.len;
    while (from > 0 && source.ptr[from - 1] != '\n') {
        from--;
    }
    while (to > from && (source.ptr[to - 1] == ' ' || source.ptr[to - 1] == '\n')) {
        to--;
    }
    ca_hex(feature->logic_hash, CA_SHA256_SIZE, hash);
    fprintf(cli->out, "# %s:%u\n# logic %s\n", feature->file->path, (unsigned)feature->root->line, hash);
    fwrite(source.ptr + from, 1, to - from, cli->out);
    fputc('\n', cli->out);
}

int ca_features_test(ca_rules_job *job, size_t *ret_features, size_t *cases, size_t *failed, ca_error *err)
{
    const ca_featureset *set = job->setup->features;
    int rc = 0;
    *ret_features = 0;
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        ca_testrun result = {0};
        if (!ca_features_asked(job, set->features[i])) {
            continue;
        }
        rc = ca_testrun_feature(set, set->features[i], job->diags, &result, err);
        ++*ret_features;
        *cases += result.cases;
        *failed += result.failed;
    }
    return rc;
}
