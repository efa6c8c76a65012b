/* A random world of lines, features, and providers of whom some facts are known. */
#ifndef CA_TEST_MEASURE_WORLD_H
#define CA_TEST_MEASURE_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/measure_entity.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/random_expr.h"
#include "support/rule_front.h"

#if defined(__SANITIZE_ADDRESS__)
#define WORLDS 60
#else
#define WORLDS 200
#endif
#define FEATURES 24
#define FEATURES_MANY 500    /* tell lines apart in more than 64 ways */
#define AGES_ON  20000
#define PROVIDERS 512

/* A provider's fact: specialty and region are those of a row. */
typedef struct known_provider {
    ca_text id;
    unsigned row;
    bool told;                    /* there is a fact */
} known_provider;

typedef struct world {
    random_source random;
    uint64_t seed;
    rule_front *front;
    random_frame lines;
    ca_featureset *set;
    ca_buf source;
    ca_arena arena;
    memdisk *memory;
    uint64_t *hit;
    const uint64_t *hits[4];
    unsigned times;               /* that each line is there */
    ca_facts *facts;
    known_provider providers[PROVIDERS];
    unsigned provider_count;
    unsigned long values, there;
    unsigned wide;                /* kinds that tell lines apart in more than 64 ways */
} world;

/* --- Features ------------------------------------------------------------------------------------------------ */

static const char *one_of(world *of, const char *const *items, unsigned count)
{
    return items[random_below(&of->random, count)];
}

static void add_key(world *of)
{
    static const char *const columns[] = {"patient_id", "rendering_provider_id", "pharmacy_id", "procedure", "service_date", "units",
                                          "sex", "region", "claim_id", "principal_diagnosis", "paid", "line_no", "place_of_service"};
    unsigned count = random_chance(&of->random, 70) ? 1 : random_chance(&of->random, 70) ? 2 : 4;
    unsigned first = random_below(&of->random, 13), step = 1 + random_below(&of->random, 12);
    for (unsigned i = 0; i < count; i++) {
        ca_buf_printf(&of->source, i ? ", %s" : "%s", columns[(first + i * step) % 13]);    /* a prime: none comes twice */
    }
}

static const char *number_of(world *of)
{
    static const char *const numbers[] = {"paid", "units", "charge - paid", "paid + charge + allowed", "days_supply", "2 * units - 1",
                                          "days_between(from_date, service_date)", "minutes"};
    return one_of(of, numbers, 8);
}

static void add_where(world *of)
{
    if (random_chance(&of->random, 45)) {
        random_expr expr = {&of->random, RANDOM_LINE, 1, &of->source};
        ca_buf_add_cstr(&of->source, " where ");
        if (random_chance(&of->random, 20)) {
            ca_buf_add_cstr(&of->source, "hit('US-0101')");
        } else {
            random_condition(&expr);
        }
    }
}

static void add_term(world *of, bool whole)
{
    unsigned which = random_below(&of->random, whole ? 10 : 6);
    if (random_chance(&of->random, 10)) {
        ca_buf_add_cstr(&of->source, "7 * ");
    }
    static const char *const names[] = {"count(", "sum(", "distinct(", "busiest(", "groups(", "distinct(",
                                        "top_share(", "concentration(", "effective(", "max("};
    ca_buf_add_cstr(&of->source, names[which]);
    if (which == 1 || which == 9) {
        ca_buf_add_cstr(&of->source, number_of(of));
    } else if (which != 0) {
        static const char *const tops[] = {"", "2, ", "5, "};
        if (which == 3 || which == 6) {
            ca_buf_add_cstr(&of->source, one_of(of, tops, 3));
        }
        if (which == 3 || which == 4 || (which == 6 && random_chance(&of->random, 50))) {
            unsigned weight = random_below(&of->random, 3);
            if (weight == 0) {
                ca_buf_add_cstr(&of->source, "count()");
            } else if (weight == 1) {
                ca_buf_printf(&of->source, "sum(%s)", number_of(of));
            } else {
                ca_buf_add_cstr(&of->source, "distinct(");
                add_key(of);
                ca_buf_add_cstr(&of->source, ")");
            }
            ca_buf_add_cstr(&of->source, which == 4 ? (weight ? " >= 2, " : " > 1, ") : ", ");
        }
        add_key(of);
    }
    add_where(of);
    ca_buf_add_cstr(&of->source, ")");
}

static void add_feature(world *of, unsigned number)
{
    static const char *const entities[] = {"provider", "institution", "prescriber", "pharmacy", "patient"};
    bool value = random_chance(&of->random, 50);
    ca_buf_clear(&of->source);
    ca_buf_printf(&of->source, "feature: f%u\nversion: 1\ntitle: A title\nentity: %s\ndirection: more\nminimum: %u\n", number,
                  one_of(of, entities, 5), 1 + random_below(&of->random, 9));
    if (random_chance(&of->random, 40)) {
        random_expr expr = {&of->random, RANDOM_LINE, 1, &of->source};
        ca_buf_add_cstr(&of->source, "where: >\n  ");
        random_condition(&expr);
        ca_buf_add_cstr(&of->source, "\n");
    }
    ca_buf_printf(&of->source, "%s: >\n  ", value ? "value" : "ratio");
    add_term(of, value);
    if (!value) {
        ca_buf_add_cstr(&of->source, " / ");
        add_term(of, false);
    }
    ca_buf_add_cstr(&of->source, "\nsay: >\n  {value} of {peer}\ntests: []\n");
}

static void make_features(world *of)
{
    ca_ruleset *base = rule_front_set(of->front);
    ca_diags diags;
    ca_error err = {0};
    ck_assert_int_eq(ca_featureset_new(base->schema, base->codes, base->refs, base->vocabulary, &of->set, NULL), 0);
    unsigned count = of->seed % 20 == 0 ? FEATURES_MANY : FEATURES;
    for (unsigned i = 0; i < count; i++) {
        ca_diags_init(&diags, &of->arena);
        add_feature(of, i);
        int rc = ca_featureset_add_source(of->set, "pack/features/f.yaml", ca_buf_text(&of->source), false, &diags, &err);
        ck_assert_msg(rc == 0, "%s", err.text);
        ca_diags_done(&diags);
    }
    ca_diags_init(&diags, &of->arena);
    ck_assert_int_eq(ca_featureset_finish(of->set, NULL, &diags, &err), 0);
    ca_diags_done(&diags);
}

/* --- A world ------------------------------------------------------------------------------------------------- */

/* --- Providers ----------------------------------------------------------------------------------------------- */

static known_provider *find_provider(world *of, ca_text id)
{
    unsigned i = 0;
    while (i < of->provider_count && !ca_text_eq(of->providers[i].id, id)) {
        i++;
    }
    return &of->providers[i];
}

static ca_text region_of(const world *of, unsigned row)
{
    return ca_batch_has(of->lines.units, CA_F_REGION, row) ? ca_batch_text(of->lines.units, CA_F_REGION, row) : (ca_text){NULL, 0};
}

static bool has_specialty(const world *of, unsigned row, uint32_t *ret_specialty)
{
    unsigned column = ca_schema_provider(CA_ROLE_RENDERING, CA_F_SPECIALTY);
    bool has = ca_batch_has(of->lines.units, column, row);
    *ret_specialty = has ? of->lines.units->columns[column].as.code[row] : 0;
    return has;
}

static void tell_fact(world *of, const known_provider *provider)
{
    ca_text region = region_of(of, provider->row);
    ca_provider_fact fact = {.provider_id = provider->id, .has_region = region.ptr != NULL, .region = region};
    fact.has_specialty = has_specialty(of, provider->row, &fact.specialty);
    int rc = ca_facts_add_provider(of->facts, &fact, rule_front_set(of->front)->codes, NULL);
    ck_assert(rc == 0 || rc == CA_END);    /* placeholders are nobody */
}

/* Whoever is named in any role; some have no fact. */
static void make_providers(world *of)
{
    of->facts = ca_facts_new();
    for (unsigned row = 0; row < of->lines.units->rows; row++) {
        for (unsigned entity = 0; entity < CA_ENTITY_PATIENT; entity++) {
            unsigned column = ca_entity_kinds[entity].id;
            ca_text id = ca_batch_has(of->lines.units, column, row) ? ca_batch_text(of->lines.units, column, row) : CA_TEXT("");
            known_provider *provider = find_provider(of, id);
            if (id.len && provider == &of->providers[of->provider_count]) {
                ck_assert_uint_lt(of->provider_count, PROVIDERS - 1);
                *provider = (known_provider){id, row, random_chance(&of->random, 70)};
                of->provider_count++;
                if (provider->told) {
                    tell_fact(of, provider);
                }
            }
        }
    }
}

static void begin(world *of, uint64_t seed)
{
    *of = (world){.random = random_from(seed), .seed = seed, .front = rule_front_new(), .memory = memdisk_new()};
    ca_arena_init(&of->arena);
    ca_buf_init(&of->source);
    make_features(of);
    random_frame_init(&of->lines, &of->random, rule_front_set(of->front), false);
    of->hit = calloc(of->lines.units->words, sizeof *of->hit);
    for (unsigned row = 0; row < of->lines.units->rows; row++) {
        if (random_chance(&of->random, 30)) {
            ca_bit_set(of->hit, row);
        }
    }
    of->hits[0] = random_chance(&of->random, 80) ? of->hit : NULL;
    of->lines.frame.hits = of->hits;
    of->times = random_chance(&of->random, 30) ? 2 + random_below(&of->random, 7) : 1;    /* to more lines than are taken at a time */
    make_providers(of);
}

static void end(world *of)
{
    ca_facts_free(of->facts);
    random_frame_done(&of->lines);
    ca_featureset_free(of->set);
    rule_front_free(of->front);
    memdisk_free(of->memory);
    ca_buf_done(&of->source);
    ca_arena_done(&of->arena);
    free(of->hit);
}

#endif
