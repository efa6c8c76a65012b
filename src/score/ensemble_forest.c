/* Isolation forest: how few random splits it takes to be alone. Trees are stored complete, so that each row takes the same number of
 * steps; below a leaf that was reached earlier all leaves say the same. */
#include <math.h>
#include <string.h>

#include "score/ensemble_parts.h"

enum { SIDE_BY_SIDE = 8 };      /* rows that go down a tree together: their steps do not wait for each other */

typedef struct growth {
    const float *bent;
    size_t n;
    uint64_t seed;
    size_t number;              /* of the tree */
    ca_tree *tree;
    size_t *varying;            /* scratch: columns, and where they begin and end in a node */
    float *low, *high;
} growth;

double ca_forest_average_path(size_t rows)
{
    if (rows < 2)
        return 0;
    if (rows == 2)
        return 1;
    double others = (double)(rows - 1);
    return 2 * (log(others) + 0.57721566490153286) - 2 * others / (double)rows;
}

static void end_here(growth *growing, size_t node, size_t depth, size_t rows)
{
    size_t below = CA_FOREST_DEPTH - depth, first = (node << below) - CA_FOREST_LEAVES;
    for (size_t i = 0; i < (size_t)1 << below; i++)
        growing->tree->lengths[first + i] = (float)((double)depth + ca_forest_average_path(rows));
}

static size_t find_varying(growth *growing, const size_t *rows, size_t count)
{
    size_t found = 0;
    for (size_t j = 0; j < growing->n; j++) {
        float low = growing->bent[rows[0] * (growing->n + 1) + j], high = low;
        for (size_t i = 1; i < count; i++) {
            float x = growing->bent[rows[i] * (growing->n + 1) + j];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
        if (low < high) {
            growing->varying[found] = j;
            growing->low[found] = low;
            growing->high[found++] = high;
        }
    }
    return found;
}

/* Anywhere above the smallest and up to the largest, so that both sides have a row. */
static ca_split split_of(const growth *growing, size_t node, size_t choices)
{
    ca_draws draws = ca_draws_of(growing->seed, CA_DRAW_SPLITS, growing->number, node);
    size_t choice = ca_draw_below(&draws, choices);
    double low = (double)growing->low[choice], high = (double)growing->high[choice];
    float at = (float)(high - ca_draw_unit(&draws) * (high - low));
    if (!(at > growing->low[choice]))
        at = growing->high[choice];
    return (ca_split){.at = at, .column = (uint32_t)growing->varying[choice]};
}

/* Those below the split come first. */
static size_t part(const growth *growing, ca_split split, size_t *rows, size_t count)
{
    size_t below = 0;
    for (size_t i = 0; i < count; i++)
        if (growing->bent[rows[i] * (growing->n + 1) + split.column] < split.at) {
            size_t row = rows[i];
            rows[i] = rows[below];
            rows[below++] = row;
        }
    return below;
}

static void grow(growth *growing, size_t node, size_t depth, size_t *rows, size_t count)
{
    size_t choices = depth < CA_FOREST_DEPTH && count > 1 ? find_varying(growing, rows, count) : 0;
    if (choices == 0) {
        end_here(growing, node, depth, count);
        return;
    }
    ca_split split = split_of(growing, node, choices);
    growing->tree->splits[node] = split;
    size_t below = part(growing, split, rows, count);
    grow(growing, 2 * node, depth + 1, rows, below);
    grow(growing, 2 * node + 1, depth + 1, rows + below, count - below);
}

int ca_forest_fit(const float *bent, size_t count, size_t n, uint64_t seed, ca_arena *model, ca_arena *work,
                  ca_forest *ret_forest, ca_error *err)
{
    size_t rows[CA_FOREST_ROWS], want = count < CA_FOREST_ROWS ? count : CA_FOREST_ROWS;
    ca_forest forest = {.trees = ca_arena_array(model, CA_FOREST_TREES, sizeof *forest.trees), .stride = n + 1};
    growth growing = {.bent = bent, .n = n, .seed = seed};
    growing.varying = ca_arena_array(work, n, sizeof *growing.varying);
    growing.low = ca_arena_array(work, n, sizeof *growing.low);
    growing.high = ca_arena_array(work, n, sizeof *growing.high);
    if (forest.trees == NULL || growing.varying == NULL || growing.low == NULL || growing.high == NULL)
        return ca_error_nomem(err);
    for (size_t t = 0; t < CA_FOREST_TREES; t++) {
        ca_draws draws = ca_draws_of(seed, CA_DRAW_TREE_ROWS, t, 0);
        ca_draw_distinct(&draws, count, want, rows);
        growing.number = t;
        growing.tree = &forest.trees[t];
        grow(&growing, 1, 0, rows, want);
    }
    *ret_forest = forest;
    return 0;
}

static void go_down(const ca_tree *tree, const float *bent, size_t stride, float *sums)
{
    size_t at[SIDE_BY_SIDE];
    for (size_t i = 0; i < SIDE_BY_SIDE; i++)
        at[i] = 1;
    for (size_t depth = 0; depth < CA_FOREST_DEPTH; depth++)
        for (size_t i = 0; i < SIDE_BY_SIDE; i++) {
            ca_split split = tree->splits[at[i]];
            at[i] = 2 * at[i] + (bent[i * stride + split.column] >= split.at);
        }
    for (size_t i = 0; i < SIDE_BY_SIDE; i++)
        sums[i] += tree->lengths[at[i] - CA_FOREST_LEAVES];
}

void ca_forest_rate(const ca_forest *forest, const float *bent, double *ret_scores)
{
    float sums[CA_ENSEMBLE_BLOCK] = {0};
    for (size_t t = 0; t < CA_FOREST_TREES; t++)
        for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i += SIDE_BY_SIDE)
            go_down(&forest->trees[t], bent + i * forest->stride, forest->stride, sums + i);
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++)
        ret_scores[i] = ca_rounded_score(-(double)sums[i] / CA_FOREST_TREES);
}
