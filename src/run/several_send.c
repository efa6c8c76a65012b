/* Lines that waited, to where rules of several lines look: each to those that it is for, but for the ones to which it is nothing
 * because no other line tells what it asks for. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "run/worker.h"

#define MARKS_AHEAD 16u    /* the filter is larger than the nearer caches */

/* What waits with a batch, being read in the order in which it was written. */
typedef struct reading {
    ca_scan_state *scan;
    const ca_batch *asked;        /* all rows, with what tells which lines they ask for; NULL: nothing does */
    unsigned rows, words;
    const uint8_t *at, *end;
    const uint64_t *same_claim, *repeats;
    uint64_t *travels;            /* of the rule at hand */
    const _Atomic uint64_t *fallen, *scattered;
} reading;

static const uint64_t *take_bitmap(reading *of)
{
    const uint64_t *bits = (const uint64_t *)(const void *)of->at;
    of->at += of->words * sizeof *bits;
    return bits;
}

/* A place, and what is asked for there; the filter is told what comes. */
static bool is_told(const reading *of, const ca_use *use, unsigned row, const uint8_t *marks)
{
    const ca_several *several = of->scan->several;
    uint32_t place;
    uint16_t asks[CA_MATE_ASKS_MAX];
    ca_asked_span asked;
    memcpy(&place, marks, sizeof place);
    if (use->mating.by == CA_MATES_OVERLAP) {
        memcpy(&asked, marks + sizeof place, sizeof asked);
        return ca_several_is_told(several, use, place, &asked.sides, asked.span);
    }
    if (use->mating.later && use->mating.by == CA_MATES_ANY) {
        return ca_several_is_shared(several, place);
    }
    if (use->mating.later) {
        ca_mates_ask(of->asked, &use->mating, row, asks);
    } else {
        memcpy(asks, marks + sizeof place, use->mating.asks * sizeof *asks);
    }
    return ca_several_is_told(several, use, place, asks, NULL);
}

static void expect(const reading *of, const ca_use *use, const uint8_t *marks)
{
    uint32_t place;
    if (marks < of->end) {
        memcpy(&place, marks, sizeof place);
        if (use->mating.by == CA_MATES_OVERLAP) {
            ca_asked_span asked;
            uint16_t ask;
            memcpy(&asked, marks + sizeof place, sizeof asked);
            (void)ca_mates_ask_span(asked.span, asked.sides, 0, &ask);
            place = ca_place_of_mark(&use->mating, place, ask >> CA_ASK_SHIFT);
        }
        ca_seen_expect(of->scan->several->seen, place);
    }
}

/* --- Nobody tells what it asks for ------------------------------------------------------------------------------ */

static void clear(uint64_t *bits, unsigned row)
{
    bits[row / 64] &= ~(UINT64_C(1) << row % 64);
}

static uint64_t drop_lines(const reading *of, const ca_use *use, const uint64_t *sure)
{
    size_t size = ca_marks_size(use);
    const uint8_t *marks = of->at;
    uint64_t lonely = 0;
    for (unsigned w = 0; w < of->words; w++) {
        for (uint64_t rest = sure[w]; rest; rest &= rest - 1, marks += size) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            expect(of, use, marks + MARKS_AHEAD * size);
            if (ca_bit(of->travels, row) && !is_told(of, use, row, marks)) {
                clear(of->travels, row);
                lonely++;
            }
        }
    }
    return lonely;
}

/* --- Claims: neighbours, and all of them or none -------------------------------------------------------------------- */

/* The lines of a claim, where they lie together: rows [*from, past). */
static unsigned run_around(const reading *of, unsigned row, unsigned *ret_from)
{
    unsigned past = row + 1;
    while (ca_bit(of->same_claim, row)) {
        row--;
    }
    while (past < of->rows && ca_bit(of->same_claim, past)) {
        past++;
    }
    *ret_from = row;
    return past;
}

/* Do its lines that count all say the same, and are all of them here? */
static bool agrees(const reading *of, const uint64_t *sure, unsigned from, unsigned past)
{
    bool same = true;
    for (unsigned row = from; row < past; row++) {
        same &= row == from || ca_bit(of->repeats, row);
        same &= ca_bit(sure, row) || !ca_bit(of->travels, row);
        same &= !(atomic_load_explicit(&of->scattered[row / 64], memory_order_relaxed) >> row % 64 & 1);
    }
    return same;
}

static uint64_t drop_claims(const reading *of, const ca_use *use, const uint64_t *sure)
{
    size_t size = ca_marks_size(use);
    const uint8_t *next = of->at;
    const uint8_t *marks = next;
    uint64_t lonely = 0;
    uint64_t carried = 0;
    unsigned done = 0;    /* rows before it are decided */
    for (unsigned w = 0; w < of->words; w++) {
        uint64_t marked = ca_marks_of(use, sure[w], of->repeats[w], &carried);
        for (uint64_t rest = sure[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            unsigned from;
            if (marked & rest & -rest) {
                marks = next;
                next += size;
                expect(of, use, marks + MARKS_AHEAD * size);
            }
            if (row < done || !ca_bit(of->travels, row)) {
                continue;
            }
            done = run_around(of, row, &from);
            if (agrees(of, sure, from, done) && !is_told(of, use, row, marks)) {
                for (unsigned i = from; i < done; i++) {
                    clear(of->travels, i);
                }
                lonely++;
            }
        }
    }
    return lonely;
}

/* Lines that are alone to the rule whose marks serve for this one, too. */
static uint64_t drop_served(const reading *of, const ca_use *use, const uint64_t *sure)
{
    const ca_several *several = of->scan->several;
    const uint64_t *alone = several->lonely + several->uses[use->wider].bit * of->words;
    uint64_t lonely = 0;
    for (unsigned w = 0; w < of->words; w++) {
        uint64_t rows = of->travels[w] & sure[w] & alone[w];
        of->travels[w] &= ~rows;
        lonely += (uint64_t)__builtin_popcountll(rows);
    }
    return lonely;
}

static void drop_alone(reading *of, uint32_t rule)
{
    ca_several *several = of->scan->several;
    const ca_use *use = &several->uses[rule];
    const uint64_t *sure = take_bitmap(of);
    uint64_t *lonely = several->lonely + use->bit * of->words;
    uint64_t count = 0;
    uint64_t carried = 0;
    for (unsigned w = 0; w < of->words; w++) {
        count += (uint64_t)__builtin_popcountll(ca_marks_of(use, sure[w], of->repeats[w], &carried));
        lonely[w] = of->travels[w];
    }
    of->end = of->at + count * ca_marks_size(use);
    if (use->mating.by == CA_MATES_EVENT) {
        const uint64_t *answers = use->mating.by_equality ? take_bitmap(of) : NULL;
        ca_events_drop(several, of->asked, of->scan->setup->rules->rules[rule], use, sure, answers, of->travels);
    } else {
        bool unsure = use->of_claims && (several->begins_differ || ca_several_days_differ(several, use));
        of->scan->tallies[rule].offered += unsure              ? 0
                                           : use->mating.wider ? drop_served(of, use, sure)
                                           : use->of_claims  ? drop_claims(of, use, sure)
                                                             : drop_lines(of, use, sure);
    }
    of->at += (count * ca_marks_size(use) + 7) / 8 * 8;
    for (unsigned w = 0; use->lends && w < of->words; w++) {
        lonely[w] &= ~of->travels[w];
    }
}

/* Lines that the rule has to see after all. */
static void read_rule(reading *of, uint32_t rule)
{
    ca_several *several = of->scan->several;
    const ca_use *use = &several->uses[rule];
    const uint64_t *travels = take_bitmap(of);
    for (unsigned w = 0; w < of->words; w++) {
        of->travels[w] = travels[w] & ~atomic_load_explicit(&of->fallen[w], memory_order_relaxed);
    }
    if (use->mating.by != CA_MATES_NONE) {
        drop_alone(of, rule);
    }
    uint64_t *by_route = several->by_route + use->route * of->words;
    for (unsigned w = 0; w < of->words; w++) {
        by_route[w] |= of->travels[w];
        for (uint64_t rest = of->travels[w]; rest; rest &= rest - 1) {
            several->uses_of_row[w * 64 + (unsigned)__builtin_ctzll(rest)] |= UINT64_C(1) << use->bit;
        }
    }
}

enum { BITMAPS = 4 };

static int make_room(ca_several *several, size_t words, ca_error *err)
{
    uint64_t **bits[] = {&several->travels, &several->chosen, &several->whole, &several->first};
    /* The last ones are as many bitmaps as a word has bits. */
    uint64_t **by_row[] = {&several->hash, &several->uses_of_row, &several->uses_sent, &several->lonely, &several->by_route};
    if (words <= several->word_cap) {
        return 0;
    }
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        uint64_t *more = ca_realloc_array(several->sending[i], words, sizeof *more);
        if (!more) {
            return ca_error_nomem(err);
        }
        *bits[i] = several->sending[i] = more;
    }
    for (size_t i = 0; i < sizeof by_row / sizeof *by_row; i++) {
        uint64_t *more = ca_realloc_array(several->sending[BITMAPS + i], words * 64, sizeof *more);
        if (!more) {
            return ca_error_nomem(err);
        }
        *by_row[i] = several->sending[BITMAPS + i] = more;
    }
    uint32_t *rows = ca_realloc_array(several->rows_sent, words * 64, sizeof *rows);
    if (!rows) {
        return ca_error_nomem(err);
    }
    several->rows_sent = rows;
    several->word_cap = words;
    return 0;
}

static int send_batch(ca_scan_state *scan, ca_batches *from, size_t i, ca_error *err)
{
    ca_several *several = scan->several;
    ca_waiting *waiting = &several->waiting_batch;
    int rc = ca_batches_read(from, i, CA_COMPACT_FIRST, waiting, err);
    unsigned words = rc ? 0 : (waiting->rows + 63) / 64;
    const ca_batch *asked = NULL;
    rc = rc ? rc : make_room(several, words, err);
    rc = rc || !several->asking ? rc : ca_batches_take_columns(waiting, several->asking, NULL, waiting->rows, &asked, err);
    if (rc) {
        return rc;
    }
    uint64_t word = waiting->number / 64;
    reading of = {.scan = scan, .asked = asked, .rows = waiting->rows, .words = words, .at = waiting->more,
                  .travels = several->travels, .fallen = several->fallen + word, .scattered = several->scattered + word};
    memset(several->uses_of_row, 0, words * 64 * sizeof *several->uses_of_row);
    memset(several->by_route, 0, several->route_count * words * sizeof *several->by_route);
    of.same_claim = take_bitmap(&of);
    of.repeats = take_bitmap(&of);
    for (uint32_t k = 0; k < several->order_count; k++) {
        read_rule(&of, several->order[k]);
    }
    rc = ca_torn_put(scan, waiting, err);
    return rc ? rc : ca_routes_send(scan, waiting, err);
}

/* --- All of them ---------------------------------------------------------------------------------------------------- */

typedef struct sending {
    const ca_several *run;
    _Atomic size_t next;          /* the first batch that nobody has taken */
} sending;

static int finish_torn(const ca_scan_state *scan, ca_error *err)
{
    return scan->several->torn.writer ? ca_keyed_finish(scan->several->torn.writer, err) : 0;
}

static int finish(const ca_scan_state *scan, ca_error *err)
{
    int rc = finish_torn(scan, err);
    for (unsigned i = 0; rc == 0 && i < scan->several->route_count; i++) {
        rc = ca_keyed_finish(scan->several->routes[i].writer, err);
    }
    return rc;
}

static int take_batches(void *context, ca_worker *worker, ca_error *err)
{
    sending *of = context;
    int rc = 0;
    while (rc == 0) {
        size_t i = atomic_fetch_add(&of->next, 1);
        unsigned k = 0;
        while (k < of->run->waiting_count && i >= ca_batches_count(of->run->waiting[k])) {
            i -= ca_batches_count(of->run->waiting[k++]);
        }
        if (k == of->run->waiting_count) {
            break;
        }
        rc = send_batch(worker->scan, of->run->waiting[k], i, err);
    }
    if (rc) {
        atomic_store(&of->next, SIZE_MAX / 2);    /* the others need not go on */
    }
    return rc || worker->number == 0 ? rc : finish(worker->scan, err);    /* marks still come from the run */
}

/* Then a claim may begin with a line that does not say whose it is: it told nobody. */
static bool begins_differ(const ca_scan_state *scan)
{
    bool some = false, others = false;
    for (size_t i = 0; i < scan->file_count; i++) {
        if (scan->files[i].layout && ca_layout_records(scan->files[i].layout) == CA_RECORDS_CLAIMS) {
            some |= scan->files[i].from_supplied;
            others |= !scan->files[i].from_supplied;
        }
    }
    return some && others;
}

int ca_several_send(ca_scan_state *scan, ca_error *err)
{
    sending of = {.run = scan->several};
    ca_crew *crew = NULL;
    if (scan->several) {
        scan->several->begins_differ = begins_differ(scan);
        ca_events_index(&scan->several->events);
    }
    int rc = scan->several && scan->several->route_count ? ca_several_open_torn(scan, err) : CA_END;
    rc = rc ? rc : ca_crew_new(scan, &crew, err);
    for (unsigned w = 1; rc == 0 && w < crew->count; w++) {
        rc = ca_several_share_sending(crew->workers[w].scan, w, err);
    }
    rc = rc ? rc : ca_crew_run(crew, take_batches, &of, err);
    for (unsigned w = 1; rc == 0 && w < crew->count; w++) {
        rc = finish(crew->workers[w].scan, err);    /* it is, unless the system refused the thread */
    }
    rc = rc ? rc : finish_torn(scan, err);
    rc = rc ? rc : ca_torn_send(scan, err);
    if (rc == 0) {
        ca_crew_merge(crew);
    }
    ca_crew_free(crew);
    if (scan->several) {
        ca_seen_free(scan->several->seen);    /* what it takes is wanted for groups and scores; */
        scan->several->seen = NULL;
        ca_waiting_done(&scan->several->waiting_batch);    /* and nobody may have a batch when they are forgotten */
    }
    return rc == CA_END ? 0 : rc;
}
