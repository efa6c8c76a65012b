/* Made-up scores. */
#include "support/made_scores.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const uint8_t logic[32] = {0xCC, 0xDD};

static int each(void *context, bool leads, ca_score_visit *visit, void *to, ca_error *err)
{
    made_scores *made = context;
    int rc = 0;
    made->handed++;
    for (size_t i = 0; rc == 0 && i < made->count; i++) {
        rc = leads && !made->scores[i].lead ? 0 : visit(to, &made->scores[i], err);
    }
    return rc;
}

static void set_features(made_scores *made)
{
    made->features[0] = (ca_entity_feature){.id = "provider-paid-per-patient",
                                            .title = "paid per patient",
                                            .format = CA_TOLD_MONEY,
                                            .direction = 1,
                                            .value = 142,
                                            .exposure = 1204,
                                            .exposure_of = "claims",
                                            .peer = 10,
                                            .ratio = 14.2,
                                            .percentile = 0.9991,
                                            .z = 6.25,
                                            .p = 0.0009,
                                            .cell = CA_TEXT("cardiology, north, large"),
                                            .cell_size = 312};
    made->features[1] = made->features[0];
    made->features[1].id = "provider-weekend-share";
    made->features[1].title = "share of services on weekends";
    made->features[1].format = CA_TOLD_PERCENT;
    made->features[1].value = 0.5;
    made->features[1].peer = 0;
    made->features[1].ratio = NAN;
    made->features[2] = made->features[0];
    made->features[2].id = "provider-age";
    made->features[2].title = "mean age of patients";
    made->features[2].format = CA_TOLD_NUMBER;
    made->features[2].direction = 0;
    made->features[2].p = 1;
    made->reasons[0] = (ca_entity_reason){.feature = made->features[0], .share = 0.75};
    made->reasons[1] = (ca_entity_reason){.feature = made->features[1],
                                          .share = 0.25,
                                          .has_expected = true,
                                          .expected = 0.125,
                                          .deviation = 6.3,
                                          .sentence = CA_TEXT("said by who made it")};
}

static void set_line(made_scores *made)
{
    made->lines[0] = (ca_finding_line){.role = "line",
                                       .claim_type = CA_OUTPATIENT,
                                       .claim_id = CA_TEXT("C1"),
                                       .claim_part = 1,
                                       .line_no = 2,
                                       .has_date = true,
                                       .service_date = 19000,
                                       .origin = {.file = 0, .length = 20, .row = 5, .offset = 400},
                                       .has_paid = true,
                                       .paid = 2234500,
                                       .exposure = 77,
                                       .count = 1};
    made->lines[1] = made->lines[0];
    made->lines[1].line_no = 3;
}

static ca_entity_score score_of(made_scores *made, const char *kind, const char *id, uint64_t rank, bool lead)
{
    return (ca_entity_score){.kind = kind,
                             .id = ca_text_of(id),
                             .cell = CA_TEXT("cardiology, north, large"),
                             .cell_size = 312,
                             .volume = 1204,
                             .score = 20.5 / (double)(rank ? rank : 1),
                             .p = 0.000125,
                             .q = 0.03125,
                             .rank = rank,
                             .lead = lead,
                             .insufficient = rank == 0,
                             .has_excess = lead,
                             .excess = 123456,
                             .reasons = made->reasons,
                             .reason_count = rank ? 2 : 0,
                             .features = made->features,
                             .feature_count = 3};
}

static void set_scores(made_scores *made, const char *id)
{
    made->scores[0] = score_of(made, "provider", id, 1, true);
    made->scores[0].lines = made->lines;
    made->scores[0].line_count = 2;
    made->scores[1] = score_of(made, "provider", "R8", 2, false);
    made->scores[2] = score_of(made, "provider", "R9", 0, false);
    made->scores[3] = score_of(made, "patient", "P1", 1, true);
    made->scores[3].has_excess = false;
    made->scores[4] = score_of(made, "patient", "P2", 2, false);
    made->scores[5] = score_of(made, "line", "outpatient/C1/2", 1, true);
    made->scores[5].lines = made->lines;
    made->scores[5].line_count = 1;
    made->scores[5].patient_id = CA_TEXT("P1");
    made->scores[5].billing_provider_id = CA_TEXT("B1");
    made->count = CA_MADE_SCORES;
}

static void set_networks(made_scores *made)
{
    for (size_t i = 0; i < 10; i++) {
        static const char *const ids[] = {"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"};
        made->members[i] = (ca_told_member){.kind = "provider", .id = ca_text_of(ids[i]), .group = CA_TEXT("cardiology"),
                                            .patients = 120 + i, .shared = 24};
    }
    made->pairs[0] = (ca_told_pair){.a = {.kind = "pharmacy", .id = CA_TEXT("F1"), .patients = 1200, .shared = 24},
                                    .b = {.kind = "prescriber", .id = CA_TEXT("R9"), .group = CA_TEXT("cardiology"),
                                          .patients = 85, .shared = 24, .has_paid = true, .paid = 4400},
                                    .region = CA_TEXT("north"), .population = 40000, .shared = 24, .expected = 2.55, .lift = 9.41,
                                    .jaccard = 0.019, .log_p = -40.25, .q = 1e-9, .rank = 1, .has_money = true, .money = 99900};
    made->pairs[1] = made->pairs[0];
    made->pairs[1].a.id = CA_TEXT("F2");
    made->pairs[1].rank = 2;
    made->pairs[1].has_money = false;
    made->pairs[2] = made->pairs[0];
    made->pairs[2].a = made->members[1];
    made->pairs[2].b = made->members[2];
    made->pairs[2].rank = 3;
    made->rings[0] = (ca_told_ring){.members = made->members, .member_count = 10, .patients = 48, .pairs = 18, .density = 0.4,
                                    .q = 0.0025, .rank = 1, .has_money = true, .money = 500000};
}

void made_scores_set(made_scores *made, const char *id)
{
    static const ca_scored_kind kinds[] = {{"provider", 20, 1, 1},         {"patient", 300, 0, 1}, {"line", 4000, 0, 1},
                                           {"pharmacy+prescriber", 7, 0, 2}, {"provider+provider", 5, 0, 1}, {"ring", 1, 0, 1}};
    memset(made, 0, sizeof *made);
    made->model = (ca_told_model){"us", "2024-05-06.1", {UINT64_C(0xAABB000000000000), 0}, true, 18993, 19357};
    set_features(made);
    set_line(made);
    set_scores(made, id);
    set_networks(made);
    memcpy(made->kinds, kinds, sizeof kinds);
    made->scored = (ca_scored){.model = &made->model, .logic_hash = logic, .minor_digits = 2, .kinds = made->kinds,
                               .kind_count = 6, .each = each, .context = made, .pairs = made->pairs, .pair_count = 3,
                               .rings = made->rings, .ring_count = 1};
}
