/* Inside profiles: counts while they are collected, counts as they are kept, and how both are found. */
#ifndef CA_SCORE_PROFILE_INSIDE_H
#define CA_SCORE_PROFILE_INSIDE_H

#include <math.h>
#include <string.h>

#include "score/profile.h"

#define CA_USUAL_NONE     UINT32_MAX
#define CA_USUAL_BLOCK    128u         /* lines looked up together, so that memory answers meanwhile; at least 64 */
#define CA_USUAL_HALVINGS 8u           /* of a level's cells, the last of which gives all of them up */
#define CA_USUAL_OTHER    0u           /* the item of choices that are not told apart */
#define CA_USUAL_LINES_MOST ((uint64_t)1 << 52)    /* counts are exact as doubles, and so are halves of them */

/* --- Items: what is counted in a cell. Of numbers their bucket, of choices their hash. Never 0. ---------------- */

enum { CA_BUCKET_BITS = 6, CA_BUCKET_SHIFT = 52 - CA_BUCKET_BITS, CA_BUCKET_LOWEST = -20, CA_BUCKET_OCTAVES = 63 };
#define CA_BUCKETS_SIDE ((uint64_t)CA_BUCKET_OCTAVES << CA_BUCKET_BITS)  /* of numbers of one sign */
#define CA_BUCKET_ZERO  (CA_BUCKETS_SIDE + 1)

/* The number rounded to 6 bits behind the first, as its place among all such; |x| below 2^-20 is 0, above 2^43 that. 0 = not a
 * number that is counted. */
static inline uint64_t ca_bucket_of(double number)
{
    uint64_t bits, place;
    memcpy(&bits, &number, sizeof bits);
    uint64_t size = bits & (UINT64_MAX >> 1);
    uint64_t lowest = (uint64_t)(1023 + CA_BUCKET_LOWEST) << CA_BUCKET_BITS;
    if (size >= (uint64_t)2047 << 52)
        return 0;
    place = (size + ((uint64_t)1 << (CA_BUCKET_SHIFT - 1))) >> CA_BUCKET_SHIFT;
    place = place < lowest ? 0 : place - lowest + 1;
    place = place > CA_BUCKETS_SIDE ? CA_BUCKETS_SIDE : place;
    return bits >> 63 ? CA_BUCKET_ZERO - place : CA_BUCKET_ZERO + place;
}

/* What all numbers of a bucket count as: within 1/128 of them. */
static inline double ca_bucket_number(uint64_t bucket)
{
    uint64_t place = bucket < CA_BUCKET_ZERO ? CA_BUCKET_ZERO - bucket : bucket - CA_BUCKET_ZERO;
    if (place == 0)
        return 0;
    uint64_t bits = (place - 1 + ((uint64_t)(1023 + CA_BUCKET_LOWEST) << CA_BUCKET_BITS)) << CA_BUCKET_SHIFT;
    double size;
    memcpy(&size, &bits, sizeof size);
    return bucket < CA_BUCKET_ZERO ? -size : size;
}

#define CA_BUCKET_COARSER 2u    /* steps to coarser buckets: 64, 32, 16 to an octave */

/* The coarser bucket that holds this one; each counts as the smallest of its numbers (away from zero the others). */
static inline uint64_t ca_bucket_coarse(uint64_t bucket, unsigned steps)
{
    uint64_t place = bucket < CA_BUCKET_ZERO ? CA_BUCKET_ZERO - bucket : bucket - CA_BUCKET_ZERO;
    if (place == 0 || steps == 0)
        return bucket;
    place = ((place - 1) >> steps << steps) + 1;
    return bucket < CA_BUCKET_ZERO ? CA_BUCKET_ZERO - place : CA_BUCKET_ZERO + place;
}

/* --- Keys ------------------------------------------------------------------------------------------------------- */

/* A cell's key within its feature: keys of different levels may be the same number. Level `levels` is the cell of all. */
static inline uint64_t ca_cell_key(unsigned level, unsigned levels, uint64_t key)
{
    return level == levels ? UINT64_C(0x9D39247E33776D41) : key ^ (uint64_t)(level + 1) * UINT64_C(0xD1B54A32D192ED03);
}

#define CA_ITEM_FACTOR UINT64_C(0x9E3779B97F4A7C15)
#define CA_ITEM_UNDO   UINT64_C(0xF1DE83E19937733D)      /* times the factor: 1 */

/* The key of an item in a cell. Of a known cell it gives the item back. */
static inline uint64_t ca_count_key(uint64_t cell, uint64_t item)
{
    return cell + item * CA_ITEM_FACTOR;
}

static inline uint64_t ca_count_item(uint64_t cell, uint64_t key)
{
    return (key - cell) * CA_ITEM_UNDO;
}

/* All bits count in the upper ones. */
static inline uint64_t ca_key_place(uint64_t key)
{
    return (key ^ key >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
}

/* --- Lines that have a feature, a block at a time: profile_items.c ------------------------------------------------ */

typedef struct ca_items {
    uint32_t next, end;      /* words of 64 lines: where the next block begins, and the last one ends */
    uint32_t count;
    uint64_t items[CA_USUAL_BLOCK];    /* never 0 */
    uint32_t lines[CA_USUAL_BLOCK];    /* that have them, ascending */
} ca_items;

/* False when there are no more. */
bool ca_items_next(ca_items *items, ca_usual_form form, const ca_usual_column *column, const ca_usual_lines *lines);
/* Of one line; 0 = missing. */
uint64_t ca_column_item(ca_usual_form form, const ca_usual_column *column, uint32_t line);

/* --- Collecting: profile_counts.c, profile_thin.c ----------------------------------------------------------------- */

typedef struct ca_count {
    uint64_t key;
    uint32_t cell;
    uint32_t count;          /* 0 = free; stays at its largest value */
} ca_count;

typedef struct ca_counts_cell {
    uint64_t key;
    uint32_t parent;         /* an earlier one; NONE of the first, which is that of all lines */
    uint32_t level;
} ca_counts_cell;

/* One feature. */
typedef struct ca_counts {
    ca_count *slots;         /* open addressing, at most three quarters full */
    uint32_t slot_count;     /* power of two */
    uint32_t used;
    ca_counts_cell *cells;
    size_t cell_cap;
    uint32_t cell_count;
    uint32_t *cell_slots;    /* index + 1 */
    uint32_t cell_slot_count;
    uint32_t most;           /* used + cell_count, between blocks */
    unsigned levels;
    bool numbers, crossed;
    unsigned steps;          /* of thinning: coarser buckets first, then so many halvings */
    unsigned coarser;        /* of these, for buckets */
    uint64_t limits[CA_USUAL_LEVELS_MAX + 1];    /* by level: cells with smaller keys are told apart; at last items */
    uint64_t lines;          /* that have the feature */
    uint64_t finest;         /* of these, those whose finest cell is known */
} ca_counts;

int ca_counts_init(ca_counts *counts, const ca_usual_feature *about, uint32_t most);
void ca_counts_done(ca_counts *counts);
/* Keys by level and line. */
int ca_counts_add(ca_counts *counts, const ca_items *items, const uint64_t *const *keys);
int ca_counts_merge(ca_counts *counts, const ca_counts *from);
/* An empty one like it, so many steps thinned. */
int ca_counts_like(ca_counts *counts, const ca_counts *other, unsigned steps);
/* Gives up cells until there are few enough. */
int ca_counts_fit(ca_counts *counts);
/* The cell, made where there is none. */
int ca_counts_cell_put(ca_counts *counts, uint64_t key, unsigned level, uint32_t parent, uint32_t *ret_cell);
int ca_counts_put(ca_counts *counts, uint32_t cell, uint64_t item, uint32_t count);

/* --- A sample of whole lines: profile_sample.c ---------------------------------------------------------------------- */

/* Those with the smallest ids. A row: id, then for each feature its item and keys. */
typedef struct ca_line_place {
    uint64_t high;           /* of the id */
    uint32_t row;
} ca_line_place;

typedef struct ca_line_sample {
    uint64_t *rows;
    ca_line_place *heap;     /* rows, the largest first */
    size_t width;            /* of a row */
    uint32_t count, cap, most;
} ca_line_sample;

void ca_line_sample_init(ca_line_sample *sample, const ca_usual_feature *features, size_t count, uint32_t most);
void ca_line_sample_done(ca_line_sample *sample);
/* Whether a line of this id would be kept; and keeps it. */
bool ca_line_sample_wants(const ca_line_sample *sample, uint64_t high, uint64_t low);
int ca_line_sample_put(ca_line_sample *sample, const uint64_t *row);

/* --- Order: profile_sort.c ------------------------------------------------------------------------------------------ */

typedef struct ca_pair {
    uint64_t first, second;
} ca_pair;

/* By the first, ascending; `scratch` has room for as many. */
void ca_pairs_sort(ca_pair *pairs, uint32_t count, ca_pair *scratch);

struct ca_collector {
    ca_usual_feature *features;
    size_t count;
    ca_usual_settings settings;
    ca_counts *counts;       /* by feature */
    ca_line_sample sample;
    uint64_t *row;           /* of a sample, while it is made */
    uint64_t lines, left_out;
};

/* Whether all that it says is in range. */
bool ca_usual_feature_sound(const ca_usual_feature *feature);

/* --- Kept: profile_roll.c makes them of what was collected, profile_judge.c prepares them to judge ---------------- */

typedef struct ca_kept_cell {
    uint64_t key;
    uint64_t lines;
    uint32_t parent;         /* an earlier one; NONE of the first */
    uint32_t level;
    uint32_t from, count;    /* in items and counts */
    uint32_t usual;          /* of these: the median's bucket, the most usual choice (of equals the smaller item) */
    uint32_t once;           /* choices counted once */
} ca_kept_cell;

/* One side of a number's distribution beyond its 98th percentile. */
typedef struct ca_kept_tail {
    uint64_t q;              /* bucket */
    double at;               /* u of q */
    double share;            /* of lines beyond q */
    double b;
} ca_kept_tail;

/* The surprise of an item in a cell, so small that those of all features stay near: its surprise in 1e-6, plus 1, and above it 38 bits of
 * the place of its key, of which the slot says the others. 0 = free. */
typedef uint64_t ca_kept_slot;
#define CA_SLOT_BITS 26u         /* of a surprise: -ln 1e-15 is 34.5 */

typedef struct ca_kept_place {
    uint64_t key;
    uint32_t cell;           /* index + 1; 0 = free */
} ca_kept_place;

typedef struct ca_kept_word {
    uint64_t choice;
    uint32_t from, len;
} ca_kept_word;

typedef struct ca_kept {
    ca_usual_feature about;
    uint64_t lines, coarsened;
    unsigned coarser;        /* NUMBER: steps to coarser buckets */
    uint64_t item_limit;     /* choices of a larger hash count as one, and never surprise */
    ca_kept_cell *cells;     /* coarse levels first, by key within a level */
    uint32_t cell_count;
    uint64_t *items;         /* by cell, ascending */
    uint64_t *counts;
    uint32_t count;
    ca_kept_word *words;     /* by choice */
    uint32_t word_count;
    ca_buf text;
    /* Made of the above: */
    uint64_t *under;         /* by item. NUMBER: lines of its cell that have less; CHOICE: twice those whose choice is rarer, and those whose is as
                                rare */
    ca_kept_tail *tails;     /* NUMBER: by cell, above and below */
    ca_kept_slot *slots;
    uint32_t slot_count;
    ca_kept_place *cell_slots;
    uint32_t cell_slot_count;
} ca_kept;

void ca_kept_done(ca_kept *kept);
int ca_kept_roll(ca_kept *kept, const ca_counts *counts, const ca_usual_feature *about);
/* Tails, tables, surprises. */
int ca_kept_prepare(ca_kept *kept);
/* The cell with this internal key, or NONE. */
uint32_t ca_kept_find_cell(const ca_kept *kept, uint64_t key);
/* Place of an item among a cell's, or where it would stand; whether it is there. */
bool ca_kept_find_item(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, uint32_t *ret_at);
/* Adds the surprises (in 1e-6) of a block's lines to sums, and the feature's bit to the features that they have: both by line,
 * `first` the first of them. */
void ca_kept_judge(const ca_kept *kept, const ca_items *items, const uint64_t *const *keys, uint64_t bit, uint32_t first,
                   uint64_t *sums, uint64_t *present);
/* The surprise of an item, as lines bring it, in a cell; and of one that is counted there, without its own line (profile_without.c). */
uint32_t ca_kept_surprise(const ca_kept *kept, uint32_t cell, uint64_t item);
uint32_t ca_kept_surprise_without(const ca_kept *kept, uint32_t cell, uint64_t item);
/* The item as it is counted. */
uint64_t ca_kept_item(const ca_kept *kept, uint64_t item);
/* The cell that judges a line; NONE where it is strict and no other than that of all lines does. */
uint32_t ca_kept_cell_of(const ca_kept *kept, const uint64_t *const *keys, uint32_t line);

/* NUMBER: how many lines of the cell have less, and how many the same. */
void ca_kept_beside(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, uint64_t *ret_below, uint64_t *ret_equal);

/* p of an item, as lines bring it, in a cell: profile_tail.c. */
double ca_kept_p(const ca_kept *kept, uint32_t cell, uint64_t item);
/* Of a number in a cell where so many have less and so many the same. */
double ca_tail_number(const ca_kept *kept, uint32_t cell, double number, uint64_t below, uint64_t equal);
/* u of a number. */
double ca_tail_distance(const ca_kept *kept, double number);
double ca_tail_beyond(const ca_kept_tail *tail, double distance);
void ca_tail_prepare(ca_kept *kept, uint32_t cell);
/* Of a choice: `under` is twice the lines whose choice is rarer, and those whose is as rare. */
double ca_tail_choice(const ca_kept_cell *cell, uint64_t under);
/* -ln p in 1e-6. */
uint32_t ca_surprise_of(double p);

struct ca_usual {
    ca_usual_settings settings;
    uint64_t lines, left_out;
    size_t count;
    ca_kept *kept;           /* by feature; at [count] sums of surprises, in cells of the features that lines have */
    ca_digest digest;
};

/* u of a sum of surprises. */
double ca_sum_distance(double sum);
double ca_sum_of_bucket(uint64_t bucket);
/* Cell of lines with these features, among sums. */
uint64_t ca_usual_present_key(uint64_t present);

#endif
