/* What becomes of measured entities: a table for each kind, a model of it, and scores. For this room only. */
#ifndef CA_RUN_SCORES_H
#define CA_RUN_SCORES_H

#include "run/measuring.h"
#include "score/linalg.h"
#include "score/scorer.h"

/* One kind of entity. Features of the table are those of the set's, in its order: feature i is set->features[set->first[kind] + i].
 * Values are what the feature is, amounts in whole units of the currency; but those of features with `money` are in 1/10,000, as
 * score/table.h wants them. */
typedef struct ca_scored_entities {
    ca_score_table *table;        /* NULL: the kind has no features */
    ca_score_model *model;        /* that it was scored by */
    ca_score_results *results;
} ca_scored_entities;

typedef struct ca_run_scored {
    ca_scored_entities kinds[CA_ENTITY_LINE];    /* by ca_entity */
    const ca_featureset *set;
    ca_score_lines *claim_lines;  /* NULL: there are no features of lines */
    ca_line_judge *line_judge;    /* that has seen all lines; NULL likewise */
    ca_buf line_profile;          /* bytes of what is usual of the lines; empty when none were collected to score others against, */
    ca_usual *line_drift;         /* and what they are compared by with those that the model was made of; NULL likewise */
    ca_network_sink *network;     /* whom patients see, to be run (run/network.h); NULL: nobody asked */
    ca_score_period period;
    uint64_t lines, outside;      /* as in ca_measuring */
} ca_run_scored;

/* Gives the model of a kind: NULL in *ret_model = there is none yet, it is fitted to the table. The model is the caller's from then on.
 * CA_END: the kind is not scored. */
typedef int ca_model_of(void *context, ca_entity entity, ca_score_model **ret_model, ca_error *err);

typedef struct ca_scoring_plan {
    const ca_linalg *linalg;
    ca_model_of *models;          /* NULL: all are fitted */
    void *context;
    const ca_usual *usual;        /* profile that claim lines are scored against; NULL: they are not */
    ca_lines_collect collects;    /* what claim lines are collected for */
    ca_usual_settings settings;   /* of that */
    size_t most_lines;            /* claim lines that can be told */
} ca_scoring_plan;

/* Leads among so many, as --budget says; 0: as the scorer decides. */
uint32_t ca_scores_budget(const ca_scan_options *options, uint64_t entities);
/* Measures all entities and scores them, when all rules have judged. NULL in *ret_scored when nothing is to be scored. */
int ca_run_scores(ca_scan_state *scan, const ca_scoring_plan *scoring, ca_run_scored **ret_scored, ca_error *err);
void ca_run_scored_free(ca_run_scored *scored);    /* NULL is fine */

/* score_tables.c */
int ca_score_tables_open(const ca_scan_state *scan, ca_run_scored *scored, ca_error *err);
/* An entity to the table of its kind: a ca_observe_measured, whose context is the ca_run_scored. */
int ca_score_tables_take(void *scored, const ca_measured *measured, ca_error *err);

#endif
