/* Absence: for each event, is there a line in the days around it that fulfils `without`? Not judged before those days, and
 * `settle` behind them, lie inside the data. */
#include "rules/absence_look.h"

#include <string.h>

#include "rules/kind_keys.h"

/* --- Judging ---------------------------------------------------------------------------------------- */

/* Lines that `where` cannot decide are perhaps no event, and perhaps not the other line. */
static void doubt(ca_absence *of)
{
    const ca_groups *groups = of->groups;
    for (uint32_t member = 0; groups->doubtful != NULL && member < groups->member_count; member++) {
        bool perhaps = ca_bit(of->event, member) || ca_bit(of->event_unknown, member);
        if (!ca_bit(groups->doubtful, member) || !perhaps)
            continue;
        of->event[member / 64] &= ~(UINT64_C(1) << member % 64);
        ca_bit_set(of->event_unknown, member);
        of->event_slots[member] = groups->doubt_slot[member];
    }
}

static int choose(ca_absence *of)
{
    ca_groups *groups = of->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    ca_view view;
    ca_view_units(&view, groups->eval, &groups->members, NULL, NULL, groups->err);
    uint64_t *all = ca_scratch_bits(scratch, view.words);
    uint64_t *no = ca_scratch_bits(scratch, view.words);
    uint64_t **bits[] = {&of->event, &of->event_unknown, &of->may};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(scratch, view.words);
        if (*bits[i] == NULL)
            return ca_error_nomem(groups->err);
    }
    of->event_slots = ca_scratch_take(scratch, view.rows, sizeof *of->event_slots);
    if (all == NULL || no == NULL || of->event_slots == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(all, 0, view.rows);
    int code = ca_view_condition(&view, groups->rule->keys.event, all, (ca_bits){of->event, no});
    for (unsigned w = 0; code == 0 && w < view.words; w++)
        of->event_unknown[w] = all[w] & ~of->event[w] & ~no[w];
    code = code ? code : ca_absence_may_be_b(&view, groups->rule, all, of->may);
    if (code == 0 && ca_bits_any(of->event_unknown, view.words))
        code = ca_absence_blame(&view, groups->rule, groups->rule->keys.event, of->event_unknown, of->event_slots);
    if (code == 0)
        doubt(of);
    return code;
}

/* --- Instances --------------------------------------------------------------------------------------- */

static int add_instance(ca_absence *of, uint32_t member, uint32_t table_row)
{
    if (of->count == of->cap) {
        ca_scratch *scratch = &of->groups->eval->scratch;
        ca_absence old = *of;
        of->cap = of->cap ? 2 * of->cap : of->groups->member_count + 1;
        of->member = ca_scratch_take(scratch, of->cap, sizeof *of->member);
        of->table_row = ca_scratch_take(scratch, of->cap, sizeof *of->table_row);
        of->slots = ca_scratch_take(scratch, of->cap, sizeof *of->slots);
        if (of->member == NULL || of->table_row == NULL || of->slots == NULL)
            return ca_error_nomem(of->groups->err);
        if (old.count > 0) {
            memcpy(of->member, old.member, old.count * sizeof *of->member);
            memcpy(of->table_row, old.table_row, old.count * sizeof *of->table_row);
            memcpy(of->slots, old.slots, old.count * sizeof *of->slots);
        }
    }
    of->member[of->count] = member;
    of->table_row[of->count] = table_row;
    of->slots[of->count++] = 0;
    return 0;
}

/* The first one of an event says with its slot why it has no row: 0 = none is asked for. */
enum { ROW_ASKED, ROW_NONE, ROW_UNKNOWN };

static int add_event(ca_absence *of, const ca_view *view, uint32_t member, uint8_t *ret_why)
{
    ca_each_found found;
    ca_row_at at = {.view = view, .row = member};
    *ret_why = ROW_ASKED;
    if (of->groups->rule->keys.each == NULL || !ca_bit(of->event, member))
        return add_instance(of, member, CA_NO_TABLE_ROW);
    ca_each_find(&at, of->groups->rule, &found);
    int code = found.count == 0 ? add_instance(of, member, CA_NO_TABLE_ROW) : 0;
    if (code == 0 && found.count == 0) {
        *ret_why = found.unknown ? ROW_UNKNOWN : ROW_NONE;
        of->slots[of->count - 1] = found.unknown ? (uint32_t)found.blame : 0;
    }
    for (size_t i = 0; code == 0 && i < found.count; i++)
        code = add_instance(of, member, found.rows[i]);
    return code;
}

static int list_instances(ca_absence *of)
{
    const ca_groups *groups = of->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    ca_view view;
    uint8_t *why = ca_scratch_take(scratch, groups->member_count, sizeof *why);
    if (why == NULL)
        return ca_error_nomem(groups->err);
    ca_view_units(&view, groups->eval, &groups->members, NULL, NULL, groups->err);
    int code = 0;
    for (uint32_t member = 0; code == 0 && member < groups->member_count; member++) {
        if (ca_bit(of->event, member) || ca_bit(of->event_unknown, member))
            code = add_event(of, &view, member, &why[member]);
    }
    uint64_t **bits[] = {&of->rowless, &of->apart, &of->alone, &of->undecided, &of->too_many};
    for (size_t i = 0; code == 0 && i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(scratch, of->count / 64 + 1);
        if (*bits[i] == NULL)
            return ca_error_nomem(groups->err);
    }
    for (uint32_t i = 0; code == 0 && i < of->count; i++) {
        if (why[of->member[i]] != ROW_ASKED)
            ca_bit_set(why[of->member[i]] == ROW_NONE ? of->apart : of->rowless, i);
    }
    return code;
}

/* --- What can be known ------------------------------------------------------------------------------- */

/* The data of a patient begins with the data, or later, when the insurance begins. */
static bool data_start(const ca_groups *groups, uint32_t event, ca_date *ret_start)
{
    const ca_horizon *horizon = groups->input->horizon;
    ca_value cover = ca_value_of(groups->members.units, CA_F_ELIGIBILITY, event);
    *ret_start = horizon->from;
    ca_date day = groups->dates[0][event];
    for (size_t i = 0; horizon->has_from && cover.present && i < cover.as.intervals.count; i++) {
        const ca_interval *interval = &cover.as.intervals.items[i];
        if (interval->from <= day && day <= interval->to && interval->from > *ret_start)
            *ret_start = interval->from;
    }
    return horizon->has_from;
}

/* CA_REASONS: the event can be judged. */
static ca_reason obstacle(const ca_absence *of, uint32_t i)
{
    const ca_rule_keys *keys = &of->groups->rule->keys;
    const ca_horizon *horizon = of->groups->input->horizon;
    uint32_t event = of->member[i];
    int64_t day = of->groups->dates[0][event];
    int64_t before = ca_absence_days(of, keys->look_before, i);
    int64_t history = ca_absence_days(of, keys->history, i);
    int64_t back = before > history ? before : history;
    int64_t after = ca_absence_days(of, keys->look_after, i) + ca_absence_days(of, keys->settle, i);
    ca_date start = 0;
    if (horizon->through != CA_DATE_MAX && day + after > horizon->through)
        return CA_REASON_PERIOD_OPEN;
    if (back > 0 && !data_start(of->groups, event, &start))
        return CA_REASON_NO_DATA_START;
    if (back > 0 && day - back < start)
        return CA_REASON_NO_HISTORY;
    bool incomplete = of->groups->incomplete != NULL && ca_bit(of->groups->incomplete, event);
    return incomplete ? CA_REASON_INCOMPLETE : CA_REASONS;
}

/* --- Telling ------------------------------------------------------------------------------------------ */

typedef struct said {
    ca_verdict verdict;
    uint64_t *inside, *dateless;
} said;

static int tell(const ca_absence *of, const ca_frame *frame, uint32_t i, ca_outcome outcome)
{
    const ca_groups *groups = of->groups;
    const ca_rule_keys *keys = &groups->rule->keys;
    uint32_t event = of->member[i];
    ca_match match = {.frame = frame,
                      .unit = i,
                      .outcome = outcome,
                      .subject = CA_NO_ROW,
                      .rows = &event,
                      .row_count = 1,
                      .has_window = true,
                      .window_from = ca_date_nearest(groups->dates[0][event] - ca_absence_days(of, keys->look_before, i)),
                      .window_to = ca_date_nearest(groups->dates[0][event] + ca_absence_days(of, keys->look_after, i)),
                      .hash = ca_member_hash(groups, event)};
    return ca_groups_match(groups, &match);
}

/* What one instance says; *ret_slot, when it is unknown. */
static ca_outcome outcome_of(const ca_absence *of, const said *say, uint32_t i, size_t *ret_slot)
{
    const ca_rule *rule = of->groups->rule;
    *ret_slot = of->slots[i];
    if (ca_bit(say->dateless, i)) {
        *ret_slot = ca_blame_column(rule->effective_on);
        return CA_UNKNOWN;
    }
    if (!ca_bit(say->inside, i))
        return CA_NOT_APPLICABLE;
    if (ca_bit(of->event_unknown, of->member[i])) {
        *ret_slot = of->event_slots[of->member[i]];
        return CA_UNKNOWN;
    }
    if (ca_bit(of->apart, i))
        return CA_NOT_APPLICABLE;
    if (ca_bit(of->rowless, i))
        return CA_UNKNOWN;
    if (ca_bit(of->too_many, i)) {
        *ret_slot = ca_blame_reason(rule, of->groups->members.units->schema, CA_REASON_GROUP_TOO_LARGE);
        return CA_UNKNOWN;
    }
    if (!ca_bit(of->alone, i) && !ca_bit(of->undecided, i))
        return CA_PASS;
    ca_reason reason = obstacle(of, i);
    if (reason != CA_REASONS)
        *ret_slot = ca_blame_reason(rule, of->groups->members.units->schema, reason);
    if (reason != CA_REASONS || ca_bit(of->undecided, i))
        return CA_UNKNOWN;
    return ca_bit(say->verdict.excused, i) ? CA_EXCUSED : CA_HIT;
}

/* Instances [from, past) of one event, which takes the strongest of their outcomes. */
static int tell_event(const ca_absence *of, const ca_frame *frame, const said *say, uint32_t from, uint32_t past)
{
    const ca_groups *groups = of->groups;
    size_t counts[CA_OUTCOMES] = {0};
    size_t slot = 0;
    int code = 0;
    for (uint32_t i = from; code == 0 && i < past; i++) {
        size_t own;
        ca_outcome outcome = outcome_of(of, say, i, &own);
        if (outcome == CA_UNKNOWN && counts[CA_UNKNOWN] == 0)
            slot = own;
        counts[outcome]++;
        if (outcome == CA_HIT || outcome == CA_EXCUSED)
            code = tell(of, frame, i, outcome);
    }
    if (code == 0 && counts[CA_HIT] + counts[CA_EXCUSED] == 0 && counts[CA_UNKNOWN] > 0)
        return ca_groups_unknown(groups, &groups->members, of->member[from], slot,
                                 ca_blame_name(groups->rule, groups->members.units->schema, slot));
    ca_groups_count(groups, counts[CA_HIT] > 0 ? CA_HIT : counts[CA_EXCUSED] > 0 ? CA_EXCUSED : counts[CA_PASS] > 0 ? CA_PASS
                                                                                                : CA_NOT_APPLICABLE, 0, 1);
    return code;
}

static ca_frame frame_of(const ca_absence *of)
{
    ca_frame frame = of->groups->members;
    frame.made = true;
    frame.count = of->count;
    frame.table_row = of->table_row;
    for (ca_side side = 0; side < CA_SIDES; side++)
        frame.row[side] = of->member;
    return frame;
}

static int excuse(ca_absence *of, const ca_view *view, said *say)
{
    ca_scratch *scratch = &view->eval->scratch;
    uint64_t **bits[] = {&say->verdict.hit, &say->verdict.excused, &say->inside, &say->dateless};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(scratch, view->words);
        if (*bits[i] == NULL)
            return ca_error_nomem(view->err);
    }
    uint64_t *units = ca_scratch_bits(scratch, view->words);
    if (units == NULL)
        return ca_error_nomem(view->err);
    ca_bits_set_range(units, 0, of->count);
    ca_judge_effective(view->frame, of->groups->rule, units, say->inside, say->dateless);
    for (unsigned w = 0; w < view->words; w++)
        say->verdict.hit[w] = of->alone[w] & say->inside[w];
    return ca_judge_unless(view, of->groups->rule, &say->verdict);
}

int ca_absence_judge(ca_groups *groups)
{
    ca_absence of = {.groups = groups};
    said say = {0};
    int code = choose(&of);
    code = code ? code : list_instances(&of);
    if (code != 0 || of.count == 0)
        return code;
    code = ca_absence_look(&of);
    ca_frame frame = frame_of(&of);
    ca_view view;
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    code = code ? code : excuse(&of, &view, &say);
    for (uint32_t from = 0, past; code == 0 && from < of.count; from = past) {
        for (past = from + 1; past < of.count && of.member[past] == of.member[from];)
            past++;
        code = tell_event(&of, &frame, &say, from, past);
    }
    return code;
}
