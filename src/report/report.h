/* The report database: schema, migrations, the one transaction that stores a run, and what the command line
 * asks of it. The only room that sees SQLite. */
#ifndef CA_REPORT_REPORT_H
#define CA_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "claim/finding.h"
#include "claim/score.h"

typedef struct ca_report ca_report;

/* Opens or creates (0600). Creating and migrating happen only with `write`. A newer user_version, a file that is
 * no report or is damaged: CA_FAIL with words; locked beyond `busy_ms`: CA_BUSY; not there without write: CA_FAIL
 * "no report at PATH: run claimaudit scan first". */
int ca_report_open(const char *path, bool write, int busy_ms, ca_report **ret_report, ca_error *err);
/* One that nobody else sees, and that is gone when it is closed: for what is asked as a report is, but not kept. */
int ca_report_open_memory(ca_report **ret_report, ca_error *err);
void ca_report_close(ca_report *report);
/* Brings a report of an older claimaudit up to date, as opening with `write` does; one of this version is not touched. */
int ca_report_migrate(const char *path, int busy_ms, ca_error *err);
/* Gives the report, made if need be, to a group: 0660. Call while it is not open; -wal and -shm follow at each open. */
int ca_report_share(const char *path, int64_t group, ca_error *err);
/* Replaces `copy` by a copy of the report: one file without a write-ahead log, synced and renamed over the old one. Nothing
 * is written while `copy` has the runs that the report has. Group CA_GROUP_KEEP: none. */
int ca_report_publish(ca_disk *disk, const char *path, const char *copy, unsigned mode, int64_t group, ca_error *err);
/* CA_USAGE when `copy` is the report itself, lies in no folder, or is anything but a report. */
int ca_report_check_copy(ca_disk *disk, const char *path, const char *copy, ca_error *err);
/* CA_USAGE when `name` is that of the report or of a file that belongs to it, also where none of them is there yet. */
int ca_report_check_name(ca_disk *disk, const char *path, const char *name, ca_error *err);
/* Makes SQLite use base/alloc.h; call once before any open. */
int ca_report_use_allocator(ca_error *err);

/* --- Storing a run (all in one transaction, begin … commit) ----------------------------------- */

typedef struct ca_run_record {
    ca_digest identity;            /* of contents, profile, rules, tables, settings, semantics */
    const char *started, *finished;/* UTC, ISO */
    const char *profile, *jurisdiction, *currency;
    int minor_digits;
    const char *version;           /* of the program */
    const char *settings;          /* JSON of semantic settings */
    const char *evidence_file;     /* name beside the database, "" = none */
    ca_digest evidence_checksum;
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped, claims;
    uint64_t patients, providers;  /* facts */
    const char *alarms;            /* "" or words, one alarm a line */
    uint64_t lines_undone;         /* by reversals */
    uint64_t findings_undone;      /* on them, taken back */
    const ca_told_model *model;   /* that entities were scored with; NULL: none were */
} ca_run_record;

typedef struct ca_file_record {
    uint32_t file;                 /* index in the run */
    const char *path, *layout;
    const char *encoding;          /* of its rows in the evidence file */
    ca_digest digest;
    uint64_t bytes, rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped, claims;
    int64_t total_charge, total_allowed, total_paid;      /* 1/10,000 */
} ca_file_record;

typedef struct ca_column_record { uint32_t file; const char *column, *field; uint64_t empty, undecoded; } ca_column_record;

typedef struct ca_rule_record {    /* one per rule of the run */
    const char *id, *title, *category, *severity, *grade, *status, *kind, *jurisdiction;
    int64_t version;
    int64_t severity_rank;
    const uint8_t *logic_hash, *text_hash;        /* 32 bytes each */
    ca_text source;
    uint64_t offered, hit, excused, unknown, not_applicable, pass;
    uint64_t findings;             /* made */
    uint64_t stored;               /* of these kept under --max-findings */
    const char *unknown_field;     /* most often to blame, or NULL */
} ca_rule_record;

typedef struct ca_reject_record { uint32_t file; uint64_t row, offset; const char *column; const char *reason; } ca_reject_record;

typedef struct ca_join_record { const char *fact, *role; uint64_t usable, found; } ca_join_record;

/* CA_END: a run of this identity is there already; *ret_run is its number. */
int ca_report_find_run(ca_report *report, ca_digest identity, int64_t *ret_run, ca_error *err);
/* The same of a file that need not be there or may be empty: then nothing is known (0). It may be of an older claimaudit.
 * Nothing is written. */
int ca_report_known(const char *path, ca_digest identity, int64_t *ret_run, ca_error *err);
int ca_report_begin(ca_report *report, const ca_run_record *run, int64_t *ret_run, ca_error *err);
int ca_report_add_file(ca_report *report, const ca_file_record *file, ca_error *err);
int ca_report_add_column(ca_report *report, const ca_column_record *column, ca_error *err);
int ca_report_add_join(ca_report *report, const ca_join_record *join, ca_error *err);
int ca_report_add_rule(ca_report *report, uint32_t rule, const ca_rule_record *record, ca_error *err);
int ca_report_add_finding(ca_report *report, const ca_finding *finding, ca_error *err);   /* ids in order of adding */
int64_t ca_report_last_finding(const ca_report *report);   /* id of the one that was added last, 0 = none of this run */
/* A score with its reasons; of a lead also its whole table of features. `finding`: what it became, 0 = nothing. */
int ca_report_add_entity_score(ca_report *report, const ca_entity_score *score, int64_t finding, ca_error *err);
int ca_report_add_reject(ca_report *report, const ca_reject_record *reject, ca_error *err);
int ca_report_commit(ca_report *report, ca_error *err);
void ca_report_rollback(ca_report *report);

/* --- Asking -------------------------------------------------------------------------------- */

/* Rows of a query as text cells (NULL ptr = SQL NULL), in the order of the query; the callback returns 0 to go on. */
typedef struct ca_report_row { const char *const *names; const ca_text *cells; size_t count; } ca_report_row;
typedef int (*ca_report_visit)(void *context, const ca_report_row *row);

typedef struct ca_finding_filter {   /* "" or NULL = any */
    const char *rule, *claim, *patient, *provider, *severity;
    int64_t run;                     /* 0 = any */
    bool all;                        /* v_findings_all instead of v_findings */
    int64_t limit;                   /* 0 = no limit */
} ca_finding_filter;

/* The lists of runs, findings, rejects, rule_stats and files visit once with cells = NULL when they have no rows: only the
 * names of their columns. */

/* CA_USAGE when the filter names a rule or a severity that no run of the report has, with the closest one that some has. */
int ca_report_check_filter(ca_report *report, const ca_finding_filter *filter, ca_error *err);
/* CA_USAGE when run > 0 and there is no such run. */
int ca_report_check_run(ca_report *report, int64_t run, ca_error *err);
/* lines_undone is among the columns where `undone` says so, or some run has such lines. */
int ca_report_runs(ca_report *report, bool undone, ca_report_visit visit, void *context, ca_error *err);
/* Order: exposure (missing last), severity, then finding_id. */
int ca_report_findings(ca_report *report, const ca_finding_filter *filter, ca_report_visit visit,
                       void *context, ca_error *err);
/* What the findings of a filter, whatever its limit, come to, a currency at a time: those of v_findings only. A line counts
 * once, with the largest of its shares; what lies on entities stands beside it and is never added. */
typedef struct ca_exposure {
    const char *currency;
    int minor_digits;
    uint64_t findings, missing;      /* all; those without an amount */
    int64_t lines, entities;         /* minor units; where a sum does not fit, the largest number */
} ca_exposure;
typedef int (*ca_exposure_visit)(void *context, const ca_exposure *exposure);
int ca_report_exposure(ca_report *report, const ca_finding_filter *filter, ca_exposure_visit visit, void *context,
                       ca_error *err);
int ca_report_rejects(ca_report *report, int64_t run, int64_t limit, ca_report_visit visit, void *context, ca_error *err);
/* The same rows with file_no and encoding, for the evidence file. */
int ca_report_reject_places(ca_report *report, int64_t run, int64_t limit, ca_report_visit visit, void *context,
                            ca_error *err);
int ca_report_rule_stats(ca_report *report, int64_t run, ca_report_visit visit, void *context, ca_error *err);
int ca_report_files(ca_report *report, int64_t run, ca_report_visit visit, void *context, ca_error *err);
/* One finding of v_findings_all, its lines (those cut off last, as one of role `others`), its evidence JSON, its rule as it
 * was; CA_END when there is none. */
int ca_report_finding(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);
int ca_report_finding_lines(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);
/* Leaves of the evidence, one a row: text, is, values ("paid = 50.00, …"), decided_by (the set or table row). */
int ca_report_finding_leaves(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);
/* What the rule read, one a row: what ("parameters", "window", "table row", a side such as "a", "line"), whose (table row or
 * claim), values. */
int ca_report_finding_values(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);
int ca_report_finding_evidence(ca_report *report, int64_t finding, ca_buf *ret_json, ca_error *err);
/* Of a finding of grade statistical: its reasons, one a row (sentence, share in percent); those that a pair or a ring is made
 * of: kind, id, group, patients, shared. */
int ca_report_finding_reasons(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);
int ca_report_finding_members(ca_report *report, int64_t finding, ca_report_visit visit, void *context, ca_error *err);

typedef struct ca_score_filter {
    const char *kind, *entity;       /* "" or NULL = any */
    int64_t run;                     /* 0 = the last one that has scores */
    bool leads;                      /* only what became findings */
    int64_t limit;                   /* 0 = no limit */
} ca_score_filter;

/* A list as those above. Order: kind, rank (those without a score last), entity. */
int ca_report_scores(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context, ca_error *err);
/* Of one entity (filter->entity; of its kinds all, unless one is named): its score, one row a kind; CA_END when the run has
 * none. Then its reasons, and its features in their order: features are stored of leads only, of others there are no rows. */
int ca_report_entity(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context, ca_error *err);
int ca_report_entity_reasons(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context,
                             ca_error *err);
int ca_report_entity_features(ca_report *report, const ca_score_filter *filter, ca_report_visit visit, void *context,
                              ca_error *err);
/* Evidence file name and checksum of a run. */
int ca_report_evidence(ca_report *report, int64_t run, ca_buf *ret_name, ca_digest *ret_checksum, ca_error *err);

#endif
