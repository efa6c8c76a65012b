/* The library's one call, over the scan. */
#include "claimaudit.h"

#include <stdio.h>
#include <string.h>

#include "run/scan.h"

const char *claimaudit_version(void)
{
    return CA_VERSION;
}

static void tell(const ca_diags *diags, const ca_error *error, char *message, size_t size)
{
    for (size_t i = 0; i < diags->count; i++) {
        const ca_diag *diag = &diags->items[i];
        if (diag->severity == CA_DIAG_ERROR) {
            snprintf(message, size, "%s:%u:%u: %s", diag->file, diag->line, diag->column, diag->text);
            return;
        }
    }
    snprintf(message, size, "%s", error->text);
}

int claimaudit_scan(const claimaudit_options *options, claimaudit_result *result, char *message,
                    size_t message_size)
{
    ca_scan_options scan = ca_scan_defaults();
    ca_scan_summary summary;
    ca_arena arena;
    ca_diags diags;
    ca_error error = {0};
    scan.disk = ca_disk_real();
    scan.clock = ca_clock_real();
    scan.version = CA_VERSION;
    scan.profile = options->profile;
    scan.shipped_rules = options->rules;
    scan.rule_folders = &options->own_rules;
    scan.rule_folder_count = options->own_rules ? 1 : 0;
    scan.inputs = options->inputs;
    scan.input_count = options->input_count;
    scan.db = options->db;
    scan.memory = options->memory ? options->memory : scan.memory;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    int rc = ca_scan(&scan, &arena, &diags, &summary, &error);
    if (rc < 0 && message && message_size) {
        tell(&diags, &error, message, message_size);
    }
    *result = (claimaudit_result){.run = summary.run,
                                  .already_done = summary.already_done,
                                  .rows_read = summary.rows_read,
                                  .rows_accepted = summary.rows_accepted,
                                  .rows_rejected = summary.rows_rejected,
                                  .rows_skipped = summary.rows_skipped,
                                  .lines = summary.lines,
                                  .claims = summary.claims,
                                  .findings = summary.findings};
    int status = rc < 0 ? ca_error_exit_status(rc) : summary.alarm_count ? CLAIMAUDIT_ALARM : CLAIMAUDIT_DONE;
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    return status;
}
