/* Which models of the population a report knows: the files lie beside it, the last one is the one that scans are scored
 * against. */
#ifndef CA_REPORT_MODEL_H
#define CA_REPORT_MODEL_H

#include "report/report.h"

typedef struct ca_model_record {
    int64_t number;               /* 1, 2, 3 … */
    ca_digest digest;             /* of what it says */
    const char *file;             /* name beside the database */
    const char *made;             /* UTC, ISO */
    ca_digest run;                /* identity of the run that fitted it */
    ca_date period_from, period_through;
    uint64_t lines;               /* that it was fitted on */
    const char *frozen;           /* UTC, ISO: since when no other takes its place; NULL = it may be replaced */
} ca_model_record;

/* The last one; texts live in `arena`. CA_END when there is none, or no report. Nothing is written; the report may be of an older
 * claimaudit. */
int ca_report_current_model(const char *path, ca_arena *arena, ca_model_record *ret_model, ca_error *err);
/* Any of them; CA_END when there is no such number. */
int ca_report_find_model(const char *path, int64_t number, ca_arena *arena, ca_model_record *ret_model, ca_error *err);
/* Does any of them have the file of this name? An error where that cannot be told. */
int ca_report_names_model(const char *path, const char *file, bool *ret_named, ca_error *err);
/* In the transaction of a run, or by itself. */
int ca_report_add_model(ca_report *report, const ca_model_record *model, ca_error *err);
/* The last one is frozen from `when` on, or, with NULL, may be replaced again. CA_END when there is none. */
int ca_report_freeze_model(ca_report *report, const char *when, ca_error *err);
/* All of them, the last one first. */
int ca_report_models(ca_report *report, ca_report_visit visit, void *context, ca_error *err);

#endif
