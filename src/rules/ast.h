/* The expression language as a checked tree: parsed from raw file bytes, typed, names resolved. Immutable
 * after checking and shared by all evaluators. */
#ifndef CA_RULES_AST_H
#define CA_RULES_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "claim/field.h"
#include "refs/refs.h"

#define CA_EXPR_DEPTH_MAX 64
#define CA_EXPR_BYTES_MAX 8192
#define CA_RULE_LEAVES_MAX 256

typedef enum ca_node_kind {
    /* conditions */
    CA_NODE_OR,           /* args */
    CA_NODE_AND,          /* args */
    CA_NODE_NOT,          /* args[0] */
    CA_NODE_COMPARE,      /* args[0] op args[1] */
    CA_NODE_BETWEEN,      /* args[0] between args[1] and args[2], inclusive */
    CA_NODE_IN,           /* args[0] in members            (a code, enumeration, text, id) */
    CA_NODE_HAS,          /* args[0] has args[1]           (list, code) */
    CA_NODE_OVERLAPS,     /* args[0] overlaps members      (list) */
    CA_NODE_WITHIN,       /* args[0] within members        (list) */
    CA_NODE_STARTS,       /* args[0] starts with a string literal args[1] */
    CA_NODE_MISSING,      /* args[0] is missing; "is present" is the same under NOT-free `negated` */
    CA_NODE_FOUND,        /* args[0] (a LOOKUP without column) is found; `negated` for "is not found" */
    CA_NODE_HIT,          /* the rule `text` hit this line; `hit` is its place in ca_frame.hits. Features only */
    CA_NODE_TRUTH,        /* args[0], a boolean call or aggregate, as a condition */
    /* values */
    CA_NODE_NUMBER,
    CA_NODE_STRING,       /* a code, enumeration or text literal, resolved by its context */
    CA_NODE_DATE,
    CA_NODE_COLUMN,
    CA_NODE_ADD, CA_NODE_SUB, CA_NODE_MUL, CA_NODE_DIV, CA_NODE_NEGATE,
    CA_NODE_CALL,         /* function of args */
    CA_NODE_AGGREGATE,    /* aggregate over the unit's lines: args[0] (may be absent), `where` */
    CA_NODE_LOOKUP,       /* table(args on `on`).column */
    CA_NODE_GIVEN,        /* a value that the kind gives: overlap_days, metric, percentile(args[0]) */
    CA_NODE_ROW           /* row.NAME: cell `table_column` of the row of `table` that the unit is about (`each`) */
} ca_node_kind;

/* Which line a column belongs to where a unit has several with a part to play. */
typedef enum ca_side {
    CA_SIDE_UNIT,          /* the unit's own; where lines are grouped, what they have in common */
    CA_SIDE_A,
    CA_SIDE_B,
    CA_SIDE_ORIGINAL,
    CA_SIDES
} ca_side;

typedef enum ca_given {
    CA_GIVEN_OVERLAP_DAYS, CA_GIVEN_WINDOW_START, CA_GIVEN_WINDOW_END, CA_GIVEN_METRIC, CA_GIVEN_MEDIAN,
    CA_GIVEN_PERCENTILE, CA_GIVEN_PEER_COUNT, CA_GIVENS
} ca_given;

typedef enum ca_compare { CA_EQ, CA_NE, CA_LT, CA_LE, CA_GT, CA_GE } ca_compare;

typedef enum ca_function {
    CA_FN_DAYS_BETWEEN, CA_FN_ADD_DAYS, CA_FN_ADD_MONTHS, CA_FN_AGE_AT, CA_FN_AGE_DAYS, CA_FN_YEAR, CA_FN_MONTH,
    CA_FN_WEEKDAY, CA_FN_IS_WEEKEND, CA_FN_LEAST, CA_FN_GREATEST, CA_FN_ABS, CA_FN_ROUND, CA_FN_COALESCE,
    CA_FN_SIZE, CA_FN_COUNT
} ca_function;

typedef enum ca_aggregate {
    CA_AGG_COUNT, CA_AGG_SUM, CA_AGG_MIN, CA_AGG_MAX, CA_AGG_DISTINCT, CA_AGG_ANY, CA_AGG_ALL, CA_AGG_TOP_SHARE,
    CA_AGG_KINDS
} ca_aggregate;

/* Type of a value; conditions have `condition` set. */
typedef struct ca_expr_type {
    bool condition;
    ca_type type;            /* numbers: INT, DECIMAL or MONEY */
    const char *family;      /* CODE, CODES */
    unsigned field;          /* ENUM: which enumeration */
} ca_expr_type;

/* What IN, OVERLAPS and WITHIN test against: exactly one of set, or items. */
typedef struct ca_member {   /* 'A' or 'A'..'B': lo <= code and (code <= hi or code starts with hi) */
    uint8_t system;          /* codes; CA_SYSTEM_NONE for text and ids */
    ca_text low;             /* normalised */
    ca_text high;            /* = low for a single value of ('A','B'); ranges of codes(…) always span their children */
    bool range;              /* codes(…): ranges, so 'E11' covers E11.9; ('A','B') is exact */
    uint8_t choice;          /* enumerations */
} ca_member;

typedef struct ca_node ca_node;
struct ca_node {
    ca_node_kind kind;
    ca_expr_type type;
    size_t start, end;       /* byte span in the rule file */
    ca_node **args;
    size_t arg_count;
    bool negated;            /* MISSING: is present; FOUND: is not found; IN: not in (as a leaf of its own) */
    bool of_lines;           /* COLUMN: inside an aggregate, a column of the unit's lines */
    ca_side side;              /* COLUMN: whose; AGGREGATE: over whose lines */
    ca_given given;          /* GIVEN */
    int leaf;                /* conditions that are leaves: index in rule->leaves, else -1 */
    ca_compare compare;
    ca_function function;
    ca_aggregate aggregate;
    ca_node *where;          /* AGGREGATE, or NULL */
    ca_node *on;             /* LOOKUP; IN, OVERLAPS, WITHIN with a dated set: explicit date, or NULL = the unit's date */
    unsigned column;         /* COLUMN: index in the schema */
    bool claim_amount;       /* COLUMN paid, charge, allowed at claim level: claim_X if present, else sum of lines */
    ca_ratio number;         /* NUMBER; ROW among the keys: the largest of all rows */
    ca_date date;            /* DATE */
    ca_text text;            /* STRING: normalised code, text or id */
    uint8_t system;          /* STRING of a code type */
    uint8_t choice;          /* STRING of an enumeration */
    uint32_t hit;            /* HIT */
    const char *parameter;   /* NUMBER, DATE, STRING that stands for a parameter: its name, else NULL */
    ca_codeset *set;
    ca_member *members;
    size_t member_count;
    ca_reftable *table;
    size_t table_column;     /* LOOKUP with column; SIZE_MAX = without. ROW: a cell, ca_reftable_cell_of */
};

#endif
