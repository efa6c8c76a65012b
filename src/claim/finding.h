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

/* A line of a finding, or (role "claim") the pseudo-line of a claim whose lines have no money. */
typedef struct ca_finding_line {
    const char *role;            /* "line", "claim", "others" */
    int64_t line_no;
    ca_origin origin;
    int64_t exposure;            /* share in minor units, or CA_EXPOSURE_MISSING */
} ca_finding_line;

typedef struct ca_finding {
    uint32_t rule;               /* index in the rule set */
    ca_outcome outcome;          /* CA_HIT, CA_EXCUSED or CA_UNKNOWN */
    ca_digest key;               /* finding_key, architecture.md section 5 */
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
    int64_t exposure;            /* minor units, or CA_EXPOSURE_MISSING */
    ca_text message;             /* "" for unknown */
    ca_text reason;              /* excused: name of the exception; unknown: the field to blame; hit: what could not be checked */
    ca_text evidence;            /* JSON, docs/report-db.md */
    ca_finding_line *lines;
    size_t line_count;
} ca_finding;

const char *ca_outcome_name(ca_outcome outcome);   /* "hit", "excused", "unknown", "pass", "not_applicable" */

/* To bytes (appended) and back; the texts of a read finding borrow from `bytes`, its lines and their roles
 * from `arena`. `bytes` is exactly one finding; anything else is CA_FAIL ("damaged record"). */
void ca_finding_write(const ca_finding *finding, ca_buf *bytes);
int ca_finding_read(ca_text bytes, ca_arena *arena, ca_finding *ret_finding, ca_error *err);

#endif
