/* Pairs of members, judged some thousand at a time. A member that a condition on one side alone turns away stands in no
 * pair on that side. */
#include "rules/group_sieve.h"

#include <string.h>

#include "rules/kind_keys.h"

/* --- What one side alone decides ---------------------------------------------------------------- */

static bool reads_only(const ca_node *node, ca_side side)
{
    for (ca_side other = CA_SIDE_UNIT; other < CA_SIDES; other++) {
        if (other != side && other != CA_SIDE_UNIT && ca_reads_side(node, other))
            return false;
    }
    return ca_reads_side(node, side) && !ca_reads_given(node, UINT32_MAX) && !ca_reads_row(node);
}

/* Does it read what the pair has from b: bare columns, the date of a dated set or table? */
static bool is_of_pair(const ca_node *node)
{
    if (node == NULL)
        return false;
    bool dated = (node->set != NULL && ca_codeset_dated(node->set)) || (node->table != NULL && ca_reftable_dated(node->table));
    bool is = (node->kind == CA_NODE_COLUMN && node->side == CA_SIDE_UNIT) || (dated && node->on == NULL);
    for (size_t i = 0; i < node->arg_count && !is; i++)
        is = is_of_pair(node->args[i]);
    return is || is_of_pair(node->where) || is_of_pair(node->on);
}

bool ca_pairs_decides(const ca_node *part, ca_side side)
{
    return reads_only(part, side) && (side == CA_SIDE_B || !is_of_pair(part));
}

/* Sets bits of members for which a part of `when` that reads only this side is FALSE. Bare columns are the same on both
 * sides; the date of the pair is that of b. */
static int turn_away(const ca_groups *groups, ca_side side, uint64_t *not_there)
{
    const ca_node *when = groups->rule->when;
    size_t count = when->kind == CA_NODE_AND ? when->arg_count : 1;
    ca_view view;
    ca_view_units(&view, groups->eval, &groups->members, NULL, NULL, groups->err);
    ca_scratch *scratch = &groups->eval->scratch;
    uint64_t *all = ca_scratch_bits(scratch, view.words);
    ca_bits is = {ca_scratch_bits(scratch, view.words), ca_scratch_bits(scratch, view.words)};
    if (all == NULL || is.yes == NULL || is.no == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(all, 0, view.rows);
    for (size_t i = 0; i < count; i++) {
        const ca_node *part = when->kind == CA_NODE_AND ? when->args[i] : when;
        if (!ca_pairs_decides(part, side))
            continue;
        int code = ca_view_condition(&view, part, all, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < view.words; w++)
            not_there[w] |= is.no[w];
    }
    return 0;
}

/* A pair whose date lies outside of `effective`, or that holds a doubtful member, is not simply FALSE: of a group with such
 * members every pair is judged. */
static int judge_doubted(const ca_pairs *pairs)
{
    const ca_groups *groups = pairs->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    unsigned words = (groups->member_count + 63) / 64;
    uint64_t *plain = ca_scratch_bits(scratch, words);
    uint64_t *dateless = ca_scratch_bits(scratch, words);
    uint64_t *all = ca_scratch_bits(scratch, words);
    if (plain == NULL || dateless == NULL || all == NULL)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(all, 0, groups->member_count);
    ca_judge_effective(&groups->members, groups->rule, all, plain, dateless);
    for (unsigned w = 0; groups->doubtful != NULL && w < words; w++)
        plain[w] &= ~groups->doubtful[w];
    for (uint32_t group = 0; group < groups->group_count; group++) {
        bool all_plain = true;
        for (uint32_t member = groups->first[group]; all_plain && member < groups->first[group + 1]; member++)
            all_plain = ca_bit(plain, member);
        pairs->judged_all[group / 64] |= (uint64_t)!all_plain << group % 64;
        for (uint32_t member = groups->first[group]; !all_plain && member < groups->first[group + 1]; member++) {
            pairs->not_a[member / 64] &= ~(UINT64_C(1) << member % 64);
            pairs->not_b[member / 64] &= ~(UINT64_C(1) << member % 64);
        }
    }
    return 0;
}

static int make_sieve(ca_pairs *pairs)
{
    const ca_groups *groups = pairs->groups;
    const ca_rule *rule = groups->rule;
    pairs->sieve = ca_scratch_take(&groups->eval->scratch, 1, sizeof *pairs->sieve);
    pairs->judged_all = ca_scratch_bits(&groups->eval->scratch, groups->group_count / 64 + 1);
    if (pairs->sieve == NULL || pairs->judged_all == NULL)
        return ca_error_nomem(groups->err);
    return ca_sieve_make(groups, rule->when, false, pairs->sieve);
}

bool ca_pairs_possible(const ca_pairs *pairs, uint32_t a, uint32_t b)
{
    return !ca_bit(pairs->not_a, a) && !ca_bit(pairs->not_b, b) && (!pairs->sieving || ca_sieve_lets(pairs->sieve, a, b));
}

int ca_pairs_begin(ca_pairs *pairs, ca_groups *groups, bool gives_days)
{
    ca_scratch *scratch = &groups->eval->scratch;
    unsigned words = (groups->member_count + 63) / 64;
    *pairs = (ca_pairs){.groups = groups,
                        .a = ca_scratch_take(scratch, CA_PAIRS_AT_A_TIME, sizeof *pairs->a),
                        .b = ca_scratch_take(scratch, CA_PAIRS_AT_A_TIME, sizeof *pairs->b),
                        .not_a = ca_scratch_bits(scratch, words),
                        .not_b = ca_scratch_bits(scratch, words)};
    if (groups->rule->keys.each != NULL) {
        pairs->table_row = ca_scratch_take(scratch, CA_PAIRS_AT_A_TIME, sizeof *pairs->table_row);
        pairs->key_slot = ca_scratch_take(scratch, CA_PAIRS_AT_A_TIME, sizeof *pairs->key_slot);
        if (pairs->table_row == NULL || pairs->key_slot == NULL)
            return ca_error_nomem(groups->err);
    }
    if (gives_days)
        pairs->days = ca_scratch_take(scratch, CA_PAIRS_AT_A_TIME, sizeof *pairs->days);
    if (pairs->a == NULL || pairs->b == NULL || pairs->not_a == NULL || pairs->not_b == NULL ||
        (gives_days && pairs->days == NULL))
        return ca_error_nomem(groups->err);
    int code = ca_units_begin(&pairs->units, groups);
    code = code ? code : make_sieve(pairs);
    if (code == 0 && groups->rule->when != NULL)
        code = turn_away(groups, CA_SIDE_A, pairs->not_a);
    if (code == 0 && groups->rule->when != NULL)
        code = turn_away(groups, CA_SIDE_B, pairs->not_b);
    if (code == 0 && groups->rule->when != NULL && (groups->rule->has_effective || groups->doubtful != NULL))
        code = judge_doubted(pairs);
    return code;
}

/* --- Judging what has come together ---------------------------------------------------------------- */

typedef struct verdicts {
    uint64_t *all, *inside, *dateless, *unknown;
    uint64_t *rowless;         /* inside, not FALSE in any row, and the row of `each` cannot be known */
    ca_verdict verdict;
    uint32_t *slots;
} verdicts;

static int make_verdicts(const ca_groups *groups, unsigned words, unsigned count, verdicts *ret)
{
    uint64_t **bits[] = {&ret->all, &ret->inside, &ret->dateless, &ret->unknown, &ret->rowless,
                         &ret->verdict.hit, &ret->verdict.excused, &ret->verdict.unknown, &ret->verdict.not_applicable};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(&groups->eval->scratch, words);
        if (*bits[i] == NULL)
            return ca_error_nomem(groups->err);
    }
    ret->slots = ca_scratch_take(&groups->eval->scratch, count, sizeof *ret->slots);
    return ret->slots == NULL ? ca_error_nomem(groups->err) : 0;
}

/* A unit that holds a doubtful member is unknown unless it is TRUE all the same. */
static void add_doubts(const ca_pairs *pairs, const uint64_t *inside, const verdicts *say)
{
    const uint64_t *doubtful = pairs->groups->doubtful;
    for (unsigned i = 0; doubtful != NULL && i < pairs->count; i++) {
        if (ca_bit(inside, i) && !ca_bit(say->verdict.hit, i) &&
            (ca_bit(doubtful, pairs->a[i]) || ca_bit(doubtful, pairs->b[i])))
            ca_bit_set(say->verdict.unknown, i);
    }
}

static void set_rowless(const ca_pairs *pairs, const verdicts *say)
{
    for (unsigned i = 0; pairs->table_row != NULL && i < pairs->count; i++) {
        if (pairs->table_row[i] == CA_NO_TABLE_ROW && ca_bit(say->inside, i))
            ca_bit_set(say->rowless, i);
    }
}

static int judge_all(const ca_pairs *pairs, ca_view *view, verdicts *say)
{
    const ca_rule *rule = pairs->groups->rule;
    ca_bits when = {say->verdict.hit, ca_scratch_bits(&view->eval->scratch, view->words)};
    if (when.no == NULL)
        return ca_error_nomem(view->err);
    ca_bits_set_range(say->all, 0, view->rows);
    ca_judge_effective(view->frame, rule, say->all, say->inside, say->dateless);
    set_rowless(pairs, say);
    int code = 0;
    if (rule->when != NULL)
        code = ca_view_condition(view, rule->when, say->inside, when);
    else
        memcpy(when.yes, say->inside, view->words * sizeof *when.yes);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {    /* but for what no row can make true */
        when.yes[w] &= ~say->rowless[w];
        say->rowless[w] &= ~when.no[w];
    }
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        say->unknown[w] = say->inside[w] & ~when.yes[w] & ~when.no[w] & ~say->rowless[w];
        say->verdict.unknown[w] = say->unknown[w] | say->dateless[w] | say->rowless[w];
        say->verdict.not_applicable[w] = say->all[w] & ~say->inside[w] & ~say->dateless[w];
    }
    if (code == 0)
        add_doubts(pairs, say->inside, say);
    if (code == 0)
        code = ca_judge_unless(view, rule, &say->verdict);
    if (code == 0 && ca_bits_any(say->unknown, view->words))
        code = ca_blame_each(view, rule, rule->where_leaves, rule->where_leaves + rule->when_leaves, say->unknown,
                             say->slots);
    return code;
}

static ca_outcome outcome_of(const verdicts *say, unsigned i)
{
    if (ca_bit(say->verdict.hit, i))
        return CA_HIT;
    if (ca_bit(say->verdict.excused, i))
        return CA_EXCUSED;
    if (ca_bit(say->verdict.unknown, i))
        return CA_UNKNOWN;
    return ca_bit(say->verdict.not_applicable, i) ? CA_NOT_APPLICABLE : CA_PASS;
}

static size_t blame_of(const ca_pairs *pairs, const verdicts *say, unsigned i)
{
    const ca_rule *rule = pairs->groups->rule;
    if (ca_bit(say->dateless, i))
        return ca_blame_column(rule->effective_on);
    const ca_groups *groups = pairs->groups;
    if (groups->doubtful != NULL && ca_bit(groups->doubtful, pairs->a[i]))    /* `where` stands before `when` */
        return groups->doubt_slot[pairs->a[i]];
    if (groups->doubtful != NULL && ca_bit(groups->doubtful, pairs->b[i]))
        return groups->doubt_slot[pairs->b[i]];
    if (ca_bit(say->rowless, i))
        return pairs->key_slot[i];
    return say->slots[i];
}

static int tell_pair(ca_pairs *pairs, const ca_frame *frame, const verdicts *say, unsigned i)
{
    uint32_t a = pairs->a[i];
    uint32_t b = pairs->b[i];
    uint32_t rows[2] = {pairs->copies ? b : a, pairs->copies ? a : b};
    ca_outcome outcome = outcome_of(say, i);
    size_t blame = outcome == CA_UNKNOWN ? blame_of(pairs, say, i) : 0;
    uint32_t table_row = pairs->table_row ? pairs->table_row[i] : CA_NO_TABLE_ROW;
    ca_units_say(&pairs->units, a, pairs->copies ? CA_PASS : outcome, blame, b, false, table_row);
    ca_units_say(&pairs->units, b, outcome, blame, a, true, table_row);
    if (outcome != CA_HIT && outcome != CA_EXCUSED)
        return 0;
    const ca_groups *groups = pairs->groups;
    ca_match match = {.frame = frame,
                      .unit = i,
                      .outcome = outcome,
                      .rows = rows,
                      .row_count = 2,
                      .hash = ca_hash_mix(ca_member_hash(groups, rows[0]), ca_member_hash(groups, rows[1]))};
    return ca_groups_match(groups, &match);
}

ca_frame ca_pair_frame(const ca_groups *groups, const uint32_t *a, const uint32_t *b)
{
    ca_frame frame = groups->members;
    frame.made = true;
    frame.count = 1;
    frame.row[CA_SIDE_A] = frame.row[CA_SIDE_ORIGINAL] = a;
    frame.row[CA_SIDE_B] = frame.row[CA_SIDE_UNIT] = b;
    return frame;
}

static int judge_waiting(ca_pairs *pairs)
{
    ca_groups *groups = pairs->groups;
    ca_scratch_mark mark = ca_scratch_here(&groups->eval->scratch);
    ca_frame frame = ca_pair_frame(groups, pairs->a, pairs->b);
    frame.count = pairs->count;
    frame.given[CA_GIVEN_OVERLAP_DAYS] = pairs->days;
    frame.table_row = pairs->table_row;
    ca_view view;
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    verdicts say;
    int code = make_verdicts(groups, view.words, pairs->count, &say);
    if (code == 0)
        code = judge_all(pairs, &view, &say);
    for (unsigned i = 0; code == 0 && i < pairs->count; i++)
        code = tell_pair(pairs, &frame, &say, i);
    ca_scratch_rewind(&groups->eval->scratch, mark);
    pairs->count = 0;
    return code;
}

static int add(ca_pairs *pairs, uint32_t a, uint32_t b, int64_t days)
{
    pairs->a[pairs->count] = a;
    pairs->b[pairs->count] = b;
    if (pairs->days != NULL)
        pairs->days[pairs->count] =
            (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(days, 1)};
    pairs->count++;
    return pairs->count == CA_PAIRS_AT_A_TIME ? judge_waiting(pairs) : 0;
}

/* `within: row.days days` of a sequence: the row's own. */
static bool is_near(const ca_groups *groups, uint32_t a, uint32_t b, uint32_t table_row)
{
    const ca_node *days = groups->rule->keys.days;
    return days == NULL || days->kind != CA_NODE_ROW ||
           (int64_t)groups->dates[0][b] - groups->dates[0][a] <= ca_keys_number(days, table_row);
}

int ca_pairs_add_rows(ca_pairs *pairs, uint32_t a, uint32_t b, int64_t days, const ca_each_found *rows)
{
    int code = 0;
    size_t count = rows->unknown ? 1 : rows->count;
    for (size_t i = 0; code == 0 && i < count; i++) {
        uint32_t row = rows->unknown ? CA_NO_TABLE_ROW : rows->rows[i];
        if (!is_near(pairs->groups, a, b, row))
            continue;
        pairs->table_row[pairs->count] = row;
        pairs->key_slot[pairs->count] = rows->unknown ? (uint32_t)rows->blame : 0;
        code = add(pairs, a, b, days);
    }
    return code;
}

int ca_pairs_add(ca_pairs *pairs, uint32_t a, uint32_t b, int64_t days)
{
    ca_each_found rows;
    if (pairs->table_row == NULL)
        return add(pairs, a, b, days);
    ca_frame frame = ca_pair_frame(pairs->groups, &a, &b);
    ca_view view;
    ca_view_units(&view, pairs->groups->eval, &frame, NULL, NULL, pairs->groups->err);
    ca_row_at at = {.view = &view, .row = 0};
    ca_each_find(&at, pairs->groups->rule, &rows);
    return ca_pairs_add_rows(pairs, a, b, days, &rows);
}

int ca_pairs_end(ca_pairs *pairs)
{
    int code = pairs->count > 0 ? judge_waiting(pairs) : 0;
    return code == 0 ? ca_units_end(&pairs->units) : code;
}

void ca_pairs_too_large(ca_pairs *pairs, uint32_t group)
{
    const ca_groups *groups = pairs->groups;
    size_t slot = ca_blame_reason(groups->rule, groups->members.units->schema, CA_REASON_GROUP_TOO_LARGE);
    for (uint32_t member = groups->first[group]; member < groups->first[group + 1]; member++)
        ca_units_say(&pairs->units, member, CA_UNKNOWN, slot, CA_NO_ROW, false, CA_NO_TABLE_ROW);
}

static void sieve_group(ca_pairs *pairs, uint32_t group)
{
    pairs->sieving = pairs->sieve->count > 0 && !ca_bit(pairs->judged_all, group);
}

int ca_pairs_all(ca_pairs *pairs, uint32_t group)
{
    const ca_groups *groups = pairs->groups;
    uint32_t from = groups->first[group];
    uint32_t past = groups->first[group + 1];
    const ca_sieve none = {.groups = groups};
    ca_scratch_mark mark = ca_scratch_here(&groups->eval->scratch);
    ca_sieve_index index;
    sieve_group(pairs, group);
    int code = ca_sieve_index_make(pairs->sieving ? pairs->sieve : &none, from, past, &index);
    for (uint32_t a = from; code == 0 && a < past; a++) {
        ca_sieve_walk walk;
        uint32_t b = 0;
        if (ca_bit(pairs->not_a, a))
            continue;
        ca_sieve_begin(&index, a, from, past, &walk);
        while (code == 0 && ca_sieve_next(&walk, &b))
            code = a != b && ca_pairs_possible(pairs, a, b) ? ca_pairs_add(pairs, a, b, 0) : 0;
    }
    ca_scratch_rewind(&groups->eval->scratch, mark);
    return code;
}

int ca_pairs_by_date(ca_groups *groups, bool gives_days, ca_pairs_judge *judge)
{
    ca_pairs pairs;
    int64_t most = ca_keys_number(groups->rule->keys.max_group, CA_NO_TABLE_ROW);
    uint32_t *rows = ca_scratch_take(&groups->eval->scratch, groups->member_count, sizeof *rows);
    int code = rows == NULL ? ca_error_nomem(groups->err) : ca_pairs_begin(&pairs, groups, gives_days);
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++) {
        uint32_t from = groups->first[group];
        uint32_t past = groups->first[group + 1];
        if (past - from > most) {
            ca_pairs_too_large(&pairs, group);
            continue;
        }
        sieve_group(&pairs, group);
        code = ca_group_by_date(groups, from, past, rows);
        code = code == 0 && past - from > 1 ? judge(&pairs, rows, past - from) : code;
    }
    return code == 0 ? ca_pairs_end(&pairs) : code;
}
