/* The vectorised evaluator against the explaining twin: random rules, random data, no difference
 * in outcome or blame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check_main.h"
#include "support/judge.h"
#include "support/random_rules.h"

#if defined(__SANITIZE_ADDRESS__)
#define CASES 15000
#else
#define CASES 100000
#endif

/* Units × rules to judge: CA_PROP_CASES, or fewer under the address sanitizer. */
static unsigned long cases_wanted(void)
{
    const char *text = getenv("CA_PROP_CASES");
    return text != NULL && strtoul(text, NULL, 10) > 0 ? strtoul(text, NULL, 10) : CASES;
}

typedef struct outcome_tally {
    unsigned long cases;
    unsigned long rules;
    unsigned long refused;
    unsigned long outcomes[CA_OUTCOMES];
} outcome_tally;

/* What all units together are counted to be blamed on is the sum of what each is. */
static const char *compare_counts(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                                  const uint64_t *offered, const ca_explanation *said)
{
    static char words[200];
    const ca_schema *schema = frame->units->schema;
    size_t slots = ca_blame_slots(rule, schema);
    uint64_t *counts = calloc(slots, sizeof(*counts));
    uint64_t *unknown = calloc(frame->units->words, sizeof(*unknown));
    ck_assert(counts != NULL && unknown != NULL);
    for (unsigned unit = 0; unit < frame->units->rows; unit++) {
        if (ca_bit(offered, unit) && said[unit].outcome == CA_UNKNOWN)
            ca_bit_set(unknown, unit);
    }
    ck_assert_int_eq(ca_eval_blame(eval, frame, rule, unknown, counts, NULL), 0);
    const char *wrong = NULL;
    for (size_t slot = 0; slot < slots && wrong == NULL; slot++) {
        const char *name = ca_blame_name(rule, schema, slot);
        uint64_t expected = 0;
        for (unsigned unit = 0; unit < frame->units->rows; unit++)
            expected += ca_bit(unknown, unit) && strcmp(said[unit].blame, name) == 0;
        if (expected == counts[slot])
            continue;
        snprintf(words, sizeof(words), "%s is blamed %lu times, explained %lu times", name,
                 (unsigned long)counts[slot], (unsigned long)expected);
        wrong = words;
    }
    free(counts);
    free(unknown);
    return wrong;
}

static void compare_frame(random_source *random, const ca_ruleset *set, const ca_rule *rule,
                          bool claim, uint64_t seed, const char *source, outcome_tally *tally)
{
    random_frame frame;
    ca_arena arena;
    ca_arena_init(&arena);
    random_frame_init(&frame, random, set, claim);
    unsigned units = frame.units->rows;
    ca_explanation *said = ca_arena_array(&arena, units + 1, sizeof(*said));
    ca_eval *eval = ca_eval_new();
    ck_assert(said != NULL && eval != NULL);
    const uint64_t *offered = frame.units->live;
    const char *wrong = judge_compare(eval, &frame.frame, rule, offered, &arena, said);
    if (wrong == NULL)
        wrong = compare_counts(eval, &frame.frame, rule, offered, said);
    if (wrong != NULL)
        ck_abort_msg("seed %lu: %s\n%s", (unsigned long)seed, wrong, source);
    for (unsigned unit = 0; unit < units; unit++) {
        if (ca_bit(offered, unit))
            tally->outcomes[said[unit].outcome]++;
    }
    tally->cases += units;
    ca_eval_free(eval);
    random_frame_done(&frame);
    ca_arena_done(&arena);
}

static void one_rule(rule_front *front, uint64_t seed, outcome_tally *tally)
{
    random_source random = random_from(seed);
    bool claim = random_chance(&random, 50);
    ca_buf source;
    ca_buf_init(&source);
    random_rule(&random, claim, &source);
    const char *said = rule_front_load(front, ca_buf_cstr(&source));
    const ca_rule *rule = rule_front_rule(front);
    if (rule == NULL) {
        if (getenv("CA_PROP_SHOW") != NULL)
            fprintf(stderr, "seed %lu: %s%s\n", (unsigned long)seed, said, ca_buf_cstr(&source));
        tally->refused++;
    } else {
        tally->rules++;
        compare_frame(&random, rule_front_set(front), rule, claim, seed, ca_buf_cstr(&source),
                      tally);
    }
    ca_buf_done(&source);
}

START_TEST(both_say_the_same)
{
    rule_front *front = rule_front_new();
    outcome_tally tally = {0};
    unsigned long wanted = cases_wanted();
    const char *from = getenv("CA_PROP_SEED");
    for (uint64_t seed = from ? strtoul(from, NULL, 10) : 1; tally.cases < wanted; seed++)
        one_rule(front, seed, &tally);
    rule_front_free(front);
    printf(
        "# %lu cases, %lu rules, %lu refused; hit %lu, excused %lu, unknown %lu, "
        "not applicable %lu, pass %lu\n",
        tally.cases, tally.rules, tally.refused, tally.outcomes[CA_HIT], tally.outcomes[CA_EXCUSED],
        tally.outcomes[CA_UNKNOWN], tally.outcomes[CA_NOT_APPLICABLE], tally.outcomes[CA_PASS]);
    /* The random rules must be worth something: accepted, and of every outcome a fair share. */
    ck_assert_uint_lt(tally.refused, tally.rules / 2);
    for (int outcome = 0; outcome < CA_OUTCOMES; outcome++)
        ck_assert_uint_gt(tally.outcomes[outcome] * 500, tally.cases);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, both_say_the_same);
}

CA_CHECK_MAIN("prop/eval_twin", add_tests)
