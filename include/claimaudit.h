/* claimaudit as a library: open rules and a profile, push the bytes of claim files, receive findings. It prints nothing,
 * never ends the process and has no state besides its handles. Different engines may be used by different threads at once;
 * one engine by one thread at a time, and by one scan at a time. */
#ifndef CLAIMAUDIT_H
#define CLAIMAUDIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CLAIMAUDIT_API __attribute__((visibility("default")))
#else
#define CLAIMAUDIT_API
#endif

/* What every call returns; the program ends with the same numbers. */
enum {
    CLAIMAUDIT_DONE = 0,
    CLAIMAUDIT_FAILED = 1,      /* disk, memory, database: nothing was written, trying again is safe */
    CLAIMAUDIT_USAGE = 2,       /* a call that cannot be meant */
    CLAIMAUDIT_CONFIG = 3,      /* profile, rules or a header refused */
    CLAIMAUDIT_REJECTS = 4,     /* more rejected rows in a file than allowed */
    CLAIMAUDIT_TOTALS = 6,      /* totals, joins or completeness wrong */
    CLAIMAUDIT_ALARM = 7,       /* done, but somebody should look: see claimaudit_result.alarms */
    CLAIMAUDIT_BUSY = 75        /* another run or a lock is in the way */
};

typedef struct claimaudit_engine claimaudit_engine;   /* a profile, reference data and rules, checked */
typedef struct claimaudit_scan claimaudit_scan;       /* some files on their way through an engine */

/* Receives each mistake in a profile, a rule or a header; the texts live until it returns. Line and column count from 1,
 * 0 = the file as a whole. */
typedef void (*claimaudit_on_problem)(void *context, const char *file, unsigned line, unsigned column,
                                      const char *text);

typedef struct claimaudit_error {
    int status;
    char message[1024];         /* one line, without content of claims */
} claimaudit_error;

/* --- Rules and profile ----------------------------------------------------------------------- */

typedef struct claimaudit_config {
    const char *profile;        /* path of a profile file */
    const char *rules;          /* folder with vocabulary.yaml and the shipped packs */
    const char *const *own_rules;     /* further folders or files of rules */
    size_t own_rule_count;
    int only_own;               /* nonzero: leave the shipped packs out */
    claimaudit_on_problem on_problem;  /* or NULL */
    void *context;              /* of on_problem, also for headers of files */
} claimaudit_config;

/* Borrows the strings of `config` for the life of the engine. On failure *ret_engine is untouched and `error`, which may
 * be NULL everywhere, is filled. */
CLAIMAUDIT_API int claimaudit_open(const claimaudit_config *config, claimaudit_engine **ret_engine,
                                   claimaudit_error *error);
CLAIMAUDIT_API void claimaudit_close(claimaudit_engine *engine);     /* NULL is fine; after its scan was closed */

/* --- A scan ------------------------------------------------------------------------------------- */

typedef struct claimaudit_options {
    const char *db;             /* report to add this run to, as the program does, or NULL = none */
    const char *work;           /* folder for temporary files; NULL = beside db, without db the current one */
    uint64_t memory;            /* bytes to plan with; 0 = 1 GiB */
    uint64_t max_findings;      /* kept per rule, those with the largest exposure; 0 = 100,000 */
    uint64_t max_rejects;       /* rows allowed per file; 0 = 1 % of its rows, never under one */
    const char *data_from;      /* first day that the files cover, yyyy-mm-dd; NULL = what the profile says */
    const char *data_through;   /* last day; NULL = the day of the scan */
    int scores;                 /* nonzero: providers, institutions, prescribers, pharmacies, patients and claim lines are
                                   compared with their peers (docs/scoring.md); what stands out is delivered as findings, too */
    const char *model;          /* without db: report whose last model says what is usual; NULL = the files themselves, and
                                   then claim lines are not compared. With db it is that report's own, made if there is none */
    uint64_t max_scores;        /* kept of each kind, leads always; 0 = 1,000 */
    unsigned score_months;      /* calendar months of claims that scores are made of, 1 to 120; 0 = 12 */
} claimaudit_options;

CLAIMAUDIT_API int claimaudit_scan_open(claimaudit_engine *engine, const claimaudit_options *options,
                                        claimaudit_scan **ret_scan, claimaudit_error *error);
/* Adds a file or folder by its path; it is read by _finish. */
CLAIMAUDIT_API int claimaudit_scan_file(claimaudit_scan *scan, const char *path, claimaudit_error *error);
/* Adds bytes of delimited text, unpacked, to the file called `name` (its layout may depend on it): buffers of one file follow one
 * another, another name begins the next file. Every file begins with its header, if it has one. The bytes go, compressed,
 * to a temporary file, because rows of findings are read a second time. After a push that failed the scan can only be closed. */
CLAIMAUDIT_API int claimaudit_scan_push(claimaudit_scan *scan, const char *name, const void *bytes, size_t size,
                                        claimaudit_error *error);

/* Structs grow at their ends from one version to the next: compile with the header of the library you link with. Before 1.0
 * the version of the library is part of its ABI. */

typedef struct claimaudit_line {
    const char *role;           /* "line", "claim", "a", "b", "copy", "original", "event", "others" */
    int64_t line_no;            /* of no meaning when whole_claim, and in the role "others" */
    const char *file;           /* as given or pushed; NULL in the role "others" */
    uint64_t row;               /* record of the file, counted from 1, the header included; 0 = none */
    uint64_t offset;            /* of its first byte, in the unpacked file */
    int64_t exposure;           /* share in minor units of the currency, CLAIMAUDIT_NO_AMOUNT = not known */
    const char *claim_type, *claim_id;   /* of this line: a finding may have lines of several claims; NULL in the role "others" */
    int64_t claim_part;
    int whole_claim;            /* the claim itself, not a line of it */
    const char *service_date;   /* yyyy-mm-dd, or NULL */
    int64_t paid;               /* minor units, or CLAIMAUDIT_NO_AMOUNT */
    uint64_t count;             /* 1; "others": how many lines it stands for */
} claimaudit_line;

#define CLAIMAUDIT_NO_AMOUNT INT64_MIN

/* A lead that a person should look at. Strings are UTF-8, NULL where the claim has none. Of several claims claim_id is the one
 * that is reported; it is NULL where the lead is about whom a column names (entity_id). */
typedef struct claimaudit_finding {
    const char *rule, *title, *severity, *category;
    const char *claim_type, *claim_id;
    int64_t claim_part;
    int64_t line_no;            /* of the line; of no meaning when whole_claim */
    int whole_claim;
    const char *patient_id, *billing_provider_id, *rendering_provider_id;
    const char *service_date;   /* yyyy-mm-dd */
    int64_t exposure;           /* minor units, or CLAIMAUDIT_NO_AMOUNT */
    const char *message;
    const char *evidence;       /* JSON as in docs/report-db.md: each condition with the values it saw */
    const claimaudit_line *lines;
    size_t line_count;          /* at most 1,001: the largest payments, and one of the role "others" for the rest */
    const char *entity_kind, *entity_id;     /* whom it is about, such as "pharmacy_id"; NULL: a line or a claim */
    int exposure_of_entity;     /* exposure lies on no line: never add it to that of lines */
    const char *window_from, *window_to;     /* yyyy-mm-dd, both or neither: the days that were looked at together */
} claimaudit_finding;          /* of scores: rule is "SCORE-PROVIDER" and so on, the message its first reason, the lines are not
                                  all there are; of a pair or ring entity_kind is "pair" or "ring" */

/* Anything but 0 ends the delivery, and _finish returns it. */
typedef int (*claimaudit_on_finding)(void *context, const claimaudit_finding *finding);

typedef struct claimaudit_result {
    int64_t run;                /* number in the report, 0 without one */
    int already_done;           /* this very run is in the report: nothing was written, nothing is delivered */
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped;
    uint64_t lines, claims, findings, alarms;
} claimaudit_result;

/* Reads, judges and settles everything, writes the report if there is one, then delivers the findings of active rules by
 * rule, largest exposure first, and those of scores by kind and rank. All of them come here and none with a push: whether a line counts is known only when its
 * claim is complete, because a later row may repeat, replace or undo it. `on_finding` and `result` may be NULL. */
CLAIMAUDIT_API int claimaudit_scan_finish(claimaudit_scan *scan, claimaudit_on_finding on_finding, void *context,
                                          claimaudit_result *result, claimaudit_error *error);

/* --- Scores ------------------------------------------------------------------------------------- */

/* A feature of somebody beside their peers. Not a number (NAN) where a value is missing, or there is none. */
typedef struct claimaudit_feature {
    const char *id, *title;
    const char *unit;           /* "share" (.125 is 12.5 %), "money" (whole units of the currency), "count", "number" */
    const char *direction;      /* which side is looked at: "more", "less", "both", "context" (neither) */
    double value, exposure;     /* exposure: on how much the value rests, */
    const char *exposure_of;    /* such as "claims" */
    double peer, ratio;         /* the peers' median; value / peer */
    double percentile;          /* share of all of the kind who lie lower beside their own peers, of a line that of its cell; 0 to 1 */
    double z, p;                /* distance from the peers in usual deviations; its probability */
    const char *cell;           /* who the peers are, and how many */
    uint64_t cell_size;
} claimaudit_feature;

typedef struct claimaudit_reason {
    const char *sentence;
    claimaudit_feature feature;
    double share;               /* of the score's evidence, 0 to 1 */
} claimaudit_reason;

/* How unlike their peers somebody is. docs/scoring.md says how each number is made. Strings are UTF-8. */
typedef struct claimaudit_score {
    const char *kind;           /* "provider", "institution", "prescriber", "pharmacy", "patient", "line" */
    const char *id;             /* of a line claim_type/claim_id/line_no */
    const char *cell;           /* its peers, and how many */
    uint64_t cell_size;
    uint64_t claims;
    double score, p, q;
    uint64_t rank;              /* within its kind, from 1 */
    int lead;                   /* it was delivered as a finding, too */
    int64_t excess;             /* paid above what the peers' values come to, minor units, or CLAIMAUDIT_NO_AMOUNT */
    const claimaudit_reason *reasons;    /* by share, the largest first */
    size_t reason_count;
    const claimaudit_feature *features;  /* all that it has, by evidence */
    size_t feature_count;
} claimaudit_score;

/* Anything but 0 ends the delivery, and _scores returns it. */
typedef int (*claimaudit_on_score)(void *context, const claimaudit_score *score);

/* After _finish: the scores that are kept, by kind, leads and others by rank. None where options.scores was 0, the run was in the
 * report already, or an alarm says that no scores were made. May be called again. */
CLAIMAUDIT_API int claimaudit_scan_scores(claimaudit_scan *scan, claimaudit_on_score on_score, void *context,
                                          claimaudit_error *error);

/* Removes temporary files, also of a scan that was never finished. NULL is fine. */
CLAIMAUDIT_API void claimaudit_scan_close(claimaudit_scan *scan);

CLAIMAUDIT_API const char *claimaudit_version(void);

#ifdef __cplusplus
}
#endif

#endif
