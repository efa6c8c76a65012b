/* Duplicates: the same line twice, exactly (CORE-0201, CORE-0202) or nearly (CORE-0203). */
#include "generator/stage.h"

/* Another payment, so that only one rule could take two lines for one. */
static void pay_otherwise(gen_line *line)
{
    line->paid += line->paid / 20;
}

static void label_copy(gen_stage *stage, uint32_t claim, uint32_t line, uint32_t original_line,
                       const char *note)
{
    gen_label *label;

    if (!gen_planted(stage))
        return;
    label = gen_add_label(stage, claim, line, "%s", note);
    gen_add_ref(label, "copy", claim, line);
    gen_add_ref(label, "original", 0, original_line);
}

/* What makes the copy another service. */
static void part_copy(gen_stage *stage, gen_claim *claim, gen_claim *copy, uint32_t at)
{
    gen_line *line = &copy->lines[at];
    const gen_world *world = stage->world;

    if (gen_edge(stage, "other_patient"))
        copy->patient = stage->people[gen_add_person(stage)];
    else if (gen_edge(stage, "other_doctor"))
        line->performer = (line->performer + 1) % world->practitioners;
    else if (gen_edge(stage, "other_biller"))
        copy->biller = (copy->biller + 1) % world->groups;
    else if (gen_edge(stage, "other_hospital"))
        gen_set_hospital(stage, copy, copy->hospital + 1);
    else if (gen_edge(stage, "other_day"))
        gen_move_claim(copy, 3);
    else if (gen_edge(stage, "other_end"))
        copy->through_date++;
    else if (gen_edge(stage, "other_place"))
        line->place = "12";
    else if (gen_edge(stage, "other_charge"))
        line->charge += 100;
    else if (gen_edge(stage, "other_modifier"))
        line->modifiers = "RT";
    else if (gen_edge(stage, "other_procedure"))
        line->procedure = "V0302";
    else if (gen_edge(stage, "other_revenue"))
        line->revenue = "0329";
    else if (gen_edge(stage, "unpaid"))
        line->paid = 0;
    else
        return;
    if (line->paid > 0)
        pay_otherwise(line);
    (void)claim;
}

/* In two claims, in one, or in three. */
static bool play_professional(gen_stage *stage)
{
    static const char *const repeats[] = {"76", "77", "91"};
    gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);
    gen_line *line = gen_any_line(stage, claim, "V0301", 1);
    uint32_t variant = gen_planted(stage) ? stage->variant % 3 : 0;

    if (gen_edge(stage, "repeat_modifier"))
        line->modifiers = repeats[stage->variant % 3];
    if (variant == 1) {
        claim->lines[claim->line_count++] = *line;
        label_copy(stage, 0, 1, 0, "the same line twice in a claim");
        return true;
    }
    part_copy(stage, claim, gen_copy_claim(stage, 0), 0);
    label_copy(stage, 1, 0, 0, "the same line in two claims");
    if (variant == 2) {
        gen_copy_claim(stage, 0);
        label_copy(stage, 2, 0, 0, "the same line in three claims");
    }
    gen_undo_for_edge(stage, 0);
    return true;
}

static bool play_institutional(gen_stage *stage)
{
    uint32_t person = gen_add_person(stage);
    gen_claim *claim;

    if (gen_planted(stage) && stage->variant % 2 == 1) {
        claim = gen_add_stay(stage, person, gen_below(&stage->random, stage->world->hospitals),
                             stage->day, 4);
        gen_any_line(stage, claim, "V0504", 1)->revenue = "0360";
        claim->lines[claim->line_count++] = claim->lines[1];
        label_copy(stage, 0, 2, 1, "the same line twice in a stay");
        return true;
    }
    claim = gen_add_claim(stage, person, GEN_CLINIC, stage->day);
    gen_any_line(stage, claim, "V0301", 1)->revenue = "0320";
    part_copy(stage, claim, gen_copy_claim(stage, 0), 0);
    label_copy(stage, 1, 0, 0, "the same line in two claims");
    gen_undo_for_edge(stage, 0);
    return true;
}

/* Payments of 100.00 and up to 1 % beside it; on one day the later one is paid less. */
static int64_t near_payment(const gen_stage *stage)
{
    if (gen_edge(stage, "other_payment"))
        return stage->variant % 2 == 0 ? 10110 : 9890;
    return stage->variant % 3 == 0 ? 10000 : stage->variant % 3 == 1 ? 9910 : 10090;
}

static bool play_near(gen_stage *stage)
{
    const gen_world *world = stage->world;
    const char *code = gen_edge(stage, "daily_service") ? "V6001" : "V0205";
    gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);
    gen_claim *copy;

    gen_stage_line(claim, code, 1, 10000);
    if (gen_edge(stage, "same_claim")) {
        *gen_stage_line(claim, code, 1, 10000) = claim->lines[0];
        claim->through_date++;
        claim->lines[1].service_date++;
        return true;
    }
    copy = gen_copy_claim(stage, 0);
    copy->lines[0].paid = near_payment(stage);
    copy->lines[0].charge += 300;
    if (stage->variant % 3 != 1 || gen_edge(stage, "other_payment"))
        gen_move_claim(copy, 1);
    if (gen_edge(stage, "two_days"))
        gen_move_claim(copy, copy->from_date == stage->day ? 2 : 1);
    if (gen_edge(stage, "other_doctor")) {
        gen_set_doctor(stage, copy, (copy->practitioner + 1) % world->practitioners);
        copy->biller = (claim->biller + 1) % world->groups;
    }
    if (gen_edge(stage, "other_procedure"))
        copy->lines[0].procedure = "V0204";
    if (gen_edge(stage, "other_patient"))
        copy->patient = stage->people[gen_add_person(stage)];
    gen_label_pair(stage, 0, 0, 1, 0, "nearly the same line in two claims");
    gen_undo_for_edge(stage, 0);
    return true;
}

static const gen_scheme schemes[] = {
    {"duplicate_professional", "CORE-0201", NULL, play_professional},
    {"duplicate_professional", "CORE-0201", "other_patient", play_professional},
    {"duplicate_professional", "CORE-0201", "other_doctor", play_professional},
    {"duplicate_professional", "CORE-0201", "other_biller", play_professional},
    {"duplicate_professional", "CORE-0201", "other_day", play_professional},
    {"duplicate_professional", "CORE-0201", "other_place", play_professional},
    {"duplicate_professional", "CORE-0201", "other_charge", play_professional},
    {"duplicate_professional", "CORE-0201", "other_modifier", play_professional},
    {"duplicate_professional", "CORE-0201", "other_procedure", play_professional},
    {"duplicate_professional", "CORE-0201", "unpaid", play_professional},
    {"duplicate_professional", "CORE-0201", "repeat_modifier", play_professional},
    {"duplicate_professional", "CORE-0201", "reversed", play_professional},
    {"duplicate_professional", "CORE-0201", "replaced", play_professional},
    {"duplicate_institutional", "CORE-0202", NULL, play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_patient", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_hospital", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_day", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_end", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_charge", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_modifier", play_institutional},
    {"duplicate_institutional", "CORE-0202", "other_revenue", play_institutional},
    {"duplicate_institutional", "CORE-0202", "reversed", play_institutional},
    {"duplicate_institutional", "CORE-0202", "replaced", play_institutional},
    {"near_duplicate", "CORE-0203", NULL, play_near},
    {"near_duplicate", "CORE-0203", "two_days", play_near},
    {"near_duplicate", "CORE-0203", "other_payment", play_near},
    {"near_duplicate", "CORE-0203", "other_doctor", play_near},
    {"near_duplicate", "CORE-0203", "other_procedure", play_near},
    {"near_duplicate", "CORE-0203", "other_patient", play_near},
    {"near_duplicate", "CORE-0203", "same_claim", play_near},
    {"near_duplicate", "CORE-0203", "daily_service", play_near},
    {"near_duplicate", "CORE-0203", "reversed", play_near},
    {"near_duplicate", "CORE-0203", "replaced", play_near},
};

const gen_scheme *gen_copy_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
