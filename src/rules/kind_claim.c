/* The kind `claim`: a claim is judged once, with aggregates over the lines that its `where`
 * takes. */
#include "rules/check.h"
#include "rules/eval_parts.h"
#include "rules/kind.h"
#include "rules/kinds.h"

/* Of the units in `mask`. Without `where` every unit takes part, even one without lines. */
static int select_of(const ca_view *view, const ca_rule *rule, const uint64_t *mask, ca_selection *ret)
{
    ca_scratch *scratch = &view->eval->scratch;
    ret->taking = ca_scratch_bits(scratch, view->words);
    ret->doubtful = ca_scratch_bits(scratch, view->words);
    if (ret->taking == NULL || ret->doubtful == NULL)
        return ca_error_nomem(view->err);
    int code = ca_judge_where(view, rule, mask, &ret->lines, &ret->lines_unknown);
    if (code != 0)
        return code;
    const uint32_t *first = view->frame->first_line;
    for (unsigned unit = 0; unit < view->rows; unit++) {
        if (!ca_bit(mask, unit))
            continue;
        uint32_t from = first[unit];
        uint32_t to = first[unit + 1];
        if (ret->lines == NULL || ca_bits_first(ret->lines, from, to) < to)
            ca_bit_set(ret->taking, unit);
        if (ret->lines_unknown != NULL && ca_bits_first(ret->lines_unknown, from, to) < to)
            ca_bit_set(ret->doubtful, unit);
    }
    return 0;
}

/* What several rules ask for is found once, for all units. */
static int select_units(const ca_view *view, const ca_rule *rule, const uint64_t *possible, ca_selection *ret)
{
    ca_shared_where *shared = ca_trigger_where(view, rule->where);
    if (shared == NULL)
        return select_of(view, rule, possible, ret);
    if (ca_shared_selection(shared, ret))
        return 0;
    uint64_t *all = ca_scratch_bits(&view->eval->scratch, view->words);
    if (all == NULL)
        return ca_error_nomem(view->err);
    ca_bits_set_range(all, 0, view->rows);
    int code = select_of(view, rule, all, ret);
    return code == 0 && !ca_share_selection(shared, view, ret) ? ca_error_nomem(view->err) : code;
}

static int gate(const ca_view *view, const ca_rule *rule, const uint64_t *offered,
                ca_verdict *verdict, ca_selection *ret_selection, uint64_t *ret_open)
{
    uint64_t *dateless = ca_scratch_bits(&view->eval->scratch, view->words);
    uint64_t *possible = ca_scratch_bits(&view->eval->scratch, view->words);
    if (dateless == NULL || possible == NULL)
        return ca_error_nomem(view->err);
    ca_judge_effective(view->frame, rule, offered, ret_open, dateless);
    for (unsigned w = 0; w < view->words; w++)
        possible[w] = ret_open[w] | dateless[w];
    int code = select_units(view, rule, possible, ret_selection);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < view->words; w++) {
        uint64_t taking = ret_selection->taking[w];
        uint64_t doubtful = ret_selection->doubtful[w];
        verdict->not_applicable[w] = offered[w] & ~(possible[w] & (taking | doubtful));
        verdict->unknown[w] =
            possible[w] & ((dateless[w] & (taking | doubtful)) | (doubtful & ~taking));
        ret_open[w] &= taking;
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
    ca_selection chosen = {0};
    if (open == NULL || when.yes == NULL || when.no == NULL)
        return ca_error_nomem(err);
    int code = gate(&view, rule, offered, verdict, &chosen, open);
    if (code != 0)
        return code;
    view.line_mask = chosen.lines;
    view.line_unknown = chosen.lines_unknown;
    code = ca_view_gated(&view, rule->when, open, when);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < view.words; w++) {
        verdict->hit[w] = when.yes[w];
        verdict->unknown[w] |= open[w] & ~when.yes[w] & (~when.no[w] | chosen.doubtful[w]);
    }
    return ca_judge_unless(&view, rule, verdict);
}

/* The unit is made of live lines: nothing is what all rows could mean, until someone needs it. */
static int check_rows(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    (void)err;
    ca_yaml *rows = ca_conf_get(&check->conf, root, "rows");
    if (rows != NULL && rule->rows_all)
        ca_conf_error(&check->conf, rows, "claim rules see the live lines of a claim; 'rows: all' is for line rules");
    return 0;
}

static const char skeleton[] =
    "where: claim_type = 'professional'  # which lines of the claim take part\n"
    "# Columns of lines stand in aggregates: count() sum(x) min(x) max(x) distinct(x) top_share(x) any(c) all(c).\n"
    "# Alone stand columns of the claim and of the patient, and the claim's paid, charge and allowed.\n"
    "when: count() > 1 and distinct(procedure) = 1\n"
    "# unless:                           # exceptions: named, counted, stored as excused\n"
    "#   - {name: repeats, when: any(modifiers has 'XX'), reason: Modifier XX declares a repeated service}\n"
    "exposure: sum(paid) - max(paid)     # the money at stake; without it, sum(paid)\n"
    "message: \"All {count()} lines of claim {claim_id} are the same service.\"\n"
    "tests:                              # a hit is the list of the claim's lines that take part\n"
    "  - name: twice the same hits, two services do not, nor does a single line\n"
    "    lines: |\n"
    "      id  claim_id  claim_type    procedure    paid\n"
    "      1   C1        professional  local:V0103  70.00\n"
    "      2   C1        professional  local:V0103  70.00\n"
    "      3   C2        professional  local:V0103  70.00\n"
    "      4   C2        professional  local:V0104  30.00\n"
    "      5   C3        professional  local:V0103  70.00\n"
    "    hits: [[1, 2]]\n";

const ca_kind ca_kind_claim = {
    .name = "claim",
    .summary = "a claim with its lines",
    .gathering = CA_GATHER_CLAIM,
    .unit_date = CA_F_FROM_DATE,
    .scope = {.claim = true, .aggregates = true},
    .instead_of_each = "write a window rule with 'within: claim'",
    .keys = (const char *const[]){NULL},
    .skeleton = skeleton,
    .check = check_rows,
    .judge = judge,
};
