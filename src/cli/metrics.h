/* What monitoring wants to know of the last run, as a text file for Prometheus: counts only, nothing of any claim. */
#ifndef CA_CLI_METRICS_H
#define CA_CLI_METRICS_H

#include "cli/command.h"
#include "run/scan.h"

/* CA_USAGE when `path` holds something else than such a file, or stands in no folder. */
int ca_metrics_check(ca_cli *cli, const char *path, ca_error *err);
typedef struct ca_metrics_run {
    const ca_scan_summary *summary;    /* as far as the run came */
    int exit_status;
    bool stored;                       /* the run is in the report */
    int64_t duration_ms;
} ca_metrics_run;
/* Replaces the file; 0644, for the collector is another user. */
int ca_metrics_write(ca_cli *cli, const char *path, const ca_metrics_run *run, ca_error *err);

#endif
