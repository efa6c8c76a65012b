/* Keys of rules whose windows roll, when they are larger than what is judged at a time: by date, a part after another, each with
 * those lines of the parts before that its windows still need. For this room only. */
#ifndef CA_RUN_BUCKETS_ROLLING_H
#define CA_RUN_BUCKETS_ROLLING_H

#include "run/buckets_large.h"

/* `exchange` has nothing but lines of such rules, each with its rule's index among those of the route; it is finished. */
int ca_rolling_judge(const ca_large *large, ca_keyed *exchange, bool incomplete, ca_error *err);

#endif
