/* claimaudit rules lock FOLDER: writes the folder's rules.lock, unless a rule's logic changed under its version. */
#include "cli/rules_verbs.h"

#include <string.h>

#include "rules/lock.h"

static int check_folder(const ca_rules_job *job, const char *folder, ca_error *err)
{
    ca_file_info info;
    int rc = job->cli->disk->info(job->cli->disk, folder, &info, err);
    if (rc < 0) {
        return rc;
    }
    return rc == 0 && info.is_directory
               ? 0
               : ca_error_set(err, CA_USAGE, "%s is no folder; a lock is that of a folder of rules", folder);
}

/* What the new lock says otherwise. */
static void print_change(const ca_rules_job *job, const ca_lock *old, const char *id, int64_t version)
{
    const ca_lock_entry *entry = old ? ca_lock_find(old, id) : NULL;
    if (!entry) {
        fprintf(job->cli->out, "%s version %lld is new\n", id, (long long)version);
    } else if (entry->version != version) {
        fprintf(job->cli->out, "%s version %lld is now %lld\n", id, (long long)entry->version, (long long)version);
    }
}

static void print_changes(const ca_rules_job *job, const ca_lock *old)
{
    const ca_ruleset *rules = job->setup->rules;
    const ca_featureset *features = job->setup->features;
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i]->status != CA_RULE_DRAFT) {
            print_change(job, old, rules->rules[i]->id, rules->rules[i]->version);
        }
    }
    for (size_t i = 0; i < features->count; i++) {
        if (!features->features[i]->draft) {
            print_change(job, old, features->features[i]->id, features->features[i]->version);
        }
    }
}

/* "12 rules and 3 features, 1 draft left out" */
static void print_count(const ca_rules_job *job, const char *path)
{
    const ca_ruleset *rules = job->setup->rules;
    const ca_featureset *features = job->setup->features;
    size_t drafts = 0;
    size_t feature_drafts = 0;
    for (size_t i = 0; i < rules->count; i++) {
        drafts += rules->rules[i]->status == CA_RULE_DRAFT;
    }
    for (size_t i = 0; i < features->count; i++) {
        feature_drafts += features->features[i]->draft;
    }
    fprintf(job->cli->out, "%s: %s", path,
            ca_rules_and_features(job->cli, rules->count - drafts, features->count - feature_drafts));
    drafts += feature_drafts;
    if (drafts) {
        fprintf(job->cli->out, ", %zu draft%s left out", drafts, drafts == 1 ? "" : "s");
    }
    fputc('\n', job->cli->out);
}

static int write_lock(const ca_rules_job *job, const char *path, const ca_lock *old, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int rc = ca_lock_print(job->setup->rules, job->setup->features, old, &bytes, err);
    rc = rc ? rc : ca_disk_write_shared(job->cli->disk, path, bytes.ptr, bytes.len, 0644, CA_GROUP_KEEP, err);
    ca_buf_done(&bytes);
    return rc;
}

int ca_rules_lock(ca_rules_job *job, ca_error *err)
{
    const char *folder = job->arguments->words[1];
    const ca_ruleset *rules = job->setup->rules;
    ca_lock lock = {0};
    const char *path = ca_arena_printf(&job->cli->arena, "%s/%s", folder, CA_LOCK_NAME);
    int rc = path ? check_folder(job, folder, err) : ca_error_nomem(err);
    int found = rc ? rc : ca_lock_load(job->cli->disk, path, &job->cli->arena, job->diags, &lock, err);
    if (found < 0) {
        return found;
    }
    for (size_t i = 0; rc == 0 && found == 0 && i < rules->count; i++) {
        rc = ca_lock_check(&lock, rules, rules->rules[i], job->diags, err);
    }
    const ca_featureset *features = job->setup->features;
    for (size_t i = 0; rc == 0 && found == 0 && i < features->count; i++) {
        rc = ca_lock_check_feature(&lock, features, features->features[i], job->diags, err);
    }
    if (rc || job->diags->errors) {
        return rc ? rc : ca_rules_refuse(job, err);
    }
    rc = write_lock(job, path, found == 0 ? &lock : NULL, err);
    if (rc == 0) {
        print_changes(job, found == 0 ? &lock : NULL);
        print_count(job, path);
    }
    return rc;
}
