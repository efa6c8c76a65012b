/* How improbable lines are in a stored profile, and why. Each feature gives p, the chance of as unusual a value in the
 * line's cell, and its surprise -ln p; the line's score is -ln of the chance of as large a sum of surprises among lines that
 * have the same features. The lines themselves change nothing: a line's score does not depend on its file.
 *
 * p of a number: mid-rank (share beyond it and half of those equal) up to the 98th percentile q of its cell, beyond it the
 * share of lines that are beyond q times exp(-(u - q) / b), where b = median excess / ln 2 of u = asinh(x / unit). With few
 * lines beyond q, b is drawn to that of the next coarser cell. Two-sided: twice the smaller.
 * p of a choice: the chance of one at most as usual in the cell; of choices that the cell does not have, the chance of any
 * such (Good and Turing: one more than it has once only) times the p in the next coarser cell. Of a condition: the chance of
 * TRUE, with the next coarser cell's as much as 20 lines.
 * All p are at least 1e-15. */
#ifndef CA_SCORE_SURPRISE_H
#define CA_SCORE_SURPRISE_H

#include "score/profile.h"

#define CA_SURPRISE_LINES_MOST 100000u    /* that are kept with what is to be told of them */
#define CA_SURPRISE_REASONS 5         /* of a line: the features that surprise most */

typedef struct ca_surprise_reason {
    uint32_t feature;        /* of the profile */
    unsigned level;          /* of the key that names the cell; that of all lines: the feature's `levels` */
    uint64_t cell;           /* its key; 0 = all lines */
    uint64_t cell_lines;
    double number;           /* NUMBER: the value */
    uint64_t choice;         /* otherwise */
    double p;                /* as above */
    double surprise;         /* -ln p */
    double usual_number;     /* NUMBER: the cell's median */
    uint64_t usual_choice;   /* CHOICE: the most usual value, */
    ca_text usual_words;     /* its words, of the profile; empty when not known */
    double usual_share;      /* and its share of the cell's lines */
    double share;            /* share of the value: of lines with as unusual a number, of this choice, of TRUE */
} ca_surprise_reason;

typedef struct ca_surprise_line {
    ca_digest id;
    uint64_t at[2];          /* the caller's: where the line is */
    double sum;              /* of surprises */
    double score;            /* rounded to 1e-6 */
    double p;
    double q;                /* Benjamini and Hochberg's, among all lines that were scored */
    uint32_t features;       /* that the line has */
    uint32_t reason_count;
    ca_surprise_reason reasons[CA_SURPRISE_REASONS];   /* the largest surprise first */
} ca_surprise_line;

typedef struct ca_scorer ca_scorer;

/* For one thread. Keeps the `most` lines of the highest score (ties: the larger sum, then the smaller id) of those whose sum
 * lies beyond the 98th percentile. The profile is borrowed; where it has too few lines nothing is scored.
 * `columns[i]` of lines is feature used[i] of the profile: a profile may have features that nobody asks any more. */
int ca_scorer_new(const ca_usual *profile, const uint32_t *used, size_t count, size_t most, ca_scorer **ret_scorer,
                  ca_error *err);
void ca_scorer_free(ca_scorer *scorer);
/* `at`: two numbers a line, kept with those that are kept; may be NULL. Whether some are now among the highest. Allocates
 * nothing. */
bool ca_scorer_add(ca_scorer *scorer, const ca_usual_lines *lines, const uint64_t *at);
/* Those that are kept at the moment, in no order and without q: line i of so many. */
size_t ca_scorer_kept(const ca_scorer *scorer);
const ca_surprise_line *ca_scorer_line(const ca_scorer *scorer, size_t i);
/* Of these, those that came since _told was called. */
size_t ca_scorer_fresh(const ca_scorer *scorer);
const ca_surprise_line *ca_scorer_fresh_line(const ca_scorer *scorer, size_t i);
void ca_scorer_told(ca_scorer *scorer);
/* What `from` saw, as if it had been added here; `from` stays as it is. */
int ca_scorer_merge(ca_scorer *scorer, const ca_scorer *from, ca_error *err);
uint64_t ca_scorer_lines(const ca_scorer *scorer);         /* with at least one feature */
/* The kept lines, the highest score first, with q; borrowed until the next call. */
const ca_surprise_line *ca_scorer_top(ca_scorer *scorer, size_t *ret_count);

/* The surprise of one value: what tests and explanations ask. False when it is missing, or no cell judges it. */
bool ca_usual_surprise(const ca_usual *profile, uint32_t feature, const ca_usual_column *column, uint32_t line,
                         ca_surprise_reason *ret_reason);

#endif
