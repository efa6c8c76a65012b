/* A finding: which rule says what about which lines, with what evidence. Texts are borrowed. */
#ifndef CA_CLAIM_FINDING_H
#define CA_CLAIM_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "claim/batch.h"

typedef enum ca_outcome { CA_PASS, CA_HIT, CA_EXCUSED, CA_UNKNOWN, CA_NOT_APPLICABLE, CA_OUTCOMES } ca_outcome;

#define CA_EXPOSURE_MISSING INT64_MIN

/* A line of a finding, of any claim; or (role "claim") the pseudo-line of a claim whose lines have no money; or (role
 * "others", the last one) what was cut off: it has no claim and no origin. */
typedef struct ca_finding_line {
    const char *role;            /* "line", "claim", "a", "b", "copy", "original", "event", "others" */
    uint8_t claim_type;
    ca_text claim_id;            /* ptr NULL = missing: of the role "others" */
    int64_t claim_part;
    bool of_claim;               /* the claim itself, in whatever role: line_no means nothing */
    int64_t line_no;
    bool has_date;
    ca_date service_date;
    ca_origin origin;            /* row 0 = none */
    bool has_paid;
    int64_t paid;                /* 1/10,000; of "others" their sum, missing when one lacks it */
    int64_t exposure;            /* share in minor units, or CA_EXPOSURE_MISSING */
    uint64_t count;              /* lines it stands for: 1, but of "others" */
} ca_finding_line;

typedef struct ca_finding {
    uint32_t rule;               /* index in the rule set */
    ca_outcome outcome;          /* CA_HIT, CA_EXCUSED or CA_UNKNOWN */
    ca_digest key;               /* finding_key, architecture.md section 5 */
    uint64_t unit_hash;          /* of several lines: what the unit is, for samples, and for keys without lines; is not written */
    uint8_t claim_type;
    ca_text claim_id;
    bool of_claim;               /* about the claim as a whole: line_no means nothing */
    int64_t line_no;
    int64_t claim_part;
    ca_text patient_id;          /* ptr NULL = missing; so the providers */
    ca_text billing_provider_id;
    ca_text rendering_provider_id;
    bool has_date;
    ca_date service_date;        /* date of the unit */
    bool has_window;             /* the days that were looked at together: of a window, or the period of an entity */
    ca_date window_from;
    ca_date window_to;
    const char *entity_kind;     /* the subject is whom this column names, such as "pharmacy_id"; NULL: line or claim */
    ca_text entity_id;
    bool of_entity;              /* exposure is the entity's as a whole: it lies on no line and is never added to that of lines */
    int64_t exposure;            /* minor units, or CA_EXPOSURE_MISSING */
    ca_text message;             /* "" for unknown */
    ca_text reason;              /* excused: name of the exception; unknown: the field to blame; hit: what could not be checked */
    ca_text evidence;            /* JSON, docs/report-db.md */
    ca_finding_line *lines;
    size_t line_count;
} ca_finding;

const char *ca_outcome_name(ca_outcome outcome);   /* "hit", "excused", "unknown", "pass", "not_applicable" */

/* --- Findings of several lines (finding_lines.c) ------------------------------------------------ */

#define CA_FINDING_LINES 1000    /* that a finding keeps */
#define CA_ENTITY_LINES 50       /* sample of a finding about an entity */

/* Lines by date (missing first), claim, part, number, role; then by origin, so that nothing is left to chance. For qsort. */
int ca_finding_line_order(const void *a, const void *b);
/* The key of a finding of a kind other than line and claim: of its rule, kind, subject and, sorted, its lines with their
 * roles (where there are none, its unit_hash); of_entity: of its window instead of lines. `row` names the row of a table-driven rule, ptr NULL = none. Call it
 * before lines are cut. The subject is the entity if there is one, else the claim or line. */
int ca_finding_key(const ca_finding *finding, ca_text rule, ca_text kind, ca_text row, ca_digest *ret_key, ca_error *err);
/* Keeps the CA_FINDING_LINES lines with the largest paid, in order, and one line "others" for the rest; of_entity:
 * CA_ENTITY_LINES, and no line has a share. A finding with fewer lines stays as it is. */
void ca_finding_cut(ca_finding *finding);

/* To bytes (appended) and back; the texts of a read finding borrow from `bytes`, its lines and their roles
 * from `arena`. `bytes` is exactly one finding; anything else is CA_FAIL ("damaged record"). */
void ca_finding_write(const ca_finding *finding, ca_buf *bytes);
int ca_finding_read(ca_text bytes, ca_arena *arena, ca_finding *ret_finding, ca_error *err);

#endif
