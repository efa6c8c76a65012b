/* Entities in a scan: which lines count for them, what they measure, and the tables and models that compare them with their peers. Lines
 * that wait (store/batches.h) are read once more when all rules have judged. For this room only. */
#ifndef CA_RUN_MEASURING_H
#define CA_RUN_MEASURING_H

#include "run/measure_entity.h"
#include "run/measure_hits.h"
#include "run/score_lines.h"
#include "run/state.h"
#include "store/batches.h"

/* The days whose lines count. */
typedef struct ca_score_period {
    bool whole;                   /* shorter data than that: all lines count, whatever their day */
    ca_date from, through;        /* of whole: where nearly all lines are */
    ca_date ages_on;              /* the day on which persons are as old as is said */
    unsigned months;              /* that were asked for */
    uint64_t lines;               /* that lie in it, as they were read: some of them may not count */
} ca_score_period;

/* Hears of every entity that is measured, one thread at a time, in any order. */
typedef int (*ca_observe_measured)(void *context, const ca_measured *measured, ca_error *err);

struct ca_measuring {
    const ca_featureset *set;
    ca_measure_plan *plan;
    uint8_t *columns;             /* by schema column: 1 = it waits; */
    uint8_t *joined;              /* and facts that no rule reads: they are joined to lines that count, when these have waited */
    bool joins;                   /* there are such */
    ca_measure_hits *hits;        /* NULL: no feature asks for a rule */
    ca_measure_peers *peers;
    ca_score_period period;       /* when all lines were read */
    ca_observe_measured sink;     /* hears of them; or NULL */
    void *sink_context;
    const ca_score_lines *claim_lines;    /* what lines are compared by; NULL: they are not */
    ca_line_judge *line_judge;    /* that has seen all of them; owned */
    ca_network_sink *network;     /* whom patients see; NULL: nobody asks; owned */
    uint64_t held, grows_from;    /* memory, when rules had judged, and when what grows was empty: run/budget.h */
    uint64_t lines;               /* that count and lie in the period, */
    uint64_t mark;                /* and what they are: a sum over their digests; 0: nobody compares lines */
    uint64_t outside;             /* that count, but lie before or behind it, or have no day */
    uint64_t entities[CA_ENTITY_LINE];
};

/* When the rules are grouped: scan->measuring stays NULL when no features are to be computed. */
int ca_measuring_plan(ca_scan_state *scan, ca_error *err);
/* When scan->needed has what all rules read: what features read besides, and scan->joined. */
int ca_measuring_need(ca_scan_state *scan, ca_error *err);
int ca_measuring_open(ca_scan_state *scan, ca_error *err);    /* before the stream */
void ca_measuring_close(ca_scan_state *scan);
void ca_measuring_identify(const ca_scan_state *scan, ca_hasher *hasher);     /* what makes another run; nothing without scores */

/* Joins facts that only features read to the rows that were taken last: of lines that count, which are fewer than are read. */
int ca_measuring_join(const ca_scan_state *scan, ca_waiting *waiting, ca_joins *counts, ca_error *err);

/* The rule (by its index) hit the line, or the lines of a unit of a frame of claims, or those of a match that carry what is at stake.
 * Any thread; nothing happens when no feature asks for the rule. */
int ca_measuring_hit_line(ca_scan_state *scan, uint32_t rule, const ca_origin *origin, int64_t line_no, ca_error *err);
int ca_measuring_hit_claim(ca_scan_state *scan, uint32_t rule, const ca_frame *frame, unsigned unit, ca_error *err);
int ca_measuring_hit_match(ca_scan_state *scan, uint32_t rule, const ca_frame *frame, const ca_explanation *explanation, ca_error *err);

/* In a note, features that are missing because a rule that they ask for does not run. */
int ca_measuring_note(ca_scan_state *scan, ca_error *err);

/* measure_period.c: from the days on which lines are (run/several.h), and what the options say. */
int ca_score_period_find(const ca_scan_state *scan, const uint64_t *days, ca_score_period *ret_period, ca_error *err);

/* measure_gather.c: the lines that count and lie in the period to entities, each of which the sink hears of. When all rules have
 * judged. */
int ca_measure_gather(ca_scan_state *scan, ca_error *err);

#endif
