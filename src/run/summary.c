/* What a scan tells people about itself, and the checks that decide whether anything is written. */
#include "run/pieces.h"
#include "run/state.h"

#include <string.h>

static int note(ca_scan_state *scan, bool alarm, const char *text, ca_error *err)
{
    ca_scan_summary *summary = scan->summary;
    size_t *count = alarm ? &summary->alarm_count : &summary->note_count;
    const char ***list = alarm ? &summary->alarms : &summary->notes;
    const char **items = ca_arena_array(scan->arena, *count + 1, sizeof *items);
    if (!text || !items) {
        return ca_error_nomem(err);
    }
    if (*count) {
        memcpy(items, *list, *count * sizeof *items);
    }
    items[*count] = text;
    *list = items;
    (*count)++;
    return 0;
}

int ca_add_alarm(ca_scan_state *scan, const char *text, ca_error *err)
{
    return note(scan, true, text, err);
}

int ca_add_note(ca_scan_state *scan, const char *text, ca_error *err)
{
    return note(scan, false, text, err);
}

static const char *most_blamed(const ca_scan_state *scan, size_t index)
{
    const ca_rule *rule = scan->setup->rules->rules[index];
    const ca_tally *tally = &scan->tallies[index];
    size_t slots = ca_blame_slots(rule, &scan->setup->schema);
    size_t most = 0;
    for (size_t i = 1; i < slots; i++) {
        most = tally->blame[i] > tally->blame[most] ? i : most;
    }
    return tally->blame[most] ? ca_blame_name(rule, &scan->setup->schema, most) : NULL;
}

static int summarise_rules(ca_scan_state *scan, ca_error *err)
{
    ca_scan_summary *summary = scan->summary;
    const ca_ruleset *set = scan->setup->rules;
    summary->rules = ca_arena_array(scan->arena, set->count + 1, sizeof *summary->rules);
    if (!summary->rules) {
        return ca_error_nomem(err);
    }
    summary->rule_count = set->count;
    for (size_t i = 0; i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        const ca_tally *tally = &scan->tallies[i];
        const ca_kept_list *hits = &scan->kept[3 * i];
        const char *blamed = most_blamed(scan, i);
        summary->rules[i] = (ca_scan_rule){    /* rules go before the summary does */
            .id = ca_arena_cstr(scan->arena, ca_text_of(rule->id)),
            .title = ca_arena_cstr(scan->arena, ca_text_of(rule->title)),
            .severity = ca_arena_cstr(scan->arena, ca_text_of(rule->severity)),
            .kind = rule->kind->name,
            .shadow = rule->status == CA_RULE_SHADOW,
            .idle = rule->status == CA_RULE_DRAFT || rule->status == CA_RULE_RETIRED,
            .off = rule->status == CA_RULE_OFF,
            .unknown_field = blamed ? ca_arena_cstr(scan->arena, ca_text_of(blamed)) : NULL,
            .offered = tally->offered,
            .hit = tally->hit,
            .excused = tally->excused,
            .unknown = tally->unknown,
            .not_applicable = tally->not_applicable,
            .pass = tally->offered - tally->hit - tally->excused - tally->unknown -
                    tally->not_applicable,
            .findings = hits->offered,
            .stored = hits->count};
        if (!summary->rules[i].id || !summary->rules[i].title || !summary->rules[i].severity ||
            (blamed && !summary->rules[i].unknown_field)) {
            return ca_error_nomem(err);
        }
        if (rule->status == CA_RULE_ACTIVE) {
            summary->findings += hits->offered;
            summary->stored += hits->count;
        }
    }
    return 0;
}

static int summarise_files(ca_scan_state *scan, ca_error *err)
{
    ca_scan_summary *summary = scan->summary;
    summary->files = ca_arena_array(scan->arena, scan->file_count + 1, sizeof *summary->files);
    if (!summary->files) {
        return ca_error_nomem(err);
    }
    summary->file_count = scan->file_count;
    summary->claims = scan->claims;
    summary->patients = ca_facts_patients(scan->facts);
    summary->providers = ca_facts_providers(scan->facts);
    summary->joins = scan->joins;
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        summary->files[i] = (ca_scan_file){file->path,          ca_layout_name(file->layout),
                                           file->rows_read,     file->rows_accepted,
                                           file->rows_rejected, file->rows_skipped,
                                           file->lines,         file->lines_dropped,
                                           file->claims};
        summary->rows_read += file->rows_read;
        summary->rows_accepted += file->rows_accepted;
        summary->rows_rejected += file->rows_rejected;
        summary->rows_skipped += file->rows_skipped;
        summary->lines += file->lines;
        summary->lines_dropped += file->lines_dropped;
    }
    return 0;
}

/* Nothing lost: an invariant of the program, checked on every run because a report is only worth its completeness. */
static int check_completeness(const ca_scan_state *scan, ca_error *err)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        if (file->rows_read != file->rows_accepted + file->rows_rejected + file->rows_skipped) {
            return ca_error_set(err, CA_TOTALS,
                                "%s: %llu rows read, but %llu accepted, %llu rejected and %llu "
                                "skipped; please report this",
                                file->path, (unsigned long long)file->rows_read,
                                (unsigned long long)file->rows_accepted,
                                (unsigned long long)file->rows_rejected,
                                (unsigned long long)file->rows_skipped);
        }
    }
    return 0;
}

static bool was_given(const ca_scan_state *scan, ca_records records)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_layout *layout = scan->files[i].layout;
        if (layout && ca_layout_records(layout) == records) {
            return true;
        }
    }
    return false;
}

/* A file of patients without a row is a failed export, not the absence of one. */
static int check_facts(const ca_scan_state *scan, const char *what, size_t facts, ca_error *err)
{
    if (facts || scan->summary->lines == 0) {
        return 0;
    }
    return ca_error_set(err, CA_TOTALS, "the file of %s has no usable row; deliver it again, or leave it out", what);
}

static int check_join(const ca_scan_state *scan, const char *what, const ca_join_counts *counts,
                      ca_error *err)
{
    unsigned min_match = scan->setup->profile->min_match;
    /* Shares are compared in integers; counts far beyond any file would still fit. */
    if (counts->usable == 0 || counts->found * 100 >= counts->usable * min_match) {
        return 0;
    }
    return ca_error_set(err, CA_TOTALS,
                        "only %llu of %llu lines found their %s, fewer than min_match: %u%%; is the "
                        "file of %ss current and complete?",
                        (unsigned long long)counts->found, (unsigned long long)counts->usable, what,
                        min_match, what);
}

static int check_joins(const ca_scan_state *scan, ca_error *err)
{
    bool patients = was_given(scan, CA_RECORDS_PATIENTS);
    bool providers = was_given(scan, CA_RECORDS_PROVIDERS);
    int rc = patients ? check_facts(scan, "patients", ca_facts_patients(scan->facts), err) : 0;
    if (rc == 0 && providers) {
        rc = check_facts(scan, "providers", ca_facts_providers(scan->facts), err);
    }
    if (rc == 0 && patients) {
        rc = check_join(scan, "patient", &scan->joins.patient, err);
    }
    for (unsigned role = 0; rc == 0 && providers && role < CA_ROLE_COUNT; role++) {
        const char *name = ca_role_name((ca_role)role);
        char what[64];
        size_t used = strlen(name);
        memcpy(what, name, used);
        memcpy(what + used, " provider", sizeof " provider");
        rc = scan->role_may_lack[role] ? 0 : check_join(scan, what, &scan->joins.provider[role], err);
    }
    return rc;
}

/* Total rows that contradict the rows of their file. */
static int check_total_rows(const ca_scan_state *scan, ca_error *err)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        if (file->totals_wrong) {
            return ca_error_set(err, CA_TOTALS, "%s: %s; is the file complete?", file->path,
                                file->totals_wrong);
        }
    }
    return 0;
}

static int note_silenced(ca_scan_state *scan, bool patients, ca_error *err)
{
    const char *ids = "";
    for (size_t i = 0; ids && i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        bool runs = scan->every_status || rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW;
        if (runs && (patients ? rule->reads_patient : rule->reads_provider)) {
            ids = ca_arena_printf(scan->arena, "%s%s%s", ids, *ids ? ", " : "", rule->id);
        }
    }
    if (ids && !*ids) {
        return 0;
    }
    return note(scan, false,
                ids ? ca_arena_printf(scan->arena,
                                      "no %s file was given: rules that read %s facts stay unknown "
                                      "where claims lack them (%s)",
                                      patients ? "patient" : "provider",
                                      patients ? "patient" : "provider", ids)
                    : NULL,
                err);
}

/* Lint refuses such a rule; a night is not to fail for it. */
static int note_untested(ca_scan_state *scan, ca_error *err)
{
    const char *ids = "";
    for (size_t i = 0; ids && i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        if ((rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW) && !rule->tests) {
            ids = ca_arena_printf(scan->arena, "%s%s%s", ids, *ids ? ", " : "", rule->id);
        }
    }
    if (ids && !*ids) {
        return 0;
    }
    return note(scan, false,
                ids ? ca_arena_printf(scan->arena, "rules without tests ran (%s); claimaudit rules lint refuses them", ids) : NULL,
                err);
}

static int note_setup(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < scan->setup->packs_left_out_count; i++) {
        rc = note(scan, false,
                  ca_arena_printf(scan->arena, "rule pack '%s' did not run: the profile's jurisdiction is '%s'",
                                  scan->setup->packs_left_out[i], scan->setup->profile->jurisdiction),
                  err);
    }
    for (size_t i = 0; rc == 0 && i < scan->setup->rules->replaced_count; i++) {
        ca_text id = scan->setup->rules->replaced[i];
        rc = note(scan, false,
                  ca_arena_printf(scan->arena, "rule %.*s is the site's own, in place of the shipped one",
                                  (int)id.len, id.ptr),
                  err);
    }
    for (size_t i = 0; rc == 0 && i < scan->setup->note_count; i++) {
        rc = note(scan, false, ca_arena_cstr(scan->arena, ca_text_of(scan->setup->notes[i])), err);
    }
    rc = rc ? rc : note_untested(scan, err);
    if (rc == 0 && !was_given(scan, CA_RECORDS_PATIENTS)) {
        rc = note_silenced(scan, true, err);
    }
    if (rc == 0 && !was_given(scan, CA_RECORDS_PROVIDERS)) {
        rc = note_silenced(scan, false, err);
    }
    return rc;
}

static int note_unanswered(ca_scan_state *scan, const char *what, uint64_t count, uint64_t answered, ca_error *err)
{
    if (count <= answered) {
        return 0;
    }
    return note(scan, false,
                ca_arena_printf(scan->arena, "%llu %s found no line to undo", (unsigned long long)(count - answered), what),
                err);
}

static int note_undone(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    scan->summary->lines_undone = scan->lines_undone;
    if (scan->lines_undone) {
        const char *by = scan->lines_voided == 0                    ? "reversals"
                         : scan->lines_voided == scan->lines_undone ? "voids"
                                                                    : "reversals and voids";
        rc = note(scan, false,
                  ca_arena_printf(scan->arena, "%llu lines were undone by %s; %llu findings on them were taken back",
                                  (unsigned long long)scan->lines_undone, by, (unsigned long long)scan->findings_undone),
                  err);
    }
    rc = rc ? rc : note_unanswered(scan, "reversals", scan->net.reversals, scan->net.reversals_answered, err);
    return rc ? rc : note_unanswered(scan, "voids", scan->net.voids, scan->net.voids_answered, err);
}

static int note_incomplete(ca_scan_state *scan, ca_error *err)
{
    if (scan->claims_incomplete == 0) {
        return 0;
    }
    return note(scan, false,
                ca_arena_printf(scan->arena, "%llu claims are incomplete, because rows of them were rejected%s: rules of claims "
                                             "stay unknown there",
                                (unsigned long long)scan->claims_incomplete, scan->pieces ? " or are missing" : ""),
                err);
}

static int note_too_large(ca_scan_state *scan, ca_error *err)
{
    if (scan->claims_too_large == 0) {
        return 0;
    }
    return note(scan, true,
                ca_arena_printf(scan->arena, "claims of more than %u rows: %llu; their repeated, replaced and reversed rows count as they "
                                             "stand, and rules of claims stay unknown there. Is claim_id mapped to the right column?",
                                CA_CLAIM_LINES, (unsigned long long)scan->claims_too_large),
                err);
}

static int note_outcome(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    for (unsigned c = 0; rc == 0 && c < scan->setup->schema.count; c++) {
        if (scan->header_conflicts[c]) {
            rc = note(scan, false,
                      ca_arena_printf(scan->arena,
                                      "%s differs between the lines of %llu claims: it counts as missing there",
                                      scan->setup->schema.columns[c].name,
                                      (unsigned long long)scan->header_conflicts[c]),
                      err);
        }
    }
    for (size_t i = 0; rc == 0 && i < scan->summary->rule_count; i++) {
        const ca_scan_rule *rule = &scan->summary->rules[i];
        if (rule->findings > rule->stored && !scan->every_status) {    /* who tries rules asked for a short list */
            rc = note(scan, !rule->shadow,
                      ca_arena_printf(scan->arena,
                                      "rule %s found %llu, more than --max-findings: the %llu with "
                                      "the largest exposure are stored, all are counted",
                                      rule->id, (unsigned long long)rule->findings,
                                      (unsigned long long)rule->stored),
                      err);
        }
    }
    rc = rc ? rc : note_undone(scan, err);
    rc = rc ? rc : ca_pieces_say(scan, err);
    rc = rc ? rc : note_incomplete(scan, err);
    rc = rc ? rc : note_too_large(scan, err);
    if (rc == 0 && scan->summary->lines == 0) {
        rc = note(scan, true, "no claim line was read", err);
    }
    return rc;
}

int ca_summarise(ca_scan_state *scan, ca_error *err)
{
    int rc = summarise_files(scan, err);
    rc = rc ? rc : summarise_rules(scan, err);
    rc = rc ? rc : note_setup(scan, err);
    return rc ? rc : note_outcome(scan, err);
}

int ca_check_totals(ca_scan_state *scan, ca_error *err)
{
    int rc = check_completeness(scan, err);
    rc = rc ? rc : ca_rejects_check(scan, err);
    rc = rc ? rc : check_total_rows(scan, err);
    return rc ? rc : check_joins(scan, err);
}
