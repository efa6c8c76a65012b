/* The schema of the report, step by step: user_version N has had the first N steps. */
#ifndef CA_REPORT_SCHEMA_H
#define CA_REPORT_SCHEMA_H

#define CA_REPORT_APPLICATION 0x434C4155    /* "CLAU" */
#define CA_REPORT_VERSION 4
#define CA_REPORT_WITH_MODELS 4    /* the step that brought models of the population */

/* SQL of the step that leads to version index + 1. A new report takes all of them, an old one those that it lacks: so
 * never change a step that has been released. */
typedef struct ca_report_step {
    const char *tables;    /* base tables: makes them, or adds columns, each with a default for the rows that are there */
    const char *views;     /* drops the views that it changes, and makes them with further columns at their ends */
} ca_report_step;
extern const ca_report_step ca_report_steps[CA_REPORT_VERSION];

#endif
