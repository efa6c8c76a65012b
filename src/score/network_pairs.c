/* Counts how many patients two seats share: for a range of first seats at a time, whose partners fit into memory side by side, each
 * list is read once. Then each first seat's partners are counted in an array of all seats. */
#include <string.h>

#include "base/alloc.h"
#include "score/network_lists.h"

typedef struct counting {
    network *net;
    size_t capacity;        /* of `partners` */
    uint32_t *partners;
    uint32_t *ends;         /* by first seat of the range: where the next partner goes */
    uint32_t *shared;       /* by seat: 0, but while one seat is counted */
    uint32_t from, end;     /* first seats */
    bool alone;             /* one first seat that has more partners than there is room for: counted at once */
    candidate *found;       /* of one entity */
    size_t found_count, found_cap;
} counting;

static void note(counting *work, uint32_t first, const uint32_t *partners, uint32_t count)
{
    if (work->alone) {
        for (uint32_t i = 0; i < count; i++)
            work->shared[partners[i]]++;
    } else {
        memcpy(work->partners + work->ends[first], partners, count * sizeof *partners);
        work->ends[first] += count;
    }
}

static void note_list(counting *work, const uint32_t *list)
{
    uint32_t first_count = list[0], all = list[0] + list[1];
    const uint32_t *seats = list + LIST_HEAD;
    for (uint32_t i = 0; i < first_count; i++) {
        if (seats[i] < work->from || seats[i] >= work->end)
            continue;
        uint32_t behind = list[2] ? i + 1 : first_count;
        note(work, seats[i], seats + behind, all - behind);
    }
}

static int read_lists(counting *work, ca_error *err)
{
    ca_blocks_reader reader = {.blocks = work->net->lists};
    const uint8_t *bytes;
    size_t len;
    int rc;
    while ((rc = ca_blocks_next(&reader, &bytes, &len, err)) == 0) {
        const uint32_t *list = (const uint32_t *)(const void *)bytes;   /* a block is aligned, and has nothing but these */
        const uint32_t *end = list + len / sizeof *list;
        for (; list < end; list += LIST_HEAD + list[0] + list[1])
            note_list(work, list);
    }
    work->net->counts.passes++;
    return rc == CA_END ? 0 : rc;
}

static int find(counting *work, uint32_t first, uint32_t second, ca_error *err)
{
    uint32_t shared = work->shared[second];
    work->shared[second] = 0;
    if (shared == 0 || shared < work->net->settings->shared_least)
        return 0;
    candidate *grown = ca_grown_array(work->found, work->found_count, &work->found_cap, sizeof *grown);
    if (grown == NULL)
        return ca_error_nomem(err);
    work->found = grown;
    work->found[work->found_count++] = (candidate){.first = first, .second = second, .shared = shared};
    return 0;
}

static int count_seat(counting *work, uint32_t first, uint32_t begin, ca_error *err)
{
    int rc = 0;
    if (work->alone) {
        for (uint32_t second = 0; rc == 0 && second < work->net->seat_count; second++)
            rc = find(work, first, second, err);
        return rc;
    }
    for (uint32_t i = begin; i < work->ends[first]; i++)
        work->shared[work->partners[i]]++;
    for (uint32_t i = begin; rc == 0 && i < work->ends[first]; i++)
        rc = find(work, first, work->partners[i], err);
    return rc;
}

/* All pairs of the range; an entity's pairs are tested when its last seat was counted. */
static int count_range(counting *work, ca_error *err)
{
    const network *net = work->net;
    uint32_t begin = 0;
    for (uint32_t first = work->from; first < work->end; first++) {
        work->ends[first] = begin;
        begin += work->alone ? 0 : (uint32_t)net->firsts[first];
    }
    int rc = read_lists(work, err);
    begin = 0;
    for (uint32_t first = work->from; rc == 0 && first < work->end; first++) {
        rc = count_seat(work, first, begin, err);
        begin = work->ends[first];
        const net_owner *owner = &net->owners[net->seats[first].owner];
        if (rc == 0 && work->found_count > 0 && first + 1 == owner->first + owner->seats) {
            rc = ca_network_test_pairs(work->net, work->found, work->found_count, err);
            work->found_count = 0;
        }
    }
    return rc;
}

static int count_all(counting *work, ca_error *err)
{
    const network *net = work->net;
    int rc = 0;
    for (work->from = 0; rc == 0 && work->from < net->seat_count; work->from = work->end) {
        uint64_t partners = net->firsts[work->from];
        work->end = work->from + 1;
        while (work->end < net->seat_count && partners + net->firsts[work->end] <= work->capacity)
            partners += net->firsts[work->end++];
        work->alone = partners > work->capacity;
        rc = count_range(work, err);
    }
    return rc;
}

int ca_network_count_pairs(network *net, ca_error *err)
{
    uint64_t all = 0;
    counting work = {.net = net, .capacity = net->settings->memory / 4 / sizeof *work.partners};
    for (size_t i = 0; i < net->seat_count; i++)
        all += net->firsts[i];
    if (work.capacity > UINT32_MAX / 2)
        work.capacity = UINT32_MAX / 2;
    if (all < work.capacity)
        work.capacity = (size_t)all;
    work.partners = ca_alloc_large((work.capacity + 1) * sizeof *work.partners);
    work.ends = ca_alloc_zero(net->seat_count, sizeof *work.ends);
    work.shared = ca_alloc_zero(net->seat_count, sizeof *work.shared);
    int rc = work.partners == NULL || work.ends == NULL || work.shared == NULL ? ca_error_nomem(err) : 0;
    if (rc == 0)
        rc = count_all(&work, err);
    ca_free(work.partners);
    ca_free(work.ends);
    ca_free(work.shared);
    ca_free(work.found);
    return rc;
}
