/* Rules of several lines in a scan: which lines travel where, and what is said of them when all lines of a key have come
 * together. For this room only. */
#ifndef CA_RUN_SEVERAL_H
#define CA_RUN_SEVERAL_H

#include "rules/group.h"
#include "run/state.h"
#include "store/keyed.h"

#define CA_ROUTES_MAX 32u

/* Kinds of marks in an exchange. */
enum { CA_MARK_FALLEN = 1, CA_MARK_INCOMPLETE };

/* Lines by one key, and the rules that look at them. Every rule's own key holds that of its route, so that lines of one
 * key of the rule are always in one place. */
typedef struct ca_route {
    unsigned key[CA_KEYED_KEY_MAX];
    unsigned key_count;
    ca_rule_group rules;
    uint8_t *columns;             /* by column: one of the rules reads it */
    ca_keyed *exchange;
    ca_keyed_writer *writer;
    bool has_peers;               /* a rule of kind peer is among them */
} ca_route;

struct ca_several {
    ca_route routes[CA_ROUTES_MAX];
    unsigned route_count;
    ca_peers **peers;             /* by index in the rule set; NULL but for rules of kind peer */
    ca_horizon horizon;
    bool *has_from_date;          /* by file */
    uint64_t *travels, *turned, *chosen;    /* bitmaps of a batch */
    uint64_t *whole;
    uint64_t *hash;               /* by batch row */
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
/* A thread's own writers and scratch, in place of those of the run; then no more lines come from it. */
int ca_several_share(ca_scan_state *scan, unsigned number, ca_error *err);
int ca_several_finish(ca_scan_state *scan, ca_error *err);

/* several.c */
/* A batch of the stream: its lines to the routes that want them, and counts of those that rules turn away. */
int ca_several_send(ca_scan_state *scan, const ca_frame *frame, ca_error *err);
/* Lines in `fallen` do not count after all. Takes back what was counted, and leaves marks. */
int ca_several_fall(ca_scan_state *scan, const ca_frame *frame, const uint64_t *fallen, ca_error *err);

/* Marks the patients of rejected rows, before the buckets are judged. */
int ca_several_incomplete(ca_scan_state *scan, ca_error *err);

/* buckets.c: after claims are settled. */
int ca_several_judge(ca_scan_state *scan, ca_error *err);

#endif
