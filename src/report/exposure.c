/* What findings come to: every line once, with the largest of its shares; beside it, never added, what lies on entities.
 * Sums are made here and not in SQL, which has none that stops at the largest number. */
#include "report/inner.h"

#include <stdio.h>
#include <string.h>

/* A row a line, a rest of lines or an entity: currency, decimals, what it is, amount. `of` says which findings. */
#define PARTS_OF(of)                                                                                                    \
    "WITH chosen AS MATERIALIZED (" of ")"                                                                              \
    " SELECT currency, minor_digits, 'line', max(l.exposure) FROM chosen JOIN finding_line l USING(finding_id)"        \
    "  WHERE exposure_scope = 'lines' GROUP BY currency, l.claim_type, l.claim_id, l.claim_part, l.line_no"            \
    " UNION ALL SELECT currency, minor_digits, 'line', others_exposure FROM chosen"                                    \
    "  WHERE exposure_scope = 'lines' AND others > 0"                                                                  \
    " UNION ALL SELECT currency, minor_digits, exposure_scope || '-finding', exposure FROM chosen ORDER BY 1"

static const char of_run[] = PARTS_OF(
    "SELECT finding_id, r.currency, r.minor_digits, f.exposure_scope, f.exposure, f.others, f.others_exposure"
    " FROM finding f JOIN run r USING(run_id) JOIN run_rule rr USING(run_id, rule_no)"
    " WHERE finding_id >= CAST(?1 AS INTEGER) AND f.run_id = CAST(?2 AS INTEGER) AND f.outcome = 'hit' AND f.live"
    " AND rr.status <> 'shadow'");

static const char of_filter[] = PARTS_OF(
    "SELECT v.finding_id, v.currency, r.minor_digits, v.exposure_scope, v.exposure, f.others, f.others_exposure"
    " FROM v_findings v JOIN (SELECT finding_id, others, others_exposure FROM finding) f USING(finding_id)"
    " JOIN (SELECT run_id AS its_run, minor_digits FROM run) r ON its_run = v.run_id" CA_FINDING_WHERE);

typedef struct ca_adding {
    ca_exposure total;
    char currency[16];
    ca_exposure_visit visit;
    void *context;
} ca_adding;

static void add(int64_t *total, int64_t amount)
{
    if (__builtin_add_overflow(*total, amount, total)) {
        *total = INT64_MAX;    /* none is negative */
    }
}

static void add_part(ca_exposure *total, ca_text what, ca_text cell)
{
    int64_t amount = 0;
    bool known = cell.ptr && ca_text_to_int(cell, &amount);
    if (ca_text_is(what, "line")) {
        add(&total->lines, amount);
        return;
    }
    total->findings++;
    total->missing += !known;
    if (ca_text_is(what, "entity-finding")) {
        add(&total->entities, amount);
    }
}

static int end_currency(ca_adding *adding)
{
    return adding->total.findings && adding->visit ? adding->visit(adding->context, &adding->total) : 0;
}

static int take_part(void *context, const ca_report_row *row)
{
    ca_adding *adding = context;
    int64_t digits = 0;
    int rc = 0;
    if (!ca_text_is(row->cells[0], adding->currency)) {
        rc = end_currency(adding);
        snprintf(adding->currency, sizeof adding->currency, "%.*s", (int)row->cells[0].len, row->cells[0].ptr);
        ca_text_to_int(row->cells[1], &digits);
        adding->total = (ca_exposure){.currency = adding->currency, .minor_digits = (int)digits};
    }
    add_part(&adding->total, row->cells[2], row->cells[3]);
    return rc;
}

int ca_report_exposure(ca_report *report, const ca_finding_filter *filter, ca_exposure_visit visit, void *context,
                       ca_error *err)
{
    ca_adding adding = {.visit = visit, .context = context};
    ca_finding_values values;
    ca_finding_values_set(&values, filter);
    int rc = ca_report_query(report, of_filter, values.list, CA_FINDING_VALUES - 1, take_part, &adding, err);
    return rc ? rc : end_currency(&adding);
}

int ca_report_store_exposure(ca_report *report, ca_error *err)
{
    ca_adding adding = {0};
    ca_sql to;
    char first[24];
    char run[24];
    snprintf(first, sizeof first, "%lld", (long long)report->first_finding);
    snprintf(run, sizeof run, "%lld", (long long)report->run);
    const char *values[] = {first, run};
    int rc = report->first_finding ? ca_report_query(report, of_run, values, 2, take_part, &adding, err) : 0;
    rc = rc ? rc : ca_sql_start(report, CA_SQL_EXPOSURE, &to, err);
    if (rc) {
        return rc;
    }
    ca_sql_number(&to, report->run);
    ca_sql_number(&to, adding.total.lines);
    ca_sql_number(&to, adding.total.entities);
    ca_sql_count(&to, adding.total.missing);
    return ca_sql_finish(report, &to, err);
}
