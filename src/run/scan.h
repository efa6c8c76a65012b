/* The scan: from input files to the report, in one call. */
#ifndef CA_RUN_SCAN_H
#define CA_RUN_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/disk.h"
#include "map/facts.h"

typedef struct ca_scan_options {
    ca_disk *disk;
    ca_clock *clock;
    const char *profile;              /* path of the profile file */
    const char *const *inputs;        /* files, folders, "-" */
    size_t input_count;
    const char *db;
    const char *work;                 /* folder for temporary files; NULL = beside the database */
    const char *group;                /* that may read and write what is kept, as named; NULL = the owner alone */
    int64_t group_number;
    const char *publish;              /* copy of the report for readers elsewhere, or NULL */
    const char *metrics;       /* what the caller writes after the run, or NULL: no input where it lies among them */
    const char *shipped_rules;        /* folder that holds vocabulary.yaml and the packs */
    const char *const *rule_folders;  /* --rules, in order */
    size_t rule_folder_count;
    bool only_rules;                  /* leave the shipped packs out */
    const struct ca_override *changes;    /* what the site says of rules: rules/ruleset.h */
    size_t change_count;
    bool has_data_from, has_data_through;    /* from where to where the claims go; without: unknown, and today */
    int32_t data_from, data_through;    /* day numbers */
    unsigned buckets;                 /* of the exchanges, a power of two; 0 = default; any value gives the same findings */
    uint64_t memory;                  /* bytes; fact tables may take a quarter */
    unsigned jobs;                    /* threads; 0 = 1; any value gives the same findings */
    uint64_t max_rejects;             /* rows, or millionths when max_rejects_share */
    bool max_rejects_share;
    uint64_t max_findings;            /* stored per rule */
    bool no_score;                    /* entities are not compared with their peers */
    bool has_budget;                  /* leads of each kind of entity; without: 1 % of those scored, at least 10, at most 200 */
    uint64_t budget;                  /* entities, or millionths when budget_share */
    bool budget_share;
    uint64_t max_scores;              /* stored per kind of entity; leads always */
    const char *version;              /* of the program */
    uint64_t process;                 /* its number, for those whom it keeps waiting */
    size_t read_size;                 /* 0 = default; any value gives the same findings */
    unsigned batch_rows;              /* 0 = default; likewise */
    size_t large_bytes;               /* of a key that is judged by itself, where --memory allows more; 0 = default; what is larger is unknown */
    uint64_t profile_lines;           /* of which, at most, a profile of claim lines is made; 0 = default */
    size_t group_bytes;               /* lines of whole keys that are judged at a time, where --memory allows more; 0 = default; likewise */
    bool scores;                      /* entities are measured and compared with their peers */
    bool networks;                    /* and pairs of them that share patients are looked for */
    const char *values;               /* file that what was measured is written to, and nothing is scored; NULL = none */
    unsigned score_months;            /* calendar months before that of the data horizon that count for it; 0 = default, CA_SCORE_MONTHS */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total, uint64_t rows);
    void *progress_context;
} ca_scan_options;

#define CA_VERSION "0.1.0"    /* of the program; meson.build says the same, a test compares them */

#define CA_SCORE_MONTHS      12u
#define CA_SCORE_MONTHS_MOST 120u

ca_scan_options ca_scan_defaults(void);

typedef struct ca_scan_rule {
    const char *id, *title, *severity, *kind, *unknown_field;   /* unknown_field NULL = none */
    bool shadow;                      /* runs, but its findings count nowhere */
    bool idle;                        /* a draft, or retired */
    bool off;                         /* the site switched it off: it did not run */
    uint64_t offered, hit, excused, unknown, not_applicable, pass, findings, stored;
} ca_scan_rule;

typedef struct ca_scan_file {
    const char *path, *layout;
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped, claims;
} ca_scan_file;

/* Parts of a run, one after another. */
typedef enum ca_phase {
    CA_PHASE_SETUP,                   /* rules, profile, which files there are */
    CA_PHASE_FACTS,                   /* patients and providers */
    CA_PHASE_STREAM,                  /* claim files are read, lines judged */
    CA_PHASE_SETTLE,                  /* which lines count; claims are judged, and lines sent where rules of several look */
    CA_PHASE_JUDGE,                   /* rules of several lines */
    CA_PHASE_SCORE,                   /* entities are measured and compared with their peers */
    CA_PHASE_PUBLISH,                 /* evidence and report */
    CA_PHASES
} ca_phase;

#define CA_SCAN_THREADS_MAX 64u

typedef struct ca_scan_timings {
    struct {
        int64_t cpu_ns, wall_ns;      /* processor time of all threads, time on the wall */
    } phases[CA_PHASES];
    bool scored;                      /* entities were measured */
    int64_t threads_ns[CA_SCAN_THREADS_MAX];    /* processor time by worker; the first is the thread that called */
} ca_scan_timings;

/* What happened, for people. Texts live in the arena handed in. */
typedef struct ca_scan_summary {
    bool already_done;                /* this very run is in the report: nothing was written */
    int64_t run;                      /* its number there */
    ca_scan_file *files;
    size_t file_count;
    ca_scan_rule *rules;
    size_t rule_count;
    const char *scores;               /* by which model scores are, and of which days; NULL: there are none */
    size_t score_rules;               /* how many of the rules, at their end, stand for scores */
    bool lines_wait;                  /* claim lines are scored when there is a model of an earlier run */
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped, claims;
    uint64_t lines_undone;            /* by reversals: accepted, but rules do not see them */
    uint64_t findings, stored;        /* live findings: made, and kept under --max-findings */
    uint64_t patients, providers;
    ca_joins joins;
    const char **notes;               /* packs left out, rules replaced, rules silenced, header conflicts */
    size_t note_count;
    const char **alarms;              /* non-empty: exit 7 */
    size_t alarm_count;
    const char *rejects_file;         /* with CA_REJECTS: where they are */
    int64_t elapsed_ms;
    ca_scan_timings timings;
} ca_scan_summary;

/* Runs the scan. 0 = written (or already done). On CA_CONFIG the reasons are in diags. The summary is filled as far
 * as the scan came, also on failure. */
int ca_scan(const ca_scan_options *options, ca_arena *arena, ca_diags *diags, ca_scan_summary *ret_summary,
            ca_error *err);

#endif
