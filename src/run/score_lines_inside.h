/* What is known of the lines of a batch, and of those that are kept, shared by the files score_lines*.c. */
#ifndef CA_RUN_SCORE_LINES_INSIDE_H
#define CA_RUN_SCORE_LINES_INSIDE_H

#include "rules/trigger.h"
#include "run/score_lines.h"

#define CA_LINE_ROWS  1024u       /* of a batch that are worked on together */
#define CA_LINE_WORDS (CA_LINE_ROWS / 64)

/* A feature, and the keys of its cells: indices of the plan's. */
typedef struct ca_line_feature {
    const ca_feature *feature;
    uint32_t keys[CA_USUAL_LEVELS_MAX];
    uint32_t hashed;              /* of CODE: its column */
} ca_line_feature;

/* Columns that make a key together: indices of the hashed. */
typedef struct ca_line_key {
    uint32_t columns[CA_FEATURE_KEYS_MAX];
    size_t count;
    uint32_t of;                  /* key of the feature set */
} ca_line_key;

struct ca_score_lines {
    ca_score_lines_options options;
    ca_arena arena;
    ca_line_feature *features;
    ca_usual_feature *about;      /* by feature: as a profile sees it, */
    ca_usual_feature *collected;  /* and the one that is made */
    ca_usual_settings settings;   /* of that */
    size_t feature_count;
    ca_line_key *keys;
    size_t key_count;
    unsigned *hashed;             /* columns of which hashes are made */
    size_t hashed_count;
    uint8_t *conditions;          /* by condition of the set: 1 = it is judged; */
    uint32_t *where;              /* only on lines where this other one is TRUE; CA_NO_INDEX: on all */
    uint64_t *codes;              /* by id: a hash that is the same in every run; */
    uint64_t choices[256];        /* and by choice of an enumeration */
    uint32_t *used;               /* features of the profile that there are, */
    uint32_t *used_by;            /* and who asks for each */
    size_t used_count;
};

/* A line that is kept, or was a moment ago: places of texts behind each other, each with its length. */
typedef struct ca_line_kept {
    uint64_t ticket;
    unsigned number;              /* of the judge that saw it */
    bool told;
    ca_finding_line line;
    ca_buf texts;                 /* of its reasons, then claim, patient, providers */
    size_t reasons_end;
} ca_line_kept;

struct ca_line_judge {
    const ca_score_lines *of;
    unsigned number;
    ca_collector *collector;      /* or NULL */
    ca_scorer *scorer;            /* or NULL */
    ca_eval *eval;
    ca_trigger *trigger;
    uint64_t tickets;             /* lines seen */
    uint64_t first;               /* ticket of the first row of the batch at hand */
    /* Of a batch: */
    uint64_t *bits;               /* TRUE and UNKNOWN of each condition that is judged here, and those rows */
    unsigned words;
    const uint64_t **truths, **doubts;    /* by condition */
    uint64_t *taken, *mask;       /* rows that are looked at; and those of them that a condition is asked of */
    uint64_t *chosen;             /* rows of which the profile is made */
    const ca_measure_lines *shared;    /* what is known of the batch already; or NULL */
    /* Of some rows: */
    double *numbers;              /* by feature and row */
    uint64_t *choices;
    uint64_t *hashes;             /* by hashed column and row that is taken; 0 = missing */
    uint64_t *keys;               /* by key of several columns and row that is taken; 0 = one is missing */
    uint64_t *known;              /* bits by key: where it is not */
    uint64_t *there;              /* bits by feature: rows that have it */
    ca_digest *ids;
    uint64_t *at;
    ca_usual_column *columns;     /* by feature */
    ca_usual_column *scored;      /* by used feature */
    /* Lines that may be told: */
    ca_line_kept *kept;
    size_t kept_count, kept_cap;
    uint32_t *wanted;
    size_t wanted_count, wanted_cap;
};

/* score_lines_columns.c: ca_usual_feature.unit. */
double ca_line_unit(const ca_feature *feature);
/* Of rows [from, from + count) of the frame those that are taken; `from` is a multiple of 64. */
void ca_line_columns_fill(ca_line_judge *judge, const ca_frame *frame, unsigned from, unsigned count);
/* score_lines_chosen.c: bits of the rows of claims that the profile is made of; how many. */
unsigned ca_line_choose(const ca_line_judge *judge, const ca_batch *batch, uint64_t *bits);
/* score_lines_kept.c: rows of the frame that are kept now, and no others any more. */
int ca_line_kept_update(ca_line_judge *judge, const ca_frame *frame, ca_error *err);
void ca_line_kept_done(ca_line_kept *kept);
/* The feature of a reason. */
const ca_line_feature *ca_line_feature_of(const ca_score_lines *lines, uint32_t feature);
/* What is kept of a line that was scored, or NULL. They stand in the order of judges and tickets: sorted after a merge. */
ca_line_kept *ca_line_kept_find(const ca_line_judge *judge, const uint64_t *at);
void ca_line_kept_sort(ca_line_judge *judge);
/* Texts, in their order: the next, with ptr NULL for a missing one. */
ca_text ca_line_kept_next(const ca_line_kept *kept, size_t *at);

#endif
