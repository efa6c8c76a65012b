/* Lines of a batch to records of the entities that they name: conditions and numbers are judged for all lines at once, then each line
 * gives one record to each of its entities. One thread each. For this room only. */
#ifndef CA_RUN_MEASURE_LINES_H
#define CA_RUN_MEASURE_LINES_H

#include "base/threads.h"
#include "map/facts.h"
#include "run/measure_plan.h"
#include "store/exchange.h"

/* Sex, age and region of patients as they stand together on lines, by numbers; of all threads. Others have their peers from their facts, and
 * the number of nothing. */
typedef struct ca_measure_peers ca_measure_peers;
#define CA_NO_REGION    UINT32_MAX
/* `crowd`: more than one thread asks. */
int ca_measure_peers_new(bool crowd, ca_measure_peers **ret_peers, ca_error *err);
void ca_measure_peers_free(ca_measure_peers *peers);
/* The number of a person (see below), or CA_NO_SPECIALTY, and a region (ptr NULL: unknown). CA_NOMEM when memory ran out. */
int ca_measure_peers_put(ca_measure_peers *peers, uint32_t specialty, ca_text region, uint32_t *ret_number, ca_error *err);
/* When no thread puts any more; numbers are below _count. */
size_t ca_measure_peers_count(const ca_measure_peers *peers);
uint32_t ca_measure_peers_specialty(const ca_measure_peers *peers, uint32_t number);
ca_text ca_measure_peers_region(const ca_measure_peers *peers, uint32_t number);
size_t ca_measure_peers_bytes(const ca_measure_peers *peers);
/* Of persons: sex and age in tens of years at the end of the period, as a specialty; _print gives "F 30-39", at most
 * CA_PERSON_SIZE bytes. */
#define CA_PERSON_SIZE 16
uint32_t ca_measure_person(uint8_t sex, ca_date birth, ca_date on);
ca_text ca_measure_person_print(uint32_t person, char ret_text[CA_PERSON_SIZE]);

typedef struct ca_measure_lines ca_measure_lines;
/* `through` is the last day of the period. Plan and peers are borrowed. */
int ca_measure_lines_new(const ca_measure_plan *plan, ca_measure_peers *peers, ca_date through, ca_measure_lines **ret_lines,
                         ca_error *err);
void ca_measure_lines_free(ca_measure_lines *lines);
/* All rows of the frame, which is one of lines; its trigger becomes that of the features' conditions. Call after ca_refs_sync. */
int ca_measure_lines_look(ca_measure_lines *lines, ca_frame *frame, ca_error *err);
/* What they are, as records to the exchange, routed by the entity. After _look. */
int ca_measure_lines_put(ca_measure_lines *lines, const ca_frame *frame, ca_exchange *exchange, ca_error *err);
/* Bits by row: where a condition of the feature set (by its index) is TRUE and UNKNOWN. False: no kind asks for it. After _look. */
bool ca_measure_lines_truths(const ca_measure_lines *lines, size_t condition, const uint64_t **ret_true, const uint64_t **ret_unknown);
/* Hashes of a text column that some kind is named by, by row: 0 = nobody is named. NULL: no kind is. After _look. */
const uint64_t *ca_measure_lines_names(const ca_measure_lines *lines, unsigned column);
/* The hash by which records of an entity are routed, from that of its identifier; those of two kinds never meet. */
static inline uint64_t ca_measure_hash(ca_entity entity, uint64_t name)
{
    uint64_t x = name + (uint64_t)(entity + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return ((x ^ (x >> 32)) & ~(uint64_t)CA_MEASURE_KIND) | (uint64_t)entity;
}

#endif
