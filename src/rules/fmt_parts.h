/* What the files of the formatter share. For fmt*.c only. */
#ifndef CA_RULES_FMT_PARTS_H
#define CA_RULES_FMT_PARTS_H

#include "rules/fmt.h"

/* What a node is in a rule file, as far as its layout is concerned. */
typedef enum ca_fmt_place {
    CA_FMT_ANY,
    CA_FMT_TOP,          /* the mapping of a rule's whole file */
    CA_FMT_FEATURES,     /* that of a file with a list of features, and the list */
    CA_FMT_FEATURE,      /* a mapping of a feature: an item of the list, or the whole file */
    CA_FMT_TYPED,        /* plain scalars are numbers and dates: quotes would make them texts */
    CA_FMT_TESTS,        /* the list of cases, and a case */
    CA_FMT_CASES,        /* the same of features */
    CA_FMT_TABLES,       /* mapping of test tables */
    CA_FMT_TABLE         /* a test table */
} ca_fmt_place;

/* The place of a file's mapping, and of an item of a mapping or list that stands in `place`. */
ca_fmt_place ca_fmt_place_of_file(const ca_yaml *root);
ca_fmt_place ca_fmt_place_of(ca_fmt_place place, const ca_yaml *item);

/* Has the mapping an order of its own? */
bool ca_fmt_is_ordered(ca_fmt_place place);
/* Its items in that order; `ret` has room for mapping->count. */
void ca_fmt_order(const ca_yaml *mapping, ca_fmt_place place, const ca_yaml **ret);

/* Prints the whole tree. */
void ca_fmt_emit(const ca_yaml_file *file, ca_arena *arena, ca_buf *out, bool *ret_nomem);

/* fmt_table.c: the lines of a test table with aligned cells, each behind `indent` blanks; false when it is none. */
bool ca_fmt_table(ca_text table, unsigned indent, ca_arena *arena, ca_buf *out);
/* Have two tables the same cells? */
bool ca_fmt_table_same(ca_text a, ca_text b);

/* Would a common YAML reader take the plain text for something else than text, and print it otherwise? */
bool ca_fmt_wants_quotes(ca_text text);

#endif
