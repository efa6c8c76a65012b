/* What has to be known of a line, and brought together for an entity, to compute the features of its kind: made once from the
 * features, so that what several of them ask for is done once. For this room only. */
#ifndef CA_RUN_MEASURE_PLAN_H
#define CA_RUN_MEASURE_PLAN_H

#include "rules/feature.h"

__extension__ typedef __int128 ca_wide;

/* Something that must hold of a line. */
typedef enum ca_ask_of { CA_ASK_TRUE, CA_ASK_DECIDED, CA_ASK_NUMBER, CA_ASK_KEY, CA_ASK_NAMED } ca_ask_of;
typedef struct ca_ask {
    ca_ask_of of;
    uint32_t condition;           /* TRUE, DECIDED: which. NUMBER, KEY: only lines where it is TRUE must have them; CA_NO_INDEX: all */
    uint32_t index;               /* NUMBER, KEY: which. NAMED: place among the hashed columns, which names somebody */
} ca_ask;

/* Lines of which all of it holds; those of a kind have a bit each in the records of lines. */
typedef struct ca_measure_member {
    ca_ask *asks;                 /* sorted, each once */
    size_t count;
} ca_measure_member;

/* A number of lines, added up without a key. (How many lines a member has is known of all of them.) */
typedef struct ca_measure_sum {
    ca_feature_reduce reduce;     /* TOTAL, MIN or MAX */
    unsigned member;
    uint32_t number;              /* of the kind's */
} ca_measure_sum;

/* Lines in groups of one key. */
typedef struct ca_measure_tally {
    unsigned member;
    uint32_t key;                 /* of the kind's */
    uint32_t number, once;        /* of the kind's; CA_NO_INDEX: none */
    uint32_t pairs;               /* with `once`: the key of both, whose groups are what a group of `key` weighs; */
    uint32_t next;                /* another tally that has these pairs and this member; CA_NO_INDEX: none */
    bool weighed;                 /* else it is only asked how many groups there are */
    unsigned word;                /* place of its weight among those of a group. With a number it takes two words, and a third counts lines */
} ca_measure_tally;

/* What a term is. */
typedef enum ca_measure_from {
    CA_FROM_LINES,                /* how many lines a member has */
    CA_FROM_SUM,                  /* a sum, or the smallest or largest number */
    CA_FROM_GROUPS,               /* how many groups a tally has */
    CA_FROM_TALLY                 /* made of the weights of its groups */
} ca_measure_from;

typedef struct ca_measure_term {
    const ca_feature_term *term;
    ca_measure_from from;
    uint32_t index;               /* of the kind's members, sums or tallies */
    bool amounts;                 /* weights are in 1/10,000 */
} ca_measure_term;

typedef struct ca_measure_feature {
    const ca_feature *feature;
    ca_measure_term numerator, denominator, exposure;
    unsigned lines;               /* member: those that take part */
} ca_measure_feature;

/* Of a patient's line: whom it names (hashes, where a member has it), where it was given. */
#define CA_LINKS 3u               /* who performed the service, prescribed, dispensed */
typedef struct ca_measure_links {
    bool used;
    uint32_t key[CA_LINKS];       /* of the kind's */
    unsigned member[CA_LINKS];
    uint32_t place;               /* key: place of service; */
    unsigned placed;              /* where there is one */
    uint32_t region;              /* key: a number of the peers (run/measure_lines.h) with the region of who performed the service, where the
                                   * patient has none; else 0 */
} ca_measure_links;

/* A number, or a key of one column, of the kind's. */
typedef struct ca_measure_part {
    bool number;
    uint32_t index;
} ca_measure_part;

/* A key in the records of a kind. */
typedef struct ca_measure_key {
    uint32_t key;                 /* of the plan's; CA_NO_INDEX: pairs of two other keys of the kind's */
    ca_measure_part parts[CA_FEATURE_KEYS_MAX];    /* that it is made of when a record is read; */
    unsigned part_count;          /* 0: it is in the records itself */
    uint64_t columns;             /* of a record, in which it or its parts are: bits of ca_measure_column */
    unsigned words;               /* of the weights of a group; */
    bool weighs;                  /* some are more than what was seen */
    uint64_t *needs;              /* members of tallies that have it: bits, as in a record */
    bool sees;                    /* some of these are not weighed: the first words of a group's weights say which members were seen */
    uint64_t *seen;               /* the members of those */
    uint32_t *tally_of;           /* by member of these: the tally that counts groups, */
    uint32_t *once_of;            /* and the first of those whose pairs they are; CA_NO_INDEX: none */
    unsigned *tallies;            /* that have it and are weighed line by line */
    unsigned tally_count;
} ca_measure_key;

/* A record is of some lines of an entity that lie together, and have the same peers: what it is, how many lines, a number that stands for
 * the peers, a code for each column; then the columns: words of the bits of members, numbers, keys that are not made of others; and at
 * the end, where it is told, the entity's identifier. A column has one value that all lines have in common, or one for each line, in as
 * few bytes as they all fit, with their sign. */
enum { CA_MEASURE_KIND = 7, CA_MEASURE_NAMED = 8 };
#define CA_MEASURE_HEAD  6u       /* what it is, lines, peers: 1, 1 and 4 bytes */
#define CA_MEASURE_LINES 64u      /* of a record, at most */
#define CA_MEASURE_MEMBERS 512u   /* of a kind, at most */
/* The code of a column: bytes of a value, 0 = nought on all lines; and whether each line has its own. */
enum { CA_MEASURE_EACH = 16 };

/* A column of records as one of 64 bits; the last stands for all that are many. */
#define CA_MEASURE_MANY (UINT64_C(1) << 63)
static inline uint64_t ca_measure_column(unsigned column)
{
    return column < 63 ? UINT64_C(1) << column : CA_MEASURE_MANY;
}

/* The steps by which the columns of a key become one number; 0 at first. */
static inline uint64_t ca_measure_mix(uint64_t key, uint64_t value)
{
    uint64_t mixed = (key ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return (mixed ^ mixed >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
}

typedef struct ca_measure_kind {
    bool used;                    /* it has features */
    ca_entity entity;
    ca_measure_member *members;
    unsigned member_count, member_cap;
    unsigned words;               /* of 64 members */
    uint32_t *numbers;            /* of the plan's */
    unsigned number_count;
    ca_measure_key *keys;
    unsigned key_count;
    uint32_t *order;              /* of keys: pairs behind those they are of */
    ca_measure_sum *sums;
    unsigned sum_count;
    ca_measure_tally *tallies;
    unsigned tally_count;
    ca_measure_feature *features;
    size_t feature_count;
    uint32_t claims, paid;        /* of its tallies, of its sums: on what the entity's size is judged */
    ca_measure_part *columns;     /* of a record, behind the words of members; the claim is the last, which takes eight bytes */
    unsigned column_count;        /* with these words */
    uint32_t *made;               /* keys that are made of others */
    unsigned made_count;
    uint32_t hashed;              /* place of its identifier among the hashed columns */
    uint8_t *reads;               /* by condition: 1 = a member asks for it */
    ca_measure_links links;       /* of patients */
} ca_measure_kind;

typedef struct ca_measure_plan {
    const ca_featureset *set;
    const ca_schema *schema;
    ca_feature_number *numbers;   /* those of the set, and what was paid */
    size_t number_count;
    uint8_t *number_read;         /* by number: a kind has it */
    ca_feature_key *keys;         /* those of the set, the claim, and for networks those of ca_measure_links */
    size_t key_count;
    uint8_t *key_read;            /* by key: a kind, or what it asks of lines, has it; */
    uint8_t *key_kept;            /* and it is in records */
    uint32_t paid, claim;         /* number and key that every kind has */
    uint32_t links[CA_LINKS + 2]; /* keys of networks: whom a line names, its place, its region (a key without columns); CA_NO_INDEX: none */
    uint8_t *condition_read;
    unsigned *hashed;             /* columns of texts and identifiers that are read by their hashes */
    unsigned hashed_count;
    uint8_t *columns;             /* by schema column: 1 = it is read of lines */
    ca_measure_kind kinds[CA_ENTITY_LINE];
} ca_measure_plan;

/* Memory is the arena's; the set and its schema are borrowed. `networks`: patients are measured for them, too. CA_LIMIT for more than
 * can be told apart. */
int ca_measure_plan_new(const ca_featureset *set, const ca_schema *schema, bool networks, ca_arena *arena, ca_measure_plan **ret_plan,
                        ca_error *err);
/* The column that a number is as it is, CA_NO_COLUMN: it is calculated. */
unsigned ca_measure_plain(const ca_feature_number *number);
/* Bytes of the longest record of so many lines without the identifier. */
size_t ca_measure_record_most(const ca_measure_kind *kind, unsigned lines);

#endif
