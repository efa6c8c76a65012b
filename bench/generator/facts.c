/* The provider file, and the diagnoses in use as a small official-looking code table. */
#include "generator/codes.h"
#include "generator/text.h"
#include "generator/world.h"

#define SPECIALTY_COUNT 14

/* CMS specialty codes of practitioners, frequent ones first: internal medicine, family practice,
 * ... */
static const char specialties[SPECIALTY_COUNT][3] = {"11", "08", "50", "97", "37", "16", "20",
                                                     "06", "26", "93", "30", "18", "83", "65"};

static const char *specialty_of(gen_provider_kind kind, gen_random *random)
{
    switch (kind) {
    case GEN_PRACTITIONER:
        return specialties[gen_skewed(random, SPECIALTY_COUNT)];
    case GEN_GROUP:
        return "70";
    case GEN_HOSPITAL_PROVIDER:
        return "A0";
    case GEN_PHARMACY:
        return "A5";
    }
    return "";
}

/* Pharmacies of schemes are few in a region of their own, so that nobody compares them; each
 * community of pharmacies has a region. */
static uint32_t region_of(const gen_world *world, gen_random *random, gen_provider_kind kind,
                          uint32_t number)
{
    uint32_t drawn = gen_skewed(random, 20) + 1;

    if (kind != GEN_PHARMACY || number < world->pharmacies)
        return drawn;
    number -= world->pharmacies;
    if (number < GEN_STAGE_PHARMACIES)
        return 99;
    return 30 + (number - GEN_STAGE_PHARMACIES) / GEN_COMMUNITY_PHARMACIES;
}

static bool is_of_stages(const gen_world *world, gen_provider_kind kind, uint32_t number)
{
    return kind == GEN_PHARMACY && number >= world->pharmacies &&
           number < world->pharmacies + GEN_STAGE_PHARMACIES;
}

static void write_provider(const gen_world *world, gen_sink *sink, gen_provider_kind kind, uint32_t number,
                           const char *specialty, uint32_t region, int32_t level, uint32_t group)
{
    char row[128];
    char *at = gen_put_provider_id(row, world, kind, number);

    *at++ = ',';
    at = gen_put_text(at, specialty);
    at = gen_put_text(at, ",R");
    at = gen_put_padded(at, region, 2);
    *at++ = ',';
    if (level != 0)
        at = gen_put_number(at, level);
    *at++ = ',';
    if (group != GEN_NO_GROUP)
        at = gen_put_provider_id(at, world, GEN_GROUP, group);
    at = gen_put_text(at, ",2024-12-31\n");
    gen_sink_write(sink, row, (size_t)(at - row));
}

void gen_write_provider(const gen_world *world, gen_sink *sink, gen_provider_kind kind,
                        uint32_t number)
{
    gen_random random =
        gen_random_for(world->seed, GEN_FOR_PROVIDER, ((uint64_t)kind + 1) << 32 | number);
    const char *specialty = is_of_stages(world, kind, number) ? "A8" : specialty_of(kind, &random);
    uint32_t region = region_of(world, &random, kind, number);
    int32_t level = kind == GEN_HOSPITAL_PROVIDER ? gen_between(&random, 1, 3) : 0;

    write_provider(world, sink, kind, number, specialty, region, level,
                   kind == GEN_PRACTITIONER ? gen_group_of(world, number) : GEN_NO_GROUP);
}

void gen_write_provider_of(const gen_world *world, gen_sink *sink, gen_provider_kind kind, uint32_t number, uint32_t region,
                           uint32_t group)
{
    gen_random random =
        gen_random_for(world->seed, GEN_FOR_PROVIDER, ((uint64_t)kind + 1) << 32 | number);

    write_provider(world, sink, kind, number, specialty_of(kind, &random), region, 0, group);
}

const char *gen_providers_header(void)
{
    return "provider_id,specialty,provider_region,provider_level,organisation_id,as_of\n";
}

void gen_write_providers(const gen_world *world, gen_sink *sink)
{
    const uint32_t counts[] = {world->practitioners, world->groups, world->hospitals,
                               gen_community_pharmacy(world, world->communities, 0)};

    gen_sink_text(sink, gen_providers_header());
    for (unsigned kind = 0; kind < 4; kind++) {
        for (uint32_t i = 0; i < counts[kind]; i++)
            gen_write_provider(world, sink, (gen_provider_kind)kind, i);
    }
}

static char *put_flag(char *at, const char *start, const char *flag)
{
    if (flag[0] == 0)
        return at;
    if (at != start)
        *at++ = ';';
    return gen_put_text(at, flag);
}

static char *put_flags(char *at, const gen_diagnosis *diagnosis, bool with_sex)
{
    static const char *const roles[] = {"", "reqsdx;unacceptable", "unacceptable", "manifestation",
                                        "ecodepdx"};
    const char *start = at;

    at = put_flag(at, start, gen_age_group_name(diagnosis->age));
    if (with_sex && diagnosis->sex != 0)
        at = put_flag(at, start, diagnosis->sex == 'F' ? "female" : "male");
    return put_flag(at, start, roles[diagnosis->role]);
}

static void write_code(gen_sink *sink, const char *code, int32_t from, int32_t to,
                       const gen_diagnosis *diagnosis)
{
    char row[128];
    char *at = gen_put_text(row, code);

    *at++ = ',';
    at = gen_put_number(at, from);
    *at++ = ',';
    if (to != 0)
        at = gen_put_number(at, to);
    *at++ = ',';
    if (diagnosis != NULL)
        at = put_flags(at, diagnosis, to != 0);
    *at++ = '\n';
    gen_sink_write(sink, row, (size_t)(at - row));
}

/* The sex edits ended on 2024-09-30: such a code has a row before and a row after. */
void gen_write_diagnosis_codes(gen_sink *sink)
{
    uint32_t count;
    const gen_diagnosis *diagnoses = gen_diagnoses(&count);
    uint32_t dated_count;
    const gen_dated_code *dated = gen_dated_codes(&dated_count);

    gen_sink_text(sink, "code,from,to,flags\n");
    for (uint32_t i = 0; i < count; i++) {
        bool sexed = diagnoses[i].sex != 0;

        write_code(sink, diagnoses[i].code, diagnoses[i].valid_from, sexed ? 20240930 : 0,
                   &diagnoses[i]);
        if (sexed)
            write_code(sink, diagnoses[i].code, 20241001, 0, &diagnoses[i]);
    }
    for (uint32_t i = 0; i < dated_count; i++) {
        if (dated[i].valid_from != 0)
            write_code(sink, dated[i].code, dated[i].valid_from, dated[i].valid_to, NULL);
    }
}
