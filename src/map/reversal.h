/* How a reversal row says which line it undoes. The mapper reads this; settling acts on it. */
#ifndef CA_MAP_REVERSAL_H
#define CA_MAP_REVERSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CA_REVERSAL_KEYS_MAX 16

typedef enum ca_reversal_mode {
    CA_REVERSAL_OF_CLAIM, /* all lines of the claim that original_claim_id names */
    CA_REVERSAL_BY_KEYS   /* the latest live line that agrees in the keys and is opposite */
} ca_reversal_mode;

typedef struct ca_reversal {
    ca_reversal_mode mode;
    /* BY_KEYS: columns of the profile's schema in ascending order, none of them a list. A line or
     * reversal without one of these values undoes nothing. */
    unsigned keys[CA_REVERSAL_KEYS_MAX];
    size_t key_count;
    /* These agree too, and so do two lines that both lack the value. */
    unsigned same[CA_REVERSAL_KEYS_MAX];
    size_t same_count;
    /* Numbers of which the reversal has the negative; none is also among the others. At least one. */
    unsigned opposite[CA_REVERSAL_KEYS_MAX];
    size_t opposite_count;
    bool across;       /* BY_KEYS without claim_id: it may undo a line of another claim */
    uint32_t line, at; /* in the profile */
} ca_reversal;

#endif
