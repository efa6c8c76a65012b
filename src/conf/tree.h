/* Builds the tree of a YAML file from its parts in the order of the file, and checks what YAML
 * allows but we do not. */
#ifndef CA_CONF_TREE_H
#define CA_CONF_TREE_H

#include "base/hash.h"
#include "conf/yaml.h"

enum { CA_TREE_DEPTH = 16, CA_TREE_NODES = 100000 };

/* A sequence or mapping that is not closed yet. */
typedef struct ca_tree_frame {
    ca_yaml *node;
    ca_yaml *last;     /* its last item so far */
    uint32_t number;   /* of the mapping, for its keys in the table */
    bool has_key;      /* a key waits for its value */
    bool key_reported; /* it is a duplicate or forbidden: no second message about it */
    ca_text key;
    size_t key_start;
} ca_tree_frame;

typedef struct ca_tree {
    ca_yaml_file *file;
    ca_arena *arena;
    ca_diags *diags;
    ca_tree_frame stack[CA_TREE_DEPTH];
    size_t depth;
    size_t nodes;
    uint32_t mappings;
    size_t last_end;  /* where the last scalar ended */
    uint32_t said;    /* line of the last error of ca_tree_error */
    bool resuming;    /* the next mapping goes on with the root */
    bool broken;      /* there was a syntax error */
    bool lost;        /* nothing can be said about the file's content */
    ca_table keys;    /* number of the mapping + key … */
    ca_buf key_lines; /* … to the line of the first, as uint32_t */
    ca_buf key_bytes;
} ca_tree;

void ca_tree_init(ca_tree *tree, ca_yaml_file *file, ca_arena *arena, ca_diags *diags);
void ca_tree_done(ca_tree *tree);

/* All return 0, CA_END when reading on makes no sense (reported), or CA_NOMEM. */
int ca_tree_open(ca_tree *tree, ca_yaml_kind kind, size_t start);
int ca_tree_close(ca_tree *tree, size_t end);
/* `bad`: what stands before the scalar is reported already. */
int ca_tree_scalar(ca_tree *tree, ca_yaml_style style, ca_text text, size_t start, size_t end,
                   bool bad);
int ca_tree_alias(ca_tree *tree, size_t start, size_t end);
/* A syntax error at `offset`: what it touches is marked bad. CA_END when the file is no mapping
 * that a later part could go on with. */
int ca_tree_broken(ca_tree *tree, size_t offset);

/* Was the last thing said about the line of this offset? */
bool ca_tree_said_line(const ca_tree *tree, size_t offset);
void ca_tree_error(ca_tree *tree, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
