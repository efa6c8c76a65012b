/* One rule over lines that hold whole keys: its members, their groups, and then its kind; and which lines of a stream such
 * a rule has to see. */
#include "rules/group_parts.h"

#include "base/alloc.h"
#include "rules/each_rows.h"

#define SCRATCH_KEPT ((size_t)64 << 20)

ca_grouper *ca_grouper_new(const ca_schema *schema)
{
    ca_grouper *grouper = ca_alloc_zero(1, sizeof *grouper);
    if (grouper != NULL)
        grouper->schema = schema;
    return grouper;
}

void ca_grouper_free(ca_grouper *grouper)
{
    if (grouper == NULL)
        return;
    ca_batch_free(grouper->members);
    ca_batch_free(grouper->lines);
    ca_batch_free(grouper->claims);
    ca_free(grouper);
}

/* --- What a rule says ----------------------------------------------------------------------------- */

void ca_groups_count(const ca_groups *groups, ca_outcome outcome, size_t blame, uint64_t units)
{
    groups->sink->count(groups->sink->context, outcome, blame, units);
}

int ca_groups_match(const ca_groups *groups, ca_match *match)
{
    const ca_frame *frame = match->frame;
    uint32_t row = frame->table_row ? frame->table_row[match->unit] : CA_NO_TABLE_ROW;
    ca_buf name;
    ca_buf_init(&name);
    if (row != CA_NO_TABLE_ROW) {
        ca_reftable_row_name(groups->rule->keys.each->table, row, &name);
        match->table_row_key = ca_buf_text(&name);
        match->hash = ca_hash_mix(match->hash, ca_hash64(name.ptr, name.len));
    }
    int code = name.failed ? ca_error_nomem(groups->err) : 0;
    if (code == 0 && (match->outcome == CA_HIT || groups->sink->wants(groups->sink->context, match->outcome, match->hash))) {
        code = ca_groups_complete(groups, match);
        code = code ? code : groups->sink->match(groups->sink->context, match, groups->err);
    }
    ca_buf_done(&name);
    return code;
}

static uint64_t row_hash(const ca_batch *batch, unsigned row, bool of_claims)
{
    unsigned number = of_claims ? CA_F_CLAIM_PART : CA_F_LINE_NO;
    uint64_t hash = 0;
    if (ca_batch_has(batch, CA_F_CLAIM_TYPE, row))
        hash = batch->columns[CA_F_CLAIM_TYPE].as.choice[row];
    if (ca_batch_has(batch, CA_F_CLAIM_ID, row)) {
        ca_text id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
        hash = ca_hash_mix(hash, ca_hash64(id.ptr, id.len));
    }
    return ca_batch_has(batch, number, row) ? ca_hash_mix(hash, (uint64_t)batch->columns[number].as.number[row]) : hash;
}

uint64_t ca_member_hash(const ca_groups *groups, uint32_t member)
{
    if (groups->source != NULL)
        return row_hash(groups->input->lines, groups->source[member], false);
    return row_hash(groups->members.units, member, groups->rule->keys.of_claims);
}

int ca_groups_unknown(const ca_groups *groups, const ca_frame *frame, unsigned row, size_t blame, const char *why)
{
    uint32_t at = row;
    ca_frame alone = *frame;
    alone.made = true;
    alone.count = 1;
    alone.table_row = NULL;
    alone.row[CA_SIDE_UNIT] = alone.row[CA_SIDE_A] = alone.row[CA_SIDE_B] = alone.row[CA_SIDE_ORIGINAL] = &at;
    ca_match match = {.frame = &alone,
                      .outcome = CA_UNKNOWN,
                      .why = why,
                      .rows = &at,
                      .row_count = 1,
                      .hash = row_hash(frame->units, row, groups->rule->keys.of_claims)};
    ca_groups_count(groups, CA_UNKNOWN, blame, 1);
    return ca_groups_match(groups, &match);
}

/* --- The rule --------------------------------------------------------------------------------------- */

static int judge(ca_grouper *grouper, ca_groups *groups)
{
    int code = ca_groups_find(grouper, groups);
    if (code != 0 || groups->member_count == 0)
        return code;
    return groups->input->too_large ? ca_groups_too_large(groups) : groups->rule->kind->judge_groups(groups);
}

/* After one exceptionally large group the rest of the run does not keep its memory. */
static void let_go(ca_batch **batch)
{
    if (*batch == NULL || (*batch)->capacity <= CA_BATCH_ROWS_MAX)
        return;
    ca_batch_free(*batch);
    *batch = NULL;
}

int ca_group_judge(ca_grouper *grouper, ca_eval *eval, const ca_group_input *input, const ca_rule *rule,
                   const ca_group_sink *sink, ca_error *err)
{
    ca_groups groups = {.eval = eval, .rule = rule, .input = input, .sink = sink, .err = err};
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    uint64_t shown = 0;
    for (unsigned w = 0; w < (input->lines->rows + 63) / 64; w++)
        shown |= ca_group_word(input, w);
    int code = shown == 0 ? 0 : judge(grouper, &groups);
    ca_scratch_rewind(&eval->scratch, mark);
    ca_scratch_trim(&eval->scratch, SCRATCH_KEPT);
    let_go(&grouper->members);
    let_go(&grouper->lines);
    let_go(&grouper->claims);
    return code;
}

/* --- In a stream -------------------------------------------------------------------------------------- */

/* Stays are inpatient claims, whether `where` takes their lines or not. */
static void add_stays(const ca_batch *lines, const uint64_t *mask, unsigned words, uint64_t *travels)
{
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = mask[w] & ~travels[w]; rest != 0;) {
            unsigned row = w * 64 + ca_bits_next(&rest);
            if (ca_batch_has(lines, CA_F_CLAIM_TYPE, row) &&
                lines->columns[CA_F_CLAIM_TYPE].as.choice[row] == CA_INPATIENT)
                ca_bit_set(travels, row);
        }
    }
}

int ca_group_travels(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *mask,
                     uint64_t *ret_travels, uint64_t *ret_certain, uint64_t *ret_turned_away, ca_error *err)
{
    ca_view view;
    ca_view_units(&view, eval, frame, NULL, NULL, err);
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    ca_bits is = {ca_scratch_bits(&eval->scratch, view.words), ca_scratch_bits(&eval->scratch, view.words)};
    int code = is.yes == NULL || is.no == NULL ? ca_error_nomem(err) : 0;
    if (code == 0 && rule->where != NULL)
        code = ca_view_gated(&view, rule->where, mask, is);
    for (unsigned w = 0; code == 0 && w < view.words; w++) {
        ret_turned_away[w] = is.no[w];
        ret_travels[w] = mask[w] & ~is.no[w];
        ret_certain[w] = rule->where != NULL ? is.yes[w] : mask[w];
    }
    if (code == 0 && rule->keys.each != NULL && rule->kind->each == CA_EACH_LINE) {
        code = ca_each_none(&view, rule, ret_travels, is.no);
        for (unsigned w = 0; code == 0 && w < view.words; w++) {
            ret_turned_away[w] |= is.no[w];
            ret_travels[w] &= ~is.no[w];
        }
    }
    if (code == 0 && rule->kind->travels != NULL)
        code = rule->kind->travels(&view, rule, ret_travels, ret_turned_away);
    if (code == 0 && rule->keys.period == CA_PERIOD_STAY)
        add_stays(frame->units, mask, view.words, ret_travels);
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}
