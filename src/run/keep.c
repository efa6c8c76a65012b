/* Keeps the findings that will be stored: of a rule's hits those with the largest exposure, of its
 * excused and unknown units a fixed sample. What is given up does not depend on the order of arrival. */
#include "run/budget.h"

#include <stdlib.h>

#include "base/alloc.h"

#define KEPT_UNASKED 1024u    /* findings of a rule whose places every memory holds */

/* Negative when a is to be given up before b. */
static int worse(const ca_kept *a, const ca_kept *b)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    if (a->key_high != b->key_high) {
        return a->key_high > b->key_high ? -1 : 1;
    }
    if (a->key_low != b->key_low) {
        return a->key_low > b->key_low ? -1 : 1;
    }
    return a->content > b->content ? -1 : a->content < b->content;
}

static void sift_down(ca_kept_list *list, size_t at)
{
    ca_kept *items = list->items;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= list->count) {
            return;
        }
        if (child + 1 < list->count && worse(&items[child + 1], &items[child]) < 0) {
            child++;
        }
        if (worse(&items[at], &items[child]) <= 0) {
            return;
        }
        ca_kept swap = items[at];
        items[at] = items[child];
        items[child] = swap;
        at = child;
    }
}

static int grow(const ca_scan_state *scan, ca_kept_list *list, ca_error *err)
{
    if (list->count < list->cap) {
        return 0;
    }
    size_t cap = list->cap ? 2 * list->cap : 64;
    cap = cap < list->limit ? cap : list->limit;
    int rc = cap > KEPT_UNASKED ? ca_budget_check_kept(scan, (cap - list->cap) * sizeof(ca_kept), err) : 0;
    if (rc) {
        return rc;
    }
    ca_kept *items = ca_realloc_array(list->items, cap, sizeof *items);
    if (!items) {
        return ca_error_nomem(err);
    }
    list->items = items;
    list->cap = cap;
    return 0;
}

static int add(const ca_scan_state *scan, ca_kept_list *list, const ca_kept *kept, ca_error *err)
{
    if (list->count == list->limit) {
        list->items[0] = *kept;
        sift_down(list, 0);
        return 0;
    }
    int rc = grow(scan, list, err);
    if (rc) {
        return rc;
    }
    list->items[list->count++] = *kept;
    if (list->count == list->limit) {
        for (size_t i = list->count / 2; i-- > 0;) {
            sift_down(list, i);
        }
    }
    return 0;
}

static uint64_t hash_of(const ca_finding *finding, const ca_rule *rule)
{
    uint64_t claim = ca_claim_hash(finding->claim_type, finding->claim_id);
    switch (rule->kind->gathering) {
    case CA_GATHER_LINE:
        return ca_unit_hash(claim, finding->line_no);
    case CA_GATHER_CLAIM:
        return ca_unit_hash(claim, finding->claim_part);
    case CA_GATHER_GROUP:
        break;
    }
    return finding->unit_hash;
}

static int64_t rank_of(const ca_finding *finding, uint64_t hash)
{
    if (finding->outcome == CA_HIT) {
        return finding->exposure;    /* missing is the smallest number */
    }
    return (int64_t)(~hash ^ (UINT64_C(1) << 63));    /* small hashes first, in signed order */
}

/* Units that were sampled early and pushed out by smaller hashes later: which ones came early depends on the order of
 * files. What all threads sampled of lines has become the run's by now. */
static bool fell_out(const ca_scan_state *scan, const ca_finding *finding, uint64_t hash)
{
    bool streamed = scan->setup->rules->rules[finding->rule]->kind->gathering == CA_GATHER_LINE;
    const ca_tally *tally = &(streamed && scan->run ? scan->run : scan)->tallies[finding->rule];
    const ca_sample *sample = finding->outcome == CA_EXCUSED ? &tally->excused_sample : &tally->unknown_sample;
    return finding->outcome != CA_HIT && sample->count == CA_SAMPLE_CANDIDATES &&
           hash > sample->heap[0];
}

static void add_exposure(ca_kept_list *list, int64_t exposure)
{
    if (exposure == CA_EXPOSURE_MISSING) {
        list->exposure_missing++;
    } else if (__builtin_add_overflow(list->exposure, exposure, &list->exposure)) {
        list->exposure = INT64_MAX;    /* it is never negative */
    }
}

int ca_keep(ca_scan_state *scan, const ca_finding *finding, ca_error *err)
{
    return ca_keep_unit(scan, finding, hash_of(finding, scan->setup->rules->rules[finding->rule]), err);
}

static bool is_full(const ca_kept_list *list, const ca_kept *kept)
{
    return list->count == list->limit && (list->limit == 0 || worse(kept, &list->items[0]) <= 0);
}

bool ca_keep_would(const ca_scan_state *scan, uint32_t rule, ca_outcome outcome, uint64_t hash)
{
    const ca_kept_list *list = &scan->kept[3 * rule + (unsigned)(outcome - CA_HIT)];
    const ca_finding unknown = {.outcome = CA_UNKNOWN};
    ca_mutex_lock(scan->keeping);
    bool would = list->count < list->limit || (list->limit > 0 && rank_of(&unknown, hash) >= list->items[0].rank);
    ca_mutex_unlock(scan->keeping);
    return would;
}

static bool count(ca_scan_state *scan, ca_kept_list *list, const ca_kept *kept, int64_t exposure)
{
    ca_mutex_lock(scan->keeping);
    list->offered++;
    add_exposure(list, exposure);
    bool full = is_full(list, kept);
    ca_mutex_unlock(scan->keeping);
    return !full;
}

static int store(ca_scan_state *scan, ca_kept_list *list, ca_kept *kept, ca_error *err)
{
    int rc = ca_spool_add(scan->findings, scan->bytes.ptr, scan->bytes.len, &kept->position, err);
    if (rc == 0 && ca_spool_count(scan->findings) % 4096 == 0) {
        rc = ca_room_watch(scan, kept->position, err);
    }
    return rc ? rc : add(scan, list, kept, err);
}

/* What it says: two versions of a line share a key, and may differ in nothing but what was paid. */
static uint64_t content_of(const ca_finding *finding)
{
    uint64_t hash = ca_hash64_seeded(finding->evidence.ptr, finding->evidence.len, (uint64_t)finding->exposure);
    return ca_hash64_seeded(finding->message.ptr, finding->message.len, hash);
}

int ca_keep_unit(ca_scan_state *scan, const ca_finding *finding, uint64_t hash, ca_error *err)
{
    ca_kept_list *list = &scan->kept[3 * finding->rule + (unsigned)(finding->outcome - CA_HIT)];
    ca_kept kept = {rank_of(finding, hash), finding->key.high, finding->key.low, content_of(finding), 0};
    if (fell_out(scan, finding, hash) || !count(scan, list, &kept, finding->exposure)) {
        return 0;
    }
    ca_buf_clear(&scan->bytes);
    ca_finding_write(finding, &scan->bytes);
    if (scan->bytes.failed) {
        return ca_error_nomem(err);
    }
    ca_mutex_lock(scan->keeping);
    int rc = is_full(list, &kept) ? 0 : store(scan, list, &kept, err);    /* others may have kept better ones meanwhile */
    ca_mutex_unlock(scan->keeping);
    return rc;
}

static int best_first(const void *a, const void *b)
{
    return worse(b, a);
}

void ca_kept_sort(ca_kept_list *list)
{
    if (list->count) {
        qsort(list->items, list->count, sizeof *list->items, best_first);
    }
}
