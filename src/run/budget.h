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
size_t ca_budget_table_bytes(const ca_scan_state *scan);     /* values of measured entities, of all kinds */
size_t ca_budget_network_bytes(const ca_scan_state *scan);   /* whom patients see, of one thread: the others are on disk */
size_t ca_budget_filter_bytes(const ca_scan_state *scan);
size_t ca_budget_waiting_bytes(const ca_scan_state *scan);   /* batches that wait, of one thread */
/* Of the claim exchange of a thread, besides its buffers. Nothing without rules of several lines: scans of single lines and of
 * claims promise to take little. */
size_t ca_budget_record_bytes(const ca_scan_state *scan);

/* CA_LIMIT where the tables leave too little, with the needed figure: `position` bytes of `file` were read (NULL, 0: all). */
int ca_budget_check_tables(const ca_scan_state *scan, const ca_run_file *file, uint64_t position, ca_error *err);
/* CA_LIMIT where the metrics of peers take more than their share: so many bytes in a thread, after `done` of all `buckets`. */
int ca_budget_check_peers(const ca_scan_state *scan, uint64_t bytes, uint32_t done, uint32_t buckets, ca_error *err);
/* CA_LIMIT where the lists of what is kept of findings would take more than their share with so much more. */
int ca_budget_check_kept(const ca_scan_state *scan, uint64_t more, ca_error *err);

#endif
