/* Scores become findings of grade statistical: pseudo-rules with what they said of everybody, and of each lead a finding with its
 * reasons. Knows nothing of how scores are made: who makes them fills a ca_scored. */
#ifndef CA_RUN_SCORE_FINDINGS_H
#define CA_RUN_SCORE_FINDINGS_H

#include "base/arena.h"
#include "base/error.h"
#include "claim/score.h"

/* --- Pseudo-rules (score_rules.c) ------------------------------------------------------------- */

typedef struct ca_score_rule {
    const char *of;              /* kind of entity; of pairs both, as "pharmacy+prescriber"; "ring" */
    const char *id;              /* "SCORE-PROVIDER" */
    const char *kind;            /* "score", "pair" or "ring" */
    const char *subject;         /* column that names who its findings are about; "pair", "ring"; NULL: a claim line */
    const char *title;
    const char *category;        /* of rules/vocabulary.yaml, as the severity */
    const char *severity;
    int64_t severity_rank;
    const char *source;          /* what it says, in place of the text of a rule */
} ca_score_rule;

extern const ca_score_rule ca_score_rules[];
extern const size_t ca_score_rule_count;
/* NULL: there is none. */
const ca_score_rule *ca_score_rule_of(const char *of);
/* Kinds of entities, for --kind: "provider" … "line"; false when it is none. */
bool ca_score_kind_known(const char *kind);
/* CA_USAGE, and what it may be. */
int ca_score_kind_refuse(const char *kind, ca_error *err);

/* --- What was scored -------------------------------------------------------------------------- */

/* What a pseudo-rule said of all units: entities; of pairs and rings those that stand out. */
typedef struct ca_scored_kind {
    const char *of;              /* ca_score_rule.of */
    uint64_t offered, insufficient, leads;
} ca_scored_kind;

typedef int ca_score_visit(void *to, const ca_entity_score *score, ca_error *err);

typedef struct ca_scored {
    const ca_told_model *model;
    const uint8_t *logic_hash;   /* 32 bytes: of the features and of how they become scores */
    int minor_digits;
    const ca_scored_kind *kinds; /* those that were scored, each once; their rules are numbered in this order */
    size_t kind_count;
    /* Hands over every score that is to be stored, or leads alone, kind by kind as in `kinds`, leads and others by rank; may be called again. What
     * is handed over need not live on. Sentences of reasons may be empty: they are made then. */
    int (*each)(void *context, bool leads, ca_score_visit *visit, void *to, ca_error *err);
    void *context;
    const ca_told_pair *pairs;   /* by rank, those of all kinds together */
    size_t pair_count;
    const ca_told_ring *rings;   /* by rank */
    size_t ring_count;
} ca_scored;

/* `finding` of a lead, else NULL; `score` of an entity, with its sentences; of a pair or a ring NULL. */
typedef int ca_scored_visit(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *err);

/* All scores, or leads alone, then pairs, then rings. Findings have the number first_rule + place of their kind in `kinds`; of each pair and ring
 * rule at most `most` are made. Their key names rule and subject only: a later night that finds the same subject replaces it.
 * CA_FAIL for a lead without a reason, and for a kind that is not among `kinds`. */
int ca_scored_findings(const ca_scored *scored, uint32_t first_rule, uint64_t most, bool leads, ca_scored_visit *visit, void *to,
                       ca_error *err);

/* --- Evidence (score_evidence.c) -------------------------------------------------------------- */

/* JSON, docs/report-db.md. */
void ca_score_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_entity_score *score, ca_buf *json);
void ca_pair_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_told_pair *pair, ca_buf *json);
void ca_ring_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_told_ring *ring, ca_buf *json);

#endif
