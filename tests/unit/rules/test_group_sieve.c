/* Large groups: what is left out without asking the evaluators is what they would call FALSE, so that the same is said as
 * when every two members are judged; and groups that are too large. */
#include "support/check_main.h"
#include "support/group_judge.h"

#include <stdio.h>
#include <string.h>

static group_world world;

static void set_up(void)
{
    group_init(&world);
}

static void tear_down(void)
{
    group_done(&world);
}

static unsigned next(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

/* One in `lacks` is missing. */
static void add_cell(char *table, size_t size, size_t *at, uint64_t *seed, unsigned lacks, const char *before, unsigned value,
                     const char *after)
{
    if (next(seed, lacks) == 0)
        *at += (size_t)snprintf(table + *at, size - *at, " -");
    else
        *at += (size_t)snprintf(table + *at, size - *at, " %s%02u%s", before, value, after);
}

static void random_table(uint64_t *seed, unsigned rows, unsigned lacks, char *table, size_t size)
{
    size_t at = (size_t)snprintf(table, size, "id patient_id claim_type claim_id line_no service_date service_end_date "
                                              "received_date units paid charge days_supply procedure drug_class "
                                              "rendering_provider_id prescriber_id\n");
    for (unsigned i = 0; i < rows; i++) {
        unsigned day = 1 + next(seed, 28);
        at += (size_t)snprintf(table + at, size - at, "%u P%u professional C%u %u 2024-01-%02u", i + 1, next(seed, 8) == 0,
                               next(seed, 30), i + 1, day);
        add_cell(table, size, &at, seed, lacks, "2024-02-", 1 + next(seed, 28), "");
        add_cell(table, size, &at, seed, lacks, "2024-01-", 1 + next(seed, 28), "");
        add_cell(table, size, &at, seed, lacks, "", next(seed, 5), "");
        add_cell(table, size, &at, seed, lacks, "", next(seed, 4), ".5");
        add_cell(table, size, &at, seed, lacks, "", next(seed, 4), ".5");
        add_cell(table, size, &at, seed, lacks, "", next(seed, 9), "");
        add_cell(table, size, &at, seed, lacks, "V010", next(seed, 6), "");
        add_cell(table, size, &at, seed, lacks, "atc:N0", next(seed, 3), "");
        add_cell(table, size, &at, seed, lacks, "D", next(seed, 7), "");
        add_cell(table, size, &at, seed, lacks, "D", next(seed, 7), "");
        at += (size_t)snprintf(table + at, size - at, "\n");
        ck_assert_uint_lt(at, size);
    }
}

/* Parts of a condition; some cannot be told by columns, some decide on one side alone. */
static const char *const parts[] = {
    "a.procedure = b.procedure",
    "a.procedure != b.procedure",
    "a.rendering_provider_id = b.prescriber_id",
    "b.rendering_provider_id != a.prescriber_id",
    "a.units = b.units",
    "a.paid < b.charge",
    "b.paid >= a.paid",
    "a.received_date <= b.received_date",
    "b.service_date > a.received_date",
    "days_between(a.service_date, b.service_date) <= 5",
    "days_between(a.service_date, b.service_date) between -3 and 2.5",
    "3 >= days_between(b.service_date, a.service_date)",
    "days_between(b.received_date, a.service_date) > -1.5",
    "days_between(a.service_date, b.service_date) = 2",
    "abs(days_between(a.service_date, b.received_date)) < 4",
    "abs(days_between(b.service_date, a.service_date)) >= 20",
    "days_between(a.service_date, b.service_date) < 0.75 * a.days_supply",
    "a.drug_class = b.drug_class",
    "a.claim_id != b.claim_id",
    "a.line_no < b.line_no",
    "a.units > 1",
    "b.paid > 1",
    "not a.units = b.units",
    "(a.units = 2 or b.units = 3)",
    "(a.units = b.units or b.prescriber_id = a.prescriber_id)",
    "(a.paid > b.paid or days_between(a.service_date, b.service_date) > 3 or a.procedure = b.procedure)",
};

static void random_condition(uint64_t *seed, char *condition, size_t size)
{
    unsigned count = 1 + next(seed, 3);
    size_t at = 0;
    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(condition + at, size - at, "%s%s", i == 0 ? "" : " and ",
                               parts[next(seed, sizeof parts / sizeof *parts)]);
}

static const struct {
    const char *before, *condition;
} kinds[] = {
    {"kind: pair\nsame: [patient_id]\n", "when"},
    {"kind: pair\nsame: [patient_id]\neffective: 2024-01-10 .. 2024-01-20\n", "when"},
    {"kind: pair\nsame: [patient_id]\nwhere: paid > 0\nunless:\n  - {name: kx, when: b.units > 3, reason: r}\n", "when"},
    {"kind: sequence\nper: [patient_id]\norder: service_date\n", "when"},
    {"kind: sequence\nper: [patient_id]\norder: received_date\nwithin: 9 days\n", "when"},
    {"kind: overlap\nper: [patient_id]\ninterval: service_date to service_end_date\n", "when"},
    {"kind: absence\nper: [patient_id]\nevent: units > 2\nlook: 9 days before to 4 days after\nwhere: paid > 0\n", "without"},
    {"kind: absence\nper: [patient_id]\nevent: units > 0\nlook: 900 days before to 400 days after\n", "without"},
};

/* The same condition, in a form of which nothing can be told before it is judged. */
static const char *judged(unsigned kind, const char *condition, bool plain, const char *table)
{
    char rule[2000];
    snprintf(rule, sizeof rule, plain ? "%smessage: m\n%s: (%s) or (%s)\n" : "%smessage: m\n%s: %s\n", kinds[kind].before,
             kinds[kind].condition, condition, condition);
    group_rule(&world, rule);
    group_table(&world, table);
    return group_said(&world, NULL, false);
}

START_TEST(as_if_every_pair_was_judged)
{
    static char table[30000], whole[2000000];
    char condition[400];
    uint64_t seed = (uint64_t)_i + 1;
    unsigned kind = (unsigned)_i % (sizeof kinds / sizeof *kinds);
    world.horizon.has_from = true;
    for (int round = 0; round < 3; round++) {
        random_table(&seed, 75 + next(&seed, 40), round == 0 ? 100000 : 4 + next(&seed, 20), table, sizeof table);
        random_condition(&seed, condition, sizeof condition);
        const char *said = judged(kind, condition, true, table);
        ck_assert_uint_lt(strlen(said), sizeof whole);
        snprintf(whole, sizeof whole, "%s", said);
        said = judged(kind, condition, false, table);
        ck_assert_msg(strcmp(said, whole) == 0, "%s\n%s:\n%.300s\nwhole:\n%.300s", kinds[kind].before, condition, said, whole);
    }
}
END_TEST

static void crowd(char *table, size_t size, unsigned rows)
{
    size_t at = (size_t)snprintf(table, size, "id patient_id service_date units procedure\n");
    for (unsigned i = 0; i < rows; i++)
        at += (size_t)snprintf(table + at, size - at, "%u P%u 2024-01-%02u %u V0103\n", i + 1, i % 3 == 0, 1 + i % 9, i % 2);
    ck_assert_uint_lt(at, size);
}

START_TEST(too_large_for_pairs)
{
    static char table[20000];
    crowd(table, sizeof table, 90);
    group_rule(&world, "kind: pair\nsame: [patient_id]\nmax_group: 59\nmessage: m\nwhen: a.units > b.units\n");
    group_table(&world, table);
    const char *said = group_said(&world, NULL, false);
    ck_assert(strstr(said, "; 30 hit, 60 unknown") != NULL);
    ck_assert(strstr(said, "unknown 2: group too large") != NULL);
    group_rule(&world, "kind: pair\nsame: [patient_id]\nmax_group: 60\nmessage: m\nwhen: a.units > b.units\n");
    group_table(&world, table);
    ck_assert(strstr(group_said(&world, NULL, false), "; 90 hit") != NULL);
}
END_TEST

START_TEST(an_absence_counts_the_lines_it_looks_at)
{
    static char table[20000];
    static const struct {
        const char *most, *without, *days, *said;
    } cases[] = {
        {"", "a.units + 1 <= units", "30", "; 45 hit"},
        {"max_group: 43\n", "a.units + 1 <= units", "30", "; 45 hit"},               /* 30 events, 59 lines: 1770 of 1849 */
        {"max_group: 42\n", "a.units + 1 <= units", "30", "; 15 hit, 30 unknown"},   /* of 1764 */
        {"max_group: 42\n", "a.units + 1 <= units", "0", "; 45 hit"},
        {"max_group: 21\n", "a.units + 1 <= units", "30", "; 15 hit, 30 unknown"},   /* 15 events, 29 lines: 435 of 441 */
        {"max_group: 20\n", "a.units + 1 <= units", "30", "45 unknown"},
        {"max_group: 2\n", "a.units < units", "30", "; 45 hit"},                     /* no line may be it */
        {"max_group: 2\n", "units > 1 and a.units + 1 <= units", "30", "; 45 hit"},
    };
    crowd(table, sizeof table, 90);
    world.horizon.has_from = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "kind: absence\nper: [patient_id]\n%smessage: m\nevent: units > 0\nwithout: %s\n"
                 "look: %s days before to %s days after\n",
                 cases[i].most, cases[i].without, cases[i].days, cases[i].days);
        group_rule(&world, text);
        group_table(&world, table);
        const char *said = group_said(&world, NULL, false);
        ck_assert_msg(strstr(said, cases[i].said) != NULL, "%zu: %s", i, said);
        ck_assert_int_eq(strstr(said, "unknown") != NULL, strstr(said, "group too large") != NULL);
    }
}
END_TEST

START_TEST(memory_may_run_out)
{
    static char table[30000];
    uint64_t seed = 7;
    ca_error err = {0};
    random_table(&seed, 80, 9, table, sizeof table);
    for (unsigned kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        (void)judged(kind, "a.procedure = b.procedure and a.prescriber_id != b.prescriber_id", false, table);
        int code = CA_NOMEM;
        for (world.fail_at = 1; code != 0; world.fail_at += 1 + world.fail_at / 6) {
            group_table(&world, table);
            code = group_run(&world, NULL, false, &err);
            ck_assert(code == 0 || code == CA_NOMEM);
            ck_assert_uint_lt(world.fail_at, 30000);
        }
        ck_assert_uint_gt(world.fail_at, 5);
        world.fail_at = 0;
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, as_if_every_pair_was_judged, 0, 48);
    tcase_add_test(tcase, too_large_for_pairs);
    tcase_add_test(tcase, an_absence_counts_the_lines_it_looks_at);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/group_sieve", add_tests)
