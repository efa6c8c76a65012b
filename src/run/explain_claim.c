/* Explains one claim: every rule on each of its lines and on the claim, then what settling says of the lines. */
#include "run/explain_claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/explain_claim_inside.h"

static int refuse_size(ca_error *err)
{
    return ca_error_set(err, CA_LIMIT,
                        "more than %d lines have this claim id: give --line N for one of them, or --type; is the right "
                        "column mapped as claim_id?",
                        CA_EXPLAINED_LINES_MAX);
}

/* --- What the rules say ----------------------------------------------------------------------- */

static bool asks_for(const ca_claim_question *question, const ca_batch *units, unsigned unit, bool of_claim)
{
    if (!ca_is_asked_claim(question, ca_batch_text(units, CA_F_CLAIM_ID, unit))) {
        return false;
    }
    if (question->has_type && units->columns[CA_F_CLAIM_TYPE].as.choice[unit] != question->claim_type) {
        return false;
    }
    if (!question->has_line) {
        return true;
    }
    return !of_claim && units->columns[CA_F_LINE_NO].as.number[unit] == question->line_no;
}

static int64_t number_of(const ca_batch *batch, unsigned column, unsigned row)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : 1;
}

static int tell_outcome(ca_telling *telling, const ca_frame *frame, const ca_rule *rule, uint32_t index,
                        unsigned unit, ca_error *err)
{
    ca_scan_state *scan = telling->scan;
    const ca_batch *units = frame->units;
    ca_explanation explanation;
    ca_told_outcome *outcomes =
        ca_grown_array(telling->outcomes, telling->outcome_count, &telling->outcome_cap, sizeof *outcomes);
    if (!outcomes) {
        return ca_error_nomem(err);
    }
    telling->outcomes = outcomes;
    ca_arena_reset(&scan->scratch);
    int rc = ca_explain(frame, rule, unit, scan->setup->profile->minor_digits, &scan->scratch, &explanation, err);
    if (rc) {
        return rc;
    }
    ca_told_outcome told = {.rule = &telling->rules[index],
                            .rule_index = index,
                            .claim_type = units->columns[CA_F_CLAIM_TYPE].as.choice[unit],
                            .of_claim = frame->lines != NULL,
                            .sees_all = rule->rows_all,
                            .part = number_of(units, CA_F_CLAIM_PART, unit),
                            .line_no = frame->lines ? 0 : number_of(units, CA_F_LINE_NO, unit),
                            .file = scan->files[units->origin[unit].file].path,
                            .file_no = units->origin[unit].file,
                            .row = units->origin[unit].row,
                            .outcome = explanation.outcome};
    ca_buf_clear(&telling->bytes);
    ca_tell_because(frame, rule, unit, &explanation, &telling->bytes);
    if (telling->bytes.failed || ca_arena_text(telling->arena, ca_buf_text(&telling->bytes), &told.because)) {
        return ca_error_nomem(err);
    }
    if (telling->question->leaves) {
        rc = ca_tell_leaves(rule, frame->codes, &explanation, telling->arena, &told.leaves, &told.leaf_count, err);
    }
    if (rc == 0) {
        outcomes[telling->outcome_count++] = told;
    }
    return rc;
}

static int tell_unit(ca_telling *telling, const ca_frame *frame, const ca_rule_group *group, unsigned unit,
                     ca_error *err)
{
    const char *only = telling->question->rule;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < group->count; i++) {
        const ca_rule *rule = group->rules[i];
        bool offered = rule->rows_all || ca_bit(frame->units->live, unit);
        if (offered && (!only || strcmp(only, rule->id) == 0)) {
            rc = tell_outcome(telling, frame, rule, group->index[i], unit, err);
        }
    }
    return rc;
}

/* A subset is of lines that are judged once more because they fell: they are told apart at the end. */
static int observe(void *context, ca_scan_state *scan, const ca_frame *frame, const ca_rule_group *group,
                   const uint64_t *subset, ca_error *err)
{
    ca_telling *telling = context;
    int rc = 0;
    (void)scan;
    for (unsigned unit = 0; rc == 0 && !subset && unit < frame->units->rows; unit++) {
        if (!asks_for(telling->question, frame->units, unit, frame->lines != NULL)) {
            continue;
        }
        telling->units += frame->lines == NULL;
        rc = telling->units > CA_EXPLAINED_LINES_MAX ? refuse_size(err) : tell_unit(telling, frame, group, unit, err);
    }
    return rc;
}

/* --- Putting it together ---------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_line(const void *left, const void *right)
{
    const ca_told_line *a = left;
    const ca_told_line *b = right;
    int order = compare(a->claim_type, b->claim_type);
    order = order ? order : compare(a->line_no, b->line_no);
    order = order ? order : strcmp(a->file, b->file);
    order = order ? order : compare(a->file_no, b->file_no);
    return order ? order : compare((int64_t)a->row, (int64_t)b->row);
}

static int by_unit(const void *left, const void *right)
{
    const ca_told_outcome *a = left;
    const ca_told_outcome *b = right;
    int order = compare(a->claim_type, b->claim_type);
    order = order ? order : compare(a->of_claim, b->of_claim);
    order = order ? order : compare(a->part, b->part);
    order = order ? order : compare(a->line_no, b->line_no);
    order = order ? order : strcmp(a->file, b->file);
    order = order ? order : compare(a->file_no, b->file_no);
    order = order ? order : compare((int64_t)a->row, (int64_t)b->row);
    return order ? order : compare(a->rule_index, b->rule_index);
}

/* The rules saw the line in the stream, before anyone could know that it does not count. */
static bool falls(const ca_telling *telling, const ca_told_outcome *outcome)
{
    const ca_told_line key = {.claim_type = outcome->claim_type,
                              .line_no = outcome->line_no,
                              .file = outcome->file,
                              .file_no = outcome->file_no,
                              .row = outcome->row};
    if (outcome->of_claim || telling->line_count == 0) {
        return false;
    }
    const ca_told_line *line = bsearch(&key, telling->lines, telling->line_count, sizeof key, by_line);
    return line && (line->dropped || (line->undone && !outcome->sees_all));
}

static void drop_outcomes(ca_telling *telling)
{
    size_t kept = 0;
    for (size_t i = 0; i < telling->outcome_count; i++) {
        if (!falls(telling, &telling->outcomes[i])) {
            telling->outcomes[kept++] = telling->outcomes[i];
        }
    }
    telling->outcome_count = kept;
}

static int finish(ca_telling *telling, ca_claim_told *ret_told, ca_error *err)
{
    if (telling->line_count) {
        qsort(telling->lines, telling->line_count, sizeof *telling->lines, by_line);
    }
    drop_outcomes(telling);
    if (telling->outcome_count) {
        qsort(telling->outcomes, telling->outcome_count, sizeof *telling->outcomes, by_unit);
    }
    ca_claim_told told = {.outcome_count = telling->outcome_count,
                          .line_count = telling->line_count,
                          .incomplete = telling->incomplete};
    told.outcomes = ca_arena_array(telling->arena, told.outcome_count + 1, sizeof *told.outcomes);
    told.lines = ca_arena_array(telling->arena, told.line_count + 1, sizeof *told.lines);
    if (!told.outcomes || !told.lines) {
        return ca_error_nomem(err);
    }
    if (told.outcome_count) {
        memcpy(told.outcomes, telling->outcomes, told.outcome_count * sizeof *told.outcomes);
    }
    if (told.line_count) {
        memcpy(told.lines, telling->lines, told.line_count * sizeof *told.lines);
    }
    for (size_t i = 0; i < telling->scan->file_count; i++) {
        told.rows_read += telling->scan->files[i].rows_read;
        told.rows_rejected += telling->scan->files[i].rows_rejected;
        told.rows_skipped += telling->scan->files[i].rows_skipped;
    }
    for (size_t i = 0; i < telling->scan->setup->rules->count && !telling->question->rule; i++) {
        const ca_rule *rule = telling->scan->setup->rules->rules[i];
        told.others += ca_kind_of_several(rule->kind) && (rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW);
    }
    *ret_told = told;
    return 0;
}

/* Nothing is said of other claims: whoever asks for one by a wrong number must not be shown another. */
static int check_found(const ca_telling *telling, const ca_claim_told *told, ca_error *err)
{
    const ca_claim_question *question = telling->question;
    if (!telling->seen && question->claim_id.ptr) {
        return ca_error_set(err, CA_USAGE,
                            "none of the %llu rows has this claim id, letter by letter and after what the profile does to ids; "
                            "%llu rejected and %llu skipped rows cannot be known",
                            (unsigned long long)told->rows_read, (unsigned long long)told->rows_rejected,
                            (unsigned long long)told->rows_skipped);
    }
    if (telling->seen && !telling->seen_type) {
        return ca_error_set(err, CA_USAGE, "the claim is there, but not with --type %s; leave --type out to see it",
                            ca_enum_name(CA_F_CLAIM_TYPE, question->claim_type));
    }
    if (telling->seen && telling->line_count == 0) {
        return ca_error_set(err, CA_USAGE, "the claim has no line %lld; leave --line out to see its lines",
                            (long long)question->line_no);
    }
    return 0;
}

/* Rules end with the scan; their names are told afterwards. */
static int name_rules(ca_telling *telling, ca_error *err)
{
    const ca_ruleset *set = telling->scan->setup->rules;
    const char *only = telling->question->rule;
    const ca_rule *rule = only ? ca_ruleset_find(set, ca_text_of(only)) : NULL;
    if (only && !rule) {
        return ca_error_set(err, CA_USAGE, "there is no rule %s among those that are loaded; see claimaudit rules list",
                            only);
    }
    if (rule && ca_kind_of_several(rule->kind)) {
        return ca_error_set(err, CA_USAGE,
                            "the rule %s looks at several lines, also of other claims: claimaudit rules try shows what it finds "
                            "in these files, claimaudit findings --claim what a scan found", only);
    }
    telling->rules = ca_arena_array(telling->arena, set->count + 1, sizeof *telling->rules);
    for (size_t i = 0; telling->rules && i < set->count; i++) {
        telling->rules[i] =
            (ca_told_rule){.id = ca_arena_cstr(telling->arena, ca_text_of(set->rules[i]->id)),
                           .title = ca_arena_cstr(telling->arena, ca_text_of(set->rules[i]->title)),
                           .status = ca_rule_status_name(set->rules[i]->status)};
        if (!telling->rules[i].id || !telling->rules[i].title) {
            return ca_error_nomem(err);
        }
    }
    return telling->rules ? 0 : ca_error_nomem(err);
}

int ca_explain_claim(const ca_scan_options *options, const ca_claim_question *question, ca_arena *arena,
                     ca_diags *diags, ca_claim_told *ret_told, ca_error *err)
{
    ca_scan_summary summary = {0};
    ca_claim_told told = {0};
    ca_scan_state scan = {
        .options = options, .summary = &summary, .arena = arena, .every_status = question->rule != NULL};
    ca_telling telling = {.question = question, .scan = &scan, .arena = arena};
    const ca_look look = {question->claim_id, observe, ca_tell_lines, &telling};
    ca_buf_init(&telling.bytes);
    int rc = ca_engine_begin(&scan, diags, err);
    rc = rc ? rc : name_rules(&telling, err);
    rc = rc ? rc : ca_read_facts(&scan, err);
    rc = rc ? rc : ca_look_at_claim(&scan, &look, err);
    rc = rc ? rc : finish(&telling, &told, err);
    rc = rc ? rc : check_found(&telling, &told, err);
    ca_engine_end(&scan);
    ca_buf_done(&telling.bytes);
    ca_free(telling.outcomes);
    ca_free(telling.lines);
    if (rc == 0) {
        *ret_told = told;
    }
    return rc;
}
