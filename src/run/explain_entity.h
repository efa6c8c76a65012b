/* Somebody beside their peers, also where a report does not keep it: read from the claim files, scored by the report's model. Nothing is
 * stored. */
#ifndef CA_RUN_EXPLAIN_ENTITY_H
#define CA_RUN_EXPLAIN_ENTITY_H

#include "report/report.h"
#include "run/scan.h"

typedef struct ca_entity_question {
    const char *db;             /* report whose model says what is usual */
    const char *kind;           /* "provider" … "line"; NULL = every kind that has somebody of this name */
    const char *id;             /* of a claim line claim_type/claim_id/line_no */
} ca_entity_question;

typedef struct ca_entity_told {
    ca_report *report;          /* in memory, with one run: score, reasons and all features, as a scan would store them. To be closed */
    uint64_t rows_read, rows_rejected;
} ca_entity_told;

/* options->db must be NULL; its limits of rejects and of what is stored do not apply. CA_USAGE when nobody is called so, or when the
 * report has no model; CA_CONFIG when the model is not for files like these, or, with the reasons in diags, when rules or profile are
 * refused. */
int ca_explain_scored(const ca_scan_options *options, const ca_entity_question *question, ca_arena *arena, ca_diags *diags,
                      ca_entity_told *ret_told, ca_error *err);

#endif
