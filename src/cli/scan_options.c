/* The options of a scan, for all commands that run one. */
#include "cli/scan_options.h"

#include "base/cores.h"
#include "base/group.h"
#include "base/memory.h"
#include "base/process.h"
#include "cli/rule_options.h"
#include "cli/score_options.h"

static int parse_places(ca_cli *cli, const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    const char *db = ca_argument(arguments, "db");
    options->disk = cli->disk;
    options->clock = cli->clock;
    options->version = CA_VERSION;
    options->process = ca_process_number();
    options->db = db ? db : "claimaudit.db";
    options->work = ca_argument(arguments, "work");
    options->publish = ca_argument(arguments, "publish");
    options->metrics = ca_argument(arguments, "metrics");
    options->values = ca_argument(arguments, "values");
    options->group = ca_argument(arguments, "group");
    return options->group ? ca_group_find(options->group, &options->group_number, err) : 0;
}

static int parse_limits(ca_cli *cli, const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    int rc = ca_argument_share(arguments, "max-rejects", &options->max_rejects, &options->max_rejects_share, err);
    rc = rc ? rc : ca_argument_size(arguments, "memory", ca_memory_default(cli->disk), &options->memory, err);
    rc = rc ? rc : ca_argument_number(arguments, "max-findings", options->max_findings, &options->max_findings, err);
    rc = rc ? rc : ca_argument_number(arguments, "profile-lines", 0, &options->profile_lines, err);
    rc = rc ? rc : ca_score_options(arguments, options, err);
    options->scores = !options->no_score;
    options->networks = options->scores && !ca_switch(arguments, "no-networks");
    return rc;
}

/* Of no consequence for what is found. */
static int parse_sizes(ca_cli *cli, const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    uint64_t read_size = 0, batch_rows = 0, buckets = 0, group_bytes = 0, large_bytes = 0, jobs = 0;
    int rc = ca_argument_number(arguments, "jobs", ca_cores_allowed(cli->disk), &jobs, err);
    rc = rc ? rc : ca_argument_number(arguments, "read-size", 0, &read_size, err);
    rc = rc ? rc : ca_argument_number(arguments, "batch-rows", 0, &batch_rows, err);
    rc = rc ? rc : ca_argument_number(arguments, "buckets", 0, &buckets, err);
    rc = rc ? rc : ca_argument_number(arguments, "group-bytes", 0, &group_bytes, err);
    rc = rc ? rc : ca_argument_number(arguments, "large-bytes", 0, &large_bytes, err);
    if (rc == 0 && (buckets > 4096 || (buckets & (buckets - 1)))) {
        rc = ca_error_set(err, CA_USAGE, "--buckets takes a power of two from 1 to 4096");
    }
    options->jobs = (unsigned)jobs;
    options->read_size = (size_t)read_size;
    options->batch_rows = (unsigned)batch_rows;
    options->buckets = (unsigned)buckets;
    options->group_bytes = group_bytes;
    options->large_bytes = large_bytes;
    return rc;
}

int ca_scan_arguments(ca_cli *cli, const ca_arguments *arguments, const char *command, size_t first, ca_scan_options *ret_options,
                      ca_error *err)
{
    ca_setup_options rules;
    ca_scan_options options = ca_scan_defaults();
    const char *profile = ca_argument(arguments, "profile");
    if (!profile || arguments->word_count <= first) {
        return ca_error_set(err, CA_USAGE, "%s; see claimaudit help %s",
                            profile ? "which files? name files, folders or - for standard input"
                                    : "which profile? for example --profile generic",
                            command);
    }
    options.inputs = arguments->words + first;
    options.input_count = arguments->word_count - first;
    int rc = ca_arguments_check(arguments, err);
    rc = rc ? rc : ca_share_profile(cli, profile, &options.profile, err);
    rc = rc ? rc : parse_places(cli, arguments, &options, err);
    rc = rc ? rc : ca_rule_options(cli, arguments, options.profile, &rules, err);
    rc = rc ? rc : ca_span_options(arguments, &options, err);
    rc = rc ? rc : parse_limits(cli, arguments, &options, err);
    rc = rc ? rc : parse_sizes(cli, arguments, &options, err);
    if (rc == 0) {
        ca_scan_take_rules(&options, &rules);
        *ret_options = options;
    }
    return rc;
}
