/* Claims that come in several files: the rows of their headers, lines, diagnoses and operations meet in an exchange by
 * claim, and become lines there. For this room only. */
#ifndef CA_RUN_PIECES_H
#define CA_RUN_PIECES_H

#include <limits.h>

#include "run/state.h"
#include "store/keyed.h"

#define CA_PIECES (CA_PIECE_OPERATIONS + 1)

struct ca_pieces {
    ca_keyed *exchange;
    ca_keyed_writer *writer;
    uint64_t *hash;               /* by row of the scan's batch */
    unsigned *columns;            /* that travel, and come back on lines */
    unsigned column_count;
    bool given[CA_PIECES];        /* some file has these */
    uint64_t lines_alone;         /* lines without a header */
    uint64_t headers_alone;       /* that count, without a line */
    uint64_t lists_alone;         /* rows of diagnoses and operations without a header */
    uint64_t headers_superseded;
};

/* Who takes joined lines, from the scan's batch. */
typedef struct ca_pieces_sink {
    void *context;
    bool counts;                  /* the first time: what is alone, repeated or incomplete is said */
    bool (*takes)(void *context, const ca_origin *origin, int64_t line_no);    /* NULL: all */
    int (*added)(void *context, unsigned row, ca_error *err);                  /* or NULL */
    int (*full)(void *context, ca_error *err);                                 /* also at the end; empties the batch */
} ca_pieces_sink;

/* pieces.c: reads the files of all pieces, then joins them, and the lines go the way of all lines. Nothing without such
 * files. */
int ca_pieces_read(ca_scan_state *scan, ca_error *err);
void ca_pieces_close(ca_scan_state *scan);
bool ca_is_piece(const ca_scan_state *scan, uint32_t file);
/* Joins once more, or for the first time. */
int ca_pieces_join(ca_scan_state *scan, const ca_pieces_sink *sink, ca_error *err);

/* pieces_said.c: notes of the summary. */
int ca_pieces_say(ca_scan_state *scan, ca_error *err);

/* --- Inside --------------------------------------------------------------------------------- */

#define CA_NOT_SHARED UINT_MAX

/* A row of one piece, with what puts it in order. */
typedef struct ca_piece_row {
    uint32_t row;                 /* of the group's batch */
    uint8_t claim_type;           /* 0 where only the claim's id joins */
    uint8_t piece;
    bool repeated;
    int64_t part, line_no;
    ca_digest digest;
    uint32_t rank;                /* of its file, and its place there: of equal rows the first stays */
    uint64_t source_row;
} ca_piece_row;

/* All rows of one claim (and part of it). */
typedef struct ca_piece_claim {
    ca_piece_row *rows;           /* by piece, number and digest */
    size_t count;
    size_t from[CA_PIECES + 1];   /* piece p: from[p] up to from[p + 1] */
    const ca_piece_row *header;   /* that its lines have, or NULL */
    ca_digest lists;              /* of diagnoses and operations in order */
    bool knows_diagnoses, knows_operations;
    bool incomplete;
} ca_piece_claim;

typedef struct ca_piece_joiner {
    ca_scan_state *scan;
    const ca_pieces_sink *sink;
    ca_batch *rows;               /* of a group */
    ca_keyed_group group;
    ca_piece_row *items;
    size_t item_cap;
    unsigned *shared;             /* by column: row of the scan's batch with the claim's value, or CA_NOT_SHARED */
    ca_buf codes;
    ca_piece_claim claim;
} ca_piece_joiner;

/* pieces_claim.c: which rows of a claim count, and what is alone. */
int ca_piece_claim_join(ca_piece_joiner *joiner, size_t from, size_t end, ca_error *err);
/* pieces_line.c: a line of the claim; row NULL: only its header. */
int ca_piece_line(ca_piece_joiner *joiner, const ca_piece_row *row, const ca_piece_row *header, ca_error *err);
ca_digest ca_piece_digest(const uint64_t *words, size_t count);    /* the same on every machine; at most 8 */
void ca_piece_share_nothing(ca_piece_joiner *joiner);

#endif
