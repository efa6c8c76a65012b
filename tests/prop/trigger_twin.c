/* Rules judged with and without the trigger index: random rules by the handful, random lines, no difference in any bit of
 * a verdict, in any count of blame, or in what a condition says by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/trigger_parts.h"
#include "support/check_main.h"
#include "support/random_rules.h"
#include "support/rule_front.h"

#if defined(__SANITIZE_ADDRESS__)
#define CASES 40000
#else
#define CASES 400000
#endif

enum { RULES_MAX = 8, FRAMES = 3 };

/* Units × rules to judge: CA_PROP_CASES, or fewer under the address sanitizer. */
static unsigned long cases_wanted(void)
{
    const char *text = getenv("CA_PROP_CASES");
    return text != NULL && strtoul(text, NULL, 10) > 0 ? strtoul(text, NULL, 10) : CASES;
}

typedef struct twin_tally {
    unsigned long cases, rules, closing, kept_out, shared, selected;
    bool claims;    /* rules of this seed are about claims, not lines */
    uint64_t seed;
    ca_buf sources;
    ca_buf where;    /* of an earlier rule about claims */
} twin_tally;

/* --- One way to judge, and the other ---------------------------------------------------------- */

typedef struct said {
    uint64_t *bits;    /* hit, excused, unknown, not applicable, one after another */
    size_t words;
    uint64_t *blame;
    size_t slots;
} said;

static said judge(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered)
{
    size_t words = frame->units->words;
    said what = {.words = 4 * words, .slots = ca_blame_slots(rule, frame->units->schema)};
    what.bits = calloc(what.words, sizeof(*what.bits));
    what.blame = calloc(what.slots, sizeof(*what.blame));
    ck_assert(what.bits != NULL && what.blame != NULL);
    memset(what.bits, 0xff, what.words * sizeof(*what.bits));
    ca_verdict verdict = {what.bits, what.bits + words, what.bits + 2 * words, what.bits + 3 * words};
    ck_assert_int_eq(ca_eval_rule(eval, frame, rule, offered, &verdict, NULL), 0);
    ck_assert_int_eq(ca_eval_blame(eval, frame, rule, verdict.unknown, what.blame, NULL), 0);
    return what;
}

static void compare_rule(ca_eval *plain, ca_eval *quick, const ca_frame *without, const ca_frame *with,
                         const ca_rule *rule, const uint64_t *offered, twin_tally *tally)
{
    said a = judge(plain, without, rule, offered);
    said b = judge(quick, with, rule, offered);
    if (memcmp(a.bits, b.bits, a.words * sizeof(*a.bits)) != 0)
        ck_abort_msg("seed %lu: %s: another verdict\n%s", (unsigned long)tally->seed, rule->id,
                     ca_buf_cstr(&tally->sources));
    if (memcmp(a.blame, b.blame, a.slots * sizeof(*a.blame)) != 0)
        ck_abort_msg("seed %lu: %s: another blame\n%s", (unsigned long)tally->seed, rule->id,
                     ca_buf_cstr(&tally->sources));
    free(a.bits);
    free(a.blame);
    free(b.bits);
    free(b.blame);
}

static void compare_condition(ca_eval *eval, const ca_frame *without, const ca_frame *with, const ca_node *condition,
                              const uint64_t *mask, twin_tally *tally)
{
    size_t words = with->units->words;
    uint64_t *bits = calloc(4 * words, sizeof(*bits));
    bool any;
    ck_assert(bits != NULL);
    memset(bits, 0xff, 4 * words * sizeof(*bits));
    ck_assert_int_eq(ca_trigger_condition(eval, with, condition, mask, bits, bits + words, &any, NULL), 0);
    if (condition != NULL)
        ck_assert_int_eq(ca_eval_condition(eval, without, condition, mask, NULL, NULL, bits + 2 * words,
                                           bits + 3 * words, NULL),
                         0);
    bool found = false;
    for (size_t w = 0; w < words; w++) {
        unsigned from = (unsigned)w * 64;
        unsigned left = with->units->rows > from ? with->units->rows - from : 0;
        uint64_t rows = mask[w] & (left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1);
        uint64_t yes = condition ? bits[2 * words + w] : rows;
        uint64_t unknown = condition ? rows & ~yes & ~bits[3 * words + w] : 0;
        found |= (yes | unknown) != 0;
        if (bits[w] != yes || bits[words + w] != unknown)
            ck_abort_msg("seed %lu: a condition says something else\n%s", (unsigned long)tally->seed,
                         ca_buf_cstr(&tally->sources));
    }
    ck_assert_int_eq(any, found);
    free(bits);
}

/* --- Frames ----------------------------------------------------------------------------------- */

/* Codes that come with a later batch, some of them children of codes in rules. */
static void add_new_codes(random_source *random, const ca_ruleset *set, ca_batch *batch)
{
    const ca_column *column = &batch->columns[CA_F_PROCEDURE];
    uint8_t system;
    ck_assert(ca_codes_find_system(set->codes, ca_text_of("hcpcs"), &system));
    for (unsigned row = 0; row < batch->rows && column->present != NULL; row++) {
        char text[32];
        if (!random_chance(random, 10))
            continue;
        int len = snprintf(text, sizeof(text), "V%s%u", random_chance(random, 50) ? "0103" : "9", random_below(random, 1000));
        ck_assert_int_eq(ca_codes_put(set->codes, system, (ca_text){text, (size_t)len}, &column->as.code[row]), 0);
    }
    ck_assert_int_eq(ca_refs_sync(set->refs, NULL), 0);
}

static void count(const ca_trigger *trigger, unsigned rows, twin_tally *tally)
{
    for (size_t i = 0; i < trigger->gate_count; i++) {
        tally->closing += trigger->gates[i].closes;
        tally->kept_out += trigger->gates[i].closes && !trigger->gates[i].any && rows > 0;
    }
    for (size_t i = 0; i < trigger->shared_count; i++)
        tally->shared += trigger->shared[i].known;
    for (size_t i = 0; i < trigger->where_count; i++)
        tally->selected += trigger->wheres[i].known;
}

static void one_frame(random_source *random, const ca_ruleset *set, ca_trigger *trigger, ca_eval *plain, ca_eval *quick,
                      twin_tally *tally)
{
    random_frame frame;
    random_frame_init(&frame, random, set, tally->claims);
    add_new_codes(random, set, frame.units);
    ca_frame with = frame.frame;
    ck_assert_int_eq(ca_trigger_look(trigger, &with, NULL), 0);
    const uint64_t *offered = frame.units->live;
    for (size_t i = 0; i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        compare_rule(plain, quick, &frame.frame, &with, rule, offered, tally);
        if (!tally->claims)
            compare_condition(quick, &frame.frame, &with, rule->where, offered, tally);
        compare_condition(quick, &frame.frame, &with, rule->when, offered, tally);
    }
    count(trigger, frame.units->rows, tally);
    tally->cases += frame.units->rows * set->count;
    random_frame_done(&frame);
}

/* --- Rules ------------------------------------------------------------------------------------ */

/* Rules about claims often choose the same lines: half of them take the `where` of another. */
static void share_where(random_source *random, ca_buf *source, twin_tally *tally)
{
    ca_buf shared;
    const char *text = ca_buf_cstr(source);
    const char *where = strstr(text, "\nwhere: >");
    const char *when = strstr(text, "\nwhen: >");
    bool takes = tally->where.len > 0 && random_chance(random, 50);
    ck_assert_ptr_nonnull(when);
    if (where != NULL && !takes) {
        ca_buf_clear(&tally->where);
        ca_buf_add(&tally->where, where, (size_t)(when - where));
    }
    if (!takes)
        return;
    ca_buf_init(&shared);
    ca_buf_add(&shared, text, (size_t)((where != NULL ? where : when) - text));
    ca_buf_add_text(&shared, ca_buf_text(&tally->where));
    ca_buf_add_cstr(&shared, when);
    ca_buf_done(source);
    *source = shared;
}

static void add_rule(random_source *random, ca_ruleset *set, unsigned number, twin_tally *tally)
{
    ca_buf source;
    ca_arena arena;
    ca_diags diags;
    char path[32];
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&source);
    random_rule(random, tally->claims, &source);
    if (tally->claims)
        share_where(random, &source, tally);
    snprintf(path, sizeof(path), "US-010%u.yaml", number);
    char *id = strstr(ca_buf_cstr(&source), "US-0101");
    ck_assert_ptr_nonnull(id);
    id[6] = (char)('0' + number);
    size_t before = set->count;
    (void)ca_ruleset_add_source(set, path, ca_buf_text(&source), false, &diags, NULL);
    if (set->count > before)
        ca_buf_add_cstr(&tally->sources, ca_buf_cstr(&source));
    tally->rules += set->count - before;
    ca_buf_done(&source);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}

static void one_set(rule_front *front, twin_tally *tally)
{
    random_source random = random_from(tally->seed);
    rule_front_empty(front);
    ca_ruleset *set = rule_front_set(front);
    ca_buf_clear(&tally->sources);
    unsigned rules = 1 + random_below(&random, RULES_MAX);
    tally->claims = random_chance(&random, 30);
    for (unsigned i = 0; i < rules; i++)
        add_rule(&random, set, i, tally);
    ca_trigger *trigger = ca_trigger_new();
    ca_eval *plain = ca_eval_new();
    ca_eval *quick = ca_eval_new();
    ck_assert(trigger != NULL && plain != NULL && quick != NULL);
    size_t late = random_below(&random, (unsigned)set->count + 1);
    for (size_t i = 0; i < late; i++)
        ck_assert_int_eq(ca_trigger_add_rule(trigger, set->rules[i], NULL), 0);
    for (unsigned i = 0; i < FRAMES; i++) {
        one_frame(&random, set, trigger, plain, quick, tally);
        for (size_t k = late; k < set->count; k++)    /* some are taken up behind the first frame */
            ck_assert_int_eq(ca_trigger_add_rule(trigger, set->rules[k], NULL), 0);
    }
    ca_trigger_free(trigger);
    ca_eval_free(plain);
    ca_eval_free(quick);
}

START_TEST(both_say_the_same)
{
    rule_front *front = rule_front_new();
    unsigned long wanted = cases_wanted();
    const char *from = getenv("CA_PROP_SEED");
    twin_tally tally = {.seed = from ? strtoul(from, NULL, 10) : 1};
    ca_buf_init(&tally.sources);
    ca_buf_init(&tally.where);
    for (; tally.cases < wanted; tally.seed++)
        one_set(front, &tally);
    printf("# %lu cases, %lu rules; gates: %lu, of these shut: %lu; leaves judged for several: %lu, choices of lines: %lu\n",
           tally.cases, tally.rules, tally.closing, tally.kept_out, tally.shared, tally.selected);
    /* Worth something only if the index has work. */
    ck_assert_uint_gt(tally.closing * 10, tally.rules);
    ck_assert_uint_gt(tally.kept_out * 100, tally.closing);
    ck_assert_uint_gt(tally.shared * 100, tally.rules);
    ck_assert_uint_gt(tally.selected * 100, tally.rules);
    ca_buf_done(&tally.sources);
    ca_buf_done(&tally.where);
    rule_front_free(front);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, both_say_the_same);
}

CA_CHECK_MAIN("prop/trigger_twin", add_tests)
