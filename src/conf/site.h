/* The file of a site: a flat mapping of settings, each with its place. What a setting means is not known here. */
#ifndef CA_CONF_SITE_H
#define CA_CONF_SITE_H

#include "conf/yaml.h"

enum {
    CA_SITE_ITEMS = 1000,       /* of a list, rules with parameters */
    CA_SITE_PARAMETERS = 64,    /* of a rule */
    CA_SITE_TEXT = 4096         /* bytes of a value */
};

typedef enum ca_site_form {
    CA_SITE_VALUE,
    CA_SITE_SWITCH,             /* yes or no */
    CA_SITE_LIST,               /* a list of values, or one */
    CA_SITE_RULES               /* parameters by rule: {US-0111: {max_age: 1}} */
} ca_site_form;

typedef struct ca_site_key {
    const char *name;
    ca_site_form form;
    const char *other_name;     /* what people may write in its place; NULL = nothing */
} ca_site_key;

typedef struct ca_site_value {
    size_t key;                 /* index into the keys */
    const char *text;           /* switches: yes or no; parameters: US-0111.max_age=1 */
    uint32_t line, column;
} ca_site_value;

typedef struct ca_site {
    const char *path;
    ca_site_value *values;      /* in the order of the keys; a list gives one for each item, in its order */
    size_t count;
} ca_site;

/* Everything wrong goes to diags; what could be read is there all the same. An empty file has no settings. Negative
 * only when memory ran out. */
int ca_site_parse(const char *path, ca_text source, const ca_site_key *keys, size_t key_count, ca_arena *arena,
                  ca_diags *diags, ca_site *ret_site, ca_error *err);
/* The same from a disk; negative also when the file cannot be read, CA_CONFIG when others than its owner may write it. */
int ca_site_load(ca_disk *disk, const char *path, const ca_site_key *keys, size_t key_count, ca_arena *arena,
                 ca_diags *diags, ca_site *ret_site, ca_error *err);

#endif
