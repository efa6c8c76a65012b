/* What settling claims says of lines that wait: which of them do not count, and which belong to a claim whose lines do not
 * lie together. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

int ca_several_begin_settling(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    if (!several) {
        return 0;
    }
    size_t words = (size_t)(atomic_load(several->numbered) / 64);
    several->fallen = ca_arena_array(scan->arena, words + 1, sizeof *several->fallen);
    several->scattered = ca_arena_array(scan->arena, words + 1, sizeof *several->scattered);
    several->disagree = ca_arena_array(scan->arena, 1, sizeof *several->disagree);
    several->torn_lines = several->of_claims ? ca_arena_array(scan->arena, words + 1, sizeof *several->torn_lines) : NULL;
    bool made = several->torn_lines || !several->of_claims;
    return made && several->fallen && several->scattered && several->disagree ? 0 : ca_error_nomem(err);
}

static void set(_Atomic uint64_t *bits, uint64_t number)
{
    atomic_fetch_or_explicit(&bits[number / 64], UINT64_C(1) << number % 64, memory_order_relaxed);
}

/* All lines of one part of a claim, also those that do not count. Between batches numbers are left out. */
static bool lie_together(const ca_settled_line *lines, size_t count)
{
    uint64_t first = lines[0].number;
    uint64_t last = first;
    for (size_t i = 1; i < count; i++) {
        first = lines[i].number < first ? lines[i].number : first;
        last = lines[i].number > last ? lines[i].number : last;
    }
    return last - first + 1 == count;
}

/* Of those that count. */
static bool do_agree(const ca_settled_line *lines, size_t count)
{
    const ca_settled_line *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].dropped || !ca_line_counts(&lines[i])) {
            continue;
        }
        first = first ? first : &lines[i];
        if (lines[i].unit != first->unit && (lines[i].unit_length != first->unit_length ||
                                             memcmp(lines[i].unit, first->unit, first->unit_length) != 0)) {
            return false;
        }
    }
    return true;
}

static bool same_part(const ca_settled_line *a, const ca_settled_line *b)
{
    return ca_claim_order(a, b) == 0 && a->head->claim_part == b->head->claim_part;
}

/* Dropped lines are the last ones: of a claim with such lines all are scattered. */
void ca_several_settle(ca_scan_state *scan, const ca_settled_line *lines, size_t count)
{
    const ca_several *several = scan->several;
    if (!several) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (lines[i].dropped || !ca_line_counts(&lines[i])) {
            set(several->fallen, lines[i].number);
        }
    }
    for (size_t from = 0, to; several->of_claims && from < count; from = to) {
        for (to = from + 1; to < count && same_part(&lines[from], &lines[to]); to++) {
        }
        bool together = lie_together(lines + from, to - from);
        for (size_t i = from; !together && i < to; i++) {
            set(several->scattered, lines[i].number);
        }
        bool agree = do_agree(lines + from, to - from);
        for (size_t i = from; !agree && i < to; i++) {
            set(several->torn_lines, lines[i].number);
        }
        if (!agree) {
            atomic_store_explicit(several->disagree, true, memory_order_relaxed);
        }
    }
}

/* Of a claim whose lines disagree the interval may be none of theirs, and a doubt about one is a doubt about all of it: it may
 * overlap where nobody told. */
bool ca_several_days_differ(const ca_several *several, const ca_use *use)
{
    return use->mating.by == CA_MATES_OVERLAP && atomic_load_explicit(several->disagree, memory_order_relaxed);
}

/* Their headers are not compared. */
void ca_several_scatter(ca_scan_state *scan, const ca_settled_line *lines, size_t count)
{
    const ca_several *several = scan->several;
    for (size_t i = 0; several && several->of_claims && i < count; i++) {
        set(several->scattered, lines[i].number);
    }
    if (several && several->of_claims) {
        atomic_store_explicit(several->disagree, true, memory_order_relaxed);
    }
}
