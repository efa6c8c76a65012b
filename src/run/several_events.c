/* Events and the lines that they look for. Most lines have the key of no event. Where one equal value is all that an event looks for,
 * events are remembered: then of the lines that one of them finds a single one has to travel, because that one decides. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/kind_keys.h"

#define KEY_SHARE      64u    /* of the filter's bytes */
#define KEY_BITS_LEAST 13u
#define ITEM_SHARE     8u
#define THRONG_BITS    14u
#define NONE           UINT32_MAX
#define ANY_VALUE      UINT64_C(0)
#define NO_VALUE       UINT64_C(2)    /* hashes of values are odd */

size_t ca_events_make(ca_events *events, size_t bytes, ca_arena *arena)
{
    *events = (ca_events){.key_bits = KEY_BITS_LEAST, .most = bytes / ITEM_SHARE / (sizeof(ca_event) + 4 * sizeof(uint32_t))};
    while (events->key_bits < 31 && (size_t)1 << (events->key_bits - 2) <= bytes / KEY_SHARE) {
        events->key_bits++;
    }
    events->keys = ca_arena_array(arena, (size_t)1 << (events->key_bits - 6), sizeof *events->keys);
    events->throngs = ca_arena_array(arena, (size_t)1 << THRONG_BITS, sizeof *events->throngs);
    return events->keys && events->throngs ? ((size_t)1 << (events->key_bits - 3)) + bytes / ITEM_SHARE : 0;
}

static void forget(ca_events *events)
{
    ca_free(events->items);
    ca_free(events->slots);
    events->items = NULL;
    events->slots = NULL;
    events->count = events->cap = events->slot_count = 0;
}

void ca_events_done(ca_events *events)
{
    forget(events);
}

static ca_throng *throng_at(const ca_events *events, uint64_t key, const ca_use *use)
{
    return &events->throngs[ca_place_of(key, use->bit) >> (32 - THRONG_BITS)];
}

static void count(uint16_t *number, unsigned more)
{
    *number = (uint16_t)(*number + more < UINT16_MAX ? *number + more : UINT16_MAX);
}

/* Without room, or memory, they are missed: more travels. */
static void add(ca_events *events, const ca_event *event)
{
    ca_event *items = NULL;
    if (!events->missed && events->count < events->most) {
        items = ca_grown_array(events->items, events->count, &events->cap, sizeof *items);
    }
    if (!items) {
        events->missed = true;
        forget(events);
        return;
    }
    events->items = items;
    items[events->count].sought = event->sought;
    items[events->count].day = event->day;
    items[events->count].bit = event->bit;
    items[events->count].next = NONE;
    atomic_init(&items[events->count++].found, false);
}

/* Bits of a key: some event has it; one that does not say what it waits for; one that waits for this value. */
static uint32_t key_at(const ca_events *events, uint64_t key, uint64_t value, const ca_use *use)
{
    return ca_place_of(key ^ value * UINT64_C(0x9E3779B97F4A7C15), use->bit) >> (32 - events->key_bits);
}

/* By each value that it waits for; mostly it is one, in any of two columns. */
static void remember(ca_events *events, const ca_batch *batch, const ca_rule *rule, const ca_use *use, uint64_t key, unsigned row)
{
    ca_digest last = {0, 0};
    for (unsigned i = 0; i < use->mating.equal_count; i++) {
        uint64_t value = ANY_VALUE;
        bool known = ca_mates_value(batch, &use->mating, i, CA_SIDE_A, row, &value);
        ca_event event = {.day = batch->columns[CA_F_SERVICE_DATE].as.date[row], .bit = use->bit};
        ca_bit_set(events->keys, key_at(events, key, known ? value : NO_VALUE, use));
        if (known) {
            event.sought = ca_mates_identity(batch, rule, &use->mating, i, CA_SIDE_A, row);
        }
        if (known && ca_digest_cmp(event.sought, last) != 0) {
            last = event.sought;
            add(events, &event);
        }
    }
}

/* The next row in `first`, or `rows`. */
static unsigned next_of(const uint64_t *first, unsigned row, unsigned rows)
{
    unsigned w = row / 64;
    uint64_t rest = row < rows ? first[w] & UINT64_MAX << row % 64 : 0;
    while (row < rows && rest == 0 && ++w < (rows + 63) / 64) {
        rest = first[w];
    }
    return rest ? w * 64 + (unsigned)__builtin_ctzll(rest) : rows;
}

static void count_lines(ca_events *events, const ca_batch *batch, const ca_use *use, const ca_mates *mates)
{
    unsigned next;
    for (unsigned row = next_of(mates->runs, 0, batch->rows); row < batch->rows; row = next) {
        next = next_of(mates->runs, row + 1, batch->rows);
        unsigned lines = 0;
        for (unsigned i = row; i < next; i++) {
            lines += ca_bit(mates->sure, i) || ca_bit(mates->events, i);
        }
        count(&throng_at(events, mates->key[row], use)->lines, lines);
    }
}

void ca_events_tell(ca_events *events, const ca_batch *batch, const ca_rule *rule, const ca_use *use, const ca_mates *mates)
{
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        for (uint64_t rest = mates->events[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            ca_bit_set(events->keys, key_at(events, mates->key[row], ANY_VALUE, use));
            count(&throng_at(events, mates->key[row], use)->events, 1);
            if (use->mating.by_equality) {
                remember(events, batch, rule, use, mates->key[row], row);
            }
        }
    }
    if (use->mating.by_equality) {
        count_lines(events, batch, use, mates);
    }
}

void ca_events_add(ca_events *events, const ca_events *other)
{
    for (size_t i = 0; i < (size_t)1 << (events->key_bits - 6); i++) {
        events->keys[i] |= other->keys[i];
    }
    for (size_t i = 0; i < (size_t)1 << THRONG_BITS; i++) {
        count(&events->throngs[i].events, other->throngs[i].events);
        count(&events->throngs[i].lines, other->throngs[i].lines);
    }
    events->most += other->most;
    for (size_t i = 0; i < other->count; i++) {
        add(events, &other->items[i]);
    }
    if (other->missed) {
        events->missed = true;
        forget(events);
    }
}

void ca_events_index(ca_events *events)
{
    size_t slots = 64;
    while (slots < 2 * events->count) {
        slots *= 2;
    }
    events->slots = ca_alloc_zero(slots, sizeof *events->slots);
    if (!events->slots) {
        events->missed = true;
        return;
    }
    events->slot_count = slots;
    memset(events->slots, 0xFF, slots * sizeof *events->slots);
    for (size_t i = 0; i < events->count; i++) {
        uint32_t *slot = &events->slots[events->items[i].sought.low & (slots - 1)];
        events->items[i].next = *slot;
        *slot = (uint32_t)i;
    }
}

/* --- Lines that are no event ------------------------------------------------------------------------------------- */

/* Of too many of one key the kind says that they are: all travel. */
static bool is_throng(const ca_events *events, uint64_t key, const ca_use *use)
{
    const ca_throng *throng = throng_at(events, key, use);
    bool full = throng->lines == UINT16_MAX || throng->events == UINT16_MAX;
    return full || (uint64_t)throng->events * throng->lines > (uint64_t)CA_MAX_GROUP * CA_MAX_GROUP;
}

/* What events tell of lines that follow each other, mostly of one claim, with one key and the same values. */
typedef struct alike {
    uint64_t key;
    bool any;                     /* an event may need them */
    bool exact;                   /* then: these are all that they can be found by */
    ca_digest offered[CA_MATE_EQUAL_MAX];
} alike;

static bool has_bit(const ca_events *events, uint64_t key, uint64_t value, const ca_use *use)
{
    return ca_bit(events->keys, key_at(events, key, value, use));
}

/* Where the line and all events of its key say their values, equal ones decide. */
static void look_up(const ca_events *events, const ca_batch *batch, const ca_rule *rule, const ca_use *use, unsigned row, alike *ret)
{
    const ca_mating *mating = &use->mating;
    bool waited = false;
    ret->any = has_bit(events, ret->key, ANY_VALUE, use);
    ret->exact = mating->by_equality && ret->any && !has_bit(events, ret->key, NO_VALUE, use) &&
                 !is_throng(events, ret->key, use);
    for (unsigned i = 0; i < mating->equal_count && ret->exact; i++) {
        uint64_t value = 0;
        ret->exact = ca_mates_value(batch, mating, i, CA_SIDE_B, row, &value);
        waited |= has_bit(events, ret->key, value, use);
    }
    ret->any = ret->exact ? waited : ret->any;
    ret->exact &= ret->any && !events->missed;
    for (unsigned i = 0; i < mating->equal_count && ret->exact; i++) {
        ret->offered[i] = ca_mates_identity(batch, rule, mating, i, CA_SIDE_B, row);
    }
}

/* Does an event of this rule still look for such a line on this day? One that answers is found by all of them. */
static bool is_sought(const ca_events *events, const ca_use *use, ca_digest offered, int64_t day, bool answers)
{
    bool sought = false;
    for (uint32_t i = events->slots[offered.low & (events->slot_count - 1)]; i != NONE; i = events->items[i].next) {
        ca_event *event = &events->items[i];
        bool here = event->sought.low == offered.low && event->sought.high == offered.high && event->bit == use->bit;
        if (!here || day < event->day - use->mating.before || day > event->day + use->mating.after) {
            continue;
        }
        bool found = answers ? atomic_exchange_explicit(&event->found, true, memory_order_relaxed)
                             : atomic_load_explicit(&event->found, memory_order_relaxed);
        sought |= !found;
    }
    return sought;
}

static bool is_needed(const ca_events *events, const ca_batch *batch, const ca_use *use, unsigned row, const alike *of, bool answers)
{
    bool sought = of->any && !of->exact;
    for (unsigned i = 0; i < use->mating.equal_count && of->exact; i++) {
        sought |= is_sought(events, use, of->offered[i], batch->columns[CA_F_SERVICE_DATE].as.date[row], answers);
    }
    return sought;
}

static void clear(uint64_t *bits, unsigned row)
{
    bits[row / 64] &= ~(UINT64_C(1) << row % 64);
}

static bool is_told(const ca_several *several, const ca_batch *batch, const ca_use *use, uint64_t key, unsigned row)
{
    uint16_t asks[CA_MATE_ASKS_MAX];
    bool told = false;
    ca_mates_ask(batch, &use->mating, row, asks);
    for (unsigned i = 0; i < use->mating.asks && !told; i++) {
        told = ca_several_tells(several, ca_place_of(key, use->bit), asks[i]);
    }
    return told;
}

/* Rows [from, past) of `chosen`. */
static void drop_all(const uint64_t *chosen, unsigned from, unsigned past, uint64_t *travels)
{
    for (unsigned w = from / 64; w <= (past - 1) / 64; w++) {
        uint64_t here = w == from / 64 ? UINT64_MAX << from % 64 : UINT64_MAX;
        here &= past - w * 64 < 64 ? (UINT64_C(1) << past % 64) - 1 : UINT64_MAX;
        travels[w] &= ~(chosen[w] & here);
    }
}

static void drop_run(ca_several *several, const ca_batch *batch, const ca_rule *rule, const ca_use *use, const uint64_t *answers,
                     unsigned from, unsigned past, uint64_t *travels)
{
    alike of = {.key = several->hash[from]};
    look_up(&several->events, batch, rule, use, from, &of);
    if (!of.any) {
        drop_all(several->chosen, from, past, travels);
        return;
    }
    for (unsigned row = from; row < past; row++) {
        bool needed = !ca_bit(several->chosen, row) ||
                      is_needed(&several->events, batch, use, row, &of, answers && ca_bit(answers, row));
        if (!needed || (ca_bit(several->chosen, row) && !use->mating.by_equality && !is_told(several, batch, use, of.key, row))) {
            clear(travels, row);
        }
    }
}

void ca_events_drop(ca_several *several, const ca_batch *batch, const ca_rule *rule, const ca_use *use, const uint64_t *sure,
                    const uint64_t *answers, uint64_t *travels)
{
    unsigned next;
    uint64_t *first = several->first;
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        several->chosen[w] = travels[w] & sure[w];
    }
    ca_mates_find_runs(batch, rule, &use->mating, several->chosen, first);
    ca_mates_find_keys(batch, rule, first, several->whole, several->hash);
    for (unsigned row = next_of(first, 0, batch->rows); row < batch->rows; row = next) {
        next = next_of(first, row + 1, batch->rows);
        if (ca_bit(several->whole, row)) {
            drop_run(several, batch, rule, use, answers, row, next, travels);
        }
    }
}
