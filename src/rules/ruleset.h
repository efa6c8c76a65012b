/* Loading rules: packs of files to one immutable, hashable set, with every error of every file. */
#ifndef CA_RULES_RULESET_H
#define CA_RULES_RULESET_H

#include "rules/rule.h"

#define CA_RULES_MAX 10000

typedef struct ca_override {     /* the site's value for a parameter of a rule */
    ca_text rule, parameter, value;
    bool used;
} ca_override;

typedef struct ca_ruleset {
    ca_arena arena;
    const ca_schema *schema;         /* borrowed */
    ca_codes *codes;                 /* borrowed */
    ca_refs *refs;                   /* borrowed */
    const ca_vocabulary *vocabulary; /* borrowed */
    ca_rule **rules;                 /* sorted by id */
    size_t count;
    ca_text *replaced;               /* ids that a later pack replaced, for the summary */
    size_t replaced_count;
    ca_override *overrides;
    size_t override_count;
} ca_ruleset;

/* Rules compile against a schema, a code dictionary and reference data, which they borrow. */
int ca_ruleset_new(const ca_schema *schema, ca_codes *codes, ca_refs *refs,
                   const ca_vocabulary *vocabulary, ca_ruleset **ret_set, ca_error *err);
void ca_ruleset_free(ca_ruleset *set);
/* Loads every *.yaml of a folder whose name looks like a rule id (ID.yaml), recursively, sorted. The sets of its sets.yaml must
 * be loaded before (ca_refs_load). Same id as an earlier pack: replaces when `replace`, else an error. Problems go to diags. */
int ca_ruleset_add_folder(ca_ruleset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags,
                          ca_error *err);
int ca_ruleset_add_file(ca_ruleset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags,
                        ca_error *err);
/* From memory, for tests and fuzzing. */
int ca_ruleset_add_source(ca_ruleset *set, const char *path, ca_text source, bool replace, ca_diags *diags, ca_error *err);
/* Overrides a parameter of a rule (site); call before adding files. */
int ca_ruleset_override(ca_ruleset *set, ca_text rule, ca_text parameter, ca_text value, ca_error *err);
/* Sorts by id and checks what needs all rules (duplicate logic). */
int ca_ruleset_finish(ca_ruleset *set, ca_diags *diags, ca_error *err);
ca_rule *ca_ruleset_find(const ca_ruleset *set, ca_text id);

/* Version of the semantics of functions and kinds: enters every logic hash and the identity of a run. */
#define CA_SEMANTICS "1"

#endif
