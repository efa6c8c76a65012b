/* What was measured, as a table for people and tests: one row for each entity and feature, by kind, identifier and feature. For this room
 * only. */
#ifndef CA_RUN_MEASURE_FILE_H
#define CA_RUN_MEASURE_FILE_H

#include "run/measuring.h"

typedef struct ca_measure_file ca_measure_file;
/* Values wait in a temporary file until all are there. */
int ca_measure_file_new(const ca_scan_state *scan, ca_measure_file **ret_file, ca_error *err);
void ca_measure_file_free(ca_measure_file *file);
int ca_measure_file_take(void *file, const ca_measured *measured, ca_error *err);    /* a ca_observe_measured */
/* CSV with a header, at `path`, which must not exist. */
int ca_measure_file_write(ca_measure_file *file, const char *path, ca_error *err);

#endif
