/* The stream's side of rules of several lines: which rules a line is for, and the hashes of the keys by which others would
 * find it. They go with the line's record, until its claim is settled. */
#include "run/several.h"

#include <string.h>

#include "run/columns.h"

#define ROWS_AHEAD 8u    /* the filter is larger than the nearer caches */

static uint64_t count_bits(const uint64_t *bits, unsigned words)
{
    uint64_t count = 0;
    for (unsigned w = 0; w < words; w++) {
        count += (uint64_t)__builtin_popcountll(bits[w]);
    }
    return count;
}

static void count_turned(ca_scan_state *scan, uint32_t rule, unsigned words, int sign)
{
    if (scan->several->uses[rule].counts_lines) {
        ca_tally *tally = &scan->tallies[rule];
        uint64_t turned = count_bits(scan->several->turned, words);
        tally->offered += sign < 0 ? 0 - turned : turned;
        tally->not_applicable += sign < 0 ? 0 - turned : turned;
    }
}

/* Sets a rule's bit in the masks of the rows. */
static void mark_rows(const uint64_t *rows, unsigned words, unsigned bit, uint64_t *masks)
{
    for (unsigned w = 0; w < words; w++) {
        if (rows[w] == UINT64_MAX) {
            for (unsigned i = 0; i < 64; i++) {
                masks[w * 64 + i] |= UINT64_C(1) << bit;
            }
            continue;
        }
        for (uint64_t rest = rows[w]; rest; rest &= rest - 1) {
            masks[w * 64 + (unsigned)__builtin_ctzll(rest)] |= UINT64_C(1) << bit;
        }
    }
}

/* --- Marks ---------------------------------------------------------------------------------------------- */

/* In the filter a mark has three forms: told at all, told by a line that may stand as a, as b. */
#define TOLD      0u
#define TOLD_AS_A 1u
#define TOLD_AS_B 2u
#define FORMS     4u

/* The place of a key of one rule is none of another's. */
static uint32_t place_of(uint64_t key, unsigned bit)
{
    return (uint32_t)((key + bit) * UINT64_C(0xD6E8FEB86659FD93) >> 32);
}

static void tell(ca_several *several, const ca_use *use)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    for (size_t i = 0; i < mates->told_count; i++) {
        const ca_told *told = &mates->told[i];
        if (i + ROWS_AHEAD < mates->told_count) {
            ca_seen_expect(several->seen, place_of(mates->key[told[ROWS_AHEAD].row], use->bit));
        }
        uint32_t place = place_of(mates->key[told->row], use->bit);
        if (use->mating.sided && !told->sides) {
            continue;    /* it stands nowhere */
        }
        ca_seen_add(several->seen, place, told->mark * FORMS + TOLD);
        if (use->mating.sided && told->sides & CA_ASK_AS_A) {
            ca_seen_add(several->seen, place, told->mark * FORMS + TOLD_AS_A);
        }
        if (use->mating.sided && told->sides & CA_ASK_AS_B) {
            ca_seen_add(several->seen, place, told->mark * FORMS + TOLD_AS_B);
        }
    }
}

static bool is_told(const ca_several *several, const ca_use *use, uint32_t place, uint16_t ask)
{
    uint32_t mark = ((uint32_t)ask >> CA_ASK_SHIFT) * FORMS;
    bool told = ask & CA_ASK_OWN ? ca_seen_twice(several->seen, place, mark + TOLD)
                                 : ca_seen_once(several->seen, place, mark + TOLD);
    if (!told || !use->mating.sided) {
        return told;
    }
    return (ask & CA_ASK_AS_A && ca_seen_once(several->seen, place, mark + TOLD_AS_B)) ||
           (ask & CA_ASK_AS_B && ca_seen_once(several->seen, place, mark + TOLD_AS_A));
}

bool ca_several_is_told(const ca_several *several, const ca_use *use, const uint8_t *marks)
{
    uint32_t place;
    uint16_t asks[CA_MATE_ASKS_MAX];
    memcpy(&place, marks, sizeof place);
    memcpy(asks, marks + sizeof place, use->mating.asks * sizeof *asks);
    bool told = false;
    for (unsigned i = 0; i < use->mating.asks && !told; i++) {
        told = is_told(several, use, place, asks[i]);
    }
    return told;
}

static int find_mates(ca_scan_state *scan, const ca_frame *frame, uint32_t rule, ca_error *err)
{
    ca_several *several = scan->several;
    const ca_use *use = &several->uses[rule];
    ca_mates *mates = &several->of_bit[use->bit];
    if (use->mating.by == CA_MATES_NONE) {
        return 0;
    }
    int rc = ca_group_mates(scan->eval, frame, scan->setup->rules->rules[rule], &use->mating, several->travels,
                            several->certain, several->repeats, mates, err);
    if (rc == 0) {
        mark_rows(mates->sure, (frame->units->rows + 63) / 64, use->bit, several->sure);
        tell(several, use);
    }
    return rc;
}

/* --- A batch ---------------------------------------------------------------------------------------------- */

static void find_repeats(const ca_scan_state *scan, const ca_batch *batch)
{
    ca_several *several = scan->several;
    memset(several->repeats, 0, batch->words * sizeof *several->repeats);
    for (unsigned row = 1; row < batch->rows; row++) {
        if (ca_header_repeats(scan, row)) {
            ca_bit_set(several->repeats, row);
        }
    }
}

int ca_several_look(ca_scan_state *scan, const ca_frame *frame, ca_error *err)
{
    ca_several *several = scan->several;
    unsigned words = (frame->units->rows + 63) / 64;
    int rc = 0;
    if (!several) {
        return 0;
    }
    memset(several->rules, 0, words * 64 * sizeof *several->rules);
    memset(several->sure, 0, words * 64 * sizeof *several->sure);
    find_repeats(scan, frame->units);
    for (uint32_t i = 0; rc == 0 && i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        if (!several->uses[i].runs) {
            continue;
        }
        rc = ca_group_travels(scan->eval, frame, rule, frame->units->live, several->travels, several->certain, several->turned,
                              err);
        if (rc == 0) {
            count_turned(scan, i, words, 1);
            mark_rows(several->travels, words, several->uses[i].bit, several->rules);
            rc = find_mates(scan, frame, i, err);
        }
    }
    return rc;
}

int ca_several_take_back(ca_scan_state *scan, const ca_frame *frame, const uint64_t *fallen, ca_error *err)
{
    const ca_several *several = scan->several;
    unsigned words = (frame->units->rows + 63) / 64;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && several && i < scan->setup->rules->count; i++) {
        if (several->uses[i].runs && several->uses[i].counts_lines) {
            rc = ca_group_travels(scan->eval, frame, scan->setup->rules->rules[i], fallen, several->travels,
                                  several->certain, several->turned, err);
            count_turned(scan, i, words, rc ? 0 : -1);
        }
    }
    return rc;
}

/* --- In a record -------------------------------------------------------------------------------------------- */

enum { HAS_LINE_NO = 1, HAS_PART = 2 };

#define MARKS_MOST (CA_USES_MAX * (sizeof(uint32_t) + CA_MATE_ASKS_MAX * sizeof(uint16_t)))

size_t ca_several_room(const ca_scan_state *scan)
{
    return scan->several ? 1 + 2 * (size_t)scan->several->mask_bytes + MARKS_MOST : 0;
}

uint8_t *ca_several_put(const ca_scan_state *scan, unsigned row, uint8_t *to)
{
    const ca_several *several = scan->several;
    if (!several) {
        return to;
    }
    *to++ = (uint8_t)((ca_batch_has(scan->batch, CA_F_LINE_NO, row) ? HAS_LINE_NO : 0) |
                      (ca_batch_has(scan->batch, CA_F_CLAIM_PART, row) ? HAS_PART : 0));
    for (unsigned i = 0; i < several->mask_bytes; i++) {
        to[i] = (uint8_t)(several->rules[row] >> 8 * i);
        to[several->mask_bytes + i] = (uint8_t)(several->sure[row] >> 8 * i);
    }
    to += 2 * several->mask_bytes;
    for (uint64_t rest = several->sure[row]; rest; rest &= rest - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(rest);
        const ca_mates *mates = &several->of_bit[bit];
        unsigned asks = several->uses[several->rule_of[bit]].mating.asks;
        uint32_t place = place_of(mates->key[row], bit);
        memcpy(to, &place, sizeof place);
        for (unsigned i = 0; i < asks; i++) {
            memcpy(to + sizeof place + i * sizeof(uint16_t), &mates->asks[i][row], sizeof(uint16_t));
        }
        to += several->marks_size[bit];
    }
    return to;
}

const uint8_t *ca_several_take(const ca_several *several, const uint8_t *at, ca_line_uses *ret_uses)
{
    *ret_uses = (ca_line_uses){.has_line_no = *at & HAS_LINE_NO, .has_part = *at & HAS_PART};
    at++;
    for (unsigned i = 0; i < several->mask_bytes; i++) {
        ret_uses->rules |= (uint64_t)at[i] << 8 * i;
        ret_uses->sure |= (uint64_t)at[several->mask_bytes + i] << 8 * i;
    }
    ret_uses->marks = at += 2 * several->mask_bytes;
    for (uint64_t rest = ret_uses->sure; rest; rest &= rest - 1) {
        uint32_t place;
        memcpy(&place, at, sizeof place);
        ca_seen_expect(several->seen, place);
        at += several->marks_size[__builtin_ctzll(rest)];
    }
    return at;
}
