/* The life of a model in scans: fitted and kept by the first one, scored by in later ones, refused where it says nothing of what is at
 * hand; and populations of which there is little or nothing to say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/model.h"
#include "support/check_main.h"
#include "support/night.h"

#define HEAD "claim_id,claim_type,line_no,patient_id,billing_provider_id,rendering_provider_id,service_date,units,paid,procedure\n"
#define FEATURES "rules/core/features/provider.yaml"

static night n;

static const char features[] =
    "features:\n"
    "  - {feature: per-claim, version: 1, title: Paid for each claim, entity: provider, ratio: 'sum(paid) / distinct(claim_id)',\n"
    "     direction: more, money: yes, say: \"{value} a claim; {peer} is usual\", tests: []}\n"
    "  - {feature: per-patient, version: 1, title: Claims of each patient, entity: provider,\n"
    "     ratio: 'distinct(claim_id) / distinct(patient_id)', direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: per-day, version: 1, title: Units a day, entity: provider, ratio: 'sum(units) / distinct(service_date)',\n"
    "     direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: hit-share, version: 1, title: Lines of many units, entity: provider,\n"
    "     share: \"count(where hit('CORE-0001')) / count()\", direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: payers, version: 1, title: Paid in all, entity: institution, ratio: sum(paid) / count(), direction: more, money: yes,\n"
    "     say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: line-units, version: 1, title: Units, entity: line, surprise: units, given: [procedure], direction: more,\n"
    "     minimum: 20, say: \"{value} units; {peer} is usual\", tests: []}\n";

static void start(void)
{
    night_init(&n);
    n.options.scores = true;
    n.options.networks = true;
    night_put(&n, FEATURES, features);
    night_rule(&n, "CORE-0001", "line", "units > 8", "");
}

static void stop(void)
{
    night_done(&n);
}

typedef struct night_shape {
    unsigned providers, claims;   /* of each */
    unsigned days;                /* over which they lie */
    unsigned seed;
    const char *paid;             /* of all; NULL: some dozen */
    bool odd;                     /* the first one is unlike all others */
    const char *named;            /* how providers are called, before their number; NULL: D */
    bool nameless;
    bool constant;                /* one unit a line */
} night_shape;

static void add_claim(ca_buf *text, const night_shape *shape, unsigned provider, unsigned claim, uint64_t *state)
{
    char name[600];
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    unsigned draw = (unsigned)(*state >> 40);
    bool odd = shape->odd && provider == 0;
    unsigned day = (claim * shape->days / shape->claims) % 336;
    unsigned units = odd ? 9 + draw % 3 : shape->constant ? 1 : 1 + draw % 4;
    snprintf(name, sizeof name, "%s%u", shape->named ? shape->named : "D", provider);
    ca_buf_printf(text, "C%u-%u-%u,professional,1,P%u,G%u,%s,2022-%02u-%02u,%u,", shape->seed, provider, claim,
                  provider * 50 + (odd ? draw % 6 : draw % 40), provider % 3, shape->nameless ? "" : name, day / 28 + 1, day % 28 + 1, units);
    if (shape->paid) {
        ca_buf_add_cstr(text, shape->paid);
    } else {
        ca_buf_printf(text, "%u.%02u", odd ? 900 : 20 + draw % 30, draw % 100);
    }
    ca_buf_add_cstr(text, ",V0103\n");
}

static void put_claims(const char *path, const night_shape *shape)
{
    ca_buf text;
    uint64_t state = shape->seed;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, HEAD);
    for (unsigned provider = 0; provider < shape->providers; provider++) {
        for (unsigned claim = 0; claim < shape->claims; claim++) {
            add_claim(&text, shape, provider, claim, &state);
        }
    }
    memdisk_put(n.memory, path, text.ptr, text.len);
    ca_buf_clear(&text);
    ca_buf_add_cstr(&text, "provider_id,specialty\nG0,70\nG1,70\nG2,70\n");
    for (unsigned provider = 0; provider < shape->providers; provider++) {
        ca_buf_printf(&text, "%s%u,%s\n", shape->named ? shape->named : "D", provider, provider % 4 ? "10" : "12");
    }
    memdisk_put(n.memory, "d.csv", text.ptr, text.len);
    ca_buf_done(&text);
}

static const night_shape usual = {.providers = 80, .claims = 12, .days = 336, .seed = 1, .odd = true};

static void must_scan(const char *inputs, int expected)
{
    int rc = night_scan(&n, inputs);
    rc = rc == 0 && n.summary.already_done ? CA_END : rc;
    ck_assert_msg(rc == expected, "%d: %s", rc, night_said(&n));
}

/* What a summary says besides counts. */
static const char *alarms(void)
{
    return night_ask(&n, "SELECT alarms FROM v_runs ORDER BY run_id DESC LIMIT 1");
}

static const char *leads(void)
{
    return night_ask(&n, "SELECT entity_id FROM v_entity_scores WHERE lead AND entity_kind = 'provider' AND run_id ="
                         " (SELECT max(run_id) FROM v_runs) ORDER BY rank");
}

static void says(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "'%s' is not in: %s", words, text);
}

#define COUNT_MODELS "SELECT count(*), max(model) FROM v_models"
#define COUNT_OF_LAST "SELECT count(*) FROM v_entity_scores WHERE run_id = (SELECT max(run_id) FROM v_runs)"

static void first_night(void)
{
    put_claims("a.csv", &usual);
    must_scan("a.csv d.csv", 0);
}

/* --- A model's life ------------------------------------------------------------------------------------------ */

START_TEST(the_first_night_makes_a_model)
{
    first_night();
    ck_assert_str_eq(leads(), "D0\n");
    ck_assert_str_eq(night_ask(&n, COUNT_MODELS), "1|1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT model_version FROM v_runs"), "1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE entity_kind = 'line'"), "0\n");    /* no earlier profile */
    says(night_left(&n), ".model");
    ck_assert_str_eq(night_ask(&n, "SELECT printf('%.4f', value) FROM v_entity_features WHERE entity_id = 'D0' AND feature_id = 'hit-share'"),
                     "1.0000\n");
}
END_TEST

/* A model of nobody would leave every night behind it without scores. */
START_TEST(a_night_without_lines_makes_no_model)
{
    const night_shape none = {.days = 1, .seed = 1};
    put_claims("a.csv", &none);
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_models"), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT model_version IS NULL FROM v_runs"), "1\n");
    ck_assert_ptr_null(strstr(night_left(&n), ".model"));
    must_scan("a.csv d.csv", CA_END);
    first_night();
    ck_assert_str_eq(leads(), "D0\n");
    ck_assert_str_eq(night_ask(&n, COUNT_MODELS), "1|1\n");
}
END_TEST

START_TEST(the_same_again_is_done)
{
    first_night();
    const char *before = night_left(&n);
    uint64_t written = memdisk_calls(n.memory, MEMDISK_RENAME);
    must_scan("d.csv a.csv", CA_END);
    ck_assert_str_eq(night_left(&n), before);
    ck_assert_uint_eq(memdisk_calls(n.memory, MEMDISK_RENAME), written);
    ck_assert_str_eq(night_ask(&n, COUNT_MODELS), "1|1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_runs"), "1\n");
}
END_TEST

START_TEST(another_night_is_scored_by_it)
{
    first_night();
    night_shape other = usual;
    other.seed = 2;
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", 0);
    ck_assert_str_eq(leads(), "D0\n");
    ck_assert_str_eq(night_ask(&n, COUNT_MODELS), "1|1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT model_version FROM v_runs ORDER BY run_id"), "1\n1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) > 0 FROM v_entity_scores WHERE entity_kind = 'line'"), "1\n");
    ck_assert_str_eq(alarms(), "\n");
    must_scan("b.csv d.csv", CA_END);
    must_scan("a.csv d.csv", CA_END);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_runs"), "2\n");
}
END_TEST

static const char *model_path(void)
{
    const char *name = night_ask(&n, "SELECT file FROM v_models ORDER BY model DESC LIMIT 1");
    return ca_arena_printf(&n.arena, "%s/%.*s", n.folder, (int)strlen(name) - 1, name);
}

START_TEST(a_lost_or_damaged_model_ends_the_night_with_words)
{
    first_night();
    night_shape other = usual;
    other.seed = 2;
    put_claims("b.csv", &other);
    const char *path = model_path();
    ca_text bytes;
    ck_assert(memdisk_get(n.memory, path, &bytes));
    char *damaged = ca_arena_cstr(&n.arena, bytes);
    for (size_t at = 0; at < bytes.len; at += 1 + bytes.len / 60) {
        damaged[at] = (char)(damaged[at] ^ 0x20);
        memdisk_put(n.memory, path, damaged, bytes.len);
        must_scan("b.csv d.csv", CA_CONFIG);
        says(night_said(&n), "--no-score");
        damaged[at] = (char)(damaged[at] ^ 0x20);
    }
    memdisk_put(n.memory, path, damaged, bytes.len / 2);
    must_scan("b.csv d.csv", CA_CONFIG);
    memdisk_disk(n.memory)->remove(memdisk_disk(n.memory), path, NULL);
    must_scan("b.csv d.csv", CA_CONFIG);
    says(night_said(&n), "model 1 is needed for scores");
    n.options.scores = false;
    n.options.no_score = true;
    must_scan("b.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");
    n.options.scores = true;
    n.options.no_score = false;
    memdisk_put(n.memory, path, damaged, bytes.len);
    must_scan("b.csv d.csv", 0);
    ck_assert_str_eq(leads(), "D0\n");
}
END_TEST

/* --- A model that says nothing of what is at hand ---------------------------------------------------------------- */

static void without_scores(const char *why)
{
    says(alarms(), why);
    says(alarms(), "claimaudit model fit");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE entity_kind <> 'line' AND run_id ="
                                   " (SELECT max(run_id) FROM v_runs)"), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT hit > 0 FROM v_rule_stats WHERE rule_id = 'CORE-0001' ORDER BY run_id DESC LIMIT 1"), "1\n");
}

START_TEST(other_features)
{
    first_night();
    char *changed = ca_arena_cstr(&n.arena, ca_text_of(features));
    *strstr(changed, "sum(units)") = 'm';
    memcpy(strstr(changed, "mum(units)"), "max(units)", 10);
    memcpy(strstr(changed, "ratio: 'max(units) / distinct(service_date)'"), "value: 'max(units)'                         ", 44);
    night_put(&n, FEATURES, changed);
    must_scan("a.csv d.csv", 0);
    without_scores("features are not those that model 1 was fitted with");
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");
}
END_TEST

START_TEST(another_length_of_the_period)
{
    first_night();
    night_shape other = usual;
    other.seed = 2;
    other.days = 60;
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", 0);
    without_scores("days of claims");
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");    /* nor of claim lines: no version of a model would stand for them */
}
END_TEST

static size_t notes_with(const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < n.summary.note_count; i++) {
        count += strstr(n.summary.notes[i], text) != NULL;
    }
    return count;
}

static bool noted(const char *words)
{
    bool told = false;
    for (size_t i = 0; i < n.summary.note_count; i++) {
        told |= strstr(n.summary.notes[i], words) != NULL;
    }
    return told;
}

/* Under other settings it is another run, of the lines that the model was made of. */
START_TEST(its_own_lines_once_more)
{
    first_night();
    n.options.has_budget = true;
    n.options.budget = 1;
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_runs"), "2\n");
    ck_assert_str_eq(leads(), "D0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE entity_kind = 'line'"), "0\n");
    ck_assert(noted("claim lines are not scored: model 1 was made of these very lines"));
    night_shape other = usual;
    other.seed = 2;    /* as many lines of the same days */
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", 0);
    ck_assert(!noted("these very lines"));
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) > 0 FROM v_entity_scores WHERE entity_kind = 'line'"), "1\n");
}
END_TEST

/* One alarm, of what is wrong. */
START_TEST(an_empty_night_behind_a_model)
{
    const night_shape none = {.days = 1, .seed = 1};
    first_night();
    put_claims("b.csv", &none);
    must_scan("b.csv d.csv", 0);
    ck_assert_str_eq(alarms(), "no claim line was read\n");
    ck_assert_str_eq(night_ask(&n, "SELECT model_version IS NULL FROM v_runs ORDER BY run_id DESC LIMIT 1"), "1\n");
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");
}
END_TEST

/* All lines lie before the months that are asked for. */
START_TEST(nobody_in_the_period)
{
    first_night();
    night_shape other = usual;
    other.seed = 2;
    put_claims("b.csv", &other);
    n.options.has_data_through = true;
    ck_assert(ca_date_parse_iso(CA_TEXT("2031-03-15"), &n.options.data_through));
    must_scan("b.csv d.csv", 0);
    ck_assert_str_eq(alarms(), "\n");
    ck_assert(noted("no scores were made: none of the 960 lines that count is of 2030-03-01 to 2031-02-28"));
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");
}
END_TEST

START_TEST(a_population_that_moved)
{
    static const char lines[] = "claim lines have moved since model 1 was fitted: 1 of 1 features by a tenth of the lines or more, most 'Units' (";
    first_night();
    night_shape other = usual;
    other.seed = 2;
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", 0);
    ck_assert_uint_eq(notes_with("claim lines have moved"), 0);
    other.seed = 3;
    other.paid = "99.00";
    other.constant = true;
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", 0);
    ck_assert_uint_eq(notes_with(lines), 1);
    ck_assert_uint_gt(notes_with("have moved since model 1 was fitted"), 1);
}
END_TEST

START_TEST(a_feature_that_asks_for_a_rule_which_does_not_run)
{
    first_night();
    for (size_t i = 0; i < n.summary.note_count; i++) {
        ck_assert_ptr_null(strstr(n.summary.notes[i], "do without"));
    }
    night_put(&n, "rules/core/CORE-0001.yaml",
              "rule: CORE-0001\nversion: 1\ntitle: T\nstatus: retired\nseverity: high\ncategory: volume\nkind: line\nmessage: m\n"
              "when: units > 8\n");
    must_scan("a.csv d.csv", 0);
    bool told = false;
    for (size_t i = 0; i < n.summary.note_count; i++) {
        told |= strcmp(n.summary.notes[i],
                       "scores do without features that ask for rules which do not run: hit-share (CORE-0001)") == 0;
    }
    ck_assert(told);
}
END_TEST

START_TEST(an_entity_too_large_for_the_memory)
{
    night_shape large = usual;
    large.providers = 3;
    large.claims = 600;
    put_claims("a.csv", &large);
    n.options.large_bytes = 4096;
    must_scan("a.csv d.csv", 0);
    says(alarms(), "no scores were made: one ");
    ck_assert_str_eq(night_ask(&n, COUNT_OF_LAST), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_models"), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT hit > 0 FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "1\n");
    must_scan("a.csv d.csv", CA_END);
    n.options.large_bytes = 0;
    must_scan("a.csv d.csv", 0);    /* with more memory it is another run */
    ck_assert_str_eq(alarms(), "\n");
    ck_assert_str_eq(night_ask(&n, COUNT_MODELS), "1|1\n");
}
END_TEST

#define JUDGED 6u    /* how often the clock is read until all rules have judged */

static unsigned readings;
static uint64_t fails_at;

static int64_t fail_when_judged(ca_clock *clock)
{
    (void)clock;
    if (++readings == JUDGED) {
        ca_alloc_fail(fails_at, 0);
    }
    return 0;
}

/* Whatever fails while lines that wait are gathered, they are given up once. */
START_TEST(memory_that_runs_out)
{
    night_shape few = usual;
    few.providers = 12;
    put_claims("a.csv", &few);
    n.options.jobs = _i ? 2 : 1;
    n.options.memory = (uint64_t)1 << 29;    /* they wait in it */
    n.clock.process_ns = fail_when_judged;
    night_put(&n, "rules/core/CORE-0002.yaml", "rule: CORE-0002\nversion: 1\ntitle: Much\nstatus: active\nseverity: low\ncategory: coding\n"
                                               "kind: window\nper: [patient_id]\nwithin: day\nwhen: sum(paid) > 99000000\njudge: open\n"
                                               "message: Nobody has so much.\n");
    for (fails_at = 1; fails_at <= 300; fails_at++) {
        night_forget(&n);
        readings = 0;
        int rc = night_scan(&n, "a.csv d.csv");
        ca_alloc_fail(0, 0);
        ck_assert_msg(readings > JUDGED, "%d: %s", rc, night_said(&n));
        ck_assert_msg(rc == CA_NOMEM || (_i && rc == 0), "%llu: %d: %s", (unsigned long long)fails_at, rc, night_said(&n));
        ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    }
}
END_TEST

/* --- What makes another run ----------------------------------------------------------------------------------------- */

START_TEST(other_settings_make_another_run)
{
    first_night();
    n.options.networks = false;
    must_scan("a.csv d.csv", 0);
    n.options.networks = true;
    n.options.has_budget = true;
    n.options.budget = 1;
    must_scan("a.csv d.csv", 0);
    n.options.has_budget = false;
    n.options.score_months = 6;
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_runs"), "4\n");
}
END_TEST

START_TEST(budget)
{
    night_shape several = usual;
    several.odd = false;
    put_claims("a.csv", &several);
    n.options.has_budget = true;
    n.options.budget = 3;
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) <= 3, count(*) = (SELECT count(*) FROM v_entity_scores WHERE lead AND entity_kind = 'provider')"
                                   " FROM v_findings WHERE rule_id = 'SCORE-PROVIDER'"), "1|1\n");
    night_forget(&n);
    n.options.budget_share = true;
    n.options.budget = 1000000;
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE lead AND p_value > 1"), "0\n");
}
END_TEST

/* Leads are stored always, and no number is too large for the nights behind the first. */
START_TEST(any_number_of_scores)
{
    const uint64_t most[] = {0, UINT64_C(1) << 40};
    night_shape other = usual;
    other.seed = 2;
    first_night();
    put_claims("b.csv", &other);
    for (size_t i = 0; i < 2; i++) {
        n.options.max_scores = most[i];
        must_scan("b.csv d.csv", 0);
        ck_assert_str_eq(night_ask(&n, "SELECT count(*) > 0 FROM v_entity_scores WHERE lead AND entity_kind = 'line' AND run_id ="
                                       " (SELECT max(run_id) FROM v_runs)"), "1\n");
        ck_assert_str_eq(night_ask(&n, "SELECT count(*) > 0 FROM v_entity_scores WHERE NOT lead AND run_id ="
                                       " (SELECT max(run_id) FROM v_runs)"), most[i] ? "1\n" : "0\n");
    }
}
END_TEST

/* --- Little to say ---------------------------------------------------------------------------------------------------- */

static void nothing_but_numbers(void)
{
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE lower(score) IN ('nan', 'inf', '-inf')"), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE NOT insufficient AND (score IS NULL OR p_value IS NULL OR"
                                   " q_value IS NULL OR abs(score) > 1e300 OR p_value NOT BETWEEN 0 AND 1 OR q_value NOT BETWEEN 0 AND 1)"),
                     "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_scores WHERE insufficient AND (lead OR rank IS NOT NULL)"), "0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_entity_reasons WHERE p_value > .010001 AND (deviation IS NULL OR abs(deviation) < 1)"),
                     "0\n");
}

static void twice(const night_shape *shape)
{
    night_shape other = *shape;
    put_claims("a.csv", shape);
    must_scan("a.csv d.csv", 0);
    nothing_but_numbers();
    other.seed += 7;
    put_claims("b.csv", &other);
    must_scan("b.csv d.csv", shape->providers ? 0 : CA_END);
    nothing_but_numbers();
}

static const night_shape shapes[] = {
    {.providers = 1, .claims = 30, .days = 336, .seed = 1},
    {.providers = 1, .claims = 1, .days = 1, .seed = 1},
    {.providers = 2, .claims = 1, .days = 1, .seed = 1},
    {.providers = 40, .claims = 1, .days = 1, .seed = 1},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .paid = ""},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .paid = "0"},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .paid = "-5.5"},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .paid = "922337203685477.5807"},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .paid = "-922337203685477.5807"},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .nameless = true},
    {.providers = 24, .claims = 30, .days = 336, .seed = 1, .odd = true, .named = "\xC3\xA9;"},
    {.providers = 0, .claims = 0, .days = 1, .seed = 1},
    {.providers = 97, .claims = 9, .days = 336, .seed = 1, .paid = "1", .constant = true},    /* all alike but for how often the same comes */
};

START_TEST(small_and_hostile)
{
    twice(&shapes[_i]);
}
END_TEST

/* As long as identifiers may be, and different in the last byte. */
START_TEST(long_identifiers)
{
    char named[400];
    memset(named, 'x', 255);
    named[255] = 0;
    night_shape shape = usual;
    shape.providers = 9;
    shape.named = named;
    put_claims("a.csv", &shape);
    must_scan("a.csv d.csv", 0);
    ck_assert_str_eq(night_ask(&n, "SELECT count(*), count(DISTINCT entity_id) FROM v_entity_scores WHERE entity_kind = 'provider'"),
                     "9|9\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, the_first_night_makes_a_model);
    tcase_add_test(tcase, a_night_without_lines_makes_no_model);
    tcase_add_test(tcase, the_same_again_is_done);
    tcase_add_test(tcase, another_night_is_scored_by_it);
    tcase_add_test(tcase, a_lost_or_damaged_model_ends_the_night_with_words);
    tcase_add_test(tcase, other_features);
    tcase_add_test(tcase, another_length_of_the_period);
    tcase_add_test(tcase, its_own_lines_once_more);
    tcase_add_test(tcase, an_empty_night_behind_a_model);
    tcase_add_test(tcase, nobody_in_the_period);
    tcase_add_test(tcase, a_population_that_moved);
    tcase_add_test(tcase, a_feature_that_asks_for_a_rule_which_does_not_run);
    tcase_add_test(tcase, an_entity_too_large_for_the_memory);
    tcase_add_loop_test(tcase, memory_that_runs_out, 0, 2);
    tcase_add_test(tcase, other_settings_make_another_run);
    tcase_add_test(tcase, budget);
    tcase_add_test(tcase, any_number_of_scores);
    tcase_add_loop_test(tcase, small_and_hostile, 0, (int)(sizeof shapes / sizeof *shapes));
    tcase_add_test(tcase, long_identifiers);
}

CA_CHECK_MAIN("run/scoring", add_tests)
