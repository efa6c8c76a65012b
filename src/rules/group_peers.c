/* Judging rules of kind peer: an entity's lines of a period are measured, and the metric compared with that of all
 * entities of its group. */
#include <string.h>

#include "rules/group_windows.h"
#include "rules/kind_keys.h"
#include "rules/peers.h"

/* Entities by period, with what was measured. */
typedef struct entities {
    ca_windows windows;
    ca_frame frame;
    ca_view view;
    ca_value *metric;          /* missing where it cannot be calculated */
    uint64_t *counted;         /* takes part: `minimum` is TRUE */
    uint64_t *too_small;       /* `minimum` is FALSE */
    ca_digest *group;
    const ca_peer_group **peers;
} entities;

/* --- Measuring -------------------------------------------------------------------------------------- */

static int hash_groups(const ca_groups *groups, entities *of)
{
    const ca_key_columns *peers = &groups->rule->keys.peers;
    for (uint32_t i = 0; i < of->windows.count; i++) {
        uint32_t row = of->windows.first_row[i];
        uint32_t table_row = of->windows.table_row[i];
        uint64_t parts[2] = {ca_key_hash(groups->members.units, peers, row), (uint64_t)(uint32_t)of->windows.date[i]};
        if (ca_keys_period(&groups->rule->keys, table_row) == CA_PERIOD_LIFE)
            parts[1] = 0;
        if (table_row != CA_NO_TABLE_ROW)    /* peers of one row of the table */
            parts[0] = ca_hash_mix(parts[0], (uint64_t)table_row + 1);
        of->group[i] = ca_hash128(parts, sizeof parts);
    }
    return 0;
}

static int measure(const ca_groups *groups, entities *of)
{
    const ca_rule_keys *keys = &groups->rule->keys;
    ca_scratch *scratch = &groups->eval->scratch;
    unsigned words = of->view.words + 1;
    uint64_t *all = ca_scratch_bits(scratch, words);
    uint64_t *skipped = ca_scratch_bits(scratch, words);
    of->counted = ca_scratch_bits(scratch, words);
    of->too_small = ca_scratch_bits(scratch, words);
    size_t room = (size_t)of->windows.count + 1;
    of->metric = ca_scratch_take(scratch, room, sizeof *of->metric);
    of->group = ca_scratch_take(scratch, room, sizeof *of->group);
    of->peers = ca_scratch_take(scratch, room, sizeof *of->peers);
    if (!all || !skipped || !of->counted || !of->too_small || !of->metric || !of->group || !of->peers)
        return ca_error_nomem(groups->err);
    ca_bits_set_range(all, 0, of->windows.count);
    int code = 0;
    if (keys->minimum != NULL)
        code = ca_view_condition(&of->view, keys->minimum, all, (ca_bits){of->counted, of->too_small});
    else
        memcpy(of->counted, all, of->view.words * sizeof *all);
    ca_view with = of->view;
    code = code ? code : ca_answer_leaf(&of->view, keys->metric, all, &with.answers, skipped);
    for (uint32_t i = 0; code == 0 && i < of->windows.count; i++) {
        ca_row_at at = {.view = &with, .row = i};
        of->metric[i] = ca_row_value(&at, keys->metric);
        of->metric[i].present &= !at.tainted && !ca_bit(skipped, i);
    }
    return code ? code : hash_groups(groups, of);
}

static int find_entities(ca_groups *groups, entities *ret)
{
    uint32_t outside;
    int code = ca_windows_cut(&ret->windows, groups, &outside);
    if (code != 0)
        return code;
    ret->frame = ca_windows_frame(&ret->windows);
    ca_view_units(&ret->view, groups->eval, &ret->frame, NULL, NULL, groups->err);
    return measure(groups, ret);
}

static int tell_metrics(const ca_groups *groups, const entities *of)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < of->windows.count; i++) {
        if (ca_bit(of->counted, i) && of->metric[i].present)
            code = ca_peers_add(groups->input->peers, of->group[i], of->metric[i].as.ratio, groups->err);
    }
    return code;
}

/* --- Judging ---------------------------------------------------------------------------------------- */

typedef struct verdicts {
    uint64_t *all, *inside, *dateless, *unknown, *when_no;
    ca_verdict verdict;
    uint32_t *slots;           /* by unknown entity */
} verdicts;

static int make_verdicts(const ca_groups *groups, const entities *of, verdicts *ret)
{
    uint64_t **bits[] = {&ret->all, &ret->inside, &ret->dateless, &ret->unknown, &ret->when_no, &ret->verdict.hit,
                         &ret->verdict.excused, &ret->verdict.unknown, &ret->verdict.not_applicable};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        *bits[i] = ca_scratch_bits(&groups->eval->scratch, of->view.words + 1);
        if (*bits[i] == NULL)
            return ca_error_nomem(groups->err);
    }
    ret->slots = ca_scratch_take(&groups->eval->scratch, (size_t)of->windows.count + 1, sizeof *ret->slots);
    return ret->slots == NULL ? ca_error_nomem(groups->err) : 0;
}

/* Lines of its period may still come; a life has no last day. */
static bool is_open(const ca_groups *groups, const entities *of, uint32_t i)
{
    uint32_t row = of->windows.table_row[i];
    bool life = ca_keys_period(&groups->rule->keys, row) == CA_PERIOD_LIFE;
    return groups->input->horizon->through != CA_DATE_MAX &&
           (life || !ca_is_closed(groups, of->windows.date[i], row));
}

/* Why an entity cannot be judged, but for `when`; false when it can. */
static bool obstacle(const ca_groups *groups, const entities *of, const verdicts *say, uint32_t i, uint32_t *ret_slot)
{
    const ca_rule *rule = groups->rule;
    const ca_schema *schema = groups->members.units->schema;
    uint32_t row = of->windows.table_row[i];
    bool closed = rule->keys.judge_open || !is_open(groups, of, i);
    int64_t least = ca_keys_number(rule->keys.min_peers, row);
    if (ca_bit(say->dateless, i))
        *ret_slot = (uint32_t)ca_blame_column(rule->effective_on);
    else if (!closed)
        *ret_slot = (uint32_t)ca_blame_reason(rule, schema, CA_REASON_PERIOD_OPEN);
    else if (!ca_bit(of->counted, i) || !of->metric[i].present)
        *ret_slot = (uint32_t)ca_blame_reason(rule, schema, CA_REASON_NO_METRIC);
    else if (of->peers[i] == NULL || (int64_t)of->peers[i]->count < least)
        *ret_slot = (uint32_t)ca_blame_reason(rule, schema, CA_REASON_FEW_PEERS);
    else
        return false;
    return true;
}

/* Entities that can be judged stay `inside`. */
static void turn_away(const ca_groups *groups, entities *of, verdicts *say)
{
    for (uint32_t i = 0; i < of->windows.count; i++) {
        bool date = ca_bit(say->inside, i) || ca_bit(say->dateless, i);
        uint64_t bit = UINT64_C(1) << i % 64;
        of->peers[i] = ca_peers_find(groups->input->peers, of->group[i]);
        if (!date || ca_bit(of->too_small, i)) {
            ca_bit_set(say->verdict.not_applicable, i);
            say->inside[i / 64] &= ~bit;
        } else if (obstacle(groups, of, say, i, &say->slots[i])) {
            ca_bit_set(say->verdict.unknown, i);
            say->inside[i / 64] &= ~bit;
        }
    }
}

static int judge_all(const ca_groups *groups, entities *of, verdicts *say)
{
    const ca_rule *rule = groups->rule;
    ca_bits_set_range(say->all, 0, of->windows.count);
    ca_judge_effective(&of->frame, rule, say->all, say->inside, say->dateless);
    turn_away(groups, of, say);
    of->frame.given[CA_GIVEN_METRIC] = of->metric;
    of->frame.peers = of->peers;
    int code = ca_view_condition(&of->view, rule->when, say->inside, (ca_bits){say->verdict.hit, say->when_no});
    for (unsigned w = 0; code == 0 && w < of->view.words; w++) {
        say->unknown[w] = say->inside[w] & ~say->verdict.hit[w] & ~say->when_no[w];
        say->verdict.unknown[w] |= say->unknown[w];
    }
    if (code == 0 && ca_bits_any(say->unknown, of->view.words))
        code = ca_blame_each(&of->view, rule, rule->where_leaves, rule->where_leaves + rule->when_leaves, say->unknown,
                             say->slots);
    return code ? code : ca_judge_unless(&of->view, rule, &say->verdict);
}

static int tell(const ca_groups *groups, const entities *of, const verdicts *say, uint32_t i, ca_outcome outcome,
                const uint32_t *members)
{
    uint32_t from = of->windows.stretch[2 * i];
    ca_match match = {.frame = &of->frame,
                      .unit = i,
                      .outcome = outcome,
                      .subject = CA_NO_ROW,
                      .rows = members + from,
                      .row_count = of->windows.stretch[2 * i + 1] - from,
                      .has_window = of->windows.start[i].present,
                      .window_from = of->windows.start[i].as.date,
                      .window_to = of->windows.end[i].as.date,
                      .judged_open = groups->rule->keys.judge_open && is_open(groups, of, i),
                      .of_entity = true,
                      .hash = ca_hash_mix(ca_key_hash(groups->members.units, &groups->rule->keys.same, from),
                                          (uint64_t)(uint32_t)of->windows.date[i])};
    if (outcome == CA_UNKNOWN)
        match.why = ca_blame_name(groups->rule, groups->members.units->schema, say->slots[i]);
    return ca_groups_match(groups, &match);
}

static ca_outcome outcome_of(const verdicts *say, uint32_t i)
{
    return ca_bit(say->verdict.hit, i)              ? CA_HIT
           : ca_bit(say->verdict.excused, i)        ? CA_EXCUSED
           : ca_bit(say->verdict.unknown, i)        ? CA_UNKNOWN
           : ca_bit(say->verdict.not_applicable, i) ? CA_NOT_APPLICABLE
                                                    : CA_PASS;
}

static int tell_all(const ca_groups *groups, const entities *of, const verdicts *say)
{
    uint32_t *members = ca_scratch_take(&groups->eval->scratch, groups->member_count, sizeof *members);
    if (members == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t member = 0; member < groups->member_count; member++)
        members[member] = member;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < of->windows.count; i++) {
        ca_outcome outcome = outcome_of(say, i);
        ca_groups_count(groups, outcome, outcome == CA_UNKNOWN ? say->slots[i] : 0, 1);
        if (outcome != CA_PASS && outcome != CA_NOT_APPLICABLE)
            code = tell(groups, of, say, i, outcome, members);
    }
    return code;
}

int ca_peers_judge(ca_groups *groups)
{
    entities of = {0};
    verdicts say = {0};
    int code = find_entities(groups, &of);
    if (code == 0 && !ca_peers_closed(groups->input->peers))
        return tell_metrics(groups, &of);
    code = code ? code : make_verdicts(groups, &of, &say);
    code = code ? code : judge_all(groups, &of, &say);
    return code ? code : tell_all(groups, &of, &say);
}
