/* The plan of claim lines' features, and the judge that takes batches of lines to a profile. */
#include "run/score_lines_inside.h"

#include <string.h>

#include "base/alloc.h"

/* --- Columns ------------------------------------------------------------------------------------------------------ */

static const ca_feature *const *line_features(const ca_featureset *set, size_t *ret_count)
{
    *ret_count = set->active[CA_ENTITY_LINE];
    return (const ca_feature *const *)&set->features[set->first[CA_ENTITY_LINE]];
}

bool ca_score_lines_any(const ca_featureset *set)
{
    return set->active[CA_ENTITY_LINE] > 0;
}

/* What active features read, those of entities too: what conditions read is known of all features together. */
void ca_score_lines_read(const ca_featureset *set, uint8_t *columns)
{
    for (unsigned c = 0; ca_score_lines_any(set) && c < set->base->schema->count; c++) {
        columns[c] |= set->columns[c];
    }
}

void ca_score_lines_told(uint8_t *columns)
{
    static const unsigned told[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_SERVICE_DATE, CA_F_PAID,
                                    CA_F_PATIENT_ID, CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        columns[told[i]] = 1;
    }
}

/* --- Features ------------------------------------------------------------------------------------------------------- */

static uint32_t hashed_column(ca_score_lines *lines, unsigned column)
{
    size_t i = 0;
    while (i < lines->hashed_count && lines->hashed[i] != column) {
        i++;
    }
    lines->hashed[i] = column;
    lines->hashed_count += i == lines->hashed_count;
    return (uint32_t)i;
}

static uint32_t key_of(ca_score_lines *lines, uint32_t key)
{
    const ca_feature_key *of = &lines->options.set->keys[key];
    size_t i = 0;
    while (i < lines->key_count && lines->keys[i].of != key) {
        i++;
    }
    if (i == lines->key_count) {
        ca_line_key *made = &lines->keys[lines->key_count++];
        made->of = key;
        for (; made->count < of->count; made->count++) {
            made->columns[made->count] = hashed_column(lines, of->column[made->count]);
        }
    }
    return (uint32_t)i;
}

static bool within(const ca_feature_key *coarse, const ca_feature_key *fine)
{
    for (size_t i = 0; i < coarse->count; i++) {
        bool found = false;
        for (size_t k = 0; k < fine->count; k++) {
            found |= fine->column[k] == coarse->column[i];
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static ca_usual_form form_of(const ca_feature *feature)
{
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        return CA_USUAL_NUMBER;
    case CA_LINE_CODE:
        return CA_USUAL_CHOICE;
    case CA_LINE_CONDITION:
        break;
    }
    return CA_USUAL_CONDITION;
}

static uint64_t identity_of(const ca_feature *feature)
{
    uint64_t identity;
    memcpy(&identity, feature->logic_hash, sizeof identity);
    return ca_usual_mix(identity, 1);
}

/* Cells cross where a step is no part of the finer one before it. */
static void plan_cells(ca_score_lines *lines, const ca_feature *feature, ca_line_feature *to, ca_usual_feature *about)
{
    const ca_featureset *set = lines->options.set;
    const ca_feature_key *finer = NULL;
    for (size_t i = 0; i < feature->line.cell_count; i++) {
        uint32_t cell = feature->line.cells[i];
        if (cell == CA_NO_INDEX || about->levels == CA_USUAL_LEVELS_MAX) {
            continue;
        }
        about->crossed = about->crossed || (finer && !within(&set->keys[cell], finer));
        finer = &set->keys[cell];
        to->keys[about->levels++] = key_of(lines, cell);
    }
}

static void plan_feature(ca_score_lines *lines, const ca_feature *feature)
{
    ca_line_feature *to = &lines->features[lines->feature_count];
    ca_usual_feature *about = &lines->about[lines->feature_count++];
    to->feature = feature;
    *about = (ca_usual_feature){.identity = identity_of(feature),
                                .form = form_of(feature),
                                .direction = (int)feature->direction,
                                .least = feature->minimum < 1 ? 1 : (uint64_t)feature->minimum,
                                .unit = ca_line_unit(feature)};
    size_t len = strlen(feature->id);
    memcpy(about->name, feature->id, len < sizeof about->name ? len : sizeof about->name - 1);
    plan_cells(lines, feature, to, about);
    about->strict = feature->line.form == CA_LINE_NUMBER;
    if (feature->line.form == CA_LINE_CODE) {
        to->hashed = hashed_column(lines, feature->line.column);
    }
}

/* Those that say which lines have a feature, first; what is asked of such lines only, with them. */
static void plan_conditions(ca_score_lines *lines)
{
    for (size_t i = 0; i < lines->feature_count; i++) {
        const ca_feature *feature = lines->features[i].feature;
        if (feature->where != CA_NO_INDEX) {
            lines->conditions[feature->where] = 1;
            lines->where[feature->where] = CA_NO_INDEX;
        }
    }
    for (size_t i = 0; i < lines->feature_count; i++) {
        const ca_feature *feature = lines->features[i].feature;
        uint32_t asked = feature->line.condition;
        if (feature->line.form == CA_LINE_CONDITION) {
            bool other = lines->conditions[asked] && lines->where[asked] != feature->where;
            lines->where[asked] = other || asked == feature->where ? CA_NO_INDEX : feature->where;
            lines->conditions[asked] = 1;
        }
    }
}

/* --- The plan ------------------------------------------------------------------------------------------------------- */

/* Ids are those of this run; what is stored knows systems and codes by their names. */
static void hash_codes(ca_score_lines *lines)
{
    for (unsigned choice = 0; choice < 256; choice++) {
        lines->choices[choice] = ca_usual_mix(choice, 2);
    }
    const ca_codes *codes = lines->options.codes;
    uint64_t systems[256] = {0};
    for (unsigned i = 0; i < codes->system_count; i++) {
        systems[i] = ca_hash64(codes->systems[i].name, strlen(codes->systems[i].name));
    }
    for (uint32_t id = 0; id < ca_codes_count(codes); id++) {
        ca_text text = ca_codes_text(codes, id);
        lines->codes[id] = ca_usual_mix(systems[ca_codes_system_of(codes, id)], ca_hash64(text.ptr, text.len));
    }
}

/* Drift is that of all lines together: without cells, and nothing is scored by it. */
static void plan_collected(ca_score_lines *lines)
{
    static const ca_usual_settings of_drift = {.entries = 1, .sample = 1};    /* as few as there may be */
    bool drift = lines->options.collects == CA_LINES_DRIFT;
    lines->settings = drift ? of_drift : lines->options.settings;
    for (size_t i = 0; i < lines->feature_count; i++) {
        lines->collected[i] = lines->about[i];
        if (drift) {
            lines->collected[i].levels = 0;
            lines->collected[i].crossed = false;
        }
    }
}

static void find_used(ca_score_lines *lines)
{
    size_t found;
    for (size_t i = 0; lines->options.usual && i < lines->feature_count; i++) {
        if (ca_usual_find(lines->options.usual, lines->about[i].identity, &found) &&
            ca_usual_feature_at(lines->options.usual, found)->levels == lines->about[i].levels &&
            ca_usual_feature_at(lines->options.usual, found)->form == lines->about[i].form) {
            lines->used[lines->used_count] = (uint32_t)found;
            lines->used_by[lines->used_count++] = (uint32_t)i;
        }
    }
}

static bool make_arrays(ca_score_lines *lines, size_t count)
{
    ca_arena *arena = &lines->arena;
    const ca_featureset *set = lines->options.set;
    lines->features = ca_arena_array(arena, count + 1, sizeof *lines->features);
    lines->about = ca_arena_array(arena, count + 1, sizeof *lines->about);
    lines->collected = ca_arena_array(arena, count + 1, sizeof *lines->collected);
    lines->keys = ca_arena_array(arena, count * CA_USUAL_LEVELS_MAX + 1, sizeof *lines->keys);
    lines->hashed = ca_arena_array(arena, count * (CA_USUAL_LEVELS_MAX * CA_FEATURE_KEYS_MAX + 1) + 1, sizeof *lines->hashed);
    lines->conditions = ca_arena_array(arena, set->condition_count + 1, 1);
    lines->where = ca_arena_array(arena, set->condition_count + 1, sizeof *lines->where);
    lines->codes = ca_arena_array(arena, ca_codes_count(lines->options.codes) + 1, sizeof *lines->codes);
    lines->used = ca_arena_array(arena, count + 1, sizeof *lines->used);
    lines->used_by = ca_arena_array(arena, count + 1, sizeof *lines->used_by);
    bool plan = lines->features && lines->about && lines->collected && lines->keys && lines->hashed;
    return plan && lines->conditions && lines->where && lines->codes && lines->used && lines->used_by;
}

int ca_score_lines_new(const ca_score_lines_options *options, ca_score_lines **ret_lines, ca_error *err)
{
    size_t count;
    const ca_feature *const *features = line_features(options->set, &count);
    if (count > CA_USUAL_FEATURES_MAX) {
        return ca_error_set(err, CA_LIMIT, "%zu features of claim lines, at most %d are judged", count, CA_USUAL_FEATURES_MAX);
    }
    ca_score_lines *lines = ca_alloc_zero(1, sizeof *lines);
    if (!lines) {
        return ca_error_nomem(err);
    }
    lines->options = *options;
    ca_arena_init(&lines->arena);
    if (!make_arrays(lines, count)) {
        ca_score_lines_free(lines);
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        plan_feature(lines, features[i]);
    }
    plan_conditions(lines);
    plan_collected(lines);
    hash_codes(lines);
    find_used(lines);
    *ret_lines = lines;
    return 0;
}

void ca_score_lines_free(ca_score_lines *lines)
{
    if (lines) {
        ca_arena_done(&lines->arena);
        ca_free(lines);
    }
}

size_t ca_score_lines_known(const ca_score_lines *lines)
{
    return lines->used_count;
}

/* Rows that are worked on, and what is collected. */
uint64_t ca_score_lines_bytes(const ca_score_lines *lines)
{
    uint64_t arrays = 2 * lines->feature_count + lines->hashed_count + lines->key_count + 4;
    bool collects = lines->options.collects != CA_LINES_NOT;
    uint64_t collector = collects ? ca_collector_bytes_most(&lines->settings, lines->feature_count) : 0;
    return arrays * CA_LINE_ROWS * sizeof(uint64_t) + collector + lines->options.most * 3072;
}
