/* Strict YAML as a tree of text: block mappings, block and flow sequences and mappings, plain, quoted, literal and
 * folded scalars. No implicit typing: every scalar is text, the schema decides. Anchors, aliases,
 * tags, merge keys, several documents, duplicate keys and tabs in indentation are errors. Every error of a
 * file that can be found is reported. */
#ifndef CA_CONF_YAML_H
#define CA_CONF_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/disk.h"
#include "base/text.h"

typedef enum ca_yaml_kind { CA_YAML_SCALAR, CA_YAML_SEQUENCE, CA_YAML_MAPPING } ca_yaml_kind;
typedef enum ca_yaml_style { CA_YAML_PLAIN, CA_YAML_SINGLE, CA_YAML_DOUBLE, CA_YAML_LITERAL, CA_YAML_FOLDED } ca_yaml_style;

typedef struct ca_yaml ca_yaml;
struct ca_yaml {
    ca_yaml_kind kind;
    ca_yaml_style style;     /* scalars */
    uint32_t line;           /* 1-based, of the first byte */
    uint32_t column;         /* 1-based, in bytes */
    size_t start, end;       /* byte span of the raw scalar in the file, quotes included */
    ca_text text;            /* scalars: the value after YAML's own processing */
    ca_text key;             /* inside a mapping: the key */
    uint32_t key_line, key_column;
    ca_yaml *child;          /* first item of a sequence or mapping */
    ca_yaml *next;           /* next item of the parent */
    size_t count;            /* items */
    bool seen;               /* taken by ca_conf_get */
    bool bad;                /* already reported (an alias, a syntax error inside): walkers pass it in silence */
    bool partial;            /* mappings: a syntax error took items away, so missing keys are not reported */
};

typedef struct ca_yaml_file {
    const char *path;        /* as shown in messages */
    ca_text source;          /* the raw bytes: expressions are lexed from here, so that positions are true */
    ca_yaml *root;           /* NULL for an empty file */
    bool unreadable;         /* root is NULL because of errors, which are reported */
    const uint32_t *line_starts;   /* byte offset of each line */
    size_t line_count;
} ca_yaml_file;

/* Parses bytes already in memory; path and source are copied. All memory comes from `arena`; errors go to
 * `diags`. Returns 0 even when diags got errors (root may then be partial or NULL); negative only when memory
 * ran out. After a syntax error it goes on with the next key at the left margin. Limits: 4 MiB, depth 16,
 * 100,000 nodes. */
int ca_yaml_parse(const char *path, ca_text source, ca_arena *arena, ca_diags *diags,
                  ca_yaml_file *ret_file, ca_error *err);
/* The same from a disk; also negative when the file cannot be read. */
int ca_yaml_load(ca_disk *disk, const char *path, ca_arena *arena, ca_diags *diags,
                 ca_yaml_file *ret_file, ca_error *err);

/* Characters that no file may hold, because a reader cannot see them. */
bool ca_yaml_forbidden(uint32_t character);

/* --- Walking with a schema ------------------------------------------------------------------ */

typedef struct ca_conf {     /* what every walker needs */
    const ca_yaml_file *file;
    ca_diags *diags;
} ca_conf;

void ca_conf_error(const ca_conf *conf, const ca_yaml *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ca_conf_error_key(const ca_conf *conf, const ca_yaml *node, const char *format, ...)   /* at the key */
    __attribute__((format(printf, 3, 4)));
void ca_conf_warning(const ca_conf *conf, const ca_yaml *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when the file's root is a mapping, else an error that names what the file should hold ("a rule"). */
bool ca_conf_root(const ca_conf *conf, const char *what);
/* Item `key` of a mapping or NULL; marks it as seen. */
ca_yaml *ca_conf_get(const ca_conf *conf, ca_yaml *mapping, const char *key);
/* As get, but a missing key is an error at the mapping ("key 'x' is missing"). */
ca_yaml *ca_conf_need(const ca_conf *conf, ca_yaml *mapping, const char *key);
/* Every key that was not taken by get/need is an error: "unknown key 'mesage'; did you mean 'message'?".
 * `known` is the NULL-terminated list of names for suggestions. */
void ca_conf_no_others(const ca_conf *conf, ca_yaml *mapping, const char *const *known);
/* Type checks with a positioned error; false when it does not fit. NULL nodes give false silently. `what`
 * is the subject of the message ("'tests'"); NULL names the node by its key. A key without a value
 * (`title:`) is an error everywhere: an empty text is written ''. */
bool ca_conf_is(const ca_conf *conf, const ca_yaml *node, ca_yaml_kind kind, const char *what);
bool ca_conf_text(const ca_conf *conf, const ca_yaml *node, ca_text *ret_text);            /* a scalar */
bool ca_conf_int(const ca_conf *conf, const ca_yaml *node, int64_t min, int64_t max, int64_t *ret_value);
bool ca_conf_bool(const ca_conf *conf, const ca_yaml *node, bool *ret_value);              /* yes, no, true, false */
bool ca_conf_choice(const ca_conf *conf, const ca_yaml *node, const char *const *names, size_t count,
                    size_t *ret_index);
/* A scalar counts as a list of one. Texts borrow from the tree. False (and diags->failed) also when memory
 * ran out. */
bool ca_conf_list(const ca_conf *conf, ca_yaml *node, ca_arena *arena, ca_text **ret_items, size_t *ret_count);

/* Line and column (1-based) of a byte offset of the source. */
void ca_yaml_position(const ca_yaml_file *file, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

#endif
