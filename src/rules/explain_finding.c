/* From an explanation to a finding: who, what, when, which lines, and the key by which later
 * runs know it again. */
#include "rules/explain.h"
#include "rules/kind.h"

static ca_text id_of(const ca_batch *batch, unsigned column, unsigned row)
{
    return ca_batch_has(batch, column, row) ? ca_batch_text(batch, column, row) : (ca_text){0};
}

static int64_t whole_of(const ca_batch *batch, unsigned column, unsigned row, int64_t otherwise)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : otherwise;
}

static ca_date date_of(const ca_batch *batch, unsigned column, unsigned row)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.date[row] : 0;
}

static uint8_t type_of(const ca_batch *batch, unsigned row)
{
    return ca_batch_has(batch, CA_F_CLAIM_TYPE, row)
               ? batch->columns[CA_F_CLAIM_TYPE].as.choice[row]
               : CA_OTHER;
}

/* --- The key ---------------------------------------------------------------------------------- */

static void add_number(ca_buf *bytes, int64_t number)
{
    uint8_t little[8];
    for (size_t i = 0; i < sizeof(little); i++)
        little[i] = (uint8_t)((uint64_t)number >> (8 * i));
    ca_buf_add(bytes, little, sizeof(little));
}

static void add_part(ca_buf *bytes, ca_text text)
{
    add_number(bytes, (int64_t)text.len);
    ca_buf_add_text(bytes, text);
}

/* Rule, kind, subject, and the line keys with their roles. The lines are those of one claim in
 * order of line_no. */
static int make_key(const ca_rule *rule, const ca_finding *finding, const ca_explanation *explanation,
                    ca_digest *ret_key, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    add_part(&bytes, ca_text_of(rule->id));
    add_part(&bytes, ca_text_of(rule->kind->name));
    add_number(&bytes, finding->claim_type);
    add_part(&bytes, finding->claim_id);
    add_number(&bytes, finding->claim_part);
    add_number(&bytes, finding->line_no);
    for (size_t i = 0; i < finding->line_count; i++) {
        add_number(&bytes, finding->lines[i].line_no);
        add_part(&bytes, ca_text_of(finding->lines[i].role));
    }
    if (explanation->has_table_row)
        ca_reftable_row_name(rule->keys.each->table, explanation->table_row, &bytes);
    bool failed = bytes.failed;
    if (!failed)
        *ret_key = ca_hash128(bytes.ptr, bytes.len);
    ca_buf_done(&bytes);
    return failed ? ca_error_nomem(err) : 0;
}

/* --- Its parts -------------------------------------------------------------------------------- */

/* A line of the finding's own claim. */
static ca_finding_line line_of(const ca_batch *batch, unsigned paid_column, unsigned row,
                               const ca_finding *finding)
{
    return (ca_finding_line){.role = "line",
                             .claim_type = finding->claim_type,
                             .claim_id = finding->claim_id,
                             .claim_part = finding->claim_part,
                             .line_no = whole_of(batch, CA_F_LINE_NO, row, 0),
                             .has_date = ca_batch_has(batch, CA_F_SERVICE_DATE, row),
                             .service_date = date_of(batch, CA_F_SERVICE_DATE, row),
                             .origin = batch->origin[row],
                             .has_paid = ca_batch_has(batch, paid_column, row),
                             .paid = whole_of(batch, paid_column, row, 0),
                             .count = 1};
}

static int make_lines(const ca_frame *frame, unsigned unit, const ca_explanation *explanation,
                      ca_arena *arena, ca_finding *finding, ca_error *err)
{
    const ca_batch *batch = frame->lines != NULL ? frame->lines : frame->units;
    finding->line_count = explanation->whole_claim ? 1 : explanation->carrying_count;
    finding->lines = ca_arena_array(arena, finding->line_count, sizeof(*finding->lines));
    if (finding->lines == NULL)
        return ca_error_nomem(err);
    if (explanation->whole_claim) {
        finding->lines[0] = line_of(frame->units, CA_F_CLAIM_PAID, unit, finding);
        finding->lines[0].role = "claim";
        finding->lines[0].of_claim = true;
        finding->lines[0].line_no = 0;
        finding->lines[0].exposure = explanation->exposure;
        return 0;
    }
    for (size_t i = 0; i < finding->line_count; i++) {
        finding->lines[i] = line_of(batch, CA_F_PAID, explanation->carrying[i], finding);
        finding->lines[i].exposure = explanation->shares[i];
    }
    return 0;
}

int ca_finding_reason(const ca_explanation *explanation, ca_arena *arena, ca_finding *finding,
                      ca_error *err)
{
    finding->reason = CA_TEXT("");
    if (explanation->outcome == CA_EXCUSED)
        finding->reason = ca_text_of(explanation->excuse);
    else if (explanation->outcome == CA_UNKNOWN)
        finding->reason = ca_text_of(explanation->blame);
    if (explanation->outcome != CA_HIT || explanation->unchecked == NULL)
        return 0;
    const char *text = ca_arena_printf(arena, "exception %s could not be checked: %s missing",
                                       explanation->unchecked, explanation->unchecked_field);
    if (text == NULL)
        return ca_error_nomem(err);
    finding->reason = ca_text_of(text);
    return 0;
}

static int make_evidence(const ca_frame *frame, const ca_rule *rule, const ca_explanation *explanation,
                        ca_arena *arena, ca_finding *finding, ca_error *err)
{
    ca_buf json;
    ca_buf_init(&json);
    int code = ca_explain_json(rule, frame->codes, explanation, &json, err);
    if (code == 0 && ca_arena_text(arena, ca_buf_text(&json), &finding->evidence) != 0)
        code = ca_error_nomem(err);
    ca_buf_done(&json);
    return code;
}

int ca_explain_finding(const ca_frame *frame, const ca_rule *rule, unsigned unit,
                       const ca_explanation *explanation, ca_arena *arena, ca_finding *ret_finding,
                       ca_error *err)
{
    const ca_batch *units = frame->units;
    ca_finding finding = {
        .outcome = explanation->outcome,
        .claim_type = type_of(units, unit),
        .claim_id = id_of(units, CA_F_CLAIM_ID, unit),
        .of_claim = frame->lines != NULL,
        .line_no = frame->lines != NULL ? 0 : whole_of(units, CA_F_LINE_NO, unit, 0),
        .claim_part = whole_of(units, CA_F_CLAIM_PART, unit, 1),
        .patient_id = id_of(units, CA_F_PATIENT_ID, unit),
        .billing_provider_id = id_of(units, CA_F_BILLING_PROVIDER_ID, unit),
        .rendering_provider_id = id_of(units, CA_F_RENDERING_PROVIDER_ID, unit),
        .has_date = ca_batch_has(units, frame->date_column, unit),
        .service_date = date_of(units, frame->date_column, unit),
        .exposure = explanation->exposure,
        .message = explanation->message,
    };
    int code = make_lines(frame, unit, explanation, arena, &finding, err);
    if (code == 0)
        code = ca_finding_reason(explanation, arena, &finding, err);
    if (code == 0)
        code = make_evidence(frame, rule, explanation, arena, &finding, err);
    if (code == 0)
        code = make_key(rule, &finding, explanation, &finding.key, err);
    if (code == 0)
        *ret_finding = finding;
    return code;
}
