/* How far the population moved between two profiles. */
#include "score/profile_inside.h"

static const double SHARES[5] = {.05, .25, .5, .75, .95};

static void quantiles(const ca_kept *kept, double *ret_quantiles)
{
    const ca_kept_cell *all = &kept->cells[0];
    uint64_t below = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        while (at + 1 < all->count && (double)(below + kept->counts[at]) < SHARES[i] * (double)all->lines)
            below += kept->counts[at++];
        ret_quantiles[i] = all->count == 0 ? 0 : ca_bucket_number(kept->items[at]);
    }
}

/* One of two distributions over all lines, told no finer than the other. */
typedef struct walk {
    const ca_kept *kept;
    uint32_t at;
    unsigned coarser;        /* NUMBER: steps */
    uint64_t limit;          /* CHOICE: items from here on are not told apart */
} walk;

/* The next item, UINT64_MAX at the end, and the share of lines that have it; of choices those that are not told apart go to `others`. */
static uint64_t step(walk *of, double *ret_share, double *others)
{
    const ca_kept *kept = of->kept;
    bool choice = kept->about.form == CA_USUAL_CHOICE;
    uint64_t lines = 0, item = UINT64_MAX;
    for (; of->at < kept->cells[0].count; of->at++) {
        uint64_t own = kept->items[of->at];
        if (choice && (own == CA_USUAL_OTHER || own >= of->limit)) {
            *others += (double)kept->counts[of->at] / (double)kept->lines;
            continue;
        }
        own = choice ? own : ca_bucket_coarse(own, of->coarser);
        if (lines > 0 && own != item)
            break;
        item = own;
        lines += kept->counts[of->at];
    }
    *ret_share = (double)lines / (double)kept->lines;
    return item;
}

typedef struct compared {
    double under_a, under_b, largest, moved, chance;
    double lines;            /* 1/a + 1/b */
} compared;

/* What the difference of two such shares is on average where both are samples of the same lines. */
static void compare(compared *with, double share_a, double share_b)
{
    double share = (share_a + share_b) / 2;
    with->under_a += share_a;
    with->under_b += share_b;
    with->moved += fabs(share_a - share_b);
    with->largest = fmax(with->largest, fabs(with->under_a - with->under_b));
    with->chance += sqrt(share * (1 - share) * with->lines * 2 / 3.14159265358979);
}

/* Item by item. */
static compared compare_all(const ca_kept *was, const ca_kept *is)
{
    unsigned coarser = was->coarser > is->coarser ? was->coarser : is->coarser;
    uint64_t limit = was->item_limit < is->item_limit ? was->item_limit : is->item_limit;
    walk a = {was, 0, coarser, limit}, b = {is, 0, coarser, limit};
    compared all = {.lines = 1 / (double)was->lines + 1 / (double)is->lines};
    double share_a, share_b, others_a = 0, others_b = 0;
    uint64_t item_a = step(&a, &share_a, &others_a), item_b = step(&b, &share_b, &others_b);
    while (item_a != UINT64_MAX || item_b != UINT64_MAX) {
        bool of_a = item_a <= item_b, of_b = item_b <= item_a;
        compare(&all, of_a ? share_a : 0, of_b ? share_b : 0);
        item_a = of_a ? step(&a, &share_a, &others_a) : item_a;
        item_b = of_b ? step(&b, &share_b, &others_b) : item_b;
    }
    if (was->about.form == CA_USUAL_CHOICE)
        compare(&all, others_a, others_b);
    return all;
}

static void set_distance(const ca_kept *was, const ca_kept *is, ca_usual_drift *to)
{
    static const double FAR = 1.36;    /* of Kolmogorov's distribution: one sample in twenty is farther */
    compared all = compare_all(was, is);
    bool number = was->about.form == CA_USUAL_NUMBER;
    to->distance = fmin(1, number ? all.largest : all.moved / 2);
    to->by_chance = fmin(1, number ? FAR * sqrt(all.lines) : all.chance / 2);
}

bool ca_usual_drifted(const ca_usual *old_profile, const ca_usual *new_profile, uint64_t identity,
                        ca_usual_drift *ret_drift)
{
    size_t a, b;
    if (!ca_usual_find(old_profile, identity, &a) || !ca_usual_find(new_profile, identity, &b))
        return false;
    const ca_kept *was = &old_profile->kept[a], *is = &new_profile->kept[b];
    if (was->about.form != is->about.form)
        return false;
    *ret_drift = (ca_usual_drift){.lines_old = was->lines, .lines_new = is->lines};
    if (was->about.form == CA_USUAL_NUMBER) {
        quantiles(was, ret_drift->old_quantiles);
        quantiles(is, ret_drift->new_quantiles);
    }
    if (was->lines > 0 && is->lines > 0)
        set_distance(was, is, ret_drift);
    return true;
}
