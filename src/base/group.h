/* Groups of users of this machine, by name. */
#ifndef CA_BASE_GROUP_H
#define CA_BASE_GROUP_H

#include <stdint.h>

#include "base/error.h"

/* A name, or a number, for which nothing is looked up. CA_USAGE with words where there is no such group, or where
 * this process may not give files to it. */
int ca_group_find(const char *name, int64_t *ret_group, ca_error *err);

#endif
