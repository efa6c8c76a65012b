/* Numbers of entities as they come: cleaned, and a block of columns at a time into a matrix. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/table_inside.h"

#define VALUE_MOST 1e30     /* beyond, nobody needs a difference, and squares stay finite */
#define ROWS       8u       /* that wait: so many numbers of a column lie in a line of the cache */

static double at_most(double number)
{
    return number > VALUE_MOST ? VALUE_MOST : number < -VALUE_MOST ? -VALUE_MOST : number;
}

/* Unknown where it is not a number that can be used. */
static ca_score_value cleaned(const ca_score_feature *feature, ca_score_value given)
{
    bool endless = fabs(given.exposure) > DBL_MAX;
    ca_score_value clean = {NAN, endless ? (double)NAN : at_most(given.exposure)};
    if (!(fabs(given.value) <= DBL_MAX) || endless || clean.exposure <= 0 ||
        (feature->minimum_exposure > 0 && !(clean.exposure >= feature->minimum_exposure)))
        return clean;
    if (feature->transform == CA_SCORE_SHARE && !(clean.exposure > 0 && given.value >= 0 && given.value <= 1))
        return clean;
    clean.value = at_most(given.value);
    return clean;
}

/* --- Blocks ------------------------------------------------------------------------------------------------------------- */

static size_t row_numbers(const ca_score_table *table)
{
    return 2 * table->feature_count;
}

static int open_rows(ca_score_table *table, ca_error *err)
{
    size_t width = row_numbers(table) + 1;
    ca_matrix_shape shape = {.columns = row_numbers(table), .by_blocks = true};
    table->rows = ca_alloc_zero(width, ROWS * sizeof *table->rows);
    table->block = ca_alloc_zero(width, CA_SCORE_BLOCK * sizeof *table->block);
    int rc = table->rows && table->block ? ca_score_table_scratch(table, &shape, &table->values, err) : ca_error_nomem(err);
    if (rc < 0)
        ca_score_rows_done(table);    /* another thread may come with an entity before it hears of it */
    return rc;
}

/* Rows that wait go to the columns of the block, `held` of which there are; a full block goes to the matrix. */
static int put_rows(ca_score_table *table, size_t held, bool last, ca_error *err)
{
    size_t width = row_numbers(table), waiting = held % ROWS == 0 && held > 0 ? ROWS : held % ROWS, first = held - waiting;
    for (size_t j = 0; j < width; j++)
        for (size_t i = 0; i < waiting; i++)
            table->block[j * CA_SCORE_BLOCK + first + i] = table->rows[i * width + j];
    return held == CA_SCORE_BLOCK || last ? ca_matrix_add(table->values, table->block, err) : 0;
}

int ca_score_rows_add(ca_score_table *table, const ca_score_value *values, uint32_t *ret_missing, ca_error *err)
{
    int rc = table->rows ? 0 : open_rows(table, err);
    if (rc < 0)
        return rc;
    size_t row = table->count % CA_SCORE_BLOCK, missing = 0;
    double *to = table->rows + row % ROWS * row_numbers(table);
    for (size_t i = 0; i < table->feature_count; i++) {
        ca_score_value value = cleaned(&table->features[i], values[i]);
        to[2 * i] = value.value;
        to[2 * i + 1] = value.exposure;
        missing += isnan(value.value) != 0;
    }
    *ret_missing = (uint32_t)missing;
    return row % ROWS == ROWS - 1 ? put_rows(table, row + 1, false, err) : 0;
}

int ca_score_rows_finish(ca_score_table *table, ca_error *err)
{
    size_t held = table->count % CA_SCORE_BLOCK;
    int rc = table->rows ? 0 : open_rows(table, err);
    if (rc == 0 && held > 0)
        rc = put_rows(table, held, true, err);
    if (rc == 0)
        ca_score_rows_done(table);
    return rc;
}

void ca_score_rows_done(ca_score_table *table)
{
    ca_free(table->rows);
    ca_free(table->block);
    table->rows = table->block = NULL;
}
