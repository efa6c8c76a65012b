/* A model of the population, made from claims without a report of them. */
#ifndef CA_RUN_MODEL_FIT_H
#define CA_RUN_MODEL_FIT_H

#include "report/model.h"
#include "run/scan.h"

/* Reads and judges the inputs as a scan does (features may ask what rules hit), fits a model to their entities and lines and makes it
 * the report's, which is created if need be. CA_END: the report's model says the very same, and nothing was written. CA_USAGE when that
 * one is frozen; CA_CONFIG with reasons in diags; CA_FAIL when there is nobody to learn from. */
int ca_model_fit(const ca_scan_options *options, ca_arena *arena, ca_diags *diags, ca_scan_summary *ret_summary,
                 ca_model_record *ret_model, ca_error *err);
/* Keeps the last model, or, with `thaw`, lets another take its place. Under the lock of the report: a night that runs would not know.
 * Of the options disk, clock, db and process count. CA_END: there is none. */
int ca_model_freeze(const ca_scan_options *options, bool thaw, ca_arena *arena, ca_model_record *ret_model, ca_error *err);

#endif
