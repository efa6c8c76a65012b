/* Tries rules out: the engine of a scan without a report, with the rules of one file or folder. */
#include "run/try.h"

#include <stdlib.h>
#include <string.h>

#include "run/several.h"
#include "run/try_inside.h"

struct trying {
    const ca_try_options *options;
    ca_scan_state *scan;
    ca_arena *arena;
    ca_try_result *result;
    ca_finding wanted;       /* the finding to make a case of */
    bool found;
};

static int add_note(struct trying *trying, const char *text, ca_error *err)
{
    ca_try_result *result = trying->result;
    const char **notes = ca_arena_array(trying->arena, result->note_count + 1, sizeof *notes);
    if (!notes || !text) {
        return ca_error_nomem(err);
    }
    if (result->note_count) {
        memcpy(notes, result->notes, result->note_count * sizeof *notes);
    }
    notes[result->note_count++] = text;
    result->notes = notes;
    return 0;
}

/* --- Rules ------------------------------------------------------------------------------------ */

static int largest_first(const void *left, const void *right)
{
    const ca_try_blame *a = left;
    const ca_try_blame *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(a->field, b->field);
}

static int list_blames(struct trying *trying, size_t index, ca_try_rule *told, ca_error *err)
{
    const ca_rule *rule = trying->scan->setup->rules->rules[index];
    const ca_schema *schema = &trying->scan->setup->schema;
    const uint64_t *counts = trying->scan->tallies[index].blame;
    size_t slots = ca_blame_slots(rule, schema);
    told->blames = ca_arena_array(trying->arena, slots + 1, sizeof *told->blames);
    if (!told->blames) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < slots; i++) {
        if (counts[i]) {
            const char *name = ca_arena_cstr(trying->arena, ca_text_of(ca_blame_name(rule, schema, i)));
            if (!name) {
                return ca_error_nomem(err);
            }
            told->blames[told->blame_count++] = (ca_try_blame){name, counts[i]};
        }
    }
    if (told->blame_count) {
        qsort(told->blames, told->blame_count, sizeof *told->blames, largest_first);
    }
    return 0;
}

static int tell_rule(struct trying *trying, size_t index, ca_try_rule *told, ca_error *err)
{
    ca_scan_state *scan = trying->scan;
    const ca_rule *rule = scan->setup->rules->rules[index];
    const ca_tally *tally = &scan->tallies[index];
    const ca_kept_list *hits = &scan->kept[3 * index];
    *told = (ca_try_rule){.id = ca_arena_cstr(trying->arena, ca_text_of(rule->id)),
                          .title = ca_arena_cstr(trying->arena, ca_text_of(rule->title)),
                          .status = ca_rule_status_name(rule->status),
                          .kind = rule->kind->name,
                          .offered = tally->offered,
                          .hit = tally->hit,
                          .excused = tally->excused,
                          .unknown = tally->unknown,
                          .not_applicable = tally->not_applicable,
                          .pass = tally->offered - tally->hit - tally->excused - tally->unknown -
                                  tally->not_applicable,
                          .exposure = hits->exposure,
                          .exposure_missing = hits->exposure_missing,
                          .finding_count = hits->count};
    return told->id && told->title ? list_blames(trying, index, told, err) : ca_error_nomem(err);
}

static int tell_rules(struct trying *trying, ca_error *err)
{
    const ca_ruleset *set = trying->scan->setup->rules;
    ca_try_result *result = trying->result;
    result->rules = ca_arena_array(trying->arena, set->count + 1, sizeof *result->rules);
    if (!result->rules) {
        return ca_error_nomem(err);
    }
    for (; result->rule_count < set->count; result->rule_count++) {
        int rc = tell_rule(trying, result->rule_count, &result->rules[result->rule_count], err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* --- Findings --------------------------------------------------------------------------------- */

static int copy_texts(ca_arena *arena, const ca_finding *finding, ca_try_finding *told)
{
    int rc = ca_arena_text(arena, finding->claim_id, &told->claim_id);
    rc = rc ? rc : ca_arena_text(arena, finding->message, &told->message);
    return rc ? rc : ca_arena_text(arena, finding->reason, &told->note);
}

/* The finding to come back to: its claim, its line and where it stands. */
static int remember(struct trying *trying, const ca_finding *finding, ca_error *err)
{
    trying->wanted = *finding;
    trying->found = true;
    trying->wanted.lines =
        ca_arena_copy(trying->arena, finding->lines, finding->line_count * sizeof *finding->lines);
    if (!trying->wanted.lines || ca_arena_text(trying->arena, finding->claim_id, &trying->wanted.claim_id)) {
        return ca_error_nomem(err);
    }
    return 0;
}

static int visit(void *context, const ca_finding *finding, ca_error *err)
{
    struct trying *trying = context;
    ca_try_result *result = trying->result;
    if (finding->outcome != CA_HIT) {
        return 0;
    }
    ca_try_finding *told = &result->findings[result->finding_count];
    *told = (ca_try_finding){.rule = result->rules[finding->rule].id,
                             .claim_type = finding->claim_type,
                             .of_claim = finding->of_claim,
                             .line_no = finding->line_no,
                             .claim_part = finding->claim_part,
                             .has_date = finding->has_date,
                             .date = finding->service_date,
                             .exposure = finding->exposure};
    if (finding->line_count) {
        told->file = trying->scan->files[finding->lines[0].origin.file].path;
        told->row = finding->lines[0].origin.row;
    }
    result->finding_count++;
    if (copy_texts(trying->arena, finding, told)) {
        return ca_error_nomem(err);
    }
    return result->finding_count == trying->options->as_test ? remember(trying, finding, err) : 0;
}

static int tell_findings(struct trying *trying, ca_error *err)
{
    ca_try_result *result = trying->result;
    size_t count = 0;
    for (size_t i = 0; i < result->rule_count; i++) {
        count += result->rules[i].finding_count;
    }
    result->findings = ca_arena_array(trying->arena, count + 1, sizeof *result->findings);
    return result->findings ? ca_engine_findings(trying->scan, visit, trying, err) : ca_error_nomem(err);
}

/* --- Notes ------------------------------------------------------------------------------------ */

static int note_rejects(struct trying *trying, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < trying->scan->file_count; i++) {
        const ca_run_file *file = &trying->scan->files[i];
        if (file->rows_rejected) {
            rc = add_note(trying,
                          ca_arena_printf(trying->arena,
                                          "%s: %llu of %llu rows rejected; claimaudit profile check shows why", file->path,
                                          (unsigned long long)file->rows_rejected, (unsigned long long)file->rows_read),
                          err);
        }
    }
    return rc;
}

/* What would refuse a scan (joins, mostly) is worth a note. */
static int note_totals(struct trying *trying, ca_error *err)
{
    ca_error reason = {0};
    int rc = ca_check_totals(trying->scan, &reason);
    if (rc == 0) {
        return 0;
    }
    if (rc != CA_TOTALS) {
        *err = reason;
        return rc;
    }
    const char *text = ca_arena_printf(trying->arena, "a scan would refuse these files: %s", reason.text);
    return add_note(trying, text, err);
}

static int tell_notes(struct trying *trying, ca_error *err)
{
    const ca_scan_summary *summary = trying->scan->summary;
    int rc = note_rejects(trying, err);
    rc = rc ? rc : note_totals(trying, err);
    for (size_t i = 0; rc == 0 && i < summary->note_count; i++) {
        rc = add_note(trying, summary->notes[i], err);
    }
    if (rc == 0 && summary->lines == 0) {
        rc = add_note(trying, "no claim line was read", err);
    }
    return rc;
}

/* --- All -------------------------------------------------------------------------------------- */

static int judge(struct trying *trying, ca_error *err)
{
    ca_scan_state *scan = trying->scan;
    int rc = ca_read_facts(scan, err);
    rc = rc ? rc : ca_read_claims(scan, err);
    rc = rc ? rc : ca_settle(scan, err);
    rc = rc ? rc : ca_several_send(scan, err);
    rc = rc ? rc : ca_several_judge(scan, err);
    rc = rc ? rc : ca_summarise(scan, err);
    for (size_t i = 0; rc == 0 && i < 3 * scan->setup->rules->count; i++) {
        ca_kept_sort(&scan->kept[i]);
    }
    return rc;
}

static int tell(struct trying *trying, ca_error *err)
{
    ca_try_result *result = trying->result;
    const ca_scan_summary *summary = trying->scan->summary;
    const ca_profile *profile = trying->scan->setup->profile;
    result->currency = ca_arena_cstr(trying->arena, ca_text_of(profile->currency));
    result->minor_digits = profile->minor_digits;
    result->rows_read = summary->rows_read;
    result->rows_accepted = summary->rows_accepted;
    result->rows_rejected = summary->rows_rejected;
    result->rows_skipped = summary->rows_skipped;
    result->lines = summary->lines - summary->lines_dropped;
    result->claims = summary->claims;
    int rc = result->currency ? tell_rules(trying, err) : ca_error_nomem(err);
    rc = rc ? rc : tell_findings(trying, err);
    return rc ? rc : tell_notes(trying, err);
}

static int make_case(struct trying *trying, ca_error *err)
{
    uint64_t number = trying->options->as_test;
    if (number == 0) {
        return 0;
    }
    if (!trying->found) {
        return ca_error_set(err, CA_USAGE, "there is no finding %llu: %zu are listed; --limit lists more of each rule",
                            (unsigned long long)number, trying->result->finding_count);
    }
    const ca_rule *rule = trying->scan->setup->rules->rules[trying->wanted.rule];
    if (ca_kind_of_several(rule->kind)) {
        return ca_error_set(err, CA_USAGE,
                            "finding %llu is of a rule of kind %s: --as-test writes cases of line and claim rules; "
                            "docs/rule-language.md shows how to write one by hand", (unsigned long long)number,
                            rule->kind->name);
    }
    return ca_try_case(trying->scan, &trying->wanted, &trying->result->test, err);
}

static int try(struct trying *trying, ca_diags *diags, ca_error *err)
{
    ca_scan_state *scan = trying->scan;
    int rc = ca_engine_begin(scan, diags, err);
    rc = rc ? rc : judge(trying, err);
    rc = rc ? rc : tell(trying, err);
    rc = rc ? rc : make_case(trying, err);
    ca_engine_end(scan);
    return rc;
}

static int load(const ca_try_options *options, ca_arena *arena, ca_diags *diags, ca_setup *setup, ca_error *err)
{
    const ca_scan_options *scan = options->scan;
    const ca_setup_options wanted = {.disk = scan->disk,
                                     .profile = scan->profile,
                                     .shipped_rules = scan->shipped_rules,
                                     .rule_folders = scan->rule_folders,
                                     .rule_folder_count = scan->rule_folder_count,
                                     .only_rules = scan->only_rules,
                                     .changes = scan->changes,
                                     .change_count = scan->change_count,
                                     .unlocked = true,
                                     .only_from = options->rules};
    int rc = ca_setup_load(&wanted, arena, diags, setup, err);
    if (rc == 0 && setup->rules->count == 0) {
        return ca_error_set(err, CA_CONFIG, "%s: there is no rule in this folder; rules are files named ID.yaml",
                            options->rules);
    }
    setup->packs_left_out_count = 0;    /* none of their rules was asked for */
    return rc;
}

int ca_try(const ca_try_options *options, ca_arena *arena, ca_diags *diags, ca_try_result *ret_result, ca_error *err)
{
    ca_setup setup;
    ca_scan_summary summary = {0};
    ca_try_result result = {0};
    ca_scan_options settings = *options->scan;
    settings.max_rejects = UINT64_MAX;
    settings.max_rejects_share = false;
    settings.max_findings = options->limit;
    ca_scan_state scan = {
        .options = &settings, .summary = &summary, .arena = arena, .setup = &setup, .every_status = true};
    struct trying trying = {.options = options, .scan = &scan, .arena = arena, .result = &result};
    int rc = load(options, arena, diags, &setup, err);
    rc = rc ? rc : try(&trying, diags, err);
    ca_setup_done(&setup);
    if (rc == 0) {
        *ret_result = result;
    }
    return rc;
}
