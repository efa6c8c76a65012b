/* Stores scores: their rules, a finding for each lead, and of each kind as many scores as shall be kept. */
#include "run/publish_scores.h"

#include <string.h>

static uint64_t stored_of(const ca_scored_kind *kind, const ca_score_rule *rule, const ca_scores_told *scores)
{
    bool of_entities = strcmp(rule->kind, "score") == 0;    /* they have a budget */
    return of_entities || kind->leads < scores->most_findings ? kind->leads : scores->most_findings;
}

static int no_rule(const ca_scored_kind *kind, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "there is no rule for scores of kind '%s'; please report this", kind->of);
}

int ca_scores_summarise(const ca_scores_told *scores, ca_arena *arena, ca_scan_summary *summary, ca_error *err)
{
    const ca_scored *scored = scores->scored;
    if (!scored) {
        return 0;
    }
    ca_scan_rule *rules = ca_arena_array(arena, summary->rule_count + scored->kind_count + 1, sizeof *rules);
    if (!rules) {
        return ca_error_nomem(err);
    }
    if (summary->rule_count) {
        memcpy(rules, summary->rules, summary->rule_count * sizeof *rules);
    }
    size_t count = summary->rule_count;
    for (size_t i = 0; i < scored->kind_count; i++) {
        const ca_scored_kind *kind = &scored->kinds[i];
        const ca_score_rule *rule = ca_score_rule_of(kind->of);
        if (!rule) {
            return no_rule(kind, err);
        }
        if (kind->offered == 0) {
            continue;
        }
        rules[count++] = (ca_scan_rule){.id = rule->id,
                                        .title = rule->title,
                                        .severity = rule->severity,
                                        .kind = rule->kind,
                                        .offered = kind->offered,
                                        .hit = kind->leads,
                                        .unknown = kind->insufficient,
                                        .pass = kind->offered - kind->leads - kind->insufficient,
                                        .findings = kind->leads,
                                        .stored = stored_of(kind, rule, scores)};
        summary->findings += kind->leads;
        summary->stored += stored_of(kind, rule, scores);
    }
    summary->score_rules = count - summary->rule_count;
    summary->rules = rules;
    summary->rule_count = count;
    return 0;
}

typedef struct ca_passing {
    ca_scores_visit *visit;
    void *to;
} ca_passing;

static int pass_finding(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *err)
{
    const ca_passing *passing = to;
    (void)score;
    return finding ? passing->visit(passing->to, finding, err) : 0;
}

int ca_scores_findings(const ca_scores_told *scores, ca_scores_visit *visit, void *to, ca_error *err)
{
    ca_passing passing = {visit, to};
    return scores->scored ? ca_scored_findings(scores->scored, scores->first_rule, scores->most_findings, true, pass_finding, &passing,
                                               err)
                          : 0;
}

int ca_publish_score_rules(const ca_scores_told *scores, ca_report *report, ca_error *err)
{
    const ca_scored *scored = scores->scored;
    int rc = 0;
    for (size_t i = 0; rc == 0 && scored && i < scored->kind_count; i++) {
        const ca_scored_kind *kind = &scored->kinds[i];
        const ca_score_rule *rule = ca_score_rule_of(kind->of);
        if (!rule) {
            return no_rule(kind, err);
        }
        if (kind->offered == 0) {
            continue;
        }
        ca_rule_record record = {.id = rule->id,
                                 .title = rule->title,
                                 .category = rule->category,
                                 .severity = rule->severity,
                                 .severity_rank = rule->severity_rank,
                                 .grade = "statistical",
                                 .status = "active",
                                 .kind = rule->kind,
                                 .jurisdiction = "core",
                                 .version = 1,
                                 .logic_hash = scored->logic_hash,
                                 .text_hash = scored->logic_hash,
                                 .source = ca_text_of(rule->source),
                                 .offered = kind->offered,
                                 .hit = kind->leads,
                                 .unknown = kind->insufficient,
                                 .pass = kind->offered - kind->leads - kind->insufficient,
                                 .findings = kind->leads,
                                 .stored = stored_of(kind, rule, scores)};
        rc = ca_report_add_rule(report, scores->first_rule + (uint32_t)i, &record, err);
    }
    return rc;
}

typedef struct ca_storing {
    ca_report *report;
    uint64_t most;
    char kind[32];               /* whose scores are being stored */
    uint64_t stored;             /* of this kind */
} ca_storing;

static int store_score(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *err)
{
    ca_storing *storing = to;
    int rc = finding ? ca_report_add_finding(storing->report, finding, err) : 0;
    if (rc || !score) {
        return rc;
    }
    if (strcmp(storing->kind, score->kind) != 0) {
        size_t len = strlen(score->kind);
        len = len < sizeof storing->kind - 1 ? len : sizeof storing->kind - 1;
        memcpy(storing->kind, score->kind, len);
        storing->kind[len] = 0;
        storing->stored = 0;
    }
    if (!finding && storing->stored >= storing->most) {
        return 0;
    }
    storing->stored++;
    return ca_report_add_entity_score(storing->report, score, finding ? ca_report_last_finding(storing->report) : 0, err);
}

int ca_publish_scores(const ca_scores_told *scores, ca_report *report, ca_error *err)
{
    ca_storing storing = {.report = report, .most = scores->most_scores};
    return scores->scored ? ca_scored_findings(scores->scored, scores->first_rule, scores->most_findings, false, store_score, &storing,
                                               err)
                          : 0;
}
