/* How scores are printed for people. */
#include "cli/show_scores.h"

#include "cli/report_options.h"

int ca_show_reason(void *out, const ca_report_row *row)
{
    FILE *to = out;
    if (row->cells[1].ptr) {
        fprintf(to, "  %3.*s %%  ", (int)row->cells[1].len, row->cells[1].ptr);
    } else {
        fputs("  ", to);
    }
    ca_print_data(to, row->cells[0]);
    fputc('\n', to);
    return 0;
}

typedef struct ca_members {
    ca_cli *cli;
    ca_output *output;
} ca_members;

static int show_member(void *context, const ca_report_row *row)
{
    ca_members *members = context;
    if (!members->output) {
        fputs("\nMembers\n", members->cli->out);
        members->output = ca_output_new(members->cli, CA_FORMAT_TABLE);
    }
    return members->output ? ca_visit_output(members->output, row) : CA_NOMEM;
}

int ca_show_members(ca_cli *cli, ca_report *report, int64_t finding, ca_error *err)
{
    ca_members members = {cli, NULL};
    int rc = ca_report_finding_members(report, finding, show_member, &members, err);
    if (members.output) {
        ca_output_end(members.output);
    }
    return rc;
}
