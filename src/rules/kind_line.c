/* The kind `line`: every line is judged by itself. */
#include "rules/each_rows.h"
#include "rules/eval_parts.h"
#include "rules/kind.h"
#include "rules/kinds.h"

#include <string.h>

/* What the dates and `where` leave to judge goes to ret_open; not_applicable and unknown are
 * filled. */
static int gate(const ca_view *view, const ca_rule *rule, const uint64_t *offered,
                ca_verdict *verdict, uint64_t *ret_open)
{
    ca_scratch *scratch = &view->eval->scratch;
    uint64_t *dateless = ca_scratch_bits(scratch, view->words);
    uint64_t *possible = ca_scratch_bits(scratch, view->words);
    ca_bits where = {ca_scratch_bits(scratch, view->words), ca_scratch_bits(scratch, view->words)};
    if (dateless == NULL || possible == NULL || where.yes == NULL || where.no == NULL)
        return ca_error_nomem(view->err);
    ca_judge_effective(view->frame, rule, offered, ret_open, dateless);
    for (unsigned w = 0; w < view->words; w++)
        possible[w] = ret_open[w] | dateless[w];
    if (rule->where != NULL) {
        int code = ca_view_gated(view, rule->where, possible, where);
        if (code != 0)
            return code;
    } else {
        memcpy(where.yes, possible, view->words * sizeof(uint64_t));
    }
    for (unsigned w = 0; w < view->words; w++) {
        verdict->not_applicable[w] = (offered[w] & ~possible[w]) | where.no[w];
        verdict->unknown[w] = possible[w] & ~where.no[w] & (dateless[w] | ~where.yes[w]);
        ret_open[w] &= where.yes[w];
    }
    return 0;
}

static int judge(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered,
                 ca_verdict *verdict, ca_error *err)
{
    ca_view view;
    ca_view_units(&view, eval, frame, NULL, NULL, err);
    uint64_t *open = ca_scratch_bits(&eval->scratch, view.words);
    ca_bits when = {ca_scratch_bits(&eval->scratch, view.words),
                    ca_scratch_bits(&eval->scratch, view.words)};
    if (open == NULL || when.yes == NULL || when.no == NULL)
        return ca_error_nomem(err);
    int code = gate(&view, rule, offered, verdict, open);
    if (code == 0 && rule->keys.each != NULL)
        return ca_each_judge_lines(&view, rule, open, verdict);
    if (code == 0)
        code = ca_view_gated(&view, rule->when, open, when);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < view.words; w++) {
        verdict->hit[w] = when.yes[w];
        verdict->unknown[w] |= open[w] & ~when.yes[w] & ~when.no[w];
    }
    return ca_judge_unless(&view, rule, verdict);
}

static const char skeleton[] =
    "where: claim_type = 'professional'  # which lines it is about; the others are not applicable\n"
    "when: paid > charge                 # fires where this is true; where a value is missing it is unknown\n"
    "unless:                             # exceptions: named, counted, stored as excused\n"
    "  - name: agreed-price\n"
    "    when: modifiers has 'XX'\n"
    "    reason: Modifier XX marks a price that was agreed beforehand\n"
    "exposure: paid - charge             # the money at stake; without it, what was paid\n"
    "message: \"Line {line_no}: {paid|money} paid, {charge|money} charged.\"\n"
    "tests:                              # a hit is the id of a line\n"
    "  - name: a cent more hits, with modifier XX it is excused, without the amount it is unknown\n"
    "    lines: |\n"
    "      id  claim_type    charge  paid   modifiers\n"
    "      1   professional  70.00   70.01  ''\n"
    "      2   professional  70.00   70.00  ''\n"
    "      3   professional  70.00   70.01  XX\n"
    "      4   professional  70.00   -      ''\n"
    "      5   inpatient     70.00   90.00  ''\n"
    "    hits: [1]\n"
    "    excused: [3]\n"
    "    unknown: [4]\n";

const ca_kind ca_kind_line = {
    .name = "line",
    .summary = "one line by itself",
    .gathering = CA_GATHER_LINE,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.instead = "a line rule sees one line; write a claim rule (kind: claim)"},
    .each = CA_EACH_LINE,
    .keys = (const char *const[]){"each", NULL},
    .hit_lines = 1,
    .skeleton = skeleton,
    .judge = judge,
};
