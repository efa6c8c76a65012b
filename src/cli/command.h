/* Subcommands as a table. To add one: 1. write cli/cmd_NAME.c with its ca_command; 2. add its row to ca_commands in
 * cli/commands.c and the file to meson.build; 3. describe it in docs/commands.md and add a golden folder. Help, usage and the
 * tests that compare docs with options follow from the row. */
#ifndef CA_CLI_COMMAND_H
#define CA_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/disk.h"

typedef struct ca_option {
    const char *name;          /* without the dashes */
    const char *argument;      /* name of its value, which says what it may be (cli/value.h); NULL = a switch */
    const char *help;          /* with "(default …" where it has one; NULL = for tests only, not shown */
    bool repeats;
} ca_option;

typedef struct ca_command ca_command;

/* An option that is given, and where. */
typedef struct ca_option_given {
    const char *name;
    const char *value;         /* NULL = a switch without one */
    const char *file;          /* the site's file that says so, NULL = the command line */
    uint32_t line, column;
} ca_option_given;

/* What a command line said, and the site's file for what it did not say. */
typedef struct ca_arguments {
    const ca_command *command;
    ca_option_given *options;         /* in order; the file's come last */
    size_t option_count;
    const char *const *words;  /* the rest */
    size_t word_count;
    const char *site;          /* the site's file, NULL = none */
    const char *site_from;     /* what named it */
} ca_arguments;

/* The outside world of a command. */
typedef struct ca_cli {
    FILE *out;
    FILE *err;
    ca_disk *disk;
    ca_clock *clock;
    const char *share;         /* folder with rules/ and data/profiles/ */
    bool colour;               /* on out */
    bool terminal;             /* err is one: progress may be shown */
    ca_arena arena;            /* of the whole command */
} ca_cli;

struct ca_command {
    const char *name;
    const char *summary;       /* one line */
    const char *synopsis;      /* what follows the name */
    const char *description;   /* paragraphs for --help */
    const ca_option *options;  /* ends with a NULL name; --config is added to all: see ca_command_option */
    int (*run)(ca_cli *cli, const ca_arguments *arguments, ca_error *err);   /* 0, CA_… or an exit status from CA_EXIT */
    bool without_site;         /* it reads no site file: it must work whatever stands there */
};

/* Positive returns of run() that are exit statuses of their own. */
enum { CA_EXIT_FINDINGS = 5, CA_EXIT_ALARM = 7, CA_EXIT_REFUSED = 3 };

extern const ca_command *const ca_commands[];     /* NULL-terminated, in the order help shows them */

/* arguments.c */
/* The options of a command, one after another, --config last; NULL behind the last. */
const ca_option *ca_command_option(const ca_command *command, size_t index);
/* All lives in the arena. */
int ca_arguments_parse(const ca_command *command, int count, char **words, ca_arena *arena,
                       ca_arguments *ret_arguments, ca_error *err);
/* Checks every value of the command line, also those that no function below reads. */
int ca_arguments_check(const ca_arguments *arguments, ca_error *err);
const char *ca_argument(const ca_arguments *arguments, const char *name);      /* last value, or NULL */
bool ca_switch(const ca_arguments *arguments, const char *name);
/* All values of an option that may repeat, in the arena. */
const char *const *ca_argument_list(const ca_arguments *arguments, const char *name, ca_arena *arena,
                                    size_t *ret_count);
int ca_argument_number(const ca_arguments *arguments, const char *name, uint64_t missing, uint64_t *ret_value,
                       ca_error *err);
int ca_argument_size(const ca_arguments *arguments, const char *name, uint64_t missing, uint64_t *ret_bytes,
                     ca_error *err);      /* 512M, 4G, 64K or bytes */
/* "50", or "2.5%" as millionths; both untouched where it is not given. */
int ca_argument_share(const ca_arguments *arguments, const char *name, uint64_t *ret_value, bool *ret_share,
                      ca_error *err);

/* help.c */
void ca_help(ca_cli *cli);
void ca_help_command(ca_cli *cli, const ca_command *command);

/* output.c: rows as an aligned table, CSV or JSON. */
typedef enum ca_format { CA_FORMAT_TABLE, CA_FORMAT_CSV, CA_FORMAT_JSON } ca_format;
int ca_argument_format(const ca_arguments *arguments, ca_format *ret_format, ca_error *err);
typedef struct ca_output ca_output;
ca_output *ca_output_new(ca_cli *cli, ca_format format);
/* cells[i].ptr NULL = no value. Numbers are right-aligned in tables and bare in JSON where the cell is one. */
/* `cells` NULL: there are no rows, and CSV still has a header. */
int ca_output_row(ca_output *output, const char *const *names, const ca_text *cells, size_t count);
size_t ca_output_end(ca_output *output);          /* prints what is left, frees; number of rows */

/* Content of claim files: a terminal must not take it for commands, so control characters are shown as \xNN. */
void ca_print_data(FILE *out, ca_text text);
/* Bytes of the control character that UTF-8 begins with; 0 = none. A tab is none. */
size_t ca_control_length(ca_text text);
/* A share in tenths of a percent, rounded; but 0 is none and 1000 is all. */
uint64_t ca_permille(uint64_t part, uint64_t whole);
/* One line, control characters replaced: a file name must not forge a line of a log. */
void ca_print_line(FILE *out, const char *line);
/* Prints diags, sorted, one a line: file:line:col: error: text. `least`: CA_DIAG_ERROR prints errors only, CA_DIAG_HINT
 * everything: warnings are for those who write rules, not for every night. */
void ca_print_diags(ca_cli *cli, ca_diags *diags, ca_severity least);

/* share.c: `name` as a path when it looks like one, else the shipped profile; CA_USAGE names those there are. */
int ca_share_profile(ca_cli *cli, const char *name, const char **ret_path, ca_error *err);
const char *ca_share_rules(ca_cli *cli);


#endif
