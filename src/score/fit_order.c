/* Everybody who has a value of a column, in the order of these: sorted once, of all and of each cell. */
#include <math.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"

#define DIGIT  11u
#define DIGITS 3u
#define VALUES (1u << DIGIT)

/* Bits in the order of the numbers: negative ones come first, and the larger of them have the smaller bits. */
static uint64_t seat_of(float number, uint32_t where)
{
    uint32_t bits;
    number += 0.0F;      /* minus zero is zero */
    memcpy(&bits, &number, sizeof bits);
    return (uint64_t)(bits >> 31 ? ~bits : bits | UINT32_C(1) << 31) << 32 | where;
}

static size_t digit_of(uint64_t seat, unsigned digit)
{
    return (size_t)(seat >> (32 + digit * DIGIT)) & (VALUES - 1);
}

/* Least digit first; a digit that all share costs nothing. */
static void sort_seats(ca_score_fitting *fit, size_t count)
{
    uint32_t counts[DIGITS][VALUES] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][digit_of(fit->sorted[i], digit)]++;
    for (unsigned digit = 0; digit < DIGITS && count > 0; digit++) {
        uint32_t sum = 0;
        uint64_t *from = fit->sorted, *to = fit->split;
        if (counts[digit][digit_of(from[0], digit)] == count)
            continue;
        for (size_t i = 0; i < VALUES; i++) {
            uint32_t here = counts[digit][i];
            counts[digit][i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[counts[digit][digit_of(from[i], digit)]++] = from[i];
        fit->sorted = to;
        fit->split = from;
    }
}

/* Those of whom the column's scale and tails are learned, of seats in the order of places. */
static void draw(ca_score_fitting *fit, size_t known, uint64_t draws)
{
    size_t count = 0;
    for (size_t i = 0; i < known && count < fit->room; i++) {
        fit->at[count] = (uint32_t)fit->sorted[i];
        count += ca_fit_is_drawn(fit, fit->at[count], draws);
    }
    fit->known = count;
}

/* Places of all who have a value, as seats: by cell, and before that as places are, which is the same where some are drawn. */
static void find_known(ca_score_fitting *fit, size_t known, uint64_t draws)
{
    size_t count = 0;
    for (uint32_t i = 0; i < fit->source.count && count < known; i++) {
        fit->sorted[count] = i;
        count += isnan(fit->values[i]) ? 0 : 1;
    }
    draw(fit, known, draws);
    count = fit->draws ? known : 0;
    for (uint32_t i = 0; i < fit->source.count && count < known; i++) {
        fit->sorted[count] = i;
        count += isnan(fit->values[fit->cells.order[i]]) ? 0 : 1;
    }
}

/* --- By x --------------------------------------------------------------------------------------------------------------- */

static float x_of(ca_score_fitting *fit, size_t column, double value, double exposure)
{
    return (float)ca_score_forward(&fit->model->features[column], &fit->model->each[column], &fit->arcs, value, exposure);
}

/* Where x depends on the exposure, too. */
static void order_by_x(ca_score_fitting *fit, size_t column, size_t known)
{
    for (size_t i = 0; i < known; i++) {
        uint32_t where = (uint32_t)fit->sorted[i], place = fit->cells.order[where];
        fit->x[place] = x_of(fit, column, fit->values[place], fit->exposures[place]);
        fit->sorted[i] = seat_of(fit->x[place], where);
    }
    sort_seats(fit, known);
}

/* --- By value ----------------------------------------------------------------------------------------------------------- */

/* Those whose values are one number in single precision; by shrinking gaps (Ciura 2001), as they may be all. */
static void sort_exact(uint64_t *seats, double *values, size_t count)
{
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t k = 0; k < sizeof gaps / sizeof *gaps; k++)
        for (size_t i = gaps[k]; i < count; i++) {
            double value = values[i];
            uint64_t seat = seats[i];
            size_t at = i;
            for (; at >= gaps[k] && values[at - gaps[k]] > value; at -= gaps[k]) {
                values[at] = values[at - gaps[k]];
                seats[at] = seats[at - gaps[k]];
            }
            values[at] = value;
            seats[at] = seat;
        }
}

/* Their values in order. */
static double *order_by_value(ca_score_fitting *fit, size_t known)
{
    for (size_t i = 0; i < known; i++) {
        uint32_t where = (uint32_t)fit->sorted[i];
        fit->sorted[i] = seat_of((float)fit->values[fit->cells.order[where]], where);
    }
    sort_seats(fit, known);
    double *values = (double *)(void *)fit->split;
    for (size_t i = 0; i < known; i++)
        values[i] = fit->values[fit->cells.order[(uint32_t)fit->sorted[i]]];
    for (size_t from = 0, end; from < known; from = end) {
        bool good = true;
        for (end = from + 1; end < known && fit->sorted[end] >> 32 == fit->sorted[from] >> 32; end++)
            good = good && values[end - 1] <= values[end];
        if (!good)
            sort_exact(fit->sorted + from, values + from, end - from);
    }
    return values;
}

/* x rises with the value, but for a last bit here and there. */
static void transform_in_order(ca_score_fitting *fit, size_t column, const double *values, size_t known)
{
    float x = 0;
    for (size_t i = 0; i < known; i++) {
        uint32_t where = (uint32_t)fit->sorted[i];
        if (i == 0 || values[i] > values[i - 1])
            x = x_of(fit, column, values[i], NAN);
        fit->x[fit->cells.order[where]] = x;
        uint64_t seat = seat_of(x, where);
        size_t at = i;
        for (; at > 0 && fit->sorted[at - 1] >> 32 > seat >> 32; at--)
            fit->sorted[at] = fit->sorted[at - 1];
        fit->sorted[at] = seat;
    }
}

/* --- All ---------------------------------------------------------------------------------------------------------------- */

static bool is_drawn(const ca_score_fitting *fit, uint64_t seat, uint64_t draws)
{
    return ca_fit_is_drawn(fit, (uint32_t)seat, draws);      /* where some are drawn, places are in the order of cells */
}

void ca_fit_order(ca_score_fitting *fit, size_t column, size_t known, uint64_t draws)
{
    size_t count = 0;
    find_known(fit, known, draws);
    if (fit->model->features[column].transform == CA_SCORE_SHARE) {
        order_by_x(fit, column, known);
        return;
    }
    const double *values = order_by_value(fit, known);
    for (size_t i = 0; i < known && count < fit->room; i++) {
        fit->work[count] = values[i];
        count += is_drawn(fit, fit->sorted[i], draws);
    }
    ca_fit_constants(fit, column, count);
    transform_in_order(fit, column, values, known);
}

size_t ca_fit_ordered(ca_score_fitting *fit, const uint64_t *seats, size_t known, uint64_t draws)
{
    size_t count = 0;
    for (size_t i = 0; i < known && count < fit->room; i++) {
        fit->work[count] = ca_fit_seat_x(seats[i]);
        count += is_drawn(fit, seats[i], draws);
    }
    return count;
}

void ca_fit_split(ca_score_fitting *fit, uint32_t level, size_t known)
{
    const ca_peer_cell *cells = fit->model->cells;
    for (size_t i = 0; i < fit->model->cell_count; i++) {
        uint32_t at = cells[i].level > level ? cells[i].parent : (uint32_t)i;
        fit->ends[i] = fit->cells.spans[i].from;
        fit->at_level[i] = cells[at].level == level ? at : 0;
    }
    for (size_t i = 0; i < known; i++) {
        uint32_t cell = fit->at_level[fit->finest[(uint32_t)fit->sorted[i]]];
        if (cell != 0)
            fit->split[fit->ends[cell]++] = fit->sorted[i];
    }
}
