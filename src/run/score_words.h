/* Sentences about scores, for auditors: what is unlike the peers, by how much, who these are. They say what was measured and
 * judge nobody. */
#ifndef CA_RUN_SCORE_WORDS_H
#define CA_RUN_SCORE_WORDS_H

#include "base/text.h"
#include "claim/score.h"

/* All append to `words`; money has `minor_digits`. `of_lines`: the peers are claim lines. */
void ca_score_sentence(const ca_entity_reason *reason, bool of_lines, int minor_digits, ca_buf *words);
void ca_pair_sentence(const ca_told_pair *pair, ca_buf *words);
void ca_ring_sentence(const ca_told_ring *ring, ca_buf *words);

#endif
