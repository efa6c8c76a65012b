/* Rules of any status tried on real files: what they find, what they cannot judge, and a finding as a test case. Nothing
 * is stored. */
#ifndef CA_RUN_TRY_H
#define CA_RUN_TRY_H

#include "claim/finding.h"
#include "run/scan.h"

typedef struct ca_try_options {
    const ca_scan_options *scan;     /* db must be NULL; its limits of rejects and findings do not apply */
    const char *rules;               /* the rule file or folder to try */
    uint64_t limit;                  /* findings shown of each rule */
    uint64_t as_test;                /* number of the finding to make a test case of; 0 = none */
} ca_try_options;

/* A field that is to blame for units that a rule could not judge. */
typedef struct ca_try_blame {
    const char *field;
    uint64_t count;
} ca_try_blame;

typedef struct ca_try_rule {
    const char *id, *title, *status, *kind;
    uint64_t offered, hit, excused, unknown, not_applicable, pass;
    int64_t exposure;                /* of all hits, minor units */
    uint64_t exposure_missing;       /* hits without one */
    ca_try_blame *blames;            /* largest first */
    size_t blame_count;
    size_t finding_count;            /* shown */
} ca_try_rule;

/* A hit, as far as it is shown. */
typedef struct ca_try_finding {
    const char *rule;
    uint8_t claim_type;
    ca_text claim_id;
    bool of_claim;
    int64_t line_no, claim_part;
    bool has_date;
    ca_date date;
    int64_t exposure;                /* minor units, or CA_EXPOSURE_MISSING */
    ca_text message, note;           /* note: an exception that could not be checked, or "" */
    const char *file;                /* where its first line stands */
    uint64_t row;
} ca_try_finding;

typedef struct ca_try_result {
    ca_try_rule *rules;
    size_t rule_count;
    ca_try_finding *findings;        /* by rule, largest exposure first */
    size_t finding_count;
    const char *currency;
    int minor_digits;
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines, claims;
    const char **notes;
    size_t note_count;
    ca_text test;                    /* as_test: the case */
} ca_try_result;

/* On CA_CONFIG the reasons are in diags; CA_USAGE when there is no finding of that number. The result lives in the arena. */
int ca_try(const ca_try_options *options, ca_arena *arena, ca_diags *diags, ca_try_result *ret_result, ca_error *err);

#endif
