/* How columns go together: covariances over blocks of entities in order, shrunk after Ledoit and Wolf (J. Multivariate Anal. 88,
 * 2004), and from them the weights of M1 and the precision of R. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/fit_inside.h"
#include "score/numbers.h"

#define COPY        .999     /* correlation, from which a column is another's copy */
#define RIDGE_M1    .2
#define RIDGE_R     .05
#define JITTER      1e-9     /* of the mean of the diagonal */

typedef struct moments {
    size_t columns;
    double *products;      /* of columns whose means are zero, summed */
    double *rows;          /* one block */
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

/* Clipped z of all kept columns, and normal scores of the directed ones, whose means are zero by what they are. */
static int add_all(ca_score_fitting *fit, moments *plain, moments *normal, ca_error *err)
{
    const ca_score_model *model = fit->model;
    double z[CA_SCORE_BLOCK];
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        for (size_t k = 0; k < model->kept; k++) {
            uint32_t column = model->order[k];
            int rc = ca_matrix_read(fit->z, column, first, count, z, err);
            if (rc < 0)
                return rc;
            for (size_t i = 0; i < count; i++) {
                plain->rows[i * model->kept + k] = ca_score_clipped(z[i]) - fit->z_means[column];
                if (k >= model->directed)
                    continue;
                double u = ca_score_towards(model->features[column].direction, z[i]);
                const ca_tail *tail = ca_score_tail_of(model, &model->each[column].tails,
                                                       ca_score_table_claims(fit->source.table, first + i));
                double *score = &normal->rows[i * model->directed + k];
                *score = 0;
                if (!isnan(u))
                    ca_tail_look(tail, u, score);
            }
        }
        add_block(plain, count, fit->linalg);
        add_block(normal, count, fit->linalg);
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
static double shrinkage(const moments *of, double count, double mean)
{
    double squares = 0, apart = 0;
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
static void invert(const moments *of, double count, double ridge, const ca_linalg *linalg, double *to)
{
    size_t n = of->columns;
    double trace = 0;
    for (size_t i = 0; i < n; i++)
        trace += of->products[i * n + i] / count;
    double mean = n > 0 ? trace / (double)n : 0, share = shrinkage(of, count, mean);
    for (bool done = n == 0; !done; share = fmin(1, fmax(share * 10, 1e-6))) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                to[i * n + j] = (1 - share) * of->products[i * n + j] / count + (i == j ? share * mean + ridge + JITTER * mean : 0);
        done = (linalg->factor(to, n) && linalg->invert_factored(to, n)) || share >= 1;
    }
}

static int fill(ca_score_fitting *fit, moments *plain, moments *normal, ca_error *err)
{
    if (!moments_new(plain, fit->model->kept) || !moments_new(normal, fit->model->directed))
        return ca_error_nomem(err);
    return add_all(fit, plain, normal, err);
}

int ca_fit_matrices(ca_score_fitting *fit, ca_error *err)
{
    moments plain = {0}, normal = {0};
    ca_score_model *model = fit->model;
    ca_score_model_columns(model);
    int rc = fill(fit, &plain, &normal, err);
    if (rc == 0 && drop_copies(fit, &plain)) {      /* again without them */
        moments_done(&plain);
        moments_done(&normal);
        plain = normal = (moments){0};
        ca_score_model_columns(model);
        rc = fill(fit, &plain, &normal, err);
    }
    if (rc == 0 && !ca_score_model_matrices(model))
        rc = ca_error_nomem(err);
    if (rc == 0 && fit->source.count > 0) {
        invert(&plain, (double)fit->source.count, RIDGE_R, fit->linalg, model->precision);
        invert(&normal, (double)fit->source.count, RIDGE_M1, fit->linalg, model->weights);
        for (size_t i = 0; i < model->directed * model->directed; i++)
            model->weights[i] = fmax(0, model->weights[i]);
    }
    moments_done(&plain);
    moments_done(&normal);
    return rc;
}
