/* Entities are measured, and scored by the models that there are, or by those that are fitted to them. */
#include "run/scores.h"

#include "base/alloc.h"
#include "run/budget.h"
#include "run/measure_file.h"
#include "run/several.h"

void ca_run_scored_free(ca_run_scored *scored)
{
    for (unsigned entity = 0; scored && entity < CA_ENTITY_LINE; entity++) {
        ca_score_results_free(scored->kinds[entity].results);
        ca_score_model_free(scored->kinds[entity].model);
        ca_score_table_free(scored->kinds[entity].table);
    }
    if (scored) {
        ca_line_judge_free(scored->line_judge);
        ca_score_lines_free(scored->claim_lines);
        ca_network_sink_free(scored->network);
        ca_buf_done(&scored->line_profile);
        ca_usual_free(scored->line_drift);
    }
    ca_free(scored);
}

static int open_lines(const ca_scan_state *scan, const ca_scoring_plan *scoring, ca_run_scored *scored, ca_error *err)
{
    const ca_score_lines_options options = {.set = scored->set,
                                            .schema = &scan->setup->schema,
                                            .codes = &scan->setup->codes,
                                            .usual = scoring->usual,
                                            .collects = scoring->collects,
                                            .settings = scoring->settings,
                                            .shift = ca_score_lines_shift(scoring->collects, scan->measuring->period.lines,
                                                                          scan->options->profile_lines),
                                            .most = scoring->most_lines};
    bool any = ca_score_lines_any(scored->set) && (scoring->usual || scoring->collects != CA_LINES_NOT);
    return any ? ca_score_lines_new(&options, &scored->claim_lines, err) : 0;
}

/* Of what was collected, that a profile may take beyond it: one large feature is there twice. */
#define PROFILE_SHARE 4u

static int take_profile(const ca_scan_state *scan, const ca_scoring_plan *scoring, ca_run_scored *scored, ca_error *err)
{
    ca_usual *usual = NULL;
    if (!scored->line_judge || scoring->collects == CA_LINES_NOT) {
        return 0;
    }
    int rc = ca_budget_check_scores(scan, ca_line_judge_bytes(scored->line_judge) / PROFILE_SHARE, 1, 1, err);
    rc = rc ? rc : ca_line_judge_take(scored->line_judge, &usual, err);
    if (rc || scoring->collects == CA_LINES_DRIFT) {
        scored->line_drift = usual;
        return rc;
    }
    rc = ca_usual_write(usual, &scored->line_profile, err);
    ca_usual_free(usual);
    return rc;
}

static int measure(ca_scan_state *scan, const ca_scoring_plan *scoring, ca_run_scored *scored, ca_error *err)
{
    ca_measuring *measuring = scan->measuring;
    measuring->sink = ca_score_tables_take;
    measuring->sink_context = scored;
    int rc = ca_score_tables_open(scan, scored, err);
    rc = rc ? rc : open_lines(scan, scoring, scored, err);
    measuring->claim_lines = scored->claim_lines;
    rc = rc ? rc : ca_measure_gather(scan, err);
    scored->line_judge = measuring->line_judge;
    scored->network = measuring->network;
    measuring->line_judge = NULL;
    measuring->network = NULL;
    measuring->claim_lines = NULL;
    scored->period = measuring->period;
    scored->lines = measuring->lines;
    scored->outside = measuring->outside;
    return rc ? rc : take_profile(scan, scoring, scored, err);    /* before entities need the room */
}

/* Of --budget: entities, or millionths of them; 0 where the scorer decides. */
uint32_t ca_scores_budget(const ca_scan_options *options, uint64_t entities)
{
    uint64_t budget = options->budget;
    if (!options->has_budget) {
        return 0;
    }
    if (options->budget_share) {
        budget = (entities * options->budget + 999999) / 1000000;
    }
    budget = budget < entities ? budget : entities;
    return budget ? (uint32_t)budget : 1;
}

/* Small ones have a part of the leads for themselves where they are providers: among others, nearly all are small. */
static ca_score_settings settings_of(const ca_scan_options *options, ca_entity entity, size_t entities)
{
    bool provider = entity == CA_ENTITY_PROVIDER;
    return (ca_score_settings){.budget = ca_scores_budget(options, entities), .small_claims = provider ? CA_SCORE_SMALL_CLAIMS : 0};
}

/* Lines are measured, and their memory is free: columns that are calculated on the way need no file. Half of it, as models grow, too. */
static void lend_memory(const ca_scan_state *scan, ca_score_table *table, uint64_t bytes)
{
    uint64_t room = ca_budget_room(scan);
    ca_score_table_lend(table, room > bytes ? (size_t)((room - bytes) / 2) : 0);
}

static int score_kind(const ca_scan_state *scan, ca_scored_entities *of, ca_entity entity, const ca_scoring_plan *scoring, ca_error *err)
{
    uint64_t bytes = ca_score_table_count(of->table) * CA_SCORE_ENTITY_BYTES;
    int rc = ca_budget_check_scores(scan, bytes, 1, 1, err);
    rc = rc ? rc : ca_score_table_finish(of->table, err);
    lend_memory(scan, of->table, bytes);
    const ca_score_settings settings = settings_of(scan->options, entity, rc ? 0 : ca_score_table_count(of->table));
    rc = rc || !scoring->models ? rc : scoring->models(scoring->context, entity, &of->model, err);
    if (rc == 0) {
        rc = of->model ? ca_score_apply(of->model, of->table, &settings, &of->results, err)
                       : ca_score_fit_apply(of->table, scoring->linalg, &settings, &of->model, &of->results, err);
    }
    rc = rc == CA_END ? 0 : rc;
    return rc ? rc : ca_budget_check_scores(scan, 0, 1, 1, err);
}

static int write_values(ca_scan_state *scan, ca_error *err)
{
    ca_measure_file *file = NULL;
    int rc = ca_measure_file_new(scan, &file, err);
    scan->measuring->sink = ca_measure_file_take;
    scan->measuring->sink_context = file;
    rc = rc ? rc : ca_measure_gather(scan, err);
    rc = rc ? rc : ca_measure_file_write(file, scan->options->values, err);
    ca_measure_file_free(file);
    return rc;
}

int ca_run_scores(ca_scan_state *scan, const ca_scoring_plan *scoring, ca_run_scored **ret_scored, ca_error *err)
{
    *ret_scored = NULL;
    if (!scan->measuring) {
        return 0;
    }
    scan->summary->timings.scored = true;
    ca_budget_begin_scores(scan);
    int rc = ca_budget_check_hits(scan, err);
    rc = rc ? rc : ca_score_period_find(scan, scan->several->days, &scan->measuring->period, err);
    if (rc || scan->options->values) {
        return rc ? rc : write_values(scan, err);
    }
    ca_run_scored *scored = ca_alloc_zero(1, sizeof *scored);
    if (!scored) {
        return ca_error_nomem(err);
    }
    scored->set = scan->measuring->set;
    ca_buf_init(&scored->line_profile);
    rc = measure(scan, scoring, scored, err);
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        rc = scored->kinds[entity].table ? score_kind(scan, &scored->kinds[entity], (ca_entity)entity, scoring, err) : 0;
    }
    if (rc) {
        ca_run_scored_free(scored);
        return rc;
    }
    *ret_scored = scored;
    return 0;
}
