/* A source of rows for a set or table: what sets.yaml says of a CSV file, and what a row of it
 * becomes. */
#ifndef CA_REFS_SOURCE_H
#define CA_REFS_SOURCE_H

#include "read/rows.h"
#include "refs/inside.h"

#define CA_REF_NO_COLUMN    SIZE_MAX
#define CA_REF_PROBLEMS_MAX 20 /* reported of one source, then it is given up */

/* Everything that reading a definition needs. */
typedef struct ca_ref_reader {
    ca_conf conf;
    ca_refs *refs;
    ca_arena *arena;    /* scratch of the whole file */
    const char *folder; /* of the sets file, with its slash */
    int failure;        /* negative when memory or the disk failed */
} ca_ref_reader;

typedef struct ca_ref_column { /* a column of the CSV that somebody named */
    ca_text name;
    const ca_yaml *node; /* where, or NULL */
    bool in_key;         /* the name is the key of that node, not its value */
    size_t at;           /* in a row, CA_REF_NO_COLUMN = not used */
} ca_ref_column;

typedef enum ca_ref_match {
    CA_REF_EQUALS,
    CA_REF_IN,
    CA_REF_CONTAINS,
    CA_REF_NOT_CONTAINS
} ca_ref_match;

typedef struct ca_ref_filter {
    ca_ref_column column;
    ca_ref_match match;
    char separator; /* CONTAINS, NOT_CONTAINS */
    ca_text *values;
    size_t count;
} ca_ref_filter;

typedef enum ca_ref_system {
    CA_REF_SYSTEM_CONSTANT,
    CA_REF_SYSTEM_COLUMN,
    CA_REF_SYSTEM_IN_CODE
} ca_ref_system;

typedef struct ca_ref_source {
    ca_codeset *set; /* one of both */
    ca_reftable *table;
    const ca_yaml *node; /* NULL in tests */
    const char *file;    /* as written */
    const char *path;    /* as opened and shown */
    uint8_t number;      /* of the file in the set or table */
    ca_csv_format format;
    ca_ref_filter *filters;
    size_t filter_count;
    bool dated;
    ca_ref_column from, to;
    bool has_format; /* of dates; else yyyymmdd and yyyy-mm-dd */
    ca_date_format dates;
    bool prefix;                 /* rows are prefixes unless they begin with '=' */
    ca_ref_column prefix_column; /* in tests */
    bool quoted;                 /* in tests: an empty cell that is not missing has a pointer */

    ca_ref_column code; /* sets */
    ca_ref_system system_from;
    uint8_t system;
    ca_ref_column system_column;

    ca_ref_column *keys; /* tables: in order of the table's keys and columns */
    ca_ref_column *values;

    size_t rows;   /* read */
    size_t passed; /* the filters */
    size_t kept;
    size_t problems;
    bool given_up;
} ca_ref_source;

typedef struct ca_ref_place { /* of a row, for messages */
    const char *path;
    uint32_t line;
    uint32_t column;
} ca_ref_place;

ca_ref_source ca_ref_source_default(void);
/* The keys that every source has: file, where, valid, dates, delimiter, encoding, prefix. False
 * after an error. */
bool ca_ref_source_read(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *ret_source);
bool ca_ref_filters_read(ca_ref_reader *reader, ca_yaml *node, ca_ref_filter **ret_filters,
                         size_t *ret_count);
bool ca_ref_filters_pass(const ca_ref_filter *filters, size_t count, const ca_text *cells);
/* A name or text that outlives the file's tree. */
const char *ca_ref_keep_cstr(ca_ref_reader *reader, ca_text text);

/* Reports a problem of a row and counts it. */
void ca_ref_problem(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* An empty cell is `open`; false after a problem. */
bool ca_ref_date(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                 const ca_ref_column *column, ca_text cell, ca_date open, ca_date *ret_date);
/* Both ends of a row's validity. */
bool ca_ref_validity(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                     const ca_text *cells, ca_date *ret_from, ca_date *ret_to);
/* Rows that passed the filters. Negative only when memory ran out; problems go to diags. */
int ca_ref_set_row(ca_ref_source *source, const ca_codes *codes, const ca_text *cells,
                   const ca_ref_place *place, ca_diags *diags);
int ca_ref_set_code(ca_ref_source *source, const ca_codes *codes, ca_text code, bool prefix,
                    const ca_ref_place *place, ca_diags *diags);
int ca_ref_table_row(ca_ref_source *source, ca_codes *codes, const ca_text *cells,
                     const ca_ref_place *place, ca_diags *diags);

/* Reads the files of all sources, each file once. */
int ca_ref_feed(ca_ref_reader *reader, ca_ref_source **sources, size_t count, ca_error *err);

#endif
