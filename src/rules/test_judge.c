/* Judges the units of a test by the vectorised evaluator and by the explaining one, which must
 * agree. */
#include "rules/testrun_parts.h"

static const uint64_t *offered(const ca_case_run *run, uint64_t *all)
{
    const ca_batch *units = run->lines.frame.units;
    if (!run->rule->rows_all)
        return units->live;
    for (unsigned unit = 0; unit < units->rows; unit++)
        ca_bit_set(all, unit);
    return all;
}

static ca_outcome outcome_of(const ca_verdict *verdict, unsigned unit)
{
    if (ca_bit(verdict->hit, unit))
        return CA_HIT;
    if (ca_bit(verdict->excused, unit))
        return CA_EXCUSED;
    if (ca_bit(verdict->unknown, unit))
        return CA_UNKNOWN;
    return ca_bit(verdict->not_applicable, unit) ? CA_NOT_APPLICABLE : CA_PASS;
}

static uint32_t line_number(const ca_case_run *run, unsigned unit)
{
    const ca_frame *frame = &run->lines.frame;
    return run->lines.numbers[frame->lines ? frame->first_line[unit] : unit];
}

static int explain_units(ca_case_run *run, const uint64_t *mask, const ca_verdict *verdict,
                         ca_error *err)
{
    const ca_frame *frame = &run->lines.frame;
    for (unsigned unit = 0; unit < frame->units->rows; unit++) {
        run->said[unit].outcome = CA_NOT_APPLICABLE;
        if (!ca_bit(mask, unit))
            continue;
        int code = ca_explain(frame, run->rule, unit, 2, run->arena, &run->said[unit], err);
        if (code != 0)
            return code;
        ca_outcome fast = outcome_of(verdict, unit);
        if (fast != run->said[unit].outcome)
            ca_diag_add(
                run->conf.diags, CA_DIAG_ERROR, run->conf.file->path, line_number(run, unit), 1,
                "the evaluators disagree: %s and %s; please report this defect of the program",
                ca_outcome_name(fast), ca_outcome_name(run->said[unit].outcome));
    }
    return 0;
}

int ca_case_judge(ca_case_run *run, ca_error *err)
{
    const ca_batch *units = run->lines.frame.units;
    uint64_t *bits[5];
    for (size_t i = 0; i < 5; i++) {
        bits[i] = ca_arena_array(run->arena, units->words, sizeof(uint64_t));
        if (bits[i] == NULL)
            return ca_error_nomem(err);
    }
    run->said = ca_arena_array(run->arena, units->rows, sizeof(*run->said));
    ca_eval *eval = ca_eval_new();
    if (run->said == NULL || eval == NULL) {
        ca_eval_free(eval);
        return ca_error_nomem(err);
    }
    ca_eval_watch(eval, run->seen);
    ca_verdict verdict = {bits[0], bits[1], bits[2], bits[3]};
    const uint64_t *mask = offered(run, bits[4]);
    int code = ca_eval_rule(eval, &run->lines.frame, run->rule, mask, &verdict, err);
    if (code == 0)
        code = explain_units(run, mask, &verdict, err);
    ca_eval_free(eval);
    return code;
}
