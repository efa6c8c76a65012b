/* The model that a run's scores are measured against. The report names the last one; its file lies beside the report. A run
 * without one fits the first from its own input, and keeps it: the file is written before the transaction that names it, so that a
 * run that is killed in between leaves a file that nobody knows, and its rerun fits the same again. */
#ifndef CA_RUN_MODEL_H
#define CA_RUN_MODEL_H

#include "report/model.h"
#include "run/state.h"
#include "store/model_file.h"

typedef struct ca_run_model {
    bool known;                /* the report has one, and `file` is what it says; else the run fits its own */
    ca_model_record record;    /* of the one that is known, or was kept */
    ca_model_file file;
} ca_run_model;

/* Looks into the report, and whether the file is sound; all lives in the run's arena, but sections are not kept: they are needed when
 * all rules have judged. CA_CONFIG when a model is named but cannot be read: it says what to do. */
int ca_model_find(const ca_scan_state *scan, ca_run_model *ret_model, ca_error *err);
/* Reads the file of a known one again, now with sections, which live in `arena`. */
int ca_model_load(const ca_scan_state *scan, ca_arena *arena, ca_run_model *model, ca_error *err);
/* As ca_model_find without reading the file. */
int ca_model_look(const ca_scan_state *scan, ca_run_model *ret_model, ca_error *err);
/* Writes what was fitted beside the report, under the next number. `file` has period, lines, features and sections; run is the
 * identity of this run. ret_model->known stays as it is. */
int ca_model_keep(const ca_scan_state *scan, ca_digest run, const ca_model_file *file, ca_run_model *model, ca_error *err);
/* Takes a file away again that no transaction named. */
void ca_model_discard(const ca_scan_state *scan, const ca_run_model *model);
/* Removes models beside the report that it does not name: a run was killed before it did. Where it names none at all nothing is touched: it
 * may be another report than it was. The caller holds the lock. */
int ca_model_sweep(const ca_scan_state *scan, ca_error *err);
/* Path of the file of a record, in `arena`; NULL when there is no memory. */
const char *ca_model_path(const char *db, const char *file, ca_arena *arena);

#endif
