/* Absence: for each event, is there a line in the days around it that fulfils `without`? Not judged before those days, and
 * `settle` behind them, lie inside the data. */
#include "rules/absence.h"

#include <string.h>

#include "rules/kind_keys.h"

/* --- Which lines may be the other one --------------------------------------------------------------- */

/* A part of `without` that speaks of b alone. */
static bool is_of_b(const ca_node *part)
{
    return !ca_reads_side(part, CA_SIDE_A) && !ca_reads_given(part, UINT32_MAX);
}

/* Rows for which no part of `without` about b alone is FALSE. */
static int may_be_b(const ca_view *view, const ca_rule *rule, const uint64_t *mask, uint64_t *ret_may)
{
    const ca_node *without = rule->keys.without;
    size_t count = without->kind == CA_NODE_AND ? without->arg_count : 1;
    ca_bits is = {ca_scratch_bits(&view->eval->scratch, view->words), ca_scratch_bits(&view->eval->scratch, view->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(view->err);
    memcpy(ret_may, mask, view->words * sizeof *ret_may);
    for (size_t i = 0; i < count; i++) {
        const ca_node *part = without->kind == CA_NODE_AND ? without->args[i] : without;
        if (!is_of_b(part))
            continue;
        int code = ca_view_condition(view, part, ret_may, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < view->words; w++)
            ret_may[w] &= ~is.no[w];
    }
    return 0;
}

int ca_absence_travels(const ca_view *lines, const ca_rule *rule, uint64_t *travels, uint64_t *turned_away)
{
    ca_scratch *scratch = &lines->eval->scratch;
    uint64_t *may = ca_scratch_bits(scratch, lines->words);
    ca_bits event = {ca_scratch_bits(scratch, lines->words), ca_scratch_bits(scratch, lines->words)};
    if (may == NULL || event.yes == NULL || event.no == NULL)
        return ca_error_nomem(lines->err);
    int code = may_be_b(lines, rule, travels, may);
    code = code ? code : ca_view_gated(lines, rule->keys.event, travels, event);
    for (unsigned w = 0; code == 0 && w < lines->words; w++) {
        turned_away[w] |= event.no[w];
        travels[w] &= may[w] | ~event.no[w];
    }
    return code;
}

bool ca_absence_is_unit(const ca_groups *groups, const ca_frame *rows, unsigned row)
{
    ca_view view;
    ca_view_units(&view, groups->eval, rows, NULL, NULL, groups->err);
    ca_row_at at = {.view = &view, .row = row};
    return ca_row_condition(&at, groups->rule->keys.event) != CA_FALSE;
}

/* --- Judging ---------------------------------------------------------------------------------------- */

typedef struct absence {
    ca_groups *groups;
    int64_t before, after, history, settle;
    uint64_t *event, *event_unknown, *may;    /* by member */
    uint32_t *slots;           /* by member whose event is UNKNOWN, or that is unknown for a `without` */
    uint64_t *alone;           /* events without the other line */
    uint64_t *undecided;       /* events for which a line may be it */
    uint32_t *a, *b;           /* the pair that is undecided, by event */
} absence;

/* Leaves of one condition stand together among those of the rule. */
static void find_leaves(const ca_node *node, size_t *from, size_t *to)
{
    if (node->leaf >= 0) {
        *from = (size_t)node->leaf < *from ? (size_t)node->leaf : *from;
        *to = (size_t)node->leaf + 1 > *to ? (size_t)node->leaf + 1 : *to;
        return;
    }
    for (size_t i = 0; i < node->arg_count; i++)
        find_leaves(node->args[i], from, to);
}

static int blame_condition(const ca_view *view, const ca_rule *rule, const ca_node *condition, const uint64_t *rows,
                           uint32_t *slots)
{
    size_t from = SIZE_MAX;
    size_t to = 0;
    find_leaves(condition, &from, &to);
    return ca_blame_each(view, rule, from, to, rows, slots);
}

/* Lines that `where` cannot decide are perhaps no event, and perhaps not the other line. */
static void doubt(absence *of)
{
    const ca_groups *groups = of->groups;
    for (uint32_t member = 0; groups->doubtful != NULL && member < groups->member_count; member++) {
        bool perhaps = ca_bit(of->event, member) || ca_bit(of->event_unknown, member);
        if (!ca_bit(groups->doubtful, member) || !perhaps)
            continue;
        of->event[member / 64] &= ~(UINT64_C(1) << member % 64);
        ca_bit_set(of->event_unknown, member);
        of->slots[member] = groups->doubt_slot[member];
    }
}

static bool is_doubtful(const ca_groups *groups, uint32_t member)
{
    return groups->doubtful != NULL && ca_bit(groups->doubtful, member);
}

static int choose(absence *of)
{
    ca_groups *groups = of->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    ca_view view;
    ca_view_units(&view, groups->eval, &groups->members, NULL, NULL, groups->err);
    uint64_t *all = ca_scratch_bits(scratch, view.words);
    uint64_t *no = ca_scratch_bits(scratch, view.words);
    uint64_t **bits[] = {&of->event, &of->event_unknown, &of->may, &of->alone, &of->undecided};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(scratch, view.words);
        if (*bits[i] == NULL)
            return ca_error_nomem(groups->err);
    }
    of->slots = ca_scratch_take(scratch, view.rows, sizeof *of->slots);
    if (all == NULL || no == NULL || of->slots == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(all, 0, view.rows);
    int code = ca_view_condition(&view, groups->rule->keys.event, all, (ca_bits){of->event, no});
    for (unsigned w = 0; code == 0 && w < view.words; w++)
        of->event_unknown[w] = all[w] & ~of->event[w] & ~no[w];
    code = code ? code : may_be_b(&view, groups->rule, all, of->may);
    if (code == 0 && ca_bits_any(of->event_unknown, view.words))
        code = blame_condition(&view, groups->rule, groups->rule->keys.event, of->event_unknown, of->slots);
    if (code == 0)
        doubt(of);
    return code;
}

/* The slot of what made `without` UNKNOWN for a and b. */
static int blame_pair(absence *of, const ca_frame *frame, uint32_t event)
{
    const ca_rule *rule = of->groups->rule;
    uint64_t one = 1;
    uint32_t slot = 0;
    ca_view view;
    ca_view_units(&view, of->groups->eval, frame, NULL, NULL, of->groups->err);
    int code = blame_condition(&view, rule, rule->keys.without, &one, &slot);
    of->slots[event] = slot;
    return code;
}

/* The members among which the other line may be: a stretch, since they are in order of their dates. */
static void range_of(const absence *of, uint32_t group, uint32_t event, uint32_t *ret_from, uint32_t *ret_past)
{
    const ca_date *dates = of->groups->dates[0];
    uint32_t from = of->groups->first[group];
    uint32_t past = of->groups->first[group + 1];
    int64_t first = dates[event] - of->before;
    int64_t last = dates[event] + of->after;
    uint32_t low = event;
    uint32_t high = event;
    while (low > from && dates[low - 1] >= first)
        low--;
    while (high < past && dates[high] <= last)
        high++;
    *ret_from = low;
    *ret_past = high;
}

/* Looks for the other line. The event itself is not it. */
static int look(absence *of, uint32_t group, uint32_t event)
{
    ca_groups *groups = of->groups;
    uint32_t from, past;
    uint32_t b = 0;
    ca_truth found = CA_FALSE;
    ca_frame frame = groups->members;
    frame.made = true;
    frame.count = 1;
    frame.row[CA_SIDE_UNIT] = frame.row[CA_SIDE_A] = &event;
    frame.row[CA_SIDE_B] = &b;
    ca_view view;
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    range_of(of, group, event, &from, &past);
    for (b = ca_bits_first(of->may, from, past); found != CA_TRUE && b < past; b = ca_bits_first(of->may, b + 1, past)) {
        ca_row_at at = {.view = &view, .row = 0};
        ca_truth is = b == event ? CA_FALSE : ca_row_condition(&at, groups->rule->keys.without);
        if (is == CA_TRUE && !is_doubtful(groups, b))
            return 0;
        if (is == CA_TRUE && found == CA_FALSE) {
            of->slots[event] = groups->doubt_slot[b];
            found = CA_UNKNOWN_TRUTH;
        }
        if (is == CA_UNKNOWN_TRUTH && found == CA_FALSE) {
            int code = blame_pair(of, &frame, event);
            if (code != 0)
                return code;
            found = is;
        }
    }
    ca_bit_set(found == CA_FALSE ? of->alone : of->undecided, event);
    return 0;
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
static ca_reason obstacle(const absence *of, uint32_t event)
{
    const ca_horizon *horizon = of->groups->input->horizon;
    int64_t day = of->groups->dates[0][event];
    int64_t back = of->before > of->history ? of->before : of->history;
    ca_date start;
    if (horizon->through != CA_DATE_MAX && day + of->after + of->settle > horizon->through)
        return CA_REASON_PERIOD_OPEN;
    if (back == 0)
        return CA_REASONS;
    if (!data_start(of->groups, event, &start))
        return CA_REASON_NO_DATA_START;
    return day - back < start ? CA_REASON_NO_HISTORY : CA_REASONS;
}

/* --- Telling ------------------------------------------------------------------------------------------ */

typedef struct said {
    ca_verdict verdict;
    uint64_t *inside, *dateless;
} said;

static int tell_unknown(absence *of, uint32_t event, size_t slot)
{
    const ca_groups *groups = of->groups;
    const char *why = ca_blame_name(groups->rule, groups->members.units->schema, slot);
    return ca_groups_unknown(groups, &groups->members, event, slot, why);
}

static int tell(absence *of, const ca_frame *frame, const said *say, uint32_t event)
{
    const ca_groups *groups = of->groups;
    ca_outcome outcome = ca_bit(say->verdict.excused, event) ? CA_EXCUSED : CA_HIT;
    ca_match match = {.frame = frame,
                      .unit = event,
                      .outcome = outcome,
                      .subject = CA_NO_ROW,
                      .rows = &event,
                      .row_count = 1,
                      .has_window = true,
                      .window_from = (ca_date)(groups->dates[0][event] - of->before),
                      .window_to = (ca_date)(groups->dates[0][event] + of->after),
                      .hash = ca_member_hash(groups, event)};
    ca_groups_count(groups, outcome, 0, 1);
    return ca_groups_match(groups, &match);
}

static int tell_event(absence *of, const ca_frame *frame, const said *say, uint32_t event)
{
    const ca_groups *groups = of->groups;
    const ca_schema *schema = groups->members.units->schema;
    if (ca_bit(say->dateless, event))
        return tell_unknown(of, event, ca_blame_column(groups->rule->effective_on));
    if (!ca_bit(say->inside, event)) {
        ca_groups_count(groups, CA_NOT_APPLICABLE, 0, 1);
        return 0;
    }
    if (ca_bit(of->event_unknown, event))
        return tell_unknown(of, event, of->slots[event]);
    if (!ca_bit(of->alone, event) && !ca_bit(of->undecided, event)) {
        ca_groups_count(groups, CA_PASS, 0, 1);
        return 0;
    }
    ca_reason reason = obstacle(of, event);
    if (reason != CA_REASONS)
        return tell_unknown(of, event, ca_blame_reason(groups->rule, schema, reason));
    if (ca_bit(of->undecided, event))
        return tell_unknown(of, event, of->slots[event]);
    return tell(of, frame, say, event);
}

/* The events as units of their own. */
static ca_frame frame_of(const ca_groups *groups)
{
    ca_frame frame = groups->members;
    frame.made = true;
    frame.count = groups->member_count;
    return frame;
}

static int excuse(absence *of, const ca_view *view, said *say)
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
    for (unsigned w = 0; w < view->words; w++)
        units[w] = of->event[w] | of->event_unknown[w];
    ca_judge_effective(view->frame, of->groups->rule, units, say->inside, say->dateless);
    for (unsigned w = 0; w < view->words; w++)
        say->verdict.hit[w] = of->alone[w] & say->inside[w];
    return ca_judge_unless(view, of->groups->rule, &say->verdict);
}

int ca_absence_judge(ca_groups *groups)
{
    const ca_rule_keys *keys = &groups->rule->keys;
    absence of = {.groups = groups,
                  .before = ca_keys_number(keys->look_before),
                  .after = ca_keys_number(keys->look_after),
                  .history = ca_keys_number(keys->history),
                  .settle = ca_keys_number(keys->settle)};
    said say = {0};
    ca_frame frame = frame_of(groups);
    ca_view view;
    int code = choose(&of);
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++) {
        uint32_t past = groups->first[group + 1];
        for (uint32_t event = ca_bits_first(of.event, groups->first[group], past); code == 0 && event < past;
             event = ca_bits_first(of.event, event + 1, past))
            code = look(&of, group, event);
    }
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    code = code ? code : excuse(&of, &view, &say);
    for (uint32_t event = 0; code == 0 && event < groups->member_count; event++) {
        if (ca_bit(of.event, event) || ca_bit(of.event_unknown, event))
            code = tell_event(&of, &frame, &say, event);
    }
    return code;
}
