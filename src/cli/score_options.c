/* What is said of scores on the command line of a scan. */
#include "cli/score_options.h"

/* Who says what holds anyway asks for no other run. */
int ca_score_months_option(const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    uint64_t months = CA_SCORE_MONTHS;
    int rc = ca_argument_number(arguments, "score-months", CA_SCORE_MONTHS, &months, err);
    options->score_months = months == CA_SCORE_MONTHS ? 0 : (unsigned)months;
    return rc;
}

int ca_score_options(const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    options->no_score = ca_switch(arguments, "no-score");
    options->has_budget = ca_argument(arguments, "budget") != NULL;
    int rc = ca_argument_share(arguments, "budget", &options->budget, &options->budget_share, err);
    if (rc == 0 && options->has_budget && options->budget == 0) {
        rc = ca_error_set(err, CA_USAGE, "--budget takes at least one lead; --no-score leaves scores out");
    }
    rc = rc ? rc : ca_argument_number(arguments, "max-scores", options->max_scores, &options->max_scores, err);
    return rc ? rc : ca_score_months_option(arguments, options, err);
}
