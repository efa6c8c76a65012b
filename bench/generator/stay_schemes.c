/* Stays: two at one time (CORE-0301), a visit within one (CORE-0302), one made two (CORE-0303). */
#include "generator/stage.h"

static uint32_t draw_hospital(gen_stage *stage)
{
    return gen_below(&stage->random, stage->world->hospitals);
}

/* The second one for the same person, or for another. */
static uint32_t second_person(gen_stage *stage)
{
    return gen_edge(stage, "other_patient") ? gen_add_person(stage) : 0;
}

static bool play_overlap(gen_stage *stage)
{
    static const int32_t starts[] = {5, 2, 3}; /* one day in common, within, four days */
    static const int32_t lengths[] = {4, 2, 7};
    uint32_t person = gen_add_person(stage);
    uint32_t hospital = draw_hospital(stage);
    uint32_t other = hospital + (gen_edge(stage, "same_hospital") ? 0 : 1);
    uint32_t variant = stage->variant % 3;
    int32_t start = gen_edge(stage, "touching") ? 6 : starts[variant];

    gen_add_stay(stage, person, hospital, stage->day, 6);
    gen_add_stay(stage, second_person(stage), other, stage->day + start, lengths[variant]);
    gen_label_pair(stage, 0, GEN_WHOLE_CLAIM, 1, GEN_WHOLE_CLAIM, "two stays at one time");
    gen_undo_for_edge(stage, 1);
    return true;
}

static bool play_within(gen_stage *stage)
{
    static const int32_t days[] = {3, 1, 5};
    uint32_t person = gen_add_person(stage);
    unsigned setting = gen_edge(stage, "professional") ? GEN_OFFICE : GEN_CLINIC;
    int32_t day = days[stage->variant % 3];
    gen_claim *visit;

    if (gen_edge(stage, "on_admission"))
        day = 0;
    if (gen_edge(stage, "on_discharge"))
        day = 6;
    gen_add_stay(stage, person, draw_hospital(stage), stage->day, 6);
    visit = gen_add_claim(stage, second_person(stage), setting, stage->day + day);
    gen_any_line(stage, visit, "V0103", 1);
    if (setting == GEN_OFFICE)
        visit->lines[0].place = "21";
    gen_label_pair(stage, 0, GEN_WHOLE_CLAIM, 1, GEN_WHOLE_CLAIM, "an outpatient visit in a stay");
    gen_undo_for_edge(stage, 0);
    return true;
}

static bool play_split(gen_stage *stage)
{
    static const char *const principals[][2] = {
        {"I509", "I5032"}, {"J449", "J441"}, {"E119", "E1165"}};
    static const int32_t gaps[] = {15, 0, 7};
    const char *const *codes = principals[stage->variant % 3];
    uint32_t person = gen_add_person(stage);
    uint32_t hospital = draw_hospital(stage);
    int32_t gap = gen_edge(stage, "sixteen_days") ? 16 : gaps[stage->variant % 3];
    gen_claim *first = gen_add_stay(stage, person, hospital, stage->day, 4);
    gen_claim *second;

    if (gen_edge(stage, "overlapping"))
        gap = -1;
    second = gen_add_stay(stage, second_person(stage),
                          hospital + (gen_edge(stage, "other_hospital") ? 1 : 0),
                          stage->day + 4 + gap, 3);
    first->principal = codes[0];
    second->principal = codes[1];
    if (gen_edge(stage, "other_group"))
        second->principal = principals[(stage->variant + 1) % 3][0];
    if (gen_edge(stage, "no_group")) {
        first->principal = "N390";
        second->principal = "N390";
    }
    gen_label_pair(stage, 0, GEN_WHOLE_CLAIM, 1, GEN_WHOLE_CLAIM, "one stay billed as two");
    gen_undo_for_edge(stage, 0);
    return true;
}

static const gen_scheme schemes[] = {
    {"overlapping_stays", "CORE-0301", NULL, play_overlap},
    {"overlapping_stays", "CORE-0301", "touching", play_overlap},
    {"overlapping_stays", "CORE-0301", "same_hospital", play_overlap},
    {"overlapping_stays", "CORE-0301", "other_patient", play_overlap},
    {"overlapping_stays", "CORE-0301", "reversed", play_overlap},
    {"overlapping_stays", "CORE-0301", "replaced", play_overlap},
    {"visit_within_stay", "CORE-0302", NULL, play_within},
    {"visit_within_stay", "CORE-0302", "on_admission", play_within},
    {"visit_within_stay", "CORE-0302", "on_discharge", play_within},
    {"visit_within_stay", "CORE-0302", "other_patient", play_within},
    {"visit_within_stay", "CORE-0302", "professional", play_within},
    {"visit_within_stay", "CORE-0302", "reversed", play_within},
    {"visit_within_stay", "CORE-0302", "replaced", play_within},
    {"split_stay", "CORE-0303", NULL, play_split},
    {"split_stay", "CORE-0303", "sixteen_days", play_split},
    {"split_stay", "CORE-0303", "overlapping", play_split},
    {"split_stay", "CORE-0303", "other_hospital", play_split},
    {"split_stay", "CORE-0303", "other_group", play_split},
    {"split_stay", "CORE-0303", "no_group", play_split},
    {"split_stay", "CORE-0303", "other_patient", play_split},
    {"split_stay", "CORE-0303", "reversed", play_split},
    {"split_stay", "CORE-0303", "replaced", play_split},
};

const gen_scheme *gen_stay_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
