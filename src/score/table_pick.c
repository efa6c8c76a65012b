/* Some entities of a table as a table of their own, in memory. Where the numbers of all lie in a file, those of a few are fetched
 * together, from front to back. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "score/order.h"
#include "score/table_inside.h"

#define B CA_SCORE_BLOCK

/* Those from `first` to before `end` of `all` lie in one block of the table. */
static int fetch_from_block(ca_score_table *table, const ca_ordered *all, size_t first, size_t end, double *block, ca_error *err)
{
    uint32_t rows[B];
    double numbers[B];
    for (size_t i = first; i < end; i++)
        rows[i - first] = (uint32_t)all[i].key;
    for (size_t column = 0; column < 2 * table->feature_count; column++) {
        int rc = ca_matrix_pick(table->values, column, rows, end - first, numbers, err);
        if (rc < 0)
            return rc;
        for (size_t i = first; i < end; i++)
            block[column * B + all[i].row] = numbers[i - first];
    }
    return 0;
}

/* Numbers of `rows` to the columns of a block, where they stand as they are given. */
static int fetch(ca_score_table *table, const uint32_t *rows, size_t count, double *block, ca_error *err)
{
    ca_ordered all[B], other[B];
    int rc = 0;
    for (size_t i = 0; i < count; i++)
        all[i] = (ca_ordered){rows[i], (uint32_t)i};
    ca_order(all, count, other);
    for (size_t first = 0, end; first < count && rc == 0; first = end) {
        for (end = first + 1; end < count && all[end].key / B == all[first].key / B; end++)
            continue;
        rc = fetch_from_block(table, all, first, end, block, err);
    }
    return rc;
}

static int take_numbers(ca_score_table *table, const uint32_t *rows, size_t count, ca_score_table *to, ca_error *err)
{
    ca_matrix_shape shape = {.columns = 2 * table->feature_count, .by_blocks = true};
    double *block = ca_alloc_zero(shape.columns + 1, B * sizeof *block);
    int rc = block ? fetch(table, rows, count, block, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = ca_matrix_new(&shape, &table->memory, NULL, NULL, &to->values, err);
    if (rc == 0)
        rc = ca_matrix_add(to->values, block, err);
    ca_free(block);
    return rc;
}

int ca_score_table_pick(ca_score_table *table, const uint32_t *rows, size_t count, ca_score_table **ret_picked, ca_error *err)
{
    assert(table->finished && count <= B);
    ca_score_table *made = ca_alloc_zero(1, sizeof *made);
    if (!made)
        return ca_error_nomem(err);
    *made = (ca_score_table){.picked = true,
                             .kind = table->kind,
                             .features = table->features,
                             .feature_count = table->feature_count,
                             .names = table->names,
                             .count = count,
                             .finished = true};
    ca_arena_init(&made->texts);
    made->entities = ca_alloc_zero(count + 1, sizeof *made->entities);
    int rc = made->entities ? take_numbers(table, rows, count, made, err) : ca_error_nomem(err);
    if (rc < 0) {
        ca_score_table_free(made);
        return rc;
    }
    for (size_t i = 0; i < count; i++)
        made->entities[i] = table->entities[rows[i]];
    *ret_picked = made;
    return 0;
}
