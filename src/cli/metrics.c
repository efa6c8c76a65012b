/* Writes the metrics of the last run. The time of the last success is carried over from the file that is replaced, so
 * that an alarm on its age works however many runs failed since. */
#include "cli/metrics.h"

#include <string.h>

#define FILE_MAX (4u << 20)
#define BEGINS "# HELP claimaudit_"
#define LAST_SUCCESS "claimaudit_last_success_timestamp_seconds "

static int read_old(ca_cli *cli, const char *path, ca_buf *ret_text, ca_error *err)
{
    ca_file_info info;
    int rc = cli->disk->info(cli->disk, path, &info, err);
    if (rc == 0 && !info.is_regular) {
        return ca_error_set(err, CA_USAGE, "%s: is no file; --metrics writes one", path);
    }
    return rc ? rc : ca_disk_read_all(cli->disk, path, FILE_MAX, ret_text, err);
}

static bool is_ours(ca_text text)
{
    return text.len == 0 || (text.len >= strlen(BEGINS) && memcmp(text.ptr, BEGINS, strlen(BEGINS)) == 0);
}

int ca_metrics_check(ca_cli *cli, const char *path, ca_error *err)
{
    ca_buf text;
    ca_file_info info;
    const char *folder = ca_disk_folder(&cli->arena, path);
    ca_buf_init(&text);
    int rc = folder ? cli->disk->info(cli->disk, folder, &info, err) : ca_error_nomem(err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE, "%s: there is no folder %s for --metrics", path, folder);
    }
    rc = rc ? rc : read_old(cli, path, &text, err);
    bool foreign = rc == CA_LIMIT || (rc == 0 && !is_ours(ca_buf_text(&text)));
    ca_buf_done(&text);
    if (foreign) {
        return ca_error_set(err, CA_USAGE, "%s: holds no metrics of claimaudit, and --metrics would replace it; name another "
                            "file", path);
    }
    return rc == CA_END ? 0 : rc;
}

/* A number of seconds, as it stood; "0" when none is known. */
static const char *last_success(ca_cli *cli, const char *path)
{
    ca_buf text;
    const char *found = "0";
    ca_buf_init(&text);
    if (read_old(cli, path, &text, NULL) == 0) {
        ca_text rest = ca_buf_text(&text);
        while (rest.len > strlen(LAST_SUCCESS) && memcmp(rest.ptr, LAST_SUCCESS, strlen(LAST_SUCCESS)) != 0) {
            const char *end = memchr(rest.ptr, '\n', rest.len);
            size_t line = end ? (size_t)(end - rest.ptr) + 1 : rest.len;
            rest = ca_text_sub(rest, line, rest.len - line);
        }
        size_t digits = 0;
        size_t from = strlen(LAST_SUCCESS);
        while (rest.len > from + digits && rest.ptr[from + digits] >= '0' && rest.ptr[from + digits] <= '9') {
            digits++;
        }
        const char *copy = digits && digits < 16 ? ca_arena_cstr(&cli->arena, ca_text_sub(rest, from, digits)) : NULL;
        found = copy ? copy : found;
    }
    ca_buf_done(&text);
    return found;
}

static void head(ca_buf *out, const char *name, const char *help)
{
    ca_buf_printf(out, "# HELP claimaudit_%s %s\n# TYPE claimaudit_%s gauge\n", name, help, name);
}

static void single(ca_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, help);
    ca_buf_printf(out, "claimaudit_%s %llu\n", name, (unsigned long long)value);
}

/* Backslash, quote and line end are all that a label value may not hold as they are. */
static void add_label(ca_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            ca_buf_add_cstr(out, "\\n");
        } else {
            ca_buf_add_cstr(out, *text == '\\' || *text == '"' ? "\\" : "");
            ca_buf_add_char(out, *text);
        }
    }
}

static void by_label(ca_buf *out, const char *name, const char *label, const char *text, uint64_t value)
{
    ca_buf_printf(out, "claimaudit_%s{%s=\"", name, label);
    add_label(out, text);
    ca_buf_printf(out, "\"} %llu\n", (unsigned long long)value);
}

static void add_rows(ca_buf *out, const ca_scan_summary *summary)
{
    head(out, "last_run_rows", "Rows of the last run by what became of them; read is the sum of the others.");
    by_label(out, "last_run_rows", "state", "read", summary->rows_read);
    by_label(out, "last_run_rows", "state", "accepted", summary->rows_accepted);
    by_label(out, "last_run_rows", "state", "rejected", summary->rows_rejected);
    by_label(out, "last_run_rows", "state", "skipped", summary->rows_skipped);
    single(out, "last_run_lines", "Claim lines of the last run that count.", summary->lines - summary->lines_dropped);
    single(out, "lines_undone", "Of these lines those that reversals and voids undid.", summary->lines_undone);
    single(out, "last_run_claims", "Claims of the last run.", summary->claims);
    single(out, "last_run_all_findings", "Findings of the last run, all active rules together.", summary->findings);
}

/* A draft, or a rule that the site switched off, has no counts. */
static bool did_run(const ca_scan_rule *rule)
{
    return !rule->off && !rule->idle;
}

static void add_rules(ca_buf *out, const ca_scan_summary *summary)
{
    head(out, "last_run_findings", "Findings of the last run by rule; those of shadow rules count nowhere else.");
    for (size_t i = 0; i < summary->rule_count; i++) {
        if (did_run(&summary->rules[i])) {
            by_label(out, "last_run_findings", "rule", summary->rules[i].id, summary->rules[i].findings);
        }
    }
    head(out, "last_run_unknown_units", "Lines or claims of the last run that a rule could not judge.");
    for (size_t i = 0; i < summary->rule_count; i++) {
        if (did_run(&summary->rules[i])) {
            by_label(out, "last_run_unknown_units", "rule", summary->rules[i].id, summary->rules[i].unknown);
        }
    }
}

static void compose(ca_cli *cli, const char *path, const ca_metrics_run *run, ca_buf *out)
{
    const ca_scan_summary *summary = run->summary;
    int64_t now = cli->clock->now_ms(cli->clock) / 1000;
    head(out, "build_info", "The version of claimaudit.");
    by_label(out, "build_info", "version", CA_VERSION, 1);
    single(out, "last_run_timestamp_seconds", "When the last run ended.", (uint64_t)now);
    head(out, "last_success_timestamp_seconds", "When the last run that is in the report ended; 0 = none yet.");
    if (run->stored) {
        ca_buf_printf(out, LAST_SUCCESS "%lld\n", (long long)now);
    } else {
        ca_buf_printf(out, LAST_SUCCESS "%s\n", last_success(cli, path));
    }
    single(out, "last_run_success", "1 when the last run is in the report.", run->stored);
    single(out, "last_run_exit_code", "Exit code of the last run.", (uint64_t)run->exit_status);
    single(out, "last_run_alarms", "Alarms of the last run.", summary->alarm_count);
    head(out, "last_run_duration_seconds", "How long the last run took.");
    ca_buf_printf(out, "claimaudit_last_run_duration_seconds %lld.%03lld\n", (long long)(run->duration_ms / 1000),
                  (long long)(run->duration_ms % 1000));
    if (summary->rules) {    /* else it did not come that far */
        add_rows(out, summary);
        add_rules(out, summary);
    }
}

int ca_metrics_write(ca_cli *cli, const char *path, const ca_metrics_run *run, ca_error *err)
{
    ca_buf out;
    ca_buf_init(&out);
    compose(cli, path, run, &out);
    int rc = out.failed ? ca_error_nomem(err)
                        : ca_disk_write_shared(cli->disk, path, out.ptr, out.len, 0644, CA_GROUP_KEEP, err);
    ca_buf_done(&out);
    return rc;
}
