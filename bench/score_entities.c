/* Scores a table of entities with the engine's own scorer and writes what it says of each:
 *     score-entities FOLDER [--budget N] [--out FILE] [--directed FILE]
 * FOLDER holds entities.csv and features.csv as score-worlds writes them. One row an entity, in the order of entities.csv, goes to
 * FILE, else to standard output: id, score, p, q, rank, lead, small (a lead by the quota), reasons (the three features with most
 * evidence, of leads and of the first N). --directed writes the peer z of each feature in its direction, by which other methods can be judged. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/scorer.h"
#include "worlds/read_world.h"

#define MEMORY  ((size_t)1 << 30)
#define REASONS 3

typedef struct entity_options {
    const char *folder, *out, *directed;
    uint32_t budget;
} entity_options;

/* All that a run has at hand. */
typedef struct score_run {
    entity_options options;
    ca_arena arena;                 /* of the run */
    ca_arena scratch;               /* of one entity */
    world_features_file features;
    ca_score_table *table;
    ca_score_model *model;
    ca_score_results *results;
    const ca_score_lead **leads;    /* of each entity, or NULL */
} score_run;

static bool read_options(int argc, char **argv, entity_options *options)
{
    *options = (entity_options){0};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (argv[i][0] != '-') {
            if (options->folder != NULL)
                return false;
            options->folder = argv[i];
            continue;
        }
        i++;
        if (value == NULL)
            return false;
        if (strcmp(argv[i - 1], "--out") == 0) {
            options->out = value;
        } else if (strcmp(argv[i - 1], "--directed") == 0) {
            options->directed = value;
        } else if (strcmp(argv[i - 1], "--budget") == 0) {
            int64_t number;
            if (!ca_text_to_int(ca_text_of(value), &number) || number < 1 || number > CA_SCORE_ENTITIES)
                return false;
            options->budget = (uint32_t)number;
        } else {
            return false;
        }
    }
    return options->folder != NULL;
}

static int score(score_run *scoring, ca_error *err)
{
    ca_score_settings settings = {.budget = scoring->options.budget, .small_claims = CA_SCORE_SMALL_CLAIMS};
    const entity_options *options = &scoring->options;
    int code = world_read_features(ca_disk_real(), options->folder, &scoring->arena, &scoring->features, err);

    if (code == 0)
        code = world_read_table(ca_disk_real(), options->folder, &scoring->features, MEMORY, &scoring->table, err);
    if (code == 0)
        code = ca_score_fit(scoring->table, ca_linalg_fast(), &scoring->model, err);
    if (code == 0)
        code = ca_score_apply(scoring->model, scoring->table, &settings, &scoring->results, err);
    if (code != 0)
        return code;
    scoring->leads = ca_arena_array(&scoring->arena, scoring->results->count, sizeof *scoring->leads);
    if (scoring->leads == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < scoring->results->lead_count; i++)
        scoring->leads[scoring->results->leads[i].entity] = &scoring->results->leads[i];
    return 0;
}

static int write_reasons(score_run *scoring, size_t entity, FILE *file, ca_error *err)
{
    ca_score_explanation explanation;
    int code = ca_score_explain(scoring->model, scoring->table, entity, &scoring->scratch, &explanation, err);

    for (size_t i = 0; code == 0 && i < explanation.count && i < REASONS; i++) {
        if (explanation.reasons[i].evidence > 0)
            fprintf(file, "%s%s", i == 0 ? "" : ";", scoring->features.features[explanation.reasons[i].feature].name);
    }
    ca_arena_reset(&scoring->scratch);
    return code;
}

static int write_scores(score_run *scoring, FILE *file, ca_error *err)
{
    int code = 0;

    fprintf(file, "id,score,p,q,rank,lead,small,reasons\n");
    for (size_t i = 0; code == 0 && i < scoring->results->count; i++) {
        const ca_score_result *result = &scoring->results->entities[i];
        const ca_score_lead *lead = scoring->leads[i];
        ca_text id = ca_score_table_id(scoring->table, i);
        fprintf(file, "%.*s,%.6f,%.9g,%.9g,%" PRIu32 ",%s,%s,", (int)id.len, id.ptr, result->score / 1e6, result->p, result->q,
                result->rank, lead != NULL ? "yes" : "no", lead != NULL && lead->small ? "yes" : "no");
        if (lead != NULL || (result->rank > 0 && result->rank <= scoring->results->budget))
            code = write_reasons(scoring, i, file, err);
        fputc('\n', file);
    }
    return code;
}

static int write_directed(score_run *scoring, FILE *file, ca_error *err)
{
    const world_features_file *features = &scoring->features;
    double z[CA_SCORE_FEATURES] = {0};
    int code = 0;

    fprintf(file, "id");
    for (size_t f = 0; f < features->count; f++)
        if (features->features[f].direction != 0)
            fprintf(file, ",%s", features->features[f].name);
    for (size_t i = 0; code == 0 && i < scoring->results->count; i++) {
        ca_text id = ca_score_table_id(scoring->table, i);
        ca_score_explanation explanation;
        code = ca_score_explain(scoring->model, scoring->table, i, &scoring->scratch, &explanation, err);
        for (size_t r = 0; code == 0 && r < explanation.count; r++)
            z[explanation.reasons[r].feature] = explanation.reasons[r].present ? explanation.reasons[r].z : (double)NAN;
        fprintf(file, "\n%.*s", (int)id.len, id.ptr);
        for (size_t f = 0; code == 0 && f < features->count; f++) {
            int direction = features->features[f].direction;
            if (direction != 0 && isfinite(z[f]))
                fprintf(file, ",%.9g", direction == 2 ? fabs(z[f]) : direction * z[f]);
            else if (direction != 0)
                fputc(',', file);
        }
        ca_arena_reset(&scoring->scratch);
    }
    fputc('\n', file);
    return code;
}

static int write_to(score_run *scoring, const char *path, int (*write)(score_run *, FILE *, ca_error *), ca_error *err)
{
    FILE *file = path != NULL ? fopen(path, "w") : stdout;

    if (file == NULL)
        return ca_error_set(err, CA_FAIL, "cannot write %s", path);
    int code = write(scoring, file, err);
    bool good = ferror(file) == 0;
    good = (file == stdout ? fflush(file) : fclose(file)) == 0 && good;
    return code != 0 || good ? code : ca_error_set(err, CA_FAIL, "what was found was not written as a whole");
}

int main(int argc, char **argv)
{
    score_run scoring = {0};
    ca_error err = {0};

    if (!read_options(argc, argv, &scoring.options)) {
        fprintf(stderr, "usage: score-entities FOLDER [--budget N] [--out FILE] [--directed FILE]\n");
        return 2;
    }
    ca_arena_init(&scoring.arena);
    ca_arena_init(&scoring.scratch);
    int code = score(&scoring, &err);
    if (code == 0)
        code = write_to(&scoring, scoring.options.out, write_scores, &err);
    if (code == 0 && scoring.options.directed != NULL)
        code = write_to(&scoring, scoring.options.directed, write_directed, &err);
    if (code != 0 && err.file[0] != '\0')
        fprintf(stderr, "score-entities: %s:%" PRIu32 ":%" PRIu32 ": %s\n", err.file, err.line, err.column, err.text);
    else if (code != 0)
        fprintf(stderr, "score-entities: %s\n", err.text);
    ca_score_results_free(scoring.results);
    ca_score_model_free(scoring.model);
    ca_score_table_free(scoring.table);
    ca_arena_done(&scoring.scratch);
    ca_arena_done(&scoring.arena);
    return code == 0 ? 0 : ca_error_exit_status(code);
}
