/* The engine: everything of a scan but its report. What ARCHITECTURE.md draws, in the order it draws it. */
#include "run/budget.h"
#include "run/pieces.h"
#include "run/scoring.h"
#include "run/several.h"
#include "run/state.h"
#include "run/timing.h"

#include <string.h>

#include "base/alloc.h"
#include "base/scratch.h"

static void need(uint8_t *columns, const uint8_t *more, unsigned count)
{
    for (unsigned c = 0; more && c < count; c++) {
        columns[c] |= more[c];
    }
}

/* Columns that describe the claim, its patient, or the providers of its header. */
static bool describes_claim(const ca_schema *schema, unsigned column)
{
    const ca_column_def *def = &schema->columns[column];
    if (column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE) {
        unsigned role = (column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS;
        return role == CA_ROLE_BILLING || role == CA_ROLE_FACILITY || role == CA_ROLE_ATTENDING;
    }
    return def->level == CA_LEVEL_CLAIM || def->level == CA_LEVEL_PATIENT;
}

/* What claim rules read travels through the exchange; identity is in the record's head. Findings and the unit's date need
 * some columns besides. */
static void project_claims(ca_scan_state *scan)
{
    static const unsigned of_unit[] = {CA_F_FROM_DATE, CA_F_PATIENT_ID, CA_F_BILLING_PROVIDER_ID,
                                       CA_F_CLAIM_PAID};
    static const unsigned of_lines[] = {CA_F_SERVICE_DATE, CA_F_PAID};
    static const unsigned in_head[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO};
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        scan->of_unit[c] = scan->of_unit[c] && describes_claim(&scan->setup->schema, c);
    }
    for (size_t i = 0; i < sizeof of_unit / sizeof *of_unit; i++) {
        scan->of_unit[of_unit[i]] = 1;
    }
    for (size_t i = 0; i < sizeof of_lines / sizeof *of_lines; i++) {
        scan->of_lines[of_lines[i]] = 1;
    }
    for (size_t i = 0; i < sizeof in_head / sizeof *in_head; i++) {
        scan->of_unit[in_head[i]] = 0;
        scan->of_lines[in_head[i]] = 0;
    }
}

static bool is_in_key(const ca_rule *rule, unsigned column)
{
    bool found = false;
    for (size_t i = 0; i < rule->keys.same.count && !found; i++) {
        found = rule->keys.same.items[i] == column;
    }
    return found;
}

/* Do the lines of a claim agree in the key, and in the days that rules of several claims look at? */
static void project_days(ca_scan_state *scan)
{
    const ca_schema *schema = &scan->setup->schema;
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        for (unsigned c = 0; rule->keys.of_claims && c < schema->count; c++) {
            bool in_head = c == CA_F_CLAIM_ID || c == CA_F_CLAIM_TYPE || c == CA_F_CLAIM_PART;
            bool looks = is_in_key(rule, c) || (rule->keys.interval_to && rule->unit_columns[c]);
            scan->of_unit[c] |= looks && !in_head && describes_claim(schema, c);
        }
    }
}

/* Besides what rules read: what settles versions and fills the findings of line rules. */
static void store_basics(ca_scan_state *scan)
{
    static const unsigned basics[] = {CA_F_CLAIM_STATUS, CA_F_CLAIM_VERSION, CA_F_PAID_DATE,
                                      CA_F_RECEIVED_DATE, CA_F_SERVICE_DATE, CA_F_PAID};
    need(scan->stored, scan->needed, scan->setup->schema.count);
    need(scan->stored, scan->of_unit, scan->setup->schema.count);
    need(scan->stored, scan->of_lines, scan->setup->schema.count);
    for (size_t i = 0; i < sizeof basics / sizeof *basics; i++) {
        scan->stored[basics[i]] = 1;
    }
}

/* What a reversal is recognised by. */
static int store_reversals(ca_scan_state *scan, ca_error *err)
{
    const ca_profile *profile = scan->setup->profile;
    bool across = false;
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_reversal *reversal = ca_layout_reversal(profile->layouts[i]);
        for (size_t k = 0; reversal && k < reversal->key_count; k++) {
            scan->stored[reversal->keys[k]] = 1;
        }
        for (size_t k = 0; reversal && k < reversal->same_count; k++) {
            scan->stored[reversal->same[k]] = 1;
        }
        for (size_t k = 0; reversal && k < reversal->opposite_count; k++) {
            scan->stored[reversal->opposite[k]] = 1;
        }
        across |= reversal && reversal->across;
    }
    return across ? ca_across_expect(scan, err) : 0;
}

static int group_rules(ca_scan_state *scan, ca_error *err)
{
    const ca_ruleset *set = scan->setup->rules;
    unsigned columns = scan->setup->schema.count;
    scan->needed = ca_arena_array(scan->arena, columns, 1);
    scan->of_unit = ca_arena_array(scan->arena, columns, 1);
    scan->of_lines = ca_arena_array(scan->arena, columns, 1);
    scan->stored = ca_arena_array(scan->arena, columns, 1);
    ca_rule_group *groups[] = {&scan->line_rules, &scan->claim_rules, &scan->live_rules};
    for (size_t g = 0; g < 3; g++) {
        groups[g]->rules = ca_arena_array(scan->arena, set->count + 1, sizeof(ca_rule *));
        groups[g]->index = ca_arena_array(scan->arena, set->count + 1, sizeof(uint32_t));
        if (!groups[g]->rules || !groups[g]->index || !scan->needed || !scan->of_unit ||
            !scan->of_lines || !scan->stored) {
            return ca_error_nomem(err);
        }
    }
    for (uint32_t i = 0; i < set->count; i++) {
        ca_rule *rule = set->rules[i];
        if (rule->kind->judge == NULL) {
            continue;    /* of several lines */
        }
        if (!scan->every_status && rule->status != CA_RULE_ACTIVE && rule->status != CA_RULE_SHADOW) {
            continue;
        }
        bool of_claims = rule->kind->gathering == CA_GATHER_CLAIM;
        ca_rule_group *group = groups[of_claims];
        group->rules[group->count] = rule;
        group->index[group->count++] = i;
        if (!of_claims && !rule->rows_all) {
            scan->live_rules.rules[scan->live_rules.count] = rule;
            scan->live_rules.index[scan->live_rules.count++] = i;
        }
        need(scan->needed, rule->unit_columns, columns);
        need(scan->needed, rule->line_columns, columns);
        if (of_claims) {
            need(scan->of_unit, rule->unit_columns, columns);
            need(scan->of_lines, rule->line_columns, columns);
        }
    }
    if (scan->claim_rules.count) {
        project_claims(scan);
    }
    project_days(scan);
    int rc = ca_measuring_plan(scan, err);
    rc = rc ? rc : ca_several_plan(scan, err);
    rc = rc ? rc : ca_measuring_need(scan, err);
    if (rc) {
        return rc;
    }
    store_basics(scan);
    return store_reversals(scan, err);
}

static int make_tallies(ca_scan_state *scan, ca_error *err)
{
    size_t count = scan->setup->rules->count;
    scan->kept = ca_arena_array(scan->arena, 3 * count + 1, sizeof *scan->kept);
    scan->header_conflicts =
        ca_arena_array(scan->arena, scan->setup->schema.count, sizeof *scan->header_conflicts);
    scan->verdict_words = ca_arena_array(scan->arena, CA_VERDICT_WORDS, sizeof(uint64_t));
    scan->keeping = scan->options->jobs > 1 ? ca_mutex_new() : NULL;
    if ((scan->options->jobs > 1 && !scan->keeping) || !scan->kept || !scan->header_conflicts || !scan->verdict_words) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        scan->kept[3 * i].limit = scan->options->max_findings;
        scan->kept[3 * i + 1].limit = CA_SAMPLE_KEPT;
        scan->kept[3 * i + 2].limit = CA_SAMPLE_KEPT;
    }
    return ca_tallies_new(scan, scan->arena, &scan->tallies, err);
}

static unsigned batch_capacity(const ca_scan_state *scan)
{
    unsigned capacity = scan->options->batch_rows ? scan->options->batch_rows : CA_BATCH_ROWS;
    capacity = capacity > CA_BATCH_ROWS ? CA_BATCH_ROWS : capacity;
    for (size_t i = 0; i < scan->file_count; i++) {
        if (scan->files[i].layout && ca_layout_max_lines(scan->files[i].layout) > capacity) {
            capacity = ca_layout_max_lines(scan->files[i].layout);
        }
    }
    return capacity;
}

int ca_trigger_of(const ca_rule_group *group, ca_trigger **ret_trigger, ca_error *err)
{
    ca_trigger *trigger = ca_trigger_new();
    int rc = trigger ? 0 : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < group->count; i++) {
        rc = ca_trigger_add_rule(trigger, group->rules[i], err);
    }
    if (rc) {
        ca_trigger_free(trigger);
        return rc;
    }
    *ret_trigger = trigger;
    return 0;
}

static int make_workplace(ca_scan_state *scan, ca_error *err)
{
    unsigned capacity = batch_capacity(scan);
    scan->batch = ca_batch_new(&scan->setup->schema, capacity);
    scan->claim_hash = ca_arena_array(scan->arena, capacity, sizeof *scan->claim_hash);
    scan->row_lines = ca_arena_array(scan->arena, capacity, sizeof *scan->row_lines);
    scan->facts = ca_facts_new();
    scan->eval = ca_eval_new();
    if (!scan->batch || !scan->claim_hash ||
        !scan->row_lines || !scan->facts || !scan->eval) {
        return ca_error_nomem(err);
    }
    int rc = ca_trigger_of(&scan->line_rules, &scan->trigger, err);
    rc = rc ? rc : ca_trigger_of(&scan->claim_rules, &scan->claim_trigger, err);
    rc = rc ? rc : ca_exchange_new(scan->temporary, "exchange", &scan->exchange, err);
    if (rc == 0) {
        ca_exchange_hold(scan->exchange, ca_budget_record_bytes(scan));
    }
    rc = rc ? rc : ca_spool_new(scan->temporary, "findings", &scan->findings, err);
    rc = rc ? rc : ca_spool_new(scan->temporary, "rejects", &scan->rejects, err);
    rc = rc ? rc : ca_several_open(scan, err);
    rc = rc ? rc : ca_measuring_open(scan, err);
    return rc ? rc : ca_scoring_open(scan, err);
}

static int load_setup(ca_scan_state *scan, ca_diags *diags, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_setup_options setup = {.disk = options->disk,
                              .profile = options->profile,
                              .shipped_rules = options->shipped_rules,
                              .rule_folders = options->rule_folders,
                              .rule_folder_count = options->rule_folder_count,
                              .only_rules = options->only_rules,
                              .changes = options->changes,
                              .change_count = options->change_count};
    if (scan->setup) {
        return 0;
    }
    scan->setup = &scan->own_setup;
    return ca_setup_load(&setup, scan->arena, diags, scan->setup, err);
}

int ca_engine_begin(ca_scan_state *scan, ca_diags *diags, ca_error *err)
{
    scan->begun = true;
    scan->held_before = scan->setup ? 0 : ca_alloc_held();    /* rules that were loaded before are this run's, too */
    ca_arena_init(&scan->scratch);
    ca_buf_init(&scan->bytes);
    ca_buf_init(&scan->more_bytes);
    scan->started_ms = scan->options->clock->now_ms(scan->options->clock);
    int rc = scan->work ? 0 : ca_work_open(scan, err);
    rc = rc ? rc : ca_scratch_new(scan->options->disk, scan->work, &scan->temporary, err);
    rc = rc ? rc : ca_lock_sign(scan, err);
    rc = rc ? rc : load_setup(scan, diags, err);
    rc = rc ? rc : group_rules(scan, err);
    rc = rc ? rc : ca_budget_check(scan, err);
    rc = rc ? rc : ca_projections_new(scan, err);
    rc = rc ? rc : make_tallies(scan, err);
    rc = rc ? rc : ca_intake(scan, diags, err);
    rc = rc ? rc : ca_room_check(scan, err);
    rc = rc ? rc : make_workplace(scan, err);
    ca_timing_end(scan, CA_PHASE_SETUP);
    return rc;
}

ca_date ca_scan_day(const ca_scan_state *scan)
{
    return (ca_date)(scan->started_ms / (24 * 3600 * INT64_C(1000)));
}

int ca_engine_read(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_read_facts(scan, err);
    ca_timing_end(scan, CA_PHASE_FACTS);
    rc = rc ? rc : ca_read_claims(scan, err);
    ca_timing_end(scan, CA_PHASE_STREAM);
    rc = rc ? rc : ca_settle(scan, err);
    rc = rc ? rc : ca_several_send(scan, err);
    ca_timing_end(scan, CA_PHASE_SETTLE);
    if (rc == 0) {
        ca_facts_forget_patients(scan->facts);    /* all lines have theirs, and scores need the room */
    }
    rc = rc ? rc : ca_several_judge(scan, err);
    ca_timing_end(scan, CA_PHASE_JUDGE);
    rc = rc ? rc : ca_scoring_run(scan, err);
    ca_timing_end(scan, CA_PHASE_SCORE);
    return rc;
}

int ca_engine_judge(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_engine_read(scan, err);
    rc = rc ? rc : ca_summarise(scan, err);
    rc = rc ? rc : ca_check_totals(scan, err);
    for (size_t i = 0; rc == 0 && i < 3 * scan->setup->rules->count; i++) {
        ca_kept_sort(&scan->kept[i]);
    }
    return rc;
}

int ca_engine_findings(ca_scan_state *scan, ca_finding_visit visit, void *context, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < 3 * scan->setup->rules->count; i++) {
        const ca_kept_list *list = &scan->kept[i];
        for (size_t k = 0; rc == 0 && k < list->count; k++) {
            ca_finding finding;
            ca_arena_reset(&scan->scratch);
            rc = ca_spool_read(scan->findings, list->items[k].position, &scan->bytes, err);
            if (rc == 0) {
                rc = ca_finding_read(ca_buf_text(&scan->bytes), &scan->scratch, &finding, err);
            }
            rc = rc ? rc : visit(context, &finding, err);
        }
    }
    return rc;
}

static void release(ca_scan_state *scan)
{
    for (size_t i = 0; scan->kept && i < 3 * scan->setup->rules->count; i++) {
        ca_free(scan->kept[i].items);
    }
    ca_intake_done(scan);
    ca_pieces_close(scan);
    ca_scoring_close(scan);
    ca_run_scored_free(scan->entities);
    ca_measuring_close(scan);
    ca_several_close(scan);
    ca_exchange_free(scan->exchange);
    ca_spool_free(scan->findings);
    ca_mutex_free(scan->keeping);
    ca_spool_free(scan->rejects);
    ca_spool_free(scan->incomplete_patients);
    ca_batch_free(scan->batch);
    ca_facts_free(scan->facts);
    ca_eval_free(scan->eval);
    ca_trigger_free(scan->trigger);
    ca_trigger_free(scan->claim_trigger);
    ca_buf_done(&scan->bytes);
    ca_buf_done(&scan->more_bytes);
    ca_arena_done(&scan->scratch);
    if (scan->setup == &scan->own_setup) {
        ca_setup_done(scan->setup);
    }
}

void ca_engine_end(ca_scan_state *scan)
{
    if (scan->begun) {
        release(scan);
    }
    ca_scratch_free(scan->temporary);
    ca_work_close(scan);
    ca_lock_release(scan);
}
