/* Scores the rows of any table of numbers with the engine's generic ensemble, and says on one line how well the scores put
 * labelled rows first. README.md in this folder describes the options and what it prints. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/ensemble.h"
#include "table/measure.h"
#include "table/store.h"

enum { BLOCK = 1024 };

typedef struct settings {
    const char *path, *label, *scores, *folder;
    uint64_t seed;
    bool plain;
} settings;

static void usage(FILE *to)
{
    fputs("usage: score-table FILE.csv [--label COLUMN | --no-label] [--seed N] [--scores FILE] [--work FOLDER] [--plain]\n", to);
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return false;
    *ret_number = number;
    return true;
}

/* False when the command line makes no sense. */
static bool read_options(int argc, char **argv, settings *options)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--plain") == 0)
            options->plain = true;
        else if (strcmp(argv[i], "--no-label") == 0)
            options->label = "";
        else if (strcmp(argv[i], "--label") == 0 && has_value)
            options->label = argv[++i];
        else if (strcmp(argv[i], "--scores") == 0 && has_value)
            options->scores = argv[++i];
        else if (strcmp(argv[i], "--work") == 0 && has_value)
            options->folder = argv[++i];
        else if (strcmp(argv[i], "--seed") == 0 && has_value && read_number(argv[i + 1], &options->seed))
            i++;
        else if (strncmp(argv[i], "--", 2) != 0 && options->path == NULL)
            options->path = argv[i];
        else
            return false;
    }
    return options->path != NULL;
}

static int write_failed(ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "cannot write scores or a temporary file");
}

static int rate_block(table_store *store, ca_ensemble *ensemble, uint64_t first, size_t count, double *rows, FILE *scores,
                      table_measure *measure, ca_error *err)
{
    double labels[BLOCK], found[BLOCK];
    int result = table_store_get(store, first, count, rows, labels, err);
    if (result < 0)
        return result;
    ca_ensemble_rate(ensemble, rows, count, found);
    for (size_t i = 0; i < count; i++) {
        if (scores != NULL && fprintf(scores, "%.6f\n", found[i]) < 0)
            return write_failed(err);
        if (!isnan(labels[i]) && !table_measure_add(measure, found[i], labels[i] > 0))
            return write_failed(err);
    }
    return 0;
}

static int rate_all(table_store *store, ca_ensemble *ensemble, FILE *scores, table_measure *measure, ca_error *err)
{
    double *rows = calloc(BLOCK * store->columns, sizeof *rows);
    int result = rows != NULL ? 0 : ca_error_nomem(err);
    for (uint64_t first = 0; first < store->rows && result == 0; first += BLOCK) {
        size_t count = store->rows - first < BLOCK ? (size_t)(store->rows - first) : BLOCK;
        result = rate_block(store, ensemble, first, count, rows, scores, measure, err);
    }
    free(rows);
    if (result == 0 && !table_measure_end(measure))
        result = write_failed(err);
    return result;
}

static int rate(table_store *store, ca_ensemble *ensemble, const settings *options, table_measure *ret_measure, ca_error *err)
{
    FILE *scores = options->scores != NULL ? fopen(options->scores, "w") : NULL;
    if (options->scores != NULL && scores == NULL)
        return ca_error_set(err, CA_FAIL, "cannot write %s", options->scores);
    int result = table_measure_begin(ret_measure, options->folder) ? 0 : write_failed(err);
    if (result == 0 && scores != NULL && fputs("score\n", scores) < 0)
        result = write_failed(err);
    if (result == 0)
        result = rate_all(store, ensemble, scores, ret_measure, err);
    if (scores != NULL && fclose(scores) != 0 && result == 0)
        result = write_failed(err);
    table_measure_done(ret_measure);
    return result;
}

static void print_table(const settings *options, const table_store *store, const ca_ensemble_facts *facts)
{
    const char *slash = strrchr(options->path, '/');
    printf("%s rows=%" PRIu64 " columns=%zu dropped=%zu missing=%" PRIu64 " rejected=%" PRIu64 " sample=%zu seed=%" PRIu64,
           slash != NULL ? slash + 1 : options->path, store->rows, store->columns, store->columns - facts->columns_used,
           facts->missing, store->rejected, facts->sample, options->seed);
}

static void print_measure(const table_store *store, const table_measure *measure)
{
    if (!store->labelled)
        puts(" no label column");
    else if (measure->anomalies == 0 || measure->anomalies == measure->rows)
        printf(" anomalies=%" PRIu64 " of %" PRIu64 ", nothing to measure\n", measure->anomalies, measure->rows);
    else
        printf(" anomalies=%" PRIu64 " AUROC=%.6f AUPRC=%.6f P@n=%.6f\n", measure->anomalies, measure->auroc, measure->auprc,
               measure->precision);
}

static int run(const settings *options, table_store *store, ca_error *err)
{
    ca_ensemble_rows rows = {.count = store->rows, .columns = store->columns, .read = table_store_rows, .state = store};
    ca_ensemble_facts facts = {0};
    ca_ensemble *ensemble = NULL;
    table_measure measure = {0};
    int result = ca_ensemble_fit(options->plain ? ca_linalg_plain() : ca_linalg_fast(), &rows, options->seed, &ensemble, &facts, err);
    if (result == 0)
        result = rate(store, ensemble, options, &measure, err);
    ca_ensemble_free(ensemble);
    if (result < 0)
        return result;
    print_table(options, store, &facts);
    if (result == CA_END)
        printf(" insufficient data: %s\n", store->rows < CA_ENSEMBLE_LEAST_ROWS ? "too few rows" : "no column varies");
    else
        print_measure(store, &measure);
    return 0;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    settings options = {.seed = 1, .folder = folder != NULL && folder[0] != '\0' ? folder : "/tmp"};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!read_options(argc, argv, &options)) {
        usage(stderr);
        return 2;
    }
    table_store store;
    ca_error err = {0};
    int result = table_store_read(options.path, options.label, options.folder, &store, &err);
    if (result == 0) {
        result = run(&options, &store, &err);
        table_store_done(&store);
    }
    if (result < 0)
        fprintf(stderr, "score-table: %s%s%s\n", err.file, err.file[0] != '\0' ? ": " : "", err.text);
    return ca_error_exit_status(result);
}
