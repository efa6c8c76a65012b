/* Which lines of a stream can matter to a rule of several lines only together with others, and how these others would be
 * recognised: by their key, and where the rule bounds it by their days. What nobody recognises need not be brought together.
 * All of it may only err on the side of recognising too much. */
#ifndef CA_RULES_GROUP_MATES_H
#define CA_RULES_GROUP_MATES_H

#include "rules/eval.h"

typedef enum ca_mating_by {
    CA_MATES_NONE,       /* a line may matter by itself */
    CA_MATES_ANY,        /* units are two members of one key */
    CA_MATES_NEAR,       /* two members of one key, at most some days apart */
    CA_MATES_OVERLAP,    /* two members of one key whose intervals have a day in common */
    CA_MATES_EVENT       /* a line that is no event matters only to an event of its key in whose days it lies */
} ca_mating_by;

#define CA_MATE_EQUAL_MAX 2u
#define CA_MATE_ASKS_MAX  3u

/* How lines of one rule recognise each other. */
typedef struct ca_mating {
    ca_mating_by by;
    bool sided;            /* what the rule says of a or of b alone keeps lines from standing there */
    unsigned asks;         /* marks that a line asks for; of OVERLAP as many as its interval has days */
    bool halves;           /* OVERLAP: by halves of days, as an end and a start on one day are no overlap */
    bool later;            /* what it asks for is found out when all have told (ca_mates_ask) */
    unsigned shift;        /* days are looked at 2^shift at a time */
    int64_t before, after; /* days around an event; NEAR: `after` days apart at most */
    const ca_node *equal[CA_MATE_EQUAL_MAX];   /* EVENT: one of these columns of b equals one of a */
    unsigned equal_count;
    bool by_equality;      /* EVENT: one of these and what `without` says of b alone make it TRUE: nothing is told or asked for */
    const ca_rule *wider;  /* lines that are alone to it are alone to this one, which has no marks of its own; or NULL */
} ca_mating;

ca_mating ca_mating_of(const ca_rule *rule);

/* mating_like.c: does the wide rule recognise all lines that the narrow one would? */
bool ca_mating_serves(const ca_rule *wide, const ca_mating *of_wide, const ca_rule *narrow, const ca_mating *of_narrow);

/* Told by lines that may be the mate of all of their key: the last one that a line asks for, if any line tells it. */
#define CA_MARK_WILD 0x1FFFu

/* A mark that a line asks for: does another line tell it? Told by itself, too, it must be told twice. */
enum { CA_ASK_AS_A = 1, CA_ASK_AS_B = 2, CA_ASK_OWN = 4, CA_ASK_SHIFT = 3 };

/* A line tells that it is there: others ask for its mark. */
typedef struct ca_told {
    uint32_t row;
    uint16_t mark;
    uint8_t sides;         /* CA_ASK_AS_…, CA_TOLD_IN_DOUBT */
} ca_told;

enum { CA_TOLD_IN_DOUBT = 8 };    /* of a claim of which `where` is not certain: its mate is every other, whatever the sides */

/* By line; bitmaps and arrays of the frame's rows are the caller's. The key of a rule about claims is a part of the rule's: what
 * one line must have for the claim to have it. */
typedef struct ca_mates {
    uint64_t *sure;        /* nothing unless one of its marks is told: it takes part for certain, with days and, but of EVENT,
                              whole key. Of
                              claims: if the other lines of its claim have the same header. A line that repeats a sure one has
                              its marks, and none here */
    uint64_t *key;         /* hash of the key, of lines that tell and, but of EVENT, of sure ones */
    uint64_t *events;      /* EVENT: lines that tell */
    uint64_t *runs;        /* and by equality: the first of lines with one key, as ca_mates_find_runs has it; those with a key */
    uint64_t *answers;     /* and by equality: sure lines for which `without` is TRUE with any event that has an equal value */
    uint16_t *asks[CA_MATE_ASKS_MAX];    /* of these: mark << CA_ASK_SHIFT, with CA_ASK_…; where they are not asked later.
                                            OVERLAP: [0] has the latter only */
    int32_t *span[2];      /* OVERLAP: the first and the last day, or half of one, of lines that tell */
    ca_told *told;         /* of lines whose asks come later, sure ones tell their own mark (ca_mates_mark) besides */
    size_t told_count, told_cap;
    bool sideless;         /* of claims: a doubt that may be of any of them; sides keep nothing apart */
} ca_mates;

void ca_mates_done(ca_mates *mates);    /* frees what is told */

/* For a rule with mating. `travels`, `certain` and `turned` away: by ca_group_travels. `repeats`: rows with the claim and the
 * header of the row before; NULL = none. */
int ca_group_mates(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const ca_mating *mating, const uint64_t *travels,
                   const uint64_t *certain, const uint64_t *turned, const uint64_t *repeats, ca_mates *ret, ca_error *err);

/* What a sure line asks for, and the mark that it tells itself. EVENT: `row` is no event. */
void ca_mates_ask(const ca_batch *batch, const ca_mating *mating, unsigned row, uint16_t ret_asks[CA_MATE_ASKS_MAX]);
/* OVERLAP: what the interval of a sure line asks for, one after another; false: that was all. */
#define CA_STRETCH_BITS 4u    /* marks of days near each other have the same first bits */
bool ca_mates_ask_span(const int32_t span[2], unsigned sides, unsigned number, uint16_t *ret_ask);
uint16_t ca_mates_mark(const ca_batch *batch, const ca_mating *mating, unsigned row);

/* EVENT: of lines in `rows` that stand one behind the other, and have one key, the first ones; of lines that have the same
 * values, too, where `mating` is not NULL. And keys of lines, of those in `rows` that have all of it. */
void ca_mates_find_runs(const ca_batch *batch, const ca_rule *rule, const ca_mating *mating, const uint64_t *rows,
                        uint64_t *ret_first);
void ca_mates_find_keys(const ca_batch *batch, const ca_rule *rule, const uint64_t *rows, uint64_t *ret_whole,
                        uint64_t *ret_keys);
/* By equality: the column of the other line. And the hash of what an event waits for, of what a line has; false: it is missing.
 * `number`: of mating->equal. */
unsigned ca_mates_column(const ca_mating *mating, unsigned number, ca_side side);
bool ca_mates_value(const ca_batch *batch, const ca_mating *mating, unsigned number, ca_side side, unsigned row,
                    uint64_t *ret_value);
/* An event by its key and the value that it waits for; a line by its key and the value that it has. Both are the
 * same where the event finds the line among its days. The value is there. */
ca_digest ca_mates_identity(const ca_batch *batch, const ca_rule *rule, const ca_mating *mating, unsigned number, ca_side side,
                            unsigned row);

#endif
