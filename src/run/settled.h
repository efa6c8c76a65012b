/* Lines on their way through the claim exchange and what settles them; part of state.h, which includes it where its types
 * are known. */
#ifndef CA_RUN_SETTLED_H
#define CA_RUN_SETTLED_H

#include "run/state.h"

/* exchange_line.c: a line as a record of the claim exchange. */
typedef enum ca_record_kind { CA_RECORD_LINE, CA_RECORD_FINDING, CA_RECORD_NAMED, CA_RECORD_INCOMPLETE, CA_RECORD_UNDONE } ca_record_kind;
typedef struct ca_line_head {
    ca_digest digest;
    ca_origin origin;
    int64_t line_no, claim_part, version;
    ca_date paid, received;       /* CA_DATE_MIN - 1 = missing */
    uint32_t row_lines;
    uint32_t unit_length;         /* of the claim's columns */
    uint32_t id_length;
    uint8_t claim_type, status;
    uint8_t unit_repeats;         /* they and the claim id stand in the line before of the same hash */
    uint8_t record;               /* CA_RECORD_… */
    uint8_t live;
    uint8_t from_supplied;        /* the layout maps from_date */
    uint8_t marked;               /* CA_MARK_…: a ca_mark ends the record */
    uint8_t names;                /* it says which claim it takes out: ca_names_claim */
} ca_line_head;
/* What a line and the reversal that undoes it have in common, and the date that decides between several. Packed: it is read
 * where it lies in the record. */
typedef struct __attribute__((packed)) ca_mark {
    ca_digest digest;
    ca_date service_date;
} ca_mark;
int ca_projections_new(ca_scan_state *scan, ca_error *err);
int ca_project(ca_scan_state *scan, const uint8_t *wanted, ca_projection *projection, ca_error *err);
/* Of the batch: a row has the claim of the row before. */
bool ca_same_claim(const ca_scan_state *scan, unsigned row);
/* Leaves those rows that have the very value of the row before; equal texts in two places count as different. */
void ca_keep_repeats(const ca_projected *column, const ca_batch *batch, uint64_t *rows);
/* bundle_put.c: all lines of the batch, those of one claim that lie together in one record. */
#define CA_BUNDLE_LINES 64u
int ca_put_lines(ca_scan_state *scan, ca_error *err);
int ca_put_line(ca_scan_state *scan, unsigned row, ca_error *err);    /* one, in a record of its own */
/* What settles a claim must know besides its lines: a row that names it (`head` is that row's), or that a row of it was
 * rejected. */
int ca_put_note(ca_scan_state *scan, ca_line_head *head, ca_text claim_id, ca_error *err);
int ca_put_finding(ca_scan_state *scan, unsigned row, const ca_finding *finding, ca_error *err);
/* How a record begins. */
enum { CA_FORM_USUAL, CA_FORM_WHOLE, CA_FORM_BUNDLE };
/* line_head.c: a usual head is written in half the bytes of a whole one. */
bool ca_head_is_usual(const ca_line_head *head);
size_t ca_head_size(bool usual);
void ca_put_head(uint8_t *to, const ca_line_head *head, bool usual);
/* The head of a record that ends there. Returns what follows it: of a line the claim id, the claim's columns and the line's
 * columns; of a finding its bytes. NULL: the record ends before, or begins otherwise. */
const uint8_t *ca_take_head(const uint8_t *from, const uint8_t *end, ca_line_head *ret_head);
int ca_damaged_record(ca_error *err);    /* CA_FAIL, with words */
/* Sets the columns of a projection, as ca_put_line wrote them, in a row of a batch. */
int ca_take_columns(const ca_projection *projection, const uint8_t *bytes, size_t len,
                    ca_batch *batch, unsigned row, ca_error *err);
/* Of lines that lie together, the ones in `wanted` (one at least), in rows of the batch from `row` on. */
int ca_take_lines(const ca_projection *projection, const uint8_t *bytes, size_t len, unsigned lines,
                  uint64_t wanted, ca_batch *batch, unsigned row, ca_error *err);

/* bundle_take.c: lines that lie together, as they are in their record. */
typedef struct ca_bundle {
    ca_line_head head;            /* of the first one */
    unsigned lines;
    uint8_t gap;
    uint64_t number;              /* of the first one */
    ca_text claim_id;
    const uint8_t *unit;          /* the claim's columns */
    uint32_t unit_length, columns_length;
    const uint8_t *digests, *lengths, *line_numbers;    /* of each line; not aligned */
    const uint8_t *columns;       /* for ca_take_lines */
} ca_bundle;
static inline bool ca_is_bundle(const ca_exchange_record *record)
{
    return record->len > 0 && record->bytes[0] == CA_FORM_BUNDLE;
}
unsigned ca_lines_of(const ca_exchange_record *record);    /* what else is one thing counts as a line */
int ca_open_bundle(const ca_exchange_record *record, ca_bundle *ret_bundle, ca_error *err);
static inline uint16_t ca_bundle_number(const uint8_t *numbers, unsigned i)    /* a length, or a line's number */
{
    uint16_t number;
    memcpy(&number, numbers + i * sizeof number, sizeof number);
    return number;
}
void ca_bundle_heads(const ca_bundle *bundle, ca_line_head *ret_heads);    /* of all lines */

/* settle_crew.c: repeated and superseded lines; claims; findings that survive. */
int ca_settle(ca_scan_state *scan, ca_error *err);

/* claims.c: claims of settled lines to frames, judged by claim rules. */
typedef struct ca_claims ca_claims;
struct ca_settled_line {
    const ca_line_head *head;
    ca_text claim_id;
    const uint8_t *unit;          /* the claim's columns */
    const uint8_t *columns;       /* the line's columns */
    uint32_t unit_length, columns_length;
    uint8_t of_lines, place;      /* the columns are those of so many lines that lie together, and which of them it is; 0 = its own */
    uint64_t number;              /* in the stream; 0 without rules of several lines */
    const ca_mark *mark;          /* or NULL */
    const ca_line_head *undone_by;    /* the row that undoes or, under another claim id, replaces it */
    bool dropped;
    bool undone;                  /* by a reversal or a void */
    bool incomplete;              /* a row of its claim was rejected */
};
static inline bool ca_line_counts(const ca_settled_line *line)    /* for rules that see live lines */
{
    return line->head->live && !line->undone;
}
/* versions.c: orders for qsort, of claims and of lines within one; and lines that fall. */
int ca_claim_order(const ca_settled_line *a, const ca_settled_line *b);
int ca_line_order(const void *a, const void *b);
int ca_time_order(const ca_line_head *a, const ca_line_head *b);    /* version order without the digest, which says nothing of time */
bool ca_stays_before(const ca_scan_state *scan, const ca_line_head *a, const ca_line_head *b);    /* of equal records */
int ca_rank_files(ca_scan_state *scan, ca_error *err);    /* before lines are dropped */
void ca_drop_lines(const ca_scan_state *scan, ca_settled_line *lines, size_t count);

/* netting.c: what replacements, voids and reversals take out. `lines` in the order of ca_line_order; `notes` are the rows
 * that name one of their claims. */
enum { CA_MARK_NONE, CA_MARK_WITHIN, CA_MARK_ACROSS };    /* without; its partner is in its claim; or in any */
int ca_mark_line(ca_scan_state *scan, unsigned row, ca_mark *ret_mark, uint8_t *ret_marked, ca_error *err);
bool ca_stands(const ca_settled_line *line);    /* neither dropped nor undone */
/* Lines of any claims with one kind of mark: sorts the pointers and sets undone and undone_by. */
void ca_net_marked(ca_scan_state *scan, ca_settled_line **lines, size_t count);
bool ca_names_claim(const ca_scan_state *scan, unsigned row);    /* that it replaces, voids or reverses as a whole */
void ca_net_named(ca_scan_state *scan, ca_settled_line *lines, size_t count, ca_settled_line *notes, size_t note_count);
int ca_net_lines(ca_scan_state *scan, ca_settled_line *lines, size_t count, ca_settled_line *notes,
                 size_t note_count, ca_error *err);

/* across.c: reversals and the lines they undo in other claims. The filter comes before the stream, marks of reversals enter it
 * there; only lines whose mark may be one of them wait until all claims are settled. */
#define CA_FILTER_BITS 23u    /* 1 MiB: of a million reversals it lets an eighth of the other lines wait in vain */
int ca_across_expect(ca_scan_state *scan, ca_error *err);
void ca_expect_reversed(ca_scan_state *scan, const ca_mark *mark);
int ca_across_begin(ca_scan_state *scan, ca_error *err);
void ca_across_end(ca_scan_state *scan);

int ca_claims_new(ca_scan_state *scan, ca_claims **ret_claims, ca_error *err);
void ca_claims_free(ca_claims *claims);
int ca_claims_add(ca_claims *claims, const ca_settled_line *lines, size_t count, ca_error *err);
int ca_claims_add_bundle(ca_claims *claims, const ca_bundle *bundle, ca_error *err);    /* all there is of a claim; its lines count */
/* A claim of more rows than that, versions and what was found on them included, is not settled: settle.c. */
#define CA_CLAIM_LINES 50000u
void ca_claims_too_large(ca_claims *claims);    /* unknown to every claim rule */
int ca_claims_flush(ca_claims *claims, ca_error *err);

#endif
