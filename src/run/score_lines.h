/* Claim lines and what is usual of lines (score/profile.h): the features of kind `line` of all lines that count are evaluated, counted
 * for a profile, or scored against an earlier one, or both. The lines that surprise most are told with their reasons. For this room
 * only. */
#ifndef CA_RUN_SCORE_LINES_H
#define CA_RUN_SCORE_LINES_H

#include "claim/score.h"
#include "rules/feature.h"
#include "run/measure_lines.h"
#include "score/surprise.h"

/* --- Before the stream -------------------------------------------------------------------------------------------- */

/* Whether there are active features of lines. */
bool ca_score_lines_any(const ca_featureset *set);
/* Sets to 1, by schema column, what these features read; and what is told of a line besides. */
void ca_score_lines_read(const ca_featureset *set, uint8_t *columns);
void ca_score_lines_told(uint8_t *columns);

/* What lines are collected for (below). */
typedef enum ca_lines_collect {
    CA_LINES_NOT,
    CA_LINES_PROFILE,    /* a profile that later lines are scored against */
    CA_LINES_DRIFT       /* one that tells how far lines have moved since such a profile was made: of all lines together, of fewer lines */
} ca_lines_collect;

/* The shift (below) for so many lines in the period: half of `most` to `most` of them, or all where they are fewer; 0 = a million, of drift
 * 32,000. */
unsigned ca_score_lines_shift(ca_lines_collect collects, uint64_t lines, uint64_t most);

/* --- When all lines were read --------------------------------------------------------------------------------------- */

typedef struct ca_score_lines_options {
    const ca_featureset *set;     /* borrowed, like all that follows */
    const ca_schema *schema;
    const ca_codes *codes;        /* no code is added any more */
    const ca_usual *usual;        /* the profile that lines are scored against; NULL: none is known, or they are not */
    ca_lines_collect collects;    /* a profile is made of the lines */
    ca_usual_settings settings;   /* of the profile that is made, but for drift; */
    unsigned shift;               /* one claim in 2^shift goes into it, chosen by a hash of its id: 0 = all */
    size_t most;                  /* lines that can be told */
} ca_score_lines_options;

/* Of a run; any number of threads read it. */
typedef struct ca_score_lines ca_score_lines;
int ca_score_lines_new(const ca_score_lines_options *options, ca_score_lines **ret_lines, ca_error *err);
void ca_score_lines_free(ca_score_lines *lines);
/* Features that the profile has; without one 0. */
size_t ca_score_lines_known(const ca_score_lines *lines);
/* Bytes of one judge at most; those of the profile are its own. */
uint64_t ca_score_lines_bytes(const ca_score_lines *lines);

/* Of a thread; `number` tells them apart. */
typedef struct ca_line_judge ca_line_judge;
int ca_line_judge_new(const ca_score_lines *lines, unsigned number, ca_line_judge **ret_judge, ca_error *err);
void ca_line_judge_free(ca_line_judge *judge);
/* All rows of a frame of lines, whose batch has digests and the columns of ca_score_lines_read. What was found out of the same rows for
 * entities is not found out again; NULL: nothing was. The frame's trigger may become that of these features' conditions. */
int ca_line_judge_look(ca_line_judge *judge, ca_frame *frame, const ca_measure_lines *known, ca_error *err);
/* Rows of that frame that are now among the most surprising, ascending; of each, as a row of a batch that has origins and the columns of
 * ca_score_lines_told, the caller then tells what there is to tell. */
size_t ca_line_judge_wants(const ca_line_judge *judge, const uint32_t **ret_rows);
int ca_line_judge_tell(ca_line_judge *judge, const ca_batch *rows, ca_error *err);
/* As if the lines of `from` had come here; `from` has nothing to tell then. */
int ca_line_judge_merge(ca_line_judge *judge, ca_line_judge *from, ca_error *err);

/* Bytes of what it collected. A profile of it takes no more, and is made a feature at a time while these are given up. */
uint64_t ca_line_judge_bytes(const ca_line_judge *judge);
/* Of all lines that it collected. Its features are the active ones of lines, in their order. */
int ca_line_judge_profile(const ca_line_judge *judge, ca_usual **ret_usual, ca_error *err);
/* The same, and what was collected is given up: the judge looks at no more lines. */
int ca_line_judge_take(ca_line_judge *judge, ca_usual **ret_usual, ca_error *err);
/* Lines that were scored, with at least one feature. */
uint64_t ca_line_judge_scored(const ca_line_judge *judge);
/* The first `budget` lines (0: 1 % of those scored, at least 10, at most 200) that have a reason of p <= .01 are leads, but of a claim
 * only the first. Every line that is known is handed over, by rank; texts live during the call. */
typedef int ca_line_visit(void *to, const ca_entity_score *score, ca_error *err);
int ca_line_judge_each(ca_line_judge *judge, uint32_t budget, ca_line_visit *visit, void *to, ca_error *err);
/* How many of them are leads. */
int ca_line_judge_leads(ca_line_judge *judge, uint32_t budget, uint64_t *ret_leads, ca_error *err);

#endif
