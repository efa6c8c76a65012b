/* What is said of windows that have been judged: those that fire and have lines in common become one finding, an episode. */
#include "rules/group_rolling.h"
#include "rules/group_windows.h"

typedef struct telling {
    const ca_windows *windows;
    const ca_view *view;
    ca_window_verdicts *say;
    uint32_t *members;         /* 0, 1, 2 ... */
    uint32_t *room;            /* for as many members */
    uint32_t *hits;            /* windows that fire */
    ca_value *sizes;           /* by window: of its first compared aggregate */
} telling;

/* Firing windows: hits[from] to hits[past - 1], by date. */
typedef struct episode {
    uint32_t from, past;
} episode;

static int begin(telling *of)
{
    const ca_groups *groups = of->windows->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    of->members = ca_scratch_take(scratch, groups->member_count, sizeof *of->members);
    of->room = ca_scratch_take(scratch, groups->member_count, sizeof *of->room);
    of->hits = ca_scratch_take(scratch, (size_t)of->windows->count + 1, sizeof *of->hits);
    if (of->members == NULL || of->room == NULL || of->hits == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t member = 0; member < groups->member_count; member++)
        of->members[member] = member;
    return 0;
}

static uint64_t window_hash(const ca_windows *windows, uint32_t i)
{
    return ca_hash_mix(ca_member_hash(windows->groups, windows->first_row[i]), (uint64_t)(uint32_t)windows->date[i]);
}

static ca_match match_of(const telling *of, uint32_t i, ca_outcome outcome)
{
    const ca_windows *windows = of->windows;
    bool dated = windows->start[i].present && windows->end[i].present;
    return (ca_match){.frame = of->view->frame,
                      .unit = i,
                      .outcome = outcome,
                      .subject = CA_NO_ROW,
                      .has_window = dated,
                      .window_from = dated ? windows->start[i].as.date : 0,
                      .window_to = dated ? windows->end[i].as.date : 0,
                      .hash = window_hash(windows, i)};
}

/* Members [from, past) that take part; of an unknown window also those that may. */
static void set_rows(const telling *of, uint32_t from, uint32_t past, bool all, ca_match *match)
{
    match->rows = of->members + from;
    match->row_count = past - from;
    if (of->say->taken == NULL || all)
        return;
    match->rows = of->room;
    match->row_count = 0;
    for (uint32_t member = from; member < past; member++) {
        if (ca_bit(of->say->taken, member))
            of->room[match->row_count++] = member;
    }
}

/* --- Windows that do not fire --------------------------------------------------------------------- */

static const char *reason_of(const telling *of, uint32_t i, size_t *ret_slot)
{
    const ca_rule *rule = of->windows->groups->rule;
    const ca_schema *schema = of->windows->groups->members.units->schema;
    if (ca_bit(of->say->dateless, i))
        *ret_slot = ca_blame_column(rule->effective_on);
    else if (ca_bit(of->say->open, i))
        *ret_slot = ca_blame_reason(rule, schema, CA_REASON_PERIOD_OPEN);
    else if (ca_bit(of->say->lost, i))
        *ret_slot = ca_blame_reason(rule, schema, CA_REASON_GROUP_TOO_LARGE);
    else
        *ret_slot = of->say->slots[i];
    return ca_blame_name(rule, schema, *ret_slot);
}

static int tell_unknown(const telling *of, uint32_t i)
{
    const ca_windows *windows = of->windows;
    size_t slot;
    ca_match match = match_of(of, i, CA_UNKNOWN);
    match.why = reason_of(of, i, &slot);
    set_rows(of, windows->stretch[2 * i], windows->stretch[2 * i + 1], true, &match);
    ca_groups_count(windows->groups, CA_UNKNOWN, slot, 1);
    return ca_groups_match(windows->groups, &match);
}

static int tell_others(const telling *of)
{
    const ca_windows *windows = of->windows;
    const ca_window_verdicts *say = of->say;
    uint64_t passed = 0, not_applicable = 0, excused = 0;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < windows->count; i++) {
        if (ca_bit(say->again, i) || ca_bit(say->waits, i) || ca_bit(say->verdict.hit, i))
            continue;
        if (ca_bit(say->verdict.unknown, i)) {
            code = tell_unknown(of, i);
        } else if (ca_bit(say->verdict.excused, i)) {
            ca_match match = match_of(of, i, CA_EXCUSED);
            excused++;
            set_rows(of, windows->stretch[2 * i], windows->stretch[2 * i + 1], false, &match);
            code = ca_groups_match(windows->groups, &match);
        } else if (ca_bit(say->verdict.not_applicable, i)) {
            not_applicable++;
        } else {
            passed++;
        }
    }
    ca_groups_count(windows->groups, CA_PASS, 0, passed);
    ca_groups_count(windows->groups, CA_EXCUSED, 0, excused);
    ca_groups_count(windows->groups, CA_NOT_APPLICABLE, 0, not_applicable);
    return code;
}

/* --- Episodes ------------------------------------------------------------------------------------- */

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
static int measure(telling *of)
{
    const ca_view *view = of->view;
    const ca_node *node = first_compared(of->windows->groups->rule);
    const uint64_t *hit = of->say->verdict.hit;
    ca_scratch *scratch = &view->eval->scratch;
    ca_view with = *view;
    uint64_t *skipped = ca_scratch_bits(scratch, view->words);
    of->sizes = ca_scratch_take(scratch, view->rows, sizeof *of->sizes);
    if (skipped == NULL || of->sizes == NULL)
        return ca_error_nomem(view->err);
    int code = node == NULL ? 0 : ca_answer_leaf(view, node, hit, &with.answers, skipped);
    for (unsigned i = 0; code == 0 && i < view->rows; i++) {
        ca_row_at at = {.view = &with, .row = i};
        of->sizes[i] = node != NULL && ca_bit(hit, i) ? ca_row_value(&at, node) : (ca_value){.present = false};
    }
    return code;
}

static bool is_larger(const ca_value *a, const ca_value *b)
{
    if (!a->present || !b->present)
        return a->present && !b->present;
    return ca_row_order(a, b) > 0;
}

static int tell_episode(const telling *of, episode which)
{
    const ca_windows *windows = of->windows;
    uint32_t best = of->hits[which.from];
    uint32_t from = windows->stretch[2 * best];
    uint32_t past = windows->stretch[2 * best + 1];
    for (uint32_t k = which.from + 1; k < which.past; k++) {
        uint32_t i = of->hits[k];
        past = windows->stretch[2 * i + 1] > past ? windows->stretch[2 * i + 1] : past;
        bool larger = is_larger(&of->sizes[i], &of->sizes[best]);
        bool equal = !larger && !is_larger(&of->sizes[best], &of->sizes[i]);
        best = larger || (equal && windows->date[i] < windows->date[best]) ? i : best;
    }
    ca_match match = match_of(of, best, CA_HIT);
    match.has_episode = which.past - which.from > 1;
    match.episode[0] = from;
    match.episode[1] = past;
    match.judged_open = windows->groups->rule->keys.judge_open && ca_window_is_open(windows, best);
    set_rows(of, from, past, false, &match);
    ca_groups_count(windows->groups, CA_HIT, 0, which.past - which.from);
    return ca_groups_match(windows->groups, &match);
}

/* Its windows fire, but what they are together no memory holds. */
static int tell_too_large(const telling *of, episode which)
{
    const ca_rolling_ends ends = {of->hits[which.from], of->hits[which.past - 1]};
    int code = ca_rolling_give_up(of->windows, ends);
    for (uint32_t k = which.from; code == 0 && k < which.past; k++) {
        ca_bit_set(of->say->lost, of->hits[k]);
        code = tell_unknown(of, of->hits[k]);
    }
    return code;
}

/* Do windows that end before `past` and one that begins at `from` have a line in common, and not only one in doubt? */
static bool shares(const ca_window_verdicts *say, uint32_t from, uint32_t past)
{
    return from < past && (say->taken == NULL || ca_bits_first(say->taken, from, past) < past);
}

/* Firing windows stand by their first member, so that those with lines in common follow one another. *hit: the first of them;
 * then the first one behind. */
static episode next_episode(const telling *of, uint32_t before, uint32_t *hit)
{
    const ca_windows *windows = of->windows;
    episode which = {before, before};
    uint32_t past = windows->stretch[2 * *hit + 1];
    for (; *hit < windows->count && (which.from == which.past || shares(of->say, windows->stretch[2 * *hit], past));
         *hit = ca_bits_first(of->say->verdict.hit, *hit + 1, windows->count)) {
        past = windows->stretch[2 * *hit + 1] > past ? windows->stretch[2 * *hit + 1] : past;
        of->hits[which.past++] = *hit;
    }
    return which;
}

/* Of a key that comes in parts some are not complete, or were told with the part before: *open are those that go on. */
static int tell_fate(const telling *of, episode which, episode *open, uint32_t *open_count)
{
    const ca_rolling_ends ends = {of->hits[which.from], of->hits[which.past - 1]};
    switch (ca_rolling_fate_of(of->windows, ends)) {
    case CA_FATE_TOLD:
        return 0;
    case CA_FATE_OPEN:
        open[(*open_count)++] = which;
        return ca_rolling_open(of->windows, ends);
    case CA_FATE_TOO_LARGE:
        return tell_too_large(of, which);
    case CA_FATE_COMPLETE:
        break;
    }
    return tell_episode(of, which);
}

static int tell_hits(telling *of)
{
    const ca_windows *windows = of->windows;
    const uint64_t *hit = of->say->verdict.hit;
    uint32_t open_count = 0;
    uint32_t past = 0;
    episode *open = ca_scratch_take(&windows->groups->eval->scratch, (size_t)windows->count + 1, sizeof *open);
    int code = open == NULL ? ca_error_nomem(windows->groups->err) : measure(of);
    for (uint32_t at = ca_bits_first(hit, 0, windows->count); code == 0 && at < windows->count;) {
        episode which = next_episode(of, past, &at);
        past = which.past;
        code = tell_fate(of, which, open, &open_count);
    }
    if (code != 0 || ca_rolling_keep(windows))
        return code;
    for (uint32_t k = 0; code == 0 && k < open_count; k++)
        code = tell_too_large(of, open[k]);
    ca_rolling_forget_open(windows->groups);
    return code != 0 || ca_rolling_keep(windows) ? code : ca_rolling_let_go(windows, of->say);
}

int ca_windows_tell(const ca_windows *windows, const ca_view *view, ca_window_verdicts *say)
{
    telling of = {.windows = windows, .view = view, .say = say};
    int code = begin(&of);
    code = code ? code : tell_hits(&of);
    code = code ? code : tell_others(&of);
    if (code == 0)
        ca_rolling_end(windows->groups);
    return code;
}
