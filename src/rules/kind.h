/* The seam of rule kinds. To add one: 1. write rules/kind_NAME.c with its ca_kind; 2. add its row to ca_kinds
 * in rules/kinds.c and the file to meson.build. `rules list --kinds`, `rules new`, the schema of rule files and the
 * docs test follow from the row. */
#ifndef CA_RULES_KIND_H
#define CA_RULES_KIND_H

#include "rules/eval.h"
#include "rules/rule.h"

/* Where the units of a kind are brought together. */
typedef enum ca_gathering {
    CA_GATHER_LINE,    /* judged in the stream, a batch at a time */
    CA_GATHER_CLAIM,   /* judged after the claim exchange */
    CA_GATHER_GROUP    /* judged when all lines of a key have come together */
} ca_gathering;

/* How the rows of the table of `each` are found, and what an instance of a unit is then about. */
typedef enum ca_each {
    CA_EACH_NONE,      /* the kind has no `each` */
    CA_EACH_LINE,      /* by columns of a line: the line, or the group of lines of one row */
    CA_EACH_PAIR,      /* by columns of two lines, or of what they have in common: both with one row */
    CA_EACH_EVENT      /* by columns of the event of an absence */
} ca_each;

/* What an expression may speak of. */
typedef struct ca_scope {
    bool table_row;      /* row.NAME, of rules with `each` */
    bool claim;          /* rows are claims: columns of lines stand inside aggregates */
    bool of_lines;       /* bare columns are read of a unit's lines: a claim rule's `where` */
    bool aggregates;     /* over the unit's lines */
    bool hits;           /* hit('RULE'): features */
    bool keys_only;      /* bare are only the columns that all lines of a group have in common */
    ca_side bare;         /* whose bare columns are */
    unsigned sides;      /* prefixes a., b., original.: bits 1 << ca_side */
    unsigned given;      /* bits 1 << ca_given */
    const char *instead; /* no aggregates: why, for the message */
} ca_scope;

typedef enum ca_when_key { CA_WHEN_NEEDED, CA_WHEN_OPTIONAL, CA_WHEN_NONE } ca_when_key;

typedef struct ca_view ca_view;                /* rules/eval_parts.h */
typedef struct ca_groups ca_groups;            /* rules/group_parts.h */
typedef struct ca_kind_check ca_kind_check;    /* rules/check.h: what a check may use */

struct ca_kind {
    const char *name;
    const char *summary;               /* one line, for help and docs */
    ca_gathering gathering;
    unsigned unit_date;                /* CA_F_SERVICE_DATE or CA_F_FROM_DATE */
    ca_scope scope;                    /* of when, unless, exposure and message; `level: claim` adds to it */
    ca_when_key when;
    const char *instead_of_when;       /* CA_WHEN_NONE: where the condition belongs */
    ca_each each;
    const char *instead_of_each;       /* CA_EACH_NONE: what to write */
    const char *group_key;             /* the key that groups lines, for messages; NULL: none */
    const char *const *keys;           /* keys of its own, NULL-terminated; common ones are in rulefile.c */
    unsigned hit_lines;                /* lines that a hit names in a test: 1 an id, 2 a pair, 0 a list of any length */
    bool closes;                       /* waits for later lines: a test may say how far the data goes */
    const char *skeleton;              /* a rule to begin with but for what all rules begin with */
    /* Parses and checks its own keys, before the conditions are read; NULL when it has none. */
    int (*check)(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err);
    /* Warnings and hints of its own, for a rule without errors; or NULL. */
    void (*lint)(ca_kind_check *check);
    /* Fills the verdict for the offered units (bitmaps zeroed by the caller). Kinds of lines and of claims. */
    int (*judge)(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered,
                 ca_verdict *verdict, ca_error *err);
    /* Kinds of several lines (rules/group_parts.h). */
    int (*judge_groups)(ca_groups *groups);
    const char *const *roles;          /* of the lines of its findings: for each of two, or one for all and NULL */
    bool first_carries;                /* the exposure lies on the first line only, not where `report` says */
    bool pairs;                        /* units are two members of a group: one alone is none */
    bool keeps_doubtful;               /* lines that `where` cannot decide are members, too */
    /* Narrows the lines that the rule has to see, and says which of them are no units; NULL: `where` decides. */
    int (*travels)(const ca_view *lines, const ca_rule *rule, uint64_t *travels, uint64_t *turned_away);
    /* Is a row that joins no group a unit, which is then unknown? NULL = each is. */
    bool (*is_unit)(const ca_groups *groups, const ca_frame *rows, unsigned row);
};

extern const ca_kind *const ca_kinds[];        /* NULL-terminated, sorted by name */
const ca_kind *ca_kind_find(ca_text name);
static inline bool ca_kind_of_several(const ca_kind *kind)    /* lines or claims, joined by key */
{
    return kind->gathering == CA_GATHER_GROUP;
}
bool ca_kind_has_key(const ca_kind *kind, ca_text key);
/* Column of the date of the rule's units. */
unsigned ca_rule_unit_date(const ca_rule *rule);

#endif
