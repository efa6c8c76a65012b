/* Codes: systems with their normalisation, families of systems, and the run's dictionary from
 * (system, code) to a small integer. Ids depend on the order of arrival and never leave the run. */
#ifndef CA_CLAIM_CODES_H
#define CA_CLAIM_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/threads.h"

#define CA_CODE_MAX 64              /* bytes of a normalised code; longer ones cannot be decoded */
#define CA_SYSTEMS_MAX 250
#define CA_SYSTEM_NONE 255
#define CA_CODES_LIMIT (4u << 20)   /* distinct codes a run may see */

/* A code system as rules/vocabulary.yaml or a profile declares it. */
typedef struct ca_system {
    const char *name;               /* "icd10cm" */
    const char *family;             /* "diagnosis" */
    bool upper;                     /* case: upper */
    char strip[8];                  /* characters removed anywhere, e.g. "." */
    unsigned pad_to;                /* pad on the left with zeros to this length, 0 = no */
} ca_system;

typedef struct ca_codes {
    ca_system systems[CA_SYSTEMS_MAX];
    unsigned system_count;
    ca_table table;                 /* key: one byte system, then the normalised code */
    ca_arena *arena;                /* borrowed, for names */
    ca_gate *gate;                  /* borrowed; NULL, or others read the dictionary: it changes only in here. One thread at a
                                     * time may put; who reads, but for that one, has gone through the gate */
} ca_codes;

void ca_codes_init(ca_codes *codes, ca_arena *arena);
void ca_codes_done(ca_codes *codes);
/* Adds a system, or accepts the same declaration again; CA_CONFIG when it differs. Texts are copied. */
int ca_codes_add_system(ca_codes *codes, const ca_system *system, uint8_t *ret_system, ca_error *err);
bool ca_codes_find_system(const ca_codes *codes, ca_text name, uint8_t *ret_system);
/* The only system of a family, or CA_SYSTEM_NONE when it has none or several. */
uint8_t ca_codes_only_system(const ca_codes *codes, const char *family);
bool ca_codes_has_family(const ca_codes *codes, const char *family);

/* Normalises into ret_code (CA_CODE_MAX bytes); false when empty or too long. */
bool ca_codes_normalise(const ca_system *system, ca_text raw, char *ret_code, size_t *ret_len);
/* Id of an already normalised code, adding it; 0, CA_NOMEM, or CA_LIMIT beyond CA_CODES_LIMIT. */
int ca_codes_put(ca_codes *codes, uint8_t system, ca_text code, uint32_t *ret_id);
uint32_t ca_codes_find(const ca_codes *codes, uint8_t system, ca_text code);    /* or CA_TABLE_NONE */
uint8_t ca_codes_system_of(const ca_codes *codes, uint32_t id);
ca_text ca_codes_text(const ca_codes *codes, uint32_t id);                      /* the code without system */
size_t ca_codes_count(const ca_codes *codes);

#endif
