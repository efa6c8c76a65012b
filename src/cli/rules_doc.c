/* claimaudit rules doc --output DIR: the rule book, a page for each rule, as HTML and as Markdown. */
#include "cli/rules_verbs.h"

#include "rules/book.h"

static int write_page(ca_rules_job *job, const char *folder, const char *name, ca_book_format format, const ca_buf *bytes,
                      ca_error *err)
{
    const char *path = ca_arena_printf(&job->cli->arena, "%s/%s.%s", folder, name, ca_book_suffix(format));
    return path ? ca_disk_write_shared(job->cli->disk, path, bytes->ptr, bytes->len, 0644, CA_GROUP_KEEP, err)
                : ca_error_nomem(err);
}

static int write_book(ca_rules_job *job, const char *folder, ca_book_format format, ca_error *err)
{
    ca_buf bytes;
    ca_ruleset asked = *job->setup->rules;     /* those that the word asks for */
    asked.count = 0;
    asked.rules = ca_arena_array(&job->cli->arena, job->setup->rules->count + 1, sizeof *asked.rules);
    if (!asked.rules) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < job->setup->rules->count; i++) {
        if (ca_rules_asked(job, job->setup->rules->rules[i])) {
            asked.rules[asked.count++] = job->setup->rules->rules[i];
        }
    }
    ca_buf_init(&bytes);
    const ca_featureset *features = job->only ? NULL : job->setup->features;
    int rc = ca_book_index(&asked, features, format, &bytes, err);
    rc = rc ? rc : write_page(job, folder, "index", format, &bytes, err);
    if (rc == 0 && features && features->count) {
        rc = ca_book_features(features, format, &bytes, err);
        rc = rc ? rc : write_page(job, folder, "features", format, &bytes, err);
    }
    for (size_t i = 0; rc == 0 && i < asked.count; i++) {
        rc = ca_book_rule(&asked, asked.rules[i], format, &bytes, err);
        rc = rc ? rc : write_page(job, folder, asked.rules[i]->id, format, &bytes, err);
    }
    ca_buf_done(&bytes);
    return rc;
}

int ca_rules_doc(ca_rules_job *job, ca_error *err)
{
    size_t count = 0;
    const char *folder = ca_argument(job->arguments, "output");
    if (!folder) {
        return ca_error_set(err, CA_USAGE, "where to? for example: claimaudit rules doc --output rule-book");
    }
    int rc = ca_rules_count(job, &count, err);
    rc = rc ? rc : job->cli->disk->make_directory(job->cli->disk, folder, err);
    for (ca_book_format format = CA_BOOK_HTML; rc == 0 && format < CA_BOOK_FORMATS; format++) {
        rc = write_book(job, folder, format, err);
    }
    if (rc == 0) {
        fprintf(job->cli->out, "%s/index.html, %s/index.md: %s\n", folder, folder,
                ca_rules_and_features(job->cli, count, job->only ? 0 : job->setup->features->count));
    }
    return rc;
}
