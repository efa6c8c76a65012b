/* Tries a profile out: what its layouts make of the first rows of some files, and which rules they can feed. */
#ifndef CA_RUN_PROFILE_CHECK_H
#define CA_RUN_PROFILE_CHECK_H

#include "map/mapper.h"
#include "run/setup.h"

#define CA_CHECK_ROWS 100000      /* read of a file, at most */
#define CA_CHECK_SHOWN 3          /* lines shown of a layout, reasons of a file */

typedef struct ca_check_options {
    ca_disk *disk;
    const char *profile;
    const char *shipped_rules;
    const char *const *rule_folders;
    size_t rule_folder_count;
    bool only_rules;
    const ca_override *changes;          /* what the site says of rules */
    size_t change_count;
    const char *const *inputs;           /* files and folders; none: the profile and the rules alone */
    size_t input_count;
    uint64_t memory;                     /* as of a scan */
} ca_check_options;

typedef struct ca_check_reject {
    uint64_t row;
    const char *column;                  /* "" = the row */
    const char *reason;
} ca_check_reject;

/* One mapped line, or one row of facts: what a rule would see. The only place that shows content, because it is asked for. */
typedef struct ca_check_line {
    uint64_t row;
    const char **fields;
    const char **values;
    size_t count;
} ca_check_line;

typedef struct ca_check_file {
    const char *path;
    const ca_layout *layout;
    bool cut;                            /* there are more than CA_CHECK_ROWS rows */
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines;
    ca_check_reject rejects[CA_CHECK_SHOWN];       /* the first of every reason */
    size_t reject_count;
    const char *skips[CA_CHECK_SHOWN];             /* filters that left rows out */
    size_t skip_count;
    ca_check_line shown[CA_CHECK_SHOWN];           /* for the first file of a layout */
    size_t shown_count;
    const char *totals_wrong;            /* its total rows contradict its rows: in words, or NULL */
    const ca_column_count *columns;
    size_t column_count;
    uint8_t *supplied;                   /* by schema column */
} ca_check_file;

/* What all files of one layout come to. */
typedef struct ca_check_layout {
    const ca_layout *layout;
    size_t files;
    bool cut;                            /* of some file only the first rows were read */
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped, lines;
    bool has_charge, has_allowed, has_paid;
    ca_totals totals;                    /* over accepted rows */
    size_t totals_checked;               /* files whose total rows agree with their rows */
    ca_joins joins;                      /* layouts of claims */
} ca_check_layout;

typedef enum ca_feeding { CA_FED, CA_FED_IN_PART, CA_NOT_FED } ca_feeding;

typedef struct ca_check_rule {
    const char *id, *title;
    ca_feeding feeding;
    const char *layouts;                 /* that feed it best, "inpatient, carrier"; "" = there are none of claims */
    const char *missing;                 /* fields that these do not supply, "" = none */
    bool nowhere;                        /* nor does any other layout */
    const char *unbound;                 /* sets and tables the site has to bind, "" = none */
} ca_check_rule;

typedef struct ca_profile_report {
    const ca_profile *profile;
    ca_check_file *files;
    size_t file_count;
    ca_check_layout *layouts;            /* that files were given for, in the order of the profile */
    size_t layout_count;
    ca_joins joins;                      /* over all of them */
    size_t patients, providers;
    ca_check_rule *rules;                /* active and shadow ones, by id */
    size_t rule_count;
} ca_profile_report;

/* Everything lives in the arena. On CA_CONFIG the reasons are in diags. */
int ca_profile_check(const ca_check_options *options, ca_arena *arena, ca_diags *diags,
                     ca_profile_report *ret_report, ca_error *err);

/* profile_layouts.c: fills ret_report->layouts, adds a file that was read to its layout, and joins up over layouts. */
int ca_check_layouts(ca_arena *arena, ca_profile_report *report, ca_error *err);
void ca_check_add_file(ca_check_layout *to, const ca_check_file *file, const ca_totals *totals);
void ca_check_sum_joins(ca_profile_report *report);

/* profile_feeds.c: fills ret_report->rules. Without files the layouts of the profile are asked. */
int ca_check_feeds(const ca_setup *setup, ca_arena *arena, ca_profile_report *report, ca_error *err);

#endif
