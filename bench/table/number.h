/* Numbers in cells of a table. */
#ifndef BENCH_TABLE_NUMBER_H
#define BENCH_TABLE_NUMBER_H

#include "base/text.h"

/* A decimal number, as 12, -0.5 or 1.5e-3; what is too large for a double is the largest one. NAN for anything else, "nan" and
 * "inf" among them: the cell is missing. */
double table_number(ca_text cell);

/* A label: 1 for a number above 0 and for yes, true, anomaly or outlier; 0 for other numbers and for no, false, normal or inlier;
 * else NAN, and the row is scored but not judged. */
double table_label(ca_text cell);

#endif
