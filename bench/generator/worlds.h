/* The worlds that --world names, one row each. */
#ifndef GEN_WORLDS_H
#define GEN_WORLDS_H

#include "generator/options.h"

struct gen_kind {
    const char *name;
    bool sized;                /* --lines, --patients and --providers are for it; else it has one size */
    bool planted;              /* so are --schemes, --rate and --broken */
    uint64_t lines_a_patient;  /* where --patients and --providers are not given */
    uint64_t lines_a_provider;
    bool (*write)(const gen_options *options); /* false after words on stderr */
};

/* NULL when there is none of this name; the first is what is written without --world. */
const gen_kind *gen_kind_named(const char *name);
const gen_kind *gen_kind_usual(void);

bool gen_write_claims(const gen_options *options); /* claims with planted schemes */
bool gen_write_rings(const gen_options *options);  /* visits, and rings of providers that share patients */

#endif
