/* The scores of a scan: what features read of lines, which rules they ask for, and the entities that are measured. */
#include "run/measuring.h"

#include "run/budget.h"
#include "run/several.h"
#include "rules/explain.h"

/* --- Before the stream --------------------------------------------------------------------------------------- */

int ca_measuring_plan(ca_scan_state *scan, ca_error *err)
{
    const ca_featureset *set = scan->setup->features;
    size_t active = 0;
    for (unsigned entity = 0; set && entity < CA_ENTITIES; entity++) {
        active += set->active[entity];
    }
    if (!scan->options->scores || active == 0) {
        return 0;
    }
    ca_measuring *measuring = ca_arena_array(scan->arena, 1, sizeof *measuring);
    if (!measuring) {
        return ca_error_nomem(err);
    }
    measuring->set = set;
    measuring->columns = ca_arena_array(scan->arena, scan->setup->schema.count, 1);
    if (!measuring->columns) {
        return ca_error_nomem(err);
    }
    if (ca_score_lines_any(set)) {
        ca_score_lines_read(set, measuring->columns);
        ca_score_lines_told(measuring->columns);
    }
    int rc = ca_measure_plan_new(set, &scan->setup->schema, scan->options->networks, scan->arena, &measuring->plan, err);
    for (unsigned c = 0; rc == 0 && c < scan->setup->schema.count; c++) {
        measuring->columns[c] |= measuring->plan->columns[c];
    }
    scan->measuring = rc ? NULL : measuring;
    return rc;
}

static unsigned role_of(unsigned column)
{
    return (column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS;
}

static bool is_provider_fact(unsigned column)
{
    return column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE;
}

/* A file of providers need not have those whom only peers are told apart by: that is no reason to refuse it. */
static void note_roles(ca_scan_state *scan)
{
    for (unsigned role = 0; role < CA_ROLE_COUNT; role++) {
        scan->role_may_lack[role] = true;
    }
    for (unsigned c = CA_COLUMN_ROLES; c < CA_COLUMN_SITE; c++) {
        scan->role_may_lack[role_of(c)] &= !scan->needed[c];
    }
}

int ca_measuring_need(ca_scan_state *scan, ca_error *err)
{
    ca_measuring *measuring = scan->measuring;
    unsigned columns = scan->setup->schema.count;
    scan->joined = scan->needed;
    if (!measuring) {
        return 0;
    }
    measuring->joined = ca_arena_array(scan->arena, columns, 1);
    scan->joined = ca_arena_array(scan->arena, columns, 1);
    if (!measuring->joined || !scan->joined) {
        return ca_error_nomem(err);
    }
    note_roles(scan);
    for (unsigned c = 0; c < columns; c++) {
        bool late = measuring->columns[c] && is_provider_fact(c) && scan->role_may_lack[role_of(c)];
        measuring->joined[c] = late;
        measuring->joins |= late;
        scan->needed[c] |= measuring->columns[c];
        scan->joined[c] = scan->needed[c] && !late;
    }
    return 0;
}

static bool judges(const void *context, const ca_rule *rule)
{
    const ca_scan_state *scan = context;
    return scan->every_status || rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW;
}

int ca_measuring_open(ca_scan_state *scan, ca_error *err)
{
    ca_measuring *measuring = scan->measuring;
    if (!measuring) {
        return 0;
    }
    bool crowd = scan->options->jobs > 1;
    int rc = ca_measure_hits_new(measuring->set, scan->setup->rules, judges, scan, crowd, ca_budget_hits_bytes(scan), &measuring->hits, err);
    return rc ? rc : ca_measure_peers_new(crowd, &measuring->peers, err);
}

void ca_measuring_close(ca_scan_state *scan)
{
    if (scan->measuring) {
        ca_measure_hits_free(scan->measuring->hits);
        ca_measure_peers_free(scan->measuring->peers);
        ca_line_judge_free(scan->measuring->line_judge);
        ca_network_sink_free(scan->measuring->network);
    }
}

void ca_measuring_identify(const ca_scan_state *scan, ca_hasher *hasher)
{
    if (scan->measuring) {
        ca_hasher_add(hasher, "scores", 7);
        ca_hasher_add(hasher, scan->measuring->set->digest, sizeof scan->measuring->set->digest);
        ca_hasher_add(hasher, &scan->options->score_months, sizeof scan->options->score_months);
    }
}

/* --- Facts --------------------------------------------------------------------------------------------------- */

int ca_measuring_join(const ca_scan_state *scan, ca_waiting *waiting, ca_joins *counts, ca_error *err)
{
    if (!scan->measuring->joins || ca_facts_providers(scan->facts) == 0) {
        return 0;
    }
    ca_batch *batch = ca_waiting_own(waiting, err);
    return batch ? ca_facts_join(scan->facts, batch, 0, scan->measuring->joined, counts, err) : CA_NOMEM;
}

/* --- hit(RULE) ----------------------------------------------------------------------------------------------- */

int ca_measuring_hit_line(ca_scan_state *scan, uint32_t rule, const ca_origin *origin, int64_t line_no, ca_error *err)
{
    bool asked = scan->measuring && ca_measure_hits_asked(scan->measuring->hits, rule);
    return asked ? ca_measure_hits_add(scan->measuring->hits, rule, origin, line_no, err) : 0;
}

static int hit_row(ca_scan_state *scan, uint32_t rule, const ca_batch *lines, uint32_t row, ca_error *err)
{
    int64_t line_no = ca_batch_has(lines, CA_F_LINE_NO, row) ? lines->columns[CA_F_LINE_NO].as.number[row] : 0;
    return ca_measuring_hit_line(scan, rule, &lines->origin[row], line_no, err);
}

int ca_measuring_hit_claim(ca_scan_state *scan, uint32_t rule, const ca_frame *frame, unsigned unit, ca_error *err)
{
    bool asked = scan->measuring && ca_measure_hits_asked(scan->measuring->hits, rule);
    uint32_t past = asked && frame->past_line ? frame->past_line[unit] : asked ? frame->first_line[unit + 1] : 0;
    int rc = 0;
    for (uint32_t line = asked ? frame->first_line[unit] : 0; rc == 0 && line < past; line++) {
        rc = hit_row(scan, rule, frame->lines, line, err);
    }
    return rc;
}

int ca_measuring_hit_match(ca_scan_state *scan, uint32_t rule, const ca_frame *frame, const ca_explanation *explanation, ca_error *err)
{
    bool of_claims = scan->setup->rules->rules[rule]->keys.of_claims;
    bool asked = scan->measuring && ca_measure_hits_asked(scan->measuring->hits, rule) && explanation->outcome == CA_HIT;
    int rc = 0;
    for (size_t i = 0; rc == 0 && asked && i < explanation->line_count; i++) {
        const ca_match_line *line = &explanation->lines[i];
        if (line->carries && line->of_claim) {
            rc = ca_measuring_hit_claim(scan, rule, frame, line->row, err);
        } else if (line->carries) {
            rc = hit_row(scan, rule, of_claims ? frame->lines : frame->units, line->row, err);
        }
    }
    return rc;
}

/* "pharmacy-early-refills (CORE-0501)" */
static const char *list_missing(const ca_scan_state *scan, const ca_feature *feature, const char *list)
{
    const ca_measuring *measuring = scan->measuring;
    for (uint32_t k = 0; list && k < measuring->set->hit_count; k++) {
        if (!ca_measure_hits_known(measuring->hits, k) && ca_feature_asks(measuring->set, feature, k)) {
            list = ca_arena_printf(scan->arena, "%s%s%s (%s)", list, *list ? ", " : "", feature->id, measuring->set->hits[k]);
        }
    }
    return list;
}

int ca_measuring_note(ca_scan_state *scan, ca_error *err)
{
    const ca_featureset *set = scan->measuring->set;
    const char *list = "";
    for (unsigned entity = 0; scan->measuring->hits && entity < CA_ENTITIES; entity++) {
        for (size_t i = 0; list && i < set->active[entity]; i++) {
            list = list_missing(scan, set->features[set->first[entity] + i], list);
        }
    }
    if (list && !*list) {
        return 0;
    }
    return ca_add_note(scan,
                       list ? ca_arena_printf(scan->arena, "scores do without features that ask for rules which do not run: %s", list)
                            : NULL,
                       err);
}
