/* Lines that surprise, as scores that people can read; and the profile of all lines. */
#include "run/score_lines_inside.h"
#include "run/scoring_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "claim/value.h"

#define REASON_P .01

/* --- Leads ---------------------------------------------------------------------------------------------------------------- */

static bool has_reason(const ca_surprise_line *line)
{
    return line->reason_count > 0 && line->reasons[0].p <= REASON_P;
}

static uint64_t budget_of(const ca_line_judge *judge, uint32_t budget)
{
    uint64_t part = ca_line_judge_scored(judge) / 100;
    return budget ? budget : part < 10 ? 10 : part > 200 ? 200 : part;
}

static bool same_claim(const ca_line_kept *a, const ca_line_kept *b)
{
    size_t in_a = a->reasons_end, in_b = b->reasons_end;
    return a->line.claim_type == b->line.claim_type && ca_text_eq(ca_line_kept_next(a, &in_a), ca_line_kept_next(b, &in_b));
}

/* The lines that are told, best first, and which of them are leads: of a claim the first, the others say the same. */
typedef struct chosen {
    const ca_surprise_line *top;
    const ca_line_kept **kept;    /* of each; NULL = nobody told */
    size_t *leads;                /* places of the leads among them; */
    size_t *claims;               /* by hash of their claim: index + 1 */
    size_t claim_mask;
    size_t count;
    uint64_t lead_count;
} chosen;

static void chosen_done(chosen *lines)
{
    ca_free(lines->kept);
    ca_free(lines->leads);
    ca_free(lines->claims);
}

/* The slot of the line's claim: 0 where it has no lead yet. */
static size_t *claim_of(const chosen *lines, const ca_line_kept *kept)
{
    size_t in = kept->reasons_end;
    ca_text claim = ca_line_kept_next(kept, &in);
    size_t at = (size_t)ca_hash64(claim.ptr ? claim.ptr : "", claim.len) & lines->claim_mask;
    while (lines->claims[at] && !same_claim(kept, lines->kept[lines->leads[lines->claims[at] - 1]])) {
        at = (at + 1) & lines->claim_mask;
    }
    return &lines->claims[at];
}

static void add_lead(chosen *lines, size_t place)
{
    const ca_line_kept *kept = lines->kept[place];
    size_t *claim = kept && has_reason(&lines->top[place]) ? claim_of(lines, kept) : NULL;
    if (claim && *claim == 0) {
        lines->leads[lines->lead_count++] = place;
        *claim = (size_t)lines->lead_count;
    }
}

static int make_arrays(chosen *lines)
{
    size_t slots = 16;
    while (slots < 2 * lines->count) {
        slots *= 2;
    }
    lines->claim_mask = slots - 1;
    lines->kept = ca_alloc_zero(lines->count + 1, sizeof *lines->kept);
    lines->leads = ca_alloc_zero(lines->count + 1, sizeof *lines->leads);
    lines->claims = ca_alloc_zero(slots, sizeof *lines->claims);
    return lines->kept && lines->leads && lines->claims ? 0 : CA_NOMEM;
}

static int choose(ca_line_judge *judge, uint32_t budget, chosen *ret_lines, ca_error *err)
{
    uint64_t most = budget_of(judge, budget);
    *ret_lines = (chosen){0};
    ret_lines->top = judge->scorer ? ca_scorer_top(judge->scorer, &ret_lines->count) : NULL;
    if (make_arrays(ret_lines)) {
        chosen_done(ret_lines);
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < ret_lines->count; i++) {
        const ca_line_kept *kept = ca_line_kept_find(judge, ret_lines->top[i].at);
        ret_lines->kept[i] = kept && kept->told ? kept : NULL;
        if (ret_lines->lead_count < most) {
            add_lead(ret_lines, i);
        }
    }
    return 0;
}

int ca_line_judge_leads(ca_line_judge *judge, uint32_t budget, uint64_t *ret_leads, ca_error *err)
{
    chosen lines;
    int rc = choose(judge, budget, &lines, err);
    if (rc == 0) {
        *ret_leads = lines.lead_count;
        chosen_done(&lines);
    }
    return rc;
}

/* --- Reasons ---------------------------------------------------------------------------------------------------------------- */

static ca_told_format format_of(const ca_score_lines *lines, const ca_feature *feature)
{
    const ca_feature_number *numbers = lines->options.set->numbers;
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        return feature->line.below == CA_NO_INDEX && numbers[feature->line.above].money ? CA_TOLD_MONEY : CA_TOLD_NUMBER;
    case CA_LINE_CODE:
    case CA_LINE_CONDITION:
        break;
    }
    return CA_TOLD_PERCENT;
}

/* Of the direction that is looked at: of both the side on which it lies. */
static bool is_low(const ca_feature *feature, const ca_surprise_reason *reason)
{
    return feature->direction == CA_DIRECTION_LESS ||
           (feature->direction == CA_DIRECTION_BOTH && reason->number < reason->usual_number);
}

/* Of codes and conditions the value is what share of the cell's lines has the same. */
static ca_entity_feature tell_feature(const ca_score_lines *lines, const ca_feature *feature, const ca_surprise_reason *reason)
{
    bool number = feature->line.form == CA_LINE_NUMBER;
    bool code = feature->line.form == CA_LINE_CODE;
    bool low = number && is_low(feature, reason);
    return (ca_entity_feature){.id = feature->id,
                               .title = feature->title,
                               .format = format_of(lines, feature),
                               .direction = number ? (int)feature->direction : 1,
                               .value = number ? reason->number : reason->share,
                               .exposure = NAN,
                               .peer = number ? reason->usual_number : code ? reason->usual_share : NAN,
                               .ratio = number && reason->usual_number > 0 ? reason->number / reason->usual_number : NAN,
                               .percentile = number ? (low ? reason->share : 1 - reason->share) : NAN,
                               .z = low ? -1 : 1,
                               .p = reason->p,
                               .cell_size = reason->cell_lines};
}

static ca_told_format said_format(const ca_feature_say *say, ca_told_format own)
{
    switch (say->format) {
    case CA_FORMAT_PERCENT:
        return CA_TOLD_PERCENT;
    case CA_FORMAT_MONEY:
        return CA_TOLD_MONEY;
    case CA_FORMAT_COUNT:
        return CA_TOLD_COUNT;
    case CA_FORMAT_NUMBER:
        return say->word == CA_SAY_VALUE || say->word == CA_SAY_PEER ? own : CA_TOLD_NUMBER;
    case CA_FORMAT_OWN:
        break;
    }
    return own;
}

/* Of a code {value} is the share of lines that have it, {value|percent}, unless nobody says how it is written; {peer} likewise is what
 * is usual in its place. */
static ca_told_say tell_word(const ca_feature *feature, const ca_feature_say *say, const ca_surprise_reason *reason, ca_text value,
                             const ca_line_kept *kept, size_t *at, ca_told_format own, ca_arena *arena)
{
    bool code = feature->line.form == CA_LINE_CODE && say->format != CA_FORMAT_PERCENT;
    if (say->word == CA_SAY_COLUMN) {
        return (ca_told_say){.word = CA_TOLD_TEXT, .text = ca_line_kept_next(kept, at)};
    }
    if (code && say->word == CA_SAY_VALUE) {
        return (ca_told_say){.word = CA_TOLD_TEXT, .text = value};
    }
    if (code && say->word == CA_SAY_PEER) {
        return (ca_told_say){.word = CA_TOLD_TEXT, .text = reason->usual_words.len ? reason->usual_words : CA_TEXT("another")};
    }
    if (say->word == CA_SAY_EXPOSURE) {
        const char *lines = ca_arena_printf(arena, "%llu", (unsigned long long)reason->cell_lines);
        return (ca_told_say){.word = CA_TOLD_TEXT, .text = ca_text_of(lines)};
    }
    return (ca_told_say){ca_told_word_of(say->word), said_format(say, own), say->text};
}

static int tell_reason(const ca_line_judge *judge, const ca_surprise_line *line, uint32_t which, const ca_line_kept *kept, size_t *at,
                       ca_arena *arena, ca_entity_reason *ret_reason)
{
    const ca_surprise_reason *reason = &line->reasons[which];
    const ca_feature *feature = ca_line_feature_of(judge->of, reason->feature)->feature;
    ca_told_say *say = ca_arena_array(arena, feature->say_count + 1, sizeof *say);
    if (!say) {
        return CA_NOMEM;
    }
    *ret_reason = (ca_entity_reason){.feature = tell_feature(judge->of, feature, reason),
                                     .say = say,
                                     .say_count = feature->say_count,
                                     .share = line->sum > 0 ? reason->surprise / line->sum : 0};
    ret_reason->feature.cell = ca_line_kept_next(kept, at);
    ca_text value = ca_line_kept_next(kept, at);
    for (size_t i = 0; i < feature->say_count; i++) {
        say[i] = tell_word(feature, &feature->say[i], reason, value, kept, at, ret_reason->feature.format, arena);
    }
    return 0;
}

/* --- Lines -------------------------------------------------------------------------------------------------------------------- */

typedef struct telling {
    ca_line_judge *judge;
    ca_line_visit *visit;
    void *to;
    uint64_t rank;
    ca_arena arena;
} telling;

static int tell_line(telling *of, const ca_surprise_line *line, const ca_line_kept *kept, bool lead, ca_error *err)
{
    ca_entity_reason reasons[CA_SURPRISE_REASONS];
    ca_entity_feature features[CA_SURPRISE_REASONS];
    size_t at = 0;
    ca_arena_reset(&of->arena);
    for (uint32_t i = 0; i < line->reason_count; i++) {
        if (tell_reason(of->judge, line, i, kept, &at, &of->arena, &reasons[i])) {
            return ca_error_nomem(err);
        }
        features[i] = reasons[i].feature;
    }
    size_t known = 0;
    while (known < line->reason_count && line->reasons[known].p <= REASON_P) {
        known++;
    }
    ca_finding_line told = kept->line;
    told.claim_id = ca_line_kept_next(kept, &at);
    ca_entity_score score = {.kind = ca_entity_kinds[CA_ENTITY_LINE].name,
                             .cell = known ? reasons[0].feature.cell : CA_TEXT("all claim lines"),
                             .cell_size = known ? reasons[0].feature.cell_size : ca_line_judge_scored(of->judge),
                             .volume = 1,
                             .score = line->score,
                             .p = line->p,
                             .q = line->q,
                             .rank = ++of->rank,
                             .lead = lead,
                             .reasons = reasons,
                             .reason_count = known,
                             .features = features,
                             .feature_count = line->reason_count,
                             .lines = &told,
                             .line_count = 1};
    score.patient_id = ca_line_kept_next(kept, &at);
    score.billing_provider_id = ca_line_kept_next(kept, &at);
    score.rendering_provider_id = ca_line_kept_next(kept, &at);
    char *id = ca_arena_printf(&of->arena, "%s/%.*s/%lld", ca_enum_name(CA_F_CLAIM_TYPE, told.claim_type), (int)told.claim_id.len,
                               told.claim_id.ptr ? told.claim_id.ptr : "", (long long)told.line_no);
    if (!id) {
        return ca_error_nomem(err);
    }
    score.id = ca_text_of(id);
    return of->visit(of->to, &score, err);
}

int ca_line_judge_each(ca_line_judge *judge, uint32_t budget, ca_line_visit *visit, void *to, ca_error *err)
{
    telling of = {.judge = judge, .visit = visit, .to = to};
    chosen lines;
    int rc = choose(judge, budget, &lines, err);
    if (rc) {
        return rc;
    }
    size_t next = 0;
    ca_arena_init(&of.arena);
    for (size_t i = 0; rc == 0 && i < lines.count; i++) {
        bool lead = next < lines.lead_count && lines.leads[next] == i;
        next += lead;
        rc = lines.kept[i] ? tell_line(&of, &lines.top[i], lines.kept[i], lead, err) : 0;
    }
    ca_arena_done(&of.arena);
    chosen_done(&lines);
    return rc;
}
