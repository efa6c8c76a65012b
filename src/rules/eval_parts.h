/* What the files of the evaluator share: scratch memory, the view of one scope (units, or the
 * lines of units), and the functions that turn one node into bitmaps. For eval*.c, blame.c and
 * the kinds only. */
#ifndef CA_RULES_EVAL_PARTS_H
#define CA_RULES_EVAL_PARTS_H

#include "claim/value.h"
#include "rules/eval.h"
#include "rules/kind.h"

/* --- Scratch memory: a stack of blocks that are kept, so that a run soon allocates nothing ---- */

typedef struct ca_scratch_block ca_scratch_block;
typedef struct ca_scratch {
    ca_scratch_block *first;
    ca_scratch_block *current;
    size_t used; /* of the current block */
} ca_scratch;

typedef struct ca_scratch_mark {
    ca_scratch_block *block;
    size_t used;
} ca_scratch_mark;

void *ca_scratch_take(ca_scratch *scratch, size_t count,
                      size_t size); /* not zeroed; NULL when memory ran out */
uint64_t *ca_scratch_bits(ca_scratch *scratch, unsigned words); /* zeroed */
ca_scratch_mark ca_scratch_here(const ca_scratch *scratch);
void ca_scratch_rewind(ca_scratch *scratch, ca_scratch_mark mark);
/* Frees what is not in use, where it is more than so many bytes. */
void ca_scratch_trim(ca_scratch *scratch, size_t most);
void ca_scratch_done(ca_scratch *scratch);

/* --- What is known of every code of the dictionary, by leaf ----------------------------------- */

typedef struct ca_code_truth {
    const ca_node *leaf;
    uint8_t *truth; /* by code id: 1 = the code is in the leaf's literals */
    size_t known;   /* ids decided so far; the dictionary may have grown */
    size_t cap;
} ca_code_truth;

struct ca_eval {
    ca_scratch scratch;
    uint8_t *seen;         /* by leaf of the one rule it judges, bits 1 << ca_truth; NULL: nobody asks */
    ca_code_truth *truths; /* open addressing by leaf */
    size_t truth_slots;
    size_t truth_count;
};

/* Is a code in the leaf's literals, or does it start with its text? */
bool ca_leaf_accepts(const ca_codes *codes, const ca_node *leaf, uint32_t id);
/* Truth of the leaf's literals (IN, OVERLAPS, WITHIN with literals; STARTS) for every code id of
 * the dictionary; NULL when memory ran out. */
const uint8_t *ca_code_truths(ca_eval *eval, const ca_codes *codes, const ca_node *leaf);

/* --- One scope -------------------------------------------------------------------------------- */

typedef struct ca_bits {
    uint64_t *yes;
    uint64_t *no;
} ca_bits;

/* An aggregate of the leaf at hand, by unit. */
typedef struct ca_answer ca_answer;
struct ca_answer {
    const ca_node *node;
    uint64_t *present; /* values: not missing. any, all: TRUE */
    uint64_t *no;      /* any, all: FALSE */
    ca_ratio *ratio;   /* numbers */
    ca_date *date;     /* min, max of dates */
    ca_answer *next;
};

struct ca_view {
    ca_eval *eval;
    const ca_frame *frame;
    const ca_batch *batch; /* the rows of this scope */
    unsigned rows;
    unsigned words;               /* that hold rows: (rows + 63) / 64 */
    const ca_view *units;         /* line scope: the scope of the units, else NULL */
    const uint32_t *unit_of;      /* line scope: unit of each line */
    const uint64_t *line_mask;    /* unit scope: lines that aggregates see, NULL = all */
    const uint64_t *line_unknown; /* unit scope: lines that count as skipped, NULL = none */
    const ca_answer *answers;     /* unit scope: aggregates of the leaf at hand */
    ca_error *err;
};

void ca_view_units(ca_view *view, ca_eval *eval, const ca_frame *frame, const uint64_t *line_mask,
                   const uint64_t *line_unknown, ca_error *err);
/* The lines of the frame; memory from scratch. 0, CA_NOMEM. */
int ca_view_lines(ca_view *view, const ca_view *units);

/* A condition on the rows in mask; out is overwritten (view->words words). 0, CA_NOMEM. */
int ca_view_condition(const ca_view *view, const ca_node *node, const uint64_t *mask, ca_bits out);
/* The same, judged only where the frame's trigger index lets rows through. */
int ca_view_gated(const ca_view *view, const ca_node *condition, const uint64_t *mask, ca_bits out);
/* A leaf; and a leaf that the trigger index may have judged for another condition. */
int ca_view_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
int ca_view_shared(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
/* Which lines of claims a rule's `where` takes, and which units have a line that it takes, or one that it cannot decide. */
typedef struct ca_selection {
    uint64_t *lines;         /* taken, NULL = all */
    uint64_t *lines_unknown; /* NULL = none */
    uint64_t *taking;        /* units */
    uint64_t *doubtful;      /* units */
} ca_selection;
/* trigger_where.c: a `where` that several claim rules have. NULL: only this one has it, or the frame has no index. */
typedef struct ca_shared_where ca_shared_where;
ca_shared_where *ca_trigger_where(const ca_view *units, const ca_node *where);
/* What it selects among all units; false while nobody has said so. Then _share remembers it, until the batch changes; false when
 * memory ran out. */
bool ca_shared_selection(const ca_shared_where *shared, ca_selection *ret_selection);
bool ca_share_selection(ca_shared_where *shared, const ca_view *units, const ca_selection *selection);
/* The earliest and the latest date of each word of rows, where the frame's trigger index has looked; or NULL. */
const ca_span *ca_frame_spans(const ca_frame *frame, unsigned column);
/* Lines of the units in mask, as bits. */
void ca_view_lines_of(const ca_view *units, ca_side side, const uint64_t *mask, uint64_t *ret_lines);

/* Is the node a column that this scope's batch holds? */
bool ca_view_owns(const ca_view *view, const ca_node *node);
/* Does a condition or value read a column of the lines (outside of aggregates)? */
bool ca_node_reads_lines(const ca_node *node);
/* An aggregate, or an amount of a claim that may be summed over its lines. */
bool ca_node_has_aggregate(const ca_node *node);

/* --- Columnar leaves: true when they could do it; out holds zeros on entry -------------------- */

/* The same comparison with its operands in the places of each other. */
ca_compare ca_compare_mirrored(ca_compare compare);
bool ca_leaf_weekend(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
bool ca_leaf_missing(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
bool ca_leaf_compare(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
bool ca_leaf_round(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
bool ca_leaf_between(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);
/* 1 done, 0 not for this one, CA_NOMEM. */
int ca_leaf_members(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out);

/* Values between low and high (inclusive), of a number column or of an age in years. */
typedef struct ca_range {
    int64_t low, high; /* nothing when low > high */
    bool negate;
} ca_range;
/* The range that `operand compare literal` describes; false when there is no loop for such
 * operands. */
bool ca_range_literal(const ca_view *view, const ca_node *operand, ca_compare compare,
                      const ca_node *literal, ca_range *ret_range);
void ca_range_test(const ca_view *view, const ca_node *operand, ca_range range,
                   const uint64_t *mask, ca_bits out);

/* Calls `test` with every word that has rows of mask & first & second (pass mask again for one
 * that does not matter); its result goes to yes and no. */
typedef uint64_t ca_word_test(const void *what, unsigned base, unsigned count, uint64_t rows);
void ca_each_word(const ca_view *view, const uint64_t *mask, const uint64_t *first,
                  const uint64_t *second, ca_word_test *test, const void *what, ca_bits out);

/* --- Row by row ------------------------------------------------------------------------------- */

typedef struct ca_row_at {
    const ca_view *view;
    unsigned row;
    bool tainted; /* a sum of a claim's lines skipped a missing amount */
} ca_row_at;

ca_value ca_row_value(ca_row_at *at, const ca_node *node);
ca_truth ca_row_leaf(ca_row_at *at, const ca_node *leaf);
ca_truth ca_row_condition(ca_row_at *at, const ca_node *node); /* without aggregates */
ca_value ca_row_call(ca_row_at *at, const ca_node *node);
/* The date of a unit; of a line the date of the row that it belongs to. */
ca_value ca_row_date(const ca_row_at *at);
ca_value ca_row_lookup(ca_row_at *at, const ca_node *node, ca_truth *ret_found);
/* Order of two present values of one type; numbers exactly, texts bytewise. */
int ca_row_order(const ca_value *a, const ca_value *b);

/* --- Aggregates ------------------------------------------------------------------------------- */

/* Answers every aggregate in a leaf for the units in mask; units where one of them skipped
 * something get their bit in ret_skipped. 0, CA_NOMEM. */
int ca_answer_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                   const ca_answer **ret_answers, uint64_t *ret_skipped);

/* --- Blame ------------------------------------------------------------------------------------ */

#define CA_BLAME_NONE SIZE_MAX
/* Slot of what made a leaf UNKNOWN in one row; lines is the scope of the lines, or NULL. */
size_t ca_blame_leaf(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                     const ca_node *leaf);
/* What keeps the rows of `each` from being found: a column, the date, or the table. */
size_t ca_blame_each_key(const ca_row_at *at, const ca_rule *rule);
size_t ca_blame_column(unsigned column);
size_t ca_blame_set(const ca_rule *rule, const ca_schema *schema, const ca_codeset *set);
size_t ca_blame_table(const ca_rule *rule, const ca_schema *schema, const ca_reftable *table);
size_t ca_blame_other(const ca_rule *rule, const ca_schema *schema);

/* --- Judging: for the kinds ------------------------------------------------------------------- */

/* Units of mask whose date lies inside `effective`, and those that have none. All inside without
 * `effective`. */
void ca_judge_effective(const ca_frame *frame, const ca_rule *rule, const uint64_t *mask,
                        uint64_t *ret_inside, uint64_t *ret_dateless);
/* Moves units of verdict->hit that an exception excuses to verdict->excused. */
int ca_judge_unless(const ca_view *units, const ca_rule *rule, ca_verdict *verdict);
/* A claim rule's `where` over the lines of the units in mask: lines it takes, and lines it
 * cannot decide. Both NULL without `where`. */
int ca_judge_where(const ca_view *units, const ca_rule *rule, const uint64_t *mask,
                   uint64_t **ret_taken, uint64_t **ret_unknown);

/* --- Bits ------------------------------------------------------------------------------------- */

bool ca_bits_any(const uint64_t *bits, unsigned words);
void ca_bits_set_range(uint64_t *bits, uint32_t from, uint32_t to); /* [from, to) */
uint32_t ca_bits_count_range(const uint64_t *bits, uint32_t from, uint32_t to);
uint32_t ca_bits_first_of_words(const uint64_t *bits, uint32_t from, uint32_t to);

/* The first bit set in [from, to), `to` when there is none. Claims are short: mostly one word. */
static inline uint32_t ca_bits_first(const uint64_t *bits, uint32_t from, uint32_t to)
{
    if (from >= to || from >> 6 != (to - 1) >> 6)
        return ca_bits_first_of_words(bits, from, to);
    uint64_t part = bits[from >> 6] >> (from & 63);
    uint32_t at = part == 0 ? to : from + (uint32_t)__builtin_ctzll(part);
    return at < to ? at : to;
}

/* Takes the lowest row out of *word. */
static inline unsigned ca_bits_next(uint64_t *word)
{
    unsigned bit = (unsigned)__builtin_ctzll(*word);
    *word &= *word - 1;
    return bit;
}

#endif
