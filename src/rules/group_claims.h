/* Claims in the place of lines: `level: claim`, and the claims of a test. */
#ifndef CA_RULES_GROUP_CLAIMS_H
#define CA_RULES_GROUP_CLAIMS_H

#include "rules/group_parts.h"

/* Does a claim know the column? Provider facts follow the column that names the provider. */
bool ca_column_of_claims(const ca_schema *schema, unsigned column);
/* What the lines of each claim agree on becomes a value of the claim. first_line[claims] ends the last one. Borrows the
 * pools of lines. Where `dated` is false, or by claim says so, a claim begins with its first service. 0 or CA_NOMEM. */
int ca_lines_to_claims(const ca_batch *lines, const uint32_t *first_line, uint32_t claims, const bool *begins,
                       ca_batch **batch);

typedef struct ca_claims_of {
    const uint64_t *taken, *doubtful;   /* by line */
    const uint32_t *slots;
    ca_frame frame;                     /* units: claims with the lines that are taken or doubtful */
    uint64_t *claims_taken;             /* by claim: a line is taken */
    uint64_t *claims_doubtful;          /* by claim: a line is doubtful; NULL = none */
    uint32_t *claim_slots;
    uint32_t *order;                    /* claims in the total order */
} ca_claims_of;

int ca_claims_gather(ca_groups *groups, const uint8_t *columns, ca_batch **lines, ca_batch **claims, ca_claims_of *of);
/* Members are these claims, in this order: their lines with them. */
int ca_claims_move(ca_groups *groups, const uint32_t *claims, uint32_t count);

#endif
