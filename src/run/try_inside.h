/* What the files that try rules out share. */
#ifndef CA_RUN_TRY_INSIDE_H
#define CA_RUN_TRY_INSIDE_H

#include "run/state.h"
#include "run/try.h"

/* try_case.c: a finding as a test case; reads the claim files again. */
int ca_try_case(ca_scan_state *scan, const ca_finding *finding, ca_text *ret_case, ca_error *err);

/* try_names.c: identifiers to C1, P1, N1 … the same one to the same name, whatever its column. */
typedef struct ca_stand_in {
    ca_text value, name;
} ca_stand_in;

typedef struct ca_stand_ins {
    const ca_rule *rule;
    ca_arena *arena;
    ca_stand_in *items;
    size_t count, cap;
    unsigned counts[128];    /* by letter */
    bool failed;             /* memory ran out */
} ca_stand_ins;
/* column: of the schema; CA_FIELD_COUNT for a key of a table. */
ca_text ca_stand_in_for(ca_stand_ins *names, const ca_schema *schema, unsigned column, ca_text value);

/* try_table.c: text tables of test cases. */
typedef struct ca_case_table {
    ca_arena *arena;
    size_t columns;
    bool doubles;            /* a quote in quotes is written twice; tables of sets cannot */
    ca_text *cells;          /* the header, then rows */
    size_t count, cap;
    bool failed;             /* memory ran out */
    bool changed;            /* a text could not be written as it is */
} ca_case_table;
void ca_case_cell(ca_case_table *table, ca_text text);               /* as it is to be printed */
void ca_case_value(ca_case_table *table, const ca_codes *codes, const ca_value *value);
void ca_case_text(ca_case_table *table, ca_text text);               /* in quotes where it needs them */
void ca_case_print(const ca_case_table *table, unsigned indent, ca_buf *out);

/* try_refs.c: the rows of sets and tables that a unit met, as `tables:` of a case. */
typedef struct ca_met ca_met;
int ca_met_new(const ca_frame *frame, const ca_rule *rule, unsigned unit, ca_arena *arena, ca_met **ret_met, ca_error *err);
/* A ca_lookup_seen. */
void ca_met_lookup(void *met, const ca_reftable *table, const ca_value *keys, ca_date on, uint32_t row);
int ca_met_print(ca_met *met, ca_stand_ins *names, bool *ret_changed, ca_buf *out, ca_error *err);

#endif
