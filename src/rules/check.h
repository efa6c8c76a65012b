/* From words to meaning: looks up names, checks types, and builds the tree that evaluators read.
 * Kinds use it for the keys of their own. */
#ifndef CA_RULES_CHECK_H
#define CA_RULES_CHECK_H

#include "rules/parse.h"
#include "rules/ruleset.h"

/* What an expression may speak of. */
typedef struct ca_scope {
    bool claim;          /* bare columns are those of the claim; else of a line */
    bool of_lines;       /* bare columns are read of a claim's lines: a claim rule's `where` */
    bool aggregates;     /* over the unit's lines */
    const char *instead; /* no aggregates: why, for the message */
} ca_scope;

typedef struct ca_kind_check {
    ca_conf conf; /* the file and where mistakes go */
    const ca_schema *schema;
    const ca_codes *codes;
    const ca_refs *refs;
    const ca_vocabulary *vocabulary;
    ca_arena *arena;   /* lives as long as the rule */
    ca_arena *scratch; /* lives as long as the check */
    ca_rule *rule;
    ca_scope scope; /* of the expression at hand */
    bool in_aggregate;
    bool names_lost; /* a broken file took parameters away: unknown names are no news */
    bool nomem;      /* an allocation failed: results are NULL without a message */
} ca_kind_check;

/* Parse and check the scalar `node` (NULL gives NULL). A condition, or a value of any type, or NULL
 * when a mistake was said (or check->nomem is set). */
ca_node *ca_check_condition(ca_kind_check *check, const ca_yaml *node, ca_scope scope);
ca_node *ca_check_value(ca_kind_check *check, const ca_yaml *node, ca_scope scope);

/* The same for what is parsed already. `want` (or NULL) gives a text literal its type. */
ca_node *ca_check_condition_of(ca_kind_check *check, const ca_phrase *phrase);
ca_node *ca_check_value_of(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want);

/* The scopes of a rule of this kind: of `where`, and of when, unless, exposure and message. */
ca_scope ca_scope_where(const ca_kind *kind);
ca_scope ca_scope_when(const ca_kind *kind);

#endif
