/* Schemes of one line or claim, one row each: what claim they need and how they spoil it. */
#include <stdio.h>
#include <string.h>

#include "generator/stage.h"
#include "generator/text.h"

#define TRIES 5000

/* What is changed in a clean claim. */
typedef struct gen_spoilt {
    uint32_t lines; /* bits of the lines that are to be found */
    char note[GEN_NOTE_MAX];
} gen_spoilt;

typedef struct line_scheme {
    bool on_lines;           /* the finding names a line */
    gen_want want;           /* of variant 0; variant 1 may differ, see play_line */
    unsigned other_settings; /* of variant 1, or 0 */
    char other_sex;
    bool (*spoil)(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted);
} line_scheme;

/* What the diagnosis to plant must be. */
typedef struct diagnosis_want {
    char sex; /* exactly this one */
    gen_age_group age;
    gen_role role;
} diagnosis_want;

static bool is_wanted(const gen_diagnosis *one, const diagnosis_want *want, const gen_claim *claim)
{
    int32_t age =
        claim->patient.birth == GEN_NO_DATE ? -1 : gen_age(claim->patient.birth, claim->from_date);

    if (one->sex != want->sex || one->age != want->age || one->role != want->role)
        return false;
    return age >= 0 && !gen_claim_has_diagnosis(claim, one->code);
}

static const char *find_diagnosis(gen_random *random, const diagnosis_want *want,
                                  const gen_claim *claim)
{
    uint32_t count;
    const gen_diagnosis *all = gen_diagnoses(&count);

    for (unsigned tries = 0; tries < TRIES; tries++) {
        const gen_diagnosis *one = &all[gen_below(random, count)];

        if (is_wanted(one, want, claim))
            return one->code;
    }
    return NULL;
}

static bool put_diagnosis(const char *code, bool principal, gen_claim *claim)
{
    if (code == NULL)
        return false;
    if (principal)
        claim->principal = code;
    else
        claim->others[claim->other_count++] = code;
    return true;
}

static bool spoil_sex(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    char other = claim->patient.sex == 'M' ? 'F' : 'M';
    const diagnosis_want want = {other, GEN_ALL_AGES, GEN_PLAIN};
    const char *code = find_diagnosis(random, &want, claim);

    if (!put_diagnosis(code, variant / 2 % 2 == 0, claim))
        return false;
    snprintf(planted->note, sizeof planted->note, "diagnosis %s is for %s only", code,
             other == 'F' ? "women" : "men");
    return true;
}

static bool spoil_operation(gen_random *random, uint32_t variant, gen_claim *claim,
                            gen_spoilt *planted)
{
    uint32_t count;
    const gen_operation *all = gen_operations(&count);
    char other = claim->patient.sex == 'M' ? 'F' : 'M';

    (void)variant;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        const gen_operation *one = &all[gen_below(random, count)];

        if (one->sex == other) {
            claim->operations[claim->operation_count++] = one->code;
            snprintf(planted->note, sizeof planted->note, "procedure %s is for %s only", one->code,
                     other == 'F' ? "women" : "men");
            return true;
        }
    }
    return false;
}

static bool spoil_age(gen_random *random, gen_age_group group, char sex, gen_claim *claim,
                      gen_spoilt *planted)
{
    const diagnosis_want want = {sex, group, GEN_PLAIN};
    const char *code = find_diagnosis(random, &want, claim);

    if (!put_diagnosis(code, gen_per_mille(random, 500), claim))
        return false;
    snprintf(planted->note, sizeof planted->note, "diagnosis %s does not fit an age of %d", code,
             (int)gen_age(claim->patient.birth, claim->from_date));
    return true;
}

static bool spoil_newborn(gen_random *random, uint32_t variant, gen_claim *claim,
                          gen_spoilt *planted)
{
    (void)variant;
    return spoil_age(random, GEN_NEWBORN, 0, claim, planted);
}

static bool spoil_paediatric(gen_random *random, uint32_t variant, gen_claim *claim,
                             gen_spoilt *planted)
{
    (void)variant;
    return spoil_age(random, GEN_PAEDIATRIC, 0, claim, planted);
}

static bool spoil_maternity(gen_random *random, uint32_t variant, gen_claim *claim,
                            gen_spoilt *planted)
{
    (void)variant;
    return spoil_age(random, GEN_MATERNITY, 'F', claim, planted);
}

static bool spoil_adult(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    (void)variant;
    return spoil_age(random, GEN_ADULT, 0, claim, planted);
}

static bool is_valid_on(const gen_dated_code *one, int32_t ymd)
{
    return one->valid_from != 0 && ymd >= one->valid_from &&
           (one->valid_to == 0 || ymd <= one->valid_to);
}

static bool spoil_validity(gen_random *random, uint32_t variant, gen_claim *claim,
                           gen_spoilt *planted)
{
    uint32_t count;
    const gen_dated_code *all = gen_dated_codes(&count);
    const gen_dated_code *one;

    (void)variant;
    do
        one = &all[gen_below(random, count)];
    while (is_valid_on(one, gen_ymd(claim->from_date)));
    put_diagnosis(one->code, gen_per_mille(random, 300), claim);
    snprintf(planted->note, sizeof planted->note, "diagnosis %s is not valid on the date",
             one->code);
    return true;
}

static bool spoil_principal(gen_random *random, gen_role role, const char *what, gen_claim *claim,
                            gen_spoilt *planted)
{
    const diagnosis_want want = {0, GEN_ALL_AGES, role};
    const char *code = find_diagnosis(random, &want, claim);

    if (!put_diagnosis(code, true, claim))
        return false;
    snprintf(planted->note, sizeof planted->note, "principal diagnosis %s is %s", code, what);
    return true;
}

/* Every third time the code that would be acceptable beside a secondary diagnosis stands alone. */
static bool spoil_unacceptable(gen_random *random, uint32_t variant, gen_claim *claim,
                               gen_spoilt *planted)
{
    if (variant % 3 != 2)
        return spoil_principal(random, GEN_UNACCEPTABLE, "unacceptable", claim, planted);
    claim->other_count = 0;
    return spoil_principal(random, GEN_NEEDS_SECONDARY, "unacceptable alone", claim, planted);
}

static bool spoil_manifestation(gen_random *random, uint32_t variant, gen_claim *claim,
                                gen_spoilt *planted)
{
    (void)variant;
    return spoil_principal(random, GEN_MANIFESTATION, "a manifestation", claim, planted);
}

static bool spoil_external(gen_random *random, uint32_t variant, gen_claim *claim,
                           gen_spoilt *planted)
{
    (void)variant;
    return spoil_principal(random, GEN_EXTERNAL, "an external cause", claim, planted);
}

/* The claim was drawn after the death already. */
static bool spoil_death(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    (void)random;
    (void)variant;
    planted->lines = (1u << claim->line_count) - 1;
    snprintf(planted->note, sizeof planted->note, "first service %d days after death",
             (int)(claim->from_date - claim->patient.death));
    return true;
}

static bool spoil_dates(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    int32_t back = gen_between(random, 1, 9);

    (void)variant;
    if (claim->setting == GEN_WARD) {
        claim->discharge_date = claim->admission_date - back;
        snprintf(planted->note, sizeof planted->note, "discharge %d days before admission",
                 (int)back);
    } else {
        claim->through_date = claim->from_date - back;
        snprintf(planted->note, sizeof planted->note, "end %d days before begin", (int)back);
    }
    return true;
}

static bool spoil_missing_date(gen_random *random, uint32_t variant, gen_claim *claim,
                               gen_spoilt *planted)
{
    (void)random;
    (void)variant;
    claim->from_date = GEN_NO_DATE;
    claim->through_date = GEN_NO_DATE;
    claim->lines[0].service_date = GEN_NO_DATE;
    claim->line_count = 1;
    snprintf(planted->note, sizeof planted->note, "neither from_date nor service_date");
    return true;
}

static bool spoil_units(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    uint32_t line = gen_below(random, claim->line_count);

    claim->lines[line].units = variant % 2 == 0 ? 0 : -gen_between(random, 1, 3);
    planted->lines = 1u << line;
    snprintf(planted->note, sizeof planted->note, "units %d", (int)claim->lines[line].units);
    return true;
}

static bool spoil_paid(gen_random *random, uint32_t variant, gen_claim *claim, gen_spoilt *planted)
{
    uint32_t line = gen_below(random, claim->line_count);

    (void)variant;
    claim->lines[line].paid = claim->lines[line].charge + gen_between(random, 1, 20000);
    planted->lines = 1u << line;
    snprintf(planted->note, sizeof planted->note, "paid more than charged");
    return true;
}

static bool play_line(gen_stage *stage);

static const gen_scheme schemes[] = {
    {"sex_by_diagnosis", "US-0101", NULL, play_line},
    {"sex_by_procedure", "US-0102", NULL, play_line},
    {"newborn_age", "US-0111", NULL, play_line},
    {"paediatric_age", "US-0112", NULL, play_line},
    {"maternity_age", "US-0113", NULL, play_line},
    {"adult_age", "US-0114", NULL, play_line},
    {"invalid_diagnosis", "US-0121", NULL, play_line},
    {"unacceptable_principal", "US-0131", NULL, play_line},
    {"manifestation_principal", "US-0132", NULL, play_line},
    {"external_cause_principal", "US-0133", NULL, play_line},
    {"after_death", "CORE-0101", NULL, play_line},
    {"end_before_begin", "CORE-0102", NULL, play_line},
    {"date_missing", "CORE-0103", NULL, play_line},
    {"units_not_positive", "CORE-0104", NULL, play_line},
    {"paid_above_charge", "CORE-0105", NULL, play_line},
};

/* In the order of the table above: on lines, {settings, sex, age from, to, dead}, second variant,
 * how */
static const line_scheme hows[] = {
    {false, {GEN_ANYWHERE, 'M', 20, 90, false}, 0, 'F', spoil_sex},
    {false, {GEN_WARD, 'M', 20, 90, false}, 0, 'F', spoil_operation},
    {false, {GEN_ANYWHERE, 0, 2, 90, false}, 0, 0, spoil_newborn},
    {false, {GEN_ANYWHERE, 0, 18, 90, false}, 0, 0, spoil_paediatric},
    {false, {GEN_ANYWHERE, 'F', 65, 95, false}, 0, 0, spoil_maternity},
    {false, {GEN_AMBULATORY, 0, 1, 14, false}, 0, 0, spoil_adult},
    {false, {GEN_ANYWHERE, 0, 0, GEN_AGE_MAX, false}, 0, 0, spoil_validity},
    {false, {GEN_ANYWHERE, 0, 20, 95, false}, 0, 0, spoil_unacceptable},
    {false, {GEN_ANYWHERE, 0, 30, 95, false}, 0, 0, spoil_manifestation},
    {false, {GEN_ANYWHERE, 0, 16, 90, false}, 0, 0, spoil_external},
    {true, {GEN_OFFICE | GEN_CLINIC | GEN_COUNTER, 0, 0, GEN_AGE_MAX, true}, 0, 0, spoil_death},
    {false, {GEN_AMBULATORY, 0, 0, GEN_AGE_MAX, false}, GEN_WARD, 0, spoil_dates},
    {false, {GEN_AMBULATORY, 0, 0, GEN_AGE_MAX, false}, 0, 0, spoil_missing_date},
    {true, {GEN_ANYWHERE, 0, 0, GEN_AGE_MAX, false}, 0, 0, spoil_units},
    {true, {GEN_ANYWHERE | GEN_COUNTER, 0, 0, GEN_AGE_MAX, false}, 0, 0, spoil_paid},
};

static void label_lines(gen_stage *stage, bool on_lines, const gen_spoilt *planted)
{
    if (!on_lines) {
        gen_label *label = gen_add_label(stage, 0, GEN_WHOLE_CLAIM, "%s", planted->note);

        gen_add_ref(label, "claim", 0, GEN_WHOLE_CLAIM);
    }
    for (uint32_t line = 0; on_lines && line < stage->claims[0].line_count; line++) {
        if ((planted->lines >> line & 1) != 0)
            gen_add_ref(gen_add_label(stage, 0, line, "%s", planted->note), "line", 0, line);
    }
}

static bool play_line(gen_stage *stage)
{
    const line_scheme *how = &hows[stage->scheme - schemes];
    gen_claim *claim = &stage->claims[0];
    gen_want want = how->want;
    gen_spoilt planted = {0};

    if (stage->variant % 2 == 1 && how->other_settings != 0)
        want.settings = how->other_settings;
    if (stage->variant % 2 == 1 && how->other_sex != 0)
        want.sex = how->other_sex;
    if (!gen_draw_claim(stage->world, gen_stage_patient(stage->world, stage->number, 0), &want,
                        &stage->random, claim) ||
        claim->line_count == 0 || !how->spoil(&stage->random, stage->variant, claim, &planted))
        return false;
    stage->claim_count = 1;
    stage->own_number[0] = true;
    stage->people[stage->people_count++] = claim->patient;
    label_lines(stage, how->on_lines, &planted);
    return true;
}

const gen_scheme *gen_line_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
