/* What goes on from part to part of a key whose windows roll. */
#include "rules/group_rolling.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/kind_keys.h"

#define NEVER (CA_DATE_MIN - 1)

bool ca_group_rolls(const ca_rule *rule)
{
    return rule->kind->judge_groups == ca_windows_judge && rule->keys.period == CA_PERIOD_ROLLING;
}

static int64_t days_of(const ca_groups *groups, uint32_t table_row)
{
    return ca_keys_number(groups->rule->keys.days, table_row);
}

/* --- Rows of the table: what is known of their windows --------------------------------------------- */

/* The place of a row, or where it would stand. */
static size_t place_of(const ca_rolling *rolling, uint32_t table_row)
{
    size_t low = 0;
    size_t high = rolling->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rolling->rows[middle].table_row < table_row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const ca_rolling_row *find(const ca_rolling *rolling, uint32_t table_row)
{
    size_t at = place_of(rolling, table_row);
    return at < rolling->row_count && rolling->rows[at].table_row == table_row ? &rolling->rows[at] : NULL;
}

/* NULL when memory ran out. */
static ca_rolling_row *make(ca_rolling *rolling, uint32_t table_row)
{
    size_t at = place_of(rolling, table_row);
    if (at < rolling->row_count && rolling->rows[at].table_row == table_row)
        return &rolling->rows[at];
    ca_rolling_row *rows = ca_grown_array(rolling->rows, rolling->row_count, &rolling->row_cap, sizeof *rows);
    if (rows == NULL)
        return NULL;
    rolling->rows = rows;
    memmove(rows + at + 1, rows + at, (rolling->row_count++ - at) * sizeof *rows);
    rows[at] = (ca_rolling_row){.table_row = table_row, .open_from = CA_DATE_MAX, .told_through = NEVER,
                                .too_large_through = NEVER};
    return &rows[at];
}

/* --- Before a part is judged ------------------------------------------------------------------------ */

void ca_rolling_start(ca_rolling *rolling)
{
    rolling->from = rolling->complete = rolling->last = CA_DATE_MIN;
    rolling->row_count = 0;
}

void ca_rolling_begin(const ca_groups *groups)
{
    ca_rolling *rolling = groups->input->rolling;
    for (uint32_t member = 0; rolling != NULL && member < groups->member_count; member++) {
        if (groups->dates[0][member] > rolling->last)
            rolling->last = groups->dates[0][member];
    }
}

ca_date ca_rolling_first(const ca_groups *groups, uint32_t table_row)
{
    const ca_rolling *rolling = groups->input->rolling;
    const ca_rolling_row *row = rolling ? find(rolling, table_row) : NULL;
    ca_date from = rolling ? rolling->from : CA_DATE_MIN;
    if (row != NULL && row->open_from < from)
        return row->open_from;
    return row != NULL && row->told_through >= from ? row->told_through + 1 : from;
}

void ca_rolling_mark(const ca_windows *windows, ca_window_verdicts *say)
{
    ca_rolling *rolling = windows->groups->input->rolling;
    if (rolling == NULL)
        return;
    for (uint32_t i = 0; i < windows->count; i++) {
        ca_date day = windows->date[i];
        int64_t begins = day - days_of(windows->groups, windows->table_row[i]) + 1;
        if (day < rolling->from)
            ca_bit_set(say->again, i);
        if (rolling->more && day >= rolling->last)
            ca_bit_set(say->waits, i);
        if (rolling->complete > CA_DATE_MIN && begins < rolling->complete)
            ca_bit_set(say->lost, i);
    }
    ca_rolling_forget_open(windows->groups);    /* those that stay open say so again */
}

/* --- Episodes --------------------------------------------------------------------------------------- */

/* Does it have lines in common with windows that were given up, or that are lost, and might have fired? */
static bool is_too_large(const ca_groups *groups, uint32_t table_row, ca_date begins)
{
    const ca_rolling *rolling = groups->input->rolling;
    const ca_rolling_row *row = find(rolling, table_row);
    int64_t needed = begins - days_of(groups, table_row) + 1;    /* by the window of its first day */
    return (rolling->complete > CA_DATE_MIN && needed < rolling->complete) || (row != NULL && begins <= row->too_large_through);
}

ca_fate ca_rolling_fate_of(const ca_windows *windows, ca_rolling_ends ends)
{
    const ca_groups *groups = windows->groups;
    const ca_rolling *rolling = groups->input->rolling;
    if (rolling == NULL)
        return CA_FATE_COMPLETE;
    uint32_t table_row = windows->table_row[ends.first];
    int64_t before = days_of(groups, table_row) - 1;
    ca_date through = windows->date[ends.last];
    if (rolling->from > CA_DATE_MIN && through < rolling->from - before)
        return CA_FATE_TOLD;
    if (is_too_large(groups, table_row, groups->dates[0][windows->first_row[ends.first]]))
        return CA_FATE_TOO_LARGE;
    return rolling->more && through >= rolling->last - before ? CA_FATE_OPEN : CA_FATE_COMPLETE;
}

int ca_rolling_open(const ca_windows *windows, ca_rolling_ends ends)
{
    ca_rolling_row *row = make(windows->groups->input->rolling, windows->table_row[ends.first]);
    if (row == NULL)
        return ca_error_nomem(windows->groups->err);
    if (windows->date[ends.first] < row->open_from)
        row->open_from = windows->date[ends.first];
    return 0;
}

int ca_rolling_give_up(const ca_windows *windows, ca_rolling_ends ends)
{
    ca_rolling_row *row = make(windows->groups->input->rolling, windows->table_row[ends.first]);
    if (row == NULL)
        return ca_error_nomem(windows->groups->err);
    if (windows->date[ends.last] > row->too_large_through)
        row->too_large_through = windows->date[ends.last];
    return 0;
}

void ca_rolling_forget_open(const ca_groups *groups)
{
    ca_rolling *rolling = groups->input->rolling;
    for (size_t i = 0; rolling != NULL && i < rolling->row_count; i++)
        rolling->rows[i].open_from = CA_DATE_MAX;
}

/* --- What the next part needs ----------------------------------------------------------------------- */

static void keep_group(const ca_groups *groups, uint32_t group)
{
    ca_rolling *rolling = groups->input->rolling;
    uint32_t from = groups->first[group];
    uint32_t table_row = ca_member_table_row(groups, from);
    const ca_rolling_row *row = find(rolling, table_row);
    int64_t day = row != NULL && row->open_from < rolling->last ? row->open_from : rolling->last;
    int64_t needed = day - days_of(groups, table_row) + 1;
    for (uint32_t member = groups->first[group + 1]; member > from; member--) {
        ca_date date = groups->dates[0][member - 1];
        if (date < needed || date < rolling->complete)
            break;
        ca_bit_set(rolling->keep, groups->source[member - 1]);
    }
}

bool ca_rolling_keep(const ca_windows *windows)
{
    const ca_groups *groups = windows->groups;
    const ca_rolling *rolling = groups->input->rolling;
    unsigned words = (groups->input->lines->rows + 63) / 64;
    uint64_t kept = 0;
    if (rolling == NULL || !rolling->more)
        return true;
    memset(rolling->keep, 0, words * sizeof *rolling->keep);
    for (uint32_t group = 0; group < groups->group_count; group++)
        keep_group(groups, group);
    for (unsigned w = 0; w < words; w++)
        kept += (uint64_t)__builtin_popcountll(rolling->keep[w]);
    return rolling->complete <= rolling->last && kept <= rolling->most;    /* of a day of which lines were let go none is kept */
}

int ca_rolling_let_go(const ca_windows *windows, ca_window_verdicts *say)
{
    ca_rolling *rolling = windows->groups->input->rolling;
    memset(rolling->keep, 0, (windows->groups->input->lines->rows + 63) / 64 * sizeof *rolling->keep);
    rolling->complete = rolling->last + 1;
    for (uint32_t i = 0; i < windows->count; i++) {
        if (!ca_bit(say->waits, i))
            continue;
        ca_rolling_row *row = make(rolling, windows->table_row[i]);
        if (row == NULL)
            return ca_error_nomem(windows->groups->err);
        row->told_through = windows->date[i];
        if (!ca_bit(say->verdict.unknown, i) && !ca_bit(say->verdict.not_applicable, i)) {
            ca_bit_set(say->lost, i);
            ca_bit_set(say->verdict.unknown, i);
        }
    }
    memset(say->waits, 0, (windows->count + 63) / 64 * sizeof *say->waits);
    return 0;
}

void ca_rolling_end(const ca_groups *groups)
{
    ca_rolling *rolling = groups->input->rolling;
    if (rolling != NULL)
        rolling->from = rolling->last;
}
