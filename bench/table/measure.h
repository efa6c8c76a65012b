/* How well scores put the labelled rows first: AUROC, AUPRC (average precision) and precision at the number of labelled rows. */
#ifndef BENCH_TABLE_MEASURE_H
#define BENCH_TABLE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct table_measure {
    FILE *file;         /* one word a row: score in millionths and label */
    uint64_t rows, anomalies;
    double auroc, auprc, precision;
} table_measure;

/* Scores are 0 to 64, of which millionths count. False when a file cannot be written or read, or memory ran out. */
bool table_measure_begin(table_measure *measure, const char *folder);
bool table_measure_add(table_measure *measure, double score, bool anomaly);
/* The three figures; rows of equal score are one step: half of them count as above each other (AUROC), recall and precision change
 * at once (AUPRC), and those at the limit count in proportion (precision). Not defined when either kind of rows is missing. */
bool table_measure_end(table_measure *measure);
void table_measure_done(table_measure *measure);

#endif
