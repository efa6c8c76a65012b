/* Lays the episodes of all patients out in time, and draws the claims of each. */
#include "generator/episode.h"

#include "generator/text.h"

#define STRETCHES    50u
#define ROUND_DAYS   56
#define PHASES       19u
#define WEIGHT_FIRST 36u /* of the first patient of a hundred: a sixth of the claims */
#define WEIGHT_TENTH 8u  /* of each tenth */
#define WEIGHT_SUM   198u
#define SPREAD       2147483647u /* a prime above any number of turns, so that each comes once */

/* Turns in which each patient comes as often as the weight says. */
static uint64_t turns_of(const gen_world *world)
{
    return ((uint64_t)world->patients + 99) / 100 * WEIGHT_SUM;
}

uint64_t gen_episode_limit(const gen_world *world)
{
    return turns_of(world) * STRETCHES;
}

/* The patient of a turn, and of the ordinal the part within a round of turns. */
static void find_patient(uint64_t turn, gen_stretch *stretch, uint32_t *ret_weight)
{
    uint32_t share = (uint32_t)(turn % WEIGHT_SUM);
    uint32_t base = (uint32_t)(turn / WEIGHT_SUM) * 100;

    if (share < WEIGHT_FIRST) {
        stretch->patient = base;
        stretch->ordinal = share;
        *ret_weight = WEIGHT_FIRST;
        return;
    }
    share -= WEIGHT_FIRST;
    if (share < 9 * WEIGHT_TENTH) {
        stretch->patient = base + (share / WEIGHT_TENTH + 1) * 10;
        stretch->ordinal = share % WEIGHT_TENTH;
        *ret_weight = WEIGHT_TENTH;
        return;
    }
    share -= 9 * WEIGHT_TENTH;
    stretch->patient = base + share / 9 * 10 + share % 9 + 1;
    stretch->ordinal = 0;
    *ret_weight = 1;
}

static bool find_stretch(const gen_world *world, uint64_t number, gen_stretch *stretch)
{
    uint64_t turns = turns_of(world);
    gen_random random = gen_random_for(world->seed, GEN_FOR_SLOT, UINT64_MAX);
    uint64_t turn = (number % turns * SPREAD + gen_next(&random) % turns) % turns;
    uint32_t weight;
    uint64_t mark;
    uint32_t slot;

    find_patient(turn, stretch, &weight);
    if (stretch->patient >= world->patients || number >= gen_episode_limit(world))
        return false;
    stretch->ordinal += (uint32_t)(number / turns) * weight;
    if (stretch->ordinal >= STRETCHES)
        return false;
    mark = gen_mix(world->seed * 31 + stretch->patient);
    slot = (stretch->ordinal * 7 + (uint32_t)(mark % STRETCHES)) % STRETCHES;
    stretch->round = slot / 5;
    stretch->place = slot % 5;
    stretch->first = world->first_day + (int32_t)(mark / STRETCHES % PHASES) +
                     (int32_t)stretch->round * ROUND_DAYS + (int32_t)stretch->place * 7;
    stretch->last = stretch->first + (stretch->place == 4 ? 26 : 5);
    return true;
}

/* Offices are closed on most Sundays; 1970-01-01 was a Thursday. */
static int32_t draw_day(gen_random *random, const gen_stretch *stretch, unsigned setting)
{
    int32_t day = gen_between(random, stretch->first, stretch->last);

    if (setting == GEN_OFFICE && (day + 4) % 7 == 0 && !gen_per_mille(random, 50))
        day += day < stretch->last ? 1 : -1;
    return day;
}

static int32_t draw_nights(gen_random *random, unsigned setting)
{
    if (setting == GEN_WARD)
        return 1 + (int32_t)gen_very_skewed(random, 23);
    if (setting == GEN_COUNTER || !gen_per_mille(random, 90))
        return 0;
    return gen_between(random, 1, setting == GEN_CLINIC ? 2 : 6);
}

static unsigned draw_setting(gen_random *random, const gen_stretch *stretch)
{
    uint32_t share = gen_below(random, 1000);

    if (stretch->place == 4 && share < 180)
        return GEN_WARD;
    return share < 620 ? GEN_OFFICE : share < 920 ? GEN_CLINIC : GEN_COUNTER;
}

static gen_claim *next_claim(const gen_patient *patient, unsigned setting, uint64_t number,
                             gen_episode *episode)
{
    gen_claim *claim = &episode->claims[episode->count];

    claim->number = number * GEN_EPISODE_CLAIMS + episode->count++;
    claim->setting = setting;
    claim->patient = *patient;
    return claim;
}

/* A prescription that is filled some days after the visit, by the one who was visited. */
static void add_pharmacy(const gen_world *world, const gen_stretch *stretch, uint64_t number,
                         gen_random *random, gen_episode *episode)
{
    const gen_claim *visit = &episode->claims[0];
    gen_claim *claim = next_claim(&visit->patient, GEN_COUNTER, number, episode);
    int32_t late = visit->from_date + gen_between(random, 0, 3);

    claim->from_date = late > stretch->last ? stretch->last : late;
    claim->through_date = claim->from_date;
    claim->drug_kind = visit->drug_kind;
    gen_fill_claim(world, random, claim);
    for (uint32_t i = 0; i < claim->line_count; i++)
        claim->lines[i].prescriber = visit->practitioner;
}

/* Two drugs under control, each by another doctor who was seen on that day: no doctor ever has more
 * than half of what a pharmacy sells of them. */
static void add_controlled(const gen_world *world, uint64_t number, gen_random *random,
                           gen_episode *episode)
{
    gen_claim *visit = &episode->claims[0];
    gen_claim *claim = next_claim(&visit->patient, GEN_COUNTER, number, episode);
    uint32_t other = (visit->practitioner + 1 + gen_below(random, world->practitioners - 1)) %
                     world->practitioners;
    uint32_t drug = GEN_CONTROLLED + 1 + visit->drug_kind;

    gen_add_service(random, visit, "V0102", "0510", 1, 5700)->performer = other;
    visit->lines[0].performer = visit->practitioner;
    visit->lines[0].missing = 0;
    claim->from_date = visit->through_date;
    claim->through_date = claim->from_date;
    gen_begin_claim(world, random, claim);
    gen_add_fill(random, claim, drug, 30)->prescriber = visit->practitioner;
    gen_add_fill(random, claim, drug + 10, 30)->prescriber = other;
}

/* Whoever is admitted may have come through the emergency room on that day. */
static void add_emergency(const gen_world *world, uint64_t number, gen_random *random,
                          gen_episode *episode)
{
    const gen_claim *stay = &episode->claims[0];
    gen_claim *claim = next_claim(&stay->patient, GEN_CLINIC, number, episode);

    claim->from_date = stay->from_date;
    claim->through_date = stay->from_date;
    claim->drug_kind = stay->drug_kind;
    gen_fill_claim(world, random, claim);
}

static void add_companions(const gen_world *world, const gen_stretch *stretch, uint64_t number,
                           gen_random *random, gen_episode *episode)
{
    gen_claim *main = &episode->claims[0];

    if (main->setting == GEN_WARD) {
        if (gen_per_mille(random, 250))
            add_emergency(world, number, random, episode);
    } else if (main->setting == GEN_OFFICE && stretch->place == 2 && main->line_count > 0 &&
               gen_per_mille(random, 250)) {
        add_controlled(world, number, random, episode);
    } else if (main->setting != GEN_COUNTER && gen_per_mille(random, 190)) {
        add_pharmacy(world, stretch, number, random, episode);
    }
}

static bool is_alive(const gen_patient *patient, const gen_stretch *stretch)
{
    if (patient->birth != GEN_NO_DATE && patient->birth > stretch->first)
        return false;
    return patient->death == GEN_NO_DATE || patient->death >= stretch->last;
}

static void draw_main(const gen_world *world, const gen_stretch *stretch,
                      const gen_patient *patient, uint64_t number, gen_random *random,
                      gen_episode *episode)
{
    gen_claim *claim = next_claim(patient, draw_setting(random, stretch), number, episode);
    int32_t nights = draw_nights(random, claim->setting);

    claim->from_date = claim->setting == GEN_WARD ? stretch->first + gen_between(random, 0, 2)
                                                  : draw_day(random, stretch, claim->setting);
    claim->through_date = claim->from_date + nights;
    if (claim->through_date > stretch->last)
        claim->through_date = stretch->last;
    /* A drug comes again in the same stretch of every other round: at least 86 days later. */
    claim->drug_kind = stretch->place + stretch->round % 2 * 5;
    gen_fill_claim(world, random, claim);
}

void gen_draw_episode(const gen_world *world, uint64_t number, gen_episode *ret_episode)
{
    gen_random random = gen_random_for(world->seed, GEN_FOR_CLAIM, number);
    gen_stretch stretch;
    gen_patient patient;

    ret_episode->count = 0;
    if (!find_stretch(world, number, &stretch))
        return;
    gen_patient_at(world, stretch.patient, &patient);
    if (!is_alive(&patient, &stretch))
        return;
    draw_main(world, &stretch, &patient, number, &random, ret_episode);
    add_companions(world, &stretch, number, &random, ret_episode);
    gen_add_extras(world, &stretch, &random, &ret_episode->claims[0]);
    for (uint32_t i = 0; i < ret_episode->count; i++)
        gen_part_charges(&ret_episode->claims[i]);
}

void gen_draw_for_broken(const gen_world *world, uint64_t number, gen_claim *ret_claim)
{
    gen_random random = gen_random_for(world->seed, GEN_FOR_BROKEN, number);

    gen_patient_at(world, gen_below(&random, world->patients), &ret_claim->patient);
    ret_claim->number = GEN_BROKEN_NUMBERS + number;
    ret_claim->setting = gen_per_mille(&random, 700) ? GEN_OFFICE : GEN_CLINIC;
    ret_claim->from_date = gen_between(&random, world->first_day, world->last_day - 30);
    ret_claim->through_date = ret_claim->from_date;
    ret_claim->drug_kind = 0;
    gen_fill_claim(world, &random, ret_claim);
}
