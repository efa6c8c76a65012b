/* Rows of delimited text: libcsv decides what a record is; a fast lane splits the plain ones.
 * Broken quoting is a function of the bytes alone: a malformed or oversized record loses only its
 * first physical line, and reading resumes at the next line, so that every read size rejects the
 * same. */
#ifndef CA_READ_ROWS_H
#define CA_READ_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "read/source.h"

typedef enum ca_encoding {
    CA_ENC_UTF8,
    CA_ENC_WINDOWS_1252,
    CA_ENC_LATIN_1,
    CA_ENC_GB18030,
    CA_ENC_UTF16, /* of either byte order, with a mark; the source decodes it: all places and raw bytes are of UTF-8 */
    CA_ENC_COUNT
} ca_encoding;
/* "utf-8", "windows-1252", "latin-1", "gb18030", "utf-16" */
const char *ca_encoding_name(ca_encoding encoding);

typedef struct ca_csv_format {
    char delimiter; /* any ASCII character but quote, CR, LF, NUL */
    char quote;     /* usually '"'; 0 = none; not CR, LF, space, tab */
    ca_encoding encoding;
    uint32_t max_record_bytes; /* 65536 unless a profile says otherwise; 1 … 1 MiB */
    uint32_t max_record_lines; /* 64; 1 … 10000 */
    uint32_t max_columns;      /* 4096; 1 … 65536 */
} ca_csv_format;

ca_csv_format ca_csv_format_default(void);

/* A physical line ends at LF, CRLF or a lone CR. Blank lines are empty or hold only spaces and tabs
 * (that are not the delimiter). The limits are on raw bytes without the last line end. Of a line
 * longer than CA_ROW_RAW_MAX the reject keeps the first bytes only, and says so. */
#define CA_ROW_RAW_MAX (1024 * 1024)

typedef struct ca_row {
    const ca_text *cells; /* UTF-8, unquoted, trimmed of spaces and tabs as libcsv does */
    size_t cell_count;
    uint64_t row;       /* records and rejected lines, counted from 1 */
    uint64_t offset;    /* of the first byte, in the decompressed stream */
    bool plain;         /* the cells lie side by side, with nothing but one delimiter between two */
    ca_text raw;        /* verbatim, without the line end: the record, or the rejected first line */
    const char *reject; /* NULL, or why this is no row: plain words, no content, the limit */
    uint32_t reject_column; /* 1-based cell the reason points at, 0 = the line */
} ca_row;                   /* all borrowed until the next call */

typedef enum ca_lane {
    CA_LANE_BOTH,
    CA_LANE_LIBCSV, /* for tests: without the fast lane */
    CA_LANE_PLAIN_C /* for tests: the fast lane without vectors */
} ca_lane;

typedef struct ca_rows ca_rows;

/* Borrows the source. CA_CONFIG when the format is not as described above. read_size: bytes asked
 * of the source at a time, 0 = 256 KiB; any value from 1 gives the same rows. */
int ca_rows_open(ca_source *source, const ca_csv_format *format, size_t read_size, ca_lane lane,
                 ca_rows **ret_rows, ca_error *err);
void ca_rows_close(ca_rows *rows);
/* The next record or rejected line; CA_END at the end. Blank lines are no rows. */
int ca_rows_next(ca_rows *rows, ca_row *ret_row, ca_error *err);

/* One record given as raw bytes (as ca_row.raw had it), for rows read a second time: row is 1 and
 * offset 0. CA_FAIL when it is not exactly one well-formed record. *scratch begins as NULL, serves
 * many calls, and is closed with ca_rows_close; *ret_row is borrowed until the next call with it.
 */
int ca_rows_parse_one(const ca_csv_format *format, ca_text raw, ca_rows **scratch, ca_row *ret_row,
                      ca_error *err);

#endif
