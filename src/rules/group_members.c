/* The members of a rule of several lines: live lines that `where` takes, with whole keys. */
#include "rules/group_chosen.h"

#include <string.h>

#include "rules/each_rows.h"

static ca_frame frame_of_lines(const ca_groups *groups)
{
    return (ca_frame){.units = groups->input->lines, .date_column = CA_F_SERVICE_DATE, .codes = groups->input->codes};
}

/* Live lines by `where`. */
int ca_choose_lines(const ca_groups *groups, ca_chosen *ret)
{
    ca_scratch *scratch = &groups->eval->scratch;
    ca_view view;
    ret->frame = groups->input->frame ? *groups->input->frame : frame_of_lines(groups);
    ca_view_units(&view, groups->eval, &ret->frame, NULL, NULL, groups->err);
    uint64_t *live = ca_scratch_bits(scratch, view.words);
    ca_bits is = {ca_scratch_bits(scratch, view.words), ca_scratch_bits(scratch, view.words)};
    ret->doubtful = ca_scratch_bits(scratch, view.words);
    ret->slots = ca_scratch_take(scratch, view.rows, sizeof *ret->slots);
    if (live == NULL || is.yes == NULL || is.no == NULL || ret->doubtful == NULL || ret->slots == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(live, 0, view.rows);
    for (unsigned w = 0; w < view.words; w++)
        live[w] &= ca_group_word(groups->input, w);
    int code = 0;
    if (groups->rule->where != NULL)
        code = ca_view_gated(&view, groups->rule->where, live, is);
    else
        memcpy(is.yes, live, view.words * sizeof *live);
    for (unsigned w = 0; code == 0 && w < view.words; w++)
        ret->doubtful[w] = live[w] & ~is.yes[w] & ~is.no[w];
    ret->taken = is.yes;
    if (code == 0 && ca_bits_any(ret->doubtful, view.words))
        code = ca_blame_each(&view, groups->rule, 0, groups->rule->where_leaves, ret->doubtful, ret->slots);
    return code;
}

/* A line that no row of the table matches is not what the rule is about, whatever else it lacks. */
static bool matches_none(const ca_groups *groups, const ca_view *view, unsigned row)
{
    ca_each_found found;
    ca_row_at at = {.view = view, .row = row};
    if (groups->rule->keys.each == NULL || groups->rule->kind->each != CA_EACH_LINE)
        return false;
    ca_each_find(&at, groups->rule, &found);
    return !found.unknown && found.count == 0;
}

/* Lines that `where` cannot decide: units by themselves, or members that windows have doubts about. */
int ca_settle_doubts(const ca_groups *groups, ca_chosen *rows)
{
    unsigned words = (groups->input->lines->rows + 63) / 64;
    if (groups->rule->kind->keeps_doubtful) {
        for (unsigned w = 0; w < words; w++)
            rows->taken[w] |= rows->doubtful[w];
        return 0;
    }
    ca_view view;
    ca_view_units(&view, groups->eval, &rows->frame, NULL, NULL, groups->err);
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = rows->doubtful[w]; rest != 0;) {
            unsigned row = w * 64 + ca_bits_next(&rest);
            if (matches_none(groups, &view, row))
                continue;
            const char *why = ca_blame_name(groups->rule, groups->input->lines->schema, rows->slots[row]);
            int code = ca_groups_unknown(groups, &rows->frame, row, rows->slots[row], why);
            if (code != 0)
                return code;
        }
    }
    rows->doubtful = NULL;
    return 0;
}

/* The first column that keeps a row from joining a group, but for its key; CA_NO_ROW = none. */
static inline uint32_t date_lacks(const ca_groups *groups, const ca_chosen *rows, unsigned row)
{
    ca_date *const *dates = rows->dates;
    bool good = dates[0] == NULL || (dates[0][row] != CA_NO_DATE &&
                                     (dates[1] == NULL || (dates[1][row] != CA_NO_DATE && dates[1][row] >= dates[0][row])));
    return good ? CA_NO_ROW : ca_group_date_lacks(groups, rows->frame.units, dates, row);
}

static uint32_t lacks(const ca_groups *groups, const ca_chosen *rows, unsigned row)
{
    uint32_t column = ca_key_lacks(rows->frame.units, &groups->key, row);
    return column == CA_NO_ROW ? date_lacks(groups, rows, row) : column;
}

static int make_room(const ca_groups *groups, ca_chosen *rows, size_t more)
{
    ca_scratch *scratch = &groups->eval->scratch;
    size_t cap = rows->cap;
    while (cap < rows->count + more)
        cap *= 2;
    if (cap == rows->cap)
        return 0;
    if (cap > UINT32_MAX / 2)
        return ca_error_nomem(groups->err);
    ca_chosen old = *rows;
    rows->rows = ca_scratch_take(scratch, cap, sizeof *rows->rows);
    rows->hashes = ca_scratch_take(scratch, cap, sizeof *rows->hashes);
    rows->table_rows = ca_scratch_take(scratch, cap, sizeof *rows->table_rows);
    if (rows->rows == NULL || rows->hashes == NULL || rows->table_rows == NULL)
        return ca_error_nomem(groups->err);
    memcpy(rows->rows, old.rows, old.count * sizeof *rows->rows);
    memcpy(rows->hashes, old.hashes, old.count * sizeof *rows->hashes);
    memcpy(rows->table_rows, old.table_rows, old.count * sizeof *rows->table_rows);
    rows->cap = (uint32_t)cap;
    return 0;
}

/* A row that joins no group: a unit by itself, that cannot be judged. */
static int tell_lacking(const ca_groups *groups, const ca_chosen *rows, uint32_t row, size_t slot)
{
    const ca_schema *schema = rows->frame.units->schema;
    if (groups->rule->kind->is_unit != NULL && !groups->rule->kind->is_unit(groups, &rows->frame, row))
        return 0;
    return ca_groups_unknown(groups, &rows->frame, row, slot, ca_blame_name(groups->rule, schema, slot));
}

/* A member for each row of the table that matches; a line without one was turned away where `where` turns lines away. */
static int keep_each(const ca_groups *groups, ca_chosen *rows, const ca_view *view, uint32_t row)
{
    ca_each_found found;
    ca_row_at at = {.view = view, .row = row};
    ca_each_find(&at, groups->rule, &found);
    if (found.unknown)
        return tell_lacking(groups, rows, row, found.blame);
    if (found.count == 0)
        return 0;
    uint32_t column = lacks(groups, rows, row);
    if (column != CA_NO_ROW)
        return tell_lacking(groups, rows, row, ca_blame_column(column));
    int code = make_room(groups, rows, found.count);
    uint64_t hash = ca_key_hash(rows->frame.units, &groups->key, row);
    for (size_t i = 0; code == 0 && i < found.count; i++) {
        rows->hashes[rows->count] = ca_hash_mix(hash, found.rows[i]);
        rows->table_rows[rows->count] = found.rows[i];
        rows->rows[rows->count++] = row;
    }
    return code;
}

/* The rows that are taken, in the total order. */
static int list_taken(const ca_groups *groups, ca_chosen *rows)
{
    ca_scratch *scratch = &groups->eval->scratch;
    const ca_batch *batch = rows->frame.units;
    unsigned words = (batch->rows + 63) / 64;
    size_t count = 0;
    for (unsigned w = 0; w < words; w++)
        count += (size_t)__builtin_popcountll(rows->taken[w]);
    rows->cap = (uint32_t)count + 1;
    rows->rows = ca_scratch_take(scratch, rows->cap, sizeof *rows->rows);
    rows->hashes = ca_scratch_take(scratch, rows->cap, sizeof *rows->hashes);
    if (rows->rows == NULL || rows->hashes == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t i = 0; rows->order != NULL && i < batch->rows; i++) {
        if (ca_bit(rows->taken, rows->order[i]))
            rows->rows[rows->count++] = rows->order[i];
    }
    for (unsigned w = 0; rows->order == NULL && w < words; w++) {
        for (uint64_t rest = rows->taken[w]; rest != 0;)
            rows->rows[rows->count++] = w * 64 + ca_bits_next(&rest);
    }
    return 0;
}

static int keep_instances(const ca_groups *groups, ca_chosen *rows)
{
    ca_scratch *scratch = &groups->eval->scratch;
    uint32_t *taken = rows->rows;
    uint32_t count = rows->count;
    ca_view view;
    rows->count = 0;
    rows->rows = ca_scratch_take(scratch, rows->cap, sizeof *rows->rows);
    rows->table_rows = ca_scratch_take(scratch, rows->cap, sizeof *rows->table_rows);
    if (rows->rows == NULL || rows->table_rows == NULL)
        return ca_error_nomem(groups->err);
    ca_view_units(&view, groups->eval, &rows->frame, NULL, NULL, groups->err);
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < count; i++)
        code = keep_each(groups, rows, &view, taken[i]);
    return code;
}

static int keep_rows(const ca_groups *groups, ca_chosen *rows)
{
    uint32_t *lack = ca_scratch_take(&groups->eval->scratch, rows->cap, sizeof *lack);
    if (lack == NULL)
        return ca_error_nomem(groups->err);
    uint32_t kept = 0;
    int code = 0;
    ca_key_hashes(rows->frame.units, &groups->key, rows->rows, rows->count, rows->hashes, lack);
    for (uint32_t i = 0; code == 0 && i < rows->count; i++) {
        uint32_t row = rows->rows[i];
        uint32_t column = lack[i] == CA_NO_ROW ? date_lacks(groups, rows, row) : lack[i];
        if (column != CA_NO_ROW) {
            code = tell_lacking(groups, rows, row, ca_blame_column(column));
            continue;
        }
        rows->hashes[kept] = rows->hashes[i];
        rows->rows[kept++] = row;
    }
    rows->count = kept;
    return code;
}

/* Rows with whole keys; each of the others is a unit by itself, that cannot be judged. */
int ca_keep_keyed(const ca_groups *groups, ca_chosen *rows)
{
    bool each = groups->rule->keys.each != NULL && groups->rule->kind->each == CA_EACH_LINE;
    int code = list_taken(groups, rows);
    code = code ? code : ca_group_dates(groups, &rows->frame, rows->taken, rows->dates);
    if (code != 0)
        return code;
    return each ? keep_instances(groups, rows) : keep_rows(groups, rows);
}

/* Where units are two members, one that is alone in its group passes: few are not. Bits of hashes tell, of which some are
 * the same by chance: those stay, and find no partner. */
int ca_drop_single(const ca_groups *groups, ca_chosen *rows)
{
    ca_scratch_mark mark = ca_scratch_here(&groups->eval->scratch);
    unsigned bits = 6;
    uint32_t kept = 0;
    if (!groups->rule->kind->pairs || rows->count == 0 || groups->input->too_large)
        return 0;
    while (bits < 30 && (UINT32_C(1) << bits) < 8 * rows->count)
        bits++;
    uint64_t *once = ca_scratch_bits(&groups->eval->scratch, (1u << bits) / 64);
    uint64_t *twice = ca_scratch_bits(&groups->eval->scratch, (1u << bits) / 64);
    if (once == NULL || twice == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t i = 0; i < rows->count; i++) {
        unsigned at = (unsigned)(rows->hashes[i] >> (64 - bits));
        ca_bit_set(ca_bit(once, at) ? twice : once, at);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        if (!ca_bit(twice, (unsigned)(rows->hashes[i] >> (64 - bits))))
            continue;
        rows->hashes[kept] = rows->hashes[i];
        if (rows->table_rows != NULL)
            rows->table_rows[kept] = rows->table_rows[i];
        rows->rows[kept++] = rows->rows[i];
    }
    if (kept < rows->count)
        ca_groups_count(groups, CA_PASS, 0, rows->count - kept);
    rows->count = kept;
    ca_scratch_rewind(&groups->eval->scratch, mark);
    return 0;
}
