/* Chooses the sample of a large table by the hashes of its rows, with fixed memory and in any order. The smallest hashes alone would
 * take all copies of a row or none; so rows that make up a noticeable part of the table are found by the algorithm of Misra and
 * Gries (Finding Repeated Elements, 1982), counted exactly in a second pass, and get their share. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/ensemble_parts.h"

#define SLOTS ((size_t)4 * CA_REPEATS)

typedef struct repeat {
    uint64_t hash;
    uint64_t count;     /* 0 = a free slot */
} repeat;

struct ca_chooser {
    uint64_t rows;
    size_t want;
    repeat *slots;      /* open addressing by hash */
    repeat *kept;       /* scratch for making slots anew, and the large ones in the end */
    size_t used;
    bool counting;
    uint64_t *hashes;   /* of rows that repeat little, 2 * want of them at most */
    size_t hash_count;
    uint64_t largest;   /* none above it can be in the sample */
};

ca_chooser *ca_chooser_new(uint64_t rows, size_t want)
{
    ca_chooser *chooser = ca_alloc_zero(1, sizeof *chooser);
    if (chooser == NULL)
        return NULL;
    *chooser = (ca_chooser){.rows = rows, .want = want, .largest = UINT64_MAX};
    chooser->slots = ca_alloc_zero(SLOTS, sizeof *chooser->slots);
    chooser->kept = ca_alloc_zero(CA_REPEATS, sizeof *chooser->kept);
    chooser->hashes = ca_alloc_zero(want, 2 * sizeof *chooser->hashes);
    if (chooser->slots == NULL || chooser->kept == NULL || chooser->hashes == NULL) {
        ca_chooser_free(chooser);
        return NULL;
    }
    return chooser;
}

void ca_chooser_free(ca_chooser *chooser)
{
    if (chooser == NULL)
        return;
    ca_free(chooser->slots);
    ca_free(chooser->kept);
    ca_free(chooser->hashes);
    ca_free(chooser);
}

static repeat *slot_of(ca_chooser *chooser, uint64_t hash)
{
    size_t at = (size_t)(hash & (SLOTS - 1));
    while (chooser->slots[at].count > 0 && chooser->slots[at].hash != hash)
        at = (at + 1) & (SLOTS - 1);
    return &chooser->slots[at];
}

static size_t take_out(ca_chooser *chooser, uint64_t less)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (chooser->slots[i].count > less) {
            chooser->kept[count] = chooser->slots[i];
            chooser->kept[count++].count -= less;
        }
    return count;
}

/* All counts fall by the smallest of them: as many rows of others have come, so no row above the share is lost. */
static void lower_all(ca_chooser *chooser)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < SLOTS; i++)
        if (chooser->slots[i].count > 0 && chooser->slots[i].count < least)
            least = chooser->slots[i].count;
    chooser->used = take_out(chooser, least);
    memset(chooser->slots, 0, SLOTS * sizeof *chooser->slots);
    for (size_t i = 0; i < chooser->used; i++)
        *slot_of(chooser, chooser->kept[i].hash) = chooser->kept[i];
}

void ca_chooser_notice(ca_chooser *chooser, uint64_t hash)
{
    repeat *slot = slot_of(chooser, hash);
    if (slot->count == 0 && chooser->used == CA_REPEATS) {
        lower_all(chooser);
        slot = slot_of(chooser, hash);
    }
    chooser->used += slot->count == 0;
    slot->hash = hash;
    slot->count++;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int compare_repeats(const void *a, const void *b)
{
    return compare_hashes(&((const repeat *)a)->hash, &((const repeat *)b)->hash);
}

static void add_hash(ca_chooser *chooser, uint64_t hash)
{
    if (hash > chooser->largest)
        return;
    chooser->hashes[chooser->hash_count++] = hash;
    if (chooser->hash_count == 2 * chooser->want) {
        qsort(chooser->hashes, chooser->hash_count, sizeof *chooser->hashes, compare_hashes);
        chooser->hash_count = chooser->want;
        chooser->largest = chooser->hashes[chooser->want - 1];
    }
}

static void begin_counting(ca_chooser *chooser)
{
    for (size_t i = 0; i < SLOTS; i++)
        chooser->slots[i].count = chooser->slots[i].count > 0;     /* one too many: a slot in use is not 0 */
    chooser->counting = true;
}

void ca_chooser_count(ca_chooser *chooser, uint64_t hash)
{
    if (!chooser->counting)
        begin_counting(chooser);
    repeat *slot = slot_of(chooser, hash);
    if (slot->count > 0)
        slot->count++;
    else
        add_hash(chooser, hash);
}

/* What came out as rare after all goes to the others; the rest is sorted. */
static size_t sort_out(ca_chooser *chooser)
{
    size_t large = 0, count = take_out(chooser, 1);
    for (size_t i = 0; i < count; i++) {
        repeat found = chooser->kept[i];
        if (found.count > chooser->rows / CA_REPEATS) {
            chooser->kept[large++] = found;
            continue;
        }
        for (uint64_t copy = 0; copy < found.count; copy++)
            add_hash(chooser, found.hash);
    }
    qsort(chooser->kept, large, sizeof *chooser->kept, compare_repeats);
    return large;
}

void ca_chooser_hashes(ca_chooser *chooser, uint64_t *ret_hashes)
{
    size_t large = sort_out(chooser), done = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < large; i++) {
        before += chooser->kept[i].count;
        size_t until = (size_t)(before * chooser->want / chooser->rows);
        while (done < until)
            ret_hashes[done++] = chooser->kept[i].hash;
    }
    qsort(chooser->hashes, chooser->hash_count, sizeof *chooser->hashes, compare_hashes);
    memcpy(ret_hashes + done, chooser->hashes, (chooser->want - done) * sizeof *ret_hashes);
    qsort(ret_hashes, chooser->want, sizeof *ret_hashes, compare_hashes);
}
