/* Scores as the library's callers see them. */
#include "run/public.h"

#include <string.h>

struct delivery {
    ca_scan_state *scan;
    claimaudit_on_score on_score;
    void *context;
    uint64_t most;                /* of a kind that are no leads */
    const char *kind;             /* whose scores are delivered, */
    uint64_t told;                /* and how many were */
    ca_arena strings;             /* of one score */
    bool nomem;
    int stopped;
};

static const char *string_of(struct delivery *delivery, ca_text text)
{
    const char *string = ca_arena_cstr(&delivery->strings, text.ptr ? text : CA_TEXT(""));
    delivery->nomem |= !string;
    return string;
}

static claimaudit_feature feature_of(struct delivery *delivery, const ca_entity_feature *feature)
{
    return (claimaudit_feature){.id = feature->id,
                                .title = feature->title,
                                .unit = ca_told_format_name(feature->format),
                                .direction = ca_told_direction_name(feature->direction),
                                .value = feature->value,
                                .exposure = feature->exposure,
                                .exposure_of = feature->exposure_of ? feature->exposure_of : "cases",
                                .peer = feature->peer,
                                .ratio = feature->ratio,
                                .percentile = feature->percentile,
                                .z = feature->z,
                                .p = feature->p,
                                .cell = string_of(delivery, feature->cell),
                                .cell_size = feature->cell_size};
}

static const claimaudit_reason *reasons_of(struct delivery *delivery, const ca_entity_score *score)
{
    claimaudit_reason *reasons = ca_arena_array(&delivery->strings, score->reason_count + 1, sizeof *reasons);
    delivery->nomem |= !reasons;
    for (size_t i = 0; reasons && i < score->reason_count; i++) {
        reasons[i] = (claimaudit_reason){.sentence = string_of(delivery, score->reasons[i].sentence),
                                         .feature = feature_of(delivery, &score->reasons[i].feature),
                                         .share = score->reasons[i].share};
    }
    return reasons;
}

static const claimaudit_feature *features_of(struct delivery *delivery, const ca_entity_score *score)
{
    claimaudit_feature *features = ca_arena_array(&delivery->strings, score->feature_count + 1, sizeof *features);
    delivery->nomem |= !features;
    for (size_t i = 0; features && i < score->feature_count; i++) {
        features[i] = feature_of(delivery, &score->features[i]);
    }
    return features;
}

/* As many as a report keeps. */
static bool is_kept(struct delivery *delivery, const char *kind, bool lead)
{
    if (!delivery->kind || strcmp(delivery->kind, kind) != 0) {
        delivery->kind = kind;
        delivery->told = 0;
    }
    bool kept = lead || delivery->told < delivery->most;
    delivery->told += kept;
    return kept;
}

static int deliver(void *context, const ca_finding *finding, const ca_entity_score *score, ca_error *err)
{
    struct delivery *delivery = context;
    if (!score || !is_kept(delivery, score->kind, finding != NULL)) {    /* pairs and rings have none */
        return 0;
    }
    ca_arena_reset(&delivery->strings);
    const claimaudit_score given = {.kind = score->kind,
                                    .id = string_of(delivery, score->id),
                                    .cell = string_of(delivery, score->cell),
                                    .cell_size = score->cell_size,
                                    .claims = score->volume,
                                    .score = score->score,
                                    .p = score->p,
                                    .q = score->q,
                                    .rank = score->rank,
                                    .lead = finding != NULL,
                                    .excess = score->has_excess ? score->excess : CLAIMAUDIT_NO_AMOUNT,
                                    .reasons = reasons_of(delivery, score),
                                    .reason_count = score->reason_count,
                                    .features = features_of(delivery, score),
                                    .feature_count = score->feature_count};
    if (delivery->nomem) {
        return ca_error_nomem(err);
    }
    delivery->stopped = delivery->on_score(delivery->context, &given);
    return delivery->stopped ? CA_END : 0;
}

int ca_deliver_scores(ca_scan_state *scan, claimaudit_on_score on_score, void *context, int *ret_stopped, ca_error *err)
{
    struct delivery delivery = {.scan = scan, .on_score = on_score, .context = context, .most = scan->options->max_scores};
    const ca_scores_told scores = ca_scores_of(scan);
    ca_arena_init(&delivery.strings);
    int rc = scores.scored ? ca_scored_findings(scores.scored, scores.first_rule, scores.most_findings, false, deliver, &delivery, err) : 0;
    *ret_stopped = delivery.stopped;
    ca_arena_done(&delivery.strings);
    return rc == CA_END ? 0 : rc;
}
