/* From words to meaning: looks up names, checks types, and builds the tree that evaluators read.
 * Kinds use it for the keys of their own. */
#ifndef CA_RULES_CHECK_H
#define CA_RULES_CHECK_H

#include "rules/kind.h"
#include "rules/parse.h"
#include "rules/ruleset.h"

struct ca_kind_check {
    ca_conf conf; /* the file and where mistakes go */
    const ca_schema *schema;
    const ca_codes *codes;
    const ca_refs *refs;
    const ca_vocabulary *vocabulary;
    ca_arena *arena;   /* lives as long as the rule */
    ca_arena *scratch; /* lives as long as the check */
    ca_rule *rule;
    ca_scope scope; /* of the expression at hand */
    const ca_phrase *each; /* as written; its table is known before the keys of the kind are read, its columns after */
    bool in_aggregate;
    ca_side aggregate_side; /* whose lines, once a column has told; CA_SIDES before */
    bool names_lost; /* a broken file took parameters away: unknown names are no news */
    bool keys_lost;  /* the same for the columns that group lines */
    bool nomem;      /* an allocation failed: results are NULL without a message */
};

/* Parse and check the scalar `node` (NULL gives NULL). A condition, or a value of any type, or NULL
 * when a mistake was said (or check->nomem is set). */
ca_node *ca_check_condition(ca_kind_check *check, const ca_yaml *node, ca_scope scope);
ca_node *ca_check_value(ca_kind_check *check, const ca_yaml *node, ca_scope scope);
/* A value in a part of the scalar, bytes [from, to) of the file. */
ca_node *ca_check_value_span(ca_kind_check *check, const ca_yaml *node, size_t from, size_t to, ca_scope scope);

/* The same for what is parsed already. `want` (or NULL) gives a text literal its type. */
ca_node *ca_check_condition_of(ca_kind_check *check, const ca_phrase *phrase);
ca_node *ca_check_value_of(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want);

/* The scopes of a rule: of `where`, which looks at one line, and of when, unless, exposure and message. The latter knows
 * `level: claim` and the kind's columns once the kind has read its keys. */
ca_scope ca_scope_where(const ca_rule *rule);
ca_scope ca_scope_when(const ca_rule *rule);

#endif
