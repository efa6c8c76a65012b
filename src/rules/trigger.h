/* The trigger index: which rows of a batch a condition needs to be judged on at all. A condition that cannot be TRUE or
 * UNKNOWN without one of a few codes is judged only where one of them stands, or where the code is missing; leaves that
 * several conditions have in common are judged once a batch. What conditions say never depends on it. */
#ifndef CA_RULES_TRIGGER_H
#define CA_RULES_TRIGGER_H

#include "rules/eval.h"

/* Of one thread, one rule set and one dictionary, as ca_eval. */
typedef struct ca_trigger ca_trigger;
ca_trigger *ca_trigger_new(void);     /* NULL when memory ran out */
void ca_trigger_free(ca_trigger *trigger);

/* Takes up a condition on single rows (lines, or claims), which must outlive the index; NULL and conditions taken up before change
 * nothing. 0, CA_NOMEM. */
int ca_trigger_add(ca_trigger *trigger, const ca_node *condition, ca_error *err);
/* The conditions of a rule that are judged on single rows: of line rules `where` and `when`, of claim rules `when`, of
 * others `where`, and `event`. */
int ca_trigger_add_rule(ca_trigger *trigger, const ca_rule *rule, ca_error *err);

/* Looks at the codes of all rows once, and lets the frame know of the index until the batch changes: every condition that
 * is judged on the frame profits then, ca_eval_rule's too. The frame's units must be the rows of its batch.
 * Call after ca_refs_sync. 0, CA_NOMEM. */
int ca_trigger_look(ca_trigger *trigger, ca_frame *frame, ca_error *err);

/* A condition on the rows in `mask`: bitmaps of units->words words of those where it is TRUE and where it is UNKNOWN. False
 * in *ret_any: there are none, and the bitmaps are 0. A condition that is NULL is TRUE everywhere; one that was not taken
 * up, or a frame that was not looked at, only takes longer. 0, CA_NOMEM. */
int ca_trigger_condition(ca_eval *eval, const ca_frame *frame, const ca_node *condition, const uint64_t *mask,
                         uint64_t *ret_true, uint64_t *ret_unknown, bool *ret_any, ca_error *err);

#endif
