/* Rejected rows whose claim or patient could be read all the same: claim rules must not judge a claim that lacks a line,
 * and that a patient has no such line cannot be said. */
#include "run/several.h"
#include "run/state.h"

#include <string.h>

/* One thread at a time reads rows. */
static int mark_patient(ca_scan_state *scan, ca_text patient_id, ca_error *err)
{
    uint64_t position;
    int rc = 0;
    if (!scan->incomplete_patients) {
        rc = ca_spool_new(scan->temporary, "incomplete", &scan->incomplete_patients, err);
    }
    return rc ? rc : ca_spool_add(scan->incomplete_patients, patient_id.ptr, patient_id.len, &position, err);
}

int ca_mark_incomplete(ca_scan_state *scan, const ca_whose *whose, ca_error *err)
{
    int rc = 0;
    if (!whose) {
        return 0;
    }
    if (whose->claim_id.ptr) {
        ca_line_head head = {.record = CA_RECORD_INCOMPLETE, .claim_type = whose->claim_type};
        rc = ca_put_note(scan, &head, whose->claim_id, err);
    }
    if (rc == 0 && whose->patient_id.ptr) {
        rc = mark_patient(scan->run ? scan->run : scan, whose->patient_id, err);
    }
    return rc;
}

int ca_incomplete_patient(ca_scan_state *scan, uint64_t *cursor, ca_buf *bytes, ca_text *ret_patient_id, ca_error *err)
{
    uint64_t position;
    int rc = scan->incomplete_patients ? ca_spool_next(scan->incomplete_patients, cursor, &position, bytes, err) : CA_END;
    if (rc == 0) {
        *ret_patient_id = ca_buf_text(bytes);
    }
    return rc;
}

/* --- Their marks for rules of several lines ------------------------------------------------------------- */

static int mark_lines_of(ca_route *route, ca_batch *one, ca_text patient_id, ca_error *err)
{
    uint64_t hash;
    uint64_t whole;
    ca_batch_clear(one);
    if (ca_batch_add_bytes(one, patient_id, &one->columns[CA_F_PATIENT_ID].as.slice[0])) {
        return ca_error_nomem(err);
    }
    ca_bit_set(one->columns[CA_F_PATIENT_ID].present, 0);
    one->rows = 1;
    ca_keyed_hash(route->exchange, one, NULL, &hash, &whole);
    const ca_keyed_mark mark = {.hash = hash, .kind = CA_MARK_INCOMPLETE};
    return ca_keyed_put_mark(route->writer, &mark, err);
}

static int mark_patients(ca_scan_state *scan, ca_route *route, ca_error *err)
{
    uint64_t cursor = 0;
    ca_text patient_id;
    ca_batch *one = ca_batch_new(&scan->setup->schema, 1);
    int rc = one && ca_batch_use(one, CA_F_PATIENT_ID) == 0 ? 0 : ca_error_nomem(err);
    while (rc == 0 && (rc = ca_incomplete_patient(scan, &cursor, &scan->bytes, &patient_id, err)) == 0) {
        rc = mark_lines_of(route, one, patient_id, err);
    }
    ca_batch_free(one);
    return rc == CA_END ? 0 : rc;
}

int ca_several_incomplete(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        if (route->key_count == 1 && route->key[0] == CA_F_PATIENT_ID) {
            rc = mark_patients(scan, route, err);
        }
    }
    return rc;
}
