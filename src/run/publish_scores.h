/* Scores on their way into a report. Their rules are numbered from first_rule, behind those of the set. */
#ifndef CA_RUN_PUBLISH_SCORES_H
#define CA_RUN_PUBLISH_SCORES_H

#include "report/report.h"
#include "run/scan.h"
#include "run/score_findings.h"

#define CA_SCORES_STORED 1000    /* of a kind, unless told */

typedef struct ca_scores_told {
    const ca_scored *scored;     /* NULL: nothing was, and nothing is done */
    uint32_t first_rule;
    uint64_t most_findings;      /* of a pair or ring rule */
    uint64_t most_scores;        /* of a kind; leads always */
} ca_scores_told;

/* Kinds of which there is nobody have no rule. Adds the rules of scores to those of the summary, and their leads to its findings. Call it once, when the run is not there
 * already. */
int ca_scores_summarise(const ca_scores_told *scores, ca_arena *arena, ca_scan_summary *summary, ca_error *err);
typedef int ca_scores_visit(void *to, const ca_finding *finding, ca_error *err);
/* The findings alone, for whoever needs the places of their lines. */
int ca_scores_findings(const ca_scores_told *scores, ca_scores_visit *visit, void *to, ca_error *err);
/* In the transaction of a run, after its rules; then, after its findings, scores with the findings of leads. */
int ca_publish_score_rules(const ca_scores_told *scores, ca_report *report, ca_error *err);
int ca_publish_scores(const ca_scores_told *scores, ca_report *report, ca_error *err);

#endif
