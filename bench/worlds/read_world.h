/* Reads what score-worlds wrote for the scorer: features.csv and entities.csv. Strict: cells have no quotes, every row has
 * every column, numbers are whole and finite; messages name file, line and column, never a value. */
#ifndef READ_WORLD_H
#define READ_WORLD_H

#include "base/arena.h"
#include "score/table.h"

typedef struct world_features_file {
    ca_score_feature *features;
    size_t count;
} world_features_file;

/* All in `arena`. */
int world_read_features(ca_disk *disk, const char *folder, ca_arena *arena, world_features_file *ret_features, ca_error *err);
/* A finished table of kind provider, to be freed by ca_score_table_free. */
int world_read_table(ca_disk *disk, const char *folder, const world_features_file *features, size_t memory,
                     ca_score_table **ret_table, ca_error *err);

#endif
