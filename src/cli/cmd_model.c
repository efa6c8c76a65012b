/* claimaudit model: the model of the population that scores are measured against. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/process.h"
#include "cli/model_verbs.h"
#include "cli/report_options.h"
#include "cli/rule_options.h"
#include "cli/scan_options.h"
#include "cli/score_options.h"
#include "report/model.h"
#include "run/model_fit.h"

static int fit(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_scan_options options;
    ca_scan_summary summary = {0};
    ca_model_record model;
    ca_diags diags;
    int rc = ca_scan_arguments(cli, arguments, "model", 1, &options, err);
    if (rc) {
        return rc;
    }
    ca_diags_init(&diags, &cli->arena);
    rc = ca_model_fit(&options, &cli->arena, &diags, &summary, &model, err);
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    if (rc == CA_END) {
        fprintf(cli->out, "Nothing to do: model %lld of %s says the very same.\n", (long long)model.number, options.db);
        return 0;
    }
    if (rc == 0) {
        char from[CA_DATE_SIZE], through[CA_DATE_SIZE];
        ca_date_print(model.period_from, from);
        ca_date_print(model.period_through, through);
        fprintf(cli->out, "Model %lld fitted on %llu lines of %s to %s, written to %s.\n", (long long)model.number,
                (unsigned long long)model.lines, from, through, model.file);
    }
    return rc;
}

static int freeze(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    const char *db = ca_argument(arguments, "db");
    ca_model_record model;
    bool thaw = ca_switch(arguments, "thaw");
    const ca_scan_options options = {.disk = cli->disk, .clock = cli->clock, .process = ca_process_number(),
                                     .db = db ? db : "claimaudit.db"};
    int rc = arguments->word_count > 1 ? ca_error_set(err, CA_USAGE, "model freeze takes options only: it is about the last model") : 0;
    rc = rc ? rc : ca_model_freeze(&options, thaw, &cli->arena, &model, err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE, "%s has no model: a scan with scores or claimaudit model fit makes one", options.db);
    }
    if (rc == 0) {
        fprintf(cli->out, thaw ? "Model %lld may be replaced again.\n" : "Model %lld is frozen: no other takes its place.\n",
                (long long)model.number);
    }
    return rc;
}

static const struct {
    const char *name;
    int (*run)(ca_cli *cli, const ca_arguments *arguments, ca_error *err);
} verbs[] = {{"fit", fit}, {"show", ca_model_show}, {"diff", ca_model_diff}, {"freeze", freeze}};

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    for (size_t i = 0; arguments->word_count && i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, arguments->words[0]) == 0) {
            return verbs[i].run(cli, arguments, err);
        }
    }
    return ca_error_set(err, CA_USAGE, "model fit, show, diff or freeze? see claimaudit help model");
}

static const ca_option options[] = {
    CA_DB_OPTION,
    CA_FORMAT_OPTION,
    {"thaw", NULL, "freeze: the model may be replaced again", false},
    {"profile", "NAME|FILE", "fit: how to read the files: a shipped profile or a file (needed)", false},
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    CA_DATA_FROM_OPTION,
    CA_DATA_THROUGH_OPTION,
    CA_SCORE_MONTHS_OPTION,
    {"max-rejects", "N|N%", "fit: rejected rows allowed per file (default 1%, never under one row)", false},
    CA_MEMORY_OPTION,
    {"jobs", "N", "fit: threads (default the cores allowed); any number gives the same model", false},
    {"work", "DIR", "fit: folder for temporary files (default beside the database)", false},
    {"group", "NAME", "fit: group of users that may read and write what is kept", false},
    {0}};

const ca_command ca_cmd_model = {
    .name = "model",
    .summary = "fit, show, compare or freeze what scores are measured against",
    .synopsis = "fit --profile NAME|FILE [options] FILE|DIR|- … | show [N] | diff N M | freeze [--thaw]",
    .description =
        "A model holds what is usual: of each kind of entity the medians and scales of its peers, how\n"
        "features go together and how far scores reach, and of claim lines what is usual of their code,\n"
        "price and units. A report's first scan makes one; later scans are scored against the last one.\n\n"
        "fit     makes another from these files, best a whole period (--score-months); the next\n"
        "        scans are scored against it. Nothing of these files goes into the report\n"
        "show    lists the models of the report, or the features of model N with their quantiles\n"
        "diff    how far the quantiles of each feature moved from model N to model M\n"
        "freeze  keeps the last model: fit refuses to replace it, until freeze --thaw. Scores of later\n"
        "        nights are then comparable, and scans tell how far the population has moved since",
    .options = options,
    .run = run};
