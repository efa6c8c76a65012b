/* Rejected rows whose claim or patient could be read all the same: claim rules must not judge a claim that lacks a line,
 * and that a patient has no such line cannot be said. */
#include "run/state.h"

#include <string.h>

static int mark_patient(ca_scan_state *scan, ca_text patient_id, ca_error *err)
{
    uint64_t position;
    int rc = 0;
    if (!scan->incomplete_patients) {
        const char *path = ca_arena_printf(scan->arena, "%s/incomplete", scan->work);
        rc = path ? ca_spool_new(scan->options->disk, path, &scan->incomplete_patients, err) : ca_error_nomem(err);
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
        rc = mark_patient(scan, whose->patient_id, err);
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
