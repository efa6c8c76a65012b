/* A line of a claim that came in several files: its own row, what the header says of the claim, and the lists of
 * diagnoses and operations. */
#include "run/pieces.h"

#include <string.h>

#include "map/record.h"

ca_digest ca_piece_digest(const uint64_t *words, size_t count)
{
    char bytes[8 * sizeof *words];
    char *to = bytes;
    for (size_t i = 0; i < count; i++) {
        to = ca_record_put64(to, words[i]);
    }
    return ca_hash128(bytes, count * sizeof *words);
}

void ca_piece_share_nothing(ca_piece_joiner *joiner)
{
    for (unsigned c = 0; c < joiner->scan->setup->schema.count; c++) {
        joiner->shared[c] = CA_NOT_SHARED;
    }
}

/* --- Lists ---------------------------------------------------------------------------------- */

static void add_code(ca_piece_joiner *joiner, uint32_t code)
{
    ca_buf_add(&joiner->codes, &code, sizeof code);
}

/* The principal diagnosis of the first row that says it has one, else the header's. */
static bool find_principal(const ca_piece_joiner *joiner, uint32_t *ret_code)
{
    const ca_piece_claim *claim = &joiner->claim;
    const ca_column *column = &joiner->rows->columns[CA_F_PRINCIPAL_DIAGNOSIS];
    for (size_t i = claim->from[CA_PIECE_DIAGNOSES]; i < claim->from[CA_PIECE_OPERATIONS]; i++) {
        if (ca_batch_has(joiner->rows, CA_F_PRINCIPAL_DIAGNOSIS, claim->rows[i].row)) {
            *ret_code = column->as.code[claim->rows[i].row];
            return true;
        }
    }
    if (claim->header && ca_batch_has(joiner->rows, CA_F_PRINCIPAL_DIAGNOSIS, claim->header->row)) {
        *ret_code = column->as.code[claim->header->row];
        return true;
    }
    return false;
}

/* Codes of the rows of a piece in order, without one of them. */
static void add_codes(ca_piece_joiner *joiner, ca_piece piece, unsigned column, const uint32_t *without)
{
    const ca_piece_claim *claim = &joiner->claim;
    const ca_batch *rows = joiner->rows;
    for (size_t i = claim->from[piece]; i < claim->from[piece + 1]; i++) {
        const ca_piece_row *item = &claim->rows[i];
        if (item->repeated || !ca_batch_has(rows, column, item->row)) {
            continue;
        }
        ca_slice slice = rows->columns[column].as.slice[item->row];
        for (uint32_t k = 0; k < slice.len; k++) {
            uint32_t code = rows->list_codes[slice.from + k];
            if (!without || code != *without) {
                add_code(joiner, code);
            }
        }
    }
}

static int put_list(ca_piece_joiner *joiner, unsigned column, unsigned row)
{
    ca_batch *to = joiner->scan->batch;
    if (joiner->codes.failed || ca_batch_use(to, column)) {
        return CA_NOMEM;
    }
    ca_bit_set(to->columns[column].present, row);
    return ca_batch_add_codes(to, (const uint32_t *)(const void *)joiner->codes.ptr, joiner->codes.len / sizeof(uint32_t),
                              &to->columns[column].as.slice[row]);
}

static int put_principal(ca_piece_joiner *joiner, unsigned row)
{
    ca_batch *to = joiner->scan->batch;
    uint32_t code;
    if (!find_principal(joiner, &code)) {
        return 0;
    }
    int rc = ca_batch_use(to, CA_F_PRINCIPAL_DIAGNOSIS);
    if (rc == 0) {
        to->columns[CA_F_PRINCIPAL_DIAGNOSIS].as.code[row] = code;
        ca_bit_set(to->columns[CA_F_PRINCIPAL_DIAGNOSIS].present, row);
    }
    return rc;
}

static int put_diagnoses(ca_piece_joiner *joiner, unsigned column, unsigned row)
{
    uint32_t principal;
    bool found = find_principal(joiner, &principal);
    ca_buf_clear(&joiner->codes);
    if (found && column == CA_F_DIAGNOSES) {
        add_code(joiner, principal);
    }
    add_codes(joiner, CA_PIECE_DIAGNOSES, CA_F_OTHER_DIAGNOSES, found ? &principal : NULL);
    return put_list(joiner, column, row);
}

/* --- Values --------------------------------------------------------------------------------- */

static bool is_diagnosis(unsigned column)
{
    return column == CA_F_PRINCIPAL_DIAGNOSIS || column == CA_F_OTHER_DIAGNOSES || column == CA_F_DIAGNOSES;
}

/* What the claim says, for its first line in the batch. */
static int put_of_claim(ca_piece_joiner *joiner, const ca_piece_row *header, unsigned column, unsigned row)
{
    const ca_piece_claim *claim = &joiner->claim;
    const ca_pieces *pieces = joiner->scan->pieces;
    if (is_diagnosis(column) && pieces->given[CA_PIECE_DIAGNOSES]) {
        if (!claim->knows_diagnoses) {
            return 0;
        }
        return column == CA_F_PRINCIPAL_DIAGNOSIS ? put_principal(joiner, row) : put_diagnoses(joiner, column, row);
    }
    if (column == CA_F_CLAIM_PROCEDURES && pieces->given[CA_PIECE_OPERATIONS]) {
        ca_buf_clear(&joiner->codes);
        add_codes(joiner, CA_PIECE_OPERATIONS, column, NULL);
        return claim->knows_operations ? put_list(joiner, column, row) : 0;
    }
    return header ? ca_batch_copy(joiner->rows, header->row, column, joiner->scan->batch, row) : 0;
}

static bool is_of_header(unsigned column)
{
    return column == CA_F_CLAIM_STATUS || is_diagnosis(column);
}

static int put_value(ca_piece_joiner *joiner, const ca_piece_row *line, const ca_piece_row *header, unsigned column,
                     unsigned row)
{
    ca_batch *to = joiner->scan->batch;
    if (line && ca_batch_has(joiner->rows, column, line->row) && !is_of_header(column)) {
        return ca_batch_copy(joiner->rows, line->row, column, to, row);
    }
    bool shared = header == joiner->claim.header;
    if (shared && joiner->shared[column] != CA_NOT_SHARED) {
        ca_batch_repeat(to, joiner->shared[column], column, row);
        return 0;
    }
    int rc = put_of_claim(joiner, header, column, row);
    if (rc == 0 && shared) {
        joiner->shared[column] = row;
    }
    return rc;
}

/* --- The line ------------------------------------------------------------------------------- */

static int set_choice(ca_batch *to, unsigned column, unsigned row, uint8_t choice)
{
    int rc = ca_batch_use(to, column);
    if (rc == 0) {
        to->columns[column].as.choice[row] = choice;
        ca_bit_set(to->columns[column].present, row);
    }
    return rc;
}

/* Where only headers say the type of a claim it is theirs, whatever else a line says. */
static int put_type(ca_piece_joiner *joiner, const ca_piece_row *header, unsigned row)
{
    ca_batch *to = joiner->scan->batch;
    bool typed = joiner->scan->setup->profile->pieces_by_type;
    if (ca_batch_has(to, CA_F_CLAIM_TYPE, row) && (typed || !header)) {
        return 0;
    }
    return set_choice(to, CA_F_CLAIM_TYPE, row,
                      header ? joiner->rows->columns[CA_F_CLAIM_TYPE].as.choice[header->row] : CA_OTHER);
}

/* A header that undoes and names no other claim means its own. */
static int name_claim(ca_piece_joiner *joiner, unsigned row)
{
    ca_batch *to = joiner->scan->batch;
    uint8_t status = to->columns[CA_F_CLAIM_STATUS].as.choice[row];
    if ((status != CA_VOID && status != CA_REVERSAL) || ca_batch_has(to, CA_F_ORIGINAL_CLAIM_ID, row)) {
        return 0;
    }
    int rc = ca_batch_use(to, CA_F_ORIGINAL_CLAIM_ID);
    if (rc == 0) {
        to->columns[CA_F_ORIGINAL_CLAIM_ID].as.slice[row] = to->columns[CA_F_CLAIM_ID].as.slice[row];
        ca_bit_set(to->columns[CA_F_ORIGINAL_CLAIM_ID].present, row);
    }
    return rc;
}

static ca_digest digest_of(const ca_piece_joiner *joiner, const ca_piece_row *line, const ca_piece_row *header)
{
    const ca_digest none = {0, 0};
    ca_digest a = line ? line->digest : none;
    ca_digest b = header ? header->digest : none;
    const uint64_t words[] = {a.high, a.low, b.high, b.low, joiner->claim.lists.high, joiner->claim.lists.low};
    return ca_piece_digest(words, sizeof words / sizeof *words);
}

static int fill(ca_piece_joiner *joiner, const ca_piece_row *line, const ca_piece_row *header, unsigned row)
{
    const ca_pieces *pieces = joiner->scan->pieces;
    ca_batch *to = joiner->scan->batch;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < pieces->column_count; i++) {
        rc = put_value(joiner, line, header, pieces->columns[i], row);
    }
    if (rc == 0 && !ca_batch_has(to, CA_F_CLAIM_STATUS, row)) {
        rc = set_choice(to, CA_F_CLAIM_STATUS, row, CA_ORIGINAL);
    }
    rc = rc ? rc : put_type(joiner, header, row);
    return rc || line ? rc : name_claim(joiner, row);
}

static int make_room(ca_piece_joiner *joiner, ca_error *err)
{
    if (joiner->scan->batch->rows < joiner->scan->batch->capacity) {
        return 0;
    }
    ca_piece_share_nothing(joiner);
    return joiner->sink->full(joiner->sink->context, err);
}

int ca_piece_line(ca_piece_joiner *joiner, const ca_piece_row *line, const ca_piece_row *header, ca_error *err)
{
    ca_scan_state *scan = joiner->scan;
    ca_batch *to = scan->batch;
    const ca_piece_row *source = line ? line : header;
    const ca_origin *origin = &joiner->rows->origin[source->row];
    if (joiner->sink->takes && !joiner->sink->takes(joiner->sink->context, origin, source->line_no)) {
        return 0;
    }
    int rc = make_room(joiner, err);
    if (rc) {
        return rc;
    }
    unsigned row = to->rows++;
    if (fill(joiner, line, header, row)) {
        ca_batch_cut(to, row);
        return ca_error_nomem(err);
    }
    to->origin[row] = *origin;
    to->digest[row] = digest_of(joiner, line, header);
    if (!header || ca_bit(joiner->rows->live, header->row)) {
        ca_bit_set(to->live, row);
    }
    scan->row_lines[row] = 1;
    scan->files[origin->file].lines += !line && joiner->sink->counts;
    return joiner->sink->added ? joiner->sink->added(joiner->sink->context, row, err) : 0;
}
