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

/* Both distributions over all lines, item by item. */
static double distance(const ca_kept *a, const ca_kept *b)
{
    uint32_t i = 0, j = 0;
    double under_a = 0, under_b = 0, largest = 0, moved = 0;
    while (i < a->cells[0].count || j < b->cells[0].count) {
        uint64_t item_a = i < a->cells[0].count ? a->items[i] : UINT64_MAX;
        uint64_t item_b = j < b->cells[0].count ? b->items[j] : UINT64_MAX;
        double share_a = 0, share_b = 0;
        if (item_a <= item_b)
            share_a = (double)a->counts[i++] / (double)a->lines;
        if (item_b <= item_a)
            share_b = (double)b->counts[j++] / (double)b->lines;
        under_a += share_a;
        under_b += share_b;
        moved += fabs(share_a - share_b);
        largest = fmax(largest, fabs(under_a - under_b));
    }
    return fmin(1, a->about.form == CA_USUAL_NUMBER ? largest : moved / 2);
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
    ret_drift->distance = was->lines == 0 || is->lines == 0 ? 0 : distance(was, is);
    return true;
}
