/* Reading the two halves of a sets.yaml: each definition gets its sources, whose files are read
 * together. */
#ifndef CA_REFS_SETS_H
#define CA_REFS_SETS_H

#include "refs/source.h"

/* Definitions of one file on their way into the registry. */
typedef struct ca_ref_plan {
    ca_codeset **sets; /* owned until put into the registry */
    size_t set_count;
    ca_reftable **tables;
    size_t table_count;
    ca_ref_source **sources;
    size_t source_count, source_cap;
} ca_ref_plan;

ca_ref_source *ca_ref_plan_source(ca_ref_reader *reader,
                                  ca_ref_plan *plan); /* a new one, or NULL */
/* Reads the sources of a definition: its `sources:` list, or the definition itself when it has
 * `file:`. `each` reads what a source of this kind has besides; false after an error. */
typedef bool ca_ref_source_kind(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source);
bool ca_ref_sources_read(ca_ref_reader *reader, ca_yaml *node, const ca_ref_source *like,
                         ca_ref_source_kind *each, const char *const *known, ca_ref_plan *plan);
/* True when the name may be defined here. */
bool ca_ref_name_free(ca_ref_reader *reader, const ca_yaml *node, bool replace);
/* `bind: site`; false after an error. */
bool ca_ref_bind_read(ca_ref_reader *reader, ca_yaml *node, bool *ret_bind);

void ca_ref_read_set(ca_ref_reader *reader, ca_yaml *node, bool replace, ca_ref_plan *plan);
void ca_ref_read_table(ca_ref_reader *reader, ca_yaml *node, bool replace, ca_ref_plan *plan);

#endif
