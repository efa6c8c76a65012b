/* Whole lines, as many as there is room for: those with the smallest ids, so that they are the same in any order. */
#include "base/alloc.h"
#include "score/profile_inside.h"

enum { FIRST_ROWS = 64, ID_WORDS = 2 };

void ca_line_sample_init(ca_line_sample *sample, const ca_usual_feature *features, size_t count, uint32_t most)
{
    *sample = (ca_line_sample){.width = ID_WORDS, .most = most};
    for (size_t i = 0; i < count; i++)
        sample->width += 1 + features[i].levels;
}

void ca_line_sample_done(ca_line_sample *sample)
{
    ca_free(sample->rows);
    ca_free(sample->heap);
    *sample = (ca_line_sample){0};
}

static const uint64_t *row_at(const ca_line_sample *sample, uint32_t row)
{
    return &sample->rows[row * sample->width];
}

/* By id; lines of one id, which should not be, by all that they hold. */
static int compare(const uint64_t *a, const uint64_t *b, size_t width)
{
    for (size_t i = 0; i < width; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* Rows lie all over: they are looked at only where ids begin alike. */
static bool is_larger(const ca_line_sample *sample, const ca_line_place *a, const ca_line_place *b)
{
    if (a->high != b->high)
        return a->high > b->high;
    return compare(row_at(sample, a->row), row_at(sample, b->row), sample->width) > 0;
}

bool ca_line_sample_wants(const ca_line_sample *sample, uint64_t high, uint64_t low)
{
    if (sample->count < sample->most)
        return true;
    if (sample->most == 0 || high != sample->heap[0].high)
        return sample->most > 0 && high < sample->heap[0].high;
    return low <= row_at(sample, sample->heap[0].row)[1];
}

/* The place goes up from `at`, and those that it passes come down one. */
static void sift_up(ca_line_sample *sample, uint32_t at, ca_line_place place)
{
    for (; at > 0 && is_larger(sample, &place, &sample->heap[(at - 1) / 2]); at = (at - 1) / 2)
        sample->heap[at] = sample->heap[(at - 1) / 2];
    sample->heap[at] = place;
}

/* Instead of the first. */
static void sift_down(ca_line_sample *sample, ca_line_place place)
{
    ca_line_place *heap = sample->heap;
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < sample->count; at = child) {
        child += child + 1 < sample->count && is_larger(sample, &heap[child + 1], &heap[child]);
        if (!is_larger(sample, &heap[child], &place))
            break;
        heap[at] = heap[child];
    }
    heap[at] = place;
}

static int grow(ca_line_sample *sample)
{
    uint32_t cap = sample->cap == 0 ? FIRST_ROWS : sample->cap * 2;
    cap = cap > sample->most ? sample->most : cap;
    uint64_t *rows = ca_realloc_array(sample->rows, cap, sample->width * sizeof *rows);
    if (rows == NULL)
        return CA_NOMEM;
    sample->rows = rows;
    ca_line_place *heap = ca_realloc_array(sample->heap, cap, sizeof *heap);
    if (heap == NULL)
        return CA_NOMEM;
    sample->heap = heap;
    sample->cap = cap;
    return 0;
}

int ca_line_sample_put(ca_line_sample *sample, const uint64_t *row)
{
    size_t bytes = sample->width * sizeof *row;
    if (sample->count < sample->most) {
        if (sample->count == sample->cap && grow(sample) != 0)
            return CA_NOMEM;
        memcpy(&sample->rows[sample->count * sample->width], row, bytes);
        sift_up(sample, sample->count, (ca_line_place){row[0], sample->count});
        sample->count++;
    } else if (sample->most > 0 && compare(row, row_at(sample, sample->heap[0].row), sample->width) < 0) {
        memcpy(&sample->rows[sample->heap[0].row * sample->width], row, bytes);
        sift_down(sample, (ca_line_place){row[0], sample->heap[0].row});
    }
    return 0;
}
