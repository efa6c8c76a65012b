/* The model that entities are scored by: taken from the file that the report names, or packed to become one. */
#include "run/scoring.h"

#include <math.h>
#include <string.h>

#define MARK       "mark"
#define DRIFT_TOLD 1.0    /* of a quantile, in peer scales */
#define LINES_TOLD .1     /* of claim lines: the share that has moved, above what chance makes of it */
#define SPAN_SHARE 10     /* periods differ when the shorter one lacks more than a tenth of the longer */

/* --- Is it for entities like these? ------------------------------------------------------------------------------------------ */

static int leave_out(ca_scan_state *scan, const char *why, ca_error *err)
{
    scan->scoring->left_out = true;
    int rc = ca_add_alarm(scan,
                          why ? ca_arena_printf(scan->arena, "no scores were made: %s; claimaudit model fit makes another model", why)
                              : NULL,
                          err);
    return rc ? rc : CA_END;
}

/* Counts and sums grow with the days they are taken over: a model says nothing of another number of days. */
static bool same_span(const ca_model_file *model, const ca_score_period *period)
{
    int64_t a = (int64_t)model->period_through - model->period_from + 1;
    int64_t b = (int64_t)period->through - period->from + 1;
    int64_t shorter = a < b ? a : b, longer = a < b ? b : a;
    return (longer - shorter) * SPAN_SHARE <= longer;
}

static int check_period(ca_scan_state *scan, ca_error *err)
{
    const ca_run_model *model = &scan->scoring->model;
    const ca_score_period *period = &scan->measuring->period;
    if (same_span(&model->file, period)) {
        return 0;
    }
    return leave_out(scan,
                     ca_arena_printf(scan->arena, "model %lld was fitted on %lld days of claims, and these are %lld",
                                     (long long)model->record.number,
                                     (long long)model->file.period_through - model->file.period_from + 1,
                                     (long long)period->through - period->from + 1),
                     err);
}

static int check_features(ca_scan_state *scan, ca_error *err)
{
    const ca_run_model *model = &scan->scoring->model;
    const ca_featureset *set = scan->measuring->set;
    if (memcmp(model->file.features, set->digest, sizeof set->digest) == 0) {
        return 0;
    }
    return leave_out(scan,
                     ca_arena_printf(scan->arena, "features are not those that model %lld was fitted with",
                                     (long long)model->record.number),
                     err);
}

int ca_scoring_model_of(void *context, ca_entity entity, ca_score_model **ret_model, ca_error *err)
{
    ca_scan_state *scan = context;
    if (scan->scoring->left_out || scan->measuring->lines == 0) {    /* of nobody no model need fit */
        return CA_END;
    }
    int rc = check_features(scan, err);
    rc = rc ? rc : check_period(scan, err);
    const ca_model_section *section = ca_model_section_of(&scan->scoring->model.file, ca_entity_kinds[entity].name);
    rc = rc ? rc : section ? ca_score_model_read(section->bytes, ret_model, err) : CA_END;
    if (rc < 0) {
        rc = ca_error_at(err, rc, scan->scoring->model.record.file, 0, 0, "%s", err ? err->text : "");
    }
    return rc;
}

int ca_scoring_read_usual(ca_scan_state *scan, ca_error *err)
{
    ca_scoring *scoring = scan->scoring;
    int rc = ca_model_load(scan, &scoring->sections, &scoring->model, err);
    if (rc) {
        return rc;
    }
    const ca_model_section *mark = ca_model_section_of(&scoring->model.file, MARK);
    if (mark && ca_arena_text(scan->arena, mark->bytes, &scoring->mark)) {
        return ca_error_nomem(err);
    }
    const ca_model_section *section = ca_model_section_of(&scoring->model.file, ca_entity_kinds[CA_ENTITY_LINE].name);
    bool same = memcmp(scoring->model.file.features, scan->measuring->set->digest, CA_SHA256_SIZE) == 0;
    return section && same && !scoring->spares_lines ? ca_usual_read(section->bytes, &scoring->usual, err) : 0;
}

const char *ca_scoring_mark(const ca_scan_state *scan)
{
    return ca_arena_printf(scan->arena, "%016llx", (unsigned long long)scan->measuring->mark);
}

/* --- A new one --------------------------------------------------------------------------------------------------------------- */

static int pack_kind(ca_scan_state *scan, ca_entity entity, ca_model_file *file, ca_error *err)
{
    ca_buf bytes;
    ca_text kept = {0};
    const ca_run_scored *scored = scan->entities;
    ca_buf_init(&bytes);
    int rc = ca_score_model_write(scored->kinds[entity].model, &bytes, err);
    if (rc == 0 && ca_arena_text(scan->arena, ca_buf_text(&bytes), &kept)) {
        rc = ca_error_nomem(err);
    }
    ca_buf_done(&bytes);
    file->sections[file->section_count++] = (ca_model_section){ca_text_of(ca_entity_kinds[entity].name), kept};
    return rc;
}

int ca_scoring_pack(ca_scan_state *scan, ca_error *err)
{
    const ca_run_scored *scored = scan->entities;
    ca_model_file *file = &scan->scoring->model.file;
    *file = (ca_model_file){.period_from = scored->period.from, .period_through = scored->period.through, .lines = scored->lines,
                            .sections = ca_arena_array(scan->arena, CA_ENTITIES + 1, sizeof *file->sections)};
    memcpy(file->features, scored->set->digest, sizeof file->features);
    int rc = file->sections ? 0 : ca_error_nomem(err);
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        rc = scored->kinds[entity].model ? pack_kind(scan, (ca_entity)entity, file, err) : 0;
    }
    if (rc == 0 && scored->line_judge) {
        const ca_text profile = ca_buf_text(&scored->line_profile);    /* lives as long as the scores */
        const char *mark = ca_scoring_mark(scan);
        file->sections[file->section_count++] = (ca_model_section){ca_text_of(ca_entity_kinds[CA_ENTITY_LINE].name), profile};
        file->sections[file->section_count++] = (ca_model_section){CA_TEXT(MARK), ca_text_of(mark ? mark : "")};
        rc = mark ? 0 : ca_error_nomem(err);
    }
    return rc ? rc : ca_model_digest(file, err);
}

/* --- How far the population has moved ----------------------------------------------------------------------------------------- */

typedef struct drifted {
    size_t features;              /* that moved */
    size_t feature, quantile;     /* that moved most */
    double most;
} drifted;

static drifted find_drift(const ca_score_drift *drifts, size_t count)
{
    drifted found = {0};
    for (size_t i = 0; i < count; i++) {
        bool far = false;
        for (size_t q = 0; q < 5; q++) {
            far |= fabs(drifts[i].moved[q]) >= DRIFT_TOLD;
            if (fabs(drifts[i].moved[q]) > fabs(found.most)) {
                found.most = drifts[i].moved[q];
                found.feature = i;
                found.quantile = q;
            }
        }
        found.features += far;
    }
    return found;
}

static int tell_kind(ca_scan_state *scan, ca_entity entity, ca_error *err)
{
    static const char *const quantiles[] = {"5 % of them", "a quarter of them", "their median", "three quarters of them",
                                            "95 % of them"};
    const ca_scored_entities *kind = &scan->entities->kinds[entity];
    const ca_featureset *set = scan->measuring->set;
    const ca_model_record *record = &scan->scoring->model.record;
    ca_score_drift drifts[CA_SCORE_FEATURES];
    int rc = ca_score_drift_of(kind->model, kind->table, drifts, err);
    drifted found = find_drift(drifts, rc ? 0 : set->active[entity]);
    if (rc || found.features == 0) {
        return rc;
    }
    return ca_add_note(scan,
                       ca_arena_printf(scan->arena, "%s have moved since model %lld was %s: %zu of %zu features by one usual deviation or "
                                       "more, most '%s' (%s by %.1f); claimaudit model fit makes another",
                                       ca_entity_kinds[entity].plural, (long long)record->number,
                                       record->frozen ? "frozen" : "fitted", found.features, set->active[entity],
                                       set->features[set->first[entity] + found.feature]->title, quantiles[found.quantile],
                                       found.most),
                       err);
}

/* Claim lines: which share of them must have changed its value at least. */
static drifted find_line_drift(const ca_usual *usual, const ca_usual *now, size_t *ret_known)
{
    drifted found = {0};
    *ret_known = 0;
    for (size_t i = 0; i < ca_usual_features(now); i++) {
        ca_usual_drift drift;
        if (!ca_usual_drifted(usual, now, ca_usual_feature_at(now, i)->identity, &drift) || drift.lines_old == 0 || drift.lines_new == 0) {
            continue;
        }
        double moved = drift.distance - drift.by_chance;
        ++*ret_known;
        found.features += moved >= LINES_TOLD;
        if (moved > found.most) {
            found.most = moved;
            found.feature = i;
        }
    }
    return found;
}

static int tell_lines(ca_scan_state *scan, ca_error *err)
{
    const ca_usual *usual = scan->scoring->usual, *now = scan->entities->line_drift;
    const ca_featureset *set = scan->measuring->set;
    const ca_model_record *record = &scan->scoring->model.record;
    size_t known;
    drifted found = usual && now ? find_line_drift(usual, now, &known) : (drifted){0};
    if (found.features == 0) {
        return 0;
    }
    return ca_add_note(scan,
                       ca_arena_printf(scan->arena, "claim lines have moved since model %lld was %s: %zu of %zu features by a tenth of the "
                                       "lines or more, most '%s' (%.0f %% of them); claimaudit model fit makes another",
                                       (long long)record->number, record->frozen ? "frozen" : "fitted", found.features, known,
                                       set->features[set->first[CA_ENTITY_LINE] + found.feature]->title, 100 * found.most),
                       err);
}

int ca_scoring_tell_drift(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        const ca_scored_entities *kind = &scan->entities->kinds[entity];
        rc = kind->results && ca_score_table_count(kind->table) ? tell_kind(scan, (ca_entity)entity, err) : 0;
    }
    return rc || scan->scoring->left_out ? rc : tell_lines(scan, err);
}
