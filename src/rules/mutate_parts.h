/* What the files that make mutants share. */
#ifndef CA_RULES_MUTATE_PARTS_H
#define CA_RULES_MUTATE_PARTS_H

#include "rules/feature.h"
#include "rules/mutate.h"

typedef struct ca_mutator {
    const ca_yaml_file *file;     /* that is changed */
    const ca_rule *rule;          /* NULL: a feature */
    ca_arena *arena;
    ca_mutant *items;             /* heap */
    size_t count, cap;
    const char *part;             /* the key at hand, as messages name it: "when", "unless kx" */
    bool nomem;
} ca_mutator;

/* A change that reads "PART: BEFORE -> AFTER" over bytes [from, to); the place is that of the first edit but insertions
 * in front. */
void ca_mutator_add(ca_mutator *mutator, size_t from, size_t to, const ca_edit *edits, size_t count);
/* The same in other words, "PART: WORDS", and for another place. */
void ca_mutator_add_said(ca_mutator *mutator, size_t at, const char *words, ca_edit edit);

/* A number or date of the file, one smaller and one larger; [from, to) is what the description shows. */
void ca_mutate_number(ca_mutator *mutator, size_t start, size_t end, size_t from, size_t to);
/* Everything in an expression. */
void ca_mutate_expression(ca_mutator *mutator, const ca_node *node);
/* `where` without each of its conditions. */
void ca_mutate_where(ca_mutator *mutator, const ca_node *where);
/* Parameters and the keys of kinds. */
void ca_mutate_parameters(ca_mutator *mutator);
void ca_mutate_keys(ca_mutator *mutator);

/* What was added, in `arena`; the mutator is used up. */
int ca_mutator_end(ca_mutator *mutator, ca_mutant **ret_items, size_t *ret_count, ca_error *err);

/* Reads the declarations in the list `mutants` (or NULL) into the fates of mutants that were tried; what fits none is an error in
 * conf->diags. */
void ca_mutants_declare(const ca_conf *conf, const ca_yaml *list, ca_mutation *mutation, ca_arena *arena);
/* How many there are of each fate. */
void ca_mutation_count(ca_mutation *mutation);

/* Every change of a feature, whether it loads or not (feature_mutants.c). */
int ca_feature_mutants(const ca_featureset *set, const ca_feature *feature, ca_arena *arena, ca_mutant **ret_items, size_t *ret_count,
                       ca_error *err);

/* Item of the file's top mapping, or NULL. Marks nothing as seen. */
const ca_yaml *ca_rule_key(const ca_rule *rule, const char *key);

#endif
