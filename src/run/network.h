/* Networks of a scan: collects which entities each patient saw, finds pairs and rings that share more patients than chance
 * explains (score/network.h), and gives them names.
 *
 * Who brings a patient's lines together tells them, for each patient once: _begin, then for each line that counts _see for each
 * entity on it, then _end. Each thread has a ca_network_sink of its own; sinks are joined before _find. The order of patients and
 * lines, and who tells which, changes nothing. */
#ifndef CA_RUN_NETWORK_H
#define CA_RUN_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/text.h"
#include "score/network.h"

typedef struct ca_network_sink ca_network_sink;

/* `path` is a temporary file of this sink (it and path with something appended), made when more than `hold` bytes wait. */
int ca_network_sink_new(ca_disk *disk, const char *path, size_t hold, ca_network_sink **ret_sink, ca_error *err);
void ca_network_sink_free(ca_network_sink *sink);       /* NULL is fine */

/* The hash is of the patient's identifier (any, the same as everywhere in the run). */
void ca_network_begin(ca_network_sink *sink, uint64_t patient);
/* An entity of a line: CA_EDGE_PROVIDER (who performed the service), CA_EDGE_PRESCRIBER or CA_EDGE_PHARMACY; never
 * CA_EDGE_LABORATORY. `entity` is the hash of the identifier, which must be the same for a provider and a prescriber of one id.
 * `paid` is what the line paid, 0 when missing; an entity seen again adds up. `laboratory`: the line is of a laboratory by its place
 * of service (see ca_network_is_laboratory_place). */
void ca_network_see(ca_network_sink *sink, ca_edge_kind kind, uint64_t entity, int64_t paid, bool laboratory);
/* Where a line was given: the region of its provider, "" when unknown. Only needed where the patient's own region is missing. */
int ca_network_place(ca_network_sink *sink, ca_text region, ca_error *err);
/* `region` is the patient's own, or "": then that of most of its lines as told by _place, of equals the smaller name. */
int ca_network_end(ca_network_sink *sink, ca_text region, ca_error *err);

/* The patients of `other`, which is owned from now on, are added to those of `sink`. */
void ca_network_join(ca_network_sink *sink, ca_network_sink *other);

/* What the run knows of an entity, when all lines were told. */
typedef struct ca_network_named {
    ca_text id;                         /* all borrowed until the next call */
    ca_text specialty;                  /* "" when unknown */
    ca_text organisation;               /* "" when unknown */
} ca_network_named;
/* Laboratories are asked for as providers. CA_END when the entity is not known (no error: its texts are then empty). */
typedef int ca_network_name(void *context, ca_edge_kind kind, uint64_t entity, ca_network_named *ret_named, ca_error *err);

typedef struct ca_network_found {
    ca_network_result *result;          /* pairs, rings, counts; places in `entities` are places in `named` too */
    ca_network_named *named;            /* by entity of the result, in `arena` */
    ca_text *regions;                   /* names by number, ascending; "" alone where no patient has a region: all are in one */
    uint32_t region_count;
    ca_arena arena;
} ca_network_found;

/* The sink is then only good to be freed. `path` is for another temporary file. */
int ca_network_run(ca_network_sink *sink, ca_disk *disk, const char *path, const ca_network_settings *settings, ca_network_name *name, void *context,
                   ca_network_found **ret_found, ca_error *err);
void ca_network_found_free(ca_network_found *found);    /* NULL is fine */

/* Place of service 81 is an independent laboratory. */
bool ca_network_is_laboratory_place(ca_text place_of_service);
/* By specialty, with or without a system before a colon: of CMS (69 is a laboratory; 45, 47, 49, 59, 63, 70, A0 to A9 and B4 are
 * facilities), or of the NUCC taxonomy (29… laboratories; 25… to 28…, 31…, 32…, 34… facilities); any other is a person. */
ca_network_role ca_network_role_of(ca_text specialty);

#endif
