/* What is in a model. */
#ifndef CA_SCORE_MODEL_INSIDE_H
#define CA_SCORE_MODEL_INSIDE_H

#include <math.h>

#include "base/arena.h"
#include "score/model.h"
#include "score/tail.h"

#define CA_CELL_LEAST      5u         /* members, or peers that have a value: with fewer the parent's are used */
#define CA_CELL_NAMED      50u        /* below, the model keeps members, so that nobody is his own peer */
#define CA_CLASSES_FROM    20000u     /* entities, from which tails are told apart by size */
#define CA_Z_MOST          6.0        /* in channels of several features */
#define CA_TOPS            4u         /* ways to take the strongest: 1, 2, 3 and 5 of them */
#define CA_NOBODY          UINT32_MAX
#define CA_NO_MEMBER       UINT8_MAX
#define CA_QUANTILES       5u

/* A cell of one feature. */
typedef struct ca_peer_stats {
    uint32_t count;        /* members who have a value */
    double median, scale;
} ca_peer_stats;

typedef struct ca_peer_cell {
    uint32_t level;                /* ca_score_level */
    uint32_t specialty, region;    /* of `names`; 0 below the level */
    uint32_t size;
    uint32_t members;
    uint32_t parent;               /* cell 0, of all, is its own */
    uint64_t *digests;             /* of ids, ascending; NULL in cells of CA_CELL_NAMED and more */
    float *sorted;                 /* by column: members' values, ascending; behind them, for those who have none, not a number */
    uint8_t *ranks;                /* by column, by member: which of these is his */
    uint8_t *known;                /* by column: how many have a value */
    ca_peer_stats *without;        /* while a column is fitted: by rank, of the others; last, of all who have a value. Else NULL */
} ca_peer_cell;

/* Median and variance after shrinkage to the parents. */
typedef struct ca_peer_view {
    double median, variance;       /* 0: there is no scale, and no distance */
    double scale;                  /* its root */
    uint32_t cell, peers;          /* the finest that had a say, and how many there are besides the entity */
} ca_peer_view;

typedef struct ca_score_column {
    ca_score_use use;
    double shift, scale;           /* of the transform: log(x + shift), asinh((x - shift) / scale) */
    double part, per_exposure;     /* funnel: variance of a residual = part + per_exposure / exposure */
    bool few;                      /* too few entities for a funnel of its own */
    double quantiles[CA_QUANTILES];    /* of all values, transformed, for drift */
    double spread, present;        /* their scale; share of entities that have a value */
    ca_tails tails;                /* of z in its direction; context: none */
    ca_tails residual_tails;
} ca_score_column;

struct ca_score_model {
    ca_arena texts;
    char *kind;
    ca_score_feature *features;    /* one for each column; the last is the share of missing values */
    size_t columns;
    uint64_t entities;
    uint64_t size_cuts[2];         /* claims up to which an entity is of the first, of the second third */
    uint32_t classes;              /* of tails */
    ca_score_column *each;               /* by column */
    ca_text *names;                /* of specialties and regions, ascending; the first is "" */
    size_t name_count;
    ca_peer_cell *cells;           /* by level, specialty, region, size */
    size_t cell_count;
    ca_peer_stats *stats;          /* by column, by cell */
    ca_peer_view *views;           /* the same, for those who are nobody's peer; made from stats */
    /* Columns that count, `kept` of them; the first `directed` are evidence, in order, then context. */
    uint32_t *order;
    size_t kept, directed;
    double *weights;               /* of M1: directed x directed */
    double *precision;             /* of R: kept x kept */
    ca_tails sum, top[CA_TOPS], best, distance, residual, total;
};

/* model.c */
ca_score_model *ca_score_model_new(const char *kind, const ca_score_feature *features, size_t count);    /* NULL: no memory */
void ca_score_model_columns(ca_score_model *model);      /* makes `order` and the counts from `use` and directions */
bool ca_score_model_matrices(ca_score_model *model);
bool ca_score_model_same(const ca_score_model *model, const ca_score_table *table);
static inline uint32_t ca_score_size_of(const ca_score_model *model, uint64_t claims)
{
    return (claims > model->size_cuts[0] ? 1u : 0u) + (claims > model->size_cuts[1] ? 1u : 0u);      /* no branch: the second is no smaller */
}
/* How far z lies in the direction of a feature. */
static inline double ca_score_towards(int direction, double z)
{
    return direction == 2 ? fabs(z) : direction < 0 ? -z : z;
}
/* Within CA_Z_MOST; 0 for what is not a number. */
static inline double ca_score_clipped(double z)
{
    return isnan(z) ? 0 : z > CA_Z_MOST ? CA_Z_MOST : z < -CA_Z_MOST ? -CA_Z_MOST : z;
}

/* transform.c. Arcs that were calculated last, by the bits of their shares: all bytes 0 at first, which says that that of nought is nought. */
#define CA_ARC_BITS 9u
typedef struct ca_arcs {
    uint64_t shares[1u << CA_ARC_BITS];
    double arcs[1u << CA_ARC_BITS];
} ca_arcs;
double ca_score_forward(const ca_score_feature *feature, const ca_score_column *column, ca_arcs *arcs, double value, double exposure);
double ca_score_back(const ca_score_feature *feature, const ca_score_column *column, double x, double exposure);
/* A median of peers as an entity of this exposure can have it. None of 9 lies above none of 1,000 where shares are transformed: who has
 * the least or the most that he can have is no farther from his peers than that. */
double ca_score_nearest(const ca_score_feature *feature, double median, double exposure);

/* peers.c: where an entity stands. `members`: which it is of its cell, of that cell's parent and of all, or CA_NO_MEMBER. */
typedef struct ca_peer_place {
    uint32_t cell;
    uint8_t members[3];
} ca_peer_place;
/* Maps the names of a table to those of a model. */
uint32_t *ca_peer_names(const ca_score_model *model, const ca_score_table *table);
/* Which member of its cell, and of those above, an entity is. */
void ca_peer_members(const ca_score_model *model, const ca_score_table *table, size_t entity, ca_peer_place *place);
/* Cells that were found, by specialty, region and size of a table; NULL when there are too many of these, or no memory. */
uint32_t *ca_peer_found_new(const ca_score_table *table);
/* `found` may be NULL. */
ca_peer_place ca_peer_find(const ca_score_model *model, const ca_score_table *table, const uint32_t *names, uint32_t *found, size_t entity);
/* Memory for the members of a small cell; false when there is none. */
bool ca_peer_name(ca_peer_cell *cell, size_t columns);
void ca_peer_unname(ca_peer_cell *cell);
/* Values of a column, by member. */
void ca_peer_keep(ca_peer_cell *cell, size_t column, const float *values);
static inline float ca_peer_kept(const ca_peer_cell *cell, size_t column, size_t member)
{
    size_t from = column * cell->members;
    return cell->sorted[from + cell->ranks[from + member]];
}
/* When the statistics and members' values of a column are there. */
void ca_peer_views(ca_score_model *model, size_t column);
/* `without` of a small cell whose values of the column are kept. */
void ca_peer_leave_out(ca_peer_cell *cell, size_t column);
ca_peer_view ca_peer_look_without(const ca_score_model *model, size_t column, const ca_peer_place *place);
static inline ca_peer_view ca_peer_look(const ca_score_model *model, size_t column, const ca_peer_place *place)
{
    if ((place->members[0] & place->members[1] & place->members[2]) == CA_NO_MEMBER)
        return model->views[column * model->cell_count + place->cell];
    return ca_peer_look_without(model, column, place);
}
/* Of ascending values. */
ca_peer_stats ca_peer_stats_of(const double *sorted, size_t count);
/* Of a residual, for this exposure. */
double ca_score_deviation(const ca_score_column *column, const ca_score_feature *feature, double variance, double exposure);
double ca_score_z(const ca_score_column *column, const ca_score_feature *feature, const ca_peer_view *view, double x, double exposure);

/* cells.c: cells, their members and their order, while a model is fitted */
typedef struct ca_cell_span {
    uint32_t from, to;       /* of `order` */
} ca_cell_span;
typedef struct ca_peer_cells {
    uint32_t *order;         /* places so that every cell is one span, and within a cell in their order */
    ca_cell_span *spans;     /* by cell of the model */
} ca_peer_cells;
/* `rows` of the table, by place. */
int ca_peer_cells_make(ca_score_model *model, const ca_score_table *table, const uint32_t *rows, ca_peer_cells *ret_cells,
                       ca_error *err);
void ca_peer_cells_done(ca_peer_cells *cells);
uint64_t ca_peer_digest(ca_text id);

#endif
