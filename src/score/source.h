/* A table as a model sees it: where entities stand among peers, and the columns with the share of missing values as the last. */
#ifndef CA_SCORE_SOURCE_H
#define CA_SCORE_SOURCE_H

#include "score/model_inside.h"

typedef struct ca_score_source {
    ca_score_table *table;
    size_t count, features;
    ca_peer_place *places;       /* of the entities from `placed` */
    size_t placed;
} ca_score_source;

ca_score_source ca_score_source_of(ca_score_table *table);
/* When the cells of the model are there: for `count` entities from `first`. */
int ca_score_source_place(ca_score_source *source, const ca_score_model *model, size_t first, size_t count, ca_error *err);
void ca_score_source_done(ca_score_source *source);
static inline const ca_peer_place *ca_score_source_at(const ca_score_source *source, size_t entity)
{
    return &source->places[entity - source->placed];
}
/* At most CA_SCORE_BLOCK entities. */
int ca_score_source_read(const ca_score_source *source, size_t column, size_t first, size_t count, double *values, double *exposures,
                   ca_error *err);
static inline size_t ca_score_source_block(const ca_score_source *source, size_t first)
{
    return source->count - first < CA_SCORE_BLOCK ? source->count - first : CA_SCORE_BLOCK;
}

#endif
