/* Both evaluators side by side on a small table. */
#include "support/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "judge: %s: %s\n", what, why);
    abort();
}

void judge_init(judge_world *judge)
{
    memset(judge, 0, sizeof(*judge));
    judge->front = rule_front_new();
    ca_arena_init(&judge->arena);
    ca_buf_init(&judge->words);
}

static void forget(judge_world *judge)
{
    ca_test_frame_done(&judge->lines);
    ca_eval_free(judge->eval);
    judge->eval = NULL;
}

void judge_done(judge_world *judge)
{
    forget(judge);
    ca_buf_done(&judge->words);
    ca_arena_done(&judge->arena);
    rule_front_free(judge->front);
}

/* --- Comparing -------------------------------------------------------------------------------- */

static ca_outcome outcome_of(const ca_verdict *verdict, unsigned unit)
{
    bool is[CA_OUTCOMES] = {[CA_HIT] = ca_bit(verdict->hit, unit),
                            [CA_EXCUSED] = ca_bit(verdict->excused, unit),
                            [CA_UNKNOWN] = ca_bit(verdict->unknown, unit),
                            [CA_NOT_APPLICABLE] = ca_bit(verdict->not_applicable, unit)};
    ca_outcome outcome = CA_PASS;
    int count = 0;
    for (int i = 0; i < CA_OUTCOMES; i++) {
        if (is[i])
            outcome = (ca_outcome)i;
        count += is[i];
    }
    return count > 1 ? CA_OUTCOMES : outcome;
}

/* The one slot that was counted; NULL when it is not exactly one. */
static const char *counted(const ca_rule *rule, const ca_schema *schema, const uint64_t *counts)
{
    const char *name = NULL;
    uint64_t sum = 0;
    for (size_t slot = 0; slot < ca_blame_slots(rule, schema); slot++) {
        if (counts[slot] > 0)
            name = ca_blame_name(rule, schema, slot);
        sum += counts[slot];
    }
    return sum == 1 ? name : NULL;
}

static const char *differs(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                           const ca_verdict *verdict, unsigned unit, const ca_explanation *said)
{
    static char words[300];
    ca_outcome fast = outcome_of(verdict, unit);
    if (fast != said->outcome) {
        snprintf(words, sizeof(words), "unit %u: eval says %s, explain says %s (%s)", unit,
                 fast == CA_OUTCOMES ? "several things" : ca_outcome_name(fast),
                 ca_outcome_name(said->outcome), said->blame ? said->blame : "");
        return words;
    }
    if (fast != CA_UNKNOWN)
        return NULL;
    size_t slots = ca_blame_slots(rule, frame->units->schema);
    uint64_t *counts = calloc(slots, sizeof(*counts));
    uint64_t *one = calloc(frame->units->words, sizeof(*one));
    if (counts == NULL || one == NULL)
        abort();
    ca_bit_set(one, unit);
    if (ca_eval_blame(eval, frame, rule, one, counts, NULL) != 0)
        abort();
    const char *blame = counted(rule, frame->units->schema, counts);
    bool same = blame != NULL && said->blame != NULL && strcmp(blame, said->blame) == 0;
    free(counts);
    free(one);
    if (same)
        return NULL;
    snprintf(words, sizeof(words), "unit %u: eval blames %s, explain blames %s", unit,
             blame ? blame : "(not one)", said->blame ? said->blame : "(nothing)");
    return words;
}

const char *judge_compare(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                          const uint64_t *offered, ca_arena *arena, ca_explanation *said)
{
    size_t words = frame->units->words;
    uint64_t *bits = malloc(4 * words * sizeof(*bits));
    if (bits == NULL)
        abort();
    memset(bits, 0xff, 4 * words * sizeof(*bits)); /* the evaluator must overwrite them */
    ca_verdict verdict = {bits, bits + words, bits + 2 * words, bits + 3 * words};
    ca_error err = {0};
    const char *wrong = NULL;
    if (ca_eval_rule(eval, frame, rule, offered, &verdict, &err) != 0)
        stop("ca_eval_rule", err.text);
    for (unsigned unit = 0; unit < frame->units->rows && wrong == NULL; unit++) {
        if (!ca_bit(offered, unit)) {
            wrong = outcome_of(&verdict, unit) == CA_PASS
                        ? NULL
                        : "a unit that was not offered was judged";
            continue;
        }
        if (ca_explain(frame, rule, unit, 2, arena, &said[unit], &err) != 0)
            stop("ca_explain", err.text);
        wrong = differs(eval, frame, rule, &verdict, unit, &said[unit]);
    }
    free(bits);
    return wrong;
}

/* --- One rule and one table ------------------------------------------------------------------- */

static void build_frame(judge_world *judge, const char *table)
{
    ca_diags diags;
    ca_error err = {0};
    ca_test_table cells;
    bool good = false;
    ca_diags_init(&diags, &judge->arena);
    ca_conf conf = {.file = judge->rule->file, .diags = &diags};
    ca_yaml node = {
        .kind = CA_YAML_SCALAR, .style = CA_YAML_LITERAL, .end = 1, .text = ca_text_of(table)};
    ca_ruleset *set = rule_front_set(judge->front);
    int code = ca_test_table_parse(&conf, &node, &judge->arena, &cells, &good, &err);
    if (code == 0 && good)
        code = ca_test_frame_build(&conf, set, judge->rule, &cells, &judge->arena, &judge->lines,
                                   &good, &err);
    if (diags.count > 0)
        stop("table", diags.items[0].text);
    if (code != 0 || ca_refs_sync(set->refs, &err) != 0)
        stop("frame", err.text);
    ca_diags_done(&diags);
}

static void tell(judge_world *judge, unsigned unit)
{
    const ca_explanation *said = &judge->said[unit];
    const ca_frame *frame = &judge->lines.frame;
    ca_text id = judge->lines.ids[frame->lines ? frame->first_line[unit] : unit];
    ca_buf_printf(&judge->words, "%s%.*s %s", unit > 0 ? "; " : "", (int)id.len, id.ptr,
                  ca_outcome_name(said->outcome));
    if (said->outcome == CA_UNKNOWN)
        ca_buf_printf(&judge->words, " %s", said->blame);
    if (said->outcome == CA_EXCUSED)
        ca_buf_printf(&judge->words, " %s", said->excuse);
    if (said->outcome == CA_HIT && said->unchecked != NULL)
        ca_buf_printf(&judge->words, ", %s? %s", said->unchecked, said->unchecked_field);
}

const char *judge_rule(judge_world *judge, const char *kind, const char *when, const char *keys,
                       const char *table)
{
    forget(judge);
    ca_buf_clear(&judge->words);
    const char *trouble = rule_front_with(judge->front, kind, when, keys);
    judge->rule = rule_front_rule(judge->front);
    if (judge->rule == NULL || strstr(trouble, "error") != NULL)
        stop(when, trouble);
    build_frame(judge, table);
    judge->eval = ca_eval_new();
    const ca_frame *frame = &judge->lines.frame;
    judge->said = ca_arena_array(&judge->arena, frame->units->rows, sizeof(*judge->said));
    if (judge->eval == NULL || judge->said == NULL)
        abort();
    const char *wrong = judge_compare(judge->eval, frame, judge->rule, frame->units->live,
                                      &judge->arena, judge->said);
    if (wrong != NULL)
        stop(when, wrong);
    for (unsigned unit = 0; unit < frame->units->rows; unit++)
        tell(judge, unit);
    return ca_buf_cstr(&judge->words);
}

const char *judge_when(judge_world *judge, const char *kind, const char *when, const char *table)
{
    return judge_rule(judge, kind, when, "", table);
}
