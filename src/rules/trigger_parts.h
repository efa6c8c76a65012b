/* What the files of the trigger index share. */
#ifndef CA_RULES_TRIGGER_PARTS_H
#define CA_RULES_TRIGGER_PARTS_H

#include <limits.h>

#include "rules/eval_parts.h"
#include "rules/trigger.h"

#define CA_GATE_LEAVES_MAX 32u
#define CA_GATE_UNIT_DATE UINT_MAX    /* stands for the column of the unit's date */

/* Leaves of a condition of which one at least is not FALSE where the condition is not FALSE. */
typedef struct ca_gate_leaves {
    const ca_node *leaves[CA_GATE_LEAVES_MAX];
    size_t count;
    uint64_t codes;               /* about how many codes they let through */
} ca_gate_leaves;

/* trigger_gate.c: the leaves that let the fewest codes through; false when there are none of use. */
bool ca_gate_choose(const ca_node *condition, ca_gate_leaves *ret_leaves);
/* The column whose codes decide a leaf of a gate. */
const ca_node *ca_gate_column(const ca_node *leaf);
/* The column of the dates that decide it as well; false when there is none. */
bool ca_gate_date(const ca_node *leaf, unsigned *ret_column);
/* May the leaf be other than FALSE for a row with this code? */
bool ca_gate_accepts(const ca_codes *codes, const ca_node *leaf, uint32_t code);

/* trigger_same.c: do two leaves say the same of every row of a batch? And two conditions, word for word? */
bool ca_leaves_same(const ca_node *a, const ca_node *b);
bool ca_conditions_same(const ca_node *a, const ca_node *b);

/* Leaves that say the same, in different conditions. */
typedef struct ca_shared_leaf {
    const ca_node *leaf;          /* the first of them */
    unsigned uses;
    bool known;                   /* judged on all rows of the batch */
} ca_shared_leaf;

/* The `where` of claim rules that say the same. */
struct ca_shared_where {
    const ca_node **nodes;        /* of each rule */
    size_t count, cap;
    bool known;                   /* judged on all lines of the batch */
    uint64_t *bits;               /* of lines and of units, taken and unknown */
    size_t words;
    ca_selection selection;       /* in `bits` */
};

/* trigger_where.c: false when memory ran out. */
bool ca_watch_where(ca_trigger *trigger, const ca_node *where);
void ca_forget_wheres(ca_trigger *trigger);
void ca_wheres_done(ca_trigger *trigger);

/* A condition with the rows that it is to be judged on. */
typedef struct ca_gate {
    const ca_node *condition;
    bool closes;                  /* has leaves that keep rows out */
    bool any;                     /* a row of this batch is let through */
    unsigned *columns;            /* rows where one of these is missing are let through */
    size_t column_count, column_cap;
} ca_gate;

typedef struct ca_watched {
    const ca_node *leaf;
    uint32_t gate;
} ca_watched;

/* A column of codes that gates look at. */
typedef struct ca_watch {
    unsigned column;
    bool list;
    ca_watched *leaves;           /* by gate */
    size_t leaf_count, leaf_cap;
    uint32_t *gates_of;           /* by code: where its gates begin in the pool; CA_CODE_UNSEEN, CA_CODE_IDLE */
    size_t codes;
    uint32_t *pool;               /* how many gates, then these */
    size_t pool_count, pool_cap;
} ca_watch;

enum { CA_CODE_UNSEEN, CA_CODE_IDLE };

typedef struct ca_trigger_slot {
    const ca_node *node;
    uint32_t gate, shared;        /* index + 1; 0 = none */
} ca_trigger_slot;

struct ca_trigger {
    ca_trigger_slot *slots;       /* open addressing by node */
    size_t slot_count, slots_used;
    ca_gate *gates;
    size_t gate_count, gate_cap;
    ca_watch *watches;
    size_t watch_count, watch_cap;
    ca_shared_leaf *shared;
    size_t shared_count, shared_cap;
    ca_shared_where *wheres;
    size_t where_count, where_cap;
    unsigned *dates;              /* columns that decide whether a rule is in force */
    size_t date_count, date_cap;
    ca_span *spans;               /* by such a column and word: from the earliest date to the latest */
    uint64_t *bits;               /* rows let through by each gate, then TRUE and FALSE of each shared leaf */
    unsigned words;               /* of a bitmap of `bits`; 0 = not laid out */
};

/* trigger.c: what is known of a node, or NULL. */
const ca_trigger_slot *ca_trigger_find(const ca_trigger *trigger, const ca_node *node);
uint64_t *ca_trigger_gate_rows(const ca_trigger *trigger, size_t gate);
ca_bits ca_trigger_shared_rows(const ca_trigger *trigger, size_t shared);

/* trigger_look.c: the watch has seen no code yet; true until memory runs out. */
void ca_watch_forget(ca_watch *watch);
void ca_watch_done(ca_watch *watch);

#endif
