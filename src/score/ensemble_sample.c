/* The sample that the ensemble is fitted on, in the order of the hashes of its rows. Its rows are found by two passes over a table
 * that is no larger, by three over a larger one; their order in the table does not matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "score/ensemble_parts.h"

#define HUGE_NUMBER 1e100

typedef struct sampling {
    const ca_ensemble_rows *rows;
    uint64_t seed;
    double *block;
    ca_sample *sample;
    ca_chooser *chooser;
    uint64_t *hashes;       /* of the sample, sorted in the end */
    bool *filled;           /* the row of that hash is there */
} sampling;

void ca_sample_clean(double *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double x = cells[i];
        if (!isfinite(x))
            x = (double)NAN;
        else if (x > HUGE_NUMBER)
            x = HUGE_NUMBER;
        else if (x < -HUGE_NUMBER)
            x = -HUGE_NUMBER;
        else if (x == 0)
            x = 0;      /* -0 is equal but has other bytes */
        cells[i] = x;
    }
}

static uint64_t hash_of(const sampling *pass, size_t row)
{
    size_t columns = pass->sample->columns;
    return ca_hash64_seeded(pass->block + row * columns, columns * sizeof(double), pass->seed);
}

typedef void each_row(sampling *pass, uint64_t number, size_t row);

static int each(sampling *pass, each_row *look, ca_error *err)
{
    uint64_t total = pass->rows->count;
    for (uint64_t first = 0; first < total; first += CA_ENSEMBLE_BLOCK) {
        size_t count = total - first < CA_ENSEMBLE_BLOCK ? (size_t)(total - first) : CA_ENSEMBLE_BLOCK;
        int result = pass->rows->read(pass->rows->state, first, count, pass->block, err);
        if (result < 0)
            return result;
        ca_sample_clean(pass->block, count * pass->sample->columns);
        for (size_t row = 0; row < count; row++)
            look(pass, first + row, row);
    }
    return 0;
}

static void survey(ca_sample *sample, const double *row)
{
    for (size_t j = 0; j < sample->columns; j++) {
        double x = row[j];
        sample->missing += isnan(x) != 0;
        sample->low[j] = x < sample->low[j] ? x : sample->low[j];
        sample->high[j] = x > sample->high[j] ? x : sample->high[j];
    }
}

static void notice(sampling *pass, uint64_t number, size_t row)
{
    survey(pass->sample, pass->block + row * pass->sample->columns);
    if (pass->chooser == NULL)
        pass->hashes[number] = hash_of(pass, row);
    else
        ca_chooser_notice(pass->chooser, hash_of(pass, row));
}

static void count_repeats(sampling *pass, uint64_t number, size_t row)
{
    (void)number;
    ca_chooser_count(pass->chooser, hash_of(pass, row));
}

/* The first place whose hash is not smaller. */
static size_t place_of(const sampling *pass, uint64_t hash)
{
    size_t low = 0, high = pass->sample->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pass->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void fill(sampling *pass, uint64_t number, size_t row)
{
    (void)number;
    uint64_t hash = hash_of(pass, row);
    ca_sample *sample = pass->sample;
    const double *cells = pass->block + row * sample->columns;
    for (size_t at = place_of(pass, hash); at < sample->count && pass->hashes[at] == hash && !pass->filled[at]; at++) {
        memcpy(sample->rows + at * sample->columns, cells, sample->columns * sizeof *cells);
        pass->filled[at] = true;
    }
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int find_hashes(sampling *pass, ca_error *err)
{
    int result = each(pass, notice, err);
    if (result < 0)
        return result;
    if (pass->chooser == NULL) {
        qsort(pass->hashes, pass->sample->count, sizeof *pass->hashes, compare_hashes);
        return 0;
    }
    if ((result = each(pass, count_repeats, err)) < 0)
        return result;
    ca_chooser_hashes(pass->chooser, pass->hashes);
    return 0;
}

static int prepare(sampling *pass, ca_arena *arena, ca_error *err)
{
    ca_sample *sample = pass->sample;
    sample->rows = ca_arena_array(arena, sample->count * sample->columns, sizeof *sample->rows);
    sample->low = ca_arena_array(arena, sample->columns, sizeof *sample->low);
    sample->high = ca_arena_array(arena, sample->columns, sizeof *sample->high);
    pass->block = ca_arena_array(arena, CA_ENSEMBLE_BLOCK * sample->columns, sizeof *pass->block);
    pass->hashes = ca_arena_array(arena, sample->count, sizeof *pass->hashes);
    pass->filled = ca_arena_array(arena, sample->count, sizeof *pass->filled);
    if (sample->rows == NULL || sample->low == NULL || sample->high == NULL || pass->block == NULL || pass->hashes == NULL ||
        pass->filled == NULL)
        return ca_error_nomem(err);
    for (size_t j = 0; j < sample->columns; j++) {
        sample->low[j] = (double)INFINITY;
        sample->high[j] = -(double)INFINITY;
    }
    return 0;
}

int ca_sample_take(const ca_ensemble_rows *rows, uint64_t seed, size_t want, ca_arena *arena, ca_sample *ret_sample,
                   ca_error *err)
{
    bool whole = rows->count <= want;
    ca_sample sample = {.count = whole ? (size_t)rows->count : want, .columns = rows->columns};
    sampling pass = {.rows = rows, .seed = seed, .sample = &sample};
    int result = prepare(&pass, arena, err);
    if (result == 0 && !whole && (pass.chooser = ca_chooser_new(rows->count, want)) == NULL)
        result = ca_error_nomem(err);
    if (result == 0)
        result = find_hashes(&pass, err);
    if (result == 0)
        result = each(&pass, fill, err);
    ca_chooser_free(pass.chooser);
    if (result == 0)
        *ret_sample = sample;
    return result;
}
