/* What is said of scores on the command line of a scan. */
#ifndef CA_CLI_SCORE_OPTIONS_H
#define CA_CLI_SCORE_OPTIONS_H

#include "cli/command.h"
#include "run/scan.h"

#define CA_NO_SCORE_OPTION {"no-score", NULL, "do not compare providers and patients with their peers", false}
#define CA_BUDGET_OPTION {"budget", "N|N%", "leads of each kind of entity (default 1%, at least 10, at most 200)", false}
#define CA_MAX_SCORES_OPTION {"max-scores", "N", "scores stored of each kind of entity (default 1000); leads always", false}

#define CA_SCORE_MONTHS_OPTION {"score-months", "N", "calendar months of claims that scores are made of (default 12)", false}

/* --score-months. */
int ca_score_months_option(const ca_arguments *arguments, ca_scan_options *options, ca_error *err);
/* --no-score, --budget, --max-scores, --score-months. */
int ca_score_options(const ca_arguments *arguments, ca_scan_options *options, ca_error *err);

#endif
