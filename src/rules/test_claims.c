/* The claims of a test: what the lines of one claim agree on is a value of the claim. */
#include "rules/group_claims.h"
#include "rules/test_frame.h"

static bool is_live(const ca_batch *batch, unsigned row)
{
    if (!ca_batch_has(batch, CA_F_CLAIM_STATUS, row))
        return true;
    uint8_t status = batch->columns[CA_F_CLAIM_STATUS].as.choice[row];
    return status != CA_VOID && status != CA_REVERSAL;
}

void ca_test_mark_live(ca_batch *batch)
{
    for (unsigned row = 0; row < batch->rows; row++) {
        if (is_live(batch, row))
            ca_bit_set(batch->live, row);
    }
}

int ca_test_claims_fill(ca_test_frame *frame, unsigned claims, bool has_from_date, ca_arena *arena)
{
    bool *begins = ca_arena_array(arena, claims + 1, sizeof(*begins));
    for (unsigned claim = 0; begins != NULL && claim < claims; claim++)
        begins[claim] = !has_from_date;
    if (begins == NULL || ca_lines_to_claims(frame->lines, frame->first_line, claims, begins, &frame->claims) != 0)
        return CA_NOMEM;
    ca_test_mark_live(frame->claims);
    return 0;
}
