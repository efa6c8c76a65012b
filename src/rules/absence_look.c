/* Looks for the line that ought to be there, among those of the days around an event. */
#include "rules/absence_look.h"

static bool is_doubtful(const ca_groups *groups, uint32_t member)
{
    return groups->doubtful != NULL && ca_bit(groups->doubtful, member);
}

/* The slot of what made `without` UNKNOWN for a and b. */
static int blame_pair(ca_absence *of, const ca_frame *frame, uint32_t i)
{
    const ca_rule *rule = of->groups->rule;
    uint64_t one = 1;
    ca_view view;
    ca_view_units(&view, of->groups->eval, frame, NULL, NULL, of->groups->err);
    return ca_absence_blame(&view, rule, rule->keys.without, &one, &of->slots[i]);
}

/* The first member of [from, past) on this day or later. */
static uint32_t first_day(const ca_date *dates, int64_t day, uint32_t from, uint32_t past)
{
    while (from < past) {
        uint32_t middle = from + (past - from) / 2;
        if (dates[middle] < day)
            from = middle + 1;
        else
            past = middle;
    }
    return from;
}

/* The members among which the other line may be: a stretch, since they are in order of their dates. */
static void range_of(const ca_absence *of, uint32_t group, uint32_t i, uint32_t *ret_from, uint32_t *ret_past)
{
    const ca_rule_keys *keys = &of->groups->rule->keys;
    const ca_date *dates = of->groups->dates[0];
    uint32_t past = of->groups->first[group + 1];
    int64_t day = dates[of->member[i]];
    *ret_from = first_day(dates, day - ca_absence_days(of, keys->look_before, i), of->groups->first[group], past);
    *ret_past = first_day(dates, day + ca_absence_days(of, keys->look_after, i) + 1, *ret_from, past);
}

/* Looks for the other line. The event itself is not it. */
static int look(ca_absence *of, uint32_t group, uint32_t i)
{
    ca_groups *groups = of->groups;
    uint32_t from, past;
    uint32_t event = of->member[i];
    uint32_t b = 0;
    ca_truth found = CA_FALSE;
    ca_frame frame = ca_pair_frame(groups, &event, &b);
    frame.row[CA_SIDE_UNIT] = &event;
    frame.table_row = &of->table_row[i];
    ca_view view;
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    range_of(of, group, i, &from, &past);
    ca_sieve_walk walk;
    ca_sieve_begin(&of->index, event, from, past, &walk);
    while (found != CA_TRUE && ca_sieve_next(&walk, &b)) {
        ca_row_at at = {.view = &view, .row = 0};
        if (b == event || !ca_bit(of->may, b) || !ca_sieve_lets(&of->sieve, event, b))
            continue;
        ca_truth is = ca_row_condition(&at, groups->rule->keys.without);
        if (is == CA_TRUE && !is_doubtful(groups, b))
            return 0;
        if (is == CA_TRUE && found == CA_FALSE) {
            of->slots[i] = groups->doubt_slot[b];
            found = CA_UNKNOWN_TRUTH;
        }
        if (is == CA_UNKNOWN_TRUTH && found == CA_FALSE) {
            int code = blame_pair(of, &frame, i);
            if (code != 0)
                return code;
            found = is;
        }
    }
    ca_bit_set(found == CA_FALSE ? of->alone : of->undecided, i);
    return 0;
}

static bool is_looked_for(const ca_absence *of, uint32_t i)
{
    return ca_bit(of->event, of->member[i]) && !ca_bit(of->apart, i) && !ca_bit(of->rowless, i);
}

/* How many lines instance i would have to look at, up to so many. */
static uint64_t looks_of(const ca_absence *of, uint32_t group, uint32_t i, uint64_t most)
{
    uint32_t from, past, b;
    uint64_t looks = 0;
    ca_sieve_walk walk;
    range_of(of, group, i, &from, &past);
    ca_sieve_begin(&of->index, of->member[i], from, past, &walk);
    while (looks <= most && ca_sieve_next(&walk, &b))
        looks += b != of->member[i] && ca_bit(of->may, b) && ca_sieve_lets(&of->sieve, of->member[i], b);
    return looks;
}

/* Instances [from, past) of one group: more lines to look at than the largest group has pairs? */
static bool is_too_large(const ca_absence *of, uint32_t group, uint32_t from, uint32_t past)
{
    const ca_groups *groups = of->groups;
    const ca_node *limit = groups->rule->keys.max_group;
    uint64_t most = limit ? (uint64_t)ca_keys_number(limit, CA_NO_TABLE_ROW) : CA_MAX_GROUP;
    uint64_t members = groups->first[group + 1] - groups->first[group];
    uint64_t looks = 0;
    if (members * (past - from) <= most * most)
        return false;
    for (uint32_t i = from; i < past && looks <= most * most; i++)
        looks += is_looked_for(of, i) ? looks_of(of, group, i, most * most - looks) : 0;
    return looks > most * most;
}

static int look_group(ca_absence *of, uint32_t group, uint32_t from, uint32_t past)
{
    ca_scratch *scratch = &of->groups->eval->scratch;
    ca_scratch_mark mark = ca_scratch_here(scratch);
    int code = ca_sieve_index_make(&of->sieve, of->groups->first[group], of->groups->first[group + 1], &of->index);
    bool too_large = code == 0 && is_too_large(of, group, from, past);
    for (uint32_t i = from; code == 0 && i < past; i++) {
        if (too_large)
            ca_bit_set(of->too_many, i);
        else if (is_looked_for(of, i))
            code = look(of, group, i);
    }
    ca_scratch_rewind(scratch, mark);
    return code;
}

int ca_absence_look(ca_absence *of)
{
    uint32_t group = 0;
    const ca_rule_keys *keys = &of->groups->rule->keys;
    int code = ca_sieve_make(of->groups, keys->without, keys->max_group != NULL, &of->sieve);    /* a limit counts what it lets */
    for (uint32_t from = 0, past; code == 0 && from < of->count; from = past) {
        while (of->member[from] >= of->groups->first[group + 1])
            group++;
        for (past = from + 1; past < of->count && of->member[past] < of->groups->first[group + 1];)
            past++;
        code = look_group(of, group, from, past);
    }
    return code;
}
