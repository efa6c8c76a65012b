/* Edits of CMS: medically unlikely units (US-0201, US-0202), pairs of procedures (US-0203), add-on
 * codes (US-0204). */
#include "generator/stage.h"
#include "generator/text.h"

static bool play_units_of_line(gen_stage *stage)
{
    gen_claim *claim =
        gen_add_claim(stage, gen_add_person(stage),
                      gen_edge(stage, "outpatient") ? GEN_CLINIC : GEN_OFFICE, stage->day);
    bool split = gen_edge(stage, "split");
    const char *code = gen_edge(stage, "no_row")  ? "V6105"
                       : gen_edge(stage, "mai_3") ? "V6101"
                                                  : "V6103";

    gen_any_line(stage, claim, code, split || gen_edge(stage, "limit") ? 2 : 3);
    if (split) {
        gen_any_line(stage, claim, code, 2)->modifiers = "RT";
        claim->lines[0].modifiers = "LT";
    }
    if (gen_planted(stage))
        gen_add_ref(gen_add_label(stage, 0, 0, "3 units of a line where 2 are allowed"), "line", 0,
                    0);
    gen_undo_for_edge(stage, 0);
    return true;
}

/* Units of two claims of one provider on one day. */
static void add_two_claims(gen_stage *stage, const char *code, int32_t first, int32_t second)
{
    gen_claim *claim =
        gen_add_claim(stage, gen_add_person(stage),
                      gen_edge(stage, "outpatient") ? GEN_CLINIC : GEN_OFFICE, stage->day);

    gen_stage_line(claim, code, first, 10000);
    claim = gen_copy_claim(stage, 0);
    claim->line_count = 0;
    gen_stage_line(claim, code, second, 13300);
}

static void plant_units_of_day(gen_stage *stage)
{
    gen_claim *claim;

    switch (stage->variant % 4) {
    case 0:
        add_two_claims(stage, "V6101", 2, 2);
        break;
    case 1:
        claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);
        gen_stage_line(claim, "V6102", 1, 10000);
        gen_stage_line(claim, "V6102", 1, 13300)->modifiers = "59";
        gen_label_window(stage, 0, 0, "units of a day above the limit");
        return;
    case 2:
        add_two_claims(stage, "J2405", 6, 5);
        break;
    default:
        stage->day = gen_day(2024, 1, 1);
        add_two_claims(stage, "V6104", 2, 1);
    }
    gen_label_window(stage, 0, 1, "units of a day above the limit");
}

static bool play_units_of_day(gen_stage *stage)
{
    gen_claim *second;

    if (gen_planted(stage)) {
        plant_units_of_day(stage);
        return true;
    }
    if (gen_edge(stage, "older_row"))
        stage->day = gen_day(2023, 12, 31);
    add_two_claims(stage, gen_edge(stage, "older_row") ? "V6104" : "V6101", 2,
                   gen_edge(stage, "limit") ? 1 : 2);
    second = &stage->claims[1];
    if (gen_edge(stage, "other_day"))
        gen_move_claim(second, 1);
    if (gen_edge(stage, "other_biller"))
        second->biller = (second->biller + 1) % stage->world->groups;
    if (gen_edge(stage, "other_patient"))
        second->patient = stage->people[gen_add_person(stage)];
    gen_undo_for_edge(stage, 0);
    return true;
}

/* Both codes in one claim, or in two; column 2 may come first. Returns the claim with column 2. */
static gen_claim *add_pair(gen_stage *stage, const char *column1, const char *column2)
{
    gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);

    if (gen_planted(stage) && stage->variant % 2 == 0) {
        gen_any_line(stage, claim, column1, 1);
        gen_any_line(stage, claim, column2, 1);
        gen_label_pair(stage, 0, 0, 0, 1, "column 2 beside column 1");
        return claim;
    }
    gen_any_line(stage, claim, column2, 1);
    claim = gen_copy_claim(stage, 0);
    claim->line_count = 0;
    gen_any_line(stage, claim, column1, 1);
    gen_label_pair(stage, 1, 0, 0, 0, "column 2 beside column 1");
    return &stage->claims[0];
}

static void plant_pair(gen_stage *stage)
{
    gen_claim *claim;

    switch (stage->variant % 7) {
    case 2:
    case 3:
        claim = add_pair(stage, "V6203", "V6204");
        claim->lines[claim->line_count - 1].modifiers = stage->variant % 7 == 2 ? "" : "GA";
        return;
    case 4: /* no modifier helps */
        claim = add_pair(stage, "V6201", "V6202");
        claim->lines[claim->line_count - 1].modifiers = "59";
        return;
    case 5:
        stage->day = gen_day(2023, 12, 31);
        add_pair(stage, "V6207", "V6208");
        return;
    case 6: /* column 2 of one row is column 1 of another */
        add_pair(stage, "V6201", "V6202");
        claim = gen_copy_claim(stage, 0);
        claim->line_count = 0;
        gen_any_line(stage, claim, "V6209", 1);
        if (stage->claim_count == 2)
            gen_label_pair(stage, 0, 1, 1, 0, "column 2 beside column 1");
        else
            gen_label_pair(stage, 0, 0, 2, 0, "column 2 beside column 1");
        return;
    default:
        add_pair(stage, "V6201", "V6202");
    }
}

static bool play_pair(gen_stage *stage)
{
    gen_claim *first;

    if (gen_planted(stage)) {
        plant_pair(stage);
        return true;
    }
    if (gen_edge(stage, "expired")) {
        stage->day = gen_day(2024, 1, 1);
        add_pair(stage, "V6207", "V6208");
        return true;
    }
    if (gen_edge(stage, "withdrawn") || gen_edge(stage, "no_row")) {
        bool withdrawn = gen_edge(stage, "withdrawn");

        add_pair(stage, withdrawn ? "V6205" : "V6201", withdrawn ? "V6206" : "V6209");
        return true;
    }
    add_pair(stage, stage->variant % 2 == 0 ? "V6203" : "V6201",
             stage->variant % 2 == 0 ? "V6204" : "V6202");
    first = &stage->claims[1]; /* has column 1 */
    if (gen_edge(stage, "other_day"))
        gen_move_claim(first, 1);
    if (gen_edge(stage, "other_biller"))
        first->biller = (first->biller + 1) % stage->world->groups;
    if (gen_edge(stage, "other_patient"))
        first->patient = stage->people[gen_add_person(stage)];
    gen_undo_for_edge(stage, stage->variant % 2);
    return true;
}

static bool play_modifier(gen_stage *stage)
{
    uint32_t claim = gen_edge(stage, "modifier_on_first") ? 1 : 0;

    add_pair(stage, "V6203", "V6204");
    stage->claims[claim].lines[0].modifiers = stage->variant % 2 == 0 ? "59" : "GA;XS";
    return true;
}

static void label_addon(gen_stage *stage, uint32_t line)
{
    gen_add_ref(gen_add_label(stage, 0, line, "add-on without its primary"), "event", 0, line);
}

static bool play_addon(gen_stage *stage)
{
    gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);
    uint32_t variant = stage->variant % 5;

    gen_any_line(stage, claim, "V6301", 1);
    label_addon(stage, 0);
    if (variant == 1) {
        gen_any_line(stage, claim, "V6304", 1);
        label_addon(stage, 1);
    } else if (variant == 2) {
        gen_any_line(stage, claim, "V6305", 1);
    } else if (variant >= 3) {
        claim = gen_copy_claim(stage, 0);
        claim->line_count = 0;
        gen_any_line(stage, claim, "V6302", 1);
        if (variant == 3)
            gen_reverse(stage, 1);
        else
            gen_move_claim(claim, 1);
    }
    return true;
}

static bool play_addon_with_primary(gen_stage *stage)
{
    bool second = gen_edge(stage, "second_primary");
    gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);

    gen_any_line(stage, claim, "V6301", 1);
    if (gen_edge(stage, "unpaid")) {
        claim->lines[0].paid = 0;
        return true;
    }
    if (gen_edge(stage, "reversed")) {
        gen_reverse(stage, 0);
        return true;
    }
    if (gen_edge(stage, "other_claim")) {
        claim = gen_copy_claim(stage, 0);
        claim->line_count = 0;
    }
    gen_any_line(stage, claim, second ? "V6303" : "V6302", 1);
    if (gen_edge(stage, "both")) {
        gen_any_line(stage, claim, "V6304", 1);
        gen_any_line(stage, claim, "V6305", 1);
    }
    return true;
}

static const gen_scheme schemes[] = {
    {"unlikely_units_of_line", "US-0201", NULL, play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "limit", play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "split", play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "mai_3", play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "no_row", play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "outpatient", play_units_of_line},
    {"unlikely_units_of_line", "US-0201", "reversed", play_units_of_line},
    {"unlikely_units_of_day", "US-0202", NULL, play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "limit", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "other_day", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "other_biller", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "other_patient", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "older_row", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "outpatient", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "reversed", play_units_of_day},
    {"unlikely_units_of_day", "US-0202", "replaced", play_units_of_day},
    {"procedure_pair", "US-0203", NULL, play_pair},
    {"procedure_pair", "US-0203", "modifier_on_first", play_modifier},
    {"procedure_pair", "US-0203", "modifier_on_second", play_modifier},
    {"procedure_pair", "US-0203", "withdrawn", play_pair},
    {"procedure_pair", "US-0203", "expired", play_pair},
    {"procedure_pair", "US-0203", "no_row", play_pair},
    {"procedure_pair", "US-0203", "other_day", play_pair},
    {"procedure_pair", "US-0203", "other_biller", play_pair},
    {"procedure_pair", "US-0203", "other_patient", play_pair},
    {"procedure_pair", "US-0203", "reversed", play_pair},
    {"procedure_pair", "US-0203", "replaced", play_pair},
    {"addon_without_primary", "US-0204", NULL, play_addon},
    {"addon_without_primary", "US-0204", "other_claim", play_addon_with_primary},
    {"addon_without_primary", "US-0204", "second_primary", play_addon_with_primary},
    {"addon_without_primary", "US-0204", "both", play_addon_with_primary},
    {"addon_without_primary", "US-0204", "unpaid", play_addon_with_primary},
    {"addon_without_primary", "US-0204", "reversed", play_addon_with_primary},
};

const gen_scheme *gen_edit_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
