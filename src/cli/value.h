/* What the value of an option may be: told by the name of its argument in the option tables, so that the command line, the
 * site's file, help and whatever else walks the tables agree. */
#ifndef CA_CLI_VALUE_H
#define CA_CLI_VALUE_H

#include "base/date.h"
#include "cli/command.h"

typedef enum ca_value_kind {
    CA_VALUE_TEXT,         /* any other argument: NAME, ID */
    CA_VALUE_SWITCH,       /* none: the option alone, or yes or no */
    CA_VALUE_NUMBER,       /* N */
    CA_VALUE_SIZE,         /* SIZE: 512M */
    CA_VALUE_SHARE,        /* N|N%: 50 or 2.5% */
    CA_VALUE_FORMAT,       /* FORMAT */
    CA_VALUE_DATE,         /* DATE: 2024-12-31 */
    CA_VALUE_PATH,         /* FILE, DIR, DIR|FILE */
    CA_VALUE_NAME_OR_PATH, /* NAME|FILE: a path where it looks like one */
    CA_VALUE_PARAMETER     /* ID.NAME=VALUE */
} ca_value_kind;

ca_value_kind ca_option_kind(const ca_option *option);
/* CA_USAGE where the option cannot take this value. `subject` is what the message calls it: "--memory", "'memory'". */
int ca_option_check(const ca_option *option, const char *subject, const char *value, ca_error *err);
/* The value that help tells behind "(default ", "" where it tells none. */
ca_text ca_option_default(const ca_option *option);
/* A name of a shipped profile has no slash and does not end in .yaml. */
bool ca_value_is_path(const char *text);

int ca_value_number(const char *subject, const char *text, uint64_t *ret_value, ca_error *err);
int ca_value_size(const char *subject, const char *text, uint64_t *ret_bytes, ca_error *err);
int ca_value_share(const char *subject, const char *text, uint64_t *ret_value, bool *ret_share, ca_error *err);
int ca_value_format(const char *subject, const char *text, ca_format *ret_format, ca_error *err);
int ca_value_date(const char *subject, const char *text, ca_date *ret_date, ca_error *err);
/* The parts of RULE.PARAMETER=VALUE; borrowed from the text. */
bool ca_value_parameter(const char *text, ca_text *ret_rule, ca_text *ret_parameter, ca_text *ret_value);

#endif
