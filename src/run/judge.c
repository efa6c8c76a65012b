/* Judges a frame with a group of rules: outcome counts from bitmaps, and a finding for every hit and for a sample of
 * the excused and unknown units. */
#include "run/measuring.h"

#include <string.h>

uint64_t ca_claim_hash(unsigned claim_type, ca_text claim_id)
{
    return ca_hash64(claim_id.ptr, claim_id.len) ^ (claim_type + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

/* Mixes the line number (or part) into the claim's hash; splitmix64's finisher. */
uint64_t ca_unit_hash(uint64_t claim_hash, int64_t number)
{
    uint64_t x = claim_hash + (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static uint64_t count_bits(const uint64_t *bits, unsigned words)
{
    uint64_t count = 0;
    for (unsigned w = 0; w < words; w++) {    /* most words are of one kind: quicker than counting where no instruction does */
        if (bits[w] == UINT64_MAX) {
            count += 64;
        } else if (bits[w]) {
            count += (uint64_t)__builtin_popcountll(bits[w]);
        }
    }
    return count;
}

/* True when the hash is among the smallest seen so far; equal hashes are one unit seen again. */
bool ca_sample_admits(ca_sample *sample, uint64_t hash)
{
    if (sample->count == CA_SAMPLE_CANDIDATES && hash > sample->heap[0]) {
        return false;
    }
    size_t at = 0;
    while (at < sample->count && sample->heap[at] > hash) {
        at++;
    }
    if (at < sample->count && sample->heap[at] == hash) {
        return true;
    }
    if (sample->count < CA_SAMPLE_CANDIDATES) {
        memmove(sample->heap + at + 1, sample->heap + at, (sample->count - at) * sizeof hash);
        sample->count++;
        sample->heap[at] = hash;
    } else {
        memmove(sample->heap, sample->heap + 1, (at - 1) * sizeof hash);
        sample->heap[at - 1] = hash;
    }
    return true;
}

struct judging {
    ca_scan_state *scan;
    const ca_frame *frame;
    const ca_rule *rule;
    uint32_t index;
    unsigned words;
    ca_emit emit;
};

static int emit_explained(const struct judging *judging, unsigned unit, const ca_explanation *explanation, ca_error *err)
{
    ca_scan_state *scan = judging->scan;
    ca_finding finding;
    int rc = ca_explain_finding(judging->frame, judging->rule, unit, explanation, &scan->scratch, &finding, err);
    if (rc) {
        return rc;
    }
    finding.rule = judging->index;
    if (finding.outcome == CA_HIT && judging->frame->lines) {    /* of single lines it is not known yet whether they count */
        rc = ca_measuring_hit_claim(scan, judging->index, judging->frame, unit, err);
    }
    return rc ? rc : judging->emit(scan, unit, &finding, err);
}

/* A finding for every row of the table that the unit hits with, or is excused with; of an unknown one, of the first such row. */
static int emit_rows(const struct judging *judging, unsigned unit, ca_outcome outcome, ca_error *err)
{
    ca_scan_state *scan = judging->scan;
    ca_explanation *all;
    size_t count;
    int rc = ca_explain_each(judging->frame, judging->rule, unit, scan->setup->profile->minor_digits, &scan->scratch,
                             &all, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (all[i].outcome != outcome) {
            continue;
        }
        rc = emit_explained(judging, unit, &all[i], err);
        if (outcome == CA_UNKNOWN) {
            break;
        }
    }
    return rc;
}

static int explain_and_emit(const struct judging *judging, unsigned unit, ca_outcome outcome, ca_error *err)
{
    ca_scan_state *scan = judging->scan;
    ca_explanation explanation;
    ca_arena_reset(&scan->scratch);
    if (judging->rule->keys.each) {
        return emit_rows(judging, unit, outcome, err);
    }
    int rc = ca_explain(judging->frame, judging->rule, unit, scan->setup->profile->minor_digits,
                        &scan->scratch, &explanation, err);
    return rc ? rc : emit_explained(judging, unit, &explanation, err);
}

static uint64_t hash_of_unit(const ca_frame *frame, unsigned unit)
{
    const ca_batch *units = frame->units;
    unsigned number = frame->lines ? CA_F_CLAIM_PART : CA_F_LINE_NO;
    uint64_t claim = ca_claim_hash(units->columns[CA_F_CLAIM_TYPE].as.choice[unit],
                                   ca_batch_text(units, CA_F_CLAIM_ID, unit));
    return ca_unit_hash(claim, units->columns[number].as.number[unit]);
}

/* sample NULL: all units of the bitmap. */
static int emit_units(const struct judging *judging, const uint64_t *bits, ca_outcome outcome, ca_sample *sample,
                      ca_error *err)
{
    for (unsigned w = 0; w < judging->words; w++) {
        for (uint64_t left = bits[w]; left; left &= left - 1) {
            unsigned unit = w * 64 + (unsigned)__builtin_ctzll(left);
            if (sample && !ca_sample_admits(sample, hash_of_unit(judging->frame, unit))) {
                continue;
            }
            int rc = explain_and_emit(judging, unit, outcome, err);
            if (rc) {
                return rc;
            }
        }
    }
    return 0;
}

static void count_outcomes(ca_tally *tally, const ca_verdict *verdict, const uint64_t *offered,
                           unsigned words, int sign)
{
    uint64_t by = sign < 0 ? UINT64_MAX : 1;    /* unsigned arithmetic wraps: times -1 takes back */
    tally->offered += by * count_bits(offered, words);
    tally->hit += by * count_bits(verdict->hit, words);
    tally->excused += by * count_bits(verdict->excused, words);
    tally->unknown += by * count_bits(verdict->unknown, words);
    tally->not_applicable += by * count_bits(verdict->not_applicable, words);
}

static int count_blame(const struct judging *judging, ca_tally *tally, const uint64_t *unknown, int sign,
                       ca_error *err)
{
    if (count_bits(unknown, judging->words) == 0) {
        return 0;
    }
    size_t slots = ca_blame_slots(judging->rule, &judging->scan->setup->schema);
    ca_arena_reset(&judging->scan->scratch);
    uint64_t *counts = ca_arena_array(&judging->scan->scratch, slots, sizeof *counts);
    if (!counts) {
        return ca_error_nomem(err);
    }
    int rc = ca_eval_blame(judging->scan->eval, judging->frame, judging->rule, unknown, counts, err);
    for (size_t i = 0; rc == 0 && i < slots; i++) {
        tally->blame[i] += sign < 0 ? 0 - counts[i] : counts[i];
    }
    return rc;
}

static void offer(const struct judging *judging, const uint64_t *subset, uint64_t *offered)
{
    const ca_batch *units = judging->frame->units;
    for (unsigned w = 0; w < judging->words; w++) {
        unsigned rows = units->rows - w * 64;
        uint64_t all = rows >= 64 ? UINT64_MAX : (UINT64_C(1) << rows) - 1;
        offered[w] = all & (judging->rule->rows_all ? UINT64_MAX : units->live[w]) &
                     (subset ? subset[w] : UINT64_MAX);
    }
}

static int judge_rule(const struct judging *judging, const uint64_t *subset, int sign, ca_error *err)
{
    ca_scan_state *scan = judging->scan;
    ca_tally *tally = &scan->tallies[judging->index];
    size_t stride = CA_BATCH_ROWS_MAX / 64;
    uint64_t *offered = scan->verdict_words;
    ca_verdict verdict = {offered + stride, offered + 2 * stride, offered + 3 * stride,
                          offered + 4 * stride};
    offer(judging, subset, offered);
    for (size_t i = 1; i <= 4; i++) {
        memset(offered + i * stride, 0, judging->words * sizeof *offered);
    }
    int rc = ca_eval_rule(scan->eval, judging->frame, judging->rule, offered, &verdict, err);
    if (rc) {
        return rc;
    }
    count_outcomes(tally, &verdict, offered, judging->words, sign);
    rc = count_blame(judging, tally, verdict.unknown, sign, err);
    if (rc || sign < 0) {
        return rc;
    }
    rc = emit_units(judging, verdict.hit, CA_HIT, NULL, err);
    if (rc == 0) {
        rc = emit_units(judging, verdict.excused, CA_EXCUSED, &tally->excused_sample, err);
    }
    return rc ? rc : emit_units(judging, verdict.unknown, CA_UNKNOWN, &tally->unknown_sample, err);
}

int ca_judge(ca_scan_state *scan, const ca_frame *frame, const ca_rule_group *group,
             const uint64_t *subset, int sign, ca_emit emit, ca_error *err)
{
    struct judging judging = {.scan = scan, .frame = frame, .words = (frame->units->rows + 63) / 64,
                       .emit = emit};
    if (scan->observe) {
        return scan->observe(scan->observe_context, scan, frame, group, subset, err);
    }
    for (size_t i = 0; i < group->count; i++) {
        judging.rule = group->rules[i];
        judging.index = group->index[i];
        int rc = judge_rule(&judging, subset, sign, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}
