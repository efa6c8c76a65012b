/* What kinds of several lines say besides where, when and unless, checked: the keys of docs/rule-language.md's
 * sections on kinds. Which of them a kind has, its row says (rules/kind.h); the others stay empty. */
#ifndef CA_RULES_KEYS_H
#define CA_RULES_KEYS_H

#include "rules/ast.h"

#define CA_KEY_COLUMNS_MAX 16
#define CA_KEY_DAYS_MAX 36500
#define CA_NO_TABLE_ROW UINT32_MAX

/* What `within` cuts time into. */
typedef enum ca_period {
    CA_PERIOD_NONE,
    CA_PERIOD_DAY, CA_PERIOD_WEEK, CA_PERIOD_MONTH, CA_PERIOD_QUARTER, CA_PERIOD_YEAR, CA_PERIOD_BENEFIT_YEAR,
    CA_PERIOD_LIFE,
    CA_PERIOD_CLAIM, CA_PERIOD_STAY,
    CA_PERIOD_ROLLING,      /* the `days` days that end with each day that has a line */
    CA_PERIOD_OF_ROW,       /* row.NAME: the period that a cell of the table names */
    CA_PERIODS
} ca_period;
const char *ca_period_name(ca_period period);

/* Which line of a pair carries the exposure: `report`. */
typedef enum ca_carrier { CA_CARRIER_BOTH, CA_CARRIER_A, CA_CARRIER_B, CA_CARRIERS } ca_carrier;
const char *ca_carrier_name(ca_carrier carrier);

typedef struct ca_key_columns {     /* indices of the schema */
    unsigned *items;
    size_t count;
} ca_key_columns;

/* Numbers are nodes, not integers: they may stand for a parameter. They are whole and in range. */
typedef struct ca_rule_keys {
    ca_node *each;                  /* a LOOKUP without column: the table whose rows the rule is about; or NULL */
    ca_node *each_found;            /* `each` is found: of a code, so that codes without a row cost nothing; or NULL */
    bool of_claims;                 /* level: claim; units are claims, not lines */
    ca_key_columns same;            /* per, same; of a peer rule `entity` */
    ca_key_columns peers;
    ca_key_columns first_by;        /* original: first by …; ends in the line's own key */
    ca_period period;               /* within */
    ca_node *row_period;            /* within: row.NAME, a ROW; else NULL */
    ca_node *days;                  /* within: rolling N days; in a sequence, within: N days; or NULL */
    ca_node *interval_from, *interval_to;
    bool touching_allowed;          /* an end and a start on one day are no overlap */
    ca_node *order;
    bool adjacent;
    ca_node *event, *without;
    ca_node *look_before, *look_after;
    ca_node *history;               /* or NULL */
    ca_node *metric, *minimum;      /* minimum: a condition, or NULL */
    ca_node *min_peers;
    ca_node *settle;
    bool judge_open;                /* judge: open */
    ca_node *lines;                 /* which lines of a window carry the finding; NULL = all */
    ca_node *max_group;
    ca_carrier carrier;
} ca_rule_keys;

/* The expressions among the keys, in the order of their leaves: conditions first. Those that are not
 * there are left out; returns how many there are. */
#define CA_KEY_NODES_MAX 16
size_t ca_keys_nodes(const ca_rule_keys *keys, ca_node *ret_nodes[CA_KEY_NODES_MAX]);
/* Value of a whole number among the keys, 0 for NULL; of row.NAME in that row of the table, or the largest of all rows for
 * CA_NO_TABLE_ROW. Every row has one: it was checked when the rule was read. */
int64_t ca_keys_number(const ca_node *node, uint32_t table_row);
/* The period of `within` for units that are about that row. */
ca_period ca_keys_period(const ca_rule_keys *keys, uint32_t table_row);
/* A calendar period, or the life, by its name; CA_PERIOD_NONE for others. */
ca_period ca_period_named(ca_text name);
bool ca_key_columns_has(const ca_key_columns *columns, unsigned column);

#endif
