/* Reversals whose keys do not have the claim: they and the lines they undo meet by their marks in an exchange of their own, and
 * the claims of such lines wait until that has decided. */
#include <string.h>

#include "base/alloc.h"
#include "run/settle_inside.h"

/* What a mark's exchange holds of a line or reversal besides its head: then the claim's id. */
struct __attribute__((packed)) marked {
    uint64_t claim_hash;
    ca_mark mark;
};

struct ca_across {
    ca_exchange *marks;           /* by mark: reversals, and lines that one of them may undo */
    ca_exchange *late;            /* records of claims that wait, then verdicts on their lines */
    ca_mutex *putting;            /* who holds it may put into either; NULL = one thread */
    ca_settled_line *lines;       /* of one hash of marks */
    ca_settled_line **order;
    ca_line_head *heads;
    uint64_t *claim_hash;
    size_t cap;
};

/* --- The filter -------------------------------------------------------------------------------- */

static uint64_t bit_of(const ca_mark *mark)
{
    return mark->digest.low >> (64 - CA_FILTER_BITS);
}

int ca_across_expect(ca_scan_state *scan, ca_error *err)
{
    scan->reversed = ca_arena_array(scan->arena, (size_t)1 << (CA_FILTER_BITS - 6), sizeof *scan->reversed);
    return scan->reversed ? 0 : ca_error_nomem(err);
}

void ca_expect_reversed(ca_scan_state *scan, const ca_mark *mark)
{
    uint64_t bit = bit_of(mark);
    scan->reversed[bit / 64] |= UINT64_C(1) << (bit % 64);
    scan->any_reversed = true;
}

static bool may_fall(const ca_scan_state *scan, const ca_settled_line *line)
{
    return line->head->live && line->head->marked == CA_MARK_ACROSS && ca_stands(line) &&
           ca_bit(scan->reversed, (unsigned)bit_of(line->mark));
}

/* --- While claims are settled ------------------------------------------------------------------ */

int ca_across_begin(ca_scan_state *scan, ca_error *err)
{
    if (!scan->any_reversed) {
        return 0;
    }
    scan->across = ca_alloc_zero(1, sizeof *scan->across);
    if (!scan->across) {
        return ca_error_nomem(err);
    }
    scan->across->putting = scan->options->jobs > 1 ? ca_mutex_new() : NULL;
    if (scan->options->jobs > 1 && !scan->across->putting) {
        return ca_error_nomem(err);
    }
    int rc = ca_exchange_new(scan->temporary, "reversals", &scan->across->marks, err);
    return rc ? rc : ca_exchange_new(scan->temporary, "late", &scan->across->late, err);
}

void ca_across_end(ca_scan_state *scan)
{
    ca_across *across = scan->across;
    if (across) {
        ca_exchange_free(across->marks);
        ca_exchange_free(across->late);
        ca_mutex_free(across->putting);
        ca_free(across->lines);
        ca_free(across->order);
        ca_free(across->heads);
        ca_free(across->claim_hash);
        ca_free(across);
        scan->across = NULL;
    }
}

static int put_marked(ca_scan_state *scan, const ca_settled_line *line, uint64_t claim_hash, ca_error *err)
{
    ca_line_head head = *line->head;
    struct marked marked = {claim_hash, *line->mark};
    uint8_t bytes[1 + sizeof head];
    head.id_length = (uint32_t)line->claim_id.len;
    bool usual = ca_head_is_usual(&head);
    ca_put_head(bytes, &head, usual);
    ca_buf_clear(&scan->bytes);
    ca_buf_add(&scan->bytes, bytes, ca_head_size(usual));
    ca_buf_add(&scan->bytes, &marked, sizeof marked);
    ca_buf_add_text(&scan->bytes, line->claim_id);
    return scan->bytes.failed ? ca_error_nomem(err)
                              : ca_exchange_put(scan->across->marks, marked.mark.digest.low, scan->bytes.ptr,
                                                scan->bytes.len, err);
}

static bool reverses(const ca_settled_line *line)
{
    return line->head->status == CA_REVERSAL && line->head->marked == CA_MARK_ACROSS && ca_stands(line);
}

static int put_hash(ca_settling *settling, const ca_exchange_record *records, size_t count, bool waits, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < settling->lines.count; i++) {
        const ca_settled_line *line = &settling->lines.items[i];
        rc = may_fall(scan, line) || reverses(line) ? put_marked(scan, line, records->hash, err) : 0;
    }
    for (size_t i = 0; rc == 0 && waits && i < count; i++) {
        rc = ca_exchange_put(scan->across->late, records[i].hash, records[i].bytes, records[i].len, err);
    }
    return rc;
}

int ca_across_put(ca_settling *settling, const ca_exchange_record *records, size_t count, bool *ret_waits, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    bool waits = false, any = false;
    for (size_t i = 0; i < settling->lines.count; i++) {
        bool falls = may_fall(scan, &settling->lines.items[i]);
        waits |= falls;
        any |= falls || reverses(&settling->lines.items[i]);
    }
    *ret_waits = waits;
    if (!any) {
        return 0;
    }
    ca_mutex_lock(scan->across->putting);
    int rc = put_hash(settling, records, count, waits, err);
    ca_mutex_unlock(scan->across->putting);
    return rc;
}

/* --- Then -------------------------------------------------------------------------------------- */

static int put_verdict(ca_scan_state *scan, const ca_settled_line *line, uint64_t claim_hash, ca_error *err)
{
    ca_line_head by = *line->undone_by;
    uint8_t bytes[1 + sizeof by];
    ca_buf_clear(&scan->bytes);
    by.record = CA_RECORD_UNDONE;
    ca_put_head(bytes, &by, false);
    ca_buf_add(&scan->bytes, bytes, ca_head_size(false));
    ca_put_head(bytes, line->head, false);
    ca_buf_add(&scan->bytes, bytes, ca_head_size(false));
    return scan->bytes.failed ? ca_error_nomem(err)
                              : ca_exchange_put(scan->across->late, claim_hash, scan->bytes.ptr, scan->bytes.len, err);
}

static int make_room(ca_across *across, size_t count, ca_error *err)
{
    if (count <= across->cap) {
        return 0;
    }
    across->cap = 0;
    ca_free(across->lines);
    ca_free(across->order);
    ca_free(across->heads);
    ca_free(across->claim_hash);
    across->lines = ca_realloc_array(NULL, count, sizeof *across->lines);
    across->order = ca_realloc_array(NULL, count, sizeof(ca_settled_line *));
    across->heads = ca_realloc_array(NULL, count, sizeof *across->heads);
    across->claim_hash = ca_realloc_array(NULL, count, sizeof *across->claim_hash);
    if (!across->lines || !across->order || !across->heads || !across->claim_hash) {
        return ca_error_nomem(err);
    }
    across->cap = count;
    return 0;
}

static int take_marked(ca_across *across, size_t i, const ca_exchange_record *record, ca_error *err)
{
    const uint8_t *end = record->bytes + record->len;
    const uint8_t *rest = ca_take_head(record->bytes, end, &across->heads[i]);
    const struct marked *marked = (const struct marked *)rest;
    if (!rest || (uint64_t)(end - rest) < sizeof *marked + (uint64_t)across->heads[i].id_length) {
        return ca_damaged_record(err);
    }
    const char *id = (const char *)(marked + 1);
    across->claim_hash[i] = marked->claim_hash;
    across->lines[i] = (ca_settled_line){
        .head = &across->heads[i], .claim_id = {id, across->heads[i].id_length}, .mark = &marked->mark};
    across->order[i] = &across->lines[i];
    return 0;
}

/* Records of one hash of marks: mostly one mark. */
static int net_hash(ca_scan_state *scan, const ca_exchange_record *records, size_t count, ca_error *err)
{
    ca_across *across = scan->across;
    int rc = make_room(across, count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = take_marked(across, i, &records[i], err);
    }
    if (rc == 0) {
        ca_net_marked(scan, across->order, count);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = across->lines[i].undone ? put_verdict(scan, &across->lines[i], across->claim_hash[i], err) : 0;
    }
    return rc;
}

static int net_group(ca_scan_state *scan, const ca_exchange_group *group, ca_error *err)
{
    int rc = 0;
    for (size_t from = 0, to; rc == 0 && from < group->count; from = to) {
        for (to = from; to < group->count && group->records[to].hash == group->records[from].hash;) {
            to++;
        }
        rc = net_hash(scan, group->records + from, to - from, err);
    }
    return rc;
}

int ca_across_net(ca_scan_state *scan, ca_error *err)
{
    ca_exchange_group group;
    ca_exchange_reader *reader = NULL;
    int rc = ca_exchange_finish(scan->across->marks, err);
    rc = rc ? rc : ca_exchange_reader_new(scan->across->marks, 0, &reader, err);
    while (rc == 0 && (rc = ca_exchange_next(reader, &group, err)) == 0) {
        rc = net_group(scan, &group, err);
    }
    ca_exchange_reader_free(reader);
    rc = rc == CA_END ? 0 : rc;
    return rc ? rc : ca_exchange_finish(scan->across->late, err);
}

const ca_exchange *ca_across_late(const ca_scan_state *scan)
{
    return scan->across->late;
}
