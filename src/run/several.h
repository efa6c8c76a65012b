/* Rules of several lines in a scan. In the stream each line is looked at: which rules it is for, and by which marks others would
 * recognise it; then it waits. When all claims are settled it is sent where these rules look, unless it fell or nobody asked for
 * it. For this room only. */
#ifndef CA_RUN_SEVERAL_H
#define CA_RUN_SEVERAL_H

#include <stdatomic.h>

#include "base/seen.h"
#include "rules/group.h"
#include "rules/group_mates.h"
#include "run/state.h"
#include "store/batches.h"
#include "store/keyed.h"

#define CA_ROUTES_MAX 32u
#define CA_DAYS_FIRST 0        /* 1970 to 2099; the first and the last one have all that are before or behind them, too */
#define CA_DAYS       47482u
/* In the work folder each route has x1 ..., and behind them keys that are larger than memory so many; x0 is that of claims in several
 * files. */
#define CA_LARGE_FOLDERS 3u
#define CA_CROWD_BITS 16u    /* of the places whose lines are counted, at the least */
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
    uint8_t route;                /* its number */
    ca_mating mating;
    uint32_t wider;               /* the rule whose marks serve for its lines, where mating.wider is one */
    bool lends;                   /* its marks serve other rules */
    bool of_claims;
    bool counts_lines;            /* its units are single lines: those that it turns away are counted where they are seen */
} ca_use;

/* An event that is without its line until that is found. */
typedef struct ca_event {
    ca_digest sought;
    ca_date day;
    uint32_t next;                /* of the same slot; UINT32_MAX = none */
    uint8_t bit;                  /* of its rule */
    _Atomic bool found;
} ca_event;

/* Of keys that are counted together: events, and lines. As many as UINT16_MAX, or more. */
typedef struct ca_throng {
    uint16_t events, lines;
} ca_throng;

/* Events of rules that look for another line. */
typedef struct ca_events {
    unsigned key_bits;
    uint64_t *keys;               /* bits by a hash of the key: some event has it, and of the key with what the event waits for */
    ca_throng *throngs;           /* by the first bits of the key's place */
    ca_event *items;
    size_t count, cap, most;
    bool missed;                  /* there are more than have room: those that are here decide nothing */
    uint32_t *slots;              /* by the last bits of what is sought: the first of the events */
    size_t slot_count;            /* a power of two */
} ca_events;

struct ca_several {
    ca_route routes[CA_ROUTES_MAX];
    unsigned route_count;
    ca_use *uses;                 /* by rule */
    uint32_t *order;              /* rules: those whose marks serve others first */
    uint32_t order_count;
    uint32_t rule_of[CA_USES_MAX];    /* by bit; of the last one, where rules share it, any */
    uint64_t of_claims;           /* rules about claims */
    uint8_t *columns;             /* by column: a route has it */
    uint8_t *asking;              /* by column: it is read to find out what a line asks for; NULL: none is */
    ca_projection header;         /* columns of claims that rules about claims read */
    uint8_t *of_header;           /* the same, by column */
    ca_peers **peers;             /* by rule; NULL but for rules of kind peer */
    ca_horizon horizon;
    bool *has_from_date;          /* by file */
    bool begins_differ;           /* some files say when claims begin, and others do not */
    _Atomic uint64_t *numbered;   /* lines that have a number */
    /* When they are settled: bits by number. Lines that do not count; lines of claims that do not lie together. */
    _Atomic uint64_t *fallen, *scattered;
    _Atomic bool *disagree;       /* lines of some claim do, in its header */
    _Atomic uint64_t *torn_lines; /* and those of such claims; NULL: no rule is about claims */
    ca_route torn;                /* on which they come together; no exchange: there are none */
    ca_batches **waiting;         /* by thread of the stream */
    unsigned waiting_count;
    /* A thread's own, in the stream: */
    ca_seen *seen;
    uint64_t sideless;            /* bits of rules whose sides keep no claims apart */
    uint64_t wild;                /* bits of rules of which a line told CA_MARK_WILD */
    unsigned crowd_bits;
    uint16_t *crowds;             /* by the first bits of the place: lines that told something there, or more; up to UINT16_MAX */
    ca_events events;
    size_t seen_bytes;            /* of each thread's */
    uint64_t *days;               /* lines by the day of the service, CA_DAYS_FIRST and earlier first; NULL: nobody asks */
    ca_batches *waits;
    uint64_t first_number;        /* of the batch's first line; a multiple of 64 */
    uint64_t *travels, *certain, *turned;
    uint64_t *marked;             /* bitmap of a batch */
    uint64_t *same_claim, *repeats;   /* bitmaps of a batch: as the row before; and with its header */
    ca_mates of_bit[CA_USES_MAX]; /* marks, by batch row; empty where the rule has no mating */
    ca_buf marks;                 /* of the lines of a batch, as they wait with it */
    /* And when lines are sent: */
    ca_waiting waiting_batch;
    uint64_t *sending[9];         /* memory of the following, for so many words of rows */
    size_t word_cap;
    uint64_t *chosen, *whole, *first;    /* bitmaps of its rows, like `travels` */
    uint64_t *hash, *uses_of_row;
    uint64_t *lonely;             /* bitmaps by bit of the rules that lend their marks: lines that nobody asks for */
    uint64_t *by_route;           /* bitmaps by route: lines that travel on it */
    uint32_t *rows_sent;          /* those of a route, */
    uint64_t *uses_sent;          /* and what they are for */
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
void ca_several_forget_route(ca_route *route);          /* its lines were judged; what they took of the disk is free */
void ca_several_forget_waiting(ca_several *several);    /* nobody reads batches that waited any more; their memory and files are free */
int ca_several_watch(ca_scan_state *scan, ca_error *err);    /* its rules enter the trigger index */
/* A thread's own in place of the run's: to look at lines, which then become the run's; to send them. */
int ca_several_share_looking(ca_scan_state *scan, ca_error *err);
void ca_several_add(ca_scan_state *scan, ca_scan_state *other);
int ca_several_open_torn(ca_scan_state *scan, ca_error *err);    /* if lines of some claim disagree */
int ca_several_share_sending(ca_scan_state *scan, unsigned number, ca_error *err);
void ca_several_unshare(ca_scan_state *scan);

/* The place of a key of one rule is none of another's. */
static inline uint32_t ca_place_of(uint64_t key, unsigned bit)
{
    return (uint32_t)((key + bit) * UINT64_C(0xD6E8FEB86659FD93) >> 32);
}

/* Claims of one patient are many: marks of days that are far apart do not lie in one place. */
static inline uint32_t ca_place_of_mark(const ca_mating *mating, uint32_t place, uint32_t mark)
{
    uint64_t stretch = ((uint64_t)place << 13) + (mark >> CA_STRETCH_BITS);
    return mating->by == CA_MATES_OVERLAP ? (uint32_t)(stretch * UINT64_C(0x9E3779B97F4A7C15) >> 32) : place;
}

/* several_look.c: a batch of the stream, before its records are written. Its lines have numbers then. */
int ca_several_look(ca_scan_state *scan, const ca_frame *frame, ca_error *err);
/* Lines in `fallen` do not count after all: takes back what was counted of them. */
int ca_several_take_back(ca_scan_state *scan, const ca_frame *frame, const uint64_t *fallen, ca_error *err);
/* Did another line tell one of the marks? `asks` as in ca_mates, `span` of OVERLAP. When all lines were looked at. */
bool ca_several_is_told(const ca_several *several, const ca_use *use, uint32_t place, const uint16_t *asks, const int32_t span[2]);
/* Did two lines tell that they have the key? Of rules by the key alone, whose lines stand on any side. */
bool ca_several_is_shared(const ca_several *several, uint32_t place);
/* Does an event tell what one of its lines asks for? */
bool ca_several_tells(const ca_several *several, uint32_t place, uint16_t ask);
typedef struct ca_asked_span {
    int32_t span[2];
    uint16_t sides;
} ca_asked_span;

/* Of each sure line that has marks of its own waits a place, and what is asked for there if it is not found out later. */
static inline size_t ca_marks_size(const ca_use *use)
{
    size_t asks = use->mating.later                     ? 0
                  : use->mating.by == CA_MATES_OVERLAP ? sizeof(ca_asked_span)
                                                       : use->mating.asks * sizeof(uint16_t);
    return use->mating.wider || use->mating.by == CA_MATES_EVENT ? 0 : sizeof(uint32_t) + asks;
}

/* several_events.c. Returns how many bytes of `bytes` they take; memory is the arena's, 0: it ran out. */
size_t ca_events_make(ca_events *events, size_t bytes, ca_arena *arena);
void ca_events_done(ca_events *events);
/* What a batch tells. */
void ca_events_tell(ca_events *events, const ca_batch *batch, const ca_rule *rule, const ca_use *use, const ca_mates *mates);
void ca_events_add(ca_events *events, const ca_events *other);
void ca_events_index(ca_events *events);    /* when all are known */
/* Of lines that are no event, those in `sure` that no event needs leave `travels`: it looks for others, or was found another that
 * travels. `answers`: NULL, or as in ca_mates. */
void ca_events_drop(ca_several *several, const ca_batch *batch, const ca_rule *rule, const ca_use *use, const uint64_t *sure,
                    const uint64_t *answers, uint64_t *travels);

/* Of sure lines, those with marks of their own: lines of a claim have those of the line before that they repeat. A word at a time;
 * *carried is 0 at first. */
static inline uint64_t ca_marks_of(const ca_use *use, uint64_t sure, uint64_t repeats, uint64_t *carried)
{
    uint64_t before = sure << 1 | *carried;
    *carried = sure >> 63;
    return use->of_claims ? sure & ~(repeats & before) : sure;
}

/* several_settle.c: lines of one hash whose claims are settled, in the order of claims and parts. */
int ca_several_begin_settling(ca_scan_state *scan, ca_error *err);
bool ca_several_days_differ(const ca_several *several, const ca_use *use);    /* of claims, from their lines' */
void ca_several_settle(ca_scan_state *scan, const ca_settled_line *lines, size_t count);
void ca_several_scatter(ca_scan_state *scan, const ca_settled_line *lines, size_t count);    /* their claim does not lie together */

/* several_send.c: when all claims are settled. */
int ca_several_send(ca_scan_state *scan, ca_error *err);
/* several_routes.c: the rows of by_route, with what uses_of_row says. */
int ca_routes_send(ca_scan_state *scan, ca_waiting *waiting, ca_error *err);
/* Does the row have a key by which it can join others? `whole` by ca_keyed_hash. */
bool ca_route_joins(const ca_route *route, const ca_batch *batch, const uint64_t *whole, unsigned row);

/* several_torn.c: claims whose lines disagree. _put takes their lines out of a batch that is being sent, for rules about claims;
 * _send brings them to their routes when all batches are. */
int ca_torn_plan(ca_scan_state *scan, ca_error *err);
int ca_torn_put(ca_scan_state *scan, ca_waiting *waiting, ca_error *err);
int ca_torn_send(ca_scan_state *scan, ca_error *err);

/* Marks the patients of rejected rows, before the buckets are judged. */
int ca_several_incomplete(ca_scan_state *scan, ca_error *err);

/* buckets.c: after claims are settled. */
int ca_several_judge(ca_scan_state *scan, ca_error *err);

#endif
