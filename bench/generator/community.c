/* Every pharmacy of a community has four patients with five drugs each. In most pharmacies one
 * patient has two drugs under control from two doctors; in few, one doctor prescribes most. */
#include "generator/community.h"

#include "generator/text.h"

#define PATIENTS       4u /* of a pharmacy */
#define DRUGS          5u /* of a patient */
#define MILL           5u /* the pharmacy that stands out */
#define SECOND_MILL    11u
#define NEARLY_MILL    17u /* seven of nine controlled drugs from one doctor */
#define SMALL_PHARMACY 31u /* 19 drugs */

/* What is told of a community: its variants come in turn. */
typedef enum variant {
    ONE_MILL,     /* all controlled drugs by one doctor: found */
    FOUR_OF_FIVE, /* 0.8 of them: found */
    TWO_MILLS,    /* not above the 95th percentile, which is the other one */
    FEW_PEERS,    /* 29 peers with 20 drugs */
    FEW_FILLS,    /* all four controlled drugs by one doctor */
    VARIANTS
} variant;

static variant variant_of(uint32_t community)
{
    return (variant)(community % VARIANTS);
}

static bool is_mill(uint32_t community, uint32_t pharmacy)
{
    return pharmacy == MILL || pharmacy == SMALL_PHARMACY ||
           (pharmacy == SECOND_MILL && variant_of(community) == TWO_MILLS);
}

static bool is_small(uint32_t community, uint32_t pharmacy)
{
    return pharmacy == SMALL_PHARMACY ||
           (variant_of(community) == FEW_PEERS && pharmacy >= SMALL_PHARMACY - 2);
}

uint32_t gen_sale_count(void)
{
    return GEN_COMMUNITY_PHARMACIES * PATIENTS;
}

/* How many controlled drugs a patient gets, from the first doctor and from the second. */
static void share_out(uint32_t community, uint32_t pharmacy, uint32_t patient, uint32_t *ret_first,
                      uint32_t *ret_second)
{
    *ret_first = 0;
    *ret_second = 0;
    if (is_mill(community, pharmacy)) {
        bool shared = variant_of(community) == FOUR_OF_FIVE && pharmacy == MILL;

        *ret_first = 1;
        if (patient == 0 && variant_of(community) != FEW_FILLS)
            (*(shared ? ret_second : ret_first))++;
    } else if (pharmacy == NEARLY_MILL) {
        *ret_first = patient < 3 ? 2 : 1;
        *ret_second = patient < 3 ? 0 : 2;
    } else if (patient == 0) {
        *ret_first = 1;
        *ret_second = 1;
    }
}

static gen_claim *begin(const gen_world *world, gen_random *random, uint64_t number,
                        unsigned setting, const gen_patient *patient, int32_t day,
                        gen_sale *ret_sale)
{
    gen_claim *claim = &ret_sale->claims[ret_sale->count];

    claim->number = number + ret_sale->count++;
    claim->setting = setting;
    claim->patient = *patient;
    claim->from_date = day;
    claim->through_date = day;
    claim->drug_kind = 0;
    gen_begin_claim(world, random, claim);
    return claim;
}

static void add_drugs(gen_random *random, uint32_t count, uint32_t first, uint32_t second,
                      const uint32_t *doctors, gen_claim *claim)
{
    for (uint32_t i = 0; i < count; i++) {
        bool controlled = i < first + second;
        uint32_t drug = controlled ? GEN_CONTROLLED + 1 + i * 7 + gen_below(random, 6)
                                   : 1 + i * 50 + gen_below(random, 50);

        gen_add_fill(random, claim, drug, 30)->prescriber = doctors[controlled && i >= first];
    }
}

void gen_draw_sale(const gen_world *world, uint32_t community, uint32_t n, gen_sale *ret_sale)
{
    uint64_t number = GEN_COMMUNITY_NUMBERS + ((uint64_t)community * gen_sale_count() + n) * 2;
    gen_random random = gen_random_for(world->seed, GEN_FOR_COMMUNITY, number);
    uint32_t pharmacy = n / PATIENTS;
    uint32_t patient = n % PATIENTS;
    uint32_t doctor = (community * 37 + pharmacy * 5) % world->practitioners;
    const uint32_t doctors[] = {doctor, (doctor + 1) % world->practitioners};
    int32_t day = world->first_day + gen_between(&random, 190, 350);
    uint32_t first;
    uint32_t second;
    gen_patient person;
    gen_claim *claim;

    ret_sale->count = 0;
    share_out(community, pharmacy, patient, &first, &second);
    gen_grown_up(&random, world, gen_community_patient(world, community, n), &person);
    if (first + second > 0) {
        claim = begin(world, &random, number, GEN_OFFICE, &person, day - 1, ret_sale);
        claim->principal = "N390";
        for (uint32_t i = 0; i < first + second; i++)
            gen_add_service(&random, claim, i == 0 ? "V0103" : "V0102", "0510", 1, 9200)
                ->performer = doctors[i >= first];
    }
    claim = begin(world, &random, number, GEN_COUNTER, &person, day, ret_sale);
    claim->biller = gen_community_pharmacy(world, community, pharmacy);
    add_drugs(&random, DRUGS - (patient == 1 && is_small(community, pharmacy)), first, second,
              doctors, claim);
    for (uint32_t i = 0; i < ret_sale->count; i++)
        gen_part_charges(&ret_sale->claims[i]);
}

void gen_write_community_people(const gen_world *world, uint32_t community, gen_sink *sink)
{
    for (uint32_t n = 0; n < gen_sale_count(); n++) {
        gen_sale sale;

        gen_draw_sale(world, community, n, &sale);
        gen_write_patient(world, &sale.claims[0].patient, sink);
    }
}

static char *put_pharmacy(char *at, const gen_world *world, uint32_t community, uint32_t pharmacy)
{
    at = gen_put_text(at, "pharmacy_id/");
    return gen_put_provider_id(at, world, GEN_PHARMACY,
                               gen_community_pharmacy(world, community, pharmacy));
}

static void write_near_miss(const gen_world *world, uint32_t community, uint32_t pharmacy,
                            const char *edge, gen_sink *sink)
{
    char row[256];
    char *at = gen_put_text(row, "pharmacy_mill,CORE-0504,");

    at = gen_put_text(at, edge);
    *at++ = ',';
    at = put_pharmacy(at, world, community, pharmacy);
    *at++ = '\n';
    gen_sink_write(sink, row, (size_t)(at - row));
}

void gen_label_community(const gen_world *world, uint32_t community, gen_sink *labels,
                         gen_sink *near_misses)
{
    variant which = variant_of(community);
    char row[256];
    char *at;

    write_near_miss(world, community, NEARLY_MILL, "share", near_misses);
    write_near_miss(world, community, SMALL_PHARMACY, "few_drugs", near_misses);
    if (which == TWO_MILLS) {
        write_near_miss(world, community, MILL, "percentile", near_misses);
        write_near_miss(world, community, SECOND_MILL, "percentile", near_misses);
    } else if (which == FEW_PEERS || which == FEW_FILLS) {
        write_near_miss(world, community, MILL, which == FEW_PEERS ? "few_peers" : "few_controlled",
                        near_misses);
    } else {
        at = gen_put_text(row, "pharmacy_mill,CORE-0504,,,,nearly all controlled drugs from one "
                               "prescriber,,");
        at = put_pharmacy(at, world, community, MILL);
        at = gen_put_text(at, ",2023-01-01..2023-12-31\n");
        gen_sink_write(labels, row, (size_t)(at - row));
    }
}
