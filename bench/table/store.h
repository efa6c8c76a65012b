/* A table of numbers on its way from a CSV file to the scorer: a temporary file of doubles, the label behind each row. */
#ifndef BENCH_TABLE_STORE_H
#define BENCH_TABLE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct table_store {
    FILE *file;             /* without a name */
    size_t columns;         /* without the label */
    uint64_t rows;
    uint64_t rejected;      /* records with broken quotes, or too long */
    bool labelled;
    double *row;            /* scratch */
    uint64_t at;            /* where the file is read next */
} table_store;

/* Reads a CSV file (plain, gzip or zstd; - is standard input) whose first row has the names of columns. `label`: the name of the
 * column of labels; NULL: the last one if it is named label, y, target, class, outlier, anomaly or is_anomaly, in any case; "":
 * none. A short row lacks its last cells, what is too long in a row is left out. CA_USAGE: there is no such column. */
int table_store_read(const char *path, const char *label, const char *folder, table_store *ret_store, ca_error *err);
void table_store_done(table_store *store);

/* Rows, and their labels (0, 1 or NAN) where ret_labels is not NULL. */
int table_store_get(table_store *store, uint64_t first, size_t count, double *ret_rows, double *ret_labels, ca_error *err);
/* The same without labels, for ca_ensemble_rows: state is the store. */
int table_store_rows(void *store, uint64_t first, size_t count, double *to, ca_error *err);

FILE *table_temporary(const char *folder);   /* without a name; NULL with errno */

#endif
