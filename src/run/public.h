/* What the two files behind include/claimaudit.h share. */
#ifndef CA_RUN_PUBLIC_H
#define CA_RUN_PUBLIC_H

#include "claimaudit.h"
#include "run/state.h"

/* public_finding.c: hands the hits of active rules to on_finding; *ret_stopped is what it returned when not 0. */
int ca_deliver(ca_scan_state *scan, claimaudit_on_finding on_finding, void *context, int *ret_stopped,
               ca_error *err);

#endif
