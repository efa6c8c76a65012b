/* Scores that people can read: by which model, whom to tell, and why. For this room only. */
#ifndef CA_RUN_SCORING_H
#define CA_RUN_SCORING_H

#include "run/model.h"
#include "run/network_tell.h"
#include "run/score_findings.h"
#include "run/scores.h"

/* Of one kind of entities. */
typedef struct ca_told_kind {
    uint32_t *order;              /* entities that are told: leads first, then by rank */
    size_t order_count;
    ca_told_say **says;           /* by feature: its own words */
} ca_told_kind;

struct ca_scoring {
    ca_run_model model;
    bool fits;                    /* this run makes a model of its own */
    bool spares_lines;            /* claim lines are not compared, though the model could */
    bool left_out;                /* no scores were made: an alarm says why */
    bool gave_up;                 /* because memory was short: with more of it, this is another run */
    ca_arena sections;            /* of the model that is known, while there are scores to make */
    ca_text mark;                 /* of the lines that the model was made of; "" = nobody knows */
    bool own_lines;               /* the model was made of these very lines: what is usual of them says nothing of them */
    ca_usual *usual;              /* what is usual of claim lines; NULL: the model says nothing of them */
    char version[24];
    ca_told_model told;
    ca_told_kind kinds[CA_ENTITY_LINE];
    ca_network_found *found;      /* NULL: nobody asked */
    ca_network_told networks;
    ca_scored_kind rules[CA_ENTITIES + CA_NETWORK_KINDS];
    ca_scored scored;
};

/* scoring.c. Before the stream: which model there is. scan->scoring stays NULL where nothing is measured. */
int ca_scoring_open(ca_scan_state *scan, ca_error *err);
/* When all rules have judged: entities are measured and scored, and scan->scored tells of them. */
int ca_scoring_run(ca_scan_state *scan, ca_error *err);
void ca_scoring_close(ca_scan_state *scan);
/* Is the model that the report names one that this very run fitted? Then it is the same run once more. `plain` is the identity of
 * the run but for the model. */
bool ca_scoring_is_own(const ca_scan_state *scan, ca_digest plain);

/* scoring_model.c: that of a kind, a ca_model_of whose context is the scan. CA_END, and an alarm, when there is one but not for
 * entities like these. */
int ca_scoring_model_of(void *scan, ca_entity entity, ca_score_model **ret_model, ca_error *err);
int ca_scoring_read_usual(ca_scan_state *scan, ca_error *err);    /* reads it again, and what it says of claim lines */
int ca_scoring_pack(ca_scan_state *scan, ca_error *err);    /* what was fitted, into scoring->model.file */
const char *ca_scoring_mark(const ca_scan_state *scan);     /* of the lines at hand; NULL: no memory */
int ca_scoring_tell_drift(ca_scan_state *scan, ca_error *err);
/* scoring_network.c: pairs and rings, into scoring->networks. */
int ca_scoring_networks(ca_scan_state *scan, ca_error *err);
/* scoring_tell.c: whom, and a finding's worth of reasons for each; into scan->scored. */
int ca_scoring_tell(ca_scan_state *scan, ca_error *err);
/* Of one that was scored, told or not, by its number in the table of its kind; when that is done. */
int ca_scoring_tell_one(ca_scan_state *scan, ca_entity entity, size_t number, ca_score_visit *visit, void *to, ca_error *err);

#endif
