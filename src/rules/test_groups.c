/* Inline tests of rules of several lines: judges the table as one bucket, explains every match, and compares what was
 * found with the lists of the case. */
#include "rules/explain_match.h"
#include "rules/group.h"
#include "rules/peers.h"
#include "rules/testrun_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One match: rows of the test's lines, in the order of the kind's roles. */
typedef struct found {
    ca_outcome outcome;
    uint32_t *rows;
    size_t count;
    const char *why;
    bool listed;
} found;

typedef struct group_case {
    ca_case_run *run;
    ca_batch *sorted;
    uint32_t *row_of;      /* by row of sorted: row of the test */
    found *items;
    size_t count, cap;
    bool nomem;
} group_case;

/* --- Judging -------------------------------------------------------------------------------------- */

static int64_t whole_at(const ca_batch *batch, unsigned column, uint32_t row)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : 0;
}

/* The total order; what the table does not tell apart stays in its order. */
static int order_rows(const ca_batch *batch, uint32_t a, uint32_t b)
{
    static const unsigned columns[] = {CA_F_SERVICE_DATE, CA_F_CLAIM_TYPE, CA_F_CLAIM_ID};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ca_value left = ca_value_of(batch, columns[i], a);
        ca_value right = ca_value_of(batch, columns[i], b);
        int order = left.present && right.present ? ca_tell_order(&left, &right) : (int)right.present - (int)left.present;
        if (order != 0)
            return order;
    }
    int64_t left = whole_at(batch, CA_F_LINE_NO, a);
    int64_t right = whole_at(batch, CA_F_LINE_NO, b);
    return left != right ? (left < right ? -1 : 1) : (a > b) - (a < b);
}

static int sort_lines(group_case *group)
{
    const ca_batch *lines = group->run->lines.lines;
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    memset(columns, 1, sizeof columns);
    group->row_of = ca_arena_array(group->run->arena, lines->rows, sizeof *group->row_of);
    if (group->row_of == NULL)
        return CA_NOMEM;
    for (uint32_t row = 0; row < lines->rows; row++) {
        uint32_t at = row;
        for (; at > 0 && order_rows(lines, row, group->row_of[at - 1]) < 0; at--)
            group->row_of[at] = group->row_of[at - 1];
        group->row_of[at] = row;
    }
    if (ca_batch_select(lines, group->row_of, lines->rows, columns, &group->sorted) != 0)
        return CA_NOMEM;
    for (uint32_t row = 0; row < lines->rows; row++) {
        if (!ca_bit(lines->live, group->row_of[row]))
            group->sorted->live[row / 64] &= ~(UINT64_C(1) << row % 64);
    }
    return 0;
}

static void count_nothing(void *context, ca_outcome outcome, size_t blame, uint64_t units)
{
    (void)context;
    (void)outcome;
    (void)blame;
    (void)units;
}

static bool want_all(void *context, ca_outcome outcome, uint64_t hash)
{
    (void)context;
    (void)outcome;
    (void)hash;
    return true;
}

/* The test's row of a line of a match: members are copies of the rows, their numbers travel as file rows. */
static uint32_t test_row(const group_case *group, const ca_match *match, const ca_match_line *line)
{
    const ca_batch *batch = group->run->rule->keys.of_claims && !line->of_claim ? match->frame->lines : match->frame->units;
    return (uint32_t)batch->origin[line->row].row;
}

static int add_found(group_case *group, const ca_match *match, const ca_explanation *said)
{
    if (group->count == group->cap) {
        size_t cap = group->cap ? 2 * group->cap : 64;
        found *items = ca_arena_array(group->run->arena, cap, sizeof *items);
        if (items == NULL)
            return CA_NOMEM;
        if (group->count > 0)
            memcpy(items, group->items, group->count * sizeof *items);
        group->items = items;
        group->cap = cap;
    }
    found *item = &group->items[group->count++];
    *item = (found){.outcome = said->outcome,
                    .why = said->outcome == CA_UNKNOWN ? said->blame : said->excuse,
                    .rows = ca_arena_array(group->run->arena, said->line_count + 1, sizeof(uint32_t))};
    for (size_t i = 0; item->rows != NULL && i < said->line_count; i++)
        item->rows[item->count++] = test_row(group, match, &said->lines[i]);
    return item->rows == NULL ? CA_NOMEM : 0;
}

/* Of a pair, only what is unknown: the line, or the lines of the claim. */
static void keep_subject(const ca_match *match, bool of_claims, ca_explanation *said)
{
    const ca_frame *frame = match->frame;
    uint32_t from = of_claims ? frame->first_line[match->subject] : 0;
    uint32_t past = !of_claims ? 0 : frame->past_line ? frame->past_line[match->subject] : frame->first_line[match->subject + 1];
    size_t kept = 0;
    for (size_t i = 0; i < said->line_count; i++) {
        const ca_match_line *line = &said->lines[i];
        bool is_subject = of_claims && !line->of_claim ? line->row >= from && line->row < past
                          : of_claims                  ? line->row == match->subject
                                                       : match->rows[i < match->row_count ? i : 0] == match->subject;
        if (is_subject)
            said->lines[kept++] = *line;
    }
    said->line_count = kept;
}

static int take_match(void *context, const ca_match *match, ca_error *err)
{
    group_case *group = context;
    ca_case_run *run = group->run;
    ca_explanation said;
    int code = ca_explain_match(match, run->rule, 2, run->arena, &said, err);
    if (code != 0)
        return code;
    if (said.outcome != match->outcome)
        ca_conf_error(&run->conf, run->test, "the evaluators disagree: %s and %s; please report this defect of the program",
                      ca_outcome_name(match->outcome), ca_outcome_name(said.outcome));
    if (match->outcome == CA_UNKNOWN && match->subject != CA_NO_ROW && said.line_count > 1)
        keep_subject(match, run->rule->keys.of_claims, &said);
    return add_found(group, match, &said) == 0 ? 0 : ca_error_nomem(err);
}

static bool want_none(void *context, ca_outcome outcome, uint64_t hash)
{
    (void)context;
    (void)outcome;
    (void)hash;
    return false;
}

/* All entities, before one of them is judged. */
static int measure(ca_grouper *grouper, ca_eval *eval, const ca_group_input *input, const ca_rule *rule, ca_error *err)
{
    const ca_group_sink silent = {NULL, count_nothing, want_none, NULL};
    int code = ca_group_judge(grouper, eval, input, rule, &silent, err);
    return code ? code : ca_peers_close(input->peers, err);
}

static int judge(group_case *group, ca_error *err)
{
    ca_case_run *run = group->run;
    for (uint32_t row = 0; row < run->lines.lines->rows; row++)
        run->lines.lines->origin[row].row = row;
    if (sort_lines(group) != 0)
        return ca_error_nomem(err);
    bool dated = run->lines.has_from_date;
    ca_group_input input = {.lines = group->sorted,
                                  .codes = run->lines.frame.codes,
                                  .has_from_date = &dated,
                                  .horizon = &run->horizon};
    const ca_group_sink sink = {group, count_nothing, want_all, take_match};
    ca_eval *eval = ca_eval_new();
    if (eval != NULL)
        ca_eval_watch(eval, run->seen);
    ca_grouper *grouper = ca_grouper_new(run->lines.lines->schema);
    ca_peers *peers = ca_peers_new();
    int code = eval == NULL || grouper == NULL || peers == NULL ? ca_error_nomem(err) : 0;
    input.peers = peers;
    if (code == 0 && run->rule->keys.metric != NULL)
        code = measure(grouper, eval, &input, run->rule, err);
    code = code ? code : ca_group_judge(grouper, eval, &input, run->rule, &sink, err);
    ca_peers_free(peers);
    ca_grouper_free(grouper);
    ca_eval_free(eval);
    return code;
}

/* --- Comparing ------------------------------------------------------------------------------------ */

/* Do two rows belong to one claim? A rule of claims is told of a claim by any of its lines. */
static bool same_unit(const group_case *group, uint32_t a, uint32_t b)
{
    const ca_batch *lines = group->run->lines.lines;
    static const unsigned columns[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART};
    if (a == b || !group->run->rule->keys.of_claims)
        return a == b;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ca_value left = ca_value_of(lines, columns[i], a);
        ca_value right = ca_value_of(lines, columns[i], b);
        if (left.present != right.present || (left.present && ca_tell_order(&left, &right) != 0))
            return false;
    }
    return ca_batch_has(lines, CA_F_CLAIM_ID, a);
}

static bool has_unit(const group_case *group, const found *item, uint32_t row)
{
    for (size_t i = 0; i < item->count; i++) {
        if (same_unit(group, item->rows[i], row))
            return true;
    }
    return false;
}

/* Pairs are told in their order, lists of lines in any. */
static bool is_told(const group_case *group, const found *item, const uint32_t *rows, size_t count)
{
    unsigned shape = group->run->rule->kind->hit_lines;
    if (shape == 2 && count == 2)
        return item->count > 0 && same_unit(group, item->rows[0], rows[0]) &&
               same_unit(group, item->rows[item->count - 1], rows[1]);
    if (count == 1 && (shape != 0 || item->count == 1))
        return item->count > 0 && same_unit(group, item->rows[0], rows[0]);
    for (size_t i = 0; i < count; i++) {
        if (!has_unit(group, item, rows[i]))
            return false;
    }
    return item->count == count;
}

static bool rows_of(group_case *group, const ca_yaml *item, uint32_t *rows, size_t *ret_count)
{
    const ca_yaml *first = item->kind == CA_YAML_SEQUENCE ? item->child : item;
    *ret_count = 0;
    for (const ca_yaml *id = first; id != NULL && *ret_count < CA_TEST_ROWS_MAX;
         id = item->kind == CA_YAML_SEQUENCE ? id->next : NULL) {
        if (!ca_case_line(group->run, id, &rows[*ret_count]))
            return false;
        ++*ret_count;
    }
    return *ret_count > 0;
}

static void tell_missing(group_case *group, const ca_yaml *item, ca_outcome outcome)
{
    char text[64];
    const char *what = group->run->rule->kind->hit_lines == 1 || item->kind == CA_YAML_SCALAR ? "this line" : "these lines";
    snprintf(text, sizeof text, "%s", ca_outcome_name(outcome));
    ca_conf_error(&group->run->conf, item, "%s should be %s, but the rule does not say so", what, text);
}

static void tell_extra(group_case *group, const ca_yaml *at, const found *item)
{
    ca_buf text;
    ca_buf_init(&text);
    for (size_t i = 0; i < item->count; i++) {
        ca_text id = group->run->lines.ids[item->rows[i]];
        ca_buf_printf(&text, "%s%.*s", i ? ", " : "", ca_say_len(id), id.ptr);
    }
    ca_buf_add_char(&text, '\0');
    if (!text.failed)
        ca_conf_error(&group->run->conf, at, "[%s] is %s%s%s, but is not listed here", text.ptr,
                      ca_outcome_name(item->outcome), item->why ? ": " : "", item->why ? item->why : "");
    group->nomem |= text.failed;
    ca_buf_done(&text);
}

static void compare_list(group_case *group, ca_yaml *node, ca_outcome outcome, bool *hit)
{
    uint32_t rows[CA_TEST_ROWS_MAX];
    size_t count;
    size_t errors = group->run->conf.diags->errors;
    for (ca_yaml *item = node->child; item != NULL; item = item->next) {
        size_t at = 0;
        if (!rows_of(group, item, rows, &count))
            continue;
        while (at < group->count && (group->items[at].outcome != outcome || group->items[at].listed ||
                                     !is_told(group, &group->items[at], rows, count)))
            at++;
        if (at == group->count)
            tell_missing(group, item, outcome);
        else
            group->items[at].listed = true;
        for (size_t i = 0; hit != NULL && i < count; i++)
            hit[rows[i]] = true;
    }
    for (size_t i = 0; i < group->count && group->run->conf.diags->errors == errors; i++) {
        if (group->items[i].outcome == outcome && !group->items[i].listed)
            tell_extra(group, node, &group->items[i]);
    }
}

static void compare(group_case *group, bool *hit)
{
    static const char *const names[] = {"hits", "excused", "unknown"};
    ca_case_run *run = group->run;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ca_yaml *node =
            i == 0 ? ca_conf_need(&run->conf, run->test, names[i]) : ca_conf_get(&run->conf, run->test, names[i]);
        if (node == NULL || !ca_conf_is(&run->conf, node, CA_YAML_SEQUENCE, names[i]))
            continue;
        compare_list(group, node, CA_HIT + (ca_outcome)i, i == 0 ? hit : NULL);
        if (i > 0)
            continue;
        size_t hits = 0;
        for (uint32_t row = 0; row < run->lines.lines->rows; row++)
            hits += hit[row];
        run->positive = node->count > 0;
        run->negative = hits < run->lines.lines->rows;
    }
}

int ca_case_groups(ca_case_run *run, ca_error *err)
{
    group_case group = {.run = run};
    bool *hit = ca_arena_array(run->arena, run->lines.lines->rows, sizeof *hit);
    size_t errors = run->conf.diags->errors;
    if (hit == NULL)
        return ca_error_nomem(err);
    ca_case_shapes(run);
    bool good = run->conf.diags->errors == errors;
    int code = good ? judge(&group, err) : 0;
    if (code == 0 && good)
        compare(&group, hit);
    ca_batch_free(group.sorted);
    return code == 0 && group.nomem ? ca_error_nomem(err) : code;
}
