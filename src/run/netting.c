/* Reversals that find their lines by keys: in version order each undoes the latest live line that is not later and agrees;
 * each line falls once. What rows that name a claim or line take out is in netting_named.c. */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define NO_DATE (CA_DATE_MIN - 1)

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* --- In the stream: what makes a line and its reversal agree, as a hash ---------------------------- */

static bool add_value(const ca_batch *batch, unsigned column, unsigned row, bool negate, ca_buf *bytes)
{
    const ca_column *of = &batch->columns[column];
    if (!ca_batch_has(batch, column, row)) {
        return false;
    }
    ca_buf_add(bytes, (const char *)&column, sizeof column);
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY: {
        int64_t number = negate ? -of->as.number[row] : of->as.number[row];    /* no number is INT64_MIN */
        ca_buf_add(bytes, (const char *)&number, sizeof number);
        return true;
    }
    case CA_TYPE_DATE:
        ca_buf_add(bytes, (const char *)&of->as.date[row], sizeof of->as.date[row]);
        return true;
    case CA_TYPE_CODE:
        ca_buf_add(bytes, (const char *)&of->as.code[row], sizeof of->as.code[row]);
        return true;
    case CA_TYPE_ENUM:
        ca_buf_add(bytes, (const char *)&of->as.choice[row], sizeof of->as.choice[row]);
        return true;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT: {
        ca_text text = ca_batch_text(batch, column, row);
        ca_buf_add(bytes, (const char *)&text.len, sizeof text.len);
        ca_buf_add_text(bytes, text);
        return true;
    }
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;    /* the profile may not name lists */
    }
    return false;
}

/* That both lack the value agrees, too. */
static bool add_same(const ca_batch *batch, unsigned column, unsigned row, ca_buf *bytes)
{
    bool there = ca_batch_has(batch, column, row);
    ca_buf_add_char(bytes, there ? 1 : 0);
    return !there || add_value(batch, column, row, false, bytes);
}

/* Equal for a live line and for the reversal that undoes it. A line without one of the values has none. */
int ca_mark_line(ca_scan_state *scan, unsigned row, ca_mark *ret_mark, uint8_t *ret_marked, ca_error *err)
{
    const ca_batch *batch = scan->batch;
    const ca_reversal *reversal = scan->files[batch->origin[row].file].reversal;
    uint8_t type = batch->columns[CA_F_CLAIM_TYPE].as.choice[row];
    uint8_t status = batch->columns[CA_F_CLAIM_STATUS].as.choice[row];
    bool negate = ca_batch_has(batch, CA_F_CLAIM_STATUS, row) && status == CA_REVERSAL;
    bool whole = reversal && reversal->mode == CA_REVERSAL_BY_KEYS && (negate || ca_bit(batch->live, row));
    ca_buf_clear(&scan->more_bytes);
    ca_buf_add(&scan->more_bytes, (const char *)&type, sizeof type);
    for (size_t i = 0; whole && i < reversal->key_count; i++) {
        whole = add_value(batch, reversal->keys[i], row, false, &scan->more_bytes);
    }
    for (size_t i = 0; whole && i < reversal->same_count; i++) {
        whole = add_same(batch, reversal->same[i], row, &scan->more_bytes);
    }
    for (size_t i = 0; whole && i < reversal->opposite_count; i++) {
        whole = add_value(batch, reversal->opposite[i], row, negate, &scan->more_bytes);
    }
    *ret_marked = !whole ? CA_MARK_NONE : reversal->across ? CA_MARK_ACROSS : CA_MARK_WITHIN;
    if (!whole || scan->more_bytes.failed) {
        return whole ? ca_error_nomem(err) : 0;
    }
    ret_mark->digest = ca_hash128(scan->more_bytes.ptr, scan->more_bytes.len);
    if (negate && reversal->across) {
        ca_expect_reversed(scan, ret_mark);
    }
    ret_mark->service_date = ca_batch_has(batch, CA_F_SERVICE_DATE, row)
                                 ? batch->columns[CA_F_SERVICE_DATE].as.date[row]
                                 : NO_DATE;
    return 0;
}

/* A row that names a claim leaves a note where that claim is settled. */
bool ca_names_claim(const ca_scan_state *scan, unsigned row)
{
    const ca_batch *batch = scan->batch;
    uint8_t status = batch->columns[CA_F_CLAIM_STATUS].as.choice[row];
    bool other = ca_batch_has(batch, CA_F_CLAIM_STATUS, row) && status != CA_ORIGINAL && status != CA_DENIED;
    if (!other || !ca_batch_has(batch, CA_F_ORIGINAL_CLAIM_ID, row)) {
        return false;
    }
    if (status == CA_REVERSAL) {
        const ca_reversal *reversal = scan->files[batch->origin[row].file].reversal;
        return reversal && reversal->mode == CA_REVERSAL_OF_CLAIM;
    }
    return status == CA_VOID || !ca_text_eq(ca_batch_text(batch, CA_F_ORIGINAL_CLAIM_ID, row),
                                            ca_batch_text(batch, CA_F_CLAIM_ID, row));
}

/* --- When claims are settled --------------------------------------------------------------------- */

static bool is_reversal(const ca_settled_line *line)
{
    return line->head->status == CA_REVERSAL;
}

bool ca_stands(const ca_settled_line *line)
{
    return !line->dropped && !line->undone;
}

/* Lines that agree beside one another, oldest first; of the same time the reversals last, then in the total order. */
static int by_mark(const void *left, const void *right)
{
    const ca_settled_line *a = *(ca_settled_line *const *)left;
    const ca_settled_line *b = *(ca_settled_line *const *)right;
    int order = ca_digest_cmp(a->mark->digest, b->mark->digest);
    order = order ? order : ca_time_order(a->head, b->head);
    order = order ? order : compare(is_reversal(a), is_reversal(b));
    order = order ? order : compare(a->mark->service_date, b->mark->service_date);
    order = order ? order : ca_claim_order(a, b);
    order = order ? order : compare(a->head->line_no, b->head->line_no);
    return order ? order : ca_digest_cmp(a->head->digest, b->head->digest);
}

/* `marked` are lines of one mark in the order of by_mark: each reversal takes the last line before it that still stands. The
 * lines that stand are kept at the front of the array itself. */
static void net_agreeing(ca_scan_state *scan, ca_settled_line **marked, size_t count)
{
    size_t standing = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_reversal(marked[i])) {
            marked[standing++] = marked[i];
        } else if (standing) {
            marked[--standing]->undone = true;
            marked[standing]->undone_by = marked[i]->head;
            scan->net.reversals_answered++;
        }
    }
}

void ca_net_marked(ca_scan_state *scan, ca_settled_line **lines, size_t count)
{
    if (count) {
        qsort(lines, count, sizeof *lines, by_mark);
    }
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && ca_digest_cmp(lines[from]->mark->digest, lines[to]->mark->digest) == 0;) {
            to++;
        }
        net_agreeing(scan, lines + from, to - from);
    }
}

/* What something else takes out already is not there for a reversal. */
static bool takes_part(const ca_settled_line *line)
{
    return line->head->marked == CA_MARK_WITHIN && ca_stands(line);
}

static int net_by_keys(ca_scan_state *scan, ca_settled_line *lines, size_t count, ca_error *err)
{
    size_t marked = 0, reversals = 0;
    for (size_t i = 0; i < count; i++) {
        marked += takes_part(&lines[i]);
        reversals += takes_part(&lines[i]) && is_reversal(&lines[i]);
    }
    if (reversals == 0) {
        return 0;
    }
    ca_settled_line **items = ca_realloc_array(NULL, marked, sizeof(ca_settled_line *));
    if (!items) {
        return ca_error_nomem(err);
    }
    marked = 0;
    for (size_t i = 0; i < count; i++) {
        if (takes_part(&lines[i])) {
            items[marked++] = &lines[i];
        }
    }
    ca_net_marked(scan, items, marked);
    ca_free(items);
    return 0;
}

/* Each that a layout gives something to undo; those that find no line stay unanswered. */
static void count_reversals(ca_scan_state *scan, const ca_settled_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        scan->net.reversals += is_reversal(&lines[i]) && !lines[i].dropped && scan->files[lines[i].head->origin.file].reversal;
    }
}

int ca_net_lines(ca_scan_state *scan, ca_settled_line *lines, size_t count, ca_settled_line *notes,
                 size_t note_count, ca_error *err)
{
    count_reversals(scan, lines, count);
    ca_net_named(scan, lines, count, notes, note_count);
    return net_by_keys(scan, lines, count, err);
}
