/* What a finding says in money and words: the exposure of a hit, its shares, and the message. */
#include "rules/explain_parts.h"
#include "rules/exposure.h"

#define MEMORY 128u    /* of texts that are short, mostly */

/* --- Exposure --------------------------------------------------------------------------------- */

/* A claim none of whose carrying lines has money carries the finding itself. */
static bool without_line_money(const ca_twin *twin, const ca_explanation *explanation)
{
    if (twin->frame->lines == NULL)
        return false;
    for (size_t i = 0; i < explanation->carrying_count; i++) {
        if (ca_batch_has(twin->frame->lines, CA_F_PAID, explanation->carrying[i]))
            return false;
    }
    return true;
}

/* What was paid, in 1/10,000: of each carrying line, or of the claim. False when one lacks it. */
static bool list_paid(const ca_twin *twin, const ca_explanation *explanation, int64_t *ret_paid)
{
    const ca_batch *batch = twin->frame->lines ? twin->frame->lines : twin->frame->units;
    if (explanation->whole_claim) {
        if (!ca_batch_has(twin->frame->units, CA_F_CLAIM_PAID, twin->unit))
            return false;
        ret_paid[0] = twin->frame->units->columns[CA_F_CLAIM_PAID].as.number[twin->unit];
        return true;
    }
    for (size_t i = 0; i < explanation->carrying_count; i++) {
        uint32_t row = explanation->carrying[i];
        if (!ca_batch_has(batch, CA_F_PAID, row))
            return false;
        ret_paid[i] = batch->columns[CA_F_PAID].as.number[row];
    }
    return true;
}

int ca_tell_exposure(ca_twin *twin, int minor_digits, ca_explanation *explanation, ca_error *err)
{
    explanation->whole_claim = without_line_money(twin, explanation);
    twin->whole_claim = explanation->whole_claim;
    twin->trace = NULL;
    size_t count = explanation->whole_claim ? 1 : explanation->carrying_count;
    int64_t *paid = ca_arena_array(twin->arena, count, sizeof(*paid));
    size_t *scratch = ca_arena_array(twin->arena, count, sizeof(*scratch));
    int64_t *shares = ca_arena_array(twin->arena, count, sizeof(*shares));
    if (paid == NULL || scratch == NULL || shares == NULL)
        return ca_error_nomem(err);
    ca_told wanted = ca_tell_value(twin, twin->rule->exposure, CA_AT_UNIT);
    bool known = list_paid(twin, explanation, paid) && wanted.value.present && !wanted.skipped;
    int64_t total;
    if (!known || !ca_exposure_split(wanted.value.as.ratio, paid, count, minor_digits, scratch,
                                     &total, shares))
        return 0;
    explanation->exposure = total;
    if (!explanation->whole_claim)
        explanation->shares = shares;
    return 0;
}

/* --- Message ---------------------------------------------------------------------------------- */

static void add_expression(ca_twin *twin, const ca_message_part *part, ca_buf *text)
{
    ca_value value = ca_tell_value(twin, part->expr, CA_AT_UNIT).value;
    bool number =
        value.type == CA_TYPE_INT || value.type == CA_TYPE_DECIMAL || value.type == CA_TYPE_MONEY;
    if (number && (part->format == CA_TYPE_INT || part->format == CA_TYPE_DECIMAL ||
                   part->format == CA_TYPE_MONEY))
        value.type = part->format;
    ca_value_print(&value, twin->frame->codes, text);
}

int ca_tell_message(ca_twin *twin, ca_explanation *explanation, ca_error *err)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    twin->trace = NULL;
    for (size_t i = 0; i < twin->rule->message_count; i++) {
        const ca_message_part *part = &twin->rule->message[i];
        if (part->expr == NULL)
            ca_buf_add_text(&text, part->text);
        else
            add_expression(twin, part, &text);
    }
    int code = text.failed ? CA_NOMEM
                           : ca_arena_text(twin->arena, ca_buf_text(&text), &explanation->message);
    ca_buf_done(&text);
    return code != 0 ? ca_error_nomem(err) : 0;
}
