/* The reader's window on a source: the bytes from the current record on, and where physical lines
 * end in them. A line ends at LF, CRLF or a lone CR, or where the input ends. */
#ifndef CA_READ_LINES_H
#define CA_READ_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "read/source.h"

#define CA_LINES_MARGIN   64 /* readable bytes before and behind the content: vectors overlap it */
#define CA_LINES_TOO_LONG 2  /* beside CA_END: not an error, but */

typedef struct ca_lines {
    ca_source *source; /* borrowed; NULL when all bytes are already here */
    size_t read_size;
    char *memory;
    size_t room;         /* bytes between the margins */
    char *first;         /* of the room; on a multiple of 64 */
    char *at;            /* the current record */
    char *end;           /* behind the last byte present; holds LF once `ended` is true */
    uint64_t offset;     /* of `at` in the stream */
    uint64_t generation; /* grows whenever bytes move or come */
    bool ended;          /* nothing comes after `end` */
} ca_lines;

typedef struct ca_line {
    size_t from;    /* counted from `at` */
    size_t len;     /* without its end */
    size_t end_len; /* 2 CRLF, 1 LF or CR, 0 at the end of the input */
} ca_line;

int ca_lines_init(ca_lines *lines, ca_source *source, size_t read_size, ca_error *err);
void ca_lines_done(ca_lines *lines);
/* These bytes and nothing else: a row read a second time. */
int ca_lines_set(ca_lines *lines, ca_text bytes, ca_error *err);

/* Reads once more; CA_END at the end of the input. Moves `at` and `end`. */
int ca_lines_more(ca_lines *lines, ca_error *err);
/* The line that begins `from` bytes behind `at`, read as far as needed. CA_LINES_TOO_LONG as soon
 * as it is known to be longer than `len_max`; CA_END when no line begins there. */
int ca_lines_find(ca_lines *lines, size_t from, size_t len_max, ca_line *ret_line, ca_error *err);
/* Of a line too long to hold: keeps its first bytes, drops the others up to its end. */
int ca_lines_drop(ca_lines *lines, size_t keep, uint64_t *ret_dropped, ca_line *ret_line,
                  ca_error *err);
/* Moves `at` on by `bytes` present, which were `length` bytes of the stream. */
void ca_lines_consume(ca_lines *lines, size_t bytes, uint64_t length);

#endif
