/* claimaudit in a program of your own: pushes files through an engine and prints the leads, also who is unlike their peers.
 *   cc embed.c $(pkg-config --cflags --libs claimaudit) -o embed && ./embed PROFILE RULES FILE… */
#include <claimaudit.h>
#include <stdio.h>

static void on_problem(void *context, const char *file, unsigned line, unsigned column, const char *text)
{
    fprintf(context, "%s:%u:%u: %s\n", file, line, column, text);
}

static int on_finding(void *context, const claimaudit_finding *finding)
{
    printf("%s  %s %s", finding->rule, finding->entity_id ? finding->entity_kind : "claim",
           finding->entity_id ? finding->entity_id : finding->claim_id);
    for (size_t i = 0; i < finding->line_count; i++) {
        const claimaudit_line *line = &finding->lines[i];
        if (line->file) {
            printf("  %s %s: %s row %llu", line->role, line->claim_id, line->file, (unsigned long long)line->row);
        } else {    /* what is beyond the lines that a finding keeps */
            printf("  %llu more", (unsigned long long)line->count);
        }
    }
    printf("\n    %s\n", finding->message);
    ++*(unsigned *)context;
    return 0;
}

/* Of each kind the first. */
static int on_score(void *context, const claimaudit_score *score)
{
    if (score->rank == 1) {
        fprintf(context, "embed: %s %s is most unlike its peers, %s (score %.1f)\n", score->kind, score->id, score->cell, score->score);
    }
    return 0;
}

static int push_file(claimaudit_scan *scan, const char *path, claimaudit_error *error)
{
    char buffer[65536];
    size_t got;
    int status = CLAIMAUDIT_DONE;
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(error->message, sizeof error->message, "%s cannot be opened", path);
        return CLAIMAUDIT_FAILED;
    }
    while (status == CLAIMAUDIT_DONE && (got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        status = claimaudit_scan_push(scan, path, buffer, got, error);
    }
    fclose(file);
    return status;
}

int main(int count, char **words)
{
    if (count < 4) {
        fprintf(stderr, "usage: embed PROFILE RULES FILE…\n");
        return CLAIMAUDIT_USAGE;
    }
    claimaudit_config config = {.profile = words[1], .rules = words[2], .on_problem = on_problem, .context = stderr};
    claimaudit_engine *engine = NULL;
    claimaudit_scan *scan = NULL;
    claimaudit_error error = {0};
    unsigned findings = 0;
    int status = claimaudit_open(&config, &engine, &error);
    status = status ? status : claimaudit_scan_open(engine, &(claimaudit_options){.work = ".", .scores = 1}, &scan, &error);
    for (int i = 3; !status && i < count; i++) {
        status = push_file(scan, words[i], &error);
    }
    status = status ? status : claimaudit_scan_finish(scan, on_finding, &findings, NULL, &error);
    status = status ? status : claimaudit_scan_scores(scan, on_score, stderr, &error);
    claimaudit_scan_close(scan);
    claimaudit_close(engine);
    fprintf(stderr, "embed: %u leads%s%s\n", findings, status ? "; " : "", error.message);
    return status;
}
