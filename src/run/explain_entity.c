/* What a scan of these files would say of one entity, whether it would store it or not. */
#include "run/explain_entity.h"

#include <string.h>

#include "run/score_findings.h"
#include "run/scoring.h"
#include "run/state.h"

#define LINES_TOLD 10000u    /* claim lines that are looked through: beyond, they are ordinary */

typedef struct explaining {
    ca_scan_state *scan;
    const ca_entity_question *question;
    ca_report *report;
    size_t told;                 /* kinds in which there is one of this name */
} explaining;

static bool asks_for(const ca_entity_question *question, const char *kind)
{
    return !question->kind || strcmp(question->kind, kind) == 0;
}

/* Names of lines have strokes; others may have, too. */
static bool may_be_line(const ca_entity_question *question)
{
    return asks_for(question, ca_entity_kinds[CA_ENTITY_LINE].name) && strchr(question->id, '/');
}

/* --- Whom -------------------------------------------------------------------------------------------------------- */

static int store(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *err)
{
    explaining *of = to;
    ca_entity_score all = *score;
    (void)finding;
    all.lead = true;    /* of leads features are kept, too */
    of->told++;
    return ca_report_add_entity_score(of->report, &all, 0, err);
}

typedef struct sought {
    ca_text id;
    ca_score_visit *visit;
    void *to;
} sought;

static int take_line(void *to, const ca_entity_score *score, ca_error *err)
{
    const sought *line = to;
    return ca_text_eq(score->id, line->id) ? line->visit(line->to, score, err) : 0;
}

static int tell_line(explaining *of, ca_score_visit *visit, void *to, ca_error *err)
{
    ca_line_judge *judge = of->scan->entities->line_judge;
    sought line = {ca_text_of(of->question->id), visit, to};
    const ca_scoring *scoring = of->scan->scoring;
    bool known = judge && scoring->usual && !scoring->own_lines && may_be_line(of->question);
    uint32_t budget = known ? ca_scores_budget(of->scan->options, ca_line_judge_scored(judge)) : 0;
    return known ? ca_line_judge_each(judge, budget, take_line, &line, err) : 0;
}

/* A ca_scored.each. */
static int tell(void *context, bool leads, ca_score_visit *visit, void *to, ca_error *err)
{
    explaining *of = context;
    const ca_run_scored *scored = of->scan->entities;
    int rc = 0;
    (void)leads;
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        const ca_scored_entities *kind = &scored->kinds[entity];
        size_t number;
        if (kind->results && asks_for(of->question, ca_entity_kinds[entity].name) &&
            ca_score_table_find(kind->table, ca_text_of(of->question->id), &number) == 0) {
            rc = ca_scoring_tell_one(of->scan, (ca_entity)entity, number, visit, to, err);
        }
    }
    return rc ? rc : tell_line(of, visit, to, err);
}

/* --- What is said of them ---------------------------------------------------------------------------------------- */

static int begin(explaining *of, ca_error *err)
{
    const ca_profile *profile = of->scan->setup->profile;
    int64_t run;
    const ca_run_record record = {.started = "",
                                  .finished = "",
                                  .profile = profile->name,
                                  .jurisdiction = profile->jurisdiction,
                                  .currency = profile->currency,
                                  .minor_digits = profile->minor_digits,
                                  .version = of->scan->options->version,
                                  .settings = "{}",
                                  .evidence_file = "",
                                  .alarms = "",
                                  .model = of->scan->scored->model};
    return ca_report_begin(of->report, &record, &run, err);
}

static int nobody(const explaining *of, ca_error *err)
{
    const ca_run_scored *scored = of->scan->entities;
    const ca_entity_question *question = of->question;
    char from[CA_DATE_SIZE], through[CA_DATE_SIZE];
    ca_date_print(scored->period.from, from);
    ca_date_print(scored->period.through, through);
    if (scored->lines == 0 && scored->outside == 0) {    /* nor is there a period */
        return ca_error_set(err, CA_USAGE, "'%.80s' is not there: no line of these files counts", question->id);
    }
    if (scored->lines == 0) {
        return ca_error_set(err, CA_USAGE, "'%.80s' is not there: none of the %llu lines that count is of %s to %s", question->id,
                            (unsigned long long)scored->outside, from, through);
    }
    if (may_be_line(question) && of->scan->scoring->own_lines) {
        return ca_error_set(err, CA_USAGE, "no claim line is compared: model %lld was made of these very lines, %s to %s",
                            (long long)of->scan->scoring->model.record.number, from, through);
    }
    if (may_be_line(question)) {
        return ca_error_set(err, CA_USAGE,
                            "'%.80s' is not among the %u lines of these files, %s to %s, that are most unlike others; a line is named "
                            "claim_type/claim_id/line_no",
                            question->id, LINES_TOLD, from, through);
    }
    return ca_error_set(err, CA_USAGE,
                        "none of the %llu lines that count from %s to %s has '%.80s' as %s, letter by letter and after what the profile "
                        "does to ids",
                        (unsigned long long)scored->lines, from, through, question->id,
                        question->kind ? question->kind : "provider, institution, prescriber, pharmacy or patient");
}

static int tell_report(explaining *of, ca_error *err)
{
    ca_scored one = *of->scan->scored;
    one.each = tell;
    one.context = of;
    one.pair_count = one.ring_count = 0;
    int rc = begin(of, err);
    rc = rc ? rc : ca_scored_findings(&one, 0, 0, false, store, of, err);
    rc = rc || of->told ? rc : nobody(of, err);
    return rc ? rc : ca_report_commit(of->report, err);
}

/* --- The files --------------------------------------------------------------------------------------------------- */

static int check_model(const ca_entity_question *question, ca_arena *arena, ca_error *err)
{
    ca_model_record model;
    int rc = ca_report_current_model(question->db, arena, &model, err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE,
                            "%s has no model, so there is nothing to compare '%.80s' with: a scan with scores or claimaudit model fit "
                            "makes one",
                            question->db, question->id);
    }
    return rc;
}

/* Lines are read through one by one, which takes time, only when one is asked for. */
static int begin_engine(const explaining *of, ca_diags *diags, ca_error *err)
{
    ca_scan_state *scan = of->scan;
    int rc = ca_engine_begin(scan, diags, err);
    if (rc == 0 && !scan->scoring) {
        return ca_error_set(err, CA_CONFIG, "there are no features among the rules that are loaded: nobody can be compared");
    }
    if (rc == 0 && !may_be_line(of->question)) {
        scan->scoring->spares_lines = true;
    }
    return rc;
}

static int check_scores(const ca_scan_state *scan, ca_error *err)
{
    const ca_scan_summary *summary = scan->summary;
    if (!scan->scoring->left_out) {
        return 0;
    }
    return ca_error_set(err, CA_CONFIG, "%s", summary->alarm_count ? summary->alarms[summary->alarm_count - 1] : "no scores were made");
}

static void count_rows(const ca_scan_state *scan, ca_entity_told *told)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        told->rows_read += scan->files[i].rows_read;
        told->rows_rejected += scan->files[i].rows_rejected;
    }
}

int ca_explain_scored(const ca_scan_options *options, const ca_entity_question *question, ca_arena *arena, ca_diags *diags,
                      ca_entity_told *ret_told, ca_error *err)
{
    ca_scan_options own = *options;
    ca_scan_summary summary = {0};
    ca_scan_state scan = {.options = &own, .summary = &summary, .arena = arena, .model_db = question->db};
    explaining of = {.scan = &scan, .question = question};
    ca_entity_told told = {0};
    own.scores = true;
    own.networks = false;
    own.max_scores = may_be_line(question) ? LINES_TOLD : 0;
    int rc = check_model(question, arena, err);
    rc = rc ? rc : begin_engine(&of, diags, err);
    rc = rc ? rc : ca_engine_read(&scan, err);
    rc = rc ? rc : check_scores(&scan, err);
    rc = rc || scan.scored ? rc : nobody(&of, err);
    rc = rc ? rc : ca_report_open_memory(&of.report, err);
    rc = rc ? rc : tell_report(&of, err);
    count_rows(&scan, &told);
    ca_engine_end(&scan);
    if (rc) {
        ca_report_close(of.report);
        return rc;
    }
    told.report = of.report;
    *ret_told = told;
    return 0;
}
