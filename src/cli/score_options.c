/* What is said of scores on the command line of a scan. */
#include "cli/score_options.h"

int ca_score_options(const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    options->no_score = ca_switch(arguments, "no-score");
    options->has_budget = ca_argument(arguments, "budget") != NULL;
    int rc = ca_argument_share(arguments, "budget", &options->budget, &options->budget_share, err);
    return rc ? rc : ca_argument_number(arguments, "max-scores", options->max_scores, &options->max_scores, err);
}
