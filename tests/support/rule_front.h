/* A small world to load rules in: two diagnosis systems, one system for each other family, x.
 * columns, three sets and two tables. Rules come from strings; what was said about them comes back
 * as text. */
#ifndef CA_TESTS_RULE_FRONT_H
#define CA_TESTS_RULE_FRONT_H

#include "rules/ruleset.h"

typedef struct rule_front rule_front;

/* NULL when memory ran out; any other trouble ends the test. */
rule_front *rule_front_new(void);
/* With another file behind the set female_dx. */
rule_front *rule_front_new_with(const char *female_csv);
void rule_front_free(rule_front *front);
ca_ruleset *rule_front_set(rule_front *front);
/* The set is replaced by an empty one. */
void rule_front_empty(rule_front *front);

/* Loads a rule file called US-0101.yaml; "" when nothing was said, else lines of "9:7: error:
 * text\n", sorted. */
const char *rule_front_load(rule_front *front, const char *source);
const char *rule_front_load_as(rule_front *front, const char *path, const char *source);
/* The same with a whole rule around the condition, which stands at 9:7. `kind` is line or claim. */
const char *rule_front_when(rule_front *front, const char *kind, const char *condition);
/* As above with further keys, from line 10 on. */
const char *rule_front_with(rule_front *front, const char *kind, const char *condition,
                            const char *keys);
/* The rule loaded last, NULL when it was refused. */
ca_rule *rule_front_rule(rule_front *front);
/* What a load returned last. */
int rule_front_code(const rule_front *front);

#endif
