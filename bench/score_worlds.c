/* Makes a world of tables for the scorer, the same for a seed: score-worlds --out DIR [--seed S] [--entities N] [--null], or
 * prints the strengths of its schemes: score-worlds --strengths. See bench/worlds/README.md. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worlds/world.h"

#define ENTITIES_USUAL 12000
#define ENTITIES_MIN   1000
#define ENTITIES_MAX   1000000

typedef struct world_options {
    const char *folder;
    uint64_t seed, entities;
    bool null, strengths;
} world_options;

static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *ret_number)
{
    char *end = NULL;

    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < low || number > high)
        return false;
    *ret_number = number;
    return true;
}

static bool read_options(int argc, char **argv, world_options *options)
{
    *options = (world_options){.seed = 1, .entities = ENTITIES_USUAL};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--null") == 0) {
            options->null = true;
            continue;
        }
        if (strcmp(argv[i], "--strengths") == 0) {
            options->strengths = true;
            continue;
        }
        if (strcmp(argv[i], "--out") == 0 && value != NULL)
            options->folder = value;
        else if (strcmp(argv[i], "--seed") == 0 && read_number(value, 0, UINT64_MAX, &options->seed))
            ;
        else if (strcmp(argv[i], "--entities") != 0 || !read_number(value, ENTITIES_MIN, ENTITIES_MAX, &options->entities))
            return false;
        i++;
    }
    return options->strengths || options->folder != NULL;
}

int main(int argc, char **argv)
{
    world_options options;
    score_world world;

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: score-worlds --out DIR [--seed S] [--entities %d..%d] [--null] | --strengths\n", ENTITIES_MIN,
                ENTITIES_MAX);
        return 2;
    }
    if (options.strengths) {
        world_print_strengths();
        return 0;
    }
    bool made = world_make(&world, options.seed, (uint32_t)options.entities, options.null);
    if (!made)
        fprintf(stderr, "score-worlds: out of memory, or too few entities for the schemes\n");
    bool good = made && world_write(&world, options.folder);
    world_free(&world);
    return good ? 0 : 1;
}
