/* The seam of rule kinds. To add one: 1. write rules/kind_NAME.c with its ca_kind; 2. add its row to ca_kinds
 * in rules/kinds.c and the file to meson.build. `rules list --kinds`, the schema of rule files and the docs test
 * follow from the row. */
#ifndef CA_RULES_KIND_H
#define CA_RULES_KIND_H

#include "rules/eval.h"
#include "rules/rule.h"

/* Where the units of a kind are brought together. */
typedef enum ca_gathering {
    CA_GATHER_LINE,    /* judged in the stream, a batch at a time */
    CA_GATHER_CLAIM    /* judged after the claim exchange */
} ca_gathering;

typedef struct ca_kind_check ca_kind_check;    /* rules/check.h: what a check may use */

struct ca_kind {
    const char *name;
    const char *summary;               /* one line, for help and docs */
    ca_gathering gathering;
    unsigned unit_date;                /* CA_F_SERVICE_DATE or CA_F_FROM_DATE */
    bool aggregates;                   /* may conditions use aggregates over the unit's lines */
    const char *const *keys;           /* keys of its own, NULL-terminated; common ones are in rulefile.c */
    /* Parses and checks its own keys; NULL when it has none. */
    int (*check)(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err);
    /* Fills the verdict for the offered units (bitmaps zeroed by the caller). */
    int (*judge)(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered,
                 ca_verdict *verdict, ca_error *err);
};

extern const ca_kind *const ca_kinds[];        /* NULL-terminated, sorted by name */
const ca_kind *ca_kind_find(ca_text name);

#endif
