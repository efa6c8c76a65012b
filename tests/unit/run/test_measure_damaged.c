/* Records of entities that are no records, or contradict themselves: they are refused, or nothing is looked for where nothing is. */
#include "unit/run/measure_world.h"

#define LEAST ((size_t)1 << 16)    /* bytes of an entity's groups: of large ones they are given back */

static void damaged_records_are_refused_of(world *of, ca_measure_entity *entity, const ca_exchange_record *record)
{
    uint8_t bytes[8192];
    ck_assert_uint_lt(record->len, sizeof bytes);
    for (uint32_t len = 0; len < record->len; len += 1 + record->len / 40) {    /* cut short; all but the identifier is needed */
        ca_measured measured;
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, record->bytes, len);
        const ca_exchange_record part = {record->hash, cut, len};
        int rc = ca_measure_entity_add(entity, &part, 1, NULL);
        ck_assert(rc == 0 || rc == CA_FAIL);
        if (rc == 0) {
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
        }
        free(cut);
    }
    memcpy(bytes, record->bytes, record->len);
    bytes[1] = (uint8_t)(CA_MEASURE_LINES + 1 + random_below(&of->random, 100));
    const ca_exchange_record many = {record->hash, bytes, record->len};
    ck_assert_int_eq(ca_measure_entity_add(entity, &many, 1, NULL), CA_FAIL);
}

/* Nought, or one to eight bytes of all lines or of each. */
static bool is_code(unsigned code)
{
    return code <= 8 || (code > CA_MEASURE_EACH && code <= CA_MEASURE_EACH + 8);
}

/* Of several columns at once, so that one leads another past the end. */
static void codes_may_lead_anywhere(world *of, const ca_measure_plan *plan, ca_measure_entity *entity, const ca_exchange_record *record)
{
    unsigned columns = plan->kinds[record->bytes[0] & CA_MEASURE_KIND].column_count, before = CA_MEASURE_HEAD + columns;
    for (unsigned i = 0; i < 30; i++) {
        uint32_t len = before + random_below(&of->random, record->len - before + 1);
        uint8_t *bytes = malloc(len);
        const ca_exchange_record other = {record->hash, bytes, len};
        ca_measured measured;
        bool known = true;
        memcpy(bytes, record->bytes, len);
        for (uint8_t *code = bytes + CA_MEASURE_HEAD; code < bytes + before; code++) {
            *code = random_chance(&of->random, 80) ? *code : (uint8_t)random_below(&of->random, 40);
            known &= is_code(*code);
        }
        int rc = ca_measure_entity_add(entity, &other, 1, NULL);
        ck_assert(rc == CA_FAIL || (rc == 0 && known));
        if (rc == 0) {
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
        }
        free(bytes);
    }
}

/* Of columns other widths than there are, and any that there are. */
static void codes_of_columns_may_be_anything(world *of, const ca_measure_plan *plan, ca_measure_entity *entity, const ca_exchange_record *record)
{
    unsigned columns = plan->kinds[record->bytes[0] & CA_MEASURE_KIND].column_count;
    uint8_t *bytes = malloc(record->len);
    const ca_exchange_record other = {record->hash, bytes, record->len};
    ca_measured measured;
    for (unsigned i = 0; i < columns; i++) {
        memcpy(bytes, record->bytes, record->len);
        bytes[CA_MEASURE_HEAD + i] = (uint8_t)random_below(&of->random, 32);
        int rc = ca_measure_entity_add(entity, &other, 1, NULL);
        ck_assert(rc == 0 || rc == CA_FAIL);
        if (rc == 0) {
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
        }
        bytes[CA_MEASURE_HEAD + i] = (uint8_t)(record->bytes[CA_MEASURE_HEAD + i] ^ (3u << random_below(&of->random, 7)));
        uint8_t code = bytes[CA_MEASURE_HEAD + i];
        rc = ca_measure_entity_add(entity, &other, 1, NULL);
        ck_assert(rc == CA_FAIL || (rc == 0 && is_code(code)));
        if (rc == 0) {
            ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
        }
    }
    free(bytes);
}

/* What a record says of its lines may be wrong, but nothing is looked for where nothing is. */
static void values_may_be_anything(world *of, const ca_measure_plan *plan, ca_measure_entity *entity, const ca_exchange_record *record)
{
    unsigned before = CA_MEASURE_HEAD + plan->kinds[record->bytes[0] & CA_MEASURE_KIND].column_count;
    uint8_t *bytes = malloc(record->len);
    const ca_exchange_record other = {record->hash, bytes, record->len};
    ca_measured measured;
    for (unsigned i = 0; i < 20; i++) {
        memcpy(bytes, record->bytes, record->len);
        for (uint32_t k = before + random_below(&of->random, 8); k < record->len; k += 1 + random_below(&of->random, 8)) {
            bytes[k] = (uint8_t)random_below(&of->random, 256);
        }
        int rc = ca_measure_entity_add(entity, &other, 1, NULL);
        ck_assert(rc == 0 || rc == CA_FAIL);
        ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
    }
    free(bytes);
}

/* A record whose columns contradict each other: what they are made of may differ where they do not. */
static void make_record(world *of, const ca_measure_kind *kind, unsigned lines, ca_buf *record)
{
    const char head[CA_MEASURE_HEAD] = {(char)kind->entity, (char)lines};
    size_t bytes = 0;
    ca_buf_clear(record);
    ca_buf_add(record, head, sizeof head);
    for (unsigned i = 0; i < kind->column_count; i++) {
        unsigned size = 1 + random_below(&of->random, 8);
        bool each = i < kind->words || random_chance(&of->random, 50);
        char code = (char)(each ? size | CA_MEASURE_EACH : size);
        ca_buf_add(record, &code, 1);
        bytes += each ? size * lines : size;
    }
    for (; bytes > 0; bytes--) {
        char byte = (char)(random_chance(&of->random, 70) ? 0 : random_below(&of->random, 256));
        ca_buf_add(record, &byte, 1);
    }
}

/* Of a large entity tables go: nothing of it may be looked for among the groups of the next ones. */
static void measure_records(world *of, const ca_measure_kind *kind, ca_measure_entity *entity, unsigned count)
{
    ca_buf bytes;
    ca_measured measured;
    int rc = 0;
    ca_buf_init(&bytes);
    for (unsigned i = 0; i < count && rc == 0; i++) {
        make_record(of, kind, 1 + random_below(&of->random, count > 1 ? CA_MEASURE_LINES : 4), &bytes);
        const ca_exchange_record record = {1, (const uint8_t *)bytes.ptr, (uint32_t)bytes.len};
        rc = ca_measure_entity_add(entity, &record, 1, NULL);
        ck_assert_int_eq(rc, 0);
    }
    ck_assert_int_eq(ca_measure_entity_end(entity, &measured, NULL), 0);
    ca_buf_done(&bytes);
}

/* Keys of several columns that are not there one by one: those of a pair are in the record, and the pair, too. */
static void make_pairs(world *of)
{
    static const char *const terms[] = {"groups(distinct(sex, region) >= 2, procedure, service_date)", "distinct(procedure, service_date, sex, region)"};
    const ca_ruleset *base = rule_front_set(of->front);
    ca_diags diags;
    ca_featureset_free(of->set);
    ca_diags_init(&diags, &of->arena);
    ck_assert_int_eq(ca_featureset_new(base->schema, base->codes, base->refs, base->vocabulary, &of->set, NULL), 0);
    for (unsigned i = 0; i < sizeof terms / sizeof *terms; i++) {
        ca_buf_clear(&of->source);
        ca_buf_printf(&of->source,
                      "feature: f%u\nversion: 1\ntitle: A title\nentity: provider\ndirection: more\nminimum: 1\n"
                      "value: >\n  %s\nsay: >\n  {value} of {peer}\ntests: []\n",
                      i, terms[i]);
        ck_assert_int_eq(ca_featureset_add_source(of->set, "pack/features/f.yaml", ca_buf_text(&of->source), false, &diags, NULL), 0);
    }
    ck_assert_int_eq(ca_featureset_finish(of->set, NULL, &diags, NULL), 0);
    ca_diags_done(&diags);
}

START_TEST(records_may_contradict_themselves)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        world of;
        ca_measure_plan *plan;
        ca_measure_peers *peers;
        ca_measure_entity *entity;
        uint32_t number;
        begin(&of, seed);
        if (seed % 2 == 0) {
            make_pairs(&of);
        }
        const ca_ruleset *base = rule_front_set(of.front);
        ck_assert_int_eq(ca_measure_plan_new(of.set, base->schema, false, &of.arena, &plan, NULL), 0);
        ck_assert_int_eq(ca_measure_peers_new(false, &peers, NULL), 0);
        ck_assert_int_eq(ca_measure_peers_put(peers, CA_NO_SPECIALTY, (ca_text){NULL, 0}, &number, NULL), 0);
        ck_assert_int_eq(ca_measure_entity_new(plan, peers, of.facts, base->codes, seed % 2 == 0 ? LEAST : (size_t)1 << 30, &entity, NULL), 0);
        for (unsigned i = 0; i < 20 * CA_ENTITY_LINE; i++) {
            const ca_measure_kind *kind = &plan->kinds[i / 20];
            if (kind->used) {
                measure_records(&of, kind, entity, i % 4 == 0 ? 30 : 1);
            }
        }
        ca_measure_entity_free(entity);
        ca_measure_peers_free(peers);
        end(&of);
    }
}
END_TEST

START_TEST(damaged_records_are_refused)
{
    world of;
    ca_network_sink *network;
    ca_measure_plan *plan;
    ca_measure_peers *peers;
    ca_measure_lines *lines;
    ca_exchange *exchange;
    ca_exchange_reader *reader;
    ca_exchange_group group;
    begin(&of, 5);
    const ca_ruleset *base = rule_front_set(of.front);
    ck_assert_int_eq(ca_measure_plan_new(of.set, base->schema, true, &of.arena, &plan, NULL), 0);
    ck_assert_int_eq(ca_measure_peers_new(false, &peers, NULL), 0);
    ck_assert_int_eq(ca_measure_lines_new(plan, peers, AGES_ON, &lines, NULL), 0);
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(of.memory), "measures", &exchange, NULL), 0);
    ca_frame frame = of.lines.frame;
    ck_assert_int_eq(ca_measure_lines_look(lines, &frame, NULL), 0);
    ck_assert_int_eq(ca_measure_lines_put(lines, &frame, exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_network_sink_new(memdisk_disk(of.memory), "network", 1 << 20, &network, NULL), 0);
    while (ca_exchange_next(reader, &group, NULL) == 0) {
        for (size_t i = 0; i < group.count; i++) {
            ca_measure_entity *entity;
            ck_assert_int_eq(ca_measure_entity_new(plan, peers, of.facts, base->codes, (size_t)1 << 30, &entity, NULL), 0);
            ca_measure_entity_link(entity, network);
            damaged_records_are_refused_of(&of, entity, &group.records[i]);
            codes_of_columns_may_be_anything(&of, plan, entity, &group.records[i]);
            codes_may_lead_anywhere(&of, plan, entity, &group.records[i]);
            values_may_be_anything(&of, plan, entity, &group.records[i]);
            ca_measure_entity_free(entity);
        }
    }
    ca_network_sink_free(network);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchange);
    ca_measure_lines_free(lines);
    ca_measure_peers_free(peers);
    end(&of);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, damaged_records_are_refused);
    tcase_add_test(tcase, records_may_contradict_themselves);
}

CA_CHECK_MAIN("run/measure_damaged", add_tests)
