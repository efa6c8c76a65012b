/* The channels of entities, a block at a time: the same steps when a model is fitted, when it is applied and when one entity is
 * explained. Columns of a block are CA_SCORE_BLOCK numbers apart; what is missing is not a number. Every sum runs in the order of
 * the columns, so that an entity gets the same numbers wherever it stands. */
#ifndef CA_SCORE_CHANNELS_H
#define CA_SCORE_CHANNELS_H

#include "score/source.h"

struct ca_channels_scratch;

typedef struct ca_channels {
    const ca_score_model *model;
    size_t count;
    const ca_score_source *source;
    uint32_t *entities;            /* of the table; of these (and one more) and the two that follow CA_SCORE_BLOCK each */
    ca_peer_place *peers;
    uint8_t *sizes;                /* thirds by claims */
    ca_tail_order *order;          /* by these */
    double *z;                     /* kept columns */
    double *levels;                /* directed columns: -ln T of z */
    double *normals;               /* directed: normal scores of that */
    double *weighted;              /* directed: of normals above 0, times the weights of M1 */
    double *residuals;             /* directed: distance from what the others predict, in the feature's direction */
    double *residual_levels;       /* directed */
    double *clipped, *predicted;   /* kept columns: for R; CA_SCORE_BLOCK numbers each */
    double *sum, *tops[CA_TOPS], *distance;     /* statistics; not a number for those who get no score */
    double *best, *residual;
    double *channel_levels[4];     /* of S, A, M1, R */
    double *total;
    void *memory;
    struct ca_channels_scratch *scratch;
} ca_channels;

static const unsigned ca_channel_tops[CA_TOPS] = {1, 2, 3, 5};

/* Without `source` for numbers that are given, which is all but z. */
int ca_channels_new(const ca_score_model *model, const ca_score_source *source, ca_channels *ret_channels, ca_error *err);
void ca_channels_done(ca_channels *channels);
/* The steps, each of which needs those before. `count` entities from `first`, at most CA_SCORE_BLOCK; all of them, or those that may get a
 * score. */
int ca_channels_z(ca_channels *channels, size_t first, size_t count, bool all, ca_error *err);
void ca_channels_begin(ca_channels *channels, size_t first, size_t count, bool all);    /* that alone: who they are */
void ca_channels_levels(ca_channels *channels);         /* and normals */
void ca_channels_statistics(ca_channels *channels);     /* sum, tops, distance, residuals */
void ca_channels_join(ca_channels *channels);           /* residual_levels, best, residual, and the levels of S and M1 */
void ca_channels_total(ca_channels *channels);          /* the levels of A and R, and their sum */
/* Levels of one number of each entity of the block; of what is not a number there is none. */
void ca_channels_look(const ca_channels *channels, const ca_tails *tails, const double *numbers, double *levels);
double ca_channels_level(const ca_channels *channels, const ca_tails *tails, size_t i, double u);
/* ca_score_clipped of one number of each entity of a block; both have room for a whole one. */
void ca_channels_clip(const double *z, size_t count, double *to);
/* x of this column on the scale of the model. */
double ca_channels_x(const ca_score_model *model, size_t column, ca_arcs *arcs, double value, double exposure);

#endif
