/* From the cells of a test table to the frame that a rule judges. */
#ifndef CA_RULES_TEST_FRAME_H
#define CA_RULES_TEST_FRAME_H

#include "rules/eval.h"
#include "rules/ruleset.h"
#include "rules/test_table.h"

typedef struct ca_test_frame {
    ca_frame frame;
    bool has_from_date; /* the table lists it */
    ca_batch *lines;  /* in the order of the claims for kinds that gather them */
    ca_batch *claims; /* NULL for kinds that judge lines */
    uint32_t *first_line;
    ca_text *ids;      /* by row of lines */
    uint32_t *numbers; /* by row of lines: line in the rule file */
} ca_test_frame;

/* 0, also when mistakes went to conf->diags (then *ret_good is false); CA_NOMEM.
 * ca_test_frame_done in every case. */
int ca_test_frame_build(const ca_conf *conf, const ca_ruleset *set, const ca_rule *rule,
                        const ca_test_table *table, ca_arena *arena, ca_test_frame *ret_frame,
                        bool *ret_good, ca_error *err);
void ca_test_frame_done(ca_test_frame *frame);

/* The claims of frame->lines, whose first lines are in frame->first_line. 0, CA_NOMEM. */
int ca_test_claims_fill(ca_test_frame *frame, unsigned claims, bool has_from_date, ca_arena *arena);
void ca_test_mark_live(ca_batch *batch);

/* One cell into one row; false, with a message, when it does not fit the column's type.
 * *ret_code is CA_NOMEM when memory ran out. */
bool ca_test_cell_put(const ca_conf *conf, ca_codes *codes, ca_batch *batch, unsigned column,
                      unsigned row, const ca_test_cell *cell, uint32_t line, int *ret_code);

#endif
