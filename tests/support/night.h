/* A whole night in memory: input files, profile, vocabulary and rules on a disk in memory, the report in a real temporary
 * SQLite file. What a scan did comes back as text. */
#ifndef CA_TESTS_NIGHT_H
#define CA_TESTS_NIGHT_H

#include "run/scan.h"
#include "run/setup.h"
#include "support/memdisk.h"

typedef struct night {
    memdisk *memory;
    ca_clock clock;              /* stands still */
    ca_arena arena;              /* of the last scan, and of texts handed out */
    ca_diags diags;
    ca_scan_options options;     /* to be changed before a scan */
    ca_scan_summary summary;     /* of the last scan */
    ca_error err;
    char folder[64];             /* the report's, on the real disk and in memory */
    char db[96];
} night;

/* A profile of all fields that the tests need (claims.csv, patients.csv, providers.csv by header; notes.csv is ignored), a
 * vocabulary, and no rules. */
void night_init(night *n);
void night_done(night *n);
/* A new report; the files stay. */
void night_forget(night *n);

void night_put(night *n, const char *path, const char *text);
/* "rules/core/ID.yaml" with the keys that every rule has; `more` holds further lines or is "". */
void night_rule(night *n, const char *id, const char *kind, const char *when, const char *more);
/* Scans these files, in this order; "a b c". The result of ca_scan. */
int night_scan(night *n, const char *inputs);
/* Rows of a query on the report, cells joined with | and rows ended by newlines; "-" for NULL. "no report" without one. */
const char *night_ask(night *n, const char *sql);
/* Everything stored that does not depend on the order of files, sorted: to compare two runs. */
const char *night_report(night *n);
/* Diags, then the error, one a line. */
const char *night_said(night *n);
/* Names in the report's folder on the disk in memory, one a line, without the lock. */
const char *night_left(night *n);
/* Loads profile and rules alone; ends the test when they are refused. */
void night_setup(night *n, ca_setup *setup);

#endif
