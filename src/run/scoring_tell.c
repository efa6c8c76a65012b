/* Scores as they are told: of each kind whom, with the features that are its reasons, and what peers have. */
#include "run/scoring.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/scoring_words.h"

#define REASONS 3u

/* --- Features and their peers -------------------------------------------------------------------------------------------- */

static const char *size_name(unsigned size)
{
    static const char *const names[] = {"small", "middle", "large"};
    return names[size < 3 ? size : 2];
}

/* "cardiology, north, large"; texts of the model, which outlives what is told. */
static ca_text cell_name(ca_entity entity, const ca_score_cell *cell, ca_arena *arena)
{
    const char *name = "";
    switch (cell->level) {
    case CA_SCORE_ALL:
        name = ca_arena_printf(arena, "all %s", ca_entity_kinds[entity].plural);
        break;
    case CA_SCORE_BY_SPECIALTY:
        name = ca_arena_printf(arena, "%s", cell->specialty);
        break;
    case CA_SCORE_BY_CELL:
        name = ca_arena_printf(arena, "%s%s%s%s%s", cell->specialty, cell->specialty[0] ? ", " : "", cell->region,
                               cell->region[0] ? ", " : "", size_name(cell->size));
        break;
    }
    return name ? ca_text_of(name) : (ca_text){0};
}

typedef struct telling {
    ca_scan_state *scan;
    ca_entity entity;
    const ca_scored_entities *kind;
    const ca_told_kind *told;
    ca_score_explainer *explainer;
    ca_arena arena;
    ca_score_cell cell;        /* whose name was told last of this entity: most features have the same peers */
    ca_text cell_name;
} telling;

static bool same_cell(const ca_score_cell *a, const ca_score_cell *b)
{
    return a->level == b->level && a->specialty == b->specialty && a->region == b->region && a->size == b->size;
}

static ca_text tell_cell(telling *of, const ca_score_cell *cell)
{
    if (!of->cell_name.ptr || !same_cell(&of->cell, cell)) {
        of->cell = *cell;
        of->cell_name = cell_name(of->entity, cell, &of->arena);
    }
    return of->cell_name;
}

static const ca_feature *feature_of(const telling *of, size_t feature)
{
    const ca_featureset *set = of->scan->entities->set;
    return set->features[set->first[of->entity] + feature];
}

/* The scorer has money in 1/10,000. */
static double unit_of(const ca_feature *feature)
{
    return feature->money ? CA_DECIMAL_ONE : 1;
}

static ca_entity_feature tell_feature(telling *of, const ca_score_reason *reason)
{
    const ca_feature *feature = feature_of(of, reason->feature);
    return (ca_entity_feature){.id = feature->id,
                               .title = feature->title,
                               .format = ca_scoring_format(feature),
                               .direction = (int)feature->direction,
                               .value = reason->value / unit_of(feature),
                               .exposure = reason->exposure,
                               .exposure_of = ca_scoring_exposure(of->scan->entities->set, feature),
                               .peer = reason->median / unit_of(feature),
                               .ratio = reason->ratio,
                               .percentile = reason->percentile / 100,
                               .z = reason->z,
                               .p = reason->p,
                               .cell = tell_cell(of, &reason->cell),
                               .cell_size = reason->cell.members};
}

static ca_entity_reason tell_reason(telling *of, const ca_score_explanation *all, const ca_score_reason *reason, double total)
{
    const ca_feature *feature = feature_of(of, reason->feature);
    return (ca_entity_reason){.feature = tell_feature(of, reason),
                              .say = of->told->says[reason->feature],
                              .say_count = feature->say_count,
                              .share = total > 0 ? reason->evidence / total : 0,
                              .has_expected = reason->p_residual <= .01,
                              .expected = reason->expected / unit_of(feature),
                              .deviation = reason->residual,
                              .uncorrected = all->few};
}

/* Those that are known to be rare, the strongest first. */
static size_t tell_reasons(telling *of, const ca_score_explanation *all, ca_entity_reason *reasons)
{
    size_t count = 0;
    double total = 0;
    for (size_t i = 0; i < all->count; i++) {
        total += all->reasons[i].evidence;
    }
    for (size_t i = 0; i < all->count && count < REASONS; i++) {
        if (all->reasons[i].attributed) {
            reasons[count++] = tell_reason(of, all, &all->reasons[i], total);
        }
    }
    return count;
}

/* --- Whom ------------------------------------------------------------------------------------------------------------------ */

static int64_t minor_units(const ca_scan_state *scan, int64_t amount)
{
    int64_t scale = 1, minor = amount;
    for (int digit = 0; digit < scan->setup->profile->minor_digits; digit++) {
        scale *= 10;
    }
    ca_ratio_round(ca_ratio_of(amount, CA_DECIMAL_ONE), scale, &minor);
    return minor;
}

static ca_entity_score tell_score(telling *of, size_t entity, const ca_score_lead *lead, const ca_score_explanation *all)
{
    const ca_score_result *result = &of->kind->results->entities[entity];
    return (ca_entity_score){.kind = ca_entity_kinds[of->entity].name,
                             .id = ca_score_table_id(of->kind->table, entity),
                             .cell = tell_cell(of, &all->cell),
                             .cell_size = all->cell.members,
                             .volume = ca_score_table_claims(of->kind->table, entity),
                             .score = result->score / 1e6,
                             .p = result->p,
                             .q = result->q,
                             .rank = result->rank,
                             .small = lead && lead->small,
                             .lead = lead != NULL,
                             .insufficient = result->rank == 0,
                             .has_excess = result->excess > 0,
                             .excess = minor_units(of->scan, result->excess)};
}

/* One of those whom the explainer has taken. */
static int tell_entity(telling *of, size_t entity, size_t taken, const ca_score_lead *lead, ca_score_visit *visit, void *to, ca_error *err)
{
    ca_score_explanation all;
    ca_entity_reason reasons[REASONS];
    ca_arena_reset(&of->arena);
    of->cell_name = (ca_text){0};
    int rc = ca_score_explainer_look(of->explainer, taken, &of->arena, &all, err);
    ca_entity_feature *features = rc ? NULL : ca_arena_array(&of->arena, all.count + 1, sizeof *features);
    if (rc || !features) {
        return rc ? rc : ca_error_nomem(err);
    }
    for (size_t i = 0; i < all.count; i++) {
        features[i] = tell_feature(of, &all.reasons[i]);
    }
    ca_entity_score score = tell_score(of, entity, lead, &all);
    score.reasons = reasons;
    score.reason_count = tell_reasons(of, &all, reasons);
    score.features = features;
    score.feature_count = all.count;
    return visit(to, &score, err);
}

static int tell_all_of(telling *of, bool leads, ca_score_visit *visit, void *to, ca_error *err)
{
    const ca_score_results *results = of->kind->results;
    size_t count = leads ? results->lead_count : of->told->order_count;
    int rc = ca_score_explainer_new(of->kind->model, of->kind->table, &of->explainer, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const uint32_t *next = &of->told->order[i];
        if (i % CA_SCORE_BLOCK == 0) {
            rc = ca_score_explainer_take(of->explainer, next, count - i < CA_SCORE_BLOCK ? count - i : CA_SCORE_BLOCK, err);
        }
        const ca_score_lead *lead = i < results->lead_count ? &results->leads[i] : NULL;
        rc = rc ? rc : tell_entity(of, *next, i % CA_SCORE_BLOCK, lead, visit, to, err);
    }
    ca_score_explainer_free(of->explainer);
    of->explainer = NULL;
    return rc;
}

int ca_scoring_tell_one(ca_scan_state *scan, ca_entity entity, size_t number, ca_score_visit *visit, void *to, ca_error *err)
{
    const ca_scored_entities *kind = &scan->entities->kinds[entity];
    telling of = {.scan = scan, .entity = entity, .kind = kind, .told = &scan->scoring->kinds[entity]};
    const ca_score_lead *lead = NULL;
    for (size_t i = 0; i < kind->results->lead_count; i++) {
        lead = kind->results->leads[i].entity == number ? &kind->results->leads[i] : lead;
    }
    ca_arena_init(&of.arena);
    int rc = ca_score_explainer_new(kind->model, kind->table, &of.explainer, err);
    rc = rc ? rc : ca_score_explainer_take(of.explainer, &(uint32_t){(uint32_t)number}, 1, err);
    rc = rc ? rc : tell_entity(&of, number, 0, lead, visit, to, err);
    ca_score_explainer_free(of.explainer);
    ca_arena_done(&of.arena);
    return rc;
}

/* Only what was not learnt from these very lines judges them. */
static bool tells_lines(const ca_scan_state *scan)
{
    return scan->entities->line_judge && scan->scoring->usual && !scan->scoring->left_out && !scan->scoring->own_lines;
}

static uint32_t line_budget(const ca_scan_state *scan)
{
    return ca_scores_budget(scan->options, ca_line_judge_scored(scan->entities->line_judge));
}

static int tell_everybody(void *context, bool leads, ca_score_visit *visit, void *to, ca_error *err)
{
    ca_scan_state *scan = context;
    telling of = {.scan = scan};
    int rc = 0;
    ca_arena_init(&of.arena);
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        of.entity = (ca_entity)entity;
        of.kind = &scan->entities->kinds[entity];
        of.told = &scan->scoring->kinds[entity];
        rc = of.kind->results ? tell_all_of(&of, leads, visit, to, err) : 0;
    }
    rc = rc || !tells_lines(scan) ? rc : ca_line_judge_each(scan->entities->line_judge, line_budget(scan), visit, to, err);
    ca_arena_done(&of.arena);
    return rc;
}

/* --- Before that ------------------------------------------------------------------------------------------------------------- */

/* Leads as the scorer has them, then the first of all others. */
static int put_in_order(const ca_score_results *results, uint64_t most, ca_arena *arena, ca_told_kind *told, ca_error *err)
{
    size_t ranks = results->scored < most ? results->scored : (size_t)most;
    uint32_t *by_rank = ca_arena_array(arena, ranks + 1, sizeof *by_rank);
    bool *lead = ca_arena_array(arena, ranks + 1, sizeof *lead);
    told->order = ca_arena_array(arena, ranks + results->lead_count + 1, sizeof *told->order);
    if (!by_rank || !lead || !told->order) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < results->count; i++) {
        if (results->entities[i].rank && results->entities[i].rank <= ranks) {
            by_rank[results->entities[i].rank - 1] = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < results->lead_count; i++) {
        uint32_t rank = results->entities[results->leads[i].entity].rank;
        told->order[told->order_count++] = results->leads[i].entity;
        lead[rank <= ranks ? rank - 1 : ranks] = true;
    }
    for (size_t i = 0; i < ranks; i++) {
        if (!lead[i]) {
            told->order[told->order_count++] = by_rank[i];
        }
    }
    return 0;
}

static int take_words(const ca_featureset *set, ca_entity entity, ca_arena *arena, ca_told_kind *told, ca_error *err)
{
    told->says = ca_arena_array(arena, set->active[entity] + 1, sizeof *told->says);
    for (size_t i = 0; told->says && i < set->active[entity]; i++) {
        const ca_feature *feature = set->features[set->first[entity] + i];
        ca_told_say *say = ca_arena_array(arena, feature->say_count + 1, sizeof *say);
        for (size_t k = 0; say && k < feature->say_count; k++) {
            say[k] = (ca_told_say){ca_told_word_of(feature->say[k].word), ca_told_format_of(feature->say[k].format), feature->say[k].text};
        }
        if (!say) {
            return ca_error_nomem(err);
        }
        told->says[i] = say;
    }
    return told->says ? 0 : ca_error_nomem(err);
}

static int prepare(ca_scan_state *scan, ca_entity entity, ca_scored_kind *rule, ca_error *err)
{
    const ca_score_results *results = scan->entities->kinds[entity].results;
    ca_told_kind *told = &scan->scoring->kinds[entity];
    *rule = (ca_scored_kind){.of = ca_entity_kinds[entity].name,
                             .offered = results->count,
                             .insufficient = results->count - results->scored,
                             .leads = results->lead_count};
    int rc = put_in_order(results, scan->options->max_scores, scan->arena, told, err);
    return rc ? rc : take_words(scan->entities->set, entity, scan->arena, told, err);
}

int ca_scoring_tell(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    const ca_score_period *period = &scan->entities->period;
    size_t rules = 0;
    int rc = 0;
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        rc = scan->entities->kinds[entity].results ? prepare(scan, (ca_entity)entity, &scoring->rules[rules++], err) : 0;
    }
    if (tells_lines(scan)) {
        uint64_t lines = ca_line_judge_scored(scan->entities->line_judge), leads = 0;
        rc = rc ? rc : ca_line_judge_leads(scan->entities->line_judge, line_budget(scan), &leads, err);
        scoring->rules[rules++] = (ca_scored_kind){.of = ca_entity_kinds[CA_ENTITY_LINE].name,
                                                   .offered = scan->entities->lines,
                                                   .insufficient = scan->entities->lines - lines,
                                                   .leads = leads};
    }
    for (size_t i = 0; scoring->found && i < CA_NETWORK_KINDS; i++) {
        scoring->rules[rules++] = scoring->networks.kinds[i];
    }
    scoring->told = (ca_told_model){.name = "population",
                                    .version = scoring->version,
                                    .digest = scoring->model.file.digest,
                                    .has_period = true,
                                    .from = period->from,
                                    .to = period->through};
    scoring->scored = (ca_scored){.model = &scoring->told,
                                  .logic_hash = scan->entities->set->digest,
                                  .minor_digits = scan->setup->profile->minor_digits,
                                  .kinds = scoring->rules,
                                  .kind_count = rules,
                                  .each = tell_everybody,
                                  .context = scan,
                                  .pairs = scoring->networks.pairs,
                                  .pair_count = scoring->networks.pair_count,
                                  .rings = scoring->networks.rings,
                                  .ring_count = scoring->networks.ring_count};
    scan->scored = rc ? NULL : &scoring->scored;
    return rc;
}
