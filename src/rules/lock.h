/* rules.lock: which version of each rule and feature has which logic, so that no logic changes in silence. It lies in a
 * pack's folder, or in the folder above for several packs. Drafts are not in it. */
#ifndef CA_RULES_LOCK_H
#define CA_RULES_LOCK_H

#include "rules/feature.h"

#define CA_LOCK_NAME "rules.lock"

typedef struct ca_lock_entry {
    ca_text id;
    int64_t version;
    char logic[2 * 32 + 1];       /* in hexadecimal digits, as in the file */
    char text[2 * 32 + 1];
    uint32_t line;
} ca_lock_entry;

typedef struct ca_lock {
    const char *path;
    ca_text semantics;            /* CA_SEMANTICS of who wrote it: hashes of others cannot be compared */
    ca_lock_entry *entries;       /* in order of the file */
    size_t count;
} ca_lock;

/* 0, CA_END when there is no such file. What is wrong in it goes to diags. */
int ca_lock_load(ca_disk *disk, const char *path, ca_arena *arena, ca_diags *diags, ca_lock *ret_lock, ca_error *err);
const ca_lock_entry *ca_lock_find(const ca_lock *lock, const char *id);

/* A rule whose logic changed under its version, or whose version went back, is an error at its `version`; what the lock
 * does not know yet is a hint. Rules that a site changed (a parameter, a set) are compared no further than that shows. */
int ca_lock_check(const ca_lock *lock, const ca_ruleset *set, const ca_rule *rule, ca_diags *diags, ca_error *err);
int ca_lock_check_feature(const ca_lock *lock, const ca_featureset *set, const ca_feature *feature, ca_diags *diags,
                          ca_error *err);
/* The same for every rule and feature (NULL: none), with the lock of its pack. */
int ca_locks_check(const ca_ruleset *set, const ca_featureset *features, ca_disk *disk, ca_arena *arena, ca_diags *diags,
                   ca_error *err);

/* The lock of all rules and features (or NULL) that are no drafts; entries of `old` (or NULL) whose rule or feature is gone stay, so
 * that no id is used for something else. */
int ca_lock_print(const ca_ruleset *set, const ca_featureset *features, const ca_lock *old, ca_buf *out, ca_error *err);

#endif
