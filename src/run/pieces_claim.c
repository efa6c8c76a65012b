/* One claim of several files: which header counts, in what order its diagnoses and operations stand, and what came
 * alone. */
#include "run/pieces.h"

#include <string.h>

static const ca_origin *origin_of(const ca_piece_joiner *joiner, const ca_piece_row *row)
{
    return &joiner->rows->origin[row->row];
}

/* A row of which nothing is left. */
static void drop(const ca_piece_joiner *joiner, const ca_piece_row *row)
{
    if (joiner->sink->counts) {
        joiner->scan->files[origin_of(joiner, row)->file].rows_dropped++;
    }
}

static void sort_out(ca_piece_joiner *joiner)
{
    ca_piece_claim *claim = &joiner->claim;
    size_t at = 0;
    for (unsigned piece = 0; piece <= CA_PIECES; piece++) {
        while (at < claim->count && claim->rows[at].piece < piece) {
            at++;
        }
        claim->from[piece] = at;
    }
    for (size_t i = 1; i < claim->count; i++) {
        ca_piece_row *row = &claim->rows[i];
        row->repeated = row->piece == row[-1].piece && row->piece != CA_PIECE_LINES && row->line_no == row[-1].line_no &&
                        ca_digest_cmp(row->digest, row[-1].digest) == 0;
        if (row->repeated) {    /* repeated lines fall where all lines do */
            drop(joiner, row);
        }
    }
}

/* --- Headers -------------------------------------------------------------------------------- */

static uint8_t status_of(const ca_piece_joiner *joiner, const ca_piece_row *header)
{
    return ca_batch_has(joiner->rows, CA_F_CLAIM_STATUS, header->row)
               ? joiner->rows->columns[CA_F_CLAIM_STATUS].as.choice[header->row]
               : CA_ORIGINAL;
}

static bool is_version(const ca_piece_joiner *joiner, const ca_piece_row *header)
{
    uint8_t status = status_of(joiner, header);
    return status != CA_VOID && status != CA_REVERSAL;
}

static ca_line_head times_of(const ca_piece_joiner *joiner, const ca_piece_row *header)
{
    const ca_batch *rows = joiner->rows;
    unsigned row = header->row;
    return (ca_line_head){
        .paid = ca_batch_has(rows, CA_F_PAID_DATE, row) ? rows->columns[CA_F_PAID_DATE].as.date[row] : CA_DATE_MIN - 1,
        .received = ca_batch_has(rows, CA_F_RECEIVED_DATE, row) ? rows->columns[CA_F_RECEIVED_DATE].as.date[row]
                                                                : CA_DATE_MIN - 1,
        .version = ca_batch_has(rows, CA_F_CLAIM_VERSION, row) ? rows->columns[CA_F_CLAIM_VERSION].as.number[row]
                                                               : INT64_MIN};
}

/* Version order of fields.md; what undoes other claims is the header of lines only where there is no other. */
static bool is_newer(const ca_piece_joiner *joiner, const ca_piece_row *a, const ca_piece_row *b)
{
    ca_line_head time_a = times_of(joiner, a);
    ca_line_head time_b = times_of(joiner, b);
    bool version = is_version(joiner, a);
    if (version != is_version(joiner, b)) {
        return version;
    }
    int order = ca_time_order(&time_a, &time_b);
    return (order ? order : ca_digest_cmp(a->digest, b->digest)) > 0;
}

static void choose_header(ca_piece_joiner *joiner)
{
    ca_piece_claim *claim = &joiner->claim;
    claim->header = NULL;
    for (size_t i = claim->from[CA_PIECE_HEADER]; i < claim->from[CA_PIECE_LINES]; i++) {
        const ca_piece_row *row = &claim->rows[i];
        if (!row->repeated && (!claim->header || is_newer(joiner, row, claim->header))) {
            claim->header = row;
        }
    }
}

/* The other headers: what undoes claims still does, older versions fall. */
static int pass_headers(ca_piece_joiner *joiner, ca_error *err)
{
    ca_piece_claim *claim = &joiner->claim;
    int rc = 0;
    for (size_t i = claim->from[CA_PIECE_HEADER]; rc == 0 && i < claim->from[CA_PIECE_LINES]; i++) {
        const ca_piece_row *row = &claim->rows[i];
        if (row->repeated || row == claim->header) {
            continue;
        }
        if (is_version(joiner, row)) {
            drop(joiner, row);
            joiner->scan->pieces->headers_superseded += joiner->sink->counts;
        } else {
            rc = ca_piece_line(joiner, NULL, row, err);
        }
    }
    return rc;
}

/* --- Lists ---------------------------------------------------------------------------------- */

static bool was_rejected(const ca_piece_joiner *joiner, uint8_t piece)
{
    return joiner->group.mark_count &&
           ca_keyed_find_hash(&joiner->group, joiner->group.hash[joiner->claim.rows[0].row], piece);
}

/* What the lines say in their digest besides their own content: order and content of the lists. */
static ca_digest digest_lists(const ca_piece_claim *claim)
{
    ca_digest sum = {0, 0};
    for (size_t i = claim->from[CA_PIECE_DIAGNOSES]; i < claim->count; i++) {
        const ca_piece_row *row = &claim->rows[i];
        if (!row->repeated) {
            uint64_t parts[] = {sum.high, sum.low, row->piece, row->digest.high, row->digest.low};
            sum = ca_piece_digest(parts, sizeof parts / sizeof *parts);
        }
    }
    return sum;
}

static bool has_rows(const ca_piece_claim *claim, ca_piece piece)
{
    return claim->from[piece + 1] > claim->from[piece];
}

static void look_at_lists(ca_piece_joiner *joiner)
{
    ca_piece_claim *claim = &joiner->claim;
    const ca_pieces *pieces = joiner->scan->pieces;
    claim->lists = digest_lists(claim);
    claim->knows_diagnoses = has_rows(claim, CA_PIECE_DIAGNOSES) && !was_rejected(joiner, CA_PIECE_DIAGNOSES);
    claim->knows_operations = pieces->given[CA_PIECE_OPERATIONS] && !was_rejected(joiner, CA_PIECE_OPERATIONS) &&
                              (claim->header || has_rows(claim, CA_PIECE_OPERATIONS));
}

/* --- Counting ------------------------------------------------------------------------------- */

/* A claim of which something is missing: rules of claims must not judge it, nor say that its patient lacks something. */
static int mark_incomplete(const ca_piece_joiner *joiner, ca_error *err)
{
    const ca_piece_claim *claim = &joiner->claim;
    const ca_batch *rows = joiner->rows;
    const ca_piece_row *header = claim->header ? claim->header : claim->rows;
    bool typed = ca_batch_has(rows, CA_F_CLAIM_TYPE, header->row);
    ca_whose whose = {.claim_id = ca_batch_text(rows, CA_F_CLAIM_ID, header->row),
                      .claim_type = typed ? rows->columns[CA_F_CLAIM_TYPE].as.choice[header->row] : CA_OTHER};
    for (size_t i = 0; !whose.patient_id.ptr && i < claim->count; i++) {
        unsigned row = claim->rows[i].row;
        if (ca_batch_has(rows, CA_F_PATIENT_ID, row) && !ca_is_placeholder(ca_batch_text(rows, CA_F_PATIENT_ID, row))) {
            whose.patient_id = ca_batch_text(rows, CA_F_PATIENT_ID, row);
        }
    }
    return ca_mark_incomplete(joiner->scan, &whose, err);
}

static uint64_t count_rows(const ca_piece_claim *claim, ca_piece from, unsigned end)
{
    uint64_t count = 0;
    for (size_t i = claim->from[from]; i < claim->from[end]; i++) {
        count += !claim->rows[i].repeated;
    }
    return count;
}

static int count_alone(ca_piece_joiner *joiner, ca_error *err)
{
    const ca_piece_claim *claim = &joiner->claim;
    ca_pieces *pieces = joiner->scan->pieces;
    bool lines = has_rows(claim, CA_PIECE_LINES);
    bool headless = !claim->header;
    bool hollow = claim->header && !lines && is_version(joiner, claim->header);
    bool rejected = false;
    if (!joiner->sink->counts) {
        return 0;
    }
    for (uint8_t piece = CA_PIECE_HEADER; piece < CA_PIECES; piece++) {
        rejected |= was_rejected(joiner, piece);
    }
    pieces->headers_alone += hollow;
    pieces->lines_alone += headless ? count_rows(claim, CA_PIECE_LINES, CA_PIECE_DIAGNOSES) : 0;
    pieces->lists_alone += headless ? count_rows(claim, CA_PIECE_DIAGNOSES, CA_PIECES) : 0;
    for (size_t i = 0; headless && !lines && i < claim->count; i++) {
        if (!claim->rows[i].repeated) {
            drop(joiner, &claim->rows[i]);
        }
    }
    bool any = claim->header || lines;
    return any && (headless || hollow || rejected) ? mark_incomplete(joiner, err) : 0;
}

/* --- The claim ------------------------------------------------------------------------------ */

/* Where one claim is asked for: that one, and headers that name it. */
static bool is_asked_for(const ca_piece_joiner *joiner)
{
    const ca_scan_state *scan = joiner->scan;
    const ca_piece_claim *claim = &joiner->claim;
    if (!scan->only_claim.ptr || scan->reversed) {
        return true;
    }
    if (ca_text_eq(ca_batch_text(joiner->rows, CA_F_CLAIM_ID, claim->rows[0].row), scan->only_claim)) {
        return true;
    }
    for (size_t i = claim->from[CA_PIECE_HEADER]; i < claim->from[CA_PIECE_LINES]; i++) {
        unsigned row = claim->rows[i].row;
        if (ca_batch_has(joiner->rows, CA_F_ORIGINAL_CLAIM_ID, row) &&
            ca_text_eq(ca_batch_text(joiner->rows, CA_F_ORIGINAL_CLAIM_ID, row), scan->only_claim)) {
            return true;
        }
    }
    return false;
}

int ca_piece_claim_join(ca_piece_joiner *joiner, size_t from, size_t end, ca_error *err)
{
    ca_piece_claim *claim = &joiner->claim;
    *claim = (ca_piece_claim){.rows = joiner->items + from, .count = end - from};
    sort_out(joiner);
    if (!is_asked_for(joiner)) {
        return 0;
    }
    choose_header(joiner);
    look_at_lists(joiner);
    ca_piece_share_nothing(joiner);
    int rc = count_alone(joiner, err);
    for (size_t i = claim->from[CA_PIECE_LINES]; rc == 0 && i < claim->from[CA_PIECE_DIAGNOSES]; i++) {
        rc = ca_piece_line(joiner, &claim->rows[i], claim->header, err);
    }
    if (rc == 0 && claim->header && !has_rows(claim, CA_PIECE_LINES)) {
        rc = ca_piece_line(joiner, NULL, claim->header, err);
    }
    return rc ? rc : pass_headers(joiner, err);
}
