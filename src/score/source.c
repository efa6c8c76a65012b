/* Reading a table with what the scorer adds to it. */
#include "score/source.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/table_inside.h"

ca_score_source ca_score_source_of(ca_score_table *table)
{
    return (ca_score_source){.table = table, .count = ca_score_table_count(table), .features = ca_score_table_feature_count(table)};
}

int ca_score_source_place(ca_score_source *source, const ca_score_model *model, size_t first, size_t count, ca_error *err)
{
    uint32_t *names = ca_peer_names(model, source->table);
    source->placed = first;
    source->places = names ? ca_alloc_zero(count + 1, sizeof *source->places) : NULL;
    for (size_t i = 0; source->places && i < count; i++)
        source->places[i] = ca_peer_find(model, source->table, names, first + i);
    ca_free(names);
    return source->places ? 0 : ca_error_nomem(err);
}

void ca_score_source_done(ca_score_source *source)
{
    ca_free(source->places);
    memset(source, 0, sizeof *source);
}

int ca_score_source_read(const ca_score_source *source, size_t column, size_t first, size_t count, double *values, double *exposures,
                   ca_error *err)
{
    if (column < source->features)
        return ca_score_table_read(source->table, column, first, count, values, exposures, err);
    for (size_t i = 0; i < count; i++) {
        values[i] = source->features ? source->table->entities[first + i].missing / (double)source->features : 0;
        exposures[i] = NAN;
    }
    return 0;
}
