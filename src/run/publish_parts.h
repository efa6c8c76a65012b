/* Files, joins and rules of a run on their way into its report. */
#ifndef CA_RUN_PUBLISH_PARTS_H
#define CA_RUN_PUBLISH_PARTS_H

#include "report/report.h"
#include "run/state.h"

/* In the transaction of the run, before its findings. */
int ca_publish_parts(const ca_scan_state *scan, ca_report *report, ca_error *err);

#endif
