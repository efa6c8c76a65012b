/* How columns go together: covariances over blocks of entities in order, shrunk after Ledoit and Wolf (J. Multivariate Anal. 88,
 * 2004), and from them the weights of M1 and the precision of R. What is usual is learned from the usual: the entities farthest
 * from all others, among which those that are looked for stand, are left out of a second round. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/channels.h"
#include "score/fit_inside.h"
#include "score/lanes.h"
#include "score/numbers.h"

#define COPY        .999     /* correlation, from which a column is another's copy */
#define RIDGE_M1    .2
#define RIDGE_R     .05
#define JITTER      1e-9     /* of the mean of the diagonal */

#define USUAL       .95      /* of the entities, by distance */
#define FEW         (4u * CA_LANES)      /* that are measured together */

typedef struct moments {
    size_t columns;
    double count;          /* entities */
    double *products;      /* of columns whose means are zero, summed */
    double *rows;          /* one block */
    ca_tail_order order;   /* of it */
    double fourth;         /* sum of the fourth powers of the lengths */
} moments;

static bool moments_new(moments *made, size_t columns)
{
    *made = (moments){.columns = columns};
    made->products = ca_alloc_zero(columns * columns + 1, sizeof *made->products);
    made->rows = ca_alloc_zero(columns * CA_SCORE_BLOCK + 1, sizeof *made->rows);
    return made->products && made->rows;
}

static void moments_done(moments *of)
{
    ca_free(of->products);
    ca_free(of->rows);
}

static void add_block(moments *to, size_t count, const ca_linalg *linalg)
{
    to->count += (double)count;
    if (to->columns == 0)
        return;
    linalg->add_products(to->rows, count, to->columns, to->columns, to->products);
    for (size_t i = 0; i < count; i++) {
        double length = 0;
        for (size_t k = 0; k < to->columns; k++)
            length += to->rows[i * to->columns + k] * to->rows[i * to->columns + k];
        to->fourth += length * length;
    }
}

/* Whether an entity is left out: farther than `limit`. */
static bool is_far(const ca_score_fitting *fit, size_t drawn, double limit)
{
    return limit < INFINITY && fit->distances[drawn] > limit;
}

static void order_block(const ca_score_fitting *fit, moments *of, size_t first)
{
    uint8_t sizes[CA_SCORE_BLOCK];
    size_t count = ca_fit_block(fit, first);
    for (size_t i = 0; i < count; i++)
        sizes[i] = fit->sizes[fit->sample[first + i]];
    ca_tail_order_make(&of->order, fit->model->classes, sizes, count);
}

/* Normal scores of z in the direction of a column. */
static void find_normals(const ca_score_fitting *fit, const ca_tail_order *order, uint32_t column, size_t count, const double *z,
                         double *normals)
{
    double towards[CA_SCORE_BLOCK];
    for (size_t i = 0; i < count; i++)
        towards[i] = ca_score_towards(fit->model->features[column].direction, z[i]);
    ca_tails_look(&fit->model->each[column].tails, order, towards, count, NULL, normals);
}

/* Clipped z of the kept column `k`, and normal scores if it is directed, of those who are not left out; these move together. */
static int put_column(ca_score_fitting *fit, moments *plain, moments *normal, size_t k, size_t first, double limit, size_t *ret_rows,
                      ca_error *err)
{
    double z[CA_SCORE_BLOCK], normals[CA_SCORE_BLOCK];
    const ca_score_model *model = fit->model;
    uint32_t column = model->order[k];
    size_t count = ca_fit_block(fit, first), row = 0;
    int rc = ca_matrix_read(fit->z, column, first, count, z, err);
    if (rc < 0)
        return rc;
    if (k < normal->columns)
        find_normals(fit, &normal->order, column, count, z, normals);
    ca_channels_clip(z, count, z);
    for (size_t i = 0; i < count; i++) {
        if (is_far(fit, first + i, limit))
            continue;
        plain->rows[row * model->kept + k] = z[i] - fit->z_means[column];
        if (k < normal->columns)
            normal->rows[row * normal->columns + k] = normals[i];
        row++;
    }
    *ret_rows = row;
    return 0;
}

/* Means of normal scores are zero by what they are. */
static int add_all(ca_score_fitting *fit, moments *plain, moments *normal, double limit, ca_error *err)
{
    for (size_t first = 0; first < fit->count; first += CA_SCORE_BLOCK) {
        size_t rows = 0;
        order_block(fit, normal, first);
        for (size_t k = 0; k < fit->model->kept; k++) {
            int rc = put_column(fit, plain, normal, k, first, limit, &rows, err);
            if (rc < 0)
                return rc;
        }
        add_block(plain, rows, fit->linalg);
        add_block(normal, rows, fit->linalg);
    }
    return 0;
}

/* Of two columns that go together the first stays; context gives way to evidence, which stands before it. */
static bool drop_copies(ca_score_fitting *fit, const moments *of)
{
    bool dropped = false;
    const ca_score_model *model = fit->model;
    for (size_t j = 1; j < of->columns; j++)
        for (size_t i = 0; i < j; i++) {
            const double *products = of->products;
            double both = sqrt(products[i * of->columns + i]) * sqrt(products[j * of->columns + j]);
            if (model->each[model->order[i]].use == CA_SCORE_USED && both > 0 && fabs(products[i * of->columns + j]) > COPY * both) {
                model->each[model->order[j]].use = CA_SCORE_COPY;
                dropped = true;
            }
        }
    return dropped;
}

/* How much of the mean variance replaces the covariances: 0 to 1. */
static double shrinkage(const moments *of, double mean)
{
    double squares = 0, apart = 0, count = of->count;
    for (size_t i = 0; i < of->columns; i++)
        for (size_t j = 0; j < of->columns; j++) {
            double s = of->products[i * of->columns + j] / count;
            squares += s * s;
            apart += (s - (i == j ? mean : 0)) * (s - (i == j ? mean : 0));
        }
    double error = (of->fourth - count * squares) / (count * count);
    return apart > 0 ? fmax(0, fmin(1, error / apart)) : 1;
}

/* (shrunk covariance + ridge)^-1. More shrinkage until it can be inverted; the diagonal always can. */
static void invert(const moments *of, double ridge, const ca_linalg *linalg, double *to)
{
    size_t n = of->columns;
    double trace = 0, count = fmax(1, of->count);
    for (size_t i = 0; i < n; i++)
        trace += of->products[i * n + i] / count;
    double mean = n > 0 ? trace / (double)n : 0, share = of->count > 0 ? shrinkage(of, mean) : 1;
    for (bool done = n == 0; !done; share = fmin(1, fmax(share * 10, 1e-6))) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                to[i * n + j] = (1 - share) * of->products[i * n + j] / count + (i == j ? share * mean + ridge + JITTER * mean : 0);
        done = (linalg->factor(to, n) && linalg->invert_factored(to, n)) || share >= 1;
    }
}

/* Normal scores only in the second round. */
static int fill(ca_score_fitting *fit, moments *plain, moments *normal, double limit, ca_error *err)
{
    moments_done(plain);
    moments_done(normal);
    *plain = *normal = (moments){0};
    if (!moments_new(plain, fit->model->kept) || !moments_new(normal, limit < INFINITY ? fit->model->directed : 0))
        return ca_error_nomem(err);
    return add_all(fit, plain, normal, limit, err);
}

/* Squared distances from the middle by the precision of the first round, of a few entities, whose columns lie together. */
static void measure_few(const double *precision, size_t kept, const double *columns, double *to)
{
    ca_lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t j = 0; j < kept; j++) {
        const double *one = columns + j * FEW;
        for (size_t k = 0; k < kept; k++) {
            const double *other = columns + k * FEW;
            const ca_lanes weights = {precision[j * kept + k], precision[j * kept + k]};
            a += weights * ca_lanes_at(one) * ca_lanes_at(other);
            b += weights * ca_lanes_at(one + CA_LANES) * ca_lanes_at(other + CA_LANES);
            c += weights * ca_lanes_at(one + 2 * CA_LANES) * ca_lanes_at(other + 2 * CA_LANES);
            d += weights * ca_lanes_at(one + 3 * CA_LANES) * ca_lanes_at(other + 3 * CA_LANES);
        }
    }
    const ca_lanes sums[] = {a, b, c, d};
    memcpy(to, sums, sizeof sums);
}

/* The same for one block; its columns lie in `columns`, whose last numbers may be nobody's. */
static void measure_block(ca_score_fitting *fit, size_t first, size_t count, const double *columns)
{
    double few[(CA_SCORE_FEATURES + 1) * FEW], distances[FEW];
    size_t kept = fit->model->kept;
    for (size_t i = 0; i < count; i += FEW) {
        for (size_t k = 0; k < kept; k++)
            memcpy(few + k * FEW, columns + k * CA_SCORE_BLOCK + i, FEW * sizeof *few);
        measure_few(fit->model->precision, kept, few, distances);
        memcpy(fit->distances + first + i, distances, (count - i < FEW ? count - i : FEW) * sizeof *distances);
    }
}

/* The distance that only few exceed. */
static int measure_distances(ca_score_fitting *fit, double *columns, double *ret_limit, ca_error *err)
{
    const ca_score_model *model = fit->model;
    for (size_t first = 0; first < fit->count; first += CA_SCORE_BLOCK) {
        size_t count = ca_fit_block(fit, first);
        for (size_t k = 0; k < model->kept; k++) {
            double *z = columns + k * CA_SCORE_BLOCK;
            int rc = ca_matrix_read(fit->z, model->order[k], first, count, z, err);
            if (rc < 0)
                return rc;
            ca_channels_clip(z, count, z);
            for (size_t i = 0; i < count; i++)
                z[i] -= fit->z_means[model->order[k]];
        }
        measure_block(fit, first, count, columns);
    }
    memcpy(fit->work, fit->distances, fit->count * sizeof *fit->work);
    ca_numbers_sort(fit->work, fit->count, fit->scratch);
    *ret_limit = ca_numbers_quantile(fit->work, fit->count, USUAL);
    return 0;
}

static int fit_matrices(ca_score_fitting *fit, moments *plain, moments *normal, ca_error *err)
{
    ca_score_model *model = fit->model;
    double limit = INFINITY;
    ca_score_model_columns(model);
    int rc = fill(fit, plain, normal, limit, err);
    if (rc == 0 && drop_copies(fit, plain)) {      /* again without them */
        ca_score_model_columns(model);
        rc = fill(fit, plain, normal, limit, err);
    }
    if (rc == 0 && !ca_score_model_matrices(model))
        rc = ca_error_nomem(err);
    if (rc < 0 || fit->count == 0)
        return rc;
    invert(plain, RIDGE_R, fit->linalg, model->precision);
    rc = measure_distances(fit, plain->rows, &limit, err);
    if (rc == 0)
        rc = fill(fit, plain, normal, limit, err);
    if (rc < 0)
        return rc;
    invert(plain, RIDGE_R, fit->linalg, model->precision);
    invert(normal, RIDGE_M1, fit->linalg, model->weights);
    for (size_t i = 0; i < model->directed * model->directed; i++)
        model->weights[i] = fmax(0, model->weights[i]);
    return 0;
}

int ca_fit_matrices(ca_score_fitting *fit, ca_error *err)
{
    moments plain = {0}, normal = {0};
    int rc = fit_matrices(fit, &plain, &normal, err);
    moments_done(&plain);
    moments_done(&normal);
    return rc;
}
