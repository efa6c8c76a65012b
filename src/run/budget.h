/* What each part of a run may take of --memory: measured when the rules are loaded, and again when the tables are. */
#ifndef CA_RUN_BUDGET_H
#define CA_RUN_BUDGET_H

#include "base/budget.h"
#include "run/state.h"

/* The rules are loaded, no line is read. CA_USAGE where --memory is too little, with the needed figure. */
int ca_budget_check(ca_scan_state *scan, ca_error *err);
/* The tables are loaded: from now on nothing that is shared out changes. */
void ca_budget_settle(ca_scan_state *scan);
/* Until the tables are loaded they are taken for what their files say. */
ca_budget ca_budget_of(const ca_scan_state *scan);

size_t ca_budget_writer_bytes(const ca_scan_state *scan);    /* lines that wait, of one exchange and writer */
size_t ca_budget_bucket_bytes(const ca_scan_state *scan);    /* claims that a thread settles at a time */
/* Of an exchange by key of which a writer holds so many bytes. */
uint32_t ca_budget_buckets(const ca_scan_state *scan, size_t writer);
size_t ca_budget_group_bytes(const ca_scan_state *scan);     /* lines of whole keys that a thread judges at a time */
size_t ca_budget_places(const ca_scan_state *scan);          /* of source rows that are read again at a time */
/* Of a key that is judged by itself, one thread at a time. */
size_t ca_budget_large_bytes(const ca_scan_state *scan);
size_t ca_budget_hits_bytes(const ca_scan_state *scan);      /* lines that rules hit and features ask for */
size_t ca_budget_filter_bytes(const ca_scan_state *scan);
size_t ca_budget_waiting_bytes(const ca_scan_state *scan);   /* batches that wait, of one thread */
/* Of the claim exchange of a thread, besides its buffers. Nothing without rules of several lines: scans of single lines and of
 * claims promise to take little. */
size_t ca_budget_record_bytes(const ca_scan_state *scan);

/* CA_LIMIT where the tables leave too little, with the needed figure: `position` bytes of `file` were read (NULL, 0: all). */
int ca_budget_check_tables(const ca_scan_state *scan, const ca_run_file *file, uint64_t position, ca_error *err);
/* CA_LIMIT where the metrics of peers take more than their share: so many bytes in a thread, after `done` of all `buckets`. */
int ca_budget_check_peers(const ca_scan_state *scan, uint64_t bytes, uint32_t done, uint32_t buckets, ca_error *err);
/* budget_scores.c: of what is free when all rules have judged, and is asked when the part is made. Each of so many threads. */
uint64_t ca_budget_room(const ca_scan_state *scan);          /* of --memory, that nothing holds now */
uint64_t ca_budget_scores_least(const ca_scan_state *scan);  /* of --memory, what one thread needs to measure anybody */
unsigned ca_budget_measurers(const ca_scan_state *scan);     /* threads that may measure entities, each with a profile of lines */
size_t ca_budget_sent_bytes(const ca_scan_state *scan, unsigned workers);      /* lines on their way to entities; others are on disk */
size_t ca_budget_entity_bucket(const ca_scan_state *scan, unsigned workers);   /* of them, read back at a time */
size_t ca_budget_entity_bytes(const ca_scan_state *scan, unsigned workers);    /* of one entity */
size_t ca_budget_network_bytes(const ca_scan_state *scan, unsigned workers);   /* whom patients see: the others are on disk */
size_t ca_budget_table_bytes(const ca_scan_state *scan);     /* values of measured entities, of all kinds */
void ca_budget_begin_scores(ca_scan_state *scan);     /* what is held now is the rules' */
void ca_budget_begin_growing(ca_scan_state *scan);    /* what is held from now on grows with what is measured */
/* CA_LIMIT where more lines were hit by rules that features ask for than their share holds. */
int ca_budget_check_hits(const ca_scan_state *scan, ca_error *err);
/* CA_LIMIT where scores hold more than --memory leaves them, or would with so many more bytes; `done` of `whole` is measured. */
int ca_budget_check_scores(const ca_scan_state *scan, uint64_t more, uint64_t done, uint64_t whole, ca_error *err);

/* CA_LIMIT where the lists of what is kept of findings would take more than their share with so much more. */
int ca_budget_check_kept(const ca_scan_state *scan, uint64_t more, ca_error *err);

#endif
