/* Lines of one claim that stand one behind the other, in one record of the claim exchange: what its writing and its reading have in
 * common. Nobody else includes this. */
#ifndef CA_RUN_BUNDLE_H
#define CA_RUN_BUNDLE_H

#include "run/columns.h"

/* What all its lines share. Packed: it is read where it lies. Then come claim part and version when they are said, the claim's id and
 * columns, of each line its digest, length and number, and the columns of the lines. */
struct __attribute__((packed)) bundle_head {
    uint8_t form;                 /* CA_FORM_BUNDLE */
    uint8_t lines;
    uint8_t claim_type, status;
    uint8_t flags;                /* CA_BUNDLE_… */
    uint8_t gap;                  /* between rows: their line end */
    uint8_t id_length;
    uint16_t file;
    uint32_t unit_length;
    uint32_t row;                 /* of the first line; the others follow */
    uint64_t offset;
    uint64_t number;              /* likewise; 0 without rules of several lines */
    ca_date paid, received;
};

struct __attribute__((packed)) bundle_version {
    int64_t claim_part, version;
};

/* Of one line: digest, length and number, each behind one another for all lines. */
#define CA_BUNDLE_LINE (sizeof(ca_digest) + 2 * sizeof(uint16_t))

static inline uint64_t ca_first_lines(unsigned lines)    /* of at most 64; one at least */
{
    return UINT64_MAX >> (64 - lines);
}

enum { CA_BUNDLE_LIVE = 1, CA_BUNDLE_FROM_SUPPLIED = 2, CA_BUNDLE_VERSION = 4 };

#endif
