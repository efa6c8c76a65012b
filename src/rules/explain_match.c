/* Explains what a rule of several lines found: every leaf with its values, which lines it is about and in what part, the
 * money, the message. */
#include "rules/explain_parts.h"
#include "rules/explain_match.h"

#include <string.h>

#include "rules/exposure.h"
#include "rules/kind.h"

/* --- Leaves --------------------------------------------------------------------------------------- */

/* `where` is about one line: of the unit's row, or the first line that its claim has a say with. */
static void tell_where(ca_twin *twin, ca_explanation *explanation)
{
    const ca_frame *frame = twin->frame;
    unsigned row = ca_frame_row(frame, CA_SIDE_UNIT, twin->unit);
    bool of_claims = twin->rule->keys.of_claims && frame->lines != NULL;
    const ca_frame plain = {.units = of_claims ? frame->lines : frame->units,
                            .date_column = CA_F_SERVICE_DATE,
                            .codes = frame->codes};
    ca_twin line = *twin;
    const char *blame = NULL;
    if (twin->rule->where == NULL)
        return;
    line.frame = &plain;
    line.unit = of_claims ? frame->first_line[row] : row;
    line.leaves = explanation->leaves;
    (void)ca_tell_condition(&line, twin->rule->where, CA_AT_UNIT, &blame);
    twin->nomem |= line.nomem;
}

/* What aggregates blame where nothing else is missing: what the first line in doubt lacks. */
static void blame_doubts(ca_twin *twin)
{
    const ca_frame *frame = twin->frame;
    const ca_side sides[] = {CA_SIDE_UNIT, CA_SIDE_A, CA_SIDE_B};
    const ca_frame plain = {.units = frame->lines, .date_column = CA_F_SERVICE_DATE, .codes = frame->codes};
    for (size_t i = 0; i < 3 && frame->line_undecided != NULL && twin->where_blame == NULL; i++) {
        uint32_t from, past;
        ca_frame_lines(frame, sides[i], twin->unit, &from, &past);
        while (from < past && !ca_bit(frame->line_undecided, from))
            from++;
        ca_twin line = *twin;
        line.frame = &plain;
        line.unit = from;
        line.leaves = NULL;
        if (from < past)
            (void)ca_tell_condition(&line, twin->rule->where, CA_AT_UNIT, &twin->where_blame);
    }
}

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
            explanation->unchecked_field = blame ? blame : "other";
        }
    }
}

/* What the kind decided by itself stands: that the lines belong together, that a period is closed, that no line came. */
static void tell_outcome(ca_twin *twin, const ca_match *match, ca_explanation *explanation)
{
    const ca_rule_keys *keys = &twin->rule->keys;
    const char *blame = NULL;
    explanation->outcome = match->outcome;
    explanation->blame = match->why;
    if (keys->event != NULL)
        (void)ca_tell_condition(twin, keys->event, CA_AT_UNIT, &blame);
    if (keys->minimum != NULL && match->frame->stretch != NULL)    /* a line without its entity stands alone */
        (void)ca_tell_condition(twin, keys->minimum, CA_AT_UNIT, &blame);
    if (twin->rule->when != NULL && match->why == NULL) {
        blame = NULL;
        ca_truth when = ca_tell_condition(twin, twin->rule->when, CA_AT_UNIT, &blame);
        explanation->outcome = when == CA_TRUE ? CA_HIT : when == CA_FALSE ? CA_PASS : CA_UNKNOWN;
        explanation->blame = when == CA_UNKNOWN_TRUTH ? (blame ? blame : "other") : NULL;
    } else if (match->outcome != CA_UNKNOWN) {
        explanation->outcome = CA_HIT;
    }
    if (explanation->outcome == CA_HIT)
        tell_exceptions(twin, explanation);
    if (explanation->outcome == CA_UNKNOWN && explanation->blame == NULL)
        explanation->blame = "other";
}

/* --- Lines ---------------------------------------------------------------------------------------- */

static const char *role_of(const ca_rule *rule, size_t index)
{
    const char *const *roles = rule->kind->roles;
    return index > 0 && roles[1] != NULL ? roles[1] : roles[0];
}

static bool carries(const ca_rule *rule, size_t index)
{
    if (rule->kind->first_carries)
        return index == 0;
    return rule->keys.carrier == CA_CARRIER_BOTH || (rule->keys.carrier == CA_CARRIER_B) == (index == 1);
}

static void add_line(ca_explanation *explanation, uint32_t row, const char *role, bool carrying, bool of_claim)
{
    explanation->lines[explanation->line_count++] = (ca_match_line){
        .role = role, .row = row, .carries = carrying, .of_claim = of_claim, .share = carrying ? CA_EXPOSURE_MISSING : 0};
}

/* The lines of a claim; where none has money, the claim stands for them. */
static void add_claim(const ca_frame *frame, ca_explanation *explanation, uint32_t claim, const char *role, bool carrying)
{
    uint32_t past = frame->past_line ? frame->past_line[claim] : frame->first_line[claim + 1];
    bool money = false;
    for (uint32_t line = frame->first_line[claim]; line < past; line++)
        money |= ca_bit(frame->line_taken, line) && ca_batch_has(frame->lines, CA_F_PAID, line);
    if (!money)
        add_line(explanation, claim, role, carrying, true);
    for (uint32_t line = frame->first_line[claim]; money && line < past; line++) {
        if (ca_bit(frame->line_taken, line))
            add_line(explanation, line, role, carrying, false);
    }
}

static size_t room_for(const ca_frame *frame, const ca_rule *rule, const ca_match *match)
{
    size_t room = match->row_count;
    for (size_t i = 0; rule->keys.of_claims && i < match->row_count; i++) {
        uint32_t claim = match->rows[i];
        uint32_t past = frame->past_line ? frame->past_line[claim] : frame->first_line[claim + 1];
        room += past - frame->first_line[claim];
    }
    return room;
}

/* A line that `lines` does not choose is part of the window, but not of the finding. */
static bool is_chosen(ca_twin *twin, uint32_t row)
{
    const char *blame = NULL;
    const uint32_t *table_row = twin->frame->table_row ? &twin->frame->table_row[twin->unit] : NULL;
    const ca_frame plain = {.units = twin->frame->units, .date_column = CA_F_SERVICE_DATE, .codes = twin->frame->codes,
                            .made = true, .count = 1, .row = {&row, &row, &row, &row}, .table_row = table_row};
    ca_twin line = *twin;
    if (twin->rule->keys.lines == NULL)
        return true;
    line.frame = &plain;
    line.unit = 0;
    line.leaves = NULL;
    return ca_tell_condition(&line, twin->rule->keys.lines, CA_AT_UNIT, &blame) == CA_TRUE;
}

static int tell_lines(ca_twin *twin, const ca_match *match, ca_explanation *explanation)
{
    const ca_rule *rule = twin->rule;
    size_t room = room_for(twin->frame, rule, match);
    explanation->lines = ca_arena_array(twin->arena, room + 1, sizeof *explanation->lines);
    if (explanation->lines == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < match->row_count; i++) {
        if (rule->keys.of_claims)
            add_claim(twin->frame, explanation, match->rows[i], role_of(rule, i), carries(rule, i));
        else if (explanation->outcome == CA_UNKNOWN || is_chosen(twin, match->rows[i]))
            add_line(explanation, match->rows[i], role_of(rule, i), carries(rule, i), false);
    }
    return 0;
}

/* --- Money ---------------------------------------------------------------------------------------- */

bool ca_match_line_paid(const ca_frame *frame, const ca_match_line *line, bool of_claims, int64_t *ret_paid)
{
    const ca_batch *batch = of_claims && !line->of_claim ? frame->lines : frame->units;
    unsigned column = line->of_claim ? CA_F_CLAIM_PAID : CA_F_PAID;
    if (!ca_batch_has(batch, column, line->row))
        return false;
    *ret_paid = batch->columns[column].as.number[line->row];
    return true;
}

/* An episode is a stretch of its own: its money is that of all its lines. */
static ca_told money_at_stake(const ca_twin *twin, const ca_match *match)
{
    ca_twin of = *twin;
    ca_frame frame = *twin->frame;
    uint32_t row = ca_frame_row(twin->frame, CA_SIDE_UNIT, twin->unit);
    ca_date date = CA_NO_DATE;
    of.trace = NULL;
    of.leaves = NULL;
    if (match->has_episode) {
        date = twin->frame->date ? twin->frame->date[twin->unit] : CA_NO_DATE;
        frame.count = 1;
        frame.stretch = match->episode;
        frame.row[CA_SIDE_UNIT] = &row;
        frame.date = twin->frame->date ? &date : NULL;
        for (ca_given given = 0; given < CA_GIVENS; given++)
            frame.given[given] = frame.given[given] ? frame.given[given] + twin->unit : NULL;
        frame.peers = frame.peers ? frame.peers + twin->unit : NULL;
        frame.table_row = frame.table_row ? frame.table_row + twin->unit : NULL;
        of.frame = &frame;
        of.unit = 0;
    }
    return ca_tell_value(&of, twin->rule->exposure, CA_AT_UNIT);
}

static int tell_money(ca_twin *twin, const ca_match *match, int minor_digits, ca_explanation *explanation)
{
    size_t count = 0;
    size_t lines = explanation->line_count + 1;
    int64_t *paid = ca_arena_array(twin->arena, lines, sizeof *paid);
    int64_t *shares = ca_arena_array(twin->arena, lines, sizeof *shares);
    size_t *scratch = ca_arena_array(twin->arena, lines, sizeof *scratch);
    if (paid == NULL || shares == NULL || scratch == NULL)
        return CA_NOMEM;
    ca_told wanted = money_at_stake(twin, match);
    bool known = wanted.value.present && !wanted.skipped;
    for (size_t i = 0; i < explanation->line_count; i++) {
        if (explanation->lines[i].carries)
            known &= ca_match_line_paid(twin->frame, &explanation->lines[i], twin->rule->keys.of_claims, &paid[count++]);
    }
    int64_t total;
    if (!known || !ca_exposure_split(wanted.value.as.ratio, paid, count, minor_digits, scratch, &total, shares))
        return 0;
    explanation->exposure = total;
    count = 0;
    for (size_t i = 0; i < explanation->line_count && !match->of_entity; i++) {
        if (explanation->lines[i].carries)
            explanation->lines[i].share = shares[count++];
    }
    return 0;
}

int ca_explain_match(const ca_match *match, const ca_rule *rule, int minor_digits, ca_arena *arena,
                     ca_explanation *ret_explanation, ca_error *err)
{
    ca_twin twin = {.frame = match->frame, .rule = rule, .arena = arena, .unit = match->unit};
    ca_explanation explanation = {.exposure = CA_EXPOSURE_MISSING, .message = CA_TEXT("")};
    uint32_t table_row = match->frame->table_row ? match->frame->table_row[match->unit] : CA_NO_TABLE_ROW;
    explanation.has_table_row = table_row != CA_NO_TABLE_ROW;
    explanation.table_row = table_row;
    explanation.leaves = ca_arena_array(arena, rule->leaf_count + 1, sizeof(*explanation.leaves));
    if (explanation.leaves == NULL)
        return ca_error_nomem(err);
    twin.leaves = explanation.leaves;
    tell_where(&twin, &explanation);
    blame_doubts(&twin);
    tell_outcome(&twin, match, &explanation);
    bool stands = explanation.outcome == CA_HIT || explanation.outcome == CA_EXCUSED;
    int code = tell_lines(&twin, match, &explanation);
    twin.trace = NULL;
    if (code == 0 && stands)
        code = tell_money(&twin, match, minor_digits, &explanation);
    if (code == 0 && stands)
        code = ca_tell_message(&twin, &explanation, err);
    if (code != 0 || twin.nomem)
        return ca_error_nomem(err);
    *ret_explanation = explanation;
    return 0;
}
