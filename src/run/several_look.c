/* The stream's side of rules of several lines: which rules a line is for, and the marks by which others would recognise it. They
 * wait with the batch until all claims are settled. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

#include "rules/kind_keys.h"

#define ROWS_AHEAD 16u    /* the filter is larger than the nearer caches */

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

/* --- Marks ---------------------------------------------------------------------------------------------- */

/* In the filter a mark has four forms: told at all, told by a line that may stand as a, as b, told in doubt. */
#define TOLD          0u
#define TOLD_AS_A     1u
#define TOLD_AS_B     2u
#define TOLD_IN_DOUBT 3u
#define FORMS         4u

/* Of groups above a limit the kind says that they are too large. Where lines of one key stay behind, as those that are too far
 * apart or stand on one side only, large groups must come whole: their lines are counted, rather too many than too few. */
static bool leaves_some(const ca_use *use)
{
    return use->mating.by == CA_MATES_NEAR || use->mating.by == CA_MATES_OVERLAP ||
           (use->mating.by == CA_MATES_ANY && use->mating.sided);
}

static uint16_t *crowd_at(const ca_several *several, uint32_t place)
{
    return &several->crowds[place >> (32 - several->crowd_bits)];
}

static void count_crowd(const ca_several *several, uint32_t place)
{
    uint16_t *crowd = crowd_at(several, place);
    *crowd = (uint16_t)(*crowd + (*crowd < UINT16_MAX));
}

/* What the lines tell besides their own marks. */
static void tell(ca_several *several, const ca_use *use)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    bool crowds = leaves_some(use);
    for (size_t i = 0; i < mates->told_count; i++) {
        const ca_told *told = &mates->told[i];
        const ca_told *ahead = &told[i + ROWS_AHEAD < mates->told_count ? ROWS_AHEAD : 0];
        uint32_t place = ca_place_of(mates->key[ahead->row], use->bit);
        ca_seen_expect(several->seen, ca_place_of_mark(&use->mating, place, ahead->mark));
        place = ca_place_of(mates->key[told->row], use->bit);
        if (crowds) {
            count_crowd(several, place);
        }
        place = ca_place_of_mark(&use->mating, place, told->mark);
        several->wild |= (uint64_t)(told->mark == CA_MARK_WILD) << use->bit;
        if (use->mating.sided && !told->sides && !use->of_claims) {
            continue;    /* it stands nowhere */
        }
        ca_seen_add(several->seen, place, told->mark * FORMS + TOLD);
        if (use->mating.sided && told->sides & CA_ASK_AS_A) {
            ca_seen_add(several->seen, place, told->mark * FORMS + TOLD_AS_A);
        }
        if (use->mating.sided && told->sides & CA_ASK_AS_B) {
            ca_seen_add(several->seen, place, told->mark * FORMS + TOLD_AS_B);
        }
        if (use->mating.sided && told->sides & CA_TOLD_IN_DOUBT) {
            ca_seen_add(several->seen, place, told->mark * FORMS + TOLD_IN_DOUBT);
        }
    }
}

/* Their own marks, at the places that were kept. */
static void tell_own(ca_several *several, const ca_use *use, const ca_batch *batch, const uint32_t *places, size_t count)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    bool crowds = leaves_some(use);
    size_t i = 0;
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        for (uint64_t rest = mates->sure[w]; rest; rest &= rest - 1, i++) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            ca_seen_expect(several->seen, places[i + ROWS_AHEAD < count ? i + ROWS_AHEAD : i]);
            if (crowds) {
                count_crowd(several, places[i]);
            }
            ca_seen_add(several->seen, places[i], ca_mates_mark(batch, &use->mating, row) * FORMS + TOLD);
        }
    }
}

static bool is_told(const ca_several *several, const ca_use *use, uint32_t place, uint16_t ask)
{
    uint32_t mark = ((uint32_t)ask >> CA_ASK_SHIFT) * FORMS;
    if (mark == CA_MARK_WILD * FORMS && !(several->wild >> use->bit & 1)) {
        return false;
    }
    place = ca_place_of_mark(&use->mating, place, ask >> CA_ASK_SHIFT);
    const ca_seen_block *at = ca_seen_at(several->seen, place);
    bool told = ca_seen_has(ask & CA_ASK_OWN ? at->twice : at->once, place, mark + TOLD);
    if (!told || !use->mating.sided || several->sideless >> use->bit & 1) {
        return told;
    }
    return (ask & CA_ASK_AS_A && ca_seen_has(at->once, place, mark + TOLD_AS_B)) ||
           (ask & CA_ASK_AS_B && ca_seen_has(at->once, place, mark + TOLD_AS_A)) ||
           (use->of_claims && ca_seen_has(at->once, place, mark + TOLD_IN_DOUBT));
}

bool ca_several_is_shared(const ca_several *several, uint32_t place)
{
    return ca_seen_twice(several->seen, place, TOLD);
}

bool ca_several_tells(const ca_several *several, uint32_t place, uint16_t ask)
{
    return ca_seen_once(several->seen, place, ((uint32_t)ask >> CA_ASK_SHIFT) * FORMS + TOLD);
}

bool ca_several_is_told(const ca_several *several, const ca_use *use, uint32_t place, const uint16_t *asks,
                        const int32_t span[2])
{
    bool told = leaves_some(use) && *crowd_at(several, place) > CA_MAX_GROUP;
    uint16_t ask;
    for (unsigned i = 0; use->mating.by == CA_MATES_OVERLAP && !told && ca_mates_ask_span(span, asks[0], i, &ask); i++) {
        told = is_told(several, use, place, ask);
    }
    for (unsigned i = 0; i < use->mating.asks && !told; i++) {
        told = is_told(several, use, place, asks[i]);
    }
    return told;
}

static uint64_t find_marked(ca_several *several, const ca_use *use, unsigned words)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    uint64_t carried = 0;
    for (unsigned w = 0; w < words; w++) {
        several->marked[w] = ca_marks_of(use, mates->sure[w], several->repeats[w], &carried);
    }
    return count_bits(several->marked, words);
}

/* The marks of lines that have some: a place, and what they ask for. Returns where they begin; NULL: none, or no memory. */
static const uint8_t *keep_marks(ca_several *several, const ca_use *use, unsigned words, uint64_t count)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    size_t size = ca_marks_size(use);
    unsigned asks = use->mating.later ? 0 : use->mating.asks;
    if (!count || !ca_buf_reserve(&several->marks, several->marks.len + count * size)) {
        return NULL;    /* it says so itself */
    }
    uint8_t *start = (uint8_t *)several->marks.ptr + several->marks.len;
    uint8_t *to = start;
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = several->marked[w]; rest; rest &= rest - 1, to += size) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            uint32_t place = ca_place_of(mates->key[row], use->bit);
            memcpy(to, &place, sizeof place);
            for (unsigned i = 0; i < asks; i++) {
                memcpy(to + sizeof place + i * sizeof(uint16_t), &mates->asks[i][row], sizeof(uint16_t));
            }
            if (use->mating.by == CA_MATES_OVERLAP) {
                ca_asked_span asked = {.span = {mates->span[0][row], mates->span[1][row]}, .sides = mates->asks[0][row]};
                memcpy(to + sizeof place, &asked, sizeof asked);
            }
        }
    }
    several->marks.len += count * size;
    return start;
}

static void tell_marks(ca_several *several, const ca_use *use, const ca_batch *batch)
{
    const ca_mates *mates = &several->of_bit[use->bit];
    unsigned words = (batch->rows + 63) / 64;
    uint64_t count = ca_marks_size(use) ? find_marked(several, use, words) : 0;
    ca_buf_add(&several->marks, mates->sure, words * sizeof *mates->sure);
    if (use->mating.by_equality) {
        ca_buf_add(&several->marks, mates->answers, words * sizeof *mates->answers);
    }
    tell(several, use);
    const uint8_t *marks = keep_marks(several, use, words, count);
    if (marks && use->mating.later && !use->of_claims) {
        tell_own(several, use, batch, (const uint32_t *)(const void *)marks, count);    /* bitmaps, of whole words, are before it */
    }
    while (several->marks.len % sizeof(uint64_t) && !several->marks.failed) {
        ca_buf_add_char(&several->marks, 0);
    }
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
                            several->certain, several->turned, several->repeats, mates, err);
    if (rc == 0) {
        several->sideless |= (uint64_t)mates->sideless << use->bit;
        tell_marks(several, use, frame->units);
        if (use->mating.by == CA_MATES_EVENT) {
            ca_events_tell(&several->events, frame->units, scan->setup->rules->rules[rule], use, mates);
        }
    }
    return rc;
}

/* --- A batch ---------------------------------------------------------------------------------------------- */

static int64_t part_of(const ca_batch *batch, unsigned row)
{
    return ca_batch_has(batch, CA_F_CLAIM_PART, row) ? batch->columns[CA_F_CLAIM_PART].as.number[row] : 1;
}

static void find_neighbours(const ca_scan_state *scan, const ca_batch *batch)
{
    const ca_several *several = scan->several;
    memset(several->same_claim, 0, batch->words * sizeof *several->same_claim);
    for (unsigned row = 1; several->of_claims && row < batch->rows; row++) {
        if (ca_same_claim(scan, row) && part_of(batch, row) == part_of(batch, row - 1)) {
            ca_bit_set(several->same_claim, row);
        }
    }
    memcpy(several->repeats, several->same_claim, batch->words * sizeof *several->repeats);
    for (unsigned i = 0; several->of_claims && i < several->header.count; i++) {
        ca_keep_repeats(&several->header.columns[i], batch, several->repeats);
    }
}

static int look_at(ca_scan_state *scan, const ca_frame *frame, uint32_t rule, ca_error *err)
{
    ca_several *several = scan->several;
    unsigned words = (frame->units->rows + 63) / 64;
    int rc = ca_group_travels(scan->eval, frame, scan->setup->rules->rules[rule], frame->units->live, several->travels,
                              several->certain, several->turned, err);
    if (rc) {
        return rc;
    }
    count_turned(scan, rule, words, 1);
    ca_buf_add(&several->marks, several->travels, words * sizeof *several->travels);
    return find_mates(scan, frame, rule, err);
}

static void count_days(const ca_several *several, const ca_batch *batch)
{
    const ca_column *column = &batch->columns[CA_F_SERVICE_DATE];
    for (unsigned row = 0; several->days && column->present && row < batch->rows; row++) {
        if (ca_bit(column->present, row)) {
            int64_t day = (int64_t)column->as.date[row] - CA_DAYS_FIRST;
            several->days[day < 0 ? 0 : day < (int64_t)CA_DAYS ? day : CA_DAYS - 1]++;
        }
    }
}

/* A batch waits with the claims of its neighbours, and for each rule the lines that it is for, with their marks. */
int ca_several_look(ca_scan_state *scan, const ca_frame *frame, ca_error *err)
{
    ca_several *several = scan->several;
    size_t bitmap = (frame->units->rows + 63) / 64 * sizeof(uint64_t);
    int rc = 0;
    if (!several) {
        return 0;
    }
    several->first_number = atomic_fetch_add(several->numbered, bitmap * 8 + 64);
    ca_buf_clear(&several->marks);
    find_neighbours(scan, frame->units);
    count_days(several, frame->units);
    ca_buf_add(&several->marks, several->same_claim, bitmap);
    ca_buf_add(&several->marks, several->repeats, bitmap);
    for (uint32_t i = 0; rc == 0 && i < several->order_count; i++) {
        rc = look_at(scan, frame, several->order[i], err);
    }
    if (rc == 0 && several->marks.failed) {
        rc = ca_error_nomem(err);
    }
    ca_compact_known known = {several->repeats, several->of_header};
    return rc ? rc
              : ca_batches_add(several->waits, frame->units, several->of_claims ? &known : NULL, several->first_number,
                               several->marks.ptr, several->marks.len, err);
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
