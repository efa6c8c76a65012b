/* Which lines were hit by the rules that features ask for: hit(RULE). Rules of several lines say it last, so that lines are measured
 * when all rules have judged. For this room only. */
#ifndef CA_RUN_MEASURE_HITS_H
#define CA_RUN_MEASURE_HITS_H

#include "base/threads.h"
#include "claim/batch.h"
#include "rules/feature.h"

typedef struct ca_measure_hits ca_measure_hits;

/* `runs`: does the rule judge anything in this run? Of others nobody knows what they would hit. NULL in *ret_hits: features ask for no rule.
 * `crowd`: several threads add. At most `most` bytes are held. */
int ca_measure_hits_new(const ca_featureset *set, const ca_ruleset *rules, bool (*runs)(const void *context, const ca_rule *rule),
                        const void *context, bool crowd, size_t most, ca_measure_hits **ret_hits, ca_error *err);
void ca_measure_hits_free(ca_measure_hits *hits);
/* Do features ask for the rule of this index? False where hits is NULL. */
bool ca_measure_hits_asked(const ca_measure_hits *hits, uint32_t rule);
/* Does the rule of this number among those that features ask for (ca_featureset.hits) run? */
bool ca_measure_hits_known(const ca_measure_hits *hits, uint32_t hit);
/* False when there were more lines than could be held, and how many bytes all of them would have taken: which ones they were nobody
 * knows any more. NULL: true. */
bool ca_measure_hits_fit(const ca_measure_hits *hits, uint64_t *ret_bytes);
/* The rule hit the line that came from there. Any thread. */
int ca_measure_hits_add(ca_measure_hits *hits, uint32_t rule, const ca_origin *origin, int64_t line_no, ca_error *err);

/* One thread's bitmaps of a batch, zeroed at first. */
typedef struct ca_hits_seen {
    uint64_t *bits;
    size_t words;
    const uint64_t **of;          /* as ca_frame.hits: by rule that features ask for */
} ca_hits_seen;
/* What hit the rows of a batch that has origins and line numbers; when all was added. */
int ca_measure_hits_look(const ca_measure_hits *hits, const ca_batch *batch, ca_hits_seen *seen, ca_error *err);
void ca_hits_seen_done(ca_hits_seen *seen);

#endif
