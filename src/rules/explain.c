/* The explaining twin: judges one unit as an auditor would, in the order dates, `where`, `when`,
 * exceptions. */
#include "rules/explain_parts.h"

static const char *date_name(const ca_twin *twin)
{
    return twin->frame->units->schema->columns[twin->rule->effective_on].name;
}

/* Is the unit's date inside `effective`? */
static ca_truth inside_effective(const ca_twin *twin)
{
    const ca_rule *rule = twin->rule;
    if (!rule->has_effective)
        return CA_TRUE;
    ca_value date = ca_frame_column(twin->frame, CA_SIDE_UNIT, rule->effective_on, twin->unit);
    if (!date.present)
        return CA_UNKNOWN_TRUTH;
    bool inside = date.as.date >= rule->effective_from && date.as.date <= rule->effective_to;
    return inside ? CA_TRUE : CA_FALSE;
}

/* --- where ------------------------------------------------------------------------------------ */

/* Traces of `where` are kept of the first line that it takes, else of the first that it cannot
 * decide. */
static int where_of_lines(ca_twin *twin, ca_truth *ret_any, bool *ret_doubt)
{
    uint32_t count = twin->past - twin->first;
    const char *blame = NULL;
    ca_truth *where = ca_arena_array(twin->arena, count, sizeof(*where));
    if (where == NULL)
        return CA_NOMEM;
    uint32_t shown = count;
    *ret_any = CA_FALSE;
    *ret_doubt = false;
    for (uint32_t i = 0; i < count; i++) {
        where[i] = ca_tell_condition(twin, twin->rule->where, twin->first + i, &blame);
        if (where[i] == CA_TRUE && *ret_any != CA_TRUE)
            shown = i;
        if (where[i] == CA_UNKNOWN_TRUTH && *ret_any == CA_FALSE)
            shown = i;
        *ret_doubt |= where[i] == CA_UNKNOWN_TRUTH;
        if (where[i] == CA_TRUE || (where[i] == CA_UNKNOWN_TRUTH && *ret_any == CA_FALSE))
            *ret_any = where[i];
    }
    if (shown < count) {
        (void)ca_tell_condition(twin, twin->rule->where, twin->first + shown, &blame);
        ca_value line_no = ca_value_of(twin->frame->lines, CA_F_LINE_NO, twin->first + shown);
        for (size_t i = 0; i < twin->rule->where_leaves; i++) {
            twin->leaves[i].has_line = line_no.present;
            twin->leaves[i].line_no = line_no.present ? (int64_t)line_no.as.ratio.n : 0;
        }
    }
    twin->where = where;
    return 0;
}

/* The first leaf of `where`, then the first undecided line, that is UNKNOWN. */
static const char *blame_of_lines(ca_twin *twin)
{
    ca_leaf_trace *kept = twin->leaves;
    const char *found = NULL;
    twin->leaves = NULL;
    for (size_t leaf = 0; leaf < twin->rule->where_leaves && found == NULL; leaf++) {
        for (uint32_t line = twin->first; line < twin->past && found == NULL; line++) {
            if (twin->where[line - twin->first] == CA_UNKNOWN_TRUTH)
                (void)ca_tell_condition(twin, twin->rule->leaves[leaf], line, &found);
        }
    }
    twin->leaves = kept;
    return found;
}

/* TRUE: the unit takes part; *ret_doubt: some of its lines could not be decided. */
static int tell_where(ca_twin *twin, ca_truth *ret_where, bool *ret_doubt, const char **ret_blame)
{
    *ret_where = CA_TRUE;
    *ret_doubt = false;
    if (twin->rule->where == NULL)
        return 0;
    if (twin->frame->lines == NULL) {
        *ret_where = ca_tell_condition(twin, twin->rule->where, CA_AT_UNIT, ret_blame);
        return 0;
    }
    int code = where_of_lines(twin, ret_where, ret_doubt);
    if (code == 0 && *ret_doubt)
        *ret_blame = twin->where_blame = blame_of_lines(twin);
    return code;
}

/* --- The verdict ------------------------------------------------------------------------------ */

static void tell_exceptions(ca_twin *twin, ca_explanation *explanation)
{
    for (size_t i = 0; i < twin->rule->unless_count; i++) {
        const ca_unless *unless = &twin->rule->unless[i];
        const char *blame = NULL;
        ca_truth truth = ca_tell_condition(twin, unless->when, CA_AT_UNIT, &blame);
        if (truth == CA_TRUE) {
            explanation->outcome = CA_EXCUSED;
            explanation->excuse = unless->name;
            explanation->unchecked = NULL;
            explanation->unchecked_field = NULL;
            return;
        }
        if (truth == CA_UNKNOWN_TRUTH && explanation->unchecked == NULL) {
            explanation->unchecked = unless->name;
            explanation->unchecked_field = blame;
        }
    }
}

static void become_unknown(ca_explanation *explanation, const char *blame)
{
    explanation->outcome = CA_UNKNOWN;
    explanation->blame = blame;
}

static int tell_outcome(ca_twin *twin, ca_explanation *explanation)
{
    ca_truth where;
    bool doubt;
    const char *where_blame = NULL;
    const char *when_blame = NULL;
    ca_truth inside = inside_effective(twin);
    explanation->outcome = CA_NOT_APPLICABLE;
    if (inside == CA_FALSE)
        return 0;
    int code = tell_where(twin, &where, &doubt, &where_blame);
    if (code != 0 || where == CA_FALSE)
        return code;
    if (inside == CA_UNKNOWN_TRUTH) {
        become_unknown(explanation, date_name(twin));
        return 0;
    }
    if (where == CA_UNKNOWN_TRUTH) {
        become_unknown(explanation, where_blame);
        return 0;
    }
    if (twin->no_row) {
        if (twin->no_row_blame != NULL)
            become_unknown(explanation, twin->no_row_blame);
        return 0;
    }
    ca_truth when = ca_tell_condition(twin, twin->rule->when, CA_AT_UNIT, &when_blame);
    explanation->outcome = CA_PASS;
    if (when == CA_TRUE) {
        explanation->outcome = CA_HIT;
        tell_exceptions(twin, explanation);
    } else if (doubt || when == CA_UNKNOWN_TRUTH) {
        become_unknown(explanation, doubt ? where_blame : when_blame);
    }
    return 0;
}

/* --- Which lines carry it --------------------------------------------------------------------- */

/* Lines that take part; of an unknown unit also those that may. */
static int tell_carrying(ca_twin *twin, ca_explanation *explanation)
{
    uint32_t count = twin->past - twin->first;
    explanation->carrying =
        ca_arena_array(twin->arena, (size_t)count + 1, sizeof(*explanation->carrying));
    explanation->shares =
        ca_arena_array(twin->arena, (size_t)count + 1, sizeof(*explanation->shares));
    if (explanation->carrying == NULL || explanation->shares == NULL)
        return CA_NOMEM;
    if (twin->frame->lines == NULL)
        explanation->carrying[explanation->carrying_count++] = ca_frame_row(twin->frame, CA_SIDE_UNIT, twin->unit);
    for (uint32_t line = twin->first; line < twin->past; line++) {
        ca_truth where = twin->where ? twin->where[line - twin->first] : CA_TRUE;
        if (where == CA_TRUE || (where == CA_UNKNOWN_TRUTH && explanation->outcome == CA_UNKNOWN))
            explanation->carrying[explanation->carrying_count++] = line;
    }
    for (size_t i = 0; i < explanation->carrying_count; i++)
        explanation->shares[i] = CA_EXPOSURE_MISSING;
    return 0;
}

static int tell_rest(ca_twin *twin, int minor_digits, ca_explanation *explanation, ca_error *err)
{
    bool stands = explanation->outcome == CA_HIT || explanation->outcome == CA_EXCUSED;
    explanation->exposure = CA_EXPOSURE_MISSING;
    explanation->message = CA_TEXT("");
    if (!stands && explanation->outcome != CA_UNKNOWN)
        return 0;
    int code = tell_carrying(twin, explanation);
    if (code == 0 && stands)
        code = ca_tell_exposure(twin, minor_digits, explanation, err);
    return code == 0 && stands ? ca_tell_message(twin, explanation, err) : code;
}

int ca_explain(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits,
               ca_arena *arena, ca_explanation *ret_explanation, ca_error *err)
{
    return ca_explain_lookups(frame, rule, unit, minor_digits, arena, NULL, NULL, ret_explanation,
                              err);
}

int ca_tell_unit(ca_twin *twin, int minor_digits, ca_explanation *ret_explanation, ca_error *err)
{
    const ca_frame *frame = twin->frame;
    ca_explanation explanation = {.has_table_row = frame->table_row != NULL && !twin->no_row};
    if (explanation.has_table_row)
        explanation.table_row = frame->table_row[twin->unit];
    if (frame->lines != NULL)
        ca_frame_lines(frame, CA_SIDE_UNIT, twin->unit, &twin->first, &twin->past);
    explanation.leaves = ca_arena_array(twin->arena, twin->rule->leaf_count, sizeof(*explanation.leaves));
    if (explanation.leaves == NULL)
        return ca_error_nomem(err);
    twin->leaves = explanation.leaves;
    int code = tell_outcome(twin, &explanation);
    if (code == 0)
        code = tell_rest(twin, minor_digits, &explanation, err);
    if (code == CA_NOMEM || (code == 0 && twin->nomem))
        return ca_error_nomem(err);
    if (code == 0)
        *ret_explanation = explanation;
    return code;
}

/* Of several rows the strongest, as a unit has one outcome. */
static const ca_explanation *strongest(const ca_explanation *all, size_t count)
{
    static const uint8_t rank[] = {[CA_HIT] = 0, [CA_EXCUSED] = 1, [CA_UNKNOWN] = 2, [CA_PASS] = 3, [CA_NOT_APPLICABLE] = 4};
    const ca_explanation *best = all;
    for (size_t i = 1; i < count; i++)
        best = rank[all[i].outcome] < rank[best->outcome] ? &all[i] : best;
    return best;
}

int ca_explain_lookups(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits,
                       ca_arena *arena, ca_lookup_seen seen, void *context,
                       ca_explanation *ret_explanation, ca_error *err)
{
    ca_twin twin = {.frame = frame,
                    .rule = rule,
                    .arena = arena,
                    .unit = unit,
                    .seen = seen,
                    .seen_context = context};
    if (rule->keys.each == NULL || frame->table_row != NULL)
        return ca_tell_unit(&twin, minor_digits, ret_explanation, err);
    ca_explanation *all;
    size_t count;
    int code = ca_tell_each(&twin, minor_digits, &all, &count, err);
    if (code == 0)
        *ret_explanation = *strongest(all, count);
    return code;
}
