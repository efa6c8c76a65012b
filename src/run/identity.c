/* The identity of a run: what went in and what could change the outcome, but not threads, memory, paths or names. */
#include "run/measuring.h"
#include "run/several.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int by_digest(const void *left, const void *right)
{
    const ca_run_file *a = *(const ca_run_file *const *)left;
    const ca_run_file *b = *(const ca_run_file *const *)right;
    int order = ca_digest_cmp(a->digest, b->digest);
    return order ? order : strcmp(ca_layout_name(a->layout), ca_layout_name(b->layout));
}

/* Contents in order of digest; the layout says how they were read, and the date a file's name gives to its facts counts
 * like content. */
static int add_inputs(const ca_scan_state *scan, ca_hasher *hasher)
{
    const ca_run_file **files = ca_realloc_array(NULL, scan->file_count + 1, sizeof *files);
    size_t count = 0;
    if (!files) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < scan->file_count; i++) {
        if (scan->files[i].layout && ca_layout_records(scan->files[i].layout) != CA_RECORDS_IGNORE) {
            files[count++] = &scan->files[i];
        }
    }
    if (count) {
        qsort(files, count, sizeof *files, by_digest);
    }
    for (size_t i = 0; i < count; i++) {
        const char *layout = ca_layout_name(files[i]->layout);
        ca_date as_of = ca_layout_file_as_of(files[i]->layout, files[i]->path);
        ca_hasher_add(hasher, &files[i]->digest, sizeof files[i]->digest);
        ca_hasher_add(hasher, layout, strlen(layout) + 1);
        ca_hasher_add(hasher, &as_of, sizeof as_of);
    }
    ca_free(files);
    return 0;
}

/* In the order of the rule's file, whatever the order in which the site names them. The logic hash knows those that decide;
 * others stand in messages. */
static void add_parameters(const ca_ruleset *set, const ca_rule *rule, ca_hasher *hasher)
{
    for (size_t i = 0; i < rule->parameter_count; i++) {
        for (size_t k = 0; rule->parameters[i].overridden && k < set->override_count; k++) {
            const ca_override *said = &set->overrides[k];
            if (ca_text_is(said->rule, rule->id) && ca_text_is(said->parameter, rule->parameters[i].name)) {
                ca_hasher_add(hasher, said->parameter.ptr, said->parameter.len + 1);
                ca_hasher_add(hasher, said->value.ptr, said->value.len + 1);
            }
        }
    }
}

static void add_rules(const ca_scan_state *scan, ca_hasher *hasher)
{
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        uint8_t status = (uint8_t)rule->status;
        ca_hasher_add(hasher, rule->id, strlen(rule->id) + 1);
        ca_hasher_add(hasher, rule->logic_hash, sizeof rule->logic_hash);
        ca_hasher_add(hasher, rule->text_hash, sizeof rule->text_hash);
        ca_hasher_add(hasher, &status, 1);
        add_parameters(scan->setup->rules, rule, hasher);
    }
}

/* What becomes a lead, and how many scores are kept. */
static void add_scoring(const ca_scan_options *options, ca_hasher *hasher)
{
    const uint64_t said[] = {options->no_score, options->has_budget, options->budget, options->budget_share,
                             options->max_scores, options->networks};
    ca_hasher_add(hasher, said, options->no_score ? sizeof *said : sizeof said);
}

static void add_settings(const ca_scan_state *scan, ca_hasher *hasher)
{
    ca_hasher_add(hasher, CA_SEMANTICS, sizeof CA_SEMANTICS);
    ca_hasher_add(hasher, scan->setup->profile->digest, sizeof scan->setup->profile->digest);
    ca_hasher_add(hasher, &scan->options->max_findings, sizeof scan->options->max_findings);
    add_scoring(scan->options, hasher);
    ca_horizon_identify(scan->options, hasher);
    ca_measuring_identify(scan, hasher);
    add_rules(scan, hasher);
}

int ca_run_identity(const ca_scan_state *scan, ca_digest *ret_identity, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return ca_error_nomem(err);
    }
    add_settings(scan, hasher);
    int rc = add_inputs(scan, hasher);
    *ret_identity = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    return rc ? ca_error_nomem(err) : 0;
}

static void add_schema(const ca_schema *schema, ca_hasher *hasher)
{
    for (unsigned i = 0; i < schema->count; i++) {
        uint8_t type = (uint8_t)schema->columns[i].type;
        ca_hasher_add(hasher, schema->columns[i].name, strlen(schema->columns[i].name) + 1);
        ca_hasher_add(hasher, &type, 1);
    }
}

/* Rows of a part name files by number: their order counts here. Digests are not known before they are read. */
static void add_files(const ca_scan_state *scan, ca_hasher *hasher)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        const char *layout = scan->files[i].layout ? ca_layout_name(scan->files[i].layout) : "";
        uint64_t size = scan->files[i].info.size;
        ca_hasher_add(hasher, layout, strlen(layout) + 1);
        ca_hasher_add(hasher, &size, sizeof size);
    }
}

int ca_run_manifest(const ca_scan_state *scan, ca_manifest *ret_manifest, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return ca_error_nomem(err);
    }
    add_settings(scan, hasher);
    add_schema(&scan->setup->schema, hasher);
    add_files(scan, hasher);
    ca_digest run = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    *ret_manifest = (ca_manifest){
        .seed = run.low, /* where keys lie is another thing in each run: nobody can choose keys that meet */
        .buckets = scan->options->buckets ? scan->options->buckets : CA_KEYED_BUCKETS,
        .run = run,
    };
    return 0;
}
