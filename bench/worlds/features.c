/* The features of a world: what is counted, over what, around which median, and what moves with what. */
#include "worlds/world.h"

/* clang-format off */
const world_feature world_features[WORLD_FEATURES] = {
#define SHARE(name, words, exposure, direction, min, base, scale, spread, ...) \
    {name, words, WORLD_SHARE, exposure, direction, false, min, base, scale, 0, spread, {__VA_ARGS__}}
#define RATE(name, words, exposure, direction, min, base, scale, spread, ...) \
    {name, words, WORLD_RATE, exposure, direction, false, min, base, scale, 0, spread, {__VA_ARGS__}}
#define AMOUNT(name, words, exposure, direction, money, min, base, scale, noise, spread, ...) \
    {name, words, WORLD_MONEY, exposure, direction, money, min, base, scale, noise, spread, {__VA_ARGS__}}
    /* Evidence. Loads: severity of the cases, prescribing, volume, coding. */
    [CLAIMS_PER_PATIENT] = RATE("claims_per_patient", "claims per patient",
        WORLD_PATIENTS, 1, 5, 3.2, .30, .68, .55, 0, .15, 0),
    [LINES_PER_CLAIM] = RATE("lines_per_claim", "lines per claim",
        WORLD_CLAIMS, 1, 5, 2.2, .22, 1.20, .40, 0, 0, .25),
    [SCRIPTS_PER_PATIENT] = RATE("scripts_per_patient", "prescriptions per patient",
        WORLD_PATIENTS, 1, 5, 1.5, .40, 1.20, .45, .55, 0, 0),
    [PAID_PER_CLAIM] = AMOUNT("paid_per_claim", "paid per claim",
        WORLD_CLAIMS, 1, true, 5, 140, .32, 1.1, 1.35, .65, 0, 0, .20),
    [PAID_PER_PATIENT] = {"paid_per_patient", "paid per patient", WORLD_PRODUCT,
        WORLD_PATIENTS, 1, true, 5, 0, 0, 0, 0, {0, 0, 0, 0}},
    [MINUTES_PER_DAY] = AMOUNT("minutes_per_day", "minutes billed on an active day",
        WORLD_DAYS, 1, false, 5, 210, .38, .8, .90, .10, 0, .50, 0),
    [PATIENTS_PER_DAY] = AMOUNT("patients_per_day", "patients seen on an active day",
        WORLD_DAYS, 1, false, 5, 9, .40, .7, .90, 0, 0, .55, 0),
    [HIGH_LEVEL_SHARE] = SHARE("high_level_share", "visits of the two highest levels",
        WORLD_VISITS, 1, 10, .28, .55, 1.05, .50, 0, 0, .45),
    [VISIT_LEVEL] = AMOUNT("visit_level", "mean level of visits",
        WORLD_VISITS, 1, false, 10, 2.9, .09, .30, .60, .50, 0, 0, .45),
    [MODIFIER_SHARE] = SHARE("modifier_share", "lines with a modifier that sets aside an edit",
        WORLD_LINES, 1, 10, .07, .60, 1.20, 0, 0, 0, .35),
    [SPLIT_PAIR_SHARE] = SHARE("split_pair_share", "lines that are part of another of the day",
        WORLD_LINES, 1, 10, .015, .65, .98, 0, 0, 0, .30),
    [LONG_DAY_SHARE] = SHARE("long_day_share", "active days above twelve hours",
        WORLD_DAYS, 1, 10, .03, .75, .90, 0, 0, .50, 0),
    [WEEKEND_SHARE] = SHARE("weekend_share", "claims of weekends and holidays",
        WORLD_CLAIMS, 1, 10, .05, .60, 1.12, 0, 0, .20, 0),
    [NEAR_COPY_SHARE] = SHARE("near_copy_share", "lines that nearly repeat another",
        WORLD_LINES, 1, 10, .012, .65, .60, 0, 0, 0, .15),
    [DENIED_SHARE] = SHARE("denied_share", "claims denied or adjusted",
        WORLD_CLAIMS, 1, 10, .08, .55, .68, 0, 0, 0, .30),
    [SAME_AMOUNT_SHARE] = SHARE("same_amount_share", "claims with the provider's most frequent amount",
        WORLD_CLAIMS, 1, 10, .18, .50, 1.12, 0, 0, 0, 0),
    [CONTROLLED_SHARE] = SHARE("controlled_share", "prescriptions of controlled drugs",
        WORLD_SCRIPTS, 1, 10, .08, .70, 1.12, 0, .50, 0, 0),
    [SAME_REGIMEN_SHARE] = SHARE("same_regimen_share", "prescriptions alike in drug and quantity",
        WORLD_SCRIPTS, 1, 10, .14, .55, .75, 0, .40, 0, 0),
    [TOP_PHARMACY_SHARE] = SHARE("top_pharmacy_share", "prescriptions filled at one pharmacy",
        WORLD_SCRIPTS, 1, 10, .30, .55, .38, 0, 0, 0, 0),
    [FAR_PATIENT_SHARE] = SHARE("far_patient_share", "patients who live above 50 km away",
        WORLD_PATIENTS, 1, 10, .09, .65, .98, .20, 0, 0, 0),
    [LONE_PATIENT_SHARE] = SHARE("lone_patient_share", "patients whom nobody else of the area sees",
        WORLD_PATIENTS, 1, 10, .12, .50, .83, -.25, 0, 0, 0),
    [CLONED_DIAGNOSIS_SHARE] = SHARE("cloned_diagnosis_share", "claims with the same list of diagnoses",
        WORLD_CLAIMS, 1, 10, .10, .60, .98, 0, 0, 0, .20),
    [CODE_VARIETY] = RATE("code_variety", "different codes in 100 lines",
        WORLD_LINES, -1, 20, .22, .28, 1.12, .25, 0, -.30, 0),
    [UNITS_PER_LINE] = RATE("units_per_line", "units per line",
        WORLD_LINES, 1, 10, 2.4, .25, .75, .20, .15, 0, 0),
    /* Context. */
    [MEAN_AGE] = AMOUNT("mean_age", "mean age of patients",
        WORLD_PATIENTS, 0, false, 5, 52, .10, .30, .75, .60, .10, 0, 0),
    [CASE_MIX] = AMOUNT("case_mix", "case-mix index",
        WORLD_PATIENTS, 0, false, 5, 1, .22, .60, 1.05, .85, .10, 0, 0),
    [CHRONIC_SHARE] = SHARE("chronic_share", "patients with a chronic condition",
        WORLD_PATIENTS, 0, 5, .38, .50, 1.05, .75, .20, 0, 0),
    [NEW_PATIENT_SHARE] = SHARE("new_patient_share", "patients seen for the first time",
        WORLD_PATIENTS, 0, 5, .25, .55, .90, -.40, 0, 0, 0),
    [FEMALE_SHARE] = SHARE("female_share", "female patients",
        WORLD_PATIENTS, 0, 5, .53, .45, 1.20, 0, 0, 0, 0),
    /* Noise: differs much between providers and says nothing. */
    [MORNING_SHARE] = SHARE("morning_share", "claims of the morning",
        WORLD_CLAIMS, 0, 5, .45, .9, .45, 0, 0, 0, 0),
    [PAPER_SHARE] = SHARE("paper_share", "claims sent on paper",
        WORLD_CLAIMS, 0, 5, .10, 1.2, .22, 0, 0, 0, 0),
    [BATCH_SIZE] = AMOUNT("batch_size", "claims in a submission",
        WORLD_DAYS, 0, false, 3, 12, .55, .5, .30, 0, 0, .30, 0),
    [ROUND_HOUR_SHARE] = SHARE("round_hour_share", "claims that begin at a full hour",
        WORLD_CLAIMS, 0, 5, .30, 1.0, .30, 0, 0, 0, 0),
    [FILING_DELAY] = AMOUNT("filing_delay", "days until a claim is filed",
        WORLD_CLAIMS, 0, false, 3, 14, .50, .9, .22, 0, 0, 0, 0),
};
/* clang-format on */
