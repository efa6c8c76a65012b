/* From the explanation of a rule of several lines to its finding: who, what, when, which lines in what part. */
#include "rules/explain_match.h"
#include "rules/kind.h"

#define EVIDENCE_USUAL 1000u    /* bytes */

static ca_text id_of(const ca_batch *batch, unsigned column, unsigned row)
{
    return ca_batch_has(batch, column, row) ? ca_batch_text(batch, column, row) : (ca_text){0};
}

static int64_t whole_of(const ca_batch *batch, unsigned column, unsigned row, int64_t otherwise)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : otherwise;
}

static uint8_t type_of(const ca_batch *batch, unsigned row)
{
    return ca_batch_has(batch, CA_F_CLAIM_TYPE, row) ? batch->columns[CA_F_CLAIM_TYPE].as.choice[row] : CA_OTHER;
}

static ca_finding_line finding_line(const ca_frame *frame, const ca_rule *rule, const ca_match_line *line)
{
    const ca_batch *batch = rule->keys.of_claims && !line->of_claim ? frame->lines : frame->units;
    unsigned date = line->of_claim ? CA_F_FROM_DATE : CA_F_SERVICE_DATE;
    unsigned row = line->row;
    ca_finding_line made = {.role = line->role,
                            .claim_type = type_of(batch, row),
                            .claim_id = id_of(batch, CA_F_CLAIM_ID, row),
                            .claim_part = whole_of(batch, CA_F_CLAIM_PART, row, 1),
                            .of_claim = line->of_claim,
                            .line_no = line->of_claim ? 0 : whole_of(batch, CA_F_LINE_NO, row, 0),
                            .origin = batch->origin[row],
                            .exposure = line->share,
                            .count = 1};
    made.has_date = ca_batch_has(batch, date, row);
    if (made.has_date)
        made.service_date = batch->columns[date].as.date[row];
    made.has_paid = ca_match_line_paid(frame, line, rule->keys.of_claims, &made.paid);
    return made;
}

static int make_lines(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_arena *arena,
                      ca_finding *finding)
{
    finding->line_count = explanation->line_count;
    finding->lines = ca_arena_array(arena, explanation->line_count + 1, sizeof *finding->lines);
    if (finding->lines == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < explanation->line_count; i++)
        finding->lines[i] = finding_line(match->frame, rule, &explanation->lines[i]);
    return 0;
}

static int make_evidence(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_arena *arena,
                         ca_finding *finding, ca_error *err)
{
    ca_buf json;
    ca_buf_init(&json);
    (void)ca_buf_reserve(&json, EVIDENCE_USUAL);    /* at once: it would grow several times */
    int code = ca_match_json(match, rule, explanation, &json, err);
    if (code == 0 && ca_arena_text(arena, ca_buf_text(&json), &finding->evidence) != 0)
        code = ca_error_nomem(err);
    ca_buf_done(&json);
    return code;
}

/* Whom all lines of a window name: where they differ, the first line's would be a name that says nothing. */
static ca_text common_id(const ca_match *match, const ca_rule *rule, unsigned column, unsigned row)
{
    const ca_batch *units = match->frame->units;
    ca_text id = id_of(units, column, row);
    bool one_of_them = rule->kind->first_carries || rule->kind->roles[1] != NULL;
    for (size_t i = 0; !one_of_them && id.ptr != NULL && i < match->row_count; i++) {
        ca_text other = id_of(units, column, match->rows[i]);
        if (other.ptr == NULL || !ca_text_eq(id, other))
            return (ca_text){0};
    }
    return id;
}

/* The subject of a finding is the line that carries it; of several, and of a pair, the later one. */
static unsigned subject_row(const ca_match *match, const ca_rule *rule)
{
    if (rule->kind->first_carries || match->row_count < 2 || rule->kind->roles[1] == NULL)
        return match->row_count > 0 ? match->rows[0] : ca_frame_row(match->frame, CA_SIDE_UNIT, match->unit);
    return match->rows[rule->keys.carrier == CA_CARRIER_A ? 0 : 1];
}

int ca_match_finding(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_arena *arena,
                     ca_finding *ret_finding, ca_error *err)
{
    const ca_batch *units = match->frame->units;
    unsigned row = subject_row(match, rule);
    ca_value date = ca_frame_date(match->frame, match->unit);
    ca_finding finding = {
        .outcome = explanation->outcome,
        .unit_hash = match->hash,
        .claim_type = type_of(units, row),
        .claim_id = id_of(units, CA_F_CLAIM_ID, row),
        .of_claim = rule->keys.of_claims || rule->kind->roles[1] == NULL,
        .claim_part = whole_of(units, CA_F_CLAIM_PART, row, 1),
        .patient_id = common_id(match, rule, CA_F_PATIENT_ID, row),
        .billing_provider_id = common_id(match, rule, CA_F_BILLING_PROVIDER_ID, row),
        .rendering_provider_id = common_id(match, rule, CA_F_RENDERING_PROVIDER_ID, row),
        .has_date = date.present,
        .service_date = date.present ? date.as.date : 0,
        .has_window = match->has_window,
        .window_from = match->window_from,
        .window_to = match->window_to,
        .of_entity = match->of_entity,
        .exposure = explanation->exposure,
        .message = explanation->message,
    };
    if (!finding.of_claim)
        finding.line_no = whole_of(units, CA_F_LINE_NO, row, 0);
    if (match->of_entity) {
        finding.entity_kind = units->schema->columns[rule->keys.same.items[0]].name;
        finding.entity_id = id_of(units, rule->keys.same.items[0], row);
        finding.claim_id = (ca_text){0};
    }
    int code = make_lines(match, rule, explanation, arena, &finding);
    if (code == 0)
        code = ca_finding_reason(explanation, arena, &finding, err);
    if (code == 0)
        code = make_evidence(match, rule, explanation, arena, &finding, err);
    if (code == 0)
        code = ca_finding_key(&finding, ca_text_of(rule->id), ca_text_of(rule->kind->name), match->table_row_key,
                              &finding.key, err);
    if (code != 0)
        return code == CA_NOMEM ? ca_error_nomem(err) : code;
    ca_finding_cut(&finding);
    *ret_finding = finding;
    return 0;
}
