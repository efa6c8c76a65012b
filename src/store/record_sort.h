/* Sorting the records of a bucket by their hash. */
#ifndef CA_STORE_RECORD_SORT_H
#define CA_STORE_RECORD_SORT_H

#include "store/exchange.h"

/* Records that share their first `used_bits` hash bits, ascending by hash. `scratch` has room for
 * as many. */
void ca_record_sort(ca_exchange_record *records, ca_exchange_record *scratch, size_t count,
                    unsigned used_bits);

#endif
