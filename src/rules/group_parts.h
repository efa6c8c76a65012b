/* What the kinds of several lines share. For group*.c and kind_*.c only. */
#ifndef CA_RULES_GROUP_PARTS_H
#define CA_RULES_GROUP_PARTS_H

#include "rules/each_rows.h"
#include "rules/eval_parts.h"
#include "rules/group.h"
#include "rules/kind.h"

/* Batches for members, which keep their memory. */
struct ca_grouper {
    const ca_schema *schema;
    ca_batch *members;
    ca_batch *lines;       /* of claims */
    ca_batch *claims;
};

/* Memory of one rule over the members of one batch of lines, in bytes, so that it can be foretold; besides bitmaps (some
 * ten of lines, some fifteen of members), and what evaluators take a few thousand units at a time.
 *   a line that is shown       16: slot, dates
 *   a member                   32 while groups are found, then 20: row, hash, group; dates
 *                              1 to 8 a column that the rule reads; 40 more where the system hands out memory that is
 *                              never touched (what findings say besides)
 *   a claim, with `level`      the same once more, and 56 a line of it while claims are found
 *   pair, duplicate, overlap, sequence    18 a member; 16 for each comparison of a and b in `when` in groups of more than
 *                              CA_SIEVE_MEMBERS, and 36 while texts are compared or a group's index stands
 *   absence                    12 an event and row of `each`; the comparisons of `without` as above
 *   window, peer               116 a window, 48 more of one that is judged, 8 a member
 * Beyond CA_BATCH_ROWS_MAX members all of it is given back when the rule has been judged. */

/* One rule over the groups of its members. */
struct ca_groups {
    ca_eval *eval;
    const ca_rule *rule;
    const ca_group_input *input;
    ca_key_columns key;        /* what members of a group have in common: the rule's own, and those of its period */
    unsigned key_columns[2 * CA_KEY_COLUMNS_MAX + 3];
    const ca_group_sink *sink;
    ca_error *err;
    ca_frame members;          /* units: lines, or claims with their lines (`level: claim`); by group, then total order */
    uint32_t member_count;
    ca_batch *units;           /* of members: what the rule reads of them, and of those that are told of the rest, too */
    const uint32_t *source;    /* by member: its line of the input; NULL where members are claims, which are complete */
    uint64_t *complete;        /* bit by member: the rest is there */
    unsigned rest[16];         /* columns that only findings speak of */
    unsigned rest_count;
    uint32_t *first;           /* by group: its first member; [group_count] = member_count */
    uint32_t group_count;
    ca_date *dates[2];         /* by member: `order`, or the ends of `interval`, or the service date; else NULL */
    uint32_t *table_row;       /* by member: the row of `each` that it is about, one row a group; or NULL */
    uint64_t *incomplete;      /* bit by member, as in the input; or NULL */
    uint64_t *doubtful;        /* bit by member: `where` cannot decide it (windows), or some of its lines (claims); or NULL */
    uint32_t *doubt_slot;      /* by doubtful member: what is to blame */
};

/* --- group.c ---------------------------------------------------------------------------------- */

/* Lines that count, and that the rule is shown: what none of these is, is nowhere in what it says. */
static inline uint64_t ca_group_word(const ca_group_input *input, unsigned word)
{
    return input->lines->live[word] & (input->only ? input->only[word] : UINT64_MAX);
}

static inline bool ca_group_shows(const ca_group_input *input, uint32_t line)
{
    return ca_group_word(input, line / 64) >> line % 64 & 1;
}

void ca_groups_count(const ca_groups *groups, ca_outcome outcome, size_t blame, uint64_t units);
/* Passes a match on; of excused and unknown ones those that are wanted. */
int ca_groups_match(const ca_groups *groups, ca_match *match);
/* Fetches what findings say of the rows of a match and the rule does not read. */
int ca_groups_complete(const ca_groups *groups, const ca_match *match);
/* Of a member, and of two together. */
uint64_t ca_member_hash(const ca_groups *groups, uint32_t member);
uint64_t ca_hash_mix(uint64_t a, uint64_t b);
/* A unit that cannot be judged: counted, and kept when wanted. why NULL: a leaf of `where` is to blame. */
int ca_groups_unknown(const ca_groups *groups, const ca_frame *frame, unsigned row, size_t blame, const char *why);

/* The row of `each` of a member's group; CA_NO_TABLE_ROW without. */
static inline uint32_t ca_member_table_row(const ca_groups *groups, uint32_t member)
{
    return groups->table_row ? groups->table_row[member] : CA_NO_TABLE_ROW;
}

/* --- group_gather.c ----------------------------------------------------------------------------- */

/* Fills key, members, groups and dates from the input; units that cannot join any group are told. member_count stays 0
 * where there are no members. */
int ca_groups_find(ca_grouper *grouper, ca_groups *groups);

/* What members of a group have in common. */
void ca_groups_key(ca_groups *groups);

/* --- group_large.c ------------------------------------------------------------------------------ */

/* The members are a part of one group that no memory holds: its units are unknown. */
int ca_groups_too_large(ca_groups *groups);

/* --- group_keys.c: which members have equal keys ----------------------------------------------- */

#define CA_KEY_LIST_MAX 64    /* codes of a list that are compared; a code list of a line has fewer */

/* The first column that is missing, or holds an identifier of nobody, in a row; CA_NO_ROW = none. */
uint32_t ca_key_lacks(const ca_batch *batch, const ca_key_columns *columns, unsigned row);
uint64_t ca_key_hash(const ca_batch *batch, const ca_key_columns *columns, unsigned row);
/* Of many rows at once: the same hashes, and for each row what ca_key_lacks says. */
void ca_key_hashes(const ca_batch *batch, const ca_key_columns *columns, const uint32_t *rows, uint32_t count,
                   uint64_t *ret_hashes, uint32_t *ret_lacks);
bool ca_key_equal(const ca_batch *batch, const ca_key_columns *columns, unsigned a, unsigned b);
/* Order of two rows in a column: missing last. */
int ca_column_order(const ca_batch *batch, const ca_codes *codes, unsigned column, unsigned a, unsigned b);

/* --- group_dates.c ------------------------------------------------------------------------------ */

/* Expressions of a rule's days: none, one, or of an interval two. NULL where the service date is meant. */
size_t ca_group_date_nodes(const ca_rule *rule, const ca_node *ret_nodes[2]);
/* By row of `mask`; CA_NO_DATE = missing. */
int ca_group_dates(const ca_groups *groups, const ca_frame *rows, const uint64_t *mask, ca_date *ret_dates[2]);
/* The column to blame for a row without them, or whose interval is reversed; CA_NO_ROW = none. */
uint32_t ca_group_date_lacks(const ca_groups *groups, const ca_batch *batch, ca_date *const dates[2], unsigned row);
/* Members [from, to) by their first date, then in their order, into `ret` (room for to - from). */
int ca_group_by_date(const ca_groups *groups, uint32_t from, uint32_t to, uint32_t *ret);

/* --- group_units.c: outcomes of units that are members ----------------------------------------- */

/* A unit takes the first of hit, excused, unknown, pass, not_applicable that one of its instances has. */
typedef struct ca_units {
    ca_groups *groups;
    uint8_t *best;             /* by member: ca_outcome, CA_OUTCOMES = no instance yet */
    uint32_t *blame;           /* by member: slot of its first unknown instance */
    uint32_t *other;           /* by member: the other member of that instance, or CA_NO_ROW */
    bool *is_b;                /* by member: it is b of that instance */
    uint32_t *table_row;       /* by member: row of `each` of that instance, or CA_NO_TABLE_ROW */
} ca_units;

int ca_units_begin(ca_units *units, ca_groups *groups);
/* Cheap and without order: what one instance says of a member. */
void ca_units_say(ca_units *units, uint32_t member, ca_outcome outcome, size_t blame, uint32_t other, bool is_b,
                  uint32_t table_row);
/* Counts members [from, to), and passes on a sample of the unknown ones. */
int ca_units_end(ca_units *units);

/* --- group_pairs.c: two members together -------------------------------------------------------- */

#define CA_PAIRS_AT_A_TIME 4096u

typedef struct ca_pairs {
    ca_groups *groups;
    ca_units units;
    uint32_t *a, *b;
    ca_value *days;            /* overlap_days, of kinds that give it; else NULL */
    uint32_t *table_row;       /* row of `each`, or CA_NO_TABLE_ROW: which one cannot be known; NULL without `each` */
    uint32_t *key_slot;        /* then: what keeps it from being found */
    unsigned count;
    uint64_t *not_a, *not_b;   /* bit by member: cannot stand on that side, whatever the other is */
    struct ca_sieve *sieve;    /* what else tells that a pair is FALSE; its tests hold where `sieving` */
    bool sieving;
    uint64_t *judged_all;      /* bit by group: a pair that is FALSE says something else, so that none is left out */
    bool copies;               /* a is the original and no unit of its own making, b the copy */
} ca_pairs;

/* Frame of one pair; of more, when `count` is raised. */
ca_frame ca_pair_frame(const ca_groups *groups, const uint32_t *a, const uint32_t *b);
int ca_pairs_begin(ca_pairs *pairs, ca_groups *groups, bool gives_days);
/* May a stand on side a, and b on side b? */
bool ca_pairs_possible(const ca_pairs *pairs, uint32_t a, uint32_t b);
/* Every two members of a group, in both orders. */
int ca_pairs_all(ca_pairs *pairs, uint32_t group);
/* `days`: what overlap_days is. Judges when enough have come together. With `each`, once for every row that matches the two. */
int ca_pairs_add(ca_pairs *pairs, uint32_t a, uint32_t b, int64_t days);
/* The rows that match two members are known. */
int ca_pairs_add_rows(ca_pairs *pairs, uint32_t a, uint32_t b, int64_t days, const ca_each_found *rows);
/* each_pairs.c: all pairs of a group that rows of `each` match, found by the different keys of its members. CA_END: more
 * pairs than `most` lines have. */
int ca_pairs_join(ca_pairs *pairs, uint32_t from, uint32_t past, int64_t most);
int ca_pairs_end(ca_pairs *pairs);    /* judges the rest, and counts the units */
/* Does a part of `when` decide alone that a member does not stand on this side? */
bool ca_pairs_decides(const ca_node *part, ca_side side);
/* Judges the members of each group in the order of their first date; larger groups than max_group are unknown. */
typedef int ca_pairs_judge(ca_pairs *pairs, uint32_t *rows, uint32_t count);
int ca_pairs_by_date(ca_groups *groups, bool gives_days, ca_pairs_judge *judge);
/* All members of a group: unknown, "group too large". */
void ca_pairs_too_large(ca_pairs *pairs, uint32_t group);

/* --- group_windows.c ---------------------------------------------------------------------------- */

int ca_windows_judge(ca_groups *groups);    /* judge_groups of kind window */
int ca_peers_judge(ca_groups *groups);      /* group_peers.c: of kind peer */

/* --- blame.c ------------------------------------------------------------------------------------ */

/* For each unit of `rows`, which is UNKNOWN in one of leaves [from, to): the slot to blame. */
int ca_blame_each(const ca_view *units, const ca_rule *rule, size_t from, size_t to, const uint64_t *rows,
                  uint32_t *ret_slots);

#endif
