/* The obvious half of settle_twin.c: lines in an array, and loops over all of them that say which fall and which are undone. */
#ifndef CA_TESTS_SETTLE_FALLS_H
#define CA_TESTS_SETTLE_FALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "support/night.h"

#define FILES 4
#define ROWS 24          /* of a file, at most */
#define LINES (FILES * ROWS * 3)
#define MISSING INT64_MIN

typedef struct line {
    int type, claim, part, number, status;
    int64_t paid_date, version, received;      /* MISSING or small numbers */
    int64_t units, paid, claim_paid, day;
    int original;                              /* the claim it names, or -1 */
    int patient;                               /* or -1 */
    int file, row;
    bool wide, dropped, undone, voided, elsewhere;
} line;

typedef struct twin {
    night n;
    line lines[LINES];
    size_t count;
    ca_buf text[FILES];
    ca_digest digest[FILES];
    int rows[FILES];
    bool across;                               /* reversals look for their lines in all claims of the patient */
    int waiting, voids_waiting;                /* reversals and voids that find no line */
    uint64_t state;
} twin;

static bool same_claim(const line *a, const line *b)
{
    return a->type == b->type && a->claim == b->claim && a->wide == b->wide;
}

static bool same_key(const line *a, const line *b)
{
    return same_claim(a, b) && a->number == b->number;
}

static bool same_version(const line *a, const line *b)
{
    return a->paid_date == b->paid_date && a->version == b->version && a->received == b->received;
}

static bool newer(const line *a, const line *b)
{
    if (a->paid_date != b->paid_date) {
        return a->paid_date > b->paid_date;
    }
    return a->version != b->version ? a->version > b->version : a->received > b->received;
}

/* The smallest by digest of its file, then name of the file, then row. */
static bool stays_before(const twin *t, const line *a, const line *b)
{
    int order = ca_digest_cmp(t->digest[a->file], t->digest[b->file]);
    order = order ? order : a->file - b->file;
    return order ? order < 0 : a->row < b->row;
}

static bool undoes(const line *l)
{
    return l->status >= 3;
}

static void drop(twin *t)
{
    bool repeated[LINES] = {false};
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->count; j++) {
            const line *a = &t->lines[i];
            const line *b = &t->lines[j];
            repeated[i] |= i != j && same_key(a, b) && same_version(a, b) && stays_before(t, b, a);
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        t->lines[i].dropped = repeated[i];
        for (size_t j = 0; j < t->count; j++) {
            const line *a = &t->lines[i];
            const line *b = &t->lines[j];
            t->lines[i].dropped |= !undoes(a) && !undoes(b) && same_key(a, b) && newer(b, a);
        }
    }
}

/* Whether the row names the claim of the line. */
static bool names(const line *row, const line *l)
{
    return row->original >= 0 && row->original == l->claim && row->type == l->type && !l->wide;
}

/* A claim that replaces another under its own id. */
static void replace(twin *t)
{
    bool falls[LINES] = {false};
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->count; j++) {
            const line *by = &t->lines[j];
            const line *l = &t->lines[i];
            falls[i] |= by->status == 1 && by->original != by->claim && names(by, l) && !undoes(l) &&
                        l->paid_date <= by->paid_date;
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        t->lines[i].dropped |= falls[i];
    }
}

/* A void takes out the claim that it names, or else the line of its own key. */
static void make_void(twin *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const line *by = &t->lines[i];
        bool found = false;
        for (size_t j = 0; j < t->count && by->status == 3 && !by->dropped; j++) {
            line *l = &t->lines[j];
            bool meant = by->original >= 0 ? names(by, l) : same_key(by, l);
            if (meant && !undoes(l) && l->paid_date <= by->paid_date) {
                found = true;
                l->voided |= !l->dropped;
                l->undone |= !l->dropped;
            }
        }
        t->voids_waiting += by->status == 3 && !by->dropped && !found;
    }
}

/* Whether the reversal may take the line: the profile says {keys: [claim_id], opposite: [paid]}, or {keys: [patient_id], …}. */
static bool may_undo(const twin *t, const line *reversal, const line *l)
{
    bool agrees = t->across ? reversal->patient >= 0 && reversal->patient == l->patient && reversal->type == l->type
                            : same_claim(reversal, l);
    return agrees && !l->wide && l->status < 3 && !l->dropped && !l->undone && !newer(l, reversal) &&
           l->paid != MISSING && reversal->paid != MISSING && l->paid == -reversal->paid;
}

static bool later_in_order(const line *a, const line *b)
{
    if (newer(a, b) || newer(b, a)) {
        return newer(a, b);
    }
    if (a->day != b->day) {
        return a->day > b->day;
    }
    return a->claim != b->claim ? a->claim > b->claim : a->number > b->number;
}

static void undo_latest(twin *t, const line *reversal)
{
    line *latest = NULL;
    for (size_t i = 0; i < t->count; i++) {
        line *l = &t->lines[i];
        if (may_undo(t, reversal, l) && (!latest || later_in_order(l, latest))) {
            latest = l;
        }
    }
    if (latest) {
        latest->undone = true;
        latest->elsewhere = !same_claim(latest, reversal);
    }
    t->waiting += latest == NULL;
}

/* The oldest reversal first. */
static void net(twin *t)
{
    bool done[LINES] = {false};
    for (;;) {
        size_t next = t->count;
        for (size_t i = 0; i < t->count; i++) {
            const line *l = &t->lines[i];
            bool waits = l->status == 4 && !l->dropped && !l->wide && !done[i];
            next = waits && (next == t->count || newer(&t->lines[next], l)) ? i : next;
        }
        if (next == t->count) {
            return;
        }
        done[next] = true;
        undo_latest(t, &t->lines[next]);
    }
}

#endif
