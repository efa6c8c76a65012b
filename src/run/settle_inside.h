/* What settling shares between its files; nobody else includes this. A thread has one ca_settling for all claims it settles. */
#ifndef CA_RUN_SETTLE_INSIDE_H
#define CA_RUN_SETTLE_INSIDE_H

#include "run/state.h"

typedef struct ca_line_list {
    ca_settled_line *items;
    size_t count, cap;
} ca_line_list;

/* The records of one hash, by what they are. */
typedef struct ca_settling {
    ca_scan_state *scan;
    ca_exchange_reader *reader;
    ca_claims *claims;             /* NULL without claim rules */
    ca_places dropped;             /* lines whose counts are to be taken back */
    ca_line_head *heads;           /* copied out because records are not aligned: two for every record or line at most, and one more */
    size_t head_cap;
    size_t heads_behind;           /* lines have the first ones, everything else the last ones */
    ca_line_list lines;
    ca_line_list named;            /* rows that name a claim of this hash */
    ca_line_list rejected;         /* claims of which a row was rejected */
    ca_line_list verdicts;         /* a line each, by where it comes from, and the reversal of another claim that undoes it */
    ca_exchange_record *findings;
    size_t finding_count, finding_cap;
    ca_line_list undone;           /* copies, when there are findings to take back */
    bool decided;                  /* reversals of other claims have had their turn */
    bool plain;                    /* one part of one claim, each line once, in order */
    bool takes_out;                /* one of the lines or notes is a void, a reversal or a replacement */
    uint64_t stamp;
} ca_settling;

/* settle.c: the claims of some buckets. */
int ca_settle_group(ca_settling *settling, const ca_exchange_group *group, ca_error *err);

/* gather.c */
uint64_t ca_record_lines(const ca_exchange_record *record);
int ca_gather_room(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err);
int ca_gather(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err);
int ca_line_list_add(ca_line_list *list, const ca_settled_line *line, ca_error *err);
void ca_gather_done(ca_settling *settling);

/* across.c, once a hash is settled but for reversals of other claims: what of it takes part goes to its mark. *ret_waits when
 * that may undo a line of it: then all its records are kept for ca_across_late. */
int ca_across_put(ca_settling *settling, const ca_exchange_record *records, size_t count, bool *ret_waits, ca_error *err);
int ca_across_net(ca_scan_state *scan, ca_error *err);    /* after all hashes */
const ca_exchange *ca_across_late(const ca_scan_state *scan);    /* the ones that waited, and what became of them */

#endif
