/* A world of visits in which some providers share patients by agreement.
 *
 * Each region has its patients and its providers; few providers have many patients. A patient makes
 * about six visits, most of them in the own region and a good deal of these in the own third of it.
 * A ring is three to six providers of one region, neither the busiest nor the idlest, and 30 to 120
 * patients who see each of them with the attendance of the ring, beside their other visits. All
 * sizes are settled here, whatever finds the rings. */
#include <stdio.h>

#include "generator/claim.h"
#include "generator/text.h"
#include "generator/worlds.h"

#define PATIENTS_OF_REGION 3750u
#define PATIENTS_OF_RING   12500u /* one ring for so many: twelve among 150,000 */
#define RINGS_LEAST        3u
#define MEMBERS_MOST       6u
#define RING_SIZE_LEAST    30
#define RING_SIZE_MOST     120
#define ATTENDANCE_LEAST   500 /* per mille */
#define ATTENDANCE_MOST    900
#define VISITS_MOST        11 /* of a patient in a round; six on average */
#define THIRDS             3u
#define ABROAD             80  /* per mille of all visits */
#define NEARBY             300 /* of the others: in the own third of the region */
#define SPREAD             10007u /* a prime: places of members lie apart */

typedef struct one_ring {
    uint32_t region;
    uint32_t members;
    uint32_t providers[MEMBERS_MOST];
    uint32_t first_patient; /* within the region; the others follow */
    uint32_t patients;
    uint32_t attendance;
} one_ring;

typedef struct visit_stream {
    const gen_options *options;
    gen_world world;
    uint32_t regions;
    uint32_t rings;
    uint64_t lines;
    gen_sink claims;
} visit_stream;

/* Numbers run through the regions in turn. */
static uint32_t region_of(const visit_stream *visits, uint32_t number)
{
    return number % visits->regions;
}

static uint32_t count_in(const visit_stream *visits, uint32_t region, uint32_t all)
{
    return all / visits->regions + (region < all % visits->regions);
}

static void draw_ring(const visit_stream *visits, uint32_t number, one_ring *ret_ring)
{
    gen_random random = gen_random_for(visits->world.seed, GEN_FOR_RING, number);
    uint32_t slot = number / visits->regions;
    uint32_t providers;

    ret_ring->region = number % visits->regions;
    providers = count_in(visits, ret_ring->region, visits->world.practitioners);
    ret_ring->members = (uint32_t)gen_between(&random, 3, MEMBERS_MOST);
    ret_ring->patients = (uint32_t)gen_between(&random, RING_SIZE_LEAST, RING_SIZE_MOST);
    ret_ring->attendance = (uint32_t)gen_between(&random, ATTENDANCE_LEAST, ATTENDANCE_MOST);
    ret_ring->first_patient = slot * RING_SIZE_MOST;
    for (uint32_t m = 0; m < ret_ring->members; m++) {
        uint32_t place = ((slot * MEMBERS_MOST + m) * SPREAD + providers / 3) % providers;

        ret_ring->providers[m] = place * visits->regions + ret_ring->region;
    }
}

/* Half of the visits are to the busier ones. */
static uint32_t draw_provider(const visit_stream *visits, uint32_t patient, gen_random *random)
{
    uint32_t region = region_of(visits, patient);
    uint32_t third = patient / visits->regions % THIRDS;
    bool abroad = gen_per_mille(random, ABROAD);
    bool nearby = gen_per_mille(random, NEARBY);
    bool busy = gen_per_mille(random, 500);
    uint32_t count;
    uint32_t place;

    if (abroad)
        region = gen_below(random, visits->regions);
    count = count_in(visits, region, visits->world.practitioners);
    place = busy ? gen_skewed(random, count) : gen_below(random, count);
    if (nearby && !abroad && count >= THIRDS)
        place = (place / THIRDS * THIRDS + third) % count;
    return place * visits->regions + region;
}

static bool room(const visit_stream *visits)
{
    return visits->lines < visits->options->lines;
}

/* A claim of one line. */
static void write_visit(visit_stream *visits, uint32_t patient, uint32_t provider, gen_random *random)
{
    static const char *const procedures[] = {"V0102", "V0103", "V0104", "V0105", "T1015"};
    gen_claim claim = {.number = visits->lines + 1, .setting = GEN_OFFICE};
    char row[GEN_ROW_MAX];
    char *end;

    if (!room(visits))
        return;
    gen_patient_at(&visits->world, patient, &claim.patient);
    claim.from_date = gen_between(random, visits->world.first_day, visits->world.last_day);
    claim.through_date = claim.from_date;
    gen_begin_claim(&visits->world, random, &claim);
    claim.practitioner = provider;
    claim.biller = gen_group_of(&visits->world, provider);
    claim.principal = "I10";
    gen_add_service(random, &claim, procedures[gen_below(random, 5)], "", 1, gen_between(random, 40, 200) * 100);
    end = gen_put_row(row, &visits->world, &claim, 0);
    gen_sink_write(&visits->claims, row, (size_t)(end - row));
    visits->lines++;
}

static void write_ring_visits(visit_stream *visits, uint32_t patient, gen_random *random)
{
    uint32_t region = region_of(visits, patient);
    uint32_t place = patient / visits->regions;

    for (uint32_t number = region; number < visits->rings; number += visits->regions) {
        one_ring ring;

        draw_ring(visits, number, &ring);
        if (place < ring.first_patient || place >= ring.first_patient + ring.patients)
            continue;
        for (uint32_t m = 0; m < ring.members; m++) {
            if (gen_per_mille(random, ring.attendance))
                write_visit(visits, patient, ring.providers[m], random);
        }
    }
}

/* Rounds over all patients until there are as many lines as are wanted. */
static void write_visits(visit_stream *visits)
{
    gen_sink_text(&visits->claims, gen_claim_header());
    for (uint64_t round = 0; room(visits); round++) {
        for (uint32_t patient = 0; patient < visits->world.patients && room(visits); patient++) {
            gen_random random = gen_random_for(visits->world.seed, GEN_FOR_VISITS, round << 32 | patient);
            uint32_t count = 1 + gen_below(&random, VISITS_MOST);

            if (round == 0)
                write_ring_visits(visits, patient, &random);
            for (uint32_t i = 0; i < count; i++)
                write_visit(visits, patient, draw_provider(visits, patient, &random), &random);
        }
    }
}

static char *put_region(char *at, uint32_t region)
{
    at = gen_put_text(at, ",R");
    return gen_put_padded(at, region + 1, 3);
}

static void write_patients(const visit_stream *visits, gen_sink *sink)
{
    gen_sink_text(sink, "patient_id,sex,birth_date,death_date,eligibility,region,as_of\n");
    for (uint32_t i = 0; i < visits->world.patients; i++) {
        gen_patient patient;
        char row[128];
        char *at = gen_put_patient_id(row, &visits->world, i);

        gen_patient_at(&visits->world, i, &patient);
        *at++ = ',';
        if (patient.sex != 0)
            *at++ = patient.sex;
        *at++ = ',';
        at = gen_put_date(at, patient.birth);
        at = gen_put_text(at, ",,2020-01-01..");
        at = put_region(at, region_of(visits, i));
        at = gen_put_text(at, ",2024-12-31\n");
        gen_sink_write(sink, row, (size_t)(at - row));
    }
}

static void write_provider(const visit_stream *visits, gen_provider_kind kind, uint32_t number, const char *specialty, gen_sink *sink)
{
    char row[128];
    char *at = gen_put_provider_id(row, &visits->world, kind, number);

    *at++ = ',';
    at = gen_put_text(at, specialty);
    at = put_region(at, region_of(visits, number));
    at = gen_put_text(at, ",,,2024-12-31\n");
    gen_sink_write(sink, row, (size_t)(at - row));
}

/* Practitioners, and the groups that bill for them: they are not of one organisation, which would explain what they share. */
static void write_providers(const visit_stream *visits, gen_sink *sink)
{
    static const char *const specialties[] = {"11", "08", "50", "97", "16", "06"};

    gen_sink_text(sink, "provider_id,specialty,provider_region,provider_level,organisation_id,as_of\n");
    for (uint32_t i = 0; i < visits->world.practitioners; i++) {
        gen_random random = gen_random_for(visits->world.seed, GEN_FOR_PROVIDER, i);

        write_provider(visits, GEN_PRACTITIONER, i, specialties[gen_skewed(&random, 6)], sink);
    }
    for (uint32_t i = 0; i < visits->world.groups; i++)
        write_provider(visits, GEN_GROUP, i, "70", sink);
}

/* A row for each member. */
static void write_rings(const visit_stream *visits, gen_sink *sink)
{
    gen_sink_text(sink, "ring,provider_id,region,patients,attendance\n");
    for (uint32_t number = 0; number < visits->rings; number++) {
        one_ring ring;

        draw_ring(visits, number, &ring);
        for (uint32_t m = 0; m < ring.members; m++) {
            char row[128];
            char *at = gen_put_number(row, number + 1);

            *at++ = ',';
            at = gen_put_provider_id(at, &visits->world, GEN_PRACTITIONER, ring.providers[m]);
            at = put_region(at, ring.region);
            *at++ = ',';
            at = gen_put_number(at, ring.patients);
            at = gen_put_text(at, ",0.");
            at = gen_put_padded(at, ring.attendance, 3);
            *at++ = '\n';
            gen_sink_write(sink, row, (size_t)(at - row));
        }
    }
}

static bool write_file(const visit_stream *visits, const char *name,
                       void (*write)(const visit_stream *visits, gen_sink *sink))
{
    static gen_sink sink;

    gen_sink_open(&sink, visits->options->folder, name, visits->options->check);
    write(visits, &sink);
    return gen_sink_close(&sink);
}

bool gen_write_rings(const gen_options *options)
{
    static visit_stream visits; /* with its buffer too large for a stack */
    bool good;

    visits.options = options;
    gen_world_init(&visits.world, options->seed, (uint32_t)options->patients, (uint32_t)options->providers, 0);
    visits.world.practitioners = (uint32_t)options->providers;
    visits.world.first_day = gen_day(2023, 9, 1); /* one year, all of which a scan compares */
    visits.world.last_day = gen_day(2024, 8, 31);
    visits.regions = visits.world.patients / PATIENTS_OF_REGION;
    visits.regions = visits.regions < 2 ? 2 : visits.regions;
    visits.rings = visits.world.patients / PATIENTS_OF_RING;
    visits.rings = visits.rings < RINGS_LEAST ? RINGS_LEAST : visits.rings;
    if (visits.world.practitioners / visits.regions < 4 * MEMBERS_MOST ||
        visits.world.patients / visits.regions < 2 * RING_SIZE_MOST) {
        fprintf(stderr, "generate: too few patients or providers in a region for rings\n");
        return false;
    }
    gen_sink_open(&visits.claims, options->folder, "claims.csv", options->check);
    write_visits(&visits);
    good = gen_sink_close(&visits.claims);
    good = write_file(&visits, "patients.csv", write_patients) && good;
    good = write_file(&visits, "providers.csv", write_providers) && good;
    return write_file(&visits, "rings.csv", write_rings) && good;
}
