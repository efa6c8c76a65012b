/* Builds the claims of a stage. */
#include "generator/stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "generator/text.h"

#define REPLACED_DAYS 70

bool gen_edge(const gen_stage *stage, const char *edge)
{
    return stage->scheme->edge != NULL && strcmp(stage->scheme->edge, edge) == 0;
}

bool gen_planted(const gen_stage *stage)
{
    return stage->scheme->edge == NULL;
}

uint32_t gen_add_person(gen_stage *stage)
{
    uint32_t one = stage->people_count++;

    gen_grown_up(&stage->random, stage->world, gen_stage_patient(stage->world, stage->number, one),
                 &stage->people[one]);
    return one;
}

uint32_t gen_add_doctor(gen_stage *stage)
{
    return stage->world->practitioners + (uint32_t)stage->number * GEN_STAGE_DOCTORS +
           stage->doctor_count++;
}

static gen_claim *next_claim(gen_stage *stage)
{
    uint32_t at = stage->claim_count++;

    stage->own_number[at] = true;
    stage->partner[at] = at;
    return &stage->claims[at];
}

/* Later claims of a stage are received and paid later, whatever their days of service. */
static void date_claim(gen_stage *stage, gen_claim *claim)
{
    uint32_t at = (uint32_t)(claim - stage->claims);
    int32_t received = claim->through_date + gen_between(&stage->random, 1, 9);

    if (at > 0 && received <= stage->claims[at - 1].received_date)
        received = stage->claims[at - 1].received_date + 1;
    claim->received_date = received;
    claim->paid_date = received + 12;
}

gen_claim *gen_add_claim(gen_stage *stage, uint32_t person, unsigned setting, int32_t day)
{
    gen_claim *claim = next_claim(stage);

    claim->setting = setting;
    claim->patient = stage->people[person];
    claim->from_date = day;
    claim->through_date = day;
    claim->drug_kind = 0;
    gen_begin_claim(stage->world, &stage->random, claim);
    if (setting == GEN_COUNTER)
        claim->biller = stage->world->pharmacies +
                        (uint32_t)(stage->number + stage->claim_count) % GEN_STAGE_PHARMACIES;
    else
        claim->principal = "N390";
    date_claim(stage, claim);
    return claim;
}

gen_claim *gen_add_stay(gen_stage *stage, uint32_t person, uint32_t hospital, int32_t day,
                        int32_t nights)
{
    gen_claim *claim = gen_add_claim(stage, person, GEN_WARD, day);

    claim->through_date = day + nights;
    claim->discharge_date = day + nights;
    gen_set_hospital(stage, claim, hospital);
    gen_stage_line(claim, "", nights, gen_between(&stage->random, 90000, 140000))->revenue = "0120";
    date_claim(stage, claim);
    return claim;
}

gen_line *gen_stage_line(gen_claim *claim, const char *procedure, int32_t units, int32_t price)
{
    gen_line *line = &claim->lines[claim->line_count++];
    bool office = claim->setting == GEN_OFFICE;

    *line = (gen_line){.procedure = procedure, .modifiers = ""};
    line->service_date = claim->from_date;
    line->performer = claim->practitioner;
    line->prescriber = GEN_NOBODY;
    line->revenue = office ? "" : "0510";
    line->place = office ? "11" : claim->setting == GEN_CLINIC ? "22" : "21";
    line->units = units;
    line->paid = (int64_t)price * units;
    line->allowed = line->paid * 5 / 4;
    line->charge = line->paid * 8 / 5;
    return line;
}

gen_line *gen_any_line(gen_stage *stage, gen_claim *claim, const char *procedure, int32_t units)
{
    return gen_stage_line(claim, procedure, units, gen_between(&stage->random, 3000, 30000));
}

gen_line *gen_stage_fill(gen_stage *stage, gen_claim *claim, uint32_t drug, int32_t days)
{
    gen_line *line = gen_add_fill(&stage->random, claim, drug, days);

    if (line->paid == 0)
        line->paid = line->allowed;
    return line;
}

gen_claim *gen_copy_claim(gen_stage *stage, uint32_t claim)
{
    gen_claim *copy = next_claim(stage);

    *copy = stage->claims[claim];
    date_claim(stage, copy);
    return copy;
}

void gen_set_doctor(gen_stage *stage, gen_claim *claim, uint32_t doctor)
{
    claim->practitioner = doctor;
    if (claim->setting == GEN_OFFICE)
        claim->biller = gen_group_of(stage->world, doctor);
    for (uint32_t i = 0; i < claim->line_count; i++)
        claim->lines[i].performer = doctor;
}

void gen_set_hospital(gen_stage *stage, gen_claim *claim, uint32_t hospital)
{
    claim->hospital = hospital % stage->world->hospitals;
    claim->biller = claim->hospital;
}

void gen_move_claim(gen_claim *claim, int32_t days)
{
    claim->from_date += days;
    claim->through_date += days;
    claim->received_date += days;
    claim->paid_date += days;
    if (claim->setting == GEN_WARD) {
        claim->admission_date += days;
        claim->discharge_date += days;
    }
    for (uint32_t i = 0; i < claim->line_count; i++)
        claim->lines[i].service_date += days;
}

void gen_reverse(gen_stage *stage, uint32_t claim)
{
    gen_claim *reversal = next_claim(stage);

    *reversal = stage->claims[claim];
    reversal->status = "void";
    stage->own_number[stage->claim_count - 1] = stage->variant % 2 == 0;
    stage->partner[stage->claim_count - 1] = claim;
    date_claim(stage, reversal);
    for (uint32_t i = 0; i < reversal->line_count; i++) {
        gen_line *line = &reversal->lines[i];

        line->units = -line->units;
        line->charge = -line->charge;
        line->allowed = -line->allowed;
        line->paid = -line->paid;
    }
}

void gen_replace(gen_stage *stage, uint32_t claim)
{
    gen_claim *newer = next_claim(stage);

    *newer = stage->claims[claim];
    newer->status = "replacement";
    gen_move_claim(newer, REPLACED_DAYS);
    stage->own_number[stage->claim_count - 1] = false;
    stage->partner[stage->claim_count - 1] = claim;
    date_claim(stage, newer);
}

void gen_undo_for_edge(gen_stage *stage, uint32_t claim)
{
    if (gen_edge(stage, "reversed"))
        gen_reverse(stage, claim);
    if (gen_edge(stage, "replaced"))
        gen_replace(stage, claim);
}

gen_label *gen_add_label(gen_stage *stage, uint32_t claim, uint32_t line, const char *format, ...)
{
    gen_label *label = &stage->labels[stage->label_count++];
    va_list values;

    *label = (gen_label){.subject = {"", claim, line}};
    va_start(values, format);
    vsnprintf(label->note, sizeof label->note, format, values);
    va_end(values);
    return label;
}

void gen_add_ref(gen_label *label, const char *role, uint32_t claim, uint32_t line)
{
    label->refs[label->ref_count++] = (gen_ref){role, claim, line};
}

void gen_label_pair(gen_stage *stage, uint32_t a, uint32_t line_a, uint32_t b, uint32_t line_b,
                    const char *note)
{
    gen_label *label;

    if (!gen_planted(stage))
        return;
    label = gen_add_label(stage, b, line_b, "%s", note);
    gen_add_ref(label, "a", a, line_a);
    gen_add_ref(label, "b", b, line_b);
}

void gen_label_window(gen_stage *stage, uint32_t first, uint32_t last, const char *note)
{
    gen_label *label;

    if (!gen_planted(stage))
        return;
    label = gen_add_label(stage, first, 0, "%s", note);
    for (uint32_t claim = first; claim <= last; claim++) {
        for (uint32_t line = 0; line < stage->claims[claim].line_count; line++)
            gen_add_ref(label, "line", claim, line);
    }
}
