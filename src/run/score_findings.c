/* Findings of scores: who they are about, what they say, and a key that the next night's finding of the same subject has, too. */
#include "run/score_findings.h"

#include <string.h>

#include "run/score_words.h"

#define RING_NAMED 8    /* members of a ring that its subject names */

typedef struct ca_making {
    const ca_scored *scored;
    uint32_t first_rule;
    uint64_t most;
    ca_scored_visit *visit;
    void *to;
    ca_arena arena;              /* of one finding */
    ca_buf text;
} ca_making;

/* What was written to the buffer, kept until the next finding. */
static int keep_text(ca_making *making, ca_text *ret_text, ca_error *err)
{
    int rc = making->text.failed ? CA_NOMEM : ca_arena_text(&making->arena, ca_buf_text(&making->text), ret_text);
    ca_buf_clear(&making->text);
    return rc ? ca_error_nomem(err) : 0;
}

static int find_kind(const ca_making *making, const char *of, uint32_t *ret_number, const ca_score_rule **ret_rule, ca_error *err)
{
    for (size_t i = 0; i < making->scored->kind_count; i++) {
        if (strcmp(making->scored->kinds[i].of, of) == 0 && ca_score_rule_of(of)) {
            *ret_number = making->first_rule + (uint32_t)i;
            *ret_rule = ca_score_rule_of(of);
            return 0;
        }
    }
    return ca_error_set(err, CA_FAIL, "there is a score of kind '%s', which nobody announced; please report this", of);
}

static ca_finding begin_finding(const ca_making *making, uint32_t number, const ca_score_rule *rule)
{
    const ca_told_model *model = making->scored->model;
    return (ca_finding){.rule = number,
                        .outcome = CA_HIT,
                        .entity_kind = rule->subject,
                        .of_entity = true,
                        .window_from = model->from,
                        .window_to = model->to,
                        .exposure = CA_EXPOSURE_MISSING,
                        .reason = CA_TEXT("")};
}

/* The period moves from night to night: it is no part of the key. */
static int end_finding(ca_making *making, const ca_score_rule *rule, ca_finding *finding, const ca_entity_score *score,
                       ca_error *err)
{
    finding->has_window = false;
    int rc = ca_finding_key(finding, ca_text_of(rule->id), ca_text_of(rule->kind), (ca_text){0}, &finding->key, err);
    finding->has_window = making->scored->model->has_period;
    return rc ? rc : making->visit(making->to, finding, score, err);
}

/* --- Entities --------------------------------------------------------------------------------- */

static void set_subject(ca_finding *finding, const ca_entity_score *score)
{
    finding->patient_id = score->patient_id;
    finding->billing_provider_id = score->billing_provider_id;
    finding->rendering_provider_id = score->rendering_provider_id;
    if (finding->entity_kind) {
        finding->entity_id = score->id;
        finding->patient_id = strcmp(finding->entity_kind, "patient_id") == 0 ? score->id : finding->patient_id;
    } else {
        const ca_finding_line *line = &score->lines[0];
        finding->claim_type = line->claim_type;
        finding->claim_id = line->claim_id;
        finding->claim_part = line->claim_part;
        finding->line_no = line->line_no;
        finding->has_date = line->has_date;
        finding->service_date = line->service_date;
    }
}

static int copy_lines(ca_making *making, ca_finding *finding, const ca_entity_score *score, ca_error *err)
{
    size_t count = score->line_count < CA_ENTITY_LINES ? score->line_count : CA_ENTITY_LINES;
    finding->lines = ca_arena_array(&making->arena, count + 1, sizeof *finding->lines);
    if (!finding->lines) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        finding->lines[i] = score->lines[i];
        finding->lines[i].role = "line";
        finding->lines[i].exposure = CA_EXPOSURE_MISSING;    /* the money lies on the subject as a whole */
    }
    finding->line_count = count;
    return 0;
}

static int make_lead(ca_making *making, const ca_entity_score *score, ca_error *err)
{
    uint32_t number = 0;
    const ca_score_rule *rule = NULL;
    int rc = find_kind(making, score->kind, &number, &rule, err);
    if (rc) {
        return rc;
    }
    if (score->reason_count == 0 || (!rule->subject && score->line_count == 0)) {
        return ca_error_set(err, CA_FAIL, "a lead of kind '%s' has no reason, or no line; please report this", score->kind);
    }
    ca_finding finding = begin_finding(making, number, rule);
    set_subject(&finding, score);
    finding.exposure = score->has_excess ? score->excess : CA_EXPOSURE_MISSING;
    finding.message = score->reasons[0].sentence;
    ca_score_evidence(making->scored, rule, score, &making->text);
    rc = keep_text(making, &finding.evidence, err);
    rc = rc ? rc : copy_lines(making, &finding, score, err);
    return rc ? rc : end_finding(making, rule, &finding, score, err);
}

static int make_sentences(ca_making *making, ca_entity_score *score, ca_error *err)
{
    bool of_lines = strcmp(score->kind, "line") == 0;
    ca_entity_reason *reasons = ca_arena_array(&making->arena, score->reason_count + 1, sizeof *reasons);
    int rc = reasons ? 0 : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < score->reason_count; i++) {
        reasons[i] = score->reasons[i];
        if (reasons[i].sentence.len == 0) {
            ca_score_sentence(&reasons[i], of_lines, making->scored->minor_digits, &making->text);
            rc = keep_text(making, &reasons[i].sentence, err);
        }
    }
    score->reasons = reasons;
    return rc;
}

static int make_score(void *to, const ca_entity_score *given, ca_error *err)
{
    ca_making *making = to;
    ca_entity_score score = *given;
    ca_arena_reset(&making->arena);
    int rc = make_sentences(making, &score, err);
    if (rc) {
        return rc;
    }
    return score.lead ? make_lead(making, &score, err) : making->visit(making->to, NULL, &score, err);
}

/* --- Networks --------------------------------------------------------------------------------- */

/* "F1 + R9 + R12 + 4 more"; with kinds before the names, and all of them, what a key is made of. */
static int name_members(ca_making *making, const ca_told_member *members, size_t count, bool of_key, ca_text *ret_name,
                        ca_error *err)
{
    size_t named = of_key || count <= RING_NAMED ? count : RING_NAMED;
    for (size_t i = 0; i < named; i++) {
        ca_buf_add_cstr(&making->text, i ? " + " : "");
        if (of_key) {
            ca_buf_printf(&making->text, "%s %zu ", members[i].kind, members[i].id.len);
        }
        ca_buf_add_text(&making->text, members[i].id);
    }
    if (named < count) {
        ca_buf_printf(&making->text, " + %zu more", count - named);
    }
    return keep_text(making, ret_name, err);
}

static int end_members(ca_making *making, const ca_score_rule *rule, ca_finding *finding, const ca_told_member *members,
                       size_t count, ca_error *err)
{
    ca_text shown;
    int rc = name_members(making, members, count, false, &shown, err);
    rc = rc ? rc : name_members(making, members, count, true, &finding->entity_id, err);
    rc = rc ? rc : ca_finding_key(finding, ca_text_of(rule->id), ca_text_of(rule->kind), (ca_text){0}, &finding->key, err);
    if (rc) {
        return rc;
    }
    finding->entity_id = shown;
    finding->has_window = making->scored->model->has_period;
    return making->visit(making->to, finding, NULL, err);
}

static int make_pair(ca_making *making, const ca_told_pair *pair, uint64_t *made, ca_error *err)
{
    uint32_t number = 0;
    const ca_score_rule *rule = NULL;
    ca_arena_reset(&making->arena);
    const char *of = ca_arena_printf(&making->arena, "%s+%s", pair->a.kind, pair->b.kind);
    int rc = of ? find_kind(making, of, &number, &rule, err) : ca_error_nomem(err);
    if (rc || made[number - making->first_rule] >= making->most) {
        return rc;
    }
    made[number - making->first_rule]++;
    ca_finding finding = begin_finding(making, number, rule);
    finding.exposure = pair->has_money ? pair->money : CA_EXPOSURE_MISSING;
    ca_pair_sentence(pair, &making->text);
    rc = keep_text(making, &finding.message, err);
    if (rc == 0) {
        ca_pair_evidence(making->scored, rule, pair, &making->text);
        rc = keep_text(making, &finding.evidence, err);
    }
    const ca_told_member members[] = {pair->a, pair->b};
    return rc ? rc : end_members(making, rule, &finding, members, 2, err);
}

static int make_ring(ca_making *making, const ca_told_ring *ring, ca_error *err)
{
    uint32_t number = 0;
    const ca_score_rule *rule = NULL;
    ca_arena_reset(&making->arena);
    int rc = find_kind(making, "ring", &number, &rule, err);
    if (rc) {
        return rc;
    }
    ca_finding finding = begin_finding(making, number, rule);
    finding.exposure = ring->has_money ? ring->money : CA_EXPOSURE_MISSING;
    ca_ring_sentence(ring, &making->text);
    rc = keep_text(making, &finding.message, err);
    if (rc == 0) {
        ca_ring_evidence(making->scored, rule, ring, &making->text);
        rc = keep_text(making, &finding.evidence, err);
    }
    return rc ? rc : end_members(making, rule, &finding, ring->members, ring->member_count, err);
}

static int make_networks(ca_making *making, ca_error *err)
{
    const ca_scored *scored = making->scored;
    ca_arena counts;
    ca_arena_init(&counts);
    uint64_t *made = ca_arena_array(&counts, scored->kind_count + 1, sizeof *made);
    int rc = made ? 0 : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < scored->pair_count; i++) {
        rc = make_pair(making, &scored->pairs[i], made, err);
    }
    for (size_t i = 0; rc == 0 && i < scored->ring_count && i < making->most; i++) {
        rc = make_ring(making, &scored->rings[i], err);
    }
    ca_arena_done(&counts);
    return rc;
}

int ca_scored_findings(const ca_scored *scored, uint32_t first_rule, uint64_t most, bool leads, ca_scored_visit *visit, void *to,
                       ca_error *err)
{
    ca_making making = {.scored = scored, .first_rule = first_rule, .most = most, .visit = visit, .to = to};
    ca_arena_init(&making.arena);
    ca_buf_init(&making.text);
    int rc = scored->each ? scored->each(scored->context, leads, make_score, &making, err) : 0;
    rc = rc ? rc : make_networks(&making, err);
    ca_buf_done(&making.text);
    ca_arena_done(&making.arena);
    return rc;
}
