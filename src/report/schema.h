/* The schema of the report, step by step: user_version N has had the first N steps. */
#ifndef CA_REPORT_SCHEMA_H
#define CA_REPORT_SCHEMA_H

#define CA_REPORT_APPLICATION 0x434C4155    /* "CLAU" */
#define CA_REPORT_VERSION 1

/* SQL of the step that leads to version index + 1; never change a step that has been released. */
extern const char *const ca_report_steps[CA_REPORT_VERSION][2];    /* tables, views */

#endif
