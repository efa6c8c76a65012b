/* The fast lane: cuts lines whose quoting is plain into cells that point into the buffer. What it
 * does not recognise goes to libcsv, which decides. */
#ifndef CA_READ_SPLIT_H
#define CA_READ_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "read/cells.h"

/* Bytes that must be readable before `at` and behind `limit`. */
#define CA_SPLIT_MARGIN 64

typedef enum ca_split_result {
    CA_SPLIT_ROW,
    CA_SPLIT_BLANK, /* empty, or only spaces and tabs */
    CA_SPLIT_ODD,   /* not plain: ask libcsv */
    CA_SPLIT_FULL,  /* more cells than there is room for */
    CA_SPLIT_MORE   /* the line does not end before the limit */
} ca_split_result;

/* What is known of the block of 64 bytes in which the last line ended: the next line begins there
 * and need not look again. Zeroed at first; zeroed again when bytes moved or came. */
typedef struct ca_split {
    const char *next; /* the only place these marks serve */
    const char *block;
    uint64_t delimiters; /* a bit for each byte */
    uint64_t others;     /* a bit for each quote, control character or space */
    uint64_t high;       /* a bit for each byte above 0x7F */
} ca_split;

typedef struct ca_split_line {
    const char *end;  /* of its content */
    const char *next; /* behind its line end */
    bool high;        /* it has bytes above 0x7F */
    bool plain;       /* nothing lies between its cells but delimiters */
} ca_split_line;

typedef struct ca_split_format {
    char delimiter;
    char quote;   /* 0: none */
    bool vectors; /* use the machine's vectors where there are any */
} ca_split_format;

/* Splits the line at `at`; bytes from `limit` on are not known. Cells and *ret_line are set for
 * ROW, the line also for BLANK. */
ca_split_result ca_split_row(ca_split *split, const ca_split_format *format, const char *at,
                             const char *limit, ca_cells *cells, ca_split_line *ret_line);

#endif
