/* Rows that say by name what they take out: replacements of a claim under another id, voids of a claim or of a line, and
 * reversals of a claim. */
#include "run/state.h"

#include <stdlib.h>

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Versions are counted within one claim: between claims, and for a void always, the date of payment decides. */
static int by_reach(const ca_line_head *a, const ca_line_head *b, uint8_t status)
{
    return status == CA_REVERSAL ? ca_time_order(a, b) : compare(a->paid, b->paid);
}

/* --- Notes: rows that name the claim ------------------------------------------------------------ */

/* Notes for one claim beside one another, those that came twice too: a digest covers the key of the row that names. */
static int by_claim(const void *left, const void *right)
{
    const ca_settled_line *a = left;
    const ca_settled_line *b = right;
    int order = ca_claim_order(a, b);
    order = order ? order : compare(a->head->status, b->head->status);
    return order ? order : ca_digest_cmp(a->head->digest, b->head->digest);
}

/* A void finds its line even where that was superseded meanwhile. */
static bool is_there(const ca_settled_line *line, uint8_t status)
{
    return line->head->live && (status == CA_VOID || !line->dropped);
}

/* The oldest line of a claim that is there for a row of this status; NULL without one. */
static const ca_line_head *oldest_of(const ca_settled_line *lines, size_t count, uint8_t status)
{
    const ca_line_head *oldest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_there(&lines[i], status) && (!oldest || by_reach(lines[i].head, oldest, status) < 0)) {
            oldest = lines[i].head;
        }
    }
    return oldest;
}

static void count_answered(ca_scan_state *scan, uint8_t status)
{
    scan->net.voids_answered += status == CA_VOID;
    scan->net.reversals_answered += status == CA_REVERSAL;
}

/* The latest of the notes of one status for one claim, of the same row delivered twice the one that stays; those that find a
 * line are counted once. */
static const ca_line_head *latest_note(ca_scan_state *scan, const ca_settled_line *notes, size_t count,
                                       const ca_line_head *oldest)
{
    const ca_line_head *latest = notes->head;
    for (size_t i = 0; i < count; i++) {
        const ca_line_head *note = notes[i].head;
        bool again = i > 0 && by_claim(&notes[i - 1], &notes[i]) == 0;
        if (!again && by_reach(oldest, note, note->status) <= 0) {
            count_answered(scan, note->status);
        }
        int order = by_reach(latest, note, note->status);
        order = order ? order : ca_digest_cmp(latest->digest, note->digest);
        latest = order < 0 || (order == 0 && ca_stays_before(scan, note, latest)) ? note : latest;
    }
    return latest;
}

static void take_out(ca_settled_line *lines, size_t count, const ca_line_head *note)
{
    for (size_t i = 0; i < count; i++) {
        ca_settled_line *line = &lines[i];
        bool standing = line->head->live && ca_stands(line);
        if (standing && by_reach(line->head, note, note->status) <= 0) {
            line->dropped = note->status == CA_REPLACEMENT;
            line->undone = note->status != CA_REPLACEMENT;
            line->undone_by = note;
        }
    }
}

/* `notes` name the claim of `lines`: of one status after another, replacements first as those of a line go first. */
static void net_claim(ca_scan_state *scan, ca_settled_line *lines, size_t count, const ca_settled_line *notes,
                      size_t note_count)
{
    for (size_t from = 0, to; from < note_count; from = to) {
        uint8_t status = notes[from].head->status;
        for (to = from; to < note_count && notes[to].head->status == status;) {
            to++;
        }
        const ca_line_head *oldest = oldest_of(lines, count, status);
        if (oldest) {
            take_out(lines, count, latest_note(scan, notes + from, to - from, oldest));
        }
    }
}

/* --- Voids of a line by its key ------------------------------------------------------------------- */

static bool same_key(const ca_settled_line *a, const ca_settled_line *b)
{
    return a->head->line_no == b->head->line_no && ca_claim_order(a, b) == 0;
}

/* `lines` have one key, the oldest first: the latest void takes what the others do. One that names a claim left a note there. */
static void net_key(ca_scan_state *scan, ca_settled_line *lines, size_t count)
{
    const ca_line_head *latest = NULL, *oldest = oldest_of(lines, count, CA_VOID);
    for (size_t i = 0; i < count; i++) {
        const ca_line_head *head = lines[i].head;
        if (head->status == CA_VOID && !lines[i].dropped && !head->names) {
            scan->net.voids_answered += oldest && oldest->paid <= head->paid;
            latest = head;
        }
    }
    if (latest) {
        take_out(lines, count, latest);
    }
}

static void net_keys(ca_scan_state *scan, ca_settled_line *lines, size_t count)
{
    for (size_t from = 0, to; from < count; from = to) {
        bool voided = false;
        for (to = from; to < count && same_key(&lines[from], &lines[to]); to++) {
            voided |= lines[to].head->status == CA_VOID && !lines[to].dropped;
        }
        if (voided) {
            net_key(scan, lines + from, to - from);
        }
    }
}

/* --- Both ------------------------------------------------------------------------------------------ */

static void count_voids(ca_scan_state *scan, const ca_settled_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        scan->net.voids += lines[i].head->status == CA_VOID && !lines[i].dropped;
    }
}

void ca_net_named(ca_scan_state *scan, ca_settled_line *lines, size_t count, ca_settled_line *notes, size_t note_count)
{
    count_voids(scan, lines, count);
    if (note_count > 1) {
        qsort(notes, note_count, sizeof *notes, by_claim);
    }
    for (size_t from = 0, to; from < note_count; from = to) {
        size_t first = 0, end;
        for (to = from; to < note_count && ca_claim_order(&notes[from], &notes[to]) == 0;) {
            to++;
        }
        while (first < count && ca_claim_order(&lines[first], &notes[from]) != 0) {
            first++;
        }
        for (end = first; end < count && ca_claim_order(&lines[end], &notes[from]) == 0;) {
            end++;
        }
        net_claim(scan, lines + first, end - first, notes + from, to - from);
    }
    net_keys(scan, lines, count);
}
