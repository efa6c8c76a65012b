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
static void print_changes(const ca_rules_job *job, const ca_lock *old)
{
    const ca_ruleset *rules = job->setup->rules;
    for (size_t i = 0; i < rules->count; i++) {
        const ca_rule *rule = rules->rules[i];
        const ca_lock_entry *entry = old ? ca_lock_find(old, rule->id) : NULL;
        if (rule->status == CA_RULE_DRAFT) {
            continue;
        }
        if (!entry) {
            fprintf(job->cli->out, "%s version %lld is new\n", rule->id, (long long)rule->version);
        } else if (entry->version != rule->version) {
            fprintf(job->cli->out, "%s version %lld is now %lld\n", rule->id, (long long)entry->version,
                    (long long)rule->version);
        }
    }
}

static int write_lock(const ca_rules_job *job, const char *path, const ca_lock *old, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int rc = ca_lock_print(job->setup->rules, old, &bytes, err);
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
    if (rc || job->diags->errors) {
        return rc ? rc : ca_rules_refuse(job, err);
    }
    rc = write_lock(job, path, found == 0 ? &lock : NULL, err);
    if (rc == 0) {
        print_changes(job, found == 0 ? &lock : NULL);
        size_t drafts = 0;
        for (size_t i = 0; i < rules->count; i++) {
            drafts += rules->rules[i]->status == CA_RULE_DRAFT;
        }
        fprintf(job->cli->out, "%s: %zu rule%s", path, rules->count - drafts, rules->count - drafts == 1 ? "" : "s");
        if (drafts) {
            fprintf(job->cli->out, ", %zu draft%s left out", drafts, drafts == 1 ? "" : "s");
        }
        fputc('\n', job->cli->out);
    }
    return rc;
}
