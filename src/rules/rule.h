/* A rule as loaded and checked: the keys of rule-language.md section 4 and section 0. Immutable. */
#ifndef CA_RULES_RULE_H
#define CA_RULES_RULE_H

#include "base/date.h"
#include "conf/yaml.h"
#include "rules/keys.h"

typedef enum ca_status_of_rule { CA_RULE_DRAFT, CA_RULE_SHADOW, CA_RULE_ACTIVE, CA_RULE_RETIRED, CA_RULE_OFF /* by the site */ } ca_rule_status;
typedef enum ca_grade { CA_GRADE_DEFINITE, CA_GRADE_SUSPICIOUS, CA_GRADE_TIP, CA_GRADES } ca_grade;
const char *ca_grade_name(ca_grade grade);
const char *ca_rule_status_name(ca_rule_status status);

typedef struct ca_kind ca_kind;    /* rules/kind.h */

typedef struct ca_unless {
    const char *name;
    const char *reason;
    ca_node *when;
} ca_unless;

/* A message: texts and expressions in turn. */
typedef struct ca_message_part {
    ca_text text;                 /* literal, when expr is NULL */
    ca_node *expr;
    ca_type format;               /* |money, |date or the expression's own type */
} ca_message_part;

typedef struct ca_parameter {
    const char *name;
    ca_node *value;               /* NUMBER, DATE or STRING */
    bool overridden;              /* by the site */
    bool bad;                     /* has no value: its mistake is said */
} ca_parameter;

typedef struct ca_rule {
    const char *id;
    int64_t version;
    const char *title, *description, *owner, *basis, *phase;   /* "" when absent */
    ca_rule_status status;
    const char *severity;
    size_t severity_rank;         /* index in the vocabulary, lowest first */
    const char *category;
    const char *jurisdiction;
    ca_grade grade;
    bool has_effective;
    ca_date effective_from, effective_to;     /* inclusive; CA_DATE_MAX = open */
    unsigned effective_on;        /* column; default: the date of the unit (CA_F_SERVICE_DATE or CA_F_FROM_DATE) */
    const ca_kind *kind;
    bool rows_all;                /* rows: all — sees rows that are not live, too */
    ca_parameter *parameters;
    size_t parameter_count;
    ca_rule_keys keys;            /* of kinds of several lines */
    ca_node *where, *when;        /* where may be NULL; when, too, in kinds whose keys decide */
    ca_unless *unless;
    size_t unless_count;
    ca_node *exposure;            /* never NULL: default `paid` of the line, sum(paid) of several, a.paid + b.paid of two */
    ca_message_part *message;
    size_t message_count;
    const char **references;
    size_t reference_count;
    ca_node **leaves;             /* of where, when, the keys, then the unless, in source order; effective is not a leaf */
    size_t leaf_count;
    size_t where_leaves, when_leaves, key_leaves;   /* how many of them belong to where, then to when, then to the keys */
    ca_codeset **sets;            /* read anywhere in the rule, each once */
    size_t set_count;
    ca_reftable **tables;
    size_t table_count;
    uint8_t *unit_columns;        /* by schema column: 1 = read of the unit (line or claim header) */
    uint8_t *line_columns;        /* by schema column: 1 = read of a claim's lines */
    bool reads_patient, reads_provider;       /* facts */
    uint8_t logic_hash[32];       /* SHA-256 of what decides, rule-language.md section 10 */
    uint8_t text_hash[32];
    const ca_yaml_file *file;     /* source text and tests */
    ca_yaml *tests;               /* or NULL */
    const char *pack;             /* folder it came from, as given */
} ca_rule;

#endif
