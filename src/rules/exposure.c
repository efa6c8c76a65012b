/* Exposure: the clamp, the one rounding, and the split by largest remainder. */
#include "rules/exposure.h"

__extension__ typedef __int128 wide;

static wide positive(int64_t paid)
{
    return paid > 0 ? paid : 0;
}

static int64_t scale_of(int minor_digits)
{
    int64_t scale = 1;
    for (int i = 0; i < minor_digits; i++)
        scale *= 10;
    return scale;
}

/* Minor units of `wanted`, clamped to [0, sum] (sum in 1/10,000). */
static bool settle(ca_ratio wanted, wide sum, int64_t scale, int64_t *ret_total)
{
    int order;
    ca_ratio most = {.n = sum, .d = CA_DECIMAL_ONE};
    wide most_minor = sum * scale / CA_DECIMAL_ONE;
    if (most_minor > INT64_MAX || !ca_ratio_cmp(wanted, most, &order))
        return false;
    ca_ratio clamped = order > 0 ? most : wanted;
    if (clamped.n <= 0)
        clamped = ca_ratio_of(0, 1);
    int64_t total;
    if (!ca_ratio_round(clamped, scale, &total))
        return false;
    *ret_total = total > most_minor ? (int64_t)most_minor : total;
    return true;
}

/* Does line a get a left-over unit before line b? */
static bool before(const int64_t *paid, int64_t total, wide sum, size_t a, size_t b)
{
    wide left = positive(paid[a]) * total % sum;
    wide right = positive(paid[b]) * total % sum;
    return left != right ? left > right : a < b;
}

/* Restores a heap whose top is the next line to get a left-over unit. */
static void sift(size_t *heap, size_t count, size_t at, const int64_t *paid, int64_t total,
                 wide sum)
{
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (before(paid, total, sum, heap[child], heap[best]))
                best = child;
        }
        if (best == at)
            return;
        size_t moved = heap[at];
        heap[at] = heap[best];
        heap[best] = moved;
        at = best;
    }
}

bool ca_exposure_split(ca_ratio wanted, const int64_t *paid, size_t count, int minor_digits,
                       size_t *scratch, int64_t *ret_total, int64_t *ret_shares)
{
    wide sum = 0;
    int64_t total;
    for (size_t i = 0; i < count; i++)
        sum += positive(paid[i]);
    if (!settle(wanted, sum, scale_of(minor_digits), &total))
        return false;
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        ret_shares[i] = sum > 0 ? (int64_t)(positive(paid[i]) * total / sum) : 0;
        left -= ret_shares[i];
        scratch[i] = i;
    }
    for (size_t i = count / 2; left > 0 && i > 0; i--)
        sift(scratch, count, i - 1, paid, total, sum);
    for (size_t heap = count; left > 0 && heap > 0; left--) {
        ret_shares[scratch[0]]++;
        scratch[0] = scratch[--heap];
        sift(scratch, heap, 0, paid, total, sum);
    }
    *ret_total = total;
    return true;
}
