/* A bucket of one table, judged by one rule. */
#include "support/group_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/explain_match.h"
#include "rules/explain_parts.h"
#include "rules/peers.h"

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "group_judge: %s: %s\n", what, why);
    abort();
}

void group_init(group_world *world)
{
    memset(world, 0, sizeof *world);
    world->front = rule_front_new();
    world->horizon.through = CA_DATE_MAX;
    ca_arena_init(&world->arena);
    ca_buf_init(&world->words);
}

static void forget(group_world *world)
{
    ca_test_frame_done(&world->table);
    ca_batch_free(world->sorted);
    ca_eval_free(world->eval);
    ca_grouper_free(world->grouper);
    world->sorted = NULL;
    world->eval = NULL;
    world->grouper = NULL;
}

void group_done(group_world *world)
{
    forget(world);
    ca_buf_done(&world->words);
    ca_arena_done(&world->arena);
    rule_front_free(world->front);
}

void group_rule(group_world *world, const char *keys)
{
    char source[4000];
    snprintf(source, sizeof source,
             "rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: high\ncategory: eligibility\n%s", keys);
    forget(world);
    const char *said = rule_front_load(world->front, source);
    world->rule = rule_front_rule(world->front);
    if (world->rule == NULL || strstr(said, "error") != NULL)
        stop(keys, said);
}

/* --- The table ------------------------------------------------------------------------------------------ */

static int order_of(const ca_batch *batch, unsigned column, uint32_t a, uint32_t b)
{
    ca_value left = ca_value_of(batch, column, a);
    ca_value right = ca_value_of(batch, column, b);
    if (!left.present || !right.present)
        return (int)right.present - (int)left.present;
    return ca_tell_order(&left, &right);
}

static bool is_before(const ca_batch *batch, uint32_t a, uint32_t b)
{
    static const unsigned columns[] = {CA_F_SERVICE_DATE, CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_LINE_NO};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        int order = order_of(batch, columns[i], a, b);
        if (order != 0)
            return order < 0;
    }
    return a < b;
}

static void sort_rows(group_world *world)
{
    const ca_batch *lines = world->table.lines;
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    uint32_t *rows = malloc((lines->rows + 1) * sizeof *rows);
    if (rows == NULL)
        abort();
    for (uint32_t row = 0; row < lines->rows; row++) {
        uint32_t at = row;
        for (; at > 0 && is_before(lines, row, rows[at - 1]); at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
        lines->origin[row].row = row;
    }
    memset(columns, 1, sizeof columns);
    if (ca_batch_select(lines, rows, lines->rows, columns, &world->sorted) != 0)
        abort();
    free(rows);
}

void group_table(group_world *world, const char *table)
{
    ca_diags diags;
    ca_error err = {0};
    ca_test_table cells;
    bool good = false;
    forget(world);
    ca_arena_reset(&world->arena);
    ca_diags_init(&diags, &world->arena);
    ca_conf conf = {.file = world->rule->file, .diags = &diags};
    ca_yaml node = {.kind = CA_YAML_SCALAR, .style = CA_YAML_LITERAL, .end = 1, .text = ca_text_of(table)};
    ca_ruleset *set = rule_front_set(world->front);
    int code = ca_test_table_parse(&conf, &node, &world->arena, &cells, &good, &err);
    if (code == 0 && good)
        code = ca_test_frame_build(&conf, set, world->rule, &cells, &world->arena, &world->table, &good, &err);
    if (diags.count > 0)
        stop("table", diags.items[0].text);
    if (code != 0 || ca_refs_sync(set->refs, &err) != 0)
        stop("table", err.text);
    ca_diags_done(&diags);
    sort_rows(world);
    world->eval = ca_eval_new();
    world->grouper = ca_grouper_new(world->sorted->schema);
    if (world->eval == NULL || world->grouper == NULL)
        abort();
}

/* --- What is said ----------------------------------------------------------------------------------------- */

#define MATCHES_MAX 100000

typedef struct heard {
    group_world *world;
    uint64_t counts[CA_OUTCOMES];
    char **matches;
    size_t match_count;
    bool silent;
} heard;

static void count(void *context, ca_outcome outcome, size_t blame, uint64_t units)
{
    heard *of = context;
    (void)blame;
    if (!of->silent)
        of->counts[outcome] += units;
}

static bool wants(void *context, ca_outcome outcome, uint64_t hash)
{
    const heard *of = context;
    (void)outcome;
    (void)hash;
    return !of->silent;
}

static int take(void *context, const ca_match *match, ca_error *err)
{
    heard *of = context;
    const group_world *world = of->world;
    ca_explanation said;
    ca_buf words;
    ca_arena arena;
    ca_arena_init(&arena);
    int code = ca_explain_match(match, world->rule, 2, &arena, &said, err);
    if (code == 0 && said.outcome != match->outcome)
        stop("the evaluators differ", ca_outcome_name(said.outcome));
    ca_buf_init(&words);
    ca_buf_printf(&words, "%s", ca_outcome_name(match->outcome));
    for (size_t i = 0; code == 0 && i < match->row_count; i++) {
        ca_text id = world->table.ids[match->frame->units->origin[match->rows[i]].row];
        ca_buf_printf(&words, " %.*s", (int)id.len, id.ptr);
    }
    if (code == 0 && match->outcome == CA_UNKNOWN)
        ca_buf_printf(&words, ": %s", said.blame);
    if (code == 0 && of->match_count == MATCHES_MAX)
        stop("too many", "matches");
    if (code == 0)
        of->matches[of->match_count++] = strdup(ca_buf_cstr(&words));
    ca_buf_done(&words);
    ca_arena_done(&arena);
    return code;
}

/* The rows of the table that are shown, as bits of sorted rows; and, with `absent`, as a batch without the others. */
static ca_batch *shown(const group_world *world, const uint64_t *only, bool absent, uint64_t *bits, uint64_t *incomplete)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    uint32_t *rows = malloc((world->sorted->rows + 1) * sizeof *rows);
    ca_batch *batch = NULL;
    uint32_t count = 0;
    memset(columns, 1, sizeof columns);
    if (rows == NULL)
        abort();
    for (uint32_t row = 0; row < world->sorted->rows; row++) {
        uint64_t of_table = world->sorted->origin[row].row;
        bool is = only == NULL || ca_bit(only, (unsigned)of_table);
        if (is)
            ca_bit_set(bits, row);
        if (world->incomplete != NULL && (is || !absent) && ca_bit(world->incomplete, (unsigned)of_table))
            ca_bit_set(incomplete, absent ? count : row);
        if (is || !absent)
            rows[count++] = row;
    }
    if (ca_batch_select(world->sorted, rows, count, columns, &batch) != 0)
        abort();
    free(rows);
    return batch;
}

static int judge(const group_world *world, ca_group_input *input, heard *of, ca_error *err)
{
    const ca_group_sink sink = {of, count, wants, take};
    input->peers = world->rule->keys.metric != NULL ? ca_peers_new() : NULL;
    int code = 0;
    if (world->rule->keys.metric != NULL && input->peers == NULL)
        return ca_error_nomem(err);
    if (input->peers != NULL) {
        of->silent = true;
        code = ca_group_judge(world->grouper, world->eval, input, world->rule, &sink, err);
        code = code ? code : ca_peers_close(input->peers, err);
        of->silent = false;
    }
    code = code ? code : ca_group_judge(world->grouper, world->eval, input, world->rule, &sink, err);
    ca_peers_free(input->peers);
    return code;
}

static int by_words(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void tell(group_world *world, heard *of)
{
    ca_buf_clear(&world->words);
    if (of->match_count > 1)
        qsort(of->matches, of->match_count, sizeof *of->matches, by_words);
    for (size_t i = 0; i < of->match_count; i++)
        ca_buf_printf(&world->words, "%s; ", of->matches[i]);
    const char *between = "";
    for (ca_outcome outcome = CA_PASS; outcome < CA_OUTCOMES; outcome++) {
        if (of->counts[outcome] == 0)
            continue;
        ca_buf_printf(&world->words, "%s%llu %s", between, (unsigned long long)of->counts[outcome], ca_outcome_name(outcome));
        between = ", ";
    }
}

int group_run(group_world *world, const uint64_t *only, bool absent, ca_error *err)
{
    unsigned words = world->sorted->words + 1;
    uint64_t *bits = calloc(words, sizeof *bits);
    uint64_t *incomplete = calloc(words, sizeof *incomplete);
    bool dated = world->table.has_from_date;
    heard of = {.world = world, .matches = malloc(MATCHES_MAX * sizeof *of.matches)};
    if (bits == NULL || incomplete == NULL || of.matches == NULL)
        abort();
    ca_batch *lines = shown(world, only, absent, bits, incomplete);
    ca_group_input input = {.lines = lines,
                            .only = absent || only == NULL ? NULL : bits,
                            .codes = world->table.frame.codes,
                            .has_from_date = &dated,
                            .incomplete = world->incomplete ? incomplete : NULL,
                            .horizon = &world->horizon};
    if (world->fail_at > 0)
        ca_alloc_fail(world->fail_at, 1);
    int code = judge(world, &input, &of, err);
    ca_alloc_fail(0, 0);
    if (code == 0)
        tell(world, &of);
    for (size_t i = 0; i < of.match_count; i++)
        free(of.matches[i]);
    free(of.matches);
    free(bits);
    free(incomplete);
    ca_batch_free(lines);
    return code;
}

const char *group_said(group_world *world, const uint64_t *only, bool absent)
{
    ca_error err = {0};
    if (group_run(world, only, absent, &err) != 0)
        stop("judging", err.text);
    return ca_buf_cstr(&world->words);
}
