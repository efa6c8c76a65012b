/* See harbin.h. Pharmacies, doctors and groups are numbered by region, so that whoever belongs together is found by number. */
#include "generator/harbin.h"

#include "generator/claim.h"
#include "generator/sink.h"
#include "generator/text.h"

#define REGIONS        8u
#define COURSES_MOST   6u
#define BOX_PRICE      110000 /* cents */
#define DEAR_DRUGS     12u
#define WITHOUT_VISIT  50     /* per mille of courses: repeated without being seen */
#define BESIDE         600    /* per mille of its prescriptions that a pharmacy beside a practice has from there */

typedef enum pharmacy_sort {
    ORDINARY,
    BESIDE_PRACTICE, /* most of what it sells one doctor prescribed, who saw the patients */
    DEAR,            /* sells costly drugs for long courses to people who are seen for them */
    FORGER
} pharmacy_sort;

/* What is being written, and how far. */
typedef struct harbin {
    gen_world world;
    gen_sink claims, patients, labels;
    uint64_t claim;  /* the next one's number */
    uint32_t person; /* the next one's number */
} harbin;

/* Whom a course belongs to: a person with a pharmacy. */
typedef struct shopper {
    gen_patient person;
    uint32_t pharmacy, region, doctor;
    pharmacy_sort sort;
    bool buyer; /* of a forger */
    gen_random random;
} shopper;

static const uint32_t region_shares[REGIONS] = {300, 200, 150, 120, 90, 60, 50, 30}; /* per mille */
static const uint32_t named_doctors[GEN_HARBIN_DOCTORS] = {17, 41, 58, 73, 96};      /* of the first region */

/* Of `count` in a row those of a region: the first, and how many. */
static uint32_t first_of(uint32_t count, uint32_t region, uint32_t *ret_count)
{
    uint32_t before = 0;

    for (uint32_t i = 0; i < region; i++)
        before += region_shares[i];
    *ret_count = count * (before + region_shares[region]) / 1000 - count * before / 1000;
    return count * before / 1000;
}

static uint32_t region_at(uint32_t count, uint32_t number)
{
    uint32_t size;

    for (uint32_t region = 0; region < REGIONS; region++) {
        if (number < first_of(count, region, &size) + size)
            return region;
    }
    return REGIONS - 1;
}

static uint32_t draw_in(gen_random *random, uint32_t count, uint32_t region)
{
    uint32_t size, first = first_of(count, region, &size);

    return first + gen_skewed(random, size);
}

/* Forgers stand behind the ordinary pharmacies and belong to the first region. */
static uint32_t ordinary_of(const harbin *run)
{
    return run->world.pharmacies - GEN_HARBIN_FORGERS;
}

static uint32_t region_of_pharmacy(const harbin *run, uint32_t pharmacy)
{
    return pharmacy < ordinary_of(run) ? region_at(ordinary_of(run), pharmacy) : 0;
}

static uint32_t group_of(const harbin *run, uint32_t doctor)
{
    uint32_t region = region_at(run->world.practitioners, doctor);
    gen_random random = gen_random_for(run->world.seed, GEN_FOR_PROVIDER, doctor);

    return draw_in(&random, run->world.groups, region);
}

static bool is_named(uint32_t doctor)
{
    for (uint32_t i = 0; i < GEN_HARBIN_DOCTORS; i++) {
        if (named_doctors[i] == doctor)
            return true;
    }
    return false;
}

static void write_claim(harbin *run, gen_claim *claim)
{
    gen_part_charges(claim);
    for (uint32_t line = 0; line < claim->line_count; line++) {
        char row[GEN_ROW_MAX];
        char *end = gen_put_row(row, &run->world, claim, line);

        gen_sink_write(&run->claims, row, (size_t)(end - row));
    }
}

static void begin(harbin *run, shopper *customer, unsigned setting, int32_t day, uint32_t kind, gen_claim *claim)
{
    claim->number = run->claim++;
    claim->setting = setting;
    claim->patient = customer->person;
    claim->from_date = day;
    claim->through_date = day;
    claim->drug_kind = kind;
}

static void write_visit(harbin *run, shopper *customer, uint32_t doctor, int32_t day)
{
    gen_claim claim;

    begin(run, customer, GEN_OFFICE, day, 0, &claim);
    gen_fill_claim(&run->world, &customer->random, &claim);
    claim.practitioner = doctor;
    claim.biller = group_of(run, doctor);
    for (uint32_t i = 0; i < claim.line_count; i++)
        claim.lines[i].performer = doctor;
    write_claim(run, &claim);
}

static gen_line *add_costly(gen_random *random, gen_claim *claim, uint32_t drug, int32_t days, int32_t quantity, int64_t price)
{
    gen_line *line = gen_add_fill(random, claim, drug, days);

    line->quantity = quantity;
    gen_draw_money(random, price * quantity, line);
    return line;
}

/* One claim of a pharmacy: what is usual there. */
static void write_sale(harbin *run, shopper *customer, uint32_t pharmacy, uint32_t doctor, int32_t day, uint32_t kind)
{
    gen_random *random = &customer->random;
    gen_claim claim;

    begin(run, customer, GEN_COUNTER, day, kind, &claim);
    if (customer->sort == DEAR && pharmacy == customer->pharmacy) {
        gen_begin_claim(&run->world, random, &claim);
        add_costly(random, &claim, GEN_DEAR + 1 + kind % DEAR_DRUGS, 30, 30, gen_between(random, 12000, 30000));
    } else if (gen_per_mille(random, 8)) {
        gen_begin_claim(&run->world, random, &claim);
        add_costly(random, &claim, GEN_SHORT_COURSE, 5, gen_between(random, 1, 3), BOX_PRICE);
    } else {
        gen_fill_claim(&run->world, random, &claim);
    }
    claim.biller = pharmacy;
    for (uint32_t i = 0; i < claim.line_count; i++)
        claim.lines[i].prescriber = doctor;
    write_claim(run, &claim);
}

static uint32_t draw_doctor(harbin *run, shopper *customer)
{
    uint32_t doctor;

    if (customer->sort == BESIDE_PRACTICE && gen_per_mille(&customer->random, BESIDE))
        return customer->pharmacy * run->world.practitioners / ordinary_of(run);
    if (!customer->buyer && gen_per_mille(&customer->random, 700))
        return customer->doctor;
    do
        doctor = draw_in(&customer->random, run->world.practitioners, customer->region);
    while (customer->buyer && is_named(doctor));
    return doctor;
}

/* A visit and the drugs that follow it, once or for some months. */
static void write_course(harbin *run, shopper *customer, int32_t first, int32_t days, uint32_t kind)
{
    gen_random *random = &customer->random;
    uint32_t doctor = draw_doctor(run, customer), pharmacy = customer->pharmacy, refills = 0;
    int32_t day = first + gen_between(random, 0, 20);

    if (customer->buyer || gen_per_mille(random, 150))
        pharmacy = draw_in(random, ordinary_of(run), customer->region);
    if (customer->sort == DEAR || gen_per_mille(random, 200))
        refills = gen_below(random, 6);
    if (!gen_per_mille(random, WITHOUT_VISIT))
        write_visit(run, customer, doctor, day);
    day += gen_between(random, 0, 3);
    for (uint32_t i = 0; i <= refills && day < first + days - 5; i++, day += 31)
        write_sale(run, customer, pharmacy, doctor, day, kind);
}

static void write_courses(harbin *run, shopper *customer)
{
    uint32_t courses = 1 + gen_skewed(&customer->random, COURSES_MOST);
    int32_t days = (run->world.last_day - run->world.first_day) / (int32_t)courses;

    for (uint32_t i = 0; i < courses; i++)
        write_course(run, customer, run->world.first_day + (int32_t)i * days, days, (customer->person.number + i) % 10);
}

static void label(harbin *run, gen_provider_kind kind, bool patient, uint32_t number, const char *role)
{
    char row[128];
    char *at = gen_put_text(row, patient ? "patient," : kind == GEN_PHARMACY ? "pharmacy," : "prescriber,");

    at = patient ? gen_put_patient_id(at, &run->world, number) : gen_put_provider_id(at, &run->world, kind, number);
    *at++ = ',';
    at = gen_put_text(at, role);
    *at++ = '\n';
    gen_sink_write(&run->labels, row, (size_t)(at - row));
}

/* 160 boxes at a time, several times a year, prescribed by doctors whom the buyer never saw. */
static void write_forged(harbin *run, shopper *customer, uint32_t buyer)
{
    gen_random *random = &customer->random;
    uint32_t times = 2 + gen_below(random, 3);
    int32_t apart = (run->world.last_day - run->world.first_day) / (int32_t)times;

    for (uint32_t i = 0; i < times; i++) {
        int32_t day = run->world.first_day + (int32_t)i * apart + gen_between(random, 0, apart - 10);
        gen_claim claim;

        begin(run, customer, GEN_COUNTER, day, 0, &claim);
        gen_begin_claim(&run->world, random, &claim);
        add_costly(random, &claim, GEN_SHORT_COURSE, 5, GEN_HARBIN_BOXES, BOX_PRICE)->prescriber =
            named_doctors[(buyer + i) % GEN_HARBIN_DOCTORS];
        claim.biller = customer->pharmacy;
        write_claim(run, &claim);
    }
    label(run, GEN_PHARMACY, true, customer->person.number, "buyer");
}

static void write_customer(harbin *run, const shopper *like, uint32_t buyer)
{
    shopper one = *like;

    one.random = gen_random_for(run->world.seed, GEN_FOR_HARBIN, run->person);
    gen_grown_up(&one.random, &run->world, run->person++, &one.person);
    one.person.birth = run->world.first_day - gen_between(&one.random, 7000, 30000);
    one.doctor = draw_in(&one.random, run->world.practitioners, one.region);
    write_courses(run, &one);
    if (one.buyer)
        write_forged(run, &one, buyer);
    gen_write_patient_of(&run->world, &one.person, one.region + 1, &run->patients);
}

static pharmacy_sort draw_sort(const harbin *run, uint32_t pharmacy, gen_random *random)
{
    if (pharmacy >= ordinary_of(run))
        return FORGER;
    return gen_per_mille(random, 20) ? DEAR : gen_per_mille(random, 40) ? BESIDE_PRACTICE : ORDINARY;
}

static void write_pharmacy(harbin *run, uint32_t pharmacy)
{
    gen_random random = gen_random_for(run->world.seed, GEN_FOR_HARBIN, (uint64_t)1 << 40 | pharmacy);
    shopper like = {.pharmacy = pharmacy, .region = region_of_pharmacy(run, pharmacy)};
    uint32_t customers;

    like.sort = draw_sort(run, pharmacy, &random);
    customers = like.sort == FORGER ? 40 + gen_below(&random, 30) : 6 + gen_very_skewed(&random, 90);
    for (uint32_t i = 0; i < customers; i++)
        write_customer(run, &like, 0);
    if (like.sort != FORGER)
        return;
    label(run, GEN_PHARMACY, false, pharmacy, "forger");
    like.buyer = true;
    for (uint32_t i = 0; i < GEN_HARBIN_BUYERS / GEN_HARBIN_FORGERS; i++)
        write_customer(run, &like, i);
}

static void write_providers(const harbin *run, gen_sink *sink)
{
    const gen_world *world = &run->world;

    gen_sink_text(sink, gen_providers_header());
    for (uint32_t i = 0; i < world->practitioners; i++)
        gen_write_provider_of(world, sink, GEN_PRACTITIONER, i, region_at(world->practitioners, i) + 1, group_of(run, i));
    for (uint32_t i = 0; i < world->groups; i++)
        gen_write_provider_of(world, sink, GEN_GROUP, i, region_at(world->groups, i) + 1, GEN_NO_GROUP);
    for (uint32_t i = 0; i < world->pharmacies; i++)
        gen_write_provider_of(world, sink, GEN_PHARMACY, i, region_of_pharmacy(run, i) + 1, GEN_NO_GROUP);
}

static void open_sinks(harbin *run, const gen_options *options)
{
    gen_sink_open(&run->claims, options->folder, "claims.csv", options->check);
    gen_sink_open(&run->patients, options->folder, "patients.csv", options->check);
    gen_sink_open(&run->labels, options->folder, "labels.csv", options->check);
    gen_sink_text(&run->claims, gen_claim_header());
    gen_sink_text(&run->patients, gen_patients_header());
    gen_sink_text(&run->labels, "kind,id,role\n");
}

static bool write_rest(harbin *run, const gen_options *options)
{
    static gen_sink sink; /* too large for a stack */
    bool good;

    gen_sink_open(&sink, options->folder, "providers.csv", options->check);
    write_providers(run, &sink);
    good = gen_sink_close(&sink);
    gen_sink_open(&sink, options->folder, "diagnosis_codes.csv", options->check);
    gen_write_diagnosis_codes(&sink);
    return gen_sink_close(&sink) && good;
}

bool gen_harbin(const gen_options *options)
{
    static harbin run; /* too large for a stack */
    bool good;

    run.world = (gen_world){.seed = options->seed, .first_day = gen_day(2023, 9, 1), .last_day = gen_day(2024, 8, 31),
                            .practitioners = 1200, .groups = 160, .hospitals = 1, .patients = 1,
                            .pharmacies = GEN_HARBIN_PHARMACIES + GEN_HARBIN_FORGERS};
    run.claim = 1;
    open_sinks(&run, options);
    for (uint32_t pharmacy = 0; pharmacy < run.world.pharmacies; pharmacy++)
        write_pharmacy(&run, pharmacy);
    for (uint32_t i = 0; i < GEN_HARBIN_DOCTORS; i++)
        label(&run, GEN_PRACTITIONER, false, named_doctors[i], "named");
    good = gen_sink_close(&run.claims);
    good = gen_sink_close(&run.patients) && good;
    good = gen_sink_close(&run.labels) && good;
    return write_rest(&run, options) && good;
}
