/* Rules of several lines in a scan. In the stream each line is looked at: which rules it is for, and by which keys others would
 * find it. When its claim is settled it is sent where these rules look, unless no other line shares its key. For this room
 * only. */
#ifndef CA_RUN_SEVERAL_H
#define CA_RUN_SEVERAL_H

#include "base/seen.h"
#include "rules/group.h"
#include "rules/group_mates.h"
#include "run/state.h"
#include "store/keyed.h"

#define CA_ROUTES_MAX 32u
#define CA_USES_MAX   64u    /* rules that a line can tell apart; those beyond share the last bit */

/* Kinds of marks in an exchange. */
enum { CA_MARK_INCOMPLETE = 1 };

/* Lines by one key, and the rules that look at them. Every rule's own key holds that of its route, so that lines of one
 * key of the rule are always in one place. */
typedef struct ca_route {
    unsigned key[CA_KEYED_KEY_MAX];
    unsigned key_count;
    ca_rule_group rules;
    uint64_t uses;                /* bits of its rules */
    uint8_t *columns;             /* by column: one of the rules reads it */
    ca_keyed *exchange;
    ca_keyed_writer *writer;
    bool has_peers;               /* a rule of kind peer is among them */
} ca_route;

/* A rule, by its index in the rule set. */
typedef struct ca_use {
    bool runs;
    uint8_t bit;
    ca_mating mating;
    bool of_claims;
    bool counts_lines;            /* its units are single lines: those that it turns away are counted where they are seen */
} ca_use;

/* What a line's record in the claim exchange says of it. */
typedef struct ca_line_uses {
    uint64_t rules;               /* that it is for */
    uint64_t sure;                /* of these, the ones to which it is nothing unless another line tells one of its marks */
    const uint8_t *marks;         /* by bit of sure: its place, uint32_t, and what it asks for there, uint16_t each */
    bool has_line_no, has_part;
} ca_line_uses;

struct ca_several {
    ca_route routes[CA_ROUTES_MAX];
    unsigned route_count;
    ca_use *uses;                 /* by rule */
    uint32_t rule_of[CA_USES_MAX];    /* by bit; of the last one, where rules share it, any */
    uint8_t marks_size[CA_USES_MAX];    /* of a rule in a record, by bit */
    unsigned mask_bytes;          /* of a mask of rules in a record */
    uint64_t of_claims;           /* rules about claims */
    ca_projection of_claim, of_line;  /* columns of records that rules of claims do not have there already */
    ca_peers **peers;             /* by rule; NULL but for rules of kind peer */
    ca_horizon horizon;
    bool *has_from_date;          /* by file */
    /* A thread's own. In the stream: */
    ca_seen *seen;
    uint64_t *travels, *certain, *turned, *repeats;    /* bitmaps of a batch */
    uint64_t *rules, *sure;       /* by batch row */
    ca_mates of_bit[CA_USES_MAX]; /* marks, by batch row; empty where the rule has no mating */
    /* When claims are settled: */
    ca_batch *batch;              /* lines to be sent */
    uint64_t *line_rules;         /* by its rows */
    const uint8_t *last_header;   /* of its last row */
    uint64_t *chosen, *whole;
    uint64_t *hash;
};

/* horizon.c: by the options, else the profile; CA_USAGE when the first day lies behind the last. */
int ca_horizon_of(const ca_scan_state *scan, ca_horizon *ret_horizon, ca_error *err);
const char *ca_horizon_json(const ca_scan_options *options, ca_arena *arena);    /* further keys of an object, "" = none; NULL = no memory */
void ca_horizon_identify(const ca_scan_options *options, ca_hasher *hasher);     /* what the options say makes another run */

/* several.c: rules to routes. Sets the columns that are needed in scan->needed. */
int ca_several_plan(ca_scan_state *scan, ca_error *err);
bool ca_several_runs(const ca_scan_state *scan, const ca_rule *rule);

/* several_open.c */
int ca_several_open(ca_scan_state *scan, ca_error *err);    /* when the work folder is there */
void ca_several_close(ca_scan_state *scan);
int ca_several_watch(ca_scan_state *scan, ca_error *err);    /* its rules enter the trigger index */
/* A thread's own, in place of that of the run: to look at lines in the stream, which are then added up; to send lines. */
int ca_several_share_looking(ca_scan_state *scan, ca_error *err);
void ca_several_add(ca_scan_state *scan, ca_scan_state *other);
int ca_several_share_sending(ca_scan_state *scan, unsigned number, ca_error *err);
void ca_several_unshare(ca_scan_state *scan);

/* several_look.c: a batch of the stream, before its records are written. */
int ca_several_look(ca_scan_state *scan, const ca_frame *frame, ca_error *err);
/* Lines in `fallen` do not count after all: takes back what was counted of them. */
int ca_several_take_back(ca_scan_state *scan, const ca_frame *frame, const uint64_t *fallen, ca_error *err);
/* Room for what a record says of a line at most; writes it, and returns where it ends. */
size_t ca_several_room(const ca_scan_state *scan);
uint8_t *ca_several_put(const ca_scan_state *scan, unsigned row, uint8_t *to);
/* Reads it, and returns what follows. */
const uint8_t *ca_several_take(const ca_several *several, const uint8_t *at, ca_line_uses *ret_uses);
/* Did another line tell one of the marks? When all lines were looked at. */
bool ca_several_is_told(const ca_several *several, const ca_use *use, const uint8_t *marks);

/* several_settle.c: lines of one hash whose claims are settled, in the order of claims and parts. */
int ca_several_settle(ca_scan_state *scan, const ca_settled_line *lines, size_t count, ca_error *err);
int ca_several_flush(ca_scan_state *scan, ca_error *err);     /* sends what waits */
int ca_several_finish(ca_scan_state *scan, ca_error *err);    /* besides: no more lines or marks come from this thread */

/* Marks the patients of rejected rows, before the buckets are judged. */
int ca_several_incomplete(ca_scan_state *scan, ca_error *err);

/* buckets.c: after claims are settled. */
int ca_several_judge(ca_scan_state *scan, ca_error *err);

#endif
