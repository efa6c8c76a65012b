/* claimaudit as a library: the nightly scan in one call. The report it writes is an SQLite database whose views
 * (docs/report-db.md) are the interface for reading. */
#ifndef CLAIMAUDIT_H
#define CLAIMAUDIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exit statuses of the program and results of claimaudit_scan alike. */
enum {
    CLAIMAUDIT_DONE = 0,        /* written, or this very run is in the report already */
    CLAIMAUDIT_FAILED = 1,      /* nothing written; a rerun is safe */
    CLAIMAUDIT_USAGE = 2,
    CLAIMAUDIT_CONFIG = 3,      /* profile or rules refused; nothing written */
    CLAIMAUDIT_REJECTS = 4,     /* too many rejected rows: written to DB.rejects.csv, nothing else */
    CLAIMAUDIT_TOTALS = 6,      /* totals, joins or completeness wrong; nothing written */
    CLAIMAUDIT_ALARM = 7,       /* written, with an alarm */
    CLAIMAUDIT_BUSY = 75        /* another run or a lock is in the way */
};

typedef struct claimaudit_options {
    const char *profile;        /* path of a profile file */
    const char *rules;          /* folder with vocabulary.yaml and the rule packs */
    const char *own_rules;      /* one more folder of rules and sets, or NULL */
    const char *const *inputs;  /* files, folders */
    size_t input_count;
    const char *db;             /* path of the report */
    uint64_t memory;            /* bytes to plan with; 0 = 1 GiB */
} claimaudit_options;

typedef struct claimaudit_result {
    int64_t run;                /* number of the run in the report */
    int already_done;
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped;
    uint64_t lines, claims, findings;
} claimaudit_result;

/* Borrows everything for the call. `message` (may be NULL) receives one line when the result is neither
 * CLAIMAUDIT_DONE nor CLAIMAUDIT_ALARM: the first error of the configuration, or what failed. Not reentrant
 * for one report; different reports may be scanned at once. */
int claimaudit_scan(const claimaudit_options *options, claimaudit_result *result, char *message,
                    size_t message_size);

const char *claimaudit_version(void);

#ifdef __cplusplus
}
#endif

#endif
