/* What the files that read a rule share: each reads some keys. */
#ifndef CA_RULES_RULEFILE_PARTS_H
#define CA_RULES_RULEFILE_PARTS_H

#include "rules/check.h"

typedef struct ca_rule_reader {
    ca_kind_check check;
    ca_ruleset *set;
    ca_yaml *root;
    bool nomem;
} ca_rule_reader;

/* Texts copied into the rule set; "" (and nomem) when memory ran out. */
const char *ca_reader_copy(ca_rule_reader *reader, ca_text text);
/* The text of an optional key, "" without it. */
const char *ca_reader_text(ca_rule_reader *reader, const char *key);

/* FROM .. TO, both days included; `open` as TO is CA_DATE_MAX. */
bool ca_reader_range(ca_text text, ca_date *ret_from, ca_date *ret_to);

void ca_reader_identity(ca_rule_reader *reader);  /* rule version title status severity … */
void ca_reader_effective(ca_rule_reader *reader); /* needs the kind */
void ca_reader_parameters(ca_rule_reader *reader);
void ca_reader_conditions(ca_rule_reader *reader); /* where when unless exposure message */
void ca_reader_rest(ca_rule_reader *reader);       /* translations, tests, keys nobody knows */

#endif
