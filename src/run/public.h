/* What the files behind include/claimaudit.h share. */
#ifndef CA_RUN_PUBLIC_H
#define CA_RUN_PUBLIC_H

#include "claimaudit.h"
#include "run/publish_scores.h"
#include "run/state.h"

/* public_finding.c: hands the hits of active rules, then the leads of scores, to on_finding; *ret_stopped is what it returned when
 * not 0. */
int ca_deliver(ca_scan_state *scan, claimaudit_on_finding on_finding, void *context, int *ret_stopped,
               ca_error *err);
/* public_score.c: hands the scores that are kept to on_score; likewise. */
int ca_deliver_scores(ca_scan_state *scan, claimaudit_on_score on_score, void *context, int *ret_stopped, ca_error *err);
/* Of a scan that has judged: what is to be told, and how much of it. */
ca_scores_told ca_scores_of(const ca_scan_state *scan);

#endif
