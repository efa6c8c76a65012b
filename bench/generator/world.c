/* Patients and providers by number: their identifiers and their facts. */
#include "generator/world.h"

#include "generator/text.h"

#define MAX_AGE_DAYS 34600 /* 94 years */

void gen_world_init(gen_world *world, uint64_t seed, uint32_t patients, uint32_t providers,
                    uint32_t communities)
{
    world->seed = seed;
    world->first_day = gen_day(2023, 1, 1);
    world->last_day = gen_day(2024, 8, 31);
    world->patients = patients;
    world->communities = communities;
    world->hospitals = providers / 20 + 3;
    world->pharmacies = providers / 10 + 3;
    world->groups = providers / 8 + 3;
    world->practitioners = providers - world->hospitals - world->pharmacies - world->groups;
}

static int32_t draw_birth(gen_random *random, const gen_world *world)
{
    uint32_t share = gen_below(random, 1000);
    int32_t low;
    int32_t high;

    if (share < 3)
        return GEN_NO_DATE;
    if (share < 30)
        return gen_between(random, world->first_day, world->last_day - 30);
    low = share < 210 ? 0 : share < 510 ? 6600 : share < 750 ? 16400 : 23700;
    high = share < 210 ? 6600 : share < 510 ? 16400 : share < 750 ? 23700 : MAX_AGE_DAYS;
    return world->first_day - gen_between(random, low, high);
}

static int32_t draw_death(gen_random *random, const gen_world *world, int32_t birth)
{
    bool old = birth != GEN_NO_DATE && world->first_day - birth > 23700;

    if (birth > world->first_day || !gen_per_mille(random, old ? 60 : 6))
        return GEN_NO_DATE;
    return gen_between(random, world->first_day + 30, world->last_day - 62);
}

void gen_anybody(gen_random *random, const gen_world *world, uint32_t number,
                 gen_patient *ret_patient)
{
    uint32_t share = gen_below(random, 1000);

    ret_patient->number = number;
    ret_patient->sex = share < 3 ? 0 : share < 5 ? 'X' : share < 515 ? 'F' : 'M';
    ret_patient->birth = draw_birth(random, world);
    ret_patient->death = draw_death(random, world, ret_patient->birth);
}

void gen_patient_at(const gen_world *world, uint32_t number, gen_patient *ret_patient)
{
    gen_random random = gen_random_for(world->seed, GEN_FOR_PATIENT, number);

    gen_anybody(&random, world, number, ret_patient);
}

void gen_grown_up(gen_random *random, const gen_world *world, uint32_t number,
                  gen_patient *ret_patient)
{
    ret_patient->number = number;
    ret_patient->sex = gen_per_mille(random, 500) ? 'F' : 'M';
    ret_patient->birth = world->first_day - gen_between(random, 11000, 20000);
    ret_patient->death = GEN_NO_DATE;
}

uint32_t gen_community_patient(const gen_world *world, uint32_t community, uint32_t one)
{
    return world->patients + community * GEN_COMMUNITY_PEOPLE + one;
}

uint32_t gen_stage_patient(const gen_world *world, uint64_t stage, uint32_t one)
{
    return gen_community_patient(world, world->communities, 0) +
           (uint32_t)stage * GEN_STAGE_PEOPLE + one;
}

uint32_t gen_community_pharmacy(const gen_world *world, uint32_t community, uint32_t one)
{
    return world->pharmacies + GEN_STAGE_PHARMACIES + community * GEN_COMMUNITY_PHARMACIES + one;
}

uint32_t gen_group_of(const gen_world *world, uint32_t practitioner)
{
    gen_random random = gen_random_for(world->seed, GEN_FOR_PROVIDER, practitioner);

    return gen_skewed(&random, world->groups);
}

/* Spreads numbers over the identifiers with this first letter, each used once: factors are powers
 * of 3. */
static char *put_scattered(char *at, const gen_world *world, uint64_t number, uint64_t factor,
                           unsigned digits)
{
    uint64_t size = 1;
    gen_random random = gen_random_for(world->seed, GEN_FOR_NAMES, (uint64_t)at[-1]);

    for (unsigned i = 0; i < digits; i++)
        size *= 10;
    number = (number % size * factor + gen_next(&random) % size) % size;
    return gen_put_padded(at, number, digits);
}

char *gen_put_patient_id(char *at, const gen_world *world, uint32_t number)
{
    *at++ = 'M';
    return put_scattered(at, world, number, 43046721, 9);
}

char *gen_put_provider_id(char *at, const gen_world *world, gen_provider_kind kind, uint32_t number)
{
    static const char letters[] = "PGHR";

    *at++ = letters[kind];
    return put_scattered(at, world, number, 4782969, 7);
}

char *gen_put_claim_id(char *at, const gen_world *world, uint64_t number)
{
    *at++ = 'C';
    return put_scattered(at, world, number, 387420489, 10);
}

/* Most are insured throughout; some had a gap before the period of the claims. */
static char *put_eligibility(char *at, gen_random *random, const gen_world *world, int32_t birth)
{
    int32_t start = world->first_day - gen_between(random, 400, 2500);

    if (birth != GEN_NO_DATE && birth > start) {
        at = gen_put_date(at, birth);
    } else if (gen_per_mille(random, 100)) {
        at = gen_put_date(at, start);
        at = gen_put_text(at, "..");
        at = gen_put_date(at, start + gen_between(random, 90, 200));
        *at++ = ';';
        at = gen_put_date(at, world->first_day - gen_between(random, 0, 90));
    } else {
        at = gen_put_date(at, start);
    }
    return gen_put_text(at, "..");
}

static void write_patient(const gen_world *world, const gen_patient *patient, uint32_t region, gen_sink *sink)
{
    char row[256];
    char *at = row;
    gen_random random = gen_random_for(world->seed, GEN_FOR_INSURANCE, patient->number);

    at = gen_put_patient_id(at, world, patient->number);
    *at++ = ',';
    if (patient->sex != 0)
        *at++ = patient->sex;
    *at++ = ',';
    at = gen_put_date(at, patient->birth);
    *at++ = ',';
    at = gen_put_date(at, patient->death);
    *at++ = ',';
    at = put_eligibility(at, &random, world, patient->birth);
    at = gen_put_text(at, ",R");
    at = gen_put_padded(at, region != 0 ? region : gen_skewed(&random, 20) + 1, 2);
    at = gen_put_text(at, ",2024-12-31\n");
    gen_sink_write(sink, row, (size_t)(at - row));
}

void gen_write_patient(const gen_world *world, const gen_patient *patient, gen_sink *sink)
{
    write_patient(world, patient, 0, sink);
}

void gen_write_patient_of(const gen_world *world, const gen_patient *patient, uint32_t region, gen_sink *sink)
{
    write_patient(world, patient, region, sink);
}

const char *gen_patients_header(void)
{
    return "patient_id,sex,birth_date,death_date,eligibility,region,as_of\n";
}

void gen_write_patients(const gen_world *world, gen_sink *sink)
{
    gen_sink_text(sink, gen_patients_header());
    for (uint32_t i = 0; i < world->patients; i++) {
        gen_patient patient;

        gen_patient_at(world, i, &patient);
        gen_write_patient(world, &patient, sink);
    }
}
