/* Reads the claim files with an eye for one claim: its lines go the way of every night, all others are read past. */
#include "run/explain_claim_inside.h"
#include "run/several.h"

/* The exchange of an earlier reading has been emptied. */
static int renew_exchange(ca_scan_state *scan, ca_error *err)
{
    ca_exchange_free(scan->exchange);
    scan->exchange = NULL;
    return ca_exchange_new(scan->temporary, "exchange", &scan->exchange, err);
}

int ca_look_at_claim(ca_scan_state *scan, const ca_look *look, ca_error *err)
{
    ca_several_close(scan);    /* these rules want the lines of all claims */
    scan->several = NULL;
    scan->only_claim = look->claim_id;
    scan->observe = look->observe;
    scan->observe_lines = look->observe_lines;
    scan->observe_context = look->context;
    ca_batch_clear(scan->batch);
    int rc = renew_exchange(scan, err);
    rc = rc ? rc : ca_read_claims(scan, err);
    return rc ? rc : ca_settle(scan, err);
}
