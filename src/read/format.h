/* What the reader asks of a format. */
#ifndef CA_READ_FORMAT_H
#define CA_READ_FORMAT_H

#include <stdbool.h>

#include "base/error.h"
#include "read/rows.h"

int ca_csv_format_check(const ca_csv_format *format, ca_error *err); /* 0 or CA_CONFIG */
bool ca_csv_format_same(const ca_csv_format *a, const ca_csv_format *b);

#endif
