/* The bindings of a layout while they are collected. */
#ifndef CA_MAP_FIELDS_H
#define CA_MAP_FIELDS_H

#include "map/layout.h"

typedef struct ca_bindings {
    ca_binding *items;
    size_t count, cap;
    size_t cells; /* of a row, read by all of them */
} ca_bindings;

/* Reads the binding of a field and adds it; a field that is there already is an error. `members`:
 * of the wide row. */
int ca_bindings_add(ca_map_reader *reader, ca_yaml *node, const ca_binding_target *target,
                    size_t members, ca_bindings *all);
/* map/extra.c */
int ca_extra_read(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, ca_bindings *all);

#endif
