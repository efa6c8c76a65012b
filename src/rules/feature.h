/* Features: one number for each entity, or for each line, that says how it behaves, written in the rules' language
 * (docs/scoring.md, "Features") and compiled to a small closed form, so that those who bring lines together know no
 * expressions but conditions. All is exact here; transforms and everything else that floats belongs to score.
 *
 * An entity feature is  value = numerator / denominator  over those of the entity's lines that take part. A line takes
 * part when the feature's `where` is TRUE and everything the terms ask of it is known: each term's `where` is decided,
 * and where it is TRUE, its number and its key columns are there. (So a line that cannot say whether it belongs above
 * the stroke does not count below it either.) The value is missing when no line takes part, when a denominator is
 * not above zero, when a minimum or maximum has no line, or when an exact result does not fit ca_ratio. Lines whose
 * id is missing, or stands for nobody (ca_is_placeholder), belong to no entity. */
#ifndef CA_RULES_FEATURE_H
#define CA_RULES_FEATURE_H

#include "rules/entity.h"
#include "rules/eval.h"
#include "rules/ruleset.h"

#define CA_FEATURES_FOLDER "features"  /* where a pack has them */
#define CA_FEATURES_MAX 1000          /* of a set */
#define CA_FEATURE_KEYS_MAX 4         /* columns of a key */
#define CA_FEATURE_ADDENDS_MAX 4      /* columns of a number */
#define CA_FEATURE_CELLS_MAX 4        /* steps of a fall-back chain */
#define CA_FEATURE_TOP_MAX 100
#define CA_FEATURE_ID_MAX 64
#define CA_NO_INDEX UINT32_MAX

/* --- What terms are made of. Each is unique in its set: terms that ask the same have the same index. ----------- */

/* constant + the sum of factor * column, in 1/10,000 (a whole number or a day stands in it times 10,000: the factors
 * know that). Dates count as day numbers, so that days_between(a, b) is b - a. Missing when one column is. Every sum
 * of one line is made in 128 bits; one that does not fit int64 makes it missing. */
typedef struct ca_feature_number {
    ca_node *node;                    /* as written, for twins and messages */
    unsigned column[CA_FEATURE_ADDENDS_MAX];
    int64_t factor[CA_FEATURE_ADDENDS_MAX];
    size_t count;
    int64_t constant;
    bool money;                       /* its values are amounts */
} ca_feature_number;

/* Columns whose values together are a key: lines are of one group when they agree in all (texts and identifiers by
 * their bytes, codes by the code). Neither lists nor intervals. */
typedef struct ca_feature_key {
    unsigned column[CA_FEATURE_KEYS_MAX];
    size_t count;
} ca_feature_key;

/* Lines brought together: those where `where` is TRUE, in groups of one key, each group with a weight. All indices are
 * CA_NO_INDEX when absent. */
typedef struct ca_feature_tally {
    uint32_t where;                   /* of conditions: all lines */
    uint32_t number;                  /* of numbers: a line weighs 1 */
    uint32_t key;                     /* of keys: all lines are one group, also when there are none */
    uint32_t once;                    /* of keys: a group weighs as many different values of these as it has (no number) */
} ca_feature_tally;

typedef enum ca_feature_reduce {
    CA_REDUCE_TOTAL,         /* sum of the weights: count(), sum(x) */
    CA_REDUCE_MIN,           /* smallest number of a line (no key) */
    CA_REDUCE_MAX,
    CA_REDUCE_GROUPS,        /* how many groups (whose weight meets the limit): distinct(k), groups(count() > 3, k) */
    CA_REDUCE_TOP,           /* weight of the `top` heaviest groups together: busiest(sum(x), k) */
    CA_REDUCE_TOP_SHARE,     /* the same, divided by the total; missing when the total is not above zero */
    CA_REDUCE_CONCENTRATION, /* chance that two different lines are of one group: (sum w^2 - n) / (n (n - 1)), n = sum w,
                                weights are counts; missing when n < 2. The Herfindahl index without its bias for small n */
    CA_REDUCE_EFFECTIVE      /* n^2 / sum w^2: as many equally common groups would be as concentrated (Hill number of
                                order 2; Hill, Ecology 54, 1973) */
} ca_feature_reduce;

typedef struct ca_feature_term {
    ca_feature_reduce reduce;
    uint32_t tally;                   /* of tallies */
    int64_t factor;                   /* the result times this, at least 1 */
    unsigned top;                     /* TOP, TOP_SHARE: how many groups, at least 1; groups of equal weight are alike */
    bool limited;                     /* GROUPS */
    ca_compare compare;               /* weight `compare` limit */
    int64_t limit;                    /* in 1/10,000, as weights are where there is a number; else whole */
    size_t start, end;                /* in the file */
} ca_feature_term;

/* --- Lines ---------------------------------------------------------------------------------------------------- */

typedef enum ca_line_form {
    CA_LINE_NUMBER,      /* a number far from what lines of its cell have: above / below */
    CA_LINE_CODE,        /* a code, a word: rare among the lines of its cell */
    CA_LINE_CONDITION    /* a condition that is TRUE on few lines of its cell; FALSE is never a surprise */
} ca_line_form;

typedef struct ca_feature_line {
    ca_line_form form;
    uint32_t above, below;            /* NUMBER: value = above / below, both of numbers; below may be CA_NO_INDEX (1).
                                         Missing when either is, or below is zero */
    unsigned column;                  /* CODE: what is predicted (no list) */
    uint32_t condition;               /* CONDITION */
    uint32_t cells[CA_FEATURE_CELLS_MAX];  /* of keys: what is given, the finest first. A line uses the first cell whose
                                         columns it has and that holds `minimum` lines of the profile; CA_NO_INDEX:
                                         the cell of all lines (always the last) */
    size_t cell_count;                /* at least 1 */
} ca_feature_line;

/* --- Features ------------------------------------------------------------------------------------------------- */

typedef enum ca_feature_form { CA_FEATURE_SHARE, CA_FEATURE_RATIO, CA_FEATURE_VALUE, CA_FEATURE_SURPRISE } ca_feature_form;

/* How score brings it to a scale on which peers lie evenly. */
typedef enum ca_transform {
    CA_TRANSFORM_SHARE,      /* k of n: asin(sqrt((k + .5) / (n + 1))), n = exposure, k = value * n */
    CA_TRANSFORM_LOG,        /* log(x + c), c = the 5 % quantile */
    CA_TRANSFORM_ASINH,      /* asinh((x - median) / scale) */
    CA_TRANSFORM_PLAIN,
    CA_TRANSFORMS
} ca_transform;

typedef enum ca_direction {
    CA_DIRECTION_CONTEXT = 0,   /* never evidence: what others are conditioned on */
    CA_DIRECTION_MORE = 1,      /* much is suspicious */
    CA_DIRECTION_BOTH = 2,
    CA_DIRECTION_LESS = -1      /* little is */
} ca_direction;

/* A value in a sentence, and how it is written there. */
typedef enum ca_feature_word {
    CA_SAY_TEXT,         /* literal */
    CA_SAY_VALUE,        /* {value}; of a code or condition the share of the cell's lines that have it */
    CA_SAY_PEER,         /* {peer}: the peers' median; of a line, the usual number of its cell */
    CA_SAY_RATIO,        /* {ratio}: value / peer */
    CA_SAY_PERCENTILE,   /* {percentile}: among the peers */
    CA_SAY_EXPOSURE,     /* {exposure}; of a line how many lines its cell has */
    CA_SAY_COLUMN        /* {procedure}: of the line; claim lines only */
} ca_feature_word;
typedef enum ca_feature_format {
    CA_FORMAT_NUMBER,    /* three significant digits */
    CA_FORMAT_PERCENT,   /* .125 is 12.5 % */
    CA_FORMAT_MONEY,     /* in the currency's minor unit */
    CA_FORMAT_COUNT,     /* whole */
    CA_FORMAT_OWN        /* columns: as everywhere */
} ca_feature_format;
typedef struct ca_feature_say {
    ca_feature_word word;
    ca_feature_format format;
    ca_text text;        /* TEXT */
    unsigned column;     /* COLUMN */
} ca_feature_say;

typedef struct ca_feature {
    const char *id;                   /* [a-z][a-z0-9-]*, unique: "pharmacy-top-prescriber" */
    int64_t version;
    const char *title, *description;
    const char *exposes;              /* which schemes show in it, in words; "" when absent */
    ca_entity entity;
    bool draft;                       /* checked and tested, but not computed */
    ca_feature_form form;
    ca_transform transform;
    ca_direction direction;
    bool money;                       /* exposure * (value - peer) is money: paid above what peers would have been paid */
    int64_t minimum;                  /* entities: below this exposure the value does not count. Lines: see cells */
    uint32_t where;                   /* of conditions: which lines; CA_NO_INDEX: all */
    ca_feature_term numerator;        /* entities */
    ca_feature_term denominator;      /* entities; has_denominator */
    bool has_denominator;
    ca_feature_term exposure;         /* entities: on how much the value rests; whole or in 1/10,000, never negative */
    ca_feature_line line;             /* CA_ENTITY_LINE */
    ca_feature_say *say;
    size_t say_count;
    uint8_t logic_hash[32];           /* of what decides the value and how it is judged */
    uint8_t text_hash[32];            /* of its text in the file */
    const ca_yaml_file *file;
    ca_yaml *root;                    /* the feature in its file */
    ca_yaml *tests;                   /* or NULL */
    const char *pack;
} ca_feature;

typedef struct ca_featureset {
    ca_ruleset *base;                 /* schema, codes, refs, vocabulary and memory of names: without rules; owned */
    ca_feature **features;            /* sorted by entity, then id; drafts last within an entity */
    size_t count;
    size_t first[CA_ENTITIES + 1];    /* features of entity e: [first[e], first[e] + active[e]), then its drafts */
    size_t active[CA_ENTITIES];
    /* Unique by meaning. Drafts and features that a later pack replaced have theirs, too: work out those that an active
     * feature uses. */
    ca_node **conditions;             /* conditions on one line: ca_eval_condition over a frame of lines */
    size_t condition_count;
    ca_feature_number *numbers;
    size_t number_count;
    ca_feature_key *keys;
    size_t key_count;
    ca_feature_tally *tallies;
    size_t tally_count;
    const char **hits;                /* rules that hit(…) names: ca_frame.hits[i] is of hits[i]; sorted */
    size_t hit_count;
    uint8_t *columns;                 /* by schema column: 1 = an active feature reads it of its lines */
    ca_codeset **sets;                /* read by conditions */
    size_t set_count;
    ca_reftable **tables;
    size_t table_count;
    uint8_t digest[32];               /* of all active features: names the set in models and findings */
} ca_featureset;

/* Features compile against what rules compile against; all four are borrowed. */
int ca_featureset_new(const ca_schema *schema, ca_codes *codes, ca_refs *refs, const ca_vocabulary *vocabulary,
                      ca_featureset **ret_set, ca_error *err);
void ca_featureset_free(ca_featureset *set);
/* Loads every *.yaml of folders called `features` in a pack, recursively, sorted by path. A file holds one feature or
 * a list `features:`. Same id as in an earlier pack: replaces when `replace`, else an error. Problems go to diags. */
int ca_featureset_add_folder(ca_featureset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags,
                             ca_error *err);
int ca_featureset_add_file(ca_featureset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags,
                           ca_error *err);
/* Is the file one of features: in a folder `features`, and not called as a rule? Is the folder called so? Both go by the
 * path alone. */
int ca_is_feature_file(ca_arena *arena, const char *path, bool *ret_is, ca_error *err);
bool ca_is_feature_folder(const char *path);
bool ca_feature_id_valid(ca_text id);
/* Does the feature ask what the rule of this number of `hits` hit? */
bool ca_feature_asks(const ca_featureset *set, const ca_feature *feature, uint32_t hit);
/* From memory, for tests and fuzzing. */
int ca_featureset_add_source(ca_featureset *set, const char *path, ca_text source, bool replace, ca_diags *diags,
                             ca_error *err);
/* Sorts, gives indices, hashes. `rules` (or NULL: nobody looks) are those that hit(…) may name. */
int ca_featureset_finish(ca_featureset *set, const ca_ruleset *rules, ca_diags *diags, ca_error *err);
const ca_feature *ca_featureset_find(const ca_featureset *set, ca_text id);

/* What a feature file may say, and the aggregates, for whoever lists them; NULL at the end. */
extern const char *const ca_feature_keys[];
const char *ca_feature_aggregate_name(size_t index);
const char *ca_transform_name(ca_transform transform);
const char *ca_direction_name(ca_direction direction);      /* "more", "less", "both", "context" */
const char *ca_feature_form_name(ca_feature_form form);     /* "share" … as the key is called */

/* --- The slow and obvious way, for tests and as a twin (feature_value.c) --------------------------------------- */

typedef struct ca_feature_value {
    bool missing;
    ca_ratio value;
    ca_ratio exposure;       /* zero when nothing takes part, and when its sum does not fit */
    bool thin;               /* exposure is below the feature's minimum: the value is for people, not for scores */
    size_t lines;            /* that take part */
} ca_feature_value;

/* A number of a row; false when it is missing. */
bool ca_feature_number_at(const ca_feature_number *number, const ca_batch *lines, unsigned row, int64_t *ret_value);

/* An entity feature over rows of a frame of lines, all of one entity. Shares no code with the fast way. */
int ca_feature_compute(const ca_featureset *set, const ca_feature *feature, const ca_frame *lines, const uint32_t *rows,
                       size_t count, ca_feature_value *ret_value, ca_error *err);

#endif
