/* A world as files: what the scorer may see (entities.csv, features.csv) and what it may not (labels.csv). */
#include "worlds/world.h"

#include <math.h>
#include <stdio.h>

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = len > 0 && (size_t)len < sizeof path ? fopen(path, "w") : NULL;

    if (file == NULL)
        fprintf(stderr, "score-worlds: cannot write %s/%s\n", folder, name);
    return file;
}

static bool close_written(FILE *file, const char *name)
{
    bool good = ferror(file) == 0;

    good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "score-worlds: %s was not written as a whole\n", name);
    return good;
}

static void write_entity(const world_provider *provider, FILE *file)
{
    double claims = provider->exposure[WORLD_CLAIMS];

    fprintf(file, "P%06u,specialty-%u,region-%u,%u,%.2f", provider->number, provider->specialty + 1, provider->region + 1,
            provider->exposure[WORLD_CLAIMS], provider->value[PAID_PER_CLAIM] * claims);
    for (uint32_t f = 0; f < WORLD_FEATURES; f++) {
        uint32_t n = provider->exposure[world_features[f].exposure];
        if (n > 0)
            fprintf(file, ",%.9g,%u", provider->value[f], n);
        else
            fprintf(file, ",,0");
    }
    fputc('\n', file);
}

static bool write_entities(const score_world *world, const char *folder)
{
    FILE *file = open_in(folder, "entities.csv");

    if (file == NULL)
        return false;
    fprintf(file, "id,specialty,region,claims,paid");
    for (uint32_t f = 0; f < WORLD_FEATURES; f++)
        fprintf(file, ",%s,%s.n", world_features[f].name, world_features[f].name);
    fputc('\n', file);
    for (uint32_t i = 0; i < world->count; i++)
        write_entity(&world->providers[i], file);
    return close_written(file, "entities.csv");
}

static bool write_features(const char *folder)
{
    FILE *file = open_in(folder, "features.csv");

    if (file == NULL)
        return false;
    fprintf(file, "name,transform,direction,min_exposure,money,words\n");
    for (uint32_t f = 0; f < WORLD_FEATURES; f++) {
        const world_feature *feature = &world_features[f];
        fprintf(file, "%s,%s,%d,%u,%s,%s\n", feature->name, feature->family == WORLD_SHARE ? "share" : "log",
                feature->direction, feature->min_exposure, feature->money ? "yes" : "no", feature->words);
    }
    return close_written(file, "features.csv");
}

/* Evidence that a scheme moves towards its direction; paid per patient follows from its factors. */
static void write_moved(const world_scheme *scheme, FILE *file)
{
    const char *between = "";
    bool product = false;

    for (uint32_t i = 0; i < WORLD_SHIFTS && scheme->shifts[i].scales[0] != 0; i++) {
        world_feature_id id = scheme->shifts[i].feature;
        if (world_features[id].direction == 0)
            continue;
        fprintf(file, "%s%s", between, world_features[id].name);
        between = ";";
        product = product || id == PAID_PER_CLAIM || id == CLAIMS_PER_PATIENT;
    }
    if (product)
        fprintf(file, ";%s", world_features[PAID_PER_PATIENT].name);
}

static bool write_labels(const score_world *world, const char *folder)
{
    FILE *file = open_in(folder, "labels.csv");

    if (file == NULL)
        return false;
    fprintf(file, "id,scheme,strength,manipulated\n");
    for (uint32_t i = 0; i < world->count; i++) {
        const world_provider *provider = &world->providers[i];
        if (provider->scheme < 0)
            continue;
        const world_scheme *scheme = &world_schemes[provider->scheme];
        fprintf(file, "P%06u,%s,%s,", provider->number, scheme->name, world_strength_names[provider->strength]);
        write_moved(scheme, file);
        fputc('\n', file);
    }
    return close_written(file, "labels.csv");
}

bool world_write(const score_world *world, const char *folder)
{
    return write_entities(world, folder) && write_features(folder) && write_labels(world, folder);
}

void world_print_strengths(void)
{
    printf("| scheme | feature | weak | middle | strong |\n|---|---|---|---|---|\n");
    for (uint32_t s = 0; s < WORLD_SCHEMES; s++) {
        const world_scheme *scheme = &world_schemes[s];
        for (uint32_t i = 0; i < WORLD_SHIFTS && scheme->shifts[i].scales[0] != 0; i++) {
            const world_shift *shift = &scheme->shifts[i];
            printf("| %s | %s%s | %+.1f | %+.1f | %+.1f |\n", i == 0 ? scheme->name : "", world_features[shift->feature].name,
                   world_features[shift->feature].direction == 0 ? " (context)" : "", shift->scales[0], shift->scales[1],
                   shift->scales[2]);
        }
    }
}
