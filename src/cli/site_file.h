/* The site's file: every option of `claimaudit config` is a key of it, and it speaks where the command line does not. */
#ifndef CA_CLI_SITE_FILE_H
#define CA_CLI_SITE_FILE_H

#include "cli/command.h"
#include "conf/site.h"

#define CA_SITE_DEFAULT "/etc/claimaudit/site.yaml"
#define CA_SITE_KEYS_MAX 40

/* Keys of the file and the options they stand for. */
typedef struct ca_site_keys {
    ca_site_key keys[CA_SITE_KEYS_MAX];
    const ca_option *options[CA_SITE_KEYS_MAX];
    size_t count;
} ca_site_keys;
int ca_site_file_keys(const ca_command *config, ca_arena *arena, ca_site_keys *ret_keys, ca_error *err);

/* Reads the file that --config names, else `environment`, else the one in /etc where there is one; an empty name is none.
 * Adds to *arguments what they do not say and the command has an option for. What is wrong in the file goes to diags;
 * CA_CONFIG when there is no such file or it cannot be used at all. */
int ca_site_file_load(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_diags *diags, ca_error *err);
/* The same for a command that is about to start: any error refuses it, and all of them are printed, with those of the rules
 * and the profile that the file names. */
int ca_site_file_read(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_error *err);

#endif
