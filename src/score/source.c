/* Reading a table with what the scorer adds to it. */
#include "score/source.h"

#include <math.h>

ca_score_source ca_score_source_of(ca_score_table *table)
{
    return (ca_score_source){.table = table, .count = ca_score_table_count(table), .features = ca_score_table_feature_count(table)};
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
