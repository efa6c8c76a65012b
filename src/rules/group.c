/* One rule over lines that hold whole keys: its members, their groups, and then its kind. */
#include "rules/group_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/each_rows.h"
#include "rules/group_claims.h"

struct ca_grouper {
    const ca_schema *schema;
    ca_batch *members;
    ca_batch *lines;       /* of claims */
    ca_batch *claims;
};

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
    if (code == 0 && (match->outcome == CA_HIT || groups->sink->wants(groups->sink->context, match->outcome, match->hash)))
        code = groups->sink->match(groups->sink->context, match, groups->err);
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

/* --- Members --------------------------------------------------------------------------------------- */

/* Rows on their way to being members. */
typedef struct chosen {
    ca_frame frame;            /* of the rows: lines, or claims */
    uint64_t *taken;           /* bit by row: a member */
    uint64_t *doubtful;        /* bit by row */
    uint32_t *slots;           /* by doubtful row */
    const uint32_t *order;     /* rows in the total order; NULL = as they stand */
    ca_date *dates[2];         /* by row */
    uint32_t *rows;            /* members by key, then order */
    uint64_t *hashes;          /* by member */
    uint32_t *table_rows;      /* by member; NULL = the rule has no `each` that parts members */
    uint32_t count, cap;
} chosen;

static ca_frame frame_of_lines(const ca_groups *groups)
{
    return (ca_frame){.units = groups->input->lines, .date_column = CA_F_SERVICE_DATE, .codes = groups->input->codes};
}

/* Live lines by `where`. */
static int choose_lines(const ca_groups *groups, chosen *ret)
{
    const ca_batch *lines = groups->input->lines;
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
        live[w] &= lines->live[w];
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

/* Lines that `where` cannot decide: units by themselves, or members that windows have doubts about. */
static int settle_doubts(const ca_groups *groups, chosen *rows)
{
    unsigned words = (groups->input->lines->rows + 63) / 64;
    if (groups->rule->kind->keeps_doubtful) {
        for (unsigned w = 0; w < words; w++)
            rows->taken[w] |= rows->doubtful[w];
        return 0;
    }
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = rows->doubtful[w]; rest != 0;) {
            unsigned row = w * 64 + ca_bits_next(&rest);
            const char *why = ca_blame_name(groups->rule, groups->input->lines->schema, rows->slots[row]);
            int code = ca_groups_unknown(groups, &rows->frame, row, rows->slots[row], why);
            if (code != 0)
                return code;
        }
    }
    rows->doubtful = NULL;
    return 0;
}

/* The first column that keeps a row from joining a group; CA_NO_ROW = none. */
static uint32_t lacks(const ca_groups *groups, const chosen *rows, unsigned row)
{
    uint32_t column = ca_key_lacks(rows->frame.units, &groups->key, row);
    return column == CA_NO_ROW ? ca_group_date_lacks(groups, rows->frame.units, rows->dates, row) : column;
}

static int make_room(const ca_groups *groups, chosen *rows, size_t more)
{
    ca_scratch *scratch = &groups->eval->scratch;
    size_t cap = rows->cap;
    while (cap < rows->count + more)
        cap *= 2;
    if (cap == rows->cap)
        return 0;
    if (cap > UINT32_MAX / 2)
        return ca_error_nomem(groups->err);
    chosen old = *rows;
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
static int tell_lacking(const ca_groups *groups, const chosen *rows, uint32_t row, size_t slot)
{
    const ca_schema *schema = rows->frame.units->schema;
    if (groups->rule->kind->is_unit != NULL && !groups->rule->kind->is_unit(groups, &rows->frame, row))
        return 0;
    return ca_groups_unknown(groups, &rows->frame, row, slot, ca_blame_name(groups->rule, schema, slot));
}

/* A member for each row of the table that matches; a line without one is not what the rule is about. */
static int keep_each(const ca_groups *groups, chosen *rows, const ca_view *view, uint32_t row)
{
    ca_each_found found;
    ca_row_at at = {.view = view, .row = row};
    ca_each_find(&at, groups->rule, &found);
    if (found.unknown)
        return tell_lacking(groups, rows, row, found.blame);
    if (found.count == 0) {
        ca_groups_count(groups, CA_NOT_APPLICABLE, 0, 1);
        return 0;
    }
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

/* Rows with whole keys; each of the others is a unit by itself, that cannot be judged. */
static int keep_keyed(const ca_groups *groups, chosen *rows)
{
    const ca_batch *batch = rows->frame.units;
    ca_scratch *scratch = &groups->eval->scratch;
    bool each = groups->rule->keys.each != NULL && groups->rule->kind->each == CA_EACH_LINE;
    rows->cap = batch->rows + 1;
    rows->rows = ca_scratch_take(scratch, rows->cap, sizeof *rows->rows);
    rows->hashes = ca_scratch_take(scratch, rows->cap, sizeof *rows->hashes);
    rows->table_rows = each ? ca_scratch_take(scratch, rows->cap, sizeof *rows->table_rows) : NULL;
    if (rows->rows == NULL || rows->hashes == NULL || (each && rows->table_rows == NULL))
        return ca_error_nomem(groups->err);
    int code = ca_group_dates(groups, &rows->frame, rows->dates);
    ca_view view;
    ca_view_units(&view, groups->eval, &rows->frame, NULL, NULL, groups->err);
    for (uint32_t i = 0; code == 0 && i < batch->rows; i++) {
        uint32_t row = rows->order ? rows->order[i] : i;
        if (!ca_bit(rows->taken, row))
            continue;
        if (each) {
            code = keep_each(groups, rows, &view, row);
            continue;
        }
        uint32_t column = lacks(groups, rows, row);
        if (column != CA_NO_ROW) {
            code = tell_lacking(groups, rows, row, ca_blame_column(column));
            continue;
        }
        rows->hashes[rows->count] = ca_key_hash(batch, &groups->key, row);
        rows->rows[rows->count++] = row;
    }
    return code;
}

/* Where units are two members, one that is alone in its group passes: few are not. Bits of hashes tell, of which some are
 * the same by chance: those stay, and find no partner. */
static int drop_single(const ca_groups *groups, chosen *rows)
{
    ca_scratch_mark mark = ca_scratch_here(&groups->eval->scratch);
    unsigned bits = 6;
    uint32_t kept = 0;
    if (!groups->rule->kind->pairs || rows->count == 0)
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
        rows->rows[kept++] = rows->rows[i];
    }
    if (kept < rows->count)
        ca_groups_count(groups, CA_PASS, 0, rows->count - kept);
    rows->count = kept;
    ca_scratch_rewind(&groups->eval->scratch, mark);
    return 0;
}

/* --- Groups ----------------------------------------------------------------------------------------- */

typedef struct keyed {
    uint64_t hash;
    uint32_t place;            /* in the total order */
    uint32_t row;
    uint32_t table_row;
} keyed;

static int by_hash(const void *left, const void *right)
{
    const keyed *a = left;
    const keyed *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Members of one hash whose keys differ after all: groups by the first member of each, in order. */
static void part_equals(const ca_groups *groups, const ca_batch *batch, keyed *items, uint32_t count)
{
    const ca_key_columns *same = &groups->key;
    for (uint32_t from = 0; from < count;) {
        uint32_t past = from + 1;
        for (uint32_t i = past; i < count; i++) {
            if (items[from].table_row != items[i].table_row || !ca_key_equal(batch, same, items[from].row, items[i].row))
                continue;
            keyed found = items[i];
            memmove(items + past + 1, items + past, (i - past) * sizeof *items);
            items[past++] = found;
        }
        from = past;
    }
}

/* Sorts members by key; rows stay in their order. */
static int sort_members(const ca_groups *groups, chosen *rows)
{
    keyed *items = ca_scratch_take(&groups->eval->scratch, rows->count, sizeof *items);
    if (items == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t i = 0; i < rows->count; i++)
        items[i] = (keyed){rows->hashes[i], i, rows->rows[i], rows->table_rows ? rows->table_rows[i] : CA_NO_TABLE_ROW};
    qsort(items, rows->count, sizeof *items, by_hash);
    for (uint32_t from = 0, to; from < rows->count; from = to) {
        bool equal = true;
        for (to = from + 1; to < rows->count && items[to].hash == items[from].hash; to++)
            equal &= items[from].table_row == items[to].table_row &&
                     ca_key_equal(rows->frame.units, &groups->key, items[from].row, items[to].row);
        if (!equal)
            part_equals(groups, rows->frame.units, items + from, to - from);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        rows->rows[i] = items[i].row;
        if (rows->table_rows != NULL)
            rows->table_rows[i] = items[i].table_row;
    }
    return 0;
}

static int find_groups(ca_groups *groups)
{
    const ca_batch *units = groups->members.units;
    const ca_key_columns *same = &groups->key;
    groups->first = ca_scratch_take(&groups->eval->scratch, (size_t)groups->member_count + 1, sizeof *groups->first);
    if (groups->first == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t member = 0; member < groups->member_count; member++) {
        if (member == 0 || ca_member_table_row(groups, member - 1) != ca_member_table_row(groups, member) ||
            !ca_key_equal(units, same, member - 1, member))
            groups->first[groups->group_count++] = member;
    }
    groups->first[groups->group_count] = groups->member_count;
    return 0;
}

static int reorder_incomplete(ca_groups *groups, const chosen *rows)
{
    const uint64_t *incomplete = groups->input->incomplete;
    if (incomplete == NULL || groups->rule->keys.of_claims)
        return 0;
    groups->incomplete = ca_scratch_bits(&groups->eval->scratch, (rows->count + 63) / 64 + 1);
    for (uint32_t i = 0; groups->incomplete != NULL && i < rows->count; i++) {
        if (ca_bit(incomplete, rows->rows[i]))
            ca_bit_set(groups->incomplete, i);
    }
    return groups->incomplete != NULL ? 0 : ca_error_nomem(groups->err);
}

static int reorder_dates(ca_groups *groups, const chosen *rows)
{
    for (size_t i = 0; i < 2 && rows->dates[i] != NULL; i++) {
        groups->dates[i] = ca_scratch_take(&groups->eval->scratch, rows->count, sizeof **groups->dates);
        if (groups->dates[i] == NULL)
            return ca_error_nomem(groups->err);
        for (uint32_t k = 0; k < rows->count; k++)
            groups->dates[i][k] = rows->dates[i][rows->rows[k]];
    }
    return 0;
}

static void reorder_doubts(ca_groups *groups, const chosen *rows)
{
    ca_scratch *scratch = &groups->eval->scratch;
    if (rows->doubtful == NULL)
        return;
    groups->doubtful = ca_scratch_bits(scratch, (rows->count + 63) / 64 + 1);
    groups->doubt_slot = ca_scratch_take(scratch, rows->count, sizeof *groups->doubt_slot);
    for (uint32_t i = 0; groups->doubtful && groups->doubt_slot && i < rows->count; i++) {
        groups->doubt_slot[i] = rows->slots[rows->rows[i]];
        if (ca_bit(rows->doubtful, rows->rows[i]))
            ca_bit_set(groups->doubtful, i);
    }
}

/* Columns of the rule, and what findings say of a line. */
static void columns_of(const ca_groups *groups, uint8_t *ret_columns)
{
    static const unsigned always[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PATIENT_ID,
                                      CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_SERVICE_DATE,
                                      CA_F_FROM_DATE, CA_F_PAID, CA_F_CLAIM_PAID};
    const ca_rule *rule = groups->rule;
    for (unsigned c = 0; c < groups->input->lines->schema->count; c++)
        ret_columns[c] = rule->unit_columns[c] | rule->line_columns[c];
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        ret_columns[always[i]] = 1;
}

/* The rows, in their new order, as a batch of their own. */
static int gather(ca_grouper *grouper, ca_groups *groups, const chosen *rows)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    columns_of(groups, columns);
    int code = ca_batch_select(rows->frame.units, rows->rows, rows->count, columns, &grouper->members);
    if (code != 0)
        return ca_error_nomem(groups->err);
    groups->members = rows->frame;
    groups->members.trigger = NULL;
    groups->members.units = grouper->members;
    groups->member_count = rows->count;
    groups->table_row = rows->table_rows;
    if (rows->frame.lines != NULL && (code = ca_claims_move(groups, rows->rows, rows->count)) != 0)
        return code;
    reorder_doubts(groups, rows);
    if (rows->doubtful != NULL && (groups->doubtful == NULL || groups->doubt_slot == NULL))
        return ca_error_nomem(groups->err);
    code = reorder_incomplete(groups, rows);
    return code ? code : reorder_dates(groups, rows);
}

/* --- The rule --------------------------------------------------------------------------------------- */

/* Claims take the place of their lines: those that `where` takes, or cannot decide. */
static int choose_claims(ca_grouper *grouper, ca_groups *groups, chosen *rows)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    ca_claims_of of = {.taken = rows->taken, .doubtful = rows->doubtful, .slots = rows->slots};
    columns_of(groups, columns);
    int code = ca_claims_gather(groups, columns, &grouper->lines, &grouper->claims, &of);
    if (code != 0)
        return code;
    *rows = (chosen){.frame = of.frame, .taken = of.claims_taken, .doubtful = of.claims_doubtful,
                     .slots = of.claim_slots, .order = of.order};
    for (uint32_t claim = 0; code == 0 && claim < of.frame.units->rows; claim++) {
        if (!ca_bit(of.claims_taken, claim))    /* no line of it is known to take part */
            code = ca_groups_unknown(groups, &of.frame, claim, of.claim_slots[claim],
                                     ca_blame_name(groups->rule, of.frame.units->schema, of.claim_slots[claim]));
    }
    return code;
}

static int judge_members(ca_grouper *grouper, ca_groups *groups, chosen *rows)
{
    int code = keep_keyed(groups, rows);
    code = code ? code : drop_single(groups, rows);
    if (code != 0 || rows->count == 0)
        return code;
    code = sort_members(groups, rows);
    code = code ? code : gather(grouper, groups, rows);
    code = code ? code : find_groups(groups);
    return code ? code : groups->rule->kind->judge_groups(groups);
}

/* Lines of a window are of one claim, of a stay those of one patient, whatever `per` says. */
static void find_key(ca_groups *groups)
{
    const ca_rule_keys *keys = &groups->rule->keys;
    static const unsigned of_claim[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART};
    groups->key.items = groups->key_columns;
    for (size_t i = 0; i < keys->same.count; i++)
        groups->key_columns[groups->key.count++] = keys->same.items[i];
    for (size_t i = 0; i < keys->peers.count; i++)    /* what is no fact of the entity parts its lines */
        groups->key_columns[groups->key.count++] = keys->peers.items[i];
    for (size_t i = 0; keys->period == CA_PERIOD_CLAIM && i < 3; i++)
        groups->key_columns[groups->key.count++] = of_claim[i];
    if (keys->period == CA_PERIOD_STAY)
        groups->key_columns[groups->key.count++] = CA_F_PATIENT_ID;
}

static int judge(ca_grouper *grouper, ca_groups *groups)
{
    chosen rows = {0};
    find_key(groups);
    int code = choose_lines(groups, &rows);
    if (code != 0)
        return code;
    code = groups->rule->keys.of_claims ? choose_claims(grouper, groups, &rows) : settle_doubts(groups, &rows);
    return code ? code : judge_members(grouper, groups, &rows);
}

int ca_group_judge(ca_grouper *grouper, ca_eval *eval, const ca_group_input *input, const ca_rule *rule,
                   const ca_group_sink *sink, ca_error *err)
{
    ca_groups groups = {.eval = eval, .rule = rule, .input = input, .sink = sink, .err = err};
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    int code = input->lines->rows == 0 ? 0 : judge(grouper, &groups);
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}

/* --- In a stream -------------------------------------------------------------------------------------- */

int ca_group_travels(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *mask,
                     uint64_t *ret_travels, uint64_t *ret_turned_away, ca_error *err)
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
    }
    if (code == 0 && rule->kind->travels != NULL)
        code = rule->kind->travels(&view, rule, ret_travels, ret_turned_away);
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}
