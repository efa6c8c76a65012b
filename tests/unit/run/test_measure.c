/* Features by way of records, in any order and any number of batches, against the slow and obvious way: random features over random
 * lines, every value. */
#include "run/measure_hits.h"
#include "unit/run/measure_world.h"

/* --- The obvious way ----------------------------------------------------------------------------------------- */

static bool is_of(const world *of, unsigned column, unsigned row, ca_text id)
{
    const ca_batch *batch = of->lines.units;
    return ca_batch_has(batch, column, row) && ca_text_eq(ca_batch_text(batch, column, row), id);
}

static size_t rows_of(const world *of, unsigned column, ca_text id, uint32_t *rows)
{
    size_t count = 0;
    for (unsigned row = 0; row < of->lines.units->rows; row++) {
        for (unsigned i = 0; i < of->times && is_of(of, column, row, id); i++) {
            rows[count++] = row;
        }
    }
    return count;
}

static int order(ca_ratio a, ca_ratio b)
{
    int sign = 9;
    (void)ca_ratio_cmp(a, b, &sign);
    return sign;
}

/* As read of a row; ptr NULL where it is unknown. */
static ca_text person_of(const world *of, unsigned row, char text[CA_PERSON_SIZE])
{
    const ca_batch *batch = of->lines.units;
    bool known = ca_batch_has(batch, CA_F_SEX, row) && ca_batch_has(batch, CA_F_BIRTH_DATE, row);
    int32_t age = known ? ca_date_age_years(batch->columns[CA_F_BIRTH_DATE].as.date[row], AGES_ON) : -1;
    if (age < 0) {
        return (ca_text){NULL, 0};
    }
    int len = snprintf(text, CA_PERSON_SIZE, age < 120 ? "%s %d-%d" : "%s %d+", ca_enum_name(CA_F_SEX, batch->columns[CA_F_SEX].as.choice[row]),
                       age < 120 ? age / 10 * 10 : 120, age / 10 * 10 + 9);
    return (ca_text){text, (size_t)len};
}

static bool same_text(ca_text a, ca_text b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && (!a.ptr || ca_text_eq(a, b));
}

/* What most rows say, of equals the smaller text. */
static ca_text most_said(const ca_text *texts, size_t count)
{
    ca_text most = {NULL, 0};
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < count && texts[i].ptr; k++) {
            same += texts[k].ptr && ca_text_eq(texts[i], texts[k]);
        }
        if (same > best || (same && same == best && ca_text_cmp(texts[i], most) < 0)) {
            best = same;
            most = texts[i];
        }
    }
    return most;
}

static void compare_person(const world *of, const ca_measured *measured, const uint32_t *rows, size_t count)
{
    static char texts[8 * 160][CA_PERSON_SIZE];
    ca_text persons[8 * 160], regions[8 * 160];
    for (size_t i = 0; i < count; i++) {
        persons[i] = person_of(of, rows[i], texts[i]);
        regions[i] = region_of(of, rows[i]);
    }
    ck_assert_msg(same_text(most_said(persons, count), measured->specialty), "seed %lu: sex and age of %.*s", (unsigned long)of->seed,
                  (int)measured->id.len, measured->id.ptr);
    ck_assert_msg(same_text(most_said(regions, count), measured->region), "seed %lu: region of %.*s", (unsigned long)of->seed,
                  (int)measured->id.len, measured->id.ptr);
}

static void compare_provider(world *of, const ca_measured *measured)
{
    const known_provider *provider = find_provider(of, measured->id);
    uint32_t specialty;
    bool known = provider->told && has_specialty(of, provider->row, &specialty);
    ca_text region = provider->told ? region_of(of, provider->row) : (ca_text){NULL, 0};
    ca_text name = known ? ca_codes_text(rule_front_set(of->front)->codes, specialty) : (ca_text){NULL, 0};
    ck_assert_msg(same_text(name, measured->specialty), "seed %lu: specialty of %.*s", (unsigned long)of->seed, (int)measured->id.len,
                  measured->id.ptr);
    ck_assert_msg(same_text(region, measured->region), "seed %lu: region of %.*s", (unsigned long)of->seed, (int)measured->id.len,
                  measured->id.ptr);
}

static void compare_attributes(world *of, const ca_measured *measured, const uint32_t *rows, size_t count)
{
    ck_assert_uint_eq(measured->lines, count);
    if (ca_entity_kinds[measured->entity].person) {
        compare_person(of, measured, rows, count);
    } else {
        compare_provider(of, measured);
    }
}

static void compare_values(world *of, const ca_measured *measured, const uint32_t *rows, size_t count)
{
    ck_assert_uint_eq(measured->count, of->set->active[measured->entity]);
    for (size_t i = 0; i < measured->count; i++) {
        const ca_feature *feature = of->set->features[of->set->first[measured->entity] + i];
        ca_feature_value wanted;
        const ca_feature_value *got = &measured->values[i];
        ck_assert_int_eq(ca_feature_compute(of->set, feature, &of->lines.frame, rows, count, &wanted, NULL), 0);
        bool same = wanted.missing == got->missing && wanted.thin == got->thin && wanted.lines == got->lines &&
                    order(wanted.exposure, got->exposure) == 0 && (wanted.missing || order(wanted.value, got->value) == 0);
        ck_assert_msg(same, "seed %lu, %s of %.*s: lines %zu not %zu, missing %d not %d, thin %d not %d, value %lld/%lld not %lld/%lld",
                      (unsigned long)of->seed, feature->id, (int)measured->id.len, measured->id.ptr, got->lines, wanted.lines,
                      got->missing, wanted.missing, got->thin, wanted.thin, (long long)got->value.n, (long long)got->value.d,
                      (long long)wanted.value.n, (long long)wanted.value.d);
        of->values++;
        of->there += !wanted.missing;
    }
}

static void compare(world *of, const ca_measured *measured)
{
    uint32_t rows[8 * 160];
    size_t count = rows_of(of, ca_entity_kinds[measured->entity].id, measured->id, rows);
    compare_attributes(of, measured, rows, count);
    compare_values(of, measured, rows, count);
}

/* --- By way of records --------------------------------------------------------------------------------------- */

/* All lines, some at a time. */
static void put_lines(world *of, ca_measure_lines *lines, ca_exchange *exchange)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    ca_batch *part = NULL;
    memset(columns, 1, sizeof columns);
    for (uint32_t from = 0; from < of->lines.units->rows;) {
        uint32_t rows[256], count = 0;
        uint32_t most = 1 + random_below(&of->random, 100);
        uint64_t bits[4] = {0};
        const uint64_t *hits[4] = {of->hits[0] ? bits : NULL};
        for (; count < most && from < of->lines.units->rows; count++, from++) {
            bits[count / 64] |= (uint64_t)ca_bit(of->hit, from) << count % 64;
            rows[count] = from;
        }
        ck_assert_int_eq(ca_batch_select(of->lines.units, rows, count, columns, &part), 0);
        ca_frame frame = of->lines.frame;
        frame.units = part;
        frame.hits = hits;
        ck_assert_int_eq(ca_measure_lines_look(lines, &frame, NULL), 0);
        ck_assert_int_eq(ca_measure_lines_put(lines, &frame, exchange, NULL), 0);
    }
    ca_batch_free(part);
}

static unsigned count_entities(const world *of)
{
    unsigned count = 0;
    for (unsigned entity = 0; entity < CA_ENTITY_LINE; entity++) {
        unsigned column = ca_entity_kinds[entity].id;
        for (unsigned row = 0; of->set->active[entity] && row < of->lines.units->rows; row++) {
            bool first = ca_batch_has(of->lines.units, column, row);
            ca_text id = first ? ca_batch_text(of->lines.units, column, row) : CA_TEXT("");
            for (unsigned k = 0; k < row && first; k++) {
                first = !is_of(of, column, k, id);
            }
            count += first && !ca_is_placeholder(id);
        }
    }
    return count;
}

static void take_entities(world *of, const ca_measure_plan *plan, const ca_measure_peers *peers, const ca_exchange *exchange)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ca_measure_entity *entity;
    unsigned entities = 0;
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_measure_entity_new(plan, peers, of->facts, rule_front_set(of->front)->codes, (size_t)1 << 30, &entity, NULL), 0);
    while (ca_exchange_next(reader, &group, NULL) == 0) {
        for (size_t from = 0, to; from < group.count; from = to, entities++) {
            ca_measured measured;
            for (to = from + 1; to < group.count && group.records[to].hash == group.records[from].hash; to++) {
            }
            size_t half = (to - from) / 2;    /* in two pieces, as large ones come */
            ck_assert_int_eq(ca_measure_entity_add(entity, group.records + from, half, NULL), 0);
            ck_assert_int_eq(ca_measure_entity_add(entity, group.records + from + half, to - from - half, NULL), 0);
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
            compare(of, &measured);
        }
    }
    ck_assert_uint_eq(entities, count_entities(of));
    ca_measure_entity_free(entity);
    ca_exchange_reader_free(reader);
}

static void try_world(world *of)
{
    ca_measure_plan *plan;
    ca_measure_peers *peers;
    ca_measure_lines *lines;
    ca_exchange *exchange;
    const ca_schema *schema = rule_front_set(of->front)->schema;
    ck_assert_int_eq(ca_measure_plan_new(of->set, schema, random_chance(&of->random, 50), &of->arena, &plan, NULL), 0);
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        of->wide += plan->kinds[k].words > 1;
    }
    ck_assert_int_eq(ca_measure_peers_new(false, &peers, NULL), 0);
    ck_assert_int_eq(ca_measure_lines_new(plan, peers, AGES_ON, &lines, NULL), 0);
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(of->memory), "measures", &exchange, NULL), 0);
    for (unsigned i = 0; i < of->times; i++) {
        put_lines(of, lines, exchange);
    }
    ck_assert_int_eq(ca_exchange_finish(exchange, NULL), 0);
    take_entities(of, plan, peers, exchange);
    ca_exchange_free(exchange);
    ca_measure_lines_free(lines);
    ca_measure_peers_free(peers);
}

START_TEST(random_features_are_what_the_obvious_way_says)
{
    unsigned long values = 0, there = 0;
    unsigned wide = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        world of;
        begin(&of, seed);
        try_world(&of);
        values += of.values;
        there += of.there;
        wide += of.wide;
        end(&of);
    }
    ck_assert_uint_gt(there, values / 4);    /* else nothing was compared */
    ck_assert_uint_gt(values, 20ul * WORLDS);
    ck_assert_uint_gt(wide, WORLDS / 20);
}
END_TEST

/* --- Records of many lines ----------------------------------------------------------------------------------- */

#define MANY 248u    /* lines that are taken at a time: records of so many are just as many, and lines differ up to the last */
static const unsigned many_of[] = {64, 64, 56, 64};

/* Lines of the provider who has most, in turn; false: there is none. */
static bool repeat_lines(const world *of, uint32_t *rows)
{
    size_t most = 0;
    for (unsigned row = 0; row < of->lines.units->rows; row++) {
        uint32_t own[8 * 160];
        bool named = ca_batch_has(of->lines.units, CA_F_RENDERING_PROVIDER_ID, row);
        ca_text id = named ? ca_batch_text(of->lines.units, CA_F_RENDERING_PROVIDER_ID, row) : CA_TEXT("0");
        size_t lines = ca_is_placeholder(id) ? 0 : rows_of(of, CA_F_RENDERING_PROVIDER_ID, id, own);
        for (size_t i = 0; lines > most && i < MANY; i++) {
            rows[i] = own[i % lines];
        }
        most = lines > most ? lines : most;
    }
    return most > 0;
}

static void put_many(world *of, ca_measure_lines *lines, const uint32_t *rows, ca_exchange *exchange)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    ca_batch *part = NULL;
    memset(columns, 1, sizeof columns);
    for (unsigned i = 0; i < sizeof many_of / sizeof *many_of; rows += many_of[i++]) {
        uint64_t bits = 0;
        const uint64_t *hits[4] = {of->hits[0] ? &bits : NULL};
        for (unsigned k = 0; k < many_of[i]; k++) {
            bits |= (uint64_t)ca_bit(of->hit, rows[k]) << k;
        }
        ck_assert_int_eq(ca_batch_select(of->lines.units, rows, many_of[i], columns, &part), 0);
        ca_frame frame = of->lines.frame;
        frame.units = part;
        frame.hits = hits;
        ck_assert_int_eq(ca_measure_lines_look(lines, &frame, NULL), 0);
        ck_assert_int_eq(ca_measure_lines_put(lines, &frame, exchange, NULL), 0);
    }
    ca_batch_free(part);
}

static unsigned take_many(world *of, const ca_measure_plan *plan, const ca_measure_peers *peers, const uint32_t *rows, const ca_exchange *exchange)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ca_measure_entity *entity;
    unsigned seen = 0;
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_measure_entity_new(plan, peers, of->facts, rule_front_set(of->front)->codes, (size_t)1 << 30, &entity, NULL), 0);
    while (ca_exchange_next(reader, &group, NULL) == 0) {
        for (size_t from = 0, to; from < group.count; from = to) {
            ca_measured measured;
            for (to = from + 1; to < group.count && group.records[to].hash == group.records[from].hash; to++) {
            }
            ck_assert_int_eq(ca_measure_entity_add(entity, group.records + from, to - from, NULL), 0);
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
            if (measured.entity == CA_ENTITY_PROVIDER) {
                ck_assert_uint_eq(to - from, sizeof many_of / sizeof *many_of);
                compare_values(of, &measured, rows, MANY);
                seen++;
            }
        }
    }
    ca_measure_entity_free(entity);
    ca_exchange_reader_free(reader);
    return seen;
}

START_TEST(records_may_take_all_the_room_there_is)
{
    unsigned seen = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        world of;
        uint32_t rows[MANY] = {0};
        ca_measure_plan *plan;
        ca_measure_peers *peers;
        ca_measure_lines *lines;
        ca_exchange *exchange;
        begin(&of, seed);
        ck_assert_int_eq(ca_measure_plan_new(of.set, rule_front_set(of.front)->schema, false, &of.arena, &plan, NULL), 0);
        ck_assert_int_eq(ca_measure_peers_new(false, &peers, NULL), 0);
        ck_assert_int_eq(ca_measure_lines_new(plan, peers, AGES_ON, &lines, NULL), 0);
        ck_assert_int_eq(ca_exchange_new(memdisk_disk(of.memory), "measures", &exchange, NULL), 0);
        bool any = repeat_lines(&of, rows) && of.set->active[CA_ENTITY_PROVIDER] > 0;
        put_many(&of, lines, rows, exchange);
        ck_assert_int_eq(ca_exchange_finish(exchange, NULL), 0);
        ck_assert_uint_eq(take_many(&of, plan, peers, rows, exchange), any);
        seen += any;
        ca_exchange_free(exchange);
        ca_measure_lines_free(lines);
        ca_measure_peers_free(peers);
        end(&of);
    }
    ck_assert_uint_gt(seen, 5);
}
END_TEST

/* --- Without memory ------------------------------------------------------------------------------------------ */

/* All steps on one batch; the first failure ends it. */
static int go_through(world *of, ca_arena *arena)
{
    ca_measure_plan *plan = NULL;
    ca_measure_peers *peers = NULL;
    ca_measure_lines *lines = NULL;
    ca_exchange *exchange = NULL;
    ca_exchange_reader *reader = NULL;
    ca_measure_entity *entity = NULL;
    ca_exchange_group group = {.count = 0};
    ca_measured measured;
    const ca_ruleset *base = rule_front_set(of->front);
    ca_frame frame = of->lines.frame;
    int rc = ca_measure_plan_new(of->set, base->schema, true, arena, &plan, NULL);
    rc = rc ? rc : ca_measure_peers_new(true, &peers, NULL);
    rc = rc ? rc : ca_measure_lines_new(plan, peers, AGES_ON, &lines, NULL);
    rc = rc ? rc : ca_exchange_new(memdisk_disk(of->memory), "measures", &exchange, NULL);
    rc = rc ? rc : ca_measure_lines_look(lines, &frame, NULL);
    rc = rc ? rc : ca_measure_lines_put(lines, &frame, exchange, NULL);
    rc = rc ? rc : ca_exchange_finish(exchange, NULL);
    rc = rc ? rc : ca_exchange_reader_new(exchange, 0, &reader, NULL);
    rc = rc ? rc : ca_measure_entity_new(plan, peers, of->facts, base->codes, (size_t)1 << 30, &entity, NULL);
    while (rc == 0 && (rc = ca_exchange_next(reader, &group, NULL)) == 0) {
        for (size_t from = 0, to; rc == 0 && from < group.count; from = to) {
            for (to = from + 1; to < group.count && group.records[to].hash == group.records[from].hash; to++) {
            }
            rc = ca_measure_entity_add(entity, group.records + from, to - from, NULL);
            rc = rc ? rc : ca_measure_entity_end(entity, &measured, NULL);
        }
    }
    ca_measure_entity_free(entity);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchange);
    ca_measure_lines_free(lines);
    ca_measure_peers_free(peers);
    return rc == CA_END ? 0 : rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    world of;
    uint64_t failed = 0;
    begin(&of, 4);
    for (uint64_t n = 1;; n++) {
        ca_arena arena;
        ca_arena_init(&arena);
        ca_alloc_fail(n, n % 2 == 0);
        int rc = go_through(&of, &arena);
        ca_alloc_fail(0, 0);
        ca_arena_done(&arena);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        failed++;
    }
    ck_assert_uint_gt(failed, 30);
    end(&of);
}
END_TEST

/* --- More lines than there is room for ------------------------------------------------------------------------ */

static bool runs(const void *context, const ca_rule *rule)
{
    return context == NULL && rule != NULL;
}

/* What is told of lines that some rule hit, some of them twice, in the order of their rows or backwards. */
static uint64_t told_of(const ca_featureset *set, const ca_ruleset *rules, bool backwards)
{
    ca_measure_hits *hits;
    uint64_t bytes = 0;
    uint32_t rule = 0;
    ck_assert_int_eq(ca_measure_hits_new(set, rules, runs, NULL, false, 4096, &hits, NULL), 0);
    while (rule < rules->count && !ca_measure_hits_asked(hits, rule)) {
        rule++;
    }
    ck_assert_uint_lt(rule, rules->count);
    for (unsigned i = 0; i < 1000; i++) {
        const ca_origin origin = {.row = backwards ? 999 - i : i};
        for (unsigned times = 0; times < (origin.row < 300 ? 2 : 1); times++) {
            ck_assert_int_eq(ca_measure_hits_add(hits, rule, &origin, 1, NULL), 0);
        }
    }
    ck_assert(!ca_measure_hits_fit(hits, &bytes));
    ca_measure_hits_free(hits);
    return bytes;
}

START_TEST(lines_that_do_not_fit_are_told_alike_in_any_order)
{
    world of;
    begin(&of, 1);
    ck_assert_uint_gt(of.set->hit_count, 0);
    ck_assert_str_eq(rule_front_when(of.front, "line", "units > 1"), "");
    ck_assert_uint_eq(told_of(of.set, rule_front_set(of.front), false), told_of(of.set, rule_front_set(of.front), true));
    end(&of);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, random_features_are_what_the_obvious_way_says);
    tcase_add_test(tcase, records_may_take_all_the_room_there_is);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    tcase_add_test(tcase, lines_that_do_not_fit_are_told_alike_in_any_order);
}

CA_CHECK_MAIN("run/measure", add_tests)
