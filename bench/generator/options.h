/* The command line of the generator. */
#ifndef GEN_OPTIONS_H
#define GEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gen_kind gen_kind;

typedef struct gen_options {
    const gen_kind *kind; /* the world: generator/worlds.h */
    const char *folder;
    uint64_t seed;
    uint64_t lines;
    uint64_t patients;
    uint64_t providers;
    uint64_t rate;   /* planted claims in 10,000 */
    uint64_t broken; /* percent of the rows */
    bool schemes;
    bool check; /* compare with the files there instead of writing them */
} gen_options;

/* 0, or the exit code for main after a message on stderr. */
int gen_read_options(int argc, char **argv, gen_options *ret_options);

#endif
