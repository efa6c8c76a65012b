/* A table as a model sees it: the columns, with the share of missing values as the last. */
#ifndef CA_SCORE_SOURCE_H
#define CA_SCORE_SOURCE_H

#include "score/model_inside.h"
#include "score/table_inside.h"

typedef struct ca_score_source {
    ca_score_table *table;
    size_t count, features;
} ca_score_source;

ca_score_source ca_score_source_of(ca_score_table *table);
int ca_score_source_read(const ca_score_source *source, size_t column, size_t first, size_t count, double *values, double *exposures,
                         ca_error *err);
/* How many of them the block from `first` has. */
static inline size_t ca_score_source_block(const ca_score_source *source, size_t first)
{
    return source->count - first < CA_SCORE_BLOCK ? source->count - first : CA_SCORE_BLOCK;
}
/* Features that an entity has. */
static inline size_t ca_score_source_known(const ca_score_source *source, size_t entity)
{
    return source->features - source->table->entities[entity].missing;
}

#endif
