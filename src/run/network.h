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
/* Where so many lines were: `own` is the patient's own region, else it is that of who performed them. "" is nowhere. */
int ca_network_place(ca_network_sink *sink, ca_text region, bool own, uint32_t lines, ca_error *err);
/* The patient lives in the own region of most lines, else in that of most who performed them; of equals in the smaller name. */
int ca_network_end(ca_network_sink *sink, ca_error *err);

/* The patients of `other`, which is owned from now on, are added to those of `sink`. */
void ca_network_join(ca_network_sink *sink, ca_network_sink *other);

/* What the run knows of an entity, when all lines were told. */
typedef struct ca_network_known {
    ca_edge_kind kind;                  /* never a laboratory */
    uint64_t entity;                    /* the hash by which it was seen */
    ca_text id;
    ca_text specialty, organisation;    /* "" when unknown */
} ca_network_known;
typedef int ca_network_hear(void *to, const ca_network_known *known, ca_error *err);
/* Tells all that are known, in any order; it is asked twice. Who is not told has no role, and no name. */
typedef int ca_network_teller(void *context, ca_network_hear *hear, void *to, ca_error *err);

typedef struct ca_network_named {
    ca_text id, specialty, organisation;    /* "" when unknown */
} ca_network_named;

typedef struct ca_network_found {
    ca_network_result *result;          /* pairs, rings, counts; places in `entities` are places in `named` too */
    ca_network_named *named;            /* by entity of the result, in `arena` */
    ca_text *regions;                   /* names by number, ascending; "" alone where no patient has a region: all are in one */
    uint32_t region_count;
    ca_arena arena;
} ca_network_found;

/* The sink is then only good to be freed. `path` is for another temporary file. */
int ca_network_run(ca_network_sink *sink, ca_disk *disk, const char *path, const ca_network_settings *settings, ca_network_teller *tell, void *context,
                   ca_network_found **ret_found, ca_error *err);
void ca_network_found_free(ca_network_found *found);    /* NULL is fine */

/* Place of service 81 is an independent laboratory. */
bool ca_network_is_laboratory_place(ca_text place_of_service);
/* By specialty, with or without a system before a colon: of CMS (69 is a laboratory; 45, 47, 49, 59, 63, 70, A0 to A9 and B4 are
 * facilities), or of the NUCC taxonomy (29… laboratories; 25… to 28…, 31…, 32…, 34… facilities); any other is a person. */
ca_network_role ca_network_role_of(ca_text specialty);

#endif
