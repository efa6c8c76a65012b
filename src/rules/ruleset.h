/* Loading rules: packs of files to one immutable, hashable set, with every error of every file. */
#ifndef CA_RULES_RULESET_H
#define CA_RULES_RULESET_H

#include "rules/rule.h"

#define CA_RULES_MAX 10000

/* What the site says of a rule: its own value for a parameter, or that the rule is switched off. */
typedef struct ca_override {
    ca_text rule;
    ca_text parameter;           /* "" = the rule is switched off */
    ca_text value;
    const char *file;            /* where it is said, NULL = nowhere in particular */
    uint32_t line, column;
    bool optional;               /* nothing wrong when the rule is not loaded: others were chosen than the site's */
    bool used;                   /* the rule is there; true after ca_ruleset_finish */
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
/* What a site says; call before adding files. The texts are copied. A rule that is switched off stays in the set with the
 * status CA_RULE_OFF: it is checked, but does not run. */
int ca_ruleset_change(ca_ruleset *set, const ca_override *said, ca_error *err);
/* The same for a parameter that no file sets. */
int ca_ruleset_override(ca_ruleset *set, ca_text rule, ca_text parameter, ca_text value, ca_error *err);
/* Sorts by id, applies what the site says, and checks what needs all rules (duplicate logic). */
int ca_ruleset_finish(ca_ruleset *set, ca_diags *diags, ca_error *err);
ca_rule *ca_ruleset_find(const ca_ruleset *set, ca_text id);

/* Version of the semantics of functions and kinds: enters every logic hash and the identity of a run. */
#define CA_SEMANTICS "2"

#endif
