/* Rules of several lines: from lines that hold whole keys to what the rule says of them. `where` chooses the members,
 * equal keys make groups of them, the kind finds its units in each group (rules/group_parts.h), and the evaluators judge
 * them. Nothing here knows where the lines come from: a bucket of a scan, or the table of a test. */
#ifndef CA_RULES_GROUP_H
#define CA_RULES_GROUP_H

#include "claim/finding.h"
#include "rules/eval.h"

#define CA_NO_ROW UINT32_MAX

/* From where to where the run's lines go. */
typedef struct ca_horizon {
    bool has_from;
    ca_date from;             /* data start: earlier lines may exist elsewhere */
    ca_date through;          /* data horizon: later lines may still come; CA_DATE_MAX = nothing is waited for */
    unsigned benefit_month, benefit_day;    /* first day of a benefit year; 0 = 1 January */
} ca_horizon;

typedef struct ca_peers ca_peers;    /* rules/peers.h */

/* Rolling windows of one key that is larger than memory: its lines come in parts, by date. Each part has in front those lines of
 * the parts before that it was said to keep. */
typedef struct ca_rolling_row {
    uint32_t table_row;       /* of `each`, or CA_NO_TABLE_ROW */
    ca_date open_from;        /* day of the first window of an episode that may go on; CA_DATE_MAX = there is none */
    ca_date told_through;     /* windows of these days were told, whatever `from` says; CA_DATE_MIN - 1 = none */
    ca_date too_large_through;    /* last day of one that was given up; CA_DATE_MIN - 1 = there is none */
} ca_rolling_row;

typedef struct ca_rolling {
    bool more;                /* lines of the last day, or of later ones, still come */
    uint32_t most;            /* lines that may be kept */
    uint64_t *keep;           /* bit by line: the next part needs it; zeroed by the caller */
    ca_date from;             /* windows of earlier days were told; CA_DATE_MIN = none was */
    ca_date complete;         /* lines of earlier days were let go */
    ca_date last;             /* of this part */
    ca_rolling_row *rows;     /* by table row */
    size_t row_count, row_cap;
} ca_rolling;

typedef struct ca_group_input {
    const ca_batch *lines;          /* whole keys, in the total order (service_date, claim_type, claim_id, line_no, digest) */
    const uint64_t *only;           /* bit by line: the others do not exist for this rule; NULL = all exist */
    const ca_codes *codes;
    const ca_frame *frame;          /* of these lines, when a trigger index looked at it; else NULL */
    const bool *has_from_date;      /* by file of a line's origin: its layout maps from_date; NULL = all do */
    const uint64_t *incomplete;     /* bit by line: a row of its patient was rejected; NULL = none */
    const ca_horizon *horizon;
    ca_peers *peers;                /* of the rule, when it is of kind peer; else NULL */
    ca_rolling *rolling;            /* the lines are a part of one key, by date: of rules with ca_group_rolls; else NULL */
    bool too_large;                 /* the lines are a part of one group that no memory holds: its units are unknown */
    bool told;                      /* then: a part of it came before, with lines through this day */
    ca_date told_through;
} ca_group_input;

/* What was found of one unit: `unit` of `frame` explains it. Borrowed until the sink returns. */
typedef struct ca_match {
    const ca_frame *frame;
    unsigned unit;
    ca_outcome outcome;             /* CA_HIT, CA_EXCUSED or CA_UNKNOWN */
    const char *why;                /* unknown for a reason that `when` does not have, such as "period open"; or NULL */
    const uint32_t *rows;           /* of frame->units that it is about, in the order of the kind's roles */
    size_t row_count;
    uint32_t subject;               /* unknown: the row that is, where rows are more; else CA_NO_ROW */
    bool has_episode;               /* windows that have lines in common: their exposure is that of all lines */
    uint32_t episode[2];            /* stretch of lines */
    ca_text table_row_key;          /* key of the row of a table-driven rule; ptr NULL = none */
    bool has_window;
    ca_date window_from, window_to;
    bool judged_open;               /* later lines could still change it */
    bool of_entity;                 /* about an entity and its period, not about lines */
    uint64_t hash;                  /* of what it is about, the same in every run */
} ca_match;

/* Who hears what a rule says. */
typedef struct ca_group_sink {
    void *context;
    /* So many units with this outcome. `blame`: slot, when the outcome is unknown. */
    void (*count)(void *context, ca_outcome outcome, size_t blame, uint64_t units);
    /* Is an excused or unknown unit of this hash among those that are kept? */
    bool (*wants)(void *context, ca_outcome outcome, uint64_t hash);
    int (*match)(void *context, const ca_match *match, ca_error *err);
} ca_group_sink;

/* Batches for members, which keep their memory. One thread, one schema. */
typedef struct ca_grouper ca_grouper;
ca_grouper *ca_grouper_new(const ca_schema *schema);
void ca_grouper_free(ca_grouper *grouper);

/* Judges one rule whose kind has `judge_groups`. Units that `where` turns away are counted by who chose the lines. */
int ca_group_judge(ca_grouper *grouper, ca_eval *eval, const ca_group_input *input, const ca_rule *rule,
                   const ca_group_sink *sink, ca_error *err);

/* Hashes of the lines in `rows`, by row: lines that some unit of the rule has together have the same, and those of one key
 * ascend with their calendar periods, where `within` has such. Of rules that roll those of different seeds differ. For keys that
 * are larger than memory. */
void ca_group_part(const ca_rule *rule, const ca_batch *lines, const ca_horizon *horizon, const uint64_t *rows, uint64_t seed,
                   uint64_t *ret_hash);

/* For rules with `level: claim` whose lines no memory holds: lines of one claim have the same hash. */
void ca_group_part_claims(const ca_batch *lines, const uint64_t *rows, uint64_t seed, uint64_t *ret_hash);
/* Does the rule go on from part to part of a key, by date? */
bool ca_group_rolls(const ca_rule *rule);
/* Before the first part of a key: nothing was told. Keeps its memory; ca_free(rows) in the end. */
void ca_rolling_start(ca_rolling *rolling);

/* Lines of a batch that the rule has to see, whatever its unit: those that it does not turn away; and of these the ones
 * that `where` takes for certain. In a stream. */
int ca_group_travels(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *mask,
                     uint64_t *ret_travels, uint64_t *ret_certain, uint64_t *ret_turned_away, ca_error *err);

#endif
