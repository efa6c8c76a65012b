/* Explains one claim: which of its lines count, and what took the place of those that do not. */
#include "base/alloc.h"
#include "run/explain_claim_inside.h"

/* The line that counts in place of a dropped one: the same record, else the newest version. */
static const ca_settled_line *line_instead(const ca_settled_line *lines, size_t count, const ca_settled_line *of)
{
    const ca_settled_line *other = NULL;
    for (size_t i = 0; i < count; i++) {
        const ca_settled_line *line = &lines[i];
        if (line->dropped || line->head->line_no != of->head->line_no || ca_claim_order(line, of) != 0) {
            continue;
        }
        if (ca_digest_cmp(line->head->digest, of->head->digest) == 0) {
            return line;
        }
        bool version = line->head->status != CA_VOID && line->head->status != CA_REVERSAL;
        other = version || !other ? line : other;
    }
    return other;
}

static ca_told_line tell_line(const ca_telling *telling, const ca_settled_line *lines, size_t count,
                              const ca_settled_line *line)
{
    const ca_run_file *files = telling->scan->files;
    const ca_line_head *head = line->head;
    ca_told_line told = {.claim_type = head->claim_type,
                         .status = head->status,
                         .part = head->claim_part,
                         .line_no = head->line_no,
                         .file = files[head->origin.file].path,
                         .file_no = head->origin.file,
                         .row = head->origin.row,
                         .live = head->live,
                         .dropped = line->dropped,
                         .undone = line->undone,
                         .voided = line->undone && line->undone_by->status == CA_VOID};
    const ca_settled_line *instead = line->dropped ? line_instead(lines, count, line) : NULL;
    const ca_line_head *other = instead ? instead->head : line->undone_by;
    if (other) {
        told.repeated = instead && ca_digest_cmp(other->digest, head->digest) == 0;
        told.other_file = files[other->origin.file].path;
        told.other_row = other->origin.row;
    }
    return told;
}

/* Rules of claims are not offered the units of an incomplete claim: `lines` are in their order, dropped ones last. */
static bool begins_incomplete(const ca_settled_line *lines, size_t i)
{
    for (size_t before = i; before > 0; before--) {
        const ca_settled_line *other = &lines[before - 1];
        if (other->head->claim_part != lines[i].head->claim_part || ca_claim_order(other, &lines[i]) != 0) {
            break;
        }
        if (ca_line_counts(other)) {
            return false;
        }
    }
    return lines[i].incomplete && !lines[i].dropped && ca_line_counts(&lines[i]);
}

static int tell_incomplete(ca_telling *telling, const ca_settled_line *first, ca_error *err)
{
    const ca_rule_group *group = &telling->scan->claim_rules;
    const char *only = telling->question->rule;
    const ca_line_head *head = first->head;
    for (size_t i = 0; i < group->count; i++) {
        if (only && strcmp(only, group->rules[i]->id) != 0) {
            continue;
        }
        ca_told_outcome *outcomes =
            ca_grown_array(telling->outcomes, telling->outcome_count, &telling->outcome_cap, sizeof *outcomes);
        if (!outcomes) {
            return ca_error_nomem(err);
        }
        telling->outcomes = outcomes;
        outcomes[telling->outcome_count++] =
            (ca_told_outcome){.rule = &telling->rules[group->index[i]],
                              .rule_index = group->index[i],
                              .claim_type = head->claim_type,
                              .of_claim = true,
                              .part = head->claim_part,
                              .file = telling->scan->files[head->origin.file].path,
                              .file_no = head->origin.file,
                              .row = head->origin.row,
                              .outcome = CA_UNKNOWN,
                              .because = telling->scan->pieces
                                             ? CA_TEXT("the claim is incomplete: a row of it was rejected or is missing")
                                             : CA_TEXT("the claim is incomplete: a row of it was rejected")};
    }
    return 0;
}

int ca_tell_lines(void *context, const ca_settled_line *lines, size_t count, ca_error *err)
{
    ca_telling *telling = context;
    const ca_claim_question *question = telling->question;
    for (size_t i = 0; i < count; i++) {
        const ca_line_head *head = lines[i].head;
        if (!ca_is_asked_claim(question, lines[i].claim_id)) {
            continue;
        }
        telling->seen = true;
        if (question->has_type && head->claim_type != question->claim_type) {
            continue;
        }
        telling->seen_type = true;
        telling->incomplete |= lines[i].incomplete;
        if (!question->has_line && begins_incomplete(lines, i)) {
            int rc = tell_incomplete(telling, &lines[i], err);
            if (rc) {
                return rc;
            }
        }
        if (question->has_line && head->line_no != question->line_no) {
            continue;
        }
        ca_told_line *told = ca_grown_array(telling->lines, telling->line_count, &telling->line_cap, sizeof *told);
        if (!told) {
            return ca_error_nomem(err);
        }
        telling->lines = told;
        told[telling->line_count++] = tell_line(telling, lines, count, &lines[i]);
    }
    return 0;
}
