/* Windows, judged all at once: each is a unit. */
#include "rules/group_rolling.h"
#include "rules/group_windows.h"

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

static int make_verdicts(const ca_windows *windows, unsigned words, ca_window_verdicts *ret)
{
    ca_scratch *scratch = &windows->groups->eval->scratch;
    uint64_t **bits[] = {&ret->all, &ret->inside, &ret->dateless, &ret->open, &ret->when_unknown, &ret->doubtful,
                         &ret->again, &ret->waits, &ret->lost,
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
static int mark_doubts(const ca_windows *windows, ca_frame *frame, ca_window_verdicts *say)
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

bool ca_window_is_open(const ca_windows *windows, uint32_t i)
{
    const ca_rule_keys *keys = &windows->groups->rule->keys;
    uint32_t row = windows->table_row[i];
    if (windows->groups->input->horizon->through == CA_DATE_MAX || keys->period == CA_PERIOD_CLAIM ||
        keys->period == CA_PERIOD_STAY)
        return false;
    return ca_keys_period(keys, row) == CA_PERIOD_LIFE || !ca_is_closed(windows->groups, windows->date[i], row);
}

static void find_open(const ca_windows *windows, ca_window_verdicts *say)
{
    for (uint32_t i = 0; i < windows->count; i++) {
        if (ca_window_is_open(windows, i))
            ca_bit_set(say->open, i);
    }
}

/* A window of nothing but doubtful lines fires for none. */
static bool has_lines(const ca_windows *windows, const ca_window_verdicts *say, uint32_t i)
{
    uint32_t past = windows->stretch[2 * i + 1];
    return say->taken == NULL || ca_bits_first(say->taken, windows->stretch[2 * i], past) < past;
}

static int judge_all(const ca_windows *windows, ca_view *view, ca_window_verdicts *say)
{
    const ca_rule *rule = windows->groups->rule;
    bool waits = !rule->keys.judge_open && !ca_when_grows(rule);
    ca_bits when = {say->verdict.hit, ca_scratch_bits(&view->eval->scratch, view->words)};
    if (when.no == NULL)
        return ca_error_nomem(view->err);
    ca_bits_set_range(say->all, 0, view->rows);
    ca_judge_effective(view->frame, rule, say->all, say->inside, say->dateless);
    find_open(windows, say);
    ca_rolling_mark(windows, say);
    for (unsigned w = 0; w < view->words; w++) {
        say->verdict.not_applicable[w] = say->all[w] & ~say->inside[w] & ~say->dateless[w];
        say->open[w] &= waits ? say->inside[w] : 0;
        say->inside[w] &= ~say->open[w];
        say->inside[w] &= ~say->waits[w];
        say->lost[w] &= say->inside[w];
        say->inside[w] &= ~say->lost[w];
    }
    int code = ca_view_condition(view, rule->when, say->inside, when);
    for (uint32_t i = 0; code == 0 && i < windows->count; i++) {
        if (ca_bit(when.yes, i) && !has_lines(windows, say, i))
            when.yes[i / 64] &= ~(UINT64_C(1) << i % 64);
    }
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        uint64_t left = say->inside[w] & ~when.yes[w];
        say->when_unknown[w] = left & ~when.no[w] & ~say->doubtful[w];
        say->verdict.unknown[w] = say->open[w] | say->dateless[w] | say->lost[w] | say->when_unknown[w] | (left & say->doubtful[w]);
    }
    if (code == 0)
        code = ca_judge_unless(view, rule, &say->verdict);
    if (code == 0 && ca_bits_any(say->when_unknown, view->words))
        code = ca_blame_each(view, rule, rule->where_leaves, rule->where_leaves + rule->when_leaves, say->when_unknown,
                             say->slots);
    return code;
}

int ca_windows_judge(ca_groups *groups)
{
    ca_windows windows;
    ca_window_verdicts say = {0};
    uint32_t outside;
    ca_rolling_begin(groups);
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
    if (code == 0 && outside > 0)
        ca_groups_count(groups, CA_NOT_APPLICABLE, 0, outside);
    return code ? code : ca_windows_tell(&windows, &view, &say);
}
