/* Claim lines from batches to a profile, and scored against one: the same whatever the dictionary's ids, batches and threads are; what
 * is odd comes first, with reasons in words. */
#include "run/score_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/rule_front.h"
#include "support/score_lines.h"

#define TESTS "\n    tests: [{name: t, lines: \"id  units\\n1   1\\n\", values: {1: 1}}]}\n"

static const char features[] =
    "features:\n"
    "  - {feature: f-units, version: 1, title: Units, entity: line, surprise: units, given: [[procedure, region], [procedure]],\n"
    "     direction: more, say: \"{value} units of {procedure}; {peer} is usual\"," TESTS
    "  - {feature: f-price, version: 1, title: Price, entity: line, surprise: paid / units, given: [procedure], direction: more,\n"
    "     say: \"{value|money}\"," TESTS
    "  - {feature: f-code, version: 1, title: Service, entity: line, surprise: procedure, given: [sex],\n"
    "     say: \"{procedure} is {value} of what {sex} has\"," TESTS
    "  - {feature: f-delay, version: 1, title: Delay, entity: line, surprise: \"days_between(service_date, received_date)\",\n"
    "     given: [[rendering_provider_id], [sex]], direction: both, transform: asinh,\n"
    "     say: \"{value}\"," TESTS
    "  - {feature: f-weekend, version: 1, title: Weekend, entity: line, where: units >= 1, surprise: is_weekend(service_date),\n"
    "     given: [sex], say: \"{value}\"," TESTS;

enum { LINES = 6000, CODES = 12, PROVIDERS = 20 };

typedef struct world {
    uint32_t per_claim;           /* lines */
    rule_front *front;
    ca_featureset *set;
    ca_ruleset *base;
    ca_arena arena;
    uint32_t codes[CODES];
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
} world;

/* `last` codes come first in the dictionary. */
static void world_init(world *of, bool backwards)
{
    of->per_claim = 1;
    of->front = rule_front_new();
    ck_assert_ptr_nonnull(of->front);
    of->base = rule_front_set(of->front);
    uint8_t system = ca_codes_only_system(of->base->codes, "procedure");
    ck_assert_uint_ne(system, CA_SYSTEM_NONE);
    for (unsigned i = 0; i < CODES; i++) {
        unsigned which = backwards ? CODES - 1 - i : i;
        char code[] = {'V', '0', (char)('1' + which / 10), (char)('0' + which % 10), 0};
        ck_assert_int_eq(ca_codes_put(of->base->codes, system, ca_text_of(code), &of->codes[which]), 0);
    }
    ca_diags diags;
    ca_error err = {0};
    ca_arena_init(&of->arena);
    ca_diags_init(&diags, &of->arena);
    ck_assert_int_eq(ca_featureset_new(of->base->schema, of->base->codes, of->base->refs, of->base->vocabulary, &of->set, &err), 0);
    ck_assert_int_eq(ca_featureset_add_source(of->set, "features/line.yaml", ca_text_of(features), false, &diags, &err), 0);
    ck_assert_msg(diags.count == 0, "%s", diags.count ? diags.items[0].text : "");
    ck_assert_int_eq(ca_featureset_finish(of->set, NULL, &diags, &err), 0);
    ca_diags_done(&diags);
    memset(of->columns, 0, sizeof of->columns);
    ca_score_lines_read(of->set, of->columns);
    ca_score_lines_told(of->columns);
}

static void world_done(world *of)
{
    ca_featureset_free(of->set);
    rule_front_free(of->front);
    ca_arena_done(&of->arena);
}

/* --- Lines ---------------------------------------------------------------------------------------------------------------- */

static void put_number(ca_batch *batch, unsigned column, unsigned row, int64_t value)
{
    ck_assert_int_eq(ca_batch_use(batch, column), 0);
    batch->columns[column].as.number[row] = value;
    ca_bit_set(batch->columns[column].present, row);
}

static void put_date(ca_batch *batch, unsigned column, unsigned row, ca_date value)
{
    ck_assert_int_eq(ca_batch_use(batch, column), 0);
    batch->columns[column].as.date[row] = value;
    ca_bit_set(batch->columns[column].present, row);
}

static void put_text(ca_batch *batch, unsigned column, unsigned row, const char *text)
{
    ck_assert_int_eq(ca_batch_use(batch, column), 0);
    ck_assert_int_eq(ca_batch_add_bytes(batch, ca_text_of(text), &batch->columns[column].as.slice[row]), 0);
    ca_bit_set(batch->columns[column].present, row);
}

/* The line of this number, wherever it stands. Of `odd` lines twelve have many times the units, line 5711 the most. */
static void put_line(const world *of, ca_batch *batch, uint32_t number, bool odd)
{
    static const char *const regions[] = {"north", "south", "west"};
    uint64_t state = number;
    unsigned row = batch->rows++;
    uint64_t code = score_lines_random(&state) % CODES, draw = score_lines_random(&state);
    int64_t units = 1 + (int64_t)(draw % (code + 1)) / 2;
    char provider[16], claim[16];
    snprintf(provider, sizeof provider, "P%u", (unsigned)(draw >> 8) % PROVIDERS);
    snprintf(claim, sizeof claim, "C%u", number / of->per_claim);
    units *= odd && number % 500 == 211 ? 10 + number / 50 : 1;
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PROCEDURE), 0);
    batch->columns[CA_F_PROCEDURE].as.code[row] = of->codes[code];
    ca_bit_set(batch->columns[CA_F_PROCEDURE].present, row);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_SEX), 0);
    batch->columns[CA_F_SEX].as.choice[row] = (uint8_t)(draw >> 20 & 1);
    ca_bit_set(batch->columns[CA_F_SEX].present, row);
    if (number % 9 != 0) {
        put_number(batch, CA_F_UNITS, row, units * 10000);
    }
    put_number(batch, CA_F_PAID, row, units * (int64_t)(code + 1) * 250000 + (int64_t)(draw >> 30) % 10000);
    put_number(batch, CA_F_LINE_NO, row, number % 3 + 1);
    put_date(batch, CA_F_SERVICE_DATE, row, 19000 + (ca_date)(draw >> 40) % 200);
    put_date(batch, CA_F_RECEIVED_DATE, row, 19000 + (ca_date)(draw >> 40) % 200 + (ca_date)(draw >> 50) % 30);
    put_text(batch, CA_F_REGION, row, regions[draw >> 4 & 1]);
    put_text(batch, CA_F_RENDERING_PROVIDER_ID, row, provider);
    put_text(batch, CA_F_CLAIM_ID, row, claim);
    batch->digest[row] = (ca_digest){score_lines_random(&state), number};
    batch->origin[row] = (ca_origin){.file = 0, .row = number + 2};
}

/* What the caller of a judge does: it tells what is wanted of each batch. */
static void look(const world *of, ca_line_judge *judge, const ca_batch *batch)
{
    const uint32_t *rows;
    ca_batch *told = NULL;
    ca_frame frame = {.units = batch, .date_column = CA_F_SERVICE_DATE, .codes = of->base->codes};
    ck_assert_int_eq(ca_line_judge_look(judge, &frame, NULL, NULL), 0);
    size_t count = ca_line_judge_wants(judge, &rows);
    if (count) {
        ck_assert_int_eq(ca_batch_select(batch, rows, (uint32_t)count, of->columns, &told), 0);
        ck_assert_int_eq(ca_line_judge_tell(judge, told, NULL), 0);
        ca_batch_free(told);
    }
}

typedef struct way {
    unsigned step, rows, judges;    /* line numbers go by step; batches of so many rows; in turn to so many judges */
} way;

static ca_line_judge *judge_lines(const world *of, const ca_score_lines *lines, way how, bool odd)
{
    ca_line_judge *judges[3];
    ca_batch *batch = ca_batch_new(of->base->schema, 4096);
    for (unsigned i = 0; i < how.judges; i++) {
        ck_assert_int_eq(ca_line_judge_new(lines, i, &judges[i], NULL), 0);
    }
    for (uint32_t i = 0, turn = 0; i < LINES; i++) {
        put_line(of, batch, (uint32_t)((uint64_t)i * how.step % LINES), odd);
        if (batch->rows == how.rows || i + 1 == LINES) {
            look(of, judges[turn++ % how.judges], batch);
            ca_batch_clear(batch);
        }
    }
    for (unsigned i = 1; i < how.judges; i++) {
        ck_assert_int_eq(ca_line_judge_merge(judges[0], judges[i], NULL), 0);
        ca_line_judge_free(judges[i]);
    }
    ca_batch_free(batch);
    return judges[0];
}

static ca_usual *sample_of(const world *of, way how, unsigned shift)
{
    ca_score_lines *lines;
    ca_usual *usual;
    ca_score_lines_options options = {.set = of->set, .schema = of->base->schema, .codes = of->base->codes, .collects = CA_LINES_PROFILE,
                                      .shift = shift};
    ck_assert_int_eq(ca_score_lines_new(&options, &lines, NULL), 0);
    ca_line_judge *judge = judge_lines(of, lines, how, false);
    ck_assert_uint_eq(ca_line_judge_scored(judge), 0);
    ck_assert_int_eq(ca_line_judge_profile(judge, &usual, NULL), 0);
    ca_line_judge_free(judge);
    ca_score_lines_free(lines);
    return usual;
}

static ca_usual *profile_of(const world *of, way how)
{
    return sample_of(of, how, 0);
}

static const way ways[] = {{1, 4096, 1}, {7, 999, 3}, {4799, 64, 2}};

START_TEST(profile_is_of_the_lines)
{
    world one, other;
    world_init(&one, false);
    world_init(&other, true);
    ca_usual *usual = profile_of(&one, ways[0]);
    ck_assert_uint_eq(ca_usual_lines_count(usual), LINES);
    ck_assert_uint_eq(ca_usual_features(usual), 5);
    for (size_t i = 0; i < 3; i++) {
        ca_usual *same = profile_of(i % 2 ? &other : &one, ways[i]);
        ca_digest a = ca_usual_digest(usual), b = ca_usual_digest(same);
        ck_assert_int_eq(ca_digest_cmp(a, b), 0);
        ca_usual_free(same);
    }
    ca_usual_free(usual);
    world_done(&one);
    world_done(&other);
}
END_TEST

/* --- Samples ------------------------------------------------------------------------------------------------------------------ */

/* One claim in four, by what docs/scoring.md says: lines of the others are not even shown. */
static ca_usual *naive_sample(const world *of)
{
    ca_score_lines *lines;
    ca_line_judge *judge;
    ca_usual *usual;
    ca_score_lines_options options = {.set = of->set, .schema = of->base->schema, .codes = of->base->codes, .collects = CA_LINES_PROFILE};
    ck_assert_int_eq(ca_score_lines_new(&options, &lines, NULL), 0);
    ck_assert_int_eq(ca_line_judge_new(lines, 0, &judge, NULL), 0);
    ca_batch *batch = ca_batch_new(of->base->schema, 4096);
    for (uint32_t i = 0; i < LINES; i++) {
        char claim[16];
        int len = snprintf(claim, sizeof claim, "C%u", i / of->per_claim);
        if (ca_usual_mix(ca_hash64(claim, (size_t)len), 4) < UINT64_C(1) << 62) {
            put_line(of, batch, i, false);
        }
    }
    look(of, judge, batch);
    ck_assert_int_eq(ca_line_judge_profile(judge, &usual, NULL), 0);
    ca_batch_free(batch);
    ca_line_judge_free(judge);
    ca_score_lines_free(lines);
    return usual;
}

/* All but how the bytes begin, where the lines are counted that were left out, and their checksum. */
static void check_same_cells(const ca_usual *a, const ca_usual *b)
{
    enum { BEGIN = 40, CHECK = 8 };
    ca_buf one, other;
    ca_buf_init(&one);
    ca_buf_init(&other);
    ck_assert_int_eq(ca_usual_write(a, &one, NULL), 0);
    ck_assert_int_eq(ca_usual_write(b, &other, NULL), 0);
    size_t len = (one.len < other.len ? one.len : other.len) - BEGIN - CHECK;
    ck_assert(one.len < other.len + 4 && other.len < one.len + 4);
    ck_assert_int_eq(memcmp(one.ptr + one.len - CHECK - len, other.ptr + other.len - CHECK - len, len), 0);
    ca_buf_done(&one);
    ca_buf_done(&other);
}

START_TEST(sample_is_of_whole_claims)
{
    world one;
    world_init(&one, false);
    one.per_claim = 3;
    ca_usual *all = profile_of(&one, ways[0]), *naive = naive_sample(&one);
    ck_assert_uint_eq(ca_usual_lines_all(all), LINES);
    ck_assert_uint_gt(ca_usual_lines_count(naive), LINES / 5);
    ck_assert_uint_lt(ca_usual_lines_count(naive), LINES / 3);
    ck_assert_uint_eq(ca_usual_lines_count(naive) % 3, 0);
    ca_digest first = {0};
    for (size_t i = 0; i < 3; i++) {
        ca_usual *sample = sample_of(&one, ways[i], 2);
        ck_assert_uint_eq(ca_usual_lines_count(sample), ca_usual_lines_count(naive));
        ck_assert_uint_eq(ca_usual_lines_all(sample), LINES);
        check_same_cells(sample, naive);
        ca_digest digest = ca_usual_digest(sample);
        first = i ? first : digest;
        ck_assert_int_eq(ca_digest_cmp(first, digest), 0);
        ca_usual_free(sample);
    }
    ca_usual_free(naive);
    ca_usual_free(all);
    world_done(&one);
}
END_TEST

START_TEST(samples_are_half_a_million_to_a_million)
{
    static const struct {
        uint64_t lines;
        unsigned shift;
    } cases[] = {{0, 0}, {1000000, 0}, {1000001, 1}, {2000000, 1}, {2000001, 1}, {2000002, 2}, {4060000, 3}, {UINT64_MAX, 45}};
    ck_assert_uint_eq(ca_score_lines_shift(CA_LINES_DRIFT, 32000, 0), 0);
    ck_assert_uint_eq(ca_score_lines_shift(CA_LINES_DRIFT, 4060000, 0), 7);
    ck_assert_uint_eq(ca_score_lines_shift(CA_LINES_PROFILE, 40000, 5000), 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_uint_eq(ca_score_lines_shift(CA_LINES_PROFILE, cases[i].lines, 0), cases[i].shift);
    }
}
END_TEST

/* --- Scores ------------------------------------------------------------------------------------------------------------------- */

/* What drift is measured by is of all lines together, and the same whatever threads and batches are. */
START_TEST(drift_is_of_all_lines_together)
{
    world one;
    world_init(&one, false);
    ca_usual *all = profile_of(&one, ways[0]);
    ca_digest first = {0};
    for (size_t i = 0; i < 3; i++) {
        ca_score_lines *lines;
        ca_usual *now;
        ca_score_lines_options options = {.set = one.set, .schema = one.base->schema, .codes = one.base->codes, .usual = all,
                                          .collects = CA_LINES_DRIFT, .most = 40, .shift = 1};
        ck_assert_int_eq(ca_score_lines_new(&options, &lines, NULL), 0);
        ca_line_judge *judge = judge_lines(&one, lines, ways[i], false);
        ck_assert_int_eq(ca_line_judge_take(judge, &now, NULL), 0);
        ck_assert_uint_eq(ca_line_judge_scored(judge), LINES);
        ck_assert_uint_eq(ca_usual_lines_all(now), LINES);
        ck_assert_uint_lt(ca_usual_lines_count(now), LINES * 6 / 10);
        ck_assert_uint_gt(ca_usual_lines_count(now), LINES * 4 / 10);
        for (size_t f = 0; f < ca_usual_features(now); f++) {
            ca_usual_drift drift;
            ck_assert_uint_eq(ca_usual_about_feature(now, f).cells, 1);
            ck_assert(ca_usual_drifted(all, now, ca_usual_feature_at(now, f)->identity, &drift));
            ck_assert_double_lt(drift.distance, drift.by_chance + .01);
        }
        ca_digest digest = ca_usual_digest(now);
        first = i ? first : digest;
        ck_assert_int_eq(ca_digest_cmp(first, digest), 0);
        ca_usual_free(now);
        ca_line_judge_free(judge);
        ca_score_lines_free(lines);
    }
    ca_usual_free(all);
    world_done(&one);
}
END_TEST

typedef struct heard {
    ca_buf text;
    size_t leads, lines;
} heard;

static void add_say(ca_buf *to, const ca_entity_reason *reason)
{
    for (size_t i = 0; i < reason->say_count; i++) {
        if (reason->say[i].word == CA_TOLD_TEXT) {
            ca_buf_add_text(to, reason->say[i].text);
        } else {
            double value = reason->say[i].word == CA_TOLD_VALUE ? reason->feature.value : reason->feature.peer;
            ca_buf_printf(to, "%g", value);
        }
    }
}

static int hear(void *context, const ca_entity_score *score, ca_error *err)
{
    (void)err;
    heard *to = context;
    ck_assert_uint_eq(score->rank, ++to->lines);
    ck_assert_str_eq(score->kind, "line");
    ck_assert_uint_eq(score->line_count, 1);
    ck_assert(score->lines->claim_id.len > 1 && score->lines->has_paid && score->lines->origin.row >= 2);
    to->leads += score->lead;
    ca_buf_printf(&to->text, "%.*s %d %.6f %.6f %llu", (int)score->id.len, score->id.ptr, score->lead, score->score, score->q,
                  (unsigned long long)score->lines->origin.row);
    for (size_t i = 0; i < score->reason_count; i++) {
        const ca_entity_reason *reason = &score->reasons[i];
        ck_assert(reason->feature.p <= .01);
        ca_buf_printf(&to->text, " | %s %g %g %.3f %.*s %llu ", reason->feature.id, reason->feature.value, reason->feature.peer,
                      reason->share, (int)reason->feature.cell.len, reason->feature.cell.ptr,
                      (unsigned long long)reason->feature.cell_size);
        add_say(&to->text, reason);
    }
    ca_buf_add_char(&to->text, '\n');
    return 0;
}

static void score(const world *of, const ca_usual *usual, way how, heard *ret_heard)
{
    ca_score_lines *lines;
    ca_score_lines_options options = {.set = of->set, .schema = of->base->schema, .codes = of->base->codes, .usual = usual, .most = 40};
    ck_assert_int_eq(ca_score_lines_new(&options, &lines, NULL), 0);
    ck_assert_uint_eq(ca_score_lines_known(lines), 5);
    ca_line_judge *judge = judge_lines(of, lines, how, true);
    *ret_heard = (heard){0};
    ca_buf_init(&ret_heard->text);
    ck_assert_uint_eq(ca_line_judge_scored(judge), LINES);
    ck_assert_int_eq(ca_line_judge_each(judge, 5, hear, ret_heard, NULL), 0);
    uint64_t leads;
    ck_assert_int_eq(ca_line_judge_leads(judge, 5, &leads, NULL), 0);
    ck_assert_uint_eq(leads, ret_heard->leads);
    ca_line_judge_free(judge);
    ca_score_lines_free(lines);
}

START_TEST(odd_lines_come_first)
{
    world one, other;
    heard first, again;
    world_init(&one, false);
    world_init(&other, true);
    ca_usual *usual = profile_of(&one, ways[0]);
    score(&one, usual, ways[0], &first);
    ck_assert_uint_eq(first.leads, 5);
    ck_assert_uint_eq(first.lines, 40);
    ca_text all = ca_buf_text(&first.text), line;
    ck_assert(ca_text_next(&all, '\n', &line));
    ck_assert_msg(ca_text_starts(line, CA_TEXT("other/C5711/3 1 ")), "%.*s", (int)line.len, line.ptr);
    ck_assert_ptr_nonnull(strstr(ca_buf_cstr(&first.text), "f-units"));
    ck_assert_msg(ca_text_glob(CA_TEXT("* | f-units * V0??, *th * units of V0??; * is usual*"), line), "%.*s", (int)line.len, line.ptr);
    for (size_t i = 1; i < 3; i++) {
        score(i % 2 ? &other : &one, usual, ways[i], &again);
        ck_assert_str_eq(ca_buf_cstr(&first.text), ca_buf_cstr(&again.text));
        ca_buf_done(&again.text);
    }
    ca_buf_done(&first.text);
    ca_usual_free(usual);
    world_done(&one);
    world_done(&other);
}
END_TEST

START_TEST(memory_runs_out)
{
    world of;
    world_init(&of, false);
    ca_usual *usual = profile_of(&of, ways[0]);
    ca_batch *batch = ca_batch_new(of.base->schema, 4096);
    for (uint32_t i = 0; i < 300; i++) {
        put_line(&of, batch, i + 4600, true);
    }
    for (uint64_t n = 1;; n++) {
        ca_score_lines *lines = NULL;
        ca_line_judge *judge = NULL;
        ca_usual *made = NULL;
        ca_frame frame = {.units = batch, .date_column = CA_F_SERVICE_DATE, .codes = of.base->codes};
        ca_score_lines_options options = {.set = of.set, .schema = of.base->schema, .codes = of.base->codes, .usual = usual,
                                          .collects = CA_LINES_PROFILE, .most = 5};
        ca_alloc_fail(n, 0);
        int rc = ca_score_lines_new(&options, &lines, NULL);
        rc = rc ? rc : ca_line_judge_new(lines, 0, &judge, NULL);
        rc = rc ? rc : ca_line_judge_look(judge, &frame, NULL, NULL);
        rc = rc ? rc : ca_line_judge_profile(judge, &made, NULL);
        ca_alloc_fail(0, 0);
        ca_usual_free(made);
        ca_line_judge_free(judge);
        ca_score_lines_free(lines);
        if (rc == 0) {
            ck_assert_uint_gt(n, 50);
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ca_batch_free(batch);
    ca_usual_free(usual);
    world_done(&of);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, profile_is_of_the_lines);
    tcase_add_test(tcase, sample_is_of_whole_claims);
    tcase_add_test(tcase, samples_are_half_a_million_to_a_million);
    tcase_add_test(tcase, drift_is_of_all_lines_together);
    tcase_add_test(tcase, odd_lines_come_first);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("run/score_lines", add_tests)
