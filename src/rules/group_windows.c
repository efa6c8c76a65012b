/* Windows, judged all at once: each is a unit; those that fire and have lines in common become one finding, an episode. */
#include "rules/group_windows.h"

#include <string.h>

#include "rules/kind_keys.h"

int ca_windows_begin(ca_windows *windows, ca_groups *groups, uint32_t most)
{
    ca_scratch *scratch = &groups->eval->scratch;
    size_t cap = (size_t)most + 1;
    *windows = (ca_windows){.groups = groups,
                            .stretch = ca_scratch_take(scratch, 2 * cap, sizeof *windows->stretch),
                            .first_row = ca_scratch_take(scratch, cap, sizeof *windows->first_row),
                            .date = ca_scratch_take(scratch, cap, sizeof *windows->date),
                            .start = ca_scratch_take(scratch, cap, sizeof *windows->start),
                            .end = ca_scratch_take(scratch, cap, sizeof *windows->end),
                            .table_row = ca_scratch_take(scratch, cap, sizeof *windows->table_row)};
    bool made = windows->stretch && windows->first_row && windows->date && windows->start && windows->end &&
                windows->table_row;
    return made ? 0 : ca_error_nomem(groups->err);
}

static ca_value day(ca_date date)
{
    return (ca_value){.type = CA_TYPE_DATE, .present = date != CA_NO_DATE, .as.date = date};
}

void ca_windows_add(ca_windows *windows, uint32_t from, uint32_t past, ca_date start, ca_date end, ca_date date)
{
    uint32_t at = windows->count++;
    windows->stretch[2 * at] = from;
    windows->stretch[2 * at + 1] = past;
    windows->first_row[at] = from;
    windows->start[at] = day(start);
    windows->end[at] = day(end);
    windows->date[at] = date;
    windows->table_row[at] = ca_member_table_row(windows->groups, from);
}

ca_frame ca_windows_frame(const ca_windows *windows)
{
    ca_frame frame = windows->groups->members;
    frame.made = true;
    frame.count = windows->count;
    frame.lines = frame.units;
    frame.stretch = windows->stretch;
    frame.date = windows->date;
    for (ca_side side = 0; side < CA_SIDES; side++)
        frame.row[side] = windows->first_row;
    frame.table_row = windows->groups->table_row ? windows->table_row : NULL;
    frame.line_table_row = windows->groups->table_row;
    frame.given[CA_GIVEN_WINDOW_START] = windows->start;
    frame.given[CA_GIVEN_WINDOW_END] = windows->end;
    return frame;
}

/* --- Judging -------------------------------------------------------------------------------------- */

typedef struct verdicts {
    uint64_t *all, *inside, *dateless, *open, *when_unknown, *doubtful;
    ca_verdict verdict;
    uint32_t *slots;
    uint64_t *taken;           /* by member: `where` takes it; NULL = all */
} verdicts;

static int make_verdicts(const ca_windows *windows, unsigned words, verdicts *ret)
{
    ca_scratch *scratch = &windows->groups->eval->scratch;
    uint64_t **bits[] = {&ret->all, &ret->inside, &ret->dateless, &ret->open, &ret->when_unknown, &ret->doubtful,
                         &ret->verdict.hit, &ret->verdict.excused, &ret->verdict.unknown, &ret->verdict.not_applicable};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(scratch, words);
        if (*bits[i] == NULL)
            return ca_error_nomem(windows->groups->err);
    }
    ret->slots = ca_scratch_take(scratch, (size_t)windows->count + 1, sizeof *ret->slots);
    return ret->slots == NULL ? ca_error_nomem(windows->groups->err) : 0;
}

/* Members that `where` cannot decide are skipped by aggregates. */
static int mark_doubts(const ca_windows *windows, ca_frame *frame, verdicts *say)
{
    const ca_groups *groups = windows->groups;
    unsigned words = (groups->member_count + 63) / 64;
    if (groups->doubtful == NULL || !ca_bits_any(groups->doubtful, words))
        return 0;
    say->taken = ca_scratch_bits(&groups->eval->scratch, words);
    if (say->taken == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(say->taken, 0, groups->member_count);
    for (unsigned w = 0; w < words; w++)
        say->taken[w] &= ~groups->doubtful[w];
    frame->line_taken = say->taken;
    frame->line_undecided = groups->doubtful;
    for (uint32_t i = 0; i < windows->count; i++) {
        uint32_t past = windows->stretch[2 * i + 1];
        uint32_t first = ca_bits_first(groups->doubtful, windows->stretch[2 * i], past);
        if (first == past)
            continue;
        ca_bit_set(say->doubtful, i);
        say->slots[i] = groups->doubt_slot[first];
    }
    return 0;
}

/* Claims and stays end when they end; a life has no last day. */
static bool is_open(const ca_windows *windows, uint32_t i)
{
    const ca_rule_keys *keys = &windows->groups->rule->keys;
    uint32_t row = windows->table_row[i];
    if (windows->groups->input->horizon->through == CA_DATE_MAX || keys->period == CA_PERIOD_CLAIM ||
        keys->period == CA_PERIOD_STAY)
        return false;
    return ca_keys_period(keys, row) == CA_PERIOD_LIFE || !ca_is_closed(windows->groups, windows->date[i], row);
}

static void find_open(const ca_windows *windows, verdicts *say)
{
    for (uint32_t i = 0; i < windows->count; i++) {
        if (is_open(windows, i))
            ca_bit_set(say->open, i);
    }
}

/* A window of nothing but doubtful lines fires for none. */
static bool has_lines(const ca_windows *windows, const verdicts *say, uint32_t i)
{
    uint32_t past = windows->stretch[2 * i + 1];
    return say->taken == NULL || ca_bits_first(say->taken, windows->stretch[2 * i], past) < past;
}

static int judge_all(const ca_windows *windows, ca_view *view, verdicts *say)
{
    const ca_rule *rule = windows->groups->rule;
    bool waits = !rule->keys.judge_open && !ca_when_grows(rule);
    ca_bits when = {say->verdict.hit, ca_scratch_bits(&view->eval->scratch, view->words)};
    if (when.no == NULL)
        return ca_error_nomem(view->err);
    ca_bits_set_range(say->all, 0, view->rows);
    ca_judge_effective(view->frame, rule, say->all, say->inside, say->dateless);
    find_open(windows, say);
    for (unsigned w = 0; w < view->words; w++) {
        say->verdict.not_applicable[w] = say->all[w] & ~say->inside[w] & ~say->dateless[w];
        say->open[w] &= waits ? say->inside[w] : 0;
        say->inside[w] &= ~say->open[w];
    }
    int code = ca_view_condition(view, rule->when, say->inside, when);
    for (uint32_t i = 0; code == 0 && i < windows->count; i++) {
        if (ca_bit(when.yes, i) && !has_lines(windows, say, i))
            when.yes[i / 64] &= ~(UINT64_C(1) << i % 64);
    }
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        uint64_t left = say->inside[w] & ~when.yes[w];
        say->when_unknown[w] = left & ~when.no[w] & ~say->doubtful[w];
        say->verdict.unknown[w] = say->open[w] | say->dateless[w] | say->when_unknown[w] | (left & say->doubtful[w]);
    }
    if (code == 0)
        code = ca_judge_unless(view, rule, &say->verdict);
    if (code == 0 && ca_bits_any(say->when_unknown, view->words))
        code = ca_blame_each(view, rule, rule->where_leaves, rule->where_leaves + rule->when_leaves, say->when_unknown,
                             say->slots);
    return code;
}

/* --- Telling -------------------------------------------------------------------------------------- */

static uint32_t *all_members(const ca_groups *groups)
{
    uint32_t *rows = ca_scratch_take(&groups->eval->scratch, groups->member_count, sizeof *rows);
    for (uint32_t member = 0; rows != NULL && member < groups->member_count; member++)
        rows[member] = member;
    return rows;
}

static uint64_t window_hash(const ca_windows *windows, uint32_t i)
{
    return ca_hash_mix(ca_member_hash(windows->groups, windows->first_row[i]), (uint64_t)(uint32_t)windows->date[i]);
}

static ca_match match_of(const ca_windows *windows, const ca_frame *frame, uint32_t i, ca_outcome outcome)
{
    bool dated = windows->start[i].present && windows->end[i].present;
    return (ca_match){.frame = frame,
                      .unit = i,
                      .outcome = outcome,
                      .subject = CA_NO_ROW,
                      .has_window = dated,
                      .window_from = dated ? windows->start[i].as.date : 0,
                      .window_to = dated ? windows->end[i].as.date : 0,
                      .hash = window_hash(windows, i)};
}

/* Members [from, past) that take part; of an unknown window also those that may. */
static void set_rows(const verdicts *say, const uint32_t *members, uint32_t from, uint32_t past, bool all, uint32_t *room,
                     ca_match *match)
{
    match->rows = members + from;
    match->row_count = past - from;
    if (say->taken == NULL || all)
        return;
    match->rows = room;
    match->row_count = 0;
    for (uint32_t member = from; member < past; member++) {
        if (ca_bit(say->taken, member))
            room[match->row_count++] = member;
    }
}

static const char *reason_of(const ca_windows *windows, const verdicts *say, uint32_t i, size_t *ret_slot)
{
    const ca_rule *rule = windows->groups->rule;
    const ca_schema *schema = windows->groups->members.units->schema;
    if (ca_bit(say->dateless, i))
        *ret_slot = ca_blame_column(rule->effective_on);
    else if (ca_bit(say->open, i))
        *ret_slot = ca_blame_reason(rule, schema, CA_REASON_PERIOD_OPEN);
    else
        *ret_slot = say->slots[i];
    return ca_blame_name(rule, schema, *ret_slot);
}

static int tell_unknown(const ca_windows *windows, const ca_frame *frame, const verdicts *say, const uint32_t *members,
                        uint32_t i)
{
    size_t slot;
    ca_match match = match_of(windows, frame, i, CA_UNKNOWN);
    match.why = reason_of(windows, say, i, &slot);
    set_rows(say, members, windows->stretch[2 * i], windows->stretch[2 * i + 1], true, NULL, &match);
    ca_groups_count(windows->groups, CA_UNKNOWN, slot, 1);
    return ca_groups_match(windows->groups, &match);
}

/* The first aggregate that `when` compares: by its size the window of an episode is chosen that the message speaks of. */
static const ca_node *first_compared(const ca_rule *rule)
{
    for (size_t i = rule->where_leaves; i < rule->where_leaves + rule->when_leaves; i++) {
        const ca_node *leaf = rule->leaves[i];
        for (size_t k = 0; leaf->kind == CA_NODE_COMPARE && k < 2; k++) {
            if (leaf->args[k]->kind == CA_NODE_AGGREGATE)
                return leaf->args[k];
        }
    }
    return NULL;
}

/* Its value by window; missing where it has none. */
static int measure(const ca_view *view, const ca_node *node, const uint64_t *hit, ca_value **ret_values)
{
    ca_scratch *scratch = &view->eval->scratch;
    ca_view with = *view;
    uint64_t *skipped = ca_scratch_bits(scratch, view->words);
    *ret_values = ca_scratch_take(scratch, view->rows, sizeof **ret_values);
    if (skipped == NULL || *ret_values == NULL)
        return ca_error_nomem(view->err);
    int code = node == NULL ? 0 : ca_answer_leaf(view, node, hit, &with.answers, skipped);
    for (unsigned i = 0; code == 0 && i < view->rows; i++) {
        ca_row_at at = {.view = &with, .row = i};
        (*ret_values)[i] = node != NULL && ca_bit(hit, i) ? ca_row_value(&at, node) : (ca_value){.present = false};
    }
    return code;
}

static bool is_larger(const ca_value *a, const ca_value *b)
{
    if (!a->present || !b->present)
        return a->present && !b->present;
    return ca_row_order(a, b) > 0;
}

/* Windows [first, past) of one episode. */
static int tell_episode(const ca_windows *windows, const ca_frame *frame, const verdicts *say, const ca_value *sizes,
                        const uint32_t *members, uint32_t *room, const uint32_t *hits, uint32_t count)
{
    uint32_t best = hits[0];
    uint32_t from = windows->stretch[2 * best];
    uint32_t past = windows->stretch[2 * best + 1];
    for (uint32_t k = 1; k < count; k++) {
        uint32_t i = hits[k];
        past = windows->stretch[2 * i + 1] > past ? windows->stretch[2 * i + 1] : past;
        bool larger = is_larger(&sizes[i], &sizes[best]);
        bool equal = !larger && !is_larger(&sizes[best], &sizes[i]);
        best = larger || (equal && windows->date[i] < windows->date[best]) ? i : best;
    }
    ca_match match = match_of(windows, frame, best, CA_HIT);
    match.has_episode = count > 1;
    match.episode[0] = from;
    match.episode[1] = past;
    match.judged_open = windows->groups->rule->keys.judge_open && is_open(windows, best);
    set_rows(say, members, from, past, false, room, &match);
    return ca_groups_match(windows->groups, &match);
}

/* Do windows that end before `past` and one that begins at `from` have a line in common, and not only one in doubt? */
static bool shares(const verdicts *say, uint32_t from, uint32_t past)
{
    return from < past && (say->taken == NULL || ca_bits_first(say->taken, from, past) < past);
}

/* Firing windows stand by their first member, so that those with lines in common follow one another. */
static int tell_hits(const ca_windows *windows, const ca_view *view, const verdicts *say, const uint32_t *members)
{
    ca_scratch *scratch = &windows->groups->eval->scratch;
    const uint64_t *hit = say->verdict.hit;
    ca_value *sizes = NULL;
    uint32_t *hits = ca_scratch_take(scratch, (size_t)windows->count + 1, sizeof *hits);
    uint32_t *room = ca_scratch_take(scratch, windows->groups->member_count, sizeof *room);
    int code = hits == NULL || room == NULL ? ca_error_nomem(windows->groups->err)
                                            : measure(view, first_compared(windows->groups->rule), hit, &sizes);
    uint32_t at = ca_bits_first(hit, 0, windows->count);
    while (code == 0 && at < windows->count) {
        uint32_t count = 0;
        uint32_t past = windows->stretch[2 * at + 1];
        for (; at < windows->count && (count == 0 || shares(say, windows->stretch[2 * at], past));
             at = ca_bits_first(hit, at + 1, windows->count)) {
            past = windows->stretch[2 * at + 1] > past ? windows->stretch[2 * at + 1] : past;
            hits[count++] = at;
        }
        code = tell_episode(windows, view->frame, say, sizes, members, room, hits, count);
    }
    return code;
}

static int tell_others(const ca_windows *windows, const ca_view *view, const verdicts *say, const uint32_t *members,
                       uint32_t *room)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < windows->count; i++) {
        if (ca_bit(say->verdict.unknown, i))
            code = tell_unknown(windows, view->frame, say, members, i);
        if (!ca_bit(say->verdict.excused, i))
            continue;
        ca_match match = match_of(windows, view->frame, i, CA_EXCUSED);
        set_rows(say, members, windows->stretch[2 * i], windows->stretch[2 * i + 1], false, room, &match);
        code = ca_groups_match(windows->groups, &match);
    }
    return code;
}

static void count_all(const ca_windows *windows, const verdicts *say)
{
    uint64_t counts[CA_OUTCOMES] = {0};
    for (uint32_t i = 0; i < windows->count; i++) {
        ca_outcome outcome = ca_bit(say->verdict.hit, i)              ? CA_HIT
                             : ca_bit(say->verdict.excused, i)        ? CA_EXCUSED
                             : ca_bit(say->verdict.unknown, i)        ? CA_UNKNOWN
                             : ca_bit(say->verdict.not_applicable, i) ? CA_NOT_APPLICABLE
                                                                      : CA_PASS;
        counts[outcome]++;
    }
    for (ca_outcome outcome = CA_PASS; outcome < CA_OUTCOMES; outcome++) {
        if (counts[outcome] != 0 && outcome != CA_UNKNOWN)    /* unknown ones are counted with what is to blame */
            ca_groups_count(windows->groups, outcome, 0, counts[outcome]);
    }
}

int ca_windows_judge(ca_groups *groups)
{
    ca_windows windows;
    verdicts say = {0};
    uint32_t outside;
    int code = ca_windows_cut(&windows, groups, &outside);
    if (code != 0)
        return code;
    ca_frame frame = ca_windows_frame(&windows);
    ca_view view;
    unsigned words = (windows.count + 63) / 64 + 1;
    code = make_verdicts(&windows, words, &say);
    code = code ? code : mark_doubts(&windows, &frame, &say);
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    code = code ? code : judge_all(&windows, &view, &say);
    uint32_t *members = all_members(groups);
    uint32_t *room = ca_scratch_take(&groups->eval->scratch, groups->member_count, sizeof *room);
    if (code != 0 || members == NULL || room == NULL)
        return code ? code : ca_error_nomem(groups->err);
    count_all(&windows, &say);
    if (outside > 0)
        ca_groups_count(groups, CA_NOT_APPLICABLE, 0, outside);
    code = tell_hits(&windows, &view, &say, members);
    return code ? code : tell_others(&windows, &view, &say, members, room);
}
