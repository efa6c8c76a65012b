/* The scores of a scan, one step after another. */
#include "run/budget.h"
#include "run/scoring.h"

#include <stdio.h>

#define PACKINGS    2u       /* of a new model while it is written: its packed sections, and the file of these */
#define LINES_LEAST 1000u    /* several of a claim give one lead */

int ca_scoring_open(ca_scan_state *scan, ca_error *err)
{
    if (!scan->measuring || scan->options->values) {
        return 0;
    }
    scan->scoring = ca_arena_array(scan->arena, 1, sizeof *scan->scoring);
    int rc = scan->scoring ? 0 : ca_error_nomem(err);
    rc = rc ? rc : scan->fits_model ? ca_model_look(scan, &scan->scoring->model, err)    /* one that is damaged may be replaced */
                                    : ca_model_find(scan, &scan->scoring->model, err);
    if (rc == 0) {
        scan->scoring->fits = !scan->scoring->model.known || scan->fits_model;
    }
    return rc;
}

static int say_model(const ca_scan_state *scan, ca_error *err)
{
    const ca_scoring *scoring = scan->scoring;
    const ca_told_model *told = &scoring->told;
    char from[CA_DATE_SIZE], to[CA_DATE_SIZE];
    ca_date_print(told->from, from);
    ca_date_print(told->to, to);
    scan->summary->scores = ca_arena_printf(scan->arena, "%s to %s, model %s%s", from, to, scoring->version,
                                            scoring->fits ? ", fitted on this run" : "");
    scan->summary->lines_wait = scoring->fits && ca_score_lines_any(scan->entities->set);
    return scan->summary->scores ? 0 : ca_error_nomem(err);
}

/* As many as are stored, and never fewer than can become leads. */
static size_t lines_told(const ca_scan_options *options)
{
    uint64_t most = options->max_scores > LINES_LEAST ? options->max_scores : LINES_LEAST;
    most = options->has_budget && !options->budget_share && options->budget > most ? options->budget : most;
    return most < CA_SURPRISE_LINES_MOST ? (size_t)most : CA_SURPRISE_LINES_MOST;
}

static void drop(ca_scan_state *scan)
{
    ca_run_scored_free(scan->entities);
    scan->entities = NULL;
    scan->scored = NULL;
}

/* What rules found is worth a night without scores: populations are not known in advance, and a single entity can be too large for the
 * memory. */
static int give_up(ca_scan_state *scan, const char *what, const char *why, ca_error *err)
{
    scan->scoring->gave_up = true;
    return ca_add_alarm(scan, ca_arena_printf(scan->arena, "no %s were made: %s", what, why), err);
}

static int make_networks(ca_scan_state *scan, ca_error *err)
{
    ca_error reason = {0};
    int rc = ca_scoring_networks(scan, &reason);
    if (rc == CA_LIMIT && !scan->fits_model) {
        return give_up(scan, "networks", reason.text, err);
    }
    if (rc && err) {
        *err = reason;
    }
    return rc;
}

static uint64_t bytes_of(const ca_model_file *file)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < file->section_count; i++) {
        bytes += file->sections[i].bytes.len;
    }
    return bytes;
}

/* That there are no lines at all is said elsewhere. */
static int say_nobody(ca_scan_state *scan, ca_error *err)
{
    const ca_run_scored *scored = scan->entities;
    char from[CA_DATE_SIZE], through[CA_DATE_SIZE];
    if (scored->outside == 0) {
        return 0;
    }
    ca_date_print(scored->period.from, from);
    ca_date_print(scored->period.through, through);
    return ca_add_note(scan,
                       ca_arena_printf(scan->arena, "no scores were made: none of the %llu lines that count is of %s to %s",
                                       (unsigned long long)scored->outside, from, through),
                       err);
}

/* Nobody can take all lines out of a profile of all lines: then it is said, and they are not scored. */
static int check_own_lines(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    const char *mark = ca_scoring_mark(scan);
    if (!mark) {
        return ca_error_nomem(err);
    }
    scoring->own_lines = scoring->usual && !scoring->left_out && scoring->model.file.lines == scan->entities->lines &&
                         ca_text_is(scoring->mark, mark);
    return scoring->own_lines ? ca_add_note(scan,
                                            ca_arena_printf(scan->arena, "claim lines are not scored: model %lld was made of these very lines",
                                                            (long long)scoring->model.record.number),
                                            err)
                              : 0;
}

/* When entities have their scores. */
static int finish(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    int rc = scoring->fits ? 0 : check_own_lines(scan, err);
    rc = rc ? rc : make_networks(scan, err);
    rc = rc ? rc : scoring->fits ? ca_scoring_pack(scan, err) : ca_scoring_tell_drift(scan, err);
    long long number = (long long)scoring->model.record.number + (scoring->fits ? 1 : 0);
    snprintf(scoring->version, sizeof scoring->version, scoring->left_out ? "none" : "%lld", number);
    rc = rc || !scoring->fits ? rc : ca_budget_check_scores(scan, PACKINGS * bytes_of(&scoring->model.file), 1, 1, err);
    rc = rc ? rc : ca_scoring_tell(scan, err);
    rc = rc ? rc : ca_measuring_note(scan, err);
    return rc ? rc : say_model(scan, err);
}

static int score(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    bool known = scoring && !scoring->fits;
    int rc = known ? ca_scoring_read_usual(scan, err) : 0;
    const ca_scoring_plan plan = {.linalg = ca_linalg_fast(),
                                  .models = known ? ca_scoring_model_of : NULL,
                                  .context = scan,
                                  .usual = known ? scoring->usual : NULL,
                                  .collects = !scoring          ? CA_LINES_NOT
                                              : scoring->fits  ? CA_LINES_PROFILE
                                              : scoring->usual ? CA_LINES_DRIFT
                                                               : CA_LINES_NOT,
                                  .most_lines = lines_told(scan->options)};
    rc = rc ? rc : ca_run_scores(scan, &plan, &scan->entities, err);
    if (known) {
        ca_arena_done(&scoring->sections);
    }
    if (rc || !scoring) {
        return rc;
    }
    bool nobody = scan->entities->lines == 0;    /* a model of them would be the next nights' */
    return nobody ? say_nobody(scan, err) : finish(scan, err);
}

int ca_scoring_run(ca_scan_state *scan, ca_error *err)
{
    ca_error reason = {0};
    int rc = score(scan, &reason);
    if (rc == CA_LIMIT && scan->scoring && !scan->fits_model) {
        drop(scan);
        scan->scoring->left_out = true;
        return give_up(scan, "scores", reason.text, err);
    }
    if (rc && err) {
        *err = reason;
    }
    return rc;
}

void ca_scoring_close(ca_scan_state *scan)
{
    if (scan->scoring) {
        ca_arena_done(&scan->scoring->sections);
        ca_usual_free(scan->scoring->usual);
        ca_network_found_free(scan->scoring->found);
    }
}

bool ca_scoring_is_own(const ca_scan_state *scan, ca_digest plain)
{
    const ca_scoring *scoring = scan->scoring;
    return !scoring || scoring->fits || ca_digest_cmp(scoring->model.record.run, plain) == 0;
}
