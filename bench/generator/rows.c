/* Claims as rows of the canonical CSV: header values are repeated on every line. */
#include <stddef.h>

#include "generator/claim.h"
#include "generator/text.h"

const char *gen_claim_header(void)
{
    return "claim_id,claim_type,line_no,patient_id,billing_provider_id,facility_id,from_date,"
           "through_date,admission_date,discharge_date,paid_date,principal_diagnosis,"
           "other_diagnoses,claim_procedures,service_date,rendering_provider_id,procedure,"
           "modifiers,revenue_code,drug,units,charge,allowed,paid,place_of_service,"
           "prescriber_id,pharmacy_id,days_supply,quantity,claim_status,original_claim_id,"
           "bill_type,received_date\n";
}

const char *gen_claim_type(const gen_claim *claim)
{
    switch (claim->setting) {
    case GEN_OFFICE:
        return "professional";
    case GEN_CLINIC:
        return "outpatient";
    case GEN_WARD:
        return "inpatient";
    default:
        return "pharmacy";
    }
}

static char *put_list(char *at, const char *const *codes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ';';
        at = gen_put_text(at, codes[i]);
    }
    return at;
}

static char *put_date_cell(char *at, int32_t day)
{
    at = gen_put_date(at, day);
    *at++ = ',';
    return at;
}

static char *put_text_cell(char *at, const char *text)
{
    at = gen_put_text(at, text);
    *at++ = ',';
    return at;
}

static char *put_provider_cell(char *at, const gen_world *world, gen_provider_kind kind,
                               uint32_t number)
{
    if (number != GEN_NOBODY)
        at = gen_put_provider_id(at, world, kind, number);
    *at++ = ',';
    return at;
}

static char *put_claim_cells(char *at, const gen_world *world, const gen_claim *claim,
                             uint32_t line)
{
    at = gen_put_claim_id(at, world, claim->number);
    *at++ = ',';
    at = put_text_cell(at, gen_claim_type(claim));
    at = gen_put_number(at, (int64_t)line + 1);
    *at++ = ',';
    at = gen_put_patient_id(at, world, claim->patient.number);
    *at++ = ',';
    at = put_provider_cell(at, world, claim->biller_kind, claim->biller);
    at = put_provider_cell(at, world, GEN_HOSPITAL_PROVIDER, claim->hospital);
    at = put_date_cell(at, claim->from_date);
    at = put_date_cell(at, claim->through_date);
    at = put_date_cell(at, claim->admission_date);
    at = put_date_cell(at, claim->discharge_date);
    at = put_date_cell(at, claim->paid_date);
    at = put_text_cell(at, claim->principal);
    at = put_list(at, claim->others, claim->other_count);
    *at++ = ',';
    at = put_list(at, claim->operations, claim->operation_count);
    *at++ = ',';
    return at;
}

/* Services that only the core pack's own tables know are codes of no official system. */
static char *put_procedure_cell(char *at, const char *code)
{
    if (code[0] == 'V' && code[1] == '6' && code[2] != '1' && code[2] != '2' && code[2] != '3')
        at = gen_put_text(at, "local:");
    return put_text_cell(at, code);
}

/* Invented drug numbers of eleven digits. */
static char *put_drug_cell(char *at, uint32_t drug)
{
    if (drug >= GEN_SHORT_COURSE) {
        at = gen_put_text(at, "9997");
        at = gen_put_padded(at, drug - GEN_SHORT_COURSE + 1, 7);
    } else if (drug > GEN_CONTROLLED) {
        at = gen_put_text(at, "9998");
        at = gen_put_padded(at, drug - GEN_CONTROLLED, 7);
    } else if (drug != 0) {
        at = gen_put_text(at, "99990");
        at = gen_put_padded(at, (uint64_t)drug * 17 % 10000, 4);
        at = gen_put_padded(at, drug % 3 * 10 + 10, 2);
    }
    *at++ = ',';
    return at;
}

static char *put_money_cells(char *at, const gen_line *line)
{
    at = gen_put_number(at, line->units);
    *at++ = ',';
    at = gen_put_money(at, line->charge);
    *at++ = ',';
    if ((line->missing & GEN_NO_ALLOWED) == 0)
        at = gen_put_money(at, line->allowed);
    *at++ = ',';
    at = gen_put_money(at, line->paid);
    *at++ = ',';
    return at;
}

static char *put_pharmacy_cells(char *at, const gen_world *world, const gen_claim *claim,
                                const gen_line *line)
{
    bool sold = claim->setting == GEN_COUNTER;
    bool prescribed = (line->missing & GEN_NO_PRESCRIBER) == 0;

    at = put_provider_cell(at, world, GEN_PRACTITIONER, prescribed ? line->prescriber : GEN_NOBODY);
    at = put_provider_cell(at, world, GEN_PHARMACY, sold ? claim->biller : GEN_NOBODY);
    if (sold && (line->missing & GEN_NO_DAYS) == 0)
        at = gen_put_number(at, line->days_supply);
    *at++ = ',';
    if (sold)
        at = gen_put_number(at, line->quantity);
    *at++ = ',';
    return at;
}

static char *put_version_cells(char *at, const gen_world *world, const gen_claim *claim)
{
    at = put_text_cell(at, claim->status);
    if (claim->undone != 0)
        at = gen_put_claim_id(at, world, claim->undone);
    *at++ = ',';
    at = put_text_cell(at, claim->setting == GEN_WARD     ? "111"
                           : claim->setting == GEN_CLINIC ? "131"
                                                          : "");
    return gen_put_date(at, claim->received_date);
}

char *gen_put_row(char *at, const gen_world *world, const gen_claim *claim, uint32_t line)
{
    const gen_line *one = &claim->lines[line];
    bool no_performer = (one->missing & GEN_NO_PERFORMER) != 0;

    at = put_claim_cells(at, world, claim, line);
    at = put_date_cell(at, one->service_date);
    at = put_provider_cell(at, world, GEN_PRACTITIONER, no_performer ? GEN_NOBODY : one->performer);
    at = put_procedure_cell(at, one->procedure);
    at = put_text_cell(at, one->modifiers);
    at = put_text_cell(at, (one->missing & GEN_NO_REVENUE) != 0 ? "" : one->revenue);
    at = put_drug_cell(at, one->drug);
    at = put_money_cells(at, one);
    at = put_text_cell(at, (one->missing & GEN_NO_PLACE) != 0 ? "" : one->place);
    at = put_pharmacy_cells(at, world, claim, one);
    at = put_version_cells(at, world, claim);
    *at++ = '\n';
    return at;
}
