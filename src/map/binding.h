/* A field binding: what a profile says about one of our fields, turned from YAML into a decoder's
 * instructions. */
#ifndef CA_MAP_BINDING_H
#define CA_MAP_BINDING_H

#include "map/settings.h"

#define CA_NAMES_MAX  1000 /* columns or aliases of one field */
#define CA_VALUES_MAX 5000 /* entries of a value map */
#define CA_PAD_MAX    64
#define CA_SUFFIXES_MAX 64
#define CA_SUFFIX_LEN_MAX 8

typedef enum ca_binding_kind {
    CA_BIND_COLUMN,  /* one cell; several names are aliases */
    CA_BIND_COLUMNS, /* a list, one element a column */
    CA_BIND_CONSTANT
} ca_binding_kind;

typedef struct ca_value_map { /* sorted by `from` */
    const ca_text *from;
    const ca_text *to;
    size_t count;
    bool keep_others; /* a cell that is not in the map is taken as it is */
} ca_value_map;

typedef struct ca_system_value {
    ca_text from;
    uint8_t system;
} ca_system_value;

/* What may stand behind a code, as the certainty of a diagnosis. */
typedef struct ca_suffix {
    ca_text text;
    bool keep; /* the code counts, without its suffix; else it is left out */
} ca_suffix;

typedef struct ca_binding {
    ca_binding_kind kind;
    unsigned column; /* of the schema */
    ca_type type;
    const char *name;     /* of the field, x. included */
    uint32_t line, at;    /* line and column of its key in the profile */
    bool in_group;        /* one value a member of a wide row */
    bool optional;        /* its columns may be absent from a file */
    const ca_text *names; /* may hold {n} when in_group */
    size_t name_count;
    ca_text constant;
    const ca_date_format *dates;
    size_t date_count;
    ca_number_format numbers;
    const ca_text *missing;
    size_t missing_count;
    ca_value_map values;
    char separator;   /* of a list in one cell */
    bool time_of_day; /* service_minute from HH:MM */
    bool drop_principal;
    bool prefixed; /* a cell may be system:code */
    uint32_t pad;  /* identifiers: digits fewer than these get zeros before them; 0 = no */
    const ca_suffix *suffixes; /* of codes, longer ones first */
    size_t suffix_count;
    const char *family;
    uint8_t system;              /* or CA_SYSTEM_NONE: the system column must say it */
    const ca_text *system_names; /* aliases of the one column, or one a column of the list */
    size_t system_name_count;
    const ca_system_value *system_values;
    size_t system_value_count;
} ca_binding;

/* What a field is read for: the schema column it fills and where it stands. */
typedef struct ca_binding_target {
    unsigned column; /* of profile->schema */
    const char *name;
    ca_type type;
    const char *family;
    bool in_group;
    bool optional;
    const ca_settings *settings;
    const char *const
        *more_keys; /* keys the caller has taken itself (x. fields), NULL-terminated, or NULL */
} ca_binding_target;

/* Reads the value of a field's key: a column name, or a mapping. Problems go to diags; ret_binding
 * is then not to be used. 0 or CA_NOMEM. */
int ca_binding_read(ca_map_reader *reader, ca_yaml *node, const ca_binding_target *target,
                    ca_binding *ret_binding);

/* map/system.c: the keys system, system_column, system_values and prefixed. */
int ca_binding_systems(ca_map_reader *reader, ca_yaml *node, ca_binding *binding);
/* map/mend.c: the keys pad and suffix. */
int ca_binding_mends(ca_map_reader *reader, ca_yaml *node, ca_binding *binding);
/* Constants and the targets of value maps are written as in the canonical CSV: reports what cannot
 * be read. */
void ca_binding_check_text(ca_map_reader *reader, const ca_yaml *node, const ca_binding *binding,
                           ca_text text);

/* Names of columns: a scalar or a list; with `ranges`, DX1..10 stands for ten of them. Refuses {n}
 * outside of groups. */
int ca_names_read(ca_map_reader *reader, ca_yaml *node, bool ranges, bool in_group,
                  const ca_text **ret_names, size_t *ret_count);

#endif
